//! Every case under `tests/bad_input/` is refused with its own message, and no case panics.
//!
//! A case is a folder with a `scenario.toml`, whose message stands in `expected.txt` within, or a `.toml` file, whose
//! message stands beside it in `<name>.expected.txt`. `REGENERATE=1 cargo test -p microgrid-io bad_input` writes
//! the messages anew; read the difference before committing it.

use std::fs;
use std::path::{Path, PathBuf};

fn cases() -> Vec<(PathBuf, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/bad_input");
    let entries = fs::read_dir(&folder).expect("tests/bad_input is there");
    let paths = entries.map(|entry| entry.expect("its entries can be read").path());
    let mut cases: Vec<_> = paths
        .filter_map(|path| match path.extension().and_then(|extension| extension.to_str()) {
            Some("toml") => Some((path.clone(), path.with_extension("expected.txt"))),
            _ if path.join("scenario.toml").exists() => Some((path.clone(), path.join("expected.txt"))),
            _ => None,
        })
        .collect();
    cases.sort();
    cases
}

#[test]
fn each_case_is_refused_with_its_message() {
    let regenerate = std::env::var_os("REGENERATE").is_some();
    let mut different = Vec::new();
    for (case, expected) in cases() {
        let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let message = match microgrid_io::read_folder(&case) {
            Ok(_) => {
                different.push(format!("{name}: was not refused"));
                continue;
            }
            Err(problems) => format!("{problems}\n"),
        };
        if regenerate {
            fs::write(&expected, &message).expect("the message can be written");
        }
        let wanted = fs::read_to_string(&expected).unwrap_or_default();
        if message != wanted {
            different.push(format!("{name}:\n  wanted:\n{wanted}  found:\n{message}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn there_are_enough_cases_and_each_tells_something_else() {
    let messages: Vec<String> =
        cases().iter().map(|(_, expected)| fs::read_to_string(expected).unwrap_or_default()).collect();
    assert!(messages.len() >= 45, "only {} cases", messages.len());
    let mut distinct = messages.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), messages.len(), "two cases have the same message");
    assert!(messages.iter().all(|message| !message.trim().is_empty()), "a case has no message");
}
