//! One scenario under several strategies, beside what else could be decided: when loads draw, and which charge is paid.

use std::num::NonZeroUsize;
use std::sync::Arc;

use microgrid_core::dispatch::Dispatch;
use microgrid_core::utility::Tariff;
use microgrid_core::{Outcome, Plan, Problems, Scenario};

use crate::optimum::wider_bound;
use crate::run::{run, run_without_bound};

/// Strategies ranked on one site.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The runs, least objective first, each beside the bound, and the bound over more decisions where there are any.
    pub outcomes: Vec<Outcome>,
    /// The same strategies, in the same order, under the other choice of a two-part tariff; empty where there is none.
    pub under_other_choice: Vec<Outcome>,
}

/// Runs `scenario` under each of `strategies` as [`run`] does, and ranks them. Where the site has charging sessions or
/// shiftable loads each bound has a wider one beside it, by [`wider_bound`], which takes seconds. `other_choice` is the
/// tariff with the choice that the scenario did not take, where it has one: the strategies run under it too.
///
/// # Errors
/// As [`run`].
pub fn compare(
    scenario: &Scenario,
    strategies: &[Dispatch],
    other_choice: Option<&Arc<Tariff>>,
    threads: Option<NonZeroUsize>,
) -> Result<Comparison, Problems> {
    let mut outcomes = ranked(strategies, run(scenario, strategies, threads)?);
    let wider = wider_bound(&Plan::compile(scenario)?);
    for bound in outcomes.iter_mut().filter_map(|(_, outcome)| outcome.bound.as_mut()) {
        bound.wider.clone_from(&wider);
    }
    let (order, outcomes): (Vec<Dispatch>, Vec<Outcome>) = outcomes.into_iter().unzip();
    let under_other_choice = match other_choice {
        Some(tariff) => run(&under(scenario, tariff), &order, threads)?,
        None => Vec::new(),
    };
    Ok(Comparison { outcomes, under_other_choice })
}

/// As [`compare`], without bounds.
///
/// # Errors
/// As [`run`].
pub fn compare_without_bound(
    scenario: &Scenario,
    strategies: &[Dispatch],
    other_choice: Option<&Arc<Tariff>>,
    threads: Option<NonZeroUsize>,
) -> Result<Comparison, Problems> {
    let outcomes = ranked(strategies, run_without_bound(scenario, strategies, threads)?);
    let (order, outcomes): (Vec<Dispatch>, Vec<Outcome>) = outcomes.into_iter().unzip();
    let under_other_choice = match other_choice {
        Some(tariff) => run_without_bound(&under(scenario, tariff), &order, threads)?,
        None => Vec::new(),
    };
    Ok(Comparison { outcomes, under_other_choice })
}

fn under(scenario: &Scenario, tariff: &Arc<Tariff>) -> Scenario {
    Scenario { tariff: tariff.clone(), ..scenario.clone() }
}

fn ranked(strategies: &[Dispatch], outcomes: Vec<Outcome>) -> Vec<(Dispatch, Outcome)> {
    let mut ranked: Vec<(Dispatch, Outcome)> = strategies.iter().cloned().zip(outcomes).collect();
    ranked.sort_by(|a, b| a.1.money.objective.total_cmp(&b.1.money.objective));
    ranked
}
