//! What you learn: what a strategy saves in an uncertain year, how sure that is, and how to stop as soon as it is sure.
//!
//! `cargo run --example monte_carlo`

use microgrid::results::{
    ResultColumns, StopGoal, StopRule, SweepSums, comparison_table, encode, read_block, summary_table,
};
use microgrid::sweep::{Axis, Distribution, Engine, Method, ScenarioSweep, Source, Sweep, Value};
use microgrid::{Dispatch, Scenario};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let park = microgrid::load("seeds/industrial-park")?.scenario;
    // Both strategies run in each drawn year: what a dull or a busy year does to both drops out of their difference.
    let sweep = Sweep::new(7)
        .axis(Axis::list("strategy", ["self_consumption", "time_of_use"]))
        .draw("sun_factor", Distribution::Normal { mean: 1.0, deviation: 0.05 })
        .draw("load_factor", Distribution::Triangular { least: 0.8, mode: 1.0, most: 1.3 })
        .samples(Method::MonteCarlo, 2_000);
    let source = ScenarioSweep::new(park, &sweep, |site: &mut Scenario, values: &[Value]| {
        let [Value::Text(strategy), Value::Number(sun), Value::Number(load)] = values else { return };
        site.dispatch = Dispatch::by_name(strategy).unwrap_or(Dispatch::Idle);
        site.generation.iter_mut().for_each(|plant| plant.scale *= sun);
        site.loads.iter_mut().for_each(|each| each.scale *= load);
    })?;

    // The mean saving to 5 000 CNY a year is enough. The interval holds at every look, so that looking does not bend it.
    let columns = ResultColumns::new(source.inputs(), source.samples_are_independent());
    let goal = StopGoal::HalfWidth(5_000.0);
    let mut watch = StopRule::new("strategy", "objective", goal).watch(&columns)?;
    let (mut sums, mut blocks, mut failure) = (SweepSums::new(&columns), Vec::new(), None);
    let runs = Engine::new(&source).rows(|rows| {
        let block = encode(&rows);
        let seen = sums.add_block(&block).and_then(|()| watch.see(&block));
        blocks.push(block);
        seen.unwrap_or_else(|error| {
            failure = Some(error);
            std::ops::ControlFlow::Break(())
        })
    });
    if let Some(error) = failure {
        return Err(error.into());
    }
    let summary = sums.finish(&|see| blocks.iter().try_for_each(|block| read_block(block, see)))?;

    println!("{}", summary_table(&summary));
    let [comparison] = &summary.comparisons[..] else { return Err("one axis, one comparison".into()) };
    let saved = &comparison.differences[0];
    println!("stopped after {runs} of {} runs\n{}", source.count(), comparison_table(comparison, "CNY"));
    // Time of use saves in every year that was drawn, and the difference is known far better than either cost.
    assert!(saved.interval_95.is_some_and(|interval| interval.high < 0.0));
    assert!(runs < source.count(), "no need to run them all");
    let cost = summary.points[0].column("objective").and_then(|objective| objective.standard_error);
    assert!(saved.standard_error < cost.map(|error| error / 10.0));
    Ok(())
}
