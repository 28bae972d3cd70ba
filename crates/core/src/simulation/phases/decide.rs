//! Decide: the strategy writes its requests, and they are held to what the devices can do.

use super::{Now, Plant, Site, Storage};
use crate::dispatch::lane_strategy::{LaneStrategy, LaneView, Traits};
use crate::simulation::devices::Devices;
use crate::simulation::lane::{Lane, max, min};
use crate::simulation::meter::Meters;

/// What the strategy sees; `deficit` is the step's with what devices are expected to use.
#[inline(always)]
pub(in crate::simulation) fn view<'a, const L: usize>(
    site: Site<'a, L>,
    (now, deficit): (&'a Now<L>, &'a Lane<L>),
    storage: &'a Storage<'_, L>,
    devices: &'a impl Devices<L>,
    meters: &'a Meters<L>,
) -> LaneView<'a, L> {
    LaneView {
        step: now.step,
        month: now.month,
        deficit,
        load: &now.load,
        generation: &now.generation,
        inputs: site.inputs,
        batteries: storage.batteries,
        stored: storage.stored,
        limits: storage.limits,
        gensets: devices.gensets(),
        roster: devices.roster(),
        meters,
    }
}

/// Returns what the strategy asks to curtail, as [`LaneStrategy::least_net`] says.
#[inline(always)]
pub(in crate::simulation) fn decide<const L: usize, S: LaneStrategy<L> + ?Sized, D: Devices<L>>(
    site: Site<'_, L>,
    now: &Now<L>,
    plant: &mut Plant<'_, D, L>,
    meters: &Meters<L>,
    (strategy, traits): (&mut S, Traits),
) -> Option<Lane<L>> {
    let Plant { storage, power, devices, .. } = plant;
    let deficit = devices.expected(now.deficit);
    let view = view(site, (now, &deficit), storage, *devices, meters);
    strategy.decide(&view, power);
    if !traits.holds_limits {
        for (power, limits) in power.iter_mut().zip(&*storage.limits) {
            let mut held = *power;
            for l in 0..L {
                held[l] = max(min(held[l], limits.discharge[l]), -limits.charge[l]);
            }
            *power = held;
        }
    }
    let least_net = if traits.curtails { strategy.least_net(&view, power) } else { None };
    devices.ask(strategy);
    least_net
}
