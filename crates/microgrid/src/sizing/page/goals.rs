//! Goals: caps, shares, survival, rules of a country, the front of cost and carbon.

use microgrid_core::Problems;
use microgrid_report::html::{Block, Table, amount};
use microgrid_report::survival_svg;

use super::share;
use crate::sizing::{Checks, Design};

pub(super) fn goals(design: &Design) -> Result<Vec<Block>, Problems> {
    let mut blocks = Vec::new();
    if let Some(cap) = &design.carbon_cap {
        blocks.push(Block::Text(crate::sizing::table::cap_text(design, cap)));
    }
    if let Some((least, reached)) = design.renewable_share {
        blocks.push(Block::Text(crate::sizing::table::share_text(least, reached)));
    }
    blocks.extend(design.checks.iter().flat_map(checks));
    if let Some(survival) = &design.survival {
        let goal = crate::sizing::table::survival_text(survival);
        let mut table = Table::new(
            "Survival of critical load, simulated from what is stored under the best dispatch in year 1",
            ["hours without the grid", "share of starts"],
        );
        table.texts = 0;
        survival.curve.iter().for_each(|(hours, part)| table.row([amount(*hours, 0), share(*part)]));
        let svg =
            survival_svg(&format!("{}: survival of critical load", design.name), &survival.curve, survival.goal_h)?;
        let caption = "Of all starts of an outage in the year, the share from which critical load is carried for so long; the upright line is the goal.";
        blocks.extend([Block::Text(goal), Block::Picture { svg, caption: caption.into() }, Block::Table(table)]);
    }
    if !design.front.is_empty() {
        let heads = ["carbon price per kg", "net present cost", "carbon, kg a year", "gap"].map(str::to_owned);
        let mut table = Table::new(
            "Front of cost and carbon; net present cost without the carbon's price",
            heads.into_iter().chain(design.sizes.iter().map(|size| size.label.clone())),
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
    Ok(blocks)
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
