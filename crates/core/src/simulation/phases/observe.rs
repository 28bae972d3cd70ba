//! Observe: what is available and what is asked.

use crate::simulation::block::Inputs;
use crate::simulation::lane::Lane;

/// What a step brings, before anyone decides. kW.
pub(in crate::simulation) struct Seen<const L: usize> {
    pub(in crate::simulation) generation: Lane<L>,
    pub(in crate::simulation) load: Lane<L>,
    /// Load less generation.
    pub(in crate::simulation) deficit: Lane<L>,
    /// Whether any lane is without the grid in this step.
    pub(in crate::simulation) any_outage: bool,
}

#[inline(always)]
pub(in crate::simulation) fn observe<const L: usize>(inputs: &Inputs<'_, L>, step: usize) -> Seen<L> {
    let mut generation = Lane::<L>::ZERO;
    for plant in &inputs.plants {
        let power = plant.power.at(step);
        for l in 0..L {
            generation[l] += plant.scale[l] * power[l];
        }
    }
    let mut load = Lane::<L>::ZERO;
    for row in &inputs.loads {
        let power = row.power.at(step);
        for l in 0..L {
            load[l] += row.scale[l] * power[l];
        }
    }
    let mut deficit = Lane::<L>::ZERO;
    for l in 0..L {
        deficit[l] = load[l] - generation[l];
    }
    let any_outage = inputs.grid_up.as_ref().is_some_and(|row| row.at(step).contains(&0.0));
    Seen { generation, load, deficit, any_outage }
}
