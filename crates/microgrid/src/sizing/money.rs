//! What a design costs, how far the proof reaches, and what it earns.

use microgrid_core::Outcome;
use microgrid_design::economics::{
    Project as CashProject, YearOfFlow, discounted_payback_years, internal_rate_of_return, payback_years,
};
use microgrid_design::sizing::{Sized, Sizer};

use super::cases::Project;
use super::goals::CarbonCap;

/// Money of a design, real, over the years of the project.
///
/// # Model
/// Net present cost is that of what is bought (capital, upkeep, replacement less salvage) plus Σ_n w_n × the objective of year n
/// (bill, fuel, wear, lost load, carbon): w_n = (1 + g)^(n − 1)/(1 + i)^n with the growth g of all prices. The lower value is the
/// certificate's plus charges that no size changes. What the run of year 1 costs beyond the plan that sized it is counted in
/// every year.
#[derive(Debug, Clone, PartialEq)]
pub struct DesignMoney {
    /// Net present cost, of the run under `optimal`.
    pub net_present_cost: f64,
    /// What no sizes within the bounds cost less than: proven.
    pub lower: f64,
    /// The part of the distance that the search left.
    pub search_gap: f64,
    /// The part by which the carbon is below its cap, at the price of the cap; 0 without a cap.
    pub cap_gap: f64,
    /// The part by which the run costs more than its plan.
    pub run_gap: f64,
    /// What buying costs.
    pub capital_cost: f64,
    /// Present values of upkeep, of replacement, and of what is left at the end.
    pub upkeep_cost: f64,
    /// Present value of replacements.
    pub replacement_cost: f64,
    /// Present value of what is left at the end.
    pub salvage_value: f64,
    /// Net present cost of the site with what exists alone.
    pub base_net_present_cost: f64,
    /// Net present cost as a level yearly payment.
    pub annual_cost: f64,
    /// Rate of return against the base, before tax and debt; `None` where it has none.
    pub rate_of_return: Option<f64>,
    /// Years until what is spent has come back, against the base; `None`: never.
    pub payback_years: Option<f64>,
    /// The same on discounted flows.
    pub discounted_payback_years: Option<f64>,
}

impl DesignMoney {
    /// Net present cost less its proven lower value, relative.
    #[must_use]
    pub fn gap(&self) -> f64 {
        (self.net_present_cost - self.lower) / self.net_present_cost.abs().max(1e-9)
    }

    /// The money of sizes found, and the cash flow against the base. Under a cap the sizes were sought at a price of carbon, which
    /// nobody pays: it is taken out of the run, and times the cap out of the lower value.
    pub(super) fn of(
        project: &Project<'_>,
        sizer: &Sizer,
        found: &Sized,
        run: &Outcome,
        base: &Outcome,
        cap: Option<CarbonCap>,
    ) -> (Self, Vec<YearOfFlow>) {
        let years = &sizer.task().years;
        let weight: f64 = years.iter().map(|year| year.weight).sum();
        let bought = project.bought(&found.sizes);
        let costs: Vec<_> = bought.iter().map(|part| part.present_costs(project.rate, project.years)).collect();
        // What no size changes: standing charges, and what users want and no step asks for.
        let standing = run.bound.as_ref().map_or(0.0, |bound| bound.standing_charges) + run.money.undelivered_cost;
        let planned = found.operating_costs.first().copied().unwrap_or(0.0) + standing;
        let beyond_plan = run.money.objective - planned;
        let [unpaid, unpaid_at_cap] =
            cap.map_or([0.0; 2], |cap| [run.carbon_kg, cap.most_kg].map(|kg| cap.price_per_kg * kg));
        let net_present_cost = found.cost + weight * (standing + beyond_plan - unpaid);
        let lower = found.lower + weight * (standing - unpaid_at_cap);
        let sum = |of: fn(&microgrid_design::economics::PresentCosts) -> f64| costs.iter().map(of).sum::<f64>();
        let capital_cost = sum(|costs| costs.capital_cost);
        let years = Self::flow(project, found, &bought, standing + beyond_plan - unpaid, base.money.objective);
        let flow: Vec<f64> = years.iter().map(YearOfFlow::before_tax_and_debt).collect();
        let is_bought = capital_cost > 0.0;
        let money = Self {
            net_present_cost,
            lower,
            search_gap: found.cost - found.lower,
            cap_gap: weight * (unpaid_at_cap - unpaid),
            run_gap: weight * beyond_plan,
            capital_cost,
            upkeep_cost: sum(|costs| costs.upkeep_cost),
            replacement_cost: sum(|costs| costs.replacement_cost),
            salvage_value: sum(|costs| costs.salvage_value),
            base_net_present_cost: project.weight() * base.money.objective,
            annual_cost: net_present_cost * project.capital_recovery_factor(),
            rate_of_return: internal_rate_of_return(&flow).filter(|_| is_bought),
            payback_years: payback_years(&flow).filter(|_| is_bought),
            discounted_payback_years: discounted_payback_years(&flow, project.rate).filter(|_| is_bought),
        };
        (money, years)
    }

    /// The project's flow against the base, year 0 first, before tax and debt.
    fn flow(
        project: &Project<'_>,
        found: &Sized,
        bought: &[microgrid_design::economics::Component],
        beside_plan: f64,
        base_objective: f64,
    ) -> Vec<YearOfFlow> {
        let operating = |year: usize| found.operating_costs.get(year).or(found.operating_costs.first()).copied();
        let grown = |year: usize| (0..year).fold(1.0, |product, _| product * (1.0 + project.growth));
        let saved = |year: usize| grown(year) * (base_objective - operating(year).unwrap_or(0.0) - beside_plan);
        let replaced = |part: &microgrid_design::economics::Component| {
            let years = part.replacement_years(project.years).map(|at| at.ceil() as u32);
            years.map(|at| (at, part.replacement_cost)).collect::<Vec<_>>()
        };
        let project = CashProject {
            years: project.years,
            capital_cost: bought.iter().map(|part| part.capital_cost).sum(),
            savings_by_year: Some((0..project.years as usize).map(saved).collect()),
            upkeep_cost_per_year: bought.iter().map(|part| part.upkeep_cost_per_year).sum(),
            replacements: bought.iter().flat_map(replaced).collect(),
            salvage_value: bought.iter().map(|part| part.salvage_value(project.rate, project.years)).sum(),
            ..CashProject::default()
        };
        project.cash_flow().years
    }
}
