//! When a sweep has said enough: an interval that holds at every look, so that looking does not bend it.
//!
//! A 95 % interval that is looked at until it leaves 0 leaves it by chance alone sooner or later. The interval here
//! holds at all samples at once, so the sweep may end at any of them. It is looked at after each block, and blocks have
//! fixed borders: where a sweep ends does not depend on threads or machines.

use std::io;
use std::ops::ControlFlow;

use super::comparison::{Comparer, comparer};
use super::confidence::{Interval, any_time_half_width};
use super::encoding::damaged;
use super::{ResultColumns, ResultRow, Rows};

/// Ends a sweep of independent samples when its paired comparison is clear.
#[derive(Debug, Clone, PartialEq)]
pub struct StopRule {
    /// The field whose levels are compared.
    pub field: String,
    /// The column compared.
    pub column: String,
    /// The level that the others are compared with; `idle` or else the first one by default.
    pub baseline: Option<String>,
    /// Probability, in percent, that all intervals hold at all looks, above 0 and below 100; 95 by default.
    pub confidence_percent: f64,
    /// What is clear enough.
    pub goal: StopGoal,
    /// Samples before the first look, at least 2; 100 by default. The interval is asymptotic, and a few samples know
    /// little of the spread.
    pub least_samples: u64,
}

/// What is clear enough to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StopGoal {
    /// Every difference has its sign: its interval leaves out 0.
    Decided,
    /// Every interval reaches at most this far to either side of its mean, in the column's unit.
    HalfWidth(f64),
}

impl StopRule {
    /// A rule with the default confidence and least samples.
    #[must_use]
    pub fn new(field: impl Into<String>, column: impl Into<String>, goal: StopGoal) -> Self {
        Self {
            field: field.into(),
            column: column.into(),
            baseline: None,
            confidence_percent: 95.0,
            goal,
            least_samples: 100,
        }
    }

    /// Begins to watch a sweep.
    ///
    /// # Errors
    /// Samples that are not independent, a field or a column that there is none of, a number out of range.
    pub fn watch(&self, columns: &ResultColumns) -> io::Result<StopWatch> {
        if !columns.samples_are_independent() {
            return Err(damaged("a stop rule needs samples that are independent of each other, such as monte_carlo"));
        }
        if !(self.confidence_percent > 0.0 && self.confidence_percent < 100.0) {
            return Err(damaged(&format!("confidence_percent = {} is out of range 0 to 100", self.confidence_percent)));
        }
        if self.least_samples < 2 || matches!(self.goal, StopGoal::HalfWidth(width) if width.is_nan() || width <= 0.0) {
            return Err(damaged("a stop rule needs at least 2 samples and a half width above 0"));
        }
        Ok(StopWatch {
            comparer: comparer(columns, &self.field, &self.column, self.baseline.as_deref())?,
            rule: self.clone(),
            row: ResultRow::default(),
        })
    }
}

/// A stop rule and what it has seen.
#[derive(Debug, Clone)]
pub struct StopWatch {
    rule: StopRule,
    comparer: Comparer,
    row: ResultRow,
}

impl StopWatch {
    /// Sees the next block, in order, and says whether the sweep may end after it. A sample counts when the next begins.
    ///
    /// # Errors
    /// That the payload is damaged.
    pub fn see(&mut self, payload: &[u8]) -> io::Result<ControlFlow<()>> {
        let mut rows = Rows::new(payload)?;
        while rows.read(&mut self.row)? {
            self.comparer.add(&self.row);
        }
        Ok(if self.is_clear() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    /// The levels but the baseline, each with its samples, mean difference and interval.
    #[must_use]
    pub fn intervals(&self) -> Vec<(String, u64, f64, Option<Interval>)> {
        // Bonferroni: together they hold with the confidence asked for.
        let levels = self.comparer.others().count().max(1) as f64;
        let alpha = (1.0 - self.rule.confidence_percent / 100.0) / levels;
        let interval = |level: &super::comparison::Level| {
            let moments = &level.differences;
            let half = |deviation: f64| {
                // Narrowest at ten times the least number, where most sweeps that stop will stop.
                deviation * any_time_half_width(alpha, moments.count, 10 * self.rule.least_samples)
            };
            let interval = moments.standard_deviation().map(|d| Interval::around(moments.mean, half(d)));
            (level.name(), moments.count, moments.mean, interval)
        };
        self.comparer.others().map(interval).collect()
    }

    fn is_clear(&self) -> bool {
        let intervals = self.intervals();
        !intervals.is_empty()
            && intervals.iter().all(|(_, samples, _, interval)| {
                *samples >= self.rule.least_samples
                    && interval.is_some_and(|interval| match self.rule.goal {
                        StopGoal::Decided => interval.has_sign(),
                        StopGoal::HalfWidth(width) => 0.5 * (interval.high - interval.low) <= width,
                    })
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture;
    use crate::results::moments::Moments;

    /// SplitMix64 (Steele, Lea, Flood 2014) as uniform numbers in (0, 1).
    struct Uniform(u64);

    impl Uniform {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 + f64::EPSILON / 4.0
        }
    }

    /// Of 1 000 sequences of skewed values (exponential, less their mean) that are looked at 191 times, at most 5 % may
    /// leave the true mean out at any look; the interval that is meant for one look does so in a third of them.
    #[test]
    fn the_interval_holds_at_all_looks_at_once() {
        let (mut random, mut missed, mut missed_by_one_look) = (Uniform(5), 0, 0);
        for _ in 0..1_000 {
            let (mut moments, mut misses, mut naive) = (Moments::default(), false, false);
            for sample in 1..=2_000_u64 {
                moments.add(-random.next().ln() - 1.0);
                if sample >= 100 && sample % 10 == 0 {
                    let deviation = moments.standard_deviation().unwrap();
                    misses |= moments.mean.abs() > deviation * any_time_half_width(0.05, sample, 1_000);
                    naive |= moments.mean.abs() > 1.96 * deviation / (sample as f64).sqrt();
                }
            }
            missed += u32::from(misses);
            missed_by_one_look += u32::from(naive);
        }
        assert!(missed <= 50, "{missed} of 1000");
        assert!(missed_by_one_look > 200, "{missed_by_one_look} of 1000: the test could not fail");
    }

    fn blocks(difference: f64) -> Vec<Vec<u8>> {
        let mut random = Uniform(9);
        let blocks = (0..40_u64).map(|block| {
            let rows: Vec<_> = (0..100)
                .flat_map(|i| {
                    let sample = 100 * block + i;
                    let cost = 1e4 * random.next();
                    let other = cost + difference + 10.0 * (random.next() - 0.5);
                    [(0, cost), (1, other)]
                        .map(|(point, cost)| fixture::plain_row(2 * sample + point, sample, point, cost))
                })
                .collect();
            crate::results::encode(&rows)
        });
        blocks.collect()
    }

    /// Mutation it catches: a rule that stops by chance, one that never stops, one that stops before its least samples.
    #[test]
    fn a_clear_difference_ends_the_sweep_and_none_does_not() {
        let columns = ResultColumns::new(&fixture::inputs(), true);
        let stops = |difference: f64, goal: StopGoal| {
            let mut watch = StopRule::new("dispatch.strategy", "objective", goal).watch(&columns).unwrap();
            let stops = blocks(difference).iter().position(|block| watch.see(block).unwrap().is_break());
            (stops, watch.intervals())
        };
        // 99 samples are whole after the first block; 199 after the second.
        let (clear, intervals) = stops(-5.0, StopGoal::Decided);
        assert_eq!(clear, Some(1));
        assert!(intervals[0].3.unwrap().high < 0.0);
        assert_eq!(stops(0.0, StopGoal::Decided).0, None);
        let (wide, narrow) = (stops(0.0, StopGoal::HalfWidth(1.0)).0, stops(0.0, StopGoal::HalfWidth(0.2)).0);
        assert!(wide < narrow && narrow.is_some(), "{wide:?} {narrow:?}");
    }

    #[test]
    fn what_cannot_be_watched_is_refused() {
        let rule = StopRule::new("dispatch.strategy", "objective", StopGoal::Decided);
        let independent = ResultColumns::new(&fixture::inputs(), true);
        assert!(rule.watch(&ResultColumns::new(&fixture::inputs(), false)).is_err());
        assert!(rule.watch(&independent).is_ok());
        for wrong in [
            StopRule { confidence_percent: 100.0, ..rule.clone() },
            StopRule { confidence_percent: f64::NAN, ..rule.clone() },
            StopRule { least_samples: 1, ..rule.clone() },
            StopRule { goal: StopGoal::HalfWidth(f64::NAN), ..rule.clone() },
            StopRule { column: "costs".into(), ..rule.clone() },
            StopRule { field: "strategy".into(), ..rule },
        ] {
            assert!(wrong.watch(&independent).is_err(), "{wrong:?}");
        }
    }
}
