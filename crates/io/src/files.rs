//! Where a scenario's data files are read from: a folder, or texts in memory.
//!
//! # Limits
//! Only regular files are read: a pipe or a device could keep its reader waiting for ever, or never end. A data file has at
//! most [`DATA_MOST_BYTES`], a scenario or a sweep at most [`TOML_MOST_BYTES`].

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use microgrid_core::{Problem, Problems};

/// Largest data file that is read, in bytes: 256 MiB, five years of a value a second in hundredths.
pub const DATA_MOST_BYTES: u64 = 256 << 20;

/// Largest `scenario.toml` or `sweep.toml` that is read, in bytes: 16 MiB.
pub const TOML_MOST_BYTES: u64 = 16 << 20;

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

impl std::fmt::Display for FileFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing => f.write_str("is not there"),
            Self::Outside => f.write_str("leaves the scenario folder"),
            Self::Unreadable(reason) => write!(f, "cannot be read: {reason}"),
        }
    }
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
        read_regular(&path, DATA_MOST_BYTES)
    }

    fn folder(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

/// The bytes of a regular file of at most `most_bytes`.
///
/// # Errors
/// Anything else, without opening what is no regular file: to open a pipe may wait for ever.
pub(crate) fn read_regular(path: &Path, most_bytes: u64) -> Result<Vec<u8>, FileFault> {
    let fault = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => FileFault::Missing,
        kind => FileFault::Unreadable(kind.to_string()),
    };
    let about = fs::metadata(path).map_err(fault)?;
    if about.is_dir() {
        return Err(FileFault::Unreadable("it is a folder".into()));
    }
    if !about.is_file() {
        return Err(FileFault::Unreadable("it is no regular file but a pipe, a device or the like".into()));
    }
    let mut bytes = Vec::new();
    let mut file = File::open(path).map_err(fault)?.take(most_bytes + 1);
    if about.len() <= most_bytes {
        // Whole at once; a file that grows meanwhile is still cut at the limit.
        bytes.reserve_exact(about.len() as usize);
        file.read_to_end(&mut bytes).map_err(fault)?;
    }
    if about.len().max(bytes.len() as u64) > most_bytes {
        let [found, most] = [about.len(), most_bytes].map(|bytes| bytes as f64 / f64::from(1 << 20));
        return Err(FileFault::Unreadable(format!("it has {found:.1} MiB, and at most {most} MiB are read")));
    }
    Ok(bytes)
}

/// The text of a data file, which problems call by `path`.
///
/// # Errors
/// What is no regular file, larger than [`DATA_MOST_BYTES`], or not text in UTF-8.
pub fn read_text_file(path: impl AsRef<Path>) -> Result<String, Problems> {
    let path = path.as_ref();
    let name = path.display().to_string();
    let bytes = read_regular(path, DATA_MOST_BYTES)
        .map_err(|fault| Problem::new("", fault.to_string()).at(name.clone(), None))?;
    Ok(text_of(bytes, &name)?)
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
        fault @ FileFault::Unreadable(_) => problem(&fault.to_string()),
    };
    files.read(name).map_err(|found| fault(found).into())
}

/// The bytes of `file` as text, without a byte order mark.
///
/// # Errors
/// Bytes that are not UTF-8, with the line of the first; text in UTF-16, by that name.
#[expect(clippy::result_large_err, reason = "one problem that its callers finish")]
pub(crate) fn text_of(bytes: Vec<u8>, file: &str) -> Result<String, Problem> {
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = bytes[..] {
        let problem = Problem::new("", "is text in UTF-16, and not in UTF-8").at(file, None);
        return Err(problem.hint("save the file as UTF-8; spreadsheets call it CSV UTF-8"));
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let problem = Problem::new("", "is not text in UTF-8").value("byte 0x00").at(file, Some(line));
        return Err(problem.hint("where it is text in UTF-16, save it as UTF-8"));
    }
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
    fn the_encoding_is_named() {
        let refused = |bytes: &[u8]| text_of(bytes.to_vec(), "a.csv").unwrap_err().to_string();
        assert!(refused(b"\xff\xfet\0i\0").starts_with("a.csv: is text in UTF-16, and not in UTF-8; hint"));
        assert!(refused(b"\xfe\xff\0t\0i").contains("UTF-16"));
        assert_eq!(
            refused(b"time\nt\0i\0"),
            "a.csv:2: is not text in UTF-8; found byte 0x00; hint: where it is text in UTF-16, save it as UTF-8"
        );
        assert!(refused(b"t\nM\xfcnchen").starts_with("a.csv:2: is not text in UTF-8; found byte 0xFC"));
        assert_eq!(text_of("\u{feff}a".into(), "a.csv").unwrap(), "a");
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
