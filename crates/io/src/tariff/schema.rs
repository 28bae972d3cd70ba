//! The JSON Schema of our own tariff file, for editors that complete and check while one writes.

use microgrid_core::Problem;
use serde_json::{Map, Value, json};

use super::{Customer, read_tariff_file};
use crate::time::Clock;

/// A key: its name, what it takes, and what it means.
type Key = (&'static str, Value, &'static str);

/// A file with an unknown key in every table but `[[hours]]`, without which prices are not read: the reader refuses each,
/// and says which keys there are.
const EVERY_TABLE: &str = r#"
    name = "t"
    currency = "CNY"
    zzz = 1
    [[hours]]
    periods.flat = "00:00-24:00"
    [[import]]
    name = "energy"
    price_per_kwh = 0.5
    zzz = 1
    [export]
    class = "feed_in"
    price_per_kwh = 0.1
    zzz = 1
    [two_part]
    choose = "demand"
    zzz = 1
    [two_part.capacity]
    price_per_kva = 1.0
    capacity_kva = 100
    zzz = 1
    [two_part.demand]
    price_per_kw = 1.0
    zzz = 1
    [[demand]]
    name = "peak"
    price_per_kw = 1.0
    zzz = 1
    tiers = [{ above_kw = 50, price_per_kw = 2.0, zzz = 1 }]
    ratchet = { look_back_months = 11, percent = 50, zzz = 1 }
    contract = { contract_kw = 100, zzz = 1 }
    discount = { from_kwh_per_kva = 260, factor = 0.9, capacity_kva = 100, zzz = 1 }
    [[capacity]]
    name = "more"
    price_per_kva = 1.0
    capacity_kva = 100
    zzz = 1
    [[fixed]]
    price_per_month = 1.0
    zzz = 1
    [power_factor]
    levels = [{ from = 0.0, percent = 0.0, zzz = 1 }]
    zzz = 1
"#;

/// The JSON Schema of a tariff file. A key that the reader knows and that is not described here is there all the same, with
/// any value: what the schema allows is what the reader takes.
#[must_use]
pub fn schema() -> Value {
    let mut root = table(&root());
    for (path, keys) in known_keys() {
        let Some(Value::Object(properties)) = properties_at(&mut root, &path) else { continue };
        for key in keys {
            properties.entry(key).or_insert_with(|| json!({}));
        }
    }
    root["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    root["title"] = "tariff.toml".into();
    root["required"] = json!(["name", "currency"]);
    root
}

/// The keys of each table by its path, such as `demand[0].ratchet`, as the reader names them.
fn known_keys() -> Vec<(String, Vec<String>)> {
    let Ok(clock) = Clock::of_days("Asia/Shanghai", "2025-07-01", 900, 1) else { return Vec::new() };
    let Err(problems) = read_tariff_file(EVERY_TABLE, "t.toml", &clock, &Customer::default()) else {
        return Vec::new();
    };
    let keys = |problem: &Problem| {
        let path = problem.field.strip_suffix("zzz")?.trim_end_matches('.').to_owned();
        let keys = problem.allowed.as_ref()?.split(", ").map(str::to_owned);
        (problem.message == "is not a known key").then(|| (path, keys.collect()))
    };
    problems.iter().filter_map(keys).collect()
}

/// The properties of the table at a path.
fn properties_at<'a>(schema: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    let mut at = schema;
    for name in path.split('.').filter(|name| !name.is_empty()) {
        at = at.get_mut("properties")?.get_mut(name.trim_end_matches("[0]"))?;
        if name.ends_with("[0]") {
            at = at.get_mut("items")?;
        }
    }
    at.get_mut("properties")
}

fn root() -> Vec<Key> {
    let free = json!({ "type": "object" });
    vec![
        ("name", text(), "What the tariff is called."),
        ("currency", json!({ "type": "string", "pattern": "^[A-Z]{3}$" }), "Three capital letters; the site's."),
        ("zone", text(), "IANA name of the zone of its hours; refused where the site's is another."),
        ("effective_from", date(), "First day; a note says where the run begins before it."),
        ("effective_to", date(), "Last day; a note says where the run ends after it."),
        ("source", text(), "Where the terms are from."),
        ("unverified", texts(), "Terms that nobody has checked; carried into the notes beside the results."),
        ("notes", texts(), "What the reader of the results should know."),
        (
            "price_digits",
            json!({ "type": "integer", "minimum": 0, "maximum": 9 }),
            "Each component's price is rounded so.",
        ),
        ("export_above_import", truth(), "Whether export may pay more than import costs; false by default."),
        (
            "proration",
            choice(&["standing", "calendar", "thirtieths", "none"]),
            "What a month covered in part bears; standing by default: all but demand charges by days.",
        ),
        ("minimum_per_month", number(), "Least charge of a month, in the currency."),
        ("minimum_per_year", number(), "Least charge of a year, in the currency."),
        ("minimum", choice(&["month", "year"]), "Whether months are compared each, or a year's by their sums."),
        ("minimum_credit", choice(&["lost", "carried", "on_top"]), "What an export credit does; lost by default."),
        ("seasons", free.clone(), "Months, or days such as \"06-15 to 09-14\", of each season by its name."),
        ("days", free.clone(), "Dates, or \"10-01\" for each year, of special days by their set's name."),
        ("hours", list(&hours()), "Which period each hour of a season and kind of day is in."),
        ("import", list(&import()), "Components of the import price; the price is their sum."),
        ("float", free, "By component: factor on its price in each period, beside the sum."),
        ("export", table(&export()), "What export pays."),
        ("two_part", table(&two_part()), "A charge by capacity and one by demand, of which one is billed."),
        ("demand", list(&demand()), "Charges on peaks."),
        ("capacity", list(&capacity()), "Charges on installed capacity."),
        ("fixed", list(&fixed()), "Charges by time."),
        ("power_factor", table(&power_factor()), "What a power factor adds to the charges; needs reactive power."),
    ]
}

fn hours() -> Vec<Key> {
    vec![
        ("season", names(), "One season or several; all where it is left out."),
        ("days", names(), "all, workday, rest_day, holiday, a weekday, or a special set; one or several."),
        ("periods", json!({ "type": "object" }), "By period: hours such as \"14:00-22:00\", one or several."),
    ]
}

fn import() -> Vec<Key> {
    vec![
        ("name", text(), "What bills call the component."),
        ("price_per_kwh", price(), "One price, or by season and period, or a series from a file."),
        ("monthly_price_per_kwh", json!({ "type": "array" }), "Twelve prices, January first."),
        ("block", list(&block()), "Prices by block of energy (tiers), instead of a price of the component's own."),
        ("counted", choice(&["month", "year"]), "Over what time blocks are counted; month by default."),
        ("each_period", truth(), "Whether blocks count each period for itself; false by default."),
        (
            "year_begins_month",
            json!({ "type": "integer", "minimum": 1, "maximum": 12 }),
            "Month that begins a year of blocks; January by default.",
        ),
        ("earlier_kwh", number(), "Counted in the year of blocks before the run; 0 by default."),
    ]
}

fn block() -> Vec<Key> {
    vec![
        ("up_to_kwh", price(), "Upper border, a number or by season and period; absent in the last block."),
        ("price_per_kwh", price(), "One price, or by season and period."),
        ("monthly_price_per_kwh", json!({ "type": "array" }), "Twelve prices, January first."),
    ]
}

fn export() -> Vec<Key> {
    let blocks = import()
        .into_iter()
        .filter(|(name, ..)| ["block", "counted", "each_period", "year_begins_month", "earlier_kwh"].contains(name));
    let mut keys = export_class();
    keys.extend(blocks);
    keys.extend(credits());
    keys
}

fn credits() -> Vec<Key> {
    vec![
        ("credit", choice(&["kWh", "money"]), "Of net_metering: what a month leaves is credited as; kWh by default."),
        ("across_periods", truth(), "Of net_metering: whether energy is set off across periods; false by default."),
        ("carry_over", truth(), "Of feed_in and net_billing: whether credits pay in later months; false by default."),
        ("non_bypassable", names(), "Of credits: import components billed on all import."),
        ("pays", choice(&["energy", "charges"]), "Of credits in money: what they may pay; energy by default."),
        (
            "true_up_month",
            json!({ "type": "integer", "minimum": 1, "maximum": 12 }),
            "Of credits: the month with whose end they are settled; December by default.",
        ),
        ("year_end", choice(&["paid", "lapsed", "rolled"]), "Of credits: what becomes of them then."),
        ("year_end_price_per_kwh", number(), "Of credits in kWh: what is paid for them then."),
    ]
}

fn export_class() -> Vec<Key> {
    let classes = ["none", "feed_in", "net_billing", "net_metering", "buy_all_sell_all"];
    vec![
        ("class", choice(&classes), "How export is paid."),
        ("name", text(), "What bills call it."),
        ("price_per_kwh", price(), "Of feed_in: as of a component of the import price."),
        ("monthly_price_per_kwh", json!({ "type": "array" }), "Of feed_in: twelve prices, January first."),
        ("share", number(), "Of net_billing: share of the import price; 1 by default."),
        ("of", names(), "Of net_billing: components that are credited; all by default."),
    ]
}

fn two_part() -> Vec<Key> {
    vec![
        ("choose", choice(&["capacity", "demand"]), "Which is billed, where the scenario does not say."),
        ("capacity", table(&capacity()), "The charge by capacity."),
        ("demand", table(&demand()), "The charge by demand."),
    ]
}

fn demand() -> Vec<Key> {
    vec![
        ("name", text(), "What bills call it."),
        ("price_per_kw", price(), "Per kW and month, one or by season."),
        ("monthly_price_per_kw", json!({ "type": "array" }), "Twelve prices, January first."),
        ("annual_price_per_kw", number(), "Per kW and year, once, on the year's peak; instead of the prices by month."),
        ("tiers", list(&tier()), "Prices of the billed kW above thresholds, rising."),
        ("window_min", number(), "Minutes that the peak is a mean of; 15 by default."),
        ("slide_min", number(), "Minutes from the start of a window to that of the next, where windows slide."),
        ("coincident", names(), "Starts of the hours of the system's own peaks; only these count."),
        ("coincident_min", number(), "Minutes that count from each of these starts; 60 by default."),
        ("peak_so_far_kw", number(), "Peak before the run in its first month, or year; 0 by default."),
        ("season", names(), "Seasons whose peaks count; all by default."),
        ("days", names(), "Kinds of day whose peaks count; all by default."),
        ("hours", names(), "Hours whose peaks count; all by default."),
        ("period", names(), "Periods whose peaks count; all by default."),
        ("ratchet", table(&ratchet()), "Peaks of earlier months that are billed in part."),
        ("contract", table(&contract()), "A demand that was agreed."),
        ("discount", table(&discount()), "A factor on the price where much energy is used for the capacity."),
    ]
}

fn tier() -> Vec<Key> {
    vec![
        ("above_kw", number(), "Billed kW above which it holds."),
        ("price_per_kw", price(), "As of the charge."),
        ("monthly_price_per_kw", json!({ "type": "array" }), "Twelve prices, January first."),
    ]
}

fn ratchet() -> Vec<Key> {
    vec![
        ("months", json!({ "type": "array" }), "Months whose peaks count, 1 for January; all by default."),
        ("look_back_months", json!({ "type": "integer", "minimum": 1, "maximum": 120 }), "Months looked back on."),
        ("percent", number(), "Share of their greatest peak that is billed at least."),
        ("earlier_peaks_kw", json!({ "type": "array" }), "Peaks of the months before the run, the latest last."),
    ]
}

fn contract() -> Vec<Key> {
    vec![
        ("contract_kw", number(), "The demand agreed, where the scenario does not say."),
        ("floor_percent", number(), "Share of it that is billed at least; 0 by default."),
        ("excess_above_percent", number(), "Share of it beyond which a peak is excess; 100 by default."),
        ("excess_factor", number(), "Factor on the price of excess; 1 by default."),
    ]
}

fn discount() -> Vec<Key> {
    vec![
        ("from_kwh_per_kva", number(), "Month's energy for each kVA from which it holds."),
        ("factor", number(), "Factor on the price, 0 to 1."),
        ("capacity_kva", number(), "The capacity, where the scenario does not say."),
    ]
}

fn capacity() -> Vec<Key> {
    vec![
        ("name", text(), "What bills call it."),
        ("price_per_kva", number(), "Per kVA and month."),
        ("capacity_kva", number(), "The capacity, where the scenario does not say."),
    ]
}

fn fixed() -> Vec<Key> {
    vec![
        ("name", text(), "What bills call it."),
        ("price_per_month", number(), "Each month."),
        ("price_per_day", number(), "Each day."),
    ]
}

fn power_factor() -> Vec<Key> {
    let level = vec![
        ("from", number(), "Power factor from which it holds, 0 to 1."),
        ("percent", number(), "Added to the charges; negative for a bonus."),
    ];
    vec![("name", text(), "What bills call it."), ("levels", list(&level), "By power factor, ascending.")]
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn texts() -> Value {
    json!({ "type": "array", "items": { "type": "string" } })
}

/// One name or several.
fn names() -> Value {
    json!({ "anyOf": [text(), texts()] })
}

fn number() -> Value {
    json!({ "type": "number" })
}

fn truth() -> Value {
    json!({ "type": "boolean" })
}

/// A TOML date; schemas know texts only.
fn date() -> Value {
    json!({ "type": "string", "format": "date" })
}

fn price() -> Value {
    json!({ "type": ["number", "object"] })
}

fn choice(of: &[&str]) -> Value {
    json!({ "enum": of })
}

fn table(keys: &[Key]) -> Value {
    let described = |(name, takes, means): &Key| {
        let mut takes = takes.clone();
        takes["description"] = (*means).into();
        ((*name).to_owned(), takes)
    };
    let properties: Map<String, Value> = keys.iter().map(described).collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn list(keys: &[Key]) -> Value {
    json!({ "type": "array", "items": table(keys) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mutation it catches: a message of the reader's that is worded anew, which would leave the schema without its keys.
    #[test]
    fn every_key_that_the_reader_knows_is_in_the_schema() {
        let known = known_keys();
        let mut schema = schema();
        assert!(known.len() >= 13, "{known:?}");
        for (path, keys) in known {
            let properties = properties_at(&mut schema, &path).unwrap_or_else(|| panic!("no table `{path}`"));
            for key in keys {
                assert!(properties.get(&key).is_some(), "{path}.{key}");
            }
        }
        let demand = &schema["properties"]["demand"]["items"]["properties"];
        assert_eq!(demand["window_min"]["type"], "number");
        assert_eq!(demand["ratchet"]["properties"]["percent"]["type"], "number");
    }

    #[test]
    fn the_example_has_no_key_that_the_schema_lacks() {
        let example: toml::Table = include_str!("example.toml").parse().unwrap();
        let schema = schema();
        for key in example.keys() {
            assert!(schema["properties"].get(key).is_some(), "{key}");
        }
    }
}
