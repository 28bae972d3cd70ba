//! Setting export off against import: from a month's metered energy to its billed energy.

use alloc::vec::Vec;

use super::{Metering, MeteringForm, YearEnd};

/// Metered energy of a month by cell, kWh. All three have the same cells where the form nets.
pub(crate) struct MeteredMonth<'a> {
    pub(crate) import_kwh: &'a [f64],
    pub(crate) export_kwh: &'a [f64],
    /// Generation taken, where two meters are billed.
    pub(crate) taken_kwh: &'a [f64],
}

/// Billed energy of a month.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NettedMonth {
    /// Import after set-off, by cell, kWh.
    pub(crate) bought_kwh: Vec<f64>,
    /// Export beyond set-off that is paid, by cell, kWh.
    pub(crate) sold_kwh: Vec<f64>,
    /// Credit of earlier months that was set off, kWh.
    pub(crate) used_kwh: f64,
    /// Credit earned in this month and left at its end, kWh.
    pub(crate) earned_kwh: f64,
    /// Credit that ended at the true-up, kWh.
    pub(crate) settled_kwh: f64,
}

/// Credits in kWh of each bucket, month after month.
#[derive(Debug, Clone)]
pub(crate) struct Credits {
    credit_kwh: Vec<f64>,
}

impl Credits {
    /// None, for `buckets` buckets.
    pub(crate) fn new(buckets: usize) -> Self {
        Self { credit_kwh: alloc::vec![0.0; buckets] }
    }

    /// Nets a month. `bucket_of_cell` is empty where the form does not net.
    pub(crate) fn month(
        &mut self,
        metering: &Metering,
        month: usize,
        metered: &MeteredMonth<'_>,
        bucket_of_cell: &[u16],
    ) -> NettedMonth {
        let mut netted = NettedMonth {
            bought_kwh: metered.import_kwh.to_vec(),
            sold_kwh: metered.export_kwh.to_vec(),
            used_kwh: 0.0,
            earned_kwh: 0.0,
            settled_kwh: 0.0,
        };
        match metering.form {
            MeteringForm::NetBilling | MeteringForm::NetBillingCarried => return netted,
            MeteringForm::BuyAllSellAll => {
                for (cell, taken) in metered.taken_kwh.iter().enumerate() {
                    let drawn = netted.bought_kwh[cell] - netted.sold_kwh[cell] + taken;
                    netted.bought_kwh[cell] = drawn.max(0.0);
                    netted.sold_kwh[cell] = taken + (-drawn).max(0.0);
                }
                return netted;
            }
            MeteringForm::NetMetering | MeteringForm::NetMeteringMoney => {}
        }
        for (bought, sold) in netted.bought_kwh.iter_mut().zip(&mut netted.sold_kwh) {
            (*bought, *sold) = ((*bought - *sold).max(0.0), (*sold - *bought).max(0.0));
        }
        for bucket in 0..self.credit_kwh.len() {
            self.set_off(&mut netted, bucket, bucket_of_cell);
        }
        if metering.form == MeteringForm::NetMetering {
            self.keep_surplus(metering, month, &mut netted, bucket_of_cell);
        }
        netted
    }

    /// Sets a bucket's surplus off against its uses: first this month's, then credits of earlier months.
    fn set_off(&mut self, netted: &mut NettedMonth, bucket: usize, bucket_of_cell: &[u16]) {
        let of_bucket = |kwh: &[f64]| -> f64 {
            bucket_of_cell.iter().zip(kwh).filter(|(of, _)| **of as usize == bucket).map(|(_, kwh)| kwh).sum()
        };
        let (uses, surplus) = (of_bucket(&netted.bought_kwh), of_bucket(&netted.sold_kwh));
        let at_once = uses.min(surplus);
        let from_credit = (uses - at_once).min(self.credit_kwh[bucket]);
        self.credit_kwh[bucket] -= from_credit;
        netted.used_kwh += from_credit;
        // What is set off wholly leaves a plain 0, not a rounding.
        let left = |whole: f64, off: f64| if off < whole { (whole - off) / whole } else { 0.0 };
        let (uses_left, surplus_left) = (left(uses, at_once + from_credit), left(surplus, at_once));
        for (cell, _) in bucket_of_cell.iter().enumerate().filter(|(_, of)| **of as usize == bucket) {
            netted.bought_kwh[cell] *= uses_left;
            netted.sold_kwh[cell] *= surplus_left;
        }
    }

    /// Makes the month's surplus credits, and settles them at a true-up.
    fn keep_surplus(&mut self, metering: &Metering, month: usize, netted: &mut NettedMonth, bucket_of_cell: &[u16]) {
        for (bucket, sold) in bucket_of_cell.iter().zip(&mut netted.sold_kwh) {
            self.credit_kwh[*bucket as usize] += *sold;
            netted.earned_kwh += core::mem::take(sold);
        }
        if metering.settles(month) && metering.year_end != YearEnd::Rolled {
            netted.settled_kwh = self.credit_kwh.iter().sum();
            self.credit_kwh.fill(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(form: MeteringForm, buckets: &[u16], months: &[([f64; 2], [f64; 2])]) -> Vec<NettedMonth> {
        let metering = Metering { form, true_up: alloc::vec![false, false, true, false], ..Metering::default() };
        let mut credits = Credits::new(2);
        let month = |(month, (import, export)): (usize, &([f64; 2], [f64; 2]))| {
            let taken_kwh = if form == MeteringForm::BuyAllSellAll { &[50.0, 0.0][..] } else { &[] };
            let metered = MeteredMonth { import_kwh: import, export_kwh: export, taken_kwh };
            credits.month(&metering, month, &metered, buckets)
        };
        months.iter().enumerate().map(month).collect()
    }

    #[test]
    fn credits_wait_for_their_bucket() {
        let months = [([10.0, 10.0], [0.0, 40.0]), ([5.0, 20.0], [0.0, 0.0]), ([0.0, 30.0], [0.0, 1.0])];
        let found = net(MeteringForm::NetMetering, &[0, 1], &months);
        assert_eq!((&found[0].bought_kwh[..], found[0].earned_kwh), (&[10.0, 0.0][..], 30.0));
        assert_eq!((&found[1].bought_kwh[..], found[1].used_kwh), (&[5.0, 0.0][..], 20.0));
        assert_eq!((&found[2].bought_kwh[..], found[2].used_kwh, found[2].settled_kwh), (&[0.0, 19.0][..], 10.0, 0.0));
        // Across periods they do not.
        let found = net(MeteringForm::NetMetering, &[0, 0], &months);
        assert_eq!((&found[0].bought_kwh[..], found[0].earned_kwh), (&[0.0, 0.0][..], 20.0));
        assert_eq!(found[1].bought_kwh, [1.0, 4.0]); // 25 kWh less 20, in proportion.
    }

    #[test]
    fn the_true_up_ends_what_is_left() {
        let months = [([0.0; 2], [7.0, 0.0]), ([0.0; 2], [0.0; 2]), ([0.0; 2], [1.0, 0.0]), ([9.0, 0.0], [0.0; 2])];
        let found = net(MeteringForm::NetMetering, &[0, 1], &months);
        assert_eq!((found[2].settled_kwh, found[3].bought_kwh[0]), (8.0, 9.0));
    }

    #[test]
    fn money_credits_pay_what_the_month_leaves_of_its_surplus() {
        let found = net(MeteringForm::NetMeteringMoney, &[0, 0], &[([10.0, 0.0], [4.0, 30.0]), ([5.0, 0.0], [0.0; 2])]);
        assert_eq!((&found[0].bought_kwh[..], &found[0].sold_kwh[..]), (&[0.0, 0.0][..], &[0.0, 24.0][..]));
        assert_eq!(found[1].bought_kwh, [5.0, 0.0]);
    }

    #[test]
    fn two_meters_buy_all_and_sell_all() {
        let found = net(MeteringForm::BuyAllSellAll, &[], &[([10.0, 5.0], [30.0, 0.0])]);
        // 50 kWh made, 20 of them net to the grid, so 30 used; nothing made at the other time.
        assert_eq!((&found[0].bought_kwh[..], &found[0].sold_kwh[..]), (&[30.0, 5.0][..], &[50.0, 0.0][..]));
    }
}
