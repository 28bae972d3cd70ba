//! The scenario folder that a page shows: all the state there is.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use microgrid::io::DesignFolder;
use microgrid::io::starter::{EquipmentPrices, Starter};
use microgrid::{Problem, Problems};

/// A scenario folder, there or to be made.
pub struct SiteFolder {
    path: PathBuf,
    /// Held while files are written.
    writing: Mutex<()>,
}

/// The two texts of a folder as they stand on disk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Texts {
    pub(crate) scenario: String,
    /// `None`: there is none.
    pub(crate) design: Option<String>,
}

impl Texts {
    /// A number that tells whether they were changed meanwhile.
    pub(crate) fn stamp(&self) -> String {
        let mut hasher = DefaultHasher::new();
        (&self.scenario, &self.design).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}

impl SiteFolder {
    /// A folder with a scenario, or one that is empty or not there.
    ///
    /// # Errors
    /// A folder that holds other things.
    pub fn of(path: PathBuf) -> Result<Self, Problems> {
        let is_there = fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_some()) || path.is_file();
        if is_there && !path.join("scenario.toml").is_file() {
            let problem = Problem::new("FOLDER", "holds no scenario.toml, and is not empty").value(path.display());
            return Err(problem.hint("name a scenario folder, or one that is not there yet").into());
        }
        Ok(Self { path, writing: Mutex::new(()) })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it is called.
    pub(crate) fn name(&self) -> String {
        self.path.file_name().map_or_else(|| "site".into(), |name| name.to_string_lossy().into_owned())
    }

    /// The command that designs it.
    #[must_use]
    pub fn command(&self) -> String {
        format!("microgrid design {}", quoted(&self.path.display().to_string()))
    }

    /// The texts on disk; `None` where there is no scenario yet.
    pub(crate) fn texts(&self) -> Result<Option<Texts>, Problems> {
        let read = |name: &str| -> Result<Option<String>, Problems> {
            match fs::read(self.path.join(name)) {
                Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(Problem::new(name, "cannot be read").value(error).into()),
            }
        };
        let Some(scenario) = read("scenario.toml")? else { return Ok(None) };
        Ok(Some(Texts { scenario, design: read("design.toml")? }))
    }

    /// The folder as a design has it.
    pub(crate) fn read(&self) -> Result<DesignFolder, Problems> {
        DesignFolder::read(&self.path)
    }

    /// Writes texts that can be read as a design, where the folder still is as `stamp` says.
    pub(crate) fn write(&self, scenario: Option<&str>, design: &str, stamp: &str) -> Result<(), Problems> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let texts = self.texts()?.unwrap_or_default();
        if texts.stamp() != stamp {
            let problem = Problem::new("", "the files were changed by somebody else since this page was shown");
            return Err(problem.hint("load the page again, and write what is to change once more").into());
        }
        DesignFolder::of_texts(&self.path, scenario.unwrap_or(&texts.scenario), design)?;
        for (name, text) in [("scenario.toml", scenario), ("design.toml", Some(design))] {
            let Some(text) = text else { continue };
            // Written beside and renamed, so that nobody reads half a file.
            let (to, beside) = (self.path.join(name), self.path.join(format!(".{name}.new")));
            let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, &to));
            written.map_err(|error| Problem::new(name, "cannot be written").value(error))?;
        }
        Ok(())
    }

    /// Makes the folder of a starter's answers, whole or not at all.
    pub(crate) fn make(&self, starter: &Starter, prices: Option<EquipmentPrices>) -> Result<(), Problems> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.path.join("scenario.toml").exists() {
            return Err(Problem::new("", "there is a scenario in the folder already").into());
        }
        let design = starter.design(prices)?;
        let cannot = |error: io::Error| Problem::new(self.path.display(), "cannot be made").value(error);
        let beside = self.path.with_file_name(format!(".{}.{}.new", self.name(), std::process::id()));
        let made = starter.write(&beside).and_then(|_| {
            fs::write(beside.join("design.toml"), &design).map_err(cannot)?;
            DesignFolder::read(&beside)?;
            if self.path.exists() { fill(&self.path, &beside) } else { fs::rename(&beside, &self.path) }
                .map_err(cannot)?;
            Ok(())
        });
        if made.is_err() {
            let _ = fs::remove_dir_all(&beside);
        }
        made
    }
}

/// Moves the files of `made` into an empty folder, which may be the one the program runs in; the scenario last, as by it a
/// folder is told to be made.
fn fill(folder: &Path, made: &Path) -> io::Result<()> {
    let mut names = fs::read_dir(made)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort_by_key(|name| name == "scenario.toml");
    for name in names {
        fs::rename(made.join(&name), folder.join(&name))?;
    }
    fs::remove_dir(made)
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-:\\".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_other_things_is_refused_and_a_path_is_quoted() {
        assert!(SiteFolder::of(concat!(env!("CARGO_MANIFEST_DIR"), "/src").into()).is_err());
        assert!(SiteFolder::of(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").into()).is_err());
        assert!(SiteFolder::of(concat!(env!("CARGO_MANIFEST_DIR"), "/not-there").into()).is_ok());
        assert_eq!(quoted("sites/my-site"), "sites/my-site");
        assert_eq!(quoted("my site; rm x'y"), "'my site; rm x'\\''y'");
    }
}
