//! From a design folder to a sizing problem, and from sizes to scenarios.

use microgrid_core::{Plan, Problem, Problems, Scenario};
use microgrid_design::economics::{
    Component, Salvage, capital_recovery_factor, discount_factor, present_worth, real_rate,
};
use microgrid_design::sizing::{Quantity, Size, Task, Year};
use microgrid_io::DesignFolder;
use microgrid_io::design::{SizeTable, Sized};

/// The rates of a project, and its equipment.
pub(super) struct Project<'a> {
    folder: &'a DesignFolder,
    pub(super) years: u32,
    pub(super) rate: f64,
    pub(super) growth: f64,
    salvage: Salvage,
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
            salvage: match economics.salvage {
                Some("consistent") => Salvage::Consistent,
                Some("none") => Salvage::None,
                _ => Salvage::Linear,
            },
        })
    }

    /// What the operating cost of all years counts, per unit of year 1 at today's prices.
    pub(super) fn weight(&self) -> f64 {
        present_worth(self.growth, self.rate, self.years)
    }

    pub(super) fn capital_recovery_factor(&self) -> f64 {
        capital_recovery_factor(self.rate, f64::from(self.years))
    }

    /// A size as equipment: `units` of it.
    pub(super) fn component(&self, size: &SizeTable, units: f64) -> Component {
        Component {
            name: size.field.join(" and "),
            capital_cost: size.capital_cost_per_unit * units,
            replacement_cost: size.replacement_cost_per_unit.unwrap_or(size.capital_cost_per_unit) * units,
            lifetime_years: size.lifetime_years,
            upkeep_cost_per_year: size.upkeep_cost_per_unit_year.unwrap_or(0.0) * units,
            salvage: self.salvage,
        }
    }

    /// What is bought at these sizes.
    pub(super) fn bought(&self, sizes: &[f64]) -> Vec<Component> {
        let pairs = self.folder.file.size.iter().zip(sizes);
        pairs.map(|(size, value)| self.component(size, (value - size.existing.unwrap_or(0.0)).max(0.0))).collect()
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
        let sizes = self.folder.file.size.iter().zip(&self.folder.sizes).map(|(size, sets)| Size {
            name: size.field.join(" and "),
            sets: sets.iter().map(|set| quantity(*set)).collect(),
            least: size.least(),
            most: size.most,
            existing: size.existing.unwrap_or(0.0),
            cost_per_unit: self.component(size, 1.0).present_costs(self.rate, self.years).total(),
            capital_per_unit: size.capital_cost_per_unit,
        });
        let task = Task::over_years(&Plan::compile(scenario)?, sizes.collect(), self.of_years())?;
        match self.folder.file.goal.budget {
            Some(budget) => task.within_budget(budget),
            None => Ok(task),
        }
    }

    /// The scenario with these sizes, new.
    pub(super) fn built(&self, scenario: &Scenario, sizes: &[f64]) -> Scenario {
        let mut built = scenario.clone();
        for (sets, value) in self.folder.sizes.iter().zip(sizes) {
            for set in sets {
                match *set {
                    Sized::Plant { index, per_unit } => built.generation[index].scale = per_unit * value,
                    Sized::Genset(i) => built.gensets[i].rating_kw = *value,
                    Sized::Capacity => built.storage[0].capacity_kwh = *value,
                    Sized::ChargePower => built.storage[0].charge_max_kw = *value,
                    Sized::DischargePower => built.storage[0].discharge_max_kw = *value,
                    Sized::ImportLimit => built.connection.import_limit_kw = (*value).into(),
                }
            }
        }
        built
    }
}

fn quantity(set: Sized) -> (Quantity, f64) {
    match set {
        Sized::Plant { index, per_unit } => (Quantity::Plant(index), per_unit),
        Sized::Genset(i) => (Quantity::Genset(i), 1.0),
        Sized::Capacity => (Quantity::Capacity, 1.0),
        Sized::ChargePower => (Quantity::ChargePower, 1.0),
        Sized::DischargePower => (Quantity::DischargePower, 1.0),
        Sized::ImportLimit => (Quantity::ImportLimit, 1.0),
    }
}
