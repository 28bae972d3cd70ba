//! One year at given sizes: its least cost, and prices under which the cut touches it there.
//!
//! # Model
//! The exact plan gives the path of stored energy. Backwards along it, the values of a stored kWh under which a step's
//! decision is optimal are an interval, cut with what the steps after allow: inside its window the value stays (but for the
//! leak), at the floor it may fall, at the top it may rise. Forwards each value is kept where it may stay. The bus price is what
//! the storage asks, within the prices of the last and of the next kWh that the bus could take.

use microgrid_core::Problems;
use microgrid_core::dispatch::exact_plan::Solver;

use super::amounts::Amounts;
use super::certificate::PricePaths;
use super::columns::Columns;
use super::site::Site;

/// Buffers of an evaluation.
#[derive(Debug, Clone, Default)]
pub(super) struct Oracle {
    solver: Solver,
    columns: Columns,
    path: Vec<f64>,
    bus: Vec<Bus>,
    range: Vec<(f64, f64)>,
    offers: Vec<Offer>,
    /// The caps that hold a step's import and what is paid per kWh above each, lowest first.
    caps: Vec<(f64, f64)>,
    /// The plan's own peaks, kW.
    pub(super) peaks_kw: Vec<f64>,
}

/// A kWh that the bus can take: at a price, so many, and whether it is import.
#[derive(Debug, Clone, Copy)]
struct Offer {
    price: f64,
    kwh: f64,
    is_import: bool,
}

/// The bus at a step of the plan.
#[derive(Debug, Clone, Copy, Default)]
struct Bus {
    /// Price of the last kWh taken.
    last: f64,
    /// Price of the next.
    next: f64,
    /// kWh drawn by the storage; negative where it gives.
    drawn: f64,
}

/// What an evaluation found.
pub(super) struct Evaluation {
    /// The year's cost under the caps asked.
    pub(super) cost: f64,
    /// The same plan's cost with caps at its own peaks, which are in [`Oracle::peaks_kw`].
    pub(super) cost_at_own_peaks: f64,
    pub(super) prices: PricePaths,
}

impl Oracle {
    /// Plans the year at `amounts` under `caps_kw`.
    pub(super) fn evaluate(&mut self, site: &Site, amounts: &Amounts, caps_kw: &[f64]) -> Result<Evaluation, Problems> {
        self.columns.take(site, amounts);
        let plan_cost = self.columns.solve(site, amounts, caps_kw, &mut self.solver)?;
        self.path.clear();
        self.path.extend_from_slice(self.solver.stored_kwh());
        self.peaks_kw.clear();
        self.peaks_kw.extend(site.peaks.iter().map(|peak| peak.free_kw));
        let excess_cost = self.backwards(site, amounts, caps_kw);
        let of_caps = |caps: &[f64]| {
            let paid = site.peaks.iter().zip(caps).map(|(peak, cap)| peak.price_per_kw * (cap - peak.free_kw));
            paid.sum::<f64>()
        };
        let prices = self.forwards(site, amounts, caps_kw);
        Ok(Evaluation {
            cost: plan_cost + of_caps(caps_kw),
            cost_at_own_peaks: plan_cost - excess_cost + of_caps(&self.peaks_kw),
            prices,
        })
    }

    /// The intervals of values, last step first; returns what import above the caps costs in the plan.
    fn backwards(&mut self, site: &Site, amounts: &Amounts, caps_kw: &[f64]) -> f64 {
        let (h, store, count) = (site.step_h, &site.storage, site.steps());
        let keep = store.keep(h);
        let (charge, discharge) = store.gains(h);
        let floor = store.least * amounts.capacity;
        let span = (store.most - store.least) * amounts.capacity;
        let slack = 1e-9 * (1.0 + span);
        let (charge_kwh, discharge_kwh) = (h * amounts.charge, h * amounts.discharge);
        self.bus.resize(count, Bus::default());
        self.range.resize(count, (0.0, 0.0));
        let mut after = store.end_value_per_kwh.map_or((0.0, 0.0), |value| (value, value));
        let shortfall = site.shortfall_price_per_kwh;
        let mut excess_cost = 0.0;
        // The level asked at the step's end, above the floor.
        let mut asked = if store.end_value_per_kwh.is_none() { store.start * amounts.capacity - floor } else { 0.0 };
        for step in (0..count).rev() {
            let change = self.path[step + 1] - floor - keep * (self.path[step] - floor);
            let drawn = change / if change > 0.0 { charge } else { discharge };
            self.gather(site, amounts, caps_kw, step);
            let amount = h * (site.load_kw(step) + site.export_limit_kw[step]) + drawn;
            let (last, next, import_kwh) = take(&self.offers, amount);
            excess_cost += self.meter(site, caps_kw, step, import_kwh);
            self.bus[step] = Bus { last, next, drawn: if drawn.abs() > slack { drawn } else { 0.0 } };
            let wear = store.wear_cost_per_kwh;
            let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
            if drawn > slack {
                low = last / charge;
                high = if drawn < charge_kwh - slack { next / charge } else { f64::INFINITY };
            } else if drawn < -slack {
                low = if -drawn < discharge_kwh - slack { (last - wear) / discharge } else { f64::NEG_INFINITY };
                high = (next - wear) / discharge;
            } else {
                if amounts.discharge > 0.0 {
                    low = (last - wear) / discharge;
                }
                if amounts.charge > 0.0 {
                    high = next / charge;
                }
            }
            let level = self.path[step + 1] - floor;
            let (mut from, mut to) = after;
            if level < asked - slack {
                (from, to) = (from + shortfall, to + shortfall);
            } else if level <= asked + slack {
                to = if asked > slack { to + shortfall } else { f64::INFINITY };
            }
            if level >= span - slack {
                from = f64::NEG_INFINITY;
            }
            self.range[step] = (low.max(from), high.min(to));
            after = (keep * self.range[step].0, keep * self.range[step].1);
            asked = 0.0;
        }
        excess_cost
    }

    /// The prices: each value kept where it may stay, the bus price that which the storage asks.
    fn forwards(&self, site: &Site, amounts: &Amounts, caps_kw: &[f64]) -> PricePaths {
        let (h, store) = (site.step_h, &site.storage);
        let keep = store.keep(h);
        let (charge, discharge) = store.gains(h);
        let shortfall = site.shortfall_price_per_kwh;
        let mut prices = PricePaths::zero(site);
        let mut before = 0.0;
        for step in 0..site.steps() {
            let (low, high) = self.range[step];
            // Bounded, or it grows without end where nothing holds it (no power, but a leak).
            let value = f64::clamp(before / keep, -shortfall, shortfall).max(low).min(high);
            let value = if value.is_finite() { value } else { 0.0 };
            let Bus { last, next, drawn } = self.bus[step];
            let asked = if drawn < 0.0 { store.wear_cost_per_kwh + discharge * value } else { charge * value };
            let price = asked.max(last).min(next);
            prices.bus[step] = if price.is_finite() { price } else { 0.0 };
            prices.stored[step] = value;
            before = value;
        }
        // Of what a step pays above its import price, each cap takes up to its own price, the lowest first.
        let mut order: Vec<usize> = (0..site.peaks.len()).collect();
        order.sort_by(|i, j| caps_kw[*i].total_cmp(&caps_kw[*j]));
        let mut left: Vec<f64> = prices
            .bus
            .iter()
            .zip(&site.import_price_per_kwh)
            .map(|(price, import)| (price - import).max(0.0))
            .collect();
        for i in order {
            let peak = &site.peaks[i];
            // A cap at or above the tie's limit holds nothing.
            for step in (peak.first_step..peak.end_step).filter(|step| peak.holds(*step)) {
                if caps_kw[i] < site.import_limit_kw[step].min(amounts.import_limit) {
                    let premium = left[step].min(peak.price_per_kw / h);
                    left[step] -= premium;
                    prices.premiums[i][step - peak.first_step] = premium;
                }
            }
        }
        prices
    }

    /// All that the bus can take at a step, cheapest first.
    fn gather(&mut self, site: &Site, amounts: &Amounts, caps_kw: &[f64], step: usize) {
        let h = site.step_h;
        let offers = &mut self.offers;
        offers.clear();
        let offer = |price: f64, kw: f64| Offer { price, kwh: h * kw, is_import: false };
        offers.push(offer(0.0, self.columns.generation_kw[step]));
        offers.push(offer(site.export_price_per_kwh[step], site.export_limit_kw[step]));
        for (rating, cost) in amounts.gensets.iter().zip(&site.genset_cost_per_kwh) {
            offers.push(offer(*cost, *rating));
        }
        for (load, value) in &site.tiers {
            offers.push(offer(*value, load[step]));
        }
        // Import in pieces between the caps that hold it.
        let limit = self.columns.import_limit_kw[step];
        let (mut price, mut from) = (site.import_price_per_kwh[step], 0.0);
        self.caps.clear();
        self.caps.extend(site.peaks_at(step).map(|i| (caps_kw[i], site.peaks[i].price_per_kw / h)));
        self.caps.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        for &(cap, premium) in self.caps.iter().filter(|(cap, _)| *cap < limit) {
            offers.push(Offer { price, kwh: h * (cap - from), is_import: true });
            (price, from) = (price + premium, cap);
        }
        offers.push(Offer { price, kwh: h * (limit - from), is_import: true });
        offers.sort_unstable_by(|a, b| a.price.total_cmp(&b.price));
    }

    /// Notes the import of a step, and returns what it pays above the caps.
    fn meter(&mut self, site: &Site, caps_kw: &[f64], step: usize, import_kwh: f64) -> f64 {
        let mut paid = 0.0;
        let import_kw = import_kwh / site.step_h;
        for i in site.peaks_at(step) {
            self.peaks_kw[i] = self.peaks_kw[i].max(import_kw);
            paid += site.peaks[i].price_per_kw * (import_kw - caps_kw[i]).max(0.0);
        }
        paid
    }
}

/// Price of the last and of the next kWh when `amount` is taken from the cheapest offers on, and how much of it is import.
fn take(offers: &[Offer], amount: f64) -> (f64, f64, f64) {
    let slack = 1e-9 * (1.0 + amount.abs());
    let (mut left, mut last, mut import_kwh) = (amount, f64::NEG_INFINITY, 0.0);
    for offer in offers.iter().filter(|offer| offer.kwh > 0.0) {
        if left > slack {
            last = offer.price;
        }
        if offer.is_import {
            import_kwh += left.clamp(0.0, offer.kwh);
        }
        if left < offer.kwh - slack {
            return (last, offer.price, import_kwh);
        }
        left -= offer.kwh;
    }
    (last, f64::INFINITY, import_kwh)
}
