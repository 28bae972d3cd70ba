//! A water heater's numbers for the steps of a run, and the scalar equations of the module's model.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::super::cheap_steps::cheap_steps;
use super::super::decay::Decay;
use super::{HeatingRule, WaterHeater};
use crate::Plan;
use crate::simulation::lane::{max, min};

/// What does not change in the run, heat counted in kWh above cold water.
#[derive(Debug, Clone)]
pub(crate) struct HeaterStep {
    pub(crate) rating_kw: f64,
    pub(crate) kwh_per_c: f64,
    pub(crate) cold_water_c: f64,
    pub(crate) least_kwh: f64,
    set_kwh: f64,
    pub(crate) most_kwh: f64,
    pub(crate) start_kwh: f64,
    /// UA/C.
    leak_per_h: f64,
    /// UA·(T_amb − T_cold).
    gain_kw: f64,
    step_h: f64,
    pub(crate) flexible: bool,
    rule: HeatingRule,
    /// Of each step, or of all where the draw is constant.
    tank: Arc<[Tank]>,
    /// Whether the step's import price is at or below its day's mean; empty where nobody asks.
    is_cheap: Arc<[bool]>,
}

/// The tank in a step, from its draw.
#[derive(Debug, Clone, Copy)]
struct Tank {
    /// Share of the tank that is drawn in an hour.
    flow_per_h: f64,
    /// a, the share of the heat at the start that is left at the end.
    kept: f64,
    /// φ·h and ψ·h: heat at the end, and in the mean, of a kW of inflow.
    end_h: f64,
    mean_h: f64,
    /// φ, the share of the heat at the start that is there in the mean.
    held: f64,
}

/// What a step did with the heat, kWh.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeatFlows {
    pub(crate) end_kwh: f64,
    pub(crate) drawn_kwh: f64,
    pub(crate) loss_kwh: f64,
    pub(crate) residual_kwh: f64,
}

impl HeaterStep {
    pub(crate) fn new(heater: &WaterHeater, plan: &Plan) -> Self {
        let kwh_per_c = heater.heat_capacity_kwh_per_c();
        let heat = |c: f64| kwh_per_c * (c - heater.cold_water_c);
        let leak_per_h = heater.loss_kw_per_c / kwh_per_c;
        let tank = |draw_l_per_h: f64| Tank::new(draw_l_per_h / heater.volume_l, leak_per_h, plan.step_h());
        let tank: Vec<Tank> = match &heater.draw_l_per_h {
            crate::Series::Constant(draw) => alloc::vec![tank(*draw)],
            crate::Series::Steps(draws) => draws.iter().map(|draw| tank(*draw)).collect(),
        };
        Self {
            rating_kw: heater.rating_kw,
            kwh_per_c,
            cold_water_c: heater.cold_water_c,
            least_kwh: heat(heater.least_c),
            set_kwh: heat(heater.set_c),
            most_kwh: heat(heater.most_c),
            start_kwh: heat(heater.initial_c),
            leak_per_h,
            gain_kw: heater.loss_kw_per_c * (heater.ambient_c - heater.cold_water_c),
            step_h: plan.step_h(),
            flexible: heater.flexible,
            rule: heater.heating,
            tank: tank.into(),
            is_cheap: if heater.heating == HeatingRule::OffPeak { cheap_steps(plan) } else { Arc::new([]) },
        }
    }

    #[inline]
    fn tank(&self, step: usize) -> Tank {
        if self.tank.len() == 1 { self.tank[0] } else { self.tank[step] }
    }

    /// Least and most power in a step, kW.
    pub(crate) fn limits(&self, step: usize, stored_kwh: f64) -> (f64, f64) {
        let least_kw = self.power_to(step, stored_kwh, self.least_kwh);
        let most_kw = self.power_to(step, stored_kwh, self.most_kwh);
        (least_kw, max(most_kw, least_kw))
    }

    /// The power nearest to the one that ends the step with `end_kwh`, within the rating, kW.
    fn power_to(&self, step: usize, stored_kwh: f64, end_kwh: f64) -> f64 {
        let tank = self.tank(step);
        let power_kw = (end_kwh - stored_kwh * tank.kept) / tank.end_h - self.gain_kw;
        self.real(min(power_kw, self.rating_kw))
    }

    /// Heat that it could take beside `power_kw` until it is as hot as may be, kW.
    pub(crate) fn heat_room_kw(&self, step: usize, stored_kwh: f64, power_kw: f64) -> f64 {
        let tank = self.tank(step);
        self.real((self.most_kwh - stored_kwh * tank.kept) / tank.end_h - self.gain_kw - power_kw)
    }

    /// What it takes unasked, kW: `surplus_kw` is what generation leaves over.
    pub(crate) fn unasked(
        &self,
        step: usize,
        stored_kwh: f64,
        (least_kw, most_kw): (f64, f64),
        surplus_kw: f64,
    ) -> f64 {
        let wanted_kw = match self.rule {
            HeatingRule::OffPeak if !self.is_cheap[step] => 0.0,
            HeatingRule::Thermostat | HeatingRule::OffPeak => self.power_to(step, stored_kwh, self.set_kwh),
            HeatingRule::Surplus => surplus_kw,
        };
        max(min(self.real(wanted_kw), most_kw), least_kw)
    }

    /// A power at or above 0; what rounding leaves of nothing is nothing.
    fn real(&self, power_kw: f64) -> f64 {
        if power_kw > 1e-12 * self.rating_kw { power_kw } else { 0.0 }
    }

    /// A step under `power_kw`; the loss and the heat drawn by their own laws.
    pub(crate) fn run(&self, step: usize, stored_kwh: f64, power_kw: f64) -> HeatFlows {
        let tank = self.tank(step);
        let inflow_kw = power_kw + self.gain_kw;
        let end_kwh = stored_kwh * tank.kept + inflow_kw * tank.end_h;
        let mean_kwh = stored_kwh * tank.held + inflow_kw * tank.mean_h;
        let loss_kwh = (self.leak_per_h * mean_kwh - self.gain_kw) * self.step_h;
        let drawn_kwh = tank.flow_per_h * mean_kwh * self.step_h;
        let misses = power_kw * self.step_h - (end_kwh - stored_kwh) - loss_kwh - drawn_kwh;
        HeatFlows { end_kwh, drawn_kwh, loss_kwh, residual_kwh: misses.abs() }
    }

    /// What it takes in each step of a run in which nobody asks and nothing is short or over, kW.
    pub(crate) fn course(&self, plan: &Plan, taken_before: &mut [f64]) -> Vec<f64> {
        let mut stored_kwh = self.start_kwh;
        let power = |(step, taken): (usize, &mut f64)| {
            let surplus_kw = plan.generation_kw(step) - plan.load_kw(step) - *taken;
            let power_kw = self.unasked(step, stored_kwh, self.limits(step, stored_kwh), surplus_kw);
            stored_kwh = self.run(step, stored_kwh, power_kw).end_kwh;
            *taken += power_kw;
            power_kw
        };
        taken_before.iter_mut().enumerate().map(power).collect()
    }
}

impl Tank {
    fn new(flow_per_h: f64, leak_per_h: f64, step_h: f64) -> Self {
        let Decay { kept, held, mean } = Decay::over((leak_per_h + flow_per_h) * step_h);
        Self { flow_per_h, kept, end_h: held * step_h, mean_h: mean * step_h, held }
    }
}
