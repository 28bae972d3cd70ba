//! A flexible use, as strategies see it.

/// A device that takes power within limits of its own, such as a water heater: when is up to whoever asks. Powers in kW at
/// its AC terminals, means of the step, all at least 0, but for what one that gives back is expected to take.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FlexibleUse {
    pub(crate) least_kw: f64,
    pub(crate) most_kw: f64,
    pub(crate) expected_kw: f64,
    pub(crate) give_most_kw: f64,
    pub(crate) is_whole: bool,
}

impl FlexibleUse {
    /// What it takes in this step whatever is asked, such as what keeps a tank at the least temperature allowed.
    #[must_use]
    pub fn least_kw(&self) -> f64 {
        self.least_kw
    }

    /// What it can take in this step.
    #[must_use]
    pub fn most_kw(&self) -> f64 {
        self.most_kw
    }

    /// What it can give back in this step instead, such as a hydrogen plant by its fuel cell; 0 for most.
    #[must_use]
    pub fn give_most_kw(&self) -> f64 {
        self.give_most_kw
    }

    /// Whether it takes its least or its most and nothing between, such as a washing machine: it goes to the nearer of what is asked.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// What it takes where it is asked for `kw`, negative to give: within its limits.
    pub(crate) fn held_kw(&self, kw: f64) -> f64 {
        if self.is_whole {
            return if 2.0 * kw >= self.least_kw + self.most_kw { self.most_kw } else { self.least_kw };
        }
        if kw < 0.0 && self.give_most_kw > 0.0 {
            kw.max(-self.give_most_kw)
        } else {
            kw.max(self.least_kw).min(self.most_kw)
        }
    }

    /// What it takes in this step by its own rule, if nobody asks.
    #[must_use]
    pub fn expected_kw(&self) -> f64 {
        self.expected_kw
    }
}
