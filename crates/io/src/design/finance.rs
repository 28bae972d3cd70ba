//! Tables of `design.toml` of who pays what: tax, loan, value-added tax.

use schemars::JsonSchema;

use crate::document::Section;

/// Tax on income, which savings pay and costs spare; left out for households.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TaxTable {
    /// Share of income, 0 to 0.9.
    pub rate: f64,
    /// How what is bought is deducted: `straight_line` over `depreciation_years` (default), `macrs_5` or `macrs_7` (United States).
    #[schemars(with = "Option<String>", extend("enum" = DEPRECIATIONS))]
    pub depreciation: Option<&'static str>,
    /// Years of equal deductions, 1 to 60; left out: nothing is deducted.
    pub depreciation_years: Option<i64>,
    /// Share of the price that is never deducted, 0 to 0.9; 0 by default.
    pub residual_share: Option<f64>,
}

/// A loan of level yearly payments that pays a share of what is bought in year 0.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LoanTable {
    /// Share of what is bought, grants left out, 0 to 1.
    pub share: f64,
    /// Interest a year, 0 to 1; with inflation where `nominal_rate` and `inflation` are given, else beyond it.
    pub rate: f64,
    /// Years of payments, 1 to those of the project.
    pub years: i64,
}

/// Value-added tax within the prices of equipment that the owner has back.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct VatTable {
    /// Its rate, 0 to 1: 0.13 where a price without it is the price over 1.13.
    pub rate: f64,
    /// Years after a purchase in which it comes back, 0 to 10; 1 by default.
    pub recovered_after_years: Option<i64>,
}

const DEPRECIATIONS: [&str; 3] = ["straight_line", "macrs_5", "macrs_7"];

/// A number that must be there.
fn required(section: &mut Section<'_>, key: &'static str, least: f64, most: f64) -> f64 {
    if !section.has(key) {
        section.missing(key, &format!("a number from {least} to {most}"));
    }
    section.number_within(key, least, most).unwrap_or(least)
}

impl TaxTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            rate: required(section, "rate", 0.0, 0.9),
            depreciation: section.choice("depreciation", &DEPRECIATIONS.map(|name| (name, name))),
            depreciation_years: section.whole_within("depreciation_years", 1, 60),
            residual_share: section.number_within("residual_share", 0.0, 0.9),
        };
        let needs_years = table.depreciation.is_some_and(|name| name == "straight_line");
        if needs_years && !section.has("depreciation_years") {
            section.missing("depreciation_years", "a whole number from 1 to 60");
        }
        if table.depreciation.is_some() && !needs_years {
            for key in ["depreciation_years", "residual_share"] {
                if section.has(key) {
                    let problem = microgrid_core::Problem::new(section.field(key), "is not taken beside this schedule");
                    section.push(problem.hint("its shares are those of the schedule: leave it out"));
                }
            }
        } else {
            section.refuse_without("residual_share", "depreciation_years");
        }
        table
    }
}

impl LoanTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        if !section.has("years") {
            section.missing("years", "a whole number from 1 to 60");
        }
        Self {
            share: required(section, "share", 0.0, 1.0),
            rate: required(section, "rate", 0.0, 1.0),
            years: section.whole_within("years", 1, 60).unwrap_or(1),
        }
    }
}

impl VatTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            rate: required(section, "rate", 0.0, 1.0),
            recovered_after_years: section.whole_within("recovered_after_years", 0, 10),
        }
    }
}
