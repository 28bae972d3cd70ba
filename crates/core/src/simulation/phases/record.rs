//! Record: meters and recorders.

use super::explain::limit_of;
use super::{Flows, Seen, Storage};
use crate::dispatch::Wish;
use crate::simulation::block::Inputs;
use crate::simulation::lane::{Lane, abs, any_positive, max, min};
use crate::simulation::meter::{Meters, WindowMeter};
use crate::simulation::plan::{CompiledTariff, Plan};
use crate::simulation::recorder::{Recorder, StepRecord};
use crate::simulation::recourse::Recourse;
use crate::simulation::{BatteryRecord, GensetRecord, Gensets};
use crate::utility::{DemandMeter, Prices, SlidingMeter};

/// Adds a step to the meters.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "the one place where all of a step's numbers meet")]
pub(in crate::simulation) fn meter<const L: usize, const GENSETS: bool>(
    plan: &Plan,
    inputs: &Inputs<'_, L>,
    seen: &Seen<L>,
    flows: &Flows<L>,
    recourse: &Recourse<L>,
    step: usize,
    month: usize,
    meters: &mut Meters<L>,
    power: &[Lane<L>],
    gensets: &Gensets<'_, L>,
) {
    let tariff = &*plan.tariff;
    let mut storage = Lane::<L>::ZERO;
    for power in power {
        for l in 0..L {
            storage[l] += power[l];
        }
    }
    // What else feeds the bus stands with storage's power.
    if GENSETS {
        let made = gensets.power();
        for l in 0..L {
            storage[l] += made[l];
        }
    }
    if flows.any_recourse {
        meter_recourse(recourse, seen, flows, &storage, meters);
    } else {
        let mut residual = meters.bus_residual;
        for l in 0..L {
            let inflow = seen.generation[l] + flows.import[l] + storage[l];
            residual[l] += abs(inflow - seen.load[l] - flows.export[l]);
        }
        meters.bus_residual = residual;
    }
    let (mut load, mut generation) = (meters.load, meters.generation);
    let peak = &mut meters.peak_import[month];
    let mut greatest = *peak;
    for l in 0..L {
        load[l] += seen.load[l];
        generation[l] += seen.generation[l];
        greatest[l] = max(flows.import[l], greatest[l]);
    }
    (meters.load, meters.generation) = (load, generation);
    *peak = greatest;
    add(&mut meters.import[month * tariff.import.cells() + cell(&tariff.import, step)], &flows.import);
    if any_positive(&flows.export) {
        meter_export(tariff, inputs, seen, flows, recourse, step, month, meters, power);
    }
    for (row, sums) in inputs.import_stepwise.iter().zip(&mut meters.import_stepwise) {
        add_product(&mut sums[month], &flows.import, &row.at(step));
    }
    if let Some(intensity) = &inputs.carbon {
        add_product(&mut meters.carbon, &flows.import, &intensity.at(step));
    }
    if !meters.windows.is_empty() {
        meter_windows(&tariff.demand, &flows.import, step, month, &mut meters.windows);
    }
}

/// Adds a step in which some lane needed recourse.
fn meter_recourse<const L: usize>(
    recourse: &Recourse<L>,
    seen: &Seen<L>,
    flows: &Flows<L>,
    storage: &Lane<L>,
    meters: &mut Meters<L>,
) {
    let mut shed = Lane::<L>::ZERO;
    for (sum, unserved) in meters.unserved.iter_mut().zip(&recourse.unserved) {
        for l in 0..L {
            shed[l] += unserved[l];
            sum[l] += unserved[l];
        }
    }
    for l in 0..L {
        meters.curtailed[l] += recourse.curtailed[l];
        meters.dumped[l] += recourse.dumped[l];
        // In lanes without recourse nothing is curtailed, shed or dumped, and these are the plain step's bits.
        let inflow = (seen.generation[l] - recourse.curtailed[l]) + flows.import[l] + storage[l];
        let closes = inflow - (seen.load[l] - shed[l]) - flows.export[l] - recourse.dumped[l];
        meters.bus_residual[l] += abs(closes);
    }
}

/// Adds a step in which some lane exports.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "split off so that steps without export skip it")]
fn meter_export<const L: usize>(
    tariff: &CompiledTariff,
    inputs: &Inputs<'_, L>,
    seen: &Seen<L>,
    flows: &Flows<L>,
    recourse: &Recourse<L>,
    step: usize,
    month: usize,
    meters: &mut Meters<L>,
    power: &[Lane<L>],
) {
    let mut surplus = Lane::<L>::ZERO;
    for l in 0..L {
        surplus[l] = seen.generation[l] - seen.load[l];
    }
    if flows.any_recourse {
        for l in 0..L {
            surplus[l] += recourse.unserved.iter().map(|tier| tier[l]).sum::<f64>() - recourse.curtailed[l];
        }
    }
    for power in power {
        for l in 0..L {
            surplus[l] -= max(-power[l], 0.0);
        }
    }
    for l in 0..L {
        meters.exported_generation[l] += min(flows.export[l], max(surplus[l], 0.0));
    }
    add(&mut meters.export[month * tariff.export.cells() + cell(&tariff.export, step)], &flows.export);
    for (row, sums) in inputs.export_stepwise.iter().zip(&mut meters.export_stepwise) {
        add_product(&mut sums[month], &flows.export, &row.at(step));
    }
}

#[inline(always)]
fn cell(prices: &Prices, step: usize) -> usize {
    prices.cell_of_step.as_ref().map_or(0, |cells| cells[step] as usize)
}

#[inline(always)]
fn add<const L: usize>(sum: &mut Lane<L>, values: &Lane<L>) {
    let mut lane = *sum;
    for l in 0..L {
        lane[l] += values[l];
    }
    *sum = lane;
}

#[inline(always)]
fn add_product<const L: usize>(sum: &mut Lane<L>, a: &Lane<L>, b: &Lane<L>) {
    let mut lane = *sum;
    for l in 0..L {
        lane[l] += a[l] * b[l];
    }
    *sum = lane;
}

/// Adds the step's import to the open window of each demand charge that counts windows or some steps only.
fn meter_windows<const L: usize>(
    demand: &[DemandMeter],
    import: &Lane<L>,
    step: usize,
    month: usize,
    windows: &mut [WindowMeter<L>],
) {
    let counting = demand.iter().filter(|meter| !matches!(meter, DemandMeter::StepPeak));
    for (meter, window) in counting.zip(windows) {
        match meter {
            DemandMeter::StepPeak => {}
            DemandMeter::Windows { window_steps, counted_steps } => {
                if counted_steps.as_ref().is_none_or(|counted| counted[step]) {
                    add(&mut window.open, import);
                    window.open_counted += 1;
                }
                window.open_steps += 1;
                if window.open_steps == *window_steps {
                    close_window(window, month);
                }
            }
            DemandMeter::Sliding(sliding) => slide_window(sliding, import, step, month, window),
        }
    }
}

/// Closes a window: its mean is that of the steps that count.
fn close_window<const L: usize>(window: &mut WindowMeter<L>, month: usize) {
    let share = 1.0 / f64::from(window.open_counted.max(1));
    for l in 0..L {
        window.peak[month][l] = max(window.open[l] * share, window.peak[month][l]);
    }
    window.open = Lane::<L>::ZERO;
    (window.open_steps, window.open_counted) = (0, 0);
}

/// Adds a step to windows that slide. The sum is made anew from the ring each time, so that it is the same in one go or
/// resumed.
fn slide_window<const L: usize>(
    sliding: &SlidingMeter,
    import: &Lane<L>,
    step: usize,
    month: usize,
    window: &mut WindowMeter<L>,
) {
    let length = sliding.window_steps as usize;
    let counts = |step: usize| sliding.counted_steps.as_ref().is_none_or(|counted| counted[step]);
    window.ring[step % length] = if counts(step) { *import } else { Lane::<L>::ZERO };
    let done = step + 1 - sliding.month_first_step[month] as usize;
    if done < length || !(done - length).is_multiple_of(sliding.slide_steps as usize) {
        return;
    }
    let first = step + 1 - length;
    let counted = (first..=step).filter(|step| counts(*step)).count();
    let mut sum = Lane::<L>::ZERO;
    for at in first..=step {
        add(&mut sum, &window.ring[at % length]);
    }
    let share = 1.0 / counted.max(1) as f64;
    for l in 0..L {
        window.peak[month][l] = max(sum[l] * share, window.peak[month][l]);
    }
}

/// Closes what is open at a day's end: windows that follow each other never pass midnight.
#[inline(always)]
pub(in crate::simulation) fn close_day<const L: usize>(meters: &mut Meters<L>, month: usize) {
    for window in meters.windows.iter_mut().filter(|window| window.open_steps > 0) {
        close_window(window, month);
    }
}

/// Shows a step to the recorder, lane by lane.
#[expect(clippy::too_many_arguments, reason = "all of a step's numbers meet here too")]
pub(in crate::simulation) fn show<const L: usize, R: Recorder>(
    inputs: &Inputs<'_, L>,
    seen: &Seen<L>,
    flows: &Flows<L>,
    recourse: &Recourse<L>,
    step: usize,
    wishes: &[Wish],
    storage: &Storage<'_, L>,
    gensets: &Gensets<'_, L>,
    (records, genset_records): (&mut [BatteryRecord], &mut [GensetRecord]),
    recorder: &mut R,
) {
    for l in 0..L {
        for (i, record) in records.iter_mut().enumerate() {
            let power = storage.power[i][l];
            *record = BatteryRecord {
                charge_kw: max(-power, 0.0),
                discharge_kw: max(power, 0.0),
                stored_kwh: storage.stored[i][l],
            };
        }
        for (genset, record) in gensets.roster.iter().zip(genset_records.iter_mut()) {
            let (running, power_kw) = (genset.running[l], genset.power[l]);
            *record = GensetRecord { running, power_kw, fuel_per_h: genset.steps[l].fuel_per_h(running, power_kw) };
        }
        let of = |lanes: &Lane<L>| if flows.any_recourse { lanes[l] } else { 0.0 };
        recorder.record(
            l,
            &StepRecord {
                step: step as u32,
                load_kw: seen.load[l],
                unserved_kw: recourse.unserved.each_ref().map(of),
                generation_kw: seen.generation[l],
                curtailed_kw: of(&recourse.curtailed),
                dumped_kw: of(&recourse.dumped),
                import_kw: flows.import[l],
                export_kw: flows.export[l],
                why: wishes[l].reason,
                limit: limit_of(&wishes[l], inputs, flows, storage, step, l),
                stored_value_per_kwh: wishes[l].stored_value_per_kwh,
                batteries: records,
                gensets: genset_records,
            },
        );
    }
}
