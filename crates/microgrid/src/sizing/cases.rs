//! From a design folder to a sizing problem, and from sizes to scenarios.

use microgrid_core::demand::Load;
use microgrid_core::dispatch::Dispatch;
use microgrid_core::{Plan, Problem, Problems, Scenario, Series};
use microgrid_design::economics::{
    Component, Depreciation, Finance, Incentives, LoanTerms, OwnersCosts, Salvage, Vat, capital_recovery_factor,
    present_worth, real_rate,
};
use microgrid_design::sizing::{Journal, Quantity, RideThrough, Size, Sizer, Task};
use microgrid_io::DesignFolder;
use microgrid_io::design::{EconomicsTable, GoalTable, Sized};

use super::years::Operation;

/// The rates of a project, and its equipment.
#[derive(Clone)]
pub(super) struct Project<'a> {
    pub(super) folder: &'a DesignFolder,
    pub(super) years: u32,
    pub(super) rate: f64,
    pub(super) growth: f64,
    /// Tax, loan and value-added tax, with the rate and the years above.
    pub(super) finance: Finance,
    salvage: Salvage,
    /// The share of the critical load that the sizes must carry without the grid.
    needed_share: f64,
    carbon_most_kg: Option<f64>,
    /// What its own ageing leaves of the battery in each year, where that was sought.
    pub(super) capacity_left: Option<Vec<f64>>,
    /// Where plans of a year are recalled from and kept.
    pub(super) journal: Option<Journal>,
}

impl<'a> Project<'a> {
    pub(super) fn of(folder: &'a DesignFolder) -> Result<Self, Problems> {
        let calendar = &folder.loaded.scenario.calendar;
        let days = calendar.day_first_step.len().saturating_sub(1);
        if !(365..=366).contains(&days) {
            let problem = Problem::new("time", "a design needs a run of one year").value(format!("{days} days"));
            return Err(problem
                .hint("money is of years: let the scenario run from a date to the same date a year later")
                .into());
        }
        let economics = &folder.file.economics;
        let of_nominal = economics.nominal_rate.map(|rate| real_rate(rate, economics.inflation.unwrap_or(0.0)));
        let rate = economics.real_rate.or(of_nominal).unwrap_or(0.0);
        if rate < 0.0 {
            let problem = Problem::new("economics.inflation", "is above the nominal rate").value(rate);
            return Err(problem.allowed("a real rate of at least 0").into());
        }
        let years = u32::try_from(economics.years).unwrap_or(1);
        let finance = finance(economics, rate, years);
        finance.check().or_else(|| ())?;
        super::years::check(folder)?;
        super::fading::check(folder)?;
        Ok(Self {
            folder,
            years,
            rate,
            finance,
            growth: economics.price_growth.unwrap_or(0.0),
            needed_share: 1.0,
            carbon_most_kg: carbon_most_kg(folder)?,
            capacity_left: None,
            journal: None,
            salvage: match economics.salvage {
                Some("consistent") => Salvage::Consistent,
                Some("none") => Salvage::None,
                _ => Salvage::Linear,
            },
        })
    }

    /// The same project at another discount rate.
    pub(super) fn at_rate(&self, rate: f64) -> Self {
        Self { rate, finance: Finance { rate, ..self.finance.clone() }, ..self.clone() }
    }

    /// A sizing problem with the costs and years of this project.
    pub(super) fn repriced(&self, task: &Task) -> Task {
        let mut task = task.clone();
        for (i, size) in task.sizes.iter_mut().enumerate() {
            size.cost_per_unit = self.owners_costs(i, 1.0).total();
        }
        let weights = self.operations(&self.folder.loaded.scenario).into_iter().map(|operation| operation.weight);
        task.years.iter_mut().zip(weights).for_each(|(year, weight)| year.weight = weight);
        task
    }

    /// The same project with sizes that carry a share of the critical load.
    pub(super) fn needing(&self, needed_share: f64) -> Self {
        Self { needed_share, ..self.clone() }
    }

    /// Most carbon of a year: as written, or what a renewable share leaves.
    pub(super) fn carbon_most_kg(&self) -> Option<f64> {
        self.carbon_most_kg
    }

    /// The goals as they are written.
    pub(super) fn goal(&self) -> &'a GoalTable {
        &self.folder.file.goal
    }

    /// What the operating cost of all years counts, per unit of year 1 at today's prices; after tax, where there is one.
    pub(super) fn weight(&self) -> f64 {
        self.kept() * present_worth(self.growth, self.rate, self.years)
    }

    /// The share of operating costs and savings that is the owner's after tax.
    pub(super) fn kept(&self) -> f64 {
        1.0 - self.finance.tax_rate
    }

    /// Whether anything of tax, loan, value-added tax, grants or the certainty of yields was said: what a bank reads.
    pub(super) fn has_owner(&self) -> bool {
        let Finance { tax_rate, vat, loan, .. } = &self.finance;
        let is_given = |i: usize| self.incentives(i) != Incentives::default();
        *tax_rate > 0.0
            || vat.is_some()
            || loan.is_some()
            || self.yield_deviation().is_some()
            || (0..self.folder.file.size.len()).any(is_given)
    }

    /// Standard deviation over mean of a year's generation, where it is given.
    pub(super) fn yield_deviation(&self) -> Option<f64> {
        self.folder.file.economics.yield_deviation
    }

    /// The strategy under which the base is run.
    pub(super) fn base_dispatch(&self) -> Dispatch {
        let own = &self.folder.loaded.scenario.dispatch;
        match self.folder.file.economics.base_strategy {
            None => Dispatch::Optimal,
            Some(name) if own.name() == name => own.clone(),
            Some(name) => Dispatch::every().find(|dispatch| dispatch.name() == name).unwrap_or(Dispatch::Optimal),
        }
    }

    /// What a year of the base comes to.
    ///
    /// # Errors
    /// A run that is refused.
    pub(super) fn base_objective(&self, built: &Scenario) -> Result<f64, Problems> {
        let dispatch = [self.base_dispatch()];
        Ok(crate::run_without_bound(built, &dispatch, None)?.remove(0).money.objective)
    }

    /// What others add to a size's purchase.
    pub(super) fn incentives(&self, size: usize) -> Incentives {
        let table = &self.folder.file.size[size];
        Incentives {
            grant_share: table.grant_share.unwrap_or(0.0),
            tax_credit_share: table.tax_credit_share.unwrap_or(0.0),
        }
    }

    /// What units of a size cost the owner.
    pub(super) fn owners_costs(&self, size: usize, units: f64) -> OwnersCosts {
        self.finance.owners_costs(&self.component(size, units), &self.incentives(size))
    }

    pub(super) fn capital_recovery_factor(&self) -> f64 {
        capital_recovery_factor(self.rate, f64::from(self.years))
    }

    /// A size of the folder, by its place, as equipment: `units` of it.
    pub(super) fn component(&self, size: usize, units: f64) -> Component {
        let (table, priced) = (&self.folder.file.size[size], &self.folder.priced[size]);
        let capital = priced.capital_cost_per_unit;
        Component {
            name: self.folder.label(size),
            capital_cost: capital * units,
            replacement_cost: table.replacement_cost_per_unit.unwrap_or(capital) * units,
            lifetime_years: priced.lifetime_years,
            upkeep_cost_per_year: table.upkeep_cost_per_unit_year.unwrap_or(0.0) * units,
            salvage: self.salvage,
        }
    }

    /// What is bought at these sizes.
    pub(super) fn bought(&self, sizes: &[f64]) -> Vec<Component> {
        self.added(sizes).enumerate().map(|(size, units)| self.component(size, units)).collect()
    }

    /// What the owner pays for it.
    pub(super) fn owners_costs_of(&self, sizes: &[f64]) -> Vec<OwnersCosts> {
        self.added(sizes).enumerate().map(|(size, units)| self.owners_costs(size, units)).collect()
    }

    /// What sizes have beyond the existing.
    pub(super) fn added(&self, sizes: &[f64]) -> impl Iterator<Item = f64> {
        sizes
            .iter()
            .zip(self.existing())
            .map(|(value, existing)| (value - existing).max(0.0))
            .collect::<Vec<_>>()
            .into_iter()
    }

    pub(super) fn existing(&self) -> Vec<f64> {
        self.folder.file.size.iter().map(|size| size.existing.unwrap_or(0.0)).collect()
    }

    /// The same project, its plans recalled from a journal and kept in it.
    pub(super) fn with_journal(self, journal: Option<&Journal>) -> Self {
        Self { journal: journal.cloned(), ..self }
    }

    /// The search of a sizing problem.
    pub(super) fn sizer(&self, task: Task) -> Result<Sizer, Problems> {
        let sizer = Sizer::new(task)?;
        Ok(match &self.journal {
            Some(journal) => sizer.with_journal(journal),
            None => sizer,
        })
    }

    /// The sizing problem of a scenario.
    pub(super) fn task(&self, scenario: &Scenario) -> Result<Task, Problems> {
        let (file, folder) = (&self.folder.file, self.folder);
        let sizes = file.size.iter().enumerate().map(|(i, size)| Size {
            // Problems name what is written in the file.
            name: size.field.join(" and "),
            sets: folder.sizes[i]
                .iter()
                .zip(folder.field_values(i, 1.0))
                .map(|(set, unit)| quantity(*set, unit))
                .collect(),
            least: size.least(),
            most: size.most,
            existing: size.existing.unwrap_or(0.0),
            cost_per_unit: self.owners_costs(i, 1.0).total(),
            capital_per_unit: folder.priced[i].capital_cost_per_unit * (1.0 - self.incentives(i).grant_share),
            step: folder.priced[i].step,
        });
        let sizes: Vec<Size> = sizes.collect();
        let mut problems = Problems::none();
        for (i, size) in sizes.iter().enumerate().filter(|(_, size)| size.cost_per_unit < 0.0) {
            let message =
                "costs its owner less than nothing: grant, credit, tax saved and loan are worth more than the price";
            let problem =
                Problem::new(format!("size[{i}]"), message).value(format!("{:.2} a unit", size.cost_per_unit));
            problems.push(problem.hint("lower them: any size of it would pay, sun or not"));
        }
        problems.or_else(|| ())?;
        let operations = self.operations(scenario);
        let plan = Plan::compile(operations.first().map_or(scenario, |operation| &operation.scenario))?;
        let sized: Vec<Quantity> = sizes.iter().flat_map(|size| size.sets.iter().map(|set| set.0)).collect();
        let years = self.years_of(&operations, &sized)?;
        let mut task = Task::over_years(&plan, sizes, years)?;
        if let Some(share) = file.goal.tail_share {
            task = task.with_tail(share)?;
        }
        if let Some(hours) = file.goal.ride_through_h {
            task = task.riding_through(RideThrough::of(&plan, hours)?.needing(self.needed_share));
        }
        match file.goal.budget {
            Some(budget) => task.within_budget(budget),
            None => Ok(task),
        }
    }

    /// The scenario of a year with these sizes, as its growth has them.
    pub(super) fn built_in(&self, operation: &Operation, sizes: &[f64]) -> Scenario {
        let mut built = self.built(&operation.scenario, sizes);
        let grown = super::years::generation_factor(self.folder, operation.year);
        for set in self.folder.sizes.iter().flatten() {
            if let Sized::Plant { index, .. } = set {
                built.generation[*index].scale *= grown;
            }
        }
        built
    }

    /// The scenario with these sizes, new.
    pub(super) fn built(&self, scenario: &Scenario, sizes: &[f64]) -> Scenario {
        let mut built = scenario.clone();
        for (i, (sets, units)) in self.folder.sizes.iter().zip(sizes).enumerate() {
            for (set, value) in sets.iter().zip(self.folder.field_values(i, *units)) {
                match *set {
                    Sized::Plant { index, per_unit } => built.generation[index].scale = per_unit * value,
                    Sized::Genset(i) => built.gensets[i].rating_kw = value,
                    Sized::Capacity => built.storage[0].capacity_kwh = value,
                    Sized::ChargePower => built.storage[0].charge_max_kw = value,
                    Sized::DischargePower => built.storage[0].discharge_max_kw = value,
                    Sized::ImportLimit => built.connection.import_limit_kw = value.into(),
                }
            }
        }
        built
    }
}

/// The terms of `[economics]`.
fn finance(economics: &EconomicsTable, rate: f64, years: u32) -> Finance {
    let whole = |years: i64| u32::try_from(years).unwrap_or(1);
    let tax = economics.tax.as_ref();
    let depreciation = match tax.map(|tax| (tax.depreciation, tax.depreciation_years)) {
        Some((Some("macrs_5"), _)) => Depreciation::macrs_5(),
        Some((Some("macrs_7"), _)) => Depreciation::macrs_7(),
        Some((_, Some(years))) => Depreciation::StraightLine {
            years: whole(years),
            residual_share: tax.and_then(|tax| tax.residual_share).unwrap_or(0.0),
        },
        _ => Depreciation::None,
    };
    Finance {
        rate,
        years,
        inflation: economics.inflation.unwrap_or(0.0),
        tax_rate: tax.map_or(0.0, |tax| tax.rate),
        depreciation,
        vat: economics
            .vat
            .as_ref()
            .map(|vat| Vat { rate: vat.rate, recovered_after_years: vat.recovered_after_years.map_or(1, whole) }),
        loan: economics.loan.as_ref().map(|loan| LoanTerms {
            share: loan.share,
            rate: loan.rate,
            years: whole(loan.years),
        }),
    }
}

/// What a field is in the sizing, and how much of it a unit of the size is.
fn quantity(set: Sized, unit: f64) -> (Quantity, f64) {
    match set {
        Sized::Plant { index, per_unit } => (Quantity::Plant(index), per_unit * unit),
        Sized::Genset(i) => (Quantity::Genset(i), unit),
        Sized::Capacity => (Quantity::Capacity, unit),
        Sized::ChargePower => (Quantity::ChargePower, unit),
        Sized::DischargePower => (Quantity::DischargePower, unit),
        Sized::ImportLimit => (Quantity::ImportLimit, unit),
    }
}

/// The cap on carbon: as written, or what is left to be bought beside a renewable share. Where import is the only other source and
/// the grid's intensity the same at all times, both say the same.
fn carbon_most_kg(folder: &DesignFolder) -> Result<Option<f64>, Problems> {
    let goal = &folder.file.goal;
    let Some(share) = goal.renewable_share_least else { return Ok(goal.carbon_most_kg_per_year) };
    let scenario = &folder.loaded.scenario;
    let refuse = |message: &str, hint: &str| -> Problems {
        Problem::new("goal.renewable_share_least", message).value(share).hint(hint).into()
    };
    if !scenario.gensets.is_empty() {
        return Err(refuse(
            "is not taken of a site with gensets",
            "use carbon_most_kg_per_year, which counts their fuel",
        ));
    }
    let intensity = match &scenario.carbon.intensity_kg_per_kwh {
        Series::Constant(intensity) if *intensity > 0.0 => *intensity,
        _ => {
            let hint = "write a number above 0 as utility.carbon.intensity_kg_per_kwh; any does for this goal alone";
            return Err(refuse("needs an intensity of the grid that is the same at all times", hint));
        }
    };
    Ok(Some(intensity * (1.0 - share) * load_kwh(scenario)))
}

/// Load of the year, kWh.
pub(super) fn load_kwh(scenario: &Scenario) -> f64 {
    let calendar = &scenario.calendar;
    let of = |load: &Load| load.scale * (0..calendar.steps()).map(|step| load.power_kw.at(step)).sum::<f64>();
    calendar.step_h() * scenario.loads.iter().map(of).sum::<f64>()
}
