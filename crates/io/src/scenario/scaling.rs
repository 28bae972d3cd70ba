//! How a series of a plant or load is brought to size: by a factor, by its energy in the year or by its peak.

use microgrid_core::{Problem, Problems, Series};

use crate::document::Section;
use crate::time::Clock;

/// One way to say the size, or none for the series as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scaling {
    /// As it is.
    None,
    /// A factor.
    Scale(f64),
    /// The energy of the run, which must be a year, in kWh.
    AnnualKwh(f64),
    /// The greatest mean power of a step, in kW.
    PeakKw(f64),
}

impl Scaling {
    /// Refuses several ways at once and says which one is written.
    pub(super) fn of(section: &Section<'_>, scale: Option<f64>, annual_kwh: Option<f64>, peak_kw: Option<f64>) -> Self {
        section.allow_one(&["scale", "annual_kwh", "peak_kw"]);
        match (scale, annual_kwh, peak_kw) {
            (Some(scale), ..) => Self::Scale(scale),
            (_, Some(annual_kwh), _) => Self::AnnualKwh(annual_kwh),
            (.., Some(peak_kw)) => Self::PeakKw(peak_kw),
            _ => Self::None,
        }
    }

    /// Whether the size is said, so that values per unit have a meaning.
    pub(super) fn is_given(self) -> bool {
        self != Self::None
    }

    /// The factor on the series `power_kw` of the table `path`.
    ///
    /// # Errors
    /// A year's energy for a run that is not a year; a series that is 0 throughout.
    pub(super) fn factor(self, path: &str, power_kw: &Series, clock: &Clock) -> Result<f64, Problems> {
        let powers = || (0..clock.steps()).map(|step| power_kw.at(step));
        let (key, wanted, found) = match self {
            Self::None => return Ok(1.0),
            Self::Scale(scale) => return Ok(scale),
            Self::AnnualKwh(annual_kwh) => {
                let hours = f64::from(clock.step_s()) / 3600.0;
                ("annual_kwh", annual_kwh, powers().sum::<f64>() * hours)
            }
            Self::PeakKw(peak_kw) => ("peak_kw", peak_kw, powers().fold(0.0, f64::max)),
        };
        let field = format!("{path}.{key}");
        if key == "annual_kwh" && !is_one_year(clock) {
            return Err(Problem::new(field, "needs a run of one year, from a date to the same date of the next year")
                .value(format!("{} to {}", clock.label(0), clock.label(clock.steps())))
                .hint("write peak_kw or scale")
                .into());
        }
        if found > 0.0 {
            return Ok(wanted / found);
        }
        Err(Problem::new(field, "cannot be met: the series is 0 throughout").value(wanted).into())
    }
}

/// Whether the run goes from a date to the same date of the next year.
pub(super) fn is_one_year(clock: &Clock) -> bool {
    let (start, end) = (clock.local(0), clock.local(clock.steps()));
    start.checked_add(jiff::Span::new().years(1)).is_ok_and(|year_later| year_later == end)
}
