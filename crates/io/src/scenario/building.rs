//! `[[demand.building]]`: rooms that a heat pump keeps warm and cool.

use microgrid_core::demand::{Building, HeatPump, HeatPumpPoint, HeatingRule, ThermalMass};
use microgrid_core::generation::pv::PvArray;
use microgrid_core::{Problem, Series};
use schemars::JsonSchema;

use super::loading::Reading;
use crate::document::Section;

/// A building under the site's weather. Temperatures in °C.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BuildingTable {
    /// What reports call it; `building 1`, `building 2`, … by default.
    pub name: Option<String>,
    /// Heat lost by envelope and ventilation for each kelvin between air and outdoors in kW, at least 0.
    pub loss_kw_per_c: f64,
    /// Heat that warms the air, and what follows it at once, by a kelvin in kWh, above 0; without `mass` the whole building's.
    pub air_kwh_per_c: f64,
    /// Walls, floors and furniture behind the air; without them the building is one node.
    pub mass: Option<ThermalMassTable>,
    /// Heat of people and devices in kW, at least 0; none by default.
    pub gains_kw: Option<f64>,
    /// The same in each hour of the day on the site's clock: 24 numbers, midnight first; instead of `gains_kw`.
    #[schemars(with = "Option<Vec<f64>>")]
    pub gains_kw_by_hour: Vec<f64>,
    /// Windows, through which the sun heats.
    #[schemars(with = "Option<Vec<BuildingWindowTable>>")]
    pub window: Vec<BuildingWindowTable>,
    /// The heat pump; without it there is the back-up alone.
    pub heat_pump: Option<HeatPumpTable>,
    /// Resistive heating beyond the heat pump in kW at AC terminals, at least 0; none by default.
    pub backup_kw: Option<f64>,
    /// Least temperature of comfort; 19 by default.
    pub least_c: Option<f64>,
    /// What the thermostat heats to, from `least_c` to `cooling_set_c`; 21 by default.
    pub heating_set_c: Option<f64>,
    /// What the thermostat cools to, up to `most_c`; 25 by default.
    pub cooling_set_c: Option<f64>,
    /// Greatest temperature of comfort; 26 by default.
    pub most_c: Option<f64>,
    /// Temperature of air and mass at the run's start; `heating_set_c` by default.
    pub initial_c: Option<f64>,
    /// What it does unasked: `thermostat` (default) holds the set temperatures; `off_peak` does so in steps whose import price is at or
    /// below the mean of their day, else the comfort band only; `surplus` takes what generation leaves over, up to the far border of the
    /// comfort band. All hold the comfort band.
    #[schemars(with = "Option<String>", extend("enum" = HeatingRule::ALL.map(HeatingRule::name)))]
    pub heating: Option<HeatingRule>,
    /// Whether it is cut to what the comfort band needs where the site is short, and takes up what would be curtailed; `true` by
    /// default.
    pub flexible: Option<bool>,
    #[schemars(skip)]
    path: String,
}

/// What of a building keeps heat behind its air.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ThermalMassTable {
    /// Heat that warms it by a kelvin in kWh, above 0.
    pub heat_kwh_per_c: f64,
    /// Heat that passes between air and mass for each kelvin between them in kW, above 0.
    pub coupling_kw_per_c: f64,
    /// Percent of the gains that falls on it, 0 to 100; 50 by default.
    pub gains_percent: Option<f64>,
}

/// A window to the sun.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BuildingWindowTable {
    /// Glass in m², at least 0.
    pub area_m2: f64,
    /// Share of the sun's power on it that heats the rooms (its g-value, SHGC), 0 to 1; 0.6 by default.
    pub solar_transmittance: Option<f64>,
    /// Where it faces, degrees clockwise from north; 180 by default, south.
    pub azimuth_deg: Option<f64>,
    /// Its tilt from the horizontal in degrees, 0 to 90; 90 by default, upright.
    pub tilt_deg: Option<f64>,
}

/// A heat pump between the building and the air outdoors: by its ratings and the curves of DOE-2's residential machine, or by points
/// of its data sheet.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct HeatPumpTable {
    /// Heat given at 8.33 °C outdoors in kW, above 0; it does not heat by default. Instead of `heating_point`.
    pub heating_kw: Option<f64>,
    /// Coefficient of performance there, 1 to 20; 3.5 by default.
    pub heating_cop: Option<f64>,
    /// Heat taken at 35 °C outdoors in kW, above 0; it does not cool by default. Instead of `cooling_point`.
    pub cooling_kw: Option<f64>,
    /// Coefficient of performance there, 1 to 20; 3.0 by default.
    pub cooling_cop: Option<f64>,
    /// Heating at full load at temperatures outdoors, ascending; on a straight line between them, and as at the outermost beyond.
    #[schemars(with = "Option<Vec<HeatPumpPointTable>>")]
    pub heating_point: Vec<HeatPumpPointTable>,
    /// Cooling likewise.
    #[schemars(with = "Option<Vec<HeatPumpPointTable>>")]
    pub cooling_point: Vec<HeatPumpPointTable>,
}

/// A heat pump at full load.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct HeatPumpPointTable {
    /// Temperature outdoors, −60 to 60.
    pub outdoor_c: f64,
    /// Heat given, or taken, in kW, at least 0.
    pub heat_kw: f64,
    /// Coefficient of performance, 1 to 20.
    pub cop: f64,
}

impl BuildingTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            name: section.text("name"),
            loss_kw_per_c: section.required_number("loss_kw_per_c"),
            air_kwh_per_c: section.required_number("air_kwh_per_c"),
            mass: section.table("mass", |section| ThermalMassTable {
                heat_kwh_per_c: section.required_number("heat_kwh_per_c"),
                coupling_kw_per_c: section.required_number("coupling_kw_per_c"),
                gains_percent: section.number("gains_percent"),
            }),
            gains_kw: section.number_within("gains_kw", 0.0, 1e6),
            gains_kw_by_hour: section.numbers("gains_kw_by_hour"),
            window: section.tables("window", |section| BuildingWindowTable {
                area_m2: section.required_number("area_m2"),
                solar_transmittance: section.number_within("solar_transmittance", 0.0, 1.0),
                azimuth_deg: section.number_within("azimuth_deg", 0.0, 360.0),
                tilt_deg: section.number_within("tilt_deg", 0.0, 90.0),
            }),
            heat_pump: section.table("heat_pump", HeatPumpTable::read),
            backup_kw: section.number("backup_kw"),
            least_c: section.number("least_c"),
            heating_set_c: section.number("heating_set_c"),
            cooling_set_c: section.number("cooling_set_c"),
            most_c: section.number("most_c"),
            initial_c: section.number("initial_c"),
            heating: section.choice("heating", &HeatingRule::ALL.map(|rule| (rule.name(), rule))),
            flexible: section.flag("flexible"),
            path: section.path().to_owned(),
        };
        section.allow_one(&["gains_kw", "gains_kw_by_hour"]);
        let count = table.gains_kw_by_hour.len();
        if section.has("gains_kw_by_hour") && count != 24 {
            let problem = Problem::new(section.field("gains_kw_by_hour"), "is no day of hours");
            section.push(problem.value(format!("{count} numbers")).allowed("24 numbers, one for each hour of the day"));
        }
        if let Some(window) = table.window.iter().find(|window| !(0.0..=1e6).contains(&window.area_m2)) {
            let problem = Problem::new(section.field("window"), "has an area out of range").value(window.area_m2);
            section.push(problem.allowed("0 to 1000000"));
        }
        table
    }

    /// Core's building, the `index`th of the scenario, counted from 0.
    pub(super) fn building(&self, index: usize, reading: &Reading<'_>) -> Building {
        let usual = Building::house(self.loss_kw_per_c, 0.0);
        let heating_set_c = self.heating_set_c.unwrap_or(usual.heating_set_c);
        let outdoor_c = reading.sky.as_ref().map(|sky| Series::from(sky.solar.air_c().to_vec()));
        Building {
            name: self.name.clone().unwrap_or_else(|| format!("building {}", index + 1)),
            air_kwh_per_c: self.air_kwh_per_c,
            mass: self.mass.map(|mass| ThermalMass {
                heat_kwh_per_c: mass.heat_kwh_per_c,
                coupling_kw_per_c: mass.coupling_kw_per_c,
                gains_percent: mass.gains_percent.unwrap_or(50.0),
            }),
            outdoor_c: outdoor_c.unwrap_or(usual.outdoor_c),
            gains_kw: self.gains(reading),
            heat_pump: self.heat_pump.as_ref().map(HeatPumpTable::heat_pump).unwrap_or_default(),
            backup_kw: self.backup_kw.unwrap_or(0.0),
            least_c: self.least_c.unwrap_or(usual.least_c),
            heating_set_c,
            cooling_set_c: self.cooling_set_c.unwrap_or(usual.cooling_set_c),
            most_c: self.most_c.unwrap_or(usual.most_c),
            initial_c: self.initial_c.unwrap_or(heating_set_c),
            heating: self.heating.unwrap_or_default(),
            flexible: self.flexible.unwrap_or(usual.flexible),
            ..usual
        }
    }

    /// Heat of people, devices and the sun through the windows.
    fn gains(&self, reading: &Reading<'_>) -> Series {
        let clock = reading.clock;
        let inside = |step: usize| match self.gains_kw_by_hour.len() {
            24 => self.gains_kw_by_hour[usize::from(clock.local(step).hour().unsigned_abs())],
            _ => self.gains_kw.unwrap_or(0.0),
        };
        let mut gains_kw: Vec<f64> = (0..clock.steps()).map(inside).collect();
        let Some(sky) = reading.sky.as_ref().filter(|_| !reading.is_faulty(&self.path)) else { return gains_kw.into() };
        for window in &self.window {
            let pane = PvArray {
                tilt_deg: window.tilt_deg.unwrap_or(90.0),
                azimuth_deg: window.azimuth_deg.unwrap_or(180.0),
                ..PvArray::default()
            };
            let share = window.area_m2 * window.solar_transmittance.unwrap_or(0.6) / 1000.0;
            // What is out of range was told with the table, and spoils it.
            let Ok(trace) = sky.solar.trace(pane) else { continue };
            gains_kw.iter_mut().zip(trace.plane_w_per_m2).for_each(|(kw, w_per_m2)| *kw += share * w_per_m2);
        }
        gains_kw.into()
    }
}

impl HeatPumpPointTable {
    fn read(section: &mut Section<'_>) -> Self {
        Self {
            outdoor_c: section.required_number("outdoor_c"),
            heat_kw: section.required_number("heat_kw"),
            cop: section.required_number("cop"),
        }
    }
}

impl HeatPumpTable {
    fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            heating_kw: section.number_within("heating_kw", 1e-3, 1e6),
            heating_cop: section.number_within("heating_cop", 1.0, 20.0),
            cooling_kw: section.number_within("cooling_kw", 1e-3, 1e6),
            cooling_cop: section.number_within("cooling_cop", 1.0, 20.0),
            heating_point: section.tables("heating_point", HeatPumpPointTable::read),
            cooling_point: section.tables("cooling_point", HeatPumpPointTable::read),
        };
        for (rating, cop, points) in
            [("heating_kw", "heating_cop", "heating_point"), ("cooling_kw", "cooling_cop", "cooling_point")]
        {
            section.allow_one(&[rating, points]);
            section.refuse_without(cop, rating);
        }
        let has = |key: &&str| section.has(key);
        if !["heating_kw", "heating_point", "cooling_kw", "cooling_point"].iter().any(has) {
            section.missing("heating_kw", "one of heating_kw, heating_point, cooling_kw, cooling_point");
        }
        table
    }

    fn heat_pump(&self) -> HeatPump {
        let (heating_cop, cooling_cop) = (self.heating_cop.unwrap_or(3.5), self.cooling_cop.unwrap_or(3.0));
        let rated =
            HeatPump::doe2(self.heating_kw.unwrap_or(0.0), heating_cop, self.cooling_kw.unwrap_or(0.0), cooling_cop);
        let points = |points: &[HeatPumpPointTable], rated| match points {
            [] => rated,
            points => points
                .iter()
                .map(|HeatPumpPointTable { outdoor_c, heat_kw, cop }| HeatPumpPoint {
                    outdoor_c: *outdoor_c,
                    heat_kw: *heat_kw,
                    cop: *cop,
                })
                .collect(),
        };
        HeatPump {
            heating: points(&self.heating_point, rated.heating),
            cooling: points(&self.cooling_point, rated.cooling),
        }
    }
}
