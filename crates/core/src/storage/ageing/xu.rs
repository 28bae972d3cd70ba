//! [`FadeModel::Xu2018`](super::FadeModel).
//!
//! # Model
//! L = 1 − α·e^{−βf} − (1 − α)·e^{−f}, α = 0.0575, β = 121, with f = Σ n·S_δ·S_σ·S_T over rainflow cycles + ∫ S_t·S_σ·S_T dt:
//! S_δ = 1/(1.4·10⁵·δ^{−0.501} − 1.23·10⁵), S_σ = e^{1.04(σ − 0.5)}, S_T = e^{0.0693(T − T₀)·T₀/T} with T₀ = 298.15 K,
//! S_t = 4.14·10⁻¹⁰ per s. The cycle's mean state of charge is σ, and so is the day's mean at rest; a cycle counts at the
//! temperature of the day that closes it.
//! Source: Xu, Oudalov, Ulbig, Andersson, Kirschen, IEEE Trans. Smart Grid 9 (2018) 1131, table I (the fit to LMO cells).

use super::day::DayUse;
use super::fade::Losses;

fn soc_stress(soc: f64) -> f64 {
    libm::exp(1.04 * (soc - 0.5))
}

/// Stress of a whole cycle of depth δ in [0, 1] about a mean state of charge, at 25 °C; 0 for depth 0.
pub(super) fn cycle_stress(depth: f64, mean_soc: f64) -> f64 {
    if depth <= 0.0 {
        return 0.0;
    }
    soc_stress(mean_soc) / (1.4e5 * libm::pow(f64::min(depth, 1.0), -0.501) - 1.23e5)
}

/// Losses: the sum f.
pub(super) fn advance(losses: &mut Losses, day: &DayUse) {
    const T0: f64 = 298.15;
    let temperature = libm::exp(0.0693 * (day.temperature_k - T0) * T0 / day.temperature_k);
    let rest = 4.14e-10 * 86_400.0 * day.days * soc_stress(day.mean_soc);
    losses[0] += temperature * (day.cycle_stress + rest);
}

pub(super) fn capacity(losses: &Losses) -> f64 {
    const ALPHA: f64 = 5.75e-2;
    ALPHA * libm::exp(-121.0 * losses[0]) + (1.0 - ALPHA) * libm::exp(-losses[0])
}
