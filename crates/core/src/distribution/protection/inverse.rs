//! Inverse-time overcurrent (ANSI 51): the standards' curves, and a relay's setting of one.

use alloc::format;

use crate::{Problem, Problems};

/// A family of curves; a relay chooses its pick-up and a multiplier.
///
/// # Model
/// t = TM · (k / (M^α − 1) + c) for a multiple M > 1 of the pick-up, with the multiplier TM (IEC 60255-151:2009; IEEE Std
/// C37.112-2018). Below it an electromechanical relay, or one that imitates it, runs back in t_r = TM · t_0 / (1 − M²)
/// from full travel (C37.112); a static relay forgets at once, which is t_0 = 0.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct InverseCurve {
    /// k, s, above 0.
    pub k_s: f64,
    /// α, above 0.
    pub exponent: f64,
    /// c, s, at least 0.
    pub offset_s: f64,
    /// Time of a full reset without current at multiplier 1 (t_0), s, at least 0; 0 resets at once. It is a maker's
    /// figure, which the standards leave open.
    pub reset_s: f64,
}

/// A curve by its name in files.
type Named = (&'static str, InverseCurve);

const fn curve(k_s: f64, exponent: f64, offset_s: f64, reset_s: f64) -> InverseCurve {
    InverseCurve { k_s, exponent, offset_s, reset_s }
}

impl InverseCurve {
    /// IEC 60255-151 curve A, normal (standard) inverse; resets at once.
    pub const IEC_NORMAL: Self = curve(0.14, 0.02, 0.0, 0.0);
    /// IEC 60255-151 curve B, very inverse; resets at once.
    pub const IEC_VERY: Self = curve(13.5, 1.0, 0.0, 0.0);
    /// IEC 60255-151 curve C, extremely inverse; resets at once.
    pub const IEC_EXTREMELY: Self = curve(80.0, 2.0, 0.0, 0.0);
    /// Long-time inverse, as makers add it to IEC's; resets at once.
    pub const LONG_TIME: Self = curve(120.0, 1.0, 0.0, 0.0);
    /// Short-time inverse, as makers add it to IEC's; resets at once.
    pub const SHORT_TIME: Self = curve(0.05, 0.04, 0.0, 0.0);
    /// IEEE C37.112 moderately inverse; reset as the GE L90 relay's manual has it.
    pub const IEEE_MODERATELY: Self = curve(0.0515, 0.02, 0.114, 4.85);
    /// IEEE C37.112 very inverse; reset as the GE L90 relay's manual has it.
    pub const IEEE_VERY: Self = curve(19.61, 2.0, 0.491, 21.6);
    /// IEEE C37.112 extremely inverse; reset as the GE L90 relay's manual has it.
    pub const IEEE_EXTREMELY: Self = curve(28.2, 2.0, 0.1217, 29.1);

    /// Every named curve.
    pub const NAMED: [Named; 8] = [
        ("iec_normal_inverse", Self::IEC_NORMAL),
        ("iec_very_inverse", Self::IEC_VERY),
        ("iec_extremely_inverse", Self::IEC_EXTREMELY),
        ("long_time_inverse", Self::LONG_TIME),
        ("short_time_inverse", Self::SHORT_TIME),
        ("ieee_moderately_inverse", Self::IEEE_MODERATELY),
        ("ieee_very_inverse", Self::IEEE_VERY),
        ("ieee_extremely_inverse", Self::IEEE_EXTREMELY),
    ];

    /// Time to operate at a multiple of the pick-up and multiplier 1, s; infinite up to 1.
    #[must_use]
    pub fn operate_s(&self, multiple: f64) -> f64 {
        if multiple > 1.0 {
            self.k_s / (libm::pow(multiple, self.exponent) - 1.0) + self.offset_s
        } else {
            f64::INFINITY
        }
    }
}

/// An inverse-time element: a curve, as it is set.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct InverseTime {
    /// Its curve.
    pub curve: InverseCurve,
    /// Current above which it times, A, above 0.
    pub pick_up_a: f64,
    /// Factor on the curve's times (TM, TMS, time dial), above 0.
    pub time_multiplier: f64,
    /// Multiple of the pick-up beyond which the time falls no further, above 1; makers state 20 or 30.
    pub multiple_max: f64,
    /// Share of the pick-up below which it resets, above 0 and at most 1; in between it stays as it is.
    pub drop_out_ratio: f64,
}

impl InverseTime {
    /// The curve at a pick-up and a multiplier, up to 20 times the pick-up, resetting right below it.
    #[must_use]
    pub const fn new(curve: InverseCurve, pick_up_a: f64, time_multiplier: f64) -> Self {
        Self { curve, pick_up_a, time_multiplier, multiple_max: 20.0, drop_out_ratio: 1.0 }
    }

    /// Time to operate at a constant current, s.
    #[must_use]
    pub fn operate_s(&self, current_a: f64) -> f64 {
        let multiple = current_a / self.pick_up_a;
        self.time_multiplier
            * self.curve.operate_s(if multiple < self.multiple_max { multiple } else { self.multiple_max })
    }

    /// Time of a full reset at a constant current, s; infinite where it does not reset.
    #[must_use]
    pub fn reset_s(&self, current_a: f64) -> f64 {
        let multiple = current_a / self.pick_up_a;
        if multiple >= self.drop_out_ratio || multiple >= 1.0 {
            return f64::INFINITY;
        }
        self.time_multiplier * self.curve.reset_s / (1.0 - multiple * multiple)
    }

    pub(super) fn check(&self, field: &str, problems: &mut Problems) {
        problems.require_range(format!("{field}.curve.k_s"), self.curve.k_s, 1e-9, 1e6);
        problems.require_range(format!("{field}.curve.exponent"), self.curve.exponent, 1e-6, 20.0);
        problems.require_range(format!("{field}.curve.offset_s"), self.curve.offset_s, 0.0, 1e6);
        problems.require_range(format!("{field}.curve.reset_s"), self.curve.reset_s, 0.0, 1e6);
        problems.require_range(format!("{field}.pick_up_a"), self.pick_up_a, 1e-6, 1e9);
        problems.require_range(format!("{field}.time_multiplier"), self.time_multiplier, 1e-6, 1e3);
        problems.require_range(format!("{field}.multiple_max"), self.multiple_max, 1.0 + 1e-9, 1e6);
        if !(self.drop_out_ratio > 0.0 && self.drop_out_ratio <= 1.0) {
            let problem = Problem::new(format!("{field}.drop_out_ratio"), "is out of range").value(self.drop_out_ratio);
            problems.push(problem.allowed("above 0, at most 1"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At five times the pick-up and a multiplier of 0.1: 0.4280, 0.3375 and 0.3333 s.
    #[test]
    fn iec_curves_at_five_times_the_pick_up() {
        for (curve, expected) in [
            (InverseCurve::IEC_NORMAL, 0.4280),
            (InverseCurve::IEC_VERY, 0.3375),
            (InverseCurve::IEC_EXTREMELY, 0.3333),
        ] {
            let found = InverseTime::new(curve, 100.0, 0.1).operate_s(500.0);
            assert!((found - expected).abs() < 5e-5, "{found} {expected}");
        }
    }

    /// The trip-time table of a maker's manual (GE L90, table 5-29), each figure to half a millisecond.
    #[test]
    fn ieee_curves_are_a_maker_s_table() {
        let multiples = [1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0];
        let tables = [
            (InverseCurve::IEEE_EXTREMELY, [22.682, 9.522, 3.647, 2.002, 1.297, 0.927, 0.709, 0.569, 0.474, 0.407]),
            (InverseCurve::IEEE_VERY, [16.179, 7.028, 2.942, 1.798, 1.308, 1.051, 0.900, 0.802, 0.736, 0.689]),
            (InverseCurve::IEEE_MODERATELY, [6.439, 3.803, 2.432, 1.946, 1.688, 1.526, 1.412, 1.327, 1.260, 1.207]),
        ];
        for (curve, times) in tables {
            for (multiple, expected) in multiples.iter().zip(times) {
                let found = curve.operate_s(*multiple);
                assert!((found - expected).abs() <= 0.0005 + 1e-9, "{curve:?} at {multiple}: {found} {expected}");
            }
        }
    }

    #[test]
    fn the_curve_stops_at_its_greatest_multiple_and_resets_below_drop_out() {
        let relay = InverseTime { drop_out_ratio: 0.95, ..InverseTime::new(InverseCurve::IEEE_VERY, 10.0, 2.0) };
        assert_eq!(relay.operate_s(200.0), relay.operate_s(5000.0));
        assert_eq!(relay.operate_s(10.0), f64::INFINITY);
        assert_eq!(relay.reset_s(9.7), f64::INFINITY);
        assert!((relay.reset_s(0.0) - 2.0 * 21.6).abs() < 1e-12);
        assert!((relay.reset_s(5.0) - 2.0 * 21.6 / 0.75).abs() < 1e-12);
    }
}
