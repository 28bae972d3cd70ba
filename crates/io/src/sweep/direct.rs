//! Fields that are a number or a name of core's scenario, set there without reading files again.
//!
//! What is set here must give the bits that the reader gives; a test compares both for every field.

use microgrid_core::demand::Load;
use microgrid_core::dispatch::Dispatch;
use microgrid_core::generation::{Genset, SeriesPlant};
use microgrid_core::storage::Battery;
use microgrid_core::utility::{Price, PriceComponent, Tariff};
use microgrid_core::{Problem, Problems, Scenario, Series};
use microgrid_sweep::Value;

use crate::scenario::{Loaded, ScenarioFile};
use crate::setting::FieldPath;

/// Sets a value in a scenario, or says why it cannot be set.
pub(super) type Setter = Box<dyn Fn(&mut Scenario, &Value) -> Result<(), Problems> + Send + Sync>;

/// Sets a price of one value in a tariff.
pub(super) type PriceSetter = fn(&mut Tariff, f64);

/// A field and the base that it is a field of.
pub(super) struct DirectField<'b> {
    pub(super) field: &'b str,
    pub(super) is_number: bool,
    pub(super) tables: &'b ScenarioFile,
    pub(super) loaded: &'b Loaded,
    /// All fields that the sweep sets.
    pub(super) all: &'b [&'b str],
}

impl DirectField<'_> {
    /// How the field is set directly, where it can be.
    pub(super) fn setter(&self) -> Option<Setter> {
        let path = FieldPath::parse(self.field)?;
        match path.parts()?[..] {
            [("storage", None), ("battery", Some(i)), (key, None)] => self.battery(i, key),
            [("generation", None), ("genset", Some(i)), (key, None)] => self.genset(i, key),
            [("generation", None), (kind @ ("series" | "pv"), Some(i)), (key, None)] => self.plant(kind, i, key),
            [("demand", None), ("value_of_lost_load", None), (key, None)] => lost_load(key),
            [("demand", None), (kind, Some(i)), (key, None)] => self.load(kind, i, key),
            [("distribution", None), (key, None)] if self.is_number => connection(key),
            [("distribution", None), ("transformer", None), (key, None)] => self.transformer(key),
            [("utility", None), ("carbon", None), (key, None)] if self.is_number => self.carbon(key),
            [("dispatch", None), (key, None)] => self.dispatch(key),
            _ => None,
        }
    }

    /// How the field is set in a tariff that the scenarios of one value share.
    pub(super) fn price_setter(&self) -> Option<PriceSetter> {
        let table = &self.tables.utility;
        // What else is set of prices may change what they mean.
        let prices = ["utility.import_price_per_kwh", "utility.export_price_per_kwh"];
        let is_other = |field: &&str| {
            field.starts_with("utility.") && !field.starts_with("utility.carbon") && !prices.contains(field)
        };
        match self.field {
            _ if !self.is_number || table.import_price_per_kwh.is_none() || self.all.iter().any(is_other) => None,
            "utility.import_price_per_kwh" => Some(|tariff, price| tariff.import = constant("energy", price)),
            "utility.export_price_per_kwh" => Some(|tariff, price| tariff.export = constant("export", price)),
            _ => None,
        }
    }

    fn is_set(&self, field: &str) -> bool {
        self.all.contains(&field)
    }

    fn battery(&self, i: usize, key: &str) -> Option<Setter> {
        let table = self.tables.storage.battery.get(i)?;
        // Of a battery behind a shared inverter core's are at the bus.
        let of_bus = ["charge_max_kw", "discharge_max_kw", "charge_efficiency", "discharge_efficiency"];
        if table.hybrid.is_some() && of_bus.contains(&key) {
            return None;
        }
        if let Some(set) = battery_flag(key) {
            return Some(flag(move |scenario, value| set(&mut scenario.storage[i], value)));
        }
        let reserve_is_floor =
            table.reserve_soc.is_none() && !self.is_set(&format!("storage.battery[{i}].reserve_soc"));
        let set: fn(&mut Battery, f64) = match key {
            "capacity_kwh" => |battery, value| battery.capacity_kwh = value,
            "charge_max_kw" => |battery, value| battery.charge_max_kw = value,
            "discharge_max_kw" => |battery, value| battery.discharge_max_kw = value,
            "charge_efficiency" => |battery, value| battery.charge_efficiency = value,
            "discharge_efficiency" => |battery, value| battery.discharge_efficiency = value,
            "soc_min" if reserve_is_floor => |battery, value| (battery.soc_min, battery.reserve_soc) = (value, value),
            "soc_min" => |battery, value| battery.soc_min = value,
            "soc_max" => |battery, value| battery.soc_max = value,
            "initial_soc" => |battery, value| battery.initial_soc = value,
            "self_discharge_per_h" => |battery, value| battery.self_discharge_per_h = value,
            "wear_cost_per_kwh" => |battery, value| battery.wear_cost_per_kwh = value,
            "reserve_soc" => |battery, value| battery.reserve_soc = value,
            _ => return None,
        };
        Some(number(move |scenario, value| set(&mut scenario.storage[i], value)))
    }

    fn genset(&self, i: usize, key: &str) -> Option<Setter> {
        self.tables.generation.genset.get(i)?;
        let set: fn(&mut Genset, f64) = match key {
            "rating_kw" => |genset, value| genset.rating_kw = value,
            "min_load" => |genset, value| genset.min_load = value,
            "fuel_price_per_unit" => |genset, value| genset.fuel_price_per_unit = value,
            "fuel_carbon_kg_per_unit" => |genset, value| genset.fuel_carbon_kg_per_unit = value,
            "start_cost" => |genset, value| genset.start_cost = value,
            "min_up_h" => |genset, value| genset.min_up_h = value,
            "min_down_h" => |genset, value| genset.min_down_h = value,
            "ramp_kw_per_h" => |genset, value| genset.ramp_kw_per_h = value,
            "maintenance_cost_per_h" => |genset, value| genset.maintenance_cost_per_h = value,
            "life_h" => |genset, value| genset.life_h = value,
            _ => return None,
        };
        Some(number(move |scenario, value| set(&mut scenario.gensets[i], value)))
    }

    fn plant(&self, kind: &str, i: usize, key: &str) -> Option<Setter> {
        let given = &self.tables.generation.series;
        let at = if kind == "pv" { given.len() + i } else { i };
        let plant: &SeriesPlant = self.loaded.scenario.generation.get(at)?;
        let field = self.field.to_owned();
        if kind == "pv" {
            let array = self.tables.generation.pv.get(i)?;
            let is_scale = key == "dc_kw" && array.dc_kw == Some(plant.scale) && !array.draws_at_night();
            return is_scale
                .then(|| within(field, 1e-6, 1e9, move |scenario, dc_kw| scenario.generation[at].scale = dc_kw));
        }
        let table = given.get(i)?;
        let ways = [table.scale.is_some(), table.annual_kwh.is_some(), table.peak_kw.is_some()];
        self.scale(key, ways, &plant.power_kw, move |scenario| &mut scenario.generation[at].scale)
    }

    fn load(&self, kind: &str, i: usize, key: &str) -> Option<Setter> {
        let demand = &self.tables.demand;
        let at = match kind {
            "load" => i,
            "sessions" => demand.load.len() + i,
            "deferrable" => demand.load.len() + demand.sessions.len() + i,
            _ => return None,
        };
        let load: &Load = self.loaded.scenario.loads.get(at)?;
        if kind != "load" {
            let field = self.field.to_owned();
            return (key == "undelivered_cost_per_kwh").then(|| {
                within(field, 0.0, 1e9, move |scenario, cost| scenario.loads[at].undelivered_cost_per_kwh = cost)
            });
        }
        let table = demand.load.get(i)?;
        let ways = [table.scale.is_some(), table.annual_kwh.is_some(), table.peak_kw.is_some()];
        self.scale(key, ways, &load.power_kw, move |scenario| &mut scenario.loads[at].scale)
    }

    /// The one of `scale`, `annual_kwh` and `peak_kw` that the base has written; another one is refused by the reader.
    fn scale(
        &self,
        key: &str,
        [scale, annual, peak]: [bool; 3],
        power_kw: &Series,
        target: impl Fn(&mut Scenario) -> &mut f64 + Send + Sync + 'static,
    ) -> Option<Setter> {
        // A series or a time axis that is set too is not the base's.
        let path = self.field.strip_suffix(key)?;
        let is_other = |field: &&&str| {
            (field.starts_with(path) && **field != self.field) || field.starts_with("time.") || **field == "site.zone"
        };
        if self.all.iter().any(|field| is_other(&field)) {
            return None;
        }
        let field = self.field.to_owned();
        let clock = &self.loaded.clock;
        let powers = || (0..clock.steps()).map(|step| power_kw.at(step));
        // By the arithmetic of the reader, so that the bits are the same.
        let (found, most) = match key {
            "scale" if scale => return Some(number(move |scenario, value| *target(scenario) = value)),
            "annual_kwh" if annual => (powers().sum::<f64>() * (f64::from(clock.step_s()) / 3600.0), 1e12),
            "peak_kw" if peak => (powers().fold(0.0, f64::max), 1e9),
            _ => return None,
        };
        Some(within(field, 1e-6, most, move |scenario, value| *target(scenario) = value / found))
    }

    fn transformer(&self, key: &str) -> Option<Setter> {
        self.loaded.scenario.connection.transformer?;
        let set = match key {
            "load_power_factor" => |scenario: &mut Scenario, value| {
                scenario.connection.transformer.iter_mut().for_each(|one| one.load_power_factor = value);
            },
            // A tariff's file may charge for the rating.
            "rating_kva" if self.tables.utility.tariff.is_none() => |scenario: &mut Scenario, value| {
                scenario.connection.transformer.iter_mut().for_each(|one| one.rating_kva = value);
            },
            _ => return None,
        };
        Some(number(set))
    }

    fn carbon(&self, key: &str) -> Option<Setter> {
        self.tables.utility.carbon.as_ref()?;
        match key {
            "intensity_kg_per_kwh" => Some(number(|scenario, value| {
                scenario.carbon.intensity_kg_per_kwh = Series::Constant(value);
            })),
            "price_per_kg" => Some(number(|scenario, value| scenario.carbon.price_per_kg = value)),
            _ => None,
        }
    }

    fn dispatch(&self, key: &str) -> Option<Setter> {
        let written = &self.loaded.scenario.dispatch;
        let others = |field: &&&str| {
            field.starts_with("dispatch.") && **field != self.field && **field != "dispatch.stored_value_per_kwh"
        };
        match (key, written) {
            ("stored_value_per_kwh", _) => Some(number(|scenario, value| scenario.stored_value_per_kwh = Some(value))),
            // Settings of a strategy that the sweep sets as well are put together by the reader.
            _ if self.all.iter().any(|field| others(&field)) => None,
            ("strategy", _) => {
                let written = written.clone();
                let known: Vec<Dispatch> = Dispatch::every().filter(|one| one.name() != written.name()).collect();
                let known: Vec<Dispatch> = known.into_iter().chain([written]).collect();
                Some(Box::new(move |scenario, value| {
                    let found = known.iter().find(|dispatch| Some(dispatch.name()) == value.text());
                    let unknown = || Problem::new("dispatch.strategy", "is not a known name").value(value);
                    scenario.dispatch = found.ok_or_else(unknown)?.clone();
                    Ok(())
                }))
            }
            ("target_kw", Dispatch::PeakShaving { .. }) => Some(number(|scenario, value| {
                scenario.dispatch = Dispatch::PeakShaving { target_kw: Some(value) };
            })),
            ("setpoint_soc", Dispatch::CycleCharging { .. }) => Some(number(|scenario, value| {
                scenario.dispatch = Dispatch::CycleCharging { setpoint_soc: value };
            })),
            _ => None,
        }
    }
}

fn constant(name: &str, price: f64) -> Vec<PriceComponent> {
    vec![PriceComponent { name: name.into(), price: Price::Constant(price) }]
}

fn battery_flag(key: &str) -> Option<fn(&mut Battery, bool)> {
    Some(match key {
        "charge_from_grid" => |battery, value| battery.charge_from_grid = value,
        "export_to_grid" => |battery, value| battery.export_to_grid = value,
        "grid_forming" => |battery, value| battery.grid_forming = value,
        _ => return None,
    })
}

fn lost_load(key: &str) -> Option<Setter> {
    Some(match key {
        "critical_per_kwh" => number(|scenario, value| scenario.value_of_lost_load.critical_per_kwh = Some(value)),
        "normal_per_kwh" => number(|scenario, value| scenario.value_of_lost_load.normal_per_kwh = Some(value)),
        "sheddable_per_kwh" => number(|scenario, value| scenario.value_of_lost_load.sheddable_per_kwh = Some(value)),
        _ => return None,
    })
}

fn connection(key: &str) -> Option<Setter> {
    Some(match key {
        "import_limit_kw" => number(|scenario, value| scenario.connection.import_limit_kw = Series::Constant(value)),
        "export_limit_kw" => number(|scenario, value| scenario.connection.export_limit_kw = Series::Constant(value)),
        "reactive_kvar" => number(|scenario, value| scenario.connection.reactive_kvar = Some(Series::Constant(value))),
        _ => return None,
    })
}

/// Sets a number, which core judges.
fn number(set: impl Fn(&mut Scenario, f64) + Send + Sync + 'static) -> Setter {
    Box::new(move |scenario, value| {
        set(scenario, value.number().unwrap_or(f64::NAN));
        Ok(())
    })
}

/// Sets a number that the reader holds to a range.
fn within(field: String, least: f64, most: f64, set: impl Fn(&mut Scenario, f64) + Send + Sync + 'static) -> Setter {
    Box::new(move |scenario, value| {
        let value = value.number().unwrap_or(f64::NAN);
        if !(least..=most).contains(&value) {
            let mut problems = Problems::none();
            problems.require_range(&field, value, least, most);
            return Err(problems);
        }
        set(scenario, value);
        Ok(())
    })
}

fn flag(set: impl Fn(&mut Scenario, bool) + Send + Sync + 'static) -> Setter {
    Box::new(move |scenario, value| {
        set(scenario, value.text() == Some("true"));
        Ok(())
    })
}
