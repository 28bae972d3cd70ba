//! What a search is told and what it tells: when it ends, how far it is, what it found.

use std::sync::Arc;

use super::parts::Part;
use super::planned::Priced;

/// When a search ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    /// Upper less lower value, relative to the upper one.
    pub gap: f64,
    /// Evaluations: each plans every year once.
    pub evaluations: usize,
}

impl Default for Stop {
    fn default() -> Self {
        Self { gap: 1e-6, evaluations: 200 }
    }
}

/// How far a search is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Evaluations so far.
    pub evaluations: usize,
    /// Least cost found; infinite while no point with whole counts and within all limits is known.
    pub upper: f64,
    /// Proven lower value of the least cost.
    pub lower: f64,
}

impl Progress {
    /// Upper less lower value, relative to the upper one; infinite before anything is proven.
    #[must_use]
    pub fn gap(&self) -> f64 {
        match self.evaluations {
            0 => f64::INFINITY,
            _ if self.upper == f64::INFINITY => f64::INFINITY,
            _ if self.upper == self.lower => 0.0,
            _ => (self.upper - self.lower) / self.upper.abs(),
        }
    }
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The gap asked is proven.
    Proven,
    /// Stopped by whoever watches it.
    Stopped,
    /// The evaluations are spent.
    Spent,
    /// The cut does not touch the cost at the best point, because steps are not convex there: no search proves more.
    Loose,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Sized {
    /// The best sizes, in the order of the task.
    pub sizes: Vec<f64>,
    /// Their cost: of the sizes and of all years' operation.
    pub cost: f64,
    /// Cost of a year's operation, in the order of the years.
    pub operating_costs: Vec<f64>,
    /// What no sizes within the bounds cost less than, as the certificate proves it.
    pub lower: f64,
    /// Evaluations.
    pub evaluations: usize,
    /// How the search ended.
    pub ending: Ending,
}

/// A cut over the unit box of all sizes and caps.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    pub(super) constant: f64,
    pub(super) slopes: Vec<f64>,
    pub(super) prices: Arc<Priced>,
    /// The cut in its parts, where the year is searched in parts.
    pub(super) parts: Vec<Part>,
    pub(super) idle: usize,
}

impl Cut {
    pub(super) fn at(&self, point: &[f64]) -> f64 {
        self.constant + self.slopes.iter().zip(point).map(|(slope, y)| slope * y).sum::<f64>()
    }
}

/// What proves the lower value: how much of each cut's prices, and the price of each limit.
#[derive(Debug, Clone, Default)]
pub(super) struct Proof {
    pub(super) mixed: Vec<(f64, Arc<Priced>)>,
    pub(super) limit_prices: Vec<f64>,
}

/// A range of each size and cap over the unit box.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Range {
    pub(super) low: Vec<f64>,
    pub(super) high: Vec<f64>,
}

impl Range {
    pub(super) fn whole(count: usize) -> Self {
        Self { low: vec![0.0; count], high: vec![1.0; count] }
    }

    /// The least of Σ slope·y over the range.
    pub(super) fn least(&self, slopes: &[f64]) -> f64 {
        let ends = self.low.iter().zip(&self.high).zip(slopes);
        ends.map(|((low, high), slope)| (slope * low).min(slope * high)).sum()
    }
}
