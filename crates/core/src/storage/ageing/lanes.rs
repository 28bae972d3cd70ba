//! The ageing of all batteries of L lanes: what observes the steps of a day, and what the day's end changes.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::age::BatteryAge;
use super::day::DayUse;
use super::soc_table::SocTable;
use super::{Ageing, EndOfLifeAction, WarrantyUse};
use crate::Plan;
use crate::simulation::BatteryHealth;
use crate::simulation::lane::Lane;
use crate::storage::{Battery, BatteryStep};

/// One element for each battery of the scenario.
#[derive(Debug)]
pub(crate) struct StorageAgeing<const L: usize> {
    /// `None` where the battery does not age; lanes share whether it does.
    batteries: Vec<Option<Box<[AgeingBattery; L]>>>,
}

/// A battery that ages, in one lane.
#[derive(Debug)]
struct AgeingBattery {
    ageing: Ageing,
    /// With its numbers of today.
    battery: Battery,
    age: BatteryAge,
    run: RunUse,
    step_h: f64,
    /// Days of the run.
    days: f64,
    /// Temperature of the cells by day; one element where it is the same on all days.
    temperature_by_day_c: Vec<f64>,
    /// The stress at rest at `table_c`, where the model has one.
    table: Option<SocTable>,
    table_c: f64,
    /// Stored energy at the start of the open day and after each of its steps, kWh.
    trace_kwh: Vec<f64>,
    /// Room for the same as states of charge.
    levels: Vec<f64>,
}

/// What the run did to a battery up to its last closed day.
#[derive(Debug, Clone, PartialEq, Default)]
struct RunUse {
    capacity_at_start: f64,
    /// The meters' sums when they were last looked at, kW·steps.
    charge_seen: f64,
    discharge_seen: f64,
    /// Of what was seen.
    conversion_loss_kwh: f64,
    drawn_kwh: f64,
    fade_loss_kwh: f64,
    replacements: f64,
    augmentations: f64,
    new_capacity_kwh: f64,
    least_capacity: f64,
    /// Days of the run that were closed when cells were last renewed; 0 where they were not.
    renewed_after: f64,
    renewed_capacity: f64,
}

/// What a day's end changes.
pub(crate) struct DayEnd {
    pub(crate) stored_kwh: f64,
    /// What no longer fits.
    pub(crate) lost_kwh: f64,
    pub(crate) step: BatteryStep,
}

impl<const L: usize> StorageAgeing<L> {
    pub(crate) fn none() -> Self {
        Self { batteries: Vec::new() }
    }

    pub(crate) fn pack(plans: [&Plan; L]) -> Self {
        let of = |i: usize| {
            plans[0].scenario.storage[i].ageing.as_ref()?;
            Some(Box::new(plans.map(|plan| AgeingBattery::of(plan, i))))
        };
        let batteries: Vec<_> = (0..plans[0].scenario.storage.len()).map(of).collect();
        if batteries.iter().all(Option::is_none) { Self::none() } else { Self { batteries } }
    }

    /// Whether no battery ages.
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.batteries.is_empty()
    }

    fn each(&self) -> impl Iterator<Item = (usize, &[AgeingBattery; L])> {
        self.batteries.iter().enumerate().filter_map(|(i, lanes)| Some((i, &**lanes.as_ref()?)))
    }

    fn each_mut(&mut self) -> impl Iterator<Item = (usize, &mut [AgeingBattery; L])> {
        self.batteries.iter_mut().enumerate().filter_map(|(i, lanes)| Some((i, &mut **lanes.as_mut()?)))
    }

    /// Begins a day, unless it is begun.
    pub(crate) fn open(&mut self, stored: &[Lane<L>]) {
        for (i, lanes) in self.each_mut() {
            for (l, battery) in lanes.iter_mut().enumerate() {
                if battery.trace_kwh.is_empty() {
                    battery.trace_kwh.push(stored[i][l]);
                }
            }
        }
    }

    /// Forgets an open day, where a run goes on from elsewhere.
    pub(crate) fn forget_day(&mut self) {
        self.each_mut().flat_map(|(_, lanes)| lanes).for_each(|battery| battery.trace_kwh.clear());
    }

    /// Observes a step's end.
    #[inline]
    pub(crate) fn observe(&mut self, stored: &[Lane<L>]) {
        for (lanes, stored) in self.batteries.iter_mut().zip(stored) {
            if let Some(lanes) = lanes {
                for (battery, stored) in lanes.iter_mut().zip(&stored.0) {
                    battery.trace_kwh.push(*stored);
                }
            }
        }
    }

    /// Closes a day of a battery that holds `stored_kwh` and whose meters' sums of charge and discharge are `sums`, kW·steps;
    /// `None` where it does not age. With the day stands the mean temperature of the cells, where somebody followed it.
    pub(crate) fn close_day(
        &mut self,
        (battery, lane): (usize, usize),
        day: (usize, Option<f64>),
        stored_kwh: f64,
        sums: [f64; 2],
    ) -> Option<DayEnd> {
        Some(self.batteries.get_mut(battery)?.as_mut()?[lane].close_day(day, stored_kwh, sums))
    }

    /// The numbers of a battery as they are today; `None` where it does not age.
    pub(crate) fn step(&self, battery: usize, lane: usize) -> Option<BatteryStep> {
        Some(self.batteries.get(battery)?.as_ref()?[lane].step())
    }

    /// The age of a battery; `None` where it does not age.
    pub(crate) fn age(&self, battery: usize, lane: usize) -> Option<&BatteryAge> {
        Some(&self.batteries.get(battery)?.as_ref()?[lane].age)
    }

    /// Conversion losses and energy drawn from store up to now, kWh, from the meters' sums; `None` where the battery does
    /// not age, and both follow from its constant efficiencies.
    pub(crate) fn losses_kwh(&self, battery: usize, lane: usize, sums: [f64; 2]) -> Option<(f64, f64)> {
        Some(self.batteries.get(battery)?.as_ref()?[lane].losses_kwh(sums))
    }

    pub(crate) fn health(&self, battery: usize, lane: usize, sums: [f64; 2]) -> Option<BatteryHealth> {
        Some(self.batteries.get(battery)?.as_ref()?[lane].health(sums))
    }

    /// Writes the capacity left of each battery that ages, percent.
    pub(crate) fn record(&self, lane: usize, values: &mut core::slice::IterMut<'_, f64>) {
        for (_, lanes) in self.each() {
            if let Some(value) = values.next() {
                *value = 100.0 * lanes[lane].capacity();
            }
        }
    }

    /// What a lane carries over a day's end, for a snapshot.
    pub(crate) fn words(&self, lane: usize) -> Vec<u64> {
        self.each().flat_map(|(_, lanes)| lanes[lane].age.words().chain(lanes[lane].run.words())).collect()
    }

    /// What words of [`StorageAgeing::words`] at the start of `words` hold, and how many they are; `None` where they hold
    /// what no run leaves.
    pub(crate) fn parse(&self, lane: usize, words: &[u64]) -> Option<(Parsed, usize)> {
        let mut rest = words.iter().copied();
        let mut parsed = Vec::new();
        for (_, lanes) in self.each() {
            let age = BatteryAge::of_words(&mut rest, lanes[lane].ageing.model)?;
            parsed.push((age, RunUse::of_words(&mut rest)?));
        }
        let count = words.len() - rest.len();
        Some((Parsed(parsed), count))
    }

    pub(crate) fn restore(&mut self, lane: usize, parsed: Parsed) {
        for ((_, lanes), (age, run)) in self.each_mut().zip(parsed.0) {
            let battery = &mut lanes[lane];
            (battery.age, battery.run) = (age, run);
            battery.trace_kwh.clear();
            battery.age.apply(&battery.ageing, &mut battery.battery);
        }
    }
}

/// What a snapshot holds of a lane's ageing.
pub(crate) struct Parsed(Vec<(BatteryAge, RunUse)>);

impl AgeingBattery {
    /// # Panics
    /// Where the battery does not age.
    fn of(plan: &Plan, index: usize) -> Self {
        let battery = plan.scenario.storage[index].clone();
        let ageing = battery.ageing.clone().expect("lanes share which batteries age");
        let calendar = &plan.scenario.calendar;
        let longest_day = calendar.day_first_step.windows(2).map(|day| day[1] - day[0]).max().unwrap_or(0) as usize;
        let temperature_by_day_c = match &ageing.temperature_c {
            crate::Series::Constant(temperature) => alloc::vec![*temperature],
            crate::Series::Steps(values) => {
                let mean = |steps: &[f64]| steps.iter().sum::<f64>() / steps.len() as f64;
                let days = calendar.day_first_step.windows(2);
                days.map(|day| mean(&values[day[0] as usize..day[1] as usize])).collect()
            }
        };
        let age = match &ageing.start {
            Some(age) => age.with_room(),
            None => BatteryAge::new(&battery, ageing.model),
        };
        let table_c = temperature_by_day_c[0];
        let kelvin = table_c + KELVIN;
        let table = ageing.model.has_rest_table().then(|| SocTable::of(|soc| ageing.model.rest_stress(soc, kelvin)));
        let capacity = age.capacity(ageing.model);
        let run = RunUse { capacity_at_start: capacity, least_capacity: capacity, ..RunUse::default() };
        Self {
            ageing,
            battery,
            age,
            run,
            step_h: plan.step_h,
            days: plan.days() as f64,
            temperature_by_day_c,
            table,
            table_c,
            trace_kwh: Vec::with_capacity(longest_day + 1),
            levels: Vec::with_capacity(longest_day + 1),
        }
    }

    fn capacity(&self) -> f64 {
        self.age.capacity(self.ageing.model)
    }

    fn step(&self) -> BatteryStep {
        BatteryStep::new(&self.battery, self.step_h)
    }

    fn close_day(&mut self, (day, cell_c): (usize, Option<f64>), stored_kwh: f64, sums: [f64; 2]) -> DayEnd {
        let used = self.day_use(day, cell_c);
        self.trace_kwh.clear();
        let model = self.ageing.model;
        let before = self.capacity();
        for cohort in self.age.cohorts_mut() {
            let capacity = model.capacity(&cohort.losses);
            model.advance(&mut cohort.losses, capacity, &used);
        }
        self.age.days += used.days;
        self.age.full_cycles += before * used.full_cycles;
        self.age.throughput_kwh += (sums[1] - self.run.discharge_seen) * self.step_h;
        (self.run.conversion_loss_kwh, self.run.drawn_kwh) = self.losses_kwh(sums);
        [self.run.charge_seen, self.run.discharge_seen] = sums;
        self.check_warranty();
        self.run.least_capacity = f64::min(self.run.least_capacity, self.capacity());
        if self.end_life() {
            self.run.renewed_after = (day + 1) as f64;
            self.run.renewed_capacity = self.capacity();
        }
        self.age.apply(&self.ageing, &mut self.battery);
        let step = self.step();
        let lost_kwh = f64::max(stored_kwh - step.max_kwh, 0.0);
        self.run.fade_loss_kwh += lost_kwh;
        DayEnd { stored_kwh: if lost_kwh > 0.0 { step.max_kwh } else { stored_kwh }, lost_kwh, step }
    }

    /// What the open day did.
    fn day_use(&mut self, day: usize, cell_c: Option<f64>) -> DayUse {
        let model = self.ageing.model;
        let left = self.capacity();
        let per_kwh = 1.0 / (left * self.battery.capacity_kwh);
        self.levels.clear();
        self.levels.extend(self.trace_kwh.iter().map(|stored| (stored * per_kwh).clamp(0.0, 1.0)));
        let days = &self.temperature_by_day_c;
        let temperature_c = cell_c.unwrap_or_else(|| days[day.min(days.len() - 1)]);
        let kelvin = temperature_c + KELVIN;
        let mut used = DayUse::of(&self.levels, self.step_h, kelvin);
        if let Some(table) = &mut self.table {
            if temperature_c != self.table_c {
                table.fill(|soc| model.rest_stress(soc, kelvin));
                self.table_c = temperature_c;
            }
            used.rest_stress = table.mean(&self.levels);
        }
        // Levels of the nominal capacity, so that fade alone turns nothing; a cycle's depth is of what is left.
        let (per_kwh, of_left) = (1.0 / self.battery.capacity_kwh, 1.0 / left);
        let (mut stress, mut counted) = (0.0, 0.0);
        for stored in &self.trace_kwh {
            self.age.cycles.push(stored * per_kwh, |cycle| {
                stress += cycle.count * model.cycle_stress(cycle.range * of_left, cycle.mean * of_left);
                counted += cycle.count;
            });
        }
        self.age.counted_cycles += counted;
        DayUse { cycle_stress: stress, ..used }
    }

    fn check_warranty(&mut self) {
        let Some(warranty) = &self.ageing.warranty else { return };
        let is_kept = 100.0 * self.capacity() >= warranty.capacity_percent;
        if !is_kept && self.age.broken_after_days < 0.0 && warranty.used(&self.age).0 <= 1.0 {
            self.age.broken_after_days = self.age.days;
        }
    }

    /// Does what is to be done at the end of life, where it is reached; returns whether cells were renewed.
    fn end_life(&mut self) -> bool {
        let (rule, model, left) = (&self.ageing.end_of_life, self.ageing.model, self.capacity());
        if rule.action == EndOfLifeAction::Keep || 100.0 * left > rule.capacity_percent {
            return false;
        }
        let missing = 1.0 - left;
        if rule.action == EndOfLifeAction::Augment && self.age.augment(model, missing) {
            self.run.augmentations += 1.0;
            self.run.new_capacity_kwh += missing * self.battery.capacity_kwh;
            return true;
        }
        self.age.replace(model);
        self.run.replacements += 1.0;
        self.run.new_capacity_kwh += self.battery.capacity_kwh;
        true
    }

    /// Conversion losses and energy drawn: what was seen, and the rest at the efficiencies of today.
    fn losses_kwh(&self, [charge, discharge]: [f64; 2]) -> (f64, f64) {
        let (step, run) = (self.step(), &self.run);
        let (charge, discharge) = (charge - run.charge_seen, discharge - run.discharge_seen);
        let loss = step.conversion_loss_kwh(charge, discharge);
        (run.conversion_loss_kwh + loss, run.drawn_kwh + discharge * step.drawn_per_discharge)
    }

    fn health(&self, sums: [f64; 2]) -> BatteryHealth {
        let Self { ageing, age, run, .. } = self;
        let warranty = ageing.warranty.as_ref().map(|warranty| {
            let (used, by) = warranty.used(age);
            let broken_after_days = Some(age.broken_after_days).filter(|days| *days >= 0.0);
            WarrantyUse { used_percent: 100.0 * used, by, broken_after_days }
        });
        let throughput_kwh = age.throughput_kwh + (sums[1] - run.discharge_seen) * self.step_h;
        let life = 1.0 - 0.01 * ageing.end_of_life.capacity_percent;
        let per_loss = ageing.end_of_life.cost_per_kwh * self.battery.capacity_kwh / life;
        let wear_cost_per_kwh = (age.cycle_loss(ageing.model))
            .map(|loss| if throughput_kwh > 0.0 { loss * per_loss / throughput_kwh } else { 0.0 });
        BatteryHealth {
            model: ageing.model.name(),
            start_capacity_percent: 100.0 * run.capacity_at_start,
            end_capacity_percent: 100.0 * self.capacity(),
            least_capacity_percent: 100.0 * run.least_capacity,
            renewed_at_percent: (run.renewed_after > 0.0).then(|| 100.0 * run.renewed_after / self.days),
            renewed_capacity_percent: 100.0 * run.renewed_capacity,
            end_resistance_percent: 100.0 * age.resistance(ageing.model),
            age_days: age.days,
            full_cycles: age.full_cycles,
            counted_cycles: age.counted_cycles,
            throughput_kwh,
            fade_loss_kwh: run.fade_loss_kwh,
            replacements: run.replacements as u32,
            augmentations: run.augmentations as u32,
            new_capacity_kwh: run.new_capacity_kwh,
            replacement_cost: run.new_capacity_kwh * ageing.end_of_life.cost_per_kwh,
            wear_cost_per_kwh,
            warranty,
        }
    }
}

impl RunUse {
    fn words(&self) -> impl Iterator<Item = u64> + use<> {
        let Self {
            capacity_at_start,
            charge_seen,
            discharge_seen,
            conversion_loss_kwh,
            drawn_kwh,
            fade_loss_kwh,
            replacements,
            augmentations,
            new_capacity_kwh,
            least_capacity,
            renewed_after,
            renewed_capacity,
        } = *self;
        let numbers = [
            capacity_at_start,
            charge_seen,
            discharge_seen,
            conversion_loss_kwh,
            drawn_kwh,
            fade_loss_kwh,
            replacements,
            augmentations,
            new_capacity_kwh,
            least_capacity,
            renewed_after,
            renewed_capacity,
        ];
        numbers.into_iter().map(f64::to_bits)
    }

    fn of_words(words: &mut impl Iterator<Item = u64>) -> Option<Self> {
        let mut number = || words.next().map(f64::from_bits).filter(|number| *number >= 0.0);
        Some(Self {
            capacity_at_start: number()?,
            charge_seen: number()?,
            discharge_seen: number()?,
            conversion_loss_kwh: number()?,
            drawn_kwh: number()?,
            fade_loss_kwh: number()?,
            replacements: number()?,
            augmentations: number()?,
            new_capacity_kwh: number()?,
            least_capacity: number()?,
            renewed_after: number()?,
            renewed_capacity: number()?,
        })
    }
}

/// 0 °C.
const KELVIN: f64 = 273.15;

impl Battery {
    /// The age of the battery at the run's start, where it is not new.
    pub(crate) fn age_at_start(&self) -> Option<&Arc<BatteryAge>> {
        self.ageing.as_ref()?.start.as_ref()
    }

    /// Greatest charge and discharge of the battery when it was new, kW.
    pub(crate) fn power_as_new_kw(&self) -> [f64; 2] {
        self.age_at_start().map_or([self.charge_max_kw, self.discharge_max_kw], |age| age.power_as_new_kw())
    }

    /// The top of the window of the battery when it was new, a share of its capacity.
    pub(crate) fn soc_max_as_new(&self) -> f64 {
        self.age_at_start().map_or(self.soc_max, |age| age.soc_max_as_new())
    }
}
