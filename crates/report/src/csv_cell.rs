//! Texts in CSV files that spreadsheets open.
//!
//! A cell that begins with `=`, `+`, `-`, `@`, a tabulator or a carriage return is a formula to a spreadsheet, which can call
//! programs (`=cmd|…`; OWASP, *CSV Injection*). A text of the user's that begins so gets an apostrophe in front, which makes
//! it a text there; so does one that begins with apostrophes before such a character, so that every text reads back as it
//! was. Numbers stay as they are.

use std::borrow::Cow;

/// A text as a cell.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if is_formula(text) && text.parse::<f64>().is_err() { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text of a cell that [`escaped`] made.
pub(crate) fn unescaped(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_formula(text) => text,
        _ => cell,
    }
}

fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A number, nothing rounded; zero has no sign.
pub(crate) fn number(value: f64) -> String {
    (value + 0.0).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_texts_and_read_back() {
        for text in ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''+a"] {
            assert_eq!(escaped(text), format!("'{text}"));
            assert_eq!(unescaped(&escaped(text)), text);
        }
        for text in ["", "peak", "-5", "+5e3", "'quoted'", "'", "a=b", "-0.25", "-inf"] {
            assert_eq!((escaped(text).as_ref(), unescaped(text)), (text, text));
        }
    }
}
