//! How long the site would live without the grid, from every hour of a run.
//!
//! # Model
//! From a start the grid is away for good. Batteries hold what the run left in them there; gensets stand still, water heaters
//! are as at the run's start. The site goes on under the order of recourse with `self_consumption`, through the same physics
//! as any run, until a step in which load of its highest tier is not served in full. REopt's outage simulation asks the same
//! of its critical load.

use alloc::vec::Vec;

use super::settings::SurvivalSettings;
use crate::demand::Tier;
use crate::dispatch::{Controller, Dispatch};
use crate::simulation::{Block, PlanCache, StepRecord};
use crate::{Plan, Problems};

/// The hours survived from each start.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Survival {
    /// First step of each outage looked at.
    pub starts: Vec<u32>,
    /// Hours until load of the tier is not served, at most `longest_h`, of each start.
    pub survived_h: Vec<f64>,
    /// Longest outage that was looked at, h.
    pub longest_h: u32,
    /// The tier that counts: the highest that the site has.
    pub tier: Tier,
}

impl Survival {
    /// Share of the starts from which an outage of so many hours is survived.
    #[must_use]
    pub fn share(&self, hours_h: f64) -> f64 {
        let survived = self.survived_h.iter().filter(|survived_h| **survived_h >= hours_h - 1e-9).count();
        if self.survived_h.is_empty() { 0.0 } else { survived as f64 / self.survived_h.len() as f64 }
    }

    /// Mean of the hours survived, those that reach the longest outage counted as that.
    #[must_use]
    pub fn mean_h(&self) -> f64 {
        if self.survived_h.is_empty() {
            0.0
        } else {
            self.survived_h.iter().sum::<f64>() / self.survived_h.len() as f64
        }
    }

    /// The least of the hours survived, and its start.
    #[must_use]
    pub fn least(&self) -> Option<(u32, f64)> {
        let all = self.starts.iter().copied().zip(self.survived_h.iter().copied());
        all.min_by(|(_, a), (_, b)| a.total_cmp(b))
    }
}

/// The hours that the site of `plan` survives from each start, given the energy in each battery at each step's end of a run
/// ([`Watched::stored_kwh`](super::Watched::stored_kwh)). Starts whose longest outage would leave the run are not looked at.
///
/// # Errors
/// What is wrong with the scenario without its grid; nothing where it was right with it.
///
/// # Panics
/// If the energies are not those of a run of the plan.
pub fn survival_hours(plan: &Plan, stored_kwh: &[Vec<f64>], settings: &SurvivalSettings) -> Result<Survival, Problems> {
    let mut scenario = plan.scenario().clone();
    let steps = plan.steps();
    let whole_run = 0..steps as u32;
    scenario.outages = Vec::from([whole_run]);
    scenario.dispatch = Dispatch::SelfConsumption;
    let island = Plan::compile_owned(scenario, &mut PlanCache::default())?;
    let loads = &plan.scenario().loads;
    let tier = Tier::ALL.into_iter().find(|tier| loads.iter().any(|load| load.tier == *tier)).unwrap_or_default();
    let per_hour = 3600 / plan.scenario().calendar.step_s as usize;
    let longest = settings.longest_h as usize * per_hour;
    let starts: Vec<usize> =
        (0..steps.saturating_sub(longest - 1)).step_by(settings.every_h as usize * per_hour).collect();
    let mut survived_h = Vec::with_capacity(starts.len());
    for &start in &starts {
        let controller = Controller::built_in(&Dispatch::SelfConsumption, &island)?;
        let mut block: Block<'_, 1> = Block::pack([&island], [controller]);
        let stored = stored_kwh.iter().map(|column| start.checked_sub(1).map(|before| column[before]));
        block.begin_at(start, stored);
        let mut is_short = false;
        let mut lived = 0;
        while lived < longest {
            block.advance(1, &mut |_: usize, step: &StepRecord<'_>| is_short = step.unserved_kw[tier as usize] > 1e-6);
            if is_short {
                break;
            }
            lived += 1;
        }
        survived_h.push(lived as f64 / per_hour as f64);
    }
    Ok(Survival {
        starts: starts.iter().map(|start| *start as u32).collect(),
        survived_h,
        longest_h: settings.longest_h,
        tier,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Monitoring, Watcher};
    use super::*;
    use crate::demand::Load;
    use crate::generation::{Genset, SeriesPlant};
    use crate::storage::Battery;
    use crate::{Calendar, Scenario};

    /// From every second hour of four days: the hours survived are those until the first critical load goes unserved in a run
    /// of its own whose only outage begins there; with and without a genset, whose fuel does not end.
    #[test]
    fn survival_is_what_a_run_with_that_outage_does() {
        let mut site = Scenario::new("site", Calendar::days(3600, 4));
        let sun = |hour: u32| if (7..17).contains(&(hour % 24)) { 25.0 } else { 0.0 };
        site.generation.push(SeriesPlant::new("field", (0..96).map(sun).collect::<Vec<_>>()));
        site.loads.push(Load { tier: Tier::Critical, ..Load::new("clinic", 6.0) });
        site.loads.push(Load::new("houses", (0..96).map(|hour| f64::from(hour % 5)).collect::<Vec<_>>()));
        site.storage.push(Battery { grid_forming: true, ..Battery::lithium_iron_phosphate(60.0, 20.0) });
        let settings = SurvivalSettings { longest_h: 30, every_h: 2 };
        let run = |site: &Scenario| {
            let plan = Plan::compile(site).unwrap();
            let controller = Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap();
            let monitoring = Monitoring::default();
            let mut watcher = Watcher::new(&plan, &monitoring);
            let mut first_short = None;
            let mut block: Block<'_, 1> = Block::pack([&plan], [controller]);
            block.march(plan.days(), &mut |lane: usize, step: &StepRecord<'_>| {
                crate::simulation::Recorder::record(&mut watcher, lane, step);
                if first_short.is_none() && step.unserved_kw[0] > 1e-6 {
                    first_short = Some(step.step);
                }
            });
            let stored_kwh = watcher.finish().stored_kwh;
            (plan, stored_kwh, first_short)
        };
        let (plan, stored_kwh, _) = run(&site);
        let survival = survival_hours(&plan, &stored_kwh, &settings).unwrap();
        assert_eq!((survival.starts.len(), survival.tier), (34, Tier::Critical));
        for (start, survived_h) in survival.starts.iter().zip(&survival.survived_h) {
            let mut with_outage = site.clone();
            with_outage.outages.push(*start..*start + 30);
            let (_, _, first_short) = run(&with_outage);
            let expected = first_short.map_or(30, |first| first - start);
            assert_eq!(*survived_h, f64::from(expected), "from {start}");
        }
        let shares: Vec<f64> = (0..=30).map(|hours| survival.share(f64::from(hours))).collect();
        assert!(shares.windows(2).all(|pair| pair[0] >= pair[1]) && shares[0] == 1.0 && shares[30] < 1.0, "{shares:?}");
        let (start, least_h) = survival.least().unwrap();
        assert!(survival.starts.contains(&start) && least_h < survival.mean_h());
        site.gensets.push(Genset::diesel(10.0, 1.0));
        let (plan, stored_kwh, _) = run(&site);
        assert_eq!(survival_hours(&plan, &stored_kwh, &settings).unwrap().share(30.0), 1.0);
    }
}
