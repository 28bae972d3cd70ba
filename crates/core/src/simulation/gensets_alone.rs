//! Gensets as the only devices beside series and storage: what stands at the bus of a controller at the site. It links no
//! other kind, so that a controller's program stays small.

use super::devices::Devices;
use super::kind::{Gap, Kind, Rung};
use super::lane::{Lane, add};
use super::phases::Now;
use super::roster::Roster;
use crate::dispatch::lane_strategy::LaneStrategy;
use crate::generation::GensetLanes;

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

    fn ask(&mut self, strategy: &mut (impl LaneStrategy<1> + ?Sized)) {
        strategy.ask_devices(self.0);
    }

    fn take_up(&mut self, deficit: &mut Lane<1>) {
        self.0.gensets.take_up();
        deficit[0] -= self.0.gensets.power()[0];
    }

    fn feed(&self, bus: &mut Lane<1>) {
        add(bus, &self.0.gensets.power());
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
}
