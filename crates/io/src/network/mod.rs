//! Distribution networks in files: our own folder, and what other tools write.
//!
//! A network is a folder with `network.toml`. Its tables (`bus`, `line`, `transformer`, `switch`, `shunt`, `source`,
//! `generator`, `load`) stand there as lists of tables, or each in a CSV file that `[tables]` names; both have the same
//! columns, those of `microgrid schema network`. Elements name buses by their names.
//!
//! ```toml
//! name = "two streets"
//! frequency_hz = 50
//!
//! [tables]
//! line = "lines.csv"
//! load = "loads.csv"
//!
//! [[bus]]
//! name = "station"
//! nominal_kv = 0.4
//!
//! [[source]]
//! name = "grid"
//! bus = "station"
//! voltage_pu = 1.0
//! ```
//!
//! [`read_network`] reads such a folder, [`write_network`] writes one, [`import_network`] makes one of pandapower's or
//! power-grid-model's JSON. What an import does not understand is refused by name; what it leaves out without harm is said
//! in its notes. [`read_opendss`] makes a three-phase network of an OpenDSS script.

pub(crate) mod fields;
mod folder;
mod imported;
mod opendss;
mod pandapower;
mod power_grid_model;
mod rows;

pub(crate) use folder::read_network_among;
pub use folder::{network_schema, read_network, write_network};
use imported::counted_in_the_file;
pub use imported::{ImportedNetwork, import_network};
pub use opendss::{ImportedPhases, import_opendss, read_opendss};
pub use pandapower::import_pandapower;
pub use power_grid_model::import_power_grid_model;
