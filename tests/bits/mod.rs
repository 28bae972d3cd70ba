//! Outcomes as bits, to be compared without tolerance.

use microgrid::Outcome;
use microgrid::simulation::Status;

/// Every number of an outcome as its bits.
pub(crate) fn bits(outcome: &Outcome) -> Vec<u64> {
    let energy = &outcome.energy;
    let money = &outcome.money;
    let shown = &outcome.indicators;
    let or_nan = |value: Option<f64>| value.unwrap_or(f64::NAN);
    let mut numbers = vec![
        energy.load_kwh,
        energy.generation_available_kwh,
        energy.curtailed_kwh,
        energy.dumped_kwh,
        energy.import_kwh,
        energy.export_kwh,
        energy.charge_kwh,
        energy.discharge_kwh,
        energy.storage_loss_kwh,
        energy.unserved_kwh,
        energy.stored_change_kwh,
        energy.residual_kwh,
        energy.genset_kwh,
        money.energy_charge,
        money.demand_charge,
        money.capacity_charge,
        money.fixed_charge,
        money.export_revenue,
        money.bill_total,
        money.fuel_cost,
        money.start_cost,
        money.wear_cost,
        money.unserved_cost,
        money.undelivered_cost,
        money.carbon_cost,
        money.stored_credit,
        money.stored_value_per_kwh,
        money.objective,
        outcome.carbon_kg,
        or_nan(shown.self_consumption_percent),
        or_nan(shown.self_sufficiency_percent),
        shown.peak_import_kw,
        or_nan(shown.equivalent_full_cycles),
    ];
    numbers.extend(energy.unserved_by_tier_kwh);
    for g in &outcome.gensets {
        numbers.extend([g.generation_kwh, g.running_h, f64::from(g.starts), g.fuel, g.fuel_cost, g.start_cost]);
        numbers.push(g.carbon_kg);
    }
    for b in &outcome.batteries {
        numbers.extend([b.charge_kwh, b.discharge_kwh, b.conversion_loss_kwh, b.self_discharge_kwh]);
        numbers.extend([b.start_kwh, b.end_kwh, b.residual_kwh, b.equivalent_full_cycles]);
    }
    for month in &outcome.months {
        numbers.extend([month.import_kwh, month.export_kwh, month.peak_import_kw, month.bill_total]);
    }
    for line in &outcome.bill.lines {
        numbers.extend([line.quantity, line.price, line.amount]);
    }
    let status = match outcome.status {
        Status::Completed => u64::MAX,
        Status::Fault { step, .. } => u64::from(step),
        Status::Unsolved { step } => (1 << 32) | u64::from(step),
    };
    numbers.into_iter().map(f64::to_bits).chain([status]).collect()
}
