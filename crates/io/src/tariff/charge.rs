//! Charges beside the price per kWh: on peaks, on capacity, on time.

use std::sync::Arc;

use microgrid_core::Problem;
use microgrid_core::utility::{
    CapacityCharge, DailyCharge, DemandCharge, DemandContract, DemandDiscount, FixedCharge, PowerFactorAdjustment,
    PowerFactorLevel, Ratchet,
};

use super::field::{Table, Value};
use super::fitting_step::{borders_within, fitting_hint, fitting_step_s};
use super::hours::{DAY_MINUTES, HourRange, clock_time};
use super::price::PriceMaker;
use super::schedule::step_minutes;
use super::{Customer, TwoPart};

/// Greatest price per kW, kVA or month that is believed.
const PRICE_MAX: f64 = 1e6;

/// Terms of demand that tariffs have and this reader does not.
const UNBUILT_DEMAND: [(&str, &str); 3] = [
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
    pub(super) daily: Vec<DailyCharge>,
    /// Which charge of `[two_part]` is among them.
    pub(super) chosen: Option<TwoPart>,
}

impl PriceMaker<'_> {
    /// Reads `[[demand]]`, `[[capacity]]`, `[two_part]` and `[[fixed]]`.
    pub(super) fn charges(&self, root: &Table, customer: &Customer) -> Charges {
        let mut charges = Charges::default();
        for table in root.tables("demand") {
            charges.demand.extend(self.demand(&table, customer, "demand"));
        }
        for table in root.tables("capacity") {
            charges.capacity.extend(self.capacity(&table, customer, "capacity"));
        }
        if let Some(table) = root.get("two_part").and_then(|value| value.table()) {
            self.two_part(&table, customer, &mut charges);
        }
        let names = charges.demand.iter().map(|charge| charge.name.as_str());
        if let Some(twice) =
            names.clone().enumerate().find(|(i, name)| names.clone().take(*i).any(|other| other == *name))
        {
            root.refuse(|_| {
                Problem::new("demand", "names two charges alike")
                    .value(format!("\"{}\"", twice.1))
                    .hint("bill lines are told apart by name")
            });
        }
        for table in root.tables("fixed") {
            fixed(&table, &mut charges);
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
        let on_demand = part("demand").and_then(|part| self.demand(&part, customer, "demand"));
        let on_capacity = part("capacity").and_then(|part| {
            // A site on the demand price need not say its capacity.
            let spared =
                chosen != Some(TwoPart::Capacity) && customer.capacity_kva.is_none() && !part.has("capacity_kva");
            let unbilled = Customer { capacity_kva: Some(0.0), ..customer.clone() };
            self.capacity(&part, if spared { &unbilled } else { customer }, "capacity")
        });
        table.finish();
        charges.chosen = chosen;
        match chosen {
            Some(TwoPart::Demand) => charges.demand.extend(on_demand),
            Some(TwoPart::Capacity) => charges.capacity.extend(on_capacity),
            None => {}
        }
    }

    fn demand(&self, table: &Table, customer: &Customer, name: &str) -> Option<DemandCharge> {
        let name = table.get("name").map_or_else(|| Some(name.to_owned()), |value| value.text());
        let price = self.demand_price(table);
        let window = table.get("window_min").map_or(Some(15), |value| self.window_min(&value));
        let counted = self.counted_steps(table);
        let ratchet = part(table, "ratchet", ratchet);
        let contract = part(table, "contract", |table| contract(table, customer));
        let discount = part(table, "discount", |table| discount(table, customer));
        table.refuse_unbuilt(&UNBUILT_DEMAND);
        table.finish();
        Some(DemandCharge {
            name: name?,
            price_per_kw: price?,
            window_s: window? * 60,
            counted_steps: counted?.map(Arc::from),
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

    fn capacity(&self, table: &Table, customer: &Customer, name: &str) -> Option<CapacityCharge> {
        let name = table.get("name").map_or_else(|| Some(name.to_owned()), |value| value.text());
        let price = table.require("price_per_kva").and_then(|value| value.number(0.0, PRICE_MAX));
        let capacity =
            customers(table, "capacity_kva", customer.capacity_kva, "the site's transformer in the scenario");
        table.finish();
        Some(CapacityCharge { name: name?, price_per_kva: price?, capacity_kva: capacity? })
    }
}

/// Reads `[[fixed]]`: a charge per month, or per civil day.
fn fixed(table: &Table, charges: &mut Charges) {
    let name = table.get("name").map_or_else(|| Some("fixed".to_owned()), |value| value.text());
    let price = |value: Value| value.number(0.0, PRICE_MAX);
    match (table.get("price_per_month"), table.get("price_per_day")) {
        (None, Some(day)) => {
            charges.daily.extend(name.zip(price(day)).map(|(name, price_per_day)| DailyCharge { name, price_per_day }))
        }
        (month, day) => {
            if let (Some(_), Some(day)) = (&month, day) {
                day.refuse(|path| Problem::new(path, "stands beside price_per_month").hint("keep one of them"));
            }
            let price = month.or_else(|| table.require("price_per_month")).and_then(price);
            let charge = |(name, price)| FixedCharge { name, price_per_month: vec![price] };
            charges.fixed.extend(name.zip(price).map(charge));
        }
    }
    table.finish();
}

/// Reads the optional table `key`: `None` where it is wrong, `Some(None)` where it is absent.
fn part<T>(table: &Table, key: &str, read: impl FnOnce(&Table) -> Option<T>) -> Option<Option<T>> {
    let Some(value) = table.get(key) else { return Some(None) };
    let inner = value.table()?;
    let found = read(&inner);
    inner.finish();
    found.map(Some)
}

/// A number that the customer brings, else the file.
fn customers(table: &Table, key: &str, brought: Option<f64>, else_from: &str) -> Option<f64> {
    let in_file = table.get(key).map(|value| value.number(1e-3, 1e9));
    if brought.is_none() && in_file.is_none() {
        table.refuse(|path| {
            Problem::new(format!("{path}.{key}"), "is missing").hint(format!("give it here, or {else_from}"))
        });
    }
    brought.or(in_file.flatten())
}

fn number(table: &Table, key: &str, default: Option<f64>, least: f64, most: f64) -> Option<f64> {
    match (table.get(key), default) {
        (None, Some(default)) => Some(default),
        (None, None) => table.require(key).and(None),
        (Some(value), _) => value.number(least, most),
    }
}

fn ratchet(table: &Table) -> Option<Ratchet> {
    let months = table.require("look_back_months").and_then(|value| value.integer(1, 120));
    let percent = number(table, "percent", None, 0.0, 100.0);
    let earlier = table.get("earlier_peaks_kw").map_or_else(Vec::new, |value| value.one_or_many());
    let earlier: Vec<_> = earlier.iter().map(|value| value.number(0.0, 1e9)).collect();
    Some(Ratchet {
        look_back_months: months?,
        percent: percent?,
        earlier_peaks_kw: earlier.into_iter().collect::<Option<_>>()?,
        counted_months: None,
    })
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

/// Reads `[power_factor]`: `levels`, each with `from` and `percent`.
pub(super) fn power_factor(root: &Table) -> Option<PowerFactorAdjustment> {
    let table = root.get("power_factor")?.table()?;
    let name = table.get("name").map_or_else(|| Some("power factor".to_owned()), |value| value.text());
    let rows = table.tables("levels");
    let mut levels = Vec::new();
    for row in &rows {
        let (from, percent) = (number(row, "from", None, 0.0, 1.0), number(row, "percent", None, -100.0, 1000.0));
        row.finish();
        levels.extend(from.zip(percent).map(|(from, percent)| PowerFactorLevel { from, percent }));
    }
    table.finish();
    let rising = levels.windows(2).all(|pair| pair[0].from < pair[1].from);
    if levels.len() == rows.len() && (!rising || levels.first().is_none_or(|level| level.from != 0.0)) {
        table.refuse(|path| Problem::new(format!("{path}.levels"), "must ascend from a power factor of 0"));
    }
    Some(PowerFactorAdjustment { name: name?, levels })
}
