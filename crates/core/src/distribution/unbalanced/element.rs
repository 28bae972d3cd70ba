//! Primitive admittance matrices of lines, transformers, capacitors and the source, in siemens.

use alloc::vec;
use alloc::vec::Vec;

use super::super::feeder::complex::Complex;
use super::dense::{Dense, inverse, zeros};
use super::{NodePair, PhaseCapacitor, PhaseLine, PhaseSource, PhaseTransformer};

/// An element between terminals, `None` for earth.
#[derive(Debug, Clone)]
pub(super) struct Primitive {
    pub(super) terminals: Vec<Option<usize>>,
    pub(super) y: Dense,
}

impl Primitive {
    /// `None` where the series impedance has no inverse.
    pub(super) fn of_line(line: &PhaseLine, frequency_hz: f64) -> Option<Self> {
        let n = line.from.len();
        let z = |i: usize, j: usize| Complex::new(line.r_ohm[i][j], line.x_ohm[i][j]);
        let series = inverse((0..n).map(|i| (0..n).map(|j| z(i, j)).collect()).collect())?;
        let angular = 2.0 * core::f64::consts::PI * frequency_hz;
        let mut y = zeros(2 * n);
        for i in 0..n {
            for j in 0..n {
                let half = Complex::new(0.0, 0.5 * angular * line.c_nf[i][j] * 1e-9);
                for end in [0, n] {
                    y[end + i][end + j] = series[i][j] + half;
                    y[end + i][n - end + j] = -series[i][j];
                }
            }
        }
        let terminals = line.from.iter().chain(&line.to).map(|node| Some(*node)).collect();
        Some(Self { terminals, y })
    }

    /// `None` where the impedances have no inverse.
    pub(super) fn of_transformer(unit: &PhaseTransformer) -> Option<Self> {
        let coils = coil_admittance(unit)?;
        let (count, phases) = (unit.windings.len(), unit.windings[0].coils.len());
        let mut primitive = Self { terminals: Vec::new(), y: zeros(2 * count * phases) };
        for phase in 0..phases {
            let first = primitive.terminals.len();
            for (i, winding) in unit.windings.iter().enumerate() {
                primitive.terminals.extend(winding.coils[phase]);
                for j in 0..count {
                    let y = coils[i][j];
                    for (a, b, y) in [(0, 0, y), (1, 1, y), (0, 1, -y), (1, 0, -y)] {
                        primitive.y[first + 2 * i + a][first + 2 * j + b] = y;
                    }
                }
                let kva_per_coil = winding.rated_kva / phases as f64;
                let holds = 0.5e-6 * unit.anti_float_ppm * kva_per_coil * 1000.0 / (winding.coil_v * winding.coil_v);
                for end in [0, 1] {
                    let own = &mut primitive.y[first + 2 * i + end][first + 2 * i + end];
                    *own = *own + Complex::new(0.0, -holds);
                }
            }
        }
        Some(primitive)
    }

    pub(super) fn of_capacitor(capacitor: &PhaseCapacitor) -> Self {
        let susceptance =
            capacitor.given_kvar * 1000.0 / capacitor.parts.len() as f64 / (capacitor.rated_v * capacitor.rated_v);
        Self::of_parts(&capacitor.parts, Complex::new(0.0, susceptance))
    }

    /// The same admittance between the ends of each part.
    pub(super) fn of_parts(parts: &[NodePair], y: Complex) -> Self {
        let mut primitive = Self { terminals: Vec::new(), y: zeros(2 * parts.len()) };
        for (i, part) in parts.iter().enumerate() {
            primitive.terminals.extend(part);
            for (a, b, y) in [(0, 0, y), (1, 1, y), (0, 1, -y), (1, 0, -y)] {
                primitive.y[2 * i + a][2 * i + b] = y;
            }
        }
        primitive
    }

    /// The source's impedance, from its nodes to its voltages; `None` where it has no inverse.
    pub(super) fn of_source(source: &PhaseSource) -> Option<Self> {
        let [z1, z0] =
            [(source.r1_ohm, source.x1_ohm), (source.r0_ohm, source.x0_ohm)].map(|(r, x)| Complex::new(r, x));
        let n = source.nodes.len();
        let (own, mutual) = match n {
            1 => (z1, Complex::ZERO),
            _ => ((z1.scale(2.0) + z0).scale(1.0 / 3.0), (z0 - z1).scale(1.0 / 3.0)),
        };
        let z = (0..n).map(|i| (0..n).map(|j| if i == j { own } else { mutual }).collect()).collect();
        Some(Self { terminals: source.nodes.iter().map(|node| Some(*node)).collect(), y: inverse(z)? })
    }

    /// Currents into the terminals at their voltages, A.
    pub(super) fn currents(&self, voltages: &[Complex]) -> Vec<Complex> {
        let row = |row: &Vec<Complex>| row.iter().zip(voltages).fold(Complex::ZERO, |sum, (y, v)| sum + *y * *v);
        self.y.iter().map(row).collect()
    }
}

/// Admittances between the coils of a phase, siemens: currents into the coils from the voltages across them.
fn coil_admittance(unit: &PhaseTransformer) -> Option<Dense> {
    let windings = &unit.windings;
    let (count, phases) = (windings.len(), windings[0].coils.len() as f64);
    let rating_va = windings[0].rated_kva * 1000.0 / phases;
    // Impedances seen from the first coil with another, or between two others, shorted: ohm at one volt.
    let between = |i: usize, j: usize| {
        let x = unit.reactance_percent[if (i, j) == (0, 1) { 0 } else { i + j - 1 }];
        let r = windings[i].resistance_percent + windings[j].resistance_percent;
        Complex::new(r / 100.0, x / 100.0).scale(1.0 / rating_va)
    };
    let n = count - 1;
    let mut z = zeros(n);
    for i in 0..n {
        for j in 0..n {
            // The resistance that two paths share is the first coil's.
            z[i][j] = match i == j {
                true => between(0, i + 1),
                false => {
                    let (low, high) = (i.min(j) + 1, i.max(j) + 1);
                    (between(0, i + 1) + between(0, j + 1) - between(low, high)).scale(0.5)
                }
            };
        }
    }
    let y = inverse(z)?;
    // The first coil's current balances the others' ampere-turns.
    let mut at_one_volt = zeros(count);
    for i in 0..n {
        for j in 0..n {
            let y = y[i][j];
            at_one_volt[i + 1][j + 1] = at_one_volt[i + 1][j + 1] + y;
            at_one_volt[0][j + 1] = at_one_volt[0][j + 1] - y;
            at_one_volt[i + 1][0] = at_one_volt[i + 1][0] - y;
            at_one_volt[0][0] = at_one_volt[0][0] + y;
        }
    }
    let magnetising = Complex::new(unit.no_load_loss_percent / 100.0, -unit.magnetising_percent / 100.0);
    let last = &mut at_one_volt[count - 1][count - 1];
    *last = *last + magnetising.scale(rating_va);
    let volts: Vec<f64> = windings.iter().map(|winding| winding.coil_v * winding.tap_ratio).collect();
    let mut referred = vec![vec![Complex::ZERO; count]; count];
    for i in 0..count {
        for j in 0..count {
            referred[i][j] = at_one_volt[i][j].scale(1.0 / (volts[i] * volts[j]));
        }
    }
    Some(referred)
}
