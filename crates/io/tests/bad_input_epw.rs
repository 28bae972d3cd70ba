//! Weather files that must be refused, each with its message: the cases are files under `tests/bad_epw`.

use std::path::Path;

use microgrid_io::weather::{LeapDay, MissingValues, WeatherOptions, read_weather};

/// The file's lines with the edits of a case applied in order.
fn patched(lines: &[&str], case: &toml::Table) -> String {
    let mut lines: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
    for edit in case.get("edit").and_then(toml::Value::as_array).into_iter().flatten() {
        let number = |key: &str| edit.get(key).and_then(toml::Value::as_integer).map(|n| n as usize);
        let text = |key: &str| edit.get(key).and_then(toml::Value::as_str).map(str::to_owned);
        if let (Some(line), Some(column), Some(cell)) = (number("line"), number("column"), text("cell")) {
            let mut cells: Vec<&str> = lines[line - 1].split(',').collect();
            cells[column - 1] = &cell;
            lines[line - 1] = cells.join(",");
        } else if let (Some(line), Some(text)) = (number("insert_after"), text("text")) {
            let repeated = text.strip_prefix('=').map(|line| lines[line.parse::<usize>().unwrap() - 1].clone());
            lines.insert(line, repeated.unwrap_or(text));
        } else if let (Some(line), Some(text)) = (number("line"), text("text")) {
            lines[line - 1] = text;
        } else if let Some([from, to]) = edit.get("delete").and_then(toml::Value::as_array).map(Vec::as_slice) {
            let line = |value: &toml::Value| value.as_integer().unwrap() as usize;
            lines.drain(line(from) - 1..line(to));
        } else {
            panic!("an edit nobody understands: {edit}");
        }
    }
    lines.join("\n")
}

fn options(case: &toml::Table) -> WeatherOptions {
    let number = |key: &str| case.get(key).and_then(toml::Value::as_integer);
    let mut options = WeatherOptions::for_year(number("year").unwrap_or(2023) as i32);
    if let Some(at_most_h) = number("fill_at_most_h") {
        options.missing = MissingValues::Fill { at_most_h: at_most_h as u8 };
    }
    if case.get("leap_day").and_then(toml::Value::as_str) == Some("refuse") {
        options.leap_day = LeapDay::Refuse;
    }
    options
}

#[test]
fn each_case_is_refused_with_its_message() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let good = std::fs::read_to_string(root.join("seeds/workplace-hub/weather/san_diego_ca_722904_tmy3.epw")).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    let mut wrong = Vec::new();
    let mut cases = 0;
    for entry in std::fs::read_dir(root.join("tests/bad_epw")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        cases += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        let case: toml::Table = text.parse().unwrap();
        let message = match read_weather(&patched(&lines, &case), "case.epw", &options(&case)) {
            Ok(_) => "accepted".to_owned(),
            Err(problems) => problems.to_string(),
        };
        let expected = case["message"].as_str().unwrap();
        if message != expected {
            if std::env::var_os("REGENERATE").is_some() {
                std::fs::write(&path, text.replace(expected, &message)).unwrap();
            }
            wrong.push(format!("{}:\nexpected\n{expected}\nfound\n{message}", path.display()));
        }
    }
    assert!(cases >= 25, "only {cases} cases found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// No text can make the reader panic: truncations at every few bytes of the head and of a line.
#[test]
fn truncated_files_are_refused() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let good = std::fs::read_to_string(root.join("seeds/workplace-hub/weather/san_diego_ca_722904_tmy3.epw")).unwrap();
    for end in (0..4000).step_by(7) {
        assert!(read_weather(&good[..end], "cut.epw", &WeatherOptions::for_year(2023)).is_err());
    }
}
