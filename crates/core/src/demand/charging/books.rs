//! A station's books and figures, and each session's.

use alloc::vec::Vec;

use crate::simulation::{Carrier, Role, ledger};

/// A session that lacks no more than this has what it wanted, kWh: ACN-Sim's measure.
const MET_KWH: f64 = 0.1;

ledger! {
    /// Totals of one charging station; energies in packs unless said otherwise.
    ///
    /// The books: electricity + energy that cars arrived with = energy that they left with + charging loss. A car that is
    /// plugged in when the run begins arrives then, and one that is when it ends leaves then.
    #[derive(Debug, Clone, PartialEq, Default)]
    pub struct StationTotals {
        /// Taken at the chargers' AC terminals, kWh.
        pub electricity_kwh: f64 = ("kWh", Role::Transfer { from: Carrier::Electric, to: Carrier::Stored }),
        /// In the packs of cars when they were plugged in, kWh; of cars of which only the energy is known, 0.
        pub vehicle_arrived_kwh: f64 = ("kWh", Role::In(Carrier::Stored)),
        /// In the packs of cars when they left, kWh.
        pub vehicle_departed_kwh: f64 = ("kWh", Role::Out(Carrier::Stored)),
        /// Lost between AC terminals and packs, kWh.
        pub charging_loss_kwh: f64 = ("kWh", Role::Loss(Carrier::Stored)),
        /// Wanted by all whose stay meets the run, those turned away included, kWh.
        pub wanted_kwh: f64 = ("kWh", Role::Beside),
        /// Charged, kWh.
        pub delivered_kwh: f64 = ("kWh", Role::Beside),
        /// Wanted and not charged, kWh.
        pub undelivered_kwh: f64 = ("kWh", Role::Beside),
        /// Of that, what full power throughout would not have charged either: stays too short, cars turned away, kWh.
        pub impossible_kwh: f64 = ("kWh", Role::Beside),
        /// Delivered / wanted, percent.
        pub delivered_percent: f64 = ("%", Role::Beside),
        /// Delivered / what full power throughout would have delivered, percent.
        pub feasible_delivered_percent: f64 = ("%", Role::Beside),
        /// Sessions whose stay meets the run.
        pub sessions: u32 = ("", Role::Beside),
        /// Those that lack at most 0.1 kWh.
        pub sessions_met: u32 = ("", Role::Beside),
        /// Those that found no bay while they waited.
        pub turned_away: u32 = ("", Role::Beside),
        /// What the session in the middle lacks, kWh; of the half, …
        pub shortfall_p50_kwh: f64 = ("kWh", Role::Beside),
        /// … of nine in ten, …
        pub shortfall_p90_kwh: f64 = ("kWh", Role::Beside),
        /// … of 99 in a hundred none lacks more, …
        pub shortfall_p99_kwh: f64 = ("kWh", Role::Beside),
        /// … and none at all lacks more than this, kWh.
        pub shortfall_max_kwh: f64 = ("kWh", Role::Beside),
        /// Jain's index of the shares x of what each session wanted that it had, (Σx)² / (n·Σx²), percent: 100 where all had
        /// the same share (Jain, Chiu and Hawe, DEC-TR-301, 1984).
        pub fairness_percent: f64 = ("%", Role::Beside),
        /// Mean wait of those who got a bay, h.
        pub wait_mean_h: f64 = ("h", Role::Beside),
        /// Longest wait of those who got a bay, h.
        pub wait_max_h: f64 = ("h", Role::Beside),
        /// Greatest mean power of a step at the AC terminals, kW.
        pub peak_kw: f64 = ("kW", Role::Beside),
        /// Electricity × import price of its step / energy delivered, per kWh: as if all of it were imported, peaks apart.
        pub import_cost_per_kwh: f64 = ("currency/kWh", Role::Beside),
        /// What drivers pay for energy: electricity × its price. Beside the objective, which counts what is not delivered.
        pub energy_revenue: f64 = ("currency", Role::Beside),
        /// What drivers pay for the service: electricity × the fee.
        pub service_revenue: f64 = ("currency", Role::Beside),
        /// Energy not delivered × its cost: a part of the site's `undelivered_cost`, where the objective counts it.
        pub undelivered_cost: f64 = ("currency", Role::Beside),
        /// Σ over sessions and steps of |drawn − stored − lost|, kWh.
        pub residual_kwh: f64 = ("kWh", Role::Residual),
    }
}

/// What became of a session. Energies in kWh in the pack unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct SessionOutcome {
    /// Its index in the station.
    pub session: u32,
    /// Its bay; none where it was turned away.
    pub bay: Option<u32>,
    /// When it was plugged in, or gave up, in seconds from the run's start.
    pub plugged_s: i64,
    /// When it left.
    pub until_s: i64,
    /// How long it waited for a bay, s.
    pub waited_s: i64,
    /// In the pack when it was plugged in or the run began; 0 where only its energy is known.
    pub arrived_kwh: f64,
    /// In the pack when it left or the run ended.
    pub departed_kwh: f64,
    /// Wanted in the run.
    pub wanted_kwh: f64,
    /// Of that, what full power throughout would have charged.
    pub possible_kwh: f64,
    /// Drawn at the charger's AC terminals, kWh.
    pub drawn_kwh: f64,
    /// Lost between there and the pack.
    pub loss_kwh: f64,
}

impl SessionOutcome {
    /// Charged, kWh in the pack.
    #[must_use]
    pub fn delivered_kwh(&self) -> f64 {
        self.departed_kwh - self.arrived_kwh
    }

    /// Wanted and not charged, kWh in the pack, at least 0.
    #[must_use]
    pub fn shortfall_kwh(&self) -> f64 {
        let lacks_kwh = self.wanted_kwh - self.delivered_kwh();
        // The difference of equal sums may be rounding.
        if lacks_kwh > 1e-12 * (1.0 + self.departed_kwh) { lacks_kwh } else { 0.0 }
    }

    /// Whether it has what it wanted, but for 0.1 kWh at most.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.shortfall_kwh() <= MET_KWH
    }
}

impl StationTotals {
    /// With all that follows from the sessions.
    pub(super) fn of_sessions(self, sessions: &[SessionOutcome]) -> Self {
        let sum = |of: fn(&SessionOutcome) -> f64| sessions.iter().map(of).fold(0.0, |sum, kwh| sum + kwh);
        let count = |is: fn(&SessionOutcome) -> bool| sessions.iter().filter(|session| is(session)).count();
        let share = |part: f64, whole: f64| if whole > 0.0 { 100.0 * part / whole } else { 100.0 };
        let (wanted_kwh, possible_kwh) = (sum(|s| s.wanted_kwh), sum(|s| s.possible_kwh));
        let delivered_kwh = sum(SessionOutcome::delivered_kwh);
        let mut shortfalls: Vec<f64> = sessions.iter().map(SessionOutcome::shortfall_kwh).collect();
        shortfalls.sort_by(f64::total_cmp);
        // The least value that so many per cent of the sessions do not exceed.
        let quantile = |percent: usize| {
            let rank = (shortfalls.len() * percent).div_ceil(100).max(1);
            shortfalls.get(rank - 1).copied().unwrap_or(0.0)
        };
        let waits = || sessions.iter().filter(|s| s.bay.is_some()).map(|s| s.waited_s as f64 / 3600.0);
        let placed = waits().count();
        Self {
            vehicle_arrived_kwh: sum(|s| s.arrived_kwh),
            vehicle_departed_kwh: sum(|s| s.departed_kwh),
            charging_loss_kwh: sum(|s| s.loss_kwh),
            wanted_kwh,
            delivered_kwh,
            undelivered_kwh: sum(SessionOutcome::shortfall_kwh),
            impossible_kwh: sum(|s| if s.wanted_kwh > s.possible_kwh { s.wanted_kwh - s.possible_kwh } else { 0.0 }),
            delivered_percent: share(delivered_kwh, wanted_kwh),
            feasible_delivered_percent: share(delivered_kwh, possible_kwh),
            sessions: sessions.len() as u32,
            sessions_met: count(SessionOutcome::is_met) as u32,
            turned_away: count(|s| s.bay.is_none()) as u32,
            shortfall_p50_kwh: quantile(50),
            shortfall_p90_kwh: quantile(90),
            shortfall_p99_kwh: quantile(99),
            shortfall_max_kwh: quantile(100),
            fairness_percent: 100.0 * jain(sessions),
            wait_mean_h: if placed > 0 { waits().fold(0.0, |sum, h| sum + h) / placed as f64 } else { 0.0 },
            wait_max_h: waits().fold(0.0, f64::max),
            ..self
        }
    }
}

/// Jain's index of the delivered shares of those who wanted something; 1 where nobody did or had any.
fn jain(sessions: &[SessionOutcome]) -> f64 {
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for session in sessions.iter().filter(|session| session.wanted_kwh > 0.0) {
        let share = session.delivered_kwh() / session.wanted_kwh;
        count += 1.0;
        sum += share;
        squares += share * share;
    }
    if squares > 0.0 { sum * sum / (count * squares) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(wanted_kwh: f64, delivered_kwh: f64) -> SessionOutcome {
        SessionOutcome {
            session: 0,
            bay: Some(0),
            plugged_s: 0,
            until_s: 1,
            waited_s: 1800,
            arrived_kwh: 5.0,
            departed_kwh: 5.0 + delivered_kwh,
            wanted_kwh,
            possible_kwh: wanted_kwh,
            drawn_kwh: delivered_kwh,
            loss_kwh: 0.0,
        }
    }

    #[test]
    fn figures_are_those_of_the_sessions() {
        // One of four has all, one half, one nothing, one lacks 50 Wh.
        let sessions = [session(10.0, 10.0), session(10.0, 5.0), session(10.0, 0.0), session(10.0, 9.95)];
        let totals = StationTotals::default().of_sessions(&sessions);
        assert_eq!((totals.sessions, totals.sessions_met, totals.turned_away), (4, 2, 0));
        assert!((totals.delivered_percent - 62.375).abs() < 1e-9);
        assert!((totals.shortfall_p50_kwh - 0.05).abs() < 1e-9 && (totals.shortfall_max_kwh - 10.0).abs() < 1e-9);
        let (sum, squares) = (1.0 + 0.5 + 0.995, 1.0 + 0.25 + 0.995 * 0.995);
        assert!((totals.fairness_percent - 100.0 * sum * sum / (4.0 * squares)).abs() < 1e-9);
        assert_eq!((totals.wait_mean_h, totals.wait_max_h), (0.5, 0.5));
        assert_eq!(StationTotals::default().of_sessions(&[]).delivered_percent, 100.0);
    }
}
