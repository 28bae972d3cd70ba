//! Reads what describes a site, its year and its prices, and makes core's `Scenario` of it.

pub mod catalogue;
pub mod design;
mod document;
mod files;
mod json;
pub mod network;
mod plan_file;
pub mod protection;
pub mod scenario;
pub mod series;
pub mod sessions;
mod setting;
pub mod starter;
mod suggestion;
pub mod sweep;
pub mod tariff;
pub mod time;
pub mod weather;

pub use design::DesignFolder;
pub use files::{DATA_MOST_BYTES, FileFault, Files, Folder, TOML_MOST_BYTES, read_text_file};
pub use plan_file::{read_plan_file, read_plan_text};
pub use scenario::{Loaded, read_folder, read_folder_with, read_text, schema};
pub use setting::Setting;
pub use sweep::SweepFolder;
