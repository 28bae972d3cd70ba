//! Every bus of a network: its fault currents, and how its faults are cleared, tied to the grid and islanded.

use alloc::vec::Vec;

use super::course::FaultCourse;
use super::fault::{Fault, FaultCase, FaultKind};
use super::study::{FaultStudy, Operation};

/// What comes of the least fault at a bus.
#[derive(Debug, Clone, PartialEq)]
pub struct SurveyedCourse {
    /// The fault's course.
    pub course: FaultCourse,
    /// Whether it lasts longer than is allowed, or for ever.
    pub is_too_long: bool,
}

/// A bus.
#[derive(Debug, Clone, PartialEq)]
pub struct BusSurvey {
    /// The bus.
    pub bus: usize,
    /// Its greatest three-phase fault, tied to the grid.
    pub greatest: Fault,
    /// The course of its least two-phase fault, tied to the grid.
    pub grid_tied: SurveyedCourse,
    /// The course of its least three-phase fault, islanded: inverters limit the current of each phase, so that two phases draw
    /// no less. `None` where nothing could form an island.
    pub islanded: Option<SurveyedCourse>,
}

impl FaultStudy {
    /// Every bus in order; a fault is to be cleared within `allowed_s`.
    #[must_use]
    pub fn survey(&self, allowed_s: f64) -> Vec<BusSurvey> {
        let judge = |course: FaultCourse| SurveyedCourse {
            is_too_long: course.is_blind() || course.cleared_s.is_some_and(|cleared_s| cleared_s > allowed_s),
            course,
        };
        let can_island = self.can_island();
        let survey = |bus: usize| BusSurvey {
            bus,
            greatest: self.fault(Operation::GridTied, bus, FaultKind::ThreePhase, FaultCase::Greatest),
            grid_tied: judge(self.course(Operation::GridTied, bus, FaultKind::TwoPhase, FaultCase::Least)),
            islanded: can_island
                .then(|| judge(self.course(Operation::Islanded, bus, FaultKind::ThreePhase, FaultCase::Least))),
        };
        (0..self.network().buses.len()).map(survey).collect()
    }
}
