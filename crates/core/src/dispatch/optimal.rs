//! `optimal`: the exact plan of the whole run, followed by its feedback law. Foresight: perfect.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::bound::{Bound, ROUNDING, turnover};
use super::charges::Charge;
use super::columns::Columns;
use super::commitment::CommittedSite;
use super::controller::Controller;
use super::curtailment::Curtailment;
use super::exact_plan::{Accuracy, Law, Solver, Window};
use super::lane_strategy::{LaneStrategy, LaneView, Traits};
use super::least_charge::LeastCharges;
use super::rule::{CheapestRule, is_known};
use super::{Dispatch, Wish};
use crate::simulation::lane::Lane;
use crate::simulation::simulate;
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
    curtailment: Curtailment,
    /// The demand charges that the law keeps, each with its cap, kW.
    caps: Vec<(Charge, f64)>,
    lower: Option<f64>,
    hull_steps: usize,
    reasons: Vec<String>,
    /// Where the site has gensets.
    site: Option<CommittedSite>,
    /// A rule that costs less than the plan, where there is one.
    cheaper_rule: Option<CheapestRule>,
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
        let clipped = plan.with_clipped_generation();
        let planned = clipped.as_ref().unwrap_or(plan);
        let mut found = Self::of_batteries_at_start(planned)?;
        if let Some(new) = planned.with_new_batteries() {
            found.bound_by(&new, planned)?;
        }
        found.bound_by_plain(plan);
        Ok(found.beside_rules(plan))
    }

    /// The plan with what batteries can do at the run's start.
    fn of_batteries_at_start(plan: &Plan) -> Result<Self, Problems> {
        let Some(foreseen) = plan.foreseen(&Dispatch::Optimal) else { return Self::alone(plan) };
        // The plan knows flexible uses as load by their own rule; they may do otherwise, so the bound leaves them out.
        let Self { lower, hull_steps, reasons, .. } = Self::alone(plan)?;
        Ok(Self { lower, hull_steps, reasons, ..Self::alone(&foreseen)? })
    }

    /// Makes the bound that of `new`, the plan's site with batteries that are new and stay so.
    fn bound_by(&mut self, new: &Plan, plan: &Plan) -> Result<(), Problems> {
        if !plan.new_batteries_bound() {
            self.lower = None;
            let reason =
                "batteries age, and a kWh less can be dearer: a new battery's bound proves nothing of an aged one";
            self.reasons = alloc::vec![reason.into()];
            return Ok(());
        }
        if plan.begins_aged() {
            let as_new = Self::of_batteries_at_start(new)?;
            (self.lower, self.hull_steps, self.reasons) = (as_new.lower, as_new.hull_steps, as_new.reasons);
        }
        self.reasons.push(Bound::AS_NEW.into());
        Ok(())
    }

    /// Says that the bound is that of plain batteries, or that it proves nothing of those that are more.
    fn bound_by_plain(&mut self, plan: &Plan) {
        if plan.detail_credit() > 0.0 {
            self.lower = None;
            let reason = "batteries are more than plain, and a kWh less can be dearer: a plain battery's bound proves nothing of them";
            self.reasons = alloc::vec![reason.into()];
        } else if plan.has_detail() {
            self.reasons.extend(Bound::reasons_of_detail(plan));
        }
    }

    /// The plan without a look at the rules.
    fn alone(plan: &Plan) -> Result<Self, Problems> {
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
        let with_wishes = columns.has_wishes();
        let Solved { law, caps_kw, .. } = if with_wishes { Solved::of(&columns, true)? } else { solved };
        let caps = columns.charges_of(with_wishes).cloned().zip(caps_kw).collect();
        let mut found = Self {
            law,
            caps,
            curtailment: Curtailment::of(plan, &columns),
            shares: columns.shares.clone(),
            lower,
            hull_steps,
            reasons,
            site: None,
            cheaper_rule: None,
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

    /// How many steps are not convex and stand in [`OptimalPlan::lower`] with a convex cost below theirs: only where there
    /// are demand charges, else they stand there as they are.
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
    /// Runs the plan, and where it does not reach its bound, every rule too: the plan may lose by what it leaves out, and
    /// `optimal` is the least cost known.
    fn beside_rules(self, plan: &Plan) -> Self {
        let found = Arc::new(self);
        let run = simulate(plan, Controller::planned(&found));
        let mut found = Arc::into_inner(found).expect("the run is over");
        let standing = run.money.fixed_charge + run.money.capacity_charge;
        let small = ROUNDING * turnover(&run);
        let reaches = found.lower.is_some_and(|lower| run.money.objective - (lower + standing) <= small);
        if !reaches || !is_known(&run, plan) {
            let objective = if is_known(&run, plan) { run.money.objective } else { f64::INFINITY };
            // What rounding makes cheaper is not.
            let is_cheaper = |rule: &CheapestRule| rule.objective() < objective - 1e-3 * small;
            found.cheaper_rule = CheapestRule::of(plan).filter(is_cheaper);
        }
        found
    }

    /// The rule that costs less than the plan, where there is one: what [`Controller::optimal`] then follows.
    #[must_use]
    pub fn cheaper_rule(&self) -> Option<&CheapestRule> {
        self.cheaper_rule.as_ref()
    }

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
    /// Cap of each demand charge, kW.
    caps_kw: Vec<f64>,
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
        let (lower, objective, caps_kw, hull_steps) = if charges.is_empty() {
            solver.load(&columns.storage, &steps)?;
            let found = solver.solve(&Window::whole(steps.count, columns.start_kwh, columns.end))?;
            (found.lower_cost, found.objective, Vec::new(), 0)
        } else {
            let accuracy = Accuracy { relative_gap: 1e-10, ..Accuracy::default() };
            let start = (columns.start_kwh, columns.end);
            let found = solver.solve_demand(&columns.storage, &steps, start, &charges, &accuracy)?;
            (found.lower_cost, found.objective, found.caps_kw, found.hull_steps)
        };
        let open = objective - lower;
        if open > 1e-9 * objective.abs() && hull_steps == 0 {
            let what = if charges.is_empty() { "values of stored energy" } else { "demand caps" };
            reason = Some(alloc::format!("the search for {what} stopped within {open:.2e} of the optimum"));
        }
        let stored_kwh = solver.stored_kwh().to_vec();
        Ok(Self { law: solver.into_law(), caps_kw, lower, stored_kwh, hull_steps, reason })
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
    #[inline(always)]
    fn traits(&self) -> Traits {
        Traits { holds_limits: false, curtails: true, ..Traits::RULE }
    }

    #[inline(always)]
    fn decide(&mut self, view: &LaneView<'_, L>, ask: &mut [Lane<L>]) {
        for (l, optimal) in self.lanes.iter().enumerate() {
            let stored_kwh = stored_kwh(view, &optimal.shares, l);
            let decision = optimal.law.decide(view.step, stored_kwh);
            let power = decision.discharge_kw - decision.charge_kw;
            for (battery, (ask, share)) in ask.iter_mut().zip(&optimal.shares).enumerate() {
                ask[l] = view.beside_direct_current(battery, l, share * power);
            }
        }
    }

    #[inline(always)]
    fn least_net(&self, view: &LaneView<'_, L>, ask: &[Lane<L>]) -> Option<Lane<L>> {
        Curtailment::least_nets(view, ask, |l| {
            let OptimalPlan { curtailment, caps, .. } = &*self.lanes[l];
            Some((curtailment, caps.iter().map(|(charge, cap)| (charge, *cap))))
        })
    }

    fn why(&self, view: &LaneView<'_, L>, lane: usize) -> Wish {
        let OptimalPlan { law, shares, .. } = &*self.lanes[lane];
        let stored_kwh = stored_kwh(view, shares, lane);
        Wish::of_law(&law.decide(view.step, stored_kwh), law.value_per_kwh(view.step, stored_kwh))
    }
}
