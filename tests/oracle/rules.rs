//! The built-in rules: what each battery is asked for, kW, positive into the bus.

use microgrid::Scenario;
use microgrid::dispatch::Dispatch;

use super::battery::Cell;
use super::genset_rules::GensetRule;
use super::run::Moment;
use super::time_of_use::TimeOfUse;

pub(crate) enum Rule {
    Idle,
    SelfConsumption,
    PeakShaving { target_kw: f64 },
    TimeOfUse(TimeOfUse),
    Gensets(GensetRule),
}

impl Rule {
    pub(crate) fn new(site: &Scenario, dispatch: &Dispatch) -> Self {
        match dispatch {
            Dispatch::Idle => Self::Idle,
            Dispatch::SelfConsumption => Self::SelfConsumption,
            Dispatch::PeakShaving { target_kw: Some(target_kw) } => Self::PeakShaving { target_kw: *target_kw },
            Dispatch::PeakShaving { target_kw: None } | Dispatch::Optimal | Dispatch::RollingHorizon(_) => {
                panic!("the oracle searches nothing")
            }
            Dispatch::TimeOfUse => Self::TimeOfUse(TimeOfUse::learn(site)),
            other => Self::Gensets(GensetRule::new(site, other)),
        }
    }

    /// What batteries are asked for, and gensets: a power, or to be off.
    pub(crate) fn decide(&mut self, now: &Moment<'_>, cells: &[Cell]) -> (Vec<f64>, Vec<Option<f64>>) {
        let batteries = match self {
            Self::Idle => vec![0.0; cells.len()],
            Self::SelfConsumption => cover(now, now.deficit_kw()),
            Self::PeakShaving { target_kw } => cover(now, now.deficit_kw() - *target_kw),
            Self::TimeOfUse(memory) => memory.decide(now, cells),
            Self::Gensets(rule) => return rule.decide(now, cells),
        };
        (batteries, vec![None; now.gensets.len()])
    }
}

/// Each battery in turn takes what it can of `missing_kw`: gives where it is positive, takes where it is negative.
pub(crate) fn cover(now: &Moment<'_>, mut missing_kw: f64) -> Vec<f64> {
    let mut requests = Vec::new();
    for (charge_kw, discharge_kw) in &now.limits {
        let power_kw = if missing_kw > 0.0 { missing_kw.min(*discharge_kw) } else { -(-missing_kw).min(*charge_kw) };
        missing_kw -= power_kw;
        requests.push(power_kw);
    }
    requests
}
