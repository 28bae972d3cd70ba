//! Reads the series of one scenario: each file once, every problem kept.

use std::collections::HashMap;
use std::rc::Rc;

use microgrid_core::{Problem, Problems, Series};

use super::column::Sheet;
use super::layout::Layout;
use super::timeline::{Source, Timeline};
use super::{Quantity, SeriesFile, SeriesInput};
use super::{resampling, stamps};
use crate::files::{self, Files};
use crate::time::{Clock, Zone};

/// Reads series for one clock from one source of files.
pub(crate) struct SeriesReader<'a> {
    files: &'a dyn Files,
    clock: &'a Clock,
    sheets: HashMap<(String, Layout), Rc<Sheet>>,
    /// What rules did, series by series.
    pub(crate) notes: Vec<String>,
    /// What is wrong.
    pub(crate) problems: Problems,
}

impl<'a> SeriesReader<'a> {
    pub(crate) fn new(files: &'a dyn Files, clock: &'a Clock) -> Self {
        Self { files, clock, sheets: HashMap::new(), notes: Vec::new(), problems: Problems::none() }
    }

    /// The series that the scenario's `field` names. Where it has a problem, the problem is kept and 0 stands in.
    pub(crate) fn read(&mut self, field: &str, input: &SeriesInput, quantity: Quantity<'_>) -> Series {
        let file = match input {
            SeriesInput::Constant(value) => return Series::Constant(*value),
            SeriesInput::File(file) => file,
        };
        match self.steps(field, file, quantity) {
            Ok((values, notes)) => {
                self.notes.extend(notes.iter().map(|note| format!("{field}: {note} in {}", file.file)));
                values.into()
            }
            Err(problems) => {
                self.problems.extend(problems);
                Series::Constant(0.0)
            }
        }
    }

    fn steps(
        &mut self,
        field: &str,
        series: &SeriesFile,
        quantity: Quantity<'_>,
    ) -> Result<(Vec<f64>, Vec<String>), Problems> {
        let mut problems = Problems::none();
        let unit = quantity.unit(&series.unit);
        if unit.is_none() {
            let units = quantity.units();
            let problem = Problem::new(format!("{field}.unit"), "is not a unit of this quantity").value(&series.unit);
            let problem = problem.allowed(units.join(", "));
            let near = crate::suggestion::nearest(&series.unit, units.iter().map(String::as_str));
            problems.push(match (quantity, series.unit.as_str()) {
                (Quantity::Power { per_unit: false }, "pu") => {
                    problem.hint("values per unit need scale, peak_kw or annual_kwh")
                }
                _ => near.map_or(problem.clone(), |near| problem.hint(format!("did you mean {near}?"))),
            });
        }
        let zone = self.zone(field, series).map_err(|unknown| problems.extend(unknown)).ok();
        let sheet = self.sheet(field, series).map_err(|unreadable| problems.extend(unreadable)).ok();
        let rows =
            sheet.as_ref().and_then(|sheet| sheet.rows(field, series).map_err(|wrong| problems.extend(wrong)).ok());
        let (Some(unit), Some(zone), Some(rows), true) = (unit, zone, rows, problems.is_empty()) else {
            return Err(problems);
        };
        if series.readings == Some(true) && !unit.per_interval {
            let problem = Problem::new(format!("{field}.readings"), "needs a unit of energy").value(&series.unit);
            return Err(problem.allowed("Wh, kWh or MWh").into());
        }
        let source = Source { field, series };
        let mut timeline = match series.time_column {
            Some(_) => Timeline::of_times(source, &rows, &zone)?,
            None => Timeline::of_rows(source, &rows, self.clock)?,
        };
        stamps::refuse_doubtful(source, &timeline, self.clock)?;
        if sheet.is_some_and(|sheet| sheet.may_be_grouped(series)) {
            let note = "every point stands before three digits, taken as a decimal point (else thousands = \".\")";
            timeline.notes.push(note.into());
        }
        resampling::steps(source, timeline, (quantity, unit), self.clock)
    }

    fn zone(&self, field: &str, series: &SeriesFile) -> Result<Zone, Problems> {
        match series.clock.as_deref() {
            None | Some("local") => Ok(self.clock.zone().clone()),
            Some("utc") => Zone::by_name("UTC"),
            Some(name) => Zone::by_name(name),
        }
        .map_err(|mut problems| {
            for problem in problems.iter_mut() {
                problem.field = format!("{field}.clock");
            }
            problems
        })
    }

    fn sheet(&mut self, field: &str, series: &SeriesFile) -> Result<Rc<Sheet>, Problems> {
        let layout = Layout {
            separator: series.separator.as_ref().and_then(|text| text.bytes().next()),
            skip_lines: series.skip_lines.unwrap_or(0),
            has_keys: true,
        };
        let key = (series.file.clone(), layout);
        if let Some(sheet) = self.sheets.get(&key) {
            return Ok(Rc::clone(sheet));
        }
        let text = files::read_text(self.files, &format!("{field}.file"), &series.file)?;
        let sheet = Rc::new(Sheet::parse(field, &series.file, layout, &text)?);
        self.sheets.insert(key, Rc::clone(&sheet));
        Ok(sheet)
    }
}
