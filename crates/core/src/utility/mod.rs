//! What the grid connection sells, charges, bans and emits: tariff, bill, outages, carbon.

mod bill;
mod billing;
mod carbon;
mod daily_charge;
mod demand_charge;
mod power_factor;
mod prices;
mod tariff;

pub use bill::{Bill, BillKind, BillLine};
pub(crate) use billing::{EnergyReadings, Readings, write_bill};
pub use carbon::Carbon;
pub use daily_charge::DailyCharge;
pub use demand_charge::{DemandCharge, DemandContract, DemandDiscount, Ratchet};
pub use power_factor::{PowerFactorAdjustment, PowerFactorLevel};
pub(crate) use prices::{DemandMeter, Prices};
pub use tariff::{CapacityCharge, FixedCharge, PeriodPrices, Price, PriceComponent, Tariff};
