//! A solar array: modules that face one way, on a rack, a roof or a tracker.

use alloc::format;

use super::cell::CellTemperature;
use super::incidence::Cover;
use super::losses::Losses;
use super::module::{Module, SixParameter};
use super::tracker::Tracker;
use super::transposition::Sky;
use crate::Problems;

/// An array: what an engineer knows of its modules and how they stand.
///
/// Every field has a default, so that a literal names what differs:
///
/// ```
/// use microgrid_core::generation::pv::{PvArray, PvPlant};
/// let roof = PvArray { tilt_deg: 10.0, azimuth_deg: 200.0, ..PvArray::roof_mount(250.0) };
/// assert!((PvPlant::from(roof).ac_kw() - 250.0 / 1.15).abs() < 1e-9);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct PvArray {
    /// Module power at 1000 W/m² and 25 °C, kW, above 0; default 1.
    pub dc_kw: f64,
    /// Tilt from the horizontal, degrees, 0 to 90; default 20. With a tracker that of its axis, usually 0.
    pub tilt_deg: f64,
    /// Direction the modules face, degrees clockwise from north, 0 to 360; default 180, south. With a tracker the
    /// direction along its axis, downhill where it is tilted: 180 turns from east to west.
    pub azimuth_deg: f64,
    /// Turns the modules with the sun; default none: they stand fixed.
    pub tracker: Option<Tracker>,
    /// Share of light the ground reflects, 0 to 1; default 0.2.
    pub albedo: f64,
    /// Row length over row pitch where rows stand behind rows, 0.01 to 0.99; default none: nothing in front.
    pub ground_coverage_ratio: Option<f64>,
    /// How diffuse light is spread over the sky; default Perez 1990.
    pub sky: Sky,
    /// The modules' cover; default coated glass.
    pub cover: Cover,
    /// Whether the modules' current follows the colour of the light, by
    /// [`air_mass_modifier`](super::irradiance::air_mass_modifier); default false.
    pub air_mass_modifier: bool,
    /// Law of the cell temperature; default glass/polymer on an open rack.
    pub cell_temperature: CellTemperature,
    /// Law of the modules' power; default linear.
    pub module: Module,
    /// Change of power with cell temperature of linear modules, per kelvin from 25 °C, -0.01 to 0; default -0.0037
    /// (PVWatts V8 "standard"; "premium" -0.0035, thin film -0.0032).
    pub temperature_coefficient_per_c: f64,
    /// Direct-current losses by name.
    pub losses: Losses,
}

impl Default for PvArray {
    fn default() -> Self {
        Self {
            dc_kw: 1.0,
            tilt_deg: 20.0,
            azimuth_deg: 180.0,
            tracker: None,
            albedo: 0.2,
            ground_coverage_ratio: None,
            sky: Sky::default(),
            cover: Cover::default(),
            air_mass_modifier: false,
            cell_temperature: CellTemperature::default(),
            module: Module::Linear,
            temperature_coefficient_per_c: -0.0037,
            losses: Losses::default(),
        }
    }
}

impl PvArray {
    /// An array on an open rack, the rest as default.
    #[must_use]
    pub fn open_rack(dc_kw: f64) -> Self {
        Self { dc_kw, ..Self::default() }
    }

    /// An array mounted on a roof with air behind the modules, whose cells run warmer than a rack's.
    #[must_use]
    pub fn roof_mount(dc_kw: f64) -> Self {
        Self { dc_kw, cell_temperature: CellTemperature::noct_roof_mount(), ..Self::default() }
    }

    /// An array flush with a roof: no air passes behind the modules, whose cells run warmest.
    #[must_use]
    pub fn close_roof(dc_kw: f64) -> Self {
        Self { dc_kw, cell_temperature: CellTemperature::close_roof_glass_glass(), ..Self::default() }
    }

    /// Rows on level one-axis trackers from east to west that turn back before they shade each other, of ground coverage
    /// ratio 0.3; the rest as default.
    #[must_use]
    pub fn tracker(dc_kw: f64) -> Self {
        Self {
            dc_kw,
            tilt_deg: 0.0,
            tracker: Some(Tracker::default()),
            ground_coverage_ratio: Some(0.3),
            ..Self::default()
        }
    }

    /// The same array with the models of PVWatts V8 for its modules: six parameters of its "standard" module, cover, air
    /// mass and cells; a roof's cells where this array has any of a roof, a rack's otherwise.
    ///
    /// Beside [`PvPlant::pvwatts_v8`](super::PvPlant::pvwatts_v8) this is that program's year to 0.2 %.
    #[must_use]
    pub fn with_pvwatts_v8_modules(self) -> Self {
        let is_roof = [CellTemperature::noct_roof_mount(), CellTemperature::close_roof_glass_glass()]
            .contains(&self.cell_temperature);
        let cell_temperature =
            if is_roof { CellTemperature::noct_roof_mount() } else { CellTemperature::noct_open_rack() };
        Self {
            cell_temperature,
            module: Module::SixParameter(SixParameter::pvwatts_standard()),
            cover: Cover::PvwattsV8,
            air_mass_modifier: true,
            ..self
        }
    }

    /// Adds a problem for each impossible value; `field` is the path of this array, such as `generation.pv[0]`.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        problems.require_range(format_args!("{field}.dc_kw"), self.dc_kw, 1e-6, 1e9);
        problems.require_range(format_args!("{field}.tilt_deg"), self.tilt_deg, 0.0, 90.0);
        problems.require_range(format_args!("{field}.azimuth_deg"), self.azimuth_deg, 0.0, 360.0);
        problems.require_range(format_args!("{field}.albedo"), self.albedo, 0.0, 1.0);
        if let Some(ratio) = self.ground_coverage_ratio {
            problems.require_range(format_args!("{field}.ground_coverage_ratio"), ratio, 0.01, 0.99);
        }
        if let Some(tracker) = self.tracker {
            problems.require_range(format_args!("{field}.tracker.max_angle_deg"), tracker.max_angle_deg, 1.0, 90.0);
        }
        self.cover.check(&format!("{field}.cover"), problems);
        self.cell_temperature.check(&format!("{field}.cell_temperature"), problems);
        self.module.check(&format!("{field}.module"), problems);
        let coefficient = self.temperature_coefficient_per_c;
        problems.require_range(format_args!("{field}.temperature_coefficient_per_c"), coefficient, -0.01, 0.0);
        self.losses.check(&format!("{field}.losses"), problems);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PvPlant, inverter::Inverter, inverter::InverterCurve};
    use super::*;

    #[test]
    fn defaults_are_valid_and_every_problem_is_listed_at_once() {
        let mut problems = Problems::none();
        for array in [
            PvArray::default(),
            PvArray::close_roof(3.0),
            PvArray::roof_mount(3.0),
            PvArray::tracker(3.0),
            PvArray::tracker(3.0).with_pvwatts_v8_modules(),
        ] {
            PvPlant::from(array).check("pv", &mut problems);
        }
        assert!(problems.is_empty(), "{problems}");
        let wrong = PvArray {
            dc_kw: f64::NAN,
            tilt_deg: 91.0,
            azimuth_deg: -1.0,
            albedo: 2.0,
            ground_coverage_ratio: Some(0.0),
            tracker: Some(Tracker { max_angle_deg: 0.0, backtracking: true }),
            cover: Cover::Glass { coating_index: 0.9 },
            cell_temperature: CellTemperature::Faiman { u0_w_per_m2_k: 0.0, u1_w_s_per_m3_k: -1.0 },
            temperature_coefficient_per_c: 0.37,
            losses: Losses { age_percent: 100.0, ..Losses::none() },
            ..PvArray::default()
        };
        let curve = InverterCurve::PvwattsV5 { efficiency: 1.2 };
        let plant =
            PvPlant { dc_per_ac: 0.0, inverter: Inverter { curve, ..Inverter::default() }, ..PvPlant::from(wrong) };
        plant.check("pv[1]", &mut problems);
        assert_eq!(problems.iter().count(), 13, "{problems}");
    }
}
