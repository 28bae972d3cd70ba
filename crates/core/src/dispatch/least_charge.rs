//! Least charges in the exact plan: the prices of a pool of months, weighed between what they are and nothing.
//!
//! # Model
//! Let v be a pool's charges less the credits that lower its least charge, without standing charges, and e the least charge
//! less the standing charges. Beyond these the pool pays max(e, v) ≥ θ v + (1 − θ) e for every θ in [0, 1]. So the exact
//! plan at prices θ times those of the tariff, plus Σ (1 − θ) e, is a bound for any weights θ of the pools. It is concave in
//! them, with v − e of its plan as a supergradient; where all steps are convex its greatest value is the optimum (Sion's
//! minimax theorem). Cuts find the weights, as they find the caps of demand charges. Of the plans met on the way the law
//! is that of the one that costs least with its least charges paid in full.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::columns::Columns;
use super::exact_plan::{Master, Window, evaluate};
use super::optimal::Solved;
use crate::utility::{MinimumCredit, PlanningPrices};
use crate::{Plan, Problems};

/// Most plans solved for the weights.
const ROUNDS: usize = 60;

/// Distance of the bounds, in parts of the money that pools move, at which the search ends.
const CLOSE: f64 = 1e-10;

/// The least charges of a plan by pool.
#[derive(Debug)]
pub(crate) struct LeastCharges {
    pools: Vec<Pool>,
    /// Whether export credits lower what is compared.
    with_credit: bool,
    /// Whether credits are carried over, for which the run as one pool stands.
    is_carried: bool,
    /// Price of carbon in each step, money per kWh imported: no part of the bill.
    carbon_price_per_kwh: Vec<f64>,
}

#[derive(Debug)]
struct Pool {
    months: Range<usize>,
    steps: Range<usize>,
    /// The least charge less the standing charges.
    least: f64,
}

/// What was found: the plan to follow, the prices it was made at, and a bound.
pub(crate) struct Weighed {
    pub(crate) solved: Solved,
    pub(crate) columns: Columns,
    pub(crate) lower: f64,
    pub(crate) reason: Option<String>,
}

/// What a plan pays.
struct Paid {
    /// Charges less credits of each pool.
    pools: Vec<f64>,
    /// All else: wear, carbon, unserved energy, sources, less the value of what is left.
    beside: f64,
}

impl LeastCharges {
    /// `None` where the tariff has no least charge. Where credits are carried over, the run is one pool: it pays at least
    /// that.
    pub(crate) fn of(plan: &Plan, columns: &Columns) -> Option<Self> {
        let scenario = &plan.scenario;
        let (tariff, calendar) = (&scenario.tariff, &scenario.calendar);
        let minimum = tariff.minimum.as_ref().filter(|minimum| minimum.price_per_month > 0.0)?;
        // Beside prices that only come near the bill it is left out, by name: what it adds is at least nothing.
        if !PlanningPrices::of(plan).reasons.is_empty() {
            return None;
        }
        let shares = tariff.proration.shares(calendar);
        let months = shares.len();
        let steps: Vec<Range<usize>> = calendar.month_steps().collect();
        let capacity: f64 = tariff.capacity.iter().map(|charge| charge.price_per_kva * charge.capacity_kva).sum();
        let per_day: f64 = tariff.daily.iter().map(|charge| charge.price_per_day).sum();
        let standing = |month: usize| {
            let fixed: f64 = tariff.fixed.iter().map(|charge| charge.of_month(month)).sum();
            let daily = per_day * calendar.month_days().nth(month).map_or(0, |days| days.len()) as f64;
            (fixed + capacity * columns.charge_factor) * shares[month] + daily + columns.floor_cost_by_month[month]
        };
        let is_carried = minimum.credit == MinimumCredit::Carried;
        let pools = if is_carried { core::iter::once(0..months).collect() } else { minimum.pools(months) };
        let pool = |of: Range<usize>| Pool {
            steps: steps[of.start].start..steps[of.end - 1].end,
            least: of.clone().map(|month| minimum.price_per_month * shares[month] - standing(month)).sum(),
            months: of,
        };
        let carbon = &scenario.carbon;
        Some(Self {
            pools: pools.into_iter().map(pool).collect(),
            with_credit: minimum.credit != MinimumCredit::OnTop,
            is_carried,
            carbon_price_per_kwh: (0..plan.steps)
                .map(|step| carbon.price_per_kg * carbon.intensity_kg_per_kwh.at(step))
                .collect(),
        })
    }

    /// Searches the weights, one plan by `solve` for each that it tries.
    pub(crate) fn search(
        &self,
        columns: &Columns,
        mut solve: impl FnMut(&Columns) -> Result<Solved, Problems>,
    ) -> Result<Weighed, Problems> {
        let mut weights = alloc::vec![1.0; self.pools.len()];
        let mut master = Master::default();
        master.reset(1, weights.iter().map(|_| (0.0, 1.0)));
        let mut best: Option<(f64, Weighed)> = None;
        let (mut lower, mut upper, mut lower_at) = (f64::NEG_INFINITY, f64::INFINITY, weights.clone());
        let mut scale = 0.0_f64;
        for round in 0..ROUNDS {
            let weighed = self.weigh(columns, &weights);
            let solved = solve(&weighed)?;
            let rest: f64 = self.pools.iter().zip(&weights).map(|(pool, weight)| (1.0 - weight) * pool.least).sum();
            let value = solved.lower + rest;
            if value > lower {
                (lower, lower_at) = (value, weights.clone());
            }
            let Ok(paid) = self.paid(columns, &weighed, &solved, &weights) else {
                // A plan of steps that are replaced by their hull may be one that no site can follow: it gives no slope.
                best.get_or_insert((value, Weighed { solved, columns: weighed, lower, reason: None }));
                break;
            };
            let cost: f64 = paid.beside + self.pools.iter().zip(&paid.pools).map(|(p, v)| v.max(p.least)).sum::<f64>();
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, Weighed { solved, columns: weighed, lower, reason: None }));
            }
            let slopes = || self.pools.iter().zip(&paid.pools).map(|(pool, v)| v - pool.least);
            scale = self.pools.iter().zip(&paid.pools).fold(scale, |most, (p, v)| most.max(p.least.abs()).max(v.abs()));
            // −D(θ) ≥ −value − Σ slope · (θ − weight).
            let constant = -value + slopes().zip(&weights).map(|(slope, weight)| slope * weight).sum::<f64>();
            master.cut(0, constant, slopes().enumerate().map(|(pool, slope)| (pool, -slope)));
            upper = upper.min(-master.solve());
            if upper - lower <= CLOSE * scale {
                break;
            }
            for (pool, weight) in weights.iter_mut().enumerate() {
                // Every other time halfway to the master's, which jumps while cuts are few.
                let to = master.variable(pool).clamp(0.0, 1.0);
                *weight = if round % 2 == 0 { to } else { 0.5 * (to + lower_at[pool]) };
            }
        }
        let (cost, mut found) = best.expect("a search has a round");
        found.lower = lower;
        found.reason = if self.is_carried {
            Some("credits carried over lower the least charges of earlier months too".into())
        } else if upper - lower > 1e-9 * scale {
            let open = upper - lower;
            Some(alloc::format!("the search for the weights of least charges stopped within {open:.2e} of the optimum"))
        } else if cost - lower > 1e-9 * scale {
            Some("a month at its least charge is met by one plan, not by a mixture of two".into())
        } else {
            None
        };
        Ok(found)
    }

    /// The columns at the prices of weights.
    fn weigh(&self, columns: &Columns, weights: &[f64]) -> Columns {
        let mut weighed = columns.clone();
        for (pool, weight) in self.pools.iter().zip(weights) {
            for step in pool.steps.clone() {
                let carbon = self.carbon_price_per_kwh[step];
                let price = &mut weighed.import_price_per_kwh[step];
                *price = weight * (*price - carbon) + carbon;
                if self.with_credit {
                    weighed.export_price_per_kwh[step] *= weight;
                }
            }
            for charge in weighed.charges.iter_mut().filter(|charge| pool.months.contains(&(charge.months.end - 1))) {
                charge.price_per_kw *= weight;
            }
        }
        weighed
    }

    /// What the plan of a solve pays.
    fn paid(&self, columns: &Columns, weighed: &Columns, solved: &Solved, weights: &[f64]) -> Result<Paid, Problems> {
        let tiers = weighed.tiers();
        let sources = weighed.sources();
        let steps = weighed.steps(&tiers, &sources, false);
        let window = Window::whole(steps.count, columns.start_kwh, columns.end);
        let mut pools = alloc::vec![0.0; self.pools.len()];
        let charges: Vec<_> = columns.charges.iter().filter(|charge| !charge.windowed).collect();
        let mut peaks: Vec<f64> = charges.iter().map(|charge| charge.free_kw).collect();
        let mut at = 0;
        let bill = evaluate(&weighed.storage, &steps, &window, &solved.stored_kwh, 0.0, |step, flows| {
            at += usize::from(step >= self.pools[at].steps.end);
            let price = columns.import_price_per_kwh[step] - self.carbon_price_per_kwh[step];
            pools[at] += price * flows.import_kwh;
            if self.with_credit {
                pools[at] -= columns.export_price_per_kwh[step] * flows.export_kwh;
            }
            let import_kw = flows.import_kwh / steps.step_h;
            for (charge, peak) in charges.iter().zip(&mut peaks) {
                if charge.has_begun(step) && charge.counts.as_ref().is_none_or(|counts| counts[step]) {
                    *peak = peak.max(import_kw);
                }
            }
        })?;
        let energy: f64 = pools.iter().zip(weights).map(|(paid, weight)| paid * weight).sum();
        for (charge, peak) in charges.iter().zip(&peaks) {
            let pool = self.pools.iter().position(|pool| pool.months.contains(&(charge.months.end - 1)));
            pools[pool.unwrap_or_default()] += charge.price_per_kw * (peak - charge.free_kw);
        }
        Ok(Paid { pools, beside: bill.objective - energy })
    }
}
