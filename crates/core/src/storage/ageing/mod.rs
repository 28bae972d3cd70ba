//! Ageing of batteries in the run: what use and time cost in capacity and resistance, and what follows from it.
//!
//! # Model
//! States of charge are observed step by step, and a day at a time, at its end, the cells of a battery advance along the
//! trajectories of a published [`FadeModel`]: stresses are means over the day, whose functions of the state of charge are
//! integrated along each step, or counts of [`Rainflow`] cycles. Neither depends on the step. All cells of a battery see the
//! same state of charge; modules added later ([`EndOfLifeAction::Augment`]) age from their own first day.
//!
//! What then changes, from the next day on, with the capacity left q (a share of the nominal one) and the resistance r (a
//! multiple of that of new cells):
//! - the top of the window falls to q·`soc_max`·capacity; the floor and the reserve stay where they are, in kWh, as guards of
//!   the cells do. Energy that no longer fits is lost, as `fade_loss_kwh`;
//! - the part of the conversion losses that is the cells' own grows by r: 1 − η becomes (1 − η)·(1 + ρ·(r − 1)) with ρ =
//!   [`Ageing::resistive_percent`]/100;
//! - power limits fall to [`Ageing::power_headroom`]/r of the rated ones, where that is below 1.
//!
//! So an aged battery can do nothing that the new one could not: a bound over the new one's decisions holds.
//!
//! What it is not for: temperature within the day (the day's mean counts), cells that differ, sudden failure.

mod age;
mod anode;
mod day;
mod end_of_life;
mod fade;
mod history;
mod lanes;
mod lfp_prismatic;
mod nmc_kokam;
mod rainflow;
mod soc_table;
mod trajectory;
mod wang;
mod warranty;
mod xu;

pub use age::BatteryAge;
pub use end_of_life::{EndOfLife, EndOfLifeAction};
pub use fade::FadeModel;
pub use history::Faded;
pub(crate) use lanes::StorageAgeing;
pub use rainflow::{Cycle, Rainflow};
pub use warranty::{Warranty, WarrantyUse};

use alloc::sync::Arc;

use super::Battery;
use crate::Series;
use crate::simulation::{Fingerprint, SeriesChecks};
use crate::{Problem, Problems};

/// How a battery ages: see [the module](self).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Ageing {
    /// By which model.
    pub model: FadeModel,
    /// Temperature of the cells, °C, −40 to 80; each day's mean counts. Where the battery follows the temperature of its cells
    /// ([`crate::storage::CellTemperature`]) that counts.
    pub temperature_c: Series,
    /// Share of the conversion losses that is the cells' own and grows with their resistance, percent, 0 to 100. The rest is
    /// the converter's. 40 by default: an assumption.
    pub resistive_percent: f64,
    /// Power that new cells could give, as a multiple of the rated one, at least 1. 1.25 by default: an assumption.
    pub power_headroom: f64,
    /// What is done at the end of life.
    pub end_of_life: EndOfLife,
    /// What the maker promises, to be checked; `None` where nothing is.
    pub warranty: Option<Warranty>,
    /// How old it is at the run's start; `None` where it is new. The battery's own numbers are those at the start.
    pub start: Option<Arc<BatteryAge>>,
}

impl Ageing {
    /// Of new cells at 25 °C that are kept whatever is left of them.
    #[must_use]
    pub fn new(model: FadeModel) -> Self {
        Self {
            model,
            temperature_c: Series::Constant(25.0),
            resistive_percent: 40.0,
            power_headroom: 1.25,
            end_of_life: EndOfLife::default(),
            warranty: None,
            start: None,
        }
    }

    pub(crate) fn check(
        &self,
        battery: &Battery,
        problems: &mut Problems,
        field: core::fmt::Arguments<'_>,
        checks: &mut SeriesChecks<'_>,
    ) {
        checks.series(&self.temperature_c, problems, format_args!("{field}.temperature_c"), -40.0, 80.0);
        problems.require_range(format_args!("{field}.resistive_percent"), self.resistive_percent, 0.0, 100.0);
        problems.require_range(format_args!("{field}.power_headroom"), self.power_headroom, 1.0, 100.0);
        self.end_of_life.check(problems, format_args!("{field}"));
        if let Some(warranty) = &self.warranty {
            warranty.check(problems, format_args!("{field}.warranty"));
        }
        battery.require_capacity(problems, field, "ageing");
        if self.start.as_ref().is_some_and(|age| !age.is_sound(self.model)) {
            problems.push(
                Problem::new(format_args!("{field}.start"), "is of no battery of this model")
                    .hint("an age is kept as a run left it"),
            );
        }
    }

    pub(crate) fn hash(&self, hash: &mut Fingerprint) {
        let Self { model, temperature_c, resistive_percent, power_headroom, end_of_life, warranty, start } = self;
        hash.word(0x6167_6569_6e67 + *model as u64);
        hash.series(temperature_c);
        hash.number(*resistive_percent);
        hash.number(*power_headroom);
        let EndOfLife { capacity_percent, action, cost_per_kwh } = end_of_life;
        hash.number(*capacity_percent);
        hash.word(*action as u64);
        hash.number(*cost_per_kwh);
        if let Some(Warranty { years, capacity_percent, full_cycles, throughput_kwh }) = warranty {
            hash.number(*years);
            hash.number(*capacity_percent);
            hash.number(full_cycles.unwrap_or(-1.0));
            hash.number(throughput_kwh.unwrap_or(-1.0));
        }
        if let Some(age) = start {
            age.words().for_each(|word| hash.word(word));
        }
    }
}
