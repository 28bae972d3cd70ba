//! `time_of_use`: charges in cheap hours what the dear hours will use. Foresight: tariff, the published prices.
//!
//! # Model
//! The run is cut into *cycles* of a valley and the peak that follows. A turn from falling to rising prices counts as
//! a valley, and from rising to falling as a peak, only where shifting a kWh from one to the other pays after losses
//! and wear: `p_peak − w > p_valley / (η_c·η_d)`. So flat tariffs have no cycles, a two-level tariff one a day, and a
//! tariff with a midday valley two.
//! - valley hours before the peak: charge, spread evenly over what is left of them, up to what the last peak of the
//!   same time of day used (the first time: full), and store surplus generation in any case;
//! - between valley and peak: store surplus only;
//! - from the peak on, while the price is worth it against the next valley: cover the deficit, store surplus.
//!
//! Without any cycle it is `self_consumption`.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::lane_strategy::{LaneStrategy, LaneView};
use super::self_consumption::cover;
use super::{Reason, Wish};
use crate::Plan;
use crate::simulation::PlanCache;
use crate::simulation::lane::{Lane, max, min};

/// What to do at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Store surplus only.
    Hold,
    /// Charge towards what the cycle's peak will use; `valley_steps_left` counts this one.
    Charge { valley_steps_left: u32 },
    /// Cover the deficit, store surplus.
    Discharge { first: bool, last: bool },
}

/// What `time_of_use` does at a step: how it is told to a controller on a chip, which knows no prices ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceWindow {
    /// Store surplus generation only.
    Hold,
    /// Charge towards what the peak will use, evenly over what is left of the valley.
    Charge {
        /// Steps of the valley that are left, this one included, at least 1.
        steps_left: u32,
        /// The peak of the day that is charged for, counted from 0.
        peak: u16,
    },
    /// Cover the load beyond generation, store surplus.
    Discharge {
        /// Whether the peak begins with this step.
        first: bool,
        /// Whether the peak ends with it.
        last: bool,
        /// Which peak of the day it is, counted from 0.
        peak: u16,
    },
}

/// The windows learnt from the tariff.
#[derive(Debug, PartialEq)]
pub(crate) struct Windows {
    mode: Vec<Mode>,
    /// The peak's time of day, as an index, of the cycle that each step belongs to.
    slot: Vec<u16>,
    slots: usize,
}

/// A valley and its peak as ranges of the run.
struct Cycle {
    valley_price: f64,
    /// Steps from the end of the last cycle's peak price to the peak, among which the valley's steps lie.
    search: core::ops::Range<usize>,
    peak: usize,
}

impl Windows {
    /// The windows of a plan, from `cache` where a plan of the same prices and terms has learnt them.
    pub(crate) fn of(plan: &Plan, cache: &mut PlanCache) -> Arc<Self> {
        let terms = best_round_trip(plan);
        cache.windows(plan, terms, || Self::learn(plan, terms))
    }

    fn learn(plan: &Plan, (round_trip, wear): (f64, f64)) -> Self {
        let prices = plan.import_price_per_kwh();
        let pays = |high: f64, low: f64| high - wear > low / round_trip;
        let cycles = find_cycles(prices, pays);
        let mut windows = Self { mode: Vec::new(), slot: alloc::vec![0; prices.len()], slots: 1 };
        if cycles.is_empty() {
            windows.mode = alloc::vec![Mode::Discharge { first: false, last: false }; prices.len()];
            return windows;
        }
        windows.mode = alloc::vec![Mode::Hold; prices.len()];
        let mut times_of_day: Vec<usize> = Vec::new();
        let starts = &plan.scenario.calendar.day_first_step;
        for (i, cycle) in cycles.iter().enumerate() {
            let day = starts.partition_point(|start| *start as usize <= cycle.peak) - 1;
            let time_of_day = cycle.peak - starts[day] as usize;
            let slot = times_of_day.iter().position(|t| *t == time_of_day).unwrap_or_else(|| {
                times_of_day.push(time_of_day);
                times_of_day.len() - 1
            });
            windows.mark_valley(cycle, prices);
            let next = cycles.get(i + 1);
            let until = next.map_or(prices.len(), |next| first_valley_step(next, prices));
            let next_valley_price = next.unwrap_or(cycle).valley_price;
            windows.mark_peak(cycle.peak..until, |step| pays(prices[step], next_valley_price));
            // From its own valley to the next one: the searches of two cycles overlap in the first one's peak.
            windows.slot[first_valley_step(cycle, prices)..until].fill(slot as u16);
        }
        // Energy present at the start is used before the first valley where that pays. No peak's use is learnt from it.
        let first = first_valley_step(&cycles[0], prices);
        windows.mark_discharge(0..first, |step| pays(prices[step], cycles[0].valley_price));
        windows.slots = times_of_day.len();
        windows
    }

    /// How many peaks of a day are told apart.
    pub(crate) fn peaks_of_day(&self) -> u16 {
        self.slots as u16
    }

    /// What is done at `step`.
    pub(crate) fn at(&self, step: usize) -> PriceWindow {
        let peak = self.slot[step];
        match self.mode[step] {
            Mode::Hold => PriceWindow::Hold,
            Mode::Charge { valley_steps_left } => PriceWindow::Charge { steps_left: valley_steps_left, peak },
            Mode::Discharge { first, last } => PriceWindow::Discharge { first, last, peak },
        }
    }

    fn mark_valley(&mut self, cycle: &Cycle, prices: &[f64]) {
        let mut left = 0;
        for step in cycle.search.clone().rev() {
            if is_price(prices[step], cycle.valley_price) {
                left += 1;
                self.mode[step] = Mode::Charge { valley_steps_left: left };
            }
        }
    }

    fn mark_peak(&mut self, steps: core::ops::Range<usize>, pays: impl Fn(usize) -> bool) {
        if let Some((first, last)) = self.mark_discharge(steps, pays) {
            self.mode[first] = Mode::Discharge { first: true, last: first == last };
            if first != last {
                self.mode[last] = Mode::Discharge { first: false, last: true };
            }
        }
    }

    /// Marks the steps at which discharging pays; returns the first and the last of them.
    fn mark_discharge(
        &mut self,
        steps: core::ops::Range<usize>,
        pays: impl Fn(usize) -> bool,
    ) -> Option<(usize, usize)> {
        let mut marked: Option<(usize, usize)> = None;
        for step in steps {
            if self.mode[step] == Mode::Hold && pays(step) {
                self.mode[step] = Mode::Discharge { first: false, last: false };
                marked = Some((marked.map_or(step, |(first, _)| first), step));
            }
        }
        marked
    }
}

fn is_price(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9
}

fn first_valley_step(cycle: &Cycle, prices: &[f64]) -> usize {
    cycle.search.clone().find(|step| is_price(prices[*step], cycle.valley_price)).unwrap_or(cycle.search.start)
}

/// The best round-trip efficiency and the least wear cost per kWh discharged among the batteries that can cycle.
fn best_round_trip(plan: &Plan) -> (f64, f64) {
    let cycling = plan.scenario.storage.iter().filter(|b| b.capacity_kwh > 0.0);
    let best = cycling.map(|b| (b.charge_efficiency * b.discharge_efficiency, b.wear_cost_per_kwh));
    best.fold((f64::MIN_POSITIVE, f64::INFINITY), |(eta, wear), (e, w)| (eta.max(e), wear.min(w)))
}

/// Turning points of the price with the threshold `pays(high, low)`, as valley–peak pairs in order. Equal prices are
/// never a turn, though losses make a negative price pay against itself.
fn find_cycles(prices: &[f64], pays: impl Fn(f64, f64) -> bool) -> Vec<Cycle> {
    let mut cycles: Vec<Cycle> = Vec::new();
    let (mut low, mut high) = (prices[0], prices[0]);
    let (mut peak, mut rising, mut search_from) = (0, false, 0);
    let mut falling_from = 0;
    for (step, &price) in prices.iter().enumerate() {
        if rising {
            if price > high {
                (high, peak) = (price, step);
            } else if price < high && pays(high, price) {
                cycles.push(Cycle { valley_price: low, search: search_from..peak, peak });
                (low, rising, search_from) = (price, false, falling_from.max(peak));
            }
        } else if price < low {
            low = price;
        } else if price > low && pays(price, low) {
            (high, peak, rising) = (price, step, true);
        }
        if step > 0 && prices[step] < prices[step - 1] {
            falling_from = step;
        }
    }
    if rising {
        cycles.push(Cycle { valley_price: low, search: search_from..peak, peak });
    }
    cycles
}

/// The strategy in L lanes that share their windows.
#[derive(Debug)]
pub(crate) struct TimeOfUse<const L: usize> {
    windows: alloc::sync::Arc<Windows>,
    /// Deficit that the last peak of each time of day used, kW·steps; infinite before the first.
    used: Vec<Lane<L>>,
    /// Deficit of the open peak so far, kW·steps.
    open: Lane<L>,
}

impl<const L: usize> TimeOfUse<L> {
    pub(crate) fn pack(windows: alloc::sync::Arc<Windows>) -> Self {
        Self { used: alloc::vec![Lane([f64::INFINITY; L]); windows.slots], open: Lane::<L>::ZERO, windows }
    }

    /// Told step by step what is done, by [`TimeOfUse::tell`].
    pub(crate) fn live(peaks_of_day: u16) -> Self {
        let slots = usize::from(peaks_of_day.max(1));
        Self::pack(Arc::new(Windows { mode: alloc::vec![Mode::Hold], slot: alloc::vec![0], slots }))
    }

    /// Sets what is done at the one step that [`TimeOfUse::live`] knows.
    pub(crate) fn tell(&mut self, window: PriceWindow) {
        let Some(windows) = Arc::get_mut(&mut self.windows) else { return };
        (windows.mode[0], windows.slot[0]) = match window {
            PriceWindow::Hold => (Mode::Hold, 0),
            PriceWindow::Charge { steps_left, peak } => (Mode::Charge { valley_steps_left: steps_left }, peak),
            PriceWindow::Discharge { first, last, peak } => (Mode::Discharge { first, last }, peak),
        };
    }

    pub(crate) fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        self.used.iter_mut().for_each(&mut *visit);
        visit(&mut self.open);
    }
}

impl<const L: usize> LaneStrategy<L> for TimeOfUse<L> {
    #[inline(always)]
    fn decide(&mut self, view: &LaneView<'_, L>, ask: &mut [Lane<L>]) {
        match self.windows.mode[view.step] {
            Mode::Hold => cover(view, surplus_only(view.deficit), ask),
            Mode::Charge { valley_steps_left } => {
                let slot = self.windows.slot[view.step] as usize;
                charge_towards(view, self.used[slot], 1.0 / f64::from(valley_steps_left), ask);
            }
            Mode::Discharge { first, last } => {
                if first {
                    self.open = Lane::<L>::ZERO;
                }
                self.open = add_usable_deficit(view, self.open);
                if last {
                    self.used[self.windows.slot[view.step] as usize] = self.open;
                }
                cover(view, *view.deficit, ask);
            }
        }
    }

    fn why(&self, view: &LaneView<'_, L>, lane: usize) -> Wish {
        let deficit = view.deficit[lane];
        match self.windows.mode[view.step] {
            Mode::Hold if deficit > 0.0 => Wish::new(Reason::WaitForPeak, 0.0),
            Mode::Hold | Mode::Discharge { .. } => Wish::new(Reason::of_deficit(deficit), deficit),
            Mode::Charge { valley_steps_left } => {
                let used = self.used[self.windows.slot[view.step] as usize][lane];
                let even = even_charge_kw(view, used, 1.0 / f64::from(valley_steps_left), lane);
                if even > -deficit {
                    Wish::new(Reason::ChargeInValley, -even)
                } else {
                    Wish::new(Reason::of_deficit(deficit.min(0.0)), deficit.min(0.0))
                }
            }
        }
    }
}

#[inline(always)]
fn surplus_only<const L: usize>(deficit: &Lane<L>) -> Lane<L> {
    let mut surplus = Lane::<L>::ZERO;
    for l in 0..L {
        surplus[l] = min(deficit[l], 0.0);
    }
    surplus
}

/// Adds the part of the deficit that all batteries together can cover by their power.
#[inline(always)]
fn add_usable_deficit<const L: usize>(view: &LaneView<'_, L>, mut open: Lane<L>) -> Lane<L> {
    for l in 0..L {
        let mut power = 0.0;
        for battery in view.batteries {
            power += battery.at(l).discharge_max_kw;
        }
        open[l] += max(min(view.deficit[l], power), 0.0);
    }
    open
}

/// Asks each battery for an even share (`share` of the gap) of the way to what covers `used` kW·steps of deficit, or
/// for the surplus where that is more.
#[inline(always)]
fn charge_towards<const L: usize>(view: &LaneView<'_, L>, used: Lane<L>, share: f64, ask: &mut [Lane<L>]) {
    let mut rest = surplus_only(view.deficit);
    let mut need = used;
    for (i, ask) in ask.iter_mut().enumerate() {
        let mut power = Lane::<L>::ZERO;
        for l in 0..L {
            let battery = view.batteries[i].at(l);
            let room = battery.max_kwh - battery.reserve_kwh;
            let wanted = min(need[l] * battery.drawn_per_discharge, room);
            let gap = battery.reserve_kwh + wanted - view.stored[i][l];
            let even = max(gap * battery.charge_per_room * share, 0.0);
            power[l] = -min(max(even, -rest[l]), view.limits[i].charge[l]);
            rest[l] = min(rest[l] - power[l], 0.0);
            need[l] = max(need[l] - wanted / battery.drawn_per_discharge, 0.0);
        }
        *ask = power;
    }
}

/// What [`charge_towards`] asks all batteries for together before their limits, kW, without the surplus.
fn even_charge_kw<const L: usize>(view: &LaneView<'_, L>, used: f64, share: f64, lane: usize) -> f64 {
    let mut need = used;
    let mut total = 0.0;
    for (lanes, stored) in view.batteries.iter().zip(view.stored) {
        let battery = lanes.at(lane);
        let wanted = min(need * battery.drawn_per_discharge, battery.max_kwh - battery.reserve_kwh);
        let gap = battery.reserve_kwh + wanted - stored[lane];
        total += max(gap * battery.charge_per_room * share, 0.0);
        need = max(need - wanted / battery.drawn_per_discharge, 0.0);
    }
    total
}
