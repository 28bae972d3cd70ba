//! What export is set against: the five forms in which utilities meter a site that also gives.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Price, Tariff};
use crate::{Problem, Problems};

/// How import and export make the billed energy, and what becomes of a credit.
///
/// # Model
/// The forms are those of SAM (`Utilityrate5`, `ur_metering_option` 0 to 4). Energy is netted within a *bucket*: the
/// steps of one period, or all. Of a bucket's uses u_c = max(import − export, 0) by combination of periods c, and its
/// surplus S (export beyond import, and credits of earlier months), min(Σ u, S) is set off, from each use in proportion.
/// SAM nets the same way; its roll-over matches periods by the hour at which they hold, here a bucket is a name and
/// waits for a month that has it.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Metering {
    /// The form.
    pub form: MeteringForm,
    /// The bucket of each step within which net metering sets energy off; `None`: all steps, across periods.
    pub bucket_of_step: Option<Arc<[u16]>>,
    /// Names of import components billed on all import, whatever is set off or credited (non-bypassable charges).
    pub non_bypassable: Vec<String>,
    /// What credits in money pay.
    pub pays: CreditPays,
    /// The billing months of the run with whose end credits are settled (true-up); empty where none is.
    pub true_up: Vec<bool>,
    /// What becomes of credits then.
    pub year_end: YearEnd,
    /// Paid per kWh of credit where [`YearEnd::Paid`] settles energy.
    pub year_end_price_per_kwh: f64,
}

/// The form of metering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum MeteringForm {
    /// Each step's export is paid at the export price, in its month (SAM's "net billing").
    #[default]
    NetBilling,
    /// As net billing; what a month's charges leave of the payment is a credit for later months.
    NetBillingCarried,
    /// Export is set off against import within the month; what is left is a credit in kWh for later months.
    NetMetering,
    /// Export is set off against import within the month; what is left is paid at the export price, as a credit for
    /// later months.
    NetMeteringMoney,
    /// Two meters: all that loads, storage and gensets draw is bought, all generation taken is sold at the export price.
    BuyAllSellAll,
}

/// What credits in money may pay; never the least charge of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum CreditPays {
    /// Energy, but for non-bypassable components (as in SAM).
    #[default]
    Energy,
    /// All charges of the month but non-bypassable components.
    Charges,
}

/// What becomes of credits at the true-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum YearEnd {
    /// They end without payment.
    #[default]
    Lapsed,
    /// They are paid: money in full, energy at [`Metering::year_end_price_per_kwh`].
    Paid,
    /// They live on.
    Rolled,
}

impl MeteringForm {
    /// The form in files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NetBilling => "net_billing",
            Self::NetBillingCarried => "net_billing_carried",
            Self::NetMetering => "net_metering",
            Self::NetMeteringMoney => "net_metering_money",
            Self::BuyAllSellAll => "buy_all_sell_all",
        }
    }

    /// Whether import and export of a time meet on the bill, so that both are metered by the same cells.
    pub(crate) const fn nets(self) -> bool {
        !matches!(self, Self::NetBilling | Self::NetBillingCarried)
    }

    /// Whether what is left of a month's payment is a credit in money.
    pub(crate) const fn carries_money(self) -> bool {
        matches!(self, Self::NetBillingCarried | Self::NetMeteringMoney)
    }
}

impl Metering {
    /// Whether credits are settled at the end of a month.
    pub(crate) fn settles(&self, month: usize) -> bool {
        self.true_up.get(month).is_some_and(|settles| *settles)
    }

    /// Whether an import component is billed on all import.
    pub(crate) fn is_non_bypassable(&self, name: &str) -> bool {
        self.non_bypassable.iter().any(|other| other == name)
    }

    pub(crate) fn check(&self, problems: &mut Problems, tariff: &Tariff, steps: usize, months: usize) {
        const FIELD: &str = "utility.metering";
        let mut refuse = |field: &str, message: &str, hint: &str| {
            problems.push(Problem::new(alloc::format!("{FIELD}.{field}"), message).value(self.form.name()).hint(hint));
        };
        if self.form == MeteringForm::NetBilling && *self != Self::default() {
            refuse(
                "form",
                "has terms of credits, and carries none",
                "leave them out, or choose a form that has credits",
            );
        }
        let by_step = |component: &&super::PriceComponent| matches!(component.price, Price::Steps(_));
        let mut netted = tariff.import.iter().filter(|component| !self.is_non_bypassable(&component.name));
        if self.form.nets()
            && (netted.any(|component| by_step(&component)) || tariff.export.iter().any(|c| by_step(&c)))
        {
            refuse(
                "form",
                "nets energy over a month, which has no price of a step",
                "bill real-time prices by net billing",
            );
        }
        if self.form == MeteringForm::NetMetering && !tariff.export.is_empty() {
            refuse(
                "form",
                "credits kWh and has a price for export",
                "use net_metering_money, or year_end_price_per_kwh",
            );
        }
        if self.form == MeteringForm::BuyAllSellAll
            && (self.bucket_of_step.is_some() || !self.non_bypassable.is_empty() || !self.true_up.is_empty())
        {
            refuse("form", "has terms of credits, and carries none", "two meters leave nothing to credit");
        }
        let known = |name: &String| tariff.import.iter().any(|component| component.name == *name);
        if !self.non_bypassable.iter().all(known) {
            refuse(
                "non_bypassable",
                "names a component that import does not have",
                "name one of the import components",
            );
        }
        if self.bucket_of_step.as_ref().is_some_and(|buckets| buckets.len() != steps) {
            refuse("bucket_of_step", "must have a bucket for each step", "or none, to net across all steps");
        }
        if !self.true_up.is_empty() && self.true_up.len() != months {
            refuse("true_up", "must have a value for each billing month", "or none, where nothing is settled");
        }
        problems.require_range("utility.metering.year_end_price_per_kwh", self.year_end_price_per_kwh, 0.0, 1e6);
    }
}
