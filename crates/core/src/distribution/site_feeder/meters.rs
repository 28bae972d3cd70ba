//! The open sums of the feeders of L lanes, and what they come to.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::holding::Reduced;
use super::quality::VoltageQuality;
use super::{FeederLimits, FeederStep, FeederTotals, SiteFeeder};
use crate::Plan;
use crate::distribution::feeder::in_step::StepFlow;
use crate::simulation::lane::Lane;

/// The open sums of L lanes; times in steps, energies in kW·steps.
#[derive(Debug)]
pub(super) struct FeederMeters<const L: usize> {
    loss: Lane<L>,
    mismatch: Lane<L>,
    steps_below: Lane<L>,
    steps_above: Lane<L>,
    steps_over: Lane<L>,
    steps_unsolved: Lane<L>,
    steps_held: Lane<L>,
    /// What was reduced, as [`Reduced`] has it.
    reduced: [Lane<L>; 7],
    /// Reactive power of inverters, kvar·steps.
    reactive: Lane<L>,
    tap_changes: Lane<L>,
    lowest: Extreme<L>,
    highest: Extreme<L>,
    loading: Extreme<L>,
    pub(super) quality: VoltageQuality<L>,
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

impl<const L: usize> FeederMeters<L> {
    /// Adds a lane's step.
    pub(super) fn add(&mut self, lane: usize, now: usize, (flow, carried): (&StepFlow, f64), limits: &FeederStep) {
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

    /// Adds what was reduced in a lane's step to hold its limits.
    pub(super) fn add_reduced(&mut self, lane: usize, reduced_kw: Reduced) {
        self.steps_held[lane] += 1.0;
        self.reduced.iter_mut().zip(reduced_kw).for_each(|(sum, kw)| sum[lane] += kw);
    }

    pub(super) fn add_tap_change(&mut self, lane: usize) {
        self.tap_changes[lane] += 1.0;
    }

    /// Adds the reactive power of inverters in a lane's step, whichever way.
    pub(super) fn add_reactive(&mut self, lane: usize, kvar: f64) {
        self.reactive[lane] += kvar;
    }

    pub(super) fn new(buses: usize) -> Self {
        let zero = Lane::<L>::ZERO;
        Self {
            loss: zero,
            mismatch: zero,
            steps_below: zero,
            steps_above: zero,
            steps_over: zero,
            steps_unsolved: zero,
            steps_held: zero,
            reduced: [zero; 7],
            reactive: zero,
            tap_changes: zero,
            lowest: Extreme::new(f64::INFINITY),
            highest: Extreme::new(0.0),
            loading: Extreme::new(0.0),
            quality: VoltageQuality::new(buses),
        }
    }

    pub(super) fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        let Self {
            loss,
            mismatch,
            steps_below,
            steps_above,
            steps_over,
            steps_unsolved,
            steps_held,
            reduced,
            reactive,
            tap_changes,
            lowest,
            highest,
            loading,
            quality,
        } = self;
        let sums =
            [loss, mismatch, steps_below, steps_above, steps_over, steps_unsolved, steps_held, reactive, tap_changes];
        sums.into_iter().chain(reduced).for_each(&mut *visit);
        [lowest, highest, loading].into_iter().for_each(|extreme| extreme.visit(visit));
        quality.visit(visit);
    }

    /// Whether a lane's farthest voltages are at buses that a network of so many has.
    pub(super) fn is_possible(&self, lane: usize, buses: usize) -> bool {
        let is_there =
            |extreme: &Extreme<L>| (0.0..buses as f64).contains(&extreme.place[lane]) && !extreme.step[lane].is_nan();
        is_there(&self.lowest) && is_there(&self.highest)
    }

    pub(super) fn totals(&self, lane: usize, h: f64) -> FeederTotals {
        let lowest = self.lowest.value[lane];
        let [
            curtailed_voltage,
            curtailed_loading,
            curtailed_inverter,
            unserved_voltage,
            unserved_loading,
            uses,
            sources,
        ] = self.reduced.each_ref().map(|sum| sum[lane] * h);
        FeederTotals {
            loss_kwh: self.loss[lane] * h,
            mismatch_kwh: self.mismatch[lane] * h,
            below_voltage_h: self.steps_below[lane] * h,
            above_voltage_h: self.steps_above[lane] * h,
            overload_h: self.steps_over[lane] * h,
            unsolved_h: self.steps_unsolved[lane] * h,
            held_h: self.steps_held[lane] * h,
            curtailed_voltage_kwh: curtailed_voltage,
            curtailed_loading_kwh: curtailed_loading,
            curtailed_inverter_kwh: curtailed_inverter,
            unserved_voltage_kwh: unserved_voltage,
            unserved_loading_kwh: unserved_loading,
            uses_reduced_kwh: uses,
            sources_reduced_kwh: sources,
            inverter_reactive_kvarh: self.reactive[lane] * h,
            tap_changes: self.tap_changes[lane],
            lowest_voltage_pu: if lowest.is_finite() { lowest } else { 0.0 },
            highest_voltage_pu: self.highest.value[lane],
            greatest_loading_percent: self.loading.value[lane],
            en50160_worst_week_percent: self.quality.en50160_percent(lane),
            gbt12325_within_percent: self.quality.gbt12325_percent(lane),
        }
    }

    /// Where and when the farthest values of a lane were.
    pub(super) fn notes(&self, lane: usize, site: &SiteFeeder, plan: &Plan) -> Vec<String> {
        let (network, meters) = (&site.network, self);
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
            notes.push(match site.limits {
                FeederLimits::Watch => {
                    "feeder: its limits are watched, not kept: no generation or load is reduced for voltage or loading"
                        .into()
                }
                FeederLimits::Hold => {
                    let hours = [meters.steps_below, meters.steps_above, meters.steps_over];
                    let [below, above, over] = hours.map(|steps| steps[lane] * plan.step_h());
                    format!(
                        "feeder: what may be reduced does not bring every limit within: {below} h below, {above} h above the \
                         voltage band, {over} h over the loading"
                    )
                }
            });
        }
        if meters.steps_unsolved[lane] > 0.0 {
            let hours = meters.steps_unsolved[lane] * plan.step_h();
            notes.push(format!("feeder: cannot carry the powers in {hours} h; those steps are without its losses"));
        }
        notes
    }
}
