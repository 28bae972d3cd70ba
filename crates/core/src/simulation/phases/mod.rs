//! The phases of a step, in their order. Each is a lane loop: it loads its rows into local arrays, calls the scalar
//! equations of the devices, and stores the rows. (Written with `&mut` into the tables instead of local arrays the
//! march took three times as long.)
//!
//! A phase is given what does not change in the run ([`Site`]), what the step brings ([`Now`]), what acts in it
//! ([`Plant`]) and what is counted ([`Books`](super::meter::Books)).
//!
//! Registers: a step's numbers live in vector registers for as long as nobody has their address. So all that is rare –
//! recourse, windows, recorders – is called on copies, and marked `#[cold]` where it looks as likely as not: such a
//! call spills every vector register. Without this the wide march took 1.8 times as long; `benches/dispatch.rs` guards it.

mod commit;
mod decide;
mod explain;
mod limit;
mod meter;
mod observe;
mod record;
mod settle;
mod through_feeder;
mod windows;

pub(super) use commit::commit;
pub(super) use decide::{decide, view};
pub(super) use limit::limit;
pub(super) use meter::meter;
pub(crate) use observe::Now;
pub(super) use record::{Room, Watch, record, shown};
pub(super) use settle::{Flows, settle};
pub(super) use windows::close_day;

use super::block::{BatteryRules, Inputs, SiteLanes};
use super::lane::Lane;
use super::meter::BatteryMeters;
use super::recourse::Recourse;
use crate::dispatch::lane_strategy::BatteryLimits;
use crate::storage::BatteryLanes;

/// What does not change in the run.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a, const L: usize> {
    pub(crate) inputs: &'a Inputs<L>,
    pub(crate) lanes: &'a SiteLanes<L>,
}

/// What acts in a step.
pub(super) struct Plant<'a, D, const L: usize> {
    pub(super) storage: Storage<'a, L>,
    /// Requests to each battery, then its settled power, kW, positive into the bus.
    pub(super) power: &'a mut [Lane<L>],
    /// What else stands at the bus.
    pub(super) devices: &'a mut D,
    pub(super) recourse: &'a mut Recourse<L>,
}

/// The storage of L lanes in one step; one element for each battery.
pub(super) struct Storage<'a, const L: usize> {
    pub(super) batteries: &'a [BatteryLanes<L>],
    pub(super) rules: &'a [BatteryRules<L>],
    /// Stored energy, kWh.
    pub(super) stored: &'a mut [Lane<L>],
    /// What each battery can do.
    pub(super) limits: &'a mut [BatteryLimits<L>],
    pub(super) meters: &'a mut [BatteryMeters<L>],
}
