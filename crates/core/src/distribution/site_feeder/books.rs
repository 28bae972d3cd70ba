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
