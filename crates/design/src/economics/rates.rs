//! Rates and the factors that bring money of one year to another.

/// The real rate of a nominal one: i = (i′ − f)/(1 + f), Fisher's equation (HOMER Pro 3.14, "Real Discount Rate").
#[must_use]
pub fn real_rate(nominal: f64, inflation: f64) -> f64 {
    (nominal - inflation) / (1.0 + inflation)
}

/// The nominal rate of a real one: (1 + i)(1 + f) − 1, the inverse of [`real_rate`] (SAM).
#[must_use]
pub fn nominal_rate(real: f64, inflation: f64) -> f64 {
    (1.0 + real) * (1.0 + inflation) - 1.0
}

/// What one unit of money of the end of year `year` is worth at the beginning: (1 + i)^−year.
#[must_use]
pub fn discount_factor(rate: f64, year: f64) -> f64 {
    libm::pow(1.0 + rate, -year)
}

/// The level yearly payment over `years` that is worth one unit now: i(1 + i)ⁿ/((1 + i)ⁿ − 1); 1/n without interest.
#[must_use]
pub fn capital_recovery_factor(rate: f64, years: f64) -> f64 {
    if rate == 0.0 {
        return 1.0 / years;
    }
    let grown = libm::pow(1.0 + rate, years);
    rate * grown / (grown - 1.0)
}

/// What `years` yearly payments are worth now that begin at one unit and grow by `growth`: Σ (1 + e)^(n−1)/(1 + r)^n. The
/// first payment is at today's price, as in SAM and most textbooks.
#[must_use]
pub fn present_worth(growth: f64, rate: f64, years: u32) -> f64 {
    (1..=years).map(|year| grown_factor(growth, rate, year) / (1.0 + growth)).sum()
}

/// As [`present_worth`], with the first payment grown already: Σ ((1 + e)/(1 + r))^n, as in REopt (which rounds it to five
/// digits). The two differ by the factor 1 + e.
#[must_use]
pub fn present_worth_grown(growth: f64, rate: f64, years: u32) -> f64 {
    (1..=years).map(|year| grown_factor(growth, rate, year)).sum()
}

fn grown_factor(growth: f64, rate: f64, year: u32) -> f64 {
    libm::pow((1.0 + growth) / (1.0 + rate), f64::from(year))
}
