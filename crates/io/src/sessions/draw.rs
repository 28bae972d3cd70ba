//! Sessions drawn from distributions of arrival, stay and energy.
//!
//! # Format of the distributions
//! CSV files as ElaadNL publishes them, one column a profile (`private`, `public`, `workplace`):
//! - arrivals: 96 rows, the quarter hour in the first column (`00:00` to `23:45`), shares of the day's arrivals in
//!   percent, together 100 within 1;
//! - stays in hours and energies in kWh: rows with the percentage of events in the first column, ascending from 0 to
//!   100, and the value that so many events reach or exceed, falling.
//!
//! # Model
//! Every bay has on every day a session with the probability given. Its arrival is drawn from the arrivals (uniform
//! within the quarter hour, on the local clock), its stay and its energy from straight lines between the rows,
//! independently of each other and of other days; a stay ends at the latest when the bay's next car arrives. Draws are
//! ChaCha8's, one stream a bay, four numbers a day, beginning three days before the run so that cars stand there at its
//! start. The independence is ours: in the records long stays ask for more.

use jiff::civil::Date;
use microgrid_core::{Problem, Problems};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::Session;
use crate::series::{Layout, Sheet};
use crate::time::{Clock, DayType};

/// Days before the run in which sessions are drawn already.
const LEAD_DAYS: i64 = 3;

/// Distributions of one profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Distributions {
    /// Share of a workday's arrivals up to the end of each quarter hour, ascending to 1.
    workday: Vec<f64>,
    /// The same of rest days and holidays.
    rest_day: Vec<f64>,
    stay_h: Vec<(f64, f64)>,
    energy_kwh: Vec<(f64, f64)>,
}

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SessionDraw {
    /// Number of bays, at least 1.
    pub bays: u32,
    /// Probability of a session at a bay on a day, 0 to 1.
    pub sessions_per_bay_day: f64,
    /// One seed, one set of sessions.
    pub seed: u64,
}

/// A file's name for messages and its text.
type NamedText<'t> = (&'t str, &'t str);

impl Distributions {
    /// Reads the column `profile` of the files of arrivals, arrivals on rest days (where there is one), stays and
    /// energies.
    ///
    /// # Errors
    /// Files that are not of the format, each problem under `field`.
    pub fn read(
        field: &str,
        profile: &str,
        arrivals: NamedText<'_>,
        rest_day_arrivals: Option<NamedText<'_>>,
        stays: NamedText<'_>,
        energies: NamedText<'_>,
    ) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let mut keep = |result: Result<Vec<(f64, f64)>, Problems>| {
            result.map_err(|faults| problems.extend(faults)).unwrap_or_default()
        };
        let workday = keep(shares(field, profile, arrivals));
        let rest_day = rest_day_arrivals.map(|file| keep(shares(field, profile, file)));
        let stay_h = keep(falling(field, profile, stays));
        let energy_kwh = keep(falling(field, profile, energies));
        let cumulative = |shares: Vec<(f64, f64)>| shares.into_iter().map(|(_, share)| share).collect::<Vec<f64>>();
        let workday = cumulative(workday);
        let rest_day = rest_day.map_or_else(|| workday.clone(), cumulative);
        problems.or_else(|| Self { workday, rest_day, stay_h, energy_kwh })
    }

    /// Draws the sessions that meet the run of `clock`, and those of the three days before it.
    #[must_use]
    pub fn sessions(&self, draw: &SessionDraw, clock: &Clock) -> Vec<Session> {
        let days: Vec<Date> = clock.days().map(|(date, _)| date).collect();
        let Some(first) = days.first() else { return Vec::new() };
        let lead = (1..=LEAD_DAYS).rev().filter_map(|back| first.checked_sub(jiff::Span::new().days(back)).ok());
        let days: Vec<Date> = lead.chain(days.iter().copied()).collect();
        let mut sessions = Vec::new();
        for bay in 0..draw.bays {
            let mut random = ChaCha8Rng::seed_from_u64(draw.seed);
            random.set_stream(u64::from(bay));
            let mut stays: Vec<Session> = days
                .iter()
                .filter_map(|date| {
                    let [there, arrival, stay, energy] =
                        std::array::from_fn(|_| (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64);
                    (there < draw.sessions_per_bay_day)
                        .then(|| self.session(*date, [arrival, stay, energy], clock))
                        .flatten()
                })
                .collect();
            for at in 1..stays.len() {
                // The local clock may be set back between two arrivals, never by as much as lies between two days.
                let next = stays[at].arrival_unix_s;
                stays[at - 1].departure_unix_s = stays[at - 1].departure_unix_s.min(next);
            }
            stays.retain(|stay| stay.departure_unix_s > stay.arrival_unix_s);
            stays.iter_mut().for_each(|stay| stay.station = format!("bay {}", bay + 1));
            sessions.append(&mut stays);
        }
        sessions
    }

    fn session(&self, date: Date, [arrival, stay, energy]: [f64; 3], clock: &Clock) -> Option<Session> {
        let arrivals = match clock.day_type(date) {
            DayType::Workday => &self.workday,
            _ => &self.rest_day,
        };
        let quarter = arrivals.partition_point(|share| *share <= arrival).min(arrivals.len().saturating_sub(1));
        let before = if quarter == 0 { 0.0 } else { arrivals[quarter - 1] };
        let within = (arrival - before) / (arrivals[quarter] - before);
        let second = (900.0 * (quarter as f64 + within)) as i64;
        let time = jiff::civil::Time::midnight().checked_add(jiff::Span::new().seconds(second)).ok()?;
        let arrival_unix_s = clock.zone().nearest_instant(date.to_datetime(time))?;
        let stay_s = (3600.0 * at_share(&self.stay_h, stay)) as i64;
        Some(Session {
            arrival_unix_s,
            departure_unix_s: arrival_unix_s + stay_s,
            energy_kwh: at_share(&self.energy_kwh, energy),
            station: String::new(),
            declared: None,
            car: None,
            place: None,
        })
    }
}

/// The value that the share `share` of events reaches, on straight lines between the rows.
fn at_share(rows: &[(f64, f64)], share: f64) -> f64 {
    let right = rows.partition_point(|row| row.0 <= share).clamp(1, rows.len() - 1);
    let ((a, from), (b, to)) = (rows[right - 1], rows[right]);
    from + (to - from) * (share - a) / (b - a)
}

/// Rows of a file: first column as text, the profile's as a number.
fn rows(field: &str, profile: &str, (file, text): NamedText<'_>) -> Result<Vec<(usize, String, f64)>, Problems> {
    let sheet = Sheet::parse(field, file, Layout::separated_by(None), text)?;
    let Some(at) = sheet.names().iter().skip(1).position(|name| name == profile).map(|at| at + 1) else {
        let known = sheet.names().get(1..).unwrap_or_default().join(", ");
        let problem = Problem::new(format!("{field}.profile"), "is not a column of the file").value(profile);
        return Err(problem.allowed(known).at(file, Some(1)).into());
    };
    let mut problems = Problems::none();
    let mut rows = Vec::new();
    for (line, record) in sheet.records().iter() {
        match record[at].parse::<f64>().ok().filter(|number| (0.0..=1000.0).contains(number)) {
            Some(number) => rows.push((line as usize, record[0].to_owned(), number)),
            None => problems.push(
                Problem::new(field, format!("has no number of 0 to 1000 in column {profile}"))
                    .value(format!("\"{}\"", record[at].chars().take(40).collect::<String>()))
                    .at(file, Some(line as usize)),
            ),
        }
    }
    problems.or_else(|| rows)
}

/// Shares of the quarter hours of a day, cumulative.
fn shares(field: &str, profile: &str, file: NamedText<'_>) -> Result<Vec<(f64, f64)>, Problems> {
    let rows = rows(field, profile, file)?;
    let wrong = |message: &str, line| Problem::new(field, message).at(file.0, line);
    if rows.len() != 96 {
        return Err(wrong("has not a row for each quarter hour", None).value(rows.len()).allowed("96").into());
    }
    for (quarter, (line, time, _)) in rows.iter().enumerate() {
        let wanted = format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
        if *time != wanted {
            return Err(wrong("has quarter hours out of order", Some(*line)).value(time).allowed(wanted).into());
        }
    }
    let total: f64 = rows.iter().map(|row| row.2).sum();
    if (total - 100.0).abs() > 1.0 {
        let problem = wrong("has shares that are not 100 % together", None);
        return Err(problem.value(format!("{total} %")).allowed("99 to 101 %").into());
    }
    let mut sum = 0.0;
    let mut shares: Vec<(f64, f64)> = Vec::with_capacity(96);
    for (_, _, percent) in &rows {
        sum += percent / total;
        shares.push((0.0, sum));
    }
    shares[95].1 = 1.0; // Every draw below 1 finds its quarter hour, whatever the sum's last bits.
    Ok(shares)
}

/// Values that shares of events reach: `(share, value)`.
fn falling(field: &str, profile: &str, file: NamedText<'_>) -> Result<Vec<(f64, f64)>, Problems> {
    let mut found: Vec<(f64, f64)> = Vec::new();
    for (line, percent, value) in rows(field, profile, file)? {
        let percent = percent.parse::<f64>().unwrap_or(f64::NAN);
        let follows = match found.last() {
            None => percent == 0.0,
            Some(last) => percent / 100.0 > last.0 && percent <= 100.0 && value <= last.1,
        };
        if !follows {
            let problem = Problem::new(field, "has rows that do not ascend in percent and fall in value");
            return Err(problem.value(format!("{percent} %, {value}")).at(file.0, Some(line)).into());
        }
        found.push((percent / 100.0, value));
    }
    if found.last().map(|last| last.0) != Some(1.0) {
        return Err(Problem::new(field, "does not end at 100 %").at(file.0, None).into());
    }
    Ok(found)
}
