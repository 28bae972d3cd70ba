//! Duration curves: for how many hours of the run a power is reached or exceeded.

use microgrid_core::Problems;
use plotters::style::RGBColor;

use crate::Trace;
use crate::number::grouped;
use crate::plot::figure::{Axis, Figure, Mark, Panel, Shade};
use crate::plot::side_by_side::{check, heading};
use crate::plot::{palette, stack};

/// A quantity of a run: its name, its colour, and its values.
type Quantity = (&'static str, RGBColor, fn(&Trace) -> Vec<f64>);

const POWERS: [Quantity; 6] = [
    ("generation", palette::GENERATION, |t| t.generation_kw.clone()),
    ("gensets", palette::GREY, |t| stack::total(t.steps(), t.gensets.iter().map(|genset| genset.power_kw.clone()))),
    ("export", palette::EXPORT, |t| t.export_kw.clone()),
    ("import", palette::IMPORT, |t| t.import_kw.clone()),
    ("unserved load", palette::UNSERVED, |t| t.unserved_kw.clone()),
    ("load", palette::LOAD, |t| t.load_kw.clone()),
];

const STORAGE: [Quantity; 2] = [
    ("charge", palette::CHARGE, |t| stack::of_batteries(t, &(0..t.steps()), |b| &b.charge_kw)),
    ("discharge", palette::DISCHARGE, |t| stack::of_batteries(t, &(0..t.steps()), |b| &b.discharge_kw)),
];

/// The duration curves of runs as an SVG picture. Of one run: load, available generation, gensets, import, export and
/// unserved load in a panel, charge and discharge of all batteries together in a second where there is storage. Of
/// several strategies of one scenario: a panel for each quantity that they decide, a curve for each strategy.
///
/// A curve is the values of all steps in falling order; quantities that are 0 throughout are left out. Beyond a thousand
/// steps every curve is drawn through a thousand of them, the greatest and the least included.
///
/// # Errors
/// No run, or runs of different scenarios; a trace whose columns miss steps.
pub fn duration_curves_svg(traces: &[Trace]) -> Result<String, Problems> {
    let first = check(traces)?;
    let step_h = f64::from(first.step_s) / 3600.0;
    let greatest = POWERS.iter().flat_map(|(.., of)| traces.iter().flat_map(of)).fold(0.0, f64::max);
    let (unit, factor) = stack::unit(greatest);
    let mark = |name: &str, color, values: Vec<f64>| {
        let is_there = values.iter().any(|value| *value != 0.0);
        is_there.then(|| Mark::line(name, color, curve(values, step_h, factor)))
    };
    let panel = |title: &str, height, marks| Panel::new(format!("{title}, {unit}"), height, 0.0..0.0, marks);
    let mut panels: Vec<Panel> = if traces.len() == 1 {
        let of_run =
            |all: &[Quantity]| all.iter().filter_map(|(name, color, of)| mark(name, *color, of(first))).collect();
        vec![panel("power", 360, of_run(&POWERS)), panel("storage", 180, of_run(&STORAGE))]
    } else {
        let decided = POWERS.iter().filter(|(name, ..)| !["load", "generation"].contains(name)).chain(&STORAGE);
        let of_quantity = |(name, _, of): &Quantity| {
            let runs = traces.iter().zip(palette::SIDE_BY_SIDE);
            panel(name, 200, runs.filter_map(|(trace, color)| mark(&trace.strategy, color, of(trace))).collect())
        };
        decided.map(of_quantity).collect()
    };
    panels.retain(|panel| !panel.marks.is_empty());
    let hours = first.steps() as f64 * step_h;
    let ticks: Vec<f64> = tick_values(hours);
    let figure = Figure {
        title: format!("{}: duration curves", heading(traces)),
        axis: Axis {
            range: 0.0..hours,
            labels: ticks.iter().map(|x| (*x, grouped(*x, 0))).collect(),
            grid: ticks,
            title: "hours of the run at or above the value".into(),
        },
        shade: Shade::default(),
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
        let svg = duration_curves_svg(&[fixture::trace(900, 28)]).unwrap();
        for text in ["duration curves", "hours of the run", "power, kW", "generation", "import", "discharge"] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains("NaN") && !svg.contains("gensets") && !svg.contains("unserved"));
    }

    #[test]
    fn strategies_have_a_curve_each_of_what_they_decide() {
        let [own, mut other] = [fixture::trace(900, 28), fixture::trace(900, 28)];
        other.strategy = "idle".into();
        other.batteries[0].charge_kw.fill(0.0);
        let svg = duration_curves_svg(&[own, other]).unwrap();
        for (text, count) in [("import, kW", 1), ("charge, kW", 2), ("load, kW", 0), (">\nidle\n<", 3)] {
            assert_eq!(svg.matches(text).count(), count, "{text} in\n{svg}");
        }
    }
}
