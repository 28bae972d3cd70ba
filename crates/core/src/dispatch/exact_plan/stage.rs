//! The cost of one step as a function of the change of stored energy: its slopes, and where it is not convex itself and
//! its convex hull.

use super::capped::Capped;
use super::cost::{Grid, Kink, Merit, Meter, Reach, is_barred, larger, modes, one_way_pays, smaller, storage_limits};
use super::law::{Bent, Gains, Law, Mark, Segment};
use super::piecewise::{Knot, Tolerance, end, lower, push};
use super::problem::Steps;
use alloc::vec::Vec;

/// What becomes of a step that is not convex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caps {
    /// Its cost is kept as it is, for the exact law; its slopes are those of its hull.
    Law,
    /// Its slopes are those of a cost that is jointly convex in level and caps, see [`Capped`]: a bound stays a bound.
    Bound,
}

/// Builds the slopes of the steps, with its scratch.
#[derive(Debug, Clone, Default)]
pub(super) struct Stage {
    merit: Merit,
    points: Vec<(f64, f64)>,
    hull: Vec<(f64, f64)>,
    pub(super) capped: Capped,
    /// The cost in one mode of the grid, and in the mode before it.
    mode: Vec<Knot>,
    before: Vec<Knot>,
    /// Largest |slope| of any step built since it was set to 0.
    pub(super) steepest: f64,
}

impl Stage {
    /// Makes room for steps of so many offers under so many demand caps.
    pub(super) fn reserve(&mut self, offers: usize, caps: usize) {
        self.capped.reserve(offers, caps);
        self.merit.offers.reserve(offers);
        // In each of two modes of the grid, charging and not: up to four corners an offer, and one at the end.
        self.points.reserve(4 * (4 * offers + 1));
        self.hull.reserve(4 * (4 * offers + 1));
        self.mode.reserve(2 * offers + 2);
        self.before.reserve(2 * offers + 2);
    }

    /// Appends the slopes of `step`, the next one, to the law. Returns `false` where a bound's slopes are those of
    /// [`Capped`].
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
                self.jointly_convex(law, steps, step, kinks);
                return false;
            }
            let mark = law.marks.pop().unwrap_or_default();
            law.segments.truncate(mark.first as usize);
            let dearest = steps.import_price_per_kwh.at(step) + kinks.iter().map(|k| k.excess_per_kwh).sum::<f64>();
            if self.merit.sheds_below(dearest) {
                self.jointly_convex(law, steps, step, kinks);
                return false;
            }
        }
        if !self.ordered(law, steps, step, kinks) {
            self.hulled(law, steps, step, kinks);
            if caps == Caps::Law && law.gains.span > 0.0 && !self.is_hull(&law.gains, steps, step, kinks) {
                self.keep_bent(law, steps, step, kinks);
            }
        }
        true
    }

    /// Any offers in one mode of the grid, if that gives rising slopes; else leaves the law as it was.
    fn ordered(&mut self, law: &mut Law, steps: &Steps<'_>, step: usize, kinks: &[Kink]) -> bool {
        if one_way_pays(steps, step) || is_barred(steps, step) {
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
        for charges in [false, true] {
            for &grid in modes(steps, step, charges) {
                if let Some(reach) = self.merit.gather(&gains, steps, step, kinks, grid) {
                    let (least, most) = side(&reach, charges);
                    self.trace(&gains, &Reach { least, most, ..reach });
                }
            }
        }
        if self.points.is_empty() {
            // Roundings left no corner inside: the step is idle.
            let cost =
                self.merit.flows(&gains, steps, step, kinks, 0.0, f64::INFINITY).map_or(0.0, |(flows, _)| flows.cost);
            self.points.push((0.0, cost));
        }
        self.points.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        self.points.dedup_by(|later, kept| later.0 == kept.0);
        lower_hull(&self.points, &mut self.hull);
        append_hull(law, &self.hull);
    }

    /// The slopes of a cost that is jointly convex in the change of the level and the caps.
    fn jointly_convex(&mut self, law: &mut Law, steps: &Steps<'_>, step: usize, kinks: &[Kink]) {
        self.gather_capped(&law.gains, steps, step, kinks);
        self.hull.clear();
        self.hull.extend(self.capped.hull());
        if self.hull.is_empty() {
            return self.hulled(law, steps, step, &[]);
        }
        append_hull(law, &self.hull);
    }

    /// Makes [`Stage::capped`] that of a step.
    pub(super) fn gather_capped(&mut self, gains: &Gains, steps: &Steps<'_>, step: usize, kinks: &[Kink]) {
        self.capped.gather(&mut self.merit, gains, steps, step);
        self.capped.take_caps(kinks);
    }

    /// Keeps the cost of a step that is not convex.
    fn keep_bent(&mut self, law: &mut Law, steps: &Steps<'_>, step: usize, kinks: &[Kink]) {
        let gains = law.gains;
        let tolerance = Tolerance::of(gains.span, self.steepest);
        let first = law.costs.len() as u32;
        let mut zero = first;
        for charges in [false, true] {
            self.before.clear();
            // The mode that sells reaches further down, that which buys further up.
            for &grid in modes(steps, step, charges).iter().rev() {
                let Some(reach) = self.merit.gather(&gains, steps, step, kinks, grid) else { continue };
                let range = side(&reach, charges);
                self.mode.clear();
                self.knots(&gains, &reach, range);
                if self.mode.is_empty() {
                    continue;
                }
                if self.before.is_empty() {
                    self.before.append(&mut self.mode);
                } else {
                    let from = law.costs.len();
                    lower(&self.before, &self.mode, &mut law.costs, &tolerance);
                    self.before.clear();
                    self.before.extend(law.costs.drain(from..));
                }
            }
            if self.before.is_empty() {
                // Nothing can be charged: what resting costs.
                self.before.push(Knot { x: 0.0, slope: 0.0, ..law.costs.last().copied().unwrap_or_default() });
            }
            law.costs.append(&mut self.before);
            if !charges {
                zero = law.costs.len() as u32;
            }
        }
        law.bent.push(Bent { step: step as u32, first, zero, end: law.costs.len() as u32 });
    }

    /// The cost of one mode over the change of the level, for draws from the bus within `least..=most`, all of one sign.
    fn knots(&mut self, gains: &Gains, reach: &Reach, (least, most): (f64, f64)) {
        if least > most {
            return;
        }
        let slope_of = |price: f64| {
            if least < 0.0 { (price - gains.wear) * gains.per_discharge } else { price * gains.per_charge }
        };
        let (mut low, mut cost) = (-reach.idle, reach.base);
        let mut last = (0.0, cost);
        for offer in &self.merit.offers {
            let high = low + offer.length;
            let (from, to) = (larger(low, least), smaller(high, most));
            if to > from {
                let y = cost + offer.slope * (from - low) + gains.wear * larger(-from, 0.0);
                push(&mut self.mode, 0, Knot::new(gains.level_change(from), y, slope_of(offer.slope)), 0.0);
            }
            if low <= least {
                last = (offer.slope, cost + offer.slope * (smaller(high, least) - low));
            }
            (low, cost) = (high, cost + offer.slope * offer.length);
        }
        if self.mode.is_empty() {
            let y = last.1 + gains.wear * larger(-least, 0.0);
            self.mode.push(Knot::new(gains.level_change(least), y, slope_of(last.0)));
        }
        end(&mut self.mode, gains.level_change(most));
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

/// The part of a mode's reach in which the storage charges, or discharges, or rests.
fn side(reach: &Reach, charges: bool) -> (f64, f64) {
    if charges { (larger(reach.least, 0.0), reach.most) } else { (reach.least, smaller(reach.most, 0.0)) }
}

/// Appends the slopes of a hull as those of the next step.
fn append_hull(law: &mut Law, hull: &[(f64, f64)]) {
    let mut bend = Bend::new(&mut law.segments, &law.gains);
    for pair in hull.windows(2) {
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
    let mark = bend.mark(height(hull, 0.0));
    law.marks.push(mark);
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
    let Meter { need, room, import, export, export_price, .. } = meter;
    let (charge, discharge) = storage_limits(&law.gains, steps, step, need);
    let least = -smaller(discharge, room);
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
