//! Rainflow counting a point at a time: which cycles a series of levels is made of.
//!
//! # Model
//! ASTM E1049-85 (2017) §5.4.4, three-point rule: of the last three reversals let Y be the range between the first two and X
//! that between the last two. While X ≥ Y, Y is a cycle: half a one where it holds the starting point, which is then
//! dropped; a whole one else, and both its reversals go. What is left at the end are half cycles. Counted as the points
//! come, the open reversals are all that is kept: their ranges shrink from the first to the last, so they stay few.

use alloc::vec::Vec;

/// A cycle, or half of one, in the unit of the series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cycle {
    /// Distance between its two reversals, at least 0.
    pub range: f64,
    /// Middle of its two reversals.
    pub mean: f64,
    /// 1, or 0.5 for half a cycle.
    pub count: f64,
}

impl Cycle {
    fn between(a: f64, b: f64, count: f64) -> Self {
        Self { range: (b - a).abs(), mean: 0.5 * (a + b), count }
    }
}

/// A count under way; about 1 to 10 ns a point.
///
/// # Examples
/// The sequence of the standard's figure 6:
/// ```
/// use microgrid_core::storage::{Cycle, Rainflow};
///
/// let (mut count, mut cycles) = (Rainflow::default(), Vec::new());
/// for level in [-2.0, 1.0, -3.0, 5.0, -1.0, 3.0, -4.0, 4.0, -2.0] {
///     count.push(level, |cycle| cycles.push(cycle));
/// }
/// count.open(|cycle| cycles.push(cycle));
/// let of_range = |range| cycles.iter().filter(|cycle| cycle.range == range).map(|cycle| cycle.count).sum::<f64>();
/// assert_eq!([3.0, 4.0, 6.0, 8.0, 9.0].map(of_range), [0.5, 1.5, 0.5, 1.0, 0.5]);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Rainflow {
    /// Reversals whose cycles are open, the starting point first.
    reversals: Vec<f64>,
    /// The latest level, a reversal once the series turns.
    last: f64,
}

impl Rainflow {
    /// Room for so many open reversals before anything is allocated.
    #[must_use]
    pub fn with_room(reversals: usize) -> Self {
        Self { reversals: Vec::with_capacity(reversals), last: 0.0 }
    }

    /// Makes room for so many more open reversals.
    pub(crate) fn reserve(&mut self, reversals: usize) {
        self.reversals.reserve(reversals);
    }

    /// Takes the next level and shows the cycles that it closes.
    #[inline]
    pub fn push(&mut self, level: f64, mut closed: impl FnMut(Cycle)) {
        let Some(&before) = self.reversals.last() else {
            self.reversals.push(level);
            self.last = level;
            return;
        };
        let last = self.last;
        self.last = level;
        if (last > before && level < last) || (last < before && level > last) {
            self.reversals.push(last);
            close(&mut self.reversals, &mut closed);
        }
    }

    /// Shows what would be counted if the series ended here beyond the cycles that are closed: half cycles, but for those
    /// that the latest level closes.
    pub fn open(&self, mut counted: impl FnMut(Cycle)) {
        let mut reversals = self.reversals.clone();
        if reversals.last().is_some_and(|before| *before != self.last) {
            reversals.push(self.last);
            close(&mut reversals, &mut counted);
        }
        for pair in reversals.windows(2) {
            counted(Cycle::between(pair[0], pair[1], 0.5));
        }
    }

    /// Forgets all levels, as where the battery is replaced.
    pub fn clear(&mut self) {
        self.reversals.clear();
        self.last = 0.0;
    }

    /// The open reversals and the latest level, for snapshots.
    pub(crate) fn levels(&self) -> (&[f64], f64) {
        (&self.reversals, self.last)
    }

    /// Goes on from levels of [`Rainflow::levels`].
    pub(crate) fn restore(&mut self, reversals: impl Iterator<Item = f64>, last: f64) {
        self.reversals.clear();
        self.reversals.extend(reversals);
        self.last = last;
    }
}

/// Counts and drops what the last reversal closes.
fn close(reversals: &mut Vec<f64>, closed: &mut impl FnMut(Cycle)) {
    while let [.., a, b, c] = reversals[..] {
        if (c - b).abs() < (b - a).abs() {
            break;
        }
        if reversals.len() == 3 {
            closed(Cycle::between(a, b, 0.5));
            reversals.remove(0);
        } else {
            closed(Cycle::between(a, b, 1.0));
            let kept = reversals.len() - 2;
            reversals[kept - 1] = c;
            reversals.truncate(kept);
        }
    }
}
