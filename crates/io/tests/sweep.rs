//! Sweep folders: what is refused, that both ways of making a variant give the same, what variants share.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use microgrid_core::{Plan, Scenario, Series};
use microgrid_io::{Setting, SweepFolder, read_folder, read_folder_with};
use microgrid_sweep::{Source, Value};

const SCENARIO: &str = r#"
[site]
name = "shed"
zone = "Asia/Shanghai"
currency = "CNY"
latitude_deg = 31.7
longitude_deg = 119.95
[site.weather.normals]
ghi_kwh_per_m2_day = [2.9, 3.4, 3.9, 5.0, 5.1, 4.6, 5.3, 5.2, 4.1, 3.4, 2.9, 2.5]
temperature_c = [4.8, 6.2, 9.8, 15.6, 20.8, 24.4, 28.7, 28.5, 24.7, 19.3, 13.5, 7.3]
wind_m_per_s = [3.6, 3.6, 4.0, 3.4, 3.8, 3.9, 2.6, 2.1, 4.4, 3.4, 3.0, 2.8]
[time]
start = "2023-01-01"
days = 365
step_minutes = 60
[[generation.series]]
power_kw = { file = "series.csv", column = "wind", unit = "kW", interval_minutes = 60 }
scale = 2
[[generation.pv]]
dc_kw = 120
[[generation.genset]]
rating_kw = 40
fuel_price_per_unit = 7.5
[[storage.battery]]
capacity_kwh = 200
charge_max_kw = 60
discharge_max_kw = 60
[distribution]
import_limit_kw = 300
transformer = { rating_kva = 400, load_power_factor = 0.95 }
[[demand.load]]
power_kw = { file = "series.csv", column = "load", unit = "pu", interval_minutes = 60 }
annual_kwh = 250_000
[[demand.load]]
power_kw = { file = "series.csv", column = "load", unit = "pu", interval_minutes = 60 }
peak_kw = 11
[[demand.load]]
power_kw = 2
scale = 3
[[demand.deferrable]]
power_max_kw = 20
energy_kwh = 30
from = "22:00"
until = "06:00"
undelivered_cost_per_kwh = 0.5
[utility]
import_price_per_kwh = 0.7
export_price_per_kwh = 0.3
carbon = { intensity_kg_per_kwh = 0.5, price_per_kg = 0.1 }
[dispatch]
strategy = "peak_shaving"
target_kw = 25
"#;

/// A folder of its own for each test, with the scenario above and the sweep given.
fn folder(name: &str, sweep: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sweep-{name}"));
    fs::create_dir_all(&folder).expect("the folder can be made");
    let mut series = "load,wind\n".to_owned();
    for step in 0..8760_u32 {
        let (day, hour) = (step / 24, step % 24);
        series += &format!("{}.{:02},{}\n", 1 + hour % 12, day % 100, (7 * step) % 13);
    }
    for (file, text) in [("scenario.toml", SCENARIO), ("series.csv", &series), ("sweep.toml", sweep)] {
        fs::write(folder.join(file), text).expect("the file can be written");
    }
    folder
}

fn sweep(folder: &Path) -> SweepFolder {
    SweepFolder::read(folder).unwrap_or_else(|problems| panic!("{problems}"))
}

/// A variant, but for what its unserved energy counts: that is the base's, where a scenario of its own derives it.
fn scenario(source: &SweepFolder, index: u64) -> Scenario {
    let values = source.values(index);
    let mut scenario = source.scenario(index, &values).unwrap_or_else(|problems| panic!("{problems}"));
    scenario.value_of_lost_load.avoided_per_kwh = None;
    scenario
}

/// A fuel price of 5 a unit: what an unserved kWh without a price counts is the base's in every variant, whether it is set
/// directly or the base is read again.
#[test]
fn a_derived_value_of_lost_load_is_the_base_cases() {
    let axes = "axis = [
        { field = \"generation.genset[0].fuel_price_per_unit\", values = [0.1, 900] },
        { field = \"time.start\", values = [\"2022-01-01\", \"2023-01-01\"] },
    ]";
    let folder = folder("lost-load", axes);
    let source = sweep(&folder);
    let base = read_folder(&folder).unwrap().scenario;
    let expected = Plan::compile(&base).unwrap().avoided_value_per_kwh();
    for index in 0..source.count() {
        let scenario = source.scenario(index, &source.values(index)).unwrap();
        let derives = scenario.value_of_lost_load.given().contains(&None);
        assert!(derives, "the base gives every tier a price");
        assert_eq!(scenario.value_of_lost_load.avoided_per_kwh, Some(expected));
        let own = Scenario { value_of_lost_load: Default::default(), ..scenario };
        assert_ne!(Plan::compile(&own).unwrap().avoided_value_per_kwh(), expected, "its own would be another");
    }
}

fn refusal(name: &str, sweep: &str) -> String {
    SweepFolder::read(folder(name, sweep)).map(|_| ()).expect_err("is refused").to_string()
}

/// Each field that is set directly, with a value; the scenario must be the one that the reader makes of that value.
#[test]
fn a_field_set_directly_gives_what_the_reader_gives() {
    let fields = [
        ("storage.battery[0].capacity_kwh", "333.3"),
        ("storage.battery[0].charge_max_kw", "17"),
        ("storage.battery[0].discharge_max_kw", "18"),
        ("storage.battery[0].charge_efficiency", "0.9"),
        ("storage.battery[0].discharge_efficiency", "0.91"),
        ("storage.battery[0].soc_min", "0.23"),
        ("storage.battery[0].soc_max", "0.87"),
        ("storage.battery[0].initial_soc", "0.61"),
        ("storage.battery[0].self_discharge_per_h", "0.0003"),
        ("storage.battery[0].wear_cost_per_kwh", "0.07"),
        ("storage.battery[0].reserve_soc", "0.4"),
        ("storage.battery[0].charge_from_grid", "false"),
        ("storage.battery[0].export_to_grid", "false"),
        ("storage.battery[0].grid_forming", "true"),
        ("generation.series[0].scale", "1.7"),
        ("generation.pv[0].dc_kw", "77.7"),
        ("generation.genset[0].rating_kw", "55"),
        ("generation.genset[0].min_load", "0.41"),
        ("generation.genset[0].fuel_price_per_unit", "8.1"),
        ("generation.genset[0].fuel_carbon_kg_per_unit", "2.7"),
        ("generation.genset[0].start_cost", "3"),
        ("generation.genset[0].min_up_h", "2"),
        ("generation.genset[0].min_down_h", "3"),
        ("generation.genset[0].ramp_kw_per_h", "30"),
        ("generation.genset[0].maintenance_cost_per_h", "1.5"),
        ("generation.genset[0].life_h", "15000"),
        ("demand.load[0].annual_kwh", "123456.789"),
        ("demand.load[1].peak_kw", "13.7"),
        ("demand.load[2].scale", "0.3"),
        ("demand.deferrable[0].undelivered_cost_per_kwh", "0.9"),
        ("demand.value_of_lost_load.critical_per_kwh", "99"),
        ("demand.value_of_lost_load.normal_per_kwh", "33"),
        ("demand.value_of_lost_load.sheddable_per_kwh", "4"),
        ("distribution.import_limit_kw", "250"),
        ("distribution.export_limit_kw", "25"),
        ("distribution.reactive_kvar", "5"),
        ("distribution.transformer.rating_kva", "390"),
        ("distribution.transformer.load_power_factor", "0.9"),
        ("utility.import_price_per_kwh", "0.91"),
        ("utility.export_price_per_kwh", "0.21"),
        ("utility.carbon.intensity_kg_per_kwh", "0.61"),
        ("utility.carbon.price_per_kg", "0.2"),
        ("dispatch.target_kw", "31"),
        ("dispatch.stored_value_per_kwh", "0.4"),
    ];
    let strategies = microgrid_core::dispatch::Dispatch::every().map(|dispatch| dispatch.name());
    let strategies = strategies.map(|name| ("dispatch.strategy", format!("\"{name}\"")));
    let all = fields.iter().map(|(field, value)| (*field, (*value).to_owned())).chain(strategies);
    for (field, value) in all {
        let axis = format!("axis = [{{ field = \"{field}\", values = [{value}] }}]");
        let folder = folder("direct", &axis);
        let source = sweep(&folder);
        assert_eq!(source.read_again(), Vec::<&str>::new(), "{field} is read again");
        let setting = Setting::parse(&format!("{field}={value}")).unwrap_or_else(|problem| panic!("{problem}"));
        let read = read_folder_with(&folder, &[setting]).unwrap_or_else(|problems| panic!("{problems}"));
        let direct = scenario(&source, 0);
        assert_eq!(direct, read.scenario, "{field}");
        let fingerprint = |scenario| Plan::compile(scenario).unwrap().fingerprint();
        assert_eq!(fingerprint(&direct), fingerprint(&read.scenario), "{field}: the bits");
        // The value arrives: the scenario is not the base's, but for the base's own strategy.
        let base = read_folder(&folder).unwrap().scenario;
        assert_eq!(direct == base, value == "\"peak_shaving\"", "{field}");
    }
}

#[test]
fn settings_that_hang_together_give_what_the_reader_gives() {
    for (name, values) in [
        ("floor and reserve", vec![("storage.battery[0].soc_min", "0.2"), ("storage.battery[0].reserve_soc", "0.5")]),
        ("strategy and setting", vec![("dispatch.strategy", "\"cycle_charging\""), ("dispatch.setpoint_soc", "0.7")]),
        ("strategy and price", vec![("dispatch.strategy", "\"idle\""), ("utility.import_price_per_kwh", "0.5")]),
        ("start and energy", vec![("time.start", "\"2022-01-01\""), ("demand.load[0].annual_kwh", "1000")]),
        ("file and peak", vec![("demand.load[1].power_kw.column", "\"wind\""), ("demand.load[1].peak_kw", "5")]),
        ("weather and size", vec![("site.weather.seed", "9"), ("generation.pv[0].dc_kw", "10")]),
        (
            "price that turns over",
            vec![("utility.export_above_import", "true"), ("utility.export_price_per_kwh", "0.9")],
        ),
        ("price instead of file", vec![("generation.series[0].power_kw", "4"), ("generation.series[0].scale", "4")]),
    ] {
        let axes: String = values
            .iter()
            .map(|(field, value)| format!("[[axis]]\nfield = \"{field}\"\nvalues = [{value}]\n"))
            .collect();
        let folder = folder("together", &axes);
        let settings: Vec<Setting> =
            values.iter().map(|(field, value)| Setting::parse(&format!("{field}={value}")).unwrap()).collect();
        let read = read_folder_with(&folder, &settings).unwrap_or_else(|problems| panic!("{name}: {problems}"));
        let source = sweep(&folder);
        assert_eq!(scenario(&source, 0), read.scenario, "{name}");
        assert_eq!(source.load(0).unwrap().clock, read.clock, "{name}");
    }
}

#[test]
fn what_is_wrong_is_told_on_its_line_with_the_nearest_path() {
    let text = refusal(
        "wrong",
        r#"seed = 1
samples = { method = "sobol", count = 100 }
[[axis]]
field = "storage.battery[0].capacity"
values = [1, 2]
[[axis]]
field = "dispatch.strategy"
values = ["idle", "time_of_us"]
[[axis]]
field = "demand.load[0].annual_kwh"
values = []
[[draw]]
field = "site.weather.seed"
distribution = { name = "uniform", least = 0, most = 9 }
[[draw]]
field = "site.name"
distribution = { name = "normal", mean = 0, deviation = 1 }
[[draw]]
field = "demand.load[0].annual_kwh"
distribution = { name = "triangular", least = 1, mode = 9, most = 2 }
"#,
    );
    let wanted = [
        "sweep.toml:2: samples.count: is not a power of two",
        "sweep.toml:11: axis[2].values: is empty",
        "sweep.toml:19: draw[2].field: sets a field that is set already; found demand.load[0].annual_kwh; hint: see axis[2].field",
        "sweep.toml:20: draw[2].distribution.mode: is out of range; found 9; allowed: 1 to 2",
    ];
    for wanted in wanted {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    let text = refusal(
        "paths",
        r#"
[[axis]]
field = "storage.battery[0].capacity"
values = [1, 2]
[[axis]]
field = "dispatch.strategy"
values = ["idle", "time_of_us"]
[[draw]]
field = "site.weather.seed"
distribution = { name = "uniform", least = 0, most = 9 }
[[draw]]
field = "site.name"
distribution = { name = "normal", mean = 0, deviation = 1 }
[[draw]]
field = "storage.battery[0].capacity_kwh"
distribution = { name = "choice", values = ["big"] }
"#,
    );
    for wanted in [
        "sweep.toml:3: storage.battery[0].capacity: is not a field of scenario.toml; allowed: in `storage.battery[0]`: ageing, auxiliaries, capacity_kwh",
        "did you mean storage.battery[0].capacity_kwh?",
        "sweep.toml:7: axis[1].values: hold what the field does not take: dispatch.strategy; found \"time_of_us\"; allowed: idle",
        "did you mean time_of_use?",
        "sweep.toml:10: draw[0].distribution: are not all whole numbers, which the field needs: site.weather.seed",
        "sweep.toml:13: draw[1].distribution: are numbers for a field that takes none: site.name",
        "sweep.toml:16: draw[2].distribution: hold what the field does not take: storage.battery[0].capacity_kwh; found \"big\"; allowed: a number",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    assert_eq!(text.lines().count(), 5, "{text}");
}

#[test]
fn what_the_base_does_not_have_is_told() {
    let text = refusal(
        "entries",
        "[[axis]]\nfield = \"storage.battery[1].capacity_kwh\"\nvalues = [1]\n[[axis]]\nfield = \
         \"storage.battery[0].wear_cost_per_kwh\"\nvalues = [0.5, 2]\nrelative = true\n",
    );
    assert!(
        text.contains("sweep.toml:2: storage.battery[1].capacity_kwh: is not there: the scenario has 1 battery"),
        "{text}"
    );
    assert!(
        text.contains("sweep.toml:5: storage.battery[0].wear_cost_per_kwh: is relative to a number that"),
        "{text}"
    );
    let text = refusal("lost", "base = \"../none\"");
    assert!(text.contains("none") && text.contains("is not there"), "{text}");
    let text = refusal("keys", "[[draw]]\nfield = \"site.name\"\n[samples]\n[[axis]]\nfield = \"a\"\nfrom = 1\n");
    for wanted in ["draw[0].distribution: is missing", "samples.count: is missing", "axis[0].to: is missing"] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    let text = refusal(
        "parameters",
        "draw = [{ field = \"site.weather.seed\", distribution = { name = \"integers\", least = 0.5, mean = 2 } }]",
    );
    for wanted in
        ["least: is not a whole number", "most: is missing", "mean: has no meaning for integers; allowed: least, most"]
    {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    let text = refusal("traces", "traces = [0, 2]\naxis = [{ field = \"generation.pv[0].dc_kw\", values = [1, 2] }]");
    assert!(text.contains("traces[1]: is not the number of a variant; found 2; allowed: 0 to 1"), "{text}");
}

/// A value that cannot be is the fault of its variant, by either way of making it; the others run.
#[test]
fn one_bad_value_is_one_refused_variant() {
    let axes = "[[axis]]\nfield = \"demand.load[0].annual_kwh\"\nvalues = [0, 5]\n[[axis]]\nfield = \"generation.pv[0].tilt_deg\"\nvalues = [10, 100]\n";
    let source = sweep(&folder("bad", axes));
    assert_eq!(source.read_again(), ["generation.pv[0].tilt_deg"]);
    let made =
        |index| source.scenario(index, &source.values(index)).map(|_| ()).map_err(|problems| problems.to_string());
    assert_eq!(
        made(0),
        Err("demand.load[0].annual_kwh: is out of range; found 0; allowed: 0.000001 to 1000000000000".into())
    );
    assert_eq!(made(2), Ok(()));
    let refused = made(3).unwrap_err();
    assert_eq!(refused, "sweep.toml:5: generation.pv[0].tilt_deg: is out of range; found 100; allowed: 0 to 90");
}

#[test]
fn variants_share_what_they_do_not_change() {
    let text = r#"
seed = 3
samples = { count = 4 }
[[axis]]
field = "storage.battery[0].capacity_kwh"
values = [0.5, 2]
relative = true
[[axis]]
field = "generation.pv[0].tilt_deg"
values = [0, 30]
[[draw]]
field = "utility.import_price_per_kwh"
distribution = { name = "uniform", least = 0.5, most = 0.9 }
"#;
    let source = sweep(&folder("shared", text));
    assert_eq!((source.count(), source.points()), (16, 4));
    assert_eq!(source.values(2)[0], Value::Number(400.0));
    let made: Vec<Scenario> = (0..8).map(|index| scenario(&source, index)).collect();
    let steps = |series: &Series| match series {
        Series::Steps(values) => values.clone(),
        Series::Constant(value) => panic!("{value} is no series"),
    };
    for other in &made[1..] {
        assert!(Arc::ptr_eq(&made[0].calendar, &other.calendar));
        assert!(Arc::ptr_eq(&steps(&made[0].loads[0].power_kw), &steps(&other.loads[0].power_kw)));
    }
    // The points of one sample with one tilt have one price and one tariff; the next sample has another.
    assert!(Arc::ptr_eq(&made[0].tariff, &made[2].tariff));
    assert_eq!(made[0].tariff, made[1].tariff);
    assert_ne!(made[0].tariff, made[4].tariff);
    let sun = |made: &Scenario| steps(&made.generation[1].power_kw);
    assert!(Arc::ptr_eq(&sun(&made[0]), &sun(&made[2])) && Arc::ptr_eq(&sun(&made[1]), &sun(&made[5])));
    assert_ne!(sun(&made[0]), sun(&made[1]));
}

#[test]
fn days_and_outages_are_drawn_by_sample_and_not_by_point() {
    let text = r#"
seed = 3
samples = { count = 3 }
axis = [{ field = "dispatch.strategy", values = ["idle", "self_consumption"] }]
[bootstrap]
season = "quarter"
[outages]
rate_per_year = 12
duration_h = { name = "lognormal", median = 2, log_deviation = 0.5 }
"#;
    let folder = folder("drawn", text);
    let source = sweep(&folder);
    let base = read_folder(&folder).unwrap().scenario;
    let made: Vec<Scenario> = (0..6).map(|index| scenario(&source, index)).collect();
    for pair in made.chunks(2) {
        assert_eq!(pair[0].loads, pair[1].loads);
        assert_eq!(pair[0].outages, pair[1].outages);
        assert_ne!(pair[0].loads[0], base.loads[0]);
        assert!(!pair[0].outages.is_empty());
    }
    assert_ne!(made[0].loads, made[2].loads);
    assert_ne!(made[0].outages, made[2].outages);
    // Load and wind of one day stay together, and a day comes from its own quarter and kind of day.
    let day = |scenario: &Scenario, day: usize| -> Vec<[u64; 2]> {
        let at =
            |step| [scenario.loads[0].power_kw.at(step), scenario.generation[0].power_kw.at(step)].map(f64::to_bits);
        (24 * day..24 * day + 24).map(at).collect()
    };
    // 1 January 2023 is a Sunday; day 200 is Thursday, 20 July.
    let summer = (151..243).filter(|day| !matches!(day % 7, 0 | 6)).map(|source| day(&base, source));
    assert!(summer.into_iter().any(|days| days == day(&made[0], 200)));
    // Again, alone and in another order, with the same bits.
    let again = sweep(&folder);
    for index in [5, 0, 3] {
        assert_eq!(scenario(&again, index), made[index as usize]);
    }
}

/// Files are values like others, and a change of one that only an axis names is seen before a variant is made.
#[test]
fn files_are_an_axis() {
    let text = "[[axis]]\nfield = \"demand.load[0].power_kw.file\"\nvalues = [\"series.csv\", \"other.csv\"]\n";
    let folder = folder("files", text);
    let series = fs::read_to_string(folder.join("series.csv")).unwrap();
    fs::write(folder.join("other.csv"), series.replace("\n3.", "\n9.")).unwrap();
    let source = sweep(&folder);
    assert_eq!(source.read_again(), ["demand.load[0].power_kw.file"]);
    let [one, other] = [0, 1].map(|index| scenario(&source, index));
    assert_eq!(one, read_folder(&folder).unwrap().scenario);
    assert_ne!(one.loads[0], other.loads[0]);
    assert_eq!(one.loads[1..], other.loads[1..]);
    let before = sweep(&folder).fingerprint();
    fs::write(folder.join("other.csv"), series.replace("\n3.", "\n8.")).unwrap();
    let after = sweep(&folder).fingerprint();
    let changed: Vec<&str> =
        before.iter().filter(|part| !after.contains(part)).map(|(name, _)| name.as_str()).collect();
    assert_eq!(changed, ["other.csv", "scenario with demand.load[0].power_kw.file = other.csv"]);
}

#[test]
fn bases_are_an_axis_and_a_fingerprint_names_what_changed() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds");
    let text = format!(
        "base = [\"scenario.toml\", {:?}]\n[[axis]]\nfield = \"storage.battery[0].capacity_kwh\"\nvalues = [2]\nrelative = true\n",
        seeds.join("minimal").display().to_string()
    );
    let folder = folder("bases", &text);
    let source = sweep(&folder);
    assert_eq!(source.count(), 2);
    assert_eq!([0, 1].map(|index| scenario(&source, index).storage[0].capacity_kwh), [400.0, 200.0]);
    assert_eq!([0, 1].map(|index| scenario(&source, index).name), ["shed", "minimal"]);
    let before = source.fingerprint();
    assert_eq!(before, sweep(&folder).fingerprint());
    for name in ["sweep.toml", "scenario.toml", "series.csv"] {
        assert!(before.iter().any(|(part, _)| part == name), "{name}: {before:?}");
    }
    let series = fs::read_to_string(folder.join("series.csv")).unwrap();
    fs::write(folder.join("series.csv"), series.replacen("1.00", "1.50", 1)).unwrap();
    let after = sweep(&folder).fingerprint();
    let changed: Vec<&str> =
        before.iter().filter(|part| !after.contains(part)).map(|(name, _)| name.as_str()).collect();
    assert_eq!(changed, ["scenario.toml, as read", "series.csv"]);
}

/// The example of the module's documentation is a sweep of the seed that it names.
#[test]
fn the_documented_example_is_read() {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sweep/mod.rs")).unwrap();
    let lines = source.lines().skip_while(|line| *line != "//! ```toml").skip(1).take_while(|line| *line != "//! ```");
    let text: String = lines.map(|line| line.trim_start_matches("//!").to_owned() + "\n").collect();
    let park = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds/industrial-park").display().to_string();
    let source = sweep(&folder("example", &text.replace("../industrial-park", &park)));
    assert_eq!((source.count(), source.points()), (3200, 4));
    assert_eq!(source.read_again(), Vec::<&str>::new());
}

/// A rule and a plan with a forecast stand in one sweep with the forecast's settings, whichever axis comes first; the rule
/// carries them. What means nothing to any strategy of the sweep is refused.
#[test]
fn a_setting_is_carried_past_strategies_that_it_means_nothing_to() {
    use microgrid_core::dispatch::{Dispatch, NamedForecast};
    let strategies = "[[axis]]\nfield = \"dispatch.strategy\"\nvalues = [\"peak_shaving\", \"rolling_horizon\"]\n";
    let noise = "[[axis]]\nfield = \"dispatch.forecast\"\nvalues = [\"noisy\", \"perfect\"]\n\
                 [[axis]]\nfield = \"dispatch.forecast_error\"\nvalues = [0.1, 0.3]\n";
    for (name, text) in
        [("carried_last", format!("{noise}{strategies}")), ("carried_first", format!("{strategies}{noise}"))]
    {
        let sweep = SweepFolder::read(folder(name, &text)).unwrap();
        let mut errors = Vec::new();
        let mut rules = 0;
        for index in 0..sweep.count() {
            let values = sweep.values(index);
            match sweep.scenario(index, &values).unwrap().dispatch {
                // The base's own strategy keeps the base's target.
                Dispatch::PeakShaving { target_kw: Some(25.0) } => rules += 1,
                Dispatch::RollingHorizon(settings) => errors.push(match settings.forecast {
                    NamedForecast::Noisy { error, .. } => error,
                    _ => 0.0,
                }),
                other => panic!("{other:?}"),
            }
        }
        errors.sort_by(f64::total_cmp);
        assert_eq!((rules, errors), (4, vec![0.0, 0.0, 0.1, 0.3]));
    }
    let none = "[[axis]]\nfield = \"dispatch.strategy\"\nvalues = [\"idle\", \"peak_shaving\"]\n\
                [[axis]]\nfield = \"dispatch.horizon_h\"\nvalues = [12, 24]\n";
    let sweep = SweepFolder::read(folder("carried_nowhere", none)).unwrap();
    let refused = sweep.scenario(0, &sweep.values(0)).unwrap_err().to_string();
    assert!(refused.contains("has no meaning for this strategy"), "{refused}");
}
