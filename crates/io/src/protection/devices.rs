//! Relays, fuses and breakers.

use microgrid_core::Problem;
use microgrid_core::distribution::Side;
use microgrid_core::distribution::protection::{
    ConstantEnergy, CurvePoint, CurveTable, DefiniteTime, DevicePlace, InverseCurve, InverseTime, ProtectionDevice,
    ThermalImage, TripElement,
};
use schemars::JsonSchema;

use super::file::Names;
use crate::document::Section;

/// A device with the fields in the file where each of its elements stands.
pub(super) struct Placed {
    pub(super) device: ProtectionDevice,
    pub(super) field: String,
    pub(super) elements: Vec<String>,
}

/// Reads where a device stands: a line and its end, a transformer and its side, a switch or a source.
fn read_place(section: &mut Section<'_>, names: &Names<'_>) -> DevicePlace {
    section.require_one(&["line", "transformer", "switch", "source"]);
    section.refuse_without("end", "line");
    section.refuse_without("side", "transformer");
    let at_to_bus = section.choice("end", &[("from", false), ("to", true)]).unwrap_or(false);
    let side = section.choice("side", &[("high", Side::High), ("low", Side::Low)]).unwrap_or_default();
    let line = names.line(section, "line");
    let transformer = names.transformer(section, "transformer");
    let switch = names.switch(section, "switch");
    let source = names.source(section, "source");
    match (line, transformer, switch, source) {
        (Some(line), ..) => DevicePlace::Line { line, at_to_bus },
        (_, Some(transformer), ..) => DevicePlace::Transformer { transformer, side },
        (_, _, Some(switch), _) => DevicePlace::Switch(switch),
        (.., source) => DevicePlace::Source(source.unwrap_or(0)),
    }
}

/// `[[relay]]`: a relay with its breaker.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Relay")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct RelayTable {
    /// What reports call it.
    name: String,
    /// The line at whose end it stands; or one of `transformer`, `switch`, `source`.
    line: Option<String>,
    /// Which end of the line: `from` (default) or `to`.
    end: Option<String>,
    /// The transformer at whose winding it stands.
    transformer: Option<String>,
    /// Which winding: `high` (default) or `low`.
    side: Option<String>,
    /// The switch whose breaker it is.
    switch: Option<String>,
    /// The source whose connection it is.
    source: Option<String>,
    /// Inverse-time overcurrent.
    inverse: Option<InverseTable>,
    /// Definite-time overcurrent, a stage each.
    definite: Option<Vec<DefiniteTable>>,
    /// Thermal overload.
    thermal: Option<ThermalTable>,
    /// From trip to interruption, s; 0.06 by default, three periods of 50 Hz.
    opening_s: Option<f64>,
    /// Greatest current that its breaker can interrupt, A; not known by default.
    breaking_a: Option<f64>,
}

/// Inverse-time overcurrent of a relay.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Inverse")]
#[expect(dead_code, reason = "stands for its schema")]
struct InverseTable {
    /// `iec_normal_inverse`, `iec_very_inverse`, `iec_extremely_inverse`, `long_time_inverse`, `short_time_inverse`,
    /// `ieee_moderately_inverse`, `ieee_very_inverse` or `ieee_extremely_inverse`.
    curve: String,
    /// Current above which it times, A.
    pick_up_a: f64,
    /// Factor on the curve's times.
    time_multiplier: f64,
    /// Multiple of the pick-up beyond which the time falls no further; 20 by default.
    multiple_max: Option<f64>,
    /// Share of the pick-up below which it resets; 1 by default.
    drop_out_ratio: Option<f64>,
    /// Time of a full reset at multiplier 1, s; 0 for IEC curves, the GE L90's for IEEE curves by default.
    reset_s: Option<f64>,
}

/// A stage of definite-time overcurrent.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Definite")]
#[expect(dead_code, reason = "stands for its schema")]
struct DefiniteTable {
    /// Current above which it times, A.
    pick_up_a: f64,
    /// Time to trip, s; 0 by default.
    delay_s: Option<f64>,
}

/// Thermal overload of a relay.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Thermal")]
#[expect(dead_code, reason = "stands for its schema")]
struct ThermalTable {
    /// Rated current of what it protects, A.
    rated_a: f64,
    /// Multiple of the rated current that may flow for ever; 1.05 by default.
    overload_factor: Option<f64>,
    /// Time constant, s.
    time_constant_s: f64,
}

pub(super) fn read_relay(section: &mut Section<'_>, names: &Names<'_>) -> Placed {
    let field = section.path().to_owned();
    let mut elements = Vec::new();
    let inverse = section.table("inverse", |section| {
        if !section.has("curve") {
            section.missing("curve", "the name of a curve");
        }
        let curve = section.choice("curve", &InverseCurve::NAMED).unwrap_or(InverseCurve::IEC_NORMAL);
        let reset_s = section.number("reset_s").unwrap_or(curve.reset_s);
        let plain = InverseTime::new(curve, 0.0, 1.0);
        InverseTime {
            curve: InverseCurve { reset_s, ..curve },
            pick_up_a: section.required_number("pick_up_a"),
            time_multiplier: section.required_number("time_multiplier"),
            multiple_max: section.number("multiple_max").unwrap_or(plain.multiple_max),
            drop_out_ratio: section.number("drop_out_ratio").unwrap_or(plain.drop_out_ratio),
        }
    });
    elements.extend(inverse.map(|element| (TripElement::InverseTime(element), format!("{field}.inverse"))));
    let definite = section.tables("definite", read_definite).into_iter().enumerate();
    elements.extend(definite.map(|(i, stage)| (TripElement::DefiniteTime(stage), format!("{field}.definite[{i}]"))));
    let thermal = section.table("thermal", |section| ThermalImage {
        rated_a: section.required_number("rated_a"),
        overload_factor: section.number("overload_factor").unwrap_or(1.05),
        time_constant_s: section.required_number("time_constant_s"),
    });
    elements.extend(thermal.map(|image| (TripElement::ThermalImage(image), format!("{field}.thermal"))));
    placed(section, names, elements, None)
}

fn read_definite(section: &mut Section<'_>) -> DefiniteTime {
    DefiniteTime { pick_up_a: section.required_number("pick_up_a"), delay_s: section.number("delay_s").unwrap_or(0.0) }
}

fn placed(
    section: &mut Section<'_>,
    names: &Names<'_>,
    elements: Vec<(TripElement, String)>,
    clearing: Option<CurveTable>,
) -> Placed {
    let (elements, fields) = elements.into_iter().unzip();
    // A fuse's opening is part of its curves.
    let opening_s = if clearing.is_none() { section.number("opening_s").unwrap_or(0.06) } else { 0.0 };
    let device = ProtectionDevice {
        name: section.required_text("name", "a name"),
        place: read_place(section, names),
        elements,
        opening_s,
        clearing,
        breaking_a: section.number("breaking_a").unwrap_or(f64::INFINITY),
    };
    Placed { device, field: section.path().to_owned(), elements: fields }
}

/// `[[fuse]]`: a fuse by its curves.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Fuse")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct FuseTable {
    /// What reports call it.
    name: String,
    /// The line at whose end it stands; or one of `transformer`, `switch`, `source`.
    line: Option<String>,
    /// Which end of the line: `from` (default) or `to`.
    end: Option<String>,
    /// The transformer at whose winding it stands.
    transformer: Option<String>,
    /// Which winding: `high` (default) or `low`.
    side: Option<String>,
    /// The switch in whose base it is.
    switch: Option<String>,
    /// The source whose connection it is.
    source: Option<String>,
    /// Minimum melting curve: pairs of current, A, and time, s; the current rising, the time falling.
    melting: Vec<[f64; 2]>,
    /// Total clearing curve, as the melting curve; the melting curve itself by default.
    clearing: Option<Vec<[f64; 2]>>,
    /// Time in which a half-molten element has cooled again, s; 0, at once, by default.
    cooling_s: Option<f64>,
    /// Greatest current that it can interrupt, A; not known by default.
    breaking_a: Option<f64>,
}

pub(super) fn read_fuse(section: &mut Section<'_>, names: &Names<'_>) -> Placed {
    if !section.has("melting") {
        section.missing("melting", "pairs of current, A, and time, s, such as [[150, 5400], [430, 20]]");
    }
    let melting = read_curve(section, "melting");
    let clearing = read_curve(section, "clearing");
    let cooling_s = section.number("cooling_s").unwrap_or(0.0);
    let field = section.field("melting");
    let clearing =
        CurveTable { points: if section.has("clearing") { clearing } else { melting.clone() }, cooling_s: 0.0 };
    let melting = CurveTable { points: melting, cooling_s };
    placed(section, names, vec![(TripElement::Table(melting), field)], Some(clearing))
}

/// Pairs of current and time, empty where not written.
fn read_curve(section: &mut Section<'_>, key: &'static str) -> Vec<CurvePoint> {
    let rows = section.rows(key);
    let point = |row: &Vec<microgrid_sweep::Value>| match row.as_slice() {
        [current, time] => Some(CurvePoint { current_a: current.number()?, time_s: time.number()? }),
        _ => None,
    };
    let points: Option<Vec<CurvePoint>> = rows.iter().map(point).collect();
    if points.is_none() {
        let problem = Problem::new(section.field(key), "is not a list of pairs of current, A, and time, s");
        section.push(problem.hint("such as [[150, 5400], [430, 20]]"));
    }
    points.unwrap_or_default()
}

/// `[[breaker]]`: a low-voltage breaker with its trip unit.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Breaker")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct BreakerTable {
    /// What reports call it.
    name: String,
    /// The line at whose end it stands; or one of `transformer`, `switch`, `source`.
    line: Option<String>,
    /// Which end of the line: `from` (default) or `to`.
    end: Option<String>,
    /// The transformer at whose winding it stands.
    transformer: Option<String>,
    /// Which winding: `high` (default) or `low`.
    side: Option<String>,
    /// The switch that it is.
    switch: Option<String>,
    /// The source whose connection it is.
    source: Option<String>,
    /// Long-time protection (L), I²t.
    long_time: Option<LongTimeTable>,
    /// Short-time protection (S).
    short_time: Option<ShortTimeTable>,
    /// Instantaneous protection (I).
    instantaneous: Option<DefiniteTable>,
    /// From trip to interruption, s; 0.06 by default, three periods of 50 Hz.
    opening_s: Option<f64>,
    /// Greatest current that it can interrupt, A; not known by default.
    breaking_a: Option<f64>,
}

/// Long-time protection of a breaker.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "LongTime")]
#[expect(dead_code, reason = "stands for its schema")]
struct LongTimeTable {
    /// Its setting I_r, A.
    setting_a: f64,
    /// Time at six times the setting, s.
    time_s: f64,
    /// Multiple of the setting above which it times; 1.3 by default, from which IEC 60947-2 promises a trip.
    pick_up_ratio: Option<f64>,
    /// Time of a full reset, s; 0, at once, by default.
    reset_s: Option<f64>,
}

/// Short-time protection of a breaker.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "ShortTime")]
#[expect(dead_code, reason = "stands for its schema")]
struct ShortTimeTable {
    /// Current above which it times, A.
    pick_up_a: f64,
    /// Time to trip, s; 0 by default.
    delay_s: Option<f64>,
    /// Current up to which its time falls as 1/I² to the delay, A; by default it does not ("I²t off").
    sloped_to_a: Option<f64>,
}

pub(super) fn read_breaker(section: &mut Section<'_>, names: &Names<'_>) -> Placed {
    let field = section.path().to_owned();
    let mut elements = Vec::new();
    let long = section.table("long_time", |section| {
        let setting_a = section.required_number("setting_a");
        ConstantEnergy {
            pick_up_a: setting_a * section.number_within("pick_up_ratio", 1.0, 2.0).unwrap_or(1.3),
            at_a: 6.0 * setting_a,
            at_s: section.required_number("time_s"),
            least_s: 0.0,
            reset_s: section.number("reset_s").unwrap_or(0.0),
        }
    });
    elements.extend(long.map(|element| (TripElement::ConstantEnergy(element), format!("{field}.long_time"))));
    let short = section.table("short_time", |section| {
        let DefiniteTime { pick_up_a, delay_s } = read_definite(section);
        match section.number("sloped_to_a") {
            None => TripElement::DefiniteTime(DefiniteTime { pick_up_a, delay_s }),
            Some(at_a) => {
                let sloped = ConstantEnergy { pick_up_a, at_a, at_s: delay_s, least_s: delay_s, reset_s: 0.0 };
                TripElement::ConstantEnergy(sloped)
            }
        }
    });
    elements.extend(short.map(|element| (element, format!("{field}.short_time"))));
    let instantaneous = section.table("instantaneous", read_definite);
    elements
        .extend(instantaneous.map(|element| (TripElement::DefiniteTime(element), format!("{field}.instantaneous"))));
    placed(section, names, elements, None)
}
