//! The bid curve: what it costs to take more or less than planned in a window, in every slot of it.

use alloc::format;
use alloc::vec::Vec;
use core::ops::Range;

use super::flow::FleetNetwork;
use super::{FleetFlexibility, FleetPlan, SlotCost};
use crate::problem::{Problem, Problems};

/// By how much the fleet's power can be moved in every slot of a window, against its plan.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BidRange {
    /// By how much it can take less, kW, at least 0.
    pub down_kw: f64,
    /// By how much it can take more, kW, at least 0.
    pub up_kw: f64,
}

/// What a change of power in the window costs.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Bid {
    /// Change of the fleet's power in every slot of the window against its plan, kW; negative: it takes less.
    pub change_kw: f64,
    /// What the fleet's least cost is then above that of its plan, at least 0.
    pub extra_cost: f64,
}

impl FleetFlexibility {
    /// How far the fleet's power can be moved from `plan` in every slot of `window` at once: no further without breaking a
    /// limit of a car or of the sum, exactly.
    ///
    /// # Errors
    /// A window that is empty or reaches beyond the slots, costs as in [`FleetFlexibility::least_convex_cost`].
    pub fn bid_range(&self, plan: &FleetPlan, costs: &[SlotCost], window: Range<usize>) -> Result<BidRange, Problems> {
        self.check_costs(costs)?;
        self.check_window(&window)?;
        Ok(BidRange { down_kw: self.most_down(plan, costs, &window), up_kw: self.most_up(plan, costs, &window) })
    }

    /// The least extra cost of each change of power against `plan` in every slot of `window`; `None` where it is out of reach. The
    /// curve is convex, and 0 at 0 where `plan` is that of least cost.
    ///
    /// # Errors
    /// A window that is empty or reaches beyond the slots, costs as in [`FleetFlexibility::least_convex_cost`].
    pub fn bid_curve(
        &self,
        plan: &FleetPlan,
        costs: &[SlotCost],
        window: Range<usize>,
        changes_kw: &[f64],
    ) -> Result<Vec<Option<Bid>>, Problems> {
        self.check_costs(costs)?;
        self.check_window(&window)?;
        let bid = |change_kw: &f64| {
            let fixed_kwh: Vec<f64> =
                window.clone().map(|slot| (plan.power_kw[slot] + change_kw) * self.slot_h).collect();
            let limit = |slot: usize| costs[slot].limit_kw() * self.slot_h;
            let beyond = |(slot, kwh): (usize, &f64)| *kwh > limit(slot) + 1e-9 * (1.0 + kwh.abs());
            if window.clone().zip(&fixed_kwh).any(beyond) {
                return None;
            }
            let moved = self.fixed_in(costs, window.clone(), &fixed_kwh).ok()?;
            Some(Bid { change_kw: *change_kw, extra_cost: moved.cost - plan.cost })
        };
        Ok(changes_kw.iter().map(bid).collect())
    }

    fn check_window(&self, window: &Range<usize>) -> Result<(), Problems> {
        if window.start < window.end && window.end <= self.slots {
            return Ok(());
        }
        let problem = Problem::new("window", "is no window within the slots");
        Err(problem
            .value(format!("{window:?}"))
            .allowed(format!("0 to {}, the end after the begin", self.slots))
            .into())
    }

    /// The largest change up: what is forced into the window must find cars. Each step solves for the change at which the
    /// least cut is as large as what is forced, which only falls (Newton's method on a convex function).
    fn most_up(&self, plan: &FleetPlan, costs: &[SlotCost], window: &Range<usize>) -> f64 {
        let room = |slot: usize| {
            let most = self.sessions.iter().filter(|session| session.is_there(slot));
            let most = most.map(|session| session.limits_kwh(slot, self.slot_h).1).sum::<f64>() / self.slot_h;
            let limit = costs[slot].limit_kw();
            (if limit < most { limit } else { most }) - plan.power_kw[slot]
        };
        let mut change_kw =
            window.clone().map(room).fold(f64::INFINITY, |least, kw| if kw < least { kw } else { least });
        for _ in 0..window.len() + 2 {
            if change_kw <= 0.0 {
                return 0.0;
            }
            let mut network = FleetNetwork::new(self);
            let mut forced = network.open_start();
            for slot in window.clone() {
                let kwh = (plan.power_kw[slot] + change_kw) * self.slot_h;
                forced += kwh - network.least_kwh[slot];
                network.open(slot, kwh);
            }
            let short = forced - network.push(true);
            let steep = network.reached().filter(|slot| window.contains(&(*slot as usize))).count();
            if short <= network.tolerance_kwh || steep == 0 {
                return change_kw;
            }
            change_kw -= short / (self.slot_h * steep as f64);
        }
        if change_kw > 0.0 { change_kw } else { 0.0 }
    }

    /// The largest change down: what must be taken must find slots.
    fn most_down(&self, plan: &FleetPlan, costs: &[SlotCost], window: &Range<usize>) -> f64 {
        let least_kwh = FleetNetwork::new(self).least_kwh;
        let room = |slot: usize| plan.power_kw[slot] - least_kwh[slot] / self.slot_h;
        let mut change_kw =
            window.clone().map(room).fold(f64::INFINITY, |least, kw| if kw < least { kw } else { least });
        for _ in 0..window.len() + 2 {
            if change_kw <= 0.0 {
                return 0.0;
            }
            let mut network = FleetNetwork::new(self);
            network.open_start();
            for slot in 0..self.slots {
                let within = window.contains(&slot);
                let most_kw = if within { plan.power_kw[slot] - change_kw } else { costs[slot].limit_kw() };
                network.open(slot, most_kw * self.slot_h);
            }
            network.push(false);
            let short = network.missing_kwh();
            let steep = window.len() - network.reached().filter(|slot| window.contains(&(*slot as usize))).count();
            if short <= network.tolerance_kwh || steep == 0 {
                return change_kw;
            }
            change_kw -= short / (self.slot_h * steep as f64);
        }
        if change_kw > 0.0 { change_kw } else { 0.0 }
    }
}
