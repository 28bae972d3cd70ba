//! A user's own strategy in a lane: gathers what it may see, asks it, and keeps its mistakes from the plant.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::lane_strategy::{LaneStrategy, LaneView, Traits};
use super::{BatteryView, FlexibleUse, GensetView, Reason, Request, RequestFault, Site, Strategy, Wish};
use crate::distribution::{HeadRoom, Placed};
use crate::generation::{Genset, GensetLimits, GensetState, SpinningReserve};
use crate::simulation::Roster;
use crate::simulation::lane::Lane;
use crate::{Calendar, Plan, Series};

/// One user's strategy in each of L lanes.
pub(crate) struct Own {
    lanes: Vec<OwnLane>,
}

struct OwnLane {
    strategy: Box<dyn Strategy>,
    /// What a built-in rule is set to.
    setting: Option<f64>,
    present: Present,
    spinning_reserve: SpinningReserve,
    site: Site,
    ask: Request,
    /// First step at which a request could not be meant, and why; requests count as 0 from there on.
    fault: Option<(u32, RequestFault)>,
}

/// What a strategy sees of prices, carbon and the clock.
pub(crate) struct Present {
    pub(crate) import_price_per_kwh: Series,
    pub(crate) export_price_per_kwh: Series,
    pub(crate) carbon_kg_per_kwh: Series,
    /// The day of the last step, where there are days.
    pub(crate) clock: Option<(Arc<Calendar>, usize)>,
}

impl Own {
    pub(crate) fn pack<const L: usize>(plans: [&Plan; L], strategies: [(Box<dyn Strategy>, Option<f64>); L]) -> Self {
        let lane = |((strategy, setting), plan): ((Box<dyn Strategy>, Option<f64>), &Plan)| {
            let present = Present {
                import_price_per_kwh: Series::Steps(plan.tariff.import.price_per_kwh.clone()),
                export_price_per_kwh: Series::Steps(plan.tariff.export.price_per_kwh.clone()),
                carbon_kg_per_kwh: plan.scenario.carbon.intensity_kg_per_kwh.clone(),
                clock: Some((plan.scenario.calendar.clone(), 0)),
            };
            OwnLane::new((strategy, setting), site_of(plan), present, plan.scenario.spinning_reserve)
        };
        Self { lanes: strategies.into_iter().zip(plans).map(lane).collect() }
    }

    /// One lane whose present is told step by step, by [`Own::present`].
    pub(crate) fn live(strategy: Box<dyn Strategy>, site: Site, reserve: SpinningReserve) -> Self {
        let [import_price_per_kwh, export_price_per_kwh, carbon_kg_per_kwh] = [0.0; 3].map(Series::Constant);
        let present = Present { import_price_per_kwh, export_price_per_kwh, carbon_kg_per_kwh, clock: None };
        Self { lanes: alloc::vec![OwnLane::new((strategy, None), site, present, reserve)] }
    }

    /// What the first lane's strategy sees from now on.
    pub(crate) fn present(&mut self) -> &mut Present {
        &mut self.lanes[0].present
    }

    pub(crate) fn fault(&self, lane: usize) -> Option<(u32, RequestFault)> {
        self.lanes[lane].fault
    }

    pub(crate) fn setting(&self, lane: usize) -> Option<f64> {
        self.lanes[lane].setting
    }

    pub(crate) fn save(&self, lane: usize) -> Vec<f64> {
        let own = &self.lanes[lane];
        let fault = own.fault.map_or([-1.0, 0.0, 0.0], |(step, fault)| {
            let [kind, index] = fault.words();
            [f64::from(step), kind, index]
        });
        fault.into_iter().chain(own.strategy.save()).collect()
    }

    pub(crate) fn restore(&mut self, lane: usize, memory: &[f64]) {
        if let Some(([step, kind, index], memory)) = memory.split_first_chunk() {
            let fault = RequestFault::of_words([*kind, *index]);
            self.lanes[lane].fault = (*step >= 0.0).then_some((*step as u32, fault));
            self.lanes[lane].strategy.restore(memory);
        }
    }
}

impl<const L: usize> LaneStrategy<L> for Own {
    #[inline(always)]
    fn traits(&self) -> Traits {
        Traits { holds_limits: false, curtails: true, reads_meters: true, ..Traits::RULE }
    }

    #[inline(always)]
    fn decide(&mut self, view: &LaneView<'_, L>, ask: &mut [Lane<L>]) {
        for (l, own) in self.lanes.iter_mut().enumerate() {
            own.decide(view, l, ask);
        }
    }

    fn why(&self, _view: &LaneView<'_, L>, lane: usize) -> Wish {
        let own = &self.lanes[lane];
        let reason = if own.fault.is_some() { Reason::Fault } else { own.ask.reason.unwrap_or(Wish::NONE.reason) };
        Wish::new(reason, own.ask.battery_kw.iter().sum())
    }

    fn least_net(&self, view: &LaneView<'_, L>, ask: &[Lane<L>]) -> Option<Lane<L>> {
        let asks = |own: &OwnLane| own.ask.curtailed_kw > 0.0 || own.ask.least_net_kw.is_some();
        if !self.lanes.iter().any(asks) {
            return None;
        }
        let mut least = Lane([f64::NEG_INFINITY; L]);
        for (l, own) in self.lanes.iter().enumerate() {
            if own.ask.curtailed_kw > 0.0 {
                let gensets = view.gensets.iter().zip(&own.ask.genset_kw);
                let gensets = gensets.map(|(genset, kw)| genset.limits[l].taken_up(*kw).unwrap_or(0.0));
                let storage = ask.iter().map(|ask| ask[l]);
                least[l] = view.deficit[l] + own.asked_beyond_expected_kw() - gensets.chain(storage).sum::<f64>()
                    + own.ask.curtailed_kw;
            }
            least[l] = own.ask.least_net_kw.map_or(least[l], |kw| kw.max(least[l]));
        }
        Some(least)
    }

    fn ask_devices(&mut self, devices: &mut Roster<L>) {
        for (l, own) in self.lanes.iter().enumerate() {
            for (genset, kw) in devices.gensets.lanes.iter_mut().zip(&own.ask.genset_kw) {
                genset.ask[l] = *kw;
            }
            devices.ask_uses(l, &own.ask.use_kw);
        }
    }
}

/// A site before its first step.
pub(crate) fn site_of(plan: &Plan) -> Site {
    let flexible_uses = alloc::vec![FlexibleUse::default(); plan.flexible_uses()];
    let (gensets, carbon_price) = (&plan.scenario.gensets, plan.scenario.carbon.price_per_kg);
    let placed = if plan.scenario.feeder.is_some() { Placed::all(&plan.scenario).len() } else { 0 };
    let head_rooms = alloc::vec![HeadRoom::default(); placed];
    Site { flexible_uses, head_rooms, ..site_before(plan.step_h, plan.batteries.len(), gensets, carbon_price) }
}

/// A site before its first step, with what of the gensets does not change in the run.
pub(crate) fn site_before(step_h: f64, batteries: usize, gensets: &[Genset], carbon_price_per_kg: f64) -> Site {
    let gensets = gensets.iter().map(|genset| {
        let price = genset.fuel_cost_per_unit(carbon_price_per_kg);
        let points = genset.fuel_curve.points(genset.rating_kw);
        GensetView {
            rating_kw: genset.rating_kw,
            start_cost: genset.start_cost,
            cost: (points.iter())
                .map(|point| (point.power_kw, point.fuel_per_h * price + genset.running_cost_per_h()))
                .collect(),
            state: GensetState::REST,
            limits: GensetLimits::default(),
        }
    });
    let batteries = alloc::vec![BatteryView::default(); batteries];
    Site { step_h, batteries, gensets: gensets.collect(), ..Site::default() }
}

/// Shows a site what its gensets can do in the step.
pub(crate) fn show_gensets<const L: usize>(site: &mut Site, view: &LaneView<'_, L>, lane: usize) {
    for (genset, lanes) in site.gensets.iter_mut().zip(view.gensets) {
        genset.state = lanes.state[lane];
        genset.limits = lanes.limits[lane];
    }
}

impl OwnLane {
    /// What flexible uses take beyond what they would unasked.
    fn asked_beyond_expected_kw(&self) -> f64 {
        let asked = self
            .ask
            .use_kw
            .iter()
            .zip(&self.site.flexible_uses)
            .filter_map(|(kw, seen)| Some(seen.held_kw(*kw.as_ref()?) - seen.expected_kw));
        asked.fold(0.0, |sum, kw| sum + kw)
    }

    fn new(
        (strategy, setting): (Box<dyn Strategy>, Option<f64>),
        site: Site,
        present: Present,
        spinning_reserve: SpinningReserve,
    ) -> Self {
        let ask = Request {
            battery_kw: alloc::vec![0.0; site.batteries.len()],
            genset_kw: alloc::vec![None; site.gensets.len()],
            use_kw: alloc::vec![None; site.flexible_uses.len()],
            ..Request::default()
        };
        Self { strategy, setting, present, spinning_reserve, site, ask, fault: None }
    }

    fn decide<const L: usize>(&mut self, view: &LaneView<'_, L>, lane: usize, ask: &mut [Lane<L>]) {
        let (site, present) = (&mut self.site, &mut self.present);
        site.step = view.step as u32;
        site.hour_of_day_h = present.hour_of_day_h(site.step, site.step_h);
        site.month = view.month as u32;
        site.month_peak_import_kw = view.meters.peak_import[view.month][lane];
        site.load_kw = view.load[lane];
        site.generation_kw = view.generation[lane];
        site.deficit_kw = view.deficit[lane];
        site.import_limit_kw = view.inputs.import_limit.at(view.step)[lane];
        site.export_limit_kw = view.inputs.export_limit.at(view.step)[lane];
        site.grid_is_up = view.inputs.grid_up(view.step)[lane] > 0.0;
        site.import_price_per_kwh = present.import_price_per_kwh.at(view.step);
        site.export_price_per_kwh = present.export_price_per_kwh.at(view.step);
        site.carbon_kg_per_kwh = present.carbon_kg_per_kwh.at(view.step);
        site.required_reserve_kw = self.spinning_reserve.required_kw(site.load_kw, site.generation_kw);
        for (i, battery) in site.batteries.iter_mut().enumerate() {
            let step = view.batteries[i].at(lane);
            *battery = BatteryView {
                stored_kwh: view.stored[i][lane],
                min_kwh: step.min_kwh,
                max_kwh: step.max_kwh,
                charge_limit_kw: view.limits[i].charge[lane],
                discharge_limit_kw: view.limits[i].discharge[lane],
                by_direct_current_kw: view.roster.map_or(0.0, |roster| roster.detail.taken_kw(i, lane)),
            };
        }
        show_gensets(site, view, lane);
        if let Some(roster) = view.roster {
            roster.show_uses(lane, &mut site.flexible_uses);
            roster.show_head_rooms(lane, &mut site.head_rooms);
        }
        self.ask.clear();
        if self.fault.is_none() {
            self.strategy.decide(site, &mut self.ask);
            if let Some(fault) = self.ask.fault(site) {
                self.fault = Some((site.step, fault));
                self.ask.clear();
            }
        }
        for (ask, kw) in ask.iter_mut().zip(&self.ask.battery_kw) {
            ask[lane] = *kw;
        }
    }
}

impl Present {
    /// Hours from midnight, where there are days.
    fn hour_of_day_h(&mut self, step: u32, step_h: f64) -> f64 {
        let Some((calendar, day)) = &mut self.clock else { return 0.0 };
        let first_steps = &calendar.day_first_step;
        if first_steps[*day] > step {
            *day = 0; // Resumed from an earlier day.
        }
        while first_steps[*day + 1] <= step {
            *day += 1;
        }
        f64::from(step - first_steps[*day]) * step_h
    }
}
