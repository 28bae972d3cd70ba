//! A scenario of any kind reads back from JSON as it was, infinite limits included.

use microgrid::Scenario;
use microgrid::generation::Genset;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use crate::random_site::{Limits, build, cases, recipe_with_gensets};

fn back(scenario: &Scenario) -> Scenario {
    let text = serde_json::to_string(scenario).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

proptest! {
    #![proptest_config(cases(64))]

    /// Mutation it catches: a field that is not written, a number that loses a bit, an infinite limit read as null.
    #[test]
    fn any_site_reads_back(recipe in recipe_with_gensets()) {
        let scenario = build(&recipe);
        prop_assert!(back(&scenario) == scenario);
    }
}

/// Counted, so that the property above is known to meet what is hard in JSON.
#[test]
fn infinite_limits_read_back() {
    let mut runner = proptest::test_runner::TestRunner::new(cases(1));
    let (mut unlimited, mut free_ramps) = (0, 0);
    for _ in 0..64 {
        let recipe = recipe_with_gensets().new_tree(&mut runner).unwrap().current();
        let scenario = build(&recipe);
        assert!(back(&scenario) == scenario);
        unlimited += usize::from(recipe.limits == Limits::None);
        free_ramps += scenario.gensets.iter().filter(|genset| genset.ramp_kw_per_h == f64::INFINITY).count();
    }
    assert!(unlimited >= 5 && free_ramps >= 5, "{unlimited} sites without limits, {free_ramps} ramps without");
    let genset = Genset::diesel(50.0, 1.5);
    let text = serde_json::to_string(&genset).unwrap();
    assert!(text.contains("\"ramp_kw_per_h\":\"inf\""), "{text}");
    assert!(serde_json::from_str::<Genset>(&text.replace("\"inf\"", "\"endless\"")).is_err());
}
