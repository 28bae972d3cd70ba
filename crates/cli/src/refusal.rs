//! How problems are shown: on the source line they stand on in a terminal, as plain lines elsewhere.

use std::fmt;
use std::io::{IsTerminal, stderr, stdout};
use std::path::Path;

use microgrid::{Problem, Problems};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode, SourceSpan};

use crate::plain;

/// Most problems shown; the others are counted. The first ones tell what is wrong, and thousands scroll them away.
const SHOWN_MOST: usize = 30;

/// Largest file of which the line around a problem is shown, bytes.
const SOURCE_MOST: u64 = 64 << 20;

/// How problems are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// A line for each problem, for files, pipes and tests.
    Lines,
    /// The source around each problem, for people; with or without colour.
    Source { color: bool },
}

impl Style {
    /// Source in a terminal, in colour unless `NO_COLOR` is set to something.
    fn of(is_terminal: bool) -> Self {
        let color = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        if is_terminal { Self::Source { color } } else { Self::Lines }
    }

    /// The style of standard error.
    pub(crate) fn of_stderr() -> Self {
        Self::of(stderr().is_terminal())
    }

    /// The style of standard output.
    pub(crate) fn of_stdout() -> Self {
        Self::of(stdout().is_terminal())
    }
}

/// `refused <path>: n problems`, then the problems below it; `path` is a scenario folder or a file in it.
pub(crate) fn refused_site(problems: &Problems, path: &Path, style: Style) -> String {
    let count = problems.iter().count();
    let plural = if count == 1 { "" } else { "s" };
    let folder = if path.is_file() { path.parent().unwrap_or(path) } else { path };
    let shown = path.display().to_string();
    format!("refused {}: {count} problem{plural}\n{}", plain::line(&shown), text(problems, Some(folder), style))
}

/// The problems as text; their files are looked for in `folder`.
pub(crate) fn text(problems: &Problems, folder: Option<&Path>, style: Style) -> String {
    let mut text = String::new();
    for problem in problems.iter().take(SHOWN_MOST) {
        match style {
            Style::Lines => text.push_str(&format!("  {}\n", plain::problem(problem))),
            Style::Source { color } => text.push_str(&with_source(problem, folder, color)),
        }
    }
    match problems.iter().count().saturating_sub(SHOWN_MOST) {
        0 => {}
        1 => text.push_str("  and 1 more problem\n"),
        more => text.push_str(&format!("  and {more} more problems\n")),
    }
    text
}

fn with_source(problem: &Problem, folder: Option<&Path>, color: bool) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme).with_width(110);
    match handler.render_report(&mut text, &Shown::new(problem, folder)) {
        Ok(()) => text,
        Err(fmt::Error) => format!("  {}\n", plain::problem(problem)),
    }
}

/// A problem with the text it stands in.
#[derive(Debug)]
struct Shown {
    headline: String,
    help: Option<String>,
    source: Option<(NamedSource<String>, LabeledSpan)>,
}

impl Shown {
    fn new(problem: &Problem, folder: Option<&Path>) -> Self {
        let source = marked_source(problem, folder);
        let problem = plain::problem(problem);
        let mut headline = String::new();
        if let (None, Some(place)) = (&source, &problem.place) {
            headline.push_str(&place.file);
            headline.push_str(&place.line.map_or_else(String::new, |line| format!(":{line}")));
            headline.push_str(": ");
        }
        if !problem.field.is_empty() {
            headline.push_str(&format!("{}: ", problem.field));
        }
        headline.push_str(&problem.message);
        if let (None, Some(value)) = (&source, &problem.value) {
            headline.push_str(&format!("; found {value}"));
        }
        let allowed = problem.allowed.as_ref().map(|allowed| format!("allowed: {allowed}"));
        let help: Vec<String> = allowed.into_iter().chain(problem.hint.clone()).collect();
        Self { headline, help: (!help.is_empty()).then(|| help.join("\n")), source }
    }
}

/// The file of the problem with its place marked, where both can be found.
fn marked_source(problem: &Problem, folder: Option<&Path>) -> Option<(NamedSource<String>, LabeledSpan)> {
    let place = problem.place.as_ref()?;
    let path = folder?.join(&place.file);
    let source = readable(&path)?;
    let span = match (place.span, place.line) {
        (Some((start, end)), _) if start <= end && source.get(start..end).is_some() => start..end,
        (_, Some(line)) => line_span(&source, line)?,
        _ => return None,
    };
    let value = problem.value.as_ref().map(|value| plain::line(value));
    let label = value.map_or_else(|| "here".to_owned(), |value| format!("found {value}"));
    let marked = LabeledSpan::new_primary_with_span(Some(label), SourceSpan::from(span));
    let name = path.display().to_string();
    Some((NamedSource::new(plain::line(&name), plain::same_length(&source)), marked))
}

/// The text of a file that is a regular one, and not so large that looking for a line in it takes long.
fn readable(path: &Path) -> Option<String> {
    let about = std::fs::metadata(path).ok()?;
    if about.is_file() && about.len() <= SOURCE_MOST { std::fs::read_to_string(path).ok() } else { None }
}

/// Byte range of a line counted from 1, without the blanks around its text.
fn line_span(source: &str, line: usize) -> Option<std::ops::Range<usize>> {
    let text = source.split_inclusive('\n').nth(line.checked_sub(1)?)?;
    let start = source.split_inclusive('\n').take(line - 1).map(str::len).sum::<usize>();
    let indent = text.len() - text.trim_start().len();
    Some(start + indent.min(text.trim_end().len())..start + text.trim_end().len())
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)
    }
}

impl std::error::Error for Shown {}

impl Diagnostic for Shown {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|(source, _)| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.source.as_ref().map(|(_, label)| Box::new(std::iter::once(label.clone())) as Box<_>)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "[site]\nname = \"é\"\n\n[[storage.battery]]\n  capacity_kwh = -5 # no\n";

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("microgrid-refusal-{name}"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("scenario.toml"), SOURCE).unwrap();
        folder
    }

    fn problem() -> Problem {
        Problem::new("storage.battery[0].capacity_kwh", "is out of range")
            .at("scenario.toml", Some(5))
            .value(-5)
            .allowed("0 to 1000000000")
            .hint("capacity is at least 0")
    }

    #[test]
    fn a_terminal_shows_the_line_with_its_mark() {
        let text = text(&problem().into(), Some(&folder("mark")), Style::Source { color: false });
        for part in
            ["storage.battery[0].capacity_kwh: is out of range", "scenario.toml:5", "found -5", "  capacity_kwh = -5"]
        {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert!(text.contains("allowed: 0 to 1000000000") && text.contains("capacity is at least 0"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn colour_is_only_there_where_asked_for() {
        let text = text(&problem().into(), Some(&folder("colour")), Style::Source { color: true });
        assert!(text.contains('\u{1b}'));
    }

    #[test]
    fn a_place_that_cannot_be_found_is_still_named() {
        let folder = folder("lost");
        for (file, line) in [("gone.csv", Some(3)), ("scenario.toml", Some(99)), ("scenario.toml", None)] {
            let problem = problem().at(file, line);
            let text = text(&problem.into(), Some(&folder), Style::Source { color: false });
            assert!(text.contains(file) && text.contains("found -5"), "{text}");
        }
        let mut spanned = problem();
        spanned.place.as_mut().unwrap().span = Some((16, 17)); // inside the two bytes of é
        let text = text(&spanned.into(), Some(&folder), Style::Source { color: false });
        assert!(text.contains("scenario.toml:5"), "{text}");
    }

    #[test]
    fn elsewhere_every_problem_is_a_line() {
        let mut problems = Problems::from(problem());
        problems.push(Problem::new("", "second"));
        assert_eq!(
            refused_site(&problems, Path::new("seeds/x"), Style::Lines),
            "refused seeds/x: 2 problems\n  scenario.toml:5: storage.battery[0].capacity_kwh: is out of range; found -5; \
             allowed: 0 to 1000000000; hint: capacity is at least 0\n  second\n"
        );
    }

    /// Mutation it catches: a text of the user's that reaches the terminal as it is.
    #[test]
    fn nothing_of_the_users_drives_the_terminal() {
        let folder = folder("plain");
        std::fs::write(folder.join("evil.csv"), "time,\u{1b}]0;title\u{7}\n1,\u{9b}2J\n").unwrap();
        let evil = "\u{1b}[2J\nok";
        let problem = Problem::new(evil, evil).value(evil).allowed(evil).hint(evil);
        let problems = Problems::from(problem.clone().at("evil.csv", Some(2)));
        for problems in [problems, problem.clone().at(evil, None).into(), problem.into()] {
            for style in [Style::Lines, Style::Source { color: false }] {
                let text = refused_site(&problems, Path::new(evil), style) + &text(&problems, Some(&folder), style);
                assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
                assert!(!text.contains("\nok"), "{text:?}");
            }
        }
    }

    #[test]
    fn the_first_problems_are_shown_and_the_others_counted() {
        let mut problems = Problems::none();
        (0..SHOWN_MOST + 2).for_each(|i| problems.push(Problem::new(i, "is wrong")));
        let shown = refused_site(&problems, Path::new("x"), Style::Lines);
        assert!(shown.starts_with("refused x: 32 problems\n  0: is wrong\n"), "{shown}");
        assert!(shown.ends_with("  29: is wrong\n  and 2 more problems\n"), "{shown}");
    }

    #[test]
    fn a_line_is_found_without_the_blanks_around_it() {
        assert_eq!(&SOURCE[line_span(SOURCE, 5).unwrap()], "capacity_kwh = -5 # no");
        assert_eq!(line_span(SOURCE, 3), Some(19..19));
        assert_eq!(line_span(SOURCE, 0), None);
        assert_eq!(line_span(SOURCE, 6), None);
    }
}
