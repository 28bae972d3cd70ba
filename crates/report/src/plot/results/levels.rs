//! Strategies or designs side by side: their spread, and how much one costs more than another on the same draws.

use microgrid_core::{Problem, Problems};

use super::refused;
use super::scale::{Scale, color, pale, title};
use crate::plot::figure::{Axis, Figure, Mark, Panel, Shade};
use crate::plot::palette;
use crate::results::{Interval, Paired, ReadRows, ResultColumns, Survey, View, distributions, paired};

/// The levels of a swept field, such as strategies, as an SVG picture: above, median, quartiles, mean and the range from
/// the 5 % to the 95 % quantile of a column; below, the same of its differences from the baseline, sample by sample on
/// common draws, with the 95 % interval of their mean.
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
    let paired = paired(columns, read, field, &view.column).map_err(refused)?;
    let names = survey.names();
    let spread = found.iter().enumerate().map(|(i, level)| Spread {
        level: i,
        quantiles: &level.quantiles,
        mean: level.moments.mean,
        interval_95: None,
    });
    let spread = marks(spread.collect(), scale.factor, "mean");
    let heights = || spread.iter().flat_map(Mark::heights);
    let range = heights().fold(f64::INFINITY, f64::min)..heights().fold(f64::NEG_INFINITY, f64::max);
    let of_differences = Scale::of_differences(&survey, &paired);
    let differences = marks(differences(&names, &paired), of_differences.factor, "mean with its 95 % interval");
    let labels = names.iter().zip(&found).enumerate();
    let labels = labels.map(|(i, (name, level))| (i as f64 + 0.5, format!("{name}, n = {}", level.moments.count)));
    let figure = Figure {
        title: title(&survey, &format!("{} by {field}", view.column)),
        axis: Axis { range: 0.0..names.len() as f64, grid: Vec::new(), labels: labels.collect(), title: field.clone() },
        shade: Shade::default(),
        panels: vec![
            Panel::new(scale.title, 300, range, spread),
            Panel::new(of_differences.title, 300, 0.0..0.0, differences),
        ],
    };
    figure.svg()
}

/// How a level's numbers are spread.
struct Spread<'a> {
    /// Its place on the axis.
    level: usize,
    /// Quantiles of 0, 1, … 100 %.
    quantiles: &'a [f64],
    mean: f64,
    interval_95: Option<Interval>,
}

/// Of each level a pale box from 5 to 95 %, a full one between the quartiles, its median and its mean.
fn marks(levels: Vec<Spread<'_>>, factor: f64, mean: &str) -> Vec<Mark> {
    let mut all = Vec::new();
    for (i, spread) in levels.into_iter().enumerate() {
        let at = |percent: usize| spread.quantiles.get(percent).copied().unwrap_or(spread.mean) * factor;
        let (color, middle, of_mean) = (color(spread.level), spread.level as f64 + 0.5, spread.mean * factor);
        let label = |text: &str| if i == 0 { text.to_owned() } else { String::new() };
        let within = |width: f64| middle - width..middle + width;
        let line = match spread.interval_95 {
            Some(Interval { low, high }) => {
                let mut lines = vec![Mark::whisker(middle, 0.1, low * factor, high * factor)];
                lines.push(vec![(middle - 0.1, of_mean), (middle + 0.1, of_mean)]);
                lines
            }
            None => vec![vec![(middle - 0.1, of_mean), (middle + 0.1, of_mean)]],
        };
        all.push(Mark::boxes(&label("5 to 95 %"), pale(color), vec![(within(0.3), at(5)..at(95))]));
        all.push(Mark::boxes(&label("quartiles"), color, vec![(within(0.2), at(25)..at(75))]));
        let median = vec![(middle - 0.2, at(50)), (middle + 0.2, at(50))];
        all.push(Mark::line(&label("median"), palette::WHITE, median));
        all.push(Mark::lines(&label(mean), palette::BLACK, line));
    }
    all
}

fn differences<'a>(names: &[String], paired: &'a Paired) -> Vec<Spread<'a>> {
    let found = paired.comparison.differences.iter().zip(&paired.quantiles);
    let spread = found.filter_map(|(difference, quantiles)| {
        let level = names.iter().position(|name| *name == difference.level)?;
        Some(Spread { level, quantiles, mean: difference.mean, interval_95: difference.interval_95 })
    });
    spread.collect()
}
