//! Levelised cost of energy, by each tool's definition: figures of different definitions are not to be compared, and none
//! of them ranks designs where there are bills, export or shedding (rank by net present cost).

use super::rates::{capital_recovery_factor, discount_factor};

/// HOMER's cost of energy: NPC·CRF(i, N) over the energy served a year. HOMER's equation page divides by the load served,
/// its knowledge base by load served and energy sold: pass the one meant. Per kWh.
#[must_use]
pub fn levelised_cost_homer(net_present_cost: f64, rate: f64, years: u32, energy_kwh_per_year: f64) -> f64 {
    net_present_cost * capital_recovery_factor(rate, f64::from(years)) / energy_kwh_per_year
}

/// SAM's levelised cost: present value of all costs at the nominal rate over the present value of energy at `energy_rate`,
/// the nominal rate for the nominal figure, the real rate for the real one. Lists have year 0 first. Per kWh.
#[must_use]
pub fn levelised_cost_sam(costs: &[f64], energy_kwh: &[f64], nominal_rate: f64, energy_rate: f64) -> f64 {
    let present = |list: &[f64], rate: f64| -> f64 {
        list.iter().enumerate().map(|(year, amount)| amount * discount_factor(rate, year as f64)).sum()
    };
    present(costs, nominal_rate) / present(energy_kwh, energy_rate)
}

/// SAM's simple calculator: (FCR·capital + fixed operation)/energy + variable operation. Per kWh.
#[must_use]
pub fn levelised_cost_of_fixed_charge(
    capital_cost: f64,
    fixed_charge_rate: f64,
    fixed_cost_per_year: f64,
    variable_cost_per_kwh: f64,
    energy_kwh_per_year: f64,
) -> f64 {
    (fixed_charge_rate * capital_cost + fixed_cost_per_year) / energy_kwh_per_year + variable_cost_per_kwh
}
