//! A station's stays as one who plans them sees them.

use super::station_lane::StationLane;
use super::{Station, Task};
use crate::Plan;

/// What could be decided about a station's cars in a run: when each draws, within its stay and the limits that it shares.
#[derive(Debug, Clone, PartialEq)]
pub struct ManagedStays {
    /// The stays that meet the run and can take something, in the order in which they are plugged in.
    pub stays: alloc::vec::Vec<ManagedStay>,
    /// Energy that cars want and no schedule could charge: stays too short, cars turned away, kWh in packs.
    pub impossible_kwh: f64,
}

/// A car's stay as a task: what its pack can take with full power throughout, at the AC terminals at the best efficiency that its
/// charger has. So no schedule of the station's draws more power, or charges more with less energy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ManagedStay {
    /// Index of its session in the station.
    pub session: u32,
    /// Index of its bay.
    pub bay: u32,
    /// Window, energy and greatest power at the AC terminals.
    pub task: Task,
    /// Energy into the pack per energy at the AC terminals, 0.3 to 1: the best.
    pub efficiency: f64,
    /// Index of the limit in [`Station::limits`] that it is behind; none: the site's alone.
    pub limit: Option<u32>,
    /// Whether that is all there is: no least power, no power that falls as the pack fills, one efficiency.
    pub is_linear: bool,
}

impl Station {
    /// The stays of its cars in the run of `plan`, whose scenario has the station.
    #[must_use]
    pub fn managed(&self, plan: &Plan) -> ManagedStays {
        let lane = StationLane::new(self, plan);
        let impossible_kwh = lane.totals(self, plan).impossible_kwh;
        ManagedStays { stays: lane.table.managed(), impossible_kwh }
    }
}
