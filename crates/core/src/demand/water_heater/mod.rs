//! An electric water heater: a tank that is kept warm, from which hot water is drawn.
//!
//! # Model
//! One node, well mixed; water drawn at the tank's temperature T is replaced by cold water at `cold_water_c`. With
//! C = V·ρ·c_p the tank's heat capacity, UA its loss and ṁ·c_p = C·(draw / volume),
//! C·dT/dt = P − UA·(T − T_amb) − ṁ·c_p·(T − T_cold)
//! (the mixed tank of EnergyPlus, *Engineering Reference*, "Water Thermal Tanks", and the one-node heater of GridLAB-D).
//! Counted as heat above cold water, S = C·(T − T_cold), and with λ = UA/C + draw/volume and g = UA·(T_amb − T_cold) this
//! is dS/dt = P + g − λ·S, whose solution over a step of length h with P and draw constant is exact at any h:
//! - at the end S(h) = S·a + (P + g)·φ·h, with a = e^(−λh) and φ = (1 − a)/(λh);
//! - in the mean S̄ = S·φ + (P + g)·ψ·h, with ψ = (1 − φ)/(λh);
//! - the loss is (UA/C·S̄ − g)·h, negative where the room is the warmer, and the heat drawn is draw/volume·S̄·h.
//!
//! The element turns all of its power into heat. Each step it takes at least what keeps the step's end at `least_c`, and
//! at most what takes it to `most_c`, both within its rating; in between it does what it is asked for, or unasked what
//! [`HeatingRule`] says. Where the site is short a flexible heater is cut to its least before storage is touched, and
//! any heater altogether before load is shed; where the site has too much a flexible one takes it up before generation is
//! curtailed.

mod lanes;
mod step;

use alloc::string::String;

pub(crate) use lanes::WaterHeaters;
use step::HeaterStep;

use super::HeatingRule;
use crate::simulation::{Carrier, Fingerprint, Role, SeriesChecks, ledger};
use crate::{Problems, Series};

/// Heat that warms a litre of water by a kelvin: 4.186 kJ/(kg·K) at 1 kg a litre.
pub(crate) const KWH_PER_L_C: f64 = 4.186 / 3600.0;

/// An electric water heater. Temperatures in °C.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WaterHeater {
    /// What reports call it.
    pub name: String,
    /// Water in the tank, litres, 1 to 1e6.
    pub volume_l: f64,
    /// Power of the heating element, kW at its AC terminals, at least 0.
    pub rating_kw: f64,
    /// Hot water drawn, litres per hour at the tank's temperature, at least 0.
    pub draw_l_per_h: Series,
    /// Heat lost to the room for each kelvin between tank and room, kW, at least 0. Data sheets give it as the standing
    /// loss in kWh a day at 45 K: that, divided by 24 × 45.
    pub loss_kw_per_c: f64,
    /// Temperature of the room, −50 to 60.
    pub ambient_c: f64,
    /// Temperature of the water that replaces what is drawn, 0 to 40.
    pub cold_water_c: f64,
    /// Least temperature allowed at a step's end, from that of cold water on: below it the heater heats whatever is asked.
    pub least_c: f64,
    /// What the thermostat holds, from `least_c` to `most_c`.
    pub set_c: f64,
    /// Greatest temperature that heating may reach, at most 95.
    pub most_c: f64,
    /// Temperature at the run's start, from that of cold water to `most_c`.
    pub initial_c: f64,
    /// What it does unasked.
    pub heating: HeatingRule,
    /// Whether it is cut where the site is short, and takes up what the site would curtail.
    pub flexible: bool,
}

impl WaterHeater {
    /// A flexible heater on its thermostat at 60 °C, which may cool to 45 and be heated to 75, in a room of 20 °C with
    /// cold water of 10 °C, with a standing loss of 1.5 kWh a day at 45 K; nothing is drawn.
    #[must_use]
    pub fn electric(volume_l: f64, rating_kw: f64) -> Self {
        Self {
            name: "water heater".into(),
            volume_l,
            rating_kw,
            draw_l_per_h: Series::Constant(0.0),
            loss_kw_per_c: 1.5 / (24.0 * 45.0),
            ambient_c: 20.0,
            cold_water_c: 10.0,
            least_c: 45.0,
            set_c: 60.0,
            most_c: 75.0,
            initial_c: 60.0,
            heating: HeatingRule::Thermostat,
            flexible: true,
        }
    }

    /// Heat that warms the tank by a kelvin, kWh.
    #[must_use]
    pub fn heat_capacity_kwh_per_c(&self) -> f64 {
        self.volume_l * KWH_PER_L_C
    }

    /// Most heat that it can keep at a run's end beyond what it has at the start, kWh: where it is heated to `most_c`, or
    /// the room keeps it warmer.
    pub(crate) fn most_kept_kwh(&self) -> f64 {
        self.heat_capacity_kwh_per_c() * (self.most_c.max(self.ambient_c) - self.initial_c).max(0.0)
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
        range("volume_l", self.volume_l, 1.0, 1e6);
        range("rating_kw", self.rating_kw, 0.0, 1e6);
        range("loss_kw_per_c", self.loss_kw_per_c, 0.0, 1e3);
        range("ambient_c", self.ambient_c, -50.0, 60.0);
        range("cold_water_c", self.cold_water_c, 0.0, 40.0);
        range("most_c", self.most_c, 0.0, 95.0);
        // A border that is out of range is told above; the ranges between borders are told where they are sound.
        if (0.0..=40.0).contains(&self.cold_water_c) && (0.0..=95.0).contains(&self.most_c) {
            range("least_c", self.least_c, self.cold_water_c, self.most_c);
            if (self.cold_water_c..=self.most_c).contains(&self.least_c) {
                range("set_c", self.set_c, self.least_c, self.most_c);
            }
            range("initial_c", self.initial_c, self.cold_water_c, self.most_c);
        }
        checks.series(&self.draw_l_per_h, problems, format_args!("{field}.draw_l_per_h"), 0.0, 1e6);
    }

    /// Adds everything that a run depends on, by destructuring: a field that is added is hashed or does not compile.
    pub(crate) fn hash(&self, hash: &mut Fingerprint) {
        let Self {
            name: _,
            volume_l,
            rating_kw,
            draw_l_per_h,
            loss_kw_per_c,
            ambient_c,
            cold_water_c,
            least_c,
            set_c,
            most_c,
            initial_c,
            heating,
            flexible,
        } = self;
        hash.series(draw_l_per_h);
        for number in [volume_l, rating_kw, loss_kw_per_c, ambient_c, cold_water_c, least_c, set_c, most_c, initial_c] {
            hash.number(*number);
        }
        hash.word(*heating as u64);
        hash.word(u64::from(*flexible));
    }
}

ledger! {
    /// Totals of one water heater.
    ///
    /// The books: electricity + heat taken = heat drawn + heat lost + heat kept at the end beyond the start, all in kWh, heat
    /// counted above cold water.
    #[derive(Debug, Clone, PartialEq)]
    pub struct WaterHeaterTotals {
        /// Taken at its AC terminals, all of which becomes heat, kWh.
        pub electricity_kwh: f64 = ("kWh", Role::Transfer { from: Carrier::Electric, to: Carrier::Heat }),
        /// Taken from combined heat and power, kWh.
        pub heat_taken_kwh: f64 = ("kWh", Role::In(Carrier::Heat)),
        /// Drawn with hot water, kWh; negative where a cold room had cooled the tank below cold water.
        pub heat_drawn_kwh: f64 = ("kWh", Role::Out(Carrier::Heat)),
        /// Lost to the room, kWh; negative where the room was the warmer.
        pub heat_loss_kwh: f64 = ("kWh", Role::Loss(Carrier::Heat)),
        /// In the tank at the end minus at the start, kWh.
        pub heat_change_kwh: f64 = ("kWh", Role::Change(Carrier::Heat)),
        /// Temperature at the run's end, °C.
        pub temperature_end_c: f64 = ("°C", Role::Beside),
        /// Time of the steps that ended below `least_c`, hours.
        pub too_cold_h: f64 = ("h", Role::Beside),
        /// Σ over steps of |electricity − drawn − loss − change|, kWh.
        pub residual_kwh: f64 = ("kWh", Role::Residual),
    }
}
