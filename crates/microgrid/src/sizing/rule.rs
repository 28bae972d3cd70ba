//! Sizes for a strategy that is no optimum: a pattern search of simulated years, beside the proven least cost.
//!
//! # Model
//! A rule's yearly cost is neither convex nor smooth in the sizes, so nothing is proven of it by itself; but no strategy costs
//! less than the optimum at the best sizes, whose lower value is proven. The search (Hooke, Jeeves, *Direct search*, 1961) begins
//! at the proven sizes, or at what exists where that is cheaper under the rule, tries each size, and each pair together, a mesh
//! up and down, moves to the best, and halves the mesh where none is better.

use microgrid_core::dispatch::Dispatch;
use microgrid_core::{Outcome, Plan, Problem, Problems, Scenario};
use microgrid_design::sizing::{Digest, Progress, Size, Task};

use super::cases::Project;

/// Sizes under a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleDesign {
    /// The strategy's name.
    pub strategy: String,
    /// The sizes, in the order of `design.toml`.
    pub sizes: Vec<f64>,
    /// Net present cost of the site run by the rule.
    pub net_present_cost: f64,
    /// What it would be at the proven sizes.
    pub at_proven_sizes: f64,
    /// Net present cost less the proven lower value of any sizes under any strategy, relative.
    pub distance: f64,
    /// Years simulated.
    pub simulations: usize,
    /// The year under the rule at its sizes.
    pub outcome: Outcome,
}

/// The first mesh and the least, as shares of the bounds.
const MESH: [f64; 2] = [0.125, 1.0 / 512.0];

struct Search<'a> {
    project: &'a Project<'a>,
    scenario: &'a Scenario,
    task: &'a Task,
    dispatch: Dispatch,
    /// Of what a simulated year depends on beside its sizes.
    digest: Digest,
    seen: Vec<(Vec<f64>, f64)>,
    simulations: usize,
}

/// Sizes a scenario for a rule, from the proven sizes on. `lower` is the proven lower value of the net present cost.
pub(super) fn sized_for(
    name: &str,
    project: &Project<'_>,
    scenario: &Scenario,
    task: &Task,
    (proven, lower): (&[f64], f64),
    watch: &mut impl FnMut(Progress) -> bool,
) -> Result<RuleDesign, Problems> {
    let own = &scenario.dispatch;
    let named = Dispatch::every().find(|dispatch| dispatch.name() == name);
    let Some(dispatch) = named.map(|dispatch| if own.name() == name { own.clone() } else { dispatch }) else {
        return Err(Problem::new("goal.strategy", "is no strategy").value(name).into());
    };
    let parts = Plan::compile(scenario)?.fingerprint();
    let fields = project.folder.sizes.iter().flatten().map(|set| format!("{set:?}"));
    let digest = Digest::of("simulated year").text(&format!("{dispatch:?} {parts:016x}"));
    let digest = fields.fold(digest, |digest, field| digest.text(&field));
    let digest = project.folder.priced.iter().fold(digest, |digest, priced| digest.numbers(&priced.per_unit));
    let mut search = Search { project, scenario, task, dispatch, digest, seen: Vec::new(), simulations: 0 };
    let at_proven_sizes = search.cost(proven)?;
    let (mut best, mut cost) = (proven.to_vec(), at_proven_sizes);
    // A rule may make nothing of what the optimum lives on: the search would end beside the proven sizes, dearer than doing nothing.
    let bounded = |size: &Size| {
        let (least, most) = size.reached();
        size.existing.clamp(least, most)
    };
    let existing: Vec<f64> = task.sizes.iter().map(bounded).collect();
    let as_it_is = search.cost(&existing)?;
    if as_it_is < cost {
        (best, cost) = (existing, as_it_is);
    }
    let mut mesh = MESH[0];
    while mesh >= MESH[1] {
        let mut found = None;
        for sizes in search.neighbours(&best, mesh) {
            let there = search.cost(&sizes)?;
            if there < found.as_ref().map_or(cost, |(_, cost)| *cost) {
                found = Some((sizes, there));
            }
        }
        match found {
            Some((sizes, there)) => (best, cost) = (sizes, there),
            None => mesh *= 0.5,
        }
        if !watch(Progress { evaluations: search.simulations, upper: cost, lower }) {
            break;
        }
    }
    let outcome = search.run(&project.built(scenario, &best))?;
    Ok(RuleDesign {
        strategy: name.into(),
        sizes: best,
        net_present_cost: cost,
        at_proven_sizes,
        distance: (cost - lower) / cost.abs().max(1e-9),
        simulations: search.simulations,
        outcome,
    })
}

impl Search<'_> {
    /// Net present cost under the rule; infinite beyond a limit.
    fn cost(&mut self, sizes: &[f64]) -> Result<f64, Problems> {
        if let Some((_, cost)) = self.seen.iter().find(|(seen, _)| seen == sizes) {
            return Ok(*cost);
        }
        let mut cost = f64::INFINITY;
        if self.task.keeps_limits(sizes) {
            cost = self.task.fixed_cost(sizes);
            for year in &self.task.years {
                let left: Vec<f64> = sizes.iter().zip(&year.left).map(|(size, left)| size * left).collect();
                cost += year.weight * self.objective(&left)?;
                self.simulations += 1;
            }
        }
        self.seen.push((sizes.to_vec(), cost));
        Ok(cost)
    }

    /// The objective of a year at sizes, recalled where the journal has it.
    fn objective(&self, sizes: &[f64]) -> Result<f64, Problems> {
        let kept = self.project.journal.as_ref().map(|journal| (journal, self.digest.numbers(sizes)));
        if let Some([objective]) = kept.and_then(|(journal, key)| journal.recall(key)).as_deref() {
            return Ok(*objective);
        }
        let objective = self.run(&self.project.built(self.scenario, sizes))?.money.objective;
        if let Some((journal, key)) = kept {
            journal.keep(key, &[objective]);
        }
        Ok(objective)
    }

    fn run(&self, scenario: &Scenario) -> Result<Outcome, Problems> {
        Ok(crate::run_without_bound(scenario, std::slice::from_ref(&self.dispatch), None)?.remove(0))
    }

    /// The sizes a mesh from these, one and two at a time, within their bounds and in whole counts.
    fn neighbours(&self, sizes: &[f64], mesh: f64) -> Vec<Vec<f64>> {
        let moved = |sizes: &[f64], k: usize, sign: f64| {
            let size = &self.task.sizes[k];
            let (least, most) = size.reached();
            let by = mesh * (most - least);
            let by = size.step.map_or(by, |step| step * (by / step).round().max(1.0));
            let mut moved = sizes.to_vec();
            moved[k] = (sizes[k] + sign * by).max(least).min(most);
            moved
        };
        let count = sizes.len();
        let mut found = Vec::new();
        for sign in [-1.0, 1.0] {
            for k in 0..count {
                let one = moved(sizes, k, sign);
                found.extend((k + 1..count).map(|other| moved(&one, other, sign)));
                found.push(one);
            }
        }
        found.retain(|other| other != sizes);
        found
    }
}
