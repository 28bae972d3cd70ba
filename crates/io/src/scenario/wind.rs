//! `[[generation.wind]]`: wind turbines under the site's weather.

use std::cell::RefCell;

use microgrid_core::generation::{PowerControl, SeriesPlant, Shear, WindLosses, WindPoint, WindTurbine};
use microgrid_core::{Problem, Problems, Series};
use schemars::JsonSchema;

use super::loading::Reading;
use super::weather::SiteWeather;
use crate::document::Section;
use crate::files;
use crate::network::fields::read_csv;

/// Wind turbines of one kind: core's `WindTurbine`. Their power in each step is worked out from the site's weather before
/// the run.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WindTurbineTable {
    /// What reports call it; `wind 1`, `wind 2`, … by default.
    pub name: Option<String>,
    /// How many of them stand there, 1 to 10 000; 1 by default.
    #[schemars(with = "Option<u32>")]
    pub count: Option<i64>,
    /// Points of the maker's power curve, winds ascending: straight between them, no power below and above. Instead of
    /// `curve_file` and `rating_kw`.
    #[schemars(with = "Option<Vec<WindPointTable>>")]
    pub curve: Vec<WindPointTable>,
    /// The same as a CSV file with the columns `wind_m_per_s` and `power_kw`, relative to the scenario folder.
    pub curve_file: Option<String>,
    /// Rated power in kW, above 0, of a curve that rises with the cube of the wind: a sketch for want of a maker's curve.
    pub rating_kw: Option<f64>,
    /// Wind at which that curve begins in m/s, 0 to 10; 3 by default.
    pub cut_in_m_per_s: Option<f64>,
    /// Wind at which that curve reaches the rated power in m/s, 5 to 30; 12 by default.
    pub rated_m_per_s: Option<f64>,
    /// Height of the hub above ground in m, 1 to 300. The weather's wind stands at 10 m.
    pub hub_height_m: f64,
    /// Exponent of the power law of height, 0 to 1; 0.14, open land, by default, 0.2 to 0.25 where it is built up.
    pub shear_exponent: Option<f64>,
    /// Roughness length of the ground for the logarithmic law of height in m, 0.0001 to 2: water 0.0002, open land 0.03,
    /// suburbs 0.4; instead of `shear_exponent`.
    pub roughness_m: Option<f64>,
    /// Wind at the hub at which it stops in m/s, 5 to 60; 25 by default.
    pub cut_out_m_per_s: Option<f64>,
    /// Wind at the hub below which it starts again in m/s, at most `cut_out_m_per_s`; 22 by default.
    pub restart_m_per_s: Option<f64>,
    /// How it limits its power in strong wind: `pitch` (default) or `stall`.
    #[schemars(with = "Option<String>", extend("enum" = CONTROLS.map(|choice| choice.0)))]
    pub control: Option<PowerControl>,
    /// Losses by name; none by default.
    pub losses: Option<WindLossesTable>,
    /// Whether the site may take less than is available; `true` by default.
    pub curtailable: Option<bool>,
    #[schemars(skip)]
    pub(super) path: String,
}

/// A point of a power curve.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WindPointTable {
    /// Wind at the hub in m/s, 0 to 60.
    pub wind_m_per_s: f64,
    /// Power of one turbine at that wind in kW, at least 0.
    pub power_kw: f64,
}

/// Losses in percent of what the ones before leave, 0 to 99 each; 0 where left out.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WindLossesTable {
    /// Of other turbines upwind.
    pub wake_percent: Option<f64>,
    /// Outages and repairs, as a yearly mean.
    pub availability_percent: Option<f64>,
    /// Cables and transformer.
    pub electrical_percent: Option<f64>,
    /// Ice and dirt on the blades, as a yearly mean.
    pub icing_percent: Option<f64>,
}

const CONTROLS: [(&str, PowerControl); 2] = [("pitch", PowerControl::Pitch), ("stall", PowerControl::Stall)];
const CUT_IN_M_PER_S: f64 = 3.0;
const RATED_M_PER_S: f64 = 12.0;

impl WindTurbineTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            name: section.text("name"),
            count: section.whole_within("count", 1, 10_000),
            curve: section.tables("curve", |section| WindPointTable {
                wind_m_per_s: section.required_number("wind_m_per_s"),
                power_kw: section.required_number("power_kw"),
            }),
            curve_file: section.text("curve_file"),
            rating_kw: section.number_within("rating_kw", 1e-6, 1e6),
            cut_in_m_per_s: section.number_within("cut_in_m_per_s", 0.0, 10.0),
            rated_m_per_s: section.number_within("rated_m_per_s", 5.0, 30.0),
            hub_height_m: section.required_number("hub_height_m"),
            shear_exponent: section.number("shear_exponent"),
            roughness_m: section.number("roughness_m"),
            cut_out_m_per_s: section.number("cut_out_m_per_s"),
            restart_m_per_s: section.number("restart_m_per_s"),
            control: section.choice("control", &CONTROLS),
            losses: section.table("losses", |section| WindLossesTable {
                wake_percent: section.number("wake_percent"),
                availability_percent: section.number("availability_percent"),
                electrical_percent: section.number("electrical_percent"),
                icing_percent: section.number("icing_percent"),
            }),
            curtailable: section.flag("curtailable"),
            path: section.path().to_owned(),
        };
        section.require_one(&["curve", "curve_file", "rating_kw"]);
        section.allow_one(&["shear_exponent", "roughness_m"]);
        section.refuse_without("cut_in_m_per_s", "rating_kw");
        section.refuse_without("rated_m_per_s", "rating_kw");
        let (cut_in, rated) = table.cubic_winds();
        if cut_in >= rated {
            let late = Problem::new(section.field("cut_in_m_per_s"), "is not below rated_m_per_s").value(cut_in);
            section.push(late.allowed(format!("below {rated}")));
        }
        table
    }

    fn cubic_winds(&self) -> (f64, f64) {
        (self.cut_in_m_per_s.unwrap_or(CUT_IN_M_PER_S), self.rated_m_per_s.unwrap_or(RATED_M_PER_S))
    }

    /// The power curve; `None` where its file has a problem, which is kept.
    fn power_curve(&self, reading: &Reading<'_>) -> Option<Vec<WindPoint>> {
        if let Some(rating_kw) = self.rating_kw {
            let (cut_in, rated) = self.cubic_winds();
            return Some(WindTurbine::cubic_curve(rating_kw, cut_in, rated));
        }
        let Some(name) = &self.curve_file else {
            let points = self.curve.iter();
            return Some(points.map(|p| WindPoint { wind_m_per_s: p.wind_m_per_s, power_kw: p.power_kw }).collect());
        };
        let field = format!("{}.curve_file", self.path);
        let text = files::read_text(reading.files, &field, name).map_err(|problems| reading.extend(problems)).ok()?;
        let problems = RefCell::new(Problems::none());
        let rows = read_csv(name, &text, &problems, |row| WindPoint {
            wind_m_per_s: row.required_number("wind_m_per_s"),
            power_kw: row.required_number("power_kw"),
        });
        let problems = problems.into_inner();
        let is_whole = problems.is_empty();
        problems.into_iter().for_each(|problem| reading.note_problem(problem));
        is_whole.then(|| rows.into_iter().map(|(point, _)| point).collect())
    }

    /// Core's turbine with this power curve.
    fn turbine(&self, curve: Vec<WindPoint>) -> WindTurbine {
        let usual = WindTurbine::new(curve, self.hub_height_m);
        let losses = self.losses.map_or(usual.losses, |losses| WindLosses {
            wake_percent: losses.wake_percent.unwrap_or(0.0),
            availability_percent: losses.availability_percent.unwrap_or(0.0),
            electrical_percent: losses.electrical_percent.unwrap_or(0.0),
            icing_percent: losses.icing_percent.unwrap_or(0.0),
        });
        WindTurbine {
            shear: match (self.roughness_m, self.shear_exponent) {
                (Some(roughness_m), _) => Shear::Log { roughness_m },
                (None, Some(exponent)) => Shear::Power { exponent },
                (None, None) => usual.shear,
            },
            cut_out_m_per_s: self.cut_out_m_per_s.unwrap_or(usual.cut_out_m_per_s),
            restart_m_per_s: self.restart_m_per_s.unwrap_or(usual.restart_m_per_s),
            control: self.control.unwrap_or_default(),
            losses,
            ..usual
        }
    }

    /// The turbines, the `index`th of the scenario counted from 0, as a plant of available power; still where turbine or
    /// weather has a problem.
    pub(super) fn plant(&self, index: usize, weather: Option<&SiteWeather>, reading: &mut Reading<'_>) -> SeriesPlant {
        let name = self.name.clone().unwrap_or_else(|| format!("wind {}", index + 1));
        let plant = |power_kw: Series| SeriesPlant {
            curtailable: self.curtailable.unwrap_or(true),
            ..SeriesPlant::new(name, power_kw)
        };
        if reading.is_faulty(&self.path) {
            return plant(Series::Constant(0.0));
        }
        let Some(curve) = self.power_curve(reading) else { return plant(Series::Constant(0.0)) };
        let turbine = self.turbine(curve);
        let mut problems = Problems::none();
        turbine.check(&self.path, &mut problems);
        let fits = problems.is_empty();
        reading.extend(problems);
        let Some(weather) = weather.filter(|_| fits) else { return plant(Series::Constant(0.0)) };
        let power_kw = weather.wind.power_kw(&turbine).map_err(|problems| reading.extend(problems)).unwrap_or_default();
        let count = self.count.unwrap_or(1) as f64;
        let hours = f64::from(reading.clock.step_s()) / 3600.0;
        let kwh = power_kw.iter().sum::<f64>() * hours;
        let most_kw = turbine.curve.iter().map(|point| point.power_kw).fold(0.0, f64::max);
        let percent = 100.0 * kwh / (most_kw * hours * power_kw.len() as f64);
        reading.note(format!("{}: {:.0} kWh available, capacity factor {percent:.1} %", self.path, count * kwh));
        SeriesPlant { scale: count, ..plant(Series::from(power_kw)) }
    }
}
