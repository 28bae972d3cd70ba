//! What a unit of a size earns by: its slope in parts.
//!
//! # Model
//! The slopes of the cut at the best sizes are sums over steps ([module](super)); each step's term is given to what the prices
//! there say: bought energy that is spared, energy sold, energy stored for later, a peak's charge spared, an outage or an island
//! served. A kWh of capacity earns where the value of stored energy jumps while the storage is full: the jump is that of the next
//! discharge over the charge before. The parts of a size add up to its slope.

use microgrid_core::Problems;

use super::amounts::{Amounts, Quantity};
use super::certificate::PricePaths;
use super::level::Sizer;
use super::site::Site;

/// What a unit of a size saves, by how; in the money of the task, over its years.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Earnings {
    /// Energy of one's own used when it is made, in place of import.
    pub own_use: f64,
    /// Energy sold.
    pub export: f64,
    /// Energy of one's own stored for later.
    pub sun: f64,
    /// Energy bought when it is cheap and used when it is dear.
    pub arbitrage: f64,
    /// Charges on peaks, and the tie's limit, spared.
    pub peak: f64,
    /// Load served while there is no grid, in place of fuel or of load lost.
    pub without_grid: f64,
}

impl Earnings {
    /// The parts with their names.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, f64); 6] {
        [
            ("own use", self.own_use),
            ("export", self.export),
            ("sun stored", self.sun),
            ("arbitrage", self.arbitrage),
            ("peaks", self.peak),
            ("without the grid", self.without_grid),
        ]
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.parts().iter().map(|(_, part)| part).sum()
    }

    /// Each part times a factor, such as one that makes a year of a present value.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        let mut product = Self::default();
        product.add(self, factor);
        product
    }

    fn add(&mut self, other: &Self, weight: f64) {
        self.own_use += weight * other.own_use;
        self.export += weight * other.export;
        self.sun += weight * other.sun;
        self.arbitrage += weight * other.arbitrage;
        self.peak += weight * other.peak;
        self.without_grid += weight * other.without_grid;
    }
}

impl Sizer {
    /// What a unit of each size saves at the best sizes, by how. One evaluation.
    ///
    /// # Errors
    /// A plan that cannot be solved.
    pub fn earnings(&mut self) -> Result<Vec<Earnings>, Problems> {
        let best = self.best.clone();
        self.evaluate(&best)?;
        let Some(cut) = self.cuts.last() else { return Ok(Vec::new()) };
        let task = &self.task;
        let mut found = vec![Earnings::default(); task.sizes.len()];
        let weights = &cut.prices.weights;
        for ((year, prices), weight) in task.years.iter().zip(cut.prices.paths(self)).zip(weights) {
            let site = task.site_of(year);
            let at = Steps { site, prices, premium: prices.premium_by_step(site) };
            let slopes = prices.bound(site, task.is_limit_sized()).slopes;
            for ((size, found), left) in task.sizes.iter().zip(&mut found).zip(&year.left) {
                for (quantity, per_unit) in &size.sets {
                    found.add(&at.of(*quantity, &slopes), weight * left * per_unit);
                }
            }
        }
        Ok(found)
    }
}

/// The prices of a year, step by step.
struct Steps<'a> {
    site: &'a Site,
    prices: &'a PricePaths,
    premium: Vec<f64>,
}

impl Steps<'_> {
    fn of(&self, quantity: Quantity, slopes: &Amounts) -> Earnings {
        match quantity {
            Quantity::Plant(i) => self.of_plant(&self.site.plants[i]),
            Quantity::Genset(i) => {
                let cost = self.site.genset_cost_per_kwh[i];
                self.sum(|at, step| at.used(step, (at.prices.bus[step] - cost).max(0.0)))
            }
            Quantity::ChargePower => self.sum(|at, step| {
                let (charge, _) = at.site.storage.gains(at.site.step_h);
                at.charged(step, (charge * at.prices.stored[step] - at.prices.bus[step]).max(0.0))
            }),
            Quantity::DischargePower => self.sum(|at, step| {
                let (_, discharge) = at.site.storage.gains(at.site.step_h);
                let asked = at.site.storage.wear_cost_per_kwh + discharge * at.prices.stored[step];
                at.used(step, (at.prices.bus[step] - asked).max(0.0))
            }),
            Quantity::ImportLimit => Earnings { peak: -slopes.import_limit, ..Earnings::default() },
            Quantity::Capacity => self.of_capacity(-slopes.capacity),
        }
    }

    /// h × the sum of a value by steps.
    fn sum(&self, of: impl Fn(&Self, usize) -> Earnings) -> Earnings {
        let mut sum = Earnings::default();
        (0..self.site.steps()).for_each(|step| sum.add(&of(self, step), self.site.step_h));
        sum
    }

    fn has_grid(&self, step: usize) -> bool {
        self.site.import_limit_kw[step] > 0.0
    }

    /// Whether a kWh at the bus is worth less than one bought: it comes from the site's own plants.
    fn is_own(&self, step: usize) -> bool {
        self.prices.bus[step] < self.site.import_price_per_kwh[step] * (1.0 - 1e-9) - 1e-12
    }

    fn of_plant(&self, power_kw: &[f64]) -> Earnings {
        self.sum(|at, step| {
            let (price, bought) = (at.prices.bus[step].max(0.0), at.site.import_price_per_kwh[step]);
            let mut part = Earnings::default();
            if !at.has_grid(step) {
                part.without_grid = price;
            } else if !at.is_own(step) {
                (part.own_use, part.peak) = (bought.min(price), (price - bought).max(0.0));
            } else if price <= at.site.export_price_per_kwh[step] * (1.0 + 1e-9) + 1e-12 {
                part.export = price;
            } else {
                part.sun = price;
            }
            let mut own = Earnings::default();
            own.add(&part, power_kw[step]);
            own
        })
    }

    /// A value per kWh given to the bus.
    fn used(&self, step: usize, value: f64) -> Earnings {
        if !self.has_grid(step) {
            return Earnings { without_grid: value, ..Earnings::default() };
        }
        let above = (self.prices.bus[step] - self.site.import_price_per_kwh[step]).max(self.premium[step]);
        let peak = value.min(above.max(0.0));
        Earnings { peak, arbitrage: value - peak, ..Earnings::default() }
    }

    /// A value per kWh taken from the bus.
    fn charged(&self, step: usize, value: f64) -> Earnings {
        match (self.has_grid(step), self.is_own(step)) {
            (false, _) => Earnings { without_grid: value, ..Earnings::default() },
            (true, true) => Earnings { sun: value, ..Earnings::default() },
            (true, false) => Earnings { arbitrage: value, ..Earnings::default() },
        }
    }

    /// The jumps of the stored value while the storage is full, as shares of what a kWh of capacity earns.
    fn of_capacity(&self, earned: f64) -> Earnings {
        let (h, store) = (self.site.step_h, &self.site.storage);
        let keep = store.keep(h);
        let (charge, discharge) = store.gains(h);
        let count = self.site.steps();
        // The next step that gives, seen from each step on.
        let gives = |step: usize| {
            let asked = store.wear_cost_per_kwh + discharge * self.prices.stored[step];
            self.prices.bus[step] >= asked - 1e-9 * (1.0 + asked.abs())
        };
        let mut next_use = vec![count; count + 1];
        for step in (0..count).rev() {
            next_use[step] = if gives(step) { step } else { next_use[step + 1] };
        }
        let takes = |step: usize| {
            let worth = charge * self.prices.stored[step];
            self.prices.bus[step] <= worth + 1e-9 * (1.0 + worth.abs())
        };
        let (mut parts, mut last_charge) = (Earnings::default(), None);
        for step in 0..count - 1 {
            last_charge = if takes(step) { Some(step) } else { last_charge };
            let jump = keep * self.prices.stored[step + 1] - self.prices.stored[step];
            if jump <= 1e-12 {
                continue;
            }
            let by_use = match next_use[step + 1] {
                later if later < count => self.used(later, jump),
                _ => Earnings { arbitrage: jump, ..Earnings::default() },
            };
            let is_sun = last_charge.is_some_and(|at| self.has_grid(at) && self.is_own(at));
            let mut part = by_use;
            if is_sun {
                (part.sun, part.arbitrage) = (part.arbitrage, 0.0);
            }
            parts.add(&part, 1.0);
        }
        let all = parts.total();
        if all <= 0.0 {
            return Earnings { arbitrage: earned, ..Earnings::default() };
        }
        let mut shared = Earnings::default();
        shared.add(&parts, earned / all);
        shared
    }
}
