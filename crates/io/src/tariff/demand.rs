//! Charges on peaks: what `[[demand]]` says.

use std::sync::Arc;

use microgrid_core::Problem;
use microgrid_core::utility::{DemandCharge, DemandContract, DemandDiscount, DemandTerm, Ratchet};

use super::Customer;
use super::charge::{PRICE_MAX, customers, number, part};
use super::field::{Table, Value};
use super::fitting_step::{borders_within, fitting_hint, fitting_step_s};
use super::hours::{DAY_MINUTES, HourRange, clock_time};
use super::price::PriceMaker;
use super::schedule::step_minutes;
use super::term::{civil_years, first_dates};

impl PriceMaker<'_> {
    pub(super) fn demand(&self, table: &Table, customer: &Customer, name: &str) -> Option<DemandCharge> {
        let name = table.get("name").map_or_else(|| Some(name.to_owned()), |value| value.text());
        let price = self.demand_price(table);
        let tiers = self.tiers(table);
        let window = table.get("window_min").map_or(Some(15), |value| self.window_min(&value));
        let slide = table.get("slide_min").map(|value| self.slide_min(&value, window));
        let counted = self.counted_steps(table);
        let so_far = number(table, "peak_so_far_kw", Some(0.0), 0.0, 1e9);
        let ratchet = part(table, "ratchet", |table| self.ratchet(table));
        let contract = part(table, "contract", |table| contract(table, customer));
        let discount = part(table, "discount", |table| discount(table, customer));
        table.finish();
        let (price_per_kw, term) = price?;
        let slide_s = match slide {
            None => None,
            Some(slide) => Some(slide? * 60).filter(|slide_s| Some(*slide_s) != window.map(|window| window * 60)),
        };
        Some(DemandCharge {
            name: name?,
            price_per_kw,
            tiers: tiers?,
            window_s: window? * 60,
            slide_s,
            counted_steps: counted?.map(Arc::from),
            term,
            peak_so_far_kw: so_far?,
            ratchet: ratchet?,
            contract: contract?,
            discount: discount?,
        })
    }

    fn window_min(&self, value: &Value) -> Option<u32> {
        let window = value.integer(1, 60)?;
        let step_s = self.clock.step_s();
        if 60 % window != 0 || (window * 60 > step_s && (window * 60) % step_s != 0) {
            value.refuse(|path| {
                Problem::new(path, "does not fit the steps")
                    .allowed(format!("minutes that divide 60 and are a multiple of the step of {step_s} s, or shorter"))
            });
            return None;
        }
        Some(window)
    }

    /// Reads how far windows slide, in minutes.
    fn slide_min(&self, value: &Value, window_min: Option<u32>) -> Option<u32> {
        let slide = value.integer(1, 60)?;
        let (window, step_s) = (window_min?, self.clock.step_s());
        if !(slide * 60).is_multiple_of(step_s) || !window.is_multiple_of(slide) {
            value.refuse(|path| {
                Problem::new(path, "does not fit the steps").allowed(format!(
                    "minutes that divide the window of {window} min and are a multiple of the step of {step_s} s"
                ))
            });
            return None;
        }
        Some(slide)
    }

    /// Reads `annual_price_per_kw`, with the years that it charges, or a price per kW and month.
    fn demand_price(&self, table: &Table) -> Option<(Vec<f64>, Option<DemandTerm>)> {
        let Some(value) = table.get("annual_price_per_kw") else {
            return self.monthly_price(table).map(|prices| (prices, None));
        };
        for key in ["price_per_kw", "monthly_price_per_kw"] {
            if let Some(other) = table.get(key) {
                other.refuse(|path| Problem::new(path, "stands beside annual_price_per_kw").hint("keep one of them"));
            }
        }
        let price = value.number(0.0, PRICE_MAX)?;
        Some((vec![price], Some(DemandTerm { term_of_month: civil_years(self.clock), price_months: 12 })))
    }

    /// Reads `price_per_kw` as a number or by season, or `monthly_price_per_kw`.
    pub(super) fn monthly_price(&self, table: &Table) -> Option<Vec<f64>> {
        if let Some(value) = table.get("monthly_price_per_kw") {
            if let Some(other) = table.get("price_per_kw") {
                other.refuse(|path| Problem::new(path, "stands beside monthly_price_per_kw").hint("keep one of them"));
            }
            return self.by_month(&value, 0.0);
        }
        let value = table.require("price_per_kw")?;
        if !value.is_table() {
            return value.number(0.0, PRICE_MAX).map(|price| vec![price]);
        }
        let seasons = &self.schedule.seasons.names;
        let mut prices = vec![0.0; self.schedule.seasons.count()];
        let mut sound = true;
        for (key, entry) in value.table()?.entries() {
            match seasons.iter().position(|name| *name == key) {
                Some(season) => match entry.number(0.0, PRICE_MAX) {
                    Some(price) => prices[season] = price,
                    None => sound = false,
                },
                None => {
                    let known: Vec<&str> = seasons.iter().map(String::as_str).collect();
                    entry.refuse(|path| super::field::unknown(path, "is not a season of this tariff", &key, &known));
                    sound = false;
                }
            }
        }
        let months = self.month_seasons(&value)?;
        sound.then(|| months.iter().map(|season| prices[*season]).collect())
    }

    /// The season of each billing month; a month with two is refused for `value`.
    fn month_seasons(&self, value: &Value) -> Option<Vec<usize>> {
        let calendar = self.clock.calendar();
        let mut seasons = Vec::new();
        for (steps, month) in calendar.month_steps().zip(&calendar.months) {
            let season = self.axis.season[steps.start];
            if self.axis.season[steps].iter().any(|other| *other != season) {
                value.refuse(|path| {
                    Problem::new(path, "has two prices in one billing month")
                        .value(format!("the season changes within {}", month.label))
                });
                return None;
            }
            seasons.push(season as usize);
        }
        Some(seasons)
    }

    /// Reads `season`, `days`, `hours`, `period` and `coincident`: the steps that count are in all of those that are given.
    /// `None` inside where every step counts.
    fn counted_steps(&self, table: &Table) -> Option<Option<Vec<bool>>> {
        let everything = !["season", "days", "hours", "period", "coincident"].iter().any(|key| table.has(key));
        let seasons = self.schedule.season_list(table);
        let days = self.schedule.days.labels(table);
        let periods = self.schedule.period_list(table);
        let hours = table.get("hours").map(|value| self.hour_table(&value));
        let coincident = self.coincident(table);
        let (seasons, days, periods, coincident) = (seasons?, days?, periods?, coincident?);
        let hours = match hours {
            Some(hours) => Some(hours?),
            None => None,
        };
        if everything {
            return Some(None);
        }
        let mut counted = vec![false; self.clock.steps()];
        for (date, steps) in self.clock.days() {
            let kind = self.schedule.days.kind(date, self.clock);
            if !days.iter().any(|label| kind.closeness(*label) > 0) {
                continue;
            }
            for step in steps {
                let minute = step_minutes(self.clock, step).start;
                let season = usize::from(self.axis.season[step]);
                let period = usize::from(self.axis.period[step]);
                counted[step] = seasons.contains(&season)
                    && periods.as_ref().is_none_or(|periods| periods.contains(&period))
                    && hours.as_ref().is_none_or(|hours| hours[minute])
                    && coincident.as_ref().is_none_or(|coincident| coincident[step]);
            }
        }
        Some(Some(counted))
    }

    /// Which minutes of the day count; a border inside a step is refused.
    fn hour_table(&self, value: &Value) -> Option<Vec<bool>> {
        let ranges = HourRange::read(value);
        let mut day = vec![false; DAY_MINUTES];
        for minute in ranges.iter().flat_map(|(range, _)| range.minutes()) {
            day[minute] = true;
        }
        for step in 0..self.clock.steps() {
            let minutes = step_minutes(self.clock, step);
            if let Some(border) = minutes.clone().find(|minute| day[*minute] != day[minutes.start]) {
                let fitting_s = fitting_step_s(self.clock, |step| {
                    let minutes = step_minutes(self.clock, step);
                    borders_within(minutes, |minute| day[minute]).collect()
                });
                value.refuse(|path| {
                    Problem::new(path, "has a border inside a step")
                        .value(clock_time(border))
                        .hint(fitting_hint(self.clock.step_s(), fitting_s))
                });
                return None;
            }
        }
        (ranges.len() == value.one_or_many().len()).then_some(day)
    }

    fn ratchet(&self, table: &Table) -> Option<Ratchet> {
        let look_back = table.require("look_back_months").and_then(|value| value.integer(1, 120));
        let percent = number(table, "percent", None, 0.0, 100.0);
        let earlier = table.get("earlier_peaks_kw").map_or_else(Vec::new, |value| value.one_or_many());
        let earlier: Vec<_> = earlier.iter().map(|value| value.number(0.0, 1e9)).collect();
        let months = table.get("months").map(|value| self.months_of_year(&value));
        let counted_months = match months {
            None => None,
            Some(months) => {
                let months = months?;
                Some(first_dates(self.clock).map(|date| months[date.month() as usize - 1]).collect())
            }
        };
        Some(Ratchet {
            look_back_months: look_back?,
            percent: percent?,
            earlier_peaks_kw: earlier.into_iter().collect::<Option<_>>()?,
            counted_months,
        })
    }

    /// Reads a list of months, 1 for January: whether each of the twelve is in it.
    fn months_of_year(&self, value: &Value) -> Option<[bool; 12]> {
        let parts = value.one_or_many();
        let mut months = [false; 12];
        let mut sound = !parts.is_empty();
        if !sound {
            value.refuse(|path| Problem::new(path, "names no month").allowed("numbers of months, 1 to 12"));
        }
        for part in parts {
            match part.integer(1, 12) {
                Some(month) if months[month as usize - 1] => {
                    part.refuse(|path| Problem::new(path, "names a month twice"));
                    sound = false;
                }
                Some(month) => months[month as usize - 1] = true,
                None => sound = false,
            }
        }
        sound.then_some(months)
    }
}

fn contract(table: &Table, customer: &Customer) -> Option<DemandContract> {
    let contract_kw = customers(table, "contract_kw", customer.contract_kw, "the site's contract in the scenario");
    let floor = number(table, "floor_percent", Some(0.0), 0.0, 1000.0);
    let above = number(table, "excess_above_percent", Some(100.0), 100.0, 1000.0);
    let factor = number(table, "excess_factor", Some(1.0), 1.0, 100.0);
    Some(DemandContract {
        contract_kw: contract_kw?,
        floor_percent: floor?,
        excess_above_percent: above?,
        excess_factor: factor?,
    })
}

fn discount(table: &Table, customer: &Customer) -> Option<DemandDiscount> {
    let from = number(table, "from_kwh_per_kva", None, 1e-3, 1e4);
    let factor = number(table, "factor", None, 0.0, 1.0);
    let capacity = customers(table, "capacity_kva", customer.capacity_kva, "the site's transformer in the scenario");
    Some(DemandDiscount { from_kwh_per_kva: from?, capacity_kva: capacity?, factor: factor? })
}
