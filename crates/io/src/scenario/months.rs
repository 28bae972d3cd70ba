//! Numbers by calendar month: twelve of them, January first.

use microgrid_core::{Problem, Series};

use crate::document::Section;
use crate::time::Clock;

/// Twelve numbers, where written, of which one outside `least` to `most` is refused.
pub(super) fn within(section: &mut Section<'_>, key: &'static str, least: f64, most: f64) -> Option<[f64; 12]> {
    let by_month = section.months(key)?;
    if let Some(outside) = by_month.iter().find(|number| !(least..=most).contains(*number)) {
        let problem = Problem::new(section.field(key), "is out of range").value(outside);
        section.push(problem.allowed(format!("{least} to {most}")));
    }
    Some(by_month)
}

/// The number of each step's month.
pub(super) fn series(by_month: &[f64; 12], clock: &Clock) -> Series {
    let month = |step: usize| usize::from(clock.local(step).month().unsigned_abs()) - 1;
    Series::Steps((0..clock.steps()).map(|step| by_month[month(step)]).collect())
}
