//! A heat map: a quantity by hour and day of the run.

use std::ops::Range;

use microgrid_core::{Problem, Problems};

use super::side_by_side::{check, heading};
use crate::Trace;
use crate::number::grouped;
use crate::plot::figure::{Axis, Figure, Mark, Panel, Shade};
use crate::plot::palette;

/// A column of runs by hour of the day and day of the run as an SVG picture: days from left to right, hours from midnight
/// upwards, darker where it is more. Several runs are strategies of one scenario, a panel each, in the same colours.
///
/// `column` is a name of the trace's file, such as `import_kw` or `stored_kwh`. Steps shorter than an hour are put
/// together by their mean. Hours count from each day's first step, so a day on which clocks change has 23 or 25.
///
/// # Errors
/// No run, or runs of different scenarios; a column that there is none of; a trace whose columns miss steps.
pub fn heat_map_svg(traces: &[Trace], column: &str) -> Result<String, Problems> {
    let first = check(traces)?;
    let maps = traces.iter().map(|trace| hours_of(trace, column)).collect::<Result<Vec<_>, Problems>>()?;
    let values = || maps.iter().flatten().flatten().copied().filter(|value| value.is_finite());
    let classes = Classes::over(values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let days = first.days();
    let hours = maps.iter().flatten().map(Vec::len).max().unwrap_or(24).max(24) as f64;
    let (is_one, height) = (traces.len() == 1, if traces.len() == 1 { 360 } else { 240 });
    let title = |trace: &Trace| if is_one { "hour of the day".into() } else { format!("{}: hour", trace.strategy) };
    let panels = traces.iter().zip(&maps).enumerate().map(|(i, (trace, map))| {
        // One legend is for all.
        Panel::new(title(trace), height, 0.0..hours, classes.marks(map, i == 0))
    });
    let every = days.div_ceil(12).max(1);
    let day_name = |day: usize| {
        let label = &first.time[first.day_first_step[day] as usize];
        label.split(['T', ' ']).next().unwrap_or(label).to_owned()
    };
    // Over months the first of each, where the labels are dates.
    let firsts: Vec<usize> = (0..days).filter(|day| days > 62 && day_name(*day).ends_with("-01")).collect();
    let named = if (2..=16).contains(&firsts.len()) { firsts } else { (0..days).step_by(every).collect() };
    let figure = Figure {
        title: format!("{}: {column} by hour and day, white where it is 0", heading(traces)),
        axis: Axis {
            range: 0.0..days as f64,
            grid: Vec::new(),
            labels: named.into_iter().map(|day| (day as f64 + 0.5, day_name(day))).collect(),
            title: "day".into(),
        },
        shade: Shade::default(),
        panels: panels.collect(),
    };
    figure.svg()
}

/// The column's means by day and hour.
fn hours_of(trace: &Trace, column: &str) -> Result<Vec<Vec<f64>>, Problems> {
    let columns = trace.columns();
    let Some((_, values)) = columns.iter().find(|(name, _)| name == column) else {
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        return Err(Problem::new("column", "is not in the trace").value(column).allowed(names.join(", ")).into());
    };
    // A step longer than an hour is that much wide.
    let (per_hour, wide) = ((3600 / trace.step_s).max(1) as usize, (trace.step_s / 3600).max(1) as usize);
    let of_day = |pair: &[u32]| -> Vec<f64> {
        let steps = values[pair[0] as usize..pair[1] as usize].chunks(per_hour);
        steps.flat_map(|part| vec![part.iter().sum::<f64>() / part.len() as f64; wide]).collect()
    };
    Ok(trace.day_first_step.windows(2).map(of_day).collect())
}

/// Ranges of values of one colour each, of one width, between round numbers. Exactly 0 is left white.
struct Classes {
    first: f64,
    width: f64,
    count: usize,
}

impl Classes {
    fn over(least: f64, most: f64) -> Self {
        let colors = palette::SEQUENCE.len();
        if most.partial_cmp(&least) != Some(std::cmp::Ordering::Greater) {
            return Self { first: if least.is_finite() { least } else { 0.0 }, width: 1.0, count: 1 };
        }
        let rough = (most - least) / colors as f64;
        let power = 10_f64.powf(rough.log10().floor());
        let widths = [1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 20.0].map(|m| m * power);
        let first = |width: f64| (least / width).floor() * width;
        let fits = |width: &f64| first(*width) + width * colors as f64 >= most;
        let width = widths.into_iter().find(fits).unwrap_or(20.0 * power);
        let count = (((most - first(width)) / width).ceil() as usize).clamp(1, colors);
        Self { first: first(width), width, count }
    }

    fn of(&self, value: f64) -> Option<usize> {
        let is_drawn = value.is_finite() && value != 0.0;
        is_drawn.then(|| (((value - self.first) / self.width) as usize).min(self.count - 1))
    }

    /// The cells of each class, hours of one class in a row put together.
    fn marks(&self, map: &[Vec<f64>], named: bool) -> Vec<Mark> {
        let mut cells: Vec<Vec<(Range<f64>, Range<f64>)>> = vec![Vec::new(); self.count];
        for (day, hours) in map.iter().enumerate() {
            let mut hour = 0;
            while hour < hours.len() {
                let class = self.of(hours[hour]);
                let until = (hour..hours.len()).find(|h| self.of(hours[*h]) != class).unwrap_or(hours.len());
                if let Some(class) = class {
                    cells[class].push((day as f64..day as f64 + 1.0, hour as f64..until as f64));
                }
                hour = until;
            }
        }
        let decimals = (0..6).find(|d| (self.width * 10_f64.powi(*d)).fract().abs() < 1e-6).unwrap_or(6) as usize;
        let end = |i: usize| {
            let end = self.first + i as f64 * self.width;
            grouped(if end.abs() < 1e-9 * self.width { 0.0 } else { end }, decimals)
        };
        // Spread over all colours where there are fewer classes.
        let color = |i: usize| palette::SEQUENCE[i * (palette::SEQUENCE.len() - 1) / (self.count - 1).max(1)];
        let name = |i: usize| if named { format!("{} to {}", end(i), end(i + 1)) } else { String::new() };
        cells.into_iter().enumerate().map(|(i, cells)| Mark::boxes(&name(i), color(i), cells)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn hours_are_means_of_their_steps_and_days_keep_their_length() {
        let mut trace = fixture::trace(900, 3);
        // A day of 25 hours, and one of 23.
        trace.day_first_step = vec![0, 100, 192, 288];
        let map = hours_of(&trace, "load_kw").unwrap();
        assert_eq!(map.iter().map(Vec::len).collect::<Vec<_>>(), [25, 23, 24]);
        assert_eq!(map[1][0], trace.load_kw[100..104].iter().sum::<f64>() / 4.0);
        let names = hours_of(&trace, "load").unwrap_err().to_string();
        assert!(names.contains("import_kw") && names.contains("stored_end_kwh"), "{names}");
    }

    #[test]
    fn every_value_has_its_class_between_round_numbers() {
        for (least, most) in [(0.0, 4_411.5), (-37.0, 12.5), (0.2877, 1.0373), (5.0, 5.0), (1e-9, 3e9)] {
            let classes = Classes::over(least, most);
            assert!((1..=7).contains(&classes.count), "{least} to {most}");
            let end = |i: usize| classes.first + i as f64 * classes.width;
            for i in 0..=1000 {
                let value = least + (most - least) * f64::from(i) / 1000.0;
                let Some(class) = classes.of(value) else { continue };
                let slack = 1e-9 * classes.width;
                assert!(end(class) <= value + slack && value <= end(class + 1) + slack, "{value} in class {class}");
            }
        }
        assert_eq!(Classes::over(0.0, 1.0).of(0.0), None);
    }

    #[test]
    fn cells_cover_what_is_not_zero_once() {
        let trace = fixture::trace(3600, 28);
        let map = hours_of(&trace, "generation_kw").unwrap();
        let marks = Classes::over(0.0, 4_300.0).marks(&map, true);
        let area: f64 = marks
            .iter()
            .map(|mark| match &mark.shape {
                crate::plot::figure::Shape::Boxes(boxes) => {
                    boxes.iter().map(|(x, y)| (x.end - x.start) * (y.end - y.start)).sum::<f64>()
                }
                _ => panic!("a heat map is made of boxes"),
            })
            .sum();
        assert_eq!(area, map.iter().flatten().filter(|value| **value != 0.0).count() as f64);
        let svg = heat_map_svg(&[trace], "import_kw").unwrap();
        assert!(svg.contains("import_kw by hour and day") && svg.contains("2025-01-01"), "{svg}");
    }
}
