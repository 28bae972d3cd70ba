//! What a design stands on: what it depends on, its proof, assumptions with sources, words.

use microgrid_core::Problems;
use microgrid_io::DesignFolder;
use microgrid_report::html::{Block, Table, amount};
use microgrid_report::{CostSwing, tornado_svg};

use super::share;
use crate::sizing::Design;
use crate::sizing::table::ending_name;

pub(super) fn sensitivity(design: &Design) -> Result<Vec<Block>, Problems> {
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

pub(super) fn proof(design: &Design) -> Vec<Block> {
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

pub(super) fn assumptions(folder: &DesignFolder, design: &Design) -> Vec<Block> {
    let mut table = Table::new(
        format!("Sizes and their costs, {}", design.currency),
        ["size", "from", "to", "existing", "price of a unit", "upkeep a year", "life, years", "fading a year"],
    );
    for (i, size) in design.sizes.iter().enumerate() {
        let (file, priced) = (&folder.file.size[i], &folder.priced[i]);
        let existing = file.existing.unwrap_or(0.0);
        table.row([
            size.label.clone(),
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
        format!("the site as it is, what exists alone, is run by {}", design.base.strategy),
        format!("worth at the end: {}", economics.salvage.unwrap_or("linear")),
        format!("all prices grow by {} a year beyond inflation", share(economics.price_growth.unwrap_or(0.0))),
        match design.grows {
            true => "each year of the project is planned by itself, with its growth; dispatch is the best with the year known",
            false => "one year stands for all, but for fading; dispatch is the best with the year known",
        }
        .into(),
    ];
    points.extend(
        folder.file.case.iter().map(|case| format!("the year may be: {}, with {}", case.name, share(case.share))),
    );
    points.extend(
        folder
            .file
            .goal
            .tail_share
            .map(|tail| format!("counted: the mean of the dearest {} of what the year may be", share(tail))),
    );
    points.extend(design.sources.iter().map(|source| format!("price of {source}")));
    points.extend(folder.loaded.notes.iter().cloned());
    vec![Block::Table(table), Block::List(points)]
}

pub(super) const WORDS: [(&str, &str); 9] = [
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
