//! From the fault to its clearing: who sees it, who opens, in what order, and whether it was the right one.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::fault::{Fault, FaultCase, FaultKind, Feeding, direct_heat};
use super::scheme::Conductor;
use super::study::{FaultStudy, Operation, SwitchState};
use crate::distribution::network::{Network, Side, Switch, SwitchedElement};
use crate::distribution::protection::{DevicePlace, DeviceState, ProtectionDevice, TripState, TripTable};

/// What a device sees of a fault before anything opens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// The device.
    pub device: usize,
    /// Its current, A; `None` in a loop of closed switches.
    pub current_a: Option<f64>,
    /// Time to trip at that current, s; infinite where it does not.
    pub operate_s: f64,
    /// Time to interruption, s.
    pub interrupt_s: f64,
    /// Whether no other device stands between it and the fault: it is meant to clear it.
    pub is_nearest: bool,
}

/// A device that opened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Opening {
    /// The device.
    pub device: usize,
    /// Its current when it tripped, A.
    pub current_a: f64,
    /// Time of its trip, s from the fault.
    pub trip_s: f64,
    /// Time of its interruption, s from the fault.
    pub open_s: f64,
    /// Whether its current is beyond what it can break.
    pub is_beyond_breaking: bool,
}

/// What an inverter's timers make of the fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Ride {
    /// The inverter.
    pub inverter: usize,
    /// Voltage left at its bus, per unit of the one before.
    pub residual_pu: f64,
    /// The stage that trips it, and when, s from the fault; `None` where it rides through.
    pub trip: Option<(String, f64)>,
}

/// A fault from its begin to its clearing.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultCourse {
    /// Its currents before anything opens.
    pub fault: Fault,
    /// What each device sees, in the order of the scheme.
    pub seen: Vec<Seen>,
    /// The devices that open, in their order.
    pub openings: Vec<Opening>,
    /// When no current flows any more, s; `None` where it never ends: the protection is blind to it. 0 at a dark bus.
    pub cleared_s: Option<f64>,
    /// Whether only devices nearest to the fault opened, all that was needed did, and no inverter that forms the grid dropped
    /// out.
    pub is_selective: bool,
    /// From the clearing by the nearest devices alone to the first trip of another one, s: the room that is left. `None`
    /// where no other one sees the fault, or the nearest do not clear it.
    pub margin_s: Option<f64>,
    /// Heat I²t that the fault brings into each line, A²s, and what its conductor bears, k²S²; for lines with a conductor,
    /// in a fault that is cleared.
    pub heat: Vec<(usize, f64, f64)>,
    /// What the inverters' timers make of it.
    pub rides: Vec<Ride>,
}

impl FaultCourse {
    /// Whether something feeds the fault and nothing ends it.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        self.fault.feeding != Feeding::Nothing && self.cleared_s.is_none()
    }

    /// Lines whose conductor gets more heat than it bears.
    pub fn overheated(&self) -> impl Iterator<Item = usize> + '_ {
        self.heat.iter().filter(|(_, heat, borne)| heat > borne).map(|(line, ..)| *line)
    }
}

impl FaultStudy {
    /// What happens from a fault to its clearing. Devices integrate their changing currents; each opening makes the currents
    /// anew. The fault stays at its bus; nothing recloses.
    ///
    /// # Panics
    /// If there is no such bus.
    #[must_use]
    pub fn course(&self, operation: Operation, bus: usize, kind: FaultKind, case: FaultCase) -> FaultCourse {
        let fault = self.fault(operation, bus, kind, case);
        let nearest = self.nearest(bus);
        let seen: Vec<Seen> = (0..self.scheme().devices.len())
            .map(|device| {
                let current_a = fault.current_a(self.network(), self.scheme().devices[device].place);
                let (times, at) = (&self.scheme().devices[device], current_a.unwrap_or(0.0));
                let (operate_s, interrupt_s) = (times.operate_s(at), times.interrupt_s(at));
                Seen { device, current_a, operate_s, interrupt_s, is_nearest: nearest[device] }
            })
            .collect();
        let mut run = Clearing::new(self, operation, (bus, kind, case));
        let cleared_s = run.run();
        let Clearing { openings, heat: heat_s, trips, .. } = run;
        let only_nearest = openings.iter().all(|opening| nearest[opening.device]);
        let keeps_grid =
            trips.iter().zip(&self.scheme().inverters).all(|(trip, one)| trip.is_none() || !one.forms_grid);
        let is_over = cleared_s.is_some() || fault.feeding == Feeding::Nothing;
        let heat = if cleared_s.is_some() { self.heat_of(&fault, &heat_s) } else { Vec::new() };
        FaultCourse {
            margin_s: margin(&seen),
            rides: self.rides(&fault, trips),
            is_selective: only_nearest && keeps_grid && is_over,
            seen,
            openings,
            cleared_s,
            heat,
            fault,
        }
    }

    /// The devices that a walk from the faulted bus meets first.
    fn nearest(&self, bus: usize) -> Vec<bool> {
        let network = self.network();
        let devices = &self.scheme().devices;
        let places: Vec<DevicePlace> = devices.iter().map(|device| device.place.as_branch_end(network)).collect();
        let mut is_nearest = vec![false; devices.len()];
        // Marks the devices at a place; whether there are any.
        let mut meet = |place: DevicePlace| {
            let mut met = false;
            for (i, _) in places.iter().enumerate().filter(|(_, at)| **at == place) {
                (is_nearest[i], met) = (true, true);
            }
            met
        };
        let mut buses = vec![bus];
        let mut next = 0;
        while next < buses.len() {
            let at = buses[next];
            next += 1;
            let mut reach = |other: usize| {
                if !buses.contains(&other) {
                    buses.push(other);
                }
            };
            for (source, _) in network.sources.iter().enumerate().filter(|(_, source)| source.bus == at) {
                meet(DevicePlace::Source(source));
            }
            for (i, other) in closed_switches(network, at) {
                if !meet(DevicePlace::Switch(i)) {
                    reach(other);
                }
            }
            for (near, far, other) in branch_ends(network, at) {
                if !meet(near) && !meet(far) {
                    reach(other);
                }
            }
        }
        is_nearest
    }

    /// Heat in the lines that have a conductor, with the direct part of the current.
    fn heat_of(&self, fault: &Fault, heat_a2s: &[(f64, f64)]) -> Vec<(usize, f64, f64)> {
        let kappa_of = |fault: &Fault| fault.peak_a / (libm::sqrt(2.0) * fault.initial_a);
        let of = |conductor: &Conductor| {
            let (square_s, duration_s) = heat_a2s[conductor.line];
            let direct = match fault.feeding {
                Feeding::VoltageSources if duration_s > 0.0 => {
                    direct_heat(kappa_of(fault), self.network().frequency_hz, duration_s)
                }
                _ => 0.0,
            };
            let parallel = f64::from(self.network().lines[conductor.line].parallel);
            let borne = conductor.k_a_per_mm2 * conductor.area_mm2 * parallel;
            (conductor.line, square_s * (1.0 + direct), borne * borne)
        };
        self.scheme().conductors.iter().map(of).filter(|(_, heat, _)| *heat > 0.0).collect()
    }

    fn rides(&self, fault: &Fault, trips: Vec<Option<(String, f64)>>) -> Vec<Ride> {
        let inverters = self.scheme().inverters.iter().zip(trips).enumerate();
        let with_timers = inverters.filter(|(_, (inverter, _))| inverter.timers.is_some());
        with_timers
            .map(|(i, (inverter, trip))| Ride { inverter: i, residual_pu: fault.residual_pu[inverter.bus], trip })
            .collect()
    }
}

/// Closed switches between buses at a bus, with the bus beyond.
fn closed_switches(network: &Network, bus: usize) -> Vec<(usize, usize)> {
    let beyond = |(i, switch): (usize, &Switch)| {
        let SwitchedElement::Bus(other) = switch.element else { return None };
        match bus {
            _ if !switch.is_closed => None,
            _ if bus == switch.bus => Some((i, other)),
            _ if bus == other => Some((i, switch.bus)),
            _ => None,
        }
    };
    network.switches.iter().enumerate().filter_map(beyond).collect()
}

/// Branches at a bus as their near end, their far end and the bus there.
fn branch_ends(network: &Network, bus: usize) -> Vec<(DevicePlace, DevicePlace, usize)> {
    let is_open = |element: SwitchedElement, bus: usize| {
        network.switches.iter().any(|switch| switch.element == element && switch.bus == bus && !switch.is_closed)
    };
    let mut ends = Vec::new();
    let mut add = |buses: [usize; 2], element: SwitchedElement, places: [DevicePlace; 2]| {
        if buses.iter().any(|bus| is_open(element, *bus)) {
            return;
        }
        for (near, far) in [(0, 1), (1, 0)] {
            if buses[near] == bus {
                ends.push((places[near], places[far], buses[far]));
            }
        }
    };
    for (line, data) in network.lines.iter().enumerate().filter(|(_, line)| line.in_service) {
        let places = [false, true].map(|at_to_bus| DevicePlace::Line { line, at_to_bus });
        add([data.from_bus, data.to_bus], SwitchedElement::Line(line), places);
    }
    for (transformer, unit) in network.transformers.iter().enumerate().filter(|(_, unit)| unit.in_service) {
        let places = [Side::High, Side::Low].map(|side| DevicePlace::Transformer { transformer, side });
        add([unit.high_bus, unit.low_bus], SwitchedElement::Transformer(transformer), places);
    }
    ends
}

/// From the last interruption of the nearest devices that see the fault to the first trip of another.
fn margin(seen: &[Seen]) -> Option<f64> {
    let fold = |nearest: bool, time: fn(&Seen) -> f64, join: fn(f64, f64) -> f64| {
        let times = seen.iter().filter(|seen| seen.is_nearest == nearest && seen.operate_s < f64::INFINITY).map(time);
        times.reduce(join)
    };
    let cleared_s = fold(true, |seen| seen.interrupt_s, f64::max)?;
    Some(fold(false, |seen| seen.operate_s, f64::min)? - cleared_s)
}

/// Longest time that is looked at, s: what has not tripped in a day does not protect from a fault.
const PATIENCE_S: f64 = 86_400.0;

/// The run from stretch to stretch of constant currents.
struct Clearing<'a> {
    study: &'a FaultStudy,
    asked: (usize, FaultKind, FaultCase),
    state: SwitchState,
    devices: Vec<DeviceState>,
    /// When each tripped device interrupts, and whether it has.
    opens: Vec<Option<(f64, bool)>>,
    openings: Vec<Opening>,
    /// The inverters' timers, where they have some, and their trips.
    timers: Vec<Option<TripState>>,
    trips: Vec<Option<(String, f64)>>,
    /// I²t and the time with current, by line.
    heat: Vec<(f64, f64)>,
    now_s: f64,
}

impl<'a> Clearing<'a> {
    fn new(study: &'a FaultStudy, operation: Operation, asked: (usize, FaultKind, FaultCase)) -> Self {
        let devices = &study.scheme().devices;
        Self {
            study,
            asked,
            state: study.state(operation),
            devices: devices.iter().map(ProtectionDevice::at_rest).collect(),
            opens: vec![None; devices.len()],
            openings: Vec::new(),
            timers: study.scheme().inverters.iter().map(|one| one.timers.as_ref().map(TripTable::at_rest)).collect(),
            trips: vec![None; study.scheme().inverters.len()],
            heat: vec![(0.0, 0.0); study.network().lines.len()],
            now_s: 0.0,
        }
    }

    /// Runs until no current flows; when that is.
    fn run(&mut self) -> Option<f64> {
        // Each turn trips or opens a device, trips an inverter, or ends.
        for _ in 0..=2 * self.devices.len() + self.timers.len() {
            let fault = self.state.fault(self.study.scheme(), self.asked);
            if fault.feeding == Feeding::Nothing || fault.initial_a <= 0.0 {
                return Some(self.now_s);
            }
            let duration_s = self.next_event(&fault);
            if self.now_s + duration_s > PATIENCE_S {
                return None;
            }
            self.pass(&fault, duration_s);
        }
        None
    }

    fn current_a(&self, fault: &Fault, device: usize) -> f64 {
        fault.current_a(&self.state.network, self.study.scheme().devices[device].place).unwrap_or(0.0)
    }

    /// Time to the next trip or interruption.
    fn next_event(&self, fault: &Fault) -> f64 {
        let times = (0..self.devices.len()).map(|i| match self.opens[i] {
            Some((_, true)) => f64::INFINITY,
            Some((open_s, false)) => (open_s - self.now_s).max(0.0),
            None => self.study.scheme().devices[i].left_s(&self.devices[i], self.current_a(fault, i)),
        });
        let drops = (0..self.timers.len()).map(|i| self.left_of_inverter_s(fault, i));
        times.chain(drops).fold(f64::INFINITY, f64::min)
    }

    /// Time to the trip of an inverter by its voltage timers, s. A fault of a quasi-static network has no frequency: the
    /// timers see one that no stage minds.
    fn left_of_inverter_s(&self, fault: &Fault, inverter: usize) -> f64 {
        let data = &self.study.scheme().inverters[inverter];
        match (&data.timers, &self.timers[inverter]) {
            (Some(table), Some(state)) if self.trips[inverter].is_none() => {
                let next = table.next_trip(state, fault.residual_pu[data.bus], f64::NAN);
                next.map_or(f64::INFINITY, |(_, left_s)| left_s)
            }
            _ => f64::INFINITY,
        }
    }

    fn pass_inverters(&mut self, fault: &Fault, duration_s: f64) {
        for (i, data) in self.study.scheme().inverters.iter().enumerate() {
            let (Some(table), Some(state), None) = (&data.timers, &mut self.timers[i], &self.trips[i]) else {
                continue;
            };
            if let Some((stage, _)) = table.advance(state, fault.residual_pu[data.bus], f64::NAN, duration_s) {
                self.trips[i] = Some((stage.name.clone(), self.now_s + duration_s));
                self.state.inverter_is_in[i] = false;
            }
        }
    }

    /// Passes a stretch, at whose end something trips or opens.
    fn pass(&mut self, fault: &Fault, duration_s: f64) {
        for (line, heat) in self.heat.iter_mut().enumerate() {
            let place = DevicePlace::Line { line, at_to_bus: false };
            let current_a = fault.current_a(&self.state.network, place).unwrap_or(0.0);
            if current_a > 0.0 {
                *heat = (heat.0 + current_a * current_a * duration_s, heat.1 + duration_s);
            }
        }
        for i in 0..self.devices.len() {
            let current_a = self.current_a(fault, i);
            let device = &self.study.scheme().devices[i];
            if device.advance(&mut self.devices[i], current_a, duration_s).is_some() {
                let trip_s = self.now_s + duration_s;
                let open_s = trip_s + device.opening_s(current_a);
                self.opens[i] = Some((open_s, false));
                let is_beyond_breaking = current_a > device.breaking_a;
                self.openings.push(Opening { device: i, current_a, trip_s, open_s, is_beyond_breaking });
            }
        }
        self.pass_inverters(fault, duration_s);
        self.now_s += duration_s;
        for i in 0..self.devices.len() {
            if let Some((open_s, is_open @ false)) = &mut self.opens[i]
                && *open_s <= self.now_s
            {
                *is_open = true;
                self.state.open(self.study.scheme().devices[i].place.as_branch_end(&self.state.network));
            }
        }
    }
}
