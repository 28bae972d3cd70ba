//! Weather from files and from monthly normals, as [`microgrid_core::generation::Weather`].
//!
//! [`read_weather`] reads files of any known form (EPW, SAM CSV and NSRDB, TMY3, PVGIS), [`Normals`] draws a year from
//! twelve monthly means, [`TimeShift`] and [`noon_shift_min`] tell whether the light of a file follows the sun,
//! [`Closure`] whether its three irradiances agree. Invariant: what is returned has passed
//! [`Weather::check`](microgrid_core::generation::Weather::check).

mod closure;
mod columns;
mod epw;
mod file;
mod pvgis;
mod sam_csv;
mod shift;
mod synthetic;
mod table;
mod tmy3;

pub use closure::Closure;
pub(crate) use file::decoded;
pub use file::{LeapDay, MissingValues, NoonCheck, WeatherFile, WeatherOptions, read_weather, read_weather_file};
pub use shift::{TimeShift, noon_shift_min, time_shift};
pub use synthetic::{Draw, Normals, WindModel};
