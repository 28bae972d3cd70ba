//! A list of scenarios, each made from its number alone.

use microgrid_core::simulation::Years;
use microgrid_core::{Problems, Scenario};

use crate::Value;

/// A field that the sweep sets in each variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Path of the field, such as `storage.battery[0].capacity_kwh`; its unit is the last part of its name.
    pub field: String,
    /// Whether its values are numbers; else they are texts.
    pub is_number: bool,
}

/// Where a scenario stands in its sweep. Scenarios of one sample share all draws (common random numbers) and differ in
/// the point only; scenarios of one point differ in the draws only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Place {
    /// Number of the sample, from 0; 0 where nothing is drawn.
    pub sample: u64,
    /// Number of the independent repetition of the sampling plan to which the sample belongs, from 0.
    pub replicate: u32,
    /// Number of the point on the axes, from 0; 0 without axes.
    pub point: u64,
}

/// A list of scenarios numbered from 0, each a pure function of its number. Samples are the outer order and points the
/// inner one: index = sample × points + point, so that variants to be compared stand side by side.
pub trait Source: Sync {
    /// Number of scenarios.
    fn count(&self) -> u64;

    /// Number of points on the axes, at least 1; it divides the count.
    fn points(&self) -> u64;

    /// The fields set, in the order of [`Source::values`].
    fn inputs(&self) -> &[Input];

    /// Where scenario `index` stands.
    fn place(&self, index: u64) -> Place;

    /// Whether samples are independent of each other, as Monte Carlo's are; else only replicates are, and standard errors
    /// come from these alone.
    fn samples_are_independent(&self) -> bool {
        true
    }

    /// What the fields of scenario `index` are set to: one value for each of [`Source::inputs`].
    fn values(&self, index: u64) -> Vec<Value>;

    /// Makes scenario `index` from its values.
    ///
    /// # Errors
    /// What is wrong with this variant; the sweep goes on.
    fn scenario(&self, index: u64, values: &[Value]) -> Result<Scenario, Problems>;

    /// The years that scenario `index` goes through, of which [`Source::scenario`] is the first; `None` where it is run once. The row
    /// is then that of all years together ([`Outcome::take_up_year`](microgrid_core::Outcome::take_up_year)).
    ///
    /// # Errors
    /// What is wrong with this variant.
    fn years(&self, _index: u64, _values: &[Value]) -> Result<Option<Years>, Problems> {
        Ok(None)
    }

    /// All that the results depend on, by name (files, description, seed), each with a hash, so that a resumed sweep
    /// can say what has changed.
    fn fingerprint(&self) -> Vec<(String, u64)>;
}
