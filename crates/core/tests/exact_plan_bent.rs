//! Promise: where steps are not convex the exact plan is still the optimum, and its law is optimal from any level.
//!
//! Checked against trying every level of a grid that holds the optimum: all numbers are whole and both efficiencies 0.8,
//! so that every level at which a cost or the value of stored energy bends up is a multiple of 0.05 kWh, and a least
//! point always lies at such a bend. The trial knows no slopes: it lists the ways to balance a step.

use microgrid_core::dispatch::exact_plan::{
    Accuracy, DemandCharge, EndRule, Series, Solver, Source, Steps, Storage, Tier, Window, evaluate,
};

const PART_KWH: f64 = 0.05;
const EFFICIENCY: f64 = 0.8;

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
    fn pick(&mut self, values: &[f64]) -> f64 {
        values[(self.bits() % values.len() as u64) as usize]
    }
    fn one_in(&mut self, n: u64) -> bool {
        self.bits().is_multiple_of(n)
    }
    fn column(&mut self, count: usize, values: &[f64]) -> Vec<f64> {
        (0..count).map(|_| self.pick(values)).collect()
    }
}

#[derive(Debug, Clone)]
struct Site {
    storage: Storage,
    start: f64,
    end: EndRule,
    /// Two tiers, the second is shed first.
    load: [Vec<f64>; 2],
    generation: Vec<f64>,
    must_take: Option<Vec<f64>>,
    source: Option<(Vec<f64>, f64)>,
    import_price: Vec<f64>,
    export_price: Vec<f64>,
    import_max: Vec<f64>,
    export_max: Vec<f64>,
    floor: Option<Vec<f64>>,
    reserve: Option<Vec<f64>>,
    barred: bool,
    kept_from_export: bool,
}

const SHORTFALL: f64 = 3.0;
const LOST: [f64; 2] = [20.0, 5.0];

impl Site {
    fn random(seed: u64, count: usize) -> Self {
        let random = &mut Random(seed);
        let span = random.pick(&[2.0, 4.0, 6.0]);
        let powers = [1.0, 2.0, 5.0];
        let generation = random.column(count, &[0.0, 0.0, 1.0, 3.0, 5.0]);
        let outage = random.one_in(4);
        let limits = |random: &mut Random, values: &[f64]| -> Vec<f64> {
            (0..count).map(|_| if outage && random.one_in(4) { 0.0 } else { random.pick(values) }).collect()
        };
        Self {
            storage: Storage {
                min_kwh: 1.0,
                max_kwh: 1.0 + span,
                charge_max_kw: random.pick(&powers),
                discharge_max_kw: random.pick(&powers),
                charge_efficiency: EFFICIENCY,
                discharge_efficiency: EFFICIENCY,
                self_discharge_per_h: 0.0,
                wear_cost_per_kwh: random.pick(&[0.0, 0.0, 0.02]),
            },
            start: 1.0 + span * random.pick(&[0.0, 0.5, 1.0]),
            end: match random.bits() % 4 {
                0 => EndRule::Free,
                1 => EndRule::NotBelowStart,
                _ => EndRule::ValuePerKwh(random.pick(&[-0.1, 0.0, 0.1, 0.3])),
            },
            load: [random.column(count, &[0.0, 1.0, 2.0, 4.0]), random.column(count, &[0.0, 1.0])],
            must_take: random
                .one_in(3)
                .then(|| generation.iter().map(|kw| kw.min(random.pick(&[0.0, 1.0, 3.0]))).collect()),
            source: random.one_in(4).then(|| (random.column(count, &[0.0, 1.0, 2.0]), 0.4)),
            generation,
            import_price: random.column(count, &[-0.3, -0.05, 0.0, 0.1, 0.2, 0.3]),
            export_price: random.column(count, &[-0.4, -0.1, 0.0, 0.05, 0.15, 0.35]),
            import_max: limits(random, &[1.0, 3.0, 8.0]),
            export_max: limits(random, &[0.0, 0.0, 1.0, 8.0]),
            floor: random.one_in(3).then(|| {
                let level = 1.0 + span * random.pick(&[0.5, 1.0]);
                (0..count).map(|_| if random.one_in(4) { 1.0 } else { level }).collect()
            }),
            reserve: random.one_in(6).then(|| random.column(count, &[1.0, 2.0, 3.0])),
            barred: random.one_in(3),
            kept_from_export: random.one_in(4),
        }
    }

    fn with_steps<T>(&self, use_steps: impl FnOnce(&Steps<'_>) -> T) -> T {
        let tier = |k: usize| Tier { load_kw: Series::Steps(&self.load[k]), value_of_lost_load_per_kwh: LOST[k] };
        let tiers = [tier(0), tier(1)];
        let source = |(kw, cost): &'_ (Vec<f64>, f64)| (kw.clone(), *cost);
        let own = self.source.as_ref().map(source);
        let sources: Vec<Source<'_>> = (own.iter())
            .map(|(kw, cost)| Source { max_kw: Series::Steps(kw), cost_per_kwh: Series::Constant(*cost) })
            .collect();
        use_steps(&Steps {
            generation_kw: Series::Steps(&self.generation),
            must_take_kw: self.must_take.as_deref().map(Series::Steps),
            import_price_per_kwh: Series::Steps(&self.import_price),
            export_price_per_kwh: Series::Steps(&self.export_price),
            import_limit_kw: Series::Steps(&self.import_max),
            export_limit_kw: Series::Steps(&self.export_max),
            sources: &sources,
            reserve_kwh: self.reserve.as_deref().map(Series::Steps),
            discharge_floor_kwh: self.floor.as_deref().map(Series::Steps),
            shortfall_price_per_kwh: Some(SHORTFALL),
            grid_charging: !self.barred,
            storage_export: !self.kept_from_export,
            ..Steps::grid_tied(self.generation.len(), 1.0, &tiers)
        })
    }

    /// Least cost of a step in which the storage draws `bus` kWh, with import above each cap at more; infinite where it
    /// cannot be.
    fn step_cost(&self, t: usize, bus: f64, caps: &[(f64, f64)]) -> f64 {
        let never = f64::INFINITY;
        let load = self.load[0][t] + self.load[1][t];
        let (generation, import, export) = (self.generation[t], self.import_max[t], self.export_max[t]);
        let must_take = self.must_take.as_ref().map_or(0.0, |kw| kw[t]);
        let (source, source_cost) = self.source.as_ref().map_or((0.0, 0.0), |(kw, cost)| (kw[t], *cost));
        let supply = generation + import + source;
        let small = 1e-9;
        if bus > self.storage.charge_max_kw + small || -bus > self.storage.discharge_max_kw + small {
            return never;
        }
        if bus > small && bus > supply - load + small {
            return never; // Load is not shed to charge.
        }
        if self.barred && bus > (generation - load).max(0.0) + small {
            return never;
        }
        if self.kept_from_export && -bus > (load - generation).max(0.0) + small {
            return never;
        }
        let shed = (load + bus - supply).max(0.0);
        let lost = shed.min(self.load[1][t]) * LOST[1] + (shed - self.load[1][t]).max(0.0) * LOST[0];
        let wear = self.storage.wear_cost_per_kwh * (-bus).max(0.0);
        // What generation, source and tie together must give.
        let need = load + bus - shed;
        let mut best = never;
        let mut try_mode = |most_import: f64, most_export: f64| {
            let mut import_bends = vec![0.0, most_import];
            import_bends.extend(caps.iter().map(|cap| cap.0).filter(|cap| *cap < most_import));
            let ways = [vec![must_take, generation], vec![0.0, source], import_bends, vec![0.0, -most_export]];
            let within = [(must_take, generation), (0.0, source), (0.0, most_import), (-most_export, 0.0)];
            // All but one at a bend, that one what is left.
            for basic in 0..4 {
                let at = |k: usize| if k == basic { vec![f64::NAN] } else { ways[k].clone() };
                for taken in at(0) {
                    for made in at(1) {
                        for bought in at(2) {
                            for sold in at(3) {
                                let mut way = [taken, made, bought, sold];
                                let others: f64 = (0..4).filter(|k| *k != basic).map(|k| way[k]).sum();
                                way[basic] = need - others;
                                if way[basic] < within[basic].0 - small || way[basic] > within[basic].1 + small {
                                    continue;
                                }
                                let excess: f64 = caps.iter().map(|(cap, price)| price * (way[2] - cap).max(0.0)).sum();
                                let money = source_cost * way[1]
                                    + self.import_price[t] * way[2]
                                    + self.export_price[t] * way[3];
                                best = best.min(money + excess);
                            }
                        }
                    }
                }
            }
        };
        try_mode(0.0, export);
        if !(self.barred && bus > small) {
            try_mode(import, 0.0);
        }
        if need + export < must_take - small && bus >= -small {
            best = best.min(-self.export_price[t] * export); // The rest of what must be taken is dumped.
        }
        best + lost + wear
    }

    /// Least cost from each level of the grid, at the start and after each step.
    fn tried(&self, caps: &[(f64, f64)]) -> Vec<Vec<f64>> {
        let Storage { min_kwh, max_kwh, .. } = self.storage;
        let parts = ((max_kwh - min_kwh) / PART_KWH).round() as usize;
        let level = |i: usize| min_kwh + i as f64 * PART_KWH;
        let at_end = |i: usize| match self.end {
            EndRule::ValuePerKwh(value) => -value * (level(i) - self.start),
            EndRule::NotBelowStart => SHORTFALL * (self.start - level(i)).max(0.0),
            _ => 0.0,
        };
        let mut values = vec![(0..=parts).map(at_end).collect::<Vec<f64>>()];
        for t in (0..self.generation.len()).rev() {
            let bus = |change: f64| if change > 0.0 { change / EFFICIENCY } else { change * EFFICIENCY };
            let by_change: Vec<f64> =
                (0..=2 * parts).map(|k| self.step_cost(t, bus((k as f64 - parts as f64) * PART_KWH), caps)).collect();
            let missing =
                |j: usize| self.reserve.as_ref().map_or(0.0, |r| SHORTFALL * (r[t].min(max_kwh) - level(j)).max(0.0));
            let next = &values[values.len() - 1];
            let from = |i: usize| {
                let floor = self.floor.as_ref().map_or(min_kwh, |floor| floor[t].min(level(i)));
                let least = ((floor - min_kwh) / PART_KWH).round() as usize;
                (least..=parts).map(|j| by_change[j + parts - i] + missing(j) + next[j]).fold(f64::INFINITY, f64::min)
            };
            let here = (0..=parts).map(from).collect();
            values.push(here);
        }
        values.reverse();
        values
    }

    fn index(&self, kwh: f64) -> usize {
        ((kwh - self.storage.min_kwh) / PART_KWH).round() as usize
    }
}

#[test]
fn the_plan_is_what_trying_every_level_finds() {
    let names = [
        "barred and paid to import",
        "must take",
        "source",
        "floor above the start",
        "floor",
        "no export",
        "outage",
        "reserve",
        "kept from export",
        "sun spilled at no negative price",
    ];
    let mut counts = [0_usize; 10];
    for seed in 0..600 {
        let site = Site::random(seed, 4 + (seed % 5) as usize);
        let count = site.generation.len();
        let negative = site.import_price.iter().any(|price| *price < 0.0);
        let floor = site.floor.as_ref().map_or(0.0, |floor| floor.iter().copied().fold(0.0, f64::max));
        let is = [
            site.barred && negative,
            site.must_take.is_some(),
            site.source.is_some(),
            site.start < floor,
            site.floor.is_some(),
            site.export_max.contains(&0.0),
            site.import_max.contains(&0.0),
            site.reserve.is_some(),
            site.kept_from_export,
        ];
        counts.iter_mut().zip(is).for_each(|(count, is)| *count += usize::from(is));
        let values = site.tried(&[]);
        let best = values[0][site.index(site.start)];
        site.with_steps(|steps| {
            let window = Window::whole(count, site.start, site.end);
            let mut solver = Solver::new();
            solver.load(&site.storage, steps).unwrap();
            let optimum = solver.solve(&window).unwrap();
            assert!((optimum.objective - best).abs() < 1e-9, "seed {seed}: {} {best} {site:?}", optimum.objective);
            assert_eq!(optimum.lower_cost, optimum.objective, "seed {seed}");
            let path = solver.stored_kwh().to_vec();
            let mut spilled = false;
            let see = |t: usize, flows: &microgrid_core::dispatch::exact_plan::Flows| {
                spilled |= flows.curtailed_kwh > 0.0 && site.import_price[t] >= 0.0 && site.export_price[t] > 0.0;
            };
            let bill = evaluate(&site.storage, steps, &window, &path, SHORTFALL, see).unwrap();
            assert!((bill.objective - best).abs() < 1e-9, "seed {seed}: plan costs {} for {best}", bill.objective);
            counts[9] += usize::from(spilled);

            // From levels that the plan never sees.
            let law = solver.law().clone();
            for t in 0..count {
                for part in [0, 7, 20, site.index(site.storage.max_kwh)] {
                    let level = site.storage.min_kwh + part as f64 * PART_KWH;
                    let mut path = vec![level];
                    for step in t..count {
                        path.push(law.decide(step, path[path.len() - 1]).stored_after_kwh);
                    }
                    let rest = Window { first_step: t, steps: count - t, start_kwh: site.start, end: site.end };
                    let followed =
                        evaluate(&site.storage, steps, &rest, &path, SHORTFALL, |_, _| ()).unwrap().objective;
                    let best = values[t][part];
                    assert!((followed - best).abs() < 1e-9, "seed {seed}, step {t}, {level} kWh: {followed} {best}");
                }
            }
        });
    }
    for (name, count) in names.iter().zip(counts) {
        println!("{name}: {count} of 600");
        assert!(count >= 30, "{name} came up {count} times");
    }
}

/// The value of a stored kWh is the slope of what solving anew costs.
#[test]
fn the_law_gives_the_value_of_a_stored_kwh_where_steps_are_not_convex() {
    for seed in 0..100 {
        let mut site = Site::random(seed + 10_000, 6);
        site.end = EndRule::ValuePerKwh(0.1);
        site.with_steps(|steps| {
            let window = Window::whole(6, site.start, site.end);
            let mut solver = Solver::new();
            solver.load(&site.storage, steps).unwrap();
            solver.solve(&window).unwrap();
            let law = solver.law().clone();
            for part in [0.213, 0.487, 0.777] {
                let Storage { min_kwh, max_kwh, .. } = site.storage;
                let start_kwh = min_kwh + part * (max_kwh - min_kwh);
                let mut anew = |start_kwh| solver.solve(&Window { start_kwh, ..window }).unwrap().objective;
                // The credit counts from the start of each window.
                let by = 1e-6;
                let rise = (anew(start_kwh - by) - anew(start_kwh + by)) / (2.0 * by) + 0.1;
                let value = law.value_per_kwh(0, start_kwh);
                assert!((value - rise).abs() < 1e-6, "seed {seed}, {start_kwh}: {value} {rise}");
            }
        });
    }
}

/// With demand charges: the lower value is below every plan, also those of other caps tried level by level, and the plan
/// is mostly the best of them.
#[test]
fn demand_charges_are_bounded_from_both_sides_where_steps_are_not_convex() {
    let (mut bent, mut closed, mut best_known, mut worst) = (0, 0, 0, 0.0_f64);
    for seed in 0..200 {
        let mut site = Site::random(seed + 20_000, 6);
        site.floor = None;
        let price_per_kw = Random(seed).pick(&[0.05, 0.3, 1.0]);
        let charge = DemandCharge { first_step: 0, end_step: 6, price_per_kw, metered_kw: 0.0, counts: None };
        let found = site.with_steps(|steps| {
            let accuracy = Accuracy { relative_gap: 1e-10, rounds: 200 };
            Solver::new().solve_demand(&site.storage, steps, (site.start, site.end), &[charge], &accuracy).unwrap()
        });
        let caps = (0..=16).map(|k| 0.5 * f64::from(k)).chain(found.peaks_kw.clone());
        let of_cap = |cap: f64| price_per_kw * cap + site.tried(&[(cap, price_per_kw)])[0][site.index(site.start)];
        let tried = caps.map(of_cap).fold(f64::INFINITY, f64::min);
        assert!(found.lower_cost <= tried + 1e-9, "seed {seed}: {} above {tried} {site:?}", found.lower_cost);
        assert!(found.lower_cost <= found.objective, "seed {seed}");
        if found.hull_steps > 0 {
            bent += 1;
            closed += usize::from(found.objective - found.lower_cost < 1e-6);
            best_known += usize::from(found.objective <= tried + 1e-9);
            worst = worst.max(found.objective - tried);
        } else {
            assert!(found.objective <= tried + 1e-6, "seed {seed}: {} {tried}", found.objective);
        }
    }
    println!("{bent} bent sites: {closed} closed, {best_known} at or below every cap tried, worst {worst:.4} above");
    assert!(bent > 100 && best_known * 10 > bent * 8 && closed * 4 > bent, "{bent} {closed} {best_known}");
}
