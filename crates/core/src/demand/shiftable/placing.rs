//! The cheapest place of a job in its window, by exact algorithms.

use alloc::vec::Vec;

/// The cheapest way to run a course of powers within a window: whether it runs in each of the window's steps.
///
/// `price_per_kwh` has a price for each step of the window, `power_kw` the power of each step of the course. The course runs in
/// blocks of at least `least_on` steps, with pauses of at least `least_off` between them. Of equal costs the earliest is taken.
/// Nothing runs where the window is too short.
///
/// # Model
/// Dynamic programming backwards over (step of the window, steps of the course that are done): `off` may begin a block of
/// `least_on` steps or wait, `on` may go on or pause for `least_off` steps. It is exact: every sequence that is allowed is a path.
/// With `least_on` the whole course only the begin is free, and the sweep is a search through all of them. It takes
/// window × course × `least_on` operations at most.
///
/// # Examples
/// ```
/// use microgrid_core::demand::cheapest_cycle;
/// // Two hours in one go: the cheapest pair of hours. With pauses: the two cheapest.
/// let price = [0.5, 0.1, 0.4, 0.2, 0.25];
/// assert_eq!(cheapest_cycle(&price, &[2.0, 2.0], 2, 1), [false, false, false, true, true]);
/// assert_eq!(cheapest_cycle(&price, &[2.0, 2.0], 1, 1), [false, true, false, true, false]);
/// ```
#[must_use]
pub fn cheapest_cycle(price_per_kwh: &[f64], power_kw: &[f64], least_on: usize, least_off: usize) -> Vec<bool> {
    let (steps, course) = (price_per_kwh.len(), power_kw.len());
    let (least_on, least_off) = (least_on.clamp(1, course.max(1)), least_off.max(1));
    let mut runs = alloc::vec![false; steps];
    if course == 0 || course > steps {
        return runs;
    }
    let block =
        |step: usize, done: usize| -> f64 { (0..least_on).map(|i| price_per_kwh[step + i] * power_kw[done + i]).sum() };
    let width = course + 1;
    let at = |step: usize, done: usize| step * width + done;
    // Least cost from a step on: with the course off and free to begin, and on and free to pause.
    let mut off = alloc::vec![f64::INFINITY; (steps + 1) * width];
    let mut on = alloc::vec![f64::INFINITY; (steps + 1) * width];
    (0..=steps).for_each(|step| (off[at(step, course)], on[at(step, course)]) = (0.0, 0.0));
    let begins = |step: usize, done: usize| step + least_on <= steps && done + least_on <= course;
    let pauses = |step: usize, done: usize| step + least_off <= steps && done + least_on <= course;
    for step in (0..steps).rev() {
        // It begins with nothing done, or after blocks.
        for done in core::iter::once(0).chain(least_on..course) {
            let begin = if begins(step, done) {
                block(step, done) + on[at(step + least_on, done + least_on)]
            } else {
                f64::INFINITY
            };
            off[at(step, done)] = begin.min(off[at(step + 1, done)]);
            if done > 0 {
                let go_on = price_per_kwh[step] * power_kw[done] + on[at(step + 1, done + 1)];
                let pause = if pauses(step, done) { off[at(step + least_off, done)] } else { f64::INFINITY };
                on[at(step, done)] = go_on.min(pause);
            }
        }
    }
    // Forwards along the least cost.
    let (mut step, mut done, mut is_on) = (0, 0, false);
    while done < course && step < steps {
        if is_on {
            let go_on = price_per_kwh[step] * power_kw[done] + on[at(step + 1, done + 1)];
            if go_on <= on[at(step, done)] {
                runs[step] = true;
                (step, done) = (step + 1, done + 1);
            } else {
                (step, is_on) = (step + least_off, false);
            }
        } else if begins(step, done)
            && block(step, done) + on[at(step + least_on, done + least_on)] <= off[at(step, done)]
        {
            runs[step..step + least_on].fill(true);
            (step, done, is_on) = (step + least_on, done + least_on, true);
        } else {
            step += 1;
        }
    }
    runs
}

/// The cheapest way to take `energy_kwh` within a window at up to `power_max_kw`: the power of each of the window's steps, kW.
///
/// Full power in the cheapest steps, what is left in the next; of equal prices the earliest. Exact: an exchange of energy between
/// two steps can only cost more.
///
/// # Examples
/// ```
/// use microgrid_core::demand::cheapest_energy;
/// assert_eq!(cheapest_energy(&[0.3, 0.1, 0.2], 3.0, 2.0, 1.0), [0.0, 2.0, 1.0]);
/// ```
#[must_use]
pub fn cheapest_energy(price_per_kwh: &[f64], energy_kwh: f64, power_max_kw: f64, step_h: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..price_per_kwh.len()).collect();
    order.sort_by(|a, b| price_per_kwh[*a].total_cmp(&price_per_kwh[*b])); // Stable: of equal prices the earliest.
    let mut power_kw = alloc::vec![0.0; price_per_kwh.len()];
    let mut left_kw = energy_kwh / step_h;
    for step in order {
        power_kw[step] = left_kw.min(power_max_kw);
        left_kw -= power_kw[step];
    }
    power_kw
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every sequence of a window's steps that is allowed, by its cost: the least.
    fn by_brute_force(price: &[f64], power_kw: &[f64], least_on: usize, least_off: usize) -> f64 {
        let allowed = |bits: u32| {
            let runs: Vec<bool> = (0..price.len()).map(|step| bits >> step & 1 == 1).collect();
            let mut blocks: Vec<(bool, usize)> = Vec::new();
            for on in &runs {
                match blocks.last_mut() {
                    Some((same, length)) if same == on => *length += 1,
                    _ => blocks.push((*on, 1)),
                }
            }
            let inner = |i: usize| i > 0 && i + 1 < blocks.len();
            let long = blocks
                .iter()
                .enumerate()
                .all(|(i, (on, length))| if *on { *length >= least_on } else { !inner(i) || *length >= least_off });
            (long && runs.iter().filter(|on| **on).count() == power_kw.len()).then_some(runs)
        };
        let cost = |runs: Vec<bool>| -> f64 {
            let steps = (0..price.len()).filter(|step| runs[*step]);
            steps.zip(power_kw).map(|(step, kw)| price[step] * kw).sum()
        };
        (0..1u32 << price.len()).filter_map(allowed).map(cost).fold(f64::INFINITY, f64::min)
    }

    proptest! {
        /// Mutations it catches: a pause or block that is too short, a begin too late to end, the course's powers out of order.
        #[test]
        fn no_cycle_is_cheaper(
            price in prop::collection::vec(-0.2..1.0_f64, 1..12),
            power_kw in prop::collection::vec(0.1..3.0_f64, 1..7),
            least_on in 1..7usize,
            least_off in 1..4usize,
        ) {
            let least_on = least_on.min(power_kw.len());
            let least = by_brute_force(&price, &power_kw, least_on, least_off);
            let runs = cheapest_cycle(&price, &power_kw, least_on, least_off);
            if least.is_infinite() {
                prop_assert!(!runs.contains(&true));
            } else {
                let steps: Vec<usize> = (0..price.len()).filter(|step| runs[*step]).collect();
                prop_assert_eq!(steps.len(), power_kw.len());
                let cost: f64 = steps.iter().zip(&power_kw).map(|(step, kw)| price[*step] * kw).sum();
                prop_assert!((cost - least).abs() < 1e-12, "{cost} {least}");
            }
        }

        /// Against every way to spend the energy in whole parts.
        #[test]
        fn no_energy_is_cheaper(price in prop::collection::vec(0..6u32, 1..6), wanted in 0..12u32) {
            let price: Vec<f64> = price.into_iter().map(f64::from).collect();
            let wanted = wanted.min(3 * price.len() as u32);
            let cost = |powers: &[f64]| powers.iter().zip(&price).map(|(kw, price)| kw * price).sum::<f64>();
            let found = cheapest_energy(&price, f64::from(wanted), 3.0, 1.0);
            prop_assert_eq!(found.iter().sum::<f64>(), f64::from(wanted));
            let ways = (0..4u32.pow(price.len() as u32)).map(|number| -> Vec<f64> {
                (0..price.len() as u32).map(|step| f64::from(number / 4u32.pow(step) % 4)).collect()
            });
            let least = ways.filter(|way| way.iter().sum::<f64>() == f64::from(wanted)).map(|way| cost(&way));
            prop_assert_eq!(cost(&found), least.fold(f64::INFINITY, f64::min));
        }
    }
}
