//! Whole sweeps: site-years per second of the smallest shape with shared series, under a rule and under `optimal`; what a
//! second thread brings; what results and progress cost. Ratios of one run count: the runs compared are taken in turn.
//! Beside each time stands the processors' own (Linux), which other work on the machine does not lengthen much.

use std::array::from_fn;
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

/// Seconds on the clock and seconds of processors.
type Seconds = [f64; 2];

/// Seconds that processors spent on this process, in hundredths; NaN where the system does not say.
fn processor_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> =
        stat.rsplit(')').next().unwrap_or("").split(' ').map(|f| f.parse().unwrap_or(f64::NAN)).collect();
    fields.get(12).zip(fields.get(13)).map_or(f64::NAN, |(user, system)| (user + system) / 100.0)
}

fn timed(run: impl FnOnce()) -> Seconds {
    let (start, processor) = (Instant::now(), processor_seconds());
    run();
    [start.elapsed().as_secs_f64(), processor_seconds() - processor]
}

/// A sweep whose rows are dropped.
fn rows(source: &dyn Source, threads: usize) -> Seconds {
    let runner = Runner { threads: NonZeroUsize::new(threads), ..Runner::default() };
    timed(|| {
        let taken = Engine { runner, ..Engine::new(source) }.rows(|rows| {
            black_box(rows);
            ControlFlow::Continue(())
        });
        assert_eq!(taken, source.count());
    })
}

/// The same sweep with its folder, its tables and a progress callback.
fn results(source: &dyn Source, threads: usize) -> Seconds {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-sweep");
    let _ = fs::remove_dir_all(&out);
    let progress = |progress: Progress| {
        black_box(progress);
    };
    let settings = Settings { threads: NonZeroUsize::new(threads), progress: Some(&progress), ..Settings::default() };
    timed(|| {
        let ran = microgrid::sweep::run(source, &out, &settings).unwrap();
        assert_eq!(ran.filled.rows, source.count());
    })
}

fn main() {
    // `cargo bench --bench sweep -- 3 optimal`: turns, and which strategies.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let turns = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(7);
    let asked: Vec<&String> = arguments.iter().filter(|argument| argument.parse::<u32>().is_err()).collect();
    for (dispatch, samples) in
        [(Dispatch::SelfConsumption, 40_000), (Dispatch::TimeOfUse, 20_000), (Dispatch::Optimal, 2_000)]
    {
        let name = dispatch.name();
        if !asked.is_empty() && !asked.iter().any(|asked| *asked == name) {
            continue;
        }
        let source = site::variants::variants(samples, dispatch);
        let mut least = [[f64::INFINITY; 2]; 3];
        for _ in 0..turns {
            let seconds = [rows(&source, 1), rows(&source, 2), results(&source, 2)];
            least = from_fn(|run| from_fn(|clock| seconds[run][clock].min(least[run][clock])));
        }
        for (clock, title) in ["clock", "processors"].into_iter().enumerate() {
            let [one, two, kept] = least.map(|seconds| seconds[clock]);
            let rate = |seconds: f64| source.count() as f64 / seconds;
            println!(
                "{name}, {title}: {:.0} site-years a second on 1 thread, {:.0} on 2 ({:.2} x), {:.0} on 2 with folder, \
                 tables and progress ({:+.1} % time)",
                rate(one),
                rate(two),
                one / two,
                rate(kept),
                100.0 * (kept / two - 1.0)
            );
        }
    }
}
