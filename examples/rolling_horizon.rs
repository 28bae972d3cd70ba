//! What you learn: what foresight is worth: a plan made anew every hour, over a short or a long horizon, with a perfect
//! forecast, with yesterday's day, and with a forecast of your own.
//!
//! `cargo run --example rolling_horizon`

use std::sync::Arc;

use microgrid::{Bound, Controller, Dispatch, Forecast, NamedForecast, Outlook, Past, Plan, RollingHorizon, Tier};
use microgrid::{Outcome, simulate};

/// What was at the same hour of the days seen so far, on average.
struct MeanDay;

impl Forecast for MeanDay {
    fn fill(&self, past: &Past<'_>, ahead: &mut Outlook) {
        let day = (24.0 / past.step_h()) as usize;
        let now = past.now();
        let expect = |seen: &[f64], ahead: &mut [f64]| {
            for (i, expected) in ahead.iter_mut().enumerate().skip(1) {
                let same_hour = seen.iter().skip((now + i) % day).step_by(day);
                let (sum, count) = same_hour.fold((0.0, 0.0), |(sum, count), kw| (sum + kw, count + 1.0));
                *expected = if count > 0.0 { sum / count } else { *expected };
            }
        };
        Tier::ALL.into_iter().for_each(|tier| expect(past.load_kw(tier), ahead.load_kw(tier)));
        expect(past.generation_kw(), ahead.generation_kw());
    }
}

fn main() -> Result<(), microgrid::Problems> {
    let plan = Plan::compile(&microgrid::load("seeds/minimal")?.scenario)?;
    let bound = Bound::of(&plan);
    let looking = |horizon_h, forecast| RollingHorizon { horizon_h, forecast, ..RollingHorizon::DEFAULT };
    let run = |settings: RollingHorizon| -> Result<Outcome, microgrid::Problems> {
        Ok(simulate(&plan, Controller::built_in(&Dispatch::RollingHorizon(settings), &plan)?))
    };
    let perfect = run(looking(24.0, NamedForecast::Perfect))?;
    let own =
        Controller::rolling_horizon(&looking(24.0, NamedForecast::Perfect), "mean_day", Arc::new(MeanDay), &plan)?;
    let mut outcomes = [
        run(looking(3.0, NamedForecast::Perfect))?,
        perfect.clone(),
        run(looking(24.0, NamedForecast::PersistenceDay))?,
        simulate(&plan, own),
    ];
    for outcome in &mut outcomes {
        let same_horizon = outcome.foresight != "horizon";
        outcome.judge(&bound, same_horizon.then_some(perfect.money.objective));
    }
    println!("{}", microgrid::comparison(&outcomes));

    let cost = |i: usize| outcomes[i].money.objective;
    assert!(cost(1) <= cost(0), "a day ahead is better than three hours");
    assert!(cost(1) <= cost(2) && cost(1) <= cost(3), "to know is better than to guess");
    Ok(())
}
