//! A sweep of the smallest site: battery, solar and load drawn, all series shared.

use microgrid::sweep::{Distribution, Method, ScenarioSweep, Source, Sweep, Value};
use microgrid::{Dispatch, Scenario};

/// As many samples under one strategy.
pub(crate) fn variants(samples: u64, dispatch: Dispatch) -> impl Source {
    let between = |least, most| Distribution::Uniform { least, most };
    let sweep = Sweep::new(39)
        .draw("capacity_kwh", between(20.0, 400.0))
        .draw("pv_scale", between(0.2, 2.0))
        .draw("load_scale", between(0.5, 1.5))
        .samples(Method::MonteCarlo, samples);
    let base = Scenario { dispatch, ..super::smallest() };
    ScenarioSweep::new(base, &sweep, |site: &mut Scenario, values: &[Value]| {
        let number = |i: usize| values[i].number().unwrap();
        site.storage[0].capacity_kwh = number(0);
        site.generation[0].scale = number(1);
        site.loads[0].scale = number(2);
    })
    .unwrap()
}
