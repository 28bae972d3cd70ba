//! `combined`: follows the load where it is high and charges storage where it is low. Foresight: none.
//!
//! HOMER's idea (manual page *Combined Dispatch*: it "uses the Cycle Charging dispatch strategy when the net load is low,
//! and the Load Following dispatch strategy when the net load is high", judged by the current net load). The manual
//! compares costs; the comparison here is: the next kWh of the running gensets, through storage and with its wear,
//! against the mean cost of a kWh that the gensets give to what is open now. At low load the no-load fuel makes that
//! mean dear, and energy stored now spares running like this later; at high load it does not.

use super::genset_rule::{Commitment, Equipment, next_kwh_cost};
use super::{Request, Site, Strategy};

#[derive(Debug, Clone)]
pub(crate) struct Combined {
    pub(crate) gensets: Commitment,
    /// Of the battery that is charged first: AC energy given back per AC energy taken, and wear per AC kWh given.
    pub(crate) round_trip: f64,
    pub(crate) wear_cost_per_kwh: f64,
}

impl Combined {
    pub(crate) fn new(equipment: Equipment<'_>) -> Self {
        let first = equipment.storage.iter().find(|b| b.capacity_kwh > 0.0);
        Self {
            gensets: Commitment::new(equipment),
            round_trip: first.map_or(1.0, |b| b.charge_efficiency * b.discharge_efficiency),
            wear_cost_per_kwh: first.map_or(0.0, |b| b.wear_cost_per_kwh),
        }
    }
}

impl Strategy for Combined {
    fn decide(&mut self, site: &Site, ask: &mut Request) {
        let gensets = &mut self.gensets;
        let open = gensets.open(site);
        gensets.serve(site, &open);
        let (mut cost_per_h, mut next, mut any) = (0.0, f64::INFINITY, false);
        for i in (0..site.gensets().len()).filter(|&i| gensets.running[i]) {
            cost_per_h += site.gensets()[i].cost_per_h(gensets.power_kw[i]);
            next = next_kwh_cost(site, i).min(next);
            any = true;
        }
        let served_kw = gensets.total_kw().min(open.open_kw);
        // Written as a product: where nothing is served any kWh is infinitely dear.
        if any && (next / self.round_trip + self.wear_cost_per_kwh) * served_kw < cost_per_h {
            gensets.charge(site, open.import_cost_per_kwh);
        }
        gensets.ask(site, ask);
    }
}
