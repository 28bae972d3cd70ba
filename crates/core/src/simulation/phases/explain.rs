//! Explain: what kept storage from doing what its rule wanted. Only where a recorder looks on.

use super::{Flows, Site, Storage};
use crate::dispatch::{Limit, Wish};
use crate::simulation::lane::Lane;

/// Differences up to this share of the powers at hand are rounding.
const SLACK: f64 = 1e-9;

/// The limit that kept the storage of a lane from doing what was wished; `None` where nothing did.
pub(in crate::simulation) fn limit_of<const L: usize>(
    wish: &Wish,
    (site, step, lane): (Site<'_, L>, usize, usize),
    flows: &Flows<L>,
    storage: &Storage<'_, L>,
    power: &[Lane<L>],
) -> Option<Limit> {
    let inputs = site.inputs;
    let done: f64 = power.iter().map(|power| power[lane]).sum();
    let missing = wish.storage_kw - done;
    let slack = SLACK * (1.0 + wish.storage_kw.abs() + done.abs());
    let is_cut = missing.abs() > slack;
    if !is_cut && !wish.at_least {
        return None;
    }
    let wants_discharge = if is_cut { missing > 0.0 } else { wish.storage_kw > 0.0 };
    let is_up = inputs.grid_up(step)[lane] > 0.0;
    let mut at_limit = None;
    let (mut any, mut is_free) = (false, false);
    for ((lanes, limits), power) in storage.batteries.iter().zip(&*storage.limits).zip(power) {
        let battery = lanes.at(lane);
        if battery.max_kwh <= battery.min_kwh {
            continue;
        }
        any = true;
        let (given, limit, most) = if wants_discharge {
            (power[lane], limits.discharge[lane], battery.discharge_max_kw)
        } else {
            (-power[lane], limits.charge[lane], battery.charge_max_kw)
        };
        if given < limit - slack {
            is_free = true;
        } else {
            at_limit = at_limit.or(Some(match (wants_discharge, limit < most) {
                (true, false) => Limit::DischargeMax,
                (true, true) if is_up && battery.reserve_kwh > battery.min_kwh => Limit::ReserveSoc,
                (true, true) => Limit::SocMin,
                (false, false) => Limit::ChargeMax,
                (false, true) => Limit::SocMax,
            }));
        }
    }
    if !any {
        return None;
    }
    if !is_free {
        return at_limit;
    }
    if !is_cut {
        return None;
    }
    let is_barred = storage.rules.iter().any(|rules| {
        let may = if wants_discharge { &rules.export_to_grid } else { &rules.charge_from_grid };
        may[lane] == 0.0
    });
    let (import_limit, export_limit) = (inputs.import_limit.at(step)[lane], inputs.export_limit.at(step)[lane]);
    Some(if !is_up {
        if flows.import[lane] == 0.0 && done == 0.0 { Limit::Dark } else { Limit::Outage }
    } else if wants_discharge && flows.export[lane] >= export_limit - slack {
        Limit::Export
    } else if !wants_discharge && flows.import[lane] >= import_limit - slack {
        Limit::Import
    } else if is_barred {
        if wants_discharge { Limit::ExportToGrid } else { Limit::ChargeFromGrid }
    } else {
        Limit::Recourse
    })
}
