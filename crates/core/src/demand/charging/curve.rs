//! A pack's charging power as a piecewise-linear function of its state of charge, advanced in closed form.
//!
//! # Model
//! On a piece the pack takes P(E) = P_a + k·(E − E_a), held to a ceiling c by the charger. Where the ceiling binds,
//! E grows by c·t. Where the pack binds, dE/dt = P gives dP/dt = k·P, so P(t) = P₀·e^{kt} and
//! E(t) = E₀ + P₀·(e^{kt} − 1)/k: exact at any step. It is the law of SpiceEV's charging curves, and ACN-Sim's two-stage
//! battery (`Linear2StageBattery`) is the case of one flat and one falling piece that ends at 0.
//!
//! The loop knows no exponentials: e^{kt} − 1 of halves, quarters, eighths … of a step is computed before it, and those of
//! the parts that make up a time are joined by (1 + a)(1 + b) − 1 = a + b + a·b, which keeps all digits of small numbers.

use alloc::vec::Vec;

use crate::simulation::lane::min;

/// A point of a pack's charging curve.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CurvePoint {
    /// State of charge, 0 to 1.
    pub soc: f64,
    /// Greatest power into the pack there, kW.
    pub power_kw: f64,
}

/// Powers of two up to which times are made up: steps from 2²³ down to 2⁻⁴⁸.
const WHOLE: usize = 24;
const FRACTIONS: usize = 48;
/// Where a single step stands in [`Piece::gains`].
const ONE: usize = WHOLE - 1;
/// A stand-in for what overflows; what it makes of a time is beyond every pack.
const HUGE: f64 = 1e300;

/// A charging curve of a pack of given capacity, ready for steps of given length. Energies are kWh in the pack.
///
/// # Examples
/// ```
/// use microgrid_core::demand::{ChargeCurve, CurvePoint};
///
/// // 50 kW up to 80 %, then falling in a straight line to nothing when full; 60 kWh, steps of an hour.
/// let points = [(0.0, 50.0), (0.8, 50.0), (1.0, 0.0)].map(|(soc, power_kw)| CurvePoint { soc, power_kw });
/// let curve = ChargeCurve::new(&points, 60.0, 1.0);
/// // Half an hour below the bend takes 25 kWh; twelve kWh from full it takes 12·(1 − e^(−50/12·½)).
/// assert_eq!(curve.charge_kwh(0.0, 60.0, 50.0, 0.5), 25.0);
/// let taken = curve.charge_kwh(48.0, 60.0, 50.0, 0.5) - 48.0;
/// assert!((taken - 12.0 * (1.0 - (-50.0_f64 / 24.0).exp())).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ChargeCurve {
    pieces: Vec<Piece>,
    step_h: f64,
}

#[derive(Debug, Clone, PartialEq)]
struct Piece {
    from_kwh: f64,
    to_kwh: f64,
    from_kw: f64,
    /// k.
    slope_per_h: f64,
    /// e^{kt} − 1 of 2²³ steps, half of that, and so on; empty where flat.
    gains: Vec<f64>,
}

impl ChargeCurve {
    /// From points that ascend in state of charge from 0 to 1, for steps of `step_h` hours.
    #[must_use]
    pub fn new(points: &[CurvePoint], capacity_kwh: f64, step_h: f64) -> Self {
        let piece = |pair: &[CurvePoint]| {
            let [from_kwh, to_kwh] = [pair[0].soc, pair[1].soc].map(|soc| soc * capacity_kwh);
            let slope_per_h = (pair[1].power_kw - pair[0].power_kw) / (to_kwh - from_kwh);
            let gain = |i: usize| min(libm::expm1(slope_per_h * step_h * libm::exp2(ONE as f64 - i as f64)), HUGE);
            let gains = if slope_per_h == 0.0 { Vec::new() } else { (0..WHOLE + FRACTIONS).map(gain).collect() };
            Piece { from_kwh, to_kwh, from_kw: pair[0].power_kw, slope_per_h, gains }
        };
        Self { pieces: points.windows(2).map(piece).collect(), step_h }
    }

    /// Of a pack that takes whatever it is given: of a car of which only the energy is known.
    pub(crate) fn unlimited(step_h: f64) -> Self {
        let (from_kwh, to_kwh, from_kw) = (f64::NEG_INFINITY, f64::INFINITY, f64::INFINITY);
        Self { pieces: alloc::vec![Piece { from_kwh, to_kwh, from_kw, slope_per_h: 0.0, gains: Vec::new() }], step_h }
    }

    /// Energy in the pack after `share` of a step (0 to 2²³) that begins with `stored_kwh`, where the charger gives at most
    /// `ceiling_kw` into the pack and stops at `until_kwh`.
    #[must_use]
    pub fn charge_kwh(&self, stored_kwh: f64, until_kwh: f64, ceiling_kw: f64, share: f64) -> f64 {
        let (mut stored_kwh, mut left) = (stored_kwh, share);
        if ceiling_kw.is_nan() || ceiling_kw <= 0.0 {
            return stored_kwh;
        }
        for piece in &self.pieces {
            if stored_kwh >= piece.to_kwh {
                continue;
            }
            let end_kwh = min(piece.to_kwh, until_kwh);
            if left <= 0.0 || stored_kwh >= end_kwh {
                break;
            }
            (stored_kwh, left) = piece.charge((stored_kwh, left), end_kwh, ceiling_kw, self.step_h);
        }
        stored_kwh
    }

    /// Hours that charging from `from_kwh` to `to_kwh` takes without a ceiling; infinite where the power ends before.
    #[must_use]
    pub fn hours(&self, from_kwh: f64, to_kwh: f64) -> f64 {
        let of_piece = |piece: &Piece| {
            let (from, to) = (from_kwh.max(piece.from_kwh), to_kwh.min(piece.to_kwh));
            match (from < to, piece.slope_per_h == 0.0) {
                (false, _) => 0.0,
                (true, true) => (to - from) / piece.from_kw,
                (true, false) => libm::log(piece.power_kw(to) / piece.power_kw(from)) / piece.slope_per_h,
            }
        };
        self.pieces.iter().map(of_piece).sum()
    }
}

/// Energy in the pack, and the part of a step that is left.
type At = (f64, f64);

impl Piece {
    fn power_kw(&self, stored_kwh: f64) -> f64 {
        self.from_kw + self.slope_per_h * (stored_kwh - self.from_kwh)
    }

    fn charge(&self, at: At, end_kwh: f64, ceiling_kw: f64, step_h: f64) -> At {
        if self.slope_per_h == 0.0 {
            return straight(at, end_kwh, min(ceiling_kw, self.from_kw) * step_h);
        }
        // Where the pack takes as much as the charger gives.
        let bend_kwh = min(self.from_kwh + (ceiling_kw - self.from_kw) / self.slope_per_h, end_kwh);
        if self.slope_per_h < 0.0 {
            self.follow(straight(at, bend_kwh, ceiling_kw * step_h), end_kwh)
        } else {
            straight(self.follow(at, bend_kwh), end_kwh, ceiling_kw * step_h)
        }
    }

    /// The pack binds.
    fn follow(&self, (stored_kwh, left): At, end_kwh: f64) -> At {
        let power_kw = self.power_kw(stored_kwh);
        if left <= 0.0 || stored_kwh >= end_kwh || power_kw <= 0.0 {
            return (stored_kwh, if stored_kwh >= end_kwh { left } else { 0.0 });
        }
        let reached_kwh = stored_kwh + power_kw * self.gain(left) / self.slope_per_h;
        if reached_kwh < end_kwh {
            return (reached_kwh, 0.0);
        }
        let needed = self.share_of_gain((self.power_kw(end_kwh) - power_kw) / power_kw);
        (end_kwh, if needed < left { left - needed } else { 0.0 })
    }

    /// e^{kt} − 1 of a share of a step.
    fn gain(&self, share: f64) -> f64 {
        if share == 1.0 {
            return self.gains[ONE];
        }
        let (first, mut bit) = if share > 1.0 { (0, (1_u32 << ONE) as f64) } else { (ONE + 1, 0.5) };
        let (mut gain, mut left) = (0.0, share);
        for part in &self.gains[first..] {
            if left >= bit {
                gain += part + gain * part;
                left -= bit;
                if left == 0.0 {
                    break;
                }
            }
            bit *= 0.5;
        }
        gain
    }

    /// The share of a step whose e^{kt} − 1 is `gain`, from below.
    fn share_of_gain(&self, gain: f64) -> f64 {
        let (mut share, mut reached, mut bit) = (0.0, 0.0, (1_u32 << ONE) as f64);
        for part in &self.gains {
            let next = reached + part + reached * part;
            let fits = if self.slope_per_h < 0.0 { next >= gain } else { next <= gain };
            if fits {
                (share, reached) = (share + bit, next);
            }
            bit *= 0.5;
        }
        share
    }
}

/// Charges with `per_step_kwh` a step.
fn straight((stored_kwh, left): At, end_kwh: f64, per_step_kwh: f64) -> At {
    if left <= 0.0 || stored_kwh >= end_kwh {
        return (stored_kwh, left);
    }
    let needed = (end_kwh - stored_kwh) / per_step_kwh;
    if needed < left { (end_kwh, left - needed) } else { (min(stored_kwh + per_step_kwh * left, end_kwh), 0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn points(list: &[(f64, f64)]) -> Vec<CurvePoint> {
        list.iter().map(|&(soc, power_kw)| CurvePoint { soc, power_kw }).collect()
    }

    /// Flat, falling to nothing, falling in steps of slope, and rising first.
    fn curves() -> [Vec<CurvePoint>; 4] {
        [
            points(&[(0.0, 11.0), (1.0, 11.0)]),
            points(&[(0.0, 50.0), (0.8, 50.0), (1.0, 0.0)]),
            points(&[(0.0, 170.0), (0.2, 170.0), (0.5, 100.0), (0.8, 60.0), (1.0, 3.0)]),
            points(&[(0.0, 40.0), (0.1, 90.0), (0.4, 90.0), (0.9, 20.0), (1.0, 20.0)]),
        ]
    }

    /// Mutation it catches: a step that uses the power at its start, a bend that is passed unseen.
    #[test]
    fn one_half_hour_is_as_long_as_1800_seconds() {
        for (i, points) in curves().iter().enumerate() {
            for ceiling_kw in [7.0, 45.0, 150.0] {
                for start in [0.0, 0.05, 0.15, 0.35, 0.6, 0.79, 0.95] {
                    let (long, short) =
                        (ChargeCurve::new(points, 57.5, 0.5), ChargeCurve::new(points, 57.5, 1.0 / 3600.0));
                    let whole = long.charge_kwh(start * 57.5, 57.5, ceiling_kw, 1.0);
                    let parts =
                        (0..1800).fold(start * 57.5, |stored, _| short.charge_kwh(stored, 57.5, ceiling_kw, 1.0));
                    assert!((whole - parts).abs() < 1e-9, "curve {i}, {ceiling_kw} kW from {start}: {whole} {parts}");
                }
            }
        }
    }

    /// ACN-Sim's `Linear2StageBattery.charge`, its formulas with other names: rates are shares of the pack a period.
    fn acn_two_stage(soc: f64, pilot_kw: f64, most_kw: f64, capacity_kwh: f64, hours: f64, bend: f64) -> f64 {
        let of_pilot = pilot_kw / capacity_kwh * hours;
        let of_pack = most_kw / capacity_kwh * hours;
        let rate = of_pilot.min(of_pack);
        let bend = bend + (rate - of_pack) / of_pack * (bend - 1.0);
        if soc >= bend {
            1.0 + (soc - 1.0) * (rate / (bend - 1.0)).exp()
        } else if rate <= bend - soc {
            soc + rate
        } else {
            1.0 + (bend - 1.0) * ((rate + soc - bend) / (bend - 1.0)).exp()
        }
    }

    proptest! {
        #[test]
        fn acn_sims_two_stages_are_a_case(
            soc in 0.0..0.999_f64, pilot_kw in 0.5..12.0_f64, capacity_kwh in 4.0..100.0_f64,
            minutes in prop::sample::select(&[1.0_f64, 5.0, 15.0, 60.0][..]), bend in 0.5..0.95_f64,
        ) {
            let points = points(&[(0.0, 6.656), (bend, 6.656), (1.0, 0.0)]);
            let curve = ChargeCurve::new(&points, capacity_kwh, minutes / 60.0);
            let ours = curve.charge_kwh(soc * capacity_kwh, capacity_kwh, pilot_kw, 1.0) / capacity_kwh;
            let theirs = acn_two_stage(soc, pilot_kw, 6.656, capacity_kwh, minutes / 60.0, bend);
            prop_assert!((ours - theirs).abs() < 1e-12, "{ours} {theirs}");
        }

        /// Never beyond the ceiling, the pack or the target, and two parts are the whole.
        #[test]
        fn parts_of_a_step_are_the_step(
            which in 0..4_usize, start in 0.0..1.0_f64, until in 0.0..1.0_f64, ceiling_kw in 0.1..200.0_f64,
            share in 0.0..1.0_f64, step_h in prop::sample::select(&[1.0 / 60.0, 0.25, 1.0][..]),
        ) {
            let curve = ChargeCurve::new(&curves()[which], 60.0, step_h);
            let (start, until) = (60.0 * start, 60.0 * until);
            let whole = curve.charge_kwh(start, until, ceiling_kw, 1.0);
            prop_assert!(whole >= start && (whole <= until || whole == start));
            prop_assert!(whole - start <= ceiling_kw * step_h * (1.0 + 1e-12) + 1e-12);
            let first = curve.charge_kwh(start, until, ceiling_kw, share);
            let both = curve.charge_kwh(first, until, ceiling_kw, 1.0 - share);
            prop_assert!((both - whole).abs() < 1e-9, "{both} {whole}");
        }

        #[test]
        fn many_steps_at_once_are_many_steps(which in 0..4_usize, start in 0.0..1.0_f64, steps in 1..40_u32) {
            let curve = ChargeCurve::new(&curves()[which], 60.0, 1.0 / 60.0);
            let one_by_one = (0..steps).fold(60.0 * start, |stored, _| curve.charge_kwh(stored, 60.0, 80.0, 1.0));
            let at_once = curve.charge_kwh(60.0 * start, 60.0, 80.0, f64::from(steps));
            prop_assert!((one_by_one - at_once).abs() < 1e-9);
        }
    }

    #[test]
    fn hours_are_what_charging_takes() {
        let curve = ChargeCurve::new(&curves()[2], 57.5, 1.0);
        let hours = curve.hours(0.1 * 57.5, 0.8 * 57.5);
        let reached = curve.charge_kwh(0.1 * 57.5, 57.5, f64::INFINITY, hours);
        assert!((reached - 0.8 * 57.5).abs() < 1e-9, "{hours} {reached}");
        assert_eq!(ChargeCurve::new(&curves()[1], 60.0, 1.0).hours(50.0, 60.0), f64::INFINITY);
    }
}
