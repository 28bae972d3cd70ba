//! The strategy that follows a plan's levels, runs the gensets it runs, and leaves the generation it leaves.

use std::sync::Arc;

use microgrid_core::dispatch::{Request, Site, Strategy};

use crate::formulation::Store;

/// Asks of each battery what brings it to the plan's level by the step's end.
///
/// Levels and not powers: an error of the solver, or a step that went another way, is made up for in the next step, and
/// a battery that the programme charges and discharges at once is asked for the difference only.
pub(crate) struct FollowLevels {
    /// Stored energy at the end of each step, kWh, by battery.
    pub(crate) stored_kwh: Arc<[Vec<f64>]>,
    pub(crate) stores: Arc<[Store]>,
    /// Power of each genset in each step, kW; one below half its least load is off.
    pub(crate) genset_kw: Arc<[Vec<f64>]>,
    /// Power from which each genset is asked to run, kW.
    pub(crate) run_from_kw: Arc<[f64]>,
    /// Net import of each step below which generation is left, kW, export negative; −∞ where the plan leaves none.
    ///
    /// Net and not what is left: where storage goes another way than planned, as where the programme charges and
    /// discharges it at once, the tie still does what the plan wants of it.
    pub(crate) least_net_kw: Arc<[f64]>,
}

/// Share of its power limit up to which a charge is the solver's rounding, for batteries whose charge, however small, keeps
/// generation from being left.
const NO_CHARGE: f64 = 1e-6;

impl Strategy for FollowLevels {
    fn decide(&mut self, site: &Site, ask: &mut Request) {
        let step = site.step() as usize;
        for (battery, (levels, store)) in self.stored_kwh.iter().zip(&*self.stores).enumerate() {
            let Some(target_kwh) = levels.get(step) else { continue };
            let view = &site.batteries()[battery];
            let kept_kwh = store.floor_kwh + store.kept * (view.stored_kwh() - store.floor_kwh);
            let change_kwh = target_kwh - kept_kwh;
            if change_kwh >= 0.0 {
                let kw = (change_kwh / store.gained_per_charge - view.by_direct_current_kw()).max(0.0);
                if store.charge_from_grid || kw > NO_CHARGE * store.charge_max_kw {
                    ask.battery(battery).charge(kw);
                }
            } else {
                ask.battery(battery).discharge(-change_kwh / store.drawn_per_discharge);
            }
        }
        for (genset, (powers, from_kw)) in self.genset_kw.iter().zip(&*self.run_from_kw).enumerate() {
            if let Some(kw) = powers.get(step).filter(|kw| **kw >= *from_kw) {
                ask.genset(genset).run(*kw);
            }
        }
        if let Some(kw) = self.least_net_kw.get(step).filter(|kw| kw.is_finite()) {
            ask.curtail_to_net_import(*kw);
        }
    }
}
