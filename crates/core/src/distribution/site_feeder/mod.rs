//! The feeder behind the connection: the network in which a site's devices stand, solved in every step of a run.
//!
//! # Model
//! Once the devices have their powers, the balanced power flow of [`Feeder`](super::Feeder) is solved with each device at its
//! buses, at constant power. Its losses are power that the site must bring: through the connection, whose bus is the
//! network's one source, or in an outage from what forms the grid. So flow and balance alternate: the balance is closed
//! without losses, the flow says them, the balance is closed anew with them. Where nothing but the tie answers, that is exact
//! after one flow. Where recourse moves devices, the flow is solved up to three times more; by how much the losses of the
//! last flow differ from those that the balance carries is `mismatch_kwh` in the books. Strategies see the losses of the
//! step before as load that they expect, as a meter at the connection would show them.
//!
//! In an outage the source moves to the bus of the first battery that can form the grid, else of the first genset that can;
//! a site that nothing forms is dark and loses nothing. A flow without solution counts its hours, `unsolved_h`, and no loss.
//!
//! The flow's voltages and loadings are watched against the limits and EN 50160; they do not act back: neither
//! generation nor load is reduced for them. Loads take their power whatever the voltage is.

mod books;
mod lanes;
mod quality;
mod step;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub use books::FeederTotals;
pub(crate) use lanes::SiteFeeders;
pub(crate) use step::FeederStep;

use super::{Feeder, Network};
use crate::simulation::Fingerprint;
use crate::{Problem, Problems, Scenario};

/// The network behind the connection, and where the site's devices stand in it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SiteFeeder {
    /// The network: one source, which is the connection; no generators and no loads of its own.
    pub network: Network,
    /// Where each device stands.
    pub places: Vec<Place>,
    /// Least voltage, per unit, 0.5 to 1; 0.9 by default.
    pub voltage_least_pu: f64,
    /// Greatest voltage, per unit, 1 to 1.5; 1.1 by default.
    pub voltage_greatest_pu: f64,
    /// Greatest loading of a line or transformer, percent, 1 to 1000; 100 by default.
    pub loading_greatest_percent: f64,
}

/// Where a device stands.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Place {
    /// The device.
    pub device: Placed,
    /// Its buses; the shares add up to 1.
    pub buses: Vec<BusShare>,
}

/// A part of a device at a bus.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BusShare {
    /// The bus.
    pub bus: usize,
    /// Share of the device's power, 0 to 1.
    pub share: f64,
    /// Reactive power drawn per active power, whichever way that flows, −10 to 10: tan φ.
    pub reactive_ratio: f64,
}

/// A device of a scenario, by its place in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Placed {
    /// Of [`Scenario::loads`](crate::Scenario::loads).
    Load(usize),
    /// Of [`Scenario::generation`](crate::Scenario::generation).
    Plant(usize),
    /// Of [`Scenario::storage`](crate::Scenario::storage).
    Battery(usize),
    /// Of [`Scenario::hydrogen`](crate::Scenario::hydrogen).
    Hydrogen(usize),
    /// Of [`Scenario::gensets`](crate::Scenario::gensets).
    Genset(usize),
    /// Of [`Scenario::water_heaters`](crate::Scenario::water_heaters).
    WaterHeater(usize),
    /// Of [`Scenario::stations`](crate::Scenario::stations).
    Station(usize),
    /// Of [`Scenario::swap_stations`](crate::Scenario::swap_stations).
    SwapStation(usize),
    /// Of [`Scenario::shiftables`](crate::Scenario::shiftables).
    Shiftable(usize),
    /// Of [`Scenario::buildings`](crate::Scenario::buildings).
    Building(usize),
}

impl Placed {
    /// Every device of a scenario with its name, in the order in which a step reads their powers.
    #[must_use]
    pub fn all(scenario: &Scenario) -> Vec<(Self, &str)> {
        fn of<T>(list: &[T], place: fn(usize) -> Placed, name: fn(&T) -> &String) -> Vec<(Placed, &str)> {
            list.iter().enumerate().map(|(i, device)| (place(i), name(device).as_str())).collect()
        }
        let mut all = of(&scenario.loads, Self::Load, |load| &load.name);
        all.extend(of(&scenario.generation, Self::Plant, |plant| &plant.name));
        all.extend(of(&scenario.storage, Self::Battery, |battery| &battery.name));
        all.extend(of(&scenario.hydrogen, Self::Hydrogen, |plant| &plant.name));
        all.extend(of(&scenario.gensets, Self::Genset, |genset| &genset.name));
        all.extend(of(&scenario.water_heaters, Self::WaterHeater, |heater| &heater.name));
        all.extend(of(&scenario.stations, Self::Station, |station| &station.name));
        all.extend(of(&scenario.swap_stations, Self::SwapStation, |station| &station.name));
        all.extend(of(&scenario.shiftables, Self::Shiftable, |load| &load.name));
        all.extend(of(&scenario.buildings, Self::Building, |building| &building.name));
        all
    }
}

impl SiteFeeder {
    /// A network with the usual limits, and no device in it yet.
    #[must_use]
    pub fn new(network: Network) -> Self {
        Self {
            network,
            places: Vec::new(),
            voltage_least_pu: 0.9,
            voltage_greatest_pu: 1.1,
            loading_greatest_percent: 100.0,
        }
    }

    /// Places a device at one bus, at power factor 1.
    pub fn place(&mut self, device: Placed, bus: usize) {
        self.places.push(Place { device, buses: [BusShare { bus, share: 1.0, reactive_ratio: 0.0 }].into() });
    }

    pub(crate) fn check(&self, scenario: &Scenario, problems: &mut Problems) {
        let field = "distribution.feeder";
        problems.require_range(format_args!("{field}.voltage_least_pu"), self.voltage_least_pu, 0.5, 1.0);
        problems.require_range(format_args!("{field}.voltage_greatest_pu"), self.voltage_greatest_pu, 1.0, 1.5);
        let loading = self.loading_greatest_percent;
        problems.require_range(format_args!("{field}.loading_greatest_percent"), loading, 1.0, 1000.0);
        let feeder = match Feeder::compile(&self.network) {
            Ok(feeder) => feeder,
            Err(found) => {
                for mut problem in found {
                    problem.field = format!("{field}.network: {}", problem.field);
                    problems.push(problem);
                }
                return;
            }
        };
        let network = &self.network;
        let mut refuse = |message: String, hint: &str| {
            problems.push(Problem::new(format!("{field}.network"), message).hint(hint));
        };
        if network.sources.len() != 1 {
            refuse(
                format!("has {} sources", network.sources.len()),
                "one source is the connection to the utility grid",
            );
        }
        for generator in &network.generators {
            let message = format!("has a generator of its own, \"{}\"", generator.name);
            refuse(message, "make it a plant or genset of the scenario, and place that");
        }
        for load in &network.loads {
            let message = format!("has a load of its own, \"{}\", that no load of the scenario stands for", load.name);
            refuse(message, "place a load of the scenario over the network's loads");
        }
        for shunt in network.shunts.iter().filter(|shunt| shunt.power_kw != 0.0) {
            let message = format!("has a shunt that draws active power, \"{}\"", shunt.name);
            refuse(message, "make it a load of the scenario");
        }
        self.check_places(scenario, &feeder, problems);
    }

    fn check_places(&self, scenario: &Scenario, feeder: &Feeder, problems: &mut Problems) {
        let all = Placed::all(scenario);
        for (device, name) in &all {
            let count = self.places.iter().filter(|place| place.device == *device).count();
            if count != 1 {
                let problem = Problem::new("distribution.feeder.place", format!("has {count} places for \"{name}\""));
                problems.push(problem.hint("every load, plant and store stands in the feeder once"));
            }
        }
        for (i, place) in self.places.iter().enumerate() {
            let field = format!("distribution.feeder.place[{i}]");
            if !all.iter().any(|(device, _)| *device == place.device) {
                problems.push(Problem::new(field.clone(), "is for no device of the scenario"));
            }
            let sum: f64 = place.buses.iter().map(|at| at.share).sum();
            problems.require_range(format_args!("{field} (sum of shares)"), sum, 1.0 - 1e-9, 1.0 + 1e-9);
            for at in &place.buses {
                problems.require_range(format_args!("{field}.share"), at.share, 0.0, 1.0);
                problems.require_range(format_args!("{field}.reactive_ratio"), at.reactive_ratio, -10.0, 10.0);
                let Some(bus) = self.network.buses.get(at.bus) else {
                    problems.push(Problem::new(field.clone(), "is at no bus of the network").value(at.bus));
                    continue;
                };
                if !feeder.is_energised(at.bus) {
                    let problem = Problem::new(field.clone(), "is at a bus that no closed switch joins to the source");
                    problems.push(problem.value(format!("\"{}\"", bus.name)));
                }
            }
        }
    }

    pub(crate) fn hash(&self, hash: &mut Fingerprint) {
        let Self { network, places, voltage_least_pu, voltage_greatest_pu, loading_greatest_percent } = self;
        // All of a network is data; its names are hashed with it, which does no harm.
        hash.word(Fingerprint::of_text(&format!("{network:?}")));
        for Place { device, buses } in places {
            hash.word(Fingerprint::of_text(&format!("{device:?}")));
            for BusShare { bus, share, reactive_ratio } in buses {
                hash.word(*bus as u64);
                hash.number(*share);
                hash.number(*reactive_ratio);
            }
        }
        [voltage_least_pu, voltage_greatest_pu, loading_greatest_percent].into_iter().for_each(|n| hash.number(*n));
    }
}
