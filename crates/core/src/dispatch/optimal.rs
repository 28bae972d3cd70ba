//! `optimal`: the exact plan of the whole run, followed by its feedback law. Foresight: perfect.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Wish;
use super::columns::Columns;
use super::commitment::CommittedSite;
use super::exact_plan::{Accuracy, Kind, Law, Solver, Window};
use super::lane_strategy::{LaneStrategy, LaneView};
use super::least_charge::LeastCharges;
use crate::simulation::lane::{Lane, max, min};
use crate::{Plan, Problems};

/// The least cost of a whole run, and what to do at each step from any stored energy.
///
/// See [`super::exact_plan`] for the method and where it stops. Batteries that differ in size only count as one.
///
/// # Examples
/// ```
/// use microgrid_core::dispatch::{Controller, OptimalPlan};
/// use microgrid_core::{Plan, Scenario, simulation::{Calendar, simulate}, storage::Battery, utility::Tariff, demand::Load};
/// use std::sync::Arc;
///
/// let mut site = Scenario::new("site", Calendar::days(3600, 2));
/// site.loads = vec![Load::new("machines", 12.0)];
/// site.storage = vec![Battery::lithium_iron_phosphate(20.0, 10.0)];
/// site.tariff = Tariff::flat(0.7, 0.0).into();
/// let plan = Plan::compile(&site)?;
/// let optimal = Arc::new(OptimalPlan::solve(&plan)?);
/// let outcome = simulate(&plan, Controller::optimal(&optimal));
/// assert!((outcome.money.objective - optimal.lower().unwrap()).abs() < 1e-9);
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
#[derive(Debug, Clone)]
pub struct OptimalPlan {
    law: Law,
    shares: Vec<f64>,
    curtailment: Option<Curtailment>,
    lower: Option<f64>,
    hull_steps: usize,
    reasons: Vec<String>,
    /// Where the site has gensets.
    site: Option<CommittedSite>,
}

impl OptimalPlan {
    /// Solves the whole run.
    ///
    /// Without demand charges that takes about 60 ns a step. With them it takes some thirty times as long, and with gensets
    /// some microseconds a step for each of their phases.
    ///
    /// # Errors
    /// A site whose batteries differ in more than size, or with more than four gensets; numbers beyond those of the exact plan.
    pub fn solve(plan: &Plan) -> Result<Self, Problems> {
        let mut tariffs = Columns::of(plan)?;
        let mut reasons = tariffs.left_out.clone();
        let (columns, solved) = match LeastCharges::of(plan, &tariffs) {
            None => (tariffs.clone(), Solved::of(&tariffs, false)?),
            Some(least) => {
                let found = least.search(&tariffs, |columns| Solved::of(columns, false))?;
                reasons.extend(found.reason);
                tariffs.left_out.push("least charges are left out".into());
                (found.columns, Solved { lower: found.lower, ..found.solved })
            }
        };
        reasons.extend(solved.reason.clone());
        if columns.recourse_overrules(plan, &solved.stored_kwh) {
            reasons.push("storage may hold back energy that the order of recourse uses".into());
        }
        let lower = columns.no_bound.is_none().then_some(solved.lower + columns.constant_cost);
        if let Some(reason) = &columns.no_bound {
            reasons = alloc::vec![reason.clone()];
        }
        let hull_steps = solved.hull_steps;
        let law = if columns.has_wishes() { Solved::of(&columns, true)?.law } else { solved.law };
        let mut found = Self {
            law,
            curtailment: Curtailment::of(plan, &columns),
            shares: columns.shares.clone(),
            lower,
            hull_steps,
            reasons,
            site: None,
        };
        if !plan.gensets.is_empty() {
            found.commit(CommittedSite::solve(plan, tariffs)?);
        }
        Ok(found)
    }

    /// What to do at each step from any stored energy, and the value of a stored kWh.
    #[must_use]
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// Least objective of any strategy on this plan, without fixed and capacity charges; `None` where the site has terms
    /// that leave nothing proven, see [`OptimalPlan::reasons`].
    #[must_use]
    pub fn lower(&self) -> Option<f64> {
        self.lower
    }

    /// How many steps are not convex and stand in [`OptimalPlan::lower`] with their convex hull.
    #[must_use]
    pub fn hull_steps(&self) -> usize {
        self.hull_steps
    }

    /// What of the site is left out of [`OptimalPlan::lower`], or why there is none. Empty where the plan is exact.
    #[must_use]
    pub fn reasons(&self) -> &[String] {
        &self.reasons
    }
}

impl OptimalPlan {
    /// What runs gensets, where the site has them.
    pub(crate) fn site(&self) -> Option<&CommittedSite> {
        self.site.as_ref()
    }

    /// Takes up the plan of the gensets, and its bound where that is the higher one.
    fn commit(&mut self, site: CommittedSite) {
        let lower = site.commitment.lower + site.columns.constant_cost;
        if self.lower.is_some_and(|linear| linear < lower) {
            self.lower = Some(lower);
            let of_columns = site.columns.left_out.iter().filter(|reason| !reason.starts_with("gensets linear"));
            self.reasons = site.commitment.left_out.iter().chain(of_columns).cloned().collect();
        }
        self.site = Some(site);
    }
}

/// A solve of all steps.
pub(crate) struct Solved {
    law: Law,
    pub(crate) lower: f64,
    pub(crate) stored_kwh: Vec<f64>,
    hull_steps: usize,
    reason: Option<String>,
}

impl Solved {
    fn of(columns: &Columns, with_wishes: bool) -> Result<Self, Problems> {
        let tiers = columns.tiers();
        let sources = columns.sources();
        let steps = columns.steps(&tiers, &sources, with_wishes);
        let charges = columns.demand_charges(with_wishes);
        let mut solver = Solver::new();
        let mut reason = None;
        let (lower, optimum) = if charges.is_empty() {
            solver.load(&columns.storage, &steps)?;
            let optimum = solver.solve(&Window::whole(steps.count, columns.start_kwh, columns.end))?;
            (optimum.objective, optimum)
        } else {
            let accuracy = Accuracy { relative_gap: 1e-10, ..Accuracy::default() };
            let start = (columns.start_kwh, columns.end);
            let found = solver.solve_demand(&columns.storage, &steps, start, &charges, &accuracy)?;
            let open = found.objective - found.lower_cost;
            if open > 1e-9 * found.objective.abs() {
                reason = Some(alloc::format!("the search for demand caps stopped within {open:.2e} of the optimum"));
            }
            (found.lower_cost, found.plan)
        };
        let hull_steps = match optimum.kind {
            Kind::Exact => 0,
            Kind::Hull { steps } => steps,
        };
        let stored_kwh = solver.stored_kwh().to_vec();
        Ok(Self { law: solver.into_law(), lower, stored_kwh, hull_steps, reason })
    }
}

/// When to take less generation than there is: where export costs money, or import pays.
#[derive(Debug, Clone)]
pub(crate) struct Curtailment {
    import_price_per_kwh: Vec<f64>,
    export_price_per_kwh: Vec<f64>,
}

impl Curtailment {
    /// `None` where no price is negative. In an outage the prices count as 0.
    pub(crate) fn of(plan: &Plan, columns: &Columns) -> Option<Self> {
        let (import, export) = (&columns.import_price_per_kwh, &columns.export_price_per_kwh);
        import.iter().chain(export).any(|price| *price < 0.0).then(|| {
            let up = |prices: &[f64]| {
                let prices = prices.iter().enumerate();
                prices.map(|(step, price)| if plan.grid_is_up(step) { *price } else { 0.0 }).collect()
            };
            Self { import_price_per_kwh: up(import), export_price_per_kwh: up(export) }
        })
    }

    /// The cheapest net import where the site would draw `net_kw` and could curtail `generation_kw`, if it is not that.
    #[inline]
    fn least_net(
        &self,
        step: usize,
        net_kw: f64,
        generation_kw: f64,
        (import_limit, export_limit): (f64, f64),
    ) -> Option<f64> {
        let (import_price, export_price) = (self.import_price_per_kwh[step], self.export_price_per_kwh[step]);
        if import_price >= 0.0 && export_price >= 0.0 {
            return None;
        }
        let pay_for_export = export_price * min(max(-net_kw, 0.0), export_limit);
        let pay_for_import = -import_price * max(min(net_kw + generation_kw, import_limit), 0.0);
        if pay_for_import > max(pay_for_export, 0.0) {
            Some(import_limit)
        } else if pay_for_export < 0.0 {
            Some(0.0)
        } else {
            None
        }
    }
}

impl Curtailment {
    /// The least net import of every lane, as [`LaneStrategy::least_net`] returns it.
    #[inline(always)]
    pub(crate) fn least_nets<'a, const L: usize>(
        view: &LaneView<'_, L>,
        ask: &[Lane<L>],
        of_lane: impl Fn(usize) -> Option<&'a Self>,
    ) -> Option<Lane<L>> {
        let mut least = Lane([f64::NEG_INFINITY; L]);
        let mut any = false;
        for l in 0..L {
            let Some(curtailment) = of_lane(l) else { continue };
            let net = view.deficit[l] - ask.iter().map(|ask| ask[l]).sum::<f64>();
            let limits = (view.inputs.import_limit.at(view.step)[l], view.inputs.export_limit.at(view.step)[l]);
            if let Some(net) = curtailment.least_net(view.step, net, view.generation[l], limits) {
                least[l] = net;
                any = true;
            }
        }
        any.then_some(least)
    }
}

/// Energy in the batteries that are planned as one.
#[inline(always)]
pub(crate) fn stored_kwh<const L: usize>(view: &LaneView<'_, L>, shares: &[f64], lane: usize) -> f64 {
    let mut stored_kwh = 0.0;
    for (stored, share) in view.stored.iter().zip(shares) {
        stored_kwh += if *share > 0.0 { stored[lane] } else { 0.0 };
    }
    stored_kwh
}

/// The strategy in L lanes, each with its own plan.
#[derive(Debug)]
pub(crate) struct OptimalLanes<const L: usize> {
    lanes: [Arc<OptimalPlan>; L],
}

impl<const L: usize> OptimalLanes<L> {
    pub(crate) fn pack(lanes: [Arc<OptimalPlan>; L]) -> Self {
        Self { lanes }
    }
}

impl<const L: usize> LaneStrategy<L> for OptimalLanes<L> {
    const HOLDS_LIMITS: bool = false;
    const CURTAILS: bool = true;

    #[inline(always)]
    fn decide(&mut self, view: &LaneView<'_, L>, ask: &mut [Lane<L>]) {
        for (l, optimal) in self.lanes.iter().enumerate() {
            let stored_kwh = stored_kwh(view, &optimal.shares, l);
            let decision = optimal.law.decide(view.step, stored_kwh);
            let power = decision.discharge_kw - decision.charge_kw;
            for (ask, share) in ask.iter_mut().zip(&optimal.shares) {
                ask[l] = share * power;
            }
        }
    }

    #[inline(always)]
    fn least_net(&self, view: &LaneView<'_, L>, ask: &[Lane<L>]) -> Option<Lane<L>> {
        Curtailment::least_nets(view, ask, |l| self.lanes[l].curtailment.as_ref())
    }

    fn why(&self, view: &LaneView<'_, L>, lane: usize) -> Wish {
        let OptimalPlan { law, shares, .. } = &*self.lanes[lane];
        let stored_kwh = stored_kwh(view, shares, lane);
        Wish::of_law(&law.decide(view.step, stored_kwh), law.value_per_kwh(view.step, stored_kwh))
    }
}
