//! Plans of sites whose batteries age or are more than plain, as planners and bounds take them.

use alloc::vec::Vec;

use super::plan::Plan;
use crate::Series;
use crate::generation::SeriesPlant;
use crate::storage::{Battery, BatteryStep};

impl Plan {
    /// Whether any battery ages in the run.
    #[must_use]
    pub fn ages(&self) -> bool {
        self.scenario.storage.iter().any(|battery| battery.ageing.is_some())
    }

    /// Whether any battery is more than plain ([`crate::storage::BatteryDetail`]): planners and bounds take it as plain.
    #[must_use]
    pub fn has_detail(&self) -> bool {
        self.scenario.storage.iter().any(|battery| battery.detail.is_some())
    }

    /// By how much the least cost of the site with plain batteries has to be lowered to be at or below that of every run: nothing,
    /// since a battery of more detail can do nothing that the plain one could not, and a kWh less is never dearer; infinite
    /// where it can be.
    #[must_use]
    pub fn detail_credit(&self) -> f64 {
        if self.has_detail() && self.less_can_be_dearer() { f64::INFINITY } else { 0.0 }
    }

    /// The site with what its hybrid inverters clip as generation at the bus, past their rating, and their batteries free to charge
    /// from the grid and to export: cheaper than the site, since whatever its batteries do, it can do with as much stored and no more
    /// import. `None` where no battery is behind a hybrid inverter.
    #[must_use]
    pub fn with_clipped_generation(&self) -> Option<Self> {
        let clipped = |battery: &Battery| {
            let hybrid = battery.hybrid()?;
            let plant = self.scenario.generation.get(hybrid.plant as usize)?;
            let power_kw = match &hybrid.clipped_kw {
                Series::Constant(kw) => Series::Constant(hybrid.inverter_efficiency * kw),
                Series::Steps(kw) => Series::Steps(kw.iter().map(|kw| hybrid.inverter_efficiency * kw).collect()),
            };
            let name = alloc::format!("{}: clipped", plant.name);
            Some(SeriesPlant { scale: plant.scale, ..SeriesPlant::new(name, power_kw) })
        };
        let plants: Vec<SeriesPlant> = self.scenario.storage.iter().filter_map(clipped).collect();
        if plants.is_empty() {
            return None;
        }
        let mut plan = self.with_batteries(|battery| {
            if let Some(detail) = battery.detail.as_mut().filter(|detail| detail.hybrid.is_some()) {
                detail.hybrid = None;
                (battery.charge_from_grid, battery.export_to_grid) = (true, true);
            }
        });
        plan.scenario.generation.extend(plants);
        // Its places are those of the plants as they were.
        plan.feeder = None;
        Some(plan)
    }

    /// Whether any battery is aged at the run's start.
    pub(crate) fn begins_aged(&self) -> bool {
        self.scenario.storage.iter().any(|battery| battery.age_at_start().is_some())
    }

    /// By how much the least cost of the site with batteries that stay as they are at the start has to be lowered to be at or
    /// below that of every run: nothing where they are new, since an aged battery can do nothing that a new one could not
    /// ([`crate::storage::Ageing`]) and a kWh less is never dearer; infinite where that is not so, or where they are aged
    /// and may be replaced in the run.
    #[must_use]
    pub fn ageing_credit(&self) -> f64 {
        if self.ages() && (self.begins_aged() || self.less_can_be_dearer()) { f64::INFINITY } else { 0.0 }
    }

    /// Whether the least cost of the site with new batteries that stay so ([`Plan::with_new_batteries`]) is at or below that
    /// of every run: where a kWh less can be dearer it is not.
    #[must_use]
    pub fn new_batteries_bound(&self) -> bool {
        !self.less_can_be_dearer()
    }

    /// The plan with batteries that stay as they are at the start; `None` where none ages.
    pub(crate) fn without_ageing(&self) -> Option<Self> {
        self.ages().then(|| self.with_batteries(|battery| battery.ageing = None))
    }

    /// The plan with new batteries that stay so; `None` where none ages.
    #[must_use]
    pub fn with_new_batteries(&self) -> Option<Self> {
        self.ages().then(|| {
            self.with_batteries(|battery| {
                let ageing = battery.ageing.take();
                if let Some(age) = ageing.and_then(|ageing| ageing.start) {
                    age.undo(battery);
                }
            })
        })
    }

    /// What else was compiled stays: it is the same for a battery of a size, new or old, or a bound on both.
    fn with_batteries(&self, change: impl FnMut(&mut Battery)) -> Self {
        let mut plan = self.clone();
        plan.scenario.storage.iter_mut().for_each(change);
        plan.batteries = plan.scenario.storage.iter().map(|battery| BatteryStep::new(battery, plan.step_h)).collect();
        plan
    }
}
