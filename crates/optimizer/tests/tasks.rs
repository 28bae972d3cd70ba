//! Charging sessions and shiftable loads as decisions: within their windows, at the least cost, never above a run.

use crate::random_site::Random;
use microgrid_core::demand::{Load, Task, Tier, serve};
use microgrid_core::dispatch::{Controller, Dispatch};
use microgrid_core::utility::{Price, PriceComponent, Tariff};
use microgrid_core::{Calendar, Plan, Scenario, simulate};
use microgrid_optimizer::{Decisions, Relaxation, Settings, bound, bound_with, plan_with};

const MOVED: Settings = Settings {
    end: microgrid_optimizer::EndRule::Credit,
    decisions: Decisions::StorageAndTasks,
    tolerance: 1e-9,
    max_iterations: 200,
};

fn load_of(tasks: Vec<Task>, steps: usize, step_s: u32) -> Load {
    let served = serve(&tasks, steps, step_s);
    Load { tasks: tasks.into(), undelivered_kwh: served.undelivered_kwh(), ..Load::new("lot", served.power_kw) }
}

fn tasks(random: &mut Random, count: usize, run_s: i64) -> Vec<Task> {
    let task = |random: &mut Random| {
        let from_s = random.between(-0.1 * run_s as f64, 0.9 * run_s as f64) as i64;
        let until_s = from_s + random.between(1.0, 0.3 * run_s as f64) as i64;
        let energy_kwh = if random.one_in(6) { 500.0 } else { random.between(0.0, 30.0) };
        // Some alike: they are drawn together.
        Task { from_s, until_s, energy_kwh, power_max_kw: random.pick(&[3.7, 11.0]) }
    };
    let mut tasks: Vec<Task> = (0..count).map(|_| task(random)).collect();
    let twins: Vec<Task> = tasks.iter().copied().filter(|_| random.one_in(3)).collect();
    tasks.extend(twins);
    tasks
}

fn priced(prices: Vec<f64>) -> Tariff {
    let price = Price::Steps(prices.into());
    Tariff { import: vec![PriceComponent { name: "energy".into(), price }], ..Tariff::default() }
}

/// Without storage and limits each task takes the cheapest parts of its window, and nothing couples them.
#[test]
fn alone_each_task_takes_its_cheapest_hours() {
    for seed in 0..60 {
        let random = &mut Random(seed);
        let (days, step_s) = (2, random.pick(&[900_u32, 3600]));
        let mut site = Scenario::new("lot", Calendar::days(step_s, days));
        let (steps, step_h) = (site.calendar.steps(), site.calendar.step_h());
        let run_s = i64::from(days) * 86_400;
        let tasks = tasks(random, 25, run_s);
        let prices: Vec<f64> = (0..steps).map(|_| random.between(0.1, 1.0)).collect();
        let cheapest = |task: &Task| {
            let mut left_kwh = task.drawn_kwh(run_s) - task.drawn_kwh(0);
            let mut parts: Vec<(f64, f64)> = (0..steps)
                .map(|step| {
                    let (begin, end) = (step as i64 * i64::from(step_s), (step as i64 + 1) * i64::from(step_s));
                    let there_s = task.until_s.min(end) - task.from_s.max(begin);
                    (prices[step], task.power_max_kw * there_s.max(0) as f64 / 3600.0)
                })
                .collect();
            parts.sort_by(|a, b| a.0.total_cmp(&b.0));
            parts.iter().fold(0.0, |cost, (price, most_kwh)| {
                let kwh = left_kwh.min(*most_kwh);
                left_kwh -= kwh;
                cost + price * kwh
            })
        };
        let expected: f64 = tasks.iter().map(cheapest).sum();
        site.loads = vec![load_of(tasks, steps, step_s)];
        site.tariff = priced(prices.clone()).into();
        let site = Plan::compile(&site).unwrap();
        let best = plan_with(&site, &MOVED).unwrap();
        let certificate = best.certificate();
        let close = |value: f64| (value - expected).abs() < 1e-7 * expected;
        assert!(close(certificate.lower) && close(certificate.upper), "seed {seed}: {expected} {certificate:?}");
        assert!(certificate.checked.bound.relaxations.is_empty());
        // Moving is worth something, and the plan moves within windows: the books of its run close.
        let uncontrolled: f64 = (0..steps).map(|step| site.load_kw(step) * prices[step] * step_h).sum();
        assert!(expected < 0.95 * uncontrolled, "{expected} {uncontrolled}");
        let moved = best.moved().unwrap();
        let energy = |plan: &Plan| (0..steps).map(|step| plan.load_kw(step)).sum::<f64>() * step_h;
        assert!((energy(moved) - energy(&site)).abs() < 1e-6 && certificate.checked.task_error_kwh < 1e-6);
        let again = simulate(moved, best.controller()).money.objective;
        assert!((again - certificate.upper).abs() < 1e-9 * expected, "{again} {certificate:?}");
    }
}

/// Tasks of one window of whole steps that need it all leave no choice.
#[test]
fn tasks_without_choice_are_a_load() {
    let mut site = Scenario::new("lot", Calendar::days(3600, 1));
    let full = Task { from_s: 7200, until_s: 18_000, energy_kwh: 30.0, power_max_kw: 10.0 };
    site.loads = vec![load_of(vec![full, Task { energy_kwh: 99.0, ..full }], 24, 3600)];
    site.tariff = Tariff::flat(0.5, 0.0).into();
    let site = Plan::compile(&site).unwrap();
    let (moved, still) = (bound_with(&site, &MOVED), bound(&site));
    assert!((moved.objective - 30.0).abs() < 1e-9 && (still.objective - 30.0).abs() < 1e-9, "{moved:?} {still:?}");
}

#[test]
fn more_decisions_never_cost_more_and_no_run_costs_less() {
    let (mut gained, mut reached) = (0, 0);
    for seed in 0..200 {
        let mut site = crate::random_site::any(seed);
        let random = &mut Random(seed ^ 0x7a5c);
        let (steps, step_s) = (site.calendar.steps(), site.calendar.step_s);
        let count = 1 + (random.bits() % 12) as usize;
        let tasks = tasks(random, count, steps as i64 * i64::from(step_s));
        let tier = random.pick(&[Tier::Critical, Tier::Normal, Tier::Sheddable]);
        let scale = random.pick(&[1.0, 0.4]);
        site.loads.push(Load { tier, scale, ..load_of(tasks, steps, step_s) });
        let site = Plan::compile(&site).unwrap();
        let best = plan_with(&site, &MOVED).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let (still, certificate) = (bound(&site), best.certificate());
        let scale = still.objective.abs().max(100.0);
        assert!(certificate.lower <= still.objective + 1e-7 * scale, "seed {seed}: {certificate:?} {still:?}");
        assert!(certificate.lower <= certificate.upper + 1e-9 * scale, "seed {seed}: {certificate:?}");
        assert!(certificate.checked.task_error_kwh < 1e-5, "seed {seed}: {certificate:?}");
        gained += usize::from(certificate.lower < still.objective - 1e-3 * scale);
        for dispatch in Dispatch::every_for(site.scenario()).filter(|dispatch| dispatch.fits(&site).is_ok()) {
            let run = simulate(&site, Controller::built_in(&dispatch, &site).unwrap());
            let name = dispatch.name();
            assert!(run.money.objective >= certificate.lower - 1e-9 * scale, "seed {seed}: {name}");
        }
        if certificate.checked.bound.relaxations.is_empty() {
            reached += 1;
            assert!(certificate.gap <= 1e-5 * scale, "seed {seed}: {certificate:?}");
        }
    }
    assert!(gained >= 100 && reached >= 10, "{gained} {reached}");
}

/// Beyond some number of columns the sessions of a load are drawn together: a bound below that of the sessions one by one and
/// near it. Mutations it catches: a least energy that some session need not have drawn, a power in the dark.
#[test]
fn very_many_sessions_are_bounded_together() {
    let (mut counted, mut short) = (0, 0);
    for seed in 0..3 {
        let random = &mut Random(seed ^ 0xf1ee);
        let mut site = Scenario::new("lot", Calendar::days(900, 30));
        let (steps, run_s) = (site.calendar.steps(), 30 * 86_400);
        let tasks = |random: &mut Random| -> Vec<Task> {
            let task = |random: &mut Random| {
                let day = random.between(0.0, 30.0).floor();
                let from_s = (86_400.0 * day + random.between(25_000.0, 40_000.0)) as i64;
                let until_s = (from_s + random.between(20_000.0, 40_000.0) as i64).min(run_s);
                Task { from_s, until_s, energy_kwh: random.between(2.0, 20.0), power_max_kw: random.pick(&[3.7, 11.0]) }
            };
            (0..2000).map(|_| task(random)).collect()
        };
        site.loads = vec![load_of(tasks(random), steps, 900)];
        site.tariff = priced((0..steps).map(|step| 0.2 + 0.1 * ((step / 4 * 7) % 24) as f64).collect()).into();
        if seed.is_multiple_of(3) {
            site.connection.import_limit_kw = 150.0.into();
            short += 1;
        }
        let site = Plan::compile(&site).unwrap();
        let settings = Settings { tolerance: 1e-7, ..MOVED };
        let together = bound_with(&site, &settings);
        assert!(together.relaxations.contains(&Relaxation::SessionsTogether), "{together:?}");
        let Ok(planned) = plan_with(&site, &settings) else { continue };
        let apart = planned.certificate().lower;
        let uncontrolled = simulate(&site, Controller::built_in(&Dispatch::Idle, &site).unwrap()).money.objective;
        assert!(together.objective <= apart + 1e-5 * apart, "seed {seed}: {} {apart}", together.objective);
        let [lost, gained] = [apart - together.objective, uncontrolled - apart];
        println!("seed {seed}: together {}, apart {apart}, uncontrolled {uncontrolled}", together.objective);
        assert!(lost <= 0.25 * gained, "seed {seed}: {lost} of {gained}");
        counted += 1;
    }
    assert!(counted >= 2 && short == 1, "{counted} {short}");
}
