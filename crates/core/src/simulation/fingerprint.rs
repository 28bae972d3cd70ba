//! A hash of a scenario that is the same in every build: FNV-1a (Fowler, Noll, Vo) over the bits of its numbers.

use crate::generation::{FuelCurve, Genset};
use crate::utility::{DemandCharge, Price, Proration, Tariff};
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

    fn numbers(&mut self, numbers: &[f64]) {
        self.word(numbers.len() as u64);
        for number in numbers {
            self.number(*number);
        }
    }

    fn series(&mut self, series: &Series) {
        match series {
            Series::Constant(value) => self.number(*value),
            Series::Steps(values) => self.numbers(values),
        }
    }

    fn genset(&mut self, g: &Genset) {
        match &g.fuel_curve {
            FuelCurve::Line { no_load_per_rated_kwh, slope_per_kwh } => {
                self.numbers(&[*no_load_per_rated_kwh, *slope_per_kwh]);
            }
            FuelCurve::Points(points) => points.iter().for_each(|p| self.numbers(&[p.power_kw, p.fuel_per_h])),
        }
        self.numbers(&[
            g.rating_kw,
            g.min_load,
            g.fuel_price_per_unit,
            g.fuel_carbon_kg_per_unit,
            g.start_cost,
            g.min_up_h,
            g.min_down_h,
            g.ramp_kw_per_h,
        ]);
        self.word(u64::from(g.grid_forming));
    }

    fn tariff(&mut self, tariff: &Tariff) {
        for components in [&tariff.import, &tariff.export] {
            self.word(components.len() as u64);
            for component in components {
                match &component.price {
                    Price::Constant(price) => self.number(*price),
                    Price::Steps(prices) => self.numbers(prices),
                    Price::Periods(table) => {
                        table.price_per_kwh.iter().for_each(|row| self.numbers(row));
                        table.period_of_step.iter().for_each(|period| self.word(u64::from(*period)));
                    }
                }
            }
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

    pub(crate) fn of_scenario(scenario: &Scenario) -> u64 {
        let mut hash = Self::new();
        hash.word(u64::from(scenario.calendar.step_s));
        scenario.calendar.day_first_step.iter().for_each(|step| hash.word(u64::from(*step)));
        for month in &scenario.calendar.months {
            hash.word(u64::from(month.first_day));
            hash.number(month.share);
        }
        for plant in &scenario.generation {
            hash.series(&plant.power_kw);
            hash.number(plant.scale);
            hash.word(u64::from(plant.curtailable));
        }
        for b in &scenario.storage {
            hash.numbers(&[
                b.capacity_kwh,
                b.charge_max_kw,
                b.discharge_max_kw,
                b.charge_efficiency,
                b.discharge_efficiency,
                b.soc_min,
                b.soc_max,
                b.initial_soc,
                b.self_discharge_per_h,
                b.wear_cost_per_kwh,
                b.reserve_soc,
            ]);
            for flag in [b.charge_from_grid, b.export_to_grid, b.grid_forming] {
                hash.word(u64::from(flag));
            }
        }
        for genset in &scenario.gensets {
            hash.genset(genset);
        }
        let reserve = &scenario.spinning_reserve;
        if reserve.is_kept() {
            hash.numbers(&[reserve.load_share, reserve.generation_share]);
        }
        hash.series(&scenario.connection.import_limit_kw);
        hash.series(&scenario.connection.export_limit_kw);
        if let Some(transformer) = &scenario.connection.transformer {
            hash.numbers(&[transformer.rating_kva, transformer.load_power_factor]);
        }
        scenario.connection.reactive_kvar.iter().for_each(|reactive| hash.series(reactive));
        for load in &scenario.loads {
            hash.series(&load.power_kw);
            hash.number(load.scale);
            hash.word(load.tier as u64);
            hash.numbers(&[load.undelivered_kwh, load.undelivered_cost_per_kwh]);
        }
        hash.numbers(&scenario.value_of_lost_load.by_tier());
        hash.tariff(&scenario.tariff);
        hash.series(&scenario.carbon.intensity_kg_per_kwh);
        hash.number(scenario.carbon.price_per_kg);
        for outage in &scenario.outages {
            hash.word(u64::from(outage.start));
            hash.word(u64::from(outage.end));
        }
        scenario.stored_value_per_kwh.iter().for_each(|value| hash.number(*value));
        hash.finish()
    }
}
