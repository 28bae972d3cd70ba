//! Rows made by hand for this module's tests.

use microgrid_core::dispatch::{Device, RequestFault};
use microgrid_core::simulation::Status;
use microgrid_core::{Problem, Problems};
use microgrid_sweep::{Input, Place, Row, RowFault, Value};

/// A number and two texts.
pub(crate) fn inputs() -> Vec<Input> {
    [("storage.battery[0].capacity_kwh", true), ("dispatch.strategy", false), ("currency", false)]
        .map(|(field, is_number)| Input { field: field.into(), is_number })
        .into()
}

/// Six rows of three samples at two points, one of each status, with numbers that are no numbers and texts that need
/// quotes.
pub(crate) fn rows() -> Vec<Row> {
    let mut outcomes = crate::fixture::industrial_park();
    outcomes[0].scenario = "park, \"east\"\nside".into();
    outcomes[1].indicators.equivalent_full_cycles = None;
    outcomes[1].energy.curtailed_kwh = f64::NAN;
    outcomes[2].status = Status::Fault { step: 7, request: RequestFault::NotFinite(Device::Battery(0)) };
    outcomes[3].status = Status::Unsolved { step: 9 };
    outcomes[3].energy.unserved_by_tier_kwh = [-0.0, 1e-300, f64::MAX];
    let mut problems = Problems::from(Problem::new("storage.battery[0].capacity_kwh", "is out of range").value(-1.0));
    problems.push(Problem::new("dispatch.strategy", "is unknown"));
    let mut results: Vec<_> = outcomes.into_iter().map(Ok).collect();
    results.insert(1, Err(RowFault::Refused(problems)));
    results.push(Err(RowFault::Panicked("step five".into())));
    let row = |(index, result)| {
        let index = index as u64;
        let place = Place { sample: index / 2, replicate: (index / 4) as u32, point: index % 2 };
        let strategy = Value::from(["idle", "self_consumption"][place.point as usize]);
        Row { index, place, inputs: vec![Value::Number(0.1 * index as f64), strategy, Value::from("CNY")], result }
    };
    results.into_iter().enumerate().map(row).collect()
}

/// A plain row of two strategies.
pub(crate) fn plain_row(index: u64, sample: u64, point: u64, objective: f64) -> Row {
    let mut outcome = crate::fixture::industrial_park().remove(0);
    outcome.money.objective = objective;
    outcome.energy.unserved_kwh = if sample % 4 == 3 { 1.5 } else { 0.0 };
    let strategy = Value::from(["idle", "self_consumption", "optimal"][point as usize]);
    let place = Place { sample, replicate: (sample / 2) as u32, point };
    Row { index, place, inputs: vec![Value::Number(sample as f64), strategy, Value::from("CNY")], result: Ok(outcome) }
}

/// The same as files have it.
pub(crate) fn row(index: u64, sample: u64, point: u64, objective: f64) -> super::ResultRow {
    let payload = super::encode(&[plain_row(index, sample, point, objective)]);
    let mut row = super::ResultRow::default();
    super::Rows::new(&payload).unwrap().read(&mut row).unwrap();
    row
}
