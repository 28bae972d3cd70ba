//! A building's heat between air, mass and outdoors, in closed form.

use super::super::decay::Decay;
use super::{Building, ThermalMass};

/// The linear system of one or two temperatures over a step, as matrices: with x the temperatures of air and mass, and b what heats
/// each, in kelvin per hour, x' = A·x + b with b constant in the step, so
/// - at the end x(h) = Φ·x + Ψ·b, with Φ = e^(A·h) and Ψ = ∫₀ʰ e^(A·s) ds,
/// - in the mean x̄ = (Ψ·x + Ξ·b)/h, with Ξ = ∫₀ʰ Ψ(s) ds.
///
/// The eigenvalues of A are real and apart, so that a function of A is f(λ₁)·I + (f(λ₁) − f(λ₂))/(λ₁ − λ₂)·(A − λ₁·I).
#[derive(Debug, Clone)]
pub(super) struct Thermal {
    end: Matrix,
    gained_h: Matrix,
    gained_twice_h2: Matrix,
    step_h: f64,
    pub(super) loss_kw_per_c: f64,
    pub(super) air_kwh_per_c: f64,
    /// 0 where the building is one node.
    pub(super) mass_kwh_per_c: f64,
    gains_to_mass: f64,
}

type Matrix = [[f64; 2]; 2];

/// Temperatures of air and mass, °C.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Temperatures {
    pub(super) air_c: f64,
    pub(super) mass_c: f64,
}

/// What surrounds the building in a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings {
    pub(super) outdoor_c: f64,
    pub(super) gains_kw: f64,
}

impl Thermal {
    pub(super) fn new(building: &Building, step_h: f64) -> Self {
        let Building { loss_kw_per_c: loss, air_kwh_per_c: air, .. } = *building;
        let with = |[end, gained_h, gained_twice_h2]: [Matrix; 3], mass_kwh_per_c, gains_to_mass| Self {
            end,
            gained_h,
            gained_twice_h2,
            step_h,
            loss_kw_per_c: loss,
            air_kwh_per_c: air,
            mass_kwh_per_c,
            gains_to_mass,
        };
        let Some(ThermalMass { heat_kwh_per_c: mass, coupling_kw_per_c: coupling, gains_percent }) = building.mass
        else {
            // One node: what stands for the mass keeps its temperature and moves nothing.
            let of_air = |f: f64, rest: f64| [[f, 0.0], [0.0, rest]];
            let [kept, held, mean] = of_eigenvalue(-loss / air, step_h);
            return with([of_air(kept, 1.0), of_air(held, step_h), of_air(mean, 0.5 * step_h * step_h)], 0.0, 0.0);
        };
        let a = [[-(loss + coupling) / air, coupling / air], [coupling / mass, -coupling / mass]];
        let (half_trace, determinant) = (0.5 * (a[0][0] + a[1][1]), loss * coupling / (air * mass));
        let root = libm::sqrt(0.25 * (a[0][0] - a[1][1]) * (a[0][0] - a[1][1]) + a[0][1] * a[1][0]);
        // The slower eigenvalue from their product: as a sum it would lose its digits.
        let fast = half_trace - root;
        let slow = determinant / fast;
        let (of_fast, of_slow) = (of_eigenvalue(fast, step_h), of_eigenvalue(slow, step_h));
        let matrix = |i: usize| {
            let slope = (of_fast[i] - of_slow[i]) / (fast - slow);
            // From the slow eigenvalue on: most of what lasts is there.
            [
                [of_slow[i] + slope * (a[0][0] - slow), slope * a[0][1]],
                [slope * a[1][0], of_slow[i] + slope * (a[1][1] - slow)],
            ]
        };
        with([matrix(0), matrix(1), matrix(2)], mass, gains_percent / 100.0)
    }

    /// What heats air and mass with `heat_kw` given to the air, K/h.
    fn heating(&self, at: &Surroundings, heat_kw: f64) -> [f64; 2] {
        let to_mass_kw = self.gains_to_mass * at.gains_kw;
        let air_kw = self.loss_kw_per_c * at.outdoor_c + (at.gains_kw - to_mass_kw) + heat_kw;
        let mass = if self.mass_kwh_per_c > 0.0 { to_mass_kw / self.mass_kwh_per_c } else { 0.0 };
        [air_kw / self.air_kwh_per_c, mass]
    }

    /// Temperatures at the step's end, and the air's in the mean.
    pub(super) fn step(&self, from: &Temperatures, at: &Surroundings, heat_kw: f64) -> (Temperatures, f64) {
        let b = self.heating(at, heat_kw);
        let of = |matrix: &Matrix, x: &[f64; 2], row: usize| matrix[row][0] * x[0] + matrix[row][1] * x[1];
        let x = [from.air_c, from.mass_c];
        let end = [0, 1].map(|row| of(&self.end, &x, row) + of(&self.gained_h, &b, row));
        let mean_air_c = (of(&self.gained_h, &x, 0) + of(&self.gained_twice_h2, &b, 0)) / self.step_h;
        (Temperatures { air_c: end[0], mass_c: end[1] }, mean_air_c)
    }

    /// The heat to the air that takes it from `end_c` without heat to `target_c` at the step's end, kW; negative to cool.
    pub(super) fn heat_to(&self, target_c: f64, end_c: f64) -> f64 {
        (target_c - end_c) * self.air_kwh_per_c / self.gained_h[0][0]
    }

    /// Heat in air and mass beyond that at 0 °C, kWh.
    pub(super) fn stored_kwh(&self, at: &Temperatures) -> f64 {
        self.air_kwh_per_c * at.air_c + self.mass_kwh_per_c * at.mass_c
    }
}

/// e^(λh), its integral over the step, and the integral of that, of an eigenvalue λ of at most 0.
fn of_eigenvalue(lambda_per_h: f64, step_h: f64) -> [f64; 3] {
    let Decay { kept, held, mean } = Decay::over(-lambda_per_h * step_h);
    [kept, held * step_h, mean * step_h * step_h]
}
