//! What a rule of a country asks, beside what the design does.
//!
//! # Model
//! Use is what comes in and stays: import, gensets and the own renewable energy that is neither curtailed nor exported. Coal
//! equivalent: 0.1229 kg a kWh (GB/T 2589, the energy's own value; from memory, unverified). Carbon is that of the run: import at
//! the grid's intensity, and fuel.

use microgrid_core::Outcome;
use microgrid_io::design::{CheckTable, ChecksFile};

/// A rule beside a year.
#[derive(Debug, Clone, PartialEq)]
pub struct Checks {
    /// What the rule is called.
    pub name: String,
    /// The day that its figures are of, and where they are from.
    pub origin: String,
    /// Its measures.
    pub checks: Vec<Check>,
    /// What it asks beside them and no run can tell.
    pub not_checked: Vec<String>,
}

/// A measure of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The measure, its limit and whom it concerns.
    pub asked: CheckTable,
    /// What the year comes to.
    pub value: f64,
    /// Whether that meets it.
    pub is_met: bool,
}

/// Tonnes of coal equivalent of a kWh.
const TCE_PER_KWH: f64 = 0.1229e-3;

impl Checks {
    pub(super) fn of(file: &ChecksFile, run: &Outcome) -> Self {
        let energy = &run.energy;
        let made = energy.generation_available_kwh - energy.curtailed_kwh - energy.dumped_kwh;
        let own_kwh = (made - energy.export_kwh).max(0.0);
        let use_kwh = energy.import_kwh + energy.genset_kwh + own_kwh;
        let share = own_kwh / use_kwh.max(1e-9);
        let check = |asked: &CheckTable| {
            let value = match asked.measure {
                "carbon_t_per_tce" => run.carbon_kg / 1000.0 / (TCE_PER_KWH * use_kwh).max(1e-12),
                // Both are the same of a site whose own plants are its only clean source.
                _ => share,
            };
            Check { is_met: asked.is_met_by(value), asked: asked.clone(), value }
        };
        Self {
            name: file.name.clone(),
            origin: format!("as of {}; {}", file.as_of, file.source),
            checks: file.check.iter().map(check).collect(),
            not_checked: file.not_checked.clone(),
        }
    }
}

impl Check {
    /// The limit in words.
    #[must_use]
    pub fn limit(&self) -> String {
        match (self.asked.least, self.asked.most) {
            (Some(least), _) => format!("at least {least}"),
            (None, Some(most)) => format!("at most {most}"),
            (None, None) => String::new(),
        }
    }
}
