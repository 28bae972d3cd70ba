//! Prices that prove a lower value, and the arithmetic that does.

use std::ops::Range;

use super::amounts::Amounts;
use super::limits::SizeLimit;
use super::site::Site;
use super::task::Task;

/// Prices of a year: whatever they are, they make a lower value of the operating cost of them.
#[derive(Debug, Clone, PartialEq)]
pub struct PricePaths {
    /// λ: of a kWh at the bus, by step.
    pub bus: Vec<f64>,
    /// μ: of a stored kWh at the end of a step.
    pub stored: Vec<f64>,
    /// δ: what a kWh of import pays above the cap of each peak, by step of its month; in [0, price/h] each.
    pub premiums: Vec<Vec<f64>>,
}

/// F(x) ≥ constant + slopes·x + caps·z for all sizes x ≥ 0 and caps z at or above what is free.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bound {
    pub(super) constant: f64,
    pub(super) slopes: Amounts,
    pub(super) caps: Vec<f64>,
    /// Of a part of the year also slopes in the energy stored at its start and at its end, kWh.
    pub(super) start: f64,
    pub(super) end: f64,
}

impl PricePaths {
    /// Prices of 0, to add others to.
    pub(super) fn zero(site: &Site) -> Self {
        let premiums = site.peaks.iter().map(|peak| vec![0.0; peak.end_step - peak.first_step]).collect();
        Self { bus: vec![0.0; site.steps()], stored: vec![0.0; site.steps()], premiums }
    }

    /// Adds `weight` times the other's prices.
    pub(super) fn add(&mut self, site: &Site, weight: f64, other: &Self) {
        self.add_over(site, 0..site.steps(), weight, other);
    }

    /// As [`PricePaths::add`], for some steps: whole billing months.
    pub(super) fn add_over(&mut self, site: &Site, steps: Range<usize>, weight: f64, other: &Self) {
        let add = |sum: &mut [f64], other: &[f64]| sum.iter_mut().zip(other).for_each(|(s, o)| *s += weight * o);
        add(&mut self.bus[steps.clone()], &other.bus[steps.clone()]);
        add(&mut self.stored[steps.clone()], &other.stored[steps.clone()]);
        for ((sum, other), peak) in self.premiums.iter_mut().zip(&other.premiums).zip(&site.peaks) {
            if steps.contains(&peak.first_step) {
                add(sum, other);
            }
        }
    }

    /// The cut of the module's model: O(steps) arithmetic from the prices alone.
    pub(super) fn bound(&self, site: &Site, is_limit_sized: bool) -> Bound {
        self.bound_over(site, is_limit_sized, 0..site.steps())
    }

    /// The cut of some steps, whole billing months, between the energies stored at both ends of them.
    pub(super) fn bound_over(&self, site: &Site, is_limit_sized: bool, steps: Range<usize>) -> Bound {
        let (h, store) = (site.step_h, &site.storage);
        let keep = store.keep(h);
        let (charge, discharge) = store.gains(h);
        let mut slopes = Amounts::zeros_like(&site.amounts);
        let (mut constant, mut per_charge, mut per_discharge, mut per_limit) = (0.0, 0.0, 0.0, 0.0);
        let premiums = self.premium_by_step(site);
        for step in steps.clone() {
            let price = self.bus[step];
            for (load, value) in &site.tiers {
                constant += load[step] * (price - (price - value).max(0.0));
            }
            constant -= site.export_limit_kw[step] * (site.export_price_per_kwh[step] - price).max(0.0);
            let value = self.stored[step];
            per_charge += (charge * value - price).max(0.0);
            per_discharge += (price - store.wear_cost_per_kwh - discharge * value).max(0.0);
            // The tie's own limit stands where a size cannot raise it: in outages.
            let pays = (price - site.import_price_per_kwh[step] - premiums[step]).max(0.0);
            if is_limit_sized && site.import_limit_kw[step] > 0.0 {
                per_limit += pays;
            } else {
                constant -= site.import_limit_kw[step] * pays;
            }
        }
        for (slope, plant) in slopes.plants.iter_mut().zip(&site.plants) {
            let worth = |(power, price): (&f64, &f64)| power * price.max(0.0);
            *slope = -h * plant[steps.clone()].iter().zip(&self.bus[steps.clone()]).map(worth).sum::<f64>();
        }
        for (slope, cost) in slopes.gensets.iter_mut().zip(&site.genset_cost_per_kwh) {
            *slope = -h * self.bus[steps.clone()].iter().map(|price| (price - cost).max(0.0)).sum::<f64>();
        }
        (slopes.charge, slopes.discharge, slopes.import_limit) = (-h * per_charge, -h * per_discharge, -h * per_limit);
        slopes.capacity = self.per_capacity(site, keep, steps.clone());
        let mut caps = Vec::with_capacity(site.peaks.len());
        let mut standing = 0.0;
        for (peak, premiums) in site.peaks.iter().zip(&self.premiums) {
            let is_here = steps.contains(&peak.first_step);
            standing -= if is_here { peak.price_per_kw * peak.free_kw } else { 0.0 };
            caps.push(if is_here { peak.price_per_kw - h * premiums.iter().sum::<f64>() } else { 0.0 });
        }
        let start = if steps.start == 0 { 0.0 } else { -keep * self.stored[steps.start] };
        let end = if steps.end == site.steps() { 0.0 } else { self.stored[steps.end - 1] };
        Bound { constant: h * constant + standing, slopes, caps, start, end }
    }

    /// What the premiums of all peaks add to import at each step.
    pub(super) fn premium_by_step(&self, site: &Site) -> Vec<f64> {
        let mut sums = vec![0.0; site.steps()];
        for (peak, premiums) in site.peaks.iter().zip(&self.premiums) {
            sums[peak.first_step..peak.end_step].iter_mut().zip(premiums).for_each(|(sum, own)| *sum += own);
        }
        sums
    }

    /// The slope in the capacity: the energy at each border of steps, as a share of it, at its least. The ends of a part of the year
    /// are left to [`Bound::start`] and [`Bound::end`].
    fn per_capacity(&self, site: &Site, keep: f64, steps: Range<usize>) -> f64 {
        let store = &site.storage;
        let mut slope = if steps.start == 0 { -keep * store.start * self.stored[0] } else { 0.0 };
        for step in steps.clone() {
            let value = self.stored[step];
            slope -= (1.0 - keep) * store.least * value;
            if step > steps.start {
                slope += least(site, self.stored[step - 1] - keep * value, false);
            }
        }
        if steps.end == site.steps() { slope + least(site, self.stored[steps.end - 1], true) } else { slope }
    }
}

/// The least of weight·θ over the window of shares, at the end with what the energy left, or missing, counts.
fn least(site: &Site, weight: f64, is_end: bool) -> f64 {
    let store = &site.storage;
    let ends = |weight: f64| (weight * store.least).min(weight * store.most);
    match (is_end, store.end_value_per_kwh) {
        (false, _) => ends(weight),
        (true, Some(value)) => ends(weight - value) + value * store.start,
        (true, None) => {
            let missed = site.shortfall_price_per_kwh * (store.start - store.least);
            (weight * store.most).min(weight * store.start).min(weight * store.least + missed)
        }
    }
}

/// A proof that no sizes within the bounds cost less: the prices of each year. Whoever has the site's columns can check it.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    /// The prices, a year each.
    pub years: Vec<PricePaths>,
    /// What a unit of each year's cost counts: its [`weight`](super::Year::weight); with a tail share any weights of it
    /// ([`Task::with_tail`]).
    pub weights: Vec<f64>,
    /// The limits that matter, each with the price of a unit of its most, above 0.
    pub limits: Vec<(SizeLimit, f64)>,
}

/// A part of the bounds and the proof of it. Parts hold all counts of sizes with steps between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// The least and the greatest value of each size.
    pub bounds: Vec<(f64, f64)>,
    /// The proof within them.
    pub certificate: Certificate,
}

impl Certificate {
    /// The lower value that the prices prove, by the arithmetic of the [module's](super) model alone.
    #[must_use]
    pub fn lower_cost(&self, task: &Task) -> f64 {
        let bounds: Vec<(f64, f64)> = task.sizes.iter().map(|size| (size.least, size.most)).collect();
        self.lower_cost_within(task, &bounds)
    }

    /// The same for sizes within other bounds: the least and the greatest value of each.
    #[must_use]
    pub fn lower_cost_within(&self, task: &Task, bounds: &[(f64, f64)]) -> f64 {
        let sizes = &task.sizes;
        let mut constant = task.constant_cost();
        let mut slopes: Vec<f64> = sizes.iter().map(|size| size.cost_per_unit).collect();
        let mut of_caps = 0.0;
        for ((year, paths), weight) in task.years.iter().zip(&self.years).zip(task.kept_weights(&self.weights)) {
            let bound = paths.bound(task.site_of(year), task.is_limit_sized());
            constant += weight * (bound.constant + bound.slopes.dot(&task.unsized_amounts()));
            for (slope, own) in slopes.iter_mut().zip(task.slopes_of(&bound.slopes, year)) {
                *slope += weight * own;
            }
            for (cap, (least, most)) in bound.caps.iter().zip(task.cap_bounds()) {
                of_caps += weight * (cap * least).min(cap * most);
            }
        }
        for (limit, price) in &self.limits {
            constant -= price * limit.most;
            slopes.iter_mut().zip(&limit.per_unit).for_each(|(slope, per_unit)| *slope += price * per_unit);
        }
        let of_sizes = slopes.iter().zip(bounds).map(|(slope, (least, most))| (slope * least).min(slope * most));
        constant + of_caps + of_sizes.sum::<f64>()
    }
}
