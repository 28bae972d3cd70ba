//! The sites that are benched, from the shared reference year.
#[allow(dead_code)] // Each bench takes what it needs.
pub(crate) mod variants;

use microgrid::demand::{Load, Tier};
use microgrid::generation::SeriesPlant;
use microgrid::storage::Battery;
use microgrid::utility::{DemandCharge, PeriodPrices, Price, PriceComponent, Tariff};
use microgrid::{Calendar, Scenario, Series};

/// The four columns of the reference year: generation, load, import price, export price.
pub(crate) fn reference_year() -> [Vec<f64>; 4] {
    let text = include_str!("../../tests/data/peers/case8760.csv");
    let mut columns: [Vec<f64>; 4] = Default::default();
    for line in text.lines().skip(1) {
        for (column, cell) in columns.iter_mut().zip(line.split(',')) {
            column.push(cell.parse().unwrap());
        }
    }
    columns
}

/// Time of use by named periods, from a column of prices.
pub(crate) fn periods(prices: &[f64]) -> Price {
    let mut levels: Vec<f64> = prices.to_vec();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    let period_of_step = prices.iter().map(|p| levels.iter().position(|l| l == p).unwrap() as u16).collect();
    Price::Periods(PeriodPrices {
        periods: levels.iter().map(|level| format!("{level}")).collect(),
        period_of_step,
        price_per_kwh: vec![levels],
    })
}

/// Solar, a battery, a load and time of use; no tiers, outages or demand charges.
pub(crate) fn smallest() -> Scenario {
    let [pv, load, import, export] = reference_year();
    let battery = Battery { initial_soc: 0.5, ..Battery::lithium_iron_phosphate(150.0, 50.0) };
    Scenario {
        generation: vec![SeriesPlant::new("pv", pv)],
        loads: vec![Load::new("load", load)],
        storage: vec![battery],
        tariff: std::sync::Arc::new(Tariff {
            import: vec![PriceComponent { name: "energy".into(), price: periods(&import) }],
            export: vec![PriceComponent { name: "export".into(), price: periods(&export) }],
            ..Tariff::default()
        }),
        ..Scenario::new("smallest", Calendar::common_year(3600))
    }
}

/// The same with three tiers, outages, limits, a demand charge and a leaking battery that can form the grid.
#[allow(dead_code)] // Each bench takes what it needs.
pub(crate) fn full_ledger(batteries: usize) -> Scenario {
    let mut scenario = smallest();
    let load = scenario.loads[0].power_kw.clone();
    scenario.loads = [(Tier::Critical, 0.3), (Tier::Normal, 0.5), (Tier::Sheddable, 0.2)]
        .map(|(tier, scale)| Load { tier, scale, ..Load::new(tier.name(), load.clone()) })
        .to_vec();
    let battery = Battery {
        self_discharge_per_h: 1e-5,
        reserve_soc: 0.2,
        grid_forming: true,
        wear_cost_per_kwh: 0.02,
        ..scenario.storage[0].clone()
    };
    scenario.storage = vec![battery; batteries];
    scenario.outages = (0..12).map(|month| month * 720 + 30..month * 720 + 34).collect();
    scenario.connection.import_limit_kw = Series::Constant(100.0);
    scenario.connection.export_limit_kw = Series::Constant(60.0);
    let mut tariff = (*scenario.tariff).clone();
    tariff.demand = vec![DemandCharge::new("demand", 10.0, 3600)];
    scenario.tariff = tariff.into();
    scenario
}
