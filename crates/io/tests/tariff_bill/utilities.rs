//! SCE TOU-EV-4, PG&E A-10 and a rate in URDB's form on the load of a large office.

use std::collections::BTreeMap;

use jiff::Zoned;
use microgrid_core::utility::BillKind;
use microgrid_io::tariff::{Customer, read_tariff, read_tariff_file};
use serde_json::Value;

use super::plain::{Run, label, peaks};
use super::{assert_same, clock_of, simulated};

const LOAD: &str = include_str!("../../../../tests/data/tariff/doe_large_office_hourly_kw.csv");
const SCE: &str = include_str!("../../../../tests/data/tariff/sce_tou_ev_4_march_2019.json");
const SCE_8: &str = include_str!("../../../../tests/data/tariff/sce_tou_ev_8_june_2019.json");
const PGE: &str = include_str!("../../../../tests/data/tariff/pge_a10_tou_aug_2019.json");
const URDB: &str = include_str!("../../../../tests/data/tariff/urdb_time_of_use_demand.json");

/// The office's year of 2019 in California, each hour held over its steps.
fn office(step_s: i64) -> Run {
    let hourly: Vec<f64> = LOAD.lines().skip(1).map(|line| line.parse().unwrap()).collect();
    let import_kw: Vec<f64> = hourly.iter().flat_map(|kw| (0..3600 / step_s).map(move |_| *kw)).collect();
    let run = Run {
        zone: "America/Los_Angeles",
        start: "2019-01-01",
        days: 365,
        step_s,
        holidays: Vec::new(),
        make_up_workdays: Vec::new(),
        export_kw: vec![0.0; import_kw.len()],
        reactive_kvar: vec![0.0; import_kw.len()],
        import_kw,
    };
    assert_eq!(run.steps(), run.import_kw.len());
    run
}

fn is_weekend(time: &Zoned) -> bool {
    time.date().weekday().to_monday_zero_offset() >= 5
}

/// The entry of an ACN-Sim file that holds: by season, then `Weekday`/`Weekend` in the id where both masks are `ALL`.
fn acn_entry<'a>(document: &'a Value, time: &Zoned) -> &'a Value {
    let today = i64::from(time.month()) * 100 + i64::from(time.day());
    let day = |entry: &Value, key: &str| -> i64 {
        let (month, day) = entry[key].as_str().unwrap().split_once('-').unwrap();
        month.parse::<i64>().unwrap() * 100 + day.parse::<i64>().unwrap()
    };
    let kind = if is_weekend(time) { "Weekend" } else { "Weekday" };
    let holds = |entry: &&Value| {
        let (first, last) = (day(entry, "effective_start"), day(entry, "effective_end"));
        let in_season = if first <= last { first <= today && today <= last } else { today >= first || today <= last };
        let id = entry["id"].as_str().unwrap();
        in_season && (id.ends_with(kind) || !id.contains('-'))
    };
    document["schedule"].as_array().unwrap().iter().find(holds).unwrap()
}

fn acn_bill(document: &Value, run: &Run) -> BTreeMap<String, f64> {
    let mut bill: BTreeMap<String, f64> = BTreeMap::new();
    let mut demand: BTreeMap<String, f64> = BTreeMap::new();
    for (step, time) in run.civil().iter().enumerate() {
        let entry = acn_entry(document, time);
        let hour = f64::from(time.hour()) + f64::from(time.minute()) / 60.0;
        let times = entry["times"].as_array().unwrap();
        let at = times.iter().rposition(|from| from.as_f64().unwrap() <= hour).unwrap();
        *bill.entry(label(time)).or_default() +=
            run.import_kw[step] * run.hours() * entry["tariffs"][at].as_f64().unwrap();
        demand.insert(label(time), entry["demand_charge"].as_f64().unwrap());
    }
    for (month, peak) in peaks(run, 900, |_, _| true) {
        *bill.get_mut(&month).unwrap() += peak * demand[&month];
    }
    bill
}

fn check_acn(text: &str, step_s: i64) -> f64 {
    let run = office(step_s);
    let clock = clock_of(&run);
    let tariff = read_tariff(text, "tariff.json", &clock).unwrap_or_else(|problems| panic!("{problems}"));
    let bill = simulated(&run, &clock, tariff);
    assert_same(&bill, &clock, &acn_bill(&serde_json::from_str(text).unwrap(), &run), "ACN");
    bill.total()
}

#[test]
fn sce_bills_equal_the_plain_implementation() {
    let total = check_acn(SCE, 3600);
    assert!((total - check_acn(SCE, 900)).abs() < 1e-6, "a held load costs the same at any step");
    check_acn(SCE_8, 3600);
}

#[test]
fn pge_has_half_hours() {
    check_acn(PGE, 1800);
    check_acn(PGE, 900);
    let hourly = read_tariff(PGE, "pge.json", &clock_of(&office(3600))).unwrap_err();
    assert!(hourly.to_string().contains("schedule[2].times: has a border of two periods inside a step"), "{hourly}");
    let half_hourly = read_tariff(PGE, "pge.json", &clock_of(&office(1800))).unwrap();
    let note = "entries Winter-Weekday and Winter-Weekend mean the same days; Winter-Weekday holds on weekdays";
    assert!(half_hourly.notes.iter().any(|found| found.contains(note)), "{:?}", half_hourly.notes);
}

/// What each month is charged by a rate in URDB's form; fixed to the terms that the example has.
fn urdb_bill(rate: &Value, run: &Run) -> BTreeMap<String, f64> {
    let number = |value: &Value| value.as_f64().unwrap_or(0.0);
    let tier = |structure: &str, period: usize| {
        let tier = &rate[structure][period][0];
        number(&tier["rate"]) + number(&tier["adj"])
    };
    let period = |kind: &str, time: &Zoned| {
        let key = format!("{kind}{}schedule", if is_weekend(time) { "weekend" } else { "weekday" });
        rate[&key][time.month() as usize - 1][time.hour() as usize].as_u64().unwrap() as usize
    };
    let mut bill: BTreeMap<String, f64> = BTreeMap::new();
    for (step, time) in run.civil().iter().enumerate() {
        let fuel = number(&rate["fueladjustmentsmonthly"][time.month() as usize - 1]);
        let price = tier("energyratestructure", period("energy", time)) + fuel;
        *bill.entry(label(time)).or_default() += run.import_kw[step] * run.hours() * price;
    }
    let mut earlier: f64 = 0.0;
    if rate["flatdemandstructure"].is_array() {
        for (month, peak) in peaks(run, 900, |_, _| true) {
            let m: usize = month[5..].parse().unwrap();
            let flat = tier("flatdemandstructure", rate["flatdemandmonths"][m - 1].as_u64().unwrap() as usize);
            *bill.get_mut(&month).unwrap() += flat * peak.max(number(&rate["lookbackPercent"]) * earlier);
            earlier = earlier.max(peak);
        }
        earlier = 0.0;
    }
    if rate["demandratestructure"].is_array() {
        for (month, peak) in peaks(run, 900, |_, time| period("demand", time) == 1) {
            let billed = peak.max(number(&rate["lookbackPercent"]) * earlier);
            *bill.get_mut(&month).unwrap() += billed * tier("demandratestructure", 1);
            earlier = earlier.max(peak);
        }
    }
    for charge in bill.values_mut() {
        *charge = (*charge + number(&rate["fixedchargefirstmeter"])).max(number(&rate["mincharge"]));
    }
    bill
}

/// The rate as it stands puts a look-back beside two demands and does not say which it means: it is refused, and read
/// without the one, the other, or the look-back.
#[test]
fn a_urdb_rate_equals_the_plain_implementation() {
    let document: Value = serde_json::from_str(URDB).unwrap();
    let mut run = office(900);
    // A week of low use makes the ratchet and the least charge bite somewhere.
    run.import_kw.iter_mut().skip(96 * 59).take(96 * 31).for_each(|kw| *kw *= 1e-3);
    let clock = clock_of(&run);
    let refused = read_tariff(URDB, "urdb.json", &clock).unwrap_err().to_string();
    assert!(refused.contains("stands beside flat and time-of-use demand"), "{refused}");
    for (without, names) in [
        ("lookbackPercent", vec!["demand", "demand summer on-peak"]),
        ("demandratestructure", vec!["demand"]),
        ("flatdemandstructure", vec!["demand summer on-peak"]),
    ] {
        let mut rate = document["items"][0].clone();
        rate[without] = Value::Null;
        let tariff =
            read_tariff(&rate.to_string(), "urdb.json", &clock).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(tariff.demand.iter().map(|charge| charge.name.as_str()).collect::<Vec<_>>(), names);
        let bill = simulated(&run, &clock, tariff);
        assert_same(&bill, &clock, &urdb_bill(&rate, &run), without);
        // The wrapped rate is read as the bare one.
        let wrapped = serde_json::json!({ "items": [rate] }).to_string();
        assert_eq!(simulated(&run, &clock, read_tariff(&wrapped, "urdb.json", &clock).unwrap()), bill);
    }
}

/// Tiers of demand: the first 800 kW at 4, the rest at 9 (in summer: all at 6), flat and in the period of the day.
#[test]
fn urdb_demand_in_tiers_equals_the_plain_implementation() {
    let mut rate = serde_json::from_str::<Value>(URDB).unwrap()["items"][0].clone();
    rate["lookbackPercent"] = Value::Null;
    let tiers = serde_json::json!([{ "max": 800, "rate": 4.0 }, { "rate": 8.5, "adj": 0.5 }]);
    rate["flatdemandstructure"] = serde_json::json!([tiers, [{ "rate": 6.0 }]]);
    rate["demandratestructure"] = serde_json::json!([[{ "rate": 0.0 }], tiers]);
    let run = office(900);
    let clock = clock_of(&run);
    let tariff = read_tariff(&rate.to_string(), "urdb.json", &clock).unwrap_or_else(|problems| panic!("{problems}"));
    let bill = simulated(&run, &clock, tariff);
    let tiered = |kw: f64| 4.0 * kw.min(800.0) + 9.0 * (kw - 800.0).max(0.0);
    let summer_peaks = peaks(&run, 900, |_, time| {
        let key = if is_weekend(time) { "demandweekendschedule" } else { "demandweekdayschedule" };
        rate[key][time.month() as usize - 1][time.hour() as usize] == 1
    });
    let months = clock.calendar().months;
    for (m, (month, peak)) in peaks(&run, 900, |_, _| true).into_iter().enumerate() {
        let period = rate["flatdemandmonths"][month[5..].parse::<usize>().unwrap() - 1].as_u64().unwrap();
        let flat = if period == 0 { tiered(peak) } else { 6.0 * peak };
        let lines = bill.lines.iter().filter(|line| line.month == m && line.kind == BillKind::Demand);
        let found: f64 = lines.map(|line| line.amount).sum();
        let expected = flat + tiered(summer_peaks[&month]);
        assert!((found - expected).abs() < 1e-6, "{}: {found} is not {expected}", months[m].label);
    }
}

/// The file prices the hour of the utility's own peak by when it falls, the customer says when it fell: in each month one at
/// 15:00 (3.00 in its first 40 kW, 5.50 above), and one at 03:00, which costs nothing.
#[test]
fn the_coincident_peak_of_a_urdb_rate_counts_the_hours_that_the_customer_names() {
    let mut rate = serde_json::from_str::<Value>(URDB).unwrap()["items"][0].clone();
    for key in ["lookbackPercent", "demandratestructure", "flatdemandstructure"] {
        rate[key] = Value::Null;
    }
    let hours: Vec<usize> = (0..24).map(|hour| usize::from((14..18).contains(&hour))).collect();
    rate["coincidentrateunit"] = "kW".into();
    rate["coincidentratestructure"] =
        serde_json::json!([[{ "rate": 0 }], [{ "max": 400, "rate": 2.5, "adj": 0.5 }, { "rate": 5.5 }]]);
    rate["coincidentrateschedule"] = serde_json::json!(vec![hours; 12]);
    let mut run = office(900);
    // The quarters of an hour differ, so that its mean is no quarter's.
    run.import_kw.iter_mut().enumerate().for_each(|(step, kw)| *kw += 7.0 * (step % 4) as f64);
    let clock = clock_of(&run);
    let is_named = |time: &Zoned| time.day() == 9 + time.month() && [3, 15].contains(&time.hour());
    let civil = run.civil();
    let starts = (0..civil.len()).filter(|step| is_named(&civil[*step]) && civil[*step].minute() == 0);
    let starts: Vec<usize> = starts.collect();
    assert_eq!(starts.len(), 24);
    let read = |rate: &Value, starts: Option<&[usize]>| {
        let customer = Customer { coincident_steps: starts, ..Customer::default() };
        read_tariff_file(&rate.to_string(), "urdb.json", &clock, &customer).map(|file| file.tariff)
    };
    let tariff = read(&rate, Some(&starts)).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(tariff.demand.iter().map(|charge| charge.name.as_str()).collect::<Vec<_>>(), ["coincident period 1"]);
    let bill = simulated(&run, &clock, tariff);
    let expected = peaks(&run, 3600, |_, time| is_named(time) && time.hour() == 15);
    for (m, (month, kw)) in expected.into_iter().enumerate() {
        let lines = bill.lines.iter().filter(|line| line.month == m && line.kind == BillKind::Demand);
        let (found, cost) =
            (lines.map(|line| line.amount).sum::<f64>(), 3.0 * kw.min(400.0) + 5.5 * (kw - 400.0).max(0.0));
        assert!(kw > 0.0 && (found - cost).abs() < 1e-6, "{month}: {found} is not {cost}");
    }

    let refused = |rate: &Value, starts: Option<&[usize]>| read(rate, starts).unwrap_err().to_string();
    assert!(refused(&rate, None).contains("nobody says which they were"));
    rate["coincidentratestructure"] = Value::Null;
    assert!(refused(&rate, None).contains("stands without coincidentratestructure"));
    rate["coincidentrateschedule"] = Value::Null;
    assert!(refused(&rate, Some(&starts)).contains("leave utility.coincident out"));
    let customer = Customer { coincident_steps: Some(&starts), ..Customer::default() };
    let acn = read_tariff_file(SCE, "sce.json", &clock, &customer).unwrap_err().to_string();
    assert!(acn.contains("is for OpenEI's rates"), "{acn}");
}
