//! A solar array: modules in one plane behind one inverter, and its law for one instant.

use alloc::format;

use super::cell::CellTemperature;
use super::incidence::{Cover, Pane};
use super::inverter::pvwatts_kw;
use super::losses::Losses;
use super::position::Sun;
use super::rows::Rows;
use super::transposition::{Plane, Sky, ground, hay_davies, perez_1990};
use crate::Problems;

/// A fixed array: what an engineer knows of it.
///
/// Every field has a default, so that a literal names what differs:
///
/// ```
/// use microgrid_core::generation::pv::PvArray;
/// let roof = PvArray { tilt_deg: 10.0, azimuth_deg: 200.0, ..PvArray::close_roof(250.0) };
/// assert!((roof.ac_kw() - 250.0 / 1.15).abs() < 1e-9);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct PvArray {
    /// Module power at 1000 W/m² and 25 °C, kW, above 0; default 1.
    pub dc_kw: f64,
    /// Tilt from the horizontal, degrees, 0 to 90; default 20.
    pub tilt_deg: f64,
    /// Direction the modules face, degrees clockwise from north, 0 to 360; default 180, south.
    pub azimuth_deg: f64,
    /// Share of light the ground reflects, 0 to 1; default 0.2.
    pub albedo: f64,
    /// Row length over row pitch where rows stand behind rows, 0.01 to 0.99; default none: nothing in front.
    pub ground_coverage_ratio: Option<f64>,
    /// How diffuse light is spread over the sky; default Perez 1990.
    pub sky: Sky,
    /// The modules' cover; default coated glass.
    pub cover: Cover,
    /// Law of the cell temperature; default glass/polymer on an open rack.
    pub cell_temperature: CellTemperature,
    /// Change of power with cell temperature, per kelvin from 25 °C, -0.01 to 0; default -0.0037 (PVWatts V8
    /// "standard"; "premium" -0.0035, thin film -0.0032).
    pub temperature_coefficient_per_c: f64,
    /// Direct-current losses by name.
    pub losses: Losses,
    /// Module power over inverter power, 0.5 to 5; default 1.15. The inverter clips at `dc_kw / dc_per_ac`.
    pub dc_per_ac: f64,
    /// Nominal inverter efficiency, 0.5 to 1; default 0.96.
    pub inverter_efficiency: f64,
}

impl Default for PvArray {
    fn default() -> Self {
        Self {
            dc_kw: 1.0,
            tilt_deg: 20.0,
            azimuth_deg: 180.0,
            albedo: 0.2,
            ground_coverage_ratio: None,
            sky: Sky::default(),
            cover: Cover::default(),
            cell_temperature: CellTemperature::default(),
            temperature_coefficient_per_c: -0.0037,
            losses: Losses::default(),
            dc_per_ac: 1.15,
            inverter_efficiency: 0.96,
        }
    }
}

impl PvArray {
    /// An array on an open rack, the rest as default.
    #[must_use]
    pub fn open_rack(dc_kw: f64) -> Self {
        Self { dc_kw, ..Self::default() }
    }

    /// An array close to a roof, whose cells run warmer.
    #[must_use]
    pub fn close_roof(dc_kw: f64) -> Self {
        Self { dc_kw, cell_temperature: CellTemperature::close_roof_glass_glass(), ..Self::default() }
    }

    /// The inverter's rated output, kW.
    #[must_use]
    pub fn ac_kw(&self) -> f64 {
        self.dc_kw / self.dc_per_ac
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
        self.cover.check(&format!("{field}.cover"), problems);
        self.cell_temperature.check(&format!("{field}.cell_temperature"), problems);
        let coefficient = self.temperature_coefficient_per_c;
        problems.require_range(format_args!("{field}.temperature_coefficient_per_c"), coefficient, -0.01, 0.0);
        self.losses.check(&format!("{field}.losses"), problems);
        problems.require_range(format_args!("{field}.dc_per_ac"), self.dc_per_ac, 0.5, 5.0);
        problems.require_range(format_args!("{field}.inverter_efficiency"), self.inverter_efficiency, 0.5, 1.0);
    }
}

/// Light and air at one instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Air {
    /// Global horizontal irradiance, W/m².
    pub ghi_w_per_m2: f64,
    /// Direct normal irradiance, W/m².
    pub dni_w_per_m2: f64,
    /// Diffuse horizontal irradiance, W/m².
    pub dhi_w_per_m2: f64,
    /// Air temperature, °C.
    pub temperature_c: f64,
    /// Wind speed at 10 m, m/s.
    pub wind_m_per_s: f64,
}

/// What an array makes of one instant, link by link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PvState {
    /// Irradiance on the plane, rows in front taken off, W/m².
    pub plane_w_per_m2: f64,
    /// What of it reaches the cells, W/m².
    pub effective_w_per_m2: f64,
    /// Cell temperature, °C.
    pub cell_c: f64,
    /// Power at the inverter's input, losses taken off, kW.
    pub dc_kw: f64,
    /// Power at the inverter's output, kW.
    pub ac_kw: f64,
}

/// An array with everything that does not change over the year worked out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fixed {
    array: PvArray,
    plane: Plane,
    rows: Option<Rows>,
    cover: Pane,
    sky_transmission: f64,
    ground_transmission: f64,
    /// Direct-current kW per effective W/m² at 25 °C.
    dc_kw_per_w_per_m2: f64,
    rated_dc_kw: f64,
}

impl Fixed {
    pub(super) fn new(array: &PvArray) -> Self {
        let plane = Plane::facing(array.tilt_deg, array.azimuth_deg);
        let cover = Pane::new(array.cover);
        let (sky_transmission, ground_transmission) = cover.diffuse_transmission(array.tilt_deg);
        Self {
            array: *array,
            plane,
            rows: array.ground_coverage_ratio.map(|ratio| Rows::new(ratio, &plane)),
            cover,
            sky_transmission,
            ground_transmission,
            dc_kw_per_w_per_m2: array.dc_kw / 1000.0 * array.losses.remaining_share(),
            rated_dc_kw: array.ac_kw() / array.inverter_efficiency,
        }
    }

    /// The whole chain for one instant.
    ///
    /// # Model
    /// PVWatts: `P_dc = P_stc · G_eff/1000 · (1 + γ(T_c − 25)) · Π(1 − Lᵢ)`, then [`pvwatts_kw`].
    #[inline]
    pub(super) fn state(&self, sun: &Sun, air_mass: f64, air: &Air) -> PvState {
        let Self { array, plane, .. } = self;
        let cos_incidence = plane.cos_incidence(sun);
        let mut beam = air.dni_w_per_m2 * cos_incidence.max(0.0);
        let mut sky = match array.sky {
            Sky::Perez1990 => perez_1990(plane, sun, air_mass, air.dni_w_per_m2, air.dhi_w_per_m2),
            Sky::HayDavies => hay_davies(plane, sun, air.dni_w_per_m2, air.dhi_w_per_m2),
        };
        let ground = ground(plane, air.ghi_w_per_m2, array.albedo);
        if let Some(rows) = &self.rows {
            beam *= rows.lit_share(sun, cos_incidence);
            sky *= rows.sky_share;
        }
        let plane_w_per_m2 = beam + sky + ground;
        let effective_w_per_m2 = if beam > 0.0 { beam * self.cover.transmission(cos_incidence) } else { 0.0 }
            + sky * self.sky_transmission
            + ground * self.ground_transmission;
        let cell_c = array.cell_temperature.cell_c(plane_w_per_m2, air.temperature_c, air.wind_m_per_s);
        let warmth = (1.0 + array.temperature_coefficient_per_c * (cell_c - 25.0)).max(0.0);
        let dc_kw = effective_w_per_m2 * self.dc_kw_per_w_per_m2 * warmth;
        let ac_kw = pvwatts_kw(dc_kw, self.rated_dc_kw, array.inverter_efficiency);
        PvState { plane_w_per_m2, effective_w_per_m2, cell_c, dc_kw, ac_kw }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_every_problem_is_listed_at_once() {
        let mut problems = Problems::none();
        PvArray::default().check("pv", &mut problems);
        PvArray::close_roof(3.0).check("pv", &mut problems);
        assert!(problems.is_empty(), "{problems}");
        let wrong = PvArray {
            dc_kw: f64::NAN,
            tilt_deg: 91.0,
            azimuth_deg: -1.0,
            albedo: 2.0,
            ground_coverage_ratio: Some(0.0),
            cover: Cover::Glass { coating_index: 0.9 },
            cell_temperature: CellTemperature::Faiman { u0_w_per_m2_k: 0.0, u1_w_s_per_m3_k: -1.0 },
            temperature_coefficient_per_c: 0.37,
            losses: Losses { age_percent: 100.0, ..Losses::none() },
            dc_per_ac: 0.0,
            inverter_efficiency: 1.2,
            ..PvArray::default()
        };
        wrong.check("pv[1]", &mut problems);
        assert_eq!(problems.iter().count(), 12, "{problems}");
    }
}
