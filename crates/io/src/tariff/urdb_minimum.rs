//! The least charge of a URDB rate: of each month, or of the year, after the credit for export.

use microgrid_core::Problem;
use microgrid_core::utility::{MinimumCharge, MinimumCredit};

use super::term::civil_years;
use super::urdb::Rate;

impl Rate<'_> {
    /// Reads `mincharge`, `minmonthlycharge` or `annualmincharge`; `None` inside where there is none.
    pub(super) fn minimum(&self) -> Option<Option<MinimumCharge>> {
        let said = |key: &&str| self.node.get(key).filter(|node| !node.is_void());
        let keys = ["mincharge", "minmonthlycharge", "annualmincharge"];
        let found: Vec<_> = keys.iter().filter_map(|key| Some((*key, said(key)?))).collect();
        if let [_, (_, second), ..] = &found[..] {
            second.refuse(|path| {
                Problem::new(path, "is a second least charge").hint(format!("keep `{}` or this", found[0].0))
            });
            return None;
        }
        let Some((key, node)) = found.first() else { return Some(None) };
        let price = node.number(0.0, 1e9);
        if *key == "mincharge" {
            self.require_unit("minchargeunits", &["$/month", "$/year"]);
        }
        let unit = said(&"minchargeunits").and_then(|unit| unit.text());
        let is_annual = *key == "annualmincharge" || (*key == "mincharge" && unit.as_deref() == Some("$/year"));
        Some(Some(MinimumCharge {
            price_per_month: if is_annual { price? / 12.0 } else { price? },
            pool_of_month: is_annual.then(|| civil_years(self.clock)),
            credit: MinimumCredit::Lost,
        }))
    }
}
