//! One genset, from its documentation: least load, times on and off in whole steps, ramp, fuel curve.

use microgrid::generation::{FuelCurve, Genset};

use super::run::GensetEntry;

#[derive(Debug, Clone)]
pub(crate) struct Engine {
    pub(crate) genset: Genset,
    hours: f64,
    pub(crate) running: bool,
    last_kw: f64,
    /// Steps since the last start or stop; at first long ago.
    since: u32,
}

impl Engine {
    pub(crate) fn new(genset: &Genset, hours: f64) -> Self {
        Self { genset: genset.clone(), hours, running: false, last_kw: 0.0, since: u32::MAX / 2 }
    }

    /// Whether so many steps make up the hours.
    fn has_lasted(&self, hours: f64) -> bool {
        f64::from(self.since) * self.hours >= hours - 1e-9 * self.hours
    }

    pub(crate) fn can_run(&self) -> bool {
        self.genset.rating_kw > 0.0 && (self.running || self.has_lasted(self.genset.min_down_h))
    }

    pub(crate) fn must_run(&self) -> bool {
        self.running && !self.has_lasted(self.genset.min_up_h)
    }

    pub(crate) fn least_kw(&self) -> f64 {
        let load_kw = self.genset.min_load * self.genset.rating_kw;
        if self.running { load_kw.max(self.last_kw - self.genset.ramp_kw_per_h * self.hours) } else { load_kw }
    }

    pub(crate) fn most_kw(&self) -> f64 {
        let from_kw = if self.running { self.last_kw } else { 0.0 };
        (from_kw + self.genset.ramp_kw_per_h * self.hours).min(self.genset.rating_kw).max(self.least_kw())
    }

    pub(crate) fn fuel_per_h(&self, power_kw: f64) -> f64 {
        match &self.genset.fuel_curve {
            FuelCurve::Line { no_load_per_rated_kwh, slope_per_kwh } => {
                no_load_per_rated_kwh * self.genset.rating_kw + slope_per_kwh * power_kw
            }
            // Convex, so the greatest of its lines.
            FuelCurve::Points(points) => points
                .windows(2)
                .map(|pair| {
                    let slope = (pair[1].fuel_per_h - pair[0].fuel_per_h) / (pair[1].power_kw - pair[0].power_kw);
                    pair[0].fuel_per_h + slope * (power_kw - pair[0].power_kw)
                })
                .fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// Cost per hour of running, with carbon.
    pub(crate) fn cost_per_h(&self, power_kw: f64, carbon_price_per_kg: f64) -> f64 {
        let fuel = self.genset.fuel_price_per_unit + self.genset.fuel_carbon_kg_per_unit * carbon_price_per_kg;
        self.fuel_per_h(power_kw) * fuel
    }

    pub(crate) fn advance(&mut self, entry: &mut GensetEntry) {
        entry.started = entry.running && !self.running;
        entry.fuel_per_h = if entry.running { self.fuel_per_h(entry.power_kw) } else { 0.0 };
        self.since = if entry.running == self.running { self.since.saturating_add(1) } else { 1 };
        (self.running, self.last_kw) = (entry.running, entry.power_kw);
    }
}
