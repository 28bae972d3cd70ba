//! The file as a whole.

use std::path::Path;

use microgrid_core::distribution::Network;
use microgrid_core::distribution::short_circuit::{FaultStudy, Scheme};
use microgrid_core::{Problem, Problems};
use schemars::JsonSchema;

use super::devices::{self, Placed};
use super::feeds;
use crate::document::{Document, Section, json_schema};
use crate::scenario::scenario_text;
use crate::suggestion::nearest;

/// `protection.toml`: what faults and devices of a network need.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "ProtectionFile")]
#[expect(dead_code, reason = "stands for its schema")]
struct ProtectionFile {
    /// Tolerance of the voltage below 1 kV, percent: 6 or 10 (default); it chooses the voltage factor of IEC 60909.
    low_voltage_tolerance_percent: Option<f64>,
    /// Temperature of conductors at the end of a fault, °C, for the least currents; 80 by default.
    conductor_end_c: Option<f64>,
    source: Option<Vec<feeds::SourceTable>>,
    machine: Option<Vec<feeds::MachineTable>>,
    motor: Option<Vec<feeds::MotorTable>>,
    inverter: Option<Vec<feeds::InverterTable>>,
    timers: Option<Vec<feeds::TimersTable>>,
    conductor: Option<Vec<feeds::ConductorTable>>,
    relay: Option<Vec<devices::RelayTable>>,
    fuse: Option<Vec<devices::FuseTable>>,
    breaker: Option<Vec<devices::BreakerTable>>,
}

/// The JSON Schema of `protection.toml`.
#[must_use]
pub fn protection_schema() -> serde_json::Value {
    json_schema::<ProtectionFile>("protection.toml")
}

/// Names of a network's elements, looked up where a file uses them.
pub(super) struct Names<'a>(&'a Network);

/// Says that a name is no element's, with the nearest one.
pub(super) fn refuse_name(section: &Section<'_>, key: &str, kind: &str, name: &str, known: &[&str]) {
    let problem = Problem::new(section.field(key), format!("is no {kind}")).value(format!("\"{name}\""));
    let near = nearest(name, known.iter().copied());
    let shown = if known.len() > 12 { format!("{} of them", known.len()) } else { known.join(", ") };
    let problem = if known.is_empty() { problem } else { problem.allowed(shown) };
    section.push(near.iter().fold(problem, |problem, near| problem.hint(format!("did you mean {near}?"))));
}

impl Names<'_> {
    /// The index of a name among `known`, where it is written; 0 stands in for one that nothing bears.
    fn find<'n>(
        section: &mut Section<'_>,
        key: &'static str,
        kind: &str,
        known: impl Iterator<Item = &'n String>,
    ) -> Option<usize> {
        let known: Vec<&str> = known.map(String::as_str).collect();
        let name = section.text(key)?;
        let found = known.iter().position(|other| *other == name);
        if found.is_none() {
            refuse_name(section, key, &format!("{kind} of the network"), &name, &known);
        }
        Some(found.unwrap_or(0))
    }

    /// As `find` for a name that must be written; 0 stands in for it.
    pub(super) fn required(
        &self,
        section: &mut Section<'_>,
        key: &'static str,
        find: impl Fn(&Self, &mut Section<'_>, &'static str) -> Option<usize>,
    ) -> usize {
        if !section.has(key) {
            section.missing(key, "a name of the network");
        }
        find(self, section, key).unwrap_or(0)
    }

    pub(super) fn bus(&self, section: &mut Section<'_>, key: &'static str) -> Option<usize> {
        Self::find(section, key, "bus", self.0.buses.iter().map(|bus| &bus.name))
    }

    pub(super) fn line(&self, section: &mut Section<'_>, key: &'static str) -> Option<usize> {
        Self::find(section, key, "line", self.0.lines.iter().map(|line| &line.name))
    }

    pub(super) fn transformer(&self, section: &mut Section<'_>, key: &'static str) -> Option<usize> {
        Self::find(section, key, "transformer", self.0.transformers.iter().map(|unit| &unit.name))
    }

    pub(super) fn switch(&self, section: &mut Section<'_>, key: &'static str) -> Option<usize> {
        Self::find(section, key, "switch", self.0.switches.iter().map(|switch| &switch.name))
    }

    pub(super) fn source(&self, section: &mut Section<'_>, key: &'static str) -> Option<usize> {
        Self::find(section, key, "source", self.0.sources.iter().map(|source| &source.name))
    }
}

/// Reads the `protection.toml` beside a network, from the folder or the `network.toml` that the network was read of.
///
/// # Errors
/// Every problem of a stage, each with its file and line: unknown keys, missing or impossible values, names that the network
/// does not have, and what [`FaultStudy::new`] refuses.
pub fn read_scheme(path: impl AsRef<Path>, network: &Network) -> Result<Scheme, Problems> {
    let path = path.as_ref();
    let folder = if path.is_file() { path.parent().unwrap_or(Path::new(".")) } else { path };
    let (name, text, _) = scenario_text(&folder.join("protection.toml"), "protection.toml")?;
    let document = Document::parse(&name, &text)?;
    let (scheme, devices) = {
        let mut root = document.root();
        let read = read_root(&mut root, network);
        root.close();
        read
    };
    let problems = document.into_problems();
    if !problems.is_empty() {
        return Err(problems);
    }
    FaultStudy::new(network, &scheme).map_err(|problems| placed(problems, &name, &text, &devices))?;
    Ok(scheme)
}

fn read_root(root: &mut Section<'_>, network: &Network) -> (Scheme, Vec<Placed>) {
    let names = Names(network);
    let usual = Scheme::default();
    let tolerance = root.number("low_voltage_tolerance_percent");
    let conductor_end_c = root.number("conductor_end_c").unwrap_or(usual.conductor_end_c);
    let tables = root.tables("timers", feeds::read_timers);
    let scheme = Scheme {
        low_voltage_tolerance_percent: tolerance.unwrap_or(usual.low_voltage_tolerance_percent),
        conductor_end_c,
        sources: root.tables("source", |section| feeds::read_source(section, &names)),
        machines: root.tables("machine", |section| feeds::read_machine(section, &names)),
        motors: root.tables("motor", |section| feeds::read_motor(section, &names)),
        inverters: root.tables("inverter", |section| feeds::read_inverter(section, &names, &tables)),
        conductors: root.tables("conductor", |section| feeds::read_conductor(section, &names)),
        devices: Vec::new(),
    };
    let mut devices = root.tables("relay", |section| devices::read_relay(section, &names));
    devices.extend(root.tables("fuse", |section| devices::read_fuse(section, &names)));
    devices.extend(root.tables("breaker", |section| devices::read_breaker(section, &names)));
    let scheme = Scheme { devices: devices.iter().map(|placed| placed.device.clone()).collect(), ..scheme };
    (scheme, devices)
}

/// Gives core's problems the names and places that they have in the file.
fn placed(problems: Problems, name: &str, text: &str, devices: &[Placed]) -> Problems {
    let document = Document::parse(name, text);
    let mut placed = Problems::none();
    for mut problem in problems {
        problem.field = field_in_file(&problem.field, devices);
        if let Ok(document) = &document {
            problem.place = Some(document.place_of(&problem.field));
        }
        placed.push(problem);
    }
    placed
}

/// `devices[3].elements[0].pick_up_a` as `relay[1].inverse.pick_up_a`, `sources[0].least_kva` as `source[0].least_kva`.
fn field_in_file(field: &str, devices: &[Placed]) -> String {
    let (list, rest) = field.split_once('[').unwrap_or((field, ""));
    if list != "devices" {
        let table = list.strip_suffix('s').filter(|table| !table.ends_with('s')).unwrap_or(list);
        return if rest.is_empty() { table.to_owned() } else { format!("{table}[{rest}") };
    }
    let (index, rest) = rest.split_once(']').unwrap_or((rest, ""));
    let Some(placed) = index.parse().ok().and_then(|i: usize| devices.get(i)) else { return field.to_owned() };
    let Some(rest) = rest.strip_prefix(".elements[") else { return format!("{}{rest}", placed.field) };
    let (index, rest) = rest.split_once(']').unwrap_or((rest, ""));
    let element = index.parse().ok().and_then(|i: usize| placed.elements.get(i)).unwrap_or(&placed.field);
    format!("{element}{}", rest.replacen(".points", "", 1))
}

#[cfg(test)]
mod tests {
    use microgrid_core::distribution::{Bus, VoltageSource};

    use super::*;
    use crate::document::{accepted, described};

    #[test]
    fn the_schema_is_what_the_reader_accepts() {
        let text = "[[source]]\nname=\"g\"\ngreatest_kva=1\n[[machine]]\n[[motor]]\n[[inverter]]\n[[timers]]\n[[timers.stage]]\n\
                    [[conductor]]\n[[relay]]\ninverse={}\ndefinite=[{}]\nthermal={}\n[[fuse]]\n\
                    [[breaker]]\nlong_time={}\nshort_time={}\ninstantaneous={}\n";
        let mut network = Network::new("n");
        network.buses = vec![Bus { name: "b".into(), nominal_kv: 0.4 }];
        network.sources = vec![VoltageSource {
            name: "g".into(),
            bus: 0,
            voltage_pu: 1.0,
            angle_deg: 0.0,
            short_circuit_kva: f64::INFINITY,
            r_to_x: 0.1,
        }];
        let document = Document::parse("protection.toml", text).unwrap();
        read_root(&mut document.root(), &network);
        assert_eq!(accepted(&document), described(&protection_schema()));
    }
}
