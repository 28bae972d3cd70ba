//! Reports as one HTML file that opens with the network off: no script, no font, no picture that is not in it.
//!
//! A [`Page`] is a list of sections of [`Block`]s; whoever has results composes it, this module only sets it. All text is
//! escaped; pictures are the SVG of this crate and set as they are. A content-security policy in the file lets it load nothing.

mod block;
mod language;
mod page;

pub use block::{Block, KeyFigure, Table};
pub use language::Language;
pub use page::{Page, STYLE, Section};

use crate::number;

/// A number as tables print it: so many digits after the point, a comma between thousands, `<0.1` for what is not 0 but would
/// be printed so.
#[must_use]
pub fn amount(value: f64, decimals: usize) -> String {
    number::grouped(value, decimals)
}

/// `text` as content or attribute of an element.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Control characters are nothing that a page can show.
            letter if letter.is_control() && letter != '\n' => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

/// What [`escaped`] made safe, as it was.
pub(crate) fn unescaped(text: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (safe, letter)| text.replace(safe, letter))
}
