//! A user's own forecast of load and generation, for `rolling_horizon`.

use alloc::vec::Vec;

use super::columns::Columns;
use crate::demand::Tier;

/// A forecast: sees what was and what is, and writes what it expects.
///
/// It is asked at every plan of [`Controller::rolling_horizon`](super::Controller::rolling_horizon). Prices, limits and
/// outages are published and no part of it. The same past must give the same forecast: a run that goes on from a
/// snapshot asks again for the plan it stopped in.
///
/// What it writes must be a number of at least 0 (and at most 1e12). Where it is not, no plan can be made: storage
/// rests from there on, and the run ends as [`Status::Unsolved`](crate::simulation::Status::Unsolved).
///
/// # Examples
/// What is now goes on. That is what the window holds before anything is written:
/// ```
/// use microgrid_core::dispatch::{Controller, Forecast, Outlook, Past, RollingHorizon};
/// use microgrid_core::{Plan, Scenario, demand::{Load, Tier}, simulation::{Calendar, simulate}, storage::Battery};
/// use std::sync::Arc;
///
/// /// The mean of what was seen so far.
/// struct Mean;
///
/// impl Forecast for Mean {
///     fn fill(&self, past: &Past<'_>, ahead: &mut Outlook) {
///         for tier in Tier::ALL {
///             let seen = past.load_kw(tier);
///             let mean = seen.iter().sum::<f64>() / seen.len().max(1) as f64;
///             ahead.load_kw(tier).fill(mean);
///         }
///     }
/// }
///
/// let mut site = Scenario::new("site", Calendar::days(3600, 7));
/// site.loads = vec![Load::new("machines", 12.0)];
/// site.storage = vec![Battery::lithium_iron_phosphate(20.0, 10.0)];
/// let plan = Plan::compile(&site)?;
/// let controller = Controller::rolling_horizon(&RollingHorizon::DEFAULT, "mean", Arc::new(Mean), &plan)?;
/// assert!(simulate(&plan, controller).status.is_completed());
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
pub trait Forecast: Send + Sync {
    /// Writes what is expected of the window ahead. Its first step is now, and is taken as it is whatever is written;
    /// the others hold what is now.
    fn fill(&self, past: &Past<'_>, ahead: &mut Outlook);
}

impl<F: Fn(&Past<'_>, &mut Outlook) + Send + Sync> Forecast for F {
    fn fill(&self, past: &Past<'_>, ahead: &mut Outlook) {
        self(past, ahead);
    }
}

/// What a forecast may see: the run from its first step to the one at hand, kW. Load lost in the dark of an outage
/// without a grid-former counts as 0.
#[derive(Debug)]
pub struct Past<'a> {
    pub(crate) columns: &'a Columns,
    pub(crate) now: usize,
}

impl Past<'_> {
    /// Index of the step at hand.
    #[must_use]
    pub fn now(&self) -> usize {
        self.now
    }

    /// Length of a step in hours.
    #[must_use]
    pub fn step_h(&self) -> f64 {
        self.columns.step_h
    }

    /// Load of a tier in every step up to and with the one at hand; empty where the site has none of that tier.
    #[must_use]
    pub fn load_kw(&self, tier: Tier) -> &[f64] {
        let load = &self.columns.load_kw[tier as usize];
        &load[..load.len().min(self.now + 1)]
    }

    /// Generation available in every step up to and with the one at hand.
    #[must_use]
    pub fn generation_kw(&self) -> &[f64] {
        &self.columns.generation_kw[..=self.now]
    }
}

/// The window that a forecast fills, kW; its first step is the one at hand.
#[derive(Debug, Clone, Default)]
pub struct Outlook {
    pub(crate) load_kw: [Vec<f64>; 3],
    pub(crate) generation_kw: Vec<f64>,
}

impl Outlook {
    /// Number of steps, at least 1; less than the horizon at the run's end.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.generation_kw.len()
    }

    /// Load of a tier; empty where the site has none of that tier.
    pub fn load_kw(&mut self, tier: Tier) -> &mut [f64] {
        &mut self.load_kw[tier as usize]
    }

    /// Generation available.
    pub fn generation_kw(&mut self) -> &mut [f64] {
        &mut self.generation_kw
    }

    pub(crate) fn reserve(&mut self, steps: usize) {
        self.columns().for_each(|column| column.reserve(steps));
    }

    /// Fills the window by a user's forecast.
    pub(crate) fn ask(&mut self, forecast: &dyn Forecast, past: &Past<'_>, steps: usize) {
        let truth = past.columns.load_kw.iter().chain([&past.columns.generation_kw]);
        for (column, truth) in self.columns().zip(truth) {
            column.clear();
            if let Some(now) = truth.get(past.now) {
                column.resize(steps, *now);
            }
        }
        forecast.fill(past, self);
        let truth = past.columns.load_kw.iter().chain([&past.columns.generation_kw]);
        for (column, truth) in self.columns().zip(truth) {
            if let (Some(first), Some(now)) = (column.first_mut(), truth.get(past.now)) {
                *first = *now;
            }
        }
    }

    fn columns(&mut self) -> impl Iterator<Item = &mut Vec<f64>> {
        self.load_kw.iter_mut().chain([&mut self.generation_kw])
    }
}
