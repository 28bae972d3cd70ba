//! A protection device: where it stands, what trips it, how long it takes to interrupt.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::{CurveTable, TripElement};
use crate::distribution::network::{Network, Side, SwitchedElement};
use crate::{Problem, Problems};

/// Where a device measures and interrupts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum DevicePlace {
    /// An end of a line.
    Line {
        /// The line.
        line: usize,
        /// Whether it is the end at the line's to bus.
        at_to_bus: bool,
    },
    /// A winding of a transformer.
    Transformer {
        /// The transformer.
        transformer: usize,
        /// Which winding.
        side: Side,
    },
    /// A switch, whose breaker it is.
    Switch(usize),
    /// A source's connection to its bus.
    Source(usize),
}

/// A relay with its breaker, a fuse, or a low-voltage breaker with its trip unit.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProtectionDevice {
    /// What reports call it.
    pub name: String,
    /// Where it stands.
    pub place: DevicePlace,
    /// What trips it; the first that trips counts. Not empty.
    pub elements: Vec<TripElement>,
    /// From trip to interruption, s, at least 0: a breaker's opening and arcing. A fuse has it in `clearing`.
    pub opening_s: f64,
    /// Total clearing curve of a fuse, whose element is its melting curve; `None` for what opens in `opening_s`.
    pub clearing: Option<CurveTable>,
    /// Greatest symmetrical current that it can interrupt, A, above 0; infinite where not known.
    pub breaking_a: f64,
}

/// What a device remembers: the progress of each of its elements.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DeviceState {
    /// The elements' progress, 1 where tripped.
    pub progress_pu: Vec<f64>,
    /// Whether it has tripped.
    pub has_tripped: bool,
}

impl ProtectionDevice {
    /// Its state at rest.
    #[must_use]
    pub fn at_rest(&self) -> DeviceState {
        DeviceState { progress_pu: vec![0.0; self.elements.len()], has_tripped: false }
    }

    /// Least current that trips it in the end, A.
    #[must_use]
    pub fn pick_up_a(&self) -> f64 {
        self.elements.iter().map(TripElement::pick_up_a).fold(f64::INFINITY, f64::min)
    }

    /// Time to trip at a constant current from rest, s.
    #[must_use]
    pub fn operate_s(&self, current_a: f64) -> f64 {
        self.elements.iter().map(|element| element.operate_s(current_a)).fold(f64::INFINITY, f64::min)
    }

    /// Time from trip to interruption at a current, s.
    #[must_use]
    pub fn opening_s(&self, current_a: f64) -> f64 {
        let Some(clearing) = &self.clearing else { return self.opening_s };
        let (total_s, melting_s) = (clearing.time_s(current_a), self.operate_s(current_a));
        if total_s < f64::INFINITY && total_s > melting_s { total_s - melting_s } else { 0.0 }
    }

    /// Time to interruption at a constant current from rest, s; infinite where it never trips.
    #[must_use]
    pub fn interrupt_s(&self, current_a: f64) -> f64 {
        let operate_s = self.operate_s(current_a);
        if operate_s < f64::INFINITY { operate_s + self.opening_s(current_a) } else { f64::INFINITY }
    }

    /// Time to trip at a constant current from a state, s.
    #[must_use]
    pub fn left_s(&self, state: &DeviceState, current_a: f64) -> f64 {
        if state.has_tripped {
            return 0.0;
        }
        let left = self.elements.iter().zip(&state.progress_pu).map(|(element, x)| element.left_s(*x, current_a));
        left.fold(f64::INFINITY, f64::min)
    }

    /// Advances a state by a stretch of constant current; the instant of the trip within it, s from its start, where there
    /// is one. A stretch in two halves does as the whole.
    pub fn advance(&self, state: &mut DeviceState, current_a: f64, duration_s: f64) -> Option<f64> {
        if state.has_tripped {
            return None;
        }
        let left_s = self.left_s(state, current_a);
        let until_s = if left_s < duration_s { left_s } else { duration_s };
        for (element, progress) in self.elements.iter().zip(&mut state.progress_pu) {
            *progress = element.after(*progress, current_a, until_s);
        }
        state.has_tripped = left_s <= duration_s;
        state.has_tripped.then_some(left_s)
    }

    /// Problems of the device as the `field` of a list, at its place in a network.
    pub fn check(&self, network: &Network, field: &str, problems: &mut Problems) {
        if self.elements.is_empty() {
            let problem = Problem::new(field, "has nothing that trips it");
            problems.push(problem.hint("give it an inverse-time, definite-time, thermal or melting element"));
        }
        for (i, element) in self.elements.iter().enumerate() {
            element.check(&format!("{field}.elements[{i}]"), problems);
        }
        if let Some(clearing) = &self.clearing {
            clearing.check(&format!("{field}.clearing"), problems);
        }
        problems.require_range(format!("{field}.opening_s"), self.opening_s, 0.0, 1e4);
        if self.breaking_a != f64::INFINITY {
            problems.require_range(format!("{field}.breaking_a"), self.breaking_a, 1e-3, 1e9);
        }
        let (kind, index, count) = match self.place {
            DevicePlace::Line { line, .. } => ("line", line, network.lines.len()),
            DevicePlace::Transformer { transformer, .. } => ("transformer", transformer, network.transformers.len()),
            DevicePlace::Switch(switch) => ("switch", switch, network.switches.len()),
            DevicePlace::Source(source) => ("source", source, network.sources.len()),
        };
        if index >= count {
            problems.push(Problem::new(format!("{field}.{kind}"), "is none of the network").value(index));
        }
    }
}

impl DevicePlace {
    /// The place as an end of a branch, where it is one: a switch at a line or transformer stands at that end.
    pub(in crate::distribution) fn as_branch_end(self, network: &Network) -> Self {
        let Self::Switch(i) = self else { return self };
        let switch = &network.switches[i];
        match switch.element {
            SwitchedElement::Bus(_) => self,
            SwitchedElement::Line(line) => Self::Line { line, at_to_bus: network.lines[line].to_bus == switch.bus },
            SwitchedElement::Transformer(transformer) => {
                let is_high = network.transformers[transformer].high_bus == switch.bus;
                Self::Transformer { transformer, side: if is_high { Side::High } else { Side::Low } }
            }
        }
    }

    /// The bus at which it stands.
    #[must_use]
    pub fn bus(self, network: &Network) -> usize {
        match self {
            Self::Line { line, at_to_bus: true } => network.lines[line].to_bus,
            Self::Line { line, at_to_bus: false } => network.lines[line].from_bus,
            Self::Transformer { transformer, side: Side::High } => network.transformers[transformer].high_bus,
            Self::Transformer { transformer, side: Side::Low } => network.transformers[transformer].low_bus,
            Self::Switch(switch) => network.switches[switch].bus,
            Self::Source(source) => network.sources[source].bus,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{ConstantEnergy, DefiniteTime, InverseCurve, InverseTime, ThermalImage};
    use super::*;

    fn device(elements: Vec<TripElement>) -> ProtectionDevice {
        let place = DevicePlace::Source(0);
        ProtectionDevice {
            name: "d".into(),
            place,
            elements,
            opening_s: 0.05,
            clearing: None,
            breaking_a: f64::INFINITY,
        }
    }

    fn of_every_kind() -> Vec<TripElement> {
        vec![
            TripElement::InverseTime(InverseTime::new(InverseCurve::IEC_VERY, 100.0, 0.5)),
            TripElement::InverseTime(InverseTime {
                drop_out_ratio: 0.97,
                ..InverseTime::new(InverseCurve::IEEE_EXTREMELY, 120.0, 1.0)
            }),
            TripElement::DefiniteTime(DefiniteTime { pick_up_a: 900.0, delay_s: 0.3 }),
            TripElement::ConstantEnergy(ConstantEnergy {
                pick_up_a: 110.0,
                at_a: 600.0,
                at_s: 12.0,
                least_s: 0.1,
                reset_s: 20.0,
            }),
            TripElement::ThermalImage(ThermalImage::new(100.0, 60.0)),
            TripElement::Table(CurveTable {
                cooling_s: 30.0,
                ..CurveTable::new(&[(150.0, 5400.0), (430.0, 20.0), (900.0, 1.0)])
            }),
        ]
    }

    /// At a constant current the integral is the curve.
    #[test]
    fn the_integral_at_a_constant_current_is_the_curve() {
        for element in of_every_kind() {
            for current_a in [130.0, 250.0, 500.0, 1000.0, 4000.0] {
                let device = device(vec![element.clone()]);
                let mut state = device.at_rest();
                let expected = element.operate_s(current_a);
                let mut now_s = 0.0;
                let tripped = (0..1000).find_map(|_| {
                    let part_s = if expected < 1e9 { expected / 300.0 } else { 1.0 };
                    let trip = device.advance(&mut state, current_a, part_s).map(|instant| now_s + instant);
                    now_s += part_s;
                    trip
                });
                match tripped {
                    Some(tripped) => assert!((tripped - expected).abs() <= 1e-9 * expected, "{element:?} {current_a}"),
                    None => assert_eq!(expected, f64::INFINITY, "{element:?} {current_a}"),
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A course of currents in stretches, and each stretch again in parts: the same trip and the same progress, for
        /// every kind of element, above and below pick-up.
        #[test]
        fn splitting_a_step_changes_nothing(
            course in proptest::collection::vec((0.0..1500.0_f64, 0.01..30.0_f64), 1..12),
            parts in 2..7_u32,
            which in 0..6_usize,
        ) {
            let device = device(vec![of_every_kind().swap_remove(which)]);
            let run = |parts: u32| {
                let (mut state, mut now_s) = (device.at_rest(), 0.0);
                for (current_a, duration_s) in &course {
                    for _ in 0..parts {
                        let part_s = duration_s / f64::from(parts);
                        if let Some(instant) = device.advance(&mut state, *current_a, part_s) {
                            return (Some(now_s + instant), state);
                        }
                        now_s += part_s;
                    }
                }
                (None, state)
            };
            let ((whole, state), (split, split_state)) = (run(1), run(parts));
            match (whole, split) {
                (Some(a), Some(b)) => prop_assert!((a - b).abs() <= 1e-9 * (1.0 + a), "{a} {b}"),
                // A trip at the very border of a stretch may fall on either side of it.
                (None, None) | (Some(_), None) | (None, Some(_)) => {
                    prop_assert!((state.progress_pu[0] - split_state.progress_pu[0]).abs() <= 1e-9, "{whole:?} {split:?}");
                }
            }
        }
    }

    /// An intermittent overload that a snapshot never sees: half of the time at a current whose curve takes 10 s, half
    /// below pick-up. A relay that forgets never trips; one that runs back slowly does.
    #[test]
    fn an_intermittent_current_is_remembered_as_the_relay_remembers() {
        let relay = |reset_s: f64| {
            let curve = InverseCurve { reset_s, ..InverseCurve::IEC_VERY };
            device(vec![TripElement::InverseTime(InverseTime::new(curve, 100.0, 1.0))])
        };
        let trips = |device: &ProtectionDevice| {
            let mut state = device.at_rest();
            (0..20).find(|i| device.advance(&mut state, if i % 2 == 0 { 235.0 } else { 50.0 }, 3.0).is_some())
        };
        assert_eq!(trips(&relay(0.0)), None);
        // Each pulse adds 0.3, each pause takes 3·0.75/43.2 = 0.052: 0.3, 0.548, 0.796, and the fourth pulse trips.
        assert_eq!(trips(&relay(43.2)), Some(6));
    }
}
