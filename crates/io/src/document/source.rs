//! A parsed TOML text that knows on which line each of its fields stands, and collects what is wrong with it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use microgrid_core::{Place, Problem, Problems};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Section;
use super::section::number_in;
use crate::setting::{FieldPath, Segment, Setting};

/// A TOML text with its name, its values and the problems found so far.
#[derive(Debug)]
pub(crate) struct Document<'t> {
    file: String,
    root: Spanned<DeTable<'t>>,
    /// Byte at which each line begins.
    lines: Vec<usize>,
    /// Values that stand in for what is written. The value of the i-th stands, by its span, i + 1 bytes behind the text.
    settings: &'t [Setting],
    length: usize,
    problems: RefCell<Problems>,
    /// Fields for which a harmless value stands in.
    faulty: RefCell<Vec<String>>,
    /// Fields asked for by table, list positions left out: `storage.battery` → `capacity_kwh`, …
    accepted: RefCell<BTreeMap<String, BTreeSet<&'static str>>>,
}

impl<'t> Document<'t> {
    /// Parses a text that the user knows as `file`.
    ///
    /// # Errors
    /// Every error of syntax, each on its line.
    pub(crate) fn parse(file: &str, text: &'t str) -> Result<Self, Problems> {
        Self::parse_with(file, text, &[])
    }

    /// Parses a text in which `settings` stand in for what is written.
    ///
    /// # Errors
    /// Every error of syntax, each on its line; settings of entries that are not there.
    pub(crate) fn parse_with(file: &str, text: &'t str, settings: &'t [Setting]) -> Result<Self, Problems> {
        // Editors that write a byte order mark mean nothing by it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (root, errors) = DeTable::parse_recoverable(text);
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let mut document = Self {
            file: file.to_owned(),
            settings,
            length: text.len(),
            root,
            lines: std::iter::once(0).chain(starts).collect(),
            problems: RefCell::default(),
            faulty: RefCell::default(),
            accepted: RefCell::default(),
        };
        for error in errors {
            let mut problem = Problem::new("", format!("is not valid TOML: {}", error.message().replace('\n', ", ")));
            problem.place = Some(match error.span() {
                Some(span) => document.place(span),
                None => Place { file: file.to_owned(), line: None, span: None },
            });
            document.note(problem);
        }
        // The strategy comes first, because it takes others' settings away.
        let is_strategy = |setting: &Setting| setting.field() == "dispatch.strategy";
        let (first, last): (Vec<_>, Vec<_>) = settings.iter().enumerate().partition(|(_, one)| is_strategy(one));
        for (i, setting) in first.into_iter().chain(last) {
            if let Err(problem) = setting.put(document.root.get_mut(), document.length + 1 + i) {
                document.note(problem);
            }
        }
        let faulty = !document.problems.borrow().is_empty();
        if faulty { Err(document.into_problems()) } else { Ok(document) }
    }

    /// The whole text as a section.
    pub(crate) fn root(&self) -> Section<'_> {
        Section::new(self, String::new(), self.root.get_ref(), 0..0)
    }

    /// File, line and bytes of a span.
    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        if let Some(setting) = span.start.checked_sub(self.length + 1).and_then(|i| self.settings.get(i)) {
            return setting.place().clone();
        }
        let line = self.lines.partition_point(|start| *start <= span.start);
        Place { file: self.file.clone(), line: Some(line.max(1)), span: Some((span.start, span.end)) }
    }

    /// The place of a field such as `storage.battery[0].soc_min`, or of the nearest table around it that is written.
    pub(crate) fn place_of(&self, field: &str) -> Place {
        let mut table = self.root.get_ref();
        let mut found = None;
        'walk: for segment in field.split('.') {
            let (name, positions) = segment.split_once('[').unwrap_or((segment, ""));
            let Some((key, mut value)) = table.get_key_value(name) else { break };
            found = Some(key.span());
            for position in positions.split('[').filter(|text| !text.is_empty()) {
                let position = position.trim_end_matches(']').parse::<usize>().ok();
                let item = value.get_ref().as_array().zip(position).and_then(|(array, at)| array.get(at));
                let Some(item) = item else { break 'walk };
                value = item;
                found = Some(item.span());
            }
            let DeValue::Table(inner) = value.get_ref() else { break };
            table = inner;
        }
        match found {
            Some(span) => self.place(span),
            None => Place { file: self.file.clone(), line: None, span: None },
        }
    }

    /// Adds a problem of a field, for which a harmless value stands in from here on.
    pub(crate) fn push(&self, problem: Problem) {
        self.faulty.borrow_mut().push(problem.field.clone());
        self.note(problem);
    }

    /// Adds a problem that spoils no field; it gets the place of its field where it has none.
    pub(crate) fn note(&self, mut problem: Problem) {
        if problem.place.is_none() {
            problem.place = Some(self.place_of(&problem.field));
        }
        self.problems.borrow_mut().push(problem);
    }

    /// Adds all problems of a stage.
    pub(crate) fn extend(&self, problems: Problems) {
        for problem in problems {
            self.push(problem);
        }
    }

    /// Whether a harmless value stands in for `field`, for a field within it or for the table around it.
    pub(crate) fn is_faulty(&self, field: &str) -> bool {
        self.faulty.borrow().iter().any(|faulty| is_within(faulty, field) || is_within(field, faulty))
    }

    /// Whether anything is wrong so far.
    pub(crate) fn has_problems(&self) -> bool {
        !self.problems.borrow().is_empty()
    }

    /// The number written in a field, where there is one.
    pub(crate) fn number_at(&self, field: &str) -> Option<f64> {
        let mut table = self.root.get_ref();
        let path = FieldPath::parse(field)?;
        let (last, tables) = path.segments.split_last()?;
        for segment in tables {
            table = entry(table, segment)?.as_table()?;
        }
        number_in(entry(table, last)?)
    }

    /// All problems in the order of the lines; those of other files come last, in the order found.
    pub(crate) fn into_problems(self) -> Problems {
        let mut list: Vec<Problem> = self.problems.into_inner().into_iter().collect();
        let rank = |problem: &Problem| match &problem.place {
            Some(place) if place.file == self.file => (0, place.line),
            _ => (1, None),
        };
        list.sort_by_key(rank);
        let mut problems = Problems::none();
        for problem in list {
            problems.push(problem);
        }
        problems
    }

    /// Notes that a reader accepts `key` in the table `path`.
    pub(super) fn accept(&self, path: &str, key: &'static str) {
        let mut pattern = String::with_capacity(path.len());
        let mut inside = false;
        for c in path.chars() {
            inside = if inside { c != ']' } else { c == '[' };
            if !inside && c != ']' {
                pattern.push(c);
            }
        }
        self.accepted.borrow_mut().entry(pattern).or_default().insert(key);
    }

    /// The fields accepted so far, by table.
    #[cfg(test)]
    pub(crate) fn accepted(&self) -> BTreeMap<String, BTreeSet<&'static str>> {
        self.accepted.borrow().clone()
    }
}

/// What a table holds under a key, at a place in a list where the segment has one.
fn entry<'v, 't>(table: &'v DeTable<'t>, segment: &Segment) -> Option<&'v DeValue<'t>> {
    let value = table.get(segment.key.as_str())?.get_ref();
    segment.places.iter().try_fold(value, |value, place| Some(value.as_array()?.get(*place)?.get_ref()))
}

/// Whether the path `field` is `outer` or stands within it.
fn is_within(field: &str, outer: &str) -> bool {
    field.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_field_or_the_nearest_table() {
        let text = "[site]\nname = \"a\"\n\n[[storage.battery]]\nsoc_min = 0.1\n\n[[storage.battery]]\nsoc_min = 0.2\n\
                    list = [\n 1,\n 2 ]\n";
        let document = Document::parse("scenario.toml", text).unwrap();
        let line = |field| document.place_of(field).line;
        assert_eq!(line("site.name"), Some(2));
        assert_eq!(line("storage.battery[1].soc_min"), Some(8));
        assert_eq!(line("storage.battery[0].soc_min"), Some(5));
        assert_eq!(line("storage.battery[1].capacity_kwh"), Some(7));
        assert_eq!(line("storage.battery[1].list[1]"), Some(11));
        assert_eq!(line("storage.battery[1].list[7]"), Some(9));
        assert_eq!(line("time.start"), None);
    }

    #[test]
    fn every_error_of_syntax_is_told() {
        let problems = Document::parse("a.toml", "x = 1\nx = 2\ny = \nz = 3\n").unwrap_err().to_string();
        assert_eq!(problems.lines().count(), 2, "{problems}");
        assert!(problems.starts_with("a.toml:2: is not valid TOML"), "{problems}");
    }

    #[test]
    fn a_longer_name_is_not_within_a_shorter_one() {
        assert!(is_within("a.b[0].c", "a.b[0]"));
        assert!(is_within("a.b", "a.b"));
        assert!(!is_within("a.bc", "a.b"));
    }
}
