//! How a column is spread: a histogram, and below it the share of scenarios at or below each value.

use microgrid_core::Problems;

use super::refused;
use super::scale::{Scale, axis, color, pale, title};
use crate::plot::figure::{Figure, Mark, Panel, Shade};
use crate::plot::palette;
use crate::results::{ReadRows, ResultColumns, Survey, View, distributions, paired};

/// Ranges of the histogram.
const RANGES: usize = 40;

/// The distribution of a column as an SVG picture: its histogram and its distribution function, in a colour for each
/// level where there are levels, and then the distribution function of the differences between them, sample by sample:
/// distributions overlap where what the draws do to all levels is most of their spread, and the differences still tell
/// them apart. Quantiles are exact; `read` is asked for all rows some times.
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
    let mut panels =
        vec![Panel::new("scenarios, %", 260, 0.0..0.0, bars), Panel::new("at or below, %", 260, 0.0..100.0, steps)];
    panels.extend(differences(columns, read, view, &survey));
    let figure = Figure {
        title: title(&survey, "distribution"),
        axis: axis(range.start - margin..range.end + margin, scale.title),
        shade: Shade::default(),
        panels,
    };
    figure.svg()
}

/// The distribution functions of the levels' differences from the baseline; `None` without levels, or where these share no
/// sample.
fn differences(columns: &ResultColumns, read: &ReadRows<'_>, view: &View, survey: &Survey) -> Option<Panel> {
    let paired = paired(columns, read, &columns.inputs()[survey.by?].field, &view.column).ok()?;
    let scale = Scale::of_differences(survey, &paired);
    let ends = || paired.quantiles.iter().flatten().map(|value| value * scale.factor);
    let (low, high) = (ends().fold(0.0, f64::min), ends().fold(0.0, f64::max));
    let margin = if high > low { 0.02 * (high - low) } else { 1.0 };
    let names = survey.names();
    let lines = paired.comparison.differences.iter().zip(&paired.quantiles).filter_map(|(difference, quantiles)| {
        let level = names.iter().position(|name| *name == difference.level)?;
        let points = quantiles.iter().enumerate().map(|(percent, value)| (value * scale.factor, percent as f64));
        let points = [(low - margin, 0.0)].into_iter().chain(points).chain([(high + margin, 100.0)]);
        Some(Mark::line(
            &format!("{} less {}", difference.level, paired.comparison.baseline),
            color(level),
            points.collect(),
        ))
    });
    let zero = Mark::line("", palette::GREY, vec![(0.0, 0.0), (0.0, 100.0)]);
    let marks = [zero].into_iter().chain(lines).collect();
    let own = axis(low - margin..high + margin, format!("{}, sample by sample", scale.title));
    Some(Panel { axis: Some(own), ..Panel::new("at or below, %", 260, 0.0..100.0, marks) })
}
