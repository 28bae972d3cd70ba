//! The least charge of a month or of months pooled.

use std::collections::BTreeMap;

use microgrid_core::utility::{MinimumCharge, MinimumCredit};

use super::Draft;
use super::tariff::{ChargeFactors, MonthCharges};
use crate::programme::{Programme, Sense, Variable};

/// Σ terms + `constant`.
#[derive(Default)]
struct Sum {
    terms: Vec<(Variable, f64)>,
    constant: f64,
}

impl Sum {
    /// Bounds of the sum over the variables' bounds.
    fn range(&self, programme: &Programme) -> (f64, f64) {
        let (mut least, mut most) = (self.constant, self.constant);
        for (variable, value) in &self.terms {
            let ends = (value * programme.lower[*variable], value * programme.upper[*variable]);
            least += ends.0.min(ends.1);
            most += ends.0.max(ends.1);
        }
        (least, most)
    }

    /// A variable that is the sum less its constant.
    fn variable(self, programme: &mut Programme) -> Variable {
        let (least, most) = self.range(programme);
        let variable = programme.variable(0.0, least - self.constant, most - self.constant);
        programme.row(Sense::Equal, 0.0, std::iter::once((variable, -1.0)).chain(self.terms));
        variable
    }
}

/// What is compared with the least charge of one pool.
struct Pool {
    charges: Sum,
    credit: Vec<(Variable, f64)>,
    least: f64,
}

impl Draft<'_> {
    /// What a least charge adds to the charges less the credits of the run: by pool, a variable at or above what is
    /// missing; with credits carried over, one for the run.
    pub(super) fn write_minimum(
        &mut self,
        minimum: &MinimumCharge,
        months: Vec<MonthCharges>,
        factors: &ChargeFactors,
        shares: &[f64],
    ) {
        let pools = self.minimum_pools(minimum, months, factors, shares);
        let programme = &mut self.site.programme;
        if minimum.credit == MinimumCredit::Carried {
            return write_carried(programme, pools);
        }
        for Pool { mut charges, credit, least } in pools {
            if minimum.credit == MinimumCredit::Lost {
                charges.terms.extend(credit.into_iter().map(|(export, price)| (export, -price)));
            }
            let most = least - charges.range(programme).0;
            if most > 0.0 {
                let missing = programme.variable(1.0, 0.0, most);
                let entries = std::iter::once((missing, 1.0)).chain(charges.terms);
                programme.row(Sense::AtLeast, least - charges.constant, entries);
            }
        }
    }

    fn minimum_pools(
        &self,
        minimum: &MinimumCharge,
        months: Vec<MonthCharges>,
        factors: &ChargeFactors,
        shares: &[f64],
    ) -> Vec<Pool> {
        let (plan, step_h) = (self.plan, self.plan.step_h());
        let steps: Vec<_> = plan.scenario().calendar.month_steps().collect();
        let (import_price, export_price) = (plan.import_price_per_kwh(), plan.export_price_per_kwh());
        let mut months = months.into_iter().map(Some).collect::<Vec<_>>();
        let pool = |of: std::ops::Range<usize>| {
            let mut pool = Pool { charges: Sum::default(), credit: Vec::new(), least: 0.0 };
            for month in of {
                let charged = months[month].take().unwrap_or_default();
                pool.charges.constant += charged.constant;
                pool.charges.terms.extend(charged.terms);
                pool.least += minimum.price_per_month * shares[month];
                for step in steps[month].clone() {
                    let price = factors.on(import_price[step]) * import_price[step];
                    pool.charges.terms.extend(self.site.ties[step].import.map(|import| (import, price * step_h)));
                    pool.credit.extend(self.site.ties[step].export.map(|export| (export, export_price[step] * step_h)));
                }
            }
            pool
        };
        minimum.pools(shares.len()).into_iter().map(pool).collect()
    }
}

/// With credits carried over the run pays Σ least + max(0, S₁, S₂, …), S_p the sum over pools up to p of the charges above
/// the least, (C − M)⁺, less the credits: what is left of credits is a walk that is reflected at 0 (Skorokhod), and what
/// is paid beyond the least charges is its greatest height.
fn write_carried(programme: &mut Programme, pools: Vec<Pool>) {
    let mut walk: Vec<(Variable, f64)> = Vec::new();
    // Σ least − Σ (charges − credits), without the constants of the charges, which `constant` keeps.
    let mut beside: Vec<(Variable, f64)> = Vec::new();
    let (mut constant, mut most) = (0.0, 0.0);
    let mut rows = vec![Vec::new()];
    for Pool { charges, credit, least } in pools {
        let charged_constant = charges.constant;
        let (_, most_charged) = charges.range(programme);
        let charged = charges.variable(programme);
        let credited = Sum { terms: credit, constant: 0.0 }.variable(programme);
        let above = programme.variable(0.0, 0.0, (most_charged - least).max(0.0));
        programme.row(Sense::AtLeast, charged_constant - least, [(above, 1.0), (charged, -1.0)]);
        walk.extend([(above, 1.0), (credited, -1.0)]);
        beside.extend([(charged, -1.0), (credited, 1.0)]);
        constant += least - charged_constant;
        most += least - charged_constant - programme.lower[charged] + programme.upper[credited];
        most += programme.upper[above] - programme.lower[credited].min(0.0);
        rows.push(walk.clone());
    }
    let missing = programme.variable(1.0, 0.0, most.max(0.0));
    for row in rows {
        let mut held = BTreeMap::from([(missing, 1.0)]);
        for (variable, value) in row.iter().chain(&beside) {
            *held.entry(*variable).or_insert(0.0) -= value;
        }
        programme.row(Sense::AtLeast, constant, held);
    }
}
