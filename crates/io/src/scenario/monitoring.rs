//! `[monitoring]`: what is watched in a run.

use microgrid_core::distribution::OilTransformer;
use microgrid_core::distribution::monitoring::{
    Alarm, AlarmLimit, Meter, Monitoring, Quantity, Reduction, SurvivalSettings, TransformerWatch,
};
use microgrid_core::{Problem, Scenario};
use schemars::JsonSchema;

use crate::document::{Document, Section};
use crate::suggestion::nearest;

/// What is watched in a run: events and reliability always, the rest where it is written.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MonitoringTable {
    /// Longest interruption that is momentary, minutes; 5 by default (IEEE Std 1366).
    pub momentary_min: Option<f64>,
    /// Customers behind loads; a load without a row counts as one.
    #[schemars(with = "Option<Vec<CustomersTable>>")]
    pub customers: Vec<CustomersTable>,
    /// Alarms with limits and hysteresis.
    #[schemars(with = "Option<Vec<AlarmTable>>")]
    pub alarm: Vec<AlarmTable>,
    /// Meters.
    #[schemars(with = "Option<Vec<MeterTable>>")]
    pub meter: Vec<MeterTable>,
    /// The oil-immersed transformer of `[distribution.transformer]`: its temperatures and the life that the load takes.
    pub transformer: Option<TransformerWatchTable>,
    /// How long the site would live without the grid from every hour on.
    pub survival: Option<SurvivalTable>,
}

/// Customers behind a load.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CustomersTable {
    /// The load's name.
    pub load: String,
    /// How many there are.
    pub count: f64,
}

/// An alarm.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AlarmTable {
    /// What the log calls it.
    pub name: String,
    /// What it watches: `load_kw`, `generation_kw`, `curtailed_kw`, `import_kw`, `export_kw`, `unserved_kw`, `charge_kw`,
    /// `discharge_kw` or `soc`.
    #[schemars(with = "String", extend("enum" = Quantity::NAMED.map(|(name, _)| name)))]
    pub quantity: Quantity,
    /// Alarms above this; or `below`.
    pub above: Option<f64>,
    /// Alarms below this.
    pub below: Option<f64>,
    /// How far back within the limit the alarm ends, in the quantity's unit; 0 by default.
    pub hysteresis: Option<f64>,
    /// How long it must be beyond the limit, minutes; 0 by default.
    pub delay_min: Option<f64>,
}

/// A meter.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MeterTable {
    /// What its rows are called.
    pub name: String,
    /// What it measures, as an alarm's.
    #[schemars(with = "String", extend("enum" = Quantity::NAMED.map(|(name, _)| name)))]
    pub quantity: Quantity,
    /// `mean` (default), `greatest`, `least`, or `energy` in kWh.
    #[schemars(with = "Option<String>", extend("enum" = Reduction::NAMED.map(|(name, _)| name)))]
    pub reduction: Option<Reduction>,
    /// Length of its window, minutes, a whole number of steps.
    pub window_min: f64,
}

/// What of the transformer at the tie is watched, by IEC 60076-7.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TransformerWatchTable {
    /// Temperature around it, °C; 20 by default.
    pub ambient_c: Option<f64>,
    /// Top oil above ambient at rated load, K; 55 by default, as the standard's distribution transformer (ONAN).
    pub oil_rise_c: Option<f64>,
    /// Hot spot above top oil at rated current, K; 23 by default.
    pub gradient_c: Option<f64>,
    /// Load loss at rated current over no-load loss; 5 by default.
    pub loss_ratio: Option<f64>,
}

/// How the survival without the grid is asked for.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SurvivalTable {
    /// Longest outage that is looked at, h; 48 by default.
    pub longest_h: Option<u32>,
    /// From one start to the next, h; 1 by default.
    pub every_h: Option<u32>,
}

impl MonitoringTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            momentary_min: section.minutes("momentary_min"),
            customers: section.tables("customers", |section| CustomersTable {
                load: section.required_text("load", "the name of a load"),
                count: section.required_number("count"),
            }),
            alarm: section.tables("alarm", |section| {
                section.require_one(&["above", "below"]);
                AlarmTable {
                    name: section.required_text("name", "a name"),
                    quantity: quantity(section),
                    above: section.number("above"),
                    below: section.number("below"),
                    hysteresis: section.number("hysteresis"),
                    delay_min: section.minutes("delay_min"),
                }
            }),
            meter: section.tables("meter", |section| {
                if !section.has("window_min") {
                    section.missing("window_min", "a number of minutes");
                }
                MeterTable {
                    name: section.required_text("name", "a name"),
                    quantity: quantity(section),
                    reduction: section.choice("reduction", &Reduction::NAMED),
                    window_min: section.minutes("window_min").unwrap_or(60.0),
                }
            }),
            transformer: section.table("transformer", |section| TransformerWatchTable {
                ambient_c: section.number("ambient_c"),
                oil_rise_c: section.number("oil_rise_c"),
                gradient_c: section.number("gradient_c"),
                loss_ratio: section.number("loss_ratio"),
            }),
            survival: section.table("survival", |section| SurvivalTable {
                longest_h: section.whole("longest_h"),
                every_h: section.whole("every_h"),
            }),
        }
    }

    /// The settings at a scenario; what is wrong is kept in the document.
    pub(super) fn monitoring(&self, scenario: &Scenario, document: &Document<'_>) -> Monitoring {
        let seconds = |minutes: f64| (60.0 * minutes) as u32;
        let usual = Monitoring::default();
        let monitoring = Monitoring {
            customers: self.customers(scenario, document),
            momentary_s: self.momentary_min.map_or(usual.momentary_s, seconds),
            alarms: self.alarm.iter().map(AlarmTable::alarm).collect(),
            meters: self
                .meter
                .iter()
                .map(|meter| Meter {
                    name: meter.name.clone(),
                    quantity: meter.quantity,
                    reduction: meter.reduction.unwrap_or(Reduction::Mean),
                    window_s: seconds(meter.window_min),
                })
                .collect(),
            transformer: self.transformer.as_ref().and_then(|watch| watch.watch(scenario, document)),
            survival: self.survival.as_ref().map(|survival| SurvivalSettings {
                longest_h: survival.longest_h.unwrap_or(48),
                every_h: survival.every_h.unwrap_or(1),
            }),
        };
        for problem in monitoring.check(scenario) {
            if !document.is_faulty(&problem.field) {
                document.note(problem);
            }
        }
        monitoring
    }

    fn customers(&self, scenario: &Scenario, document: &Document<'_>) -> Vec<f64> {
        let mut customers = vec![1.0; scenario.loads.len()];
        for (i, row) in self.customers.iter().enumerate() {
            let names = || scenario.loads.iter().map(|load| load.name.as_str());
            match names().position(|name| name == row.load) {
                Some(load) => customers[load] = row.count,
                None => {
                    let problem = Problem::new(format!("monitoring.customers[{i}].load"), "is no load of the site");
                    let problem =
                        problem.value(format!("\"{}\"", row.load)).allowed(names().collect::<Vec<_>>().join(", "));
                    let near = nearest(&row.load, names());
                    document
                        .push(near.iter().fold(problem, |problem, near| problem.hint(format!("did you mean {near}?"))));
                }
            }
        }
        customers
    }
}

fn quantity(section: &mut Section<'_>) -> Quantity {
    if !section.has("quantity") {
        section.missing("quantity", "the name of a quantity");
    }
    section.choice("quantity", &Quantity::NAMED).unwrap_or(Quantity::Load)
}

impl AlarmTable {
    fn alarm(&self) -> Alarm {
        Alarm {
            name: self.name.clone(),
            quantity: self.quantity,
            limit: match (self.above, self.below) {
                (Some(limit), _) => AlarmLimit::Above(limit),
                (None, limit) => AlarmLimit::Below(limit.unwrap_or_default()),
            },
            hysteresis: self.hysteresis.unwrap_or(0.0),
            delay_s: self.delay_min.map_or(0, |minutes| (60.0 * minutes) as u32),
        }
    }
}

impl TransformerWatchTable {
    fn watch(&self, scenario: &Scenario, document: &Document<'_>) -> Option<TransformerWatch> {
        let Some(transformer) = scenario.connection.transformer else {
            let problem = Problem::new("monitoring.transformer", "watches a transformer that is not there");
            document.push(problem.hint("write [distribution.transformer] with its rating"));
            return None;
        };
        let usual = OilTransformer::DISTRIBUTION;
        Some(TransformerWatch {
            unit: OilTransformer {
                oil_rise_c: self.oil_rise_c.unwrap_or(usual.oil_rise_c),
                gradient_c: self.gradient_c.unwrap_or(usual.gradient_c),
                loss_ratio: self.loss_ratio.unwrap_or(usual.loss_ratio),
                ..usual
            },
            rated_kva: transformer.rating_kva,
            load_power_factor: transformer.load_power_factor,
            ambient_c: self.ambient_c.unwrap_or(20.0).into(),
        })
    }
}
