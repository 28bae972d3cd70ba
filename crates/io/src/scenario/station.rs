//! `[[demand.station]]`: a charging station, whose scheduler says who gets how much.

use std::collections::BTreeMap;

use microgrid_core::demand::{Bay, Car, ChargingSession, Declared, PowerLimit, Scheduling, Station, Supply};
use microgrid_core::{Problem, Problems};
use schemars::JsonSchema;

use super::loading::Reading;
use super::sessions::{ASKS, DrawTable, OVERLAPS, OneOrMore, Source, check_source};
use super::station_car::StationCarTable;
use crate::document::Section;
use crate::files;
use crate::series::SEPARATORS;
use crate::sessions::{Ask, Overlaps, ProfileBays, Session, read_profiles};

/// The value of `car` that takes each session's car from the file.
const OF_FILE: &str = "of_file";

/// Sessions are those of `[[demand.sessions]]`; here cars stand at bays, and a scheduler shares what there is. Its books
/// and figures stand with the site's.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StationTable {
    /// What reports call it; `station 1`, `station 2`, … by default.
    pub name: Option<String>,
    /// Who gets how much: `uncontrolled` (default; each the most from arrival on), `equal_share`, `earliest_deadline`,
    /// `least_laxity`, `round_robin`, `off_peak` (the cheapest steps until departure), `solar_surplus`, `valley_filling` (keeps the
    /// squares of what site and cars draw least, over the cars that are there), `least_cost` (from surplus or grid, whichever is cheapest
    /// until departure), `follow_site` (as the site's strategy does: `idle` uncontrolled, `time_of_use` off peak, `peak_shaving` valley
    /// filling, `rolling_horizon` least cost, others solar surplus), or `profiles` (what the charging profiles of `profiles` leave each
    /// car).
    #[schemars(with = "Option<String>", extend("enum" = scheduler_names().collect::<Vec<_>>()))]
    pub scheduler: Option<String>,
    /// JSON file of charging profiles as OCPP's `SetChargingProfile` has them ([`crate::sessions`]); needed beside
    /// `scheduler = "profiles"`.
    pub profiles: Option<String>,
    /// Session file, or a list of them that count as one, relative to the scenario folder; instead of `draw`.
    #[schemars(with = "Option<OneOrMore>")]
    pub file: Vec<String>,
    /// Which energy of the file packs took: `requested` or `delivered`. Needed beside `file`.
    #[schemars(with = "Option<Ask>")]
    pub energy: Option<Ask>,
    /// Two sessions at one bay at once: `refuse` (default; every car stands at the bay that the file names) or `allow`
    /// (cars take the first of `bays` that is free). Only beside `file`.
    pub overlaps: Option<Overlaps>,
    /// Zone of times that are written without an offset: `local` (the site's, default), `utc` or an IANA name. Only
    /// beside `file`.
    pub clock: Option<String>,
    /// What separates the columns: `,` (default), `;`, `|` or a tabulator. Only beside `file`.
    pub separator: Option<String>,
    /// Moves every session by so many whole weeks on the wall clock as written, −5200 to 5200. Only beside `file`.
    #[schemars(with = "Option<i32>")]
    pub redate_weeks: Option<i64>,
    /// Whether schedulers see what drivers declared, `estimated_departure` and the energy requested, in place of what
    /// happened; `false` by default. Only beside `file`.
    pub declared: Option<bool>,
    /// Sessions drawn from distributions; instead of `file`.
    pub draw: Option<DrawTable>,
    /// The cars: a common car's name, one of `own_car`, or `of_file` where each row of the file has a column `car` with such
    /// a name and a column `arrival_soc`. Left out: only the energy is known, and packs take whatever they are given.
    pub car: Option<String>,
    /// State of charge that cars wanted to leave with, 0.01 to 1, from which that at arrival follows; 0.8 by default. Beside
    /// a `car` that is not `of_file`.
    pub departure_soc: Option<f64>,
    /// Cars of one's own.
    #[schemars(with = "Option<Vec<StationCarTable>>")]
    pub own_car: Vec<StationCarTable>,
    /// Number of bays, 1 to 10 000; by default those that the sessions name. Needed beside `overlaps = "allow"`.
    #[schemars(with = "Option<u32>")]
    pub bays: Option<u32>,
    /// Power of a bay at the charger's AC terminals in kW, 0.1 to 10 000, whatever the car; instead of `current_max_a` and
    /// `dc_power_max_kw`.
    pub bay_power_kw: Option<f64>,
    /// Least power of a bay while a car charges, kW, at least 0; 0 by default. Beside `bay_power_kw`.
    pub bay_power_min_kw: Option<f64>,
    /// Current of a bay's alternating supply in each phase, A, 6 to 1000: 0 or at least 6 A flow.
    pub current_max_a: Option<f64>,
    /// Its phases, 1 to 3; 3 by default. Beside `current_max_a`.
    #[schemars(with = "Option<u32>")]
    pub phases: Option<u32>,
    /// Voltage of a phase to neutral, or between the two wires where there is none, V, 50 to 1000; 230 by default. Beside
    /// `current_max_a`.
    pub phase_v: Option<f64>,
    /// Power of a bay's direct current into the pack in kW, 0.1 to 10 000.
    pub dc_power_max_kw: Option<f64>,
    /// Greatest direct current, A, 1 to 100 000; 500 by default. Beside `dc_power_max_kw`.
    pub dc_current_max_a: Option<f64>,
    /// Energy into the pack per energy at the charger's AC terminals, 0.3 to 1: 1 by default beside `bay_power_kw`, where
    /// records are metered at those terminals; 0.95 beside `dc_power_max_kw`. Of alternating current the car's own.
    pub efficiency: Option<f64>,
    /// Greatest mean power of a step of all bays together in kW, at least 0; not limited by default.
    pub power_max_kw: Option<f64>,
    /// Limits of groups of bays behind it.
    #[schemars(with = "Option<Vec<StationLimitTable>>")]
    pub limit: Vec<StationLimitTable>,
    /// How long a car waits for a bay, in minutes; until its stay ends by default. Beside `overlaps = "allow"` or `draw`.
    pub patience_minutes: Option<f64>,
    /// What drivers pay for a kWh at the AC terminals, at least 0; 0 by default. Revenue beside the objective.
    pub energy_price_per_kwh: Option<f64>,
    /// Service fee of the same; 0 by default.
    pub service_fee_per_kwh: Option<f64>,
    /// Cost of a kWh that a car wanted and did not get, at least 0, part of the objective; 0 by default: reported and not
    /// priced.
    pub undelivered_cost_per_kwh: Option<f64>,
    #[schemars(skip)]
    pub(super) path: String,
}

/// A limit that some bays share: a pedestal, a transformer.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StationLimitTable {
    /// What reports call it, and what other limits name.
    pub name: String,
    /// Greatest mean power of a step in kW, at least 0.
    pub power_max_kw: f64,
    /// The limit that it is behind, one written before it; only the station's own by default.
    pub within: Option<String>,
    /// The bays behind it: names of the file, `bay 1`, `bay 2`, … elsewhere. None where only other limits are behind it.
    #[schemars(with = "Option<OneOrMore>")]
    pub bay: Vec<String>,
}

impl StationTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let schedulers: Vec<(&'static str, &'static str)> = scheduler_names().map(|name| (name, name)).collect();
        let table = Self {
            name: section.text("name"),
            scheduler: section.choice("scheduler", &schedulers).map(str::to_owned),
            profiles: section.text("profiles"),
            file: section.texts("file"),
            energy: section.choice("energy", &ASKS),
            overlaps: section.choice("overlaps", &OVERLAPS),
            clock: section.text("clock"),
            separator: section.mark("separator", &SEPARATORS),
            redate_weeks: section.whole_within("redate_weeks", -5200, 5200),
            declared: section.flag("declared"),
            draw: section.table("draw", DrawTable::read),
            car: section.text("car"),
            departure_soc: section.number_within("departure_soc", 0.01, 1.0),
            own_car: section.tables("own_car", StationCarTable::read),
            bays: section.whole_within("bays", 1, 10_000).map(|bays| bays as u32),
            bay_power_kw: section.number_within("bay_power_kw", 0.1, 1e4),
            bay_power_min_kw: section.number_within("bay_power_min_kw", 0.0, 1e4),
            current_max_a: section.number_within("current_max_a", 6.0, 1000.0),
            phases: section.whole_within("phases", 1, 3).map(|phases| phases as u32),
            phase_v: section.number_within("phase_v", 50.0, 1000.0),
            dc_power_max_kw: section.number_within("dc_power_max_kw", 0.1, 1e4),
            dc_current_max_a: section.number_within("dc_current_max_a", 1.0, 1e5),
            efficiency: section.number_within("efficiency", 0.3, 1.0),
            power_max_kw: section.number_within("power_max_kw", 0.0, 1e9),
            limit: section.tables("limit", StationLimitTable::read),
            patience_minutes: section.number_within("patience_minutes", 0.0, 1e6),
            energy_price_per_kwh: section.number_within("energy_price_per_kwh", 0.0, 1e9),
            service_fee_per_kwh: section.number_within("service_fee_per_kwh", 0.0, 1e9),
            undelivered_cost_per_kwh: section.number_within("undelivered_cost_per_kwh", 0.0, 1e9),
            path: section.path().to_owned(),
        };
        check_source(section);
        if (table.scheduler.as_deref() == Some(PROFILES)) != table.profiles.is_some() {
            let problem = Problem::new(section.field("profiles"), "and scheduler = \"profiles\" go together");
            section.push(problem.hint("write both, or neither"));
        }
        section.require_one(&["bay_power_kw", "current_max_a", "dc_power_max_kw"]);
        for (key, needed) in [
            ("declared", "file"),
            ("bay_power_min_kw", "bay_power_kw"),
            ("phases", "current_max_a"),
            ("phase_v", "current_max_a"),
            ("dc_current_max_a", "dc_power_max_kw"),
            ("departure_soc", "car"),
        ] {
            section.refuse_without(key, needed);
        }
        section.allow_one(&["efficiency", "current_max_a"]);
        if table.overlaps == Some(Overlaps::Allow) && table.bays.is_none() {
            section.missing("bays", "one of the numbers from 1 to 10000: cars take the first bay that is free");
        }
        if section.has("patience_minutes") && table.draw.is_none() && table.overlaps != Some(Overlaps::Allow) {
            let problem = Problem::new(section.field("patience_minutes"), "has no meaning where every car has its bay");
            section.push(problem.hint("write overlaps = \"allow\" and bays"));
        }
        table
    }

    /// Core's station, the `index`th of the scenario counted from 0; one without cars stands in where it has a problem, which
    /// is kept.
    pub(super) fn station(&self, index: usize, reading: &mut Reading<'_>) -> Station {
        let stand_in = Supply::Power { power_max_kw: 1.0, power_min_kw: 0.0, efficiency: 1.0 };
        self.sound(index, reading).unwrap_or_else(|| Station::of_bays(1, stand_in))
    }

    fn sound(&self, index: usize, reading: &mut Reading<'_>) -> Option<Station> {
        if reading.is_faulty(&self.path) {
            return None;
        }
        let source = Source {
            path: &self.path,
            file: &self.file,
            energy: self.energy,
            overlaps: self.overlaps,
            clock: self.clock.as_deref(),
            separator: self.separator.as_deref(),
            redate_weeks: self.redate_weeks,
            draw: self.draw.as_ref(),
            declared: self.declared == Some(true),
            cars: self.car.as_deref() == Some(OF_FILE),
        };
        let sessions = source.sessions(reading)?;
        let made = self.made(index, &sessions, reading).map_err(|problems| reading.extend(problems)).ok()?;
        reading.note(format!("{}: {} sessions at {} bays", self.path, made.sessions.len(), made.bays.len()));
        Some(made)
    }

    fn made(&self, index: usize, sessions: &[Session], reading: &Reading<'_>) -> Result<Station, Problems> {
        let mut problems = Problems::none();
        let mut bays = self.bays_of(sessions, &mut problems);
        let limits = self.limits(&mut bays, &mut problems);
        let cars = self.cars(&mut problems);
        let start_s = reading.clock.start_unix_s();
        let made: Vec<ChargingSession> = sessions
            .iter()
            .filter_map(|session| self.session(session, (&cars, &bays), start_s).map_err(|p| problems.push(*p)).ok())
            .collect();
        let scheduler = self.scheduling(bays.len(), sessions.len(), reading, &mut problems);
        problems.or_else(|| Station {
            name: self.name.clone().unwrap_or_else(|| format!("station {}", index + 1)),
            bays,
            limits,
            cars,
            sessions: made.into(),
            scheduler,
            patience_s: self.patience_minutes.map(|minutes| (60.0 * minutes) as u32),
            energy_price_per_kwh: self.energy_price_per_kwh.unwrap_or(0.0),
            service_fee_per_kwh: self.service_fee_per_kwh.unwrap_or(0.0),
            undelivered_cost_per_kwh: self.undelivered_cost_per_kwh.unwrap_or(0.0),
        })
    }

    fn scheduling(&self, bays: usize, sessions: usize, reading: &Reading<'_>, problems: &mut Problems) -> Scheduling {
        let Some(file) = &self.profiles else {
            let built_in = Scheduling::BUILT_IN.into_iter();
            let mut named = built_in.filter(|choice| Some(choice.name()) == self.scheduler.as_deref());
            return named.next().unwrap_or_default();
        };
        let of = ProfileBays { bays, sessions, supply: self.supply() };
        let read = files::read_text(reading.files, &format!("{}.profiles", self.path), file)
            .and_then(|text| read_profiles(file, &text, &of, reading.clock));
        match read {
            Ok(profiles) => Scheduling::Profiles(profiles.into()),
            Err(found) => {
                problems.extend(found);
                Scheduling::default()
            }
        }
    }

    fn supply(&self) -> Supply {
        match (self.current_max_a, self.dc_power_max_kw) {
            (Some(current_max_a), _) => Supply::Ac {
                phases: self.phases.unwrap_or(3) as u8,
                current_max_a,
                phase_v: self.phase_v.unwrap_or(230.0),
            },
            (_, Some(power_max_kw)) => Supply::Dc {
                power_max_kw,
                current_max_a: self.dc_current_max_a.unwrap_or(500.0),
                efficiency: self.efficiency.unwrap_or(0.95),
            },
            _ => Supply::Power {
                power_max_kw: self.bay_power_kw.unwrap_or(1.0),
                power_min_kw: self.bay_power_min_kw.unwrap_or(0.0),
                efficiency: self.efficiency.unwrap_or(1.0),
            },
        }
    }

    /// Whether each car stands at the bay that its session names.
    fn names_bays(&self) -> bool {
        self.draw.is_none() && self.overlaps != Some(Overlaps::Allow)
    }

    fn bays_of(&self, sessions: &[Session], problems: &mut Problems) -> Vec<Bay> {
        let supply = self.supply();
        let mut names: Vec<String> = Vec::new();
        let mut known = std::collections::BTreeSet::new();
        if self.names_bays() {
            let new = sessions.iter().map(|session| &session.station).filter(|name| known.insert((*name).clone()));
            names.extend(new.cloned());
            names.sort();
        }
        let drawn = self.draw.as_ref().map_or(1, |draw| draw.bays);
        let count = self.bays.map_or(if names.is_empty() { drawn as usize } else { names.len() }, |bays| bays as usize);
        if count < names.len() {
            problems.push(
                Problem::new(format!("{}.bays", self.path), "is less than the sessions name")
                    .value(count)
                    .allowed(format!("at least {}", names.len())),
            );
        }
        names.extend((names.len()..count).map(|i| format!("bay {}", i + 1)));
        names.into_iter().map(|name| Bay { name, supply, limit: None }).collect()
    }

    /// The limits, the station's own first; bays are put behind theirs.
    fn limits(&self, bays: &mut [Bay], problems: &mut Problems) -> Vec<PowerLimit> {
        let mut limits: Vec<PowerLimit> = Vec::new();
        if let Some(power_max_kw) = self.power_max_kw {
            limits.push(PowerLimit { name: "station".into(), power_max_kw, within: None });
            bays.iter_mut().for_each(|bay| bay.limit = Some(0));
        }
        let own = limits.first().map(|_| 0);
        let mut at: BTreeMap<&str, u32> = BTreeMap::new();
        for (i, table) in self.limit.iter().enumerate() {
            let field = |key: &str| format!("{}.limit[{i}].{key}", self.path);
            let within = table.within.as_deref().map(|name| {
                let found = at.get(name).copied();
                if found.is_none() {
                    let known: Vec<&str> = at.keys().copied().collect();
                    let problem = Problem::new(field("within"), "names no limit that is written before it");
                    problems.push(problem.value(name).allowed(known.join(", ")));
                }
                found.unwrap_or(0)
            });
            let this = limits.len() as u32;
            limits.push(PowerLimit {
                name: table.name.clone(),
                power_max_kw: table.power_max_kw,
                within: within.or(own),
            });
            if at.insert(&table.name, this).is_some() {
                problems.push(Problem::new(field("name"), "is there twice").value(&table.name));
            }
            for name in &table.bay {
                match bays.iter_mut().find(|bay| bay.name == *name) {
                    None => problems.push(Problem::new(field("bay"), "names no bay of the station").value(name)),
                    Some(bay) if bay.limit != own => {
                        let problem = Problem::new(field("bay"), "names a bay that is behind another limit already");
                        problems.push(problem.value(name).hint("name it at the innermost limit only"));
                    }
                    Some(bay) => bay.limit = Some(this),
                }
            }
        }
        limits
    }

    /// The cars that sessions may name.
    fn cars(&self, problems: &mut Problems) -> Vec<Car> {
        let own = self.own_car.iter().map(StationCarTable::car);
        let known = Car::known_names().into_iter().filter_map(Car::known);
        let all: Vec<Car> = own.chain(known).collect();
        match self.car.as_deref() {
            None => Vec::new(),
            Some(OF_FILE) => all,
            Some(name) => match all.iter().find(|car| car.name == name) {
                Some(car) => vec![car.clone()],
                None => {
                    problems.push(unknown_car(format!("{}.car", self.path), name, &all));
                    Vec::new()
                }
            },
        }
    }

    fn session(
        &self,
        session: &Session,
        (cars, bays): (&[Car], &[Bay]),
        start_s: i64,
    ) -> Result<ChargingSession, Box<Problem>> {
        let at = |problem: Problem| match session.place {
            Some((file, line)) => problem.at(&self.file[file], Some(line as usize)),
            None => problem,
        };
        let named = match &session.car {
            None => (!cars.is_empty()).then_some(0),
            Some((name, _)) => match cars.iter().position(|car| car.name == *name) {
                None => return Err(Box::new(at(unknown_car(format!("{}.file", self.path), name, cars)))),
                found => found,
            },
        };
        let arrival_soc = match (named, &session.car) {
            (None, _) => 0.0,
            (Some(_), Some((_, soc))) => *soc,
            (Some(car), None) => {
                let leaves = self.departure_soc.unwrap_or(0.8);
                (leaves - session.energy_kwh / cars[car].capacity_kwh).max(0.0)
            }
        };
        if let Some(car) = named.map(|car| &cars[car]) {
            let room_kwh = (1.0 - arrival_soc) * car.capacity_kwh;
            if session.energy_kwh > room_kwh * (1.0 + 1e-9) {
                let problem = Problem::new(format!("{}.file", self.path), "has an energy that does not fit the pack")
                    .value(format!("{} kWh", session.energy_kwh))
                    .allowed(format!("at most {room_kwh:.3} kWh, what the pack of `{}` lacks", car.name));
                return Err(Box::new(at(problem)));
            }
        }
        let bay = self.names_bays().then(|| bays.iter().position(|bay| bay.name == session.station)).flatten();
        Ok(ChargingSession {
            from_s: session.arrival_unix_s - start_s,
            until_s: session.departure_unix_s - start_s,
            energy_kwh: session.energy_kwh,
            arrival_soc,
            car: named.map(|car| car as u32),
            bay: bay.map(|bay| bay as u32),
            declared: session.declared.map(|declared| Declared {
                until_s: declared.departure_unix_s - start_s,
                energy_kwh: declared.energy_kwh,
            }),
        })
    }
}

/// The scheduler that follows a file of profiles.
const PROFILES: &str = "profiles";

fn scheduler_names() -> impl Iterator<Item = &'static str> {
    SCHEDULERS.into_iter().chain([PROFILES])
}

/// The names of the built-in schedulers, in the order of [`Scheduling::BUILT_IN`].
const SCHEDULERS: [&str; 10] = [
    "uncontrolled",
    "equal_share",
    "earliest_deadline",
    "least_laxity",
    "round_robin",
    "off_peak",
    "solar_surplus",
    "valley_filling",
    "least_cost",
    "follow_site",
];

fn unknown_car(field: String, name: &str, cars: &[Car]) -> Problem {
    let known: Vec<&str> = cars.iter().map(|car| &*car.name).collect();
    Problem::new(field, "names an unknown car")
        .value(format!("\"{name}\""))
        .allowed(known.join(", "))
        .hint("write it as [[demand.station.own_car]]")
}

impl StationLimitTable {
    fn read(section: &mut Section<'_>) -> Self {
        Self {
            name: section.required_text("name", "what the limit is called"),
            power_max_kw: {
                if !section.has("power_max_kw") {
                    section.missing("power_max_kw", "a number");
                }
                section.number_within("power_max_kw", 0.0, 1e9).unwrap_or(0.0)
            },
            within: section.text("within"),
            bay: section.texts("bay"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_scheduler_has_its_name() {
        assert_eq!(Scheduling::BUILT_IN.map(|choice| choice.name().to_owned()), SCHEDULERS.map(str::to_owned));
    }
}
