//! pandapower's lines, transformers, impedances and switches.

use microgrid_core::distribution::{
    Bus, Line, PowerTransformer, Shunt, Side, Switch, SwitchedElement, TransformerCircuit,
};
use serde_json::Value;

use super::Import;
use super::tables::Row;
use super::taps::Taps;

/// A series impedance in ohm that becomes a line of one kilometre.
pub(super) fn one_km(name: String, [from_bus, to_bus]: [usize; 2], r_ohm: f64, x_ohm: f64) -> Line {
    Line {
        name,
        from_bus,
        to_bus,
        length_km: 1.0,
        r_ohm_per_km: r_ohm,
        x_ohm_per_km: x_ohm,
        c_nf_per_km: 0.0,
        g_us_per_km: 0.0,
        ampacity_a: f64::INFINITY,
        parallel: 1,
        in_service: true,
    }
}

impl Import<'_> {
    pub(super) fn lines(&mut self) {
        for row in self.rows("line") {
            let ends = ["from_bus", "to_bus"].map(|key| self.bus("line", &row, key));
            // What a bus out of service leaves of a line is open there and still charges.
            let Some([from_bus, to_bus]) = self.line_ends(&row, ends) else {
                self.notes.push(format!("line {} ends at buses out of service and is left out", row.index));
                continue;
            };
            let rating_ka = row.number("max_i_ka").unwrap_or(f64::INFINITY) * row.number("df").unwrap_or(1.0);
            let line = Line {
                name: format!("line {}", row.index),
                from_bus,
                to_bus,
                length_km: self.require("line", &row, "length_km"),
                r_ohm_per_km: self.require("line", &row, "r_ohm_per_km"),
                x_ohm_per_km: self.require("line", &row, "x_ohm_per_km"),
                c_nf_per_km: row.number("c_nf_per_km").unwrap_or(0.0),
                g_us_per_km: row.number("g_us_per_km").unwrap_or(0.0),
                ampacity_a: 1000.0 * rating_ka,
                parallel: row.index_of("parallel").unwrap_or(1).clamp(0, 1001) as u32,
                in_service: row.is_in_service(),
            };
            self.line_of.insert(row.index, self.network.lines.len());
            self.network.lines.push(line);
        }
    }

    fn line_ends(&mut self, row: &Row, ends: [Option<usize>; 2]) -> Option<[usize; 2]> {
        let open_key = match ends {
            [Some(from), Some(to)] => return Some([from, to]),
            [Some(_), None] => "to_bus",
            [None, Some(_)] => "from_bus",
            [None, None] => return None,
        };
        let index = row.index_of(open_key)?;
        let dark = match self.dark_bus_of.get(&index) {
            Some(&dark) => dark,
            None => {
                let rows = self.tables.rows.get("bus")?;
                let nominal_kv = rows.iter().find(|row| row.index == index)?.number("vn_kv")?;
                self.dark_bus_of.insert(index, self.network.buses.len());
                self.notes.push(format!("bus {index} is out of service: lines end there open"));
                self.network.buses.push(Bus { name: format!("bus {index} out of service"), nominal_kv });
                self.network.buses.len() - 1
            }
        };
        self.network.switches.push(Switch {
            name: format!("end of line {}", row.index),
            bus: dark,
            element: SwitchedElement::Line(self.network.lines.len()),
            is_closed: false,
        });
        Some(ends.map(|end| end.unwrap_or(dark)))
    }

    /// How pandapower was told to place magnetising branches.
    fn circuit(&self) -> TransformerCircuit {
        let options = self.tables.scalars.get("user_pf_options");
        match options.and_then(|options| options.get("trafo_model")).and_then(Value::as_str) {
            Some("pi") => TransformerCircuit::Pi,
            _ => TransformerCircuit::T,
        }
    }

    pub(super) fn transformers(&mut self) {
        for row in self.rows("trafo") {
            let ends = (self.bus("trafo", &row, "hv_bus"), self.bus("trafo", &row, "lv_bus"));
            let (Some(high_bus), Some(low_bus)) = ends else {
                self.notes.push(format!("trafo {} ends at a bus out of service and is left out", row.index));
                continue;
            };
            for key in ["leakage_resistance_ratio_hv", "leakage_reactance_ratio_hv"] {
                if row.number(key).is_some_and(|share| share != 0.5) {
                    self.refuse("trafo", &row, format!("has a {key} other than 0.5, which is not read"));
                }
            }
            let (taps, second) = (self.taps("trafo", &row, "tap"), self.taps("trafo", &row, "tap2"));
            let mut unit = PowerTransformer {
                name: format!("trafo {}", row.index),
                high_bus,
                low_bus,
                rated_kva: 1000.0 * self.require("trafo", &row, "sn_mva"),
                high_kv: self.require("trafo", &row, "vn_hv_kv"),
                low_kv: self.require("trafo", &row, "vn_lv_kv"),
                short_circuit_percent: self.require("trafo", &row, "vk_percent"),
                copper_loss_percent: self.require("trafo", &row, "vkr_percent"),
                no_load_percent: no_load_percent(&row),
                iron_loss_kw: row.number("pfe_kw").unwrap_or(0.0),
                shift_deg: row.number("shift_degree").unwrap_or(0.0),
                tap_side: Side::High,
                tap_position: 0.0,
                tap_step_percent: 0.0,
                parallel: row.index_of("parallel").unwrap_or(1).clamp(0, 1001) as u32,
                circuit: self.circuit(),
                in_service: row.is_in_service(),
            };
            put_taps(&mut unit, taps);
            if second.position != 0.0 {
                let rating = if second.is_high { &mut unit.high_kv } else { &mut unit.low_kv };
                *rating *= 1.0 + second.position * second.step_percent / 100.0;
                self.notes.push(format!("trafo {}: its second tap changer stands in its rated voltage", row.index));
            }
            unit.shift_deg += second.shift_deg;
            self.transformer_of.insert(row.index, self.network.transformers.len());
            self.network.transformers.push(unit);
        }
    }

    /// Three transformers at a star bus, whose short-circuit voltages are those of the pairs made into a star.
    pub(super) fn three_winding_transformers(&mut self) {
        for row in self.rows("trafo3w") {
            let sides = ["hv", "mv", "lv"];
            let number = |import: &mut Self, what: &str, unit: &str| {
                sides.map(|side| import.require("trafo3w", &row, &format!("{what}_{side}_{unit}")))
            };
            let rated_mva = number(self, "sn", "mva");
            let rated_kv = number(self, "vn", "kv");
            let (vk, vkr) = (number(self, "vk", "percent"), number(self, "vkr", "percent"));
            let ends = sides.map(|side| (format!("{side}_bus"), self.bus("trafo3w", &row, &format!("{side}_bus"))));
            if row.text("loss_side").is_some_and(|side| side != "hv") {
                self.refuse("trafo3w", &row, "has its iron losses elsewhere than at the high side, which is not read");
            }
            let star = self.network.buses.len();
            self.network.buses.push(Bus { name: format!("trafo3w {} star", row.index), nominal_kv: rated_kv[0] });
            let legs = star_legs(rated_mva, vk, vkr);
            let taps = self.taps("trafo3w", &row, "tap");
            let mut places = [(-1, None); 3];
            for (i, side) in sides.into_iter().enumerate() {
                places[i].0 = row.index_of(&ends[i].0).unwrap_or(-1);
                let Some(bus) = ends[i].1 else {
                    self.notes.push(format!("trafo3w {}: its {side} bus is left out, with that winding", row.index));
                    continue;
                };
                let is_first = i == 0;
                let mut unit = PowerTransformer {
                    name: format!("trafo3w {} {side}", row.index),
                    high_bus: if is_first { bus } else { star },
                    low_bus: if is_first { star } else { bus },
                    rated_kva: 1000.0 * rated_mva[i],
                    high_kv: rated_kv[0],
                    low_kv: rated_kv[i],
                    short_circuit_percent: legs[i].0,
                    copper_loss_percent: legs[i].1,
                    no_load_percent: if is_first { no_load_percent(&row) } else { 0.0 },
                    iron_loss_kw: if is_first { row.number("pfe_kw").unwrap_or(0.0) } else { 0.0 },
                    shift_deg: row.number(&format!("shift_{side}_degree")).unwrap_or(0.0),
                    tap_side: Side::High,
                    tap_position: 0.0,
                    tap_step_percent: 0.0,
                    parallel: 1,
                    circuit: self.circuit(),
                    in_service: row.is_in_service(),
                };
                if row.text("tap_side") == Some(side) {
                    put_taps(&mut unit, taps);
                }
                places[i].1 = Some(self.network.transformers.len());
                self.network.transformers.push(unit);
            }
            self.legs_of.insert(row.index, places);
        }
    }

    /// Impedances per unit: lines of one kilometre, or transformers of the nominal ratio between other voltages.
    pub(super) fn impedances(&mut self) {
        for row in self.rows_in_service("impedance") {
            let ends = (self.bus("impedance", &row, "from_bus"), self.bus("impedance", &row, "to_bus"));
            let (Some(from), Some(to)) = ends else {
                self.notes.push(format!("impedance {} ends at a bus that is left out", row.index));
                continue;
            };
            let [r, x, rated_mva] = ["rft_pu", "xft_pu", "sn_mva"].map(|key| self.require("impedance", &row, key));
            let back = (row.number("rtf_pu").unwrap_or(r), row.number("xtf_pu").unwrap_or(x));
            if (back.0 - r).abs() > 1e-12 || (back.1 - x).abs() > 1e-12 {
                self.refuse("impedance", &row, "differs by direction (rtf_pu, xtf_pu), which is not read");
            }
            let name = format!("impedance {}", row.index);
            let [from_kv, to_kv] = [from, to].map(|bus| self.network.buses[bus].nominal_kv);
            if from_kv == to_kv {
                let ohm = from_kv * from_kv / rated_mva;
                self.network.lines.push(one_km(name.clone(), [from, to], r * ohm, x * ohm));
            } else {
                self.network.transformers.push(PowerTransformer {
                    name: name.clone(),
                    high_bus: from,
                    low_bus: to,
                    rated_kva: 1000.0 * rated_mva,
                    high_kv: from_kv,
                    low_kv: to_kv,
                    short_circuit_percent: (100.0 * r.hypot(x)).copysign(x),
                    copper_loss_percent: 100.0 * r,
                    no_load_percent: 0.0,
                    iron_loss_kw: 0.0,
                    shift_deg: 0.0,
                    tap_side: Side::High,
                    tap_position: 0.0,
                    tap_step_percent: 0.0,
                    parallel: 1,
                    circuit: TransformerCircuit::T,
                    in_service: true,
                });
            }
            for (bus, g, b) in [(from, "gf_pu", "bf_pu"), (to, "gt_pu", "bt_pu")] {
                let [power_kw, charging_kvar] = [g, b].map(|key| 1000.0 * rated_mva * row.number(key).unwrap_or(0.0));
                if power_kw != 0.0 || charging_kvar != 0.0 {
                    let shunt = Shunt { name: name.clone(), bus, power_kw, reactive_kvar: -charging_kvar };
                    self.network.shunts.push(shunt);
                }
            }
        }
    }

    pub(super) fn switches(&mut self) {
        for row in self.rows("switch") {
            let Some(bus) = self.bus("switch", &row, "bus") else { continue };
            let element = row.index_of("element").unwrap_or(-1);
            let is_closed = row.flag("closed").unwrap_or(true);
            let name = row.name_or("switch");
            let found = match row.text("et") {
                Some("b") => self.bus("switch", &row, "element").map(SwitchedElement::Bus),
                Some("l") => self.line_of.get(&element).copied().map(SwitchedElement::Line),
                Some("t") => self.transformer_of.get(&element).copied().map(SwitchedElement::Transformer),
                Some("t3") => {
                    let legs = self.legs_of.get(&element).into_iter().flatten();
                    let at_bus = legs.filter(|(leg_bus, _)| Some(*leg_bus) == row.index_of("bus"));
                    at_bus.filter_map(|(_, unit)| *unit).next().map(SwitchedElement::Transformer)
                }
                other => {
                    self.refuse("switch", &row, format!("has et = {other:?}, which is not read"));
                    continue;
                }
            };
            let Some(element) = found else {
                self.notes.push(format!("switch {} is at an element that is left out", row.index));
                continue;
            };
            // Between buses only, and with pandapower's default of R = 2·X.
            let z_ohm = row.number("z_ohm").unwrap_or(0.0);
            if let (SwitchedElement::Bus(other), true) = (element, is_closed && z_ohm > 0.0) {
                let x_ohm = z_ohm / 5f64.sqrt();
                self.notes.push(format!("switch {} has an impedance and becomes a line", row.index));
                let name = format!("switch {}", row.index);
                self.network.lines.push(one_km(name, [bus, other], 2.0 * x_ohm, x_ohm));
                continue;
            }
            self.network.switches.push(Switch { name, bus, element, is_closed });
        }
    }
}

/// The no-load current; since version 3 pandapower takes it as lagging whatever its sign.
fn no_load_percent(row: &Row) -> f64 {
    row.number("i0_percent").unwrap_or(0.0).abs()
}

fn put_taps(unit: &mut PowerTransformer, taps: Taps) {
    unit.tap_side = if taps.is_high { Side::High } else { Side::Low };
    (unit.tap_position, unit.tap_step_percent) = (taps.position, taps.step_percent);
    unit.shift_deg += taps.shift_deg;
}

/// Short-circuit voltage and its resistive part of each leg, on that leg's rating, from those of the pairs high–middle,
/// middle–low and high–low, each on the smaller rating of its pair.
fn star_legs(rated_mva: [f64; 3], vk: [f64; 3], vkr: [f64; 3]) -> [(f64, f64); 3] {
    let [high, middle, low] = rated_mva;
    let smaller = [high.min(middle), middle.min(low), high.min(low)];
    let on_high = |percent: [f64; 3]| [0, 1, 2].map(|i| high * percent[i] / smaller[i]);
    let (z, r) = (on_high(vk), on_high(vkr));
    let x = [0, 1, 2].map(|i| (z[i] * z[i] - r[i] * r[i]).max(0.0).sqrt());
    let leg = |of: [f64; 3], i: usize| {
        let sum = match i {
            0 => of[0] + of[2] - of[1],
            1 => of[1] + of[0] - of[2],
            _ => of[2] + of[1] - of[0],
        };
        0.5 * sum * rated_mva[i] / high
    };
    [0, 1, 2].map(|i| {
        let (r, x) = (leg(r, i), leg(x, i));
        (r.hypot(x).copysign(x), r)
    })
}
