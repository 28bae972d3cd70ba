//! Convex piecewise linear functions as corners.

use alloc::vec::Vec;

/// The corners of a convex piecewise linear function, by ascending argument; constant where there is one.
pub(super) type Corners = Vec<(f64, f64)>;

/// The value at `x`; that of the nearest end outside.
pub(super) fn value_at(corners: &[(f64, f64)], x: f64) -> f64 {
    let after = corners.partition_point(|corner| corner.0 < x);
    match (after.checked_sub(1).map(|before| corners[before]), corners.get(after)) {
        (Some(before), Some(after)) => {
            let part = (x - before.0) / (after.0 - before.0);
            before.1 + part * (after.1 - before.1)
        }
        (Some(end), None) => end.1,
        (None, Some(end)) => end.1,
        (None, None) => 0.0,
    }
}

/// V(s) = min over Δ of `cost`(Δ) + `next`(`keep`·s + Δ), for levels from 0 to the last corner of `next`.
///
/// As a function of `keep`·s it is the infimal convolution of `next` and the mirrored `cost`: their straight pieces in
/// the order of their slopes. `cost` must reach from a change of at most 0 to one of at least 0.
pub(super) fn carried_back(cost: &[(f64, f64)], next: &[(f64, f64)], keep: f64, out: &mut Corners) {
    out.clear();
    let (Some(&last_cost), Some(&first), Some(&end)) = (cost.last(), next.first(), next.last()) else { return };
    let top = keep * end.0;
    let (mut x, mut y) = (first.0 - last_cost.0, first.1 + last_cost.1);
    let (mut i, mut j) = (0, cost.len() - 1);
    if x >= 0.0 {
        out.push((0.0, y));
    }
    while x < top || out.is_empty() {
        let of_next = next.get(i + 1).map(|after| (after.0 - next[i].0, after.1 - next[i].1));
        let of_cost = (j > 0).then(|| (cost[j].0 - cost[j - 1].0, cost[j - 1].1 - cost[j].1));
        let (length, rise) = match (of_next, of_cost) {
            // Of two slopes rise/length the smaller.
            (Some(a), Some(b)) if a.1 * b.0 <= b.1 * a.0 => a,
            (Some(a), None) => a,
            (_, Some(b)) => b,
            (None, None) => break,
        };
        if of_next == Some((length, rise)) {
            i += 1;
        } else {
            j -= 1;
        }
        let (end_x, end_y) = (x + length, y + rise);
        if x < 0.0 && end_x >= 0.0 {
            out.push((0.0, y + rise * (-x / length)));
        }
        if end_x > 0.0 && top > 0.0 {
            let part = if end_x >= top { (top - x) / length } else { 1.0 };
            out.push((end_x.min(top), y + rise * part));
        }
        (x, y) = (end_x, end_y);
    }
    match out.last_mut() {
        // Rounding may end the pieces a hair below the top.
        Some(last) if top > 0.0 => last.0 = top,
        Some(_) => {}
        None => out.push((0.0, y)),
    }
    out.iter_mut().for_each(|corner| corner.0 /= keep);
    if let Some(last) = out.last_mut() {
        last.0 = end.0;
    }
    keep_convex(out);
}

/// Drops the corners that are not below the line between their neighbours. Pieces of a rounding's length have slopes of
/// any size, and one of them out of order would hide all that come after it from the next step's merge.
fn keep_convex(corners: &mut Corners) {
    let mut kept = 0;
    for i in 0..corners.len() {
        let corner = corners[i];
        if kept > 0 && corner.0 <= corners[kept - 1].0 {
            continue;
        }
        while kept > 1 && !turns_up(corners[kept - 2], corners[kept - 1], corner) {
            kept -= 1;
        }
        corners[kept] = corner;
        kept += 1;
    }
    corners.truncate(kept);
}

/// Whether the way over `before` and `last` on to `corner` turns upwards at `last`.
fn turns_up(before: (f64, f64), last: (f64, f64), corner: (f64, f64)) -> bool {
    (last.0 - before.0) * (corner.1 - before.1) - (last.1 - before.1) * (corner.0 - before.0) > 0.0
}

/// The convex envelope of the smaller of `a` and `b` + `shift`, both over the same stretch.
pub(super) fn envelope(a: &[(f64, f64)], b: &[(f64, f64)], shift: f64, out: &mut Corners) {
    out.clear();
    let (mut i, mut j) = (0, 0);
    loop {
        let corner = match (a.get(i), b.get(j)) {
            (Some(&x), Some(&y)) if x.0 < y.0 || (x.0 == y.0 && x.1 <= y.1 + shift) => {
                i += 1;
                x
            }
            (Some(&x), None) => {
                i += 1;
                x
            }
            (_, Some(&y)) => {
                j += 1;
                (y.0, y.1 + shift)
            }
            (None, None) => break,
        };
        // Of two corners at one place the lower comes first.
        if out.last().is_some_and(|last| last.0 == corner.0) {
            continue;
        }
        while matches!(out.as_slice(), [.., before, last] if !turns_up(*before, *last, corner)) {
            out.pop();
        }
        out.push(corner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Random(u64);

    impl Random {
        fn unit(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64
        }

        /// Rising slopes from `from` on.
        fn convex(&mut self, from: f64, pieces: usize) -> Corners {
            let (mut corners, mut slope) = (alloc::vec![(from, self.unit())], -2.0);
            for _ in 0..pieces {
                slope += self.unit();
                let (x, y) = corners[corners.len() - 1];
                let length = 0.1 + self.unit();
                corners.push((x + length, y + slope * length));
            }
            corners
        }
    }

    #[test]
    fn carrying_back_is_the_least_over_all_changes() {
        let random = &mut Random(3);
        for _ in 0..300 {
            let pieces = |random: &mut Random| 1 + (4.0 * random.unit()) as usize;
            let of_next = pieces(random);
            let next = random.convex(0.0, of_next);
            let cost = {
                let of_cost = pieces(random);
                let mut cost = random.convex(0.0, of_cost);
                let middle = cost.last().unwrap().0 * random.unit();
                cost.iter_mut().for_each(|corner| corner.0 -= middle);
                cost
            };
            let keep = 0.5 + 0.5 * random.unit();
            let mut found = Corners::new();
            carried_back(&cost, &next, keep, &mut found);
            let span = next.last().unwrap().0;
            assert_eq!((found[0].0, found.last().unwrap().0), (0.0, span));
            for k in 0..=20 {
                let level = span * f64::from(k) / 20.0;
                let reach = |change: f64| (-1e-12..=span + 1e-12).contains(&(keep * level + change));
                let changes = cost.iter().map(|corner| corner.0).chain(next.iter().map(|n| n.0 - keep * level));
                let inside = changes.filter(|d| (cost[0].0..=cost.last().unwrap().0).contains(d) && reach(*d));
                let least = inside
                    .map(|change| value_at(&cost, change) + value_at(&next, keep * level + change))
                    .fold(f64::INFINITY, f64::min);
                assert!((value_at(&found, level) - least).abs() < 1e-9, "{level}: {found:?} {least}");
            }
        }
    }

    /// Steps of like powers leave pieces of a rounding's length; whatever they are, V stays convex and at the minimum.
    #[test]
    fn many_steps_back_stay_convex() {
        let random = &mut Random(3);
        for chain in 0..200 {
            let keep = if chain % 2 == 0 { 1.0 } else { 1.0 - 4.2e-7 };
            let (discharge, charge, span) = (42.951_025_334_581_495, 10.653_253_222_754_799, 73.815_671_910_566_35);
            let (mut next, mut found) = (alloc::vec![(0.0, 0.0), (span, -0.4 * span)], Corners::new());
            for _ in 0..48 {
                let (part, middle) = (random.unit() * charge, 0.6 * random.unit());
                let charged = middle * part + (middle + 0.2) * (charge - part);
                let discharged = (-discharge, -(middle - 0.1) * discharge);
                let cost = [discharged, (0.0, 0.0), (part, middle * part), (charge, charged)];
                carried_back(&cost, &next, keep, &mut found);
                for k in 0..=20 {
                    let level = span * f64::from(k) / 20.0;
                    let reach =
                        |d: &f64| (-discharge..=charge).contains(d) && (0.0..=span).contains(&(keep * level + d));
                    let changes = cost.iter().map(|c| c.0).chain(next.iter().map(|n| n.0 - keep * level));
                    let costs = changes.filter(reach).map(|d| value_at(&cost, d) + value_at(&next, keep * level + d));
                    let least = costs.fold(f64::INFINITY, f64::min);
                    assert!((value_at(&found, level) - least).abs() < 1e-9, "{level}: {found:?} {least}");
                }
                core::mem::swap(&mut next, &mut found);
            }
        }
    }

    #[test]
    fn the_envelope_is_convex_below_both_and_touches_them() {
        let random = &mut Random(5);
        for _ in 0..300 {
            let a = random.convex(0.0, 3);
            let span = a.last().unwrap().0;
            let mut b = random.convex(0.0, 3);
            let stretch = span / b.last().unwrap().0;
            b.iter_mut().for_each(|corner| corner.0 *= stretch);
            b.last_mut().unwrap().0 = span;
            let (mut out, shift) = (Corners::new(), random.unit() - 0.5);
            envelope(&a, &b, shift, &mut out);
            for k in 0..=50 {
                let x = span * f64::from(k) / 50.0;
                let least = value_at(&a, x).min(value_at(&b, x) + shift);
                assert!(value_at(&out, x) <= least + 1e-12);
            }
            for corner in &out {
                assert!((value_at(&a, corner.0).min(value_at(&b, corner.0) + shift) - corner.1).abs() < 1e-12);
            }
            let slopes: Vec<f64> = out.windows(2).map(|p| (p[1].1 - p[0].1) / (p[1].0 - p[0].0)).collect();
            assert!(slopes.windows(2).all(|pair| pair[0] <= pair[1]));
        }
    }

    #[test]
    fn a_store_of_no_size_is_a_point() {
        let mut out = Corners::new();
        carried_back(&[(0.0, 3.0)], &[(0.0, 4.0)], 1.0, &mut out);
        assert_eq!(out, [(0.0, 7.0)]);
    }
}
