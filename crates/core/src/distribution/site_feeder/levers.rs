//! What of a site may be reduced to hold the limits of its feeder, and how that acts on each of them.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::step::Draw;
use super::{FeederLimits, Placed, SiteFeeder};
use crate::Scenario;
use crate::demand::Tier;
use crate::distribution::feeder::complex::Complex;
use crate::distribution::feeder::in_step::{StepFeeder, StepFlows, VoltageControl, Watched};
use crate::distribution::power_flow::FlowSettings;
use crate::simulation::lane::max;

/// How exactly the effects are found: they are small differences.
const SETTINGS: FlowSettings = FlowSettings { tolerance_pu: 1e-13, sweeps_max: 200 };

/// Something that may be reduced.
#[derive(Debug, Clone)]
pub(super) struct Lever {
    /// Its device, by its place among all.
    pub(super) device: usize,
    /// Share of the device's power: less than 1 where it is reduced bus by bus.
    pub(super) share: f64,
    pub(super) what: What,
}

/// What a lever is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Battery,
    /// A flexible use, by its place among those that strategies see.
    Use(usize),
    Genset,
    Plant,
    Load(Tier),
    /// A plant that may not be curtailed.
    Fixed,
}

/// Rungs of the order in which levers are reduced.
pub(super) const RUNGS: usize = 9;

impl What {
    /// The rung on which a lever stands that draws or gives; of a flexible use that draws, `rest` is what cannot wait.
    pub(super) fn rung(self, gives: bool, rest: bool) -> Option<usize> {
        match (self, gives) {
            (Self::Use(_), false) => Some(if rest { 5 } else { 0 }),
            (Self::Battery, false) => Some(1),
            (Self::Battery, true) => Some(2),
            (Self::Genset | Self::Use(_), true) => Some(3),
            (Self::Plant, true) => Some(4),
            (Self::Load(tier), false) => Some(8 - tier as usize),
            (Self::Fixed | Self::Genset | Self::Plant, _) | (Self::Load(_), true) => None,
        }
    }
}

/// How a lever acts on each phasor that is watched, per kW.
#[derive(Debug, Clone)]
pub(super) struct Effects {
    /// Of active power drawn.
    active: Vec<Complex>,
    /// Of the reactive power that goes with it.
    reactive: Vec<Complex>,
}

impl Effects {
    /// By how much a phasor changes for each kW that the lever gives or draws less.
    pub(super) fn of_less(&self, watched: usize, gives: bool) -> Complex {
        let (active, reactive) = (self.active[watched], self.reactive[watched]);
        if gives { active - reactive } else { -(active + reactive) }
    }
}

/// What of a site may be reduced for the feeder's sake: to hold its limits, or by inverters that answer to the voltage.
#[derive(Debug, Clone)]
pub(crate) struct Holding {
    pub(super) limits: FeederLimits,
    /// Batteries and all devices after them, in the order of [`Placed::all`]; then each part of a load or plant.
    pub(super) levers: Vec<Lever>,
    pub(super) batteries: usize,
    /// How many of the first levers are whole devices.
    pub(super) devices: usize,
    /// The lever of each draw, and its inverter where that answers to the voltage.
    pub(super) lever_of_draw: Vec<usize>,
    pub(super) control_of_draw: Vec<Option<usize>>,
    /// Loads and plants, which are the first devices: their number.
    pub(super) parted: usize,
    pub(super) uses: usize,
    /// Of each state of the tie: what is watched, each lever's effects, and the phasors without any power.
    pub(super) states: [State; 2],
}

/// What is watched in a state of the tie.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) watched: Vec<Watched>,
    pub(super) effects: Vec<Effects>,
    pub(super) at_rest: Vec<Complex>,
    /// The inverters that answer to the voltage.
    pub(super) controls: Vec<VoltageControl>,
}

impl Holding {
    pub(super) fn new(states: &[StepFeeder; 2], draws: &[Draw], (site, scenario): (&SiteFeeder, &Scenario)) -> Self {
        let devices: Vec<Placed> = Placed::all(scenario).into_iter().map(|(device, _)| device).collect();
        let is_parted = |device: &Placed| matches!(device, Placed::Load(_) | Placed::Plant(_));
        let parted = devices.iter().filter(|device| is_parted(device)).count();
        let mut uses = 0;
        let whole = devices.iter().enumerate().skip(parted).map(|(device, placed)| {
            let what = match placed {
                Placed::Battery(_) => What::Battery,
                Placed::Genset(_) => What::Genset,
                _ => {
                    uses += 1;
                    What::Use(uses - 1)
                }
            };
            Lever { device, share: 1.0, what }
        });
        let mut levers: Vec<Lever> = whole.collect();
        let whole = levers.len();
        let mut lever_of_draw = Vec::with_capacity(draws.len());
        for draw in draws {
            let what = match devices[draw.device] {
                Placed::Load(i) => What::Load(scenario.loads[i].tier),
                Placed::Plant(i) if scenario.generation[i].curtailable => What::Plant,
                Placed::Plant(_) => What::Fixed,
                _ => {
                    lever_of_draw.push(draw.device - parted);
                    continue;
                }
            };
            lever_of_draw.push(levers.len());
            levers.push(Lever { device: draw.device, share: draw.share, what });
        }
        let mut controls = 0;
        let number = |draw: &Draw| {
            draw.inverter?;
            controls += 1;
            Some(controls - 1)
        };
        let control_of_draw = draws.iter().map(number).collect();
        let of_state = |state: usize| State::new(&states[state], (draws, &lever_of_draw, levers.len()), state);
        let states = [of_state(0), of_state(1)];
        Self {
            limits: site.limits,
            control_of_draw,
            batteries: scenario.storage.len(),
            devices: whole,
            parted,
            uses,
            states,
            lever_of_draw,
            levers,
        }
    }
}

impl State {
    fn new(step: &StepFeeder, (draws, lever_of_draw, levers): (&[Draw], &[usize], usize), state: usize) -> Self {
        let mut flows = StepFlows::<1>::new(step, 0);
        let mut phasors = |node: Option<(usize, f64, f64)>| -> Vec<Complex> {
            flows.clear();
            if let Some((node, kw, kvar)) = node {
                flows.draw(node, 0, kw, kvar);
            }
            flows.solve(step, &[], &SETTINGS);
            step.phasors(&flows, 0).map(|(phasor, _)| phasor).collect()
        };
        let at_rest = phasors(None);
        let mut by_node: BTreeMap<usize, [Vec<Complex>; 2]> = BTreeMap::new();
        for draw in draws {
            by_node.entry(draw.nodes[state]).or_insert_with_key(|node| {
                [(1.0, 0.0), (0.0, 1.0)].map(|(kw, kvar)| {
                    let moved = phasors(Some((*node, kw, kvar)));
                    moved.into_iter().zip(&at_rest).map(|(moved, rest)| moved - *rest).collect()
                })
            });
        }
        let none = || vec![Complex::ZERO; at_rest.len()];
        let mut effects: Vec<Effects> = (0..levers).map(|_| Effects { active: none(), reactive: none() }).collect();
        for (draw, &lever) in draws.iter().zip(lever_of_draw) {
            let [by_kw, by_kvar] = &by_node[&draw.nodes[state]];
            // A part that is a lever of its own is its whole power, whatever its share of the device.
            let share =
                if lever_of_draw.iter().filter(|other| **other == lever).count() > 1 { draw.share } else { 1.0 };
            let Effects { active, reactive } = &mut effects[lever];
            for place in 0..at_rest.len() {
                active[place] = active[place] + by_kw[place].scale(share);
                reactive[place] = reactive[place] + by_kvar[place].scale(share * draw.reactive_ratio);
            }
        }
        let controls = controls(step, (draws, state), &by_node, &at_rest);
        Self { watched: step.watched().collect(), effects, at_rest, controls }
    }
}

/// The inverters at a state's nodes. Each follows its curve by the part of what is missing with which all of them settle: with
/// ρ the most that the answers of all, each at its steepest, move one of them in return, powers that follow by 1/(1 + 0.6 ρ) approach
/// the point at which curves and voltages agree.
fn controls(
    step: &StepFeeder,
    (draws, state): (&[Draw], usize),
    by_node: &BTreeMap<usize, [Vec<Complex>; 2]>,
    at_rest: &[Complex],
) -> Vec<VoltageControl> {
    // How far a kW or a kvar at a node moves the voltage of what is watched at `at`, per unit.
    let moves = |at: usize, node: usize| {
        let [by_kw, by_kvar] = &by_node[&node];
        let along = |change: Complex| {
            let rest = at_rest[at];
            libm::fabs(rest.re * change.re + rest.im * change.im) / libm::sqrt(rest.norm_squared())
        };
        along(by_kw[at]) + along(by_kvar[at])
    };
    let placed = draws.iter().filter_map(|draw| {
        let inverter = draw.inverter?;
        let node = draw.nodes[state];
        let (at, scale) = step.watched_at(node)?;
        let rated_kva = inverter.rated_kva * draw.share;
        let volts_per_kw = moves(at, node);
        Some((at, VoltageControl { inverter, rated_kva, node, scale, relaxation: 1.0, volts_per_kw }))
    });
    let mut placed: Vec<(usize, VoltageControl)> = placed.collect();
    let returned = placed.iter().map(|(at, control)| {
        let (reactive, active) = control.inverter.steepness();
        let all: f64 = placed.iter().map(|(_, other)| other.rated_kva * moves(*at, other.node)).sum();
        max(reactive, active) * all
    });
    let most = returned.fold(0.0, max);
    placed.iter_mut().for_each(|(_, control)| control.relaxation = 1.0 / (1.0 + 0.6 * most));
    placed.into_iter().map(|(_, control)| control).collect()
}
