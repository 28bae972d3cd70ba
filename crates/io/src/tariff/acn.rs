//! The tariff JSON of ACN-Sim (the `acnportal` package). What is read of it stands in [`super`].

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use microgrid_core::utility::{DemandCharge, PeriodPrices, Price, PriceComponent, Tariff};
use microgrid_core::{Problem, Problems};
use serde_json::Value;

use super::file::{Customer, TariffFile};
use super::fitting_step::{borders_within, fitting_hint, fitting_step_s};
use super::hours::{DAY_MINUTES, clock_time};
use super::schedule::step_minutes;
use super::season::{DayRange, month_day};
use crate::json::Node;
use crate::time::Clock;

const KEYS: [&str; 8] =
    ["id", "effective_start", "effective_end", "dow_mask", "times", "tariffs", "demand_charge", "comment"];

/// One schedule entry.
#[derive(Debug)]
struct Entry {
    id: String,
    days: DayRange,
    mask: Mask,
    /// Minute of the day from which each price holds, ascending from 0.
    from: Vec<usize>,
    price_per_kwh: Vec<f64>,
    demand_per_kw: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mask {
    All,
    Weekdays,
    Weekends,
}

impl Mask {
    fn meets(self, weekend: bool) -> bool {
        self == Self::All || (self == Self::Weekends) == weekend
    }
}

/// Reads the tariff.
pub(super) fn read(document: &Value, file: &str, clock: &Clock, customer: &Customer) -> Result<TariffFile, Problems> {
    let problems = RefCell::new(Problems::none());
    let root = Node::root(document, file, &problems);
    let read = read_root(&root, clock, customer);
    let problems = problems.into_inner();
    match read {
        Some(read) if problems.is_empty() => Ok(read),
        _ => Err(problems),
    }
}

fn read_root(root: &Node, clock: &Clock, customer: &Customer) -> Option<TariffFile> {
    root.refuse_others(&[&["name", "effective", "link", "schedule"]]);
    let name = root.require("name").and_then(|node| node.text());
    let effective = root.get("effective").and_then(|node| node.text());
    let link = root.get("link").and_then(|node| node.text());
    super::urdb::require_usd(root, customer);
    let nodes = root.require("schedule").and_then(|node| node.list(None))?;
    let entries: Vec<_> = nodes.iter().map(Entry::read).collect();
    let entries: Vec<Entry> = entries.into_iter().collect::<Option<_>>()?;
    let mut notes = Vec::new();
    if let Some(effective) = effective {
        notes.push(format!("tariff: in force from {effective}, as its file says"));
    }
    let of_day = entries_of_days(root, &entries, clock, &mut notes)?;
    let import = energy(root, &entries, &of_day, clock)?;
    let demand = demand(root, &entries, &of_day, clock)?;
    let tariff = Tariff {
        import: vec![PriceComponent { name: "energy".into(), price: import }],
        demand: demand.into_iter().collect(),
        notes,
        ..Tariff::default()
    };
    Some(TariffFile { name: name?, currency: "USD".into(), source: link, tariff, chosen: None })
}

impl Entry {
    fn read(node: &Node) -> Option<Self> {
        node.refuse_others(&[&KEYS]);
        let id = node.get("id").and_then(|node| node.text()).unwrap_or_default();
        let day = |key: &str| {
            let node = node.require(key)?;
            let text = node.text()?;
            let day = month_day(&text).filter(|day| DayRange::new(*day, *day).is_some());
            if day.is_none() {
                node.refuse(|path| Problem::new(path, "is not a day of the year").allowed("such as \"06-01\""));
            }
            day
        };
        let (first, last) = (day("effective_start"), day("effective_end"));
        let mask = node.require("dow_mask").and_then(|node| {
            let mask = match node.text()?.as_str() {
                "ALL" => Mask::All,
                "WEEKDAYS" => Mask::Weekdays,
                "WEEKENDS" => Mask::Weekends,
                _ => {
                    node.refuse(|path| Problem::new(path, "is not a mask").allowed("ALL, WEEKDAYS or WEEKENDS"));
                    return None;
                }
            };
            Some(mask)
        });
        let numbers = |key: &str, least: f64, most: f64| {
            let list = node.require(key)?.list(None)?;
            let numbers: Vec<_> = list.iter().map(|node| node.number(least, most)).collect();
            numbers.into_iter().collect::<Option<Vec<f64>>>()
        };
        let (times, prices) = (numbers("times", 0.0, 23.999), numbers("tariffs", -1e6, 1e6));
        let demand = node.get("demand_charge").map_or(Some(0.0), |node| node.number(0.0, 1e6));
        let from: Vec<usize> = times?.iter().map(|hours| (hours * 60.0).round() as usize).collect();
        let price_per_kwh = prices?;
        if from[0] != 0 || from.windows(2).any(|pair| pair[0] >= pair[1]) {
            node.require("times")?.refuse(|path| Problem::new(path, "must ascend from 0"));
            return None;
        }
        if from.len() != price_per_kwh.len() {
            node.require("tariffs")?.refuse(|path| {
                Problem::new(path, "must have a price for each time").value(format!(
                    "{} prices for {} times",
                    price_per_kwh.len(),
                    from.len()
                ))
            });
            return None;
        }
        Some(Self { id, days: DayRange::new(first?, last?)?, mask: mask?, from, price_per_kwh, demand_per_kw: demand? })
    }

    /// The index of the price that holds at a minute of the day.
    fn index_at(&self, minute: usize) -> usize {
        self.from.partition_point(|from| *from <= minute) - 1
    }

    /// Names of the prices on the bill: the hours in which each holds. Equal prices share a name.
    fn period_names(&self) -> Vec<String> {
        let name = |price: &f64| {
            let ends = self.from.iter().skip(1).copied().chain([DAY_MINUTES]);
            let spans = self.from.iter().zip(ends).zip(&self.price_per_kwh).filter(|(_, other)| *other == price);
            let spans: Vec<String> =
                spans.map(|((from, to), _)| format!("{}-{}", clock_time(*from), clock_time(to))).collect();
            format!("{} {}", self.id, spans.join(", ")).trim().to_owned()
        };
        self.price_per_kwh.iter().map(name).collect()
    }
}

/// The entry that holds on each day of the run.
fn entries_of_days(root: &Node, entries: &[Entry], clock: &Clock, notes: &mut Vec<String>) -> Option<Vec<usize>> {
    let mut of_day = Vec::new();
    for (date, _) in clock.days() {
        match entry_of(entries, date) {
            Ok((entry, note)) => {
                if let Some(note) = note.filter(|note| !notes.contains(note)) {
                    notes.push(note);
                }
                of_day.push(entry);
            }
            Err(message) => {
                root.require("schedule")?.refuse(|path| Problem::new(path, message).value(date));
                return None;
            }
        }
    }
    Some(of_day)
}

fn entry_of(entries: &[Entry], date: Date) -> Result<(usize, Option<String>), String> {
    let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let meets = |entry: &Entry| entry.mask.meets(weekend) && entry.days.holds(date);
    let mut found: Vec<usize> = (0..entries.len()).filter(|i| meets(&entries[*i])).collect();
    if found.len() < 2 {
        return found.first().map(|i| (*i, None)).ok_or_else(|| "has no entry for a day".into());
    }
    let ids = |found: &[usize]| found.iter().map(|i| entries[*i].id.as_str()).collect::<Vec<_>>().join(" and ");
    let all = ids(&found);
    if found.iter().any(|i| entries[*i].mask != Mask::All) {
        found.retain(|i| entries[*i].mask != Mask::All);
    }
    if found.len() > 1 {
        let ending = if weekend { "Weekend" } else { "Weekday" };
        found.retain(|i| entries[*i].id.ends_with(ending));
    }
    match found.as_slice() {
        [one] => Ok((
            *one,
            Some(format!(
                "tariff: entries {all} mean the same days; {} holds on {}",
                entries[*one].id,
                if weekend { "weekends" } else { "weekdays" }
            )),
        )),
        _ => Err(format!("has several entries for a day: {all}")),
    }
}

fn energy(root: &Node, entries: &[Entry], of_day: &[usize], clock: &Clock) -> Option<Price> {
    // A period for each entry and price of its own.
    let mut periods: Vec<(String, f64)> = Vec::new();
    let mut index: BTreeMap<(usize, usize), u16> = BTreeMap::new();
    for (e, entry) in entries.iter().enumerate() {
        for (i, (name, price)) in entry.period_names().into_iter().zip(&entry.price_per_kwh).enumerate() {
            let place = periods.iter().position(|known| *known == (name.clone(), *price)).unwrap_or_else(|| {
                periods.push((name, *price));
                periods.len() - 1
            });
            index.insert((e, i), place as u16);
        }
    }
    let mut period_of_step = Vec::with_capacity(clock.steps());
    for ((date, steps), e) in clock.days().zip(of_day) {
        for step in steps {
            let minutes = step_minutes(clock, step);
            let entry = &entries[*e];
            let (first, last) = (entry.index_at(minutes.start), entry.index_at(minutes.end - 1));
            if first != last {
                let first_steps = clock.calendar().day_first_step;
                let fitting_s = fitting_step_s(clock, |step| {
                    let day = first_steps.partition_point(|first| *first as usize <= step) - 1;
                    let entry = &entries[of_day[day]];
                    borders_within(step_minutes(clock, step), |minute| entry.index_at(minute)).collect()
                });
                root.require("schedule")?.refuse(|path| {
                    Problem::new(format!("{path}[{e}].times"), "has a border of two periods inside a step")
                        .value(format!("{} on {date}", clock_time(entry.from[first + 1])))
                        .hint(fitting_hint(clock.step_s(), fitting_s))
                });
                return None;
            }
            period_of_step.push(index[&(*e, first)]);
        }
    }
    let (periods, prices) = periods.into_iter().unzip();
    Some(Price::Periods(PeriodPrices { periods, period_of_step: period_of_step.into(), price_per_kwh: vec![prices] }))
}

/// The demand charge by billing month; a month with two prices is refused.
fn demand(root: &Node, entries: &[Entry], of_day: &[usize], clock: &Clock) -> Option<Option<DemandCharge>> {
    let calendar = clock.calendar();
    let mut price_per_kw = Vec::new();
    for (days, month) in calendar.month_days().zip(&calendar.months) {
        let price = entries[of_day[days.start]].demand_per_kw;
        if of_day[days].iter().any(|entry| entries[*entry].demand_per_kw != price) {
            root.require("schedule")?.refuse(|path| {
                Problem::new(path, "has two demand charges in one billing month").value(month.label.as_str())
            });
            return None;
        }
        price_per_kw.push(price);
    }
    if price_per_kw.iter().all(|price| *price == 0.0) {
        return Some(None);
    }
    Some(Some(DemandCharge { price_per_kw, ..DemandCharge::new("demand", 0.0, 900) }))
}
