//! A source of small sites: two shapes, three strategies as an axis, and every 17th scenario refused.

use std::sync::Arc;

use microgrid_core::demand::Load;
use microgrid_core::dispatch::Dispatch;
use microgrid_core::generation::SeriesPlant;
use microgrid_core::storage::Battery;
use microgrid_core::utility::Tariff;
use microgrid_core::{Calendar, Problems, Scenario, Series};
use microgrid_sweep::{Input, Place, Source, Value};

const STRATEGIES: [Dispatch; 3] =
    [Dispatch::SelfConsumption, Dispatch::TimeOfUse, Dispatch::PeakShaving { target_kw: None }];

pub(crate) struct Sites {
    seed: u64,
    samples: u64,
    base: Scenario,
    inputs: Vec<Input>,
}

impl Sites {
    /// As many samples, each under three strategies.
    pub(crate) fn new(samples: u64) -> Self {
        Self::seeded(7, samples)
    }

    pub(crate) fn seeded(seed: u64, samples: u64) -> Self {
        let mut base = Scenario::new("site", Calendar::days(3600, 4));
        let sun: Arc<[f64]> = (0..96).map(|t| f64::from((t % 24_u32).min(24 - t % 24))).collect();
        base.generation.push(SeriesPlant::new("sun", Series::Steps(sun)));
        base.loads.push(Load::new("load", 8.0));
        base.tariff = Tariff::flat(1.0, 0.3).into();
        let input = |field: &str, is_number| Input { field: field.into(), is_number };
        let inputs = vec![input("storage.battery[0].capacity_kwh", true), input("dispatch.strategy", false)];
        Self { seed, samples, base, inputs }
    }

    pub(crate) fn is_refused(&self, index: u64) -> bool {
        index.is_multiple_of(17)
    }

    pub(crate) fn faults(&self) -> u64 {
        (0..self.count()).filter(|index| self.is_refused(*index)).count() as u64
    }
}

impl Source for Sites {
    fn count(&self) -> u64 {
        3 * self.samples
    }

    fn points(&self) -> u64 {
        3
    }

    fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    fn place(&self, index: u64) -> Place {
        Place { sample: index / 3, replicate: 0, point: index % 3 }
    }

    fn values(&self, index: u64) -> Vec<Value> {
        let place = self.place(index);
        let drawn = (place.sample + self.seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let capacity_kwh = if self.is_refused(index) { -1.0 } else { drawn as f64 / 1e6 };
        vec![capacity_kwh.into(), STRATEGIES[place.point as usize].name().into()]
    }

    fn scenario(&self, index: u64, values: &[Value]) -> Result<Scenario, Problems> {
        let [Value::Number(capacity_kwh), Value::Text(strategy)] = values else { panic!("a number and a text") };
        let battery = Battery { capacity_kwh: *capacity_kwh, ..Battery::lithium_iron_phosphate(1.0, 3.0) };
        Ok(Scenario {
            name: format!("site {index}"),
            storage: vec![battery; 1 + usize::from(index.is_multiple_of(5))],
            dispatch: Dispatch::by_name(strategy).expect("a strategy"),
            ..self.base.clone()
        })
    }

    fn fingerprint(&self) -> Vec<(String, u64)> {
        vec![("sites".into(), 1), ("seed".into(), self.seed)]
    }
}
