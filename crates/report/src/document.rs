//! The JSON document of a call: `{ "runs": [ … ] }`, one entry for each run, nothing rounded.

use microgrid_core::dispatch::{Bound, GapPart};
use microgrid_core::simulation::{
    BatteryTotals, DeviceTotals, Energy, GensetTotals, Indicators, Money, MonthTotals, Outcome, Status, YearRun,
};
use microgrid_core::utility::{BillKind, BillLine};
use serde::Serialize;

use crate::choices::{Choice, ChoiceEntry};
use crate::delivery::Delivery;
use crate::invoice::invoice_total;
use crate::json_text::pretty;
use crate::monitoring::WatchedRun;

/// The outcomes as a JSON document, indented, ending in a line feed.
///
/// Keys are the fields of [`Outcome`], except `status`, which is `completed`, `fault` or `unsolved` beside `fault_step` (null
/// where there is none), `bill`, which is the list of its lines (their month by
/// name) beside `invoice_total`, and `gap`, which is its amount
/// beside `gap_percent`, `captured_percent` and `gap_parts`. What is not finite or not known is null.
#[must_use]
pub fn json(outcomes: &[Outcome]) -> String {
    pretty(&Document { runs: outcomes.iter().map(Run::of).collect(), two_part: None })
}

/// As [`json`], with a list `two_part` of the choices of a two-part tariff.
#[must_use]
pub fn json_with_choices(outcomes: &[Outcome], both: &[Choice<'_>; 2]) -> String {
    pretty(&Document { runs: outcomes.iter().map(Run::of).collect(), two_part: Some(ChoiceEntry::of(both)) })
}

/// As [`json`], with a list `deliveries` in each run: what each charging session got. `deliveries` has an entry for each
/// outcome, in their order.
#[must_use]
pub fn json_with_deliveries(outcomes: &[Outcome], deliveries: &[Vec<Delivery>]) -> String {
    json_with(outcomes, Some(deliveries), &[])
}

/// As [`json`], with `deliveries` where they are given, and `monitoring` in each run that was watched. Both lists are in the order of the
/// outcomes.
#[must_use]
pub fn json_with(
    outcomes: &[Outcome],
    deliveries: Option<&[Vec<Delivery>]>,
    watched: &[Option<&WatchedRun>],
) -> String {
    let run = |(i, outcome)| Run {
        deliveries: deliveries.and_then(|all| all.get(i)),
        monitoring: watched.get(i).copied().flatten().map(WatchedRun::json),
        ..Run::of(outcome)
    };
    pretty(&Document { runs: outcomes.iter().enumerate().map(run).collect(), two_part: None })
}

/// As [`json`], of years that follow each other: an entry for each year of each strategy, with its `year`.
#[must_use]
pub fn years_json(strategies: &[Vec<YearRun>]) -> String {
    fn entry(run: &YearRun) -> Run<'_> {
        Run { year: Some(run.year), ..Run::of(&run.outcome) }
    }
    pretty(&Document { runs: strategies.iter().flatten().map(entry).collect(), two_part: None })
}

#[derive(Serialize)]
struct Document<'a> {
    runs: Vec<Run<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    two_part: Option<Vec<ChoiceEntry<'a>>>,
}

/// The energies, and the one that had another name up to version 0.1 under that name too, for scripts that still read it.
#[derive(Serialize)]
struct EnergyEntry<'a> {
    #[serde(flatten)]
    energy: &'a Energy,
    pv_available_kwh: f64,
}

#[derive(Serialize)]
struct Run<'a> {
    scenario: &'a str,
    strategy: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    year: Option<u32>,
    foresight: &'a str,
    status: &'static str,
    fault_step: Option<u32>,
    steps: usize,
    step_s: u32,
    energy: EnergyEntry<'a>,
    money: &'a Money,
    carbon_kg: f64,
    indicators: &'a Indicators,
    bound: Option<&'a Bound>,
    gap: Option<f64>,
    gap_percent: Option<f64>,
    captured_percent: Option<f64>,
    gap_parts: &'a [GapPart],
    batteries: &'a [BatteryTotals],
    gensets: &'a [GensetTotals],
    devices: &'a [DeviceTotals],
    months: &'a [MonthTotals],
    bill: Vec<Line<'a>>,
    invoice_total: f64,
    worst_component: &'a str,
    notes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    deliveries: Option<&'a Vec<Delivery>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    monitoring: Option<serde_json::Value>,
}

impl<'a> Run<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        let (status, fault_step) = status(&outcome.status);
        let gap = outcome.gap.as_ref();
        Self {
            scenario: &outcome.scenario,
            strategy: &outcome.strategy,
            year: None,
            foresight: &outcome.foresight,
            status,
            fault_step,
            steps: outcome.steps,
            step_s: outcome.step_s,
            energy: EnergyEntry { energy: &outcome.energy, pv_available_kwh: outcome.energy.generation_available_kwh },
            money: &outcome.money,
            carbon_kg: outcome.carbon_kg,
            indicators: &outcome.indicators,
            bound: outcome.bound.as_ref(),
            gap: gap.map(|gap| gap.gap),
            gap_percent: gap.and_then(|gap| gap.percent),
            captured_percent: gap.and_then(|gap| gap.captured_percent),
            gap_parts: gap.map_or(&[], |gap| &gap.parts),
            batteries: &outcome.batteries,
            gensets: &outcome.gensets,
            devices: &outcome.devices,
            months: &outcome.months,
            bill: outcome.bill.lines.iter().map(|line| Line::of(line, &outcome.months)).collect(),
            invoice_total: invoice_total(outcome),
            worst_component: &outcome.worst_component,
            notes: &outcome.notes,
            deliveries: None,
            monitoring: None,
        }
    }
}

/// A line of the bill, its month by name.
#[derive(Serialize)]
struct Line<'a> {
    month: &'a str,
    kind: BillKind,
    component: &'a str,
    period: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<u16>,
    quantity: f64,
    unit: &'a str,
    price: f64,
    amount: f64,
}

impl<'a> Line<'a> {
    fn of(line: &'a BillLine, months: &'a [MonthTotals]) -> Self {
        Self {
            month: months.get(line.month).map_or("", |month| &month.month),
            kind: line.kind,
            component: &line.component,
            period: line.period.as_deref(),
            block: line.block,
            quantity: line.quantity,
            unit: line.unit,
            price: line.price,
            amount: line.amount,
        }
    }
}

/// The status as machines read it: a word, and the step of a fault.
pub(crate) const fn status(status: &Status) -> (&'static str, Option<u32>) {
    (status.name(), status.fault_step())
}

#[cfg(test)]
mod tests {
    use microgrid_core::dispatch::{Device, RequestFault};
    use microgrid_core::simulation::Status;

    use super::*;
    use crate::fixture;

    /// The keys that users' scripts rely on.
    const ENERGY: [&str; 12] = [
        "load_kwh",
        "generation_available_kwh",
        "curtailed_kwh",
        "import_kwh",
        "export_kwh",
        "charge_kwh",
        "discharge_kwh",
        "storage_loss_kwh",
        "unserved_kwh",
        "undelivered_kwh",
        "stored_change_kwh",
        "residual_kwh",
    ];
    const MONEY: [&str; 17] = [
        "currency",
        "energy_charge",
        "demand_charge",
        "capacity_charge",
        "fixed_charge",
        "export_revenue",
        "bill_total",
        "fuel_cost",
        "start_cost",
        "wear_cost",
        "unserved_cost",
        "undelivered_cost",
        "device_cost",
        "device_revenue",
        "carbon_cost",
        "stored_credit",
        "objective",
    ];

    #[test]
    fn every_promised_key_is_there_for_every_run() {
        let mut outcomes = fixture::industrial_park();
        outcomes[3].status = Status::Fault { step: 7, request: RequestFault::NotFinite(Device::Battery(0)) };
        outcomes[3].energy.curtailed_kwh = f64::NAN;
        let text = json(&outcomes);
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let runs = document["runs"].as_array().unwrap();
        assert_eq!(runs.len(), 4);
        for (run, outcome) in runs.iter().zip(&outcomes) {
            for key in ["scenario", "strategy", "foresight", "status", "worst_component"] {
                assert!(run[key].is_string(), "{key}");
            }
            for key in ["batteries", "months", "bill", "notes"] {
                assert!(run[key].is_array(), "{key}");
            }
            for key in ENERGY {
                assert!(run["energy"].get(key).is_some(), "{key}");
            }
            for key in MONEY {
                assert!(run["money"].get(key).is_some(), "{key}");
            }
            assert!(run["indicators"]["peak_import_kw"].is_number());
            // Not a digit is lost: the text is the shortest that reads back to the same bits.
            assert!(text.contains(&format!("\"objective\": {}", outcome.money.objective)));
            assert_eq!(run["steps"], 5_856);
            assert_eq!(run["step_s"], 900);
        }
        assert_eq!(runs[0]["status"], "completed");
        assert!(runs[0]["fault_step"].is_null());
        assert_eq!(runs[3]["status"], "fault");
        assert_eq!(runs[3]["fault_step"], 7);
        assert!(runs[3]["energy"]["curtailed_kwh"].is_null());
        assert_eq!(runs[0]["bill"][0]["kind"], "energy");
        assert_eq!(runs[0]["bill"][0]["month"], outcomes[0].months[0].month.as_str());
        assert_eq!(runs[0]["bill"].as_array().unwrap().len(), 12);
    }
}
