//! Years put together from the days of one year.

use std::collections::HashMap;
use std::sync::Arc;

use microgrid_core::simulation::Calendar;
use microgrid_core::utility::{Price, PriceComponent};
use microgrid_core::{Problem, Problems, Scenario, Series};

use crate::stream::Numbers;

/// Days drawn from days of the same season, so that weather, load and prices of one day stay together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesBootstrap {
    /// Days that follow each other in a block, 1 to 31.
    pub block_days: u32,
    /// From which days a day may be drawn.
    pub season: Season,
    /// Whether workdays are drawn from workdays, Saturdays and Sundays from such, holidays from holidays.
    pub same_day_type: bool,
}

/// How finely the year is cut into seasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Season {
    /// Calendar months.
    #[default]
    Month,
    /// December to February, March to May, June to August, September to November.
    Quarter,
    /// The whole year is one.
    Year,
}

impl Season {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Month, Self::Quarter, Self::Year];

    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The season of a month, 1 to 12, as a number from 0.
    #[must_use]
    pub const fn of_month(self, month: u32) -> u32 {
        match self {
            Self::Month => month - 1,
            Self::Quarter => month % 12 / 3,
            Self::Year => 0,
        }
    }
}

impl SeriesBootstrap {
    pub(crate) fn check(&self, field: &str, problems: &mut Problems) {
        problems.require_range(format!("{field}.block_days"), f64::from(self.block_days), 1.0, 31.0);
    }
}

/// Which days a run's days may be drawn from.
///
/// # Model
/// The moving-block bootstrap (Künsch 1989) within strata: the run is cut into blocks of days from its first day on; each
/// block takes a block of days whose days, one by one, are of the same stratum and the same length as its own. A block
/// always fits itself, so that there is a choice at least of one. Blocks of more days keep the order of the weather
/// and, with day types in the strata, the weekdays.
#[derive(Debug, Clone)]
pub struct DayDraw {
    block_days: usize,
    /// First step of each day, and the number of steps.
    first_steps: Vec<u32>,
    /// First days from which each block may be taken.
    choices: Vec<Arc<[u32]>>,
}

impl DayDraw {
    /// Of a run with `strata`, a number for each day: days of the same number may stand for each other.
    ///
    /// # Errors
    /// A run of fewer days than strata are given for, or of more.
    pub fn new(calendar: &Calendar, strata: &[u32], block_days: u32) -> Result<Self, Problems> {
        let first_steps = calendar.day_first_step.clone();
        let days = first_steps.len().saturating_sub(1);
        if strata.len() != days {
            let problem = Problem::new("bootstrap", "has the wrong number of strata").value(strata.len());
            return Err(problem.allowed(format!("{days}, one for each day")).into());
        }
        let block_days = block_days.max(1) as usize;
        let kind = |day: usize| (strata[day], first_steps[day + 1] - first_steps[day]);
        let kinds: Vec<(u32, u32)> = (0..days).map(kind).collect();
        let mut known: HashMap<&[(u32, u32)], Arc<[u32]>> = HashMap::new();
        let choices = kinds.chunks(block_days).map(|block| {
            let fits = |start: &usize| kinds[*start..].starts_with(block);
            let choices = || (0..days).filter(fits).map(|day| day as u32).collect();
            known.entry(block).or_insert_with(choices).clone()
        });
        let choices = choices.collect();
        Ok(Self { block_days, first_steps, choices })
    }

    /// The day that each day of the run is taken from.
    #[must_use]
    pub fn days(&self, numbers: &mut Numbers) -> Vec<u32> {
        let days = self.first_steps.len() - 1;
        let mut drawn = Vec::with_capacity(days);
        for choices in &self.choices {
            let start = choices[numbers.below(choices.len() as u64) as usize];
            let length = self.block_days.min(days - drawn.len()) as u32;
            drawn.extend(start..start + length);
        }
        drawn
    }

    /// Puts the scenario's series together from `days`: generation, loads, prices and carbon given step by step.
    /// Prices by season and hour keep to the calendar, and so do loads made of tasks, whose stays reach over midnight. A
    /// series that several parts share stays shared.
    pub fn apply(&self, scenario: &mut Scenario, days: &[u32]) {
        let mut known: Vec<[Arc<[f64]>; 2]> = Vec::new();
        let mut drawn = |values: &mut Arc<[f64]>| {
            if let Some([_, drawn]) = known.iter().find(|[original, _]| Arc::ptr_eq(original, values)) {
                *values = drawn.clone();
                return;
            }
            let drawn: Arc<[f64]> = self.steps(days).map(|step| values[step]).collect();
            known.push([values.clone(), drawn.clone()]);
            *values = drawn;
        };
        let powers = scenario.generation.iter_mut().map(|plant| &mut plant.power_kw);
        let loads = scenario.loads.iter_mut().filter(|load| load.tasks.is_empty());
        let powers = powers.chain(loads.map(|load| &mut load.power_kw));
        for series in powers.chain([&mut scenario.carbon.intensity_kg_per_kwh]) {
            if let Series::Steps(values) = series {
                drawn(values);
            }
        }
        let is_steps = |part: &PriceComponent| matches!(part.price, Price::Steps(_));
        if scenario.tariff.import.iter().chain(&scenario.tariff.export).any(is_steps) {
            let tariff = Arc::make_mut(&mut scenario.tariff);
            for part in tariff.import.iter_mut().chain(&mut tariff.export) {
                if let Price::Steps(values) = &mut part.price {
                    drawn(values);
                }
            }
        }
    }

    /// The steps of `days`, one day after the other.
    fn steps<'a>(&'a self, days: &'a [u32]) -> impl Iterator<Item = usize> + 'a {
        days.iter().flat_map(|day| {
            let day = *day as usize;
            self.first_steps[day] as usize..self.first_steps[day + 1] as usize
        })
    }
}

#[cfg(test)]
mod tests {
    use microgrid_core::demand::Load;
    use microgrid_core::generation::SeriesPlant;
    use microgrid_core::utility::Tariff;

    use super::*;
    use crate::Stream;

    /// Twelve months of hours; a quantity of value day, so that its source can be told.
    fn site() -> Scenario {
        let mut site = Scenario::new("site", Calendar::common_year(3600));
        let day_of_step: Vec<f64> = (0..8760).map(|step| f64::from(step / 24)).collect();
        site.generation.push(SeriesPlant::new("sun", day_of_step.clone()));
        site.loads.push(Load::new("load", day_of_step.iter().map(|day| day + 1000.0).collect::<Vec<_>>()));
        let mut tariff = Tariff::flat(1.0, 0.0);
        tariff.import[0].price = Price::Steps(day_of_step.iter().map(|day| day + 2000.0).collect());
        site.tariff = tariff.into();
        site
    }

    fn strata() -> Vec<u32> {
        let calendar = Calendar::common_year(3600);
        let months: Vec<u32> =
            calendar.month_days().enumerate().flat_map(|(month, days)| days.map(move |_| month as u32)).collect();
        months.into_iter().enumerate().map(|(day, month)| 2 * month + u32::from(day % 7 >= 5)).collect()
    }

    #[test]
    fn days_come_whole_from_their_stratum_and_stay_together() {
        let (base, strata) = (site(), strata());
        let draw = DayDraw::new(&base.calendar, &strata, 1).unwrap();
        let mut drawn = base.clone();
        let days = draw.days(&mut Stream::new(1, "bootstrap").of_sample(0));
        draw.apply(&mut drawn, &days);
        assert!(days.iter().enumerate().any(|(day, source)| day != *source as usize));
        for step in 0..8760 {
            let source = drawn.generation[0].power_kw.at(step);
            assert_eq!(source, f64::from(days[step / 24]));
            assert_eq!(strata[step / 24], strata[source as usize]);
            assert_eq!(drawn.loads[0].power_kw.at(step), source + 1000.0);
            assert_eq!(drawn.tariff.import[0].price.at(0, step), source + 2000.0);
        }
    }

    /// A stay of cars reaches over midnight, and its tasks say when it is: such a load keeps to the calendar.
    #[test]
    fn a_load_of_tasks_stays_as_it_is() {
        use microgrid_core::demand::Task;
        let mut site = site();
        let task = Task { from_s: 80_000, until_s: 90_000, energy_kwh: 5.0, power_max_kw: 5.0 };
        site.loads[0].tasks = [task].into();
        let draw = DayDraw::new(&site.calendar, &strata(), 1).unwrap();
        let mut drawn = site.clone();
        draw.apply(&mut drawn, &draw.days(&mut Stream::new(1, "bootstrap").of_sample(0)));
        assert_eq!(drawn.loads, site.loads);
        assert_ne!(drawn.generation, site.generation);
    }

    #[test]
    fn blocks_keep_the_order_of_days_and_the_weekdays() {
        let strata = strata();
        let calendar = Calendar::common_year(3600);
        let draw = DayDraw::new(&calendar, &strata, 7).unwrap();
        let days = draw.days(&mut Stream::new(2, "bootstrap").of_sample(5));
        assert_eq!(days.len(), 365);
        for block in days.chunks(7) {
            assert!(block.windows(2).all(|pair| pair[1] == pair[0] + 1));
        }
        assert!(days.iter().enumerate().all(|(day, source)| strata[day] == strata[*source as usize]));
        assert!(days.chunks(7).enumerate().filter(|(block, days)| days[0] as usize != 7 * block).count() > 20);
    }

    /// Of 3000 years a day is each of the n days of its stratum about equally often: chi-square within six standard
    /// deviations of its mean n − 1.
    #[test]
    fn every_day_of_the_stratum_is_as_likely() {
        let strata = strata();
        let draw = DayDraw::new(&Calendar::common_year(3600), &strata, 1).unwrap();
        let stream = Stream::new(9, "bootstrap");
        let mut counts = HashMap::new();
        (0..3000).for_each(|sample| *counts.entry(draw.days(&mut stream.of_sample(sample))[40]).or_insert(0) += 1);
        let like: Vec<u32> = (0..365).filter(|day| strata[*day as usize] == strata[40]).collect();
        assert!(counts.keys().all(|day| like.contains(day)));
        let mean = 3000.0 / like.len() as f64;
        let chi_square: f64 = like
            .iter()
            .map(|day| f64::from(counts.get(day).copied().unwrap_or(0)) - mean)
            .map(|excess| excess * excess / mean)
            .sum();
        let freedom = like.len() as f64 - 1.0;
        assert!(chi_square < freedom + 6.0 * libm::sqrt(2.0 * freedom), "{chi_square}");
    }

    #[test]
    fn a_day_of_its_own_length_stands_for_itself() {
        let mut calendar = Calendar::days(3600, 5);
        calendar.day_first_step = vec![0, 24, 47, 71, 95, 119];
        let draw = DayDraw::new(&calendar, &[0; 5], 1).unwrap();
        for sample in 0..50 {
            let days = draw.days(&mut Stream::new(4, "bootstrap").of_sample(sample));
            assert!(days[1] == 1 && days.iter().enumerate().all(|(day, source)| day == 1 || *source != 1));
        }
        assert!(DayDraw::new(&calendar, &[0; 4], 1).is_err());
    }
}
