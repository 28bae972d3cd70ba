//! Sizes of a design folder: what to build, how sure that is, and what it earns.
//!
//! [`design_folder`] sizes a scenario folder with a `design.toml` to the least net present cost with a certificate
//! ([`microgrid_design::sizing`]), runs the result under `optimal` through the physics, and sets it beside the site with what
//! exists alone. [`design_table`] prints it.

mod bank;
mod cases;
mod checks;
mod contracts;
mod document;
mod fading;
mod found;
mod goals;
mod money;
mod page;
mod rule;
mod sensitivity;
mod survival;
mod table;
mod variants;
mod years;

use microgrid_core::{Outcome, Problems, Scenario};
use microgrid_design::economics::YearOfFlow;
use microgrid_design::sizing::{Band, Earnings, Ending, Journal, Progress, Stop, Worth};
use microgrid_io::DesignFolder;

pub use bank::{BankFigures, LeanYears, LoanFigures};
use cases::Project;
pub use checks::{Check, Checks};
pub use contracts::Settlement;
pub use document::{design_json, write_design_csv};
use found::found_and_run;
pub use goals::CarbonCap;
use money::Runs;
pub use money::{DesignMoney, LevelisedCosts};
pub use page::design_page;
pub use rule::RuleDesign;
pub use sensitivity::{Sensitivity, Swing};
pub use survival::Survival;
pub use table::design_table;
pub use variants::VariantDesign;

/// What a design folder comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// The scenario's name.
    pub name: String,
    /// Currency of all money.
    pub currency: String,
    /// Years of the project.
    pub years: u32,
    /// Discount rate beyond inflation, a share a year.
    pub real_rate: f64,
    /// The sizes, in the order of `design.toml`.
    pub sizes: Vec<DesignedSize>,
    /// Costs, the proof, and what is earned.
    pub money: DesignMoney,
    /// The year under `optimal` at the sizes found.
    pub outcome: Outcome,
    /// The year under `optimal` with what exists alone.
    pub base: Outcome,
    /// Share above the least cost of the bands.
    pub band_share: f64,
    /// Evaluations of the search: each plans every year that differs once.
    pub evaluations: usize,
    /// How the search ended.
    pub ending: Ending,
    /// Where the run may cost more than the plan that sizes it.
    pub reasons: Vec<String>,
    /// The front of cost and carbon, a point for each carbon price asked.
    pub front: Vec<FrontPoint>,
    /// Entries of the catalogue whose prices are taken, with source and date.
    pub sources: Vec<String>,
    /// How long critical load is carried without the grid, where that is a goal.
    pub survival: Option<Survival>,
    /// The cap on carbon, where there is one, also of a renewable share.
    pub carbon_cap: Option<CarbonCap>,
    /// The share of the year's load that is not bought, 1 - import/load, where that is a goal: asked, and reached.
    pub renewable_share: Option<(f64, f64)>,
    /// The rule that the outcome is checked against, where one is named.
    pub checks: Option<Checks>,
    /// Sizes for the strategy that the site will run under, where one is named.
    pub rule: Option<RuleDesign>,
    /// The cash flow against the base, year 0 first.
    pub cash_flow: Vec<YearOfFlow>,
    /// Whether prices, load or generation grow, so that each year of the project is planned by itself.
    pub grows: bool,
    /// Whether the carbon of what is bought is known.
    pub grid_carbon: GridCarbon,
    /// What a bank reads, where tax, loan, grants, value-added tax or the certainty of yields are given.
    pub bank: Option<BankFigures>,
    /// What a price does that is 1 % higher, the greatest first.
    pub sensitivities: Vec<Sensitivity>,
    /// What assumptions do, each with the site sized anew; empty where that was not asked.
    pub swings: Vec<Swing>,
    /// Contracts under which somebody else owns what is bought.
    pub contracts: Vec<Settlement>,
    /// Other ways to build or to buy, each sized by itself.
    pub variants: Vec<VariantDesign>,
}

impl Design {
    /// The values of the sizes, as [`DesignFolder::write`] takes them: those for the strategy named, where one is.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        match &self.rule {
            Some(rule) => rule.sizes.clone(),
            None => self.sizes.iter().map(|size| size.value).collect(),
        }
    }

    /// The strategy under which the site is run: `optimal`, or the one named.
    #[must_use]
    pub fn strategy(&self) -> &str {
        self.rule.as_ref().map_or("optimal", |rule| &rule.strategy)
    }
}

/// A size found.
#[derive(Debug, Clone, PartialEq)]
pub struct DesignedSize {
    /// What readers call it, by the scenario's own names, with its unit.
    pub label: String,
    /// The fields of the scenario that it sets.
    pub fields: Vec<String>,
    /// The entry of the catalogue whose units it counts; `None`: it is in the unit of the field.
    pub unit_of: Option<String>,
    /// Its value, in the unit of the field, or a count of units.
    pub value: f64,
    /// What that makes each field.
    pub field_values: Vec<f64>,
    /// Its bounds.
    pub bounds: (f64, f64),
    /// Its proven band; `None` where the search was stopped.
    pub band: Option<Band>,
    /// What the last and the next unit save a year, and what a unit costs a year; `None` where the search was stopped.
    pub worth_per_year: Option<Worth>,
    /// What a unit saves a year, by how; `None` where the search was stopped.
    pub earnings_per_year: Option<Earnings>,
    /// What buying it costs.
    pub capital_cost: f64,
}

/// Whether the carbon of bought energy is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GridCarbon {
    /// The scenario says what the grid emits per kWh.
    Stated,
    /// It does not: what is bought counts as nothing.
    NotStated,
    /// Nothing can be bought.
    NoGrid,
}

impl GridCarbon {
    fn of(scenario: &Scenario) -> Self {
        let has = |value: &dyn Fn(usize) -> f64| (0..scenario.calendar.steps()).any(|step| value(step) > 0.0);
        if has(&|step| scenario.carbon.intensity_kg_per_kwh.at(step)) {
            Self::Stated
        } else if has(&|step| scenario.connection.import_limit_kw.at(step)) {
            Self::NotStated
        } else {
            Self::NoGrid
        }
    }
}

/// A point of the front of cost and carbon.
#[derive(Debug, Clone, PartialEq)]
pub struct FrontPoint {
    /// The carbon price that it is the optimum of, currency per kg CO₂.
    pub carbon_price_per_kg: f64,
    /// The sizes, in the order of `design.toml`.
    pub sizes: Vec<f64>,
    /// Net present cost without the carbon's price.
    pub net_present_cost: f64,
    /// Carbon of a year, kg CO₂.
    pub carbon_kg: f64,
    /// Proven distance from the least cost under the carbon price, relative.
    pub gap: f64,
}

/// Most evaluations of a search over whole counts.
const COUNTED_EVALUATIONS_MOST: usize = 5_000;

/// What is asked of a design beside its folder.
#[derive(Debug, Clone, Default)]
pub struct DesignOptions {
    /// Proven distance at which the search ends, in place of the folder's.
    pub gap: Option<f64>,
    /// Whether the site is sized anew with each assumption changed.
    pub swings: bool,
    /// Where plans of a year are kept and recalled from: a design that was killed goes on from it to the same answer.
    pub journal: Option<Journal>,
}

/// Sizes a design folder. `watch` is told of every evaluation and stops the search where it returns `false`; `gap` stands in for
/// that of the folder.
///
/// # Errors
/// Every problem of a stage: a run that is no year, what the sizing cannot take of the scenario, goals that cannot be met, with by
/// how much they are missed.
///
/// # Examples
/// ```no_run
/// let folder = microgrid::io::DesignFolder::read("seeds/design-workshop")?;
/// let design = microgrid::design_folder(&folder, None, |_| true)?;
/// println!("{}", microgrid::design_table(&design));
/// folder.write(&design.values(), "workshop-designed")?;
/// # Ok::<(), microgrid::Problems>(())
/// ```
pub fn design_folder(
    folder: &DesignFolder,
    gap: Option<f64>,
    watch: impl FnMut(Progress) -> bool,
) -> Result<Design, Problems> {
    design_folder_with(folder, DesignOptions { gap, ..DesignOptions::default() }, watch)
}

/// As [`design_folder`], with all that can be asked.
///
/// # Errors
/// As [`design_folder`].
pub fn design_folder_with(
    folder: &DesignFolder,
    options: DesignOptions,
    mut watch: impl FnMut(Progress) -> bool,
) -> Result<Design, Problems> {
    let project = Project::of(folder)?.with_journal(options.journal.as_ref());
    let goal = &folder.file.goal;
    let is_counted = folder.priced.iter().any(|priced| priced.step.is_some());
    let stop = Stop {
        gap: options.gap.or(goal.gap).unwrap_or(Stop::default().gap),
        evaluations: if is_counted { COUNTED_EVALUATIONS_MOST } else { Stop::default().evaluations },
    };
    let original = &folder.loaded.scenario;
    let project = fading::settled(project, stop, &mut watch)?;
    let mut run = found_and_run(&project, stop, &mut watch)?;
    let found = run.priced.found.clone();
    let is_whole = found.ending != Ending::Stopped;
    let sizer = &mut run.priced.sizer;
    let band_share = goal.band.unwrap_or(0.01);
    let earnings = is_whole.then(|| sizer.earnings()).transpose()?;
    let worths = is_whole.then(|| sizer.worth()).transpose()?;
    let bands = is_whole.then(|| sizer.bands(band_share)).transpose()?;
    let task = run.priced.sizer.task();
    let (outcome, cap) = (run.designed[0].clone(), run.priced.cap);
    let built = project.built_in(&run.operations[0], &found.sizes);
    let flow = run.owned.cash_flow();
    let lean = bank::lean_flow(&project, &found, &run.runs(), &run.operations_of_base, cap)?;
    let bank = BankFigures::of(&project, &flow, &outcome, lean.as_ref());
    let added: Vec<f64> = project.added(&found.sizes).collect();
    let contracts = contracts::settlements(&project, &run.owned, &built, &added)?;
    let mut front = Vec::new();
    for price in goal.carbon_prices_per_kg.iter().take(if is_whole { usize::MAX } else { 0 }) {
        front.push(front_point(&project, original, stop, *price, &mut watch)?);
    }
    let rule = match goal.strategy.filter(|_| is_whole) {
        Some(name) => {
            let proven = (&found.sizes[..], run.money.lower);
            Some(rule::sized_for(name, &project, original, task, proven, &mut watch)?)
        }
        None => None,
    };
    let standing = outcome.bound.as_ref().map_or(0.0, |bound| bound.standing_charges) + outcome.money.undelivered_cost;
    let swings = match options.swings && is_whole {
        true => sensitivity::swings(&project, task, &found.sizes, standing)?,
        false => Vec::new(),
    };
    let variants = match is_whole {
        true => variants::variants(folder, &options, stop, run.money.net_present_cost, &mut watch)?,
        false => Vec::new(),
    };
    let per_year = project.capital_recovery_factor();
    let of_year =
        |worth: &Worth| Worth { last: worth.last * per_year, next: worth.next * per_year, cost: worth.cost * per_year };
    let sizes = folder.file.size.iter().enumerate().map(|(i, size)| DesignedSize {
        label: folder.label(i),
        fields: size.field.clone(),
        unit_of: (size.counted == Some(true)).then(|| size.equipment.clone()).flatten(),
        value: found.sizes[i],
        field_values: folder.field_values(i, found.sizes[i]).collect(),
        bounds: (size.least(), size.most),
        band: bands.as_ref().map(|bands| bands[i].clone()),
        worth_per_year: worths.as_ref().map(|worths| of_year(&worths[i])),
        earnings_per_year: earnings.as_ref().map(|earnings| earnings[i].times(per_year)),
        capital_cost: project.bought(&found.sizes)[i].capital_cost,
    });
    let survival = match &task.ride_through {
        Some(of) => {
            Some(Survival { share_least: goal.survival_share_least, ..Survival::of(of, task, &found.sizes, &built)? })
        }
        None => None,
    };
    Ok(Design {
        name: original.name.clone(),
        currency: original.currency.clone(),
        years: project.years,
        real_rate: project.rate,
        sizes: sizes.collect(),
        band_share,
        evaluations: found.evaluations,
        ending: found.ending,
        front,
        sources: folder.priced.iter().filter_map(|priced| Some(priced.equipment.as_ref()?.origin())).collect(),
        survival,
        carbon_cap: cap,
        renewable_share: goal
            .renewable_share_least
            .map(|least| (least, 1.0 - outcome.energy.import_kwh / cases::load_kwh(original).max(1e-9))),
        checks: folder.checks.as_ref().map(|file| Checks::of(file, &outcome)),
        rule,
        cash_flow: flow.years,
        grows: years::growth(folder).is_some(),
        grid_carbon: GridCarbon::of(original),
        bank,
        sensitivities: sensitivity::sensitivities(&project, task, &found.sizes, &outcome),
        swings,
        contracts,
        variants,
        outcome,
        money: run.money,
        reasons: run.reasons,
        base: run.base,
    })
}

fn front_point(
    project: &Project<'_>,
    scenario: &Scenario,
    stop: Stop,
    price: f64,
    watch: &mut impl FnMut(Progress) -> bool,
) -> Result<FrontPoint, Problems> {
    let mut priced = scenario.clone();
    priced.carbon.price_per_kg = price;
    let mut sizer = project.sizer(project.task(&priced)?)?;
    let found = sizer.run(stop, watch)?;
    let outcome = found::run(&project.built(&priced, &found.sizes))?;
    let operations = project.operations(&priced);
    let base_objectives = vec![outcome.money.objective; operations.len()];
    let runs = Runs { operations: &operations, designed: vec![outcome.clone()], base_objectives };
    let (money, _) = DesignMoney::of(project, &sizer, &found, &runs, None);
    Ok(FrontPoint {
        carbon_price_per_kg: price,
        sizes: found.sizes,
        net_present_cost: money.net_present_cost - project.weight() * price * outcome.carbon_kg,
        carbon_kg: outcome.carbon_kg,
        gap: money.gap(),
    })
}
