//! What you learn: how to bench a strategy of your own against all built-in ones and the proven bound, on a real site, and
//! how to ask it why it did what it did.
//!
//! `cargo run --release --example bench_your_strategy`

use microgrid::{Block, Controller, Dispatch, Plan, Reason, Request, Site, StepRecord, simulate};

/// Charges from the grid in the cheapest quarter of prices seen, gives back in the dearest.
fn buy_low_sell_high() -> impl FnMut(&Site, &mut Request) + Send {
    let mut prices: Vec<f64> = Vec::new();
    move |site: &Site, ask: &mut Request| {
        let price = site.import_price_per_kwh();
        let at = prices.partition_point(|seen| *seen < price);
        prices.insert(at, price);
        let cheap = prices[prices.len() / 4];
        let dear = prices[prices.len() * 3 / 4];
        if site.deficit_kw() < 0.0 {
            ask.battery(0).charge(-site.deficit_kw());
            ask.because("surplus");
        } else if price <= cheap && price < dear {
            ask.battery(0).charge(0.5 * site.batteries()[0].charge_limit_kw());
            ask.because("cheap");
        } else if price >= dear && price > cheap {
            ask.battery(0).discharge(site.deficit_kw());
            ask.because("dear");
        }
    }
}

fn main() -> Result<(), microgrid::Problems> {
    let site = microgrid::load("seeds/residential-community")?;
    let plan = Plan::compile(&site.scenario)?;
    let own = || Controller::own("buy_low_sell_high", "none", Box::new(buy_low_sell_high()));

    let mut outcomes = microgrid::run(&site.scenario, &Dispatch::ALL, None)?;
    let bound = outcomes[0].bound.clone().unwrap();
    let mut mine = simulate(&plan, own());
    mine.judge(&bound, None);
    println!("it captures {:.1} % of what storage can save", mine.gap.as_ref().unwrap().captured_percent.unwrap());
    outcomes.push(mine);
    println!("{}", microgrid::comparison(&outcomes));

    // How often each of its rules decided, and how often a limit kept it from what it wanted.
    let (mut steps, mut held) = ([0; 3], [0; 3]);
    Block::pack([&plan], [own()]).march(usize::MAX, &mut |_: usize, step: &StepRecord<'_>| {
        for (i, code) in ["surplus", "cheap", "dear"].into_iter().enumerate() {
            steps[i] += usize::from(step.why == Reason::Own(code));
            held[i] += usize::from(step.why == Reason::Own(code) && step.limit.is_some());
        }
    });
    println!("surplus, cheap, dear: {steps:?} steps, of which {held:?} met a limit");

    // Whatever you write: the books close, no limit is passed, and nothing costs less than the bound.
    for outcome in &outcomes {
        assert!(outcome.status.is_completed() && outcome.energy.residual_kwh <= 1e-9 * outcome.energy.throughput_kwh());
        assert!(outcome.gap.as_ref().is_some_and(|gap| gap.gap >= -1e-9 * outcome.money.objective.abs()));
    }
    assert!(held[0] <= steps[0] && steps.iter().sum::<usize>() <= plan.steps());
    Ok(())
}
