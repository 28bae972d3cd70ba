//! Runs made ready, grouped by shape into lanes and marched.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use microgrid_core::dispatch::Controller;
use microgrid_core::simulation::YearState;
use microgrid_core::{Block, Outcome, Plan, Problems};

use crate::{RunError, wide};

/// Scenarios side by side in a block.
const LANES: usize = 8;

/// A plan with its strategy made, and its place in the input.
pub(crate) struct Ready<'p> {
    pub(crate) place: usize,
    pub(crate) plan: &'p Plan,
    pub(crate) controller: Controller,
}

/// What became of one run: its place in the input, its outcome, and what it leaves to a year after it, where somebody asked.
pub(crate) type Done = (usize, Result<(Outcome, Option<YearState>), RunError>);

/// Groups runs by shape, in their order, and cuts the groups into blocks. A user's own strategies stay alone, so that
/// a panic in one takes no neighbour with it.
pub(crate) fn group(ready: Vec<Ready<'_>>) -> Vec<Vec<Ready<'_>>> {
    let mut groups: Vec<Vec<Ready<'_>>> = Vec::new();
    for item in ready {
        let fits = |group: &&mut Vec<Ready<'_>>| {
            let first = &group[0];
            item.controller.is_built_in()
                && first.controller.same_shape(&item.controller)
                && first.plan.same_shape(item.plan)
        };
        match groups.iter_mut().find(fits) {
            Some(group) => group.push(item),
            None => groups.push(vec![item]),
        }
    }
    let mut blocks = Vec::new();
    for mut group in groups {
        while group.len() > LANES {
            let rest = group.split_off(LANES);
            blocks.push(std::mem::replace(&mut group, rest));
        }
        blocks.push(group);
    }
    blocks
}

/// Runs up to eight of one shape; fewer run one by one through the same kernel. `narrow` keeps to the registers that
/// every processor of the target has.
pub(crate) fn run(block: Vec<Ready<'_>>, narrow: bool, leaves_state: bool) -> Vec<Done> {
    match <[Ready<'_>; LANES]>::try_from(block) {
        Ok(full) => run_lanes(full, narrow, leaves_state).into(),
        Err(few) => few.into_iter().flat_map(|one| run_lanes([one], narrow, leaves_state)).collect(),
    }
}

fn run_lanes<const L: usize>(ready: [Ready<'_>; L], narrow: bool, leaves_state: bool) -> [Done; L] {
    let places = ready.each_ref().map(|run| run.place);
    let plans = ready.each_ref().map(|run| run.plan);
    let controllers = ready.map(|run| run.controller);
    let outcomes = caught(|| {
        let mut block = Block::pack(plans, controllers);
        if narrow {
            block.march(usize::MAX, &mut ());
        } else {
            wide::march(&mut block);
        }
        let state = |lane| leaves_state.then(|| block.year_state(lane));
        Ok(std::array::from_fn::<_, L, _>(|lane| Ok((block.outcome(lane), state(lane)))))
    });
    let outcomes = outcomes.unwrap_or_else(|error| std::array::from_fn(|_| Err(error.clone())));
    let mut outcomes = outcomes.into_iter();
    places.map(|place| (place, outcomes.next().expect("a block has an outcome for each lane")))
}

/// What `run` gives; a panic in it is an error with its message.
pub(crate) fn caught<T>(run: impl FnOnce() -> Result<T, Problems>) -> Result<T, RunError> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(RunError::Refused),
        Err(panic) => Err(RunError::Panicked(message(&*panic))),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".to_owned())
}
