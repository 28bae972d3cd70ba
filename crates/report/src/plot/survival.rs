//! How long critical load is carried without the grid.

use microgrid_core::{Problem, Problems};

use crate::plot::figure::{Axis, Figure, Mark, Panel, Shade};
use crate::plot::palette;

/// The share of starts, by hours without the grid, from which critical load is carried, as an SVG picture; `goal_h` is marked.
///
/// # Errors
/// No hours; a share that is not a number.
pub fn survival_svg(title: &str, curve: &[(f64, f64)], goal_h: f64) -> Result<String, Problems> {
    let last = curve.last().map_or(0.0, |(hours, _)| *hours);
    if last <= 0.0 || !curve.iter().all(|(hours, share)| hours.is_finite() && share.is_finite()) {
        return Err(Problem::new("plot", "has no survival to draw").into());
    }
    let points = std::iter::once((0.0, 100.0)).chain(curve.iter().map(|(hours, share)| (*hours, 100.0 * share)));
    let every = (last / 24.0).ceil().max(1.0);
    let labels = (0..=24).map(|i| f64::from(i) * every).take_while(|hours| *hours <= last);
    let marks = vec![
        Mark::line("share of starts", palette::BLUE, points.collect()),
        Mark::line("goal", palette::VERMILLION, vec![(goal_h, 0.0), (goal_h, 100.0)]),
    ];
    Figure {
        title: title.into(),
        axis: Axis {
            range: 0.0..last,
            grid: Vec::new(),
            labels: labels.map(|hours| (hours, hours.to_string())).collect(),
            title: "hours without the grid".into(),
        },
        shade: Shade::default(),
        panels: vec![Panel::new("share of starts, %", 240, 0.0..100.0, marks)],
    }
    .svg()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_and_its_goal_are_drawn() {
        let curve: Vec<(f64, f64)> = (1..=48).map(|hour| (f64::from(hour), 1.0 / f64::from(hour))).collect();
        let svg = survival_svg("site: survival", &curve, 4.0).unwrap();
        for text in ["site: survival", "hours without the grid", "share of starts, %", "goal", "48"] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains("NaN"));
        assert!(survival_svg("", &[], 4.0).is_err() && survival_svg("", &[(1.0, f64::NAN)], 4.0).is_err());
    }
}
