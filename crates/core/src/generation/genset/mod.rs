//! A genset: fuel to power, with a least load, times it must stay on or off, and a cost of starting.
//!
//! # Model
//! - Running, it gives between `min_load × rating_kw` and `rating_kw`; off, nothing. Asked for less than its least load
//!   it gives its least load, and what nobody can use of it ends in the named dump.
//! - Fuel by its curve while it runs ([`FuelCurve`]); each start costs `start_cost`.
//! - Once started it runs for at least `min_up_h`, once stopped it rests for at least `min_down_h`, both rounded up to
//!   whole steps. It begins the run at rest, free to start.
//! - The mean power of a step differs from the last step's by at most `ramp_kw_per_h` × step. A start counts from 0 kW
//!   and reaches the least load in any case; a stop opens the breaker at any power. The least load beats the ramp.
//! - It starts within the step in which it is needed: starting takes seconds, steps take minutes.
//! - An hour of running costs maintenance, and its part of a life of running hours: replacement cost over life, as HOMER's hourly
//!   replacement cost (manual, *Generator*). Whoever decides whether it runs counts both.
//! - With a [`SecondFuel`] each unit of its fuel comes with so much of the second.
//! - With [`HeatRecovery`] a share of what the fuel holds beyond the power becomes heat for the site's water heaters; what these
//!   have no room for is lost by name ([`GensetHeat`](crate::simulation::GensetHeat)).

mod heat_recovery;
mod lanes;
mod second_fuel;

use alloc::string::String;

pub use heat_recovery::HeatRecovery;
pub(crate) use lanes::{GensetLanes, Gensets, START_ABOVE_KW};
pub use second_fuel::SecondFuel;

use super::{FuelCurve, FuelUnit};
use crate::Problems;

/// A genset, seen at its AC terminals.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Genset {
    /// What reports call it.
    pub name: String,
    /// Greatest power at the AC terminals, kW, at least 0. Zero means that there is no genset.
    pub rating_kw: f64,
    /// Least load while running as a share of the rating, in [0, 1].
    pub min_load: f64,
    /// Fuel against power.
    pub fuel_curve: FuelCurve,
    /// Unit of the fuel in the curve, the price and the carbon.
    pub fuel_unit: FuelUnit,
    /// Price of a unit of fuel, at least 0.
    pub fuel_price_per_unit: f64,
    /// Carbon of a unit of fuel burnt, kg CO₂, at least 0.
    pub fuel_carbon_kg_per_unit: f64,
    /// Cost of a start in currency, at least 0.
    pub start_cost: f64,
    /// Least time between a start and the next stop, hours, at least 0.
    pub min_up_h: f64,
    /// Least time between a stop and the next start, hours, at least 0.
    pub min_down_h: f64,
    /// Greatest change of power in kW per hour, above 0; infinite where not limited (`"inf"` in JSON).
    #[cfg_attr(feature = "serde", serde(with = "crate::unbounded"))]
    pub ramp_kw_per_h: f64,
    /// Whether it can form the site's grid in an outage.
    pub grid_forming: bool,
    /// Maintenance per hour of running in currency, at least 0.
    #[cfg_attr(feature = "serde", serde(default))]
    pub maintenance_cost_per_h: f64,
    /// Hours of running until it is replaced, above 0; infinite where nobody counts them (`"inf"` in JSON).
    #[cfg_attr(feature = "serde", serde(default = "crate::unbounded::infinity", with = "crate::unbounded"))]
    pub life_h: f64,
    /// Cost of a new one in currency, at least 0: its part for each hour of its life is told as wear.
    #[cfg_attr(feature = "serde", serde(default))]
    pub replacement_cost: f64,
    /// A second fuel that it burns with the first; `None` where it burns one.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub second_fuel: Option<SecondFuel>,
    /// What of its waste heat is put to use; `None` where none is.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub heat_recovery: Option<HeatRecovery>,
}

impl Genset {
    /// A diesel genset with a least load of 30 %, HOMER's fuel curve of a 50 kW set (0.033 L/h per kW of rating and
    /// 0.273 L/kWh), 2.68 kg CO₂ per litre (EPA emission factors: 10.21 kg per US gallon = 2.70; IPCC 2006: 74.1 kg/GJ
    /// × 36.1 MJ/L = 2.68), free to start and stop, that can form the grid.
    #[must_use]
    pub fn diesel(rating_kw: f64, fuel_price_per_l: f64) -> Self {
        Self {
            name: "genset".into(),
            rating_kw,
            min_load: 0.3,
            fuel_curve: FuelCurve::Line { no_load_per_rated_kwh: 0.033, slope_per_kwh: 0.273 },
            fuel_unit: FuelUnit::Litre,
            fuel_price_per_unit: fuel_price_per_l,
            fuel_carbon_kg_per_unit: 2.68,
            start_cost: 0.0,
            min_up_h: 0.0,
            min_down_h: 0.0,
            ramp_kw_per_h: f64::INFINITY,
            grid_forming: true,
            maintenance_cost_per_h: 0.0,
            life_h: f64::INFINITY,
            replacement_cost: 0.0,
            second_fuel: None,
            heat_recovery: None,
        }
    }

    /// Least power while running, kW.
    #[must_use]
    pub fn min_kw(&self) -> f64 {
        self.min_load * self.rating_kw
    }

    /// What a unit of fuel costs, with the second fuel that comes with it.
    #[must_use]
    pub fn price_per_unit(&self) -> f64 {
        let second = self.second_fuel.map_or(0.0, |second| second.per_unit * second.price_per_unit);
        self.fuel_price_per_unit + second
    }

    /// Carbon of a unit of fuel and of the second fuel that comes with it, kg CO₂.
    pub(crate) fn carbon_kg_per_unit(&self) -> f64 {
        let second = self.second_fuel.map_or(0.0, |second| second.per_unit * second.carbon_kg_per_unit);
        self.fuel_carbon_kg_per_unit + second
    }

    /// What a unit of fuel costs with its carbon at `carbon_price_per_kg`, second fuel included.
    #[must_use]
    pub fn fuel_cost_per_unit(&self, carbon_price_per_kg: f64) -> f64 {
        self.price_per_unit() + self.carbon_kg_per_unit() * carbon_price_per_kg
    }

    /// What an hour of running costs beside the fuel: maintenance, and its part of the life.
    #[must_use]
    pub fn running_cost_per_h(&self) -> f64 {
        self.maintenance_cost_per_h + self.wear_cost_per_h()
    }

    /// Replacement cost over life, 0 where the life is not limited.
    pub(crate) fn wear_cost_per_h(&self) -> f64 {
        self.replacement_cost / self.life_h
    }

    /// Least cost of one kWh more, carbon included. A site on which each genset is a source of this price, from 0 to its
    /// rating and free of memory, costs no more than the real one: no-load fuel, least load, starts, times and ramps all
    /// add to the cost. Bounds use it.
    #[must_use]
    pub fn marginal_cost_per_kwh(&self, carbon_price_per_kg: f64) -> f64 {
        self.fuel_curve.least_slope_per_kwh() * self.fuel_cost_per_unit(carbon_price_per_kg)
    }

    /// Cost per hour of running at `power_kw`, carbon, maintenance and wear included; starts are apart.
    #[must_use]
    pub fn cost_per_h(&self, power_kw: f64, carbon_price_per_kg: f64) -> f64 {
        let fuel = self.fuel_curve.fuel_per_h(self.rating_kw, power_kw) * self.fuel_cost_per_unit(carbon_price_per_kg);
        fuel + self.running_cost_per_h()
    }

    /// What it can give above its least load, cheapest first: kW, and cost per kWh with carbon.
    pub(crate) fn pieces_above_least(&self, carbon_price_per_kg: f64) -> impl Iterator<Item = (f64, f64)> + use<> {
        let (price, least, rating) = (self.fuel_cost_per_unit(carbon_price_per_kg), self.min_kw(), self.rating_kw);
        let points = self.fuel_curve.points(rating);
        let last = points.len().saturating_sub(2);
        let pieces = points.windows(2).enumerate().map(|(i, pair)| {
            let slope = (pair[1].fuel_per_h - pair[0].fuel_per_h) / (pair[1].power_kw - pair[0].power_kw);
            // Before its first point and after its last the curve goes on straight.
            let from = if i == 0 { least } else { pair[0].power_kw.max(least) };
            let to = if i == last { rating } else { pair[1].power_kw.min(rating) };
            (to - from, slope * price)
        });
        pieces.filter(|(kw, _)| *kw > 0.0).collect::<alloc::vec::Vec<_>>().into_iter()
    }

    pub(crate) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, least, most);
        };
        range("rating_kw", self.rating_kw, 0.0, 1e9);
        range("min_load", self.min_load, 0.0, 1.0);
        range("fuel_price_per_unit", self.fuel_price_per_unit, 0.0, 1e6);
        range("fuel_carbon_kg_per_unit", self.fuel_carbon_kg_per_unit, 0.0, 1e3);
        range("start_cost", self.start_cost, 0.0, 1e9);
        range("min_up_h", self.min_up_h, 0.0, 8784.0);
        range("min_down_h", self.min_down_h, 0.0, 8784.0);
        // Infinity is the one infinite input with a meaning: not limited.
        if self.ramp_kw_per_h != f64::INFINITY {
            range("ramp_kw_per_h", self.ramp_kw_per_h, 1e-6, 1e12);
        }
        range("maintenance_cost_per_h", self.maintenance_cost_per_h, 0.0, 1e9);
        range("replacement_cost", self.replacement_cost, 0.0, 1e12);
        if self.life_h != f64::INFINITY {
            range("life_h", self.life_h, 1.0, 1e7);
        }
        if let Some(second_fuel) = &self.second_fuel {
            second_fuel.check(problems, format_args!("{field}.second_fuel"));
        }
        if let Some(heat_recovery) = &self.heat_recovery {
            heat_recovery.check(self, problems, format_args!("{field}.heat_recovery"));
        }
        self.fuel_curve.check(problems, field, self.rating_kw, self.min_kw());
    }
}

/// A genset's numbers for one step length, and the scalar equations of the module's model.
#[derive(Debug, Clone)]
pub(crate) struct GensetStep {
    pub(crate) rating_kw: f64,
    pub(crate) min_kw: f64,
    /// Length of the step, s.
    step_s: f64,
    /// Most change of power from step to step, and in an hour.
    ramp_kw: f64,
    ramp_kw_per_h: f64,
    /// How long it must stay on, or off, s: whole steps of the site.
    up_s: f64,
    down_s: f64,
    pub(crate) grid_forming: bool,
    fuel_curve: FuelCurve,
    pub(crate) heat_recovery: Option<HeatRecovery>,
}

/// What a genset carries from step to step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct GensetState {
    pub(crate) running: bool,
    /// Power of the last step, kW; 0 when off.
    pub(crate) power_kw: f64,
    /// Time since the last start or stop, s: whole numbers, which add up without rounding.
    pub(crate) seconds: f64,
}

impl GensetState {
    /// At rest, free to start.
    pub(crate) const REST: Self = Self { running: false, power_kw: 0.0, seconds: f64::INFINITY };
}

/// What a genset can do in a step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct GensetLimits {
    pub(crate) can_run: bool,
    pub(crate) must_run: bool,
    /// Least and greatest power if it runs, kW.
    pub(crate) least_kw: f64,
    pub(crate) most_kw: f64,
}

impl GensetStep {
    pub(crate) fn new(genset: &Genset, step_s: u32) -> Self {
        let (step_s, step_h) = (f64::from(step_s), f64::from(step_s) / 3600.0);
        // The ceiling by compare and add, tolerant of hours that are whole steps but for rounding.
        let whole_steps = |hours: f64| libm::ceil(hours / step_h - 1e-9);
        Self {
            rating_kw: genset.rating_kw,
            min_kw: genset.min_kw(),
            step_s,
            ramp_kw: genset.ramp_kw_per_h * step_h,
            ramp_kw_per_h: genset.ramp_kw_per_h,
            up_s: whole_steps(genset.min_up_h) * step_s,
            down_s: whole_steps(genset.min_down_h) * step_s,
            grid_forming: genset.grid_forming,
            fuel_curve: genset.fuel_curve.clone(),
            heat_recovery: genset.heat_recovery,
        }
    }

    /// Makes its numbers anew for a step, or a part of one, of so many seconds; least times stay.
    pub(crate) fn set_length(&mut self, step_s: u32) {
        self.step_s = f64::from(step_s);
        self.ramp_kw = self.ramp_kw_per_h * (self.step_s / 3600.0);
    }

    /// Its least times in steps.
    pub(crate) fn clockwork(&self) -> crate::dispatch::commitment::Clockwork {
        crate::dispatch::commitment::Clockwork::new(self.up_s / self.step_s, self.down_s / self.step_s)
    }

    /// What it can do from `state`.
    pub(crate) fn limits(&self, state: &GensetState) -> GensetLimits {
        let last_kw = if state.running { state.power_kw } else { 0.0 };
        let down_kw = if state.running { last_kw - self.ramp_kw } else { 0.0 };
        let least_kw = self.min_kw.max(down_kw);
        let most_kw = self.rating_kw.min(last_kw + self.ramp_kw).max(least_kw);
        let can_run = self.rating_kw > 0.0 && (state.running || state.seconds >= self.down_s);
        GensetLimits { can_run, must_run: state.running && state.seconds < self.up_s, least_kw, most_kw }
    }

    /// The state after a step in which it ran or not.
    pub(crate) fn next(&self, state: &GensetState, running: bool, power_kw: f64) -> GensetState {
        let seconds = if running == state.running { state.seconds + self.step_s } else { self.step_s };
        GensetState { running, power_kw: if running { power_kw } else { 0.0 }, seconds }
    }

    /// Fuel per hour of a step.
    pub(crate) fn fuel_per_h(&self, running: bool, power_kw: f64) -> f64 {
        if running { self.fuel_curve.fuel_per_h(self.rating_kw, power_kw) } else { 0.0 }
    }
}

impl GensetStep {
    /// Heat recovered from a running genset at `power_kw`, kW.
    pub(crate) fn heat_kw(&self, running: bool, power_kw: f64) -> f64 {
        let of_fuel = |recovery: &HeatRecovery| recovery.heat_kw(self.fuel_per_h(true, power_kw), power_kw);
        if running { self.heat_recovery.as_ref().map_or(0.0, of_fuel) } else { 0.0 }
    }
}

impl GensetLimits {
    /// Whether it runs when asked to or not.
    pub(crate) fn runs(&self, asked: bool) -> bool {
        self.must_run || (asked && self.can_run)
    }

    /// Its power where it is asked for one, or for none; `None` where it does not run.
    pub(crate) fn taken_up(&self, asked_kw: Option<f64>) -> Option<f64> {
        self.runs(asked_kw.is_some()).then(|| self.held(asked_kw.unwrap_or(0.0)))
    }

    /// The power nearest to `asked_kw` that it can give.
    pub(crate) fn held(&self, asked_kw: f64) -> f64 {
        if asked_kw > self.least_kw { asked_kw.min(self.most_kw) } else { self.least_kw }
    }
}
