//! Replay: any schedule through the physics, to its cost or to the first limit that it breaks.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::controller::Controller;
use super::limit::Limit;
use super::schedule::{Follow, Schedule};
use crate::generation::{GensetState, GensetStep};
use crate::simulation::{Block, GensetRecord, Outcome, Recorder, StepRecord};
use crate::storage::Battery;
use crate::{Plan, Problems};

/// The first limit that a schedule breaks.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Break {
    /// Index of the step.
    pub step: u32,
    /// Path of the device, such as `storage.battery[0]`; `distribution` for the tie.
    pub device: String,
    /// The device's name in the scenario; empty for the tie.
    pub name: String,
    /// What is asked too much or too little of: `charge_kw`, `discharge_kw`, `genset_kw`, `curtailed_kw`, `import_kw` or
    /// `export_kw`.
    pub quantity: &'static str,
    /// The limit.
    pub limit: Limit,
    /// What the schedule asks for.
    pub asked_kw: f64,
    /// The nearest that there can be.
    pub allowed_kw: f64,
}

impl Break {
    /// By how much the limit is broken, at least 0.
    #[must_use]
    pub fn excess_kw(&self) -> f64 {
        (self.asked_kw - self.allowed_kw).abs()
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.device)?;
        if !self.name.is_empty() {
            write!(f, " `{}`", self.name)?;
        }
        let Self { quantity, asked_kw, allowed_kw, limit, .. } = self;
        let too = if asked_kw > allowed_kw { "too much" } else { "too little" };
        write!(
            f,
            ": {quantity} asks {asked_kw} kW, {allowed_kw} kW is allowed ({}): {} kW {too}",
            limit.name(),
            self.excess_kw()
        )
    }
}

/// Why a schedule has no outcome.
#[derive(Debug, Clone, PartialEq)]
pub enum ReplayError {
    /// It is no schedule of the site.
    Refused(Problems),
    /// It breaks a limit.
    Broken(Break),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(problems) => problems.fmt(f),
            Self::Broken(found) => write!(f, "step {}: {found}", found.step),
        }
    }
}

impl core::error::Error for ReplayError {}

/// Deviations up to this share of a device's power, or of all power at the bus, are rounding.
const TOLERANCE: f64 = 1e-9;

/// Runs a schedule through the physics, where it breaks no limit.
///
/// A limit counts as broken where a device, held to it by the plant, does not do what is asked of it, by more than 1e-9
/// of its greatest power (at the tie, of all power at the bus). Load that is shed because neither tie nor storage nor
/// gensets can serve it breaks nothing: it is priced. So is what a charging station leaves undelivered.
///
/// What a run did is a schedule that replays to its cost, with two exceptions. `idle` locks storage out, where under a
/// schedule it helps as soon as the site is short. And what the least load of a genset gives too much is dumped where the
/// plant itself started it, but exported or stored where a schedule does.
///
/// # Errors
/// What makes it no schedule of the site ([`Schedule::check`]), or else the first limit that it breaks.
///
/// # Examples
/// ```
/// use microgrid_core::dispatch::{Controller, Dispatch, Limit, ReplayError, Schedule, replay};
/// use microgrid_core::{Plan, Scenario, demand::Load, simulation::Calendar, storage::Battery};
///
/// let mut site = Scenario::new("site", Calendar::days(3600, 2));
/// site.loads = vec![Load::new("machines", 12.0)];
/// site.storage = vec![Battery::lithium_iron_phosphate(20.0, 10.0)];
/// let plan = Plan::compile(&site)?;
/// let (run, mut schedule) = Schedule::record(&plan, Controller::built_in(&Dispatch::Optimal, &plan)?);
/// let replayed = replay(&plan, &schedule).unwrap();
/// assert!((replayed.money.objective - run.money.objective).abs() < 1e-9);
///
/// schedule.batteries[0].charge_kw[5] = 11.0;
/// schedule.batteries[0].discharge_kw[5] = 0.0;
/// let Err(ReplayError::Broken(found)) = replay(&plan, &schedule) else { panic!() };
/// assert_eq!((found.step, found.limit), (5, Limit::ChargeMax));
/// assert_eq!((found.asked_kw, found.allowed_kw), (11.0, 10.0));
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
pub fn replay(plan: &Plan, schedule: &Schedule) -> Result<Outcome, ReplayError> {
    schedule.check(plan).map_err(ReplayError::Refused)?;
    let follow = Follow(Arc::new(schedule.clone()));
    let controller = Controller::own("plan", "given", Box::new(follow));
    let controller = controller
        .with_station_schedules(schedule.stations.as_slice().into())
        .with_swap_plans(schedule.swap_stations_kw.as_slice().into());
    let mut block = Block::pack([plan], [controller]);
    let mut watch = Watch::new(plan, schedule);
    while block.days_left() > 0 {
        block.march(1, &mut watch);
        if let Some(found) = watch.found {
            return Err(ReplayError::Broken(found));
        }
    }
    Ok(block.outcome(0))
}

/// Compares what is done with what is asked, step by step, and finds the limit that made the difference.
struct Watch<'a> {
    plan: &'a Plan,
    schedule: &'a Schedule,
    /// Before the step.
    stored_kwh: Vec<f64>,
    gensets: Vec<GensetState>,
    found: Option<Break>,
}

impl Recorder for Watch<'_> {
    fn record(&mut self, _lane: usize, step: &StepRecord<'_>) {
        if self.found.is_none() {
            self.found = self.broken(step);
        }
        for (stored, battery) in self.stored_kwh.iter_mut().zip(step.batteries) {
            *stored = battery.stored_kwh;
        }
        for ((state, done), genset) in self.gensets.iter_mut().zip(step.gensets).zip(&self.plan.gensets) {
            *state = genset.next(state, done.running, done.power_kw);
        }
    }
}

impl<'a> Watch<'a> {
    fn new(plan: &'a Plan, schedule: &'a Schedule) -> Self {
        Self {
            plan,
            schedule,
            stored_kwh: plan.scenario.storage.iter().map(|b| b.initial_soc * b.capacity_kwh).collect(),
            gensets: alloc::vec![GensetState::REST; plan.gensets.len()],
            found: None,
        }
    }

    fn broken(&self, done: &StepRecord<'_>) -> Option<Break> {
        let step = done.step as usize;
        let of_genset = |(i, genset): (usize, &GensetRecord)| self.broken_by_genset(step, i, genset.running);
        let of_battery = |i: usize| self.broken_by_battery(step, i);
        let alone = done.gensets.iter().enumerate().find_map(of_genset);
        let alone = alone.or_else(|| (0..self.schedule.batteries.len()).find_map(of_battery));
        if alone.is_some() {
            return alone;
        }
        let asked = Asked::of(self.schedule, step);
        let slack_kw = TOLERANCE * (1.0 + done.load_kw + done.generation_kw + asked.moved_kw());
        let deviation = self.deviation(done, &asked, slack_kw)?;
        Some(self.shared_limit(done, &asked, slack_kw).unwrap_or(deviation))
    }

    fn of_battery(&self, step: usize, i: usize, quantity: &'static str, limit: Limit, kw: (f64, f64)) -> Break {
        Break {
            step: step as u32,
            device: alloc::format!("storage.battery[{i}]"),
            name: self.plan.scenario.storage[i].name.clone(),
            quantity,
            limit,
            asked_kw: kw.0,
            allowed_kw: kw.1,
        }
    }

    fn of_genset(&self, step: usize, i: usize, limit: Limit, kw: (f64, f64)) -> Break {
        Break {
            step: step as u32,
            device: alloc::format!("generation.genset[{i}]"),
            name: self.plan.scenario.gensets[i].name.clone(),
            quantity: "genset_kw",
            limit,
            asked_kw: kw.0,
            allowed_kw: kw.1,
        }
    }

    /// What a battery alone cannot do.
    fn broken_by_battery(&self, step: usize, i: usize) -> Option<Break> {
        let (battery, asked) = (&self.plan.batteries[i], &self.schedule.batteries[i]);
        let (charge, discharge) = (asked.charge_kw[step], asked.discharge_kw[step]);
        let found = |quantity, limit, kw| Some(self.of_battery(step, i, quantity, limit, kw));
        if charge > 0.0 && discharge > 0.0 {
            return found("discharge_kw", Limit::OneWay, (discharge, 0.0));
        }
        let slack_kw = TOLERANCE * (1.0 + battery.charge_max_kw.max(battery.discharge_max_kw));
        let kept = battery.kept_kwh(self.stored_kwh[i]);
        let most = battery.charge_limit_kw(kept).max(0.0);
        if charge > most + slack_kw {
            let is_power = charge > battery.charge_max_kw + slack_kw;
            let (limit, most) =
                if is_power { (Limit::ChargeMax, battery.charge_max_kw) } else { (Limit::SocMax, most) };
            return found("charge_kw", limit, (charge, most));
        }
        let floor = if self.plan.grid_is_up(step) { battery.reserve_kwh } else { battery.min_kwh };
        let most = battery.discharge_limit_kw(kept, floor);
        if discharge > most + slack_kw {
            let (limit, most) = if discharge > battery.discharge_max_kw + slack_kw {
                (Limit::DischargeMax, battery.discharge_max_kw)
            } else if discharge <= battery.discharge_limit_kw(kept, battery.min_kwh) + slack_kw {
                (Limit::ReserveSoc, most)
            } else {
                (Limit::SocMin, most)
            };
            return found("discharge_kw", limit, (discharge, most));
        }
        None
    }

    /// What a genset alone cannot do.
    fn broken_by_genset(&self, step: usize, i: usize, runs: bool) -> Option<Break> {
        let genset = &self.plan.gensets[i];
        let limits = genset.limits(&self.gensets[i]);
        let slack_kw = TOLERANCE * (1.0 + genset.rating_kw);
        let found = |limit, kw| Some(self.of_genset(step, i, limit, kw));
        let Some(kw) = self.schedule.gensets[i].at(step) else {
            // In the dark it trips, whatever it must.
            return if limits.must_run && runs { found(Limit::MinUp, (0.0, limits.least_kw)) } else { None };
        };
        if kw > genset.rating_kw + slack_kw {
            found(Limit::Rating, (kw, genset.rating_kw))
        } else if !limits.can_run {
            found(if genset.rating_kw > 0.0 { Limit::MinDown } else { Limit::Rating }, (kw, 0.0))
        } else if kw > limits.most_kw + slack_kw {
            found(Limit::Ramp, (kw, limits.most_kw))
        } else if kw < genset.min_kw - slack_kw {
            found(Limit::MinLoad, (kw, genset.min_kw))
        } else if kw < limits.least_kw - slack_kw {
            found(Limit::Ramp, (kw, limits.least_kw))
        } else {
            None
        }
    }

    /// The first device that does not do what is asked of it.
    fn deviation(&self, done: &StepRecord<'_>, asked: &Asked<'_>, slack_kw: f64) -> Option<Break> {
        let step = asked.step;
        let limit = if self.plan.grid_is_up(step) {
            Limit::Recourse
        } else if self.is_dark(done) {
            Limit::Dark
        } else {
            Limit::Outage
        };
        for (i, genset) in done.gensets.iter().enumerate() {
            let wanted = asked.schedule.gensets[i].at(step);
            if wanted.is_some() != genset.running || (wanted.unwrap_or(0.0) - genset.power_kw).abs() > slack_kw {
                return Some(self.of_genset(step, i, limit, (wanted.unwrap_or(0.0), genset.power_kw)));
            }
        }
        for (i, battery) in done.batteries.iter().enumerate() {
            let wanted = &asked.schedule.batteries[i];
            let charge = (wanted.charge_kw[step], battery.charge_kw);
            let discharge = (wanted.discharge_kw[step], battery.discharge_kw);
            for (quantity, kw) in [("charge_kw", charge), ("discharge_kw", discharge)] {
                if (kw.0 - kw.1).abs() > slack_kw {
                    return Some(self.of_battery(step, i, quantity, limit, kw));
                }
            }
        }
        (asked.curtailed_kw > done.curtailed_kw + slack_kw).then(|| Break {
            step: step as u32,
            device: "generation".into(),
            name: String::new(),
            quantity: "curtailed_kw",
            limit: Limit::Generation,
            asked_kw: asked.curtailed_kw,
            allowed_kw: done.curtailed_kw,
        })
    }

    /// Whether the site has nothing that holds its voltage.
    fn is_dark(&self, done: &StepRecord<'_>) -> bool {
        let forms = |(genset, done): (&GensetStep, &GensetRecord)| genset.grid_forming && done.running;
        !self.plan.grid_is_up(done.step as usize)
            && done.device_given_kw == 0.0
            && !self.plan.scenario.storage.iter().any(Battery::can_form_grid)
            && !self.plan.gensets.iter().zip(done.gensets).any(forms)
    }

    /// The rule of a battery, or the limit of the tie, that what is asked of all devices together breaks.
    fn shared_limit(&self, done: &StepRecord<'_>, asked: &Asked<'_>, slack_kw: f64) -> Option<Break> {
        if self.is_dark(done) {
            return None;
        }
        let step = asked.step;
        let open = done.load_kw + done.device_use_kw - done.device_given_kw - done.generation_kw - asked.gensets_kw();
        // What is curtailed is no surplus.
        let (mut surplus, mut deficit) = ((-open - asked.curtailed_kw).max(0.0), open.max(0.0));
        for (i, (battery, wanted)) in self.plan.scenario.storage.iter().zip(&asked.schedule.batteries).enumerate() {
            let (charge, discharge) = (wanted.charge_kw[step], wanted.discharge_kw[step]);
            if !battery.charge_from_grid && charge > surplus + slack_kw {
                return Some(self.of_battery(step, i, "charge_kw", Limit::ChargeFromGrid, (charge, surplus)));
            }
            if !battery.export_to_grid && discharge > deficit + slack_kw {
                return Some(self.of_battery(step, i, "discharge_kw", Limit::ExportToGrid, (discharge, deficit)));
            }
            (surplus, deficit) = ((surplus - charge).max(0.0), (deficit - discharge).max(0.0));
        }
        let net = open - asked.batteries_kw() + asked.curtailed_kw;
        let is_up = self.plan.grid_is_up(step);
        let of_tie = |quantity, limit, kw: f64, most: f64| {
            let limit = if is_up { limit } else { Limit::Outage };
            (kw > most + slack_kw).then_some(Break {
                step: step as u32,
                device: "distribution".into(),
                name: String::new(),
                quantity,
                limit,
                asked_kw: kw,
                allowed_kw: most,
            })
        };
        of_tie("import_kw", Limit::Import, net, self.plan.import_limit_kw.at(step))
            .or_else(|| of_tie("export_kw", Limit::Export, -net, self.plan.export_limit_kw.at(step)))
    }
}

/// What a schedule asks for in one step.
struct Asked<'a> {
    schedule: &'a Schedule,
    step: usize,
    curtailed_kw: f64,
}

impl<'a> Asked<'a> {
    fn of(schedule: &'a Schedule, step: usize) -> Self {
        Self { schedule, step, curtailed_kw: schedule.curtailed_kw.as_ref().map_or(0.0, |kw| kw[step]) }
    }

    fn gensets_kw(&self) -> f64 {
        self.schedule.gensets.iter().filter_map(|genset| genset.at(self.step)).sum()
    }

    /// Positive into the bus.
    fn batteries_kw(&self) -> f64 {
        self.schedule.batteries.iter().map(|b| b.discharge_kw[self.step] - b.charge_kw[self.step]).sum()
    }

    fn moved_kw(&self) -> f64 {
        let batteries = self.schedule.batteries.iter().map(|b| b.discharge_kw[self.step] + b.charge_kw[self.step]);
        batteries.sum::<f64>() + self.gensets_kw()
    }
}
