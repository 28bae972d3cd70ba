//! How a scenario file names a series.

use schemars::JsonSchema;

use crate::document::Section;

const WANTED: &str = "a number, or a table with file, column and unit";

/// A quantity over the run: a number, or a column of a CSV file.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum SeriesInput {
    /// The same value at every step, in the unit of the key.
    Constant(f64),
    /// One value for each step, from a file.
    File(SeriesFile),
}

/// A column of a CSV file and the rules by which it is read.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SeriesFile {
    /// The file, relative to the scenario folder, with `/` between folders.
    pub file: String,
    /// Name of the column, as in the file's first line.
    pub column: String,
    /// Unit of the column: `W`, `kW`, `MW`, `GW`, `Wh`, `kWh`, `MWh` (energy per interval) or `pu` for power,
    /// `var`, `kvar`, `Mvar` for reactive power, `<currency>/kWh` or `<currency>/MWh` for prices, `kg/kWh`, `g/kWh`, `kg/MWh` or `t/MWh` for carbon intensity.
    pub unit: String,
    /// Column of the times at which the intervals start. Without it the rows are intervals of a stated length that
    /// must match the run from its start to its end.
    pub time_column: Option<String>,
    /// Length of the file's interval in minutes. Without it, the shortest distance between two times.
    pub interval_minutes: Option<f64>,
    /// Length of the file's interval in seconds; instead of `interval_minutes`.
    pub interval_s: Option<u32>,
    /// Zone of times that are written without an offset: `local` (the site's, default), `utc` or an IANA name.
    pub clock: Option<String>,
    /// What separates the columns: `,` (default), `;`, `|` or a tabulator.
    pub separator: Option<String>,
    /// Rule for local times that exist twice where clocks are set back.
    pub repeated_hour: Option<RepeatedHour>,
    /// Rule for times that several rows have.
    pub duplicates: Option<Duplicates>,
    /// Rule for times without a row and rows without a value.
    pub gaps: Option<Gaps>,
    /// Longest gap that the rule may fill, in hours; 6 by default.
    pub gap_max_hours: Option<f64>,
    /// Rule for negative values where the quantity cannot be negative.
    pub negatives: Option<Negatives>,
    /// Rule where the file's interval is not the run's step; one must divide the other.
    pub resample: Option<Resample>,
}

/// Rule for local times that exist twice where clocks are set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum RepeatedHour {
    /// The first row of such a time is before the change of clock, the second after it.
    InOrder,
}

/// Rule for times that several rows have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Duplicates {
    /// Their mean.
    Mean,
    /// The first of them.
    First,
    /// The last of them.
    Last,
}

/// Rule for times without a row and rows without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Gaps {
    /// A straight line from the value before to the value after.
    Interpolate,
    /// The value before.
    Hold,
}

/// Rule for negative values where the quantity cannot be negative, such as a plant's standby power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Negatives {
    /// They count as 0.
    Zero,
}

/// Rule where the file's interval is not the run's step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Resample {
    /// The mean of the intervals in a step; for power, prices and intensities.
    Mean,
    /// The sum of the energies of the intervals in a step; for energy per interval.
    Sum,
    /// The interval's mean in each of its steps.
    Hold,
}

impl SeriesInput {
    /// Reads a number or the table of a file, where written.
    pub(crate) fn read(section: &mut Section<'_>, key: &'static str) -> Option<Self> {
        if section.has_table(key) {
            section.table(key, SeriesFile::read).map(Self::File)
        } else {
            section.number_or(key, WANTED).map(Self::Constant)
        }
    }

    /// Reads a number or the table of a file that must be written; 0 stands in.
    pub(crate) fn read_required(section: &mut Section<'_>, key: &'static str) -> Self {
        if !section.has(key) {
            section.missing(key, WANTED);
        }
        Self::read(section, key).unwrap_or(Self::Constant(0.0))
    }
}

impl SeriesFile {
    /// Length of the file's interval in seconds, where stated.
    #[must_use]
    pub fn stated_interval_s(&self) -> Option<u32> {
        self.interval_s.or(self.interval_minutes.map(|minutes| (minutes * 60.0) as u32))
    }

    fn read(section: &mut Section<'_>) -> Self {
        let file = Self {
            file: section.required_text("file", "a file in the scenario folder"),
            column: section.required_text("column", "a column of the file"),
            unit: section.required_text("unit", "the column's unit, such as kW"),
            time_column: section.text("time_column"),
            interval_minutes: section.minutes("interval_minutes"),
            interval_s: section.seconds("interval_s"),
            clock: section.text("clock"),
            separator: section.separator("separator"),
            repeated_hour: section.choice("repeated_hour", &[("in_order", RepeatedHour::InOrder)]),
            duplicates: section.choice(
                "duplicates",
                &[("mean", Duplicates::Mean), ("first", Duplicates::First), ("last", Duplicates::Last)],
            ),
            gaps: section.choice("gaps", &[("interpolate", Gaps::Interpolate), ("hold", Gaps::Hold)]),
            gap_max_hours: section.number_within("gap_max_hours", 0.0, 8784.0),
            negatives: section.choice("negatives", &[("zero", Negatives::Zero)]),
            resample: section
                .choice("resample", &[("mean", Resample::Mean), ("sum", Resample::Sum), ("hold", Resample::Hold)]),
        };
        if !section.has("time_column") {
            for key in ["clock", "repeated_hour", "duplicates"] {
                section.refuse_without(key, "time_column");
            }
            if !section.has("interval_minutes") && !section.has("interval_s") {
                section.push(
                    microgrid_core::Problem::new(section.path(), "says neither time_column nor the rows' interval")
                        .hint("write time_column, or interval_minutes where the rows have no times"),
                );
            }
        }
        section.refuse_without("gap_max_hours", "gaps");
        section.allow_one(&["interval_minutes", "interval_s"]);
        file
    }
}
