//! Demand of a URDB rate: flat demand by month, time-of-use demand by period, both in tiers, and the look-back.

use std::sync::Arc;

use microgrid_core::Problem;
use microgrid_core::utility::{DemandCharge, DemandTier, Ratchet, Tariff};

use super::urdb::Rate;

/// The blocks of one period: the kW above which each begins, and its price.
pub(super) type Blocks = Vec<(f64, f64)>;

impl Rate<'_> {
    pub(super) fn demand(&self, tariff: &mut Tariff) -> Option<()> {
        let is_there = |key: &str| self.node.get(key).is_some_and(|structure| !structure.is_void());
        let (has_flat, has_tou) = (is_there("flatdemandstructure"), is_there("demandratestructure"));
        let ratchet = self.look_back(has_flat, has_tou);
        let lifts = ratchet.clone().flatten();
        let flat = has_flat.then(|| self.flat_demand(lifts.clone()));
        let tou = has_tou.then(|| self.tou_demand(&lifts));
        ratchet?;
        if let Some(flat) = flat {
            tariff.demand.push(flat?);
        }
        if let Some(tou) = tou {
            tariff.demand.extend(tou?);
        }
        Some(())
    }

    fn flat_demand(&self, ratchet: Option<Ratchet>) -> Option<DemandCharge> {
        let structure = self.blocks("flatdemandstructure")?;
        self.require_unit("flatdemandunit", &["kW"]);
        let months = self.node.require("flatdemandmonths")?.list(Some(12))?;
        let months: Vec<_> = months.iter().map(|month| month.index(structure.len())).collect();
        let months: Vec<usize> = months.into_iter().collect::<Option<_>>()?;
        let blocks: Vec<&Blocks> = self.months().map(|month| &structure[months[month]]).collect();
        let charge = DemandCharge::new("demand", 0.0, self.window_s()?);
        Some(DemandCharge {
            price_per_kw: blocks.iter().map(|blocks| blocks[0].1).collect(),
            tiers: tiers(&blocks),
            ratchet,
            ..charge
        })
    }

    /// A charge for each period that has a price.
    fn tou_demand(&self, ratchet: &Option<Ratchet>) -> Option<Vec<DemandCharge>> {
        let structure = self.blocks("demandratestructure")?;
        self.require_unit("demandrateunit", &["kW"]);
        let period_of_step = self.schedule("demandweekdayschedule", "demandweekendschedule", structure.len())?;
        let names = self.names("demandtoulabels", structure.len())?;
        let window_s = self.window_s()?;
        let priced = structure.iter().zip(names).enumerate();
        let priced = priced.filter(|(_, (blocks, _))| blocks.iter().any(|(_, price)| *price != 0.0));
        let charge = |(p, (blocks, name)): (usize, (&Blocks, String))| {
            let counted: Arc<[bool]> = period_of_step.iter().map(|period| usize::from(*period) == p).collect();
            let charge = DemandCharge::new(format!("demand {name}"), blocks[0].1, window_s);
            DemandCharge { tiers: tiers(&[blocks]), counted_steps: Some(counted), ratchet: ratchet.clone(), ..charge }
        };
        Some(priced.map(charge).collect())
    }

    /// The blocks of each period of a structure; a tier's `max` is the kW up to which it reaches.
    pub(super) fn blocks(&self, key: &str) -> Option<Vec<Blocks>> {
        let mut periods = Vec::new();
        let mut sound = true;
        for period in self.node.require(key)?.list(None)? {
            let list = period.list(None)?;
            let mut blocks: Blocks = Vec::new();
            let mut above_kw = 0.0;
            for (i, tier) in list.iter().enumerate() {
                tier.refuse_others(&[&["max", "rate", "adj", "unit"]]);
                let number = |key: &str| tier.get(key).map_or(Some(0.0), |node| node.number(0.0, 1e6));
                if let Some(unit) = tier.get("unit").filter(|unit| unit.text().is_some_and(|unit| unit != "kW")) {
                    unit.refuse(|path| Problem::new(path, "this unit is not built yet").allowed("kW"));
                    sound = false;
                }
                match (number("rate"), number("adj")) {
                    (Some(rate), Some(adjustment)) => blocks.push((above_kw, rate + adjustment)),
                    _ => sound = false,
                }
                if i + 1 < list.len() {
                    match tier.require("max").and_then(|max| Some((max.number(0.0, 1e9)?, max))) {
                        Some((max, _)) if max > above_kw => above_kw = max,
                        Some((_, node)) => {
                            node.refuse(|path| {
                                Problem::new(path, "must be above the `max` of the tier before")
                                    .allowed(format!("more than {above_kw} kW"))
                            });
                            sound = false;
                        }
                        None => sound = false,
                    }
                }
            }
            periods.push(blocks);
        }
        sound.then_some(periods)
    }

    /// The look-back, where the rate has one demand that it can mean.
    fn look_back(&self, has_flat: bool, has_tou: bool) -> Option<Option<Ratchet>> {
        let get = |keys: [&str; 2]| keys.iter().find_map(|key| self.node.get(key)).filter(|node| !node.is_void());
        let Some(node) = get(["lookbackPercent", "lookbackpercent"]) else { return Some(None) };
        let percent = node.number(0.0, 100.0);
        if has_flat == has_tou {
            node.refuse(|path| {
                let problem = if has_flat {
                    Problem::new(path, "stands beside flat and time-of-use demand, and does not say which it lifts")
                } else {
                    Problem::new(path, "stands beside no demand charge")
                };
                problem.hint("in the own format each [[demand]] has a `ratchet` of its own")
            });
            return None;
        }
        let look_back_months = match get(["lookbackRange", "lookbackrange"]) {
            None => Some(12),
            Some(range) => {
                let months = range.number(1.0, 120.0);
                if months.is_some_and(|months| months.fract() != 0.0) {
                    range.refuse(|path| Problem::new(path, "must be whole months").allowed("0 to 120"));
                    return None;
                }
                months.map(|months| months as u32)
            }
        };
        let months = match get(["lookbackMonths", "lookbackmonths"]) {
            None => None,
            Some(months) => Some(months.list(Some(12))?.iter().map(|month| !month.is_void()).collect::<Vec<bool>>()),
        };
        let percent = percent?;
        Some(Some(Ratchet {
            look_back_months: look_back_months?,
            percent: if percent <= 1.0 { percent * 100.0 } else { percent },
            earlier_peaks_kw: Vec::new(),
            counted_months: months.map(|months| self.months().map(|month| months[month]).collect()),
        }))
    }

    fn window_s(&self) -> Option<u32> {
        let Some(node) = self.node.get("demandwindow").filter(|window| !window.is_void()) else { return Some(900) };
        let minutes = node.number(1.0, 60.0)?;
        let (window_s, step_s) = ((minutes * 60.0).round() as u32, self.clock.step_s());
        if 3600 % window_s != 0 || (window_s > step_s && window_s % step_s != 0) {
            node.refuse(|path| {
                Problem::new(path, "does not fit the steps")
                    .allowed(format!("minutes that divide 60 and are a multiple of the step of {step_s} s, or shorter"))
            });
            return None;
        }
        Some(window_s)
    }
}

/// The tiers of a charge above its first block, given the blocks of each month, or of all months. A month with fewer
/// blocks goes on at the price of its last.
pub(super) fn tiers(months: &[&Blocks]) -> Vec<DemandTier> {
    let most = months.iter().map(|blocks| blocks.len()).max().unwrap_or(1);
    let block = |blocks: &Blocks, tier: usize| blocks[tier.min(blocks.len() - 1)];
    let tier = |tier: usize| DemandTier {
        above_kw: months.iter().map(|blocks| block(blocks, tier).0).collect(),
        price_per_kw: months.iter().map(|blocks| block(blocks, tier).1).collect(),
    };
    (1..most).map(tier).collect()
}
