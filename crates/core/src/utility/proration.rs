//! Billing months that a run covers in part.

use alloc::vec::Vec;

use crate::Calendar;

/// What a month covered in part bears of the charges of a whole one. Energy is billed as it is metered, blocks of energy by the
/// days covered.
///
/// Fixed and capacity charges and the least charge stand whatever the site does, so a part of a month bears a part of
/// them. A peak is different: one quarter of an hour earns a month's demand charge, on whichever day it falls, and most
/// utilities charge it whole. So do we, unless the rule says that demand is prorated too; then the charge is its price
/// times the share on the peak of the covered steps. A price per kW and year bears the mean share of the year's months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Proration {
    /// Fixed, capacity and least charges by the covered time over that of the month; demand charges whole.
    #[default]
    Standing,
    /// All of them, demand too, by the covered time over that of the month.
    Calendar,
    /// All of them, demand too, by the covered days over 30, at most 1, as bills of less than a month are prorated by
    /// many utilities.
    Thirtieths,
    /// A month begun is charged whole.
    None,
}

impl Proration {
    /// All rules, the default first.
    pub const ALL: [Self; 4] = [Self::Standing, Self::Calendar, Self::Thirtieths, Self::None];

    /// The share of each billing month's standing charges (fixed, capacity, least), 0 to 1; 1 for months that the run
    /// covers whole.
    #[must_use]
    pub fn shares(self, calendar: &Calendar) -> Vec<f64> {
        let months = calendar.months.iter().zip(calendar.month_days());
        months
            .map(|(month, days)| match self {
                Self::Standing | Self::Calendar => month.share,
                Self::Thirtieths if month.share < 1.0 => (days.len() as f64 / 30.0).min(1.0),
                Self::Thirtieths | Self::None => 1.0,
            })
            .collect()
    }

    /// The share of each billing month's demand charges, 0 to 1.
    #[must_use]
    pub fn demand_shares(self, calendar: &Calendar) -> Vec<f64> {
        match self {
            Self::Standing | Self::None => alloc::vec![1.0; calendar.months.len()],
            Self::Calendar | Self::Thirtieths => self.shares(calendar),
        }
    }

    /// The name in files and notes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standing => "standing",
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
        let days = [3.0 / 31.0, 5.0 / 31.0];
        let shares = Proration::ALL.map(|rule| (rule.shares(&calendar), rule.demand_shares(&calendar)));
        let expected: [([f64; 2], [f64; 2]); 4] = [
            (days, [1.0, 1.0]),
            (days, days),
            ([3.0 / 30.0, 5.0 / 30.0], [3.0 / 30.0, 5.0 / 30.0]),
            ([1.0, 1.0], [1.0, 1.0]),
        ];
        for (found, expected) in shares.iter().zip(&expected) {
            assert_eq!((&found.0[..], &found.1[..]), (&expected.0[..], &expected.1[..]));
        }
        // Whole months are whole whatever their length; 31 thirtieths are one month.
        assert_eq!(Proration::Thirtieths.shares(&Calendar::common_year(3600)), [1.0; 12]);
    }
}
