//! The limit to compare the march with: one scenario's whole year in one hand-written loop, without phases, plug-ins or
//! recourse. The same physics and the same books as `smallest`: solar, load, battery, time of use, self-consumption,
//! energy sums, the month's peak, and the residuals of bus and battery.

/// What the fused loop adds up for each lane.
#[derive(Clone, Copy)]
pub(crate) struct Sums<const L: usize> {
    pub(crate) import: [[f64; L]; 4],
    pub(crate) export: [[f64; L]; 4],
    pub(crate) charge: [f64; L],
    pub(crate) discharge: [f64; L],
    pub(crate) peak: [f64; L],
    pub(crate) generation: [f64; L],
    pub(crate) load: [f64; L],
    pub(crate) residual: [f64; L],
    pub(crate) stored: [f64; L],
}

/// The battery of each lane.
pub(crate) struct Batteries<const L: usize> {
    pub(crate) min_kwh: [f64; L],
    pub(crate) max_kwh: [f64; L],
    pub(crate) power_kw: [f64; L],
    pub(crate) efficiency: [f64; L],
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
        import: [zero; 4],
        export: [zero; 4],
        charge: zero,
        discharge: zero,
        peak: zero,
        generation: zero,
        load: zero,
        residual: zero,
        stored: std::array::from_fn(|l| 0.5 * b.max_kwh[l]),
    };
    let inverse: [f64; L] = std::array::from_fn(|l| 1.0 / b.efficiency[l]);
    for ((pv, load), cell) in pv.iter().zip(load).zip(cell) {
        let (mut import, mut export, mut stored) = (zero, zero, sums.stored);
        let (mut charge, mut discharge, mut residual) = (sums.charge, sums.discharge, sums.residual);
        let (mut total_load, mut generation) = (sums.load, sums.generation);
        for l in 0..L {
            let (asked, given) = (scale[l] * load, scale[l] * pv);
            let deficit = asked - given;
            let charge_limit = min(b.power_kw[l], (b.max_kwh[l] - stored[l]) * inverse[l]);
            let discharge_limit = min(b.power_kw[l], (stored[l] - b.min_kwh[l]) * b.efficiency[l]);
            let power = max(min(deficit, discharge_limit), -charge_limit);
            let (c, d) = (max(-power, 0.0), max(power, 0.0));
            let end = max(min(stored[l] + c * b.efficiency[l] - d * inverse[l], b.max_kwh[l]), b.min_kwh[l]);
            let lost = c * (1.0 - b.efficiency[l]) + d * (inverse[l] - 1.0);
            residual[l] += (-power - (end - stored[l]) - lost).abs();
            stored[l] = end;
            total_load[l] += asked;
            generation[l] += given;
            charge[l] += c;
            discharge[l] += d;
            import[l] = max(deficit - power, 0.0);
            export[l] = max(power - deficit, 0.0);
            residual[l] += (given + import[l] + power - asked - export[l]).abs();
        }
        let (mut bought, mut sold) = (sums.import[*cell as usize & 3], sums.export[*cell as usize & 3]);
        let mut peak = sums.peak;
        for l in 0..L {
            bought[l] += import[l];
            sold[l] += export[l];
            peak[l] = max(import[l], peak[l]);
        }
        (sums.import[*cell as usize & 3], sums.export[*cell as usize & 3]) = (bought, sold);
        (sums.charge, sums.discharge, sums.peak, sums.stored) = (charge, discharge, peak, stored);
        (sums.residual, sums.load, sums.generation) = (residual, total_load, generation);
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
