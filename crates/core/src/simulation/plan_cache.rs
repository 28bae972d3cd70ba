//! What plans of one site's variants share: series that are checked, tariffs that are compiled, limits of the tie.
//!
//! Sharing is known by the reference itself: two scenarios share a series where both hold the same allocation. The cache
//! holds a reference of its own, so an address cannot come to mean another series while it is remembered. It holds the
//! few used last, so that a sweep which draws new series for each sample does not fill the memory.
//!
//! Invariant: a plan has the same bits with a cache as without.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::plan::{CompiledTariff, Plan, Tie};
use crate::demand::{Load, Task};
use crate::dispatch::time_of_use::Windows;
use crate::distribution::Connection;
use crate::utility::Tariff;
use crate::{Calendar, Problems, Series};

/// Keeps what plans share, so that compiling a thousand variants of one site checks its series and compiles its tariff
/// once.
#[derive(Debug, Clone, Default)]
pub struct PlanCache {
    series: Recent<CheckedSeries>,
    calendars: Recent<(Arc<Calendar>, Arc<[u16]>)>,
    tariffs: Recent<(Arc<Tariff>, Arc<Calendar>, Arc<CompiledTariff>)>,
    ties: Recent<(TieKey, Tie)>,
    tasks: Recent<CheckedTasks>,
    windows: Recent<(WindowsKey, Arc<Windows>)>,
}

/// All that the windows of `time_of_use` depend on: prices, days, and the bits of the best round trip and its wear.
type WindowsKey = (Arc<CompiledTariff>, Arc<Calendar>, [u64; 2]);

/// A series without problems within these limits; its number of steps is its length.
#[derive(Debug, Clone)]
struct CheckedSeries {
    values: Arc<[f64]>,
    least: f64,
    most: f64,
}

/// A series of power with the tasks that draw it, and the length of a step, seconds.
type CheckedTasks = (Arc<[f64]>, Arc<[Task]>, u32);

/// All that the limits of the tie depend on.
#[derive(Debug, Clone)]
struct TieKey {
    calendar: Arc<Calendar>,
    connection: Connection,
    outages: Vec<Range<u32>>,
}

impl PlanCache {
    /// The calendar's days by month, where it is known to be without problems.
    pub(super) fn month_of_day(&mut self, calendar: &Arc<Calendar>) -> Option<Arc<[u16]>> {
        self.calendars.find(|(known, _)| Arc::ptr_eq(known, calendar)).map(|(_, months)| months.clone())
    }

    /// Keeps a calendar without problems.
    pub(super) fn keep_calendar(&mut self, calendar: &Arc<Calendar>) -> Arc<[u16]> {
        let months = calendar.month_days().enumerate();
        let month_of_day: Arc<[u16]> = months.flat_map(|(month, days)| days.map(move |_| month as u16)).collect();
        self.calendars.push((calendar.clone(), month_of_day.clone()));
        month_of_day
    }

    /// The tariff, where it is known to be without problems on this calendar.
    pub(super) fn tariff(&mut self, tariff: &Arc<Tariff>, calendar: &Arc<Calendar>) -> Option<Arc<CompiledTariff>> {
        let known = self.tariffs.find(|(t, c, _)| Arc::ptr_eq(t, tariff) && Arc::ptr_eq(c, calendar));
        known.map(|(_, _, compiled)| compiled.clone())
    }

    /// Keeps a tariff without problems.
    pub(super) fn keep_tariff(
        &mut self,
        tariff: &Arc<Tariff>,
        calendar: &Arc<Calendar>,
        compiled: &Arc<CompiledTariff>,
    ) {
        self.tariffs.push((tariff.clone(), calendar.clone(), compiled.clone()));
    }

    /// The tie as `make` would make it.
    pub(super) fn tie(
        &mut self,
        calendar: &Arc<Calendar>,
        connection: &Connection,
        outages: &[Range<u32>],
        make: impl FnOnce() -> Tie,
    ) -> Tie {
        let known = self.ties.find(|(key, _)| {
            Arc::ptr_eq(&key.calendar, calendar)
                && same_connection(&key.connection, connection)
                && key.outages == outages
        });
        if let Some((_, tie)) = known {
            return tie.clone();
        }
        let tie = make();
        let key = TieKey { calendar: calendar.clone(), connection: connection.clone(), outages: outages.to_vec() };
        self.ties.push((key, tie.clone()));
        tie
    }

    /// The windows of `time_of_use` as `learn` would learn them of the plan, whose storage has these terms.
    pub(crate) fn windows(&mut self, plan: &Plan, terms: (f64, f64), learn: impl FnOnce() -> Windows) -> Arc<Windows> {
        let (tariff, calendar) = (&plan.tariff, &plan.scenario.calendar);
        let bits = [terms.0.to_bits(), terms.1.to_bits()];
        let known = self
            .windows
            .find(|((t, c, known), _)| Arc::ptr_eq(t, tariff) && Arc::ptr_eq(c, calendar) && *known == bits);
        if let Some((_, windows)) = known {
            return windows.clone();
        }
        let windows = Arc::new(learn());
        self.windows.push(((tariff.clone(), calendar.clone(), bits), windows.clone()));
        windows
    }

    /// Checks of the series of a run of `steps` steps.
    pub(super) fn series_checks(&mut self, steps: usize, step_s: u32) -> SeriesChecks<'_> {
        SeriesChecks { steps, step_s, known: &mut self.series, tasks: &mut self.tasks }
    }
}

fn same_connection(a: &Connection, b: &Connection) -> bool {
    let reactive = match (&a.reactive_kvar, &b.reactive_kvar) {
        (Some(a), Some(b)) => a.is_same(b),
        (None, None) => true,
        _ => false,
    };
    a.import_limit_kw.is_same(&b.import_limit_kw)
        && a.export_limit_kw.is_same(&b.export_limit_kw)
        && a.transformer == b.transformer
        && reactive
}

/// Checks series, each shared one once.
pub(crate) struct SeriesChecks<'c> {
    steps: usize,
    step_s: u32,
    known: &'c mut Recent<CheckedSeries>,
    tasks: &'c mut Recent<CheckedTasks>,
}

impl SeriesChecks<'_> {
    /// Steps of the run.
    pub(crate) fn steps(&self) -> usize {
        self.steps
    }

    /// Their length.
    pub(crate) fn step_s(&self) -> u32 {
        self.step_s
    }

    /// Checks the tasks of a load by `check`, which is given steps and their length, unless they are known to be sound.
    pub(crate) fn tasks(&mut self, load: &Load, check: impl FnOnce(usize, u32) -> bool) {
        let Series::Steps(values) = &load.power_kw else {
            check(self.steps, self.step_s);
            return;
        };
        let step_s = self.step_s;
        let is_known = |known: &CheckedTasks| {
            Arc::ptr_eq(&known.0, values) && Arc::ptr_eq(&known.1, &load.tasks) && known.2 == step_s
        };
        if self.tasks.find(is_known).is_none() && check(self.steps, step_s) {
            self.tasks.push((values.clone(), load.tasks.clone(), step_s));
        }
    }

    /// Reports what [`Series::check`] finds, and remembers the series where that is nothing.
    pub(crate) fn series(
        &mut self,
        series: &Series,
        problems: &mut Problems,
        field: fmt::Arguments<'_>,
        least: f64,
        most: f64,
    ) {
        let Series::Steps(values) = series else { return series.check(problems, field, self.steps, least, most) };
        let is_known =
            |known: &CheckedSeries| Arc::ptr_eq(&known.values, values) && (known.least, known.most) == (least, most);
        // The calendar of this run may have more steps than the one that the series was checked for.
        if values.len() == self.steps && self.known.find(is_known).is_some() {
            return;
        }
        let before = problems.iter().len();
        series.check(problems, field, self.steps, least, most);
        if problems.iter().len() == before {
            self.known.push(CheckedSeries { values: values.clone(), least, most });
        }
    }
}

/// The items used last, newest first.
#[derive(Debug, Clone)]
struct Recent<T>(Vec<T>);

impl<T> Recent<T> {
    /// More than a site has series, tariffs or ties; at 8 760 steps 32 series are 2 MB.
    const MOST: usize = 32;

    fn find(&mut self, is: impl Fn(&T) -> bool) -> Option<&T> {
        let place = self.0.iter().position(is)?;
        self.0[..=place].rotate_right(1);
        self.0.first()
    }

    fn push(&mut self, item: T) {
        self.0.truncate(Self::MOST - 1);
        self.0.insert(0, item);
    }
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::{Controller, Dispatch};
    use crate::generation::SeriesPlant;
    use crate::storage::Battery;
    use crate::{Plan, Scenario, simulate};

    fn site() -> Scenario {
        let mut site = Scenario::new("site", Calendar::days(3600, 4));
        let sun: Vec<f64> = (0..96).map(|t| f64::from((t % 24_u32).min(24 - t % 24))).collect();
        site.generation.push(SeriesPlant::new("sun", sun));
        site.loads.push(Load::new("load", (0..96).map(|t| 5.0 + f64::from(t % 7)).collect::<Vec<_>>()));
        site.storage.push(Battery { grid_forming: true, ..Battery::lithium_iron_phosphate(20.0, 7.0) });
        site.tariff = Tariff::flat(1.0, 0.3).into();
        site.outages = alloc::vec![30..33, 60..70];
        site
    }

    fn day_and_night() -> Tariff {
        let prices: Vec<f64> = (0..96).map(|t| if t % 24 < 12 { 0.5 } else { 1.2 }).collect();
        let component = |name: &str, price| crate::utility::PriceComponent { name: name.into(), price };
        Tariff {
            import: alloc::vec![component("energy", crate::utility::Price::Steps(prices.into()))],
            ..Tariff::default()
        }
    }

    fn objective(plan: &Plan, cache: &mut PlanCache) -> [u64; 2] {
        [Dispatch::SelfConsumption, Dispatch::TimeOfUse].map(|dispatch| {
            let controller = Controller::built_in_with(&dispatch, plan, cache).unwrap();
            simulate(plan, controller).money.objective.to_bits()
        })
    }

    /// Mutation it catches: a tie found by its limits alone, a tariff by its calendar alone, a series by its length.
    #[test]
    fn a_plan_has_the_same_bits_with_a_cache_as_without() {
        let mut cache = PlanCache::default();
        let mut variants = alloc::vec![site()];
        let mut vary = |change: &dyn Fn(&mut Scenario)| {
            let mut variant = variants[0].clone();
            change(&mut variant);
            variants.push(variant);
        };
        vary(&|site| site.storage[0].capacity_kwh = 40.0);
        vary(&|site| site.outages = alloc::vec![50..52]);
        vary(&|site| site.outages.clear());
        vary(&|site| site.connection.import_limit_kw = 6.0.into());
        vary(&|site| site.connection.export_limit_kw = 1.0.into());
        vary(&|site| {
            site.connection.transformer =
                Some(crate::distribution::Transformer { rating_kva: 7.0, load_power_factor: 0.9 })
        });
        vary(&|site| site.tariff = Tariff::flat(2.0, 0.3).into());
        // A spread of prices that pays with this battery, and with another one does not.
        vary(&|site| site.tariff = day_and_night().into());
        let shared = variants[variants.len() - 1].clone();
        let wear = |wear_cost_per_kwh| {
            let battery = Battery { wear_cost_per_kwh, ..shared.storage[0].clone() };
            Scenario { storage: alloc::vec![battery], ..shared.clone() }
        };
        variants.extend([wear(0.9), wear(0.1)]);
        let mut vary = |change: &dyn Fn(&mut Scenario)| {
            let mut variant = variants[0].clone();
            change(&mut variant);
            variants.push(variant);
        };
        vary(&|site| site.loads[0].power_kw = (0..96).map(|t| 9.0 - f64::from(t % 8)).collect::<Vec<_>>().into());
        vary(&|site| site.calendar = Calendar::days(1800, 2).into());
        for _ in 0..2 {
            for variant in &variants {
                let (alone, cached) =
                    (Plan::compile(variant).unwrap(), Plan::compile_with(variant, &mut cache).unwrap());
                assert_eq!(objective(&alone, &mut PlanCache::default()), objective(&cached, &mut cache));
                assert_eq!(alone.fingerprint(), cached.fingerprint());
                assert!(alone.same_shape(&cached));
            }
        }
    }

    /// Mutation it catches: a series remembered without its limits, a problem found once and then forgotten.
    #[test]
    fn what_is_wrong_is_refused_with_a_warm_cache_too() {
        let mut cache = PlanCache::default();
        Plan::compile_with(&site(), &mut cache).unwrap();
        let refused = |variant: &Scenario, cache: &mut PlanCache| {
            let cached = Plan::compile_with(variant, cache).unwrap_err();
            assert_eq!(cached, Plan::compile(variant).unwrap_err());
            cached
        };
        let good = site();
        Plan::compile_with(&good, &mut cache).unwrap();
        for _ in 0..2 {
            // A load of 11 kW is a load, and no carbon intensity.
            let mut wrong = good.clone();
            wrong.carbon.intensity_kg_per_kwh = good.loads[0].power_kw.clone();
            assert!(
                refused(&wrong, &mut cache).iter().any(|p| p.field.starts_with("utility.carbon.intensity_kg_per_kwh["))
            );
            let mut wrong = good.clone();
            wrong.loads[0].power_kw = alloc::vec![-1.0; 96].into();
            assert_eq!(refused(&wrong, &mut cache).iter().next().unwrap().field, "demand.load[0].power_kw[0]");
            let mut wrong = good.clone();
            wrong.calendar = Calendar::days(3600, 5).into();
            assert!(refused(&wrong, &mut cache).iter().len() >= 2);
            let mut wrong = good.clone();
            wrong.tariff = Tariff::flat(0.1, 0.3).into();
            assert_eq!(refused(&wrong, &mut cache).iter().next().unwrap().field, "utility.export");
        }
    }

    #[test]
    fn the_cache_is_bounded_and_keeps_what_was_used_last() {
        let mut recent = Recent::default();
        for item in 0..100 {
            recent.push(item);
            assert!(recent.find(|known| *known == 0).is_some(), "used at each turn");
        }
        assert_eq!(recent.0.len(), Recent::<i32>::MOST);
        assert!(recent.find(|known| *known == 1).is_none());
        assert!(recent.find(|known| *known == 99).is_some());
    }
}
