//! The capacity of batteries over the years.

use microgrid_core::simulation::YearRun;
use microgrid_core::{Problem, Problems};

use super::side_by_side::MOST;
use crate::plot::figure::{Axis, Figure, Mark, Panel, Shade};
use crate::plot::palette;

/// The capacity left of each battery over the years as an SVG picture, percent of the nominal one: a panel for each strategy,
/// a line for each battery, which rises where cells are renewed.
///
/// # Errors
/// No strategy, or more than four; no year; no battery that ages.
pub fn capacity_svg(strategies: &[Vec<YearRun>]) -> Result<String, Problems> {
    let ages = |runs: &Vec<YearRun>| runs.iter().any(|run| run.outcome.batteries.iter().any(|b| b.health.is_some()));
    let first = strategies.first().filter(|_| strategies.len() <= MOST && strategies.iter().all(ages));
    let Some(first) = first.and_then(|runs| runs.first()) else {
        let needs = format!("needs the years of one to {MOST} strategies with a battery that ages");
        return Err(Problem::new("plot", needs).hint("write [storage.battery.ageing]").into());
    };
    let years = strategies.iter().flatten().map(|run| run.year).max().unwrap_or(1);
    let from = first.year - 1;
    let panels = strategies.iter().map(|runs| {
        let marks: Vec<Mark> = (0..first.outcome.batteries.len()).filter_map(|battery| line(runs, battery)).collect();
        let strategy = runs.first().map_or("", |run| &run.outcome.strategy);
        let lowest = marks_floor(runs);
        Panel::new(format!("{strategy}: capacity, % of nominal"), 240, lowest..100.0, marks)
    });
    let every = (years - from).div_ceil(14).max(1) as usize;
    let labels = (from..=years).step_by(every).map(|year| (f64::from(year), year.to_string()));
    Figure {
        title: format!("{}: capacity of batteries", first.outcome.scenario),
        axis: Axis {
            range: f64::from(from)..f64::from(years),
            grid: Vec::new(),
            labels: labels.collect(),
            title: "years run".into(),
        },
        shade: Shade::default(),
        panels: panels.collect(),
    }
    .svg()
}

/// The least capacity drawn, a round number.
fn marks_floor(runs: &[YearRun]) -> f64 {
    let health = runs.iter().flat_map(|run| &run.outcome.batteries).filter_map(|battery| battery.health.as_ref());
    let least = health.fold(100.0, |least: f64, health| least.min(health.least_capacity_percent));
    10.0 * (0.1 * least - 1e-9).floor()
}

fn line(runs: &[YearRun], battery: usize) -> Option<Mark> {
    let name = &runs.first()?.outcome.batteries[battery].name;
    let mut points = Vec::new();
    for run in runs {
        let health = run.outcome.batteries[battery].health.as_ref()?;
        let (begin, end) = (f64::from(run.year - 1), f64::from(run.year));
        points.push((begin, health.start_capacity_percent));
        if let Some(share) = health.renewed_at_percent {
            let at = begin + 0.01 * share;
            points.extend([(at, health.least_capacity_percent), (at, health.renewed_capacity_percent)]);
        }
        points.push((end, health.end_capacity_percent));
    }
    Some(Mark::line(name, palette::BATTERIES[battery % palette::BATTERIES.len()], points))
}
