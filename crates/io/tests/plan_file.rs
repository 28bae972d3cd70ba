//! Plan files: a trace is one, and a bad one is refused with every problem on its line.

use microgrid_core::demand::Load;
use microgrid_core::generation::Genset;
use microgrid_core::storage::Battery;
use microgrid_core::{Plan, Scenario};
use microgrid_io::read_plan_text;
use microgrid_io::time::Clock;

/// A day in Berlin on which clocks are set back: 25 hours, one of them twice.
fn clock() -> Clock {
    Clock::of_days("Europe/Berlin", "2016-10-30", 3600, 1).unwrap()
}

fn site(batteries: &[&str], gensets: &[&str]) -> Plan {
    let mut site = Scenario::new("site", clock().calendar());
    site.loads = vec![Load::new("load", 10.0)];
    site.storage = (batteries.iter())
        .map(|name| Battery { name: (*name).into(), ..Battery::lithium_iron_phosphate(50.0, 20.0) })
        .collect();
    site.gensets = gensets.iter().map(|name| Genset { name: (*name).into(), ..Genset::diesel(20.0, 1.0) }).collect();
    Plan::compile(&site).unwrap()
}

/// A file with a row for each step, its cells by step.
fn file(head: &str, cells: impl Fn(usize) -> String) -> String {
    let clock = clock();
    let rows = (0..clock.steps()).map(|step| format!("{},{}\n", clock.label(step), cells(step)));
    format!("time,{head}\n{}", rows.collect::<String>())
}

fn refusal(text: &str, plan: &Plan) -> String {
    read_plan_text("plan.csv", text, plan, &clock()).expect_err("the file must be refused").to_string()
}

#[test]
fn rows_in_any_order_and_columns_of_a_trace() {
    let plan = site(&["lfp"], &["diesel"]);
    let head =
        "load_kw,import_kw,charge_kw,discharge_kw,stored_kwh,genset_running,genset_kw,why,limit,stored_value_per_kwh";
    let text = file(head, |step| format!("10,3,{step},0,7,1,{},hold_level,,0.2", 20 - step / 2));
    let (first, rows) = text.split_once('\n').unwrap();
    let turned: String = rows.lines().rev().map(|row| format!("{row}\n")).collect();
    for text in [text.clone(), format!("{first}\n{turned}")] {
        let schedule = read_plan_text("plan.csv", &text, &plan, &clock()).unwrap();
        assert_eq!(schedule.batteries[0].charge_kw, (0..25).map(f64::from).collect::<Vec<_>>());
        assert_eq!((schedule.gensets[0].power_kw[24], schedule.gensets[0].running.as_ref().unwrap()[3]), (8.0, true));
        assert_eq!(schedule.curtailed_kw, None);
        schedule.check(&plan).unwrap();
    }
}

/// A trace says of loads, plants and the step's end what is no decision: passed over.
#[test]
fn results_of_a_trace_are_passed_over() {
    let plan = site(&["lfp"], &[]);
    let head = "charge_kw,discharge_kw,grid_up,step_cost,load_kw[shop],generation_kw[roof],stored_end_kwh,soc_end";
    let text = file(head, |step| format!("{step},0.0,1.0,0.5,3.0,4.0,7.0,0.5"));
    assert_eq!(read_plan_text("plan.csv", &text, &plan, &clock()).unwrap().batteries[0].charge_kw[24], 24.0);
}

/// What spreadsheets and tables make of the times when they save a plan again: the same instants in UTC or in another
/// place's offset, with a blank instead of the T.
#[test]
fn a_plan_saved_again_with_other_offsets_is_the_same_plan() {
    let plan = site(&["lfp"], &[]);
    let clock = clock();
    for offset_h in [0_i64, -7, 5] {
        let time = |step: usize| {
            let local = jiff::Timestamp::from_second(clock.unix_s(step) + offset_h * 3600).unwrap();
            let text = local.to_string().replace('T', " ");
            text.replace('Z', &if offset_h == 0 { "Z".into() } else { format!("{offset_h:+03}:00") })
        };
        let mut text = String::from("time,charge_kw,discharge_kw\n");
        (0..25).for_each(|step| text.push_str(&format!("{},{step},0\n", time(step))));
        let schedule = read_plan_text("plan.csv", &text, &plan, &clock).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(schedule.batteries[0].charge_kw, (0..25).map(f64::from).collect::<Vec<_>>(), "{offset_h}");
    }
}

#[test]
fn devices_by_name_and_of_one_name() {
    let plan = site(&["a", "a", "b"], &[]);
    let head = "charge_kw[a],discharge_kw[a],charge_kw[b],discharge_kw[b],charge_kw[a],discharge_kw[a],curtailed_kw";
    let schedule = read_plan_text("plan.csv", &file(head, |_| "1,0,2,0,3,0,0".into()), &plan, &clock()).unwrap();
    let charges: Vec<f64> = schedule.batteries.iter().map(|battery| battery.charge_kw[0]).collect();
    assert_eq!(charges, [1.0, 3.0, 2.0]);
    assert_eq!(schedule.curtailed_kw, Some(vec![0.0; 25]));
    // Without a name no column is any of several batteries'.
    let text = refusal(&file("charge_kw,discharge_kw", |_| "1,0".into()), &plan);
    assert_eq!(text.matches("has no column `charge_kw[a]`").count(), 2, "{text}");
    assert!(
        text.contains("plan.csv:1: plan: has a column that is none of a plan's; found charge_kw; hint: did you mean")
    );
}

#[test]
fn what_is_wrong_is_told_all_at_once() {
    let plan = site(&["lfp"], &["diesel"]);
    let text = refusal(&file("charge_kw,dischrage_kw,charge_kw,genset", |_| "1,0,2,0".into()), &plan);
    for part in [
        "plan.csv:1: plan: has no column `discharge_kw[lfp]`; hint: `discharge_kw` is enough for the only one",
        "plan.csv:1: plan: has no column `genset_kw[diesel]`",
        "plan.csv:1: plan: has two columns of one name; found charge_kw",
        "plan.csv:1: plan: has a column that is none of a plan's; found dischrage_kw",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let plan = site(&["lfp"], &[]);
    let good = file("charge_kw,discharge_kw", |_| "1,0".into());
    let with = |from: &str, to: &str| {
        assert!(good.contains(from));
        good.replacen(from, to, 1)
    };
    let second = "2016-10-30T01:00:00+02:00,1,0\n";
    for (text, part) in [
        (with(second, ""), "plan.csv: plan: has no row for a step; found 2016-10-30T01:00:00+02:00"),
        (
            with(second, &format!("{second}{second}")),
            "plan.csv:4: plan: has a row for a step that has one; found 2016-10-30T01:00:00+02:00; hint: the first is on line 3",
        ),
        (
            with("01:00:00+02:00,1", "01:00:00+02:00,NaN"),
            "plan.csv:3: plan: has no number of at least 0 in column charge_kw; found \"NaN\"",
        ),
        (
            with("01:00:00+02:00,1", "01:00:00+02:00,-1"),
            "plan.csv:3: plan: has no number of at least 0 in column charge_kw; found \"-1\"",
        ),
        (with("01:00:00+02:00,1,0", "01:00:00+02:00,,x"), "in column discharge_kw; found \"x\""),
        (with("01:00:00+02:00", "01:30:00+02:00"), "plan.csv:3: plan.time: is not a border of the run's steps"),
        (with("2016-10-30T01:00:00+02:00", "2016-10-31T01:00:00+01:00"), "plan.csv:3: plan.time: is outside the run"),
        (
            with("2016-10-30T01:00:00+02:00", "2016-10-31T00:00:00+01:00"),
            "plan.csv:3: plan: has a row at the run's end",
        ),
        // The hour that exists twice needs its offset.
        (with("02:00:00+02:00", "02:00:00"), "plan.csv:4: plan.time: exists twice in Europe/Berlin"),
        (with(second, "2016-10-30T01:00:00+02:00,1\n"), "plan.csv:3: plan: has a row with the wrong number of cells"),
        (with("time,", "when,"), "plan.csv:1: plan: has no column `time`"),
        (String::new(), "plan.csv: plan: names an empty file"),
    ] {
        let refused = refusal(&text, &plan);
        assert!(refused.contains(part), "{part} in\n{refused}");
    }
    // Two faults of two kinds, on two lines.
    let twice = with("01:00:00+02:00,1", "01:00:00+02:00,NaN").replace("T05:00:00+01:00,1,0", "T05:00:00+01:00,1,oops");
    assert_eq!(refusal(&twice, &plan).lines().count(), 2);
    let other = file("load_kw,charge_kw,discharge_kw", |step| format!("{},1,0", if step > 20 { 11 } else { 10 }));
    let refused = refusal(&other, &plan);
    assert!(
        refused.contains("plan.csv:23: plan: is of another site: load_kw is not the scenario's here and in 3 more rows; found 11; allowed: 10"),
        "{refused}"
    );
    let flags = site(&["lfp"], &["diesel"]);
    let refused = refusal(&file("charge_kw,discharge_kw,genset_kw,genset_running", |_| "1,0,6,2".into()), &flags);
    assert!(refused.contains("has neither 1 nor 0 in column genset_running"), "{refused}");
}

/// Whatever stands in a file, it is read or refused; what is read is a schedule.
#[test]
fn no_file_panics() {
    let plan = site(&["lfp"], &["diesel"]);
    let good = file("load_kw,charge_kw,discharge_kw,genset_kw,curtailed_kw", |_| "10,1,0,6,0".into());
    let mut state = 7u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut read = 0;
    for _ in 0..3000 {
        let mut bytes = good.clone().into_bytes();
        for _ in 0..1 + random(3) {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes[at] = b",\n\"[]0-.eN T+:"[random(14)],
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, b"9,\n\"x"[random(5)]),
                _ => bytes.truncate(at.max(1)),
            }
        }
        if let Ok(schedule) = read_plan_text("plan.csv", &String::from_utf8_lossy(&bytes), &plan, &clock()) {
            schedule.check(&plan).unwrap();
            read += 1;
        }
    }
    assert!((20..2900).contains(&read), "{read} of 3000 are plans still");
}

#[test]
fn a_clock_of_another_run_is_refused() {
    let plan = site(&["lfp"], &[]);
    let other = Clock::of_days("Europe/Berlin", "2016-10-29", 3600, 1).unwrap();
    let text = file("charge_kw,discharge_kw", |_| "1,0".into());
    let refused = read_plan_text("plan.csv", &text, &plan, &other).unwrap_err().to_string();
    assert!(refused.contains("is read with the clock of another run; found 24; allowed: 25 steps"), "{refused}");
}
