//! What a caller may choose.

/// What the energy left at the run's end counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EndRule {
    /// As the scenario asks: end less start at the plan's value per stored kWh, as every run's objective counts it, or
    /// [`EndRule::NotBelowStart`] where its `run_end` is that.
    #[default]
    Credit,
    /// Nothing.
    Free,
    /// Nothing, and no battery may end below its start.
    NotBelowStart,
}

/// Which decisions are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Decisions {
    /// Of storage and gensets; loads are as they are.
    #[default]
    Storage,
    /// Also how much the cars at charging stations ([`microgrid_core::demand::Station`]) draw when, within their stays and the
    /// stations' limits, and when the packs of swap stations are charged whose losses have a price
    /// ([`microgrid_core::demand::SwapStation::lost_swap_cost`]).
    StorageAndStations,
    /// Also when charging sessions and shiftable loads draw their energy, each within its window and power
    /// ([`microgrid_core::demand::Load::tasks`]).
    StorageAndTasks,
}

/// Settings of a solve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// What the energy left at the end counts.
    pub end: EndRule,
    /// Which decisions are free.
    pub decisions: Decisions,
    /// Relative gap and feasibility that the solver must reach, 1e-12 to 1e-3; 1e-9 by default.
    pub tolerance: f64,
    /// Most iterations of the solver; 200 by default. A programme of a year takes 20 to 60.
    pub max_iterations: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { end: EndRule::default(), decisions: Decisions::default(), tolerance: 1e-9, max_iterations: 200 }
    }
}
