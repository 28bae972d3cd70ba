//! `[[generation.pv]]`: solar arrays under the site's weather.

use microgrid_core::generation::SeriesPlant;
use microgrid_core::generation::pv::{CellTemperature, Cover, Losses, PvArray, Sky};
use microgrid_core::{Problem, Problems, Series};
use schemars::JsonSchema;

use super::loading::Reading;
use super::weather::SiteWeather;
use crate::document::Section;

/// A fixed solar array behind one inverter: core's `PvArray`. Its power in each step is worked out from the site's
/// weather before the run.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PvTable {
    /// What reports call it; `pv 1`, `pv 2`, … by default.
    pub name: Option<String>,
    /// Module power at 1000 W/m² and 25 °C in kW, at least 0. Zero means that there is no array.
    pub dc_kw: f64,
    /// Tilt from the horizontal in degrees, 0 to 90; 20 by default.
    pub tilt_deg: Option<f64>,
    /// Direction the modules face in degrees clockwise from north, 0 to 360; 180, south, by default, which on the
    /// southern hemisphere is away from the sun.
    pub azimuth_deg: Option<f64>,
    /// Share of light that the ground reflects, 0 to 1; 0.2 by default.
    pub albedo: Option<f64>,
    /// Row length over row pitch where rows stand behind rows, 0.01 to 0.99; without it nothing stands in front.
    pub ground_coverage_ratio: Option<f64>,
    /// How diffuse light is spread over the sky: `perez_1990` (default) or `hay_davies`.
    #[schemars(with = "Option<String>", extend("enum" = SKIES.map(|choice| choice.0)))]
    pub sky: Option<Sky>,
    /// The modules' cover: `glass` (default), `ashrae` or `none` (no loss at any angle).
    #[schemars(with = "Option<String>", extend("enum" = COVERS.map(|choice| choice.0)))]
    pub cover: Option<Cover>,
    /// Refractive index of the glass's anti-reflective coating, 1 (none) to 1.526; 1.3 by default. Only for `glass`.
    pub coating_index: Option<f64>,
    /// Incidence coefficient of the cover `ashrae`, 0 to 0.2; 0.05 by default. Only for `ashrae`.
    pub incidence_coefficient: Option<f64>,
    /// How warm the cells get, by mounting: `open_rack_glass_polymer` (default), `open_rack_glass_glass`,
    /// `close_roof_glass_glass`, `insulated_back_glass_polymer` (Sandia's coefficients) or `faiman_open_rack`.
    #[schemars(with = "Option<String>", extend("enum" = MOUNTINGS.map(|choice| choice.0)))]
    pub mounting: Option<CellTemperature>,
    /// Sandia's coefficients of the cell temperature; instead of `mounting`.
    pub sapm: Option<SapmTable>,
    /// Faiman's factors of the cell temperature; instead of `mounting`.
    pub faiman: Option<FaimanTable>,
    /// Change of power per kelvin of cell temperature above 25 °C, −0.01 to 0; −0.0037 by default.
    pub temperature_coefficient_per_c: Option<f64>,
    /// Direct-current losses by name; 14.0757 % in all by default.
    pub losses: Option<LossesTable>,
    /// Module power over inverter power, 0.5 to 5; 1.15 by default. The inverter clips above `dc_kw / dc_per_ac`.
    pub dc_per_ac: Option<f64>,
    /// Nominal inverter efficiency, 0.5 to 1; 0.96 by default.
    pub inverter_efficiency: Option<f64>,
    /// Whether the site may take less than is available; `true` by default.
    pub curtailable: Option<bool>,
    #[schemars(skip)]
    pub(super) path: String,
}

/// Sandia's cell temperature: `T_air + G (e^(a + b · wind) + delta_c / 1000)`.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SapmTable {
    /// Natural logarithm of the warming per irradiance in still air, −6 to −2.
    pub a: f64,
    /// Effect of wind in s/m, −0.3 to 0.
    pub b: f64,
    /// Cell above module back at 1000 W/m² in K, 0 to 10.
    pub delta_c: f64,
}

/// Faiman's cell temperature: `T_air + G / (u0 + u1 · wind)`.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FaimanTable {
    /// Loss in still air in W/(m² K), 5 to 100.
    pub u0_w_per_m2_k: f64,
    /// Loss per wind speed in W s/(m³ K), 0 to 50.
    pub u1_w_s_per_m3_k: f64,
}

/// Direct-current losses in percent of what the ones before leave, 0 to 99 each; PVWatts's where left out.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LossesTable {
    /// Dust and dirt; 2 by default.
    pub soiling_percent: Option<f64>,
    /// Shadows of buildings and trees, beyond the rows' own; 3 by default.
    pub shading_percent: Option<f64>,
    /// Snow, as a yearly mean; 0 by default.
    pub snow_percent: Option<f64>,
    /// Modules that differ within a string; 2 by default.
    pub mismatch_percent: Option<f64>,
    /// Cables; 2 by default.
    pub wiring_percent: Option<f64>,
    /// Connectors; 0.5 by default.
    pub connections_percent: Option<f64>,
    /// Light-induced degradation of the first months; 1.5 by default.
    pub light_induced_degradation_percent: Option<f64>,
    /// Modules weaker than their label; 1 by default.
    pub nameplate_percent: Option<f64>,
    /// Years of service; 0 by default.
    pub age_percent: Option<f64>,
    /// Outages and repairs, as a yearly mean; 3 by default.
    pub availability_percent: Option<f64>,
}

const SKIES: [(&str, Sky); 2] = [("perez_1990", Sky::Perez1990), ("hay_davies", Sky::HayDavies)];
const COVERS: [(&str, Cover); 3] = [
    ("glass", Cover::Glass { coating_index: 1.3 }),
    ("ashrae", Cover::Ashrae { coefficient: 0.05 }),
    ("none", Cover::None),
];
const MOUNTINGS: [(&str, CellTemperature); 5] = [
    ("open_rack_glass_polymer", CellTemperature::open_rack_glass_polymer()),
    ("open_rack_glass_glass", CellTemperature::open_rack_glass_glass()),
    ("close_roof_glass_glass", CellTemperature::close_roof_glass_glass()),
    ("insulated_back_glass_polymer", CellTemperature::insulated_back_glass_polymer()),
    ("faiman_open_rack", CellTemperature::faiman_open_rack()),
];

impl PvTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            name: section.text("name"),
            dc_kw: section.required_number("dc_kw"),
            tilt_deg: section.number("tilt_deg"),
            azimuth_deg: section.number("azimuth_deg"),
            albedo: section.number("albedo"),
            ground_coverage_ratio: section.number("ground_coverage_ratio"),
            sky: section.choice("sky", &SKIES),
            cover: section.choice("cover", &COVERS),
            coating_index: section.number("coating_index"),
            incidence_coefficient: section.number("incidence_coefficient"),
            mounting: section.choice("mounting", &MOUNTINGS),
            sapm: section.table("sapm", |section| SapmTable {
                a: section.required_number("a"),
                b: section.required_number("b"),
                delta_c: section.required_number("delta_c"),
            }),
            faiman: section.table("faiman", |section| FaimanTable {
                u0_w_per_m2_k: section.required_number("u0_w_per_m2_k"),
                u1_w_s_per_m3_k: section.required_number("u1_w_s_per_m3_k"),
            }),
            temperature_coefficient_per_c: section.number("temperature_coefficient_per_c"),
            losses: section.table("losses", LossesTable::read),
            dc_per_ac: section.number("dc_per_ac"),
            inverter_efficiency: section.number("inverter_efficiency"),
            curtailable: section.flag("curtailable"),
            path: section.path().to_owned(),
        };
        section.allow_one(&["mounting", "sapm", "faiman"]);
        let cover = table.cover.unwrap_or_default();
        for (key, fits) in [
            ("coating_index", matches!(cover, Cover::Glass { .. })),
            ("incidence_coefficient", matches!(cover, Cover::Ashrae { .. })),
        ] {
            if section.has(key) && !fits {
                section.push(Problem::new(section.field(key), "has no meaning for this cover").hint("see cover"));
            }
        }
        table
    }

    /// Core's array.
    #[must_use]
    pub fn array(&self) -> PvArray {
        let usual = PvArray::open_rack(self.dc_kw);
        let cover = match (self.cover.unwrap_or_default(), self.coating_index, self.incidence_coefficient) {
            (Cover::Glass { .. }, Some(coating_index), _) => Cover::Glass { coating_index },
            (Cover::Ashrae { .. }, _, Some(coefficient)) => Cover::Ashrae { coefficient },
            (cover, ..) => cover,
        };
        let sapm = self.sapm.map(|SapmTable { a, b, delta_c }| CellTemperature::Sapm { a, b, delta_c });
        let faiman = self.faiman.map(|FaimanTable { u0_w_per_m2_k, u1_w_s_per_m3_k }| CellTemperature::Faiman {
            u0_w_per_m2_k,
            u1_w_s_per_m3_k,
        });
        PvArray {
            dc_kw: self.dc_kw,
            tilt_deg: self.tilt_deg.unwrap_or(usual.tilt_deg),
            azimuth_deg: self.azimuth_deg.unwrap_or(usual.azimuth_deg),
            albedo: self.albedo.unwrap_or(usual.albedo),
            ground_coverage_ratio: self.ground_coverage_ratio,
            sky: self.sky.unwrap_or_default(),
            cover,
            cell_temperature: self.mounting.or(sapm).or(faiman).unwrap_or_default(),
            temperature_coefficient_per_c: self
                .temperature_coefficient_per_c
                .unwrap_or(usual.temperature_coefficient_per_c),
            losses: self.losses.as_ref().map_or_else(Losses::default, LossesTable::losses),
            dc_per_ac: self.dc_per_ac.unwrap_or(usual.dc_per_ac),
            inverter_efficiency: self.inverter_efficiency.unwrap_or(usual.inverter_efficiency),
        }
    }

    /// The array, the `index`th of the scenario counted from 0, as a plant of available power; dark where array or
    /// weather has a problem.
    pub(super) fn plant(&self, index: usize, sky: Option<&SiteWeather>, reading: &mut Reading<'_>) -> SeriesPlant {
        let (resource, latitude_deg) = (sky.map(|sky| &sky.solar), sky.map(|sky| sky.location.latitude_deg));
        let name = self.name.clone().unwrap_or_else(|| format!("pv {}", index + 1));
        let plant = |power_kw: Series| SeriesPlant {
            curtailable: self.curtailable.unwrap_or(true),
            ..SeriesPlant::new(name, power_kw)
        };
        if reading.is_faulty(&self.path) {
            return plant(Series::Constant(0.0));
        }
        let array = self.array();
        // The chain is proportional to the modules, so one kW of them stands for all sizes, which share its series; of 0 kW too.
        let one_kw = PvArray { dc_kw: 1.0, ..array };
        let mut problems = Problems::none();
        if self.dc_kw == 0.0 { one_kw } else { array }.check(&self.path, &mut problems);
        for problem in problems.iter_mut() {
            for (core, own) in [
                ("cover.coating_index", "coating_index"),
                ("cover.coefficient", "incidence_coefficient"),
                ("cell_temperature", if self.sapm.is_some() { "sapm" } else { "faiman" }),
            ] {
                problem.field = problem.field.replace(core, own);
            }
        }
        let fits = problems.is_empty();
        reading.extend(problems);
        let Some(resource) = resource.filter(|_| fits) else { return plant(Series::Constant(0.0)) };
        let ac_kw = resource.ac_kw(&one_kw).map_err(|problems| reading.extend(problems)).unwrap_or_default();
        let kwh_per_kwp = ac_kw.iter().sum::<f64>() * f64::from(reading.clock.step_s()) / 3600.0;
        let kwh = self.dc_kw * kwh_per_kwp;
        let facing = latitude_deg.filter(|latitude| faces_away(&array, *latitude)).map_or(String::new(), |latitude| {
            let pole = if latitude < 0.0 { "south" } else { "north" };
            format!(", faces {pole}, away from the equator (azimuth {}°)", array.azimuth_deg)
        });
        reading.note(format!("{}: {kwh:.0} kWh available, {kwh_per_kwp:.0} kWh/kWp{facing}", self.path));
        SeriesPlant { scale: self.dc_kw, ..plant(Series::from(ac_kw)) }
    }
}

/// Whether a tilted array faces the pole of its own hemisphere, within 60°.
fn faces_away(array: &PvArray, latitude_deg: f64) -> bool {
    let north = libm::cos(array.azimuth_deg.to_radians());
    array.tilt_deg >= 5.0 && latitude_deg.abs() >= 10.0 && north * latitude_deg.signum() > 0.5
}

impl LossesTable {
    fn read(section: &mut Section<'_>) -> Self {
        Self {
            soiling_percent: section.number("soiling_percent"),
            shading_percent: section.number("shading_percent"),
            snow_percent: section.number("snow_percent"),
            mismatch_percent: section.number("mismatch_percent"),
            wiring_percent: section.number("wiring_percent"),
            connections_percent: section.number("connections_percent"),
            light_induced_degradation_percent: section.number("light_induced_degradation_percent"),
            nameplate_percent: section.number("nameplate_percent"),
            age_percent: section.number("age_percent"),
            availability_percent: section.number("availability_percent"),
        }
    }

    /// Core's losses.
    #[must_use]
    pub fn losses(&self) -> Losses {
        let usual = Losses::default();
        Losses {
            soiling_percent: self.soiling_percent.unwrap_or(usual.soiling_percent),
            shading_percent: self.shading_percent.unwrap_or(usual.shading_percent),
            snow_percent: self.snow_percent.unwrap_or(usual.snow_percent),
            mismatch_percent: self.mismatch_percent.unwrap_or(usual.mismatch_percent),
            wiring_percent: self.wiring_percent.unwrap_or(usual.wiring_percent),
            connections_percent: self.connections_percent.unwrap_or(usual.connections_percent),
            light_induced_degradation_percent: self
                .light_induced_degradation_percent
                .unwrap_or(usual.light_induced_degradation_percent),
            nameplate_percent: self.nameplate_percent.unwrap_or(usual.nameplate_percent),
            age_percent: self.age_percent.unwrap_or(usual.age_percent),
            availability_percent: self.availability_percent.unwrap_or(usual.availability_percent),
        }
    }
}
