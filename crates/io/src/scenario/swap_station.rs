//! `[[demand.swap_station]]`: vehicles change an empty pack for a full one.

use microgrid_core::demand::{SwapArrival, SwapCharging, SwapStation};
use microgrid_core::{Problem, Series};
use schemars::JsonSchema;

use super::loading::Reading;
use crate::document::Section;
use crate::files;
use crate::sessions::{SwapDraw, read_swaps};

/// A battery-swapping station with packs of one type. Its vehicles come from a file or are drawn.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SwapStationTable {
    /// What reports call it; `swap station 1`, `swap station 2`, … by default.
    pub name: Option<String>,
    /// Packs of the station, 1 to 200.
    #[schemars(with = "u32")]
    pub packs: u32,
    /// Energy that a full pack holds in kWh, 1 to 1000.
    pub pack_kwh: f64,
    /// Power of a charger at its AC terminals in kW, 0.1 to 1000.
    pub charger_kw: f64,
    /// Chargers, 1 to 200; one for each pack by default.
    #[schemars(with = "Option<u32>")]
    pub chargers: Option<u32>,
    /// Energy stored per energy at AC terminals, 0.5 to 1; 0.94 by default.
    pub charge_efficiency: Option<f64>,
    /// Most power of all chargers together in kW, 0.1 to 1 000 000; that of all of them by default.
    pub power_max_kw: Option<f64>,
    /// Vehicles that can be served at once, 1 to 50; 1 by default.
    #[schemars(with = "Option<u32>")]
    pub bays: Option<u32>,
    /// How long a swap takes in seconds, 0 to 3600; 180 by default.
    pub swap_s: Option<f64>,
    /// Vehicles that may wait, 0 to 1000; 5 by default. Who finds no place is lost.
    #[schemars(with = "Option<u32>")]
    pub waiting_max: Option<u32>,
    /// How long a vehicle waits in seconds, 0 to 1 000 000; 1800 by default. Then it is lost.
    pub patience_s: Option<f64>,
    /// Packs that are full at the run's start; all by default.
    #[schemars(with = "Option<u32>")]
    pub full_at_start: Option<u32>,
    /// State of charge of the others at the run's start, 0 to 1; 0.2 by default.
    pub initial_soc: Option<f64>,
    /// How many chargers work unasked: `at_once` (default) all of them; `off_peak` all in steps whose import price is at or below the
    /// mean of their day, and in the others as many as keep full packs for the vehicles expected while a pack is charged.
    #[schemars(with = "Option<String>", extend("enum" = SwapCharging::ALL.map(SwapCharging::name)))]
    pub charging: Option<SwapCharging>,
    /// Standard deviations of the expected vehicles that `off_peak` keeps in stock beyond their mean, 0 to 10; 2 by default.
    pub stock_margin: Option<f64>,
    /// Whether charging is cut where the site is short, before storage is touched, and takes up what would be curtailed; `true` by
    /// default.
    pub flexible: Option<bool>,
    /// Cost of a vehicle that is lost, turned away or out of patience, at least 0: a part of the objective. By default losses are counted
    /// and not priced, and neither `optimal` nor the bound decide about the station.
    pub lost_swap_cost: Option<f64>,
    /// CSV file of the vehicles, with columns `arrival` and `soc`, relative to the scenario folder; instead of the two below.
    pub file: Option<String>,
    /// Vehicles per hour in each hour of the day on the site's clock, from which arrivals are drawn: 24 numbers, midnight first.
    #[schemars(with = "Option<Vec<f64>>")]
    pub vehicles_by_hour: Vec<f64>,
    /// Vehicles in a day, drawn evenly over its hours.
    pub vehicles_per_day: Option<f64>,
    /// Least and most state of charge of the packs that drawn vehicles bring, 0 to 1; 0.1 and 0.3 by default.
    #[schemars(with = "Option<Vec<f64>>")]
    pub arrival_soc: Vec<f64>,
    /// Seed of the draw; 0 by default.
    pub seed: Option<u32>,
    #[schemars(skip)]
    path: String,
}

impl SwapStationTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        if !section.has("packs") {
            section.missing("packs", "a whole number");
        }
        let mut count = |key: &'static str, least: i64, most: i64| {
            section.whole_within(key, least, most).map(|number| number as u32)
        };
        let packs = count("packs", 1, 200);
        let [chargers, bays] = [("chargers", 200), ("bays", 50)].map(|(key, most)| count(key, 1, most));
        let [waiting_max, full_at_start] = ["waiting_max", "full_at_start"].map(|key| count(key, 0, 1000));
        let table = Self {
            name: section.text("name"),
            packs: packs.unwrap_or(1),
            pack_kwh: section.required_number("pack_kwh"),
            charger_kw: section.required_number("charger_kw"),
            chargers,
            charge_efficiency: section.number("charge_efficiency"),
            power_max_kw: section.number("power_max_kw"),
            bays,
            swap_s: section.number("swap_s"),
            waiting_max,
            patience_s: section.number("patience_s"),
            full_at_start,
            initial_soc: section.number("initial_soc"),
            charging: section.choice("charging", &SwapCharging::ALL.map(|rule| (rule.name(), rule))),
            stock_margin: section.number("stock_margin"),
            flexible: section.flag("flexible"),
            lost_swap_cost: section.number("lost_swap_cost"),
            file: section.text("file"),
            vehicles_by_hour: section.numbers("vehicles_by_hour"),
            vehicles_per_day: section.number_within("vehicles_per_day", 0.0, 24e4),
            arrival_soc: section.numbers("arrival_soc"),
            seed: section.whole("seed"),
            path: section.path().to_owned(),
        };
        section.require_one(&["file", "vehicles_by_hour", "vehicles_per_day"]);
        table.check_draw(section);
        table
    }

    fn check_draw(&self, section: &mut Section<'_>) {
        let hours = &self.vehicles_by_hour;
        let refuse = |key: &str, value: String, allowed: &str| {
            section.push(Problem::new(section.field(key), "is out of range").value(value).allowed(allowed));
        };
        if section.has("vehicles_by_hour") {
            if hours.len() != 24 {
                let value = format!("{} numbers", hours.len());
                refuse("vehicles_by_hour", value, "24 numbers, one for each hour of the day");
            } else if let Some(rate) = hours.iter().find(|rate| !(0.0..=1e4).contains(*rate)) {
                refuse("vehicles_by_hour", rate.to_string(), "0 to 10000");
            }
        }
        let is_range = |soc: &[f64]| matches!(soc, [least, most] if 0.0 <= *least && least <= most && *most <= 1.0);
        if section.has("arrival_soc") && !is_range(&self.arrival_soc) {
            refuse("arrival_soc", format!("{:?}", self.arrival_soc), "two numbers, the least and the most, 0 to 1");
        }
        if section.has("file") {
            for key in ["arrival_soc", "seed"].into_iter().filter(|key| section.has(key)) {
                let problem = Problem::new(section.field(key), "is of drawn vehicles, and these are read from a file");
                section.push(problem.hint("leave it out, or leave the file out"));
            }
        }
    }

    /// Core's station, the `index`th of the scenario, counted from 0.
    pub(super) fn swap_station(&self, index: usize, reading: &mut Reading<'_>) -> SwapStation {
        let usual = SwapStation::with_packs(self.packs, self.pack_kwh, self.charger_kw);
        let chargers = self.chargers.unwrap_or(usual.chargers);
        let (arrivals, by_hour) = self.vehicles(reading);
        let hours = (0..reading.clock.steps()).map(|step| reading.clock.local(step).hour());
        let expected_per_h = Series::Steps(hours.map(|hour| by_hour[usize::from(hour.unsigned_abs())]).collect());
        SwapStation {
            name: self.name.clone().unwrap_or_else(|| format!("swap station {}", index + 1)),
            chargers,
            charge_efficiency: self.charge_efficiency.unwrap_or(usual.charge_efficiency),
            power_max_kw: self.power_max_kw.unwrap_or(f64::from(chargers) * self.charger_kw),
            bays: self.bays.unwrap_or(usual.bays),
            swap_s: self.swap_s.unwrap_or(usual.swap_s),
            waiting_max: self.waiting_max.unwrap_or(usual.waiting_max),
            patience_s: self.patience_s.unwrap_or(usual.patience_s),
            full_at_start: self.full_at_start.unwrap_or(usual.full_at_start),
            initial_soc: self.initial_soc.unwrap_or(usual.initial_soc),
            arrivals: arrivals.into(),
            expected_per_h,
            charging: self.charging.unwrap_or_default(),
            stock_margin: self.stock_margin.unwrap_or(usual.stock_margin),
            flexible: self.flexible.unwrap_or(usual.flexible),
            lost_swap_cost: self.lost_swap_cost.unwrap_or(usual.lost_swap_cost),
            ..usual
        }
    }

    /// The vehicles, and how many are expected per hour in each hour of the day.
    fn vehicles(&self, reading: &mut Reading<'_>) -> (Vec<SwapArrival>, [f64; 24]) {
        let nothing = (Vec::new(), [0.0; 24]);
        if reading.is_faulty(&self.path) {
            return nothing;
        }
        let clock = reading.clock;
        let Some(file) = &self.file else {
            let mut vehicles_by_hour = [self.vehicles_per_day.unwrap_or(0.0) / 24.0; 24];
            if self.vehicles_by_hour.len() == 24 {
                vehicles_by_hour.copy_from_slice(&self.vehicles_by_hour);
            }
            let soc = if let [least, most] = self.arrival_soc[..] { [least, most] } else { [0.1, 0.3] };
            let draw = SwapDraw { vehicles_by_hour, soc, seed: u64::from(self.seed.unwrap_or(0)) };
            let vehicles = draw.vehicles(clock);
            reading.note(format!("{}: {} vehicles drawn", self.path, vehicles.len()));
            return (vehicles, vehicles_by_hour);
        };
        let field = format!("{}.file", self.path);
        let read =
            files::read_text(reading.files, &field, file).and_then(|text| read_swaps(&field, file, &text, clock));
        let (vehicles, outside) = match read {
            Ok(read) => read,
            Err(problems) => {
                reading.extend(problems);
                return nothing;
            }
        };
        let mut by_hour = [0.0; 24];
        let mut hours = [0.0; 24];
        let step_h = f64::from(clock.step_s()) / 3600.0;
        let hour = |step: usize| usize::from(clock.local(step).hour().unsigned_abs());
        (0..clock.steps()).for_each(|step| hours[hour(step)] += step_h);
        vehicles.iter().for_each(|vehicle| by_hour[hour((vehicle.at_s / (3600.0 * step_h)) as usize)] += 1.0);
        by_hour.iter_mut().zip(hours).filter(|(_, hours)| *hours > 0.0).for_each(|(rate, hours)| *rate /= hours);
        let left_out = if outside > 0 { format!(", {outside} outside the run left out") } else { String::new() };
        reading.note(format!("{}: {} vehicles read{left_out}", self.path, vehicles.len()));
        (vehicles, by_hour)
    }
}
