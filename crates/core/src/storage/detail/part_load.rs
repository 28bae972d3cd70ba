//! Efficiency by load: converters lose a larger share far below their rating.

use alloc::vec::Vec;

use super::check_points;
use super::line::Line;
use crate::{Problem, Problems};

/// How the efficiency depends on the load, both ways alike.
///
/// # Model
/// With the best efficiency of the table as 1, let g(x) be the efficiency at load x, a share of the rating P, the greater of the
/// new battery's power limits. Charging at p = x·P
/// counts as p̂ = p·g, discharging as p̂ = p/g, in the equations of [`Battery`](crate::storage::Battery), whose
/// efficiencies are those at the best load. Between the points of the table p̂ is linear in p, so that is the loss; below the
/// first load the efficiency is that of the first. What is drawn at no load is standby and no part of it.
/// Tables are those of data sheets and of the European and CEC efficiency tests (IEC 61683).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PartLoad {
    /// Loads, percent of the rating: rising, above 0, at most 100; 1 to 32 of them.
    pub load_percent: Vec<f64>,
    /// Efficiency at each, percent, above 0; only how they stand to their best counts. More power must always store more.
    pub efficiency_percent: Vec<f64>,
}

impl PartLoad {
    pub(super) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        let Self { load_percent, efficiency_percent } = self;
        let loads = ("load_percent", &**load_percent, [0.01, 100.0]);
        check_points(problems, field, loads, ("efficiency_percent", efficiency_percent), 1);
        let stored: Vec<f64> = load_percent.iter().zip(efficiency_percent).map(|(load, eta)| load * eta).collect();
        let given: Vec<f64> = load_percent.iter().zip(efficiency_percent).map(|(load, eta)| load / eta).collect();
        let falls = |i: &usize| {
            let before = |list: &[f64]| if *i == 0 { 0.0 } else { list[i - 1] };
            stored[*i] <= before(&stored) || given[*i] <= before(&given)
        };
        if let Some(i) = (0..stored.len()).find(falls) {
            problems.push(
                Problem::new(format_args!("{field}.efficiency_percent[{i}]"), "lets more power store or take less")
                    .value(efficiency_percent[i])
                    .hint("load × efficiency, and load / efficiency, must rise from point to point"),
            );
        }
    }

    /// p̂ by p when charging, and when discharging.
    pub(super) fn lines(&self, rating_kw: f64) -> [Line; 2] {
        let best = self.efficiency_percent.iter().copied().fold(0.0, f64::max);
        let points = || self.load_percent.iter().zip(&self.efficiency_percent);
        let bent = |of: fn(f64, f64) -> f64| {
            let bent_kw = points().map(|(load, efficiency)| of(0.01 * load * rating_kw, efficiency / best));
            let power_kw = points().map(|(load, _)| 0.01 * load * rating_kw);
            let nought = || core::iter::once(0.0);
            Line::new(nought().chain(power_kw).collect(), nought().chain(bent_kw).collect())
        };
        [bent(|kw, share| kw * share), bent(|kw, share| kw / share)]
    }
}
