//! Fuzzing of every reader and of scenarios that run: damaged inputs are read or refused, and nothing panics.
//!
//! ```text
//! cargo test --release --test fuzz                                     all targets, 1000 cases each
//! cargo test --release --test fuzz -- run --seconds 3600               one target for an hour
//! cargo test --release --test fuzz -- data --seed 7 --only 4711        one case again
//! ```
//! Cases follow from seed and number alone. It is no part of `cargo test`, which has `no_panic` in each reader's crate; this is
//! for an hour before a release, and for whoever changes a reader.

mod mutation;
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use mutation::Random;
use targets::{Target, Verdict};

/// What the command line asks.
struct Asked {
    targets: Vec<String>,
    seed: u64,
    cases: u64,
    seconds: Option<u64>,
    only: Option<u64>,
}

impl Asked {
    fn read() -> Result<Self, String> {
        let mut asked = Self { targets: Vec::new(), seed: 1, cases: 1000, seconds: None, only: None };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut number = || {
                let value = words.next().ok_or_else(|| format!("{word} needs a number"))?;
                value.parse::<u64>().map_err(|_| format!("{word}: `{value}` is no number"))
            };
            match word.as_str() {
                "--seed" => asked.seed = number()?,
                "--cases" => asked.cases = number()?,
                "--seconds" => asked.seconds = Some(number()?),
                "--only" => asked.only = Some(number()?),
                option if option.starts_with('-') => return Err(format!("{option} is no option")),
                target => asked.targets.push(target.to_owned()),
            }
        }
        Ok(asked)
    }
}

/// What came of a target's cases.
#[derive(Default)]
struct Counts {
    cases: u64,
    refused: u64,
    ran: u64,
    runs: u64,
    panics: u64,
    slowest: (Duration, u64),
}

fn fuzz(target: &Target, asked: &Asked) -> Counts {
    let mut counts = Counts::default();
    let start = Instant::now();
    let end = asked.seconds.map(Duration::from_secs);
    let is_over = |case: u64| end.map_or(case >= asked.cases, |end| start.elapsed() >= end);
    let numbers = asked.only.map_or(0..u64::MAX, |only| only..only + 1);
    for case in numbers {
        if asked.only.is_none() && is_over(case) {
            break;
        }
        let began = Instant::now();
        let mut random = Random(asked.seed.wrapping_mul(0x9e37_79b9).wrapping_add(case));
        match catch_unwind(AssertUnwindSafe(|| (target.case)(&mut random))) {
            Ok(Verdict::Refused) => counts.refused += 1,
            Ok(Verdict::Read) => {}
            Ok(Verdict::Ran(runs)) => {
                counts.ran += 1;
                counts.runs += u64::from(runs);
            }
            Err(_) => {
                counts.panics += 1;
                println!("{}: case {case} of seed {} panicked; again by --only {case}", target.name, asked.seed);
            }
        }
        counts.cases += 1;
        counts.slowest = counts.slowest.max((began.elapsed(), case));
    }
    counts
}

fn main() -> ExitCode {
    let asked = match Asked::read() {
        Ok(asked) => asked,
        Err(message) => {
            println!("{message}");
            return ExitCode::from(2);
        }
    };
    let all = targets::all();
    let is_asked = |target: &&Target| asked.targets.is_empty() || asked.targets.iter().any(|name| name == target.name);
    let chosen: Vec<&Target> = all.iter().filter(is_asked).collect();
    if chosen.is_empty() {
        println!("targets: {}", all.iter().map(|target| target.name).collect::<Vec<_>>().join(", "));
        return ExitCode::from(2);
    }
    let mut panics = 0;
    for target in chosen {
        let counts = fuzz(target, &asked);
        let Counts { cases, refused, ran, runs, slowest: (time, case), .. } = counts;
        println!(
            "{:10} {cases} cases: {refused} refused, {} read, {ran} run under {runs} strategies, {} panics; slowest {} ms (case {case})",
            target.name,
            cases - refused - ran - counts.panics,
            counts.panics,
            time.as_millis()
        );
        panics += counts.panics;
    }
    ExitCode::from(u8::from(panics > 0))
}
