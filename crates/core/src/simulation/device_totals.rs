//! The books of a device whose kind declares books of its own, as everything that shows them wants them: a list.

use alloc::string::String;
use alloc::vec::Vec;

use super::ledger::{Account, Carrier, Entry, Role};

/// Totals of one device that is neither load, battery nor genset. Its kind declares the entries once, as a struct of
/// `ENTRIES`; tables, JSON and traces take their columns from here, so that a kind that is added needs none of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceTotals {
    /// The kind, as the path of its table in a scenario: `demand.water_heater`.
    pub kind: &'static str,
    /// Which of its kind it is, counted from 0.
    pub index: usize,
    /// The device's name.
    pub name: String,
    /// Its books, in the order of their declaration.
    pub entries: Vec<Booked>,
}

/// A number of a device's books.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Booked {
    /// Its name in files, its unit last.
    pub name: &'static str,
    /// Its unit: `kWh`, `h`, `°C`.
    pub unit: &'static str,
    /// What it is in the books.
    pub role: Role,
    /// The number.
    pub value: f64,
}

impl DeviceTotals {
    /// The books of `totals`, by their declaration.
    pub(crate) fn of<T>(kind: &'static str, index: usize, name: &str, entries: &[Entry<T>], totals: &T) -> Self {
        let booked =
            |entry: &Entry<T>| Booked { name: entry.name, unit: entry.unit, role: entry.role, value: entry.of(totals) };
        Self { kind, index, name: name.into(), entries: entries.iter().map(booked).collect() }
    }

    /// The number of that name; `None` where the kind has no such entry.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        self.entries.iter().find(|entry| entry.name == name).map(|entry| entry.value)
    }

    /// By how much what came into a carrier is above what went out, was lost and is kept, kWh, of [`Carrier::Hydrogen`] kg:
    /// 0 but for rounding.
    #[must_use]
    pub fn balance_kwh(&self, carrier: Carrier) -> f64 {
        self.sum(|entry| entry.role.sign(carrier).map(|sign| sign * entry.value))
    }

    /// Electricity taken at its AC terminals, kWh.
    #[must_use]
    pub fn use_kwh(&self) -> f64 {
        0.0 - self.sum(|entry| match entry.role {
            Role::Transfer { from: Carrier::Electric, .. } | Role::Out(Carrier::Electric) => {
                entry.role.sign(Carrier::Electric).map(|sign| sign * entry.value)
            }
            _ => None,
        })
    }

    /// Electricity given at its AC terminals, kWh.
    #[must_use]
    pub fn given_kwh(&self) -> f64 {
        self.sum(|entry| match entry.role {
            Role::Transfer { to: Carrier::Electric, .. } | Role::In(Carrier::Electric) => Some(entry.value),
            _ => None,
        })
    }

    /// Energy kept at the end beyond what was kept at the start, kWh. Hydrogen has a value of its own, by kg.
    #[must_use]
    pub fn kept_kwh(&self) -> f64 {
        self.sum(|entry| match entry.role {
            Role::Change(Carrier::Hydrogen | Carrier::HydrogenEnergy) => None,
            Role::Change(_) => Some(entry.value),
            _ => None,
        })
    }

    /// Costs in its books that are part of the objective.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.sum(|entry| (entry.role == Role::Cost(Account::Objective)).then_some(entry.value))
    }

    /// Revenues in its books that are part of the objective.
    #[must_use]
    pub fn revenue(&self) -> f64 {
        self.sum(|entry| (entry.role == Role::Revenue(Account::Objective)).then_some(entry.value))
    }

    /// By how much its balances miss, kWh, added up over the steps without signs.
    #[must_use]
    pub fn residual_kwh(&self) -> f64 {
        self.sum(|entry| (entry.role == Role::Residual).then_some(entry.value))
    }

    fn sum(&self, of: impl Fn(&Booked) -> Option<f64>) -> f64 {
        self.entries.iter().filter_map(of).fold(0.0, |sum, value| sum + value)
    }
}

/// One object: `kind`, `name`, then each entry under its own name.
#[cfg(feature = "serde")]
impl serde::Serialize for DeviceTotals {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(Some(2 + self.entries.len()))?;
        map.serialize_entry("kind", self.kind)?;
        map.serialize_entry("name", &self.name)?;
        for entry in &self.entries {
            map.serialize_entry(entry.name, &entry.value)?;
        }
        map.end()
    }
}
