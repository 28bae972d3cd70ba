//! Gensets as the only devices beside series and storage: what stands at the bus of a controller at the site. It links no
//! other kind, so that a controller's program stays small.

use super::kind::{Gap, Kind, Rung};
use super::lane::{Lane, add};
use super::meter::BatteryMeters;
use super::phases::Now;
use super::roster::{Devices, Roster};
use crate::dispatch::lane_strategy::{BatteryLimits, LaneStrategy};
use crate::generation::GensetLanes;
use crate::storage::BatteryLanes;

/// A roster that has no kind but gensets.
pub(crate) struct GensetsAlone<'a>(pub(crate) &'a mut Roster<1>);

impl Devices<1> for GensetsAlone<'_> {
    fn gensets(&self) -> &[GensetLanes<1>] {
        &self.0.gensets.lanes
    }

    fn roster(&self) -> Option<&Roster<1>> {
        Some(self.0)
    }

    fn limit(&mut self, now: &Now<1>) {
        self.0.gensets.limit(now);
    }

    fn limit_storage(
        &self,
        _batteries: &[BatteryLanes<1>],
        _stored: &[Lane<1>],
        _grid_up: impl FnOnce() -> Lane<1>,
        _limits: &mut [BatteryLimits<1>],
    ) {
    }

    fn commits(&self, _battery: usize) -> bool {
        false
    }

    fn commit_battery(
        &mut self,
        _at: (usize, usize),
        _battery: &BatteryLanes<1>,
        _power: &Lane<1>,
        _stored: &mut Lane<1>,
        _meters: &mut BatteryMeters<1>,
    ) {
    }

    fn expected(&self, deficit: Lane<1>) -> Lane<1> {
        deficit
    }

    fn ask(&mut self, strategy: &mut (impl LaneStrategy<1> + ?Sized)) {
        strategy.ask_devices(self.0);
    }

    fn take_up(&mut self, deficit: &mut Lane<1>) {
        self.0.gensets.take_up();
        deficit[0] -= self.0.gensets.power()[0];
    }

    fn follow(&mut self, _deficit: &Lane<1>, _storage: &[Lane<1>], _net: &mut Lane<1>) {}

    fn give(&self, given: &mut Lane<1>) {
        add(given, &self.0.gensets.given());
    }

    fn feed(&self, bus: &mut Lane<1>) {
        add(bus, &self.0.gensets.power());
    }

    fn use_up(&self, surplus: &mut Lane<1>) {
        surplus[0] -= self.0.gensets.used()[0];
    }

    fn answer(&mut self, rung: Rung, gap: &mut Gap<1>) {
        self.0.gensets.answer(rung, gap);
    }

    fn form_grid(&mut self, lane: usize) -> bool {
        self.0.gensets.form_grid(lane)
    }

    fn balance(&mut self, lane: usize, rest_kw: f64) -> f64 {
        self.0.gensets.balance(lane, rest_kw)
    }

    fn trip(&mut self, lane: usize) {
        self.0.gensets.trip(lane);
    }

    fn commit(&mut self, now: &Now<1>, dumped: impl FnOnce() -> Lane<1>) {
        self.0.gensets.commit(now, &dumped());
    }

    fn observe(&mut self, _stored: &[Lane<1>]) {}

    fn record(&self, _lane: usize, _values: &mut [f64]) {}
}
