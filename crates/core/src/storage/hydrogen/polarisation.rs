//! Polarisation curves: the voltage of a cell against its current density.

use alloc::vec::Vec;

use crate::{Problem, Problems};

/// The voltage of an electrolyser's or a fuel cell's cell against its current density.
///
/// # Model
/// - [`Polarisation::PemElectrolyser`], at 80 °C: U = U₀ + R·T/(α_a·F)·asinh(j/2j_a) + R·T/(α_c·F)·asinh(j/2j_c) + j·δ/σ
///   with α_a = 2, α_c = 0.5, j_a = 4·10⁻⁷ and j_c = 4·10⁻³ A/cm², a membrane of δ = 0.0077 cm and σ by Springer's formula
///   (the cell of NREL's H2Integrate, which rates it at 2 A/cm², 1.9 V and 51 kWh/kg), U₀ = 1.229 V reversible at 30 bar.
/// - [`Polarisation::AlkalineElectrolyser`], at 80 °C and 7 bar: U = U₀ + r·j + s·log₁₀(t·j + 1), the PHOEBUS stack of
///   Ulleberg, *Int. J. Hydrogen Energy* 28 (2003) 21–33, with U₀ = 1.184 V, r = 6.445·10⁻⁵ Ω·m², s = 0.166 V and
///   t = 0.0651 m²/A, rated at 0.3 A/cm².
/// - [`Polarisation::PemFuelCell`], at 70 °C: U = 1.031 − j·r − A·ln(j) − m·e^(n·j) with r = 2.45·10⁻⁴ kΩ·cm², A = 0.03 V,
///   m = 2.11·10⁻⁵ V and n = 0.008 cm²/mA, j in mA/cm², rated at 0.6 A/cm² (Larminie and Dicks, *Fuel Cell Systems
///   Explained*, for Ballard's Mark V; r, A and n as other programs have them, the other two not checked against the book).
/// - [`Polarisation::Points`]: straight between the given points, level below the first; rated at the last.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Polarisation {
    /// A proton-exchange membrane that splits water.
    PemElectrolyser,
    /// A diaphragm in potash that splits water.
    AlkalineElectrolyser,
    /// A proton-exchange membrane that makes water.
    PemFuelCell,
    /// A measured curve of at least two points, current densities ascending: rising for an electrolyser, falling for a
    /// fuel cell.
    Points(Vec<PolarisationPoint>),
}

/// A point of a polarisation curve.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PolarisationPoint {
    /// Current density, A/cm², above 0.
    pub current_a_per_cm2: f64,
    /// Voltage of a cell, V, above 0 to 5.
    pub cell_v: f64,
}

impl Polarisation {
    /// Current density at the rating, A/cm².
    #[must_use]
    pub fn rated_a_per_cm2(&self) -> f64 {
        match self {
            Self::PemElectrolyser => 2.0,
            Self::AlkalineElectrolyser => 0.3,
            Self::PemFuelCell => 0.6,
            Self::Points(points) => points.last().map_or(1.0, |point| point.current_a_per_cm2),
        }
    }

    /// Voltage of a cell at a current density, V.
    #[must_use]
    pub fn cell_v(&self, current_a_per_cm2: f64) -> f64 {
        let j = current_a_per_cm2;
        match self {
            Self::PemElectrolyser => {
                const THERMAL_V: f64 = 8.314_462_618 * 353.15 / 96_485.332_12; // R·T/F
                let activation = |alpha: f64, exchange: f64| THERMAL_V / alpha * libm::asinh(j / (2.0 * exchange));
                // Springer: λ = 23.36 at 80 °C, so σ = 0.2116 S/cm.
                1.229 + activation(2.0, 4e-7) + activation(0.5, 4e-3) + j * 0.0077 / 0.211_577_4
            }
            Self::AlkalineElectrolyser => {
                let a_per_m2 = 1e4 * j;
                1.184 + 6.445e-5 * a_per_m2 + 0.166_06 * libm::log10(0.065_14 * a_per_m2 + 1.0)
            }
            Self::PemFuelCell => {
                let ma = (1e3 * j).max(1.0);
                1.031 - ma * 2.45e-4 - 0.03 * libm::log(ma) - 2.11e-5 * libm::exp(0.008 * ma)
            }
            Self::Points(points) => {
                let next = points.partition_point(|point| point.current_a_per_cm2 <= j).clamp(1, points.len() - 1);
                let (a, b) = (points[next - 1], points[next]);
                let share = (j - a.current_a_per_cm2) / (b.current_a_per_cm2 - a.current_a_per_cm2);
                a.cell_v + share.clamp(0.0, 1.0) * (b.cell_v - a.cell_v)
            }
        }
    }

    /// The share of the rated current at which the stack has a share of its rated DC power.
    pub(crate) fn current_at(&self, power: f64) -> f64 {
        let rated = self.rated_a_per_cm2();
        let rated_v = self.cell_v(rated);
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..50 {
            let middle: f64 = 0.5 * (low + high);
            if middle * self.cell_v(middle * rated) < power * rated_v {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    /// A curve of given points must be one: `rises` says which way.
    pub(crate) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>, rises: bool) {
        let Self::Points(points) = self else { return };
        if points.len() < 2 {
            let problem = Problem::new(field, "is no curve").value(alloc::format!("{} points", points.len()));
            return problems.push(problem.allowed("at least 2 points"));
        }
        for (i, point) in points.iter().enumerate() {
            problems.require_range(
                format_args!("{field}[{i}].current_a_per_cm2"),
                point.current_a_per_cm2,
                1e-6,
                100.0,
            );
            problems.require_range(format_args!("{field}[{i}].cell_v"), point.cell_v, 0.1, 5.0);
        }
        for (i, pair) in points.windows(2).enumerate() {
            let (a, b) = (pair[0], pair[1]);
            let wrong = |key: &str, value: f64, message: &str, allowed: alloc::string::String| {
                Problem::new(format_args!("{field}[{}].{key}", i + 1), message).value(value).allowed(allowed)
            };
            if b.current_a_per_cm2 <= a.current_a_per_cm2 {
                let above = alloc::format!("above {}", a.current_a_per_cm2);
                problems.push(wrong("current_a_per_cm2", b.current_a_per_cm2, "does not ascend", above));
            }
            if rises && b.cell_v < a.cell_v {
                let hint = "an electrolyser's cell needs more voltage for more current";
                let least = alloc::format!("at least {}", a.cell_v);
                problems.push(wrong("cell_v", b.cell_v, "falls", least).hint(hint));
            }
            if !rises && b.cell_v > a.cell_v {
                let hint = "a fuel cell's voltage falls with its current";
                let most = alloc::format!("at most {}", a.cell_v);
                problems.push(wrong("cell_v", b.cell_v, "rises", most).hint(hint));
            }
            if !rises && b.cell_v <= a.cell_v && b.cell_v * b.current_a_per_cm2 <= a.cell_v * a.current_a_per_cm2 {
                let hint = "end the curve where its power is greatest: that is the rating";
                let problem = wrong("cell_v", b.cell_v, "gives less power at more current", "more power".into());
                problems.push(problem.hint(hint));
            }
        }
    }

    pub(crate) fn hash(&self, mut number: impl FnMut(f64)) {
        match self {
            Self::PemElectrolyser => number(0.0),
            Self::AlkalineElectrolyser => number(1.0),
            Self::PemFuelCell => number(2.0),
            Self::Points(points) => points.iter().for_each(|point| {
                number(point.current_a_per_cm2);
                number(point.cell_v);
            }),
        }
    }
}

/// Faraday efficiency at a current density: f₂·j²/(f₁ + j²) with f₁ = 250 mA²/cm⁴ (Ulleberg 2003).
pub(crate) fn faraday(current_a_per_cm2: f64, at_high_current: f64) -> f64 {
    let squared = 1e6 * current_a_per_cm2 * current_a_per_cm2;
    at_high_current * squared / (250.0 + squared)
}

#[cfg(test)]
mod tests {
    use super::super::gas::KAH_PER_KG;
    use super::*;

    /// DC energy of a kilogram at a cell's voltage and Faraday efficiency, kWh.
    fn dc_kwh_per_kg(curve: &Polarisation, at_high_current: f64) -> f64 {
        let rated = curve.rated_a_per_cm2();
        KAH_PER_KG * curve.cell_v(rated) / faraday(rated, at_high_current)
    }

    /// NREL's H2Integrate gives its PEM cell 1.9 V and 51 kWh/kg at 2 A/cm²; Ulleberg's PHOEBUS cell has 1.757 V at 3000 A/m²
    /// and 80 °C by a second set of his constants (r₁ = 8.05·10⁻⁵, r₂ = −2.5·10⁻⁷, s = 0.185, t₁ = −0.1002, t₂ = 8.424,
    /// t₃ = 247.3). Within 1 %, what the two figures of each are rounded to.
    #[test]
    fn rated_cells_are_as_published() {
        let (pem, alkaline) = (Polarisation::PemElectrolyser, Polarisation::AlkalineElectrolyser);
        assert!((pem.cell_v(2.0) / 1.9 - 1.0).abs() < 0.01, "{}", pem.cell_v(2.0));
        assert!((dc_kwh_per_kg(&pem, 0.9909) / 51.0 - 1.0).abs() < 0.01);
        assert!((alkaline.cell_v(0.3) / 1.757 - 1.0).abs() < 0.002, "{}", alkaline.cell_v(0.3));
    }

    #[test]
    fn curves_are_monotone_and_inverted() {
        for curve in [Polarisation::PemElectrolyser, Polarisation::AlkalineElectrolyser, Polarisation::PemFuelCell] {
            let rated = curve.rated_a_per_cm2();
            let rises = curve.cell_v(rated) > curve.cell_v(0.5 * rated);
            assert_eq!(rises, curve != Polarisation::PemFuelCell);
            for x in [0.01, 0.2, 0.7, 1.0] {
                let power = x * curve.cell_v(x * rated) / curve.cell_v(rated);
                assert!((curve.current_at(power) - x).abs() < 1e-12, "{curve:?} {x}");
            }
        }
    }
}
