//! Spinning reserve: capacity on line beyond the load, against a load that rises or a cloud that passes.
//!
//! # Model
//! HOMER's operating reserve (manual pages *Operating Reserve* and *Required Operating Reserve*): capacity that is
//! operating, less the load, is to be at least a share of the load plus a share of what sun and wind give at the time.
//! Operating are running gensets, up to the most they can give in the step, storage up to what it can give in the step,
//! and the tie up to its limit while the grid is there.
//!
//! It is a wish that the strategies for gensets keep when they commit them, not a law of the plant: where nothing more
//! can start the site runs without it, and a strategy that does not ask for gensets does not keep it. So no bound
//! counts it.

use crate::Problems;

/// Reserve that strategies for gensets keep on line.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SpinningReserve {
    /// Reserve per load asked for at the time, in [0, 10]; 0 by default, HOMER's own default is 0.1.
    pub load_share: f64,
    /// Reserve per generation of sun and wind available at the time, in [0, 1]; 0 by default.
    pub generation_share: f64,
}

impl SpinningReserve {
    /// What is to be on line beyond the load, kW, at least 0.
    #[must_use]
    pub fn required_kw(&self, load_kw: f64, generation_kw: f64) -> f64 {
        self.load_share * load_kw + self.generation_share * generation_kw
    }

    /// Whether anything is required at all.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.load_share > 0.0 || self.generation_share > 0.0
    }

    pub(crate) fn check(&self, problems: &mut Problems, field: &str) {
        problems.require_range(format_args!("{field}.load_share"), self.load_share, 0.0, 10.0);
        problems.require_range(format_args!("{field}.generation_share"), self.generation_share, 0.0, 1.0);
    }
}
