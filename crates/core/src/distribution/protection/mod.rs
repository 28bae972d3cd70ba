//! Protection: what opens when a current, a voltage or a frequency is where it must not be, and when.
//!
//! A [`ProtectionDevice`] stands at a place of a [`Network`](super::Network) and consists of [`TripElement`]s; the first that
//! trips opens it. An element *integrates*: its progress grows by dt/t(I) while the current I is above its pick-up and
//! trips at 1, so that a current that changes is judged by all of its past, and a step that is split changes nothing. Voltage
//! and frequency have definite times by a [`TripTable`].
//!
//! Currents are symmetrical, in A of the network's own side, as flows and short circuits give them. Not modelled: saturation
//! of current transformers, direct-current parts, arcs, inrush, direction.

mod curve_table;
mod device;
mod element;
mod inverse;
mod thermal_image;
mod trip_table;

pub use curve_table::{CurvePoint, CurveTable};
pub use device::{DevicePlace, DeviceState, ProtectionDevice};
pub use element::{ConstantEnergy, DefiniteTime, TripElement};
pub use inverse::{InverseCurve, InverseTime};
pub use thermal_image::ThermalImage;
pub use trip_table::{EnterService, TripLimit, TripStage, TripState, TripTable};
