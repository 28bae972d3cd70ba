//! The phases of a step, in their order. Each is a lane loop: it loads its rows into local arrays, calls the scalar
//! equations of the devices, and stores the rows. (Written with `&mut` into the tables instead of local arrays the
//! march took three times as long.)

mod commit;
mod decide;
mod explain;
mod limit;
mod observe;
pub(super) mod record;
mod settle;

pub(super) use commit::commit;
pub(super) use decide::{decide, view};
pub(super) use limit::limit;
pub(super) use observe::{Seen, observe};
pub(super) use settle::{Flows, settle};

use super::block::BatteryRules;
use super::lane::Lane;
use crate::dispatch::lane_strategy::BatteryLimits;
use crate::storage::BatteryLanes;

/// The storage of L lanes in one step; one element for each battery.
pub(super) struct Storage<'a, const L: usize> {
    pub(super) batteries: &'a [BatteryLanes<L>],
    pub(super) rules: &'a [BatteryRules<L>],
    /// Stored energy, kWh.
    pub(super) stored: &'a mut [Lane<L>],
    /// What each battery can do.
    pub(super) limits: &'a mut [BatteryLimits<L>],
    /// Requests, then settled powers, kW, positive into the bus.
    pub(super) power: &'a mut [Lane<L>],
}
