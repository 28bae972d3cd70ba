//! Recorded sessions from CSV files.

use std::collections::BTreeMap;

use microgrid_core::{Problem, Problems};
use schemars::JsonSchema;

use crate::series::{Found, Layout, Sheet};
use crate::time::{TimeFault, Zone};

/// Most energy of a session, kWh.
const ENERGY_MAX_KWH: f64 = 10_000.0;

/// A car at a bay.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// When it is plugged in, seconds since 1970-01-01T00:00Z.
    pub arrival_unix_s: i64,
    /// When it is unplugged, after the arrival.
    pub departure_unix_s: i64,
    /// Energy asked, kWh, 0 to 10 000.
    pub energy_kwh: f64,
    /// The bay; empty where the file names none.
    pub station: String,
    /// What the driver said, where that is asked for ([`SessionRules::declared`]).
    pub declared: Option<DeclaredStay>,
    /// The kind of car, and its state of charge at arrival, 0 to 1, where they are asked for ([`SessionRules::cars`]).
    pub car: Option<(String, f64)>,
    /// Index of its file and line; none where it is drawn.
    pub place: Option<(usize, u64)>,
}

/// What a driver said at arrival.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeclaredStay {
    /// When the car leaves, seconds since 1970-01-01T00:00Z.
    pub departure_unix_s: i64,
    /// Energy asked, kWh, 0 to 10 000.
    pub energy_kwh: f64,
}

/// Which energy of a record is the ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Ask {
    /// What the driver asked for.
    Requested,
    /// What the charger metered.
    Delivered,
}

/// What to do with two sessions at one bay at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Overlaps {
    /// They are refused.
    #[default]
    Refuse,
    /// Each is served as if it had a bay of its own.
    Allow,
}

/// How records are read.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionRules {
    /// Which energy is the ask.
    pub energy: Ask,
    /// Two sessions at one bay at once.
    pub overlaps: Overlaps,
    /// Zone of times that are written without an offset.
    pub clock: Zone,
    /// Zone of the site, in which re-dated arrivals are read.
    pub site: Zone,
    /// Re-dates: the arrival's local date and time as written, without its offset, is moved by so many weeks and read on
    /// the site's clock; the stay keeps its length. Habits follow the wall clock, and whole weeks keep weekdays. `None`
    /// leaves the instants as written.
    pub redate_weeks: Option<i64>,
    /// What separates the columns.
    pub separator: u8,
    /// Whether what drivers declared is read too: `estimated_departure`, and the energy requested.
    pub declared: bool,
    /// Whether the columns `car` and `arrival_soc` are read too.
    pub cars: bool,
}

impl SessionRules {
    /// Records of the site's own clock, separated by commas, overlaps refused.
    #[must_use]
    pub fn of(energy: Ask, site: &Zone) -> Self {
        Self {
            energy,
            overlaps: Overlaps::Refuse,
            clock: site.clone(),
            site: site.clone(),
            redate_weeks: None,
            separator: b',',
            declared: false,
            cars: false,
        }
    }
}

/// Reads the texts of session files, each with the name that messages call it; problems are those of `field`.
///
/// # Errors
/// Files without rows; columns that are missing or there twice; times that cannot be read, exist twice or not at all;
/// departures that are not after the arrival; energies that are no numbers from 0 to 10 000 kWh; overlaps at a bay
/// unless allowed. Of one kind of fault in a file, the first is told and the others are counted.
///
/// # Examples
/// ```
/// use microgrid_io::sessions::{Ask, SessionRules, read_sessions};
/// use microgrid_io::time::Zone;
///
/// let text = "arrival,departure,delivered_kwh,station_id\n\
///             2019-11-03 01:30:00-07:00,2019-11-03 01:30:00-08:00,6.5,A1\n";
/// let rules = SessionRules::of(Ask::Delivered, &Zone::by_name("America/Los_Angeles")?);
/// let sessions = read_sessions("demand.sessions[0]", &[("lot.csv", text)], &rules)?;
/// // An hour's stay over the change of clock.
/// assert_eq!(sessions[0].departure_unix_s - sessions[0].arrival_unix_s, 3600);
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
pub fn read_sessions(field: &str, files: &[(&str, &str)], rules: &SessionRules) -> Result<Vec<Session>, Problems> {
    let mut problems = Problems::none();
    let mut sessions = Vec::new();
    let mut places = Vec::new();
    for (at, (file, text)) in files.iter().enumerate() {
        match read_file(field, file, text, rules) {
            Ok(read) => {
                for (line, session) in read {
                    places.push((at, line));
                    sessions.push(Session { place: Some((at, line)), ..session });
                }
            }
            Err(faults) => problems.extend(faults),
        }
    }
    if problems.is_empty() && rules.overlaps == Overlaps::Refuse {
        problems.extend(overlaps(field, files, &sessions, &places));
    }
    problems.or_else(|| sessions)
}

fn read_file(field: &str, file: &str, text: &str, rules: &SessionRules) -> Result<Vec<(u64, Session)>, Problems> {
    let sheet = Sheet::parse(field, file, Layout::separated_by(Some(rules.separator)), text)?;
    let mut problems = Problems::none();
    let mut column = |names: &[&str], needed: bool| {
        let found = position(field, file, &sheet, names, needed);
        found.map_err(|problem| problems.push(*problem)).ok().flatten()
    };
    let arrival_at = column(&["arrival"], true);
    let departure_at = column(&["departure"], true);
    let requested = ["requested_energy (kWh)", "requested_kwh"];
    let energy_at = match rules.energy {
        Ask::Requested => column(&requested, true),
        Ask::Delivered => column(&["delivered_energy (kWh)", "delivered_kwh"], true),
    };
    let declared_at = rules.declared.then(|| (column(&["estimated_departure"], true), column(&requested, true)));
    let car_at = rules.cars.then(|| (column(&["car"], true), column(&["arrival_soc"], true)));
    let station_at = column(&["station_id"], rules.overlaps == Overlaps::Refuse);
    let (Some(arrival_at), Some(departure_at), Some(energy_at)) = (arrival_at, departure_at, energy_at) else {
        return Err(problems);
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut faults = Faults::new(field);
    let mut sessions = Vec::with_capacity(sheet.records().len());
    for (line, record) in sheet.records().iter() {
        let times = times(&record[arrival_at], &record[departure_at], rules);
        let times = times.map_err(|fault| faults.add(line, fault)).ok();
        let energy = energy(&record[energy_at]).map_err(|fault| faults.add(line, fault)).ok();
        let station = station_at.map(|at| record[at].to_owned()).unwrap_or_default();
        let declared = match declared_at {
            Some((Some(until), Some(energy))) => declared(&record[arrival_at], &record[until], &record[energy], rules)
                .map_err(|fault| faults.add(line, fault))
                .ok(),
            _ => None,
        };
        let car = match car_at {
            Some((Some(name), Some(soc))) => {
                let soc = soc_of(&record[soc]).map_err(|fault| faults.add(line, fault)).ok();
                soc.map(|soc| (record[name].trim().to_owned(), soc))
            }
            _ => None,
        };
        if let (Some((arrival_unix_s, departure_unix_s)), Some(energy_kwh)) = (times, energy) {
            let session = Session { arrival_unix_s, departure_unix_s, energy_kwh, station, declared, car, place: None };
            sessions.push((line, session));
        }
    }
    faults.finish(file).or_else(|| sessions)
}

fn position(
    field: &str,
    file: &str,
    sheet: &Sheet,
    names: &[&str],
    needed: bool,
) -> Result<Option<usize>, Box<Problem>> {
    let mut places = sheet.names().iter().enumerate().filter(|(_, name)| names.contains(&name.as_str()));
    match (places.next(), places.next()) {
        (Some((at, _)), None) => Ok(Some(at)),
        (Some(_), Some((_, name))) => {
            Err(Box::new(Problem::new(field, "has two columns of one meaning").value(name).at(file, Some(1))))
        }
        _ if needed => {
            let problem = Problem::new(field, format!("names a file without a column {}", names.join(" or ")));
            Err(Box::new(problem.value(sheet.names().join(", ")).at(file, Some(1))))
        }
        _ => Ok(None),
    }
}

/// Why a cell cannot be used: what is wrong with it, the finished problem but for its place.
enum Fault {
    Arrival(TimeFault, String),
    Departure(TimeFault, String),
    Order(String),
    Energy(String),
    Soc(String),
}

/// What the driver said; the stay declared is moved as the stay is.
fn declared(arrival: &str, until: &str, energy_cell: &str, rules: &SessionRules) -> Result<DeclaredStay, Fault> {
    let (_, departure_unix_s) = times(arrival, until, rules)?;
    Ok(DeclaredStay { departure_unix_s, energy_kwh: energy(energy_cell)? })
}

fn soc_of(cell: &str) -> Result<f64, Fault> {
    let soc = cell.trim().parse::<f64>().ok().filter(|soc| (0.0..=1.0).contains(soc));
    soc.ok_or_else(|| Fault::Soc(cell.chars().take(40).collect()))
}

fn times(arrival: &str, departure: &str, rules: &SessionRules) -> Result<(i64, i64), Fault> {
    let read = |text: &str| rules.clock.logged_instant(text);
    let arrives = read(arrival).map_err(|fault| Fault::Arrival(fault, arrival.to_owned()))?;
    let departs = read(departure).map_err(|fault| Fault::Departure(fault, departure.to_owned()))?;
    if departs <= arrives {
        return Err(Fault::Order(format!("{arrival} to {departure}")));
    }
    let Some(weeks) = rules.redate_weeks else { return Ok((arrives, departs)) };
    let moved = rules.site.instant_weeks_later(arrival, weeks);
    let moved = moved.ok_or_else(|| Fault::Arrival(TimeFault::Unreadable, arrival.to_owned()))?;
    Ok((moved, moved + departs - arrives))
}

fn energy(cell: &str) -> Result<f64, Fault> {
    let energy = cell.trim().parse::<f64>().ok().filter(|energy| (0.0..=ENERGY_MAX_KWH).contains(energy));
    energy.ok_or_else(|| Fault::Energy(cell.chars().take(40).collect()))
}

/// The faults of one file by kind.
struct Faults<'f> {
    field: &'f str,
    arrival: Found,
    departure: Found,
    order: Found,
    energy: Found,
    soc: Found,
}

impl<'f> Faults<'f> {
    fn new(field: &'f str) -> Self {
        let none = Found::new;
        Self { field, arrival: none(), departure: none(), order: none(), energy: none(), soc: none() }
    }

    fn add(&mut self, line: u64, fault: Fault) {
        let field = self.field;
        match fault {
            Fault::Arrival(fault, text) => self.arrival.add(line, || time_problem(field, "arrival", &fault, text)),
            Fault::Departure(fault, text) => {
                self.departure.add(line, || time_problem(field, "departure", &fault, text));
            }
            Fault::Order(stay) => {
                self.order
                    .add(line, || Problem::new(field, "has a departure that is not after the arrival").value(stay));
            }
            Fault::Energy(cell) => self.energy.add(line, || {
                Problem::new(field, "has an energy that is no number in range")
                    .value(format!("\"{cell}\""))
                    .allowed(format!("0 to {ENERGY_MAX_KWH} kWh"))
            }),
            Fault::Soc(cell) => self.soc.add(line, || {
                Problem::new(field, "has a state of charge that is no number in range")
                    .value(format!("\"{cell}\""))
                    .allowed("0 to 1")
            }),
        }
    }

    fn finish(self, file: &str) -> Problems {
        let mut problems = Problems::none();
        for found in [self.arrival, self.departure, self.order, self.energy, self.soc] {
            found.into_problem(file).into_iter().for_each(|problem| problems.push(problem));
        }
        problems
    }
}

fn time_problem(field: &str, column: &str, fault: &TimeFault, text: String) -> Problem {
    let mut problem = fault.problem(field, text);
    problem.message = format!("has a time in column {column} that {}", problem.message);
    problem
}

/// The first overlap of each file, with the number of the others.
fn overlaps(field: &str, files: &[(&str, &str)], sessions: &[Session], places: &[(usize, u64)]) -> Problems {
    let mut by_station: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, session) in sessions.iter().enumerate() {
        by_station.entry(&session.station).or_default().push(at);
    }
    let mut overlapping: Vec<(usize, usize)> = Vec::new();
    for stays in by_station.values_mut() {
        stays.sort_by_key(|at| (sessions[*at].arrival_unix_s, *at));
        let mut longest: Option<usize> = None;
        for at in stays.iter().copied() {
            if let Some(before) =
                longest.filter(|before| sessions[at].arrival_unix_s < sessions[*before].departure_unix_s)
            {
                overlapping.push((at, before));
            }
            if longest.is_none_or(|before| sessions[at].departure_unix_s > sessions[before].departure_unix_s) {
                longest = Some(at);
            }
        }
    }
    overlapping.sort_unstable();
    let mut found: Vec<Found> = files.iter().map(|_| Found::new()).collect();
    for (at, before) in overlapping {
        let ((file, line), (other_file, other_line)) = (places[at], places[before]);
        found[file].add(line, || {
            Problem::new(field, "has two sessions at one bay at once")
                .value(format!("station {}, also {}:{other_line}", sessions[at].station, files[other_file].0))
                .hint("write overlaps = \"allow\" if station_id names more than one bay")
        });
    }
    let mut problems = Problems::none();
    for (found, (file, _)) in found.into_iter().zip(files) {
        found.into_problem(file).into_iter().for_each(|problem| problems.push(problem));
    }
    problems
}
