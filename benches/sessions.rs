//! A year of 6 000 recorded charging sessions: from the text of its file to a load of quarter hours. Elements are
//! sessions.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use microgrid::demand::{Task, serve};
use microgrid::io::sessions::{Ask, SessionRules, read_sessions};
use microgrid::io::time::Zone;

fn year(c: &mut Criterion) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds/workplace-hub/sessions");
    let text = std::fs::read_to_string(format!("{folder}/acn_jpl_2019-05-01_2019-08-31.csv")).unwrap();
    // The file has nearly 6 000: its first lines, so that the count is the promise's.
    let count = 6_000.min(text.lines().count() - 1);
    let text: String = text.lines().take(count + 1).flat_map(|line| [line, "\n"]).collect();
    let zone = Zone::by_name("America/Los_Angeles").unwrap();
    let rules = SessionRules::of(Ask::Delivered, &zone);
    let start = zone.instant("2019-01-01").unwrap();
    let tasks = |text: &str| -> Vec<Task> {
        let sessions = read_sessions("file", &[("sessions.csv", text)], &rules).unwrap();
        let task = |session: &microgrid::io::sessions::Session| Task {
            from_s: session.arrival_unix_s - start,
            until_s: session.departure_unix_s - start,
            energy_kwh: session.energy_kwh,
            power_max_kw: 6.656,
        };
        sessions.iter().map(task).collect()
    };
    let read = tasks(&text);
    let mut group = c.benchmark_group(format!("sessions_{count}"));
    group.throughput(Throughput::Elements(count as u64));
    group.bench_function("text_to_load", |b| b.iter(|| serve(&tasks(black_box(&text)), 35_040, 900)));
    group.bench_function("serve", |b| b.iter(|| serve(black_box(&read), 35_040, 900)));
    group.finish();
}

criterion_group!(benches, year);
criterion_main!(benches);
