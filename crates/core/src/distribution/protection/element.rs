//! The elements that devices are made of, and how their progress moves with time.

use alloc::format;

use super::{CurveTable, InverseTime, ThermalImage};
use crate::{Problem, Problems};

/// Definite time (ANSI 50, 50TD): trips when the current has been above its pick-up for a time; forgets at once.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DefiniteTime {
    /// Current above which it times, A, above 0.
    pub pick_up_a: f64,
    /// Time to trip, s, at least 0.
    pub delay_s: f64,
}

/// Constant energy, I²t: the long-time and sloped short-time protection of low-voltage breakers.
///
/// # Model
/// t = t_c · (I_c / I)² above the pick-up, and not less than a least time. A maker gives t_c at a current I_c: 6 I_r for the
/// long-time, 10 I_r for the short-time part of Schneider Electric's trip units.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ConstantEnergy {
    /// Current above which it times, A, above 0. IEC 60947-2 wants no trip at 1.05 and a trip at 1.30 times the setting.
    pub pick_up_a: f64,
    /// I_c, A, above 0.
    pub at_a: f64,
    /// t_c, s, above 0.
    pub at_s: f64,
    /// Least time, s, at least 0.
    pub least_s: f64,
    /// Time of a full reset below the pick-up, s, at least 0; 0 forgets at once.
    pub reset_s: f64,
}

impl ConstantEnergy {
    /// Time to operate at a constant current, s.
    #[must_use]
    pub fn operate_s(&self, current_a: f64) -> f64 {
        if current_a > self.pick_up_a {
            let ratio = self.at_a / current_a;
            let time_s = self.at_s * ratio * ratio;
            if time_s > self.least_s { time_s } else { self.least_s }
        } else {
            f64::INFINITY
        }
    }
}

/// What trips a device. Each holds a progress from 0 to 1, and trips at 1; a thermal image's progress is the image.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum TripElement {
    /// Inverse time, 51.
    InverseTime(InverseTime),
    /// Definite time, 50.
    DefiniteTime(DefiniteTime),
    /// I²t of a breaker.
    ConstantEnergy(ConstantEnergy),
    /// Thermal overload, 49.
    ThermalImage(ThermalImage),
    /// A curve by points: the melting of a fuse.
    Table(CurveTable),
}

impl TripElement {
    /// Least current that trips it in the end, A (not reached itself but by a table).
    #[must_use]
    pub fn pick_up_a(&self) -> f64 {
        match self {
            Self::InverseTime(element) => element.pick_up_a,
            Self::DefiniteTime(element) => element.pick_up_a,
            Self::ConstantEnergy(element) => element.pick_up_a,
            Self::ThermalImage(image) => image.overload_factor * image.rated_a,
            Self::Table(table) => table.least_a(),
        }
    }

    /// Time to trip at a constant current from no progress, s; infinite where it never trips.
    #[must_use]
    pub fn operate_s(&self, current_a: f64) -> f64 {
        match self {
            Self::InverseTime(element) => element.operate_s(current_a),
            Self::DefiniteTime(element) if current_a > element.pick_up_a => element.delay_s,
            Self::DefiniteTime(_) => f64::INFINITY,
            Self::ConstantEnergy(element) => element.operate_s(current_a),
            Self::ThermalImage(image) => image.left_s(0.0, current_a),
            Self::Table(table) => table.time_s(current_a),
        }
    }

    /// Time to trip at a constant current from a progress, s.
    #[must_use]
    pub fn left_s(&self, progress: f64, current_a: f64) -> f64 {
        if let Self::ThermalImage(image) = self {
            return image.left_s(progress, current_a);
        }
        let operate_s = self.operate_s(current_a);
        if operate_s == f64::INFINITY { f64::INFINITY } else { (1.0 - progress).max(0.0) * operate_s }
    }

    /// The progress after a time at a constant current: by the integral ∫dt/t(I), and back where it resets. It is 1 where
    /// [`TripElement::left_s`] is not longer.
    #[must_use]
    pub fn after(&self, progress: f64, current_a: f64, duration_s: f64) -> f64 {
        if let Self::ThermalImage(image) = self {
            return image.after(progress, current_a, duration_s);
        }
        let operate_s = self.operate_s(current_a);
        if operate_s < f64::INFINITY {
            let grown = if operate_s > 0.0 { progress + duration_s / operate_s } else { 1.0 };
            return if grown < 1.0 { grown } else { 1.0 };
        }
        let reset_s = match self {
            Self::InverseTime(element) => element.reset_s(current_a),
            Self::ConstantEnergy(element) => element.reset_s,
            Self::Table(table) => table.cooling_s,
            Self::DefiniteTime(_) | Self::ThermalImage(_) => 0.0,
        };
        match duration_s {
            0.0 => progress,
            _ if reset_s > 0.0 => (progress - duration_s / reset_s).max(0.0),
            _ => 0.0,
        }
    }

    pub(super) fn check(&self, field: &str, problems: &mut Problems) {
        match self {
            Self::InverseTime(element) => element.check(field, problems),
            Self::ThermalImage(image) => image.check(field, problems),
            Self::Table(table) => table.check(field, problems),
            Self::DefiniteTime(element) => {
                problems.require_range(format!("{field}.pick_up_a"), element.pick_up_a, 1e-6, 1e9);
                problems.require_range(format!("{field}.delay_s"), element.delay_s, 0.0, 1e6);
            }
            Self::ConstantEnergy(element) => {
                problems.require_range(format!("{field}.pick_up_a"), element.pick_up_a, 1e-6, 1e9);
                problems.require_range(format!("{field}.at_a"), element.at_a, 1e-6, 1e9);
                problems.require_range(format!("{field}.at_s"), element.at_s, 1e-6, 1e6);
                problems.require_range(format!("{field}.least_s"), element.least_s, 0.0, 1e6);
                problems.require_range(format!("{field}.reset_s"), element.reset_s, 0.0, 1e6);
                if element.at_a < element.pick_up_a {
                    let problem = Problem::new(format!("{field}.at_a"), "is below the pick-up").value(element.at_a);
                    problems.push(problem.allowed(format!("at least {}", element.pick_up_a)));
                }
            }
        }
    }
}
