//! A scenario as the sizing sees it: columns that no size changes.

use microgrid_core::dispatch::exact_plan::EndRule;
use microgrid_core::simulation::RunEnd;
use microgrid_core::storage::Battery;
use microgrid_core::utility::{MeteringForm, PlanningPrices};
use microgrid_core::{Plan, Problem, Problems, Scenario};

use super::amounts::{Amounts, Quantity};

/// What does not depend on the sizes. Power is the mean of the step.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// Length of a step, h.
    pub step_h: f64,
    /// The tiers that have load: kW by step, and the value of a kWh lost.
    pub tiers: Vec<(Vec<f64>, f64)>,
    /// Output of each plant of the scenario per unit of its scale, kW by step.
    pub plants: Vec<Vec<f64>>,
    /// Cost of a kWh of each genset.
    pub genset_cost_per_kwh: Vec<f64>,
    /// Price of import, carbon included, per kWh and step.
    pub import_price_per_kwh: Vec<f64>,
    /// Pay for export, per kWh and step.
    pub export_price_per_kwh: Vec<f64>,
    /// Most import, kW by step; 0 in an outage.
    pub import_limit_kw: Vec<f64>,
    /// Most export, kW by step; 0 in an outage.
    pub export_limit_kw: Vec<f64>,
    /// The storage's shares and efficiencies; its capacity and power are sizes, or stand in `amounts`.
    pub storage: Store,
    /// What a demand charge asks for each of its billing months.
    pub peaks: Vec<Peak>,
    /// The peaks of each billing month, by their places in `peaks`.
    peaks_of_month: Vec<Vec<usize>>,
    month_of_step: Vec<u16>,
    /// The quantities as the scenario has them.
    pub amounts: Amounts,
    /// Whether some load may have to be shed.
    pub may_be_short: bool,
    /// What of the scenario is taken as cheaper than it is, so that a run may cost more than the plan.
    pub left_out: Vec<String>,
    /// A price above every price of the site, for energy missing at the end.
    pub shortfall_price_per_kwh: f64,
}

/// A storage but for its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Store {
    /// Least energy as a share of the capacity.
    pub least: f64,
    /// Greatest energy as a share of the capacity.
    pub most: f64,
    /// Energy at the start as a share of the capacity.
    pub start: f64,
    /// Stored per AC kWh charged.
    pub charge_efficiency: f64,
    /// AC kWh given per stored kWh.
    pub discharge_efficiency: f64,
    /// Leak of the energy above the floor, per h.
    pub leak_per_h: f64,
    /// Wear per AC kWh given.
    pub wear_cost_per_kwh: f64,
    /// Value of a kWh left at the end beyond the start; `None`: as much as at the start must be left.
    pub end_value_per_kwh: Option<f64>,
}

/// A demand charge in one billing month.
#[derive(Debug, Clone, PartialEq)]
pub struct Peak {
    /// First step of the month.
    pub first_step: usize,
    /// Step after its last.
    pub end_step: usize,
    /// Money per kW.
    pub price_per_kw: f64,
    /// Peak that is paid in any case, kW.
    pub free_kw: f64,
    /// Which steps of the run count; all where `None`.
    pub counts: Option<std::sync::Arc<[bool]>>,
}

impl Peak {
    /// Whether the import of a step counts.
    #[must_use]
    pub fn holds(&self, step: usize) -> bool {
        (self.first_step..self.end_step).contains(&step) && self.counts.as_ref().is_none_or(|counts| counts[step])
    }
}

impl Store {
    /// What is left of a kWh above the floor after a step.
    #[must_use]
    pub fn keep(&self, step_h: f64) -> f64 {
        libm::exp(-self.leak_per_h * step_h)
    }

    /// What a kWh drawn from the bus adds to the level, and what a kWh given takes from it, at the step's end.
    #[must_use]
    pub fn gains(&self, step_h: f64) -> (f64, f64) {
        let decay = self.leak_per_h * step_h;
        let held = if decay > 0.0 { -libm::expm1(-decay) / decay } else { 1.0 };
        (held * self.charge_efficiency, held / self.discharge_efficiency)
    }

    pub(super) fn end(&self) -> EndRule {
        self.end_value_per_kwh.map_or(EndRule::NotBelowStart, EndRule::ValuePerKwh)
    }
}

impl Site {
    /// Reads a compiled scenario of which the quantities `sized` are to be sized.
    ///
    /// # Errors
    /// Every part of the scenario that sizing cannot take, by its field: batteries that differ, are barred from the grid or
    /// hold a reserve; prices below 0; bills whose prices depend on the month's energy; demand charges with further terms; outages
    /// in which nothing forms a grid.
    pub fn of(plan: &Plan, sized: &[Quantity]) -> Result<Self, Problems> {
        let scenario = plan.scenario();
        let mut problems = Problems::none();
        refuse_devices(scenario, &mut problems);
        refuse_tariff(plan, &mut problems);
        let prices = PlanningPrices::of(plan);
        let carbon = &scenario.carbon;
        let import_price_per_kwh: Vec<f64> = (prices.import_price_per_kwh.iter().enumerate())
            .map(|(step, price)| price + carbon.price_per_kg * carbon.intensity_kg_per_kwh.at(step))
            .collect();
        refuse_prices(scenario, &import_price_per_kwh, &prices.export_price_per_kwh, &mut problems);
        // What may be curtailed is never exported at a loss.
        let export_price_per_kwh: Vec<f64> = prices.export_price_per_kwh.iter().map(|price| price.max(0.0)).collect();
        let storage = store(plan);
        let steps = || 0..plan.steps();
        let is_limit_sized = sized.contains(&Quantity::ImportLimit);
        let is_short = |step: usize| is_limit_sized || plan.load_kw(step) > plan.import_limit_kw(step);
        let greatest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
        let genset_cost_per_kwh: Vec<f64> =
            scenario.gensets.iter().map(|genset| genset.marginal_cost_per_kwh(carbon.price_per_kg)).collect();
        let of_peaks = scenario.tariff.demand.iter().map(|charge| greatest(&charge.price_per_kw)).sum::<f64>();
        let dearest = greatest(&import_price_per_kwh).max(greatest(&genset_cost_per_kwh)).max(1e-3);
        let tiers = tiers(plan, is_short, 2.0 * (dearest + of_peaks / plan.step_h()));
        if let Some((_, value)) = tiers.iter().find(|(_, value)| *value < dearest) {
            let message = "is below the dearest import or genset, which sizing does not take";
            let problem = Problem::new("demand.value_of_lost_load", message).value(value);
            problems.push(problem.allowed(format!("at least {dearest}")));
        }
        problems.or_else(|| ())?;
        let mut left_out = Vec::new();
        if scenario.gensets.iter().any(|genset| genset.min_load > 0.0 || genset.start_cost > 0.0)
            || scenario.gensets.iter().any(|genset| genset.cost_per_h(0.0, carbon.price_per_kg) > 0.0)
        {
            left_out.push("gensets are planned without no-load fuel, least load and starts (integrality)".into());
        }
        if steps().any(is_short) {
            left_out.push("storage may hold back energy that the order of recourse would give at once".into());
        }
        let peaks = peaks(plan);
        let lost = tiers.iter().map(|(_, value)| *value).fold(dearest, f64::max);
        Ok(Self {
            step_h: plan.step_h(),
            plants: (scenario.generation.iter())
                .map(|plant| steps().map(|step| plant.power_kw.at(step)).collect())
                .collect(),
            genset_cost_per_kwh,
            import_price_per_kwh,
            export_price_per_kwh,
            import_limit_kw: steps().map(|step| plan.import_limit_kw(step)).collect(),
            export_limit_kw: steps().map(|step| plan.export_limit_kw(step)).collect(),
            shortfall_price_per_kwh: 4.0 * lost / (storage.charge_efficiency * storage.discharge_efficiency),
            storage,
            peaks_of_month: scenario
                .calendar
                .month_steps()
                .map(|month| (0..peaks.len()).filter(|i| peaks[*i].first_step == month.start).collect())
                .collect(),
            month_of_step: (scenario.calendar.month_steps().enumerate())
                .flat_map(|(month, steps)| steps.map(move |_| month as u16))
                .collect(),
            peaks,
            amounts: amounts(scenario),
            may_be_short: steps().any(is_short),
            left_out,
            tiers,
        })
    }

    /// Number of steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.import_price_per_kwh.len()
    }

    /// The peaks for which the import of a step counts, by their places in [`Site::peaks`].
    pub(super) fn peaks_at(&self, step: usize) -> impl Iterator<Item = usize> + Clone + '_ {
        let of_month = &self.peaks_of_month[self.month_of_step[step] as usize];
        of_month.iter().copied().filter(move |i| self.peaks[*i].holds(step))
    }

    /// Lowers the tie's limits to what the site can take and give at the greatest sizes: beyond it they are as good as none, and
    /// sums in which they stand would cancel.
    pub(super) fn limit_tie(&mut self, greatest: &Amounts) {
        let load_kw = (0..self.steps()).map(|step| self.load_kw(step)).fold(0.0, f64::max);
        let made =
            |step: usize| self.plants.iter().zip(&greatest.plants).map(|(power, scale)| scale * power[step]).sum();
        let made_kw = (0..self.steps()).map(made).fold(0.0, f64::max) + greatest.gensets.iter().sum::<f64>();
        let most_import = load_kw + greatest.charge + 1.0;
        let most_export = made_kw + greatest.discharge + 1.0;
        self.import_limit_kw.iter_mut().for_each(|limit| *limit = limit.min(most_import));
        self.export_limit_kw.iter_mut().for_each(|limit| *limit = limit.min(most_export));
    }

    /// Load of all tiers, kW.
    #[must_use]
    pub fn load_kw(&self, step: usize) -> f64 {
        self.tiers.iter().map(|(load, _)| load[step]).sum()
    }
}

fn amounts(scenario: &Scenario) -> Amounts {
    let sum = |of: fn(&Battery) -> f64| scenario.storage.iter().map(of).sum::<f64>();
    Amounts {
        plants: scenario.generation.iter().map(|plant| plant.scale).collect(),
        gensets: scenario.gensets.iter().map(|genset| genset.rating_kw).collect(),
        capacity: sum(|battery| battery.capacity_kwh),
        charge: sum(|battery| battery.charge_max_kw),
        discharge: sum(|battery| battery.discharge_max_kw),
        import_limit: f64::INFINITY,
    }
}

/// The load by value. Where nothing is ever shed, because the tie alone carries the load, the value is `safe`, above all
/// else, so that no plan sheds load there to hold a peak.
fn tiers(plan: &Plan, is_short: impl Fn(usize) -> bool, safe: f64) -> Vec<(Vec<f64>, f64)> {
    let scenario = plan.scenario();
    let values = plan.value_of_lost_load_per_kwh();
    let mut tiers: Vec<(Vec<f64>, f64)> =
        values.into_iter().chain([safe.max(values[0])]).map(|value| (vec![0.0; plan.steps()], value)).collect();
    let last = tiers.len() - 1;
    for load in &scenario.loads {
        for step in 0..plan.steps() {
            let tier = if is_short(step) { load.tier as usize } else { last };
            tiers[tier].0[step] += load.scale * load.power_kw.at(step);
        }
    }
    tiers.retain(|(load, _)| load.iter().any(|load| *load > 0.0));
    tiers
}

/// The storage's shares; those of a battery without losses where there is none.
fn store(plan: &Plan) -> Store {
    let scenario = plan.scenario();
    let none = Battery::lithium_iron_phosphate(0.0, 0.0);
    let battery = scenario.storage.first().unwrap_or(&none);
    Store {
        least: battery.soc_min.max(battery.reserve_soc),
        most: battery.soc_max,
        start: battery.initial_soc,
        charge_efficiency: battery.charge_efficiency,
        discharge_efficiency: battery.discharge_efficiency,
        leak_per_h: battery.self_discharge_per_h,
        wear_cost_per_kwh: battery.wear_cost_per_kwh,
        end_value_per_kwh: match scenario.run_end {
            RunEnd::Value => Some(plan.stored_value_per_kwh()),
            RunEnd::NotBelowStart => None,
        },
    }
}

fn peaks(plan: &Plan) -> Vec<Peak> {
    let scenario = plan.scenario();
    let shares = scenario.tariff.proration.shares(&scenario.calendar);
    let mut peaks = Vec::new();
    for charge in &scenario.tariff.demand {
        for (month, steps) in scenario.calendar.month_steps().enumerate() {
            let price_per_kw = charge.of_month(month) * shares[month];
            if price_per_kw > 0.0 {
                peaks.push(Peak {
                    first_step: steps.start,
                    end_step: steps.end,
                    price_per_kw,
                    free_kw: if month == 0 { charge.peak_so_far_kw } else { 0.0 },
                    counts: charge.counted_steps.clone(),
                });
            }
        }
    }
    peaks
}

fn refuse_devices(scenario: &Scenario, problems: &mut Problems) {
    let field = |i: usize, name: &str| format!("storage.battery[{i}].{name}");
    let mut refuse = |field: String, message: &str, hint: &str| problems.push(Problem::new(field, message).hint(hint));
    if !scenario.stations.is_empty() {
        let hint = "write its sessions as [[demand.sessions]]: sizing takes them as load";
        refuse("demand.station".into(), "is a flexible use, which sizing does not plan", hint);
    }
    if !scenario.water_heaters.is_empty() {
        let hint = "put what they draw into a load to size, and run the result with them";
        refuse("demand.water_heater".into(), "is a flexible use, which sizing does not plan", hint);
    }
    if !scenario.swap_stations.is_empty() {
        let hint = "put what they draw into a load to size, and run the result with them";
        refuse("demand.swap_station".into(), "is a flexible use, which sizing does not plan", hint);
    }
    if !scenario.shiftables.is_empty() {
        let hint = "put what they draw into a load to size, and run the result with them";
        refuse("demand.shiftable".into(), "is a flexible use, which sizing does not plan", hint);
    }
    if !scenario.buildings.is_empty() {
        let hint = "put what they draw into a load to size, and run the result with them";
        refuse("demand.building".into(), "is a flexible use, which sizing does not plan", hint);
    }
    if !scenario.hydrogen.is_empty() {
        let hint = "leave the plant out to size the rest, and run the result with it";
        refuse("storage.hydrogen".into(), "is a hydrogen plant, which sizing does not plan", hint);
    }
    if scenario.feeder.is_some() {
        let hint = "leave the feeder out to size, and run the result with it";
        refuse("distribution.feeder".into(), "is a network, whose losses and limits sizing does not plan", hint);
    }
    for (i, battery) in scenario.storage.iter().enumerate() {
        if i > 0 {
            refuse(format!("storage.battery[{i}]"), "sizing plans one storage", "make the batteries one");
        }
        if battery.ageing.is_some() {
            let hint = "leave it out to size, and run the result with it";
            refuse(field(i, "ageing"), "sizing takes no battery that ages", hint);
        }
        if battery.detail.is_some() {
            let hint = "leave part_load, tapers, wells and cells out to size, and run the result with them";
            refuse(format!("storage.battery[{i}]"), "sizing takes plain batteries", hint);
        }
        if !battery.charge_from_grid {
            refuse(field(i, "charge_from_grid"), "sizing takes no storage barred from the grid", "leave it out");
        }
        if !battery.export_to_grid {
            refuse(field(i, "export_to_grid"), "sizing takes no storage barred from export", "leave it out");
        }
        let holds = battery.reserve_soc > battery.soc_min;
        if holds && (!scenario.outages.is_empty() || battery.self_discharge_per_h > 0.0) {
            let hint = "raise soc_min instead, or leave reserve_soc out: the outages of the run are planned for";
            refuse(field(i, "reserve_soc"), "sizing takes no reserve beside outages or self-discharge", hint);
        } else if holds && battery.initial_soc < battery.reserve_soc {
            refuse(field(i, "initial_soc"), "is below the reserve, which sizing takes as the floor", "raise it");
        }
    }
    let forms = scenario.storage.iter().any(|battery| battery.grid_forming)
        || scenario.gensets.iter().any(|genset| genset.grid_forming);
    if !scenario.outages.is_empty() && !forms {
        let hint = "set grid_forming = true on the battery or a genset, or leave the outages out";
        refuse("utility.outage".into(), "leaves the site dark whatever its sizes", hint);
    }
}

fn refuse_tariff(plan: &Plan, problems: &mut Problems) {
    let scenario = plan.scenario();
    let tariff = &scenario.tariff;
    let mut refuse = |field: &str, message: String| {
        problems.push(
            Problem::new(field, message).hint("leave the term out of the tariff to size, and run the result with it"),
        );
    };
    let prices = PlanningPrices::of(plan);
    if tariff.metering.form != MeteringForm::NetBilling || !prices.reasons.is_empty() {
        refuse("utility.tariff", "sizing takes no prices by block, and no metering but net billing".into());
    }
    if tariff.power_factor.is_some() {
        refuse("utility.tariff", "sizing takes no power-factor adjustment".into());
    }
    if tariff.minimum.as_ref().is_some_and(|minimum| minimum.price_per_month > 0.0) {
        refuse("utility.tariff", "sizing takes no least charge".into());
    }
    for charge in &tariff.demand {
        let terms = [
            (charge.window_s > scenario.calendar.step_s, "a window longer than the step"),
            (!charge.tiers.is_empty(), "prices by block of demand"),
            (charge.term.is_some(), "months charged together"),
            (charge.ratchet.as_ref().is_some_and(|ratchet| ratchet.percent > 0.0), "a ratchet"),
            (charge.contract.is_some(), "a contract"),
            (charge.discount.is_some(), "a discount for steady use"),
            (charge.price_per_kw.iter().any(|price| *price < 0.0), "a price below 0"),
        ];
        for (_, term) in terms.iter().filter(|(has, _)| *has) {
            refuse("utility.tariff", format!("sizing takes no demand charge with {term}: `{}`", charge.name));
        }
    }
}

fn refuse_prices(scenario: &Scenario, import: &[f64], export: &[f64], problems: &mut Problems) {
    let hint = "where steps are not convex no size is proven; size by a sweep";
    let below = |prices: &[f64]| prices.iter().position(|price| *price < 0.0);
    if let Some(step) = below(import) {
        let problem = Problem::new("utility.import_price_per_kwh", "is below 0, which sizing does not take");
        problems.push(problem.value(format!("{} at step {step}", import[step])).hint(hint));
    }
    let must_take = scenario.generation.iter().any(|plant| !plant.curtailable);
    if let Some(step) = below(export).filter(|_| must_take) {
        let problem = Problem::new("utility.export_price_per_kwh", "is below 0 beside generation that must be taken");
        problems.push(problem.value(format!("{} at step {step}", export[step])).hint(hint));
    }
    if let Some(step) = (0..import.len()).find(|step| export[*step] > import[*step]) {
        let problem =
            Problem::new("utility.export_price_per_kwh", "is above the import price, which sizing does not take");
        problems.push(problem.value(format!("{} at step {step}", export[step])).hint(hint));
    }
}
