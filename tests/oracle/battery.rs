//! One battery, from the physics of its documentation: conversion at the terminals, and a leak of the energy above
//! the floor at the rate λ, ds/dt = −λ(s − s_min) + inflow.

use microgrid::storage::Battery;

use super::run::BatteryEntry;

pub(crate) struct Cell {
    pub(crate) battery: Battery,
    pub(crate) hours: f64,
    pub(crate) stored_kwh: f64,
}

impl Cell {
    pub(crate) fn new(battery: &Battery, hours: f64) -> Self {
        Self { battery: battery.clone(), hours, stored_kwh: battery.initial_soc * battery.capacity_kwh }
    }

    pub(crate) fn floor_kwh(&self) -> f64 {
        self.battery.soc_min * self.battery.capacity_kwh
    }

    pub(crate) fn top_kwh(&self) -> f64 {
        self.battery.soc_max * self.battery.capacity_kwh
    }

    pub(crate) fn reserve_kwh(&self) -> f64 {
        self.battery.reserve_soc * self.battery.capacity_kwh
    }

    /// What of the energy above the floor is still there after the step if nothing flows.
    fn left_alone_kwh(&self) -> f64 {
        let decay = (-self.battery.self_discharge_per_h * self.hours).exp();
        self.floor_kwh() + decay * (self.stored_kwh - self.floor_kwh())
    }

    /// What is left at the step's end of a kWh that flows in evenly over the step: ∫₀ʰ e^(−λ(h − t)) dt / h.
    pub(crate) fn kept_of_inflow(&self) -> f64 {
        let exponent = self.battery.self_discharge_per_h * self.hours;
        if exponent == 0.0 { 1.0 } else { -(-exponent).exp_m1() / exponent }
    }

    /// Most charge and discharge at the terminals, kW. The reserve is held back while the grid is there.
    pub(crate) fn limits_kw(&self, grid_is_up: bool) -> (f64, f64) {
        let bottom_kwh = if grid_is_up { self.reserve_kwh() } else { self.floor_kwh() };
        let room_kwh = (self.top_kwh() - self.left_alone_kwh()).max(0.0) / self.kept_of_inflow();
        let content_kwh = (self.left_alone_kwh() - bottom_kwh).max(0.0) / self.kept_of_inflow();
        let charge_kw = room_kwh / self.battery.charge_efficiency / self.hours;
        let discharge_kw = content_kwh * self.battery.discharge_efficiency / self.hours;
        (charge_kw.min(self.battery.charge_max_kw), discharge_kw.min(self.battery.discharge_max_kw))
    }

    /// Moves the state over the step and writes what was stored and lost.
    pub(crate) fn advance(&mut self, entry: &mut BatteryEntry) {
        let taken_kwh = entry.charge_kw * self.hours;
        let given_kwh = entry.discharge_kw * self.hours;
        let inflow_kwh = taken_kwh * self.battery.charge_efficiency - given_kwh / self.battery.discharge_efficiency;
        let end_kwh = self.left_alone_kwh() + self.kept_of_inflow() * inflow_kwh;
        entry.conversion_loss_kwh = taken_kwh - given_kwh - inflow_kwh;
        // The leak as what is missing; the simulator has it from its law.
        entry.leak_kwh = self.stored_kwh + inflow_kwh - end_kwh;
        entry.stored_kwh = end_kwh;
        self.stored_kwh = end_kwh;
    }
}
