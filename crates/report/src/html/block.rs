//! What stands in a section.

use super::{Language, escaped};

/// A part of a section.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// Points, one below the other.
    List(Vec<String>),
    /// The numbers that are read first.
    Figures(Vec<KeyFigure>),
    /// A table.
    Table(Table),
    /// A picture as SVG of this crate, and what it shows.
    Picture {
        /// The SVG document.
        svg: String,
        /// What the reader should see in it.
        caption: String,
    },
    /// Words and what they mean.
    Terms(Vec<(String, String)>),
    /// Text whose lines stay as they are, such as a command.
    Code(String),
}

/// A number that is read first.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyFigure {
    /// What it is.
    pub label: String,
    /// The number with its unit.
    pub value: String,
    /// What it is compared with; may be empty.
    pub note: String,
}

impl KeyFigure {
    /// A number that is read first.
    pub fn new(label: impl Into<String>, value: impl Into<String>, note: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), note: note.into() }
    }
}

/// A table: names to the left, numbers to the right.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// What stands above it; may be empty.
    pub caption: String,
    /// The columns' heads, with their units.
    pub head: Vec<String>,
    /// How many columns from the left hold text; the others hold numbers.
    pub texts: usize,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
    /// How many rows from the end are sums.
    pub sums: usize,
}

impl Table {
    /// A table without rows, whose first column holds names.
    pub fn new<T: Into<String>>(caption: impl Into<String>, head: impl IntoIterator<Item = T>) -> Self {
        let head = head.into_iter().map(Into::into).collect();
        Self { caption: caption.into(), head, texts: 1, ..Self::default() }
    }

    /// Adds a row.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    fn html(&self, language: Language) -> String {
        let class = |column: usize| if column < self.texts { "" } else { " class=\"number\"" };
        let cells = |row: &[String], tag: &str| -> String {
            let cell = |(column, text): (usize, &String)| {
                let scope = if tag == "th" { " scope=\"col\"" } else { "" };
                format!("<{tag}{scope}{}>{}</{tag}>", class(column), escaped(&language.of(text)))
            };
            row.iter().enumerate().map(cell).collect()
        };
        let caption = match self.caption.as_str() {
            "" => String::new(),
            caption => format!("<caption>{}</caption>", escaped(&language.of(caption))),
        };
        let first_sum = self.rows.len().saturating_sub(self.sums);
        let row = |(i, row): (usize, &Vec<String>)| {
            let class = if i >= first_sum { " class=\"sum\"" } else { "" };
            format!("<tr{class}>{}</tr>\n", cells(row, "td"))
        };
        let rows: String = self.rows.iter().enumerate().map(row).collect();
        let head = cells(&self.head, "th");
        format!(
            "<div class=\"table\"><table>{caption}<thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>\n"
        )
    }
}

impl Block {
    pub(super) fn html(&self, language: Language) -> String {
        let set = |text: &str| escaped(&language.of(text));
        match self {
            Self::Text(text) => format!("<p>{}</p>\n", set(text)),
            Self::List(points) => {
                let points: String = points.iter().map(|point| format!("<li>{}</li>\n", set(point))).collect();
                format!("<ul>\n{points}</ul>\n")
            }
            Self::Figures(figures) => {
                let figure = |figure: &KeyFigure| {
                    let [label, value, note] = [&figure.label, &figure.value, &figure.note].map(|text| set(text));
                    format!("<div><dt>{label}</dt><dd>{value}<small>{note}</small></dd></div>\n")
                };
                format!("<dl class=\"figures\">\n{}</dl>\n", figures.iter().map(figure).collect::<String>())
            }
            Self::Table(table) => table.html(language),
            Self::Picture { svg, caption } => {
                format!("<figure>{svg}<figcaption>{}</figcaption></figure>\n", set(caption))
            }
            Self::Terms(terms) => {
                let term =
                    |(word, meaning): &(String, String)| format!("<dt>{}</dt><dd>{}</dd>\n", set(word), set(meaning));
                format!("<dl class=\"terms\">\n{}</dl>\n", terms.iter().map(term).collect::<String>())
            }
            Self::Code(text) => format!("<pre>{}</pre>\n", escaped(text)),
        }
    }
}
