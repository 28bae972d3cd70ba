//! Gensets, their commitment relaxed: on and off become a share of on.

use microgrid_core::generation::Genset;

use super::Draft;
use crate::programme::{Sense, Variable};
use crate::relaxation::Relaxation;

/// A genset's variables of one step.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Commitment {
    /// Share of running, 0 to 1.
    on: Variable,
    pub(crate) power: Variable,
    /// At least the share by which running rises.
    start: Variable,
}

impl Draft<'_> {
    /// Power of all gensets at most, kW.
    pub(super) fn genset_most_kw(&self) -> f64 {
        self.plan.scenario().gensets.iter().map(|genset| genset.rating_kw).sum()
    }

    /// Writes every genset's step; none runs on a dark site. Returns their powers.
    pub(super) fn write_gensets(&mut self, step: usize, dark: bool) -> Vec<Variable> {
        let gensets = self.plan.scenario().gensets.iter().enumerate();
        gensets.filter_map(|(index, genset)| self.write_genset(step, index, genset, dark)).collect()
    }

    fn write_genset(&mut self, step: usize, index: usize, genset: &Genset, dark: bool) -> Option<Variable> {
        let Genset {
            name: _,
            rating_kw,
            min_load: _,
            fuel_curve,
            fuel_unit: _,
            fuel_price_per_unit: _,
            fuel_carbon_kg_per_unit: _,
            start_cost,
            min_up_h,
            min_down_h,
            ramp_kw_per_h,
            grid_forming: _,
            maintenance_cost_per_h: _,
            life_h: _,
            replacement_cost: _,
            second_fuel: _,
            heat_recovery: _, // Flexible uses are left out, and what could heat them with them.
        } = genset;
        if *rating_kw == 0.0 {
            return None;
        }
        self.site.relaxations.insert(Relaxation::GensetEnvelope);
        let (h, price) = (self.plan.step_h(), genset.fuel_cost_per_unit(self.plan.scenario().carbon.price_per_kg));
        let most = if dark { 0.0 } else { 1.0 };
        let programme = &mut self.site.programme;
        let on = programme.variable(genset.running_cost_per_h() * h, 0.0, most);
        programme.whole.push(on);
        let power = programme.variable(0.0, 0.0, rating_kw * most);
        let start = programme.variable(*start_cost, 0.0, most);
        let history = &mut self.site.gensets[index];
        let before = history.last().copied();
        history.push(Commitment { on, power, start });

        programme.row(Sense::AtLeast, 0.0, [(on, *rating_kw), (power, -1.0)]);
        programme.row(Sense::AtLeast, 0.0, [(power, 1.0), (on, -genset.min_kw())]);
        // Each straight piece of the fuel curve, reduced to the share of running.
        let points = fuel_curve.points(*rating_kw);
        let pieces = points.windows(2).map(|pair| {
            let slope = (pair[1].fuel_per_h - pair[0].fuel_per_h) / (pair[1].power_kw - pair[0].power_kw);
            (slope, pair[0].fuel_per_h - slope * pair[0].power_kw)
        });
        let pieces: Vec<(f64, f64)> = pieces.map(|(slope, level)| (price * slope, price * level)).collect();
        if let [(slope, level)] = pieces[..] {
            programme.cost[power] += slope * h;
            programme.cost[on] += level * h;
        } else {
            let dearest = pieces.iter().map(|(slope, level)| slope * rating_kw + level).fold(0.0, f64::max);
            let fuel = programme.variable(h, 0.0, dearest * most);
            for (slope, level) in pieces {
                programme.row(Sense::AtLeast, 0.0, [(fuel, 1.0), (power, -slope), (on, -level)]);
            }
        }
        // start ≥ on − on before; it begins at rest.
        let started = [Some((start, 1.0)), Some((on, -1.0)), before.map(|before| (before.on, 1.0))];
        programme.row(Sense::AtLeast, 0.0, started.into_iter().flatten());
        let ramp = ramp_kw_per_h * h;
        if ramp < *rating_kw {
            let last = before.map(|before| (before.power, 1.0));
            // The least load beats the ramp up, a stop the ramp down.
            let up = [Some((power, -1.0)), last, Some((on, (genset.min_kw() - ramp).max(0.0)))];
            programme.row(Sense::AtLeast, -ramp, up.into_iter().flatten());
            if let Some(before) = before {
                let down = [(power, 1.0), (before.power, -1.0), (on, ramp - rating_kw)];
                programme.row(Sense::AtLeast, -rating_kw, down);
            }
        }
        let whole_steps = |hours: f64| (hours / h - 1e-9).ceil() as usize;
        self.write_least_times(step, index, whole_steps(*min_up_h), whole_steps(*min_down_h));
        Some(power)
    }

    /// Whoever started within the last `up` steps is on; whoever was on `down` steps ago has not started since.
    fn write_least_times(&mut self, step: usize, index: usize, up: usize, down: usize) {
        // A genset on a dead bus trips whatever it must.
        let forms = self.stores.iter().any(|store| store.forms_grid);
        let first = (step + 1).saturating_sub(up);
        let may_trip = !forms && (first..=step).any(|step| !self.plan.grid_is_up(step));
        let (programme, history) = (&mut self.site.programme, &self.site.gensets[index]);
        if up > 1 && !may_trip {
            let starts = history[first..].iter().map(|past| (past.start, -1.0));
            programme.row(Sense::AtLeast, 0.0, std::iter::once((history[step].on, 1.0)).chain(starts));
        }
        if down > 1 && step >= down {
            let starts = history[step + 1 - down..].iter().map(|past| (past.start, -1.0));
            let entries = std::iter::once((history[step - down].on, -1.0)).chain(starts);
            programme.row(Sense::AtLeast, -1.0, entries);
        }
    }
}
