//! Whether the books of a run close: energy by its residual, money by adding its own lines up again.

use microgrid_core::simulation::{Account, Outcome, Status};

/// Greatest residual as a share of throughput (energy) or turnover (money) at which the books count as closed.
pub const RESIDUAL_TOLERANCE: f64 = 1e-9;

/// The audit of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Audit {
    /// Σ over steps of what the energy books miss, kWh, at least 0.
    pub residual_kwh: f64,
    /// `residual_kwh` as a share of what went through the site; equal to the residual itself where nothing did.
    pub residual_share: f64,
    /// The component with the greatest residual; empty where the run names none.
    pub worst_component: String,
    /// By how much the bill's lines, or the objective's parts, miss their totals: the greater of the two, in the
    /// scenario's currency, at least 0.
    pub money_residual: f64,
    /// `money_residual` as a share of the sum of all amounts without their signs; equal to it where there are none.
    pub money_residual_share: f64,
    /// Whether the strategy ran as it should.
    pub status: Status,
}

impl Audit {
    /// The audit of `outcome`.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        let share = |residual: f64, scale: f64| if scale > 0.0 { residual / scale } else { residual };
        let money = &outcome.money;
        let money_residual = [
            outcome.bill.total() - money.bill_total,
            money.sum_of(Account::Bill) - money.bill_total,
            money.sum_of(Account::Objective) - money.objective,
        ]
        .into_iter()
        // Not `f64::max`, which would let a NaN pass for 0.
        .fold(0.0, |worst: f64, miss| if miss.abs() <= worst { worst } else { miss.abs() });
        let beyond_bill = money.turnover_of(Account::Objective) - money.bill_total.abs();
        let turnover = money.turnover_of(Account::Bill) + beyond_bill;
        Self {
            residual_kwh: outcome.energy.residual_kwh,
            residual_share: share(outcome.energy.residual_kwh, outcome.energy.throughput_kwh()),
            worst_component: outcome.worst_component.clone(),
            money_residual,
            money_residual_share: share(money_residual, turnover),
            status: outcome.status.clone(),
        }
    }

    /// Whether energy and money close within [`RESIDUAL_TOLERANCE`]. False for a residual that is not a number.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.residual_share <= RESIDUAL_TOLERANCE && self.money_residual_share <= RESIDUAL_TOLERANCE
    }

    /// Whether the books close, in a word or a shout.
    #[must_use]
    pub fn books(&self) -> &'static str {
        if self.closes() { "ok" } else { "THE BOOKS DO NOT CLOSE" }
    }

    /// What became of the strategy, where it did not run to the end as it should.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match self.status {
            Status::Completed => None,
            Status::Fault { step, request } => Some(format!(
                "FAULT: at step {step} the strategy asked for {request}; its requests count as 0 from there on"
            )),
            Status::Unsolved { step } => Some(format!(
                "UNSOLVED: at step {step} the strategy could make no plan, as with a forecast that is not a number; \
                 storage rests from there on"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use microgrid_core::dispatch::{Device, RequestFault};

    use super::*;
    use crate::fixture;

    #[test]
    fn a_run_whose_lines_add_up_closes() {
        for outcome in fixture::industrial_park() {
            let audit = Audit::of(&outcome);
            assert!(audit.closes(), "{audit:?}");
        }
    }

    #[test]
    fn a_missing_amount_is_found_wherever_it_is_missing() {
        let good = fixture::industrial_park().remove(1);
        let spoils: [fn(&mut Outcome); 5] = [
            |o| o.bill.lines[0].amount += 1.0,
            |o| o.money.demand_charge += 1.0,
            |o| o.money.objective += 1.0,
            |o| o.money.wear_cost = f64::NAN,
            |o| o.energy.residual_kwh = 1.0,
        ];
        for (i, spoil) in spoils.iter().enumerate() {
            let mut outcome = good.clone();
            spoil(&mut outcome);
            let audit = Audit::of(&outcome);
            assert!(!audit.closes(), "spoil {i} was not found");
            assert_eq!(audit.books(), "THE BOOKS DO NOT CLOSE");
        }
    }

    #[test]
    fn a_fault_names_its_step() {
        let mut outcome = fixture::industrial_park().remove(1);
        outcome.status = Status::Fault { step: 4711, request: RequestFault::NotFinite(Device::Battery(0)) };
        let text = Audit::of(&outcome).fault().unwrap();
        assert!(text.contains("at step 4711 the strategy asked for a power of battery 0 that is not a finite number"));
    }
}
