//! A site as the exact plan sees it: one storage, columns of numbers, and a list of what of the site they leave out.
//!
//! Every simplification here makes the site cheaper to run or leaves its cost as it is, never dearer: so the least cost
//! of the columns is at or below what any strategy can reach on the site itself.

use alloc::string::String;
use alloc::vec::Vec;

use super::charges::{Charge, Charges};
use super::exact_plan::{DemandCharge, EndRule, Series, Source, Steps, Storage, Tier};
use crate::generation::SeriesPlant;
use crate::simulation::RunEnd;
use crate::storage::Battery;
use crate::utility::PlanningPrices;
use crate::{Plan, Problem, Problems};

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    pub(crate) storage: Storage,
    /// Stored at the run's start, kWh.
    pub(crate) start_kwh: f64,
    /// What the energy left is worth, as in the objective.
    pub(crate) end: EndRule,
    pub(crate) load_kw: [Vec<f64>; 3],
    pub(crate) value_of_lost_load: [f64; 3],
    pub(crate) generation_kw: Vec<f64>,
    /// The part of it that may not be curtailed, kW; `None` where all of it may.
    pub(crate) must_take_kw: Option<Vec<f64>>,
    /// Carbon included.
    pub(crate) import_price_per_kwh: Vec<f64>,
    pub(crate) export_price_per_kwh: Vec<f64>,
    pub(crate) import_limit_kw: Vec<f64>,
    pub(crate) export_limit_kw: Vec<f64>,
    /// 0 in steps in which the site is dark and its storage rests.
    pub(crate) storage_max_kw: Option<Vec<f64>>,
    /// The reserve, below which storage is not discharged while the grid is up, kWh, where that cannot be said by the
    /// storage's floor: it is released in outages, leaks, or is not there at the start.
    pub(crate) discharge_floor_kwh: Option<Vec<f64>>,
    /// Whether a bound leaves the reserve out: of several batteries one may be above its own while their sum is below.
    is_reserve_a_wish: bool,
    pub(crate) charges: Vec<Charge>,
    /// What demand charges cost in each billing month whatever is done; part of `constant_cost`.
    pub(crate) floor_cost_by_month: Vec<f64>,
    /// Factor on charges of the power-factor adjustment.
    pub(crate) charge_factor: f64,
    /// Rating in kW and cost per kWh of each genset, as a source without memory.
    gensets: Vec<(f64, f64)>,
    /// What the columns leave out and no decision changes: load lost in the dark, floors of demand charges.
    pub(crate) constant_cost: f64,
    /// The share of each battery of the scenario in what the storage does.
    pub(crate) shares: Vec<f64>,
    /// What of the site the columns leave out, each making it cheaper.
    pub(crate) left_out: Vec<String>,
    /// Why the least cost of the columns proves nothing about the site.
    pub(crate) no_bound: Option<String>,
    pub(crate) step_h: f64,
    grid_charging: bool,
    storage_export: bool,
}

impl Columns {
    /// Reads the columns off a plan.
    ///
    /// # Errors
    /// A site whose batteries are not one storage.
    pub(crate) fn of(plan: &Plan) -> Result<Self, Problems> {
        Ok(Self::of_fleet(plan, Fleet::of(plan)?))
    }

    /// As [`Columns::of`], with batteries that differ taken as one of their means by capacity: good enough to plan by and
    /// to plan again, and no bound.
    pub(crate) fn lumped(plan: &Plan) -> Self {
        Self::of_fleet(plan, Fleet::of(plan).unwrap_or_else(|_| Fleet::lumped(plan)))
    }

    fn of_fleet(plan: &Plan, fleet: Fleet) -> Self {
        let scenario = &plan.scenario;
        let steps = 0..plan.steps;
        let is_dark = !scenario.storage.iter().any(Battery::can_form_grid)
            && !scenario.gensets.iter().any(|genset| genset.grid_forming && genset.rating_kw > 0.0);
        let dark = |step: usize| is_dark && !plan.grid_is_up(step);
        let mut left_out = Vec::new();
        let mut no_bound = None;
        let gensets: Vec<(f64, f64)> = (scenario.gensets.iter())
            .map(|genset| (genset.rating_kw, genset.marginal_cost_per_kwh(scenario.carbon.price_per_kg)))
            .collect();
        if !gensets.is_empty() {
            left_out.push("gensets linear: no no-load fuel, least load, starts, times or ramps".into());
        }
        let mut constant_cost = plan.scenario.undelivered_cost();
        let value_of_lost_load = plan.value_of_lost_load_per_kwh();
        let mut load_kw: [Vec<f64>; 3] = Default::default();
        for load in &scenario.loads {
            let tier = &mut load_kw[load.tier as usize];
            tier.resize(plan.steps, 0.0);
            for (step, sum) in tier.iter_mut().enumerate() {
                *sum += load.scale * load.power_kw.at(step);
            }
        }
        for (tier, value) in load_kw.iter_mut().zip(value_of_lost_load) {
            for (_, load) in tier.iter_mut().enumerate().filter(|(step, _)| dark(*step)) {
                constant_cost += core::mem::take(load) * plan.step_h * value;
            }
        }
        let generation: Vec<f64> =
            steps.clone().map(|step| if dark(step) { 0.0 } else { plan.generation_kw(step) }).collect();
        let is_must_take = |plant: &&SeriesPlant| !plant.curtailable && plant.scale > 0.0;
        let must_take_kw = scenario.generation.iter().any(|plant| is_must_take(&plant)).then(|| {
            let power = |step: usize| {
                let plants = scenario.generation.iter().filter(is_must_take);
                let power: f64 = plants.map(|plant| plant.scale * plant.power_kw.at(step)).sum();
                if dark(step) { 0.0 } else { power }
            };
            steps.clone().map(power).collect()
        });
        let tariff = &scenario.tariff;
        let least_adjustment = tariff.power_factor.as_ref().map_or(0.0, |adjustment| {
            left_out.push("the power-factor adjustment is its least".into());
            adjustment.levels.iter().map(|level| level.percent).fold(f64::INFINITY, f64::min)
        });
        let adjusted = 1.0 + least_adjustment / 100.0;
        let shares = tariff.proration.shares(&scenario.calendar);
        let capacity = tariff.capacity.iter().map(|charge| charge.price_per_kva * charge.capacity_kva).sum::<f64>();
        constant_cost += least_adjustment / 100.0 * capacity * shares.iter().sum::<f64>();
        let carbon = &scenario.carbon;
        let prices = PlanningPrices::of(plan);
        constant_cost += prices.standing_cost * adjusted.max(0.0);
        left_out.extend(prices.reasons.iter().cloned());
        if !prices.reasons.is_empty() && tariff.minimum.as_ref().is_some_and(|minimum| minimum.price_per_month > 0.0) {
            left_out.push("the least charge is left out beside blocks and credits".into());
        }
        let import_price_per_kwh: Vec<f64> = (prices.import_price_per_kwh.iter().enumerate())
            .map(|(step, price)| adjusted * price + carbon.price_per_kg * carbon.intensity_kg_per_kwh.at(step))
            .collect();
        // A price of −0 (the empty sum) plus 0 is 0.
        let mut export_price_per_kwh: Vec<f64> = prices.export_price_per_kwh.iter().map(|price| price + 0.0).collect();
        if tariff.metering.form.nets() && adjusted > 1.0 {
            // What is set off is not adjusted either.
            export_price_per_kwh.iter_mut().for_each(|price| *price *= adjusted);
        }
        if let Some(generation) = &prices.generation_price_per_kwh {
            let given = |(step, price): (usize, &f64)| price * plan.generation_kw(step) * plan.step_h;
            constant_cost += generation.iter().enumerate().map(given).sum::<f64>();
            // Behind no limit nothing is ever curtailed that is sold at a gain.
            let sells = |price: &f64| *price >= 0.0;
            if plan.tie_is_limited() || !plan.tariff.export.price_per_kwh.iter().all(sells) {
                no_bound = Some("two meters behind a limit, or with an export price below 0".into());
            }
        }
        if tariff.power_factor.is_some() && prices.import_price_per_kwh.iter().any(|price| *price < 0.0) {
            no_bound = Some("a power-factor adjustment on negative import prices".into());
        }
        let negative = |step: usize| export_price_per_kwh[step] < 0.0 || import_price_per_kwh[step] < 0.0;
        if scenario.feeder.is_some() {
            left_out.push("no feeder: its losses and limits are left out".into());
            if plan.less_can_be_dearer() {
                no_bound = Some(
                    "a feeder's losses under negative prices, demand discounts or a power-factor term, or load that it \
                     sheds and that is worth less than its supply"
                        .into(),
                );
            }
        }
        if plan.flexible_uses() > 0 {
            left_out.push("flexible uses such as water heaters take nothing".into());
            let credit = plan.flexible_credit();
            constant_cost -= if credit.is_finite() { credit } else { 0.0 };
            if !scenario.hydrogen.is_empty() {
                no_bound = Some("hydrogen plants, which give back and sell: no bound decides them yet".into());
            } else if credit.is_infinite() {
                no_bound = Some("flexible uses under negative prices, demand discounts or a power-factor term".into());
            }
        }
        // The proof that several batteries cost no less than one of their sum needs that burning energy never pays.
        let several = scenario.storage.iter().filter(|battery| battery.capacity_kwh > 0.0).count() > 1;
        if several && (plan.stored_value_per_kwh < 0.0 || steps.clone().any(negative)) {
            no_bound =
                Some("several batteries under negative prices, which could burn energy against each other".into());
        }
        let most_load = steps.clone().map(|step| plan.load_kw(step)).fold(0.0, f64::max);
        let most_generation = generation.iter().copied().fold(0.0, f64::max);
        // Limits beyond what the site can take or give are the same as none, and keep sums from cancelling. The kW more keeps
        // a rounding from making the site short.
        let most_genset = gensets.iter().map(|(rating_kw, _)| rating_kw).sum::<f64>();
        let most_made = most_generation + most_genset;
        let (most_import, most_export) =
            (most_load + fleet.storage.charge_max_kw + 1.0, most_made + fleet.storage.discharge_max_kw + 1.0);
        let charges = Charges::of(plan, adjusted, most_import);
        constant_cost = charges.floor_cost_by_month.iter().fold(constant_cost, |sum, cost| sum + cost);
        left_out.extend(charges.left_out);
        let mut storage = fleet.storage;
        let mut discharge_floor_kwh = None;
        if fleet.reserve_kwh > storage.min_kwh {
            let is_released = !is_dark && plan.grid_up.is_some();
            if is_released || storage.self_discharge_per_h > 0.0 || fleet.start_kwh < fleet.reserve_kwh {
                if several || !gensets.is_empty() || !charges.list.is_empty() {
                    left_out.push("the reserve is not kept".into());
                }
                let (reserve, floor) = (fleet.reserve_kwh, storage.min_kwh);
                let level = |step| if is_released && !plan.grid_is_up(step) { floor } else { reserve };
                discharge_floor_kwh = Some(steps.clone().map(level).collect());
            } else {
                storage.min_kwh = fleet.reserve_kwh;
            }
        }
        // The span is a difference, so the top may differ from its sum by a rounding.
        let top = storage.min_kwh + (storage.max_kwh - storage.min_kwh);
        let rests = is_dark && plan.grid_up.is_some();
        Self {
            start_kwh: fleet.start_kwh.min(top).max(storage.min_kwh),
            end: match scenario.run_end {
                RunEnd::Value => EndRule::ValuePerKwh(plan.stored_value_per_kwh()),
                RunEnd::NotBelowStart => EndRule::NotBelowStart,
            },
            load_kw,
            value_of_lost_load,
            generation_kw: generation,
            must_take_kw,
            import_price_per_kwh,
            export_price_per_kwh,
            import_limit_kw: steps.clone().map(|step| plan.import_limit_kw.at(step).min(most_import)).collect(),
            export_limit_kw: steps.clone().map(|step| plan.export_limit_kw.at(step).min(most_export)).collect(),
            storage_max_kw: rests.then(|| {
                let most = storage.charge_max_kw.max(storage.discharge_max_kw);
                steps.map(|step| if dark(step) { 0.0 } else { most }).collect()
            }),
            discharge_floor_kwh,
            is_reserve_a_wish: several,
            charges: charges.list,
            floor_cost_by_month: charges.floor_cost_by_month,
            charge_factor: adjusted,
            // A rule for storage that reads generation would have to read gensets too; without it the site is cheaper.
            grid_charging: fleet.grid_charging || !gensets.is_empty(),
            storage_export: fleet.storage_export || !gensets.is_empty(),
            gensets,
            constant_cost,
            shares: fleet.shares,
            left_out,
            no_bound,
            step_h: plan.step_h,
            storage,
        }
    }

    /// Whether the site's batteries are one storage.
    pub(crate) fn fits(plan: &Plan) -> Result<(), Problems> {
        Fleet::of(plan).map(|_| ())
    }

    /// The tiers that have load.
    pub(crate) fn tiers(&self) -> Vec<Tier<'_>> {
        let tiers = self.load_kw.iter().zip(self.value_of_lost_load).filter(|(load, _)| !load.is_empty());
        tiers.map(|(load, value)| Tier { load_kw: Series::Steps(load), value_of_lost_load_per_kwh: value }).collect()
    }

    /// The gensets as the exact plan takes them.
    pub(crate) fn sources(&self) -> Vec<Source<'static>> {
        let source = |&(max_kw, cost): &(f64, f64)| Source {
            max_kw: Series::Constant(max_kw),
            cost_per_kwh: Series::Constant(cost),
        };
        self.gensets.iter().map(source).collect()
    }

    /// The columns as the exact plan takes them, with or without what a law wishes and a bound leaves out.
    pub(crate) fn steps<'a>(
        &'a self,
        tiers: &'a [Tier<'a>],
        sources: &'a [Source<'a>],
        with_wishes: bool,
    ) -> Steps<'a> {
        let limit = self.storage_max_kw.as_deref().map(Series::Steps);
        let floor = self.discharge_floor_kwh.as_deref().filter(|_| with_wishes || !self.is_reserve_a_wish);
        Steps {
            generation_kw: Series::Steps(&self.generation_kw),
            import_price_per_kwh: Series::Steps(&self.import_price_per_kwh),
            export_price_per_kwh: Series::Steps(&self.export_price_per_kwh),
            import_limit_kw: Series::Steps(&self.import_limit_kw),
            export_limit_kw: Series::Steps(&self.export_limit_kw),
            charge_max_kw: limit,
            discharge_max_kw: limit,
            discharge_floor_kwh: floor.map(Series::Steps),
            must_take_kw: self.must_take_kw.as_deref().map(Series::Steps),
            sources,
            grid_charging: self.grid_charging,
            storage_export: self.storage_export,
            ..Steps::grid_tied(self.generation_kw.len(), self.step_h, tiers)
        }
    }

    /// Whether a law should know more than a bound may: a wish for a reserve, peaks of windows.
    pub(crate) fn has_wishes(&self) -> bool {
        (self.discharge_floor_kwh.is_some() && self.is_reserve_a_wish)
            || self.charges.iter().any(|charge| charge.windowed)
    }

    /// The demand charges as the exact plan takes them, with or without those over windows longer than a step.
    pub(crate) fn demand_charges(&self, with_windows: bool) -> Vec<DemandCharge<'_>> {
        let charge = |charge: &'_ Charge| DemandCharge {
            first_step: charge.first_step,
            end_step: charge.end_step,
            price_per_kw: charge.price_per_kw,
            metered_kw: charge.free_kw,
            counts: None,
        };
        let charges = self.charges_of(with_windows);
        charges.map(|c| DemandCharge { counts: c.counts.as_deref(), ..charge(c) }).collect()
    }

    /// The demand charges, with or without those over windows longer than a step.
    pub(crate) fn charges_of(&self, with_windows: bool) -> impl Iterator<Item = &Charge> {
        self.charges.iter().filter(move |charge| with_windows || !charge.windowed)
    }

    /// Whether the storage may not charge from the grid.
    pub(crate) fn is_barred_from_grid(&self) -> bool {
        !self.grid_charging
    }

    /// Whether, along a path of stored energies, the order of recourse would move the storage where the path does not:
    /// in an outage it balances the site, and it discharges before load is shed.
    pub(crate) fn recourse_overrules(&self, plan: &Plan, stored_kwh: &[f64]) -> bool {
        let storage = &self.storage;
        let decay = storage.self_discharge_per_h * self.step_h;
        let held = if decay > 0.0 { -libm::expm1(-decay) / decay } else { 1.0 };
        let (per_charge, per_discharge) =
            (held * storage.charge_efficiency * self.step_h, held / storage.discharge_efficiency * self.step_h);
        stored_kwh.windows(2).enumerate().any(|(step, pair)| {
            let is_up = plan.grid_is_up(step);
            let load: f64 = self.load_kw.iter().filter_map(|tier| tier.get(step)).sum();
            let need = load - self.generation_kw[step];
            let rests = self.storage_max_kw.as_ref().is_some_and(|most| most[step] == 0.0);
            if rests || (is_up && need <= self.import_limit_kw[step]) {
                return false;
            }
            let kept = storage.min_kwh + libm::exp(-decay) * (pair[0] - storage.min_kwh);
            let discharge_limit = storage.discharge_max_kw.min((kept - storage.min_kwh) / per_discharge);
            let charge_limit = storage.charge_max_kw.min((storage.max_kwh - kept) / per_charge);
            let change = pair[1] - kept;
            let power = if change > 0.0 { -change / per_charge } else { -change / per_discharge };
            let small = 1e-7 * (1.0 + load);
            if is_up {
                power < (need - self.import_limit_kw[step]).min(discharge_limit) - small
            } else {
                (power - need.min(discharge_limit).max(-charge_limit)).abs() > small
            }
        })
    }
}

/// The batteries of a site as one storage.
struct Fleet {
    storage: Storage,
    start_kwh: f64,
    reserve_kwh: f64,
    grid_charging: bool,
    storage_export: bool,
    shares: Vec<f64>,
}

impl Fleet {
    fn of(plan: &Plan) -> Result<Self, Problems> {
        let batteries = &plan.scenario.storage;
        let can_move = |battery: &&Battery| battery.capacity_kwh > 0.0 && battery.soc_max > battery.soc_min;
        let moving: Vec<&Battery> = batteries.iter().filter(can_move).collect();
        let Some(first) = moving.first().copied() else {
            return Ok(Self {
                storage: Storage {
                    min_kwh: 0.0,
                    max_kwh: 0.0,
                    charge_max_kw: 0.0,
                    discharge_max_kw: 0.0,
                    charge_efficiency: 1.0,
                    discharge_efficiency: 1.0,
                    self_discharge_per_h: 0.0,
                    wear_cost_per_kwh: 0.0,
                },
                start_kwh: 0.0,
                reserve_kwh: 0.0,
                grid_charging: true,
                storage_export: true,
                shares: alloc::vec![0.0; batteries.len()],
            });
        };
        if moving.iter().any(|battery| !are_alike(first, battery)) {
            return Err(Problem::new("dispatch.strategy", "plans one storage, and the site has batteries that differ")
                .value(alloc::format!("{} batteries", moving.len()))
                .allowed("one battery, or batteries that differ in size only")
                .hint("run a rule such as time_of_use, or make the batteries one")
                .into());
        }
        let capacity: f64 = moving.iter().map(|battery| battery.capacity_kwh).sum();
        let share = |battery: &Battery| {
            if can_move(&battery) { battery.capacity_kwh / capacity } else { 0.0 }
        };
        Ok(Self {
            storage: Storage {
                min_kwh: first.soc_min * capacity,
                max_kwh: first.soc_max * capacity,
                charge_max_kw: moving.iter().map(|battery| battery.charge_max_kw).sum(),
                discharge_max_kw: moving.iter().map(|battery| battery.discharge_max_kw).sum(),
                charge_efficiency: first.charge_efficiency,
                discharge_efficiency: first.discharge_efficiency,
                self_discharge_per_h: first.self_discharge_per_h,
                wear_cost_per_kwh: first.wear_cost_per_kwh,
            },
            start_kwh: first.initial_soc * capacity,
            reserve_kwh: first.reserve_soc * capacity,
            grid_charging: first.charge_from_grid,
            storage_export: first.export_to_grid,
            shares: batteries.iter().map(share).collect(),
        })
    }
}

impl Fleet {
    /// All batteries as one whose efficiencies, leak and wear are their means by capacity.
    fn lumped(plan: &Plan) -> Self {
        let batteries = &plan.scenario.storage;
        let can_move = |battery: &Battery| battery.capacity_kwh > 0.0 && battery.soc_max > battery.soc_min;
        let moving = || batteries.iter().filter(|battery| can_move(battery));
        let capacity: f64 = moving().map(|battery| battery.capacity_kwh).sum();
        let stored =
            |soc: fn(&Battery) -> f64| moving().map(|battery| soc(battery) * battery.capacity_kwh).sum::<f64>();
        let mean = |of: fn(&Battery) -> f64| stored(of) / capacity;
        let share = |battery: &Battery| if can_move(battery) { battery.capacity_kwh / capacity } else { 0.0 };
        Self {
            storage: Storage {
                min_kwh: stored(|battery| battery.soc_min),
                max_kwh: stored(|battery| battery.soc_max),
                charge_max_kw: moving().map(|battery| battery.charge_max_kw).sum(),
                discharge_max_kw: moving().map(|battery| battery.discharge_max_kw).sum(),
                charge_efficiency: mean(|battery| battery.charge_efficiency),
                discharge_efficiency: mean(|battery| battery.discharge_efficiency),
                self_discharge_per_h: mean(|battery| battery.self_discharge_per_h),
                wear_cost_per_kwh: mean(|battery| battery.wear_cost_per_kwh),
            },
            start_kwh: stored(|battery| battery.initial_soc),
            reserve_kwh: stored(|battery| battery.reserve_soc),
            grid_charging: moving().any(|battery| battery.charge_from_grid),
            storage_export: moving().any(|battery| battery.export_to_grid),
            shares: batteries.iter().map(share).collect(),
        }
    }
}

/// Whether two batteries differ in size only, so that they act as one when they share all power by size.
fn are_alike(a: &Battery, b: &Battery) -> bool {
    let scale = b.capacity_kwh / a.capacity_kwh;
    let scales = |x: f64, y: f64| (x * scale - y).abs() <= 1e-12 * y.abs();
    let of = |battery: &Battery| Battery {
        name: String::new(),
        capacity_kwh: 0.0,
        charge_max_kw: 0.0,
        discharge_max_kw: 0.0,
        ageing: None, // Planned by their numbers at the start,
        detail: None, // as plain ones.
        ..battery.clone()
    };
    of(a) == of(b) && scales(a.charge_max_kw, b.charge_max_kw) && scales(a.discharge_max_kw, b.discharge_max_kw)
}
