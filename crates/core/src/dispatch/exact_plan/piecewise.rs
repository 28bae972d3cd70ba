//! Continuous piecewise linear functions that need not be convex: their lower envelope and their min-plus sum.
//!
//! A function is a list of [`Knot`]s by rising abscissa, the last of which only ends it; one knot is a point. Slopes are
//! copied and never worked out from differences, so that equal prices merge by `==` and convexity is tested exactly.
//!
//! # Model
//! (f ⊕ g)(x) = min over y of f(y) + g(x − y). Of two convex functions it is their slopes merged in rising order
//! (Rockafellar, *Convex Analysis*, 1970, §16). Others are cut into convex runs: the sum is the lower envelope of the
//! sums of all pairs of runs. Only neighbours are joined, so that each envelope is continuous: where one run ends its
//! neighbour goes on from the same point.

use alloc::vec::Vec;

/// From (x, y) on with this slope, up to the next knot.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Knot {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) slope: f64,
}

impl Knot {
    pub(super) const fn new(x: f64, y: f64, slope: f64) -> Self {
        Self { x, y, slope }
    }

    /// The height at `x` of the line from this knot.
    #[inline]
    pub(super) fn at(&self, x: f64) -> f64 {
        self.y + self.slope * (x - self.x)
    }
}

/// What counts as equal: abscissas within `near`, values within `tie`. A choice between two such values costs at most
/// `tie` in a step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Tolerance {
    pub(super) near: f64,
    pub(super) tie: f64,
}

impl Tolerance {
    /// For functions over `span` with slopes up to `steepest`: some roundings of either.
    pub(super) fn of(span: f64, steepest: f64) -> Self {
        Self { near: 1e-13 * span, tie: 4e-15 * span * steepest }
    }
}

/// Appends a knot to the function that starts at index `from`, unless it goes on with the last one.
#[inline]
pub(super) fn push(out: &mut Vec<Knot>, from: usize, knot: Knot, near: f64) {
    if let [before @ .., last] = &mut out[from..] {
        if knot.x - last.x <= near {
            // The last piece has no length: its knot stays and takes the new slope.
            last.slope = knot.slope;
            if before.last().is_some_and(|before| before.slope == knot.slope) {
                out.pop();
            }
            return;
        }
        if last.slope == knot.slope {
            return;
        }
    }
    out.push(knot);
}

/// Ends the function that is last in `out` at `x`.
#[inline]
pub(super) fn end(out: &mut Vec<Knot>, x: f64) {
    if let Some(last) = out.last().copied()
        && x > last.x
    {
        out.push(Knot::new(x, last.at(x), 0.0));
    }
}

/// The height of a function at `x`; beyond its ends, that of its outer pieces' lines.
pub(super) fn height(function: &[Knot], x: f64) -> f64 {
    piece(function, x).map_or(0.0, |piece| piece.at(x))
}

/// The piece of a function that holds at `x` and right of it.
pub(super) fn piece(function: &[Knot], x: f64) -> Option<&Knot> {
    let right = function.partition_point(|knot| knot.x <= x);
    function.get(right.min(function.len().saturating_sub(1)).max(1) - 1)
}

/// Appends the function between `low` and `high`, raised by `lift`.
pub(super) fn cut(function: &[Knot], (low, high): (f64, f64), lift: f64, out: &mut Vec<Knot>, near: f64) {
    let zero = [Knot::new(0.0, lift, 0.0)];
    merge(function, &zero, (low, high), out, near);
}

/// Appends the min-plus sum of two convex runs, clipped to `low..=high`; nothing where they do not meet. With a point
/// for one of them it is the other one moved, convex or not.
pub(super) fn merge(f: &[Knot], g: &[Knot], (low, high): (f64, f64), out: &mut Vec<Knot>, near: f64) {
    let (from, last_f, last_g) = (out.len(), f.len() - 1, g.len() - 1);
    if f[0].x + g[0].x > high || f[last_f].x + g[last_g].x < low {
        return;
    }
    let (mut i, mut j) = (0, 0);
    while i < last_f || j < last_g {
        let (x, y) = (f[i].x + g[j].x, f[i].y + g[j].y);
        if x >= high && out.len() > from {
            break;
        }
        let slope = if j == last_g || (i < last_f && f[i].slope <= g[j].slope) {
            i += 1;
            f[i - 1].slope
        } else {
            j += 1;
            g[j - 1].slope
        };
        let until = f[i].x + g[j].x;
        if until > low || (i == last_f && j == last_g) {
            let ahead = if low > x { low - x } else { 0.0 };
            push(out, from, Knot::new(x + ahead, y + slope * ahead, slope), near);
        }
    }
    if last_f == 0 && last_g == 0 {
        out.push(Knot::new(f[0].x + g[0].x, f[0].y + g[0].y, 0.0));
    }
    let until = f[last_f].x + g[last_g].x;
    end(out, if until < high { until } else { high });
}

/// Appends the lower envelope of two functions whose domains overlap or touch, where at an inner end of one domain the
/// other function is not above.
pub(super) fn lower(f: &[Knot], g: &[Knot], out: &mut Vec<Knot>, tolerance: &Tolerance) {
    let Tolerance { near, tie } = *tolerance;
    let (from, last_f, last_g) = (out.len(), f.len() - 1, g.len() - 1);
    let (mut i, mut j) = (0, 0);
    let mut x = f[0].x.min(g[0].x);
    let until = f[last_f].x.max(g[last_g].x);
    while x < until {
        while i < last_f && f[i + 1].x <= x {
            i += 1;
        }
        while j < last_g && g[j + 1].x <= x {
            j += 1;
        }
        let (has_f, has_g) = (i < last_f && f[i].x <= x, j < last_g && g[j].x <= x);
        let mut to = until;
        if i < last_f {
            to = to.min(if has_f { f[i + 1].x } else { f[i].x });
        }
        if j < last_g {
            to = to.min(if has_g { g[j + 1].x } else { g[j].x });
        }
        match (has_f, has_g) {
            (true, true) => lower_of_lines(&f[i], &g[j], (x, to), out, from, tolerance),
            (true, false) => push(out, from, Knot::new(x, f[i].at(x), f[i].slope), near),
            (false, true) => push(out, from, Knot::new(x, g[j].at(x), g[j].slope), near),
            (false, false) => {}
        }
        x = to;
    }
    if out.len() == from {
        out.push(if f[0].y <= g[0].y + tie { f[0] } else { g[0] });
    }
    end(out, until);
}

/// Appends the lower one of two lines between `x` and `to`.
#[inline]
fn lower_of_lines(
    f: &Knot,
    g: &Knot,
    (x, to): (f64, f64),
    out: &mut Vec<Knot>,
    from: usize,
    &Tolerance { near, tie }: &Tolerance,
) {
    let (at_f, at_g) = (f.at(x), g.at(x));
    let here = at_f - at_g;
    let there = here + (f.slope - g.slope) * (to - x);
    if here <= tie && there <= tie {
        push(out, from, Knot::new(x, at_f, f.slope), near);
    } else if here >= -tie && there >= -tie {
        push(out, from, Knot::new(x, at_g, g.slope), near);
    } else {
        let cross = x + here / (g.slope - f.slope);
        let (first, then) = if here < 0.0 { (f, g) } else { (g, f) };
        push(out, from, Knot::new(x, first.at(x), first.slope), near);
        push(out, from, Knot::new(cross, then.at(cross), then.slope), near);
    }
}

/// Whether slopes never fall.
pub(super) fn is_convex(function: &[Knot]) -> bool {
    function[..function.len() - 1].windows(2).all(|pair| pair[0].slope <= pair[1].slope)
}

/// Lists the convex runs of a function by their first and last knots; neighbours share a knot.
fn runs(function: &[Knot], all: &mut Vec<(u32, u32)>) {
    all.clear();
    let mut from = 0;
    for i in 1..function.len().saturating_sub(1) {
        if function[i].slope < function[i - 1].slope {
            all.push((from, i as u32));
            from = i as u32;
        }
    }
    all.push((from, function.len() as u32 - 1));
}

/// Room for a min-plus sum.
#[derive(Debug, Clone, Default)]
pub(super) struct MinPlus {
    runs_f: Vec<(u32, u32)>,
    runs_g: Vec<(u32, u32)>,
    /// Functions one after the other, and where each ends.
    now: Vec<Knot>,
    ends: Vec<u32>,
    next: Vec<Knot>,
    next_ends: Vec<u32>,
    joined: Vec<Knot>,
}

impl MinPlus {
    pub(super) fn reserve(&mut self, knots: usize) {
        for list in [&mut self.now, &mut self.next, &mut self.joined] {
            list.reserve(2 * knots);
        }
        for list in [&mut self.ends, &mut self.next_ends] {
            list.reserve(knots);
        }
        for list in [&mut self.runs_f, &mut self.runs_g] {
            list.reserve(knots);
        }
    }

    /// Appends f ⊕ g on `low..=high` to `out`.
    pub(super) fn add(
        &mut self,
        f: &[Knot],
        g: &[Knot],
        range: (f64, f64),
        tolerance: &Tolerance,
        out: &mut Vec<Knot>,
    ) {
        let from = out.len();
        runs(f, &mut self.runs_f);
        runs(g, &mut self.runs_g);
        for r in 0..self.runs_g.len() {
            let of_g = run(g, self.runs_g[r]);
            self.now.clear();
            self.ends.clear();
            for &of_f in &self.runs_f {
                let before = self.now.len();
                merge(run(f, of_f), of_g, range, &mut self.now, tolerance.near);
                if self.now.len() > before {
                    self.ends.push(self.now.len() as u32);
                }
            }
            self.join_neighbours(tolerance);
            if self.now.is_empty() {
                continue;
            }
            if out.len() == from {
                out.extend_from_slice(&self.now);
            } else {
                self.joined.clear();
                lower(&out[from..], &self.now, &mut self.joined, tolerance);
                out.truncate(from);
                out.extend_from_slice(&self.joined);
            }
        }
    }

    /// Joins the functions of `now` pairwise until one is left.
    fn join_neighbours(&mut self, tolerance: &Tolerance) {
        while self.ends.len() > 1 {
            self.next.clear();
            self.next_ends.clear();
            let mut at = 0;
            for pair in self.ends.chunks(2) {
                match *pair {
                    [middle, end] => {
                        let (middle, end) = (middle as usize, end as usize);
                        lower(&self.now[at..middle], &self.now[middle..end], &mut self.next, tolerance);
                        at = end;
                    }
                    [end] => {
                        self.next.extend_from_slice(&self.now[at..end as usize]);
                        at = end as usize;
                    }
                    _ => {}
                }
                self.next_ends.push(self.next.len() as u32);
            }
            core::mem::swap(&mut self.now, &mut self.next);
            core::mem::swap(&mut self.ends, &mut self.next_ends);
        }
    }
}

fn run(function: &[Knot], (first, last): (u32, u32)) -> &[Knot] {
    &function[first as usize..=last as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// A function through points.
    fn through(points: &[(f64, f64)]) -> Vec<Knot> {
        let slope = |k: usize| (points[k + 1].1 - points[k].1) / (points[k + 1].0 - points[k].0);
        let knot = |k: usize| Knot::new(points[k].0, points[k].1, if k + 1 < points.len() { slope(k) } else { 0.0 });
        (0..points.len()).map(knot).collect()
    }

    #[test]
    fn the_envelope_takes_the_lower_line_on_each_side_of_a_crossing() {
        let (f, g) = (through(&[(0.0, 0.0), (4.0, 4.0)]), through(&[(0.0, 3.0), (4.0, -1.0)]));
        let mut out = Vec::new();
        lower(&f, &g, &mut out, &Tolerance::of(4.0, 1.0));
        assert_eq!(out, vec![Knot::new(0.0, 0.0, 1.0), Knot::new(1.5, 1.5, -1.0), Knot::new(4.0, -1.0, 0.0)]);
    }

    /// Against trying every split on a grid that holds all corners.
    #[test]
    fn min_plus_is_what_trying_every_split_finds() {
        let mut bits = 1_u64;
        let mut next = |n: u64| {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (bits >> 33) % n
        };
        let mut bent = 0;
        for _ in 0..300 {
            let points = |next: &mut dyn FnMut(u64) -> u64, first: f64| -> Vec<(f64, f64)> {
                let count = 2 + next(5);
                let mut x = first;
                let mut all = Vec::new();
                for _ in 0..count {
                    all.push((x, next(13) as f64 - 6.0));
                    x += 1.0 + next(2) as f64;
                }
                all
            };
            let f = through(&points(&mut next, 0.0));
            let g = through(&points(&mut next, -3.0));
            bent += usize::from(!is_convex(&f) && !is_convex(&g));
            let (low, high) = (f[0].x + g[0].x, f[f.len() - 1].x + g[g.len() - 1].x);
            let mut sum = Vec::new();
            MinPlus::default().add(&f, &g, (low, high), &Tolerance::of(high - low, 12.0), &mut sum);
            let mut x = low;
            while x <= high {
                let mut least = f64::INFINITY;
                let mut y = f[0].x;
                while y <= f[f.len() - 1].x {
                    if (g[0].x..=g[g.len() - 1].x).contains(&(x - y)) {
                        least = least.min(height(&f, y) + height(&g, x - y));
                    }
                    y += 1.0;
                }
                assert!((height(&sum, x) - least).abs() < 1e-9, "{x}: {} {least}", height(&sum, x));
                x += 1.0;
            }
        }
        assert!(bent > 100, "both must be bent: {bent}");
    }
}
