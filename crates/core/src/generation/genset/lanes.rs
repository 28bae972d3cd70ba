//! The gensets of L lanes: their state, what a step asks of them and what they did. Branchy and scalar, lane by lane:
//! timers are right and merely not wide. A site without gensets never comes here.

use alloc::vec::Vec;

use super::{GensetLimits, GensetState, GensetStep};
use crate::Plan;
use crate::simulation::kind::{Gap, Held, Kind, Rung};
use crate::simulation::lane::{Lane, min};
use crate::simulation::phases::Now;

/// Shortage in kW up to which no genset is started: what a balance leaves by rounding is not worth a start.
pub(crate) const START_ABOVE_KW: f64 = 1e-6;

/// All gensets of L lanes.
#[derive(Debug)]
pub(crate) struct Gensets<const L: usize> {
    /// In the order of the scenario.
    pub(crate) lanes: Vec<GensetLanes<L>>,
    /// Power that all of them gave beyond all uses, kW·steps.
    pub(crate) dumped: Lane<L>,
    /// Whether any recovers heat; and what of it nobody took in the step, kW.
    recovers_heat: bool,
    heat_left: Lane<L>,
}

/// One genset in each of L lanes.
#[derive(Debug)]
pub(crate) struct GensetLanes<const L: usize> {
    pub(crate) steps: [GensetStep; L],
    pub(crate) state: [GensetState; L],
    pub(crate) limits: [GensetLimits; L],
    /// What is asked: power in kW, or nothing.
    pub(crate) ask: [Option<f64>; L],
    /// Whether it runs in this step, and its power.
    pub(crate) running: [bool; L],
    pub(crate) power: Lane<L>,
    pub(crate) meters: GensetMeters<L>,
}

/// The open sums of one genset.
#[derive(Debug)]
pub(crate) struct GensetMeters<const L: usize> {
    /// kW·steps.
    pub(crate) power: Lane<L>,
    /// Units of fuel per hour × steps.
    pub(crate) fuel: Lane<L>,
    pub(crate) steps_running: Lane<L>,
    pub(crate) starts: Lane<L>,
    /// Heat recovered, and what of it nobody took, kW·steps.
    pub(crate) heat: Lane<L>,
    pub(crate) heat_left: Lane<L>,
}

impl<const L: usize> Gensets<L> {
    pub(crate) fn pack(plans: [&Plan; L]) -> Self {
        Self::of(plans.map(|plan| &*plan.gensets))
    }

    /// From each lane's gensets, at rest.
    pub(crate) fn of(gensets: [&[GensetStep]; L]) -> Self {
        let zero = Lane::<L>::ZERO;
        let lanes = |i: usize| GensetLanes {
            steps: gensets.map(|gensets| gensets[i].clone()),
            state: [GensetState::REST; L],
            limits: [GensetLimits::default(); L],
            ask: [None; L],
            running: [false; L],
            power: zero,
            meters: GensetMeters {
                power: zero,
                fuel: zero,
                steps_running: zero,
                starts: zero,
                heat: zero,
                heat_left: zero,
            },
        };
        Self {
            lanes: (0..gensets[0].len()).map(lanes).collect(),
            dumped: zero,
            recovers_heat: gensets[0].iter().any(|genset| genset.heat_recovery.is_some()),
            heat_left: zero,
        }
    }

    /// Whether any recovers heat; lanes share whether.
    pub(crate) fn recovers_heat(&self) -> bool {
        self.recovers_heat
    }

    /// Heat recovered in the step, kW.
    pub(crate) fn heat(&self) -> Lane<L> {
        let mut heat = Lane::<L>::ZERO;
        for genset in &self.lanes {
            for l in 0..L {
                heat[l] += genset.steps[l].heat_kw(genset.running[l], genset.power[l]);
            }
        }
        heat
    }

    /// Takes note of the heat of the step that nobody took, kW.
    pub(crate) fn leave_heat(&mut self, left: Lane<L>) {
        self.heat_left = left;
    }

    /// What nobody took is shared out by what each recovered.
    fn meter_heat(&mut self) {
        let all = self.heat();
        for genset in &mut self.lanes {
            for l in 0..L {
                let heat_kw = genset.steps[l].heat_kw(genset.running[l], genset.power[l]);
                genset.meters.heat[l] += heat_kw;
                genset.meters.heat_left[l] += if all[l] > 0.0 { self.heat_left[l] * (heat_kw / all[l]) } else { 0.0 };
            }
        }
    }

    /// Raises running gensets of `lane` by up to `short_kw`, in order; returns what is still short. Those that form the
    /// grid only, where `formers` is set.
    fn raise(&mut self, lane: usize, mut short_kw: f64, formers: bool) -> f64 {
        for genset in self.lanes.iter_mut().filter(|genset| genset.running[lane]) {
            if short_kw > 0.0 && (!formers || genset.steps[lane].grid_forming) {
                let more = (genset.limits[lane].most_kw - genset.power[lane]).max(0.0).min(short_kw);
                genset.power[lane] = (genset.power[lane] + more).min(genset.limits[lane].most_kw);
                short_kw -= more;
            }
        }
        short_kw
    }

    /// Lowers running gensets of `lane` towards their least load by up to `over_kw`, last first; returns what is still
    /// over. Those that form the grid only, where `formers` is set.
    fn lower(&mut self, lane: usize, mut over_kw: f64, formers: bool) -> f64 {
        for genset in self.lanes.iter_mut().rev().filter(|genset| genset.running[lane]) {
            if over_kw > 0.0 && (!formers || genset.steps[lane].grid_forming) {
                let less = (genset.power[lane] - genset.limits[lane].least_kw).max(0.0).min(over_kw);
                genset.power[lane] = (genset.power[lane] - less).max(genset.limits[lane].least_kw);
                over_kw -= less;
            }
        }
        over_kw
    }

    /// Starts gensets of `lane` in order until `short_kw` is covered. Returns what is still short, and what the last
    /// one's least load gives beyond it.
    fn start(&mut self, lane: usize, mut short_kw: f64) -> (f64, f64) {
        for genset in &mut self.lanes {
            if short_kw > START_ABOVE_KW && !genset.running[lane] && genset.limits[lane].can_run {
                genset.start(lane, short_kw);
                short_kw -= genset.power[lane];
            }
        }
        (short_kw.max(0.0), (-short_kw).max(0.0))
    }
}

impl<const L: usize> Kind<L> for Gensets<L> {
    fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    fn limit(&mut self, _now: &Now<L>) {
        for genset in &mut self.lanes {
            for l in 0..L {
                genset.limits[l] = genset.steps[l].limits(&genset.state[l]);
            }
            genset.ask = [None; L];
        }
    }

    /// Not below their least load: nothing stops one for the network's sake.
    fn hold(&mut self, held: &mut core::slice::Iter<'_, Held<L>>) {
        for (genset, held) in self.lanes.iter_mut().zip(held) {
            for (limits, give) in genset.limits.iter_mut().zip(*held.give) {
                limits.most_kw = limits.most_kw.min(give).max(limits.least_kw);
            }
        }
    }

    fn take_up(&mut self) {
        for genset in &mut self.lanes {
            for l in 0..L {
                let taken_up = genset.limits[l].taken_up(genset.ask[l]);
                genset.running[l] = taken_up.is_some();
                genset.power[l] = taken_up.unwrap_or(0.0);
            }
        }
    }

    fn power(&self) -> Lane<L> {
        let mut total = Lane::<L>::ZERO;
        for genset in &self.lanes {
            for l in 0..L {
                total[l] += genset.power[l];
            }
        }
        total
    }

    fn feed_each(&self, each: &mut dyn FnMut(Lane<L>)) {
        self.lanes.iter().for_each(|genset| each(genset.power));
    }

    fn answer(&mut self, rung: Rung, gap: &mut Gap<L>) {
        let alive = gap.alive;
        for l in (0..L).filter(|&l| alive[l] > 0.0) {
            match rung {
                Rung::Raise => gap.short[l] = self.raise(l, gap.short[l], false),
                Rung::Start => {
                    let (short, spare) = self.start(l, gap.short[l]);
                    let spared = min(spare, gap.import[l]);
                    gap.short[l] = short;
                    gap.import[l] -= spared;
                    gap.over[l] += spare - spared;
                }
                Rung::Lower => gap.over[l] = self.lower(l, gap.over[l], false),
                _ => {}
            }
        }
    }

    /// One that is asked to run, or else the first that can start.
    fn form_grid(&mut self, lane: usize) -> bool {
        let forms = |genset: &&mut GensetLanes<L>| genset.steps[lane].grid_forming;
        if self.lanes.iter_mut().filter(forms).any(|genset| genset.running[lane]) {
            return true;
        }
        let startable = self.lanes.iter_mut().filter(forms).find(|genset| genset.limits[lane].can_run);
        startable.is_some_and(|genset| {
            genset.start(lane, 0.0);
            true
        })
    }

    fn balance(&mut self, lane: usize, rest_kw: f64) -> f64 {
        if rest_kw > 0.0 { self.raise(lane, rest_kw, true) } else { -self.lower(lane, -rest_kw, true) }
    }

    fn trip(&mut self, lane: usize) {
        for genset in &mut self.lanes {
            genset.running[lane] = false;
            genset.power[lane] = 0.0;
        }
    }

    fn commit(&mut self, _now: &Now<L>, dumped: &Lane<L>) {
        let total = self.power();
        for l in 0..L {
            self.dumped[l] += dumped[l].min(total[l]);
        }
        for genset in &mut self.lanes {
            for l in 0..L {
                let (running, power) = (genset.running[l], genset.power[l]);
                let started = running && !genset.state[l].running;
                genset.state[l] = genset.steps[l].next(&genset.state[l], running, power);
                genset.meters.power[l] += power;
                genset.meters.fuel[l] += genset.steps[l].fuel_per_h(running, power);
                genset.meters.steps_running[l] += f64::from(u8::from(running));
                genset.meters.starts[l] += f64::from(u8::from(started));
            }
        }
        if self.recovers_heat {
            self.meter_heat();
        }
    }

    fn impossible(&self, lane: usize) -> Option<&'static str> {
        let is_beyond =
            |genset: &GensetLanes<L>| !(0.0..=genset.steps[lane].rating_kw).contains(&genset.state[lane].power_kw);
        self.lanes.iter().any(is_beyond).then_some("a genset beyond its rating")
    }

    fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        let Self { lanes, dumped, recovers_heat, heat_left: _ } = self;
        visit(dumped);
        for GensetLanes { state, meters, .. } in lanes {
            let mut running = Lane::of(*state, |state| f64::from(u8::from(state.running)));
            let mut power = Lane::of(*state, |state| state.power_kw);
            let mut seconds = Lane::of(*state, |state| state.seconds);
            [&mut running, &mut power, &mut seconds].into_iter().for_each(&mut *visit);
            for l in 0..L {
                state[l] = GensetState { running: running[l] > 0.0, power_kw: power[l], seconds: seconds[l] };
            }
            let GensetMeters { power, fuel, steps_running, starts, heat, heat_left } = meters;
            [power, fuel, steps_running, starts].into_iter().for_each(&mut *visit);
            if *recovers_heat {
                [heat, heat_left].into_iter().for_each(&mut *visit);
            }
        }
    }
}

impl<const L: usize> GensetLanes<L> {
    fn start(&mut self, lane: usize, power_kw: f64) {
        self.running[lane] = true;
        self.power[lane] = self.limits[lane].held(power_kw);
    }
}
