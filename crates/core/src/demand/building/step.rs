//! A building's numbers for the steps of a run, and the scalar equations of the module's model.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::super::cheap_steps::cheap_steps;
use super::heat_pump::at;
use super::thermal::{Surroundings, Temperatures, Thermal};
use super::{Building, HeatingRule};
use crate::Plan;
use crate::simulation::lane::{max, min};

/// What does not change in the run.
#[derive(Debug, Clone)]
pub(crate) struct BuildingStep {
    thermal: Thermal,
    /// Of each step.
    air: Vec<OutdoorAir>,
    backup_kw: f64,
    pub(super) least_c: f64,
    heating_set_c: f64,
    cooling_set_c: f64,
    pub(super) most_c: f64,
    start_c: f64,
    rule: HeatingRule,
    pub(super) flexible: bool,
    step_h: f64,
    /// Whether the step's import price is at or below its day's mean; empty where nobody asks.
    is_cheap: Arc<[bool]>,
}

/// What a step brings from outdoors, and what the heat pump can do at that temperature.
#[derive(Debug, Clone, Copy)]
struct OutdoorAir {
    around: Surroundings,
    heating: Machine,
    cooling: Machine,
}

/// A side of the heat pump in a step.
#[derive(Debug, Clone, Copy)]
struct Machine {
    most_heat_kw: f64,
    cop: f64,
}

impl Machine {
    fn most_kw(&self) -> f64 {
        self.most_heat_kw / self.cop
    }
}

/// What a building may do in a step. Powers in kW at AC terminals.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Range {
    pub(super) side: Side,
    pub(super) least_kw: f64,
    pub(super) most_kw: f64,
    /// What holds the thermostat's temperature.
    set_kw: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Side {
    Heating,
    Cooling,
    #[default]
    Rest,
}

/// What a step did with the heat, kWh, and where it ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeatFlows {
    pub(super) end: Temperatures,
    /// Given to the rooms, negative where taken from them.
    pub(super) heat_kwh: f64,
    pub(super) from_outdoors_kwh: f64,
    pub(super) backup_kwh: f64,
    pub(super) gains_kwh: f64,
    pub(super) loss_kwh: f64,
    pub(super) residual_kwh: f64,
}

impl BuildingStep {
    pub(crate) fn new(building: &Building, plan: &Plan) -> Self {
        let pump = &building.heat_pump;
        let air = |step: usize| {
            let (outdoor_c, gains_kw) = (building.outdoor_c.at(step), building.gains_kw.at(step));
            let side = |points| {
                let (most_heat_kw, cop) = at(points, outdoor_c);
                Machine { most_heat_kw, cop }
            };
            let around = Surroundings { outdoor_c, gains_kw };
            OutdoorAir { around, heating: side(&pump.heating), cooling: side(&pump.cooling) }
        };
        Self {
            thermal: Thermal::new(building, plan.step_h()),
            air: (0..plan.steps()).map(air).collect(),
            backup_kw: building.backup_kw,
            least_c: building.least_c,
            heating_set_c: building.heating_set_c,
            cooling_set_c: building.cooling_set_c,
            most_c: building.most_c,
            start_c: building.initial_c,
            rule: building.heating,
            flexible: building.flexible,
            step_h: plan.step_h(),
            is_cheap: if building.heating == HeatingRule::OffPeak { cheap_steps(plan) } else { Arc::new([]) },
        }
    }

    pub(super) fn step_h(&self) -> f64 {
        self.step_h
    }

    pub(super) fn start(&self) -> Temperatures {
        Temperatures { air_c: self.start_c, mass_c: self.start_c }
    }

    /// What it may do in a step.
    pub(super) fn range(&self, step: usize, from: &Temperatures) -> Range {
        let air = &self.air[step];
        let (free, _) = self.thermal.step(from, &air.around, 0.0);
        let side = self.side(free.air_c, air.around.outdoor_c);
        let power_to = |target_c: f64| match side {
            Side::Heating => self.heating_kw(air, self.thermal.heat_to(target_c, free.air_c)),
            Side::Cooling => self.cooling_kw(air, -self.thermal.heat_to(target_c, free.air_c)),
            Side::Rest => 0.0,
        };
        let (near_c, far_c, set_c) = match side {
            Side::Cooling => (self.most_c, self.least_c, self.cooling_set_c),
            _ => (self.least_c, self.most_c, self.heating_set_c),
        };
        let (least_kw, most_kw) = (power_to(near_c), power_to(far_c));
        Range { side, least_kw, most_kw: max(most_kw, least_kw), set_kw: power_to(set_c) }
    }

    fn side(&self, free_c: f64, outdoor_c: f64) -> Side {
        let (heats_to, cools_to) = (self.heating_set_c, self.cooling_set_c);
        if free_c < heats_to || (free_c <= cools_to && outdoor_c < heats_to) {
            Side::Heating
        } else if free_c > cools_to || outdoor_c > cools_to {
            Side::Cooling
        } else {
            Side::Rest
        }
    }

    /// Power that comes nearest to giving `heat_kw`: of the heat pump first, then of the back-up.
    fn heating_kw(&self, air: &OutdoorAir, heat_kw: f64) -> f64 {
        let pump_kw = min(heat_kw / air.heating.cop, air.heating.most_kw());
        let backup_kw = max(min(heat_kw - air.heating.most_heat_kw, self.backup_kw), 0.0);
        real(pump_kw + backup_kw)
    }

    /// Power that comes nearest to taking `heat_kw`.
    fn cooling_kw(&self, air: &OutdoorAir, heat_kw: f64) -> f64 {
        real(min(heat_kw / air.cooling.cop, air.cooling.most_kw()))
    }

    /// What it takes unasked, kW: `surplus_kw` is what generation leaves over.
    pub(super) fn unasked_kw(&self, step: usize, range: &Range, surplus_kw: f64) -> f64 {
        let wanted_kw = match self.rule {
            HeatingRule::OffPeak if !self.is_cheap[step] => 0.0,
            HeatingRule::Thermostat | HeatingRule::OffPeak => range.set_kw,
            HeatingRule::Surplus => real(surplus_kw),
        };
        max(min(wanted_kw, range.most_kw), range.least_kw)
    }

    /// A step under `power_kw`; the loss by its own law.
    pub(super) fn run(&self, step: usize, from: &Temperatures, side: Side, power_kw: f64) -> HeatFlows {
        let air = &self.air[step];
        let (heat_kw, backup_kw) = match side {
            Side::Heating => {
                let pump_kw = min(power_kw, air.heating.most_kw());
                let backup_kw = power_kw - pump_kw;
                (air.heating.cop * pump_kw + backup_kw, backup_kw)
            }
            Side::Cooling => (-air.cooling.cop * power_kw, 0.0),
            Side::Rest => (0.0, 0.0),
        };
        let (end, mean_air_c) = self.thermal.step(from, &air.around, heat_kw);
        let loss_kwh = self.thermal.loss_kw_per_c * (mean_air_c - air.around.outdoor_c) * self.step_h;
        let (heat_kwh, gains_kwh) = (heat_kw * self.step_h, air.around.gains_kw * self.step_h);
        let misses = heat_kwh + gains_kwh - loss_kwh - self.change_kwh(from, &end);
        HeatFlows {
            end,
            heat_kwh,
            from_outdoors_kwh: heat_kwh - power_kw * self.step_h,
            backup_kwh: backup_kw * self.step_h,
            gains_kwh,
            loss_kwh,
            residual_kwh: misses.abs(),
        }
    }

    /// What air and mass keep more at `to` than at `from`, kWh.
    pub(super) fn change_kwh(&self, from: &Temperatures, to: &Temperatures) -> f64 {
        let change = Temperatures { air_c: to.air_c - from.air_c, mass_c: to.mass_c - from.mass_c };
        self.thermal.stored_kwh(&change)
    }

    /// What it takes in each step of a run in which nobody asks and nothing is short or over, kW.
    pub(super) fn course(&self, plan: &Plan, taken_before: &mut [f64]) -> Vec<f64> {
        let mut at = self.start();
        let power = |(step, taken): (usize, &mut f64)| {
            let surplus_kw = plan.generation_kw(step) - plan.load_kw(step) - *taken;
            let range = self.range(step, &at);
            let power_kw = self.unasked_kw(step, &range, surplus_kw);
            at = self.run(step, &at, range.side, power_kw).end;
            *taken += power_kw;
            power_kw
        };
        taken_before.iter_mut().enumerate().map(power).collect()
    }
}

/// A power at or above 0; what rounding leaves of nothing is nothing.
fn real(power_kw: f64) -> f64 {
    if power_kw > 1e-12 { power_kw } else { 0.0 }
}
