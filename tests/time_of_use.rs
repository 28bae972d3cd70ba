//! Promise: `time_of_use` learns its windows from the tariff and charges off-peak what the peak will use.

use std::sync::Arc;

use crate::bits::bits;
use microgrid::demand::Load;
use microgrid::dispatch::{Controller, Dispatch};
use microgrid::generation::SeriesPlant;
use microgrid::simulation::{BatteryRecord, StepRecord};
use microgrid::storage::Battery;
use microgrid::utility::{Price, PriceComponent, Tariff};
use microgrid::{Block, Calendar, Outcome, Plan, Scenario, simulate};

const DAYS: u32 = 6;

/// A constant load of 10 kW, a battery of 80 kWh in its window that has nothing at the start, prices by the hour.
fn site(price_of_hour: [f64; 24]) -> Scenario {
    let mut site = Scenario::new("time of use", Calendar::days(3600, DAYS));
    site.loads = vec![Load::new("load", 10.0)];
    site.storage = vec![Battery {
        charge_efficiency: 0.9,
        discharge_efficiency: 0.9,
        soc_min: 0.1,
        reserve_soc: 0.1,
        soc_max: 0.9,
        initial_soc: 0.1,
        ..Battery::lithium_iron_phosphate(100.0, 40.0)
    }];
    let prices: Vec<f64> = (0..DAYS).flat_map(|_| price_of_hour).collect();
    let stepwise = PriceComponent { name: "energy".into(), price: Price::Steps(prices.into()) };
    site.tariff = Arc::new(Tariff { import: vec![stepwise], ..Tariff::default() });
    site
}

fn prices(of: impl Fn(usize) -> f64) -> [f64; 24] {
    std::array::from_fn(of)
}

fn run(site: &Scenario, dispatch: &Dispatch) -> (Vec<BatteryRecord>, Outcome) {
    let plan = Plan::compile(site).unwrap();
    let mut block = Block::pack([&plan], [Controller::built_in(dispatch, &plan).unwrap()]);
    let mut steps = Vec::new();
    block.march(usize::MAX, &mut |_: usize, step: &StepRecord<'_>| steps.push(step.batteries[0]));
    (steps, block.outcome(0))
}

/// Energy charged and discharged in the hours of a day, kWh.
fn of_hours(steps: &[BatteryRecord], day: usize, hours: std::ops::Range<usize>) -> (f64, f64) {
    let steps = &steps[day * 24 + hours.start..day * 24 + hours.end];
    (steps.iter().map(|b| b.charge_kw).sum(), steps.iter().map(|b| b.discharge_kw).sum())
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + b.abs())
}

/// Cheap from 0 to 8, dear from 8 to 24: one cycle a day. The first charge is full, 80 kWh; its discharge covers the
/// load from 8 on until the store is empty.
#[test]
fn two_levels_make_one_cycle_a_day() {
    let (steps, _) = run(&site(prices(|hour| if hour < 8 { 0.3 } else { 0.9 })), &Dispatch::TimeOfUse);
    for day in 0..DAYS as usize {
        let (charged, discharged) = of_hours(&steps, day, 0..8);
        assert!(close(charged, 80.0 / 0.9) && discharged == 0.0, "day {day}: {charged}, {discharged}");
        // 16 dear hours use 160 kWh; the store has 80·0.9.
        let (charged, discharged) = of_hours(&steps, day, 8..24);
        assert!(charged == 0.0 && close(discharged, 72.0), "day {day}: {charged}, {discharged}");
        assert!(
            steps[day * 24 + 8..day * 24 + 15].iter().all(|b| close(b.discharge_kw, 10.0)),
            "from the peak's start"
        );
    }
}

/// The charge is spread evenly over the valley's hours and no further than to what the last peak used.
#[test]
fn the_charge_is_sized_to_what_the_peak_used() {
    // Dear from 18 to 21 only: 3 h of 10 kW draw 30/0.9 kWh from the store.
    let price = |hour| match hour {
        0..=7 => 0.3,
        18..=20 => 0.9,
        _ => 0.32,
    };
    let (steps, _) = run(&site(prices(price)), &Dispatch::TimeOfUse);
    let even = |day: usize, kwh: f64| {
        for hour in 0..8 {
            let charge = steps[day * 24 + hour].charge_kw;
            assert!(close(charge, kwh / 8.0), "day {day}, hour {hour}: {charge} of {kwh}");
        }
    };
    even(0, 80.0 / 0.9);
    // The second valley finds what the first peak left, and the third on finds an empty store.
    even(1, 0.0);
    for day in 0..2 {
        let (charged, discharged) = of_hours(&steps, day, 18..21);
        assert!(charged == 0.0 && close(discharged, 30.0), "day {day}: {discharged}");
    }
    even(2, (2.0 * 30.0 / 0.9 + 30.0 / 0.9 - 80.0) / 0.9);
    for day in 3..DAYS as usize {
        even(day, 30.0 / 0.9 / 0.9);
        let (charged, discharged) = of_hours(&steps, day, 8..18);
        assert_eq!((charged, discharged), (0.0, 0.0), "between valley and peak the store waits");
        assert!(steps[day * 24 + 20].stored_kwh < 10.0 + 1e-9, "sized to be used up");
    }
}

/// A midday valley makes two cycles a day, each sized to its own peak: the morning's is 2 h, the evening's 4 h.
///
/// It catches a use that is learnt under the other peak's time of day.
#[test]
fn a_midday_valley_makes_two_cycles_a_day() {
    let price = |hour| match hour {
        0..=5 | 11..=13 => 0.3,
        8..=9 | 18..=21 => 0.9,
        _ => 0.32,
    };
    let (steps, _) = run(&site(prices(price)), &Dispatch::TimeOfUse);
    for day in 3..DAYS as usize {
        let (night, morning) = (of_hours(&steps, day, 0..6), of_hours(&steps, day, 8..10));
        let (midday, evening) = (of_hours(&steps, day, 11..14), of_hours(&steps, day, 18..22));
        assert!(close(night.0, 20.0 / 0.81), "day {day}: {night:?} for a morning of 20 kWh");
        assert!(close(morning.1, 20.0), "day {day}: {morning:?}");
        assert!(close(midday.0, 40.0 / 0.81), "day {day}: {midday:?} for an evening of 40 kWh");
        assert!(close(evening.1, 40.0), "day {day}: {evening:?}");
        let all = of_hours(&steps, day, 0..24);
        assert!(close(all.0, night.0 + midday.0) && close(all.1, morning.1 + evening.1), "day {day}: {all:?}");
    }
}

/// Two dear stretches with slightly less dear hours between them are one peak; two separate best valleys before it
/// share its charge evenly.
#[test]
fn several_best_periods_are_all_used() {
    let price = |hour| match hour {
        1..=2 | 5..=6 => 0.3,
        9..=10 | 13..=14 => 0.9,
        11..=12 => 0.8,
        _ => 0.35,
    };
    let (steps, _) = run(&site(prices(price)), &Dispatch::TimeOfUse);
    for day in 3..DAYS as usize {
        let (first, second) = (of_hours(&steps, day, 1..3).0, of_hours(&steps, day, 5..7).0);
        assert!(close(first, second) && close(first + second, 60.0 / 0.81), "day {day}: {first}, {second}");
        assert!(close(of_hours(&steps, day, 9..15).1, 60.0), "day {day}");
        assert_eq!(of_hours(&steps, day, 3..5), (0.0, 0.0), "0.35 is no best valley");
        assert_eq!(of_hours(&steps, day, 15..24), (0.0, 0.0), "0.35 does not pay against 0.3 after losses");
    }
}

/// What is in store at the start is used before the first valley, but is no peak from which a size is learnt: the
/// first charge is full all the same.
#[test]
fn energy_at_the_start_does_not_size_the_first_charge() {
    let mut site = site(prices(|hour| if (4..8).contains(&hour) { 0.3 } else { 0.9 }));
    site.storage[0].initial_soc = 0.2;
    let (steps, _) = run(&site, &Dispatch::TimeOfUse);
    assert!(close(of_hours(&steps, 0, 0..4).1, 9.0), "10 kWh in store give 9");
    assert!(close(of_hours(&steps, 0, 4..8).0, 80.0 / 0.9));
}

/// Without a spread that pays after losses and wear there is nothing to learn: self-consumption, bit for bit.
#[test]
fn a_tariff_without_worthwhile_spread_is_self_consumption() {
    // 0.81 round trip: a kWh bought at 0.3 costs 0.37 when given back. Negative flat prices are no cycle either.
    let flat: [fn(usize) -> f64; 4] =
        [|_| 0.5, |_| -0.1, |hour| if hour < 8 { 0.3 } else { 0.37 }, |hour| if hour < 8 { 0.3 } else { 0.42 }];
    for (i, price) in flat.into_iter().enumerate() {
        let mut site = site(prices(price));
        site.storage[0].initial_soc = 0.5;
        // In the last case only the wear keeps it from paying.
        site.storage[0].wear_cost_per_kwh = if i == 3 { 0.06 } else { 0.0 };
        site.generation = vec![SeriesPlant::new(
            "pv",
            (0..24 * DAYS).map(|t| f64::from((t % 24).saturating_sub(6) % 12) * 3.0).collect::<Vec<_>>(),
        )];
        site.tariff = Arc::new(Tariff { export_above_import: true, ..(*site.tariff).clone() });
        let ((a, time_of_use), (b, self_consumption)) =
            (run(&site, &Dispatch::TimeOfUse), run(&site, &Dispatch::SelfConsumption));
        assert_eq!(a, b, "case {i}");
        assert_eq!(bits(&time_of_use), bits(&self_consumption), "case {i}");
        assert!(time_of_use.energy.charge_kwh > 0.0);
        if i == 3 {
            site.storage[0].wear_cost_per_kwh = 0.0;
            assert_ne!(run(&site, &Dispatch::TimeOfUse).0, b, "without wear it pays");
        }
    }
}

/// Surplus generation is stored at any hour, valley or not.
#[test]
fn surplus_is_stored_at_any_hour() {
    let mut site = site(prices(|hour| match hour {
        0..=5 => 0.3,
        18..=21 => 0.9,
        _ => 0.32,
    }));
    site.generation =
        vec![SeriesPlant::new("pv", (0..24 * DAYS).map(|t| if t % 24 == 12 { 18.0 } else { 0.0 }).collect::<Vec<_>>())];
    let (steps, _) = run(&site, &Dispatch::TimeOfUse);
    for day in 3..DAYS as usize {
        assert!(close(steps[day * 24 + 12].charge_kw, 8.0), "day {day}");
    }
}

/// On the reference year (prices 1 : 2 : 3.2) it costs less than no storage, and less than self-consumption.
#[test]
fn the_reference_year_costs_less_than_idle() {
    let text = include_str!("data/peers/case8760.csv");
    let column = |index: usize| -> Vec<f64> {
        text.lines().skip(1).map(|line| line.split(',').nth(index).unwrap().parse().unwrap()).collect()
    };
    let stepwise = |prices: Vec<f64>| vec![PriceComponent { name: "price".into(), price: Price::Steps(prices.into()) }];
    let site = Scenario {
        generation: vec![SeriesPlant::new("pv", column(0))],
        loads: vec![Load::new("load", column(1))],
        storage: vec![Battery::lithium_iron_phosphate(150.0, 50.0)],
        tariff: Arc::new(Tariff { import: stepwise(column(2)), export: stepwise(column(3)), ..Tariff::default() }),
        ..Scenario::new("reference", Calendar::common_year(3600))
    };
    let plan = Plan::compile(&site).unwrap();
    let objective = |dispatch| simulate(&plan, Controller::built_in(&dispatch, &plan).unwrap()).money.objective;
    let (idle, self_consumption) = (objective(Dispatch::Idle), objective(Dispatch::SelfConsumption));
    let time_of_use = objective(Dispatch::TimeOfUse);
    assert!(time_of_use < idle, "{time_of_use}, idle {idle}");
    assert!(time_of_use < self_consumption, "{time_of_use}, self-consumption {self_consumption}");
}
