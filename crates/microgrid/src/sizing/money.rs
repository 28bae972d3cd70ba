//! What a design costs, how far the proof reaches, and what it earns.

use microgrid_core::Outcome;
use microgrid_design::economics::{
    CashFlow, OwnersCosts, Project as CashProject, discounted_payback_years, internal_rate_of_return,
    levelised_cost_homer, nominal_rate, payback_years, present_worth,
};
use microgrid_design::sizing::{Sized, Sizer};

use super::cases::Project;
use super::goals::CarbonCap;
use super::years::Operation;

/// Money of a design, real, over the years of the project.
///
/// # Model
/// Net present cost is that of what is bought (capital, upkeep, replacement less salvage) plus Σ_n w_n × the objective of year n
/// (bill, fuel, wear, lost load, carbon): w_n = (1 + g)^(n − 1)/(1 + i)^n with the growth g of all prices. The lower value is the
/// certificate's plus charges that no size changes. What the run of year 1 costs beyond the plan that sized it is counted in
/// every year. With a tax, a loan, grants or value-added tax all of it is the owner's share
/// ([`Finance`](microgrid_design::economics::Finance)): operation counts 1 − τ, in the base too.
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
    /// What somebody else pays when it is bought.
    pub grant: f64,
    /// Present value of value-added tax that comes back.
    pub vat_recovered: f64,
    /// Present value of the tax that depreciation, upkeep and credits save.
    pub tax_saved: f64,
    /// Present value of the loan less its service; negative where it is dearer than the discount rate.
    pub loan_worth: f64,
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
    /// What a kWh costs over the years, by each tool's definition.
    pub levelised: LevelisedCosts,
}

/// Net present cost per kWh, by definition: figures of different ones are not to be compared, and none ranks designs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelisedCosts {
    /// HOMER's: net present cost × capital recovery factor over load served in a year. With the same energy each year it is SAM's
    /// real levelised cost.
    pub of_load_served: f64,
    /// HOMER's knowledge base: over load served and energy sold.
    pub of_load_served_and_sold: f64,
    /// SAM's nominal: energy discounted at the nominal rate too.
    pub nominal: f64,
}

impl LevelisedCosts {
    fn of(project: &Project<'_>, net_present_cost: f64, run: &Outcome) -> Self {
        let (energy, rate, years) = (&run.energy, project.rate, project.years);
        let served_kwh = (energy.load_kwh - energy.unserved_kwh).max(1e-9);
        let over = |kwh: f64| levelised_cost_homer(net_present_cost, rate, years, kwh);
        let nominal = nominal_rate(rate, project.finance.inflation);
        Self {
            of_load_served: over(served_kwh),
            of_load_served_and_sold: over(served_kwh + energy.export_kwh),
            nominal: net_present_cost / (served_kwh * present_worth(0.0, nominal, years)),
        }
    }
}

impl DesignMoney {
    /// Net present cost less its proven lower value, relative.
    #[must_use]
    pub fn gap(&self) -> f64 {
        (self.net_present_cost - self.lower) / self.net_present_cost.abs().max(1e-9)
    }

    /// What operation costs: net present cost less that of what is bought.
    #[must_use]
    pub fn operating_cost(&self) -> f64 {
        let Self { capital_cost, upkeep_cost, replacement_cost, salvage_value, .. } = self;
        let bought = capital_cost + upkeep_cost + replacement_cost - salvage_value;
        self.net_present_cost - bought + self.grant + self.vat_recovered + self.tax_saved + self.loan_worth
    }

    /// The money of sizes found, and the project against the base. Under a cap the sizes were sought at a price of carbon, which
    /// nobody pays: it is taken out of the run, and times the cap out of the lower value.
    pub(super) fn of(
        project: &Project<'_>,
        sizer: &Sizer,
        found: &Sized,
        runs: &Runs<'_>,
        cap: Option<CarbonCap>,
    ) -> (Self, CashProject) {
        let costs = project.owners_costs_of(&found.sizes);
        // What each year counts: with a tail the dearest ones alone.
        let weights = sizer.task().weights_at(&found.operating_costs);
        let weight: f64 = weights.iter().sum();
        let [unpaid, unpaid_at_cap] =
            cap.map_or([0.0; 2], |cap| [runs.designed[0].carbon_kg, cap.most_kg].map(|kg| cap.price_per_kg * kg));
        let beyond_plan: Vec<f64> =
            runs.beside_plan(found).zip(&runs.designed).map(|(beside, run)| beside - standing(run)).collect();
        let of_cases = |of: &dyn Fn(usize) -> f64| -> f64 {
            runs.operations.iter().zip(&weights).map(|(operation, weight)| weight * of(operation.case)).sum()
        };
        let run_gap = of_cases(&|case| beyond_plan[case]);
        let net_present_cost =
            found.cost + of_cases(&|case| standing(&runs.designed[case]) + beyond_plan[case] - unpaid);
        // Whatever a tail counts, no case's standing charges are less than the least.
        let least_standing = runs.designed.iter().map(standing).fold(f64::INFINITY, f64::min);
        let lower = found.lower + weight * (least_standing - unpaid_at_cap);
        let sum = |of: fn(&OwnersCosts) -> f64| costs.iter().map(of).sum::<f64>();
        let against_base = against_base(project, found, &runs.beside(found, unpaid), runs);
        let cash_flow = against_base.cash_flow();
        let flow = cash_flow.before_tax_and_debt();
        let capital_cost = sum(|owners| owners.costs.capital_cost);
        let is_bought = capital_cost > 0.0;
        let money = Self {
            net_present_cost,
            lower,
            search_gap: found.cost - found.lower,
            cap_gap: weight * (unpaid_at_cap - unpaid),
            run_gap,
            capital_cost,
            upkeep_cost: sum(|owners| owners.costs.upkeep_cost),
            replacement_cost: sum(|owners| owners.costs.replacement_cost),
            salvage_value: sum(|owners| owners.costs.salvage_value),
            grant: sum(|owners| owners.grant),
            vat_recovered: sum(|owners| owners.vat_recovered),
            tax_saved: sum(|owners| owners.tax_saved),
            loan_worth: sum(|owners| owners.loan_worth),
            base_net_present_cost: runs.base_cost(project, sizer),
            annual_cost: net_present_cost * project.capital_recovery_factor(),
            rate_of_return: internal_rate_of_return(&flow).filter(|_| is_bought),
            payback_years: payback_years(&flow).filter(|_| is_bought),
            discounted_payback_years: discounted_payback_years(&flow, project.rate).filter(|_| is_bought),
            levelised: LevelisedCosts::of(project, net_present_cost, &runs.designed[0]),
        };
        (money, against_base)
    }
}

/// What no size changes in a year: standing charges, and what users want and no step asks for.
fn standing(run: &Outcome) -> f64 {
    run.bound.as_ref().map_or(0.0, |bound| bound.standing_charges) + run.money.undelivered_cost
}

/// The runs that a design's money is of.
pub(super) struct Runs<'r> {
    /// Every year in every case.
    pub(super) operations: &'r [Operation],
    /// The first year of each case at the sizes found.
    pub(super) designed: Vec<Outcome>,
    /// The objective of each operation with what exists alone.
    pub(super) base_objectives: Vec<f64>,
}

impl Runs<'_> {
    /// What the first year of each case costs beside its plan.
    fn beside_plan<'f>(&'f self, found: &'f Sized) -> impl Iterator<Item = f64> + 'f {
        let planned = |case: usize| found.operating_costs.get(case).copied().unwrap_or(0.0);
        self.designed.iter().enumerate().map(move |(case, run)| run.money.objective - planned(case))
    }

    /// The same less what nobody pays.
    fn beside(&self, found: &Sized, unpaid: f64) -> Vec<f64> {
        self.beside_plan(found).map(|beside| beside - unpaid).collect()
    }

    /// Net present cost of the base: where the site is the same each year, that of one year; in a tail that of its own.
    fn base_cost(&self, project: &Project<'_>, sizer: &Sizer) -> f64 {
        match &self.base_objectives[..] {
            [objective, ..] if !self.operations.iter().any(|operation| operation.is_own) => {
                project.weight() * objective
            }
            objectives => {
                let weights = sizer.task().weights_at(objectives);
                weights.iter().zip(objectives).map(|(weight, objective)| weight * objective).sum()
            }
        }
    }
}

/// The project's flow against the base, year 0 first; `beside_plan` is what a year costs beside its plan, by case.
pub(super) fn cash_flow(project: &Project<'_>, found: &Sized, beside_plan: &[f64], runs: &Runs<'_>) -> CashFlow {
    against_base(project, found, beside_plan, runs).cash_flow()
}

/// As [`cash_flow`], before it is laid out by years.
pub(super) fn against_base(project: &Project<'_>, found: &Sized, beside_plan: &[f64], runs: &Runs<'_>) -> CashProject {
    let bought = project.bought(&found.sizes);
    let costs = project.owners_costs_of(&found.sizes);
    let grown = |year: usize| (0..year).fold(1.0, |product, _| product * (1.0 + project.growth));
    let last = runs.operations.iter().map(|operation| operation.year).max().unwrap_or(0);
    // Where one year stands for all, its operations are those of each.
    let saved = |year: usize| {
        let of_year = runs.operations.iter().enumerate().filter(|(_, operation)| operation.year == year.min(last));
        let saved = |(place, operation): (usize, &Operation)| {
            let planned = found.operating_costs.get(place).copied().unwrap_or(0.0);
            let saved = runs.base_objectives[place] - planned - beside_plan[operation.case];
            project.share_of(operation.case) * saved
        };
        grown(year) * of_year.map(saved).sum::<f64>()
    };
    let replaced = |part: &microgrid_design::economics::Component| {
        let years = part.replacement_years(project.years).map(|at| at.ceil() as u32);
        years.map(|at| (at, part.replacement_cost)).collect::<Vec<_>>()
    };
    let paid = |owners: &OwnersCosts| owners.costs.capital_cost - owners.grant;
    let credit = |(size, owners): (usize, &OwnersCosts)| {
        project.incentives(size).tax_credit_share * project.finance.net_of_vat(paid(owners))
    };
    CashProject {
        years: project.years,
        capital_cost: bought.iter().map(|part| part.capital_cost).sum(),
        grant: costs.iter().map(|owners| owners.grant).sum(),
        tax_credit: costs.iter().enumerate().map(credit).sum(),
        vat: project.finance.vat,
        inflation: project.finance.inflation,
        savings_by_year: Some((0..project.years as usize).map(saved).collect()),
        upkeep_cost_per_year: bought.iter().map(|part| part.upkeep_cost_per_year).sum(),
        replacements: bought.iter().flat_map(replaced).collect(),
        salvage_value: bought.iter().map(|part| part.salvage_value(project.rate, project.years)).sum(),
        tax_rate: project.finance.tax_rate,
        depreciation: project.finance.depreciation.clone(),
        loan: project.finance.loan_on(costs.iter().map(paid).sum()),
        ..CashProject::default()
    }
}
