//! CSV tables of runs: a row for each run, each bill line, or each billing month. Nothing is rounded.

use std::io;

use microgrid_core::simulation::Outcome;

use crate::csv_cell::{escaped, number};
use crate::document::status;
use crate::invoice::{invoice_total, kind_name, period_name};

/// A column: its name, and the text of its cell.
type Field = (&'static str, fn(&Outcome) -> String);

fn optional(value: Option<f64>) -> String {
    value.map_or_else(String::new, number)
}

const FIELDS: [Field; 58] = [
    ("scenario", |o| o.scenario.clone()),
    ("strategy", |o| o.strategy.clone()),
    ("foresight", |o| o.foresight.clone()),
    ("status", |o| status(&o.status).0.into()),
    ("fault_step", |o| status(&o.status).1.map_or_else(String::new, |step| step.to_string())),
    ("steps", |o| o.steps.to_string()),
    ("step_s", |o| o.step_s.to_string()),
    ("load_kwh", |o| number(o.energy.load_kwh)),
    ("generation_available_kwh", |o| number(o.energy.generation_available_kwh)),
    ("curtailed_kwh", |o| number(o.energy.curtailed_kwh)),
    ("dumped_kwh", |o| number(o.energy.dumped_kwh)),
    ("genset_kwh", |o| number(o.energy.genset_kwh)),
    ("device_use_kwh", |o| number(o.energy.device_use_kwh)),
    ("device_given_kwh", |o| number(o.energy.device_given_kwh)),
    ("import_kwh", |o| number(o.energy.import_kwh)),
    ("export_kwh", |o| number(o.energy.export_kwh)),
    ("charge_kwh", |o| number(o.energy.charge_kwh)),
    ("discharge_kwh", |o| number(o.energy.discharge_kwh)),
    ("storage_loss_kwh", |o| number(o.energy.storage_loss_kwh)),
    ("unserved_kwh", |o| number(o.energy.unserved_kwh)),
    ("undelivered_kwh", |o| number(o.energy.undelivered_kwh)),
    ("stored_change_kwh", |o| number(o.energy.stored_change_kwh)),
    ("residual_kwh", |o| number(o.energy.residual_kwh)),
    ("worst_component", |o| o.worst_component.clone()),
    ("peak_import_kw", |o| number(o.indicators.peak_import_kw)),
    ("self_consumption_percent", |o| optional(o.indicators.self_consumption_percent)),
    ("self_sufficiency_percent", |o| optional(o.indicators.self_sufficiency_percent)),
    ("renewable_share_percent", |o| optional(o.indicators.renewable_share_percent)),
    ("shed_h", |o| optional(o.indicators.shed_h)),
    ("shed_max_kw", |o| optional(o.indicators.shed_max_kw)),
    ("equivalent_full_cycles", |o| optional(o.indicators.equivalent_full_cycles)),
    ("carbon_kg", |o| number(o.carbon_kg)),
    ("currency", |o| o.money.currency.clone()),
    ("energy_charge", |o| number(o.money.energy_charge)),
    ("demand_charge", |o| number(o.money.demand_charge)),
    ("capacity_charge", |o| number(o.money.capacity_charge)),
    ("fixed_charge", |o| number(o.money.fixed_charge)),
    ("adjustment", |o| number(o.money.adjustment)),
    ("export_revenue", |o| number(o.money.export_revenue)),
    ("bill_total", |o| number(o.money.bill_total)),
    ("invoice_total", |o| number(invoice_total(o))),
    ("fuel_cost", |o| number(o.money.fuel_cost)),
    ("start_cost", |o| number(o.money.start_cost)),
    ("wear_cost", |o| number(o.money.wear_cost)),
    ("unserved_cost", |o| number(o.money.unserved_cost)),
    ("undelivered_cost", |o| number(o.money.undelivered_cost)),
    ("device_cost", |o| number(o.money.device_cost)),
    ("device_revenue", |o| number(o.money.device_revenue)),
    ("carbon_cost", |o| number(o.money.carbon_cost)),
    ("stored_credit", |o| number(o.money.stored_credit)),
    ("stored_value_per_kwh", |o| number(o.money.stored_value_per_kwh)),
    ("objective", |o| number(o.money.objective)),
    ("bound_objective", |o| optional(o.bound.as_ref().and_then(|bound| bound.objective))),
    ("bound_kind", |o| o.bound.as_ref().map_or_else(String::new, |bound| bound.kind.name().into())),
    ("gap", |o| optional(o.gap.as_ref().map(|gap| gap.gap))),
    ("gap_percent", |o| optional(o.gap.as_ref().and_then(|gap| gap.percent))),
    ("captured_percent", |o| optional(o.gap.as_ref().and_then(|gap| gap.captured_percent))),
    ("notes", |o| o.notes.join("; ")),
];

/// Writes a row for each outcome, its columns named as the keys of the JSON document. Values that do not exist, such
/// as full cycles without storage, are empty.
///
/// # Errors
/// What `writer` returns.
pub fn write_summary_csv(writer: impl io::Write, outcomes: &[Outcome]) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record(FIELDS.map(|(name, _)| name))?;
    for outcome in outcomes {
        let cells = FIELDS.map(|(_, cell)| cell(outcome));
        csv.write_record(cells.each_ref().map(|cell| escaped(cell).into_owned()))?;
    }
    csv.flush()
}

/// Writes a row for each line of each outcome's bill, in the order of the bill.
///
/// # Errors
/// What `writer` returns.
pub fn write_bill_csv(writer: impl io::Write, outcomes: &[Outcome]) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record([
        "scenario",
        "strategy",
        "month",
        "kind",
        "component",
        "period",
        "quantity",
        "unit",
        "currency",
        "price_per_unit",
        "amount",
    ])?;
    for outcome in outcomes {
        for line in &outcome.bill.lines {
            let month = outcome.months.get(line.month).map_or("", |month| &month.month);
            csv.write_record([
                &*escaped(&outcome.scenario),
                &*escaped(&outcome.strategy),
                month,
                kind_name(line.kind),
                &*escaped(&line.component),
                &*escaped(&period_name(line)),
                &number(line.quantity),
                line.unit,
                &*escaped(&outcome.money.currency),
                &number(line.price),
                &number(line.amount),
            ])?;
        }
    }
    csv.flush()
}

/// Writes a row for each billing month of each outcome.
///
/// # Errors
/// What `writer` returns.
pub fn write_months_csv(writer: impl io::Write, outcomes: &[Outcome]) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record([
        "scenario",
        "strategy",
        "month",
        "import_kwh",
        "export_kwh",
        "peak_import_kw",
        "currency",
        "bill_total",
    ])?;
    for outcome in outcomes {
        for month in &outcome.months {
            csv.write_record([
                &*escaped(&outcome.scenario),
                &*escaped(&outcome.strategy),
                &month.month,
                &number(month.import_kwh),
                &number(month.export_kwh),
                &number(month.peak_import_kw),
                &*escaped(&outcome.money.currency),
                &number(month.bill_total),
            ])?;
        }
    }
    csv.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn text(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut bytes = Vec::new();
        write(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_row_for_each_run_with_every_number_as_it_is() {
        let mut outcomes = fixture::industrial_park();
        outcomes[1].indicators.equivalent_full_cycles = None;
        outcomes[1].scenario = "park, \"east\"".into();
        let csv = text(|w| write_summary_csv(w, &outcomes));
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let heads = reader.headers().unwrap().clone();
        let column = |name: &str| heads.iter().position(|head| head == name).unwrap();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 4);
        assert_eq!(&rows[1][column("scenario")], "park, \"east\"");
        assert_eq!(&rows[1][column("equivalent_full_cycles")], "");
        for (row, outcome) in rows.iter().zip(&outcomes) {
            assert_eq!(row[column("import_kwh")].parse(), Ok(outcome.energy.import_kwh));
            assert_eq!(row[column("objective")].parse(), Ok(outcome.money.objective));
            assert_eq!(row[column("bill_total")].parse(), Ok(outcome.money.bill_total));
        }
    }

    #[test]
    fn the_columns_of_the_summary_are_the_keys_of_the_document() {
        let outcomes = fixture::industrial_park();
        let document: serde_json::Value = serde_json::from_str(&crate::json(&outcomes)).unwrap();
        let run = &document["runs"][2];
        let bound = |name: &str| name.strip_prefix("bound_").map(|part| &run["bound"][part]);
        let places = [run, &run["energy"], &run["money"], &run["indicators"]];
        for (name, cell) in FIELDS {
            let value = places.iter().find_map(|place| place.get(name)).or_else(|| bound(name));
            let value = value.unwrap_or_else(|| panic!("{name}"));
            if let Some(number) = value.as_f64() {
                let written: f64 = cell(&outcomes[2]).parse().unwrap();
                assert!((written - number).abs() <= 1e-12 * number.abs(), "{name}");
            }
        }
    }

    /// Mutation it catches: a text of the user's that a spreadsheet runs.
    #[test]
    fn no_cell_is_a_formula() {
        let mut outcomes = fixture::industrial_park();
        let evil = "=cmd|' /C calc'!A0";
        for outcome in &mut outcomes {
            outcome.scenario = evil.into();
            outcome.strategy = evil.into();
            outcome.money.currency = evil.into();
            outcome.notes.insert(0, evil.into());
            outcome.bill.lines.iter_mut().for_each(|line| line.component = evil.into());
        }
        type Write = fn(&mut Vec<u8>, &[Outcome]) -> io::Result<()>;
        for write in
            [(|w, o| write_summary_csv(w, o)) as Write, |w, o| write_bill_csv(w, o), |w, o| write_months_csv(w, o)]
        {
            let csv = text(|w| write(w, &outcomes));
            let mut reader = csv::Reader::from_reader(csv.as_bytes());
            for record in reader.records().map(Result::unwrap) {
                assert!(record.iter().all(|cell| !cell.starts_with('=')), "{record:?}");
                assert_eq!(&record[0], format!("'{evil}"));
            }
        }
    }

    #[test]
    fn zero_has_no_sign() {
        let mut outcomes = fixture::industrial_park();
        outcomes[0].bill.lines.iter_mut().for_each(|line| (line.quantity, line.amount) = (-0.0, -0.0));
        outcomes[0].months.iter_mut().for_each(|month| (month.export_kwh, month.bill_total) = (-0.0, -0.0));
        outcomes[0].money.demand_charge = -0.0;
        type Write = fn(&mut Vec<u8>, &[Outcome]) -> io::Result<()>;
        for write in
            [(|w, o| write_summary_csv(w, o)) as Write, |w, o| write_bill_csv(w, o), |w, o| write_months_csv(w, o)]
        {
            let csv = text(|w| write(w, &outcomes));
            assert!(!csv.contains(",-0,") && !csv.contains(",-0\n") && csv.contains(",0,"), "{csv}");
        }
    }

    #[test]
    fn bill_and_months_have_their_rows() {
        let outcomes = fixture::industrial_park();
        let bill = text(|w| write_bill_csv(w, &outcomes));
        assert_eq!(bill.lines().count(), 1 + 4 * 12);
        assert!(bill.contains("industrial-park,idle,2025-06,demand,maximum demand,,4813.2,kW,CNY,51.2,"), "{bill}");
        let months = text(|w| write_months_csv(w, &outcomes));
        assert_eq!(months.lines().count(), 1 + 4 * 2);
        assert!(months.lines().nth(2).unwrap().starts_with("industrial-park,idle,2025-07,"));
    }
}
