//! What a distribution network consists of: buses, lines, transformers, switches, shunts, sources, generators and loads.
//!
//! Plain data with public fields; [`Feeder::compile`](super::Feeder::compile) checks it and makes what solves. Elements name
//! their buses by index into [`Network::buses`]. Balanced three-phase: one phase stands for three, voltages are line to
//! line, powers are of all three phases.

use alloc::string::String;
use alloc::vec::Vec;

/// A distribution network at rest: what is there and which switch is open.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Network {
    /// What reports call it.
    pub name: String,
    /// System frequency, Hz, 1 to 1000; lines' charging depends on it.
    pub frequency_hz: f64,
    /// The places where elements meet.
    pub buses: Vec<Bus>,
    /// Overhead lines and cables.
    pub lines: Vec<Line>,
    /// Two-winding transformers.
    pub transformers: Vec<PowerTransformer>,
    /// Switches between buses, or between a bus and the end of a line or transformer.
    pub switches: Vec<Switch>,
    /// Capacitors and reactors.
    pub shunts: Vec<Shunt>,
    /// What forms the voltage.
    pub sources: Vec<VoltageSource>,
    /// Generators that hold the voltage of their bus.
    pub generators: Vec<Generator>,
    /// What draws power.
    pub loads: Vec<LoadPoint>,
}

impl Network {
    /// A network of 50 Hz without any element.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            frequency_hz: 50.0,
            buses: Vec::new(),
            lines: Vec::new(),
            transformers: Vec::new(),
            switches: Vec::new(),
            shunts: Vec::new(),
            sources: Vec::new(),
            generators: Vec::new(),
            loads: Vec::new(),
        }
    }
}

/// A bus.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Bus {
    /// What reports call it.
    pub name: String,
    /// Nominal line-to-line voltage, kV, above 0; the unit of its per-unit voltage.
    pub nominal_kv: f64,
}

/// A line or cable: series impedance with half of the charging at each end (π circuit).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Line {
    /// What reports call it.
    pub name: String,
    /// Bus at one end.
    pub from_bus: usize,
    /// Bus at the other end, of the same nominal voltage.
    pub to_bus: usize,
    /// Length, km, above 0.
    pub length_km: f64,
    /// Resistance, Ω/km, at least 0.
    pub r_ohm_per_km: f64,
    /// Reactance, Ω/km; negative for a series capacitor. Not 0 together with the resistance.
    pub x_ohm_per_km: f64,
    /// Capacitance, nF/km, at least 0.
    pub c_nf_per_km: f64,
    /// Leakage conductance, µS/km, at least 0.
    pub g_us_per_km: f64,
    /// Rated current of one circuit, A, above 0; infinite where not known.
    pub ampacity_a: f64,
    /// Equal circuits in parallel, at least 1.
    pub parallel: u32,
    /// Whether it is in service.
    pub in_service: bool,
}

/// A two-winding transformer.
///
/// Series impedance from the short-circuit voltage, magnetising branch from no-load current and loss, an ideal ratio on
/// the high side with the vector group's phase shift.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PowerTransformer {
    /// What reports call it.
    pub name: String,
    /// Bus of the high-voltage winding.
    pub high_bus: usize,
    /// Bus of the low-voltage winding.
    pub low_bus: usize,
    /// Rated apparent power of one unit, kVA, above 0.
    pub rated_kva: f64,
    /// Rated voltage of the high winding, kV, above 0.
    pub high_kv: f64,
    /// Rated voltage of the low winding, kV, above 0.
    pub low_kv: f64,
    /// Short-circuit voltage u_k, percent of rated, not 0. Negative only for a leg of a three-winding transformer's star,
    /// whose reactance may be.
    pub short_circuit_percent: f64,
    /// Its resistive part u_kr (copper loss at rated current), percent, at most `short_circuit_percent` in size; negative
    /// only for a leg of a star.
    pub copper_loss_percent: f64,
    /// No-load current, percent of rated, at least the current of the iron loss.
    pub no_load_percent: f64,
    /// Iron loss, kW, at least 0.
    pub iron_loss_kw: f64,
    /// Lag of the low side behind the high side, degrees: clock number × 30, and what a phase shifter adds.
    pub shift_deg: f64,
    /// Where the taps are.
    pub tap_side: Side,
    /// Tap steps from neutral; positive raises the voltage rating of the tapped side.
    pub tap_position: f64,
    /// Voltage of one step, percent of the tapped side's rating.
    pub tap_step_percent: f64,
    /// Equal units in parallel, at least 1.
    pub parallel: u32,
    /// How the magnetising branch is placed.
    pub circuit: TransformerCircuit,
    /// Whether it is in service.
    pub in_service: bool,
}

/// A side of a transformer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Side {
    /// The winding of the higher voltage.
    #[default]
    High,
    /// The winding of the lower voltage.
    Low,
}

/// Where a transformer's magnetising branch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum TransformerCircuit {
    /// In the middle of the series impedance, as pandapower's default.
    #[default]
    T,
    /// One half at each end, as power-grid-model.
    Pi,
}

/// A switch of no impedance: closed it joins, open it parts.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Switch {
    /// What reports call it.
    pub name: String,
    /// The bus at which it stands.
    pub bus: usize,
    /// What it connects to that bus.
    pub element: SwitchedElement,
    /// Whether it is closed.
    pub is_closed: bool,
}

/// What a switch connects to its bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum SwitchedElement {
    /// Another bus.
    Bus(usize),
    /// The end of a line at this bus.
    Line(usize),
    /// The winding of a transformer at this bus.
    Transformer(usize),
}

/// A constant admittance at a bus.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Shunt {
    /// What reports call it.
    pub name: String,
    /// Its bus.
    pub bus: usize,
    /// Active power drawn at the bus's nominal voltage, kW.
    pub power_kw: f64,
    /// Reactive power drawn at nominal voltage, kvar; a capacitor's is negative.
    pub reactive_kvar: f64,
}

/// A voltage behind an impedance: the utility grid, a grid-forming inverter or genset.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct VoltageSource {
    /// What reports call it.
    pub name: String,
    /// Its bus.
    pub bus: usize,
    /// Voltage behind the impedance, per unit of the bus's nominal voltage, 0.5 to 1.5.
    pub voltage_pu: f64,
    /// Its angle, degrees.
    pub angle_deg: f64,
    /// Short-circuit power at nominal voltage, kVA, above 0; infinite for a voltage that no current moves.
    pub short_circuit_kva: f64,
    /// Ratio of resistance to reactance of the impedance, at least 0.
    pub r_to_x: f64,
}

/// A generator that gives a power and holds the voltage of its bus with whatever reactive power that takes.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Generator {
    /// What reports call it.
    pub name: String,
    /// Its bus.
    pub bus: usize,
    /// Active power given, kW.
    pub power_kw: f64,
    /// Voltage held, per unit, 0.5 to 1.5.
    pub voltage_pu: f64,
}

/// What draws power at a bus; a plant that gives power draws a negative one.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LoadPoint {
    /// What reports call it.
    pub name: String,
    /// Its bus.
    pub bus: usize,
    /// Active power drawn at nominal voltage, kW.
    pub power_kw: f64,
    /// Reactive power drawn at nominal voltage, kvar.
    pub reactive_kvar: f64,
    /// How the active power follows the voltage.
    pub active: VoltageDependence,
    /// How the reactive power follows the voltage.
    pub reactive: VoltageDependence,
}

/// Shares of a power that follow the voltage (ZIP): with v in per unit, share of constant current × v, of constant
/// impedance × v², the rest constant.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct VoltageDependence {
    /// Share of constant current, 0 to 1.
    pub constant_current: f64,
    /// Share of constant impedance, 0 to 1; together at most 1.
    pub constant_impedance: f64,
}

impl LoadPoint {
    /// A load of constant power.
    #[must_use]
    pub fn new(name: impl Into<String>, bus: usize, power_kw: f64, reactive_kvar: f64) -> Self {
        Self {
            name: name.into(),
            bus,
            power_kw,
            reactive_kvar,
            active: VoltageDependence::default(),
            reactive: VoltageDependence::default(),
        }
    }
}
