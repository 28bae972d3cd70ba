//! The books of a hydrogen plant: of its electrolyser with the compressor, of its tank, and of its fuel cell.

use crate::simulation::{Account, Carrier, Role, ledger};

ledger! {
    /// Totals of one electrolyser and the compressor behind it. Energy of hydrogen is that of its lower heating value.
    ///
    /// The books: electricity = hydrogen + start and standby + conversion + compression + heat, all in kWh.
    #[derive(Debug, Clone, PartialEq)]
    pub struct ElectrolyserTotals {
        /// Taken at its AC terminals, the compressor's included, kWh.
        pub electricity_kwh: f64 = ("kWh", Role::Transfer { from: Carrier::Electric, to: Carrier::HydrogenEnergy }),
        /// Energy of the hydrogen made, kWh.
        pub hydrogen_kwh: f64 = ("kWh", Role::Out(Carrier::HydrogenEnergy)),
        /// Taken during starts and in standby, kWh.
        pub start_standby_kwh: f64 = ("kWh", Role::Loss(Carrier::HydrogenEnergy)),
        /// Lost in the rectifier and used by the auxiliaries, kWh.
        pub conversion_loss_kwh: f64 = ("kWh", Role::Loss(Carrier::HydrogenEnergy)),
        /// Used by the compressor, kWh.
        pub compression_kwh: f64 = ("kWh", Role::Loss(Carrier::HydrogenEnergy)),
        /// Heat of the stack, kWh.
        pub heat_loss_kwh: f64 = ("kWh", Role::Loss(Carrier::HydrogenEnergy)),
        /// Hydrogen made, kg.
        pub made_kg: f64 = ("kg", Role::Beside),
        /// Electricity for each kilogram, kWh/kg: starts, standby and compressor included; 0 where none was made.
        pub electricity_kwh_per_kg: f64 = ("kWh/kg", Role::Beside),
        /// Time making hydrogen, hours.
        pub running_h: f64 = ("h", Role::Beside),
        /// Number of starts.
        pub starts: f64 = ("", Role::Beside),
        /// Rise of a cell's voltage at the run's end, V.
        pub voltage_rise_v: f64 = ("V", Role::Beside),
        /// Σ over steps of |electricity − hydrogen − losses|, kWh.
        pub residual_kwh: f64 = ("kWh", Role::Residual),
    }
}

ledger! {
    /// Totals of one tank, with the load and the sale that it serves.
    ///
    /// The books: made = fuel cell + delivered + sold + kept at the end beyond the start, all in kg.
    #[derive(Debug, Clone, PartialEq)]
    pub struct HydrogenTankTotals {
        /// From the electrolyser, kg.
        pub made_kg: f64 = ("kg", Role::In(Carrier::Hydrogen)),
        /// To the fuel cell, kg.
        pub fuel_cell_kg: f64 = ("kg", Role::Out(Carrier::Hydrogen)),
        /// Delivered to the load, kg.
        pub delivered_kg: f64 = ("kg", Role::Out(Carrier::Hydrogen)),
        /// Sold, kg.
        pub sold_kg: f64 = ("kg", Role::Out(Carrier::Hydrogen)),
        /// In the tank at the end minus at the start, kg.
        pub change_kg: f64 = ("kg", Role::Change(Carrier::Hydrogen)),
        /// Asked for by the load and not delivered, kg.
        pub unserved_kg: f64 = ("kg", Role::Beside),
        /// In the tank at the run's end, below the least pressure included, kg.
        pub end_kg: f64 = ("kg", Role::Beside),
        /// Pressure at the run's end, bar absolute.
        pub end_bar: f64 = ("bar", Role::Beside),
        /// Paid for what was delivered and sold.
        pub hydrogen_revenue: f64 = ("currency", Role::Revenue(Account::Objective)),
        /// What is not delivered × its cost.
        pub unserved_cost: f64 = ("currency", Role::Cost(Account::Objective)),
        /// What is kept at the end beyond the start × its value.
        pub stored_credit: f64 = ("currency", Role::Revenue(Account::Objective)),
        /// Σ over steps of |made − fuel cell − delivered − sold − change| × 33.33 kWh/kg, kWh.
        pub residual_kwh: f64 = ("kWh", Role::Residual),
    }
}

ledger! {
    /// Totals of one fuel cell. Energy of hydrogen is that of its lower heating value.
    ///
    /// The books: hydrogen = electricity + conversion + heat, all in kWh.
    #[derive(Debug, Clone, PartialEq)]
    pub struct FuelCellTotals {
        /// Given at its AC terminals, kWh.
        pub electricity_kwh: f64 = ("kWh", Role::Transfer { from: Carrier::HydrogenEnergy, to: Carrier::Electric }),
        /// Energy of the hydrogen used, kWh.
        pub hydrogen_kwh: f64 = ("kWh", Role::In(Carrier::HydrogenEnergy)),
        /// Lost in the inverter and used by the auxiliaries, kWh.
        pub conversion_loss_kwh: f64 = ("kWh", Role::Loss(Carrier::HydrogenEnergy)),
        /// Heat of the stack, kWh.
        pub heat_loss_kwh: f64 = ("kWh", Role::Loss(Carrier::HydrogenEnergy)),
        /// Hydrogen used, kg.
        pub used_kg: f64 = ("kg", Role::Beside),
        /// Electricity from each kilogram, kWh/kg; 0 where none was used.
        pub electricity_kwh_per_kg: f64 = ("kWh/kg", Role::Beside),
        /// Time run, hours.
        pub running_h: f64 = ("h", Role::Beside),
        /// Number of starts.
        pub starts: f64 = ("", Role::Beside),
        /// Σ over steps of |hydrogen − electricity − losses|, kWh.
        pub residual_kwh: f64 = ("kWh", Role::Residual),
    }
}
