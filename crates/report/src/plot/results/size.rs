//! A column over a swept number, such as the cost over a battery's capacity.

use microgrid_core::{Problem, Problems};

use super::refused;
use super::scale::{Scale, axis, color, pale, title};
use crate::plot::figure::{Figure, Mark, Panel};
use crate::results::{ReadRows, ResultColumns, Survey, View, spreads};

/// The mean of a column over a swept number as an SVG picture, with the range from the 5 % to the 95 % quantile behind it,
/// or a mean for each level where there are levels. More than 64 different numbers are put together in 24 ranges.
///
/// # Errors
/// No number that the sweep varies; a column or field that there is none of; what `read` returns.
pub fn size_svg(columns: &ResultColumns, read: &ReadRows<'_>, view: &View) -> Result<String, Problems> {
    let survey = Survey::of(columns, read, view).map_err(refused)?;
    let Some(against) = survey.against else {
        return Err(Problem::new("plot", "the sweep varies no number to draw along the axis").into());
    };
    let scale = Scale::of(&survey);
    let title_of_axis = if survey.by.is_some() { format!("mean {}", scale.title) } else { scale.title.clone() };
    let places = survey.axis();
    let found = spreads(&survey, read).map_err(refused)?;
    let names = survey.names();
    let (mut areas, mut lines) = (Vec::new(), Vec::new());
    for (i, (name, level)) in names.iter().zip(&found).enumerate() {
        let points = places.iter().zip(level).filter_map(|(x, spread)| spread.map(|s| (*x, s)));
        let points: Vec<(f64, [f64; 3])> =
            points.map(|(x, (mean, low, high))| (x, [mean, low, high].map(|y| y * scale.factor))).collect();
        // Bands of several levels would hide each other; without spread there is none.
        if names.len() == 1 && points.iter().any(|(_, [_, low, high])| high > low) {
            let shape = points.iter().map(|(x, [_, low, high])| (*x, *low, *high)).collect();
            areas.push(Mark::area("5 to 95 %", pale(color(i)), shape));
        }
        lines.push(Mark::line(
            if name.is_empty() { "mean" } else { name },
            color(i),
            points.iter().map(|(x, [mean, ..])| (*x, *mean)).collect(),
        ));
    }
    let [low, high] = survey.ends;
    let heights = || lines.iter().chain(&areas).flat_map(Mark::heights);
    let range = heights().fold(f64::INFINITY, f64::min)..heights().fold(f64::NEG_INFINITY, f64::max);
    areas.extend(lines);
    let figure = Figure {
        title: title(&survey, &format!("{} over {}", view.column, columns.inputs()[against].field)),
        axis: axis(low..high, columns.inputs()[against].field.clone()),
        panels: vec![Panel { height: 420, range, marks: areas, title: title_of_axis }],
    };
    figure.svg()
}
