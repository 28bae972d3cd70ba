//! A column over a swept number, such as the cost over a battery's capacity.

use microgrid_core::{Problem, Problems};

use super::refused;
use super::scale::{Scale, axis, color, pale, title};
use crate::plot::figure::{Figure, Mark, Panel, Shade};
use crate::plot::palette;
use crate::results::{ReadRows, ResultColumns, Spread, Survey, View, spreads};

/// The mean of a column over a swept number as an SVG picture, in a colour for each level where there are levels, with the
/// number of its scenarios. Where samples are independent the 95 % interval of each mean stands about it; without levels
/// the median is drawn too, and the range from the 5 % to the 95 % quantile behind all. More than 64 different numbers are
/// put together in 24 ranges.
///
/// # Errors
/// No number that the sweep varies; a column or field that there is none of; what `read` returns.
pub fn size_svg(columns: &ResultColumns, read: &ReadRows<'_>, view: &View) -> Result<String, Problems> {
    let survey = Survey::of(columns, read, view).map_err(refused)?;
    let Some(against) = survey.against else {
        return Err(Problem::new("plot", "the sweep varies no number to draw along the axis").into());
    };
    let scale = Scale::of(&survey);
    let places = survey.axis();
    let found = spreads(&survey, read).map_err(refused)?;
    let names = survey.names();
    let [low, high] = survey.ends;
    let (mut behind, mut lines) = (Vec::new(), Vec::new());
    for (i, (name, level)) in names.iter().zip(&found).enumerate() {
        let spreads = places.iter().zip(level).filter_map(|(x, spread)| spread.map(|spread| (*x, spread)));
        let curve = Curve { points: spreads.collect(), color: color(i), factor: scale.factor };
        // Bands of several levels would hide each other.
        if names.len() == 1 {
            behind.extend(curve.band());
            lines.push(curve.line("median", palette::GREY, |spread| spread.quantiles[1]));
        }
        if columns.samples_are_independent() {
            // Beside each other, where those of several levels would hide each other.
            let width = (high - low) / 100.0;
            let shift = (i as f64 - (names.len() - 1) as f64 / 2.0) * 1.2 * width;
            lines.extend(curve.intervals(width, shift));
        }
        let name = if name.is_empty() { "mean" } else { name };
        let count: u64 = curve.points.iter().map(|(_, spread)| spread.count).sum();
        lines.push(curve.line(&format!("{name}, n = {count}"), curve.color, |spread| spread.mean));
    }
    let heights = || lines.iter().chain(&behind).flat_map(Mark::heights);
    let range = heights().fold(f64::INFINITY, f64::min)..heights().fold(f64::NEG_INFINITY, f64::max);
    behind.extend(lines);
    let mean = if survey.by.is_some() { format!("mean {}", scale.title) } else { scale.title };
    let interval = if columns.samples_are_independent() { ", and the mean's 95 % interval" } else { "" };
    let title_of_axis = format!("{mean}{interval}");
    let margin = 0.03 * (high - low);
    let figure = Figure {
        title: title(&survey, &format!("{} over {}", view.column, columns.inputs()[against].field)),
        axis: axis(low - margin..high + margin, columns.inputs()[against].field.clone()),
        shade: Shade::default(),
        panels: vec![Panel::new(title_of_axis, 420, range, behind)],
    };
    figure.svg()
}

/// One level along the axis.
struct Curve {
    points: Vec<(f64, Spread)>,
    color: plotters::style::RGBColor,
    factor: f64,
}

impl Curve {
    /// From 5 to 95 %; `None` without spread.
    fn band(&self) -> Option<Mark> {
        let shape: Vec<(f64, f64, f64)> = self
            .points
            .iter()
            .map(|(x, Spread { quantiles: [low, _, high], .. })| (*x, low * self.factor, high * self.factor))
            .collect();
        shape.iter().any(|(_, low, high)| high > low).then(|| Mark::area("5 to 95 %", pale(self.color), shape))
    }

    fn line(&self, name: &str, color: plotters::style::RGBColor, of: fn(&Spread) -> f64) -> Mark {
        Mark::line(name, color, self.points.iter().map(|(x, spread)| (*x, of(spread) * self.factor)).collect())
    }

    /// Whiskers of `width` beside the places; `None` where no mean has an interval.
    fn intervals(&self, width: f64, shift: f64) -> Option<Mark> {
        let whiskers = self.points.iter().filter_map(|(x, spread)| {
            let interval = spread.interval_95?;
            Some(Mark::whisker(x + shift, width, interval.low * self.factor, interval.high * self.factor))
        });
        let whiskers: Vec<_> = whiskers.collect();
        (!whiskers.is_empty()).then(|| Mark::lines("", self.color, whiskers))
    }
}
