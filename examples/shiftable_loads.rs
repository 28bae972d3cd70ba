//! What you learn: how to write loads that can wait, what placing them is worth, and that a course that began is never moved.
//!
//! `cargo run --release --example shiftable_loads`

use std::collections::BTreeMap;

use microgrid::{Block, Controller, Dispatch, Outcome, Plan, Problems, Request, Site, StepRecord, simulate};

/// A house with a day and a night price, some sun, and four loads that can wait, one of each form.
const HOUSE: &str = r#"
    site = { name = "house", zone = "Asia/Shanghai", currency = "CNY" }
    time = { start = "2025-07-01", days = 28, step_minutes = 30 }
    utility = { tariff = "tariff.toml" }
    [[generation.series]]
    power_kw = 1.2 # water power, day and night
    [[demand.load]]
    power_kw = 0.5
    [[demand.shiftable]]
    name = "washing machine"
    profile_kw = [2.0, 0.3, 0.5]
    profile_minutes = 30
    from = "08:00"
    until = "20:00"
    [[demand.shiftable]]
    name = "irrigation"
    on_kw = 1.5
    on_minutes = 240
    least_on_minutes = 60
    least_off_minutes = 30
    from = "00:00"
    until = "00:00"
    [[demand.shiftable]]
    name = "scooters"
    energy_kwh = 4
    power_max_kw = 2
    from = "18:00"
    until = "07:00"
    [[demand.shiftable]]
    name = "cold store"
    load_kw = 0.8
    curtail_percent = 50
    rebound_minutes = 120
"#;

const TARIFF: &str = r#"
    name = "day and night"
    currency = "CNY"
    zone = "Asia/Shanghai"
    source = "the size of a household's two rates"
    [[hours]]
    periods.day = "08:00-21:00"
    periods.night = "21:00-08:00"
    [[import]]
    name = "energy"
    price_per_kwh = { day = 0.56, night = 0.36 }
    [export]
    class = "feed_in"
    price_per_kwh = 0.2
"#;

fn plan(rule: &str) -> Result<Plan, Problems> {
    let text = HOUSE.replace("[[demand.shiftable]]", &format!("[[demand.shiftable]]\n    placing = \"{rule}\""));
    let files = BTreeMap::from([("tariff.toml".to_owned(), TARIFF.to_owned())]);
    Plan::compile(&microgrid::io::scenario::read_text("house.toml", &text, &files)?.scenario)
}

fn show(rule: &str, outcome: &Outcome) -> f64 {
    println!("{rule:>9}: bill {:6.2} CNY", outcome.money.bill_total);
    for load in &outcome.devices {
        let of = |name: &str| load.get(name).unwrap_or(f64::NAN);
        println!(
            "           {:<15} {:6.1} kWh of {:6.1} wanted, {:.1} unserved; {} jobs began {:4.1} h after their windows",
            load.name,
            of("electricity_kwh"),
            of("wanted_kwh"),
            of("unserved_kwh"),
            of("jobs"),
            of("mean_wait_h"),
        );
    }
    outcome.money.bill_total
}

fn main() -> Result<(), Problems> {
    let mut bills = Vec::new();
    for rule in ["asap", "off_peak", "surplus"] {
        let plan = plan(rule)?;
        bills.push(show(rule, &simulate(&plan, Controller::built_in(&Dispatch::Idle, &plan)?)));
    }
    assert!(bills[1] < bills[0], "placed by the price it costs less: {bills:?}");
    // Asked for once at noon, the machine runs its course, whatever is asked from then on.
    let plan = plan("surplus")?;
    let once = |site: &Site, ask: &mut Request| {
        ask.flexible_use(0).draw(if site.step() == 24 { 2.0 } else { 0.0 });
    };
    let mut course = Vec::new();
    let mut block = Block::pack([&plan], [Controller::own("once", "none", Box::new(once))]);
    block.march(1, &mut |_: usize, step: &StepRecord<'_>| course.push(step.devices[0]));
    assert_eq!(course[23..28], [0.0, 2.0, 0.3, 0.5, 0.0]);
    Ok(())
}
