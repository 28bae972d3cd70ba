//! Outages drawn at a rate, each of a length drawn.

use std::ops::Range;

use microgrid_core::simulation::Calendar;
use microgrid_core::{Problem, Problems, Scenario};

use crate::stream::Numbers;
use crate::{Distribution, Value};

/// Outages that come at a constant rate while the grid is there.
///
/// # Model
/// An alternating renewal process: exponential times with mean 8760 h / rate from the end of one outage to the begin of
/// the next, lengths from a distribution (the usual two-state model of supply interruptions, IEEE Std 1366 counts rate
/// and length). An outage begins at the step in which it falls and lasts whole steps, rounded up.
#[derive(Debug, Clone, PartialEq)]
pub struct OutageProcess {
    /// Mean number of outages in 8760 h with grid, 0 to 8760.
    pub rate_per_year: f64,
    /// Length of an outage in hours; a distribution of numbers of at least 0.
    pub duration_h: Distribution,
}

impl OutageProcess {
    pub(crate) fn check(&self, field: &str, problems: &mut Problems) {
        problems.require_range(format!("{field}.rate_per_year"), self.rate_per_year, 0.0, 8760.0);
        let duration = format!("{field}.duration_h");
        let before = problems.iter().count();
        self.duration_h.check(&duration, problems);
        if problems.iter().count() > before {
            return;
        }
        // The least value that a double's share of the probability asks for.
        match self.duration_h.quantile(1e-16) {
            Value::Number(least) if least >= 0.0 => {}
            Value::Number(least) => problems.push(
                Problem::new(duration, "may be negative").value(least).hint("use lognormal, or truncated_normal"),
            ),
            Value::Text(text) => problems.push(Problem::new(duration, "is not a number").value(text)),
        }
    }

    /// The outages of one sample as steps of the run, ascending and apart.
    #[must_use]
    pub fn draw(&self, numbers: &mut Numbers, calendar: &Calendar) -> Vec<Range<u32>> {
        let (step_h, steps) = (calendar.step_h(), calendar.steps());
        let end_h = steps as f64 * step_h;
        let mut outages: Vec<Range<u32>> = Vec::new();
        let mut now_h = 0.0;
        if self.rate_per_year <= 0.0 {
            return outages;
        }
        loop {
            now_h += -libm::log(numbers.unit()) * 8760.0 / self.rate_per_year;
            let Value::Number(duration_h) = self.duration_h.quantile(numbers.unit()) else { break };
            if now_h >= end_h {
                break;
            }
            let first = (now_h / step_h) as u32;
            let length = (duration_h / step_h).ceil().max(1.0);
            let end = (f64::from(first) + length).min(steps as f64) as u32;
            outages.push(first..end);
            now_h += duration_h;
        }
        merged(outages)
    }
}

impl OutageProcess {
    /// Adds one sample's outages to those that the scenario has.
    pub fn add(&self, scenario: &mut Scenario, numbers: &mut Numbers) {
        scenario.outages.extend(self.draw(numbers, &scenario.calendar));
        scenario.outages = merged(std::mem::take(&mut scenario.outages));
    }
}

/// The ranges in order, those that meet or overlap as one.
fn merged(mut ranges: Vec<Range<u32>>) -> Vec<Range<u32>> {
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<u32>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stream;

    /// Over 2000 years: the number of outages is the rate's and the hours are rate × mean length, within five standard
    /// errors; every list is ascending, apart and within the run.
    #[test]
    fn rate_and_length_are_the_asked_ones() {
        let process = OutageProcess { rate_per_year: 3.0, duration_h: Distribution::Exponential { mean: 4.0 } };
        let calendar = Calendar::common_year(300);
        let stream = Stream::new(3, "outages");
        let (mut count, mut hours) = (0.0, 0.0);
        for sample in 0..2000 {
            let outages = process.draw(&mut stream.of_sample(sample), &calendar);
            assert!(outages.windows(2).all(|pair| pair[0].end < pair[1].start));
            assert!(outages.iter().all(|outage| outage.start < outage.end && outage.end as usize <= calendar.steps()));
            count += outages.len() as f64;
            hours += outages.iter().map(|outage| f64::from(outage.end - outage.start) / 12.0).sum::<f64>();
        }
        // An outage takes 4 h of the time in which others could begin, and is rounded up by half of 5 minutes.
        let year = 8760.0 / (8760.0 / 3.0 + 4.0);
        assert!((count / 2000.0 - year).abs() < 5.0 * libm::sqrt(3.0 / 2000.0), "{count}");
        let wanted_h = year * (4.0 + 2.5 / 60.0);
        assert!((hours / 2000.0 - wanted_h).abs() < 5.0 * libm::sqrt(3.0 * 32.0 / 2000.0), "{hours}");
    }

    #[test]
    fn a_length_that_may_be_negative_is_refused() {
        let check = |duration_h| {
            let mut problems = Problems::none();
            OutageProcess { rate_per_year: 1.0, duration_h }.check("outages", &mut problems);
            problems.to_string()
        };
        assert!(check(Distribution::Normal { mean: 5.0, deviation: 1.0 }).contains("may be negative"));
        let text = Distribution::Choice { values: vec!["a".into()], weights: Vec::new() };
        assert!(check(text).contains("is not a number"));
        assert!(check(Distribution::Exponential { mean: -1.0 }).contains("outages.duration_h.mean: is out of range"));
        assert_eq!(check(Distribution::Exponential { mean: 1.0 }), "");
    }
}
