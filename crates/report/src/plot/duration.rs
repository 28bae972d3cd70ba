//! Duration curves: for how many hours of the run a power is reached or exceeded.

use microgrid_core::Problems;

use crate::Trace;
use crate::number::grouped;
use crate::plot::figure::{Axis, Figure, Mark, Panel};
use crate::plot::palette;

/// The duration curves of the run as an SVG picture: load, available generation, import and export in a panel, charge
/// and discharge of all batteries together in a second where there is storage.
///
/// A curve is the values of all steps in falling order. Beyond a thousand steps every curve is drawn through a
/// thousand of them, the greatest and the least included.
///
/// # Errors
/// A trace whose columns miss steps.
pub fn duration_curves_svg(trace: &Trace) -> Result<String, Problems> {
    trace.check()?;
    let greatest =
        trace.load_kw.iter().chain(&trace.generation_kw).chain(&trace.import_kw).copied().fold(0.0, f64::max);
    let (unit, factor) = if greatest >= 10_000.0 { ("MW", 1e-3) } else { ("kW", 1.0) };
    let step_h = f64::from(trace.step_s) / 3600.0;
    let curve = |name: &str, color, values: Vec<f64>| Mark::line(name, color, curve(values, step_h, factor));
    let mut panels = vec![Panel {
        title: format!("power, {unit}"),
        height: 360,
        range: 0.0..0.0,
        marks: vec![
            curve("generation", palette::GENERATION, trace.generation_kw.clone()),
            curve("export", palette::EXPORT, trace.export_kw.clone()),
            curve("import", palette::IMPORT, trace.import_kw.clone()),
            curve("load", palette::LOAD, trace.load_kw.clone()),
        ],
    }];
    if !trace.batteries.is_empty() {
        let total = |of: fn(&crate::BatteryTrace) -> &Vec<f64>| {
            (0..trace.steps()).map(|step| trace.batteries.iter().map(|b| of(b)[step]).sum()).collect()
        };
        panels.push(Panel {
            title: format!("storage, {unit}"),
            height: 180,
            range: 0.0..0.0,
            marks: vec![
                curve("charge", palette::CHARGE, total(|b| &b.charge_kw)),
                curve("discharge", palette::DISCHARGE, total(|b| &b.discharge_kw)),
            ],
        });
    }
    let hours = trace.steps() as f64 * step_h;
    let ticks: Vec<f64> = tick_values(hours);
    let figure = Figure {
        title: format!("{}, {}: duration curves", trace.scenario, trace.strategy),
        axis: Axis {
            range: 0.0..hours,
            labels: ticks.iter().map(|x| (*x, grouped(*x, 0))).collect(),
            grid: ticks,
            title: "hours of the run at or above the value".into(),
        },
        panels,
    };
    figure.svg()
}

/// Most points of a curve.
const POINTS: usize = 1000;

/// (hours, power) in falling order of power, the first at 0 hours.
fn curve(mut values: Vec<f64>, step_h: f64, factor: f64) -> Vec<(f64, f64)> {
    values.sort_by(|a, b| b.total_cmp(a));
    let steps = values.len();
    let every = |i: usize| if steps > POINTS { i * (steps - 1) / (POINTS - 1) } else { i };
    let drawn = (0..steps.min(POINTS)).map(|i| (every(i) as f64 * step_h, values[every(i)] * factor));
    drawn.chain(values.last().map(|least| (steps as f64 * step_h, least * factor))).collect()
}

/// About eight round values from 0 up to `end`.
fn tick_values(end: f64) -> Vec<f64> {
    let size = 10_f64.powi((end / 8.0).max(1e-9).log10().floor() as i32);
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * size).find(|s| end / s <= 9.0).unwrap_or(end);
    (0..=9).map(|i| f64::from(i) * step).filter(|x| *x <= end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_curve_falls_from_the_greatest_to_the_least() {
        let values: Vec<f64> = (0..8760).map(|i| f64::from((i * 7919) % 8760)).collect();
        let points = curve(values, 1.0, 1e-3);
        assert_eq!(points[0], (0.0, 8.759));
        assert_eq!(points[POINTS - 1], (8759.0, 0.0));
        assert_eq!(*points.last().unwrap(), (8760.0, 0.0));
        assert!(points.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 >= pair[1].1));
        // Each drawn value is at its own place: 8759 − i at hour i.
        assert!(points[..POINTS].iter().all(|(hour, power)| (8.759 - hour * 1e-3 - power).abs() < 1e-9));
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(tick_values(8760.0), [0.0, 1000.0, 2000.0, 3000.0, 4000.0, 5000.0, 6000.0, 7000.0, 8000.0]);
        assert_eq!(tick_values(24.0), [0.0, 5.0, 10.0, 15.0, 20.0]);
    }

    #[test]
    fn the_picture_names_its_curves_and_axes() {
        let svg = duration_curves_svg(&fixture::trace(900, 28)).unwrap();
        for text in ["duration curves", "hours of the run", "power, kW", "generation", "import", "discharge"] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains("NaN"));
    }
}
