//! Promise: `[[generation.pv]]` is core's plant: every key reaches it, and what stands beside it in the site follows.

use std::collections::BTreeMap;

use microgrid_core::generation::pv::{
    CellTemperature, Cover, InverterCurve, Module, PvArray, PvPlant, SixParameter, Tracker,
};
use microgrid_io::scenario::{Loaded, read_text};

const SITE: &str = r#"
    time = { start = "2019-03-01", days = 61, step_minutes = 60 }
    utility = { import_price_per_kwh = 0.2 }
    demand.load = [{ power_kw = 1 }]
    [site]
    name = "lot"
    zone = "America/Los_Angeles"
    currency = "USD"
    latitude_deg = 32.6
    longitude_deg = -117.0
    [site.weather.normals]
    ghi_kwh_per_m2_day = [3, 4, 5, 6, 7, 7, 7, 6, 5, 4, 3, 3]
    temperature_c = [13, 13, 14, 15, 17, 18, 20, 21, 20, 18, 15, 13]
    wind_m_per_s = [2, 2, 3, 3, 3, 3, 3, 3, 2, 2, 2, 2]
"#;

fn load(more: &str) -> Loaded {
    read_text("scenario.toml", &format!("{SITE}\n{more}"), &BTreeMap::new())
        .unwrap_or_else(|problems| panic!("{problems}"))
}

fn kwh(site: &Loaded) -> f64 {
    let plant = &site.scenario.generation[0];
    (0..site.clock.steps()).map(|step| plant.scale * plant.power_kw.at(step)).sum()
}

fn plant(site: &Loaded) -> &PvPlant {
    &site.solar.as_ref().expect("there are solar plants").plants[0].1
}

#[test]
fn the_preset_is_core_s_with_keys_before_it() {
    let tracker = load("[[generation.pv]]\ndc_kw = 100\npreset = \"pvwatts_v8\"\ntracker = {}");
    assert_eq!(*plant(&tracker), PvPlant::pvwatts_v8(PvArray::tracker(100.0)));
    let roof =
        load("[[generation.pv]]\ndc_kw = 100\npreset = \"pvwatts_v8\"\nmounting = \"roof_mount\"\ntilt_deg = 30");
    assert_eq!(*plant(&roof), PvPlant::pvwatts_v8(PvArray { tilt_deg: 30.0, ..PvArray::roof_mount(100.0) }));
    let other = load(
        "[[generation.pv]]\ndc_kw = 1\npreset = \"pvwatts_v8\"\ncover = \"ashrae\"\nmodule = \"pvwatts_premium\"\n\
         inverter = \"pvwatts_v5\"\ninverter_efficiency = 0.97\nair_mass_modifier = false\n\
         noct = { noct_c = 50, module_efficiency = 0.2 }\ntracker = { max_angle_deg = 60, backtracking = false }",
    );
    let array = plant(&other).arrays[0];
    assert_eq!(array.cover, Cover::Ashrae { coefficient: 0.05 });
    assert_eq!(array.module, Module::SixParameter(SixParameter::pvwatts_premium()));
    assert_eq!(array.cell_temperature, CellTemperature::Noct { noct_c: 50.0, module_efficiency: 0.2 });
    assert_eq!(array.tracker, Some(Tracker { max_angle_deg: 60.0, backtracking: false }));
    assert!(!array.air_mass_modifier);
    assert_eq!(plant(&other).inverter.curve, InverterCurve::PvwattsV5 { efficiency: 0.97 });
}

#[test]
fn the_site_s_power_is_the_plant_s_at_any_size() {
    let shared = "dc_per_ac = 1.5\ntilt_deg = 30\narrays = [{ dc_kw = 30, azimuth_deg = 90 }, \
                  { dc_kw = 20, azimuth_deg = 270, tilt_deg = 10, mounting = \"roof_mount\" }]";
    let site = load(&format!("[[generation.pv]]\n{shared}"));
    let arrays = &plant(&site).arrays;
    assert_eq!((arrays[0].tilt_deg, arrays[1].tilt_deg, arrays[1].azimuth_deg), (30.0, 10.0, 270.0));
    assert_eq!(arrays[1].cell_temperature, CellTemperature::noct_roof_mount());
    let own = site.solar.as_ref().unwrap().resource.ac_kw(plant(&site)).unwrap();
    let series = &site.scenario.generation[0];
    for (step, kw) in own.iter().enumerate() {
        assert!((series.scale * series.power_kw.at(step) - kw).abs() < 1e-9, "{step}");
    }
    // An inverter of the list is as many of them as the plant asks for.
    let listed = "sandia = { paco_w = 4580, pdco_w = 4747.125, vdco_v = 400, pso_w = 19.09, c0_per_w = -3.76e-6 }";
    let small = load(&format!("[[generation.pv]]\ndc_kw = 10\n{listed}"));
    let large = load(&format!("[[generation.pv]]\ndc_kw = 1000\n{listed}"));
    assert!((kwh(&large) / kwh(&small) - 100.0).abs() < 1e-9);
}

#[test]
fn what_an_inverter_draws_at_night_is_a_load() {
    let site = load("[[generation.pv]]\nname = \"roof\"\ndc_kw = 115\nnight_w_per_kw = 2\nmounting = \"roof_mount\"");
    let [asked, night] = &site.scenario.loads[..] else { panic!("a load and the inverter's") };
    assert_eq!((asked.name.as_str(), night.name.as_str()), ("load 1", "roof at night"));
    let series = &site.scenario.generation[0];
    let mut dark = 0;
    for step in 0..site.clock.steps() {
        let (drawn, given) = (night.scale * night.power_kw.at(step), series.power_kw.at(step));
        assert!((drawn - if given > 0.0 { 0.0 } else { 0.2 }).abs() < 1e-12, "{step}: {drawn} kW beside {given} kW");
        dark += u32::from(given == 0.0);
    }
    assert!((600..900).contains(&dark), "{dark} dark hours of 1464");
    assert_eq!(load("[[generation.pv]]\ndc_kw = 115").scenario.loads.len(), 1);
}

/// April's snow stays out of March, hills take the morning, and both are told in the waterfall.
#[test]
fn losses_by_month_and_the_skyline_reach_the_plant() {
    let clear = load("[[generation.pv]]\ndc_kw = 10");
    let snowy = load(
        "[[generation.pv]]\ndc_kw = 10\nlosses = { snow_by_month_percent = [0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0] }",
    );
    let power = |site: &Loaded, step| site.scenario.generation[0].power_kw.at(step);
    for step in 0..clear.clock.steps() {
        let is_april = clear.clock.local(step).month() == 4;
        assert_eq!(power(&snowy, step), if is_april { 0.0 } else { power(&clear, step) }, "{step}");
    }
    // From the north-east to the south-east; none from the south around the west.
    let hills = "[site.weather]\nhorizon = [{ azimuth_deg = 50, elevation_deg = 0 }, { azimuth_deg = 60, elevation_deg = 25 }, \
                 { azimuth_deg = 150, elevation_deg = 25 }, { azimuth_deg = 160, elevation_deg = 0 }]\n";
    let text = SITE.replace("[site.weather.normals]", &format!("{hills}[site.weather.normals]"));
    let text = format!("{text}\n[[generation.pv]]\ndc_kw = 10");
    let behind = read_text("scenario.toml", &text, &BTreeMap::new()).unwrap_or_else(|problems| panic!("{problems}"));
    let morning = |site: &Loaded| -> f64 { (0..1464).filter(|step| step % 24 < 9).map(|step| power(site, step)).sum() };
    assert!(morning(&behind) < 0.85 * morning(&clear), "{} of {}", morning(&behind), morning(&clear));
    let waterfall = behind.solar.as_ref().unwrap().resource.waterfall(plant(&behind)).unwrap();
    let horizon = waterfall.losses.iter().find(|loss| loss.name == "horizon").unwrap();
    assert!(horizon.lost_percent > 1.0 && waterfall.residual_kwh().abs() < 1e-9 * waterfall.open_kwh);
}

/// A curve by file is the same curve; the logarithmic law and the power law differ as their factors do.
#[test]
fn wind_takes_its_curve_from_a_file() {
    let points = [(3.0, 0.0), (6.0, 30.0), (12.0, 100.0), (25.0, 100.0)];
    let rows: String = points.iter().map(|(wind, power)| format!("{wind},{power}\n")).collect();
    let files = BTreeMap::from([("maker.csv".to_owned(), format!("wind_m_per_s,power_kw\n{rows}"))]);
    let read = |curve: &str| {
        let text = format!("{SITE}\n[[generation.wind]]\nhub_height_m = 40\n{curve}");
        let site = read_text("scenario.toml", &text, &files).unwrap_or_else(|problems| panic!("{problems}"));
        kwh(&site)
    };
    let listed: Vec<String> =
        points.iter().map(|(wind, power)| format!("{{ wind_m_per_s = {wind}, power_kw = {power} }}")).collect();
    let by_file = read("curve_file = \"maker.csv\"");
    assert_eq!(by_file, read(&format!("curve = [{}]", listed.join(", "))));
    assert!(by_file > 0.0 && read("curve_file = \"maker.csv\"\nroughness_m = 0.4") > by_file, "suburbs shear more");
    assert!(3.0 * by_file - read("curve_file = \"maker.csv\"\ncount = 3") < 1e-9);
}
