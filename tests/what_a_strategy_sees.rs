//! Promise: a strategy is told where it stands: the step, the hour of the day, the billing month and its peak so far.
//!
//! It catches a peak that is shown only at a day's end, as the meters themselves are.

use std::sync::{Arc, Mutex};

use crate::random_site::{Limits, Recipe, build, compile};
use microgrid::dispatch::{Controller, Request, Site};
use microgrid::{Block, StepRecord};

#[test]
fn hour_month_and_peak_are_those_of_the_record() {
    let plan = compile(&build(&Recipe {
        step_s: 1800,
        days: 9,
        uneven_days: true,
        months: 3,
        plants: 1,
        batteries: 1,
        loads: 2,
        outages: 1,
        limits: Limits::Constant,
        import_prices: 1,
        demand_charges: 1,
        seed: 11,
        ..Recipe::default()
    }));
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = told.clone();
    let decide = move |site: &Site, _: &mut Request| {
        tell.lock().unwrap().push((site.step(), site.hour_of_day_h(), site.month(), site.month_peak_import_kw()));
    };
    let mut import_kw = Vec::new();
    let mut block = Block::pack([&plan], [Controller::own("own", "none", Box::new(decide))]);
    block.march(usize::MAX, &mut |_: usize, step: &StepRecord<'_>| import_kw.push(step.import_kw));

    let calendar = &plan.scenario().calendar;
    let told = told.lock().unwrap();
    assert_eq!(told.len(), plan.steps());
    let mut months = 0;
    for (month, days) in calendar.month_days().enumerate() {
        let mut peak_kw = 0.0_f64;
        for day in days {
            let steps = calendar.day_first_step[day]..calendar.day_first_step[day + 1];
            for (i, step) in steps.enumerate() {
                let seen = told[step as usize];
                assert_eq!(seen, (step, i as f64 * 0.5, month as u32, peak_kw));
                peak_kw = peak_kw.max(import_kw[step as usize]);
            }
        }
        months += 1;
    }
    assert_eq!(months, 3);
}
