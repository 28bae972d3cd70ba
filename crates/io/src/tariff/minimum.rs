//! The least charge: `minimum_per_month`, `minimum_per_year`, `minimum` and `minimum_credit`; and `proration`.

use microgrid_core::Problem;
use microgrid_core::utility::{MinimumCharge, MinimumCredit, Proration};

use super::field::Table;
use super::term::civil_years;
use crate::time::Clock;

/// Reads the least charge; `None` inside where there is none, `None` where it is wrong.
pub(super) fn minimum(root: &Table, clock: &Clock) -> Option<Option<MinimumCharge>> {
    let price = |key: &str| root.get(key).map(|value| value.number(0.0, 1e9));
    let (month, year) = (price("minimum_per_month"), price("minimum_per_year"));
    let pooled = root.get("minimum").map(|value| value.choice(&[("month", false), ("year", true)]));
    let credits =
        [("lost", MinimumCredit::Lost), ("carried", MinimumCredit::Carried), ("on_top", MinimumCredit::OnTop)];
    let credit = root.get("minimum_credit").map(|value| value.choice(&credits));
    if month.is_some() && year.is_some() {
        root.refuse(|_| Problem::new("minimum_per_year", "stands beside minimum_per_month").hint("keep one of them"));
        return None;
    }
    let Some(price) = month.or(year.map(|price| price.map(|price| price / 12.0))) else {
        for key in ["minimum", "minimum_credit"].into_iter().filter(|key| root.has(key)) {
            root.refuse(|_| Problem::new(key, "stands without a least charge").hint("minimum_per_month = 25.0"));
        }
        return Some(None);
    };
    let pooled = pooled.map_or(Some(year.is_some()), |pooled| pooled)?;
    if year.is_some() && !pooled {
        root.refuse(|_| {
            Problem::new("minimum", "compares months, and the least charge is that of a year")
                .hint("a twelfth as minimum_per_month")
        });
        return None;
    }
    Some(Some(MinimumCharge {
        price_per_month: price?,
        pool_of_month: pooled.then(|| civil_years(clock)),
        credit: credit.unwrap_or(Some(MinimumCredit::Lost))?,
    }))
}

/// Reads what a month covered in part bears of a whole one's charges.
pub(super) fn proration(root: &Table) -> Option<Proration> {
    let rules = Proration::ALL.map(|rule| (rule.name(), rule));
    root.get("proration").map_or(Some(Proration::default()), |value| value.choice(&rules))
}
