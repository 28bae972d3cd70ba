//! [`FadeModel::LfpPrismatic250Ah`](super::FadeModel).
//!
//! # Model
//! q = 1 − L_t − L_c. L_t = k·tᵖ over days t, p = 0.526, k the day's mean of 8.37·10⁴·e^{−5210/T}·e^{−3560·U/T};
//! L_c = k·Eᵖ over equivalent full cycles E, p = 0.828, k = (4.38·10⁻⁸ + 1.55·10⁻⁸·D + 1.68·10⁻⁷·C)·(e^{2190/T} +
//! e^{−155000/T}). T in K, U the anode's potential in V, D the day's depth, C its mean
//! rate per h, rest counting as 0.
//! Source: Gasper et al., J. Energy Storage 73 (2023) 109042, constants as in NREL's BLAST-Lite 1.1 (BSD-3).

use super::anode::potential_v;
use super::day::DayUse;
use super::fade::Losses;
use super::trajectory::power;

pub(super) fn rest_rate(soc: f64, temperature_k: f64) -> f64 {
    8.37e4 * libm::exp((-5.21e3 - 3.56e3 * potential_v(soc)) / temperature_k)
}

/// Losses: at rest, in cycles.
pub(super) fn advance(losses: &mut Losses, capacity: f64, day: &DayUse) {
    let t = day.temperature_k;
    let rate = capacity * day.mean_rate_per_h;
    let cycle_rate =
        (4.38e-8 + 1.55e-8 * day.depth + 1.68e-7 * rate) * (libm::exp(2.19e3 / t) + libm::exp(-1.55e5 / t));
    losses[0] = power(losses[0], day.rest_stress, 0.526, day.days);
    losses[1] = power(losses[1], cycle_rate, 0.828, capacity * day.full_cycles);
}
