//! Text made safe to show: a name from a file must not move the cursor, change colours, or turn what is read around.

use std::borrow::Cow;

use microgrid::{Place, Problem};

/// Whether a character does something instead of standing for something: the control characters, and those that change the
/// direction of text (Unicode bidirectional controls, with which text can be made to read as other text).
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

/// `text` with line feeds and tabulators, and every other character that acts as an escape such as `\u{1b}`.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| acts(c) && c != '\n' && c != '\t')
}

/// `text` as one line: every character that acts, line feeds among them, as an escape.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    escaped(text, acts)
}

/// The problem with each of its texts as one line.
pub(crate) fn problem(problem: &Problem) -> Problem {
    let plain = |text: &String| line(text).into_owned();
    Problem {
        place: problem.place.as_ref().map(|place| Place { file: plain(&place.file), ..place.clone() }),
        field: plain(&problem.field),
        message: plain(&problem.message),
        value: problem.value.as_ref().map(plain),
        allowed: problem.allowed.as_ref().map(plain),
        hint: problem.hint.as_ref().map(plain),
    }
}

/// A source text of the same length in bytes, so that places in it stay where they are: characters that act as `?`.
pub(crate) fn same_length(source: &str) -> String {
    let shown = |c: char| match (acts(c) && !"\n\t\r".contains(c), c.len_utf8()) {
        (false, _) => c,
        (true, 1) => '?',
        (true, 2) => '¿',
        (true, _) => '\u{fffd}',
    };
    source.chars().map(shown).collect()
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_escaped(c) { plain.extend(c.escape_default()) } else { plain.push(c) }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_escaped_and_the_rest_is_left() {
        assert_eq!(lines("a\u{1b}[2J\r\nb\tc 园区 é\u{202e}"), "a\\u{1b}[2J\\r\nb\tc 园区 é\\u{202e}");
        assert_eq!(line("a\nb\u{9b}"), "a\\nb\\u{9b}");
        assert!(matches!(lines("plain\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn places_in_a_source_stay_where_they_are() {
        let source = "a\u{1b}\u{9b}\u{202e}é\r\n";
        let shown = same_length(source);
        assert_eq!((shown.as_str(), shown.len()), ("a?¿\u{fffd}é\r\n", source.len()));
    }
}
