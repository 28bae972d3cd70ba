//! What a plain battery leaves out: efficiency that depends on the load, power that depends on state of charge and
//! temperature, the two wells of lead-acid cells, the temperature of the cells, and the inverter that it shares with a solar
//! plant.
//!
//! # Model
//! The plain battery stays what it is ([`Battery`]), and its one-way efficiencies are those at the best load. Each part
//! that is given changes one thing:
//! - [`PartLoad`] makes of a power p at the AC terminals the power p̂ that the plain battery's equations take in its place;
//!   what is between the two is lost;
//! - [`PowerBySoc`] holds p̂ below a share of the power limit that depends on the state of charge, all along the step;
//! - [`TwoWells`] holds the flow of the store to what the available well can give or take;
//! - [`CellTemperature`] follows the cells' temperature, and holds p̂ below a share of the power limit that depends on it;
//! - [`HybridInverter`] puts the battery on the direct current of a solar plant.
//!
//! So such a battery can do nothing that the plain one could not: with as much taken and given at the terminals the plain one
//! holds at least as much, and where it is full it takes less. A bound over the plain one's decisions holds wherever a kWh less
//! is never dearer, and it and all plans take batteries as plain ones. What a hybrid inverter clips stands in them as generation
//! at the bus, and its rating is left out ([`Plan::with_clipped_generation`](crate::Plan::with_clipped_generation)).
//!
//! Sites without such a battery run without a trace of this.

mod cell_temperature;
mod hybrid;
mod lanes;
mod line;
mod part_load;
mod step;
mod taper;
mod two_wells;

pub use cell_temperature::{CellTemperature, PowerByTemperature};
pub use hybrid::HybridInverter;
pub(crate) use lanes::StorageDetail;
pub use part_load::PartLoad;
pub use taper::PowerBySoc;
pub use two_wells::TwoWells;

use super::Battery;
use crate::simulation::{Fingerprint, SeriesChecks};
use crate::{Problem, Problems};

/// What a plain battery leaves out: see [the module](self). Each part stands alone.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct BatteryDetail {
    /// How the efficiency falls beside its best load; `None` where it is the same at any.
    pub part_load: Option<PartLoad>,
    /// Most charge by state of charge.
    pub charge_taper: Option<PowerBySoc>,
    /// Most discharge by state of charge.
    pub discharge_taper: Option<PowerBySoc>,
    /// The two wells of the kinetic battery model.
    pub wells: Option<TwoWells>,
    /// The temperature of the cells.
    pub cells: Option<CellTemperature>,
    /// The inverter that it shares with a solar plant; `None` where it has its own.
    pub hybrid: Option<HybridInverter>,
}

impl BatteryDetail {
    pub(crate) fn check(
        &self,
        battery: &Battery,
        problems: &mut Problems,
        field: core::fmt::Arguments<'_>,
        checks: &mut SeriesChecks<'_>,
    ) {
        battery.require_capacity(problems, field, "it");
        if battery.soc_max <= 0.0 {
            problems.push(Problem::new(field, "belongs to a battery whose window is empty").value(battery.soc_max));
        }
        if let Some(part_load) = &self.part_load {
            part_load.check(problems, format_args!("{field}.part_load"));
        }
        for (name, taper) in [("charge_taper", &self.charge_taper), ("discharge_taper", &self.discharge_taper)] {
            if let Some(taper) = taper {
                taper.check(problems, format_args!("{field}.{name}"));
            }
        }
        if let Some(wells) = &self.wells {
            wells.check(problems, format_args!("{field}.wells"));
        }
        if let Some(cells) = &self.cells {
            cells.check(problems, format_args!("{field}.cells"), checks);
        }
        if let Some(hybrid) = &self.hybrid {
            hybrid.check(problems, format_args!("{field}.hybrid"), checks);
            if self.part_load.is_some() {
                let twice = Problem::new(
                    format_args!("{field}.part_load"),
                    "stands beside a hybrid inverter, which has one efficiency",
                );
                problems.push(twice.hint("leave part_load out"));
            }
        }
    }

    pub(crate) fn hash(&self, hash: &mut Fingerprint) {
        let Self { part_load, charge_taper, discharge_taper, wells, cells, hybrid } = self;
        hash.word(0x6465_7461_696c);
        let mut part = |index: u64, lists: &[&[f64]]| {
            hash.word(index);
            lists.iter().for_each(|list| hash.numbers(list));
        };
        if let Some(PartLoad { load_percent, efficiency_percent }) = part_load {
            part(1, &[load_percent, efficiency_percent]);
        }
        for (index, taper) in [(2, charge_taper), (3, discharge_taper)] {
            if let Some(PowerBySoc { soc_percent, power_percent }) = taper {
                part(index, &[soc_percent, power_percent]);
            }
        }
        if let Some(TwoWells { available_percent, exchange_per_h }) = wells {
            part(4, &[&[*available_percent, *exchange_per_h]]);
        }
        if let Some(CellTemperature {
            ambient_c,
            time_constant_h,
            heat_loss_w_per_c,
            heat_percent,
            charge,
            discharge,
        }) = cells
        {
            part(5, &[&[*time_constant_h, *heat_loss_w_per_c, *heat_percent]]);
            for (index, limit) in [(6, charge), (7, discharge)] {
                if let Some(PowerByTemperature { temperature_c, power_percent }) = limit {
                    part(index, &[temperature_c, power_percent]);
                }
            }
            hash.series(ambient_c);
        }
        if let Some(HybridInverter { plant, clipped_kw, rated_kw, inverter_efficiency, rectifier_efficiency }) = hybrid
        {
            hash.word(8);
            hash.word(u64::from(*plant));
            hash.numbers(&[*rated_kw, *inverter_efficiency, rectifier_efficiency.unwrap_or(0.0)]);
            hash.series(clipped_kw);
        }
    }
}

/// Requires two lists of one length, of `least` to 32 numbers, the first rising within its range, the second within 0 to 100.
fn check_points(
    problems: &mut Problems,
    field: core::fmt::Arguments<'_>,
    (over, points, [from, to]): (&str, &[f64], [f64; 2]),
    (of, values): (&str, &[f64]),
    least: usize,
) {
    if points.len() != values.len() || !(least..=32).contains(&points.len()) {
        problems.push(
            Problem::new(format_args!("{field}.{of}"), alloc::format!("has not a value for each of {over}"))
                .value(alloc::format!("{} and {}", values.len(), points.len()))
                .allowed(alloc::format!("two lists of one length, {least} to 32 numbers each")),
        );
    }
    for (i, point) in points.iter().enumerate() {
        problems.require_range(format_args!("{field}.{over}[{i}]"), *point, from, to);
    }
    if let Some(i) = (1..points.len()).find(|&i| points[i] <= points[i - 1]) {
        problems.push(
            Problem::new(format_args!("{field}.{over}[{i}]"), "does not rise")
                .value(points[i])
                .allowed(alloc::format!("above the one before, {}", points[i - 1])),
        );
    }
    for (i, value) in values.iter().enumerate() {
        problems.require_range(format_args!("{field}.{of}[{i}]"), *value, 0.0, 100.0);
    }
}
