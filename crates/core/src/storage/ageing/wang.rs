//! [`FadeModel::Wang2011`](super::FadeModel).
//!
//! # Model
//! Loss in percent = B·e^{−(31700 − 370.3·C)/(R·T)}·Ah^{0.55}, R = 8.314 J/(mol·K), C the day's mean rate per h and Ah the
//! charge discharged by one cell of 2.2 Ah (cycles × depth × capacity). B = 31 630, 21 681, 12 934, 15 512 at
//! C = ½, 2, 6, 10, linear between and constant beyond.
//! Source: Wang et al., J. Power Sources 196 (2011) 3942; 31 700, 370.3, 0.55 and 21 681 met in other programs, the other
//! three B from memory of the paper: unverified here.

use super::day::DayUse;
use super::fade::Losses;
use super::trajectory::power;

const CELL_AH: f64 = 2.2;
const B_AT: [(f64, f64); 4] = [(0.5, 31_630.0), (2.0, 21_681.0), (6.0, 12_934.0), (10.0, 15_512.0)];

fn factor(rate_per_h: f64) -> f64 {
    let [first, .., last] = B_AT;
    let between = B_AT.windows(2).find(|pair| rate_per_h < pair[1].0);
    match between {
        _ if rate_per_h <= first.0 => first.1,
        Some([low, high]) => low.1 + (high.1 - low.1) * (rate_per_h - low.0) / (high.0 - low.0),
        _ => last.1,
    }
}

/// Losses: by throughput.
pub(super) fn advance(losses: &mut Losses, capacity: f64, day: &DayUse) {
    let rate = capacity * day.rate_per_h;
    let percent = factor(rate) * libm::exp((-31_700.0 + 370.3 * rate) / (8.314 * day.temperature_k));
    losses[0] = power(losses[0], 0.01 * percent, 0.55, CELL_AH * capacity * day.full_cycles);
}

#[cfg(test)]
mod tests {
    use super::factor;

    #[test]
    fn the_factor_is_that_of_the_tested_rates_and_linear_between() {
        let expected = [31_630.0, 31_630.0, 0.5 * (31_630.0 + 21_681.0), 21_681.0, 15_512.0];
        assert_eq!([0.1, 0.5, 1.25, 2.0, 20.0].map(factor), expected);
    }
}
