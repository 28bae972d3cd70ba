//! `design.toml` as a whole, and its JSON Schema.

use schemars::JsonSchema;

use super::beside::{CaseTable, ContractTable, VariantTable};
use super::finance::{LoanTable, TaxTable, VatTable};
use crate::document::{Document, Section, json_schema};

/// What is to be sized and at which prices: the file `design.toml` of a scenario folder.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DesignFile {
    /// A catalogue of one's own in this folder, beside the built-in one; its entries stand in for those of the same name.
    pub catalogue: Option<String>,
    /// Rates and years of the project.
    pub economics: EconomicsTable,
    /// What is looked for beside the least net present cost, and how exactly.
    #[schemars(with = "Option<GoalTable>")]
    pub goal: GoalTable,
    /// What is sized.
    pub size: Vec<SizeTable>,
    /// What the year may be.
    #[schemars(with = "Option<Vec<CaseTable>>")]
    pub case: Vec<CaseTable>,
    /// Other ways to build or to buy, set beside the design.
    #[schemars(with = "Option<Vec<VariantTable>>")]
    pub variant: Vec<VariantTable>,
    /// Who may own what is bought, and what the site pays for it.
    #[schemars(with = "Option<Vec<ContractTable>>")]
    pub contract: Vec<ContractTable>,
}

/// Rates and years of the project. All money is of today's price level.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EconomicsTable {
    /// Discount rate beyond inflation, a share a year, 0 to 1; or `nominal_rate` with `inflation`.
    pub real_rate: Option<f64>,
    /// Discount rate with inflation, a share a year, 0 to 1.
    pub nominal_rate: Option<f64>,
    /// Inflation, a share a year, −0.1 to 1.
    pub inflation: Option<f64>,
    /// Years of the project, 1 to 60.
    pub years: i64,
    /// What equipment is worth at the end: `linear` (the unused share of its last life; default), `consistent` (what makes its
    /// yearly cost the annuity over its own life) or `none`.
    #[schemars(with = "Option<String>", extend("enum" = SALVAGES))]
    pub salvage: Option<&'static str>,
    /// Growth of the whole yearly operating cost beyond inflation, a share a year, −0.2 to 0.2; 0 by default. Year 1 is at today's
    /// prices.
    pub price_growth: Option<f64>,
    /// The strategy under which the base, what exists alone, is run: `optimal` by default, or what really runs the site, such as `idle`.
    #[schemars(with = "Option<String>", extend("enum" = BASES))]
    pub base_strategy: Option<&'static str>,
    /// Tax on income.
    pub tax: Option<TaxTable>,
    /// A loan.
    pub loan: Option<LoanTable>,
    /// Value-added tax that comes back.
    pub vat: Option<VatTable>,
    /// How far a year's generation may be from its mean: standard deviation over mean, 0 to 0.5. With it the yields that are exceeded
    /// with 50, 75 and 90 % are told, and what the project is worth at the last.
    pub yield_deviation: Option<f64>,
}

/// What is looked for beside the least net present cost, and how exactly.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GoalTable {
    /// Most that what is bought may cost in year 0, in the site's currency.
    pub budget: Option<f64>,
    /// Hours without the grid, from any start, through which critical load is carried by what the battery keeps in reserve
    /// (its `reserve_soc`), plants and gensets; whole steps, at most 720.
    pub ride_through_h: Option<f64>,
    /// Most carbon of a year, kg CO₂.
    pub carbon_most_kg_per_year: Option<f64>,
    /// Least share of the year's load that is not bought: 1 − import/load, 0 to 1. Sites with gensets take a cap on carbon instead.
    pub renewable_share_least: Option<f64>,
    /// Share of starts from which critical load is carried for `ride_through_h` hours, 0 to 1, in place of all: found by
    /// simulation from what the battery really has stored.
    pub survival_share_least: Option<f64>,
    /// A rule that the outcome is checked against: `zero-carbon-park-2025`, or a file of this folder.
    pub checks: Option<String>,
    /// A strategy that the site will really run under: sizes are then also sought for it, by simulation, and set beside the proven
    /// optimum.
    #[schemars(with = "Option<String>", extend("enum" = RULES))]
    pub strategy: Option<&'static str>,
    /// Proven distance from the least cost at which the search ends, relative, 1e-9 to 0.5; 1e-6 by default.
    pub gap: Option<f64>,
    /// How much dearer than the best the sizes of the band may be, relative, 0.0001 to 0.5; 0.01 by default.
    pub band: Option<f64>,
    /// Share of the dearest cases whose mean counts in place of the mean of all, above 0 to 1: 0.2 looks at the worst fifth (conditional
    /// value at risk at 80 %).
    pub tail_share: Option<f64>,
    /// Carbon prices at which the site is sized too, currency per kg CO₂: a point of the front of cost and carbon each.
    #[schemars(with = "Option<Vec<f64>>")]
    pub carbon_prices_per_kg: Vec<f64>,
}

/// A size: a field of the scenario, or several that are one number.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SizeTable {
    /// The field of `scenario.toml` by its path, such as `storage.battery[0].capacity_kwh`; a list of several are one number, such
    /// as the power of charging and of discharging.
    #[schemars(with = "OneOrMore")]
    pub field: Vec<String>,
    /// Least value; what is existing by default.
    pub least: Option<f64>,
    /// Greatest value.
    pub most: f64,
    /// What is bought at once: the size is what is existing and a whole count of it.
    pub step: Option<f64>,
    /// An entry of the catalogue by its name: price and life are its, where they are not written here.
    pub equipment: Option<String>,
    /// Which price of the entry: `least`, `usual` (default; where it has none, the middle of both ends) or `most`.
    #[schemars(with = "Option<String>", extend("enum" = PRICES))]
    pub price: Option<&'static str>,
    /// Whether the size is a whole number of the entry's units, each with its power and capacity: then `least`, `most`,
    /// `existing` and costs are of units; false by default.
    pub counted: Option<bool>,
    /// What is there already and costs nothing; 0 by default.
    pub existing: Option<f64>,
    /// What a unit costs when bought; that of `equipment` by default.
    pub capital_cost_per_unit: Option<f64>,
    /// What a unit costs when replaced; what it costs when bought by default.
    pub replacement_cost_per_unit: Option<f64>,
    /// Upkeep of a unit in a year; 0 by default.
    pub upkeep_cost_per_unit_year: Option<f64>,
    /// Life in years, 0.1 to 1000; that of `equipment` by default.
    pub lifetime_years: Option<f64>,
    /// Share of the price that somebody else pays in year 0, 0 to 1; 0 by default.
    pub grant_share: Option<f64>,
    /// Share of what the owner pays, value-added tax left out, by which the tax of year 1 falls, 0 to 1; half of it is not
    /// deducted. 0 by default.
    pub tax_credit_share: Option<f64>,
    /// Share of what is left that is lost each year, 0 to 0.2: year n has (1 − f)^(n − 1); 0 by default.
    pub fading_per_year: Option<f64>,
    /// Whether a battery's capacity fades in each year as its own use ages it (`[storage.battery.ageing]` with `only_over_years`), in place
    /// of a fixed fading: sizes and fading are sought until they agree; false by default.
    pub fades_by_ageing: Option<bool>,
}

/// A text, or a list of texts.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "OneOrMoreFields")]
#[expect(dead_code, reason = "stands for its schema")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

const SALVAGES: [&str; 3] = ["linear", "consistent", "none"];
const PRICES: [&str; 3] = ["least", "usual", "most"];
const BASES: [&str; 8] = [
    "optimal",
    "idle",
    "self_consumption",
    "time_of_use",
    "peak_shaving",
    "load_following",
    "cycle_charging",
    "combined",
];
const RULES: [&str; 6] =
    ["self_consumption", "time_of_use", "peak_shaving", "load_following", "cycle_charging", "combined"];

impl DesignFile {
    /// Reads all tables; what is wrong is kept in the document.
    pub(super) fn read(document: &Document<'_>) -> Self {
        let mut root = document.root();
        let catalogue = root.text("catalogue");
        let economics = root.table("economics", EconomicsTable::read);
        let goal = root.table("goal", GoalTable::read).unwrap_or_default();
        let size = root.tables("size", SizeTable::read);
        let case = root.tables("case", CaseTable::read);
        let variant = root.tables("variant", VariantTable::read);
        let contract = root.tables("contract", ContractTable::read);
        root.require_table("economics");
        if !root.has("size") {
            root.missing("size", "at least one [[size]]");
        }
        root.close();
        for (i, contract) in contract.iter().enumerate() {
            if contract.kind == "rent" && contract.rent_per_unit_year.len() != size.len() {
                let field = format!("contract[{i}].rent_per_unit_year");
                let problem = microgrid_core::Problem::new(field, "is not one number for each size");
                document
                    .push(problem.value(contract.rent_per_unit_year.len()).allowed(format!("{} numbers", size.len())));
            }
        }
        if goal.tail_share.is_some() && case.is_empty() {
            let problem = microgrid_core::Problem::new("goal.tail_share", "has no meaning without [[case]]");
            document.push(problem.hint("say what the year may be, each with its share"));
        }
        Self { catalogue, economics: economics.unwrap_or_default(), goal, size, case, variant, contract }
    }
}

impl EconomicsTable {
    fn read(section: &mut Section<'_>) -> Self {
        if !section.has("years") {
            section.missing("years", "a whole number from 1 to 60");
        }
        let table = Self {
            real_rate: section.number_within("real_rate", 0.0, 1.0),
            nominal_rate: section.number_within("nominal_rate", 0.0, 1.0),
            inflation: section.number_within("inflation", -0.1, 1.0),
            years: section.whole_within("years", 1, 60).unwrap_or(1),
            salvage: section.choice("salvage", &SALVAGES.map(|name| (name, name))),
            price_growth: section.number_within("price_growth", -0.2, 0.2),
            base_strategy: section.choice("base_strategy", &BASES.map(|name| (name, name))),
            tax: section.table("tax", TaxTable::read),
            loan: section.table("loan", LoanTable::read),
            vat: section.table("vat", VatTable::read),
            yield_deviation: section.number_within("yield_deviation", 0.0, 0.5),
        };
        section.not_built(&["production_incentive", "feed_in_premium", "accelerated_depreciation"]);
        section.require_one(&["real_rate", "nominal_rate"]);
        section.refuse_without("nominal_rate", "inflation");
        section.refuse_without("inflation", "nominal_rate");
        table
    }
}

impl GoalTable {
    fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            budget: section.number_within("budget", 0.0, 1e15),
            ride_through_h: section.number_within("ride_through_h", 1e-3, 720.0),
            carbon_most_kg_per_year: section.number_within("carbon_most_kg_per_year", 0.0, 1e15),
            renewable_share_least: section.number_within("renewable_share_least", 0.0, 1.0),
            survival_share_least: section.number_within("survival_share_least", 0.0, 1.0),
            checks: section.text("checks"),
            strategy: section.choice("strategy", &RULES.map(|name| (name, name))),
            gap: section.number_within("gap", 1e-9, 0.5),
            band: section.number_within("band", 1e-4, 0.5),
            tail_share: section.number_within("tail_share", 1e-3, 1.0),
            carbon_prices_per_kg: section.numbers("carbon_prices_per_kg"),
        };
        section.refuse_without("survival_share_least", "ride_through_h");
        if table.carbon_most_kg_per_year.is_some() && table.renewable_share_least.is_some() {
            let problem = microgrid_core::Problem::new(
                section.field("renewable_share_least"),
                "is not taken beside a cap on carbon",
            );
            section.push(problem.hint("the tighter of both decides: leave the other out"));
        }
        table
    }
}

impl SizeTable {
    fn read(section: &mut Section<'_>) -> Self {
        let is_priced = section.has("equipment");
        for key in ["field", "most", "capital_cost_per_unit", "lifetime_years"] {
            let is_of_entry = is_priced && matches!(key, "capital_cost_per_unit" | "lifetime_years");
            if !section.has(key) && !is_of_entry {
                let wanted = match key {
                    "field" => "a field of scenario.toml, such as storage.battery[0].capacity_kwh",
                    "most" => "a number: what roof, land or connection allow",
                    "lifetime_years" => "a number of years, or an entry of the catalogue as equipment",
                    _ => "a number; 0 where it costs nothing; or an entry of the catalogue as equipment",
                };
                section.missing(key, wanted);
            }
        }
        let table = Self {
            field: section.texts("field"),
            least: section.number_within("least", 0.0, 1e9),
            most: section.number_within("most", 0.0, 1e9).unwrap_or(0.0),
            step: section.number_within("step", 1e-6, 1e9),
            equipment: section.text("equipment"),
            price: section.choice("price", &PRICES.map(|name| (name, name))),
            counted: section.flag("counted"),
            existing: section.number_within("existing", 0.0, 1e9),
            capital_cost_per_unit: section.number_within("capital_cost_per_unit", 0.0, 1e12),
            replacement_cost_per_unit: section.number_within("replacement_cost_per_unit", 0.0, 1e9),
            upkeep_cost_per_unit_year: section.number_within("upkeep_cost_per_unit_year", 0.0, 1e9),
            lifetime_years: section.number_within("lifetime_years", 0.1, 1000.0),
            grant_share: section.number_within("grant_share", 0.0, 1.0),
            tax_credit_share: section.number_within("tax_credit_share", 0.0, 1.0),
            fading_per_year: section.number_within("fading_per_year", 0.0, 0.2),
            fades_by_ageing: section.flag("fades_by_ageing"),
        };
        if section.has("fades_by_ageing") && section.has("fading_per_year") {
            let problem =
                microgrid_core::Problem::new(section.field("fading_per_year"), "is not taken beside its own ageing");
            section.push(problem.hint("leave one of both out"));
        }
        section.not_built(&["fixed_cost", "production_incentive_per_kwh"]);
        section.refuse_without("price", "equipment");
        section.refuse_without("counted", "equipment");
        if section.has("counted") && section.has("step") {
            section
                .push(microgrid_core::Problem::new(section.field("step"), "is a unit of the equipment where counted"));
        }
        let least = table.least();
        if section.has("most") && table.most < least {
            let problem = microgrid_core::Problem::new(section.field("most"), "is below the least value");
            section.push(problem.value(table.most).allowed(format!("at least {least}")));
        }
        if table.existing.is_some_and(|size| size > 0.0)
            && (table.fades_by_ageing == Some(true) || table.fading_per_year.is_some_and(|fading| fading > 0.0))
        {
            let problem =
                microgrid_core::Problem::new(section.field("fading_per_year"), "is not taken beside what exists");
            section.push(
                problem.hint("what exists is older than what is bought: leave the fading or the existing part out"),
            );
        }
        table
    }

    /// The least value.
    #[must_use]
    pub fn least(&self) -> f64 {
        self.least.or(self.existing).unwrap_or(0.0)
    }
}

/// The JSON Schema (draft 2020-12) of `design.toml`, for editors that check and complete as one writes.
#[must_use]
pub fn schema() -> serde_json::Value {
    json_schema::<DesignFile>("design.toml")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{accepted, described};

    #[test]
    fn the_schema_has_the_keys_that_the_reader_accepts() {
        let document = Document::parse(
            "design.toml",
            "[economics]\ntax = {}\nloan = {}\nvat = {}\n[goal]\n[[size]]\n[[case]]\n[[variant]]\n[[contract]]\n",
        )
        .unwrap();
        let _ = DesignFile::read(&document);
        assert_eq!(accepted(&document), described(&schema()));
    }
}
