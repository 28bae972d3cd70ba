//! Three-phase unbalanced networks, conductor by conductor.
//!
//! [`PhaseNetwork`] is plain data: nodes (one conductor of a bus each), lines with impedance matrices, transformers as coils
//! with ratios, capacitors, loads between nodes, and one source. [`PhaseFeeder::compile`] makes what solves its flows.
//!
//! # Model
//! Each element is a primitive admittance matrix over its terminals, and the network's matrix is their sum (nodal analysis;
//! as OpenDSS does it, Dugan, *Reference Guide: The Open Distribution System Simulator*). Earth is the reference.
//! - Line: (R + jX)⁻¹ between its ends, half of jωC at each.
//! - Transformer: for each phase the coils' admittances, 1/(Σr + jx) on the rating of a coil of the first winding, referred by
//!   rated voltage × tap; three coils by the star of their three reactances. Magnetising admittance at the last coil. Delta,
//!   wye and open delta are where coils are connected. To keep delta windings from floating, each end of a coil has half of
//!   −j·`anti_float_ppm`·10⁻⁶·S/V² to earth.
//! - Source: three voltages behind the matrix of its sequence impedances.
//! - Load: constant power, current, impedance or shares of them (ZIP) between two nodes; below `voltage_least_pu` and above
//!   `voltage_greatest_pu` of its rating a constant impedance, continuous there.
//!
//! Loads at rated voltage are part of the matrix as impedances, which is factored once; the rest of their current is
//! injected, from the last voltages, until no voltage moves by more than the tolerance. As in the balanced feeder the sweep
//! after that is the result, so that Kirchhoff's laws close to rounding, of which an
//! impedance near 0 makes the more.
//!
//! Not modelled: transformer saturation, harmonics, controls (taps are held).

mod compile;
mod dense;
mod element;
mod load;
mod report;

use alloc::string::String;
use alloc::vec::Vec;

pub use compile::PhaseFeeder;
pub use report::{PhaseBranch, PhaseElement, PhaseFlow, PhaseSummary, PhaseTerminal, PhaseVoltage};

use super::VoltageDependence;

/// A three-phase network at rest.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PhaseNetwork {
    /// What reports call it.
    pub name: String,
    /// System frequency, Hz, 1 to 1000.
    pub frequency_hz: f64,
    /// Conductors of buses.
    pub nodes: Vec<PhaseNode>,
    /// What forms the voltage.
    pub source: PhaseSource,
    /// Lines and cables.
    pub lines: Vec<PhaseLine>,
    /// Transformers and regulators.
    pub transformers: Vec<PhaseTransformer>,
    /// Capacitors.
    pub capacitors: Vec<PhaseCapacitor>,
    /// What draws power.
    pub loads: Vec<PhaseLoad>,
}

/// A conductor of a bus.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PhaseNode {
    /// Name of the bus.
    pub bus: String,
    /// Number of the conductor at the bus, from 1 on.
    pub phase: u32,
    /// Nominal voltage to earth, V, above 0: the unit of its per-unit voltage.
    pub nominal_v: f64,
}

/// Two ends of a coil, capacitor or load: nodes, or earth (`None`).
pub type NodePair = [Option<usize>; 2];

/// Three-phase voltages behind sequence impedances; with one node a single voltage behind the positive one.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PhaseSource {
    /// What reports call it.
    pub name: String,
    /// Its nodes, one or three.
    pub nodes: Vec<usize>,
    /// Voltage to earth behind the impedance, V, above 0.
    pub voltage_v: f64,
    /// Angle of the first phase, degrees; each next lags by 120.
    pub angle_deg: f64,
    /// Positive-sequence resistance, at least 0.
    pub r1_ohm: f64,
    /// Positive-sequence reactance; not 0 together with the resistance.
    pub x1_ohm: f64,
    /// Zero-sequence resistance, at least 0.
    pub r0_ohm: f64,
    /// Zero-sequence reactance; not 0 together with the resistance.
    pub x0_ohm: f64,
}

/// A line or cable: total matrices over its conductors.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PhaseLine {
    /// What reports call it.
    pub name: String,
    /// Node of each conductor at one end.
    pub from: Vec<usize>,
    /// Node of each conductor at the other end.
    pub to: Vec<usize>,
    /// Series resistance matrix, Ω, symmetric.
    pub r_ohm: Vec<Vec<f64>>,
    /// Series reactance matrix, Ω, symmetric.
    pub x_ohm: Vec<Vec<f64>>,
    /// Capacitance matrix, nF, symmetric; half at each end.
    pub c_nf: Vec<Vec<f64>>,
    /// Rated current, A, above 0; infinite where not known.
    pub ampacity_a: f64,
}

/// A transformer of two or three windings.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PhaseTransformer {
    /// What reports call it.
    pub name: String,
    /// Its windings, two or three, of as many coils each.
    pub windings: Vec<PhaseWinding>,
    /// Reactances between windings, percent of the first winding's rating: first–second; with three windings also
    /// first–third and second–third.
    pub reactance_percent: Vec<f64>,
    /// Loss without load, percent of the first winding's rating, at least 0.
    pub no_load_loss_percent: f64,
    /// Magnetising current, percent, at least 0.
    pub magnetising_percent: f64,
    /// Admittance to earth of each coil, millionths of its rating, at least 0: keeps windings in delta from floating; 1 is
    /// usual.
    pub anti_float_ppm: f64,
}

/// A winding: the coils of its phases.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PhaseWinding {
    /// Ends of each phase's coil.
    pub coils: Vec<NodePair>,
    /// Rated voltage of a coil, V, above 0.
    pub coil_v: f64,
    /// Rated power of all coils together, kVA, above 0.
    pub rated_kva: f64,
    /// Resistance, percent of the first winding's rating, at least 0.
    pub resistance_percent: f64,
    /// Tap: actual over rated voltage, 0.5 to 1.5.
    pub tap_ratio: f64,
}

/// A capacitor bank: equal parts between nodes.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PhaseCapacitor {
    /// What reports call it.
    pub name: String,
    /// Where its parts are connected.
    pub parts: Vec<NodePair>,
    /// Rated voltage of a part, V, above 0.
    pub rated_v: f64,
    /// Reactive power that all parts give together at rated voltage, kvar.
    pub given_kvar: f64,
}

/// A load: equal parts between nodes.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PhaseLoad {
    /// What reports call it.
    pub name: String,
    /// Where its parts are connected.
    pub parts: Vec<NodePair>,
    /// Rated voltage of a part, V, above 0.
    pub rated_v: f64,
    /// Active power of all parts together at rated voltage, kW.
    pub power_kw: f64,
    /// Reactive power of all parts together at rated voltage, kvar.
    pub reactive_kvar: f64,
    /// How the active power follows the voltage.
    pub active: VoltageDependence,
    /// How the reactive power follows the voltage.
    pub reactive: VoltageDependence,
    /// Below this voltage, per unit of rated, it is a constant impedance; 0 for never.
    pub voltage_least_pu: f64,
    /// Above this voltage, per unit of rated, it is a constant impedance; infinite for never.
    pub voltage_greatest_pu: f64,
}
