//! The Jiangsu tariff: the two published example months follow from the rule `flat + float × purchase`.

use microgrid_core::utility::Tariff;
use microgrid_io::tariff::{Customer, TwoPart, read_tariff, read_tariff_file};
use microgrid_io::time::Clock;

const FILE_2025: &str = include_str!("../../../seeds/industrial-park/tariff/jiangsu-2025.toml");
const FILE_2021: &str = include_str!("../../../seeds/industrial-park/tariff/jiangsu-2021.toml");

fn year_of_quarter_hours() -> Clock {
    Clock::of_days("Asia/Shanghai", "2026-01-01", 900, 365).unwrap()
}

/// The price at a local time of 2026.
fn price_at(tariff: &Tariff, clock: &Clock, time: &str) -> f64 {
    let step = clock.step_at(time).unwrap();
    let month = time[5..7].parse::<usize>().unwrap() - 1;
    tariff.import.iter().map(|component| component.price.at(month, step)).sum()
}

fn assert_price(found: f64, published: f64) {
    // Both are decimals of four digits; only binary sums stand between them.
    assert!((found - published).abs() < 1e-12, "{found} is not {published}");
}

#[test]
fn the_two_part_month_follows_from_the_rule() {
    let clock = year_of_quarter_hours();
    let tariff = read_tariff(FILE_2025, "jiangsu-2025.toml", &clock).unwrap();
    for (time, price) in [
        ("2026-07-15T13:45", 0.6400), // Summer: flat 13-14, peak 14-22, valley 11-13.
        ("2026-07-15T14:00", 0.9566),
        ("2026-07-15T21:45", 0.9566),
        ("2026-07-15T22:00", 0.6400),
        ("2026-07-15T12:45", 0.3828),
        ("2026-07-15T05:45", 0.3828),
        ("2026-04-15T14:45", 0.6400), // Spring: flat 14-15 and 22-02, peak 15-22, valley 2-6 and 10-14.
        ("2026-04-15T15:00", 0.9566),
        ("2026-04-15T01:45", 0.6400),
        ("2026-04-15T02:00", 0.3828),
        ("2026-04-15T10:00", 0.3828),
        ("2026-12-31T23:45", 0.6400), // Winter is the summer's table.
        ("2026-11-30T10:00", 0.3828),
        ("2026-12-01T10:00", 0.6400),
    ] {
        assert_price(price_at(&tariff, &clock, time), price);
    }
}

#[test]
fn the_single_part_month_follows_from_the_rule() {
    let clock = year_of_quarter_hours();
    let single = FILE_2025
        .replace("price_per_kwh = 0.3957", "price_per_kwh = 0.4240")
        .replace("price_per_kwh = 0.2443", "price_per_kwh = 0.3150")
        .replace("peak = +0.80", "peak = +0.70");
    let tariff = read_tariff(&single, "single.toml", &clock).unwrap();
    for (time, price) in [("2026-07-15T14:00", 1.0358), ("2026-07-15T13:00", 0.7390), ("2026-07-15T12:00", 0.4634)] {
        assert_price(price_at(&tariff, &clock, time), price);
    }
}

#[test]
fn the_choice_of_the_two_part_tariff_is_the_customers() {
    let clock = year_of_quarter_hours();
    let by_demand = read_tariff(FILE_2025, "jiangsu-2025.toml", &clock).unwrap();
    assert_eq!((by_demand.demand.len(), by_demand.capacity.len()), (1, 0));
    assert_eq!((by_demand.demand[0].price_per_kw.as_slice(), by_demand.demand[0].window_s), (&[51.2][..], 900));
    let customer = Customer { choose: Some(TwoPart::Capacity), capacity_kva: Some(5000.0), ..Customer::default() };
    let by_capacity = read_tariff_file(FILE_2025, "jiangsu-2025.toml", &clock, &customer).unwrap();
    assert_eq!((by_capacity.tariff.demand.len(), by_capacity.tariff.capacity.len()), (0, 1));
    let charge = &by_capacity.tariff.capacity[0];
    assert_eq!((charge.price_per_kva, charge.capacity_kva), (32.0, 5000.0));
    // The unverified fields reach the reader of the results.
    assert_eq!(by_capacity.tariff.notes.iter().filter(|note| note.contains("unverified")).count(), 6);
}

#[test]
fn the_older_tariff_has_its_valley_at_night_only() {
    let clock = year_of_quarter_hours();
    let tariff = read_tariff(FILE_2021, "jiangsu-2021.toml", &clock).unwrap();
    let flat = 0.6400;
    assert_price(price_at(&tariff, &clock, "2026-07-15T12:00"), flat);
    let (peak, valley) = (price_at(&tariff, &clock, "2026-07-15T08:00"), price_at(&tariff, &clock, "2026-07-15T03:00"));
    // Each component is rounded to four digits on its own.
    assert!((peak - flat * 1.7196).abs() < 1e-4 && (valley - flat * 0.4185).abs() < 1e-4, "{peak} {valley}");
}
