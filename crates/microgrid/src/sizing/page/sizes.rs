//! What to build: sizes with their bands, what units earn, alternatives.

use microgrid_report::html::{Block, Table, amount};

use super::share;
use crate::sizing::Design;
use crate::sizing::table::{by_what, why};

pub(super) fn sizes(design: &Design) -> Vec<Block> {
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
        table.row([size.label.clone(), amount(size.value, 1), band, amount(size.capital_cost, 0), cost, last, next]);
    }
    let mut blocks = vec![Block::Table(table)];
    let by_what = design.sizes.iter().filter_map(|size| by_what(size, &size.label));
    let reasons: Vec<String> = by_what.chain(design.sizes.iter().filter_map(|size| why(size, &size.label))).collect();
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
    let heads = std::iter::once("alternative".to_owned()).chain(design.sizes.iter().map(|size| size.label.clone()));
    let caption = format!("Alternatives that cost at most {} more", share(design.band_share));
    let mut table = Table::new(caption, heads);
    let row = |name: String, sizes: &[f64]| {
        std::iter::once(name).chain(sizes.iter().map(|size| amount(*size, 1))).collect::<Vec<_>>()
    };
    for size in &design.sizes {
        let Some(band) = size.band.as_ref().filter(|band| band.found_least < band.found_most) else { continue };
        table.row(row(format!("least of {}", size.label), &band.sizes_at_least));
        table.row(row(format!("most of {}", size.label), &band.sizes_at_most));
    }
    (!table.rows.is_empty()).then_some(Block::Table(table))
}
