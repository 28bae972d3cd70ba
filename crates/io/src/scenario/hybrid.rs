//! `[storage.battery.hybrid]`: a battery on the direct current of a solar plant, behind the plant's inverter.

use microgrid_core::storage::{Battery, HybridInverter};
use microgrid_core::{Problem, Series};
use schemars::JsonSchema;

use super::loading::Reading;
use super::{GenerationTable, PvTable};
use crate::document::Section;
use crate::suggestion::unknown;

/// The inverter that a battery shares with a solar plant: what that clips goes into the battery, and what the battery takes from the
/// arrays spares the inverter's loss. The battery's efficiencies and powers are then those at its direct-current terminals,
/// converters to the inverter's bus included.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct HybridTable {
    /// Name of the `[[generation.pv]]` behind whose inverter the battery is.
    pub plant: String,
    /// Whether the inverter can also charge the battery from the site's bus, beyond what the plant gives; `true` by default.
    pub charge_from_bus: Option<bool>,
    /// Direct per alternating current where it does, 0.5 to 1; that of the plant's inverter at its rating by default.
    pub rectifier_efficiency: Option<f64>,
    /// Lowest and highest voltage of the battery, in V; for a check that it fits the inverter.
    #[schemars(with = "Option<[f64; 2]>")]
    pub battery_voltage_v: Option<[f64; 2]>,
    /// Lowest and highest voltage that the inverter takes at its battery port, in V; needed beside `battery_voltage_v`.
    #[schemars(with = "Option<[f64; 2]>")]
    pub inverter_voltage_v: Option<[f64; 2]>,
}

impl HybridTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            plant: section.required_text("plant", "the name of a [[generation.pv]]"),
            charge_from_bus: section.flag("charge_from_bus"),
            rectifier_efficiency: section.number_within("rectifier_efficiency", 0.5, 1.0),
            battery_voltage_v: window(section, "battery_voltage_v"),
            inverter_voltage_v: window(section, "inverter_voltage_v"),
        };
        section.refuse_without("battery_voltage_v", "inverter_voltage_v");
        section.refuse_without("inverter_voltage_v", "battery_voltage_v");
        if table.charge_from_bus == Some(false) && table.rectifier_efficiency.is_some() {
            let unused = Problem::new(section.field("rectifier_efficiency"), "is used by nothing");
            section.push(unused.hint("leave it out, or charge_from_bus = false"));
        }
        if let (Some([low, high]), Some([from, to])) = (table.battery_voltage_v, table.inverter_voltage_v)
            && (high < from || low > to)
        {
            let apart = Problem::new(section.field("battery_voltage_v"), "does not overlap inverter_voltage_v");
            let apart = apart.value(format!("{low} to {high} V")).allowed(format!("within {from} to {to} V"));
            section.push(apart.hint("the battery needs a converter of its own: leave hybrid out"));
        }
        table
    }

    /// Puts `battery`, whose numbers are those at its direct-current terminals, behind its inverter.
    pub(super) fn connect(
        &self,
        battery: &mut Battery,
        path: &str,
        generation: &GenerationTable,
        reading: &mut Reading<'_>,
    ) {
        let Some((index, pv)) = self.find(path, generation, reading) else { return };
        let plant = pv.plant().per_kw();
        let efficiency = plant.inverter_efficiency();
        // Where the plant or its weather has a problem that is told already.
        let Some(clipped_kw) = reading.clipped_kw(&plant).filter(|_| efficiency.is_finite()) else { return };
        let scale = pv.total_dc_kw();
        let clipped_kwh = clipped_kw.iter().sum::<f64>() * scale * f64::from(reading.clock.step_s()) / 3600.0;
        let rated_kw = plant.ac_kw() * scale;
        reading.note(format!("{path}: {clipped_kwh:.0} kWh of direct current clipped, which the battery may take"));
        battery.charge_efficiency /= efficiency;
        battery.discharge_efficiency *= efficiency;
        battery.charge_max_kw *= efficiency;
        battery.discharge_max_kw *= efficiency;
        if rated_kw < battery.discharge_max_kw {
            reading.note(format!(
                "{path}: the inverter gives {rated_kw:.1} kW and the battery could {:.1} kW: the inverter is the limit",
                battery.discharge_max_kw
            ));
        }
        if let (Some([low, high]), Some([from, to])) = (self.battery_voltage_v, self.inverter_voltage_v)
            && (low < from || high > to)
        {
            reading.note(format!(
                "{path}: the battery's {low} to {high} V are not all within the inverter's {from} to {to} V; its window of charge is \
                 taken as it is"
            ));
        }
        let rectifier_efficiency =
            (self.charge_from_bus != Some(false)).then(|| self.rectifier_efficiency.unwrap_or(efficiency));
        battery.detail.get_or_insert_default().hybrid = Some(HybridInverter {
            plant: index,
            clipped_kw: Series::from(clipped_kw),
            rated_kw: plant.ac_kw(),
            inverter_efficiency: efficiency,
            rectifier_efficiency,
        });
    }

    /// The solar plant that is meant, with its place among all plants.
    fn find<'t>(
        &self,
        path: &str,
        generation: &'t GenerationTable,
        reading: &mut Reading<'_>,
    ) -> Option<(u32, &'t PvTable)> {
        let names: Vec<String> = (0..generation.pv.len()).map(|i| generation.pv[i].own_name(i)).collect();
        if let Some(i) = names.iter().position(|name| *name == self.plant) {
            return Some(((generation.series.len() + i) as u32, &generation.pv[i]));
        }
        if reading.is_faulty(&format!("{path}.plant")) {
            return None;
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let message = "is no solar plant of the site, and only these have a direct-current side";
        reading.extend(unknown(&format!("{path}.plant"), message, &self.plant, &names).into());
        None
    }
}

/// A low and a high voltage.
fn window(section: &mut Section<'_>, key: &'static str) -> Option<[f64; 2]> {
    match section.numbers(key)[..] {
        [] if !section.has(key) => None,
        [low, high] if 0.0 < low && low < high && high <= 10_000.0 => Some([low, high]),
        _ => {
            let problem = Problem::new(section.field(key), "is not a window of voltage");
            section.push(problem.allowed("a lower and a higher number above 0 and at most 10000, such as [600, 900]"));
            None
        }
    }
}
