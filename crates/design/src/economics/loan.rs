//! A loan that is paid back in level yearly payments.

use super::rates::capital_recovery_factor;

/// A loan of level payments at the ends of years.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loan {
    /// What is borrowed in year 0, at least 0.
    pub amount: f64,
    /// Interest a year, at least 0.
    pub rate: f64,
    /// Payments, at least 1.
    pub years: u32,
}

/// A year of a loan.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LoanYear {
    /// Interest paid.
    pub interest: f64,
    /// Debt paid back.
    pub principal: f64,
    /// Debt left at the year's end.
    pub balance: f64,
}

impl LoanYear {
    /// Interest and principal together.
    #[must_use]
    pub fn payment(&self) -> f64 {
        self.interest + self.principal
    }
}

impl Loan {
    /// The level payment D·r(1 + r)ⁿ/((1 + r)ⁿ − 1).
    #[must_use]
    pub fn payment(&self) -> f64 {
        self.amount * capital_recovery_factor(self.rate, f64::from(self.years))
    }

    /// Year by year, from the first payment on.
    #[must_use]
    pub fn schedule(&self) -> Vec<LoanYear> {
        let payment = self.payment();
        let mut balance = self.amount;
        let year = |_| {
            let interest = balance * self.rate;
            let principal = payment - interest;
            balance -= principal;
            LoanYear { interest, principal, balance }
        };
        (0..self.years).map(year).collect()
    }
}
