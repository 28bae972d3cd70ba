//! Demand prices by block: the first kW of a month cost one price, those above a threshold another.

use alloc::string::String;
use alloc::vec::Vec;

use super::DemandCharge;
use crate::{Problem, Problems};

/// A block of the billed demand with a price of its own.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DemandTier {
    /// Billed kW above which it begins: one for all months, or one for each.
    pub above_kw: Vec<f64>,
    /// Price per kW of the part above: one for all months, or one for each.
    pub price_per_kw: Vec<f64>,
}

/// The part of a billed demand that lies in one block.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TierPart {
    /// What the bill calls it; `None` where the charge has one price.
    pub(crate) name: Option<String>,
    pub(crate) kw: f64,
    pub(crate) price_per_kw: f64,
}

fn of_month(values: &[f64], month: usize) -> f64 {
    values[if values.len() == 1 { 0 } else { month }]
}

impl DemandCharge {
    /// The blocks of billing month `month` in rising order: the kW above which each begins, and its price per kW before a
    /// discount. The first begins at 0.
    #[must_use]
    pub fn blocks(&self, month: usize) -> Vec<(f64, f64)> {
        let tiers =
            self.tiers.iter().map(|tier| (of_month(&tier.above_kw, month), of_month(&tier.price_per_kw, month)));
        core::iter::once((0.0, self.of_month(month))).chain(tiers).collect()
    }

    /// The greatest convex cost at or below that of the blocks for demands up to `most_kw`, as blocks of rising price: the
    /// lower hull of the cost at the thresholds and at `most_kw` (Andrew's monotone chain). It is the blocks themselves
    /// where their prices rise.
    #[must_use]
    pub fn convex_blocks(&self, month: usize, most_kw: f64) -> Vec<(f64, f64)> {
        let blocks = self.blocks(month);
        if blocks.windows(2).all(|pair| pair[0].1 <= pair[1].1) {
            return blocks;
        }
        let mut corners: Vec<(f64, f64)> = Vec::new();
        let mut cost = 0.0;
        for (i, &(from, price)) in blocks.iter().enumerate().filter(|(_, (from, _))| *from < most_kw) {
            let to = blocks.get(i + 1).map_or(most_kw, |next| next.0.min(most_kw));
            corners.push((from, cost));
            cost += price * (to - from);
        }
        corners.push((most_kw, cost));
        let slope = |a: (f64, f64), b: (f64, f64)| (b.1 - a.1) / (b.0 - a.0);
        let mut hull: Vec<(f64, f64)> = Vec::new();
        for corner in corners {
            if hull.last().is_some_and(|last| last.0 >= corner.0) {
                continue; // A block of no width.
            }
            while let [.., a, b] = hull[..]
                && slope(a, b) >= slope(b, corner)
            {
                hull.pop();
            }
            hull.push(corner);
        }
        hull.windows(2).map(|pair| (pair[0].0, slope(pair[0], pair[1]))).collect()
    }

    /// Whether some month's price falls from one block to the next.
    #[must_use]
    pub fn has_falling_tiers(&self, months: usize) -> bool {
        !self.tiers.is_empty()
            && (0..months).any(|month| self.blocks(month).windows(2).any(|pair| pair[0].1 > pair[1].1))
    }

    /// A billed demand by block.
    pub(crate) fn tier_parts(&self, month: usize, billed_kw: f64) -> Vec<TierPart> {
        let blocks = self.blocks(month);
        let part = |(i, &(from, price_per_kw)): (usize, &(f64, f64))| {
            let to = blocks.get(i + 1).map(|next| next.0);
            let name = match (i, to) {
                (0, None) => None,
                (0, Some(to)) => Some(alloc::format!("to {to} kW")),
                (_, Some(to)) => Some(alloc::format!("{from} to {to} kW")),
                (_, None) => Some(alloc::format!("above {from} kW")),
            };
            let kw = (to.map_or(billed_kw, |to| billed_kw.min(to)) - from).max(0.0);
            TierPart { name, kw: if i == 0 && to.is_none() { billed_kw } else { kw }, price_per_kw }
        };
        blocks.iter().enumerate().map(part).collect()
    }

    pub(super) fn check_tiers(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>, months: usize) {
        for (i, tier) in self.tiers.iter().enumerate() {
            for (name, values) in [("above_kw", &tier.above_kw), ("price_per_kw", &tier.price_per_kw)] {
                if ![1, months].contains(&values.len()) {
                    problems.push(
                        Problem::new(alloc::format!("{field}.tiers[{i}].{name}"), "has the wrong number of values")
                            .value(values.len())
                            .allowed(alloc::format!("one for all months, or one for each of {months}")),
                    );
                    return;
                }
                for value in values {
                    problems.require_range(format_args!("{field}.tiers[{i}].{name}"), *value, 0.0, 1e9);
                }
            }
        }
        let falls = |month: usize| self.blocks(month).windows(2).any(|pair| pair[0].0 > pair[1].0);
        if !self.tiers.is_empty() && (0..months).any(falls) {
            problems.push(Problem::new(alloc::format!("{field}.tiers"), "must ascend in above_kw"));
        }
        if !self.tiers.is_empty() && self.contract.is_some() {
            problems.push(
                Problem::new(alloc::format!("{field}.tiers"), "stands beside a contract")
                    .hint("no rule says which block an excess over the contract is in; make them two charges"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiered(blocks: &[(f64, f64)]) -> DemandCharge {
        let tier = |(above, price): &(f64, f64)| DemandTier {
            above_kw: alloc::vec![*above],
            price_per_kw: alloc::vec![*price],
        };
        let tiers = blocks[1..].iter().map(tier).collect();
        DemandCharge { tiers, ..DemandCharge::new("demand", blocks[0].1, 900) }
    }

    #[test]
    fn a_demand_is_split_at_the_thresholds() {
        let charge = tiered(&[(0.0, 0.0), (50.0, 12.0), (100.0, 20.0)]);
        let parts = |kw| charge.tier_parts(0, kw).into_iter().map(|part| part.kw).collect::<Vec<_>>();
        assert_eq!(parts(120.0), [50.0, 50.0, 20.0]);
        assert_eq!(parts(60.0), [50.0, 10.0, 0.0]);
        let names: Vec<_> = charge.tier_parts(0, 1.0).into_iter().map(|part| part.name.unwrap()).collect();
        assert_eq!(names, ["to 50 kW", "50 to 100 kW", "above 100 kW"]);
    }

    #[test]
    fn falling_prices_have_a_convex_cost_below_them() {
        let rising = tiered(&[(0.0, 1.0), (10.0, 2.0)]);
        assert_eq!(rising.convex_blocks(0, 40.0), [(0.0, 1.0), (10.0, 2.0)]);
        // 10 kW at 4 and 30 at 2 cost 100: 2.5 on each kW is at or below the cost everywhere.
        let falling = tiered(&[(0.0, 4.0), (10.0, 2.0)]);
        assert!(falling.has_falling_tiers(1) && !rising.has_falling_tiers(1));
        assert_eq!(falling.convex_blocks(0, 40.0), [(0.0, 2.5)]);
        // Free kW stay free: the hull turns where the price falls, not before.
        let mixed = tiered(&[(0.0, 0.0), (10.0, 6.0), (20.0, 2.0)]);
        assert_eq!(mixed.convex_blocks(0, 40.0), [(0.0, 0.0), (10.0, 100.0 / 30.0)]);
        assert_eq!(mixed.convex_blocks(0, 5.0), [(0.0, 0.0)]);
    }
}
