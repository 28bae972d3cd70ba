//! What a strategy sees.

use alloc::vec::Vec;

use super::FlexibleUse;
use crate::distribution::HeadRoom;
use crate::generation::{GensetLimits, GensetState};

/// What a strategy sees of the site at the beginning of a step. Powers in kW, energy in kWh, all at least 0.
#[derive(Debug, Clone, Default)]
pub struct Site {
    pub(crate) step: u32,
    pub(crate) step_h: f64,
    pub(crate) hour_of_day_h: f64,
    pub(crate) month: u32,
    pub(crate) month_peak_import_kw: f64,
    pub(crate) load_kw: f64,
    pub(crate) deficit_kw: f64,
    pub(crate) generation_kw: f64,
    pub(crate) import_limit_kw: f64,
    pub(crate) export_limit_kw: f64,
    pub(crate) import_price_per_kwh: f64,
    pub(crate) export_price_per_kwh: f64,
    pub(crate) carbon_kg_per_kwh: f64,
    pub(crate) grid_is_up: bool,
    pub(crate) required_reserve_kw: f64,
    pub(crate) batteries: Vec<BatteryView>,
    pub(crate) gensets: Vec<GensetView>,
    pub(crate) flexible_uses: Vec<FlexibleUse>,
    pub(crate) head_rooms: Vec<HeadRoom>,
}

impl Site {
    /// Index of the step.
    #[must_use]
    pub fn step(&self) -> u32 {
        self.step
    }
    /// Length of the step in hours.
    #[must_use]
    pub fn step_h(&self) -> f64 {
        self.step_h
    }
    /// Hours from the day's midnight to the step's start. On the day on which clocks change they run on, to 23 or 25.
    #[must_use]
    pub fn hour_of_day_h(&self) -> f64 {
        self.hour_of_day_h
    }
    /// Index of the billing month in the run, counted from 0.
    #[must_use]
    pub fn month(&self) -> u32 {
        self.month
    }
    /// Greatest mean import of a step so far in the billing month, kW: what a demand charge on steps would bill now.
    #[must_use]
    pub fn month_peak_import_kw(&self) -> f64 {
        self.month_peak_import_kw
    }
    /// Load asked for.
    #[must_use]
    pub fn load_kw(&self) -> f64 {
        self.load_kw
    }
    /// Generation available.
    #[must_use]
    pub fn generation_kw(&self) -> f64 {
        self.generation_kw
    }
    /// Load, and what flexible uses are expected to take, less generation: positive where the site is short. The one
    /// signed number here.
    #[must_use]
    pub fn deficit_kw(&self) -> f64 {
        self.deficit_kw
    }
    /// What can take more or less in this step, such as water heaters, kind by kind in the order of the scenario.
    #[must_use]
    pub fn flexible_uses(&self) -> &[FlexibleUse] {
        &self.flexible_uses
    }
    /// What the buses of each device have left until a limit of the feeder is reached, in the order of
    /// [`Placed::all`](crate::distribution::Placed::all); empty at a site without a feeder.
    #[must_use]
    pub fn head_rooms(&self) -> &[HeadRoom] {
        &self.head_rooms
    }
    /// Most import at this step.
    #[must_use]
    pub fn import_limit_kw(&self) -> f64 {
        self.import_limit_kw
    }
    /// Most export at this step.
    #[must_use]
    pub fn export_limit_kw(&self) -> f64 {
        self.export_limit_kw
    }
    /// Import price of this step, per kWh.
    #[must_use]
    pub fn import_price_per_kwh(&self) -> f64 {
        self.import_price_per_kwh
    }
    /// Price paid for export at this step, per kWh.
    #[must_use]
    pub fn export_price_per_kwh(&self) -> f64 {
        self.export_price_per_kwh
    }
    /// Carbon of a kWh imported at this step, kg CO₂.
    #[must_use]
    pub fn carbon_kg_per_kwh(&self) -> f64 {
        self.carbon_kg_per_kwh
    }
    /// Whether the utility grid is there.
    #[must_use]
    pub fn grid_is_up(&self) -> bool {
        self.grid_is_up
    }
    /// Capacity that is to be on line beyond the load, see [`SpinningReserve`](crate::generation::SpinningReserve).
    #[must_use]
    pub fn required_reserve_kw(&self) -> f64 {
        self.required_reserve_kw
    }
    /// The batteries, in the order of the scenario.
    #[must_use]
    pub fn batteries(&self) -> &[BatteryView] {
        &self.batteries
    }
    /// The gensets, in the order of the scenario.
    #[must_use]
    pub fn gensets(&self) -> &[GensetView] {
        &self.gensets
    }
}

/// A battery, as strategies see it at the beginning of a step.
#[derive(Debug, Clone, Copy, Default)]
pub struct BatteryView {
    pub(crate) stored_kwh: f64,
    pub(crate) min_kwh: f64,
    pub(crate) max_kwh: f64,
    pub(crate) charge_limit_kw: f64,
    pub(crate) discharge_limit_kw: f64,
    pub(crate) by_direct_current_kw: f64,
}

impl BatteryView {
    /// Stored energy.
    #[must_use]
    pub fn stored_kwh(&self) -> f64 {
        self.stored_kwh
    }
    /// Bottom of the window.
    #[must_use]
    pub fn min_kwh(&self) -> f64 {
        self.min_kwh
    }
    /// Top of the window.
    #[must_use]
    pub fn max_kwh(&self) -> f64 {
        self.max_kwh
    }
    /// Most charge in this step, at its AC terminals.
    #[must_use]
    pub fn charge_limit_kw(&self) -> f64 {
        self.charge_limit_kw
    }
    /// Most discharge in this step, at its AC terminals; its reserve is held back while the grid is up.
    #[must_use]
    pub fn discharge_limit_kw(&self) -> f64 {
        self.discharge_limit_kw
    }
    /// Charge that comes in this step unasked, beside what is asked: what a hybrid inverter would clip
    /// ([`HybridInverter`](crate::storage::HybridInverter)), as power at its AC terminals.
    #[must_use]
    pub fn by_direct_current_kw(&self) -> f64 {
        self.by_direct_current_kw
    }
}

/// A genset, as strategies see it at the beginning of a step.
#[derive(Debug, Clone)]
pub struct GensetView {
    pub(crate) rating_kw: f64,
    pub(crate) state: GensetState,
    pub(crate) limits: GensetLimits,
    pub(crate) start_cost: f64,
    /// The fuel curve in money: power, cost per hour.
    pub(crate) cost: Vec<(f64, f64)>,
}

impl GensetView {
    /// Rating.
    #[must_use]
    pub fn rating_kw(&self) -> f64 {
        self.rating_kw
    }
    /// Whether it ran in the last step.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.state.running
    }
    /// Whether it may run in this step: not while it must rest after a stop.
    #[must_use]
    pub fn can_run(&self) -> bool {
        self.limits.can_run
    }
    /// Whether it will run in this step, asked or not, because it started too short a time ago.
    #[must_use]
    pub fn must_run(&self) -> bool {
        self.limits.must_run
    }
    /// Least power in this step if it runs: its minimum load, or what its ramp leaves.
    #[must_use]
    pub fn least_kw(&self) -> f64 {
        self.limits.least_kw
    }
    /// Most power in this step if it runs.
    #[must_use]
    pub fn most_kw(&self) -> f64 {
        self.limits.most_kw
    }
    /// Cost per hour of running at `kw`, fuel and carbon; starts are apart.
    #[must_use]
    pub fn cost_per_h(&self, kw: f64) -> f64 {
        let piece = self.cost.windows(2).find(|pair| kw <= pair[1].0).or(self.cost.windows(2).last());
        piece.map_or(0.0, |pair| {
            let slope = (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0);
            pair[0].1 + slope * (kw - pair[0].0)
        })
    }
    /// Cost of a start.
    #[must_use]
    pub fn start_cost(&self) -> f64 {
        self.start_cost
    }
}
