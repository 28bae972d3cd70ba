//! What a feeder's year adds up to.

use crate::simulation::{Carrier, Role, ledger};

ledger! {
    /// Totals of the feeder. Of voltages and loadings, steps without solution and dark ones do not count.
    #[derive(Debug, Clone, PartialEq, Default)]
    pub struct FeederTotals {
        /// Lost in lines and transformers, by V·I* of the flows, kWh.
        pub loss_kwh: f64 = ("kWh", Role::Out(Carrier::Electric)),
        /// Brought for losses beyond those of the last flow of a step, negative where less, kWh: what a fixed number of
        /// rounds leaves where recourse moves devices; 0 where the tie answers.
        pub mismatch_kwh: f64 = ("kWh", Role::Out(Carrier::Electric)),
        /// Time in which some bus was below the least voltage, h.
        pub below_voltage_h: f64 = ("h", Role::Beside),
        /// Time in which some bus was above the greatest voltage, h.
        pub above_voltage_h: f64 = ("h", Role::Beside),
        /// Time in which some line or transformer was above the greatest loading, h.
        pub overload_h: f64 = ("h", Role::Beside),
        /// Time in which the network could not carry the powers: nothing was lost and nothing else is counted then, h.
        pub unsolved_h: f64 = ("h", Role::Beside),
        /// Time in which something was reduced to hold a limit, or by an inverter, h.
        pub held_h: f64 = ("h", Role::Beside),
        /// Of the site's curtailed generation, what was curtailed for a bus's voltage, kWh.
        pub curtailed_voltage_kwh: f64 = ("kWh", Role::Beside),
        /// Of the site's curtailed generation, what was curtailed for the loading of a line or transformer, kWh.
        pub curtailed_loading_kwh: f64 = ("kWh", Role::Beside),
        /// Of the site's curtailed generation, what inverters left: by volt-watt, or for room for their reactive power, kWh.
        pub curtailed_inverter_kwh: f64 = ("kWh", Role::Beside),
        /// Of the site's unserved load, what was shed for a bus's voltage, kWh.
        pub unserved_voltage_kwh: f64 = ("kWh", Role::Beside),
        /// Of the site's unserved load, what was shed for the loading of a line or transformer, kWh.
        pub unserved_loading_kwh: f64 = ("kWh", Role::Beside),
        /// What flexible uses and charging of storage were reduced by for either, kWh.
        pub uses_reduced_kwh: f64 = ("kWh", Role::Beside),
        /// What discharge of storage, gensets and fuel cells were reduced by for either, kWh.
        pub sources_reduced_kwh: f64 = ("kWh", Role::Beside),
        /// Reactive energy that inverters gave or drew for the voltage, sizes added up, kvarh.
        pub inverter_reactive_kvarh: f64 = ("kvarh", Role::Beside),
        /// Lowest voltage, per unit.
        pub lowest_voltage_pu: f64 = ("p.u.", Role::Beside),
        /// Highest voltage, per unit.
        pub highest_voltage_pu: f64 = ("p.u.", Role::Beside),
        /// Greatest loading of a line or transformer, percent.
        pub greatest_loading_percent: f64 = ("%", Role::Beside),
        /// EN 50160: share of the ten-minute means within ±10 % of nominal at the worst bus in its worst week, percent; 95
        /// are asked.
        pub en50160_worst_week_percent: f64 = ("%", Role::Beside),
        /// GB/T 12325: share of the time within ±7 % of nominal at the worst bus, percent.
        pub gbt12325_within_percent: f64 = ("%", Role::Beside),
    }
}
