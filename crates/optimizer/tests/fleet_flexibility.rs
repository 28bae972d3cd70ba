//! Promise: what a fleet's greedy finds is the optimum of the linear programme over its cars, which Clarabel solves from the
//! cars' limits alone: car by car at prices, all at once with a kink and a limit on the sum.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettingsBuilder, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus};
use microgrid_core::demand::{FleetFlexibility, FlexibleSession, SlotCost};

use crate::random_site::Random;

const SLOTS: usize = 12;
const SLOT_H: f64 = 0.5;

/// Minimise cost·x over rows a·x ≤ b.
#[derive(Default)]
struct Programme {
    cost: Vec<f64>,
    rows: Vec<(Vec<(usize, f64)>, f64)>,
}

impl Programme {
    fn variable(&mut self, cost: f64, lower: f64, upper: f64) -> usize {
        let at = self.cost.len();
        self.cost.push(cost);
        self.rows.push((vec![(at, 1.0)], upper));
        self.rows.push((vec![(at, -1.0)], -lower));
        at
    }

    /// Adds the variables of a car, one a slot of its stay, and its limits.
    fn car(&mut self, car: &FlexibleSession, prices: &[f64]) -> Vec<usize> {
        let share = |slot: usize| {
            let first = if slot == car.from_slot as usize { car.first_share } else { 1.0 };
            first * if slot + 1 == car.until_slot as usize { car.last_share } else { 1.0 }
        };
        let slots = car.from_slot as usize..car.until_slot as usize;
        let kwh = |kw: f64, slot: usize| kw * SLOT_H * share(slot);
        let all: Vec<usize> = slots
            .map(|slot| self.variable(prices[slot], -kwh(car.discharge_max_kw, slot), kwh(car.charge_max_kw, slot)))
            .collect();
        for end in 1..=all.len() {
            let sum = |sign: f64| all[..end].iter().map(|x| (*x, sign)).collect::<Vec<_>>();
            if car.discharge_max_kw > 0.0 {
                self.rows.push((sum(1.0), car.level_max_kwh));
                self.rows.push((sum(-1.0), -car.level_min_kwh));
            }
            if end == all.len() {
                self.rows.push((sum(1.0), car.energy_most_kwh));
                self.rows.push((sum(-1.0), -car.energy_least_kwh));
            }
        }
        all
    }

    fn least(&self) -> f64 {
        let mut columns: Vec<Vec<(usize, f64)>> = vec![Vec::new(); self.cost.len()];
        for (i, (row, _)) in self.rows.iter().enumerate() {
            row.iter().for_each(|(x, value)| columns[*x].push((i, *value)));
        }
        let mut starts = vec![0];
        let (mut lines, mut values) = (Vec::new(), Vec::new());
        for column in columns {
            lines.extend(column.iter().map(|(line, _)| *line));
            values.extend(column.iter().map(|(_, value)| *value));
            starts.push(lines.len());
        }
        let right: Vec<f64> = self.rows.iter().map(|row| row.1).collect();
        let a = CscMatrix::new(right.len(), self.cost.len(), starts, lines, values);
        let none = CscMatrix::zeros((self.cost.len(), self.cost.len()));
        let options = DefaultSettingsBuilder::default()
            .verbose(false)
            .tol_gap_abs(1e-12)
            .tol_gap_rel(1e-12)
            .tol_feas(1e-12)
            .build()
            .unwrap();
        let cones = [NonnegativeConeT(right.len())];
        let mut solver = DefaultSolver::new(&none, &self.cost, &a, &right, &cones, options).unwrap();
        solver.solve();
        let status = solver.solution.status;
        assert!(matches!(status, SolverStatus::Solved | SolverStatus::AlmostSolved), "{status:?}");
        solver.solution.obj_val
    }
}

fn car(random: &mut Random, both_ways: bool) -> FlexibleSession {
    let from_slot = (random.bits() % (SLOTS as u64 - 1)) as u32;
    let until_slot = (from_slot + 2 + (random.bits() % SLOTS as u64) as u32).min(SLOTS as u32);
    let power = random.pick(&[3.7, 7.4, 11.0]);
    let reach = power * SLOT_H * f64::from(until_slot - from_slot - 1);
    let energy = random.between(0.0, reach);
    let session = FlexibleSession {
        from_slot,
        until_slot,
        first_share: random.between(0.5, 1.0),
        last_share: random.between(0.5, 1.0),
        charge_max_kw: power,
        discharge_max_kw: 0.0,
        energy_least_kwh: energy,
        energy_most_kwh: if random.one_in(2) { energy } else { energy * 1.2 },
        level_min_kwh: 0.0,
        level_max_kwh: 0.0,
    };
    if both_ways && random.one_in(2) {
        let reserve_kwh = random.between(0.0, 10.0);
        return session.giving_back(power, reserve_kwh, energy + random.between(0.1, 10.0));
    }
    session
}

fn prices(random: &mut Random) -> Vec<f64> {
    (0..SLOTS).map(|_| if random.one_in(5) { random.between(-0.2, 0.0) } else { random.between(0.05, 0.9) }).collect()
}

/// Fleets that charge, and fleets that give back: 1e-9 of the cost's size, the accuracy asked of the solver with room for its
/// own error.
#[test]
fn the_greedy_costs_what_the_programmes_of_its_cars_cost() {
    let mut both_ways_counted = 0;
    for seed in 0..120 {
        let random = &mut Random(seed);
        let cars: Vec<FlexibleSession> = (0..6).map(|_| car(random, seed % 2 == 1)).collect();
        let prices = prices(random);
        let Ok(fleet) = FleetFlexibility::new(cars.clone(), SLOTS as u32, 1800) else {
            continue;
        };
        both_ways_counted += usize::from(cars.iter().any(|car| car.discharge_max_kw > 0.0));
        let apart: f64 = cars
            .iter()
            .map(|car| {
                let mut programme = Programme::default();
                programme.car(car, &prices);
                programme.least()
            })
            .sum();
        let greedy = fleet.least_cost(&prices).unwrap().cost;
        assert!((greedy - apart).abs() < 1e-9 * (1.0 + apart.abs()) * 10.0, "seed {seed}: {greedy} {apart}");
    }
    assert!(both_ways_counted >= 30, "{both_ways_counted}");
}

/// A kink between export and import and a limit on the sum couple the cars: one programme over all of them.
#[test]
fn with_a_kink_and_a_limit_it_costs_what_one_programme_costs() {
    let (mut limited, mut refused) = (0, 0);
    for seed in 0..120 {
        let random = &mut Random(seed ^ 0x51ee);
        let cars: Vec<FlexibleSession> = (0..5).map(|_| car(random, seed % 2 == 1)).collect();
        let prices = prices(random).iter().map(|price| price.abs() + 0.1).collect::<Vec<_>>();
        let sun: Vec<f64> = (0..SLOTS).map(|_| random.between(-10.0, 15.0)).collect();
        let limit_kw = random.between(8.0, 40.0);
        let export = 0.08;
        let Ok(fleet) = FleetFlexibility::new(cars.clone(), SLOTS as u32, 1800) else { continue };
        let cost = |slot: usize| SlotCost::at_site(-sun[slot], prices[slot], export, [limit_kw, 1e3]);
        let Ok(plan) = fleet.least_convex_cost(&(0..SLOTS).map(cost).collect::<Vec<_>>()) else {
            refused += 1;
            continue;
        };
        let mut programme = Programme::default();
        let own: Vec<Vec<usize>> = cars.iter().map(|car| programme.car(car, &[0.0; SLOTS])).collect();
        let mut nothing_taken = 0.0;
        for slot in 0..SLOTS {
            let import = programme.variable(prices[slot] * SLOT_H, 0.0, limit_kw);
            let exported = programme.variable(-export * SLOT_H, 0.0, 1e3);
            // Σ x / h − sun = import − export, as two rows.
            let cars_there = cars
                .iter()
                .zip(&own)
                .filter(|(car, _)| (car.from_slot as usize..car.until_slot as usize).contains(&slot));
            let mut row: Vec<(usize, f64)> =
                cars_there.map(|(car, own)| (own[slot - car.from_slot as usize], 1.0 / SLOT_H)).collect();
            row.extend([(import, -1.0), (exported, 1.0)]);
            programme.rows.push((row.iter().map(|(x, value)| (*x, -value)).collect(), -sun[slot]));
            programme.rows.push((row, sun[slot]));
            nothing_taken += SLOT_H * if sun[slot] > 0.0 { -export * sun[slot] } else { -prices[slot] * sun[slot] };
        }
        let together = programme.least() - nothing_taken;
        let close = (plan.cost - together).abs() < 1e-8 * (1.0 + together.abs() + nothing_taken.abs());
        assert!(close, "seed {seed}: {} {together}", plan.cost);
        limited += usize::from(plan.power_kw.iter().zip(&sun).any(|(kw, sun)| (kw - sun - limit_kw).abs() < 1e-9));
        fleet.disaggregate(&plan.power_kw).unwrap();
    }
    assert!(limited >= 20 && refused <= 60, "{limited} {refused}");
}
