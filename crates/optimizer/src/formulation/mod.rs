//! From a plan to its linear programme. The model is written out in the crate's documentation.

mod blocks;
mod demand;
mod fleet;
mod flows;
mod genset;
mod minimum;
mod stations;
mod storage;
mod swap_stations;
mod tariff;
mod tasks;

use std::collections::BTreeSet;

use microgrid_core::demand::Load;
use microgrid_core::distribution::Connection;
use microgrid_core::generation::SeriesPlant;
use microgrid_core::simulation::RunEnd;
use microgrid_core::utility::PlanningPrices;
use microgrid_core::{Plan, Scenario};

use crate::programme::{Programme, Variable};
use crate::relaxation::Relaxation;
use crate::settings::{Decisions, EndRule, Settings};
pub(crate) use blocks::convex_blocks;
pub(crate) use flows::Tie;
pub(crate) use genset::Commitment;
pub(crate) use stations::{Drawn, StationDraws};
pub(crate) use storage::Store;
pub(crate) use swap_stations::SwapDraws;
pub(crate) use tasks::TaskGroup;

/// The linear programme of a site's run, and where the plan's numbers stand in it.
#[derive(Debug, Clone)]
pub(crate) struct SiteProgramme {
    pub(crate) programme: Programme,
    /// For each battery, the variable of the energy above its floor at the end of each step.
    pub(crate) levels: Vec<Vec<Variable>>,
    /// For each genset of some rating, its variables of each step.
    pub(crate) gensets: Vec<Vec<Commitment>>,
    /// The tie and the generation left in each step.
    pub(crate) ties: Vec<Tie>,
    /// Where charging sessions and shiftable loads are decisions too, what each draws.
    pub(crate) tasks: Vec<TaskGroup>,
    /// Where charging stations are decisions too, what their cars draw.
    pub(crate) stations: Vec<StationDraws>,
    /// Where swap stations are decisions too, what those draw that are.
    pub(crate) swap_stations: Vec<SwapDraws>,
    /// The imports that each peak that is billed is the greatest of.
    pub(crate) peaks: Vec<Vec<Variable>>,
    /// Of each load with tasks, what those of no choice draw in each step, kW.
    unmoved_kw: Vec<Vec<f64>>,
    pub(crate) relaxations: BTreeSet<Relaxation>,
}

/// What is gathered while a programme is written.
struct Draft<'p> {
    plan: &'p Plan,
    prices: PlanningPrices,
    site: SiteProgramme,
    stores: Vec<Store>,
    movable: tasks::Movable,
    /// The loads, by index, whose sessions are drawn together.
    fleets: Vec<(usize, fleet::Fleet)>,
    /// Whether the programme is for a bound only, which may draw very many sessions together.
    only_bounds: bool,
    /// Whether rows of whole numbers are written that forbid what energy prices make pay: to charge with discharge, and
    /// to import with export.
    one_way: bool,
}

impl SiteProgramme {
    pub(crate) fn build(plan: &Plan, settings: &Settings) -> Self {
        Self::write(plan, settings, false, false)
    }

    /// As [`Self::build`], for a bound only: very many sessions are drawn together.
    pub(crate) fn build_for_bound(plan: &Plan, settings: &Settings) -> Self {
        Self::write(plan, settings, false, true)
    }

    /// As [`Self::build`], with whole numbers for all that is one way or the other.
    #[cfg(feature = "highs")]
    pub(crate) fn build_whole(plan: &Plan, settings: &Settings) -> Self {
        let mut site = Self::write(plan, settings, true, false);
        for relaxation in [
            Relaxation::GensetEnvelope,
            Relaxation::ChargeWithDischarge,
            Relaxation::ImportWithExport,
            Relaxation::BarredCurtailment,
        ] {
            site.relaxations.remove(&relaxation);
        }
        site
    }

    fn write(plan: &Plan, settings: &Settings, one_way: bool, only_bounds: bool) -> Self {
        let clipped = plan.with_clipped_generation();
        let plan = clipped.as_ref().unwrap_or(plan);
        let end = match (settings.end, plan.scenario().run_end) {
            (EndRule::Credit, RunEnd::NotBelowStart) => EndRule::NotBelowStart,
            (end, _) => end,
        };
        refuse_unknown_fields(plan.scenario());
        let scenario = plan.scenario();
        let site = Self {
            programme: Programme::default(),
            levels: Vec::new(),
            gensets: vec![Vec::new(); scenario.gensets.len()],
            ties: Vec::with_capacity(plan.steps()),
            tasks: Vec::new(),
            stations: Vec::new(),
            swap_stations: Vec::new(),
            peaks: Vec::new(),
            unmoved_kw: Vec::new(),
            relaxations: BTreeSet::new(),
        };
        let stores: Vec<Store> = scenario.storage.iter().map(|battery| Store::new(battery, plan.step_h())).collect();
        let movable = tasks::Movable::none(scenario.loads.len(), plan.steps());
        let mut draft = Draft {
            plan,
            prices: PlanningPrices::with_blocks_apart(plan, &blocks::convex_blocks(&scenario.tariff)),
            site,
            stores,
            movable,
            fleets: Vec::new(),
            only_bounds,
            one_way,
        };
        let decides_stations = settings.decisions != Decisions::Storage;
        if decides_stations {
            draft.write_stations();
            draft.write_swap_stations();
        }
        if settings.decisions == Decisions::StorageAndTasks {
            draft.write_tasks();
        }
        draft.site.levels = vec![Vec::with_capacity(plan.steps()); draft.stores.len()];
        let factors = tariff::ChargeFactors::of(&scenario.tariff);
        for step in 0..plan.steps() {
            draft.write_step(step, &factors);
        }
        draft.write_end(end);
        draft.write_tariff(&factors);
        draft.site.programme.constant += scenario.undelivered_cost();
        let decided = if decides_stations { plan.planned_uses() } else { 0 };
        let leaves_uses_out = plan.flexible_uses() > decided;
        if leaves_uses_out {
            draft.site.relaxations.insert(Relaxation::FlexibleUses);
        }
        if plan.scenario().feeder.is_some() {
            draft.site.relaxations.insert(Relaxation::Feeder);
        }
        if leaves_uses_out || plan.scenario().feeder.is_some() {
            draft.site.programme.constant -= plan.flexible_credit();
        }
        if plan.ages() {
            draft.site.relaxations.insert(Relaxation::Ageing);
            draft.site.programme.constant -= plan.ageing_credit();
        }
        if plan.has_detail() {
            draft.site.relaxations.insert(Relaxation::PlainBatteries);
            if clipped.is_some() {
                draft.site.relaxations.insert(Relaxation::HybridRating);
            }
            draft.site.programme.constant -= plan.detail_credit();
        }
        draft.name_relaxations(end);
        draft.site
    }
}

impl SiteProgramme {
    /// Power of each load that its tasks leave no choice about, kW by step; what they can move stands in `tasks`.
    pub(crate) fn unmoved_kw(&self, plan: &Plan) -> Vec<Vec<f64>> {
        let mut powers = self.unmoved_kw.clone();
        powers.iter_mut().for_each(|power| power.resize(plan.steps(), 0.0));
        powers
    }
}

impl Draft<'_> {
    /// Names the freedoms that the data let matter, beyond those named where their rows are written.
    fn name_relaxations(&mut self, end: EndRule) {
        let (plan, relaxations) = (self.plan, &mut self.site.relaxations);
        let carbon = &plan.scenario().carbon;
        let steps = || (0..plan.steps()).filter(|step| plan.grid_is_up(*step));
        let import_cost = |step: usize| {
            self.prices.import_price_per_kwh[step] + carbon.price_per_kg * carbon.intensity_kg_per_kwh.at(step)
        };
        let import_pays = steps().any(|step| import_cost(step) < 0.0);
        let store_costs = end == EndRule::Credit && plan.stored_value_per_kwh() < 0.0;
        if self.stores.iter().any(|store| store.span_kwh > 0.0) && (import_pays || store_costs) {
            relaxations.insert(Relaxation::ChargeWithDischarge);
        }
        // Below a least charge that credits do not lower more import costs nothing more on the bill.
        let minimum = plan.scenario().tariff.minimum.as_ref().is_some_and(|minimum| {
            minimum.price_per_month > 0.0 && minimum.credit != microgrid_core::utility::MinimumCredit::Lost
        });
        let margin = |step: usize| {
            let carbon = carbon.price_per_kg * carbon.intensity_kg_per_kwh.at(step);
            if minimum { import_cost(step).min(carbon) } else { import_cost(step) }
        };
        if steps().any(|step| self.prices.export_price_per_kwh[step] > margin(step)) {
            relaxations.insert(Relaxation::ImportWithExport);
        }
        // What may be curtailed a plan asks to; what must be taken, and what gensets give at their least load, it cannot.
        let scenario = plan.scenario();
        let must_take = !scenario.gensets.is_empty()
            || scenario.generation.iter().any(|plant| !plant.curtailable && plant.scale > 0.0);
        if must_take && (import_pays || store_costs || steps().any(|step| self.prices.export_price_per_kwh[step] < 0.0))
        {
            relaxations.insert(Relaxation::FreeCurtailment);
        }
    }
}

/// Takes the scenario apart in full, so that a device or a term this programme does not know fails to compile here: a
/// bound that ignores one would be wrong.
fn refuse_unknown_fields(scenario: &Scenario) {
    let Scenario {
        name: _,
        currency: _,
        calendar: _,
        generation,
        gensets: _,
        // A wish of the strategies, and no law of the plant.
        spinning_reserve: _,
        storage: _,
        connection,
        // Left out by name: `Relaxation::Feeder`.
        feeder: _,
        loads,
        // Left out by name where they are not decided: `Relaxation::FlexibleUses`; where there are hydrogen plants, without a bound.
        water_heaters: _,
        stations: _,
        swap_stations: _,
        hydrogen: _,
        value_of_lost_load: _,
        tariff: _,
        carbon: _,
        outages: _,
        dispatch: _,
        stored_value_per_kwh: _,
        run_end: _,
    } = scenario;
    // Over the tie's limit a plant's surplus is curtailed or dumped at no cost, whether it may be curtailed or not.
    for SeriesPlant { name: _, power_kw: _, scale: _, curtailable: _ } in generation {}
    // What sessions leave undelivered is known before the run: a constant of the objective.
    for load in loads {
        let Load { name: _, tier: _, power_kw: _, scale: _, undelivered_kwh: _, undelivered_cost_per_kwh: _, tasks: _ } =
            load;
    }
    let Connection { import_limit_kw: _, export_limit_kw: _, transformer: _, reactive_kvar: _ } = connection;
}
