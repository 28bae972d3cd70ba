//! What a run did: energy, money, carbon and the audit, as named numbers.

use alloc::string::String;
use alloc::vec::Vec;

use super::device_totals::DeviceTotals;
use super::ledger::{Account, Carrier, Role, ledger};
use crate::dispatch::{Bound, Gap, RequestFault};
use crate::storage::WarrantyUse;
use crate::utility::Bill;

/// The result of one run of one strategy.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Outcome {
    /// The scenario's name.
    pub scenario: String,
    /// The strategy's name.
    pub strategy: String,
    /// What of the future the strategy saw: `none`, `tariff`, `month`, …
    pub foresight: String,
    /// What `optimal` follows where that is not its own plan: the name of a rule that costs less, or `linear_programme`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub follows: Option<String>,
    /// Whether the run is without fault.
    pub status: Status,
    /// Number of steps.
    pub steps: usize,
    /// Length of a step in seconds.
    pub step_s: u32,
    /// Energy totals.
    pub energy: Energy,
    /// Money totals.
    pub money: Money,
    /// The bill, line by line and month by month.
    pub bill: Bill,
    /// Carbon of import and fuel, kg CO₂.
    pub carbon_kg: f64,
    /// Ratios that engineers compare.
    pub indicators: Indicators,
    /// Totals of each battery, in the order of the scenario.
    pub batteries: Vec<BatteryTotals>,
    /// Totals of each genset, in the order of the scenario.
    pub gensets: Vec<GensetTotals>,
    /// Totals of each device of other kinds, kind by kind, in the order of the scenario.
    pub devices: Vec<DeviceTotals>,
    /// Totals of each billing month.
    pub months: Vec<MonthTotals>,
    /// The least objective of any strategy on the plan, where it was asked for ([`Outcome::judge`]).
    pub bound: Option<Bound>,
    /// The run's distance from it; `None` where nothing is proven or nobody asked.
    pub gap: Option<Gap>,
    /// The component with the greatest residual, such as `bus` or `storage.battery[0]`.
    pub worst_component: String,
    /// What the reader of the numbers should know, such as an understated demand window.
    pub notes: Vec<String>,
}

impl Outcome {
    /// Whether a battery ends with less than it began with, by more than a millionth (of 1 kWh, if that is more).
    #[must_use]
    pub fn ends_below_start(&self) -> bool {
        self.batteries.iter().any(|battery| battery.start_kwh - battery.end_kwh > 1e-6 * battery.start_kwh.max(1.0))
    }

    /// Sets the run beside the bound of its plan. `perfect_forecast` is the objective of the same strategy with a perfect
    /// forecast, where it has a forecast.
    pub fn judge(&mut self, bound: &Bound, perfect_forecast: Option<f64>) {
        self.gap = bound.gap(self, perfect_forecast);
        self.bound = Some(bound.clone());
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum Status {
    /// Every step ran as asked.
    Completed,
    /// The strategy asked for what cannot be meant. Its requests count as 0 from that step on.
    Fault {
        /// First step of the fault.
        step: u32,
        /// What was wrong with the request.
        request: RequestFault,
    },
    /// A strategy that plans could make no plan. No plan is followed that is not solved: storage rests from that step on.
    Unsolved {
        /// Step at which there was no plan.
        step: u32,
    },
}

impl Status {
    /// The name in files and reports.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Fault { .. } => "fault",
            Self::Unsolved { .. } => "unsolved",
        }
    }

    /// The first step from which the strategy's requests count as 0; `None` where every step ran as asked.
    #[must_use]
    pub const fn fault_step(&self) -> Option<u32> {
        match self {
            Self::Completed => None,
            Self::Fault { step, .. } | Self::Unsolved { step } => Some(*step),
        }
    }

    /// Whether the run is without fault.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        *self == Self::Completed
    }
}

ledger! {
    /// Energy totals in kWh, all at least 0 except `stored_change_kwh`.
    ///
    /// The books: generation − curtailed + gensets + devices + import + discharge = served load + device use + charge + export + dump, and
    /// charge − discharge = stored change + storage loss. `residual_kwh` is by how much they do not close.
    #[derive(Debug, Clone, Copy, PartialEq, Default)]
    #[cfg_attr(feature = "serde", derive(serde::Serialize))]
    pub struct Energy {
        /// Load asked for.
        pub load_kwh: f64 = ("kWh", Role::Out(Carrier::Electric)),
        /// Generation available, curtailed or not.
        pub generation_available_kwh: f64 = ("kWh", Role::In(Carrier::Electric)),
        /// Generation not taken.
        pub curtailed_kwh: f64 = ("kWh", Role::Out(Carrier::Electric)),
        /// Generation of plants that cannot be curtailed, and of gensets at their least load, beyond all uses.
        pub dumped_kwh: f64 = ("kWh", Role::Out(Carrier::Electric)),
        /// Taken by devices that are neither load nor storage and have books of their own ([`Outcome::devices`]).
        pub device_use_kwh: f64 = ("kWh", Role::Out(Carrier::Electric)),
        /// Given by devices that have books of their own, such as fuel cells ([`Outcome::devices`]).
        pub device_given_kwh: f64 = ("kWh", Role::In(Carrier::Electric)),
        /// Given by gensets.
        pub genset_kwh: f64 = ("kWh", Role::In(Carrier::Electric)),
        /// Taken from the grid.
        pub import_kwh: f64 = ("kWh", Role::In(Carrier::Electric)),
        /// Given to the grid.
        pub export_kwh: f64 = ("kWh", Role::Out(Carrier::Electric)),
        /// Taken by storage at its AC terminals, and by direct current from a solar plant ([`HybridTotals`]).
        pub charge_kwh: f64 = ("kWh", Role::Transfer { from: Carrier::Electric, to: Carrier::Stored }),
        /// Given by storage at its AC terminals.
        pub discharge_kwh: f64 = ("kWh", Role::Transfer { from: Carrier::Stored, to: Carrier::Electric }),
        /// Conversion and self-discharge losses of storage, each from its own law.
        pub storage_loss_kwh: f64 = ("kWh", Role::Loss(Carrier::Stored)),
        /// Load not served.
        pub unserved_kwh: f64 = ("kWh", Role::In(Carrier::Electric)),
        /// Load not served by tier: critical, normal, sheddable.
        pub unserved_by_tier_kwh: [f64; 3],
        /// Energy that users of loads wanted and no step asked for, such as charging stays too short, and that cars at stations
        /// wanted and did not get: no part of the load and of the books.
        pub undelivered_kwh: f64 = ("kWh", Role::Beside),
        /// Stored energy at the end minus at the start.
        pub stored_change_kwh: f64 = ("kWh", Role::Change(Carrier::Stored)),
        /// Σ over steps of |Σ in − Σ out − Δstored − losses|, over all components.
        pub residual_kwh: f64 = ("kWh", Role::Residual),
    }
}

impl Energy {
    /// What went through the site: generation, gensets, import, discharge and load; the scale for `residual_kwh`.
    #[must_use]
    pub fn throughput_kwh(&self) -> f64 {
        self.generation_available_kwh
            + self.genset_kwh
            + self.device_given_kwh
            + self.import_kwh
            + self.discharge_kwh
            + self.load_kwh
    }
}

ledger! {
    /// Money totals in the scenario's currency. Revenue and credit reduce; all else adds.
    #[derive(Debug, Clone, PartialEq, Default)]
    #[cfg_attr(feature = "serde", derive(serde::Serialize))]
    pub struct Money {
        /// The scenario's currency.
        pub currency: String,
        /// Import energy × price.
        pub energy_charge: f64 = ("currency", Role::Cost(Account::Bill)),
        /// Charges on peaks.
        pub demand_charge: f64 = ("currency", Role::Cost(Account::Bill)),
        /// Charges on installed capacity.
        pub capacity_charge: f64 = ("currency", Role::Cost(Account::Bill)),
        /// Charges per month.
        pub fixed_charge: f64 = ("currency", Role::Cost(Account::Bill)),
        /// Power-factor adjustment, what is missing to a least charge, and credits carried to later months less those
        /// from earlier ones; negative where it is a bonus.
        pub adjustment: f64 = ("currency", Role::Cost(Account::Bill)),
        /// Paid for export.
        pub export_revenue: f64 = ("currency", Role::Revenue(Account::Bill)),
        /// What the utility charges: the charges less the revenue.
        pub bill_total: f64 = ("currency", Role::Cost(Account::Objective)),
        /// Fuel of gensets.
        pub fuel_cost: f64 = ("currency", Role::Cost(Account::Objective)),
        /// Starts of gensets.
        pub start_cost: f64 = ("currency", Role::Cost(Account::Objective)),
        /// Wear of storage, and of gensets by their running hours, maintenance included.
        pub wear_cost: f64 = ("currency", Role::Cost(Account::Objective)),
        /// Load not served × its value.
        pub unserved_cost: f64 = ("currency", Role::Cost(Account::Objective)),
        /// Energy undelivered × its cost.
        pub undelivered_cost: f64 = ("currency", Role::Cost(Account::Objective)),
        /// Costs in the books of other devices, such as hydrogen not delivered.
        pub device_cost: f64 = ("currency", Role::Cost(Account::Objective)),
        /// Revenues in the books of other devices, such as hydrogen sold and what a tank keeps beyond its start.
        pub device_revenue: f64 = ("currency", Role::Revenue(Account::Objective)),
        /// Carbon × its price.
        pub carbon_cost: f64 = ("currency", Role::Cost(Account::Objective)),
        /// Energy left in store (end minus start), heat included, × its value.
        pub stored_credit: f64 = ("currency", Role::Revenue(Account::Objective)),
        /// Value of a stored kWh used for the credit.
        pub stored_value_per_kwh: f64 = ("currency/kWh", Role::Beside),
        /// What strategies are judged by: bill, fuel, starts, wear, unserved load, undelivered energy, costs of devices and
        /// carbon, less revenues of devices and the credit.
        pub objective: f64 = ("currency", Role::Beside),
    }
}

impl Energy {
    /// By how much what came into a carrier is above what went out, was lost and is kept: 0 but for rounding. Hydrogen is in
    /// kg, and in the books of devices only.
    #[must_use]
    pub fn balance_kwh(&self, carrier: Carrier) -> f64 {
        Self::ENTRIES.iter().filter_map(|entry| entry.in_balance(self, carrier)).sum()
    }
}

impl Money {
    /// The sum of an account's entries.
    #[must_use]
    pub fn sum_of(&self, account: Account) -> f64 {
        Self::ENTRIES.iter().filter_map(|entry| entry.in_account(self, account)).sum()
    }

    /// All entries of an account without their signs: the scale of its rounding.
    #[must_use]
    pub fn turnover_of(&self, account: Account) -> f64 {
        Self::ENTRIES.iter().filter_map(|entry| entry.in_account(self, account)).map(f64::abs).sum()
    }
}

/// Ratios that engineers compare.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Indicators {
    /// Share of the available generation used on site, directly or through storage, in percent; `None` without
    /// generation. Export counts as generation's as far as generation exceeds load and charging at that step.
    pub self_consumption_percent: Option<f64>,
    /// 1 − import / load served, in percent; `None` without load. Negative where storage losses exceed generation.
    pub self_sufficiency_percent: Option<f64>,
    /// Share of the energy that reached a use, load served or export, that came neither from the grid nor from gensets, in
    /// percent; `None` where nothing was used. It is HOMER's renewable fraction, 1 − non-renewable production / energy
    /// served, sales to the grid among the served, with the grid taken for non-renewable (HOMER Pro's manual, glossary:
    /// renewable fraction, total electrical load served, nonrenewable electrical production).
    pub renewable_share_percent: Option<f64>,
    /// Time in which some load was shed, hours; `None` where load was shed and no recorder looked when.
    pub shed_h: Option<f64>,
    /// Greatest mean power shed in a step, kW; `None` where load was shed and no recorder looked when.
    pub shed_max_kw: Option<f64>,
    /// Greatest mean import of a step, kW.
    pub peak_import_kw: f64,
    /// Equivalent full cycles: stored energy drawn / nominal capacity, over all batteries; `None` without storage.
    pub equivalent_full_cycles: Option<f64>,
}

ledger! {
    /// Totals of one battery.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "serde", derive(serde::Serialize))]
    pub struct BatteryTotals {
        /// The battery's name.
        pub name: String,
        /// Taken at its AC terminals, and by direct current from a solar plant ([`HybridTotals`]), kWh.
        pub charge_kwh: f64 = ("kWh", Role::In(Carrier::Stored)),
        /// Given at its AC terminals, kWh.
        pub discharge_kwh: f64 = ("kWh", Role::Out(Carrier::Stored)),
        /// Lost in conversion, kWh.
        pub conversion_loss_kwh: f64 = ("kWh", Role::Loss(Carrier::Stored)),
        /// Lost by self-discharge, kWh; of a battery that ages also what no longer fits it.
        pub self_discharge_kwh: f64 = ("kWh", Role::Loss(Carrier::Stored)),
        /// Stored at the start, kWh.
        pub start_kwh: f64 = ("kWh", Role::In(Carrier::Stored)),
        /// Stored at the end, kWh.
        pub end_kwh: f64 = ("kWh", Role::Out(Carrier::Stored)),
        /// Σ over steps of the battery's own residual, kWh.
        pub residual_kwh: f64 = ("kWh", Role::Residual),
        /// Stored energy drawn / nominal capacity; 0 for a battery of no capacity.
        pub equivalent_full_cycles: f64 = ("", Role::Beside),
        /// What the run left of it; `None` where it does not age.
        #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
        pub health: Option<BatteryHealth>,
        /// How warm its cells were; `None` where nobody follows that.
        #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
        pub cells: Option<CellTemperatures>,
        /// What the inverter that it shares with a solar plant did; `None` where it has its own.
        #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
        pub hybrid: Option<HybridTotals>,
    }
}

/// What a hybrid inverter did in the run, kWh.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct HybridTotals {
    /// Direct current of the plant that the inverter did not pass.
    pub clipped_kwh: f64,
    /// What of it went into the battery: part of the battery's charge and of the site's generation.
    pub clipped_stored_kwh: f64,
    /// Loss of the inverter that charging from the arrays spared: part of the battery's charge and of the site's generation.
    pub spared_loss_kwh: f64,
    /// Lost in the inverter by what the battery gave, and by what it took from the bus; part of the battery's conversion loss.
    pub inverter_loss_kwh: f64,
}

/// How warm the cells of a battery were in the run, °C.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CellTemperatures {
    /// Least at the end of a step, or at the start.
    pub least_c: f64,
    /// Mean over the run.
    pub mean_c: f64,
    /// Greatest at the end of a step, or at the start.
    pub most_c: f64,
    /// At the end.
    pub end_c: f64,
}

/// What a run left of a battery that ages, up to the last day that is closed.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BatteryHealth {
    /// By which model it ages.
    pub model: &'static str,
    /// Capacity at the run's start, percent of the nominal one.
    pub start_capacity_percent: f64,
    /// Capacity left at the end, percent of the nominal one.
    pub end_capacity_percent: f64,
    /// Least capacity in the run, percent of the nominal one.
    pub least_capacity_percent: f64,
    /// When cells were last replaced or added, percent of the run's days; `None` where they were not.
    pub renewed_at_percent: Option<f64>,
    /// Capacity right after that, percent of the nominal one: 100 less what no module made up for.
    pub renewed_capacity_percent: f64,
    /// Resistance at the end, percent of that of new cells.
    pub end_resistance_percent: f64,
    /// Days since the first day of its oldest cells.
    pub age_days: f64,
    /// Equivalent full cycles of the capacity that was left, since that day.
    pub full_cycles: f64,
    /// Rainflow cycles that closed since that day, large and small; halves count half.
    pub counted_cycles: f64,
    /// Discharged at the AC terminals since that day, kWh.
    pub throughput_kwh: f64,
    /// Energy that no longer fitted the window in the run, kWh; part of the battery's `self_discharge_kwh`.
    pub fade_loss_kwh: f64,
    /// How often all cells were replaced in the run.
    pub replacements: u32,
    /// How often new modules were added in the run.
    pub augmentations: u32,
    /// New capacity bought in the run, kWh.
    pub new_capacity_kwh: f64,
    /// What it cost, in the scenario's currency: no part of bill and objective.
    pub replacement_cost: f64,
    /// What a discharged kWh has worn since that day, in the scenario's currency: the capacity lost to use, as a share of what
    /// may be lost until the end of life, times the cost of a new battery, over the throughput. `None` where the model does
    /// not tell use from time.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub wear_cost_per_kwh: Option<f64>,
    /// How it stands to its warranty; `None` where none is given.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub warranty: Option<WarrantyUse>,
}

ledger! {
    /// Totals of one genset.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "serde", derive(serde::Serialize))]
    pub struct GensetTotals {
        /// The genset's name.
        pub name: String,
        /// Given at its AC terminals, kWh.
        pub generation_kwh: f64 = ("kWh", Role::In(Carrier::Electric)),
        /// Time run, hours.
        pub running_h: f64 = ("h", Role::Beside),
        /// Number of starts.
        pub starts: u32 = ("", Role::Beside),
        /// Fuel burnt, in `fuel_unit`.
        pub fuel: f64 = ("", Role::Beside),
        /// Unit of the fuel: `L`, `kg` or `m3`.
        pub fuel_unit: &'static str,
        /// Fuel × its price.
        pub fuel_cost: f64 = ("currency", Role::Cost(Account::Objective)),
        /// Starts × their cost.
        pub start_cost: f64 = ("currency", Role::Cost(Account::Objective)),
        /// Running hours × maintenance and their part of the life: part of the money's wear.
        pub running_cost: f64 = ("currency", Role::Cost(Account::Objective)),
        /// Running hours in percent of its life; 0 where that is not limited.
        pub life_used_percent: f64 = ("%", Role::Beside),
        /// Carbon of the fuels, kg CO₂.
        pub carbon_kg: f64 = ("kg", Role::Beside),
        /// The second fuel burnt, with its unit; `None` where it burns one.
        #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
        pub second_fuel: Option<(f64, &'static str)>,
        /// Heat of combined heat and power; `None` where none is recovered.
        #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
        pub heat: Option<GensetHeat>,
    }
}

/// Heat recovered from a genset in the run, kWh.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct GensetHeat {
    /// Recovered.
    pub recovered_kwh: f64,
    /// What of it water heaters took.
    pub used_kwh: f64,
    /// The rest, lost to the air.
    pub lost_kwh: f64,
}

/// Totals of one billing month.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MonthTotals {
    /// The month's label.
    pub month: String,
    /// Taken from the grid, kWh.
    pub import_kwh: f64,
    /// Given to the grid, kWh.
    pub export_kwh: f64,
    /// Greatest mean import of a step, kW.
    pub peak_import_kw: f64,
    /// What the utility charges for the month.
    pub bill_total: f64,
}
