//! How a scenario file names a series.

use microgrid_core::Problem;
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
    File(Box<SeriesFile>),
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
    /// Column of the times of the intervals. Without it the rows are intervals of a stated length that must match the
    /// run from its start to its end.
    pub time_column: Option<String>,
    /// What of its interval a time names: its `start` (default), `middle`, `last_second` or `end`. With `end` the hour
    /// 24:00 ends its day.
    pub stamps: Option<Stamps>,
    /// How the times are written where it is not as 2025-07-01T06:30, in the letters of `strptime`:
    /// `%d.%m.%Y %H:%M`, `%m/%d/%Y %I:%M %p`, or `%s` for seconds since 1970.
    pub time_format: Option<String>,
    /// Length of the file's interval in minutes. Without it, the most frequent distance between two times.
    pub interval_minutes: Option<f64>,
    /// Length of the file's interval in seconds; instead of `interval_minutes`.
    pub interval_s: Option<u32>,
    /// Zone of times that are written without an offset: `local` (the site's, default), `utc` or an IANA name.
    pub clock: Option<String>,
    /// What separates the columns: `,` (default), `;`, `|` or a tabulator.
    pub separator: Option<String>,
    /// Lines before the line of the columns' names, 0 by default. A line `sep=;` needs not be counted.
    pub skip_lines: Option<u32>,
    /// What separates the decimals of a number: `.` (default) or `,`.
    pub decimal: Option<String>,
    /// What separates the thousands of a number: nothing (default), `.`, `,`, a blank or `'`.
    pub thousands: Option<String>,
    /// Words that say that there is no value, beside `NA`, `N/A`, `NaN`, `null`, `-` and an empty cell.
    #[schemars(with = "Option<Vec<String>>")]
    pub no_value: Vec<String>,
    /// Whether the values are readings of a register, which counts up: an interval's energy is the next reading less its
    /// own. For units of energy; the run needs a reading at its end.
    pub readings: Option<bool>,
    /// Moves the series to other dates: each step takes the value of the same time on the site's clock so many weeks
    /// before, −5200 to 5200.
    pub redate_weeks: Option<i64>,
    /// Takes the file for a year that comes again: each step takes the value of the same weekday and time on the site's
    /// clock, at most four days off in the calendar. The file must span 52 weeks.
    pub repeat_yearly: Option<bool>,
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

/// What of its interval a time names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Stamps {
    /// Its start.
    Start,
    /// Its middle.
    Middle,
    /// Its last second, such as 00:59:59.
    LastSecond,
    /// Its end.
    End,
}

impl Stamps {
    /// The choices by their names.
    pub(crate) const ALL: [(&'static str, Self); 4] =
        [("start", Self::Start), ("middle", Self::Middle), ("last_second", Self::LastSecond), ("end", Self::End)];
}

/// Separators of columns.
pub(crate) const SEPARATORS: [&str; 4] = [",", ";", "|", "\t"];
/// What may separate the decimals of a number.
pub(crate) const DECIMALS: [&str; 2] = [".", ","];
/// What may separate the thousands of a number.
pub(crate) const THOUSANDS: [&str; 4] = [".", ",", " ", "'"];

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
            section.table(key, SeriesFile::read).map(|file| Self::File(Box::new(file)))
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
            stamps: section.choice("stamps", &Stamps::ALL),
            time_format: section.text("time_format"),
            interval_minutes: section.minutes("interval_minutes"),
            interval_s: section.seconds("interval_s"),
            clock: section.text("clock"),
            separator: section.mark("separator", &SEPARATORS),
            skip_lines: section.whole_within("skip_lines", 0, 1000).map(|lines| lines as u32),
            decimal: section.mark("decimal", &DECIMALS),
            thousands: section.mark("thousands", &THOUSANDS),
            no_value: section.texts("no_value"),
            readings: section.flag("readings"),
            redate_weeks: section.whole_within("redate_weeks", -5200, 5200),
            repeat_yearly: section.flag("repeat_yearly"),
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
        for problem in file.conflicts(|key| section.has(key)) {
            section.push(Problem { field: format!("{}{}", section.path(), problem.field), ..problem });
        }
        file
    }

    /// What contradicts itself in the rules, under the field's end: `.clock`, or nothing for the whole table. `is_written`
    /// tells whether a key is.
    pub(crate) fn conflicts(&self, is_written: impl Fn(&str) -> bool) -> Vec<Problem> {
        let problem = |key: &str, message: &str| {
            Problem::new(if key.is_empty() { String::new() } else { format!(".{key}") }, message)
        };
        let mut problems = Vec::new();
        for (needed, keys) in [("time_column", &WITH_TIMES[..]), ("gaps", &["gap_max_hours"])] {
            let idle = keys.iter().filter(|key| is_written(key) && !is_written(needed));
            problems.extend(idle.map(|key| problem(key, &format!("has no meaning without {needed}"))));
        }
        if !["time_column", "interval_minutes", "interval_s"].into_iter().any(&is_written) {
            let hint = "write time_column, or interval_minutes where the rows have no times";
            problems.push(problem("", "says neither time_column nor the rows' interval").hint(hint));
        }
        for [first, second] in [["interval_minutes", "interval_s"], ["redate_weeks", "repeat_yearly"]] {
            if is_written(first) && is_written(second) {
                problems.push(problem(second, &format!("is written beside {first}")).hint("write one of them"));
            }
        }
        if self.readings == Some(true) && self.stamps.is_some() {
            problems.push(problem("stamps", "has no meaning for readings, which are taken at their times"));
        }
        if self.readings == Some(true) && self.gaps == Some(Gaps::Hold) {
            problems.push(problem("gaps", "does not fit readings of a register").allowed("\"interpolate\""));
        }
        if self.thousands.as_deref() == Some(self.decimal_mark()) {
            problems.push(problem("thousands", "is the mark of the decimals").value(self.decimal_mark()));
        }
        if let Some(pattern) = &self.time_format
            && let Some(fault) = crate::time::pattern_fault(pattern)
        {
            let allowed = "letters of strptime, such as %d.%m.%Y %H:%M";
            problems.push(problem("time_format", fault).value(format!("\"{pattern}\"")).allowed(allowed));
        }
        problems
    }

    /// What separates the decimals of a number.
    pub(super) fn decimal_mark(&self) -> &str {
        self.decimal.as_deref().unwrap_or(".")
    }
}

/// Keys that say something of times.
const WITH_TIMES: [&str; 8] =
    ["stamps", "time_format", "clock", "repeated_hour", "duplicates", "readings", "redate_weeks", "repeat_yearly"];
