//! Cars at charging stations, whose power is decided: energy by a departure, behind limits that they share.

use microgrid_core::demand::{ManagedStay, ManagedStays, Station, Tier};

use super::Draft;
use super::fleet::{COLUMNS_MOST, Fleet};
use super::tasks::Span;
use crate::programme::{Sense, Variable};
use crate::relaxation::Relaxation;

/// What is planned of a station.
#[derive(Debug, Clone)]
pub(crate) struct StationDraws {
    /// Its stays, those that meet the run.
    pub(crate) stays: Vec<ManagedStay>,
    pub(crate) drawn: Drawn,
    /// What a kWh at the AC terminals that a car does not get counts, of each stay.
    pub(crate) unserved_value: Vec<f64>,
}

/// The variables of a station's power, mean power in kW, each with its step.
#[derive(Debug, Clone)]
pub(crate) enum Drawn {
    /// Of each stay.
    OneByOne(Vec<Vec<(usize, Variable)>>),
    /// Of all of them.
    Together(Vec<(usize, Variable)>),
}

impl Draft<'_> {
    /// Writes all stations: each car's energy from the powers of the steps of its stay, and the limits that they share.
    ///
    /// What a car does not get costs what the station says; where it says nothing, what unserved load of the lowest tier does, so
    /// that a plan serves everybody as far as can be.
    pub(super) fn write_stations(&mut self) {
        for station in &self.plan.scenario().stations {
            let ManagedStays { stays, impossible_kwh } = station.managed(self.plan);
            self.site.programme.constant += station.undelivered_cost_per_kwh * impossible_kwh;
            if stays.iter().any(|stay| !stay.is_linear) {
                self.site.relaxations.insert(Relaxation::ChargingPower);
                if self.plan.less_can_be_dearer() {
                    // Then what a car loses may be worth money, and nothing is proven.
                    self.site.programme.constant -= f64::INFINITY;
                }
            }
            let (steps, step_s) = (self.plan.steps(), self.plan.scenario().calendar.step_s);
            let with_span = |stay: ManagedStay| Some((stay, Span::of(&stay.task, 1.0, steps, step_s)?));
            let (stays, spans): (Vec<ManagedStay>, Vec<Span>) = stays.into_iter().filter_map(with_span).unzip();
            let lowest = self.plan.value_of_lost_load_per_kwh()[Tier::Sheddable as usize];
            let cost = station.undelivered_cost_per_kwh;
            let value = |stay: &ManagedStay| if cost > 0.0 { cost * stay.efficiency } else { lowest };
            let unserved_value: Vec<f64> = stays.iter().map(value).collect();
            let columns: usize = spans.iter().map(|span| span.most_kw.len()).sum();
            let drawn = if columns > COLUMNS_MOST {
                Drawn::Together(self.write_together(station, &stays, &spans, &unserved_value))
            } else {
                Drawn::OneByOne(self.write_one_by_one(station, &stays, &spans, &unserved_value))
            };
            self.site.stations.push(StationDraws { stays, drawn, unserved_value });
        }
    }

    fn write_one_by_one(
        &mut self,
        station: &Station,
        stays: &[ManagedStay],
        spans: &[Span],
        unserved_value: &[f64],
    ) -> Vec<Vec<(usize, Variable)>> {
        let (step_h, dark) = (self.plan.step_h(), self.dark_steps());
        let mut behind = Behind::new(station, self.plan.steps());
        let mut all = Vec::with_capacity(stays.len());
        for ((stay, span), value) in stays.iter().zip(spans).zip(unserved_value) {
            let mut draws = Vec::with_capacity(span.most_kw.len());
            for (step, most_kw) in (span.first..).zip(&span.most_kw) {
                if dark[step] || *most_kw <= 0.0 {
                    continue;
                }
                let variable = self.site.programme.variable(0.0, 0.0, *most_kw);
                self.movable.take_up(step, variable, *most_kw);
                behind.add(stay.limit, step, *most_kw, Some(variable));
                draws.push((step, variable));
            }
            let programme = &mut self.site.programme;
            let unserved = programme.variable(*value, 0.0, span.energy_kwh);
            let drawn = draws.iter().map(|(_, variable)| (*variable, step_h));
            programme.row(Sense::Equal, span.energy_kwh, drawn.chain([(unserved, 1.0)]));
            all.push(draws);
        }
        for (limit, of_steps) in station.limits.iter().zip(&behind.limits) {
            for of_step in of_steps.iter().filter(|of_step| of_step.most_kw > limit.power_max_kw) {
                let entries = of_step.draws.iter().map(|draw| (*draw, -1.0));
                self.site.programme.row(Sense::AtLeast, -limit.power_max_kw, entries);
            }
        }
        all
    }

    fn write_together(
        &mut self,
        station: &Station,
        stays: &[ManagedStay],
        spans: &[Span],
        unserved_value: &[f64],
    ) -> Vec<(usize, Variable)> {
        let (steps, step_h, dark) = (self.plan.steps(), self.plan.step_h(), self.dark_steps());
        let (mut fleet, mut behind) = (Fleet::new(steps), Behind::new(station, steps));
        for (stay, span) in stays.iter().zip(spans) {
            fleet.add(span, 1.0, step_h, &dark);
            for (step, most_kw) in (span.first..).zip(&span.most_kw) {
                behind.add(stay.limit, step, *most_kw, None);
            }
        }
        for (step, variable, most_kw) in fleet.write_draws(&mut self.site.programme, |step| behind.through_kw(step)) {
            self.movable.take_up(step, variable, most_kw);
        }
        let value = unserved_value.iter().copied().fold(f64::INFINITY, f64::min);
        fleet.write_energy(&mut self.site.programme, step_h, Some(value));
        self.site.relaxations.insert(Relaxation::SessionsTogether);
        fleet.draws().to_vec()
    }
}

/// What is behind each limit of a station in each step.
struct Behind<'a> {
    station: &'a Station,
    limits: Vec<Vec<BehindLimit>>,
    /// What is behind none, kW.
    free_kw: Vec<f64>,
}

#[derive(Debug, Clone, Default)]
struct BehindLimit {
    /// Of cars at bays that are behind the limit itself, and of all.
    own_kw: f64,
    most_kw: f64,
    draws: Vec<Variable>,
}

impl<'a> Behind<'a> {
    fn new(station: &'a Station, steps: usize) -> Self {
        let limits = vec![vec![BehindLimit::default(); steps]; station.limits.len()];
        Self { station, limits, free_kw: vec![0.0; steps] }
    }

    fn add(&mut self, limit: Option<u32>, step: usize, most_kw: f64, draw: Option<Variable>) {
        let Some(own) = limit else {
            self.free_kw[step] += most_kw;
            return;
        };
        self.limits[own as usize][step].own_kw += most_kw;
        let mut at = limit;
        while let Some(limit) = at {
            let of_step = &mut self.limits[limit as usize][step];
            of_step.most_kw += most_kw;
            of_step.draws.extend(draw);
            at = self.station.limits[limit as usize].within;
        }
    }

    /// The most that all can draw together in a step, kW.
    fn through_kw(&self, step: usize) -> f64 {
        let mut own_kw: Vec<f64> = self.limits.iter().map(|of_steps| of_steps[step].own_kw).collect();
        let mut free_kw = self.free_kw[step];
        for (i, limit) in self.station.limits.iter().enumerate().rev() {
            let through_kw = own_kw[i].min(limit.power_max_kw);
            match limit.within {
                Some(within) => own_kw[within as usize] += through_kw,
                None => free_kw += through_kw,
            }
        }
        free_kw
    }
}
