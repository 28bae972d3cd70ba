//! How a loss grows along its trajectory, exactly: the age at which the trajectory of today's rate has the present loss is
//! found, the window's stress is added, and the trajectory is read there. So a rate that does not change gives the same
//! loss in one window or in many, which Euler steps do not (+0.5 % in ten years of monthly steps).
//!
//! Source: the trajectories of NREL's BLAST-Lite 1.1 (Gasper et al.; BSD-3), whose own updates are Euler steps.

/// Loss after `change` more of y = k·xᵖ, from the present loss y. At a rate of 0 nothing changes.
pub(super) fn power(loss: f64, rate: f64, exponent: f64, change: f64) -> f64 {
    if !(rate > 0.0 && change > 0.0) {
        return loss;
    }
    let age = if loss > 0.0 { libm::pow(loss / rate, 1.0 / exponent) } else { 0.0 };
    rate * libm::pow(age + change, exponent)
}

/// Loss after `change` more of y = 2·(½ − 1/(1 + e^{(kx)ᵖ})) = tanh((kx)ᵖ/2), from the present loss y below 1.
pub(super) fn sigmoid(loss: f64, rate: f64, exponent: f64, change: f64) -> f64 {
    if !(rate > 0.0 && change > 0.0 && loss < 1.0) {
        return loss;
    }
    let turned = libm::log1p(2.0 * loss / (1.0 - loss));
    let age = libm::pow(turned, 1.0 / exponent);
    libm::tanh(0.5 * libm::pow(age + rate * change, exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mutation it catches: an Euler step, the exponent for its inverse, the change without the rate.
    #[test]
    fn many_windows_are_one() {
        type Law = fn(f64, f64, f64, f64) -> f64;
        let laws: [(Law, f64, f64, f64); 3] =
            [(power, 2e-3, 0.526, 0.0), (power, 4e-4, 1.25, 0.0), (sigmoid, 1e-4, 10.0, 1e-8)];
        for (law, rate, exponent, start) in laws {
            let whole = law(start, rate, exponent, 3650.0);
            let mut parts = start;
            for day in 0..3650 {
                parts = law(parts, rate, exponent, if day % 2 == 0 { 0.5 } else { 1.5 });
            }
            assert!((parts - whole).abs() <= 1e-9 * whole, "{parts} {whole}");
        }
    }

    #[test]
    fn each_is_its_own_trajectory() {
        assert!((power(0.0, 2e-3, 0.526, 100.0) - 2e-3 * libm::pow(100.0, 0.526)).abs() < 1e-15);
        let expected = 2.0 * (0.5 - 1.0 / (1.0 + libm::exp(libm::pow(0.9, 10.0))));
        assert!((sigmoid(0.0, 1e-3, 10.0, 900.0) - expected).abs() < 1e-15);
        assert_eq!(power(0.1, 0.0, 0.5, 1.0), 0.1);
        assert_eq!(power(0.1, 1.0, 0.5, 0.0), 0.1);
    }
}
