//! What a bill adds to energy prices: peaks, least charges, the power factor, charges that nothing changes.

use microgrid_core::utility::{MeteringForm, Price, PriceComponent, Tariff};

use super::Draft;
use super::blocks::convex_blocks;
use crate::programme::Variable;
use crate::relaxation::Relaxation;

/// Factors on a month's charges, at most the true ones: 1 + the least percentage of the power-factor adjustment, for
/// charges, and 1 + the greatest for negative ones.
pub(super) struct ChargeFactors {
    pub(super) charge: f64,
    gain: f64,
}

impl ChargeFactors {
    pub(super) fn of(tariff: &Tariff) -> Self {
        let levels = || tariff.power_factor.iter().flat_map(|adjustment| &adjustment.levels);
        let factor = |percent: f64| 1.0 + percent / 100.0;
        match levels().next() {
            None => Self { charge: 1.0, gain: 1.0 },
            Some(first) => Self {
                charge: factor(levels().map(|level| level.percent).fold(first.percent, f64::min)),
                gain: factor(levels().map(|level| level.percent).fold(first.percent, f64::max)),
            },
        }
    }

    /// The factor on a price.
    pub(super) fn on(&self, price: f64) -> f64 {
        if price < 0.0 { self.gain } else { self.charge }
    }
}

/// A billing month's charges as far as they are known: Σ terms + `constant`.
#[derive(Default)]
pub(super) struct MonthCharges {
    pub(super) terms: Vec<(Variable, f64)>,
    pub(super) constant: f64,
}

impl Draft<'_> {
    pub(super) fn write_tariff(&mut self, factors: &ChargeFactors) {
        let scenario = self.plan.scenario();
        let Tariff {
            import,
            export,
            metering,
            demand,
            capacity,
            fixed,
            daily,
            power_factor,
            minimum,
            proration,
            export_above_import: _,
            notes: _,
        } = &*scenario.tariff;
        let in_blocks = |component: &PriceComponent| matches!(component.price, Price::Blocks(_));
        let is_apart = convex_blocks(&scenario.tariff);
        let taken_whole = |(component, apart): (&PriceComponent, &bool)| in_blocks(component) && !apart;
        if import.iter().zip(&is_apart).any(taken_whole) || export.iter().any(in_blocks) {
            self.site.relaxations.insert(Relaxation::EnergyBlocks);
        }
        if metering.form != MeteringForm::NetBilling {
            self.site.relaxations.insert(Relaxation::Metering);
        }
        self.site.programme.constant += self.prices.standing_cost * factors.charge.max(0.0);
        if power_factor.as_ref().is_some_and(|adjustment| adjustment.levels.len() > 1) {
            self.site.relaxations.insert(Relaxation::PowerFactor);
        }
        let shares = proration.shares(&scenario.calendar);
        let mut months: Vec<MonthCharges> = shares.iter().map(|_| MonthCharges::default()).collect();
        let demand_shares = proration.demand_shares(&scenario.calendar);
        for charge in demand {
            self.write_demand(charge, factors, &demand_shares, &mut months);
        }
        self.write_blocks(&is_apart, factors, &mut months);
        let per_day: f64 = daily.iter().map(|charge| charge.price_per_day).sum();
        let days: Vec<usize> = scenario.calendar.month_days().map(|days| days.len()).collect();
        for ((month, charges), share) in months.iter_mut().enumerate().zip(&shares) {
            let capacity: f64 = capacity.iter().map(|charge| charge.price_per_kva * charge.capacity_kva).sum();
            let fixed: f64 = fixed.iter().map(|charge| charge.of_month(month)).sum();
            charges.constant += (capacity * factors.charge + fixed) * share + per_day * days[month] as f64;
            self.site.programme.constant += charges.constant;
        }
        // Beside prices that only come near the bill the least charge is left out: what it adds is at least nothing.
        if let Some(minimum) = minimum.as_ref().filter(|_| self.prices.reasons.is_empty()) {
            self.write_minimum(minimum, months, factors, &shares);
        }
    }
}
