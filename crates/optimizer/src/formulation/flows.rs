//! The flows of one step, and the balance of the bus.

use microgrid_core::demand::Tier;
use microgrid_core::utility::MeteringForm;

use super::Draft;
use super::tariff::ChargeFactors;
use crate::programme::{Sense, Variable};
use crate::relaxation::Relaxation;

/// What a step brings, kW.
pub(super) struct Seen {
    /// Load by tier, highest first, without what tasks move.
    load: [f64; 3],
    generation: f64,
    /// Load less generation, without what tasks move.
    pub(super) deficit: f64,
    pub(super) import_limit: f64,
    export_limit: f64,
    /// What gensets can give.
    gensets: f64,
    /// Most that tasks can draw.
    pub(super) movable: f64,
}

/// Most charge and discharge of a battery in a step, kW.
#[derive(Clone, Copy)]
struct Room {
    charge: f64,
    discharge: f64,
}

/// The flow variables of a step's bus, with their sign in `in − out`.
type Bus = Vec<(Variable, f64)>;

/// A step's variables beyond storage and gensets; none where the site cannot import, cannot export, or leaves nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tie {
    pub(crate) import: Option<Variable>,
    pub(crate) export: Option<Variable>,
    pub(crate) curtailed: Option<Variable>,
    /// Whether leaving generation gains by prices, import that pays or export that costs.
    pub(crate) leaving_gains: bool,
    /// Whether import pays, so that it may displace generation that the load needs.
    import_pays: bool,
}

/// The charge of batteries barred from grid charging, each with −1, and what of it the rooms let be at most, kW.
struct Barred {
    charges: Bus,
    most_kw: f64,
}

impl Draft<'_> {
    pub(super) fn write_step(&mut self, step: usize, factors: &ChargeFactors) {
        let up = self.plan.grid_is_up(step);
        let seen = self.observe(step, up);
        let dark = !up && !self.has_former();
        let gensets = self.write_gensets(step, dark);
        if dark {
            return self.write_dark_step(&seen);
        }
        let rooms = self.rooms(&seen, up);
        let mut bus: Bus = gensets.iter().map(|power| (*power, 1.0)).collect();
        bus.extend(self.movable.of_step(step).iter().map(|draw| (*draw, -1.0)));
        let barred = self.write_storage(step, &seen, &rooms, up, &mut bus);
        let tie = self.write_tie(step, &seen, &rooms, factors, &mut bus);
        self.write_barred_charge(&seen, &tie, &gensets, barred);
        self.write_shedding(&seen, up, &mut bus);
        // A bus without a flow balances: what is asked is 0.
        if !bus.is_empty() {
            self.site.programme.row(Sense::Equal, seen.deficit, bus);
        }
        if !up {
            self.site.relaxations.insert(Relaxation::IslandBalance);
        }
    }

    /// Whether anything could form the site's grid in an outage. A genset may be at rest then, and the site dark; that
    /// costs more than what the programme makes of the step.
    pub(super) fn has_former(&self) -> bool {
        let gensets = &self.plan.scenario().gensets;
        self.stores.iter().any(|store| store.forms_grid)
            || gensets.iter().any(|genset| genset.grid_forming && genset.rating_kw > 0.0)
    }

    pub(super) fn observe(&self, step: usize, up: bool) -> Seen {
        let scenario = self.plan.scenario();
        let mut load = [0.0; 3];
        for (index, part) in scenario.loads.iter().enumerate() {
            if !self.movable.is_planned(index) {
                load[part.tier as usize] += part.scale * part.power_kw.at(step);
            }
        }
        for (tier, kw) in load.iter_mut().enumerate() {
            *kw += self.movable.fixed_kw(tier, step);
        }
        let generation = self.plan.generation_kw(step);
        let tie = &scenario.connection;
        let rating = tie.transformer.map_or(f64::INFINITY, |transformer| transformer.limit_kw());
        let limit = |kw: f64| if up { kw.min(rating) } else { 0.0 };
        Seen {
            deficit: load.iter().sum::<f64>() - generation,
            load,
            generation,
            import_limit: limit(tie.import_limit_kw.at(step)),
            export_limit: limit(tie.export_limit_kw.at(step)),
            gensets: self.genset_most_kw(),
            movable: self.movable.most_kw(step),
        }
    }

    /// Without grid and grid-former nothing runs: all load is lost, storage rests and leaks.
    fn write_dark_step(&mut self, seen: &Seen) {
        let values = self.plan.value_of_lost_load_per_kwh();
        let lost: f64 = seen.load.iter().zip(values).map(|(kw, value)| kw * value).sum();
        self.site.programme.constant += lost * self.plan.step_h();
        self.site.ties.push(Tie::default());
        for battery in 0..self.stores.len() {
            self.write_level(battery, None, None, true);
        }
    }

    /// Power limits after the rules of each battery. Charging never causes shedding: the order of recourse cuts it first,
    /// so a battery charges with what the tie and generation can give beyond the load, and what others discharge.
    fn rooms(&self, seen: &Seen, up: bool) -> Vec<Room> {
        // What gensets give is surplus too; how much that is the programme decides, so here it is all they can.
        let (surplus, deficit) = ((seen.gensets - seen.deficit).max(0.0), seen.deficit.max(0.0) + seen.movable);
        let all_discharge: f64 = self.stores.iter().map(|store| store.discharge_max_kw).sum();
        let room = |store: &super::Store| {
            let supply = seen.import_limit + seen.gensets - seen.deficit + (all_discharge - store.discharge_max_kw);
            let mut room = Room { charge: store.charge_max_kw.min(supply.max(0.0)), discharge: store.discharge_max_kw };
            // In an outage the grid-forming storage takes the balance, whatever its rules.
            if up || !store.forms_grid {
                if !store.charge_from_grid {
                    room.charge = room.charge.min(surplus);
                }
                if !store.export_to_grid {
                    room.discharge = room.discharge.min(deficit);
                }
            }
            room
        };
        self.stores.iter().map(room).collect()
    }

    fn write_storage(&mut self, step: usize, seen: &Seen, rooms: &[Room], up: bool, bus: &mut Bus) -> Barred {
        let step_h = self.plan.step_h();
        let (mut barred, mut barred_export) = (Barred { charges: Vec::new(), most_kw: 0.0 }, Vec::new());
        for (battery, room) in rooms.iter().enumerate() {
            let store = &self.stores[battery];
            let wear = store.wear_cost_per_kwh * step_h;
            let held = up || !store.forms_grid;
            let (from_grid, to_grid) = (store.charge_from_grid || !held, store.export_to_grid || !held);
            let programme = &mut self.site.programme;
            let charge = (room.charge > 0.0).then(|| programme.variable(0.0, 0.0, room.charge));
            let discharge = (room.discharge > 0.0).then(|| programme.variable(wear, 0.0, room.discharge));
            if self.one_way {
                programme.one_of(charge, discharge);
            }
            bus.extend(charge.map(|charge| (charge, -1.0)));
            bus.extend(discharge.map(|discharge| (discharge, 1.0)));
            if let Some(charge) = charge.filter(|_| !from_grid) {
                barred.charges.push((charge, -1.0));
                barred.most_kw += room.charge;
            }
            barred_export.extend(discharge.filter(|_| !to_grid).map(|discharge| (discharge, -1.0)));
            self.write_level(battery, charge, discharge, !up);
        }
        // What tasks draw adds to the deficit; that it takes from the surplus too is left out.
        if !barred_export.is_empty() {
            barred_export.extend(self.movable.of_step(step).iter().map(|draw| (*draw, 1.0)));
        }
        let any_barred = !(barred.charges.is_empty() && barred_export.is_empty());
        if any_barred && (self.stores.len() > 1 || seen.gensets > 0.0 || seen.movable > 0.0) {
            self.site.relaxations.insert(Relaxation::SharedSurplus);
        }
        if barred_export.len() > 1 {
            self.site.programme.row(Sense::AtLeast, -seen.deficit.max(0.0), barred_export);
        }
        barred
    }

    /// Batteries barred from grid charging take no more than generation taken and gensets leave over the load: with c
    /// their charge, T what is taken of generation and gensets, and L the load, c ≤ max(T − L, 0).
    ///
    /// Where nobody gains by leaving what the load needs, T ≥ L wherever generation reaches the load, and the maximum
    /// goes. Elsewhere it is no convex rule: its hull is the line from (T, c) = (0, 0) to (L + c̄, c̄), c̄ the most that
    /// c can be.
    fn write_barred_charge(&mut self, seen: &Seen, tie: &Tie, gensets: &[Variable], barred: Barred) {
        let Barred { charges, most_kw } = barred;
        let all = seen.generation + seen.gensets;
        let load: f64 = seen.load.iter().sum();
        let most_kw = most_kw.min(all - load);
        if charges.is_empty() || most_kw <= 0.0 {
            return;
        }
        let programme = &mut self.site.programme;
        let left = tie.curtailed.map(|curtailed| (curtailed, -1.0));
        let taken = || gensets.iter().map(|power| (*power, 1.0)).chain(left);
        if seen.generation >= load && !(tie.import_pays && left.is_some()) {
            if charges.len() > 1 || left.is_some() || !gensets.is_empty() {
                programme.row(Sense::AtLeast, seen.deficit, taken().chain(charges));
            }
            return;
        }
        if tie.import_pays && left.is_some() {
            self.site.relaxations.insert(Relaxation::BarredCurtailment);
        }
        if self.one_way {
            let surplus = programme.variable(0.0, 0.0, 1.0);
            programme.whole.push(surplus);
            programme.row(Sense::AtLeast, 0.0, charges.iter().copied().chain([(surplus, most_kw)]));
            programme.row(Sense::AtLeast, -seen.generation, taken().chain(charges).chain([(surplus, -load)]));
            return;
        }
        let scaled = taken().map(|(variable, sign)| (variable, sign * most_kw));
        let charges = charges.into_iter().map(|(variable, sign)| (variable, sign * (load + most_kw)));
        programme.row(Sense::AtLeast, -most_kw * seen.generation, scaled.chain(charges));
    }

    fn write_tie(&mut self, step: usize, seen: &Seen, rooms: &[Room], factors: &ChargeFactors, bus: &mut Bus) -> Tie {
        let step_h = self.plan.step_h();
        let carbon = &self.plan.scenario().carbon;
        let price = self.prices.import_price_per_kwh[step];
        let carbon_price = carbon.price_per_kg * carbon.intensity_kg_per_kwh.at(step);
        let import_cost = factors.on(price) * price + carbon_price;
        let mut export_price = self.prices.export_price_per_kwh[step];
        if self.plan.scenario().tariff.metering.form != MeteringForm::NetBilling {
            // What is set off is adjusted with the charges.
            export_price *= factors.on(export_price).max(1.0);
        }
        // Where generation is metered for itself, what is taken costs this much beside; so does what is dumped.
        let generation_price = self.prices.generation_price_per_kwh.as_ref().map_or(0.0, |prices| prices[step]);
        self.site.programme.constant += generation_price * seen.generation * step_h;
        let programme = &mut self.site.programme;
        // Only where import pays does it displace generation.
        let displaced = if import_cost < 0.0 { seen.generation } else { 0.0 };
        let charge: f64 = rooms.iter().map(|room| room.charge).sum();
        let discharge: f64 = rooms.iter().map(|room| room.discharge).sum();
        let import_most = seen.import_limit.min(seen.deficit + seen.movable + displaced + charge);
        let given = seen.gensets + discharge - seen.deficit;
        let export_most = seen.export_limit.min(given);
        let import = (import_most > 0.0).then(|| programme.variable(import_cost * step_h, 0.0, import_most));
        let export = (export_most > 0.0).then(|| programme.variable(-export_price * step_h, 0.0, export_most));
        if self.one_way {
            programme.one_of(import, export);
        }
        bus.extend(import.map(|import| (import, 1.0)));
        bus.extend(export.map(|export| (export, -1.0)));
        // What may be exported at a gain is not curtailed, but where the tie, or a loss, holds it back.
        let held_back = seen.export_limit < given || export_price < generation_price.max(0.0) || import_cost < 0.0;
        let most = seen.generation + seen.gensets;
        let curtailed =
            (most > 0.0 && held_back).then(|| programme.variable(-generation_price.max(0.0) * step_h, 0.0, most));
        bus.extend(curtailed.map(|curtailed| (curtailed, -1.0)));
        let import_pays = import_cost < 0.0;
        let tie = Tie {
            import,
            export,
            curtailed,
            leaving_gains: export_price < generation_price.max(0.0) || import_pays,
            import_pays,
        };
        self.site.ties.push(tie);
        tie
    }

    /// Load is shed where generation and the tie do not reach it, lowest tier first, and not to save a peak or to sell.
    fn write_shedding(&mut self, seen: &Seen, up: bool, bus: &mut Bus) {
        let mut short = seen.deficit + seen.movable - seen.import_limit;
        let values = self.plan.value_of_lost_load_per_kwh();
        for tier in Tier::ALL.into_iter().rev() {
            let most = seen.load[tier as usize].min(short);
            short -= seen.load[tier as usize];
            if most > 0.0 {
                let cost = values[tier as usize] * self.plan.step_h();
                bus.push((self.site.programme.variable(cost, 0.0, most), 1.0));
                let spare =
                    seen.gensets > 0.0 || seen.movable > 0.0 || self.stores.iter().any(|store| store.span_kwh > 0.0);
                if up && spare {
                    self.site.relaxations.insert(Relaxation::SheddingWithStorage);
                }
            }
        }
    }
}
