//! All years planned at a point: what they cost, and their cut. Recalled from a journal where it has them.

use std::sync::{Arc, OnceLock};

use microgrid_core::Problems;

use super::certificate::PricePaths;
use super::journal::{Digest, Journal};
use super::level::Sizer;
use super::oracle::Oracle;
use super::parts::Part;
use super::site::Site;
use super::task::{Size, Task, Year};

/// The price paths of all years planned at a point. Of a point that was recalled they are planned when they are asked for, as only
/// few of a search's points are in its proof.
#[derive(Debug, Default)]
pub(super) struct Priced {
    /// The point, sizes and caps over the unit box.
    point: Vec<f64>,
    /// What each year counts in the cost at the point.
    pub(super) weights: Vec<f64>,
    paths: OnceLock<Vec<PricePaths>>,
}

impl Priced {
    /// Prices at hand that each year counts with its own weight.
    pub(super) fn of(task: &Task, paths: Vec<PricePaths>) -> Self {
        let weights = task.years.iter().map(|year| year.weight).collect();
        Self { point: Vec::new(), weights, paths: OnceLock::from(paths) }
    }

    /// The paths, one of each year.
    pub(super) fn paths(&self, sizer: &Sizer) -> &[PricePaths] {
        // What was planned once is planned again to the same bits; a year that could not be planned is in no cut.
        self.paths
            .get_or_init(|| sizer.planned(&mut Oracle::default(), &self.point).map_or(Vec::new(), |found| found.1))
    }
}

/// What all years cost at a point.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Costs {
    /// Of sizes and operation, with caps as the point has them.
    pub(super) total: f64,
    /// With caps at the plan's own peaks.
    pub(super) at_own_peaks: f64,
    /// Of the operation of each year.
    pub(super) operating: Vec<f64>,
    /// The plan's own peaks, kW.
    pub(super) peaks_kw: Vec<f64>,
    /// What each year counts.
    pub(super) weights: Vec<f64>,
    /// The cut over the unit box.
    pub(super) constant: f64,
    pub(super) slopes: Vec<f64>,
}

impl Sizer {
    /// All years at a point: costs, cut, prices, parts.
    pub(super) fn plan(&mut self, point: &[f64]) -> Result<(Costs, Arc<Priced>, Vec<Part>), Problems> {
        let key = self.journal.as_ref().map(|(journal, digest)| (journal.clone(), digest.numbers(point)));
        if let Some(found) = key.as_ref().and_then(|(journal, key)| self.recalled(&journal.recall(*key)?, point)) {
            return Ok(found);
        }
        let mut oracle = std::mem::take(&mut self.oracle);
        let planned = self.planned(&mut oracle, point);
        self.oracle = oracle;
        let (costs, paths) = planned?;
        let parts: Vec<Part> = self.parts.iter().map(|steps| Part::of(self, &paths[0], steps.clone())).collect();
        if let Some((journal, key)) = &key {
            journal.keep(*key, &self.written(&costs, &paths));
        }
        let priced = Priced { point: point.to_vec(), weights: costs.weights.clone(), paths: OnceLock::from(paths) };
        Ok((costs, Arc::new(priced), parts))
    }

    fn planned(&self, oracle: &mut Oracle, point: &[f64]) -> Result<(Costs, Vec<PricePaths>), Problems> {
        let count = self.task.sizes.len();
        let sizes = self.sizes_at(point);
        let caps_kw: Vec<f64> = (count..point.len()).map(|k| self.least[k] + self.width[k] * point[k]).collect();
        let task = &self.task;
        let fixed = task.fixed_cost(&sizes);
        let mut found = Vec::with_capacity(task.years.len());
        for year in &task.years {
            let left: Vec<f64> = sizes.iter().zip(&year.left).map(|(size, left)| size * left).collect();
            found.push(oracle.evaluate(task.site_of(year), &task.amounts(&left), &caps_kw)?);
        }
        let mut costs = Costs {
            total: fixed,
            at_own_peaks: fixed,
            operating: found.iter().map(|year| year.cost_at_own_peaks).collect(),
            peaks_kw: oracle.peaks_kw.clone(),
            constant: task.constant_cost(),
            slopes: task.sizes.iter().map(|size| size.cost_per_unit).collect(),
            ..Costs::default()
        };
        costs.weights = task.weights_at(&costs.operating);
        costs.slopes.resize(point.len(), 0.0);
        let unsized_amounts = task.unsized_amounts();
        let mut paths = Vec::with_capacity(found.len());
        for ((year, weight), found) in task.years.iter().zip(&costs.weights).zip(found) {
            let bound = found.prices.bound(task.site_of(year), task.is_limit_sized());
            costs.constant += weight * (bound.constant + bound.slopes.dot(&unsized_amounts));
            let of_sizes = task.slopes_of(&bound.slopes, year).into_iter().chain(bound.caps);
            costs.slopes.iter_mut().zip(of_sizes).for_each(|(slope, own)| *slope += weight * own);
            costs.total += weight * found.cost;
            costs.at_own_peaks += weight * found.cost_at_own_peaks;
            paths.push(found.prices);
        }
        costs.constant += costs.slopes.iter().zip(&self.least).map(|(slope, least)| slope * least).sum::<f64>();
        costs.slopes.iter_mut().zip(&self.width).for_each(|(slope, width)| *slope *= width);
        Ok((costs, paths))
    }

    /// The numbers of an entry of the journal. A search in parts proves each round by the prices themselves, so they are written too.
    fn written(&self, costs: &Costs, paths: &[PricePaths]) -> Vec<f64> {
        let Costs { total, at_own_peaks, operating, peaks_kw, weights, constant, slopes } = costs;
        let mut numbers = vec![*total, *at_own_peaks, *constant];
        [operating, peaks_kw, weights, slopes].into_iter().for_each(|list| numbers.extend(list));
        if !self.parts.is_empty() {
            for path in paths {
                numbers.extend(path.bus.iter().chain(&path.stored).chain(path.premiums.iter().flatten()));
            }
        }
        numbers
    }

    /// What [`Sizer::written`] wrote; `None` where it is of another length.
    fn recalled(&self, numbers: &[f64], point: &[f64]) -> Option<(Costs, Arc<Priced>, Vec<Part>)> {
        let mut left = numbers.iter().copied();
        let mut take = |count: usize| -> Option<Vec<f64>> {
            let taken: Vec<f64> = left.by_ref().take(count).collect();
            (taken.len() == count).then_some(taken)
        };
        let head = take(3)?;
        let years = self.task.years.len();
        let costs = Costs {
            total: head[0],
            at_own_peaks: head[1],
            constant: head[2],
            operating: take(years)?,
            peaks_kw: take(self.task.site.peaks.len())?,
            weights: take(years)?,
            slopes: take(point.len())?,
        };
        let mut paths = Vec::new();
        if !self.parts.is_empty() {
            for year in &self.task.years {
                let mut path = PricePaths::zero(self.task.site_of(year));
                for list in [&mut path.bus, &mut path.stored].into_iter().chain(&mut path.premiums) {
                    *list = take(list.len())?;
                }
                paths.push(path);
            }
        }
        let parts: Vec<Part> = self.parts.iter().map(|steps| Part::of(self, &paths[0], steps.clone())).collect();
        let at_hand = OnceLock::new();
        if !paths.is_empty() {
            at_hand.get_or_init(|| paths);
        }
        let priced = Priced { point: point.to_vec(), weights: costs.weights.clone(), paths: at_hand };
        take(0)?;
        left.next().is_none().then(|| (costs, Arc::new(priced), parts))
    }

    /// Recalls evaluations from a journal and keeps new ones in it. The search, its result and its proof stay the same bits.
    #[must_use]
    pub fn with_journal(mut self, journal: &Journal) -> Self {
        self.journal = Some((journal.clone(), digest_of(&self.task)));
        self
    }
}

/// The digest of all that an evaluation depends on beside the point.
fn digest_of(task: &Task) -> Digest {
    let Task { site, sizes, years, tail_share, budget: _, ride_through: _ } = task;
    let mut digest = of_site(Digest::of("evaluation"), site);
    for size in sizes {
        let Size { name: _, sets, least, most, existing, cost_per_unit, capital_per_unit: _, step } = size;
        digest = digest.numbers(&[*least, *most, *existing, *cost_per_unit, step.unwrap_or(-1.0)]);
        for (quantity, per_unit) in sets {
            digest = digest.text(&format!("{quantity:?}")).number(*per_unit);
        }
    }
    for year in years {
        let Year { weight, left, site } = year;
        digest = digest.number(*weight).numbers(left);
        digest = site.as_ref().map_or(digest, |site| of_site(digest.text("own"), site));
    }
    digest.number(tail_share.unwrap_or(-1.0))
}

fn of_site(mut digest: Digest, site: &Site) -> Digest {
    for (load, value) in &site.tiers {
        digest = digest.numbers(load).number(*value);
    }
    let columns = [
        &site.import_price_per_kwh,
        &site.export_price_per_kwh,
        &site.import_limit_kw,
        &site.export_limit_kw,
        &site.genset_cost_per_kwh,
    ];
    digest = site.plants.iter().chain(columns).fold(digest, |digest, column| digest.numbers(column));
    for peak in &site.peaks {
        digest = digest.numbers(&[peak.first_step as f64, peak.end_step as f64, peak.price_per_kw, peak.free_kw]);
        for counts in peak.counts.iter().flat_map(|counts| counts.iter()) {
            digest = digest.number(f64::from(u8::from(*counts)));
        }
    }
    // Shares, efficiencies and amounts, by all of their fields.
    let rest = format!("{:?} {:?} {}", site.storage, site.amounts, site.may_be_short);
    digest.text(&rest).numbers(&[site.step_h, site.shortfall_price_per_kwh])
}
