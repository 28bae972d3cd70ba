//! Plans the cars that are there at the least cost of their energy, and does so again in every step.
//!
//! # Model
//! The site's generation beyond its load in the steps to come is known ahead, as prices are. One car after the other, the earliest
//! departure first, takes its energy where it is cheapest until it leaves: from what generation leaves over, at what export pays in that
//! step, and from the grid at the import price, at full power; of equal prices the first step. What one takes of the
//! surplus the next ones do not find. The present step's part is drawn, and never less than what cannot wait. For one car, or without
//! a surplus, that is the least cost of energy; for several it is near. Peaks and limits within the station are not foreseen.

use alloc::vec::Vec;

use super::super::Lot;
use super::Scheduler;
use crate::simulation::lane::{max, min};

#[derive(Debug)]
pub(super) struct LeastCost;

impl Scheduler for LeastCost {
    fn name(&self) -> &str {
        "least_cost"
    }

    fn allot(&self, lot: &mut Lot<'_>) {
        lot.sort(|car| car.until_s as f64);
        lot.look_ahead();
        for at in 0..lot.cars().len() {
            let car = lot.order[at] as usize;
            let now_kw = lot.cheapest_kw(car);
            let seen = lot.cars()[car];
            lot.give(car, min(max(now_kw, seen.urgent_kw), seen.wanted_kw));
        }
    }
}

/// Room for the steps ahead, made before the run.
#[derive(Debug, Default)]
pub(in crate::demand::charging) struct Outlook {
    /// Generation beyond the load that nobody has taken yet.
    surplus_kw: Vec<f64>,
    /// What the car at hand takes.
    taken_kw: Vec<f64>,
}

impl Outlook {
    pub(in crate::demand::charging) fn for_steps(steps: usize) -> Self {
        Self { surplus_kw: Vec::with_capacity(steps), taken_kw: Vec::with_capacity(steps) }
    }
}

impl Lot<'_> {
    /// Sees the surplus of the steps until the last car leaves; to be called with the cars in the order of their departures.
    fn look_ahead(&mut self) {
        let step = self.step();
        let begin_s = self.begin_s(step);
        let last = self.order[..self.cars.len()].last().map_or(begin_s, |car| self.cars[*car as usize].until_s);
        let steps = ((last - begin_s).max(1) as u64).div_ceil(u64::from(self.step_s())) as usize;
        let net_load_kw = self.net_load_kw.get(step..).unwrap_or_default();
        let surplus_kw = &mut self.outlook.surplus_kw;
        surplus_kw.clear();
        surplus_kw.extend(net_load_kw.iter().take(steps).map(|kw| max(-kw, 0.0)));
        if let Some(now_kw) = surplus_kw.first_mut() {
            *now_kw = max(self.surplus_kw, 0.0);
        }
    }

    /// What a car draws in this step where it takes its energy where that is cheapest.
    fn cheapest_kw(&mut self, car: usize) -> f64 {
        let (step, begin_s, step_s, step_h) = (self.step, self.begin_s(self.step), self.step_s, self.step_h());
        let (import, export) = (&self.import_price_per_kwh[step..], &self.export_price_per_kwh[step..]);
        let seen = self.cars[car];
        let Outlook { surplus_kw, taken_kw } = &mut *self.outlook;
        taken_kw.clear();
        taken_kw.resize(surplus_kw.len(), 0.0);
        let most_kw = |ahead: usize| {
            let there_s = (seen.until_s - begin_s - ahead as i64 * i64::from(step_s)).clamp(0, i64::from(step_s));
            if ahead == 0 { seen.wanted_kw } else { seen.rate_kw * there_s as f64 / f64::from(step_s) }
        };
        let mut rest_kw = seen.rest_kwh / step_h;
        while rest_kw > 0.0 {
            // Step ahead, price and power of the cheapest offer.
            let mut cheapest: Option<(usize, f64, f64)> = None;
            for (ahead, taken) in taken_kw.iter().enumerate() {
                let open_kw = most_kw(ahead) - taken;
                let (price, kw) = if surplus_kw[ahead] > 0.0 {
                    (export[ahead], min(open_kw, surplus_kw[ahead]))
                } else {
                    (import[ahead], open_kw)
                };
                if kw > 0.0 && cheapest.is_none_or(|(_, least, _)| price < least) {
                    cheapest = Some((ahead, price, kw));
                }
            }
            let Some((ahead, _, kw)) = cheapest else { break };
            let kw = min(kw, rest_kw);
            taken_kw[ahead] += kw;
            surplus_kw[ahead] = max(surplus_kw[ahead] - kw, 0.0);
            rest_kw -= kw;
        }
        taken_kw.first().copied().unwrap_or(0.0)
    }
}
