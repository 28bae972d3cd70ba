//! A battery-swapping station: vehicles change an empty pack for a full one, and the station charges what they leave.
//!
//! # Model
//! The station keeps B packs of one type, each of them *full*, *charging*, *waiting* for a charger, or *in swap*; these four
//! numbers add up to B at every instant. A vehicle arrives with a pack of its own at some state of charge. Where no one waits, a
//! bay is free and a pack is full, its swap begins; it takes `swap_s`, in which the full pack is in swap, and at its end the
//! vehicle leaves with the full pack and its own waits for a charger. Else it joins the queue, first come, first served, if
//! fewer than `waiting_max` wait there, and is lost otherwise; who has waited for `patience_s` leaves and is lost too.
//!
//! Packs take chargers in the order in which they came. A pack takes `charger_kw` at AC terminals, of which
//! `charge_efficiency` is stored, until it is full; where all that charge would draw more than `power_max_kw`, each draws an
//! equal part of that. Between events everything is linear in time, so arrivals, full packs, swaps and patience end at their
//! own instants inside a step, and the same vehicles are served whatever the step.
//!
//! With c ≥ B chargers, no queue and no swap time the share lost is Erlang's B(B, λ·E\[T\]), whatever the law of the charging
//! time T (Sevast'yanov 1957); with fewer chargers and exponential T the packs follow a birth–death law. The tests hold it to both.
//!
//! # Power
//! Unasked, [`SwapCharging`] says how many chargers work. A strategy may ask for a power instead: then all chargers work until
//! the step has drawn that much energy, and rest. Where the site is short a flexible station's charging is cut before storage
//! is touched, any other's before load is shed; where the site has too much, a flexible one takes it up. In the dark nothing is
//! charged, and swaps go on from stock.
//!
//! A plan ([`SwapStation::charging_plan_kw`]) says a power for each step in place of the rule. As few chargers work as give it, so that
//! packs are full one after another and not all in part; and what must be charged now for the vehicles to come is charged beyond it,
//! at the latest moment at which a charger's power brings the pack in time.
//!
//! # Money
//! A vehicle that is lost costs `lost_swap_cost`, a part of the objective. Without it a strategy that charges nothing is cheapest, so
//! only stations that have it are planned by `optimal` and bounded.
//!
//! # Books
//! Electricity + energy in the packs that vehicles leave = energy in the packs that they take + loss of charging + what the
//! station's packs have gained, in kWh; a pack changes hands when its swap ends.

mod due;
mod lanes;
mod managed;
mod step;
mod yard;

use alloc::string::String;
use alloc::sync::Arc;

pub(crate) use lanes::SwapStations;
pub use managed::ManagedSwaps;

use crate::simulation::{Account, Carrier, Fingerprint, Role, SeriesChecks, ledger};
use crate::{Problem, Problems, Series};

/// A battery-swapping station with packs of one type.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SwapStation {
    /// What reports call it.
    pub name: String,
    /// Packs of the station, 1 to 200.
    pub packs: u32,
    /// Energy that a full pack holds, kWh, 1 to 1000.
    pub pack_kwh: f64,
    /// Chargers, 1 to 200.
    pub chargers: u32,
    /// Power of a charger at its AC terminals, kW, 0.1 to 1000.
    pub charger_kw: f64,
    /// Stored per energy at AC terminals, 0.5 to 1.
    pub charge_efficiency: f64,
    /// Most power of all chargers together, kW, 0.1 to 1e6.
    pub power_max_kw: f64,
    /// Vehicles that can be served at once, 1 to 50.
    pub bays: u32,
    /// How long a swap takes, seconds, 0 to 3600.
    pub swap_s: f64,
    /// Vehicles that may wait, 0 to 1000.
    pub waiting_max: u32,
    /// How long a vehicle waits, seconds, 0 to 1e6.
    pub patience_s: f64,
    /// Packs that are full at the run's start, up to `packs`.
    pub full_at_start: u32,
    /// State of charge of the others at the run's start, 0 to 1.
    pub initial_soc: f64,
    /// The vehicles, in the order of their arrival.
    pub arrivals: Arc<[SwapArrival]>,
    /// Vehicles expected per hour in each step, at least 0: what `off_peak` keeps stock for.
    pub expected_per_h: Series,
    /// How many chargers work when nobody asks.
    pub charging: SwapCharging,
    /// Standard deviations of the expected vehicles that `off_peak` keeps in stock beyond their mean, 0 to 10.
    pub stock_margin: f64,
    /// Whether charging is cut where the site is short, and takes up what the site would curtail.
    pub flexible: bool,
    /// Cost of a vehicle that is lost, at least 0, a part of the objective; 0: losses are counted and not priced.
    #[cfg_attr(feature = "serde", serde(default))]
    pub lost_swap_cost: f64,
    /// Power that a plan wants in each step at the chargers' AC terminals, kW, at least 0, in place of `charging`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub charging_plan_kw: Option<Series>,
}

/// A vehicle that comes to swap.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SwapArrival {
    /// When it arrives, seconds from the run's start, at least 0.
    pub at_s: f64,
    /// State of charge of its pack, 0 to 1.
    pub soc: f64,
}

/// How many chargers work when nobody asks the station for a power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum SwapCharging {
    /// All of them.
    #[default]
    AtOnce,
    /// All of them in steps whose import price is at or below the mean of their day. In the others as many as keep the base
    /// stock (Axsäter, *Inventory Control*, ch. 5): full packs and packs in charge, less vehicles that wait, cover those expected
    /// while a pack is charged, n + `stock_margin`·√n.
    OffPeak,
}

impl SwapCharging {
    /// Every rule.
    pub const ALL: [Self; 2] = [Self::AtOnce, Self::OffPeak];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtOnce => "at_once",
            Self::OffPeak => "off_peak",
        }
    }
}

impl SwapStation {
    /// A flexible station of one bay with a charger for each pack, all packs full; swaps take three minutes, five vehicles wait
    /// up to half an hour, and no one comes.
    #[must_use]
    pub fn with_packs(packs: u32, pack_kwh: f64, charger_kw: f64) -> Self {
        Self {
            name: "swap station".into(),
            packs,
            pack_kwh,
            chargers: packs,
            charger_kw,
            charge_efficiency: 0.94,
            power_max_kw: f64::from(packs) * charger_kw,
            bays: 1,
            swap_s: 180.0,
            waiting_max: 5,
            patience_s: 1800.0,
            full_at_start: packs,
            initial_soc: 0.2,
            arrivals: Arc::new([]),
            expected_per_h: Series::Constant(0.0),
            charging: SwapCharging::AtOnce,
            stock_margin: 2.0,
            flexible: true,
            lost_swap_cost: 0.0,
            charging_plan_kw: None,
        }
    }

    /// Whether plans decide its charging and bounds count it: whether a lost vehicle has a price.
    #[must_use]
    pub fn is_planned(&self) -> bool {
        self.lost_swap_cost > 0.0
    }

    /// Most energy that it can keep at a run's end beyond what it has at the start, kWh: all packs full.
    pub(crate) fn most_kept_kwh(&self) -> f64 {
        f64::from(self.packs - self.full_at_start) * self.pack_kwh * (1.0 - self.initial_soc)
    }

    /// Whether lanes with both can run side by side.
    pub(crate) fn same_shape(&self, other: &Self) -> bool {
        let shape = |station: &Self| [station.packs, station.bays, station.waiting_max];
        shape(self) == shape(other)
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
        range("packs", f64::from(self.packs), 1.0, 200.0);
        range("pack_kwh", self.pack_kwh, 1.0, 1e3);
        range("chargers", f64::from(self.chargers), 1.0, 200.0);
        range("charger_kw", self.charger_kw, 0.1, 1e3);
        range("charge_efficiency", self.charge_efficiency, 0.5, 1.0);
        range("power_max_kw", self.power_max_kw, 0.1, 1e6);
        range("bays", f64::from(self.bays), 1.0, 50.0);
        range("swap_s", self.swap_s, 0.0, 3600.0);
        range("waiting_max", f64::from(self.waiting_max), 0.0, 1e3);
        range("patience_s", self.patience_s, 0.0, 1e6);
        range("full_at_start", f64::from(self.full_at_start), 0.0, f64::from(self.packs));
        range("initial_soc", self.initial_soc, 0.0, MOST_SOC);
        range("stock_margin", self.stock_margin, 0.0, 10.0);
        range("lost_swap_cost", self.lost_swap_cost, 0.0, 1e9);
        if let Some(plan_kw) = &self.charging_plan_kw {
            checks.series(plan_kw, problems, format_args!("{field}.charging_plan_kw"), 0.0, 1e9);
        }
        checks.series(&self.expected_per_h, problems, format_args!("{field}.expected_per_h"), 0.0, 1e4);
        let wrong = |arrival: &SwapArrival| {
            !(arrival.at_s >= 0.0 && arrival.at_s.is_finite() && (0.0..=MOST_SOC).contains(&arrival.soc))
        };
        if let Some(at) = self.arrivals.iter().position(wrong) {
            let SwapArrival { at_s, soc } = self.arrivals[at];
            let problem = Problem::new(format_args!("{field}.arrivals[{at}]"), "is out of range");
            let value = alloc::format!("{at_s} s, state of charge {soc}");
            problems.push(problem.value(value).allowed(alloc::format!("from 0 s on, 0 to {MOST_SOC}")));
        } else if let Some(at) = self.arrivals.windows(2).position(|pair| pair[0].at_s > pair[1].at_s) {
            problems.push(Problem::new(format_args!("{field}.arrivals[{}]", at + 1), "comes before the one before it"));
        }
    }

    /// Adds everything that a run depends on, by destructuring: a field that is added is hashed or does not compile.
    pub(crate) fn hash(&self, hash: &mut Fingerprint) {
        let Self {
            name: _,
            packs,
            pack_kwh,
            chargers,
            charger_kw,
            charge_efficiency,
            power_max_kw,
            bays,
            swap_s,
            waiting_max,
            patience_s,
            full_at_start,
            initial_soc,
            arrivals,
            expected_per_h,
            charging,
            stock_margin,
            flexible,
            lost_swap_cost,
            charging_plan_kw,
        } = self;
        for count in [packs, chargers, bays, waiting_max, full_at_start] {
            hash.word(u64::from(*count));
        }
        let numbers =
            [pack_kwh, charger_kw, charge_efficiency, power_max_kw, swap_s, patience_s, initial_soc, stock_margin];
        numbers.into_iter().for_each(|number| hash.number(*number));
        hash.word(arrivals.len() as u64);
        for SwapArrival { at_s, soc } in arrivals.iter() {
            hash.number(*at_s);
            hash.number(*soc);
        }
        hash.series(expected_per_h);
        hash.word(*charging as u64);
        hash.word(u64::from(*flexible));
        hash.number(*lost_swap_cost);
        charging_plan_kw.iter().for_each(|plan_kw| hash.series(plan_kw));
    }
}

/// Most state of charge of a pack that comes.
const MOST_SOC: f64 = 1.0;

ledger! {
    /// Totals of one swap station.
    ///
    /// The books: electricity + arrived = departed + loss + change, all in kWh.
    #[derive(Debug, Clone, PartialEq)]
    pub struct SwapStationTotals {
        /// Taken at the chargers' AC terminals, kWh.
        pub electricity_kwh: f64 = ("kWh", Role::Transfer { from: Carrier::Electric, to: Carrier::Stored }),
        /// In the packs that vehicles left, kWh.
        pub vehicle_arrived_kwh: f64 = ("kWh", Role::In(Carrier::Stored)),
        /// In the packs that vehicles took, kWh.
        pub vehicle_departed_kwh: f64 = ("kWh", Role::Out(Carrier::Stored)),
        /// Lost in charging, kWh.
        pub charging_loss_kwh: f64 = ("kWh", Role::Loss(Carrier::Stored)),
        /// In the station's packs at the end minus at the start, kWh.
        pub stored_change_kwh: f64 = ("kWh", Role::Change(Carrier::Stored)),
        /// Vehicles that came.
        pub vehicles: f64 = ("", Role::Beside),
        /// Swaps that ended in the run.
        pub swaps: f64 = ("", Role::Beside),
        /// Vehicles that found no place to wait.
        pub turned_away: f64 = ("", Role::Beside),
        /// Vehicles that had waited for as long as they would.
        pub out_of_patience: f64 = ("", Role::Beside),
        /// Vehicles that wait or are in swap at the run's end.
        pub still_there: f64 = ("", Role::Beside),
        /// Vehicles whose swap began, of all whose fate is known, percent; 100 where none came.
        pub served_percent: f64 = ("%", Role::Beside),
        /// Mean time from arrival to a swap's begin, seconds.
        pub wait_mean_s: f64 = ("s", Role::Beside),
        /// Longest such time, seconds.
        pub wait_max_s: f64 = ("s", Role::Beside),
        /// Swaps of a pack in a day.
        pub turns_per_day: f64 = ("1/d", Role::Beside),
        /// Time without a full pack, hours.
        pub no_full_pack_h: f64 = ("h", Role::Beside),
        /// Vehicles lost, turned away or out of patience, × their cost.
        pub lost_swap_cost: f64 = ("currency", Role::Cost(Account::Objective)),
        /// Greatest mean power of a step, kW.
        pub peak_kw: f64 = ("kW", Role::Beside),
        /// Σ over steps of |electricity + arrived − departed − loss − change|, kWh.
        pub residual_kwh: f64 = ("kWh", Role::Residual),
    }
}
