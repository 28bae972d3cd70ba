//! How old a battery is: all that a run carries of it from day to day, and from year to year.

use alloc::vec::Vec;

use super::fade::Losses;
use super::{Ageing, FadeModel, Rainflow};
use crate::storage::Battery;

/// Most ages of modules in one battery. An augmentation beyond it replaces all of them.
const MOST_COHORTS: usize = 32;

/// The age of a battery: its cells' losses, its open half cycles, and what it did since its first day. As a run leaves it
/// ([`crate::Block::battery_age`]), for another to begin with ([`Ageing::start`]).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BatteryAge {
    as_new: AsNew,
    cohorts: Vec<Cohort>,
    pub(super) cycles: Rainflow,
    /// Since the first day of the oldest cells.
    pub(super) days: f64,
    pub(super) full_cycles: f64,
    /// Rainflow cycles that closed.
    pub(super) counted_cycles: f64,
    /// At the AC terminals, discharged.
    pub(super) throughput_kwh: f64,
    /// Days after which the warranty's promise was broken; negative where it is not.
    pub(super) broken_after_days: f64,
}

/// The numbers of the new battery that age lowers.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct AsNew {
    soc_max: f64,
    charge_max_kw: f64,
    discharge_max_kw: f64,
    charge_efficiency: f64,
    discharge_efficiency: f64,
    reserve_soc: f64,
}

/// Cells of one first day.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Cohort {
    /// Capacity when new, a share of the battery's nominal one.
    pub(super) share: f64,
    pub(super) losses: Losses,
}

impl BatteryAge {
    /// Of a new battery.
    pub(super) fn new(battery: &Battery, model: FadeModel) -> Self {
        let as_new = AsNew {
            soc_max: battery.soc_max,
            charge_max_kw: battery.charge_max_kw,
            discharge_max_kw: battery.discharge_max_kw,
            charge_efficiency: battery.charge_efficiency,
            discharge_efficiency: battery.discharge_efficiency,
            reserve_soc: battery.reserve_soc,
        };
        let mut cohorts = Vec::with_capacity(MOST_COHORTS);
        cohorts.push(Cohort { share: 1.0, losses: model.new_cell() });
        Self {
            as_new,
            cohorts,
            cycles: Rainflow::with_room(256),
            days: 0.0,
            full_cycles: 0.0,
            counted_cycles: 0.0,
            throughput_kwh: 0.0,
            broken_after_days: -1.0,
        }
    }

    /// The same, with the room of a new one: a copy has none, and the march allocates nothing.
    pub(super) fn with_room(&self) -> Self {
        let mut age = self.clone();
        age.cohorts.reserve(MOST_COHORTS);
        age.cycles.reserve(256);
        age
    }

    /// Whether a run could have left it: finite numbers, cells that are some.
    pub(super) fn is_sound(&self, model: FadeModel) -> bool {
        let shares: f64 = self.cohorts.iter().map(|cohort| cohort.share).sum();
        let capacity = self.capacity(model);
        self.words().all(|word| f64::from_bits(word).is_finite())
            && (1..=MOST_COHORTS).contains(&self.cohorts.len())
            && self.cohorts.iter().all(|cohort| cohort.share > 0.0 && cohort.losses.iter().all(|loss| *loss >= 0.0))
            && shares >= 1.0
            && capacity > 0.0
    }

    /// Days since the first day of the oldest cells.
    #[must_use]
    pub fn days(&self) -> f64 {
        self.days
    }

    /// Capacity left, a share of the nominal one.
    pub(super) fn capacity(&self, model: FadeModel) -> f64 {
        let left = |cohort: &Cohort| cohort.share * model.capacity(&cohort.losses);
        self.cohorts.iter().map(left).fold(0.0, |sum, share| sum + share).min(1.0)
    }

    /// Capacity lost to use alone, a share of the nominal one; `None` where the model does not tell it from time.
    pub(super) fn cycle_loss(&self, model: FadeModel) -> Option<f64> {
        let lost = |cohort: &Cohort| Some(cohort.share * model.cycle_loss(&cohort.losses)?);
        self.cohorts.iter().map(lost).try_fold(0.0, |sum, lost| Some(sum + lost?))
    }

    /// Resistance as a multiple of that of new cells: cohorts stand side by side.
    pub(super) fn resistance(&self, model: FadeModel) -> f64 {
        let flows = self.cohorts.iter().map(|cohort| cohort.share / model.resistance(&cohort.losses));
        f64::max(1.0 / flows.sum::<f64>(), 1.0)
    }

    pub(super) fn cohorts_mut(&mut self) -> &mut [Cohort] {
        &mut self.cohorts
    }

    /// New cells all over, the day's energy in them.
    pub(super) fn replace(&mut self, model: FadeModel) {
        self.cohorts.clear();
        self.cohorts.push(Cohort { share: 1.0, losses: model.new_cell() });
        self.cycles.clear();
        (self.days, self.full_cycles, self.counted_cycles, self.throughput_kwh) = (0.0, 0.0, 0.0, 0.0);
        self.broken_after_days = -1.0;
    }

    /// New cells of `share` beside the old ones; false where there is no room for more.
    pub(super) fn augment(&mut self, model: FadeModel, share: f64) -> bool {
        let has_room = self.cohorts.len() < MOST_COHORTS;
        if has_room {
            self.cohorts.push(Cohort { share, losses: model.new_cell() });
        }
        has_room
    }

    /// Greatest charge and discharge of the new battery, kW.
    pub(crate) fn power_as_new_kw(&self) -> [f64; 2] {
        [self.as_new.charge_max_kw, self.as_new.discharge_max_kw]
    }

    /// The top of the new battery's window, a share of its capacity.
    pub(crate) fn soc_max_as_new(&self) -> f64 {
        self.as_new.soc_max
    }

    /// Lowers the numbers of `battery` to those of this age: see the module's model.
    pub(crate) fn apply(&self, ageing: &Ageing, battery: &mut Battery) {
        let (capacity, resistance) = (self.capacity(ageing.model), self.resistance(ageing.model));
        let new = &self.as_new;
        let growth = 1.0 + 0.01 * ageing.resistive_percent * (resistance - 1.0);
        let efficiency = |new: f64| if growth > 1.0 { f64::max(1.0 - (1.0 - new) * growth, 0.01) } else { new };
        let power = f64::min(ageing.power_headroom / resistance, 1.0);
        battery.soc_max = f64::max(new.soc_max * capacity, battery.soc_min);
        battery.reserve_soc = f64::min(new.reserve_soc, battery.soc_max);
        battery.charge_max_kw = new.charge_max_kw * power;
        battery.discharge_max_kw = new.discharge_max_kw * power;
        // Cells behind a shared inverter grow old, and the inverter does not.
        let shared = battery.shared_inverter_efficiency();
        battery.charge_efficiency = efficiency(new.charge_efficiency * shared) / shared;
        battery.discharge_efficiency = efficiency(new.discharge_efficiency / shared) * shared;
    }

    /// Raises the numbers of `battery` to those of the new one.
    pub(crate) fn undo(&self, battery: &mut Battery) {
        let new = &self.as_new;
        battery.soc_max = new.soc_max;
        battery.charge_max_kw = new.charge_max_kw;
        battery.discharge_max_kw = new.discharge_max_kw;
        battery.charge_efficiency = new.charge_efficiency;
        battery.discharge_efficiency = new.discharge_efficiency;
        battery.reserve_soc = new.reserve_soc;
    }

    /// All of it as bits of numbers, lengths first, for hashes and snapshots.
    pub(crate) fn words(&self) -> impl Iterator<Item = u64> + '_ {
        let Self { as_new, cohorts, cycles, days, full_cycles, counted_cycles, throughput_kwh, broken_after_days } =
            self;
        let (reversals, last) = cycles.levels();
        let head = [
            cohorts.len() as f64,
            reversals.len() as f64,
            last,
            *days,
            *full_cycles,
            *counted_cycles,
            *throughput_kwh,
            *broken_after_days,
            as_new.soc_max,
            as_new.charge_max_kw,
            as_new.discharge_max_kw,
            as_new.charge_efficiency,
            as_new.discharge_efficiency,
            as_new.reserve_soc,
        ];
        let cells = cohorts.iter().flat_map(|cohort| core::iter::once(cohort.share).chain(cohort.losses));
        head.into_iter().chain(cells).chain(reversals.iter().copied()).map(f64::to_bits)
    }

    /// The age that words of [`BatteryAge::words`] are of; `None` where they are of none.
    pub(super) fn of_words(words: &mut impl Iterator<Item = u64>, model: FadeModel) -> Option<Self> {
        let mut number = || words.next().map(f64::from_bits);
        let (cohorts, reversals) = (number()?, number()?);
        let is_count = |count: f64| (0.0..1e6).contains(&count) && count as usize as f64 == count;
        if !is_count(cohorts) || !is_count(reversals) || cohorts as usize > MOST_COHORTS {
            return None;
        }
        let last = number()?;
        let [days, full_cycles, counted_cycles, throughput_kwh, broken_after_days] =
            [number()?, number()?, number()?, number()?, number()?];
        let as_new = AsNew {
            soc_max: number()?,
            charge_max_kw: number()?,
            discharge_max_kw: number()?,
            charge_efficiency: number()?,
            discharge_efficiency: number()?,
            reserve_soc: number()?,
        };
        let mut age = Self {
            as_new,
            cohorts: Vec::with_capacity(MOST_COHORTS),
            cycles: Rainflow::with_room(256),
            days,
            full_cycles,
            counted_cycles,
            throughput_kwh,
            broken_after_days,
        };
        for _ in 0..cohorts as usize {
            let share = number()?;
            age.cohorts.push(Cohort { share, losses: [number()?, number()?, number()?, number()?, number()?] });
        }
        let open: Option<Vec<f64>> = (0..reversals as usize).map(|_| number()).collect();
        age.cycles.restore(open?.into_iter(), last);
        age.is_sound(model).then_some(age)
    }
}
