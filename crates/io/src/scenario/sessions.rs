//! `[[demand.sessions]]`: charging sessions from files or drawn, served from arrival on.

use microgrid_core::demand::{Load, Served, Task, Tier, serve};
use microgrid_core::{Problem, Problems, Series};
use schemars::JsonSchema;

use super::loading::Reading;
use crate::document::Section;
use crate::files;
use crate::series::SEPARATORS;
use crate::sessions::{Ask, Distributions, Overlaps, Session, SessionDraw, SessionRules, read_sessions};
use crate::time::Zone;

/// A charging lot without control: every car draws the bay's power from its arrival until it has its energy or leaves.
/// The lot enters the run as a load of its tier; what an outage sheds of it is unserved load and is not caught up.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SessionsTable {
    /// What reports call it; `charging 1`, `charging 2`, … by default.
    pub name: Option<String>,
    /// In which order it is shed when the site is short: `critical` last, then `normal` (default), `sheddable` first.
    #[schemars(with = "Option<String>", extend("enum" = Tier::ALL.map(Tier::name)))]
    pub tier: Option<Tier>,
    /// Session file, or a list of them that count as one, relative to the scenario folder; instead of `draw`.
    #[schemars(with = "Option<OneOrMore>")]
    pub file: Vec<String>,
    /// Which energy of the file is the ask: `requested` or `delivered`. Needed beside `file`.
    #[schemars(with = "Option<Ask>")]
    pub energy: Option<Ask>,
    /// Two sessions at one bay at once: `refuse` (default) or `allow`. Only beside `file`.
    pub overlaps: Option<Overlaps>,
    /// Zone of times that are written without an offset: `local` (the site's, default), `utc` or an IANA name. Only
    /// beside `file`.
    pub clock: Option<String>,
    /// What separates the columns: `,` (default), `;`, `|` or a tabulator. Only beside `file`.
    pub separator: Option<String>,
    /// Moves every session by so many whole weeks on the wall clock as written, −5200 to 5200, so that records of
    /// another year or place keep their weekdays and hours; stays keep their length. Only beside `file`.
    #[schemars(with = "Option<i32>")]
    pub redate_weeks: Option<i64>,
    /// Sessions drawn from distributions; instead of `file`.
    pub draw: Option<DrawTable>,
    /// Power of a bay at the charger's AC terminals in kW, 0.1 to 10 000.
    pub bay_power_kw: f64,
    /// Energy as the file or draw counts it per energy at the charger's AC terminals, 0.5 to 1. Metered at those
    /// terminals, as ACN-Data is: 1, the default.
    pub efficiency: Option<f64>,
    /// Cost of a kWh at AC terminals that a stay is too short for or the run's end cuts off, at least 0, part of the
    /// objective; 0 by default: reported and not priced.
    pub undelivered_cost_per_kwh: Option<f64>,
    #[schemars(skip)]
    pub(super) path: String,
}

/// Sessions drawn from distributions as ElaadNL publishes them.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DrawTable {
    /// File of the arrivals over the day, of workdays where `arrival_rest_day_file` is written.
    pub arrival_file: String,
    /// File of the arrivals on rest days and holidays; as on workdays where left out.
    pub arrival_rest_day_file: Option<String>,
    /// File of the hours that cars stay connected.
    pub stay_file: String,
    /// File of the energies asked in kWh.
    pub energy_file: String,
    /// Column of the files: `private`, `public` or `workplace` in ElaadNL's.
    pub profile: String,
    /// Number of bays, 1 to 10 000.
    #[schemars(with = "u32")]
    pub bays: u32,
    /// Probability of a session at a bay on a day, 0 to 1.
    pub sessions_per_bay_day: f64,
    /// Seed of the draw; 0 by default.
    pub seed: Option<u32>,
}

/// A text, or a list of texts.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

pub(super) const ASKS: [(&str, Ask); 2] = [("requested", Ask::Requested), ("delivered", Ask::Delivered)];
pub(super) const OVERLAPS: [(&str, Overlaps); 2] = [("refuse", Overlaps::Refuse), ("allow", Overlaps::Allow)];

impl SessionsTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            name: section.text("name"),
            tier: section.choice("tier", &Tier::ALL.map(|tier| (tier.name(), tier))),
            file: section.texts("file"),
            energy: section.choice("energy", &ASKS),
            overlaps: section.choice("overlaps", &OVERLAPS),
            clock: section.text("clock"),
            separator: section.mark("separator", &SEPARATORS),
            redate_weeks: section.whole_within("redate_weeks", -5200, 5200),
            draw: section.table("draw", DrawTable::read),
            bay_power_kw: {
                if !section.has("bay_power_kw") {
                    section.missing("bay_power_kw", "a number");
                }
                section.number_within("bay_power_kw", 0.1, 1e4).unwrap_or(1.0)
            },
            efficiency: section.number_within("efficiency", 0.5, 1.0),
            undelivered_cost_per_kwh: section.number_within("undelivered_cost_per_kwh", 0.0, 1e9),
            path: section.path().to_owned(),
        };
        check_source(section);
        table
    }

    /// The lot as a load, the `index`th of the scenario counted from 0; nothing where it has a problem.
    pub(super) fn load(&self, index: usize, reading: &mut Reading<'_>) -> Load {
        let name = self.name.clone().unwrap_or_else(|| format!("charging {}", index + 1));
        let sessions = if reading.is_faulty(&self.path) { None } else { self.source().sessions(reading) };
        let Some(sessions) = sessions else { return Load::new(name, 0.0) };
        let efficiency = self.efficiency.unwrap_or(1.0);
        let start = reading.clock.start_unix_s();
        let tasks: Vec<Task> = sessions
            .iter()
            .map(|session| Task {
                from_s: session.arrival_unix_s - start,
                until_s: session.departure_unix_s - start,
                energy_kwh: session.energy_kwh / efficiency,
                power_max_kw: self.bay_power_kw,
            })
            .collect();
        let served = serve(&tasks, reading.clock.steps(), reading.clock.step_s());
        reading.note(format!("{}: {}", self.path, summary(&served, tasks.len(), "sessions")));
        load_of(name, self.tier, self.undelivered_cost_per_kwh, served, tasks)
    }

    fn source(&self) -> Source<'_> {
        Source {
            path: &self.path,
            file: &self.file,
            energy: self.energy,
            overlaps: self.overlaps,
            clock: self.clock.as_deref(),
            separator: self.separator.as_deref(),
            redate_weeks: self.redate_weeks,
            draw: self.draw.as_ref(),
            declared: false,
            cars: false,
        }
    }
}

/// Where sessions come from: what tables of sessions have in common.
pub(super) struct Source<'t> {
    pub(super) path: &'t str,
    pub(super) file: &'t [String],
    pub(super) energy: Option<Ask>,
    pub(super) overlaps: Option<Overlaps>,
    pub(super) clock: Option<&'t str>,
    pub(super) separator: Option<&'t str>,
    pub(super) redate_weeks: Option<i64>,
    pub(super) draw: Option<&'t DrawTable>,
    /// Whether what drivers declared, and cars, are read from the file too.
    pub(super) declared: bool,
    pub(super) cars: bool,
}

/// Refuses what says nothing without a file, and neither or both of file and draw.
pub(super) fn check_source(section: &Section<'_>) {
    section.require_one(&["file", "draw"]);
    for key in ["energy", "overlaps", "clock", "separator", "redate_weeks"] {
        section.refuse_without(key, "file");
    }
    if section.has("file") && !section.has("energy") {
        section.missing("energy", "one of requested, delivered");
    }
}

impl Source<'_> {
    /// The sessions, whether or not they meet the run; `None` where there is a problem, which is kept.
    pub(super) fn sessions(&self, reading: &mut Reading<'_>) -> Option<Vec<Session>> {
        let sessions = match self.draw {
            Some(draw) => draw.sessions(&format!("{}.draw", self.path), reading),
            None => self.recorded(reading),
        };
        sessions.map_err(|problems| reading.extend(problems)).ok()
    }

    fn recorded(&self, reading: &Reading<'_>) -> Result<Vec<Session>, Problems> {
        let mut problems = Problems::none();
        let field = format!("{}.file", self.path);
        let mut texts = Vec::new();
        for (i, name) in self.file.iter().enumerate() {
            if self.file[..i].contains(name) {
                problems.push(Problem::new(&field, "is listed twice").value(name));
            }
            match files::read_text(reading.files, &field, name) {
                Ok(text) => texts.push((name.as_str(), text)),
                Err(faults) => problems.extend(faults),
            }
        }
        let site = reading.clock.zone();
        let clock = match self.clock {
            None | Some("local") => Ok(site.clone()),
            Some("utc") => Zone::by_name("UTC"),
            Some(name) => Zone::by_name(name),
        };
        let clock = clock.map_err(|mut faults| {
            faults.iter_mut().for_each(|fault| fault.field = format!("{}.clock", self.path));
            problems.extend(faults);
        });
        let (Ok(clock), Some(energy), true) = (clock, self.energy, problems.is_empty()) else { return Err(problems) };
        let separator = self.separator.and_then(|text| text.bytes().next()).unwrap_or(b',');
        let overlaps = self.overlaps.unwrap_or_default();
        let rules = SessionRules {
            energy,
            overlaps,
            clock,
            site: site.clone(),
            redate_weeks: self.redate_weeks,
            separator,
            declared: self.declared,
            cars: self.cars,
        };
        let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
        read_sessions(&field, &texts, &rules)
    }
}

impl DrawTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            arrival_file: section.required_text("arrival_file", "a file in the scenario folder"),
            arrival_rest_day_file: section.text("arrival_rest_day_file"),
            stay_file: section.required_text("stay_file", "a file in the scenario folder"),
            energy_file: section.required_text("energy_file", "a file in the scenario folder"),
            profile: section.required_text("profile", "a column of the files"),
            bays: {
                if !section.has("bays") {
                    section.missing("bays", "a whole number");
                }
                section.whole_within("bays", 1, 10_000).map_or(1, |bays| bays as u32)
            },
            sessions_per_bay_day: {
                if !section.has("sessions_per_bay_day") {
                    section.missing("sessions_per_bay_day", "a number");
                }
                section.number_within("sessions_per_bay_day", 0.0, 1.0).unwrap_or(0.0)
            },
            seed: section.whole("seed"),
        }
    }

    fn sessions(&self, field: &str, reading: &Reading<'_>) -> Result<Vec<Session>, Problems> {
        let mut problems = Problems::none();
        let mut text = |key: &str, name: &str| {
            let text = files::read_text(reading.files, &format!("{field}.{key}"), name);
            text.map_err(|faults| problems.extend(faults)).unwrap_or_default()
        };
        let arrivals = text("arrival_file", &self.arrival_file);
        let rest_day = self.arrival_rest_day_file.as_ref();
        let rest_day = rest_day.map(|name| (name.as_str(), text("arrival_rest_day_file", name)));
        let stays = text("stay_file", &self.stay_file);
        let energies = text("energy_file", &self.energy_file);
        if !problems.is_empty() {
            return Err(problems);
        }
        let distributions = Distributions::read(
            field,
            &self.profile,
            (&self.arrival_file, &arrivals),
            rest_day.as_ref().map(|(name, text)| (*name, text.as_str())),
            (&self.stay_file, &stays),
            (&self.energy_file, &energies),
        )?;
        let draw = SessionDraw {
            bays: self.bays,
            sessions_per_bay_day: self.sessions_per_bay_day,
            seed: u64::from(self.seed.unwrap_or(0)),
        };
        Ok(distributions.sessions(&draw, reading.clock))
    }
}

/// What was served, as a load of given power with the tasks behind it.
pub(super) fn load_of(
    name: String,
    tier: Option<Tier>,
    cost_per_kwh: Option<f64>,
    served: Served,
    tasks: Vec<Task>,
) -> Load {
    Load {
        tier: tier.unwrap_or_default(),
        undelivered_kwh: served.undelivered_kwh(),
        undelivered_cost_per_kwh: cost_per_kwh.unwrap_or(0.0),
        tasks: tasks.into(),
        ..Load::new(name, Series::from(served.power_kw))
    }
}

/// What became of `count` tasks, for the notes.
pub(super) fn summary(served: &Served, count: usize, what: &str) -> String {
    let mut text = format!(
        "{} of {count} {what} meet the run, {:.1} kWh wanted, {:.1} kWh drawn",
        served.tasks, served.wanted_kwh, served.drawn_kwh
    );
    for (kwh, why) in [
        (served.too_short_kwh, "undelivered because stays are too short"),
        (served.after_kwh, "undelivered because the run ends"),
        (served.before_kwh, "drawn before the run"),
    ] {
        if kwh > 0.0 {
            text += &format!(", {kwh:.1} kWh {why}");
        }
    }
    text
}
