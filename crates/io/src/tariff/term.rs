//! Civil years and months of the run's billing months.

use jiff::civil::Date;

use crate::time::Clock;

/// The first date of each billing month that the run covers.
pub(super) fn first_dates(clock: &Clock) -> impl Iterator<Item = Date> {
    let first_steps: Vec<usize> = clock.calendar().month_steps().map(|steps| steps.start).collect();
    let dates: Vec<Date> = first_steps.into_iter().map(|step| clock.local(step).date()).collect();
    dates.into_iter()
}

/// The civil year of each billing month, counted from the run's first.
pub(super) fn civil_years(clock: &Clock) -> Vec<u32> {
    let years: Vec<i16> = first_dates(clock).map(Date::year).collect();
    let first = years.first().copied().unwrap_or_default();
    years.into_iter().map(|year| u32::from(year.abs_diff(first))).collect()
}
