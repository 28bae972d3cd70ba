//! What the exact plan is asked: one storage, the columns of the site, where the window starts and how it ends.

use crate::{Problem, Problems};
use alloc::format;
use alloc::string::String;

/// Largest power, energy or price accepted; keeps every sum finite.
const LARGEST: f64 = 1e12;

/// One value for all steps, or one per step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Series<'a> {
    /// The same value in every step.
    Constant(f64),
    /// One value per step.
    Steps(&'a [f64]),
}

impl Series<'_> {
    /// The value of a step; `step` must be below the number of steps.
    #[inline]
    #[must_use]
    pub fn at(&self, step: usize) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Steps(values) => values[step],
        }
    }
}

impl From<f64> for Series<'_> {
    fn from(value: f64) -> Self {
        Self::Constant(value)
    }
}

impl<'a> From<&'a [f64]> for Series<'a> {
    fn from(values: &'a [f64]) -> Self {
        Self::Steps(values)
    }
}

/// The storage as the plan sees it: a level between two bounds, power limits at the AC terminals, linear losses.
#[derive(Debug, Clone, PartialEq)]
pub struct Storage {
    /// Least stored energy, kWh, ≥ 0. Self-discharge stops here.
    pub min_kwh: f64,
    /// Most stored energy, kWh, ≥ `min_kwh`. Equal to `min_kwh`: no storage.
    pub max_kwh: f64,
    /// Most charging power at the AC terminals, kW, ≥ 0.
    pub charge_max_kw: f64,
    /// Most discharging power at the AC terminals, kW, ≥ 0.
    pub discharge_max_kw: f64,
    /// Stored per AC kWh charged, in (0, 1].
    pub charge_efficiency: f64,
    /// AC kWh delivered per stored kWh, in (0, 1].
    pub discharge_efficiency: f64,
    /// Rate λ at which the energy above `min_kwh` leaks, 1/h, ≥ 0; at most 20 per step, as more leaves nothing.
    pub self_discharge_per_h: f64,
    /// Wear, money per AC kWh discharged, ≥ 0.
    pub wear_cost_per_kwh: f64,
}

/// A part of the load with the price of not serving it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tier<'a> {
    /// Mean power of the step, kW, ≥ 0.
    pub load_kw: Series<'a>,
    /// Value of lost load, money per kWh, ≥ 0. The tier with the lowest value is shed first.
    pub value_of_lost_load_per_kwh: f64,
}

/// A source without memory: any power between zero and its limit in every step, at a linear cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Source<'a> {
    /// Most power, kW, ≥ 0.
    pub max_kw: Series<'a>,
    /// Cost, money per kWh; any finite number.
    pub cost_per_kwh: Series<'a>,
}

/// The columns of the site. Every [`Series::Steps`] has one value per step; power is the mean of the step.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps<'a> {
    /// Number of steps, ≥ 1.
    pub count: usize,
    /// Length of a step, h, > 0.
    pub step_h: f64,
    /// The load, by tier.
    pub tiers: &'a [Tier<'a>],
    /// Generation available, kW, ≥ 0; any part of it may be curtailed at no cost.
    pub generation_kw: Series<'a>,
    /// The part of the generation that may not be curtailed, kW; at most all of it counts. What the site can neither use
    /// nor export of it is dumped. Discharge gives way to it.
    pub must_take_kw: Option<Series<'a>>,
    /// Price of imported energy, carbon included, money per kWh.
    pub import_price_per_kwh: Series<'a>,
    /// Pay for exported energy, money per kWh.
    pub export_price_per_kwh: Series<'a>,
    /// Most import, kW, ≥ 0; 0 in an outage.
    pub import_limit_kw: Series<'a>,
    /// Most export, kW, ≥ 0; 0 in an outage.
    pub export_limit_kw: Series<'a>,
    /// Sources without memory.
    pub sources: &'a [Source<'a>],
    /// Limit of charging in a step, kW AC, below [`Storage::charge_max_kw`].
    pub charge_max_kw: Option<Series<'a>>,
    /// Limit of discharging in a step, kW AC, below [`Storage::discharge_max_kw`].
    pub discharge_max_kw: Option<Series<'a>>,
    /// Energy to be in store at the end of a step, kWh; falling short is priced, see [`Steps::shortfall_price_per_kwh`].
    pub reserve_kwh: Option<Series<'a>>,
    /// Energy below which the storage is not discharged in a step, kWh. From below it the storage may charge, and need not.
    pub discharge_floor_kwh: Option<Series<'a>>,
    /// Price of each kWh missing to the reserve at a step's end, or to the level asked at the window's end.
    /// `None`: twice the steepest slope of any step, so that without self-discharge an end level is missed only where
    /// it cannot be reached.
    pub shortfall_price_per_kwh: Option<f64>,
    /// Whether the storage may charge beyond the surplus of generation taken over load. If not, nothing is imported while
    /// it charges.
    pub grid_charging: bool,
    /// Whether the storage may discharge beyond the load not met by generation.
    pub storage_export: bool,
    /// Whether load may be shed to charge (a cheap tier now for a dear one later). The order of recourse cuts charging
    /// before it sheds load, so a plan that is to be replayed leaves this `false`.
    pub shed_to_charge: bool,
}

impl<'a> Steps<'a> {
    /// A grid-tied site with one load of very high value, no sources, no extra limits, both grid freedoms allowed.
    #[must_use]
    pub fn grid_tied(count: usize, step_h: f64, tiers: &'a [Tier<'a>]) -> Self {
        Self {
            count,
            step_h,
            tiers,
            generation_kw: Series::Constant(0.0),
            must_take_kw: None,
            import_price_per_kwh: Series::Constant(0.0),
            export_price_per_kwh: Series::Constant(0.0),
            import_limit_kw: Series::Constant(1e9),
            export_limit_kw: Series::Constant(1e9),
            sources: &[],
            charge_max_kw: None,
            discharge_max_kw: None,
            reserve_kwh: None,
            discharge_floor_kwh: None,
            shortfall_price_per_kwh: None,
            grid_charging: true,
            storage_export: true,
            shed_to_charge: false,
        }
    }
}

/// What the energy left at the end of the window is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EndRule {
    /// Nothing.
    Free,
    /// The level at the end is at least that at the start; a shortfall is priced.
    NotBelowStart,
    /// The level at the end is at least this, kWh; a shortfall is priced.
    NotBelow(f64),
    /// This much money per kWh stored at the end beyond that at the start (a debit where it is less).
    ValuePerKwh(f64),
}

/// A stretch of steps to plan, from a stored energy to an end rule. It may wrap around the last step once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// First step.
    pub first_step: usize,
    /// Number of steps, 1 to the number of steps loaded.
    pub steps: usize,
    /// Energy stored at the start, kWh, within the storage's bounds.
    pub start_kwh: f64,
    /// What holds at the end.
    pub end: EndRule,
}

impl Window {
    /// All steps in order.
    #[must_use]
    pub const fn whole(count: usize, start_kwh: f64, end: EndRule) -> Self {
        Self { first_step: 0, steps: count, start_kwh, end }
    }

    pub(super) fn check(&self, count: usize, min_kwh: f64, max_kwh: f64) -> Result<(), Problems> {
        let mut problems = Problems::none();
        if self.first_step >= count {
            problems.push(
                Problem::new("window.first_step", "is beyond the steps loaded")
                    .value(self.first_step)
                    .allowed(format!("0 to {}", count.saturating_sub(1))),
            );
        }
        if self.steps == 0 || self.steps > count {
            problems.push(
                Problem::new("window.steps", "is out of range").value(self.steps).allowed(format!("1 to {count}")),
            );
        }
        problems.require_range("window.start_kwh", self.start_kwh, min_kwh, max_kwh);
        match self.end {
            EndRule::NotBelow(level) => problems.require_range("window.end", level, min_kwh, max_kwh),
            EndRule::ValuePerKwh(value) => problems.require_range("window.end", value, -LARGEST, LARGEST),
            EndRule::Free | EndRule::NotBelowStart => {}
        }
        problems.or_else(|| ())
    }
}

impl Storage {
    pub(super) fn check(&self, step_h: f64, problems: &mut Problems) {
        problems.require_range("storage.min_kwh", self.min_kwh, 0.0, LARGEST);
        problems.require_range("storage.max_kwh", self.max_kwh, self.min_kwh.clamp(0.0, LARGEST), LARGEST);
        problems.require_range("storage.charge_max_kw", self.charge_max_kw, 0.0, LARGEST);
        problems.require_range("storage.discharge_max_kw", self.discharge_max_kw, 0.0, LARGEST);
        // A store that spares its inverter a loss may gain more than it takes, and gives back no more than that.
        let most = 1.0 / self.discharge_efficiency.clamp(1e-3, 1.0);
        problems.require_range("storage.charge_efficiency", self.charge_efficiency, 1e-3, most);
        problems.require_range("storage.discharge_efficiency", self.discharge_efficiency, 1e-3, 1.0);
        problems.require_range("storage.self_discharge_per_h", self.self_discharge_per_h, 0.0, 20.0 / step_h);
        problems.require_range("storage.wear_cost_per_kwh", self.wear_cost_per_kwh, 0.0, LARGEST);
    }
}

impl Steps<'_> {
    pub(super) fn check(&self, problems: &mut Problems) {
        // Segments are counted in 32 bits: each offer makes at most two of them, each demand charge two more.
        let most = (u32::MAX / 8) as usize / (16 + self.sources.len() + self.tiers.len());
        if self.count == 0 || self.count > most {
            problems
                .push(Problem::new("steps.count", "is out of range").value(self.count).allowed(format!("1 to {most}")));
        }
        problems.require_range("steps.step_h", self.step_h, 1e-6, 8784.0);
        for (i, tier) in self.tiers.iter().enumerate() {
            self.column(problems, || format!("steps.tiers[{i}].load_kw"), tier.load_kw, 0.0);
            let value = Series::Constant(tier.value_of_lost_load_per_kwh);
            self.column(problems, || format!("steps.tiers[{i}].value_of_lost_load_per_kwh"), value, 0.0);
        }
        self.column(problems, || "steps.generation_kw".into(), self.generation_kw, 0.0);
        self.column(problems, || "steps.import_price_per_kwh".into(), self.import_price_per_kwh, -LARGEST);
        self.column(problems, || "steps.export_price_per_kwh".into(), self.export_price_per_kwh, -LARGEST);
        self.column(problems, || "steps.import_limit_kw".into(), self.import_limit_kw, 0.0);
        self.column(problems, || "steps.export_limit_kw".into(), self.export_limit_kw, 0.0);
        for (i, source) in self.sources.iter().enumerate() {
            self.column(problems, || format!("steps.sources[{i}].max_kw"), source.max_kw, 0.0);
            self.column(problems, || format!("steps.sources[{i}].cost_per_kwh"), source.cost_per_kwh, -LARGEST);
        }
        if let Some(limit) = self.charge_max_kw {
            self.column(problems, || "steps.charge_max_kw".into(), limit, 0.0);
        }
        if let Some(limit) = self.discharge_max_kw {
            self.column(problems, || "steps.discharge_max_kw".into(), limit, 0.0);
        }
        if let Some(reserve) = self.reserve_kwh {
            self.column(problems, || "steps.reserve_kwh".into(), reserve, 0.0);
        }
        if let Some(floor) = self.discharge_floor_kwh {
            self.column(problems, || "steps.discharge_floor_kwh".into(), floor, 0.0);
        }
        if let Some(must_take) = self.must_take_kw {
            self.column(problems, || "steps.must_take_kw".into(), must_take, 0.0);
        }
        if let Some(price) = self.shortfall_price_per_kwh {
            problems.require_range("steps.shortfall_price_per_kwh", price, 0.0, LARGEST);
        }
    }

    /// One problem per column: how many values are wrong, and which is the first.
    fn column(&self, problems: &mut Problems, field: impl FnOnce() -> String, series: Series<'_>, least: f64) {
        let values = match series {
            Series::Constant(value) => {
                // NaN fails the range test, so it is refused here too.
                if !(least..=LARGEST).contains(&value) {
                    problems.require_range(field(), value, least, LARGEST);
                }
                return;
            }
            Series::Steps(values) => values,
        };
        if values.len() != self.count {
            problems.push(
                Problem::new(field(), "has the wrong number of values")
                    .value(values.len())
                    .allowed(format!("{}, one per step", self.count)),
            );
            return;
        }
        // Counting first keeps the good case one branch-free pass.
        let wrong = values.iter().filter(|value| !(least..=LARGEST).contains(*value)).count();
        if wrong > 0 {
            let first = values.iter().position(|value| !(least..=LARGEST).contains(value)).unwrap_or(0);
            problems.push(
                Problem::new(format!("{}[{first}]", field()), format!("is out of range, the first of {wrong}"))
                    .value(values[first])
                    .allowed(format!("{least} to {LARGEST}")),
            );
        }
    }
}
