//! `cycle_charging`: a genset, when one is needed, runs at full power, and what the load leaves charges storage until it
//! holds the set-point. Foresight: none.
//!
//! HOMER's definition (manual pages *Controller* and *Cycle Charging*: "whenever a generator is required, it operates at
//! full capacity, and surplus power charges the battery bank"; with a set-point the gensets "do not stop charging the
//! battery bank until it reaches the specified state of charge"). Which gensets are needed is the rule of
//! `load_following`. Full power is the most that load and storage can use, so that nothing is dumped for the rule's
//! sake. Beside a grid gensets charge only while their next kWh is cheaper than the import, and a charge is broken off
//! when the import becomes the cheaper one.

use alloc::vec::Vec;

use super::genset_rule::{Commitment, Equipment, next_kwh_cost};
use super::{BatteryView, Request, Site, Strategy};

#[derive(Debug, Clone)]
pub(crate) struct CycleCharging {
    pub(crate) gensets: Commitment,
    /// Stored energy of all batteries at which charging ends, kWh.
    pub(crate) setpoint_kwh: f64,
    /// Whether a charge goes on from the last step.
    pub(crate) charging: bool,
}

impl CycleCharging {
    /// The set-point counts over all batteries together, each up to the top of its window.
    pub(crate) fn new(equipment: Equipment<'_>, setpoint_soc: f64) -> Self {
        let of = |b: &crate::storage::Battery| b.capacity_kwh * setpoint_soc.min(b.soc_max);
        Self {
            gensets: Commitment::new(equipment),
            setpoint_kwh: equipment.storage.iter().map(of).sum(),
            charging: false,
        }
    }
}

impl Strategy for CycleCharging {
    fn decide(&mut self, site: &Site, ask: &mut Request) {
        let gensets = &mut self.gensets;
        let open = gensets.open(site);
        gensets.serve(site, &open);
        let stored_kwh: f64 = site.batteries().iter().map(BatteryView::stored_kwh).sum();
        let below = stored_kwh < self.setpoint_kwh - 1e-9 * (1.0 + self.setpoint_kwh);
        if self.charging && below {
            for i in 0..site.gensets().len() {
                let goes_on = site.gensets()[i].is_running() && next_kwh_cost(site, i) < open.import_cost_per_kwh;
                if goes_on && !gensets.running[i] {
                    gensets.running[i] = true;
                    gensets.power_kw[i] = site.gensets()[i].least_kw();
                }
            }
        }
        if gensets.any_runs() {
            gensets.charge(site, open.import_cost_per_kwh);
        }
        self.charging = gensets.any_runs() && below;
        gensets.ask(site, ask);
    }

    fn save(&self) -> Vec<f64> {
        alloc::vec![f64::from(u8::from(self.charging))]
    }

    fn restore(&mut self, memory: &[f64]) {
        self.charging = memory.first().is_some_and(|flag| *flag > 0.0);
    }
}
