//! Charging profiles as OCPP has them: limits by time, by purpose and stack level, and what they leave a car.
//!
//! # Model
//! At any instant, of the profiles of one purpose the valid one of the highest stack level counts. One for the transaction takes the
//! place of the default for transactions; the charge point's maximum limits either: the least of both is the composite schedule
//! (OCPP 1.6, §3.13.2–3.13.4 and §7.8; OCPP 2.0.1, K01). A schedule's period lasts until the next begins, the last until the schedule's
//! end. One that recurs begins anew every 86 400 s or 604 800 s.
//!
//! A station that follows profiles draws in each step at most the mean of the composite limit over the part of the step in which the car
//! is plugged: exact where what the car takes does not bind within the step too.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::scheduler::Scheduler;
use super::{Lot, PluggedCar, Station};
use crate::simulation::Fingerprint;
use crate::simulation::lane::min;
use crate::{Problem, Problems};

/// A charging profile at a station's bays. Seconds count from the run's start.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ChargingProfile {
    /// What it limits.
    pub purpose: ProfilePurpose,
    /// Of profiles of one purpose that of the highest level counts.
    pub stack_level: u32,
    /// Index of its bay; none: every bay.
    pub bay: Option<u32>,
    /// Index of the session it is for; none: every one.
    pub session: Option<u32>,
    /// When it becomes valid; none: it is from the first.
    pub valid_from_s: Option<i64>,
    /// When it is valid no more; none: it stays.
    pub valid_until_s: Option<i64>,
    /// When its schedule begins; none: when the car is plugged in.
    pub start_s: Option<i64>,
    /// After how long its schedule begins anew, s, above 0; none: never.
    pub recurs_s: Option<u32>,
    /// How long its schedule lasts, s; none: without end, or until it begins anew.
    pub duration_s: Option<u32>,
    /// Limits in order of their begin, the first at 0.
    pub periods: Vec<ProfilePeriod>,
}

/// What a profile limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum ProfilePurpose {
    /// The charge point, whatever else is said: each bay is a charge point here.
    Maximum,
    /// Every transaction that has no profile of its own.
    Default,
    /// A transaction.
    Transaction,
}

/// A limit from some time of a schedule on.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProfilePeriod {
    /// Begin, seconds after the schedule's.
    pub start_s: u32,
    /// Greatest power at the AC terminals, kW, at least 0.
    pub limit_kw: f64,
}

impl ChargingProfile {
    fn is_for(&self, bay: u32, session: u32) -> bool {
        self.bay.is_none_or(|of| of == bay) && self.session.is_none_or(|of| of == session)
    }

    /// The limit at an instant for a car plugged in at `plugged_s`; `None` where the profile says nothing then.
    ///
    /// # Panics
    /// A schedule that begins anew every 0 s, which a plan refuses.
    #[must_use]
    pub fn limit_kw(&self, at_s: i64, plugged_s: i64) -> Option<f64> {
        let is_valid =
            self.valid_from_s.is_none_or(|from| from <= at_s) && self.valid_until_s.is_none_or(|until| at_s < until);
        let since_s = at_s - self.start_s.unwrap_or(plugged_s);
        if !is_valid || since_s < 0 {
            return None;
        }
        let since_s = self.recurs_s.map_or(since_s, |every_s| since_s % i64::from(every_s));
        if self.duration_s.is_some_and(|duration_s| since_s >= i64::from(duration_s)) {
            return None;
        }
        let period = self.periods.iter().rev().find(|period| i64::from(period.start_s) <= since_s);
        period.map(|period| period.limit_kw)
    }

    /// The next instant after `at_s` at which its limit may change; `i64::MAX` for none.
    fn next_change_s(&self, at_s: i64, plugged_s: i64) -> i64 {
        let start_s = self.start_s.unwrap_or(plugged_s);
        let cycles =
            self.recurs_s.filter(|_| at_s >= start_s).map_or(0, |every_s| (at_s - start_s) / i64::from(every_s));
        let begin_s = start_s + cycles * self.recurs_s.map_or(0, i64::from);
        let of_schedule = self.periods.iter().map(|period| period.start_s).chain(self.duration_s).chain(self.recurs_s);
        let of_validity = self.valid_from_s.into_iter().chain(self.valid_until_s);
        let changes = of_schedule.map(|offset_s| begin_s + i64::from(offset_s)).chain(of_validity);
        changes.filter(|change_s| *change_s > at_s).fold(i64::MAX, i64::min)
    }

    pub(super) fn check(&self, station: &Station, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        if self.periods.first().is_none_or(|period| period.start_s != 0) {
            problems.push(Problem::new(format_args!("{field}.periods"), "do not begin at 0 s"));
        }
        if self.periods.windows(2).any(|pair| pair[0].start_s >= pair[1].start_s) {
            problems.push(Problem::new(format_args!("{field}.periods"), "are not in order of their begin"));
        }
        for (i, period) in self.periods.iter().enumerate() {
            problems.require_range(format_args!("{field}.periods[{i}].limit_kw"), period.limit_kw, 0.0, 1e9);
        }
        if self.recurs_s == Some(0) {
            problems
                .push(Problem::new(format_args!("{field}.recurs_s"), "is out of range").value(0).allowed("above 0"));
        }
        if let Some(start_s) = self.start_s {
            problems.require_range(format_args!("{field}.start_s"), start_s as f64, -1e15, 1e15);
        }
        if self.bay.is_some_and(|bay| bay as usize >= station.bays.len()) {
            problems.push(Problem::new(format_args!("{field}.bay"), "names no bay of the station"));
        }
        if self.session.is_some_and(|session| session as usize >= station.sessions.len()) {
            problems.push(Problem::new(format_args!("{field}.session"), "names no session of the station"));
        }
    }

    pub(super) fn hash(&self, hash: &mut Fingerprint) {
        let Self {
            purpose,
            stack_level,
            bay,
            session,
            valid_from_s,
            valid_until_s,
            start_s,
            recurs_s,
            duration_s,
            periods,
        } = self;
        hash.word(*purpose as u64);
        hash.word(u64::from(*stack_level));
        for number in [bay, session, recurs_s, duration_s] {
            hash.word(number.map_or(u64::MAX, u64::from));
        }
        for instant_s in [valid_from_s, valid_until_s, start_s] {
            hash.word(u64::from(instant_s.is_some()));
            hash.word(instant_s.unwrap_or(0) as u64);
        }
        hash.word(periods.len() as u64);
        for ProfilePeriod { start_s, limit_kw } in periods {
            hash.word(u64::from(*start_s));
            hash.number(*limit_kw);
        }
    }
}

/// The composite limit of profiles at an instant, kW; infinite where none says anything.
///
/// # Panics
/// As [`ChargingProfile::limit_kw`].
///
/// # Examples
/// ```
/// use microgrid_core::demand::{ChargingProfile, ProfilePeriod, ProfilePurpose, composite_limit_kw};
///
/// let always = |purpose, stack_level, limit_kw| ChargingProfile {
///     purpose,
///     stack_level,
///     bay: None,
///     session: None,
///     valid_from_s: None,
///     valid_until_s: None,
///     start_s: Some(0),
///     recurs_s: None,
///     duration_s: None,
///     periods: vec![ProfilePeriod { start_s: 0, limit_kw }],
/// };
/// let night = ChargingProfile { duration_s: Some(3600), ..always(ProfilePurpose::Default, 1, 22.0) };
/// let profiles = [always(ProfilePurpose::Maximum, 0, 20.0), always(ProfilePurpose::Default, 0, 11.0), night];
/// assert_eq!(composite_limit_kw(&profiles, 0, 0), 20.0);
/// assert_eq!(composite_limit_kw(&profiles, 3600, 0), 11.0);
/// ```
#[must_use]
pub fn composite_limit_kw(profiles: &[ChargingProfile], at_s: i64, plugged_s: i64) -> f64 {
    composite(profiles.iter(), at_s, plugged_s)
}

fn composite<'a>(profiles: impl Iterator<Item = &'a ChargingProfile>, at_s: i64, plugged_s: i64) -> f64 {
    // Of each purpose the highest level that says something, and what it says.
    let mut highest: [Option<(u32, f64)>; 3] = [None; 3];
    for profile in profiles {
        let Some(limit_kw) = profile.limit_kw(at_s, plugged_s) else { continue };
        let of_purpose = &mut highest[profile.purpose as usize];
        if of_purpose.is_none_or(|(level, _)| profile.stack_level >= level) {
            *of_purpose = Some((profile.stack_level, limit_kw));
        }
    }
    let of = |purpose: ProfilePurpose| highest[purpose as usize].map(|(_, limit_kw)| limit_kw);
    let transaction = of(ProfilePurpose::Transaction).or_else(|| of(ProfilePurpose::Default));
    let most = of(ProfilePurpose::Maximum).unwrap_or(f64::INFINITY);
    min(transaction.unwrap_or(f64::INFINITY), most)
}

/// Mean of the composite limit from one instant to another, kW.
fn mean_limit_kw(profiles: &[ChargingProfile], car: &PluggedCar, from_s: i64, until_s: i64) -> f64 {
    let its = profiles.iter().filter(|profile| profile.is_for(car.bay, car.session));
    let (mut at_s, mut sum) = (from_s, 0.0);
    while at_s < until_s {
        let change_s = its.clone().map(|profile| profile.next_change_s(at_s, car.plugged_s)).fold(until_s, i64::min);
        // Without a limit its charger's rate is one.
        sum += min(composite(its.clone(), at_s, car.plugged_s), car.rate_kw) * (change_s - at_s) as f64;
        at_s = change_s;
    }
    if until_s > from_s { sum / (until_s - from_s) as f64 } else { 0.0 }
}

/// Each car what its profiles leave it; where a shared limit binds, first come first served.
impl Scheduler for Arc<[ChargingProfile]> {
    fn name(&self) -> &str {
        "profiles"
    }

    fn allot(&self, lot: &mut Lot<'_>) {
        let (begin_s, end_s) = (lot.begin_s(lot.step()), lot.begin_s(lot.step() + 1));
        for at in 0..lot.cars().len() {
            let car = &lot.cars()[at];
            let (from_s, until_s) = (car.plugged_s.max(begin_s), car.leaves_s.min(end_s));
            let share = (until_s - from_s) as f64 / (end_s - begin_s) as f64;
            let kw = mean_limit_kw(self, car, from_s, until_s) * share;
            // A limit below the charger's least power is a pause; one at it is none, whatever the mean's rounding.
            if kw >= min(car.least_kw, car.most_kw) * (1.0 - 1e-12) {
                lot.give(at, kw);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ChargingSession, Scheduling, Supply};
    use super::*;
    use crate::simulation::{Calendar, simulate};
    use crate::{Plan, Scenario, dispatch::Controller, dispatch::Dispatch};

    const HOUR_S: i64 = 3600;
    /// Three phases of 230 V.
    const KW_PER_A: f64 = 0.69;

    fn profile(purpose: ProfilePurpose, stack_level: u32, start_h: i64, hourly_a: &[f64]) -> ChargingProfile {
        let period =
            |(hour, limit_a): (u32, &f64)| ProfilePeriod { start_s: hour * 3600, limit_kw: KW_PER_A * limit_a };
        ChargingProfile {
            purpose,
            stack_level,
            bay: None,
            session: None,
            valid_from_s: None,
            valid_until_s: None,
            start_s: Some(start_h * HOUR_S),
            recurs_s: None,
            duration_s: None,
            periods: (0..).zip(hourly_a).map(period).collect(),
        }
    }

    /// Station maximum 32 A; default 16 A always, and 32 A from 23:00 for seven hours each day; from 22:00 the transaction's own 10, 20
    /// and 40 A for an hour each.
    fn worked_example() -> Vec<ChargingProfile> {
        let night = profile(ProfilePurpose::Default, 1, -1, &[32.0]);
        let night = ChargingProfile { recurs_s: Some(86_400), duration_s: Some(25_200), ..night };
        let own = profile(ProfilePurpose::Transaction, 0, 22, &[10.0, 20.0, 40.0]);
        let own = ChargingProfile { duration_s: Some(10_800), ..own };
        alloc::vec![
            profile(ProfilePurpose::Maximum, 0, 0, &[32.0]),
            profile(ProfilePurpose::Default, 0, 0, &[16.0]),
            night,
            own
        ]
    }

    #[test]
    fn the_worked_example_has_its_hours() {
        let profiles = worked_example();
        let limits: Vec<f64> =
            (21..31).map(|hour| composite_limit_kw(&profiles, hour * HOUR_S, 21 * HOUR_S) / KW_PER_A).collect();
        let expected = [16.0, 10.0, 20.0, 32.0, 32.0, 32.0, 32.0, 32.0, 32.0, 16.0];
        assert!(limits.iter().zip(expected).all(|(found, wanted)| (found - wanted).abs() < 1e-12), "{limits:?}");
    }

    /// 175.26 kWh whatever the step; the car is there from 21:00 to 07:00 and would take more.
    #[test]
    fn a_station_that_follows_it_delivers_its_energy() {
        for step_s in [60, 300, 900, 1800, 3600] {
            let mut site = Scenario::new("site", Calendar::days(step_s, 2));
            let supply = Supply::Ac { phases: 3, current_max_a: 32.0, phase_v: 230.0 };
            let car = ChargingSession::new(21 * HOUR_S, 31 * HOUR_S, 1000.0);
            let scheduler = Scheduling::Profiles(worked_example().into());
            site.stations.push(Station { sessions: [car].into(), scheduler, ..Station::of_bays(1, supply) });
            let plan = Plan::compile(&site).unwrap();
            let outcome = simulate(&plan, Controller::built_in(&Dispatch::Idle, &plan).unwrap());
            let delivered_kwh = outcome.devices[0].get("delivered_kwh").unwrap();
            assert!((delivered_kwh - 175.26).abs() < 1e-9, "{step_s} s: {delivered_kwh}");
        }
    }
}
