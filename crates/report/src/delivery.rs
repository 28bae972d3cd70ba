//! What each charging session, or each window of a shiftable load, got.

use std::io;

use serde::Serialize;

use crate::csv_cell::{escaped, number};

/// What one session wanted and got. Energy at the charger's AC terminals; in the pack at charging stations.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Delivery {
    /// The load's or the station's name.
    pub load: String,
    /// The session's number in its load, counted from 0 in the order of its file or draw.
    pub number: usize,
    /// Arrival, at a station when it is plugged in, seconds from the run's start; negative where it came before.
    pub from_s: i64,
    /// Departure, seconds from the run's start.
    pub until_s: i64,
    /// Greatest power, kW.
    pub power_max_kw: f64,
    /// Energy wanted, less what it drew before the run, kWh.
    pub wanted_kwh: f64,
    /// Energy that it got in the run, kWh.
    pub delivered_kwh: f64,
}

/// Writes a row for each delivery of each run, under its scenario and strategy. Nothing is rounded.
///
/// # Errors
/// What `writer` returns.
pub fn write_deliveries_csv<'a>(
    writer: impl io::Write,
    runs: impl IntoIterator<Item = (&'a str, &'a str, &'a [Delivery])>,
) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record([
        "scenario",
        "strategy",
        "load",
        "number",
        "from_s",
        "until_s",
        "power_max_kw",
        "wanted_kwh",
        "delivered_kwh",
    ])?;
    for (scenario, strategy, deliveries) in runs {
        for delivery in deliveries {
            csv.write_record([
                &*escaped(scenario),
                &*escaped(strategy),
                &*escaped(&delivery.load),
                &delivery.number.to_string(),
                &delivery.from_s.to_string(),
                &delivery.until_s.to_string(),
                &number(delivery.power_max_kw),
                &number(delivery.wanted_kwh),
                &number(delivery.delivered_kwh),
            ])?;
        }
    }
    csv.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_every_number() {
        let delivery = Delivery {
            load: "lot, east".into(),
            number: 7,
            from_s: -600,
            until_s: 36_000,
            power_max_kw: 6.656,
            wanted_kwh: 0.1 + 0.2,
            delivered_kwh: 1.0 / 3.0,
        };
        let mut bytes = Vec::new();
        write_deliveries_csv(&mut bytes, [("site", "idle", &[delivery.clone()][..])]).unwrap();
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let row = reader.records().next().unwrap().unwrap();
        assert_eq!((&row[2], &row[3], &row[4]), ("lot, east", "7", "-600"));
        assert_eq!((row[7].parse(), row[8].parse()), (Ok(delivery.wanted_kwh), Ok(delivery.delivered_kwh)));
    }
}
