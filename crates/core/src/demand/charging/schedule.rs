//! What each car of a station is to draw, step by step: a plan that the station follows.

use alloc::vec::Vec;

use super::Station;
use super::station_lane::StationLane;
use crate::simulation::Fingerprint;
use crate::{Plan, Problem, Problems};

/// What a station's cars are to draw.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StationSchedule {
    /// One for each session of the station, in its order.
    pub sessions: Vec<SessionSchedule>,
}

/// What a car is to draw in its stay.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SessionSchedule {
    /// The first step of `power_kw`, counted from the run's start.
    pub first_step: u32,
    /// Mean power at the charger's AC terminals in each step from there on, kW, at least 0; before and after nothing.
    pub power_kw: Vec<f64>,
    /// Whether what the car lacks beyond that is charged as late as can be: where a pack takes less than planned, or a charger has a
    /// least power. Without it the car goes with what the plan gives.
    pub catches_up: bool,
}

impl SessionSchedule {
    /// Mean power in a step, kW.
    #[must_use]
    pub fn at(&self, step: usize) -> f64 {
        let at = step.checked_sub(self.first_step as usize);
        at.and_then(|at| self.power_kw.get(at)).copied().unwrap_or(0.0)
    }
}

impl StationSchedule {
    pub(crate) fn check(&self, station: &Station, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        if self.sessions.len() != station.sessions.len() {
            let problem = Problem::new(format_args!("{field}.sessions"), "are not as many as the station has");
            problems.push(problem.value(self.sessions.len()).allowed(alloc::format!("{}", station.sessions.len())));
        }
        for (i, session) in self.sessions.iter().enumerate() {
            if let Some(kw) = session.power_kw.iter().find(|kw| !(0.0..=1e9).contains(*kw)) {
                let problem = Problem::new(format_args!("{field}.sessions[{i}].power_kw"), "is out of range");
                problems.push(problem.value(*kw).allowed("0 to 1e9 kW"));
            }
        }
    }

    pub(super) fn hash(&self, hash: &mut Fingerprint) {
        for SessionSchedule { first_step, power_kw, catches_up } in &self.sessions {
            hash.word(u64::from(*first_step));
            hash.word(power_kw.len() as u64);
            hash.numbers(power_kw);
            hash.word(u64::from(*catches_up));
        }
    }
}

impl Station {
    /// What the station's scheduler decides in the run of `plan`, for each car in each step, where nothing cuts or raises it and nothing
    /// else takes of the generation that the loads leave over.
    #[must_use]
    pub fn decided(&self, plan: &Plan) -> StationSchedule {
        let mut schedule = StationSchedule { sessions: alloc::vec![SessionSchedule::default(); self.sessions.len()] };
        StationLane::run_alone(self, plan, |step, lane| {
            for (session, kw) in lane.drawn() {
                let its = &mut schedule.sessions[session as usize];
                if its.power_kw.is_empty() {
                    its.first_step = step as u32;
                }
                its.power_kw.push(kw);
            }
        });
        schedule
    }
}
