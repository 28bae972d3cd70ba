//! `[distribution.feeder]`: the network behind the tie, and where each device stands in it.

use microgrid_core::distribution::{BusShare, FeederLimits, Network, Place, Placed, SiteFeeder};
use microgrid_core::{Problem, Scenario};
use schemars::JsonSchema;

use super::inverter::InverterTable;
use super::loading::Reading;
use crate::document::Section;
use crate::network::read_network_among;
use crate::suggestion::nearest;

/// The network behind the tie.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FeederTable {
    /// Folder with the `network.toml`, as `microgrid import` writes it, or such a file; in the scenario's folder. Its one
    /// source is the tie.
    pub network: String,
    /// Where devices stand. Those that are not named stand at the tie.
    #[schemars(with = "Option<Vec<PlaceTable>>")]
    pub place: Vec<PlaceTable>,
    /// Least voltage, per unit of nominal, 0.5 to 1; 0.9 by default.
    pub voltage_least_pu: Option<f64>,
    /// Greatest voltage, per unit of nominal, 1 to 1.5; 1.1 by default.
    pub voltage_greatest_pu: Option<f64>,
    /// Greatest loading of a line or transformer in percent of its rating, 1 to 1000; 100 by default.
    pub loading_greatest_percent: Option<f64>,
    /// Whether these limits are held (`hold`: flexible use, storage, generation and loads are reduced in that step, in this
    /// order, and booked as curtailed or unserved by cause) or only counted and told (`watch`); `watch` by default.
    #[schemars(with = "Option<String>", extend("enum" = ["watch", "hold"]))]
    pub limits: Option<FeederLimits>,
}

/// Where a device stands.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PlaceTable {
    /// Name of the load, plant or store.
    pub device: String,
    /// The bus where it stands.
    pub bus: Option<String>,
    /// Buses over which it is spread evenly; instead of `bus`.
    #[schemars(with = "Option<Vec<String>>")]
    pub buses: Vec<String>,
    /// Whether it is spread over the network's own loads by their active powers; instead of `bus`. The network's loads are
    /// then these shares alone.
    pub over_loads: Option<bool>,
    /// Its inverter, where that answers to the voltage: of a plant or battery, instead of `power_factor`.
    pub inverter: Option<InverterTable>,
    /// Power factor, drawing reactive power whichever way active power flows, 0.1 to 1; 1 by default, and for a load that is
    /// spread over the network's that of each.
    pub power_factor: Option<f64>,
}

impl FeederTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            network: section.required_text("network", "a folder with network.toml"),
            place: section.tables("place", |section| {
                let place = PlaceTable {
                    device: section.required_text("device", "the name of a load, plant or store"),
                    bus: section.text("bus"),
                    buses: section.texts("buses"),
                    over_loads: section.flag("over_loads"),
                    power_factor: section.number_within("power_factor", 0.1, 1.0),
                    inverter: section.table("inverter", InverterTable::read),
                };
                section.allow_one(&["power_factor", "inverter"]);
                section.require_one(&["bus", "buses", "over_loads"]);
                place
            }),
            voltage_least_pu: section.number("voltage_least_pu"),
            voltage_greatest_pu: section.number("voltage_greatest_pu"),
            loading_greatest_percent: section.number("loading_greatest_percent"),
            limits: section.choice("limits", &[("watch", FeederLimits::Watch), ("hold", FeederLimits::Hold)]),
        }
    }

    /// Core's feeder; `None` where it has a problem, which is told.
    pub(super) fn feeder(&self, scenario: &Scenario, reading: &mut Reading<'_>) -> Option<SiteFeeder> {
        let field = "distribution.feeder";
        if reading.is_faulty(field) {
            return None;
        }
        let read = read_network_among(reading.files, &format!("{field}.network"), &self.network);
        let mut network = read.map_err(|problems| reading.extend(problems)).ok()?;
        let devices = Placed::all(scenario);
        let mut places = Vec::new();
        for (i, table) in self.place.iter().enumerate() {
            let field = format!("{field}.place[{i}]");
            let device = table.device(&field, &devices, reading);
            let buses = table.shares(&field, (&network, device), reading);
            let inverter = table.inverter.as_ref().map(InverterTable::inverter);
            places.extend(device.zip(buses).map(|(device, buses)| Place { device, buses, inverter }));
        }
        if places.len() < self.place.len() {
            return None;
        }
        let tie = network.sources.first().map_or(0, |source| source.bus);
        let is_placed = |device: &Placed| places.iter().any(|place: &Place| place.device == *device);
        let (left, names): (Vec<Placed>, Vec<&str>) =
            devices.iter().filter(|(device, _)| !is_placed(device)).copied().unzip();
        if !left.is_empty() {
            reading.note(format!("{field}: at the tie stand {}", names.join(", ")));
        }
        if self.place.iter().any(|table| table.over_loads == Some(true)) {
            network.loads.clear();
        }
        let mut feeder = SiteFeeder::new(network);
        feeder.places = places;
        left.into_iter().for_each(|device| feeder.place(device, tie));
        feeder.voltage_least_pu = self.voltage_least_pu.unwrap_or(feeder.voltage_least_pu);
        feeder.voltage_greatest_pu = self.voltage_greatest_pu.unwrap_or(feeder.voltage_greatest_pu);
        feeder.loading_greatest_percent = self.loading_greatest_percent.unwrap_or(feeder.loading_greatest_percent);
        feeder.limits = self.limits.unwrap_or_default();
        Some(feeder)
    }
}

impl PlaceTable {
    fn device(&self, field: &str, devices: &[(Placed, &str)], reading: &Reading<'_>) -> Option<Placed> {
        let mut found = devices.iter().filter(|(_, name)| *name == self.device);
        let problem =
            |message: &str| Problem::new(format!("{field}.device"), message).value(format!("\"{}\"", self.device));
        match (found.next(), found.next()) {
            (Some((device, _)), None) => return Some(*device),
            (Some(_), Some(_)) => {
                reading.extend(problem("is the name of several devices").hint("give each a name of its own").into());
            }
            (None, _) => {
                let near = nearest(&self.device, devices.iter().map(|(_, name)| *name));
                let problem = problem("is no load, plant or store of the scenario");
                reading.extend(near.iter().fold(problem, |p, near| p.hint(format!("did you mean {near}?"))).into());
            }
        }
        None
    }

    /// tan φ of the power factor written.
    fn reactive_ratio(&self) -> Option<f64> {
        self.power_factor.map(|factor| (1.0 - factor * factor).sqrt() / factor)
    }

    fn shares(
        &self,
        field: &str,
        (network, device): (&Network, Option<Placed>),
        reading: &Reading<'_>,
    ) -> Option<Vec<BusShare>> {
        if self.over_loads.is_some() {
            return self.over_loads(field, (network, device), reading);
        }
        let names: Vec<&String> = self.bus.iter().chain(&self.buses).collect();
        let reactive_ratio = self.reactive_ratio().unwrap_or(0.0);
        let share = 1.0 / names.len() as f64;
        let at = |name: &&String| {
            let found = network.buses.iter().position(|bus| bus.name == **name);
            if found.is_none() {
                let problem = Problem::new(field, "is at no bus of the network").value(format!("\"{name}\""));
                let near = nearest(name, network.buses.iter().map(|bus| bus.name.as_str()));
                reading.extend(near.iter().fold(problem, |p, near| p.hint(format!("did you mean {near}?"))).into());
            }
            found.map(|bus| BusShare { bus, share, reactive_ratio })
        };
        names.iter().map(at).collect()
    }

    /// A share at the bus of each load of the network.
    fn over_loads(
        &self,
        field: &str,
        (network, device): (&Network, Option<Placed>),
        reading: &Reading<'_>,
    ) -> Option<Vec<BusShare>> {
        let sum: f64 = network.loads.iter().map(|load| load.power_kw).sum();
        let refuse = |message: &str| {
            reading.extend(Problem::new(format!("{field}.over_loads"), message).into());
            None
        };
        if self.over_loads == Some(false) {
            return refuse("is false: write bus or buses instead");
        }
        if network.loads.iter().any(|load| load.power_kw < 0.0) || sum <= 0.0 {
            return refuse("needs loads in the network, none of them giving power");
        }
        let drawing = network.loads.iter().filter(|load| load.power_kw > 0.0);
        let at = drawing.map(|load| BusShare {
            bus: load.bus,
            share: load.power_kw / sum,
            reactive_ratio: self.reactive_ratio().unwrap_or(match device {
                Some(Placed::Load(_)) => load.reactive_kvar / load.power_kw,
                _ => 0.0,
            }),
        });
        Some(at.collect())
    }
}
