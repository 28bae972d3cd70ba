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

/// The greatest window mean of each month, over the steps of each window that `counts` names. Windows follow each other.
pub(crate) fn peaks(run: &Run, window_s: i64, counts: impl Fn(usize, &Zoned) -> bool) -> BTreeMap<String, f64> {
    let window_s = window_s.max(run.step_s);
    let mut windows: BTreeMap<i64, (String, f64, f64)> = BTreeMap::new();
    for (step, time) in run.civil().iter().enumerate() {
        let open = windows.entry(run.unix_s(step).div_euclid(window_s)).or_insert((label(time), 0.0, 0.0));
        if counts(step, time) {
            open.1 += run.import_kw[step];
            open.2 += 1.0;
        }
    }
    let mut peaks = BTreeMap::new();
    for (month, sum, count) in windows.into_values() {
        let peak = peaks.entry(month).or_insert(0.0_f64);
        *peak = peak.max(if count > 0.0 { sum / count } else { 0.0 });
    }
    peaks
}

/// As [`peaks`], of every stretch of `window_s` within a month.
fn sliding_peaks(run: &Run, window_s: i64, counts: impl Fn(usize, &Zoned) -> bool) -> BTreeMap<String, f64> {
    let length = (window_s / run.step_s) as usize;
    let civil = run.civil();
    let counted: Vec<bool> = civil.iter().enumerate().map(|(step, time)| counts(step, time)).collect();
    let mut peaks: BTreeMap<String, f64> = civil.iter().map(|time| (label(time), 0.0)).collect();
    for first in 0..=civil.len() - length {
        let (month, last) = (label(&civil[first]), first + length - 1);
        if month == label(&civil[last]) {
            let there: Vec<f64> = (first..=last).filter(|s| counted[*s]).map(|s| run.import_kw[s]).collect();
            let mean = if there.is_empty() { 0.0 } else { there.iter().sum::<f64>() / there.len() as f64 };
            let peak = peaks.get_mut(&month).unwrap();
            *peak = peak.max(mean);
        }
    }
    peaks
}

/// What a month bears of a whole one's charges.
fn billed_shares(spec: &Spec, run: &Run) -> BTreeMap<String, f64> {
    let mut days: BTreeMap<String, Vec<Date>> = BTreeMap::new();
    for time in run.civil() {
        let dates = days.entry(label(&time)).or_default();
        if dates.last() != Some(&time.date()) {
            dates.push(time.date());
        }
    }
    let mut shares = run.shares();
    for (month, share) in &mut shares {
        let covered = days[month].len();
        let whole = covered == days[month][0].days_in_month() as usize;
        match spec.proration {
            "none" => *share = 1.0,
            "thirtieths" if whole || covered > 30 => *share = 1.0,
            "thirtieths" => *share = covered as f64 / 30.0,
            _ => {}
        }
    }
    shares
}

/// What a month bears of a whole one's demand charges: all, unless the rule is one for demand too.
fn demand_shares(spec: &Spec, run: &Run) -> BTreeMap<String, f64> {
    let mut shares = billed_shares(spec, run);
    if matches!(spec.proration, "" | "standing") {
        shares.values_mut().for_each(|share| *share = 1.0);
    }
    shares
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
            && (charge.coincident.is_empty()
                || charge.coincident.iter().any(|start| start.date() == time.date() && start.hour() == time.hour()))
    };
    let peaks = match charge.slide_min {
        Some(_) => sliding_peaks(run, charge.window_min * 60, counts),
        None => peaks(run, charge.window_min * 60, counts),
    };
    let mut peaks: Vec<(String, f64)> = peaks.into_iter().collect();
    peaks[0].1 = peaks[0].1.max(charge.so_far_kw);
    let (shares, billed_shares) = (run.shares(), demand_shares(spec, run));
    if charge.annual {
        // All runs lie in one year, which is billed in the run's last month.
        let greatest = peaks.iter().map(|(_, peak)| *peak).fold(0.0, f64::max);
        peaks = vec![(peaks.last().unwrap().0.clone(), greatest)];
    }
    let mut amounts = BTreeMap::new();
    for (m, (month, peak)) in peaks.iter().enumerate() {
        let number: i8 = month[5..].parse().unwrap();
        let season = spec.seasons.iter().position(|(_, months)| months.contains(&number)).unwrap_or(0);
        let mut price = charge.price_e2[if charge.price_e2.len() == 1 { 0 } else { season }] as f64 / 100.0;
        let (mut billed, mut excess) = (*peak, 0.0);
        if let Some((months, percent)) = charge.ratchet {
            let counts = |month: &str| {
                charge.ratchet_months.is_empty() || charge.ratchet_months.contains(&month[5..].parse().unwrap())
            };
            let mut past = charge.earlier_kw.clone();
            past.extend(peaks[..m].iter().map(|(month, peak)| if counts(month) { *peak } else { 0.0 }));
            for earlier in past.iter().rev().take(months) {
                billed = billed.max(earlier * percent / 100.0);
            }
        }
        price *= match charge.annual {
            true => billed_shares.values().sum::<f64>() / 12.0,
            false => billed_shares[month],
        };
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
        let mut amount = (billed - excess) * price + excess * excess_price;
        if !charge.tiers.is_empty() {
            // The price at hand is that of the first block; its share and discount hold for all.
            let per_e2 = price / charge.price_e2[if charge.price_e2.len() == 1 { 0 } else { season }] as f64;
            amount = billed.min(charge.tiers[0].0) * price;
            for (t, (above, e2)) in charge.tiers.iter().enumerate() {
                let to = charge.tiers.get(t + 1).map_or(f64::INFINITY, |next| next.0);
                amount += (billed.min(to) - above).max(0.0) * *e2 as f64 * per_e2;
            }
        }
        amounts.insert(month.clone(), amount);
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
    let billed_shares = billed_shares(spec, run);
    let (mut revenue, mut carried, count) = (BTreeMap::new(), 0.0, charges.len());
    for (m, (month, charge)) in charges.iter_mut().enumerate() {
        let share = billed_shares[month];
        if let Some((e2, kva)) = spec.capacity {
            *charge += e2 as f64 / 100.0 * kva * share;
        }
        if !spec.power_factor.is_empty() {
            let (w, q) = (kwh[month], kvarh[month]);
            let factor = if w == 0.0 && q == 0.0 { 1.0 } else { w / (w * w + q * q).sqrt() };
            let hundredths = (factor * 100.0 + 0.5).floor() as i64;
            let level = spec.power_factor.iter().rfind(|(from, _)| hundredths >= *from).unwrap();
            *charge += *charge * level.1 as f64 / 100.0;
        }
        *charge += spec.fixed_per_month_e2 as f64 / 100.0 * share;
        let dates: BTreeSet<Date> = run.civil().iter().filter(|time| label(time) == *month).map(Zoned::date).collect();
        *charge += spec.fixed_per_day_e2 as f64 / 100.0 * dates.len() as f64;
        let (energy, number) = (&energies[month], month[5..].parse().unwrap());
        let payable = if spec.terms.pays_charges { *charge } else { energy.charge } - energy.not_payable;
        let settles = spec.settles(number) && !(m + 1 == count && run.is_cut());
        let moved = spec.credit_moved(settles, payable, energy.revenue, &mut carried);
        // Of the month's export what pays for this month: the least charge is compared after credits are carried.
        revenue.insert(month.clone(), energy.revenue - moved);
    }
    least(spec, &billed_shares, &charges, &revenue)
}

/// Charges less revenue, lifted to the least charge.
fn least(
    spec: &Spec,
    shares: &BTreeMap<String, f64>,
    charges: &BTreeMap<String, f64>,
    revenue: &BTreeMap<String, f64>,
) -> BTreeMap<String, f64> {
    let mut bill: BTreeMap<String, f64> =
        charges.iter().map(|(month, charge)| (month.clone(), charge - revenue[month])).collect();
    let Some(minimum) = &spec.minimum else { return bill };
    let per_month = if minimum.keys.0 == "minimum_per_year" { minimum.amount / 12.0 } else { minimum.amount };
    let months: Vec<String> = charges.keys().cloned().collect();
    let is_pooled = minimum.keys.0 == "minimum_per_year" || minimum.keys.1 == Some("year");
    let pools: Vec<&[String]> = if is_pooled { vec![&months[..]] } else { months.chunks(1).collect() };
    let mut bank = 0.0;
    for pool in pools {
        let sum = |of: &BTreeMap<String, f64>| pool.iter().map(|month| of[month]).sum::<f64>();
        let (charged, credit, least) = (sum(charges), sum(revenue), sum(shares) * per_month);
        let due = match minimum.credit {
            Some("on_top") => charged.max(least) - credit,
            Some("carried") => {
                // The bank of credits pays what lies above the least charge, and never the least charge itself.
                bank += credit;
                let paid = (charged - least).max(0.0).min(bank);
                bank -= paid;
                charged.max(least) - paid
            }
            _ => (charged - credit).max(least),
        };
        *bill.get_mut(pool.last().unwrap()).unwrap() += due - (charged - credit);
    }
    bill
}
