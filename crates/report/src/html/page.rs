//! A page of sections.

use super::{Block, Language, escaped};

/// How a page looks, on screens from 360 px on and in print, as CSS.
pub const STYLE: &str = include_str!("page.css");

/// Nothing is loaded from anywhere, and nothing runs.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// A report.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// A sentence below the title.
    pub lead: String,
    /// Its sections, in the order of reading.
    pub sections: Vec<Section>,
    /// The last line: what made it, and the command that makes it again.
    pub foot: String,
    /// The language that its phrases are set in.
    pub language: Language,
}

/// A part of a page, with a heading that the list of contents leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// What stands in it.
    pub blocks: Vec<Block>,
}

impl Section {
    /// A section.
    pub fn new(heading: impl Into<String>, blocks: Vec<Block>) -> Self {
        Self { heading: heading.into(), blocks }
    }
}

impl Page {
    /// The page as a whole HTML document.
    ///
    /// # Examples
    /// ```
    /// use microgrid_report::html::{Block, Page, Section};
    ///
    /// let summary = Section::new("Summary", vec![Block::Text("a < b".into())]);
    /// let page = Page { title: "Workshop".into(), sections: vec![summary], ..Page::default() };
    /// let html = page.html();
    /// assert!(html.starts_with("<!doctype html>") && html.contains("<p>a &lt; b</p>"));
    /// assert!(!html.contains("http://") && !html.contains("<script"));
    /// ```
    #[must_use]
    pub fn html(&self) -> String {
        let [title, lead, foot] = [&self.title, &self.lead, &self.foot].map(|text| escaped(&self.language.of(text)));
        let (language, content) = (self.language.code(), self.content());
        format!(
            "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <header><h1>{title}</h1>\n<p>{lead}</p></header>\n\
             {content}<footer><p>{foot}</p></footer>\n</body>\n</html>\n"
        )
    }

    /// The list of contents and the sections, to stand within a page of one's own that has [`STYLE`].
    #[must_use]
    pub fn content(&self) -> String {
        let set = |text: &str| escaped(&self.language.of(text));
        let entry = |(i, section): (usize, &Section)| {
            format!("<li><a href=\"#s{}\">{}</a></li>\n", i + 1, set(&section.heading))
        };
        let contents: String = self.sections.iter().enumerate().map(entry).collect();
        let section = |(i, section): (usize, &Section)| {
            let blocks: String = section.blocks.iter().map(|block| block.html(self.language)).collect();
            format!("<section id=\"s{0}\">\n<h2>{0}. {1}</h2>\n{blocks}</section>\n", i + 1, set(&section.heading))
        };
        let sections: String = self.sections.iter().enumerate().map(section).collect();
        let label = set("contents");
        format!("<nav aria-label=\"{label}\"><ol>\n{contents}</ol></nav>\n<main>\n{sections}</main>\n")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{KeyFigure, Table};
    use super::*;

    /// Caught: a name that becomes an element, in any place where a text can stand.
    #[test]
    fn every_text_is_escaped() {
        let hostile = "<script>alert('x')</script>\"&";
        let mut table = Table::new(hostile, [hostile, "kWh"]);
        table.row([hostile, "1"]);
        let blocks = vec![
            Block::Text(hostile.into()),
            Block::List(vec![hostile.into()]),
            Block::Figures(vec![KeyFigure::new(hostile, hostile, hostile)]),
            Block::Table(table),
            Block::Picture { svg: "<svg></svg>".into(), caption: hostile.into() },
            Block::Terms(vec![(hostile.into(), hostile.into())]),
            Block::Code(hostile.into()),
        ];
        let page = Page {
            title: hostile.into(),
            lead: hostile.into(),
            sections: vec![Section::new(hostile, blocks)],
            foot: hostile.into(),
            language: Language::English,
        };
        let html = page.html();
        assert!(!html.contains("<script") && !html.contains("'x'"), "{html}");
        let safe = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;";
        // Title twice, lead, contents and heading, foot; 12 places in blocks.
        assert_eq!(html.matches(safe).count(), 6 + 12, "{html}");
    }

    #[test]
    fn numbers_stand_to_the_right_and_sums_apart() {
        let mut table = Table::new("", ["name", "kWh"]);
        table.row(["a", "1"]);
        table.row(["sum", "1"]);
        table.sums = 1;
        let page = Page { sections: vec![Section::new("s", vec![Block::Table(table)])], ..Page::default() };
        let html = page.html();
        assert!(
            html.contains("<td class=\"number\">1</td>") && html.contains("<tr class=\"sum\"><td>sum</td>"),
            "{html}"
        );
    }
}
