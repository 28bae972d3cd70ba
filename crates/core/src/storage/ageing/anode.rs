//! Potential of the graphite anode: what drives fade at rest.

/// Anode potential against lithium in V at a state of charge in [0, 1].
///
/// # Model
/// x = 0.0085 + soc·(0.78 − 0.0085), U = 0.6379 + 0.5416·e^{−305.5309x} + 0.044·tanh(−(x − 0.1958)/0.1088)
/// − 0.1978·tanh((x − 1.0571)/0.0854) − 0.6875·tanh((x + 0.0117)/0.0529) − 0.0175·tanh((x − 0.5692)/0.0875).
/// Source: Safari and Delacourt, J. Electrochem. Soc. 158 (2011) A562, as in BLAST-Lite.
pub(super) fn potential_v(soc: f64) -> f64 {
    let x = 8.5e-3 + soc * (0.78 - 8.5e-3);
    let tanh = libm::tanh;
    0.6379 + 0.5416 * libm::exp(-305.5309 * x) + 0.044 * tanh(-(x - 0.1958) / 0.1088)
        - 0.1978 * tanh((x - 1.0571) / 0.0854)
        - 0.6875 * tanh((x + 0.0117) / 0.0529)
        - 0.0175 * tanh((x - 0.5692) / 0.0875)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lithiated graphite stands near 0.09 V, empty graphite near 1 V, the plateau between them at 0.12 to 0.13 V: the
    /// model scales by 0.123 V, its potential at half charge.
    #[test]
    fn it_falls_from_empty_to_full_through_the_plateau() {
        assert!((potential_v(0.5) - 0.123).abs() < 2e-3, "{}", potential_v(0.5));
        assert!(potential_v(0.0) > 0.5 && (0.07..0.1).contains(&potential_v(1.0)), "{}", potential_v(1.0));
        let levels: alloc::vec::Vec<f64> = (0..=100).map(|i| potential_v(f64::from(i) / 100.0)).collect();
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1e-12));
    }
}
