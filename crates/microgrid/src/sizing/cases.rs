//! From a design folder to a sizing problem, and from sizes to scenarios.

use microgrid_core::demand::Load;
use microgrid_core::{Plan, Problem, Problems, Scenario, Series};
use microgrid_design::economics::{
    Component, Salvage, capital_recovery_factor, discount_factor, present_worth, real_rate,
};
use microgrid_design::sizing::{Quantity, RideThrough, Size, Task, Year};
use microgrid_io::DesignFolder;
use microgrid_io::design::{GoalTable, Sized};

/// The rates of a project, and its equipment.
#[derive(Clone, Copy)]
pub(super) struct Project<'a> {
    folder: &'a DesignFolder,
    pub(super) years: u32,
    pub(super) rate: f64,
    pub(super) growth: f64,
    salvage: Salvage,
    /// The share of the critical load that the sizes must carry without the grid.
    needed_share: f64,
    carbon_most_kg: Option<f64>,
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
        Ok(Self {
            folder,
            years: u32::try_from(economics.years).unwrap_or(1),
            rate,
            growth: economics.price_growth.unwrap_or(0.0),
            needed_share: 1.0,
            carbon_most_kg: carbon_most_kg(folder)?,
            salvage: match economics.salvage {
                Some("consistent") => Salvage::Consistent,
                Some("none") => Salvage::None,
                _ => Salvage::Linear,
            },
        })
    }

    /// The same project at another discount rate.
    pub(super) fn at_rate(self, rate: f64) -> Self {
        Self { rate, ..self }
    }

    /// A sizing problem with the costs and years of this project.
    pub(super) fn repriced(&self, task: &Task) -> Task {
        let mut task = task.clone();
        for (i, size) in task.sizes.iter_mut().enumerate() {
            size.cost_per_unit = self.component(i, 1.0).present_costs(self.rate, self.years).total();
        }
        task.years = self.of_years();
        task
    }

    /// The same project with sizes that carry a share of the critical load.
    pub(super) fn needing(self, needed_share: f64) -> Self {
        Self { needed_share, ..self }
    }

    /// Most carbon of a year: as written, or what a renewable share leaves.
    pub(super) fn carbon_most_kg(&self) -> Option<f64> {
        self.carbon_most_kg
    }

    /// The goals as they are written.
    pub(super) fn goal(&self) -> &'a GoalTable {
        &self.folder.file.goal
    }

    /// What the operating cost of all years counts, per unit of year 1 at today's prices.
    pub(super) fn weight(&self) -> f64 {
        present_worth(self.growth, self.rate, self.years)
    }

    pub(super) fn capital_recovery_factor(&self) -> f64 {
        capital_recovery_factor(self.rate, f64::from(self.years))
    }

    /// A size of the folder, by its place, as equipment: `units` of it.
    pub(super) fn component(&self, size: usize, units: f64) -> Component {
        let (table, priced) = (&self.folder.file.size[size], &self.folder.priced[size]);
        let capital = priced.capital_cost_per_unit;
        Component {
            name: match (&table.equipment, table.counted) {
                (Some(entry), Some(true)) => format!("units of {entry}"),
                _ => table.field.join(" and "),
            },
            capital_cost: capital * units,
            replacement_cost: table.replacement_cost_per_unit.unwrap_or(capital) * units,
            lifetime_years: priced.lifetime_years,
            upkeep_cost_per_year: table.upkeep_cost_per_unit_year.unwrap_or(0.0) * units,
            salvage: self.salvage,
        }
    }

    /// What is bought at these sizes.
    pub(super) fn bought(&self, sizes: &[f64]) -> Vec<Component> {
        let added = sizes.iter().zip(self.existing()).map(|(value, existing)| (value - existing).max(0.0));
        added.enumerate().map(|(size, units)| self.component(size, units)).collect()
    }

    pub(super) fn existing(&self) -> Vec<f64> {
        self.folder.file.size.iter().map(|size| size.existing.unwrap_or(0.0)).collect()
    }

    /// The years in which sizes differ, or one for all.
    fn of_years(&self) -> Vec<Year> {
        let fading: Vec<f64> = self.folder.file.size.iter().map(|size| size.fading_per_year.unwrap_or(0.0)).collect();
        if fading.iter().all(|fading| *fading == 0.0) {
            return vec![Year { weight: self.weight(), left: vec![1.0; fading.len()] }];
        }
        // No `powi`: the same bits on every platform.
        let powered = |base: f64, year: u32| (0..year).fold(1.0, |product, _| product * base);
        (0..self.years)
            .map(|year| Year {
                weight: powered(1.0 + self.growth, year) * discount_factor(self.rate, f64::from(year + 1)),
                left: fading.iter().map(|fading| powered(1.0 - fading, year)).collect(),
            })
            .collect()
    }

    /// The sizing problem of a scenario.
    pub(super) fn task(&self, scenario: &Scenario) -> Result<Task, Problems> {
        let (file, folder) = (&self.folder.file, self.folder);
        let sizes = file.size.iter().enumerate().map(|(i, size)| Size {
            name: self.component(i, 1.0).name,
            sets: folder.sizes[i]
                .iter()
                .zip(folder.field_values(i, 1.0))
                .map(|(set, unit)| quantity(*set, unit))
                .collect(),
            least: size.least(),
            most: size.most,
            existing: size.existing.unwrap_or(0.0),
            cost_per_unit: self.component(i, 1.0).present_costs(self.rate, self.years).total(),
            capital_per_unit: folder.priced[i].capital_cost_per_unit,
            step: folder.priced[i].step,
        });
        let plan = Plan::compile(scenario)?;
        let mut task = Task::over_years(&plan, sizes.collect(), self.of_years())?;
        if let Some(hours) = file.goal.ride_through_h {
            task = task.riding_through(RideThrough::of(&plan, hours)?.needing(self.needed_share));
        }
        match file.goal.budget {
            Some(budget) => task.within_budget(budget),
            None => Ok(task),
        }
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
