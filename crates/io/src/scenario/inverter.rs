//! `[distribution.feeder.place.inverter]`: how a plant or battery answers to the voltage at its bus.

use microgrid_core::Problem;
use microgrid_core::distribution::{Inverter, VoltVar, VoltWatt};
use schemars::JsonSchema;

use crate::document::Section;

/// The inverter of a plant or battery. Its rating, and a curve by name or by points.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct InverterTable {
    /// Rated apparent power of all of the device, kVA, above 0; at each of its buses it has its share.
    pub rated_kva: f64,
    /// Reactive power by voltage as IEEE 1547-2018 has it by default: `category_a` or `category_b`.
    #[schemars(with = "Option<String>", extend("enum" = ["category_a", "category_b"]))]
    pub volt_var: Option<VoltVar>,
    /// Four voltages of a curve of one's own, not falling, p.u.; instead of `volt_var`.
    #[schemars(with = "Option<Vec<f64>>")]
    pub volt_var_voltage_pu: Vec<f64>,
    /// Reactive power given at each, per unit of the rating, not rising, negative drawn.
    #[schemars(with = "Option<Vec<f64>>")]
    pub volt_var_reactive_pu: Vec<f64>,
    /// Whether the power given is limited by voltage as IEEE 1547-2018 has it by default: whole up to 1.06 p.u., a fifth of the
    /// rating at 1.10; false by default.
    pub volt_watt: Option<bool>,
    /// Two voltages of a curve of one's own, rising, p.u.; instead of `volt_watt`.
    #[schemars(with = "Option<Vec<f64>>")]
    pub volt_watt_voltage_pu: Vec<f64>,
    /// Most power given at each, per unit of the rating, not rising.
    #[schemars(with = "Option<Vec<f64>>")]
    pub volt_watt_power_pu: Vec<f64>,
}

impl InverterTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let categories = [("category_a", VoltVar::CATEGORY_A), ("category_b", VoltVar::CATEGORY_B)];
        let table = Self {
            rated_kva: section.required_number("rated_kva"),
            volt_var: section.choice("volt_var", &categories),
            volt_var_voltage_pu: section.numbers("volt_var_voltage_pu"),
            volt_var_reactive_pu: section.numbers("volt_var_reactive_pu"),
            volt_watt: section.flag("volt_watt"),
            volt_watt_voltage_pu: section.numbers("volt_watt_voltage_pu"),
            volt_watt_power_pu: section.numbers("volt_watt_power_pu"),
        };
        section.allow_one(&["volt_var", "volt_var_voltage_pu"]);
        section.allow_one(&["volt_watt", "volt_watt_voltage_pu"]);
        for (keys, lists, points) in [
            (
                ["volt_var_voltage_pu", "volt_var_reactive_pu"],
                [&table.volt_var_voltage_pu, &table.volt_var_reactive_pu],
                4,
            ),
            (
                ["volt_watt_voltage_pu", "volt_watt_power_pu"],
                [&table.volt_watt_voltage_pu, &table.volt_watt_power_pu],
                2,
            ),
        ] {
            if keys.iter().any(|key| section.has(key)) {
                for (key, list) in keys.iter().zip(lists).filter(|(_, list)| list.len() != points) {
                    let problem = Problem::new(section.field(key), format!("has {} numbers", list.len()));
                    section.push(problem.allowed(format!("{points}")).hint("a curve has as many voltages as powers"));
                }
            }
        }
        table
    }

    /// Core's inverter.
    pub(super) fn inverter(&self) -> Inverter {
        let voltage_pu = <[f64; 4]>::try_from(&*self.volt_var_voltage_pu);
        let reactive_pu = <[f64; 4]>::try_from(&*self.volt_var_reactive_pu);
        let own_var = voltage_pu.ok().zip(reactive_pu.ok());
        let own_var = own_var.map(|(voltage_pu, reactive_pu)| VoltVar { voltage_pu, reactive_pu });
        let voltage_pu = <[f64; 2]>::try_from(&*self.volt_watt_voltage_pu);
        let power_pu = <[f64; 2]>::try_from(&*self.volt_watt_power_pu);
        let own_watt = voltage_pu.ok().zip(power_pu.ok());
        let own_watt = own_watt.map(|(voltage_pu, power_pu)| VoltWatt { voltage_pu, power_pu });
        let standard = (self.volt_watt == Some(true)).then_some(VoltWatt::DEFAULT);
        Inverter { rated_kva: self.rated_kva, volt_var: self.volt_var.or(own_var), volt_watt: standard.or(own_watt) }
    }
}
