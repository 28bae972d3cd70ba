//! Sizes of a design folder: what to build, how sure that is, and what it earns.
//!
//! [`design_folder`] sizes a scenario folder with a `design.toml` to the least net present cost with a certificate
//! ([`microgrid_design::sizing`]), runs the result under `optimal` through the physics, and sets it beside the site with what
//! exists alone. [`design_table`] prints it.

mod cases;
mod checks;
mod document;
mod goals;
mod money;
mod page;
mod rule;
mod sensitivity;
mod survival;
mod table;

use microgrid_core::{Outcome, Plan, Problems, Scenario};
use microgrid_design::economics::YearOfFlow;
use microgrid_design::sizing::{Band, Earnings, Ending, Progress, Sizer, Stop, Worth};
use microgrid_io::DesignFolder;

use cases::Project;
pub use checks::{Check, Checks};
pub use document::{design_json, write_design_csv};
pub use goals::CarbonCap;
pub use money::DesignMoney;
pub use page::design_page;
pub use rule::RuleDesign;
pub use sensitivity::{Sensitivity, Swing};
pub use survival::Survival;
pub use table::design_table;

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
    /// The cash flow against the base, before tax and debt, year 0 first.
    pub cash_flow: Vec<YearOfFlow>,
    /// What a price does that is 1 % higher, the greatest first.
    pub sensitivities: Vec<Sensitivity>,
    /// What assumptions do, each with the site sized anew; empty where that was not asked.
    pub swings: Vec<Swing>,
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
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DesignOptions {
    /// Proven distance at which the search ends, in place of the folder's.
    pub gap: Option<f64>,
    /// Whether the site is sized anew with each assumption changed.
    pub swings: bool,
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
    let project = Project::of(folder)?;
    let goal = &folder.file.goal;
    let is_counted = folder.priced.iter().any(|priced| priced.step.is_some());
    let stop = Stop {
        gap: options.gap.or(goal.gap).unwrap_or(Stop::default().gap),
        evaluations: if is_counted { COUNTED_EVALUATIONS_MOST } else { Stop::default().evaluations },
    };
    let original = &folder.loaded.scenario;
    let goals::Priced { scenario, mut sizer, found, cap, free } = goals::search(&project, original, stop, &mut watch)?;
    let band_share = goal.band.unwrap_or(0.01);
    let is_whole = found.ending != Ending::Stopped;
    let earnings = is_whole.then(|| sizer.earnings()).transpose()?;
    let worths = is_whole.then(|| sizer.worth()).transpose()?;
    let bands = is_whole.then(|| sizer.bands(band_share)).transpose()?;
    let outcome = run(&project.built(&scenario, &found.sizes))?;
    let base = run(&project.built(original, &project.existing()))?;
    let (mut money, cash_flow) = DesignMoney::of(&project, &sizer, &found, &outcome, &base, cap);
    let mut reasons = sizer.task().site.left_out.clone();
    if let Some(free) = free {
        // Sizes without the goal are proven; those with it are sought by halving.
        let run = run(&project.built(&free.scenario, &free.found.sizes))?;
        let (of_free, _) = DesignMoney::of(&project, &free.sizer, &free.found, &run, &base, free.cap);
        money.search_gap += money.lower - of_free.lower;
        money.lower = of_free.lower;
        reasons.push("survival is sought by halving: the lower value is that of the site without this goal".into());
    }
    let mut front = Vec::new();
    for price in goal.carbon_prices_per_kg.iter().take(if is_whole { usize::MAX } else { 0 }) {
        front.push(front_point(&project, original, stop, *price, &mut watch)?);
    }
    let rule = match goal.strategy.filter(|_| is_whole) {
        Some(name) => {
            let proven = (&found.sizes[..], money.lower);
            Some(rule::sized_for(name, &project, original, sizer.task(), proven, &mut watch)?)
        }
        None => None,
    };
    let standing = outcome.bound.as_ref().map_or(0.0, |bound| bound.standing_charges) + outcome.money.undelivered_cost;
    let swings = match options.swings && is_whole {
        true => sensitivity::swings(&project, sizer.task(), &found.sizes, standing)?,
        false => Vec::new(),
    };
    let per_year = project.capital_recovery_factor();
    let of_year =
        |worth: &Worth| Worth { last: worth.last * per_year, next: worth.next * per_year, cost: worth.cost * per_year };
    let sizes = folder.file.size.iter().enumerate().map(|(i, size)| DesignedSize {
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
    let survival = match &sizer.task().ride_through {
        Some(of) => Some(Survival {
            share_least: goal.survival_share_least,
            ..Survival::of(of, sizer.task(), &found.sizes, &project.built(&scenario, &found.sizes))?
        }),
        None => None,
    };
    Ok(Design {
        name: scenario.name.clone(),
        currency: scenario.currency.clone(),
        years: project.years,
        real_rate: project.rate,
        sizes: sizes.collect(),
        money,
        band_share,
        evaluations: found.evaluations,
        ending: found.ending,
        reasons,
        front,
        sources: folder.priced.iter().filter_map(|priced| Some(priced.equipment.as_ref()?.origin())).collect(),
        survival,
        carbon_cap: cap,
        renewable_share: goal
            .renewable_share_least
            .map(|least| (least, 1.0 - outcome.energy.import_kwh / cases::load_kwh(original).max(1e-9))),
        checks: folder.checks.as_ref().map(|file| Checks::of(file, &outcome)),
        rule,
        cash_flow,
        sensitivities: sensitivity::sensitivities(&project, sizer.task(), &found.sizes, &outcome),
        swings,
        outcome,
        base,
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
    let mut sizer = Sizer::new(project.task(&priced)?)?;
    let found = sizer.run(stop, watch)?;
    let outcome = run(&project.built(&priced, &found.sizes))?;
    let (money, _) = DesignMoney::of(project, &sizer, &found, &outcome, &outcome, None);
    Ok(FrontPoint {
        carbon_price_per_kg: price,
        sizes: found.sizes,
        net_present_cost: money.net_present_cost - project.weight() * price * outcome.carbon_kg,
        carbon_kg: outcome.carbon_kg,
        gap: money.gap(),
    })
}

/// The year under `optimal`, beside its bound.
fn run(scenario: &Scenario) -> Result<Outcome, Problems> {
    Plan::compile(scenario)?;
    Ok(crate::run(scenario, &[microgrid_core::dispatch::Dispatch::Optimal], None)?.remove(0))
}
