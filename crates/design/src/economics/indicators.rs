//! The numbers that a cash flow is judged by. Flows have year 0 first.

use super::loan::LoanYear;
use super::rates::discount_factor;

/// Net present value of a flow: Σ flowₙ (1 + i)⁻ⁿ.
#[must_use]
pub fn net_present_value(flow: &[f64], rate: f64) -> f64 {
    flow.iter().enumerate().map(|(year, amount)| amount * discount_factor(rate, year as f64)).sum()
}

/// The rate at which a flow's net present value is 0, between −99 % and 1000 % a year; `None` where its value does not
/// change its sign there. Of several such rates, that nearest to 0.
#[must_use]
pub fn internal_rate_of_return(flow: &[f64]) -> Option<f64> {
    const STEPS: i32 = 400;
    // log(1 + rate) in equal steps on either side of 0; the bracket nearest to 0 is taken.
    let rate_at = |i: i32| {
        let top = if i < 0 { libm::log(0.01) } else { libm::log(11.0) };
        libm::exp(top * f64::from(i.abs()) / f64::from(STEPS)) - 1.0
    };
    let value = |rate: f64| net_present_value(flow, rate);
    let is_bracket = |a: i32, b: i32| value(rate_at(a)).signum() != value(rate_at(b)).signum();
    let found = (0..STEPS).find_map(|i| {
        let up = is_bracket(i, i + 1).then_some((i, i + 1));
        up.or_else(|| is_bracket(-i, -i - 1).then_some((-i, -i - 1)))
    });
    let (mut a, mut b) = found.map(|(a, b)| (rate_at(a), rate_at(b)))?;
    let sign = value(a).signum();
    for _ in 0..200 {
        let middle = 0.5 * (a + b);
        if value(middle).signum() == sign { a = middle } else { b = middle }
    }
    Some(0.5 * (a + b))
}

/// When the sum of a flow crosses 0 from below, in years, linear inside the year; `None`: never. 0 where nothing is spent.
#[must_use]
pub fn payback_years(flow: &[f64]) -> Option<f64> {
    crossing(flow.iter().copied())
}

/// As [`payback_years`], of the discounted flow.
#[must_use]
pub fn discounted_payback_years(flow: &[f64], rate: f64) -> Option<f64> {
    crossing(flow.iter().enumerate().map(|(year, amount)| amount * discount_factor(rate, year as f64)))
}

fn crossing(flow: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sum = 0.0;
    for (year, amount) in flow.enumerate() {
        let before = sum;
        sum += amount;
        if sum >= 0.0 {
            return Some(if year == 0 { 0.0 } else { year as f64 - 1.0 + before / (before - sum) });
        }
    }
    None
}

/// Mean yearly income over what was spent in year 0 (HOMER's return on investment), per year; `None` where nothing was spent.
#[must_use]
pub fn return_on_investment(flow: &[f64]) -> Option<f64> {
    let (spent, years) = flow.split_first()?;
    let mean = years.iter().sum::<f64>() / years.len() as f64;
    (*spent < 0.0).then(|| mean / -spent)
}

/// What is available for debt over what the debt takes, of each year in which it is paid, and the least of them.
/// `available` begins with year 1. `None` where no debt is paid.
#[must_use]
pub fn debt_service_coverage(available: &[f64], schedule: &[LoanYear]) -> Option<(Vec<f64>, f64)> {
    let ratios = available.iter().zip(schedule).filter(|(_, year)| year.payment() > 0.0);
    let ratios: Vec<f64> = ratios.map(|(cash, year)| cash / year.payment()).collect();
    let least = ratios.iter().copied().reduce(f64::min)?;
    Some((ratios, least))
}

/// Present value, at the loan's rate, of what is available over the loan's life, over the debt of year 0 (LLCR).
#[must_use]
pub fn loan_life_coverage(available: &[f64], loan: &super::Loan) -> f64 {
    let years = available.iter().take(loan.years as usize).enumerate();
    let present: f64 = years.map(|(i, cash)| cash * discount_factor(loan.rate, i as f64 + 1.0)).sum();
    present / loan.amount
}
