//! A building that is kept warm or cool by a heat pump: rooms within a band of comfort, whose walls keep heat.
//!
//! # Model
//! Two nodes, the equivalent thermal parameters (ETP) of GridLAB-D's house (Taylor, Gowri and Katipamula, *GridLAB-D Technical Support
//! Document: Residential End-Use Module*, PNNL-17694, 2008): with T_a of the air, T_m of the mass, T_o outdoors, U the loss per kelvin,
//! H what couples both, Q_a and Q_m what heats each,
//! C_a·dT_a/dt = U·(T_o − T_a) + H·(T_m − T_a) + Q_a, C_m·dT_m/dt = H·(T_a − T_m) + Q_m.
//! Without a mass it is one node, 1R1C. Over a step with constant powers both are solved exactly, in the mean too, so the answer is
//! the same at any step length; the heat balance closes with the loss by its own law, U·(T̄_a − T_o)·h.
//!
//! Heat and cold go to the air. In a step the building is one of heating, cooling or at rest ([`Building::heating_set_c`]): it heats
//! where without it the air would end below `heating_set_c`, cools where it would end above `cooling_set_c`, and else heats on
//! where it is colder outdoors than the first, and cools on where it is hotter than the second: to warm or cool ahead. It takes at
//! least what ends the step at the near border of the comfort band, and at most what ends it at the far one, within what the heat
//! pump can do at that temperature outdoors and, for heating, the resistive back-up beyond it. Between the two it does what it is
//! asked for, or unasked what [`HeatingRule`] says. Where the site is short a flexible building is cut to its least before storage is
//! touched, and any building altogether before load is shed; where the site has too much a flexible one takes it up before
//! generation is curtailed.
//!
//! Heat that walls keep at the run's end counts nothing: in summer it is a burden.

mod heat_pump;
mod lanes;
mod step;
mod thermal;

use alloc::string::String;

pub use heat_pump::{HeatPump, HeatPumpPoint};
pub(crate) use lanes::Buildings;
pub(crate) use step::BuildingStep;

use super::HeatingRule;
use crate::simulation::{Carrier, Fingerprint, Role, SeriesChecks, ledger};
use crate::{Problems, Series};

/// A building with a heat pump. Temperatures in °C.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Building {
    /// What reports call it.
    pub name: String,
    /// Heat lost by envelope and ventilation for each kelvin between air and outdoors, kW, at least 0.
    pub loss_kw_per_c: f64,
    /// Heat that warms the air and what follows it at once by a kelvin, kWh, above 0; of one node, the whole building's.
    pub air_kwh_per_c: f64,
    /// Walls, floors and furniture; none: the building is one node.
    pub mass: Option<ThermalMass>,
    /// Temperature outdoors, −90 to 60.
    pub outdoor_c: Series,
    /// Heat of people, devices and sun, kW, at least 0.
    pub gains_kw: Series,
    /// What heats and cools.
    pub heat_pump: HeatPump,
    /// Resistive heating beyond the heat pump, kW at AC terminals, at least 0.
    pub backup_kw: f64,
    /// Least temperature of comfort, −20 to 60.
    pub least_c: f64,
    /// What the thermostat heats to, from `least_c` to `cooling_set_c`.
    pub heating_set_c: f64,
    /// What the thermostat cools to, up to `most_c`.
    pub cooling_set_c: f64,
    /// Greatest temperature of comfort, up to 60.
    pub most_c: f64,
    /// Temperature of air and mass at the run's start, −50 to 60.
    pub initial_c: f64,
    /// What it does unasked.
    pub heating: HeatingRule,
    /// Whether it is cut where the site is short, and takes up what the site would curtail.
    pub flexible: bool,
}

/// What of a building keeps heat behind its air.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ThermalMass {
    /// Heat that warms it by a kelvin, kWh, above 0.
    pub heat_kwh_per_c: f64,
    /// Heat that passes between air and mass for each kelvin between them, kW, above 0.
    pub coupling_kw_per_c: f64,
    /// Percent of the gains that falls on it, 0 to 100; the rest on the air.
    pub gains_percent: f64,
}

impl Building {
    /// A flexible house on its thermostat that loses `loss_kw_per_c`, with a heat pump by [`HeatPump::doe2`] that gives `heating_kw` at a
    /// COP of 3.5 and cools as much at 3.0, and as much resistive back-up as it is rated at: comfort from 19 to 26 °C, heated to
    /// 21, cooled to 25. Its time constant is 50 h: air of 1 h, and a mass of 49 h coupled ten times as well as outdoors, on
    /// which half of the gains fall. It stands at 10 °C outdoors without gains.
    #[must_use]
    pub fn house(loss_kw_per_c: f64, heating_kw: f64) -> Self {
        Self {
            name: "building".into(),
            loss_kw_per_c,
            air_kwh_per_c: loss_kw_per_c,
            mass: Some(ThermalMass {
                heat_kwh_per_c: 49.0 * loss_kw_per_c,
                coupling_kw_per_c: 10.0 * loss_kw_per_c,
                gains_percent: 50.0,
            }),
            outdoor_c: Series::Constant(10.0),
            gains_kw: Series::Constant(0.0),
            heat_pump: HeatPump::doe2(heating_kw, 3.5, heating_kw, 3.0),
            backup_kw: heating_kw,
            least_c: 19.0,
            heating_set_c: 21.0,
            cooling_set_c: 25.0,
            most_c: 26.0,
            initial_c: 21.0,
            heating: HeatingRule::Thermostat,
            flexible: true,
        }
    }

    pub(crate) fn check(
        &self,
        problems: &mut Problems,
        field: core::fmt::Arguments<'_>,
        checks: &mut SeriesChecks<'_>,
    ) {
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, least, most);
        };
        range("loss_kw_per_c", self.loss_kw_per_c, 0.0, 1e6);
        range("air_kwh_per_c", self.air_kwh_per_c, 1e-6, 1e6);
        if let Some(ThermalMass { heat_kwh_per_c, coupling_kw_per_c, gains_percent }) = self.mass {
            range("mass.heat_kwh_per_c", heat_kwh_per_c, 1e-6, 1e6);
            range("mass.coupling_kw_per_c", coupling_kw_per_c, 1e-6, 1e6);
            range("mass.gains_percent", gains_percent, 0.0, 100.0);
        }
        range("backup_kw", self.backup_kw, 0.0, 1e6);
        range("initial_c", self.initial_c, -50.0, 60.0);
        range("least_c", self.least_c, -20.0, 60.0);
        range("most_c", self.most_c, -20.0, 60.0);
        // A border that is out of range is told above; the ranges between borders are told where they are sound.
        let (least, most) = (self.least_c, self.most_c);
        if [least, most].iter().all(|c| (-20.0..=60.0).contains(c)) {
            range("heating_set_c", self.heating_set_c, least, most);
            if (least..=most).contains(&self.heating_set_c) {
                range("cooling_set_c", self.cooling_set_c, self.heating_set_c, most);
            }
        }
        self.heat_pump.check(problems, format_args!("{field}.heat_pump"));
        checks.series(&self.outdoor_c, problems, format_args!("{field}.outdoor_c"), -90.0, 60.0);
        checks.series(&self.gains_kw, problems, format_args!("{field}.gains_kw"), 0.0, 1e6);
    }

    /// Adds everything that a run depends on, by destructuring: a field that is added is hashed or does not compile.
    pub(crate) fn hash(&self, hash: &mut Fingerprint) {
        let Self {
            name: _,
            loss_kw_per_c,
            air_kwh_per_c,
            mass,
            outdoor_c,
            gains_kw,
            heat_pump,
            backup_kw,
            least_c,
            heating_set_c,
            cooling_set_c,
            most_c,
            initial_c,
            heating,
            flexible,
        } = self;
        for number in
            [loss_kw_per_c, air_kwh_per_c, backup_kw, least_c, heating_set_c, cooling_set_c, most_c, initial_c]
        {
            hash.number(*number);
        }
        if let Some(ThermalMass { heat_kwh_per_c, coupling_kw_per_c, gains_percent }) = mass {
            hash.numbers(&[*heat_kwh_per_c, *coupling_kw_per_c, *gains_percent]);
        }
        hash.series(outdoor_c);
        hash.series(gains_kw);
        heat_pump.hash(hash);
        hash.word(*heating as u64);
        hash.word(u64::from(*flexible));
    }
}

ledger! {
    /// Totals of one building.
    ///
    /// The books of heat: electricity + from outdoors + gains = lost + kept in air and mass, all in kWh.
    #[derive(Debug, Clone, PartialEq)]
    pub struct BuildingTotals {
        /// Taken at its AC terminals, kWh.
        pub electricity_kwh: f64 = ("kWh", Role::Transfer { from: Carrier::Electric, to: Carrier::Heat }),
        /// Heat that the heat pump brought from outdoors, kWh, less what it took there while cooling, its power included.
        pub from_outdoors_kwh: f64 = ("kWh", Role::In(Carrier::Heat)),
        /// Heat of people, devices and sun, kWh.
        pub gains_kwh: f64 = ("kWh", Role::In(Carrier::Heat)),
        /// Lost by envelope and ventilation, kWh; negative where it was hotter outdoors.
        pub heat_loss_kwh: f64 = ("kWh", Role::Loss(Carrier::Heat)),
        /// In air and mass at the end minus at the start, kWh.
        pub heat_change_kwh: f64 = ("kWh", Role::Unvalued(Carrier::Heat)),
        /// Heat given to the rooms by heat pump and back-up, kWh.
        pub heating_kwh: f64 = ("kWh", Role::Beside),
        /// Heat taken from the rooms, kWh.
        pub cooling_kwh: f64 = ("kWh", Role::Beside),
        /// Electricity of the resistive back-up, kWh.
        pub backup_kwh: f64 = ("kWh", Role::Beside),
        /// Kelvins below `least_c` at each step's end, times the step's length.
        pub too_cold_degree_h: f64 = ("°C·h", Role::Beside),
        /// Kelvins above `most_c` likewise.
        pub too_hot_degree_h: f64 = ("°C·h", Role::Beside),
        /// Lowest temperature of the air at a step's end, °C.
        pub lowest_c: f64 = ("°C", Role::Beside),
        /// Highest temperature of the air at a step's end, °C.
        pub highest_c: f64 = ("°C", Role::Beside),
        /// Σ over steps of |electricity + from outdoors + gains − lost − change|, kWh.
        pub residual_kwh: f64 = ("kWh", Role::Residual),
    }
}
