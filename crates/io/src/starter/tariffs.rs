//! Tariffs that come with this crate, so that a first scenario needs no file.

/// A tariff that is known by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownTariff {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is, for lists.
    pub summary: &'static str,
    /// Its currency.
    pub currency: &'static str,
    /// What its file is called in a scenario folder.
    pub file: &'static str,
    /// The file, in one of the formats of [`tariff`](crate::tariff), with its source and what of it is unverified.
    pub text: &'static str,
}

/// Tariffs that come with this crate. Prices are public facts; each file names its source.
pub const KNOWN_TARIFFS: [KnownTariff; 3] = [
    KnownTariff {
        name: "jiangsu-single-part",
        summary: "Jiangsu, industrial and commercial, single-part, time of use of June 2025",
        currency: "CNY",
        file: "jiangsu-2025-single-part.toml",
        text: include_str!("tariffs/jiangsu-2025-single-part.toml"),
    },
    KnownTariff {
        name: "jiangsu-energy",
        summary: "Jiangsu, two-part, energy prices alone, time of use of June 2025",
        currency: "CNY",
        file: "jiangsu-2025-energy.toml",
        text: include_str!("tariffs/jiangsu-2025-energy.toml"),
    },
    KnownTariff {
        name: "sce-tou-ev-4",
        summary: "Southern California Edison TOU-EV-4 of March 2019, with demand charges",
        currency: "USD",
        file: "sce_tou_ev_4_march_2019.json",
        text: include_str!("tariffs/sce_tou_ev_4_march_2019.json"),
    },
];

impl KnownTariff {
    /// The tariff of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        KNOWN_TARIFFS.iter().find(|tariff| tariff.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Caught: a price corrected in one of two copies.
    #[test]
    fn they_are_those_of_the_seeds() {
        let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../../seeds");
        let places = ["swap-hub/tariff", "design-workshop", "workplace-hub/tariff"];
        for (tariff, place) in KNOWN_TARIFFS.iter().zip(places) {
            let text = std::fs::read_to_string(format!("{seeds}/{place}/{}", tariff.file)).unwrap();
            assert_eq!(text, tariff.text, "{}", tariff.name);
            assert_eq!(KnownTariff::by_name(tariff.name), Some(tariff));
        }
    }
}
