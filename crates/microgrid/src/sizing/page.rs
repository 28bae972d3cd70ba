//! A design as a page: what an owner, an engineer and a bank read.

use microgrid_core::dispatch::Dispatch;
use microgrid_core::{Outcome, Problems, Scenario};
use microgrid_io::DesignFolder;
use microgrid_report::html::{Block, KeyFigure, Language, Page, Section, Table, amount};
use microgrid_report::{CostSwing, Trace, YearOfMoney, cash_flow_svg, tornado_svg};

use super::cases::Project;
use super::table::{by_what, ending_name, name, why};
use super::{Checks, Design};
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
        Section::new("What to build", sizes(design)),
        Section::new("Money", money(design)?),
    ];
    let named = |run: &Outcome, name: &str| Outcome { strategy: name.into(), ..run.clone() };
    let runs = [named(&design.base, BASE), named(&design.outcome, DESIGNED)];
    sections.extend(pictures(&traces(folder, design)?, &runs)?);
    if !design.front.is_empty() || design.carbon_cap.is_some() || design.survival.is_some() || design.checks.is_some() {
        sections.push(Section::new("Goals", goals(design)));
    }
    if let Some(rule) = &design.rule {
        sections
            .push(Section::new(format!("Under {}", rule.strategy), vec![Block::Text(super::table::rule_text(rule))]));
    }
    sections.push(Section::new("What it depends on", sensitivity(design)?));
    sections.push(Section::new("Proof", proof(design)));
    sections.push(Section::new("Assumptions and sources", assumptions(folder, design)));
    sections.push(Section::new("Words", vec![Block::Terms(words(&WORDS))]));
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
    let trace = |built: &Scenario, name: &str| -> Result<Trace, Problems> {
        let mut trace = crate::trace(built, &Dispatch::Optimal, |step| clock.label(step))?;
        trace.strategy = name.into();
        Ok(trace)
    };
    let as_it_is = project.built(&scenario, &project.existing());
    let base = trace(&as_it_is, BASE)?;
    scenario.carbon.price_per_kg += design.carbon_cap.map_or(0.0, |cap| cap.price_per_kg);
    let sizes: Vec<f64> = design.sizes.iter().map(|size| size.value).collect();
    let built = project.built(&scenario, &sizes);
    Ok(vec![base, trace(&built, DESIGNED)?])
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
        KeyFigure::new(
            "carbon",
            format!("{} t a year", amount(design.outcome.carbon_kg / 1000.0, 1)),
            format!("{} t as it is", amount(design.base.carbon_kg / 1000.0, 1)),
        ),
    ];
    let proof = format!(
        "No sizes within the bounds, under any way of running them, cost less than {} over the project: this design is proven to be within {:.2e} of it.",
        in_money(money.lower),
        money.gap()
    );
    vec![Block::Figures(figures), Block::Text(proof)]
}

fn sizes(design: &Design) -> Vec<Block> {
    let band = format!("within {} of the cost", share(design.band_share));
    let mut table = Table::new(
        format!("Sizes of least cost; units cost and earn {} a year", design.currency),
        ["size", "best", band.as_str(), "bought for", "a unit costs", "the last earns", "the next would earn"],
    );
    for size in &design.sizes {
        let band =
            size.band.as_ref().map_or("-".into(), |b| format!("{} to {}", amount(b.least, 1), amount(b.most, 1)));
        let worth = size.worth_per_year.map(|worth| [worth.cost, worth.last, worth.next]);
        let [cost, last, next] = worth.map_or([(); 3].map(|()| "-".to_owned()), |worth| worth.map(|w| amount(w, 2)));
        table.row([name(size), amount(size.value, 1), band, amount(size.capital_cost, 0), cost, last, next]);
    }
    let mut blocks = vec![Block::Table(table)];
    let by_what = design.sizes.iter().filter_map(|size| by_what(size, &name(size)));
    let reasons: Vec<String> = by_what.chain(design.sizes.iter().filter_map(|size| why(size, &name(size)))).collect();
    if !reasons.is_empty() {
        blocks.push(Block::List(reasons));
    }
    blocks.push(Block::Text(
        "Optima are flat. The band of a size is proven: outside of it no sizes cost so little. Choose within it by what can be had."
            .into(),
    ));
    blocks.extend(alternatives(design));
    blocks
}

/// Other sizes at nearly the same cost: those with the least and the most of each.
fn alternatives(design: &Design) -> Option<Block> {
    let heads = std::iter::once("alternative".to_owned()).chain(design.sizes.iter().map(name));
    let caption = format!("Alternatives that cost at most {} more", share(design.band_share));
    let mut table = Table::new(caption, heads);
    let row = |name: String, sizes: &[f64]| {
        std::iter::once(name).chain(sizes.iter().map(|size| amount(*size, 1))).collect::<Vec<_>>()
    };
    for size in &design.sizes {
        let Some(band) = size.band.as_ref().filter(|band| band.found_least < band.found_most) else { continue };
        table.row(row(format!("least of {}", name(size)), &band.sizes_at_least));
        table.row(row(format!("most of {}", name(size)), &band.sizes_at_most));
    }
    (!table.rows.is_empty()).then_some(Block::Table(table))
}

fn money(design: &Design) -> Result<Vec<Block>, Problems> {
    let money = &design.money;
    let mut table = Table::new(format!("Present values, {}", design.currency), ["part", "as designed", "as it is"]);
    let of_sizes = money.capital_cost + money.upkeep_cost + money.replacement_cost - money.salvage_value;
    for (name, value, base) in [
        ("bought in year 0", money.capital_cost, 0.0),
        ("upkeep", money.upkeep_cost, 0.0),
        ("replacements", money.replacement_cost, 0.0),
        ("left at the end", -money.salvage_value, 0.0),
        ("operation", money.net_present_cost - of_sizes, money.base_net_present_cost),
        ("net present cost", money.net_present_cost, money.base_net_present_cost),
    ] {
        table.row([name.to_owned(), amount(value, 0), amount(base, 0)]);
    }
    table.sums = 1;
    let flow: Vec<YearOfMoney> = design
        .cash_flow
        .iter()
        .map(|year| YearOfMoney { capital: year.capital, savings: year.savings, upkeep: year.upkeep })
        .collect();
    let svg = cash_flow_svg(&format!("{}: cash flow", design.name), &design.currency, design.real_rate, &flow)?;
    let mut by_year = Table::new(
        format!("Cash flow against the site as it is, before tax and debt, {} of today", design.currency),
        ["year", "capital", "savings", "upkeep", "total", "sum"],
    );
    let mut sum = 0.0;
    for (year, flow) in flow.iter().enumerate() {
        sum += flow.total();
        let numbers = [flow.capital, flow.savings, flow.upkeep, flow.total(), sum].map(|value| amount(value, 0));
        by_year.row(std::iter::once(year.to_string()).chain(numbers));
    }
    let caption = "Capital and upkeep are below zero; replacements show as later capital. Where the sum crosses zero the project has paid back.";
    Ok(vec![Block::Table(table), Block::Picture { svg, caption: caption.into() }, Block::Table(by_year)])
}

fn goals(design: &Design) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(cap) = &design.carbon_cap {
        blocks.push(Block::Text(super::table::cap_text(design, cap)));
    }
    if let Some((least, reached)) = design.renewable_share {
        blocks.push(Block::Text(super::table::share_text(least, reached)));
    }
    blocks.extend(design.checks.iter().flat_map(checks));
    if let Some(survival) = &design.survival {
        let goal = super::table::survival_text(survival);
        let mut table = Table::new(
            "Survival of critical load, simulated from what is stored under the best dispatch in year 1",
            ["hours without the grid", "share of starts"],
        );
        table.texts = 0;
        survival.curve.iter().for_each(|(hours, part)| table.row([amount(*hours, 0), share(*part)]));
        blocks.extend([Block::Text(goal), Block::Table(table)]);
    }
    if !design.front.is_empty() {
        let heads = ["carbon price per kg", "net present cost", "carbon, kg a year", "gap"].map(str::to_owned);
        let mut table = Table::new(
            "Front of cost and carbon; net present cost without the carbon's price",
            heads.into_iter().chain(design.sizes.iter().map(name)),
        );
        table.texts = 0;
        for point in &design.front {
            let numbers = [
                point.carbon_price_per_kg.to_string(),
                amount(point.net_present_cost, 0),
                amount(point.carbon_kg, 0),
                format!("{:.1e}", point.gap),
            ];
            table.row(numbers.into_iter().chain(point.sizes.iter().map(|size| amount(*size, 1))));
        }
        blocks.push(Block::Table(table));
    }
    blocks
}

/// A rule beside what the year comes to.
fn checks(rule: &Checks) -> Vec<Block> {
    let mut table = Table::new(
        format!("{}, {}", rule.name, rule.origin),
        ["measure", "whom it concerns", "limit", "met", "this design"],
    );
    table.texts = 4;
    for check in &rule.checks {
        let met = if check.is_met { "yes" } else { "no" };
        let note = check.asked.note.clone().unwrap_or_default();
        table.row([check.asked.measure.into(), note, check.limit(), met.into(), amount(check.value, 3)]);
    }
    let mut blocks = vec![Block::Table(table)];
    if !rule.not_checked.is_empty() {
        blocks.push(Block::Text("Asked beside that, and not to be told by a run:".into()));
        blocks.push(Block::List(rule.not_checked.clone()));
    }
    blocks
}

fn sensitivity(design: &Design) -> Result<Vec<Block>, Problems> {
    let mut prices = Table::new(
        format!("Change of the net present cost where a price is 1 % higher, {}", design.currency),
        ["price", "change"],
    );
    design.sensitivities.iter().for_each(|s| prices.row([s.name.clone(), amount(s.change_per_percent, 0)]));
    let mut blocks = vec![Block::Table(prices)];
    if !design.swings.is_empty() {
        let mut swings = Table::new(
            format!("Net present cost with an assumption changed and the site sized anew, {}", design.currency),
            ["assumption", "at its low end", "at its high end", "between"],
        );
        for swing in &design.swings {
            let numbers = [swing.at_low, swing.at_high, swing.at_high - swing.at_low].map(|value| amount(value, 0));
            swings.row(std::iter::once(swing.name.clone()).chain(numbers));
        }
        let drawn: Vec<CostSwing> = (design.swings.iter())
            .map(|swing| CostSwing { name: swing.name.clone(), at_low: swing.at_low, at_high: swing.at_high })
            .collect();
        let title = format!("{}: net present cost, site sized anew", design.name);
        let svg = tornado_svg(&title, &design.currency, design.money.net_present_cost, &drawn)?;
        let caption = "Blue: at the low end of the assumption; red: at its high end; the line: the design.";
        blocks.extend([Block::Picture { svg, caption: caption.into() }, Block::Table(swings)]);
    }
    Ok(blocks)
}

fn proof(design: &Design) -> Vec<Block> {
    let money = &design.money;
    let mut table = Table::new(format!("Net present cost and its proof, {}", design.currency), ["", "amount"]);
    for (name, value) in [
        ("net present cost of the design", money.net_present_cost),
        ("proven: no sizes cost less than", money.lower),
        ("left by the search", money.search_gap),
        ("carbon below its cap", money.cap_gap),
        ("the run costs more than its plan", money.run_gap),
    ] {
        table.row([name.to_owned(), amount(value, 2)]);
    }
    let text = format!(
        "The search was {} after {} plans of the year. The lower value is the sum of each step's least cost under prices of energy at the bus and in store; any prices give one, so that it trusts no solver, and whoever has the site's columns can add it up again.",
        ending_name(design.ending),
        design.evaluations
    );
    let mut blocks = vec![Block::Table(table), Block::Text(text)];
    if !design.reasons.is_empty() {
        blocks.push(Block::Text("Not in the plan that sized the site:".into()));
        blocks.push(Block::List(design.reasons.clone()));
    }
    blocks
}

fn assumptions(folder: &DesignFolder, design: &Design) -> Vec<Block> {
    let mut table = Table::new(
        format!("Sizes and their costs, {}", design.currency),
        ["size", "from", "to", "existing", "price of a unit", "upkeep a year", "life, years", "fading a year"],
    );
    for (i, size) in design.sizes.iter().enumerate() {
        let (file, priced) = (&folder.file.size[i], &folder.priced[i]);
        let existing = file.existing.unwrap_or(0.0);
        table.row([
            name(size),
            amount(size.bounds.0, 1),
            amount(size.bounds.1, 1),
            amount(existing, 1),
            amount(priced.capital_cost_per_unit, 2),
            amount(file.upkeep_cost_per_unit_year.unwrap_or(0.0), 2),
            amount(priced.lifetime_years, 1),
            share(file.fading_per_year.unwrap_or(0.0)),
        ]);
    }
    let economics = &folder.file.economics;
    let mut points = vec![
        format!("discount rate {:.2} % real, {} years", 100.0 * design.real_rate, design.years),
        format!("worth at the end: {}", economics.salvage.unwrap_or("linear")),
        format!("all prices grow by {} a year beyond inflation", share(economics.price_growth.unwrap_or(0.0))),
        "one year stands for all, but for fading; dispatch is the best with the year known".into(),
    ];
    points.extend(design.sources.iter().map(|source| format!("price of {source}")));
    points.extend(folder.loaded.notes.iter().cloned());
    vec![Block::Table(table), Block::List(points)]
}

const WORDS: [(&str, &str); 9] = [
    ("net present cost", "All costs of the project's years, each discounted to today, less what is left at the end."),
    ("as it is", "The site with what exists alone, under the best dispatch: what the design is compared with."),
    ("rate of return", "The yearly rate at which savings are worth what was spent."),
    ("pays back after", "When the sum of all flows crosses zero; never, where it does not."),
    (
        "band",
        "The range of a size over all designs that cost at most a little more than the best. Proven from outside.",
    ),
    (
        "a unit costs, the last earns, the next would earn",
        "Cost of one unit more, and what it saves in operation, each as a level yearly payment.",
    ),
    ("gap", "Net present cost less its proven lower value, relative."),
    (
        "optimal",
        "The best dispatch with the whole year known. Rules of a real controller cost more; `microgrid compare` says how much.",
    ),
    ("carbon", "Import times the grid's intensity, and fuel. What export avoids elsewhere is not netted."),
];

#[cfg(test)]
mod tests {
    use super::super::DesignedSize;
    use super::*;

    #[test]
    fn never_is_an_answer() {
        assert_eq!(years(None), "never");
        assert_eq!(years(Some(4.26)), "4.3 years");
        let size = |band| DesignedSize {
            fields: vec!["a".into(), "b".into()],
            unit_of: None,
            value: 1.0,
            field_values: vec![1.0; 2],
            bounds: (0.0, 2.0),
            band,
            worth_per_year: None,
            earnings_per_year: None,
            capital_cost: 0.0,
        };
        assert_eq!(name(&size(None)), "a (and 1)");
    }
}
