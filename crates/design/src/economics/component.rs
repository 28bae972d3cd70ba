//! A piece of equipment over the life of a project: bought, kept up, replaced, and worth something at the end.

use microgrid_core::Problems;

use super::rates::discount_factor;

/// What equipment is worth at the end of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Salvage {
    /// The unused share of its last life, of the replacement cost (HOMER).
    #[default]
    Linear,
    /// What makes its yearly cost the annuity over its own life, whatever the project's length (Microgrids.jl, and the
    /// annuities of PyPSA and oemof): C·((1 + i)^R − (1 + i)^u)/((1 + i)^R − 1) at age u.
    Consistent,
    /// Nothing.
    None,
}

/// A piece of equipment. Costs in the project's currency, all of one price level.
///
/// # Examples
/// HOMER's example of a genset (help of HOMER Grid 1.1, "Net Present Cost"): 725 240 over 25 years at 6 %.
/// ```
/// use microgrid_design::economics::{Component, Salvage};
///
/// let genset = Component {
///     name: "genset".into(), capital_cost: 96_000.0, replacement_cost: 48_000.0, lifetime_years: 3.52,
///     upkeep_cost_per_year: 2_471.0 + 34_969.0, salvage: Salvage::Linear,
/// };
/// let total = genset.present_costs(0.06, 25).total();
/// assert!((total / 725_240.0 - 1.0).abs() < 1e-5);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// What reports call it.
    pub name: String,
    /// What it costs in year 0, at least 0.
    pub capital_cost: f64,
    /// What its replacement costs, at least 0.
    pub replacement_cost: f64,
    /// Its life, years, above 0, may be fractional; infinite for what is never replaced. A genset's is its hours of life
    /// over its hours a year, a battery's the lesser of its calendar life and its cycles of life over its cycles a year.
    pub lifetime_years: f64,
    /// Upkeep, and whatever else it costs each year.
    pub upkeep_cost_per_year: f64,
    /// What it is worth at the end.
    pub salvage: Salvage,
}

/// Present values of a component's costs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PresentCosts {
    /// Of buying it.
    pub capital_cost: f64,
    /// Of replacing it.
    pub replacement_cost: f64,
    /// Of upkeep.
    pub upkeep_cost: f64,
    /// Of what it is worth at the end.
    pub salvage_value: f64,
}

impl PresentCosts {
    /// Net present cost: capital, replacement and upkeep less salvage.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.capital_cost + self.replacement_cost + self.upkeep_cost - self.salvage_value
    }
}

impl Component {
    /// Everything that is out of its range.
    #[must_use]
    pub fn check(&self) -> Problems {
        let mut problems = Problems::none();
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{}.{name}", self.name), value, least, most);
        };
        range("capital_cost", self.capital_cost, 0.0, 1e15);
        range("replacement_cost", self.replacement_cost, 0.0, 1e15);
        range("upkeep_cost_per_year", self.upkeep_cost_per_year, -1e15, 1e15);
        if self.lifetime_years != f64::INFINITY {
            // Shorter lives are replaced thousands of times in a project.
            range("lifetime_years", self.lifetime_years, 1e-2, 1e4);
        }
        problems
    }

    /// When it is replaced in a project of `years`: at R, 2R, … before the end, none at the end itself.
    pub fn replacement_years(&self, years: u32) -> impl Iterator<Item = f64> + use<> {
        let (life, end) = (self.lifetime_years, f64::from(years));
        // A life that divides the project but for rounding is not replaced at its end.
        (1..).map(move |n| f64::from(n) * life).take_while(move |at| *at < end * (1.0 - 1e-12))
    }

    /// Its age at the end of the project, years.
    #[must_use]
    pub fn age_at_end_years(&self, years: u32) -> f64 {
        f64::from(years) - self.replacement_years(years).last().unwrap_or(0.0)
    }

    /// What it is worth at the end of the project, not discounted; `rate` matters for [`Salvage::Consistent`] only.
    #[must_use]
    pub fn salvage_value(&self, rate: f64, years: u32) -> f64 {
        let life = self.lifetime_years;
        let age = self.age_at_end_years(years).min(life);
        // What is never replaced was paid for once, and keeps that worth.
        let cost = if life.is_finite() { self.replacement_cost } else { self.capital_cost };
        let linear = if life.is_finite() { (life - age) / life } else { 1.0 };
        let share = match self.salvage {
            Salvage::None => 0.0,
            Salvage::Linear => linear,
            Salvage::Consistent if rate == 0.0 || !life.is_finite() => linear,
            Salvage::Consistent => {
                let (whole, used) = (libm::pow(1.0 + rate, life), libm::pow(1.0 + rate, age));
                (whole - used) / (whole - 1.0)
            }
        };
        cost * share
    }

    /// Present values of its costs over a project of `years` at the discount rate `rate`.
    #[must_use]
    pub fn present_costs(&self, rate: f64, years: u32) -> PresentCosts {
        let factors = self.replacement_years(years).map(|year| discount_factor(rate, year));
        let yearly: f64 = (1..=years).map(|year| discount_factor(rate, f64::from(year))).sum();
        PresentCosts {
            capital_cost: self.capital_cost,
            replacement_cost: self.replacement_cost * factors.sum::<f64>(),
            upkeep_cost: self.upkeep_cost_per_year * yearly,
            salvage_value: self.salvage_value(rate, years) * discount_factor(rate, f64::from(years)),
        }
    }
}
