//! Charging profiles as OCPP sends them, in and out: the format stands in [`super`].

use std::cell::RefCell;

use jiff::Timestamp;
use microgrid_core::demand::{
    ChargingProfile, ManagedStay, ProfilePeriod, ProfilePurpose, SessionSchedule, Station, StationSchedule, Supply,
};
use microgrid_core::{Plan, Problem, Problems};
use serde_json::{Value, json};

use crate::json::Node;
use crate::time::Clock;

const PURPOSES: [(&str, ProfilePurpose); 4] = [
    ("ChargePointMaxProfile", ProfilePurpose::Maximum),
    ("ChargingStationMaxProfile", ProfilePurpose::Maximum),
    ("TxDefaultProfile", ProfilePurpose::Default),
    ("TxProfile", ProfilePurpose::Transaction),
];

/// The bays that profiles are for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProfileBays {
    pub(crate) bays: usize,
    pub(crate) sessions: usize,
    pub(crate) supply: Supply,
}

/// Reads profiles from the text of a file that messages call `file`.
pub(crate) fn read_profiles(
    file: &str,
    text: &str,
    of: &ProfileBays,
    clock: &Clock,
) -> Result<Vec<ChargingProfile>, Problems> {
    let document: Value = serde_json::from_str(text)
        .map_err(|fault| Problem::new("profiles", format!("is not JSON: {fault}")).at(file, Some(fault.line())))?;
    let problems = RefCell::new(Problems::none());
    let root = Node::root(&document, file, &problems);
    let read: Vec<Option<ChargingProfile>> =
        root.list(None).unwrap_or_default().iter().map(|node| message(node, of, clock)).collect();
    problems.into_inner().or_else(|| read.into_iter().flatten().collect())
}

/// The value of the first of some names of one thing.
fn either<'a>(node: &Node<'a>, names: &[&str]) -> Option<Node<'a>> {
    names.iter().find_map(|name| node.get(name))
}

fn message(node: &Node<'_>, of: &ProfileBays, clock: &Clock) -> Option<ChargingProfile> {
    node.refuse_others(&[&["connectorId", "evseId", "csChargingProfiles", "chargingProfile"]]);
    let bay = either(node, &["connectorId", "evseId"]).map(|bay| bay.index(of.bays + 1));
    let profile = match node.get("chargingProfile") {
        Some(profile) => profile,
        None => node.require("csChargingProfiles")?,
    };
    profile.refuse_others(&[&[
        "chargingProfileId",
        "id",
        "transactionId",
        "stackLevel",
        "chargingProfilePurpose",
        "chargingProfileKind",
        "recurrencyKind",
        "validFrom",
        "validTo",
        "chargingSchedule",
    ]]);
    let purpose = profile.require("chargingProfilePurpose")?.choice(&PURPOSES)?;
    let session = match profile.get("transactionId") {
        Some(number) if purpose == ProfilePurpose::Transaction => Some(number.index(of.sessions)?),
        Some(number) => {
            number.refuse(|path| Problem::new(path, "is of a TxProfile only"));
            None
        }
        None => None,
    };
    let stack_level = profile.require("stackLevel")?.whole(0, 1_000_000)?;
    let kinds = [("Absolute", Kind::Absolute), ("Recurring", Kind::Recurring), ("Relative", Kind::Relative)];
    let kind = profile.require("chargingProfileKind")?.choice(&kinds)?;
    let recurs_s = match (kind, profile.get("recurrencyKind")) {
        (Kind::Recurring, _) => {
            Some(profile.require("recurrencyKind")?.choice(&[("Daily", 86_400), ("Weekly", 604_800)])?)
        }
        (_, Some(node)) => {
            node.refuse(|path| Problem::new(path, "is of a recurring profile only"));
            None
        }
        _ => None,
    };
    let instant = |name: &str| profile.get(name).map(|node| instant_s(&node, clock));
    let [valid_from_s, valid_until_s] = [instant("validFrom"), instant("validTo")];
    let schedule = profile.require("chargingSchedule")?;
    // The newer version has a list, of one.
    let schedule = if schedule.is_list() { schedule.list(Some(1))?.remove(0) } else { schedule };
    let Schedule { start_s, duration_s, periods } = read_schedule(&schedule, kind, of, clock)?;
    Some(ChargingProfile {
        purpose,
        stack_level,
        bay: bay.and_then(|bay| bay?.checked_sub(1)).map(|bay| bay as u32),
        session: session.map(|session| session as u32),
        valid_from_s: valid_from_s.flatten(),
        valid_until_s: valid_until_s.flatten(),
        start_s,
        recurs_s,
        duration_s,
        periods,
    })
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Absolute,
    Recurring,
    Relative,
}

struct Schedule {
    start_s: Option<i64>,
    duration_s: Option<u32>,
    periods: Vec<ProfilePeriod>,
}

fn read_schedule(node: &Node<'_>, kind: Kind, of: &ProfileBays, clock: &Clock) -> Option<Schedule> {
    node.refuse_others(&[&["id", "startSchedule", "duration", "chargingRateUnit", "chargingSchedulePeriod"]]);
    let start_s = match (kind, node.get("startSchedule")) {
        (Kind::Relative, Some(start)) => {
            start
                .refuse(|path| Problem::new(path, "says nothing of a relative profile").hint("it begins with the car"));
            None
        }
        (Kind::Recurring, None) => Some(instant_s(&node.require("startSchedule")?, clock)?),
        (_, Some(start)) => Some(instant_s(&start, clock)?),
        (_, None) => None,
    };
    let duration_s = match node.get("duration") {
        Some(duration) => Some(duration.whole(1, 1_000_000_000)?),
        None => None,
    };
    let in_amperes = node.require("chargingRateUnit")?.choice(&[("W", false), ("A", true)])?;
    let list = node.require("chargingSchedulePeriod")?;
    let period = |node: &Node<'_>| {
        node.refuse_others(&[&["startPeriod", "limit", "numberPhases"]]);
        let start_s = node.require("startPeriod")?.whole(0, 4_000_000_000)?;
        let limit = node.require("limit")?.number(0.0, 1e9)?;
        let phases = node.get("numberPhases").map_or(Some(3), |phases| phases.whole(1, 3))?;
        let limit_kw = match (in_amperes, of.supply) {
            (false, _) => limit / 1000.0,
            (true, Supply::Ac { phases: most, phase_v, .. }) => {
                limit * f64::from(phases.min(u32::from(most))) * phase_v / 1000.0
            }
            (true, _) => {
                node.refuse(|path| {
                    let problem = Problem::new(path, "is in amperes, and the bays are not of alternating current");
                    problem.hint("write the limit in W, or current_max_a in the station's table")
                });
                return None;
            }
        };
        Some(ProfilePeriod { start_s, limit_kw })
    };
    let periods: Vec<ProfilePeriod> = list.list(None)?.iter().map(period).collect::<Option<_>>()?;
    if periods.first().is_none_or(|period| period.start_s != 0) {
        list.refuse(|path| Problem::new(path, "must begin at startPeriod 0"));
    }
    if periods.windows(2).any(|pair| pair[1].start_s <= pair[0].start_s) {
        list.refuse(|path| Problem::new(path, "must be in order of startPeriod"));
    }
    Some(Schedule { start_s, duration_s, periods })
}

/// Seconds from the run's start.
fn instant_s(node: &Node<'_>, clock: &Clock) -> Option<i64> {
    let text = node.text()?;
    match clock.zone().instant(&text) {
        Ok(unix_s) => Some(unix_s - clock.start_unix_s()),
        Err(fault) => {
            node.refuse(|path| fault.problem(path, &text));
            None
        }
    }
}

/// What a schedule lets each car of a station draw, as profiles of transactions: in watts to a tenth, as OCPP has them. The
/// scheduler `profiles` reads it back.
#[must_use]
pub fn profiles_json(station: &Station, schedule: &StationSchedule, plan: &Plan, clock: &Clock) -> String {
    let step_s = i64::from(clock.step_s());
    let message = |stay: &ManagedStay| {
        let SessionSchedule { first_step, power_kw, catches_up: _ } = schedule.sessions.get(stay.session as usize)?;
        // Without a profile a car is not limited: only one of which the schedule says nothing has none.
        if power_kw.is_empty() {
            return None;
        }
        let begin_s = i64::from(*first_step) * step_s;
        let mut periods: Vec<Value> = Vec::new();
        let mut before_w = f64::NAN;
        for (i, kw) in (0_i64..).zip(power_kw) {
            let from_s = begin_s + i * step_s;
            let there_s = stay.task.until_s.min(from_s + step_s) - stay.task.from_s.max(from_s);
            // A mean of the step is a power while the car is there.
            let while_there_kw = if there_s > 0 { kw * step_s as f64 / there_s as f64 } else { 0.0 };
            let limit_w = (1e4 * while_there_kw).round() / 10.0;
            if limit_w != before_w {
                periods.push(json!({ "startPeriod": i * step_s, "limit": limit_w }));
                before_w = limit_w;
            }
        }
        let start = Timestamp::from_second(clock.start_unix_s() + begin_s).ok()?.to_string();
        Some(json!({
            "connectorId": stay.bay + 1,
            "csChargingProfiles": {
                "chargingProfileId": stay.session + 1,
                "transactionId": stay.session,
                "stackLevel": 0,
                "chargingProfilePurpose": "TxProfile",
                "chargingProfileKind": "Absolute",
                "chargingSchedule": {
                    "startSchedule": start,
                    "duration": power_kw.len() as i64 * step_s,
                    "chargingRateUnit": "W",
                    "chargingSchedulePeriod": periods,
                },
            },
        }))
    };
    let messages: Vec<String> =
        station.managed(plan).stays.iter().filter_map(message).map(|message| message.to_string()).collect();
    if messages.is_empty() { "[]\n".into() } else { format!("[\n{}\n]\n", messages.join(",\n")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<ChargingProfile>, Problems> {
        let clock = Clock::of_days("Asia/Shanghai", "2026-06-01", 900, 2).unwrap();
        let supply = Supply::Ac { phases: 3, current_max_a: 32.0, phase_v: 230.0 };
        read_profiles("profiles.json", text, &ProfileBays { bays: 2, sessions: 5, supply }, &clock)
    }

    #[test]
    fn both_versions_say_the_same() {
        let old = r#"[{"connectorId": 2, "csChargingProfiles": {"chargingProfileId": 7, "transactionId": 4, "stackLevel": 1,
            "chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Recurring", "recurrencyKind": "Daily",
            "validFrom": "2026-06-01T00:00:00+08:00",
            "chargingSchedule": {"startSchedule": "2026-06-01T15:00:00Z", "duration": 25200, "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0}, {"startPeriod": 3600, "limit": 20.0, "numberPhases": 1}]}}}]"#;
        let new = old.replace("connectorId", "evseId").replace("csChargingProfiles", "chargingProfile");
        let new = new
            .replace("chargingProfileId", "id")
            .replace("\"chargingSchedule\": {", "\"chargingSchedule\": [{\"id\": 1, ");
        let new = new.replace("]}}}]", "]}]}}]");
        let profiles = read(old).unwrap();
        assert_eq!(read(&new).unwrap(), profiles);
        let profile = &profiles[0];
        assert_eq!((profile.bay, profile.session, profile.start_s), (Some(1), Some(4), Some(23 * 3600)));
        assert_eq!((profile.recurs_s, profile.duration_s, profile.valid_from_s), (Some(86_400), Some(25_200), Some(0)));
        let limits: Vec<f64> = profile.periods.iter().map(|period| period.limit_kw).collect();
        assert!((limits[0] - 6.9).abs() < 1e-12 && (limits[1] - 4.6).abs() < 1e-12, "{limits:?}");
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let text = r#"[{"connectorId": 3, "csChargingProfiles": {"stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
            "transactionId": 1, "chargingProfileKind": "Relative", "colour": 1,
            "chargingSchedule": {"startSchedule": "2026-06-01T15:00:00Z", "chargingRateUnit": "W",
            "chargingSchedulePeriod": [{"startPeriod": 60, "limit": -1.0}]}}},
            {"csChargingProfiles": {"stackLevel": 0, "chargingProfilePurpose": "TxProfil", "chargingProfileKind": "Absolute"}}]"#;
        let problems = read(text).unwrap_err().to_string();
        for wanted in ["connectorId", "transactionId", "colour", "startSchedule", "limit", "chargingProfilePurpose"] {
            assert!(problems.contains(wanted), "{wanted}: {problems}");
        }
        assert!(read("{").unwrap_err().to_string().contains("is not JSON"));
    }
}
