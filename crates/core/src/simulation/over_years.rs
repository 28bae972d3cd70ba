//! Years that follow each other as one outcome: what a sweep over years has in a row.

use super::outcome::{BatteryHealth, BatteryTotals, Energy, GensetTotals, Indicators, Money, Outcome};

impl Outcome {
    /// Takes up the outcome of the year after it. Energy, money, carbon, bill and fuel are sums, nothing is discounted; shares are
    /// those of the sums, peaks the greatest; batteries begin as they began and end as the last year left them, with all that was
    /// replaced; the first year that did not run as it should is told. Months, devices of other kinds, the value of a stored kWh and
    /// notes are the last year's, and there is no bound.
    pub fn take_up_year(&mut self, next: Self) {
        self.indicators = indicators(&[(&self.indicators, &self.energy), (&next.indicators, &next.energy)]);
        self.energy.add(&next.energy);
        self.money.add(&next.money);
        self.carbon_kg += next.carbon_kg;
        self.steps += next.steps;
        self.bill.lines.extend(next.bill.lines);
        if self.status.is_completed() {
            self.status = next.status;
        }
        self.batteries.iter_mut().zip(next.batteries).for_each(|(all, year)| all.add(year));
        self.gensets.iter_mut().zip(&next.gensets).for_each(|(all, year)| all.add(year));
        (self.devices, self.months, self.notes) = (next.devices, next.months, next.notes);
        (self.bound, self.gap) = (None, None);
    }
}

/// The shares of years together, each weighed by what it is a share of.
fn indicators(years: &[(&Indicators, &Energy); 2]) -> Indicators {
    let weighed = |share: fn(&Indicators) -> Option<f64>, whole: &dyn Fn(&Energy) -> f64| {
        let parts = years.iter().filter_map(|(of, energy)| Some((share(of)?, whole(energy))));
        let (sum, all) = parts.fold((0.0, 0.0), |(sum, all), (share, whole)| (sum + share * whole, all + whole));
        (all > 0.0).then(|| sum / all)
    };
    let sum = |of: fn(&Indicators) -> Option<f64>| Some(of(years[0].0)? + of(years[1].0)?);
    let served = |e: &Energy| e.load_kwh - e.unserved_kwh + e.device_use_kwh - e.device_given_kwh;
    let greatest = |of: fn(&Indicators) -> f64| f64::max(of(years[0].0), of(years[1].0));
    Indicators {
        self_consumption_percent: weighed(|i| i.self_consumption_percent, &|e| e.generation_available_kwh),
        self_sufficiency_percent: weighed(|i| i.self_sufficiency_percent, &served),
        renewable_share_percent: weighed(|i| i.renewable_share_percent, &|e| served(e) + e.export_kwh),
        shed_h: sum(|i| i.shed_h),
        shed_max_kw: years[0].0.shed_max_kw.zip(years[1].0.shed_max_kw).map(|(a, b)| f64::max(a, b)),
        peak_import_kw: greatest(|i| i.peak_import_kw),
        equivalent_full_cycles: sum(|i| i.equivalent_full_cycles),
    }
}

impl Energy {
    /// Taken apart, so that a field that is added is added up or does not compile.
    fn add(&mut self, next: &Self) {
        let Self {
            load_kwh,
            generation_available_kwh,
            curtailed_kwh,
            dumped_kwh,
            device_use_kwh,
            device_given_kwh,
            genset_kwh,
            import_kwh,
            export_kwh,
            charge_kwh,
            discharge_kwh,
            storage_loss_kwh,
            unserved_kwh,
            unserved_by_tier_kwh,
            undelivered_kwh,
            stored_change_kwh,
            residual_kwh,
        } = next;
        self.load_kwh += load_kwh;
        self.generation_available_kwh += generation_available_kwh;
        self.curtailed_kwh += curtailed_kwh;
        self.dumped_kwh += dumped_kwh;
        self.device_use_kwh += device_use_kwh;
        self.device_given_kwh += device_given_kwh;
        self.genset_kwh += genset_kwh;
        self.import_kwh += import_kwh;
        self.export_kwh += export_kwh;
        self.charge_kwh += charge_kwh;
        self.discharge_kwh += discharge_kwh;
        self.storage_loss_kwh += storage_loss_kwh;
        self.unserved_kwh += unserved_kwh;
        self.unserved_by_tier_kwh.iter_mut().zip(unserved_by_tier_kwh).for_each(|(sum, kwh)| *sum += kwh);
        self.undelivered_kwh += undelivered_kwh;
        self.stored_change_kwh += stored_change_kwh;
        self.residual_kwh += residual_kwh;
    }
}

impl Money {
    fn add(&mut self, next: &Self) {
        let Self {
            currency: _,
            energy_charge,
            demand_charge,
            capacity_charge,
            fixed_charge,
            adjustment,
            export_revenue,
            bill_total,
            fuel_cost,
            start_cost,
            wear_cost,
            unserved_cost,
            undelivered_cost,
            device_cost,
            device_revenue,
            carbon_cost,
            stored_credit,
            stored_value_per_kwh,
            objective,
        } = next;
        self.energy_charge += energy_charge;
        self.demand_charge += demand_charge;
        self.capacity_charge += capacity_charge;
        self.fixed_charge += fixed_charge;
        self.adjustment += adjustment;
        self.export_revenue += export_revenue;
        self.bill_total += bill_total;
        self.fuel_cost += fuel_cost;
        self.start_cost += start_cost;
        self.wear_cost += wear_cost;
        self.unserved_cost += unserved_cost;
        self.undelivered_cost += undelivered_cost;
        self.device_cost += device_cost;
        self.device_revenue += device_revenue;
        self.carbon_cost += carbon_cost;
        self.stored_credit += stored_credit;
        self.stored_value_per_kwh = *stored_value_per_kwh;
        self.objective += objective;
    }
}

impl BatteryTotals {
    fn add(&mut self, next: Self) {
        self.charge_kwh += next.charge_kwh;
        self.discharge_kwh += next.discharge_kwh;
        self.conversion_loss_kwh += next.conversion_loss_kwh;
        self.self_discharge_kwh += next.self_discharge_kwh;
        self.end_kwh = next.end_kwh;
        self.residual_kwh += next.residual_kwh;
        self.equivalent_full_cycles += next.equivalent_full_cycles;
        self.health = match (self.health.take(), next.health) {
            (Some(before), Some(health)) => Some(BatteryHealth {
                start_capacity_percent: before.start_capacity_percent,
                least_capacity_percent: f64::min(before.least_capacity_percent, health.least_capacity_percent),
                fade_loss_kwh: before.fade_loss_kwh + health.fade_loss_kwh,
                replacements: before.replacements + health.replacements,
                augmentations: before.augmentations + health.augmentations,
                new_capacity_kwh: before.new_capacity_kwh + health.new_capacity_kwh,
                replacement_cost: before.replacement_cost + health.replacement_cost,
                ..health
            }),
            (_, health) => health,
        };
        self.cells = next.cells;
        if let (Some(all), Some(year)) = (&mut self.hybrid, next.hybrid) {
            all.clipped_kwh += year.clipped_kwh;
            all.clipped_stored_kwh += year.clipped_stored_kwh;
            all.spared_loss_kwh += year.spared_loss_kwh;
            all.inverter_loss_kwh += year.inverter_loss_kwh;
        }
    }
}

impl GensetTotals {
    fn add(&mut self, next: &Self) {
        self.generation_kwh += next.generation_kwh;
        self.running_h += next.running_h;
        self.starts += next.starts;
        self.fuel += next.fuel;
        self.fuel_cost += next.fuel_cost;
        self.start_cost += next.start_cost;
        self.running_cost += next.running_cost;
        self.life_used_percent += next.life_used_percent;
        self.carbon_kg += next.carbon_kg;
        if let (Some((all, _)), Some((year, _))) = (&mut self.second_fuel, &next.second_fuel) {
            *all += year;
        }
        if let (Some(all), Some(year)) = (&mut self.heat, &next.heat) {
            all.recovered_kwh += year.recovered_kwh;
            all.used_kwh += year.used_kwh;
            all.lost_kwh += year.lost_kwh;
        }
    }
}
