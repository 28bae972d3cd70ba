//! A time–current curve by points, as makers of fuses publish it.

use alloc::format;
use alloc::vec::Vec;

use crate::{Problem, Problems};

/// A point of a time–current curve.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CurvePoint {
    /// Current, A, above 0.
    pub current_a: f64,
    /// Time at that current, s, above 0.
    pub time_s: f64,
}

/// A time–current curve: minimum melting or total clearing of a fuse, or the curve of any other device.
///
/// # Model
/// Straight in the logarithms of both between points, as such curves are printed. Below the first point it never operates.
/// Beyond the last the energy I²t of that point stays, as a wire melts that no heat leaves (W. H. Preece's limit).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CurveTable {
    /// At least two points, the current rising and the time falling.
    pub points: Vec<CurvePoint>,
    /// Time in which full progress is lost below the first point's current, s, at least 0: the cooling of an element, at
    /// a steady pace. 0 forgets at once.
    pub cooling_s: f64,
}

impl CurveTable {
    /// A curve of (current A, time s), forgetting at once.
    #[must_use]
    pub fn new(points: &[(f64, f64)]) -> Self {
        let points = points.iter().map(|&(current_a, time_s)| CurvePoint { current_a, time_s }).collect();
        Self { points, cooling_s: 0.0 }
    }

    /// Least current at which it operates, A.
    #[must_use]
    pub fn least_a(&self) -> f64 {
        self.points.first().map_or(f64::INFINITY, |point| point.current_a)
    }

    /// Time at a constant current, s; infinite below the first point.
    #[must_use]
    pub fn time_s(&self, current_a: f64) -> f64 {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else { return f64::INFINITY };
        if current_a.is_nan() || current_a < first.current_a {
            return f64::INFINITY;
        }
        if current_a >= last.current_a {
            let ratio = last.current_a / current_a;
            return last.time_s * ratio * ratio;
        }
        let upper = self.points.partition_point(|point| point.current_a <= current_a);
        let (a, b) = (self.points[upper - 1], self.points[upper]);
        let share = libm::log(current_a / a.current_a) / libm::log(b.current_a / a.current_a);
        a.time_s * libm::exp(share * libm::log(b.time_s / a.time_s))
    }

    pub(super) fn check(&self, field: &str, problems: &mut Problems) {
        if self.points.len() < 2 {
            problems.push(Problem::new(format!("{field}.points"), "is no curve").allowed("at least two points"));
        }
        problems.require_range(format!("{field}.cooling_s"), self.cooling_s, 0.0, 1e6);
        for (i, point) in self.points.iter().enumerate() {
            problems.require_range(format!("{field}.points[{i}].current_a"), point.current_a, 1e-6, 1e9);
            problems.require_range(format!("{field}.points[{i}].time_s"), point.time_s, 1e-6, 1e9);
        }
        for (i, pair) in self.points.windows(2).enumerate() {
            let (at, next) = (pair[0], pair[1]);
            if next.current_a <= at.current_a || next.time_s >= at.time_s {
                let problem = Problem::new(format!("{field}.points[{}]", i + 1), "does not go on a falling curve");
                let shown = |point: CurvePoint| format!("{} A {} s", point.current_a, point.time_s);
                problems.push(
                    problem.value(format!("{} after {}", shown(next), shown(at))).allowed("more current, less time"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn it_meets_its_points_and_is_straight_in_logarithms() {
        let curve = CurveTable::new(&[(10.0, 1000.0), (100.0, 1.0), (200.0, 0.1)]);
        for point in &curve.points {
            assert!((curve.time_s(point.current_a) / point.time_s - 1.0).abs() < 1e-12);
        }
        // Half-way in the logarithm of the current is half-way in that of the time.
        assert!((curve.time_s(libm::sqrt(1000.0)) / libm::sqrt(1000.0) - 1.0).abs() < 1e-12);
        assert_eq!(curve.time_s(9.999), f64::INFINITY);
        assert!((curve.time_s(400.0) - 0.025).abs() < 1e-15);
    }

    /// The minimum-melting curve "HV 10A" that a peer ships holds 1675 s where 1.675 would go on falling (pandapower 3.5.6,
    /// `std_types`): it is refused at that point, and taken with the slip mended.
    #[test]
    fn a_curve_that_rises_is_refused_at_its_point() {
        let mut points = [(30.0, 10.0), (32.0, 1675.0), (35.0, 0.344), (37.0, 0.156), (39.0, 0.1)];
        let mut problems = Problems::none();
        CurveTable::new(&points).check("fuse", &mut problems);
        assert_eq!(problems.iter().count(), 1, "{problems}");
        assert!(problems.to_string().contains("fuse.points[1]: does not go on a falling curve; found 32 A 1675 s"));
        points[1].1 = 1.675;
        let mut problems = Problems::none();
        CurveTable::new(&points).check("fuse", &mut problems);
        assert!(problems.is_empty(), "{problems}");
    }
}
