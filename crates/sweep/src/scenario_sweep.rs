//! A sweep over a scenario in memory.

use microgrid_core::{Plan, Problem, Problems, Scenario};

use crate::generator::DayDraw;
use crate::stream::{Stream, hash};
use crate::{Input, Place, Source, Sweep, Value, Variants};

/// The variants of one scenario in memory, made by a function that sets the values.
///
/// # Examples
/// ```
/// use microgrid_core::storage::Battery;
/// use microgrid_core::{Calendar, Scenario};
/// use microgrid_sweep::{Axis, ScenarioSweep, Source, Sweep, Value};
///
/// let mut site = Scenario::new("site", Calendar::common_year(3600));
/// site.storage.push(Battery::lithium_iron_phosphate(100.0, 50.0));
/// let sweep = Sweep::new(1).axis(Axis::list("capacity_kwh", [0.0, 50.0, 100.0]));
/// let source = ScenarioSweep::new(site, &sweep, |site: &mut Scenario, values: &[Value]| {
///     site.storage[0].capacity_kwh = values[0].number().unwrap_or(0.0);
/// })?;
/// assert_eq!(source.scenario(1, &source.values(1))?.storage[0].capacity_kwh, 50.0);
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
#[derive(Debug)]
pub struct ScenarioSweep<F> {
    base: Scenario,
    variants: Variants,
    set: F,
    outages: Stream,
    days: Option<(DayDraw, Stream)>,
}

impl<F: Fn(&mut Scenario, &[Value]) + Sync> ScenarioSweep<F> {
    /// The variants that `set` makes of `base` by the values of each, one for each field in the order of
    /// [`Source::inputs`]. Names of fields are free here. A bootstrap draws days within the base's billing months.
    ///
    /// # Errors
    /// All problems of base and sweep; relative values, which need a base's fields; a bootstrap by seasons or day types,
    /// which need dates.
    pub fn new(base: Scenario, sweep: &Sweep, set: F) -> Result<Self, Problems> {
        base.check()?;
        let variants = Variants::new(sweep)?;
        let mut problems = Problems::none();
        for (input, relative) in variants.inputs().iter().zip(variants.relative()) {
            if *relative {
                problems.push(
                    Problem::new(&input.field, "is relative, and a function sets it")
                        .hint("use the factor in the function"),
                );
            }
        }
        let days = sweep.bootstrap.and_then(|bootstrap| {
            if bootstrap.same_day_type || bootstrap.season != crate::Season::Month {
                problems.push(
                    Problem::new("bootstrap", "needs dates, which a scenario in memory does not have")
                        .hint("take season = month without day types, or a scenario folder"),
                );
            }
            let months = base.calendar.month_days().enumerate();
            let strata: Vec<u32> = months.flat_map(|(month, days)| days.map(move |_| month as u32)).collect();
            let draw = DayDraw::new(&base.calendar, &strata, bootstrap.block_days);
            draw.map_err(|faults| problems.extend(faults)).ok()
        });
        let stream = |purpose| Stream::new(sweep.seed, purpose);
        let days = days.map(|draw| (draw, stream("bootstrap")));
        problems.or_else(|| Self { base, variants, set, outages: stream("outages"), days })
    }
}

impl<F: Fn(&mut Scenario, &[Value]) + Sync> Source for ScenarioSweep<F> {
    fn count(&self) -> u64 {
        self.variants.count()
    }

    fn points(&self) -> u64 {
        self.variants.points()
    }

    fn inputs(&self) -> &[Input] {
        self.variants.inputs()
    }

    fn place(&self, index: u64) -> Place {
        self.variants.place(index)
    }

    fn samples_are_independent(&self) -> bool {
        self.variants.samples_are_independent()
    }

    fn values(&self, index: u64) -> Vec<Value> {
        self.variants.values(index)
    }

    fn scenario(&self, index: u64, values: &[Value]) -> Result<Scenario, Problems> {
        let mut scenario = self.base.clone();
        let sample = self.place(index).sample;
        if let Some((draw, stream)) = &self.days {
            draw.apply(&mut scenario, &draw.days(&mut stream.of_sample(sample)));
        }
        if let Some(process) = &self.variants.sweep().outages {
            process.add(&mut scenario, &mut self.outages.of_sample(sample));
        }
        (self.set)(&mut scenario, values);
        Ok(scenario)
    }

    /// The base and the description. What the function does is not known here: a change of it must be told by a change
    /// of the program.
    fn fingerprint(&self) -> Vec<(String, u64)> {
        let base = Plan::compile(&self.base).map_or(0, |plan| plan.fingerprint());
        let sweep = hash(format!("{:?}", self.variants.sweep()).as_bytes());
        vec![("base".into(), base), ("sweep".into(), sweep)]
    }
}
