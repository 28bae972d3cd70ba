//! Goals that are sought: a cap on carbon, and critical load carried from most starts.
//!
//! # Survival
//! That critical load is carried from a share p of all starts is no convex limit. The sizes are made to carry a share of the critical
//! load from every start by what is held in reserve, which is convex, and that share, at most 2, is halved in on until the year,
//! simulated from what is really stored at each start, carries the whole load from p of them. The lower value is that of the site
//! without the goal, which no site with it costs less than.
//!
//! # Carbon
//! The cap on carbon: the price of carbon under which the least cost keeps it.
//!
//! # Model
//! For any price q ≥ 0 of a kg the least of cost + q·(carbon − cap) is below the cost of all sizes that keep the cap (weak
//! duality), so that the proven lower value of the priced search less q·cap, over the years, is one of the capped problem. The
//! price is sought by bisection; the design is the point found that keeps the cap at the least price.

use microgrid_core::{Outcome, Problem, Problems, Scenario};
use microgrid_design::sizing::{Ending, Progress, Sized, Sizer, Stop};

use super::cases::{Project, load_kwh};
use super::survival::Survival;

/// A cap on carbon that is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CarbonCap {
    /// The most of a year, kg CO₂.
    pub most_kg: f64,
    /// What the last kg below the cap costs, currency per kg beyond the scenario's own price; 0 where the cap holds nothing.
    pub price_per_kg: f64,
}

/// Halvings of the price's range, and doublings of its top.
const HALVINGS: usize = 14;
const RAISES: usize = 10;

/// How far below the cap the carbon may be for the search to end, relative.
const NEAR: f64 = 1e-3;

/// A search under a price.
pub(super) struct Priced {
    pub(super) scenario: Scenario,
    pub(super) sizer: Sizer,
    pub(super) found: Sized,
    pub(super) cap: Option<CarbonCap>,
    /// The search without the goal of survival, whose lower value counts.
    pub(super) free: Option<Box<Self>>,
}

/// Halvings of the share of the critical load.
const SHARE_HALVINGS: usize = 8;

/// The search under all goals of a folder.
pub(super) fn search(
    project: &Project<'_>,
    scenario: &Scenario,
    stop: Stop,
    watch: &mut impl FnMut(Progress) -> bool,
) -> Result<Priced, Problems> {
    let Some(share_least) = project.goal().survival_share_least else {
        return search_under_cap(project, scenario, stop, watch);
    };
    let share_of = |found: &Priced| -> Result<f64, Problems> {
        let Some(goal) = &found.sizer.task().ride_through else { return Ok(1.0) };
        let built = project.built(&found.scenario, &found.found.sizes);
        let survival = Survival::of(goal, found.sizer.task(), &found.found.sizes, &built)?;
        Ok(survival.share_at(survival.goal_h).unwrap_or(1.0))
    };
    let free = search_under_cap(&project.needing(0.0), scenario, stop, watch)?;
    let mut greatest = share_of(&free)?;
    if greatest >= share_least || free.found.ending == Ending::Stopped {
        return Ok(free);
    }
    let (mut low, mut high, mut kept) = (0.0, 2.0, None);
    for _ in 0..SHARE_HALVINGS {
        let needed = 0.5 * (low + high);
        // Sizes within the bounds may not carry so much.
        let Ok(tried) = search_under_cap(&project.needing(needed), scenario, stop, watch) else {
            high = needed;
            continue;
        };
        if tried.found.ending == Ending::Stopped {
            // As where the first search is stopped: what was found by then.
            kept = kept.or(Some(tried));
            break;
        }
        let share = share_of(&tried)?;
        greatest = greatest.max(share);
        if share >= share_least {
            (high, kept) = (needed, Some(tried));
        } else {
            low = needed;
        }
    }
    match kept {
        Some(kept) => Ok(Priced { free: Some(Box::new(free)), ..kept }),
        None => {
            let problem = Problem::new("goal.survival_share_least", "is not met within the bounds").value(share_least);
            let problem = problem.allowed(format!("at most {greatest:.4} of all starts"));
            Err(problem.hint("raise `most` of a size, the battery's reserve_soc, or lower the hours").into())
        }
    }
}

/// The search over a scenario under the cap of its folder, if there is one.
fn search_under_cap(
    project: &Project<'_>,
    scenario: &Scenario,
    stop: Stop,
    watch: &mut impl FnMut(Progress) -> bool,
) -> Result<Priced, Problems> {
    let at = |price: f64, watch: &mut dyn FnMut(Progress) -> bool| -> Result<(Priced, f64), Problems> {
        let mut priced = scenario.clone();
        priced.carbon.price_per_kg += price;
        let mut sizer = project.sizer(project.task(&priced)?)?;
        let found = sizer.run(stop, watch)?;
        let carbon_kg = match project.carbon_most_kg() {
            None => 0.0,
            Some(_) => planned(&project.built(&priced, &found.sizes))?.carbon_kg,
        };
        let cap = project.carbon_most_kg().map(|most_kg| CarbonCap { most_kg, price_per_kg: price });
        Ok((Priced { scenario: priced, sizer, found, cap, free: None }, carbon_kg))
    };
    let (free, free_kg) = at(0.0, watch)?;
    let Some(most_kg) = project.carbon_most_kg().filter(|most_kg| free_kg > *most_kg) else { return Ok(free) };
    // A price of carbon at which import costs about twice as much, where that says anything.
    let intensity =
        (0..scenario.calendar.steps()).map(|t| scenario.carbon.intensity_kg_per_kwh.at(t)).fold(0.0, f64::max);
    let (mut low, mut high) = (0.0, 0.5 / intensity.max(0.1));
    let (mut kept, mut kept_kg) = at(high, watch)?;
    for _ in 0..RAISES {
        if kept_kg <= most_kg {
            break;
        }
        (low, high) = (high, 3.0 * high);
        (kept, kept_kg) = at(high, watch)?;
    }
    if kept_kg > most_kg && kept.found.ending != Ending::Stopped {
        let share = project.goal().renewable_share_least;
        let problem = match share {
            Some(share) => Problem::new("goal.renewable_share_least", "cannot be kept within the bounds").value(share),
            None => Problem::new("goal.carbon_most_kg_per_year", "cannot be kept within the bounds").value(most_kg),
        };
        let allowed = format!(
            "about {kept_kg:.0} kg: at {high:.2} per kg the site still emits that, {:.0} too much{}",
            kept_kg - most_kg,
            match share {
                Some(_) => format!(" (a share of {:.4})", 1.0 - kept_kg / (intensity * load_kwh(scenario)).max(1e-9)),
                None => String::new(),
            }
        );
        return Err(problem.allowed(allowed).hint("raise `most` of a size").into());
    }
    for _ in 0..HALVINGS {
        if most_kg - kept_kg <= NEAR * most_kg {
            break;
        }
        let middle = 0.5 * (low + high);
        let (tried, tried_kg) = at(middle, watch)?;
        if tried_kg <= most_kg {
            (high, kept, kept_kg) = (middle, tried, tried_kg);
        } else {
            low = middle;
        }
    }
    Ok(kept)
}

/// The year under `optimal`, without its bound.
pub(super) fn planned(scenario: &Scenario) -> Result<Outcome, Problems> {
    Ok(crate::run_without_bound(scenario, &[microgrid_core::dispatch::Dispatch::Optimal], None)?.remove(0))
}
