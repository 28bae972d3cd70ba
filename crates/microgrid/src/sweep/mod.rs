//! Sweeps: as many variants of a site as a description makes, over all processors, killed and resumed, with the same
//! bits.
//!
//! A [`Source`] lists scenarios by number: a [`SweepFolder`] read from `sweep.toml`, a [`ScenarioSweep`] over a scenario in
//! memory, or one's own. [`run`] runs it into
//! a folder and writes the tables of its results there; an [`Engine`] hands the rows to a function instead.
//!
//! # Examples
//! ```
//! use microgrid::sweep::{Axis, Engine, ScenarioSweep, Sweep, Value};
//! use microgrid::{Battery, Calendar, Load, Scenario};
//!
//! let mut site = Scenario::new("workshop", Calendar::common_year(3600));
//! site.loads.push(Load::new("machines", 25.0));
//! site.storage.push(Battery::lithium_iron_phosphate(100.0, 50.0));
//! let sweep = Sweep::new(1).axis(Axis::list("capacity_kwh", [50.0, 100.0, 200.0]));
//! let source = ScenarioSweep::new(site, &sweep, |site: &mut Scenario, values: &[Value]| {
//!     site.storage[0].capacity_kwh = values[0].number().unwrap_or(0.0);
//! })?;
//! let mut imports_kwh = Vec::new();
//! Engine::new(&source).rows(|rows| {
//!     imports_kwh.extend(rows.iter().filter_map(|row| Some(row.result.as_ref().ok()?.energy.import_kwh)));
//!     std::ops::ControlFlow::Continue(())
//! });
//! assert!(imports_kwh[2] < imports_kwh[0], "a battery that starts half full saves import");
//! # Ok::<(), microgrid::Problems>(())
//! ```

mod run;

pub use microgrid_io::SweepFolder;
#[cfg(feature = "mpi")]
pub use microgrid_runner::sweep::Ranks;
pub use microgrid_runner::sweep::{
    Encode, Engine, Filled, Judge, MakeStrategy, Manifest, Numbering, Peers, Progress, Shard, Store, Survey, Watch,
};
pub use microgrid_sweep::{
    Axis, Correlation, DayDraw, Distribution, Draw, Input, Method, OutageProcess, Place, Row, RowFault, Samples,
    ScenarioSweep, Season, SeriesBootstrap, Source, Sweep, Value, Variants,
};
#[cfg(feature = "mpi")]
pub use run::help;
pub use run::{Ran, Settings, Tables, merge, run, run_with, write_traces};
