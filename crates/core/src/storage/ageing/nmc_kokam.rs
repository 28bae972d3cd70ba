//! [`FadeModel::NmcKokam75Ah`](super::FadeModel).
//!
//! # Model
//! With τ = T/308.15 K and u = U/0.123 V: lithium lost at rest L_t = q₁·tᵖ over days, p = 0.357, q₁ the day's mean of
//! 2.66·10⁷·e^{−17.8/τ}·e^{−5.21u/τ}; in cycles L_c = q₃·Eᵖ over equivalent full cycles, p = 0.778,
//! q₃ = 3.80·10³·e^{−18.4/τ}·e^{1.04·e^{D²}}; active material lost L_a, a sigmoid of E with exponent 10 and half-way mark
//! q₅ = 10⁴ + 153·(T_C − 55)·D·s̄/0.6, from 10⁻⁸ when new. q = min(1 − L_t − L_c, 1.01 − L_a).
//! Resistance: R_t = 0.0570·q₁·t^{1.25}, R_c = 4.87·q₃·E^{0.712}, r = max(1 + R_t + R_c, −0.08 + 1.09/(1.01 − L_a)).
//! Source: Smith et al., American Control Conference 2017, constants as in NREL's BLAST-Lite 1.1 (BSD-3).

use super::anode::potential_v;
use super::day::DayUse;
use super::fade::Losses;
use super::trajectory::{power, sigmoid};

/// Losses of a new cell: the model's active material starts just off its sigmoid's end.
pub(super) const NEW: Losses = [0.0, 0.0, 1e-8, 0.0, 0.0];

pub(super) fn rest_rate(soc: f64, temperature_k: f64) -> f64 {
    let tau = temperature_k / 308.15;
    2.66e7 * libm::exp((-17.8 - 5.21 * potential_v(soc) / 0.123) / tau)
}

/// Losses: lithium at rest, lithium in cycles, active material; resistance gained at rest, in cycles.
pub(super) fn advance(losses: &mut Losses, capacity: f64, day: &DayUse) {
    let tau = day.temperature_k / 308.15;
    let cycles = capacity * day.full_cycles;
    let (q1, depth) = (day.rest_stress, day.depth);
    let q3 = 3.80e3 * libm::exp(-18.4 / tau + 1.04 * libm::exp(depth * depth));
    let q5 = 1e4 + 153.0 * (day.temperature_k - 273.15 - 55.0) * depth * (day.mean_soc / 0.6);
    losses[0] = power(losses[0], q1, 0.357, day.days);
    losses[1] = power(losses[1], q3, 0.778, cycles);
    losses[2] = sigmoid(losses[2], 1.0 / q5, 10.0, cycles);
    losses[3] = power(losses[3], 0.0570 * q1, 1.25, day.days);
    losses[4] = power(losses[4], 4.87 * q3, 0.712, cycles);
}

pub(super) fn capacity(losses: &Losses) -> f64 {
    f64::min(1.0 - losses[0] - losses[1], 1.01 - losses[2])
}

pub(super) fn resistance(losses: &Losses) -> f64 {
    let material = -0.08 + 1.09 / f64::max(1.01 - losses[2], 1e-3);
    f64::max(1.0 + losses[3] + losses[4], f64::max(material, 1.0))
}
