//! Billing months that a run covers in part.

use crate::Calendar;

/// What a month covered in part bears of the charges of a whole one: fixed, capacity and demand charges and the least
/// charge, all alike. Energy is billed as it is metered.
///
/// A demand charge of a part month is its price times the share on the peak of the covered steps. A price per kW and year
/// bears the mean share of the year's months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Proration {
    /// The covered time over that of the month.
    #[default]
    Calendar,
    /// The covered days over 30, at most 1, as bills of less than a month are prorated by many utilities.
    Thirtieths,
    /// A month begun is charged whole.
    None,
}

impl Proration {
    /// The share of each billing month's charges, 0 to 1; 1 for months that the run covers whole.
    #[must_use]
    pub fn shares(self, calendar: &Calendar) -> alloc::vec::Vec<f64> {
        let months = calendar.months.iter().zip(calendar.month_days());
        months
            .map(|(month, days)| match self {
                Self::Calendar => month.share,
                Self::Thirtieths if month.share < 1.0 => (days.len() as f64 / 30.0).min(1.0),
                Self::Thirtieths | Self::None => 1.0,
            })
            .collect()
    }

    /// The name in files and notes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calendar => "calendar",
            Self::Thirtieths => "thirtieths",
            Self::None => "none",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_days_over_a_border_of_months() {
        let mut calendar = Calendar::days(3600, 8);
        calendar.months[0].share = 3.0 / 31.0;
        calendar.months.push(crate::simulation::Month { label: "next".into(), first_day: 3, share: 5.0 / 31.0 });
        assert_eq!(Proration::Calendar.shares(&calendar), [3.0 / 31.0, 5.0 / 31.0]);
        assert_eq!(Proration::Thirtieths.shares(&calendar), [3.0 / 30.0, 5.0 / 30.0]);
        assert_eq!(Proration::None.shares(&calendar), [1.0, 1.0]);
        // Whole months are whole whatever their length; 31 thirtieths are one month.
        assert_eq!(Proration::Thirtieths.shares(&Calendar::common_year(3600)), [1.0; 12]);
    }
}
