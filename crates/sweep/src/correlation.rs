//! Draws that go together.

use microgrid_core::{Problem, Problems};

use crate::Draw;
use crate::distribution::{normal_cdf, normal_quantile};

/// Two draws whose ranks are correlated.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlation {
    /// The two fields drawn.
    pub fields: [String; 2],
    /// Spearman's rank correlation asked for, above −1 and below 1. Pairs that are not listed have 0.
    pub spearman: f64,
}

/// The Gaussian copula of the draws.
///
/// # Model
/// Normal variables z = L·e of independent e, with L·Lᵀ = R; their probabilities Φ(z) go through the quantile functions.
/// A rank correlation ρ of normal variables belongs to r = 2 sin(πρ/6) (Pearson 1907; Kruskal 1958), and quantile
/// functions keep ranks. A draw in no pair keeps its place to the bit. The first correlated draw also keeps the
/// stratification of Latin hypercube and Sobol; of those after it only what their pairs leave over.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Copula {
    /// The draws in a pair, ascending.
    members: Vec<usize>,
    /// L by rows, as far as the diagonal.
    factor: Vec<Vec<f64>>,
}

impl Copula {
    /// Reports unknown fields, pairs listed twice, and correlations that cannot all be at once.
    pub(crate) fn new(draws: &[Draw], correlations: &[Correlation], problems: &mut Problems) -> Self {
        let place = |field: &str| draws.iter().position(|draw| draw.fields.iter().any(|one| one == field));
        let mut pairs: Vec<(usize, usize, f64)> = Vec::new();
        for (i, correlation) in correlations.iter().enumerate() {
            let path = format!("correlation[{i}]");
            let before = problems.iter().count();
            let rho = correlation.spearman;
            if !(rho.is_finite() && rho.abs() < 1.0) {
                let problem = Problem::new(format!("{path}.spearman"), "is out of range").value(rho);
                problems.push(problem.allowed("above -1 and below 1"));
            }
            let [a, b] = correlation.fields.each_ref().map(|field| {
                let found = place(field);
                if found.is_none() {
                    let known: Vec<&str> = draws.iter().map(Draw::name).collect();
                    let problem =
                        Problem::new(format!("{path}.fields"), "names a field that is not drawn").value(field);
                    problems.push(problem.allowed(known.join(", ")));
                }
                found.unwrap_or(0)
            });
            if before == problems.iter().count() {
                let pair = (a.max(b), a.min(b));
                if a == b || pairs.iter().any(|known| (known.0, known.1) == pair) {
                    problems.push(Problem::new(format!("{path}.fields"), "are no new pair of two fields"));
                }
                pairs.push((pair.0, pair.1, 2.0 * libm::sin(core::f64::consts::PI * rho / 6.0)));
            }
        }
        let mut members: Vec<usize> = pairs.iter().flat_map(|(a, b, _)| [*a, *b]).collect();
        members.sort_unstable();
        members.dedup();
        let asked = |a: usize, b: usize| {
            let pair = (members[a].max(members[b]), members[a].min(members[b]));
            let found = pairs.iter().find(|known| (known.0, known.1) == pair);
            if a == b { 1.0 } else { found.map_or(0.0, |known| known.2) }
        };
        let factor = cholesky(members.len(), asked);
        if factor.is_none() && problems.is_empty() {
            problems.push(
                Problem::new("correlation", "cannot all be at once: their matrix is not positive definite")
                    .hint("bring the correlations nearer to 0; pairs that are not listed have 0"),
            );
        }
        Self { members, factor: factor.unwrap_or_default() }
    }

    /// Turns independent places in the unit cube, one for each draw, into correlated ones.
    pub(crate) fn correlate(&self, units: &mut [f64]) {
        let independent: Vec<f64> = self.members.iter().map(|member| normal_quantile(units[*member])).collect();
        for (row, member) in self.factor.iter().zip(&self.members).skip(1) {
            let z: f64 = row.iter().zip(&independent).map(|(weight, e)| weight * e).sum();
            units[*member] = normal_cdf(z).clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0);
        }
    }
}

/// The lower triangle L of L·Lᵀ = the symmetric matrix, where it is positive definite.
fn cholesky(size: usize, entry: impl Fn(usize, usize) -> f64) -> Option<Vec<Vec<f64>>> {
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(size);
    for i in 0..size {
        let mut row = Vec::with_capacity(i + 1);
        for j in 0..=i {
            let known = |k: usize| if i == j { row[k] } else { rows[j][k] };
            let rest = entry(i, j) - (0..j).map(|k| row[k] * known(k)).sum::<f64>();
            if i > j {
                row.push(rest / rows[j][j]);
            } else if rest > 1e-10 {
                row.push(libm::sqrt(rest));
            } else {
                return None;
            }
        }
        rows.push(row);
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Distribution;

    fn draws() -> Vec<Draw> {
        ["a", "b", "c"].map(|field| Draw::new(field, Distribution::Uniform { least: 0.0, most: 1.0 })).into()
    }

    fn pair(a: &str, b: &str, spearman: f64) -> Correlation {
        Correlation { fields: [a.into(), b.into()], spearman }
    }

    fn message(correlations: &[Correlation]) -> String {
        let mut problems = Problems::none();
        let _ = Copula::new(&draws(), correlations, &mut problems);
        problems.to_string()
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert!(message(&[pair("a", "x", 0.5)]).contains("names a field that is not drawn; found x; allowed: a, b, c"));
        assert!(message(&[pair("a", "b", 1.0)]).contains("above -1 and below 1"));
        assert!(message(&[pair("a", "b", f64::NAN)]).contains("above -1 and below 1"));
        assert!(message(&[pair("a", "a", 0.5)]).contains("no new pair"));
        assert!(message(&[pair("a", "b", 0.5), pair("b", "a", 0.5)]).contains("no new pair"));
        let impossible = [pair("a", "b", 0.9), pair("b", "c", 0.9), pair("a", "c", -0.9)];
        assert!(message(&impossible).contains("not positive definite"));
        assert_eq!(message(&[pair("a", "b", 0.9), pair("b", "c", 0.9), pair("a", "c", 0.8)]), "");
    }

    #[test]
    fn a_draw_in_no_pair_keeps_its_place() {
        let mut problems = Problems::none();
        let copula = Copula::new(&draws(), &[pair("a", "c", 0.7)], &mut problems);
        let mut units = [0.3, 0.123_456_789, 0.9];
        copula.correlate(&mut units);
        assert_eq!(units[..2], [0.3, 0.123_456_789]);
        assert_ne!(units[2], 0.9);
    }
}
