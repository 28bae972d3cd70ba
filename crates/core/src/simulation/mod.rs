//! Order: from a plain [`Scenario`] over the validated plan to the march through time and its books.

mod calendar;
mod outcome;
mod scenario;
mod series;

pub use calendar::{Calendar, Month};
pub use outcome::{BatteryTotals, Energy, Indicators, Money, MonthTotals, Outcome, Status};
pub use scenario::Scenario;
pub use series::Series;
