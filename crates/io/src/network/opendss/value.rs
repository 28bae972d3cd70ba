//! Values of properties: words, numbers with arithmetic in postfix notation, arrays and matrices.

/// The lines of a script without comments, each with its number from 1 on.
pub(super) fn lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut in_block = false;
    for (i, line) in text.lines().enumerate() {
        let mut kept = String::new();
        let mut rest = line;
        while !rest.is_empty() {
            if in_block {
                match rest.find("*/") {
                    Some(end) => (rest, in_block) = (&rest[end + 2..], false),
                    None => break,
                }
                continue;
            }
            let ends = [rest.find('!'), rest.find("//")].into_iter().flatten().min().unwrap_or(rest.len());
            match rest.find("/*").filter(|at| *at < ends) {
                Some(at) => {
                    kept.push_str(&rest[..at]);
                    (rest, in_block) = (&rest[at + 2..], true);
                }
                None => {
                    kept.push_str(&rest[..ends]);
                    break;
                }
            }
        }
        if !kept.trim().is_empty() {
            lines.push((i + 1, kept.trim().to_owned()));
        }
    }
    lines
}

/// `name=value` pairs and bare values of a command, in their order; a name is in lower case.
pub(super) fn parts(text: &str) -> Vec<(Option<String>, String)> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start_matches(is_separator);
    while !rest.is_empty() {
        let (word, after) = word(rest);
        let after = after.trim_start();
        match after.strip_prefix('=') {
            Some(value) => {
                let (value, after) = self::word(value.trim_start());
                parts.push((Some(word.to_lowercase()), value.to_owned()));
                rest = after.trim_start_matches(is_separator);
            }
            None => {
                parts.push((None, word.to_owned()));
                rest = after.trim_start_matches(is_separator);
            }
        }
    }
    parts
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || c == ','
}

/// The first word of a text, without the marks that quote it, and what follows.
fn word(text: &str) -> (&str, &str) {
    let closing = match text.chars().next() {
        Some('(') => ')',
        Some('[') => ']',
        Some('{') => '}',
        Some('"') => '"',
        Some('\'') => '\'',
        _ => {
            let end = text.find(|c: char| is_separator(c) || c == '=').unwrap_or(text.len());
            return text.split_at(end);
        }
    };
    match text[1..].find(closing) {
        Some(end) => (&text[1..=end], &text[end + 2..]),
        None => (&text[1..], ""),
    }
}

/// A number, or arithmetic in postfix notation such as `8 1000 /`.
pub(super) fn number(text: &str) -> Option<f64> {
    let mut stack: Vec<f64> = Vec::new();
    for word in text.split(is_separator).filter(|word| !word.is_empty()) {
        if let Ok(number) = word.parse::<f64>() {
            stack.push(number);
            continue;
        }
        let top = stack.pop()?;
        let result = match word.to_lowercase().as_str() {
            "sqrt" => top.sqrt(),
            "sqr" => top * top,
            "inv" => 1.0 / top,
            operator => {
                let below = stack.pop()?;
                match operator {
                    "+" => below + top,
                    "-" => below - top,
                    "*" => below * top,
                    "/" => below / top,
                    "^" => below.powf(top),
                    _ => return None,
                }
            }
        };
        stack.push(result);
    }
    match stack[..] {
        [number] if number.is_finite() => Some(number),
        _ => None,
    }
}

/// A list of words; parts in marks of their own are one word.
pub(super) fn words(text: &str) -> Vec<String> {
    parts(text).into_iter().map(|(_, word)| word).collect()
}

/// A list of numbers.
pub(super) fn numbers(text: &str) -> Option<Vec<f64>> {
    words(text).iter().map(|word| number(word)).collect()
}

/// A symmetric matrix of `n` rows, whole or its lower triangle, rows parted by `|`.
pub(super) fn matrix(text: &str, n: usize) -> Option<Vec<Vec<f64>>> {
    let rows: Option<Vec<Vec<f64>>> = text.split('|').map(numbers).collect();
    let rows = rows.filter(|rows| rows.len() == n)?;
    let is_triangle = rows.iter().enumerate().all(|(i, row)| row.len() == i + 1);
    let is_whole = rows.iter().all(|row| row.len() == n);
    if !is_triangle && !is_whole {
        return None;
    }
    Some((0..n).map(|i| (0..n).map(|j| if j <= i || is_whole { rows[i][j] } else { rows[j][i] }).collect()).collect())
}

/// Yes or no.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.to_lowercase().chars().next() {
        Some('y' | 't') => Some(true),
        Some('n' | 'f') => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_quotes_and_arithmetic_are_read() {
        let text = "a b ! no\n/* c\n d */ e // no\n\nnew x";
        assert_eq!(lines(text), [(1, "a b".into()), (3, "e".into()), (5, "new x".into())]);
        let found = parts("New Line.1 Bus1 = a.1.2, r=(8 1000 /) kVs=[7.2 .12]");
        let pair = |name: &str, value: &str| (Some(name.to_owned()), value.to_owned());
        let bare = |value: &str| (None, value.to_owned());
        let expected =
            [bare("New"), bare("Line.1"), pair("bus1", "a.1.2"), pair("r", "8 1000 /"), pair("kvs", "7.2 .12")];
        assert_eq!(found, expected);
        assert_eq!((number("8 1000 /"), number("115 3 sqrt /").map(f64::round)), (Some(0.008), Some(66.0)));
        assert_eq!((number("1 2"), number("+"), number("x")), (None, None, None));
        let triangle = matrix("1 | 2 3 | 4 5 6", 3).unwrap();
        assert_eq!(triangle, matrix("1 2 4 | 2 3 5 | 4 5 6", 3).unwrap());
        assert_eq!(matrix("1 2 | 3", 2), None);
    }
}
