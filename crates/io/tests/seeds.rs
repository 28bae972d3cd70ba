//! The seeds are read whole, with the energies that their READMEs state.

use std::path::PathBuf;

use microgrid_core::{Plan, Series};
use microgrid_io::{SweepFolder, read_folder};

fn seed(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../seeds").join(name)
}

/// Every seed that is a site: the folders with a scenario, so that none is forgotten.
pub(crate) fn sites() -> Vec<String> {
    let entries =
        std::fs::read_dir(seed("")).expect("the seeds are there").map(|entry| entry.expect("it can be listed"));
    let sites = entries.filter(|entry| entry.path().join("scenario.toml").is_file());
    let mut names: Vec<String> = sites.map(|site| site.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    assert!(names.len() >= 15, "{names:?}");
    names
}

fn energy_kwh(power_kw: &Series, scale: f64, steps: usize, step_h: f64) -> f64 {
    (0..steps).map(|step| power_kw.at(step)).sum::<f64>() * scale * step_h
}

#[test]
fn industrial_park_has_its_year() {
    let loaded = read_folder(seed("industrial-park")).unwrap_or_else(|problems| panic!("{problems}"));
    let scenario = &loaded.scenario;
    assert_eq!(scenario.calendar.steps(), 8784 * 4);
    let energies: Vec<f64> =
        scenario.loads.iter().map(|load| energy_kwh(&load.power_kw, load.scale, 8784 * 4, 0.25)).collect();
    assert!((energies[0] - 20e6).abs() < 1e-3 && (energies[1] - 5e6).abs() < 1e-3, "{energies:?}");
    let solar = &scenario.generation[0];
    // Published plants of the region report 900 to 1085 kWh/kWp.
    let kwh_per_kwp = energy_kwh(&solar.power_kw, solar.scale, 8784 * 4, 0.25) / 5670.0;
    assert!((900.0..1085.0).contains(&kwh_per_kwp), "{kwh_per_kwp}");
    assert!(Plan::compile(scenario).is_ok());
    // The park pays by its peak; the other charge is per kVA of its transformer.
    let other = loaded.other_choice.expect("the tariff offers a choice");
    assert_eq!((other.chosen.name(), scenario.tariff.capacity.len()), ("demand", 0));
    assert_eq!((other.tariff.demand.len(), other.tariff.capacity[0].capacity_kva), (0, 8000.0));
    let text = loaded.notes.join("\n");
    assert_eq!(text.matches("4 duplicate times, their mean taken").count(), 2, "{text}");
    assert_eq!(text.matches("4 missing values interpolated").count(), 2, "{text}");
}

#[test]
fn island_genset_is_a_year_off_the_grid() {
    let loaded = read_folder(seed("island-genset")).unwrap_or_else(|problems| panic!("{problems}"));
    let scenario = &loaded.scenario;
    assert_eq!((scenario.calendar.steps(), scenario.gensets.len()), (8760, 2));
    let load_kwh = energy_kwh(&scenario.loads[0].power_kw, 1.0, 8760, 1.0);
    assert!((load_kwh - 2_482_812.192).abs() < 1e-3, "{load_kwh}");
    let solar = &scenario.generation[0];
    let kwh_per_kwp = energy_kwh(&solar.power_kw, solar.scale, 8760, 1.0) / 800.0;
    assert!((1600.0..1700.0).contains(&kwh_per_kwp), "{kwh_per_kwp}");
    assert!(scenario.spinning_reserve.is_kept() && Plan::compile(scenario).is_ok());
}

#[test]
fn hydrogen_park_is_a_year_with_every_part_of_a_plant() {
    let loaded = read_folder(seed("hydrogen-park")).unwrap_or_else(|problems| panic!("{problems}"));
    let scenario = &loaded.scenario;
    let plant = &scenario.hydrogen[0];
    assert_eq!((scenario.calendar.steps(), scenario.hydrogen.len()), (8760, 1));
    assert!(plant.electrolyser.is_some() && plant.compressor.is_some() && plant.fuel_cell.is_some());
    let load_kwh = energy_kwh(&scenario.loads[0].power_kw, 1.0, 8760, 1.0);
    assert!((load_kwh - 8_869_102.728).abs() < 1e-3, "{load_kwh}");
    let asked_kg = energy_kwh(&plant.load_kg_per_h, 1.0, 8760, 1.0);
    assert!((asked_kg - 36_500.0).abs() < 1e-6 && plant.sale.is_some(), "{asked_kg}");
    assert!(Plan::compile(scenario).is_ok());
}

#[test]
fn charging_hub_charges_and_swaps_a_summer() {
    let loaded = read_folder(seed("charging-hub")).unwrap_or_else(|problems| panic!("{problems}"));
    let scenario = &loaded.scenario;
    assert_eq!((scenario.calendar.steps(), scenario.stations.len(), scenario.swap_stations.len()), (92 * 96, 1, 1));
    let station = &scenario.stations[0];
    assert_eq!((station.sessions.len(), station.bays.len()), (2564, 49));
    let wanted_kwh: f64 = station.sessions.iter().map(|session| session.energy_kwh).sum();
    assert!((wanted_kwh - 21_084.4).abs() < 0.1, "{wanted_kwh}");
    // Moved by whole weeks, so that the run begins on a Monday as the records do.
    assert!((0..86_400).contains(&station.sessions[0].from_s), "{:?}", station.sessions[0]);
    assert!(Plan::compile(scenario).is_ok());
}

/// The park is told to use about 20 GWh of green electricity a year.
#[test]
fn jinchuang_park_makes_its_green_electricity() {
    let loaded = read_folder(seed("jinchuang-park")).unwrap_or_else(|problems| panic!("{problems}"));
    let scenario = &loaded.scenario;
    assert_eq!((scenario.calendar.steps(), scenario.stations.len(), scenario.swap_stations.len()), (35_040, 1, 1));
    let solar = &scenario.generation[0];
    let solar_kwh = energy_kwh(&solar.power_kw, solar.scale, 35_040, 0.25);
    assert!((19e6..21e6).contains(&solar_kwh), "{solar_kwh}");
    assert!((900.0..1085.0).contains(&(solar_kwh / 19_500.0)), "{solar_kwh}");
    let load = &scenario.loads[0];
    assert!((energy_kwh(&load.power_kw, load.scale, 35_040, 0.25) - 60e6).abs() < 1.0);
    assert!(Plan::compile(scenario).is_ok());
}

#[test]
fn off_peak_homes_has_each_form_of_a_load_that_waits() {
    let loaded = read_folder(seed("off-peak-homes")).unwrap_or_else(|problems| panic!("{problems}"));
    let scenario = &loaded.scenario;
    let counts = (scenario.calendar.steps(), scenario.buildings.len(), scenario.shiftables.len());
    assert_eq!(counts, (35_040, 1, 5));
    let (cold, hot) = (0..35_040)
        .map(|step| scenario.buildings[0].outdoor_c.at(step))
        .fold((99.0_f64, -99.0_f64), |(cold, hot), c| (cold.min(c), hot.max(c)));
    assert!(cold < 2.0 && hot > 30.0, "{cold} {hot}");
    let left_out = "demand.shiftable[1]: 2 of 366 windows reach beyond the run and are left out";
    assert!(loaded.notes.iter().any(|note| note == left_out), "{:?}", loaded.notes);
    assert!(Plan::compile(scenario).is_ok());
}

#[test]
fn minimal_is_a_week() {
    let loaded = read_folder(seed("minimal")).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(loaded.scenario.calendar.steps(), 168);
    assert_eq!(loaded.clock.label(0), "2016-07-11T00:00:00-06:00");
    assert_eq!(
        loaded.notes,
        ["demand.load[0]: 7056 kWh in the run, 367902 kWh a year at that rate, greatest step 67.038 kW"]
    );
    assert!(Plan::compile(&loaded.scenario).is_ok());
    // The README shows it as ten lines.
    let text = std::fs::read_to_string(seed("minimal").join("scenario.toml")).expect("the seed is there");
    assert_eq!(text.lines().count(), 10);
}

/// The kinds of sites that the weights of the draw ask for are those of every city, because a Latin hypercube of 39 has
/// one sample in each 39th; every site of the first city and of the last can be run.
#[test]
fn city_39_is_39_sites_of_four_kinds() {
    use microgrid_sweep::Source;
    let city = SweepFolder::read(seed("city-39")).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!((city.count(), city.points()), (39 * 4 * 32, 4));
    assert_eq!(city.read_again(), Vec::<&str>::new());
    assert!(!city.samples_are_independent());
    let kind = city.inputs().iter().position(|input| input.field == "base").expect("the base is drawn");
    for replicate in [0, 31] {
        let mut kinds = std::collections::BTreeMap::new();
        let mut sizes = std::collections::BTreeSet::new();
        for site in 0..39 {
            let index = (39 * replicate + site) * 4;
            let values = city.values(index);
            *kinds.entry(values[kind].to_string()).or_insert(0) += 1;
            let scenario = city.scenario(index, &values).unwrap_or_else(|problems| panic!("{problems}"));
            sizes.insert(scenario.storage[0].capacity_kwh.to_bits());
            Plan::compile(&scenario).unwrap_or_else(|problems| panic!("{index}: {problems}"));
        }
        let wanted = [("commercial", 10), ("community", 7), ("hub", 6), ("industrial", 16)];
        let wanted = wanted.map(|(name, count)| (format!("sites/{name}.toml"), count));
        assert!(kinds.into_iter().eq(wanted), "replicate {replicate}");
        assert_eq!(sizes.len(), 39, "no two sites are the same");
    }
}

/// Mutation it catches: an infinite limit written as null, a number that reads back a bit off.
#[test]
fn every_seed_reads_back_from_json() {
    let mut unlimited = 0;
    for name in sites() {
        let scenario = read_folder(seed(&name)).unwrap().scenario;
        let text = serde_json::to_string(&scenario).unwrap();
        let back: microgrid_core::Scenario = serde_json::from_str(&text).unwrap();
        assert!(back == scenario, "{name}");
        unlimited += usize::from(text.contains("\"inf\""));
    }
    assert!(unlimited >= 3, "{unlimited} of the seeds have an infinite limit");
}

/// The same community in its feeder: the loads spread over the network's by their powers, the battery at the cable's end.
#[test]
fn residential_community_stands_on_its_feeder() {
    let loaded =
        read_folder(seed("residential-community/on-feeder.toml")).unwrap_or_else(|problems| panic!("{problems}"));
    let feeder = loaded.scenario.feeder.as_ref().expect("it has a feeder");
    assert_eq!((feeder.network.buses.len(), feeder.network.lines.len(), feeder.network.loads.len()), (19, 17, 0));
    let shares = |place: usize| feeder.places[place].buses.len();
    assert_eq!([0, 1, 2, 3, 4].map(shares), [5, 5, 5, 5, 1]);
    let (households, rooftops) = (&feeder.places[0].buses[0], &feeder.places[1].buses[0]);
    assert!((households.share - 14.25 / 193.8).abs() < 1e-12 && (households.reactive_ratio - 0.328684).abs() < 1e-6);
    assert_eq!(rooftops.reactive_ratio, 0.0);
    assert!(Plan::compile(&loaded.scenario).is_ok());
}

#[test]
fn island_resilience_has_its_outages() {
    let loaded = read_folder(seed("island-resilience")).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(loaded.monitoring.is_some() && loaded.scenario.outages.len() > 3);
}
