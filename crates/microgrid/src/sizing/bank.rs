//! What a bank reads: rates of return before and after tax and debt, how the loan is covered, and yields with their certainty.

use microgrid_core::{Outcome, Problems};
use microgrid_design::economics::{
    CashFlow, Loan, exceeded_with, internal_rate_of_return, loan_life_coverage, net_present_value, real_rate,
};
use microgrid_design::sizing::Sized;

use super::cases::Project;
use super::goals::{CarbonCap, planned};
use super::money::{Runs, cash_flow};
use super::years::Operation;

/// What a bank reads of a design. Rates are beyond inflation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BankFigures {
    /// Rate of return of the project before tax and debt; `None` where it has none.
    pub project_before_tax: Option<f64>,
    /// Of the project after the tax that it would pay without a loan.
    pub project_after_tax: Option<f64>,
    /// Of the equity before tax.
    pub equity_before_tax: Option<f64>,
    /// Of the equity after tax.
    pub equity_after_tax: Option<f64>,
    /// The loan, and its level payment a year, nominal; `None`: there is none.
    pub loan: Option<LoanFigures>,
    /// What a year's own generation is exceeded with: probability and kWh; empty where no deviation is given.
    pub yields_kwh: Vec<(f64, f64)>,
    /// The design where every year has the generation that is exceeded with 90 %; `None` where no deviation is given.
    pub at_p90: Option<LeanYears>,
}

/// How a loan is served.
#[derive(Debug, Clone, PartialEq)]
pub struct LoanFigures {
    /// What is borrowed in year 0.
    pub amount: f64,
    /// What is paid each year, nominal.
    pub payment_per_year: f64,
    /// Debt service coverage ratio (DSCR): savings less upkeep and tax over the year's payment, by year from 1 on.
    pub coverage: Vec<f64>,
    /// Loan life coverage ratio (LLCR): the same over all of the loan's years, at its own rate, over the loan.
    pub life_coverage: f64,
}

impl LoanFigures {
    /// The least coverage of a year.
    #[must_use]
    pub fn least_coverage(&self) -> f64 {
        self.coverage.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The mean coverage over the years.
    #[must_use]
    pub fn mean_coverage(&self) -> f64 {
        self.coverage.iter().sum::<f64>() / self.coverage.len().max(1) as f64
    }
}

/// A design in lean years only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeanYears {
    /// What it saves against the base, present value to the owner. The base's own generation is as lean.
    pub saving: f64,
    /// The least coverage of a year of the loan; `None` where there is none.
    pub least_coverage: Option<f64>,
}

impl BankFigures {
    /// What a bank reads of a cash flow; `lean` is that of years that are exceeded with 90 %.
    pub(super) fn of(project: &Project<'_>, flow: &CashFlow, run: &Outcome, lean: Option<&CashFlow>) -> Option<Self> {
        if !project.has_owner() {
            return None;
        }
        // Where nothing is spent there is no rate.
        let rate =
            |flow: Vec<f64>| flow.first().filter(|first| **first < 0.0).and_then(|_| internal_rate_of_return(&flow));
        let deviation = project.yield_deviation();
        let made_kwh = run.energy.generation_available_kwh;
        let yields_kwh = deviation
            .into_iter()
            .flat_map(|deviation| [0.5, 0.75, 0.9].map(|share| (share, exceeded_with(share, made_kwh, deviation))));
        Some(Self {
            project_before_tax: rate(flow.before_tax_and_debt()),
            project_after_tax: rate(flow.after_tax_before_debt()),
            equity_before_tax: rate(flow.equity_before_tax()),
            equity_after_tax: rate(flow.after_tax()),
            loan: loan_figures(project, flow),
            yields_kwh: yields_kwh.collect(),
            at_p90: lean.map(|flow| LeanYears {
                saving: net_present_value(&flow.after_tax(), project.rate),
                least_coverage: loan_figures(project, flow).map(|loan| loan.least_coverage()),
            }),
        })
    }
}

fn loan_figures(project: &Project<'_>, flow: &CashFlow) -> Option<LoanFigures> {
    let terms = project.finance.loan?;
    let amount = flow.years.first()?.debt;
    if amount <= 0.0 {
        return None;
    }
    let loan = Loan { amount, rate: terms.rate, years: terms.years };
    let available = flow.available_for_debt();
    let served = flow.years.iter().skip(1).zip(&available).filter(|(year, _)| year.debt < 0.0);
    // Both are of real money: the loan's rate is brought to it as well.
    let real = Loan { rate: real_rate(terms.rate, project.finance.inflation), ..loan };
    Some(LoanFigures {
        amount,
        payment_per_year: loan.payment(),
        coverage: served.map(|(year, available)| available / -year.debt).collect(),
        life_coverage: loan_life_coverage(&available, &real),
    })
}

/// The flow where every year has the generation that is exceeded with 90 %, in the base too; `None` where no deviation is given. Its
/// savings are those of lean runs of the first year of each case, in all years.
///
/// # Errors
/// A run that is refused.
pub(super) fn lean_flow(
    project: &Project<'_>,
    found: &Sized,
    runs: &Runs<'_>,
    operations_of_base: &[Operation],
    cap: Option<CarbonCap>,
) -> Result<Option<CashFlow>, Problems> {
    let Some(deviation) = project.yield_deviation() else { return Ok(None) };
    let factor = exceeded_with(0.9, 1.0, deviation).max(0.0);
    let lean = |operation: &Operation, sizes: &[f64]| {
        let mut built = project.built_in(operation, sizes);
        built.generation.iter_mut().for_each(|plant| plant.scale *= factor);
        built
    };
    let unpaid_per_kg = cap.map_or(0.0, |cap| cap.price_per_kg);
    let existing = project.existing();
    let mut base_objectives = runs.base_objectives.clone();
    let mut beside = Vec::new();
    for (place, operation) in runs.operations.iter().enumerate().filter(|(_, operation)| operation.year == 0) {
        let run = planned(&lean(operation, &found.sizes))?;
        let paid = run.money.objective - unpaid_per_kg * run.carbon_kg;
        beside.push(paid - found.operating_costs.get(place).copied().unwrap_or(0.0));
        let base = lean(&operations_of_base[place], &existing);
        let change = project.base_objective(&base)? - base_objectives[place];
        let same_case =
            runs.operations.iter().zip(&mut base_objectives).filter(|(other, _)| other.case == operation.case);
        same_case.for_each(|(_, objective)| *objective += change);
    }
    let lean = Runs { operations: runs.operations, designed: Vec::new(), base_objectives };
    Ok(Some(cash_flow(project, found, &beside, &lean)))
}
