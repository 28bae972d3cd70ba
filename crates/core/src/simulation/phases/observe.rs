//! Observe: what is available and what is asked.

use crate::simulation::block::Inputs;
use crate::simulation::lane::{Lane, add_product};

/// What a step brings, before anyone decides. Powers in kW.
#[derive(Clone)]
pub(crate) struct Now<const L: usize> {
    pub(crate) step: usize,
    /// Index of the billing month.
    pub(crate) month: usize,
    pub(crate) generation: Lane<L>,
    pub(crate) load: Lane<L>,
    /// Load less generation.
    pub(crate) deficit: Lane<L>,
    /// Whether any lane is without the grid in this step.
    pub(crate) any_outage: bool,
}

impl<const L: usize> Now<L> {
    #[inline(always)]
    pub(in crate::simulation) fn observe(inputs: &Inputs<L>, step: usize, month: usize) -> Self {
        let mut generation = Lane::<L>::ZERO;
        for plant in &inputs.plants {
            add_product(&mut generation, &plant.scale, &plant.power.at(step));
        }
        let mut load = Lane::<L>::ZERO;
        for row in &inputs.loads {
            add_product(&mut load, &row.scale, &row.power.at(step));
        }
        let mut deficit = Lane::<L>::ZERO;
        for l in 0..L {
            deficit[l] = load[l] - generation[l];
        }
        let any_outage = inputs.grid_up.as_ref().is_some_and(|row| row.has_zero(step));
        Self { step, month, generation, load, deficit, any_outage }
    }
}
