//! Who owns what is bought, and what the site pays for it: contracts settled on the books of a design.
//!
//! # Model
//! The physical year stays that of the design. An investor buys, keeps up and replaces all of it, under the project's loan, grants and
//! value-added tax but with a rate and a tax of its own, and has what is left at the end; the site pays each year
//!
//! - `gain_share`: a share of what the year saves;
//! - `grid_price_share`: a share of Σ_t h·p_t·(load served − import), the grid's price of every kWh of load that is not bought (negative
//!   in hours that buy more than the load), in year 1 by the designed run, then in proportion to what the years save;
//! - `rent`: an amount for each unit bought, the same in money of today;
//! - `level_payment`: N·CRF(r, n)/(1 − τ) of the investor's net present cost N, so that the investor has the rate r exactly
//!   (REopt's third-party owner).
//!
//! The site keeps (1 − τ) of the rest of what is saved.

use microgrid_core::dispatch::Dispatch;
use microgrid_core::{Problems, Scenario};
use microgrid_design::economics::{
    Project as CashProject, capital_recovery_factor, internal_rate_of_return, net_present_value, payback_years,
};
use microgrid_io::design::ContractTable;

use super::cases::Project;

/// A contract and what it comes to for both.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// What it is called.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// What the site pays in each year, from 1 on.
    pub payments: Vec<f64>,
    /// Present value of what the site keeps of the savings, after tax.
    pub site_saving: f64,
    /// The investor's discount rate.
    pub investor_rate: f64,
    /// Present value of the investor's flow after tax and debt, at that rate.
    pub investor_value: f64,
    /// The investor's rate of return on its equity, after tax; `None` where there is none.
    pub investor_rate_of_return: Option<f64>,
    /// Years until the investor has its money back; `None`: never.
    pub investor_payback_years: Option<f64>,
}

/// The contracts of a folder. `owned` is the project with the site as its owner, `built` the scenario with the sizes found, `added`
/// the units that are bought of each size.
///
/// # Errors
/// A run that is refused.
pub(super) fn settlements(
    project: &Project<'_>,
    owned: &CashProject,
    built: &Scenario,
    added: &[f64],
) -> Result<Vec<Settlement>, Problems> {
    let saved: Vec<f64> = owned.savings_by_year.clone().unwrap_or_default();
    let mut of_load = None;
    let mut found = Vec::new();
    for contract in &project.folder.file.contract {
        let investor = CashProject {
            tax_rate: contract.investor_tax_rate.unwrap_or(owned.tax_rate),
            savings_by_year: Some(vec![0.0; saved.len()]),
            ..owned.clone()
        };
        let rate = contract.investor_real_rate.unwrap_or(project.rate);
        let share = contract.share.unwrap_or(0.0);
        let payments: Vec<f64> = match contract.kind {
            "gain_share" => saved.iter().map(|saved| share * saved).collect(),
            "grid_price_share" => {
                let value = match of_load {
                    Some(value) => value,
                    None => *of_load.insert(value_not_bought(built)?),
                };
                let first = saved.first().copied().unwrap_or(0.0);
                let grown = |saved: &f64| if first > 0.0 { saved / first } else { 1.0 };
                saved.iter().map(|saved| share * value * grown(saved)).collect()
            }
            "rent" => {
                let rent = contract.rent_per_unit_year.iter().zip(added).map(|(rent, units)| rent * units).sum();
                vec![rent; saved.len()]
            }
            _ => {
                let cost = -net_present_value(&investor.cash_flow().after_tax(), rate);
                let level = cost * capital_recovery_factor(rate, f64::from(owned.years)) / (1.0 - investor.tax_rate);
                vec![level; saved.len()]
            }
        };
        found.push(settled(project, contract, (&saved, payments), investor, rate));
    }
    Ok(found)
}

fn settled(
    project: &Project<'_>,
    contract: &ContractTable,
    (saved, payments): (&[f64], Vec<f64>),
    investor: CashProject,
    rate: f64,
) -> Settlement {
    let kept = |(saved, paid): (&f64, &f64)| project.kept() * (saved - paid);
    let of_site: Vec<f64> = std::iter::once(0.0).chain(saved.iter().zip(&payments).map(kept)).collect();
    let investor = CashProject { savings_by_year: Some(payments.clone()), ..investor };
    let flow = investor.cash_flow().after_tax();
    let is_spent = flow.first().is_some_and(|first| *first < 0.0);
    Settlement {
        name: contract.name.clone(),
        kind: contract.kind,
        payments,
        site_saving: net_present_value(&of_site, project.rate),
        investor_rate: rate,
        investor_value: net_present_value(&flow, rate),
        investor_rate_of_return: internal_rate_of_return(&flow).filter(|_| is_spent),
        investor_payback_years: payback_years(&flow).filter(|_| is_spent),
    }
}

/// What the load that is not bought would have cost at the grid's price, in the year of a scenario under `optimal`.
fn value_not_bought(built: &Scenario) -> Result<f64, Problems> {
    let trace = crate::trace(built, &Dispatch::Optimal, |step| step.to_string())?;
    let h = f64::from(trace.step_s) / 3600.0;
    let of_step = |step: usize| {
        let served = trace.load_kw[step] - trace.unserved_kw[step];
        h * trace.import_price_per_kwh[step] * (served - trace.import_kw[step])
    };
    Ok((0..trace.load_kw.len()).map(of_step).sum())
}
