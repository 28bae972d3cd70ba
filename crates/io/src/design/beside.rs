//! What stands beside a design: cases that the year may be, variants to compare, contracts on its books.

use microgrid_core::{Problem, Problems, Scenario};
use schemars::JsonSchema;

use crate::document::{Document, Section};
use crate::setting::{FieldPath, Setting};

/// What the year may be: sizes are those of least mean cost over all cases.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CaseTable {
    /// What reports call it.
    pub name: String,
    /// How likely it is, above 0 to 1; all cases together 1.
    pub share: f64,
    /// Fields of `scenario.toml` with the value that each has in this case, such as `site.weather.file = "dry.epw"`.
    #[schemars(with = "Option<Vec<String>>")]
    pub set: Vec<String>,
}

/// Another way to build or to buy, sized by itself and set beside the design: another tariff, another class of equipment.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct VariantTable {
    /// What reports call it.
    pub name: String,
    /// Fields of `scenario.toml` with the value that each has in it, such as `utility.tariff = "by-capacity.toml"`.
    #[schemars(with = "Option<Vec<String>>")]
    pub set: Vec<String>,
    /// Fields of this file with the value that each has in it, such as `size[0].equipment = "bess-cabinet-215-418"`.
    #[schemars(with = "Option<Vec<String>>")]
    pub design: Vec<String>,
}

/// Who owns what is bought and what the site pays for it: settled on the books of the design, which stays the same.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ContractTable {
    /// What reports call it.
    pub name: String,
    /// What the site pays the investor, who buys and keeps up all of it: `gain_share` (a share of what the site saves),
    /// `grid_price_share` (a share of the grid's price for each kWh of load that is not bought), `rent` (an amount per kW or kWh of
    /// the sizes a year) or `level_payment` (what the investor's own rate and tax ask for, the same each year).
    #[schemars(with = "String", extend("enum" = CONTRACTS))]
    pub kind: &'static str,
    /// Of `gain_share` and `grid_price_share`: the investor's share, 0 to 1.
    pub share: Option<f64>,
    /// Of `rent`: what a unit of each size costs the site a year, in the order of the sizes.
    #[schemars(with = "Option<Vec<f64>>")]
    pub rent_per_unit_year: Vec<f64>,
    /// The investor's discount rate beyond inflation, 0 to 1; that of `[economics]` by default.
    pub investor_real_rate: Option<f64>,
    /// The investor's tax on income, 0 to 0.9; that of `[economics.tax]` by default.
    pub investor_tax_rate: Option<f64>,
}

/// The kinds of contracts.
const CONTRACTS: [&str; 4] = ["gain_share", "grid_price_share", "rent", "level_payment"];

impl CaseTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        if !section.has("share") {
            section.missing("share", "how likely it is, above 0 to 1");
        }
        Self {
            name: section.required_text("name", "what reports call it"),
            share: section.number_within("share", 1e-6, 1.0).unwrap_or(1.0),
            set: section.texts("set"),
        }
    }
}

impl VariantTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            name: section.required_text("name", "what reports call it"),
            set: section.texts("set"),
            design: section.texts("design"),
        };
        if !section.has("set") && !section.has("design") {
            section.missing("set", "fields of scenario.toml, or of this file as `design`, with their values");
        }
        table
    }
}

impl ContractTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        if !section.has("kind") {
            section.missing("kind", &format!("one of {}", CONTRACTS.join(", ")));
        }
        let table = Self {
            name: section.required_text("name", "what reports call it"),
            kind: section.choice("kind", &CONTRACTS.map(|name| (name, name))).unwrap_or(""),
            share: section.number_within("share", 0.0, 1.0),
            rent_per_unit_year: section.numbers("rent_per_unit_year"),
            investor_real_rate: section.number_within("investor_real_rate", 0.0, 1.0),
            investor_tax_rate: section.number_within("investor_tax_rate", 0.0, 0.9),
        };
        let needed = match table.kind {
            "gain_share" | "grid_price_share" => Some("share"),
            "rent" => Some("rent_per_unit_year"),
            _ => None,
        };
        for key in ["share", "rent_per_unit_year"] {
            match (needed == Some(key), section.has(key)) {
                (true, false) => section.missing(key, "what the site pays under this kind of contract"),
                (false, true) if !table.kind.is_empty() => {
                    let problem = Problem::new(section.field(key), "is not taken by this kind of contract");
                    section.push(problem.value(table.kind).hint("leave it out"));
                }
                _ => {}
            }
        }
        table
    }
}

/// The settings of a list of texts; what is wrong with one is told of the list's field.
pub(super) fn settings(document: &Document<'_>, field: &str, texts: &[String]) -> Vec<Setting> {
    let mut settings = Vec::new();
    for text in texts {
        match Setting::parse(text) {
            Ok(setting) => settings.push(setting),
            Err(mut problem) => {
                problem.message = format!("{}: {}", problem.field, problem.message);
                problem.field = field.to_owned();
                problem.place = None;
                document.push(problem);
            }
        }
    }
    settings
}

/// The settings of fields of `design.toml`, whose reader refuses what it does not know.
pub(super) fn design_settings(document: &Document<'_>, field: &str, texts: &[String]) -> Vec<Setting> {
    let mut settings = Vec::new();
    for text in texts {
        let parts = text.split_once('=').map(|(key, value)| (key.trim(), value.trim()));
        match parts.filter(|(key, _)| FieldPath::parse(key).is_some()) {
            Some((key, value)) => {
                let is_toml = toml::de::DeValue::parse(value).is_ok();
                let literal =
                    if is_toml { value.to_owned() } else { toml::Value::String(value.to_owned()).to_string() };
                settings.push(Setting::new(key, literal, document.place_of(field)));
            }
            None => {
                let problem = Problem::new(field, "has no field and =").value(text);
                document.push(problem.allowed("FIELD = VALUE, such as size[0].most = 100"));
            }
        }
    }
    settings
}

/// Notes the problems of reading a scenario with settings under the field that has them.
pub(super) fn told_of(document: &Document<'_>, field: &str, problems: Problems) {
    for problem in problems {
        let message = format!("makes a scenario that is refused: {problem}");
        document.push(Problem::new(field, message));
    }
}

/// Whether a scenario has the steps and the equipment of another one.
pub(super) fn is_alike(scenario: &Scenario, other: &Scenario) -> bool {
    let form = |scenario: &Scenario| {
        let calendar = &scenario.calendar;
        (
            calendar.steps(),
            calendar.day_first_step.clone(),
            scenario.generation.len(),
            scenario.gensets.len(),
            scenario.storage.len(),
        )
    };
    form(scenario) == form(other)
}
