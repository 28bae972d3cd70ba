//! `[[generation.pv]]`: solar arrays under the site's weather.

use microgrid_core::demand::Load;
use microgrid_core::generation::SeriesPlant;
use microgrid_core::generation::pv::{
    CellTemperature, Cover, Inverter, InverterCurve, Module, PvArray, PvPlant, SixParameter, Sky, Tracker,
};
use microgrid_core::{Problem, Problems, Series};
use schemars::JsonSchema;

use super::loading::Reading;
use super::pv_parts::{FaimanTable, LossesTable, NoctTable, PvsystTable, SandiaTable, SapmTable, SixParameterTable};
use super::weather::SiteWeather;
use crate::document::Section;

/// A solar plant: an array, or several, behind one inverter: core's `PvPlant`. Its power in each step is worked out from
/// the site's weather before the run.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PvTable {
    /// What reports call it; `pv 1`, `pv 2`, … by default.
    pub name: Option<String>,
    /// Models that stand in for the defaults below: `pvwatts_v8`, the module, cover, air mass, cells and inverter of that
    /// version of PVWatts. A key that is written goes before it.
    #[schemars(with = "Option<String>", extend("enum" = PRESETS.map(|choice| choice.0)))]
    pub preset: Option<Preset>,
    /// Module power at 1000 W/m² and 25 °C in kW, at least 0. Zero means that there is no array. Instead of `arrays`.
    pub dc_kw: Option<f64>,
    /// Arrays that share the inverter, each with what differs from the keys beside it; instead of `dc_kw`.
    #[schemars(with = "Option<Vec<ArrayTable>>")]
    pub arrays: Vec<ArrayTable>,
    /// Tilt from the horizontal in degrees, 0 to 90; 20 by default. With a tracker that of its axis, 0 by default.
    pub tilt_deg: Option<f64>,
    /// Direction the modules face in degrees clockwise from north, 0 to 360; 180, south, by default, which on the
    /// southern hemisphere is away from the sun. With a tracker the direction of its axis: 180 turns from east to west.
    pub azimuth_deg: Option<f64>,
    /// Turns the modules with the sun about one axis; `{}` for a tracker by its defaults.
    pub tracker: Option<TrackerTable>,
    /// Share of light that the ground reflects, 0 to 1; 0.2 by default.
    pub albedo: Option<f64>,
    /// Row length over row pitch where rows stand behind rows, 0.01 to 0.99; without it nothing stands in front. With a
    /// tracker 0.3 by default.
    pub ground_coverage_ratio: Option<f64>,
    /// How diffuse light is spread over the sky: `perez_1990` (default) or `hay_davies`.
    #[schemars(with = "Option<String>", extend("enum" = SKIES.map(|choice| choice.0)))]
    pub sky: Option<Sky>,
    /// The modules' cover: `glass` (default), `ashrae`, `pvwatts_v8` (its view of coated glass) or `none` (no loss at any
    /// angle).
    #[schemars(with = "Option<String>", extend("enum" = COVERS.map(|choice| choice.0)))]
    pub cover: Option<Cover>,
    /// Refractive index of the glass's anti-reflective coating, 1 (none) to 1.526; 1.3 by default. Only for `glass`.
    pub coating_index: Option<f64>,
    /// Incidence coefficient of the cover `ashrae`, 0 to 0.2; 0.05 by default. Only for `ashrae`.
    pub incidence_coefficient: Option<f64>,
    /// Whether the modules' current follows the colour of the light by De Soto's air mass modifier for silicon; `false` by
    /// default.
    pub air_mass_modifier: Option<bool>,
    /// How warm the cells get, by mounting: `open_rack_glass_polymer` (default), `open_rack_glass_glass`,
    /// `close_roof_glass_glass` (flush with the roof), `insulated_back_glass_polymer` (Sandia's coefficients),
    /// `faiman_open_rack`, `open_rack`, `roof_mount` (PVWatts V8's NOCT cells, with air behind the modules),
    /// `pvsyst_free_standing`, `pvsyst_semi_integrated` or `pvsyst_insulated`.
    #[schemars(with = "Option<String>", extend("enum" = MOUNTINGS.map(|choice| choice.0)))]
    pub mounting: Option<CellTemperature>,
    /// Sandia's coefficients of the cell temperature; instead of `mounting`.
    pub sapm: Option<SapmTable>,
    /// Faiman's factors of the cell temperature; instead of `mounting`.
    pub faiman: Option<FaimanTable>,
    /// Nominal operating cell temperature; instead of `mounting`.
    pub noct: Option<NoctTable>,
    /// PVsyst's factors of the cell temperature; instead of `mounting`.
    pub pvsyst: Option<PvsystTable>,
    /// How the modules' power follows light and warmth: `linear` (default), or the single-diode module of PVWatts V8's
    /// kinds `pvwatts_standard`, `pvwatts_premium`, `pvwatts_thin_film`.
    #[schemars(with = "Option<String>", extend("enum" = MODULES.map(|choice| choice.0)))]
    pub module: Option<Module>,
    /// A single-diode module by the six parameters of the California Energy Commission's list; instead of `module`.
    pub six_parameter: Option<SixParameterTable>,
    /// Change of power per kelvin of cell temperature above 25 °C, −0.01 to 0; −0.0037 by default. Only for linear modules.
    pub temperature_coefficient_per_c: Option<f64>,
    /// Direct-current losses by name; 14.0757 % in all by default.
    pub losses: Option<LossesTable>,
    /// Power that the modules lose each year in percent of their first, 0 to 5; 0 by default, 0.5 is usual. It steps at
    /// each full year of the run.
    pub degradation_percent_per_year: Option<f64>,
    /// Module power over inverter power, 0.5 to 5; 1.15 by default. The inverter clips above `dc_kw / dc_per_ac`.
    pub dc_per_ac: Option<f64>,
    /// The inverter's curve: `pvwatts_v5` (default) or `pvwatts_v8`.
    #[schemars(with = "Option<String>", extend("enum" = INVERTERS.map(|choice| choice.0)))]
    pub inverter: Option<InverterCurve>,
    /// Nominal inverter efficiency, 0.5 to 1; 0.96 by default. Not beside `sandia`.
    pub inverter_efficiency: Option<f64>,
    /// An inverter by the coefficients of the California Energy Commission's list, as many of them as the plant's rating
    /// holds; instead of `inverter`.
    pub sandia: Option<SandiaTable>,
    /// What the inverter draws from the site while the modules give it nothing, in W per kW of its rating, 0 to 50; 0 by
    /// default, beside `sandia` its `pnt_w`. It becomes a load named after the plant, which a design's size leaves as
    /// it is.
    pub night_w_per_kw: Option<f64>,
    /// Whether the site may take less than is available; `true` by default.
    pub curtailable: Option<bool>,
    #[schemars(skip)]
    pub(super) path: String,
}

/// An array of several on one inverter: what differs from its plant.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ArrayTable {
    /// Module power at 1000 W/m² and 25 °C in kW, above 0.
    pub dc_kw: f64,
    /// Tilt from the horizontal in degrees, 0 to 90; the plant's by default.
    pub tilt_deg: Option<f64>,
    /// Direction the modules face in degrees clockwise from north, 0 to 360; the plant's by default.
    pub azimuth_deg: Option<f64>,
    /// How warm the cells get, by mounting; the plant's by default.
    #[schemars(with = "Option<String>", extend("enum" = MOUNTINGS.map(|choice| choice.0)))]
    pub mounting: Option<CellTemperature>,
}

/// A one-axis tracker.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TrackerTable {
    /// Greatest rotation to either side in degrees, 1 to 90; 45 by default.
    pub max_angle_deg: Option<f64>,
    /// Whether rows turn back in the morning and the evening so that none shades the next; `true` by default.
    pub backtracking: Option<bool>,
}

/// Models of a peer, together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// PVWatts since its version 8.
    PvwattsV8,
}

const PRESETS: [(&str, Preset); 1] = [("pvwatts_v8", Preset::PvwattsV8)];
const SKIES: [(&str, Sky); 2] = [("perez_1990", Sky::Perez1990), ("hay_davies", Sky::HayDavies)];
const COVERS: [(&str, Cover); 4] = [
    ("glass", Cover::Glass { coating_index: 1.3 }),
    ("ashrae", Cover::Ashrae { coefficient: 0.05 }),
    ("pvwatts_v8", Cover::PvwattsV8),
    ("none", Cover::None),
];
const MOUNTINGS: [(&str, CellTemperature); 10] = [
    ("open_rack_glass_polymer", CellTemperature::open_rack_glass_polymer()),
    ("open_rack_glass_glass", CellTemperature::open_rack_glass_glass()),
    ("close_roof_glass_glass", CellTemperature::close_roof_glass_glass()),
    ("insulated_back_glass_polymer", CellTemperature::insulated_back_glass_polymer()),
    ("faiman_open_rack", CellTemperature::faiman_open_rack()),
    ("open_rack", CellTemperature::noct_open_rack()),
    ("roof_mount", CellTemperature::noct_roof_mount()),
    ("pvsyst_free_standing", CellTemperature::pvsyst_free_standing()),
    ("pvsyst_semi_integrated", CellTemperature::pvsyst_semi_integrated()),
    ("pvsyst_insulated", CellTemperature::pvsyst_insulated()),
];
const MODULES: [(&str, Module); 4] = [
    ("linear", Module::Linear),
    ("pvwatts_standard", Module::SixParameter(SixParameter::pvwatts_standard())),
    ("pvwatts_premium", Module::SixParameter(SixParameter::pvwatts_premium())),
    ("pvwatts_thin_film", Module::SixParameter(SixParameter::pvwatts_thin_film())),
];
const INVERTERS: [(&str, InverterCurve); 2] =
    [("pvwatts_v5", InverterCurve::pvwatts_v5()), ("pvwatts_v8", InverterCurve::pvwatts_v8())];

impl PvTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            name: section.text("name"),
            preset: section.choice("preset", &PRESETS),
            dc_kw: section.number("dc_kw"),
            arrays: section.tables("arrays", |section| ArrayTable {
                dc_kw: section.required_number("dc_kw"),
                tilt_deg: section.number("tilt_deg"),
                azimuth_deg: section.number("azimuth_deg"),
                mounting: section.choice("mounting", &MOUNTINGS),
            }),
            tilt_deg: section.number("tilt_deg"),
            azimuth_deg: section.number("azimuth_deg"),
            tracker: section.table("tracker", |section| TrackerTable {
                max_angle_deg: section.number("max_angle_deg"),
                backtracking: section.flag("backtracking"),
            }),
            albedo: section.number("albedo"),
            ground_coverage_ratio: section.number("ground_coverage_ratio"),
            sky: section.choice("sky", &SKIES),
            cover: section.choice("cover", &COVERS),
            coating_index: section.number("coating_index"),
            incidence_coefficient: section.number("incidence_coefficient"),
            air_mass_modifier: section.flag("air_mass_modifier"),
            mounting: section.choice("mounting", &MOUNTINGS),
            sapm: section.table("sapm", SapmTable::read),
            faiman: section.table("faiman", FaimanTable::read),
            noct: section.table("noct", NoctTable::read),
            pvsyst: section.table("pvsyst", PvsystTable::read),
            module: section.choice("module", &MODULES),
            six_parameter: section.table("six_parameter", SixParameterTable::read),
            temperature_coefficient_per_c: section.number("temperature_coefficient_per_c"),
            losses: section.table("losses", LossesTable::read),
            degradation_percent_per_year: section.number("degradation_percent_per_year"),
            dc_per_ac: section.number("dc_per_ac"),
            inverter: section.choice("inverter", &INVERTERS),
            inverter_efficiency: section.number("inverter_efficiency"),
            sandia: section.table("sandia", SandiaTable::read),
            night_w_per_kw: section.number("night_w_per_kw"),
            curtailable: section.flag("curtailable"),
            path: section.path().to_owned(),
        };
        section.not_built(&["bifaciality", "rear_irradiance"]);
        table.check_keys(section);
        table
    }

    /// What the keys say together that none says alone.
    fn check_keys(&self, section: &mut Section<'_>) {
        section.require_one(&["dc_kw", "arrays"]);
        section.allow_one(&["mounting", "sapm", "faiman", "noct", "pvsyst"]);
        section.allow_one(&["module", "six_parameter"]);
        section.allow_one(&["inverter", "sandia"]);
        section.allow_one(&["inverter_efficiency", "sandia"]);
        let array = self.unscaled();
        let without_meaning = [
            ("coating_index", matches!(array.cover, Cover::Glass { .. }), "this cover", "cover"),
            ("incidence_coefficient", matches!(array.cover, Cover::Ashrae { .. }), "this cover", "cover"),
            ("temperature_coefficient_per_c", array.module == Module::Linear, "this module", "module and preset"),
        ];
        for (key, fits, what, see) in without_meaning {
            if section.has(key) && !fits {
                let stray = Problem::new(section.field(key), format!("has no meaning for {what}"));
                section.push(stray.hint(format!("see {see}")));
            }
        }
        let level = self.arrays.iter().any(|array| array.tilt_deg.is_some() || array.azimuth_deg.is_some());
        if self.tracker.is_some() && level {
            let turned = Problem::new(section.field("tracker"), "is written beside arrays that face their own way");
            section.push(turned.hint("give trackers a plant of their own"));
        }
    }

    /// The plant's array of 1 kW, as its keys have it.
    fn unscaled(&self) -> PvArray {
        let start = self.tracker.map_or_else(|| PvArray::open_rack(1.0), |_| PvArray::tracker(1.0));
        let usual = match self.preset {
            Some(Preset::PvwattsV8) => start.with_pvwatts_v8_modules(),
            None => start,
        };
        let cover = match (self.cover.unwrap_or(usual.cover), self.coating_index, self.incidence_coefficient) {
            (Cover::Glass { .. }, Some(coating_index), _) => Cover::Glass { coating_index },
            (Cover::Ashrae { .. }, _, Some(coefficient)) => Cover::Ashrae { coefficient },
            (cover, ..) => cover,
        };
        let cells = self.mounting.or(self.sapm.map(SapmTable::law)).or(self.faiman.map(FaimanTable::law));
        let cells = cells.or(self.noct.map(NoctTable::law)).or(self.pvsyst.map(PvsystTable::law));
        PvArray {
            tilt_deg: self.tilt_deg.unwrap_or(usual.tilt_deg),
            azimuth_deg: self.azimuth_deg.unwrap_or(usual.azimuth_deg),
            tracker: self.tracker.map(|tracker| Tracker {
                max_angle_deg: tracker.max_angle_deg.unwrap_or(Tracker::default().max_angle_deg),
                backtracking: tracker.backtracking.unwrap_or(true),
            }),
            albedo: self.albedo.unwrap_or(usual.albedo),
            ground_coverage_ratio: self.ground_coverage_ratio.or(usual.ground_coverage_ratio),
            sky: self.sky.unwrap_or_default(),
            cover,
            air_mass_modifier: self.air_mass_modifier.unwrap_or(usual.air_mass_modifier),
            cell_temperature: cells.unwrap_or(usual.cell_temperature),
            module: self.six_parameter.map(SixParameterTable::module).or(self.module).unwrap_or(usual.module),
            temperature_coefficient_per_c: self
                .temperature_coefficient_per_c
                .unwrap_or(usual.temperature_coefficient_per_c),
            losses: self.losses.as_ref().map_or(usual.losses, LossesTable::losses),
            ..usual
        }
    }

    /// Core's plant; of no array at all, of 1 kW.
    #[must_use]
    pub fn plant(&self) -> PvPlant {
        let array = self.unscaled();
        let arrays = match self.dc_kw {
            _ if !self.arrays.is_empty() => self.arrays.iter().map(|own| own.array(&array)).collect(),
            // The chain is proportional to the modules, so 1 kW of them stands for all sizes; of 0 kW too.
            Some(0.0) | None => vec![array],
            Some(dc_kw) => vec![PvArray { dc_kw, ..array }],
        };
        let usual = match self.preset {
            Some(Preset::PvwattsV8) => InverterCurve::pvwatts_v8(),
            None => InverterCurve::pvwatts_v5(),
        };
        let curve = match (self.inverter.unwrap_or(usual), self.inverter_efficiency) {
            (InverterCurve::PvwattsV5 { .. }, Some(efficiency)) => InverterCurve::PvwattsV5 { efficiency },
            (InverterCurve::PvwattsV8 { .. }, Some(efficiency)) => InverterCurve::PvwattsV8 { efficiency },
            (curve, _) => curve,
        };
        let night = self.sandia.map_or(0.0, |sandia| sandia.night_w_per_kw());
        PvPlant {
            arrays,
            dc_per_ac: self.dc_per_ac.unwrap_or(1.15),
            inverter: Inverter {
                curve: self.sandia.map_or(curve, |sandia| InverterCurve::Sandia(sandia.inverter())),
                night_w_per_kw: self.night_w_per_kw.unwrap_or(night),
            },
            degradation_percent_per_year: self.degradation_percent_per_year.unwrap_or(0.0),
        }
    }

    /// What reports call it, the `index`th of the scenario counted from 0.
    pub(super) fn own_name(&self, index: usize) -> String {
        self.name.clone().unwrap_or_else(|| format!("pv {}", index + 1))
    }

    /// Whether a loss is told by month.
    pub(super) fn is_by_month(&self) -> bool {
        self.losses.as_ref().is_some_and(|losses| losses.losses().is_by_month())
    }

    /// Whether its inverter draws at night, by a load that goes with the plant's size.
    #[must_use]
    pub fn draws_at_night(&self) -> bool {
        self.plant().inverter.night_w_per_kw > 0.0
    }

    /// Module power of all arrays, kW; 0 of no array.
    #[must_use]
    pub fn total_dc_kw(&self) -> f64 {
        self.dc_kw.unwrap_or_else(|| self.arrays.iter().map(|array| array.dc_kw).sum())
    }

    /// The plant, the `index`th of the scenario counted from 0, as available power, and what its inverter draws at night
    /// as a load; dark where plant or weather has a problem.
    pub(super) fn series_plant(
        &self,
        index: usize,
        sky: Option<&SiteWeather>,
        reading: &mut Reading<'_>,
    ) -> SeriesPlant {
        let name = self.own_name(index);
        let curtailable = self.curtailable.unwrap_or(true);
        let series_plant = |power_kw: Series| SeriesPlant { curtailable, ..SeriesPlant::new(name.clone(), power_kw) };
        let dark = || series_plant(Series::Constant(0.0));
        if reading.is_faulty(&self.path) {
            return dark();
        }
        let plant = self.plant();
        let mut problems = Problems::none();
        plant.check(&self.path, &mut problems);
        problems.iter_mut().for_each(|problem| problem.field = self.own_field(&problem.field));
        let fits = problems.is_empty();
        reading.extend(problems);
        let Some(sky) = sky.filter(|_| fits) else { return dark() };
        let one_kw = plant.per_kw();
        let ac_kw = sky.solar.ac_kw(&one_kw).map_err(|problems| reading.extend(problems)).unwrap_or_default();
        let dc_kw = self.total_dc_kw();
        let kwh_per_kwp = ac_kw.iter().sum::<f64>() * f64::from(reading.clock.step_s()) / 3600.0;
        let kwh = dc_kw * kwh_per_kwp;
        let facing = plant.arrays.iter().find(|array| faces_away(array, sky.location.latitude_deg));
        let facing = facing.map_or(String::new(), |array| {
            let pole = if sky.location.latitude_deg < 0.0 { "south" } else { "north" };
            format!(", faces {pole}, away from the equator (azimuth {}°)", array.azimuth_deg)
        });
        reading.note(format!("{}: {kwh:.0} kWh available, {kwh_per_kwp:.0} kWh/kWp{facing}", self.path));
        if plant.inverter.night_w_per_kw > 0.0 && dc_kw > 0.0 {
            match sky.solar.night_kw(&one_kw) {
                Ok(night_kw) => {
                    let drawn = Load::new(format!("{name} at night"), Series::from(night_kw));
                    reading.night_loads.push(Load { scale: dc_kw, ..drawn });
                }
                Err(problems) => reading.extend(problems),
            }
        }
        reading.solar_plants.push((name.clone(), if dc_kw > 0.0 { plant } else { one_kw }));
        SeriesPlant { scale: dc_kw, ..series_plant(Series::from(ac_kw)) }
    }

    /// The name that a field of core's plant has in the file.
    fn own_field(&self, field: &str) -> String {
        let cells = match (self.sapm, self.faiman, self.noct) {
            (Some(_), ..) => "sapm",
            (_, Some(_), _) => "faiman",
            (.., Some(_)) => "noct",
            _ => "pvsyst",
        };
        [
            ("cover.coating_index", "coating_index"),
            ("cover.coefficient", "incidence_coefficient"),
            ("cell_temperature", cells),
            ("module.six_parameter", "six_parameter"),
            ("inverter.efficiency", "inverter_efficiency"),
            ("inverter.sandia", "sandia"),
            ("inverter.night_w_per_kw", if self.night_w_per_kw.is_some() { "night_w_per_kw" } else { "sandia.pnt_w" }),
        ]
        .iter()
        .fold(field.to_owned(), |field, (core, own)| field.replace(core, own))
    }
}

impl ArrayTable {
    fn array(&self, plant: &PvArray) -> PvArray {
        PvArray {
            dc_kw: self.dc_kw,
            tilt_deg: self.tilt_deg.unwrap_or(plant.tilt_deg),
            azimuth_deg: self.azimuth_deg.unwrap_or(plant.azimuth_deg),
            cell_temperature: self.mounting.unwrap_or(plant.cell_temperature),
            ..*plant
        }
    }
}

/// Whether a tilted array faces the pole of its own hemisphere, within 60°.
fn faces_away(array: &PvArray, latitude_deg: f64) -> bool {
    let north = libm::cos(array.azimuth_deg.to_radians());
    array.tilt_deg >= 5.0 && latitude_deg.abs() >= 10.0 && north * latitude_deg.signum() > 0.5
}
