//! The validated scenario with everything computed that can be computed before the loop.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::PlanCache;
use super::fingerprint::Fingerprint;
use super::scenario::RunEnd;
use super::serving_cost::{avoided_value_per_kwh, dearest_import_per_kwh, dearest_serving_per_kwh};
use crate::demand::{Scheduling, StationSchedule, Tier};
use crate::dispatch::Dispatch;
use crate::distribution::{FeederLimits, FeederStep};
use crate::generation::GensetStep;
use crate::storage::{BatteryStep, HydrogenStep};
use crate::utility::{DemandMeter, MeteringForm, PlanningPrices, PriceComponent, Prices};
use crate::{Problems, Scenario, Series};

/// A validated scenario, ready to run under any strategy. [`Plan::compile`] is the only way to one.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) scenario: Scenario,
    pub(crate) step_h: f64,
    pub(crate) steps: usize,
    pub(crate) month_of_day: Arc<[u16]>,
    pub(crate) batteries: Vec<BatteryStep>,
    pub(crate) gensets: Vec<GensetStep>,
    pub(crate) hydrogen: Vec<Arc<HydrogenStep>>,
    pub(crate) feeder: Option<Arc<FeederStep>>,
    pub(crate) tariff: Arc<CompiledTariff>,
    /// The tie's limits after transformer and outages.
    pub(crate) import_limit_kw: Series,
    pub(crate) export_limit_kw: Series,
    /// 1 where the grid is there, 0 in an outage; `None` without outages.
    pub(crate) grid_up: Option<Arc<[f64]>>,
    pub(crate) stored_value_per_kwh: f64,
    pub(crate) dearest_serving_per_kwh: f64,
    pub(crate) avoided_value_per_kwh: f64,
}

/// What of the tariff the loop needs; shared by all plans that share tariff and calendar.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CompiledTariff {
    pub(crate) import: Prices,
    pub(crate) export: Prices,
    pub(crate) demand: Vec<DemandMeter>,
    /// The bucket of each cell within which export is set off against import; empty where nothing is.
    pub(crate) bucket_of_cell: Vec<u16>,
    /// Whether generation is metered for itself, by the cells of the import price.
    pub(crate) meters_generation: bool,
    pub(crate) mean_import_price_per_kwh: f64,
    pub(crate) dearest_import_per_kwh: f64,
}

/// The tie to the utility grid as the loop needs it.
#[derive(Debug, Clone)]
pub(crate) struct Tie {
    /// Limits after transformer and outages.
    pub(crate) import_limit_kw: Series,
    pub(crate) export_limit_kw: Series,
    /// 1 where the grid is there, 0 in an outage; `None` without outages.
    pub(crate) grid_up: Option<Arc<[f64]>>,
}

impl Plan {
    /// Checks the scenario and computes what can be computed before the loop.
    ///
    /// # Errors
    /// All problems of the scenario at once.
    pub fn compile(scenario: &Scenario) -> Result<Self, Problems> {
        Self::compile_with(scenario, &mut PlanCache::default())
    }

    /// As [`Plan::compile`], taking what is shared from `cache`.
    ///
    /// # Errors
    /// All problems of the scenario at once.
    pub fn compile_with(scenario: &Scenario, cache: &mut PlanCache) -> Result<Self, Problems> {
        Self::compile_owned(scenario.clone(), cache)
    }

    /// As [`Plan::compile_with`], for a scenario that nobody else needs.
    ///
    /// # Errors
    /// All problems of the scenario at once.
    pub fn compile_owned(scenario: Scenario, cache: &mut PlanCache) -> Result<Self, Problems> {
        scenario.check_with(cache)?;
        let calendar = &scenario.calendar;
        let (step_h, steps) = (calendar.step_h(), calendar.steps());
        let tariff = match cache.tariff(&scenario.tariff, calendar) {
            Some(tariff) => tariff,
            None => {
                let tariff = Arc::new(CompiledTariff::compile(&scenario));
                check_export_price(&scenario, &tariff)?;
                cache.keep_tariff(&scenario.tariff, calendar, &tariff);
                tariff
            }
        };
        let tie = cache.tie(calendar, &scenario.connection, &scenario.outages, || Tie::compile(&scenario));
        let serving = dearest_serving_per_kwh(&scenario, &tariff);
        let mut plan = Self {
            step_h,
            steps,
            month_of_day: cache.month_of_day(calendar).unwrap_or_else(|| cache.keep_calendar(calendar)),
            batteries: scenario.storage.iter().map(|battery| BatteryStep::new(battery, step_h)).collect(),
            gensets: scenario.gensets.iter().map(|genset| GensetStep::new(genset, calendar.step_s)).collect(),
            hydrogen: Vec::new(),
            feeder: None,
            import_limit_kw: tie.import_limit_kw,
            export_limit_kw: tie.export_limit_kw,
            grid_up: tie.grid_up,
            dearest_serving_per_kwh: serving,
            avoided_value_per_kwh: avoided_value_per_kwh(&scenario, &tariff, serving),
            stored_value_per_kwh: scenario.stored_value_per_kwh.unwrap_or(match scenario.run_end {
                RunEnd::Value => tariff.mean_import_price_per_kwh,
                RunEnd::NotBelowStart => 0.0,
            }),
            tariff,
            scenario,
        };
        let plants = plan.scenario.hydrogen.iter().map(|plant| Arc::new(HydrogenStep::new(plant, &plan)));
        plan.hydrogen = plants.collect();
        let feeder = plan.scenario.feeder.as_ref();
        plan.feeder = feeder.and_then(|feeder| FeederStep::new(feeder, &plan.scenario)).map(Arc::new);
        Ok(plan)
    }

    /// The scenario this plan was compiled from.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Number of steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Number of days.
    #[must_use]
    pub fn days(&self) -> usize {
        self.month_of_day.len()
    }

    /// Length of a step in hours.
    #[must_use]
    pub fn step_h(&self) -> f64 {
        self.step_h
    }

    /// The import price of each step, currency per kWh.
    #[must_use]
    pub fn import_price_per_kwh(&self) -> &[f64] {
        &self.tariff.import.price_per_kwh
    }

    /// The price paid for export at each step, currency per kWh.
    #[must_use]
    pub fn export_price_per_kwh(&self) -> &[f64] {
        &self.tariff.export.price_per_kwh
    }

    /// Load asked for at `step`, kW.
    #[must_use]
    pub fn load_kw(&self, step: usize) -> f64 {
        self.scenario.loads.iter().map(|load| load.scale * load.power_kw.at(step)).sum()
    }

    /// Generation available at `step`, kW.
    #[must_use]
    pub fn generation_kw(&self, step: usize) -> f64 {
        self.scenario.generation.iter().map(|plant| plant.scale * plant.power_kw.at(step)).sum()
    }

    /// How many flexible uses strategies see ([`crate::dispatch::FlexibleUse`]).
    #[must_use]
    pub fn flexible_uses(&self) -> usize {
        super::roster::flexible_uses(&self.scenario)
    }

    /// By how much the least cost of the site without its flexible uses and its feeder's losses has to be lowered to be at or
    /// below that of every run with them: the most credit for energy that those uses keep at the end. Without them less is imported, or more
    /// exported or left, and storage need not give what they took; so nothing else is to be taken off, but where a kWh
    /// less can cost more (a negative price, a demand discount for steady use, a power-factor term), and for hydrogen plants,
    /// which also give back and sell: infinite there.
    #[must_use]
    pub fn flexible_credit(&self) -> f64 {
        if self.flexible_uses() == 0 && self.scenario.feeder.is_none() {
            return 0.0;
        }
        if self.less_can_be_dearer() {
            return f64::INFINITY;
        }
        let most_kept_kwh = super::roster::most_kept_kwh(&self.scenario);
        if most_kept_kwh.is_infinite() { f64::INFINITY } else { most_kept_kwh * self.stored_value_per_kwh }
    }

    /// Whether a kWh less of import, or more of export or left over, can cost more: at a negative price, with a demand
    /// discount for steady use, or a power-factor term; or whether a feeder may shed load that is worth less than serving it.
    #[must_use]
    pub fn less_can_be_dearer(&self) -> bool {
        let (tariff, planning) = (&self.scenario.tariff, PlanningPrices::of(self));
        let planned = [&*planning.import_price_per_kwh, &planning.export_price_per_kwh, &[self.stored_value_per_kwh]];
        let paid = [self.import_price_per_kwh(), self.export_price_per_kwh()];
        let mut prices = paid.into_iter().chain(planned).flatten();
        let falls = tariff.power_factor.is_some() || tariff.demand.iter().any(|charge| charge.discount.is_some());
        let holds = self.scenario.feeder.as_ref().is_some_and(|feeder| feeder.limits == FeederLimits::Hold);
        let is_cheap = |value: &Option<f64>| value.is_some_and(|value| value < self.dearest_serving_per_kwh);
        let sheds_gladly = holds && self.scenario.value_of_lost_load.given().iter().any(is_cheap);
        falls || sheds_gladly || prices.any(|price| *price < 0.0)
    }

    /// The plan as a built-in strategy foresees it, with flexible uses as load that follows its own rule; `None` where there
    /// are none.
    pub(crate) fn foreseen(&self, dispatch: &Dispatch) -> Option<Self> {
        if self.flexible_uses() == 0 {
            return None;
        }
        let loads = super::roster::foreseen(self, &Scheduling::of_site(dispatch));
        let mut scenario = super::roster::without_flexible_uses(&self.scenario);
        scenario.loads.extend(loads);
        Self::compile_owned(scenario, &mut PlanCache::default()).ok()
    }

    /// The site with what plans decide alone of all flexible uses, charging stations and swap stations whose losses have a price
    /// ([`crate::demand::SwapStation::is_planned`]); the others are load that follows its own rule. `None` where there are no others.
    #[must_use]
    pub fn with_planned_uses_alone(&self) -> Option<Self> {
        if self.flexible_uses() == super::roster::planned_uses(&self.scenario) {
            return None;
        }
        let loads = super::roster::foreseen_beside_planned(self);
        let mut scenario = super::roster::without_flexible_uses(&self.scenario);
        scenario.stations.clone_from(&self.scenario.stations);
        let planned = self.scenario.swap_stations.iter().filter(|station| station.is_planned());
        scenario.swap_stations = planned.cloned().collect();
        scenario.loads.extend(loads);
        Self::compile_owned(scenario, &mut PlanCache::default()).ok()
    }

    /// How many of its flexible uses plans decide: see [`Plan::with_planned_uses_alone`].
    #[must_use]
    pub fn planned_uses(&self) -> usize {
        super::roster::planned_uses(&self.scenario)
    }

    /// The site with a plan for each of its charging stations, in their order, in place of their schedulers, and for each of its swap
    /// stations, where there is one, in place of its rule.
    ///
    /// # Errors
    /// Plans that do not have a power of at least 0 for each session, and for each step.
    pub fn with_use_plans(
        &self,
        schedules: &[Arc<StationSchedule>],
        swap_plans: &[Option<Series>],
    ) -> Result<Self, Problems> {
        let mut scenario = self.scenario.clone();
        for (station, schedule) in scenario.stations.iter_mut().zip(schedules) {
            station.scheduler = Scheduling::Planned(schedule.clone());
        }
        for (station, power_kw) in scenario.swap_stations.iter_mut().zip(swap_plans) {
            station.charging_plan_kw = power_kw.clone().or(station.charging_plan_kw.take());
        }
        Self::compile_owned(scenario, &mut PlanCache::default())
    }

    /// What recorders and traces show of the step of devices that are neither batteries nor gensets: the columns of
    /// [`StepRecord::devices`](super::StepRecord::devices), each its quantity with its unit last and the device's name.
    #[must_use]
    pub fn device_columns(&self) -> Vec<(&'static str, &str)> {
        super::roster::columns(&self.scenario)
    }

    /// Whether any device that is neither battery nor genset can give to the bus, such as a fuel cell.
    #[must_use]
    pub fn devices_give(&self) -> bool {
        super::roster::gives(&self.scenario)
    }

    /// Most import at `step` after transformer and outages, kW, at least 0.
    #[must_use]
    pub fn import_limit_kw(&self, step: usize) -> f64 {
        self.import_limit_kw.at(step)
    }

    /// Most export at `step` after transformer and outages, kW, at least 0.
    #[must_use]
    pub fn export_limit_kw(&self, step: usize) -> f64 {
        self.export_limit_kw.at(step)
    }

    /// Whether the grid is there at `step`.
    #[must_use]
    pub fn grid_is_up(&self, step: usize) -> bool {
        self.grid_up.as_ref().is_none_or(|up| up[step] > 0.0)
    }

    /// Value credited for a kWh left in store at the end, currency per kWh.
    #[must_use]
    pub fn stored_value_per_kwh(&self) -> f64 {
        self.stored_value_per_kwh
    }

    /// What an unserved kWh without a price counts, currency per kWh: twice what serving one can cost at most (the dearest
    /// price with carbon, demand prices over their shortest peak, fuel and start of a genset, storage's losses and wear), so
    /// that unserved energy is avoided first. See [`crate::demand::ValueOfLostLoad`].
    #[must_use]
    pub fn avoided_value_per_kwh(&self) -> f64 {
        self.avoided_value_per_kwh
    }

    /// What an unserved kWh of each tier counts in the objective, highest tier first.
    #[must_use]
    pub fn value_of_lost_load_per_kwh(&self) -> [f64; 3] {
        self.scenario.value_of_lost_load.by_tier(self.avoided_value_per_kwh)
    }

    /// A hash of everything that the run depends on but the strategy: the same in every build and on every platform.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        Fingerprint::of_scenario(&self.scenario)
    }

    /// Reactive energy drawn at the tie by billing month, kvarh; zeros where the tariff does not ask.
    pub(crate) fn reactive_kvarh(&self) -> Vec<f64> {
        let calendar = &self.scenario.calendar;
        let Some((reactive, _)) =
            self.scenario.connection.reactive_kvar.as_ref().zip(self.scenario.tariff.power_factor.as_ref())
        else {
            return alloc::vec![0.0; calendar.months.len()];
        };
        let of_month = |steps: core::ops::Range<usize>| {
            steps.filter(|step| self.grid_is_up(*step)).map(|step| reactive.at(step)).sum::<f64>() * self.step_h
        };
        calendar.month_steps().map(of_month).collect()
    }

    /// Whether the tie has a finite limit at some step; an outage is one.
    pub(crate) fn tie_is_limited(&self) -> bool {
        let unlimited = Series::Constant(f64::INFINITY);
        self.import_limit_kw != unlimited || self.export_limit_kw != unlimited
    }

    /// Warnings that belong beside the numbers.
    #[must_use]
    pub(crate) fn notes(&self) -> Vec<String> {
        let step_s = self.scenario.calendar.step_s;
        let tariff = &self.scenario.tariff;
        let mut notes = tariff.notes.clone();
        for charge in &tariff.demand {
            if charge.window_s < step_s {
                notes.push(alloc::format!(
                    "demand charge `{}` counts {} s windows; steps of {step_s} s understate its peak",
                    charge.name,
                    charge.window_s
                ));
            }
            if charge.ratchet.as_ref().is_some_and(|ratchet| ratchet.earlier_peaks_kw.is_empty()) {
                notes.push(alloc::format!(
                    "demand charge `{}` has a ratchet, and no peaks of the months before the run are given",
                    charge.name
                ));
            }
        }
        notes.extend(tariff.part_months(&self.scenario.calendar));
        let serving = self.dearest_serving_per_kwh;
        for (tier, value) in Tier::ALL.iter().zip(self.scenario.value_of_lost_load.given()) {
            let is_used = self.scenario.loads.iter().any(|load| load.tier == *tier);
            if let Some(value) = value.filter(|value| is_used && *value < serving) {
                notes.push(alloc::format!(
                    "{} load is worth {value} per kWh not served; serving it may cost up to {serving:.2}",
                    tier.name()
                ));
            }
        }
        if self.scenario.connection.reactive_kvar.is_some() && tariff.power_factor.is_none() {
            notes.push("reactive power is given, and the tariff does not charge for it".into());
        }
        notes
    }

    /// Whether the two plans can run side by side in lanes: same borders, same devices, same kinds of series.
    #[must_use]
    pub fn same_shape(&self, other: &Self) -> bool {
        let (a, b) = (&self.scenario, &other.scenario);
        let same_kind = |x: &Series, y: &Series| core::mem::discriminant(x) == core::mem::discriminant(y);
        let calendars = Arc::ptr_eq(&a.calendar, &b.calendar) || a.calendar == b.calendar;
        let tariffs = Arc::ptr_eq(&self.tariff, &other.tariff)
            || (self.tariff.import.same_shape(&other.tariff.import)
                && self.tariff.export.same_shape(&other.tariff.export)
                && self.tariff.meters_generation == other.tariff.meters_generation
                && self.tariff.demand == other.tariff.demand);
        let generation = a.generation.len() == b.generation.len()
            && a.generation
                .iter()
                .zip(&b.generation)
                .all(|(x, y)| same_kind(&x.power_kw, &y.power_kw) && x.curtailable == y.curtailable);
        let loads = a.loads.len() == b.loads.len()
            && a.loads.iter().zip(&b.loads).all(|(x, y)| same_kind(&x.power_kw, &y.power_kw) && x.tier == y.tier);
        calendars
            && tariffs
            && generation
            && loads
            && a.storage.len() == b.storage.len()
            && super::roster::same_shape(a, b)
            && same_kind(&self.import_limit_kw, &other.import_limit_kw)
            && same_kind(&self.export_limit_kw, &other.export_limit_kw)
            && same_kind(&a.carbon.intensity_kg_per_kwh, &b.carbon.intensity_kg_per_kwh)
            && self.grid_up.is_some() == other.grid_up.is_some()
    }
}

impl CompiledTariff {
    fn compile(scenario: &Scenario) -> Self {
        let (tariff, calendar) = (&scenario.tariff, &scenario.calendar);
        let metering = &tariff.metering;
        // Where import and export meet on the bill, both are metered by the periods of both, and by bucket.
        let tables = |components: &'_ [PriceComponent]| -> Vec<Arc<[u16]>> {
            components.iter().filter_map(|component| component.price.period_of_step().cloned()).collect()
        };
        let of_both =
            tables(&tariff.import).into_iter().chain(tables(&tariff.export)).chain(metering.bucket_of_step.clone());
        let finer: Vec<Arc<[u16]>> = if metering.form.nets() { of_both.collect() } else { Vec::new() };
        let finer: Vec<&Arc<[u16]>> = finer.iter().collect();
        let import = Prices::compile(&tariff.import, &finer, calendar);
        let mean = import.price_per_kwh.iter().sum::<f64>() / calendar.steps() as f64;
        // The bucket is the last index of a cell.
        let bucket =
            |periods: &Vec<u16>| metering.bucket_of_step.as_ref().and_then(|_| periods.last()).map_or(0, |b| *b);
        let cells = if metering.form.nets() { &import.periods_of_cell[..] } else { &[] };
        Self {
            bucket_of_cell: cells.iter().map(bucket).collect(),
            meters_generation: metering.form == MeteringForm::BuyAllSellAll,
            export: Prices::compile(&tariff.export, &finer, calendar),
            demand: tariff.demand.iter().map(|d| DemandMeter::compile(d, calendar)).collect(),
            mean_import_price_per_kwh: mean,
            dearest_import_per_kwh: dearest_import_per_kwh(&tariff.import, &import.price_per_kwh),
            import,
        }
    }
}

impl Tie {
    fn compile(scenario: &Scenario) -> Self {
        let grid_up: Option<Arc<[f64]>> = (!scenario.outages.is_empty()).then(|| {
            let mut up = alloc::vec![1.0; scenario.calendar.steps()];
            for outage in &scenario.outages {
                up[outage.start as usize..outage.end as usize].fill(0.0);
            }
            up.into()
        });
        let limit = |series: &Series| tie_limit(scenario, series, grid_up.as_deref());
        Self {
            import_limit_kw: limit(&scenario.connection.import_limit_kw),
            export_limit_kw: limit(&scenario.connection.export_limit_kw),
            grid_up,
        }
    }
}

fn tie_limit(scenario: &Scenario, limit: &Series, grid_up: Option<&[f64]>) -> Series {
    let limited = |kw: f64| scenario.connection.limited(kw);
    match (limit, grid_up) {
        (Series::Constant(kw), None) => Series::Constant(limited(*kw)),
        (Series::Constant(kw), Some(up)) => {
            let kw = limited(*kw);
            Series::Steps(up.iter().map(|up| if *up > 0.0 { kw } else { 0.0 }).collect())
        }
        (Series::Steps(kw), None) if scenario.connection.transformer.is_none() => Series::Steps(kw.clone()),
        (Series::Steps(kw), up) => Series::Steps(
            kw.iter()
                .enumerate()
                .map(|(t, kw)| if up.is_none_or(|up| up[t] > 0.0) { limited(*kw) } else { 0.0 })
                .collect(),
        ),
    }
}

fn check_export_price(scenario: &Scenario, tariff: &CompiledTariff) -> Result<(), Problems> {
    let prices = tariff.import.price_per_kwh.iter().zip(tariff.export.price_per_kwh.iter());
    let mut above = prices.enumerate().filter(|(_, (import, export))| export > import);
    match above.next() {
        // Without a price for export nothing is paid for it, below whatever import price.
        Some((step, (import, export)))
            if !scenario.tariff.export_above_import && !scenario.tariff.export.is_empty() =>
        {
            let others = above.count();
            Err(crate::Problem::new("utility.export", "export pays more than import costs")
                .value(alloc::format!("{export} against {import} per kWh at step {step}, and at {others} more steps"))
                .hint("if the tariff really is so, say `export_above_import = true`")
                .into())
        }
        _ => Ok(()),
    }
}
