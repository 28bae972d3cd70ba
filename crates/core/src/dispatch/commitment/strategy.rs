//! `optimal` at a site with gensets: follows the commitment plan from wherever the site is. Foresight: perfect.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::curve::Corners;
use super::day::Day;
use crate::Plan;
use crate::dispatch::columns::Columns;
use crate::dispatch::optimal::OptimalPlan;
use crate::dispatch::{Request, Site, Strategy};

/// In each step it asks for the gensets and the stored energy that cost least with what comes after, of running gensets
/// for the powers that cost least, and to leave what generation costs more than it brings. It remembers nothing that the site does not show.
#[derive(Debug)]
pub(crate) struct Committed {
    plan: Arc<OptimalPlan>,
    /// The day whose V is at hand.
    day: usize,
    values: Day,
    /// Room for the cost of a step.
    cost: Corners,
    /// What is on offer in the step: price, most power, and whose it is.
    offers: Vec<(f64, f64, Option<usize>)>,
    /// What each genset is asked for.
    power_kw: Vec<Option<f64>>,
}

impl Committed {
    /// For the plan of a site with gensets, `own`.
    pub(crate) fn new(plan: Arc<OptimalPlan>, own: &CommittedSite) -> Self {
        let pieces: usize = own.pieces.iter().map(Vec::len).sum();
        Self {
            day: usize::MAX,
            values: own.commitment.day(),
            cost: own.commitment.step_room(),
            offers: Vec::with_capacity(3 + pieces),
            power_kw: alloc::vec![None; own.pieces.len()],
            plan,
        }
    }

    /// Asks running gensets for what the bus needs beyond generation, import and export that are cheaper; returns it.
    fn ask_gensets(&mut self, site: &Site, set: usize, charge_kw: f64, ask: &mut Request) -> f64 {
        let (plan, step) = (self.plan.clone(), site.step() as usize);
        let Some(own) = plan.site() else { return 0.0 };
        let columns = &own.columns;
        let Self { offers, power_kw, .. } = self;
        offers.clear();
        power_kw.fill(None);
        // Not exporting is an offer at the export price.
        let export_kw = columns.export_limit_kw[step];
        let used_kw = site.flexible_uses().iter().fold(0.0, |sum, seen| sum + seen.expected_kw());
        let mut needed_kw = site.load_kw() + used_kw + charge_kw + export_kw;
        offer(offers, (0.0, site.generation_kw(), None));
        offer(offers, (columns.export_price_per_kwh[step], export_kw, None));
        offer(offers, (columns.import_price_per_kwh[step], columns.import_limit_kw[step], None));
        for (genset, kw) in power_kw.iter_mut().enumerate().filter(|(genset, _)| set >> genset & 1 == 1) {
            let least_kw = site.gensets()[genset].least_kw();
            *kw = Some(least_kw);
            needed_kw -= least_kw;
            own.pieces[genset].iter().for_each(|(kw, cost)| offer(offers, (*cost, *kw, Some(genset))));
        }
        for (_, most_kw, genset) in &*offers {
            let taken_kw = needed_kw.min(*most_kw).max(0.0);
            needed_kw -= taken_kw;
            if let Some(kw) = genset.and_then(|genset| power_kw[genset].as_mut()) {
                *kw += taken_kw;
            }
        }
        for (genset, kw) in power_kw.iter().enumerate() {
            if let Some(kw) = kw {
                ask.genset(genset).run(*kw);
            }
        }
        power_kw.iter().flatten().sum()
    }
}

/// Adds an offer behind those that cost no more: sorted as it grows, for a library's stable sort allocates.
fn offer(offers: &mut Vec<(f64, f64, Option<usize>)>, new: (f64, f64, Option<usize>)) {
    offers.insert(offers.partition_point(|offer| offer.0.total_cmp(&new.0).is_le()), new);
}

impl Strategy for Committed {
    fn decide(&mut self, site: &Site, ask: &mut Request) {
        let plan = self.plan.clone();
        let Some(own) = plan.site() else { return };
        let step = site.step() as usize;
        let (day, steps_after) = own.commitment.day_of(step);
        if self.day != day {
            self.day = day;
            own.commitment.work_out(day, &mut self.values);
        }
        let shares = &own.columns.shares;
        let moving = shares.iter().enumerate().filter(|(_, share)| **share > 0.0);
        let stored_kwh: f64 = moving.map(|(battery, _)| site.batteries()[battery].stored_kwh()).sum();
        let states = site.gensets.iter().map(|genset| genset.state);
        let next = |phase| self.values.value(steps_after, phase);
        let (set, end_kwh) = own.commitment.decide(step, (states, stored_kwh), next, &mut self.cost);
        let power_kw = own.power_to(stored_kwh, end_kwh);
        for (battery, share) in shares.iter().enumerate() {
            ask.battery(battery).power(share * power_kw);
        }
        let made_kw = self.ask_gensets(site, set, -power_kw, ask);
        let net_kw = site.deficit_kw() - power_kw - made_kw;
        let least_net_kw = cheapest_net_kw(&own.columns, site, net_kw);
        if site.grid_is_up() && least_net_kw > net_kw {
            ask.curtail_to_net_import(least_net_kw);
        }
    }
}

/// The cheapest net import of a step in which the site would draw `net_kw`, export negative, with all generation taken:
/// nothing beyond the export limit, and of taking all else, leaving what would be exported, and leaving what import
/// can replace, the cheapest; of equals the one that takes more.
fn cheapest_net_kw(columns: &Columns, site: &Site, net_kw: f64) -> f64 {
    let step = site.step() as usize;
    let (import_price, export_price) = (columns.import_price_per_kwh[step], columns.export_price_per_kwh[step]);
    let cost = |net: f64| if net > 0.0 { import_price * net } else { export_price * net };
    let least = net_kw.max(-site.export_limit_kw());
    let most = (net_kw + site.generation_kw()).min(site.import_limit_kw()).max(least);
    [0.0_f64.clamp(least, most), most]
        .into_iter()
        .fold(least, |best, net| if cost(net) < cost(best) { net } else { best })
}

/// What the strategy must know of its site beside the plan.
#[derive(Debug, Clone)]
pub(crate) struct CommittedSite {
    pub(crate) commitment: super::CommitmentPlan,
    pub(crate) columns: Columns,
    /// Of each genset, what it can give above its least load: kW, and cost per kWh.
    pieces: Vec<Vec<(f64, f64)>>,
    step_h: f64,
}

impl CommittedSite {
    pub(crate) fn solve(plan: &Plan, columns: Columns) -> Result<Self, crate::Problems> {
        let price = plan.scenario.carbon.price_per_kg;
        let pieces = plan.scenario.gensets.iter().map(|genset| genset.pieces_above_least(price).collect());
        Ok(Self {
            commitment: super::CommitmentPlan::solve(plan, &columns)?,
            pieces: pieces.collect(),
            step_h: plan.step_h,
            columns,
        })
    }

    /// The storage's power at the bus that takes it from one stored energy to another in a step, kW, positive into the bus.
    fn power_to(&self, stored_kwh: f64, end_kwh: f64) -> f64 {
        let storage = &self.columns.storage;
        let decay = storage.self_discharge_per_h * self.step_h;
        let held = if decay > 0.0 { -libm::expm1(-decay) / decay } else { 1.0 };
        let kept = storage.min_kwh + libm::exp(-decay) * (stored_kwh - storage.min_kwh);
        let change = end_kwh - kept;
        if change > 0.0 {
            -change / (held * storage.charge_efficiency * self.step_h)
        } else {
            -change * storage.discharge_efficiency / (held * self.step_h)
        }
    }
}
