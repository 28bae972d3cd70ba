//! The years of a project and the cases that a year may be: what each counts, and the site in it.
//!
//! # Model
//! Growth that differs by component is that of the scenario's `[years]` (load, generation, prices of import, export, fuel and carbon):
//! then every year of the project has a site of its own, planned by itself. Without it, and without fading sizes, one year stands for
//! all. Each case (`[[case]]`) is such a site too; its weight is its share of the year's.

use std::sync::Arc;

use microgrid_core::simulation::Years;
use microgrid_core::{Plan, Problem, Problems, Scenario};
use microgrid_design::economics::discount_factor;
use microgrid_design::sizing::{Quantity, Site, Year};
use microgrid_io::DesignFolder;

use super::cases::Project;

/// A year of the project in one of the cases.
pub(super) struct Operation {
    /// The year, from 0 on.
    pub(super) year: usize,
    /// The case, by its place; 0 where there are none.
    pub(super) case: usize,
    /// What a unit of its cost counts.
    pub(super) weight: f64,
    /// What is left of each size.
    pub(super) left: Vec<f64>,
    /// The site.
    pub(super) scenario: Scenario,
    /// Whether the site is another than the one of the first year.
    pub(super) is_own: bool,
}

/// The growth that the scenario says, where it says any.
pub(super) fn growth(folder: &DesignFolder) -> Option<Years> {
    folder.loaded.years.filter(|years| years.growths().iter().any(|(_, growth)| *growth != 0.0))
}

/// Whether years or cases have sites of their own.
pub(super) fn has_own_sites(folder: &DesignFolder) -> bool {
    growth(folder).is_some() || !folder.cases.is_empty()
}

/// What a design does not take beside growth or cases, each by its field.
pub(super) fn check(folder: &DesignFolder) -> Result<(), Problems> {
    let mut problems = Problems::none();
    if let Some(years) = growth(folder) {
        let standing = ["demand_price_growth_percent", "fixed_price_growth_percent", "replacement_cost_growth_percent"];
        for (name, growth) in
            years.growths().into_iter().filter(|(name, growth)| standing.contains(name) && *growth != 0.0)
        {
            let problem = Problem::new(format!("years.{name}"), "is not taken by a design").value(growth);
            let hint = match name {
                "replacement_cost_growth_percent" => "write replacement_cost_per_unit of the size",
                _ => "leave it out here: economics.price_growth is that of all prices",
            };
            problems.push(problem.hint(hint));
        }
    }
    let goal = &folder.file.goal;
    let unmixed = [
        ("carbon_most_kg_per_year", goal.carbon_most_kg_per_year.is_some()),
        ("renewable_share_least", goal.renewable_share_least.is_some()),
        ("ride_through_h", goal.ride_through_h.is_some()),
        ("strategy", goal.strategy.is_some()),
        ("carbon_prices_per_kg", !goal.carbon_prices_per_kg.is_empty()),
    ];
    if has_own_sites(folder) {
        for (name, _) in unmixed.into_iter().filter(|(_, is_asked)| *is_asked) {
            let problem = Problem::new(format!("goal.{name}"), "is not taken where years or cases differ");
            problems.push(problem.hint("leave it out, or [[case]] and the growth in [years] of scenario.toml"));
        }
    }
    let fades = |size: &microgrid_io::design::SizeTable| size.fading_per_year.is_some_and(|fading| fading > 0.0);
    let is_fading = super::fading::size_of(folder).is_some() || folder.file.size.iter().any(fades);
    if goal.tail_share.is_some() && (is_fading || growth(folder).is_some()) {
        let problem = Problem::new("goal.tail_share", "is not taken beside fading or growth");
        problems.push(problem.hint("years that follow each other are no chances of one year"));
    }
    problems.or_else(|| ())
}

/// What the generation of the first year has become in another, from 0 on.
pub(super) fn generation_factor(folder: &DesignFolder, year: usize) -> f64 {
    let percent = growth(folder).map_or(0.0, |years| years.generation_growth_percent);
    (0..year).fold(1.0, |product, _| product * (1.0 + 0.01 * percent))
}

impl Project<'_> {
    /// Every year in every case of a scenario: cases within years.
    pub(super) fn operations(&self, scenario: &Scenario) -> Vec<Operation> {
        let file = &self.folder.file;
        let fading: Vec<f64> = file.size.iter().map(|size| size.fading_per_year.unwrap_or(0.0)).collect();
        let own_path = super::fading::size_of(self.folder).zip(self.capacity_left.as_ref());
        let is_fading = own_path.is_some() || fading.iter().any(|fading| *fading != 0.0);
        let growth = growth(self.folder);
        // A carbon price that a goal puts on top counts in every case.
        let priced = scenario.carbon.price_per_kg - self.folder.loaded.scenario.carbon.price_per_kg;
        let cases: Vec<(f64, Scenario)> = match self.folder.cases.len() {
            0 => vec![(1.0, scenario.clone())],
            _ => (file.case.iter().zip(&self.folder.cases))
                .map(|(case, loaded)| {
                    let mut scenario = loaded.scenario.clone();
                    scenario.carbon.price_per_kg += priced;
                    (case.share, scenario)
                })
                .collect(),
        };
        // No `powi`: the same bits on every platform.
        let powered = |base: f64, year: u32| (0..year).fold(1.0, |product, _| product * base);
        let years = if growth.is_some() || is_fading { self.years } else { 1 };
        let mut operations = Vec::new();
        for year in 0..years {
            let weight = match years {
                1 => self.weight(),
                _ => self.kept() * powered(1.0 + self.growth, year) * discount_factor(self.rate, f64::from(year + 1)),
            };
            let mut left: Vec<f64> = fading.iter().map(|fading| powered(1.0 - fading, year)).collect();
            if let Some((size, path)) = own_path {
                left[size] = path[year as usize];
            }
            for (case, (share, scenario)) in cases.iter().enumerate() {
                operations.push(Operation {
                    year: year as usize,
                    case,
                    weight: share * weight,
                    left: left.clone(),
                    scenario: growth.map_or_else(|| scenario.clone(), |years| years.scenario(scenario, year + 1, None)),
                    is_own: growth.is_some() || cases.len() > 1,
                });
            }
        }
        operations
    }

    /// How likely a case is.
    pub(super) fn share_of(&self, case: usize) -> f64 {
        self.folder.file.case.get(case).map_or(1.0, |case| case.share)
    }

    /// The years of a sizing problem. A plant's growth is in its site's column, for its scale is a size.
    ///
    /// # Errors
    /// A scenario of a year that sizing does not take.
    pub(super) fn years_of(&self, operations: &[Operation], sized: &[Quantity]) -> Result<Vec<Year>, Problems> {
        let year = |operation: &Operation| -> Result<Year, Problems> {
            let Operation { year, weight, left, scenario, is_own, .. } = operation;
            let mut found = Year { weight: *weight, left: left.clone(), site: None };
            if *is_own {
                let mut site = Site::of(&Plan::compile(scenario)?, sized)?;
                let factor = generation_factor(self.folder, *year);
                site.plants.iter_mut().flatten().for_each(|kw| *kw *= factor);
                found.site = Some(Arc::new(site));
            }
            Ok(found)
        };
        operations.iter().map(year).collect()
    }
}
