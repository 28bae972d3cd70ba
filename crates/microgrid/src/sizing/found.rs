//! A project searched, and the years of what was found run through the physics.

use microgrid_core::dispatch::Dispatch;
use microgrid_core::{Outcome, Plan, Problems, Scenario};
use microgrid_design::economics::Project as CashProject;
use microgrid_design::sizing::{Progress, Stop};

use super::cases::Project;
use super::goals::{Priced, search};
use super::money::{DesignMoney, Runs};
use super::years::Operation;

/// What was found, and what it comes to.
pub(super) struct FoundAndRun {
    pub(super) priced: Priced,
    /// Every year in every case, as designed and of the base.
    pub(super) operations: Vec<Operation>,
    pub(super) operations_of_base: Vec<Operation>,
    /// The first year of each case as designed.
    pub(super) designed: Vec<Outcome>,
    /// The first year with what exists alone, and the objective of each operation so.
    pub(super) base: Outcome,
    pub(super) base_objectives: Vec<f64>,
    pub(super) money: DesignMoney,
    /// The project with the site as its owner.
    pub(super) owned: CashProject,
    /// Where the run may cost more than the plan that sizes it.
    pub(super) reasons: Vec<String>,
}

impl FoundAndRun {
    /// The runs that its money is of.
    pub(super) fn runs(&self) -> Runs<'_> {
        Runs {
            operations: &self.operations,
            designed: self.designed.clone(),
            base_objectives: self.base_objectives.clone(),
        }
    }
}

/// Searches a project under all its goals and runs what was found.
///
/// # Errors
/// As of a design.
pub(super) fn found_and_run(
    project: &Project<'_>,
    stop: Stop,
    watch: &mut impl FnMut(Progress) -> bool,
) -> Result<FoundAndRun, Problems> {
    let original = &project.folder.loaded.scenario;
    let mut priced = search(project, original, stop, watch)?;
    let sizes = &priced.found.sizes;
    let (operations, operations_of_base) = (project.operations(&priced.scenario), project.operations(original));
    let first_year = operations.iter().filter(|operation| operation.year == 0);
    let designed = first_year.map(|operation| run(&project.built_in(operation, sizes)));
    let designed = designed.collect::<Result<Vec<Outcome>, Problems>>()?;
    let as_it_is = project.built_in(&operations_of_base[0], &project.existing());
    let base = crate::run(&as_it_is, &[project.base_dispatch()], None)?.remove(0);
    let base_objectives = base_objectives(project, &operations_of_base, &base)?;
    let runs = Runs { operations: &operations, designed, base_objectives };
    let (mut money, owned) = DesignMoney::of(project, &priced.sizer, &priced.found, &runs, priced.cap);
    let mut reasons = priced.sizer.task().site.left_out.clone();
    let Runs { designed, base_objectives, .. } = runs;
    if let Some(path) = &project.capacity_left {
        let path: Vec<String> = path.iter().map(|left| format!("{:.1}", 100.0 * left)).collect();
        reasons.push(format!("capacity by year as the battery ages, % of new: {}", path.join(", ")));
    }
    if let Some(free) = priced.free.take() {
        // Sizes without the goal are proven; those with it are sought by halving.
        let designed = vec![run(&project.built(&free.scenario, &free.found.sizes))?];
        let runs = Runs { designed, base_objectives: base_objectives.clone(), operations: &operations };
        let (of_free, _) = DesignMoney::of(project, &free.sizer, &free.found, &runs, free.cap);
        money.search_gap += money.lower - of_free.lower;
        money.lower = of_free.lower;
        reasons.push("survival is sought by halving: the lower value is that of the site without this goal".into());
    }
    Ok(FoundAndRun { priced, operations, operations_of_base, designed, base, base_objectives, money, owned, reasons })
}

/// The objective of each year in each case with what exists alone; `first` is the run of the first.
fn base_objectives(project: &Project<'_>, operations: &[Operation], first: &Outcome) -> Result<Vec<f64>, Problems> {
    let existing = project.existing();
    let objective = |operation: &Operation| {
        if !operation.is_own || (operation.year, operation.case) == (0, 0) {
            return Ok(first.money.objective);
        }
        project.base_objective(&project.built_in(operation, &existing))
    };
    operations.iter().map(objective).collect()
}

/// The year under `optimal`, beside its bound.
pub(super) fn run(scenario: &Scenario) -> Result<Outcome, Problems> {
    Plan::compile(scenario)?;
    Ok(crate::run(scenario, &[Dispatch::Optimal], None)?.remove(0))
}
