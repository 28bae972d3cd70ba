//! The value of stored energy as a list of slopes: the state of the backward sweep.
//!
//! The cost-to-go V is convex and piecewise linear over the level, counted from the storage's floor. It is kept as
//! pieces of falling *value* −V′ (money per stored kWh) with their lengths in kWh. Its constant is not kept: costs are
//! summed forwards along the plan, where nothing cancels.

use alloc::vec::Vec;

/// A stretch of the level over which a stored kWh has one value.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Piece {
    pub(super) value: f64,
    pub(super) length: f64,
}

/// Pieces of falling value, from the empty storage (`head`) to the full one (`tail`), in the middle of a buffer.
#[derive(Debug, Clone, Default)]
pub(super) struct SlopeList {
    pieces: Vec<Piece>,
    head: usize,
    tail: usize,
    span: f64,
}

impl SlopeList {
    /// Makes room for lists of up to `pieces`: the buffer is at most eight times as long as the list. Room that no list
    /// needs is never touched.
    pub(super) fn reserve(&mut self, pieces: usize) {
        self.pieces.reserve((8 * pieces).max(64));
    }

    /// Starts again with pieces over `span` kWh: `value` up to `level`, zero value or `beyond` above it.
    pub(super) fn reset(&mut self, span: f64, level: f64, value: f64, beyond: f64) {
        if self.pieces.len() < 64 {
            self.pieces.resize(64, Piece::default());
        }
        self.span = span;
        self.head = self.pieces.len() / 2;
        self.tail = self.head;
        if level > 0.0 {
            self.pieces[self.tail] = Piece { value, length: level };
            self.tail += 1;
        }
        if span > level {
            self.pieces[self.tail] = Piece { value: beyond, length: span - level };
            self.tail += 1;
        }
    }

    /// The pieces, and the span they cover.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces[self.head..self.tail]
    }

    pub(super) fn span(&self) -> f64 {
        self.span
    }

    /// Starts again with `count` pieces over the same span.
    pub(super) fn set(&mut self, pieces: impl Iterator<Item = Piece>, count: usize) {
        if self.pieces.len() < 4 * count {
            self.pieces.resize(8 * count, Piece::default());
        }
        self.head = (self.pieces.len() - count) / 2;
        self.tail = self.head;
        for piece in pieces {
            self.pieces[self.tail] = piece;
            self.tail += 1;
        }
    }

    /// Lets the step charge up to `length` kWh at `slope` money per kWh stored: V becomes min over the charge.
    ///
    /// That is: merge the slope into the list, then trim `length` from the low end. Returns the level up to which
    /// charging at this slope pays. Calls for one step go from the highest slope to the lowest: then what an earlier
    /// call moved lies above the next slope both before and after, and the returned levels are those of the list
    /// before the step.
    #[inline]
    pub(super) fn charge(&mut self, slope: f64, length: f64) -> f64 {
        let pieces = &mut self.pieces[..self.tail];
        let mut above = 0.0;
        let mut i = self.head;
        while i < pieces.len() && pieces[i].value > slope {
            above += pieces[i].length;
            i += 1;
        }
        if i == self.head {
            return 0.0;
        }
        if above <= length {
            if i < pieces.len() && pieces[i].value == slope {
                pieces[i].length += above;
                self.head = i;
            } else {
                pieces[i - 1] = Piece { value: slope, length: above };
                self.head = i - 1;
            }
        } else {
            self.charge_below(slope, length, i);
        }
        if i == self.tail { self.span } else { above }
    }

    /// Trims `length` at the head and puts it back before piece `end` with the value `slope`.
    fn charge_below(&mut self, slope: f64, length: f64, mut end: usize) {
        let mut rest = length;
        while self.head + 1 < end && self.pieces[self.head].length <= rest {
            rest -= self.pieces[self.head].length;
            self.head += 1;
        }
        self.pieces[self.head].length -= rest;
        if end < self.tail && self.pieces[end].value == slope {
            self.pieces[end].length += length;
            return;
        }
        if self.head == 0 {
            end = end.wrapping_add(self.make_room());
        }
        self.pieces.copy_within(self.head..end, self.head - 1);
        self.head -= 1;
        self.pieces[end - 1] = Piece { value: slope, length };
    }

    /// Lets the step discharge up to `length` kWh at `slope` money per kWh taken: the mirror of [`Self::charge`].
    ///
    /// Returns the level down to which discharging at this slope pays. Calls for one step go from the lowest slope up.
    #[inline]
    pub(super) fn discharge(&mut self, slope: f64, length: f64) -> f64 {
        let pieces = &mut self.pieces[self.head..self.tail];
        let mut below = 0.0;
        let mut i = pieces.len();
        while i > 0 && pieces[i - 1].value < slope {
            below += pieces[i - 1].length;
            i -= 1;
        }
        if i == pieces.len() {
            return self.span;
        }
        let first = self.head + i;
        if below <= length {
            if i > 0 && pieces[i - 1].value == slope {
                pieces[i - 1].length += below;
                self.tail = first;
            } else {
                pieces[i] = Piece { value: slope, length: below };
                self.tail = first + 1;
            }
        } else {
            self.discharge_above(slope, length, first);
        }
        if i == 0 { 0.0 } else { self.span - below }
    }

    /// Trims `length` at the tail and puts it back at piece `first` with the value `slope`.
    fn discharge_above(&mut self, slope: f64, length: f64, mut first: usize) {
        let mut rest = length;
        while first + 1 < self.tail && self.pieces[self.tail - 1].length <= rest {
            rest -= self.pieces[self.tail - 1].length;
            self.tail -= 1;
        }
        self.pieces[self.tail - 1].length -= rest;
        if first > self.head && self.pieces[first - 1].value == slope {
            self.pieces[first - 1].length += length;
            return;
        }
        if self.tail == self.pieces.len() {
            first = first.wrapping_add(self.make_room());
        }
        self.pieces.copy_within(first..self.tail, first + 1);
        self.tail += 1;
        self.pieces[first] = Piece { value: slope, length };
    }

    /// Moves the list to the middle of a buffer with room on both sides; returns by how much indices grew, modulo 2⁶⁴.
    #[cold]
    fn make_room(&mut self) -> usize {
        let count = self.tail - self.head;
        let size = if 4 * count > self.pieces.len() { 2 * self.pieces.len() } else { self.pieces.len() };
        if size > self.pieces.len() {
            self.pieces.resize(size, Piece::default());
        }
        let head = (size - count) / 2;
        self.pieces.copy_within(self.head..self.tail, head);
        let moved = head.wrapping_sub(self.head);
        self.head = head;
        self.tail = head + count;
        moved
    }

    /// Self-discharge before the step: the level x after the leak is `keep` times the level before, so values shrink
    /// by `keep`, lengths grow, and what lies above `keep · span` is never reached.
    ///
    /// The list is cut by its distance from the empty end, so that it is `span` long again. Cut by what goes at the full
    /// end, a rounding in its length would grow by 1/keep in every step.
    pub(super) fn leak(&mut self, keep: f64) {
        let top = keep * self.span;
        let grow = 1.0 / keep;
        let mut from = 0.0;
        for i in self.head..self.tail {
            let piece = &mut self.pieces[i];
            let is_last = from + piece.length >= top || i + 1 == self.tail;
            if is_last {
                piece.length = top - from;
            }
            from += piece.length;
            piece.value *= keep;
            piece.length *= grow;
            if is_last {
                self.tail = i + 1;
                return;
            }
        }
    }

    /// Adds `price` to the value of every kWh below `level`.
    pub(super) fn lift(&mut self, level: f64, price: f64) {
        let mut from = 0.0;
        let mut i = self.head;
        while i < self.tail && from < level {
            let length = self.pieces[i].length;
            if from + length > level {
                let part = level - from;
                if self.head == 0 {
                    i = i.wrapping_add(self.make_room());
                }
                self.pieces.copy_within(self.head..i, self.head - 1);
                self.head -= 1;
                let value = self.pieces[i].value;
                self.pieces[i - 1] = Piece { value: value + price, length: part };
                self.pieces[i].length = length - part;
                return;
            }
            self.pieces[i].value += price;
            from += length;
            i += 1;
        }
    }

    /// Value of the first stored kWh, and of the last.
    pub(super) fn ends(&self) -> (f64, f64) {
        match &self.pieces[self.head..self.tail] {
            [] => (0.0, 0.0),
            [only] => (only.value, only.value),
            [first, .., last] => (first.value, last.value),
        }
    }

    /// Value of the last kWh below `level`, above 0.
    pub(super) fn value_below(&self, level: f64) -> f64 {
        let mut top = 0.0;
        for piece in &self.pieces[self.head..self.tail] {
            top += piece.length;
            if level <= top {
                return piece.value;
            }
        }
        self.ends().1
    }

    /// Value of the next kWh at `level` (of the last one at the top).
    pub(super) fn value_at(&self, level: f64) -> f64 {
        let pieces = &self.pieces[self.head..self.tail];
        let mut top = 0.0;
        for piece in pieces {
            top += piece.length;
            if level < top {
                return piece.value;
            }
        }
        pieces.last().map_or(0.0, |piece| piece.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn shape(list: &SlopeList) -> Vec<(f64, f64)> {
        list.pieces[list.head..list.tail].iter().map(|p| (p.value, p.length)).collect()
    }

    #[test]
    fn charging_replaces_the_dearest_value_first() {
        let mut list = SlopeList::default();
        list.reset(10.0, 4.0, 3.0, 1.0);
        assert_eq!(list.charge(2.0, 3.0), 4.0);
        assert_eq!(shape(&list), vec![(3.0, 1.0), (2.0, 3.0), (1.0, 6.0)]);
        assert_eq!(list.charge(0.5, 100.0), 10.0);
        assert_eq!(shape(&list), vec![(0.5, 10.0)]);
        assert_eq!(list.charge(0.5, 100.0), 0.0);
    }

    #[test]
    fn discharging_lifts_the_cheapest_value_first() {
        let mut list = SlopeList::default();
        list.reset(10.0, 4.0, 3.0, 1.0);
        assert_eq!(list.discharge(2.0, 5.0), 4.0);
        assert_eq!(shape(&list), vec![(3.0, 4.0), (2.0, 5.0), (1.0, 1.0)]);
        assert_eq!(list.discharge(2.0, 5.0), 9.0);
        assert_eq!(shape(&list), vec![(3.0, 4.0), (2.0, 6.0)]);
    }

    #[test]
    fn room_is_made_at_both_ends() {
        let mut list = SlopeList::default();
        list.reset(1000.0, 500.0, 1e6, 0.0);
        for i in 0..400 {
            list.charge(f64::from(i) + 0.5, 0.25);
            list.discharge(f64::from(400 - i), 0.125);
        }
        let all = shape(&list);
        assert!(all.windows(2).all(|w| w[0].0 > w[1].0), "values must fall");
        assert!((all.iter().map(|p| p.1).sum::<f64>() - 1000.0).abs() < 1e-9);
    }

    #[test]
    fn lifting_splits_the_piece_at_the_level() {
        let mut list = SlopeList::default();
        list.reset(10.0, 0.0, 0.0, 1.0);
        list.lift(3.0, 5.0);
        assert_eq!(shape(&list), vec![(6.0, 3.0), (1.0, 7.0)]);
        list.leak(0.5);
        assert_eq!(shape(&list), vec![(3.0, 6.0), (0.5, 4.0)]);
    }
}
