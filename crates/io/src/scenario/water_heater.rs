//! `[[demand.water_heater]]`: a tank that is kept warm.

use microgrid_core::Series;
use microgrid_core::demand::{HeatingRule, WaterHeater};
use schemars::JsonSchema;

use super::loading::Reading;
use crate::document::Section;

/// An electric water heater. Temperatures in °C; its books count heat above cold water.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WaterHeaterTable {
    /// What reports call it; `water heater 1`, `water heater 2`, … by default.
    pub name: Option<String>,
    /// Water in the tank in litres, 1 to 1 000 000.
    pub volume_l: f64,
    /// Power of the heating element at its AC terminals in kW, at least 0.
    pub rating_kw: f64,
    /// Hot water drawn in a day at the tank's temperature, in litres, evenly over its hours; none by default.
    pub draw_l_per_day: Option<f64>,
    /// Hot water drawn in each hour of the day on the site's clock, in litres: 24 numbers, midnight first; instead of
    /// `draw_l_per_day`.
    #[schemars(with = "Option<Vec<f64>>")]
    pub draw_l_by_hour: Vec<f64>,
    /// Heat lost in a day at 45 K between tank and room in kWh, at least 0, as data sheets have it; 1.5 by default.
    pub standing_loss_kwh_per_day: Option<f64>,
    /// Temperature of the room, −50 to 60; 20 by default.
    pub ambient_c: Option<f64>,
    /// Temperature of the water that replaces what is drawn, 0 to 40; 10 by default.
    pub cold_water_c: Option<f64>,
    /// Least temperature allowed, from that of cold water on; 45 by default.
    pub least_c: Option<f64>,
    /// What the thermostat holds, from `least_c` to `most_c`; 60 by default.
    pub set_c: Option<f64>,
    /// Greatest temperature that heating may reach, at most 95; 75 by default.
    pub most_c: Option<f64>,
    /// Temperature at the run's start; `set_c` by default.
    pub initial_c: Option<f64>,
    /// What it does unasked: `thermostat` (default) holds `set_c`; `off_peak` does so in steps whose import price is at or
    /// below the mean of their day; `surplus` takes what generation leaves over, up to `most_c`. All hold `least_c`.
    #[schemars(with = "Option<String>", extend("enum" = HeatingRule::ALL.map(HeatingRule::name)))]
    pub heating: Option<HeatingRule>,
    /// Whether it is cut to what `least_c` needs where the site is short, and takes up what would be curtailed; `true` by
    /// default.
    pub flexible: Option<bool>,
}

impl WaterHeaterTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            name: section.text("name"),
            volume_l: section.required_number("volume_l"),
            rating_kw: section.required_number("rating_kw"),
            draw_l_per_day: section.number_within("draw_l_per_day", 0.0, 1e6),
            draw_l_by_hour: section.numbers("draw_l_by_hour"),
            standing_loss_kwh_per_day: section.number_within("standing_loss_kwh_per_day", 0.0, 1e6),
            ambient_c: section.number("ambient_c"),
            cold_water_c: section.number("cold_water_c"),
            least_c: section.number("least_c"),
            set_c: section.number("set_c"),
            most_c: section.number("most_c"),
            initial_c: section.number("initial_c"),
            heating: section.choice("heating", &HeatingRule::ALL.map(|rule| (rule.name(), rule))),
            flexible: section.flag("flexible"),
        };
        section.allow_one(&["draw_l_per_day", "draw_l_by_hour"]);
        let count = table.draw_l_by_hour.len();
        if section.has("draw_l_by_hour") && count != 24 {
            let problem = microgrid_core::Problem::new(section.field("draw_l_by_hour"), "is no day of hours");
            section.push(problem.value(format!("{count} numbers")).allowed("24 numbers, one for each hour of the day"));
        }
        if let Some(litres) = table.draw_l_by_hour.iter().find(|litres| !(0.0..=1e6).contains(*litres)) {
            let problem = microgrid_core::Problem::new(section.field("draw_l_by_hour"), "is out of range");
            section.push(problem.value(litres).allowed("0 to 1000000"));
        }
        table
    }

    /// Core's water heater, the `index`th of the scenario, counted from 0.
    pub(super) fn water_heater(&self, index: usize, reading: &Reading<'_>) -> WaterHeater {
        let usual = WaterHeater::electric(self.volume_l, self.rating_kw);
        let draw_l_per_h = match self.draw_l_by_hour.len() {
            24 => {
                let hours = (0..reading.clock.steps()).map(|step| reading.clock.local(step).hour());
                Series::Steps(hours.map(|hour| self.draw_l_by_hour[usize::from(hour.unsigned_abs())]).collect())
            }
            _ => Series::Constant(self.draw_l_per_day.unwrap_or(0.0) / 24.0),
        };
        let set_c = self.set_c.unwrap_or(usual.set_c);
        WaterHeater {
            name: self.name.clone().unwrap_or_else(|| format!("water heater {}", index + 1)),
            draw_l_per_h,
            loss_kw_per_c: self.standing_loss_kwh_per_day.map_or(usual.loss_kw_per_c, |kwh| kwh / (24.0 * 45.0)),
            ambient_c: self.ambient_c.unwrap_or(usual.ambient_c),
            cold_water_c: self.cold_water_c.unwrap_or(usual.cold_water_c),
            least_c: self.least_c.unwrap_or(usual.least_c),
            set_c,
            most_c: self.most_c.unwrap_or(usual.most_c),
            initial_c: self.initial_c.unwrap_or(set_c),
            heating: self.heating.unwrap_or_default(),
            flexible: self.flexible.unwrap_or(usual.flexible),
            ..usual
        }
    }
}
