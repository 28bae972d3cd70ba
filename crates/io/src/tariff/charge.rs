//! Charges beside the price per kWh: on peaks, on capacity, on time.

use std::sync::Arc;

use microgrid_core::Problem;
use microgrid_core::utility::{CapacityCharge, DemandCharge, FixedCharge};

use super::field::{Table, Value};
use super::hours::{DAY_MINUTES, HourRange, clock_time};
use super::price::PriceMaker;
use super::schedule::step_minutes;
use super::{Customer, TwoPart};

/// Greatest price per kW, kVA or month that is believed.
const PRICE_MAX: f64 = 1e6;

/// Terms of demand that tariffs have and this reader does not.
const UNBUILT_DEMAND: [(&str, &str); 5] = [
    ("ratchet", "leave it out and say so in `notes`; the bill will be too low by it"),
    ("contract", "leave it out and say so in `notes`"),
    ("coincident_peak", "leave it out and say so in `notes`"),
    ("annual_price_per_kw", "a twelfth as price_per_kw is near where each month's peak is like the year's"),
    ("tiers", "give the price of the block that the site's peaks are in"),
];

/// What one part of the tariff charges, month by month.
#[derive(Debug, Default)]
pub(super) struct Charges {
    pub(super) demand: Vec<DemandCharge>,
    pub(super) capacity: Vec<CapacityCharge>,
    pub(super) fixed: Vec<FixedCharge>,
}

impl PriceMaker<'_> {
    /// Reads `[[demand]]`, `[[capacity]]`, `[two_part]` and `[[fixed]]`.
    pub(super) fn charges(&self, root: &Table, customer: &Customer) -> Charges {
        let mut charges = Charges::default();
        for table in root.tables("demand") {
            charges.demand.extend(self.demand(&table, "demand"));
        }
        for table in root.tables("capacity") {
            charges.capacity.extend(self.capacity(&table, customer, "capacity"));
        }
        if let Some(table) = root.get("two_part").and_then(|value| value.table()) {
            self.two_part(&table, customer, &mut charges);
        }
        for table in root.tables("fixed") {
            charges.fixed.extend(self.fixed(&table));
        }
        charges
    }

    /// Reads `[two_part]`: a charge on capacity or on demand, of which the customer chooses one. Both are checked.
    fn two_part(&self, table: &Table, customer: &Customer, charges: &mut Charges) {
        const CHOICES: [(&str, TwoPart); 2] = [("capacity", TwoPart::Capacity), ("demand", TwoPart::Demand)];
        let in_file = table.get("choose").map(|value| value.choice(&CHOICES));
        let chosen = customer.choose.or(in_file.flatten());
        if chosen.is_none() && in_file.is_none() {
            table.refuse(|path| {
                Problem::new(format!("{path}.choose"), "is missing").allowed("\"capacity\" or \"demand\"")
            });
        }
        let part = |name: &str| table.require(name).and_then(|value| value.table());
        let on_demand = part("demand").and_then(|part| self.demand(&part, "demand"));
        // A site on the demand price need not say its capacity.
        let stated = |part: &Table| chosen != Some(TwoPart::Demand) || part.has("capacity_kva");
        let on_capacity = part("capacity").and_then(|part| {
            if stated(&part) || customer.capacity_kva.is_some() {
                self.capacity(&part, customer, "capacity")
            } else {
                let unbilled = Customer { capacity_kva: Some(0.0), ..customer.clone() };
                self.capacity(&part, &unbilled, "capacity")
            }
        });
        table.finish();
        match chosen {
            Some(TwoPart::Demand) => charges.demand.extend(on_demand),
            Some(TwoPart::Capacity) => charges.capacity.extend(on_capacity),
            None => {}
        }
    }

    fn demand(&self, table: &Table, name: &str) -> Option<DemandCharge> {
        let name = table.get("name").map_or_else(|| Some(name.to_owned()), |value| value.text());
        let price = self.demand_price(table);
        let window = table.get("window_min").map_or(Some(15), |value| self.window_min(&value));
        let counted = self.counted_steps(table);
        table.refuse_unbuilt(&UNBUILT_DEMAND);
        table.finish();
        Some(DemandCharge {
            name: name?,
            price_per_kw: price?,
            window_s: window? * 60,
            counted_steps: counted?.map(Arc::from),
            ratchet: None,
            contract: None,
            discount: None,
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

    /// Reads `price_per_kw` as a number or by season, or `monthly_price_per_kw`.
    fn demand_price(&self, table: &Table) -> Option<Vec<f64>> {
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

    /// Reads `season`, `days`, `hours` and `period`: the steps that count are in all of those that are given. `None`
    /// inside where every step counts.
    fn counted_steps(&self, table: &Table) -> Option<Option<Vec<bool>>> {
        let everything = !["season", "days", "hours", "period"].iter().any(|key| table.has(key));
        let seasons = self.schedule.season_list(table);
        let days = self.schedule.days.labels(table);
        let periods = self.schedule.period_list(table);
        let hours = table.get("hours").map(|value| self.hour_table(&value));
        let (seasons, days, periods) = (seasons?, days?, periods?);
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
                    && hours.as_ref().is_none_or(|hours| hours[minute]);
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
                value.refuse(|path| {
                    Problem::new(path, "has a border inside a step")
                        .value(clock_time(border))
                        .hint(format!("the step is {} s long", self.clock.step_s()))
                });
                return None;
            }
        }
        (ranges.len() == value.one_or_many().len()).then_some(day)
    }

    fn capacity(&self, table: &Table, customer: &Customer, name: &str) -> Option<CapacityCharge> {
        let name = table.get("name").map_or_else(|| Some(name.to_owned()), |value| value.text());
        let price = table.require("price_per_kva").and_then(|value| value.number(0.0, PRICE_MAX));
        let in_file = table.get("capacity_kva").map(|value| value.number(0.0, 1e9));
        table.finish();
        let capacity = match (customer.capacity_kva, in_file) {
            (Some(capacity), _) => Some(capacity),
            (None, Some(capacity)) => capacity,
            (None, None) => {
                table.refuse(|path| {
                    Problem::new(format!("{path}.capacity_kva"), "is missing")
                        .hint("give it here, or the site's transformer in the scenario")
                });
                None
            }
        };
        Some(CapacityCharge { name: name?, price_per_kva: price?, capacity_kva: capacity? })
    }

    fn fixed(&self, table: &Table) -> Option<FixedCharge> {
        let name = table.get("name").map_or_else(|| Some("fixed".to_owned()), |value| value.text());
        let price = table.require("price_per_month").and_then(|value| value.number(0.0, PRICE_MAX));
        table.refuse_unbuilt(&[("price_per_day", "give price_per_month")]);
        table.finish();
        Some(FixedCharge { name: name?, price_per_month: vec![price?] })
    }
}
