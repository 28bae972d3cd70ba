//! How power moves on the site: the point of common coupling with the utility grid, the feeder behind it, and what protects it.
//!
//! [`Connection`] limits the tie of a scenario. [`Network`] describes buses, lines, transformers and switches;
//! [`Feeder::compile`] makes what solves its power flows, for its loads or for series of them; with a [`SiteFeeder`] a scenario's
//! devices stand in a network, and every step of a run brings its losses. [`protection`] has the devices that open, [`short_circuit`] the currents
//! of faults and the order in which devices clear them; [`monitoring`] watches a run, [`OilTransformer`] ages under its load.

mod connection;
mod feeder;
mod hosting;
mod loading_guide;
pub mod monitoring;
mod network;
mod power_flow;
pub mod protection;
pub mod short_circuit;
mod site_feeder;
pub mod unbalanced;

pub use connection::{Connection, Transformer};
pub use feeder::Feeder;
pub use hosting::{Hosting, HostingLimit, HostingSettings, hosting_capacities};
pub use loading_guide::{LoadingOutcome, OilTemperatures, OilTransformer};
pub use network::{
    Bus, Generator, Line, LoadPoint, Network, PowerTransformer, Shunt, Side, Switch, SwitchedElement,
    TransformerCircuit, VoltageDependence, VoltageSource,
};
pub use power_flow::{BranchFlow, BusVoltage, Flow, FlowSettings, FlowStatus, FlowSummary, Power};
pub use site_feeder::{
    BusShare, FeederLimits, FeederTotals, HeadRoom, Inverter, Place, Placed, SiteFeeder, VoltVar, VoltWatt,
};
pub(crate) use site_feeder::{FeederStep, SiteFeeders};
