//! microgrid
pub use microgrid_core::*;
