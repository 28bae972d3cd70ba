//! The gensets of L lanes: their state, what a step asks of them and what they did. Branchy and scalar, lane by lane:
//! timers are right and merely not wide. A site without gensets never comes here.

use alloc::vec::Vec;

use super::lane::Lane;
use super::plan::Plan;
use crate::generation::{GensetLimits, GensetState, GensetStep};

/// Shortage in kW up to which no genset is started: what a balance leaves by rounding is not worth a start.
pub(crate) const START_ABOVE_KW: f64 = 1e-6;

/// All gensets of L lanes, `[genset][lane]`, in the order of the scenario.
#[derive(Debug, Clone)]
pub(crate) struct Gensets<'p, const L: usize> {
    pub(crate) roster: Vec<GensetLanes<'p, L>>,
    /// Power that all of them gave beyond all uses, kW·steps.
    pub(crate) dumped: Lane<L>,
}

/// One genset in each of L lanes.
#[derive(Debug, Clone)]
pub(crate) struct GensetLanes<'p, const L: usize> {
    pub(crate) steps: [&'p GensetStep; L],
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
#[derive(Debug, Clone)]
pub(crate) struct GensetMeters<const L: usize> {
    /// kW·steps.
    pub(crate) power: Lane<L>,
    /// Units of fuel per hour × steps.
    pub(crate) fuel: Lane<L>,
    pub(crate) steps_running: Lane<L>,
    pub(crate) starts: Lane<L>,
}

impl<'p, const L: usize> Gensets<'p, L> {
    pub(crate) fn pack(plans: [&'p Plan; L]) -> Self {
        let zero = Lane::<L>::ZERO;
        let lanes = |i: usize| GensetLanes {
            steps: plans.map(|plan| &plan.gensets[i]),
            state: [GensetState::REST; L],
            limits: [GensetLimits::default(); L],
            ask: [None; L],
            running: [false; L],
            power: zero,
            meters: GensetMeters { power: zero, fuel: zero, steps_running: zero, starts: zero },
        };
        Self { roster: (0..plans[0].gensets.len()).map(lanes).collect(), dumped: zero }
    }

    /// What each can do in the next step; nothing is asked yet.
    pub(crate) fn limit(&mut self) {
        for genset in &mut self.roster {
            for l in 0..L {
                genset.limits[l] = genset.steps[l].limits(&genset.state[l]);
            }
            genset.ask = [None; L];
        }
    }

    /// Takes up what was asked, as far as each can; returns the power of all.
    pub(crate) fn take_up(&mut self) -> Lane<L> {
        let mut total = Lane::<L>::ZERO;
        for genset in &mut self.roster {
            for l in 0..L {
                let taken_up = genset.limits[l].taken_up(genset.ask[l]);
                genset.running[l] = taken_up.is_some();
                genset.power[l] = taken_up.unwrap_or(0.0);
                total[l] += genset.power[l];
            }
        }
        total
    }

    /// The power of all.
    pub(crate) fn power(&self) -> Lane<L> {
        let mut total = Lane::<L>::ZERO;
        for genset in &self.roster {
            for l in 0..L {
                total[l] += genset.power[l];
            }
        }
        total
    }

    /// States and meters advance by a step; `dumped` is what the site dumped.
    pub(crate) fn commit(&mut self, dumped: &Lane<L>) {
        let total = self.power();
        for l in 0..L {
            self.dumped[l] += dumped[l].min(total[l]);
        }
        for genset in &mut self.roster {
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
    }

    /// Gives `lane` a grid-former in an outage: one that is asked to run, or else the first that can start. Returns
    /// whether there is one.
    pub(crate) fn form_grid(&mut self, lane: usize) -> bool {
        let forms = |genset: &&mut GensetLanes<'_, L>| genset.steps[lane].grid_forming;
        if self.roster.iter_mut().filter(forms).any(|genset| genset.running[lane]) {
            return true;
        }
        let startable = self.roster.iter_mut().filter(forms).find(|genset| genset.limits[lane].can_run);
        startable.is_some_and(|genset| {
            genset.start(lane, 0.0);
            true
        })
    }

    /// Raises running gensets of `lane` by up to `short_kw`, in order; returns what is still short. Those that form the
    /// grid only, where `formers` is set.
    pub(crate) fn raise(&mut self, lane: usize, mut short_kw: f64, formers: bool) -> f64 {
        for genset in self.roster.iter_mut().filter(|genset| genset.running[lane]) {
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
    pub(crate) fn lower(&mut self, lane: usize, mut over_kw: f64, formers: bool) -> f64 {
        for genset in self.roster.iter_mut().rev().filter(|genset| genset.running[lane]) {
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
    pub(crate) fn start(&mut self, lane: usize, mut short_kw: f64) -> (f64, f64) {
        for genset in &mut self.roster {
            if short_kw > START_ABOVE_KW && !genset.running[lane] && genset.limits[lane].can_run {
                genset.start(lane, short_kw);
                short_kw -= genset.power[lane];
            }
        }
        (short_kw.max(0.0), (-short_kw).max(0.0))
    }

    /// Stops all gensets of `lane`, whatever they must: without a grid to follow they trip.
    pub(crate) fn trip(&mut self, lane: usize) {
        for genset in &mut self.roster {
            genset.running[lane] = false;
            genset.power[lane] = 0.0;
        }
    }

    /// Visits everything that a run carries over a day's end, in a fixed order.
    pub(crate) fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        if self.roster.is_empty() {
            return;
        }
        visit(&mut self.dumped);
        for genset in &mut self.roster {
            let mut running = Lane::of(genset.state, |state| f64::from(u8::from(state.running)));
            let mut power = Lane::of(genset.state, |state| state.power_kw);
            let mut steps = Lane::of(genset.state, |state| state.steps);
            [&mut running, &mut power, &mut steps].into_iter().for_each(&mut *visit);
            for l in 0..L {
                genset.state[l] = GensetState { running: running[l] > 0.0, power_kw: power[l], steps: steps[l] };
            }
            let meters = &mut genset.meters;
            [&mut meters.power, &mut meters.fuel, &mut meters.steps_running, &mut meters.starts]
                .into_iter()
                .for_each(&mut *visit);
        }
    }
}

impl<const L: usize> GensetLanes<'_, L> {
    fn start(&mut self, lane: usize, power_kw: f64) {
        self.running[lane] = true;
        self.power[lane] = self.limits[lane].held(power_kw);
    }
}
