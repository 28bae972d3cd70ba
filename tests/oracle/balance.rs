//! The balance of one step: requests are held to limits and rules, then the order of recourse closes it.

use microgrid::demand::Tier;

use super::genset::Engine;
use super::hydrogen::{Act, PlantEntry, Plants};
use super::run::{Asked, BatteryEntry, Entry, GensetEntry, Moment, value};
use super::water_heater::{HeaterEntry, Heaters};

pub(crate) fn settle(now: &Moment<'_>, asked: Asked, locked: bool) -> Entry {
    let storage = &now.site.storage;
    let mut power_kw = asked.battery_kw;
    for (power, (charge_kw, discharge_kw)) in power_kw.iter_mut().zip(&now.limits) {
        *power = power.clamp(-charge_kw, *discharge_kw);
    }
    let mut gensets = Gensets::asked(now, &asked.genset_kw);
    let mut heaters = Heaters::asked(&now.tanks, &asked.heater_kw);
    let mut plants = Plants::unasked(&now.works);
    let supply_kw = gensets.total_kw() - heaters.beyond_unasked_kw() - plants.beyond_unasked_kw();
    // To leave so much is to leave as much as takes the tie where that would have it.
    let wanted_net_kw = now.deficit_kw() - supply_kw - power_kw.iter().sum::<f64>() + asked.curtailed_kw;
    bar(now, &mut power_kw, supply_kw);
    if now.grid_is_up {
        plants.follow(now.step, now.deficit_kw() - supply_kw - power_kw.iter().sum::<f64>());
    }
    if !now.grid_is_up {
        let storage_forms = !locked && storage.iter().any(|battery| battery.grid_forming && battery.capacity_kwh > 0.0);
        if storage_forms {
            form_island(now, &mut power_kw, supply_kw);
        } else if plants.find_former() || gensets.find_former() {
            let supply_kw = gensets.total_kw() - heaters.beyond_unasked_kw() - plants.beyond_unasked_kw();
            let rest_kw = now.deficit_kw() - supply_kw - power_kw.iter().sum::<f64>();
            let short_kw = plants.raise(rest_kw.max(0.0), true);
            let over_kw = plants.lower((-rest_kw).max(0.0), true);
            gensets.raise(short_kw, |engine| engine.genset.grid_forming);
            gensets.lower(over_kw, |engine| engine.genset.grid_forming);
        } else {
            return dark(now);
        }
    }
    let mut entry = empty(now);
    let supply_kw = gensets.total_kw() - heaters.beyond_unasked_kw() - plants.beyond_unasked_kw();
    let mut net_kw = now.deficit_kw() - supply_kw - power_kw.iter().sum::<f64>();
    if asked.curtailed_kw > 0.0 {
        let most_kw = may_leave_kw(now, &power_kw, supply_kw);
        entry.curtailed_kw = (wanted_net_kw - net_kw).min(most_kw).max(0.0);
        net_kw += entry.curtailed_kw;
    }
    let (import_limit_kw, export_limit_kw) = tie_limits_kw(now);
    entry.import_kw = net_kw.max(0.0).min(import_limit_kw);
    entry.export_kw = (-net_kw).max(0.0).min(export_limit_kw);
    if net_kw > import_limit_kw {
        recover_shortage(
            now,
            &mut power_kw,
            (&mut plants, &mut gensets, &mut heaters),
            net_kw - import_limit_kw,
            &mut entry,
        );
    }
    if -net_kw > export_limit_kw {
        shed_surplus(
            now,
            &mut power_kw,
            (&mut plants, &mut gensets, &mut heaters),
            -net_kw - export_limit_kw,
            &mut entry,
        );
    }
    for (battery, power) in entry.batteries.iter_mut().zip(power_kw) {
        battery.charge_kw = (-power).max(0.0);
        battery.discharge_kw = power.max(0.0);
    }
    entry.gensets = gensets.entries;
    entry.heaters = heaters.entries;
    entry.acts = plants.acts;
    entry
}

/// The gensets of a step while it is balanced.
struct Gensets<'m> {
    engines: &'m [Engine],
    entries: Vec<GensetEntry>,
}

impl<'m> Gensets<'m> {
    fn asked(now: &'m Moment<'_>, asked: &[Option<f64>]) -> Self {
        let mut gensets = Self { engines: &now.gensets, entries: vec![OFF; asked.len()] };
        for (i, engine) in now.gensets.iter().enumerate() {
            if engine.must_run() || (asked[i].is_some() && engine.can_run()) {
                gensets.run(i, asked[i].unwrap_or(0.0));
            }
        }
        gensets
    }

    fn run(&mut self, i: usize, kw: f64) {
        let power_kw = kw.max(self.engines[i].least_kw()).min(self.engines[i].most_kw());
        self.entries[i] = GensetEntry { running: true, power_kw, ..OFF };
    }

    fn total_kw(&self) -> f64 {
        self.entries.iter().map(|entry| entry.power_kw).sum()
    }

    /// Whether one forms the grid; starts the first that can where none runs.
    fn find_former(&mut self) -> bool {
        let forms = |i: &usize| self.engines[*i].genset.grid_forming;
        if (0..self.entries.len()).filter(forms).any(|i| self.entries[i].running) {
            return true;
        }
        let first = (0..self.entries.len()).filter(forms).find(|i| self.engines[*i].can_run());
        if let Some(i) = first {
            self.run(i, 0.0);
        }
        first.is_some()
    }

    /// Raises running ones in order; returns what is still short.
    fn raise(&mut self, mut short_kw: f64, may: impl Fn(&Engine) -> bool) -> f64 {
        for (entry, engine) in self.entries.iter_mut().zip(self.engines) {
            if entry.running && may(engine) && short_kw > 0.0 {
                let more_kw = short_kw.min((engine.most_kw() - entry.power_kw).max(0.0));
                entry.power_kw += more_kw;
                short_kw -= more_kw;
            }
        }
        short_kw
    }

    /// Lowers running ones, the last first; returns what is still over.
    fn lower(&mut self, mut over_kw: f64, may: impl Fn(&Engine) -> bool) -> f64 {
        for (entry, engine) in self.entries.iter_mut().zip(self.engines).rev() {
            if entry.running && may(engine) && over_kw > 0.0 {
                let less_kw = over_kw.min((entry.power_kw - engine.least_kw()).max(0.0));
                entry.power_kw -= less_kw;
                over_kw -= less_kw;
            }
        }
        over_kw
    }
}

const OFF: GensetEntry = GensetEntry { running: false, power_kw: 0.0, fuel_per_h: 0.0, started: false };

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
        gensets: vec![OFF; now.gensets.len()],
        heaters: vec![HeaterEntry::default(); now.tanks.len()],
        plants: vec![PlantEntry::default(); now.works.len()],
        acts: vec![Act::Dead; now.works.len()],
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
fn bar(now: &Moment<'_>, power_kw: &mut [f64], gensets_kw: f64) {
    let mut surplus_kw = (gensets_kw - now.deficit_kw()).max(0.0);
    let mut uncovered_kw = (now.deficit_kw() - gensets_kw).max(0.0);
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
fn form_island(now: &Moment<'_>, power_kw: &mut [f64], gensets_kw: f64) {
    let forms = |i: usize| now.site.storage[i].grid_forming;
    let followers_kw: f64 = (0..power_kw.len()).filter(|i| !forms(*i)).map(|i| power_kw[i]).sum();
    let mut missing_kw = now.deficit_kw() - gensets_kw - followers_kw;
    for i in (0..power_kw.len()).filter(|i| forms(*i)) {
        power_kw[i] = missing_kw.clamp(-now.limits[i].0, now.limits[i].1);
        missing_kw -= power_kw[i];
    }
}

/// Short: electrolysers are cut or stopped, flexible heaters are cut to their least, charging is cut, storage gives what it still can, fuel cells and
/// gensets that run give more, others start, standby ends and heaters are cut altogether, load is shed, sheddable first and critical last.
fn recover_shortage(
    now: &Moment<'_>,
    power_kw: &mut [f64],
    (plants, gensets, heaters): (&mut Plants<'_>, &mut Gensets<'_>, &mut Heaters<'_>),
    mut short_kw: f64,
    entry: &mut Entry,
) {
    // What stops, or starts at its least, gives more than was missing: less is imported, the rest is over.
    let mut over_kw = 0.0;
    let mut spare = |short_kw: f64, entry: &mut Entry| {
        let spared_kw = entry.import_kw.min((-short_kw).max(0.0));
        entry.import_kw -= spared_kw;
        over_kw += (-short_kw).max(0.0) - spared_kw;
        short_kw.max(0.0)
    };
    short_kw = spare(plants.cut(short_kw), entry);
    short_kw = heaters.cut(short_kw, false);
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
    short_kw = plants.raise(short_kw, false);
    short_kw = gensets.raise(short_kw, |_| true);
    short_kw = spare(plants.start(short_kw), entry);
    for i in 0..gensets.entries.len() {
        if short_kw > 1e-6 && !gensets.entries[i].running && gensets.engines[i].can_run() {
            gensets.run(i, short_kw);
            short_kw -= gensets.entries[i].power_kw;
        }
    }
    short_kw = spare(short_kw, entry);
    short_kw = spare(plants.cut_altogether(short_kw), entry);
    short_kw = heaters.cut(short_kw, true);
    for (tier, index) in [(Tier::Sheddable, 2), (Tier::Normal, 1), (Tier::Critical, 0)] {
        let asked_kw = tier_kw(now, tier);
        entry.unserved_kw[index] = asked_kw.min(short_kw);
        short_kw -= entry.unserved_kw[index];
    }
    assert!(short_kw <= 1e-9 * (1.0 + now.load_kw), "shedding all load ends every shortage");
    if over_kw > 0.0 {
        shed_surplus(now, power_kw, (plants, gensets, heaters), over_kw, entry);
    }
}

/// Over: asked discharge is cut, fuel cells and gensets are lowered, electrolysers and flexible heaters take up, plants that may be are curtailed, the rest is
/// dumped.
fn shed_surplus(
    now: &Moment<'_>,
    power_kw: &mut [f64],
    (plants, gensets, heaters): (&mut Plants<'_>, &mut Gensets<'_>, &mut Heaters<'_>),
    mut over_kw: f64,
    entry: &mut Entry,
) {
    for power in power_kw.iter_mut().filter(|power| **power > 0.0) {
        let cut_kw = power.min(over_kw);
        *power -= cut_kw;
        over_kw -= cut_kw;
    }
    over_kw = plants.lower(over_kw, false);
    over_kw = gensets.lower(over_kw, |_| true);
    over_kw = plants.absorb(over_kw);
    over_kw = heaters.absorb(over_kw);
    let more_kw = over_kw.min(curtailable_kw(now) - entry.curtailed_kw);
    entry.curtailed_kw += more_kw;
    entry.dumped_kw = over_kw - more_kw;
}

fn curtailable_kw(now: &Moment<'_>) -> f64 {
    let plants = now.site.generation.iter().filter(|plant| plant.curtailable);
    plants.map(|plant| plant.scale * value(&plant.power_kw, now.step)).sum()
}

/// What may be left where that is asked for: not what batteries barred from grid charging charge, who take only what is
/// left over of generation taken. A charge below a microwatt is a rounding.
fn may_leave_kw(now: &Moment<'_>, power_kw: &[f64], gensets_kw: f64) -> f64 {
    let barred = power_kw.iter().zip(&now.site.storage).filter(|(_, battery)| !battery.charge_from_grid);
    let charge_kw: f64 = barred.map(|(power, _)| (-power).max(0.0)).sum();
    let surplus_kw = gensets_kw - now.deficit_kw();
    if now.grid_is_up && charge_kw > 1e-9 {
        curtailable_kw(now).min((surplus_kw - charge_kw).max(0.0))
    } else {
        curtailable_kw(now)
    }
}

/// No grid and nothing that forms one: no load is served, no plant and no genset runs, storage rests.
fn dark(now: &Moment<'_>) -> Entry {
    let unserved_kw = [Tier::Critical, Tier::Normal, Tier::Sheddable].map(|tier| tier_kw(now, tier));
    Entry { curtailed_kw: now.generation_kw, unserved_kw, ..empty(now) }
}

fn tier_kw(now: &Moment<'_>, tier: Tier) -> f64 {
    let loads = now.site.loads.iter().filter(|load| load.tier == tier);
    loads.map(|load| load.scale * value(&load.power_kw, now.step)).sum()
}
