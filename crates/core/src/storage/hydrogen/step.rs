//! A hydrogen plant's numbers for the steps of a run, and the scalar equations of the module's model.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::HydrogenPlant;
use super::electrolyser::ElectrolyserNumbers;
use super::fuel_cell::FuelCellNumbers;
use super::gas::LHV_KWH_PER_KG;
use super::tank::TankNumbers;
use crate::simulation::lane::{max, min};
use crate::{Plan, Series};

/// Powers up to this are what a balance leaves by rounding, worth no start and no stop, kW.
pub(crate) const START_ABOVE_KW: f64 = 1e-6;

/// What a step's rules say, as flags.
const GRID_IS_UP: u8 = 1;
const IS_CHEAP: u8 = 2;
const IS_DEAR: u8 = 4;

/// What does not change in the run.
#[derive(Debug, Clone)]
pub(crate) struct HydrogenStep {
    step_s: f64,
    step_h: f64,
    pub(crate) tank: TankNumbers,
    electrolyser: Option<ElectrolyserNumbers>,
    fuel_cell: Option<FuelCellNumbers>,
    load_kg_per_h: Series,
    flags: Arc<[u8]>,
    grid_below_kg: f64,
    reserve_kg: f64,
    sale_kg_per_h: f64,
    sale_above_kg: f64,
}

/// What a plant carries from step to step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct HydrogenState {
    pub(crate) stored_kg: f64,
    /// 1 where the electrolyser is on or starting.
    pub(crate) running: f64,
    /// What is left of a start, and of standby until it is off, s.
    pub(crate) start_left_s: f64,
    pub(crate) warm_left_s: f64,
    /// Power of the electrolyser, without the compressor, where it made hydrogen at the end of the last step, kW; else 0.
    pub(crate) on_kw: f64,
    /// Rise of a cell's voltage.
    pub(crate) rise_v: f64,
    /// 1 where the fuel cell is on.
    pub(crate) generating: f64,
}

/// What a step brings, before anyone decides.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moment {
    flags: u8,
    /// Hydrogen that the load asks for in the step.
    load_kg: f64,
    /// What the electrolyser takes if it does not run, in the mean of the step.
    pub(crate) idle_kw: f64,
    /// If it runs: time of starting and time of making hydrogen in the step.
    start_h: f64,
    on_h: f64,
    /// Hydrogen per hydrogen of a new stack at the same power.
    health: f64,
}

/// The electrolyser while it makes hydrogen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OnPoint {
    /// With the compressor, kW.
    power_kw: f64,
    /// Without it, kW.
    electrolyser_kw: f64,
    kg_per_h: f64,
    work_kwh_per_kg: f64,
}

/// What a plant does in a step; powers are means of the step, kW.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) enum Doing {
    /// The electrolyser is in standby or off.
    #[default]
    Resting,
    /// Nothing is fed: standby is over.
    Dead,
    /// The electrolyser runs or starts. Its point is known where nothing changed the power that it was found for.
    Electrolysing { power_kw: f64, point: Option<OnPoint> },
    /// The fuel cell runs.
    Generating { power_kw: f64 },
}

/// What a step did, kWh and kg.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct HydrogenFlows {
    pub(crate) taken_kwh: f64,
    pub(crate) start_standby_kwh: f64,
    pub(crate) conversion_kwh: f64,
    pub(crate) compression_kwh: f64,
    pub(crate) heat_kwh: f64,
    pub(crate) made_kg: f64,
    pub(crate) on_h: f64,
    pub(crate) given_kwh: f64,
    pub(crate) cell_conversion_kwh: f64,
    pub(crate) cell_heat_kwh: f64,
    pub(crate) used_kg: f64,
    pub(crate) delivered_kg: f64,
    pub(crate) sold_kg: f64,
    pub(crate) unserved_kg: f64,
}

impl HydrogenFlows {
    pub(crate) fn add(&mut self, step: &Self) {
        self.taken_kwh += step.taken_kwh;
        self.start_standby_kwh += step.start_standby_kwh;
        self.conversion_kwh += step.conversion_kwh;
        self.compression_kwh += step.compression_kwh;
        self.heat_kwh += step.heat_kwh;
        self.made_kg += step.made_kg;
        self.on_h += step.on_h;
        self.given_kwh += step.given_kwh;
        self.cell_conversion_kwh += step.cell_conversion_kwh;
        self.cell_heat_kwh += step.cell_heat_kwh;
        self.used_kg += step.used_kg;
        self.delivered_kg += step.delivered_kg;
        self.sold_kg += step.sold_kg;
        self.unserved_kg += step.unserved_kg;
    }

    /// By how much the books of electrolyser, fuel cell and tank miss, kWh.
    pub(crate) fn residuals_kwh(&self, change_kg: f64) -> [f64; 3] {
        let losses = self.start_standby_kwh + self.conversion_kwh + self.compression_kwh + self.heat_kwh;
        let electrolyser = self.taken_kwh - LHV_KWH_PER_KG * self.made_kg - losses;
        let cell = LHV_KWH_PER_KG * self.used_kg - self.given_kwh - self.cell_conversion_kwh - self.cell_heat_kwh;
        let tank = self.made_kg - self.used_kg - self.delivered_kg - self.sold_kg - change_kg;
        [electrolyser.abs(), cell.abs(), LHV_KWH_PER_KG * tank.abs()]
    }
}

impl HydrogenStep {
    pub(crate) fn new(plant: &HydrogenPlant, plan: &Plan) -> Self {
        let tank = TankNumbers::new(plant);
        let electrolyser = plant.electrolyser.as_ref();
        let fuel_cell = plant.fuel_cell.as_ref();
        let up_to = electrolyser.map_or(f64::NEG_INFINITY, |electrolyser| electrolyser.grid_up_to_price_per_kwh);
        let from = fuel_cell.map_or(f64::INFINITY, |cell| cell.from_price_per_kwh);
        let flags = |(step, price): (usize, &f64)| {
            let flag = |yes: bool, flag: u8| if yes { flag } else { 0 };
            flag(plan.grid_is_up(step), GRID_IS_UP) | flag(*price <= up_to, IS_CHEAP) | flag(*price >= from, IS_DEAR)
        };
        let flags: Vec<u8> = plan.import_price_per_kwh().iter().enumerate().map(flags).collect();
        let keep_above = electrolyser.map_or(0.0, |electrolyser| electrolyser.grid_below_level);
        Self {
            step_s: plan.step_h() * 3600.0,
            step_h: plan.step_h(),
            electrolyser: electrolyser.map(|electrolyser| ElectrolyserNumbers::new(electrolyser, plan.step_h())),
            fuel_cell: fuel_cell.map(FuelCellNumbers::new),
            load_kg_per_h: plant.load_kg_per_h.clone(),
            flags: flags.into(),
            // A tank emptied to its least may be a rounding below it, which is no reason to fill it.
            grid_below_kg: tank.at_level(keep_above) - 1e-9 * tank.most_kg,
            reserve_kg: tank.at_level(fuel_cell.map_or(0.0, |cell| cell.reserve_level)),
            sale_kg_per_h: plant.sale.map_or(0.0, |sale| sale.most_kg_per_h),
            sale_above_kg: tank.at_level(plant.sale.map_or(1.0, |sale| sale.above_level)),
            tank,
        }
    }

    pub(crate) fn step_h(&self) -> f64 {
        self.step_h
    }

    /// The state at a run's start: off.
    pub(crate) fn start(&self) -> HydrogenState {
        HydrogenState {
            stored_kg: self.tank.start_kg,
            running: 0.0,
            start_left_s: 0.0,
            warm_left_s: 0.0,
            on_kw: 0.0,
            rise_v: self.electrolyser.as_ref().map_or(0.0, |numbers| numbers.initial_rise_v),
            generating: 0.0,
        }
    }

    pub(crate) fn moment(&self, step: usize, state: &HydrogenState) -> Moment {
        let mut moment =
            Moment { flags: self.flags[step], load_kg: self.load_kg_per_h.at(step) * self.step_h, ..Moment::default() };
        if let Some(numbers) = &self.electrolyser {
            let warm_s = min(state.warm_left_s, self.step_s);
            moment.idle_kw = numbers.standby_kw * (warm_s / self.step_s);
            let start_s = if state.running > 0.0 {
                state.start_left_s
            } else if state.warm_left_s > 0.0 {
                numbers.warm_start_s
            } else {
                numbers.cold_start_s
            };
            let start_s = min(start_s, self.step_s);
            moment.start_h = start_s / 3600.0;
            moment.on_h = (self.step_s - start_s) / 3600.0;
            moment.health = numbers.rated_v / (numbers.rated_v + state.rise_v);
        }
        moment
    }

    /// The power of the electrolyser and its compressor while it takes so much without the compressor.
    fn point(&self, numbers: &ElectrolyserNumbers, moment: &Moment, stored_kg: f64, electrolyser_kw: f64) -> OnPoint {
        let kg_per_h = moment.health * numbers.on.at(electrolyser_kw)[0];
        let work_kwh_per_kg = self.work(moment, stored_kg, kg_per_h);
        OnPoint { power_kw: electrolyser_kw + work_kwh_per_kg * kg_per_h, electrolyser_kw, kg_per_h, work_kwh_per_kg }
    }

    /// Work of the compressor at the pressure of the middle of the step, as far as production and load make it.
    fn work(&self, moment: &Moment, stored_kg: f64, kg_per_h: f64) -> f64 {
        self.tank.work_kwh_per_kg(stored_kg + 0.5 * (kg_per_h * moment.on_h - moment.load_kg))
    }

    /// The point at a power with the compressor, within limits on what the electrolyser takes.
    fn point_at(
        &self,
        numbers: &ElectrolyserNumbers,
        moment: &Moment,
        stored_kg: f64,
        power_kw: f64,
        (least_kw, most_kw): (f64, f64),
    ) -> OnPoint {
        // Once at the pressure of the step's start, and again at that of its middle.
        let work = self.tank.work_kwh_per_kg(stored_kg);
        let electrolyser_kw = numbers.on.where_sum_is(power_kw, work * moment.health);
        let work_kwh_per_kg = self.work(moment, stored_kg, moment.health * numbers.on.at(electrolyser_kw)[0]);
        let electrolyser_kw = numbers.on.where_sum_is(power_kw, work_kwh_per_kg * moment.health);
        let held_kw = max(min(electrolyser_kw, most_kw), least_kw);
        let kg_per_h = moment.health * numbers.on.at(held_kw)[0];
        OnPoint { power_kw: held_kw + work_kwh_per_kg * kg_per_h, electrolyser_kw: held_kw, kg_per_h, work_kwh_per_kg }
    }

    /// What the electrolyser can take while on, without the compressor; `None` where it cannot run.
    fn window(&self, numbers: &ElectrolyserNumbers, moment: &Moment, state: &HydrogenState) -> Option<(f64, f64)> {
        let (mut least_kw, mut most_kw) = (numbers.least_kw, numbers.rating_kw);
        if state.on_kw > 0.0 {
            most_kw = max(min(most_kw, state.on_kw + numbers.ramp_kw), least_kw);
            least_kw = max(least_kw, state.on_kw - numbers.ramp_kw);
        }
        let room_kg = self.tank.most_kg - state.stored_kg + moment.load_kg;
        let made = |kw: f64| moment.health * numbers.on.at(kw)[0] * moment.on_h;
        if state.running <= 0.0 && room_kg < moment.health * numbers.on.at(numbers.least_kw)[0] {
            return None; // Not worth a start: the tank is full within an hour of its least load.
        }
        if made(most_kw) > room_kg {
            if made(numbers.least_kw) > room_kg {
                return None;
            }
            most_kw = min(numbers.on.where_first_is(room_kg / (moment.health * moment.on_h)), most_kw);
            least_kw = min(least_kw, most_kw);
        }
        Some((least_kw, most_kw))
    }

    /// The mean power of a step in which it takes so much while on.
    fn mean_kw(&self, numbers: &ElectrolyserNumbers, moment: &Moment, on_kw: f64) -> f64 {
        if moment.start_h > 0.0 {
            (numbers.start_kw * moment.start_h + on_kw * moment.on_h) / self.step_h
        } else {
            on_kw
        }
    }

    fn electrolysing(&self, numbers: &ElectrolyserNumbers, moment: &Moment, point: OnPoint) -> Doing {
        Doing::Electrolysing { power_kw: self.mean_kw(numbers, moment, point.power_kw), point: Some(point) }
    }

    /// Least and greatest mean power of a step in which the electrolyser runs, the latter with its point; `None` where it
    /// cannot.
    pub(crate) fn draw_limits(&self, moment: &Moment, state: &HydrogenState) -> Option<(f64, f64, OnPoint)> {
        let numbers = self.electrolyser.as_ref()?;
        let (least_kw, most_kw) = self.window(numbers, moment, state)?;
        let point = |kw: f64| self.point(numbers, moment, state.stored_kg, kw);
        let mean_kw = |point: OnPoint| self.mean_kw(numbers, moment, point.power_kw);
        let (least, most) = (point(least_kw), point(most_kw));
        Some((mean_kw(least), mean_kw(most), most))
    }

    /// Least and greatest power of the fuel cell, above what it is to leave in the tank; `None` where it cannot run.
    fn give_limits_above(&self, moment: &Moment, state: &HydrogenState, floor_kg: f64) -> Option<(f64, f64)> {
        let numbers = self.fuel_cell.as_ref()?;
        let most_kg_per_h = (state.stored_kg - floor_kg - moment.load_kg) / self.step_h;
        if most_kg_per_h < numbers.on.at(numbers.least_kw)[0] {
            return None;
        }
        let is_enough = most_kg_per_h >= numbers.on.at(numbers.rating_kw)[0];
        let most_kw = if is_enough { numbers.rating_kw } else { numbers.on.where_first_is(most_kg_per_h) };
        Some((numbers.least_kw, most_kw))
    }

    /// Least and greatest power of the fuel cell; `None` where it cannot run.
    pub(crate) fn give_limits(&self, moment: &Moment, state: &HydrogenState) -> Option<(f64, f64)> {
        self.give_limits_above(moment, state, self.tank.least_kg)
    }

    pub(crate) fn forms_grid(&self) -> bool {
        self.fuel_cell.as_ref().is_some_and(|cell| cell.grid_forming)
    }

    /// What it does unasked before storage is known: nothing, but where it is to run from the grid.
    pub(crate) fn unasked(&self, moment: &Moment, state: &HydrogenState) -> Doing {
        let Some(numbers) = &self.electrolyser else { return Doing::Resting };
        let is_wanted = moment.flags & IS_CHEAP != 0 || state.stored_kg < self.grid_below_kg;
        if moment.flags & GRID_IS_UP == 0 || !is_wanted {
            return Doing::Resting;
        }
        let Some((_, most_kw)) = self.window(numbers, moment, state) else { return Doing::Resting };
        self.electrolysing(numbers, moment, self.point(numbers, moment, state.stored_kg, most_kw))
    }

    /// What it does where it is asked to draw `kw`, negative to give.
    pub(crate) fn asked(&self, moment: &Moment, state: &HydrogenState, kw: f64) -> Doing {
        if kw >= 0.0 { self.drawing(moment, state, kw) } else { self.giving(self.give_limits(moment, state), -kw) }
    }

    /// Takes `kw` while on, or as much less as it can; rests where that is below its least.
    fn drawing(&self, moment: &Moment, state: &HydrogenState, kw: f64) -> Doing {
        let Some(numbers) = &self.electrolyser else { return Doing::Resting };
        // Looked at first, as most steps without sun end here.
        if kw < numbers.least_kw || (moment.start_h > 0.0 && kw < numbers.start_kw) {
            return Doing::Resting;
        }
        let Some(window) = self.window(numbers, moment, state) else { return Doing::Resting };
        let point = self.point_at(numbers, moment, state.stored_kg, kw, window);
        // A point that was raised to its least may take a rounding more than is there.
        if point.power_kw > kw + START_ABOVE_KW { Doing::Resting } else { self.electrolysing(numbers, moment, point) }
    }

    fn giving(&self, limits: Option<(f64, f64)>, kw: f64) -> Doing {
        match limits {
            Some((least_kw, most_kw)) if kw >= least_kw => Doing::Generating { power_kw: min(kw, most_kw) },
            _ => Doing::Resting,
        }
    }

    /// What it does unasked once storage has done what it does, and the site would import `net_kw`, negative to export.
    pub(crate) fn follow(&self, moment: &Moment, state: &HydrogenState, doing: Doing, net_kw: f64) -> Doing {
        if moment.flags & GRID_IS_UP == 0 || doing != Doing::Resting {
            return doing;
        }
        if net_kw < -START_ABOVE_KW {
            return self.drawing(moment, state, moment.idle_kw - net_kw);
        }
        if net_kw > START_ABOVE_KW && moment.flags & IS_DEAR != 0 {
            return self.giving(self.give_limits_above(moment, state, self.reserve_kg), net_kw);
        }
        doing
    }

    /// Its power, positive into the bus.
    pub(crate) fn power_kw(&self, moment: &Moment, doing: &Doing) -> f64 {
        match doing {
            Doing::Resting => -moment.idle_kw,
            Doing::Dead => 0.0,
            Doing::Electrolysing { power_kw, .. } => -power_kw,
            Doing::Generating { power_kw } => power_kw - moment.idle_kw,
        }
    }

    /// A step's flows, each loss by its own law, and the state after it.
    pub(crate) fn run(&self, moment: &Moment, state: &HydrogenState, doing: &Doing) -> (HydrogenFlows, HydrogenState) {
        let mut flows = HydrogenFlows::default();
        let mut next = *state;
        next.generating = 0.0;
        match *doing {
            Doing::Electrolysing { power_kw, point } => {
                self.electrolyse(moment, (power_kw, point), &mut flows, &mut next);
            }
            Doing::Generating { power_kw } => {
                self.rest(moment, false, &mut flows, &mut next);
                self.generate(power_kw, &mut flows, &mut next);
            }
            Doing::Resting => self.rest(moment, false, &mut flows, &mut next),
            Doing::Dead => self.rest(moment, true, &mut flows, &mut next),
        }
        let there_kg = state.stored_kg + flows.made_kg - flows.used_kg;
        flows.delivered_kg = max(min(moment.load_kg, there_kg - self.tank.least_kg), 0.0);
        flows.unserved_kg = moment.load_kg - flows.delivered_kg;
        let left_kg = there_kg - flows.delivered_kg;
        flows.sold_kg = max(min(self.sale_kg_per_h * self.step_h, left_kg - self.sale_above_kg), 0.0);
        next.stored_kg = left_kg - flows.sold_kg;
        (flows, next)
    }

    fn electrolyse(
        &self,
        moment: &Moment,
        (power_kw, point): (f64, Option<OnPoint>),
        flows: &mut HydrogenFlows,
        next: &mut HydrogenState,
    ) {
        let Some(numbers) = &self.electrolyser else { return };
        flows.taken_kwh = power_kw * self.step_h;
        flows.start_standby_kwh = numbers.start_kw * moment.start_h;
        let start_s = moment.start_h * 3600.0;
        if next.running > 0.0 {
            next.start_left_s = max(next.start_left_s - start_s, 0.0);
        } else {
            let whole_s = if next.warm_left_s > 0.0 { numbers.warm_start_s } else { numbers.cold_start_s };
            next.start_left_s = max(whole_s - start_s, 0.0);
            next.running = 1.0;
        }
        if moment.on_h <= 0.0 {
            return;
        }
        let point = point.unwrap_or_else(|| {
            let on_kw = (flows.taken_kwh - flows.start_standby_kwh) / moment.on_h;
            self.point_at(numbers, moment, next.stored_kg, on_kw, (numbers.least_kw, numbers.rating_kw))
        });
        let dc_kw = numbers.dc_kw(point.electrolyser_kw);
        let rectified_kw = point.electrolyser_kw - numbers.auxiliary_kw;
        let conversion_kw = numbers.auxiliary_kw + rectified_kw * (1.0 - numbers.rectifier_efficiency);
        // What the risen voltage takes of the stack's power is heat too.
        let heat_kw = moment.health * numbers.on.at(point.electrolyser_kw)[1] + (1.0 - moment.health) * dc_kw;
        next.start_left_s = 0.0; // What rounding leaves of a start that is over is nothing.
        flows.made_kg = point.kg_per_h * moment.on_h;
        flows.conversion_kwh = conversion_kw * moment.on_h;
        flows.compression_kwh = point.work_kwh_per_kg * flows.made_kg;
        flows.heat_kwh = heat_kw * moment.on_h;
        flows.on_h = moment.on_h;
        next.on_kw = point.electrolyser_kw;
        next.warm_left_s = numbers.standby_s;
        next.rise_v += numbers.rise_v_per_h * moment.on_h;
    }

    /// The electrolyser does not run; `dead` where it is not even kept warm.
    fn rest(&self, moment: &Moment, dead: bool, flows: &mut HydrogenFlows, next: &mut HydrogenState) {
        let Some(numbers) = &self.electrolyser else { return };
        if next.on_kw > 0.0 {
            next.rise_v += numbers.rise_per_stop_v;
        }
        next.running = 0.0;
        next.start_left_s = 0.0;
        next.on_kw = 0.0;
        if dead {
            next.warm_left_s = 0.0;
        } else {
            flows.taken_kwh = moment.idle_kw * self.step_h;
            flows.start_standby_kwh = numbers.standby_kw * (min(next.warm_left_s, self.step_s) / 3600.0);
            next.warm_left_s = max(next.warm_left_s - self.step_s, 0.0);
        }
    }

    fn generate(&self, power_kw: f64, flows: &mut HydrogenFlows, next: &mut HydrogenState) {
        let Some(numbers) = &self.fuel_cell else { return };
        let [kg_per_h, heat_kw] = numbers.on.at(power_kw);
        let dc_kw = numbers.dc_kw(power_kw);
        flows.given_kwh = power_kw * self.step_h;
        flows.cell_conversion_kwh = (numbers.auxiliary_kw + dc_kw * (1.0 - numbers.inverter_efficiency)) * self.step_h;
        flows.cell_heat_kwh = heat_kw * self.step_h;
        flows.used_kg = kg_per_h * self.step_h;
        next.generating = 1.0;
    }
}
