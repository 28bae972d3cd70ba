//! Pictures of a sweep's results.

mod distribution;
mod duration;
mod levels;
mod scale;
mod size;

pub use distribution::distribution_svg;
pub use duration::outcome_duration_svg;
pub use levels::level_comparison_svg;
pub use size::size_svg;

use std::io;

use microgrid_core::{Problem, Problems};

/// What cannot be drawn, as a problem.
pub(super) fn refused(error: io::Error) -> Problems {
    Problem::new("plot", error.to_string()).into()
}
