//! The feeders of L lanes in the loop. Scalar but for the flow itself: a site without a feeder never comes here.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use super::FeederTotals;
use super::quality::VoltageQuality;
use super::step::FeederStep;
use crate::Plan;
use crate::distribution::feeder::in_step::{StepFlow, StepFlows};
use crate::distribution::power_flow::FlowSettings;
use crate::simulation::DeviceTotals;
use crate::simulation::kind::{Gap, Kind, Rung};
use crate::simulation::lane::{Lane, abs};
use crate::simulation::phases::Now;

/// How exactly a flow in a step is solved: sweeps alone, to a hundredth of the usual tolerance, that what they leave is small
/// against the losses.
const SETTINGS: FlowSettings = FlowSettings { tolerance_pu: 1e-8, sweeps_max: 100 };

/// The feeder of L lanes, where the site has one.
#[derive(Debug)]
pub(crate) struct SiteFeeders<const L: usize>(Option<Box<FeederLanes<L>>>);

#[derive(Debug)]
struct FeederLanes<const L: usize> {
    /// One for all lanes: they are of one shape.
    step: Arc<FeederStep>,
    /// Fed by the grid, and islanded.
    flows: [StepFlows<L>; 2],
    /// The power of each device, in the order of [`super::Placed::all`]: room that is made once.
    power: Vec<Lane<L>>,
    /// Requests to storage, from which the balance is closed anew.
    requests: Vec<Lane<L>>,
    /// Losses that the balance carries, kW.
    carried: Lane<L>,
    /// 1 where nothing holds the voltage in this step.
    dark: Lane<L>,
    /// 1 where the grid is there in this step.
    grid_up: Lane<L>,
    /// What the last flow found.
    seen: [StepFlow; L],
    /// Losses of the step before, kW.
    expected: Lane<L>,
    meters: FeederMeters<L>,
}

#[derive(Debug)]
struct FeederMeters<const L: usize> {
    /// kW·steps.
    loss: Lane<L>,
    mismatch: Lane<L>,
    steps_below: Lane<L>,
    steps_above: Lane<L>,
    steps_over: Lane<L>,
    steps_unsolved: Lane<L>,
    lowest: Extreme<L>,
    highest: Extreme<L>,
    loading: Extreme<L>,
    quality: VoltageQuality<L>,
}

/// A farthest value, where and in which step it was.
#[derive(Debug)]
struct Extreme<const L: usize> {
    value: Lane<L>,
    place: Lane<L>,
    step: Lane<L>,
}

impl<const L: usize> Extreme<L> {
    fn new(value: f64) -> Self {
        Self { value: Lane([value; L]), place: Lane::ZERO, step: Lane::ZERO }
    }

    fn take(&mut self, lane: usize, is_farther: bool, (value, place, step): (f64, usize, usize)) {
        if is_farther {
            (self.value[lane], self.place[lane], self.step[lane]) = (value, place as f64, step as f64);
        }
    }

    fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        let Self { value, place, step } = self;
        [value, place, step].into_iter().for_each(visit);
    }
}

impl<const L: usize> SiteFeeders<L> {
    pub(crate) fn none() -> Self {
        Self(None)
    }

    pub(crate) fn pack(plans: [&Plan; L]) -> Self {
        let Some(step) = plans[0].feeder.clone() else { return Self::none() };
        let zero = Lane::<L>::ZERO;
        let meters = FeederMeters {
            loss: zero,
            mismatch: zero,
            steps_below: zero,
            steps_above: zero,
            steps_over: zero,
            steps_unsolved: zero,
            lowest: Extreme::new(f64::INFINITY),
            highest: Extreme::new(0.0),
            loading: Extreme::new(0.0),
            quality: VoltageQuality::new(step.buses),
        };
        Self(Some(Box::new(FeederLanes {
            flows: step.states.each_ref().map(StepFlows::new),
            power: Vec::with_capacity(step.devices),
            requests: vec![zero; plans[0].scenario().storage.len()],
            carried: zero,
            dark: zero,
            grid_up: Lane([1.0; L]),
            seen: [StepFlow::default(); L],
            expected: zero,
            meters,
            step,
        })))
    }

    /// What recorders see of the feeder.
    pub(crate) fn columns(has_feeder: bool) -> Vec<(&'static str, &'static str)> {
        let columns = ["feeder_loss_kw", "lowest_voltage_pu", "highest_voltage_pu", "greatest_loading_percent"];
        if has_feeder { columns.map(|column| (column, "feeder")).into() } else { Vec::new() }
    }

    /// Keeps what is asked of storage.
    pub(crate) fn keep_requests(&mut self, power: &[Lane<L>]) {
        if let Some(feeder) = &mut self.0 {
            feeder.requests.copy_from_slice(power);
        }
    }

    /// What was asked of storage.
    pub(crate) fn requests(&self) -> &[Lane<L>] {
        self.0.as_ref().map_or(&[], |feeder| &feeder.requests)
    }

    /// Room for the power of every device, to be given back to [`SiteFeeders::flow`].
    pub(crate) fn room(&mut self) -> Vec<Lane<L>> {
        let mut room = self.0.as_mut().map(|feeder| core::mem::take(&mut feeder.power)).unwrap_or_default();
        room.clear();
        room
    }

    /// Solves the flow of the step, `power` being that of each device in the order of [`super::Placed::all`], kW, positive
    /// into the bus.
    pub(crate) fn flow(&mut self, power: Vec<Lane<L>>, grid_now: &Lane<L>) {
        let Some(feeder) = &mut self.0 else { return };
        let FeederLanes { step, flows, seen, dark, grid_up, .. } = &mut **feeder;
        *grid_up = *grid_now;
        for (state, (flows, compiled)) in flows.iter_mut().zip(&step.states).enumerate() {
            let is_here = |l: usize| dark[l] == 0.0 && (grid_up[l] > 0.0) == (state == 0);
            if !(0..L).any(is_here) {
                continue;
            }
            flows.clear();
            for draw in &step.draws {
                for l in (0..L).filter(|&l| is_here(l)) {
                    let kw = -power[draw.device][l] * draw.share;
                    flows.draw(draw.nodes[state], l, kw, abs(kw) * draw.reactive_ratio);
                }
            }
            flows.solve(compiled, &SETTINGS);
            for l in (0..L).filter(|&l| is_here(l)) {
                seen[l] = flows.measure(compiled, l);
            }
        }
        feeder.power = power;
    }

    /// Gives the balance the losses of the last flow; whether any lane's are new.
    pub(crate) fn carry(&mut self) -> bool {
        let Some(feeder) = &mut self.0 else { return false };
        let before = feeder.carried;
        for l in 0..L {
            feeder.carried[l] = if feeder.dark[l] > 0.0 { 0.0 } else { feeder.seen[l].loss_kw };
        }
        feeder.carried != before
    }

    /// Where and when the farthest values of a lane were.
    pub(crate) fn notes(&self, lane: usize, plan: &Plan) -> Vec<String> {
        let (Some(feeder), Some(site)) = (&self.0, &plan.scenario().feeder) else { return Vec::new() };
        let (network, meters) = (&site.network, &feeder.meters);
        let steps_per_day = 86_400 / plan.scenario().calendar.step_s;
        let when = |extreme: &Extreme<L>| format!("day {}", extreme.step[lane] as u32 / steps_per_day.max(1) + 1);
        let bus = |extreme: &Extreme<L>| &network.buses[extreme.place[lane] as usize].name;
        let mut notes = Vec::new();
        if meters.lowest.value[lane].is_finite() {
            let (lowest, highest) = (&meters.lowest, &meters.highest);
            notes.push(format!(
                "feeder: lowest voltage {:.4} p.u. at {} ({}), highest {:.4} p.u. at {} ({})",
                lowest.value[lane],
                bus(lowest),
                when(lowest),
                highest.value[lane],
                bus(highest),
                when(highest)
            ));
        }
        if meters.loading.value[lane] > 0.0 {
            let element = meters.loading.place[lane] as usize;
            let names = network.lines.iter().map(|l| &l.name).chain(network.transformers.iter().map(|t| &t.name));
            let name = names.into_iter().nth(element).map_or("", |name| name.as_str());
            notes.push(format!(
                "feeder: greatest loading {:.1} % of {name} ({})",
                meters.loading.value[lane],
                when(&meters.loading)
            ));
        }
        let beyond = meters.steps_below[lane] + meters.steps_above[lane] + meters.steps_over[lane];
        if beyond > 0.0 {
            notes.push(
                "feeder: its limits are watched, not kept: no generation or load is reduced for voltage or loading"
                    .into(),
            );
        }
        if meters.steps_unsolved[lane] > 0.0 {
            let hours = meters.steps_unsolved[lane] * plan.step_h();
            notes.push(format!("feeder: cannot carry the powers in {hours} h; those steps are without its losses"));
        }
        notes
    }
}

impl<const L: usize> FeederMeters<L> {
    /// Adds a lane's step.
    fn add(&mut self, lane: usize, now: usize, (flow, carried): (&StepFlow, f64), limits: &FeederStep) {
        self.mismatch[lane] += carried - flow.loss_kw;
        if !flow.is_solved {
            self.steps_unsolved[lane] += 1.0;
            return;
        }
        let count = |yes: bool| if yes { 1.0 } else { 0.0 };
        self.loss[lane] += flow.loss_kw;
        self.steps_below[lane] += count(flow.lowest_pu < limits.voltage_least_pu);
        self.steps_above[lane] += count(flow.highest_pu > limits.voltage_greatest_pu);
        self.steps_over[lane] += count(flow.loading_percent > limits.loading_greatest_percent);
        let (lowest, highest) = (self.lowest.value[lane], self.highest.value[lane]);
        self.lowest.take(lane, flow.lowest_pu < lowest, (flow.lowest_pu, flow.lowest_bus, now));
        self.highest.take(lane, flow.highest_pu > highest, (flow.highest_pu, flow.highest_bus, now));
        let is_farther = flow.loading_percent > self.loading.value[lane];
        self.loading.take(lane, is_farther, (flow.loading_percent, flow.loaded, now));
    }
}

impl<const L: usize> Kind<L> for SiteFeeders<L> {
    fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn limit(&mut self, _now: &Now<L>) {
        if let Some(feeder) = &mut self.0 {
            (feeder.carried, feeder.dark) = (Lane::ZERO, Lane::ZERO);
            feeder.seen = [StepFlow::default(); L];
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
        let FeederLanes { step, flows, carried, dark, grid_up, seen, expected, meters, .. } = &mut **feeder;
        for l in 0..L {
            if dark[l] > 0.0 {
                expected[l] = 0.0;
                continue;
            }
            meters.add(l, now.step, (&seen[l], carried[l]), step);
            expected[l] = seen[l].loss_kw;
            if seen[l].is_solved {
                let state = usize::from(grid_up[l] == 0.0);
                let squares = step.states[state].squares_pu(&flows[state], l);
                let voltages = squares.map(|(bus, square)| (bus, libm::sqrt(square)));
                meters.quality.see(l, voltages, (step.steps_per_mean, step.means_per_week));
            }
        }
    }

    fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        let Some(feeder) = &mut self.0 else { return };
        visit(&mut feeder.expected);
        let FeederMeters {
            loss,
            mismatch,
            steps_below,
            steps_above,
            steps_over,
            steps_unsolved,
            lowest,
            highest,
            loading,
            quality,
        } = &mut feeder.meters;
        let sums = [loss, mismatch, steps_below, steps_above, steps_over, steps_unsolved];
        sums.into_iter().for_each(&mut *visit);
        [lowest, highest, loading].into_iter().for_each(|extreme| extreme.visit(visit));
        quality.visit(visit);
    }

    fn impossible(&self, lane: usize) -> Option<&'static str> {
        let feeder = self.0.as_ref()?;
        let places = [(&feeder.meters.lowest, feeder.step.buses), (&feeder.meters.highest, feeder.step.buses)];
        let is_outside = |(extreme, count): &(&Extreme<L>, usize)| {
            !(0.0..*count as f64).contains(&extreme.place[lane]) || extreme.step[lane].is_nan()
        };
        places.iter().any(is_outside).then_some("a bus that the feeder has not")
    }

    fn totals(&self, lane: usize, plan: &Plan) -> Vec<DeviceTotals> {
        let (Some(feeder), Some(site)) = (&self.0, &plan.scenario().feeder) else { return Vec::new() };
        let (meters, h) = (&feeder.meters, plan.step_h());
        let lowest = meters.lowest.value[lane];
        let totals = FeederTotals {
            loss_kwh: meters.loss[lane] * h,
            mismatch_kwh: meters.mismatch[lane] * h,
            below_voltage_h: meters.steps_below[lane] * h,
            above_voltage_h: meters.steps_above[lane] * h,
            overload_h: meters.steps_over[lane] * h,
            unsolved_h: meters.steps_unsolved[lane] * h,
            lowest_voltage_pu: if lowest.is_finite() { lowest } else { 0.0 },
            highest_voltage_pu: meters.highest.value[lane],
            greatest_loading_percent: meters.loading.value[lane],
            en50160_worst_week_percent: meters.quality.en50160_percent(lane),
            gbt12325_within_percent: meters.quality.gbt12325_percent(lane),
        };
        let name = &site.network.name;
        [DeviceTotals::of("distribution.feeder", 0, name, FeederTotals::ENTRIES, &totals)].into()
    }

    fn record(&self, lane: usize, values: &mut core::slice::IterMut<'_, f64>) {
        let Some(feeder) = &self.0 else { return };
        let flow = &feeder.seen[lane];
        let seen = [flow.loss_kw, flow.lowest_pu, flow.highest_pu, flow.loading_percent];
        seen.into_iter().zip(values.by_ref()).for_each(|(number, value)| *value = number);
    }
}
