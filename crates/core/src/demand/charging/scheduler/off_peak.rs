//! Each car in the cheapest steps until its departure.
//!
//! # Model
//! Energy of a car that must be drawn at a price p₀ or above is what it wants less what it can draw at full power in
//! later steps that are cheaper than p₀. So in each step it draws just that, and of steps of one price the first come first.
//! For one linear price and no shared limit no schedule is cheaper: it fills the steps of its stay by ascending price. Under a
//! limit the earliest departures come first, and what a car did not get falls to its next cheapest steps.

use super::super::{Lot, PluggedCar};
use super::Scheduler;

#[derive(Debug)]
pub(super) struct OffPeak;

impl Scheduler for OffPeak {
    fn name(&self) -> &str {
        "off_peak"
    }

    fn allot(&self, lot: &mut Lot<'_>) {
        let (step, step_s, prices) = (lot.step(), lot.step_s(), lot.import_price_per_kwh);
        let end_s = lot.begin_s(step + 1);
        let step_h = lot.step_h();
        let cannot_wait_kw = |car: &PluggedCar| {
            let mut rest_kwh = car.rest_kwh;
            let mut begin_s = end_s;
            for price in prices.get(step + 1..).unwrap_or_default() {
                if begin_s >= car.until_s || rest_kwh <= 0.0 {
                    break;
                }
                if *price < prices[step] {
                    let there_s = (car.until_s - begin_s).min(i64::from(step_s));
                    rest_kwh -= car.rate_kw * there_s as f64 / 3600.0;
                }
                begin_s += i64::from(step_s);
            }
            if rest_kwh > 0.0 { rest_kwh / step_h } else { 0.0 }
        };
        lot.give_in_order(|car| car.until_s as f64, |car| cannot_wait_kw(car).min(car.wanted_kw));
    }
}
