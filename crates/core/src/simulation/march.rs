//! The march: stretches of days, each step the phases of the loop in their order.

use core::ops::Range;

use super::block::{Block, BlockStrategy, Scratch, State};
use super::devices::{Bare, Devices, Plain};
use super::meter::{Books, Meters};
use super::phases::{
    Flows, Now, Plant, Room, Site, Storage, Watch, close_day, commit, decide, limit, meter, record, settle, view,
};
use super::plan::Plan;
use super::recorder::{Recorder, StepRecord};
use super::roster::Roster;
use crate::dispatch::lane_strategy::{LaneStrategy, Traits};

impl<const L: usize> Block<'_, L> {
    /// Runs to the end of the next `days` days, or of as many as are left; an open day counts as the first. Allocates
    /// nothing for built-in strategies.
    pub fn march<R: Recorder>(&mut self, days: usize, recorder: &mut R) {
        self.run(self.end_of_days(days), recorder);
    }

    /// [`Block::march`] without a recorder, inlined into its caller, so that a caller compiled for wider registers gets
    /// wider code; the bits are the same.
    #[inline(always)]
    pub fn march_inlined(&mut self, days: usize) {
        self.steps_until(self.end_of_days(days), &mut ());
    }

    /// Runs the next `steps` steps, or as many as are left. Days close where they end, so that a run step by step is the
    /// same as one at once, to the bit. Allocates nothing for built-in strategies.
    pub fn advance<R: Recorder>(&mut self, steps: usize, recorder: &mut R) {
        self.run(self.next_step + steps.min(self.steps_left()), recorder);
    }

    /// The first step after the next `days` days.
    fn end_of_days(&self, days: usize) -> usize {
        let day = self.days_done() + days.min(self.days_left());
        self.plans[0].scenario.calendar.day_first_step[day] as usize
    }

    /// One loop for those who look on and one for those who do not, compiled once for each number of lanes.
    fn run<R: Recorder>(&mut self, until: usize, recorder: &mut R) {
        if R::ACTIVE {
            self.watched(until, &mut |lane, step| recorder.record(lane, step));
        } else {
            self.unwatched(until);
        }
    }

    #[inline(never)]
    fn watched(&mut self, until: usize, mut recorder: &mut dyn FnMut(usize, &StepRecord<'_>)) {
        self.steps_until(until, &mut recorder);
    }

    #[inline(never)]
    fn unwatched(&mut self, until: usize) {
        self.steps_until(until, &mut ());
    }

    /// Batteries that age change between days, by the mean temperature of the day too, so that a day is then a stretch of its
    /// own.
    #[inline(always)]
    fn steps_until<R: Recorder>(&mut self, until: usize, recorder: &mut R) {
        let ages = !self.roster.ageing.is_empty();
        loop {
            let end = if ages { until.min(self.end_of_days(1)) } else { until };
            if ages {
                self.roster.ageing.open(&self.state.stored);
            }
            let steps = self.next_step..end;
            self.next_step = end;
            self.stretch(steps, recorder);
            if ages && self.is_at_days_end() {
                self.age_by_a_day();
            }
            if end == until {
                return;
            }
        }
    }

    #[inline(always)]
    fn stretch<R: Recorder>(&mut self, steps: Range<usize>, recorder: &mut R) {
        let run = Run {
            plan: &self.plans[0],
            site: Site { inputs: &self.inputs, lanes: &self.site },
            state: &mut self.state,
            meters: &mut self.meters,
            scratch: &mut self.scratch,
            roster: &mut self.roster,
        };
        // Matched here, once, so that inside the loop all is static. Only where that pays: each type of strategy is a
        // loop of its own, twice for its shapes, for each number of lanes and width of registers.
        if R::ACTIVE || !run.roster.is_empty() {
            return run.steps_of_any(steps, self.strategy.as_dyn(), recorder);
        }
        match &mut self.strategy {
            BlockStrategy::Idle(strategy) => run.bare_steps(steps, strategy),
            BlockStrategy::SelfConsumption(strategy) => run.bare_steps(steps, strategy),
            BlockStrategy::TimeOfUse(strategy) => run.bare_steps(steps, strategy),
            BlockStrategy::PeakShaving(strategy) => run.bare_steps(steps, strategy),
            BlockStrategy::Optimal(strategy) => run.bare_steps(steps, strategy),
            BlockStrategy::RollingHorizon(strategy) => run.steps_of_any(steps, strategy, &mut ()),
            BlockStrategy::Own(strategy) => run.steps_of_any(steps, strategy, &mut ()),
        }
    }
}

impl<const L: usize> Block<'_, L> {
    /// Closes the day for batteries that age: from here on they are what is left of them.
    #[cold]
    #[inline(never)]
    fn age_by_a_day(&mut self) {
        let day = self.days_done() - 1;
        let Self { state: State { stored, battery_meters }, roster, site, .. } = self;
        for (i, (stored, meters)) in stored.iter_mut().zip(battery_meters).enumerate() {
            for l in 0..L {
                let sums = [meters.charge[l], meters.discharge[l]];
                let cell_c = roster.detail.day_mean_c(i, l);
                if let Some(end) = roster.ageing.close_day((i, l), (day, cell_c), stored[l], sums) {
                    stored[l] = end.stored_kwh;
                    meters.leak[l] += end.lost_kwh;
                    site.batteries[i].set(l, &end.step);
                    roster.detail.take_up(i, l, &end.step);
                }
            }
        }
        roster.detail.forget_day();
    }
}

/// A block taken apart, so that its parts can be borrowed one by one.
struct Run<'a, const L: usize> {
    /// The first lane's plan, for what all lanes share: borders, tariff cells, demand windows.
    plan: &'a Plan,
    site: Site<'a, L>,
    state: &'a mut State<L>,
    meters: &'a mut Meters<L>,
    scratch: &'a mut Scratch<L>,
    roster: &'a mut Roster<L>,
}

impl<const L: usize> Run<'_, L> {
    /// Any strategy at any site: a call through its table for each step. Loops of their own, so that sites without other
    /// devices have no trace of them in theirs.
    #[inline(never)]
    fn steps_of_any<R: Recorder>(self, steps: Range<usize>, strategy: &mut dyn LaneStrategy<L>, recorder: &mut R) {
        if self.roster.is_empty() {
            return self.steps_without_roster(steps, strategy, recorder);
        }
        let (mut plant, mut watch) = take_apart(self.site, self.state, self.scratch, self.roster, recorder);
        days(self.site, steps, &mut plant, (self.plan, self.meters), (strategy, &mut watch));
    }

    /// Without devices at the bus the shape is chosen here, once: one battery alone at a plain site, or any other.
    #[inline(always)]
    fn bare_steps<S: LaneStrategy<L>>(self, steps: Range<usize>, strategy: &mut S) {
        if self.state.stored.len() == 1 && Plain::describes(self.site.inputs, self.site.lanes, self.meters) {
            return self.steps_of_one_battery(steps, strategy);
        }
        self.steps_without_roster(steps, strategy, &mut ());
    }

    #[inline(always)]
    fn steps_without_roster<S: LaneStrategy<L> + ?Sized, R: Recorder>(
        self,
        steps: Range<usize>,
        strategy: &mut S,
        recorder: &mut R,
    ) {
        let mut bare = Bare;
        let (mut plant, mut watch) = take_apart(self.site, self.state, self.scratch, &mut bare, recorder);
        days(self.site, steps, &mut plant, (self.plan, self.meters), (strategy, &mut watch));
    }

    /// The common site, with its battery in local arrays that live in registers: the step is bound by the latency of
    /// the chain from stored energy to stored energy, and each pass through memory adds five cycles to it. Only where the
    /// site is plain: what is rare needs the registers itself, and the loop over batteries in memory is then the faster one.
    #[inline(always)]
    fn steps_of_one_battery<S: LaneStrategy<L>>(self, steps: Range<usize>, strategy: &mut S) {
        let (mut plain, mut nobody) = (Plain, ());
        let (plant, mut watch) = take_apart(self.site, self.state, self.scratch, &mut plain, &mut nobody);
        let Storage { stored, limits, meters, .. } = &plant.storage;
        let mut stored = [stored[0]];
        let mut limits = [limits[0].clone()];
        let mut meters = [meters[0].clone()];
        let mut power = [plant.power[0]];
        // Slices of known length, so that the loops over batteries unroll and the arrays need no memory.
        let storage = Storage {
            batteries: &plant.storage.batteries[..1],
            rules: &plant.storage.rules[..1],
            stored: &mut stored,
            limits: &mut limits,
            meters: &mut meters,
        };
        let mut local = Plant { storage, power: &mut power, devices: plant.devices, recourse: plant.recourse };
        days(self.site, steps, &mut local, (self.plan, self.meters), (strategy, &mut watch));
        let [meters] = meters;
        plant.storage.stored[0] = stored[0];
        plant.storage.meters[0] = meters;
    }
}

/// What acts, and who looks on.
#[inline(always)]
pub(super) fn take_apart<'a, D, R, const L: usize>(
    site: Site<'a, L>,
    state: &'a mut State<L>,
    scratch: &'a mut Scratch<L>,
    devices: &'a mut D,
    recorder: &'a mut R,
) -> (Plant<'a, D, L>, Watch<'a, R>) {
    let Scratch { limits, power, recourse, wishes, batteries, gensets, devices: values } = scratch;
    let State { stored, battery_meters: meters } = state;
    let storage = Storage { batteries: &site.lanes.batteries, rules: &site.lanes.rules, stored, limits, meters };
    let room = Room { batteries, gensets, devices: values };
    (Plant { storage, power, devices, recourse }, Watch { recorder, wishes, room })
}

/// Runs `steps`, day by day; days that end in them are closed.
#[inline(always)]
fn days<S: LaneStrategy<L> + ?Sized, D: Devices<L>, R: Recorder, const L: usize>(
    site: Site<'_, L>,
    steps: Range<usize>,
    plant: &mut Plant<'_, D, L>,
    (plan, meters): (&Plan, &mut Meters<L>),
    (strategy, watch): (&mut S, &mut Watch<'_, R>),
) {
    let first_steps = &*plan.scenario.calendar.day_first_step;
    let traits = strategy.traits();
    let mut day = first_steps.partition_point(|first| *first as usize <= steps.start).saturating_sub(1);
    let mut next = steps.start;
    while next < steps.end {
        let month = plan.month_of_day[day] as usize;
        let day_end = first_steps[day + 1] as usize;
        let end = if steps.end < day_end { steps.end } else { day_end };
        let mut books = Books::open(meters, &plan.tariff, month);
        for step in next..end {
            let now = Now::observe(site.inputs, step, month);
            if traits.reads_meters {
                books.show_peak();
            }
            let flows = act(site, &now, plant, books.meters, (strategy, traits, watch));
            meter(site, &now, &flows, plant, &mut books);
            if R::ACTIVE {
                record(site, &now, &flows, plant, watch);
            }
        }
        books.close();
        if end == day_end {
            close_day(meters, month);
        }
        (next, day) = (end, day + 1);
    }
}

/// The phases that make a step, in their order; what it adds to the books and who looks on comes after.
#[inline(always)]
pub(super) fn act<S: LaneStrategy<L> + ?Sized, D: Devices<L>, R: Recorder, const L: usize>(
    site: Site<'_, L>,
    now: &Now<L>,
    plant: &mut Plant<'_, D, L>,
    meters: &Meters<L>,
    (strategy, traits, watch): (&mut S, Traits, &mut Watch<'_, R>),
) -> Flows<L> {
    limit(site, now, plant, traits);
    let least_net = decide(site, now, plant, meters, (strategy, traits));
    if R::ACTIVE {
        let deficit = plant.devices.expected(now.deficit);
        let view = view(site, (now, &deficit), &plant.storage, plant.devices, meters);
        for (lane, wish) in watch.wishes.iter_mut().enumerate() {
            *wish = strategy.why(&view, lane);
        }
    }
    let flows = settle(site, now, (traits, least_net), plant);
    commit(site, now, &flows, plant);
    flows
}
