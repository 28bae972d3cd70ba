//! Fields of a scenario file named by their paths and set to other values: by `--set` on the command line, by sweeps.

mod field;
mod known;
mod set;

pub(crate) use field::{FieldPath, Segment};
pub(crate) use known::{FieldKind, field_kind};
pub use set::Setting;
