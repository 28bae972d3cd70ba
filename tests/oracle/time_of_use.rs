//! `time_of_use` from its documentation: the run's prices cut into valleys and peaks that pay, and the use of the last
//! peak of the same time of day as the measure of the next charge.

use microgrid::Scenario;

use super::battery::Cell;
use super::bill::price_of_all;
use super::rules::cover;
use super::run::{Moment, month_of, steps};

/// What to do at a step.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Task {
    /// Store surplus only.
    Wait,
    /// Charge for a cycle; so many valley steps are left, this one included.
    Fill { cycle: usize, left: usize },
    /// Give to the load, as part of a cycle's peak or, with `None`, before the first valley.
    Give { cycle: Option<usize> },
}

/// A valley and the peak after it.
struct Cycle {
    valley: Vec<usize>,
    valley_price: f64,
    peak: usize,
    /// Step of the day at which the peak begins.
    time_of_day: usize,
}

pub(crate) struct TimeOfUse {
    tasks: Vec<Task>,
    cycles: Vec<Cycle>,
    /// What each cycle's peak has used so far, kW·steps.
    used: Vec<f64>,
}

impl TimeOfUse {
    pub(crate) fn learn(site: &Scenario) -> Self {
        let prices: Vec<f64> =
            (0..steps(site)).map(|step| price_of_all(&site.tariff.import, month_of(site, step), step)).collect();
        let real = || site.storage.iter().filter(|battery| battery.capacity_kwh > 0.0);
        let round_trip = real().map(|b| b.charge_efficiency * b.discharge_efficiency).fold(1e-300, f64::max);
        let wear = real().map(|b| b.wear_cost_per_kwh).fold(f64::INFINITY, f64::min);
        let pays = |high: f64, low: f64| high - wear > low / round_trip;
        let cycles = find_cycles(site, &prices, pays);
        let mut tasks = vec![Task::Wait; prices.len()];
        for (i, cycle) in cycles.iter().enumerate() {
            for (k, step) in cycle.valley.iter().enumerate() {
                tasks[*step] = Task::Fill { cycle: i, left: cycle.valley.len() - k };
            }
        }
        for (i, cycle) in cycles.iter().enumerate() {
            let next = cycles.get(i + 1);
            let end = next.map_or(prices.len(), |next| next.valley[0]);
            let against = next.map_or(cycle.valley_price, |next| next.valley_price);
            for step in (cycle.peak..end).filter(|step| pays(prices[*step], against)) {
                tasks[step] = Task::Give { cycle: Some(i) };
            }
        }
        match cycles.first() {
            None => tasks.fill(Task::Give { cycle: None }),
            Some(first) => {
                for step in (0..first.valley[0]).filter(|step| pays(prices[*step], first.valley_price)) {
                    tasks[step] = Task::Give { cycle: None };
                }
            }
        }
        let used = vec![0.0; cycles.len()];
        Self { tasks, cycles, used }
    }

    pub(crate) fn decide(&mut self, now: &Moment<'_>, cells: &[Cell]) -> Vec<f64> {
        match self.tasks[now.step] {
            Task::Wait => cover(now, now.deficit_kw().min(0.0)),
            Task::Give { cycle } => {
                if let Some(cycle) = cycle {
                    let power_kw: f64 = cells.iter().map(|cell| cell.battery.discharge_max_kw).sum();
                    self.used[cycle] += now.deficit_kw().min(power_kw).max(0.0);
                }
                cover(now, now.deficit_kw())
            }
            Task::Fill { cycle, left } => self.fill(now, cells, cycle, left),
        }
    }

    fn fill(&self, now: &Moment<'_>, cells: &[Cell], cycle: usize, left: usize) -> Vec<f64> {
        let gives = |c: usize| self.tasks.contains(&Task::Give { cycle: Some(c) });
        let same = |c: &usize| self.cycles[*c].time_of_day == self.cycles[cycle].time_of_day && gives(*c);
        let last = (0..cycle).rfind(same);
        let mut needed_kw_steps = last.map_or(f64::INFINITY, |last| self.used[last]);
        let mut surplus_kw = (-now.deficit_kw()).max(0.0);
        let mut requests = Vec::new();
        for (cell, (charge_kw, _)) in cells.iter().zip(&now.limits) {
            let drawn_kwh = cell.hours / cell.battery.discharge_efficiency;
            let wanted_kwh = (needed_kw_steps * drawn_kwh).min(cell.top_kwh() - cell.reserve_kwh());
            needed_kw_steps = (needed_kw_steps - wanted_kwh / drawn_kwh).max(0.0);
            let missing_kwh = (cell.reserve_kwh() + wanted_kwh - cell.stored_kwh).max(0.0);
            let stored_per_kw = cell.battery.charge_efficiency * cell.hours * cell.kept_of_inflow();
            let even_kw = missing_kwh / stored_per_kw / left as f64;
            let power_kw = even_kw.max(surplus_kw).min(*charge_kw);
            surplus_kw = (surplus_kw - power_kw).max(0.0);
            requests.push(-power_kw);
        }
        requests
    }
}

/// Walks the prices between turns: a rise or a fall counts where a kWh moved over it pays.
fn find_cycles(site: &Scenario, prices: &[f64], pays: impl Fn(f64, f64) -> bool) -> Vec<Cycle> {
    let mut cycles = Vec::new();
    let mut from = 0;
    loop {
        // Down: the lowest price until one comes at which it pays to sell what was bought for it.
        let mut low = f64::INFINITY;
        let rise = (from..prices.len()).find(|step| {
            let rises = prices[*step] > low && pays(prices[*step], low);
            low = low.min(prices[*step]);
            rises
        });
        let Some(rise) = rise else { return cycles };
        // Up: the highest price until one comes at which it pays to buy for the next peak.
        let mut peak = rise;
        let fall = (rise..prices.len()).find(|step| {
            if prices[*step] > prices[peak] {
                peak = *step;
            }
            prices[*step] < prices[peak] && pays(prices[peak], prices[*step])
        });
        let day = (0..).take_while(|day| site.calendar.day_first_step[*day] as usize <= peak).last().unwrap();
        cycles.push(Cycle {
            valley: (from..peak).filter(|step| (prices[*step] - low).abs() <= 1e-9).collect(),
            valley_price: low,
            peak,
            time_of_day: peak - site.calendar.day_first_step[day] as usize,
        });
        let Some(fall) = fall else { return cycles };
        from = fall;
    }
}
