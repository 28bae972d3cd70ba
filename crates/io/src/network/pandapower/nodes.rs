//! What stands at a bus of pandapower: shunts, grids, generators, loads and what counts as one.

use std::collections::BTreeSet;

use microgrid_core::distribution::{Bus, Generator, LoadPoint, Shunt, VoltageDependence, VoltageSource};

use super::Import;
use super::branches::one_km;
use super::tables::Row;

impl Import<'_> {
    pub(super) fn buses(&mut self) {
        let connected = self.connected_buses();
        let has_source = !connected.is_empty();
        let mut taken = BTreeSet::new();
        for row in self.rows("bus") {
            if !row.is_in_service() {
                self.notes.push(format!("bus {} is out of service and left out", row.index));
                continue;
            }
            if has_source && !connected.contains(&row.index) {
                self.notes.push(format!("bus {} is left out: nothing connects it to a grid", row.index));
                continue;
            }
            let mut name = row.name_or("bus");
            if !taken.insert(name.clone()) {
                name = format!("{name} ({})", row.index);
                taken.insert(name.clone());
            }
            let nominal_kv = self.require("bus", &row, "vn_kv");
            self.bus_of.insert(row.index, self.network.buses.len());
            self.network.buses.push(Bus { name, nominal_kv });
        }
    }

    pub(super) fn shunts(&mut self) {
        for row in self.rows_in_service("shunt") {
            let Some(bus) = self.bus_or_note("shunt", &row) else { continue };
            if row.flag("step_dependency_table") == Some(true) {
                self.refuse("shunt", &row, "has a table by step, which is not read");
            }
            let nominal_kv = self.network.buses[bus].nominal_kv;
            let ratio = nominal_kv / row.number("vn_kv").unwrap_or(nominal_kv);
            let scale = 1000.0 * row.number("step").unwrap_or(1.0) * ratio * ratio;
            let (p, q) = (row.number("p_mw").unwrap_or(0.0), row.number("q_mvar").unwrap_or(0.0));
            let shunt = Shunt { name: row.name_or("shunt"), bus, power_kw: scale * p, reactive_kvar: scale * q };
            self.network.shunts.push(shunt);
        }
    }

    pub(super) fn sources(&mut self) {
        for row in self.rows_in_service("ext_grid") {
            let Some(bus) = self.bus_or_note("ext_grid", &row) else { continue };
            let voltage_pu = row.number("vm_pu").unwrap_or(1.0);
            let angle_deg = row.number("va_degree").unwrap_or(0.0);
            self.add_source(row.name_or("ext_grid"), bus, voltage_pu, angle_deg);
        }
        for row in self.rows_in_service("gen") {
            let Some(bus) = self.bus_or_note("gen", &row) else { continue };
            let voltage_pu = self.require("gen", &row, "vm_pu");
            let name = row.name_or("gen");
            if row.flag("slack") == Some(true) {
                self.add_source(name, bus, voltage_pu, 0.0);
                continue;
            }
            let power_kw = 1000.0 * self.require("gen", &row, "p_mw") * row.number("scaling").unwrap_or(1.0);
            if row.number("max_q_mvar").is_some() || row.number("min_q_mvar").is_some() {
                self.notes.push(format!("gen {}: reactive limits are not held, as by pandapower's default", row.index));
            }
            self.network.generators.push(Generator { name, bus, power_kw, voltage_pu });
        }
    }

    fn add_source(&mut self, name: String, bus: usize, voltage_pu: f64, angle_deg: f64) {
        let source = VoltageSource { name, bus, voltage_pu, angle_deg, short_circuit_kva: f64::INFINITY, r_to_x: 0.1 };
        self.network.sources.push(source);
    }

    /// Loads, and what counts as one: static generators and storage with the sign of a load, motors.
    pub(super) fn loads(&mut self) {
        for (table, sign) in [("load", 1.0), ("sgen", -1.0), ("storage", 1.0)] {
            for row in self.rows_in_service(table) {
                let Some(bus) = self.bus_or_note(table, &row) else { continue };
                let scale = sign * 1000.0 * row.number("scaling").unwrap_or(1.0);
                let p = self.require(table, &row, "p_mw");
                let q = row.number("q_mvar").unwrap_or(0.0);
                let mut load = LoadPoint::new(row.name_or(table), bus, scale * p, scale * q);
                (load.active, load.reactive) = (voltage_dependence(&row, "p"), voltage_dependence(&row, "q"));
                self.network.loads.push(load);
            }
        }
        for (table, sign) in [("asymmetric_load", 1.0), ("asymmetric_sgen", -1.0)] {
            for row in self.rows_in_service(table) {
                let Some(bus) = self.bus_or_note(table, &row) else { continue };
                let scale = sign * 1000.0 * row.number("scaling").unwrap_or(1.0);
                let sum = |power: &str, unit: &str| -> f64 {
                    let of = |phase: &str| row.number(&format!("{power}_{phase}_{unit}")).unwrap_or(0.0);
                    of("a") + of("b") + of("c")
                };
                let (p, q) = (sum("p", "mw"), sum("q", "mvar"));
                self.network.loads.push(LoadPoint::new(row.name_or(table), bus, scale * p, scale * q));
                self.notes.push(format!("{table} {}: its phases count together, in a balanced flow", row.index));
            }
        }
        for row in self.rows_in_service("motor") {
            let Some(bus) = self.bus_or_note("motor", &row) else { continue };
            let [mechanical_mw, efficiency, loading, cos_phi] =
                ["pn_mech_mw", "efficiency_percent", "loading_percent", "cos_phi"]
                    .map(|key| self.require("motor", &row, key));
            let power_kw = 1000.0 * mechanical_mw / efficiency * loading * row.number("scaling").unwrap_or(1.0);
            let apparent_kva = power_kw / cos_phi;
            let reactive_kvar = (apparent_kva * apparent_kva - power_kw * power_kw).max(0.0).sqrt();
            self.network.loads.push(LoadPoint::new(row.name_or("motor"), bus, power_kw, reactive_kvar));
        }
    }

    /// Wards: a load and a shunt; an extended one also a voltage behind an impedance, which gives no active power.
    pub(super) fn wards(&mut self) {
        for table in ["ward", "xward"] {
            for row in self.rows_in_service(table) {
                let Some(bus) = self.bus_or_note(table, &row) else { continue };
                let name = row.name_or(table);
                let at = |key: &str| 1000.0 * row.number(key).unwrap_or(0.0);
                self.network.loads.push(LoadPoint::new(name.clone(), bus, at("ps_mw"), at("qs_mvar")));
                let shunt = Shunt { name: name.clone(), bus, power_kw: at("pz_mw"), reactive_kvar: at("qz_mvar") };
                self.network.shunts.push(shunt);
                if table == "xward" {
                    let [r_ohm, x_ohm, voltage_pu] =
                        ["r_ohm", "x_ohm", "vm_pu"].map(|key| self.require("xward", &row, key));
                    let inner = self.network.buses.len();
                    let nominal_kv = self.network.buses[bus].nominal_kv;
                    self.network.buses.push(Bus { name: format!("xward {} inner", row.index), nominal_kv });
                    self.network.lines.push(one_km(format!("xward {}", row.index), [bus, inner], r_ohm, x_ohm));
                    self.network.generators.push(Generator { name, bus: inner, power_kw: 0.0, voltage_pu });
                }
            }
        }
    }
}

/// How a load's power follows the voltage. Before version 3 one share stood for both powers.
fn voltage_dependence(row: &Row, power: &str) -> VoltageDependence {
    let share = |kind: &str| {
        let new = row.number(&format!("const_{kind}_{power}_percent"));
        new.or_else(|| row.number(&format!("const_{kind}_percent"))).unwrap_or(0.0) / 100.0
    };
    VoltageDependence { constant_current: share("i"), constant_impedance: share("z") }
}
