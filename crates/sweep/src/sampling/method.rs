//! How many samples, and how they are spread.

use microgrid_core::{Problem, Problems};

use super::sobol_table::DIMENSIONS;

/// How samples are spread over what is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Independent of each other.
    #[default]
    MonteCarlo,
    /// Of n samples one in every n-th part of each input's probability (McKay, Beckman, Conover 1979).
    LatinHypercube,
    /// Sobol's sequence with the direction numbers of Joe and Kuo (2008), scrambled as Owen says (1995): n samples,
    /// a power of two, of which each lies in one of the n parts of every elementary interval that the net fills. The
    /// draws take the sequence's dimensions in the order of their declaration: one added last leaves the others as
    /// they are.
    Sobol,
}

impl Method {
    /// All methods.
    pub const ALL: [Self; 3] = [Self::MonteCarlo, Self::LatinHypercube, Self::Sobol];

    /// The method's name in files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MonteCarlo => "monte_carlo",
            Self::LatinHypercube => "latin_hypercube",
            Self::Sobol => "sobol",
        }
    }
}

/// How many samples are drawn, and how they are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Samples {
    /// How samples are spread.
    pub method: Method,
    /// Samples of one replicate, 1 to 10⁹; a power of two for Sobol.
    pub count: u64,
    /// Independent repetitions of the whole plan, 1 to 10 000. The standard error of Latin hypercube and Sobol comes
    /// from several; Monte Carlo needs one.
    pub replicates: u32,
}

impl Default for Samples {
    /// One sample.
    fn default() -> Self {
        Self { method: Method::MonteCarlo, count: 1, replicates: 1 }
    }
}

impl Samples {
    /// Number of samples over all replicates.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.count * u64::from(self.replicates)
    }

    pub(crate) fn check(&self, draws: usize, problems: &mut Problems) {
        problems.require_range("samples.count", self.count as f64, 1.0, 1e9);
        problems.require_range("samples.replicates", f64::from(self.replicates), 1.0, 1e4);
        if self.method != Method::Sobol {
            return;
        }
        if !self.count.is_power_of_two() && (1..1_000_000_000).contains(&self.count) {
            let below = 1_u64 << self.count.ilog2();
            problems.push(
                Problem::new("samples.count", "is not a power of two, which Sobol's sequence needs to be balanced")
                    .value(self.count)
                    .hint(format!("write {below} or {}", 2 * below)),
            );
        }
        if draws > DIMENSIONS {
            problems.push(
                Problem::new("samples.method", "has fewer dimensions than there are draws")
                    .value(draws)
                    .allowed(format!("at most {DIMENSIONS} draws with sobol"))
                    .hint("use latin_hypercube"),
            );
        }
    }
}
