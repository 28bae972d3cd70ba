//! The interface for a user's own strategy.

use alloc::vec::Vec;

use super::{FlexibleUse, Reason};
use crate::generation::{GensetLimits, GensetState};

/// A strategy: sees the site as it is now, and asks.
///
/// It only asks: the plant limits what it asks to what each device can do, keeps the site in balance and meters. A
/// request that is not a finite number, or of a device that the site does not have, is a fault of the run: from that step
/// on the strategy's requests count as 0.
///
/// # Examples
/// ```
/// use microgrid_core::dispatch::{Request, Site, Strategy};
///
/// /// Charges with a tenth of its limit, always.
/// struct Trickle;
///
/// impl Strategy for Trickle {
///     fn decide(&mut self, site: &Site, ask: &mut Request) {
///         for battery in 0..site.batteries() {
///             ask.charge(battery, 0.1 * site.charge_limit_kw(battery));
///         }
///     }
/// }
/// ```
pub trait Strategy: Send {
    /// Called once a step, after the site's limits are known. `ask` is empty: storage rests and gensets are off unless
    /// asked.
    fn decide(&mut self, site: &Site, ask: &mut Request);

    /// What the strategy remembers, for a snapshot. Empty where it remembers nothing.
    fn save(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Takes back what [`Strategy::save`] gave.
    fn restore(&mut self, _memory: &[f64]) {}
}

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
    pub(crate) batteries: Vec<SiteBattery>,
    pub(crate) gensets: Vec<SiteGenset>,
    pub(crate) flexible_uses: Vec<FlexibleUse>,
}

#[derive(Debug, Clone)]
pub(crate) struct SiteGenset {
    pub(crate) rating_kw: f64,
    pub(crate) state: GensetState,
    pub(crate) limits: GensetLimits,
    pub(crate) start_cost: f64,
    /// The fuel curve in money: power, cost per hour.
    pub(crate) cost: Vec<(f64, f64)>,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SiteBattery {
    pub(crate) stored_kwh: f64,
    pub(crate) min_kwh: f64,
    pub(crate) max_kwh: f64,
    pub(crate) charge_limit_kw: f64,
    pub(crate) discharge_limit_kw: f64,
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
    /// Number of batteries.
    #[must_use]
    pub fn batteries(&self) -> usize {
        self.batteries.len()
    }
    /// Stored energy of a battery.
    #[must_use]
    pub fn stored_kwh(&self, battery: usize) -> f64 {
        self.batteries[battery].stored_kwh
    }
    /// Bottom of a battery's window.
    #[must_use]
    pub fn min_kwh(&self, battery: usize) -> f64 {
        self.batteries[battery].min_kwh
    }
    /// Top of a battery's window.
    #[must_use]
    pub fn max_kwh(&self, battery: usize) -> f64 {
        self.batteries[battery].max_kwh
    }
    /// Most charge of a battery in this step, at its AC terminals.
    #[must_use]
    pub fn charge_limit_kw(&self, battery: usize) -> f64 {
        self.batteries[battery].charge_limit_kw
    }
    /// Most discharge of a battery in this step, at its AC terminals; its reserve is held back while the grid is up.
    #[must_use]
    pub fn discharge_limit_kw(&self, battery: usize) -> f64 {
        self.batteries[battery].discharge_limit_kw
    }
    /// Number of gensets.
    #[must_use]
    pub fn gensets(&self) -> usize {
        self.gensets.len()
    }
    /// Rating of a genset.
    #[must_use]
    pub fn genset_rating_kw(&self, genset: usize) -> f64 {
        self.gensets[genset].rating_kw
    }
    /// Whether a genset ran in the last step.
    #[must_use]
    pub fn genset_is_running(&self, genset: usize) -> bool {
        self.gensets[genset].state.running
    }
    /// Whether a genset may run in this step: not while it must rest after a stop.
    #[must_use]
    pub fn genset_can_run(&self, genset: usize) -> bool {
        self.gensets[genset].limits.can_run
    }
    /// Whether a genset will run in this step, asked or not, because it started too short a time ago.
    #[must_use]
    pub fn genset_must_run(&self, genset: usize) -> bool {
        self.gensets[genset].limits.must_run
    }
    /// Least power of a genset in this step if it runs: its minimum load, or what its ramp leaves.
    #[must_use]
    pub fn genset_least_kw(&self, genset: usize) -> f64 {
        self.gensets[genset].limits.least_kw
    }
    /// Most power of a genset in this step if it runs.
    #[must_use]
    pub fn genset_most_kw(&self, genset: usize) -> f64 {
        self.gensets[genset].limits.most_kw
    }
    /// Cost per hour of running a genset at `kw`, fuel and carbon; starts are apart.
    #[must_use]
    pub fn genset_cost_per_h(&self, genset: usize, kw: f64) -> f64 {
        let cost = &self.gensets[genset].cost;
        let piece = cost.windows(2).find(|pair| kw <= pair[1].0).or(cost.windows(2).last());
        piece.map_or(0.0, |pair| {
            let slope = (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0);
            pair[0].1 + slope * (kw - pair[0].0)
        })
    }
    /// Cost of a start of a genset.
    #[must_use]
    pub fn genset_start_cost(&self, genset: usize) -> f64 {
        self.gensets[genset].start_cost
    }
}

/// What a strategy asks for in one step. The last word on a device counts.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Positive into the site's bus.
    pub(crate) battery_kw: Vec<f64>,
    /// Power, or off.
    pub(crate) genset_kw: Vec<Option<f64>>,
    /// Power, or by its own rule.
    pub(crate) use_kw: Vec<Option<f64>>,
    /// Generation to leave.
    pub(crate) curtailed_kw: f64,
    /// Net import below which generation is to be left.
    pub(crate) least_net_kw: Option<f64>,
    pub(crate) reason: Option<Reason>,
    /// Whether a device was asked that the site does not have.
    pub(crate) names_nothing: bool,
}

impl Request {
    /// Asks a battery to charge with `kw` at its AC terminals.
    pub fn charge(&mut self, battery: usize, kw: f64) {
        self.ask_battery(battery, -kw);
    }
    /// Asks a battery to discharge with `kw` at its AC terminals.
    pub fn discharge(&mut self, battery: usize, kw: f64) {
        self.ask_battery(battery, kw);
    }
    /// Asks a genset to run, with `kw` or as near to it as its least load and its ramp let it.
    pub fn run_genset(&mut self, genset: usize, kw: f64) {
        self.ask_genset(genset, Some(kw));
    }
    /// Asks a genset to be off, which it is unless asked to run; one that started too short a time ago goes on.
    pub fn stop_genset(&mut self, genset: usize) {
        self.ask_genset(genset, None);
    }
    /// Asks a flexible use ([`Site::flexible_uses`]) to take `kw` at its AC terminals, or as near to it as its limits let it;
    /// unasked it follows its own rule. One that cannot take as little as it is asked for but nothing, such as an electrolyser
    /// below its least load, takes nothing.
    pub fn draw(&mut self, flexible_use: usize, kw: f64) {
        match self.use_kw.get_mut(flexible_use) {
            Some(ask) => *ask = Some(kw),
            None => self.names_nothing = true,
        }
    }
    /// Asks a flexible use to give `kw` at its AC terminals, as far as it can give anything
    /// ([`FlexibleUse::give_most_kw`](super::FlexibleUse::give_most_kw)); one that cannot takes its least. It is `draw` of `-kw`.
    pub fn give(&mut self, flexible_use: usize, kw: f64) {
        self.draw(flexible_use, -kw);
    }
    /// Says why, by a code of the strategy's own, for whoever records the run ([`Reason::Own`]).
    pub fn because(&mut self, code: &'static str) {
        self.reason = Some(Reason::Own(code));
    }
    /// Asks to leave `kw` of the generation that there is, as where export costs money; what cannot be curtailed is not.
    /// Generation that the site can neither use nor export is curtailed unasked. What a battery that may not charge from
    /// the grid charges is not left: its charge comes before the curtailment.
    pub fn curtail(&mut self, kw: f64) {
        self.curtailed_kw = kw;
    }
    /// Asks to leave generation as far as the site's net import, export negative, would be below `kw`: 0 to export
    /// nothing, minus the tie's limit so that a discharge asked with it goes out before the sun does. What cannot be
    /// curtailed is not. Of this and [`Request::curtail`] the one that leaves more counts.
    pub fn curtail_to_net_import(&mut self, kw: f64) {
        self.least_net_kw = Some(kw);
    }
    fn ask_battery(&mut self, battery: usize, kw: f64) {
        match self.battery_kw.get_mut(battery) {
            Some(ask) => *ask = kw,
            None => self.names_nothing = true,
        }
    }
    fn ask_genset(&mut self, genset: usize, kw: Option<f64>) {
        match self.genset_kw.get_mut(genset) {
            Some(ask) => *ask = kw,
            None => self.names_nothing = true,
        }
    }
    /// Empties the request.
    pub(crate) fn clear(&mut self) {
        self.names_nothing = false;
        self.battery_kw.fill(0.0);
        self.genset_kw.fill(None);
        self.use_kw.fill(None);
        self.curtailed_kw = 0.0;
        self.least_net_kw = None;
        self.reason = None;
    }
    /// Whether all that is asked is a number, and of a device that is there.
    pub(crate) fn is_sound(&self) -> bool {
        let powers = self.battery_kw.iter().chain(self.genset_kw.iter().flatten()).chain(self.use_kw.iter().flatten());
        let mut powers = powers.chain([&self.curtailed_kw]).chain(&self.least_net_kw);
        !self.names_nothing && powers.all(|kw| kw.is_finite())
    }
}

impl<F: FnMut(&Site, &mut Request) + Send> Strategy for F {
    fn decide(&mut self, site: &Site, ask: &mut Request) {
        self(site, ask);
    }
}
