//! The phases of a site's gensets, and which may follow which.

use alloc::vec::Vec;

use crate::generation::GensetState;

/// A genset's phases: on for 1, 2, … `up` steps (the last: and more), then off for 1, 2, … `down` steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clockwork {
    up: usize,
    down: usize,
}

impl Clockwork {
    pub(crate) fn new(up_steps: f64, down_steps: f64) -> Self {
        let whole = |steps: f64| if steps > 1.0 { steps as usize } else { 1 };
        Self { up: whole(up_steps), down: whole(down_steps) }
    }

    fn count(self) -> usize {
        self.up + self.down
    }

    fn is_on(self, phase: usize) -> bool {
        phase < self.up
    }

    fn of(self, state: &GensetState, step_s: f64) -> usize {
        let steps = state.seconds / step_s;
        let at = |most: usize| if steps >= most as f64 { most - 1 } else { (steps as usize).max(1) - 1 };
        if state.running { at(self.up) } else { self.up + at(self.down) }
    }

    /// The phase after a step that is on or off; `None` where that may not follow. One that `may_trip` may stop early.
    fn after(self, phase: usize, on: bool, may_trip: bool) -> Option<usize> {
        match (self.is_on(phase), on) {
            (true, true) => Some((phase + 1).min(self.up - 1)),
            (true, false) => (phase + 1 == self.up || may_trip).then_some(self.up),
            (false, false) => Some((phase + 1).min(self.count() - 1)),
            (false, true) => (phase + 1 == self.count()).then_some(0),
        }
    }
}

/// The phases of all gensets as one number, and the sets of running gensets as bits of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phases {
    gensets: Vec<Clockwork>,
}

impl Phases {
    pub(super) fn new(gensets: Vec<Clockwork>) -> Self {
        Self { gensets }
    }

    /// Without least times: each genset on or off.
    pub(super) fn without_times(&self) -> Self {
        Self { gensets: self.gensets.iter().map(|_| Clockwork { up: 1, down: 1 }).collect() }
    }

    pub(super) fn count(&self) -> usize {
        // Saturating: the count of what is too much need not be right.
        self.gensets.iter().fold(1, |count, genset| count.saturating_mul(genset.count()))
    }

    pub(super) fn sets(&self) -> usize {
        1 << self.gensets.len()
    }

    /// All gensets at rest for so long that they may start.
    pub(super) fn at_rest(&self) -> usize {
        self.joined(self.gensets.iter().map(|genset| genset.count() - 1))
    }

    pub(super) fn of(&self, states: impl Iterator<Item = GensetState>, step_s: f64) -> usize {
        self.joined(self.gensets.iter().zip(states).map(|(genset, state)| genset.of(&state, step_s)))
    }

    /// The set of gensets that run in a phase.
    #[cfg(test)]
    pub(super) fn running(&self, phase: usize) -> usize {
        let parts = self.parts(phase).zip(&self.gensets).enumerate();
        parts.fold(0, |set, (i, (part, genset))| set | usize::from(genset.is_on(part)) << i)
    }

    /// The phase that follows where the set `running` runs, and the gensets that start; `None` where that may not be.
    pub(super) fn after(&self, phase: usize, running: usize, may_trip: bool) -> Option<(usize, usize)> {
        let mut started = 0;
        let mut next = 0;
        let mut size = 1;
        for (i, (part, genset)) in self.parts(phase).zip(&self.gensets).enumerate() {
            let on = running >> i & 1 == 1;
            next += size * genset.after(part, on, may_trip)?;
            size *= genset.count();
            started |= usize::from(on && !genset.is_on(part)) << i;
        }
        Some((next, started))
    }

    fn parts(&self, mut phase: usize) -> impl Iterator<Item = usize> + '_ {
        self.gensets.iter().map(move |genset| {
            let part = phase % genset.count();
            phase /= genset.count();
            part
        })
    }

    fn joined(&self, parts: impl Iterator<Item = usize>) -> usize {
        let (mut phase, mut size) = (0, 1);
        for (part, genset) in parts.zip(&self.gensets) {
            phase += size * part;
            size *= genset.count();
        }
        phase
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_genset_keeps_its_times() {
        let phases = Phases::new(alloc::vec![Clockwork::new(3.0, 2.0), Clockwork::new(0.0, 1.0)]);
        assert_eq!((phases.count(), phases.sets()), (10, 4));
        let mut phase = phases.at_rest();
        assert_eq!(phases.running(phase), 0);
        let mut step = |running: usize| {
            let (next, started) = phases.after(phase, running, false)?;
            phase = next;
            Some((phases.running(phase), started))
        };
        assert_eq!(step(0b01), Some((0b01, 0b01)));
        // Three steps at least, whatever the other does.
        assert_eq!(step(0b10), None);
        assert_eq!(step(0b11), Some((0b11, 0b10)));
        assert_eq!(step(0b00), None);
        assert_eq!(step(0b01), Some((0b01, 0b00)));
        assert_eq!(step(0b00), Some((0b00, 0b00)));
        // Two steps of rest.
        assert_eq!(step(0b01), None);
        assert_eq!(step(0b10), Some((0b10, 0b10)));
        assert_eq!(step(0b01), Some((0b01, 0b01)));
    }

    #[test]
    fn a_state_has_its_phase() {
        let phases = Phases::new(alloc::vec![Clockwork::new(4.0, 3.0)]);
        let state = |running, steps: f64| GensetState { running, power_kw: 0.0, seconds: 900.0 * steps };
        assert_eq!(phases.of(core::iter::once(GensetState::REST), 900.0), phases.at_rest());
        for (running, steps, phase) in
            [(true, 1.0, 0), (true, 3.0, 2), (true, 9.0, 3), (false, 1.0, 4), (false, 2.0, 5), (false, 3.0, 6)]
        {
            assert_eq!(phases.of(core::iter::once(state(running, steps)), 900.0), phase);
        }
        assert_eq!(phases.after(1, 0, true), Some((4, 0)), "one that trips may stop early");
    }
}
