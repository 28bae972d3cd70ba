//! Periods by season, kind of day and hour: which price level holds at each step of the run.

use std::collections::BTreeMap;

use microgrid_core::Problem;

use super::days::{DayKind, DayLabel, Days};
use super::field::{Source, Table, Value, unknown};
use super::fitting_step::{borders_within, fitting_hint, fitting_step_s};
use super::hours::{DAY_MINUTES, HourRange, clock_time};
use super::season::Seasons;
use crate::time::Clock;

/// The hours of a tariff: seasons, kinds of day, and rules that give each minute of each of them one period.
///
/// Where several rules mean a day, those with the closest label hold, together: a special set before `holiday`, before a
/// weekday, before `workday` and `rest_day`, before `all`.
#[derive(Debug)]
pub(super) struct Schedule<'a> {
    pub(super) seasons: Seasons,
    pub(super) days: Days,
    /// Names of the periods in the order of the file; empty where the tariff has none.
    pub(super) periods: Vec<String>,
    rules: Vec<Rule<'a>>,
    /// Whether the period may occur in the season, at `[season][period]`.
    pub(super) used: Vec<Vec<bool>>,
}

/// One `[[hours]]` table.
#[derive(Debug)]
struct Rule<'a> {
    table: Table<'a>,
    seasons: Vec<usize>,
    days: Vec<DayLabel>,
    hours: Vec<(usize, HourRange, Value<'a>)>,
}

/// The period of each minute of a day.
type DayTable = Vec<u16>;

/// A day's minutes while its rules are laid.
const FREE: u16 = u16::MAX;

impl<'a> Schedule<'a> {
    /// Reads `[seasons]`, `[days]` and `[[hours]]`, and checks that every minute of every kind of day in every season
    /// has exactly one period.
    pub(super) fn read(root: &Table<'a>, source: &Source<'a>) -> Option<Self> {
        let before = source.problems();
        let days = Days::read(root);
        let seasons = Seasons::read(root);
        let tables = root.tables("hours");
        let seasons = seasons?;
        let mut schedule = Self { seasons, days, periods: Vec::new(), rules: Vec::new(), used: Vec::new() };
        for table in tables {
            if let Some(rule) = schedule.read_rule(table) {
                schedule.rules.push(rule);
            }
        }
        for name in &schedule.periods {
            if schedule.seasons.names.contains(name) {
                let problem = Problem::new("hours", "names a period like a season").value(format!("\"{name}\""));
                source.push(source.place(problem, None));
            }
        }
        if source.problems() == before {
            schedule.check_cover();
        }
        (source.problems() == before).then_some(schedule)
    }

    fn read_rule(&mut self, table: Table<'a>) -> Option<Rule<'a>> {
        let seasons = self.season_list(&table);
        let days = self.days.labels(&table);
        let mut hours = Vec::new();
        if let Some(periods) = table.require("periods").and_then(|value| value.table()) {
            for (name, value) in periods.entries() {
                let period = self.periods.iter().position(|known| *known == name).unwrap_or_else(|| {
                    self.periods.push(name);
                    self.periods.len() - 1
                });
                hours.extend(HourRange::read(&value).into_iter().map(|(range, value)| (period, range, value)));
            }
        }
        table.finish();
        Some(Rule { table, seasons: seasons?, days: days?, hours })
    }

    /// Reads `season = …`: one name or many; all seasons where it is absent.
    pub(super) fn season_list(&self, table: &Table) -> Option<Vec<usize>> {
        let Some(value) = table.get("season") else { return Some((0..self.seasons.count()).collect()) };
        let names: Vec<&str> = self.seasons.names.iter().map(String::as_str).collect();
        let parts = value.one_or_many();
        let found = parts.iter().map(|part| named(part, &names, "is not a season of this tariff"));
        let found: Vec<_> = found.collect();
        found.into_iter().collect()
    }

    /// Reads `period = …`: one name or many; `None` inside where it is absent.
    pub(super) fn period_list(&self, table: &Table) -> Option<Option<Vec<usize>>> {
        let Some(value) = table.get("period") else { return Some(None) };
        let names: Vec<&str> = self.periods.iter().map(String::as_str).collect();
        let parts = value.one_or_many();
        let found: Vec<_> =
            parts.iter().map(|part| named(part, &names, "is not a period of this tariff's [[hours]]")).collect();
        found.into_iter().collect::<Option<Vec<_>>>().map(Some)
    }

    /// The rules that hold on a kind of day in a season.
    fn rules_of(&self, season: usize, kind: DayKind) -> Vec<usize> {
        let closeness = |rule: &Rule| rule.days.iter().map(|label| kind.closeness(*label)).max().unwrap_or(0);
        let in_season = || self.rules.iter().enumerate().filter(|(_, rule)| rule.seasons.contains(&season));
        let closest = in_season().map(|(_, rule)| closeness(rule)).max().unwrap_or(0);
        in_season().filter(|(_, rule)| closest > 0 && closeness(rule) == closest).map(|(i, _)| i).collect()
    }

    fn check_cover(&mut self) {
        self.used = vec![vec![false; self.periods.len()]; self.seasons.count()];
        if self.rules.is_empty() {
            return;
        }
        // Rules that make up a day are judged once, however many kinds of day they make up.
        let mut judged: BTreeMap<Vec<usize>, Vec<bool>> = BTreeMap::new();
        for season in 0..self.seasons.count() {
            for kind in DayKind::all(self.days.specials()) {
                let rules = self.rules_of(season, kind);
                if rules.is_empty() {
                    let problem = Problem::new("hours", "has no rule for a day");
                    let day = match self.seasons.names.get(season) {
                        Some(name) => format!("{} in {name}", kind.name(&self.days)),
                        None => kind.name(&self.days),
                    };
                    self.rules[0].table.pass_on(problem.value(day));
                    return;
                }
                let used = judged.entry(rules).or_insert_with_key(|rules| {
                    let mut used = vec![false; self.periods.len()];
                    for period in self.lay(rules, true) {
                        if let Some(used) = used.get_mut(period as usize) {
                            *used = true;
                        }
                    }
                    used
                });
                for (total, used) in self.used[season].iter_mut().zip(used) {
                    *total |= *used;
                }
            }
        }
    }

    /// Lays the hours of `rules` over a day; says what overlaps and what is left free where `judge` is set.
    fn lay(&self, rules: &[usize], judge: bool) -> DayTable {
        let mut day = vec![FREE; DAY_MINUTES];
        for (period, range, value) in rules.iter().flat_map(|rule| &self.rules[*rule].hours) {
            let mut clash: Option<(usize, usize, u16)> = None;
            for minute in range.minutes() {
                let taken = std::mem::replace(&mut day[minute], *period as u16);
                if taken != FREE {
                    let first = clash.map_or(minute, |(first, ..)| first);
                    clash = Some((first, minute, clash.map_or(taken, |(.., by)| by)));
                }
            }
            if let (Some((first, last, by)), true) = (clash, judge) {
                value.refuse(|path| {
                    let (from, to) = (clock_time(first), clock_time(last + 1));
                    let other = &self.periods[by as usize];
                    Problem::new(path, format!("overlaps \"{other}\" from {from} to {to}"))
                        .hint("every minute of a day belongs to one period")
                });
            }
        }
        if let (Some(from), true) = (day.iter().position(|period| *period == FREE), judge) {
            let free = day[from..].iter().take_while(|period| **period == FREE).count();
            self.rules[rules[0]].table.refuse(|path| {
                let (from, to) = (clock_time(from), clock_time(from + free));
                Problem::new(path, format!("leaves {from} to {to} without a period"))
                    .hint("every minute of a day belongs to one period")
            });
        }
        day
    }

    /// The season and the period of each step.
    ///
    /// A step that holds a border of two periods is refused: it would have two prices.
    pub(super) fn axis(&self, clock: &Clock) -> Option<Axis> {
        let mut axis = Axis { season: Vec::with_capacity(clock.steps()), period: Vec::with_capacity(clock.steps()) };
        let mut tables: BTreeMap<Vec<usize>, DayTable> = BTreeMap::new();
        for (date, steps) in clock.days() {
            let season = self.seasons.of(date);
            axis.season.resize(steps.end, season as u16);
            if self.rules.is_empty() {
                axis.period.resize(steps.end, 0);
                continue;
            }
            let rules = self.rules_of(season, self.days.kind(date, clock));
            let table = tables.entry(rules).or_insert_with_key(|rules| self.lay(rules, false));
            for step in steps {
                let minutes = step_minutes(clock, step);
                let period = table[minutes.start];
                if let Some(border) = minutes.clone().find(|minute| table[*minute] != period) {
                    let hint = fitting_hint(clock.step_s(), self.fitting_step_s(clock));
                    self.refuse_border(border, &format!("{} on {date}", clock_time(border)), &hint);
                    return None;
                }
                axis.period.push(period);
            }
        }
        Some(axis)
    }

    /// The longest step at which no border of the run's hours is inside a step.
    fn fitting_step_s(&self, clock: &Clock) -> u32 {
        let mut tables: BTreeMap<Vec<usize>, DayTable> = BTreeMap::new();
        let mut table_of_step = Vec::with_capacity(clock.steps());
        for (date, steps) in clock.days() {
            let rules = self.rules_of(self.seasons.of(date), self.days.kind(date, clock));
            tables.entry(rules.clone()).or_insert_with_key(|rules| self.lay(rules, false));
            table_of_step.resize(steps.end, rules);
        }
        fitting_step_s(clock, |step| {
            let table = &tables[&table_of_step[step]];
            borders_within(step_minutes(clock, step), |minute| table[minute]).collect()
        })
    }

    /// Refuses a border inside a step, at the hours that begin there.
    fn refuse_border(&self, border: usize, shown: &str, hint: &str) {
        let problem =
            |path: &str| Problem::new(path, "has a border of two periods inside a step").value(shown).hint(hint);
        let mut hours = self.rules.iter().flat_map(|rule| &rule.hours);
        match hours.find(|(_, range, _)| range.from == border) {
            Some((_, _, value)) => value.refuse(problem),
            None => self.rules[0].table.refuse(problem),
        }
    }
}

/// The minutes of the day that `step` touches.
pub(super) fn step_minutes(clock: &Clock, step: usize) -> std::ops::Range<usize> {
    let local = clock.local(step);
    let second = local.hour() as usize * 3600 + local.minute() as usize * 60 + local.second() as usize;
    let end = (second + clock.step_s() as usize).div_ceil(60).min(DAY_MINUTES);
    second / 60..end
}

/// The season and the period of each step, as indices.
#[derive(Debug)]
pub(super) struct Axis {
    pub(super) season: Vec<u16>,
    pub(super) period: Vec<u16>,
}

/// The index of a name among `names`.
fn named(value: &Value, names: &[&str], message: &str) -> Option<usize> {
    let name = value.text()?;
    let found = names.iter().position(|known| *known == name);
    if found.is_none() {
        value.refuse(|path| unknown(path, message, &name, names));
    }
    found
}
