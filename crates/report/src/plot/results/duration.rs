//! The duration curve of outcomes: in what share of the scenarios a value is reached or exceeded.

use microgrid_core::Problems;

use super::refused;
use super::scale::{Scale, axis, color, title};
use crate::plot::figure::{Figure, Mark, Panel, Shade};
use crate::results::{ReadRows, ResultColumns, Survey, View, distributions};

/// The values of a column in falling order as an SVG picture, in a colour for each level where there are levels: exact
/// at each whole percent.
///
/// # Errors
/// A column or field that there is none of, no numbers in the column, what `read` returns.
pub fn outcome_duration_svg(columns: &ResultColumns, read: &ReadRows<'_>, view: &View) -> Result<String, Problems> {
    let survey = Survey::of(columns, read, view).map_err(refused)?;
    let scale = Scale::of(&survey);
    let found = distributions(&survey, read, &[]).map_err(refused)?;
    let curves = survey.names().into_iter().zip(&found).enumerate().map(|(i, (name, level))| {
        let falling = level.quantiles.iter().rev().enumerate();
        let points = falling.map(|(percent, value)| (percent as f64, value * scale.factor));
        Mark::line(if name.is_empty() { "all scenarios" } else { &name }, color(i), points.collect())
    });
    let figure = Figure {
        title: title(&survey, "duration curve of outcomes"),
        axis: axis(0.0..100.0, "scenarios at or above the value, %".into()),
        shade: Shade::default(),
        panels: vec![Panel::new(scale.title.clone(), 420, scale.range(&survey), curves.collect())],
    };
    figure.svg()
}
