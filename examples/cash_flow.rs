//! How a site's runs become a cash flow, and the numbers that an owner and a bank read.
//!
//! A workshop's year is run without equipment (the base case) and with a roof and a battery under their exact plan. What
//! that saves, against prices that are assumed here, over 20 years: net present value, rate of return, payback, coverage.

use microgrid::design::economics::{
    Component, Loan, Project, Salvage, debt_service_coverage, internal_rate_of_return, net_present_value, payback_years,
};
use microgrid::{Battery, Calendar, Dispatch, Load, Problems, Scenario, SeriesPlant, Tariff};

const YEARS: u32 = 20;
const RATE: f64 = 0.06;

fn main() -> Result<(), Problems> {
    let sun = |hour: u32| if (8..17).contains(&(hour % 24)) { 60.0 } else { 0.0 };
    let mut site = Scenario::new("workshop", Calendar::common_year(3600));
    site.loads.push(Load::new("machines", 40.0));
    site.tariff = Tariff::flat(0.80, 0.35).into();
    let before = microgrid::run(&site, &[Dispatch::Idle], None)?.remove(0);
    site.generation.push(SeriesPlant::new("roof", (0..8760).map(sun).collect::<Vec<_>>()));
    site.storage.push(Battery::lithium_iron_phosphate(200.0, 50.0));
    let after = microgrid::run(&site, &[Dispatch::Optimal], None)?.remove(0);

    let part = |name: &str, cost: f64, lifetime_years: f64| Component {
        name: name.into(),
        capital_cost: cost,
        replacement_cost: 0.7 * cost,
        lifetime_years,
        upkeep_cost_per_year: 0.01 * cost,
        salvage: Salvage::Linear,
    };
    let parts = [part("roof", 60.0 * 3_000.0, 25.0), part("battery", 200.0 * 900.0, 12.0)];
    let replaced = |part: &Component| part.replacement_years(YEARS).map(|at| at.ceil() as u32).collect::<Vec<_>>();
    let loan = Loan { amount: 200_000.0, rate: 0.045, years: 10 };
    let project = Project {
        years: YEARS,
        capital_cost: parts.iter().map(|part| part.capital_cost).sum(),
        savings_per_year: before.money.bill_total - after.money.bill_total,
        savings_growth: 0.02,
        degradation: 0.005,
        upkeep_cost_per_year: parts.iter().map(|part| part.upkeep_cost_per_year).sum(),
        upkeep_growth: 0.02,
        replacements: parts.iter().flat_map(|p| replaced(p).into_iter().map(|at| (at, p.replacement_cost))).collect(),
        salvage_value: parts.iter().map(|part| part.salvage_value(RATE, YEARS)).sum(),
        loan: Some(loan),
        ..Project::default()
    };
    let flow = project.cash_flow();
    let (own, whole) = (flow.after_tax(), flow.before_tax_and_debt());
    let (_, coverage) = debt_service_coverage(&flow.available_for_debt(), &loan.schedule()).expect("a loan is served");
    let rate = internal_rate_of_return(&whole).expect("the project earns something");
    println!("saves {:.0} in year 1 of a bill of {:.0}", project.savings_per_year, before.money.bill_total);
    println!("net present value at 6 %  {:>10.0}", net_present_value(&whole, RATE));
    println!("rate of return            {:>9.1} %", 100.0 * rate);
    println!("payback                   {:>9.1} years", payback_years(&whole).expect("it pays back"));
    println!("least debt coverage       {coverage:>10.2}");
    // A project that earns more than its loan costs earns its owner more than itself.
    assert!(rate > loan.rate && net_present_value(&own, RATE) > net_present_value(&whole, RATE));
    Ok(())
}
