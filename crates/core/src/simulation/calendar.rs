//! The run's time as indices: steps, days and billing months. Dates live in `microgrid-io`; core never sees one.

use alloc::string::String;
use alloc::vec::Vec;

use crate::{Problem, Problems};

/// The run's time axis. Days may differ in length (23 and 25 hours at changes of clock).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Calendar {
    /// Length of a step in seconds: a divisor of 3600, so that every hour border is a step border.
    pub step_s: u32,
    /// First step of each day, and last the number of steps: days + 1 ascending values from 0.
    pub day_first_step: Vec<u32>,
    /// Billing months in order; the first begins at day 0.
    pub months: Vec<Month>,
}

/// A billing month, as far as the run covers it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Month {
    /// What reports call it, such as `2025-07`.
    pub label: String,
    /// Its first day in the run.
    pub first_day: u32,
    /// Share of the month that the run covers, in (0, 1]; fixed and capacity charges are billed by it.
    pub share: f64,
}

impl Calendar {
    /// `days` days of 24 hours in one billing month, for runs that have no civil time.
    #[must_use]
    pub fn days(step_s: u32, days: u32) -> Self {
        let per_day = 86_400 / step_s.max(1);
        Self {
            step_s,
            day_first_step: (0..=days).map(|day| day * per_day).collect(),
            months: alloc::vec![Month { label: "all".into(), first_day: 0, share: 1.0 }],
        }
    }

    /// 365 days of 24 hours in the twelve months of a common year, for runs that have no civil time.
    #[must_use]
    pub fn common_year(step_s: u32) -> Self {
        const LENGTHS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let mut first_day = 0;
        let months = LENGTHS.iter().enumerate().map(|(i, length)| {
            let month = Month { label: alloc::format!("{:02}", i + 1), first_day, share: 1.0 };
            first_day += length;
            month
        });
        Self { months: months.collect(), ..Self::days(step_s, 365) }
    }

    /// Number of steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.day_first_step.last().map_or(0, |steps| *steps as usize)
    }

    /// Length of a step in hours.
    #[must_use]
    pub fn step_h(&self) -> f64 {
        f64::from(self.step_s) / 3600.0
    }

    /// Days of each billing month, in order.
    pub fn month_days(&self) -> impl Iterator<Item = core::ops::Range<usize>> + '_ {
        let days = self.day_first_step.len().saturating_sub(1);
        (0..self.months.len()).map(move |m| {
            let end = self.months.get(m + 1).map_or(days, |next| next.first_day as usize);
            self.months[m].first_day as usize..end
        })
    }

    /// Steps of each billing month, in order.
    pub fn month_steps(&self) -> impl Iterator<Item = core::ops::Range<usize>> + '_ {
        self.month_days().map(|days| self.day_first_step[days.start] as usize..self.day_first_step[days.end] as usize)
    }

    pub(crate) fn check(&self, problems: &mut Problems) {
        if self.step_s == 0 || 3600 % self.step_s != 0 {
            problems.push(
                Problem::new("time.step_s", "does not divide an hour")
                    .value(self.step_s)
                    .allowed("a divisor of 3600 such as 60, 900 or 3600"),
            );
        }
        let starts = &self.day_first_step;
        if starts.len() < 2 || starts[0] != 0 || starts.windows(2).any(|pair| pair[0] >= pair[1]) {
            problems.push(Problem::new("time.day_first_step", "must ascend from 0 and hold at least one day"));
            return;
        }
        let days = (starts.len() - 1) as u32;
        let first_days = self.months.iter().map(|month| month.first_day);
        if self.months.first().is_none_or(|month| month.first_day != 0)
            || first_days.clone().zip(first_days.skip(1)).any(|(a, b)| a >= b)
            || self.months.last().is_some_and(|month| month.first_day >= days)
        {
            problems.push(Problem::new("time.months", "must begin at day 0, ascend and lie within the run"));
        }
        for (i, month) in self.months.iter().enumerate() {
            problems.require_range(format_args!("time.months[{i}].share"), month.share, f64::MIN_POSITIVE, 1.0);
        }
    }
}
