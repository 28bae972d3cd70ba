//! A day of 50 recorded sessions at Caltech as ACN-Sim (acnportal 0.3.3) serves them: 208 V, 32 A, periods of five minutes,
//! under three schedulers.
//!
//! ACN-Sim's transformer is 150 kVA, unbalanced over delta and wye; a station's limits are powers, so 150 kW here. Peaks are
//! therefore held to that, and energies to 1 %; uncontrolled nothing binds, and both agree to rounding.

use microgrid_core::demand::{ChargingSession, PowerLimit, Scheduling, SessionOutcome, Station, Supply};
use microgrid_core::dispatch::{Controller, Dispatch};
use microgrid_core::{Block, Calendar, Outcome, Plan, Scenario};

fn text(name: &str) -> String {
    let path = format!("{}/../../tests/data/peers/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("is there")
}

/// The number, and the list of numbers, that ACN-Sim has of a run under these keys.
fn peer(run: &str) -> (f64, f64, Vec<f64>) {
    let text = text("acnportal_results_50.json");
    let of_run = &text[text.find(&format!("\"{run}\"")).expect("the run is there")..];
    let after = |key: &str| &of_run[of_run.find(&format!("\"{key}\":")).expect("the key is there") + key.len() + 3..];
    let number = |key: &str| after(key).split([',', '}']).next().unwrap().trim().parse().expect("a number");
    let list = after("per_session_delivered").split(['[', ']']).nth(1).expect("a list");
    let list = list.split(',').map(|cell| cell.trim().parse().expect("a number")).collect();
    (number("delivered_kwh"), number("peak_A"), list)
}

fn run(scheduler: Scheduling, limit_kw: Option<f64>) -> (Outcome, Vec<SessionOutcome>) {
    let text = text("acnportal_sessions_50.csv");
    let session = |(i, line): (usize, &str)| {
        let cells: Vec<&str> = line.split(',').collect();
        let second = |cell: &str| cell.parse::<i64>().expect("a period") * 300;
        let energy_kwh = cells[2].parse().expect("an energy");
        let stay = ChargingSession::new(second(cells[0]), second(cells[1]), energy_kwh);
        ChargingSession { bay: Some(i as u32), ..stay }
    };
    let sessions: Vec<ChargingSession> = text.lines().skip(1).enumerate().map(session).collect();
    let supply = Supply::Power { power_max_kw: 6.656, power_min_kw: 0.0, efficiency: 1.0 };
    let mut station = Station { scheduler, ..Station::of_bays(sessions.len() as u32, supply) };
    station.sessions = sessions.into();
    if let Some(power_max_kw) = limit_kw {
        station.limits = vec![PowerLimit { name: "transformer".into(), power_max_kw, within: None }];
        station.bays.iter_mut().for_each(|bay| bay.limit = Some(0));
    }
    let mut site = Scenario::new("caltech", Calendar::days(300, 1));
    site.stations = vec![station];
    let plan = Plan::compile(&site).unwrap_or_else(|problems| panic!("{problems}"));
    let mut block = Block::pack([&plan], [Controller::built_in(&Dispatch::Idle, &plan).unwrap()]);
    block.march(usize::MAX, &mut ());
    (block.outcome(0), block.sessions(0, 0))
}

fn of(outcome: &Outcome, name: &str) -> f64 {
    outcome.devices[0].get(name).expect("is in the books")
}

#[test]
fn uncontrolled_is_the_same_session_by_session() {
    let (delivered_kwh, peak_a, by_session) = peer("uncontrolled_50");
    let (outcome, sessions) = run(Scheduling::Uncontrolled, None);
    assert_eq!((sessions.len(), by_session.len()), (50, 50));
    for (session, kwh) in sessions.iter().zip(&by_session) {
        assert!((session.delivered_kwh() - kwh).abs() < 1e-3 * kwh, "{session:?} {kwh}");
    }
    assert!((of(&outcome, "delivered_kwh") - delivered_kwh).abs() < 1e-9);
    assert!((of(&outcome, "peak_kw") / 0.208 - peak_a).abs() < 1e-6, "{} {peak_a}", of(&outcome, "peak_kw") / 0.208);
}

#[test]
fn deadlines_and_laxity_deliver_as_much_behind_the_transformer() {
    for (scheduler, name) in [(Scheduling::EarliestDeadline, "edf_50"), (Scheduling::LeastLaxity, "llf_50")] {
        let (delivered_kwh, peak_a, by_session) = peer(name);
        let (outcome, sessions) = run(scheduler, Some(150.0));
        let ours = of(&outcome, "delivered_kwh");
        assert!((ours - delivered_kwh).abs() < 0.01 * delivered_kwh, "{name}: {ours} {delivered_kwh}");
        assert!(of(&outcome, "peak_kw") <= 150.0 + 1e-9 && peak_a * 0.208 <= 150.0);
        // Without a limit they are uncontrolled; with it something waits.
        assert!(of(&outcome, "peak_kw") > 120.0, "{name}");
        // ACN-Sim, whose limit binds phase by phase, leaves one session short under deadlines; here nobody is.
        let short = by_session.iter().zip(&sessions).filter(|(kwh, s)| s.delivered_kwh() < **kwh - 0.1).count();
        assert_eq!(short, 0, "{name}");
    }
}
