//! What a sweep's rows come to: per column and per point, with the differences between the levels of what was swept.

use std::io;

use serde::Serialize;

use super::confidence::Interval;
use super::{Comparison, ReadRows, ResultColumns, SweepSums};

/// Shares of the quantiles: 5, 25, 50, 75 and 95 %.
pub(crate) const SHARES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Columns of which points have quantiles and tables have rows.
pub(crate) const HEADLINES: [&str; 13] = [
    "objective",
    "bill_total",
    "fuel_cost",
    "unserved_cost",
    "import_kwh",
    "export_kwh",
    "peak_import_kw",
    "self_consumption_percent",
    "self_sufficiency_percent",
    "equivalent_full_cycles",
    "carbon_kg",
    "unserved_kwh",
    "gap_percent",
];

/// What a sweep's rows come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepSummary {
    /// Number of scenarios.
    pub scenarios: u64,
    /// Number of samples.
    pub samples: u64,
    /// Number of replicates of the sampling plan, where standard errors come from these; else `None`.
    pub replicates: Option<u64>,
    /// Runs without fault.
    pub completed: u64,
    /// Runs in which a strategy asked for something that is no number.
    pub faults: u64,
    /// Runs in which a strategy that plans had no plan.
    pub unsolved: u64,
    /// Scenarios that were refused.
    pub refused: u64,
    /// Scenarios whose strategy panicked.
    pub panicked: u64,
    /// The currency of all money; empty where no scenario ran.
    pub currency: String,
    /// All scenarios together.
    pub all: GroupSummary,
    /// Each point by itself; empty where there is one, or more than 64.
    pub points: Vec<GroupSummary>,
    /// The least objective; `None` where there is nothing to choose from.
    pub best: Option<Best>,
    /// The levels of each swept field against one of them, by `objective`.
    pub comparisons: Vec<Comparison>,
    /// What the reader of the numbers should know.
    pub notes: Vec<String>,
}

/// The best of a sweep by its objective.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Best {
    /// The scenario's number, where there is one sample; `None` where it is the point that is best on average.
    pub index: Option<u64>,
    /// What it is: the fields that others have otherwise, with their values.
    pub fields: Vec<(String, String)>,
    /// Its objective, or the mean over its samples.
    pub objective: f64,
}

/// What a group of rows comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupSummary {
    /// What its scenarios have in common, where other groups have it otherwise: fields with their values.
    pub fields: Vec<(String, String)>,
    /// Number of scenarios.
    pub scenarios: u64,
    /// Scenarios that have an outcome.
    pub outcomes: u64,
    /// Share of the outcomes in which some load was not served (more than 1e-6 kWh).
    pub unserved_share: Option<f64>,
    /// Its 95 % interval (Wilson's), where the outcomes are independent of each other.
    pub unserved_interval_95: Option<Interval>,
    /// The columns that have numbers.
    pub columns: Vec<ColumnSummary>,
}

/// What a column comes to. Numbers that are not finite are left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnSummary {
    /// The column's name, its unit last.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Number of values.
    pub count: u64,
    /// Mean.
    pub mean: f64,
    /// Standard deviation, with count − 1; `None` of one value.
    pub standard_deviation: Option<f64>,
    /// Standard error of the mean: from samples where these are independent, else from replicates; `None` of fewer than
    /// two of them.
    pub standard_error: Option<f64>,
    /// Least value.
    pub least: f64,
    /// Greatest value.
    pub most: f64,
    /// Quantiles of 5, 25, 50, 75 and 95 %, interpolated; `None` where they were not sought.
    pub quantiles: Option<[f64; 5]>,
}

impl GroupSummary {
    /// The column `name`; `None` where the group has no numbers in it.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&ColumnSummary> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl SweepSummary {
    /// Sums up rows that `read` shows in order, as often as it is asked: once for sums, then two or three times for the
    /// quantiles. Memory does not grow with the number of rows.
    ///
    /// # Errors
    /// What `read` returns.
    pub fn of(columns: &ResultColumns, read: &ReadRows<'_>) -> io::Result<Self> {
        let mut sums = SweepSums::new(columns);
        read(&mut |row| sums.add(row))?;
        sums.finish(read)
    }

    /// As a JSON document, indented, ending in a line feed. What is not known is null; nothing is rounded.
    #[must_use]
    pub fn json(&self) -> String {
        crate::json_text::pretty(self)
    }
}
