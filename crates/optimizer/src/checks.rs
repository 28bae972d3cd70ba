//! Tests that look inside: bounds of spoilt duals, and what a given course of the stored energy costs.

#[path = "../tests/random_site/mod.rs"]
mod random_site;

use microgrid_core::dispatch::{Controller, Request, Site};
use microgrid_core::simulation::{Block, Recorder, StepRecord};
use microgrid_core::{Outcome, Plan};

use crate::dual_bound::dual_bound;
use crate::formulation::{SiteProgramme, Store};
use crate::settings::Settings;
use crate::solve::solve;
use random_site::Random;

#[test]
fn spoilt_duals_give_lower_bounds_that_still_hold() {
    for seed in 0..40 {
        let plan = Plan::compile(&random_site::any(seed)).unwrap();
        let site = SiteProgramme::build(&plan, &Settings::default());
        let solution = solve(&site.programme, &Settings::default());
        assert!(solution.status.is_solved(), "seed {seed}: {}", solution.status);
        let (best, scale) = (solution.objective, solution.objective.abs().max(100.0));
        let bound = |duals: &[f64]| dual_bound(&site.programme, duals).lower;
        assert!((bound(&solution.duals) - best).abs() < 1e-6 * scale, "seed {seed}");
        let random = &mut Random(seed);
        let mut lowered = 0;
        for size in [1e-6, 1e-2, 1.0, 100.0] {
            let spoilt: Vec<f64> = solution.duals.iter().map(|d| d + size * random.between(-1.0, 1.0)).collect();
            let lower = bound(&spoilt);
            assert!(lower <= best + 1e-7 * scale, "seed {seed}: {lower} above {best}");
            lowered += usize::from(lower < best - 1e-5 * scale);
        }
        assert!(lowered >= 2, "seed {seed}: spoiling must show");
        let garbage: Vec<f64> =
            solution.duals.iter().map(|_| random.pick(&[f64::NAN, f64::INFINITY, -1e9, 0.0])).collect();
        assert!(bound(&garbage) <= best, "seed {seed}");
    }
}

/// Keeps the stored energy at the end of each step, by battery, and what generation is left.
struct Levels(Vec<Vec<f64>>, Vec<f64>);

impl Recorder for Levels {
    fn record(&mut self, _lane: usize, step: &StepRecord<'_>) {
        self.0.iter_mut().zip(step.batteries).for_each(|(levels, battery)| levels.push(battery.stored_kwh));
        self.1.push(step.curtailed_kw + step.dumped_kw);
    }
}

/// A run of random requests, curtailment among them, and its levels.
fn wander(plan: &Plan, seed: u64) -> (Outcome, Levels) {
    let mut random = Random(seed);
    let ask = move |site: &Site, ask: &mut Request| {
        for (i, battery) in site.batteries().iter().enumerate() {
            let share = random.between(-1.0, 1.0);
            match random.bits() % 3 {
                0 => {}
                _ if share > 0.0 => ask.battery(i).charge(share * battery.charge_limit_kw()),
                _ => ask.battery(i).discharge(-share * battery.discharge_limit_kw()),
            }
        }
        for (i, genset) in site.gensets().iter().enumerate() {
            if random.one_in(2) {
                ask.genset(i).run(random.unit() * genset.rating_kw());
            }
        }
        if site.export_price_per_kwh() < 0.0 && random.one_in(2) {
            // Never what import would have to make up for.
            ask.curtail_to_net_import(-random.pick(&[0.0, 0.5]) * site.generation_kw());
        }
    };
    let mut block = Block::pack([plan], [Controller::own("wander", "none", Box::new(ask))]);
    let mut levels = Levels(vec![Vec::new(); plan.scenario().storage.len()], Vec::new());
    block.march(plan.days(), &mut levels);
    (block.outcome(0), levels)
}

/// The programme with its levels held to those of a run must find that run: at its cost, or less by a freedom that is
/// named. This is where a wrong price, limit or term of the tariff shows, which a mere bound would hide.
#[test]
fn the_course_of_any_run_costs_what_it_cost() {
    let mut met = 0;
    for seed in 0..300 {
        let plan = Plan::compile(&random_site::any(seed)).unwrap();
        let mut site = SiteProgramme::build(&plan, &Settings::default());
        let (outcome, Levels(levels, left_kw)) = wander(&plan, seed);
        // Where leaving generation gains, the programme is held to what the run left of it.
        for (tie, left_kw) in site.ties.iter().zip(left_kw).filter(|(tie, _)| tie.leaving_gains) {
            if let Some(left) = tie.curtailed {
                site.programme.lower[left] = (left_kw - 1e-7).max(0.0);
                site.programme.upper[left] = left_kw + 1e-7;
            }
        }
        for (battery, levels) in levels.iter().enumerate() {
            let floor_kwh = Store::new(&plan.scenario().storage[battery], plan.step_h()).floor_kwh;
            for (variable, stored_kwh) in site.levels[battery].iter().zip(levels) {
                let (lower, upper) = (site.programme.lower[*variable], site.programme.upper[*variable]);
                let level = stored_kwh - floor_kwh;
                assert!((lower - 1e-9..=upper + 1e-9).contains(&level), "seed {seed}: {lower} {level} {upper}");
                // As wide as rounding, so that a level at a limit leaves the solver room.
                site.programme.lower[*variable] = (level - 1e-7).max(lower.min(level));
                site.programme.upper[*variable] = (level + 1e-7).min(upper.max(level));
            }
        }
        let solution = solve(&site.programme, &Settings::default());
        let lower = dual_bound(&site.programme, &solution.duals).lower;
        let (cost, scale) = (outcome.money.objective, outcome.money.objective.abs().max(100.0));
        assert!(lower <= cost + 1e-9 * scale, "seed {seed}: {lower} above {cost}");
        if site.relaxations.is_empty() {
            met += 1;
            assert!(cost - lower <= 1e-5 * scale, "seed {seed}: {lower} below {cost}, {}", solution.status);
        }
    }
    assert!(met >= 25, "{met}");
}
