//! Quantities that a series can be, and their units.

/// What a series is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity<'a> {
    /// Power in kW, at least 0. `pu` is allowed where a scale is given.
    Power {
        /// Whether values per unit are allowed.
        per_unit: bool,
    },
    /// A price per kWh in the scenario's currency.
    Price {
        /// The scenario's currency.
        currency: &'a str,
    },
    /// Carbon intensity in kg per kWh, at least 0.
    Intensity,
    /// Reactive power in kvar, at least 0.
    Reactive,
}

/// How a column's values become the quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Unit {
    /// Factor to the quantity's own unit.
    pub(crate) factor: f64,
    /// Divisor to it: a thousandth as a divisor keeps decimals as they are written, as a factor it would not.
    pub(crate) divisor: f64,
    /// Whether values are energies of an interval, to be divided by its hours.
    pub(crate) per_interval: bool,
}

impl Quantity<'_> {
    /// The unit of that name, where the quantity can have it.
    pub(crate) fn unit(self, name: &str) -> Option<Unit> {
        let rate = |factor| Some(Unit { factor, divisor: 1.0, per_interval: false });
        let part = |divisor| Some(Unit { factor: 1.0, divisor, per_interval: false });
        let energy = |factor, divisor| Some(Unit { factor, divisor, per_interval: true });
        match self {
            Self::Power { per_unit } => match name {
                "W" => part(1e3),
                "kW" => rate(1.0),
                "MW" => rate(1e3),
                "GW" => rate(1e6),
                "Wh" => energy(1.0, 1e3),
                "kWh" => energy(1.0, 1.0),
                "MWh" => energy(1e3, 1.0),
                "pu" if per_unit => rate(1.0),
                _ => None,
            },
            Self::Price { currency } => match name.strip_prefix(currency)? {
                "/kWh" => rate(1.0),
                "/MWh" => part(1e3),
                _ => None,
            },
            Self::Intensity => match name {
                "kg/kWh" | "t/MWh" => rate(1.0),
                "g/kWh" | "kg/MWh" => part(1e3),
                _ => None,
            },
            Self::Reactive => match name {
                "var" => part(1e3),
                "kvar" => rate(1.0),
                "Mvar" => rate(1e3),
                _ => None,
            },
        }
    }

    /// Names of the units that the quantity can have.
    pub(crate) fn units(self) -> Vec<String> {
        let names: &[&str] = match self {
            Self::Power { per_unit: true } => &["W", "kW", "MW", "GW", "Wh", "kWh", "MWh", "pu"],
            Self::Power { per_unit: false } => &["W", "kW", "MW", "GW", "Wh", "kWh", "MWh"],
            Self::Price { currency } => return vec![format!("{currency}/kWh"), format!("{currency}/MWh")],
            Self::Intensity => &["kg/kWh", "t/MWh", "g/kWh", "kg/MWh"],
            Self::Reactive => &["var", "kvar", "Mvar"],
        };
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// Whether the quantity may be negative.
    pub(crate) fn may_be_negative(self) -> bool {
        matches!(self, Self::Price { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_that_is_offered_is_known() {
        let power = |per_unit| Quantity::Power { per_unit };
        for quantity in
            [power(true), power(false), Quantity::Price { currency: "EUR" }, Quantity::Intensity, Quantity::Reactive]
        {
            for name in quantity.units() {
                assert!(quantity.unit(&name).is_some(), "{name} of {quantity:?}");
            }
        }
        assert_eq!(power(false).unit("pu"), None);
    }
}
