//! How tables print numbers: thousands separators, digits by size, and no rounding of something to nothing.

/// `value` with `decimals` digits after the point and a comma between thousands.
///
/// Exactly zero is `0`; what is not zero but would be printed as zero is `<0.1` (or `>-0.1`), so that a table never
/// hides a small amount. What is not finite is printed as it is.
pub(crate) fn grouped(value: f64, decimals: usize) -> String {
    if value == 0.0 {
        return "0".into();
    }
    if !value.is_finite() {
        return value.to_string();
    }
    let digits = format!("{:.decimals$}", value.abs());
    if !digits.contains(|c: char| ('1'..='9').contains(&c)) {
        let least = format!("{:.decimals$}", 10_f64.powi(-(decimals as i32)));
        return if value > 0.0 { format!("<{least}") } else { format!(">-{least}") };
    }
    let (whole, fraction) = digits.split_once('.').map_or((digits.as_str(), None), |(w, f)| (w, Some(f)));
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0.0 {
        text.push('-');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// A whole number with a comma between thousands.
pub(crate) fn count(value: usize) -> String {
    grouped(value as f64, 0)
}

/// Digits after the point that leave about five significant ones in the greatest of `values`, at most `most`.
pub(crate) fn decimals_for(values: impl IntoIterator<Item = f64>, most: usize) -> usize {
    let greatest = values.into_iter().map(f64::abs).filter(|v| v.is_finite()).fold(0.0, f64::max);
    let whole_digits = if greatest >= 1.0 { greatest.log10() as usize + 1 } else { 1 };
    5_usize.saturating_sub(whole_digits).min(most)
}

/// `1.2e-9`: two significant digits, for quantities whose size is the message. Zero is `0`.
pub(crate) fn scientific(value: f64) -> String {
    if value == 0.0 { "0".into() } else { format!("{value:.1e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated_and_signs_kept() {
        assert_eq!(grouped(25_000_123.44, 1), "25,000,123.4");
        assert_eq!(grouped(-1234.5, 2), "-1,234.50");
        assert_eq!(grouped(999.0, 0), "999");
        assert_eq!(grouped(999.96, 1), "1,000.0");
        assert_eq!(grouped(100_000.0, 0), "100,000");
        assert_eq!(count(35_040), "35,040");
    }

    #[test]
    fn a_small_amount_is_not_printed_as_zero() {
        assert_eq!(grouped(0.0, 1), "0");
        assert_eq!(grouped(-0.0, 1), "0");
        assert_eq!(grouped(0.04, 1), "<0.1");
        assert_eq!(grouped(-0.04, 1), ">-0.1");
        assert_eq!(grouped(0.3, 0), "<1");
        assert_eq!(grouped(f64::NAN, 1), "NaN");
        assert_eq!(grouped(f64::NEG_INFINITY, 1), "-inf");
    }

    #[test]
    fn digits_follow_the_greatest_value() {
        assert_eq!(decimals_for([25_000.0, 3.0], 3), 0);
        assert_eq!(decimals_for([-2_500.0, 3.0], 3), 1);
        assert_eq!(decimals_for([250.0], 3), 2);
        assert_eq!(decimals_for([1.5], 3), 3);
        assert_eq!(decimals_for([0.0, f64::NAN], 2), 2);
        assert_eq!(scientific(1.23e-9), "1.2e-9");
        assert_eq!(scientific(0.0), "0");
    }
}
