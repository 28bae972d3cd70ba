//! Promise: a user's forecast drives `rolling_horizon` as the built-in ones do: it sees the past and now, never what is
//! to come; a plan that it spoils is never followed; and a run that goes on from a snapshot keeps its bits.

use std::sync::Arc;

use crate::bits::bits;
use crate::peers::{SPOT, site};
use microgrid::demand::Tier;
use microgrid::dispatch::{Controller, Dispatch, Forecast, NamedForecast, Outlook, Past, RollingHorizon};
use microgrid::simulation::{Status, StepRecord};
use microgrid::utility::DemandCharge;
use microgrid::{Block, Plan, Scenario, simulate};

/// The shared year with monthly demand charges.
fn year() -> Plan {
    let mut site: Scenario = site(SPOT);
    let mut tariff = (*site.tariff).clone();
    tariff.demand = vec![DemandCharge::new("demand", 10.0, 3600)];
    site.tariff = tariff.into();
    Plan::compile(&site).unwrap()
}

/// `persistence_day`, written by a user.
struct Yesterday;

impl Forecast for Yesterday {
    fn fill(&self, past: &Past<'_>, ahead: &mut Outlook) {
        let day = (24.0 / past.step_h()) as usize;
        let expect = |seen: &[f64], ahead: &mut [f64]| {
            let now = past.now();
            for (i, expected) in ahead.iter_mut().enumerate().filter(|_| !seen.is_empty()) {
                let back = i.div_ceil(day) * day;
                *expected = if back <= now + i { seen[now + i - back] } else { seen[now] };
            }
        };
        for tier in Tier::ALL {
            expect(past.load_kw(tier), ahead.load_kw(tier));
        }
        expect(past.generation_kw(), ahead.generation_kw());
    }
}

fn settings(forecast: NamedForecast) -> RollingHorizon {
    RollingHorizon { horizon_h: 30.0, replan_every_h: 3.0, forecast, ..RollingHorizon::DEFAULT }
}

fn own(forecast: impl Forecast + 'static, plan: &Plan) -> Controller {
    let perfect = settings(NamedForecast::Perfect);
    Controller::rolling_horizon(&perfect, "mine", Arc::new(forecast), plan).unwrap()
}

#[test]
fn a_users_yesterday_is_persistence_day_to_the_bit() {
    let plan = year();
    let named = Dispatch::RollingHorizon(settings(NamedForecast::PersistenceDay));
    let named = simulate(&plan, Controller::built_in(&named, &plan).unwrap());
    let controller = own(Yesterday, &plan);
    assert!(!controller.is_built_in(), "a user's forecast may panic");
    let mine = simulate(&plan, controller);
    assert_eq!((mine.strategy.as_str(), mine.foresight.as_str()), ("rolling_horizon", "mine"));
    assert_eq!(mine.status, Status::Completed);
    assert_eq!(bits(&mine), bits(&named));
    // It is no perfect forecast: what it is asked for is not what comes.
    let perfect = Dispatch::RollingHorizon(settings(NamedForecast::Perfect));
    let perfect = simulate(&plan, Controller::built_in(&perfect, &plan).unwrap());
    assert!(mine.money.objective > perfect.money.objective + 1.0);
}

#[test]
fn a_forecast_sees_no_step_to_come() {
    let plan = year();
    let looks = |past: &Past<'_>, ahead: &mut Outlook| {
        assert_eq!(past.generation_kw().len(), past.now() + 1);
        assert_eq!(past.load_kw(Tier::Normal).len(), past.now() + 1);
        assert!(past.load_kw(Tier::Critical).is_empty() && ahead.load_kw(Tier::Critical).is_empty());
        // Before anything is written, what is now goes on.
        let now = past.generation_kw()[past.now()];
        assert!(ahead.generation_kw().iter().all(|kw| *kw == now));
        assert!((1..=30).contains(&ahead.steps()));
        ahead.generation_kw().fill(0.0);
    };
    assert!(simulate(&plan, own(looks, &plan)).status.is_completed());
}

#[test]
fn a_plan_that_is_not_solved_is_not_followed() {
    let plan = year();
    for spoilt in [f64::NAN, -1.0, f64::INFINITY] {
        let spoil = move |past: &Past<'_>, ahead: &mut Outlook| {
            if past.now() >= 300 {
                ahead.generation_kw().fill(spoilt);
            }
        };
        let mut block = Block::pack([&plan], [own(spoil, &plan)]);
        let mut moved_late = false;
        block.march(20, &mut |_: usize, step: &StepRecord<'_>| {
            let battery = step.batteries[0];
            moved_late |= step.step >= 300 && battery.charge_kw + battery.discharge_kw > 0.0;
        });
        assert!(!moved_late, "{spoilt}: storage rests from the step without a plan");
        let outcome = block.outcome(0);
        assert_eq!((outcome.status.clone(), outcome.status.name()), (Status::Unsolved { step: 300 }, "unsolved"));
        assert!(outcome.energy.discharge_kwh > 0.0, "the plans before were followed");
        // It outlives a snapshot, with a forecast that would do better.
        let snapshot = block.snapshot(0);
        let mut resumed = Block::pack([&plan], [own(Yesterday, &plan)]);
        resumed.resume([&snapshot]).unwrap();
        resumed.march(usize::MAX, &mut ());
        assert_eq!(resumed.outcome(0).status, Status::Unsolved { step: 300 });
    }
}

#[test]
fn a_resumed_run_keeps_its_plan_and_its_forecast() {
    let plan = year();
    let mut first = Block::pack([&plan], [own(Yesterday, &plan)]);
    first.march(33, &mut ());
    let snapshot = first.snapshot(0);
    let mut second = Block::pack([&plan], [own(Yesterday, &plan)]);
    second.resume([&snapshot]).unwrap();
    second.march(usize::MAX, &mut ());
    assert_eq!(bits(&second.outcome(0)), bits(&simulate(&plan, own(Yesterday, &plan))));
    // Of another forecast, by kind, seed or name, it is refused.
    let named = |forecast| Controller::built_in(&Dispatch::RollingHorizon(settings(forecast)), &plan).unwrap();
    let noisy = |seed| named(NamedForecast::Noisy { error: 0.1, seed });
    let other = Controller::rolling_horizon(&settings(NamedForecast::Perfect), "other", Arc::new(Yesterday), &plan);
    for (taken, resumed) in [
        (own(Yesterday, &plan), other.unwrap()),
        (own(Yesterday, &plan), named(NamedForecast::PersistenceDay)),
        (named(NamedForecast::PersistenceDay), named(NamedForecast::PersistenceWeek)),
        (noisy(1), noisy(2)),
    ] {
        let mut block = Block::pack([&plan], [taken]);
        block.march(1, &mut ());
        let snapshot = block.snapshot(0);
        let refusal = Block::pack([&plan], [resumed]).resume([&snapshot]).unwrap_err().to_string();
        assert!(refusal.contains("setting of the strategy"), "{refusal}");
    }
}
