//! What the grid connection sells, charges, bans and emits: tariff, bill, outages, carbon.

mod bill;
mod billing;
mod blocks;
mod carbon;
mod daily_charge;
mod demand_charge;
mod energy_billing;
mod metering;
mod netting;
mod planning;
mod power_factor;
mod prices;
mod tariff;

pub use bill::{Bill, BillKind, BillLine};
pub(crate) use billing::{EnergyReadings, Readings, write_bill};
pub use blocks::{BlockCount, BlockPrices};
pub use carbon::Carbon;
pub use daily_charge::DailyCharge;
pub use demand_charge::{DemandCharge, DemandContract, DemandDiscount, Ratchet};
pub use metering::{CreditPays, Metering, MeteringForm, YearEnd};
pub use planning::PlanningPrices;
pub use power_factor::{PowerFactorAdjustment, PowerFactorLevel};
pub(crate) use prices::{DemandMeter, Prices};
pub use tariff::{CapacityCharge, FixedCharge, PeriodPrices, Price, PriceComponent, Tariff};
