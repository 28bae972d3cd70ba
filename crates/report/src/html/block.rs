//! What stands in a section.

use std::borrow::Cow;

use super::{Language, escaped, unescaped};

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

/// A picture of this crate with its texts in another language. They are escaped, and stand between the end of one tag and the
/// beginning of the next.
fn in_language(svg: &str, language: Language) -> Cow<'_, str> {
    if language == Language::English {
        return Cow::Borrowed(svg);
    }
    let mut set = String::with_capacity(svg.len());
    let mut tags = svg.split('<');
    set += tags.next().unwrap_or("");
    for tag in tags {
        set.push('<');
        let (tag, text) = tag.split_once('>').unwrap_or((tag, ""));
        set += tag;
        set.push('>');
        // Many of the pictures' tags end the line; their numbers are no phrases.
        if text.trim().is_empty() || !text.contains(|letter: char| letter.is_ascii_alphabetic()) {
            set += text;
            continue;
        }
        let plain = unescaped(text.trim());
        set += &text.replace(text.trim(), &escaped(&language.of(&plain)));
    }
    Cow::Owned(set)
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
                let svg = in_language(svg, language);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Caught: a tag taken for text, a text that becomes an element in the other language, a number that is lost.
    #[test]
    fn a_picture_is_set_in_the_language() {
        let svg = "<svg a=\"net present cost\">\n<title>a &lt;b&gt;: cash flow</title>\n<text x=\"1\">\nnet present cost\n</text><text>12</text></svg>\n";
        assert_eq!(in_language(svg, Language::English), svg);
        let set = in_language(svg, Language::Chinese);
        let wanted = "<svg a=\"net present cost\">\n<title>a &lt;b&gt;：现金流</title>\n<text x=\"1\">\n净现值成本\n</text><text>12</text></svg>\n";
        assert_eq!(set, wanted);
    }
}
