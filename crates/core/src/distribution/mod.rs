//! How power moves on the site: one bus, and the point of common coupling with the utility grid.

mod connection;

pub use connection::{Connection, Transformer};
