//! The roster: one row for each kind of device that stands at the bus beside series and storage.
//!
//! The loop is compiled for two cases: [`Bare`] where a site has none of them, inlined to nothing, and [`Roster`] with
//! all kinds, one call out of line for each.
//!
//! # Adding a kind
//! Its physics, state and meters go into a folder of its own, with an implementation of [`Kind`]; here it gets a field,
//! a line in [`Roster::pack`] and one in [`each`].

use super::kind::{Gap, Kind, Rung};
use super::lane::{Lane, add};
use super::phases::Now;
use super::plan::Plan;
use crate::dispatch::lane_strategy::LaneStrategy;
use crate::generation::{GensetLanes, Gensets};

/// All kinds of devices of L lanes.
#[derive(Debug)]
pub(crate) struct Roster<const L: usize> {
    pub(crate) gensets: Gensets<L>,
}

/// Calls a method of each kind that the site has, in the order of the roster.
macro_rules! each {
    ($roster:expr, $kind:ident => $call:expr) => {{
        let Roster { gensets } = $roster;
        if !gensets.is_empty() {
            let $kind = gensets;
            $call;
        }
    }};
}

impl<const L: usize> Roster<L> {
    pub(crate) fn pack(plans: [&Plan; L]) -> Self {
        Self { gensets: Gensets::pack(plans) }
    }

    /// With gensets alone.
    pub(crate) fn of_gensets(gensets: Gensets<L>) -> Self {
        Self { gensets }
    }

    /// Whether the site has none of any kind.
    pub(crate) fn is_empty(&self) -> bool {
        let mut is_empty = true;
        each!(self, kind => is_empty &= kind.is_empty());
        is_empty
    }

    /// Visits everything that a run carries over a day's end, in a fixed order.
    pub(crate) fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        each!(self, kind => kind.visit(visit));
    }
}

/// What stands at the bus beside series and storage, as the phases ask it.
pub(crate) trait Devices<const L: usize> {
    /// What strategies see of the gensets.
    fn gensets(&self) -> &[GensetLanes<L>];

    fn limit(&mut self, now: &Now<L>);

    fn ask(&mut self, strategy: &mut impl LaneStrategy<L>);

    /// Takes up what was asked and lessens the deficit by it.
    fn take_up(&mut self, deficit: &mut Lane<L>);

    /// Adds the power of all, positive into the bus.
    fn feed(&self, bus: &mut Lane<L>);

    fn answer(&mut self, rung: Rung, gap: &mut Gap<L>);

    fn form_grid(&mut self, lane: usize) -> bool;

    fn balance(&mut self, lane: usize, rest_kw: f64);

    fn trip(&mut self, lane: usize);

    /// `dumped` is what the site dumped.
    fn commit(&mut self, dumped: impl FnOnce() -> Lane<L>);
}

impl<const L: usize> Devices<L> for Roster<L> {
    fn gensets(&self) -> &[GensetLanes<L>] {
        &self.gensets.lanes
    }

    fn limit(&mut self, now: &Now<L>) {
        each!(self, kind => kind.limit(now));
    }

    fn ask(&mut self, strategy: &mut impl LaneStrategy<L>) {
        strategy.ask_devices(self);
    }

    fn take_up(&mut self, deficit: &mut Lane<L>) {
        each!(self, kind => {
            kind.take_up();
            let power = kind.power();
            for l in 0..L {
                deficit[l] -= power[l];
            }
        });
    }

    fn feed(&self, bus: &mut Lane<L>) {
        each!(self, kind => add(bus, &kind.power()));
    }

    fn answer(&mut self, rung: Rung, gap: &mut Gap<L>) {
        each!(self, kind => kind.answer(rung, gap));
    }

    fn form_grid(&mut self, lane: usize) -> bool {
        let mut forms = false;
        each!(self, kind => forms = forms || kind.form_grid(lane));
        forms
    }

    fn balance(&mut self, lane: usize, rest_kw: f64) {
        each!(self, kind => kind.balance(lane, rest_kw));
    }

    fn trip(&mut self, lane: usize) {
        each!(self, kind => kind.trip(lane));
    }

    fn commit(&mut self, dumped: impl FnOnce() -> Lane<L>) {
        let dumped = &dumped();
        each!(self, kind => kind.commit(dumped));
    }
}

/// A site without any of them. Everything is inlined to nothing, so that its loop has no trace of devices.
pub(crate) struct Bare;

impl<const L: usize> Devices<L> for Bare {
    #[inline(always)]
    fn gensets(&self) -> &[GensetLanes<L>] {
        &[]
    }
    #[inline(always)]
    fn limit(&mut self, _now: &Now<L>) {}
    #[inline(always)]
    fn ask(&mut self, _strategy: &mut impl LaneStrategy<L>) {}
    #[inline(always)]
    fn take_up(&mut self, _deficit: &mut Lane<L>) {}
    #[inline(always)]
    fn feed(&self, _bus: &mut Lane<L>) {}
    #[inline(always)]
    fn answer(&mut self, _rung: Rung, _gap: &mut Gap<L>) {}
    #[inline(always)]
    fn form_grid(&mut self, _lane: usize) -> bool {
        false
    }
    #[inline(always)]
    fn balance(&mut self, _lane: usize, _rest_kw: f64) {}
    #[inline(always)]
    fn trip(&mut self, _lane: usize) {}
    #[inline(always)]
    fn commit(&mut self, _dumped: impl FnOnce() -> Lane<L>) {}
}
