//! Money over the years of a project.
//!
//! Tools define the same words differently, so each definition has its own name here, with the tool that uses it.
//!
//! # Conventions
//! - Year 0 is when the project is built; the flows of year n, 1 ≤ n ≤ N, fall at its end and are discounted by (1 + i)⁻ⁿ.
//! - Rates are shares a year: 0.06 is 6 %. Rates and prices are all real (HOMER) or all nominal (SAM, REopt): a project
//!   says which rate it uses and keeps to it; [`real_rate`] and [`nominal_rate`] convert.
//! - Costs are positive where a field is called a cost; in a [`CashFlow`] income is positive and expense negative.

mod cash_flow;
mod component;
mod depreciation;
mod finance;
mod indicators;
mod levelised_cost;
mod loan;
mod rates;
mod yield_risk;

pub use cash_flow::{CashFlow, Project, YearOfFlow};
pub use component::{Component, PresentCosts, Salvage};
pub use depreciation::Depreciation;
pub use finance::{Finance, Incentives, LoanTerms, OwnersCosts, Vat};
pub use indicators::{
    debt_service_coverage, discounted_payback_years, internal_rate_of_return, loan_life_coverage, net_present_value,
    payback_years, return_on_investment,
};
pub use levelised_cost::{levelised_cost_homer, levelised_cost_of_fixed_charge, levelised_cost_sam};
pub use loan::{Loan, LoanYear};
pub use rates::{
    capital_recovery_factor, discount_factor, nominal_rate, present_worth, present_worth_grown, real_rate,
};
pub use yield_risk::exceeded_with;
