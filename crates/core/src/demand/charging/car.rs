//! A kind of car: its pack, its charging curve and its on-board charger.

use alloc::string::String;
use alloc::vec::Vec;

use super::CurvePoint;
use crate::simulation::Fingerprint;
use crate::{Problem, Problems};

/// A kind of car, as sessions name it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Car {
    /// What reports call it.
    pub name: String,
    /// Energy of the full pack, kWh, 0.1 to 10 000.
    pub capacity_kwh: f64,
    /// Greatest power into the pack by state of charge, straight lines between at least two points from 0 to 1; above 0
    /// everywhere but at the last.
    pub curve: Vec<CurvePoint>,
    /// Voltage of the pack, V, 10 to 2000: with a charger's greatest direct current it gives a power.
    pub pack_v: f64,
    /// Greatest power of the on-board charger at its AC terminals, kW, at least 0.
    pub ac_max_kw: f64,
    /// Efficiency of the on-board charger on one phase by current, ascending; the last current is the greatest. Empty: it
    /// cannot charge on one phase.
    pub one_phase: Vec<CurrentEfficiency>,
    /// The same on three phases, and on two of them.
    pub three_phase: Vec<CurrentEfficiency>,
}

/// Efficiency of an on-board charger at a current.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CurrentEfficiency {
    /// Current in each phase, A.
    pub current_a: f64,
    /// Energy into the pack per energy at the AC terminals, 0.3 to 1.
    pub efficiency: f64,
}

impl Car {
    pub(crate) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        problems.require_range(format_args!("{field}.capacity_kwh"), self.capacity_kwh, 0.1, 1e4);
        problems.require_range(format_args!("{field}.pack_v"), self.pack_v, 10.0, 2000.0);
        problems.require_range(format_args!("{field}.ac_max_kw"), self.ac_max_kw, 0.0, 1e4);
        let ends = (self.curve.first().map(|point| point.soc), self.curve.last().map(|point| point.soc));
        let ascends = self.curve.windows(2).all(|pair| pair[0].soc < pair[1].soc);
        if ends != (Some(0.0), Some(1.0)) || !ascends {
            problems.push(
                Problem::new(format_args!("{field}.curve"), "does not ascend in state of charge from 0 to 1")
                    .hint("write at least two points, the first at soc 0, the last at soc 1"),
            );
        }
        for (i, point) in self.curve.iter().enumerate() {
            // At the last point the power may end.
            let least = if i + 1 == self.curve.len() { 0.0 } else { 1e-3 };
            problems.require_range(format_args!("{field}.curve[{i}].power_kw"), point.power_kw, least, 1e4);
        }
        for (name, list) in [("one_phase", &self.one_phase), ("three_phase", &self.three_phase)] {
            for (i, point) in list.iter().enumerate() {
                problems.require_range(format_args!("{field}.{name}[{i}].current_a"), point.current_a, 0.1, 1000.0);
                problems.require_range(format_args!("{field}.{name}[{i}].efficiency"), point.efficiency, 0.3, 1.0);
            }
            if list.windows(2).any(|pair| pair[0].current_a >= pair[1].current_a) {
                problems.push(Problem::new(format_args!("{field}.{name}"), "does not ascend in current"));
            }
        }
    }

    /// Adds everything that a run depends on, by destructuring: a field that is added is hashed or does not compile.
    pub(crate) fn hash(&self, hash: &mut Fingerprint) {
        let Self { name: _, capacity_kwh, curve, pack_v, ac_max_kw, one_phase, three_phase } = self;
        for number in [capacity_kwh, pack_v, ac_max_kw] {
            hash.number(*number);
        }
        hash.word(curve.len() as u64);
        for CurvePoint { soc, power_kw } in curve {
            hash.number(*soc);
            hash.number(*power_kw);
        }
        for list in [one_phase, three_phase] {
            hash.word(list.len() as u64);
            for CurrentEfficiency { current_a, efficiency } in list {
                hash.number(*current_a);
                hash.number(*efficiency);
            }
        }
    }
}
