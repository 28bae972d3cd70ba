//! The batteries of L lanes that are more than plain: their state, and what their steps did. Scalar, lane by lane: a site
//! without such a battery never comes here.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::step::{DetailState, DetailStep};
use crate::Plan;
use crate::dispatch::lane_strategy::BatteryLimits;
use crate::simulation::lane::Lane;
use crate::simulation::meter::BatteryMeters;
use crate::simulation::{CellTemperatures, HybridTotals};
use crate::storage::{BatteryLanes, BatteryStep};

/// One element for each battery of the scenario.
#[derive(Debug)]
pub(crate) struct StorageDetail<const L: usize> {
    /// `None` where the battery is plain; lanes share whether it is.
    batteries: Vec<Option<Box<DetailLanes<L>>>>,
}

/// One battery in each of L lanes.
#[derive(Debug)]
struct DetailLanes<const L: usize> {
    steps: [DetailStep; L],
    has_cells: bool,
    has_hybrid: bool,
    /// What comes unasked in the step, as power at the bus, kW; 0 where storage is locked out.
    taken: Lane<L>,
    /// What came by direct current in the step, kW.
    by_direct_current: Lane<L>,
    /// Difference of the wells' heads, kWh.
    difference: Lane<L>,
    cell_c: Lane<L>,
    /// Means of the cells' temperature added up since the day began.
    day_c: Lane<L>,
    day_steps: f64,
    meters: DetailMeters<L>,
}

/// Open sums.
#[derive(Debug)]
struct DetailMeters<const L: usize> {
    /// kWh.
    conversion_loss: Lane<L>,
    drawn: Lane<L>,
    /// °C·steps.
    cell_c: Lane<L>,
    steps: Lane<L>,
    least_c: Lane<L>,
    most_c: Lane<L>,
    /// Of a hybrid inverter, kWh.
    clipped: Lane<L>,
    taken: Lane<L>,
    spared: Lane<L>,
    inverter_loss: Lane<L>,
}

impl<const L: usize> StorageDetail<L> {
    pub(crate) fn none() -> Self {
        Self { batteries: Vec::new() }
    }

    pub(crate) fn pack(plans: [&Plan; L]) -> Self {
        let of = |i: usize| {
            plans[0].scenario.storage[i].detail.as_ref()?;
            Some(Box::new(DetailLanes::pack(plans, i)))
        };
        let batteries: Vec<_> = (0..plans[0].scenario.storage.len()).map(of).collect();
        if batteries.iter().all(Option::is_none) { Self::none() } else { Self { batteries } }
    }

    /// Whether every battery is plain.
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.batteries.is_empty()
    }

    /// Whether a battery is more than plain.
    #[inline(always)]
    pub(crate) fn has(&self, battery: usize) -> bool {
        self.batteries.get(battery).is_some_and(Option::is_some)
    }

    fn at(&self, battery: usize) -> Option<&DetailLanes<L>> {
        self.batteries.get(battery)?.as_deref()
    }

    /// What each battery can do in a step, where the grid is there down to its reserve.
    pub(crate) fn limit(
        &mut self,
        step: usize,
        batteries: &[BatteryLanes<L>],
        stored: &[Lane<L>],
        grid_up: Lane<L>,
        limits: &mut [BatteryLimits<L>],
    ) {
        for (((detail, battery), stored), limits) in self.batteries.iter_mut().zip(batteries).zip(stored).zip(limits) {
            let Some(detail) = detail else { continue };
            for l in 0..L {
                let battery = battery.at(l);
                let floor_kwh = if grid_up[l] > 0.0 { battery.reserve_kwh } else { battery.min_kwh };
                let found = detail.steps[l].limits((&battery, step), stored[l], detail.state(l), floor_kwh);
                (limits.charge[l], limits.discharge[l]) = (found.charge_kw, found.discharge_kw);
                detail.taken[l] = found.taken_kw;
            }
        }
    }

    /// A battery's state and meters advance by a step.
    pub(crate) fn commit(
        &mut self,
        (battery, step): (usize, usize),
        lanes: &BatteryLanes<L>,
        power: &Lane<L>,
        stored: &mut Lane<L>,
        meters: &mut BatteryMeters<L>,
    ) {
        let Some(detail) = self.batteries.get_mut(battery).and_then(Option::as_deref_mut) else { return };
        for l in 0..L {
            let powers = (power[l], detail.taken[l]);
            let flow = detail.steps[l].run((&lanes.at(l), step), stored[l], detail.state(l), powers);
            stored[l] = flow.end_kwh;
            meters.charge[l] += f64::max(-power[l], 0.0);
            if detail.has_hybrid {
                let by_direct_current_kw = flow.hybrid.by_direct_current_kwh() / detail.steps[l].step_h();
                meters.charge[l] += by_direct_current_kw;
                detail.by_direct_current[l] = by_direct_current_kw;
            }
            meters.discharge[l] += f64::max(power[l], 0.0);
            meters.leak[l] += flow.leak_kwh;
            meters.residual[l] += flow.residual_kwh;
            detail.difference[l] = flow.state.difference_kwh;
            detail.cell_c[l] = flow.state.cell_c;
            detail.day_c[l] += flow.mean_cell_c;
            let own = &mut detail.meters;
            own.conversion_loss[l] += flow.conversion_loss_kwh;
            own.drawn[l] += flow.drawn_kwh;
            own.cell_c[l] += flow.mean_cell_c;
            own.steps[l] += 1.0;
            own.least_c[l] = f64::min(own.least_c[l], flow.state.cell_c);
            own.most_c[l] = f64::max(own.most_c[l], flow.state.cell_c);
            own.clipped[l] += flow.hybrid.clipped_kwh;
            own.taken[l] += flow.hybrid.taken_kwh;
            own.spared[l] += flow.hybrid.spared_kwh;
            own.inverter_loss[l] += flow.hybrid.inverter_loss_kwh;
        }
        detail.day_steps += 1.0;
    }

    /// Mean temperature of a battery's cells in the day that ends; `None` where nobody follows it.
    pub(crate) fn day_mean_c(&self, battery: usize, lane: usize) -> Option<f64> {
        let detail = self.at(battery).filter(|detail| detail.has_cells && detail.day_steps > 0.0)?;
        Some(detail.day_c[lane] / detail.day_steps)
    }

    /// Forgets the day that ends, or was left.
    pub(crate) fn forget_day(&mut self) {
        for detail in self.batteries.iter_mut().flatten() {
            (detail.day_c, detail.day_steps) = (Lane::<L>::ZERO, 0.0);
        }
    }

    /// Takes up a battery whose numbers have changed.
    pub(crate) fn take_up(&mut self, battery: usize, lane: usize, step: &BatteryStep) {
        if let Some(detail) = self.batteries.get_mut(battery).and_then(Option::as_deref_mut) {
            detail.steps[lane].take_up(step);
        }
    }

    /// Conversion losses and energy drawn from store up to now, kWh; `None` where both follow from constant efficiencies.
    pub(crate) fn losses_kwh(&self, battery: usize, lane: usize) -> Option<(f64, f64)> {
        let meters = &self.at(battery)?.meters;
        Some((meters.conversion_loss[lane], meters.drawn[lane]))
    }

    /// What the temperature of a battery's cells was; `None` where nobody follows it.
    pub(crate) fn temperatures(&self, battery: usize, lane: usize) -> Option<CellTemperatures> {
        let DetailLanes { cell_c, meters, .. } = self.at(battery).filter(|detail| detail.has_cells)?;
        let steps = meters.steps[lane];
        Some(CellTemperatures {
            least_c: meters.least_c[lane],
            mean_c: if steps > 0.0 { meters.cell_c[lane] / steps } else { cell_c[lane] },
            most_c: meters.most_c[lane],
            end_c: cell_c[lane],
        })
    }

    /// What comes to a battery unasked by direct current in the step, as power at the bus, kW.
    pub(crate) fn taken_kw(&self, battery: usize, lane: usize) -> f64 {
        self.at(battery).map_or(0.0, |detail| detail.taken[lane])
    }

    /// What a battery's hybrid inverter did; `None` where it has none.
    pub(crate) fn hybrid(&self, battery: usize, lane: usize) -> Option<HybridTotals> {
        let DetailLanes { meters, .. } = self.at(battery).filter(|detail| detail.has_hybrid)?;
        Some(HybridTotals {
            clipped_kwh: meters.clipped[lane],
            clipped_stored_kwh: meters.taken[lane],
            spared_loss_kwh: meters.spared[lane],
            inverter_loss_kwh: meters.inverter_loss[lane],
        })
    }

    /// Writes the temperature of each battery's cells, where somebody follows it, and what came by direct current.
    pub(crate) fn record(&self, lane: usize, values: &mut core::slice::IterMut<'_, f64>) {
        for detail in self.batteries.iter().flatten().filter(|detail| detail.has_cells) {
            if let Some(value) = values.next() {
                *value = detail.cell_c[lane];
            }
        }
        for detail in self.batteries.iter().flatten().filter(|detail| detail.has_hybrid) {
            if let Some(value) = values.next() {
                *value = detail.by_direct_current[lane];
            }
        }
    }

    /// Visits everything that a run carries over a day's end, in a fixed order.
    pub(crate) fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        for detail in self.batteries.iter_mut().filter_map(Option::as_deref_mut) {
            let DetailLanes { has_hybrid, difference, cell_c, meters, .. } = detail;
            let DetailMeters { conversion_loss, drawn, cell_c: sum_c, steps, least_c, most_c, .. } = meters;
            let all = [difference, cell_c, conversion_loss, drawn, sum_c, steps, least_c, most_c];
            all.into_iter().for_each(&mut *visit);
            if *has_hybrid {
                let DetailMeters { clipped, taken, spared, inverter_loss, .. } = meters;
                [clipped, taken, spared, inverter_loss].into_iter().for_each(&mut *visit);
            }
        }
    }
}

impl<const L: usize> DetailLanes<L> {
    /// # Panics
    /// Where the battery is plain in some lane.
    fn pack(plans: [&Plan; L], i: usize) -> Self {
        let steps = plans.map(|plan| {
            let battery = &plan.scenario.storage[i];
            let detail = battery.detail.as_ref().expect("lanes share which batteries are plain");
            DetailStep::new((detail, battery), &plan.batteries[i], &plan.scenario.generation, plan.step_h)
        });
        let zero = Lane::<L>::ZERO;
        let cell_c = Lane::of(steps.each_ref(), |step| step.cells.as_ref().map_or(0.0, |cells| cells.start_c()));
        Self {
            has_cells: steps[0].cells.is_some(),
            has_hybrid: steps[0].hybrid.is_some(),
            taken: zero,
            by_direct_current: zero,
            steps,
            difference: zero,
            cell_c,
            day_c: zero,
            day_steps: 0.0,
            meters: DetailMeters {
                conversion_loss: zero,
                drawn: zero,
                cell_c: zero,
                steps: zero,
                least_c: cell_c,
                most_c: cell_c,
                clipped: zero,
                taken: zero,
                spared: zero,
                inverter_loss: zero,
            },
        }
    }

    fn state(&self, lane: usize) -> DetailState {
        DetailState { difference_kwh: self.difference[lane], cell_c: self.cell_c[lane] }
    }
}
