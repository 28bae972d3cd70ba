//! A run at a day's end, to go on from later: on another machine, in another lane, with the same bits.

use alloc::string::String;
use alloc::vec::Vec;

use super::block::{Block, BlockStrategy, State};
use super::lane::Lane;
use crate::storage::{Battery, BatteryStep};
use crate::{Problem, Problems};

/// The layout of [`Snapshot::words`]; raised whenever it changes, so that an old snapshot is refused by name.
const VERSION: u32 = 4;

/// One lane's state, meters, open sums and strategy memory at a day's end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Snapshot {
    /// Layout of `words`.
    pub version: u32,
    /// The plan's [`crate::Plan::fingerprint`].
    pub fingerprint: u64,
    /// The strategy's name.
    pub strategy: String,
    /// Days run; a recorder has seen all steps before the first step of this day.
    pub days_done: u32,
    /// Bits of all numbers, in a fixed order.
    pub words: Vec<u64>,
}

impl<const L: usize> Block<'_, L> {
    /// The state of one lane at a day's end, to go on from later.
    ///
    /// # Panics
    /// Within a day, while sums are open that a snapshot does not hold; see [`Block::is_at_days_end`].
    #[must_use]
    pub fn snapshot(&mut self, lane: usize) -> Snapshot {
        assert!(self.is_at_days_end(), "a snapshot is taken at a day's end, see `Block::is_at_days_end`");
        let mut words = Vec::new();
        self.visit(&mut |lanes| words.push(lanes[lane].to_bits()));
        words.extend(self.settings(lane));
        words.extend(self.roster.ageing.words(lane));
        if let BlockStrategy::Own(own) = &self.strategy {
            words.extend(own.save(lane).iter().map(|number| number.to_bits()));
        }
        Snapshot {
            version: VERSION,
            fingerprint: self.plans[lane].fingerprint(),
            strategy: self.names[lane].0.clone(),
            days_done: self.days_done() as u32,
            words,
        }
    }

    /// Goes on from the snapshots of all lanes, taken on the same day of runs of the same plans and strategies.
    ///
    /// # Errors
    /// A snapshot of another version, plan, strategy, setting of it, or day, or one that holds what no run leaves: a
    /// number that is none, energy outside its battery's window, a genset beyond its rating, a plan made after the run.
    /// The block is then as before.
    pub fn resume(&mut self, snapshots: [&Snapshot; L]) -> Result<(), Problems> {
        let mut problems = Problems::none();
        let mut fixed = 0;
        self.visit(&mut |_| fixed += 1);
        let has_memory = matches!(self.strategy, BlockStrategy::Own(_));
        let mut ages = Vec::with_capacity(L);
        for (lane, snapshot) in snapshots.iter().enumerate() {
            let settings = self.settings(lane);
            let before_ages = fixed + settings.len();
            let parsed = snapshot.words.get(before_ages..).and_then(|words| self.roster.ageing.parse(lane, words));
            let least = before_ages + parsed.as_ref().map_or(0, |(_, count)| *count);
            let mut refuse = |what: &str| {
                problems.push(
                    Problem::new("snapshot", alloc::format!("is of another {what}"))
                        .hint("go on with the same version, scenario and strategy, or run from the start"),
                );
            };
            if snapshot.version != VERSION {
                refuse("version");
            } else if snapshot.fingerprint != self.plans[lane].fingerprint() {
                refuse("scenario");
            } else if snapshot.strategy != self.names[lane].0 {
                refuse("strategy");
            } else if snapshot.days_done != snapshots[0].days_done || snapshot.days_done as usize > self.plans[0].days()
            {
                refuse("day than the other lanes'");
            } else if parsed.is_none() || snapshot.words.len() < least || (snapshot.words.len() > least && !has_memory)
            {
                refuse("length");
            } else if snapshot.words[fixed..before_ages] != settings {
                refuse("setting of the strategy");
            }
            ages.extend(parsed);
        }
        problems.or_else(|| ())?;
        let mut before = Vec::with_capacity(fixed);
        let mut word = 0;
        self.visit(&mut |lanes| {
            before.push(*lanes);
            *lanes = Lane::of(snapshots, |snapshot| f64::from_bits(snapshot.words[word]));
            word += 1;
        });
        if let Some(what) = (0..L).find_map(|lane| self.impossible(lane)) {
            let mut before = before.into_iter();
            self.visit(&mut |lanes| *lanes = before.next().unwrap_or(*lanes));
            let hint = "a snapshot is kept as it was taken; run from the start";
            return Err(Problem::new("snapshot", alloc::format!("holds {what}")).hint(hint).into());
        }
        let mut memory_at: [usize; L] = core::array::from_fn(|lane| word + self.settings(lane).len());
        for (lane, (age, count)) in ages.into_iter().enumerate() {
            self.roster.ageing.restore(lane, age);
            memory_at[lane] += count;
        }
        self.take_up_ages();
        if let BlockStrategy::Own(own) = &mut self.strategy {
            for (lane, snapshot) in snapshots.iter().enumerate() {
                let memory: Vec<f64> =
                    snapshot.words[memory_at[lane]..].iter().map(|bits| f64::from_bits(*bits)).collect();
                own.restore(lane, &memory);
            }
        }
        self.jump_to_day(snapshots[0].days_done as usize);
        Ok(())
    }

    /// Makes the numbers of batteries that age those of their ages.
    fn take_up_ages(&mut self) {
        for (i, batteries) in self.site.batteries.iter_mut().enumerate() {
            for lane in 0..L {
                if let Some(step) = self.roster.ageing.step(i, lane) {
                    batteries.set(lane, &step);
                    self.roster.detail.take_up(i, lane, &step);
                }
            }
        }
    }

    /// What of a lane's state no run leaves.
    fn impossible(&mut self, lane: usize) -> Option<&'static str> {
        let mut any_nan = false;
        self.visit(&mut |lanes| any_nan |= lanes[lane].is_nan());
        let plan = &*self.plans[lane];
        // A battery that was replaced in the run has room again up to the new one's top.
        let top_kwh = |(battery, step): (&Battery, &BatteryStep)| match battery.age_at_start() {
            Some(age) => age.soc_max_as_new() * battery.capacity_kwh,
            None => step.max_kwh,
        };
        let tops = plan.scenario.storage.iter().zip(&plan.batteries).map(top_kwh);
        let is_outside = |((stored, battery), top_kwh): ((&Lane<L>, &BatteryStep), f64)| {
            let slack = 1e-9 * top_kwh;
            !(battery.min_kwh - slack..=top_kwh + slack).contains(&stored[lane])
        };
        if any_nan {
            Some("a number that is none")
        } else if self.state.stored.iter().zip(&plan.batteries).zip(tops).any(is_outside) {
            Some("energy outside a battery's window")
        } else if let Some(what) = self.roster.impossible(lane) {
            Some(what)
        } else if matches!(&self.strategy, BlockStrategy::RollingHorizon(rolling) if !rolling.is_within(lane, plan.steps))
        {
            Some("a plan made after the run")
        } else {
            None
        }
    }

    /// What the strategy of a lane was set to, beyond its name and what follows from the plan.
    fn settings(&self, lane: usize) -> Vec<u64> {
        match &self.strategy {
            BlockStrategy::PeakShaving(strategy) => {
                strategy.target_by_month.iter().map(|targets| targets[lane].to_bits()).collect()
            }
            BlockStrategy::Own(own) => own.setting(lane).map(f64::to_bits).into_iter().collect(),
            BlockStrategy::RollingHorizon(strategy) => strategy.settings(lane),
            _ => Vec::new(),
        }
    }

    /// Visits everything that a run carries over a day's end, in a fixed order.
    fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        let State { stored, battery_meters } = &mut self.state;
        stored.iter_mut().for_each(&mut *visit);
        battery_meters.iter_mut().for_each(|meters| meters.visit(visit));
        self.meters.visit(visit);
        self.roster.visit(visit);
        if let BlockStrategy::TimeOfUse(strategy) = &mut self.strategy {
            strategy.visit(visit);
        }
        if let BlockStrategy::RollingHorizon(strategy) = &mut self.strategy {
            strategy.visit(visit);
        }
    }
}
