//! The cost-to-go V where it is not convex: the state of the backward sweep there.
//!
//! # Model
//! V_t(s) = W(a s), where W(u) = min over Δ of c(Δ) + V_{t+1}(u + Δ). The step's cost c has two parts, each of them
//! piecewise linear with Δ = 0 in it: c⁻ for discharging and resting, c⁺ for resting and charging. From a level u at or
//! below the floor r the storage does not discharge, above it not below r. So W is the lower envelope of V ⊕ c⁺ and, up
//! to r, V + c⁻(0), from there on (V beyond r) ⊕ c⁻, all of them continuous.
//!
//! Where knots come to more than [`MOST_KNOTS`], V is thinned: knots go as long as V moves little, and by how much it
//! moved is kept and taken off the lower value: twice, once for what V rose and once for what the plan costs beyond it.

use super::piecewise::{Knot, MinPlus, Tolerance, cut, is_convex, lower};
use super::slopes::{Piece, SlopeList};
use alloc::vec::Vec;

/// Most knots of V. Some dozen are usual; prices drawn at random with a large storage come to thousands.
const MOST_KNOTS: usize = 1500;

/// A step as the sweep takes it: its cost, and the least level it discharges to.
#[derive(Debug, Clone, Copy)]
pub(super) struct BentStep<'a> {
    /// c⁻ and c⁺ over the change of the level.
    pub(super) discharging: &'a [Knot],
    pub(super) charging: &'a [Knot],
    pub(super) floor: f64,
}

/// See the module. V(0) is 0: its constant is not kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Curve {
    pub(super) knots: Vec<Knot>,
    mirror: Vec<Knot>,
    above: Vec<Knot>,
    charged: Vec<Knot>,
    discharged: Vec<Knot>,
    sums: MinPlus,
}

impl Curve {
    pub(super) fn reserve(&mut self, knots: usize) {
        let lists = [&mut self.knots, &mut self.mirror, &mut self.above, &mut self.charged, &mut self.discharged];
        lists.into_iter().for_each(|list| list.reserve(knots));
        self.sums.reserve(knots);
    }

    /// Takes V from a convex list.
    pub(super) fn take(&mut self, list: &SlopeList) {
        self.knots.clear();
        let (mut x, mut y) = (0.0, 0.0);
        for piece in list.pieces() {
            self.knots.push(Knot::new(x, y, -piece.value));
            (x, y) = (x + piece.length, y - piece.value * piece.length);
        }
        self.knots.push(Knot::new(list.span(), y, 0.0));
    }

    /// Gives V to a list, if it is convex again.
    pub(super) fn give(&self, list: &mut SlopeList) -> bool {
        let convex = is_convex(&self.knots);
        if convex {
            let piece = |pair: &[Knot]| Piece { value: -pair[0].slope, length: pair[1].x - pair[0].x };
            list.set(self.knots.windows(2).map(piece), self.knots.len() - 1);
        }
        convex
    }

    /// Adds `price` per kWh missing to `level`.
    pub(super) fn lift(&mut self, level: f64, price: f64) {
        if level <= 0.0 {
            return;
        }
        let at = self.knots.partition_point(|knot| knot.x < level);
        if let Some(next) = self.knots.get(at)
            && next.x > level
        {
            let before = self.knots[at - 1];
            self.knots.insert(at, Knot::new(level, before.at(level), before.slope));
        }
        let added = price * level;
        for knot in &mut self.knots {
            let below = knot.x < level;
            knot.y += if below { price * (level - knot.x) } else { 0.0 } - added;
            knot.slope -= if below { price } else { 0.0 };
        }
    }

    /// From V of the next step to V of this one. Returns by how much thinning moved it at most.
    pub(super) fn step(&mut self, step: &BentStep<'_>, keep: f64, span: f64) -> f64 {
        let slopes = self.knots.iter().chain(step.discharging).chain(step.charging).map(|knot| knot.slope.abs());
        let tolerance = Tolerance::of(span, slopes.fold(0.0, f64::max));
        let top = keep * span;
        let Self { knots, mirror, above, charged, discharged, sums } = self;
        charged.clear();
        mirrored(step.charging, mirror);
        sums.add(knots, mirror, (0.0, top), &tolerance, charged);

        discharged.clear();
        mirrored(step.discharging, mirror);
        if step.floor <= 0.0 {
            sums.add(knots, mirror, (0.0, top), &tolerance, discharged);
        } else {
            let idle_cost = mirror[0].y;
            cut(knots, (0.0, step.floor.min(top)), idle_cost, discharged, tolerance.near);
            if step.floor < top {
                above.clear();
                cut(knots, (step.floor, span), 0.0, above, tolerance.near);
                go_on(discharged, (above, mirror), (step.floor, top), &tolerance, sums);
            }
        }
        knots.clear();
        lower(discharged, charged, knots, &tolerance);

        let (first, grow) = (knots[0].y, 1.0 / keep);
        for knot in knots.iter_mut() {
            *knot = Knot::new(knot.x * grow, knot.y - first, knot.slope * keep);
        }
        if let [first, .., last] = knots.as_mut_slice() {
            (first.x, last.x) = (0.0, span);
        }
        if knots.len() > MOST_KNOTS { self.thin() } else { 0.0 }
    }

    /// Drops knots until half as many are left as there may be.
    #[cold]
    fn thin(&mut self) -> f64 {
        let (most, least) = self.knots.iter().fold((0.0_f64, 0.0_f64), |(a, b), knot| (a.max(knot.y), b.min(knot.y)));
        let mut within = 1e-12 * (most - least);
        let mut moved = 0.0;
        while self.knots.len() > MOST_KNOTS / 2 {
            moved += self.thin_within(within);
            within *= 4.0;
        }
        moved
    }

    /// Drops knots where V moves by at most `within`; returns by how much it moved.
    fn thin_within(&mut self, within: f64) -> f64 {
        let knots = &self.knots;
        let mut moved = 0.0_f64;
        self.above.clear();
        let mut i = 0;
        while i + 1 < knots.len() {
            let (mut last, mut slope, mut by) = (i + 1, knots[i].slope, 0.0_f64);
            while last + 1 < knots.len() && last - i < 16 {
                let next = (knots[last + 1].y - knots[i].y) / (knots[last + 1].x - knots[i].x);
                let off = |knot: &Knot| (knots[i].y + next * (knot.x - knots[i].x) - knot.y).abs();
                let most = knots[i + 1..=last].iter().map(off).fold(0.0, f64::max);
                if most > within {
                    break;
                }
                (last, slope, by) = (last + 1, next, most);
            }
            moved = moved.max(by);
            self.above.push(Knot { slope, ..knots[i] });
            i = last;
        }
        self.above.extend(knots.last());
        core::mem::swap(&mut self.knots, &mut self.above);
        moved
    }
}

/// Goes on from the end of `out` with the min-plus sum over `range`.
fn go_on(
    out: &mut Vec<Knot>,
    (f, g): (&[Knot], &[Knot]),
    range: (f64, f64),
    tolerance: &Tolerance,
    sums: &mut MinPlus,
) {
    out.pop();
    let from = out.len();
    sums.add(f, g, range, tolerance, out);
    if from > 0 && out.len() > from + 1 && out[from].slope == out[from - 1].slope {
        out.remove(from);
    }
}

/// c(−d) over d.
fn mirrored(cost: &[Knot], out: &mut Vec<Knot>) {
    out.clear();
    for i in (0..cost.len()).rev() {
        let slope = if i > 0 { -cost[i - 1].slope } else { 0.0 };
        out.push(Knot::new(0.0 - cost[i].x, cost[i].y, slope));
    }
}
