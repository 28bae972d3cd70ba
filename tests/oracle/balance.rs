//! The balance of one step: requests are held to limits and rules, then the order of recourse closes it.

use microgrid::demand::Tier;

use crate::run::{BatteryEntry, Entry, Moment, value};

pub(crate) fn settle(now: &Moment<'_>, mut power_kw: Vec<f64>, locked: bool) -> Entry {
    let storage = &now.site.storage;
    for (power, (charge_kw, discharge_kw)) in power_kw.iter_mut().zip(&now.limits) {
        *power = power.clamp(-charge_kw, *discharge_kw);
    }
    bar(now, &mut power_kw);
    if !now.grid_is_up {
        if locked || !storage.iter().any(|battery| battery.grid_forming && battery.capacity_kwh > 0.0) {
            return dark(now);
        }
        form_island(now, &mut power_kw);
    }
    let mut entry = empty(now);
    let net_kw = now.deficit_kw() - power_kw.iter().sum::<f64>();
    let (import_limit_kw, export_limit_kw) = tie_limits_kw(now);
    entry.import_kw = net_kw.max(0.0).min(import_limit_kw);
    entry.export_kw = (-net_kw).max(0.0).min(export_limit_kw);
    if net_kw > import_limit_kw {
        recover_shortage(now, &mut power_kw, net_kw - import_limit_kw, &mut entry);
    }
    if -net_kw > export_limit_kw {
        shed_surplus(now, &mut power_kw, -net_kw - export_limit_kw, &mut entry);
    }
    for (battery, power) in entry.batteries.iter_mut().zip(power_kw) {
        battery.charge_kw = (-power).max(0.0);
        battery.discharge_kw = power.max(0.0);
    }
    entry
}

fn empty(now: &Moment<'_>) -> Entry {
    let rest =
        BatteryEntry { charge_kw: 0.0, discharge_kw: 0.0, stored_kwh: 0.0, conversion_loss_kwh: 0.0, leak_kwh: 0.0 };
    Entry {
        load_kw: now.load_kw,
        generation_kw: now.generation_kw,
        import_kw: 0.0,
        export_kw: 0.0,
        curtailed_kw: 0.0,
        dumped_kw: 0.0,
        unserved_kw: [0.0; 3],
        batteries: vec![rest; now.site.storage.len()],
    }
}

/// The tie's limits after the transformer's; nothing passes in an outage.
fn tie_limits_kw(now: &Moment<'_>) -> (f64, f64) {
    if !now.grid_is_up {
        return (0.0, 0.0);
    }
    let tie = &now.site.connection;
    let rating_kw = tie.transformer.map_or(f64::INFINITY, |t| t.rating_kva * t.load_power_factor);
    (value(&tie.import_limit_kw, now.step).min(rating_kw), value(&tie.export_limit_kw, now.step).min(rating_kw))
}

/// Batteries that may not charge from the grid take generation beyond the load only, those that may not export give
/// to load beyond generation only; what batteries before them were asked for is gone.
fn bar(now: &Moment<'_>, power_kw: &mut [f64]) {
    let mut surplus_kw = (-now.deficit_kw()).max(0.0);
    let mut uncovered_kw = now.deficit_kw().max(0.0);
    for (power, battery) in power_kw.iter_mut().zip(&now.site.storage) {
        if *power < 0.0 && !battery.charge_from_grid {
            *power = -(-*power).min(surplus_kw);
        }
        if *power > 0.0 && !battery.export_to_grid {
            *power = power.min(uncovered_kw);
        }
        surplus_kw = (surplus_kw + power.min(0.0)).max(0.0);
        uncovered_kw = (uncovered_kw - power.max(0.0)).max(0.0);
    }
}

/// Grid-forming storage, in order, takes whatever balance the rest of the site leaves, whatever it was asked for.
fn form_island(now: &Moment<'_>, power_kw: &mut [f64]) {
    let forms = |i: usize| now.site.storage[i].grid_forming;
    let followers_kw: f64 = (0..power_kw.len()).filter(|i| !forms(*i)).map(|i| power_kw[i]).sum();
    let mut missing_kw = now.deficit_kw() - followers_kw;
    for i in (0..power_kw.len()).filter(|i| forms(*i)) {
        power_kw[i] = missing_kw.clamp(-now.limits[i].0, now.limits[i].1);
        missing_kw -= power_kw[i];
    }
}

/// Short: charging is cut, storage gives what it still can, load is shed, sheddable first and critical last.
fn recover_shortage(now: &Moment<'_>, power_kw: &mut [f64], mut short_kw: f64, entry: &mut Entry) {
    for power in power_kw.iter_mut().filter(|power| **power < 0.0) {
        let cut_kw = (-*power).min(short_kw);
        *power += cut_kw;
        short_kw -= cut_kw;
    }
    for (power, (_, discharge_kw)) in power_kw.iter_mut().zip(&now.limits) {
        let more_kw = (discharge_kw - *power).max(0.0).min(short_kw);
        *power += more_kw;
        short_kw -= more_kw;
    }
    for (tier, index) in [(Tier::Sheddable, 2), (Tier::Normal, 1), (Tier::Critical, 0)] {
        let asked_kw = tier_kw(now, tier);
        entry.unserved_kw[index] = asked_kw.min(short_kw);
        short_kw -= entry.unserved_kw[index];
    }
    assert!(short_kw <= 1e-9 * (1.0 + now.load_kw), "shedding all load ends every shortage");
}

/// Over: asked discharge is cut, plants that may be are curtailed, the rest is dumped.
fn shed_surplus(now: &Moment<'_>, power_kw: &mut [f64], mut over_kw: f64, entry: &mut Entry) {
    for power in power_kw.iter_mut().filter(|power| **power > 0.0) {
        let cut_kw = power.min(over_kw);
        *power -= cut_kw;
        over_kw -= cut_kw;
    }
    let plants = now.site.generation.iter().filter(|plant| plant.curtailable);
    let curtailable_kw: f64 = plants.map(|plant| plant.scale * value(&plant.power_kw, now.step)).sum();
    entry.curtailed_kw = over_kw.min(curtailable_kw);
    entry.dumped_kw = over_kw - entry.curtailed_kw;
}

/// No grid and nothing that forms one: no load is served, no plant runs, storage rests.
fn dark(now: &Moment<'_>) -> Entry {
    let unserved_kw = [Tier::Critical, Tier::Normal, Tier::Sheddable].map(|tier| tier_kw(now, tier));
    Entry { curtailed_kw: now.generation_kw, unserved_kw, ..empty(now) }
}

fn tier_kw(now: &Moment<'_>, tier: Tier) -> f64 {
    let loads = now.site.loads.iter().filter(|load| load.tier == tier);
    loads.map(|load| load.scale * value(&load.power_kw, now.step)).sum()
}
