//! Bills of the simulator against a second, plain implementation, to the cent: random tariffs across both changes of
//! clock and 29 February, and the utilities' own on a real load.
//!
//! Caught among others: a period laid on UTC or on standard time, an hour of the changes of clock billed twice or never,
//! a holiday or make-up workday lost, a ratchet that looks at its own month, windows that run over midnight.

mod energy;
mod plain;
mod random;
mod utilities;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use microgrid_core::demand::Load;
use microgrid_core::dispatch::{Controller, Dispatch};
use microgrid_core::generation::SeriesPlant;
use microgrid_core::simulation::{Plan, simulate};
use microgrid_core::utility::{Bill, BillKind, BillLine, MeteringForm, Tariff};
use microgrid_core::{Scenario, Series};
use microgrid_io::tariff::read_tariff;
use microgrid_io::time::{Clock, ClockSettings, RunEnd};
use plain::Run;
use random::{Draw, Export, Spec, Spell};

/// The simulator's bill of a site that takes and gives what the run says.
pub(crate) fn simulated(run: &Run, clock: &Clock, tariff: Tariff) -> Bill {
    let mut scenario = Scenario::new("bill", clock.calendar());
    scenario.currency = "USD".into();
    scenario.tariff = Arc::new(tariff);
    scenario.loads = vec![Load::new("taken", run.import_kw.clone())];
    scenario.generation = vec![SeriesPlant { curtailable: false, ..SeriesPlant::new("given", run.export_kw.clone()) }];
    scenario.connection.reactive_kvar = Some(Series::Steps(run.reactive_kvar.clone().into()));
    let plan = Plan::compile(&scenario).unwrap_or_else(|problems| panic!("{problems}"));
    simulate(&plan, Controller::built_in(&Dispatch::Idle, &plan).unwrap()).bill
}

pub(crate) fn clock_of(run: &Run) -> Clock {
    Clock::new(&ClockSettings {
        zone: run.zone.into(),
        start: run.start.into(),
        end: RunEnd::AfterDays(run.days as u32),
        step_s: run.step_s as u32,
        holidays: run.holidays.clone(),
        make_up_workdays: run.make_up_workdays.clone(),
    })
    .unwrap_or_else(|problems| panic!("{problems}"))
}

/// Each month's bill to a millionth, which is well below the cent.
pub(crate) fn assert_same(bill: &Bill, clock: &Clock, plain: &BTreeMap<String, f64>, what: &str) {
    let months = clock.calendar().months;
    assert_eq!(months.len(), plain.len(), "{what}");
    for (m, month) in months.iter().enumerate() {
        let (found, expected) = (bill.total_of_month(m), plain[&month.label]);
        assert!((found - expected).abs() < 1e-6, "{what}: {}: {found} is not {expected}", month.label);
    }
}

/// Each energy line's kWh are those of its steps.
fn assert_traceable(bill: &Bill, clock: &Clock, tariff: &Tariff, run: &Run) {
    let calendar = clock.calendar();
    let is_metered = |line: &&BillLine| line.unit == "kWh" && line.block.is_none() && line.kind != BillKind::Credit;
    for line in bill.lines.iter().filter(is_metered).filter(|_| tariff.metering.form == MeteringForm::NetBilling) {
        let power = if line.kind == BillKind::Export { &run.export_kw } else { &run.import_kw };
        let kwh = line.steps(tariff, &calendar).iter().map(|step| power[*step]).sum::<f64>() * run.hours();
        assert!((kwh - line.quantity).abs() < 1e-6, "{line:?} is metered on {kwh} kWh");
    }
}

#[test]
fn random_tariffs_across_changes_of_clock_and_the_leap_day() {
    let mut kinds = BTreeMap::new();
    let mut terms: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..160 {
        let mut draw = Draw(seed);
        let step_s = [3600, 1800, 900][draw.below(3)];
        // A leap year whole; two parts of it, each with one change of clock; one with the leap day.
        let (start, days) =
            [("2024-01-01", 366), ("2024-02-20", 25), ("2024-10-20", 30), ("2024-02-10", 45)][draw.below(4)];
        let mut run = Run {
            zone: ["America/Los_Angeles", "Europe/Berlin", "Asia/Shanghai"][draw.below(3)],
            start,
            days,
            step_s,
            holidays: vec![Date::constant(2024, 2, 29), Date::constant(2024, 11, 3), Date::constant(2024, 7, 4)],
            make_up_workdays: vec![Date::constant(2024, 3, 10), Date::constant(2024, 10, 26)],
            import_kw: Vec::new(),
            export_kw: Vec::new(),
            reactive_kvar: Vec::new(),
        };
        for _ in 0..run.steps() {
            let net = 300.0 * draw.uniform() - 60.0;
            run.import_kw.push(net.max(0.0));
            run.export_kw.push((-net).max(0.0));
            run.reactive_kvar.push(100.0 * draw.uniform());
        }
        let mut spec = draw.spec(step_s as usize / 60, 2024);
        if seed >= 48 {
            draw.energy_terms(&mut spec);
            count_terms(&spec, &mut terms);
        }
        let toml = spec.toml();
        let clock = clock_of(&run);
        let tariff = read_tariff(&toml, "random.toml", &clock).unwrap_or_else(|problems| panic!("{toml}\n{problems}"));
        count(&spec, &mut kinds);
        let bill = simulated(&run, &clock, tariff.clone());
        assert_traceable(&bill, &clock, &tariff, &run);
        assert_same(&bill, &clock, &plain::bill(&spec, &run), &format!("seed {seed}\n{toml}"));
    }
    println!("terms drawn, and pairs of terms: {kinds:?}");
    assert!(kinds.values().all(|count| *count >= 2), "a term was hardly drawn: {kinds:?}");
    println!("{terms:?}");
    assert!(terms.len() == 12 && terms.values().all(|count| *count >= 4), "a term was hardly drawn: {terms:?}");
}

/// Counts the terms of energy and of its credits.
fn count_terms(spec: &Spec, terms: &mut BTreeMap<&str, usize>) {
    let mut count = |name, is_there: bool| *terms.entry(name).or_default() += usize::from(is_there);
    let blocks = || spec.components.iter().filter_map(|component| component.blocks.as_ref());
    count("blocks by month", blocks().any(|blocks| !blocks.of_year));
    count("blocks by year", blocks().any(|blocks| blocks.of_year));
    count("blocks of each period", blocks().any(|blocks| blocks.each_period));
    count("energy before the run", blocks().any(|blocks| blocks.earlier_kwh > 0));
    count("net metering", matches!(spec.export, Export::NetMetering { money: None, .. }));
    count("net metering in money", matches!(spec.export, Export::NetMetering { money: Some(_), .. }));
    count("two meters", matches!(spec.export, Export::BuyAllSellAll(_)));
    count("credits carried", !matches!(spec.export, Export::NetMetering { .. }) && spec.credit().is_some());
    count("non-bypassable", spec.non_bypassable.is_some() && spec.credit().is_some());
    for (name, end) in [("lapsed", Spell::Lapsed), ("paid", Spell::Paid), ("rolled", Spell::Rolled)] {
        count(name, spec.credit().is_some() && spec.spell() == end);
    }
}

/// Counts the terms of a tariff, and the pairs of them.
fn count(spec: &Spec, kinds: &mut BTreeMap<String, usize>) {
    let any = |has: fn(&random::Demand) -> bool| spec.demands.iter().any(has);
    let minimum = |credit: Option<&str>| spec.minimum.as_ref().is_some_and(|minimum| minimum.credit == credit);
    let pooled = spec.minimum.as_ref().is_some_and(|minimum| minimum.keys != ("minimum_per_month", None));
    let terms = [
        ("ratchet", any(|charge| charge.ratchet.is_some())),
        ("ratchet months", any(|charge| charge.ratchet.is_some() && !charge.ratchet_months.is_empty())),
        ("contract", any(|charge| charge.contract.is_some())),
        ("discount", any(|charge| charge.discount.is_some())),
        ("tiers", any(|charge| !charge.tiers.is_empty())),
        ("annual", any(|charge| charge.annual)),
        ("sliding", any(|charge| charge.slide_min.is_some())),
        ("coincident", any(|charge| !charge.coincident.is_empty())),
        ("peak so far", any(|charge| charge.so_far_kw > 0.0)),
        ("minimum", spec.minimum.is_some()),
        ("minimum pooled", pooled),
        ("credit carried", minimum(Some("carried"))),
        ("credit on top", minimum(Some("on_top"))),
        ("thirtieths", spec.proration == "thirtieths"),
        ("demand by days", spec.proration == "calendar"),
        ("whole months", spec.proration == "none"),
        ("power factor", !spec.power_factor.is_empty()),
        ("float", spec.components.iter().any(|component| component.float_percent.is_some())),
    ];
    for (i, (name, used)) in terms.iter().enumerate() {
        *kinds.entry((*name).to_owned()).or_default() += usize::from(*used);
        let excluded = |a: &str, b: &str| {
            let rules = ["thirtieths", "demand by days", "whole months"];
            (a, b) == ("credit carried", "credit on top") || rules.contains(&a) && rules.contains(&b)
        };
        for (other, also) in terms[..i].iter().filter(|(other, _)| !excluded(other, name)) {
            *kinds.entry(format!("{other} + {name}")).or_default() += usize::from(*used && *also);
        }
    }
}
