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
//! The flow's voltages and loadings are watched against the limits and EN 50160. Loads take their power whatever the
//! voltage is.
//!
//! # Inverters
//! A plant or battery may have an [`Inverter`] that answers to the voltage at its bus: reactive power by [`VoltVar`], the most
//! that it gives by [`VoltWatt`]. Its powers move with the sweeps of the flow until curves and voltages agree. What of a plant it
//! leaves is curtailed generation (`curtailed_inverter_kwh`), what of a battery, reduced.
//!
//! # Taps
//! One transformer may have a [`TapChanger`], which holds the voltage of a bus. It moves before anything is reduced.
//!
//! # Limits that are held
//! With [`FeederLimits::Hold`] what would breach a limit is reduced in the step itself, before it is booked, in this order:
//! 1. flexible uses (stations, swapping, heaters, electrolysers), down to what cannot wait;
//! 2. charging of storage;
//! 3. discharge of storage;
//! 4. gensets and fuel cells, down to their least load;
//! 5. plants that may be curtailed;
//! 6. flexible uses altogether;
//! 7. loads, by tier: sheddable, normal, critical.
//!
//! Of these only what acts on the limit counts: what lowers a voltage that is too high, raises one that is too low, takes
//! current from what is overloaded, by at least a tenth of what acts most. What stands behind one another in a rung is
//! reduced in proportion to its power and its effect. Loads and plants that are spread over buses are reduced bus by bus, other
//! devices as a whole. Where all of it together would not bring a limit within, nothing is reduced for it and it is counted
//! as before. Effects are those of the network at no load (voltage and current per kW and kvar at each bus, by its own power flow);
//! as real ones differ, flow and reduction alternate, each reduction aiming 0.01 % of nominal voltage and 0.05 % of the
//! rating inside, until no limit is breached or 24 rounds are over. A network that cannot carry the powers is relieved by quarters of what
//! is drawn, or given, in the same order, until it can. What is reduced stays so for the step: recourse sees the
//! lower limits, and never raises above them.
//!
//! What is reduced is booked: load as unserved, generation as curtailed, by cause beside ([`FeederTotals`]).

mod books;
mod holding;
mod inverter;
mod lanes;
mod levers;
mod meters;
mod quality;
mod step;
mod tap_changer;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub use books::FeederTotals;
pub use inverter::{Inverter, VoltVar, VoltWatt};
pub(crate) use lanes::SiteFeeders;
pub(crate) use step::FeederStep;
pub use tap_changer::TapChanger;

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
    /// Whether the limits are held; [`FeederLimits::Watch`] by default.
    pub limits: FeederLimits,
    /// A transformer whose taps move under load; `None` by default: taps stand still.
    pub tap_changer: Option<TapChanger>,
}

/// What becomes of a step that would breach a limit of the feeder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum FeederLimits {
    /// It is counted and told.
    #[default]
    Watch,
    /// Generation, flexible use, storage and loads are reduced until none is breached, as far as that helps.
    Hold,
}

/// What the buses of a device have left until some limit of the feeder is reached, as the flow of the step before and the
/// effects of one more kW tell: kW, at least 0; infinite where nothing ends it, or limits are not held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadRoom {
    /// More that it could draw, or give less.
    pub draw_kw: f64,
    /// More that it could give, or draw less.
    pub give_kw: f64,
}

impl Default for HeadRoom {
    fn default() -> Self {
        Self { draw_kw: f64::INFINITY, give_kw: f64::INFINITY }
    }
}

/// Where a device stands.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Place {
    /// The device.
    pub device: Placed,
    /// Its buses; the shares add up to 1.
    pub buses: Vec<BusShare>,
    /// Its inverter, where that answers to the voltage: of a plant or battery, whose buses then have no reactive ratio.
    pub inverter: Option<Inverter>,
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
            limits: FeederLimits::Watch,
            tap_changer: None,
        }
    }

    /// Places a device at one bus, at power factor 1.
    pub fn place(&mut self, device: Placed, bus: usize) {
        let buses = [BusShare { bus, share: 1.0, reactive_ratio: 0.0 }].into();
        self.places.push(Place { device, buses, inverter: None });
    }

    /// Whether anything may be reduced for the network's sake.
    pub(crate) fn reduces(&self) -> bool {
        self.limits == FeederLimits::Hold || self.places.iter().any(|place| place.inverter.is_some())
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
        if let Some(changer) = &self.tap_changer {
            changer.check(network, problems);
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
            if let Some(inverter) = &place.inverter {
                inverter.check(&format!("{field}.inverter"), problems);
                if !matches!(place.device, Placed::Plant(_) | Placed::Battery(_)) {
                    problems
                        .push(Problem::new(format!("{field}.inverter"), "is of a device that is no plant or battery"));
                }
                if place.buses.iter().any(|at| at.reactive_ratio != 0.0) {
                    let problem = Problem::new(format!("{field}.reactive_ratio"), "is given beside an inverter");
                    problems.push(problem.hint("the inverter says what reactive power there is: leave the other out"));
                }
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
        let Self {
            network,
            places,
            voltage_least_pu,
            voltage_greatest_pu,
            loading_greatest_percent,
            limits,
            tap_changer,
        } = self;
        // All of a network is data; its names are hashed with it, which does no harm.
        hash.word(Fingerprint::of_text(&format!("{network:?}")));
        for Place { device, buses, inverter } in places {
            hash.word(Fingerprint::of_text(&format!("{inverter:?}")));
            hash.word(Fingerprint::of_text(&format!("{device:?}")));
            for BusShare { bus, share, reactive_ratio } in buses {
                hash.word(*bus as u64);
                hash.number(*share);
                hash.number(*reactive_ratio);
            }
        }
        [voltage_least_pu, voltage_greatest_pu, loading_greatest_percent].into_iter().for_each(|n| hash.number(*n));
        hash.word(u64::from(*limits == FeederLimits::Hold));
        hash.word(Fingerprint::of_text(&format!("{tap_changer:?}")));
    }
}
