use core::array::from_fn;
use core::fmt::Debug;

use microgrid_core::dispatch::{Controller, Dispatch};
use microgrid_core::simulation::Block;
use microgrid_core::{Outcome, Plan, simulate};

/// Holds that eight lanes give each lane's run alone, and a run that is resumed before its last day and goes on step by step the run
/// at once, to the bit. Returns the runs alone.
pub(crate) fn same_bits(plans: &[Plan; 8], dispatch: &Dispatch, what: &dyn Debug) -> [Outcome; 8] {
    let ready = |plan: &Plan| Controller::built_in(dispatch, plan).unwrap();
    let alone: [Outcome; 8] = from_fn(|l| simulate(&plans[l], ready(&plans[l])));
    let mut block = Block::<8>::pack(plans.each_ref(), plans.each_ref().map(ready));
    let days = block.days_left();
    block.march(days, &mut ());
    for (l, (plan, alone)) in plans.iter().zip(&alone).enumerate() {
        assert_eq!(format!("{:?}", block.outcome(l)), format!("{alone:?}"), "{what:?}, lane {l}");
        let mut first = Block::<1>::pack([plan], [ready(plan)]);
        first.march(days - 1, &mut ());
        let mut rest = Block::<1>::pack([plan], [ready(plan)]);
        rest.resume([&first.snapshot(0)]).unwrap();
        while rest.steps_left() > 0 {
            rest.advance(1, &mut ());
        }
        assert_eq!(format!("{:?}", rest.outcome(0)), format!("{alone:?}"), "{what:?}, lane {l} resumed");
    }
    alone
}
