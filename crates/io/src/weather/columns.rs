//! Columns of weather tables with a line of names.

use super::table::{Report, Row};

/// Where the columns of a table stand, and how their values are written.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    pub(super) ghi: Option<usize>,
    pub(super) dni: Option<usize>,
    pub(super) dhi: Option<usize>,
    pub(super) temperature: Option<usize>,
    pub(super) wind: Option<usize>,
    pub(super) pressure: Option<usize>,
    /// Pascals in a unit of the pressure column.
    pub(super) pa_per_unit: f64,
    /// Number of columns.
    pub(super) count: usize,
}

/// Names that each quantity goes by, in small letters and without units.
pub(super) struct Names {
    pub(super) ghi: &'static [&'static str],
    pub(super) dni: &'static [&'static str],
    pub(super) dhi: &'static [&'static str],
    pub(super) temperature: &'static [&'static str],
    pub(super) wind: &'static [&'static str],
    pub(super) pressure: &'static [&'static str],
    pub(super) pa_per_unit: f64,
}

/// The name of a column in small letters and without its unit: `GHI (W/m^2)` is `ghi`.
pub(super) fn plain(name: &str) -> String {
    let name = name.trim().trim_matches('"');
    name.split(" (").next().unwrap_or(name).trim().to_lowercase()
}

impl Names {
    /// Where they stand in the cells of line `number`; `None` where one is lacking, which the report then holds.
    pub(super) fn places(&self, cells: &[String], number: usize, report: &mut Report<'_>) -> Option<Places> {
        let at = |names: &[&str]| cells.iter().position(|cell| names.contains(&cell.as_str()));
        let places = Places {
            ghi: at(self.ghi),
            dni: at(self.dni),
            dhi: at(self.dhi),
            temperature: at(self.temperature),
            wind: at(self.wind),
            pressure: at(self.pressure),
            pa_per_unit: self.pa_per_unit,
            count: cells.len(),
        };
        let mut whole = true;
        let lacks_light = places.ghi.is_none() && (places.dni.is_none() || places.dhi.is_none());
        for (is_lacking, field, names) in [
            (lacks_light, "ghi_w_per_m2", self.ghi),
            (places.temperature.is_none(), "temperature_c", self.temperature),
            (places.wind.is_none(), "wind_m_per_s", self.wind),
        ] {
            if is_lacking {
                report.add(number, field, |p| p.allowed(names.join(" or ")), "has no column");
                whole = false;
            }
        }
        whole.then_some(places)
    }
}

impl Places {
    /// The row of the cells at a moment of the year (hour 1 to 24).
    pub(super) fn row(
        &self,
        cells: &[&str],
        number: usize,
        (year, month, day, hour): (i32, u8, u8, u8),
        report: &mut Report<'_>,
    ) -> Option<Row> {
        if cells.len() != self.count {
            let allowed = self.count;
            report.add(
                number,
                "",
                |p| p.value(cells.len()).allowed(allowed.to_string()),
                "has the wrong number of columns",
            );
            return None;
        }
        let mut good = true;
        let mut value = |at: Option<usize>, name: &str| -> f64 {
            let Some(cell) = at.map(|at| cells[at]) else { return f64::NAN };
            match cell.parse::<f64>() {
                // Old files mark what is missing by -9900 or -9999.
                Ok(value) if value <= -9000.0 || value.is_nan() => f64::NAN,
                // PVGIS writes the direct light of the night as -0.0.
                Ok(value) if value.is_finite() => value + 0.0,
                _ if cell.is_empty() => f64::NAN,
                _ => {
                    report.add(number, name, |p| p.value(format!("\"{cell}\"")), "is not a number");
                    good = false;
                    0.0
                }
            }
        };
        let row = Row {
            line: number,
            year,
            month,
            day,
            hour,
            part: 0,
            temperature: value(self.temperature, "temperature_c"),
            pressure: value(self.pressure, "pressure_pa") * self.pa_per_unit,
            ghi: value(self.ghi, "ghi_w_per_m2"),
            dni: value(self.dni, "dni_w_per_m2"),
            dhi: value(self.dhi, "dhi_w_per_m2"),
            wind: value(self.wind, "wind_m_per_s"),
        };
        good.then_some(row)
    }
}

/// A number of the head within its range; the report holds what is wrong.
pub(super) fn head_number(
    cell: Option<&str>,
    number: usize,
    name: &str,
    (least, most): (f64, f64),
    report: &mut Report<'_>,
) -> f64 {
    let cell = cell.unwrap_or_default().trim().trim_matches('"');
    let value = cell.parse().unwrap_or(f64::NAN);
    if !(least..=most).contains(&value) {
        let allowed = format!("{least} to {most}");
        report.add(number, name, |p| p.value(format!("\"{cell}\"")).allowed(allowed), "is out of range");
        return 0.0;
    }
    value
}

/// The cells of a line, quotes taken off.
pub(super) fn cells(line: &str) -> Vec<&str> {
    line.split(',').map(|cell| cell.trim().trim_matches('"')).collect()
}

/// A whole number of a row within its range; the report holds what is wrong.
pub(super) fn whole(
    cell: &str,
    number: usize,
    name: &str,
    (least, most): (i32, i32),
    report: &mut Report<'_>,
) -> Option<i32> {
    // Spreadsheets write whole numbers as 2003.0.
    let whole = cell.parse::<f64>().ok().filter(|value| value.fract() == 0.0).map(|value| value as i32);
    let whole = whole.filter(|value| (least..=most).contains(value));
    if whole.is_none() {
        let allowed = format!("{least} to {most}");
        report.add(number, name, |p| p.value(format!("\"{cell}\"")).allowed(allowed), "is out of range");
    }
    whole
}
