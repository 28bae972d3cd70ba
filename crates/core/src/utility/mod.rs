//! What the grid connection sells, charges, bans and emits: tariff, bill, outages, carbon.

mod bill;
mod billing;
mod carbon;
mod prices;
mod tariff;

pub use bill::{Bill, BillKind, BillLine};
pub(crate) use billing::{EnergyReadings, Readings, write_bill};
pub use carbon::Carbon;
pub(crate) use prices::{DemandMeter, Prices};
pub use tariff::{CapacityCharge, DemandCharge, FixedCharge, PeriodPrices, Price, PriceComponent, Tariff};
