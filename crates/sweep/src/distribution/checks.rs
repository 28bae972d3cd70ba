//! What is wrong with a distribution's parameters.

use microgrid_core::{Problem, Problems};

use super::{Distribution, normal_cdf};
use crate::Value;

/// Greatest size of a parameter.
const HUGE: f64 = 1e15;
/// Least scale.
const TINY: f64 = 1e-15;

impl Distribution {
    /// Adds a problem for each impossible parameter; `field` is its path, such as
    /// `draw[0].distribution`.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        let mut ranges = |rows: &[(&str, f64, f64, f64)]| {
            for (name, value, least, most) in rows {
                problems.require_range(format!("{field}.{name}"), *value, *least, *most);
            }
        };
        match self {
            Self::Constant { value } => ranges(&[("value", *value, -HUGE, HUGE)]),
            Self::Uniform { least, most } => ranges(&[("least", *least, -HUGE, HUGE), ("most", *most, -HUGE, HUGE)]),
            Self::Normal { mean, deviation } => {
                ranges(&[("mean", *mean, -HUGE, HUGE), ("deviation", *deviation, TINY, HUGE)]);
            }
            Self::TruncatedNormal { mean, deviation, least, most } => ranges(&[
                ("mean", *mean, -HUGE, HUGE),
                ("deviation", *deviation, TINY, HUGE),
                ("least", *least, -HUGE, HUGE),
                ("most", *most, -HUGE, HUGE),
            ]),
            Self::Lognormal { median, log_deviation } => {
                ranges(&[("median", *median, TINY, HUGE), ("log_deviation", *log_deviation, TINY, 10.0)]);
            }
            Self::Triangular { least, mode, most } | Self::Pert { least, mode, most } => {
                ranges(&[("least", *least, -HUGE, HUGE), ("mode", *mode, *least, *most), ("most", *most, -HUGE, HUGE)]);
            }
            Self::Beta { alpha, beta, least, most } => ranges(&[
                ("alpha", *alpha, 0.1, 1000.0),
                ("beta", *beta, 0.1, 1000.0),
                ("least", *least, -HUGE, HUGE),
                ("most", *most, -HUGE, HUGE),
            ]),
            Self::Exponential { mean } => ranges(&[("mean", *mean, TINY, HUGE)]),
            Self::Weibull { scale, shape } => ranges(&[("scale", *scale, TINY, HUGE), ("shape", *shape, 0.1, 100.0)]),
            Self::Gamma { shape, scale } => ranges(&[("shape", *shape, 0.1, 1000.0), ("scale", *scale, TINY, HUGE)]),
            Self::Integers { least, most } => {
                ranges(&[("least", *least as f64, -HUGE, HUGE), ("most", *most as f64, *least as f64, HUGE)]);
            }
            Self::Choice { values, weights } => check_choice(values, weights, field, problems),
        }
        self.check_window(field, problems);
    }

    fn check_window(&self, field: &str, problems: &mut Problems) {
        let (Self::Uniform { least, most }
        | Self::TruncatedNormal { least, most, .. }
        | Self::Triangular { least, most, .. }
        | Self::Pert { least, most, .. }
        | Self::Beta { least, most, .. }) = self
        else {
            return;
        };
        if least >= most {
            let problem = Problem::new(format!("{field}.most"), "is not above least").value(most);
            problems.push(
                problem.allowed(format!("above {least}")).hint("for one value write distribution = \"constant\""),
            );
            return;
        }
        if let Self::TruncatedNormal { mean, deviation, .. } = self
            && *deviation > 0.0
        {
            let [low, high] = [least, most].map(|end| (end - mean) / deviation);
            // The smaller tails are subtracted, which keeps their digits.
            let inside =
                if low > 0.0 { normal_cdf(-low) - normal_cdf(-high) } else { normal_cdf(high) - normal_cdf(low) };
            if inside < 1e-9 {
                problems.push(
                    Problem::new(format!("{field}.least"), "and most leave next to nothing of the distribution")
                        .value(format!("a probability of {inside:e}"))
                        .allowed("at least 1e-9"),
                );
            }
        }
    }
}

fn check_choice(values: &[Value], weights: &[f64], field: &str, problems: &mut Problems) {
    if values.is_empty() {
        problems.push(Problem::new(format!("{field}.values"), "is empty").allowed("at least one value"));
    }
    crate::value::check_column(values.iter(), &format!("{field}.values"), problems);
    if weights.is_empty() {
        return;
    }
    if weights.len() != values.len() {
        problems.push(
            Problem::new(format!("{field}.weights"), "has the wrong number of weights")
                .value(weights.len())
                .allowed(format!("{}, one for each value", values.len())),
        );
    }
    for (i, weight) in weights.iter().enumerate() {
        problems.require_range(format!("{field}.weights[{i}]"), *weight, 0.0, 1e9);
    }
    if weights.iter().all(|weight| *weight == 0.0) {
        problems.push(Problem::new(format!("{field}.weights"), "are all 0"));
    }
}
