//! Plan files: a CSV of what every battery and genset is to do, step by step, for `replay`.
//!
//! The columns are those of a trace, so that a trace is a plan file:
//! - `time`: the start of a step, as a trace writes it or with any other offset; every step of the run has one row, in any
//!   order;
//! - `charge_kw` and `discharge_kw` of each battery, `genset_kw` and, where written, `genset_running` (1 or 0) of each
//!   genset; with the device's name in brackets, as in `charge_kw[lfp]`, which the only device of its kind may leave out;
//! - `curtailed_kw`, where written: generation to leave at least;
//! - `load_kw` and `generation_kw`, where written, must be the site's: a plan of another site is refused.
//!
//! The other columns of a trace say what came of it and are made anew by the replay, so they are passed over. Any column
//! beside these is refused. So what each car of a charging station is to draw is no part of a plan file: stations follow their own
//! schedulers.

use std::path::Path;

use microgrid_core::dispatch::{BatterySchedule, GensetSchedule, Schedule};
use microgrid_core::{Plan, Problem, Problems};

use crate::files;
use crate::series::{Found, Layout, Sheet};
use crate::time::Clock;

/// What problems of plan files are problems of.
const FIELD: &str = "plan";

/// Columns of a trace that say what came of it.
const RESULTS: [&str; 15] = [
    "dumped_kw",
    "import_kw",
    "export_kw",
    "unserved_kw",
    "import_price_per_kwh",
    "export_price_per_kwh",
    "grid_up",
    "step_cost",
    "stored_kwh",
    "stored_end_kwh",
    "soc_end",
    "stored_value_per_kwh",
    "genset_fuel_per_h",
    "why",
    "limit",
];

/// Reads a plan file for a site, whose steps `clock` ties to civil time.
///
/// # Errors
/// Every problem of the file, with its line.
pub fn read_plan_file(path: impl AsRef<Path>, plan: &Plan, clock: &Clock) -> Result<Schedule, Problems> {
    let path = path.as_ref();
    let name = path.display().to_string();
    let bytes = files::read_regular(path, files::DATA_MOST_BYTES)
        .map_err(|fault| Problem::new(FIELD, fault.to_string()).at(name.clone(), None))?;
    read_plan_text(&name, &files::text_of(bytes, &name)?, plan, clock)
}

/// Reads a plan from the text of a file that messages call `file`.
///
/// # Errors
/// Every problem of the file, with its line.
pub fn read_plan_text(file: &str, text: &str, plan: &Plan, clock: &Clock) -> Result<Schedule, Problems> {
    if clock.steps() != plan.steps() {
        let problem = Problem::new(FIELD, "is read with the clock of another run").value(clock.steps());
        return Err(problem.allowed(format!("{} steps", plan.steps())).into());
    }
    let sheet = Sheet::parse(FIELD, file, Layout::separated_by(None), text)?;
    let mut problems = Problems::none();
    let columns = Columns::of(&sheet, plan, file, &mut problems);
    let rows = rows(&sheet, clock, file, &mut problems);
    problems.or_else(|| ())?;
    let mut problems = Problems::none();
    let mut numbers = |at: usize| column(&sheet, at, &rows, file, &mut problems);
    let schedule = Schedule {
        batteries: (columns.batteries.iter())
            .map(|&[charge, discharge]| BatterySchedule {
                charge_kw: numbers(charge),
                discharge_kw: numbers(discharge),
            })
            .collect(),
        gensets: (columns.gensets.iter())
            .map(|&(power, running)| GensetSchedule {
                power_kw: numbers(power),
                running: running.map(|at| numbers(at).iter().map(|flag| *flag > 0.0).collect()),
            })
            .collect(),
        stations: Vec::new(),
        swap_stations_kw: Vec::new(),
        curtailed_kw: columns.curtailed.map(&mut numbers),
    };
    let (load, generation) = (columns.load.map(&mut numbers), columns.generation.map(&mut numbers));
    same_site(&sheet, &rows, load, "load_kw", |step| plan.load_kw(step), file, &mut problems);
    same_site(&sheet, &rows, generation, "generation_kw", |step| plan.generation_kw(step), file, &mut problems);
    problems.or_else(|| schedule)
}

/// Where each column stands.
#[derive(Debug, Default)]
struct Columns {
    batteries: Vec<[usize; 2]>,
    gensets: Vec<(usize, Option<usize>)>,
    curtailed: Option<usize>,
    load: Option<usize>,
    generation: Option<usize>,
}

impl Columns {
    fn of(sheet: &Sheet, plan: &Plan, file: &str, problems: &mut Problems) -> Self {
        let names = sheet.names();
        let mut taken = vec![false; names.len()];
        let mut problem = |problem: Problem| problems.push(problem.at(file, Some(1)));
        let mut take = |name: &str| {
            let at = names.iter().zip(&taken).position(|(known, taken)| known == name && !taken)?;
            taken[at] = true;
            Some(at)
        };
        // Devices of one name take the columns of that name in their order.
        let mut of_device = |quantity: &str, name: &str, only: bool| {
            take(&format!("{quantity}[{name}]")).or_else(|| if only { take(quantity) } else { None })
        };
        let mut columns = Self::default();
        let storage = &plan.scenario().storage;
        for battery in storage {
            let at = ["charge_kw", "discharge_kw"].map(|quantity| {
                let at = of_device(quantity, &battery.name, storage.len() == 1);
                if at.is_none() {
                    problem(missing(quantity, &battery.name, storage.len() == 1));
                }
                at.unwrap_or(0)
            });
            columns.batteries.push(at);
        }
        let gensets = &plan.scenario().gensets;
        for genset in gensets {
            let power = of_device("genset_kw", &genset.name, gensets.len() == 1);
            if power.is_none() {
                problem(missing("genset_kw", &genset.name, gensets.len() == 1));
            }
            let running = of_device("genset_running", &genset.name, gensets.len() == 1);
            columns.gensets.push((power.unwrap_or(0), running));
        }
        if take("time").is_none() {
            problem(Problem::new(FIELD, "has no column `time`").hint("write the start of each step, as a trace does"));
        }
        columns.curtailed = take("curtailed_kw");
        columns.load = take("load_kw");
        columns.generation = take("generation_kw");
        let devices = plan.device_columns();
        for (at, name) in names.iter().enumerate().filter(|(at, _)| !taken[*at]) {
            let quantity = name.split('[').next().unwrap_or(name);
            // Loads and plants one by one are no decision either.
            let is_part = ["load_kw[", "generation_kw["].iter().any(|part| name.starts_with(part));
            let is_of_device = devices.iter().any(|(of, device)| *name == format!("{of}[{device}]"));
            if RESULTS.contains(&quantity) || is_part || is_of_device {
                continue;
            }
            problem(if names[..at].contains(name) {
                Problem::new(FIELD, "has two columns of one name").value(name)
            } else {
                unknown(name, plan)
            });
        }
        columns
    }
}

fn missing(quantity: &str, device: &str, only: bool) -> Problem {
    let problem = Problem::new(FIELD, format!("has no column `{quantity}[{device}]`"));
    if only { problem.hint(format!("`{quantity}` is enough for the only one")) } else { problem }
}

fn unknown(name: &str, plan: &Plan) -> Problem {
    let mut known: Vec<String> = ["time", "curtailed_kw", "load_kw", "generation_kw"].map(String::from).into();
    for battery in &plan.scenario().storage {
        known.extend(["charge_kw", "discharge_kw"].map(|quantity| format!("{quantity}[{}]", battery.name)));
    }
    for genset in &plan.scenario().gensets {
        known.extend(["genset_kw", "genset_running"].map(|quantity| format!("{quantity}[{}]", genset.name)));
    }
    let problem = Problem::new(FIELD, "has a column that is none of a plan's").value(name);
    match crate::suggestion::nearest(name, known.iter().map(String::as_str)) {
        Some(near) => problem.hint(format!("did you mean {near}?")),
        None => problem.allowed(format!("{}, and the columns of a trace", known.join(", "))),
    }
}

/// The row of each step.
fn rows(sheet: &Sheet, clock: &Clock, file: &str, problems: &mut Problems) -> Vec<usize> {
    let mut row_of_step: Vec<Option<usize>> = vec![None; clock.steps()];
    let Some(time_at) = sheet.names().iter().position(|name| name == "time") else { return Vec::new() };
    let (mut unreadable, mut repeated) = (Found::new(), Found::new());
    for (row, (line, record)) in sheet.records().iter().enumerate() {
        let text = &record[time_at];
        // A file that was re-saved may have the same instants in another zone's words.
        let step = match clock.zone().logged_instant(text).and_then(|unix_s| clock.step_at_unix_s(unix_s)) {
            Ok(step) if step < clock.steps() => step,
            Ok(_) => {
                unreadable.add(line, || Problem::new(FIELD, "has a row at the run's end").value(text));
                continue;
            }
            Err(fault) => {
                unreadable.add(line, || fault.problem("plan.time", text));
                continue;
            }
        };
        match row_of_step[step] {
            Some(first) => repeated.add(line, || {
                Problem::new(FIELD, "has a row for a step that has one")
                    .value(text)
                    .hint(format!("the first is on line {}", sheet.records().row(first).0))
            }),
            None => row_of_step[step] = Some(row),
        }
    }
    let mut found: Vec<Problem> = [unreadable, repeated].into_iter().filter_map(|f| f.into_problem(file)).collect();
    let mut gaps = (0..clock.steps()).filter(|step| row_of_step[*step].is_none());
    // Rows that cannot be read are told already; the steps that they leave open are not told again.
    if found.is_empty()
        && let Some(first) = gaps.next()
    {
        let more = gaps.count();
        let message = format!("has no row for a step, and for {more} more").replace(", and for 0 more", "");
        found.push(Problem::new(FIELD, message).value(clock.label(first)).at(file, None));
    }
    found.into_iter().for_each(|problem| problems.push(problem));
    row_of_step.into_iter().flatten().collect()
}

/// The numbers of a column, in the order of the steps.
fn column(sheet: &Sheet, at: usize, rows: &[usize], file: &str, problems: &mut Problems) -> Vec<f64> {
    let mut wrong = Found::new();
    let name = &sheet.names()[at];
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        let (line, record) = sheet.records().row(*row);
        let cell = &record[at];
        let number = cell.parse::<f64>().ok().filter(|number| (0.0..f64::INFINITY).contains(number));
        if number.is_none() {
            wrong.add(line, || {
                Problem::new(FIELD, format!("has no number of at least 0 in column {name}"))
                    .value(format!("\"{}\"", cell.chars().take(40).collect::<String>()))
            });
        }
        values.push(number.unwrap_or(0.0));
    }
    if name.starts_with("genset_running") && values.iter().any(|flag| ![0.0, 1.0].contains(flag)) {
        problems.push(Problem::new(FIELD, format!("has neither 1 nor 0 in column {name}")).at(file, None));
    }
    if let Some(problem) = wrong.into_problem(file) {
        problems.push(problem);
    }
    values
}

/// Refuses a plan whose columns of the site are those of another.
fn same_site(
    sheet: &Sheet,
    rows: &[usize],
    found: Option<Vec<f64>>,
    name: &str,
    site: impl Fn(usize) -> f64,
    file: &str,
    problems: &mut Problems,
) {
    let Some(found) = found else { return };
    let differs = |step: &usize| (found[*step] - site(*step)).abs() > 1e-6 * (1.0 + site(*step).abs());
    let mut steps = (0..found.len()).filter(differs);
    if let Some(first) = steps.next() {
        let line = sheet.records().row(rows[first]).0 as usize;
        let more = steps.count();
        problems.push(
            Problem::new(
                FIELD,
                format!("is of another site: {name} is not the scenario's here and in {more} more rows"),
            )
            .value(found[first])
            .allowed(site(first).to_string())
            .at(file, Some(line)),
        );
    }
}
