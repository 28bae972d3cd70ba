//! Where a scenario's data files are read from: a folder, or texts in memory.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use microgrid_core::{Problem, Problems};

/// A source of data files.
pub trait Files {
    /// The bytes of the file `name`, which uses `/` and stays within the scenario folder.
    ///
    /// # Errors
    /// Why there are none.
    fn read(&self, name: &str) -> Result<Vec<u8>, FileFault>;

    /// The folder that the files are in, where they are in one.
    fn folder(&self) -> Option<&Path> {
        None
    }
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFault {
    /// There is no such file.
    Missing,
    /// The path leads out of the scenario folder.
    Outside,
    /// The file is there and cannot be read, with the reason.
    Unreadable(String),
}

/// The files of a folder.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The files in `path` and in folders within.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl Files for Folder {
    fn read(&self, name: &str) -> Result<Vec<u8>, FileFault> {
        let path = self.path.join(name);
        // A link may lead out where the name does not.
        let inside =
            |path: &Path, folder: &Path| Some(path.canonicalize().ok()?.starts_with(folder.canonicalize().ok()?));
        if inside(&path, &self.path) == Some(false) {
            return Err(FileFault::Outside);
        }
        std::fs::read(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => FileFault::Missing,
            _ if path.is_dir() => FileFault::Unreadable("it is a folder".into()),
            kind => FileFault::Unreadable(kind.to_string()),
        })
    }

    fn folder(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

/// Texts by name, for scenarios that are built into a program.
impl Files for BTreeMap<String, String> {
    fn read(&self, name: &str) -> Result<Vec<u8>, FileFault> {
        self.get(name).map(|text| text.clone().into_bytes()).ok_or(FileFault::Missing)
    }
}

/// The text of the file `name` that `field` names.
///
/// # Errors
/// A name that leaves the folder, a file that cannot be read, bytes that are not UTF-8.
pub(crate) fn read_text(files: &dyn Files, field: &str, name: &str) -> Result<String, Problems> {
    text_of(read_bytes(files, field, name)?, name).map_err(|mut not_text| {
        not_text.field = field.to_owned();
        not_text.into()
    })
}

/// The bytes of the file `name` that `field` names.
///
/// # Errors
/// A name that leaves the folder, a file that cannot be read.
pub(crate) fn read_bytes(files: &dyn Files, field: &str, name: &str) -> Result<Vec<u8>, Problems> {
    let problem = |message: &str| Problem::new(field, message).value(format!("\"{name}\""));
    let outside = || problem("leaves the scenario folder").allowed("files in the folder of the scenario and below");
    if name.contains('\\') {
        return Err(problem("has a backslash").hint("write folders with /, on every system").into());
    }
    let within = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if name.contains(':') || !Path::new(name).components().all(within) {
        return Err(outside().into());
    }
    let fault = |fault| match fault {
        FileFault::Missing => problem("is not in the scenario folder"),
        FileFault::Outside => outside(),
        FileFault::Unreadable(reason) => problem(&format!("cannot be read: {reason}")),
    };
    files.read(name).map_err(|found| fault(found).into())
}

/// The bytes of `file` as text, without a byte order mark.
///
/// # Errors
/// Bytes that are not UTF-8, with the line of the first.
#[expect(clippy::result_large_err, reason = "one problem that its callers finish")]
pub(crate) fn text_of(bytes: Vec<u8>, file: &str) -> Result<String, Problem> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        }),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let before = &error.as_bytes()[..at];
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            Err(Problem::new("", "is not text in UTF-8")
                .value(format!("byte 0x{:02X}", error.as_bytes()[at]))
                .hint("save the file as UTF-8")
                .at(file, Some(line)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_link_does_not_lead_out_of_the_folder() {
        let top = std::env::temp_dir().join(format!("microgrid-io-files-{}", std::process::id()));
        let folder = top.join("scenario");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(top.join("secret.csv"), "a").unwrap();
        std::fs::write(folder.join("own.csv"), "b").unwrap();
        std::os::unix::fs::symlink(top.join("secret.csv"), folder.join("link.csv")).unwrap();
        let files = Folder::new(&folder);
        let read = ["own.csv", "link.csv", "none.csv"].map(|name| files.read(name));
        std::fs::remove_dir_all(&top).unwrap();
        assert_eq!(read, [Ok(b"b".to_vec()), Err(FileFault::Outside), Err(FileFault::Missing)]);
    }

    #[test]
    fn names_that_leave_the_folder_are_refused_whatever_the_source() {
        let files = BTreeMap::from([("../a.csv".to_owned(), "x".to_owned()), ("b/./c.csv".to_owned(), "y".to_owned())]);
        for name in ["../a.csv", "/a.csv", "b/../../a.csv", "C:a.csv", "..\\a.csv"] {
            assert!(read_text(&files, "f", name).is_err(), "{name}");
        }
        assert_eq!(read_text(&files, "f", "b/./c.csv").unwrap(), "y");
    }
}
