//! The description of a sweep.

use crate::generator::{OutageProcess, SeriesBootstrap};
use crate::sampling::{Method, Samples};
use crate::{Axis, Correlation, Distribution, Draw};

/// What a sweep varies: axes whose points are all run, and draws of which there are samples; every sample is run at every
/// point. Make [`Variants`](crate::Variants) of it.
///
/// # Examples
/// ```
/// use microgrid_sweep::{Axis, Distribution, Method, Source, Sweep, Variants};
///
/// let sweep = Sweep::new(39)
///     .axis(Axis::list("dispatch.strategy", ["self_consumption", "time_of_use"]))
///     .axis(Axis::grid("storage.battery[0].capacity_kwh", 0.0, 400.0, 5))
///     .draw("utility.import_price_per_kwh", Distribution::Triangular { least: 0.5, mode: 0.7, most: 1.1 })
///     .samples(Method::LatinHypercube, 100);
/// let variants = Variants::new(&sweep)?;
/// assert_eq!(variants.count(), 100 * 2 * 5);
/// assert_eq!(variants.values(0)[1], 0.0.into());
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sweep {
    /// One seed, one set of draws.
    pub seed: u64,
    /// What goes through listed values.
    pub axes: Vec<Axis>,
    /// What is drawn.
    pub draws: Vec<Draw>,
    /// Which draws go together.
    pub correlations: Vec<Correlation>,
    /// How many samples there are, and how they are spread.
    pub samples: Samples,
    /// Days of the year's series drawn anew in each sample.
    pub bootstrap: Option<SeriesBootstrap>,
    /// Outages drawn in each sample.
    pub outages: Option<OutageProcess>,
}

impl Sweep {
    /// A sweep of one scenario, to be given axes and draws.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Adds an axis.
    #[must_use]
    pub fn axis(mut self, axis: Axis) -> Self {
        self.axes.push(axis);
        self
    }

    /// Adds a field that takes the values of a distribution.
    #[must_use]
    pub fn draw(mut self, field: impl Into<String>, distribution: Distribution) -> Self {
        self.draws.push(Draw::new(field, distribution));
        self
    }

    /// Adds fields that all take the same value of a distribution.
    #[must_use]
    pub fn draw_together<F: Into<String>>(
        mut self,
        fields: impl IntoIterator<Item = F>,
        distribution: Distribution,
    ) -> Self {
        self.draws.push(Draw::together(fields, distribution));
        self
    }

    /// Asks for a rank correlation of two draws.
    #[must_use]
    pub fn correlate(mut self, a: impl Into<String>, b: impl Into<String>, spearman: f64) -> Self {
        self.correlations.push(Correlation { fields: [a.into(), b.into()], spearman });
        self
    }

    /// Sets the number of samples of one replicate and how they are spread.
    #[must_use]
    pub fn samples(mut self, method: Method, count: u64) -> Self {
        self.samples = Samples { method, count, ..self.samples };
        self
    }

    /// Sets the number of independent repetitions of the sampling plan.
    #[must_use]
    pub fn replicates(mut self, replicates: u32) -> Self {
        self.samples.replicates = replicates;
        self
    }

    /// Draws days of the year's series anew in each sample.
    #[must_use]
    pub fn bootstrap(mut self, bootstrap: SeriesBootstrap) -> Self {
        self.bootstrap = Some(bootstrap);
        self
    }

    /// Draws outages in each sample.
    #[must_use]
    pub fn outages(mut self, outages: OutageProcess) -> Self {
        self.outages = Some(outages);
        self
    }
}
