//! What a strategy lets each car of a charging station draw, as charging profiles.

use microgrid_core::dispatch::Dispatch;
use microgrid_core::{Plan, Problem, Problems};

use crate::Loaded;
use crate::optimum::controller;

/// What each car of a station is to draw, as a JSON list of OCPP's `SetChargingProfile` with a profile for each session: by the plan of
/// `strategy` where it plans cars, as `optimal` does, else by the station's own scheduler. `station` is its name; the only one may be
/// left out.
///
/// # Errors
/// All problems of the scenario or of the strategy's settings; a site without the station.
pub fn charging_profiles(site: &Loaded, strategy: &Dispatch, station: Option<&str>) -> Result<String, Problems> {
    let plan = Plan::compile(&site.scenario)?;
    let stations = &site.scenario.stations;
    let names: Vec<&str> = stations.iter().map(|station| &*station.name).collect();
    let at = match station {
        None if stations.len() == 1 => Some(0),
        None => None,
        Some(name) => names.iter().position(|known| *known == name),
    };
    let Some(at) = at else {
        let problem = Problem::new("station", "names no charging station of the site");
        let allowed = if names.is_empty() { "the site has none".to_owned() } else { names.join(", ") };
        return Err(problem.value(station.unwrap_or("none")).allowed(allowed).into());
    };
    let controller = controller(strategy, &plan)?;
    let planned = controller.station_schedules().get(at).cloned();
    let schedule = planned.unwrap_or_else(|| stations[at].decided(&plan).into());
    Ok(microgrid_io::sessions::profiles_json(&stations[at], &schedule, &plan, &site.clock))
}
