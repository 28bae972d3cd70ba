//! Meter: what the step adds to the books.

use super::windows::meter_windows;
use super::{Flows, Now, Plant, Site};
use crate::simulation::devices::Devices;
use crate::simulation::lane::{Lane, abs, add, add_product, any_positive, max, min};
use crate::simulation::meter::{Books, Meters};
use crate::simulation::recourse::Recourse;
use crate::utility::Prices;

/// Adds a step to the books.
#[inline(always)]
pub(in crate::simulation) fn meter<const L: usize, D: Devices<L>>(
    site: Site<'_, L>,
    now: &Now<L>,
    flows: &Flows<L>,
    plant: &Plant<'_, D, L>,
    books: &mut Books<'_, L>,
) {
    let Now { step, month, .. } = *now;
    let tariff = books.tariff;
    // What storage and other devices feed in.
    let mut fed = Lane::<L>::ZERO;
    for power in &*plant.power {
        for l in 0..L {
            fed[l] += power[l];
        }
    }
    plant.devices.feed(&mut fed);
    let mut misses = Lane::<L>::ZERO;
    if flows.any_recourse {
        let (generation, load) = (now.generation, now.load);
        let bus = Bus { generation, load, import: flows.import, export: flows.export, fed };
        misses = meter_recourse(plant.recourse, bus, books.meters);
    } else {
        for l in 0..L {
            let inflow = now.generation[l] + flows.import[l] + fed[l];
            misses[l] = abs(inflow - now.load[l] - flows.export[l]);
        }
    }
    let (mut load, mut generation) = (books.load, books.generation);
    let (mut residual, mut peak) = (books.bus_residual, books.peak_import);
    for l in 0..L {
        residual[l] += misses[l];
        load[l] += now.load[l];
        generation[l] += now.generation[l];
        peak[l] = max(flows.import[l], peak[l]);
    }
    (books.load, books.generation, books.bus_residual, books.peak_import) = (load, generation, residual, peak);
    add(&mut books.meters.import[month * tariff.import.cells() + cell(&tariff.import, step)], &flows.import);
    if any_positive(&flows.export) {
        meter_export(site, now, flows, plant, books);
    }
    if D::IS_PLAIN {
        return;
    }
    for (row, sums) in site.inputs.import_stepwise.iter().zip(&mut books.meters.import_stepwise) {
        add_product(&mut sums[month], &flows.import, &row.at(step));
    }
    if let Some(intensity) = &site.inputs.carbon {
        add_product(&mut books.meters.carbon, &flows.import, &intensity.at(step));
    }
    if !books.meters.taken.is_empty() {
        let curtailed = if flows.any_recourse { plant.recourse.curtailed } else { Lane::<L>::ZERO };
        let row = month * tariff.import.cells() + cell(&tariff.import, step);
        meter_generation(now.generation, curtailed, &mut books.meters.taken[row]);
    }
    if !books.meters.windows.is_empty() {
        // A copy, so that nobody has the address of the common path's own number, and it stays in a register.
        let import = flows.import;
        meter_windows(&tariff.demand, &import, step, month, &mut books.meters.windows);
    }
}

/// A step's numbers at the bus, copied: those whose address somebody has do not stay in registers.
struct Bus<const L: usize> {
    generation: Lane<L>,
    load: Lane<L>,
    import: Lane<L>,
    export: Lane<L>,
    fed: Lane<L>,
}

/// Adds a step in which some lane needed recourse; returns by how much the bus misses its balance.
#[cold]
#[inline(never)]
fn meter_recourse<const L: usize>(recourse: &Recourse<L>, bus: Bus<L>, meters: &mut Meters<L>) -> Lane<L> {
    let mut shed = Lane::<L>::ZERO;
    for (sum, unserved) in meters.unserved.iter_mut().zip(&recourse.unserved) {
        for l in 0..L {
            shed[l] += unserved[l];
            sum[l] += unserved[l];
        }
    }
    let mut misses = Lane::<L>::ZERO;
    for l in 0..L {
        meters.curtailed[l] += recourse.curtailed[l];
        meters.dumped[l] += recourse.dumped[l];
        // In lanes without recourse nothing is curtailed, shed or dumped, and these are the plain step's bits.
        let inflow = (bus.generation[l] - recourse.curtailed[l]) + bus.import[l] + bus.fed[l];
        let closes = inflow - (bus.load[l] - shed[l]) - bus.export[l] - recourse.dumped[l];
        misses[l] = abs(closes);
    }
    misses
}

/// Adds the generation taken at its own meter, where the tariff has one.
#[cold]
#[inline(never)]
fn meter_generation<const L: usize>(generation: Lane<L>, curtailed: Lane<L>, taken: &mut Lane<L>) {
    for l in 0..L {
        taken[l] += generation[l] - curtailed[l];
    }
}

/// Adds a step in which some lane exports; split off so that steps without export skip it.
#[inline(always)]
fn meter_export<const L: usize, D: Devices<L>>(
    site: Site<'_, L>,
    now: &Now<L>,
    flows: &Flows<L>,
    plant: &Plant<'_, D, L>,
    books: &mut Books<'_, L>,
) {
    let mut surplus = Lane::<L>::ZERO;
    for l in 0..L {
        surplus[l] = now.generation[l] - now.load[l];
    }
    if flows.any_recourse {
        let recourse = &plant.recourse;
        for l in 0..L {
            surplus[l] += recourse.unserved.iter().map(|tier| tier[l]).sum::<f64>() - recourse.curtailed[l];
        }
    }
    for power in &*plant.power {
        for l in 0..L {
            surplus[l] -= max(-power[l], 0.0);
        }
    }
    plant.devices.use_up(&mut surplus);
    let mut exported = books.exported_generation;
    for l in 0..L {
        exported[l] += min(flows.export[l], max(surplus[l], 0.0));
    }
    books.exported_generation = exported;
    let prices = &books.tariff.export;
    add(&mut books.meters.export[now.month * prices.cells() + cell(prices, now.step)], &flows.export);
    if D::IS_PLAIN {
        return;
    }
    for (row, sums) in site.inputs.export_stepwise.iter().zip(&mut books.meters.export_stepwise) {
        add_product(&mut sums[now.month], &flows.export, &row.at(now.step));
    }
}

#[inline(always)]
fn cell(prices: &Prices, step: usize) -> usize {
    prices.cell_of_step.as_ref().map_or(0, |cells| cells[step] as usize)
}
