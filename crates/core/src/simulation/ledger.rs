//! The books of a run, declared once: each entry with its name, its unit and what it is in the books.
//!
//! [`ledger!`] makes the public struct of totals and its list of entries from one declaration. The balance of a carrier,
//! the sum of the objective, the audit's sums and the check that files have a column for each entry all go through
//! that list, so a field that is added is in all of them or does not compile.

/// What energy is carried by, or kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// Alternating current at the site's bus.
    Electric,
    /// Energy inside storage.
    Stored,
    /// Heat.
    Heat,
    /// Energy of hydrogen, as its lower heating value.
    HydrogenEnergy,
    /// Hydrogen, in kg and not in kWh.
    Hydrogen,
}

impl Carrier {
    /// Every carrier whose balance is to close.
    pub const ALL: [Self; 5] = [Self::Electric, Self::Stored, Self::Heat, Self::HydrogenEnergy, Self::Hydrogen];

    /// The unit in which it is counted.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        if matches!(self, Self::Hydrogen) { "kg" } else { "kWh" }
    }
}

/// A sum of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// What the utility charges.
    Bill,
    /// What strategies are judged by: the bill and all else that costs or counts.
    Objective,
}

/// What an entry is in the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Comes in, or spares what goes out.
    In(Carrier),
    /// Goes out, or spares what comes in.
    Out(Carrier),
    /// Goes from one carrier to another.
    Transfer {
        /// Where it goes out.
        from: Carrier,
        /// Where it comes in.
        to: Carrier,
    },
    /// Is lost, by its own law.
    Loss(Carrier),
    /// Is kept at the end beyond what was kept at the start.
    Change(Carrier),
    /// Is kept at the end beyond what was kept at the start, and counts nothing: heat in walls, which may be a burden.
    Unvalued(Carrier),
    /// By how much the balances miss, added up without signs.
    Residual,
    /// Adds to a sum of money.
    Cost(Account),
    /// Reduces a sum of money.
    Revenue(Account),
    /// Stands beside the books: a sum of other entries, a count, a rate, or what no balance holds.
    Beside,
}

impl Role {
    /// The sign with which it stands in the balance of `carrier`: what comes in is positive; `None` where it is no part
    /// of it.
    #[must_use]
    pub fn sign(self, carrier: Carrier) -> Option<f64> {
        match self {
            Self::In(of) | Self::Transfer { to: of, .. } if of == carrier => Some(1.0),
            Self::Out(of)
            | Self::Loss(of)
            | Self::Change(of)
            | Self::Unvalued(of)
            | Self::Transfer { from: of, .. }
                if of == carrier =>
            {
                Some(-1.0)
            }
            _ => None,
        }
    }
}

/// An entry of the totals `T`.
#[derive(Debug, Clone, Copy)]
pub struct Entry<T: 'static> {
    /// Its name in files, its unit last.
    pub name: &'static str,
    /// Its unit: `kWh`, `h`, `kg`; `currency` for money, empty for counts.
    pub unit: &'static str,
    /// What it is in the books.
    pub role: Role,
    of: fn(&T) -> f64,
}

impl<T> Entry<T> {
    /// Not for callers: [`ledger!`] makes entries.
    pub(crate) const fn new(name: &'static str, unit: &'static str, role: Role, of: fn(&T) -> f64) -> Self {
        Self { name, unit, role, of }
    }

    /// Its number in `totals`.
    #[must_use]
    pub fn of(&self, totals: &T) -> f64 {
        (self.of)(totals)
    }

    /// Its number in the balance of `carrier`: what comes in is positive; `None` where it is no part of it.
    #[must_use]
    pub fn in_balance(&self, totals: &T, carrier: Carrier) -> Option<f64> {
        self.role.sign(carrier).map(|sign| sign * self.of(totals))
    }

    /// Its number in a sum of money: what costs is positive; `None` where it is no part of it.
    #[must_use]
    pub fn in_account(&self, totals: &T, account: Account) -> Option<f64> {
        match self.role {
            Role::Cost(of) if of == account => Some(self.of(totals)),
            Role::Revenue(of) if of == account => Some(-self.of(totals)),
            _ => None,
        }
    }
}

/// Declares totals and their entries: after a field of the books stand its unit and its role; texts and lists, which no
/// sum holds, have none.
///
/// ```text
/// ledger! {
///     /// Totals of one heater.
///     pub struct HeaterTotals {
///         /// The heater's name.
///         pub name: String,
///         /// Taken at its AC terminals, kWh.
///         pub use_kwh: f64 = ("kWh", Role::Transfer { from: Carrier::Electric, to: Carrier::Heat }),
///     }
/// }
/// ```
/// expands to
/// ```text
/// /// Totals of one heater.
/// pub struct HeaterTotals {
///     /// The heater's name.
///     pub name: String,
///     /// Taken at its AC terminals, kWh.
///     pub use_kwh: f64,
/// }
///
/// impl HeaterTotals {
///     /// Every entry, in the order of the fields.
///     pub const ENTRIES: &'static [Entry<Self>] = &[Entry::new("use_kwh", "kWh", Role::Transfer { .. }, |t| t.use_kwh)];
/// }
/// ```
macro_rules! ledger {
    (
        $(#[$outer:meta])*
        pub struct $totals:ident {
            $($(#[$doc:meta])* pub $field:ident: $number:ty $(= ($unit:literal, $role:expr))?,)*
        }
    ) => {
        $(#[$outer])*
        pub struct $totals {
            $($(#[$doc])* pub $field: $number,)*
        }

        impl $totals {
            /// Every entry, in the order of the fields.
            pub const ENTRIES: &'static [$crate::simulation::Entry<Self>] = &[
                $($(
                    $crate::simulation::Entry::new(stringify!($field), $unit, $role, |totals| f64::from(totals.$field)),
                )?)*
            ];
        }
    };
}
pub(crate) use ledger;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::{Energy, Money};

    #[test]
    fn a_transfer_stands_in_both_balances_with_opposite_signs() {
        let energy = Energy { charge_kwh: 3.0, discharge_kwh: 2.0, storage_loss_kwh: 0.25, ..Energy::default() };
        let energy = Energy { stored_change_kwh: 0.75, import_kwh: 1.0, ..energy };
        assert_eq!(Carrier::ALL.map(|carrier| energy.balance_kwh(carrier)), [0.0; 5]);
        let spoilt = Energy { storage_loss_kwh: 0.5, ..energy };
        assert_eq!(spoilt.balance_kwh(Carrier::Stored), -0.25);
    }

    #[test]
    fn the_objective_holds_each_of_its_terms() {
        let entry = |name: &str| Money::ENTRIES.iter().find(|entry| entry.name == name).unwrap();
        let money = Money { bill_total: 10.0, undelivered_cost: 2.0, stored_credit: 3.0, ..Money::default() };
        assert_eq!(money.sum_of(Account::Objective), 9.0);
        assert_eq!(entry("stored_credit").in_account(&money, Account::Objective), Some(-3.0));
        assert_eq!(entry("energy_charge").in_account(&money, Account::Objective), None);
        assert_eq!(Money::ENTRIES.iter().filter_map(|e| e.in_account(&money, Account::Objective)).count(), 10);
    }
}
