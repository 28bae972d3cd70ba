//! Whether the charging stations of a folder can serve all their sessions, as text.

use std::fmt::Write as _;

use microgrid_core::demand::{BlamedLimit, Servable, Station, Verdict};
use microgrid_core::{Plan, Problem, Problems};

use crate::Loaded;

/// Sessions that are named at most.
const NAMED: usize = 10;

/// For each charging station of `site`, whether its sessions can all be served under its limits; if not, by how much they are short, which
/// are, and which limits are to blame when ([`Station::verdict`]).
///
/// # Errors
/// All problems of the scenario; a site without charging stations.
pub fn verdicts(site: &Loaded) -> Result<String, Problems> {
    let plan = Plan::compile(&site.scenario)?;
    if site.scenario.stations.is_empty() {
        let problem = Problem::new("demand.station", "is not there: the site has no charging station");
        return Err(problem.hint("sessions of [[demand.sessions]] share no limit").into());
    }
    let mut text = String::new();
    for station in &site.scenario.stations {
        write_verdict(&mut text, site, station, &station.verdict(&plan));
    }
    Ok(text)
}

fn write_verdict(text: &mut String, site: &Loaded, station: &Station, verdict: &Verdict) {
    let says = match verdict.answer {
        Servable::Possible => "all can be served",
        Servable::Impossible => "not all can be served",
        Servable::Undecided => "undecided: no limit forbids it, and no schedule tried serves all",
    };
    let (name, sessions) = (&station.name, station.sessions.len());
    let _ = writeln!(text, "{name}, {sessions} sessions at {} bays: {says}", station.bays.len());
    if verdict.too_short_kwh > 0.0 {
        let _ = writeln!(
            text,
            "  stays alone are too short for {:.1} kWh in packs, whatever the limits",
            verdict.too_short_kwh
        );
    }
    if verdict.answer != Servable::Impossible {
        return;
    }
    let short = verdict.short.len();
    let _ = writeln!(
        text,
        "  missing at least {:.3} kWh at AC terminals, of {short} sessions in one way to share it:",
        verdict.missing_kwh
    );
    for lacking in verdict.short.iter().take(NAMED) {
        let _ = writeln!(text, "    session {} lacks {:.3} kWh", lacking.session, lacking.missing_kwh);
    }
    if short > NAMED {
        let _ = writeln!(text, "    and {} more", short - NAMED);
    }
    for BlamedLimit { limit, steps } in &verdict.blamed {
        let limit = &station.limits[*limit as usize];
        let hours = steps.len() as f64 * site.scenario.calendar.step_h();
        let first = steps.first().map_or_else(String::new, |step| site.clock.label(*step as usize));
        let _ = writeln!(
            text,
            "  to blame: `{}`, {} kW, for {hours} h in {} steps from {first} on",
            limit.name,
            limit.power_max_kw,
            steps.len()
        );
    }
}
