//! Promise: on sites of every named part the cut touches the cost where it was made, and the proven lower value is below the cost
//! at any other sizes. Each part comes up in half of the sites, and each pair in a quarter; the test counts them.
//!
//! Would have caught: a price of the last kWh taken for that of the next; a leak counted from zero instead of the floor; a limit of
//! a billion kW in whose rounding a kWh is lost; a premium above its charge.

use std::sync::Arc;

use microgrid_core::demand::{Load, Tier, ValueOfLostLoad};
use microgrid_core::generation::{FuelCurve, Genset, SeriesPlant};
use microgrid_core::simulation::{Calendar, RunEnd};
use microgrid_core::storage::Battery;
use microgrid_core::utility::{DemandCharge, Price, PriceComponent, Tariff};
use microgrid_core::{Plan, Scenario};
use microgrid_design::sizing::{Ending, Quantity, Size, Sizer, Stop, Task};

use super::reference_sizing::size;

pub(crate) const PARTS: [&str; 9] = [
    "leak",
    "wear",
    "value at the end",
    "outage",
    "genset",
    "demand charge",
    "quarter hours",
    "limit of import sized",
    "export without limit",
];

/// Numbers in [0, 1) that depend on the seed alone (Knuth's constants of a linear congruential generator).
pub(crate) struct Draws(pub(crate) u64);

impl Draws {
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.next()
    }
}

pub(crate) fn site(draws: &mut Draws, has: &[bool; 9]) -> (Scenario, Vec<Size>) {
    let [leak, wear, value, outage, genset, demand, quarters, limit, free_export] = *has;
    let step_s = if quarters { 900 } else { 3600 };
    let calendar = Calendar::days(step_s, 4);
    let steps = calendar.steps();
    let hour = |step: usize| (step * step_s as usize / 3600) % 24;
    let mut site = Scenario::new("random", calendar);
    let load: Vec<f64> = (0..steps).map(|_| draws.between(5.0, 40.0)).collect();
    site.loads.push(Load { tier: Tier::Critical, ..Load::new("load", load) });
    let sun = |step: usize| (1.0 - ((hour(step) as f64 - 12.0) / 6.0).powi(2)).max(0.0);
    let sun: Vec<f64> = (0..steps).map(|step| sun(step) * draws.next()).collect();
    site.generation.push(SeriesPlant::new("sun", sun));
    site.storage.push(Battery {
        self_discharge_per_h: if leak { draws.between(1e-4, 5e-3) } else { 0.0 },
        wear_cost_per_kwh: if wear { draws.between(0.005, 0.05) } else { 0.0 },
        grid_forming: true,
        ..Battery::lithium_iron_phosphate(1.0, 1.0)
    });
    let levels = [draws.between(0.1, 0.2), draws.between(0.25, 0.4), draws.between(0.45, 0.7)];
    let import: Vec<f64> = (0..steps).map(|step| levels[hour(step) / 3 % 3]).collect();
    let export: Vec<f64> = import.iter().map(|price| 0.4 * price).collect();
    let component =
        |prices: Vec<f64>| vec![PriceComponent { name: "energy".into(), price: Price::Steps(prices.into()) }];
    let mut tariff = Tariff { import: component(import), export: component(export), ..Tariff::default() };
    if demand {
        tariff.demand.push(DemandCharge::new("peak", draws.between(1.0, 8.0), step_s));
    }
    site.tariff = Arc::new(tariff);
    site.connection.import_limit_kw = 70.0.into();
    if !free_export {
        site.connection.export_limit_kw = 25.0.into();
    }
    site.value_of_lost_load = ValueOfLostLoad::of_tiers(60.0, 30.0, 5.0);
    (site.run_end, site.stored_value_per_kwh) =
        if value { (RunEnd::Value, Some(draws.between(0.1, 0.4))) } else { (RunEnd::NotBelowStart, None) };
    if outage {
        let from = (steps / 3) as u32;
        site.outages.push(from..from + steps as u32 / 16);
    }
    let mut sizes = vec![
        size("sun", Quantity::Plant(0), 120.0, draws.between(0.1, 1.0)),
        size("kwh", Quantity::Capacity, 200.0, draws.between(0.02, 0.3)),
        size("kw", Quantity::ChargePower, 80.0, draws.between(0.02, 0.2)),
    ];
    if genset {
        site.gensets.push(Genset {
            min_load: 0.0,
            fuel_curve: FuelCurve::Line { no_load_per_rated_kwh: 0.0, slope_per_kwh: 1.0 },
            ..Genset::diesel(1.0, draws.between(0.25, 0.5))
        });
        sizes.push(size("genset", Quantity::Genset(0), 50.0, draws.between(0.05, 0.5)));
    }
    if limit {
        sizes.push(size("limit", Quantity::ImportLimit, 70.0, draws.between(0.05, 0.5)));
    }
    (site, sizes)
}

#[test]
fn cuts_touch_where_they_are_made_and_are_below_elsewhere() {
    let mut draws = Draws(20_261_127);
    let (mut counts, mut pairs) = ([0; 9], [[0; 9]; 9]);
    for case in 0..48u32 {
        let has: [bool; 9] = std::array::from_fn(|_| draws.next() < 0.5);
        for i in (0..9).filter(|i| has[*i]) {
            counts[i] += 1;
            (0..9).filter(|j| has[*j]).for_each(|j| pairs[i][j] += 1);
        }
        let (scenario, sizes) = site(&mut draws, &has);
        let plan = Plan::compile(&scenario).unwrap();
        let whole = Task::new(&plan, sizes.clone()).unwrap();
        let mut sizer = Sizer::new(whole).unwrap();
        let found = sizer.run(Stop { gap: 1e-7, evaluations: 25 }, |_| true).unwrap();
        let names: Vec<&str> = PARTS.iter().zip(has).filter(|(_, has)| *has).map(|(name, _)| *name).collect();
        assert_ne!(found.ending, Ending::Loose, "{case}: {names:?}");
        for _ in 0..4 {
            // Bounds of no width: the search is over the caps alone.
            let fixed: Vec<Size> = (sizes.iter())
                .map(|size| {
                    let value = if draws.next() < 0.15 { 0.0 } else { draws.next() * size.most };
                    Size { least: value, most: value, ..size.clone() }
                })
                .collect();
            let mut there = Sizer::new(Task::new(&plan, fixed).unwrap()).unwrap();
            let at = there.run(Stop { gap: 1e-7, evaluations: 60 }, |_| true).unwrap();
            assert_eq!(at.ending, Ending::Proven, "{case}: {names:?} {} {}", at.cost, at.lower);
            assert!(found.lower <= at.cost + 1e-9 * at.cost.abs(), "{case}: {names:?} {} {}", found.lower, at.cost);
            assert!(found.cost <= at.cost + found.cost.abs() * 0.5, "{case}: {names:?}");
        }
    }
    println!("{counts:?}");
    assert!(counts.iter().all(|count| *count >= 12), "{counts:?}");
    assert!(pairs.iter().flatten().all(|count| *count >= 4), "{pairs:?}");
}
