//! How a battery's capacity fades in its own use: sizes and fading that agree.
//!
//! # Model
//! The battery of the sizes found is run over the project's years under `optimal`, with the ageing that the scenario has for runs of
//! several years (`only_over_years`); the capacity at each year's start is what is left of the size in that year's plan, and the site is
//! sized anew. This is repeated until no year's capacity changes by more than [`NEAR`], at most [`ROUNDS_MOST`] times. Cells that are
//! renewed are new again; what renewing costs is by the size's own life. The proof is one under the path of capacities that is told.

use microgrid_core::dispatch::Dispatch;
use microgrid_core::simulation::Years;
use microgrid_core::{Problem, Problems};
use microgrid_design::sizing::{Progress, Stop};
use microgrid_io::DesignFolder;
use microgrid_io::design::Sized;

use super::cases::Project;
use super::goals::search;
use super::years::growth;

/// Change of a year's capacity from which on it is taken for settled, as a share of the nominal one.
const NEAR: f64 = 1e-3;
const ROUNDS_MOST: usize = 5;

/// Relative distance to which a round is searched.
const GAP: f64 = 1e-3;

/// The size that fades as its battery ages, where there is one.
pub(super) fn size_of(folder: &DesignFolder) -> Option<usize> {
    folder.file.size.iter().position(|size| size.fades_by_ageing == Some(true))
}

/// What such a size needs of the scenario.
pub(super) fn check(folder: &DesignFolder) -> Result<(), Problems> {
    let Some(size) = size_of(folder) else { return Ok(()) };
    let mut problems = Problems::none();
    let mut refuse = |message: &str, hint: &str| {
        problems.push(Problem::new(format!("size[{size}].fades_by_ageing"), message).hint(hint));
    };
    if !folder.sizes[size].contains(&Sized::Capacity) {
        refuse("is of another size than a battery's capacity", "write it at storage.battery[0].capacity_kwh");
    }
    if !folder.loaded.ageing_over_years.first().is_some_and(Option::is_some) {
        refuse("needs a battery that ages", "write [storage.battery.ageing] with only_over_years = true");
    }
    if !folder.cases.is_empty() {
        refuse("is not taken beside [[case]]", "write fading_per_year");
    }
    problems.or_else(|| ())
}

/// The project with the capacities of its years, found round by round.
///
/// # Errors
/// As of a search; a year that does not run.
pub(super) fn settled<'a>(
    project: Project<'a>,
    stop: Stop,
    watch: &mut impl FnMut(Progress) -> bool,
) -> Result<Project<'a>, Problems> {
    if size_of(project.folder).is_none() {
        return Ok(project);
    }
    let mut project = project;
    let years = Years { count: project.years, ..growth(project.folder).unwrap_or(Years::alike(project.years)) };
    for _ in 0..ROUNDS_MOST {
        let scenario = &project.folder.loaded.scenario;
        let found = search(&project, scenario, Stop { gap: stop.gap.max(GAP), ..stop }, watch)?;
        let mut aged = project.built(&found.scenario, &found.found.sizes);
        if aged.storage.first().is_none_or(|battery| battery.capacity_kwh <= 0.0) {
            // Nothing is bought, and nothing fades.
            project.capacity_left = Some(vec![1.0; project.years as usize]);
            return Ok(project);
        }
        for (battery, ageing) in aged.storage.iter_mut().zip(&project.folder.loaded.ageing_over_years) {
            battery.ageing = ageing.clone().or(battery.ageing.take());
        }
        let runs = crate::run_years(&aged, &Dispatch::Optimal, &years)?;
        let left = |run: &microgrid_core::simulation::YearRun| {
            let health = run.outcome.batteries.first().and_then(|battery| battery.health.as_ref());
            health.map_or(1.0, |health| 0.01 * health.start_capacity_percent).clamp(1e-3, 1.0)
        };
        let path: Vec<f64> = runs.iter().map(left).collect();
        let before = project.capacity_left.take().unwrap_or_else(|| vec![1.0; path.len()]);
        let change = path.iter().zip(&before).map(|(now, before)| (now - before).abs()).fold(0.0, f64::max);
        project.capacity_left = Some(path);
        if change <= NEAR {
            break;
        }
    }
    Ok(project)
}
