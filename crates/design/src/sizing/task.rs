//! What is to be sized: the site, the sizes with their bounds and costs, the years.

use std::sync::Arc;

use microgrid_core::{Plan, Problem, Problems};

use super::amounts::{Amounts, Quantity};
use super::ride_through::RideThrough;
use super::site::Site;

/// A size: one number that sets one or several quantities of the site.
#[derive(Debug, Clone, PartialEq)]
pub struct Size {
    /// What reports call it, such as `storage.battery[0].capacity_kwh`.
    pub name: String,
    /// What it sets, and how much of it a unit of the size is.
    pub sets: Vec<(Quantity, f64)>,
    /// Least value, at least 0.
    pub least: f64,
    /// Greatest value.
    pub most: f64,
    /// What is there already: it costs nothing, the rest costs [`Size::cost_per_unit`].
    pub existing: f64,
    /// What a unit costs over all years: capital, upkeep, replacement less salvage, as a present value; or a year, where the
    /// one year's weight is 1.
    pub cost_per_unit: f64,
    /// What a unit costs when it is bought: counts against the budget.
    pub capital_per_unit: f64,
    /// What is bought at once, such as a cabinet's kWh: the size is what is existing and a whole count of steps. `None`: any
    /// value.
    pub step: Option<f64>,
}

/// A year of the project.
#[derive(Debug, Clone, PartialEq)]
pub struct Year {
    /// What a unit of its operating cost counts: the discount factor, growth of prices, and the number of years like it.
    pub weight: f64,
    /// What is left of each size in it, in (0, 1]; 1 where nothing has faded.
    pub left: Vec<f64>,
    /// The site in this year, where its weather, load or prices are others: of the same steps and equipment as that of the task.
    pub site: Option<Arc<Site>>,
}

/// A sizing problem.
#[derive(Debug, Clone)]
pub struct Task {
    /// The site but for its sizes.
    pub site: Site,
    /// The sizes.
    pub sizes: Vec<Size>,
    /// The years, at least one.
    pub years: Vec<Year>,
    /// Where years are chances of one year: the share of the dearest whose mean is the cost ([`Task::with_tail`]).
    pub tail_share: Option<f64>,
    /// Most that the sizes beyond the existing may cost when bought.
    pub budget: Option<f64>,
    /// Critical load to be carried without the grid.
    pub ride_through: Option<RideThrough>,
}

impl Task {
    /// One year that stands for all, of weight 1.
    ///
    /// # Errors
    /// As [`Task::over_years`].
    pub fn new(plan: &Plan, sizes: Vec<Size>) -> Result<Self, Problems> {
        let year = Year { weight: 1.0, left: vec![1.0; sizes.len()], site: None };
        Self::over_years(plan, sizes, vec![year])
    }

    /// The sizes of a site over years.
    ///
    /// # Errors
    /// What the sizing cannot take of the scenario ([`Site::of`]); sizes without end or of quantities that the scenario does
    /// not have; two sizes of one quantity; demand charges beside several years.
    pub fn over_years(plan: &Plan, sizes: Vec<Size>, years: Vec<Year>) -> Result<Self, Problems> {
        let sized: Vec<Quantity> = sizes.iter().flat_map(|size| size.sets.iter().map(|set| set.0)).collect();
        let mut problems = Problems::none();
        let site = Site::of(plan, &sized).map_err(|found| problems.extend(found));
        sizes.iter().for_each(|size| size.check(plan, &mut problems));
        for (i, quantity) in sized.iter().enumerate().filter(|(i, quantity)| sized[..*i].contains(quantity)) {
            let problem = Problem::new(format!("size[{i}].field"), "is set by two sizes");
            problems.push(problem.value(format!("{quantity:?}")));
        }
        if sizes.is_empty() {
            problems.push(Problem::new("size", "is missing").allowed("at least one"));
        }
        for (i, year) in years.iter().enumerate() {
            problems.require_range(format_args!("years[{i}].weight"), year.weight, 0.0, 1e6);
            if year.left.len() != sizes.len() || !year.left.iter().all(|left| *left > 0.0 && *left <= 1.0) {
                problems.push(Problem::new(format!("years[{i}].left"), "must be one number in (0, 1] per size"));
            }
        }
        let Ok(site) = site else { return Err(problems) };
        for (i, own) in years.iter().enumerate().filter_map(|(i, year)| Some((i, year.site.as_ref()?))) {
            let form = |site: &Site| (site.steps(), site.plants.len(), site.genset_cost_per_kwh.len(), site.storage);
            if form(own) != form(&site) || !own.peaks.is_empty() {
                let message = "must be a site of the same steps, plants, gensets and storage, without demand charges";
                problems.push(Problem::new(format!("years[{i}].site"), message));
            }
        }
        if years.len() > 1 && !site.peaks.is_empty() {
            let problem = Problem::new("economics", "sizing takes no demand charges beside years that differ");
            problems.push(problem.hint("leave the fading of sizes out: growth of all prices is taken"));
        }
        problems.or_else(|| {
            let mut task = Self { site, sizes, years, tail_share: None, budget: None, ride_through: None };
            let greatest = task.amounts(&task.sizes.iter().map(|size| size.most).collect::<Vec<_>>());
            task.site.limit_tie(&greatest);
            let own = task.years.iter_mut().filter_map(|year| year.site.as_mut());
            own.for_each(|site| Arc::make_mut(site).limit_tie(&greatest));
            task
        })
    }

    /// The same with a budget for what is bought.
    ///
    /// # Errors
    /// A budget below 0, or below what the least sizes cost.
    pub fn within_budget(mut self, budget: f64) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let spent = |size: &Size| size.capital_per_unit * (size.least - size.existing).max(0.0);
        let least: f64 = self.sizes.iter().map(spent).sum();
        problems.require_range("goal.budget", budget, least, 1e15);
        self.budget = Some(budget);
        problems.or_else(|| self)
    }

    /// The same where the years are chances of one year, and the cost of operation is the mean of the dearest `share` of them
    /// (conditional value at risk, CVaR, at the level 1 − share): 1 is the mean of all, less looks at worse years only.
    ///
    /// # Model
    /// CVaR(F) = max Σ_y ω_y F_y over 0 ≤ ω_y ≤ w_y/share with Σ ω_y = Σ w_y (Rockafellar, Uryasev, *Optimization of conditional
    /// value-at-risk*, 2000, in its dual form). Any such ω makes Σ ω_y F_y a lower value, so that a cut with the ω of its point is one.
    ///
    /// # Errors
    /// A share outside of 0 (excluded) to 1.
    pub fn with_tail(mut self, share: f64) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        problems.require_range("goal.tail_share", share, 1e-3, 1.0);
        self.tail_share = Some(share);
        problems.or_else(|| self)
    }

    /// The site of a year.
    #[must_use]
    pub fn site_of<'a>(&'a self, year: &'a Year) -> &'a Site {
        year.site.as_deref().unwrap_or(&self.site)
    }

    /// Changes the site of every year in the same way.
    pub fn change_sites(&mut self, mut change: impl FnMut(&mut Site)) {
        change(&mut self.site);
        self.years.iter_mut().filter_map(|year| year.site.as_mut()).for_each(|site| change(Arc::make_mut(site)));
    }

    /// What each year counts where they cost so much: its weight, or the dearest as much as the tail allows.
    #[must_use]
    pub fn weights_at(&self, operating: &[f64]) -> Vec<f64> {
        let own: Vec<f64> = self.years.iter().map(|year| year.weight).collect();
        let Some(share) = self.tail_share else { return own };
        let mut dearest: Vec<usize> = (0..own.len()).collect();
        dearest.sort_by(|a, b| operating[*b].total_cmp(&operating[*a]));
        let mut left: f64 = own.iter().sum();
        let mut weights = vec![0.0; own.len()];
        for year in dearest {
            weights[year] = (own[year] / share).min(left);
            left -= weights[year];
        }
        weights
    }

    /// Weights that a certificate names, brought within what the tail allows, so that they prove whatever they are.
    pub(super) fn kept_weights(&self, named: &[f64]) -> Vec<f64> {
        let own: Vec<f64> = self.years.iter().map(|year| year.weight).collect();
        let Some(share) = self.tail_share else { return own };
        let most: Vec<f64> = own.iter().map(|weight| weight / share).collect();
        let mut kept: Vec<f64> =
            (0..own.len()).map(|y| named.get(y).copied().unwrap_or(0.0).max(0.0).min(most[y])).collect();
        // What is missing of the sum, or too much, is spread over what has room.
        let missing = own.iter().sum::<f64>() - kept.iter().sum::<f64>();
        let room = |y: usize, kept: &[f64]| if missing > 0.0 { most[y] - kept[y] } else { kept[y] };
        let rooms: f64 = (0..own.len()).map(|y| room(y, &kept)).sum();
        if rooms > 0.0 && missing != 0.0 {
            let shares: Vec<f64> = (0..own.len()).map(|y| room(y, &kept) / rooms).collect();
            kept.iter_mut().zip(shares).for_each(|(weight, part)| *weight += missing * part);
        }
        kept
    }

    /// The same where critical load is carried without the grid.
    #[must_use]
    pub fn riding_through(mut self, goal: RideThrough) -> Self {
        self.ride_through = Some(goal);
        self
    }

    /// The cost of sizes beyond those existing, as bought, kept up and replaced.
    #[must_use]
    pub fn fixed_cost(&self, sizes: &[f64]) -> f64 {
        self.constant_cost() + self.sizes.iter().zip(sizes).map(|(size, x)| size.cost_per_unit * x).sum::<f64>()
    }

    /// The site's quantities at sizes as they are when new.
    #[must_use]
    pub fn amounts(&self, sizes: &[f64]) -> Amounts {
        let mut amounts = self.unsized_amounts();
        for (size, x) in self.sizes.iter().zip(sizes) {
            size.sets.iter().for_each(|(quantity, per_unit)| *amounts.get_mut(*quantity) += per_unit * x);
        }
        amounts
    }

    pub(super) fn constant_cost(&self) -> f64 {
        -self.sizes.iter().map(|size| size.cost_per_unit * size.existing).sum::<f64>()
    }

    pub(super) fn is_limit_sized(&self) -> bool {
        self.sizes.iter().any(|size| size.sets.iter().any(|set| set.0 == Quantity::ImportLimit))
    }

    /// The quantities with 0 for all that is sized.
    pub(super) fn unsized_amounts(&self) -> Amounts {
        let mut amounts = self.site.amounts.clone();
        for (quantity, _) in self.sizes.iter().flat_map(|size| &size.sets) {
            *amounts.get_mut(*quantity) = 0.0;
        }
        amounts
    }

    /// Slopes in the sizes of a year from those in the quantities.
    pub(super) fn slopes_of(&self, slopes: &Amounts, year: &Year) -> Vec<f64> {
        let of_size = |size: &Size| size.sets.iter().map(|(quantity, per_unit)| slopes.get(*quantity) * per_unit).sum();
        let slopes: Vec<f64> = self.sizes.iter().map(of_size).collect();
        slopes.iter().zip(&year.left).map(|(slope, left): (&f64, &f64)| slope * left).collect()
    }

    /// The range in which each cap is searched: from what is free to what is never imported beyond, kW.
    pub(super) fn cap_bounds(&self) -> Vec<(f64, f64)> {
        let greatest: Vec<f64> = self.sizes.iter().map(|size| size.most).collect();
        let charge_kw = self.amounts(&greatest).charge;
        let of_peak = |peak: &super::site::Peak| {
            let import = |step: usize| (self.site.load_kw(step) + charge_kw).min(self.site.import_limit_kw[step]);
            let most = (peak.first_step..peak.end_step).map(import).fold(0.0, f64::max);
            (peak.free_kw, most.max(peak.free_kw))
        };
        self.site.peaks.iter().map(of_peak).collect()
    }
}

impl Size {
    /// The least and the greatest value that it can take: with steps, of the counts within the bounds.
    #[must_use]
    pub fn reached(&self) -> (f64, f64) {
        let Some(step) = self.step else { return (self.least, self.most) };
        let count = |value: f64, slack: f64| (value - self.existing) / step + slack;
        let at = |count: f64| self.existing + step * count;
        (at(libm::ceil(count(self.least, -1e-9))), at(libm::floor(count(self.most, 1e-9))))
    }

    fn check(&self, plan: &Plan, problems: &mut Problems) {
        let name = &self.name;
        problems.require_range(format_args!("{name}.least"), self.least, 0.0, 1e9);
        if self.most.is_finite() {
            problems.require_range(format_args!("{name}.most"), self.most, self.least.clamp(0.0, 1e9), 1e9);
        } else {
            let problem = Problem::new(format_args!("{name}.most"), "has no end: sizing needs a greatest value");
            problems.push(problem.hint("what roof, land or connection allow; a bound that is reached is told"));
        }
        problems.require_range(format_args!("{name}.existing"), self.existing, 0.0, 1e9);
        problems.require_range(format_args!("{name}.cost_per_unit"), self.cost_per_unit, 0.0, 1e12);
        problems.require_range(format_args!("{name}.capital_cost_per_unit"), self.capital_per_unit, 0.0, 1e12);
        if let Some(step) = self.step {
            problems.require_range(format_args!("{name}.step"), step, 1e-6, 1e9);
            let (first, last) = self.reached();
            if step > 0.0 && first > last {
                let problem = Problem::new(format_args!("{name}.step"), "has no whole count within the bounds");
                problems.push(problem.value(step).allowed(format!("{} to {}", self.least, self.most)));
            }
        }
        let scenario = plan.scenario();
        for (quantity, per_unit) in &self.sets {
            let is_there = match quantity {
                Quantity::Plant(i) => *i < scenario.generation.len(),
                Quantity::Genset(i) => *i < scenario.gensets.len(),
                Quantity::ImportLimit => true,
                _ => !scenario.storage.is_empty(),
            };
            if !is_there {
                problems
                    .push(Problem::new(name, "sizes what the scenario does not have").value(format!("{quantity:?}")));
            }
            problems.require_range(format_args!("{name}.per_unit"), *per_unit, 1e-9, 1e9);
        }
    }
}
