//! What is watched, and what counts: data.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::distribution::OilTransformer;
use crate::simulation::StepRecord;
use crate::{Problem, Problems, Scenario, Series};

/// What is watched in a run.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Monitoring {
    /// Customers behind each load, in the scenario's order; loads beyond the list count as one.
    pub customers: Vec<f64>,
    /// Longest interruption that is momentary, s; 300 by default (IEEE Std 1366).
    pub momentary_s: u32,
    /// Alarms.
    pub alarms: Vec<Alarm>,
    /// Meters.
    pub meters: Vec<Meter>,
    /// The transformer at the tie, where it is watched.
    pub transformer: Option<TransformerWatch>,
    /// How the survival without the grid is asked for, where it is.
    pub survival: Option<SurvivalSettings>,
}

impl Default for Monitoring {
    /// A customer for each load, nothing else.
    fn default() -> Self {
        Self {
            customers: Vec::new(),
            momentary_s: 300,
            alarms: Vec::new(),
            meters: Vec::new(),
            transformer: None,
            survival: None,
        }
    }
}

/// A quantity of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Quantity {
    /// Load asked, kW.
    Load,
    /// Generation available, kW.
    Generation,
    /// Generation not taken, kW.
    Curtailed,
    /// Taken from the grid, kW.
    Import,
    /// Given to the grid, kW.
    Export,
    /// Load not served, kW.
    Unserved,
    /// Taken by batteries, kW.
    Charge,
    /// Given by batteries, kW.
    Discharge,
    /// Energy in all batteries over their capacity, at the step's end.
    StateOfCharge,
}

impl Quantity {
    /// Every quantity with its name in files, its unit last.
    pub const NAMED: [(&'static str, Self); 9] = [
        ("load_kw", Self::Load),
        ("generation_kw", Self::Generation),
        ("curtailed_kw", Self::Curtailed),
        ("import_kw", Self::Import),
        ("export_kw", Self::Export),
        ("unserved_kw", Self::Unserved),
        ("charge_kw", Self::Charge),
        ("discharge_kw", Self::Discharge),
        ("soc", Self::StateOfCharge),
    ];

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMED.iter().find(|(_, quantity)| *quantity == self).map_or("", |(name, _)| name)
    }

    /// Its value in a step.
    #[must_use]
    pub fn of(self, step: &StepRecord<'_>, scenario: &Scenario) -> f64 {
        match self {
            Self::Load => step.load_kw,
            Self::Generation => step.generation_kw,
            Self::Curtailed => step.curtailed_kw,
            Self::Import => step.import_kw,
            Self::Export => step.export_kw,
            Self::Unserved => step.unserved_kw.iter().sum(),
            Self::Charge => step.batteries.iter().map(|battery| battery.charge_kw).sum(),
            Self::Discharge => step.batteries.iter().map(|battery| battery.discharge_kw).sum(),
            Self::StateOfCharge => {
                let capacity: f64 = scenario.storage.iter().map(|battery| battery.capacity_kwh).sum();
                let stored: f64 = step.batteries.iter().map(|battery| battery.stored_kwh).sum();
                if capacity > 0.0 { stored / capacity } else { 0.0 }
            }
        }
    }
}

/// The side of a limit that alarms.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum AlarmLimit {
    /// Alarms above it.
    Above(f64),
    /// Alarms below it.
    Below(f64),
}

/// An alarm.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Alarm {
    /// What the log calls it.
    pub name: String,
    /// What it watches.
    pub quantity: Quantity,
    /// The limit, in the quantity's unit.
    pub limit: AlarmLimit,
    /// How far back within the limit it must come before the alarm ends, in the quantity's unit, at least 0.
    pub hysteresis: f64,
    /// How long it must be beyond the limit before it alarms, s, in whole steps; 0 at once.
    pub delay_s: u32,
}

/// How a meter reduces the steps of a window to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Reduction {
    /// Mean over time.
    Mean,
    /// Greatest.
    Greatest,
    /// Least.
    Least,
    /// Energy of a power, kWh.
    Energy,
}

impl Reduction {
    /// Every reduction with its name in files.
    pub const NAMED: [(&'static str, Self); 4] =
        [("mean", Self::Mean), ("greatest", Self::Greatest), ("least", Self::Least), ("energy", Self::Energy)];
}

/// A meter.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Meter {
    /// What its column is called.
    pub name: String,
    /// What it measures.
    pub quantity: Quantity,
    /// How it reduces a window.
    pub reduction: Reduction,
    /// Length of its window, s, a whole number of steps; windows follow each other from the run's start.
    pub window_s: u32,
}

/// The transformer at the tie, loaded by import and export.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TransformerWatch {
    /// Its thermal constants.
    pub unit: OilTransformer,
    /// Rated apparent power, kVA, above 0.
    pub rated_kva: f64,
    /// Power factor of the power through it, in (0, 1].
    pub load_power_factor: f64,
    /// Ambient temperature, °C.
    pub ambient_c: Series,
}

/// How the survival without the grid is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SurvivalSettings {
    /// Longest outage that is looked at, h, 1 to 8760.
    pub longest_h: u32,
    /// From the start of an outage to the next one looked at, h, at least 1.
    pub every_h: u32,
}

impl Monitoring {
    /// Problems of the settings at a scenario.
    #[must_use]
    pub fn check(&self, scenario: &Scenario) -> Problems {
        let mut problems = Problems::none();
        let step_s = scenario.calendar.step_s;
        for (i, count) in self.customers.iter().enumerate() {
            problems.require_range(format!("monitoring.customers[{i}].count"), *count, 0.0, 1e9);
        }
        for (i, alarm) in self.alarms.iter().enumerate() {
            let (AlarmLimit::Above(limit) | AlarmLimit::Below(limit)) = alarm.limit;
            problems.require_range(format!("monitoring.alarm[{i}].limit"), limit, -1e9, 1e9);
            problems.require_range(format!("monitoring.alarm[{i}].hysteresis"), alarm.hysteresis, 0.0, 1e9);
        }
        for (i, meter) in self.meters.iter().enumerate() {
            if meter.window_s == 0 || !meter.window_s.is_multiple_of(step_s) {
                let problem = Problem::new(format!("monitoring.meter[{i}].window_min"), "is no whole number of steps");
                let shown = format!("{} min", f64::from(meter.window_s) / 60.0);
                problems.push(problem.value(shown).allowed(format!("multiples of {} min", f64::from(step_s) / 60.0)));
            }
            if meter.reduction == Reduction::Energy && meter.quantity == Quantity::StateOfCharge {
                problems.push(Problem::new(format!("monitoring.meter[{i}].reduction"), "makes no energy of a share"));
            }
        }
        if let Some(watch) = &self.transformer {
            let field = "monitoring.transformer";
            watch.unit.check(field, &mut problems);
            problems.require_range(format!("{field}.rated_kva"), watch.rated_kva, 1e-3, 1e9);
            problems.require_range(format!("{field}.load_power_factor"), watch.load_power_factor, 0.01, 1.0);
            let steps = scenario.calendar.steps();
            if let Series::Steps(values) = &watch.ambient_c
                && values.len() != steps
            {
                let problem = Problem::new(format!("{field}.ambient_c"), "is not as long as the run");
                problems.push(problem.value(format!("{} values", values.len())).allowed(format!("{steps} values")));
            } else if let Some(wrong) =
                (0..steps).map(|step| watch.ambient_c.at(step)).find(|value| !(-60.0..=60.0).contains(value))
            {
                problems.require_range(format!("{field}.ambient_c"), wrong, -60.0, 60.0);
            }
        }
        if let Some(survival) = &self.survival {
            let field = "monitoring.survival";
            problems.require_range(format!("{field}.longest_h"), f64::from(survival.longest_h), 1.0, 8760.0);
            problems.require_range(format!("{field}.every_h"), f64::from(survival.every_h), 1.0, 8760.0);
        }
        problems
    }
}
