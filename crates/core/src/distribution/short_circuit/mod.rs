//! Short circuits: the currents of a fault at a bus, which device sees them, in what order devices clear it.
//!
//! A [`Scheme`] says what a power flow need not know: how strong the grid is, machines, inverters, conductors, devices.
//! [`FaultStudy::new`] checks it against its [`Network`](super::Network); [`FaultStudy::fault`] gives a fault's currents,
//! [`FaultStudy::course`] what happens until it is cleared, [`FaultStudy::survey`] both for every bus, tied to the grid and
//! islanded.
//!
//! # Model
//! IEC 60909-0:2016, far from generators: an equivalent voltage c·U_n/√3 at the fault, loads, shunts, charging and taps left
//! out, branches as series impedances:
//! - Greatest currents: c = 1.10 (low voltage of a tolerance of 6 %: 1.05), conductors at 20 °C, transformers corrected by
//!   K_T = 0.95·c_max / (1 + 0.6·x_T), machines feed in. Least: c = 1.00 above 1 kV, below it 0.90 (6 %: 0.95), conductors at
//!   their end temperature, R = R_20·(1 + 0.004·(θ − 20)), no motors, no inverters beside a grid, and in an island
//!   only those that form it.
//! - Grid: Z = c·U_n²/S_k″. Synchronous machine: K_G·Z″ with K_G = U_n/U_r · c_max/(1 + x_d″·sin φ). Motor:
//!   Z = U_r²/(S_r·I_LR/I_r).
//! - I_k″ = c·U_n/(√3·|Z_k|); two-phase √3/2 of it. Peak κ·√2·I_k″ with κ = 1.02 + 0.98·e^{−3R/X} at the equivalent
//!   frequency of 0.4 f (method C); thermal I_k″·√(m + 1) for 1 s.
//! - Inverters are current sources of a multiple of their rated current, I = (1/Z_kk)·Σ Z_kj·I_j, their amounts added.
//!
//! In an island that only inverters feed there is no voltage behind an impedance, and the standard has nothing to say: the
//! fault draws what the inverters give at most, [`Feeding::LimitedCurrent`], wherever it is.
//!
//! Not modelled: faults to earth (networks here have no zero sequence), faults within a line, decay near machines.

mod admittance;
mod course;
mod fault;
mod scheme;
mod solution;
mod study;
mod survey;

pub use course::{FaultCourse, Opening, Ride, Seen};
pub use fault::{Fault, FaultCase, FaultKind, Feeding};
pub use scheme::{Conductor, FaultInverter, Motor, Scheme, SourceStrength, SynchronousMachine};
pub use study::{FaultStudy, Operation};
pub use survey::{BusSurvey, SurveyedCourse};
