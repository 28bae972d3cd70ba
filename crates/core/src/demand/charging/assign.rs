//! Who stands at which bay when: known before the run, since stays do not depend on charging.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::Station;

/// Where a session ends up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// None where it was turned away: no bay was free while it waited.
    pub(super) bay: Option<u32>,
    /// When it is plugged in, or turned away.
    pub(super) at_s: i64,
}

/// The place of each session, in their order: the bay that it names, or in order of arrival the first that is free.
pub(super) fn assign(station: &Station) -> Vec<Place> {
    let mut places: Vec<Place> =
        station.sessions.iter().map(|session| Place { bay: session.bay, at_s: session.from_s }).collect();
    let mut arrivals: Vec<u32> = (0..places.len() as u32).filter(|i| places[*i as usize].bay.is_none()).collect();
    arrivals.sort_by_key(|i| station.sessions[*i as usize].from_s);
    let mut queue = Queue { station, free_at_s: alloc::vec![i64::MIN; station.bays.len()], waiting: VecDeque::new() };
    for session in arrivals {
        queue.serve_until(station.sessions[session as usize].from_s, &mut places);
        queue.waiting.push_back(session);
        queue.serve_until(station.sessions[session as usize].from_s, &mut places);
    }
    queue.serve_until(i64::MAX, &mut places);
    places
}

struct Queue<'a> {
    station: &'a Station,
    /// When each bay's last car leaves.
    free_at_s: Vec<i64>,
    waiting: VecDeque<u32>,
}

impl Queue<'_> {
    /// Gives bays that become free by `by_s` to those who wait, first come first served; who has no more patience then is
    /// turned away.
    fn serve_until(&mut self, by_s: i64, places: &mut [Place]) {
        while let Some(&first) = self.waiting.front() {
            let session = &self.station.sessions[first as usize];
            let patience_s = self.station.patience_s.map_or(i64::MAX, i64::from);
            let gives_up_s = session.until_s.min(session.from_s.saturating_add(patience_s).saturating_add(1));
            // Of bays free at its arrival the first, else that which is free soonest.
            let bay = (0..self.free_at_s.len()).min_by_key(|bay| self.free_at_s[*bay].max(session.from_s));
            let Some(bay) = bay else { return };
            let at_s = self.free_at_s[bay].max(session.from_s);
            if at_s >= gives_up_s {
                places[first as usize] = Place { bay: None, at_s: gives_up_s };
            } else if at_s > by_s {
                return;
            } else {
                places[first as usize] = Place { bay: Some(bay as u32), at_s };
                self.free_at_s[bay] = session.until_s;
            }
            self.waiting.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ChargingSession, Supply};
    use super::*;

    fn station(patience_s: Option<u32>, stays: &[(i64, i64)]) -> Station {
        let supply = Supply::Power { power_max_kw: 7.0, power_min_kw: 0.0, efficiency: 1.0 };
        let sessions = stays.iter().map(|&(from, until)| ChargingSession::new(from, until, 1.0)).collect();
        Station { sessions, patience_s, ..Station::of_bays(2, supply) }
    }

    #[test]
    fn cars_take_the_first_free_bay_wait_in_order_and_give_up() {
        let stays = [(0, 100), (10, 50), (20, 200), (30, 40), (60, 70)];
        let places = |patience| {
            assign(&station(patience, &stays)).iter().map(|place| (place.bay, place.at_s)).collect::<Vec<_>>()
        };
        // The third takes the second bay when it is left; the fourth and fifth leave before one is free.
        assert_eq!(places(None), [(Some(0), 0), (Some(1), 10), (Some(1), 50), (None, 40), (None, 70)]);
        // Without patience beyond 20 s the third is gone, and the fifth finds the bay free.
        assert_eq!(places(Some(20)), [(Some(0), 0), (Some(1), 10), (None, 41), (None, 40), (Some(1), 60)]);
    }
}
