//! How reliably loads are served: the indices of IEEE Std 1366.
//!
//! # Model
//! In each step the share of a tier that is not served falls on its loads alike, as if its customers took turns: a load of N
//! customers with a share s unserved has N·s customers without supply. An interruption of a load is a run of steps with a
//! share; it counts N times its greatest share, and its customer-hours are those of the shares. SAIFI = interruptions of
//! customers / customers served, SAIDI = customer-hours / customers, CAIDI = SAIDI / SAIFI, of interruptions longer than the
//! momentary limit (5 min in the standard); the shorter ones are MAIFI's. All are of the run's time, not scaled to a year.

use alloc::string::String;
use alloc::vec::Vec;

use crate::demand::Tier;
use crate::{Plan, Scenario};

/// One load.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LoadReliability {
    /// Its name.
    pub name: String,
    /// Its tier.
    pub tier: Tier,
    /// Customers behind it.
    pub customers: f64,
    /// Interruptions beyond the momentary limit.
    pub sustained_count: u32,
    /// Interruptions up to it.
    pub momentary_count: u32,
    /// Customers interrupted by the sustained ones, each time counted.
    pub sustained_customers: f64,
    /// Customers interrupted by the momentary ones, each time counted.
    pub momentary_customers: f64,
    /// Hours of sustained interruption, summed over customers.
    pub customer_hours_h: f64,
    /// Energy not served, kWh.
    pub unserved_kwh: f64,
    /// Energy asked, kWh.
    pub load_kwh: f64,
}

/// Reliability of a run.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Reliability {
    /// The loads, in the scenario's order.
    pub loads: Vec<LoadReliability>,
    /// Outages of the utility's grid.
    pub outage_count: u32,
    /// Those of them longer than the momentary limit.
    pub sustained_outage_count: u32,
    /// Hours without the utility's grid.
    pub outage_h: f64,
    /// Hours of the sustained ones.
    pub sustained_outage_h: f64,
    /// Hours of the run.
    pub duration_h: f64,
}

impl Reliability {
    fn sum(&self, of: fn(&LoadReliability) -> f64) -> f64 {
        // Adding 0 turns the negative zero of an empty sum into a plain one.
        0.0 + self.loads.iter().map(of).sum::<f64>()
    }

    fn per_customer(&self, of: fn(&LoadReliability) -> f64) -> f64 {
        let customers = self.sum(|load| load.customers);
        if customers > 0.0 { self.sum(of) / customers } else { 0.0 }
    }

    /// Energy not served, kWh.
    #[must_use]
    pub fn energy_not_served_kwh(&self) -> f64 {
        self.sum(|load| load.unserved_kwh)
    }

    /// Sustained interruptions a customer (SAIFI).
    #[must_use]
    pub fn saifi(&self) -> f64 {
        self.per_customer(|load| load.sustained_customers)
    }

    /// Hours of sustained interruption a customer (SAIDI).
    #[must_use]
    pub fn saidi_h(&self) -> f64 {
        self.per_customer(|load| load.customer_hours_h)
    }

    /// Hours of a sustained interruption (CAIDI); `None` where there was none.
    #[must_use]
    pub fn caidi_h(&self) -> Option<f64> {
        let saifi = self.saifi();
        (saifi > 0.0).then(|| self.saidi_h() / saifi)
    }

    /// Momentary interruptions a customer (MAIFI).
    #[must_use]
    pub fn maifi(&self) -> f64 {
        self.per_customer(|load| load.momentary_customers)
    }

    /// Share of customer-hours with supply (ASAI).
    #[must_use]
    pub fn availability(&self) -> f64 {
        if self.duration_h > 0.0 { 1.0 - self.saidi_h() / self.duration_h } else { 1.0 }
    }
}

/// An interruption of a load that goes on.
#[derive(Debug, Clone, Copy, Default)]
struct Going {
    steps: u32,
    greatest: f64,
    sum: f64,
}

/// Counts interruptions step by step.
#[derive(Debug, Clone)]
pub(super) struct Counter {
    reliability: Reliability,
    going: Vec<Going>,
    outage_steps: u32,
    step_h: f64,
    /// Steps up to which an interruption is momentary.
    momentary_steps: u32,
}

/// Least share of a load that counts as one not served: rounding is none.
const LEAST_SHARE: f64 = 1e-9;

impl Counter {
    pub(super) fn new(scenario: &Scenario, customers: &[f64], momentary_s: u32) -> Self {
        let loads = scenario.loads.iter().enumerate().map(|(i, load)| LoadReliability {
            name: load.name.clone(),
            tier: load.tier,
            customers: customers.get(i).copied().unwrap_or(1.0),
            sustained_count: 0,
            momentary_count: 0,
            sustained_customers: 0.0,
            momentary_customers: 0.0,
            customer_hours_h: 0.0,
            unserved_kwh: 0.0,
            load_kwh: 0.0,
        });
        let step_h = scenario.calendar.step_h();
        Self {
            going: alloc::vec![Going::default(); scenario.loads.len()],
            reliability: Reliability {
                loads: loads.collect(),
                outage_count: 0,
                sustained_outage_count: 0,
                outage_h: 0.0,
                sustained_outage_h: 0.0,
                duration_h: scenario.calendar.steps() as f64 * step_h,
            },
            outage_steps: 0,
            step_h,
            momentary_steps: momentary_s / scenario.calendar.step_s,
        }
    }

    pub(super) fn see(&mut self, plan: &Plan, step: usize, unserved_kw: &[f64; 3], grid_is_up: bool) {
        let loads = &plan.scenario().loads;
        let mut of_tier = [0.0; 3];
        for load in loads {
            of_tier[load.tier as usize] += load.scale * load.power_kw.at(step);
        }
        for (i, load) in loads.iter().enumerate() {
            let power_kw = load.scale * load.power_kw.at(step);
            let tier = load.tier as usize;
            // A load that asks for nothing misses nothing.
            let share = if power_kw > 0.0 { unserved_kw[tier] / of_tier[tier] } else { 0.0 };
            let share = if share > 1.0 { 1.0 } else { share };
            let counted = &mut self.reliability.loads[i];
            counted.load_kwh += power_kw * self.step_h;
            if share > LEAST_SHARE {
                counted.unserved_kwh += share * power_kw * self.step_h;
                let going = &mut self.going[i];
                going.steps += 1;
                going.sum += share;
                going.greatest = going.greatest.max(share);
            } else {
                self.end(i);
            }
        }
        if grid_is_up {
            self.end_outage();
        } else {
            self.outage_steps += 1;
        }
    }

    fn end(&mut self, load: usize) {
        let going = core::mem::take(&mut self.going[load]);
        let counted = &mut self.reliability.loads[load];
        match going.steps {
            0 => {}
            steps if steps <= self.momentary_steps => {
                counted.momentary_count += 1;
                counted.momentary_customers += counted.customers * going.greatest;
            }
            _ => {
                counted.sustained_count += 1;
                counted.sustained_customers += counted.customers * going.greatest;
                counted.customer_hours_h += counted.customers * going.sum * self.step_h;
            }
        }
    }

    fn end_outage(&mut self) {
        let steps = core::mem::take(&mut self.outage_steps);
        if steps == 0 {
            return;
        }
        let hours = f64::from(steps) * self.step_h;
        self.reliability.outage_count += 1;
        self.reliability.outage_h += hours;
        if steps > self.momentary_steps {
            self.reliability.sustained_outage_count += 1;
            self.reliability.sustained_outage_h += hours;
        }
    }

    pub(super) fn finish(mut self) -> Reliability {
        (0..self.going.len()).for_each(|load| self.end(load));
        self.end_outage();
        self.reliability
    }
}
