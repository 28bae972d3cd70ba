//! Promise: what a sweep writes depends neither on threads, lanes, shards nor interruptions.

mod helpers;
mod sites;

use std::fs;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use microgrid_core::Problems;
use microgrid_core::dispatch::{Controller, Request, Site};
use microgrid_runner::Runner;
use microgrid_runner::sweep::{Engine, Filled, Manifest, Numbering, Progress, Shard, Store, merge};
use microgrid_sweep::{Row, RowFault, Source};
use sites::Sites;

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

/// Every bit of a row: `Debug` prints the shortest text that reads back as the same number.
fn encode(rows: &[Row]) -> Vec<u8> {
    format!("{rows:?}").into_bytes()
}

fn engine(source: &Sites, threads: usize) -> Engine<'_> {
    Engine { runner: Runner { threads: NonZeroUsize::new(threads), narrow: threads == 3 }, ..Engine::new(source) }
}

fn filled(source: &Sites, folder: &Path, shard: Shard, resume: bool, threads: usize) -> Result<Filled, Problems> {
    let store = Store::open(folder, Manifest::of(source), shard, resume)?;
    engine(source, threads).fill(&store, shard, &encode, None)
}

/// All payloads of a folder, and the bytes of its files.
fn bytes(folder: &Path) -> (Vec<u8>, Vec<(String, Vec<u8>)>) {
    let store = Store::read(folder).unwrap();
    let payloads = store.payloads(store.manifest().numbering.blocks()).flat_map(Result::unwrap).collect();
    let files = fs::read_dir(folder.join("blocks")).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())
    });
    let mut files: Vec<_> =
        files.chain([("manifest".into(), fs::read(folder.join("manifest.json")).unwrap())]).collect();
    files.sort();
    (payloads, files)
}

/// What one machine writes with one thread.
fn whole(source: &Sites, name: &str) -> (Vec<u8>, Vec<(String, Vec<u8>)>) {
    let folder = folder(name);
    let ended = filled(source, &folder, Shard::WHOLE, false, 1).unwrap();
    assert_eq!((ended.rows, ended.is_cancelled), (source.count(), false));
    assert_eq!(ended.faults, source.faults());
    bytes(&folder)
}

#[test]
fn bytes_depend_on_neither_threads_nor_shards() {
    let source = Sites::new(150);
    let whole = whole(&source, "one-thread");
    assert!(Numbering::of(&source).blocks() > 60, "enough blocks to be parted");
    for threads in [2, 3, 8] {
        let folder = folder(&format!("threads-{threads}"));
        filled(&source, &folder, Shard::WHOLE, false, threads).unwrap();
        assert!(bytes(&folder) == whole, "{threads} threads");
    }
    for of in [1, 3, 7] {
        let parts: Vec<PathBuf> = (1..=of).map(|number| folder(&format!("shard-{number}-{of}"))).collect();
        for (number, part) in (1..).zip(&parts) {
            filled(&source, part, Shard::new(number, of).unwrap(), false, 2).unwrap();
        }
        let out = folder(&format!("merged-{of}"));
        merge(&out, &parts).unwrap();
        assert!(bytes(&out) == whole, "{of} shards");
    }
    // Shards into one folder, at the same time.
    let shared = folder("shared");
    std::thread::scope(|scope| {
        for number in 1..=3 {
            let (shared, source) = (&shared, &source);
            scope.spawn(move || filled(source, shared, Shard::new(number, 3).unwrap(), false, 1).unwrap());
        }
    });
    assert!(bytes(&shared) == whole);
}

#[test]
fn other_processes_change_no_byte() {
    let source = Sites::new(100);
    let whole = whole(&source, "no-helpers");
    for helpers in [1, 2] {
        let folder = folder(&format!("helpers-{helpers}"));
        let store = Store::open(&folder, Manifest::of(&source), Shard::WHOLE, false).unwrap();
        let ran = helpers::with(&source, helpers, |peers| {
            let ended = engine(&source, 1).fill_with(peers, &store, Shard::WHOLE, &encode, None).unwrap();
            assert_eq!((ended.rows, ended.faults, ended.is_cancelled), (source.count(), source.faults(), false));
        });
        assert!(ran.iter().all(|blocks| *blocks > 0), "every helper had a part: {ran:?}");
        assert!(bytes(&folder) == whole, "{helpers} helpers");
    }
    // Helpers are sent home where the store cannot be filled.
    let folder = folder("helpers-full");
    let store = Store::open(&folder, Manifest::of(&source), Shard::WHOLE, false).unwrap();
    fs::remove_dir_all(folder.join("blocks")).unwrap();
    helpers::with(&source, 2, |peers| {
        assert!(engine(&source, 1).fill_with(peers, &store, Shard::WHOLE, &encode, None).is_err());
    });
}

#[test]
fn a_row_alone_is_the_row_of_the_sweep() {
    let source = Sites::new(30);
    let mut rows = Vec::new();
    let taken = engine(&source, 2).rows(|block| {
        rows.extend(block);
        ControlFlow::Continue(())
    });
    assert_eq!((taken, rows.len() as u64), (source.count(), source.count()));
    for (index, row) in (0..).zip(&rows) {
        assert_eq!(row.index, index);
        assert_eq!(encode(&[engine(&source, 1).row(index)]), encode(std::slice::from_ref(row)));
    }
    // The test compares runs that differ, not one run with itself.
    let imports = rows.iter().filter_map(|row| Some(row.result.as_ref().ok()?.energy.import_kwh.to_bits()));
    assert!(imports.collect::<std::collections::HashSet<_>>().len() > 50);
    let mut blocks = 0;
    let taken = engine(&source, 2).rows(|_| {
        blocks += 1;
        if blocks == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!((blocks, taken), (3, 3 * Numbering::of(&source).block));
}

#[test]
fn a_cancelled_sweep_goes_on_where_it_ended() {
    let source = Sites::new(150);
    let whole = whole(&source, "not-cancelled");
    let folder = folder("cancelled");
    let mut resumed = 0;
    for turn in 0.. {
        let cancel = AtomicBool::new(false);
        let seen = Mutex::new(Vec::new());
        let progress = |progress: Progress| {
            seen.lock().unwrap().push(progress);
            // The first run ends after its first blocks, the second later; the third is left alone.
            if turn < 2 && progress.done - progress.resumed > 100 * (turn + 1) {
                cancel.store(true, Ordering::Relaxed);
            }
        };
        let store = Store::open(&folder, Manifest::of(&source), Shard::WHOLE, turn > 0).unwrap();
        let engine = Engine { cancel: Some(&cancel), progress: Some(&progress), ..engine(&source, 2) };
        let ended = engine.fill(&store, Shard::WHOLE, &encode, None).unwrap();
        let seen = seen.into_inner().unwrap();
        assert!(seen.is_sorted_by_key(|progress| progress.done));
        assert!(seen.iter().all(|progress| (progress.total, progress.resumed) == (source.count(), resumed)));
        assert_eq!(seen.last().unwrap().done, ended.rows);
        resumed = ended.rows;
        if !ended.is_cancelled {
            assert_eq!((turn, ended.rows, ended.faults), (2, source.count(), source.faults()));
            break;
        }
        assert!(ended.rows < source.count());
    }
    assert!(bytes(&folder) == whole);
}

#[test]
fn damaged_and_lost_blocks_are_run_again() {
    let source = Sites::new(60);
    let whole = whole(&source, "whole");
    let folder = folder("damaged");
    filled(&source, &folder, Shard::WHOLE, false, 2).unwrap();
    let block = |number: u64| folder.join("blocks").join(format!("{number:08}"));
    let text = fs::read(block(2)).unwrap();
    fs::write(block(2), &text[..text.len() / 2]).unwrap();
    fs::write(block(5), "").unwrap();
    let mut flipped = fs::read(block(7)).unwrap();
    flipped[1000] ^= 4;
    fs::write(block(7), flipped).unwrap();
    fs::copy(block(8), block(9)).unwrap();
    fs::remove_file(block(11)).unwrap();
    fs::write(folder.join("blocks/00000012.whole.tmp"), "what a killed process left").unwrap();
    let store = Store::read(&folder).unwrap();
    let survey = store.survey(Shard::WHOLE).unwrap();
    assert_eq!((survey.damaged, survey.missing), (vec![2, 5, 7, 9], vec![2, 5, 7, 9, 11]));
    let refused = store.block(2).unwrap_err().to_string();
    assert!(refused.contains("is damaged") && refused.contains("--resume"), "{refused}");
    let ended = filled(&source, &folder, Shard::WHOLE, true, 2).unwrap();
    assert_eq!(ended.damaged, [2, 5, 7, 9]);
    fs::remove_file(folder.join("blocks/00000012.whole.tmp")).unwrap();
    assert!(bytes(&folder) == whole);
}

#[test]
fn changed_inputs_are_refused_by_name() {
    let source = Sites::new(20);
    let folder = folder("changed");
    filled(&source, &folder, Shard::WHOLE, false, 1).unwrap();
    let refused = |manifest: Manifest, resume| {
        Store::open(&folder, manifest, Shard::WHOLE, resume).map(|_| ()).unwrap_err().to_string()
    };
    let text = refused(Manifest::of(&source), false);
    assert!(text.contains("holds results already") && text.contains("--resume"), "{text}");
    let text = refused(Manifest::of(&Sites::seeded(8, 20)), true);
    assert!(text.starts_with("seed: has changed") && text.lines().count() == 1, "{text}");
    let mut newer = Manifest::of(&source);
    newer.code = "microgrid 99".into();
    newer.features.push("parquet".into());
    newer.options.insert("bound".into(), "on".into());
    newer.inputs.insert("load.csv".into(), "0".into());
    newer.inputs.remove("sites");
    let text = refused(newer, true);
    for part in [
        "the program: has changed",
        "features: has changed",
        "option bound: is new",
        "load.csv: is new",
        "sites: is gone",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    assert!(filled(&source, &folder, Shard::WHOLE, true, 1).is_ok());
}

#[test]
fn a_folder_has_one_writer_and_nothing_foreign() {
    let source = Sites::new(10);
    let used = folder("used");
    let open = |folder: &Path, shard: &str| {
        Store::open(folder, Manifest::of(&source), shard.parse().unwrap(), true)
            .map_err(|problems| problems.to_string())
    };
    let first = open(&used, "1/1").unwrap();
    assert!(open(&used, "1/1").unwrap_err().contains("in use by another process"));
    let _shard = open(&used, "1/2").unwrap();
    assert!(open(&used, "1/2").unwrap_err().contains("in use"));
    drop(first);
    assert!(open(&used, "1/1").is_ok());
    let foreign = folder("foreign");
    fs::create_dir_all(&foreign).unwrap();
    assert!(open(&foreign, "1/1").is_ok(), "an empty folder will do");
    fs::remove_dir_all(&foreign).unwrap();
    fs::create_dir_all(&foreign).unwrap();
    fs::write(foreign.join("thesis.txt"), "").unwrap();
    assert!(open(&foreign, "1/1").unwrap_err().contains("thesis.txt"));
    fs::write(foreign.join("manifest.json"), "{").unwrap();
    assert!(open(&foreign, "1/1").unwrap_err().contains("is not a sweep's manifest"));
    // Nothing can be made below a file.
    assert!(open(&foreign.join("thesis.txt"), "1/1").unwrap_err().contains("cannot be"));
}

/// Room runs out in the middle: a name that leads to the device that is always full stands in a block's way.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_keeps_what_is_done() {
    let source = Sites::new(60);
    let whole = whole(&source, "roomy");
    let folder = folder("full");
    let store = Store::open(&folder, Manifest::of(&source), Shard::WHOLE, false).unwrap();
    let trap = folder.join("blocks").join("00000010.whole.tmp");
    std::os::unix::fs::symlink("/dev/full", &trap).unwrap();
    let refused = engine(&source, 2).fill(&store, Shard::WHOLE, &encode, None).unwrap_err().to_string();
    assert!(refused.contains("cannot be written") && refused.contains("No space left"), "{refused}");
    assert!(refused.contains("00000010") && refused.contains("--resume"), "{refused}");
    let survey = store.survey(Shard::WHOLE).unwrap();
    assert_eq!((survey.missing.first(), survey.damaged.len()), (Some(&10), 0));
    assert!(!trap.exists(), "nothing is left of the block that did not fit");
    engine(&source, 2).fill(&store, Shard::WHOLE, &encode, None).unwrap();
    assert!(bytes(&folder) == whole);
}

#[test]
fn shards_of_other_sweeps_and_missing_blocks_are_refused() {
    let source = Sites::new(60);
    let [first, second, third, out] = ["m-1", "m-2", "m-3", "m-out"].map(folder);
    filled(&source, &first, "1/3".parse().unwrap(), false, 1).unwrap();
    filled(&source, &second, "2/3".parse().unwrap(), false, 1).unwrap();
    let refused = |shards: &[&PathBuf]| merge(&out, shards).map(|_| ()).unwrap_err().to_string();
    let text = refused(&[&first, &second]);
    assert!(text.contains("blocks are missing") && text.contains("2, 5, 8,"), "{text}");
    assert!(refused(&[&first, &third]).contains("m-3: is not a folder of a sweep's results"));
    filled(&Sites::seeded(8, 60), &third, "3/3".parse().unwrap(), false, 1).unwrap();
    let text = refused(&[&first, &second, &third]);
    assert!(text.contains("m-3: seed: is not that of") && text.contains("m-1"), "{text}");
    fs::remove_dir_all(&third).unwrap();
    filled(&source, &third, "3/3".parse().unwrap(), false, 1).unwrap();
    merge(&out, &[&third, &second, &first]).unwrap();
    assert!(bytes(&out) == whole(&source, "m-whole"));
    assert!(merge(&out, &[] as &[PathBuf]).is_err());
}

#[test]
fn a_panic_and_a_refusal_are_rows() {
    let source = Sites::new(30);
    let panics = |index, plan: &microgrid_core::Plan, _: &mut microgrid_core::simulation::PlanCache| match index {
        11 => panic!("no strategy for {index}"),
        12 => Ok(Controller::own(
            "own",
            "none",
            Box::new(|site: &Site, _: &mut Request| assert!(site.step() != 5, "step five")),
        )),
        13 => {
            Ok(Controller::own("own", "none", Box::new(|_: &Site, ask: &mut Request| ask.battery(0).charge(f64::NAN))))
        }
        _ => Controller::built_in(&plan.scenario().dispatch, plan),
    };
    let mut rows = Vec::new();
    let engine = Engine { strategy: Some(&panics), ..engine(&source, 2) };
    engine.rows(|block| {
        rows.extend(block);
        ControlFlow::Continue(())
    });
    let panicked = |message: &str| Err(RowFault::Panicked(message.into()));
    assert_eq!((&rows[11].result, &rows[12].result), (&panicked("no strategy for 11"), &panicked("step five")));
    assert!(matches!(&rows[13].result, Ok(outcome) if !outcome.status.is_completed()));
    let others = rows.iter().filter(|row| !(11..=13).contains(&row.index));
    for row in others {
        let is_refused = source.is_refused(row.index);
        assert!(
            matches!(&row.result, Err(RowFault::Refused(p)) if p.to_string().contains("capacity_kwh")) == is_refused
        );
        assert!(row.result.is_ok() != is_refused);
    }
    // A judge's panic is its row's alone.
    let judge = |plan: &microgrid_core::Plan, outcome: &mut microgrid_core::Outcome| {
        assert!(plan.scenario().name != "site 3", "no bound");
        outcome.notes.push("judged".into());
    };
    let judged = Engine { judge: Some(&judge), ..Engine::new(&source) };
    assert_eq!(judged.row(3).result, panicked("no bound"));
    assert_eq!(judged.row(4).result.unwrap().notes, ["judged"]);
}

#[test]
fn the_watcher_sees_blocks_in_order_and_may_end_the_sweep() {
    let source = Sites::new(100);
    let folder = folder("watched");
    for (turn, threads) in [8, 1, 3].into_iter().enumerate() {
        let mut seen = Vec::new();
        let mut watch = |payload: &[u8]| {
            seen.extend_from_slice(payload);
            if seen.len() > 200_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let store = Store::open(&folder, Manifest::of(&source), Shard::WHOLE, turn > 0).unwrap();
        let ended = engine(&source, threads).fill(&store, Shard::WHOLE, &encode, Some(&mut watch)).unwrap();
        assert!(!ended.is_cancelled && ended.blocks < store.manifest().numbering.blocks(), "{ended:?}");
        let payloads: Vec<u8> = store.payloads(ended.blocks).flat_map(Result::unwrap).collect();
        assert!(payloads == seen, "{threads} threads");
        if turn == 0 {
            fs::remove_file(folder.join("blocks/00000001")).unwrap();
        }
    }
}

/// A caller's part that panics, on the calling thread or in a block's making, ends the sweep with that panic: it does not
/// hang with the folder's lock held, and what is done is kept. Mutation it catches: a way out of the taking loop that leaves
/// threads waiting for their turn.
#[test]
fn a_panicking_callback_ends_the_sweep() {
    let source = Sites::new(150);
    let whole = whole(&source, "calm");
    for threads in [1, 2, 3, 8] {
        let folder = folder(&format!("callback-{threads}"));
        let calls = AtomicU64::new(0);
        let progress = |_: Progress| assert!(calls.fetch_add(1, Ordering::Relaxed) < 5, "no one listens");
        let panicking = Engine { progress: Some(&progress), ..engine(&source, threads) };
        let encode_badly = |rows: &[Row]| {
            assert!(rows[0].index < 100, "no room");
            encode(rows)
        };
        let ended = |fill: &dyn Fn()| {
            let panic = catch_unwind(AssertUnwindSafe(fill)).unwrap_err();
            panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).unwrap_or_default()
        };
        let open = |resume| Store::open(&folder, Manifest::of(&source), Shard::WHOLE, resume).unwrap();
        let fill = |engine: &Engine<'_>, encode: &(dyn Fn(&[Row]) -> Vec<u8> + Sync), resume: bool| {
            let _ = engine.fill(&open(resume), Shard::WHOLE, encode, None);
        };
        assert_eq!(ended(&|| fill(&panicking, &encode, false)), "no one listens", "{threads} threads");
        calls.store(0, Ordering::Relaxed);
        assert_eq!(ended(&|| _ = panicking.rows(|_| ControlFlow::Continue(()))), "no one listens");
        // Which thread's panic is handed on is rayon's choice; that there is one is the promise.
        ended(&|| fill(&engine(&source, threads), &encode_badly, true));
        filled(&source, &folder, Shard::WHOLE, true, threads).unwrap();
        assert!(bytes(&folder) == whole, "{threads} threads");
    }
}
