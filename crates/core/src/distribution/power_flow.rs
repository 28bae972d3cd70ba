//! What a power flow is asked and what it answers: voltages, currents and losses of a [`Feeder`](super::Feeder).
//!
//! Powers are of all three phases, voltages per unit of the bus's nominal line-to-line voltage. A branch's powers point
//! into it at both ends, so that they add up to its loss.

use alloc::vec::Vec;

/// How exactly a flow is solved.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FlowSettings {
    /// Largest change of a voltage's real or imaginary part between two sweeps that counts as settled, per unit; 1e-6 by
    /// default, which is 0.4 mV on 400 V.
    pub tolerance_pu: f64,
    /// Sweeps after which Newton's method is tried; 100 by default.
    pub sweeps_max: u32,
}

impl Default for FlowSettings {
    fn default() -> Self {
        Self { tolerance_pu: 1e-6, sweeps_max: 100 }
    }
}

/// How a flow ended.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum FlowStatus {
    /// The fixed point settled after so many sweeps.
    Settled {
        /// Sweeps, the closing one not counted.
        sweeps: u32,
    },
    /// Newton's method found the voltages where the fixed point did not settle: the network is near its limit, or many
    /// generators hold voltages.
    ByNewton,
    /// No voltages were found: the network cannot carry these powers, as far as the methods can tell.
    Diverged {
        /// The bus with the largest mismatch between asked and delivered power.
        worst_bus: usize,
        /// That mismatch, kVA; not a number where the voltages are none.
        residual_kva: f64,
    },
}

/// A bus's voltage.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BusVoltage {
    /// Magnitude, per unit of nominal; 0 where no source reaches the bus.
    pub voltage_pu: f64,
    /// Angle, degrees, in (−180, 180].
    pub angle_deg: f64,
}

/// What flows through a line or a transformer.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BranchFlow {
    /// Active power into it at its from end (a transformer's high side), kW.
    pub from_kw: f64,
    /// Reactive power into it there, kvar.
    pub from_kvar: f64,
    /// Active power into it at its to end (a transformer's low side), kW.
    pub to_kw: f64,
    /// Reactive power into it there, kvar.
    pub to_kvar: f64,
    /// Current at the from end, A per phase.
    pub from_a: f64,
    /// Current at the to end, A per phase.
    pub to_a: f64,
    /// The larger end current over its rating, percent; 0 where there is no rating.
    pub loading_percent: f64,
    /// What it loses, kW: the sum of both ends.
    pub loss_kw: f64,
}

/// A complex power.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Power {
    /// Active power, kW.
    pub power_kw: f64,
    /// Reactive power, kvar.
    pub reactive_kvar: f64,
}

/// A power flow. Lists are in the network's order.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Flow {
    /// How it ended.
    pub status: FlowStatus,
    /// Voltage of each bus.
    pub buses: Vec<BusVoltage>,
    /// Flow of each line.
    pub lines: Vec<BranchFlow>,
    /// Flow of each transformer.
    pub transformers: Vec<BranchFlow>,
    /// Flow through each switch from its bus into what it connects; `None` where it is not determined, in a loop of
    /// closed switches.
    pub switches: Vec<Option<Power>>,
    /// Delivered to each load.
    pub loads: Vec<Power>,
    /// Drawn by each shunt.
    pub shunts: Vec<Power>,
    /// Given by each source at its bus.
    pub sources: Vec<Power>,
    /// Given by each generator.
    pub generators: Vec<Power>,
    /// Losses of lines and transformers, kW.
    pub loss_kw: f64,
    /// Sum over loads of the size of asked less delivered power, kVA: what the tolerance left.
    pub mismatch_kva: f64,
    /// Active power asked where no source reaches, kW.
    pub unserved_kw: f64,
}

impl Flow {
    /// Whether voltages were found.
    #[must_use]
    pub fn has_converged(&self) -> bool {
        !matches!(self.status, FlowStatus::Diverged { .. })
    }

    /// What Kirchhoff's laws leave over: sources and generators less loads, shunts and losses, kW. Rounding, if the flow
    /// converged.
    #[must_use]
    pub fn residual_kw(&self) -> f64 {
        let sum = |list: &[Power]| list.iter().map(|power| power.power_kw).sum::<f64>();
        sum(&self.sources) + sum(&self.generators) - sum(&self.loads) - sum(&self.shunts) - self.loss_kw
    }

    /// The bus of lowest voltage among those that a source reaches.
    #[must_use]
    pub fn lowest_bus(&self) -> Option<usize> {
        let live = self.buses.iter().enumerate().filter(|(_, bus)| bus.voltage_pu > 0.0);
        live.min_by(|a, b| a.1.voltage_pu.total_cmp(&b.1.voltage_pu)).map(|(bus, _)| bus)
    }
}

/// What a step of a series says of its flow.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FlowSummary {
    /// How it ended.
    pub status: FlowStatus,
    /// Losses of lines and transformers, kW.
    pub loss_kw: f64,
    /// Active power that sources give, kW.
    pub source_kw: f64,
    /// Reactive power that sources give, kvar.
    pub source_kvar: f64,
    /// Lowest voltage, per unit, and its bus.
    pub lowest_pu: f64,
    /// The bus of the lowest voltage.
    pub lowest_bus: usize,
    /// Highest voltage, per unit.
    pub highest_pu: f64,
    /// The bus of the highest voltage.
    pub highest_bus: usize,
    /// Greatest loading of a line or transformer, percent of its rating.
    pub greatest_loading_percent: f64,
}
