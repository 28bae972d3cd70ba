//! Storage: levels, what changes them, and how the run's end counts them.

use microgrid_core::storage::Battery;

use super::Draft;
use crate::programme::{Sense, Variable};
use crate::relaxation::Relaxation;
use crate::settings::EndRule;

/// A battery's numbers for one step length, computed here and not taken from the simulator.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    /// Energy between floor and top, kWh.
    pub(crate) span_kwh: f64,
    pub(crate) floor_kwh: f64,
    /// Above the floor at the start, kWh.
    pub(crate) start_kwh: f64,
    /// Above the floor, held back while the grid is up, kWh.
    reserve_kwh: f64,
    /// Share of the energy above the floor left after a step: a = e^(−λh).
    pub(crate) kept: f64,
    /// Energy above the floor at the step's end per kW charged: φ·η_c·h.
    pub(crate) gained_per_charge: f64,
    /// Energy above the floor missing at the step's end per kW discharged: φ·h/η_d.
    pub(crate) drawn_per_discharge: f64,
    /// Most charge in kW in any step: the power limit, or what fills an empty store.
    pub(crate) charge_max_kw: f64,
    /// Most discharge in kW in any step: the power limit, or what empties a full store.
    pub(crate) discharge_max_kw: f64,
    pub(crate) wear_cost_per_kwh: f64,
    pub(crate) charge_from_grid: bool,
    pub(crate) export_to_grid: bool,
    pub(crate) forms_grid: bool,
    /// A level that the store cannot be below by now, above the floor, kWh.
    sure_kwh: f64,
}

impl Store {
    pub(crate) fn new(battery: &Battery, step_h: f64) -> Self {
        let Battery {
            name: _,
            capacity_kwh,
            charge_max_kw,
            discharge_max_kw,
            charge_efficiency,
            discharge_efficiency,
            soc_min,
            soc_max,
            initial_soc,
            self_discharge_per_h,
            wear_cost_per_kwh,
            charge_from_grid,
            export_to_grid,
            reserve_soc,
            grid_forming,
            ageing: _, // The plan is of the numbers at the run's start,
            detail: _, // and of a plain battery.
        } = battery;
        let leak = self_discharge_per_h * step_h;
        let kept = libm::exp(-leak);
        let phi = if leak > 0.0 { -libm::expm1(-leak) / leak } else { 1.0 };
        let (gained_per_charge, drawn_per_discharge) =
            (phi * charge_efficiency * step_h, phi * step_h / discharge_efficiency);
        let floor_kwh = soc_min * capacity_kwh;
        let span_kwh = soc_max * capacity_kwh - floor_kwh;
        let start_kwh = initial_soc * capacity_kwh - floor_kwh;
        let reserve_kwh = reserve_soc * capacity_kwh - floor_kwh;
        Self {
            span_kwh,
            floor_kwh,
            start_kwh,
            reserve_kwh,
            kept,
            gained_per_charge,
            drawn_per_discharge,
            charge_max_kw: charge_max_kw.min(span_kwh / gained_per_charge),
            discharge_max_kw: discharge_max_kw.min(span_kwh / drawn_per_discharge),
            wear_cost_per_kwh: *wear_cost_per_kwh,
            charge_from_grid: *charge_from_grid,
            export_to_grid: *export_to_grid,
            forms_grid: *grid_forming && *capacity_kwh > 0.0,
            sure_kwh: start_kwh.min(reserve_kwh),
        }
    }
}

impl Draft<'_> {
    /// The level after a step with the given flows; `None` where a flow is barred.
    ///
    /// While the grid is up nothing discharges below the reserve, so a level that was above it stays above it, and one
    /// below it falls by its leak only. In an outage (`released`) it is given free.
    pub(super) fn write_level(
        &mut self,
        battery: usize,
        charge: Option<Variable>,
        discharge: Option<Variable>,
        released: bool,
    ) {
        let store = &mut self.stores[battery];
        let programme = &mut self.site.programme;
        store.sure_kwh = match (discharge, released) {
            (Some(_), true) => 0.0,
            _ => store.reserve_kwh.min(store.kept * store.sure_kwh),
        };
        let level = programme.variable(0.0, store.sure_kwh.min(store.span_kwh), store.span_kwh);
        let before = self.site.levels[battery].last().copied();
        let right = if before.is_none() { store.kept * store.start_kwh } else { 0.0 };
        let entries = [
            Some((level, 1.0)),
            before.map(|before| (before, -store.kept)),
            charge.map(|charge| (charge, -store.gained_per_charge)),
            discharge.map(|discharge| (discharge, store.drawn_per_discharge)),
        ];
        programme.row(Sense::Equal, right, entries.into_iter().flatten());
        // Rounding of the leak leaves a store at its reserve a hair below it, which is no relaxation.
        let may_be_below = store.sure_kwh < store.reserve_kwh * (1.0 - 1e-9);
        if let (Some(discharge), true, false) = (discharge, may_be_below, released) {
            // Discharge ends at or above the reserve, so with it the level is at least the reserve, without it at least
            // the floor: the line between both, which holds in either case.
            let entries = [(level, store.discharge_max_kw), (discharge, -store.reserve_kwh)];
            programme.row(Sense::AtLeast, 0.0, entries);
            self.site.relaxations.insert(Relaxation::SlopedReserve);
        }
        self.site.levels[battery].push(level);
    }

    /// What the energy left at the end counts.
    pub(super) fn write_end(&mut self, end: EndRule) {
        let programme = &mut self.site.programme;
        for (store, levels) in self.stores.iter().zip(&self.site.levels) {
            let Some(last) = levels.last() else { continue };
            match end {
                EndRule::Credit => {
                    let value = self.plan.stored_value_per_kwh();
                    programme.cost[*last] -= value;
                    programme.constant += value * store.start_kwh;
                }
                EndRule::Free => {}
                EndRule::NotBelowStart => programme.row(Sense::AtLeast, store.start_kwh, [(*last, 1.0)]),
            }
        }
    }
}
