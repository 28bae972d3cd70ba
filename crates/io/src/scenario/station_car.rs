//! `[[demand.station.own_car]]`: a car of one's own.

use microgrid_core::demand::{Car, CurrentEfficiency, CurvePoint};
use schemars::JsonSchema;

use crate::document::Section;
use microgrid_core::Problem;

/// A kind of car that is not among the common ones.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StationCarTable {
    /// Its name, by which sessions name it.
    pub name: String,
    /// Energy of the full pack in kWh, 0.1 to 10 000.
    pub capacity_kwh: f64,
    /// Points `[state of charge, greatest power into the pack in kW]`, ascending from 0 to 1, straight lines between.
    #[schemars(with = "Vec<[f64; 2]>")]
    pub curve: Vec<[f64; 2]>,
    /// Voltage of the pack, V, 10 to 2000; 400 by default. It counts at direct current only.
    pub pack_v: Option<f64>,
    /// Greatest power of the on-board charger in kW, at least 0; 11 by default.
    pub ac_max_kw: Option<f64>,
    /// Points `[current in A, efficiency]` of the on-board charger on one phase, ascending; up to 16 A at 0.85 by default.
    #[schemars(with = "Option<Vec<[f64; 2]>>")]
    pub one_phase: Vec<[f64; 2]>,
    /// The same on three phases; up to 16 A at 0.9 by default.
    #[schemars(with = "Option<Vec<[f64; 2]>>")]
    pub three_phase: Vec<[f64; 2]>,
}

impl StationCarTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        if !section.has("curve") {
            section.missing("curve", "a list of points [soc, kW]");
        }
        Self {
            name: section.required_text("name", "what the car is called"),
            capacity_kwh: section.required_number("capacity_kwh"),
            curve: pairs(section, "curve"),
            pack_v: section.number("pack_v"),
            ac_max_kw: section.number("ac_max_kw"),
            one_phase: pairs(section, "one_phase"),
            three_phase: pairs(section, "three_phase"),
        }
    }

    pub(super) fn car(&self) -> Car {
        let efficiencies = |points: &[[f64; 2]], usual: f64| {
            let points = if points.is_empty() { &[[6.0, usual], [16.0, usual]] } else { points };
            points.iter().map(|&[current_a, efficiency]| CurrentEfficiency { current_a, efficiency }).collect()
        };
        Car {
            name: self.name.clone(),
            capacity_kwh: self.capacity_kwh,
            curve: self.curve.iter().map(|&[soc, power_kw]| CurvePoint { soc, power_kw }).collect(),
            pack_v: self.pack_v.unwrap_or(400.0),
            ac_max_kw: self.ac_max_kw.unwrap_or(11.0),
            one_phase: efficiencies(&self.one_phase, 0.85),
            three_phase: efficiencies(&self.three_phase, 0.9),
        }
    }
}

/// A list of pairs of numbers, empty where not written.
fn pairs(section: &mut Section<'_>, key: &'static str) -> Vec<[f64; 2]> {
    let rows = section.rows(key);
    let mut pairs = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        let numbers: Option<Vec<f64>> = row.iter().map(microgrid_sweep::Value::number).collect();
        match numbers.as_deref() {
            Some(&[first, second]) => pairs.push([first, second]),
            _ => section.push(Problem::new(format!("{}[{i}]", section.field(key)), "is not a pair of numbers")),
        }
    }
    pairs
}
