//! Where a plant's light goes: an entry for each loss, from the sky over the plane to the alternating current.

use alloc::vec;
use alloc::vec::Vec;

use super::plant::PvPlant;
use super::resource::{SolarResource, Walk};
use crate::Problems;

/// A plant's energy over the whole axis, link by link.
///
/// # Model
/// The first figure is what the modules would give if all light on their plane reached them at their label's efficiency:
/// `Σ dc_kw · G_open/1000 W/m² · h`. Each loss is worked out from its own law in each step, never as a difference; so
/// [`Waterfall::residual_kwh`], what they leave unexplained, is rounding.
#[derive(Debug, Clone, PartialEq)]
pub struct Waterfall {
    /// Light on the plane with nothing in front, at the label's efficiency, kWh.
    pub open_kwh: f64,
    /// What is lost at each link, in order.
    pub losses: Vec<WaterfallLoss>,
    /// Alternating current out of the inverter, kWh.
    pub ac_kwh: f64,
    /// What the inverter draws while it is off, kWh; no part of `ac_kwh`.
    pub night_kwh: f64,
}

/// A link's loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WaterfallLoss {
    /// Name: `horizon`, `rows`, `reflection`, `spectrum`, `low_light`, `temperature`, those of the [`Losses`](super::Losses)
    /// without their unit, `degradation`, `inverter`, `clipping`.
    pub name: &'static str,
    /// Energy lost, kWh; negative where the link gives more: cold cells, red light.
    pub lost_kwh: f64,
    /// The same in percent of what the links before leave.
    pub lost_percent: f64,
}

impl Waterfall {
    /// What the losses leave unexplained, kWh: rounding.
    #[must_use]
    pub fn residual_kwh(&self) -> f64 {
        self.losses.iter().fold(self.open_kwh, |left, loss| left - loss.lost_kwh) - self.ac_kwh
    }
}

impl SolarResource {
    /// Where a plant's light goes, over the whole axis.
    ///
    /// # Errors
    /// As [`SolarResource::ac_kw`].
    pub fn waterfall(&self, plant: impl Into<PvPlant>) -> Result<Waterfall, Problems> {
        let plant = plant.into();
        let hours = f64::from(self.axis().step_s) / 3600.0;
        let night_kwh = self.night_kw(&plant)?.iter().sum::<f64>() * hours;
        let walk = Walk::new(self, plant)?;
        let (rated_kw, curve) = (walk.plant.ac_kw(), walk.plant.inverter.curve);
        let mut sums = Sums::default();
        walk.each(|step, links, dc_kw| {
            let (month, kept) = (walk.month(step), walk.kept_share(step));
            for (chain, link) in walk.chains.iter().zip(links) {
                let array = chain.array();
                let label = array.dc_kw / 1000.0;
                sums.open += label * link.open_w_per_m2;
                sums.light[0] += label * link.horizon_w_per_m2;
                sums.light[1] += label * link.rows_w_per_m2;
                sums.light[2] += label * link.reflected_w_per_m2;
                let behind_cover = link.plane_w_per_m2 - link.reflected_w_per_m2;
                sums.light[3] += label * (behind_cover - link.effective_w_per_m2);
                let cool_kw = chain.cool_kw(link.effective_w_per_m2);
                sums.light[4] += label * link.effective_w_per_m2 - cool_kw;
                sums.light[5] += cool_kw - link.module_kw;
                let mut left_kw = link.module_kw;
                for (sum, (_, percent)) in sums.named.iter_mut().zip(array.losses.named(month)) {
                    let lost_kw = left_kw * (percent / 100.0);
                    *sum += lost_kw;
                    left_kw -= lost_kw;
                }
                sums.degradation += left_kw * (1.0 - kept);
            }
            let (unclipped_kw, ac_kw) = (curve.unclipped_kw(dc_kw, rated_kw), curve.ac_kw(dc_kw, rated_kw));
            sums.inverter += dc_kw - unclipped_kw.max(0.0);
            sums.clipping += unclipped_kw.max(0.0) - ac_kw;
            sums.ac += ac_kw;
        });
        Ok(sums.waterfall(self.part() * hours, night_kwh))
    }
}

#[derive(Default)]
struct Sums {
    open: f64,
    light: [f64; 6],
    named: [f64; 10],
    degradation: f64,
    inverter: f64,
    clipping: f64,
    ac: f64,
}

const LIGHT: [&str; 6] = ["horizon", "rows", "reflection", "spectrum", "low_light", "temperature"];
const NAMED: [&str; 10] = [
    "soiling",
    "shading",
    "snow",
    "mismatch",
    "wiring",
    "connections",
    "light_induced_degradation",
    "nameplate",
    "age",
    "availability",
];

impl Sums {
    fn waterfall(self, hours: f64, night_kwh: f64) -> Waterfall {
        let light = LIGHT.into_iter().zip(self.light);
        let named = NAMED.into_iter().zip(self.named);
        let last = [("degradation", self.degradation), ("inverter", self.inverter), ("clipping", self.clipping)];
        let mut left = self.open;
        let mut losses = vec![];
        for (name, lost) in light.chain(named).chain(last) {
            let lost_percent = if left > 0.0 { 100.0 * lost / left } else { 0.0 };
            losses.push(WaterfallLoss { name, lost_kwh: lost * hours, lost_percent });
            left -= lost;
        }
        Waterfall { open_kwh: self.open * hours, losses, ac_kwh: self.ac * hours, night_kwh }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Losses;
    use super::*;
    use alloc::collections::BTreeMap;

    #[test]
    fn losses_have_their_own_names() {
        for (name, (with_unit, _)) in NAMED.iter().zip(Losses::default().named(0)) {
            assert_eq!(with_unit.strip_suffix("_percent"), Some(*name));
        }
    }

    #[test]
    fn nothing_is_left_unexplained() {
        let (resource, plants) = super::super::resource::fixture::sky_and_plants();
        let mut by_name = BTreeMap::new();
        for plant in plants {
            let waterfall = resource.waterfall(&plant).unwrap();
            let ac_kwh: f64 = 2.0 * resource.ac_kw(&plant).unwrap().iter().sum::<f64>();
            assert!((waterfall.ac_kwh - ac_kwh).abs() < 1e-9 * ac_kwh);
            assert!(waterfall.residual_kwh().abs() < 1e-9 * waterfall.open_kwh, "{waterfall:?}");
            for loss in waterfall.losses {
                *by_name.entry(loss.name).or_insert(0) += u32::from(loss.lost_kwh.abs() > 1e-3);
            }
        }
        // Every link has worked somewhere: mutation it catches: an entry that is always 0.
        assert!(by_name.values().all(|count| *count > 0), "{by_name:?}");
    }
}
