//! A folder of blocks that survives being killed.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use microgrid_core::{Problem, Problems};

use super::{DurableFile, Manifest, Shard, block_file, pipeline};
use crate::Runner;

/// Rows of consecutive scenarios as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Number of rows.
    pub rows: u64,
    /// Rows that are no sound run.
    pub faults: u64,
    /// The rows as the caller encoded them.
    pub payload: Vec<u8>,
}

/// What of a shard's blocks is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Survey {
    /// Blocks still to be run, ascending; the damaged ones among them.
    pub missing: Vec<u64>,
    /// Blocks that were there and were truncated or damaged, ascending.
    pub damaged: Vec<u64>,
    /// Rows there.
    pub rows: u64,
    /// Rows there that are no sound run.
    pub faults: u64,
}

/// A folder with a manifest and the blocks done so far, locked against other processes while this value lives.
///
/// # Model
/// A block is written under another name, synced, renamed to its own, and the folder is synced. So a block that has its
/// name is whole whenever the machine stops; a checksum finds what went wrong later. The lock is the operating system's
/// on an open file: it ends with the process, however that ends.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    manifest: Manifest,
    identity: u64,
    /// Which part of the sweep this value may write; it stands in the names of files on their way.
    part: String,
    _lock: File,
}

const BLOCKS: &str = "blocks";

impl Store {
    /// Opens `folder` for a shard of the sweep that `manifest` names, and makes it where it is missing. `resume` goes on
    /// with what is there.
    ///
    /// # Errors
    /// A folder with blocks of the shard and no `resume`; a manifest of other inputs, by name; a folder with other
    /// files; a folder in use by another process; one that cannot be written.
    pub fn open(folder: &Path, manifest: Manifest, shard: Shard, resume: bool) -> Result<Self, Problems> {
        if let Some(found) = Manifest::read(folder)? {
            found.require(&manifest)?;
        } else if let Some(foreign) = foreign_file(folder)? {
            let problem = Problem::new(folder.display().to_string(), "is not a folder of results").value(foreign);
            return Err(problem.hint("name an empty or a new folder").into());
        }
        fs::create_dir_all(folder.join(BLOCKS)).map_err(|error| cannot_write(folder, &error))?;
        let part = if shard.is_whole() { "whole".into() } else { shard.to_string().replace('/', "-of-") };
        let lock = lock(folder, &part)?;
        let store = Self { folder: folder.to_owned(), identity: manifest.identity(), manifest, part, _lock: lock };
        // Only now, because another process may have written it since it was looked for.
        let found = Manifest::read(folder)?;
        if let Some(found) = &found {
            found.require(&store.manifest)?;
        }
        // Blocks without a manifest are those of one that was lost; each says itself whether it is of this sweep.
        if !resume && (found.is_some() && shard.is_whole() || store.has_any(shard)?) {
            let problem = Problem::new(folder.display().to_string(), "holds results already");
            return Err(problem.hint("go on with it by --resume, or name another folder by --out").into());
        }
        if found.is_none() {
            store.write_manifest()?;
        }
        Ok(store)
    }

    /// Opens a folder for reading, with its own manifest.
    ///
    /// # Errors
    /// No manifest, or one that is damaged; a folder in use by another process.
    pub fn read(folder: &Path) -> Result<Self, Problems> {
        let missing = || Problem::new(folder.display().to_string(), "is not a folder of a sweep's results");
        let manifest = Manifest::read(folder)?.ok_or_else(missing)?;
        let lock = File::open(folder.join(Manifest::NAME)).map_err(|error| cannot_read(folder, &error))?;
        Ok(Self {
            folder: folder.to_owned(),
            identity: manifest.identity(),
            manifest,
            part: "reader".into(),
            _lock: lock,
        })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What its rows are of.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Reads every block of a shard and says what is there.
    ///
    /// # Errors
    /// A block that cannot be read.
    pub fn survey(&self, shard: Shard) -> Result<Survey, Problems> {
        let mut survey = Survey::default();
        for number in (0..self.manifest.numbering.blocks()).filter(|number| shard.has(*number)) {
            match self.look_up(number)? {
                Found::Whole(block) => {
                    survey.rows += block.rows;
                    survey.faults += block.faults;
                    continue;
                }
                Found::Damaged => survey.damaged.push(number),
                Found::Missing => {}
            }
            survey.missing.push(number);
        }
        Ok(survey)
    }

    /// Writes a block so that it is there whole or not at all, and lasts.
    ///
    /// # Errors
    /// A disk that is full, or a folder that cannot be written. What was there before is untouched.
    pub fn put(&self, number: u64, block: &Block) -> Result<(), Problems> {
        let bytes = block_file::to_bytes(self.identity, number, block);
        self.write_whole(&self.path(number), &bytes)
    }

    /// A block.
    ///
    /// # Errors
    /// It is missing, damaged, or cannot be read.
    pub fn block(&self, number: u64) -> Result<Block, Problems> {
        let problem = |message| Problem::new(self.path(number).display().to_string(), message);
        match self.look_up(number)? {
            Found::Whole(block) => Ok(block),
            Found::Damaged => Err(problem("is damaged").hint("run the sweep again with --resume").into()),
            Found::Missing => Err(problem("is missing").hint("run the sweep again with --resume").into()),
        }
    }

    /// The payloads of the first `blocks` blocks in order, each read when it is asked for.
    pub fn payloads(&self, blocks: u64) -> impl Iterator<Item = Result<Vec<u8>, Problems>> + '_ {
        (0..blocks).map(|number| self.block(number).map(|block| block.payload))
    }

    pub(crate) fn look_up(&self, number: u64) -> Result<Found, Problems> {
        match fs::read(self.path(number)) {
            Ok(bytes) => Ok(block_file::from_bytes(self.identity, number, bytes).map_or(Found::Damaged, Found::Whole)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Found::Missing),
            Err(error) => Err(cannot_read(&self.path(number), &error)),
        }
    }

    fn has_any(&self, shard: Shard) -> Result<bool, Problems> {
        let blocks = self.folder.join(BLOCKS);
        let entries = fs::read_dir(&blocks).map_err(|error| cannot_read(&blocks, &error))?;
        let mut numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        Ok(numbers.any(|number| shard.has(number)))
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(BLOCKS).join(format!("{number:08}"))
    }

    fn write_manifest(&self) -> Result<(), Problems> {
        self.write_whole(&self.folder.join(Manifest::NAME), self.manifest.to_json().as_bytes())
    }

    fn write_whole(&self, path: &Path, bytes: &[u8]) -> Result<(), Problems> {
        let write = || {
            let mut file = DurableFile::create(path, &self.part)?;
            file.write_all(bytes)?;
            file.keep()
        };
        write().map_err(|error| cannot_write(path, &error))
    }

    /// Begins a file of results at `path`, which is in the folder, beside the blocks.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn create(&self, path: &Path) -> Result<DurableFile, Problems> {
        DurableFile::create(path, &self.part).map_err(|error| cannot_write(path, &error))
    }

    /// Reads the first `blocks` blocks on the threads of `runner`, makes something of each payload there, and hands that
    /// to `take` on this thread in order. Memory does not grow with the number of blocks.
    ///
    /// # Errors
    /// A block that is missing, damaged or cannot be read; what `take` returns.
    pub fn read_in_order<T: Send>(
        &self,
        blocks: u64,
        runner: Runner,
        make: &(dyn Fn(Vec<u8>) -> T + Sync),
        take: &mut dyn FnMut(T) -> Result<(), Problems>,
    ) -> Result<(), Problems> {
        let next = AtomicU64::new(0);
        let lease = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < blocks);
        let made = |number| self.block(number).map(|block| make(block.payload));
        let mut result = Ok(());
        pipeline::run(runner, blocks, &lease, &made, &mut |made| {
            let Some((_, made)) = made else { return ControlFlow::Continue(()) };
            result = made.and_then(&mut *take);
            if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        result
    }
}

/// What stands at a block's place.
pub(crate) enum Found {
    Whole(Block),
    Damaged,
    Missing,
}

/// A name in the folder that no sweep writes. Beside blocks, what is made of them at the end is ours too: the manifest may
/// have been lost.
fn foreign_file(folder: &Path) -> Result<Option<String>, Problems> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(cannot_read(folder, &error)),
    };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let has_blocks = folder.join(BLOCKS).is_dir();
    let is_table = |name: &String| {
        ["results.csv", "results.parquet", "summary.json"].contains(&name.as_str()) || name.starts_with("trace_")
    };
    let is_ours = |name: &String| {
        name == BLOCKS || name.ends_with(".lock") || name.ends_with(".tmp") || (has_blocks && is_table(name))
    };
    Ok(names.filter(|name| !is_ours(name)).min())
}

fn lock(folder: &Path, part: &str) -> Result<File, Problems> {
    let path = folder.join(format!("{part}.lock"));
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| cannot_write(&path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let problem = Problem::new(folder.display().to_string(), "is in use by another process");
            Err(problem.hint("wait for it, name another folder by --out, or run shards by --shard i/n").into())
        }
        Err(TryLockError::Error(error)) => Err(cannot_write(&path, &error)),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Problems {
    let problem = Problem::new(path.display().to_string(), "cannot be written").value(error);
    problem.hint("make room or give leave to write, then go on by --resume; what is done is kept").into()
}

pub(super) fn cannot_read(path: &Path, error: &io::Error) -> Problems {
    Problem::new(path.display().to_string(), "cannot be read").value(error).into()
}
