//! The built-in rules for gensets, from their documentation.

use microgrid::Scenario;
use microgrid::dispatch::Dispatch;

use super::battery::Cell;
use super::genset::Engine;
use super::run::{Moment, month_of, value};
use super::{bill, rules};

/// What rounding leaves is worth no start.
const NOTHING_KW: f64 = 1e-6;

pub(crate) struct GensetRule {
    dispatch: Dispatch,
    /// Gensets in the order in which they start.
    order: Vec<usize>,
    setpoint_kwh: f64,
    charging: bool,
}

fn next_kwh(engine: &Engine, carbon_price: f64) -> f64 {
    let (from, to) = match (engine.least_kw(), engine.most_kw()) {
        (least, most) if most > least => (least, most),
        _ => (0.0, engine.genset.rating_kw),
    };
    (engine.cost_per_h(to, carbon_price) - engine.cost_per_h(from, carbon_price)) / (to - from)
}

impl GensetRule {
    pub(crate) fn new(site: &Scenario, dispatch: &Dispatch) -> Self {
        let mut order: Vec<usize> = (0..site.gensets.len()).collect();
        if *dispatch == Dispatch::PriorityList {
            let first_kwh = |i: usize| {
                let engine = Engine::new(&site.gensets[i], 1.0);
                // The first piece of the curve is its cheapest.
                engine.cost_per_h(0.5, site.carbon.price_per_kg) - engine.cost_per_h(0.0, site.carbon.price_per_kg)
            };
            order.sort_by(|a, b| first_kwh(*a).total_cmp(&first_kwh(*b)));
        }
        let setpoint_kwh = match dispatch {
            Dispatch::CycleCharging { setpoint_soc } => {
                site.storage.iter().map(|b| b.capacity_kwh * setpoint_soc.min(b.soc_max)).sum()
            }
            _ => 0.0,
        };
        Self { dispatch: dispatch.clone(), order, setpoint_kwh, charging: false }
    }

    pub(crate) fn decide(&mut self, now: &Moment<'_>, cells: &[Cell]) -> (Vec<f64>, Vec<Option<f64>>) {
        let (site, engines) = (now.site, &now.gensets);
        let carbon_price = site.carbon.price_per_kg;
        let storage_kw: f64 = now.limits.iter().map(|(_, discharge_kw)| discharge_kw).sum();
        let open_kw = (now.deficit_kw() - storage_kw).max(0.0);
        let tie_kw = if now.grid_is_up {
            let rating_kw = site.connection.transformer.map_or(f64::INFINITY, |t| t.rating_kva * t.load_power_factor);
            value(&site.connection.import_limit_kw, now.step).min(rating_kw)
        } else {
            0.0
        };
        let import_price = if tie_kw > 0.0 {
            let month = month_of(site, now.step);
            let energy: f64 = site.tariff.import.iter().map(|c| bill::price(&c.price, month, now.step)).sum();
            energy + value(&site.carbon.intensity_kg_per_kwh, now.step) * carbon_price
        } else {
            f64::INFINITY
        };
        let beyond_kw = (open_kw - tie_kw).max(0.0);
        // On line beyond the load: a share of it and of sun and wind. Storage and tie count with all they can give.
        let reserve_kw =
            site.spinning_reserve.load_share * now.load_kw + site.spinning_reserve.generation_share * now.generation_kw;
        let wanted_kw = beyond_kw.max(now.deficit_kw() + reserve_kw - storage_kw - tie_kw);
        let mut runs: Vec<bool> = engines.iter().map(Engine::must_run).collect();
        let room = |runs: &[bool]| (0..runs.len()).filter(|i| runs[*i]).map(|i| engines[i].most_kw()).sum::<f64>();
        for &i in &self.order {
            if runs[i] || !engines[i].can_run() {
                continue;
            }
            let part_kw = (open_kw - room(&runs)).clamp(0.0, engines[i].most_kw());
            let cost = engines[i].cost_per_h(part_kw.max(engines[i].least_kw()), carbon_price);
            let cheaper = part_kw > NOTHING_KW && cost < import_price * part_kw;
            runs[i] = wanted_kw - room(&runs) > NOTHING_KW || cheaper;
        }
        let mut power_kw: Vec<f64> =
            (0..engines.len()).map(|i| if runs[i] { engines[i].least_kw() } else { 0.0 }).collect();
        let raise = |runs: &[bool], power_kw: &mut Vec<f64>, order: &[usize], to_kw: f64, below: f64| {
            for &i in order {
                let missing_kw = to_kw - power_kw.iter().sum::<f64>();
                if runs[i] && missing_kw > 0.0 && next_kwh(&engines[i], carbon_price) < below {
                    power_kw[i] = (power_kw[i] + missing_kw).min(engines[i].most_kw());
                }
            }
        };
        raise(&runs, &mut power_kw, &self.order, beyond_kw, f64::INFINITY);
        raise(&runs, &mut power_kw, &self.order, open_kw, import_price);

        let usable_kw = now.deficit_kw() + now.limits.iter().map(|(charge_kw, _)| charge_kw).sum::<f64>();
        match self.dispatch {
            Dispatch::CycleCharging { .. } => {
                let stored_kwh: f64 = cells.iter().map(|cell| cell.stored_kwh).sum();
                let below = stored_kwh < self.setpoint_kwh - 1e-9 * (1.0 + self.setpoint_kwh);
                for i in 0..engines.len() {
                    let cheap = next_kwh(&engines[i], carbon_price) < import_price;
                    if self.charging && below && engines[i].running && cheap && !runs[i] {
                        runs[i] = true;
                        power_kw[i] = engines[i].least_kw();
                    }
                }
                raise(&runs, &mut power_kw, &self.order, usable_kw, import_price);
                self.charging = below && runs.contains(&true);
            }
            Dispatch::Combined => {
                let running = || (0..engines.len()).filter(|i| runs[*i]);
                let cost: f64 = running().map(|i| engines[i].cost_per_h(power_kw[i], carbon_price)).sum();
                let next = running().map(|i| next_kwh(&engines[i], carbon_price)).fold(f64::INFINITY, f64::min);
                let battery = site.storage.iter().find(|b| b.capacity_kwh > 0.0);
                let (round_trip, wear) =
                    battery.map_or((1.0, 0.0), |b| (b.charge_efficiency * b.discharge_efficiency, b.wear_cost_per_kwh));
                let served_kw = power_kw.iter().sum::<f64>().min(open_kw);
                if runs.contains(&true) && (next / round_trip + wear) * served_kw < cost {
                    raise(&runs, &mut power_kw, &self.order, usable_kw, import_price);
                }
            }
            _ => {}
        }
        let rest_kw = now.deficit_kw() - power_kw.iter().sum::<f64>();
        let asked = (0..engines.len()).map(|i| runs[i].then_some(power_kw[i])).collect();
        (rules::cover(now, rest_kw), asked)
    }
}
