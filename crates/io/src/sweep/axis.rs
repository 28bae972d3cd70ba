//! `[[axis]]`, `[[draw]]`, `[[correlation]]` and `[samples]`.

use microgrid_core::Problem;
use microgrid_sweep::{Axis, Correlation, Distribution, Draw, Method, Samples, Value};
use schemars::JsonSchema;

use super::distribution::{DistributionTable, ListedValue};
use crate::document::Section;

/// One or more fields that go through listed values.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AxisTable {
    /// The field, by its path in `scenario.toml`, or `base`; instead of `fields`.
    pub field: Option<String>,
    /// Its values: numbers, texts or flags; instead of `from`, `to` and `count`.
    #[schemars(with = "Option<Vec<ListedValue>>")]
    pub values: Vec<Value>,
    /// First of values in equal distances.
    pub from: Option<f64>,
    /// Last of them.
    pub to: Option<f64>,
    /// Number of them, both ends included.
    pub count: Option<u32>,
    /// Fields that change together.
    #[schemars(with = "Option<Vec<String>>")]
    pub fields: Vec<String>,
    /// A list for each point of `fields`: one value for each of them.
    #[schemars(with = "Option<Vec<Vec<ListedValue>>>")]
    pub rows: Vec<Vec<Value>>,
    /// Whether the values are factors on those of the base; `false` by default.
    pub relative: Option<bool>,
}

/// One or more fields that are drawn anew in every sample.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "InputDrawTable")]
pub struct DrawTable {
    /// The field, by its path in `scenario.toml`, or `base`; instead of `fields`.
    pub field: Option<String>,
    /// Fields that all take the same value, or the same factor.
    #[schemars(with = "Option<Vec<String>>")]
    pub fields: Vec<String>,
    /// How it varies.
    pub distribution: DistributionTable,
    /// Whether the number drawn is a factor on that of the base; `false` by default.
    pub relative: Option<bool>,
}

/// Two fields drawn whose ranks go together.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CorrelationTable {
    /// The two fields.
    pub fields: Vec<String>,
    /// Spearman's rank correlation, above −1 and below 1. Pairs that are not listed have 0.
    pub spearman: f64,
}

/// How many samples there are, and how they are spread.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SamplesTable {
    /// `monte_carlo` (default), `latin_hypercube` or `sobol`.
    #[schemars(with = "Option<String>", extend("enum" = Method::ALL.map(Method::name)))]
    pub method: Option<Method>,
    /// Samples of one replicate, 1 to 1 000 000 000; a power of two for `sobol`.
    pub count: u32,
    /// Independent repetitions, from which the standard errors of `latin_hypercube` and `sobol` come; 1 by default.
    pub replicates: Option<u32>,
}

impl AxisTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            field: section.text("field"),
            values: section.values("values"),
            from: section.number("from"),
            to: section.number("to"),
            count: section.whole_within("count", 1, 1_000_000).map(|count| count as u32),
            fields: section.texts("fields"),
            rows: section.rows("rows"),
            relative: section.flag("relative"),
        };
        section.require_one(&["field", "fields"]);
        if section.has("field") {
            section.require_one(&["values", "from"]);
        }
        for key in ["values", "from"] {
            section.refuse_without(key, "field");
        }
        for key in ["to", "count"] {
            section.refuse_without(key, "from");
            if section.has("from") && !section.has(key) {
                section.missing(key, "a number");
            }
        }
        section.refuse_without("rows", "fields");
        if section.has("fields") && !section.has("rows") {
            section.missing("rows", "a list of lists");
        }
        table
    }

    pub(super) fn axis(&self) -> Axis {
        let axis = match (&self.field, self.from, self.to, self.count) {
            (Some(field), Some(from), Some(to), Some(count)) => Axis::grid(field, from, to, count),
            (Some(field), ..) => Axis::list(field, self.values.iter().cloned()),
            (None, ..) => Axis::zip(&self.fields, self.rows.clone()),
        };
        if self.relative == Some(true) { axis.relative() } else { axis }
    }
}

impl DrawTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        section.require_one(&["field", "fields"]);
        if !section.has("distribution") {
            section.missing("distribution", "a table such as { name = \"uniform\", least = 1, most = 2 }");
        }
        Self {
            field: section.text("field"),
            fields: section.texts("fields"),
            distribution: section.table("distribution", DistributionTable::read).unwrap_or_default(),
            relative: section.flag("relative"),
        }
    }

    pub(super) fn draw(&self) -> Draw {
        let fields = self.field.iter().chain(&self.fields);
        let draw = Draw::together(fields, self.distribution.distribution());
        if self.relative == Some(true) { draw.relative() } else { draw }
    }
}

impl CorrelationTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        if !section.has("fields") {
            section.missing("fields", "a list of two fields");
        }
        let fields = section.texts("fields");
        if section.has("fields") && fields.len() != 2 {
            let problem = Problem::new(section.field("fields"), "are not two").value(fields.len());
            section.push(problem.hint("write a [[correlation]] for each pair"));
        }
        Self { fields, spearman: section.required_number("spearman") }
    }

    pub(super) fn correlation(&self) -> Option<Correlation> {
        let fields = <[String; 2]>::try_from(self.fields.clone()).ok()?;
        Some(Correlation { fields, spearman: self.spearman })
    }
}

impl SamplesTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        if !section.has("count") {
            section.missing("count", "a whole number");
        }
        Self {
            method: section.choice("method", &Method::ALL.map(|method| (method.name(), method))),
            count: section.whole("count").unwrap_or(1),
            replicates: section.whole("replicates"),
        }
    }

    pub(super) fn samples(&self) -> Samples {
        Samples {
            method: self.method.unwrap_or_default(),
            count: u64::from(self.count),
            replicates: self.replicates.unwrap_or(1),
        }
    }
}

/// All texts that a distribution may give.
pub(super) fn texts_of(distribution: &Distribution) -> Vec<&str> {
    match distribution {
        Distribution::Choice { values, .. } => values.iter().filter_map(Value::text).collect(),
        _ => Vec::new(),
    }
}
