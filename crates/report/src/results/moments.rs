//! Count, mean, spread and range of values that stream by.

/// Sums over values in the order in which they come: the same order, the same bits.
///
/// # Model
/// Welford (1962): mean and sum of squared deviations are moved by each value, so that nothing cancels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moments {
    pub(crate) count: u64,
    pub(crate) mean: f64,
    /// Σ of squared deviations from the mean.
    squares: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self { count: 0, mean: 0.0, squares: 0.0, least: f64::INFINITY, most: f64::NEG_INFINITY }
    }
}

impl Moments {
    /// Adds a finite value.
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1;
        let before = value - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (value - self.mean);
        self.least = if value < self.least { value } else { self.least };
        self.most = if value > self.most { value } else { self.most };
    }

    /// With n − 1 degrees of freedom; `None` of fewer than two values.
    pub(crate) fn standard_deviation(&self) -> Option<f64> {
        (self.count > 1).then(|| libm::sqrt(self.squares / (self.count - 1) as f64))
    }

    /// Of the mean of independent values; `None` of fewer than two.
    pub(crate) fn standard_error(&self) -> Option<f64> {
        self.standard_deviation().map(|deviation| deviation / libm::sqrt(self.count as f64))
    }
}

/// A mean that is taken and begun anew, such as the mean over a sample's points.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Mean {
    sum: f64,
    count: u64,
}

impl Mean {
    pub(crate) fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    /// The mean since the last call; `None` of nothing.
    pub(crate) fn take(&mut self) -> Option<f64> {
        let Self { sum, count } = std::mem::take(self);
        (count > 0).then(|| sum / count as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moments_are_those_of_the_definition() {
        let values = [1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0];
        let mut moments = Moments::default();
        values.iter().for_each(|value| moments.add(*value));
        // Deviations −6, −3, 3, 6: variance 90 / 3. The textbook's sum of squares loses all digits here.
        assert_eq!(moments.mean, 1e9 + 10.0);
        assert_eq!(moments.standard_deviation(), Some(30.0_f64.sqrt()));
        assert_eq!(moments.standard_error(), Some(30.0_f64.sqrt() / 2.0));
        assert_eq!((moments.least, moments.most), (1e9 + 4.0, 1e9 + 16.0));
        assert_eq!(Moments::default().standard_error(), None);
    }

    #[test]
    fn a_mean_begins_anew() {
        let mut mean = Mean::default();
        mean.add(1.0);
        mean.add(2.0);
        assert_eq!(mean.take(), Some(1.5));
        assert_eq!(mean.take(), None);
    }
}
