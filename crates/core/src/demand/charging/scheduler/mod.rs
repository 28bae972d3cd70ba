//! Who gets how much: schedulers, one file each.

mod earliest_deadline;
mod equal_share;
mod follow_site;
mod least_cost;
mod least_laxity;
mod off_peak;
mod planned;
mod round_robin;
mod solar_surplus;
mod uncontrolled;
mod valley_filling;

use alloc::sync::Arc;
use core::fmt;

pub(super) use least_cost::Outlook;
pub(super) use valley_filling::Valley;

use super::{ChargingProfile, Lot, StationSchedule};
use crate::dispatch::Dispatch;
use crate::simulation::Fingerprint;

/// A scheduler: sees the cars that are plugged in, and allots. It keeps no memory, so that a run can go on from any day.
///
/// # Examples
/// ```
/// use microgrid_core::demand::{Lot, Scheduler};
///
/// /// Half of what each car can take.
/// #[derive(Debug)]
/// struct Half;
///
/// impl Scheduler for Half {
///     fn name(&self) -> &str {
///         "half"
///     }
///     fn allot(&self, lot: &mut Lot<'_>) {
///         for car in 0..lot.cars().len() {
///             lot.give(car, 0.5 * lot.cars()[car].most_kw);
///         }
///     }
/// }
/// ```
pub trait Scheduler: fmt::Debug + Send + Sync {
    /// Its name in reports. Two that allot differently have different names: runs are told apart by it.
    fn name(&self) -> &str;

    /// Called once a step, with nothing allotted yet.
    fn allot(&self, lot: &mut Lot<'_>);
}

/// Which scheduler a station has.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Scheduling {
    /// Each car the most it can take from its arrival on; where a limit binds, first come first served.
    #[default]
    Uncontrolled,
    /// All the same, as far as each wants it and the limits leave it: max-min fair.
    EqualShare,
    /// The earliest departure first.
    EarliestDeadline,
    /// The least laxity first: time left until departure less time needed at full power.
    LeastLaxity,
    /// In turns, step by step.
    RoundRobin,
    /// Each car in the cheapest steps until its departure, by the import price; without shared limits and for one price of
    /// import the cheapest way to serve it.
    OffPeak,
    /// What generation leaves over, the earliest departure first; from the grid only what cannot wait.
    SolarSurplus,
    /// In the valleys of the site's load less its generation, known ahead: the least sum of squares of what site and cars draw, over
    /// the cars that are there. Keeps peaks low.
    ValleyFilling,
    /// Each car where its energy is cheapest until its departure, from what generation leaves over, known ahead, or from the grid.
    LeastCost,
    /// As the site's strategy does: [`Scheduling::of_site`] says how. Beside a strategy of one's own the earliest departure first, where
    /// that does not ask for a power.
    FollowSite,
    /// What a plan says for each car.
    Planned(Arc<StationSchedule>),
    /// What charging profiles leave each car, as OCPP has them.
    Profiles(Arc<[ChargingProfile]>),
    /// A user's own.
    #[cfg_attr(feature = "serde", serde(skip))]
    Own(Arc<dyn Scheduler>),
}

impl Scheduling {
    /// Every built-in scheduler.
    pub const BUILT_IN: [Self; 10] = [
        Self::Uncontrolled,
        Self::EqualShare,
        Self::EarliestDeadline,
        Self::LeastLaxity,
        Self::RoundRobin,
        Self::OffPeak,
        Self::SolarSurplus,
        Self::ValleyFilling,
        Self::LeastCost,
        Self::FollowSite,
    ];

    /// The name in files.
    #[must_use]
    pub fn name(&self) -> &str {
        self.scheduler().name()
    }

    pub(super) fn scheduler(&self) -> &dyn Scheduler {
        match self {
            Self::Uncontrolled => &uncontrolled::Uncontrolled,
            Self::EqualShare => &equal_share::EqualShare,
            Self::EarliestDeadline => &earliest_deadline::EarliestDeadline,
            Self::LeastLaxity => &least_laxity::LeastLaxity,
            Self::RoundRobin => &round_robin::RoundRobin,
            Self::OffPeak => &off_peak::OffPeak,
            Self::SolarSurplus => &solar_surplus::SolarSurplus,
            Self::ValleyFilling => &valley_filling::ValleyFilling,
            Self::LeastCost => &least_cost::LeastCost,
            Self::FollowSite => &follow_site::FollowSite,
            Self::Planned(schedule) => &**schedule,
            Self::Profiles(profiles) => profiles,
            Self::Own(scheduler) => &**scheduler,
        }
    }

    /// What stations that follow the site do beside a strategy.
    ///
    /// | strategy | stations |
    /// |---|---|
    /// | `idle` | `uncontrolled`: nothing is managed |
    /// | `self_consumption`, those for gensets | `solar_surplus` |
    /// | `time_of_use`, `optimal` where it plans no cars | `off_peak` |
    /// | `peak_shaving` | `valley_filling` |
    /// | `rolling_horizon` | `least_cost` |
    ///
    /// Where `optimal` plans the cars, they follow that plan, whatever the scheduler.
    #[must_use]
    pub const fn of_site(dispatch: &Dispatch) -> Self {
        match dispatch {
            Dispatch::Idle => Self::Uncontrolled,
            Dispatch::TimeOfUse | Dispatch::Optimal => Self::OffPeak,
            Dispatch::PeakShaving { .. } => Self::ValleyFilling,
            Dispatch::RollingHorizon(_) => Self::LeastCost,
            Dispatch::SelfConsumption
            | Dispatch::LoadFollowing
            | Dispatch::CycleCharging { .. }
            | Dispatch::Combined
            | Dispatch::PriorityList => Self::SolarSurplus,
        }
    }

    /// Whether it looks at the site's load and generation in the steps to come.
    pub(super) const fn looks_ahead(&self) -> bool {
        matches!(self, Self::ValleyFilling | Self::LeastCost | Self::FollowSite)
    }

    pub(super) fn hash(&self, hash: &mut Fingerprint) {
        hash.word(Fingerprint::of_text(self.name()));
        match self {
            Self::Planned(schedule) => schedule.hash(hash),
            Self::Profiles(profiles) => profiles.iter().for_each(|profile| profile.hash(hash)),
            _ => {}
        }
    }
}

/// Schedulers of a user's own are the same where they are one object, plans where they say the same.
impl PartialEq for Scheduling {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Own(a), Self::Own(b)) => Arc::ptr_eq(a, b),
            (Self::Planned(a), Self::Planned(b)) => a == b,
            (Self::Profiles(a), Self::Profiles(b)) => a == b,
            (Self::Own(_), _) | (_, Self::Own(_)) => false,
            _ => self.name() == other.name(),
        }
    }
}
