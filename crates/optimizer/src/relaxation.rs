//! What the linear programme leaves out of the physics, by name.

/// A freedom that the linear programme has and the site does not.
///
/// With any of them the programme's optimum may lie below what the site can reach: it is a bound, not a plan's cost. A
/// relaxation is named where the site's data let it matter; where none is named, the optimum is the site's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relaxation {
    /// A battery may charge and discharge at once, which burns energy: at negative import prices, or where a kWh left
    /// in store has a negative value.
    ChargeWithDischarge,
    /// The site may import and export at once: where export pays more than import costs, which below a
    /// month's least charge is nothing.
    ImportWithExport,
    /// What cannot be curtailed, of plants that must be taken and of gensets, may be left without need: where export
    /// costs or import pays.
    FreeCurtailment,
    /// A battery barred from grid charging may charge in part while import displaces generation in part: where import
    /// pays.
    BarredCurtailment,
    /// Load may be shed while storage still holds energy, a genset could run or a task could wait: at steps whose load
    /// exceeds generation and the tie's limit.
    SheddingWithStorage,
    /// In an outage storage may balance the island in any way; the grid-forming one does it first come, first served.
    IslandBalance,
    /// Energy below the reserve, after an outage or through self-discharge, may be discharged in part.
    SlopedReserve,
    /// Batteries barred from grid charging or export share surplus and deficit in any order, and all that gensets could
    /// give and tasks could leave as surplus; the site's order is theirs in the scenario, and surplus what is left over.
    SharedSurplus,
    /// Very many sessions of a load draw as one: in each step up to the sum of their powers, by each time no more than all of
    /// them could have drawn, and no less than they must have to be done in time. What one draws could serve another.
    SessionsTogether,
    /// Cars at stations take any power up to their greatest at their best efficiency, whatever their packs hold and the charger's least
    /// current is.
    ChargingPower,
    /// Packs of swap stations are energy: charging one takes no time beyond the chargers' power, and parts of packs serve vehicles.
    SwapStock,
    /// Gensets run by shares between off and on: the envelope of their least load, no-load fuel, starts and times.
    GensetEnvelope,
    /// Demand tiers whose prices fall are replaced by the convex hull of their cost.
    FallingTiers,
    /// A demand discount for steady use is granted in every month.
    DemandDiscount,
    /// The power-factor adjustment is the best of its levels in every month.
    PowerFactor,
    /// Blocks of energy cost as the tangent at the site's use without storage says: those whose prices fall, or rise
    /// otherwise in periods counted together, those of export, and those that are netted.
    EnergyBlocks,
    /// Export is worth the most that it can be set off against or credited with.
    Metering,
    /// Flexible uses such as water heaters take nothing, and are credited with the most energy that they can keep.
    FlexibleUses,
    /// The feeder's losses and limits are left out.
    Feeder,
    /// Batteries stay as they are at the run's start.
    Ageing,
    /// Batteries have their best efficiency at any load, and no taper, wells or temperature of the cells.
    PlainBatteries,
    /// What hybrid inverters clip is generation at the bus, past their rating.
    HybridRating,
}

impl Relaxation {
    /// The name in files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChargeWithDischarge => "charge_with_discharge",
            Self::ImportWithExport => "import_with_export",
            Self::FreeCurtailment => "free_curtailment",
            Self::BarredCurtailment => "barred_curtailment",
            Self::SheddingWithStorage => "shedding_with_storage",
            Self::IslandBalance => "island_balance",
            Self::SlopedReserve => "sloped_reserve",
            Self::SharedSurplus => "shared_surplus",
            Self::SessionsTogether => "sessions_together",
            Self::ChargingPower => "charging_power",
            Self::SwapStock => "swap_stock",
            Self::GensetEnvelope => "genset_envelope",
            Self::FallingTiers => "falling_tiers",
            Self::DemandDiscount => "demand_discount",
            Self::PowerFactor => "power_factor",
            Self::EnergyBlocks => "energy_blocks",
            Self::Metering => "metering",
            Self::FlexibleUses => "flexible_uses",
            Self::Feeder => "no_feeder",
            Self::Ageing => "ageing",
            Self::PlainBatteries => "plain_batteries",
            Self::HybridRating => "hybrid_rating",
        }
    }
}

impl std::fmt::Display for Relaxation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
