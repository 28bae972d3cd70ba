//! Totals, summed from the list of steps.

use microgrid::simulation::DeviceTotals;
use microgrid::utility::BillKind;
use microgrid::{Outcome, Scenario};

use super::bill::{bill, mean_import_price};
use super::hydrogen::{PlantEntry, Works};
use super::run::{BatteryEntry, Entry, GensetEntry, hours, month_of, value};
use super::water_heater::HeaterEntry;

/// A named number of the oracle beside the simulator's.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) oracle: f64,
    pub(crate) simulator: f64,
    /// The size of what was added up to it; rounding is judged by it.
    pub(crate) scale: f64,
}

/// The books of water heaters, which stand behind those of hydrogen plants.
fn heater_totals(outcome: &Outcome) -> impl Iterator<Item = &DeviceTotals> {
    outcome.devices.iter().filter(|device| device.kind == "demand.water_heater")
}

/// Every number of an outcome beside the oracle's.
pub(crate) fn pairs(site: &Scenario, entries: &[Entry], outcome: &Outcome) -> Vec<Pair> {
    let h = hours(site);
    let kwh = |of: &dyn Fn(&Entry) -> f64| entries.iter().map(|entry| of(entry) * h).sum::<f64>();
    let over_batteries =
        |of: fn(&BatteryEntry) -> f64| entries.iter().flat_map(|entry| &entry.batteries).map(of).sum::<f64>();
    let load = kwh(&|e| e.load_kw);
    let generation = kwh(&|e| e.generation_kw);
    let import = kwh(&|e| e.import_kw);
    let nominal: f64 = site.storage.iter().map(|b| b.capacity_kwh).sum();
    let gensets_kwh = kwh(&|e| e.gensets.iter().map(|genset| genset.power_kw).sum());
    let throughput = load + generation + import + nominal + gensets_kwh;
    let unserved = [0, 1, 2].map(|tier| kwh(&|e| e.unserved_kw[tier]));
    let starts: Vec<f64> = site.storage.iter().map(|b| b.initial_soc * b.capacity_kwh).collect();
    let ends: Vec<f64> = (0..starts.len()).map(|i| entries.last().unwrap().batteries[i].stored_kwh).collect();
    let stored_change = ends.iter().sum::<f64>() - starts.iter().sum::<f64>();

    let mut pairs = Vec::new();
    let mut push = |name: &str, oracle: f64, simulator: f64, scale: f64| {
        pairs.push(Pair { name: name.to_owned(), oracle, simulator, scale });
    };
    let energy = &outcome.energy;
    push("load_kwh", load, energy.load_kwh, throughput);
    push("generation_available_kwh", generation, energy.generation_available_kwh, throughput);
    push("curtailed_kwh", kwh(&|e| e.curtailed_kw), energy.curtailed_kwh, throughput);
    push("dumped_kwh", kwh(&|e| e.dumped_kw), energy.dumped_kwh, throughput);
    push("genset_kwh", gensets_kwh, energy.genset_kwh, throughput);
    let heated = kwh(&|e| e.heaters.iter().map(|heater| heater.power_kw).sum());
    let taken = kwh(&|e| e.plants.iter().map(|plant| plant.taken_kw).sum());
    let given = kwh(&|e| e.plants.iter().map(|plant| plant.given_kw).sum());
    // What a heater takes is a difference of heats of tens of kWh.
    let heats = 100.0 * site.water_heaters.len() as f64;
    push("device_use_kwh", heated + taken, energy.device_use_kwh, throughput + heats);
    push("device_given_kwh", given, energy.device_given_kwh, throughput);
    push("import_kwh", import, energy.import_kwh, throughput);
    push("export_kwh", kwh(&|e| e.export_kw), energy.export_kwh, throughput);
    push("charge_kwh", over_batteries(|b| b.charge_kw) * h, energy.charge_kwh, throughput);
    push("discharge_kwh", over_batteries(|b| b.discharge_kw) * h, energy.discharge_kwh, throughput);
    let storage_loss = over_batteries(|b| b.conversion_loss_kwh + b.leak_kwh);
    push("storage_loss_kwh", storage_loss, energy.storage_loss_kwh, throughput);
    push("unserved_kwh", unserved.iter().sum(), energy.unserved_kwh, throughput);
    for tier in 0..3 {
        push(&format!("unserved[{tier}]"), unserved[tier], energy.unserved_by_tier_kwh[tier], throughput);
    }
    push("stored_change_kwh", stored_change, energy.stored_change_kwh, throughput);

    let mut wear = 0.0;
    let mut drawn = 0.0;
    for (i, battery) in outcome.batteries.iter().enumerate() {
        let of = |of: fn(&BatteryEntry) -> f64| entries.iter().map(|e| of(&e.batteries[i])).sum::<f64>();
        let discharged = of(|b| b.discharge_kw) * h;
        let name = |key: &str| format!("batteries[{i}].{key}");
        push(&name("charge_kwh"), of(|b| b.charge_kw) * h, battery.charge_kwh, throughput);
        push(&name("discharge_kwh"), discharged, battery.discharge_kwh, throughput);
        push(&name("conversion_loss_kwh"), of(|b| b.conversion_loss_kwh), battery.conversion_loss_kwh, throughput);
        push(&name("self_discharge_kwh"), of(|b| b.leak_kwh), battery.self_discharge_kwh, throughput);
        push(&name("start_kwh"), starts[i], battery.start_kwh, throughput);
        push(&name("end_kwh"), ends[i], battery.end_kwh, throughput);
        let taken = discharged / site.storage[i].discharge_efficiency;
        let capacity = site.storage[i].capacity_kwh;
        let cycles = if capacity > 0.0 { taken / capacity } else { 0.0 };
        push(&name("equivalent_full_cycles"), cycles, battery.equivalent_full_cycles, 1.0);
        wear += discharged * site.storage[i].wear_cost_per_kwh;
        drawn += taken;
    }

    let (mut fuel_cost, mut start_cost, mut fuel_carbon_kg) = (0.0, 0.0, 0.0);
    for (i, totals) in outcome.gensets.iter().enumerate() {
        let genset = &site.gensets[i];
        let of = |of: fn(&GensetEntry) -> f64| entries.iter().map(|e| of(&e.gensets[i])).sum::<f64>();
        let name = |key: &str| format!("gensets[{i}].{key}");
        let (fuel, starts) = (of(|g| g.fuel_per_h) * h, of(|g| f64::from(g.started)));
        push(&name("generation_kwh"), of(|g| g.power_kw) * h, totals.generation_kwh, throughput);
        push(&name("running_h"), of(|g| f64::from(g.running)) * h, totals.running_h, 1.0);
        push(&name("starts"), starts, f64::from(totals.starts), 1.0);
        push(&name("fuel"), fuel, totals.fuel, throughput);
        push(&name("fuel_cost"), fuel * genset.fuel_price_per_unit, totals.fuel_cost, throughput);
        push(&name("start_cost"), starts * genset.start_cost, totals.start_cost, throughput);
        push(&name("carbon_kg"), fuel * genset.fuel_carbon_kg_per_unit, totals.carbon_kg, throughput);
        fuel_cost += fuel * genset.fuel_price_per_unit;
        start_cost += starts * genset.start_cost;
        fuel_carbon_kg += fuel * genset.fuel_carbon_kg_per_unit;
    }

    let mut heat_change = 0.0;
    for (i, (totals, heater)) in heater_totals(outcome).zip(&site.water_heaters).enumerate() {
        let of = |of: fn(&HeaterEntry) -> f64| entries.iter().map(|e| of(&e.heaters[i])).sum::<f64>();
        let end_c = entries.last().unwrap().heaters[i].temperature_c;
        let capacity = heater.volume_l * 4.186 / 3600.0;
        let mut of_heater = |key: &str, oracle: f64| {
            push(&format!("heater[{i}].{key}"), oracle, totals.get(key).unwrap(), throughput + 100.0 * capacity);
        };
        of_heater("electricity_kwh", of(|e| e.power_kw) * h);
        of_heater("heat_drawn_kwh", of(|e| e.drawn_kwh));
        of_heater("heat_loss_kwh", of(|e| e.loss_kwh));
        of_heater("heat_change_kwh", capacity * (end_c - heater.initial_c));
        of_heater("temperature_end_c", end_c);
        of_heater("too_cold_h", of(|e| f64::from(e.too_cold)) * h);
        heat_change += capacity * (end_c - heater.initial_c);
    }

    let stored_value = site.stored_value_per_kwh.unwrap_or_else(|| mean_import_price(site));
    let (mut device_cost, mut device_revenue) = (0.0, 0.0);
    for (i, plant) in site.hydrogen.iter().enumerate() {
        let of = |of: fn(&PlantEntry) -> f64| entries.iter().map(|e| of(&e.plants[i])).sum::<f64>();
        let mut of_part = |part: &str, key: &str, oracle: f64| {
            let found = outcome.devices.iter().filter(|device| device.kind == format!("storage.hydrogen.{part}"));
            if let Some(totals) = found.into_iter().find(|device| device.index == i) {
                push(&format!("{part}[{i}].{key}"), oracle, totals.get(key).unwrap(), throughput + 1000.0);
            }
        };
        let (made, used) = (of(|e| e.made_kg), of(|e| e.used_kg));
        let start_kg = Works::all(site)[i].stored_kg;
        let end = entries.last().unwrap().plants[i];
        of_part("electrolyser", "electricity_kwh", of(|e| e.taken_kw) * h);
        of_part("electrolyser", "made_kg", made);
        of_part("electrolyser", "hydrogen_kwh", 33.33 * made);
        of_part("electrolyser", "compression_kwh", of(|e| e.compression_kwh));
        of_part("electrolyser", "starts", of(|e| f64::from(e.started)));
        of_part("tank", "fuel_cell_kg", used);
        of_part("tank", "delivered_kg", of(|e| e.delivered_kg));
        of_part("tank", "unserved_kg", of(|e| e.unserved_kg));
        of_part("tank", "sold_kg", of(|e| e.sold_kg));
        of_part("tank", "change_kg", end.stored_kg - start_kg);
        of_part("tank", "end_bar", end.bar);
        of_part("fuel_cell", "electricity_kwh", of(|e| e.given_kw) * h);
        of_part("fuel_cell", "used_kg", used);
        of_part("fuel_cell", "starts", of(|e| f64::from(e.cell_started)));
        let sale_price = plant.sale.map_or(0.0, |sale| sale.price_per_kg);
        let value = plant.stored_value_per_kg.unwrap_or_else(|| match (&plant.fuel_cell, plant.sale) {
            (Some(cell), _) => cell.rated_kwh_per_kg() * stored_value,
            (None, Some(sale)) => sale.price_per_kg,
            (None, None) => plant.load_price_per_kg,
        });
        device_cost += plant.unserved_cost_per_kg * of(|e| e.unserved_kg);
        device_revenue += plant.load_price_per_kg * of(|e| e.delivered_kg) + sale_price * of(|e| e.sold_kg);
        device_revenue += value * (end.stored_kg - start_kg);
    }

    let bills = bill(site, entries);
    let bill_of = |kind: BillKind| bills.iter().map(|month| month.of(kind)).sum::<f64>();
    let carbon = |e: (usize, &Entry)| value(&site.carbon.intensity_kg_per_kwh, e.0) * e.1.import_kw * h;
    let carbon_kg: f64 = entries.iter().enumerate().map(carbon).sum::<f64>() + fuel_carbon_kg;
    let lost = &site.value_of_lost_load;
    let lost = [lost.critical_per_kwh, lost.normal_per_kwh, lost.sheddable_per_kwh].map(Option::unwrap);
    let unserved_cost: f64 = unserved.iter().zip(lost).map(|(kwh, value)| kwh * value).sum();
    let kinds = [
        BillKind::Energy,
        BillKind::Demand,
        BillKind::Capacity,
        BillKind::PowerFactor,
        BillKind::Fixed,
        BillKind::Minimum,
        BillKind::Export,
        BillKind::Credit,
    ];
    let bill_total: f64 = bills.iter().map(|month| month.total()).sum();
    let undelivered: f64 = site.loads.iter().map(|load| load.undelivered_kwh * load.undelivered_cost_per_kwh).sum();
    let carbon_cost = carbon_kg * site.carbon.price_per_kg;
    let objective = bill_total + device_cost - device_revenue
        + fuel_cost
        + start_cost
        + wear
        + unserved_cost
        + undelivered
        + carbon_cost
        - (stored_change + heat_change) * stored_value;
    let (money, worth) = (&outcome.money, throughput * 3.0);
    push("energy_charge", bill_of(BillKind::Energy), money.energy_charge, worth);
    push("demand_charge", bill_of(BillKind::Demand), money.demand_charge, worth);
    push("capacity_charge", bill_of(BillKind::Capacity), money.capacity_charge, worth);
    push("fixed_charge", bill_of(BillKind::Fixed), money.fixed_charge, worth);
    let adjustment = bill_of(BillKind::PowerFactor) + bill_of(BillKind::Minimum) + bill_of(BillKind::Credit);
    // It makes charges up to a least one: a difference of them.
    let charges: f64 = kinds.iter().map(|kind| bill_of(*kind).abs()).sum();
    push("adjustment", adjustment, money.adjustment, worth + charges);
    push("export_revenue", -bill_of(BillKind::Export), money.export_revenue, worth);
    push("bill_total", bill_total, money.bill_total, worth);
    push("fuel_cost", fuel_cost, money.fuel_cost, worth);
    push("start_cost", start_cost, money.start_cost, worth);
    push("wear_cost", wear, money.wear_cost, worth);
    push("unserved_cost", unserved_cost, money.unserved_cost, worth);
    push("undelivered_cost", undelivered, money.undelivered_cost, worth);
    push("device_cost", device_cost, money.device_cost, worth);
    push("device_revenue", device_revenue, money.device_revenue, worth + 1000.0);
    push("carbon_kg", carbon_kg, outcome.carbon_kg, throughput);
    push("carbon_cost", carbon_kg * site.carbon.price_per_kg, money.carbon_cost, worth);
    push("stored_value_per_kwh", stored_value, money.stored_value_per_kwh, 1.0);
    push("stored_credit", (stored_change + heat_change) * stored_value, money.stored_credit, worth);
    push("objective", objective, money.objective, worth + if site.hydrogen.is_empty() { 0.0 } else { 1000.0 });

    for (month, totals) in outcome.months.iter().enumerate() {
        let name = |key: &str| format!("months[{month}].{key}");
        let of_month: Vec<&Entry> =
            entries.iter().enumerate().filter(|(step, _)| month_of(site, *step) == month).map(|(_, e)| e).collect();
        let peak = of_month.iter().map(|e| e.import_kw).fold(0.0, f64::max);
        push(&name("import_kwh"), of_month.iter().map(|e| e.import_kw * h).sum(), totals.import_kwh, throughput);
        push(&name("export_kwh"), of_month.iter().map(|e| e.export_kw * h).sum(), totals.export_kwh, throughput);
        push(&name("peak_import_kw"), peak, totals.peak_import_kw, throughput);
        push(&name("bill_total"), bills[month].total(), totals.bill_total, worth);
        for kind in kinds {
            let lines = outcome.bill.lines.iter().filter(|line| line.month == month && line.kind == kind);
            push(&name(&format!("{kind:?}")), bills[month].of(kind), lines.map(|l| l.amount).sum(), worth);
        }
    }

    let share = |part: f64, whole: f64| if whole > 0.0 { 100.0 * part / whole } else { f64::NAN };
    let exported = |e: &Entry| {
        let heaters = e.heaters.iter().map(|heater| heater.power_kw).chain(e.plants.iter().map(|plant| plant.taken_kw));
        let charging = e.batteries.iter().map(|b| b.charge_kw).chain(heaters).sum::<f64>();
        let served = e.load_kw - e.unserved_kw.iter().sum::<f64>();
        e.export_kw.min((e.generation_kw - e.curtailed_kw - served - charging).max(0.0))
    };
    // A dump is the gensets' as far as they gave.
    let dumped = |e: &Entry| (e.dumped_kw - e.gensets.iter().map(|genset| genset.power_kw).sum::<f64>()).max(0.0);
    let used = kwh(&|e| e.generation_kw - e.curtailed_kw - dumped(e) - exported(e));
    // Served load that is rounding only is none.
    // So is heat that is rounding only.
    let heated = if heated > 1e-9 { heated } else { 0.0 } + taken - given;
    let served = load - unserved.iter().sum::<f64>() + heated;
    let served = Some(served).filter(|served| *served > (1e-12 * (load + heated)).max(1e-9)).unwrap_or(0.0);
    let shown = &outcome.indicators;
    let or_nan = |value: Option<f64>| value.unwrap_or(f64::NAN);
    push("self_consumption", share(used, generation), or_nan(shown.self_consumption_percent), 100.0);
    let sufficiency = share(served - import, served);
    push(
        "self_sufficiency",
        sufficiency,
        or_nan(shown.self_sufficiency_percent),
        share(load + heated + import, served),
    );
    let peak = entries.iter().map(|e| e.import_kw).fold(0.0, f64::max);
    push("peak_import_kw", peak, shown.peak_import_kw, throughput);
    let cycles = if nominal > 0.0 { drawn / nominal } else { f64::NAN };
    push("equivalent_full_cycles", cycles, or_nan(shown.equivalent_full_cycles), 1.0);
    pairs
}
