//! What the loop asks of a kind of device: each kind implements [`Kind`] in its own folder, and has a row in
//! [`super::roster`].
//!
//! Kinds are branchy and scalar where they must be, lane by lane: they stay out of the code that sites without any of
//! them run. Storage is no kind: its arrays live in registers, and its equations are in the phases.

use alloc::vec::Vec;

use super::lane::Lane;
use super::phases::Now;
use crate::demand::Tier;
use crate::dispatch::FlexibleUse;
use crate::simulation::{DeviceTotals, Plan};

/// A rung of recourse: a way to close a step that the tie cannot close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rung {
    /// Uses are cut to the least that they need, where they are flexible.
    CutFlexible,
    /// Charging of storage is cut.
    CutCharging,
    /// Storage discharges further, within its limits.
    Discharge,
    /// Running sources give more.
    Raise,
    /// Other sources start. What the least load of one gives beyond the need spares import first, then is over.
    Start,
    /// Uses are cut altogether.
    CutUses,
    /// Load of a tier is shed.
    Shed(Tier),
    /// Asked discharge of storage is cut.
    CutDischarge,
    /// Running sources give less, down to their least.
    Lower,
    /// Flexible uses take up more.
    Absorb,
    /// Generation is curtailed.
    Curtail,
}

/// What closes a step that is short, in this order.
pub(crate) const SHORT: [Rung; 9] = [
    Rung::CutFlexible,
    Rung::CutCharging,
    Rung::Discharge,
    Rung::Raise,
    Rung::Start,
    Rung::CutUses,
    Rung::Shed(Tier::Sheddable),
    Rung::Shed(Tier::Normal),
    Rung::Shed(Tier::Critical),
];

/// What then closes a step that has too much, in this order; what is left is dumped.
pub(crate) const OVER: [Rung; 4] = [Rung::CutDischarge, Rung::Lower, Rung::Absorb, Rung::Curtail];

/// What is open when a rung is asked. kW, all at least 0.
pub(crate) struct Gap<const L: usize> {
    /// 1 where something holds the site's voltage.
    pub(crate) alive: Lane<L>,
    /// What the site lacks.
    pub(crate) short: Lane<L>,
    /// What the site cannot use.
    pub(crate) over: Lane<L>,
    /// What the tie brings; a rung that gives more than was short spares it.
    pub(crate) import: Lane<L>,
}

/// What the network lets a device draw and give, kW, both at least 0; infinite where nothing is held.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held<const L: usize> {
    pub(crate) draw: Lane<L>,
    pub(crate) give: Lane<L>,
}

impl<const L: usize> Held<L> {
    pub(crate) const FREE: Self = Self { draw: Lane([f64::INFINITY; L]), give: Lane([f64::INFINITY; L]) };
}

/// All devices of one kind in L lanes.
pub(crate) trait Kind<const L: usize> {
    /// Whether the site has none.
    fn is_empty(&self) -> bool;

    /// What each can do in the step, from its state; nothing is asked yet.
    fn limit(&mut self, now: &Now<L>);

    /// What all are expected to use unasked, kW, once limits are known: strategies see it as they see load.
    fn expected(&self) -> Lane<L> {
        Lane::<L>::ZERO
    }

    /// Shows a strategy the next of its flexible uses, one for each device that is one.
    fn show_uses(&self, _lane: usize, _uses: &mut core::slice::IterMut<'_, FlexibleUse>) {}

    /// Takes what is asked of them, in the same order; `None` where nothing is.
    fn ask_uses(&mut self, _lane: usize, _asked: &mut dyn Iterator<Item = Option<f64>>) {}

    /// Holds each to what the network lets its bus draw and give, the next of `held` for each device in the order of the
    /// scenario. Limits only tighten in a step; the next [`Kind::limit`] frees them. A kind that has none to tighten gives
    /// its devices' places up.
    fn hold(&mut self, held: &mut core::slice::Iter<'_, Held<L>>) {
        self.feed_each(&mut |_| {
            held.next();
        });
    }

    /// Forgets what recourse made of the step, for a balance that is closed anew: what is asked is taken up next. Only a
    /// kind that does not take up everything anew has something to do.
    fn reopen(&mut self) {}

    /// Takes up what was asked, as far as each can.
    fn take_up(&mut self);

    /// What is left to those who come after storage: `net` is what the site would import, kW, negative to export. Returns
    /// whether the kind is one that may change its power here, whatever it does in this step.
    fn follow(&mut self, _net: &Lane<L>) -> bool {
        false
    }

    /// The power of all, kW, positive into the bus.
    fn power(&self) -> Lane<L>;

    /// The power of each, kW, positive into the bus, in the order of the scenario: the feeder draws it where each stands.
    fn feed_each(&self, _each: &mut dyn FnMut(Lane<L>)) {}

    /// What all use, kW, at least 0: the part of [`Kind::power`] that flows out of the bus.
    fn used(&self) -> Lane<L> {
        Lane::<L>::ZERO
    }

    /// What all give to the bus, kW, at least 0, where the kind has books of its own: the other part of [`Kind::power`].
    fn given(&self) -> Lane<L> {
        Lane::<L>::ZERO
    }

    /// Answers a rung of recourse, one that is not its own by doing nothing.
    fn answer(&mut self, rung: Rung, gap: &mut Gap<L>);

    /// Gives `lane` a grid-former in an outage; returns whether there is one.
    fn form_grid(&mut self, _lane: usize) -> bool {
        false
    }

    /// Where this kind forms the grid of `lane`, takes the balance: `rest_kw` is what is missing, negative what is over.
    /// Returns what is left of it.
    fn balance(&mut self, _lane: usize, rest_kw: f64) -> f64 {
        rest_kw
    }

    /// Stops all of `lane`, whatever they must: nothing holds the voltage.
    fn trip(&mut self, lane: usize);

    /// States and meters advance by a step; `dumped` is what the site dumped.
    fn commit(&mut self, now: &Now<L>, dumped: &Lane<L>);

    /// Visits everything that a run carries over a day's end, in a fixed order.
    fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>));

    /// What of a lane's state no run leaves, for snapshots to be refused.
    fn impossible(&self, _lane: usize) -> Option<&'static str> {
        None
    }

    /// The books of each device of a lane, where the kind has books of its own.
    fn totals(&self, _lane: usize, _plan: &Plan) -> Vec<DeviceTotals> {
        Vec::new()
    }

    /// Writes a number for each column of the kind's devices, as a recorder sees the step; see [`Plan::device_columns`].
    fn record(&self, _lane: usize, _values: &mut core::slice::IterMut<'_, f64>) {}
}
