//! The kinetic battery model: what cells can give depends on how fast they gave before.

use crate::Problems;
use crate::storage::BatteryStep;

/// The two wells of the kinetic battery model (KiBaM).
///
/// # Model
/// Manwell and McGowan, Solar Energy 50 (1993) 399: of the energy s an available well holds q₁, a bound one q₂; with the heads
/// h₁ = q₁/c and h₂ = q₂/(1 − c) energy flows from the bound to the available well at k·c·(1 − c)·(h₂ − h₁), and all that is
/// charged or discharged goes through the available one. The sum is that of the plain battery; the difference δ = h₁ − h₂
/// follows dδ/dt = −(k + λ)·δ + P/c, λ the leak, so that over a step with the flow P constant
/// `δ' = e^(−(k+λ)h)·δ + P/c·(1 − e^(−(k+λ)h))/(k + λ)`: exact at any step. The available well holds q₁ = c·(s + (1 − c)·δ).
/// Discharge is held to what leaves it 0 at the step's end, charge to what fills it, c·capacity; in between it never passes
/// either, as its head is monotone or bends towards them.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TwoWells {
    /// Share of the capacity in the available well, c, percent, 1 to 99.
    pub available_percent: f64,
    /// Rate at which the wells level out, k per hour, 1e-4 to 100.
    pub exchange_per_h: f64,
}

impl TwoWells {
    pub(super) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        problems.require_range(format_args!("{field}.available_percent"), self.available_percent, 1.0, 99.0);
        problems.require_range(format_args!("{field}.exchange_per_h"), self.exchange_per_h, 1e-4, 100.0);
    }
}

/// The numbers of [`TwoWells`] for one step length.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WellStep {
    /// 1 − c.
    bound: f64,
    /// e^(−(k+λ)h).
    kept: f64,
    /// Difference of heads per kWh that flows in over the step.
    raised: f64,
}

impl WellStep {
    pub(super) fn new(wells: &TwoWells, leak_per_h: f64, step_h: f64) -> Self {
        let available = 0.01 * wells.available_percent;
        let rate = (wells.exchange_per_h + leak_per_h) * step_h;
        Self { bound: 1.0 - available, kept: libm::exp(-rate), raised: -libm::expm1(-rate) / (rate * available) }
    }

    /// The flow out of the store and into it, kWh, that take the available well to its bottom and its top by the step's end;
    /// `kept_kwh` is what the leak leaves of the energy.
    pub(super) fn most_kwh(&self, battery: &BatteryStep, kept_kwh: f64, difference_kwh: f64, top_kwh: f64) -> [f64; 2] {
        let head_kwh = kept_kwh + self.bound * self.kept * difference_kwh;
        let per_kwh = battery.phi + self.bound * self.raised;
        [head_kwh / per_kwh, (top_kwh - head_kwh) / per_kwh]
    }

    /// The difference of heads at the step's end.
    pub(super) fn end_kwh(&self, difference_kwh: f64, change_kwh: f64) -> f64 {
        self.kept * difference_kwh + self.raised * change_kwh
    }
}
