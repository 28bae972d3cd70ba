//! What a size costs, and what a unit of it is: as written, or of an entry of the catalogue.

use microgrid_core::Problem;

use super::field::Sized;
use super::file::SizeTable;
use crate::catalogue::EquipmentTable;

/// A size's unit and its price.
#[derive(Debug, Clone, PartialEq)]
pub struct Priced {
    /// What a unit costs when bought.
    pub capital_cost_per_unit: f64,
    /// Life in years.
    pub lifetime_years: f64,
    /// What is bought at once, in units; `None`: any size.
    pub step: Option<f64>,
    /// How much of each field a unit is, in the order of the fields.
    pub per_unit: Vec<f64>,
    /// The entry of the catalogue that price or life is of.
    pub equipment: Option<EquipmentTable>,
}

impl Priced {
    /// The price of a size: `currency` is the site's.
    ///
    /// # Errors
    /// An entry of another currency, or whose price is of another unit; one without the life, power or capacity that is needed.
    pub(super) fn of(
        table: &SizeTable,
        sets: &[Sized],
        equipment: Option<&EquipmentTable>,
        currency: &str,
    ) -> Result<Self, Box<Problem>> {
        let Some(entry) = equipment else {
            return Ok(Self {
                capital_cost_per_unit: table.capital_cost_per_unit.unwrap_or(0.0),
                lifetime_years: table.lifetime_years.unwrap_or(1.0),
                step: table.step,
                per_unit: vec![1.0; sets.len()],
                equipment: None,
            });
        };
        let refuse = |message: &str, found: &str, allowed: String| {
            Box::new(Problem::new("equipment", message).value(format!("{}: {found}", entry.id)).allowed(allowed))
        };
        let price = &entry.price;
        let is_counted = table.counted == Some(true);
        let per_unit: Option<Vec<f64>> =
            sets.iter().map(|set| if is_counted { entry.amount(set.unit()) } else { Some(1.0) }).collect();
        let Some(per_unit) = per_unit else {
            return Err(refuse(
                "has no power or capacity for a field",
                "",
                "an entry with power_kw and capacity_kwh".into(),
            ));
        };
        let capital_cost_per_unit = match table.capital_cost_per_unit {
            Some(cost) => cost,
            None if price.currency != currency => {
                let message = "has a price of another currency, and none is converted";
                return Err(refuse(
                    message,
                    &price.currency,
                    format!("{currency}, or capital_cost_per_unit beside it"),
                ));
            }
            None if is_counted => match price.unit {
                "unit" => price.chosen(table.price),
                unit => price.chosen(table.price) * entry.amount(unit).unwrap_or(0.0),
            },
            None if !sets.iter().any(|set| set.unit() == price.unit) => {
                let units: Vec<&str> = sets.iter().map(|set| set.unit()).collect();
                let allowed = format!("a price per {}, or counted = true", units.join(" or "));
                return Err(refuse("has a price per another unit than the field", price.unit, allowed));
            }
            None => price.chosen(table.price),
        };
        let Some(lifetime_years) = table.lifetime_years.or(entry.lifetime_years) else {
            let allowed = "lifetime_years beside it: what the hours of running come to".into();
            return Err(refuse("has no life in years", "lifetime_h", allowed));
        };
        let step = if is_counted { Some(1.0) } else { table.step };
        Ok(Self { capital_cost_per_unit, lifetime_years, step, per_unit, equipment: Some(entry.clone()) })
    }
}
