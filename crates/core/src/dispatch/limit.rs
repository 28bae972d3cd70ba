//! The limits that a request may meet, by name.

/// A limit of a device or of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Limit {
    /// A battery's greatest charge.
    ChargeMax,
    /// A battery's greatest discharge.
    DischargeMax,
    /// The top of a battery's window: there is no more room.
    SocMax,
    /// The bottom of a battery's window: there is no more energy.
    SocMin,
    /// Energy held back while the grid is there.
    ReserveSoc,
    /// A battery charges or discharges in a step, never both.
    OneWay,
    /// The battery may charge only what generation leaves over.
    ChargeFromGrid,
    /// The battery may discharge only into the load.
    ExportToGrid,
    /// The tie's import limit.
    Import,
    /// The tie's export limit.
    Export,
    /// There is no grid: the site must balance itself.
    Outage,
    /// There is no grid and nothing that forms one: the site is dark.
    Dark,
    /// No more generation can be curtailed.
    Generation,
    /// A genset's rating.
    Rating,
    /// A genset's least load.
    MinLoad,
    /// A genset's ramp.
    Ramp,
    /// A genset started too short a time ago to stop.
    MinUp,
    /// A genset stopped too short a time ago to start.
    MinDown,
    /// The order of recourse, where none of the others alone is at its limit.
    Recourse,
}

impl Limit {
    /// The name in files and reports: where a setting of the scenario is the limit, the setting's.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChargeMax => "charge_max_kw",
            Self::DischargeMax => "discharge_max_kw",
            Self::SocMax => "soc_max",
            Self::SocMin => "soc_min",
            Self::ReserveSoc => "reserve_soc",
            Self::OneWay => "one_way",
            Self::ChargeFromGrid => "charge_from_grid",
            Self::ExportToGrid => "export_to_grid",
            Self::Import => "import_limit_kw",
            Self::Export => "export_limit_kw",
            Self::Outage => "outage",
            Self::Dark => "dark",
            Self::Generation => "generation_kw",
            Self::Rating => "rating_kw",
            Self::MinLoad => "min_load",
            Self::Ramp => "ramp_kw_per_h",
            Self::MinUp => "min_up_h",
            Self::MinDown => "min_down_h",
            Self::Recourse => "recourse",
        }
    }
}
