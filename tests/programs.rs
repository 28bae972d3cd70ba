//! Promise: one test program per crate, and every test file is in it.
//!
//! It catches a file under `tests/` that `main.rs` does not name, whose tests would never run and nobody would notice.

use std::path::{Path, PathBuf};

/// Names of the modules that a source declares.
fn modules(source: &str) -> Vec<&str> {
    source.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')).collect()
}

/// Names of the Rust files and module folders of `folder`, `main` left out.
fn rust_files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_module = |path: &PathBuf| path.extension().is_some_and(|end| end == "rs") || path.join("mod.rs").is_file();
    let names = entries.filter(is_module).map(|path| path.file_stem().unwrap().to_string_lossy().into_owned());
    names.filter(|name| name != "main").collect()
}

#[test]
fn every_test_file_is_a_module_of_its_crate_s_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crates = std::fs::read_dir(root.join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let mut left_out = Vec::new();
    let mut seen = 0;
    for folder in crates.chain([root.to_owned()]).map(|path| path.join("tests")).filter(|path| path.is_dir()) {
        let files = rust_files(&folder);
        if files.is_empty() {
            continue;
        }
        let program = std::fs::read_to_string(folder.join("main.rs")).unwrap_or_default();
        let named = modules(&program);
        seen += files.len();
        left_out.extend(files.into_iter().filter(|name| !named.contains(&name.as_str())).map(|name| folder.join(name)));
    }
    assert!(left_out.is_empty(), "name these in main.rs beside them: {left_out:?}");
    assert!(seen > 40, "the scan sees the test files");
}
