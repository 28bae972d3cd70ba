//! `[demand]`: what the site uses.

use microgrid_core::demand::{Load, Tier, ValueOfLostLoad};
use schemars::JsonSchema;

use super::loading::Reading;
use super::scaling::Scaling;
use super::{
    BuildingTable, DeferrableTable, SessionsTable, ShiftableTable, StationTable, SwapStationTable, WaterHeaterTable,
};
use crate::document::Section;
use crate::series::{Quantity, SeriesInput};

/// What the site uses.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DemandTable {
    /// Loads.
    #[schemars(with = "Option<Vec<LoadTable>>")]
    pub load: Vec<LoadTable>,
    /// Charging sessions, each served from arrival on.
    #[schemars(with = "Option<Vec<SessionsTable>>")]
    pub sessions: Vec<SessionsTable>,
    /// Energy wanted within windows of time, each served as soon as its window begins.
    #[schemars(with = "Option<Vec<DeferrableTable>>")]
    pub deferrable: Vec<DeferrableTable>,
    /// Charging stations, whose schedulers say who gets how much.
    #[schemars(with = "Option<Vec<StationTable>>")]
    pub station: Vec<StationTable>,
    /// Water heaters.
    #[schemars(with = "Option<Vec<WaterHeaterTable>>")]
    pub water_heater: Vec<WaterHeaterTable>,
    /// Battery-swapping stations.
    #[schemars(with = "Option<Vec<SwapStationTable>>")]
    pub swap_station: Vec<SwapStationTable>,
    /// Loads that can wait within windows of time, or of which a part can be left.
    #[schemars(with = "Option<Vec<ShiftableTable>>")]
    pub shiftable: Vec<ShiftableTable>,
    /// Buildings that heat pumps keep warm and cool.
    #[schemars(with = "Option<Vec<BuildingTable>>")]
    pub building: Vec<BuildingTable>,
    /// What a kWh not served is worth, by tier. Without a price unserved energy is avoided before all else, counts a value
    /// derived from the site's dearest supply, and is to be read in kWh.
    pub value_of_lost_load: Option<ValueOfLostLoadTable>,
}

/// A load that asks for power as its series says.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LoadTable {
    /// What reports call it; `load 1`, `load 2`, … by default.
    pub name: Option<String>,
    /// In which order it is shed when the site is short: `critical` last, then `normal` (default), `sheddable` first.
    #[schemars(with = "Option<String>", extend("enum" = Tier::ALL.map(Tier::name)))]
    pub tier: Option<Tier>,
    /// Power asked in kW, at least 0.
    pub power_kw: SeriesInput,
    /// Factor on the power, at least 0.
    pub scale: Option<f64>,
    /// Energy asked in the year of the run, in kWh; instead of `scale`.
    pub annual_kwh: Option<f64>,
    /// Greatest mean power of a step, in kW; instead of `scale`.
    pub peak_kw: Option<f64>,
    #[schemars(skip)]
    pub(super) path: String,
    #[schemars(skip)]
    pub(super) scaling: Scaling,
}

/// What a kWh not served is worth in the scenario's currency, by tier; must not rise from critical to sheddable.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ValueOfLostLoadTable {
    /// Of the critical tier, above 0; not given: it is avoided first.
    pub critical_per_kwh: Option<f64>,
    /// Of the normal tier, above 0; not given: it is avoided first.
    pub normal_per_kwh: Option<f64>,
    /// Of the sheddable tier, above 0; not given: it is avoided first.
    pub sheddable_per_kwh: Option<f64>,
}

impl DemandTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            load: section.tables("load", LoadTable::read),
            sessions: section.tables("sessions", SessionsTable::read),
            deferrable: section.tables("deferrable", DeferrableTable::read),
            station: section.tables("station", StationTable::read),
            water_heater: section.tables("water_heater", WaterHeaterTable::read),
            swap_station: section.tables("swap_station", SwapStationTable::read),
            shiftable: section.tables("shiftable", ShiftableTable::read),
            building: section.tables("building", BuildingTable::read),
            value_of_lost_load: section.table("value_of_lost_load", |section| ValueOfLostLoadTable {
                critical_per_kwh: section.number("critical_per_kwh"),
                normal_per_kwh: section.number("normal_per_kwh"),
                sheddable_per_kwh: section.number("sheddable_per_kwh"),
            }),
        }
    }

    pub(super) fn value_of_lost_load(&self) -> ValueOfLostLoad {
        let Some(table) = &self.value_of_lost_load else { return ValueOfLostLoad::default() };
        ValueOfLostLoad {
            critical_per_kwh: table.critical_per_kwh,
            normal_per_kwh: table.normal_per_kwh,
            sheddable_per_kwh: table.sheddable_per_kwh,
            avoided_per_kwh: None,
        }
    }
}

impl LoadTable {
    fn read(section: &mut Section<'_>) -> Self {
        let name = section.text("name");
        let tier = section.choice("tier", &Tier::ALL.map(|tier| (tier.name(), tier)));
        let power_kw = SeriesInput::read_required(section, "power_kw");
        let scale = section.number("scale");
        let annual_kwh = section.number_within("annual_kwh", 1e-6, 1e12);
        let peak_kw = section.number_within("peak_kw", 1e-6, 1e9);
        let scaling = Scaling::of(section, scale, annual_kwh, peak_kw);
        Self { name, tier, power_kw, scale, annual_kwh, peak_kw, path: section.path().to_owned(), scaling }
    }

    pub(super) fn load(&self, index: usize, reading: &mut Reading<'_>) -> Load {
        let quantity = Quantity::Power { per_unit: self.scaling.is_given() };
        let power_kw = reading.series(&format!("{}.power_kw", self.path), &self.power_kw, quantity);
        let scale = reading.scale(&self.path, self.scaling, &power_kw);
        if matches!(self.power_kw, SeriesInput::File(_)) {
            reading.echo_energy(&self.path, self.scaling, &power_kw);
        }
        Load {
            name: self.name.clone().unwrap_or_else(|| format!("load {}", index + 1)),
            tier: self.tier.unwrap_or_default(),
            scale,
            ..Load::new("", power_kw)
        }
    }
}
