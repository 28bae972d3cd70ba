//! How a column is spread: a histogram, and below it the share of scenarios at or below each value.

use microgrid_core::Problems;

use super::refused;
use super::scale::{Scale, axis, color, pale, title};
use crate::plot::figure::{Figure, Mark, Panel};
use crate::results::{ReadRows, ResultColumns, Survey, View, distributions};

/// Ranges of the histogram.
const RANGES: usize = 40;

/// The distribution of a column as an SVG picture: its histogram and its distribution function, in a colour for each
/// level where there are levels. Quantiles are exact; `read` is asked for all rows some times.
///
/// # Errors
/// A column or field that there is none of, no numbers in the column, what `read` returns.
pub fn distribution_svg(columns: &ResultColumns, read: &ReadRows<'_>, view: &View) -> Result<String, Problems> {
    let survey = Survey::of(columns, read, view).map_err(refused)?;
    let scale = Scale::of(&survey);
    let range = scale.range(&survey);
    let width = (range.end - range.start) / RANGES as f64;
    let edges: Vec<f64> = (0..=RANGES).map(|i| range.start + i as f64 * width).collect();
    let unscaled: Vec<f64> = edges.iter().map(|edge| edge / scale.factor).collect();
    let found = distributions(&survey, read, &unscaled).map_err(refused)?;
    let names = survey.names();
    let is_one = names.len() == 1;
    let (mut bars, mut steps) = (Vec::new(), Vec::new());
    for (i, (name, level)) in names.iter().zip(&found).enumerate() {
        let label = if is_one { "share of scenarios" } else { name };
        if is_one {
            let floor = vec![0.0; RANGES];
            bars.push(Mark::step_area(label, pale(color(i)), &edges, &floor, &level.histogram_percent));
        } else {
            bars.push(Mark::step_line(label, color(i), &edges, &level.histogram_percent));
        }
        // From 0 % left of the least value to 100 % right of the greatest.
        let ends = [(range.start, 0.0), (level.moments.least * scale.factor, 0.0)];
        let points = level.quantiles.iter().enumerate().map(|(percent, value)| (value * scale.factor, percent as f64));
        let line = ends.into_iter().chain(points).chain([(range.end, 100.0)]);
        steps.push(Mark::line(if is_one { "at or below the value" } else { name }, color(i), line.collect()));
    }
    let margin = 0.02 * (range.end - range.start);
    let figure = Figure {
        title: title(&survey, "distribution"),
        axis: axis(range.start - margin..range.end + margin, scale.title),
        panels: vec![
            Panel { title: "scenarios, %".into(), height: 260, range: 0.0..0.0, marks: bars },
            Panel { title: "at or below, %".into(), height: 260, range: 0.0..100.0, marks: steps },
        ],
    };
    figure.svg()
}
