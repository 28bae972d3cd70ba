//! A step that is not convex, under demand caps that are searched for: a cost that is jointly convex in the change of the
//! level and in all caps, at or below the true one.
//!
//! # Model
//! In one mode of the grid the least energy cost e of a change Δ of the level and an import i is piecewise linear: its
//! corners are the points (Δ, i, e). With caps z_j the step pays φ(i; z) = Σ_j D_j/h (i − z_j)₊ on top. Mixtures of
//! corners of all modes with weights λ make
//!
//! g(Δ; z) = min over λ of Σ λ e + φ(Σ λ i; z), Σ λ Δ_k = Δ,
//!
//! which is jointly convex, as φ is in (i, z), at or below the true cost, and at least the linear programme's, whose
//! relaxation mixes modes too. φ is linear but at the caps, so that g over Δ is the lower hull of the corners, each with
//! its φ, and of the points at which the segments between them cross a cap.
//!
//! With slope m in Δ, f_k = e_k − m Δ_k and ψ the lower hull of f over i, a least point i* of ψ + φ and any M in both
//! −∂ψ(i*) and ∂φ(i*) give g(Δ'; z') ≥ g + m (Δ' − Δ) − Σ_j μ_j (z'_j − z_j), where M = Σ μ_j in the order of the caps.

use super::cost::{Grid, Kink, Merit, modes};
use super::law::Gains;
use super::problem::Steps;
use alloc::vec::Vec;

/// A way to run the step: change of the level, cost, import.
#[derive(Debug, Clone, Copy, Default)]
struct Point {
    change: f64,
    cost: f64,
    import_kwh: f64,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(super) struct Capped {
    /// The corners, without caps.
    corners: Vec<Point>,
    /// Corners of what else than import serves the bus: energy, cost.
    others: Vec<(f64, f64)>,
    points: Vec<Point>,
    hull: Vec<Point>,
}

impl Capped {
    /// Makes room for steps of so many offers under so many caps.
    pub(super) fn reserve(&mut self, offers: usize, caps: usize) {
        // In each of two modes: five ways to bend at a corner of what else there is, and at the ends of both.
        let corners = 2 * (5 * (offers + 1) + 6);
        self.corners.reserve(corners);
        self.others.reserve(offers + 1);
        // Between each corner below a cap and each above it.
        let points = corners + caps * (corners / 2) * (corners / 2);
        self.points.reserve(points);
        self.hull.reserve(points);
    }

    /// Lists the corners of a step.
    pub(super) fn gather(&mut self, merit: &mut Merit, gains: &Gains, steps: &Steps<'_>, step: usize) {
        self.corners.clear();
        let load_kwh = super::cost::load_kwh(steps, step);
        let price = steps.import_price_per_kwh.at(step);
        for grid in [Grid::Export, Grid::Import] {
            let Some(reach) = merit.gather(gains, steps, step, &[], grid) else { continue };
            self.others.clear();
            let mut here = (-reach.idle, reach.base);
            self.others.push((here.0 + load_kwh, here.1));
            for (slope, length) in merit.others() {
                here = (here.0 + length, here.1 + slope * length);
                self.others.push((here.0 + load_kwh, here.1));
            }
            let import_most = if grid == Grid::Import { steps.import_limit_kw.at(step) * gains.hours } else { 0.0 };
            let charges = modes(steps, step, true).iter().any(|mode| *mode == Grid::Both || *mode == grid);
            let most = if charges { reach.most } else { reach.most.min(0.0) };
            let bends = [reach.least, reach.least.max(0.0).min(most), most];
            for k in 0..self.others.len() {
                let (energy, cost) = self.others[k];
                for bus_kwh in bends {
                    self.corner(gains, bus_kwh, load_kwh + bus_kwh - energy, import_most, cost, price);
                }
                for import_kwh in [0.0, import_most] {
                    let bus_kwh = energy + import_kwh - load_kwh;
                    if (reach.least..=most).contains(&bus_kwh) {
                        self.corner(gains, bus_kwh, import_kwh, import_most, cost, price);
                    }
                }
            }
            for bus_kwh in bends {
                for import_kwh in [0.0, import_most] {
                    let energy = load_kwh + bus_kwh - import_kwh;
                    if let Some(cost) = along(&self.others, energy) {
                        self.corner(gains, bus_kwh, import_kwh, import_most, cost, price);
                    }
                }
            }
        }
    }

    /// Adds a corner where its import is within the limit.
    fn corner(&mut self, gains: &Gains, bus_kwh: f64, import_kwh: f64, most: f64, cost: f64, price: f64) {
        let slack = 1e-12 * (1.0 + most);
        if (-slack..=most + slack).contains(&import_kwh) {
            let import_kwh = import_kwh.max(0.0).min(most);
            let wear = gains.wear * (-bus_kwh).max(0.0);
            let change = gains.level_change(bus_kwh) + 0.0;
            self.corners.push(Point { change, cost: cost + price * import_kwh + wear, import_kwh });
        }
    }

    /// Makes the hull under caps, `kinks` by rising limit.
    pub(super) fn take_caps(&mut self, kinks: &[Kink]) {
        let Self { corners, points, hull, .. } = self;
        points.clear();
        let excess = |import_kwh: f64| excess(kinks, import_kwh);
        points.extend(corners.iter().map(|corner| Point { cost: corner.cost + excess(corner.import_kwh), ..*corner }));
        for kink in kinks {
            let limit = kink.limit_kwh;
            let at_limit = excess(limit);
            for a in corners.iter().filter(|a| a.import_kwh < limit) {
                for b in corners.iter().filter(|b| b.import_kwh > limit) {
                    let part = (limit - a.import_kwh) / (b.import_kwh - a.import_kwh);
                    let change = a.change + part * (b.change - a.change);
                    let cost = a.cost + part * (b.cost - a.cost) + at_limit;
                    points.push(Point { change, cost, import_kwh: limit });
                }
            }
        }
        points.sort_unstable_by(|a, b| a.change.total_cmp(&b.change).then(a.cost.total_cmp(&b.cost)));
        let near = match points.as_slice() {
            [first, .., last] => 1e-12 * (last.change - first.change),
            _ => 0.0,
        };
        points.dedup_by(|later, kept| {
            let same = later.change - kept.change <= near;
            if same && later.cost < kept.cost {
                (kept.cost, kept.import_kwh) = (later.cost, later.import_kwh);
            }
            same
        });
        hull.clear();
        for &point in &*points {
            while let [.., before, last] = hull.as_slice() {
                let turn = (last.change - before.change) * (point.cost - before.cost)
                    - (last.cost - before.cost) * (point.change - before.change);
                if turn > 0.0 {
                    break;
                }
                hull.pop();
            }
            hull.push(point);
        }
    }

    /// The corners of the hull: change of the level, cost.
    pub(super) fn hull(&self) -> impl Iterator<Item = (f64, f64)> {
        self.hull.iter().map(|point| (point.change, point.cost))
    }

    /// The mean import of the mixture at a change of the level, and the slope nearest to `asked` that the hull has there.
    pub(super) fn at(&self, change: f64, asked: f64) -> (f64, f64) {
        let hull = &self.hull;
        let slope = |k: usize| (hull[k + 1].cost - hull[k].cost) / (hull[k + 1].change - hull[k].change);
        let Some(last) = hull.len().checked_sub(1) else { return (0.0, asked) };
        let near = 1e-9 * (hull[last].change - hull[0].change);
        let right = hull.partition_point(|point| point.change < change - near).min(last);
        if hull[right].change <= change + near || right == 0 {
            let low = if right > 0 { slope(right - 1) } else { f64::NEG_INFINITY };
            let high = if right < last { slope(right) } else { f64::INFINITY };
            return (hull[right].import_kwh, asked.max(low).min(high));
        }
        let (a, b) = (hull[right - 1], hull[right]);
        let part = (change - a.change) / (b.change - a.change);
        (a.import_kwh + part * (b.import_kwh - a.import_kwh), slope(right - 1))
    }

    /// By how much a kWh more of all caps together would lower the cost at a slope in the change of the level: M. See
    /// the module.
    pub(super) fn worth_of_caps(&self, kinks: &[Kink], slope: f64) -> f64 {
        let value = |point: &Point| point.cost - slope * point.change;
        let mut best = (f64::INFINITY, 0.0, 0.0);
        let mut consider = |own: f64, import_kwh: f64| {
            let total = own + excess(kinks, import_kwh);
            if total < best.0 {
                best = (total, import_kwh, own);
            }
        };
        for a in &self.corners {
            consider(value(a), a.import_kwh);
            for limit in kinks.iter().map(|kink| kink.limit_kwh).filter(|limit| a.import_kwh < *limit) {
                for b in self.corners.iter().filter(|b| b.import_kwh > limit) {
                    let part = (limit - a.import_kwh) / (b.import_kwh - a.import_kwh);
                    consider(value(a) + part * (value(b) - value(a)), limit);
                }
            }
        }
        let (_, import_kwh, least) = best;
        let near = 1e-12 * (1.0 + import_kwh);
        let (mut low, mut high) = (0.0, 0.0);
        for kink in kinks {
            low += if kink.limit_kwh < import_kwh - near { kink.excess_per_kwh } else { 0.0 };
            high += if kink.limit_kwh <= import_kwh + near { kink.excess_per_kwh } else { 0.0 };
        }
        for point in &self.corners {
            let more = point.import_kwh - import_kwh;
            let falls = (least - value(point)) / more;
            if more > near {
                low = low.max(falls);
            } else if more < -near {
                high = high.min(falls);
            }
        }
        low.min(high)
    }
}

/// What the caps add to the cost of an import.
pub(super) fn excess(kinks: &[Kink], import_kwh: f64) -> f64 {
    kinks.iter().map(|kink| kink.excess_per_kwh * (import_kwh - kink.limit_kwh).max(0.0)).sum()
}

/// The cost of an energy along corners, if it is within them.
fn along(corners: &[(f64, f64)], energy: f64) -> Option<f64> {
    if let [only] = corners {
        return (energy == only.0).then_some(only.1);
    }
    let pair = corners.windows(2).find(|pair| pair[0].0 <= energy && energy <= pair[1].0)?;
    let length = pair[1].0 - pair[0].0;
    let part = if length > 0.0 { (energy - pair[0].0) / length } else { 0.0 };
    Some(pair[0].1 + part * (pair[1].1 - pair[0].1))
}
