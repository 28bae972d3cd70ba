//! A feeder as a run needs it: compiled for both states of the tie, each device's power by node.

use alloc::vec::Vec;

use super::levers::Holding;
use super::{BusShare, Inverter, Placed, SiteFeeder};
use crate::Scenario;
use crate::distribution::Feeder;
use crate::distribution::feeder::in_step::{StepFeeder, VoltageControl, Watched};
use crate::distribution::network::VoltageSource;

/// The compiled feeder of a plan.
#[derive(Debug, Clone)]
pub(crate) struct FeederStep {
    /// Fed by the utility grid, and by what forms the grid in an outage.
    pub(super) states: [StepFeeder; 2],
    pub(super) draws: Vec<Draw>,
    /// Devices of the scenario, and buses of the network.
    pub(super) devices: usize,
    pub(super) buses: usize,
    pub(super) voltage_least_pu: f64,
    pub(super) voltage_greatest_pu: f64,
    pub(super) loading_greatest_percent: f64,
    /// What may be reduced for the network's sake, where anything may.
    pub(super) holding: Option<Holding>,
    /// Steps in ten minutes, at least 1, and ten-minute means, or steps that are longer, in a week.
    pub(super) steps_per_mean: u32,
    pub(super) means_per_week: u32,
}

/// A part of a device at a node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draw {
    /// The device, by its place among all.
    pub(super) device: usize,
    /// Its node in both states.
    pub(super) nodes: [usize; 2],
    pub(super) share: f64,
    pub(super) reactive_ratio: f64,
    /// Of a device whose inverter answers to the voltage.
    pub(super) inverter: Option<Inverter>,
}

impl FeederStep {
    /// Of a feeder that has been checked; `None` where it has not.
    pub(crate) fn new(site: &SiteFeeder, scenario: &Scenario) -> Option<Self> {
        let tied = StepFeeder::new(Feeder::compile(&site.network).ok()?);
        let mut islanded = site.network.clone();
        let source = islanded.sources.first()?;
        let bus = former(site, scenario).unwrap_or(source.bus);
        islanded.sources = [VoltageSource { bus, short_circuit_kva: f64::INFINITY, ..source.clone() }].into();
        let island = StepFeeder::new(Feeder::compile(&islanded).ok()?);
        let devices = Placed::all(scenario);
        let mut draws = Vec::new();
        for place in &site.places {
            let device = devices.iter().position(|(device, _)| *device == place.device)?;
            for at in &place.buses {
                let nodes = [tied.node(at.bus)?, island.node(at.bus)?];
                let BusShare { share, reactive_ratio, .. } = *at;
                draws.push(Draw { device, nodes, share, reactive_ratio, inverter: place.inverter });
            }
        }
        let states = [tied, island];
        let holding = site.reduces().then(|| Holding::new(&states, &draws, (site, scenario)));
        let step_s = scenario.calendar.step_s;
        let steps_per_mean = if 600 % step_s == 0 { 600 / step_s } else { 1 };
        Some(Self {
            states,
            draws,
            holding,
            devices: devices.len(),
            buses: site.network.buses.len(),
            voltage_least_pu: site.voltage_least_pu,
            voltage_greatest_pu: site.voltage_greatest_pu,
            loading_greatest_percent: site.loading_greatest_percent,
            steps_per_mean,
            means_per_week: 7 * 86_400 / (steps_per_mean * step_s),
        })
    }
}

impl FeederStep {
    /// The inverters that answer to the voltage, in a state of the tie.
    pub(super) fn controls(&self, state: usize) -> &[VoltageControl] {
        self.holding.as_ref().map_or(&[], |holding| &holding.states[state].controls)
    }

    /// The inverter of a draw.
    pub(super) fn control(&self, draw: usize) -> Option<usize> {
        self.holding.as_ref().and_then(|holding| holding.control_of_draw[draw])
    }

    /// How many loads and plants a step may reduce.
    pub(crate) fn loads_and_plants(&self) -> usize {
        self.holding.as_ref().map_or(0, |holding| holding.parted)
    }

    /// The band of what is watched: voltage per unit, loading in percent.
    pub(super) fn limits(&self, watched: Watched) -> (f64, f64) {
        match watched {
            Watched::Bus => (self.voltage_least_pu, self.voltage_greatest_pu),
            Watched::Branch => (f64::NEG_INFINITY, self.loading_greatest_percent),
        }
    }
}

/// The bus of what forms the grid in an outage.
fn former(site: &SiteFeeder, scenario: &Scenario) -> Option<usize> {
    let battery = scenario.storage.iter().position(|battery| battery.can_form_grid()).map(Placed::Battery);
    let genset = scenario.gensets.iter().position(|genset| genset.grid_forming).map(Placed::Genset);
    let device = battery.or(genset)?;
    let place = site.places.iter().find(|place| place.device == device)?;
    place.buses.first().map(|at| at.bus)
}
