//! Weather from files and from monthly normals, as [`microgrid_core::generation::Weather`].
//!
//! [`read_epw`] reads EnergyPlus weather files, [`Normals`] draws a year from twelve monthly means,
//! [`noon_shift_min`] tells whether the light of a file follows the sun. Invariant: what is returned has passed
//! [`Weather::check`](microgrid_core::generation::Weather::check).

mod epw;
mod noon;
mod synthetic;

pub use epw::{Epw, EpwOptions, LeapDay, MissingValues, NoonCheck, read_epw, read_epw_file};
pub use noon::noon_shift_min;
pub use synthetic::{Draw, Normals, WindModel};
