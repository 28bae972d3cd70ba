//! An exponential decay over a step: what closed-form heat balances are made of.

/// Of a decay e^(−x) over a step, x at least 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decay {
    /// e^(−x): the share of the start that is left at the end.
    pub(super) kept: f64,
    /// φ = (1 − e^(−x)) / x: the share of the start that is there in the mean.
    pub(super) held: f64,
    /// ψ = (1 − φ) / x: the mean of what an inflow of 1 in the step builds up.
    pub(super) mean: f64,
}

impl Decay {
    pub(super) fn over(x: f64) -> Self {
        // Below this the terms left out of the series are below a rounding, and the quotients above lose digits.
        let (held, mean) = if x < 1e-4 {
            let held = 1.0 - x * (0.5 - x * (1.0 / 6.0 - x / 24.0));
            (held, 0.5 - x * (1.0 / 6.0 - x * (1.0 / 24.0 - x / 120.0)))
        } else {
            let held = -libm::expm1(-x) / x;
            (held, (1.0 - held) / x)
        };
        Self { kept: libm::exp(-x), held, mean }
    }
}
