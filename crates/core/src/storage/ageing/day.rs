//! What a day did to a battery: the stresses that fade models ask for.

/// A day of a battery. States of charge are shares of the capacity that is left, in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DayUse {
    /// Length, days: 23/24 and 25/24 where clocks change.
    pub(super) days: f64,
    /// Mean temperature of the cells, K.
    pub(super) temperature_k: f64,
    /// ½·Σ|Δsoc|, full cycles of the capacity that is left.
    pub(super) full_cycles: f64,
    /// Greatest less least state of charge.
    pub(super) depth: f64,
    /// Mean of |Δsoc|/Δt over the time in which it is above 0.01, per h; 0 where it never is.
    pub(super) rate_per_h: f64,
    /// The same over the whole day, rest counting as 0.
    pub(super) mean_rate_per_h: f64,
    /// Mean state of charge.
    pub(super) mean_soc: f64,
    /// Mean of the model's stress at rest over the state of charge.
    pub(super) rest_stress: f64,
    /// Σ count × stress of the rainflow cycles that closed.
    pub(super) cycle_stress: f64,
}

/// Below this rate a battery counts as at rest, per h.
const REST_PER_H: f64 = 0.01;

impl DayUse {
    /// The use that levels at equal steps of `step_h` show; at least two. Stresses of the model are left at 0.
    pub(super) fn of(levels: &[f64], step_h: f64, temperature_k: f64) -> Self {
        let (mut moved, mut moved_fast, mut fast_steps, mut sum) = (0.0, 0.0, 0.0, 0.0);
        let (mut least, mut most) = (levels[0], levels[0]);
        let fast = REST_PER_H * step_h;
        for pair in levels.windows(2) {
            let change = (pair[1] - pair[0]).abs();
            let is_fast = f64::from(u8::from(change > fast));
            moved += change;
            moved_fast += is_fast * change;
            fast_steps += is_fast;
            sum += pair[0] + pair[1];
            least = if pair[1] < least { pair[1] } else { least };
            most = if pair[1] > most { pair[1] } else { most };
        }
        let steps = (levels.len() - 1) as f64;
        Self {
            days: steps * step_h / 24.0,
            temperature_k,
            full_cycles: 0.5 * moved,
            depth: most - least,
            rate_per_h: if fast_steps > 0.0 { moved_fast / (fast_steps * step_h) } else { 0.0 },
            mean_rate_per_h: moved_fast / (steps * step_h),
            mean_soc: 0.5 * sum / steps,
            rest_stress: 0.0,
            cycle_stress: 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_by_hand() {
        // 12 h at rest at 0.2, 3 h up to 0.8, 9 h down to 0.2, in hours.
        let mut levels = alloc::vec![0.2; 13];
        levels.extend([0.4, 0.6, 0.8]);
        levels.extend((1..=9).map(|hour| 0.8 - 0.6 * f64::from(hour) / 9.0));
        let day = DayUse::of(&levels, 1.0, 298.15);
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        near(day.days, 1.0);
        near(day.full_cycles, 0.6);
        near(day.depth, 0.6);
        near(day.rate_per_h, 1.2 / 12.0);
        near(day.mean_rate_per_h, 1.2 / 24.0);
        near(day.mean_soc, (12.0 * 0.2 + 12.0 * 0.5) / 24.0);
    }
}
