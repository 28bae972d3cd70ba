//! A charging station, as a user describes it.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Bay, Car, ChargingSession, PowerLimit, Scheduling, Supply};
use crate::simulation::Fingerprint;
use crate::{Problem, Problems};

/// A charging station: bays behind a tree of limits, cars that come and go, and a scheduler that shares what there is.
///
/// # Model
/// All is kept in means of the step. In a step a car is plugged for the part of it that lies in its stay. The scheduler
/// allots each car a mean power, at most what it could take and what the limits leave; the car then draws, while plugged,
/// that power over its part of the step, 0 or at least the charger's least power (at which it pauses once its share is
/// drawn), as far as its pack takes it: see [`ChargeCurve`](super::ChargeCurve). The efficiency is that of the power
/// supplied. So limits hold in the mean of every step. Of the energy at the AC terminals the pack stores `efficiency`, the
/// rest is the charging loss; a car's pack is inside the books from its arrival to its departure.
///
/// Cars of which no bay is named wait for one in order of arrival, and leave when their stay or patience ends; since stays
/// do not depend on charging, who stands where when is known before the run. A session that cannot have its energy, for a
/// stay too short, is served as far as possible and reported short.
///
/// Strategies see a station as one [`FlexibleUse`](crate::dispatch::FlexibleUse): its least is what cannot wait, if cars
/// are to have what they declared. What a strategy asks is shared by earliest departure, whatever the scheduler. Where the
/// site is short the latest departures are cut first, to the least before storage is touched and altogether before load is
/// shed; where it has too much, cars take it up, the earliest departures first.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Station {
    /// What reports call it.
    pub name: String,
    /// Its bays, at least one.
    pub bays: Vec<Bay>,
    /// The limits that bays share, each behind one of a smaller index, or behind none.
    pub limits: Vec<PowerLimit>,
    /// Kinds of cars.
    pub cars: Vec<Car>,
    /// The cars' stays.
    pub sessions: Arc<[ChargingSession]>,
    /// Who gets how much.
    pub scheduler: Scheduling,
    /// How long a car waits for a bay, s; none: until its stay ends.
    pub patience_s: Option<u32>,
    /// Price of a kWh drawn at the AC terminals that drivers pay, at least 0: the station's revenue, beside the objective.
    pub energy_price_per_kwh: f64,
    /// Service fee of the same, at least 0.
    pub service_fee_per_kwh: f64,
    /// Cost of a kWh in the pack that a car wanted and did not get, at least 0: part of the objective.
    pub undelivered_cost_per_kwh: f64,
}

impl Station {
    /// `bays` bays alike, without shared limits, cars or prices: every car draws its bay's power from arrival on.
    #[must_use]
    pub fn of_bays(bays: u32, supply: Supply) -> Self {
        let bay = |i: u32| Bay { name: alloc::format!("bay {}", i + 1), supply, limit: None };
        Self {
            name: "station".into(),
            bays: (0..bays).map(bay).collect(),
            limits: Vec::new(),
            cars: Vec::new(),
            sessions: Arc::new([]),
            scheduler: Scheduling::Uncontrolled,
            patience_s: None,
            energy_price_per_kwh: 0.0,
            service_fee_per_kwh: 0.0,
            undelivered_cost_per_kwh: 0.0,
        }
    }

    /// The station beside a strategy of the site with which stations that follow it do as `of_site`.
    pub(super) fn beside(&self, of_site: &Scheduling) -> Self {
        let scheduler = if self.scheduler == Scheduling::FollowSite { of_site } else { &self.scheduler };
        Self { scheduler: scheduler.clone(), ..self.clone() }
    }

    pub(crate) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        if self.bays.is_empty() {
            problems.push(Problem::new(format_args!("{field}.bays"), "is empty").hint("a station has a bay"));
        }
        for (name, value) in [
            ("energy_price_per_kwh", self.energy_price_per_kwh),
            ("service_fee_per_kwh", self.service_fee_per_kwh),
            ("undelivered_cost_per_kwh", self.undelivered_cost_per_kwh),
        ] {
            problems.require_range(format_args!("{field}.{name}"), value, 0.0, 1e9);
        }
        for (i, limit) in self.limits.iter().enumerate() {
            problems.require_range(format_args!("{field}.limits[{i}].power_max_kw"), limit.power_max_kw, 0.0, 1e9);
            if limit.within.is_some_and(|within| within as usize >= i) {
                problems.push(
                    Problem::new(format_args!("{field}.limits[{i}].within"), "is not behind a limit listed before it")
                        .hint("list limits from the site's connection outwards"),
                );
            }
        }
        for (i, bay) in self.bays.iter().enumerate() {
            bay.supply.check(problems, format_args!("{field}.bays[{i}]"));
            self.check_bay(i, bay, problems, field);
        }
        for (i, car) in self.cars.iter().enumerate() {
            car.check(problems, format_args!("{field}.cars[{i}]"));
        }
        self.check_sessions(problems, field);
        match &self.scheduler {
            Scheduling::Planned(schedule) => schedule.check(self, problems, format_args!("{field}.scheduler")),
            Scheduling::Profiles(profiles) => {
                for (i, profile) in profiles.iter().enumerate() {
                    profile.check(self, problems, format_args!("{field}.scheduler[{i}]"));
                }
            }
            _ => {}
        }
    }

    fn check_bay(&self, i: usize, bay: &Bay, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        let Some(at) = bay.limit else { return };
        let field = format_args!("{field}.bays[{i}]");
        let Some(limit) = self.limits.get(at as usize) else {
            problems.push(Problem::new(format_args!("{field}.limit"), "names no limit of the station").value(at));
            return;
        };
        let rating_kw = bay.supply.rating_kw();
        if rating_kw > limit.power_max_kw * (1.0 + 1e-9) {
            problems.push(
                Problem::new(field, "is rated above the limit that it is behind")
                    .value(alloc::format!("{rating_kw} kW"))
                    .allowed(alloc::format!("at most {} kW, of `{}`", limit.power_max_kw, limit.name))
                    .hint("no car could ever draw that much there: write what the wiring carries"),
            );
        }
    }

    fn check_sessions(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        for (i, session) in self.sessions.iter().enumerate() {
            let field = format_args!("{field}.sessions[{i}]");
            if session.until_s <= session.from_s {
                problems.push(
                    Problem::new(format_args!("{field}.until_s"), "is not after the arrival")
                        .value(session.until_s)
                        .allowed(alloc::format!("above {}", session.from_s)),
                );
            }
            problems.require_range(format_args!("{field}.energy_kwh"), session.energy_kwh, 0.0, 1e4);
            problems.require_range(format_args!("{field}.arrival_soc"), session.arrival_soc, 0.0, 1.0);
            if let Some(declared) = session.declared {
                problems.require_range(format_args!("{field}.declared.energy_kwh"), declared.energy_kwh, 0.0, 1e4);
            }
            if session.bay.is_some_and(|bay| bay as usize >= self.bays.len()) {
                problems.push(Problem::new(format_args!("{field}.bay"), "names no bay of the station"));
            }
            let Some(car) = session.car else { continue };
            let Some(car) = self.cars.get(car as usize) else {
                problems.push(Problem::new(format_args!("{field}.car"), "names no car of the station"));
                continue;
            };
            let room_kwh = (1.0 - session.arrival_soc) * car.capacity_kwh;
            if session.energy_kwh > room_kwh * (1.0 + 1e-9) {
                problems.push(
                    Problem::new(format_args!("{field}.energy_kwh"), "does not fit the pack")
                        .value(session.energy_kwh)
                        .allowed(alloc::format!("at most {room_kwh:.3}, what the pack of `{}` lacks", car.name)),
                );
            }
        }
        self.check_bays_of_sessions(problems, field);
    }

    /// All sessions name their bay or none does, and no bay has two cars at once.
    fn check_bays_of_sessions(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        let named = self.sessions.iter().filter(|session| session.bay.is_some()).count();
        if named > 0 && named < self.sessions.len() {
            problems.push(
                Problem::new(format_args!("{field}.sessions"), "name their bay in part")
                    .value(alloc::format!("{named} of {}", self.sessions.len()))
                    .hint("name the bay of all, or of none"),
            );
        }
        let mut stays: Vec<(u32, i64, i64, usize)> = (self.sessions.iter().enumerate())
            .filter_map(|(i, session)| Some((session.bay?, session.from_s, session.until_s, i)))
            .collect();
        stays.sort_unstable();
        for pair in stays.windows(2).filter(|pair| pair[0].0 == pair[1].0 && pair[1].1 < pair[0].2) {
            let bay = self.bays.get(pair[0].0 as usize).map_or("?", |bay| &bay.name);
            problems.push(
                Problem::new(format_args!("{field}.sessions[{}]", pair[1].3), "arrives before the bay's last car left")
                    .value(alloc::format!("bay `{bay}`, session {}", pair[0].3)),
            );
        }
    }

    /// Adds everything that a run depends on, by destructuring: a field that is added is hashed or does not compile.
    pub(crate) fn hash(&self, hash: &mut Fingerprint) {
        let Self {
            name: _,
            bays,
            limits,
            cars,
            sessions,
            scheduler,
            patience_s,
            energy_price_per_kwh,
            service_fee_per_kwh,
            undelivered_cost_per_kwh,
        } = self;
        for Bay { name: _, supply, limit } in bays {
            supply.hash(hash);
            hash.word(limit.map_or(u64::MAX, u64::from));
        }
        for PowerLimit { name: _, power_max_kw, within } in limits {
            hash.number(*power_max_kw);
            hash.word(within.map_or(u64::MAX, u64::from));
        }
        cars.iter().for_each(|car| car.hash(hash));
        sessions.iter().for_each(|session| session.hash(hash));
        scheduler.hash(hash);
        hash.word(patience_s.map_or(u64::MAX, u64::from));
        for number in [energy_price_per_kwh, service_fee_per_kwh, undelivered_cost_per_kwh] {
            hash.number(*number);
        }
    }
}
