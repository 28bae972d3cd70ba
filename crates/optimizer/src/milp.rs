//! The optimum of short horizons as an integer programme, by HiGHS.
//!
//! The programme is the linear one with whole numbers: gensets are on or off, no battery charges and discharges at once,
//! and the site does not import and export at once. Its bound is HiGHS's own and is checked by nobody here; its plan is
//! run by the simulator like any other.

use std::collections::BTreeSet;

use highs::{HighsModelStatus, RowProblem, Sense as Direction, SolvedModel};
use microgrid_core::{Outcome, Plan};

use crate::certificate::LpBound;
use crate::dual_bound::dual_bound;
use crate::error::Unsolved;
use crate::formulation::SiteProgramme;
use crate::lp_plan::Course;
use crate::programme::{Programme, Sense};
use crate::relaxation::Relaxation;
use crate::settings::Settings;
use crate::solve::SolveStatus;

/// A solved integer programme.
#[derive(Debug, Clone)]
pub struct MilpPlan {
    /// What HiGHS proves that no plan costs less than, in currency.
    pub lower: f64,
    /// What the programme's best point costs, in currency.
    pub objective: f64,
    /// What the programme still leaves out of the physics, where that can matter.
    pub relaxations: BTreeSet<Relaxation>,
    outcome: Outcome,
    course: Course,
}

impl MilpPlan {
    /// What the plan did when the simulator ran it.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The strategy `milp_plan` that follows the plan, to be run on the plan it was made for.
    #[must_use]
    pub fn controller(&self) -> microgrid_core::dispatch::Controller {
        self.course.controller("milp_plan")
    }
}

/// Plans a site's gensets and storage over a short horizon, a day to a week, as an integer programme, with perfect
/// foresight, to a relative gap of [`Settings::tolerance`] (at least 1e-9) within `time_limit_s` seconds.
///
/// # Errors
/// The programme was not solved to the gap asked in the time given; such a plan is never given.
pub fn milp_plan(plan: &Plan, settings: &Settings, time_limit_s: f64) -> Result<MilpPlan, Unsolved> {
    let site = SiteProgramme::build_whole(plan, settings);
    let gap = settings.tolerance.clamp(1e-9, 1e-3);
    let solved = run(&site.programme, |model| {
        model.set_option("mip_rel_gap", gap);
        model.set_option("mip_abs_gap", 0.0);
        model.set_option("mip_feasibility_tolerance", 1e-9);
        model.set_option("time_limit", time_limit_s);
    });
    let status = status(solved.status());
    if !status.is_solved() {
        return Err(Unsolved { status, iterations: 0 });
    }
    let solution = solved.get_solution();
    let values = solution.columns();
    let objective = site.programme.value(values);
    let course = Course::new(plan, &site, values);
    let outcome = microgrid_core::simulation::simulate(plan, course.controller("milp_plan"));
    let lower = objective - solved.mip_gap().max(0.0) * objective.abs();
    Ok(MilpPlan { lower, objective, relaxations: site.relaxations, outcome, course })
}

/// As [`crate::bound_with`], solved by the dual simplex of HiGHS. The bound is proven here from its duals.
#[must_use]
pub fn bound_by_simplex(plan: &Plan, settings: &Settings) -> LpBound {
    let site = SiteProgramme::build(plan, settings);
    let mut programme = site.programme;
    programme.whole.clear();
    let solved = run(&programme, |model| model.set_option("solver", "simplex"));
    let found = dual_bound(&programme, solved.get_solution().dual_rows());
    LpBound {
        objective: found.lower,
        rounding: found.rounding,
        relaxations: site.relaxations,
        status: status(solved.status()),
        iterations: 0,
    }
}

fn run(programme: &Programme, set: impl FnOnce(&mut highs::Model)) -> SolvedModel {
    let mut problem = RowProblem::default();
    let mut whole = vec![false; programme.variables()];
    programme.whole.iter().for_each(|variable| whole[*variable] = true);
    let columns: Vec<_> = (0..programme.variables())
        .map(|j| {
            let within = programme.lower[j]..=programme.upper[j];
            problem.add_column_with_integrality(programme.cost[j], within, whole[j])
        })
        .collect();
    for row in programme.rows() {
        let entries: Vec<_> = row.entries.iter().map(|(variable, value)| (columns[*variable], *value)).collect();
        match row.sense {
            Sense::Equal => problem.add_row(row.right..=row.right, entries),
            Sense::AtLeast => problem.add_row(row.right.., entries),
        }
    }
    let mut model = problem.optimise(Direction::Minimise);
    model.make_quiet();
    model.set_option("threads", 1);
    model.set_option("primal_feasibility_tolerance", 1e-9);
    model.set_option("dual_feasibility_tolerance", 1e-9);
    set(&mut model);
    model.solve()
}

fn status(status: HighsModelStatus) -> SolveStatus {
    match status {
        HighsModelStatus::Optimal => SolveStatus::Solved,
        HighsModelStatus::Infeasible => SolveStatus::Infeasible,
        HighsModelStatus::Unbounded | HighsModelStatus::UnboundedOrInfeasible => SolveStatus::Unbounded,
        HighsModelStatus::ReachedTimeLimit | HighsModelStatus::ReachedIterationLimit => SolveStatus::LimitReached,
        _ => SolveStatus::Failed,
    }
}
