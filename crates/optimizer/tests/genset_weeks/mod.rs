//! Short horizons with gensets, and their optimum by HiGHS as `tests/milp.rs` finds it.

use microgrid_core::demand::Load;
use microgrid_core::generation::{Genset, SeriesPlant};
use microgrid_core::storage::Battery;
use microgrid_core::utility::Tariff;
use microgrid_core::{Calendar, Plan, Scenario};

/// A name, the plan, and the optimum that HiGHS found to a relative gap of 1e-6.
pub(crate) fn all() -> [(&'static str, Plan, f64); 3] {
    [
        ("a day off the grid", plan(1, 0.0, 1), 139.648114),
        ("three days off the grid, two gensets", plan(3, 0.0, 2), 558.088194),
        ("a week on a weak grid, two gensets", plan(7, 25.0, 2), 1086.976460),
    ]
}

fn plan(days: u32, import_limit_kw: f64, gensets: usize) -> Plan {
    let hours = 24 * days as usize;
    let mut site = Scenario::new("gensets", Calendar::days(3600, days));
    // Evenings high, nights low, with a wobble from day to day.
    let shape = [3, 3, 2, 2, 3, 4, 6, 8, 9, 8, 8, 9, 9, 8, 8, 9, 11, 13, 15, 16, 14, 10, 7, 4];
    let load = |hour: usize| f64::from(shape[hour % 24]) * (4.0 + 0.5 * (hour / 24 % 3) as f64);
    let sun = [0, 0, 0, 0, 0, 0, 1, 4, 9, 14, 18, 20, 20, 19, 15, 10, 5, 1, 0, 0, 0, 0, 0, 0];
    let clouds = [1.0, 0.4, 0.8, 1.0, 0.2, 0.9, 0.6];
    site.loads = vec![Load::new("village", (0..hours).map(load).collect::<Vec<_>>())];
    let power = |hour: usize| f64::from(sun[hour % 24]) * 3.0 * clouds[hour / 24 % 7];
    site.generation = vec![SeriesPlant::new("sun", (0..hours).map(power).collect::<Vec<_>>())];
    site.connection.import_limit_kw = import_limit_kw.into();
    site.connection.export_limit_kw = 0.0.into();
    site.tariff = Tariff::flat(0.25, 0.0).into();
    let large = Genset { start_cost: 6.0, min_up_h: 3.0, min_down_h: 2.0, ..Genset::diesel(60.0, 1.0) };
    let small = Genset { start_cost: 3.0, min_up_h: 2.0, min_down_h: 1.0, ..Genset::diesel(25.0, 1.0) };
    site.gensets = [large, small].into_iter().take(gensets).collect();
    site.storage = vec![Battery::lithium_iron_phosphate(80.0, 30.0)];
    site.stored_value_per_kwh = Some(0.3);
    Plan::compile(&site).unwrap()
}
