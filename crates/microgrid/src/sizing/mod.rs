//! Sizes of a design folder: what to build, how sure that is, and what it earns.
//!
//! [`design_folder`] sizes a scenario folder with a `design.toml` to the least net present cost with a certificate
//! ([`microgrid_design::sizing`]), runs the result under `optimal` through the physics, and sets it beside the site with what
//! exists alone. [`design_table`] prints it.

mod cases;
mod money;
mod table;

use microgrid_core::{Outcome, Plan, Problems, Scenario};
use microgrid_design::sizing::{Band, Ending, Progress, Sized, Sizer, Stop, Worth};
use microgrid_io::DesignFolder;

use cases::Project;
pub use money::DesignMoney;
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
}

impl Design {
    /// The values of the sizes, as [`DesignFolder::write`] takes them.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.sizes.iter().map(|size| size.value).collect()
    }
}

/// A size found.
#[derive(Debug, Clone, PartialEq)]
pub struct DesignedSize {
    /// The fields of the scenario that it sets.
    pub fields: Vec<String>,
    /// Its value, in the unit of the field.
    pub value: f64,
    /// Its bounds.
    pub bounds: (f64, f64),
    /// Its proven band; `None` where the search was stopped.
    pub band: Option<Band>,
    /// What the last and the next unit save a year, and what a unit costs a year; `None` where the search was stopped.
    pub worth_per_year: Option<Worth>,
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

/// Sizes a design folder. `watch` is told of every evaluation and stops the search where it returns `false`; `gap` stands in for
/// that of the folder.
///
/// # Errors
/// Every problem of a stage: a run that is no year, what the sizing cannot take of the scenario.
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
    mut watch: impl FnMut(Progress) -> bool,
) -> Result<Design, Problems> {
    let project = Project::of(folder)?;
    let scenario = &folder.loaded.scenario;
    let stop = Stop { gap: gap.or(folder.file.goal.gap).unwrap_or(Stop::default().gap), ..Stop::default() };
    let (mut sizer, found) = search(&project, scenario, stop, &mut watch)?;
    let reasons = sizer.task().site.left_out.clone();
    let band_share = folder.file.goal.band.unwrap_or(0.01);
    let is_whole = found.ending != Ending::Stopped;
    let worths = is_whole.then(|| sizer.worth()).transpose()?;
    let bands = is_whole.then(|| sizer.bands(band_share)).transpose()?;
    let outcome = run(&project.built(scenario, &found.sizes))?;
    let base = run(&project.built(scenario, &project.existing()))?;
    let money = DesignMoney::of(&project, &sizer, &found, &outcome, &base);
    let per_year = project.capital_recovery_factor();
    let of_year =
        |worth: &Worth| Worth { last: worth.last * per_year, next: worth.next * per_year, cost: worth.cost * per_year };
    let sizes = folder.file.size.iter().enumerate().map(|(i, size)| DesignedSize {
        fields: size.field.clone(),
        value: found.sizes[i],
        bounds: (size.least(), size.most),
        band: bands.as_ref().map(|bands| bands[i]),
        worth_per_year: worths.as_ref().map(|worths| of_year(&worths[i])),
        capital_cost: size.capital_cost_per_unit * (found.sizes[i] - size.existing.unwrap_or(0.0)).max(0.0),
    });
    let sizes = sizes.collect();
    let mut front = Vec::new();
    for price in folder.file.goal.carbon_prices_per_kg.iter().take(if is_whole { usize::MAX } else { 0 }) {
        front.push(front_point(&project, scenario, stop, *price, &mut watch)?);
    }
    Ok(Design {
        name: scenario.name.clone(),
        currency: scenario.currency.clone(),
        years: project.years,
        real_rate: project.rate,
        sizes,
        money,
        outcome,
        base,
        band_share,
        evaluations: found.evaluations,
        ending: found.ending,
        reasons,
        front,
    })
}

/// The search over a scenario.
fn search(
    project: &Project<'_>,
    scenario: &Scenario,
    stop: Stop,
    watch: &mut impl FnMut(Progress) -> bool,
) -> Result<(Sizer, Sized), Problems> {
    let mut sizer = Sizer::new(project.task(scenario)?)?;
    let found = sizer.run(stop, watch)?;
    Ok((sizer, found))
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
    let (sizer, found) = search(project, &priced, stop, watch)?;
    let outcome = run(&project.built(&priced, &found.sizes))?;
    let money = DesignMoney::of(project, &sizer, &found, &outcome, &outcome);
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
