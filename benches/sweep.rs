//! Whole sweeps: site-years per second of the smallest shape with shared series, under a rule and under `optimal`; what a
//! second thread brings; what results and progress cost. Ratios of one run count: the runs compared are taken in turn.

use std::fs;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use microgrid::Dispatch;
use microgrid::runner::Runner;
use microgrid::sweep::{Engine, Progress, Settings, Source};

#[allow(dead_code)] // The other benches' sites.
mod site;

/// Seconds of a sweep whose rows are dropped.
fn rows(source: &dyn Source, threads: usize) -> f64 {
    let runner = Runner { threads: NonZeroUsize::new(threads), ..Runner::default() };
    let start = Instant::now();
    let taken = Engine { runner, ..Engine::new(source) }.rows(|rows| {
        black_box(rows);
        ControlFlow::Continue(())
    });
    assert_eq!(taken, source.count());
    start.elapsed().as_secs_f64()
}

/// Seconds of the same sweep with its folder, its tables and a progress callback.
fn results(source: &dyn Source, threads: usize) -> f64 {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-sweep");
    let _ = fs::remove_dir_all(&out);
    let progress = |progress: Progress| drop(black_box(progress));
    let settings = Settings { threads: NonZeroUsize::new(threads), progress: Some(&progress), ..Settings::default() };
    let start = Instant::now();
    let ran = microgrid::sweep::run(source, &out, &settings).unwrap();
    assert_eq!(ran.filled.rows, source.count());
    start.elapsed().as_secs_f64()
}

fn main() {
    let turns = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(7);
    for (dispatch, samples) in
        [(Dispatch::SelfConsumption, 40_000), (Dispatch::TimeOfUse, 20_000), (Dispatch::Optimal, 2_000)]
    {
        let name = dispatch.name();
        let source = site::variants::variants(samples, dispatch);
        let mut least = [f64::INFINITY; 3];
        for _ in 0..turns {
            let seconds = [rows(&source, 1), rows(&source, 2), results(&source, 2)];
            least = std::array::from_fn(|i| least[i].min(seconds[i]));
        }
        let [one, two, kept] = least;
        let rate = |seconds: f64| source.count() as f64 / seconds;
        println!(
            "{name}: {:.0} site-years a second on 1 thread, {:.0} on 2 ({:.2} x), {:.0} on 2 with folder, tables and \
             progress (+{:.1} %)",
            rate(one),
            rate(two),
            one / two,
            rate(kept),
            100.0 * (kept / two - 1.0)
        );
    }
}
