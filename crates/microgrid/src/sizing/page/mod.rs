//! A design as a page: what an owner, an engineer and a bank read.

mod choices;
mod goals;
mod grounds;
mod money;
mod sizes;

use microgrid_core::dispatch::Dispatch;
use microgrid_core::{Outcome, Problems, Scenario};
use microgrid_io::DesignFolder;
use microgrid_report::html::{Block, KeyFigure, Language, Page, Section, amount};
use microgrid_report::{Trace, waterfall_svg};

use super::cases::Project;
use super::{Design, GridCarbon};
use crate::run_page::{pictures, words};

/// The names of both runs in pictures.
const BASE: &str = "as it is";
const DESIGNED: &str = "as designed";

/// A design as a report that opens with the network off: summary against the base, sizes with their proven bands, money, cash
/// flow, bills before and after, weeks, duration curves, flows of energy, sensitivities, the proof, assumptions with sources, and
/// the meaning of words. `command` is what makes it again. The page's `language` is English; set another to have its phrases in it.
///
/// # Errors
/// A picture that cannot be drawn.
pub fn design_page(folder: &DesignFolder, design: &Design, command: &str) -> Result<Page, Problems> {
    let mut sections = vec![
        Section::new("Summary", summary(design)),
        Section::new("What to build", sizes::sizes(design)),
        Section::new("Money", money::money(design)?),
    ];
    let named = |run: &Outcome, name: &str| Outcome { strategy: name.into(), ..run.clone() };
    let runs = [named(&design.base, BASE), named(&design.outcome, DESIGNED)];
    sections.extend(pictures(&traces(folder, design)?, &runs)?);
    sections.extend(light(folder, design)?);
    if !design.front.is_empty() || design.carbon_cap.is_some() || design.survival.is_some() || design.checks.is_some() {
        sections.push(Section::new("Goals", goals::goals(design)?));
    }
    if let Some(rule) = &design.rule {
        sections
            .push(Section::new(format!("Under {}", rule.strategy), vec![Block::Text(super::table::rule_text(rule))]));
    }
    if !design.variants.is_empty() || !design.contracts.is_empty() {
        sections.push(Section::new("Variants and contracts", choices::choices(design)));
    }
    sections.push(Section::new("What it depends on", grounds::sensitivity(design)?));
    sections.push(Section::new("Proof", grounds::proof(design)));
    sections.push(Section::new("Assumptions and sources", grounds::assumptions(folder, design)));
    sections.push(Section::new("Words", vec![Block::Terms(words(&grounds::WORDS))]));
    Ok(Page {
        title: format!("{}: what to build", design.name),
        lead: format!(
            "least net present cost over {} years at {:.2} % real; money of today in {}",
            design.years,
            100.0 * design.real_rate,
            design.currency
        ),
        sections,
        foot: format!("microgrid {}; made by: {command}", env!("CARGO_PKG_VERSION")),
        language: Language::English,
    })
}

/// The year as it is and as designed, step by step.
fn traces(folder: &DesignFolder, design: &Design) -> Result<Vec<Trace>, Problems> {
    let project = Project::of(folder)?;
    let mut scenario = folder.loaded.scenario.clone();
    let clock = &folder.loaded.clock;
    let trace = |built: &Scenario, dispatch: &Dispatch, name: &str| -> Result<Trace, Problems> {
        let mut trace = crate::trace(built, dispatch, |step| clock.label(step))?;
        trace.strategy = name.into();
        Ok(trace)
    };
    let first = |scenario: &Scenario, sizes: &[f64]| -> Scenario {
        let operations = project.operations(scenario);
        operations.first().map_or_else(|| project.built(scenario, sizes), |first| project.built_in(first, sizes))
    };
    let as_it_is = first(&scenario, &project.existing());
    let base = trace(&as_it_is, &project.base_dispatch(), BASE)?;
    scenario.carbon.price_per_kg += design.carbon_cap.map_or(0.0, |cap| cap.price_per_kg);
    let sizes: Vec<f64> = design.sizes.iter().map(|size| size.value).collect();
    let built = first(&scenario, &sizes);
    Ok(vec![base, trace(&built, &Dispatch::Optimal, DESIGNED)?])
}

/// Where the light of each solar plant goes at the sizes found; none where none is built.
fn light(folder: &DesignFolder, design: &Design) -> Result<Option<Section>, Problems> {
    let sizes: Vec<f64> = design.sizes.iter().map(|size| size.value).collect();
    let designed = folder.designed(&sizes)?;
    if designed.solar.is_none() {
        return Ok(None);
    }
    let plants = crate::solar_yields(&designed)?;
    let built = plants.iter().filter(|plant| plant.waterfall.open_kwh > 0.0);
    let caption = "From the light on the modules to the current that is given, link by link; links below a thousandth are left out.";
    let pictures = built.map(|plant| Ok(Block::Picture { svg: waterfall_svg(plant)?, caption: caption.into() }));
    let pictures: Vec<Block> = pictures.collect::<Result<_, Problems>>()?;
    Ok((!pictures.is_empty()).then(|| Section::new("From light to current", pictures)))
}

fn years(years: Option<f64>) -> String {
    years.map_or("never".into(), |years| format!("{years:.1} years"))
}

fn share(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn summary(design: &Design) -> Vec<Block> {
    let (money, currency) = (&design.money, &design.currency);
    let in_money = |value: f64| format!("{} {currency}", amount(value, 0));
    let figures = vec![
        KeyFigure::new(
            "net present cost",
            in_money(money.net_present_cost),
            format!("{} as it is", in_money(money.base_net_present_cost)),
        ),
        KeyFigure::new(
            "saves",
            in_money(money.base_net_present_cost - money.net_present_cost),
            "present value against the site as it is",
        ),
        KeyFigure::new("to be bought for", in_money(money.capital_cost), "in year 0"),
        KeyFigure::new(
            "pays back after",
            years(money.payback_years),
            format!("discounted: {}", years(money.discounted_payback_years)),
        ),
        KeyFigure::new(
            "rate of return",
            money.rate_of_return.map_or("none".into(), share),
            "real, before tax and debt",
        ),
        carbon(design),
    ];
    let proof = format!(
        "No sizes within the bounds, under any way of running them, cost less than {} over the project: this design is proven to be within {:.2e} of it.",
        in_money(money.lower),
        money.gap()
    );
    let mut blocks = vec![Block::Figures(figures), Block::Text(proof)];
    blocks.extend(super::table::no_base(design).map(Block::Text));
    blocks
}

/// Carbon of a year; a scenario without an intensity of the grid says nothing of what is bought.
fn carbon(design: &Design) -> KeyFigure {
    let [designed, base] = [design.outcome.carbon_kg, design.base.carbon_kg].map(|kg| amount(kg / 1000.0, 1));
    let designed = format!("{designed} t a year");
    match design.grid_carbon {
        GridCarbon::NoGrid | GridCarbon::Stated => KeyFigure::new("carbon", designed, format!("{base} t as it is")),
        GridCarbon::NotStated if design.outcome.carbon_kg > 0.0 => {
            KeyFigure::new("carbon of fuel alone", designed, "the scenario has no carbon intensity of its grid")
        }
        GridCarbon::NotStated => {
            KeyFigure::new("carbon", "not stated", "the scenario has no carbon intensity of its grid")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_is_an_answer() {
        assert_eq!(years(None), "never");
        assert_eq!(years(Some(4.26)), "4.3 years");
    }
}
