//! Variants side by side, and who may own what is bought.

use microgrid_report::html::{Block, Table, amount};

use super::share;
use crate::sizing::Design;
use crate::sizing::table::least_of_variants;

pub(super) fn choices(design: &Design) -> Vec<Block> {
    let mut blocks = Vec::new();
    if !design.variants.is_empty() {
        blocks.extend([Block::Table(variants(design)), Block::Text(least_of_variants(design))]);
    }
    if !design.contracts.is_empty() {
        blocks.push(Block::Table(contracts(design)));
        blocks.push(Block::Text(
            "Contracts are settled on the books of the design: the physical year is the same under each. Values are present values after tax."
                .into(),
        ));
    }
    blocks
}

fn variants(design: &Design) -> Table {
    let heads = ["variant", "bought for", "net present cost", "proven at least"].map(str::to_owned);
    let sizes = design.sizes.iter().map(|size| size.label.clone());
    let caption = format!("Variants, each sized by itself, {}", design.currency);
    let mut table = Table::new(caption, heads.into_iter().chain(sizes));
    let money = &design.money;
    let numbers = [money.capital_cost, money.net_present_cost, money.lower].map(|value| amount(value, 0));
    let own = design.sizes.iter().map(|size| amount(size.value, 1));
    table.row(std::iter::once("as written".to_owned()).chain(numbers).chain(own));
    for variant in &design.variants {
        let numbers = [variant.capital_cost, variant.net_present_cost, variant.lower].map(|value| amount(value, 0));
        let name = match variant.is_left {
            true => format!("{} (searched no further)", variant.name),
            false => variant.name.clone(),
        };
        let sizes = variant.sizes.iter().map(|(_, size)| amount(*size, 1));
        table.row(std::iter::once(name).chain(numbers).chain(sizes));
    }
    table
}

fn contracts(design: &Design) -> Table {
    let heads =
        ["who owns it", "paid in year 1", "the site saves", "investor's value", "at its rate of", "investor's return"];
    let mut table = Table::new(format!("Who may own what is bought, {}", design.currency), heads);
    let saving = design.money.base_net_present_cost - design.money.net_present_cost;
    table.row(["the site".to_owned(), "-".into(), amount(saving, 0), "-".into(), "-".into(), "-".into()]);
    for contract in &design.contracts {
        table.row([
            contract.name.clone(),
            amount(contract.payments.first().copied().unwrap_or(0.0), 0),
            amount(contract.site_saving, 0),
            amount(contract.investor_value, 0),
            share(contract.investor_rate),
            contract.investor_rate_of_return.map_or("none".into(), share),
        ]);
    }
    table
}
