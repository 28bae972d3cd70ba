//! How the columns of a CSV file stand, and what is the matter with a row that does not fit.

/// How the columns of a file stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Layout {
    /// What separates the columns; a line `sep=;` says it where this does not.
    pub(crate) separator: Option<u8>,
    /// Lines before the line of names.
    pub(crate) skip_lines: u32,
    /// Whether the scenario has keys for both, which messages may name.
    pub(crate) has_keys: bool,
}

impl Layout {
    /// Columns separated by `separator`, or by commas, under a first line of names.
    pub(crate) const fn separated_by(separator: Option<u8>) -> Self {
        Self { separator, skip_lines: 0, has_keys: false }
    }

    /// The text from its line of names on, how many lines stand before it, and its separator.
    pub(super) fn table(self, text: &str) -> (&str, u64, u8) {
        let (mut rest, mut skipped) = (text, 0);
        let next = |rest: &mut &str| {
            let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
            let (line, after) = rest.split_at(end);
            *rest = after;
            line.trim_end().to_owned()
        };
        for _ in 0..self.skip_lines {
            next(&mut rest);
            skipped += 1;
        }
        let stated = rest.strip_prefix("sep=").and_then(|after| after.bytes().next()).filter(u8::is_ascii);
        if let Some(stated) = stated
            && self.separator.is_none_or(|separator| separator == stated)
        {
            next(&mut rest);
            return (rest, skipped + 1, stated);
        }
        (rest, skipped, self.separator.unwrap_or(b','))
    }

    /// What may be the matter where a row has another number of cells than the line of names. `is_last` where nothing
    /// follows the row in the file.
    pub(super) fn hint(
        self,
        text: &str,
        separator: u8,
        names: &[String],
        row: &csv::StringRecord,
        is_last: bool,
    ) -> Option<String> {
        let comments = text.lines().take_while(|line| line.starts_with('#')).count();
        if comments > 0 && self.has_keys {
            return Some(format!(
                "the names do not stand on the first line: write skip_lines = {}",
                self.skip_lines as usize + comments
            ));
        }
        if let Some(hint) = self.separator_hint(names) {
            return Some(hint);
        }
        if names.len() == 1 && row.len() > 1 && self.has_keys {
            return Some("where the names stand on a later line, write skip_lines".into());
        }
        if is_last && row.len() < names.len() {
            return Some("the file's last line is cut off".into());
        }
        if row.len() == names.len() + 1 && row.iter().next_back() == Some("") {
            return Some("the row ends with a separator and the line of names does not".into());
        }
        let digits = |cell: &str| !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
        if separator == b',' && row.len() > names.len() && row.iter().skip(1).any(digits) {
            let quoted = if self.has_keys { ", or in quotes with decimal = \",\"" } else { "" };
            return Some(format!(
                "a decimal comma cuts a number in two where commas separate the columns too: export with semicolons{quoted}"
            ));
        }
        None
    }

    /// The separator that the line of names has, where it was cut at none.
    pub(super) fn separator_hint(self, names: &[String]) -> Option<String> {
        let [only] = names else { return None };
        let found = [';', '\t', '|', ','].into_iter().find(|mark| only.contains(*mark))?;
        let found = found.to_string();
        Some(match self.has_keys {
            true => format!("write separator = {found:?}; a decimal comma needs decimal = \",\" too"),
            false => format!("its columns seem to be separated by {found:?}"),
        })
    }
}
