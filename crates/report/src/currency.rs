//! How many digits a currency's amounts have after the point.

/// Digits of the minor unit of a currency by its ISO 4217 code: 2 but for the currencies that the standard gives none,
/// three or four; 2 for what is no such code.
pub(crate) fn minor_digits(currency: &str) -> usize {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// `amount` rounded to the currency's minor unit, halves away from zero, as an invoice prints it.
pub(crate) fn rounded(amount: f64, currency: &str) -> f64 {
    let units = 10_f64.powi(minor_digits(currency) as i32);
    libm::round(amount * units) / units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_rounded_to_the_currencys_own_unit() {
        assert_eq!(["CNY", "JPY", "KWD", "CLF"].map(minor_digits), [2, 0, 3, 4]);
        assert_eq!(rounded(12.345, "JPY"), 12.0);
        assert_eq!(rounded(-0.5, "JPY"), -1.0);
        assert_eq!(rounded(1.2345, "KWD"), 1.235);
        assert_eq!(rounded(0.125, "USD"), 0.13);
    }
}
