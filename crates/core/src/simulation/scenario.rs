//! A site and its year as plain data: what a user builds, by hand or from a scenario folder.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use crate::demand::{Building, Load, Shiftable, Station, SwapStation, ValueOfLostLoad, WaterHeater};
use crate::dispatch::Dispatch;
use crate::distribution::{Connection, SiteFeeder};
use crate::generation::{Genset, SeriesPlant, SpinningReserve};
use crate::simulation::{Calendar, PlanCache};
use crate::storage::{Battery, HybridInverter, HydrogenPlant};
use crate::utility::{Carbon, Tariff};
use crate::{Problem, Problems};

/// A site and its year. No files, no dates: `microgrid-io` reads both and makes this.
///
/// Parts that many scenarios share (calendar, tariff, series) are held by reference count.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Scenario {
    /// What reports call it.
    pub name: String,
    /// Currency of all prices, such as `CNY`.
    pub currency: String,
    /// Time axis.
    pub calendar: Arc<Calendar>,
    /// Generation.
    pub generation: Vec<SeriesPlant>,
    /// Gensets, in the order in which the plant itself starts them where the site is short.
    #[cfg_attr(feature = "serde", serde(default))]
    pub gensets: Vec<Genset>,
    /// Reserve that strategies for gensets keep on line; none by default.
    #[cfg_attr(feature = "serde", serde(default))]
    pub spinning_reserve: SpinningReserve,
    /// Storage, in the order in which it is used.
    pub storage: Vec<Battery>,
    /// Hydrogen plants, in the order in which they take what storage leaves over and give what it leaves short.
    #[cfg_attr(feature = "serde", serde(default))]
    pub hydrogen: Vec<HydrogenPlant>,
    /// Tie to the utility grid.
    pub connection: Connection,
    /// The network behind the connection, in which every device stands; one bus without it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub feeder: Option<Arc<SiteFeeder>>,
    /// Loads.
    pub loads: Vec<Load>,
    /// Water heaters, in the order in which they take up what the site would curtail.
    #[cfg_attr(feature = "serde", serde(default))]
    pub water_heaters: Vec<WaterHeater>,
    /// Charging stations, in the order in which they take up what the site would curtail.
    #[cfg_attr(feature = "serde", serde(default))]
    pub stations: Vec<Station>,
    /// Battery-swapping stations, in the order in which they take up what the site would curtail, after water heaters.
    #[cfg_attr(feature = "serde", serde(default))]
    pub swap_stations: Vec<SwapStation>,
    /// Loads that can wait or be left, in the order in which they take up what the site would curtail, after swap stations.
    #[cfg_attr(feature = "serde", serde(default))]
    pub shiftables: Vec<Shiftable>,
    /// Buildings, in the order in which they take up what the site would curtail, after shiftable loads.
    #[cfg_attr(feature = "serde", serde(default))]
    pub buildings: Vec<Building>,
    /// Value of lost load of each tier; unserved energy without a price is avoided first.
    pub value_of_lost_load: ValueOfLostLoad,
    /// What the utility charges and pays.
    pub tariff: Arc<Tariff>,
    /// Carbon of the import.
    pub carbon: Carbon,
    /// Outages of the utility grid as ranges of steps, ascending and apart.
    pub outages: Vec<Range<u32>>,
    /// Strategy the site runs under.
    pub dispatch: Dispatch,
    /// Value in currency of a kWh left in store at the end, credited (end minus start) in the objective. `None`: the
    /// run's mean import price, or nothing under [`RunEnd::NotBelowStart`].
    pub stored_value_per_kwh: Option<f64>,
    /// What is asked of the energy left in store at the run's end.
    #[cfg_attr(feature = "serde", serde(default))]
    pub run_end: RunEnd,
}

/// What is asked of the energy left in store at the run's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum RunEnd {
    /// Nothing: what is left counts at [`Scenario::stored_value_per_kwh`].
    #[default]
    Value,
    /// At least the energy at the start, in every battery; what is left beyond it counts nothing. The plans of `optimal`
    /// and `rolling_horizon` keep it, and the bound is over runs that do. Rules know no end: a run that ends below its
    /// start says so, and has no gap.
    NotBelowStart,
}

impl RunEnd {
    /// Every rule.
    pub const ALL: [Self; 2] = [Self::Value, Self::NotBelowStart];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::NotBelowStart => "not_below_start",
        }
    }
}

impl Scenario {
    /// A site without devices on a free grid; fill in what it has.
    #[must_use]
    pub fn new(name: impl Into<String>, calendar: Calendar) -> Self {
        Self {
            name: name.into(),
            currency: "CNY".into(),
            calendar: Arc::new(calendar),
            generation: Vec::new(),
            gensets: Vec::new(),
            spinning_reserve: SpinningReserve::default(),
            storage: Vec::new(),
            hydrogen: Vec::new(),
            connection: Connection::default(),
            feeder: None,
            loads: Vec::new(),
            water_heaters: Vec::new(),
            stations: Vec::new(),
            swap_stations: Vec::new(),
            shiftables: Vec::new(),
            buildings: Vec::new(),
            value_of_lost_load: ValueOfLostLoad::default(),
            tariff: Arc::new(Tariff::default()),
            carbon: Carbon::default(),
            outages: Vec::new(),
            dispatch: Dispatch::SelfConsumption,
            stored_value_per_kwh: None,
            run_end: RunEnd::Value,
        }
    }

    /// Every problem of the scenario, with the path of its field.
    ///
    /// # Errors
    /// All problems at once.
    pub fn check(&self) -> Result<(), Problems> {
        self.check_with(&mut PlanCache::default())
    }

    /// As [`Scenario::check`], without checking again what `cache` knows to be without problems.
    pub(super) fn check_with(&self, cache: &mut PlanCache) -> Result<(), Problems> {
        let mut problems = Problems::none();
        if cache.month_of_day(&self.calendar).is_none() {
            self.calendar.check(&mut problems);
            if !problems.is_empty() {
                return Err(problems); // Lengths cannot be judged without a time axis.
            }
            cache.keep_calendar(&self.calendar);
        }
        let (steps, months) = (self.calendar.steps(), self.calendar.months.len());
        let tariff_is_known = cache.tariff(&self.tariff, &self.calendar).is_some();
        let mut checks = cache.series_checks(steps, self.calendar.step_s);
        for (i, plant) in self.generation.iter().enumerate() {
            plant.check(&mut problems, format_args!("generation.series[{i}]"), &mut checks);
        }
        for (i, genset) in self.gensets.iter().enumerate() {
            genset.check(&mut problems, format_args!("generation.genset[{i}]"));
        }
        let recovers = self.gensets.iter().position(|genset| genset.heat_recovery.is_some());
        if let Some(i) = recovers.filter(|_| self.water_heaters.is_empty()) {
            let field = alloc::format!("generation.genset[{i}].heat_recovery");
            let idle = Problem::new(field, "has nothing to heat");
            problems.push(idle.hint("add a [[demand.water_heater]], or leave it out"));
        }
        self.spinning_reserve.check(&mut problems, "generation.spinning_reserve");
        if self.spinning_reserve.is_kept() && self.gensets.is_empty() {
            problems.push(
                Problem::new("generation.spinning_reserve", "has no genset to keep it")
                    .hint("add a [[generation.genset]], or leave the reserve out"),
            );
        }
        for (i, battery) in self.storage.iter().enumerate() {
            battery.check(&mut problems, format_args!("storage.battery[{i}]"));
            if let Some(ageing) = &battery.ageing {
                ageing.check(battery, &mut problems, format_args!("storage.battery[{i}].ageing"), &mut checks);
            }
            if let Some(detail) = &battery.detail {
                detail.check(battery, &mut problems, format_args!("storage.battery[{i}].detail"), &mut checks);
            }
        }
        HybridInverter::check_all(self, &mut problems);
        for (i, plant) in self.hydrogen.iter().enumerate() {
            plant.check(&mut problems, format_args!("storage.hydrogen[{i}]"), &mut checks);
        }
        self.connection.check(&mut problems, &mut checks);
        for (i, load) in self.loads.iter().enumerate() {
            load.check(&mut problems, format_args!("demand.load[{i}]"), &mut checks);
        }
        for (i, heater) in self.water_heaters.iter().enumerate() {
            heater.check(&mut problems, format_args!("demand.water_heater[{i}]"), &mut checks);
        }
        for (i, station) in self.stations.iter().enumerate() {
            station.check(&mut problems, format_args!("demand.station[{i}]"));
        }
        for (i, station) in self.swap_stations.iter().enumerate() {
            station.check(&mut problems, format_args!("demand.swap_station[{i}]"), &mut checks);
        }
        for (i, load) in self.shiftables.iter().enumerate() {
            load.check(&mut problems, format_args!("demand.shiftable[{i}]"), &mut checks);
        }
        for (i, building) in self.buildings.iter().enumerate() {
            building.check(&mut problems, format_args!("demand.building[{i}]"), &mut checks);
        }
        if let Some(feeder) = &self.feeder {
            feeder.check(self, &mut problems);
        }
        self.value_of_lost_load.check(&mut problems);
        if !tariff_is_known {
            self.tariff.check(&mut problems, steps, months, self.calendar.step_s);
        }
        if self.tariff.power_factor.is_some() && self.connection.reactive_kvar.is_none() {
            problems.push(
                Problem::new("distribution.reactive_kvar", "is missing")
                    .hint("the tariff adjusts the charges by power factor, so it must know the reactive power"),
            );
        }
        self.carbon.check(&mut problems, &mut checks);
        self.check_outages(&mut problems);
        self.dispatch.check(&mut problems);
        if let Some(value) = self.stored_value_per_kwh {
            problems.require_range("dispatch.stored_value_per_kwh", value, -1e6, 1e6);
            if self.run_end == RunEnd::NotBelowStart && value != 0.0 {
                problems.push(
                    Problem::new("dispatch.stored_value_per_kwh", "has no meaning under this run_end")
                        .value(value)
                        .hint("leave it out, or leave run_end out: what is left beyond the start counts nothing"),
                );
            }
        }
        problems.or_else(|| ())
    }

    /// Cost of the energy that users of loads want and no step asks for: the same under every strategy, a constant of
    /// the objective and of every bound on it.
    #[must_use]
    pub fn undelivered_cost(&self) -> f64 {
        // Adding 0 turns the negative zero of an empty sum into a plain one.
        0.0 + self.loads.iter().map(|load| load.undelivered_kwh * load.undelivered_cost_per_kwh).sum::<f64>()
    }

    fn check_outages(&self, problems: &mut Problems) {
        let mut free_from = 0;
        for (i, outage) in self.outages.iter().enumerate() {
            if outage.start >= outage.end || outage.start < free_from || outage.end as usize > self.calendar.steps() {
                problems.push(
                    Problem::new(alloc::format!("utility.outage[{i}]"), "must be ascending, apart and within the run")
                        .value(alloc::format!("steps {} to {}", outage.start, outage.end)),
                );
            }
            free_from = outage.end;
        }
    }
}
