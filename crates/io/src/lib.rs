//! io
pub mod weather;
