//! The roster: one row for each kind of device that stands at the bus beside series and storage.
//!
//! The loop is compiled for two cases: [`Bare`](super::devices::Bare) where a site has none of them, inlined to nothing, and
//! [`Roster`] with all kinds, one call out of line for each.
//!
//! # Adding a kind
//! Its physics, state and meters go into a folder of its own, with an implementation of [`Kind`]; here it gets a field,
//! a line in [`Roster::pack`] and one in [`each`].

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::device_totals::DeviceTotals;
use super::devices::Devices;
use super::kind::{Gap, Kind, Rung};
use super::lane::{Lane, add};
use super::meter::BatteryMeters;
use super::phases::Now;
use super::plan::Plan;
use crate::Scenario;
use crate::demand::{Load, Scheduling, SessionOutcome, Stations, SwapStation, SwapStations, WaterHeaters};
use crate::dispatch::lane_strategy::{BatteryLimits, LaneStrategy};
use crate::dispatch::{Controller, FlexibleUse};
use crate::distribution::{HeadRoom, SiteFeeders};
use crate::generation::{GensetLanes, Gensets};
use crate::storage::{Battery, BatteryLanes, HydrogenPlants, StorageAgeing, StorageDetail};

/// All kinds of devices of L lanes.
#[derive(Debug)]
pub(crate) struct Roster<const L: usize> {
    pub(crate) gensets: Gensets<L>,
    pub(crate) hydrogen: HydrogenPlants<L>,
    water_heaters: WaterHeaters<L>,
    stations: Stations<L>,
    swap_stations: SwapStations<L>,
    /// The network in which all stand. Its losses are its power.
    pub(crate) feeder: SiteFeeders<L>,
    /// What observes batteries that age. No kind: it has no power of its own.
    pub(crate) ageing: StorageAgeing<L>,
    /// Batteries that are more than plain. No kind: their power is storage's.
    pub(crate) detail: StorageDetail<L>,
}

/// Calls a method of each kind that the site has, in the order of the roster.
macro_rules! each {
    ($roster:expr, $kind:ident => $call:expr) => {{
        let Roster { hydrogen, gensets, water_heaters, stations, swap_stations, feeder, ageing: _, detail: _ } =
            $roster;
        // Before gensets: where the site is short a fuel cell gives before fuel is burnt.
        if !hydrogen.is_empty() {
            let $kind = hydrogen;
            $call;
        }
        if !gensets.is_empty() {
            let $kind = gensets;
            $call;
        }
        if !water_heaters.is_empty() {
            let $kind = water_heaters;
            $call;
        }
        if !stations.is_empty() {
            let $kind = stations;
            $call;
        }
        if !swap_stations.is_empty() {
            let $kind = swap_stations;
            $call;
        }
        if !feeder.is_empty() {
            let $kind = feeder;
            $call;
        }
    }};
}

impl<const L: usize> Roster<L> {
    pub(crate) fn pack(plans: [&Plan; L]) -> Self {
        Self {
            gensets: Gensets::pack(plans),
            hydrogen: HydrogenPlants::pack(plans),
            water_heaters: WaterHeaters::pack(plans),
            stations: Stations::pack(plans),
            swap_stations: SwapStations::pack(plans),
            feeder: SiteFeeders::pack(plans),
            ageing: StorageAgeing::pack(plans),
            detail: StorageDetail::pack(plans),
        }
    }

    /// With gensets alone.
    pub(crate) fn of_gensets(gensets: Gensets<L>) -> Self {
        Self {
            gensets,
            hydrogen: HydrogenPlants::none(),
            water_heaters: WaterHeaters::none(),
            stations: Stations::none(),
            swap_stations: SwapStations::none(),
            feeder: SiteFeeders::none(),
            ageing: StorageAgeing::none(),
            detail: StorageDetail::none(),
        }
    }

    /// Whether the site has none of any kind, and no battery that ages or is more than plain.
    pub(crate) fn is_empty(&self) -> bool {
        let mut is_empty = self.ageing.is_empty() && self.detail.is_empty();
        each!(self, kind => is_empty &= kind.is_empty());
        is_empty
    }

    /// Visits everything that a run carries over a day's end, in a fixed order.
    pub(crate) fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        each!(self, kind => kind.visit(visit));
        self.detail.visit(visit);
    }

    /// What of a lane's state no run leaves.
    pub(crate) fn impossible(&self, lane: usize) -> Option<&'static str> {
        let mut found = None;
        each!(self, kind => found = found.or(kind.impossible(lane)));
        found
    }

    /// The books of all devices whose kind has books of its own.
    pub(crate) fn totals(&self, lane: usize, plan: &Plan) -> Vec<DeviceTotals> {
        let mut totals = Vec::new();
        each!(self, kind => totals.extend(kind.totals(lane, plan)));
        totals
    }

    /// Makes the charging and swap stations of a lane follow a plan for each, where the controller has one.
    pub(crate) fn follow_plans(&mut self, lane: usize, controller: &Controller, plan: &Plan) {
        self.stations.follow_strategy(lane, controller.stations_beside(), controller.station_schedules());
        self.swap_stations.follow_plans(lane, controller.swap_plans(), plan);
    }

    /// What became of the sessions of a lane's station.
    pub(crate) fn sessions(&self, lane: usize, station: usize, plan: &Plan) -> Vec<SessionOutcome> {
        self.stations.sessions(lane, station, plan)
    }

    /// Shows a strategy the flexible uses of a lane.
    pub(crate) fn show_uses(&self, lane: usize, uses: &mut [FlexibleUse]) {
        let uses = &mut uses.iter_mut();
        each!(self, kind => kind.show_uses(lane, uses));
    }

    /// Shows a strategy what the buses of each device have left.
    pub(crate) fn show_head_rooms(&self, lane: usize, rooms: &mut [HeadRoom]) {
        self.feeder.show_head_rooms(lane, rooms);
    }

    /// Takes what is asked of the flexible uses of a lane, in the same order.
    pub(crate) fn ask_uses(&mut self, lane: usize, asked: &[Option<f64>]) {
        let asked = &mut asked.iter().copied();
        each!(self, kind => kind.ask_uses(lane, asked));
    }
}

/// Whether lanes of the two can run side by side.
pub(crate) fn same_shape(a: &Scenario, b: &Scenario) -> bool {
    let parts = |battery: &Battery| battery.detail.as_ref().map(|of| (of.cells.is_some(), of.hybrid.is_some()));
    let age_alike = |(a, b): (&Battery, &Battery)| a.ageing.is_some() == b.ageing.is_some() && parts(a) == parts(b);
    let mut stations = a.swap_stations.iter().zip(&b.swap_stations);
    a.gensets.len() == b.gensets.len()
        && a.hydrogen.len() == b.hydrogen.len()
        && a.water_heaters.len() == b.water_heaters.len()
        && a.swap_stations.len() == b.swap_stations.len()
        && stations.all(|(a, b)| a.same_shape(b))
        && Stations::<1>::same_shape(&a.stations, &b.stations)
        && same_feeder(a, b)
        && a.storage.iter().zip(&b.storage).all(age_alike)
        && a.gensets.iter().zip(&b.gensets).all(|(a, b)| a.heat_recovery.is_some() == b.heat_recovery.is_some())
}

/// Whether both have the same feeder, or none: it is compiled once for all lanes.
fn same_feeder(a: &Scenario, b: &Scenario) -> bool {
    match (&a.feeder, &b.feeder) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// What recorders see of the devices of kinds with columns of their own: quantity and the device's name.
pub(crate) fn columns(scenario: &Scenario) -> Vec<(&'static str, &str)> {
    let mut columns = HydrogenPlants::<1>::columns(&scenario.hydrogen);
    columns.extend(WaterHeaters::<1>::columns(&scenario.water_heaters));
    columns.extend(Stations::<1>::columns(&scenario.stations));
    columns.extend(SwapStations::<1>::columns(&scenario.swap_stations));
    columns.extend(SiteFeeders::<1>::columns(scenario.feeder.as_deref()));
    let ageing = scenario.storage.iter().filter(|battery| battery.ageing.is_some());
    columns.extend(ageing.map(|battery| ("capacity_percent", battery.name.as_str())));
    let follows_cells = |battery: &&Battery| battery.detail.as_ref().is_some_and(|detail| detail.cells.is_some());
    let cells = scenario.storage.iter().filter(follows_cells);
    columns.extend(cells.map(|battery| ("cell_temperature_end_c", battery.name.as_str())));
    let hybrid = scenario.storage.iter().filter(|battery| battery.hybrid().is_some());
    columns.extend(hybrid.map(|battery| ("charge_by_direct_current_kw", battery.name.as_str())));
    columns
}

/// Whether any device with books of its own can give to the bus.
pub(crate) fn gives(scenario: &Scenario) -> bool {
    scenario.hydrogen.iter().any(|plant| plant.fuel_cell.is_some())
}

/// What flexible uses take by their own rule, as loads, beside a strategy with which stations that follow it do as `of_site`. Hydrogen plants
/// take what storage leaves, which is no load.
pub(crate) fn foreseen(plan: &Plan, of_site: &Scheduling) -> Vec<Load> {
    let mut loads = foreseen_beside_planned(plan);
    loads.extend(Stations::<1>::foreseen(plan, of_site));
    loads.extend(SwapStations::<1>::foreseen(plan, SwapStation::is_planned));
    loads
}

/// The same of all but those that plans decide.
pub(crate) fn foreseen_beside_planned(plan: &Plan) -> Vec<Load> {
    let mut loads = WaterHeaters::<1>::foreseen(plan);
    loads.extend(SwapStations::<1>::foreseen(plan, |station| !station.is_planned()));
    loads
}

/// The scenario without its flexible uses.
pub(crate) fn without_flexible_uses(scenario: &Scenario) -> Scenario {
    Scenario {
        hydrogen: Vec::new(),
        water_heaters: Vec::new(),
        stations: Vec::new(),
        swap_stations: Vec::new(),
        // Its places are those of the devices that are left out.
        feeder: None,
        ..scenario.clone()
    }
}

/// Most energy that flexible uses can keep at the end beyond what they keep at the start, kWh.
pub(crate) fn most_kept_kwh(scenario: &Scenario) -> f64 {
    if !scenario.hydrogen.is_empty() {
        return f64::INFINITY; // What they give back and sell no bound takes yet.
    }
    let heaters = scenario.water_heaters.iter().fold(0.0, |sum, heater| sum + heater.most_kept_kwh());
    scenario.swap_stations.iter().fold(heaters, |sum, station| sum + station.most_kept_kwh())
}

/// How many flexible uses strategies see.
pub(crate) fn flexible_uses(scenario: &Scenario) -> usize {
    scenario.hydrogen.len() + scenario.water_heaters.len() + scenario.stations.len() + scenario.swap_stations.len()
}

/// How many of them plans decide: charging stations, and swap stations whose losses have a price.
pub(crate) fn planned_uses(scenario: &Scenario) -> usize {
    scenario.stations.len() + scenario.swap_stations.iter().filter(|station| station.is_planned()).count()
}

impl<const L: usize> Devices<L> for Roster<L> {
    fn gensets(&self) -> &[GensetLanes<L>] {
        &self.gensets.lanes
    }

    fn roster(&self) -> Option<&Roster<L>> {
        Some(self)
    }

    fn limit(&mut self, now: &Now<L>) {
        each!(self, kind => kind.limit(now));
    }

    fn limit_storage(
        &mut self,
        step: usize,
        batteries: &[BatteryLanes<L>],
        stored: &[Lane<L>],
        grid_up: impl FnOnce() -> Lane<L>,
        limits: &mut [BatteryLimits<L>],
    ) {
        if !self.detail.is_empty() {
            self.detail.limit(step, batteries, stored, grid_up(), limits);
        }
    }

    fn commits(&self, battery: usize) -> bool {
        self.detail.has(battery)
    }

    fn commit_battery(
        &mut self,
        at: (usize, usize),
        battery: &BatteryLanes<L>,
        power: &Lane<L>,
        stored: &mut Lane<L>,
        meters: &mut BatteryMeters<L>,
    ) {
        self.detail.commit(at, battery, power, stored, meters);
    }

    fn expected(&self, mut deficit: Lane<L>) -> Lane<L> {
        each!(self, kind => add(&mut deficit, &kind.expected()));
        deficit
    }

    fn ask(&mut self, strategy: &mut (impl LaneStrategy<L> + ?Sized)) {
        strategy.ask_devices(self);
    }

    fn take_up(&mut self, deficit: &mut Lane<L>) {
        // Added up first, as recourse does: a lane's bits must not depend on whether its neighbour needs recourse.
        let mut fed = Lane::<L>::ZERO;
        each!(self, kind => {
            kind.take_up();
            add(&mut fed, &kind.power());
        });
        for l in 0..L {
            deficit[l] -= fed[l];
        }
    }

    fn follow(&mut self, deficit: &Lane<L>, storage: &[Lane<L>], net: &mut Lane<L>) {
        let mut any = false;
        each!(self, kind => any |= kind.follow(net));
        if !any {
            return;
        }
        // In the order in which recourse adds up: a lane's bits must not depend on whether its neighbour needs it.
        let mut fed = Lane::<L>::ZERO;
        self.feed(&mut fed);
        for l in 0..L {
            net[l] = deficit[l] - fed[l];
        }
        for power in storage {
            for l in 0..L {
                net[l] -= power[l];
            }
        }
    }

    fn give(&self, given: &mut Lane<L>) {
        each!(self, kind => add(given, &kind.given()));
    }

    fn feed(&self, bus: &mut Lane<L>) {
        each!(self, kind => add(bus, &kind.power()));
    }

    fn use_up(&self, surplus: &mut Lane<L>) {
        each!(self, kind => {
            let used = kind.used();
            for l in 0..L {
                surplus[l] -= used[l];
            }
        });
    }

    fn answer(&mut self, rung: Rung, gap: &mut Gap<L>) {
        each!(self, kind => kind.answer(rung, gap));
    }

    fn form_grid(&mut self, lane: usize) -> bool {
        let mut forms = false;
        each!(self, kind => forms = forms || kind.form_grid(lane));
        forms
    }

    fn balance(&mut self, lane: usize, mut rest_kw: f64) -> f64 {
        each!(self, kind => rest_kw = kind.balance(lane, rest_kw));
        rest_kw
    }

    fn trip(&mut self, lane: usize) {
        each!(self, kind => kind.trip(lane));
    }

    fn commit(&mut self, now: &Now<L>, dumped: impl FnOnce() -> Lane<L>) {
        let dumped = &dumped();
        if self.gensets.recovers_heat() {
            let mut heat = self.gensets.heat();
            self.water_heaters.take_heat(now, &mut heat);
            self.gensets.leave_heat(heat);
        }
        each!(self, kind => kind.commit(now, dumped));
    }

    #[inline(always)]
    fn observe(&mut self, stored: &[Lane<L>]) {
        self.ageing.observe(stored);
    }

    fn record(&self, lane: usize, values: &mut [f64]) {
        let values = &mut values.iter_mut();
        each!(self, kind => kind.record(lane, values));
        self.ageing.record(lane, values);
        self.detail.record(lane, values);
    }

    fn has_feeder(&self) -> bool {
        !self.feeder.is_empty()
    }

    fn open_feeder(&mut self, requests: &[Lane<L>], ask: impl FnOnce(&mut Vec<Lane<L>>)) {
        self.feeder.open(requests, ask);
    }

    fn requests(&self) -> &[Lane<L>] {
        self.feeder.requests()
    }

    fn flow(&mut self, grid_up: &Lane<L>, feed: impl FnOnce(&mut Vec<Lane<L>>)) {
        // Out of the roster for the call, that it can read the others.
        let mut feeder = core::mem::replace(&mut self.feeder, SiteFeeders::none());
        feeder.flow(grid_up, |power| {
            feed(power);
            each!(&*self, kind => kind.feed_each(&mut |each| power.push(each)));
        });
        self.feeder = feeder;
    }

    fn adapt(&mut self) -> bool {
        let mut feeder = core::mem::replace(&mut self.feeder, SiteFeeders::none());
        let any_new = feeder.adapt(|lane, uses| self.show_uses(lane, uses));
        if any_new {
            let mut held = feeder.held().iter();
            each!(self, kind => {
                kind.hold(&mut held);
                kind.reopen();
            });
        }
        self.feeder = feeder;
        any_new
    }

    fn reduced(&self) -> Option<&[Lane<L>]> {
        self.feeder.reduced()
    }

    fn hold_storage(&self, limits: &mut [BatteryLimits<L>]) {
        self.feeder.hold_storage(limits);
    }
}
