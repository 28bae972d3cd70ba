//! Reference: the year of `tests/data/peers/case8760.csv` under a plain self-consumption rule, computed outside this
//! project (see `tests/data/peers/README.md`), is met to 1e-9.

use microgrid::demand::Load;
use microgrid::dispatch::{Controller, Dispatch};
use microgrid::generation::SeriesPlant;
use microgrid::simulation::StepRecord;
use microgrid::storage::Battery;
use microgrid::utility::{Price, PriceComponent, Tariff};
use microgrid::{Block, Calendar, Plan, Scenario};

fn columns<const N: usize>(text: &str) -> [Vec<f64>; N] {
    let mut columns: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), N, "{line}");
        for (column, cell) in columns.iter_mut().zip(cells) {
            column.push(cell.parse().unwrap());
        }
    }
    columns
}

fn reference_site() -> Scenario {
    let [pv, load, import, export] = columns(include_str!("data/peers/case8760.csv"));
    let stepwise =
        |name: &str, prices: Vec<f64>| PriceComponent { name: name.into(), price: Price::Steps(prices.into()) };
    Scenario {
        generation: vec![SeriesPlant::new("pv", pv)],
        loads: vec![Load::new("load", load)],
        // 15 to 150 kWh, half full, 50 kW and 0.95 each way.
        storage: vec![Battery::lithium_iron_phosphate(150.0, 50.0)],
        tariff: std::sync::Arc::new(Tariff {
            import: vec![stepwise("import", import)],
            export: vec![stepwise("export", export)],
            ..Tariff::default()
        }),
        ..Scenario::new("reference", Calendar::common_year(3600))
    }
}

#[test]
fn the_year_is_met() {
    let expected: serde_json::Value = serde_json::from_str(include_str!("data/peers/rule_based.json")).unwrap();
    let plan = Plan::compile(&reference_site()).unwrap();
    let mut block = Block::pack([&plan], [Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap()]);
    block.march(usize::MAX, &mut ());
    let outcome = block.outcome(0);
    let pairs = [
        ("import_kwh", outcome.energy.import_kwh),
        ("export_kwh", outcome.energy.export_kwh),
        ("charge_kwh", outcome.energy.charge_kwh),
        ("discharge_kwh", outcome.energy.discharge_kwh),
        ("cost", outcome.money.bill_total),
        ("soc_end", outcome.batteries[0].end_kwh),
    ];
    for (key, ours) in pairs {
        let theirs = expected[key].as_f64().unwrap();
        assert!((ours - theirs).abs() <= 1e-9 * theirs.abs(), "{key}: {ours}, reference {theirs}");
    }
    let throughput = outcome.energy.throughput_kwh();
    assert!(outcome.energy.residual_kwh <= 1e-12 * throughput);
}

/// Every 97th hour, a prime apart from the day, so that all hours of the day and all seasons are met.
#[test]
fn the_hours_are_met() {
    let [step, charge, discharge, stored, import, export] =
        columns(include_str!("data/peers/rule_based_every_97th.csv"));
    let plan = Plan::compile(&reference_site()).unwrap();
    let mut block = Block::pack([&plan], [Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap()]);
    let mut row = 0;
    block.march(usize::MAX, &mut |_: usize, seen: &StepRecord<'_>| {
        if row < step.len() && f64::from(seen.step) == step[row] {
            let battery = seen.batteries[0];
            let pairs = [
                (battery.charge_kw, charge[row]),
                (battery.discharge_kw, discharge[row]),
                (battery.stored_kwh, stored[row]),
                (seen.import_kw, import[row]),
                (seen.export_kw, export[row]),
            ];
            for (ours, theirs) in pairs {
                // The file has nine decimals.
                assert!((ours - theirs).abs() <= 1e-8, "hour {}: {ours}, reference {theirs}", seen.step);
            }
            row += 1;
        }
    });
    assert_eq!(row, 91, "all rows of the file were met");
}
