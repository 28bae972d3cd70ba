//! `[distribution.feeder.tap_changer]`: a transformer whose taps move under load.

use microgrid_core::Problem;
use microgrid_core::distribution::{Network, TapChanger};
use schemars::JsonSchema;

use super::loading::Reading;
use crate::document::Section;
use crate::suggestion::nearest;

/// A transformer whose taps move under load to hold the voltage of a bus; its tap in the network is the first one.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TapChangerTable {
    /// Name of the transformer in the network.
    pub transformer: String,
    /// Bus whose voltage is held; that of its low-voltage winding by default.
    pub bus: Option<String>,
    /// The voltage that is held, per unit of nominal, 0.8 to 1.2.
    pub voltage_pu: f64,
    /// Width of the dead-band around it, per unit: at least what one tap moves, at most 0.2.
    pub band_pu: f64,
    /// How long the voltage is out of the band before each move, s, 0 to 86 400.
    pub delay_s: f64,
    /// Least position.
    pub tap_least: i32,
    /// Greatest position.
    pub tap_greatest: i32,
}

impl TapChangerTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let mut position = |key: &'static str| {
            if !section.has(key) {
                section.missing(key, "a whole number");
            }
            section.whole_within(key, -100, 100).unwrap_or(0) as i32
        };
        let (tap_least, tap_greatest) = (position("tap_least"), position("tap_greatest"));
        Self {
            transformer: section.required_text("transformer", "the name of a transformer of the network"),
            bus: section.text("bus"),
            voltage_pu: section.required_number("voltage_pu"),
            band_pu: section.required_number("band_pu"),
            delay_s: section.required_number("delay_s"),
            tap_least,
            tap_greatest,
        }
    }

    /// Core's changer; `None` where a name is unknown, which is told.
    pub(super) fn changer(&self, network: &Network, reading: &Reading<'_>) -> Option<TapChanger> {
        let find = |key: &str, name: &str, all: Vec<&str>| {
            let found = all.iter().position(|other| *other == name);
            if found.is_none() {
                let field = format!("distribution.feeder.tap_changer.{key}");
                let problem = Problem::new(field, "is not in the network").value(format!("\"{name}\""));
                let near = nearest(name, all);
                reading.extend(near.iter().fold(problem, |p, near| p.hint(format!("did you mean {near}?"))).into());
            }
            found
        };
        let units = network.transformers.iter().map(|unit| unit.name.as_str()).collect();
        let transformer = find("transformer", &self.transformer, units);
        let bus = match &self.bus {
            Some(name) => find("bus", name, network.buses.iter().map(|bus| bus.name.as_str()).collect()),
            None => transformer.map(|transformer| network.transformers[transformer].low_bus),
        };
        Some(TapChanger {
            transformer: transformer?,
            bus: bus?,
            voltage_pu: self.voltage_pu,
            band_pu: self.band_pu,
            delay_s: self.delay_s,
            positions: self.tap_least..=self.tap_greatest,
        })
    }
}
