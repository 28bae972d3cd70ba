//! What the grid connection sells, charges, bans and emits: tariff, bill, outages, carbon.

mod bill;
mod carbon;
mod tariff;

pub use bill::{Bill, BillKind, BillLine};
pub use carbon::Carbon;
pub use tariff::{CapacityCharge, DemandCharge, FixedCharge, PeriodPrices, Price, PriceComponent, Tariff};
