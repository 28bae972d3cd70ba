//! A hash of a scenario that is the same in every build: FNV-1a (Fowler, Noll, Vo) over the bits of its numbers.

use super::{Calendar, Month, RunEnd};
use crate::demand::Load;
use crate::distribution::{Connection, Transformer};
use crate::generation::{FuelCurve, Genset, SeriesPlant, SpinningReserve};
use crate::storage::Battery;
use crate::utility::{BlockCount, Carbon, DemandCharge, Metering, Price, Proration, Tariff};
use crate::{Scenario, Series};

/// FNV-1a over 64-bit words.
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    pub(crate) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        self.0 ^= self.0 >> 29; // Carries high bits down; a multiply alone never does.
    }

    pub(crate) fn number(&mut self, number: f64) {
        self.word(number.to_bits());
    }

    pub(crate) fn numbers(&mut self, numbers: &[f64]) {
        self.word(numbers.len() as u64);
        for number in numbers {
            self.number(*number);
        }
    }

    pub(crate) fn series(&mut self, series: &Series) {
        match series {
            Series::Constant(value) => self.number(*value),
            Series::Steps(values) => self.numbers(values),
        }
    }

    fn genset(&mut self, genset: &Genset) {
        let Genset {
            name: _,
            rating_kw,
            min_load,
            fuel_curve,
            fuel_unit: _,
            fuel_price_per_unit,
            fuel_carbon_kg_per_unit,
            start_cost,
            min_up_h,
            min_down_h,
            ramp_kw_per_h,
            grid_forming,
            maintenance_cost_per_h,
            life_h,
            replacement_cost,
            second_fuel,
            heat_recovery,
        } = genset;
        match fuel_curve {
            FuelCurve::Line { no_load_per_rated_kwh, slope_per_kwh } => {
                self.numbers(&[*no_load_per_rated_kwh, *slope_per_kwh]);
            }
            FuelCurve::Points(points) => points.iter().for_each(|p| self.numbers(&[p.power_kw, p.fuel_per_h])),
        }
        self.numbers(&[
            *rating_kw,
            *min_load,
            *fuel_price_per_unit,
            *fuel_carbon_kg_per_unit,
            *start_cost,
            *min_up_h,
            *min_down_h,
            *ramp_kw_per_h,
        ]);
        self.word(u64::from(*grid_forming));
        if genset.running_cost_per_h() > 0.0 {
            self.word(1);
            self.numbers(&[*maintenance_cost_per_h, *life_h, *replacement_cost]);
        }
        if let Some(second) = second_fuel {
            self.word(2);
            self.numbers(&[second.per_unit, second.price_per_unit, second.carbon_kg_per_unit]);
        }
        if let Some(recovery) = heat_recovery {
            self.word(3);
            self.numbers(&[recovery.fuel_kwh_per_unit, recovery.recovered_percent]);
        }
    }

    fn battery(&mut self, battery: &Battery) {
        let Battery {
            name: _,
            capacity_kwh,
            charge_max_kw,
            discharge_max_kw,
            charge_efficiency,
            discharge_efficiency,
            soc_min,
            soc_max,
            initial_soc,
            self_discharge_per_h,
            wear_cost_per_kwh,
            charge_from_grid,
            export_to_grid,
            reserve_soc,
            grid_forming,
            ageing,
            detail,
        } = battery;
        self.numbers(&[
            *capacity_kwh,
            *charge_max_kw,
            *discharge_max_kw,
            *charge_efficiency,
            *discharge_efficiency,
            *soc_min,
            *soc_max,
            *initial_soc,
            *self_discharge_per_h,
            *wear_cost_per_kwh,
            *reserve_soc,
        ]);
        for flag in [charge_from_grid, export_to_grid, grid_forming] {
            self.word(u64::from(*flag));
        }
        if let Some(ageing) = ageing {
            ageing.hash(self);
        }
        if let Some(detail) = detail {
            detail.hash(self);
        }
    }

    fn connection(&mut self, connection: &Connection) {
        let Connection { import_limit_kw, export_limit_kw, transformer, reactive_kvar } = connection;
        self.series(import_limit_kw);
        self.series(export_limit_kw);
        if let Some(Transformer { rating_kva, load_power_factor }) = transformer {
            self.numbers(&[*rating_kva, *load_power_factor]);
        }
        reactive_kvar.iter().for_each(|reactive| self.series(reactive));
    }

    fn load(&mut self, load: &Load) {
        // Tasks are what a plan may decide; what the run does with them stands in the power already.
        let Load { name: _, tier, power_kw, scale, undelivered_kwh, undelivered_cost_per_kwh, tasks: _ } = load;
        self.series(power_kw);
        self.number(*scale);
        self.word(*tier as u64);
        self.numbers(&[*undelivered_kwh, *undelivered_cost_per_kwh]);
    }

    fn tariff(&mut self, tariff: &Tariff) {
        for components in [&tariff.import, &tariff.export] {
            self.word(components.len() as u64);
            for component in components {
                match &component.price {
                    Price::Constant(price) => self.number(*price),
                    Price::Steps(prices) => self.numbers(prices),
                    Price::Blocks(table) => {
                        table.up_to_kwh.iter().for_each(|row| self.numbers(row));
                        table.price_per_kwh.iter().flatten().for_each(|row| self.numbers(row));
                        table.period_of_step.iter().for_each(|period| self.word(u64::from(*period)));
                        table.counter_of_period.iter().for_each(|counter| self.word(u64::from(*counter)));
                        if let BlockCount::Year { begins, earlier_kwh } = &table.counted {
                            begins.iter().for_each(|begins| self.word(u64::from(*begins)));
                            self.numbers(earlier_kwh);
                        }
                    }
                    Price::Periods(table) => {
                        table.price_per_kwh.iter().for_each(|row| self.numbers(row));
                        table.period_of_step.iter().for_each(|period| self.word(u64::from(*period)));
                    }
                }
            }
        }
        let metering = &tariff.metering;
        if *metering != Metering::default() {
            self.word(metering.form as u64);
            metering.bucket_of_step.iter().flat_map(|buckets| buckets.iter()).for_each(|b| self.word(u64::from(*b)));
            for component in &tariff.import {
                self.word(u64::from(metering.is_non_bypassable(&component.name)));
            }
            metering.true_up.iter().for_each(|settles| self.word(u64::from(*settles)));
            self.word(metering.pays as u64);
            self.word(metering.year_end as u64);
            self.number(metering.year_end_price_per_kwh);
        }
        for charge in &tariff.demand {
            self.numbers(&charge.price_per_kw);
            self.word(u64::from(charge.window_s));
            for counted in charge.counted_steps.iter().flat_map(|counted| counted.iter()) {
                self.word(u64::from(*counted));
            }
            if let Some(ratchet) = &charge.ratchet {
                self.word(u64::from(ratchet.look_back_months));
                self.number(ratchet.percent);
                self.numbers(&ratchet.earlier_peaks_kw);
                ratchet.counted_months.iter().flatten().for_each(|counted| self.word(u64::from(*counted)));
            }
            if let Some(c) = &charge.contract {
                self.numbers(&[c.contract_kw, c.floor_percent, c.excess_above_percent, c.excess_factor]);
            }
            if let Some(d) = &charge.discount {
                self.numbers(&[d.from_kwh_per_kva, d.capacity_kva, d.factor]);
            }
            self.demand_terms(charge);
        }
        for charge in &tariff.capacity {
            self.numbers(&[charge.price_per_kva, charge.capacity_kva]);
        }
        for charge in &tariff.fixed {
            self.numbers(&charge.price_per_month);
        }
        tariff.daily.iter().for_each(|charge| self.number(charge.price_per_day));
        for level in tariff.power_factor.iter().flat_map(|adjustment| &adjustment.levels) {
            self.numbers(&[level.from, level.percent]);
        }
        if let Some(minimum) = &tariff.minimum {
            self.number(minimum.price_per_month);
            minimum.pool_of_month.iter().flatten().for_each(|pool| self.word(u64::from(*pool)));
            self.word(minimum.credit as u64);
        }
        if tariff.proration != Proration::default() {
            self.word(tariff.proration as u64);
        }
    }

    /// The terms of a demand charge that most charges have not.
    fn demand_terms(&mut self, charge: &DemandCharge) {
        for tier in &charge.tiers {
            self.numbers(&tier.above_kw);
            self.numbers(&tier.price_per_kw);
        }
        charge.slide_s.iter().for_each(|slide_s| self.word(u64::from(*slide_s)));
        if charge.peak_so_far_kw > 0.0 {
            self.number(charge.peak_so_far_kw);
        }
        if let Some(term) = &charge.term {
            self.word(u64::from(term.price_months));
            term.term_of_month.iter().for_each(|number| self.word(u64::from(*number)));
        }
    }

    /// The hash of a text.
    pub(crate) fn of_text(text: &str) -> u64 {
        let mut hash = Self::new();
        text.bytes().for_each(|byte| hash.word(u64::from(byte)));
        hash.finish()
    }

    pub(crate) fn finish(&self) -> u64 {
        self.0
    }

    /// The hash of all that a run depends on but the strategy. Taken apart field by field, so that a field that is
    /// added is hashed or does not compile.
    pub(crate) fn of_scenario(scenario: &Scenario) -> u64 {
        let Scenario {
            name: _,
            currency: _,
            calendar,
            generation,
            gensets,
            spinning_reserve,
            storage,
            hydrogen,
            connection,
            feeder,
            loads,
            water_heaters,
            stations,
            swap_stations,
            shiftables,
            buildings,
            value_of_lost_load,
            tariff,
            carbon,
            outages,
            dispatch: _,
            stored_value_per_kwh,
            run_end,
        } = scenario;
        let mut hash = Self::new();
        let Calendar { step_s, day_first_step, months } = &**calendar;
        hash.word(u64::from(*step_s));
        day_first_step.iter().for_each(|step| hash.word(u64::from(*step)));
        for Month { label: _, first_day, share } in months {
            hash.word(u64::from(*first_day));
            hash.number(*share);
        }
        for SeriesPlant { name: _, power_kw, scale, curtailable } in generation {
            hash.series(power_kw);
            hash.number(*scale);
            hash.word(u64::from(*curtailable));
        }
        storage.iter().for_each(|battery| hash.battery(battery));
        gensets.iter().for_each(|genset| hash.genset(genset));
        let SpinningReserve { load_share, generation_share } = spinning_reserve;
        if spinning_reserve.is_kept() {
            hash.numbers(&[*load_share, *generation_share]);
        }
        hash.connection(connection);
        feeder.iter().for_each(|feeder| feeder.hash(&mut hash));
        loads.iter().for_each(|load| hash.load(load));
        water_heaters.iter().for_each(|heater| heater.hash(&mut hash));
        stations.iter().for_each(|station| station.hash(&mut hash));
        swap_stations.iter().for_each(|station| station.hash(&mut hash));
        shiftables.iter().for_each(|load| load.hash(&mut hash));
        buildings.iter().for_each(|building| building.hash(&mut hash));
        hydrogen.iter().for_each(|plant| plant.hash(&mut hash));
        let lost = value_of_lost_load;
        for value in lost.given().into_iter().chain([lost.avoided_per_kwh]) {
            hash.number(value.unwrap_or(-1.0));
        }
        hash.tariff(tariff);
        let Carbon { intensity_kg_per_kwh, price_per_kg } = carbon;
        hash.series(intensity_kg_per_kwh);
        hash.number(*price_per_kg);
        for outage in outages {
            hash.word(u64::from(outage.start));
            hash.word(u64::from(outage.end));
        }
        stored_value_per_kwh.iter().for_each(|value| hash.number(*value));
        if *run_end != RunEnd::Value {
            hash.word(*run_end as u64);
        }
        hash.finish()
    }
}
