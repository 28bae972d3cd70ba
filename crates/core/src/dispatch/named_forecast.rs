//! The forecasts of load and generation that a rolling horizon knows by name.

use super::columns::Columns;
use super::forecast::Outlook;

/// Where a rolling horizon's loads and generation come from. The step at hand is always seen as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum NamedForecast {
    /// What will be.
    Perfect,
    /// What was at the same time of the last day seen; before the run is a day old, what is now.
    PersistenceDay,
    /// What was at the same time of the last week seen; before the run is a week old, what is now.
    PersistenceWeek,
    /// What will be, with an error: each plan draws, for load and for generation, x′ = x · max(0, 1 + error · e), where e
    /// goes from step to step as e′ = ρ e + √(1 − ρ²) n, from e = 0 now, ρ = 0.9 an hour, n a standard normal number.
    Noisy {
        /// Standard deviation far ahead, relative, 0 to 2.
        error: f64,
        /// Start of the random numbers; the same seed gives the same forecasts.
        seed: u64,
    },
}

impl NamedForecast {
    /// Every forecast with its default settings.
    pub const ALL: [Self; 4] =
        [Self::Perfect, Self::PersistenceDay, Self::PersistenceWeek, Self::Noisy { error: 0.1, seed: 1 }];

    /// The name in files and reports.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Perfect => "perfect",
            Self::PersistenceDay => "persistence_day",
            Self::PersistenceWeek => "persistence_week",
            Self::Noisy { .. } => "noisy",
        }
    }

    /// Its place in [`NamedForecast::ALL`], for snapshots.
    pub(crate) const fn index(&self) -> u64 {
        match self {
            Self::Perfect => 0,
            Self::PersistenceDay => 1,
            Self::PersistenceWeek => 2,
            Self::Noisy { .. } => 3,
        }
    }

    /// The forecast of that name with its default settings.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|forecast| forecast.name() == name)
    }
}

impl NamedForecast {
    /// Fills the window of `steps` that begins now.
    pub(crate) fn fill(
        self,
        ahead: &mut Outlook,
        truth: &Columns,
        steps: core::ops::Range<usize>,
        steps_per_hour: usize,
    ) {
        let now = steps.start;
        let period = match self {
            Self::PersistenceDay => Some(24 * steps_per_hour),
            Self::PersistenceWeek => Some(168 * steps_per_hour),
            Self::Perfect | Self::Noisy { .. } => None,
        };
        let source = |step: usize| match period {
            Some(period) if step > now => {
                let back = (step - now).div_ceil(period) * period;
                if back <= step { step - back } else { now }
            }
            _ => step,
        };
        let copy = |from: &[f64], to: &mut alloc::vec::Vec<f64>| {
            to.clear();
            if !from.is_empty() {
                to.extend(steps.clone().map(|step| from[source(step)]));
            }
        };
        for (from, to) in truth.load_kw.iter().zip(&mut ahead.load_kw) {
            copy(from, to);
        }
        copy(&truth.generation_kw, &mut ahead.generation_kw);
        if let Self::Noisy { error, seed } = self {
            let mut errors = Errors::new(seed, now, steps_per_hour);
            for i in 1..steps.len() {
                let factor = (1.0 + error * errors.next_of_load()).max(0.0);
                ahead.load_kw.iter_mut().filter(|tier| !tier.is_empty()).for_each(|tier| tier[i] *= factor);
            }
            for generation in ahead.generation_kw.iter_mut().skip(1) {
                *generation *= (1.0 + error * errors.next_of_generation()).max(0.0);
            }
        }
    }
}

/// Correlated errors of one plan: a function of the seed and the step at which the plan is made.
struct Errors {
    state: u64,
    keep: f64,
    fresh: f64,
    load: f64,
    generation: f64,
}

impl Errors {
    fn new(seed: u64, now: usize, steps_per_hour: usize) -> Self {
        let keep = libm::pow(0.9, 1.0 / steps_per_hour as f64);
        let mut errors = Self { state: seed, keep, fresh: libm::sqrt(1.0 - keep * keep), load: 0.0, generation: 0.0 };
        errors.state = errors.word() ^ now as u64;
        errors
    }

    fn next_of_load(&mut self) -> f64 {
        self.load = self.keep * self.load + self.fresh * self.normal();
        self.load
    }

    fn next_of_generation(&mut self) -> f64 {
        self.generation = self.keep * self.generation + self.fresh * self.normal();
        self.generation
    }

    /// SplitMix64 (Steele, Lea, Flood, *Fast Splittable Pseudorandom Number Generators*, 2014).
    fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In (0, 1].
    fn share(&mut self) -> f64 {
        ((self.word() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    /// A standard normal number (Box and Muller 1958).
    fn normal(&mut self) -> f64 {
        let (radius, angle) = (libm::sqrt(-2.0 * libm::log(self.share())), core::f64::consts::TAU * self.share());
        radius * libm::cos(angle)
    }
}
