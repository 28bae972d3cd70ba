//! A first `design.toml`: what to size at a starter's site, within which bounds, at which prices.

use microgrid_core::{Problem, Problems};

use super::{Starter, round_number};

/// What equipment costs when bought, in the site's currency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EquipmentPrices {
    /// Of a kW of solar generation, installed.
    pub pv_per_kw: f64,
    /// Of a kWh of battery.
    pub battery_per_kwh: f64,
    /// Of a kW of battery power.
    pub battery_per_kw: f64,
    /// Where they are from, for the comment beside them.
    pub source: &'static str,
}

impl EquipmentPrices {
    /// Prices of equipment in a currency, where this crate has read some.
    #[must_use]
    pub fn usual(currency: &str) -> Option<Self> {
        match currency {
            "CNY" => Some(Self {
                pv_per_kw: 2600.0,
                battery_per_kwh: 400.0,
                battery_per_kw: 225.0,
                source: "roof: 2.2 to 3.0 CNY/W, from memory, unverified; battery: list price of a 125 kW / 261 kWh cabinet, \
                         0.508 CNY/Wh of March 2025, its split assumed",
            }),
            "USD" => Some(Self {
                pv_per_kw: 2076.0,
                battery_per_kwh: 253.0,
                battery_per_kw: 968.0,
                source: "roof: middle of 1920 to 2232 USD/kW (catalogue entry pv-roof-commercial); battery: REopt.jl's commercial \
                         default of January 2026 without its fixed 222 115 USD",
            }),
            _ => None,
        }
    }

    /// Everything that is out of its range.
    #[must_use]
    pub fn check(&self) -> Problems {
        let mut problems = Problems::none();
        problems.require_range("pv_per_kw", self.pv_per_kw, 0.0, 1e9);
        problems.require_range("battery_per_kwh", self.battery_per_kwh, 0.0, 1e9);
        problems.require_range("battery_per_kw", self.battery_per_kw, 0.0, 1e9);
        problems
    }
}

impl Starter {
    /// The text of a `design.toml` for this site: roof, battery energy and battery power, each with bounds in proportion to the use.
    ///
    /// # Errors
    /// A currency of which no prices are known here, where none are given; prices out of range; a use of nothing; readings that
    /// cannot be read as those of a year.
    pub fn design(&self, prices: Option<EquipmentPrices>) -> Result<String, Problems> {
        let Some(prices) = prices.or_else(|| EquipmentPrices::usual(&self.currency)) else {
            let problem = Problem::new("equipment", "has no prices known in this currency").value(&self.currency);
            return Err(problem.allowed("CNY, USD, or prices of one's own").into());
        };
        let annual_kwh = self.measured()?.annual_kwh;
        let mut problems = prices.check();
        problems.require_range("annual_kwh", annual_kwh, 1e-6, 1e12);
        problems.or_else(|| ())?;
        // Twice the use in a place of 1200 kWh a kWp; two mean days; eight mean hours in one.
        let pv_kw = round_number(2.0 * annual_kwh / 1200.0);
        let battery_kwh = round_number(2.0 * annual_kwh / 365.0);
        let battery_kw = round_number(8.0 * annual_kwh / 8760.0);
        let EquipmentPrices { pv_per_kw, battery_per_kwh, battery_per_kw, source } = prices;
        Ok(format!(
            "# What is to be sized here, and at which prices ({currency} of today). `microgrid design FOLDER` finds the sizes of least\n\
             # cost with their proof; every field that there is: `microgrid schema design`. What nobody said is marked as assumed.\n\
             # Prices: {source}\n\
             \n\
             [economics]\n\
             real_rate = 0.06              # assumed: discount rate beyond inflation\n\
             years = 20                    # assumed\n\
             salvage = \"linear\"            # what is left of a life at the end is worth its share of the price\n\
             \n\
             [[size]]\n\
             field = \"generation.pv[0].dc_kw\"\n\
             most = {pv_kw}                   # kW, assumed: makes about twice the year's use; put in what the roof holds\n\
             capital_cost_per_unit = {pv_per_kw}\n\
             upkeep_cost_per_unit_year = {pv_upkeep}\n\
             lifetime_years = 25\n\
             \n\
             [[size]]\n\
             field = \"storage.battery[0].capacity_kwh\"\n\
             most = {battery_kwh}              # kWh, assumed: two mean days\n\
             capital_cost_per_unit = {battery_per_kwh}\n\
             upkeep_cost_per_unit_year = {battery_upkeep}\n\
             lifetime_years = 12\n\
             \n\
             [[size]]                      # one number for both directions\n\
             field = [\"storage.battery[0].charge_max_kw\", \"storage.battery[0].discharge_max_kw\"]\n\
             most = {battery_kw}               # kW, assumed: eight mean hours in one\n\
             capital_cost_per_unit = {battery_per_kw}\n\
             lifetime_years = 12\n",
            currency = self.currency,
            pv_upkeep = round_number((0.015 * pv_per_kw).max(1e-6)),
            battery_upkeep = round_number((0.02 * battery_per_kwh).max(1e-6)),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Archetype, KNOWN_PLACES, Place, Prices};
    use super::*;
    use crate::design::DesignFolder;

    fn starter(currency: &str) -> Starter {
        Starter {
            name: "site".into(),
            place: Place::Known(&KNOWN_PLACES[1]),
            archetype: Archetype::Business,
            annual_kwh: 300_000.0,
            readings: None,
            currency: currency.into(),
            prices: Prices::Flat { import_per_kwh: 0.8, export_per_kwh: 0.0 },
        }
    }

    #[test]
    fn a_first_design_can_be_read_beside_its_scenario() {
        let folder = std::env::temp_dir().join(format!("microgrid-starter-design-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let starter = starter("CNY");
        starter.write(&folder).unwrap();
        std::fs::write(folder.join("design.toml"), starter.design(None).unwrap()).unwrap();
        let design = DesignFolder::read(&folder).unwrap_or_else(|problems| panic!("{problems}"));
        let most: Vec<f64> = design.file.size.iter().map(|size| size.most).collect();
        assert_eq!(most, [500.0, 1600.0, 270.0]);
        assert_eq!(design.sizeable_fields().len(), 4);
        std::fs::remove_dir_all(folder).unwrap();
    }

    /// Caught: a price taken over from another currency.
    #[test]
    fn a_currency_without_prices_needs_ones_own() {
        let refused = starter("EUR").design(None).unwrap_err().to_string();
        assert!(refused.contains("has no prices known in this currency; found EUR"), "{refused}");
        let own =
            EquipmentPrices { pv_per_kw: 1000.0, battery_per_kwh: 350.0, battery_per_kw: 120.0, source: "an offer" };
        assert!(starter("EUR").design(Some(own)).unwrap().contains("capital_cost_per_unit = 350\n"));
        assert!(starter("EUR").design(Some(EquipmentPrices { pv_per_kw: -1.0, ..own })).is_err());
    }
}
