//! Rules for a [`StepController`](crate::simulation::StepController): those that need the present only, and what the
//! others are told of the future, step by step.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::combined::Combined;
use super::cycle_charging::CycleCharging;
use super::genset_rule::{Commitment, Equipment};
use super::load_following::LoadFollowing;
use super::own::{Own, site_before};
use super::peak_shaving::PeakShaving;
use super::priority_list::PriorityList;
use super::rule::Rule;
use super::strategy::Strategy;
use super::time_of_use::{PriceWindow, TimeOfUse};
use super::{Controller, Dispatch};
use crate::generation::SpinningReserve;
use crate::simulation::PlanCache;
use crate::simulation::lane::Lane;
use crate::{Plan, Problem, Problems};

/// A built-in rule as a controller runs it. Each is the strategy of that name, see [`Dispatch`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum StepRule {
    /// Storage locked out.
    Idle,
    /// Storage takes what generation leaves over and gives it back when the load asks for more.
    SelfConsumption,
    /// Storage charges in cheap hours what the dear hours will use; each step is told its [`Guidance::Window`].
    TimeOfUse {
        /// How many peaks of a day are told apart, at least 1: what each used is remembered for the next of its kind.
        peaks_of_day: u16,
    },
    /// Storage holds the import at or below a target; each step is told its [`Guidance::TargetKw`].
    PeakShaving,
    /// Gensets give what the load asks for beyond generation and storage, and no more.
    LoadFollowing,
    /// Gensets, when needed, run at full power and charge storage.
    CycleCharging {
        /// State of charge over all batteries up to which a charge goes on once it has begun, in [0, 1].
        setpoint_soc: f64,
    },
    /// Load following where the load left to gensets is high, cycle charging where it is low.
    Combined,
    /// Load following with the cheapest genset first.
    PriorityList,
}

/// What a step is told of the future, by whoever knows prices and loads ahead.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Guidance {
    /// Nothing: for every rule but two.
    None,
    /// For `time_of_use`.
    Window(PriceWindow),
    /// For `peak_shaving`: the import to hold, kW, at least 0.
    TargetKw(f64),
}

/// A rule made ready for a site.
pub(crate) enum StepPolicy {
    Idle,
    SelfConsumption,
    TimeOfUse { strategy: TimeOfUse<1>, peaks_of_day: u16 },
    PeakShaving(PeakShaving<1>),
    Gensets(Own),
}

impl StepRule {
    /// What a strategy learns of a plan before its run: the rule, and what it is to be told at each step. It is done where
    /// the plan is – on the day before, with published prices and a forecast – and the guidance sent to the controller.
    ///
    /// # Errors
    /// A strategy that plans each step anew (`optimal`, `rolling_horizon`) is no rule; settings out of range.
    pub fn learn(dispatch: &Dispatch, plan: &Plan) -> Result<(Self, Vec<Guidance>), Problems> {
        // Checks the settings.
        Controller::built_in(if is_rule(dispatch) { dispatch } else { &Dispatch::Idle }, plan)?;
        let Some(rule) = Rule::ready(dispatch, plan, &mut PlanCache::default()) else {
            return Err(Problem::new("dispatch.strategy", "plans each step anew, which a controller cannot")
                .value(dispatch.name())
                .allowed("a rule such as self_consumption, time_of_use, peak_shaving or cycle_charging")
                .into());
        };
        let nothing = || alloc::vec![Guidance::None; plan.steps];
        Ok(match rule {
            Rule::Idle => (Self::Idle, nothing()),
            Rule::SelfConsumption => (Self::SelfConsumption, nothing()),
            Rule::TimeOfUse(windows) => {
                let told = (0..plan.steps).map(|step| Guidance::Window(windows.at(step)));
                (Self::TimeOfUse { peaks_of_day: windows.peaks_of_day() }, told.collect())
            }
            Rule::PeakShaving(targets) => {
                let months = plan.scenario.calendar.month_steps().zip(&*targets);
                (Self::PeakShaving, months.flat_map(|(steps, kw)| steps.map(|_| Guidance::TargetKw(*kw))).collect())
            }
            Rule::LoadFollowing(_) => (Self::LoadFollowing, nothing()),
            Rule::CycleCharging(_, setpoint_soc) => (Self::CycleCharging { setpoint_soc }, nothing()),
            Rule::Combined(_) => (Self::Combined, nothing()),
            Rule::PriorityList(_) => (Self::PriorityList, nothing()),
        })
    }

    pub(crate) fn check(&self, problems: &mut Problems) {
        match self {
            Self::CycleCharging { setpoint_soc } => {
                problems.require_range("rule.setpoint_soc", *setpoint_soc, 0.0, 1.0);
            }
            Self::TimeOfUse { peaks_of_day: 0 } => {
                problems.push(Problem::new("rule.peaks_of_day", "is out of range").value(0).allowed("at least 1"));
            }
            _ => {}
        }
    }

    /// Without gensets the rules for them are `self_consumption`, as in a run.
    pub(crate) fn ready(&self, equipment: Equipment<'_>, step_h: f64, reserve: SpinningReserve) -> StepPolicy {
        let rule: Box<dyn Strategy> = match self {
            Self::Idle => return StepPolicy::Idle,
            Self::TimeOfUse { peaks_of_day } => {
                let strategy = TimeOfUse::live(*peaks_of_day);
                return StepPolicy::TimeOfUse { strategy, peaks_of_day: *peaks_of_day };
            }
            Self::PeakShaving => {
                return StepPolicy::PeakShaving(PeakShaving { target_by_month: alloc::vec![Lane::ZERO] });
            }
            Self::SelfConsumption => return StepPolicy::SelfConsumption,
            _ if equipment.gensets.is_empty() => return StepPolicy::SelfConsumption,
            Self::LoadFollowing => Box::new(LoadFollowing { gensets: Commitment::new(equipment) }),
            Self::CycleCharging { setpoint_soc } => Box::new(CycleCharging::new(equipment, *setpoint_soc)),
            Self::Combined => Box::new(Combined::new(equipment)),
            Self::PriorityList => Box::new(PriorityList { gensets: Commitment::by_merit(equipment) }),
        };
        let Equipment { storage, gensets, carbon_price_per_kg } = equipment;
        StepPolicy::Gensets(Own::live(rule, site_before(step_h, storage.len(), gensets, carbon_price_per_kg), reserve))
    }
}

fn is_rule(dispatch: &Dispatch) -> bool {
    !matches!(dispatch, Dispatch::Optimal | Dispatch::RollingHorizon(_))
}
