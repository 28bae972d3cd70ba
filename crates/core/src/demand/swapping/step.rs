//! A station's numbers for the steps of a run.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::super::cheap_steps::cheap_steps;
use super::yard::{Charge, FULL, Yard};
use super::{SwapArrival, SwapCharging, SwapStation};
use crate::Plan;

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
}

impl StationStep {
    pub(super) fn new(station: &SwapStation, plan: &Plan) -> Self {
        Self {
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
        let Some(stock) = self.stock.get(step) else { return self.most() };
        let missing = stock - (yard.count(FULL) - yard.waiting());
        let chargers = if missing < self.chargers { missing } else { self.chargers };
        Charge { chargers: if chargers > 0.0 { chargers } else { 0.0 }, most_kwh: f64::INFINITY }
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
