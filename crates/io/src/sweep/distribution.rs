//! A distribution by its name and parameters.

use microgrid_core::Problem;
use microgrid_sweep::{Distribution, Value};
use schemars::JsonSchema;

use crate::document::Section;

/// How an input varies; each name has parameters of its own. Numbers are in the unit of the field.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DistributionTable {
    /// `constant` (value), `uniform` (least, most), `normal` (mean, deviation), `truncated_normal` (mean, deviation,
    /// least, most), `lognormal` (median, log_deviation), `triangular` and `pert` (least, mode, most), `beta` (alpha,
    /// beta, least, most), `exponential` (mean), `weibull` (scale, shape), `gamma` (shape, scale), `integers` (least,
    /// most), `choice` (values, weights).
    #[schemars(extend("enum" = Distribution::NAMES))]
    pub name: String,
    /// The value of `constant`.
    pub value: Option<f64>,
    /// Least value.
    pub least: Option<f64>,
    /// Greatest value.
    pub most: Option<f64>,
    /// Likeliest value.
    pub mode: Option<f64>,
    /// Mean.
    pub mean: Option<f64>,
    /// Standard deviation.
    pub deviation: Option<f64>,
    /// Median of `lognormal`.
    pub median: Option<f64>,
    /// Standard deviation of the natural logarithm.
    pub log_deviation: Option<f64>,
    /// First shape of `beta`.
    pub alpha: Option<f64>,
    /// Second shape of `beta`.
    pub beta: Option<f64>,
    /// Scale of `weibull` and `gamma`.
    pub scale: Option<f64>,
    /// Shape of `weibull` and `gamma`.
    pub shape: Option<f64>,
    /// What `choice` chooses from: numbers, texts or flags.
    #[schemars(with = "Option<Vec<ListedValue>>")]
    pub values: Vec<Value>,
    /// Weights of the values, at least 0; equal by default.
    #[schemars(with = "Option<Vec<f64>>")]
    pub weights: Vec<f64>,
    #[schemars(skip)]
    distribution: Option<Distribution>,
}

/// A number, a text or a flag.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) enum ListedValue {
    Number(f64),
    Text(String),
    Flag(bool),
}

const KEYS: [&str; 14] = [
    "value",
    "least",
    "most",
    "mode",
    "mean",
    "deviation",
    "median",
    "log_deviation",
    "alpha",
    "beta",
    "scale",
    "shape",
    "values",
    "weights",
];

/// The parameters of each distribution.
const PARAMETERS: [(&str, &[&str]); 13] = [
    ("constant", &["value"]),
    ("uniform", &["least", "most"]),
    ("normal", &["mean", "deviation"]),
    ("truncated_normal", &["mean", "deviation", "least", "most"]),
    ("lognormal", &["median", "log_deviation"]),
    ("triangular", &["least", "mode", "most"]),
    ("beta", &["alpha", "beta", "least", "most"]),
    ("pert", &["least", "mode", "most"]),
    ("exponential", &["mean"]),
    ("weibull", &["scale", "shape"]),
    ("gamma", &["shape", "scale"]),
    ("integers", &["least", "most"]),
    ("choice", &["values", "weights"]),
];

impl DistributionTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        if !section.has("name") {
            section.missing("name", &Distribution::NAMES.join(", "));
        }
        let parameters = section.choice("name", &PARAMETERS.map(|(name, parameters)| (name, (name, parameters))));
        let mut table = Self {
            name: parameters.map(|(name, _)| name.to_owned()).unwrap_or_default(),
            value: section.number("value"),
            least: section.number("least"),
            most: section.number("most"),
            mode: section.number("mode"),
            mean: section.number("mean"),
            deviation: section.number("deviation"),
            median: section.number("median"),
            log_deviation: section.number("log_deviation"),
            alpha: section.number("alpha"),
            beta: section.number("beta"),
            scale: section.number("scale"),
            shape: section.number("shape"),
            values: section.values("values"),
            weights: section.numbers("weights"),
            distribution: None,
        };
        let Some((name, parameters)) = parameters else { return table };
        let mut is_read = true;
        for key in KEYS.iter().filter(|key| section.has(key) && !parameters.contains(key)) {
            let problem = Problem::new(section.field(key), format!("has no meaning for {name}"));
            section.push(problem.allowed(parameters.join(", ")));
        }
        for key in parameters.iter().filter(|key| **key != "weights" && !section.has(key)) {
            is_read = false;
            section.missing(key, if *key == "values" { "a list" } else { "a number" });
        }
        if name == "integers" {
            for (key, value) in [("least", table.least), ("most", table.most)] {
                if value.is_some_and(|value| value.fract() != 0.0 || value.abs() > 1e15) {
                    is_read = false;
                    section.push(
                        Problem::new(section.field(key), "is not a whole number").value(value.unwrap_or_default()),
                    );
                }
            }
        }
        table.distribution = is_read.then(|| table.distribution_of(name)).flatten();
        table
    }

    fn distribution_of(&self, name: &str) -> Option<Distribution> {
        let (least, most, mode) = (self.least, self.most, self.mode);
        Some(match name {
            "constant" => Distribution::Constant { value: self.value? },
            "uniform" => Distribution::Uniform { least: least?, most: most? },
            "normal" => Distribution::Normal { mean: self.mean?, deviation: self.deviation? },
            "truncated_normal" => Distribution::TruncatedNormal {
                mean: self.mean?,
                deviation: self.deviation?,
                least: least?,
                most: most?,
            },
            "lognormal" => Distribution::Lognormal { median: self.median?, log_deviation: self.log_deviation? },
            "triangular" => Distribution::Triangular { least: least?, mode: mode?, most: most? },
            "beta" => Distribution::Beta { alpha: self.alpha?, beta: self.beta?, least: least?, most: most? },
            "pert" => Distribution::Pert { least: least?, mode: mode?, most: most? },
            "exponential" => Distribution::Exponential { mean: self.mean? },
            "weibull" => Distribution::Weibull { scale: self.scale?, shape: self.shape? },
            "gamma" => Distribution::Gamma { shape: self.shape?, scale: self.scale? },
            "integers" => Distribution::Integers { least: least? as i64, most: most? as i64 },
            _ => Distribution::Choice { values: self.values.clone(), weights: self.weights.clone() },
        })
    }

    /// The distribution; a constant 0 where it has a problem, which is kept.
    pub(super) fn distribution(&self) -> Distribution {
        self.distribution.clone().unwrap_or(Distribution::Constant { value: 0.0 })
    }
}
