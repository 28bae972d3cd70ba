//! A battery: capacity, limits, one-way efficiencies, self-discharge.
//!
//! # Model
//! Stored energy s in kWh, terminals AC. Over a step of h hours with charge c and discharge d in kW:
//! Δ = (η_c·c − d/η_d)·h enters the store, and the energy above the floor leaks at the rate λ per hour:
//! `s' = s_min + a·(s − s_min) + φ·Δ` with `a = e^(−λh)` and `φ = (1 − a)/(λh)`. This is the exact solution of
//! `ds/dt = −λ(s − s_min) + Δ/h`, so cutting a step in parts changes nothing (first-order leak; standard in
//! storage models, e.g. PyPSA's standing loss, which however is compounded per hour).
//! Losses, each from its own law: charging `(1 − η_c)·c·h`, discharging `(1/η_d − 1)·d·h`, leak `λ∫(s − s_min)dt =
//! (1 − a)(s − s_min) + (1 − φ)Δ`.

use alloc::boxed::Box;
use alloc::string::String;

use super::{Ageing, BatteryDetail, HybridInverter};
use crate::simulation::lane::{max, min};
use crate::{Problem, Problems};

/// A battery system, seen at its AC terminals.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Battery {
    /// What reports call it.
    pub name: String,
    /// Nominal capacity in kWh, at least 0. Zero means that there is no battery.
    pub capacity_kwh: f64,
    /// Most power taken at the AC terminals, kW, at least 0.
    pub charge_max_kw: f64,
    /// Most power given at the AC terminals, kW, at least 0.
    pub discharge_max_kw: f64,
    /// Stored energy per AC energy charged, in (0, 1]; of a battery behind a [`HybridInverter`] over the efficiency of that.
    pub charge_efficiency: f64,
    /// AC energy discharged per stored energy, in (0, 1]; of a battery behind a [`HybridInverter`] times the efficiency of that.
    pub discharge_efficiency: f64,
    /// Least state of charge as a share of capacity, in [0, 1].
    pub soc_min: f64,
    /// Greatest state of charge as a share of capacity, in [`soc_min`, 1].
    pub soc_max: f64,
    /// State of charge at the run's start, within the window.
    pub initial_soc: f64,
    /// Leak of the energy above `soc_min`, λ per hour, at least 0.
    pub self_discharge_per_h: f64,
    /// Cost of wear in currency per AC kWh discharged, at least 0; part of the objective, never of the bill.
    pub wear_cost_per_kwh: f64,
    /// Whether it may charge with energy from the grid. If not, its charge is at most the generation taken, what is curtailed
    /// left out, and the gensets' power, less the load served.
    pub charge_from_grid: bool,
    /// Whether its energy may leave the site. If not, it discharges into load beyond generation only.
    pub export_to_grid: bool,
    /// State of charge held back while the grid is there, released in an outage; at least `soc_min`.
    pub reserve_soc: f64,
    /// Whether it can form the site's grid in an outage.
    pub grid_forming: bool,
    /// How it ages in the run; `None` where it does not.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub ageing: Option<Ageing>,
    /// What a plain battery leaves out, such as part load, taper and the temperature of its cells; `None` where it is plain. The
    /// efficiencies are then those at the best load.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub detail: Option<Box<BatteryDetail>>,
}

impl Battery {
    /// A lithium iron phosphate system with 0.95 each way (about 90 % AC round trip), a window of 10 to 100 %, no
    /// self-discharge and no wear cost, half full at the start, that may charge from and export to the grid.
    #[must_use]
    pub fn lithium_iron_phosphate(capacity_kwh: f64, power_kw: f64) -> Self {
        Self {
            name: "battery".into(),
            capacity_kwh,
            charge_max_kw: power_kw,
            discharge_max_kw: power_kw,
            charge_efficiency: 0.95,
            discharge_efficiency: 0.95,
            soc_min: 0.1,
            soc_max: 1.0,
            initial_soc: 0.5,
            self_discharge_per_h: 0.0,
            wear_cost_per_kwh: 0.0,
            charge_from_grid: true,
            export_to_grid: true,
            reserve_soc: 0.1,
            grid_forming: false,
            ageing: None,
            detail: None,
        }
    }

    /// Whether it holds the site's voltage in an outage. A battery of no capacity is none.
    pub(crate) fn can_form_grid(&self) -> bool {
        self.grid_forming && self.capacity_kwh > 0.0
    }

    /// The inverter that it shares with a solar plant.
    pub(crate) fn hybrid(&self) -> Option<&HybridInverter> {
        self.detail.as_ref()?.hybrid.as_ref()
    }

    /// Efficiency of the inverter that it shares with a solar plant; 1 where its own is in its numbers.
    pub(super) fn shared_inverter_efficiency(&self) -> f64 {
        self.hybrid().map_or(1.0, |hybrid| hybrid.inverter_efficiency)
    }

    /// Requires a capacity, for the sake of what stands at `field`; `what` says in a hint what else to leave out.
    pub(super) fn require_capacity(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>, what: &str) {
        if self.capacity_kwh <= 0.0 {
            problems.push(
                Problem::new(field, "belongs to a battery of no capacity")
                    .value(self.capacity_kwh)
                    .hint(alloc::format!("give capacity_kwh a value above 0, or leave {what} out")),
            );
        }
    }

    pub(crate) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, least, most);
        };
        range("capacity_kwh", self.capacity_kwh, 0.0, 1e9);
        range("charge_max_kw", self.charge_max_kw, 0.0, 1e9);
        range("discharge_max_kw", self.discharge_max_kw, 0.0, 1e9);
        let shared = self.shared_inverter_efficiency().clamp(0.5, 1.0);
        range("charge_efficiency", self.charge_efficiency, 0.01, 1.0 / shared);
        range("discharge_efficiency", self.discharge_efficiency, 0.01, shared);
        range("soc_min", self.soc_min, 0.0, 1.0);
        range("soc_max", self.soc_max, 0.0, 1.0);
        range("self_discharge_per_h", self.self_discharge_per_h, 0.0, 10.0);
        range("wear_cost_per_kwh", self.wear_cost_per_kwh, 0.0, 1e6);
        if self.soc_min > self.soc_max {
            problems.push(
                Problem::new(alloc::format!("{field}.soc_min"), "is above soc_max")
                    .value(self.soc_min)
                    .allowed(alloc::format!("at most soc_max = {}", self.soc_max)),
            );
            return;
        }
        for (name, value) in [("initial_soc", self.initial_soc), ("reserve_soc", self.reserve_soc)] {
            if !(self.soc_min..=self.soc_max).contains(&value) {
                problems.push(
                    Problem::new(alloc::format!("{field}.{name}"), "is outside the state-of-charge window")
                        .value(value)
                        .allowed(alloc::format!("{} to {}", self.soc_min, self.soc_max)),
                );
            }
        }
    }
}

/// A battery's numbers for one step length: everything transcendental or divided is done once, here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BatteryStep {
    pub(crate) min_kwh: f64,
    pub(crate) max_kwh: f64,
    /// Floor while the grid is there; in an outage the floor is `min_kwh`.
    pub(crate) reserve_kwh: f64,
    pub(crate) charge_max_kw: f64,
    pub(crate) discharge_max_kw: f64,
    /// Stored kWh per kW charged over the step: η_c·h.
    pub(crate) stored_per_charge: f64,
    /// Stored kWh taken per kW discharged over the step: h/η_d.
    pub(crate) drawn_per_discharge: f64,
    /// 1 / (φ·η_c·h): kW of charge that raises the end state by one kWh.
    pub(crate) charge_per_room: f64,
    /// η_d / (φ·h): kW of discharge that lowers the end state by one kWh.
    pub(crate) discharge_per_room: f64,
    /// φ = (1 − a)/(λh), 1 without leak.
    pub(crate) phi: f64,
    /// kWh lost per kW charged over the step: (1 − η_c)·h.
    pub(crate) loss_per_charge: f64,
    /// kWh lost per kW discharged over the step: (1/η_d − 1)·h.
    pub(crate) loss_per_discharge: f64,
    /// Share of the energy above the floor by which the state falls over the step: 1 − a. Exactly 0 without leak, so
    /// that the equations below are then the identity, to the bit, and may be skipped.
    pub(crate) decay_of_stored: f64,
    /// Share of the energy above the floor lost over the step: 1 − a. The same number, but of the ledger and not of
    /// the state: were it shared, a mistake in it would pass the books.
    pub(crate) leak_of_stored: f64,
    /// Share of the energy that enters lost over the same step: 1 − φ.
    pub(crate) leak_of_change: f64,
}

impl BatteryStep {
    pub(crate) fn new(battery: &Battery, step_h: f64) -> Self {
        let leak = battery.self_discharge_per_h * step_h;
        let leak_of_stored = -libm::expm1(-leak);
        let phi = if leak > 0.0 { leak_of_stored / leak } else { 1.0 };
        let (eta_c, eta_d) = (battery.charge_efficiency, battery.discharge_efficiency);
        Self {
            min_kwh: battery.soc_min * battery.capacity_kwh,
            max_kwh: battery.soc_max * battery.capacity_kwh,
            reserve_kwh: battery.reserve_soc * battery.capacity_kwh,
            charge_max_kw: battery.charge_max_kw,
            discharge_max_kw: battery.discharge_max_kw,
            stored_per_charge: eta_c * step_h,
            drawn_per_discharge: step_h / eta_d,
            charge_per_room: 1.0 / (phi * eta_c * step_h),
            discharge_per_room: eta_d / (phi * step_h),
            phi,
            loss_per_charge: (1.0 - eta_c) * step_h,
            loss_per_discharge: (1.0 / eta_d - 1.0) * step_h,
            decay_of_stored: leak_of_stored,
            leak_of_stored,
            leak_of_change: 1.0 - phi,
        }
    }
}

/// What a battery can do in one step at its terminals, and what it did: the scalar equations of the module's model.
impl BatteryStep {
    /// What is left of `stored_kwh` after the step's leak: s_min + a(s − s_min), written so that no leak changes no bit.
    #[inline(always)]
    pub(crate) fn kept_kwh(&self, stored_kwh: f64) -> f64 {
        stored_kwh - self.decay_of_stored * (stored_kwh - self.min_kwh)
    }

    /// Most charge in kW when `kept_kwh` is left of the stored energy: the power limit or the room to the window's top.
    #[inline(always)]
    pub(crate) fn charge_limit_kw(&self, kept_kwh: f64) -> f64 {
        min(self.charge_max_kw, (self.max_kwh - kept_kwh) * self.charge_per_room)
    }

    /// Most discharge in kW when `kept_kwh` is left of the stored energy, down to `floor_kwh`.
    #[inline(always)]
    pub(crate) fn discharge_limit_kw(&self, kept_kwh: f64, floor_kwh: f64) -> f64 {
        min(self.discharge_max_kw, max((kept_kwh - floor_kwh) * self.discharge_per_room, 0.0))
    }

    /// Energy that enters the store (negative: leaves it) in kWh, before the leak.
    #[inline(always)]
    pub(crate) fn change_kwh(&self, charge_kw: f64, discharge_kw: f64) -> f64 {
        charge_kw * self.stored_per_charge - discharge_kw * self.drawn_per_discharge
    }

    /// Stored energy at the step's end. Rounding at a limit is held to the window; the residual counts it.
    #[inline(always)]
    pub(crate) fn end_kwh(&self, kept_kwh: f64, change_kwh: f64) -> f64 {
        max(min(kept_kwh + self.phi * change_kwh, self.max_kwh), self.min_kwh)
    }

    /// Energy lost by conversion, kWh.
    #[inline(always)]
    pub(crate) fn conversion_loss_kwh(&self, charge_kw: f64, discharge_kw: f64) -> f64 {
        charge_kw * self.loss_per_charge + discharge_kw * self.loss_per_discharge
    }

    /// Energy lost by self-discharge, kWh.
    #[inline(always)]
    pub(crate) fn leak_kwh(&self, stored_kwh: f64, change_kwh: f64) -> f64 {
        self.leak_of_stored * (stored_kwh - self.min_kwh) + self.leak_of_change * change_kwh
    }
}
