//! A catalogue file, and its JSON Schema.

use microgrid_core::Problem;
use schemars::JsonSchema;

use crate::document::{Document, Section, json_schema};

/// Equipment to buy.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CatalogueFile {
    /// The entries.
    pub equipment: Vec<EquipmentTable>,
}

/// A class of equipment.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EquipmentTable {
    /// Its name in the catalogue, of its own.
    pub id: String,
    /// What it is.
    #[schemars(with = "String", extend("enum" = KINDS))]
    pub kind: &'static str,
    /// What it costs when bought.
    pub price: PriceTable,
    /// Life in years, 0.1 to 1000; left out where it is counted in hours.
    pub lifetime_years: Option<f64>,
    /// Life in hours of running, 1 to 1e6.
    pub lifetime_h: Option<f64>,
    /// Power of a unit, kW AC.
    pub power_kw: Option<f64>,
    /// Capacity of a unit, kWh.
    pub capacity_kwh: Option<f64>,
    /// AC energy out per AC energy in, 0.01 to 1.
    pub round_trip_efficiency: Option<f64>,
    /// Fuel at no load per kW of rating and hour, l.
    pub no_load_l_per_rated_kwh: Option<f64>,
    /// Fuel per kWh, l.
    pub slope_l_per_kwh: Option<f64>,
    /// Least load as a share of the rating, 0 to 1.
    pub min_load: Option<f64>,
    /// Where the figures are from.
    pub source: String,
    /// How sure they are: `high`, `medium` or `low`.
    #[schemars(with = "String", extend("enum" = CONFIDENCES))]
    pub confidence: &'static str,
    /// What the reader should know.
    pub note: Option<String>,
}

/// A price range.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PriceTable {
    /// Three capital letters, such as `CNY`.
    pub currency: String,
    /// What the price is per: `kW`, `kWh` or `unit`.
    #[schemars(with = "String", extend("enum" = UNITS))]
    pub unit: &'static str,
    /// Least price seen, at least 0.
    pub least: f64,
    /// Usual price, within the range.
    pub usual: Option<f64>,
    /// Greatest price seen.
    pub most: f64,
    /// The day, or the first day of the month or year, that the price is of.
    #[schemars(with = "String")]
    pub as_of: String,
}

const KINDS: [&str; 10] = [
    "pv_system",
    "pv_module",
    "inverter",
    "storage",
    "genset",
    "electrolyser",
    "fuel_cell",
    "charger",
    "swap_station",
    "transformer",
];
const CONFIDENCES: [&str; 3] = ["high", "medium", "low"];
const UNITS: [&str; 3] = ["kW", "kWh", "unit"];

/// One of the names, as a choice that must be written.
fn required(section: &mut Section<'_>, key: &'static str, names: &[&'static str]) -> &'static str {
    if !section.has(key) {
        section.missing(key, &format!("one of {}", names.join(", ")));
    }
    let choices: Vec<(&'static str, &'static str)> = names.iter().map(|name| (*name, *name)).collect();
    section.choice(key, &choices).unwrap_or("")
}

impl CatalogueFile {
    /// Reads all entries; what is wrong is kept in the document.
    pub(super) fn read(document: &Document<'_>) -> Self {
        let mut root = document.root();
        let equipment = root.tables("equipment", EquipmentTable::read);
        if !root.has("equipment") {
            root.missing("equipment", "at least one [[equipment]]");
        }
        root.close();
        for (i, entry) in equipment.iter().enumerate() {
            if !entry.id.is_empty() && equipment[..i].iter().any(|other| other.id == entry.id) {
                document.push(
                    Problem::new(format!("equipment[{i}].id"), "is the name of an entry before").value(&entry.id),
                );
            }
        }
        Self { equipment }
    }
}

impl EquipmentTable {
    fn read(section: &mut Section<'_>) -> Self {
        let price = section.table("price", PriceTable::read);
        section.require_table("price");
        let table = Self {
            id: section.required_text("id", "a name, such as my-cabinet"),
            kind: required(section, "kind", &KINDS),
            price: price.unwrap_or_default(),
            lifetime_years: section.number_within("lifetime_years", 0.1, 1000.0),
            lifetime_h: section.number_within("lifetime_h", 1.0, 1e6),
            power_kw: section.number_within("power_kw", 0.0, 1e9),
            capacity_kwh: section.number_within("capacity_kwh", 0.0, 1e9),
            round_trip_efficiency: section.number_within("round_trip_efficiency", 0.01, 1.0),
            no_load_l_per_rated_kwh: section.number_within("no_load_l_per_rated_kwh", 0.0, 10.0),
            slope_l_per_kwh: section.number_within("slope_l_per_kwh", 0.0, 10.0),
            min_load: section.number_within("min_load", 0.0, 1.0),
            source: section.required_text("source", "where the figures are from: page, offer, tender"),
            confidence: required(section, "confidence", &CONFIDENCES),
            note: section.text("note"),
        };
        section.require_one(&["lifetime_years", "lifetime_h"]);
        table
    }

    /// Whether its name, kind, source or note has the word, in letters of either case.
    #[must_use]
    pub fn has_word(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        let texts = [&self.id, self.kind, &self.source, self.note.as_deref().unwrap_or("")];
        texts.iter().any(|text| text.to_lowercase().contains(&word))
    }
}

impl EquipmentTable {
    /// What a unit of it has of a quantity in `kW` or `kWh`, where that is known and above 0.
    #[must_use]
    pub fn amount(&self, unit: &str) -> Option<f64> {
        let amount = if unit == "kWh" { self.capacity_kwh } else { self.power_kw };
        amount.filter(|amount| *amount > 0.0)
    }

    /// Source and date of its price, as reports print them.
    #[must_use]
    pub fn origin(&self) -> String {
        let PriceTable { currency, unit, least, most, as_of, .. } = &self.price;
        format!("{}: {least} to {most} {currency} per {unit}, as of {as_of}; {}", self.id, self.source)
    }
}

impl PriceTable {
    /// Its `least`, `most` or usual price: where no usual one is known, the middle of both ends.
    #[must_use]
    pub fn chosen(&self, which: Option<&str>) -> f64 {
        match which {
            Some("least") => self.least,
            Some("most") => self.most,
            _ => self.usual.unwrap_or(0.5 * (self.least + self.most)),
        }
    }

    fn read(section: &mut Section<'_>) -> Self {
        for key in ["least", "most"] {
            if !section.has(key) {
                section.missing(key, "a number");
            }
        }
        let table = Self {
            currency: section.required_text("currency", "three capital letters, such as CNY"),
            unit: required(section, "unit", &UNITS),
            least: section.number_within("least", 0.0, 1e12).unwrap_or(0.0),
            usual: section.number_within("usual", 0.0, 1e12),
            most: section.number_within("most", 0.0, 1e12).unwrap_or(0.0),
            as_of: section.required_moment("as_of", "a date, such as 2025-03-28"),
        };
        let is_code = table.currency.len() == 3 && table.currency.bytes().all(|byte| byte.is_ascii_uppercase());
        if !table.currency.is_empty() && !is_code {
            let problem = Problem::new(section.field("currency"), "is no currency code").value(&table.currency);
            section.push(problem.allowed("three capital letters, such as CNY"));
        }
        if !table.as_of.is_empty() && table.as_of.parse::<jiff::civil::Date>().is_err() {
            let problem = Problem::new(section.field("as_of"), "is no date").value(&table.as_of);
            section.push(problem.allowed("a date, such as 2025-03-28"));
        }
        let usual = table.usual.unwrap_or(table.least);
        if section.has("least") && section.has("most") && !(table.least <= usual && usual <= table.most) {
            let problem =
                Problem::new(section.field("most"), "is below the least or the usual price").value(table.most);
            section.push(problem.allowed(format!("at least {}", table.least.max(usual))));
        }
        table
    }
}

/// The JSON Schema (draft 2020-12) of a catalogue file, for editors that check and complete as one writes.
#[must_use]
pub fn schema() -> serde_json::Value {
    json_schema::<CatalogueFile>("catalogue.toml")
}

#[cfg(test)]
mod tests {
    use super::super::{built_in, read_catalogue};
    use super::*;
    use crate::document::{accepted, described};

    #[test]
    fn the_schema_has_the_keys_that_the_reader_accepts() {
        let document = Document::parse("catalogue.toml", "[[equipment]]\nprice = {}\n").unwrap();
        let _ = CatalogueFile::read(&document);
        assert_eq!(accepted(&document), described(&schema()));
    }

    /// Of each kind there is one, and the cabinet's price is that of its source: 0.508 CNY/Wh.
    #[test]
    fn the_built_in_catalogue_is_whole() {
        let text = include_str!("equipment.toml");
        let entries = read_catalogue("equipment.toml", text).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(entries, built_in());
        assert!(KINDS.iter().all(|kind| entries.iter().any(|entry| entry.kind == *kind)));
        let cabinet = entries.iter().find(|entry| entry.id == "bess-cabinet-125-261").unwrap();
        assert_eq!((cabinet.price.usual, cabinet.price.unit), (Some(508.0), "kWh"));
        assert!(cabinet.has_word("CABINET") && !cabinet.has_word("diesel"));
    }

    #[test]
    fn an_entry_without_source_or_date_is_refused() {
        let good = "[[equipment]]\nid = \"a\"\nkind = \"storage\"\nlifetime_years = 12\nsource = \"s\"\nconfidence = \"low\"\n\
                    price = { currency = \"CNY\", unit = \"kWh\", least = 1, most = 2, as_of = 2025-03-28 }\n";
        assert!(read_catalogue("a.toml", good).is_ok());
        for (from, to, message) in [
            ("source = \"s\"\n", "", "equipment[0].source: is missing"),
            (", as_of = 2025-03-28", "", "equipment[0].price.as_of: is missing"),
            ("as_of = 2025-03-28", "as_of = \"spring\"", "is no date"),
            ("\"CNY\"", "\"yuan\"", "is no currency code"),
            ("most = 2", "most = 0.5", "is below the least"),
            ("lifetime_years = 12\n", "", "is missing; allowed: one of lifetime_years, lifetime_h"),
            ("lifetime_years = 12", "lifetime_years = 0", "lifetime_years: is out of range"),
            ("\"storage\"", "\"storag\"", "is not a known name"),
        ] {
            let text = read_catalogue("a.toml", &good.replace(from, to)).unwrap_err().to_string();
            assert!(text.contains(message), "{message}: {text}");
        }
        let twice = read_catalogue("a.toml", &format!("{good}{good}")).unwrap_err().to_string();
        assert!(twice.contains("is the name of an entry before"), "{twice}");
    }
}
