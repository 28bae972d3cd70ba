//! Numbers as files write them: with a decimal comma, with separated thousands, or with a word that says there is none.

use super::SeriesFile;

/// What a cell says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    Number(f64),
    NoValue,
    NoNumber,
}

/// How the numbers of a series are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct NumberForm<'s> {
    decimal: char,
    thousands: Option<char>,
    no_value: &'s [String],
}

impl<'s> NumberForm<'s> {
    pub(super) fn of(series: &'s SeriesFile) -> Self {
        let mark = |text: &Option<String>| text.as_ref().and_then(|text| text.chars().next());
        Self {
            decimal: mark(&series.decimal).unwrap_or('.'),
            thousands: mark(&series.thousands),
            no_value: &series.no_value,
        }
    }

    /// What the cell says; numbers must be finite.
    pub(super) fn read(self, cell: &str) -> Cell {
        let number = match (self.decimal, self.thousands) {
            ('.', None) => cell.parse::<f64>().ok(),
            _ => self.plain(cell).and_then(|plain| plain.parse().ok()),
        };
        match number {
            Some(number) if number.is_finite() => Cell::Number(number),
            Some(number) if number.is_nan() => Cell::NoValue,
            _ if matches!(cell, "" | "NA" | "N/A" | "null" | "-") => Cell::NoValue,
            _ if self.no_value.iter().any(|word| word == cell) => Cell::NoValue,
            _ => Cell::NoNumber,
        }
    }

    /// The number with a point and without separated thousands; `None` where its groups are not of three digits.
    fn plain(self, cell: &str) -> Option<String> {
        let (whole, fraction) = match cell.split_once(self.decimal) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (cell, None),
        };
        let whole = match self.thousands {
            Some(mark) => {
                let mut groups = whole.split(|c| is_mark(c, mark));
                let first = groups.next().unwrap_or_default();
                let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
                let rest: Vec<&str> = groups.collect();
                let leading = first.trim_start_matches(['-', '+']);
                let in_threes = digits(leading)
                    && (1..=3).contains(&leading.len())
                    && rest.iter().all(|group| group.len() == 3 && digits(group));
                if !rest.is_empty() && !in_threes {
                    return None;
                }
                format!("{first}{}", rest.concat())
            }
            None => whole.to_owned(),
        };
        // A point left over is no mark of this file.
        let strange = |text: &str| text.contains('.');
        if strange(&whole) || fraction.is_some_and(strange) {
            return None;
        }
        Some(fraction.map_or_else(|| whole.clone(), |fraction| format!("{whole}.{fraction}")))
    }

    /// Which key would make a number of the cell, or nothing of it.
    pub(super) fn hint(self, cell: &str) -> String {
        let forms = [
            ("decimal = \",\"", ',', None),
            ("thousands = \",\"", '.', Some(',')),
            ("thousands = \" \"", '.', Some(' ')),
        ];
        let more = [
            ("decimal = \",\" and thousands = \".\"", ',', Some('.')),
            ("decimal = \",\" and thousands = \" \"", ',', Some(' ')),
            ("decimal = \",\" and thousands = \"'\"", ',', Some('\'')),
            ("thousands = \"'\"", '.', Some('\'')),
        ];
        let fits = |(_, decimal, thousands): &&(&str, char, Option<char>)| {
            let form = Self { decimal: *decimal, thousands: *thousands, no_value: &[] };
            matches!(form.read(cell), Cell::Number(_))
        };
        let found: Vec<&str> = forms.iter().chain(&more).filter(fits).map(|form| form.0).collect();
        let has_digit = cell.bytes().any(|byte| byte.is_ascii_digit());
        match &found[..] {
            // Such as inf.
            [] if cell.parse::<f64>().is_ok() => String::new(),
            [] if !has_digit => {
                let word: String = cell.chars().take(40).collect();
                format!(
                    "if it says that there is no value, write no_value = {word:?}; a row of units must go from the file"
                )
            }
            [] if cell.contains(',') || cell.chars().any(char::is_whitespace) => {
                "decimal says what separates decimals, thousands what separates groups of three digits".into()
            }
            [] => String::new(),
            [only] => format!("write {only}"),
            // A comma before three digits may be either.
            ["decimal = \",\"", "thousands = \",\"", ..] => {
                "write decimal = \",\" for a decimal comma, or thousands = \",\" where it separates thousands".into()
            }
            [first, ..] => format!("write {first}"),
        }
    }
}

/// Whether a character is the mark; typesetters have several blanks and two apostrophes.
fn is_mark(c: char, mark: char) -> bool {
    match mark {
        ' ' => matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}'),
        '\'' => matches!(c, '\'' | '\u{2019}'),
        _ => c == mark,
    }
}

/// Whether the point of the number may as well separate thousands: `1.050`, but not `0.651` nor `12345.678`.
pub(super) fn may_be_grouped(cell: &str) -> bool {
    let form = NumberForm { decimal: ',', thousands: Some('.'), no_value: &[] };
    cell.contains('.') && !cell.starts_with('0') && matches!(form.read(cell), Cell::Number(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(decimal: char, thousands: Option<char>) -> NumberForm<'static> {
        NumberForm { decimal, thousands, no_value: &[] }
    }

    #[test]
    fn marks_are_read_as_the_keys_say_and_groups_have_three_digits() {
        for (decimal, thousands, cell, number) in [
            (',', None, "0,5", 0.5),
            (',', Some('.'), "-1.234.567,25", -1_234_567.25),
            ('.', Some(','), "1,234.5", 1234.5),
            ('.', Some(' '), "1\u{202f}234\u{a0}567", 1_234_567.0),
            (',', Some('\''), "12\u{2019}345,5", 12_345.5),
            ('.', Some(','), "12", 12.0),
            (',', Some('.'), "1,5e3", 1500.0),
        ] {
            assert_eq!(form(decimal, thousands).read(cell), Cell::Number(number), "{cell}");
        }
        for (decimal, thousands, cell) in [
            (',', None, "0.5"),
            (',', Some('.'), "1.05"),
            ('.', Some(','), "1,23,456"),
            ('.', Some(' '), "1\u{202f}00.500"),
            ('.', Some(','), "1234,567"),
            (',', Some('.'), "1,050.5"),
        ] {
            assert_eq!(form(decimal, thousands).read(cell), Cell::NoNumber, "{cell}");
        }
    }

    /// Whoever follows the hint gets a number.
    #[test]
    fn the_hint_names_the_key() {
        let plain = form('.', None);
        for (cell, hint) in [
            ("0,5", "write decimal = \",\""),
            ("1.234,5", "write decimal = \",\" and thousands = \".\""),
            ("1,234.5", "write thousands = \",\""),
            ("1 234.5", "write thousands = \" \""),
            ("1 234,5", "write decimal = \",\" and thousands = \" \""),
            ("1'234.5", "write thousands = \"'\""),
        ] {
            assert_eq!(plain.hint(cell), hint);
        }
        assert!(plain.hint("1,239").contains("or thousands"));
        assert!(plain.hint("unavailable").contains("no_value = \"unavailable\""));
        assert_eq!(
            ["1.050", "0.651", "12345.678", "1.05", "1.234.567"].map(may_be_grouped),
            [true, false, false, false, true]
        );
    }
}
