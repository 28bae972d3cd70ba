//! Blocks of energy whose prices rise, in the linear programme: its bound is reached, and above that by a tangent.

use microgrid_core::dispatch::{Bound, Controller, Dispatch};
use microgrid_core::utility::{BlockCount, BlockPrices, Price, PriceComponent};
use microgrid_core::{Plan, Scenario, simulate};
use microgrid_optimizer::{Relaxation, bound, plan, takes_blocks};

use crate::random_site;

/// A convex site whose import is priced by three blocks, counted by month (a day each) or year, together or by period.
fn site(seed: u64, surcharges: [f64; 3]) -> Scenario {
    let mut site = random_site::convex(seed);
    let steps = site.calendar.steps();
    if seed.is_multiple_of(2) {
        site.calendar = random_site::months(&site.calendar).into();
    }
    let months = site.calendar.months.len();
    let is_year = seed.is_multiple_of(3);
    let by_period = seed % 4 >= 2;
    // By period the blocks of the second cost more than those of the first.
    let price = |block: usize, period: usize| {
        [0.1, 0.25][period] + surcharges[block] * if by_period && period == 1 { 1.5 } else { 1.0 }
    };
    let borders = |period: usize| vec![20.0 + 15.0 * period as f64, 70.0 + 10.0 * (seed % 5) as f64];
    let counters = if by_period { 2 } else { 1 };
    let blocks = BlockPrices {
        periods: vec!["day".into(), "night".into()],
        period_of_step: (0..steps).map(|step| u16::from(step % 7 > 3)).collect(),
        up_to_kwh: (0..counters).map(borders).collect(),
        price_per_kwh: (0..3).map(|block| vec![vec![price(block, 0), price(block, 1)]]).collect(),
        counted: if is_year {
            let earlier_kwh = if seed.is_multiple_of(5) { vec![30.0; counters] } else { Vec::new() };
            BlockCount::Year {
                begins: (0..months).map(|month| seed.is_multiple_of(7) && month == 1).collect(),
                earlier_kwh,
            }
        } else {
            BlockCount::Month
        },
        counter_of_period: if by_period { vec![0, 1] } else { vec![0, 0] },
    };
    let mut tariff = (*site.tariff).clone();
    tariff.import = vec![PriceComponent { name: "energy".into(), price: Price::Blocks(blocks) }];
    tariff.export = vec![PriceComponent { name: "export".into(), price: Price::Constant(0.05) }];
    site.tariff = tariff.into();
    site
}

/// Mutations it catches: a border without the month's share, energy counted before that is paid again, a surcharge of the
/// wrong block, a counter over the wrong periods or months.
#[test]
fn rising_blocks_are_in_the_programme_as_they_are() {
    let (mut sites, mut exact, mut higher, mut years, mut by_period, mut earlier) = (0, 0, 0, 0, 0, 0);
    for seed in 0..72 {
        let site = site(seed, [0.0, 0.08, 0.3]);
        let plan_of = Plan::compile(&site).unwrap_or_else(|problems| panic!("{problems}"));
        assert!(takes_blocks(&plan_of));
        let planned = plan(&plan_of).unwrap_or_else(|unsolved| panic!("seed {seed}: {unsolved}"));
        let (proven, outcome) = (&planned.certificate().checked.bound, planned.outcome());
        let lines = outcome.bill.lines.iter().map(|line| line.amount.abs());
        let small = 1e-6 * lines.sum::<f64>().max(1.0);
        assert!(!proven.relaxations.contains(&Relaxation::EnergyBlocks));
        let idle = simulate(&plan_of, Controller::built_in(&Dispatch::Idle, &plan_of).unwrap());
        for run in [outcome, &idle] {
            assert!(proven.objective <= run.money.objective + small, "seed {seed}: {} is cheaper", run.strategy);
        }
        sites += 1;
        let Price::Blocks(blocks) = &site.tariff.import[0].price else { unreachable!() };
        if let BlockCount::Year { earlier_kwh, .. } = &blocks.counted {
            (years, earlier) = (years + 1, earlier + usize::from(!earlier_kwh.is_empty()));
        }
        by_period += usize::from(blocks.up_to_kwh.len() == 2);
        if proven.relaxations.is_empty() {
            let open = outcome.money.objective - proven.objective;
            assert!(open <= small, "seed {seed}: the plan is {open} above the bound");
            let tangent = Bound::of(&plan_of).objective.unwrap();
            assert!(tangent <= proven.objective + small, "seed {seed}: {tangent} above {}", proven.objective);
            exact += 1;
            higher += usize::from(proven.objective > tangent + small);
        }
    }
    println!(
        "{sites} sites, {years} counted by year, {earlier} of them with energy before the run, {by_period} by period; of \
         {exact} without a relaxation the bound is reached in all, and above that by a tangent in {higher}"
    );
    assert!(exact >= 20 && higher >= 8 && years >= 20 && by_period >= 30 && earlier >= 4);
}

#[test]
fn falling_blocks_stay_with_their_hull() {
    let plan_of = Plan::compile(&site(0, [0.0, -0.02, 0.1])).unwrap();
    assert!(!takes_blocks(&plan_of));
    assert!(bound(&plan_of).relaxations.contains(&Relaxation::EnergyBlocks));
}
