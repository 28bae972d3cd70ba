//! `[storage.battery.ageing]`: how a battery ages in the run.

use microgrid_core::storage::{Ageing, EndOfLife, EndOfLifeAction, FadeModel, Warranty};
use schemars::JsonSchema;

use super::ambient::Ambient;
use super::loading::Reading;
use super::months;
use crate::document::Section;

/// How a battery ages: its capacity falls, its resistance grows, and power and efficiency with them, day by day.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AgeingTable {
    /// By which published model: `lfp_prismatic_250ah` (large iron phosphate cells, NREL BLAST-Lite), `nmc_kokam_75ah` (NREL
    /// BLAST-Lite), `xu_2018` (manganese oxide, rainflow cycles), `wang_2011` (A123 iron phosphate, throughput only).
    #[schemars(with = "String", extend("enum" = FadeModel::ALL.map(FadeModel::name)))]
    pub model: FadeModel,
    /// Temperature of the cells in °C, −40 to 80; 25 by default.
    pub temperature_c: Option<f64>,
    /// The same by calendar month: twelve numbers, January first; instead of `temperature_c`.
    pub temperature_by_month_c: Option<[f64; 12]>,
    /// Whether the cells are as warm as the air of the site's weather; instead of `temperature_c`. `[storage.battery.cells]` follows
    /// what their own losses add.
    pub ambient_from_weather: Option<bool>,
    /// Share of the conversion losses that is the cells' own and grows with their resistance, in percent; 40 by default.
    pub resistive_percent: Option<f64>,
    /// Power that new cells could give as a multiple of the rated power, at least 1; 1.25 by default.
    pub power_headroom: Option<f64>,
    /// Capacity left, in percent of the nominal one, that ends a life; 80 by default.
    pub end_of_life_percent: Option<f64>,
    /// What is done then: `keep` (default), `replace` all cells, or `augment` with new modules to the nominal capacity.
    #[schemars(with = "Option<String>", extend("enum" = EndOfLifeAction::ALL.map(EndOfLifeAction::name)))]
    pub at_end_of_life: Option<EndOfLifeAction>,
    /// Cost of a kWh of new capacity in the scenario's currency, told beside bill and objective and no part of them; 0 by
    /// default.
    pub replacement_cost_per_kwh: Option<f64>,
    /// Whether it ages only where a run goes through several years: a run of one year then keeps it as it is when new. `false`
    /// by default.
    pub only_over_years: Option<bool>,
    /// What the maker promises.
    pub warranty: Option<WarrantyTable>,
}

/// A warranty: the capacity stays at or above a share of the nominal one until the first limit is reached.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WarrantyTable {
    /// Years from the first day on.
    pub years: f64,
    /// Capacity promised, in percent of the nominal one.
    pub capacity_percent: f64,
    /// Equivalent full cycles; not limited by default.
    pub full_cycles: Option<f64>,
    /// Energy discharged at the AC terminals in kWh; not limited by default.
    pub throughput_kwh: Option<f64>,
}

impl AgeingTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        if !section.has("model") {
            section.missing("model", &FadeModel::ALL.map(FadeModel::name).join(", "));
        }
        let table = Self {
            model: section
                .choice("model", &FadeModel::ALL.map(|model| (model.name(), model)))
                .unwrap_or(FadeModel::LfpPrismatic250Ah),
            temperature_c: section.number("temperature_c"),
            temperature_by_month_c: months::within(section, "temperature_by_month_c", -40.0, 80.0),
            ambient_from_weather: section.flag("ambient_from_weather"),
            resistive_percent: section.number("resistive_percent"),
            power_headroom: section.number("power_headroom"),
            end_of_life_percent: section.number("end_of_life_percent"),
            at_end_of_life: section
                .choice("at_end_of_life", &EndOfLifeAction::ALL.map(|action| (action.name(), action))),
            replacement_cost_per_kwh: section.number("replacement_cost_per_kwh"),
            only_over_years: section.flag("only_over_years"),
            warranty: section.table("warranty", WarrantyTable::read),
        };
        section.allow_one(&["temperature_c", "temperature_by_month_c", "ambient_from_weather"]);
        table
    }

    /// Whether it says how warm the cells are.
    pub(super) fn gives_temperature(&self) -> bool {
        self.temperature_c.is_some() || self.temperature_by_month_c.is_some() || self.ambient_from_weather == Some(true)
    }

    /// Core's ageing of new cells; `path` is that of its table.
    pub(super) fn ageing(&self, path: &str, reading: &mut Reading<'_>) -> Ageing {
        let usual = Ageing::new(self.model);
        let cells = Ambient {
            constant_c: self.temperature_c,
            by_month_c: self.temperature_by_month_c.as_ref(),
            from_weather: self.ambient_from_weather,
            usual_c: &usual.temperature_c,
        };
        let temperature_c = cells.series(path, reading);
        let end = usual.end_of_life;
        Ageing {
            temperature_c,
            resistive_percent: self.resistive_percent.unwrap_or(usual.resistive_percent),
            power_headroom: self.power_headroom.unwrap_or(usual.power_headroom),
            end_of_life: EndOfLife {
                capacity_percent: self.end_of_life_percent.unwrap_or(end.capacity_percent),
                action: self.at_end_of_life.unwrap_or(end.action),
                cost_per_kwh: self.replacement_cost_per_kwh.unwrap_or(end.cost_per_kwh),
            },
            warranty: self.warranty.as_ref().map(WarrantyTable::warranty),
            ..usual
        }
    }
}

impl WarrantyTable {
    fn read(section: &mut Section<'_>) -> Self {
        Self {
            years: section.required_number("years"),
            capacity_percent: section.required_number("capacity_percent"),
            full_cycles: section.number("full_cycles"),
            throughput_kwh: section.number("throughput_kwh"),
        }
    }

    fn warranty(&self) -> Warranty {
        let Self { years, capacity_percent, full_cycles, throughput_kwh } = *self;
        Warranty { years, capacity_percent, full_cycles, throughput_kwh }
    }
}
