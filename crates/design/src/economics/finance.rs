//! What equipment costs its owner once tax, grants, value-added tax and a loan have their part.
//!
//! # Model
//! All of it is in proportion to what is bought, so that a size's cost per unit stays one number and a sizing under it stays
//! exact. With the price C of the equipment, its grant g, the tax rate τ, real discount rate i, inflation f and d(n) = ((1 + i)(1 + f))^−n,
//! the present value of a nominal unit of year n:
//!
//! - grant: gC, in year 0;
//! - value-added tax: prices hold it at the rate v, so that (1 − g)C·v/(1 + v) comes back after k years, of replacements too;
//! - basis B = (1 − g)C/(1 + v) less half of the tax credit; the credit, a share of (1 − g)C/(1 + v), comes in year 1;
//! - tax saved: τ·Σ_n a_n·B·d(n) by the shares a_n of the depreciation, of replacements from their year on; τ of upkeep; less τ of
//!   what is left at the end;
//! - loan of the share s: s(1 − g)C less Σ_n (payment − τ·interest)·d(n).
//!
//! Operation counts 1 − τ: a firm pays its bill before tax (REopt, SAM's commercial model). A household has no τ.
//! The discounted [`CashFlow`](super::CashFlow) after tax and debt of the same terms comes to the same.

use microgrid_core::{Problem, Problems};

use super::component::{Component, PresentCosts};
use super::depreciation::Depreciation;
use super::loan::Loan;
use super::rates::{discount_factor, nominal_rate};

/// Value-added tax within the prices of equipment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vat {
    /// Its rate, such as 0.13: a price without it is the price over 1 + rate.
    pub rate: f64,
    /// Years after the purchase in which the owner has it back from the tax office.
    pub recovered_after_years: u32,
}

/// A loan that pays a share of what is bought in year 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoanTerms {
    /// Share of what the owner pays, in \[0, 1\].
    pub share: f64,
    /// Interest a year, nominal, at least 0.
    pub rate: f64,
    /// Level payments, at least 1, no more than the project's years.
    pub years: u32,
}

/// What others add to a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Incentives {
    /// Share of the price that somebody else pays in year 0, in \[0, 1\].
    pub grant_share: f64,
    /// Share of what the owner pays, value-added tax left out, that the tax of year 1 falls by, in \[0, 1\]; half of it is no basis of
    /// depreciation (as of the investment tax credit of the United States).
    pub tax_credit_share: f64,
}

/// Rates and terms of a project.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Finance {
    /// Discount rate beyond inflation.
    pub rate: f64,
    /// Years of operation, at least 1.
    pub years: u32,
    /// Inflation, by which loan payments and depreciation, which are nominal, lose worth.
    pub inflation: f64,
    /// Tax on income, in [0, 1); 0 for households.
    pub tax_rate: f64,
    /// How capital is deducted.
    pub depreciation: Depreciation,
    /// Value-added tax that is recovered.
    pub vat: Option<Vat>,
    /// The loan.
    pub loan: Option<LoanTerms>,
}

/// Present values of a component's costs to its owner.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct OwnersCosts {
    /// Before anybody else has their part.
    pub costs: PresentCosts,
    /// Paid by somebody else.
    pub grant: f64,
    /// Value-added tax that comes back.
    pub vat_recovered: f64,
    /// Tax that depreciation, upkeep and credits save, less that on what is left at the end.
    pub tax_saved: f64,
    /// The loan less its service and the tax that its interest saves; negative where it is dearer than the discount rate.
    pub loan_worth: f64,
}

impl OwnersCosts {
    /// Net present cost.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.costs.total() - self.grant - self.vat_recovered - self.tax_saved - self.loan_worth
    }
}

impl Finance {
    /// Everything that is out of its range.
    #[must_use]
    pub fn check(&self) -> Problems {
        let mut problems = Problems::none();
        problems.require_range("economics.tax.rate", self.tax_rate, 0.0, 0.9);
        if let Some(loan) = &self.loan {
            problems.require_range("economics.loan.share", loan.share, 0.0, 1.0);
            problems.require_range("economics.loan.rate", loan.rate, 0.0, 1.0);
            if !(1..=self.years).contains(&loan.years) {
                let problem = Problem::new("economics.loan.years", "is longer than the project").value(loan.years);
                problems.push(problem.allowed(format!("1 to {}", self.years)));
            }
        }
        problems
    }

    /// What a unit of nominal money of year `year` is worth now.
    #[must_use]
    pub fn nominal_factor(&self, year: u32) -> f64 {
        discount_factor(nominal_rate(self.rate, self.inflation), f64::from(year))
    }

    /// What is deducted over the years, and the credit's base: the price of what the owner pays without value-added tax.
    #[must_use]
    pub fn net_of_vat(&self, paid: f64) -> f64 {
        self.vat.map_or(paid, |vat| paid / (1.0 + vat.rate))
    }

    /// The loan on what is paid.
    #[must_use]
    pub fn loan_on(&self, paid: f64) -> Option<Loan> {
        self.loan.map(|terms| Loan { amount: terms.share * paid, rate: terms.rate, years: terms.years })
    }

    /// Present values of a component's costs to its owner.
    ///
    /// # Examples
    /// A kW of solar of REopt's commercial defaults: 2685 USD, a credit of 30 %, five years of MACRS of which 40 % at once.
    /// ```
    /// use microgrid_design::economics::{Component, Depreciation, Finance, Incentives, Salvage};
    ///
    /// let Depreciation::Shares(mut shares) = Depreciation::macrs_5() else { unreachable!() };
    /// shares.iter_mut().for_each(|share| *share *= 0.6);
    /// shares[0] += 0.4;
    /// let finance = Finance {
    ///     rate: 0.0624, years: 25, tax_rate: 0.26, depreciation: Depreciation::Shares(shares), ..Finance::default()
    /// };
    /// let solar = Component {
    ///     name: "solar".into(), capital_cost: 2685.0, replacement_cost: 0.0, lifetime_years: 25.0,
    ///     upkeep_cost_per_year: 0.0, salvage: Salvage::None,
    /// };
    /// let credit = Incentives { tax_credit_share: 0.3, ..Incentives::default() };
    /// assert!((finance.owners_costs(&solar, &credit).total() - 1401.6669).abs() < 1e-3);
    /// ```
    #[must_use]
    pub fn owners_costs(&self, component: &Component, incentives: &Incentives) -> OwnersCosts {
        let costs = component.present_costs(self.rate, self.years);
        let grant = incentives.grant_share * costs.capital_cost;
        let paid = costs.capital_cost - grant;
        let replaced: Vec<u32> = component.replacement_years(self.years).map(|at| libm::ceil(at) as u32).collect();
        let credit = incentives.tax_credit_share * self.net_of_vat(paid);
        // Replacements are of the money of year 0 that their own year's inflation has raised.
        let raised = |year: u32| libm::pow(1.0 + self.inflation, f64::from(year));
        let vat_of = |paid: f64, year: u32| {
            let vat = self.vat.map(|vat| (paid - self.net_of_vat(paid), year + vat.recovered_after_years));
            vat.filter(|(_, at)| *at <= self.years).map_or(0.0, |(vat, at)| vat * self.nominal_factor(at))
        };
        let replacement = component.replacement_cost;
        let mut vat_recovered = vat_of(paid, 0);
        let mut tax_saved = credit * self.nominal_factor(1);
        tax_saved += self.tax_rate * (costs.upkeep_cost - costs.salvage_value);
        tax_saved += self.tax_rate * self.deducted(self.net_of_vat(paid) - 0.5 * credit, 0);
        for year in replaced {
            let nominal = replacement * raised(year);
            vat_recovered += vat_of(nominal, year);
            tax_saved += self.tax_rate * self.deducted(self.net_of_vat(nominal), year);
        }
        OwnersCosts { costs, grant, vat_recovered, tax_saved, loan_worth: self.loan_worth(paid) }
    }

    /// Present value of what is deducted of a nominal basis that is bought in a year, 0 or later.
    fn deducted(&self, basis: f64, bought: u32) -> f64 {
        // What is bought at the end of year n is deducted from that year on, what is bought in year 0 from year 1 on.
        let before = bought.saturating_sub(1);
        let shares = (before + 1..=self.years).map(|year| (year, self.depreciation.share(year - before)));
        shares.map(|(year, share)| share * basis * self.nominal_factor(year)).sum()
    }

    fn loan_worth(&self, paid: f64) -> f64 {
        let Some(loan) = self.loan_on(paid) else { return 0.0 };
        let served = loan.schedule().into_iter().zip(1..);
        let served = served.map(|(year, n)| (year.payment() - self.tax_rate * year.interest) * self.nominal_factor(n));
        loan.amount - served.sum::<f64>()
    }
}
