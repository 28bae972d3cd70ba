//! A network and its scheme, ready for faults.

use alloc::vec;
use alloc::vec::Vec;

use super::admittance::Present;
use super::fault::{Fault, FaultCase, FaultKind};
use super::scheme::Scheme;
use crate::Problems;
use crate::distribution::Feeder;
use crate::distribution::network::{Network, Switch, SwitchedElement};
use crate::distribution::protection::DevicePlace;

/// How the network is run when the fault comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Operation {
    /// With all its sources.
    GridTied,
    /// Without the utility's.
    Islanded,
}

/// A network with its scheme, checked.
///
/// # Examples
/// ```
/// use microgrid_core::distribution::short_circuit::{FaultCase, FaultKind, FaultStudy, Operation, Scheme};
/// use microgrid_core::distribution::{Bus, Line, Network, VoltageSource};
///
/// let mut network = Network::new("a house at the end of a cable");
/// network.buses = vec![Bus { name: "station".into(), nominal_kv: 0.4 }, Bus { name: "house".into(), nominal_kv: 0.4 }];
/// network.lines = vec![Line {
///     name: "cable".into(), from_bus: 0, to_bus: 1, length_km: 0.2, r_ohm_per_km: 0.2067, x_ohm_per_km: 0.0804,
///     c_nf_per_km: 830.0, g_us_per_km: 0.0, ampacity_a: 275.0, parallel: 1, in_service: true,
/// }];
/// network.sources = vec![VoltageSource {
///     name: "grid".into(), bus: 0, voltage_pu: 1.0, angle_deg: 0.0, short_circuit_kva: 10_000.0, r_to_x: 0.5,
/// }];
/// let study = FaultStudy::new(&network, &Scheme::default())?;
/// let strong = study.fault(Operation::GridTied, 1, FaultKind::ThreePhase, FaultCase::Greatest);
/// let weak = study.fault(Operation::GridTied, 1, FaultKind::TwoPhase, FaultCase::Least);
/// assert!((strong.initial_a - 4334.8).abs() < 0.1 && weak.initial_a < 0.7 * strong.initial_a, "{strong:?}");
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
#[derive(Debug, Clone)]
pub struct FaultStudy {
    network: Network,
    scheme: Scheme,
}

impl FaultStudy {
    /// Checks a network and its scheme.
    ///
    /// # Errors
    /// What [`Feeder::compile`] refuses of the network; else every number of the scheme that is out of its range, and
    /// sources without a strength.
    pub fn new(network: &Network, scheme: &Scheme) -> Result<Self, Problems> {
        Feeder::compile(network)?;
        let (network, scheme) = (network.clone(), scheme.clone());
        scheme.check(&network).or_else(|| Self { network, scheme })
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Its scheme.
    #[must_use]
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Whether anything could form the voltage of an island.
    #[must_use]
    pub fn can_island(&self) -> bool {
        let forms = self.scheme.inverters.iter().any(|inverter| inverter.forms_grid);
        forms || !self.scheme.machines.is_empty() || self.sources_in(Operation::Islanded).contains(&true)
    }

    /// A fault's currents before anything opens.
    ///
    /// # Panics
    /// If there is no such bus.
    #[must_use]
    pub fn fault(&self, operation: Operation, bus: usize, kind: FaultKind, case: FaultCase) -> Fault {
        self.state(operation).fault(&self.scheme, (bus, kind, case))
    }

    fn sources_in(&self, operation: Operation) -> Vec<bool> {
        let is_utility = |i: usize| {
            let strength = self.scheme.sources.iter().find(|strength| strength.source == i);
            strength.is_none_or(|strength| strength.is_utility)
        };
        (0..self.network.sources.len()).map(|i| operation == Operation::GridTied || !is_utility(i)).collect()
    }

    pub(super) fn state(&self, operation: Operation) -> SwitchState {
        SwitchState {
            network: self.network.clone(),
            source_is_in: self.sources_in(operation),
            inverter_is_in: vec![true; self.scheme.inverters.len()],
        }
    }
}

/// The network while devices open and inverters drop out.
#[derive(Debug, Clone)]
pub(super) struct SwitchState {
    pub(super) network: Network,
    source_is_in: Vec<bool>,
    pub(super) inverter_is_in: Vec<bool>,
}

impl SwitchState {
    pub(super) fn fault(&self, scheme: &Scheme, asked: (usize, FaultKind, FaultCase)) -> Fault {
        let present = Present { sources: &self.source_is_in, inverters: &self.inverter_is_in };
        Fault::at(&self.network, scheme, asked, present)
    }

    /// Opens what a device stands at.
    pub(super) fn open(&mut self, place: DevicePlace) {
        let element = match place {
            DevicePlace::Switch(switch) => return self.network.switches[switch].is_closed = false,
            DevicePlace::Source(source) => return self.source_is_in[source] = false,
            DevicePlace::Line { line, .. } => SwitchedElement::Line(line),
            DevicePlace::Transformer { transformer, .. } => SwitchedElement::Transformer(transformer),
        };
        let bus = place.bus(&self.network);
        self.network.switches.push(Switch { name: "opened".into(), bus, element, is_closed: false });
    }
}
