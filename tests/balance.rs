//! Promise: the books close, in kWh and in money, and physics disposes whatever a strategy asks for.
//!
//! The residual itself is the simulator's; beside it every step is balanced again here from what a recorder saw. That
//! the residual notices each loss and each flow is tested inside the crate, where they can be spoilt
//! (`simulation/spoilt_books.rs`).

use crate::random_site::{GENSET_RULES, Whim, build, cases, compile, recipe, recipe_with_gensets};
use microgrid::dispatch::{Controller, Dispatch};
use microgrid::simulation::{BatteryRecord, BatteryTotals, Carrier, GensetRecord, StepRecord};
use microgrid::utility::{BillKind, Price, PriceComponent};
use microgrid::{Block, Outcome, Plan, Scenario};
use proptest::prelude::*;

/// A step as a recorder saw it, to keep.
#[derive(Debug, Clone)]
struct Seen {
    load_kw: f64,
    generation_kw: f64,
    unserved_kw: f64,
    curtailed_kw: f64,
    dumped_kw: f64,
    import_kw: f64,
    export_kw: f64,
    batteries: Vec<BatteryRecord>,
    gensets: Vec<GensetRecord>,
}

fn run(plan: &Plan, controller: Controller) -> (Vec<Seen>, Outcome) {
    let mut seen = Vec::new();
    let mut block = Block::pack([plan], [controller]);
    block.march(usize::MAX, &mut |_: usize, step: &StepRecord<'_>| {
        seen.push(Seen {
            load_kw: step.load_kw,
            generation_kw: step.generation_kw,
            unserved_kw: step.unserved_kw.iter().sum(),
            curtailed_kw: step.curtailed_kw,
            dumped_kw: step.dumped_kw,
            import_kw: step.import_kw,
            export_kw: step.export_kw,
            batteries: step.batteries.to_vec(),
            gensets: step.gensets.to_vec(),
        });
    });
    (seen, block.outcome(0))
}

/// Any strategy: the built-in ones, with given and searched targets, or a user's that asks for anything.
fn any_controller(plan: &Plan, which: usize, seed: u64) -> Controller {
    match Dispatch::ALL.get(which) {
        Some(dispatch) if dispatch.fits(plan).is_ok() => Controller::built_in(dispatch, plan).unwrap(),
        _ => Whim::controller(seed),
    }
}

fn steps_balance(site: &Scenario, steps: &[Seen]) -> Result<(), TestCaseError> {
    for (t, step) in steps.iter().enumerate() {
        let flows = [
            step.load_kw,
            step.generation_kw,
            step.unserved_kw,
            step.curtailed_kw,
            step.dumped_kw,
            step.import_kw,
            step.export_kw,
        ];
        prop_assert!(flows.iter().all(|kw| *kw >= 0.0), "step {t}: {step:?}");
        prop_assert!(step.import_kw == 0.0 || step.export_kw == 0.0, "step {t}: imports and exports");
        let gensets: f64 = step.gensets.iter().map(|genset| genset.power_kw).sum();
        prop_assert!(step.curtailed_kw + step.dumped_kw <= step.generation_kw + gensets + 1e-9, "step {t}: {step:?}");
        let charge: f64 = step.batteries.iter().map(|battery| battery.charge_kw).sum();
        let discharge: f64 = step.batteries.iter().map(|battery| battery.discharge_kw).sum();
        let supply = step.generation_kw - step.curtailed_kw + gensets + step.import_kw + discharge;
        let use_ = step.load_kw - step.unserved_kw + step.export_kw + step.dumped_kw + charge;
        let size = step.generation_kw + gensets + step.load_kw + step.import_kw + charge + discharge;
        prop_assert!((supply - use_).abs() <= 1e-12 * (1.0 + size), "step {t}: {supply} in, {use_} out");
        let limit = |series: &microgrid::Series| {
            let rating = site.connection.transformer.map_or(f64::INFINITY, |t| t.limit_kw());
            let up = !site.outages.iter().any(|outage| outage.contains(&(t as u32)));
            if up { series.at(t).min(rating) } else { 0.0 }
        };
        prop_assert!(step.import_kw <= limit(&site.connection.import_limit_kw), "step {t}: {step:?}");
        prop_assert!(step.export_kw <= limit(&site.connection.export_limit_kw), "step {t}: {step:?}");
    }
    Ok(())
}

fn batteries_obey(site: &Scenario, steps: &[Seen]) -> Result<(), TestCaseError> {
    let h = site.calendar.step_h();
    for (i, battery) in site.storage.iter().enumerate() {
        let mut stored = battery.initial_soc * battery.capacity_kwh;
        let (floor, top) = (battery.soc_min * battery.capacity_kwh, battery.soc_max * battery.capacity_kwh);
        for (t, step) in steps.iter().enumerate() {
            let BatteryRecord { charge_kw, discharge_kw, stored_kwh } = step.batteries[i];
            let grid_is_up = !site.outages.iter().any(|outage| outage.contains(&(t as u32)));
            prop_assert!(charge_kw == 0.0 || discharge_kw == 0.0, "step {t}: charges and discharges");
            prop_assert!((0.0..=battery.charge_max_kw).contains(&charge_kw), "step {t}: charge {charge_kw}");
            prop_assert!((0.0..=battery.discharge_max_kw).contains(&discharge_kw), "step {t}: {discharge_kw}");
            prop_assert!((floor..=top).contains(&stored_kwh), "step {t}: {stored_kwh} outside {floor} to {top}");
            let small = 1e-9 * (1.0 + battery.capacity_kwh);
            if discharge_kw > 0.0 && grid_is_up {
                prop_assert!(stored_kwh >= battery.reserve_soc * battery.capacity_kwh - small, "step {t}: reserve");
            }
            let surplus = step.generation_kw - step.load_kw;
            if grid_is_up && !battery.charge_from_grid {
                prop_assert!(charge_kw <= surplus.max(0.0) + 1e-9, "step {t}: {charge_kw} from the grid");
            }
            if grid_is_up && !battery.export_to_grid {
                prop_assert!(discharge_kw <= (-surplus).max(0.0) + 1e-9, "step {t}: {discharge_kw} to the grid");
            }
            // The state moves by its efficiencies and its leak, λ times the mean level, which lies between the ends.
            let change = (charge_kw * battery.charge_efficiency - discharge_kw / battery.discharge_efficiency) * h;
            let leak = stored + change - stored_kwh;
            let least = (stored.min(stored_kwh) - floor) * battery.self_discharge_per_h * h;
            let most = (stored.max(stored_kwh) - floor) * battery.self_discharge_per_h * h;
            prop_assert!((least - small..=most + small).contains(&leak), "step {t}: leak {leak}, {least} to {most}");
            stored = stored_kwh;
        }
    }
    Ok(())
}

/// Each genset keeps its power, its ramp and its times, and burns what its curve says.
fn gensets_obey(site: &Scenario, steps: &[Seen]) -> Result<(), TestCaseError> {
    let h = site.calendar.step_h();
    for (i, genset) in site.gensets.iter().enumerate() {
        let (mut last, mut since_h) = (GensetRecord::default(), f64::INFINITY);
        for (t, step) in steps.iter().enumerate() {
            let now = step.gensets[i];
            let GensetRecord { running, power_kw, fuel_per_h } = now;
            prop_assert!(running || (power_kw == 0.0 && fuel_per_h == 0.0), "step {t}: {now:?} is off");
            let held = |kw: f64| kw * (1.0 + 1e-12);
            if running {
                let fuel = genset.fuel_curve.fuel_per_h(genset.rating_kw, power_kw);
                prop_assert!((fuel - fuel_per_h).abs() <= 1e-12 * (1.0 + fuel), "step {t}: {now:?} burns {fuel}");
                prop_assert!(power_kw >= genset.min_kw() && power_kw <= held(genset.rating_kw), "step {t}: {now:?}");
                let ramp_kw = held(genset.ramp_kw_per_h * h) + 1e-9;
                let up = power_kw <= last.power_kw + ramp_kw || power_kw == genset.min_kw();
                let down = !last.running || power_kw >= last.power_kw - ramp_kw;
                prop_assert!(up && down, "step {t}: {now:?} after {last:?}");
            }
            let grid_is_up = !site.outages.iter().any(|outage| outage.contains(&(t as u32)));
            if running != last.running {
                let least_h = if running { genset.min_down_h } else { genset.min_up_h };
                // Without a grid to follow it may trip before its time.
                let tripped = !running && !grid_is_up;
                prop_assert!(tripped || since_h >= least_h - 1e-9, "step {t}: {now:?} after {since_h} h");
                since_h = 0.0;
            }
            (last, since_h) = (now, since_h + h);
        }
    }
    Ok(())
}

/// The kWh of a month's steps, and of a period where one is meant.
fn metered_kwh(site: &Scenario, power_kw: &[f64], month: usize, period: Option<(&[u16], usize)>) -> f64 {
    let steps = site.calendar.month_steps().nth(month).unwrap();
    let counts = |step: &usize| period.is_none_or(|(of_step, period)| of_step[*step] as usize == period);
    steps.filter(counts).map(|step| power_kw[step]).sum::<f64>() * site.calendar.step_h()
}

/// What is declared of the totals closes for each carrier, over the site and over each battery.
fn carriers_balance(outcome: &Outcome, throughput_kwh: f64) -> bool {
    let small = 1e-9 * throughput_kwh;
    let of_battery = |battery: &BatteryTotals| -> f64 {
        BatteryTotals::ENTRIES.iter().filter_map(|entry| entry.in_balance(battery, Carrier::Stored)).sum()
    };
    Carrier::ALL.iter().all(|carrier| outcome.energy.balance_kwh(*carrier).abs() <= small)
        && outcome.batteries.iter().all(|battery| of_battery(battery).abs() <= small)
}

fn money_adds_up(site: &Scenario, steps: &[Seen], outcome: &Outcome) -> Result<(), TestCaseError> {
    let (money, bill) = (&outcome.money, &outcome.bill);
    let size: f64 = bill.lines.iter().map(|line| line.amount.abs()).sum::<f64>() + 1e-6;
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * size;
    let lines: f64 = bill.lines.iter().map(|line| line.amount).sum();
    prop_assert!(close(lines, money.bill_total));
    prop_assert!(close(outcome.months.iter().map(|month| month.bill_total).sum(), money.bill_total));
    let charges =
        money.energy_charge + money.demand_charge + money.capacity_charge + money.fixed_charge + money.adjustment;
    prop_assert!(close(charges - money.export_revenue, money.bill_total));
    let cost = money.fuel_cost
        + money.start_cost
        + money.wear_cost
        + money.unserved_cost
        + money.undelivered_cost
        + money.carbon_cost;
    let objective = money.bill_total + cost - money.stored_credit;
    prop_assert!((objective - money.objective).abs() <= 1e-9 * (size + cost + money.stored_credit.abs()));
    for line in &bill.lines {
        let sign = if line.kind == BillKind::Export { -1.0 } else { 1.0 };
        prop_assert!(close(line.amount, sign * line.quantity * line.price), "{line:?}");
    }
    let import: Vec<f64> = steps.iter().map(|step| step.import_kw).collect();
    let export: Vec<f64> = steps.iter().map(|step| step.export_kw).collect();
    let directions = [(BillKind::Energy, &site.tariff.import, import), (BillKind::Export, &site.tariff.export, export)];
    for (kind, components, power_kw) in &directions {
        for month in 0..site.calendar.months.len() {
            let of_kind = bill.lines.iter().filter(|line| line.month == month && line.kind == *kind);
            let expected = components.iter().flat_map(|component| expected_kwh(site, component, power_kw, month));
            let (expected, lines) = (expected.collect::<Vec<_>>(), of_kind.collect::<Vec<_>>());
            prop_assert_eq!(expected.len(), lines.len());
            for ((kwh, price), line) in expected.into_iter().zip(lines) {
                prop_assert!((kwh - line.quantity).abs() <= 1e-9 * (1.0 + kwh), "{line:?}: metered {kwh}");
                prop_assert!(price.is_none_or(|price| price == line.price), "{line:?}: tariff {price:?}");
            }
        }
    }
    // An invoice prints cents; each line is rounded before the sum.
    let cents: i64 = bill.lines.iter().map(|line| (line.amount * 100.0).round() as i64).sum();
    prop_assert!((bill.invoice_total() - cents as f64 / 100.0).abs() <= 1e-9 * size);
    Ok(())
}

/// The kWh and, where it is one for the line, the price of each line of a component in a month.
fn expected_kwh(site: &Scenario, component: &PriceComponent, kw: &[f64], month: usize) -> Vec<(f64, Option<f64>)> {
    match &component.price {
        Price::Constant(price) => vec![(metered_kwh(site, kw, month, None), Some(*price))],
        Price::Blocks(_) => unreachable!("random sites of this test have no blocks"),
        Price::Steps(_) => vec![(metered_kwh(site, kw, month, None), None)],
        Price::Periods(table) => (0..table.periods.len())
            .map(|period| {
                let kwh = metered_kwh(site, kw, month, Some((&table.period_of_step, period)));
                (kwh, Some(table.of_month(month)[period]))
            })
            .collect(),
    }
}

proptest! {
    #![proptest_config(cases(600))]

    /// With gensets: energy in the run and in each step, money, and each genset's limits, whatever is asked.
    #[test]
    fn gensets_balance(recipe in recipe_with_gensets(), which in 0..10usize) {
        let site = build(&recipe);
        let plan = compile(&site);
        let controller = match GENSET_RULES.get(which) {
            Some(dispatch) => Controller::built_in(dispatch, &plan).unwrap(),
            None => Whim::controller(recipe.seed),
        };
        let (steps, outcome) = run(&plan, controller);
        let energy = &outcome.energy;
        let nominal: f64 = site.storage.iter().map(|battery| battery.capacity_kwh).sum();
        let throughput = energy.throughput_kwh() + nominal;
        prop_assert!(energy.residual_kwh <= 1e-9 * throughput, "{:?}", outcome.energy);
        let sources = energy.generation_available_kwh - energy.curtailed_kwh + energy.genset_kwh;
        let supply = sources + energy.import_kwh + energy.discharge_kwh;
        let served = energy.load_kwh - energy.unserved_kwh;
        let use_ = served + energy.charge_kwh + energy.export_kwh + energy.dumped_kwh;
        prop_assert!((supply - use_).abs() <= 1e-9 * throughput, "{supply} in, {use_} out");
        prop_assert!(carriers_balance(&outcome, throughput), "{energy:?}");
        steps_balance(&site, &steps)?;
        gensets_obey(&site, &steps)?;
        money_adds_up(&site, &steps, &outcome)?;
        let of = |of: fn(&microgrid::GensetTotals) -> f64| outcome.gensets.iter().map(of).sum::<f64>();
        prop_assert!((of(|g| g.fuel_cost) - outcome.money.fuel_cost).abs() <= 1e-9 * outcome.money.fuel_cost);
        prop_assert!((of(|g| g.start_cost) - outcome.money.start_cost).abs() <= 1e-9 * outcome.money.start_cost);
        prop_assert!((of(|g| g.generation_kwh) - energy.genset_kwh).abs() <= 1e-9 * throughput);
    }

    /// Energy: the run's residual, each step, each battery.
    #[test]
    fn energy_balances(recipe in recipe(), which in 0..=Dispatch::ALL.len()) {
        let site = build(&recipe);
        let plan = compile(&site);
        let (steps, outcome) = run(&plan, any_controller(&plan, which, recipe.seed));
        let nominal: f64 = site.storage.iter().map(|battery| battery.capacity_kwh).sum();
        // A store that only leaks has no throughput but its own content.
        let throughput = outcome.energy.throughput_kwh() + nominal;
        prop_assert!(outcome.status.is_completed());
        prop_assert!(outcome.energy.residual_kwh <= 1e-9 * throughput, "{:?}", outcome.energy);
        let energy = &outcome.energy;
        prop_assert!(carriers_balance(&outcome, throughput), "{energy:?}");
        let supply = energy.generation_available_kwh - energy.curtailed_kwh + energy.import_kwh + energy.discharge_kwh;
        let served = energy.load_kwh - energy.unserved_kwh;
        let use_ = served + energy.charge_kwh + energy.export_kwh + energy.dumped_kwh;
        prop_assert!((supply - use_).abs() <= 1e-9 * throughput, "{supply} in, {use_} out");
        let kept = energy.stored_change_kwh + energy.storage_loss_kwh;
        prop_assert!((energy.charge_kwh - energy.discharge_kwh - kept).abs() <= 1e-9 * throughput);
        steps_balance(&site, &steps)?;
        batteries_obey(&site, &steps)?;
        if which == 0 {
            let still = |battery: &BatteryRecord| battery.charge_kw == 0.0 && battery.discharge_kw == 0.0;
            prop_assert!(steps.iter().flat_map(|step| &step.batteries).all(still), "idle locks storage");
        }
    }

    /// Money: lines, months and kinds add up, and lines are kWh by period times price.
    #[test]
    fn money_balances(recipe in recipe(), which in 0..=Dispatch::ALL.len()) {
        let site = build(&recipe);
        let plan = compile(&site);
        let (steps, outcome) = run(&plan, any_controller(&plan, which, recipe.seed));
        money_adds_up(&site, &steps, &outcome)?;
    }
}

/// Rounding lines and then adding is not adding and then rounding: three lines of 0.005 are 3 cents on an invoice.
#[test]
fn an_invoice_rounds_each_line() {
    let line = |amount: f64| microgrid::utility::BillLine {
        month: 0,
        kind: BillKind::Fixed,
        block: None,
        component: "meter".into(),
        period: None,
        quantity: 1.0,
        unit: "month",
        price: amount,
        amount,
    };
    // 0.005 is exact in neither system; 0.125 is, and rounds away from zero.
    let bill = microgrid::utility::Bill { lines: vec![line(0.125), line(0.125), line(-0.125)] };
    assert_eq!(bill.total(), 0.125);
    assert_eq!(bill.invoice_total(), 0.13);
    let bill = microgrid::utility::Bill { lines: vec![line(0.125); 3] };
    assert_eq!((bill.total(), bill.invoice_total()), (0.375, 0.39));
}
