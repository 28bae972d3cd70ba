//! Sweep folders: `sweep.toml` says which variants of a scenario, or of several, are run.
//!
//! The file stands beside a `scenario.toml`, or alone and names its bases. Axes, draws and correlations are those of
//! [`microgrid_sweep`]; fields are named by their paths in `scenario.toml`. A path that the base does not have, a value
//! of the wrong kind, an empty axis, a field set twice: refused, each on its line, with the nearest path.
//!
//! A variant is made in one of two ways, which give the same bits. Fields that are a number or a name of core's scenario
//! (sizes, limits, scales, prices of one value, the strategy) are set there, which takes about a microsecond and leaves
//! calendar, tariff and series shared. For all others the base is read again with the value in the place of what is
//! written; scenarios read so are kept, as many as [`SweepFolder::KEPT`], so that the points of a sample and the
//! samples of a point share them.

mod axis;
mod base;
mod direct;
mod distribution;
mod file;
mod folder;
mod generator;
mod input;
mod kept;
mod recorded;

pub use axis::{AxisTable, CorrelationTable, DrawTable as InputDrawTable, SamplesTable};
pub use distribution::DistributionTable;
pub use file::{SweepFile, schema};
pub use folder::SweepFolder;
pub use generator::{BootstrapTable, OutagesTable};
