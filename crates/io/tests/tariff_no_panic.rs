//! No text makes the tariff reader panic, and what it refuses it gives a reason for.

use microgrid_io::tariff::{Customer, read_tariff_file};
use microgrid_io::time::Clock;

const TEXTS: [&str; 4] = [
    include_str!("../src/tariff/example.toml"),
    include_str!("../../../seeds/industrial-park/tariff/jiangsu-2025.toml"),
    include_str!("../../../tests/data/tariff/pge_a10_tou_aug_2019.json"),
    include_str!("../../../tests/data/tariff/urdb_time_of_use_demand.json"),
];

/// Pieces that look like they belong, and do not.
const PIECES: [&str; 20] = [
    "-1",
    "0",
    "1e400",
    "nan",
    "\"\"",
    "[]",
    "{}",
    "\"24:00-00:00\"",
    "\"12-31 to 01-01\"",
    "13",
    "99999999999999999999",
    "true",
    "[[hours]]\n",
    "[float]\n",
    "peak",
    "\"268-01\"",
    "2025-02-30",
    "null",
    "8.51",
    ",",
];

/// Xorshift (Marsaglia 2003).
fn draw(state: &mut u64, below: usize) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state % below as u64) as usize
}

fn mutated(text: &str, state: &mut u64) -> String {
    let mut tokens: Vec<&str> = text.split_inclusive([' ', '\n', ',', '[', ']', '{', '}']).collect();
    for _ in 0..1 + draw(state, 3) {
        let at = draw(state, tokens.len());
        match draw(state, 4) {
            0 => {
                tokens.remove(at);
            }
            1 => tokens[at] = PIECES[draw(state, PIECES.len())],
            2 => tokens.insert(at, PIECES[draw(state, PIECES.len())]),
            _ => {
                let other = draw(state, tokens.len());
                tokens.swap(at, other);
            }
        }
    }
    tokens.concat()
}

#[test]
fn mutated_texts_are_read_or_refused_with_reasons() {
    let clocks = [
        Clock::of_days("Asia/Shanghai", "2025-06-20", 1800, 14).unwrap(),
        Clock::of_days("Australia/Lord_Howe", "2024-04-05", 1800, 3).unwrap(),
    ];
    let (mut read, mut refused, mut state) = (0, 0, 0x2545_f491_4f6c_dd1d);
    for round in 0..4000 {
        let text = mutated(TEXTS[round % TEXTS.len()], &mut state);
        let clock = &clocks[draw(&mut state, clocks.len())];
        match read_tariff_file(&text, "mutated", clock, &Customer::default()) {
            Ok(_) => read += 1,
            Err(problems) => {
                assert!(!problems.is_empty(), "refused without a reason:\n{text}");
                refused += 1;
            }
        }
    }
    assert!(read > 100 && refused > 1000, "{read} read, {refused} refused: the mutations are too tame or too wild");
}
