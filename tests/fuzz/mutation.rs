//! Damage done to texts: what a typing error, a broken download or an adversary does to a file.

/// Numbers at the edges of what readers and physics expect.
const NUMBERS: [&str; 24] = [
    "0",
    "-0",
    "1",
    "-1",
    "0.5",
    "1e-300",
    "1e300",
    "-1e300",
    "1e12",
    "1e9",
    "4294967295",
    "4294967296",
    "-5",
    "99",
    "24",
    "60",
    "3600",
    "86400",
    "8760",
    "0.999999999999",
    "nan",
    "inf",
    "1e",
    "0x10",
];

/// Pieces that files of these kinds may hold where they should not.
const PIECES: [&str; 16] = [
    "\u{0}",
    "\u{feff}",
    "\u{1b}[2J",
    "\"",
    "'",
    ",",
    ";",
    "[",
    "]",
    "[[",
    "{",
    "=",
    "\n",
    "\r\n",
    "é园",
    "=cmd|' /C calc'!A0",
];

/// Numbers by splitmix64 (Steele, Lea and Flood 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, below: usize) -> usize {
        (self.bits() % below.max(1) as u64) as usize
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, values: &[&'a T]) -> &'a T {
        values[self.below(values.len())]
    }
}

/// `text` with one to three kinds of damage, one in half of the cases.
pub(crate) fn damaged(text: &str, random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..[1, 1, 2, 3][random.below(4)] {
        text = match random.below(10) {
            // Most cases keep the form, so that they reach what stands behind the reader.
            0..=4 => number_replaced(&text, random),
            5 => line_moved(&text, random),
            6 => line_lost_or_doubled(&text, random),
            7 => cut(&text, random),
            _ => piece_put(&text, random),
        };
    }
    text
}

/// `text` with one to three of its numbers others, and nothing else changed.
pub(crate) fn renumbered(text: &str, random: &mut Random) -> String {
    (0..1 + random.below(3)).fold(text.to_owned(), |text, _| number_replaced(&text, random))
}

fn number_replaced(text: &str, random: &mut Random) -> String {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let starts: Vec<usize> = text
        .char_indices()
        .filter(|(at, c)| {
            c.is_ascii_digit() && !text[..*at].ends_with(|c: char| is_part(c) || c.is_alphabetic() || c == '_')
        })
        .map(|(at, _)| at)
        .collect();
    if starts.is_empty() {
        return text.to_owned();
    }
    let start = starts[random.below(starts.len())];
    let end = text[start..].find(|c| !is_part(c)).map_or(text.len(), |length| start + length);
    let scaled = text[start..end].parse::<f64>().map(|number| number * [0.1, 0.5, 2.0, 10.0][random.below(4)]);
    let number = match scaled {
        Ok(scaled) if random.below(2) == 0 => scaled.to_string(),
        _ => random.pick(&NUMBERS).to_owned(),
    };
    format!("{}{number}{}", &text[..start], &text[end..])
}

fn line_moved(text: &str, random: &mut Random) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (from, to) = (random.below(lines.len()), random.below(lines.len()));
    if !lines.is_empty() {
        lines.swap(from, to);
    }
    lines.concat()
}

fn line_lost_or_doubled(text: &str, random: &mut Random) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.is_empty() {
        return String::new();
    }
    let at = random.below(lines.len());
    if random.below(2) == 0 {
        lines.remove(at);
    } else {
        lines.insert(at, lines[at]);
    }
    lines.concat()
}

fn cut(text: &str, random: &mut Random) -> String {
    let (from, length) = (border(text, random), random.below(60));
    let to = (from..=text.len()).find(|at| *at >= from + length && text.is_char_boundary(*at)).unwrap_or(text.len());
    format!("{}{}", &text[..from], &text[to..])
}

fn piece_put(text: &str, random: &mut Random) -> String {
    let at = border(text, random);
    format!("{}{}{}", &text[..at], random.pick(&PIECES), &text[at..])
}

fn border(text: &str, random: &mut Random) -> usize {
    let at = random.below(text.len() + 1);
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
