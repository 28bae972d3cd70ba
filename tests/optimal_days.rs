//! Promise: bound ≤ `optimal` ≤ every built-in strategy, and `optimal` ≤ the optimum of an integer programme of the day
//! that another formulation and another solver found, or the cause is named.
//!
//! Days are drawn with everything that once made `optimal` more than the least: negative prices, limits of import and
//! export, demand charges by step, by window and in counted steps, a reserve, outages, a least charge, batteries barred from
//! charging by the grid or from export, batteries that differ, gensets, plants that must be taken, all end rules. The values
//! of the fixed days are kept in `data/optimal_days.txt`, made by HiGHS 1.16 (`mip_rel_gap` 1e-9) from a formulation in
//! Python with a binary for every either-or of the physics; days that it did not close in 40 s, or that have no plan, are
//! not among them. The formulation does not know that storage is discharged before load is shed: there it may be below what
//! the site can do.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};

use crate::random_site::Numbers;
use microgrid::demand::{Load, ValueOfLostLoad};
use microgrid::utility::{DemandCharge, Price, PriceComponent, Tariff};
use microgrid::{Battery, BoundKind, Calendar, Dispatch, FuelCurve, Genset, Outcome, RunEnd, Scenario, SeriesPlant};

/// Relative to the money that moved: the linear programme's plans are good to 1e-9 of the objective by its solver.
const TOLERANCE: f64 = 1e-7;

/// A day and what is particular about it.
struct Day {
    site: Scenario,
    marks: BTreeSet<&'static str>,
    /// Sum of all series: the formulation that made the values drew the same day.
    check: f64,
}

fn day(seed: u64) -> Day {
    let n = &mut Numbers(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x0d15_ea5e);
    let pick = |n: &mut Numbers, values: &[f64]| values[n.below(values.len())];
    let mut marks = BTreeSet::new();
    let mut mark = |applies: bool, name: &'static str| {
        if applies {
            marks.insert(name);
        }
        applies
    };
    let windows = mark(n.chance(0.15), "windows");
    let (step_s, steps) = if windows { (1800, 48) } else { (3600, 24) };
    let negative = mark(n.chance(0.4), "negative prices");
    let import: Vec<f64> = (0..steps)
        .map(|_| if negative { n.between(-0.4, 0.5) } else { pick(n, &[0.05, 0.11, 0.23, 0.31, 0.47]) })
        .collect();
    let mode = n.below(4);
    let export: Vec<f64> = import
        .iter()
        .map(|price| match mode {
            0 => 0.0,
            1 => 0.5 * price,
            2 => *price,
            _ => n.between(-0.3, 0.4),
        })
        .collect();
    mark(export.iter().zip(&import).any(|(export, import)| export > import), "export above import");
    let load: Vec<f64> = (0..steps).map(|_| n.between(0.0, 15.0)).collect();
    let sunny = n.chance(0.75);
    let power = |n: &mut Numbers| match sunny {
        true if !n.chance(0.5) => n.between(0.0, 40.0),
        _ => 0.0,
    };
    let sun: Vec<f64> = (0..steps).map(|_| power(n)).collect();
    let check = [&import, &export, &load, &sun].into_iter().flatten().fold(0.0, |sum, value| sum + value);

    let mut site = Scenario::new(format!("day {seed}"), Calendar::days(step_s, 1));
    site.loads = vec![Load::new("load", load)];
    site.value_of_lost_load = ValueOfLostLoad::of_tiers(20.0, 12.0, 7.0);
    let curtailable = !mark(n.chance(0.12) && sunny, "must take");
    site.generation = vec![SeriesPlant { curtailable, ..SeriesPlant::new("sun", sun) }];
    if mark(n.chance(0.3), "import limit") {
        site.connection.import_limit_kw = n.between(8.0, 30.0).into();
    }
    if mark(n.chance(0.35), "export limit") {
        site.connection.export_limit_kw = pick(n, &[0.0, 5.0, 12.0]).into();
    }
    let component =
        |prices: Vec<f64>| vec![PriceComponent { name: "energy".into(), price: Price::Steps(prices.into()) }];
    let mut tariff =
        Tariff { import: component(import), export: component(export), export_above_import: true, ..Tariff::default() };
    let has_demand = n.chance(0.3);
    if windows || has_demand {
        let mut charge = DemandCharge::new("demand", pick(n, &[0.2, 1.0, 5.0]), 3600);
        if !windows && mark(n.chance(0.4), "counted steps") {
            charge.counted_steps = Some((0..steps).map(|_| n.chance(0.6)).collect());
        }
        tariff.demand.push(charge);
        mark(true, "demand charge");
    }
    let batteries = 1 + usize::from(mark(n.chance(0.25), "unlike batteries"));
    site.storage = (0..batteries).map(|_| battery(n)).collect();
    mark(site.storage.iter().any(|battery| !battery.charge_from_grid), "barred charge");
    mark(site.storage.iter().any(|battery| !battery.export_to_grid), "barred export");
    mark(site.storage.iter().any(|battery| battery.reserve_soc > battery.soc_min), "reserve");
    if mark(n.chance(0.2), "outage") {
        let first = n.below(steps - 6) as u32;
        site.outages.push(first..first + 1 + n.below(5) as u32);
    }
    if mark(n.chance(0.25), "genset") {
        site.gensets = vec![genset(n)];
    }
    site.stored_value_per_kwh = match n.below(4) {
        0 => Some(0.0),
        1 => Some(0.15),
        2 => Some(0.3),
        _ => {
            site.run_end = RunEnd::NotBelowStart;
            mark(true, "not below start");
            None
        }
    };
    // The days' integer programmes pay credits beside the least charge.
    tariff.minimum = mark(n.chance(0.08), "least charge").then(|| microgrid::utility::MinimumCharge {
        credit: microgrid::utility::MinimumCredit::OnTop,
        ..microgrid::utility::MinimumCharge::of_month(n.between(0.0, 60.0))
    });
    site.tariff = tariff.into();
    Day { site, marks, check }
}

fn battery(n: &mut Numbers) -> Battery {
    let pick = |n: &mut Numbers, values: &[f64]| values[n.below(values.len())];
    let (capacity_kwh, charge_max_kw, discharge_max_kw) =
        (pick(n, &[3.0, 20.0, 60.0]), pick(n, &[2.0, 10.0, 40.0]), pick(n, &[2.0, 10.0, 40.0]));
    let lossless = n.chance(0.2);
    let efficiency = |n: &mut Numbers| if lossless { 1.0 } else { n.between(0.8, 1.0) };
    let (charge_efficiency, discharge_efficiency) = (efficiency(n), efficiency(n));
    let (soc_min, initial_soc) = (pick(n, &[0.0, 0.2]), pick(n, &[0.2, 0.3, 0.7, 1.0]));
    Battery {
        charge_max_kw,
        discharge_max_kw,
        charge_efficiency,
        discharge_efficiency,
        soc_min,
        soc_max: 1.0,
        initial_soc,
        self_discharge_per_h: pick(n, &[0.0, 0.0, 0.001, 0.05]),
        wear_cost_per_kwh: pick(n, &[0.0, 0.0, 0.03]),
        charge_from_grid: !n.chance(0.2),
        export_to_grid: !n.chance(0.15),
        reserve_soc: if n.chance(0.25) { 0.5 } else { soc_min },
        grid_forming: n.chance(0.5),
        ..Battery::lithium_iron_phosphate(capacity_kwh, 1.0)
    }
}

fn genset(n: &mut Numbers) -> Genset {
    let pick = |n: &mut Numbers, values: &[f64]| values[n.below(values.len())];
    let (rating_kw, min_load, price) = (pick(n, &[8.0, 20.0]), pick(n, &[0.2, 0.4]), pick(n, &[0.4, 1.2]));
    Genset {
        min_load,
        fuel_curve: FuelCurve::Line { no_load_per_rated_kwh: 0.05, slope_per_kwh: 0.25 },
        start_cost: pick(n, &[0.0, 1.5]),
        min_up_h: pick(n, &[0.0, 3.0]),
        grid_forming: n.chance(0.5),
        ..Genset::diesel(rating_kw, price)
    }
}

/// All money that a run moved.
fn turnover(outcome: &Outcome) -> f64 {
    let money = &outcome.money;
    let lines: f64 = outcome.bill.lines.iter().map(|line| line.amount.abs()).sum();
    let flows = [money.fuel_cost, money.start_cost, money.wear_cost, money.unserved_cost, money.carbon_cost];
    (lines + flows.iter().sum::<f64>() + money.stored_credit.abs()).max(1.0)
}

/// How often what came up, and what it came to.
#[derive(Default)]
struct Counts {
    days: usize,
    marks: BTreeMap<&'static str, usize>,
    pairs: BTreeMap<(&'static str, &'static str), usize>,
    /// Days on which a plan by a window ahead costs less than `optimal`.
    above_rolling: usize,
    /// Days on which `optimal` is the bound.
    proven: usize,
    followed: BTreeMap<String, usize>,
}

impl Counts {
    /// Runs every strategy on a day; returns `optimal`, `None` where no plan ends as it is to.
    fn check(&mut self, seed: u64, day: &Day) -> Option<Outcome> {
        self.days += 1;
        for (i, mark) in day.marks.iter().enumerate() {
            *self.marks.entry(mark).or_default() += 1;
            day.marks.iter().skip(i + 1).for_each(|other| *self.pairs.entry((mark, other)).or_default() += 1);
        }
        let plan = microgrid::Plan::compile(&day.site).unwrap();
        let fits = |dispatch: &Dispatch| microgrid::fits(dispatch, &plan).is_ok();
        let strategies: Vec<Dispatch> = Dispatch::every_for(&day.site).filter(fits).collect();
        let outcomes = match microgrid::run(&day.site, &strategies, None) {
            Ok(outcomes) => outcomes,
            Err(problems) => {
                // Nothing reaches the end that is asked for.
                assert_eq!(day.site.run_end, RunEnd::NotBelowStart, "day {seed}: {problems}");
                return None;
            }
        };
        let optimal = outcomes.iter().find(|outcome| outcome.strategy == "optimal").unwrap();
        if optimal.gap.is_none() {
            assert!(optimal.ends_below_start(), "day {seed}: no gap");
            return None;
        }
        for outcome in &outcomes {
            let Some(gap) = &outcome.gap else { continue };
            let small = TOLERANCE * turnover(outcome).max(turnover(optimal));
            let name = &outcome.strategy;
            assert!(gap.gap >= -small, "day {seed} {:?}: {name} is {} below the bound", day.marks, -gap.gap);
            let above = optimal.money.objective - outcome.money.objective;
            if name == "rolling_horizon" {
                self.above_rolling += usize::from(above > small);
            } else {
                assert!(above <= small, "day {seed} {:?}: optimal is {above} above {name}", day.marks);
            }
        }
        let (bound, gap) = (optimal.bound.as_ref().unwrap(), optimal.gap.as_ref().unwrap().gap);
        if bound.kind == BoundKind::ExactPlan && bound.reasons.is_empty() {
            assert!(gap.abs() <= 1e-8 * turnover(optimal), "day {seed} {:?}: exact, and {gap} apart", day.marks);
        }
        self.proven += usize::from(gap <= TOLERANCE * turnover(optimal));
        *self.followed.entry(optimal.follows.clone().unwrap_or_else(|| "exact plan".into())).or_default() += 1;
        Some(optimal.clone())
    }

    fn print(&self) {
        println!("{} days, {} proven optimal; followed {:?}", self.days, self.proven, self.followed);
        println!("a window ahead did better than optimal on {}", self.above_rolling);
        println!("{:?}\n{:?}", self.marks, self.pairs);
    }

    /// Every mark came up, and nearly all of their pairs.
    fn assert_enough(&self) {
        assert!(self.marks.len() == 16 && self.marks.values().all(|count| *count >= 8), "{:?}", self.marks);
        let pairs = self.marks.len() * (self.marks.len() - 1) / 2;
        assert!(self.pairs.len() * 100 >= 90 * pairs, "{} of {pairs} pairs came up", self.pairs.len());
    }
}

/// The optima of the fixed days: number, check, value.
fn values() -> impl Iterator<Item = (u64, f64, f64)> {
    include_str!("data/optimal_days.txt").lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut parts = line.split(' ');
        let mut next = || parts.next().unwrap();
        (next().parse().unwrap(), next().parse().unwrap(), next().parse().unwrap())
    })
}

#[test]
fn fixed_days_cost_what_an_integer_programme_found() {
    let mut counts = Counts::default();
    let (mut met, mut causes): (usize, BTreeMap<String, usize>) = (0, BTreeMap::new());
    let mut worst: Vec<(f64, u64, String)> = Vec::new();
    for (seed, check, value) in values() {
        let day = day(seed);
        assert!(
            (day.check - check).abs() <= 1e-9 * check.abs().max(1.0),
            "day {seed} is another: {} {check}",
            day.check
        );
        let Some(optimal) = counts.check(seed, &day) else { continue };
        let (above, scale) = (optimal.money.objective - value, turnover(&optimal));
        // The least charge counts after the export credit there.
        let is_comparable = !day.marks.contains("least charge");
        assert!(!is_comparable || above >= -1e-6 * scale, "day {seed} {:?}: {above} below the optimum", day.marks);
        if above <= TOLERANCE * scale {
            met += 1;
            continue;
        }
        let reasons = &optimal.bound.as_ref().unwrap().reasons;
        // Without its numbers, so that equal causes stand together.
        let cause =
            reasons.first().map_or("", |reason| reason.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' '));
        let cause = cause.split(" within ").next().unwrap_or_default().to_owned();
        if reasons.is_empty() || above > 0.02 * scale {
            worst.push((above / scale, seed, format!("{:?} {reasons:?} {:?}", day.marks, optimal.follows)));
        }
        *causes.entry(cause).or_default() += 1;
    }
    counts.print();
    println!("{met} of {} met the integer programme; the others by cause: {causes:#?}", counts.days);
    worst.sort_by(|a, b| b.0.total_cmp(&a.0));
    worst.iter().take(10).for_each(|day| println!("{day:?}"));
    counts.assert_enough();
    assert!(counts.days >= 280, "{}", counts.days);
    assert!(met * 100 >= 60 * counts.days, "{met} of {}", counts.days);
    assert!(!causes.contains_key(""), "above the optimum without a cause: {worst:#?}");
}

#[test]
fn fresh_days_rank_optimal_first() {
    let first = std::env::var("OPTIMAL_DAYS_SEED").ok().and_then(|seed| seed.parse().ok());
    let first: u64 = first.unwrap_or_else(|| RandomState::new().hash_one(0) >> 20);
    println!("OPTIMAL_DAYS_SEED={first}");
    let mut counts = Counts::default();
    for seed in first..first + 300 {
        counts.check(seed, &day(seed));
    }
    counts.print();
    counts.assert_enough();
}
