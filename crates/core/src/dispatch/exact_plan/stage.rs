//! The cost of one step as a function of the change of stored energy: its slopes, and its convex hull where it has one.

use super::cost::{Grid, Kink, Merit, Meter, Reach, larger, one_way_pays, smaller, storage_limits};
use super::law::{Gains, Law, Mark, Segment};
use super::problem::Steps;
use alloc::vec::Vec;

/// What becomes of demand caps in a step that is not convex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caps {
    /// They are kept under the hull: the law respects them.
    Law,
    /// They are dropped there: the cost stays jointly convex in level and caps, and a bound stays a bound.
    Bound,
}

/// Builds the slopes of the steps, with its scratch.
#[derive(Debug, Clone, Default)]
pub(super) struct Stage {
    merit: Merit,
    points: Vec<(f64, f64)>,
    hull: Vec<(f64, f64)>,
    /// Largest |slope| of any step built since it was set to 0.
    pub(super) steepest: f64,
}

impl Stage {
    /// Makes room for steps of so many offers.
    pub(super) fn reserve(&mut self, offers: usize) {
        self.merit.offers.reserve(offers);
        // In each of two modes of the grid: up to four corners an offer, and one at the end.
        self.points.reserve(2 * (4 * offers + 1));
        self.hull.reserve(2 * (4 * offers + 1));
    }

    /// Appends the slopes of `step`, the next one, to the law. Returns whether the kinks are in them.
    #[inline]
    pub(super) fn build(&mut self, law: &mut Law, steps: &Steps<'_>, step: usize, kinks: &[Kink], caps: Caps) -> bool {
        let from = law.segments.len();
        let kinked = plain(law, steps, step, kinks) || self.sorted(law, steps, step, kinks, caps);
        if let [first, .., last] | [first @ last] = &law.segments[from..] {
            self.steepest = larger(self.steepest, larger(first.slope.abs(), last.slope.abs()));
        }
        kinked
    }

    /// Any step.
    fn sorted(&mut self, law: &mut Law, steps: &Steps<'_>, step: usize, kinks: &[Kink], caps: Caps) -> bool {
        if caps == Caps::Bound && !kinks.is_empty() {
            // Convex under these caps is not enough: it must be convex under any, or tangents are none.
            if !self.ordered(law, steps, step, &[]) {
                self.hulled(law, steps, step, &[]);
                return false;
            }
            let dearest = steps.import_price_per_kwh.at(step) + kinks.iter().map(|k| k.excess_per_kwh).sum::<f64>();
            if self.merit.sheds_below(dearest) {
                return false;
            }
            let mark = law.marks.pop().unwrap_or_default();
            law.segments.truncate(mark.first as usize);
        }
        if !self.ordered(law, steps, step, kinks) {
            self.hulled(law, steps, step, kinks);
        }
        true
    }

    /// Any offers in one mode of the grid, if that gives rising slopes; else leaves the law as it was.
    fn ordered(&mut self, law: &mut Law, steps: &Steps<'_>, step: usize, kinks: &[Kink]) -> bool {
        if one_way_pays(steps, step) {
            return false;
        }
        let Some(reach) = self.merit.gather(&law.gains, steps, step, kinks, Grid::Both) else { return false };
        let mut bend = Bend::new(&mut law.segments, &law.gains);
        let mut idle_cost = reach.base;
        let mut low = -reach.idle;
        for offer in &self.merit.offers {
            let high = low + offer.length;
            idle_cost += offer.slope * (high.min(0.0) - low).max(0.0);
            bend.interval(low.max(reach.least), high.min(reach.most), offer.slope);
            low = high;
        }
        let (mark, convex) = (bend.mark(idle_cost), bend.convex);
        if convex {
            law.marks.push(mark);
        } else {
            law.segments.truncate(mark.first as usize);
        }
        convex
    }

    /// The convex hull of the cheapest of all modes.
    fn hulled(&mut self, law: &mut Law, steps: &Steps<'_>, step: usize, kinks: &[Kink]) {
        let gains = law.gains;
        self.points.clear();
        let modes: &[Grid] = if one_way_pays(steps, step) { &[Grid::Import, Grid::Export] } else { &[Grid::Both] };
        for &grid in modes {
            if let Some(reach) = self.merit.gather(&gains, steps, step, kinks, grid) {
                self.trace(&gains, &reach);
            }
        }
        self.points.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        self.points.dedup_by(|later, kept| later.0 == kept.0);
        lower_hull(&self.points, &mut self.hull);
        if !self.is_hull(&gains, steps, step, kinks) {
            law.hull_steps.push(step as u32);
        }
        let mut bend = Bend::new(&mut law.segments, &law.gains);
        for pair in self.hull.windows(2) {
            let slope = (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0);
            let (given, drawn) = (pair[1].0.min(0.0) - pair[0].0, pair[1].0 - pair[0].0.max(0.0));
            if given > 0.0 {
                bend.segment(slope, given, bend.first);
                bend.zero = bend.segments.len();
            }
            if drawn > 0.0 {
                bend.segment(slope, drawn, bend.zero);
            }
        }
        let mark = bend.mark(height(&self.hull, 0.0));
        law.marks.push(mark);
    }

    /// Adds the corners of the cost over the change of the level in one mode.
    fn trace(&mut self, gains: &Gains, reach: &Reach) {
        let mut low = -reach.idle;
        let mut cost = reach.base;
        let mut corner = |bus_kwh: f64, cost: f64| {
            if (reach.least..=reach.most).contains(&bus_kwh) {
                // Plus 0 makes −0 a 0: they must be one corner, the cheaper one, and `total_cmp` tells them apart.
                self.points.push((gains.level_change(bus_kwh) + 0.0, cost + gains.wear * (-bus_kwh).max(0.0)));
            }
        };
        for offer in &self.merit.offers {
            let high = low + offer.length;
            for bus_kwh in [low, reach.least, 0.0, reach.most] {
                if (low..=high).contains(&bus_kwh) {
                    corner(bus_kwh, cost + offer.slope * (bus_kwh - low));
                }
            }
            cost += offer.slope * offer.length;
            low = high;
        }
        corner(low, cost);
        if self.points.is_empty() {
            // Roundings left no corner inside: the step is idle.
            self.points.push((0.0, cost));
        }
    }

    /// Whether the step's cost is its hull: both agree at every corner and midway, and between corners the cost, as
    /// the least of linear functions, cannot dip below its chord.
    fn is_hull(&mut self, gains: &Gains, steps: &Steps<'_>, step: usize, kinks: &[Kink]) -> bool {
        for i in 0..self.points.len() {
            let here = self.points[i].0;
            let middle = self.points.get(i + 1).map_or(here, |next| 0.5 * (here + next.0));
            for change in [here, middle] {
                let bus_kwh = gains.bus_kwh(change);
                let Some((flows, excess)) = self.merit.flows(gains, steps, step, kinks, bus_kwh, 1e-9) else {
                    return false;
                };
                let cost = flows.cost + excess + gains.wear * (-bus_kwh).max(0.0);
                let hull = height(&self.hull, change);
                if cost - hull > 1e-9 * (1.0 + hull.abs()) {
                    return false;
                }
            }
        }
        true
    }
}

/// Appends the slopes of one step in rising order, bent at zero by the storage's losses and wear.
///
/// Equal slopes on one side become one segment: the sweep needs them strictly rising there.
struct Bend<'a> {
    segments: &'a mut Vec<Segment>,
    gains: &'a Gains,
    first: usize,
    zero: usize,
    convex: bool,
}

impl<'a> Bend<'a> {
    #[inline]
    fn new(segments: &'a mut Vec<Segment>, gains: &'a Gains) -> Self {
        let first = segments.len();
        Self { segments, gains, first, zero: first, convex: true }
    }

    /// The bus pays `price` per kWh drawn from `low` to `high`, both within the reach.
    // Always inlined, as `segment` is: called six times a step, it took a quarter of the time to build the slopes.
    #[inline(always)]
    fn interval(&mut self, low: f64, high: f64, price: f64) {
        let given = smaller(high, 0.0) - low;
        if given > 0.0 {
            let slope = (price - self.gains.wear) * self.gains.per_discharge;
            self.segment(slope, given * self.gains.discharge, self.first);
            self.zero = self.segments.len();
        }
        let drawn = high - larger(low, 0.0);
        if drawn > 0.0 {
            self.segment(price * self.gains.per_charge, drawn * self.gains.charge, self.zero);
        }
    }

    /// Appends a segment to the side that starts at index `side`.
    #[inline(always)]
    fn segment(&mut self, mut slope: f64, length: f64, side: usize) {
        let count = self.segments.len();
        if let [.., last] = &mut self.segments[self.first..]
            && slope <= last.slope
        {
            // The same price through different roundings is not a bend.
            self.convex &= last.slope - slope <= 1e-12 * last.slope.abs();
            if count > side {
                last.length += length;
                return;
            }
            slope = last.slope;
        }
        self.segments.push(Segment { slope, length, target: 0.0 });
    }

    #[inline]
    fn mark(&self, idle_cost: f64) -> Mark {
        Mark { first: self.first as u32, zero: self.zero as u32, idle_cost }
    }
}

/// The common step, without sorting: no sources, no load to shed, 0 ≤ export price ≤ import price. Returns whether it is one.
#[inline]
fn plain(law: &mut Law, steps: &Steps<'_>, step: usize, kinks: &[Kink]) -> bool {
    let Some(meter) = Meter::of(steps, step) else { return false };
    let Meter { need, import, export, export_price, .. } = meter;
    let (charge, discharge) = storage_limits(&law.gains, steps, step, need);
    let least = -smaller(discharge, meter.load + export);
    let most = smaller(charge, import - need);

    let mut price = meter.import_price;
    let mut idle_cost = if need < 0.0 { -export_price * smaller(export, -need) } else { 0.0 };
    let mut bend = Bend::new(&mut law.segments, &law.gains);
    bend.interval(least, smaller(-need - export, most), 0.0);
    bend.interval(larger(-need - export, least), smaller(-need, most), export_price);
    let mut low = -need;
    for kink in kinks {
        let high = smaller(kink.limit_kwh, import) - need;
        if high > low {
            bend.interval(larger(low, least), smaller(high, most), price);
            idle_cost += price * larger(smaller(high, 0.0) - low, 0.0);
            low = high;
        }
        price += kink.excess_per_kwh;
    }
    bend.interval(larger(low, least), most, price);
    idle_cost += price * larger(-low, 0.0);
    let mark = bend.mark(idle_cost);
    law.marks.push(mark);
    true
}

/// Lower convex hull of points sorted by their first coordinate, all different.
fn lower_hull(points: &[(f64, f64)], hull: &mut Vec<(f64, f64)>) {
    hull.clear();
    for &point in points {
        while let [.., before, last] = hull.as_slice() {
            // `last` stays where it lies below the chord from `before` to `point`.
            let turn = (last.0 - before.0) * (point.1 - before.1) - (last.1 - before.1) * (point.0 - before.0);
            if turn > 0.0 {
                break;
            }
            hull.pop();
        }
        hull.push(point);
    }
}

/// Height of the hull at `change`; that of the nearest end outside it.
fn height(hull: &[(f64, f64)], change: f64) -> f64 {
    for pair in hull.windows(2) {
        if change <= pair[1].0 {
            let part = ((change - pair[0].0) / (pair[1].0 - pair[0].0)).max(0.0);
            return pair[0].1 + part * (pair[1].1 - pair[0].1);
        }
    }
    hull.last().map_or(0.0, |last| last.1)
}
