//! The exact plan against a dense simplex on random sites, its law against solving anew.
//!
//! The linear programme below shares nothing with the plan but the meaning of the columns: it knows no slopes and no
//! order of offers, only balances and bounds.

use microgrid_core::dispatch::exact_plan::{
    Accuracy, DemandCharge, EndRule, Flows, Series, Solver, Source, Steps, Storage, Tier, Window, evaluate,
};

/// Random numbers by splitmix64.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
    fn one_in(&mut self, n: u64) -> bool {
        self.bits().is_multiple_of(n)
    }
    fn pick(&mut self, values: &[f64]) -> f64 {
        values[(self.bits() % values.len() as u64) as usize]
    }
}

fn pivot(rows: &mut [Vec<f64>], reduced: &mut [f64], i: usize, j: usize) {
    let pivot = rows[i][j];
    rows[i].iter_mut().for_each(|x| *x /= pivot);
    let row = rows[i].clone();
    let others = rows.iter_mut().enumerate().filter(|(k, _)| *k != i).map(|(_, other)| other.as_mut_slice());
    for other in others.chain([reduced]) {
        let factor = other[j];
        if factor != 0.0 {
            other.iter_mut().zip(&row).for_each(|(x, r)| *x -= factor * r);
        }
    }
}

/// Minimises `cost·x` with `equal·x = right`, `0 ≤ x ≤ upper`: a dense two-phase tableau, Bland's rule when it stalls.
fn simplex(cost: &[f64], equal: &[(Vec<(usize, f64)>, f64)], upper: &[f64]) -> f64 {
    let bounded: Vec<usize> = (0..cost.len()).filter(|&j| upper[j].is_finite()).collect();
    let (n, m) = (cost.len(), equal.len() + bounded.len());
    let width = n + bounded.len() + equal.len();
    let mut rows = vec![vec![0.0; width + 1]; m];
    let mut basis = vec![0; m];
    for (i, (terms, right)) in equal.iter().enumerate() {
        let sign = if *right < 0.0 { -1.0 } else { 1.0 };
        for &(j, value) in terms {
            rows[i][j] += sign * value;
        }
        rows[i][width] = sign * right;
        basis[i] = n + bounded.len() + i;
        rows[i][basis[i]] = 1.0;
    }
    for (k, &j) in bounded.iter().enumerate() {
        let i = equal.len() + k;
        rows[i][j] = 1.0;
        rows[i][n + k] = 1.0;
        rows[i][width] = upper[j];
        basis[i] = n + k;
    }
    let artificial = n + bounded.len();
    let mut value = f64::NAN;
    for phase in [1, 2] {
        let price = |j: usize| match phase {
            1 => f64::from(u8::from(j >= artificial)),
            _ => cost.get(j).copied().unwrap_or(0.0),
        };
        let mut reduced: Vec<f64> = (0..width).map(price).chain([0.0]).collect();
        for i in 0..m {
            let factor = price(basis[i]);
            for j in 0..=width {
                reduced[j] -= factor * rows[i][j];
            }
        }
        let usable = if phase == 1 { width } else { artificial };
        for round in 0..20_000 {
            let entering = if round < 500 {
                (0..usable).min_by(|a, b| reduced[*a].total_cmp(&reduced[*b])).filter(|j| reduced[*j] < -1e-10)
            } else {
                (0..usable).find(|j| reduced[*j] < -1e-10)
            };
            let Some(j) = entering else { break };
            let mut leaving: Option<(usize, f64)> = None;
            for i in 0..m {
                if rows[i][j] > 1e-9 {
                    let ratio = rows[i][width] / rows[i][j];
                    if leaving.is_none_or(|(l, r)| ratio < r - 1e-12 || (ratio < r + 1e-12 && basis[i] < basis[l])) {
                        leaving = Some((i, ratio));
                    }
                }
            }
            let (i, _) = leaving.expect("bounded");
            pivot(&mut rows, &mut reduced, i, j);
            basis[i] = j;
            assert!(round < 19_999, "the simplex must end");
        }
        value = -reduced[width];
        if phase == 1 {
            assert!(value.abs() < 1e-6, "infeasible by {value}");
            // Artificial variables left in the basis at zero must not grow in phase two.
            for i in 0..m {
                if basis[i] >= artificial
                    && let Some(j) = (0..artificial).find(|&j| rows[i][j].abs() > 1e-7)
                {
                    pivot(&mut rows, &mut reduced, i, j);
                    basis[i] = j;
                }
            }
        }
    }
    let mut x = vec![0.0; width];
    for i in 0..m {
        x[basis[i]] = rows[i][width];
    }
    for (terms, right) in equal {
        let left: f64 = terms.iter().map(|&(j, value)| value * x[j]).sum();
        assert!((left - right).abs() < 1e-7, "the simplex's point must balance: {left} {right}");
    }
    assert!((0..cost.len()).all(|j| (-1e-7..=upper[j] + 1e-7).contains(&x[j])), "and be within bounds");
    let sum: f64 = (0..cost.len()).map(|j| cost[j] * x[j]).sum();
    assert!((sum - value).abs() < 1e-6 * (1.0 + value.abs()), "the simplex's value must be its point's: {sum} {value}");
    value
}

#[derive(Debug, Clone)]
struct Site {
    hours: f64,
    storage: Storage,
    tiers: Vec<(Vec<f64>, f64)>,
    generation: Vec<f64>,
    import_price: Vec<f64>,
    export_price: Vec<f64>,
    import_max: Vec<f64>,
    export_max: Vec<f64>,
    sources: Vec<(Vec<f64>, Vec<f64>)>,
    charge_max: Option<Vec<f64>>,
    reserve: Option<Vec<f64>>,
    grid_charging: bool,
    storage_export: bool,
    shed_to_charge: bool,
    start: f64,
    end: EndRule,
}

const SHORTFALL: f64 = 50.0;

impl Site {
    fn random(seed: u64, steps: usize) -> Self {
        let random = &mut Random(seed);
        let column =
            |random: &mut Random, make: &dyn Fn(&mut Random) -> f64| (0..steps).map(|_| make(random)).collect();
        let min_kwh = random.pick(&[0.0, 5.0]);
        let max_kwh = min_kwh + random.pick(&[3.0, 20.0, 60.0]);
        let lossless = random.one_in(4);
        let storage = Storage {
            min_kwh,
            max_kwh,
            charge_max_kw: random.pick(&[2.0, 10.0, 40.0]),
            discharge_max_kw: random.pick(&[2.0, 10.0, 40.0]),
            charge_efficiency: if lossless { 1.0 } else { random.between(0.8, 1.0) },
            discharge_efficiency: if lossless { 1.0 } else { random.between(0.8, 1.0) },
            self_discharge_per_h: random.pick(&[0.0, 0.0, 0.001, 0.05]),
            wear_cost_per_kwh: random.pick(&[0.0, 0.0, 0.03]),
        };
        // Few different prices make ties; 0 and equal prices among them.
        let prices: &[f64] = if random.one_in(2) { &[0.0, 0.1, 0.2, 0.4] } else { &[0.05, 0.11, 0.23, 0.31, 0.47] };
        let import_price: Vec<f64> =
            column(random, &|r| if r.one_in(3) { r.between(0.0, 0.5) } else { r.pick(prices) });
        let export_share = random.pick(&[0.0, 0.5, 1.0]);
        let tight = random.one_in(2);
        let outages = random.one_in(3);
        let mut import_max: Vec<f64> = column(random, &|r| if tight { r.between(0.0, 30.0) } else { 100.0 });
        let mut export_max: Vec<f64> = column(random, &|r| if tight { r.between(0.0, 20.0) } else { 60.0 });
        if outages {
            for t in 0..steps {
                if random.one_in(3) {
                    (import_max[t], export_max[t]) = (0.0, 0.0);
                }
            }
        }
        let mut tiers = vec![(column(random, &|r| r.between(0.0, 15.0)), 8.0)];
        if random.one_in(2) {
            tiers.push((column(random, &|r| r.between(0.0, 15.0)), random.pick(&[3.0, 8.0, 20.0])));
        }
        let sources = (0..random.bits() % 3)
            .map(|_| {
                let cost = random.pick(&[0.1, 0.25, 0.6]);
                (column(random, &|r| if r.one_in(4) { 0.0 } else { r.between(0.0, 12.0) }), vec![cost; steps])
            })
            .collect();
        let start = min_kwh + (max_kwh - min_kwh) * random.pick(&[0.0, 0.3, 0.7, 1.0]);
        Self {
            hours: random.pick(&[0.25, 0.5, 1.0]),
            export_price: import_price.iter().map(|price| price * export_share).collect(),
            import_price,
            import_max,
            export_max,
            tiers,
            sources,
            generation: column(random, &|r| if r.one_in(2) { 0.0 } else { r.between(0.0, 40.0) }),
            charge_max: random.one_in(4).then(|| column(random, &|r| r.between(0.0, 20.0))),
            reserve: random.one_in(4).then(|| column(random, &|r| r.between(min_kwh, max_kwh))),
            grid_charging: !random.one_in(4),
            storage_export: !random.one_in(4),
            shed_to_charge: random.one_in(4),
            end: match random.bits() % 4 {
                0 => EndRule::Free,
                1 => EndRule::NotBelowStart,
                2 => EndRule::NotBelow(random.between(min_kwh, max_kwh)),
                // Below zero the programme would burn energy by charging and discharging at once.
                _ => EndRule::ValuePerKwh(random.pick(&[0.0, 0.1, 0.3])),
            },
            storage,
            start,
        }
    }

    fn with_steps<T>(&self, use_steps: impl FnOnce(&Steps<'_>) -> T) -> T {
        let tiers: Vec<Tier<'_>> = self
            .tiers
            .iter()
            .map(|(load, value)| Tier { load_kw: Series::Steps(load), value_of_lost_load_per_kwh: *value })
            .collect();
        let sources: Vec<Source<'_>> = self
            .sources
            .iter()
            .map(|(most, cost)| Source { max_kw: Series::Steps(most), cost_per_kwh: Series::Steps(cost) })
            .collect();
        use_steps(&Steps {
            generation_kw: Series::Steps(&self.generation),
            import_price_per_kwh: Series::Steps(&self.import_price),
            export_price_per_kwh: Series::Steps(&self.export_price),
            import_limit_kw: Series::Steps(&self.import_max),
            export_limit_kw: Series::Steps(&self.export_max),
            sources: &sources,
            charge_max_kw: self.charge_max.as_deref().map(Series::Steps),
            reserve_kwh: self.reserve.as_deref().map(Series::Steps),
            shortfall_price_per_kwh: Some(SHORTFALL),
            grid_charging: self.grid_charging,
            storage_export: self.storage_export,
            shed_to_charge: self.shed_to_charge,
            ..Steps::grid_tied(self.generation.len(), self.hours, &tiers)
        })
    }

    fn window(&self) -> Window {
        Window::whole(self.generation.len(), self.start, self.end)
    }

    /// The optimum as a linear programme over flows.
    fn linear_programme(&self, charges: &[DemandCharge<'_>]) -> f64 {
        let (mut cost, mut upper, mut equal) = (vec![], vec![], vec![]);
        let mut variable = |price: f64, most: f64| {
            cost.push(price);
            upper.push(most.max(0.0));
            cost.len() - 1
        };
        let leak = self.storage.self_discharge_per_h * self.hours;
        let keep = (-leak).exp();
        let held = if leak > 0.0 { (1.0 - keep) / leak } else { 1.0 };
        let span = self.storage.max_kwh - self.storage.min_kwh;
        let mut before: Option<usize> = None;
        let mut imports = vec![];
        for t in 0..self.generation.len() {
            let h = self.hours;
            let load: f64 = self.tiers.iter().map(|tier| tier.0[t]).sum();
            let generation = self.generation[t];
            let supply = generation + self.import_max[t] + self.sources.iter().map(|source| source.0[t]).sum::<f64>();
            let mut charge_max = self.storage.charge_max_kw.min(self.charge_max.as_ref().map_or(1e9, |limit| limit[t]));
            let mut discharge_max = self.storage.discharge_max_kw;
            if !self.grid_charging {
                charge_max = charge_max.min((generation - load).max(0.0));
            }
            if !self.storage_export {
                discharge_max = discharge_max.min((load - generation).max(0.0));
            }
            if !self.shed_to_charge {
                charge_max = charge_max.min((supply - load).max(0.0));
            }
            let charge = variable(0.0, charge_max * h);
            let discharge = variable(self.storage.wear_cost_per_kwh, discharge_max * h);
            let import = variable(self.import_price[t], self.import_max[t] * h);
            imports.push(import);
            let export = variable(-self.export_price[t], self.export_max[t] * h);
            let curtailed = variable(0.0, generation * h);
            let mut balance = vec![(charge, -1.0), (discharge, 1.0), (import, 1.0), (export, -1.0), (curtailed, -1.0)];
            for source in &self.sources {
                balance.push((variable(source.1[t], source.0[t] * h), 1.0));
            }
            for tier in &self.tiers {
                balance.push((variable(tier.1, tier.0[t] * h), 1.0));
            }
            equal.push((balance, (load - generation) * h));
            let level = variable(0.0, span);
            let mut storage = vec![
                (level, 1.0),
                (charge, -held * self.storage.charge_efficiency),
                (discharge, held / self.storage.discharge_efficiency),
            ];
            let mut right = 0.0;
            match before {
                Some(before) => storage.push((before, -keep)),
                None => right = keep * (self.start - self.storage.min_kwh),
            }
            equal.push((storage, right));
            before = Some(level);
            if let Some(reserve) = &self.reserve {
                let asked = reserve[t].min(self.storage.max_kwh) - self.storage.min_kwh;
                let missing = variable(SHORTFALL, f64::INFINITY);
                let spare = variable(0.0, f64::INFINITY);
                equal.push((vec![(level, 1.0), (missing, 1.0), (spare, -1.0)], asked));
            }
        }
        let level = before.expect("a step");
        let mut credit = 0.0;
        let asked = match self.end {
            EndRule::NotBelowStart => Some(self.start),
            EndRule::NotBelow(asked) => Some(asked),
            EndRule::ValuePerKwh(value) => {
                cost[level] -= value;
                credit = value * (self.storage.min_kwh - self.start);
                None
            }
            EndRule::Free => None,
        };
        if let Some(asked) = asked {
            let missing = cost.len();
            cost.extend([SHORTFALL, 0.0]);
            upper.extend([f64::INFINITY; 2]);
            let right = asked - self.storage.min_kwh;
            equal.push((vec![(level, 1.0), (missing, 1.0), (missing + 1, -1.0)], right));
        }
        for charge in charges {
            let peak = cost.len();
            cost.push(charge.price_per_kw);
            upper.push(f64::INFINITY);
            for t in charge.first_step..charge.end_step {
                if charge.counts.is_none_or(|counts| counts[t]) {
                    let spare = cost.len();
                    cost.push(0.0);
                    upper.push(f64::INFINITY);
                    let terms = vec![(imports[t], 1.0), (peak, -self.hours), (spare, 1.0)];
                    equal.push((terms, charge.metered_kw * self.hours));
                }
            }
        }
        simplex(&cost, &equal, &upper) - credit
    }
}

#[test]
fn random_convex_sites_cost_what_the_linear_programme_finds() {
    for seed in 0..400 {
        let site = Site::random(seed, 4 + (seed % 7) as usize);
        let (optimum, bill) = site.with_steps(|steps| {
            let mut solver = Solver::new();
            solver.load(&site.storage, steps).unwrap();
            let optimum = solver.solve(&site.window()).unwrap();
            let plan = solver.stored_kwh().to_vec();
            (optimum, evaluate(&site.storage, steps, &site.window(), &plan, SHORTFALL, |_, _| ()).unwrap())
        });
        assert_eq!(optimum.lower_cost, optimum.objective, "seed {seed}");
        let expected = site.linear_programme(&[]);
        let scale = expected.abs().max(1.0);
        assert!((optimum.objective - expected).abs() < 1e-7 * scale, "seed {seed}: {} {expected}", optimum.objective);
        assert!((bill.objective - expected).abs() < 1e-7 * scale, "seed {seed}: plan {} {expected}", bill.objective);
    }
}

#[test]
fn the_law_is_optimal_from_any_level_at_any_step() {
    for seed in 1000..1200 {
        let mut site = Site::random(seed, 24);
        if matches!(site.end, EndRule::NotBelowStart) {
            site.end = EndRule::NotBelow(site.start);
        }
        let random = &mut Random(seed);
        site.with_steps(|steps| {
            let mut solver = Solver::new();
            solver.load(&site.storage, steps).unwrap();
            solver.solve(&site.window()).unwrap();
            let law = solver.law().clone();
            let span = site.storage.max_kwh - site.storage.min_kwh;
            for _ in 0..4 {
                let first_step = (random.bits() % 24) as usize;
                let start_kwh = site.storage.min_kwh + random.between(0.01, 0.99) * span;
                let window = Window { first_step, steps: 24 - first_step, start_kwh, end: site.end };
                let mut path = vec![start_kwh];
                for step in first_step..24 {
                    let decision = law.decide(step, path[path.len() - 1]);
                    assert!(decision.charge_kw == 0.0 || decision.discharge_kw == 0.0);
                    path.push(decision.stored_after_kwh);
                }
                let followed = evaluate(&site.storage, steps, &window, &path, SHORTFALL, |_, _| ()).unwrap().objective;
                let mut anew = |start_kwh| solver.solve(&Window { start_kwh, ..window }).unwrap().objective;
                let best = anew(start_kwh);
                assert!((followed - best).abs() < 1e-9 * best.abs().max(1.0), "seed {seed}: {followed} {best}");

                let value = law.value_per_kwh(first_step, start_kwh);
                let credit = if let EndRule::ValuePerKwh(value) = site.end { value } else { 0.0 };
                let by = 1e-5 * span;
                let (up, down) = ((best - anew(start_kwh + by)) / by, (anew(start_kwh - by) - best) / by);
                let tolerance = 1e-6 * (1.0 + best.abs());
                assert!(
                    (up + credit - tolerance..=down + credit + tolerance).contains(&value),
                    "seed {seed}: value {value} not in {up} to {down}"
                );
            }
        });
    }
}

#[test]
fn a_storage_of_no_size_stays_idle() {
    for seed in 0..20 {
        let mut site = Site::random(seed, 8);
        site.storage.max_kwh = site.storage.min_kwh;
        site.start = site.storage.min_kwh;
        site.reserve = None;
        site.end = EndRule::NotBelowStart;
        site.with_steps(|steps| {
            let mut solver = Solver::new();
            solver.load(&site.storage, steps).unwrap();
            let optimum = solver.solve(&site.window()).unwrap();
            let bill = evaluate(&site.storage, steps, &site.window(), &[site.start; 9], 0.0, |_, _| ()).unwrap();
            assert!((optimum.objective - bill.objective).abs() < 1e-9, "seed {seed}");
            assert_eq!(optimum.end_kwh, site.start);
            let decision = solver.law().decide(3, site.start);
            assert_eq!((decision.charge_kw, decision.discharge_kw), (0.0, 0.0));
            assert_eq!(solver.law().value_per_kwh(3, site.start), 0.0);
            let charge = DemandCharge { first_step: 0, end_step: 8, price_per_kw: 0.1, metered_kw: 0.0, counts: None };
            let start = (site.start, site.end);
            let found = solver.solve_demand(&site.storage, steps, start, &[charge], &Accuracy::default()).unwrap();
            assert!(
                found.objective - found.lower_cost < 1e-6 * found.objective.abs().max(1.0),
                "seed {seed}: {found:?}"
            );
            let found = solver.solve_demand(&site.storage, steps, start, &[], &Accuracy::default()).unwrap();
            assert!((found.objective - bill.objective).abs() < 1e-9, "seed {seed}: no charge changes nothing");
        });
    }
}

#[test]
fn all_problems_are_named_at_once() {
    let mut site = Site::random(1, 4);
    site.storage.charge_efficiency = 0.0;
    site.storage.wear_cost_per_kwh = f64::NAN;
    site.generation[2] = -1.0;
    site.import_price.pop();
    site.sources = vec![(vec![f64::INFINITY; 4], vec![0.1; 4])];
    site.with_steps(|steps| {
        let mut solver = Solver::new();
        let problems = solver.load(&site.storage, steps).unwrap_err();
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        let expected = [
            "storage.charge_efficiency",
            "storage.wear_cost_per_kwh",
            "steps.generation_kw[2]",
            "steps.import_price_per_kwh",
            "steps.sources[0].max_kw[0]",
        ];
        assert_eq!(fields, expected);
        assert!(solver.solve(&site.window()).is_err(), "a solver without steps solves nothing");
    });
    let site = Site::random(1, 4);
    site.with_steps(|steps| {
        let mut solver = Solver::new();
        solver.load(&site.storage, steps).unwrap();
        let wrong = Window { first_step: 4, steps: 5, start_kwh: f64::NAN, end: EndRule::NotBelow(1e9) };
        assert_eq!(solver.solve(&wrong).unwrap_err().iter().count(), 4);
    });
}

#[test]
fn random_demand_charges_cost_what_the_linear_programme_finds() {
    for seed in 0..300 {
        let random = &mut Random(seed);
        let count = 6 + (seed % 6) as usize;
        let site = Site::random(seed + 5000, count);
        let masks: Vec<Vec<bool>> = (0..4).map(|_| (0..count).map(|_| !random.one_in(3)).collect()).collect();
        let middle = 1 + (random.bits() % (count as u64 - 1)) as usize;
        // Two periods, one over all, and one that crosses their border; some count only some steps.
        let periods = [(0, middle), (middle, count), (0, count), (count / 3, count)];
        let charges: Vec<DemandCharge<'_>> = periods[..2 + (random.bits() % 3) as usize]
            .iter()
            .zip(&masks)
            .map(|(&(first_step, end_step), mask)| DemandCharge {
                first_step,
                end_step,
                // Below the value of lost load per step, so that the programme sheds nothing to save a peak.
                price_per_kw: site.hours * random.pick(&[0.0, 0.2, 0.6]),
                metered_kw: random.pick(&[0.0, 0.0, 3.0, 12.0]),
                counts: random.one_in(2).then_some(mask.as_slice()),
            })
            .collect();
        let expected = site.linear_programme(&charges);
        let found = site.with_steps(|steps| {
            let accuracy = Accuracy { relative_gap: 1e-9, rounds: 300 };
            let start = (site.start, site.end);
            Solver::new().solve_demand(&site.storage, steps, start, &charges, &accuracy).unwrap()
        });
        let scale = expected.abs().max(1.0);
        assert_eq!(found.hull_steps, 0);
        assert!(
            found.lower_cost <= expected + 1e-8 * scale,
            "seed {seed}: lower {} above {expected}",
            found.lower_cost
        );
        assert!(found.objective >= expected - 1e-8 * scale, "seed {seed}: {} below {expected}", found.objective);
        assert!(found.objective - found.lower_cost < 1e-7 * scale, "seed {seed}: {found:?} {expected}");
    }
}

#[test]
fn the_law_under_caps_is_optimal_from_any_level() {
    for seed in 0..100 {
        let random = &mut Random(seed);
        let mut site = Site::random(seed + 9000, 24);
        site.sources.clear();
        if matches!(site.end, EndRule::NotBelowStart) {
            site.end = EndRule::NotBelow(site.start);
        }
        let charge = |first_step: usize, end_step: usize, price: f64| DemandCharge {
            first_step,
            end_step,
            price_per_kw: price * site.hours,
            metered_kw: 0.0,
            counts: None,
        };
        let charges = [charge(0, 12, 0.5), charge(12, 24, 0.8), charge(6, 18, 0.3)];
        site.with_steps(|steps| {
            let mut solver = Solver::new();
            let start = (site.start, site.end);
            let found = solver.solve_demand(&site.storage, steps, start, &charges, &Accuracy::default()).unwrap();
            let law = solver.law().clone();
            solver.load_under_caps(&site.storage, steps, &charges, &found.caps_kw).unwrap();
            for _ in 0..4 {
                let first_step = (random.bits() % 24) as usize;
                let start_kwh = random.between(site.storage.min_kwh, site.storage.max_kwh);
                let window = Window { first_step, steps: 24 - first_step, start_kwh, end: site.end };
                let mut path = vec![start_kwh];
                for step in first_step..24 {
                    path.push(law.decide(step, path[path.len() - 1]).stored_after_kwh);
                }
                let mut excess = 0.0;
                let meter = |step: usize, flows: &Flows| {
                    for (charge, cap) in charges.iter().zip(&found.caps_kw) {
                        if (charge.first_step..charge.end_step).contains(&step) {
                            excess += charge.price_per_kw * (flows.import_kwh / site.hours - cap).max(0.0);
                        }
                    }
                };
                let bill = evaluate(&site.storage, steps, &window, &path, SHORTFALL, meter).unwrap();
                let followed = bill.objective + excess;
                let best = solver.solve(&window).unwrap().objective;
                assert!((followed - best).abs() < 1e-9 * best.abs().max(1.0), "seed {seed}: {followed} {best}");
            }
        });
    }
}

#[test]
fn a_bound_with_demand_charges_stays_a_bound_where_steps_are_not_convex() {
    for seed in 0..40 {
        let random = &mut Random(seed);
        let mut site = Site::random(seed, 6);
        site.import_price = (0..6).map(|_| random.between(-0.3, 0.3)).collect();
        site.export_price = (0..6).map(|_| random.between(-0.2, 0.3)).collect();
        let mask = [true, false, true, true, false, true];
        let charge = DemandCharge { first_step: 0, end_step: 6, price_per_kw: 1.5, metered_kw: 0.0, counts: None };
        let charges = [charge, DemandCharge { counts: Some(&mask), price_per_kw: 30.0, ..charge }];
        site.with_steps(|steps| {
            let start = (site.start, site.end);
            let mut solver = Solver::new();
            let found = solver.solve_demand(&site.storage, steps, start, &charges, &Accuracy::default()).unwrap();
            assert!(found.lower_cost <= found.objective, "seed {seed}");
            // Any other path, here random ones through the law of other caps, costs at least the lower value.
            for _ in 0..20 {
                let caps = [random.between(0.0, 40.0), random.between(0.0, 40.0)];
                solver.load_under_caps(&site.storage, steps, &charges, &caps).unwrap();
                solver.solve(&site.window()).unwrap();
                let path = solver.stored_kwh().to_vec();
                let mut peaks = [0.0_f64; 2];
                let bill = evaluate(&site.storage, steps, &site.window(), &path, SHORTFALL, |step, flows| {
                    let import_kw = flows.import_kwh / site.hours;
                    peaks[0] = peaks[0].max(import_kw);
                    if mask[step] {
                        peaks[1] = peaks[1].max(import_kw);
                    }
                })
                .unwrap();
                let cost = bill.objective + 1.5 * peaks[0] + 30.0 * peaks[1];
                assert!(
                    found.lower_cost <= cost + 1e-9 * cost.abs().max(1.0),
                    "seed {seed}: {} above {cost}",
                    found.lower_cost
                );
            }
        });
    }
}

#[test]
fn extreme_values_give_finite_numbers() {
    let extremes = [0.0, 1e-12, 1e-3, 1.0, 1e6, 1e12];
    for seed in 0..2000 {
        let random = &mut Random(seed + 70_000);
        let mut site = Site::random(seed, 1 + (seed % 5) as usize);
        let wild = |random: &mut Random, column: &mut Vec<f64>, signed: bool| {
            for value in column {
                if random.one_in(3) {
                    *value = random.pick(&extremes) * if signed && random.one_in(2) { -1.0 } else { 1.0 };
                }
            }
        };
        wild(random, &mut site.generation, false);
        wild(random, &mut site.import_price, true);
        wild(random, &mut site.export_price, true);
        wild(random, &mut site.import_max, false);
        wild(random, &mut site.export_max, false);
        for tier in &mut site.tiers {
            wild(random, &mut tier.0, false);
        }
        for source in &mut site.sources {
            wild(random, &mut source.0, false);
            wild(random, &mut source.1, true);
        }
        site.hours = random.pick(&[1e-6, 0.25, 8784.0]);
        site.storage.charge_efficiency = random.pick(&[1e-3, 0.9, 1.0]);
        site.storage.discharge_efficiency = random.pick(&[1e-3, 0.9, 1.0]);
        site.storage.self_discharge_per_h = random.pick(&[0.0, 1e-12, 0.1, 20.0]) / site.hours;
        site.storage.wear_cost_per_kwh = random.pick(&extremes);
        site.storage.charge_max_kw = random.pick(&extremes);
        site.storage.max_kwh = site.storage.min_kwh + random.pick(&extremes[..5]);
        site.start = 0.5 * (site.storage.min_kwh + site.storage.max_kwh);
        site.reserve = None;
        site.end = if random.one_in(2) { EndRule::NotBelowStart } else { EndRule::ValuePerKwh(1e12) };
        site.with_steps(|steps| {
            let mut solver = Solver::new();
            let price = random.pick(&extremes);
            let charge = DemandCharge {
                first_step: 0,
                end_step: steps.count,
                price_per_kw: price,
                metered_kw: 0.0,
                counts: None,
            };
            solver.load(&site.storage, steps).unwrap();
            assert!(solver.solve(&site.window()).unwrap().objective.is_finite(), "seed {seed}");
            let value = solver.law().value_per_kwh(0, site.start);
            assert!(value.is_finite(), "seed {seed}: {value}");
            let accuracy = Accuracy { relative_gap: 1e-6, rounds: 10 };
            // Sites of such spread may fail to replay to 1e-7 kWh, which is a named problem; they never panic.
            if let Ok(found) = solver.solve_demand(&site.storage, steps, (site.start, site.end), &[charge], &accuracy) {
                assert!(found.objective.is_finite() && found.lower_cost <= found.objective, "seed {seed}: {found:?}");
            }
        });
    }
}
