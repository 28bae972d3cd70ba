//! Very many sessions drawn as one.
//!
//! # Model
//! Session j wants E_j by its deadline and draws at most p_j while it is there. By the end of step t it has drawn at most
//! U_j(t) = min(E_j, p_j·h·steps so far) and, to be done in time, at least L_j(t) = max(0, E_j − p_j·h·steps left). So their
//! sum q draws Σ_j L_j(t) ≤ Q(t) ≤ Σ_j U_j(t) by any time, Q the sum of h·q, and q(t) ≤ Σ_j p_j of those that are there. Every
//! way to serve the sessions meets these, and not the other way round: it is a bound, of as many columns as there are steps
//! whatever the number of sessions. The columns of sessions one by one, of which a year of a busy site has a million, took
//! gigabytes.
//!
//! Written in what is drawn beyond the least, R = Q − Σ L, which stays small over a year. Where sessions may miss energy, M_j(t) is the
//! most that session j lacked of L_j by t. Then Q + M ≥ Σ L; M grows in a step by no more than Σ L does; and where M_j is above 0,
//! Q_j + M_j ≤ L_j: so R = Q + M − Σ L keeps the same limits, and what is missed at last is its end.

use super::tasks::Span;
use crate::programme::{Programme, Sense, Variable};

/// Most columns of one load's sessions one by one; beyond, a bound draws them together.
pub(super) const COLUMNS_MOST: usize = 50_000;

/// Sums are rounded, and a bound must not suffer from it: their limits are this share of all energy wider.
const WIDER: f64 = 1e-9;

/// The sessions of one load, or of one station.
pub(super) struct Fleet {
    energy_kwh: f64,
    /// By step: most power, and what adds to the most and the least energy drawn by its end.
    most_kw: Vec<f64>,
    soonest_kwh: Vec<f64>,
    latest_kwh: Vec<f64>,
    /// Whether all can be had where the site is never short.
    is_in_reach: bool,
    draws: Vec<(usize, Variable)>,
}

impl Fleet {
    pub(super) fn new(steps: usize) -> Self {
        let zeros = || vec![0.0; steps];
        let (most_kw, soonest_kwh, latest_kwh) = (zeros(), zeros(), zeros());
        Self { energy_kwh: 0.0, most_kw, soonest_kwh, latest_kwh, is_in_reach: true, draws: Vec::new() }
    }

    /// Takes up `count` sessions alike; in the dark nothing draws.
    pub(super) fn add(&mut self, span: &Span, count: f64, step_h: f64, dark: &[bool]) {
        let most_kwh = |i: usize| if dark[span.first + i] { 0.0 } else { span.most_kw[i] * step_h };
        self.energy_kwh += count * span.energy_kwh;
        let mut open_kwh = span.energy_kwh;
        for i in 0..span.most_kw.len() {
            let drawn_kwh = most_kwh(i).min(open_kwh);
            open_kwh -= drawn_kwh;
            self.soonest_kwh[span.first + i] += count * drawn_kwh;
            self.most_kw[span.first + i] += count * most_kwh(i) / step_h;
        }
        self.is_in_reach &= open_kwh <= 1e-9 * span.energy_kwh;
        let mut open_kwh = span.energy_kwh;
        for i in (0..span.most_kw.len()).rev() {
            let drawn_kwh = most_kwh(i).min(open_kwh);
            open_kwh -= drawn_kwh;
            self.latest_kwh[span.first + i] += count * drawn_kwh;
        }
    }

    /// Makes the variable of each step that has any, up to `limit_kw` of the step, and returns them with their most power.
    pub(super) fn write_draws(
        &mut self,
        programme: &mut Programme,
        limit_kw: impl Fn(usize) -> f64,
    ) -> Vec<(usize, Variable, f64)> {
        let most = |(step, most_kw): (usize, &f64)| (step, most_kw.min(limit_kw(step)));
        let lit = self.most_kw.iter().enumerate().map(most).filter(|(_, most_kw)| *most_kw > 0.0);
        let made: Vec<(usize, Variable, f64)> =
            lit.map(|(step, most_kw)| (step, programme.variable(0.0, 0.0, most_kw), most_kw)).collect();
        self.draws = made.iter().map(|(step, variable, _)| (*step, *variable)).collect();
        made
    }

    /// The steps in which they may draw, and their variables.
    pub(super) fn draws(&self) -> &[(usize, Variable)] {
        &self.draws
    }

    /// Whether the site may be short in a step in which they may draw, or not all can be had even where it is not.
    pub(super) fn may_be_short(&self, may_be_short: &[bool]) -> bool {
        !self.is_in_reach || self.draws.iter().any(|(step, _)| may_be_short[*step])
    }

    /// Writes what is drawn beyond the least by the end of each step. With `unserved_value` what is not served costs so much a kWh.
    pub(super) fn write_energy(&self, programme: &mut Programme, step_h: f64, unserved_value: Option<f64>) {
        let room = WIDER * self.energy_kwh;
        let (mut soonest, mut latest, mut passed) = (0.0, 0.0, 0);
        let mut before: Option<Variable> = None;
        for (step, draw) in &self.draws {
            let more = |kwh: &[f64]| kwh[passed..=*step].iter().sum::<f64>();
            soonest += more(&self.soonest_kwh);
            let due = more(&self.latest_kwh);
            latest += due;
            passed = step + 1;
            let beyond = programme.variable(0.0, -room, (soonest - latest).max(0.0) + room);
            let missed = unserved_value.filter(|_| due > 0.0).map(|value| programme.variable(value, 0.0, due));
            let drawn = [(beyond, 1.0), (*draw, -step_h)].into_iter();
            let entries = drawn.chain(before.map(|before| (before, -1.0))).chain(missed.map(|missed| (missed, -1.0)));
            programme.row(Sense::Equal, -due, entries);
            before = Some(beyond);
        }
        if let Some(value) = unserved_value {
            // In the dark nobody draws.
            programme.constant += value * (self.energy_kwh - latest - room).max(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_sums_of_soonest_and_latest() {
        let mut fleet = Fleet::new(6);
        let span = |first, steps, energy_kwh| Span { first, most_kw: vec![4.0; steps], energy_kwh };
        let dark = [false, false, false, true, false, false];
        fleet.add(&span(0, 3, 6.0), 2.0, 1.0, &dark);
        fleet.add(&span(2, 4, 5.0), 1.0, 1.0, &dark);
        assert_eq!(fleet.most_kw, [8.0, 8.0, 12.0, 0.0, 4.0, 4.0]);
        assert_eq!(fleet.soonest_kwh, [8.0, 4.0, 4.0, 0.0, 1.0, 0.0]);
        assert_eq!(fleet.latest_kwh, [0.0, 4.0, 8.0, 0.0, 1.0, 4.0]);
        assert!(fleet.is_in_reach && fleet.energy_kwh == 17.0);
        // The dark leaves too little.
        fleet.add(&span(3, 1, 1.0), 1.0, 1.0, &dark);
        assert!(!fleet.is_in_reach);
    }
}
