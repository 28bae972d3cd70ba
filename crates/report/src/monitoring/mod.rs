//! What was watched in runs: events, reliability, meters and survival as tables, CSV and JSON.

mod files;
mod json;
mod table;

use microgrid_core::Scenario;
use microgrid_core::distribution::monitoring::{Event, EventKind, Monitoring, Survival, Watched};

pub use files::{write_events_csv, write_meters_csv, write_reliability_csv, write_survival_csv};
pub use table::watched_table;

/// One watched run, with what its reports need.
#[derive(Debug, Clone)]
pub struct WatchedRun {
    /// The scenario.
    pub scenario: Scenario,
    /// Name of the strategy.
    pub strategy: String,
    /// What was to be watched.
    pub settings: Monitoring,
    /// What was.
    pub watched: Watched,
    /// The survival without the grid, where it was asked for.
    pub survival: Option<Survival>,
    /// Start of each step, and last the run's end, such as `2025-07-14T09:15:00+08:00`.
    pub time: Vec<String>,
}

impl WatchedRun {
    /// An event's name: an alarm's own.
    fn name<'a>(&'a self, event: &Event) -> &'a str {
        match event.kind {
            EventKind::Alarm(i) => &self.settings.alarms[i].name,
            kind => kind.name(),
        }
    }

    /// Unit of an event's extreme.
    fn unit(&self, kind: EventKind) -> &'static str {
        match kind {
            EventKind::Alarm(i) => match self.settings.alarms[i].quantity.name().strip_suffix("kw") {
                Some(_) => "kW",
                None => "p.u.",
            },
            EventKind::TransformerOverload | EventKind::VoltageLow | EventKind::VoltageHigh => "p.u.",
            EventKind::FeederOverload => "%",
            EventKind::StorageEmpty => "kWh",
            _ => "kW",
        }
    }

    fn hours(&self, event: &Event) -> f64 {
        f64::from(event.steps.end - event.steps.start) * self.scenario.calendar.step_h()
    }

    /// Start and end of an event.
    fn times(&self, event: &Event) -> [&str; 2] {
        [event.steps.start, event.steps.end].map(|step| self.time.get(step as usize).map_or("", String::as_str))
    }
}
