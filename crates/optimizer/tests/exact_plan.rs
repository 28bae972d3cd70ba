//! The linear programme and the exact plan, two implementations of one optimum that share no function.

use crate::random_site::Random;
use microgrid_core::dispatch::exact_plan::{
    self, Accuracy, DemandCharge, EndRule, Solver, Steps, Storage, Tier, Window,
};
use microgrid_core::dispatch::{Controller, Request, Site};
use microgrid_core::storage::Battery;
use microgrid_core::{Plan, Scenario, simulate};
use microgrid_optimizer::{Relaxation, Settings, bound_with, plan_with};

/// Lower value and cost of the exact plan, and whether it is exact.
struct Exact {
    lower: f64,
    objective: f64,
    /// Steps that are not convex.
    hull_steps: usize,
    path: Vec<f64>,
}

impl Exact {
    /// What the exact plan's levels cost when the simulator runs them.
    fn replayed(self, plan: &Plan) -> f64 {
        let battery = plan.scenario().storage[0].clone();
        let h = plan.step_h();
        let (kept, phi) = leak(&battery, h);
        let floor = battery.soc_min * battery.capacity_kwh;
        let follow = move |site: &Site, ask: &mut Request| {
            let change =
                self.path[site.step() as usize + 1] - floor - kept * (site.batteries()[0].stored_kwh() - floor);
            if change >= 0.0 {
                ask.battery(0).charge(change / (phi * battery.charge_efficiency * h));
            } else {
                ask.battery(0).discharge(-change * battery.discharge_efficiency / (phi * h));
            }
        };
        simulate(plan, Controller::own("exact", "perfect", Box::new(follow))).money.objective
    }
}

/// Share of the energy above the floor kept over a step, and of what enters.
fn leak(battery: &Battery, step_h: f64) -> (f64, f64) {
    let leak = battery.self_discharge_per_h * step_h;
    ((-leak).exp(), if leak > 0.0 { -(-leak).exp_m1() / leak } else { 1.0 })
}

/// The site's columns as the exact plan takes them, put together here step by step.
fn exact(plan: &Plan) -> Exact {
    let site = plan.scenario();
    let battery = &site.storage[0];
    let (steps, h) = (plan.steps(), plan.step_h());
    let dark = |step: usize| !plan.grid_is_up(step) && !battery.grid_forming;
    let column = |make: &dyn Fn(usize) -> f64| (0..steps).map(make).collect::<Vec<f64>>();
    let rating = site.connection.transformer.map_or(1e9, |transformer| transformer.limit_kw());
    // An unlimited tie as a number near what can flow: in sums of 1e9 and a few kWh the exact plan loses 1e-7.
    let limit = |kw: f64, step: usize| if plan.grid_is_up(step) { kw.min(rating).min(1e3) } else { 0.0 };
    let import_max = column(&|t| limit(site.connection.import_limit_kw.at(t), t));
    let export_max = column(&|t| limit(site.connection.export_limit_kw.at(t), t));
    let generation = column(&|t| if dark(t) { 0.0 } else { plan.generation_kw(t) });
    let carbon = &site.carbon;
    let import_price =
        column(&|t| plan.import_price_per_kwh()[t] + carbon.intensity_kg_per_kwh.at(t) * carbon.price_per_kg);
    // The rules bind the storage but in an outage.
    let surplus = |t: usize| plan.generation_kw(t) - plan.load_kw(t);
    let barred = |allowed: bool, room: f64, t: usize| match (dark(t), allowed || !plan.grid_is_up(t)) {
        (true, _) => 0.0,
        (false, true) => 1e9,
        (false, false) => room.max(0.0),
    };
    let charge_max = column(&|t| barred(battery.charge_from_grid, surplus(t), t));
    let discharge_max = column(&|t| barred(battery.export_to_grid, -surplus(t), t));
    let reserve = column(&|t| battery.capacity_kwh * if plan.grid_is_up(t) { battery.reserve_soc } else { 0.0 });
    let values = plan.value_of_lost_load_per_kwh();
    let loads: Vec<Vec<f64>> = site.loads.iter().map(|load| column(&|t| load.scale * load.power_kw.at(t))).collect();
    let tiers: Vec<Tier<'_>> = loads
        .iter()
        .zip(&site.loads)
        .map(|(power, load)| Tier {
            load_kw: exact_plan::Series::Steps(power),
            value_of_lost_load_per_kwh: values[load.tier as usize],
        })
        .collect();
    let series = |column| Some(exact_plan::Series::Steps(column));
    let columns = Steps {
        generation_kw: exact_plan::Series::Steps(&generation),
        import_price_per_kwh: exact_plan::Series::Steps(&import_price),
        export_price_per_kwh: exact_plan::Series::Steps(plan.export_price_per_kwh()),
        import_limit_kw: exact_plan::Series::Steps(&import_max),
        export_limit_kw: exact_plan::Series::Steps(&export_max),
        charge_max_kw: series(&charge_max),
        discharge_max_kw: series(&discharge_max),
        // A reserve above the floor is held from the start on: see `crate::random_site::convex`.
        reserve_kwh: if battery.reserve_soc > battery.soc_min { series(&reserve) } else { None },
        ..Steps::grid_tied(steps, h, &tiers)
    };
    // No step changes the level by more than its span. The plan takes a hull over all that the power limits allow, which
    // is lower where they allow more.
    let span = (battery.soc_max - battery.soc_min) * battery.capacity_kwh;
    let (_, phi) = leak(battery, h);
    let storage = Storage {
        min_kwh: battery.soc_min * battery.capacity_kwh,
        max_kwh: battery.soc_max * battery.capacity_kwh,
        charge_max_kw: battery.charge_max_kw.min(span / (phi * battery.charge_efficiency * h)),
        discharge_max_kw: battery.discharge_max_kw.min(span * battery.discharge_efficiency / (phi * h)),
        charge_efficiency: battery.charge_efficiency,
        discharge_efficiency: battery.discharge_efficiency,
        self_discharge_per_h: battery.self_discharge_per_h,
        wear_cost_per_kwh: battery.wear_cost_per_kwh,
    };
    let start = battery.initial_soc * battery.capacity_kwh;
    let end = EndRule::ValuePerKwh(plan.stored_value_per_kwh());
    let mut solver = Solver::new();
    if site.tariff.demand.is_empty() {
        solver.load(&storage, &columns).unwrap();
        let found = solver.solve(&Window::whole(steps, start, end)).unwrap();
        return Exact {
            lower: found.objective,
            objective: found.objective,
            hull_steps: 0,
            path: solver.stored_kwh().to_vec(),
        };
    }
    let masks: Vec<Option<&[bool]>> = site.tariff.demand.iter().map(|c| c.counted_steps.as_deref()).collect();
    let charges: Vec<DemandCharge<'_>> = site
        .tariff
        .demand
        .iter()
        .zip(masks)
        .map(|(charge, counts)| DemandCharge {
            first_step: 0,
            end_step: steps,
            price_per_kw: charge.of_month(0),
            metered_kw: 0.0,
            counts,
        })
        .collect();
    let accuracy = Accuracy { relative_gap: 1e-10, rounds: 500 };
    let found = solver.solve_demand(&storage, &columns, (start, end), &charges, &accuracy).unwrap();
    Exact {
        lower: found.lower_cost,
        objective: found.objective,
        hull_steps: found.hull_steps,
        path: solver.stored_kwh().to_vec(),
    }
}

const SETTINGS: Settings = Settings {
    end: microgrid_optimizer::EndRule::Credit,
    decisions: microgrid_optimizer::Decisions::Storage,
    tolerance: 1e-11,
    max_iterations: 200,
};

#[test]
fn random_convex_sites_cost_the_same() {
    let (mut reached, mut outages, mut charges) = (0, 0, 0);
    for seed in 0..400 {
        let site = crate::random_site::convex(seed);
        let plan = Plan::compile(&site).unwrap();
        let exact = exact(&plan);
        assert_eq!(exact.hull_steps, 0, "seed {seed}");
        let best = plan_with(&plan, &SETTINGS).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let certificate = best.certificate();
        let scale = exact.objective.abs().max(1.0);
        let (lower, upper) = (certificate.lower, certificate.upper);
        assert!(lower <= exact.objective + 1e-12 * scale, "seed {seed}: {lower} above {}", exact.objective);
        assert!(exact.lower - lower <= 1e-7 * scale, "seed {seed}: {lower} below {}", exact.lower);
        let replayed = exact.replayed(&plan);
        assert!(lower <= replayed + 1e-12 * scale, "seed {seed}: {lower} above the exact plan's run {replayed}");
        assert!(upper >= lower, "seed {seed}: {certificate:?}");
        if certificate.checked.bound.relaxations.is_empty() {
            assert!(upper - lower <= 1e-7 * scale, "seed {seed}: {certificate:?}");
            reached += 1;
        }
        outages += usize::from(!site.outages.is_empty());
        charges += usize::from(!site.tariff.demand.is_empty());
    }
    println!("{reached} reached, {outages} with outages, {charges} with demand charges");
    assert!(reached >= 150 && outages >= 80 && charges >= 150, "{reached} {outages} {charges}");
}

#[test]
fn at_negative_prices_the_hull_is_at_least_the_relaxation() {
    let (mut above, mut equal) = (0, 0);
    for seed in 0..150 {
        let mut site = crate::random_site::convex(seed);
        let random = &mut Random(seed + 77);
        negative_prices(&mut site, random);
        let plan = Plan::compile(&site).unwrap();
        let exact = exact(&plan);
        let found = bound_with(&plan, &SETTINGS);
        let scale = exact.lower.abs().max(1.0);
        assert!(
            found.objective <= exact.lower + 1e-11 * scale,
            "seed {seed}: {} above {}",
            found.objective,
            exact.lower
        );
        assert!(found.relaxations.contains(&Relaxation::ChargeWithDischarge), "seed {seed}");
        if exact.lower - found.objective <= 1e-7 * scale {
            equal += 1;
        } else {
            above += 1;
        }
    }
    println!("hull above the relaxation {above} times, equal {equal} times");
    assert!(above > 0 && equal > 0, "both must happen: {above}, {equal}");
}

fn negative_prices(site: &mut Scenario, random: &mut Random) {
    use microgrid_core::utility::{Price, PriceComponent, Tariff};
    let steps = site.calendar.steps();
    let prices = |random: &mut Random| (0..steps).map(|_| random.between(-0.3, 0.3)).collect::<Vec<f64>>();
    let component = |prices: &[f64]| PriceComponent { name: "spot".into(), price: Price::Steps(prices.into()) };
    let (import, mut export) = (prices(random), prices(random));
    export.iter_mut().zip(&import).for_each(|(export, import)| *export = export.min(*import));
    let tariff = Tariff { import: vec![component(&import)], export: vec![component(&export)], ..Tariff::default() };
    site.tariff = tariff.into();
    site.stored_value_per_kwh = Some(0.1);
    // The programme charges a barred battery from generation that is taken; the hull knows no such tie.
    site.storage[0].charge_from_grid = true;
}
