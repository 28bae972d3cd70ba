//! From direct to alternating current.

/// Alternating-current power of an inverter in kW, at least 0 and at most `efficiency · rated_dc_kw`.
///
/// # Model
/// PVWatts (Dobos, NREL/TP-6A20-62641, 2014): with load `ζ = P_dc / P_dc0`,
/// `η = η_nom/0.9637 · (−0.0162 ζ − 0.0059/ζ + 0.9858)`, `P_ac = η P_dc`, clipped at `P_ac0 = η_nom P_dc0`. Below about
/// 0.6 % load the inverter's own consumption exceeds its input: it is off, and at night it draws nothing.
///
/// `rated_dc_kw` is P_dc0, `efficiency` is η_nom.
#[must_use]
pub fn pvwatts_kw(dc_kw: f64, rated_dc_kw: f64, efficiency: f64) -> f64 {
    let load = dc_kw / rated_dc_kw;
    let unclipped = efficiency / 0.9637 * rated_dc_kw * (load * (0.9858 - 0.0162 * load) - 0.0059);
    unclipped.clamp(0.0, efficiency * rated_dc_kw)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// pvlib 0.16.1 `inverter.pvwatts`, and the ends of the curve.
    #[test]
    fn published_points() {
        for (dc_kw, ac_kw) in [
            (0.0, 0.000000000),
            (0.3, 0.000000000),
            (1.0, 0.394119000),
            (5.0, 4.318306527),
            (20.0, 18.988017018),
            (50.0, 48.109577669),
            (80.0, 76.940657881),
            (99.0, 95.050099076),
            (105.0, 96.000000000),
            (150.0, 96.000000000),
        ] {
            assert!((pvwatts_kw(dc_kw, 100.0, 0.96) - ac_kw).abs() < 1e-6, "{dc_kw}");
        }
    }
}
