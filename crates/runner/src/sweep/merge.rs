//! Shards put together.

use std::path::Path;

use microgrid_core::{Problem, Problems};

use super::store::Found;
use super::{Shard, Store};

/// Puts the blocks of several shards' folders into `out`, which then holds what one machine would have written.
///
/// # Errors
/// Folders of different sweeps, by what differs; blocks that no shard has whole; blocks of which two shards have
/// different bytes; a folder that cannot be read or written.
pub fn merge(out: &Path, shards: &[impl AsRef<Path>]) -> Result<Store, Problems> {
    let mut problems = Problems::none();
    let mut stores: Vec<Store> = Vec::new();
    for folder in shards {
        match Store::read(folder.as_ref()) {
            Ok(store) => stores.push(store),
            Err(wrong) => problems.extend(wrong),
        }
    }
    if let Some((first, others)) = stores.split_first() {
        for other in others {
            if let Err(mut wrong) = other.manifest().require(first.manifest()) {
                wrong.iter_mut().for_each(|problem| {
                    problem.field = format!("{}: {}", other.folder().display(), problem.field);
                    problem.message = format!("is not that of {}", first.folder().display());
                    problem.hint = Some("merge shards of one sweep".into());
                });
                problems.extend(wrong);
            }
        }
    }
    let mut problems = problems.or_else(Problems::none)?;
    let Some(first) = stores.first() else {
        return Err(Problem::new("", "no shard to merge").into());
    };
    let merged = Store::open(out, first.manifest().clone(), Shard::WHOLE, true)?;
    let mut missing = Vec::new();
    for number in 0..merged.manifest().numbering.blocks() {
        let mut whole = None;
        for store in [&merged].into_iter().chain(&stores) {
            let Found::Whole(block) = store.look_up(number)? else { continue };
            match &whole {
                None => whole = Some(block),
                Some(known) if *known == block => {}
                Some(_) => problems.push(
                    Problem::new(store.folder().display().to_string(), "has other rows than another shard")
                        .value(format!("block {number}"))
                        .hint("run both shards with one build of the program"),
                ),
            }
        }
        match whole {
            Some(block) => merged.put(number, &block)?,
            None => missing.push(number),
        }
    }
    if !missing.is_empty() {
        let few: Vec<String> = missing.iter().take(10).map(u64::to_string).collect();
        let more =
            if missing.len() > few.len() { format!(" and {} more", missing.len() - few.len()) } else { String::new() };
        problems.push(
            Problem::new("", "blocks are missing in every shard")
                .value(format!("{}{more} of {}", few.join(", "), merged.manifest().numbering.blocks()))
                .hint("run the lost shard again with --shard i/n --resume; block b is of shard b mod n + 1"),
        );
    }
    problems.or_else(|| merged)
}
