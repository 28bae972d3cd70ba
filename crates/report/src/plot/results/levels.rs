//! Strategies or designs side by side: their spread, and how much one costs more than another on the same draws.

use microgrid_core::{Problem, Problems};

use super::refused;
use super::scale::{Scale, color, pale, title};
use crate::plot::figure::{Axis, Figure, Mark, Panel};
use crate::results::{Comparison, ReadRows, ResultColumns, Survey, View, compare, distributions};

/// The levels of a swept field, such as strategies, as an SVG picture: above, mean, quartiles and the range from the 5 %
/// to the 95 % quantile of a column; below, the mean difference from the baseline with its 95 % interval, on common
/// draws.
///
/// # Errors
/// No field with two to six levels; a column or field that there is none of; what `read` returns.
pub fn level_comparison_svg(columns: &ResultColumns, read: &ReadRows<'_>, view: &View) -> Result<String, Problems> {
    let survey = Survey::of(columns, read, view).map_err(refused)?;
    let Some(by) = survey.by else {
        return Err(Problem::new("plot", "the sweep sets no field of two to six levels to compare").into());
    };
    let field = &columns.inputs()[by].field;
    let scale = Scale::of(&survey);
    let found = distributions(&survey, read, &[]).map_err(refused)?;
    let comparison = compare(columns, read, field, &view.column, None).map_err(refused)?;
    let names = survey.names();
    let spread = found.iter().enumerate().flat_map(|(i, level)| {
        let at = |percent: usize| level.quantiles.get(percent).copied().unwrap_or(level.moments.mean) * scale.factor;
        let middle = i as f64 + 0.5;
        let mean = level.moments.mean * scale.factor;
        let label = |text: &str| if i == 0 { text.to_owned() } else { String::new() };
        [
            Mark::area(
                &label("5 to 95 %"),
                pale(color(i)),
                vec![(middle - 0.3, at(5), at(95)), (middle + 0.3, at(5), at(95))],
            ),
            Mark::area(
                &label("quartiles"),
                color(i),
                vec![(middle - 0.2, at(25), at(75)), (middle + 0.2, at(25), at(75))],
            ),
            Mark::line(&label("mean"), crate::plot::palette::BLACK, vec![(middle - 0.3, mean), (middle + 0.3, mean)]),
        ]
    });
    let spread: Vec<Mark> = spread.collect();
    let heights = || spread.iter().flat_map(Mark::heights);
    let range = heights().fold(f64::INFINITY, f64::min)..heights().fold(f64::NEG_INFINITY, f64::max);
    let figure = Figure {
        title: title(&survey, &format!("{} by {field}", view.column)),
        axis: Axis {
            range: 0.0..names.len() as f64,
            grid: Vec::new(),
            labels: names.iter().enumerate().map(|(i, name)| (i as f64 + 0.5, name.clone())).collect(),
            title: field.clone(),
        },
        panels: vec![
            Panel { height: 300, range, marks: spread, title: scale.title.clone() },
            Panel {
                height: 220,
                range: 0.0..0.0,
                marks: differences(&names, &comparison, scale.factor),
                title: scale.title.replacen(&view.column, "difference", 1),
            },
        ],
    };
    figure.svg()
}

fn differences(names: &[String], comparison: &Comparison, factor: f64) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let Some(difference) = comparison.differences.iter().find(|d| d.level == *name) else { continue };
        let (middle, mean) = (i as f64 + 0.5, difference.mean * factor);
        let label = |text: String| if marks.is_empty() { text } else { String::new() };
        let text = label(format!("mean difference from `{}`", comparison.baseline));
        marks.push(Mark::area(&text, pale(color(i)), vec![(middle - 0.2, 0.0, mean), (middle + 0.2, 0.0, mean)]));
        if let Some(interval) = difference.interval_95 {
            let [low, high] = [interval.low, interval.high].map(|end| end * factor);
            let text = if marks.len() == 1 { "95 % interval" } else { "" };
            let whisker = vec![
                (middle - 0.06, low),
                (middle + 0.06, low),
                (middle, low),
                (middle, high),
                (middle - 0.06, high),
                (middle + 0.06, high),
            ];
            marks.push(Mark::line(text, crate::plot::palette::BLACK, whisker));
        }
    }
    marks
}
