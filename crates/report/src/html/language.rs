//! The languages of reports and of the page: one table of phrases, `words.tsv`.
//!
//! Whoever composes a page writes English; what is set is looked up here. A phrase with numbers in it stands in the table with `{}`
//! for each, and with `{0}`, `{1}` … in the other language, so that their order may differ; `{0!}` is set as it is, for names of the
//! scenario's own. Of several phrases that a text could be, one that begins
//! with its own words counts before one that begins with a place, then the one of most letters. What is not in the table stays English:
//! names of fields, files and strategies are no phrases.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English, in which all is written.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

/// A line a phrase: English, a tab, Chinese.
const WORDS: &str = include_str!("words.tsv");

/// Phrases without and with places for numbers.
struct Phrases {
    whole: HashMap<&'static str, &'static str>,
    /// The pieces between the places, and the other language.
    parted: Vec<(Vec<&'static str>, &'static str)>,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Its tag as in `lang="…"`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// What it calls itself.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "中文",
        }
    }

    /// The language of a tag, such as `zh` or `zh-CN`.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        let code = code.trim().get(..2)?.to_ascii_lowercase();
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// An English phrase in this language; as it is where the table does not have it.
    ///
    /// # Examples
    /// ```
    /// use microgrid_report::html::Language;
    ///
    /// assert_eq!(Language::Chinese.of("net present cost"), "净现值成本");
    /// assert_eq!(Language::Chinese.of("4.3 years"), "4.3 年");
    /// assert_eq!(Language::Chinese.of("generation.pv[0].dc_kw"), "generation.pv[0].dc_kw");
    /// ```
    #[must_use]
    pub fn of(self, english: &str) -> Cow<'_, str> {
        if self == Self::English {
            return Cow::Borrowed(english);
        }
        let phrases = phrases();
        if let Some(found) = phrases.whole.get(english) {
            return Cow::Borrowed(found);
        }
        for (pieces, other) in &phrases.parted {
            if let Some(values) = between(english, pieces) {
                let put = |text: String, (i, value): (usize, &&str)| {
                    text.replace(&format!("{{{i}!}}"), value).replace(&format!("{{{i}}}"), &self.of(value))
                };
                return Cow::Owned(values.iter().enumerate().fold((*other).to_owned(), put));
            }
        }
        Cow::Borrowed(english)
    }
}

fn phrases() -> &'static Phrases {
    static PHRASES: OnceLock<Phrases> = OnceLock::new();
    PHRASES.get_or_init(|| {
        let lines = WORDS.lines().filter_map(|line| line.split_once('\t'));
        let (parted, whole): (Vec<_>, Vec<_>) = lines.partition(|(english, _)| english.contains("{}"));
        let mut parted: Vec<(Vec<&str>, &str)> =
            parted.into_iter().map(|(english, other)| (english.split("{}").collect(), other)).collect();
        let letters = |pieces: &[&str]| pieces.iter().map(|piece| piece.len()).sum::<usize>();
        parted.sort_by_key(|(pieces, _)| (pieces[0].is_empty(), std::cmp::Reverse(letters(pieces))));
        Phrases { whole: whole.into_iter().collect(), parted }
    })
}

/// What stands between the pieces of a text; `None` where it is no such text.
fn between<'t>(text: &'t str, pieces: &[&str]) -> Option<Vec<&'t str>> {
    let (first, others) = pieces.split_first()?;
    let (last, middle) = others.split_last()?;
    let mut rest = text.strip_prefix(first)?;
    let mut values = Vec::new();
    for piece in middle {
        let at = rest.find(piece)?;
        values.push(&rest[..at]);
        rest = &rest[at + piece.len()..];
    }
    values.push(rest.strip_suffix(last)?);
    values.iter().all(|value| !value.is_empty()).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Caught: a line without its tab, a phrase twice, a place for a number that the other language forgets.
    #[test]
    fn the_table_is_whole() {
        let mut seen = Vec::new();
        for line in WORDS.lines() {
            let (english, other) = line.split_once('\t').unwrap_or_else(|| panic!("no tab: {line}"));
            assert!(!english.is_empty() && !other.is_empty() && !other.contains('\t'), "{line}");
            assert!(!seen.contains(&english), "twice: {english}");
            seen.push(english);
            for place in 0..english.matches("{}").count() {
                let marks = [format!("{{{place}}}"), format!("{{{place}!}}")];
                assert!(marks.iter().any(|mark| other.contains(mark)), "{line}");
            }
            assert!(!other.contains("{}"), "{line}");
        }
        assert!(seen.len() > 100, "{}", seen.len());
    }

    #[test]
    fn numbers_keep_their_places_and_what_is_no_phrase_stays() {
        assert_eq!(between("a 1 b 22 c", &["a ", " b ", " c"]), Some(vec!["1", "22"]));
        assert_eq!(between("a  b 22 c", &["a ", " b ", " c"]), None);
        assert_eq!(between("a 1 c", &["a ", " b ", " c"]), None);
        // A name of the scenario's own stays, though it is a phrase; of two phrases the longer counts.
        assert_eq!(Language::Chinese.of("field, kW"), "field，kW");
        assert_eq!(Language::Chinese.of("discount rate 6.00 % real, 20 years"), "实际折现率 6.00 %，20 年");
        assert_eq!(Language::by_code("zh-CN"), Some(Language::Chinese));
        assert_eq!(Language::by_code("fr"), None);
        assert_eq!(Language::by_code("é"), None);
        assert_eq!(Language::English.of("4.3 years"), "4.3 years");
    }
}
