//! What feeds a fault, and what bears it.

use microgrid_core::distribution::protection::{EnterService, TripLimit, TripStage, TripTable};
use microgrid_core::distribution::short_circuit::{
    Conductor, FaultInverter, Motor, SourceStrength, SynchronousMachine,
};
use schemars::JsonSchema;

use super::file::Names;
use crate::document::Section;

/// `[[source]]`: how strong a voltage source of the network is in a fault.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "SourceStrength")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct SourceTable {
    /// The source of the network.
    name: String,
    /// Short-circuit power for the greatest currents, kVA.
    greatest_kva: f64,
    /// Short-circuit power for the least currents, kVA; as the greatest by default.
    least_kva: Option<f64>,
    /// Resistance over reactance for the greatest currents; 0.1 by default.
    greatest_r_to_x: Option<f64>,
    /// Resistance over reactance for the least currents; as for the greatest by default.
    least_r_to_x: Option<f64>,
    /// Whether it is the utility's, and not there in an island; `true` by default.
    is_utility: Option<bool>,
}

pub(super) fn read_source(section: &mut Section<'_>, names: &Names<'_>) -> SourceStrength {
    let source = names.required(section, "name", Names::source);
    let greatest_kva = section.required_number("greatest_kva");
    let greatest_r_to_x = section.number("greatest_r_to_x").unwrap_or(0.1);
    SourceStrength {
        source,
        greatest_kva,
        least_kva: section.number("least_kva").unwrap_or(greatest_kva),
        greatest_r_to_x,
        least_r_to_x: section.number("least_r_to_x").unwrap_or(greatest_r_to_x),
        is_utility: section.flag("is_utility").unwrap_or(true),
    }
}

/// `[[machine]]`: a synchronous machine, such as a genset.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "SynchronousMachine")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct MachineTable {
    /// What reports call it.
    name: String,
    /// Its bus.
    bus: String,
    /// Rated apparent power, kVA.
    rated_kva: f64,
    /// Rated voltage, kV.
    rated_kv: f64,
    /// Subtransient reactance, percent of rated.
    subtransient_percent: f64,
    /// Rated power factor; 0.8 by default.
    power_factor: Option<f64>,
    /// Resistance over subtransient reactance; 0.15 by default, IEC 60909's for low voltage.
    r_to_x: Option<f64>,
}

pub(super) fn read_machine(section: &mut Section<'_>, names: &Names<'_>) -> SynchronousMachine {
    SynchronousMachine {
        name: section.required_text("name", "a name"),
        bus: names.required(section, "bus", Names::bus),
        rated_kva: section.required_number("rated_kva"),
        rated_kv: section.required_number("rated_kv"),
        subtransient_percent: section.required_number("subtransient_percent"),
        power_factor: section.number("power_factor").unwrap_or(0.8),
        r_to_x: section.number("r_to_x").unwrap_or(0.15),
    }
}

/// `[[motor]]`: an asynchronous motor, or several.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Motor")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct MotorTable {
    /// What reports call it.
    name: String,
    /// Its bus.
    bus: String,
    /// Rated apparent power, kVA.
    rated_kva: f64,
    /// Rated voltage, kV.
    rated_kv: f64,
    /// Locked-rotor current over rated current; 5 by default.
    locked_rotor_ratio: Option<f64>,
    /// Resistance over reactance; 0.42 by default, IEC 60909's for groups of low-voltage motors with their cables.
    r_to_x: Option<f64>,
}

pub(super) fn read_motor(section: &mut Section<'_>, names: &Names<'_>) -> Motor {
    Motor {
        name: section.required_text("name", "a name"),
        bus: names.required(section, "bus", Names::bus),
        rated_kva: section.required_number("rated_kva"),
        rated_kv: section.required_number("rated_kv"),
        locked_rotor_ratio: section.number("locked_rotor_ratio").unwrap_or(5.0),
        r_to_x: section.number("r_to_x").unwrap_or(0.42),
    }
}

/// `[[inverter]]`: an inverter of storage or generation.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "FaultInverter")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct InverterTable {
    /// What reports call it.
    name: String,
    /// Its bus.
    bus: String,
    /// Rated apparent power, kVA.
    rated_kva: f64,
    /// Current in a fault over rated current; 1.2 by default.
    current_ratio: Option<f64>,
    /// Whether it forms the voltage of an island; `false` by default.
    forms_grid: Option<bool>,
    /// Its voltage and frequency timers: `ieee_1547_category_1`, `_2`, `_3`, or one of the file's `[[timers]]`.
    timers: Option<String>,
}

pub(super) fn read_inverter(section: &mut Section<'_>, names: &Names<'_>, tables: &[TripTable]) -> FaultInverter {
    FaultInverter {
        name: section.required_text("name", "a name"),
        bus: names.required(section, "bus", Names::bus),
        rated_kva: section.required_number("rated_kva"),
        current_ratio: section.number("current_ratio").unwrap_or(1.2),
        forms_grid: section.flag("forms_grid").unwrap_or(false),
        timers: timers(section, tables),
    }
}

fn timers(section: &mut Section<'_>, tables: &[TripTable]) -> Option<TripTable> {
    let built_in = TripTable::NAMED.iter().filter_map(|name| TripTable::named(name));
    let known: Vec<TripTable> = tables.iter().cloned().chain(built_in).collect();
    let name = section.text("timers")?;
    let found = known.iter().find(|table| table.name == name).cloned();
    if found.is_none() {
        let names: Vec<&str> = known.iter().map(|table| table.name.as_str()).collect();
        super::file::refuse_name(section, "timers", "table of timers", &name, &names);
    }
    found
}

/// `[[timers]]`: voltage and frequency timers of your own, such as a national rule's.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Timers")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct TimersTable {
    /// What inverters call it.
    name: String,
    /// Where its figures are from.
    source: String,
    /// Its stages.
    stage: Vec<StageTable>,
    /// Least voltage to connect again, per unit; 0.9 by default.
    enter_voltage_least_pu: Option<f64>,
    /// Greatest voltage to connect again, per unit; 1.1 by default.
    enter_voltage_greatest_pu: Option<f64>,
    /// Least frequency to connect again, Hz.
    enter_frequency_least_hz: f64,
    /// Greatest frequency to connect again, Hz.
    enter_frequency_greatest_hz: f64,
    /// Time within these limits before it connects again, s; 300 by default.
    enter_delay_s: Option<f64>,
}

/// A stage of timers.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Stage")]
#[expect(dead_code, reason = "stands for its schema")]
struct StageTable {
    /// What reports call it.
    name: String,
    /// `voltage_above`, `voltage_below` (per unit), `frequency_above` or `frequency_below` (Hz).
    limit: String,
    /// The limit's value.
    value: f64,
    /// Time to clear, s.
    clearing_s: f64,
}

/// A limit of a value.
type LimitOf = fn(f64) -> TripLimit;

const LIMITS: [(&str, LimitOf); 4] = [
    ("voltage_above", TripLimit::VoltageAbove),
    ("voltage_below", TripLimit::VoltageBelow),
    ("frequency_above", TripLimit::FrequencyAbove),
    ("frequency_below", TripLimit::FrequencyBelow),
];

pub(super) fn read_timers(section: &mut Section<'_>) -> TripTable {
    TripTable {
        name: section.required_text("name", "a name"),
        source: section.required_text("source", "where its figures are from"),
        stages: section.tables("stage", |section| {
            if !section.has("limit") {
                section.missing("limit", "voltage_above, voltage_below, frequency_above or frequency_below");
            }
            let limit = section.choice("limit", &LIMITS).unwrap_or(TripLimit::VoltageAbove);
            TripStage {
                name: section.required_text("name", "a name"),
                limit: limit(section.required_number("value")),
                clearing_s: section.required_number("clearing_s"),
            }
        }),
        enter_service: EnterService {
            voltage_least_pu: section.number("enter_voltage_least_pu").unwrap_or(0.9),
            voltage_greatest_pu: section.number("enter_voltage_greatest_pu").unwrap_or(1.1),
            frequency_least_hz: section.required_number("enter_frequency_least_hz"),
            frequency_greatest_hz: section.required_number("enter_frequency_greatest_hz"),
            delay_s: section.number("enter_delay_s").unwrap_or(300.0),
        },
    }
}

/// `[[conductor]]`: the cross-section of a line.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Conductor")]
#[expect(dead_code, reason = "stands for its schema")]
pub(super) struct ConductorTable {
    /// The line.
    line: String,
    /// Cross-section of a phase of one circuit, mm².
    area_mm2: f64,
    /// k of IEC 60364-4-43, A·√s per mm²: copper 115 under PVC and 143 under XLPE, aluminium 76 and 94.
    k_a_per_mm2: f64,
}

pub(super) fn read_conductor(section: &mut Section<'_>, names: &Names<'_>) -> Conductor {
    Conductor {
        line: names.required(section, "line", Names::line),
        area_mm2: section.required_number("area_mm2"),
        k_a_per_mm2: section.required_number("k_a_per_mm2"),
    }
}
