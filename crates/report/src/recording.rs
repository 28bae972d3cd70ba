//! From a run to its trace.

use microgrid_core::Series;
use microgrid_core::dispatch::Controller;
use microgrid_core::simulation::{Block, Outcome, Plan, StepRecord};

use crate::{BatteryTrace, DeviceTrace, GensetTrace, PowerTrace, Trace};

impl Trace {
    /// Runs `plan` under `controller` from start to end and keeps every step; `label` names the start of a step, as
    /// [`Trace::time`] wants it.
    #[must_use]
    pub fn record(plan: &Plan, controller: Controller, label: impl Fn(usize) -> String) -> (Outcome, Self) {
        let mut trace = Self::empty(plan, controller.name(), label);
        let mut block = Block::pack([plan], [controller]);
        block.march(plan.days(), &mut |_lane: usize, step: &StepRecord<'_>| trace.push(step, plan));
        (block.outcome(0), trace)
    }

    fn empty(plan: &Plan, strategy: &str, label: impl Fn(usize) -> String) -> Self {
        let scenario = plan.scenario();
        let column = || Vec::with_capacity(plan.steps());
        let battery = |battery: &microgrid_core::storage::Battery| BatteryTrace {
            name: battery.name.clone(),
            capacity_kwh: battery.capacity_kwh,
            charge_kw: column(),
            discharge_kw: column(),
            stored_kwh: column(),
            soc: column(),
        };
        let power = |name: &str, scale: f64, power_kw: &Series| PowerTrace {
            name: name.to_owned(),
            power_kw: (0..plan.steps()).map(|step| scale * power_kw.at(step)).collect(),
        };
        Self {
            scenario: scenario.name.clone(),
            strategy: strategy.into(),
            currency: scenario.currency.clone(),
            step_s: scenario.calendar.step_s,
            day_first_step: scenario.calendar.day_first_step.clone(),
            time: (0..plan.steps()).map(label).collect(),
            load_kw: column(),
            device_use_kw: Vec::new(),
            device_given_kw: Vec::new(),
            generation_kw: column(),
            curtailed_kw: column(),
            dumped_kw: column(),
            import_kw: column(),
            export_kw: column(),
            unserved_kw: column(),
            import_price_per_kwh: plan.import_price_per_kwh().to_vec(),
            export_price_per_kwh: plan.export_price_per_kwh().to_vec(),
            why: Vec::with_capacity(plan.steps()),
            limit: Vec::with_capacity(plan.steps()),
            outages: scenario.outages.clone(),
            stored_value_per_kwh: Vec::with_capacity(plan.steps()),
            grid_up: (0..plan.steps()).map(|step| f64::from(u8::from(plan.grid_is_up(step)))).collect(),
            step_cost: column(),
            loads: scenario.loads.iter().map(|load| power(&load.name, load.scale, &load.power_kw)).collect(),
            plants: scenario.generation.iter().map(|plant| power(&plant.name, plant.scale, &plant.power_kw)).collect(),
            batteries: scenario.storage.iter().map(battery).collect(),
            gensets: scenario
                .gensets
                .iter()
                .map(|genset| GensetTrace {
                    name: genset.name.clone(),
                    running: column(),
                    power_kw: column(),
                    fuel_per_h: column(),
                })
                .collect(),
            devices: plan
                .device_columns()
                .into_iter()
                .map(|(quantity, name)| DeviceTrace { quantity: quantity.into(), name: name.into(), values: column() })
                .collect(),
        }
    }

    fn push(&mut self, step: &StepRecord<'_>, plan: &Plan) {
        self.step_cost.push(step_cost(step, plan));
        self.load_kw.push(step.load_kw);
        if !self.devices.is_empty() {
            self.device_use_kw.push(step.device_use_kw);
        }
        if plan.devices_give() {
            self.device_given_kw.push(step.device_given_kw);
        }
        self.generation_kw.push(step.generation_kw);
        self.curtailed_kw.push(step.curtailed_kw);
        self.dumped_kw.push(step.dumped_kw);
        self.import_kw.push(step.import_kw);
        self.export_kw.push(step.export_kw);
        self.unserved_kw.push(step.unserved_kw.iter().sum());
        self.why.push(step.why.name());
        self.limit.push(step.limit.map_or("", |limit| limit.name()));
        self.stored_value_per_kwh.push(step.stored_value_per_kwh);
        for (battery, record) in self.batteries.iter_mut().zip(step.batteries) {
            battery.charge_kw.push(record.charge_kw);
            battery.discharge_kw.push(record.discharge_kw);
            battery.stored_kwh.push(record.stored_kwh);
            // A battery of no capacity holds nothing.
            let share = record.stored_kwh / battery.capacity_kwh;
            battery.soc.push(if battery.capacity_kwh > 0.0 { share } else { 0.0 });
        }
        for (genset, record) in self.gensets.iter_mut().zip(step.gensets) {
            genset.running.push(f64::from(u8::from(record.running)));
            genset.power_kw.push(record.power_kw);
            genset.fuel_per_h.push(record.fuel_per_h);
        }
        for (device, value) in self.devices.iter_mut().zip(step.devices) {
            device.values.push(*value);
        }
    }
}

/// Import at its price less export at its price, and fuel.
fn step_cost(step: &StepRecord<'_>, plan: &Plan) -> f64 {
    let at = step.step as usize;
    let energy = step.import_kw * plan.import_price_per_kwh()[at] - step.export_kw * plan.export_price_per_kwh()[at];
    let gensets = plan.scenario().gensets.iter().zip(step.gensets);
    let fuel = gensets.map(|(genset, record)| record.fuel_per_h * genset.price_per_unit()).sum::<f64>();
    (energy + fuel) * plan.step_h()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use microgrid_core::demand::Load;
    use microgrid_core::dispatch::Dispatch;
    use microgrid_core::generation::SeriesPlant;
    use microgrid_core::storage::Battery;
    use microgrid_core::utility::Tariff;
    use microgrid_core::{Calendar, Scenario};

    use super::*;
    use crate::Audit;

    /// A week with a solar bell, a night load, two batteries and an outage, exported below a limit.
    fn plan() -> Plan {
        let mut scenario = Scenario::new("week", Calendar::days(3600, 7));
        let bell = |step: usize| (12.0 - (step as f64 % 24.0 - 12.0).abs() * 2.5).max(0.0) * 10.0;
        scenario.generation.push(SeriesPlant::new("roof", (0..168).map(bell).collect::<Vec<_>>()));
        scenario.loads.push(Load::new("shop", (0..168).map(|step| 20.0 + f64::from(step % 24)).collect::<Vec<_>>()));
        for name in ["first", "second"] {
            scenario.storage.push(Battery { name: name.into(), ..Battery::lithium_iron_phosphate(60.0, 25.0) });
        }
        scenario.connection.export_limit_kw = 5.0.into();
        scenario.tariff = Arc::new(Tariff::flat(0.3, 0.1));
        scenario.outages.push(50..54);
        Plan::compile(&scenario).unwrap()
    }

    #[test]
    fn the_steps_add_up_to_the_totals() {
        let plan = plan();
        for dispatch in Dispatch::ALL {
            let controller = Controller::built_in(&dispatch, &plan).unwrap();
            let (outcome, trace) = Trace::record(&plan, controller, |step| format!("day {} {}", step / 24, step % 24));
            trace.check().unwrap();
            assert!(Audit::of(&outcome).closes(), "{:?}", Audit::of(&outcome));
            let energy = &outcome.energy;
            let sum = |column: &[f64]| column.iter().sum::<f64>() * plan.step_h();
            for (name, total, column) in [
                ("load", energy.load_kwh, &trace.load_kw),
                ("generation", energy.generation_available_kwh, &trace.generation_kw),
                ("curtailed", energy.curtailed_kwh, &trace.curtailed_kw),
                ("import", energy.import_kwh, &trace.import_kw),
                ("export", energy.export_kwh, &trace.export_kw),
                ("unserved", energy.unserved_kwh, &trace.unserved_kw),
            ] {
                assert!((sum(column) - total).abs() < 1e-6, "{name} under {}: {}", dispatch.name(), sum(column));
            }
            for (battery, totals) in trace.batteries.iter().zip(&outcome.batteries) {
                assert!((sum(&battery.charge_kw) - totals.charge_kwh).abs() < 1e-6);
                assert!((sum(&battery.discharge_kw) - totals.discharge_kwh).abs() < 1e-6);
                assert!((battery.stored_kwh[167] - totals.end_kwh).abs() < 1e-9);
            }
            let pays: f64 = trace.import_kw.iter().zip(&trace.import_price_per_kwh).map(|(kw, price)| kw * price).sum();
            assert!((pays - outcome.money.energy_charge).abs() < 1e-6);
            let money = &outcome.money;
            let costs: f64 = trace.step_cost.iter().sum();
            assert!((costs - (money.energy_charge - money.export_revenue + money.fuel_cost)).abs() < 1e-6);
            assert_eq!(trace.grid_up.iter().sum::<f64>(), 164.0, "an outage of four hours");
            let loads = trace.loads.iter().map(|load| sum(&load.power_kw)).sum::<f64>();
            let plants = trace.plants.iter().map(|plant| sum(&plant.power_kw)).sum::<f64>();
            assert!((loads - energy.load_kwh).abs() < 1e-6 && (plants - energy.generation_available_kwh).abs() < 1e-6);
        }
    }
}
