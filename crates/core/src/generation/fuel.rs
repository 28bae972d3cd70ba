//! Fuel of a genset: its unit, and how much of it an hour at a given power takes.
//!
//! # Model
//! A line, `F = F0·P_rated + F1·P` while running and 0 when off: the form of HOMER (manual pages *Generator Fuel Curve
//! Intercept Coefficient* and *Slope*), which fits diesel gensets well. Or points of a maker's data sheet, joined by
//! straight lines, as long as no kWh is cheaper than the one before it (a convex curve).

use alloc::vec::Vec;

use crate::{Problem, Problems};

/// The unit in which a fuel is bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum FuelUnit {
    /// Litre, as for diesel.
    #[default]
    Litre,
    /// Kilogram.
    Kilogram,
    /// Cubic metre, as for gas.
    CubicMetre,
}

impl FuelUnit {
    /// Every unit.
    pub const ALL: [Self; 3] = [Self::Litre, Self::Kilogram, Self::CubicMetre];

    /// The name in files and reports: `L`, `kg` or `m3`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Litre => "L",
            Self::Kilogram => "kg",
            Self::CubicMetre => "m3",
        }
    }
}

/// Fuel per hour against power at the genset's terminals.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum FuelCurve {
    /// A straight line from no load to rated power.
    Line {
        /// Fuel per hour at no load for each kW of rating, at least 0: HOMER's F0.
        no_load_per_rated_kwh: f64,
        /// Fuel per kWh generated, at least 0: HOMER's F1.
        slope_per_kwh: f64,
    },
    /// Points joined by straight lines, powers ascending; the last is at rated power or above, the first at the minimum
    /// load or below. Slopes must not fall.
    Points(Vec<FuelPoint>),
}

/// A point of a fuel curve.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FuelPoint {
    /// Power at the terminals in kW, at least 0.
    pub power_kw: f64,
    /// Fuel per hour, at least 0.
    pub fuel_per_h: f64,
}

impl FuelCurve {
    /// The curve as points, from the least power it is given for to the greatest.
    #[must_use]
    pub fn points(&self, rating_kw: f64) -> Vec<FuelPoint> {
        match self {
            Self::Line { no_load_per_rated_kwh, slope_per_kwh } => {
                let no_load = no_load_per_rated_kwh * rating_kw;
                alloc::vec![
                    FuelPoint { power_kw: 0.0, fuel_per_h: no_load },
                    FuelPoint { power_kw: rating_kw, fuel_per_h: no_load + slope_per_kwh * rating_kw },
                ]
            }
            Self::Points(points) => points.clone(),
        }
    }

    /// Fuel per hour of a running genset at `power_kw`; before the first point and after the last the curve goes on
    /// straight.
    #[must_use]
    pub fn fuel_per_h(&self, rating_kw: f64, power_kw: f64) -> f64 {
        match self {
            Self::Line { no_load_per_rated_kwh, slope_per_kwh } => {
                no_load_per_rated_kwh * rating_kw + slope_per_kwh * power_kw
            }
            Self::Points(points) => fuel_on_points(points, power_kw),
        }
    }

    /// Least fuel for one kWh more: the slope of the line, or of the first piece.
    #[must_use]
    pub fn least_slope_per_kwh(&self) -> f64 {
        match self {
            Self::Line { slope_per_kwh, .. } => *slope_per_kwh,
            Self::Points(points) => points.windows(2).next().map_or(0.0, slope),
        }
    }

    pub(crate) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>, rating_kw: f64, min_kw: f64) {
        match self {
            Self::Line { no_load_per_rated_kwh, slope_per_kwh } => {
                let name = format_args!("{field}.fuel_no_load_per_rated_kwh");
                problems.require_range(name, *no_load_per_rated_kwh, 0.0, 1e3);
                problems.require_range(format_args!("{field}.fuel_slope_per_kwh"), *slope_per_kwh, 0.0, 1e3);
            }
            Self::Points(points) => {
                check_points(points, problems, format_args!("{field}.fuel_point"), rating_kw, min_kw)
            }
        }
    }
}

fn check_points(
    points: &[FuelPoint],
    problems: &mut Problems,
    field: core::fmt::Arguments<'_>,
    rating_kw: f64,
    min_kw: f64,
) {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        problems.push(Problem::new(field, "has no points").allowed("at least two"));
        return;
    };
    if points.len() < 2 {
        problems.push(Problem::new(field, "has too few points").value(points.len()).allowed("at least two"));
        return;
    }
    let before = problems.iter().count();
    for (i, point) in points.iter().enumerate() {
        problems.require_range(format_args!("{field}[{i}].power_kw"), point.power_kw, 0.0, 1e9);
        problems.require_range(format_args!("{field}[{i}].fuel_per_h"), point.fuel_per_h, 0.0, 1e9);
    }
    if let Some(i) = points.windows(2).position(|pair| pair[0].power_kw >= pair[1].power_kw) {
        problems.push(
            Problem::new(alloc::format!("{field}[{}].power_kw", i + 1), "does not ascend")
                .value(points[i + 1].power_kw)
                .allowed(alloc::format!("above {}", points[i].power_kw)),
        );
    }
    if problems.iter().count() > before {
        return; // Slopes cannot be judged.
    }
    let slopes: Vec<f64> = points.windows(2).map(slope).collect();
    // Data sheets are rounded; equal slopes may seem to fall by a rounding.
    if let Some(i) = slopes.windows(2).position(|pair| pair[1] < pair[0] - 1e-9 * (1.0 + pair[0].abs())) {
        problems.push(
            Problem::new(alloc::format!("{field}[{}].fuel_per_h", i + 2), "makes the slope of the fuel curve fall")
                .value(alloc::format!("{} per kWh after {}", slopes[i + 1], slopes[i]))
                .allowed("slopes that do not fall")
                .hint("leave out a point, or give the curve as a line: fuel_no_load_per_rated_kwh, fuel_slope_per_kwh"),
        );
    }
    if slopes[0] < 0.0 {
        problems.push(
            Problem::new(alloc::format!("{field}[1].fuel_per_h"), "is below the point before it")
                .value(points[1].fuel_per_h)
                .allowed(alloc::format!("at least {}", points[0].fuel_per_h)),
        );
    }
    // The line before the first point must not fall below no fuel at no load.
    if first.fuel_per_h - slopes[0] * first.power_kw < 0.0 {
        problems.push(
            Problem::new(field, "needs less than no fuel at no load")
                .hint("the first piece of the curve, extended to 0 kW, ends below 0"),
        );
    }
    if last.power_kw < rating_kw || first.power_kw > min_kw {
        problems.push(
            Problem::new(field, "does not reach from the minimum load to the rating")
                .value(alloc::format!("{} to {} kW", first.power_kw, last.power_kw))
                .allowed(alloc::format!("from at most {min_kw} to at least {rating_kw} kW")),
        );
    }
}

fn slope(pair: &[FuelPoint]) -> f64 {
    (pair[1].fuel_per_h - pair[0].fuel_per_h) / (pair[1].power_kw - pair[0].power_kw)
}

/// The value at `power_kw` on the points' lines.
fn fuel_on_points(points: &[FuelPoint], power_kw: f64) -> f64 {
    let pieces = points.windows(2);
    let last = pieces.len().saturating_sub(1);
    for (i, pair) in pieces.enumerate() {
        if power_kw <= pair[1].power_kw || i == last {
            return pair[0].fuel_per_h + slope(pair) * (power_kw - pair[0].power_kw);
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// HOMER's manual (page *Generator Fuel Curve Intercept Coefficient*): a 50 kW genset takes 8.48 L/h at 25 kW and
    /// 15.3 L/h at 50 kW; the slope is 0.273 L/kWh, the intercept 0.033 L/h per kW of rating.
    #[test]
    fn the_curve_of_homers_manual() {
        let line = FuelCurve::Line { no_load_per_rated_kwh: 0.033, slope_per_kwh: 0.273 };
        assert!((line.fuel_per_h(50.0, 25.0) - 8.48).abs() < 0.01);
        assert!((line.fuel_per_h(50.0, 50.0) - 15.3).abs() < 0.01);
        let points = FuelCurve::Points(alloc::vec![
            FuelPoint { power_kw: 25.0, fuel_per_h: 8.48 },
            FuelPoint { power_kw: 50.0, fuel_per_h: 15.3 },
        ]);
        assert!((points.least_slope_per_kwh() - 0.2728).abs() < 1e-12);
        // HOMER rounds the slope to 0.273 before it takes the intercept.
        assert!((points.fuel_per_h(50.0, 0.0) / 50.0 - 0.033).abs() < 5e-4);
        for power_kw in [12.5, 25.0, 40.0, 50.0] {
            assert!((points.fuel_per_h(50.0, power_kw) - line.fuel_per_h(50.0, power_kw)).abs() < 0.02);
        }
    }

    #[test]
    fn points_are_joined_by_lines() {
        let point = |power_kw, fuel_per_h| FuelPoint { power_kw, fuel_per_h };
        let curve = FuelCurve::Points(alloc::vec![point(10.0, 5.0), point(20.0, 7.0), point(40.0, 13.0)]);
        for (power_kw, fuel) in [(0.0, 3.0), (10.0, 5.0), (15.0, 6.0), (20.0, 7.0), (30.0, 10.0), (40.0, 13.0)] {
            assert_eq!(curve.fuel_per_h(40.0, power_kw), fuel);
        }
        let mut problems = Problems::none();
        curve.check(&mut problems, format_args!("g"), 40.0, 10.0);
        assert!(problems.is_empty(), "{problems}");
    }

    #[test]
    fn curves_that_cannot_be_are_refused() {
        let point = |power_kw, fuel_per_h| FuelPoint { power_kw, fuel_per_h };
        for (points, wanted) in [
            (alloc::vec![], "has no points"),
            (alloc::vec![point(1.0, 1.0)], "too few"),
            (alloc::vec![point(20.0, 7.0), point(10.0, 9.0)], "does not ascend"),
            (alloc::vec![point(0.0, 3.0), point(20.0, 9.0), point(40.0, 12.0)], "slope of the fuel curve fall"),
            (alloc::vec![point(0.0, 3.0), point(20.0, 2.0), point(40.0, 5.0)], "below the point before"),
            (alloc::vec![point(10.0, 1.0), point(40.0, 13.0)], "less than no fuel"),
            (alloc::vec![point(0.0, 3.0), point(30.0, 9.0)], "from the minimum load to the rating"),
            (alloc::vec![point(15.0, 5.0), point(40.0, 13.0)], "from the minimum load to the rating"),
            (alloc::vec![point(0.0, f64::NAN), point(40.0, 13.0)], "out of range"),
        ] {
            let mut problems = Problems::none();
            FuelCurve::Points(points).check(&mut problems, format_args!("g"), 40.0, 10.0);
            assert!(alloc::format!("{problems}").contains(wanted), "{wanted}: {problems}");
        }
    }
}
