//! Sweep folders: `sweep.toml` says which variants of a scenario, or of several, are run.
//!
//! The file stands beside a `scenario.toml`, or alone and names its bases. Axes, draws and correlations are those of
//! [`microgrid_sweep`]; fields are named by their paths in `scenario.toml`. A path that the base does not have, a value
//! of the wrong kind, an empty axis, a field set twice: refused, each on its line, with the nearest path.
//!
//! ```toml
//! base = "../industrial-park" # or several, as an axis; left out: the scenario.toml beside
//! seed = 39
//! samples = { method = "latin_hypercube", count = 100, replicates = 8 }
//!
//! [[axis]]
//! field = "dispatch.strategy"
//! values = ["self_consumption", "time_of_use"]
//!
//! [[axis]] # from, to and count, or rows of several fields that change together
//! fields = ["storage.battery[0].capacity_kwh", "storage.battery[0].discharge_max_kw"]
//! rows = [[4000, 1000], [8000, 2000]]
//!
//! [[draw]]
//! field = "generation.pv[0].dc_kw"
//! relative = true # a factor on what the base has written
//! distribution = { name = "lognormal", median = 1, log_deviation = 0.3 }
//!
//! [[draw]]
//! field = "demand.load[0].annual_kwh"
//! distribution = { name = "triangular", least = 15e6, mode = 20e6, most = 30e6 }
//!
//! [[correlation]]
//! fields = ["generation.pv[0].dc_kw", "demand.load[0].annual_kwh"]
//! spearman = 0.6
//!
//! [bootstrap]
//! block_days = 7
//!
//! [outages]
//! rate_per_year = 0.5
//! duration_h = { name = "lognormal", median = 1.5, log_deviation = 0.8 }
//! ```
//!
//! A variant is made in one of two ways, which give the same bits. Fields that are a number or a name of core's scenario
//! (sizes, limits, scales, prices of one value, the strategy) are set there, which takes about a microsecond and leaves
//! calendar, tariff and series shared. For all others the base is read again with the value in the place of what is
//! written; scenarios read so are kept, as many as [`SweepFolder::KEPT`], so that the points of a sample and the
//! samples of a point share them.

mod axis;
mod axis_check;
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
