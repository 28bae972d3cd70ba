//! The limits of L lanes in a step: what is reduced to hold them. Scalar, lane by lane, and only where a limit is breached.

use alloc::vec;
use alloc::vec::Vec;

use super::levers::{Holding, Lever, RUNGS, State, What};
use super::{FeederLimits, FeederStep};
use crate::dispatch::FlexibleUse;
use crate::distribution::feeder::complex::Complex;
use crate::distribution::feeder::in_step::{StepFeeder, StepFlow, StepFlows, Watched};
use crate::simulation::kind::Held;
use crate::simulation::lane::{Lane, abs, max, min};

/// How far inside a limit a reduction aims: per unit of voltage, and percent of loading.
const INSIDE_PU: f64 = 1e-4;
const INSIDE_PERCENT: f64 = 0.05;

/// Of what acts most on a limit, what must act on it to be reduced for it.
const ACTS: f64 = 0.1;

/// By how much more than its effects say a reduction may do: a limit that even so stays out of reach is left.
const REACH: f64 = 1.1;

/// Of an inverter's rating, what it may take less than it is fed.
const TAKEN: f64 = 1e-6;

/// Less is not reduced, kW.
const LEAST_KW: f64 = 1e-9;

/// Most limits that one round of reductions looks at.
const MOST_LIMITS: usize = 64;

/// Why something was reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Voltage,
    Loading,
    Inverter,
}

/// What was reduced in a step, kW: generation by cause, load by cause, uses, other sources.
pub(super) type Reduced = [f64; 7];

/// What is held in a step, and room to find it.
#[derive(Debug)]
pub(super) struct HoldLanes<const L: usize> {
    /// What each lever may draw and give; first those that are whole devices.
    pub(super) held: Vec<Held<L>>,
    /// What each lever was reduced by, by cause.
    because: Vec<[Lane<L>; 3]>,
    /// What is asked of each load and available from each plant, kW.
    pub(super) asked: Vec<Lane<L>>,
    /// What each load and plant is reduced by.
    pub(super) parted: Vec<Lane<L>>,
    /// Whether anything is held in the lane.
    pub(super) is_held: [bool; L],
    /// Phasors of the last flow of the run: what strategies see of the head-room.
    pub(super) last: Vec<[Lane<L>; 2]>,
    room: Room,
}

/// Room for the numbers of one lane.
#[derive(Debug)]
struct Room {
    phasors: Vec<Complex>,
    out_of_reach: Vec<bool>,
    /// Power of each lever, kW, positive into the bus.
    power_kw: Vec<f64>,
    /// Of flexible uses what cannot wait.
    rest_kw: Vec<f64>,
    /// What a kW less of each lever brings to the limit that is looked at.
    gain: Vec<f64>,
    uses: Vec<FlexibleUse>,
}

/// A limit that is breached.
#[derive(Debug, Clone, Copy)]
struct Breach {
    at: usize,
    cause: Cause,
    /// By how much it is to come down, with its sign: 1 where it is to fall.
    need: f64,
    sign: f64,
}

impl<const L: usize> HoldLanes<L> {
    pub(super) fn new(holding: &Holding) -> Self {
        let (levers, places) = (holding.levers.len(), holding.states[0].watched.len());
        let most = max(places as f64, holding.states[1].watched.len() as f64) as usize;
        let at_rest = holding.states[0].at_rest.iter().map(|rest| [Lane([rest.re; L]), Lane([rest.im; L])]);
        let mut last: Vec<[Lane<L>; 2]> = at_rest.collect();
        last.resize(most, [Lane::ZERO; 2]);
        Self {
            held: vec![Held::FREE; levers],
            because: vec![[Lane::ZERO; 3]; levers],
            asked: Vec::with_capacity(holding.parted),
            parted: vec![Lane::ZERO; holding.parted],
            is_held: [false; L],
            last,
            room: Room {
                phasors: vec![Complex::ZERO; most],
                out_of_reach: vec![false; most],
                power_kw: vec![0.0; levers],
                rest_kw: vec![0.0; levers],
                gain: vec![0.0; levers],
                uses: vec![FlexibleUse::default(); holding.uses],
            },
        }
    }

    /// Frees everything for a new step.
    pub(super) fn free(&mut self) {
        if self.is_held.contains(&true) {
            self.held.fill(Held::FREE);
            self.because.fill([Lane::ZERO; 3]);
            self.parted.fill(Lane::ZERO);
            self.is_held = [false; L];
        }
    }

    /// What of a device's power a draw has: `device_kw` is the device's, positive into the bus.
    pub(super) fn draw_kw(
        &self,
        holding: &Holding,
        (draw, lane): (usize, usize),
        (device_kw, share): (f64, f64),
    ) -> f64 {
        let lever = holding.lever_of_draw[draw];
        if lever < holding.devices { device_kw * share } else { self.part_kw(holding, (lever, lane), device_kw) }
    }

    /// What a lever that is a part of a load or plant has of its power.
    fn part_kw(&self, holding: &Holding, (lever, lane): (usize, usize), device_kw: f64) -> f64 {
        let Lever { device, share, .. } = holding.levers[lever];
        if !self.is_held[lane] {
            return device_kw * share;
        }
        // What recourse leaves of the device falls on what the network leaves of its parts.
        let asked_kw = self.asked[device][lane];
        let kept_kw = asked_kw - self.parted[device][lane];
        let own_kw = self.kept_kw(lever, lane, asked_kw * share);
        if kept_kw > 0.0 { device_kw * (own_kw / kept_kw) } else { 0.0 }
    }

    fn kept_kw(&self, lever: usize, lane: usize, asked_kw: f64) -> f64 {
        let Held { draw, give } = &self.held[lever];
        min(asked_kw, min(draw[lane], give[lane]))
    }

    /// Reduces what breaches a limit of a lane further; whether anything could be.
    pub(super) fn reduce(
        &mut self,
        step: &FeederStep,
        (flow, lanes, state, lane): (&StepFlow, &StepFlows<L>, usize, usize),
        device_kw: &[Lane<L>],
        show_uses: impl FnOnce(&mut [FlexibleUse]),
    ) -> bool {
        let Some(holding) = &step.holding else { return false };
        if self.follow_inverters(holding, (lanes, state, lane), device_kw) {
            return true;
        }
        let is_within = flow.is_solved
            && flow.lowest_pu >= step.voltage_least_pu
            && flow.highest_pu <= step.voltage_greatest_pu
            && flow.loading_percent <= step.loading_greatest_percent;
        if is_within || holding.limits == FeederLimits::Watch {
            return false;
        }
        show_uses(&mut self.room.uses);
        self.gather(holding, lane, device_kw);
        let reduced = if flow.is_solved {
            self.read(&step.states[state], lanes, lane);
            self.hold_limits(step, holding, (state, lane))
        } else {
            self.relieve(holding, lane)
        };
        if reduced {
            self.is_held[lane] = true;
            self.add_up(holding, lane);
        }
        reduced
    }

    /// Holds plants and batteries to what their inverters took of them in the flow. Whether any took less.
    fn follow_inverters(
        &mut self,
        holding: &Holding,
        (lanes, state, lane): (&StepFlows<L>, usize, usize),
        device_kw: &[Lane<L>],
    ) -> bool {
        let mut reduced = false;
        for (&lever, control) in holding.lever_of_draw.iter().zip(&holding.control_of_draw) {
            let Some(at) = *control else { continue };
            let control = &holding.states[state].controls[at];
            let (fed_kw, taken_kw, _) = lanes.followed((at, control), lane);
            if abs(fed_kw) - abs(taken_kw) <= TAKEN * control.rated_kva {
                continue;
            }
            let whole = holding.levers[lever].device;
            let before_kw = if lever < holding.devices { device_kw[whole][lane] } else { fed_kw };
            let left_kw = abs(before_kw * (taken_kw / fed_kw));
            let Held { draw, give } = &mut self.held[lever];
            let held = if before_kw > 0.0 { give } else { draw };
            // Of a battery at several buses the least that one of them takes.
            let less_kw = min(held[lane], abs(before_kw)) - left_kw;
            if less_kw > 0.0 {
                held[lane] = left_kw;
                self.because[lever][Cause::Inverter as usize][lane] += less_kw;
                reduced = true;
            }
        }
        if reduced {
            self.is_held[lane] = true;
            self.add_up(holding, lane);
        }
        reduced
    }

    /// The power of each lever, and what of flexible uses cannot wait. A lever that does not follow what it is held to has none.
    fn gather(&mut self, holding: &Holding, lane: usize, device_kw: &[Lane<L>]) {
        for (i, lever) in holding.levers.iter().enumerate() {
            let whole_kw = device_kw[lever.device][lane];
            let kw = if i < holding.devices { whole_kw } else { self.part_kw(holding, (i, lane), whole_kw) };
            let held_kw = if kw > 0.0 { self.held[i].give[lane] } else { self.held[i].draw[lane] };
            self.room.power_kw[i] = if abs(kw) > held_kw + 1e-6 { 0.0 } else { kw };
            self.room.rest_kw[i] = match lever.what {
                What::Use(at) => self.room.uses.get(at).map_or(0.0, FlexibleUse::least_kw),
                _ => 0.0,
            };
        }
    }

    /// The phasors of a lane's flow; that of a branch as long as the loading of its more loaded end.
    fn read(&mut self, feeder: &StepFeeder, lanes: &StepFlows<L>, lane: usize) {
        for (seen, (phasor, size)) in self.room.phasors.iter_mut().zip(feeder.phasors(lanes, lane)) {
            let length = libm::sqrt(phasor.norm_squared());
            *seen = if length > 0.0 { phasor.scale(size / length) } else { phasor };
        }
        self.room.out_of_reach.fill(false);
    }

    /// Brings limits within, the farthest first, as far as the effects tell.
    fn hold_limits(&mut self, step: &FeederStep, holding: &Holding, (state, lane): (usize, usize)) -> bool {
        let mut reduced = false;
        for _ in 0..MOST_LIMITS {
            let Some(breach) = self.room.farthest(step, &holding.states[state].watched) else { break };
            self.room.weigh(holding, state, &breach);
            if !self.room.is_in_reach(&breach) {
                self.room.out_of_reach[breach.at] = true;
                continue;
            }
            reduced |= self.bring_within(holding, (state, lane), breach);
        }
        reduced
    }

    /// Reduces levers rung by rung until a limit is kept. Whether anything was.
    fn bring_within(&mut self, holding: &Holding, (state, lane): (usize, usize), breach: Breach) -> bool {
        let mut need = breach.need;
        let mut reduced = false;
        for rung in 0..RUNGS {
            if need <= 0.0 {
                break;
            }
            let share = self.room.share_of(holding, rung, need);
            for lever in 0..holding.levers.len() {
                let room_kw = self.room.room_kw(holding, lever, rung);
                let gain = self.room.gain[lever];
                if room_kw <= LEAST_KW || gain <= 0.0 {
                    continue;
                }
                let less_kw = room_kw * min(share * gain, 1.0);
                if less_kw > 0.0 {
                    need -= less_kw * gain;
                    reduced = true;
                    let gives = self.room.power_kw[lever] > 0.0;
                    self.take(lever, lane, less_kw, breach.cause);
                    let effects = &holding.states[state].effects[lever];
                    for (at, phasor) in
                        self.room.phasors.iter_mut().enumerate().take(holding.states[state].watched.len())
                    {
                        *phasor = *phasor + effects.of_less(at, gives).scale(less_kw);
                    }
                }
            }
        }
        if !reduced {
            self.room.out_of_reach[breach.at] = true;
        }
        reduced
    }

    /// Where no flow is found: a quarter of what is drawn, or given where more is, in the same order.
    fn relieve(&mut self, holding: &Holding, lane: usize) -> bool {
        let sum = |gives: bool| {
            let of_kind = self.room.power_kw.iter().filter(|kw| (**kw > 0.0) == gives);
            of_kind.fold(0.0, |sum, kw| sum + abs(*kw))
        };
        let (given_kw, drawn_kw) = (sum(true), sum(false));
        let gives = given_kw > drawn_kw;
        let mut need_kw = 0.25 * max(given_kw, drawn_kw);
        for (lever, gain) in self.room.gain.iter_mut().enumerate() {
            *gain = if (self.room.power_kw[lever] > 0.0) == gives { 1.0 } else { 0.0 };
        }
        let mut reduced = false;
        for rung in 0..RUNGS {
            let share = self.room.share_of(holding, rung, need_kw);
            for lever in 0..holding.levers.len() {
                let less_kw = self.room.room_kw(holding, lever, rung) * min(share, 1.0);
                if self.room.gain[lever] > 0.0 && less_kw > LEAST_KW {
                    need_kw -= less_kw;
                    reduced = true;
                    self.take(lever, lane, less_kw, Cause::Voltage);
                }
            }
            if need_kw <= LEAST_KW {
                break;
            }
        }
        reduced
    }

    /// Takes power from a lever.
    fn take(&mut self, lever: usize, lane: usize, less_kw: f64, cause: Cause) {
        let power_kw = self.room.power_kw[lever];
        let left_kw = max(abs(power_kw) - less_kw, 0.0);
        let held = &mut self.held[lever];
        if power_kw > 0.0 {
            held.give[lane] = left_kw;
            self.room.power_kw[lever] = left_kw;
        } else {
            held.draw[lane] = left_kw;
            self.room.power_kw[lever] = -left_kw;
        }
        self.because[lever][cause as usize][lane] += less_kw;
    }

    /// What each load and plant is reduced by.
    fn add_up(&mut self, holding: &Holding, lane: usize) {
        self.parted.iter_mut().for_each(|less| less[lane] = 0.0);
        for (i, lever) in holding.levers.iter().enumerate().skip(holding.devices) {
            let asked_kw = self.asked[lever.device][lane] * lever.share;
            self.parted[lever.device][lane] += asked_kw - self.kept_kw(i, lane, asked_kw);
        }
        for (less, asked) in self.parted.iter_mut().zip(&self.asked) {
            less[lane] = min(less[lane], asked[lane]);
        }
    }

    /// What was reduced in a lane.
    pub(super) fn reduced_kw(&self, holding: &Holding, lane: usize) -> Reduced {
        let mut sums = Reduced::default();
        for (i, lever) in holding.levers.iter().enumerate() {
            let causes_kw = self.because[i].each_ref().map(|kw| kw[lane]);
            // Of a load or plant no more than what is missing: recourse may have left more of it before.
            let less_kw = causes_kw.iter().sum::<f64>();
            let missing_kw = if i < holding.devices {
                less_kw
            } else {
                let asked_kw = self.asked[lever.device][lane] * lever.share;
                min(less_kw, asked_kw - self.kept_kw(i, lane, asked_kw))
            };
            let share = if less_kw > 0.0 { missing_kw / less_kw } else { 0.0 };
            let first = match lever.what {
                What::Plant | What::Fixed => 0,
                What::Load(_) => 3,
                What::Battery | What::Use(_) if self.held[i].draw[lane] < f64::INFINITY => {
                    sums[5] += less_kw;
                    continue;
                }
                What::Battery | What::Use(_) | What::Genset => {
                    sums[6] += less_kw;
                    continue;
                }
            };
            // No inverter sheds load.
            let causes = if first == 0 { 3 } else { 2 };
            (0..causes).for_each(|cause| sums[first + cause] += causes_kw[cause] * share);
        }
        sums
    }

    /// Keeps the phasors of a lane's last flow.
    pub(super) fn keep(&mut self, feeder: &StepFeeder, lanes: &StepFlows<L>, lane: usize) {
        for (last, (phasor, size)) in self.last.iter_mut().zip(feeder.phasors(lanes, lane)) {
            let length = libm::sqrt(phasor.norm_squared());
            let scale = if length > 0.0 { size / length } else { 1.0 };
            (last[0][lane], last[1][lane]) = (phasor.re * scale, phasor.im * scale);
        }
    }

    /// What more a lever could draw, or give, until some limit is reached, by the last flow and the effects, kW.
    pub(super) fn head_room_kw(
        &self,
        step: &FeederStep,
        holding: &Holding,
        (state, lane): (usize, usize),
        (device, gives): (usize, bool),
    ) -> f64 {
        let of_device = holding.levers.iter().enumerate().filter(|(_, lever)| lever.device == device);
        let State { watched, effects, .. } = &holding.states[state];
        let mut room_kw = f64::INFINITY;
        for (at, watched) in watched.iter().enumerate() {
            let phasor = Complex::new(self.last[at][0][lane], self.last[at][1][lane]);
            let size = libm::sqrt(phasor.norm_squared());
            let change = of_device
                .clone()
                .fold(Complex::ZERO, |sum, (lever, part)| sum - effects[lever].of_less(at, gives).scale(part.share));
            // Of a current that is none its whole change counts.
            let grows = if size > 1e-9 { inner(phasor, change) / size } else { libm::sqrt(change.norm_squared()) };
            let (least, greatest) = step.limits(*watched);
            let slack = if grows > 0.0 { greatest - size } else { size - least };
            if abs(grows) > 1e-12 {
                room_kw = min(room_kw, max(slack, 0.0) / abs(grows));
            }
        }
        room_kw
    }
}

/// The real part of a*·b.
fn inner(a: Complex, b: Complex) -> f64 {
    a.re * b.re + a.im * b.im
}

impl Room {
    /// The limit that is breached by most, as a share of it, of those in reach.
    fn farthest(&self, step: &FeederStep, watched: &[Watched]) -> Option<Breach> {
        let mut worst: Option<(f64, Breach)> = None;
        for (at, watched) in watched.iter().enumerate().filter(|(at, _)| !self.out_of_reach[*at]) {
            let size = libm::sqrt(self.phasors[at].norm_squared());
            let (least, greatest) = step.limits(*watched);
            let (cause, inside) = match watched {
                Watched::Bus => (Cause::Voltage, INSIDE_PU),
                Watched::Branch => (Cause::Loading, INSIDE_PERCENT),
            };
            let (beyond, sign, need) = if size > greatest {
                (size / greatest - 1.0, 1.0, size - greatest + inside)
            } else if size < least {
                (1.0 - size / least, -1.0, least - size + inside)
            } else {
                continue;
            };
            if worst.is_none_or(|(most, _)| beyond > most) {
                worst = Some((beyond, Breach { at, cause, need, sign }));
            }
        }
        worst.map(|(_, breach)| breach)
    }

    /// What a kW less of each lever brings to a limit; nothing where it acts by less than a tenth of what acts most.
    fn weigh(&mut self, holding: &Holding, state: usize, breach: &Breach) {
        let phasor = self.phasors[breach.at];
        let size = libm::sqrt(phasor.norm_squared());
        let mut most = 0.0;
        for (lever, gain) in self.gain.iter_mut().enumerate() {
            let power_kw = self.power_kw[lever];
            let effect = holding.states[state].effects[lever].of_less(breach.at, power_kw > 0.0);
            let may = holding.levers[lever].what.rung(power_kw > 0.0, true).is_some() && abs(power_kw) > LEAST_KW;
            *gain = if may { -breach.sign * inner(phasor, effect) / size } else { 0.0 };
            most = max(*gain, most);
        }
        for gain in &mut self.gain {
            *gain = if *gain >= ACTS * most { max(*gain, 0.0) } else { 0.0 };
        }
    }

    /// Whether all that may be reduced would bring a limit within.
    fn is_in_reach(&self, breach: &Breach) -> bool {
        let all = self.gain.iter().zip(&self.power_kw).fold(0.0, |sum, (gain, kw)| sum + gain * abs(*kw));
        // Inside is where a reduction aims; the limit itself is what must be in reach.
        all * REACH >= breach.need * (1.0 - 1e-9) && all > 0.0
    }

    /// What of a lever's power may be reduced on a rung.
    fn room_kw(&self, holding: &Holding, lever: usize, rung: usize) -> f64 {
        let (power_kw, what) = (self.power_kw[lever], holding.levers[lever].what);
        let gives = power_kw > 0.0;
        let rest_kw = if gives { 0.0 } else { min(self.rest_kw[lever], abs(power_kw)) };
        match (what.rung(gives, false), what.rung(gives, true)) {
            (Some(first), Some(last)) if first == rung && first != last => abs(power_kw) - rest_kw,
            (_, Some(last)) if last == rung => abs(power_kw),
            _ => 0.0,
        }
    }

    /// The number by which each lever of a rung is reduced, times its gain and its power, at most altogether: the least with
    /// which they bring `need`.
    fn share_of(&self, holding: &Holding, rung: usize, need: f64) -> f64 {
        let mut share = 0.0;
        // Each turn some lever more is reduced altogether, or the share is right.
        for _ in 0..=holding.levers.len() {
            let (mut brought, mut per_share) = (0.0, 0.0);
            for lever in 0..holding.levers.len() {
                let (room_kw, gain) = (self.room_kw(holding, lever, rung), self.gain[lever]);
                if share * gain >= 1.0 {
                    brought += room_kw * gain;
                } else {
                    per_share += room_kw * gain * gain;
                }
            }
            if per_share <= 0.0 {
                return f64::INFINITY;
            }
            let next = max(need - brought, 0.0) / per_share;
            if next <= share {
                return share;
            }
            share = next;
        }
        share
    }
}
