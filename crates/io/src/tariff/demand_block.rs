//! Terms of `[[demand]]` that few tariffs have: prices by block of demand, and peaks of the system's hours.

use microgrid_core::Problem;
use microgrid_core::utility::DemandTier;

use super::field::Table;
use super::price::PriceMaker;
use crate::time::TimeFault;

impl PriceMaker<'_> {
    /// Reads `tiers`: blocks of the billed demand above the first, each with `above_kw` and a price.
    pub(super) fn tiers(&self, table: &Table) -> Option<Vec<DemandTier>> {
        let mut tiers: Vec<DemandTier> = Vec::new();
        let mut sound = true;
        for row in table.tables("tiers") {
            let above = row.require("above_kw").and_then(|value| Some((value.number(1e-3, 1e9)?, value)));
            let price = self.monthly_price(&row);
            row.finish();
            let (Some((above_kw, value)), Some(price_per_kw)) = (above, price) else {
                sound = false;
                continue;
            };
            if tiers.last().is_some_and(|last| last.above_kw[0] >= above_kw) {
                value.refuse(|path| Problem::new(path, "must be above that of the tier before"));
                sound = false;
            }
            tiers.push(DemandTier { above_kw: vec![above_kw], price_per_kw });
        }
        if !tiers.is_empty() && table.has("contract") {
            table.refuse(|path| {
                Problem::new(format!("{path}.tiers"), "stands beside a contract")
                    .hint("no rule says which block an excess over the contract is in; make them two charges")
            });
            sound = false;
        }
        sound.then_some(tiers)
    }

    /// Reads `coincident`: the starts of the hours (or of `coincident_min` minutes) in which the utility's own peak fell.
    /// Those outside the run do not count, and a note says so.
    pub(super) fn coincident(&self, table: &Table) -> Option<Option<Vec<bool>>> {
        let length = table.get("coincident_min").map_or(Some(60), |value| value.integer(1, 1440));
        let Some(value) = table.get("coincident") else {
            if table.has("coincident_min") {
                table.refuse(|path| {
                    Problem::new(format!("{path}.coincident_min"), "stands without coincident")
                        .hint("coincident = [\"2024-07-15T17:00\"] names the starts of the hours")
                });
            }
            return length.map(|_| None);
        };
        let step_s = self.clock.step_s();
        let mut counted = vec![false; self.clock.steps()];
        let (mut outside, mut sound) = (0, true);
        let parts = value.one_or_many();
        let steps = length.filter(|length| (length * 60).is_multiple_of(step_s)).map(|length| length * 60 / step_s);
        if steps.is_none() && length.is_some() {
            table.refuse(|path| {
                Problem::new(format!("{path}.coincident_min"), "does not fit the steps")
                    .allowed(format!("a multiple of the step of {step_s} s; 60 by default"))
            });
        }
        for part in &parts {
            let Some(text) = part.text() else {
                sound = false;
                continue;
            };
            match self.clock.step_at(&text) {
                Ok(first) => counted.iter_mut().skip(first).take(steps.unwrap_or(0) as usize).for_each(|c| *c = true),
                Err(TimeFault::OutsideRun { .. }) => outside += 1,
                Err(fault) => {
                    part.refuse(|path| fault.problem(path, &text));
                    sound = false;
                }
            }
        }
        if outside > 0 {
            let name = table.get("name").and_then(|name| name.text()).unwrap_or_else(|| "demand".into());
            let note = format!("{outside} of {} coincident hours of `{name}` are outside the run", parts.len());
            self.notes.borrow_mut().push(note);
        }
        (sound && steps.is_some()).then_some(Some(counted))
    }
}
