//! Whether all sessions of a station can be served under its limits: a maximum flow.
//!
//! # Model
//! What a car wants, at the AC terminals, flows to the steps in which it is plugged in, up to its greatest power × the time that it is
//! there, and from there through the tree of limits in each step, P·h each, to the grid. All can be served if and only if the greatest
//! flow (Dinic 1970) is all that is wanted. Otherwise the least cut nearest to the cars proves what is missing: the limits across it
//! are to blame, in the steps in which they cross it.
//!
//! That is exact where a car takes any power up to its greatest at one efficiency ([`ManagedStay::is_linear`]). Elsewhere the
//! flow is a relaxation: it proves that something is impossible; that all is possible a schedule shows, the least laxity's or the earliest
//! deadline's; and if neither does, nothing is decided.

use alloc::vec::Vec;

use super::super::flexibility::Network;
use super::station_lane::StationLane;
use super::{ManagedStay, ManagedStays, PowerLimit, Scheduling, Station};
use crate::Plan;

/// Whether a station can serve all its sessions.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Verdict {
    /// The answer.
    pub answer: Servable,
    /// Energy that stays alone are too short for, that turned-away cars want, or that the run cuts off, kWh in packs: no limit is to
    /// blame, and the answer is about the rest.
    pub too_short_kwh: f64,
    /// Energy that the limits leave no way to serve, kWh at the AC terminals: proven, and exact where all is linear.
    pub missing_kwh: f64,
    /// One way to share what is missing: sessions and what each lacks, kWh at the AC terminals.
    pub short: Vec<ShortSession>,
    /// The limits to blame.
    pub blamed: Vec<BlamedLimit>,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum Servable {
    /// A schedule serves all.
    Possible,
    /// None does.
    Impossible,
    /// Least powers, falling powers or efficiencies leave it open.
    Undecided,
}

impl Servable {
    /// The name in files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Impossible => "impossible",
            Self::Undecided => "undecided",
        }
    }
}

/// A session that lacks energy.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ShortSession {
    /// Index of the session in the station.
    pub session: u32,
    /// What it lacks, kWh at the AC terminals.
    pub missing_kwh: f64,
}

/// A limit to blame.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BlamedLimit {
    /// Index of the limit in [`Station::limits`].
    pub limit: u32,
    /// The steps in which it leaves too little.
    pub steps: Vec<u32>,
}

const WANTED: usize = 0;
const GRID: usize = 1;

impl Station {
    /// Whether its sessions can all be served under its limits in the run of `plan`, whose scenario has the station; which are short,
    /// and which limits are to blame.
    ///
    /// # Examples
    /// ```
    /// use microgrid_core::demand::{ChargingSession, PowerLimit, Servable, Station, Supply};
    /// use microgrid_core::{Calendar, Plan, Scenario};
    ///
    /// // Two cars for two hours behind 10 kW; each wants 12 kWh.
    /// let supply = Supply::Power { power_max_kw: 7.0, power_min_kw: 0.0, efficiency: 1.0 };
    /// let mut station = Station::of_bays(2, supply);
    /// station.limits = vec![PowerLimit { name: "feeder".into(), power_max_kw: 10.0, within: None }];
    /// station.bays.iter_mut().for_each(|bay| bay.limit = Some(0));
    /// station.sessions = [ChargingSession::new(0, 7200, 12.0); 2].into();
    /// let mut site = Scenario::new("site", Calendar::days(3600, 1));
    /// site.stations = vec![station];
    /// let plan = Plan::compile(&site)?;
    /// let verdict = plan.scenario().stations[0].verdict(&plan);
    /// assert_eq!(verdict.answer, Servable::Impossible);
    /// assert!((verdict.missing_kwh - 4.0).abs() < 1e-9);
    /// assert_eq!(verdict.blamed[0].steps, [0, 1]);
    /// # Ok::<(), microgrid_core::Problems>(())
    /// ```
    #[must_use]
    pub fn verdict(&self, plan: &Plan) -> Verdict {
        let ManagedStays { stays, impossible_kwh } = self.managed(plan);
        let wanted_kwh: f64 = stays.iter().map(|stay| stay.task.energy_kwh).sum();
        let mut flow = LimitFlow::new(self, plan, &stays, 1e-14 * (1.0 + wanted_kwh));
        let missing_kwh = wanted_kwh - flow.network.augment(WANTED, GRID);
        let is_missing = missing_kwh > 1e-9 * (1.0 + wanted_kwh);
        let answer = if is_missing {
            Servable::Impossible
        } else if stays.iter().all(|stay| stay.is_linear) || self.some_scheduler_serves_all(plan) {
            Servable::Possible
        } else {
            Servable::Undecided
        };
        let lacks = |(stay, arc): (&ManagedStay, &usize)| {
            let missing_kwh = stay.task.energy_kwh - flow.network.flow(*arc);
            ShortSession { session: stay.session, missing_kwh }
        };
        let lacking = stays.iter().zip(&flow.wanted).map(lacks).filter(|short| is_missing && short.missing_kwh > 1e-9);
        Verdict {
            answer,
            too_short_kwh: impossible_kwh,
            missing_kwh: if is_missing { missing_kwh } else { 0.0 },
            short: lacking.collect(),
            blamed: if is_missing { flow.blamed(self) } else { Vec::new() },
        }
    }

    fn some_scheduler_serves_all(&self, plan: &Plan) -> bool {
        [Scheduling::LeastLaxity, Scheduling::EarliestDeadline].into_iter().any(|scheduler| {
            let station = Self { scheduler, ..self.clone() };
            let totals = StationLane::run_alone(&station, plan, |_, _| ()).totals(&station, plan);
            totals.undelivered_kwh <= totals.impossible_kwh + 1e-6 * (1.0 + totals.wanted_kwh)
        })
    }
}

/// The node of a limit in a step.
fn limit_node(steps: usize, limit: u32, step: usize) -> usize {
    2 + limit as usize * steps + step
}

/// The network of a station's limits and sessions.
struct LimitFlow {
    network: Network,
    /// The arc of what each session wants.
    wanted: Vec<usize>,
    steps: usize,
}

impl LimitFlow {
    fn new(station: &Station, plan: &Plan, stays: &[ManagedStay], least: f64) -> Self {
        let (steps, step_h) = (plan.steps(), plan.step_h());
        let step_s = i64::from(plan.scenario().calendar.step_s);
        let first_stay = 2 + station.limits.len() * steps;
        let mut network = Network::new(first_stay + stays.len(), least);
        let node = |limit: u32, step: usize| limit_node(steps, limit, step);
        for (i, limit) in (0..).zip(&station.limits) {
            for step in 0..steps {
                let to = limit.within.map_or(GRID, |within| node(within, step));
                network.arc(node(i, step), to, limit.power_max_kw * step_h);
            }
        }
        let mut wanted = Vec::with_capacity(stays.len());
        for (i, stay) in stays.iter().enumerate() {
            let (from_s, until_s) = (stay.task.from_s, stay.task.until_s.min(steps as i64 * step_s));
            for step in from_s / step_s..=(until_s - 1) / step_s {
                let there_s = until_s.min((step + 1) * step_s) - from_s.max(step * step_s);
                let to = stay.limit.map_or(GRID, |limit| node(limit, step as usize));
                network.arc(first_stay + i, to, stay.task.power_max_kw * there_s as f64 / 3600.0);
            }
            wanted.push(network.arc(WANTED, first_stay + i, stay.task.energy_kwh));
        }
        Self { network, wanted, steps }
    }

    /// The limits across the least cut nearest to the cars.
    fn blamed(&self, station: &Station) -> Vec<BlamedLimit> {
        // The grid itself is beyond every greatest flow.
        let is_reached = |limit: Option<u32>, step: usize| {
            limit.is_some_and(|limit| self.network.is_reached(limit_node(self.steps, limit, step)))
        };
        let of_limit = |(i, limit): (u32, &PowerLimit)| {
            let crosses = |step: &usize| is_reached(Some(i), *step) && !is_reached(limit.within, *step);
            let steps: Vec<u32> = (0..self.steps).filter(crosses).map(|step| step as u32).collect();
            (!steps.is_empty()).then_some(BlamedLimit { limit: i, steps })
        };
        (0..).zip(&station.limits).filter_map(of_limit).collect()
    }
}
