//! What the rules for gensets share: how storage, grid and gensets are called up for what generation leaves open.
//!
//! Storage is called first, up to its limits. What it cannot cover is `open`. While the grid is there it is one more
//! source, at the import price of the step plus the carbon of the import, up to the tie's limit:
//! - gensets start, in the rule's order, for the part of `open` that the tie cannot carry, and for what of the spinning
//!   reserve neither storage nor the tie has left;
//! - a further genset starts where serving its part of `open` costs less than importing it, no-load fuel included and
//!   the start left out;
//! - a running genset goes above its least load for what the tie cannot carry, and for the rest of `open` where its
//!   next kWh is cheaper than the import.
//!
//! In an outage gensets alone serve `open`. Gensets that must still run give their least load at any rate. All this
//! sees the present only.

use alloc::vec::Vec;

use super::{BatteryView, Reason, Request, Site};
use crate::Plan;
use crate::generation::{Genset, START_ABOVE_KW};
use crate::storage::Battery;

/// The gensets' part of a step, and what a rule may know: prices of the present, never the future.
#[derive(Debug, Clone)]
pub(crate) struct Commitment {
    /// Gensets in the order in which they are started.
    order: Vec<usize>,
    carbon_price_per_kg: f64,
    pub(crate) running: Vec<bool>,
    pub(crate) power_kw: Vec<f64>,
    /// Whether they give more than what is open, to charge.
    charges: bool,
}

/// What a rule is made from: the devices, and what carbon costs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Equipment<'a> {
    pub(crate) storage: &'a [Battery],
    pub(crate) gensets: &'a [Genset],
    pub(crate) carbon_price_per_kg: f64,
}

impl<'a> From<&'a Plan> for Equipment<'a> {
    fn from(plan: &'a Plan) -> Self {
        let scenario = &plan.scenario;
        let (storage, gensets) = (&*scenario.storage, &*scenario.gensets);
        Self { storage, gensets, carbon_price_per_kg: scenario.carbon.price_per_kg }
    }
}

/// What a step leaves to gensets and grid.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open {
    /// Load beyond generation and storage, kW, at least 0.
    pub(crate) open_kw: f64,
    /// What of it the tie cannot carry.
    pub(crate) beyond_tie_kw: f64,
    /// What gensets must be able to give: the same, with the spinning reserve on top of the load.
    pub(crate) to_be_on_line_kw: f64,
    /// Price of import with its carbon; infinite where none can be had.
    pub(crate) import_cost_per_kwh: f64,
}

impl Commitment {
    /// In the order of the scenario.
    pub(crate) fn new(equipment: Equipment<'_>) -> Self {
        let count = equipment.gensets.len();
        Self {
            order: (0..count).collect(),
            carbon_price_per_kg: equipment.carbon_price_per_kg,
            running: alloc::vec![false; count],
            power_kw: alloc::vec![0.0; count],
            charges: false,
        }
    }

    /// Cheapest next kWh first; equal ones in the order of the scenario.
    pub(crate) fn by_merit(equipment: Equipment<'_>) -> Self {
        let mut commitment = Self::new(equipment);
        let price = commitment.carbon_price_per_kg;
        let cost = |i: &usize| equipment.gensets[*i].marginal_cost_per_kwh(price);
        // By hand: few gensets, and the library's sorts take 9 kB of a small program's 60.
        let order = &mut commitment.order;
        for i in 1..order.len() {
            let mut at = i;
            while at > 0 && cost(&order[at]).total_cmp(&cost(&order[at - 1])).is_lt() {
                order.swap(at, at - 1);
                at -= 1;
            }
        }
        commitment
    }

    /// What storage leaves open.
    pub(crate) fn open(&self, site: &Site) -> Open {
        let storage_kw: f64 = site.batteries().iter().map(BatteryView::discharge_limit_kw).sum();
        let open_kw = (site.deficit_kw() - storage_kw).max(0.0);
        let tie_kw = if site.grid_is_up() { site.import_limit_kw() } else { 0.0 };
        let carbon = site.carbon_kg_per_kwh() * self.carbon_price_per_kg;
        Open {
            open_kw,
            beyond_tie_kw: (open_kw - tie_kw).max(0.0),
            to_be_on_line_kw: (site.deficit_kw() + site.required_reserve_kw() - storage_kw - tie_kw).max(0.0),
            import_cost_per_kwh: if tie_kw > 0.0 { site.import_price_per_kwh() + carbon } else { f64::INFINITY },
        }
    }

    /// Serves what is open, as the module describes.
    pub(crate) fn serve(&mut self, site: &Site, open: &Open) {
        self.charges = false;
        let mut most_kw = 0.0;
        for (i, genset) in site.gensets().iter().enumerate() {
            self.running[i] = genset.must_run();
            if self.running[i] {
                most_kw += site.gensets()[i].most_kw();
            }
        }
        for &i in &self.order {
            if self.running[i] || !site.gensets()[i].can_run() {
                continue;
            }
            // What rounding leaves open is not worth a start.
            let part_kw = (open.open_kw - most_kw).min(site.gensets()[i].most_kw()).max(0.0);
            let needed = open.beyond_tie_kw.max(open.to_be_on_line_kw) - most_kw > START_ABOVE_KW;
            let at_kw = part_kw.max(site.gensets()[i].least_kw());
            let pays =
                part_kw > START_ABOVE_KW && site.gensets()[i].cost_per_h(at_kw) < open.import_cost_per_kwh * part_kw;
            if needed || pays {
                self.running[i] = true;
                most_kw += site.gensets()[i].most_kw();
            }
        }
        for (i, genset) in site.gensets().iter().enumerate() {
            self.power_kw[i] = if self.running[i] { genset.least_kw() } else { 0.0 };
        }
        self.raise_to(site, open.beyond_tie_kw, f64::INFINITY);
        self.raise_to(site, open.open_kw, open.import_cost_per_kwh);
    }

    /// Raises running gensets, in order, until all together give `target_kw`, as long as the next kWh of each costs
    /// less than `below_per_kwh`.
    pub(crate) fn raise_to(&mut self, site: &Site, target_kw: f64, below_per_kwh: f64) {
        let mut missing_kw = target_kw - self.total_kw();
        for &i in &self.order {
            if missing_kw > 0.0 && self.running[i] && next_kwh_cost(site, i) < below_per_kwh {
                let more_kw = (site.gensets()[i].most_kw() - self.power_kw[i]).max(0.0).min(missing_kw);
                self.power_kw[i] += more_kw;
                missing_kw -= more_kw;
            }
        }
    }

    /// Power of all gensets.
    pub(crate) fn total_kw(&self) -> f64 {
        self.power_kw.iter().sum()
    }

    /// Whether any genset runs.
    pub(crate) fn any_runs(&self) -> bool {
        self.running.contains(&true)
    }

    /// Raises running gensets to charge storage, while their next kWh costs less than `below_per_kwh`.
    pub(crate) fn charge(&mut self, site: &Site, below_per_kwh: f64) {
        let before_kw = self.total_kw();
        self.raise_to(site, Self::usable_kw(site), below_per_kwh);
        self.charges = self.total_kw() > before_kw;
    }

    /// Asks gensets for their part, and storage to cover the rest or to take what is over.
    pub(crate) fn ask(&self, site: &Site, ask: &mut Request) {
        for i in 0..site.gensets().len() {
            if self.running[i] {
                ask.genset(i).run(self.power_kw[i]);
            }
        }
        let mut rest_kw = site.deficit_kw() - self.total_kw();
        ask.reason = Some(match (self.any_runs(), self.charges) {
            (true, true) => Reason::GensetCharges,
            (true, false) => Reason::GensetCovers,
            (false, _) => Reason::of_deficit(rest_kw),
        });
        for (i, battery) in site.batteries().iter().enumerate() {
            if rest_kw > 0.0 {
                let kw = rest_kw.min(battery.discharge_limit_kw());
                ask.battery(i).discharge(kw);
                rest_kw -= kw;
            } else {
                let kw = (-rest_kw).min(battery.charge_limit_kw());
                ask.battery(i).charge(kw);
                rest_kw += kw;
            }
        }
    }

    /// What storage and load can take beyond generation: the most that running gensets can be used for.
    pub(crate) fn usable_kw(site: &Site) -> f64 {
        site.deficit_kw() + site.batteries().iter().map(BatteryView::charge_limit_kw).sum::<f64>()
    }
}

/// Cost of the next kWh of a genset, averaged from its least to its most power.
pub(crate) fn next_kwh_cost(site: &Site, genset: usize) -> f64 {
    let genset = &site.gensets()[genset];
    let (least, most) = (genset.least_kw(), genset.most_kw());
    let (from, to) = if most > least { (least, most) } else { (0.0, genset.rating_kw()) };
    (genset.cost_per_h(to) - genset.cost_per_h(from)) / (to - from)
}
