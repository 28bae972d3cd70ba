//! A schedule: what every battery and genset is to do in every step, from a file, a solver or a run.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::controller::Controller;
use super::{Request, Site, Strategy};
use crate::demand::StationSchedule;
use crate::simulation::{Block, Outcome, StepRecord};
use crate::{Plan, Problem, Problems, Series};

/// What every device is to do in every step of a run. Powers in kW at AC terminals, means of the step, all at least 0.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Schedule {
    /// One for each battery of the scenario, in its order.
    pub batteries: Vec<BatterySchedule>,
    /// One for each genset of the scenario, in its order.
    pub gensets: Vec<GensetSchedule>,
    /// One for each charging station of the scenario, in its order, which it follows as far as packs and limits let it; empty:
    /// stations follow their own schedulers.
    #[cfg_attr(feature = "serde", serde(default))]
    pub stations: Vec<Arc<StationSchedule>>,
    /// Charging power of each swap station of the scenario, in its order, kW by step; `None`, and an empty list: its own rule. What the
    /// swaps to come need is charged beyond it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub swap_stations_kw: Vec<Option<Series>>,
    /// Generation to leave at least, where it is not free to use, as at negative prices; `None` for none. What the site
    /// cannot use or export is curtailed in any case.
    pub curtailed_kw: Option<Vec<f64>>,
}

/// What a battery is to do. In each step one of the two powers is 0.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BatterySchedule {
    /// Taken at the AC terminals in each step.
    pub charge_kw: Vec<f64>,
    /// Given at the AC terminals in each step.
    pub discharge_kw: Vec<f64>,
}

/// What a genset is to do.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GensetSchedule {
    /// Given at the AC terminals in each step.
    pub power_kw: Vec<f64>,
    /// Whether it runs in each step, for gensets that may run at 0 kW; `None`: wherever its power is above 0.
    pub running: Option<Vec<bool>>,
}

impl GensetSchedule {
    /// The power in `step` if it is to run.
    pub(crate) fn at(&self, step: usize) -> Option<f64> {
        let power_kw = self.power_kw[step];
        let runs = self.running.as_ref().map_or(power_kw > 0.0, |running| running[step]);
        runs.then_some(power_kw)
    }
}

impl Schedule {
    /// Every problem of the schedule as one of `plan`: devices that it lacks or has too many of, columns of the wrong
    /// length, powers that are not a number of at least 0, power of a genset that is not to run.
    ///
    /// # Errors
    /// All problems at once; of the values of a column the first, and how many there are.
    pub fn check(&self, plan: &Plan) -> Result<(), Problems> {
        let mut problems = Problems::none();
        let devices = [
            ("plan.batteries", self.batteries.len(), plan.scenario.storage.len()),
            ("plan.gensets", self.gensets.len(), plan.scenario.gensets.len()),
        ];
        for (field, found, wanted) in devices.into_iter().filter(|(_, found, wanted)| found != wanted) {
            problems.push(
                Problem::new(field, "are not as many as the site has").value(found).allowed(alloc::format!("{wanted}")),
            );
        }
        let of_stations = &plan.scenario.stations;
        if !self.stations.is_empty() && self.stations.len() != of_stations.len() {
            let problem = Problem::new("plan.stations", "are not as many as the site has").value(self.stations.len());
            problems.push(problem.allowed(alloc::format!("{}, or none", of_stations.len())));
        }
        for (i, (schedule, station)) in self.stations.iter().zip(of_stations).enumerate() {
            schedule.check(station, &mut problems, format_args!("plan.stations[{i}]"));
        }
        let swap_stations = plan.scenario.swap_stations.len();
        if !self.swap_stations_kw.is_empty() && self.swap_stations_kw.len() != swap_stations {
            let problem = Problem::new("plan.swap_stations_kw", "are not as many as the site has swap stations");
            problems
                .push(problem.value(self.swap_stations_kw.len()).allowed(alloc::format!("{swap_stations}, or none")));
        }
        for (i, power_kw) in self.swap_stations_kw.iter().enumerate() {
            if let Some(power_kw) = power_kw {
                power_kw.check(&mut problems, format_args!("plan.swap_stations_kw[{i}]"), plan.steps, 0.0, 1e9);
            }
        }
        let mut column = |field: String, values: &[f64]| {
            if values.len() != plan.steps {
                problems.push(wrong_length(field, values.len(), plan.steps));
                return;
            }
            let mut wrong = values.iter().enumerate().filter(|(_, kw)| !(0.0..f64::INFINITY).contains(*kw));
            if let Some((step, kw)) = wrong.next() {
                let more = wrong.count();
                problems.push(
                    Problem::new(alloc::format!("{field}[{step}]"), "is out of range")
                        .value(kw)
                        .allowed(alloc::format!("a number of at least 0; {more} more like it in the column")),
                );
            }
        };
        for (i, battery) in self.batteries.iter().enumerate() {
            column(alloc::format!("plan.batteries[{i}].charge_kw"), &battery.charge_kw);
            column(alloc::format!("plan.batteries[{i}].discharge_kw"), &battery.discharge_kw);
        }
        for (i, genset) in self.gensets.iter().enumerate() {
            column(alloc::format!("plan.gensets[{i}].power_kw"), &genset.power_kw);
        }
        if let Some(curtailed) = &self.curtailed_kw {
            column("plan.curtailed_kw".into(), curtailed);
        }
        for (i, genset) in self.gensets.iter().enumerate() {
            let Some(running) = &genset.running else { continue };
            let field = alloc::format!("plan.gensets[{i}].running");
            let gives = |(runs, kw): (&bool, &f64)| !runs && *kw > 0.0;
            if running.len() != plan.steps {
                problems.push(wrong_length(field, running.len(), plan.steps));
            } else if let Some(step) = running.iter().zip(&genset.power_kw).position(gives) {
                problems.push(
                    Problem::new(alloc::format!("{field}[{step}]"), "says off where the power is above 0")
                        .value(genset.power_kw[step]),
                );
            }
        }
        problems.or_else(|| ())
    }

    /// Runs `plan` under `controller`, and keeps what every device did as a schedule.
    #[must_use]
    pub fn record(plan: &Plan, controller: Controller) -> (Outcome, Self) {
        let mut schedule = Self {
            batteries: alloc::vec![BatterySchedule::default(); plan.scenario.storage.len()],
            gensets: alloc::vec![GensetSchedule { running: Some(Vec::new()), ..Default::default() }; plan.gensets.len()],
            stations: controller.station_schedules().to_vec(),
            swap_stations_kw: controller.swap_plans().to_vec(),
            curtailed_kw: Some(Vec::new()),
        };
        let mut block = Block::pack([plan], [controller]);
        block.march(plan.days(), &mut |_: usize, step: &StepRecord<'_>| {
            for (battery, done) in schedule.batteries.iter_mut().zip(step.batteries) {
                battery.charge_kw.push(done.charge_kw);
                battery.discharge_kw.push(done.discharge_kw);
            }
            for (genset, done) in schedule.gensets.iter_mut().zip(step.gensets) {
                genset.power_kw.push(done.power_kw);
                genset.running.as_mut().into_iter().for_each(|running| running.push(done.running));
            }
            schedule.curtailed_kw.as_mut().into_iter().for_each(|curtailed| curtailed.push(step.curtailed_kw));
        });
        (block.outcome(0), schedule)
    }
}

fn wrong_length(field: String, found: usize, steps: usize) -> Problem {
    Problem::new(field, "has the wrong number of values").value(found).allowed(alloc::format!("{steps}, one per step"))
}

/// Asks for what a schedule says.
pub(crate) struct Follow(pub(crate) Arc<Schedule>);

impl Strategy for Follow {
    fn decide(&mut self, site: &Site, ask: &mut Request) {
        let (schedule, step) = (&self.0, site.step() as usize);
        for (i, battery) in schedule.batteries.iter().enumerate() {
            if battery.charge_kw[step] > 0.0 {
                ask.battery(i).charge(battery.charge_kw[step]);
            } else {
                ask.battery(i).discharge(battery.discharge_kw[step]);
            }
        }
        for (i, genset) in schedule.gensets.iter().enumerate() {
            if let Some(kw) = genset.at(step) {
                ask.genset(i).run(kw);
            }
        }
        if let Some(curtailed) = &schedule.curtailed_kw {
            ask.curtail(curtailed[step]);
        }
    }
}
