//! What the march asks of a strategy: one decision for L lanes at a time.

use super::Wish;
use crate::generation::GensetLanes;
use crate::simulation::lane::Lane;
use crate::simulation::{Inputs, Meters, Roster};
use crate::storage::BatteryLanes;

/// The site of L lanes at the beginning of a step, after its limits are known.
pub(crate) struct LaneView<'a, const L: usize> {
    pub(crate) step: usize,
    pub(crate) month: usize,
    /// Load asked and what devices are expected to use, less generation available, kW.
    pub(crate) deficit: &'a Lane<L>,
    pub(crate) load: &'a Lane<L>,
    pub(crate) generation: &'a Lane<L>,
    /// For the rest of what the step brings: the tie's limits, outages.
    pub(crate) inputs: &'a Inputs<L>,
    pub(crate) batteries: &'a [BatteryLanes<L>],
    pub(crate) stored: &'a [Lane<L>],
    pub(crate) limits: &'a [BatteryLimits<L>],
    pub(crate) gensets: &'a [GensetLanes<L>],
    /// All devices beside storage, where the site has any.
    pub(crate) roster: Option<&'a Roster<L>>,
    /// What was metered up to this day, and the month's peak up to this step for those that
    /// [read it](Traits::reads_meters).
    pub(crate) meters: &'a Meters<L>,
}

impl<const L: usize> LaneView<'_, L> {
    /// What to ask of a battery that is to have `power_kw`, where a part of its charge comes unasked by direct current.
    #[inline(always)]
    pub(crate) fn beside_direct_current(&self, battery: usize, lane: usize, power_kw: f64) -> f64 {
        let taken_kw = self.roster.map_or(0.0, |roster| roster.detail.taken_kw(battery, lane));
        if taken_kw > 0.0 { power_kw + taken_kw } else { power_kw }
    }
}

/// What one battery can do in this step, kW at its terminals, both at least 0.
#[derive(Debug, Clone)]
pub(crate) struct BatteryLimits<const L: usize> {
    pub(crate) charge: Lane<L>,
    pub(crate) discharge: Lane<L>,
}

/// What the march has to know of a strategy before it asks. Where the strategy's type is known these are constants, and
/// what none of them needs is not in the loop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traits {
    /// Whether storage is locked out: all limits are 0.
    pub(crate) locks_storage: bool,
    /// Whether each request is already within its battery's limits.
    pub(crate) holds_limits: bool,
    /// Whether it may ask for curtailment, by [`LaneStrategy::least_net`].
    pub(crate) curtails: bool,
    /// Whether it reads the month's peak as metered up to the step; the other open sums are put back at a day's end.
    pub(crate) reads_meters: bool,
}

impl Traits {
    /// Of a rule that asks for no more than its batteries can do, and for no curtailment.
    pub(crate) const RULE: Self =
        Self { locks_storage: false, holds_limits: true, curtails: false, reads_meters: false };
}

/// A strategy for L lanes. Writes each battery's request, kW, positive into the bus.
pub(crate) trait LaneStrategy<const L: usize> {
    #[inline(always)]
    fn traits(&self) -> Traits {
        Traits::RULE
    }

    fn decide(&mut self, view: &LaneView<'_, L>, ask: &mut [Lane<L>]);

    /// Why a lane's request is what it is; called after `decide` with the same view, only where a recorder looks on.
    fn why(&self, view: &LaneView<'_, L>, lane: usize) -> Wish;

    /// Writes what is asked of other devices; called after `decide`, only where there are any. Unasked they are off, but
    /// for what the order of recourse needs.
    fn ask_devices(&mut self, _devices: &mut Roster<L>) {}

    /// The net import (kW, export negative) below which generation is to be curtailed, as far as it can be, for
    /// requests within their limits; −∞ in a lane that asks for none, `None` where no lane asks.
    fn least_net(&self, _view: &LaneView<'_, L>, _ask: &[Lane<L>]) -> Option<Lane<L>> {
        None
    }
}
