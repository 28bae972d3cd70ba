//! A run step by step: what a recorder kept, ready for CSV and pictures.

use std::io;
use std::ops::Range;

use microgrid_core::{Problem, Problems};

/// A run step by step. Every column has one value for each step: powers are means of the step in kW, all at least 0,
/// at AC terminals; stored energy is at the step's end.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trace {
    /// The scenario's name.
    pub scenario: String,
    /// The strategy's name.
    pub strategy: String,
    /// Currency of the prices.
    pub currency: String,
    /// Length of a step in seconds, above 0.
    pub step_s: u32,
    /// First step of each day, and last the number of steps, ascending from 0: the calendar's.
    pub day_first_step: Vec<u32>,
    /// Start of each step as local time, such as `2025-07-14T09:15+08:00`; what stands before a `T` or a blank is the
    /// day's name in pictures.
    pub time: Vec<String>,
    /// Load asked for.
    pub load_kw: Vec<f64>,
    /// Taken by devices of other kinds, such as water heaters; empty where the site has none.
    pub device_use_kw: Vec<f64>,
    /// Given by devices of other kinds, such as fuel cells; empty where no device of the site can.
    pub device_given_kw: Vec<f64>,
    /// Generation available, curtailed or not.
    pub generation_kw: Vec<f64>,
    /// Generation not taken.
    pub curtailed_kw: Vec<f64>,
    /// Generation that cannot be curtailed, and of gensets at their least load, beyond all uses.
    pub dumped_kw: Vec<f64>,
    /// Taken from the grid.
    pub import_kw: Vec<f64>,
    /// Given to the grid.
    pub export_kw: Vec<f64>,
    /// Load not served.
    pub unserved_kw: Vec<f64>,
    /// Price of import; may be negative.
    pub import_price_per_kwh: Vec<f64>,
    /// Price paid for export; may be negative.
    pub export_price_per_kwh: Vec<f64>,
    /// The rule by which the strategy decided, as `Reason::name` in `microgrid-core` gives it.
    pub why: Vec<&'static str>,
    /// What kept storage from doing what the rule wanted, as `Limit::name` in `microgrid-core` gives it; empty where
    /// nothing did.
    pub limit: Vec<&'static str>,
    /// Steps without the grid, in ascending order.
    pub outages: Vec<Range<u32>>,
    /// What the strategy takes a stored kWh to be worth at the step's start; `None` where it has no value of it.
    pub stored_value_per_kwh: Vec<Option<f64>>,
    /// 1 where the grid is there, else 0.
    pub grid_up: Vec<f64>,
    /// What the step costs, in currency: import at its price less export at its price, and fuel. Demand, capacity and
    /// fixed charges, starts, wear, carbon and lost load are not in it, for they are no step's alone.
    pub step_cost: Vec<f64>,
    /// What each load asks for, charging lots among them, in the order of the scenario.
    pub loads: Vec<PowerTrace>,
    /// What each plant could give, in the order of the scenario.
    pub plants: Vec<PowerTrace>,
    /// The batteries, in the order of the scenario.
    pub batteries: Vec<BatteryTrace>,
    /// The gensets, in the order of the scenario.
    pub gensets: Vec<GensetTrace>,
    /// Devices of other kinds, a column for each number that they show.
    pub devices: Vec<DeviceTrace>,
}

/// One load or plant step by step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PowerTrace {
    /// Its name.
    pub name: String,
    /// Power asked for, or available.
    pub power_kw: Vec<f64>,
}

/// One genset step by step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GensetTrace {
    /// The genset's name.
    pub name: String,
    /// 1 where it runs, if only at 0 kW, else 0.
    pub running: Vec<f64>,
    /// Given at its AC terminals.
    pub power_kw: Vec<f64>,
    /// Fuel per hour, in the unit of its fuel; above 0 at 0 kW where it runs idle.
    pub fuel_per_h: Vec<f64>,
}

/// One number of a device of another kind, step by step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeviceTrace {
    /// The quantity, its unit last: `water_heater_kw`.
    pub quantity: String,
    /// The device's name.
    pub name: String,
    /// The number in each step, or at its end where the quantity says so.
    pub values: Vec<f64>,
}

/// One battery step by step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BatteryTrace {
    /// The battery's name.
    pub name: String,
    /// Nominal capacity in kWh, at least 0.
    pub capacity_kwh: f64,
    /// Taken at its AC terminals.
    pub charge_kw: Vec<f64>,
    /// Given at its AC terminals.
    pub discharge_kw: Vec<f64>,
    /// Stored at the end of each step, kWh.
    pub stored_kwh: Vec<f64>,
    /// State of charge at the end of each step, a share of the nominal capacity.
    pub soc: Vec<f64>,
}

impl Trace {
    /// Number of steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.time.len()
    }

    /// Number of days.
    #[must_use]
    pub fn days(&self) -> usize {
        self.day_first_step.len().saturating_sub(1)
    }

    /// The columns of the site, by name.
    fn site_columns(&self) -> [(&'static str, &[f64]); 11] {
        [
            ("load_kw", &self.load_kw),
            ("generation_kw", &self.generation_kw),
            ("curtailed_kw", &self.curtailed_kw),
            ("dumped_kw", &self.dumped_kw),
            ("import_kw", &self.import_kw),
            ("export_kw", &self.export_kw),
            ("unserved_kw", &self.unserved_kw),
            ("import_price_per_kwh", &self.import_price_per_kwh),
            ("export_price_per_kwh", &self.export_price_per_kwh),
            ("grid_up", &self.grid_up),
            ("step_cost", &self.step_cost),
        ]
    }

    /// All columns, those of devices by name: `charge_kw` for a single battery, `charge_kw[lfp]` for one of several; a
    /// single load or plant is the site's. What is of the step's end says so: `stored_end_kwh`, `soc_end`.
    pub(crate) fn columns(&self) -> Vec<(String, &[f64])> {
        let mut columns: Vec<(String, &[f64])> =
            self.site_columns().into_iter().map(|(name, values)| (name.to_owned(), values)).collect();
        if !self.device_use_kw.is_empty() {
            columns.push(("device_use_kw".to_owned(), &self.device_use_kw));
        }
        if !self.device_given_kw.is_empty() {
            columns.push(("device_given_kw".to_owned(), &self.device_given_kw));
        }
        for (quantity, parts) in [("load_kw", &self.loads), ("generation_kw", &self.plants)] {
            for part in parts.iter().filter(|_| parts.len() > 1) {
                columns.push((format!("{quantity}[{}]", part.name), &part.power_kw));
            }
        }
        for battery in &self.batteries {
            let suffix = if self.batteries.len() == 1 { String::new() } else { format!("[{}]", battery.name) };
            for (name, values) in [
                ("charge_kw", &battery.charge_kw),
                ("discharge_kw", &battery.discharge_kw),
                ("stored_end_kwh", &battery.stored_kwh),
                ("soc_end", &battery.soc),
            ] {
                columns.push((format!("{name}{suffix}"), values));
            }
        }
        for genset in &self.gensets {
            let suffix = if self.gensets.len() == 1 { String::new() } else { format!("[{}]", genset.name) };
            columns.push((format!("genset_running{suffix}"), &genset.running));
            columns.push((format!("genset_kw{suffix}"), &genset.power_kw));
            columns.push((format!("genset_fuel_per_h{suffix}"), &genset.fuel_per_h));
        }
        for device in &self.devices {
            let is_alone = self.devices.iter().filter(|other| other.quantity == device.quantity).count() == 1;
            let suffix = if is_alone { String::new() } else { format!("[{}]", device.name) };
            columns.push((format!("{}{suffix}", device.quantity), &device.values));
        }
        columns
    }

    /// That all columns have a value for each step, and the days cover them.
    ///
    /// # Errors
    /// Every column that has not, by name.
    pub fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::none();
        let steps = self.steps();
        if self.step_s == 0 {
            problems.push(Problem::new("trace.step_s", "is out of range").value(0).allowed("above 0"));
        }
        let days = &self.day_first_step;
        if days.len() < 2
            || days[0] != 0
            || days.windows(2).any(|pair| pair[0] >= pair[1])
            || days.last().is_some_and(|last| *last as usize != steps)
        {
            problems
                .push(Problem::new("trace.day_first_step", "must ascend from 0 to the number of steps").value(steps));
        }
        let numbers = self.columns().into_iter().map(|(name, values)| (name, values.len()));
        let reasons = [
            ("why", self.why.len()),
            ("limit", self.limit.len()),
            ("stored_value_per_kwh", self.stored_value_per_kwh.len()),
        ];
        for (name, values) in numbers.chain(reasons.map(|(name, values)| (name.to_owned(), values))) {
            if values != steps {
                problems.push(
                    Problem::new(format!("trace.{name}"), "has the wrong number of values")
                        .value(values)
                        .allowed(format!("{steps}, one for each step")),
                );
            }
        }
        problems.or_else(|| ())
    }

    /// Writes a row for each step: its start as `time`, then every column under its own name. Nothing is rounded, a number
    /// always has a point or an exponent and no zero a sign, so that tools take every column for numbers; a value that a
    /// column does not have is empty. `microgrid replay` takes the file as a plan.
    ///
    /// # Errors
    /// What `writer` returns.
    pub fn write_csv(&self, writer: impl io::Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(writer);
        let columns = self.columns();
        let names = std::iter::once("time").chain(columns.iter().map(|(name, _)| name.as_str()));
        csv.write_record(names.chain(["why", "limit", "stored_value_per_kwh"]))?;
        for (step, time) in self.time.iter().enumerate() {
            csv.write_field(time)?;
            for (_, values) in &columns {
                csv.write_field(values.get(step).map_or_else(String::new, |value| cell(*value)))?;
            }
            csv.write_field(self.why.get(step).copied().unwrap_or_default())?;
            csv.write_field(self.limit.get(step).copied().unwrap_or_default())?;
            let value = self.stored_value_per_kwh.get(step).copied().flatten();
            csv.write_field(value.map_or_else(String::new, cell))?;
            csv.write_record(None::<&[u8]>)?;
        }
        csv.flush()
    }

    /// Writes what the run did as a plan file: `time`, the powers of batteries and gensets, and `curtailed_kw` where
    /// anything is. Nothing is rounded, so that a replay costs what the run did.
    ///
    /// # Errors
    /// What `writer` returns.
    pub fn write_plan_csv(&self, writer: impl io::Write) -> io::Result<()> {
        let is_curtailed = self.curtailed_kw.iter().any(|kw| *kw > 0.0);
        let is_of_plan = |name: &str| match name.split('[').next().unwrap_or(name) {
            "charge_kw" | "discharge_kw" | "genset_kw" | "genset_running" => true,
            quantity => quantity == "curtailed_kw" && is_curtailed,
        };
        let columns: Vec<_> = self.columns().into_iter().filter(|(name, _)| is_of_plan(name)).collect();
        let mut csv = csv::Writer::from_writer(writer);
        csv.write_record(std::iter::once("time").chain(columns.iter().map(|(name, _)| name.as_str())))?;
        for (step, time) in self.time.iter().enumerate() {
            csv.write_field(time)?;
            for (_, values) in &columns {
                csv.write_field(values.get(step).map_or_else(String::new, |value| cell(*value)))?;
            }
            csv.write_record(None::<&[u8]>)?;
        }
        csv.flush()
    }
}

/// A number as a cell: `0.0`, `12.0`, `0.25`, `1e-7`.
fn cell(value: f64) -> String {
    format!("{:?}", value + 0.0)
}

#[cfg(test)]
mod tests {
    use crate::fixture;

    #[test]
    fn numbers_look_like_numbers_of_one_kind() {
        for (value, text) in
            [(-0.0, "0.0"), (12.0, "12.0"), (-1.0, "-1.0"), (0.1, "0.1"), (1e-7, "1e-7"), (1e21, "1e21")]
        {
            assert_eq!(super::cell(value), text);
            assert_eq!(text.parse(), Ok(value));
        }
        let mut bytes = Vec::new();
        fixture::trace(3600, 1).write_csv(&mut bytes).unwrap();
        for record in csv::Reader::from_reader(bytes.as_slice()).records().map(Result::unwrap) {
            for cell in record.iter().filter(|cell| cell.parse::<f64>().is_ok()) {
                assert!(cell.contains(['.', 'e']) && cell != "-0.0", "{cell}");
            }
        }
    }

    #[test]
    fn every_step_has_its_row_and_every_value_survives() {
        let mut trace = fixture::trace(3600, 2);
        let mut second = trace.batteries[0].clone();
        second.name = "second".into();
        trace.batteries.push(second);
        trace.check().unwrap();
        let mut bytes = Vec::new();
        trace.write_csv(&mut bytes).unwrap();
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let heads: Vec<String> = reader.headers().unwrap().iter().map(Into::into).collect();
        assert_eq!(heads[0], "time");
        assert_eq!(
            heads[12..],
            [
                "charge_kw[lfp]",
                "discharge_kw[lfp]",
                "stored_end_kwh[lfp]",
                "soc_end[lfp]",
                "charge_kw[second]",
                "discharge_kw[second]",
                "stored_end_kwh[second]",
                "soc_end[second]",
                "why",
                "limit",
                "stored_value_per_kwh"
            ]
        );
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 48);
        for (step, row) in rows.iter().enumerate() {
            assert_eq!(row[0], trace.time[step]);
            assert_eq!(row[1].parse(), Ok(trace.load_kw[step]));
            assert_eq!(row[14].parse(), Ok(trace.batteries[0].stored_kwh[step]));
        }
    }

    #[test]
    fn a_single_battery_needs_no_name() {
        let mut bytes = Vec::new();
        fixture::trace(3600, 1).write_csv(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            text.lines()
                .next()
                .unwrap()
                .contains(",export_price_per_kwh,grid_up,step_cost,charge_kw,discharge_kw,stored_end_kwh,soc_end,why,")
        );
    }

    #[test]
    fn columns_that_miss_steps_are_named() {
        let mut trace = fixture::trace(3600, 1);
        trace.dumped_kw.pop();
        trace.batteries[0].stored_kwh.clear();
        trace.day_first_step[1] = 25;
        let problems = trace.check().unwrap_err();
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["trace.day_first_step", "trace.dumped_kw", "trace.stored_end_kwh"]);
    }
}
