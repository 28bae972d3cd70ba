//! Why a strategy asked what it asked: a code for the rule, what the rule wanted of storage, and what it thinks a stored
//! kWh is worth. Asked for only where a recorder looks on.

/// The rule by which a strategy decided in a step.
///
/// What kept storage from doing it is a [`Limit`](super::Limit) beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// Storage is locked out (`idle`).
    LockedOut,
    /// Neither surplus nor deficit: nothing to do.
    Balanced,
    /// Generation beyond the load is stored.
    StoreSurplus,
    /// Load beyond generation is covered from storage.
    CoverDeficit,
    /// Energy is bought in a valley of the price for the peak to come (`time_of_use`).
    ChargeInValley,
    /// Energy is kept for the peak of the price (`time_of_use`).
    WaitForPeak,
    /// Load above the target is covered (`peak_shaving`).
    ShavePeak,
    /// The room below the target is used to charge (`peak_shaving`).
    RechargeBelowTarget,
    /// A stored kWh is worth more later than it costs now: charge up to the plan's target level.
    ChargeToTarget,
    /// A stored kWh is worth more now than later: discharge down to the plan's target level.
    DischargeToTarget,
    /// A stored kWh is worth less than it costs and more than it brings: the level stays (but for what leaks).
    HoldLevel,
    /// There is no plan to follow (`rolling_horizon`): storage rests.
    NoPlan,
    /// Gensets give what storage leaves open and the tie cannot carry or makes dearer.
    GensetCovers,
    /// Running gensets are raised to charge storage.
    GensetCharges,
    /// A user's strategy, by the code it gave ([`Request::because`](super::Request::because)), else `own`.
    Own(&'static str),
    /// A request was not a number; requests count as 0 from that step on.
    Fault,
}

impl Reason {
    /// The code in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LockedOut => "locked_out",
            Self::Balanced => "balanced",
            Self::StoreSurplus => "store_surplus",
            Self::CoverDeficit => "cover_deficit",
            Self::ChargeInValley => "charge_in_valley",
            Self::WaitForPeak => "wait_for_peak",
            Self::ShavePeak => "shave_peak",
            Self::RechargeBelowTarget => "recharge_below_target",
            Self::ChargeToTarget => "charge_to_target",
            Self::DischargeToTarget => "discharge_to_target",
            Self::HoldLevel => "hold_level",
            Self::NoPlan => "no_plan",
            Self::GensetCovers => "genset_covers",
            Self::GensetCharges => "genset_charges",
            Self::Own(code) => code,
            Self::Fault => "fault",
        }
    }

    /// What a rule that balances the site does at a deficit (negative: a surplus).
    pub(crate) fn of_deficit(deficit_kw: f64) -> Self {
        if deficit_kw > 0.0 {
            Self::CoverDeficit
        } else if deficit_kw < 0.0 {
            Self::StoreSurplus
        } else {
            Self::Balanced
        }
    }
}

/// What a rule wanted of storage in a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Wish {
    pub(crate) reason: Reason,
    /// Before any limit, kW, positive into the bus.
    pub(crate) storage_kw: f64,
    /// Whether the wish is the least of what is wanted, as with a target that may lie beyond the device's limit.
    pub(crate) at_least: bool,
    pub(crate) stored_value_per_kwh: Option<f64>,
}

impl Wish {
    pub(crate) const NONE: Self = Self::new(Reason::Own("own"), 0.0);

    pub(crate) const fn new(reason: Reason, storage_kw: f64) -> Self {
        Self { reason, storage_kw, at_least: false, stored_value_per_kwh: None }
    }

    /// Of a plan's law, from its decision and the value of a stored kWh before it.
    pub(crate) fn of_law(decision: &super::exact_plan::Decision, stored_value_per_kwh: f64) -> Self {
        let storage_kw = decision.discharge_kw - decision.charge_kw;
        let reason = if storage_kw > 0.0 {
            Reason::DischargeToTarget
        } else if storage_kw < 0.0 {
            Reason::ChargeToTarget
        } else {
            Reason::HoldLevel
        };
        let at_least = storage_kw != 0.0;
        Self { reason, storage_kw, at_least, stored_value_per_kwh: Some(stored_value_per_kwh) }
    }
}
