//! Prices per kWh: constant, by period, by season, by month or from a series, with floats on top.

use std::cell::RefCell;
use std::sync::Arc;

use microgrid_core::Problem;
use microgrid_core::utility::{PeriodPrices, Price};

use super::field::{Table, Value, unknown};
use super::schedule::{Axis, Schedule};
use super::series::SeriesReader;
use crate::time::Clock;

/// Most and least price per kWh that is believed.
pub(super) const PRICE_MAX: f64 = 1e6;

/// A number by season and period: `[season][period]`.
#[derive(Debug, Clone)]
pub(super) struct ByHours {
    pub(super) value: Vec<Vec<f64>>,
    pub(super) by_season: bool,
    pub(super) by_period: bool,
}

/// A component's price before floats.
#[derive(Debug)]
pub(super) enum Base {
    Hours(ByHours),
    /// One price for each billing month of the run.
    Months(Vec<f64>),
    /// One price for each step.
    Steps(Arc<[f64]>),
}

/// What a price is made on: the run, its schedule, and what was read for them.
#[derive(Debug)]
pub(super) struct PriceMaker<'a> {
    pub(super) clock: &'a Clock,
    pub(super) schedule: &'a Schedule<'a>,
    pub(super) axis: &'a Axis,
    pub(super) series: SeriesReader<'a>,
    /// Digits to which the utility rounds each price, where it does.
    pub(super) digits: Option<u32>,
    /// What was done to make the prices.
    pub(super) notes: RefCell<Vec<String>>,
}

impl PriceMaker<'_> {
    /// Reads a price: `price_per_kwh` as a number, by period, by season, by season and period, or a series; or
    /// `monthly_price_per_kwh`; or by block. `floats` are shares of the price by which it rises or falls.
    pub(super) fn read(&self, table: &Table, floats: Option<&Value>) -> Option<Price> {
        if table.has("block") {
            return self.blocks(table, floats);
        }
        let (price, monthly) = (table.get("price_per_kwh"), table.get("monthly_price_per_kwh"));
        let base = match (price, monthly) {
            (Some(_), Some(monthly)) => {
                monthly.refuse(|path| Problem::new(path, "stands beside price_per_kwh").hint("keep one of them"));
                None
            }
            (None, Some(monthly)) => self.by_month(&monthly, -PRICE_MAX).map(Base::Months),
            (None, None) => {
                table.refuse(|path| Problem::new(format!("{path}.price_per_kwh"), "is missing"));
                None
            }
            (Some(price), None) => self.base(&price),
        };
        let float = match floats {
            Some(value) => self.by_hours(value, (-1.0, 100.0), Some(0.0))?,
            None => self.everywhere(0.0),
        };
        let base = base?;
        if let (Base::Steps(_), Some(value), Some(_)) = (&base, floats, self.digits) {
            value.refuse(|path| {
                Problem::new(path, "floats a price series that is also rounded").hint("leave out price_digits")
            });
            return None;
        }
        Some(self.make(&base, &float))
    }

    pub(super) fn base(&self, value: &Value) -> Option<Base> {
        let is_series = value.is_table()
            && value.table().is_some_and(|table| table.has("file") || table.has("column") || table.has("unit"));
        if is_series {
            let (steps, notes) = self.series.read(&value.table()?)?;
            self.notes.borrow_mut().extend(notes);
            return Some(Base::Steps(steps));
        }
        self.by_hours(value, (-PRICE_MAX, PRICE_MAX), None).map(Base::Hours)
    }

    pub(super) fn everywhere(&self, value: f64) -> ByHours {
        let periods = self.schedule.periods.len().max(1);
        ByHours { value: vec![vec![value; periods]; self.schedule.seasons.count()], by_season: false, by_period: false }
    }

    /// Reads a number, or a table of numbers by period or by season, or by season with tables by period. What is not
    /// named takes `absent`; where that is `None`, every period that occurs must be named.
    pub(super) fn by_hours(&self, value: &Value, range: (f64, f64), absent: Option<f64>) -> Option<ByHours> {
        if !value.is_table() {
            return value.number(range.0, range.1).map(|number| self.everywhere(number));
        }
        let table = value.table()?;
        let seasons = &self.schedule.seasons.names;
        let entries = table.entries();
        if entries.is_empty() {
            value.refuse(|path| Problem::new(path, "is empty"));
            return None;
        }
        let of_seasons = entries.iter().filter(|(key, _)| seasons.contains(key)).count();
        let mut found = self.everywhere(f64::NAN);
        if of_seasons == 0 {
            found.by_period = true;
            let row = self.period_row(value, range, absent, None)?;
            found.value.fill(row);
            return Some(found);
        }
        found.by_season = true;
        let mut sound = true;
        for (key, entry) in &entries {
            let Some(season) = seasons.iter().position(|name| name == key) else {
                entry.refuse(|path| unknown(path, "stands among seasons but is none", key, &names(seasons)));
                sound = false;
                continue;
            };
            let row = if entry.is_table() {
                found.by_period = true;
                self.period_row(entry, range, absent, Some(season))
            } else {
                entry.number(range.0, range.1).map(|number| vec![number; found.value[season].len()])
            };
            sound &= row.is_some();
            found.value[season] = row.unwrap_or_default();
        }
        for (season, name) in seasons.iter().enumerate() {
            if !entries.iter().any(|(key, _)| key == name) {
                match absent {
                    Some(absent) => found.value[season].fill(absent),
                    None => {
                        value.refuse(|path| Problem::new(path, format!("has nothing for season \"{name}\"")));
                        sound = false;
                    }
                }
            }
        }
        sound.then_some(found)
    }

    fn period_row(
        &self,
        value: &Value,
        range: (f64, f64),
        absent: Option<f64>,
        season: Option<usize>,
    ) -> Option<Vec<f64>> {
        let periods = &self.schedule.periods;
        let mut row = vec![f64::NAN; periods.len()];
        let mut sound = true;
        for (key, entry) in value.table()?.entries() {
            match periods.iter().position(|name| *name == key) {
                Some(period) => match entry.number(range.0, range.1) {
                    Some(number) => row[period] = number,
                    None => sound = false,
                },
                None => {
                    let known: Vec<&str> = if season.is_none() {
                        periods.iter().chain(&self.schedule.seasons.names).map(String::as_str).collect()
                    } else {
                        names(periods)
                    };
                    entry.refuse(|path| unknown(path, "is not a period of this tariff's [[hours]]", &key, &known));
                    sound = false;
                }
            }
        }
        if !sound {
            return None;
        }
        for (period, number) in row.iter_mut().enumerate().filter(|(_, number)| number.is_nan()) {
            let occurs = match season {
                Some(season) => self.schedule.used[season][period],
                None => self.schedule.used.iter().any(|used| used[period]),
            };
            match absent {
                Some(absent) => *number = absent,
                None if occurs => {
                    let name = &periods[period];
                    value.refuse(|path| Problem::new(path, format!("has nothing for period \"{name}\"")));
                    sound = false;
                }
                None => *number = 0.0, // Never occurs in this season.
            }
        }
        sound.then_some(row)
    }

    /// Reads a number for each billing month of the run: twelve in a list (January first), or a table whose keys are
    /// labels (`"2025-07"`) or months (`7`). A label goes before a month.
    pub(super) fn by_month(&self, value: &Value, least: f64) -> Option<Vec<f64>> {
        let months = self.clock.calendar().months;
        let of_label = |label: &str| label.get(5..7).and_then(|month| month.parse::<usize>().ok());
        if value.is_list() {
            let parts = value.one_or_many();
            if parts.len() != 12 {
                value.refuse(|path| {
                    Problem::new(path, "must have twelve prices, January first")
                        .value(format!("{} prices", parts.len()))
                });
                return None;
            }
            let prices: Vec<_> = parts.iter().map(|part| part.number(least, PRICE_MAX)).collect();
            let prices: Vec<f64> = prices.into_iter().collect::<Option<_>>()?;
            return months.iter().map(|month| of_label(&month.label).map(|month| prices[month - 1])).collect();
        }
        let entries = value.table()?.entries();
        let mut sound = true;
        let mut prices: Vec<(String, f64)> = Vec::new();
        for (key, entry) in &entries {
            let month = if key.len() <= 2 { key.parse().ok() } else { of_label(key).filter(|_| key.len() == 7) };
            if !month.is_some_and(|month: usize| (1..=12).contains(&month)) {
                entry.refuse(|path| {
                    Problem::new(path, "is not a month")
                        .value(format!("\"{key}\""))
                        .allowed("1 to 12, or such as \"2025-07\"")
                });
                sound = false;
            }
            match entry.number(least, PRICE_MAX) {
                Some(price) => prices.push((key.clone(), price)),
                None => sound = false,
            }
        }
        if !sound {
            return None;
        }
        let price_of = |label: &str| {
            let by_label = prices.iter().find(|(key, _)| key == label);
            let by_month = || prices.iter().find(|(key, _)| key.len() <= 2 && key.parse().ok() == of_label(label));
            by_label.or_else(by_month).map(|(_, price)| *price)
        };
        let found: Vec<_> = months.iter().map(|month| price_of(&month.label)).collect();
        let missing: Vec<&str> = months
            .iter()
            .zip(&found)
            .filter(|(_, price)| price.is_none())
            .map(|(month, _)| month.label.as_str())
            .collect();
        if !missing.is_empty() {
            value.refuse(|path| Problem::new(path, "lacks months of the run").value(missing.join(", ")));
        }
        found.into_iter().collect()
    }

    /// The price that core takes: `base · (1 + float)`, rounded where the utility rounds.
    fn make(&self, base: &Base, float: &ByHours) -> Price {
        let round = |price: f64| self.digits.map_or(price, |digits| round_half_away(price, digits));
        let by_season = float.by_season || matches!(base, Base::Hours(hours) if hours.by_season);
        let by_period = float.by_period || matches!(base, Base::Hours(hours) if hours.by_period);
        match base {
            Base::Steps(prices) => {
                let float_at =
                    |step: usize| float.value[self.axis.season[step] as usize][self.axis.period[step] as usize];
                Price::Steps(prices.iter().enumerate().map(|(i, price)| round(price * (1.0 + float_at(i)))).collect())
            }
            Base::Hours(hours) if !by_season && !by_period => {
                Price::Constant(round(hours.value[0][0] * (1.0 + float.value[0][0])))
            }
            Base::Hours(hours) => {
                let cells = self.cells(by_season, by_period);
                let price = |&(s, p): &(usize, usize)| round(hours.value[s][p] * (1.0 + float.value[s][p]));
                self.period_prices(&cells, vec![cells.pairs.iter().map(price).collect()])
            }
            Base::Months(months) => {
                let cells = self.cells(by_season, by_period);
                let row =
                    |month: &f64| cells.pairs.iter().map(|&(s, p)| round(month * (1.0 + float.value[s][p]))).collect();
                self.period_prices(&cells, months.iter().map(row).collect())
            }
        }
    }

    fn period_prices(&self, cells: &Cells, price_per_kwh: Vec<Vec<f64>>) -> Price {
        Price::Periods(PeriodPrices {
            periods: cells.names.clone(),
            period_of_step: cells.of_step.clone(),
            price_per_kwh,
        })
    }

    /// The price cells: pairs of season and period that occur, told apart as far as the price does.
    pub(super) fn cells(&self, by_season: bool, by_period: bool) -> Cells {
        let key =
            |season: usize, period: usize| (if by_season { season } else { 0 }, if by_period { period } else { 0 });
        let steps = || self.axis.season.iter().zip(&self.axis.period).map(|(s, p)| (*s as usize, *p as usize));
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        let mut index = vec![vec![u16::MAX; self.schedule.periods.len().max(1)]; self.schedule.seasons.count()];
        for (season, row) in index.iter_mut().enumerate() {
            for (period, cell) in row.iter_mut().enumerate() {
                let occurs = self.schedule.used[season].get(period).is_none_or(|used| *used);
                if !occurs {
                    continue;
                }
                let key = key(season, period);
                let found = pairs.iter().position(|pair| *pair == key).unwrap_or_else(|| {
                    pairs.push(key);
                    pairs.len() - 1
                });
                *cell = found as u16;
            }
        }
        let (seasons, periods) = (&self.schedule.seasons.names, &self.schedule.periods);
        let name = |&(season, period): &(usize, usize)| match (by_season, by_period) {
            (true, true) => format!("{} {}", seasons[season], periods[period]),
            (true, false) => seasons[season].clone(),
            (false, true) => periods[period].clone(),
            (false, false) => "all hours".into(),
        };
        Cells {
            names: pairs.iter().map(name).collect(),
            of_step: steps().map(|(season, period)| index[season][period]).collect(),
            pairs,
        }
    }
}

/// Price cells of one component.
#[derive(Debug)]
pub(super) struct Cells {
    pub(super) names: Vec<String>,
    pub(super) pairs: Vec<(usize, usize)>,
    pub(super) of_step: Arc<[u16]>,
}

fn names(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

/// Rounds to `digits` decimals, halves away from zero as on paper: a product of two decimals that falls a billionth of
/// a unit short of the half by binary arithmetic counts as the half.
pub(super) fn round_half_away(value: f64, digits: u32) -> f64 {
    let scale = 10f64.powi(digits as i32);
    let nudge = 1e-9f64.copysign(value);
    (value * scale + nudge).round() / scale
}

#[cfg(test)]
mod tests {
    use super::round_half_away;

    #[test]
    fn rounds_as_on_paper() {
        assert_eq!(round_half_away(0.95656, 4), 0.9566);
        assert_eq!(round_half_away(0.382795, 4), 0.3828);
        assert_eq!(round_half_away(1.005, 2), 1.01); // 1.00499999999999989… in binary.
        assert_eq!(round_half_away(-1.005, 2), -1.01);
        assert_eq!(round_half_away(0.12344, 4), 0.1234);
    }
}
