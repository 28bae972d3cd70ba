//! A station's numbers for the steps of a run.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::super::cheap_steps::cheap_steps;
use super::due::{ChargingPlan, Urgent};
use super::yard::{CHARGING, Charge, FULL, WAITING, Yard};
use super::{SwapArrival, SwapCharging, SwapStation};
use crate::{Plan, Series};

/// Charging goes on for so long beyond what is needed, or rounding could leave a pack a hair below full, seconds.
const ROUNDED_S: f64 = 1e-3;

/// Most packs of a station.
const MOST_PACKS: usize = 200;

/// What does not change in the run.
#[derive(Debug, Clone)]
pub(super) struct StationStep {
    pub(super) packs: u32,
    pub(super) pack_kwh: f64,
    pub(super) chargers: f64,
    pub(super) charger_kw: f64,
    pub(super) charge_efficiency: f64,
    pub(super) power_max_kw: f64,
    pub(super) bays: u32,
    pub(super) swap_s: f64,
    pub(super) waiting_max: u32,
    pub(super) patience_s: f64,
    pub(super) full_at_start: u32,
    pub(super) initial_soc: f64,
    pub(super) arrivals: Arc<[SwapArrival]>,
    pub(super) flexible: bool,
    pub(super) step_s: f64,
    /// The base stock of each dear step, and infinity in cheap ones; empty where all chargers always work.
    stock: Arc<[f64]>,
    /// In place of the rule.
    plan: Option<ChargingPlan>,
}

impl StationStep {
    pub(super) fn new(station: &SwapStation, plan: &Plan) -> Self {
        let step = Self::unplanned(station, plan);
        match &station.charging_plan_kw {
            Some(power_kw) => step.planned(power_kw.clone(), plan),
            None => step,
        }
    }

    /// Following a plan in place of the rule.
    pub(super) fn planned(self, power_kw: Series, plan: &Plan) -> Self {
        let plan = ChargingPlan::new(&self, power_kw, plan.steps());
        Self { plan: Some(plan), ..self }
    }

    fn unplanned(station: &SwapStation, plan: &Plan) -> Self {
        Self {
            plan: None,
            packs: station.packs,
            pack_kwh: station.pack_kwh,
            chargers: f64::from(station.chargers),
            charger_kw: station.charger_kw,
            charge_efficiency: station.charge_efficiency,
            power_max_kw: station.power_max_kw,
            bays: station.bays,
            swap_s: station.swap_s,
            waiting_max: station.waiting_max,
            patience_s: station.patience_s,
            full_at_start: station.full_at_start,
            initial_soc: station.initial_soc,
            arrivals: station.arrivals.clone(),
            flexible: station.flexible,
            step_s: 3600.0 * plan.step_h(),
            stock: match station.charging {
                SwapCharging::AtOnce => Arc::new([]),
                SwapCharging::OffPeak => stock(station, plan),
            },
        }
    }

    /// When a step begins, seconds from the run's start.
    pub(super) fn begin_s(&self, step: usize) -> f64 {
        step as f64 * self.step_s
    }

    /// All chargers, for as long as packs take.
    pub(super) fn most(&self) -> Charge {
        Charge { chargers: self.chargers, most_kwh: f64::INFINITY }
    }

    /// What works unasked in a step that begins with `yard`.
    pub(super) fn unasked(&self, step: usize, yard: &Yard) -> Charge {
        if let Some(plan) = &self.plan {
            return self.as_planned(plan, step, yard);
        }
        let Some(stock) = self.stock.get(step) else { return self.most() };
        let missing = stock - (yard.count(FULL) - yard.waiting());
        let chargers = if missing < self.chargers { missing } else { self.chargers };
        Charge { chargers: if chargers > 0.0 { chargers } else { 0.0 }, most_kwh: f64::INFINITY }
    }

    /// What a plan says for a step, and beyond it what cannot wait.
    fn as_planned(&self, plan: &ChargingPlan, step: usize, yard: &Yard) -> Charge {
        let hours = self.step_s / 3600.0;
        let planned_kwh = plan.power_kw.at(step) * hours;
        let Some(urgent) = self.urgent(plan, step, yard) else { return self.most() };
        let urgent_kwh = urgent.chargers as f64 * self.charger_kw * urgent.for_s / 3600.0;
        let wanted = planned_kwh / (self.charger_kw * hours);
        let whole = (wanted as u32) as f64;
        let needed = if whole < wanted { whole + 1.0 } else { whole };
        let chargers = if needed > urgent.chargers as f64 { needed } else { urgent.chargers as f64 };
        Charge {
            chargers: if chargers < self.chargers { chargers } else { self.chargers },
            most_kwh: if planned_kwh > urgent_kwh { planned_kwh } else { urgent_kwh },
        }
    }

    /// What of the packs that are to be charged cannot be charged between the step's end and the swap that each is for; `None` where a
    /// pack that has not come yet may have to be charged in the step.
    fn urgent(&self, plan: &ChargingPlan, step: usize, yard: &Yard) -> Option<Urgent> {
        let begin_s = self.begin_s(step);
        // A vehicle that was lost makes the next one the first.
        let given_up = plan.due_s.partition_point(|due_s| *due_s < begin_s - self.patience_s);
        let begun = yard.sums.begun as usize;
        let next = if given_up > begun { given_up } else { begun } + yard.count(FULL) as usize;
        let due_s = plan.due_s.get(next..).unwrap_or_default();
        let to_come_s = due_s.get((yard.count(CHARGING) + yard.count(WAITING)) as usize);
        if to_come_s.is_some_and(|due_s| *due_s < begin_s + self.step_s + self.lacks_s(0.0)) {
            return None;
        }
        // So many charge at full power together; a pack behind them waits for one of them.
        let at_full = (self.power_max_kw / self.charger_kw) as usize;
        let together = at_full.clamp(1, self.chargers as usize);
        let mut full_after_s = [0.0; MOST_PACKS];
        let mut packs = 0;
        for (k, pack) in yard.to_be_charged().enumerate() {
            full_after_s[k] =
                self.lacks_s(pack.stored_kwh) + if k < together { 0.0 } else { full_after_s[k - together] };
            packs = k + 1;
        }
        let full_after_s = &full_after_s[..packs];
        let mut urgent = Urgent { chargers: 0, for_s: 0.0 };
        for (k, after_s) in full_after_s.iter().enumerate() {
            // Who is full first serves first, whoever came first.
            let is_before = |(other, its_s): (usize, &f64)| its_s < after_s || (its_s == after_s && other < k);
            let rank = full_after_s.iter().enumerate().filter(|other| is_before(*other)).count();
            let Some(due_s) = due_s.get(rank) else { continue };
            let later_s = due_s - (begin_s + self.step_s);
            let now_s = after_s + ROUNDED_S - if later_s > 0.0 { later_s } else { 0.0 };
            if now_s > 0.0 {
                let now_s = if now_s < self.step_s { now_s } else { self.step_s };
                let chargers = if k < together { k + 1 } else { together };
                urgent = Urgent {
                    chargers: if chargers > urgent.chargers { chargers } else { urgent.chargers },
                    for_s: if now_s > urgent.for_s { now_s } else { urgent.for_s },
                };
            }
        }
        Some(urgent)
    }

    /// How long a charger takes to fill a pack, seconds.
    fn lacks_s(&self, stored_kwh: f64) -> f64 {
        3600.0 * (self.pack_kwh - stored_kwh) / (self.charger_kw * self.charge_efficiency)
    }

    /// What it takes in each step of a run in which nobody asks and nothing is short or over, kW.
    pub(super) fn course(&self, plan: &Plan) -> Vec<f64> {
        let mut yard = Yard::new(self);
        let power = |step: usize| {
            let before_kwh = yard.sums.electricity_kwh;
            let charge = self.unasked(step, &yard);
            yard.run(self, self.begin_s(step), charge);
            (yard.sums.electricity_kwh - before_kwh) / plan.step_h()
        };
        (0..plan.steps()).map(power).collect()
    }
}

/// Packs that are to be full or on their way in each step: whole ones, never more than there are. The time to charge one is
/// that from the mean state of charge at which packs come.
fn stock(station: &SwapStation, plan: &Plan) -> Arc<[f64]> {
    let socs = station.arrivals.iter().map(|arrival| arrival.soc).sum::<f64>();
    let mean_soc = if station.arrivals.is_empty() { station.initial_soc } else { socs / station.arrivals.len() as f64 };
    let lead_h = station.pack_kwh * (1.0 - mean_soc) / (station.charger_kw * station.charge_efficiency);
    let packs = f64::from(station.packs);
    let of_step = |(step, is_cheap): (usize, &bool)| {
        let expected = station.expected_per_h.at(step) * lead_h;
        let wanted = libm::ceil(expected + station.stock_margin * libm::sqrt(expected));
        if *is_cheap {
            f64::INFINITY
        } else if wanted < packs {
            wanted
        } else {
            packs
        }
    };
    cheap_steps(plan).iter().enumerate().map(of_step).collect()
}
