//! What the loop asks of a kind of device: each kind implements [`Kind`] in its own folder, and has a row in
//! [`super::roster`].
//!
//! Kinds are branchy and scalar where they must be, lane by lane: they stay out of the code that sites without any of
//! them run. Storage is no kind: its arrays live in registers, and its equations are in the phases.

use super::lane::Lane;
use super::phases::Now;
use crate::demand::Tier;

/// A rung of recourse: a way to close a step that the tie cannot close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rung {
    /// Charging of storage is cut.
    CutCharging,
    /// Storage discharges further, within its limits.
    Discharge,
    /// Running sources give more.
    Raise,
    /// Other sources start. What the least load of one gives beyond the need spares import first, then is over.
    Start,
    /// Load of a tier is shed.
    Shed(Tier),
    /// Asked discharge of storage is cut.
    CutDischarge,
    /// Running sources give less, down to their least.
    Lower,
    /// Generation is curtailed.
    Curtail,
}

/// What closes a step that is short, in this order.
pub(crate) const SHORT: [Rung; 7] = [
    Rung::CutCharging,
    Rung::Discharge,
    Rung::Raise,
    Rung::Start,
    Rung::Shed(Tier::Sheddable),
    Rung::Shed(Tier::Normal),
    Rung::Shed(Tier::Critical),
];

/// What then closes a step that has too much, in this order; what is left is dumped.
pub(crate) const OVER: [Rung; 3] = [Rung::CutDischarge, Rung::Lower, Rung::Curtail];

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

/// All devices of one kind in L lanes.
pub(crate) trait Kind<const L: usize> {
    /// Whether the site has none.
    fn is_empty(&self) -> bool;

    /// What each can do in the step, from its state; nothing is asked yet.
    fn limit(&mut self, now: &Now<L>);

    /// Takes up what was asked, as far as each can.
    fn take_up(&mut self);

    /// The power of all, kW, positive into the bus.
    fn power(&self) -> Lane<L>;

    /// Answers a rung of recourse, one that is not its own by doing nothing.
    fn answer(&mut self, rung: Rung, gap: &mut Gap<L>);

    /// Gives `lane` a grid-former in an outage; returns whether there is one.
    fn form_grid(&mut self, _lane: usize) -> bool {
        false
    }

    /// Where this kind forms the grid of `lane`, takes the balance: `rest_kw` is what is missing, negative what is over.
    fn balance(&mut self, _lane: usize, _rest_kw: f64) {}

    /// Stops all of `lane`, whatever they must: nothing holds the voltage.
    fn trip(&mut self, lane: usize);

    /// States and meters advance by a step; `dumped` is what the site dumped.
    fn commit(&mut self, dumped: &Lane<L>);

    /// Visits everything that a run carries over a day's end, in a fixed order.
    fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>));
}
