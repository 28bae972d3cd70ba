//! `[generation]`: what makes power.

use microgrid_core::generation::{SeriesPlant, SpinningReserve};
use schemars::JsonSchema;

use super::genset::GensetTable;
use super::loading::Reading;
use super::scaling::Scaling;
use super::{PvTable, WindTurbineTable};
use crate::document::Section;
use crate::series::{Quantity, SeriesInput};

/// What makes power.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GenerationTable {
    /// Plants whose available power is given.
    #[schemars(with = "Option<Vec<SeriesPlantTable>>")]
    pub series: Vec<SeriesPlantTable>,
    /// Gensets, in the order in which they are started where the site is short.
    #[schemars(with = "Option<Vec<GensetTable>>")]
    pub genset: Vec<GensetTable>,
    /// Solar arrays under the site's weather.
    #[schemars(with = "Option<Vec<PvTable>>")]
    pub pv: Vec<PvTable>,
    /// Wind turbines under the site's weather.
    #[schemars(with = "Option<Vec<WindTurbineTable>>")]
    pub wind: Vec<WindTurbineTable>,
    /// Reserve that strategies for gensets keep on line beyond the load.
    pub spinning_reserve: Option<SpinningReserveTable>,
}

/// Reserve that strategies for gensets keep on line beyond the load, as HOMER's operating reserve: running gensets,
/// storage and the tie count with the most they can give.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SpinningReserveTable {
    /// Reserve per load asked for at the time, a share, 0 to 10; 0 by default.
    pub load_share: Option<f64>,
    /// Reserve per generation of sun and wind available at the time, a share, 0 to 1; 0 by default.
    pub generation_share: Option<f64>,
}

/// A plant whose available power is given as a series, such as metered solar.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SeriesPlantTable {
    /// What reports call it; `plant 1`, `plant 2`, … by default.
    pub name: Option<String>,
    /// Available power at the plant's AC terminals in kW, at least 0.
    pub power_kw: SeriesInput,
    /// Factor on the power, at least 0.
    pub scale: Option<f64>,
    /// Energy available in the year of the run, in kWh; instead of `scale`.
    pub annual_kwh: Option<f64>,
    /// Greatest mean power of a step, in kW; instead of `scale`.
    pub peak_kw: Option<f64>,
    /// Whether the site may take less than is available; `true` by default.
    pub curtailable: Option<bool>,
    #[schemars(skip)]
    pub(super) path: String,
    #[schemars(skip)]
    pub(super) scaling: Scaling,
}

impl GenerationTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            series: section.tables("series", SeriesPlantTable::read),
            pv: section.tables("pv", PvTable::read),
            genset: section.tables("genset", GensetTable::read),
            wind: section.tables("wind", WindTurbineTable::read),
            spinning_reserve: section.table("spinning_reserve", |section| SpinningReserveTable {
                load_share: section.number("load_share"),
                generation_share: section.number("generation_share"),
            }),
        }
    }

    pub(super) fn spinning_reserve(&self) -> SpinningReserve {
        self.spinning_reserve.map_or(SpinningReserve::default(), |table| SpinningReserve {
            load_share: table.load_share.unwrap_or(0.0),
            generation_share: table.generation_share.unwrap_or(0.0),
        })
    }
}

impl SeriesPlantTable {
    fn read(section: &mut Section<'_>) -> Self {
        let name = section.text("name");
        let power_kw = SeriesInput::read_required(section, "power_kw");
        let scale = section.number("scale");
        let annual_kwh = section.number_within("annual_kwh", 1e-6, 1e12);
        let peak_kw = section.number_within("peak_kw", 1e-6, 1e9);
        let curtailable = section.flag("curtailable");
        let scaling = Scaling::of(section, scale, annual_kwh, peak_kw);
        Self { name, power_kw, scale, annual_kwh, peak_kw, curtailable, path: section.path().to_owned(), scaling }
    }

    pub(super) fn plant(&self, index: usize, reading: &mut Reading<'_>) -> SeriesPlant {
        let quantity = Quantity::Power { per_unit: self.scaling.is_given() };
        let power_kw = reading.series(&format!("{}.power_kw", self.path), &self.power_kw, quantity);
        SeriesPlant {
            name: self.name.clone().unwrap_or_else(|| format!("plant {}", index + 1)),
            scale: reading.scale(&self.path, self.scaling, &power_kw),
            power_kw,
            curtailable: self.curtailable.unwrap_or(true),
        }
    }
}
