//! What a step costs: the offers that meet the load, in the order in which they are taken, and the plan's bill.

use super::law::Gains;
use super::problem::{EndRule, Series, Steps, Storage, Window};
use crate::{Problem, Problems};
use alloc::vec::Vec;

/// An energy demand cap seen by one step: import beyond `limit_kwh` costs `excess_per_kwh` more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Kink {
    pub(super) limit_kwh: f64,
    pub(super) excess_per_kwh: f64,
}

/// The numbers of a common step, whose cost needs no sorting: no sources, no load to shed, 0 ≤ export price ≤ import
/// price. Energies in kWh.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Meter {
    /// Load − generation.
    pub(super) need: f64,
    /// Most the storage may give: load and export less generation that must be taken, ≥ 0.
    pub(super) room: f64,
    pub(super) import: f64,
    pub(super) export: f64,
    pub(super) import_price: f64,
    pub(super) export_price: f64,
}

impl Meter {
    /// The numbers of a step, where it is a common one.
    #[inline]
    pub(super) fn of(steps: &Steps<'_>, step: usize) -> Option<Self> {
        let load = load_kwh(steps, step);
        let need = load - steps.generation_kw.at(step) * steps.step_h;
        let import = steps.import_limit_kw.at(step) * steps.step_h;
        let export = steps.export_limit_kw.at(step) * steps.step_h;
        let room = load + export - must_take_kwh(steps, step);
        let import_price = steps.import_price_per_kwh.at(step);
        let export_price = steps.export_price_per_kwh.at(step);
        let common = steps.sources.is_empty()
            && !steps.shed_to_charge
            && need <= import
            && import_price >= 0.0
            && room >= 0.0
            && (export <= 0.0 || (0.0..=import_price).contains(&export_price));
        common.then_some(Self { need, room, import, export, import_price, export_price })
    }

    /// Price of the last and of the next kWh at the bus where the storage draws `bus_kwh`.
    fn marginal(&self, kinks: &[Kink], bus_kwh: f64) -> Marginal {
        let drawn = self.need + bus_kwh;
        let slack = SLACK * (1.0 + drawn.abs());
        let (mut last, mut next) = (self.import_price, self.import_price);
        for kink in kinks {
            if kink.limit_kwh < drawn - slack {
                last += kink.excess_per_kwh;
            }
            if kink.limit_kwh <= drawn + slack {
                next += kink.excess_per_kwh;
            }
        }
        if drawn <= slack {
            last = if self.export > 0.0 { self.export_price } else { 0.0 };
        }
        if drawn < -slack {
            next = last;
        }
        if drawn >= self.import - slack {
            next = f64::INFINITY;
        }
        Marginal { import_kwh: drawn.max(0.0), last, next }
    }
}

/// Where in the offers of a step the storage leaves the bus.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Marginal {
    pub(super) import_kwh: f64,
    /// Price of the last kWh taken, and of the next.
    pub(super) last: f64,
    pub(super) next: f64,
}

/// Relative distance within which the bus stands at a border between two offers.
const SLACK: f64 = 1e-9;

/// What an offer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Exporting less than the limit.
    LessExport,
    Generation,
    Import,
    Source,
    Unserved,
}

/// Energy on offer at the bus in one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Offer {
    /// Price by which the plan orders, money per kWh.
    pub(super) slope: f64,
    pub(super) length: f64,
    /// What a demand cap adds in the slope without being paid, money per kWh.
    excess: f64,
    kind: Kind,
}

/// Which way the meter may turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grid {
    /// Either: right where the export price is at most the import price, as then nobody does both.
    Both,
    Import,
    Export,
}

/// How far the storage can move the bus from one mode of the grid, kWh drawn from the bus.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reach {
    /// Sum of the offers taken where the storage is idle.
    pub(super) idle: f64,
    /// Most given (negative) and most drawn.
    pub(super) least: f64,
    pub(super) most: f64,
    /// Cost before the first offer is taken.
    pub(super) base: f64,
}

/// Energy flows of one step, kWh, and their cost. Wear of the storage is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Flows {
    /// Import − export pay + sources + unserved energy at its value, money.
    pub cost: f64,
    /// Energy bought, kWh.
    pub import_kwh: f64,
    /// Energy sold, kWh.
    pub export_kwh: f64,
    /// Generation not used, kWh.
    pub curtailed_kwh: f64,
    /// Energy of all sources without memory, kWh.
    pub source_kwh: f64,
    /// Load not served, kWh.
    pub unserved_kwh: f64,
}

/// The offers of one step in the order in which they are taken: supply by rising price, then load shed by rising value.
#[derive(Debug, Clone, Default)]
pub(super) struct Merit {
    pub(super) offers: Vec<Offer>,
}

/// The smaller of two numbers; one instruction, where `f64::min` spends three on NaN.
#[inline]
pub(super) fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// The larger of two numbers.
#[inline]
pub(super) fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// Generation that may not be curtailed.
#[inline]
fn must_take_kwh(steps: &Steps<'_>, step: usize) -> f64 {
    let must_take = |series: Series<'_>| smaller(series.at(step), steps.generation_kw.at(step)) * steps.step_h;
    steps.must_take_kw.map_or(0.0, must_take)
}

#[inline]
pub(super) fn load_kwh(steps: &Steps<'_>, step: usize) -> f64 {
    let mut load_kw = 0.0;
    for tier in steps.tiers {
        load_kw += tier.load_kw.at(step);
    }
    load_kw * steps.step_h
}

/// Most kWh the storage may draw and give in a step by its own limits, those of the step, and the site's rules.
#[inline]
pub(super) fn storage_limits(gains: &Gains, steps: &Steps<'_>, step: usize, need_kwh: f64) -> (f64, f64) {
    let mut charge = gains.charge_max_kwh;
    let mut discharge = gains.discharge_max_kwh;
    if let Some(limit) = steps.charge_max_kw {
        charge = smaller(charge, limit.at(step) * gains.hours);
    }
    if let Some(limit) = steps.discharge_max_kw {
        discharge = smaller(discharge, limit.at(step) * gains.hours);
    }
    if !steps.grid_charging {
        charge = smaller(charge, larger(-need_kwh, 0.0));
    }
    if !steps.storage_export {
        discharge = smaller(discharge, larger(need_kwh, 0.0));
    }
    (charge, discharge)
}

impl Merit {
    /// Lists the offers of a step in one mode of the grid; `None` where the mode cannot meet the load.
    pub(super) fn gather(
        &mut self,
        gains: &Gains,
        steps: &Steps<'_>,
        step: usize,
        kinks: &[Kink],
        grid: Grid,
    ) -> Option<Reach> {
        let hours = steps.step_h;
        let load = load_kwh(steps, step);
        let generation = steps.generation_kw.at(step) * hours;
        let (charge, discharge) = storage_limits(gains, steps, step, load - generation);
        let import = if grid == Grid::Export { 0.0 } else { steps.import_limit_kw.at(step) * hours };
        let export = if grid == Grid::Import { 0.0 } else { steps.export_limit_kw.at(step) * hours };
        let export_price = steps.export_price_per_kwh.at(step);

        self.offers.clear();
        let mut supply = generation + import;
        let must_take = must_take_kwh(steps, step);
        self.offer(0.0, generation - must_take, Kind::Generation);
        // Before import, so that at equal prices nothing is bought to be sold.
        self.offer(export_price, export, Kind::LessExport);
        let price = steps.import_price_per_kwh.at(step);
        let mut excess = 0.0;
        let mut from = 0.0;
        for kink in kinks {
            let to = kink.limit_kwh.clamp(from, import);
            self.import(price, excess, to - from);
            from = to;
            excess += kink.excess_per_kwh;
        }
        self.import(price, excess, import - from);
        for source in steps.sources {
            let most = source.max_kw.at(step) * hours;
            supply += most;
            self.offer(source.cost_per_kwh.at(step), most, Kind::Source);
        }
        sort(&mut self.offers);
        if must_take > 0.0 {
            // First whatever the prices; of it less is taken only where it is dumped.
            self.offers.insert(0, Offer { slope: 0.0, length: must_take, excess: 0.0, kind: Kind::Generation });
        }

        let mut most = charge.min(supply - load);
        let mut least = -discharge.min((load + export - must_take).max(0.0));
        if grid == Grid::Export {
            // Who sells sheds no load: this mode ends where its supply does.
            return (most >= least).then_some(Reach { idle: load + export, least, most, base: -export_price * export });
        }
        if load > supply || steps.shed_to_charge {
            let served = self.offers.len();
            for tier in steps.tiers {
                self.offer(tier.value_of_lost_load_per_kwh, tier.load_kw.at(step) * hours, Kind::Unserved);
            }
            sort(&mut self.offers[served..]);
        }
        if steps.shed_to_charge {
            most = charge.min(supply);
        }
        most = most.max(0.0);
        if grid == Grid::Import && must_take > load {
            // Who buys has used what must be taken.
            least = must_take - load;
        }
        (most >= least).then_some(Reach { idle: load + export, least, most, base: -export_price * export })
    }

    fn offer(&mut self, slope: f64, length: f64, kind: Kind) {
        if length > 0.0 {
            self.offers.push(Offer { slope, length, excess: 0.0, kind });
        }
    }

    fn import(&mut self, price: f64, excess: f64, length: f64) {
        if length > 0.0 {
            self.offers.push(Offer { slope: price + excess, length, excess, kind: Kind::Import });
        }
    }

    /// Takes offers until the storage's draw `bus_kwh` is met. The second value is what caps add to the cost.
    fn settle(&self, reach: &Reach, bus_kwh: f64) -> (Flows, f64) {
        let mut flows = Flows { cost: reach.base, ..Flows::default() };
        let mut excess = 0.0;
        let mut rest = reach.idle + bus_kwh;
        for offer in &self.offers {
            let taken = offer.length.min(rest.max(0.0));
            rest -= taken;
            flows.cost += taken * (offer.slope - offer.excess);
            excess += taken * offer.excess;
            match offer.kind {
                Kind::LessExport => flows.export_kwh += offer.length - taken,
                Kind::Generation => flows.curtailed_kwh += offer.length - taken,
                Kind::Import => flows.import_kwh += taken,
                Kind::Source => flows.source_kwh += taken,
                Kind::Unserved => flows.unserved_kwh += taken,
            }
        }
        (flows, excess)
    }

    /// Slopes and lengths of what is on offer but import, in order.
    pub(super) fn others(&self) -> impl Iterator<Item = (f64, f64)> {
        self.offers.iter().filter(|offer| offer.kind != Kind::Import).map(|offer| (offer.slope, offer.length))
    }

    /// Whether load is on offer to be shed at less than `price`.
    pub(super) fn sheds_below(&self, price: f64) -> bool {
        self.offers.iter().any(|offer| offer.kind == Kind::Unserved && offer.slope < price)
    }

    /// The bus prices around the storage's draw, in a step without a hull.
    pub(super) fn marginal(
        &mut self,
        gains: &Gains,
        steps: &Steps<'_>,
        step: usize,
        kinks: &[Kink],
        bus_kwh: f64,
    ) -> Marginal {
        if let Some(meter) = Meter::of(steps, step) {
            return meter.marginal(kinks, bus_kwh);
        }
        let mut marginal = Marginal { import_kwh: 0.0, last: f64::NEG_INFINITY, next: f64::INFINITY };
        let Some(reach) = self.gather(gains, steps, step, kinks, Grid::Both) else { return marginal };
        marginal.import_kwh = self.settle(&reach, bus_kwh).0.import_kwh;
        let taken = reach.idle + bus_kwh;
        let slack = SLACK * (1.0 + taken.abs());
        let mut from = 0.0;
        for offer in &self.offers {
            if from < taken - slack {
                marginal.last = offer.slope;
            }
            from += offer.length;
            if from > taken + slack {
                marginal.next = offer.slope;
                break;
            }
        }
        marginal
    }

    /// The cheapest way to run a step in which the storage draws `bus_kwh` from the bus (negative: gives); `None` where
    /// there is none. Draws up to `slack_kwh` beyond the reach count as at it.
    pub(super) fn flows(
        &mut self,
        gains: &Gains,
        steps: &Steps<'_>,
        step: usize,
        kinks: &[Kink],
        bus_kwh: f64,
        slack_kwh: f64,
    ) -> Option<(Flows, f64)> {
        let modes = modes(steps, step, bus_kwh > slack_kwh);
        let mut best: Option<(Flows, f64)> = None;
        for &grid in modes {
            let Some(reach) = self.gather(gains, steps, step, kinks, grid) else { continue };
            if bus_kwh < reach.least - slack_kwh || bus_kwh > reach.most + slack_kwh {
                continue;
            }
            let (flows, excess) = self.settle(&reach, bus_kwh.clamp(reach.least, reach.most));
            if best.is_none_or(|(best, best_excess)| flows.cost + excess < best.cost + best_excess) {
                best = Some((flows, excess));
            }
        }
        best
    }
}

/// The modes of the grid that make a step's cost: in each nobody buys and sells at once.
pub(super) fn modes(steps: &Steps<'_>, step: usize, charges: bool) -> &'static [Grid] {
    if charges && is_barred(steps, step) {
        &[Grid::Export]
    } else if one_way_pays(steps, step) {
        &[Grid::Import, Grid::Export]
    } else {
        &[Grid::Both]
    }
}

/// Whether import pays and the storage may not charge from the grid: then a step in which it charges forgoes import.
pub(super) fn is_barred(steps: &Steps<'_>, step: usize) -> bool {
    !steps.grid_charging && steps.import_price_per_kwh.at(step) < 0.0 && steps.import_limit_kw.at(step) > 0.0
}

/// Whether export pays more than import costs, so that buying and selling at once must be ruled out by hand.
pub(super) fn one_way_pays(steps: &Steps<'_>, step: usize) -> bool {
    steps.export_price_per_kwh.at(step) > steps.import_price_per_kwh.at(step)
        && steps.export_limit_kw.at(step) > 0.0
        && steps.import_limit_kw.at(step) > 0.0
}

/// Stable insertion sort by slope: the lists have a handful of entries.
fn sort(offers: &mut [Offer]) {
    for i in 1..offers.len() {
        let mut j = i;
        while j > 0 && offers[j - 1].slope > offers[j].slope {
            offers.swap(j - 1, j);
            j -= 1;
        }
    }
}

/// The cost of a path of stored energy, from the columns alone.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bill {
    /// Sum of the steps' costs, of wear and of shortfalls, less the credit for the energy left: the objective, money.
    pub objective: f64,
    /// Wear of the storage, money; part of the objective.
    pub wear_cost: f64,
    /// Energy charged at the AC terminals, kWh.
    pub charge_kwh: f64,
    /// Energy discharged at the AC terminals, kWh.
    pub discharge_kwh: f64,
    /// Sum of the steps' flows and of their cost.
    pub flows: Flows,
    /// Value of the energy left at the end, money; lowers the objective.
    pub stored_credit: f64,
    /// Price of what is missing to reserves and to the end level, money; part of the objective.
    pub shortfall_cost: f64,
}

/// Costs a path of stored energy over a window: `stored_kwh[k]` before its k-th step, one more value than steps.
///
/// Each step's change, self-discharge taken out, is met in the cheapest way the site allows. `each` sees the flows of
/// every step. `shortfall_price_per_kwh` prices what is missing to reserves and to the end level.
///
/// # Errors
/// Wrong inputs, and the first step whose change the storage or the site cannot make (by more than 1e-7 kWh and 1e-9 of
/// the change).
pub fn evaluate(
    storage: &Storage,
    steps: &Steps<'_>,
    window: &Window,
    stored_kwh: &[f64],
    shortfall_price_per_kwh: f64,
    each: impl FnMut(usize, &Flows),
) -> Result<Bill, Problems> {
    evaluate_under_caps(storage, steps, window, stored_kwh, shortfall_price_per_kwh, |_, _| (), each)
}

/// As [`evaluate`], with sources run to keep import under the kinks that `caps` sets; what they add is not in the bill.
pub(super) fn evaluate_under_caps(
    storage: &Storage,
    steps: &Steps<'_>,
    window: &Window,
    stored_kwh: &[f64],
    shortfall_price_per_kwh: f64,
    mut caps: impl FnMut(usize, &mut Vec<Kink>),
    mut each: impl FnMut(usize, &Flows),
) -> Result<Bill, Problems> {
    let mut problems = Problems::none();
    storage.check(steps.step_h, &mut problems);
    steps.check(&mut problems);
    problems.or_else(|| ())?;
    window.check(steps.count, storage.min_kwh, storage.max_kwh)?;
    if stored_kwh.len() != window.steps + 1 {
        return Err(Problem::new("stored_kwh", "has the wrong number of values")
            .value(stored_kwh.len())
            .allowed(alloc::format!("{}, one more than steps", window.steps + 1))
            .into());
    }
    let gains = Gains::new(storage, steps.step_h);
    let mut merit = Merit::default();
    let mut bill = Bill::default();
    let mut kinks = Vec::new();
    for (k, pair) in stored_kwh.windows(2).enumerate() {
        let step = (window.first_step + k) % steps.count;
        let field = || alloc::format!("stored_kwh[{}]", k + 1);
        if !(storage.min_kwh - 1e-7..=storage.max_kwh + 1e-7).contains(&pair[1]) {
            return Err(Problem::new(field(), "is outside the storage").value(pair[1]).into());
        }
        let bus_kwh = gains.bus_kwh((pair[1] - gains.min_kwh) - gains.keep * (pair[0] - gains.min_kwh));
        caps(step, &mut kinks);
        let Some((flows, _)) = merit.flows(&gains, steps, step, &kinks, bus_kwh, 1e-7 + 1e-9 * bus_kwh.abs()) else {
            return Err(Problem::new(field(), "asks more of the step than it can do")
                .value(alloc::format!("{bus_kwh} kWh drawn from the bus in step {step}"))
                .into());
        };
        bill.charge_kwh += bus_kwh.max(0.0);
        bill.discharge_kwh += (-bus_kwh).max(0.0);
        if let Some(reserve) = steps.reserve_kwh {
            let asked = reserve.at(step).min(storage.max_kwh);
            bill.shortfall_cost += shortfall_price_per_kwh * (asked - pair[1]).max(0.0);
        }
        bill.flows.cost += flows.cost;
        bill.flows.import_kwh += flows.import_kwh;
        bill.flows.export_kwh += flows.export_kwh;
        bill.flows.curtailed_kwh += flows.curtailed_kwh;
        bill.flows.source_kwh += flows.source_kwh;
        bill.flows.unserved_kwh += flows.unserved_kwh;
        each(step, &flows);
    }
    let end_kwh = stored_kwh[window.steps];
    let missing = match window.end {
        EndRule::Free => 0.0,
        EndRule::NotBelowStart => window.start_kwh - end_kwh,
        EndRule::NotBelow(level) => level - end_kwh,
        EndRule::ValuePerKwh(value) => {
            bill.stored_credit = value * (end_kwh - window.start_kwh);
            0.0
        }
    };
    bill.shortfall_cost += shortfall_price_per_kwh * missing.max(0.0);
    bill.wear_cost = gains.wear * bill.discharge_kwh;
    bill.objective = bill.flows.cost + bill.wear_cost + bill.shortfall_cost - bill.stored_credit;
    Ok(bill)
}
