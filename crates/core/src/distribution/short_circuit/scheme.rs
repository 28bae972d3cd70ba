//! What a network is protected by, and what its power flow need not know: data.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::distribution::network::Network;
use crate::distribution::protection::{ProtectionDevice, TripTable};
use crate::{Problem, Problems};

/// Data of faults and protection beside a network. Places are indices into the network's lists.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Scheme {
    /// Tolerance of the voltage below 1 kV, percent: 6 or 10 (the default), which chooses the voltage factor c.
    pub low_voltage_tolerance_percent: f64,
    /// Temperature of conductors at the end of a fault, °C, 20 to 400, for the least currents; 80 by default.
    pub conductor_end_c: f64,
    /// Strength of voltage sources for faults, where it is another than for flows.
    pub sources: Vec<SourceStrength>,
    /// Synchronous machines: gensets.
    pub machines: Vec<SynchronousMachine>,
    /// Asynchronous motors.
    pub motors: Vec<Motor>,
    /// Inverters of storage and generation.
    pub inverters: Vec<FaultInverter>,
    /// Cross-sections of lines, for what they bear.
    pub conductors: Vec<Conductor>,
    /// Devices.
    pub devices: Vec<ProtectionDevice>,
}

impl Default for Scheme {
    /// Nothing beside the network, at 10 % tolerance and 80 °C.
    fn default() -> Self {
        Self {
            low_voltage_tolerance_percent: 10.0,
            conductor_end_c: 80.0,
            sources: Vec::new(),
            machines: Vec::new(),
            motors: Vec::new(),
            inverters: Vec::new(),
            conductors: Vec::new(),
            devices: Vec::new(),
        }
    }
}

/// How strong a voltage source is in a fault.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SourceStrength {
    /// The source.
    pub source: usize,
    /// Short-circuit power for the greatest currents, kVA, above 0.
    pub greatest_kva: f64,
    /// Short-circuit power for the least currents, kVA, above 0, at most the greatest.
    pub least_kva: f64,
    /// Resistance over reactance, for the greatest currents, at least 0.
    pub greatest_r_to_x: f64,
    /// Resistance over reactance, for the least currents, at least 0.
    pub least_r_to_x: f64,
    /// Whether it is the utility's and not there in an island; `true` for a source without this row.
    pub is_utility: bool,
}

/// A synchronous machine.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SynchronousMachine {
    /// What reports call it.
    pub name: String,
    /// Its bus.
    pub bus: usize,
    /// Rated apparent power, kVA, above 0.
    pub rated_kva: f64,
    /// Rated voltage, kV, above 0.
    pub rated_kv: f64,
    /// Subtransient reactance x_d″, percent of rated, 1 to 100.
    pub subtransient_percent: f64,
    /// Rated power factor, above 0, at most 1.
    pub power_factor: f64,
    /// Resistance over x_d″, at least 0; IEC 60909 takes 0.15 below 1 kV, 0.07 for smaller machines above.
    pub r_to_x: f64,
}

/// An asynchronous motor, or several at a bus.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Motor {
    /// What reports call it.
    pub name: String,
    /// Its bus.
    pub bus: usize,
    /// Rated apparent power, kVA, above 0.
    pub rated_kva: f64,
    /// Rated voltage, kV, above 0.
    pub rated_kv: f64,
    /// Locked-rotor current over rated current, 1 to 20.
    pub locked_rotor_ratio: f64,
    /// Resistance over reactance, at least 0; IEC 60909 takes 0.42 for groups of low-voltage motors with their cables.
    pub r_to_x: f64,
}

/// An inverter, a source of limited current.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FaultInverter {
    /// What reports call it.
    pub name: String,
    /// Its bus.
    pub bus: usize,
    /// Rated apparent power, kVA, above 0.
    pub rated_kva: f64,
    /// Current in a fault over rated current, 0 to 3; 1.1 to 1.5 for most.
    pub current_ratio: f64,
    /// Whether it forms the voltage of an island; one without such, or without a machine, is dark.
    pub forms_grid: bool,
    /// Its voltage and frequency timers, where it has some.
    pub timers: Option<TripTable>,
}

/// The cross-section of a line's conductor.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Conductor {
    /// The line.
    pub line: usize,
    /// Cross-section of a phase of one circuit, mm², above 0.
    pub area_mm2: f64,
    /// k of IEC 60364-4-43, A·√s per mm²: copper 115 under PVC and 143 under XLPE, aluminium 76 and 94.
    pub k_a_per_mm2: f64,
}

impl Scheme {
    /// What is wrong with it at a network.
    #[must_use]
    pub fn check(&self, network: &Network) -> Problems {
        let mut problems = Problems::none();
        if ![6.0, 10.0].contains(&self.low_voltage_tolerance_percent) {
            let problem = Problem::new("low_voltage_tolerance_percent", "is none that IEC 60909 knows");
            problems.push(problem.value(self.low_voltage_tolerance_percent).allowed("6 or 10"));
        }
        problems.require_range("conductor_end_c", self.conductor_end_c, 20.0, 400.0);
        self.check_sources(network, &mut problems);
        self.check_machines(network, &mut problems);
        for (i, conductor) in self.conductors.iter().enumerate() {
            let field = format!("conductors[{i}]");
            if conductor.line >= network.lines.len() {
                problems.push(Problem::new(format!("{field}.line"), "is no line").value(conductor.line));
            }
            problems.require_range(format!("{field}.area_mm2"), conductor.area_mm2, 0.1, 1e5);
            problems.require_range(format!("{field}.k_a_per_mm2"), conductor.k_a_per_mm2, 1.0, 500.0);
        }
        for (i, device) in self.devices.iter().enumerate() {
            device.check(network, &format!("devices[{i}]"), &mut problems);
            if self.devices[..i].iter().any(|other| other.name == device.name) {
                problems.push(Problem::new(format!("devices[{i}].name"), "bears a name twice").value(&device.name));
            }
        }
        problems
    }

    fn check_sources(&self, network: &Network, problems: &mut Problems) {
        for (i, strength) in self.sources.iter().enumerate() {
            let field = format!("sources[{i}]");
            if strength.source >= network.sources.len() {
                problems.push(Problem::new(format!("{field}.source"), "is no source").value(strength.source));
            }
            problems.require_range(format!("{field}.greatest_kva"), strength.greatest_kva, 1e-3, 1e12);
            problems.require_range(format!("{field}.least_kva"), strength.least_kva, 1e-3, strength.greatest_kva);
            problems.require_range(format!("{field}.greatest_r_to_x"), strength.greatest_r_to_x, 0.0, 1e3);
            problems.require_range(format!("{field}.least_r_to_x"), strength.least_r_to_x, 0.0, 1e3);
        }
        for (i, source) in network.sources.iter().enumerate() {
            let is_known = self.sources.iter().any(|strength| strength.source == i);
            if !is_known && source.short_circuit_kva == f64::INFINITY {
                let problem = Problem::new("sources", format!("do not say how strong \"{}\" is", source.name));
                problems.push(problem.hint("a fault needs its short-circuit power, which no power flow does"));
            }
        }
    }

    fn check_machines(&self, network: &Network, problems: &mut Problems) {
        let bus_is_there = |problems: &mut Problems, field: &str, bus: usize| {
            if bus >= network.buses.len() {
                problems.push(Problem::new(format!("{field}.bus"), "is no bus of the network").value(bus));
            }
        };
        for (i, machine) in self.machines.iter().enumerate() {
            let field = format!("machines[{i}]");
            bus_is_there(problems, &field, machine.bus);
            problems.require_range(format!("{field}.rated_kva"), machine.rated_kva, 1e-3, 1e9);
            problems.require_range(format!("{field}.rated_kv"), machine.rated_kv, 0.01, 2000.0);
            problems.require_range(format!("{field}.subtransient_percent"), machine.subtransient_percent, 1.0, 100.0);
            problems.require_range(format!("{field}.power_factor"), machine.power_factor, 0.01, 1.0);
            problems.require_range(format!("{field}.r_to_x"), machine.r_to_x, 0.0, 1e3);
        }
        for (i, motor) in self.motors.iter().enumerate() {
            let field = format!("motors[{i}]");
            bus_is_there(problems, &field, motor.bus);
            problems.require_range(format!("{field}.rated_kva"), motor.rated_kva, 1e-3, 1e9);
            problems.require_range(format!("{field}.rated_kv"), motor.rated_kv, 0.01, 2000.0);
            problems.require_range(format!("{field}.locked_rotor_ratio"), motor.locked_rotor_ratio, 1.0, 20.0);
            problems.require_range(format!("{field}.r_to_x"), motor.r_to_x, 0.0, 1e3);
        }
        for (i, inverter) in self.inverters.iter().enumerate() {
            let field = format!("inverters[{i}]");
            bus_is_there(problems, &field, inverter.bus);
            problems.require_range(format!("{field}.rated_kva"), inverter.rated_kva, 1e-3, 1e9);
            problems.require_range(format!("{field}.current_ratio"), inverter.current_ratio, 0.0, 3.0);
            if let Some(table) = &inverter.timers {
                table.check(&format!("{field}.timers"), problems);
            }
        }
    }
}
