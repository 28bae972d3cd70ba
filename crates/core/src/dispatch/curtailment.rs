//! The curtailment that a plan asks for with what it asks of storage.
//!
//! # Model
//! Once the storage has its power, the site's net import (kW, export negative) lies between that with all generation
//! taken and that with all of it left that may be. Over it the step costs q·net where the site exports and p·net where it
//! imports, p and q the prices, and D/h more per kW above the cap of each demand charge D. The plan takes the net that
//! costs least within the tie's limits, of several the one that leaves least generation. So it spills sun to make room for
//! a discharge beyond the export limit, which the order of recourse would otherwise cut, and imports at a negative price no
//! further than the cap of the month.

use alloc::vec::Vec;

use super::charges::Charge;
use super::columns::Columns;
use super::lane_strategy::LaneView;
use crate::Plan;
use crate::simulation::lane::{Lane, max, min};

/// What decides the cheapest net import of a step. See the module.
#[derive(Debug, Clone)]
pub(crate) struct Curtailment {
    /// Import and export price of each step, where one is negative in some step. In an outage both are 0.
    prices: Option<(Vec<f64>, Vec<f64>)>,
    /// Generation that must be taken, kW.
    must_take_kw: Option<Vec<f64>>,
    /// Whether the storage may not charge from the grid: then nothing is imported while it charges.
    is_barred: bool,
    step_h: f64,
}

impl Curtailment {
    pub(crate) fn of(plan: &Plan, columns: &Columns) -> Self {
        let (import, export) = (&columns.import_price_per_kwh, &columns.export_price_per_kwh);
        let up = |prices: &[f64]| {
            let prices = prices.iter().enumerate();
            prices.map(|(step, price)| if plan.grid_is_up(step) { *price } else { 0.0 }).collect()
        };
        let any_negative = import.iter().chain(export).any(|price| *price < 0.0);
        Self {
            prices: any_negative.then(|| (up(import), up(export))),
            must_take_kw: columns.must_take_kw.clone(),
            is_barred: columns.is_barred_from_grid(),
            step_h: columns.step_h,
        }
    }

    /// The net import to ask for where the site would draw `net_kw` with all generation taken; `None` where that is best.
    ///
    /// `caps` are the demand charges that hold in the step, each with its cap in kW.
    #[inline]
    fn least_net<'a>(
        &self,
        step: usize,
        (net_kw, generation_kw): (f64, f64),
        (import_limit, export_limit): (f64, f64),
        is_charging: bool,
        caps: impl Iterator<Item = (&'a Charge, f64)> + Clone,
    ) -> Option<f64> {
        let least = max(net_kw, -export_limit);
        let prices = self.prices.as_ref().map(|(import, export)| (import[step], export[step]));
        let Some((import_price, export_price)) = prices.filter(|(import, export)| min(*import, *export) < 0.0) else {
            return (least > net_kw).then_some(least);
        };
        let must_take = self.must_take_kw.as_ref().map_or(0.0, |must_take| must_take[step]);
        let bar = if self.is_barred && is_charging { 0.0 } else { import_limit };
        let most = max(min(net_kw + max(generation_kw - must_take, 0.0), bar), least);
        let cost = |net: f64| {
            let excess = |(charge, cap): (&Charge, f64)| charge.price_per_kw / self.step_h * max(net - cap, 0.0);
            export_price * min(net, 0.0) + import_price * max(net, 0.0) + caps.clone().map(excess).sum::<f64>()
        };
        let mut best = (cost(least), least);
        // Linear between these.
        for net in caps.clone().map(|(_, cap)| cap).chain([0.0, most]).filter(|net| (least..=most).contains(net)) {
            let found = cost(net);
            if found < best.0 || (found == best.0 && net < best.1) {
                best = (found, net);
            }
        }
        (best.1 > net_kw).then_some(best.1)
    }

    /// The net import to ask for in every lane, as [`super::lane_strategy::LaneStrategy::least_net`] returns it. `of_lane`
    /// gives what decides it, and the caps of the columns' charges that hold.
    #[inline(always)]
    pub(crate) fn least_nets<'a, const L: usize, C>(
        view: &LaneView<'_, L>,
        ask: &[Lane<L>],
        of_lane: impl Fn(usize) -> Option<(&'a Self, C)>,
    ) -> Option<Lane<L>>
    where
        C: Iterator<Item = (&'a Charge, f64)> + Clone,
    {
        let mut least = Lane([f64::NEG_INFINITY; L]);
        let mut any = false;
        for l in 0..L {
            let Some((curtailment, caps)) = of_lane(l) else { continue };
            let asked = ask.iter().map(|ask| ask[l]).sum::<f64>();
            let net = (view.deficit[l] - asked, view.generation[l]);
            let limits = (view.inputs.import_limit.at(view.step)[l], view.inputs.export_limit.at(view.step)[l]);
            let here = caps.filter(|(charge, _)| charge.holds(view.step));
            if let Some(net) = curtailment.least_net(view.step, net, limits, asked < -1e-9, here) {
                least[l] = net;
                any = true;
            }
        }
        any.then_some(least)
    }
}
