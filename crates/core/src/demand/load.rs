//! Loads in three tiers, shed lowest first when the site is short.

use alloc::string::String;
use alloc::sync::Arc;

use super::charging::Task;
use crate::simulation::SeriesChecks;
use crate::{Problem, Problems, Series};

/// Importance of a load, highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Tier {
    /// Shed last.
    Critical,
    /// Shed after the sheddable tier.
    #[default]
    Normal,
    /// Shed first.
    Sheddable,
}

impl Tier {
    /// All tiers in index order, highest first.
    pub const ALL: [Self; 3] = [Self::Critical, Self::Normal, Self::Sheddable];

    /// The tier's name in files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Normal => "normal",
            Self::Sheddable => "sheddable",
        }
    }
}

/// A load that asks for `scale × power_kw` at each step.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Load {
    /// What reports call it.
    pub name: String,
    /// Tier in which it is shed.
    pub tier: Tier,
    /// Power asked in kW (or per unit of `scale`), at least 0.
    pub power_kw: Series,
    /// Factor on `power_kw`, at least 0; 1 by default.
    pub scale: f64,
    /// Energy that its users want and that no step asks for, kWh, at least 0: charging stays that are too short, or cut
    /// off by the run's end. It is no part of `power_kw` and of the energy books; 0 by default.
    #[cfg_attr(feature = "serde", serde(default))]
    pub undelivered_kwh: f64,
    /// Cost of a kWh undelivered, at least 0, part of the objective and never of the bill; 0 by default.
    #[cfg_attr(feature = "serde", serde(default))]
    pub undelivered_cost_per_kwh: f64,
    /// The windows within which the energy of `power_kw` could be drawn at other times: charging sessions, shiftable
    /// loads. `power_kw` is then what [`serve`](super::serve) makes of them, each drawn as soon as its window begins,
    /// and that is how every run draws them; a bound may move them. Empty by default: nothing can be moved.
    #[cfg_attr(feature = "serde", serde(default = "no_tasks"))]
    pub tasks: Arc<[Task]>,
}

#[cfg(feature = "serde")]
fn no_tasks() -> Arc<[Task]> {
    Arc::new([])
}

impl Load {
    /// A load of the normal tier at scale 1.
    #[must_use]
    pub fn new(name: impl Into<String>, power_kw: impl Into<Series>) -> Self {
        Self {
            name: name.into(),
            tier: Tier::Normal,
            power_kw: power_kw.into(),
            scale: 1.0,
            undelivered_kwh: 0.0,
            undelivered_cost_per_kwh: 0.0,
            tasks: Arc::new([]),
        }
    }

    pub(crate) fn check(
        &self,
        problems: &mut Problems,
        field: core::fmt::Arguments<'_>,
        checks: &mut SeriesChecks<'_>,
    ) {
        let before = problems.iter().len();
        problems.require_range(format_args!("{field}.scale"), self.scale, 0.0, 1e9);
        checks.series(&self.power_kw, problems, format_args!("{field}.power_kw"), 0.0, 1e9);
        problems.require_range(format_args!("{field}.undelivered_kwh"), self.undelivered_kwh, 0.0, 1e12);
        let cost = self.undelivered_cost_per_kwh;
        problems.require_range(format_args!("{field}.undelivered_cost_per_kwh"), cost, 0.0, 1e9);
        if problems.iter().len() == before && !self.tasks.is_empty() {
            checks.tasks(self, |steps, step_s| self.check_tasks(problems, field, steps, step_s));
        }
    }
}

impl Load {
    /// Whether the tasks are sound, and draw what the series has.
    fn check_tasks(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>, steps: usize, step_s: u32) -> bool {
        let is_sound = |task: &Task| {
            task.until_s > task.from_s
                && (0.0..=1e9).contains(&task.energy_kwh)
                && (f64::MIN_POSITIVE..=1e9).contains(&task.power_max_kw)
        };
        if let Some(wrong) = self.tasks.iter().position(|task| !is_sound(task)) {
            let allowed = "a window of some length, energy_kwh 0 to 1e9, power_max_kw above 0 up to 1e9";
            let problem = Problem::new(alloc::format!("{field}.tasks[{wrong}]"), "is no task");
            problems.push(problem.value(alloc::format!("{:?}", self.tasks[wrong])).allowed(allowed));
            return false;
        }
        let end_s = steps as i64 * i64::from(step_s);
        let meets = |task: &&Task| task.from_s < end_s && task.until_s > 0;
        let drawn = |task: &Task| task.drawn_kwh(end_s) - task.drawn_kwh(0);
        let of_tasks: f64 = self.tasks.iter().filter(meets).map(drawn).sum();
        let of_series = (0..steps).map(|step| self.power_kw.at(step)).sum::<f64>() * f64::from(step_s) / 3600.0;
        let agrees = (of_tasks - of_series).abs() <= 1e-6 * (1.0 + of_tasks);
        if !agrees {
            problems.push(
                Problem::new(alloc::format!("{field}.power_kw"), "is not what the tasks draw")
                    .value(alloc::format!("{of_series} kWh in the run"))
                    .allowed(alloc::format!("{of_tasks} kWh, as `demand::serve` serves them"))
                    .hint("give the load its own tasks, or none"),
            );
        }
        agrees
    }
}
