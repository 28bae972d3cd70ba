//! What you learn: how to run a sweep over all processors into a folder that survives being killed, with the same bytes
//! for any number of threads, and how to read and draw what it found.
//!
//! `cargo run --example sweep_parallel`

use std::num::NonZeroUsize;

use microgrid::results::{ResultsFile, SweepSummary, View, size_svg, summary_table};
use microgrid::sweep::{self, Axis, Distribution, Method, ScenarioSweep, Settings, Sweep, Value};
use microgrid::{Dispatch, Scenario};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let shop = microgrid::load("seeds/residential-community")?.scenario;
    let sweep = Sweep::new(39)
        .axis(Axis::list("strategy", ["idle", "self_consumption"]))
        .axis(Axis::grid("capacity_kwh", 0.0, 200.0, 5))
        .draw("sun_factor", Distribution::Uniform { least: 0.9, most: 1.1 })
        .samples(Method::LatinHypercube, 8)
        .replicates(4);
    let source = ScenarioSweep::new(shop, &sweep, |site: &mut Scenario, values: &[Value]| {
        let [Value::Text(strategy), Value::Number(capacity_kwh), Value::Number(sun)] = values else { return };
        site.dispatch = Dispatch::by_name(strategy).unwrap_or(Dispatch::Idle);
        site.generation.iter_mut().for_each(|plant| plant.scale *= sun);
        for battery in &mut site.storage {
            battery.capacity_kwh = *capacity_kwh;
        }
    })?;

    let folder = std::env::temp_dir().join(format!("microgrid_sweep_parallel_{}", std::process::id()));
    let mut files = Vec::new();
    for threads in [1, 2] {
        let out = folder.join(threads.to_string());
        let settings = Settings { threads: NonZeroUsize::new(threads), ..Settings::default() };
        sweep::run(&source, &out, &settings)?;
        files.push(std::fs::read(out.join("results.csv"))?);
    }
    assert!(files[0] == files[1], "the same bytes for any number of threads");

    let results = ResultsFile::open(folder.join("1"))?;
    let summary = SweepSummary::of(results.columns(), &|see| results.read(see))?;
    println!("{}", summary_table(&summary));
    let over_size = View { column: "export_kwh".into(), against: Some("capacity_kwh".into()), ..View::default() };
    std::fs::write(folder.join("export.svg"), size_svg(results.columns(), &|see| results.read(see), &over_size)?)?;

    // More storage exports less, and each doubling takes off less than the one before.
    let export = |point: usize| summary.points[point].column("export_kwh").map_or(f64::NAN, |column| column.mean);
    let exports: Vec<f64> = (5..10).map(export).collect();
    assert!(exports.windows(2).all(|pair| pair[1] < pair[0]), "{exports:?}");
    assert!(exports[0] - exports[1] > exports[3] - exports[4], "{exports:?}");
    assert_eq!(summary.replicates, Some(4));
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
