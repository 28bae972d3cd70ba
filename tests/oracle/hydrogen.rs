//! One hydrogen plant, from the physics of its documentation: cells, gas and compressor in plain formulas, read between even
//! powers and masses as documented, every inversion a bisection, the electrolyser a machine of named phases.

use microgrid::storage::{Electrolyser, FuelCell, HydrogenPlant, Polarisation};
use microgrid::{Plan, Scenario};

use super::run::{hours, value};

const LHV: f64 = 33.33;
/// kWh of a kilogram for each volt of a cell.
const PER_VOLT: f64 = 2.0 * 96_485.332_12 / 2.015_88e-3 / 3.6e6;
/// Powers of a rounding's size, kW.
const NOTHING_KW: f64 = 1e-6;

/// What the electrolyser does between steps.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    /// Warm for so long still; off at 0.
    Still {
        warm_s: f64,
    },
    /// On its way; interrupted it is as warm as before.
    Starting {
        left_s: f64,
        warm_s: f64,
    },
    On {
        electrolyser_kw: f64,
    },
}

/// What the plant does in a step, by its mean power.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Act {
    Rest,
    Dead,
    /// With what the electrolyser takes of it and the compressor's work, where these are known.
    Make {
        kw: f64,
        known: Option<(f64, f64)>,
    },
    Give {
        kw: f64,
    },
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PlantEntry {
    pub(crate) taken_kw: f64,
    pub(crate) given_kw: f64,
    pub(crate) stored_kg: f64,
    pub(crate) bar: f64,
    pub(crate) made_kg: f64,
    pub(crate) used_kg: f64,
    pub(crate) delivered_kg: f64,
    pub(crate) unserved_kg: f64,
    pub(crate) sold_kg: f64,
    pub(crate) compression_kwh: f64,
    pub(crate) started: bool,
    pub(crate) cell_started: bool,
}

/// Rows of numbers at even arguments, straight in between.
type Rows = Vec<(f64, [f64; 2])>;

#[derive(Debug, Clone)]
pub(crate) struct Works {
    pub(crate) plant: HydrogenPlant,
    h: f64,
    made: Rows,
    used: Rows,
    tank: Rows,
    is_cheap: Vec<bool>,
    is_dear: Vec<bool>,
    phase: Phase,
    pub(crate) stored_kg: f64,
    pub(crate) rise_v: f64,
    generating: bool,
    /// Of the step.
    load_kg: f64,
    pub(crate) unasked: Act,
}

impl Works {
    /// The plants of a site at rest.
    pub(crate) fn all(site: &Scenario) -> Vec<Self> {
        if site.hydrogen.is_empty() {
            return Vec::new();
        }
        // The prices that the plan publishes: the bill's oracle checks them.
        let plain = Scenario { hydrogen: Vec::new(), water_heaters: Vec::new(), ..site.clone() };
        let prices = Plan::compile(&plain).unwrap().import_price_per_kwh().to_vec();
        site.hydrogen.iter().map(|plant| Self::new(plant, hours(site), &prices)).collect()
    }

    fn new(plant: &HydrogenPlant, h: f64, prices: &[f64]) -> Self {
        let up_to = plant.electrolyser.as_ref().map(|e| e.grid_up_to_price_per_kwh);
        let from = plant.fuel_cell.as_ref().map(|cell| cell.from_price_per_kwh);
        let tank = tank_rows(plant);
        let (least, most) = (tank[0].0, tank.last().unwrap().0);
        Self {
            plant: plant.clone(),
            h,
            made: plant.electrolyser.as_ref().map_or(Vec::new(), made_rows),
            used: plant.fuel_cell.as_ref().map_or(Vec::new(), used_rows),
            is_cheap: prices.iter().map(|price| up_to.is_some_and(|up_to| *price <= up_to)).collect(),
            is_dear: prices.iter().map(|price| from.is_some_and(|from| *price >= from)).collect(),
            phase: Phase::Still { warm_s: 0.0 },
            stored_kg: least + plant.tank.initial_level * (most - least),
            tank,
            rise_v: 0.0,
            generating: false,
            load_kg: 0.0,
            unasked: Act::Rest,
        }
    }

    fn at_level(&self, level: f64) -> f64 {
        let (least, most) = (self.tank[0].0, self.tank.last().unwrap().0);
        least + level * (most - least)
    }

    fn work(&self, kg: f64) -> f64 {
        read(&self.tank, kg)[0]
    }

    /// Standby in the mean of the step, kW.
    pub(crate) fn idle_kw(&self) -> f64 {
        let Some(electrolyser) = &self.plant.electrolyser else { return 0.0 };
        let warm_s = match self.phase {
            Phase::Still { warm_s } | Phase::Starting { warm_s, .. } => warm_s,
            Phase::On { .. } => electrolyser.standby_h * 3600.0,
        };
        electrolyser.standby_share * electrolyser.rating_kw * warm_s.min(self.h * 3600.0) / (self.h * 3600.0)
    }

    /// Hours of starting in the step, if it runs.
    fn start_h(&self, electrolyser: &Electrolyser) -> f64 {
        let seconds = match self.phase {
            Phase::Still { warm_s } if warm_s > 0.0 => electrolyser.warm_start_s,
            Phase::Still { .. } => electrolyser.cold_start_s,
            Phase::Starting { left_s, .. } => left_s,
            Phase::On { .. } => 0.0,
        };
        (seconds / 3600.0).min(self.h)
    }

    fn health(&self, electrolyser: &Electrolyser) -> f64 {
        let curve = &electrolyser.polarisation;
        let rated_v = cell_v(curve, rated_current(curve));
        rated_v / (rated_v + self.rise_v)
    }

    fn flow(&self, electrolyser: &Electrolyser, electrolyser_kw: f64) -> f64 {
        self.health(electrolyser) * read(&self.made, electrolyser_kw)[0]
    }

    /// The work of compression while it makes so much an hour.
    fn work_at(&self, electrolyser: &Electrolyser, kg_per_h: f64) -> f64 {
        self.work(self.stored_kg + (kg_per_h * (self.h - self.start_h(electrolyser)) - self.load_kg) / 2.0)
    }

    /// What the electrolyser takes of a power with the compressor, and the compressor's work.
    fn apart(&self, electrolyser: &Electrolyser, power_kw: f64) -> (f64, f64) {
        let (least, most) = (self.made[0].0, self.made.last().unwrap().0);
        let at = |work: f64| bisect(least, most, |kw| kw + work * self.flow(electrolyser, kw) - power_kw);
        let first = at(self.work(self.stored_kg));
        let work = self.work_at(electrolyser, self.flow(electrolyser, first));
        (at(work), work)
    }

    /// Least and greatest that the electrolyser may take while on.
    fn window(&self, electrolyser: &Electrolyser) -> Option<(f64, f64)> {
        let on_h = self.h - self.start_h(electrolyser);
        let (bottom, mut most) = (electrolyser.min_load * electrolyser.rating_kw, electrolyser.rating_kw);
        let mut least = bottom;
        if let Phase::On { electrolyser_kw } = self.phase {
            let ramp = electrolyser.ramp_kw_per_h * self.h;
            most = most.min(electrolyser_kw + ramp).max(bottom);
            least = least.max(electrolyser_kw - ramp);
        }
        let room = self.tank.last().unwrap().0 - self.stored_kg + self.load_kg;
        let starts = matches!(self.phase, Phase::Still { .. });
        if starts && room < self.flow(electrolyser, bottom) {
            return None;
        }
        if self.flow(electrolyser, most) * on_h > room {
            if self.flow(electrolyser, bottom) * on_h > room {
                return None;
            }
            most = most.min(bisect(bottom, electrolyser.rating_kw, |kw| self.flow(electrolyser, kw) * on_h - room));
            least = least.min(most);
        }
        Some((least, most))
    }

    fn mean(&self, electrolyser: &Electrolyser, on_kw: f64) -> f64 {
        let start_h = self.start_h(electrolyser);
        (electrolyser.start_share * electrolyser.rating_kw * start_h + on_kw * (self.h - start_h)) / self.h
    }

    /// Mean power while the electrolyser takes so much when on.
    fn mean_of(&self, electrolyser: &Electrolyser, electrolyser_kw: f64) -> f64 {
        let flow = self.flow(electrolyser, electrolyser_kw);
        self.mean(electrolyser, electrolyser_kw + self.work_at(electrolyser, flow) * flow)
    }

    fn draw_limits(&self) -> Option<(f64, f64)> {
        let electrolyser = self.plant.electrolyser.as_ref()?;
        let (least, most) = self.window(electrolyser)?;
        Some((self.mean_of(electrolyser, least), self.mean_of(electrolyser, most)))
    }

    /// Runs as hard as it may.
    fn full(&self) -> Option<Act> {
        let electrolyser = self.plant.electrolyser.as_ref()?;
        let (_, most) = self.window(electrolyser)?;
        let known = Some((most, self.work_at(electrolyser, self.flow(electrolyser, most))));
        Some(Act::Make { kw: self.mean_of(electrolyser, most), known })
    }

    fn give_limits(&self, floor_kg: f64) -> Option<(f64, f64)> {
        let cell = self.plant.fuel_cell.as_ref()?;
        let (least, most) = (cell.min_load * cell.rating_kw, cell.rating_kw);
        let there = (self.stored_kg - floor_kg - self.load_kg) / self.h;
        if there < read(&self.used, least)[0] {
            return None;
        }
        Some((least, bisect(least, most, |kw| read(&self.used, kw)[0] - there)))
    }

    /// Finds what it does unasked before storage: full power from the grid where it is cheap or the tank too empty.
    pub(crate) fn look(&mut self, step: usize, grid_is_up: bool) {
        self.load_kg = value(&self.plant.load_kg_per_h, step) * self.h;
        self.unasked = Act::Rest;
        if let Some(electrolyser) = &self.plant.electrolyser {
            let slack = 1e-9 * self.tank.last().unwrap().0;
            let too_empty = self.stored_kg < self.at_level(electrolyser.grid_below_level) - slack;
            if grid_is_up && (self.is_cheap[step] || too_empty) {
                self.unasked = self.full().unwrap_or(Act::Rest);
            }
        }
    }

    /// What it takes unasked, net.
    pub(crate) fn unasked_kw(&self) -> f64 {
        -self.power_kw(self.unasked)
    }

    /// What it does once storage has done what it does.
    fn follow(&self, step: usize, net_kw: f64) -> Act {
        if net_kw < -NOTHING_KW {
            let Some(electrolyser) = &self.plant.electrolyser else { return Act::Rest };
            let there = self.idle_kw() - net_kw;
            let starts = self.start_h(electrolyser) > 0.0;
            if there < self.made[0].0 || (starts && there < electrolyser.start_share * electrolyser.rating_kw) {
                return Act::Rest;
            }
            let Some((least, most)) = self.window(electrolyser) else { return Act::Rest };
            let (wanted, work) = self.apart(electrolyser, there);
            let held = wanted.min(most).max(least);
            let on_kw = held + work * self.flow(electrolyser, held);
            return if on_kw > there + NOTHING_KW {
                Act::Rest
            } else {
                Act::Make { kw: self.mean(electrolyser, on_kw), known: Some((held, work)) }
            };
        }
        if net_kw > NOTHING_KW && self.is_dear[step] {
            let floor = self.plant.fuel_cell.as_ref().map_or(0.0, |cell| cell.reserve_level);
            if let Some((_, most)) = self.give_limits(self.at_level(floor)).filter(|(least, _)| net_kw >= *least) {
                return Act::Give { kw: net_kw.min(most) };
            }
        }
        Act::Rest
    }

    fn power_kw(&self, act: Act) -> f64 {
        match act {
            Act::Rest => -self.idle_kw(),
            Act::Dead => 0.0,
            Act::Make { kw, .. } => -kw,
            Act::Give { kw } => kw - self.idle_kw(),
        }
    }

    /// A step; fills the entry.
    pub(crate) fn advance(&mut self, act: Act, entry: &mut PlantEntry) {
        let was_on = matches!(self.phase, Phase::On { .. });
        entry.given_kw = if let Act::Give { kw } = act { kw } else { 0.0 };
        entry.taken_kw = entry.given_kw - self.power_kw(act);
        if let (Act::Make { kw, known }, Some(electrolyser)) = (act, self.plant.electrolyser.clone()) {
            let start_h = self.start_h(&electrolyser);
            let on_h = self.h - start_h;
            let warm_s = match self.phase {
                Phase::Still { warm_s } | Phase::Starting { warm_s, .. } => warm_s,
                Phase::On { .. } => 0.0,
            };
            let whole_s = match self.phase {
                Phase::Still { warm_s } if warm_s > 0.0 => electrolyser.warm_start_s,
                Phase::Still { .. } => electrolyser.cold_start_s,
                Phase::Starting { left_s, .. } => left_s,
                Phase::On { .. } => 0.0,
            };
            entry.started = matches!(self.phase, Phase::Still { .. });
            self.phase = Phase::Starting { left_s: whole_s - 3600.0 * start_h, warm_s };
            if on_h > 0.0 {
                let start_kwh = electrolyser.start_share * electrolyser.rating_kw * start_h;
                // The phase has moved on; what is found for this step is found for its hours on.
                let on_kw = (kw * self.h - start_kwh) / on_h;
                let (electrolyser_kw, work) = known.unwrap_or_else(|| self.apart_for(&electrolyser, on_kw, on_h));
                entry.made_kg = self.flow(&electrolyser, electrolyser_kw) * on_h;
                entry.compression_kwh = work * entry.made_kg;
                self.rise_v += electrolyser.voltage_rise_v_per_h * on_h;
                self.phase = Phase::On { electrolyser_kw };
            }
        } else {
            let step_s = self.h * 3600.0;
            let standby_s = self.plant.electrolyser.as_ref().map_or(0.0, |e| e.standby_h * 3600.0);
            let warm_s = match self.phase {
                Phase::Still { warm_s } | Phase::Starting { warm_s, .. } => warm_s,
                Phase::On { .. } => standby_s,
            };
            if was_on {
                self.rise_v += self.plant.electrolyser.as_ref().map_or(0.0, |e| e.voltage_rise_per_stop_v);
            }
            self.phase = Phase::Still { warm_s: if act == Act::Dead { 0.0 } else { (warm_s - step_s).max(0.0) } };
        }
        if let Act::Give { kw } = act {
            entry.used_kg = read(&self.used, kw)[0] * self.h;
        }
        entry.cell_started = matches!(act, Act::Give { .. }) && !self.generating;
        self.generating = matches!(act, Act::Give { .. });
        let there = self.stored_kg + entry.made_kg - entry.used_kg;
        entry.delivered_kg = self.load_kg.min(there - self.tank[0].0).max(0.0);
        entry.unserved_kg = self.load_kg - entry.delivered_kg;
        let left = there - entry.delivered_kg;
        if let Some(sale) = self.plant.sale {
            entry.sold_kg = (sale.most_kg_per_h * self.h).min(left - self.at_level(sale.above_level)).max(0.0);
        }
        self.stored_kg = left - entry.sold_kg;
        entry.stored_kg = self.stored_kg;
        entry.bar = read(&self.tank, self.stored_kg)[1];
    }

    fn apart_for(&self, electrolyser: &Electrolyser, power_kw: f64, on_h: f64) -> (f64, f64) {
        let (least, most) = (self.made[0].0, self.made.last().unwrap().0);
        let at = |work: f64| bisect(least, most, |kw| kw + work * self.flow(electrolyser, kw) - power_kw);
        let first = self.flow(electrolyser, at(self.work(self.stored_kg)));
        let work = self.work(self.stored_kg + (first * on_h - self.load_kg) / 2.0);
        (at(work), work)
    }
}

/// The plants of a step while it is balanced.
pub(crate) struct Plants<'m> {
    works: &'m [Works],
    pub(crate) acts: Vec<Act>,
}

impl<'m> Plants<'m> {
    pub(crate) fn unasked(works: &'m [Works]) -> Self {
        Self { works, acts: works.iter().map(|works| works.unasked).collect() }
    }

    /// What they feed in, net.
    pub(crate) fn total_kw(&self) -> f64 {
        self.works.iter().zip(&self.acts).map(|(works, act)| works.power_kw(*act)).sum()
    }

    /// What they take beyond what they would unasked.
    pub(crate) fn beyond_unasked_kw(&self) -> f64 {
        -self.total_kw() - self.works.iter().map(Works::unasked_kw).sum::<f64>()
    }

    pub(crate) fn follow(&mut self, step: usize, mut net_kw: f64) {
        for (works, act) in self.works.iter().zip(&mut self.acts) {
            if *act == Act::Rest {
                let before_kw = works.power_kw(*act);
                *act = works.follow(step, net_kw);
                net_kw -= works.power_kw(*act) - before_kw;
            }
        }
    }

    /// Electrolysers take less, the last first, or stop; below zero the rest is what stopping frees beyond the need.
    pub(crate) fn cut(&mut self, mut short_kw: f64) -> f64 {
        for (works, act) in self.works.iter().zip(&mut self.acts).rev() {
            let Act::Make { kw, .. } = *act else { continue };
            if short_kw <= NOTHING_KW {
                break;
            }
            let least_kw = works.draw_limits().map_or(kw, |(least, _)| least);
            if kw - short_kw >= least_kw {
                *act = Act::Make { kw: kw - short_kw, known: None };
                short_kw = 0.0;
            } else {
                *act = Act::Rest;
                short_kw -= kw - works.idle_kw();
            }
        }
        short_kw
    }

    /// Standby ends; as `cut`.
    pub(crate) fn cut_altogether(&mut self, mut short_kw: f64) -> f64 {
        for (works, act) in self.works.iter().zip(&mut self.acts).rev() {
            if short_kw > NOTHING_KW && *act == Act::Rest && works.idle_kw() > 0.0 {
                *act = Act::Dead;
                short_kw -= works.idle_kw();
            }
        }
        short_kw
    }

    /// Running fuel cells give more; returns what is still short.
    pub(crate) fn raise(&mut self, mut short_kw: f64, formers: bool) -> f64 {
        for (works, act) in self.works.iter().zip(&mut self.acts) {
            if let (Act::Give { kw }, true) = (*act, !formers || works.forms()) {
                let most_kw = works.give_limits(works.tank[0].0).map_or(kw, |(_, most)| most);
                let more_kw = (most_kw - kw).max(0.0).min(short_kw.max(0.0));
                *act = Act::Give { kw: kw + more_kw };
                short_kw -= more_kw;
            }
        }
        short_kw
    }

    /// Fuel cells start; below zero the rest is what a least load gives beyond the need.
    pub(crate) fn start(&mut self, mut short_kw: f64) -> f64 {
        for (works, act) in self.works.iter().zip(&mut self.acts) {
            let can =
                if short_kw > NOTHING_KW && *act == Act::Rest { works.give_limits(works.tank[0].0) } else { None };
            if let Some((least, most)) = can {
                let kw = short_kw.max(least).min(most);
                *act = Act::Give { kw };
                short_kw -= kw;
            }
        }
        short_kw
    }

    /// Running fuel cells give less, the last first; returns what is still over.
    pub(crate) fn lower(&mut self, mut over_kw: f64, formers: bool) -> f64 {
        let order: Vec<usize> =
            if formers { (0..self.acts.len()).collect() } else { (0..self.acts.len()).rev().collect() };
        for i in order {
            let works = &self.works[i];
            if let (Act::Give { kw }, true) = (self.acts[i], !formers || works.forms()) {
                let least_kw = works.give_limits(works.tank[0].0).map_or(kw, |(least, _)| least.min(kw));
                let less_kw = (kw - least_kw).min(over_kw.max(0.0));
                self.acts[i] = Act::Give { kw: kw - less_kw };
                over_kw -= less_kw;
            }
        }
        over_kw
    }

    /// Electrolysers take up more, or start; returns what is still over.
    pub(crate) fn absorb(&mut self, mut over_kw: f64) -> f64 {
        for (works, act) in self.works.iter().zip(&mut self.acts) {
            let now_kw = match *act {
                Act::Make { kw, .. } => kw,
                Act::Rest => works.idle_kw(),
                Act::Dead | Act::Give { .. } => continue,
            };
            if over_kw <= NOTHING_KW {
                continue;
            }
            if let Some((least, most)) =
                works.draw_limits().filter(|(least, most)| now_kw + over_kw >= *least && *most > now_kw)
            {
                let kw = (now_kw + over_kw).min(most).max(least);
                let full = works.full().filter(|_| most <= now_kw + over_kw);
                *act = full.unwrap_or(Act::Make { kw, known: None });
                over_kw -= kw - now_kw;
            }
        }
        over_kw.max(0.0)
    }

    /// Whether a fuel cell forms the grid; starts the first that can where none runs.
    pub(crate) fn find_former(&mut self) -> bool {
        let forms: Vec<usize> = (0..self.acts.len()).filter(|i| self.works[*i].forms()).collect();
        if forms.iter().any(|i| matches!(self.acts[*i], Act::Give { .. })) {
            return true;
        }
        for i in forms {
            if let Some((least, _)) = self.works[i].give_limits(self.works[i].tank[0].0) {
                self.acts[i] = Act::Give { kw: least };
                return true;
            }
        }
        false
    }
}

impl Works {
    fn forms(&self) -> bool {
        self.plant.fuel_cell.as_ref().is_some_and(|cell| cell.grid_forming)
    }
}

/// Where a function that rises crosses zero, held to the ends.
fn bisect(mut low: f64, mut high: f64, of: impl Fn(f64) -> f64) -> f64 {
    if of(high) <= 0.0 {
        return high;
    }
    if of(low) >= 0.0 {
        return low;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if of(middle) > 0.0 {
            high = middle;
        } else {
            low = middle;
        }
    }
    0.5 * (low + high)
}

/// Straight between rows, level beyond the ends.
fn read(rows: &Rows, at: f64) -> [f64; 2] {
    let at = at.max(rows[0].0).min(rows.last().unwrap().0);
    let pair = rows.windows(2).find(|pair| at <= pair[1].0).unwrap();
    let share = (at - pair[0].0) / (pair[1].0 - pair[0].0);
    [0, 1].map(|n| pair[0].1[n] + share * (pair[1].1[n] - pair[0].1[n]))
}

fn even(first: f64, last: f64, cells: u32, of: impl Fn(f64) -> [f64; 2]) -> Rows {
    let at = |k: u32| first + (last - first) * f64::from(k) / f64::from(cells);
    (0..=cells).map(|k| (at(k), of(at(k)))).collect()
}

fn rated_current(curve: &Polarisation) -> f64 {
    match curve {
        Polarisation::PemElectrolyser => 2.0,
        Polarisation::AlkalineElectrolyser => 0.3,
        Polarisation::PemFuelCell => 0.6,
        Polarisation::Points(_) => panic!("no random plant has a curve of its own"),
    }
}

fn cell_v(curve: &Polarisation, j: f64) -> f64 {
    match curve {
        Polarisation::PemElectrolyser => {
            let thermal = 8.314_462_618 * 353.15 / 96_485.332_12;
            let asinh = |x: f64| (x + (x * x + 1.0).sqrt()).ln();
            1.229 + thermal / 2.0 * asinh(j / 8e-7) + thermal / 0.5 * asinh(j / 8e-3) + j * 0.0077 / 0.211_577_4
        }
        Polarisation::AlkalineElectrolyser => 1.184 + 0.6445 * j + 0.166_06 * (651.4 * j + 1.0).log10(),
        Polarisation::PemFuelCell => {
            let ma = (1000.0 * j).max(1.0);
            1.031 - 2.45e-4 * ma - 0.03 * ma.ln() - 2.11e-5 * (0.008 * ma).exp()
        }
        Polarisation::Points(_) => panic!("no random plant has a curve of its own"),
    }
}

/// Current density at a share of the rated DC power.
fn current(curve: &Polarisation, share: f64) -> f64 {
    let rated = rated_current(curve);
    bisect(0.0, rated, |j| j * cell_v(curve, j) - share * rated * cell_v(curve, rated))
}

/// Hydrogen in kg/h, and heat, against AC power.
fn made_rows(e: &Electrolyser) -> Rows {
    let dc = |ac: f64| (ac - e.auxiliary_share * e.rating_kw) * e.rectifier_efficiency;
    even(e.min_load * e.rating_kw, e.rating_kw, 64, |ac| {
        let j = current(&e.polarisation, dc(ac) / dc(e.rating_kw));
        let faraday = e.faraday_efficiency * 1e6 * j * j / (250.0 + 1e6 * j * j);
        let kg_per_h = faraday * dc(ac) / cell_v(&e.polarisation, j) / PER_VOLT;
        [kg_per_h, dc(ac) - LHV * kg_per_h]
    })
}

fn used_rows(cell: &FuelCell) -> Rows {
    let dc = |ac: f64| (ac + cell.auxiliary_share * cell.rating_kw) / cell.inverter_efficiency;
    even(cell.min_load * cell.rating_kw, cell.rating_kw, 64, |ac| {
        let j = current(&cell.polarisation, dc(ac) / dc(cell.rating_kw));
        let kg_per_h = dc(ac) / cell_v(&cell.polarisation, j) / PER_VOLT / cell.fuel_utilisation;
        [kg_per_h, LHV * kg_per_h - dc(ac)]
    })
}

/// Lemmon, Huber and Leachman 2008.
fn compressibility(bar: f64, kelvin: f64) -> f64 {
    let a = [
        0.058_884_6,
        -0.061_361_11,
        -0.002_650_473,
        0.002_731_125,
        0.001_802_374,
        -0.001_150_707,
        0.958_852_8e-4,
        -0.110_904e-6,
        0.126_440_3e-9,
    ];
    let b = [1.325, 1.87, 2.5, 2.8, 2.938, 628.0 / 200.0, 3.37, 3.75, 4.0];
    let c = [1.0, 1.0, 2.0, 2.0, 2.42, 2.63, 3.0, 4.0, 5.0];
    1.0 + (0..9).map(|i| a[i] * (100.0 / kelvin).powf(b[i]) * (bar / 10.0).powf(c[i])).sum::<f64>()
}

/// Work of compression and pressure against mass.
fn tank_rows(plant: &HydrogenPlant) -> Rows {
    let (tank, gas) = (&plant.tank, 8.314_472 / 2.015_88e-3);
    let kelvin = tank.temperature_c + 273.15;
    let mass = |bar: f64| tank.volume_m3 * bar * 1e5 / (compressibility(bar, kelvin) * gas * kelvin);
    let outlet = plant.electrolyser.as_ref().map_or(tank.most_bar, |electrolyser| electrolyser.outlet_bar);
    let stages = ((tank.most_bar / outlet).max(1.0).ln() / 2.1f64.ln()).ceil().max(1.0);
    even(mass(tank.least_bar), mass(tank.most_bar), 128, |kg| {
        let bar = bisect(1e-9, 1.01 * tank.most_bar, |bar| mass(bar) - kg);
        let work = match plant.compressor {
            Some(compressor) if bar > outlet => {
                let z = 0.5 * (compressibility(outlet, kelvin) + compressibility(bar, kelvin));
                let rise = (bar / outlet).powf(0.41 / 1.41 / stages) - 1.0;
                let efficiency = compressor.isentropic_efficiency * compressor.motor_efficiency;
                z * gas * kelvin * stages * 1.41 / 0.41 * rise / efficiency / 3.6e6
            }
            _ => 0.0,
        };
        [work, bar]
    })
}
