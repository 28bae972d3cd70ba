//! The law of one array for one instant, link by link.

use alloc::vec::Vec;

use super::array::PvArray;
use super::incidence::Pane;
use super::irradiance::{air_mass_modifier, pressure_share};
use super::module::{Module, PowerTable};
use super::position::Sun;
use super::rows::Rows;
use super::tracker::{Axis, Facing};
use super::transposition::{Plane, Sky, ground, hay_davies, perez_1990};

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
pub(super) struct Link {
    /// Irradiance on the plane with nothing in front, W/m².
    pub(super) open_w_per_m2: f64,
    /// What the horizon hides of it, W/m².
    pub(super) horizon_w_per_m2: f64,
    /// What rows in front hide of the rest, W/m².
    pub(super) rows_w_per_m2: f64,
    /// Irradiance on the plane, horizon and rows taken off, W/m².
    pub(super) plane_w_per_m2: f64,
    /// What the cover keeps off the cells, W/m².
    pub(super) reflected_w_per_m2: f64,
    /// What reaches the cells, its colour weighed, W/m².
    pub(super) effective_w_per_m2: f64,
    /// Cell temperature, °C.
    pub(super) cell_c: f64,
    /// Power before the losses by name, kW.
    pub(super) module_kw: f64,
    /// Power at the inverter's input, losses taken off, kW.
    pub(super) dc_kw: f64,
}

/// Sun and light of one instant, and the calendar's part in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Instant<'a> {
    pub(super) sun: &'a Sun,
    pub(super) air_mass: f64,
    pub(super) air: &'a Air,
    /// Whether the sun stands behind the horizon's skyline.
    pub(super) is_hidden: bool,
    /// Month from 0, where losses by month are told one.
    pub(super) month: usize,
}

/// How an array stands.
#[derive(Debug, Clone, PartialEq)]
enum Mount {
    Fixed(Facing),
    Tracker(Axis),
}

/// Transmission of the sky's and the ground's light through the cover.
#[derive(Debug, Clone, PartialEq)]
enum Diffuse {
    Fixed(f64, f64),
    /// By `sin(β/2)` in even parts from 0 to that of 90°: smooth in it, and free of arc functions.
    ByTilt(Vec<(f64, f64)>),
}

const TILTS: usize = 64;
const HALF_SQRT: f64 = core::f64::consts::FRAC_1_SQRT_2;

impl Diffuse {
    fn by_tilt(pane: &Pane) -> Self {
        let transmission =
            |i: usize| pane.diffuse_transmission(2.0 * libm::asin(HALF_SQRT * i as f64 / TILTS as f64).to_degrees());
        Self::ByTilt((0..=TILTS).map(transmission).collect())
    }

    fn at(&self, up: f64) -> (f64, f64) {
        match self {
            Self::Fixed(sky, ground) => (*sky, *ground),
            Self::ByTilt(table) => {
                let place = libm::sqrt((0.5 * (1.0 - up)).max(0.0)) * (TILTS as f64 / HALF_SQRT);
                let left = (place as usize).min(TILTS - 1);
                let share = place - left as f64;
                let ((sky, ground), (next_sky, next_ground)) = (table[left], table[left + 1]);
                (sky + share * (next_sky - sky), ground + share * (next_ground - ground))
            }
        }
    }
}

/// An array with everything that does not change over the year worked out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chain {
    array: PvArray,
    mount: Mount,
    rows: Option<Rows>,
    cover: Pane,
    diffuse: Diffuse,
    /// Share of the sky's light above the horizon's skyline.
    horizon_sky_share: f64,
    pressure_share: f64,
    /// Direct-current kW per effective W/m² at 25 °C, of a month's losses; of every month's alike where none is told apart.
    dc_kw_per_w_per_m2: [f64; 12],
    table: Option<PowerTable>,
}

impl Chain {
    /// The chain of `array` at a height above the sea, where `horizon_sky_share` tells what a skyline leaves of the sky
    /// over a plane.
    pub(super) fn new(array: &PvArray, elevation_m: f64, horizon_sky_share: impl Fn(&Plane) -> f64) -> Self {
        let cover = Pane::new(array.cover);
        let axis = |tracker| Axis::new(tracker, array.tilt_deg, array.azimuth_deg, array.ground_coverage_ratio);
        let plane = Plane::facing(array.tilt_deg, array.azimuth_deg);
        let mount = match &array.tracker {
            Some(tracker) => Mount::Tracker(axis(tracker)),
            None => Mount::Fixed(Facing { plane, turned_up: plane.up, sun_up: f64::NAN }),
        };
        let (sky, ground) = cover.diffuse_transmission(array.tilt_deg);
        let table = match &array.module {
            Module::Linear => None,
            Module::SixParameter(module) => Some(PowerTable::new(module)),
        };
        let months = core::array::from_fn(|month| array.dc_kw / 1000.0 * array.losses.remaining_share(month));
        Self {
            array: *array,
            horizon_sky_share: horizon_sky_share(if let Mount::Tracker(axis) = &mount { axis.level() } else { &plane }),
            diffuse: if array.tracker.is_some() { Diffuse::by_tilt(&cover) } else { Diffuse::Fixed(sky, ground) },
            mount,
            rows: array.ground_coverage_ratio.map(Rows::new),
            cover,
            pressure_share: pressure_share(elevation_m),
            dc_kw_per_w_per_m2: months,
            table,
        }
    }

    pub(super) fn array(&self) -> &PvArray {
        &self.array
    }

    fn facing(&self, sun: &Sun) -> Facing {
        match &self.mount {
            Mount::Fixed(facing) => Facing { sun_up: sun.up, ..*facing },
            Mount::Tracker(axis) => axis.facing(sun),
        }
    }

    /// The whole chain for one instant.
    ///
    /// # Model
    /// PVWatts: `P_dc = P_stc · G_eff/1000 · (1 + γ(T_c − 25)) · Π(1 − Lᵢ)`, or the six-parameter module's power in the
    /// place of the first three.
    #[inline]
    pub(super) fn link(&self, instant: &Instant<'_>) -> Link {
        let Self { array, .. } = self;
        let Instant { sun, air_mass, air, is_hidden, month } = *instant;
        let Facing { plane, turned_up, sun_up } = self.facing(sun);
        let plane = &plane;
        let cos_incidence = plane.cos_incidence(sun);
        let mut beam = air.dni_w_per_m2 * cos_incidence.max(0.0);
        let mut sky = match array.sky {
            Sky::Perez1990 => perez_1990(plane, sun, air_mass, air.dni_w_per_m2, air.dhi_w_per_m2),
            Sky::HayDavies => hay_davies(plane, sun, air.dni_w_per_m2, air.dhi_w_per_m2),
        };
        let mut ground = ground(plane, air.ghi_w_per_m2, array.albedo);
        let open_w_per_m2 = beam + sky + ground;
        let mut horizon_w_per_m2 = sky * (1.0 - self.horizon_sky_share);
        sky *= self.horizon_sky_share;
        if is_hidden {
            horizon_w_per_m2 += beam;
            beam = 0.0;
        }
        let mut rows_w_per_m2 = 0.0;
        if let Some(rows) = &self.rows {
            let (lit, sky_share) = (rows.lit_share(sun_up, cos_incidence), rows.sky_share(turned_up));
            let (all, in_sun) = rows.ground_views(turned_up, sun_up, cos_incidence);
            let diffuse = air.dhi_w_per_m2.min(air.ghi_w_per_m2);
            let between = array.albedo * ((air.ghi_w_per_m2 - diffuse) * in_sun + diffuse * all);
            rows_w_per_m2 = beam * (1.0 - lit) + sky * (1.0 - sky_share) + (ground - between);
            (beam, sky, ground) = (beam * lit, sky * sky_share, between);
        }
        let plane_w_per_m2 = beam + sky + ground;
        let (sky_transmission, ground_transmission) = self.diffuse.at(plane.up);
        let beam_transmission = if beam > 0.0 { self.cover.transmission(cos_incidence) } else { 0.0 };
        let behind_cover = beam * beam_transmission + sky * sky_transmission + ground * ground_transmission;
        let colour = if array.air_mass_modifier { air_mass_modifier(air_mass, self.pressure_share) } else { 1.0 };
        let effective_w_per_m2 = behind_cover * colour;
        let air_c = air.temperature_c;
        let cell_c = array.cell_temperature.cell_c(plane_w_per_m2, effective_w_per_m2, air_c, air.wind_m_per_s);
        let kept = self.dc_kw_per_w_per_m2[month];
        let (module_kw, dc_kw) = match &self.table {
            None => {
                let warmth = (1.0 + array.temperature_coefficient_per_c * (cell_c - 25.0)).max(0.0);
                (array.dc_kw / 1000.0 * effective_w_per_m2 * warmth, effective_w_per_m2 * kept * warmth)
            }
            Some(table) => {
                let per_label = table.per_label(effective_w_per_m2, cell_c);
                (array.dc_kw * per_label, 1000.0 * kept * per_label)
            }
        };
        Link {
            open_w_per_m2,
            horizon_w_per_m2,
            rows_w_per_m2,
            plane_w_per_m2,
            reflected_w_per_m2: beam * (1.0 - beam_transmission)
                + sky * (1.0 - sky_transmission)
                + ground * (1.0 - ground_transmission),
            effective_w_per_m2,
            cell_c,
            module_kw,
            dc_kw,
        }
    }

    /// Power of the modules at 25 °C under the light that reaches the cells, before the losses by name, kW.
    pub(super) fn cool_kw(&self, effective_w_per_m2: f64) -> f64 {
        let per_label = match &self.table {
            None => effective_w_per_m2 / 1000.0,
            Some(table) => table.per_label(effective_w_per_m2, 25.0),
        };
        self.array.dc_kw * per_label
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::pv::Cover;

    /// The table by tilt against the law itself, between its nodes.
    #[test]
    fn diffuse_transmission_by_tilt_is_within_a_thousandth() {
        for cover in [Cover::default(), Cover::PvwattsV8] {
            let pane = Pane::new(cover);
            let table = Diffuse::by_tilt(&pane);
            for i in 0..=360 {
                let tilt_deg = f64::from(i) * 0.25;
                let (sky, ground) = table.at(libm::cos(tilt_deg.to_radians()));
                let (right_sky, right_ground) = pane.diffuse_transmission(tilt_deg);
                assert!((sky - right_sky).abs() < 1e-4, "{tilt_deg}: {sky} {right_sky}");
                assert!((ground - right_ground).abs() < 5e-3, "{tilt_deg}: {ground} {right_ground}");
            }
        }
    }
}
