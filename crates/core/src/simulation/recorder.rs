//! Recorders: who wants to see every step.

use crate::dispatch::{Limit, Reason};

/// What happened in one step of one lane. Powers in kW, means over the step, all at least 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepRecord<'a> {
    /// Index of the step.
    pub step: u32,
    /// Load asked for.
    pub load_kw: f64,
    /// Load not served by tier: critical, normal, sheddable.
    pub unserved_kw: [f64; 3],
    /// Taken by devices with books of their own, such as water heaters.
    pub device_use_kw: f64,
    /// Given by devices with books of their own, such as fuel cells.
    pub device_given_kw: f64,
    /// Generation available.
    pub generation_kw: f64,
    /// Generation not taken.
    pub curtailed_kw: f64,
    /// Generation that cannot be curtailed, and of gensets at their least load, beyond all uses.
    pub dumped_kw: f64,
    /// Taken from the grid.
    pub import_kw: f64,
    /// Given to the grid.
    pub export_kw: f64,
    /// The rule by which the strategy decided.
    pub why: Reason,
    /// What kept storage from doing what the rule wanted; `None` where nothing did. With a plan's target, what keeps
    /// storage at or short of it.
    pub limit: Option<Limit>,
    /// What the strategy takes a stored kWh to be worth at the step's start, in the scenario's currency; `None` where it
    /// has no value of it.
    pub stored_value_per_kwh: Option<f64>,
    /// Each battery's step.
    pub batteries: &'a [BatteryRecord],
    /// Each genset's step.
    pub gensets: &'a [GensetRecord],
    /// Of devices of other kinds, a number for each of [`Plan::device_columns`](crate::Plan::device_columns).
    pub devices: &'a [f64],
}

/// One genset's step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GensetRecord {
    /// Whether it runs; a genset may run at 0 kW where its least load is 0.
    pub running: bool,
    /// Given at the AC terminals, kW.
    pub power_kw: f64,
    /// Fuel per hour, in the unit of its fuel.
    pub fuel_per_h: f64,
}

/// One battery's step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BatteryRecord {
    /// Taken at the AC terminals, kW.
    pub charge_kw: f64,
    /// Given at the AC terminals, kW.
    pub discharge_kw: f64,
    /// Stored energy at the step's end, kWh.
    pub stored_kwh: f64,
}

/// Sees every step of every lane. `()` sees nothing and costs nothing.
pub trait Recorder {
    /// Whether [`Recorder::record`] is to be called at all.
    const ACTIVE: bool = true;

    /// Called once for each lane and step, in the order of steps.
    fn record(&mut self, lane: usize, step: &StepRecord<'_>);
}

impl Recorder for () {
    const ACTIVE: bool = false;
    fn record(&mut self, _lane: usize, _step: &StepRecord<'_>) {}
}

impl<F: FnMut(usize, &StepRecord<'_>)> Recorder for F {
    fn record(&mut self, lane: usize, step: &StepRecord<'_>) {
        self(lane, step);
    }
}
