//! From the file's intervals to the run's steps.

use microgrid_core::{Problem, Problems};

use super::quantity::Unit;
use super::timeline::{Source, Timeline};
use super::{Negatives, Quantity, Resample};
use crate::time::Clock;

/// How many file intervals make a step, or how many steps a file interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ratio {
    Same,
    /// Intervals per step, at least 2.
    Coarser(usize),
    /// Steps per interval, at least 2.
    Finer,
}

/// The run's steps from a timeline, in the quantity's own unit.
///
/// # Errors
/// Intervals that neither divide the step nor are divided by it, or are shifted against it; a rule that is missing or
/// does not fit; a file that does not cover the run; gaps and negative values without a rule.
pub(super) fn steps(
    source: Source<'_>,
    mut timeline: Timeline,
    (quantity, unit): (Quantity<'_>, Unit),
    clock: &Clock,
) -> Result<(Vec<f64>, Vec<String>), Problems> {
    let (interval_s, step_s) = (i64::from(timeline.interval_s), i64::from(clock.step_s()));
    let ratio = ratio(source, &timeline, unit, clock)?;
    let since_first = clock.start_unix_s() - timeline.first;
    if since_first % interval_s.min(step_s) != 0 {
        return Err(Problem::new(source.field, "has times shifted against the run's steps")
            .value(format!(
                "intervals of {interval_s} s, {} s apart from the steps",
                since_first.rem_euclid(interval_s)
            ))
            .hint("start the run on an interval of the file")
            .at(&source.series.file, None)
            .into());
    }
    let end = since_first + clock.steps() as i64 * step_s;
    let (from, to) =
        (since_first.div_euclid(interval_s), end.div_euclid(interval_s) + i64::from(end % interval_s != 0));
    if from < 0 || to > timeline.values.len() as i64 {
        let local = |since: i64| clock.zone().local_text(timeline.first + since);
        let file_end = timeline.values.len() as i64 * interval_s;
        return Err(Problem::new(source.field, "does not cover the run")
            .value(format!("{} to {} in the site's time", local(0), local(file_end)))
            .allowed(format!("{} to {} or longer", clock.local(0), clock.local(clock.steps())))
            .at(&source.series.file, None)
            .into());
    }
    let (from, to) = (from as usize, to as usize);
    timeline.fill(source, from, to, clock)?;
    let per_hour = if unit.per_interval { 3600.0 / interval_s as f64 } else { 1.0 };
    let value = |found: &Option<f64>| found.unwrap_or(0.0) * (unit.factor * per_hour) / unit.divisor;
    let mut values: Vec<f64> = timeline.values[from..to].iter().map(value).collect();
    if !quantity.may_be_negative() {
        zero_negatives(source, &mut values, &timeline.lines[from..to], &mut timeline.notes)?;
    }
    let values = match ratio {
        Ratio::Same => values,
        Ratio::Coarser(count) => {
            values.chunks_exact(count).map(|chunk| chunk.iter().sum::<f64>() / count as f64).collect()
        }
        Ratio::Finer => {
            let slot = |step: usize| ((since_first + step as i64 * step_s) / interval_s) as usize - from;
            (0..clock.steps()).map(|step| values[slot(step)]).collect()
        }
    };
    Ok((values, timeline.notes))
}

fn ratio(source: Source<'_>, timeline: &Timeline, unit: Unit, clock: &Clock) -> Result<Ratio, Problems> {
    let (interval_s, step_s) = (timeline.interval_s, clock.step_s());
    let found = format!("intervals of {interval_s} s, steps of {step_s} s");
    let aggregate = if unit.per_interval { ("sum", Resample::Sum) } else { ("mean", Resample::Mean) };
    let (ratio, (name, rule)) = if interval_s == step_s {
        // A rule that has nothing to do is not refused: the same folder may be run at other steps.
        return Ok(Ratio::Same);
    } else if step_s % interval_s == 0 {
        (Ratio::Coarser((step_s / interval_s) as usize), aggregate)
    } else if interval_s % step_s == 0 {
        (Ratio::Finer, ("hold", Resample::Hold))
    } else {
        return Err(Problem::new(source.field, "has intervals that neither divide the step nor are divided by it")
            .value(found)
            .at(&source.series.file, None)
            .into());
    };
    match source.series.resample {
        Some(written) if written == rule => Ok(ratio),
        Some(_) => Err(Problem::new(format!("{}.resample", source.field), "does not fit the file and the step")
            .value(found)
            .allowed(format!("resample = \"{name}\""))
            .into()),
        None => Err(Problem::new(source.field, "has another interval than the run")
            .value(found)
            .hint(format!("write resample = \"{name}\""))
            .into()),
    }
}

fn zero_negatives(
    source: Source<'_>,
    values: &mut [f64],
    lines: &[u64],
    notes: &mut Vec<String>,
) -> Result<(), Problems> {
    let mut found = super::column::Found::new();
    let mut count = 0;
    for (value, line) in values.iter_mut().zip(lines) {
        if *value >= 0.0 {
            continue;
        }
        if source.series.negatives == Some(Negatives::Zero) {
            *value = 0.0;
            count += 1;
        } else {
            found.add(*line, || {
                Problem::new(source.field, format!("has a negative value in column {}", source.series.column))
                    .value(*value)
                    .allowed("at least 0")
                    .hint("write negatives = \"zero\" if it is a standby consumption to be left out")
            });
        }
    }
    if count > 0 {
        notes.push(format!("{count} negative values counted as 0"));
    }
    match found.into_problem(&source.series.file) {
        Some(problem) => Err(problem.into()),
        None => Ok(()),
    }
}
