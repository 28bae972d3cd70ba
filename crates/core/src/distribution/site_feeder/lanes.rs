//! The feeders of L lanes in the loop. Scalar but for the flow itself: a site without a feeder never comes here.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use super::holding::{HoldLanes, Reduced};
use super::meters::FeederMeters;
use super::step::FeederStep;
use super::tap_changer::TapStep;
use super::{FeederTotals, HeadRoom, SiteFeeder};
use crate::Plan;
use crate::dispatch::FlexibleUse;
use crate::dispatch::lane_strategy::BatteryLimits;
use crate::distribution::feeder::in_step::{StepFeeder, StepFlow, StepFlows};
use crate::distribution::power_flow::FlowSettings;
use crate::simulation::DeviceTotals;
use crate::simulation::kind::{Gap, Held, Kind, Rung};
use crate::simulation::lane::{Lane, abs, max, min};
use crate::simulation::phases::Now;

/// How exactly a flow in a step is solved: sweeps alone, to a hundredth of the usual tolerance, that what they leave is small
/// against the losses.
const SETTINGS: FlowSettings = FlowSettings { tolerance_pu: 1e-8, sweeps_max: 100 };

/// Most sweeps where inverters move with them.
const SWEEPS_WITH_INVERTERS: u32 = 1000;

/// Most balances closed anew with the losses of a flow, from the last reduction on.
const LOSS_ROUNDS: u32 = 3;

/// Most rounds of reductions in a step.
const HOLD_ROUNDS: u32 = 24;

/// The feeder of L lanes, where the site has one.
#[derive(Debug)]
pub(crate) struct SiteFeeders<const L: usize>(Option<Box<FeederLanes<L>>>);

#[derive(Debug)]
struct FeederLanes<const L: usize> {
    /// One for all lanes: they are of one shape.
    step: Arc<FeederStep>,
    /// Fed by the grid, and islanded: of each position of the tap changer.
    flows: Vec<[StepFlows<L>; 2]>,
    /// The power of each device, in the order of [`super::Placed::all`], and that of which the flow is.
    power: Vec<Lane<L>>,
    solved: Vec<Lane<L>>,
    /// Requests to storage, from which the balance is closed anew.
    requests: Vec<Lane<L>>,
    /// Losses that the balance carries, kW.
    carried: Lane<L>,
    /// How often a lane's balance took up losses since its last reduction, and how often something was reduced.
    loss_rounds: [u32; L],
    hold_rounds: [u32; L],
    /// 1 where nothing holds the voltage in this step.
    dark: Lane<L>,
    /// 1 where the grid is there in this step.
    grid_up: Lane<L>,
    /// What the last flow found.
    seen: [StepFlow; L],
    /// Losses of the step before, kW.
    expected: Lane<L>,
    /// What is held, where limits are.
    hold: Option<HoldLanes<L>>,
    taps: TapLanes<L>,
    meters: FeederMeters<L>,
}

/// Where the taps stand.
#[derive(Debug)]
struct TapLanes<const L: usize> {
    /// Position, counted from the least.
    position: Lane<L>,
    /// How long the voltage has been out of the band, s, and what is left of the step.
    waited_s: Lane<L>,
    left_s: Lane<L>,
    /// Moves in the step.
    moves: [usize; L],
}

impl<const L: usize> SiteFeeders<L> {
    pub(crate) fn none() -> Self {
        Self(None)
    }

    pub(crate) fn pack(plans: [&Plan; L]) -> Self {
        let Some(step) = plans[0].feeder.clone() else { return Self::none() };
        let zero = Lane::<L>::ZERO;
        let controls = step.controls(0).len();
        let of_states = |states: &[StepFeeder; 2]| states.each_ref().map(|state| StepFlows::new(state, controls));
        let first = step.taps.as_ref().map_or(0.0, |taps| taps.first as f64);
        Self(Some(Box::new(FeederLanes {
            flows: step.states.iter().map(of_states).collect(),
            power: Vec::with_capacity(step.devices),
            solved: Vec::with_capacity(step.devices),
            requests: vec![zero; plans[0].scenario().storage.len()],
            carried: zero,
            loss_rounds: [0; L],
            hold_rounds: [0; L],
            dark: zero,
            grid_up: Lane([1.0; L]),
            seen: [StepFlow::default(); L],
            expected: zero,
            hold: step.holding.as_ref().map(HoldLanes::new),
            taps: TapLanes { position: Lane([first; L]), waited_s: zero, left_s: zero, moves: [0; L] },
            meters: FeederMeters::new(step.buses),
            step,
        })))
    }

    /// What recorders see of the feeder.
    pub(crate) fn columns(feeder: Option<&SiteFeeder>) -> Vec<(&'static str, &'static str)> {
        let Some(feeder) = feeder else { return Vec::new() };
        let mut columns = vec!["feeder_loss_kw", "lowest_voltage_pu", "highest_voltage_pu", "greatest_loading_percent"];
        if feeder.reduces() {
            columns.extend(["feeder_curtailed_kw", "feeder_unserved_kw", "feeder_reduced_kw"]);
        }
        if feeder.tap_changer.is_some() {
            columns.push("tap_position_end");
        }
        columns.into_iter().map(|column| (column, "feeder")).collect()
    }

    /// Keeps what is asked of storage, and of loads and plants as `ask` tells it in their order.
    pub(crate) fn open(&mut self, requests: &[Lane<L>], ask: impl FnOnce(&mut Vec<Lane<L>>)) {
        let Some(feeder) = &mut self.0 else { return };
        feeder.requests.copy_from_slice(requests);
        if let Some(hold) = &mut feeder.hold {
            hold.asked.clear();
            ask(&mut hold.asked);
        }
    }

    /// What was asked of storage.
    pub(crate) fn requests(&self) -> &[Lane<L>] {
        self.0.as_ref().map_or(&[], |feeder| &feeder.requests)
    }

    /// Solves the flow of the step; `feed` tells the power of each device in the order of [`super::Placed::all`], kW, positive
    /// into the bus.
    pub(crate) fn flow(&mut self, grid_now: &Lane<L>, feed: impl FnOnce(&mut Vec<Lane<L>>)) {
        let Some(feeder) = &mut self.0 else { return };
        feeder.grid_up = *grid_now;
        feeder.power.clear();
        feed(&mut feeder.power);
        if feeder.power == feeder.solved {
            return;
        }
        feeder.solved.clone_from(&feeder.power);
        for position in 0..feeder.flows.len() {
            feeder.solve(position, 0);
            feeder.solve(position, 1);
        }
    }

    /// Gives the balance the losses of the last flow, and reduces what breaches a limit where limits are held; whether anything in
    /// any lane is new, so that the balance is to be closed anew. What is new in a lane depends on that lane alone.
    pub(crate) fn adapt(&mut self, mut show_uses: impl FnMut(usize, &mut [FlexibleUse])) -> bool {
        let Some(feeder) = &mut self.0 else { return false };
        let mut any_new = false;
        for l in 0..L {
            any_new |= feeder.dark[l] == 0.0 && feeder.adapt(l, |uses| show_uses(l, uses));
        }
        any_new
    }

    /// What each load, then each plant, is reduced by, kW; `None` where nothing is.
    pub(crate) fn reduced(&self) -> Option<&[Lane<L>]> {
        let hold = self.0.as_ref()?.hold.as_ref()?;
        hold.is_held.contains(&true).then_some(&*hold.parted)
    }

    /// What devices beside loads, plants and batteries are held to, in the order of [`super::Placed::all`].
    pub(crate) fn held(&self) -> &[Held<L>] {
        let held = self.0.as_ref().and_then(|feeder| Some((feeder.hold.as_ref()?, feeder.step.holding.as_ref()?)));
        held.map_or(&[], |(hold, holding)| &hold.held[holding.batteries..holding.devices])
    }

    /// Holds the limits of batteries to what the network lets them.
    pub(crate) fn hold_storage(&self, limits: &mut [BatteryLimits<L>]) {
        let Some(hold) = self.0.as_ref().and_then(|feeder| feeder.hold.as_ref()) else { return };
        for (limits, held) in limits.iter_mut().zip(&hold.held) {
            for l in 0..L {
                limits.charge[l] = min(limits.charge[l], held.draw[l]);
                limits.discharge[l] = min(limits.discharge[l], held.give[l]);
            }
        }
    }

    /// Shows a strategy what each device's buses have left, in the order of [`super::Placed::all`].
    pub(crate) fn show_head_rooms(&self, lane: usize, rooms: &mut [HeadRoom]) {
        let Some(feeder) = &self.0 else { return };
        let (Some(hold), Some(holding)) = (&feeder.hold, &feeder.step.holding) else { return };
        let state = usize::from(feeder.grid_up[lane] == 0.0);
        for (device, room) in rooms.iter_mut().enumerate() {
            let of = |gives: bool| hold.head_room_kw(&feeder.step, holding, (state, lane), (device, gives));
            *room = HeadRoom { draw_kw: of(false), give_kw: of(true) };
        }
    }

    /// Where and when the farthest values of a lane were.
    pub(crate) fn notes(&self, lane: usize, plan: &Plan) -> Vec<String> {
        let (Some(feeder), Some(site)) = (&self.0, &plan.scenario().feeder) else { return Vec::new() };
        feeder.meters.notes(lane, site, plan)
    }
}

impl<const L: usize> FeederLanes<L> {
    /// Solves the flows of lanes with their taps at a position, in a state of the tie.
    fn solve(&mut self, position: usize, state: usize) {
        let Self { step, flows, seen, dark, grid_up, power, hold, taps, .. } = self;
        let is_here =
            |l: usize| dark[l] == 0.0 && (grid_up[l] > 0.0) == (state == 0) && taps.position[l] == position as f64;
        if !(0..L).any(is_here) {
            return;
        }
        let (flows, controls) = (&mut flows[position][state], step.controls(state));
        flows.clear();
        for (at, draw) in step.draws.iter().enumerate() {
            for l in (0..L).filter(|&l| is_here(l)) {
                let device_kw = power[draw.device][l];
                let kw = match (&*hold, &step.holding) {
                    (Some(hold), Some(holding)) => -hold.draw_kw(holding, (at, l), (device_kw, draw.share)),
                    _ => -device_kw * draw.share,
                };
                match step.control(at) {
                    Some(control) => flows.feed((control, &controls[control]), l, -kw),
                    None => flows.draw(draw.nodes[state], l, kw, abs(kw) * draw.reactive_ratio),
                }
            }
        }
        let compiled = &step.states[position][state];
        let sweeps_max = if controls.is_empty() { SETTINGS.sweeps_max } else { SWEEPS_WITH_INVERTERS };
        flows.solve(compiled, controls, &FlowSettings { sweeps_max, ..SETTINGS });
        for l in (0..L).filter(|&l| is_here(l)) {
            seen[l] = flows.measure(compiled, l);
        }
    }

    /// The position of the taps and the state of the tie in a lane.
    fn state(&self, lane: usize) -> (usize, usize) {
        (self.taps.position[lane] as usize, usize::from(self.grid_up[lane] == 0.0))
    }

    /// By how much the voltage that a lane's taps hold is above the middle of its band, per unit; `None` within the band, and
    /// where there is none.
    fn off_band_pu(&self, lane: usize) -> Option<f64> {
        let taps = self.step.taps.as_ref()?;
        let (position, state) = self.state(lane);
        if state == 1 {
            return None; // What forms the grid holds the voltage; taps would run to their end for a bus that they do not move.
        }
        let mut squares = self.step.states[position][state].squares_pu(&self.flows[position][state], lane);
        let (_, square) = squares.find(|(bus, _)| *bus == taps.bus).filter(|_| self.seen[lane].is_solved)?;
        let off_pu = libm::sqrt(square) - taps.voltage_pu;
        (abs(off_pu) > taps.half_band_pu).then_some(off_pu)
    }

    /// Moves a lane's taps by one where the voltage has been out of its band for the delay; whether they moved.
    fn move_tap(&mut self, lane: usize) -> bool {
        let Some(off_pu) = self.off_band_pu(lane) else { return false };
        let Self { step, taps, meters, .. } = self;
        let Some(TapStep { delay_s, positions, rises, .. }) = &step.taps else { return false };
        let by = if (off_pu < 0.0) == *rises { 1.0 } else { -1.0 };
        let (next, wait_s) = (taps.position[lane] + by, max(delay_s - taps.waited_s[lane], 0.0));
        let may = (0.0..*positions as f64).contains(&next) && taps.moves[lane] < *positions;
        if !may || wait_s > taps.left_s[lane] {
            return false;
        }
        taps.left_s[lane] -= wait_s;
        taps.moves[lane] += 1;
        (taps.position[lane], taps.waited_s[lane]) = (next, 0.0);
        meters.add_tap_change(lane);
        true
    }

    /// What a lane's last flow has new: its taps move, something is reduced, the balance takes up other losses. Whether anything
    /// has.
    fn adapt(&mut self, l: usize, show_uses: impl FnOnce(&mut [FlexibleUse])) -> bool {
        if self.move_tap(l) {
            self.loss_rounds[l] = 0;
            self.solved.clear();
            return true;
        }
        let (position, state) = self.state(l);
        let Self { step, flows, seen, power, solved, hold, carried, loss_rounds, hold_rounds, .. } = self;
        let mut is_new = false;
        if let Some(hold) = hold
            && hold_rounds[l] < HOLD_ROUNDS
            && hold.reduce(step, (&seen[l], &flows[position][state]), ((position, state), l), power, show_uses)
        {
            hold_rounds[l] += 1;
            loss_rounds[l] = 0;
            solved.clear();
            is_new = true;
        }
        if carried[l] != seen[l].loss_kw && loss_rounds[l] < LOSS_ROUNDS {
            loss_rounds[l] += 1;
            carried[l] = seen[l].loss_kw;
            is_new = true;
        }
        is_new
    }

    /// What was reduced in a lane, kW; see [`HoldLanes::reduced_kw`].
    fn reduced_kw(&self, lane: usize) -> Option<Reduced> {
        let (hold, holding) = (self.hold.as_ref()?, self.step.holding.as_ref()?);
        hold.is_held[lane].then(|| hold.reduced_kw(holding, lane))
    }
}

impl<const L: usize> Kind<L> for SiteFeeders<L> {
    fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn limit(&mut self, _now: &Now<L>) {
        if let Some(feeder) = &mut self.0 {
            (feeder.carried, feeder.dark) = (Lane::ZERO, Lane::ZERO);
            (feeder.loss_rounds, feeder.hold_rounds) = ([0; L], [0; L]);
            feeder.seen = [StepFlow::default(); L];
            feeder.solved.clear();
            (feeder.taps.left_s, feeder.taps.moves) = (Lane([feeder.step.step_s; L]), [0; L]);
            if let Some(hold) = &mut feeder.hold {
                hold.free();
            }
        }
    }

    fn expected(&self) -> Lane<L> {
        self.0.as_ref().map_or(Lane::ZERO, |feeder| feeder.expected)
    }

    fn take_up(&mut self) {}

    fn power(&self) -> Lane<L> {
        let mut power = self.used();
        for l in 0..L {
            power[l] = -power[l];
        }
        power
    }

    fn used(&self) -> Lane<L> {
        self.0.as_ref().map_or(Lane::ZERO, |feeder| feeder.carried)
    }

    fn answer(&mut self, _rung: Rung, _gap: &mut Gap<L>) {}

    fn trip(&mut self, lane: usize) {
        if let Some(feeder) = &mut self.0 {
            feeder.dark[lane] = 1.0;
            feeder.carried[lane] = 0.0;
        }
    }

    fn commit(&mut self, now: &Now<L>, _dumped: &Lane<L>) {
        let Some(feeder) = &mut self.0 else { return };
        for l in 0..L {
            if feeder.dark[l] > 0.0 {
                feeder.expected[l] = 0.0;
                continue;
            }
            let (reduced_kw, (position, state)) = (feeder.reduced_kw(l), feeder.state(l));
            let is_off = feeder.off_band_pu(l).is_some();
            let FeederLanes { step, flows, carried, seen, expected, hold, taps, meters, .. } = &mut **feeder;
            let waited_s = if is_off { taps.waited_s[l] + taps.left_s[l] } else { 0.0 };
            taps.waited_s[l] = min(waited_s, step.taps.as_ref().map_or(0.0, |taps| taps.delay_s));
            meters.add(l, now.step, (&seen[l], carried[l]), step);
            if let Some(reduced_kw) = reduced_kw {
                meters.add_reduced(l, reduced_kw);
            }
            expected[l] = seen[l].loss_kw;
            if seen[l].is_solved {
                let (flows, compiled) = (&flows[position][state], &step.states[position][state]);
                let voltages = compiled.squares_pu(flows, l).map(|(bus, square)| (bus, libm::sqrt(square)));
                meters.quality.see(l, voltages, (step.steps_per_mean, step.means_per_week));
                for (at, control) in step.controls(state).iter().enumerate() {
                    let (_, _, kvar) = flows.followed((at, control), l);
                    meters.add_reactive(l, abs(kvar));
                }
                if let Some(hold) = hold {
                    hold.keep(compiled, flows, l);
                }
            }
        }
    }

    fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        let Some(feeder) = &mut self.0 else { return };
        visit(&mut feeder.expected);
        if let Some(hold) = &mut feeder.hold {
            visit(&mut feeder.grid_up);
            hold.last.iter_mut().flatten().for_each(&mut *visit);
        }
        if feeder.step.taps.is_some() {
            [&mut feeder.taps.position, &mut feeder.taps.waited_s].into_iter().for_each(&mut *visit);
        }
        feeder.meters.visit(visit);
    }

    fn impossible(&self, lane: usize) -> Option<&'static str> {
        let feeder = self.0.as_ref()?;
        let positions = 0.0..feeder.flows.len() as f64;
        if !positions.contains(&feeder.taps.position[lane]) {
            return Some("a position that the tap changer has not");
        }
        (!feeder.meters.is_possible(lane, feeder.step.buses)).then_some("a bus that the feeder has not")
    }

    fn totals(&self, lane: usize, plan: &Plan) -> Vec<DeviceTotals> {
        let (Some(feeder), Some(site)) = (&self.0, &plan.scenario().feeder) else { return Vec::new() };
        let totals = feeder.meters.totals(lane, plan.step_h());
        let name = &site.network.name;
        [DeviceTotals::of("distribution.feeder", 0, name, FeederTotals::ENTRIES, &totals)].into()
    }

    fn record(&self, lane: usize, values: &mut core::slice::IterMut<'_, f64>) {
        let Some(feeder) = &self.0 else { return };
        let flow = &feeder.seen[lane];
        let seen = [flow.loss_kw, flow.lowest_pu, flow.highest_pu, flow.loading_percent];
        seen.into_iter().zip(values.by_ref()).for_each(|(number, value)| *value = number);
        if feeder.hold.is_some() {
            let reduced_kw = feeder.reduced_kw(lane).unwrap_or_default();
            let [plants, loads, others] = [0..3, 3..5, 5..7].map(|of| reduced_kw[of].iter().sum::<f64>());
            [plants, loads, others].into_iter().zip(values.by_ref()).for_each(|(number, value)| *value = number);
        }
        if let Some(taps) = &feeder.step.taps {
            let position = f64::from(taps.least) + feeder.taps.position[lane];
            values.by_ref().take(1).for_each(|value| *value = position);
        }
    }
}
