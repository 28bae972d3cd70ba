//! `[storage.battery.auxiliaries]`: what a battery draws beside its charge.

use microgrid_core::demand::{Load, Tier};
use microgrid_core::{Problem, Series};
use schemars::JsonSchema;

use super::ambient::Ambient;
use super::loading::Reading;
use super::months;
use crate::document::Section;

/// What a battery draws at its AC terminals beside its charge: control and converters at rest, cooling and heating by the
/// temperature around it. It is a load of the site, served first, by the name of the battery; whoever wants the round trip with it
/// takes it off the discharge.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AuxiliariesTable {
    /// Drawn at all times, in kW; 0 by default.
    pub standby_kw: Option<f64>,
    /// Drawn for each kelvin that the ambient is above `cooling_above_c`, in kW; 0 by default.
    pub cooling_kw_per_c: Option<f64>,
    /// In °C; 25 by default.
    pub cooling_above_c: Option<f64>,
    /// Drawn for each kelvin that the ambient is below `heating_below_c`, in kW; 0 by default.
    pub heating_kw_per_c: Option<f64>,
    /// In °C; 10 by default.
    pub heating_below_c: Option<f64>,
    /// Temperature around the battery in °C, −60 to 80; needed for cooling and heating.
    pub ambient_c: Option<f64>,
    /// The same by calendar month: twelve numbers, January first; instead of `ambient_c`.
    pub ambient_by_month_c: Option<[f64; 12]>,
    /// Whether it is the air of the site's weather, step by step; instead of `ambient_c`.
    pub ambient_from_weather: Option<bool>,
}

impl AuxiliariesTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            standby_kw: section.number_within("standby_kw", 0.0, 1e9),
            cooling_kw_per_c: section.number_within("cooling_kw_per_c", 0.0, 1e6),
            cooling_above_c: section.number_within("cooling_above_c", -60.0, 80.0),
            heating_kw_per_c: section.number_within("heating_kw_per_c", 0.0, 1e6),
            heating_below_c: section.number_within("heating_below_c", -60.0, 80.0),
            ambient_c: section.number_within("ambient_c", -60.0, 80.0),
            ambient_by_month_c: months::within(section, "ambient_by_month_c", -60.0, 80.0),
            ambient_from_weather: section.flag("ambient_from_weather"),
        };
        section.allow_one(&["ambient_c", "ambient_by_month_c", "ambient_from_weather"]);
        section.refuse_without("cooling_above_c", "cooling_kw_per_c");
        section.refuse_without("heating_below_c", "heating_kw_per_c");
        let by_ambient = section.has("cooling_kw_per_c") || section.has("heating_kw_per_c");
        let has_ambient =
            ["ambient_c", "ambient_by_month_c", "ambient_from_weather"].into_iter().any(|key| section.has(key));
        if by_ambient != has_ambient {
            let message = if by_ambient { "is missing" } else { "is used by nothing" };
            let problem = Problem::new(section.field("ambient_c"), message);
            section
                .push(problem.hint("cooling and heating go by ambient_c, ambient_by_month_c or ambient_from_weather, and nothing else does"));
        }
        table
    }

    /// The load of the site that it is.
    pub(super) fn load(&self, battery: &str, path: &str, reading: &mut Reading<'_>) -> Load {
        let standby_kw = self.standby_kw.unwrap_or(0.0);
        let (cooling, above_c) = (self.cooling_kw_per_c.unwrap_or(0.0), self.cooling_above_c.unwrap_or(25.0));
        let (heating, below_c) = (self.heating_kw_per_c.unwrap_or(0.0), self.heating_below_c.unwrap_or(10.0));
        let power_kw = |ambient_c: f64| {
            standby_kw + cooling * (ambient_c - above_c).max(0.0) + heating * (below_c - ambient_c).max(0.0)
        };
        let ambient = Ambient {
            constant_c: self.ambient_c,
            by_month_c: self.ambient_by_month_c.as_ref(),
            from_weather: self.ambient_from_weather,
            // Neither cools nor heats.
            usual_c: &Series::Constant(0.5 * (above_c + below_c)),
        };
        let drawn = match ambient.series(path, reading) {
            _ if cooling + heating == 0.0 => Series::Constant(standby_kw),
            Series::Constant(ambient_c) => Series::Constant(power_kw(ambient_c)),
            Series::Steps(ambient_c) => Series::Steps(ambient_c.iter().copied().map(power_kw).collect()),
        };
        Load { tier: Tier::Critical, ..Load::new(format!("{battery}: auxiliaries"), drawn) }
    }
}
