//! A lower bound under demand charges over windows of several steps, from weights on the windows.
//!
//! # Model
//! A charge of D per kW on the greatest window mean p of a month, above z₀ that is free, costs D·max(p − z₀, 0). For any
//! weights μ ≥ 0 on the month's windows W whose sum σ is at most 1 it costs at least D·(Σ_W μ_W p_W − σ z₀): p is at least each
//! p_W, and the charge at least 0. The sum is linear in the imports of the steps: in each of the n steps of W that count a kWh costs
//! D·μ_W / (n·h) more. So the least cost under these prices, which the exact plan gives, less σ·D·z₀, is at or below that of
//! the site with its charge, *whatever the weights*; with the charge's duals as weights the two are the same where the site
//! is convex (weak and strong duality, as Boyd and Vandenberghe, *Convex Optimization*, 2004, §5).
//!
//! The weights are those of a coarser site, whose steps are the windows and whose columns are their means. Its caps are
//! searched as [`exact_plan`](super::exact_plan) does; a little below the best caps, each window's price above that of
//! energy, scaled so that all are D, is its share of D. That takes some thirty sweeps of the coarser site and one of the site itself: a year of minutes
//! under windows of a quarter hour a few tenths of a second, where its linear programme takes minutes.

use alloc::string::String;
use alloc::vec::Vec;

use super::charges::Charge;
use super::columns::Columns;
use super::exact_plan::{Accuracy, DemandCharge, Series, Solver, Steps, Storage, Tier, Window};
use crate::Plan;

/// By how much the caps are tightened for the weights, relative. The search leaves caps that are some millionths off, at which
/// no window may bind; far tighter ones bind where the best would not. The one of the highest bound is taken, or all mixed:
/// the bound is concave in the weights.
const TIGHTER: [f64; 5] = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2];

/// The bound and what it leaves out.
#[derive(Debug, Clone)]
pub(super) struct WindowBound {
    /// Money, without fixed and capacity charges.
    pub(super) lower: f64,
    pub(super) reasons: Vec<String>,
}

impl WindowBound {
    /// `None` where there is no such charge, or the bound does not reach the site: gensets, batteries that differ, terms
    /// that leave nothing proven, days that are not whole windows.
    pub(super) fn of(plan: &Plan) -> Option<Self> {
        let columns = Columns::of(plan).ok()?;
        let charges: Vec<&Charge> = columns.charges.iter().filter(|charge| charge.windowed).collect();
        if charges.is_empty() || columns.no_bound.is_some() || !plan.gensets.is_empty() {
            return None;
        }
        let weights = weights(plan, &columns)?;
        let mut price_per_kwh = columns.import_price_per_kwh.clone();
        let mut free_cost = 0.0;
        for (charge, weights) in columns.charges.iter().zip(&weights).filter(|(charge, _)| charge.windowed) {
            free_cost += spread(plan, charge, weights, &mut price_per_kwh);
        }
        let (tiers, sources) = (columns.tiers(), columns.sources());
        let steps =
            Steps { import_price_per_kwh: Series::Steps(&price_per_kwh), ..columns.steps(&tiers, &sources, false) };
        let others = columns.demand_charges(false);
        let mut solver = Solver::new();
        let start = (columns.start_kwh, columns.end);
        let (lower, hull_steps) = if others.is_empty() {
            solver.load(&columns.storage, &steps).ok()?;
            let optimum = solver.solve(&Window::whole(steps.count, start.0, start.1)).ok()?;
            (optimum.lower_cost, 0)
        } else {
            let found = solver.solve_demand(&columns.storage, &steps, start, &others, &Accuracy::default()).ok()?;
            (found.lower_cost, found.hull_steps)
        };
        let mut reasons: Vec<String> = columns
            .left_out
            .iter()
            .filter(|reason| !reason.contains("over windows longer than a step"))
            .cloned()
            .collect();
        reasons.push("demand windows of several steps count by weights on their means".into());
        if hull_steps > 0 {
            reasons.push(alloc::format!("{hull_steps} steps are replaced by their convex hull"));
        }
        Some(Self { lower: lower + columns.constant_cost - free_cost, reasons })
    }
}

/// Adds the weights of one charge, money per kW and step of a coarser site, to the prices of its windows' steps, scaled to
/// at most its price. Returns what the part that is free counts too much.
fn spread(plan: &Plan, charge: &Charge, weights: &Weights, price_per_kwh: &mut [f64]) -> f64 {
    let sum: f64 = weights.per_kw.iter().sum();
    if sum <= 0.0 {
        return 0.0;
    }
    let most = if sum > charge.price_per_kw { charge.price_per_kw / sum } else { 1.0 };
    let scale = most / weights.steps as f64;
    let days = &plan.scenario().calendar.day_first_step;
    let length = charge.window_steps;
    let mut at = charge.first_step;
    while at < charge.end_step {
        let day_end = days[days.partition_point(|first| *first as usize <= at)] as usize;
        let window = at..(at + length).min(day_end);
        let weight: f64 = window.clone().map(|step| weights.per_kw[step / weights.steps]).sum::<f64>() * scale;
        let counts = |step: &usize| charge.counts.as_ref().is_none_or(|counts| counts[*step]);
        // A window's mean is that of its steps that count.
        let counted = window.clone().filter(counts).count();
        for step in window.clone().filter(counts) {
            price_per_kwh[step] += weight / (counted as f64 * plan.step_h());
        }
        at = window.end;
    }
    most * sum * charge.free_kw
}

/// What each step of the coarser site pays of a charge, money per kW; each has `steps` steps of the site.
struct Weights {
    per_kw: Vec<f64>,
    steps: usize,
}

/// The weights of every charge of the columns; `None` where days are not whole windows.
fn weights(plan: &Plan, columns: &Columns) -> Option<Vec<Weights>> {
    let length = columns.charges.iter().filter(|charge| charge.windowed).map(|charge| charge.window_steps).max()?;
    let days = &plan.scenario().calendar.day_first_step;
    if days.iter().any(|first| !(*first as usize).is_multiple_of(length)) {
        return None;
    }
    let coarse = Coarse::of(columns, length);
    let tiers: Vec<Tier<'_>> = (coarse.tiers.iter())
        .map(|(load, value)| Tier { load_kw: Series::Steps(load), value_of_lost_load_per_kwh: *value })
        .collect();
    let steps = coarse.steps(columns, &tiers);
    let charges: Vec<DemandCharge<'_>> = (columns.charges.iter().zip(&coarse.counts))
        .map(|(charge, counts)| DemandCharge {
            first_step: charge.first_step / length,
            end_step: charge.end_step / length,
            price_per_kw: charge.price_per_kw,
            metered_kw: charge.free_kw,
            counts: counts.as_deref(),
        })
        .collect();
    let mut solver = Solver::new();
    let accuracy = Accuracy { relative_gap: 1e-7, rounds: 100 };
    let start = (columns.start_kwh, columns.end);
    let found = solver.solve_demand(&columns.storage, &steps, start, &charges, &accuracy).ok()?;
    let window = Window::whole(steps.count, start.0, start.1);
    let mut tried: Vec<Vec<Vec<f64>>> = Vec::new();
    for tighter in TIGHTER {
        let tight = found.caps_kw.iter().map(|cap| cap * (1.0 - tighter));
        let caps: Vec<f64> = tight.zip(&charges).map(|(cap, charge)| cap.max(charge.metered_kw)).collect();
        solver.load_under_caps(&columns.storage, &steps, &charges, &caps).ok()?;
        solver.solve(&window).ok()?;
        let found_shares = shares(&mut solver, &columns.storage, &steps, &charges, &caps);
        tried.push(scaled(found_shares, &charges, &found.caps_kw));
    }
    tried.push(mixed(&tried));
    let mut best: Option<(f64, Vec<Vec<f64>>)> = None;
    for shares in tried {
        let mut price_per_kwh = coarse.import_price_per_kwh.clone();
        for share in &shares {
            price_per_kwh.iter_mut().zip(share).for_each(|(price, share)| *price += share / coarse.step_h);
        }
        let priced = Steps { import_price_per_kwh: Series::Steps(&price_per_kwh), ..steps.clone() };
        solver.load(&columns.storage, &priced).ok()?;
        let free: f64 = shares.iter().zip(&charges).map(|(share, of)| share.iter().sum::<f64>() * of.metered_kw).sum();
        let lower = solver.solve(&window).ok()?.lower_cost - free;
        if best.as_ref().is_none_or(|(known, _)| lower > *known) {
            best = Some((lower, shares));
        }
    }
    let (_, shares) = best?;
    Some(shares.into_iter().map(|per_kw| Weights { per_kw, steps: length }).collect())
}

/// The shares of each charge at the sum of its price; none where it has none. Where the best cap is what is free (the floor of
/// a look-back, the border of a block), a peak may cost less than the price there, so that less is not scaled up.
fn scaled(mut shares: Vec<Vec<f64>>, charges: &[DemandCharge<'_>], caps_kw: &[f64]) -> Vec<Vec<f64>> {
    for ((share, charge), cap_kw) in shares.iter_mut().zip(charges).zip(caps_kw) {
        let sum: f64 = share.iter().sum();
        let is_above_free = *cap_kw > charge.metered_kw * (1.0 + 1e-6) || charge.metered_kw <= 0.0;
        if sum > charge.price_per_kw || (sum > 0.0 && is_above_free) {
            share.iter_mut().for_each(|share| *share *= charge.price_per_kw / sum);
        }
    }
    shares
}

/// The means of all that was tried.
fn mixed(tried: &[Vec<Vec<f64>>]) -> Vec<Vec<f64>> {
    let mut mixed = tried[0].clone();
    for other in &tried[1..] {
        for (mean, share) in mixed.iter_mut().zip(other) {
            mean.iter_mut().zip(share).for_each(|(mean, share)| *mean += share);
        }
    }
    let count = tried.len() as f64;
    mixed.iter_mut().flatten().for_each(|share| *share /= count);
    mixed
}

/// What each step pays of each charge under the caps: the bus price above that of energy, up to the charge's own.
fn shares(
    solver: &mut Solver,
    storage: &Storage,
    steps: &Steps<'_>,
    charges: &[DemandCharge<'_>],
    caps: &[f64],
) -> Vec<Vec<f64>> {
    let stored_kwh = solver.stored_kwh().to_vec();
    let law = solver.law();
    let decay = storage.self_discharge_per_h * steps.step_h;
    let (keep, held) = (libm::exp(-decay), if decay > 0.0 { -libm::expm1(-decay) / decay } else { 1.0 });
    let mut order: Vec<usize> = (0..charges.len()).collect();
    order.sort_by(|i, j| caps[*i].total_cmp(&caps[*j]));
    let mut shares = alloc::vec![alloc::vec![0.0; steps.count]; charges.len()];
    for step in 0..steps.count {
        let decision = law.decide(step, stored_kwh[step]);
        let load: f64 = steps.tiers.iter().map(|tier| tier.load_kw.at(step)).sum();
        let import = load + decision.charge_kw - decision.discharge_kw - steps.generation_kw.at(step);
        let counts = |j: &usize| {
            let charge = &charges[*j];
            (charge.first_step..charge.end_step).contains(&step) && charge.counts.is_none_or(|counts| counts[step])
        };
        let capped = |j: &usize| import >= caps[*j] - 1e-9 * (1.0 + import);
        if !order.iter().any(|j| counts(j) && capped(j)) {
            continue;
        }
        let value = law.value_per_kwh(step, stored_kwh[step]) / keep;
        let bus_price = if decision.charge_kw > 0.0 {
            value * held * storage.charge_efficiency
        } else {
            value * held / storage.discharge_efficiency + storage.wear_cost_per_kwh
        };
        let mut base = steps.import_price_per_kwh.at(step);
        for j in order.iter().copied().filter(|j| counts(j) && capped(j)) {
            let most = charges[j].price_per_kw / steps.step_h;
            let is_above = import > caps[j] + 1e-9 * (1.0 + import);
            let share = if is_above { most } else { (bus_price - base).max(0.0).min(most) };
            shares[j][step] = share * steps.step_h;
            base += most;
        }
    }
    shares
}

/// The columns of a coarser site, as means over its steps.
struct Coarse {
    tiers: Vec<(Vec<f64>, f64)>,
    generation_kw: Vec<f64>,
    import_price_per_kwh: Vec<f64>,
    export_price_per_kwh: Vec<f64>,
    import_limit_kw: Vec<f64>,
    export_limit_kw: Vec<f64>,
    storage_max_kw: Option<Vec<f64>>,
    /// Of each charge, the steps in which any part counts.
    counts: Vec<Option<Vec<bool>>>,
    step_h: f64,
}

impl Coarse {
    fn of(columns: &Columns, length: usize) -> Self {
        let mean = |column: &[f64]| -> Vec<f64> {
            column.chunks(length).map(|chunk| chunk.iter().sum::<f64>() / chunk.len() as f64).collect()
        };
        let tiers = columns.load_kw.iter().zip(columns.value_of_lost_load).filter(|(load, _)| !load.is_empty());
        let counts = |charge: &Charge| {
            charge.counts.as_ref().map(|counts| counts.chunks(length).map(|chunk| chunk.contains(&true)).collect())
        };
        Self {
            tiers: tiers.map(|(load, value)| (mean(load), value)).collect(),
            generation_kw: mean(&columns.generation_kw),
            import_price_per_kwh: mean(&columns.import_price_per_kwh),
            export_price_per_kwh: mean(&columns.export_price_per_kwh),
            import_limit_kw: mean(&columns.import_limit_kw),
            export_limit_kw: mean(&columns.export_limit_kw),
            storage_max_kw: columns.storage_max_kw.as_deref().map(mean),
            counts: columns.charges.iter().map(counts).collect(),
            step_h: columns.step_h * length as f64,
        }
    }

    fn steps<'a>(&'a self, columns: &'a Columns, tiers: &'a [Tier<'a>]) -> Steps<'a> {
        let limit = self.storage_max_kw.as_deref().map(Series::Steps);
        Steps {
            count: self.generation_kw.len(),
            step_h: self.step_h,
            tiers,
            generation_kw: Series::Steps(&self.generation_kw),
            import_price_per_kwh: Series::Steps(&self.import_price_per_kwh),
            export_price_per_kwh: Series::Steps(&self.export_price_per_kwh),
            import_limit_kw: Series::Steps(&self.import_limit_kw),
            export_limit_kw: Series::Steps(&self.export_limit_kw),
            charge_max_kw: limit,
            discharge_max_kw: limit,
            // Any weights will do; these two would have to be read by step.
            must_take_kw: None,
            discharge_floor_kwh: None,
            ..columns.steps(&[], &[], false)
        }
    }
}
