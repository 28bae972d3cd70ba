//! What a given history of states of charge does to cells, beside any run.

use super::day::DayUse;
use super::soc_table::SocTable;
use super::{FadeModel, Rainflow};

/// What a history left of cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Faded {
    /// Capacity left, percent of that of new cells.
    pub capacity_percent: f64,
    /// Resistance, percent of that of new cells.
    pub resistance_percent: f64,
    /// Equivalent full cycles, each of the capacity left at its day.
    pub full_cycles: f64,
}

impl FadeModel {
    /// What is left of new cells after days of `steps_per_day` steps of `step_h` hours, one for each of
    /// `temperature_by_day_c`; `soc` holds the state of charge at the start and after each step, in [0, 1].
    ///
    /// # Panics
    /// Where there is not a state for the start and each step.
    ///
    /// # Examples
    /// Ten years at rest, half charged, at 25 °C:
    /// ```
    /// use microgrid_core::storage::FadeModel;
    ///
    /// let days = 3650;
    /// let left = FadeModel::LfpPrismatic250Ah.after(&vec![0.5; 1 + days], 1, 24.0, &vec![25.0; days]);
    /// assert!((left.capacity_percent - 96.3).abs() < 0.05, "{left:?}");
    /// ```
    #[must_use]
    pub fn after(self, soc: &[f64], steps_per_day: usize, step_h: f64, temperature_by_day_c: &[f64]) -> Faded {
        assert_eq!(soc.len(), 1 + steps_per_day * temperature_by_day_c.len(), "a state for the start and each step");
        let (mut losses, mut cycles, mut full_cycles) = (self.new_cell(), Rainflow::default(), 0.0);
        let mut table: Option<(f64, SocTable)> = None;
        for (day, &temperature_c) in temperature_by_day_c.iter().enumerate() {
            let levels = &soc[day * steps_per_day..=(day + 1) * steps_per_day];
            let kelvin = temperature_c + 273.15;
            if self.has_rest_table() && table.as_ref().is_none_or(|(known, _)| *known != temperature_c) {
                table = Some((temperature_c, SocTable::of(|soc| self.rest_stress(soc, kelvin))));
            }
            let mut used = DayUse::of(levels, step_h, kelvin);
            used.rest_stress = table.as_ref().map_or(0.0, |(_, table)| table.mean(levels));
            for level in levels {
                cycles.push(*level, |cycle| {
                    used.cycle_stress += cycle.count * self.cycle_stress(cycle.range, cycle.mean);
                });
            }
            let capacity = self.capacity(&losses);
            full_cycles += capacity * used.full_cycles;
            self.advance(&mut losses, capacity, &used);
        }
        Faded {
            capacity_percent: 100.0 * self.capacity(&losses),
            resistance_percent: 100.0 * self.resistance(&losses),
            full_cycles,
        }
    }
}
