//! Tariffs: from a utility's terms in a file to core's [`Tariff`] on the run's steps.

mod charge;
mod days;
mod export;
mod field;
mod file;
mod hours;
mod price;
mod schedule;
mod season;
mod series;

use microgrid_core::Problems;
use microgrid_core::utility::Tariff;

use crate::time::Clock;
pub use file::{Customer, TariffFile, TwoPart};

/// Reads a tariff.
///
/// # Errors
/// Every problem of the file at once.
pub fn read_tariff(text: &str, file: &str, clock: &Clock) -> Result<Tariff, Problems> {
    read_tariff_file(text, file, clock, &Customer::default()).map(|read| read.tariff)
}

/// Reads a tariff with what its file says about it, for a customer.
///
/// # Errors
/// Every problem of the file at once.
pub fn read_tariff_file(text: &str, file: &str, clock: &Clock, customer: &Customer) -> Result<TariffFile, Problems> {
    file::read(text, file, clock, customer)
}
