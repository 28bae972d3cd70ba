//! How a demand charge is metered.

use alloc::sync::Arc;

use super::DemandCharge;
use crate::Calendar;

/// What the loop does for a demand charge.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DemandMeter {
    /// The greatest step mean of the month, which is metered anyway.
    StepPeak,
    /// Means over windows that follow each other from midnight, and only those steps that count.
    Windows { window_steps: u32, counted_steps: Option<Arc<[bool]>> },
    /// Means over windows that begin every `slide_steps` from the month's first step.
    Sliding(SlidingMeter),
}

/// How windows slide.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SlidingMeter {
    pub(crate) window_steps: u32,
    pub(crate) slide_steps: u32,
    pub(crate) counted_steps: Option<Arc<[bool]>>,
    /// First step of each billing month: no window has steps of two.
    pub(crate) month_first_step: Arc<[u32]>,
}

impl DemandMeter {
    pub(crate) fn compile(charge: &DemandCharge, calendar: &Calendar) -> Self {
        let steps = |seconds: u32| (seconds / calendar.step_s).max(1);
        let window_steps = steps(charge.window_s);
        let slide_steps = charge.slide_s.map_or(window_steps, steps);
        let counted_steps = charge.counted_steps.clone();
        if slide_steps < window_steps {
            let month_first_step = calendar.month_steps().map(|steps| steps.start as u32).collect();
            return Self::Sliding(SlidingMeter { window_steps, slide_steps, counted_steps, month_first_step });
        }
        match counted_steps {
            None if window_steps == 1 => Self::StepPeak,
            counted_steps => Self::Windows { window_steps, counted_steps },
        }
    }
}
