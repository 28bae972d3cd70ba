//! What the grid connection sells, charges, bans and emits: tariff, bill, outages, carbon.

mod bill;
mod billing;
mod carbon;
mod demand_bill;
mod demand_charge;
mod demand_meter;
mod demand_term;
mod demand_tier;
mod minimum_charge;
mod power_factor;
mod prices;
mod proration;
mod ratchet;
mod tariff;

pub use bill::{Bill, BillKind, BillLine};
pub(crate) use billing::{EnergyReadings, Readings, write_bill};
pub use carbon::Carbon;
pub use demand_charge::{DemandCharge, DemandContract, DemandDiscount};
pub(crate) use demand_meter::{DemandMeter, SlidingMeter};
pub use demand_term::DemandTerm;
pub use demand_tier::DemandTier;
pub(crate) use minimum_charge::MinimumAccount;
pub use minimum_charge::{MinimumCharge, MinimumCredit};
pub use power_factor::{PowerFactorAdjustment, PowerFactorLevel};
pub(crate) use prices::Prices;
pub use proration::Proration;
pub use ratchet::Ratchet;
pub use tariff::{CapacityCharge, FixedCharge, PeriodPrices, Price, PriceComponent, Tariff};
