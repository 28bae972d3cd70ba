//! The cash flow of a project against its base case, year by year, as the owner sees it.
//!
//! # Model
//! Year n ≥ 1 brings savings against the base case and costs upkeep and replacement; the loan is served; taxable income is
//! savings − upkeep − interest − depreciation, and a firm pays (or, with other income, saves) the tax rate on it:
//! flow = savings(1 − τ) − upkeep(1 − τ) − replacement − debt service + τ(interest + depreciation). This is SAM's commercial
//! cash flow (`Cashloan`), whose published flows the tests meet. Replacements are capital, deducted by the same schedule from their
//! year on. Loan and deductions are nominal: with `inflation` they lose worth by it in a flow of real money.
//! Savings and upkeep grow each year by their own rate, from today's prices in year 1; savings also fall by the loss of
//! yield. SAM *adds* inflation and its "rate escalation": put their sum here.

use super::depreciation::Depreciation;
use super::finance::Vat;
use super::loan::Loan;

/// A project against its base case.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Project {
    /// Years of operation, at least 1.
    pub years: u32,
    /// What is spent in year 0, before any grant or loan.
    pub capital_cost: f64,
    /// What somebody else pays of it in year 0.
    pub grant: f64,
    /// What the tax of year 1 falls by; half of it is no basis of depreciation.
    pub tax_credit: f64,
    /// Value-added tax within the prices of equipment that comes back.
    pub vat: Option<Vat>,
    /// Inflation that is not in the amounts; 0 where all of them are nominal.
    pub inflation: f64,
    /// What the project saves against the base case in year 1.
    pub savings_per_year: f64,
    /// Growth of savings a year.
    pub savings_growth: f64,
    /// Loss of yield a year: savings of year n fall by (1 − d)^(n − 1).
    pub degradation: f64,
    /// Savings of each year from year 1 on, in place of the three above; for runs of each year.
    pub savings_by_year: Option<Vec<f64>>,
    /// Upkeep of year 1.
    pub upkeep_cost_per_year: f64,
    /// Growth of upkeep a year.
    pub upkeep_growth: f64,
    /// Replacements: year, 1 to `years`, and cost at that year's prices.
    pub replacements: Vec<(u32, f64)>,
    /// What is left at the end of the last year.
    pub salvage_value: f64,
    /// Tax on income, in [0, 1); 0 for households.
    pub tax_rate: f64,
    /// How the capital cost is deducted.
    pub depreciation: Depreciation,
    /// The loan that pays a part of the capital cost.
    pub loan: Option<Loan>,
}

/// A year of a cash flow. Expenses are negative.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct YearOfFlow {
    /// Capital spent less grants (year 0), replacements, and value-added tax that comes back.
    pub capital: f64,
    /// Savings against the base case, and salvage in the last year.
    pub savings: f64,
    /// Upkeep.
    pub upkeep: f64,
    /// Loan received (year 0), interest and principal paid.
    pub debt: f64,
    /// Interest, as a part of `debt`.
    pub interest: f64,
    /// Tax paid; positive where it is saved.
    pub tax: f64,
    /// The part of `tax` that interest saves.
    pub tax_saved_by_interest: f64,
}

impl YearOfFlow {
    /// What the project brings before tax and debt: the flow of project (unlevered) returns.
    #[must_use]
    pub fn before_tax_and_debt(&self) -> f64 {
        self.capital + self.savings + self.upkeep
    }

    /// What the project brings after the tax that it would pay without a loan: the flow of project returns after tax.
    #[must_use]
    pub fn after_tax_before_debt(&self) -> f64 {
        self.before_tax_and_debt() + self.tax - self.tax_saved_by_interest
    }

    /// What the owner of the equity has at the end of the year.
    #[must_use]
    pub fn after_tax(&self) -> f64 {
        self.before_tax_and_debt() + self.debt + self.tax
    }
}

/// A cash flow, year 0 first.
#[derive(Debug, Clone, PartialEq)]
pub struct CashFlow {
    /// Its years.
    pub years: Vec<YearOfFlow>,
}

impl Project {
    /// Its cash flow.
    ///
    /// # Examples
    /// ```
    /// use microgrid_design::economics::{Project, net_present_value, payback_years};
    ///
    /// let solar = Project {
    ///     years: 25, capital_cost: 80_000.0, savings_per_year: 25_758.336, upkeep_cost_per_year: 1_200.0,
    ///     ..Project::default()
    /// };
    /// let flow = solar.cash_flow().after_tax();
    /// // SAM's figures of this case.
    /// assert!((net_present_value(&flow, 0.06) - 233_937.96).abs() < 0.1);
    /// assert!((payback_years(&flow).unwrap() - 3.25755).abs() < 1e-5);
    /// ```
    #[must_use]
    pub fn cash_flow(&self) -> CashFlow {
        let schedule = self.loan.map(|loan| loan.schedule()).unwrap_or_default();
        let borrowed = self.loan.map_or(0.0, |loan| loan.amount);
        let capital = self.grant - self.capital_cost + self.vat_back(0);
        let first = YearOfFlow { capital, debt: borrowed, ..YearOfFlow::default() };
        let rest = (1..=self.years).map(|year| {
            let payment = schedule.get(year as usize - 1).copied().unwrap_or_default();
            let worth = 1.0 / powered(1.0 + self.inflation, year);
            let upkeep = self.upkeep_cost_per_year * powered(1.0 + self.upkeep_growth, year - 1);
            let replaced: f64 = self.replacements.iter().filter(|(at, _)| *at == year).map(|(_, cost)| cost).sum();
            let left = if year == self.years { self.salvage_value } else { 0.0 };
            let savings = self.savings(year);
            let interest = worth * payment.interest;
            let tax_saved_by_interest = self.tax_rate * interest;
            let deducted = interest + worth * self.deducted(year);
            let credit = if year == 1 { worth * self.tax_credit } else { 0.0 };
            YearOfFlow {
                capital: worth * self.vat_back(year) - replaced,
                savings: savings + left,
                upkeep: -upkeep,
                debt: -worth * payment.payment(),
                interest: -interest,
                tax: credit - self.tax_rate * (savings + left - upkeep - deducted),
                tax_saved_by_interest,
            }
        });
        CashFlow { years: std::iter::once(first).chain(rest).collect() }
    }

    /// What is bought in nominal money, without grants: the year, 0 or later, and its price.
    fn bought(&self) -> impl Iterator<Item = (u32, f64)> + '_ {
        let raised = |(year, cost): &(u32, f64)| (*year, cost * powered(1.0 + self.inflation, *year));
        std::iter::once((0, self.capital_cost - self.grant)).chain(self.replacements.iter().map(raised))
    }

    fn net_of_vat(&self, paid: f64) -> f64 {
        self.vat.map_or(paid, |vat| paid / (1.0 + vat.rate))
    }

    /// What is deducted of all that was bought, nominal.
    fn deducted(&self, year: u32) -> f64 {
        let of = |(bought, paid): (u32, f64)| {
            let unbased = if bought == 0 { 0.5 * self.tax_credit } else { 0.0 };
            let age = (year + 1).saturating_sub(bought.max(1));
            (self.net_of_vat(paid) - unbased) * self.depreciation.share(age)
        };
        self.bought().map(of).sum()
    }

    /// Value-added tax that comes back in a year, nominal.
    fn vat_back(&self, year: u32) -> f64 {
        let Some(vat) = self.vat else { return 0.0 };
        let back = self.bought().filter(|(bought, _)| bought + vat.recovered_after_years == year);
        back.map(|(_, paid)| paid - self.net_of_vat(paid)).sum()
    }

    fn savings(&self, year: u32) -> f64 {
        match &self.savings_by_year {
            Some(years) => years.get(year as usize - 1).copied().unwrap_or(0.0),
            None => self.savings_per_year * powered((1.0 + self.savings_growth) * (1.0 - self.degradation), year - 1),
        }
    }
}

fn powered(base: f64, years: u32) -> f64 {
    libm::pow(base, f64::from(years))
}

impl CashFlow {
    /// What the owner has each year after tax and debt, year 0 first: the flow of equity returns.
    #[must_use]
    pub fn after_tax(&self) -> Vec<f64> {
        self.years.iter().map(YearOfFlow::after_tax).collect()
    }

    /// The project's own flow before tax and debt, year 0 first.
    #[must_use]
    pub fn before_tax_and_debt(&self) -> Vec<f64> {
        self.years.iter().map(YearOfFlow::before_tax_and_debt).collect()
    }

    /// The project's own flow after tax, without the loan, year 0 first.
    #[must_use]
    pub fn after_tax_before_debt(&self) -> Vec<f64> {
        self.years.iter().map(YearOfFlow::after_tax_before_debt).collect()
    }

    /// The flow of the equity before tax, year 0 first.
    #[must_use]
    pub fn equity_before_tax(&self) -> Vec<f64> {
        self.years.iter().map(|year| year.before_tax_and_debt() + year.debt).collect()
    }

    /// What serves the debt in each year from year 1 on: savings less upkeep and tax.
    #[must_use]
    pub fn available_for_debt(&self) -> Vec<f64> {
        self.years.iter().skip(1).map(|year| year.savings + year.upkeep + year.tax).collect()
    }
}
