//! A station made ready for a plan: who is plugged in when, at what, and what could be had.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::assign::assign;
use super::outlet::Outlet;
use super::{ChargeCurve, ChargingSession, ManagedStay, Station, Task};
use crate::Plan;

/// What does not change in the run.
#[derive(Debug)]
pub(super) struct Timetable {
    /// Cars that are plugged in during the run, in the order in which they are.
    pub(super) stays: Vec<Stay>,
    pub(super) outlets: Vec<Outlet>,
    pub(super) curves: Vec<ChargeCurve>,
    /// The limits, the station itself first: without one of its own.
    pub(super) limits_kw: Vec<f64>,
    pub(super) parents: Vec<u32>,
    /// Most cars that are plugged in during one step.
    pub(super) most_at_once: usize,
    pub(super) import_price_per_kwh: Arc<[f64]>,
    pub(super) export_price_per_kwh: Arc<[f64]>,
    /// The site's load less its generation, where the scheduler looks ahead; and the most steps that it looks.
    pub(super) net_load_kw: Vec<f64>,
    pub(super) most_ahead: usize,
    pub(super) step_s: u32,
    pub(super) step_h: f64,
}

/// A car plugged in. Energies are kWh in the pack; of a pack of which only the energy is known, counted from arrival.
#[derive(Debug, Clone)]
pub(super) struct Stay {
    pub(super) session: u32,
    pub(super) bay: u32,
    pub(super) node: u32,
    pub(super) plugged_s: i64,
    pub(super) until_s: i64,
    pub(super) waited_s: i64,
    pub(super) declared_until_s: i64,
    pub(super) outlet: u32,
    pub(super) curve: u32,
    /// Efficiency at the outlet's full power.
    pub(super) efficiency: f64,
    /// At the run's start, or at arrival.
    pub(super) start_kwh: f64,
    pub(super) target_kwh: f64,
    pub(super) declared_target_kwh: f64,
    /// What it would have at its departure or the run's end with full power throughout.
    pub(super) possible_kwh: f64,
}

impl Timetable {
    pub(super) fn new(station: &Station, plan: &Plan) -> Self {
        let step_h = plan.step_h();
        let kinds = station.cars.len() + 1;
        let outlets = station.bays.iter().flat_map(|bay| {
            let of_any = core::iter::once(Outlet::new(&bay.supply, None));
            of_any.chain(station.cars.iter().map(|car| Outlet::new(&bay.supply, Some(car))))
        });
        let mut curves = alloc::vec![ChargeCurve::unlimited(step_h)];
        curves.extend(station.cars.iter().map(|car| ChargeCurve::new(&car.curve, car.capacity_kwh, step_h)));
        let mut table = Self {
            stays: Vec::new(),
            outlets: outlets.collect(),
            curves,
            limits_kw: core::iter::once(f64::INFINITY)
                .chain(station.limits.iter().map(|limit| limit.power_max_kw))
                .collect(),
            parents: core::iter::once(0)
                .chain(station.limits.iter().map(|limit| limit.within.map_or(0, |within| within + 1)))
                .collect(),
            most_at_once: 0,
            import_price_per_kwh: plan.tariff.import.price_per_kwh.clone(),
            export_price_per_kwh: plan.tariff.export.price_per_kwh.clone(),
            net_load_kw: Vec::new(),
            most_ahead: 0,
            step_s: plan.scenario().calendar.step_s,
            step_h,
        };
        let end_s = plan.steps() as i64 * i64::from(table.step_s);
        for ((i, session), place) in station.sessions.iter().enumerate().zip(assign(station)) {
            let Some(bay) = place.bay else { continue };
            if place.at_s < end_s && session.until_s > 0 {
                let kind = session.car.map_or(0, |car| car + 1);
                let outlet = bay * kinds as u32 + kind;
                let stay = Stay {
                    session: i as u32,
                    bay,
                    node: station.bays[bay as usize].limit.map_or(0, |limit| limit + 1),
                    plugged_s: place.at_s,
                    waited_s: place.at_s - session.from_s,
                    outlet,
                    curve: kind,
                    efficiency: 0.0,
                    ..Stay::of(station, session)
                };
                table.stays.push(table.measured(stay, end_s));
            }
        }
        table.stays.sort_by_key(|stay| stay.plugged_s);
        table.most_at_once = table.most_at_once(plan.steps());
        if station.scheduler.looks_ahead() {
            table.net_load_kw = (0..plan.steps()).map(|step| plan.load_kw(step) - plan.generation_kw(step)).collect();
            let longest_s = table.stays.iter().map(|stay| stay.declared_until_s - stay.plugged_s.max(0)).max();
            let most = longest_s.unwrap_or(0).max(0) / i64::from(table.step_s) + 2;
            table.most_ahead = (most as usize).min(plan.steps());
        }
        table
    }

    /// With what it has at the run's start, and could have at its end.
    fn measured(&self, mut stay: Stay, end_s: i64) -> Stay {
        let outlet = &self.outlets[stay.outlet as usize];
        stay.efficiency = outlet.efficiency(outlet.full_kw);
        let at_full = |from_kwh: f64, seconds: i64| {
            let share = seconds.max(0) as f64 / f64::from(self.step_s);
            let curve = &self.curves[stay.curve as usize];
            curve.charge_kwh(from_kwh, stay.target_kwh, outlet.full_kw * stay.efficiency, share)
        };
        let before = at_full(stay.start_kwh, -stay.plugged_s);
        let begin_s = stay.plugged_s.max(0);
        let possible_kwh = at_full(before, stay.until_s.min(end_s) - begin_s);
        Stay { start_kwh: before, possible_kwh, ..stay }
    }

    /// What each car can take at all.
    pub(super) fn managed(&self) -> Vec<ManagedStay> {
        let managed = |stay: &Stay| {
            let outlet = &self.outlets[stay.outlet as usize];
            let efficiency = outlet.best_efficiency();
            let task = Task {
                from_s: stay.plugged_s.max(0),
                until_s: stay.until_s,
                energy_kwh: (stay.possible_kwh - stay.start_kwh) / efficiency,
                power_max_kw: outlet.full_kw,
            };
            let is_linear = outlet.least_kw == 0.0 && outlet.is_of_one_efficiency() && stay.curve == 0;
            ManagedStay {
                session: stay.session,
                bay: stay.bay,
                task,
                efficiency,
                limit: stay.node.checked_sub(1),
                is_linear,
            }
        };
        self.stays.iter().map(managed).filter(|stay| stay.task.energy_kwh > 0.0).collect()
    }

    fn most_at_once(&self, steps: usize) -> usize {
        let step_s = i64::from(self.step_s);
        let mut change = alloc::vec![0_i32; steps + 1];
        for stay in &self.stays {
            change[(stay.plugged_s.max(0) / step_s) as usize] += 1;
            change[((stay.until_s - 1) / step_s + 1).min(steps as i64) as usize] -= 1;
        }
        let count = change.iter().scan(0, |sum, change| {
            *sum += change;
            Some(*sum)
        });
        count.max().unwrap_or(0) as usize
    }
}

impl Stay {
    /// What the session says, its bay apart.
    fn of(station: &Station, session: &ChargingSession) -> Self {
        let car = session.car.map(|car| &station.cars[car as usize]);
        let arrived_kwh = car.map_or(0.0, |car| session.arrival_soc * car.capacity_kwh);
        let declared = session.declared;
        Self {
            session: 0,
            bay: 0,
            node: 0,
            plugged_s: session.from_s,
            until_s: session.until_s,
            waited_s: 0,
            declared_until_s: declared.map_or(session.until_s, |declared| declared.until_s),
            outlet: 0,
            curve: 0,
            efficiency: 1.0,
            start_kwh: arrived_kwh,
            target_kwh: arrived_kwh + session.energy_kwh,
            declared_target_kwh: arrived_kwh + declared.map_or(session.energy_kwh, |declared| declared.energy_kwh),
            possible_kwh: arrived_kwh,
        }
    }
}
