//! What a kWh that is not served is worth.

use super::Tier;
use crate::{Problem, Problems};

/// Value of lost load for each tier, in currency per kWh not served. Part of the objective, never of the bill.
///
/// There is no price for all currencies and sites, so none is assumed. Unserved energy without a price is *avoided
/// first*: it counts [`crate::Plan::avoided_value_per_kwh`], which is above whatever serving a kWh can cost, and its kWh are what
/// is to be read. A price that is given is used as it is, below the cost of serving too: an interruptible tier may well
/// be cheap.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ValueOfLostLoad {
    /// Of the critical tier, above 0; `None`: four times the avoided value, at least the normal tier's.
    pub critical_per_kwh: Option<f64>,
    /// Of the normal tier, above 0; at most the critical tier's. `None`: twice the avoided value, within its neighbours'.
    pub normal_per_kwh: Option<f64>,
    /// Of the sheddable tier, above 0; at most the normal tier's. `None`: the avoided value, at most the normal tier's.
    pub sheddable_per_kwh: Option<f64>,
    /// The avoided value, above 0; `None`: derived from the scenario. Variants of one sweep share their base case's, so
    /// that their objectives can be compared.
    pub avoided_per_kwh: Option<f64>,
}

impl ValueOfLostLoad {
    /// A price for each tier: critical, normal, sheddable.
    #[must_use]
    pub const fn of_tiers(critical_per_kwh: f64, normal_per_kwh: f64, sheddable_per_kwh: f64) -> Self {
        Self {
            critical_per_kwh: Some(critical_per_kwh),
            normal_per_kwh: Some(normal_per_kwh),
            sheddable_per_kwh: Some(sheddable_per_kwh),
            avoided_per_kwh: None,
        }
    }

    /// What is given of each tier, highest first.
    #[must_use]
    pub const fn given(&self) -> [Option<f64>; 3] {
        [self.critical_per_kwh, self.normal_per_kwh, self.sheddable_per_kwh]
    }

    /// The values by tier index, highest tier first, where a kWh without a price counts `avoided_per_kwh`: of the sheddable
    /// tier once, of the normal one twice, of the critical one four times, so that the higher is served first. A tier
    /// between given ones keeps their order.
    #[must_use]
    pub fn by_tier(&self, avoided_per_kwh: f64) -> [f64; 3] {
        let given = self.given();
        let derived = [4.0, 2.0, 1.0].map(|times| times * avoided_per_kwh);
        core::array::from_fn(|tier| {
            let above = given[..tier].iter().rev().flatten().next().copied().unwrap_or(f64::INFINITY);
            let below = given[tier + 1..].iter().flatten().next().copied().unwrap_or(0.0);
            given[tier].unwrap_or(derived[tier].min(above).max(below))
        })
    }

    pub(crate) fn check(&self, problems: &mut Problems) {
        const FIELD: &str = "demand.value_of_lost_load";
        let named = Tier::ALL.iter().map(|tier| tier.name()).zip(self.given());
        for (name, value) in named.chain([("avoided", self.avoided_per_kwh)]) {
            if let Some(value) = value {
                problems.require_range(format_args!("{FIELD}.{name}_per_kwh"), value, 1e-9, 1e9);
            }
        }
        let given = self.given();
        let mut rising = given.iter().flatten().zip(given.iter().flatten().skip(1));
        if rising.any(|(higher, lower)| higher < lower) {
            let shown = given.map(|value| value.map_or_else(|| "none".into(), |value| alloc::format!("{value}")));
            problems.push(
                Problem::new(FIELD, "must not rise from critical over normal to sheddable")
                    .value(shown.join(", "))
                    .hint("loads are shed lowest tier first; a lower tier must not be worth more"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ValueOfLostLoad;

    #[test]
    fn tiers_without_a_price_are_avoided_first_and_keep_the_order() {
        assert_eq!(ValueOfLostLoad::default().by_tier(3.0), [12.0, 6.0, 3.0]);
        assert_eq!(ValueOfLostLoad::of_tiers(9.0, 2.0, 1.0).by_tier(50.0), [9.0, 2.0, 1.0]);
        // An interruptible tier is cheap, the others are not touched by it.
        let cheap = ValueOfLostLoad { sheddable_per_kwh: Some(0.2), ..ValueOfLostLoad::default() };
        assert_eq!(cheap.by_tier(3.0), [12.0, 6.0, 0.2]);
        let dear = ValueOfLostLoad { sheddable_per_kwh: Some(10.0), ..ValueOfLostLoad::default() };
        assert_eq!(dear.by_tier(3.0), [12.0, 10.0, 10.0]);
        let low = ValueOfLostLoad { critical_per_kwh: Some(2.0), ..ValueOfLostLoad::default() };
        assert_eq!(low.by_tier(3.0), [2.0, 2.0, 2.0]);
    }
}
