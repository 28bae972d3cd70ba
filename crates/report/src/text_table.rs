//! A table of text: columns under grouped heads, with a line for units.

/// One column: its heads and its cells.
pub(crate) struct Column {
    /// What neighbouring columns have in common; empty for none. Neighbours of one group share its head.
    pub group: &'static str,
    /// What the column holds.
    pub head: String,
    /// Its unit; empty for none.
    pub unit: String,
    /// Whether cells end at the right edge (numbers) or begin at the left (names).
    pub right: bool,
    /// One cell a row.
    pub cells: Vec<String>,
}

impl Column {
    /// A column of names.
    pub(crate) fn names(head: &str, cells: impl IntoIterator<Item = String>) -> Self {
        Self { group: "", head: head.into(), unit: String::new(), right: false, cells: cells.into_iter().collect() }
    }

    /// A column of numbers.
    pub(crate) fn numbers(
        group: &'static str,
        head: &str,
        unit: &str,
        cells: impl IntoIterator<Item = String>,
    ) -> Self {
        Self { group, head: head.into(), unit: unit.into(), right: true, cells: cells.into_iter().collect() }
    }

    fn width(&self) -> usize {
        self.cells.iter().chain([&self.head, &self.unit]).map(|text| text.chars().count()).max().unwrap_or(0)
    }
}

/// Most characters of a line: what a terminal beside an editor shows, and a page in print.
pub(crate) const WIDTH: usize = 120;

/// The columns as lines of text, each ending in a line feed and without blanks at its end. Where they are wider than
/// [`WIDTH`] they become several tables below each other, each beginning with the leading columns of names.
pub(crate) fn render(columns: &[Column]) -> String {
    let keys = columns.iter().take_while(|column| !column.right).count();
    let (names, numbers) = columns.split_at(keys);
    let width = |numbers: &[&Column]| {
        let all: Vec<&Column> = names.iter().chain(numbers.iter().copied()).collect();
        span_width(&widths(&all, &group_spans(&all)))
    };
    let mut tables: Vec<Vec<&Column>> = vec![Vec::new()];
    // Groups stay together where they can.
    let all: Vec<&Column> = numbers.iter().collect();
    for group in group_spans(&all) {
        let group = &all[group];
        let with = |last: &Vec<&Column>| width(&[last, group].concat());
        if tables.last().is_some_and(|last| !last.is_empty() && with(last) > WIDTH) {
            tables.push(Vec::new());
        }
        for column in group {
            if tables.last().is_some_and(|last| !last.is_empty() && width(&[last, &[*column][..]].concat()) > WIDTH) {
                tables.push(Vec::new());
            }
            tables.last_mut().expect("there is one").push(column);
        }
    }
    let texts = tables.iter().map(|numbers| render_unbroken(names.iter().chain(numbers.iter().copied())));
    texts.collect::<Vec<_>>().join("\n")
}

/// `text` in lines of at most [`WIDTH`] characters where it has blanks to break at, each but the first indented by two;
/// ends in a line feed.
pub(crate) fn wrapped(text: &str) -> String {
    let (mut lines, mut line) = (String::new(), String::new());
    for word in text.split(' ') {
        if !line.trim().is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            line = format!("  {word}");
        } else {
            line = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        }
    }
    format!("{lines}{line}\n")
}

/// As [`render`], as one table of any width.
pub(crate) fn render_unbroken<'a>(columns: impl IntoIterator<Item = &'a Column>) -> String {
    let columns: Vec<&Column> = columns.into_iter().collect();
    let columns = columns.as_slice();
    let groups = group_spans(columns);
    let widths = widths(columns, &groups);
    let mut text = String::new();
    if columns.iter().any(|column| !column.group.is_empty()) {
        text.push_str(&group_line(columns, &groups, &widths));
    }
    let mut line = |cell: &dyn Fn(&Column) -> String| {
        let cells: Vec<String> = columns.iter().zip(&widths).map(|(c, w)| pad(&cell(c), *w, c.right)).collect();
        text.push_str(cells.join(GAP).trim_end());
        text.push('\n');
    };
    line(&|column| column.head.clone());
    if columns.iter().any(|column| !column.unit.is_empty()) {
        line(&|column| column.unit.clone());
    }
    for row in 0..columns.iter().map(|column| column.cells.len()).max().unwrap_or(0) {
        line(&|column| column.cells.get(row).cloned().unwrap_or_default());
    }
    text
}

const GAP: &str = "  ";

/// Neighbouring columns of one group as half-open ranges.
fn group_spans(columns: &[&Column]) -> Vec<std::ops::Range<usize>> {
    let mut spans: Vec<std::ops::Range<usize>> = Vec::new();
    for (i, column) in columns.iter().enumerate() {
        match spans.last_mut() {
            Some(span) if !column.group.is_empty() && columns[span.start].group == column.group => span.end = i + 1,
            _ => spans.push(i..i + 1),
        }
    }
    spans
}

/// Column widths, the first of a group widened where the group's head needs it.
fn widths(columns: &[&Column], groups: &[std::ops::Range<usize>]) -> Vec<usize> {
    let mut widths: Vec<usize> = columns.iter().map(|column| column.width()).collect();
    for span in groups {
        let needed = columns[span.start].group.chars().count();
        let given = span_width(&widths[span.clone()]);
        widths[span.start] += needed.saturating_sub(given);
    }
    widths
}

fn span_width(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1)
}

/// The line of group heads, each with a rule over its columns.
fn group_line(columns: &[&Column], groups: &[std::ops::Range<usize>], widths: &[usize]) -> String {
    let heads: Vec<String> = groups
        .iter()
        .map(|span| {
            let (group, width) = (columns[span.start].group, span_width(&widths[span.clone()]));
            let rest = width - group.chars().count();
            match (group.is_empty(), rest) {
                (true, _) => " ".repeat(width),
                (false, 0..=3) => format!("{}{group}", " ".repeat(rest)),
                (false, _) => {
                    let left = rest / 2;
                    format!("{} {group} {}", "─".repeat(left - 1), "─".repeat(rest - left - 1))
                }
            }
        })
        .collect();
    format!("{}\n", heads.join(GAP).trim_end())
}

fn pad(text: &str, width: usize, right: bool) -> String {
    let blanks = " ".repeat(width.saturating_sub(text.chars().count()));
    if right { format!("{blanks}{text}") } else { format!("{text}{blanks}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_groups_span_them() {
        let columns = [
            Column::names("strategy", ["idle".into(), "x".into()]),
            Column::numbers("grid", "import", "kWh", ["1,000".into(), "9".into()]),
            Column::numbers("grid", "export", "kWh", ["0".into(), "123,456".into()]),
            Column::numbers("", "CO₂", "t", ["5".into(), "6".into()]),
        ];
        let expected = [
            "          ──── grid ─────",
            "strategy  import   export  CO₂",
            "             kWh      kWh    t",
            "idle       1,000        0    5",
            "x              9  123,456    6",
        ];
        assert_eq!(render(&columns).lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_too_wide_goes_on_below_under_the_same_names() {
        let number = |group, head: &str| Column::numbers(group, head, "kWh", ["1".into(), "2".into()]);
        let mut columns = vec![Column::names("strategy", ["idle".into(), "x".into()])];
        columns.extend((0..9).map(|i| number("first", &format!("quantity {i}"))));
        columns.extend((0..3).map(|i| number("second", &format!("quantity {i}"))));
        let text = render(&columns);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        let tables: Vec<&str> = text.split("\n\n").collect();
        assert_eq!(tables.len(), 2, "{text}");
        assert!(tables[0].contains("first") && !tables[0].contains("second") && tables[1].contains("second"), "{text}");
        assert_eq!(text.matches("\nidle ").count(), 2);
        // A group that is too wide by itself is cut within.
        columns.extend((0..9).map(|i| number("third", &format!("long quantity {i}"))));
        let text = render(&columns);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!(text.matches("long quantity").count(), 9);
    }

    #[test]
    fn text_is_wrapped_at_blanks_only() {
        let long = format!("note: {} {}", "word ".repeat(40).trim_end(), "x".repeat(130));
        let text = wrapped(&long);
        assert_eq!(text.split_whitespace().collect::<Vec<_>>(), long.split_whitespace().collect::<Vec<_>>());
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH || line.contains("xxx")), "{text}");
        assert_eq!(wrapped("short"), "short\n");
    }

    #[test]
    fn a_long_group_head_widens_its_columns() {
        let columns = [
            Column::numbers("utility grid", "in", "", ["1".into()]),
            Column::numbers("utility grid", "out", "", ["2".into()]),
        ];
        assert_eq!(render(&columns), "utility grid\n     in  out\n      1    2\n");
    }
}
