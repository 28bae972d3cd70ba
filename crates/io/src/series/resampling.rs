//! From the file's intervals to the run's steps.

use microgrid_core::{Problem, Problems};

use super::origin;
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
    let origins = origin::origins(source, &mut timeline, clock)?;
    let grain_s = interval_s.min(step_s);
    if let Some(since) = origins.iter().find(|since| *since % grain_s != 0) {
        return Err(shifted(source, since.rem_euclid(interval_s), interval_s));
    }
    let (least, most) = origins.iter().fold((i64::MAX, i64::MIN), |(a, b), since| (a.min(*since), b.max(*since)));
    let end = most + step_s;
    let readings = source.series.readings == Some(true);
    let (from, to) = (least.div_euclid(interval_s), end.div_euclid(interval_s) + i64::from(end % interval_s != 0));
    let needed = to + i64::from(readings);
    if from < 0 || needed > timeline.values.len() as i64 {
        return Err(does_not_cover(source, &timeline, (least, end), clock));
    }
    let (from, to) = (from as usize, to as usize);
    timeline.fill(source, from, needed as usize, clock)?;
    note_never_falling(source, &mut timeline, from, to);
    if readings {
        timeline.differences(source, from, to)?;
    }
    let per_hour = if unit.per_interval { 3600.0 / interval_s as f64 } else { 1.0 };
    let value = |found: &Option<f64>| found.unwrap_or(0.0) * (unit.factor * per_hour) / unit.divisor;
    let mut values: Vec<f64> = timeline.values[from..to].iter().map(value).collect();
    if !quantity.may_be_negative() {
        zero_negatives(source, &mut values, &timeline.lines[from..to], &mut timeline.notes)?;
    }
    let slot = |since: &i64| (since / interval_s) as usize - from;
    let values = origins.iter().map(slot).map(|slot| match ratio {
        Ratio::Same | Ratio::Finer => values[slot],
        Ratio::Coarser(count) => values[slot..slot + count].iter().sum::<f64>() / count as f64,
    });
    Ok((values.collect(), timeline.notes))
}

fn shifted(source: Source<'_>, by_s: i64, interval_s: i64) -> Problems {
    // A time of the file stands so long after the border of a step.
    let late_s = (interval_s - by_s).rem_euclid(interval_s);
    let hint = match late_s {
        _ if source.series.stamps.is_some() => "start the run on an interval of the file",
        _ if late_s == interval_s - 1 => {
            "write stamps = \"last_second\" if the times name the last seconds of their intervals"
        }
        _ if 2 * late_s == interval_s => "write stamps = \"middle\" if the times name the middles of their intervals",
        _ => "start the run on an interval of the file",
    };
    Problem::new(source.field, "has times shifted against the run's steps")
        .value(format!("intervals of {interval_s} s, {by_s} s apart from the steps"))
        .hint(hint)
        .at(&source.series.file, None)
        .into()
}

/// The file has not what lies `least` to `end` seconds behind its start.
fn does_not_cover(source: Source<'_>, timeline: &Timeline, (least, end): (i64, i64), clock: &Clock) -> Problems {
    let interval_s = i64::from(timeline.interval_s);
    let readings = source.series.readings == Some(true);
    let local = |since: i64| clock.zone().local_text(timeline.first + since);
    let file_end = (timeline.values.len() as i64 - i64::from(readings)) * interval_s;
    let problem = Problem::new(source.field, "does not cover the run")
        .value(format!("{} to {} in the site's time", local(0), local(file_end)))
        .allowed(format!("{} to {} or longer", local(least), local(end)))
        .at(&source.series.file, None);
    let plain = source.series.redate_weeks.is_none() && source.series.repeat_yearly != Some(true);
    let hint = if source.series.stamps.is_none() && !readings && least == -interval_s && end <= file_end {
        "write stamps = \"end\" if its times name the ends of their intervals".to_owned()
    } else if readings && least >= 0 && end == file_end + interval_s {
        "a register needs a reading at the run's end too".into()
    } else if plain && source.series.time_column.is_some() && (end <= 0 || least >= file_end) {
        "redate_weeks moves a series by whole weeks; repeat_yearly takes the file for a year that comes again".into()
    } else if plain && file_end >= 364 * 86_400 && end - least > file_end {
        "repeat_yearly takes the file for a year that comes again".into()
    } else {
        return problem.into();
    };
    problem.hint(hint).into()
}

/// A note on a series that only ever grows over two days, as readings of a register do.
fn note_never_falling(source: Source<'_>, timeline: &mut Timeline, from: usize, to: usize) {
    let known: Vec<f64> = timeline.values[from..to].iter().flatten().copied().collect();
    let days = (to - from) as u64 * u64::from(timeline.interval_s) / 86_400;
    let rises = known.windows(2).filter(|pair| pair[1] > pair[0]).count();
    let never_falls = known.windows(2).all(|pair| pair[1] >= pair[0]);
    if source.series.readings.is_none() && days >= 2 && known.len() >= 48 && never_falls && 2 * rises >= known.len() {
        timeline.notes.push(format!(
            "never falls in {} values, as readings of a register do (readings = true takes them so)",
            known.len()
        ));
    }
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
    lines: &[u32],
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
            found.add((*line).into(), || {
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
