//! Strategies of one scenario in one picture.

use microgrid_core::{Problem, Problems};

use crate::Trace;

/// Most strategies that a picture tells apart.
pub(super) const MOST: usize = 4;

/// The first of the traces, where all are whole and of one scenario.
pub(super) fn check(traces: &[Trace]) -> Result<&Trace, Problems> {
    let Some(first) = traces.first() else { return Err(Problem::new("plot", "has no run to draw").into()) };
    if traces.len() > MOST {
        let problem = Problem::new("plot", "has more strategies than a picture tells apart").value(traces.len());
        return Err(problem.allowed(format!("1 to {MOST}")).into());
    }
    let mut problems = Problems::none();
    for trace in traces {
        if let Err(found) = trace.check() {
            problems.extend(found);
        }
        let is_alike = trace.scenario == first.scenario
            && trace.day_first_step == first.day_first_step
            && trace.batteries.len() == first.batteries.len();
        if !is_alike {
            let problem = Problem::new("plot", "shows strategies of one scenario side by side");
            problems.push(problem.value(format!("{} and {}", first.scenario, trace.scenario)));
        }
    }
    problems.or_else(|| first)
}

/// Scenario and strategies, as a title begins.
pub(super) fn heading(traces: &[Trace]) -> String {
    let names: Vec<&str> = traces.iter().map(|trace| trace.strategy.as_str()).collect();
    let names = match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => names.join(""),
    };
    format!("{}, {names}", traces.first().map_or("", |trace| &trace.scenario))
}
