//! What stands at the bus beside series and storage, as the phases ask it.

use alloc::vec::Vec;

use super::block::{Inputs, SiteLanes};
use super::kind::{Gap, Rung};
use super::lane::Lane;
use super::meter::{BatteryMeters, Meters};
use super::phases::Now;
use super::roster::Roster;
use crate::dispatch::lane_strategy::{BatteryLimits, LaneStrategy};
use crate::generation::GensetLanes;
use crate::storage::BatteryLanes;

/// Devices of L lanes. What a method does unless it is written anew is what it does where there is none, inlined to nothing.
pub(crate) trait Devices<const L: usize> {
    /// Whether all that is rare at a site is not there either: see [`Plain`].
    const IS_PLAIN: bool = false;

    /// What strategies see of the gensets.
    #[inline(always)]
    fn gensets(&self) -> &[GensetLanes<L>] {
        &[]
    }

    /// All kinds; `None` at a site without any.
    #[inline(always)]
    fn roster(&self) -> Option<&Roster<L>> {
        None
    }

    #[inline(always)]
    fn limit(&mut self, _now: &Now<L>) {}

    /// Holds the limits of batteries that are more than plain to what these can do; `grid_up` is 1 where the grid is there.
    #[inline(always)]
    fn limit_storage(
        &self,
        _batteries: &[BatteryLanes<L>],
        _stored: &[Lane<L>],
        _grid_up: impl FnOnce() -> Lane<L>,
        _limits: &mut [BatteryLimits<L>],
    ) {
    }

    /// Whether a battery is more than plain, so that its step is [`Devices::commit_battery`]'s.
    #[inline(always)]
    fn commits(&self, _battery: usize) -> bool {
        false
    }

    /// State and meters of a battery that is more than plain advance by a step.
    #[inline(always)]
    fn commit_battery(
        &mut self,
        _at: (usize, usize),
        _battery: &BatteryLanes<L>,
        _power: &Lane<L>,
        _stored: &mut Lane<L>,
        _meters: &mut BatteryMeters<L>,
    ) {
    }

    /// The deficit with what devices are expected to use unasked.
    #[inline(always)]
    fn expected(&self, deficit: Lane<L>) -> Lane<L> {
        deficit
    }

    #[inline(always)]
    fn ask(&mut self, _strategy: &mut (impl LaneStrategy<L> + ?Sized)) {}

    /// Takes up what was asked and lessens the deficit by it.
    #[inline(always)]
    fn take_up(&mut self, _deficit: &mut Lane<L>) {}

    /// What comes after storage takes and gives what is left, and `net` is made anew: `deficit` of the site alone, less the
    /// power of all devices and `storage`.
    #[inline(always)]
    fn follow(&mut self, _deficit: &Lane<L>, _storage: &[Lane<L>], _net: &mut Lane<L>) {}

    /// Adds what devices with books of their own give.
    #[inline(always)]
    fn give(&self, _given: &mut Lane<L>) {}

    /// Adds the power of all, positive into the bus.
    #[inline(always)]
    fn feed(&self, _bus: &mut Lane<L>) {}

    /// Takes what all use out of a surplus.
    #[inline(always)]
    fn use_up(&self, _surplus: &mut Lane<L>) {}

    #[inline(always)]
    fn answer(&mut self, _rung: Rung, _gap: &mut Gap<L>) {}

    #[inline(always)]
    fn form_grid(&mut self, _lane: usize) -> bool {
        false
    }

    /// Returns what is left of it.
    #[inline(always)]
    fn balance(&mut self, _lane: usize, rest_kw: f64) -> f64 {
        rest_kw
    }

    #[inline(always)]
    fn trip(&mut self, _lane: usize) {}

    /// `dumped` is what the site dumped.
    #[inline(always)]
    fn commit(&mut self, _now: &Now<L>, _dumped: impl FnOnce() -> Lane<L>) {}

    /// Sees the stored energy of each battery at the step's end, kWh.
    #[inline(always)]
    fn observe(&mut self, _stored: &[Lane<L>]) {}

    /// Writes a number for each of a plan's device columns.
    #[inline(always)]
    fn record(&self, _lane: usize, _values: &mut [f64]) {}

    /// Whether all stand in a feeder, whose flow is part of the step.
    #[inline(always)]
    fn has_feeder(&self) -> bool {
        false
    }

    /// Keeps what is asked of storage, for a balance that is closed anew, and of loads and plants as `ask` tells it.
    #[inline(always)]
    fn open_feeder(&mut self, _requests: &[Lane<L>], _ask: impl FnOnce(&mut Vec<Lane<L>>)) {}

    /// What was asked of storage.
    #[inline(always)]
    fn requests(&self) -> &[Lane<L>] {
        &[]
    }

    /// Solves the flow of the step: `feed` tells the power of loads, plants and storage, kW into the bus.
    #[inline(always)]
    fn flow(&mut self, _grid_up: &Lane<L>, _feed: impl FnOnce(&mut Vec<Lane<L>>)) {}

    /// Gives the balance the losses of the last flow, and holds devices to what the network lets them; whether anything is
    /// new, so that the balance is to be closed anew.
    #[inline(always)]
    fn adapt(&mut self) -> bool {
        false
    }

    /// What the network takes from each load, then from each plant, kW; `None` where nothing.
    #[inline(always)]
    fn reduced(&self) -> Option<&[Lane<L>]> {
        None
    }

    /// Holds the limits of batteries to what the network lets them.
    #[inline(always)]
    fn hold_storage(&self, _limits: &mut [BatteryLimits<L>]) {}
}

/// A site without any of them: its loop has no trace of devices.
pub(crate) struct Bare;

impl<const L: usize> Devices<L> for Bare {}

/// A [`Bare`] site where besides no battery leaks or is barred from anything, the tie has no limits and no outages, and the
/// tariff has neither series of prices nor windows: its loop has no trace of those.
pub(crate) struct Plain;

impl<const L: usize> Devices<L> for Plain {
    const IS_PLAIN: bool = true;
}

impl Plain {
    /// Whether a site without devices is plain.
    pub(crate) fn describes<const L: usize>(inputs: &Inputs<L>, site: &SiteLanes<L>, meters: &Meters<L>) -> bool {
        !(site.any_leaks || site.any_barred_charge || site.any_barred_export || site.tie_is_limited)
            && inputs.grid_up.is_none()
            && inputs.carbon.is_none()
            && inputs.import_stepwise.is_empty()
            && inputs.export_stepwise.is_empty()
            && meters.taken.is_empty()
            && meters.windows.is_empty()
    }
}
