//! The distributions and their parameters.

use crate::Value;

/// How an input varies. Parameters are in the input's own unit unless said otherwise.
#[derive(Debug, Clone, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant {
        /// The value.
        value: f64,
    },
    /// Every value between two as likely.
    Uniform {
        /// Least value.
        least: f64,
        /// Greatest value, above the least.
        most: f64,
    },
    /// Gauss's.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation, above 0.
        deviation: f64,
    },
    /// Gauss's within a window, which it holds with a probability of at least 10⁻⁹ before it is cut.
    TruncatedNormal {
        /// Mean before it is cut.
        mean: f64,
        /// Standard deviation before it is cut, above 0.
        deviation: f64,
        /// Least value.
        least: f64,
        /// Greatest value, above the least.
        most: f64,
    },
    /// Its logarithm is normal.
    Lognormal {
        /// Median, above 0.
        median: f64,
        /// Standard deviation of the natural logarithm, above 0 and at most 10; for small ones about the relative
        /// standard deviation.
        log_deviation: f64,
    },
    /// Straight up to the mode, straight down from it.
    Triangular {
        /// Least value.
        least: f64,
        /// Likeliest value.
        mode: f64,
        /// Greatest value, above the least.
        most: f64,
    },
    /// Beta on an interval.
    Beta {
        /// Exponent at the least value, plus 1: 0.1 to 1000.
        alpha: f64,
        /// Exponent at the greatest value, plus 1: 0.1 to 1000.
        beta: f64,
        /// Least value.
        least: f64,
        /// Greatest value, above the least.
        most: f64,
    },
    /// The beta distribution of three estimates with mean (least + 4 mode + most) / 6 (Malcolm et al. 1959).
    Pert {
        /// Least value.
        least: f64,
        /// Likeliest value.
        mode: f64,
        /// Greatest value, above the least.
        most: f64,
    },
    /// Waiting times.
    Exponential {
        /// Mean, above 0.
        mean: f64,
    },
    /// Weibull's, such as wind speeds and times to failure.
    Weibull {
        /// Scale, above 0: 63 % of the values are below it.
        scale: f64,
        /// Shape, 0.1 to 100.
        shape: f64,
    },
    /// Gamma.
    Gamma {
        /// Shape, 0.1 to 1000; mean = shape × scale.
        shape: f64,
        /// Scale, above 0.
        scale: f64,
    },
    /// Every whole number between two as likely, both included.
    Integers {
        /// Least number.
        least: i64,
        /// Greatest number, at least the least.
        most: i64,
    },
    /// One of some values, all numbers or all texts.
    Choice {
        /// The values.
        values: Vec<Value>,
        /// A weight of at least 0 for each, not all 0; none for equal weights.
        weights: Vec<f64>,
    },
}

impl Distribution {
    /// Names of all distributions, as in files.
    pub const NAMES: [&str; 13] = [
        "constant",
        "uniform",
        "normal",
        "truncated_normal",
        "lognormal",
        "triangular",
        "beta",
        "pert",
        "exponential",
        "weibull",
        "gamma",
        "integers",
        "choice",
    ];

    /// Whether its values are numbers; else they are texts.
    #[must_use]
    pub fn is_number(&self) -> bool {
        !matches!(self, Self::Choice { values, .. } if matches!(values.first(), Some(Value::Text(_))))
    }

    /// Whether all its values are whole numbers.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        match self {
            Self::Integers { .. } => true,
            Self::Constant { value } => value.fract() == 0.0,
            Self::Choice { values, .. } => {
                values.iter().all(|value| matches!(value, Value::Number(number) if number.fract() == 0.0))
            }
            _ => false,
        }
    }
}
