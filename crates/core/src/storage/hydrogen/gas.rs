//! Hydrogen as a gas: heating values, density, and the work of compressing it.
//!
//! # Model
//! Compressibility by Lemmon, Huber and Leachman, *Revised Standardized Equation for Hydrogen Gas Densities for Fuel
//! Consumption Applications*, J. Res. Natl. Inst. Stand. Technol. 113 (2008) 341–350:
//! Z(p, T) = 1 + Σ aᵢ·(100 K/T)^bᵢ·(p/1 MPa)^cᵢ, good to 0.01 % from 220 K up and to 70 MPa; the density is
//! ρ = p·M/(Z·R·T). At 15 °C it gives 24.0 g/L at 350 bar and 40.2 g/L at 700 bar.
//!
//! Compression as in HDSAM (Argonne National Laboratory): N stages with cooling between them, each of a pressure ratio of
//! at most 2.1, of a gas with γ = 1.41. A kilogram takes
//! w = Z̄·R·T/M·N·γ/(γ − 1)·((p₂/p₁)^((γ − 1)/(N·γ)) − 1)/η, Z̄ the mean of Z at the two pressures.

/// Lower heating value, kWh/kg. A normal cubic metre is 1/11.126 kg, and 3.00 kWh.
pub(crate) const LHV_KWH_PER_KG: f64 = 33.33;
/// Charge that makes or uses a kilogram, kA·h: 2·F/M, so also the kWh that a kilogram takes for each volt of a cell.
pub(crate) const KAH_PER_KG: f64 = 2.0 * 96_485.332_12 / (MOLAR_KG_PER_MOL * 3.6e6);

const MOLAR_KG_PER_MOL: f64 = 2.015_88e-3;
const GAS_J_PER_MOL_K: f64 = 8.314_472;
const GAMMA: f64 = 1.41;
const MOST_STAGE_RATIO: f64 = 2.1;

#[expect(clippy::approx_constant, reason = "an exponent of the correlation, not a circle's")]
const TERMS: [[f64; 3]; 9] = [
    [0.058_884_60, 1.325, 1.0],
    [-0.061_361_11, 1.87, 1.0],
    [-0.002_650_473, 2.5, 2.0],
    [0.002_731_125, 2.8, 2.0],
    [0.001_802_374, 2.938, 2.42],
    [-0.001_150_707, 3.14, 2.63],
    [0.958_852_8e-4, 3.37, 3.0],
    [-0.110_904_0e-6, 3.75, 4.0],
    [0.126_440_3e-9, 4.0, 5.0],
];

/// The compressibility factor Z at `bar` and `kelvin`.
fn compressibility(bar: f64, kelvin: f64) -> f64 {
    let (p, t) = (bar / 10.0, 100.0 / kelvin);
    TERMS.iter().fold(1.0, |sum, [a, b, c]| sum + a * libm::pow(t, *b) * libm::pow(p, *c))
}

/// Density of hydrogen in kg/m³, which is also g/L, at an absolute pressure in bar, above 0, and a temperature in °C.
///
/// # Examples
/// ```
/// use microgrid_core::storage::hydrogen_density_kg_per_m3;
///
/// assert!((hydrogen_density_kg_per_m3(350.0, 15.0) - 24.0).abs() < 0.05);
/// assert!((hydrogen_density_kg_per_m3(700.0, 15.0) - 40.2).abs() < 0.05);
/// ```
#[must_use]
pub fn hydrogen_density_kg_per_m3(bar: f64, temperature_c: f64) -> f64 {
    let kelvin = temperature_c + 273.15;
    bar * 1e5 * MOLAR_KG_PER_MOL / (compressibility(bar, kelvin) * GAS_J_PER_MOL_K * kelvin)
}

/// The pressure at which hydrogen of `temperature_c` has a density, bar; between 0 and `most_bar`.
pub(crate) fn pressure_bar(density_kg_per_m3: f64, temperature_c: f64, most_bar: f64) -> f64 {
    let (mut low, mut high) = (0.0, most_bar);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if hydrogen_density_kg_per_m3(middle, temperature_c) < density_kg_per_m3 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Stages of a compressor that reaches `most_bar`.
pub(crate) fn stages(from_bar: f64, most_bar: f64) -> f64 {
    let ratio = (most_bar / from_bar).max(1.0);
    libm::ceil(libm::log(ratio) / libm::log(MOST_STAGE_RATIO) - 1e-9).max(1.0)
}

/// Work of compressing a kilogram by `stages` of `efficiency`, kWh; none where the pressure does not rise.
pub(crate) fn compression_kwh_per_kg(
    (from_bar, to_bar): (f64, f64),
    temperature_c: f64,
    stages: f64,
    efficiency: f64,
) -> f64 {
    if to_bar <= from_bar {
        return 0.0;
    }
    let kelvin = temperature_c + 273.15;
    let z = 0.5 * (compressibility(from_bar, kelvin) + compressibility(to_bar, kelvin));
    let rise = libm::pow(to_bar / from_bar, (GAMMA - 1.0) / (GAMMA * stages)) - 1.0;
    let j_per_kg = z * GAS_J_PER_MOL_K * kelvin / MOLAR_KG_PER_MOL * stages * GAMMA / (GAMMA - 1.0) * rise / efficiency;
    j_per_kg / 3.6e6
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Table 2 of the paper: Z to its last figure, and molar density in mol/L.
    #[test]
    fn densities_are_those_of_the_paper() {
        for (kelvin, mpa, z, mol_per_l) in [
            (200.0, 1.0, 1.006_754_50, 0.597_326_45),
            (300.0, 10.0, 1.059_852_82, 3.782_670_48),
            (400.0, 50.0, 1.243_047_63, 12.094_490_23),
            (500.0, 200.0, 1.744_616_29, 27.575_626_73),
            (200.0, 200.0, 2.859_534_49, 42.060_069_52),
        ] {
            assert!((compressibility(10.0 * mpa, kelvin) - z).abs() < 1e-8, "{kelvin} K, {mpa} MPa");
            let density = hydrogen_density_kg_per_m3(10.0 * mpa, kelvin - 273.15) / 2.015_88;
            assert!((density / mol_per_l - 1.0).abs() < 1e-8, "{kelvin} K, {mpa} MPa: {density}");
        }
    }

    #[test]
    fn pressure_is_the_inverse_of_density() {
        for bar in [1.0, 30.0, 200.0, 699.0] {
            let density = hydrogen_density_kg_per_m3(bar, 15.0);
            assert!((pressure_bar(density, 15.0, 1000.0) / bar - 1.0).abs() < 1e-12);
        }
    }

    /// Many stages tend to the isothermal work of an ideal gas, R·T/M·ln(p₂/p₁), where Z is 1.
    #[test]
    fn many_stages_compress_isothermally() {
        let work = compression_kwh_per_kg((1.0, 2.0), 25.0, 1e6, 1.0);
        let isothermal = GAS_J_PER_MOL_K * 298.15 / MOLAR_KG_PER_MOL * core::f64::consts::LN_2 / 3.6e6;
        assert!((work / isothermal - 1.0).abs() < 1e-3, "{work} {isothermal}");
        assert_eq!((stages(30.0, 350.0), stages(30.0, 20.0)), (4.0, 1.0));
        assert_eq!(compression_kwh_per_kg((30.0, 20.0), 25.0, 1.0, 0.8), 0.0);
    }
}
