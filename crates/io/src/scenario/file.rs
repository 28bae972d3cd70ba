//! `scenario.toml` as a whole, and its JSON Schema.

use schemars::JsonSchema;

use super::{
    DemandTable, DispatchTable, DistributionTable, GenerationTable, MonitoringTable, SiteTable, StorageTable,
    TimeTable, UtilityTable, YearsTable,
};
use crate::document::{Document, json_schema};

/// A site and its year: the file `scenario.toml` of a scenario folder.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ScenarioFile {
    /// What the site is called, and where it is.
    pub site: SiteTable,
    /// From when to when the run goes, and in which steps.
    pub time: TimeTable,
    /// What makes power.
    #[schemars(with = "Option<GenerationTable>")]
    pub generation: GenerationTable,
    /// What keeps energy.
    #[schemars(with = "Option<StorageTable>")]
    pub storage: StorageTable,
    /// The tie to the utility grid.
    #[schemars(with = "Option<DistributionTable>")]
    pub distribution: DistributionTable,
    /// What the site uses.
    #[schemars(with = "Option<DemandTable>")]
    pub demand: DemandTable,
    /// What the grid connection sells, charges, bans and emits.
    pub utility: UtilityTable,
    /// The strategy that the site runs under.
    #[schemars(with = "Option<DispatchTable>")]
    pub dispatch: DispatchTable,
    /// What is watched in a run; without this table nothing is.
    pub monitoring: Option<MonitoringTable>,
    /// Years that follow the first; one by default.
    pub years: Option<YearsTable>,
}

impl ScenarioFile {
    /// Reads all tables; what is wrong is kept in the document.
    pub(super) fn read(document: &Document<'_>) -> Self {
        let mut root = document.root();
        let site = root.table("site", SiteTable::read);
        let time = root.table("time", TimeTable::read);
        let generation = root.table("generation", GenerationTable::read).unwrap_or_default();
        let storage = root.table("storage", StorageTable::read).unwrap_or_default();
        let distribution = root.table("distribution", DistributionTable::read).unwrap_or_default();
        let demand = root.table("demand", DemandTable::read).unwrap_or_default();
        let utility = root.table("utility", UtilityTable::read).unwrap_or_default();
        let dispatch = root.table("dispatch", DispatchTable::read).unwrap_or_default();
        let monitoring = root.table("monitoring", MonitoringTable::read);
        let years = root.table("years", YearsTable::read);
        for key in ["site", "time", "utility"] {
            root.require_table(key);
        }
        root.close();
        let site = site.unwrap_or_default();
        let time = time.unwrap_or_else(|| TimeTable {
            start: String::new(),
            end: None,
            days: None,
            step_minutes: None,
            step_s: None,
            holidays: Vec::new(),
            make_up_workdays: Vec::new(),
        });
        Self { site, time, generation, storage, distribution, demand, utility, dispatch, monitoring, years }
    }
}

/// The JSON Schema (draft 2020-12) of `scenario.toml`, for editors that check and complete as one writes.
///
/// # Examples
/// ```
/// let schema = microgrid_io::scenario::schema();
/// assert_eq!(schema["properties"]["storage"]["$ref"], "#/$defs/StorageTable");
/// ```
#[must_use]
pub fn schema() -> serde_json::Value {
    json_schema::<ScenarioFile>("scenario.toml")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::document::{accepted, described, table_of};

    /// Every table that can be written, so that every key is asked for.
    const ALL_TABLES: &str = "
        [site]
        [site.weather]
        horizon = [{}]
        [site.weather.normals.wind]
        [time]
        [[generation.series]]
        power_kw = {}
        [[generation.genset]]
        [[generation.genset.fuel_point]]
        [generation.genset.second_fuel]
        [generation.genset.heat_recovery]
        [generation.spinning_reserve]
        [[generation.pv]]
        arrays = [{}]
        tracker = {}
        sapm = {}
        faiman = {}
        noct = {}
        pvsyst = {}
        six_parameter = {}
        sandia = {}
        losses = {}
        [[generation.wind]]
        curve = [{}]
        losses = {}
        [[storage.battery]]
        ageing = { warranty = {} }
        part_load = {}
        charge_taper = {}
        discharge_taper = {}
        wells = {}
        cells = { charge = {}, discharge = {} }
        hybrid = {}
        auxiliaries = {}
        [[storage.hydrogen]]
        electrolyser = { polarisation_point = [{}] }
        compressor = {}
        tank = {}
        fuel_cell = { polarisation_point = [{}] }
        load = {}
        sale = {}
        [distribution]
        import_limit_kw = {}
        export_limit_kw = {}
        reactive_kvar = {}
        transformer = {}
        [distribution.feeder]
        tap_changer = {}
        [[distribution.feeder.place]]
        inverter = {}
        [demand]
        value_of_lost_load = {}
        [[demand.load]]
        power_kw = {}
        [[demand.sessions]]
        draw = {}
        [[demand.deferrable]]
        window = [{}]
        [[demand.station]]
        draw = {}
        limit = [{}]
        own_car = [{}]
        [[demand.water_heater]]
        [[demand.swap_station]]
        [[demand.shiftable]]
        load_kw = {}
        window = [{}]
        [[demand.building]]
        mass = {}
        window = [{}]
        heat_pump = { heating_point = [{}], cooling_point = [{}] }
        [utility]
        import_price_per_kwh = {}
        export_price_per_kwh = {}
        [utility.carbon]
        intensity_kg_per_kwh = {}
        [[utility.metered]]
        [[utility.outage]]
        [utility.random_outages]
        [dispatch]
        [monitoring]
        customers = [{}]
        alarm = [{}]
        meter = [{}]
        transformer = {}
        survival = {}
        [years]
    ";

    #[test]
    fn the_schema_has_the_keys_that_the_reader_accepts() {
        let document = Document::parse("scenario.toml", ALL_TABLES).unwrap();
        let _ = ScenarioFile::read(&document);
        assert_eq!(accepted(&document), described(&schema()));
    }

    #[test]
    fn the_schema_requires_what_the_reader_misses() {
        let document = Document::parse("scenario.toml", ALL_TABLES).unwrap();
        let _ = ScenarioFile::read(&document);
        let missing: BTreeSet<String> = document
            .into_problems()
            .iter()
            .filter(|problem| {
                problem.message == "is missing" && problem.allowed.as_ref().is_some_and(|text| !text.contains("one of"))
            })
            .map(|problem| problem.field.replace("[0]", ""))
            .collect();
        let schema = schema();
        let tables = described(&schema);
        let mut required = BTreeSet::new();
        for path in tables.keys().filter(|path| !path.is_empty()) {
            let mut table = &schema;
            for key in path.split('.') {
                table = table_of(&schema, &table["properties"][key]);
            }
            let keys = table["required"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
            required.extend(keys.map(|key| format!("{path}.{key}")));
        }
        // A key that holds an empty table is written, its parts are missing.
        required.retain(|field| !tables.contains_key(field));
        assert!(missing.contains("demand.load.power_kw.file"), "{missing:?}");
        assert_eq!(missing, required);
    }
}
