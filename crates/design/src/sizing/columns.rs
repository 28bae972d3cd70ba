//! A site at given sizes as the exact plan takes it.

use microgrid_core::Problems;
use microgrid_core::dispatch::exact_plan::{DemandCharge, Series, Solver, Source, Steps, Storage, Tier, Window};

use super::amounts::Amounts;
use super::site::Site;

/// The columns that sizes change; kept, so that an evaluation allocates little.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    /// Output of all plants, kW by step.
    pub(super) generation_kw: Vec<f64>,
    /// Most import, kW by step.
    pub(super) import_limit_kw: Vec<f64>,
}

impl Columns {
    /// Sets the columns to the sizes.
    pub(super) fn take(&mut self, site: &Site, amounts: &Amounts) {
        self.generation_kw.clear();
        self.generation_kw.resize(site.steps(), 0.0);
        for (plant, scale) in site.plants.iter().zip(&amounts.plants).filter(|(_, scale)| **scale > 0.0) {
            self.generation_kw.iter_mut().zip(plant).for_each(|(sum, power)| *sum += scale * power);
        }
        self.import_limit_kw.clear();
        self.import_limit_kw.extend(site.import_limit_kw.iter().map(|limit| limit.min(amounts.import_limit)));
    }

    /// The least cost of the year at the sizes, what import pays above the caps included; its plan stays in the solver.
    pub(super) fn solve(
        &self,
        site: &Site,
        amounts: &Amounts,
        caps_kw: &[f64],
        solver: &mut Solver,
    ) -> Result<f64, Problems> {
        let storage = storage(site, amounts);
        let tiers: Vec<Tier<'_>> = (site.tiers.iter())
            .map(|(load, value)| Tier { load_kw: Series::Steps(load), value_of_lost_load_per_kwh: *value })
            .collect();
        let sources: Vec<Source<'_>> = (amounts.gensets.iter().zip(&site.genset_cost_per_kwh))
            .filter(|(rating, _)| **rating > 0.0)
            .map(|(rating, cost)| Source { max_kw: (*rating).into(), cost_per_kwh: (*cost).into() })
            .collect();
        let steps = Steps {
            generation_kw: Series::Steps(&self.generation_kw),
            import_price_per_kwh: Series::Steps(&site.import_price_per_kwh),
            export_price_per_kwh: Series::Steps(&site.export_price_per_kwh),
            import_limit_kw: Series::Steps(&self.import_limit_kw),
            export_limit_kw: Series::Steps(&site.export_limit_kw),
            sources: &sources,
            shortfall_price_per_kwh: Some(site.shortfall_price_per_kwh),
            // Else charging stops where load is shed, which is not jointly convex in the sizes.
            shed_to_charge: site.may_be_short,
            ..Steps::grid_tied(site.steps(), site.step_h, &tiers)
        };
        if site.peaks.is_empty() {
            solver.load(&storage, &steps)?;
        } else {
            solver.load_under_caps(&storage, &steps, &charges(site), caps_kw)?;
        }
        let start_kwh = (site.storage.start * amounts.capacity).clamp(storage.min_kwh, storage.max_kwh);
        let window = Window::whole(site.steps(), start_kwh, site.storage.end());
        Ok(solver.solve(&window)?.objective)
    }
}

fn storage(site: &Site, amounts: &Amounts) -> Storage {
    let store = &site.storage;
    Storage {
        min_kwh: store.least * amounts.capacity,
        max_kwh: store.most * amounts.capacity,
        charge_max_kw: amounts.charge,
        discharge_max_kw: amounts.discharge,
        charge_efficiency: store.charge_efficiency,
        discharge_efficiency: store.discharge_efficiency,
        self_discharge_per_h: store.leak_per_h,
        wear_cost_per_kwh: store.wear_cost_per_kwh,
    }
}

fn charges(site: &Site) -> Vec<DemandCharge<'_>> {
    let charges = site.peaks.iter().map(|peak| DemandCharge {
        first_step: peak.first_step,
        end_step: peak.end_step,
        price_per_kw: peak.price_per_kw,
        metered_kw: peak.free_kw,
        counts: peak.counts.as_deref(),
    });
    charges.collect()
}
