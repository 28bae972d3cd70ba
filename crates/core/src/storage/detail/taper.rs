//! Power that falls towards a full or an empty battery.

use alloc::vec::Vec;

use super::check_points;
use crate::Problems;

/// A share of a power limit by state of charge: linear between its points, held beyond them.
///
/// # Model
/// Along the limit the state of charge follows ds/dt = ±ρ·f(s), f the share and ρ the rate at the full limit, piecewise
/// exponential in time. What the limit lets through in a step is the mean along that course, so that a battery that
/// follows it is the same at any step length; it is tabulated over 257 states of charge before the run, linear between
/// them, within 2·10⁻⁴ of the limit. The state of charge is a share of the capacity that is left; a leak within the step is
/// left out of the course.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PowerBySoc {
    /// States of charge, percent, rising, 0 to 100; 2 to 32 of them.
    pub soc_percent: Vec<f64>,
    /// Power at each, percent of the limit, 0 to 100.
    pub power_percent: Vec<f64>,
}

impl PowerBySoc {
    pub(super) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        let socs = ("soc_percent", &*self.soc_percent, [0.0, 100.0]);
        check_points(problems, field, socs, ("power_percent", &self.power_percent), 2);
    }

    /// The share at a state of charge, with its slope and the end of its straight piece in the direction of `up`. Beyond its
    /// points it goes on, and the window is what ends a course.
    fn piece(&self, soc: f64, up: bool) -> (f64, f64, f64) {
        let (x, y) = (|i: usize| 0.01 * self.soc_percent[i], |i: usize| 0.01 * self.power_percent[i]);
        let last = self.soc_percent.len() - 1;
        // The first point beyond; where a piece ends the next one counts.
        let right = (0..=last).find(|&i| if up { x(i) > soc } else { x(i) >= soc });
        match right {
            Some(0) => (y(0), 0.0, if up { x(0) } else { f64::NEG_INFINITY }),
            None => (y(last), 0.0, if up { f64::INFINITY } else { x(last) }),
            Some(i) => {
                let slope = (y(i) - y(i - 1)) / (x(i) - x(i - 1));
                (y(i - 1) + slope * (soc - x(i - 1)), slope, if up { x(i) } else { x(i - 1) })
            }
        }
    }

    /// Where the limit takes a state of charge in `h` hours at `rate_per_h` of the full limit.
    fn end(&self, mut soc: f64, up: bool, rate_per_h: f64, mut h: f64) -> f64 {
        let sign = if up { 1.0 } else { -1.0 };
        for _ in 0..=self.soc_percent.len() + 1 {
            let (share, slope, end) = self.piece(soc, up);
            if share <= 0.0 {
                return soc;
            }
            // Growth of the share in time: d(share)/dt = sign·rate·slope·share.
            let growth = sign * rate_per_h * slope;
            let needed_h = if slope == 0.0 {
                sign * (end - soc) / (rate_per_h * share)
            } else {
                let share_at_end = share + slope * (end - soc);
                if share_at_end <= 1e-12 { f64::INFINITY } else { libm::log(share_at_end / share) / growth }
            };
            if needed_h > h {
                let moved =
                    if slope == 0.0 { sign * rate_per_h * share * h } else { share * libm::expm1(growth * h) / slope };
                return soc + moved;
            }
            (soc, h) = (end, h - needed_h);
        }
        soc
    }
}

const PARTS: usize = 256;

/// The mean share along the limit over one step, by state of charge at its start.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TaperTable {
    taper: PowerBySoc,
    up: bool,
    share: Vec<f64>,
}

impl TaperTable {
    pub(super) fn new(taper: &PowerBySoc, up: bool) -> Self {
        Self { taper: taper.clone(), up, share: alloc::vec![0.0; PARTS + 1] }
    }

    /// Tabulates for a store that moves at `rate_per_h` of its capacity at the full limit, over a step of `h` hours.
    pub(super) fn fill(&mut self, rate_per_h: f64, h: f64) {
        let most = rate_per_h * h;
        for (i, share) in self.share.iter_mut().enumerate() {
            let soc = i as f64 / PARTS as f64;
            let moved = (self.taper.end(soc, self.up, rate_per_h, h) - soc).abs();
            // What does not move at all has the limit of the instant.
            *share = if most > 0.0 { moved / most } else { self.taper.piece(soc, self.up).0 };
        }
    }

    pub(super) fn at(&self, soc: f64) -> f64 {
        let place = soc.clamp(0.0, 1.0) * PARTS as f64;
        let knot = (place as usize).min(PARTS - 1);
        self.share[knot] + (place - knot as f64) * (self.share[knot + 1] - self.share[knot])
    }
}
