//! The limit to compare the march with: one scenario's whole year in one hand-written loop, without phases, plug-ins or
//! recourse. The same physics and the same books as `smallest`, so that the comparison is fair: solar, load, battery,
//! time of use by month and period, self-consumption, energy sums, each month's peak, exported generation, and the
//! residuals of bus and battery.

/// Months by periods of the price.
const CELLS: usize = 48;
/// Steps of a month; the twelve of a year are cut even.
const MONTH_STEPS: usize = 730;

/// What the fused loop adds up for each lane.
#[derive(Clone, Copy)]
pub(crate) struct Sums<const L: usize> {
    pub(crate) import: [[f64; L]; CELLS],
    pub(crate) export: [[f64; L]; CELLS],
    pub(crate) peak: [[f64; L]; 12],
    pub(crate) exported_generation: [f64; L],
    pub(crate) charge: [f64; L],
    pub(crate) discharge: [f64; L],
    pub(crate) generation: [f64; L],
    pub(crate) load: [f64; L],
    pub(crate) bus_residual: [f64; L],
    pub(crate) battery_residual: [f64; L],
    pub(crate) stored: [f64; L],
}

/// The battery of each lane, with a step of `step_h` hours.
pub(crate) struct Batteries<const L: usize> {
    pub(crate) min_kwh: [f64; L],
    pub(crate) max_kwh: [f64; L],
    pub(crate) power_kw: [f64; L],
    pub(crate) efficiency: [f64; L],
    pub(crate) phi: [f64; L],
    pub(crate) step_h: f64,
}

/// A year of L sites that share their series.
#[inline(always)]
pub(crate) fn year<const L: usize>(
    pv: &[f64],
    load: &[f64],
    cell: &[u8],
    scale: &[f64; L],
    b: &Batteries<L>,
) -> Sums<L> {
    let zero = [0.0; L];
    let mut sums = Sums {
        import: [zero; CELLS],
        export: [zero; CELLS],
        peak: [zero; 12],
        exported_generation: zero,
        charge: zero,
        discharge: zero,
        generation: zero,
        load: zero,
        bus_residual: zero,
        battery_residual: zero,
        stored: std::array::from_fn(|l| 0.5 * b.max_kwh[l]),
    };
    let inverse: [f64; L] = std::array::from_fn(|l| 1.0 / b.efficiency[l]);
    let (mut step_of_month, mut month) = (0, 0);
    for ((pv, load), cell) in pv.iter().zip(load).zip(cell) {
        let cell = month * 4 + (*cell as usize & 3);
        let (mut import, mut export, mut stored) = (zero, zero, sums.stored);
        let (mut charge, mut discharge) = (sums.charge, sums.discharge);
        let (mut bus_residual, mut battery_residual) = (sums.bus_residual, sums.battery_residual);
        let (mut total_load, mut generation) = (sums.load, sums.generation);
        let mut exported_generation = sums.exported_generation;
        for l in 0..L {
            let (asked, given) = (scale[l] * load, scale[l] * pv);
            let deficit = asked - given;
            let charge_limit = min(b.power_kw[l], (b.max_kwh[l] - stored[l]) * inverse[l]);
            let discharge_limit = min(b.power_kw[l], max((stored[l] - b.min_kwh[l]) * b.efficiency[l], 0.0));
            let power = max(min(deficit, discharge_limit), -charge_limit);
            let (c, d) = (max(-power, 0.0), max(power, 0.0));
            let change = c * b.efficiency[l] - d * inverse[l];
            let end = max(min(stored[l] + b.phi[l] * change, b.max_kwh[l]), b.min_kwh[l]);
            let lost = c * (1.0 - b.efficiency[l]) + d * (inverse[l] - 1.0);
            battery_residual[l] += (-power * b.step_h - (end - stored[l]) - lost).abs();
            stored[l] = end;
            total_load[l] += asked;
            generation[l] += given;
            charge[l] += c;
            discharge[l] += d;
            import[l] = max(deficit - power, 0.0);
            export[l] = max(power - deficit, 0.0);
            exported_generation[l] += min(export[l], max((given - asked) - c, 0.0));
            bus_residual[l] += (given + import[l] + power - asked - export[l]).abs();
        }
        let (mut bought, mut sold, mut peak) = (sums.import[cell], sums.export[cell], sums.peak[month]);
        for l in 0..L {
            bought[l] += import[l];
            sold[l] += export[l];
            peak[l] = max(import[l], peak[l]);
        }
        (sums.import[cell], sums.export[cell], sums.peak[month]) = (bought, sold, peak);
        (sums.charge, sums.discharge, sums.stored) = (charge, discharge, stored);
        (sums.bus_residual, sums.battery_residual) = (bus_residual, battery_residual);
        (sums.load, sums.generation, sums.exported_generation) = (total_load, generation, exported_generation);
        step_of_month += 1;
        if step_of_month == MONTH_STEPS {
            (step_of_month, month) = (0, (month + 1) % 12);
        }
    }
    sums
}

#[inline(always)]
fn max(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

#[inline(always)]
fn min(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}
