//! Faults of a network as terminal tables and as JSON.

use microgrid_core::distribution::protection::DevicePlace;
use microgrid_core::distribution::short_circuit::{
    BusSurvey, Fault, FaultCase, FaultCourse, FaultKind, FaultStudy, Feeding, Operation, SurveyedCourse,
};
use microgrid_core::distribution::{Network, Side};
use serde_json::{Value, json};

use crate::number::grouped;
use crate::text_table::{Column, render, wrapped};

/// What a fault's figures are called.
fn asked(operation: Operation, kind: FaultKind, case: FaultCase) -> String {
    let kind = if kind == FaultKind::TwoPhase { "two phases" } else { "three phases" };
    let case = if case == FaultCase::Least { "least currents" } else { "greatest currents" };
    let operation = if operation == Operation::Islanded { "islanded" } else { "tied to the grid" };
    format!("{kind}, {case}, {operation}")
}

fn place_name(network: &Network, place: DevicePlace) -> String {
    match place {
        DevicePlace::Line { line, at_to_bus } => {
            let data = &network.lines[line];
            let bus = if at_to_bus { data.to_bus } else { data.from_bus };
            format!("{} at {}", data.name, network.buses[bus].name)
        }
        DevicePlace::Transformer { transformer, side } => {
            let side = if side == Side::High { "high" } else { "low" };
            format!("{}, {side} side", network.transformers[transformer].name)
        }
        DevicePlace::Switch(switch) => format!("switch {}", network.switches[switch].name),
        DevicePlace::Source(source) => format!("source {}", network.sources[source].name),
    }
}

fn seconds(time_s: f64) -> String {
    if time_s == f64::INFINITY { "never".into() } else { grouped(time_s, 3) }
}

/// A fault's course: its currents, who sees it, who opens and in what order, what conductors get and what inverters do.
#[must_use]
pub fn fault_table(
    study: &FaultStudy,
    (operation, kind, case): (Operation, FaultKind, FaultCase),
    course: &FaultCourse,
) -> String {
    let (network, fault) = (study.network(), &course.fault);
    let bus = &network.buses[fault.bus];
    let mut text =
        format!("{}\nfault at {} ({} kV): {}\n", network.name, bus.name, bus.nominal_kv, asked(operation, kind, case));
    text += &currents(fault);
    let name = |device: usize| study.scheme().devices[device].name.clone();
    let seen: Vec<_> = course.seen.iter().filter(|seen| seen.current_a != Some(0.0)).collect();
    if !seen.is_empty() {
        let place = |device: usize| place_name(network, study.scheme().devices[device].place);
        let current = |a: Option<f64>| a.map_or_else(|| "not determined".into(), |a| grouped(a, 1));
        let role = |nearest: bool| if nearest { "nearest" } else { "back-up" }.to_owned();
        text += "\n";
        text += &render(&[
            Column::names("device", seen.iter().map(|seen| name(seen.device))),
            Column::names("place", seen.iter().map(|seen| place(seen.device))),
            Column::names("role", seen.iter().map(|seen| role(seen.is_nearest))),
            Column::numbers("", "current", "A", seen.iter().map(|seen| current(seen.current_a))),
            Column::numbers("alone", "trips", "s", seen.iter().map(|seen| seconds(seen.operate_s))),
            Column::numbers("alone", "interrupts", "s", seen.iter().map(|seen| seconds(seen.interrupt_s))),
        ]);
    }
    text += "\n";
    for opening in &course.openings {
        let at = seconds(opening.open_s);
        text += &format!("{} opens at {at} s (trips at {} s, ", name(opening.device), seconds(opening.trip_s));
        text += &format!("{} A)\n", grouped(opening.current_a, 0));
        if opening.is_beyond_breaking {
            let breaking_a = study.scheme().devices[opening.device].breaking_a;
            text += &format!("  BEYOND WHAT IT CAN BREAK: {} A\n", grouped(breaking_a, 0));
        }
    }
    text + &verdict(course) + &bearing(study, course) + &rides(study, course)
}

fn currents(fault: &Fault) -> String {
    let kilo = |a: f64| grouped(a / 1000.0, 3);
    match fault.feeding {
        Feeding::Nothing => "nothing feeds it: the bus is dark\n".into(),
        Feeding::LimitedCurrent => wrapped(&format!(
            "{} kA from inverters at their limit: no voltage stands behind an impedance, so this is no case of IEC 60909",
            kilo(fault.initial_a)
        )),
        Feeding::VoltageSources => {
            let inverters = if fault.inverter_a > 0.0 {
                format!(", of which inverters {} kA", kilo(fault.inverter_a))
            } else {
                String::new()
            };
            format!(
                "IEC 60909: I_k\" {} kA{inverters}, i_p {} kA, I_th(1 s) {} kA, S_k\" {} MVA, R {:.5} Ω, X {:.5} Ω\n",
                kilo(fault.initial_a),
                kilo(fault.peak_a),
                kilo(fault.thermal_a),
                grouped(fault.short_circuit_kva / 1000.0, 3),
                fault.resistance_ohm,
                fault.reactance_ohm,
            )
        }
    }
}

fn verdict(course: &FaultCourse) -> String {
    let mut text = match course.cleared_s {
        _ if course.fault.feeding == Feeding::Nothing => return String::new(),
        None => return "NOT CLEARED: no device ends this fault, the protection is blind to it\n".into(),
        Some(cleared_s) => format!("cleared after {} s, ", seconds(cleared_s)),
    };
    text += if course.is_selective {
        "by the nearest devices alone"
    } else {
        "NOT SELECTIVE: not by the nearest devices alone"
    };
    match course.margin_s {
        Some(margin_s) if margin_s >= 0.0 => text += &format!("; the next would trip {} s later\n", seconds(margin_s)),
        Some(margin_s) => {
            text += &format!("; a back-up trips {} s before the nearest have cleared\n", seconds(-margin_s))
        }
        None => text += "\n",
    }
    text
}

fn bearing(study: &FaultStudy, course: &FaultCourse) -> String {
    let line = |line: usize| &study.network().lines[line].name;
    let heat = course.heat.iter().map(|(at, heat, borne)| {
        let share = 100.0 * heat / borne;
        let judged = if heat > borne { "TOO MUCH, " } else { "" };
        format!(
            "conductor of {}: {judged}{} % of the k²S² = {borne:.3e} A²s that it bears\n",
            line(*at),
            grouped(share, 1)
        )
    });
    heat.collect()
}

fn rides(study: &FaultStudy, course: &FaultCourse) -> String {
    let rides = course.rides.iter().map(|ride| {
        let name = &study.scheme().inverters[ride.inverter].name;
        match &ride.trip {
            None => format!("{name}: {:.3} p.u. left, rides through\n", ride.residual_pu),
            Some((stage, at_s)) => {
                format!("{name}: {:.3} p.u. left, its {stage} drops it out at {} s\n", ride.residual_pu, seconds(*at_s))
            }
        }
    });
    rides.collect()
}

/// Every bus: its greatest fault, and how its least ones are cleared, tied to the grid and islanded; below it what is wrong.
#[must_use]
pub fn survey_table(study: &FaultStudy, survey: &[BusSurvey], allowed_s: f64) -> String {
    let network = study.network();
    let kilo = |a: f64| if a == 0.0 { "dark".into() } else { grouped(a / 1000.0, 3) };
    let first = |surveyed: &SurveyedCourse| {
        let opening = surveyed.course.openings.first();
        opening.map_or_else(String::new, |opening| study.scheme().devices[opening.device].name.clone())
    };
    let cleared = |surveyed: &SurveyedCourse| match surveyed.course.cleared_s {
        _ if surveyed.course.fault.feeding == Feeding::Nothing => "dark".into(),
        Some(cleared_s) => seconds(cleared_s),
        None => "NEVER".into(),
    };
    let tied =
        |cell: &dyn Fn(&SurveyedCourse) -> String| survey.iter().map(|bus| cell(&bus.grid_tied)).collect::<Vec<_>>();
    let mut columns = vec![
        Column::names("bus", survey.iter().map(|bus| network.buses[bus.bus].name.clone())),
        Column::numbers("", "nominal", "kV", survey.iter().map(|bus| network.buses[bus.bus].nominal_kv.to_string())),
        Column::numbers("greatest, three phases", "I_k\"", "kA", survey.iter().map(|bus| kilo(bus.greatest.initial_a))),
        Column::numbers("greatest, three phases", "i_p", "kA", survey.iter().map(|bus| kilo(bus.greatest.peak_a))),
        Column::numbers("least, two phases", "I_k\"", "kA", tied(&|one| kilo(one.course.fault.initial_a))),
        Column::numbers("least, two phases", "cleared", "s", tied(&cleared)),
        Column::numbers("least, two phases", "first opens", "", tied(&first)),
    ];
    if survey.iter().any(|bus| bus.islanded.is_some()) {
        let island = |cell: &dyn Fn(&SurveyedCourse) -> String| {
            survey.iter().map(|bus| bus.islanded.as_ref().map_or_else(String::new, cell)).collect::<Vec<_>>()
        };
        columns.extend([
            Column::numbers("least, islanded", "I_k\"", "kA", island(&|one| kilo(one.course.fault.initial_a))),
            Column::numbers("least, islanded", "cleared", "s", island(&cleared)),
            Column::numbers("least, islanded", "first opens", "", island(&first)),
        ]);
    }
    format!("{}\n\n{}\n{}", network.name, render(&columns), findings(study, survey, allowed_s))
}

/// What a survey found, a line each.
fn findings(study: &FaultStudy, survey: &[BusSurvey], allowed_s: f64) -> String {
    let bus = |at: &BusSurvey| study.network().buses[at.bus].name.clone();
    let list = |what: &str, is_in: &dyn Fn(&BusSurvey) -> bool| {
        let names: Vec<String> = survey.iter().filter(|at| is_in(at)).map(bus).collect();
        let listed = || wrapped(&format!("{what} ({}): {}", names.len(), names.join(", ")));
        if names.is_empty() { String::new() } else { listed() }
    };
    let islanded = |at: &BusSurvey, judge: &dyn Fn(&SurveyedCourse) -> bool| at.islanded.as_ref().is_some_and(judge);
    let slow = |one: &SurveyedCourse| one.is_too_long && !one.course.is_blind();
    let not_selective = |one: &SurveyedCourse| one.course.cleared_s.is_some() && !one.course.is_selective;
    let texts = [
        list("PROTECTION BLIND, tied to the grid", &|at| at.grid_tied.course.is_blind()),
        list("PROTECTION BLIND IN THE ISLAND", &|at| islanded(at, &|one| one.course.is_blind())),
        list(&format!("cleared later than {allowed_s} s, tied to the grid"), &|at| slow(&at.grid_tied)),
        list(&format!("cleared later than {allowed_s} s, islanded"), &|at| islanded(at, &slow)),
        list("not cleared by the nearest devices alone, tied to the grid", &|at| not_selective(&at.grid_tied)),
        list("not cleared by the nearest devices alone, islanded", &|at| islanded(at, &not_selective)),
    ];
    let text = texts.concat();
    if text.is_empty() { format!("every fault is cleared within {allowed_s} s by the nearest devices\n") } else { text }
}

fn fault_value(study: &FaultStudy, fault: &Fault) -> Value {
    let feeding = match fault.feeding {
        Feeding::Nothing => "nothing",
        Feeding::VoltageSources => "iec_60909",
        Feeding::LimitedCurrent => "limited_current",
    };
    json!({
        "bus": study.network().buses[fault.bus].name, "fed_by": feeding,
        "initial_a": fault.initial_a, "inverter_a": fault.inverter_a, "peak_a": fault.peak_a,
        "thermal_a": fault.thermal_a, "short_circuit_kva": fault.short_circuit_kva,
        "resistance_ohm": fault.resistance_ohm, "reactance_ohm": fault.reactance_ohm,
    })
}

fn course_value(study: &FaultStudy, course: &FaultCourse) -> Value {
    let scheme = study.scheme();
    let finite = |time_s: f64| time_s.is_finite().then_some(time_s);
    let seen = course.seen.iter().map(|seen| {
        json!({
            "device": scheme.devices[seen.device].name, "current_a": seen.current_a, "is_nearest": seen.is_nearest,
            "operate_s": finite(seen.operate_s), "interrupt_s": finite(seen.interrupt_s),
        })
    });
    let openings = course.openings.iter().map(|opening| {
        json!({
            "device": scheme.devices[opening.device].name, "current_a": opening.current_a, "trip_s": opening.trip_s,
            "open_s": opening.open_s, "is_beyond_breaking": opening.is_beyond_breaking,
        })
    });
    let heat = course.heat.iter().map(|(line, heat, borne)| {
        json!({ "line": study.network().lines[*line].name, "heat_a2s": heat, "borne_a2s": borne })
    });
    let rides = course.rides.iter().map(|ride| {
        let trip = ride.trip.as_ref();
        json!({
            "inverter": scheme.inverters[ride.inverter].name, "residual_pu": ride.residual_pu,
            "stage": trip.map(|(name, _)| name), "trips_at_s": trip.map(|(_, at_s)| at_s),
        })
    });
    json!({
        "fault": fault_value(study, &course.fault), "seen": seen.collect::<Vec<_>>(),
        "openings": openings.collect::<Vec<_>>(), "cleared_s": course.cleared_s, "is_blind": course.is_blind(),
        "is_selective": course.is_selective, "margin_s": course.margin_s, "heat": heat.collect::<Vec<_>>(),
        "rides": rides.collect::<Vec<_>>(),
    })
}

/// A fault's course as JSON. Numbers are not rounded; times that never come are `null`.
#[must_use]
pub fn fault_json(
    study: &FaultStudy,
    (operation, kind, case): (Operation, FaultKind, FaultCase),
    course: &FaultCourse,
) -> String {
    let mut value = course_value(study, course);
    value["network"] = study.network().name.as_str().into();
    value["operation"] = if operation == Operation::Islanded { "islanded" } else { "grid_tied" }.into();
    value["kind"] = if kind == FaultKind::TwoPhase { "two_phase" } else { "three_phase" }.into();
    value["case"] = if case == FaultCase::Least { "least" } else { "greatest" }.into();
    crate::json_text::pretty(&value)
}

/// A survey as JSON: `buses[]` with `greatest`, and the courses `grid_tied` and `islanded` of the least faults.
#[must_use]
pub fn survey_json(study: &FaultStudy, survey: &[BusSurvey], allowed_s: f64) -> String {
    let judged = |surveyed: &SurveyedCourse| {
        let mut value = course_value(study, &surveyed.course);
        value["is_too_long"] = surveyed.is_too_long.into();
        value
    };
    let bus = |at: &BusSurvey| {
        json!({
            "bus": study.network().buses[at.bus].name, "nominal_kv": study.network().buses[at.bus].nominal_kv,
            "greatest": fault_value(study, &at.greatest), "grid_tied": judged(&at.grid_tied),
            "islanded": at.islanded.as_ref().map(judged),
        })
    };
    let buses: Vec<Value> = survey.iter().map(bus).collect();
    crate::json_text::pretty(&json!({ "network": study.network().name, "allowed_s": allowed_s, "buses": buses }))
}
