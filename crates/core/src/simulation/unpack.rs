//! From a block's meters to one lane's outcome: hours, prices and names come in here.

use super::scenario::RunEnd;
use alloc::string::String;
use alloc::vec::Vec;

use super::block::{Block, BlockStrategy};
use super::device_totals::DeviceTotals;
use super::lane::Lane;
use super::ledger::Account;
use super::outcome::{
    BatteryTotals, Energy, GensetHeat, GensetTotals, HybridTotals, Indicators, Money, MonthTotals, Outcome, Status,
};
use super::plan::Plan;
use crate::demand::{SessionOutcome, Tier};
use crate::dispatch::Controller;
use crate::storage::BatteryAge;
use crate::utility::{Bill, BillKind, DemandMeter, EnergyReadings, Prices, Readings, write_bill};

/// Runs a plan from start to end under one strategy.
///
/// # Examples
/// ```
/// use microgrid_core::dispatch::{Controller, Dispatch};
/// use microgrid_core::simulation::{Calendar, Plan, Scenario, simulate};
///
/// let scenario = Scenario::new("empty", Calendar::days(3600, 1));
/// let plan = Plan::compile(&scenario)?;
/// let outcome = simulate(&plan, Controller::built_in(&Dispatch::Idle, &plan)?);
/// assert_eq!(outcome.money.bill_total, 0.0);
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
#[must_use]
pub fn simulate(plan: &Plan, controller: Controller) -> Outcome {
    let mut block = Block::pack([plan], [controller]);
    block.march(plan.days(), &mut ());
    block.outcome(0)
}

impl<const L: usize> Block<'_, L> {
    /// What one lane did up to now.
    #[must_use]
    pub fn outcome(&self, lane: usize) -> Outcome {
        let plan = &*self.plans[lane];
        let scenario = &plan.scenario;
        let batteries = self.battery_totals(lane);
        let gensets = self.genset_totals(lane);
        let devices = self.roster.totals(lane, plan);
        let energy = self.energy(lane, &batteries, &gensets, &devices);
        let readings = self.readings(lane);
        let bill = self.bill(lane, &readings);
        let carbon_kg = self.carbon_kg(lane, &energy, &gensets);
        let (strategy, foresight, follows) = self.names[lane].clone();
        let mut outcome = Outcome {
            scenario: scenario.name.clone(),
            strategy,
            foresight,
            follows,
            status: self.status(lane),
            steps: plan.steps,
            step_s: scenario.calendar.step_s,
            money: money(plan, &energy, (&batteries, &gensets, &devices), &bill, carbon_kg),
            indicators: self.indicators(lane, &energy, &batteries),
            months: self.month_totals(lane, &readings, &bill),
            bound: None,
            gap: None,
            worst_component: self.worst_component(lane, &batteries, &devices),
            notes: notes(plan, &energy),
            energy,
            bill,
            carbon_kg,
            batteries,
            gensets,
            devices,
        };
        outcome.notes.extend(self.roster.feeder.notes(lane, plan));
        if let Some(follows) = &outcome.follows {
            outcome.notes.push(alloc::format!("{}: follows {follows}, the cheapest known here", outcome.strategy));
        }
        if scenario.run_end == RunEnd::NotBelowStart && outcome.ends_below_start() {
            let note = "ends below its start, against run_end: not to be compared with runs that do not";
            outcome.notes.push(alloc::format!("{}: {note}", outcome.strategy));
        }
        outcome
    }

    /// What became of each session of a station of a lane up to now, in the order of the scenario; those whose stay does not
    /// meet the run are left out. Empty where there is no such station.
    #[must_use]
    pub fn sessions(&self, lane: usize, station: usize) -> Vec<SessionOutcome> {
        self.roster.sessions(lane, station, &self.plans[lane])
    }

    /// Money up to now, from the open sums: what [`Block::outcome`] says of money. Charges that do not depend on what the
    /// site does, such as fixed ones, count whole from the start; so the difference of two objectives is what the steps
    /// between them cost, energy put into store credited.
    #[must_use]
    pub fn money_so_far(&self, lane: usize) -> Money {
        let plan = &*self.plans[lane];
        let (batteries, gensets) = (self.battery_totals(lane), self.genset_totals(lane));
        let devices = self.roster.totals(lane, plan);
        let energy = self.energy(lane, &batteries, &gensets, &devices);
        let bill = self.bill(lane, &self.readings(lane));
        let carbon_kg = self.carbon_kg(lane, &energy, &gensets);
        money(plan, &energy, (&batteries, &gensets, &devices), &bill, carbon_kg)
    }

    /// How old a battery is at the end of the last day that is closed, for another run to begin with
    /// ([`crate::storage::Ageing::start`]); `None` where it does not age.
    #[must_use]
    pub fn battery_age(&self, battery: usize, lane: usize) -> Option<BatteryAge> {
        self.roster.ageing.age(battery, lane).cloned()
    }

    fn bill(&self, lane: usize, readings: &Readings) -> Bill {
        let plan = &*self.plans[lane];
        let (import, export) = (&plan.tariff.import, &plan.tariff.export);
        let buckets = &plan.tariff.bucket_of_cell;
        write_bill(&plan.scenario.tariff, (import, export), buckets, &plan.scenario.calendar, readings)
    }

    /// Carbon of import and fuel, kg.
    fn carbon_kg(&self, lane: usize, energy: &Energy, gensets: &[GensetTotals]) -> f64 {
        let plan = &*self.plans[lane];
        let import_carbon_kg = match plan.scenario.carbon.intensity_kg_per_kwh {
            crate::Series::Constant(intensity) => energy.import_kwh * intensity,
            crate::Series::Steps(_) => self.meters.carbon[lane] * plan.step_h,
        };
        gensets.iter().fold(import_carbon_kg, |sum, genset| sum + genset.carbon_kg)
    }

    fn status(&self, lane: usize) -> Status {
        match &self.strategy {
            BlockStrategy::Own(own) => {
                own.fault(lane).map_or(Status::Completed, |(step, request)| Status::Fault { step, request })
            }
            BlockStrategy::RollingHorizon(rolling) => {
                rolling.unsolved(lane).map_or(Status::Completed, |step| Status::Unsolved { step })
            }
            _ => Status::Completed,
        }
    }

    fn battery_totals(&self, lane: usize) -> Vec<BatteryTotals> {
        let plan = &*self.plans[lane];
        let totals = self.state.battery_meters.iter().enumerate().map(|(i, meter)| {
            let (battery, step) = (&plan.scenario.storage[i], &plan.batteries[i]);
            let (charge, discharge) = (meter.charge[lane], meter.discharge[lane]);
            let sums = [charge, discharge];
            let metered = self.roster.detail.losses_kwh(i, lane);
            let (conversion_loss_kwh, drawn_kwh) = metered
                .or_else(|| self.roster.ageing.losses_kwh(i, lane, sums))
                .unwrap_or_else(|| (step.conversion_loss_kwh(charge, discharge), discharge * step.drawn_per_discharge));
            BatteryTotals {
                name: battery.name.clone(),
                charge_kwh: charge * plan.step_h,
                discharge_kwh: discharge * plan.step_h,
                conversion_loss_kwh,
                self_discharge_kwh: meter.leak[lane],
                start_kwh: battery.initial_soc * battery.capacity_kwh,
                end_kwh: self.state.stored[i][lane],
                residual_kwh: meter.residual[lane],
                equivalent_full_cycles: if battery.capacity_kwh > 0.0 { drawn_kwh / battery.capacity_kwh } else { 0.0 },
                health: self.roster.ageing.health(i, lane, sums),
                cells: self.roster.detail.temperatures(i, lane),
                hybrid: self.roster.detail.hybrid(i, lane),
            }
        });
        totals.collect()
    }

    fn genset_totals(&self, lane: usize) -> Vec<GensetTotals> {
        let plan = &*self.plans[lane];
        let totals = self.roster.gensets.lanes.iter().zip(&plan.scenario.gensets).map(|(lanes, genset)| {
            let meters = &lanes.meters;
            let (fuel, starts) = (meters.fuel[lane] * plan.step_h, meters.starts[lane]);
            GensetTotals {
                name: genset.name.clone(),
                generation_kwh: meters.power[lane] * plan.step_h,
                running_h: meters.steps_running[lane] * plan.step_h,
                starts: starts as u32,
                fuel,
                fuel_unit: genset.fuel_unit.name(),
                fuel_cost: fuel * genset.price_per_unit(),
                start_cost: starts * genset.start_cost,
                running_cost: meters.steps_running[lane] * plan.step_h * genset.running_cost_per_h(),
                life_used_percent: 100.0 * meters.steps_running[lane] * plan.step_h / genset.life_h,
                carbon_kg: fuel * genset.carbon_kg_per_unit(),
                second_fuel: genset.second_fuel.map(|second| (fuel * second.per_unit, second.unit.name())),
                heat: genset.heat_recovery.map(|_| {
                    let [recovered_kwh, lost_kwh] =
                        [&meters.heat, &meters.heat_left].map(|sum| sum[lane] * plan.step_h);
                    GensetHeat { recovered_kwh, used_kwh: recovered_kwh - lost_kwh, lost_kwh }
                }),
            }
        });
        totals.collect()
    }

    fn energy(
        &self,
        lane: usize,
        batteries: &[BatteryTotals],
        gensets: &[GensetTotals],
        devices: &[DeviceTotals],
    ) -> Energy {
        let meters = &self.meters;
        let h = self.plans[lane].step_h;
        let total = |rows: &[Lane<L>]| rows.iter().map(|row| row[lane]).sum::<f64>() * h;
        let over = |of: fn(&BatteryTotals) -> f64| batteries.iter().map(of).sum::<f64>();
        // What went from a solar plant straight into a battery is generation too.
        let by_direct_current = |hybrid: &HybridTotals| hybrid.clipped_stored_kwh + hybrid.spared_loss_kwh;
        let stored_directly = batteries.iter().filter_map(|battery| battery.hybrid.as_ref()).map(by_direct_current);
        let unserved_by_tier_kwh = meters.unserved.map(|tier| tier[lane] * h);
        Energy {
            load_kwh: meters.load[lane] * h,
            generation_available_kwh: stored_directly.fold(meters.generation[lane] * h, |sum, kwh| sum + kwh),
            curtailed_kwh: meters.curtailed[lane] * h,
            dumped_kwh: meters.dumped[lane] * h,
            genset_kwh: gensets.iter().map(|genset| genset.generation_kwh).fold(0.0, |sum, kwh| sum + kwh),
            device_use_kwh: devices.iter().map(DeviceTotals::use_kwh).fold(0.0, |sum, kwh| sum + kwh),
            device_given_kwh: devices.iter().map(DeviceTotals::given_kwh).fold(0.0, |sum, kwh| sum + kwh),
            import_kwh: total(&meters.import),
            export_kwh: total(&meters.export),
            charge_kwh: over(|b| b.charge_kwh),
            discharge_kwh: over(|b| b.discharge_kwh),
            storage_loss_kwh: over(|b| b.conversion_loss_kwh + b.self_discharge_kwh),
            unserved_kwh: unserved_by_tier_kwh.iter().sum(),
            unserved_by_tier_kwh,
            undelivered_kwh: (devices.iter().filter_map(|device| device.get("undelivered_kwh")))
                .fold(self.plans[lane].scenario.loads.iter().map(|load| load.undelivered_kwh).sum(), |sum, kwh| {
                    sum + kwh
                }),
            stored_change_kwh: over(|b| b.end_kwh - b.start_kwh),
            residual_kwh: devices
                .iter()
                .map(DeviceTotals::residual_kwh)
                .fold(meters.bus_residual[lane] * h + over(|b| b.residual_kwh), |sum, kwh| sum + kwh),
        }
    }

    fn readings(&self, lane: usize) -> Readings {
        let plan = &*self.plans[lane];
        let (meters, h) = (&self.meters, plan.step_h);
        let energy = |prices: &Prices, rows: &[Lane<L>], stepwise: &[Vec<Lane<L>>]| EnergyReadings {
            energy_kwh: rows
                .chunks(prices.cells())
                .map(|month| month.iter().map(|row| row[lane] * h).collect())
                .collect(),
            stepwise: stepwise.iter().map(|months| months.iter().map(|row| row[lane] * h).collect()).collect(),
        };
        let mut windows = meters.windows.iter();
        let peaks = plan.tariff.demand.iter().map(|meter| {
            let rows = match meter {
                DemandMeter::StepPeak => &meters.peak_import,
                DemandMeter::Windows { .. } | DemandMeter::Sliding(_) => {
                    windows.next().map_or(&meters.peak_import, |window| &window.peak)
                }
            };
            rows.iter().map(|row| row[lane]).collect()
        });
        let cells = plan.tariff.import.cells();
        let taken = meters.taken.chunks(cells).map(|month| month.iter().map(|row| row[lane] * h).collect());
        Readings {
            taken_kwh: taken.collect(),
            import: energy(&plan.tariff.import, &meters.import, &meters.import_stepwise),
            export: energy(&plan.tariff.export, &meters.export, &meters.export_stepwise),
            peak_kw: peaks.collect(),
            reactive_kvarh: plan.reactive_kvarh(),
        }
    }

    fn indicators(&self, lane: usize, energy: &Energy, batteries: &[BatteryTotals]) -> Indicators {
        let share = |part: f64, whole: f64| (whole > 0.0).then(|| 100.0 * part / whole);
        let exported = self.meters.exported_generation[lane] * self.plans[lane].step_h;
        let dumped_kwh = energy.dumped_kwh - self.roster.gensets.dumped[lane] * self.plans[lane].step_h;
        let used = energy.generation_available_kwh - energy.curtailed_kwh - dumped_kwh - exported;
        // What devices give back was taken by them or by a use before: it is served once.
        let served = energy.load_kwh - energy.unserved_kwh + energy.device_use_kwh - energy.device_given_kwh;
        // The difference of equal sums may be rounding, in kWh or of what was asked; a site that served nothing has no share.
        let rounding = (1e-12 * (energy.load_kwh + energy.device_use_kwh)).max(1e-9);
        let served = if served > rounding { served } else { 0.0 };
        let plan = &*self.plans[lane];
        let capacity: f64 = plan.scenario.storage.iter().map(|b| b.capacity_kwh).sum();
        let cycled: f64 =
            batteries.iter().zip(&plan.scenario.storage).map(|(b, s)| b.equivalent_full_cycles * s.capacity_kwh).sum();
        Indicators {
            self_consumption_percent: share(used, energy.generation_available_kwh),
            self_sufficiency_percent: share(served - energy.import_kwh, served),
            renewable_share_percent: share(
                served + energy.export_kwh - energy.import_kwh - energy.genset_kwh,
                served + energy.export_kwh,
            ),
            shed_h: (energy.unserved_kwh == 0.0).then_some(0.0),
            shed_max_kw: (energy.unserved_kwh == 0.0).then_some(0.0),
            peak_import_kw: self.meters.peak_import.iter().map(|row| row[lane]).fold(0.0, f64::max),
            equivalent_full_cycles: (capacity > 0.0).then(|| cycled / capacity),
        }
    }

    fn month_totals(&self, lane: usize, readings: &Readings, bill: &Bill) -> Vec<MonthTotals> {
        let months = self.plans[lane].scenario.calendar.months.iter().enumerate();
        let totals = months.map(|(i, month)| MonthTotals {
            month: month.label.clone(),
            import_kwh: readings.import.energy_kwh[i].iter().sum(),
            export_kwh: readings.export.energy_kwh[i].iter().sum(),
            peak_import_kw: self.meters.peak_import[i][lane],
            bill_total: bill.total_of_month(i),
        });
        totals.collect()
    }

    fn worst_component(&self, lane: usize, batteries: &[BatteryTotals], devices: &[DeviceTotals]) -> String {
        let mut worst = (String::from("bus"), self.meters.bus_residual[lane] * self.plans[lane].step_h);
        for (i, battery) in batteries.iter().enumerate() {
            if battery.residual_kwh > worst.1 {
                worst = (alloc::format!("storage.battery[{i}]"), battery.residual_kwh);
            }
        }
        for device in devices {
            if device.residual_kwh() > worst.1 {
                worst = (alloc::format!("{}[{}]", device.kind, device.index), device.residual_kwh());
            }
        }
        worst.0
    }
}

/// The plan's notes, and what unserved energy without a price counted.
fn notes(plan: &Plan, energy: &Energy) -> Vec<String> {
    let mut notes = plan.notes();
    let given = plan.scenario.value_of_lost_load.given();
    let tiers = Tier::ALL.iter().zip(given).zip(plan.value_of_lost_load_per_kwh()).zip(energy.unserved_by_tier_kwh);
    let unpriced = tiers.filter(|(((_, given), _), kwh)| given.is_none() && *kwh > 0.0);
    let counted: Vec<String> =
        unpriced.map(|(((tier, _), value), _)| alloc::format!("{} {value:.2}", tier.name())).collect();
    if !counted.is_empty() {
        notes.push(alloc::format!(
            "unserved energy has no price here (demand.value_of_lost_load): it is avoided first, and read in kWh; so that the \
             objective can rank, a kWh counts more than serving one could cost: {} {}",
            counted.join(", "),
            plan.scenario.currency
        ));
    }
    notes
}

fn money(
    plan: &Plan,
    energy: &Energy,
    (batteries, gensets, devices): (&[BatteryTotals], &[GensetTotals], &[DeviceTotals]),
    bill: &Bill,
    carbon_kg: f64,
) -> Money {
    let scenario = &plan.scenario;
    let wear_cost =
        batteries.iter().zip(&scenario.storage).map(|(b, s)| b.discharge_kwh * s.wear_cost_per_kwh).sum::<f64>();
    let wear_cost = gensets.iter().fold(wear_cost, |sum, genset| sum + genset.running_cost);
    let lost = energy.unserved_by_tier_kwh.iter().zip(plan.value_of_lost_load_per_kwh());
    let unserved_cost = lost.map(|(kwh, value)| kwh * value).sum::<f64>();
    let of_devices = devices.iter().filter_map(|device| device.get("undelivered_cost"));
    let undelivered_cost = of_devices.fold(scenario.undelivered_cost(), |sum, cost| sum + cost);
    let carbon_cost = carbon_kg * scenario.carbon.price_per_kg;
    let kept_kwh = devices.iter().map(DeviceTotals::kept_kwh).fold(energy.stored_change_kwh, |sum, kwh| sum + kwh);
    let stored_credit = kept_kwh * plan.stored_value_per_kwh;
    let bill_total = bill.total();
    let fuel_cost = gensets.iter().fold(0.0, |sum, genset| sum + genset.fuel_cost);
    let start_cost = gensets.iter().fold(0.0, |sum, genset| sum + genset.start_cost);
    let money = Money {
        currency: scenario.currency.clone(),
        energy_charge: bill.total_of(BillKind::Energy),
        demand_charge: bill.total_of(BillKind::Demand),
        capacity_charge: bill.total_of(BillKind::Capacity),
        fixed_charge: bill.total_of(BillKind::Fixed),
        adjustment: [BillKind::PowerFactor, BillKind::Minimum, BillKind::Credit]
            .map(|kind| bill.total_of(kind))
            .iter()
            .sum(),
        // Adding 0 turns the negative zero of an empty sum into a plain one.
        export_revenue: 0.0 - bill.total_of(BillKind::Export),
        bill_total,
        fuel_cost,
        start_cost,
        wear_cost,
        unserved_cost,
        undelivered_cost,
        device_cost: devices.iter().map(DeviceTotals::cost).fold(0.0, |sum, cost| sum + cost),
        device_revenue: devices.iter().map(DeviceTotals::revenue).fold(0.0, |sum, revenue| sum + revenue),
        carbon_cost,
        stored_credit,
        stored_value_per_kwh: plan.stored_value_per_kwh,
        objective: 0.0,
    };
    Money { objective: money.sum_of(Account::Objective), ..money }
}
