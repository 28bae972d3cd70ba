//! Promise: units in names. A public number of the core carries its unit as the last part of its name; what has no unit
//! stands in a short list with its reason.
//!
//! It catches a field such as `capacity`, `capacity_kWh` or `duration_hours`, and an exception that is no longer needed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Units, as they end a name. A unit that is a quotient is spelt with `per`; costs and charges are in the currency of
/// the scenario.
const UNITS: [&str; 50] = [
    "percent_per_year",
    "w",
    "v",
    "w_per_kw",
    "per_w",
    "per_v",
    "kw",
    "kwh",
    "kva",
    "kvar",
    "kv",
    "pu",
    "a",
    "hz",
    "km",
    "ohm",
    "ohm_per_km",
    "mm2",
    "nf_per_km",
    "nf",
    "ppm",
    "us_per_km",
    "kg",
    "l",
    "h",
    "s",
    "c",
    "m",
    "pa",
    "bar",
    "m3",
    "a_per_cm2",
    "deg",
    "rad",
    "percent",
    "per_kwh",
    "per_kw",
    "per_kva",
    "per_kg",
    "per_month",
    "per_day",
    "per_h",
    "per_c",
    "w_per_m2",
    "m_per_s",
    "kg_per_kwh",
    "kwh_per_kva",
    "kvarh",
    "cost",
    "charge",
];

/// Numbers without a unit, or in the currency of the scenario, each with its reason.
const EXCEPTIONS: [(&str, &str); 118] = [
    // Ratios of two like quantities.
    ("cop", "kWh of heat to a kWh of power"),
    ("charge_efficiency", "share"),
    ("discharge_efficiency", "share"),
    ("inverter_efficiency", "share"),
    ("efficiency", "share"),
    ("soc", "share of capacity"),
    ("arrival_soc", "share of capacity"),
    ("rectifier_efficiency", "share"),
    ("faraday_efficiency", "share"),
    ("isentropic_efficiency", "share"),
    ("motor_efficiency", "share"),
    ("fuel_utilisation", "share of the hydrogen"),
    ("auxiliary_share", "share of the rating"),
    ("standby_share", "share of the rating"),
    ("start_share", "share of the rating"),
    ("initial_level", "share of the tank's window"),
    ("above_level", "share of the tank's window"),
    ("grid_below_level", "share of the tank's window"),
    ("reserve_level", "share of the tank's window"),
    ("starts", "count"),
    ("jobs", "count"),
    ("jobs_short", "count"),
    ("soc_min", "share of capacity"),
    ("soc_max", "share of capacity"),
    ("initial_soc", "share of capacity"),
    ("reserve_soc", "share of capacity"),
    ("share", "share of a month"),
    ("load_share", "share of the load"),
    ("generation_share", "share of the generation"),
    ("load_power_factor", "ratio"),
    ("albedo", "ratio"),
    ("ground_coverage_ratio", "ratio"),
    ("dc_per_ac", "ratio"),
    ("relative_gap", "ratio"),
    ("first_share", "share of a slot"),
    ("last_share", "share of a slot"),
    ("scale", "factor on a series"),
    ("factor", "factor on a price"),
    ("excess_factor", "factor on a price"),
    ("from", "a power factor, from which a level holds"),
    ("equivalent_full_cycles", "count"),
    ("min_load", "share of the rating"),
    ("constant_current", "share of a load"),
    ("constant_impedance", "share of a load"),
    ("r_to_x", "ratio"),
    ("tap_position", "count of steps"),
    ("tap_changes", "count"),
    ("tap_ratio", "ratio"),
    ("reactive_ratio", "reactive over active power"),
    ("greatest_r_to_x", "ratio"),
    ("least_r_to_x", "ratio"),
    ("power_factor", "ratio"),
    ("locked_rotor_ratio", "ratio"),
    ("current_ratio", "ratio"),
    ("drop_out_ratio", "ratio"),
    ("multiple_max", "multiple of the pick-up"),
    ("time_multiplier", "factor on a time"),
    ("overload_factor", "multiple of a rated current"),
    ("exponent", "exponent"),
    ("oil_exponent", "exponent"),
    ("winding_exponent", "exponent"),
    ("loss_ratio", "ratio"),
    ("k11", "factor on a time constant"),
    ("k21", "factor on a gradient"),
    ("k22", "factor on a time constant"),
    ("customers", "count"),
    ("sustained_customers", "count"),
    ("momentary_customers", "count"),
    ("hysteresis", "in the unit of the alarm's quantity"),
    ("extreme", "in the unit of the event's kind"),
    ("values", "in the unit of the meter's quantity"),
    ("heat", "a line, and heats in A²s"),
    ("trip", "a stage, and a time in s"),
    ("range", "in the unit of the series"),
    ("mean", "in the unit of the series"),
    ("count", "count"),
    ("power_headroom", "multiple of the rated power"),
    ("full_cycles", "count"),
    ("counted_cycles", "count"),
    ("years", "years of 365 days"),
    ("age_days", "days"),
    ("broken_after_days", "days"),
    ("stock_margin", "standard deviations"),
    ("vehicles", "count"),
    ("swaps", "count"),
    ("turned_away", "count"),
    ("out_of_patience", "count"),
    ("still_there", "count"),
    // Parts of a unit vector.
    ("east", "part of a unit vector"),
    ("north", "part of a unit vector"),
    ("up", "part of a unit vector"),
    ("sin_tilt", "sine"),
    // Money in the scenario's currency, which the scenario names; `_cost` and `_charge` say it by their ending.
    ("objective", "currency"),
    ("bill_total", "currency"),
    ("adjustment", "currency"),
    ("export_revenue", "currency"),
    ("hydrogen_revenue", "currency"),
    ("device_revenue", "currency"),
    ("stored_credit", "currency"),
    ("energy_revenue", "currency"),
    ("service_revenue", "currency"),
    ("gap", "currency"),
    ("idle_objective", "currency"),
    ("optimal_objective", "currency"),
    ("standing_charges", "currency"),
    // A genset's fuel names its unit beside its numbers.
    ("fuel", "in the genset's `fuel_unit`"),
    ("fuel_price_per_unit", "per the genset's `fuel_unit`"),
    ("fuel_carbon_kg_per_unit", "per the genset's `fuel_unit`"),
    ("fuel_kwh_per_unit", "per the genset's `fuel_unit`"),
    ("per_unit", "in the second fuel's `unit` per the genset's `fuel_unit`"),
    ("price_per_unit", "per the second fuel's `unit`"),
    ("carbon_kg_per_unit", "per the second fuel's `unit`"),
    ("second_fuel", "with its unit beside it"),
    // A device's books and columns name their units beside their numbers.
    ("value", "in the entry's `unit`"),
    ("devices", "in the units of the plan's `device_columns`"),
    // A bill line names its unit beside its numbers.
    ("quantity", "in the line's `unit`"),
    ("price", "per the line's `unit`"),
    ("amount", "currency"),
];

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The name of the public number that a line declares, if it declares one.
fn public_number(line: &str) -> Option<&str> {
    let (name, kind) = line.trim().strip_prefix("pub ")?.strip_suffix(',')?.split_once(": ")?;
    let is_word = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let words = || kind.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    (is_word(name) && words().any(|word| word == "f64" || word == "Series")).then_some(name)
}

fn has_unit(name: &str) -> bool {
    UNITS.iter().any(|unit| name == *unit || name.ends_with(&format!("_{unit}")))
}

/// Each name with the places that declare it.
fn public_numbers() -> BTreeMap<String, Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/core/src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for (line, name) in text.lines().enumerate().filter_map(|(i, line)| Some((i + 1, public_number(line)?))) {
            let place = format!("{}:{line}", file.strip_prefix(&root).unwrap().display());
            names.entry(name.to_owned()).or_default().push(place);
        }
    }
    names
}

#[test]
fn the_scan_finds_numbers() {
    assert_eq!(public_number("    pub capacity_kwh: f64,"), Some("capacity_kwh"));
    assert_eq!(public_number("pub price_per_kwh: Vec<Vec<f64>>,"), Some("price_per_kwh"));
    assert_eq!(public_number("pub reactive_kvar: Option<Series>,"), Some("reactive_kvar"));
    assert_eq!(public_number("pub unserved_kw: [f64; 3],"), Some("unserved_kw"));
    assert_eq!(public_number("pub generation: Vec<SeriesPlant>,"), None);
    assert_eq!(public_number("pub fn at(&self, step: usize) -> f64 {"), None);
    assert!(public_numbers().len() > 80, "the scan sees the core's fields");
    for (name, unit) in
        [("capacity", false), ("capacity_kwh", true), ("capacity_kWh", false), ("duration_hours", false)]
    {
        assert_eq!(has_unit(name), unit, "{name}");
    }
    assert!(!has_unit("kwhkw") && !has_unit("peaks"));
}

#[test]
fn public_numbers_end_in_their_unit() {
    let excepted = |name: &str| EXCEPTIONS.iter().any(|(exception, _)| *exception == name);
    let nameless: Vec<_> =
        public_numbers().into_iter().filter(|(name, _)| !has_unit(name) && !excepted(name)).collect();
    assert!(nameless.is_empty(), "end these names in their unit, or list them with a reason: {nameless:#?}");
}

#[test]
fn no_exception_is_idle() {
    let names = public_numbers();
    for (name, _) in EXCEPTIONS.iter() {
        assert!(names.contains_key(*name), "{name} is no longer used: take it off the list");
        assert!(!has_unit(name), "{name} ends in a unit and needs no exception");
    }
}
