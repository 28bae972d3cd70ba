//! `rolling_horizon`: plans a window ahead with a forecast, follows the plan's law, and plans again. Foresight: its
//! forecast; published prices, limits and outages count as known.
//!
//! # Model
//! At every re-plan the exact plan of the window from now to the horizon is solved; the run's end cuts the window short,
//! and there the energy left counts as in the objective. Between re-plans the law of the last plan is followed from
//! whatever is in store.
//!
//! **Demand charges.** Import up to a month's cap is free of the charge, import above it costs the charge per kW and step
//! more, which never understates it. A month's cap is what the first plan of the month finds best over its own window,
//! and rises with the peak metered since. Charges of months not yet begun do not count.
//!
//! **Batteries that differ** are planned as one, with their means by capacity, and share its power by what each can take or
//! give in the step. **Gensets** stand in the plan as sources from 0 to their rating at the mean cost of a kWh at it; in
//! the loop what the planned storage leaves open is theirs by the rule of `load_following` beside a grid: they start for
//! what the tie cannot carry, for the spinning reserve, and where they are cheaper than the import.
//!
//! **No plan.** A plan that cannot be made, because a user's forecast is not a number or below 0, is never followed:
//! storage rests from that step on, and the run is flagged ([`Status::Unsolved`](crate::simulation::Status)).

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Site;
use super::columns::Columns;
use super::curtailment::Curtailment;
use super::exact_plan::{Accuracy, DemandCharge, EndRule, Series, Solver, Source, Steps, Tier, Window};
use super::forecast::{Forecast, Outlook, Past};
use super::genset_rule::{Commitment, Open};
use super::lane_strategy::{BatteryLimits, LaneStrategy, LaneView, Traits};
use super::named_forecast::NamedForecast;
use super::optimal::stored_kwh;
use super::own::{show_gensets, site_of};
use super::{Reason, Wish};
use crate::generation::SpinningReserve;
use crate::simulation::lane::Lane;
use crate::simulation::{Fingerprint, Roster};
use crate::{Plan, Problems};

/// Settings of the strategy `rolling_horizon`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RollingHorizon {
    /// How far each plan looks, h, above 0, at most 8784; at least one step is planned.
    pub horizon_h: f64,
    /// Time from plan to plan, h, above 0, at most `horizon_h`; at least one step.
    pub replan_every_h: f64,
    /// Where loads and generation of the window come from. The step at hand is always seen as it is.
    pub forecast: NamedForecast,
    /// What the energy left at the window's end is worth.
    pub end: HorizonEnd,
}

/// What the energy left at a window's end is worth, where the window ends before the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum HorizonEnd {
    /// Nothing.
    Free,
    /// At least as much as at the window's start, as far as it can be.
    NotBelowStart,
    /// The scenario's value of a stored kWh.
    Value,
}

impl HorizonEnd {
    /// Every rule.
    pub const ALL: [Self; 3] = [Self::Free, Self::NotBelowStart, Self::Value];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::NotBelowStart => "not_below_start",
            Self::Value => "value",
        }
    }
}

impl RollingHorizon {
    /// 24 h ahead, every hour, a perfect forecast, a free end.
    pub const DEFAULT: Self =
        Self { horizon_h: 24.0, replan_every_h: 1.0, forecast: NamedForecast::Perfect, end: HorizonEnd::Free };

    pub(crate) fn check(&self, problems: &mut Problems) {
        problems.require_range("dispatch.horizon_h", self.horizon_h, 1e-3, 8784.0);
        problems.require_range(
            "dispatch.replan_every_h",
            self.replan_every_h,
            1e-3,
            self.horizon_h.clamp(1e-3, 8784.0),
        );
        if let NamedForecast::Noisy { error, .. } = self.forecast {
            problems.require_range("dispatch.forecast_error", error, 0.0, 2.0);
        }
    }
}

/// The strategy made ready for a plan.
#[derive(Debug)]
pub(crate) struct Prepared {
    settings: RollingHorizon,
    /// In place of the settings' forecast.
    own: Option<OwnForecast>,
    columns: Columns,
    horizon_steps: usize,
    replan_steps: usize,
    steps_per_hour: usize,
    /// Most charges that hold in one step.
    charges_at_once: usize,
    curtailment: Curtailment,
    /// The gensets as the plan takes them.
    sources: Vec<Source<'static>>,
    /// What commits them in the loop, where the site has any.
    beside: Option<Beside>,
    /// Whether batteries that differ stand in the columns as one.
    is_lumped: bool,
}

/// Gensets beside the planned storage.
#[derive(Debug, Clone)]
struct Beside {
    gensets: Commitment,
    site: Site,
    reserve: SpinningReserve,
}

/// A user's forecast and its name.
struct OwnForecast {
    name: String,
    forecast: Arc<dyn Forecast>,
}

impl core::fmt::Debug for OwnForecast {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("OwnForecast").field(&self.name).finish()
    }
}

/// How closely the caps of a month's first plan are searched.
const CAPS: Accuracy = Accuracy { relative_gap: 1e-6, rounds: 60 };

impl Prepared {
    pub(crate) fn new(settings: RollingHorizon, plan: &Plan) -> Result<Self, Problems> {
        let in_steps = |hours: f64| (libm::round(hours / plan.step_h) as usize).max(1);
        let columns = Columns::lumped(plan);
        let sources = columns.sources();
        // What later plans cannot meet is refused here: the first load checks every column.
        let tiers = columns.tiers();
        Solver::new().load(&columns.storage, &columns.steps(&tiers, &sources, true))?;
        drop(tiers);
        let begun = |first_step: usize| columns.charges.iter().filter(|charge| charge.has_begun(first_step)).count();
        Ok(Self {
            settings,
            own: None,
            horizon_steps: in_steps(settings.horizon_h).min(columns.generation_kw.len()),
            replan_steps: in_steps(settings.replan_every_h),
            steps_per_hour: in_steps(1.0),
            charges_at_once: columns.charges.iter().map(|charge| begun(charge.first_step)).max().unwrap_or(0),
            curtailment: Curtailment::of(plan, &columns),
            sources,
            beside: (!plan.gensets.is_empty()).then(|| Beside {
                gensets: Commitment::by_merit(plan.into()),
                site: site_of(plan),
                reserve: plan.scenario.spinning_reserve,
            }),
            is_lumped: Columns::fits(plan).is_err(),
            columns,
        })
    }

    /// With a user's forecast in place of the settings' one.
    pub(crate) fn with(self, name: &str, forecast: Arc<dyn Forecast>) -> Self {
        Self { own: Some(OwnForecast { name: name.into(), forecast }), ..self }
    }

    pub(crate) fn has_own_forecast(&self) -> bool {
        self.own.is_some()
    }

    pub(crate) fn charges(&self) -> usize {
        self.columns.charges.len()
    }

    /// Whether windows of the whole run's slopes serve: the future is known, and no cap changes a slope.
    fn is_fixed(&self) -> bool {
        self.own.is_none() && self.settings.forecast == NamedForecast::Perfect && self.columns.charges.is_empty()
    }
}

/// The strategy in L lanes.
#[derive(Debug)]
pub(crate) struct RollingLanes<const L: usize> {
    lanes: Vec<RollingLane>,
    /// Step of the last plan, −1 before the first, and what was stored then: with the caps, all that a plan depends on.
    origin: Lane<L>,
    start_kwh: Lane<L>,
    /// Step at which no plan could be made, −1 where there is none; nothing is asked from it on.
    unsolved: Lane<L>,
    /// Cap of each charge of the columns, kW; −1 before its month.
    caps: Vec<Lane<L>>,
}

#[derive(Debug)]
struct RollingLane {
    prepared: Arc<Prepared>,
    solver: Solver,
    outlook: Outlook,
    /// Origin of the plan that the solver holds.
    solved: f64,
    beside: Option<Beside>,
    /// Room for the charges of a plan and their caps.
    charges: Vec<DemandCharge<'static>>,
    limits: Vec<f64>,
}

impl<const L: usize> RollingLanes<L> {
    pub(crate) fn pack(lanes: [Arc<Prepared>; L]) -> Self {
        let charges = lanes.iter().map(|lane| lane.columns.charges.len()).max().unwrap_or(0);
        let unsolved = Lane::of(lanes.each_ref(), |prepared| if prepared.is_fixed() { 0.0 } else { -1.0 });
        let mut lanes = Self {
            lanes: lanes.into_iter().map(RollingLane::new).collect(),
            origin: Lane([-1.0; L]),
            start_kwh: Lane::ZERO,
            unsolved,
            caps: alloc::vec![Lane([-1.0; L]); charges],
        };
        for (l, lane) in lanes.lanes.iter_mut().enumerate() {
            if lane.prepared.is_fixed() && lane.load_all().is_ok() {
                lanes.unsolved[l] = -1.0;
            }
        }
        lanes
    }

    /// The settings of a lane, in a fixed order.
    pub(crate) fn settings(&self, lane: usize) -> Vec<u64> {
        let RollingHorizon { horizon_h, replan_every_h, forecast, end } = self.lanes[lane].prepared.settings;
        let (kind, error, seed) = match (&self.lanes[lane].prepared.own, forecast) {
            (Some(own), _) => (u64::MAX, 0.0, Fingerprint::of_text(&own.name)),
            (None, NamedForecast::Noisy { error, seed }) => (forecast.index(), error, seed),
            (None, _) => (forecast.index(), 0.0, 0),
        };
        alloc::vec![horizon_h.to_bits(), replan_every_h.to_bits(), kind, error.to_bits(), seed, end as u64]
    }

    /// The step at which no plan could be made.
    pub(crate) fn unsolved(&self, lane: usize) -> Option<u32> {
        (self.unsolved[lane] >= 0.0).then_some(self.unsolved[lane] as u32)
    }

    /// Whether what a lane remembers is of a run of so many steps.
    pub(crate) fn is_within(&self, lane: usize, steps: usize) -> bool {
        let is_step = |number: f64| number == -1.0 || (number >= 0.0 && number < steps as f64);
        is_step(self.origin[lane]) && is_step(self.unsolved[lane])
    }

    /// Visits what the strategy remembers, for snapshots.
    pub(crate) fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        visit(&mut self.origin);
        visit(&mut self.start_kwh);
        visit(&mut self.unsolved);
        self.caps.iter_mut().for_each(&mut *visit);
    }
}

impl<const L: usize> LaneStrategy<L> for RollingLanes<L> {
    #[inline(always)]
    fn traits(&self) -> Traits {
        Traits { holds_limits: false, curtails: true, reads_meters: true, ..Traits::RULE }
    }

    #[inline(always)]
    fn decide(&mut self, view: &LaneView<'_, L>, ask: &mut [Lane<L>]) {
        for l in 0..L {
            if self.unsolved[l] >= 0.0 {
                ask.iter_mut().for_each(|ask| ask[l] = 0.0);
                continue;
            }
            let lane = &mut self.lanes[l];
            let columns = &lane.prepared.columns;
            let stored_kwh = stored_kwh(view, &columns.shares, l);
            let is_due = self.origin[l] < 0.0 || view.step >= self.origin[l] as usize + lane.prepared.replan_steps;
            if is_due {
                self.origin[l] = view.step as f64;
                self.start_kwh[l] = stored_kwh;
                for (charge, cap) in columns.charges.iter().zip(&mut self.caps) {
                    if cap[l] >= 0.0 {
                        cap[l] = cap[l].max(charge.metered_kw(view, l));
                    }
                }
            }
            if lane.solved != self.origin[l] {
                if lane.plan(self.origin[l] as usize, self.start_kwh[l], &mut self.caps, l).is_err() {
                    self.unsolved[l] = view.step as f64;
                    ask.iter_mut().for_each(|ask| ask[l] = 0.0);
                    continue;
                }
                lane.solved = self.origin[l];
            }
            let decision = lane.solver.law().decide(lane.step_of_law(view.step), stored_kwh);
            let power = decision.discharge_kw - decision.charge_kw;
            if lane.prepared.is_lumped {
                share_by_room(view, power, l, ask);
            } else {
                for (battery, (ask, share)) in ask.iter_mut().zip(&lane.prepared.columns.shares).enumerate() {
                    ask[l] = view.beside_direct_current(battery, l, share * power);
                }
            }
            if lane.beside.is_some() {
                lane.commit_gensets(view, l, ask);
            }
        }
    }

    fn ask_devices(&mut self, devices: &mut Roster<L>) {
        for (l, lane) in self.lanes.iter().enumerate().filter(|(l, _)| self.unsolved[*l] < 0.0) {
            let Some(beside) = &lane.beside else { continue };
            for (i, genset) in devices.gensets.lanes.iter_mut().enumerate() {
                genset.ask[l] = beside.gensets.running[i].then_some(beside.gensets.power_kw[i]);
            }
        }
    }

    fn why(&self, view: &LaneView<'_, L>, lane: usize) -> Wish {
        if self.unsolved[lane] >= 0.0 {
            return Wish::new(Reason::NoPlan, 0.0);
        }
        let rolling = &self.lanes[lane];
        let stored_kwh = stored_kwh(view, &rolling.prepared.columns.shares, lane);
        let (law, step) = (rolling.solver.law(), rolling.step_of_law(view.step));
        Wish::of_law(&law.decide(step, stored_kwh), law.value_per_kwh(step, stored_kwh))
    }

    #[inline(always)]
    fn least_net(&self, view: &LaneView<'_, L>, ask: &[Lane<L>]) -> Option<Lane<L>> {
        Curtailment::least_nets(view, ask, |l| {
            let Prepared { curtailment, columns, .. } = &*self.lanes[l].prepared;
            // Charges of months not begun when the plan was made have no cap yet, and do not count.
            let planned = columns.charges.iter().zip(&self.caps).filter(move |(_, cap)| cap[l] >= 0.0);
            let caps = planned.map(move |(charge, cap)| (charge, cap[l].max(charge.free_kw)));
            (self.unsolved[l] < 0.0).then_some((curtailment, caps))
        })
    }
}

/// Shares the power of all batteries by what each can take or give in the step.
fn share_by_room<const L: usize>(view: &LaneView<'_, L>, power_kw: f64, l: usize, ask: &mut [Lane<L>]) {
    let room = |limits: &BatteryLimits<L>| if power_kw < 0.0 { limits.charge[l] } else { limits.discharge[l] };
    let all: f64 = view.limits.iter().map(room).sum();
    for (ask, limits) in ask.iter_mut().zip(view.limits) {
        ask[l] = if all > 0.0 { power_kw * room(limits) / all } else { 0.0 };
    }
}

impl RollingLane {
    /// Commits gensets for what the planned storage leaves open, as `load_following` does.
    fn commit_gensets<const L: usize>(&mut self, view: &LaneView<'_, L>, l: usize, ask: &[Lane<L>]) {
        let Some(Beside { gensets, site, reserve }) = &mut self.beside else { return };
        show_gensets(site, view, l);
        let held =
            ask.iter().zip(view.limits).map(|(ask, limits)| ask[l].clamp(-limits.charge[l], limits.discharge[l]));
        let open_kw = (view.deficit[l] - held.sum::<f64>()).max(0.0);
        let is_up = view.inputs.grid_up(view.step)[l] > 0.0;
        let tie_kw = if is_up { view.inputs.import_limit.at(view.step)[l] } else { 0.0 };
        let most_storage_kw: f64 = view.limits.iter().map(|limits| limits.discharge[l]).sum();
        let reserve_kw = reserve.required_kw(view.load[l], view.generation[l]);
        let import_cost = self.prepared.columns.import_price_per_kwh[view.step];
        let open = Open {
            open_kw,
            beyond_tie_kw: (open_kw - tie_kw).max(0.0),
            to_be_on_line_kw: (view.deficit[l] + reserve_kw - most_storage_kw - tie_kw).max(0.0),
            import_cost_per_kwh: if tie_kw > 0.0 { import_cost } else { f64::INFINITY },
        };
        gensets.serve(site, &open);
    }

    fn new(prepared: Arc<Prepared>) -> Self {
        let (mut solver, mut outlook) = (Solver::new(), Outlook::default());
        let (columns, steps, charges) = (&prepared.columns, prepared.horizon_steps, prepared.charges_at_once);
        let tiers = columns.tiers();
        solver.reserve(steps, &columns.steps(&tiers, &prepared.sources, true), charges, CAPS.rounds);
        if !prepared.is_fixed() {
            outlook.reserve(steps);
        }
        drop(tiers);
        let (charges, limits) = (Vec::with_capacity(charges), Vec::with_capacity(charges));
        let beside = prepared.beside.clone();
        Self { prepared, solver, outlook, solved: -1.0, beside, charges, limits }
    }

    /// The index of `step` in the law that the solver holds: that of a window, or of the whole run.
    fn step_of_law(&self, step: usize) -> usize {
        if self.prepared.is_fixed() { step } else { step - self.solved as usize }
    }

    /// Loads the whole run.
    fn load_all(&mut self) -> Result<(), Problems> {
        let columns = &self.prepared.columns;
        let tiers = columns.tiers();
        self.solver.load(&columns.storage, &columns.steps(&tiers, &self.prepared.sources, true))
    }

    /// Solves the window that begins at `now`.
    #[inline(never)]
    fn plan<const L: usize>(
        &mut self,
        now: usize,
        start_kwh: f64,
        caps: &mut [Lane<L>],
        l: usize,
    ) -> Result<(), Problems> {
        let Self { prepared, solver, outlook, limits, .. } = self;
        let columns = &prepared.columns;
        let count = columns.generation_kw.len();
        let until = count.min(now + prepared.horizon_steps);
        let steps = now..until;
        let storage = &columns.storage;
        let top = storage.min_kwh + (storage.max_kwh - storage.min_kwh);
        let start_kwh = start_kwh.min(top).max(storage.min_kwh);
        let end = match prepared.settings.end {
            _ if until == count => columns.end,
            HorizonEnd::Value => columns.end,
            HorizonEnd::Free => EndRule::Free,
            HorizonEnd::NotBelowStart => EndRule::NotBelowStart,
        };
        if prepared.is_fixed() {
            let window = Window { first_step: now, steps: steps.len(), start_kwh, end };
            return solver.first_decision(&window).map(|_| ());
        }
        match &prepared.own {
            Some(own) => outlook.ask(&*own.forecast, &Past { columns, now }, steps.len()),
            None => prepared.settings.forecast.fill(outlook, columns, steps.clone(), prepared.steps_per_hour),
        }
        let none = Tier { load_kw: Series::Constant(0.0), value_of_lost_load_per_kwh: 0.0 };
        let mut tiers = [none; 3];
        let mut used = 0;
        for (load, value) in outlook.load_kw.iter().zip(columns.value_of_lost_load) {
            if !load.is_empty() {
                tiers[used] = Tier { load_kw: Series::Steps(load), value_of_lost_load_per_kwh: value };
                used += 1;
            }
        }
        let window = Window::whole(steps.len(), start_kwh, end);
        let steps_here = cut(
            &columns.steps(&tiers[..used], &prepared.sources, true),
            &outlook.generation_kw,
            columns,
            steps.clone(),
        );
        let mut charges = recycled(core::mem::take(&mut self.charges));
        limits.clear();
        let mut is_new = false;
        for (charge, cap) in columns.charges.iter().zip(caps.iter()).filter(|(charge, _)| charge.has_begun(now)) {
            is_new |= cap[l] < 0.0;
            limits.push(cap[l].max(charge.free_kw));
            charges.push(DemandCharge {
                first_step: 0,
                end_step: charge.end_step.min(until) - now,
                price_per_kw: charge.price_per_kw,
                metered_kw: charge.free_kw.max(cap[l]),
                counts: charge.counts.as_deref().map(|counts| &counts[steps.clone()]),
            });
        }
        if is_new {
            let best = solver.best_caps(storage, &steps_here, &window, &charges, &CAPS)?;
            limits.copy_from_slice(best);
            let begun = columns.charges.iter().zip(caps.iter_mut()).filter(|(charge, _)| charge.has_begun(now));
            for ((_, cap), limit) in begun.zip(&*limits) {
                cap[l] = *limit;
            }
        }
        if charges.is_empty() {
            solver.load(storage, &steps_here)?;
        } else {
            solver.load_under_caps(storage, &steps_here, &charges, limits)?;
        }
        self.charges = recycled(charges);
        solver.first_decision(&window).map(|_| ())
    }
}

/// The steps of a window out of those of the run, with the generation of a forecast.
fn cut<'a>(
    whole: &Steps<'a>,
    generation_kw: &'a [f64],
    columns: &'a Columns,
    steps: core::ops::Range<usize>,
) -> Steps<'a> {
    let of = |values: &'a [f64]| Series::Steps(&values[steps.clone()]);
    Steps {
        count: steps.len(),
        generation_kw: Series::Steps(generation_kw),
        import_price_per_kwh: of(&columns.import_price_per_kwh),
        export_price_per_kwh: of(&columns.export_price_per_kwh),
        import_limit_kw: of(&columns.import_limit_kw),
        export_limit_kw: of(&columns.export_limit_kw),
        charge_max_kw: columns.storage_max_kw.as_deref().map(of),
        discharge_max_kw: columns.storage_max_kw.as_deref().map(of),
        discharge_floor_kwh: columns.discharge_floor_kwh.as_deref().map(of),
        must_take_kw: columns.must_take_kw.as_deref().map(of),
        ..whole.clone()
    }
}

/// An empty vector of charges that borrow from elsewhere, in the room of another: `collect` keeps the room of a vector
/// whose elements it takes, which `tests/no_alloc.rs` watches.
fn recycled<'to>(mut charges: Vec<DemandCharge<'_>>) -> Vec<DemandCharge<'to>> {
    charges.clear();
    charges.into_iter().map(|charge| DemandCharge { counts: None, ..charge }).collect()
}
