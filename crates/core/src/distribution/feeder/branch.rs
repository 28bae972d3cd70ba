//! Equivalent circuits of lines, transformers and sources, per unit.
//!
//! # Model
//! One form for all: an ideal ratio n·e^{jφ} at the from end, then a π circuit of a series impedance z and a shunt
//! admittance at each end, all per unit on 1 MVA and the to bus's nominal voltage.
//! - Line: z = (r + jx)·l/p over the base impedance, shunts (g + j2πf·c)·l·p/2.
//! - Transformer: |z| = u_k, Re z = u_kr on its own rating, Im z with the sign of u_k; magnetising admittance with Re = iron loss and modulus =
//!   no-load current, in the middle (T, turned into π by the star–delta formula) or halved to both ends (π).
//!   n = (rated ratio with taps) over (nominal ratio of the buses), φ = the vector group's shift. These are pandapower's
//!   equations of its `trafo` element (documentation, "Electric Model", checked in tests against its results).
//! - Source: z = 1/S_k with r/x as given.

use super::complex::Complex;
use crate::distribution::network::{Line, Network, PowerTransformer, Side, TransformerCircuit, VoltageSource};

/// Base power, kVA.
pub(super) const BASE_KVA: f64 = 1000.0;

/// A two-port between two buses: see the module.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TwoPort {
    /// Voltage ratio at the from end.
    pub(super) ratio: f64,
    /// Lag of the to end, degrees.
    pub(super) shift_deg: f64,
    /// Series impedance.
    pub(super) z: Complex,
    /// Admittances at the two ends of the series impedance.
    pub(super) shunt: [Complex; 2],
}

/// Base impedance in Ω of a bus.
fn base_ohm(nominal_kv: f64) -> f64 {
    nominal_kv * nominal_kv * 1000.0 / BASE_KVA
}

impl TwoPort {
    pub(super) fn of_line(network: &Network, line: &Line) -> Self {
        let base_ohm = base_ohm(network.buses[line.from_bus].nominal_kv);
        let parallel = f64::from(line.parallel);
        let z = Complex::new(line.r_ohm_per_km, line.x_ohm_per_km).scale(line.length_km / parallel / base_ohm);
        let angular = 2.0 * core::f64::consts::PI * network.frequency_hz;
        let per_km = Complex::new(line.g_us_per_km * 1e-6, angular * line.c_nf_per_km * 1e-9);
        let half = per_km.scale(0.5 * line.length_km * parallel * base_ohm);
        Self { ratio: 1.0, shift_deg: 0.0, z, shunt: [half, half] }
    }

    pub(super) fn of_transformer(network: &Network, transformer: &PowerTransformer) -> Self {
        let (high, low) = (&network.buses[transformer.high_bus], &network.buses[transformer.low_bus]);
        let tapped = 1.0 + transformer.tap_position * transformer.tap_step_percent / 100.0;
        let (high_kv, low_kv) = match transformer.tap_side {
            Side::High => (transformer.high_kv * tapped, transformer.low_kv),
            Side::Low => (transformer.high_kv, transformer.low_kv * tapped),
        };
        let ratio = (high_kv / low_kv) / (high.nominal_kv / low.nominal_kv);
        let units = transformer.rated_kva * f64::from(transformer.parallel) / BASE_KVA;
        // From the transformer's own low-side base to that of the low bus.
        let base = (low_kv / low.nominal_kv) * (low_kv / low.nominal_kv);
        let (z_size, r) = (transformer.short_circuit_percent / 100.0, transformer.copper_loss_percent / 100.0);
        let x = libm::copysign(libm::sqrt((z_size * z_size - r * r).max(0.0)), z_size);
        let z = Complex::new(r, x).scale(base / units);
        let loss = transformer.iron_loss_kw / transformer.rated_kva;
        let size = transformer.no_load_percent / 100.0;
        let magnetising = Complex::new(loss, -libm::sqrt((size * size - loss * loss).max(0.0))).scale(units / base);
        let (z, shunt) = match transformer.circuit {
            _ if magnetising == Complex::ZERO => (z, [Complex::ZERO; 2]),
            TransformerCircuit::Pi => (z, [magnetising.scale(0.5); 2]),
            TransformerCircuit::T => {
                let (half, foot) = (z.scale(0.5), magnetising.reciprocal());
                let sum = half * half + (half * foot).scale(2.0);
                (sum / foot, [half / sum; 2])
            }
        };
        Self { ratio, shift_deg: transformer.shift_deg, z, shunt }
    }

    /// `None` for a source whose voltage no current moves.
    pub(super) fn of_source(source: &VoltageSource) -> Option<Self> {
        if source.short_circuit_kva == f64::INFINITY {
            return None;
        }
        let size = BASE_KVA / source.short_circuit_kva;
        let x = size / libm::sqrt(1.0 + source.r_to_x * source.r_to_x);
        let z = Complex::new(x * source.r_to_x, x);
        Some(Self { ratio: 1.0, shift_deg: 0.0, z, shunt: [Complex::ZERO; 2] })
    }
}
