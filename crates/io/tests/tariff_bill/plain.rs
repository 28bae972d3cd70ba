//! A second, plain implementation of the bill: civil time straight from jiff, one loop over the steps, sums in plain
//! code. It shares no function with the crates under test, and is slow.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

use super::energy::energy;
use super::random::{Demand, Price, Spec};

/// The metered run: what a bill is written from.
pub(crate) struct Run {
    pub(crate) zone: &'static str,
    pub(crate) start: &'static str,
    pub(crate) days: i64,
    pub(crate) step_s: i64,
    pub(crate) holidays: Vec<Date>,
    pub(crate) make_up_workdays: Vec<Date>,
    pub(crate) import_kw: Vec<f64>,
    pub(crate) export_kw: Vec<f64>,
    pub(crate) reactive_kvar: Vec<f64>,
}

impl Run {
    pub(crate) fn start(&self) -> Zoned {
        let date: Date = self.start.parse().unwrap();
        date.to_zoned(TimeZone::get(self.zone).unwrap()).unwrap()
    }

    pub(crate) fn end(&self) -> Zoned {
        let date: Date = self.start.parse().unwrap();
        date.checked_add(self.days.days()).unwrap().to_zoned(TimeZone::get(self.zone).unwrap()).unwrap()
    }

    pub(crate) fn steps(&self) -> usize {
        ((self.end().timestamp().as_second() - self.start().timestamp().as_second()) / self.step_s) as usize
    }

    fn unix_s(&self, step: usize) -> i64 {
        self.start().timestamp().as_second() + step as i64 * self.step_s
    }

    /// The civil time at which each step starts.
    pub(crate) fn civil(&self) -> Vec<Zoned> {
        let zone = TimeZone::get(self.zone).unwrap();
        let start = self.start().timestamp().as_second();
        let at = |step| Timestamp::from_second(start + step as i64 * self.step_s).unwrap();
        (0..self.steps()).map(|step| at(step).to_zoned(zone.clone())).collect()
    }

    pub(crate) fn hours(&self) -> f64 {
        self.step_s as f64 / 3600.0
    }

    /// The share of each month (`2024-02`) that the run covers, by time.
    pub(crate) fn shares(&self) -> BTreeMap<String, f64> {
        let mut shares = BTreeMap::new();
        for time in self.civil() {
            let first = time.date().first_of_month().to_zoned(time.time_zone().clone()).unwrap();
            let last = time.date().last_of_month().tomorrow().unwrap().to_zoned(time.time_zone().clone()).unwrap();
            let whole = last.timestamp().as_second() - first.timestamp().as_second();
            *shares.entry(label(&time)).or_insert(0.0) += self.step_s as f64 / whole as f64;
        }
        shares
    }

    /// Whether the run ends within a month.
    pub(crate) fn is_cut(&self) -> bool {
        self.end().day() != 1
    }

    fn is_rest_day(&self, date: Date) -> bool {
        date.weekday().to_monday_zero_offset() >= 5 && !self.make_up_workdays.contains(&date)
    }
}

pub(crate) fn label(time: &Zoned) -> String {
    format!("{:04}-{:02}", time.year(), time.month())
}

/// Season and period of a time.
pub(crate) fn place(spec: &Spec, run: &Run, time: &Zoned) -> (usize, usize) {
    let date = time.date();
    let season = spec.seasons.iter().position(|(_, months)| months.contains(&date.month())).unwrap_or(0);
    let holiday = run.holidays.contains(&date);
    let weekday = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        [date.weekday().to_monday_zero_offset() as usize];
    let kind = if holiday || run.is_rest_day(date) { "rest_day" } else { "workday" };
    let mut names = vec![weekday, kind, "all"];
    if holiday {
        names.insert(0, "holiday");
    }
    if spec.events.contains(&date) {
        names.insert(0, "event");
    }
    let in_season: Vec<_> = spec.blocks.iter().filter(|block| block.season.is_none_or(|s| s == season)).collect();
    let name = names.iter().find(|name| in_season.iter().any(|block| block.days.contains(name))).unwrap();
    let minute = time.hour() as usize * 60 + time.minute() as usize;
    for block in in_season.iter().filter(|block| block.days.contains(name)) {
        for &(from, to, period) in &block.hours {
            let within = if from < to { from <= minute && minute < to } else { minute >= from || minute < to };
            if within {
                return (season, period);
            }
        }
    }
    panic!("no period at {time}");
}

/// The price in currency, from whole ten-thousandths and whole percents; `shift` is added before the percents.
pub(crate) fn price(
    price: &Price,
    shift: i64,
    float_percent: i64,
    season: usize,
    period: usize,
    month: i8,
    digits: bool,
) -> f64 {
    let e4 = shift
        + match price {
            Price::Constant(e4) => *e4,
            Price::Periods(e4) => e4[period],
            Price::Seasons(e4) => e4[season],
            Price::Both(e4) => e4[season][period],
            Price::Months(e4) => e4[month as usize - 1],
        };
    let e6 = e4 * (100 + float_percent);
    if digits {
        let half_away = (e6.abs() + 50) / 100 * e6.signum();
        half_away as f64 / 1e4
    } else {
        e6 as f64 / 1e6
    }
}

/// The greatest window mean of each month over the steps that `counts` names.
pub(crate) fn peaks(run: &Run, window_s: i64, counts: impl Fn(usize, &Zoned) -> bool) -> BTreeMap<String, f64> {
    let window_s = window_s.max(run.step_s);
    let mut windows: BTreeMap<i64, (String, f64)> = BTreeMap::new();
    for (step, time) in run.civil().iter().enumerate() {
        let open = windows.entry(run.unix_s(step).div_euclid(window_s)).or_insert((label(time), 0.0));
        if counts(step, time) {
            open.1 += run.import_kw[step] * run.step_s as f64 / window_s as f64;
        }
    }
    let mut peaks = BTreeMap::new();
    for (month, mean) in windows.into_values() {
        let peak = peaks.entry(month).or_insert(0.0_f64);
        *peak = peak.max(mean);
    }
    peaks
}

fn demand(spec: &Spec, run: &Run, charge: &Demand, kwh: &BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    let counts = |_: usize, time: &Zoned| {
        let (season, period) = place(spec, run, time);
        let rest = run.holidays.contains(&time.date()) || run.is_rest_day(time.date());
        let minute = time.hour() as usize * 60 + time.minute() as usize;
        charge.season.is_none_or(|only| only == season)
            && charge.period.is_none_or(|only| only == period)
            && (!charge.workdays_only || !rest)
            && charge.hours.is_none_or(|(from, to)| from <= minute && minute < to)
    };
    let peaks: Vec<(String, f64)> = peaks(run, charge.window_min * 60, counts).into_iter().collect();
    let shares = run.shares();
    let mut amounts = BTreeMap::new();
    for (m, (month, peak)) in peaks.iter().enumerate() {
        let number: i8 = month[5..].parse().unwrap();
        let season = spec.seasons.iter().position(|(_, months)| months.contains(&number)).unwrap_or(0);
        let mut price = charge.price_e2[if charge.price_e2.len() == 1 { 0 } else { season }] as f64 / 100.0;
        let (mut billed, mut excess) = (*peak, 0.0);
        if let Some((months, percent)) = charge.ratchet {
            for (_, earlier) in &peaks[m.saturating_sub(months)..m] {
                billed = billed.max(earlier * percent / 100.0);
            }
        }
        let mut excess_price = 0.0;
        if let Some((contract, floor, above, factor)) = charge.contract {
            billed = billed.max(contract * floor / 100.0);
            if *peak > contract * above / 100.0 {
                excess = peak - contract * above / 100.0;
            }
            excess_price = price * factor;
        }
        if let Some((from, kva, factor)) = charge.discount
            && kwh[month] >= from * kva * shares[month]
        {
            price *= factor;
        }
        amounts.insert(month.clone(), (billed - excess) * price + excess * excess_price);
    }
    amounts
}

/// What each month is charged.
pub(crate) fn bill(spec: &Spec, run: &Run) -> BTreeMap<String, f64> {
    let shares = run.shares();
    let zero: BTreeMap<String, f64> = shares.keys().map(|month| (month.clone(), 0.0)).collect();
    let (mut charges, mut kwh, mut kvarh) = (zero.clone(), zero.clone(), zero);
    for (step, time) in run.civil().iter().enumerate() {
        let month = label(time);
        *kwh.get_mut(&month).unwrap() += run.import_kw[step] * run.hours();
        *kvarh.get_mut(&month).unwrap() += run.reactive_kvar[step] * run.hours();
    }
    let energies = energy(spec, run);
    for (month, energy) in &energies {
        *charges.get_mut(month).unwrap() += energy.charge;
    }
    for charge in &spec.demands {
        for (month, amount) in demand(spec, run, charge, &kwh) {
            *charges.get_mut(&month).unwrap() += amount;
        }
    }
    let mut bill = BTreeMap::new();
    let (mut carried, count) = (0.0, charges.len());
    for (m, (month, mut charge)) in charges.into_iter().enumerate() {
        let share = shares[&month];
        if let Some((e2, kva)) = spec.capacity {
            charge += e2 as f64 / 100.0 * kva * share;
        }
        if !spec.power_factor.is_empty() {
            let (w, q) = (kwh[&month], kvarh[&month]);
            let factor = if w == 0.0 && q == 0.0 { 1.0 } else { w / (w * w + q * q).sqrt() };
            let hundredths = (factor * 100.0 + 0.5).floor() as i64;
            let level = spec.power_factor.iter().rfind(|(from, _)| hundredths >= *from).unwrap();
            charge += charge * level.1 as f64 / 100.0;
        }
        charge += spec.fixed_per_month_e2 as f64 / 100.0 * share;
        let dates: BTreeSet<Date> = run.civil().iter().filter(|time| label(time) == month).map(Zoned::date).collect();
        charge += spec.fixed_per_day_e2 as f64 / 100.0 * dates.len() as f64;
        let (energy, number) = (&energies[&month], month[5..].parse().unwrap());
        let payable = if spec.terms.pays_charges { charge } else { energy.charge } - energy.not_payable;
        if let Some(minimum) = spec.minimum {
            charge = charge.max(minimum * share);
        }
        let settles = spec.settles(number) && !(m + 1 == count && run.is_cut());
        let moved = spec.credit_moved(settles, payable, energy.revenue, &mut carried);
        bill.insert(month.clone(), charge - energy.revenue + moved);
    }
    bill
}
