//! Rainflow counting: the standard's sequence, another program's count of a year of states of charge, and the plain batch
//! algorithm on random series.

use microgrid_core::dispatch::{Controller, Dispatch};
use microgrid_core::storage::{Cycle, Rainflow};
use microgrid_core::{Block, Plan};

use crate::reference_ageing::peer_site;

fn streamed(levels: impl IntoIterator<Item = f64>) -> Vec<Cycle> {
    let (mut count, mut cycles) = (Rainflow::default(), Vec::new());
    for level in levels {
        count.push(level, |cycle| cycles.push(cycle));
    }
    count.open(|cycle| cycles.push(cycle));
    cycles
}

/// ASTM E1049-85 §5.4.4 as it is written, over a finished list of reversals.
fn batch(levels: &[f64]) -> Vec<Cycle> {
    let mut distinct = levels.to_vec();
    distinct.dedup();
    let inner = distinct.windows(3).filter(|w| (w[1] - w[0]) * (w[2] - w[1]) < 0.0).map(|w| w[1]);
    let mut peaks: Vec<f64> = distinct.first().copied().into_iter().chain(inner).collect();
    peaks.extend(distinct.last().filter(|_| distinct.len() > 1));
    let mut cycles = Vec::new();
    let mut cycle = |a: f64, b: f64, count| cycles.push(Cycle { range: (a - b).abs(), mean: 0.5 * (a + b), count });
    // Step by step: the list that is read so far, and the start S at its front.
    let mut read: Vec<f64> = Vec::new();
    for peak in peaks {
        read.push(peak);
        loop {
            let n = read.len();
            if n < 3 || (read[n - 1] - read[n - 2]).abs() < (read[n - 2] - read[n - 3]).abs() {
                break;
            }
            if n == 3 {
                cycle(read[0], read[1], 0.5);
                read = read[1..].to_vec();
            } else {
                cycle(read[n - 3], read[n - 2], 1.0);
                read = [&read[..n - 3], &read[n - 1..]].concat();
            }
        }
    }
    read.windows(2).for_each(|pair| cycle(pair[0], pair[1], 0.5));
    cycles
}

/// Uniform in [0, 1).
struct Lcg(u32);

impl Lcg {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(self.0) / 4_294_967_296.0
    }
}

/// Mutation it catches: ranges compared with `>` for `≥`, the starting point kept, a plateau taken for a turn.
#[test]
fn streaming_is_batch_on_random_series() {
    let mut random = Lcg(7);
    let mut whole = 0;
    for case in 0..400 {
        let length = (case % 97) + 1;
        // Few levels, so that ranges are often equal; in half of the cases many.
        let grid = if case % 2 == 0 { 6.0 } else { 1e6 };
        let levels: Vec<f64> = (0..length).map(|_| (random.next() * grid).floor() / grid).collect();
        let (ours, theirs) = (streamed(levels.iter().copied()), batch(&levels));
        assert_eq!(ours, theirs, "case {case}: {levels:?}");
        whole += ours.iter().filter(|cycle| cycle.count == 1.0).count();
    }
    assert!(whole > 4_000, "{whole}");
}

/// Each of the 408 cycles that the Python package `rainflow` finds in a year of hourly states of charge.
#[test]
fn a_year_of_states_of_charge_is_counted_as_by_others() {
    let plan = Plan::compile(&peer_site()).unwrap();
    let mut block = Block::pack([&plan], [Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap()]);
    let mut levels = vec![0.5];
    block.march(365, &mut |_: usize, step: &microgrid_core::simulation::StepRecord<'_>| {
        levels.push(step.batteries[0].stored_kwh / 150.0);
    });
    let mut ours = streamed(levels);
    let text = include_str!("../../../tests/data/peers/degradation/rainflow_soc_cycles.csv");
    let row = |line: &str| -> Vec<f64> { line.split(',').map(|cell| cell.parse().unwrap()).collect() };
    let mut theirs: Vec<Cycle> =
        text.lines().skip(1).map(row).map(|r| Cycle { range: r[0], mean: r[1], count: r[2] }).collect();
    assert_eq!((ours.len(), theirs.len()), (408, 408));
    let order = |a: &Cycle, b: &Cycle| (a.range, a.mean).partial_cmp(&(b.range, b.mean)).unwrap();
    ours.sort_by(order);
    theirs.sort_by(order);
    // Their states were read from a file of nine decimals.
    let sums = |cycles: &[Cycle]| {
        cycles.iter().fold([0.0; 3], |[a, b, c], cycle| {
            [a + cycle.count, b + cycle.count * cycle.range, c + cycle.count * cycle.mean]
        })
    };
    for (ours, theirs) in sums(&ours).iter().zip(sums(&theirs)) {
        assert!((ours - theirs).abs() < 1e-7, "{ours} {theirs}");
    }
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert!((ours.range - theirs.range).abs() < 1e-7, "{ours:?} {theirs:?}");
    }
}

/// A year of minutes, counted by the same package: 131 585 entries.
#[test]
fn a_long_walk_is_counted_as_by_others() {
    let (mut random, mut level) = (Lcg(4242), 0.5);
    let walk = std::iter::once(level).chain((1..525_600).map(|_| {
        level = f64::clamp(level + (random.next() - 0.5) * 0.04, 0.0, 1.0);
        level
    }));
    let cycles = streamed(walk);
    let sum = |of: fn(&Cycle) -> f64| cycles.iter().map(of).sum::<f64>();
    println!("{} {} {}", cycles.len(), sum(|c| c.count), sum(|c| c.count * c.range));
    assert_eq!((cycles.len(), sum(|cycle| cycle.count)), (131_585, 131_544.0));
    assert!((sum(|cycle| cycle.count * cycle.range) - 2_596.554_237_472_740_6).abs() < 1e-6);
}
