//! One station in one lane: its cars in a step. Scalar: a site without stations never comes here.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::scheduler::{Outlook, Scheduling, Valley};
use super::timetable::{Stay, Timetable};
use super::{Lot, PluggedCar, SessionOutcome, Station, StationTotals};
use crate::Plan;
use crate::simulation::lane::{abs, max, min};

/// A pack that lacks no more than this part of what it is to have is full: what is left is rounding.
const FULL: f64 = 1e-12;

/// A station's state, its open sums, and room for one step.
#[derive(Debug)]
pub(super) struct StationLane {
    pub(super) table: Arc<Timetable>,
    pub(super) scheduler: Scheduling,
    /// Of each session of the scenario; those whose stay does not meet the run keep zeros.
    pub(super) progress: Vec<Progress>,
    pub(super) meters: StationMeters,
    /// Stays that are plugged in during the step, in the order in which they were.
    active: Vec<u32>,
    /// The next stay to be plugged in, and the step that comes next.
    next_stay: usize,
    next_step: usize,
    surplus_kw: f64,
    /// What the network lets all together draw in the step.
    held_kw: f64,
    cars: Vec<PluggedCar>,
    moves: Vec<Move>,
    allotted_kw: Vec<f64>,
    room_kw: Vec<f64>,
    /// What cannot wait, and what could be drawn within the limits.
    range_kw: (f64, f64),
    order: Vec<u32>,
    keys: Vec<f64>,
    valley: Valley,
    outlook: Outlook,
}

/// How far a stay is, kWh.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    /// In the pack.
    pub(super) stored_kwh: f64,
    pub(super) drawn_kwh: f64,
    pub(super) loss_kwh: f64,
}

/// The open sums.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StationMeters {
    /// kW·steps.
    pub(super) power: f64,
    pub(super) peak_kw: f64,
    /// Electricity × import price.
    pub(super) import_cost: f64,
    pub(super) residual_kwh: f64,
}

/// What a car does in the step.
#[derive(Debug, Clone, Copy)]
struct Move {
    /// The part of the step in its stay.
    share: f64,
    /// Mean power at the AC terminals.
    drawn_kw: f64,
    efficiency: f64,
}

impl StationLane {
    pub(super) fn new(station: &Station, plan: &Plan) -> Self {
        let table = Timetable::new(station, plan);
        let (cars, limits) = (table.most_at_once, table.limits_kw.len());
        let looks_ahead = station.scheduler.looks_ahead();
        let mut progress = alloc::vec![Progress::default(); station.sessions.len()];
        for stay in &table.stays {
            progress[stay.session as usize].stored_kwh = stay.start_kwh;
        }
        Self {
            scheduler: station.scheduler.clone(),
            progress,
            meters: StationMeters::default(),
            active: Vec::with_capacity(cars),
            next_stay: 0,
            next_step: 0,
            surplus_kw: 0.0,
            held_kw: f64::INFINITY,
            cars: Vec::with_capacity(cars),
            moves: Vec::with_capacity(cars),
            allotted_kw: alloc::vec![0.0; cars],
            room_kw: alloc::vec![0.0; limits],
            range_kw: (0.0, 0.0),
            order: alloc::vec![0; cars],
            keys: alloc::vec![0.0; cars],
            valley: if looks_ahead { Valley::for_cars(cars) } else { Valley::default() },
            outlook: if looks_ahead { Outlook::for_steps(table.most_ahead) } else { Outlook::default() },
            table: Arc::new(table),
        }
    }

    /// Runs a station through all steps by its own scheduler, and shows each.
    pub(super) fn run_alone(station: &Station, plan: &Plan, mut see: impl FnMut(usize, &Self)) -> Self {
        let mut lane = Self::new(station, plan);
        for step in 0..plan.steps() {
            lane.begin(step, plan.generation_kw(step) - plan.load_kw(step));
            lane.commit(step);
            see(step, &lane);
        }
        lane
    }

    /// Sees who is plugged in during a step, and lets the scheduler allot.
    pub(super) fn begin(&mut self, step: usize, surplus_kw: f64) {
        (self.surplus_kw, self.held_kw) = (surplus_kw, f64::INFINITY);
        self.plug_in(step);
        self.cars.clear();
        self.moves.clear();
        for at in 0..self.active.len() {
            let (car, its_move) = self.seen(self.active[at] as usize, step);
            self.cars.push(car);
            self.moves.push(its_move);
        }
        self.range_kw = (self.through_limits(|car| car.urgent_kw), self.through_limits(|car| car.wanted_kw));
        self.allot_by_scheduler();
    }

    /// Lets the scheduler allot, whatever was allotted or cut before.
    pub(super) fn allot_by_scheduler(&mut self) {
        let scheduler = self.scheduler.clone();
        self.allot(f64::INFINITY, |lot| scheduler.scheduler().allot(lot));
    }

    /// Holds all together to what the network lets them draw, from the next allotment on.
    pub(super) fn hold(&mut self, most_kw: f64) {
        let (urgent_kw, wanted_kw) = self.range_kw;
        self.held_kw = min(self.held_kw, most_kw);
        self.range_kw = (min(urgent_kw, most_kw), min(wanted_kw, most_kw));
    }

    /// Takes up arrivals and departures; anew where the run did not come from the step before.
    fn plug_in(&mut self, step: usize) {
        let (stays, step_s) = (&self.table.stays, i64::from(self.table.step_s));
        let begin_s = step as i64 * step_s;
        if step != self.next_step {
            (self.next_stay, self.next_step) = (0, step);
            self.active.clear();
        }
        self.next_step += 1;
        self.active.retain(|stay| stays[*stay as usize].until_s > begin_s);
        while let Some(stay) = stays.get(self.next_stay).filter(|stay| stay.plugged_s < begin_s + step_s) {
            if stay.until_s > begin_s {
                self.active.push(self.next_stay as u32);
            }
            self.next_stay += 1;
        }
    }

    /// A car as schedulers see it in a step.
    fn seen(&self, index: usize, step: usize) -> (PluggedCar, Move) {
        let Timetable { stays, outlets, curves, step_s, step_h, .. } = &*self.table;
        let stay = &stays[index];
        let stored_kwh = self.progress[stay.session as usize].stored_kwh;
        let outlet = &outlets[stay.outlet as usize];
        let (begin_s, length_s) = (step as i64 * i64::from(*step_s), i64::from(*step_s));
        let there_s = stay.until_s.min(begin_s + length_s) - stay.plugged_s.max(begin_s);
        let share = there_s as f64 / length_s as f64;
        let ceiling_kw = outlet.full_kw * stay.efficiency;
        let end_kwh = curves[stay.curve as usize].charge_kwh(stored_kwh, stay.target_kwh, ceiling_kw, share);
        let is_full = stay.target_kwh - stored_kwh <= FULL * (1.0 + stay.target_kwh);
        let most_kw = if is_full { 0.0 } else { (end_kwh - stored_kwh) / stay.efficiency / step_h };
        let rest_kwh = max(stay.declared_target_kwh - stored_kwh, 0.0) / stay.efficiency;
        let wanted_kw = min(most_kw, rest_kwh / step_h);
        let later_h = max((stay.declared_until_s - begin_s - length_s) as f64, 0.0) / 3600.0;
        let urgent_kw = (rest_kwh - outlet.full_kw * later_h) / step_h;
        let car = PluggedCar {
            session: stay.session,
            bay: stay.bay,
            plugged_s: stay.plugged_s,
            until_s: stay.declared_until_s,
            rest_kwh,
            rate_kw: outlet.full_kw,
            most_kw,
            wanted_kw,
            least_kw: outlet.least_kw * share,
            urgent_kw: max(min(urgent_kw, wanted_kw), 0.0),
            node: stay.node,
            leaves_s: stay.until_s,
        };
        (car, Move { share, drawn_kw: 0.0, efficiency: stay.efficiency })
    }

    fn lot(&mut self) -> Lot<'_> {
        Lot {
            cars: &self.cars,
            allotted_kw: &mut self.allotted_kw[..self.cars.len()],
            room_kw: &mut self.room_kw,
            parents: &self.table.parents,
            order: &mut self.order,
            keys: &mut self.keys,
            step: self.next_step - 1,
            step_s: self.table.step_s,
            surplus_kw: self.surplus_kw,
            import_price_per_kwh: &self.table.import_price_per_kwh,
            export_price_per_kwh: &self.table.export_price_per_kwh,
            net_load_kw: &self.table.net_load_kw,
            valley: &mut self.valley,
            outlook: &mut self.outlook,
        }
    }

    /// Allots anew, `most_kw` to all together.
    fn allot(&mut self, most_kw: f64, allot: impl FnOnce(&mut Lot<'_>)) {
        self.allotted_kw.fill(0.0);
        self.room_kw.copy_from_slice(&self.table.limits_kw);
        self.room_kw[0] = min(most_kw, self.held_kw);
        allot(&mut self.lot());
        // A strategy's ask is no limit to what is taken up later; what the network lets them draw is.
        self.room_kw[0] = self.held_kw - self.allotted_kw[..self.cars.len()].iter().sum::<f64>();
        for car in 0..self.cars.len() {
            self.moves[car] = self.moved(car, self.allotted_kw[car]);
        }
    }

    /// What a car does with what it is allotted.
    fn moved(&self, car: usize, allotted_kw: f64) -> Move {
        let Timetable { stays, outlets, curves, step_h, .. } = &*self.table;
        let PluggedCar { most_kw, .. } = self.cars[car];
        let (stay, share) = (&stays[self.active[car] as usize], self.moves[car].share);
        if allotted_kw <= 0.0 || allotted_kw >= most_kw {
            let drawn_kw = if allotted_kw > 0.0 { most_kw } else { 0.0 };
            return Move { share, drawn_kw, efficiency: stay.efficiency };
        }
        let outlet = &outlets[stay.outlet as usize];
        let pilot_kw = min(max(allotted_kw / share, outlet.least_kw), outlet.full_kw);
        let efficiency = outlet.efficiency(pilot_kw);
        let stored_kwh = self.progress[stay.session as usize].stored_kwh;
        let curve = &curves[stay.curve as usize];
        let end_kwh = curve.charge_kwh(stored_kwh, stay.target_kwh, pilot_kw * efficiency, share);
        // At its least power it pauses once its share is drawn.
        let drawn_kw = min((end_kwh - stored_kwh) / efficiency / step_h, allotted_kw);
        Move { share, drawn_kw, efficiency }
    }

    /// Shares `kw` by earliest departure, as a strategy asks.
    pub(super) fn draw(&mut self, kw: f64) {
        self.allot(max(kw, 0.0), |lot| lot.give_in_order(|car| car.until_s as f64, |car| car.wanted_kw));
    }

    /// Mean power of all cars, kW.
    pub(super) fn power_kw(&self) -> f64 {
        self.moves.iter().fold(0.0, |sum, its_move| sum + its_move.drawn_kw)
    }

    /// Session and mean power of each plugged car, kW.
    pub(super) fn drawn(&self) -> impl Iterator<Item = (u32, f64)> + '_ {
        self.cars.iter().zip(&self.moves).map(|(car, its_move)| (car.session, its_move.drawn_kw))
    }

    /// Energy that plugged cars still want as declared, kWh at AC terminals, at the step's start.
    pub(super) fn rest_kwh(&self) -> f64 {
        self.cars.iter().fold(0.0, |sum, car| sum + car.rest_kwh)
    }

    /// Power that cannot wait, and power that could be drawn within the limits, kW.
    pub(super) fn range_kw(&self) -> (f64, f64) {
        self.range_kw
    }

    /// What of a power of each car the limits let through, from the outermost ones to the station.
    fn through_limits(&mut self, of: fn(&PluggedCar) -> f64) -> f64 {
        let (table, flows_kw) = (&*self.table, &mut self.room_kw);
        flows_kw.fill(0.0);
        self.cars.iter().for_each(|car| flows_kw[car.node as usize] += of(car));
        for node in (1..flows_kw.len()).rev() {
            flows_kw[table.parents[node] as usize] += min(flows_kw[node], table.limits_kw[node]);
        }
        flows_kw[0]
    }

    /// Cuts up to `short_kw`, the latest departures first, to what cannot wait or altogether; returns what is still short.
    pub(super) fn cut(&mut self, mut short_kw: f64, altogether: bool) -> f64 {
        self.lot().sort(|car| -(car.until_s as f64));
        for at in 0..self.cars.len() {
            let car = self.order[at] as usize;
            let drawn_kw = &mut self.moves[car].drawn_kw;
            let floor_kw = if altogether { 0.0 } else { min(self.cars[car].urgent_kw, *drawn_kw) };
            let room_kw = *drawn_kw - floor_kw;
            *drawn_kw = if room_kw > short_kw { *drawn_kw - short_kw } else { floor_kw };
            short_kw -= min(room_kw, short_kw);
        }
        short_kw
    }

    /// Lets cars take up to `over_kw`, the earliest departures first; returns what is still over.
    pub(super) fn absorb(&mut self, mut over_kw: f64) -> f64 {
        self.lot().sort(|car| car.until_s as f64);
        for at in 0..self.cars.len() {
            let car = self.order[at] as usize;
            let wanted_kw = self.cars[car].wanted_kw - self.allotted_kw[car];
            let (more_kw, before_kw) = (min(wanted_kw, over_kw), self.moves[car].drawn_kw);
            let allotted_kw = self.allotted_kw[car];
            // Lifted to its least power it would take more than there is over.
            if more_kw <= 0.0 || allotted_kw + more_kw < min(self.cars[car].least_kw, self.cars[car].wanted_kw) {
                continue;
            }
            self.lot().give(car, more_kw);
            let its_move = self.moved(car, self.allotted_kw[car]);
            if its_move.drawn_kw > before_kw {
                self.moves[car] = its_move;
                over_kw = max(over_kw - (its_move.drawn_kw - before_kw), 0.0);
            }
        }
        over_kw
    }

    pub(super) fn trip(&mut self) {
        self.moves.iter_mut().for_each(|its_move| its_move.drawn_kw = 0.0);
    }

    /// Packs and meters advance by the step.
    pub(super) fn commit(&mut self, step: usize) {
        let step_h = self.table.step_h;
        for (stay, its_move) in self.active.iter().zip(&self.moves).filter(|(_, its_move)| its_move.drawn_kw > 0.0) {
            let stay = &self.table.stays[*stay as usize];
            let progress = &mut self.progress[stay.session as usize];
            let drawn_kwh = its_move.drawn_kw * step_h;
            let loss_kwh = drawn_kwh * (1.0 - its_move.efficiency);
            let before_kwh = progress.stored_kwh;
            progress.stored_kwh = min(before_kwh + drawn_kwh * its_move.efficiency, stay.target_kwh);
            progress.drawn_kwh += drawn_kwh;
            progress.loss_kwh += loss_kwh;
            self.meters.residual_kwh += abs(drawn_kwh - (progress.stored_kwh - before_kwh) - loss_kwh);
        }
        let power_kw = self.power_kw();
        self.meters.power += power_kw;
        self.meters.peak_kw = max(power_kw, self.meters.peak_kw);
        self.meters.import_cost += power_kw * step_h * self.table.import_price_per_kwh[step];
    }

    /// Whether a pack holds what no run leaves in it.
    pub(super) fn is_impossible(&self) -> bool {
        let is_outside = |stay: &Stay| {
            let slack = 1e-9 * (1.0 + stay.target_kwh);
            let stored_kwh = self.progress[stay.session as usize].stored_kwh;
            !(stay.start_kwh - slack..=stay.target_kwh + slack).contains(&stored_kwh)
        };
        self.table.stays.iter().any(is_outside)
    }

    /// What became of each session whose stay meets the run, in the order of the scenario.
    pub(super) fn sessions(&self, station: &Station, plan: &Plan) -> Vec<SessionOutcome> {
        let end_s = plan.steps() as i64 * i64::from(self.table.step_s);
        let of_stays = self.table.stays.iter().map(|stay| (stay, &self.progress[stay.session as usize]));
        let served = of_stays.map(|(stay, progress)| SessionOutcome {
            session: stay.session,
            bay: Some(stay.bay),
            plugged_s: stay.plugged_s,
            until_s: stay.until_s,
            waited_s: stay.waited_s,
            arrived_kwh: stay.start_kwh,
            departed_kwh: progress.stored_kwh,
            wanted_kwh: stay.target_kwh - stay.start_kwh,
            possible_kwh: stay.possible_kwh - stay.start_kwh,
            drawn_kwh: progress.drawn_kwh,
            loss_kwh: progress.loss_kwh,
        });
        let mut sessions: Vec<SessionOutcome> = served.collect();
        let places = super::assign::assign(station);
        let turned_away = station
            .sessions
            .iter()
            .zip(places)
            .enumerate()
            .filter(|(_, (session, place))| place.bay.is_none() && session.from_s < end_s && session.until_s > 0);
        sessions.extend(turned_away.map(|(i, (session, place))| SessionOutcome {
            session: i as u32,
            bay: None,
            plugged_s: place.at_s,
            until_s: session.until_s,
            waited_s: place.at_s - session.from_s,
            arrived_kwh: 0.0,
            departed_kwh: 0.0,
            wanted_kwh: session.energy_kwh,
            possible_kwh: 0.0,
            drawn_kwh: 0.0,
            loss_kwh: 0.0,
        }));
        sessions.sort_by_key(|session| session.session);
        sessions
    }

    pub(super) fn totals(&self, station: &Station, plan: &Plan) -> StationTotals {
        let totals = StationTotals::default().of_sessions(&self.sessions(station, plan));
        let electricity_kwh = self.meters.power * plan.step_h();
        let delivered_kwh = totals.delivered_kwh;
        StationTotals {
            electricity_kwh,
            peak_kw: self.meters.peak_kw,
            import_cost_per_kwh: if delivered_kwh > 0.0 { self.meters.import_cost / delivered_kwh } else { 0.0 },
            energy_revenue: electricity_kwh * station.energy_price_per_kwh,
            service_revenue: electricity_kwh * station.service_fee_per_kwh,
            undelivered_cost: totals.undelivered_kwh * station.undelivered_cost_per_kwh,
            residual_kwh: self.meters.residual_kwh,
            ..totals
        }
    }
}
