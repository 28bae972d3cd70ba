//! The energy of a URDB rate: prices by period and tier, sell rates, fuel adjustments, and the rules of export.

use microgrid_core::Problem;
use microgrid_core::utility::{
    BlockCount, BlockPrices, Metering, MeteringForm, PeriodPrices, Price, PriceComponent, Tariff, YearEnd,
};

use super::blocks::calendar_months;
use super::urdb::Rate;
use crate::json::Node;

/// A border beyond all use; finite, so that it can be written as JSON.
const OPEN_KWH: f64 = 1e300;

/// One tier of one period.
#[derive(Debug, Clone, Copy)]
struct Tier {
    price: f64,
    sell: f64,
    /// Its upper border in kWh a month; [`OPEN_KWH`] of the last.
    up_to_kwh: f64,
}

/// What a rate says of export, by `dgrules` or the older `usenetmetering`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExportRule {
    NetBilling,
    NetMetering,
    BuyAllSellAll,
}

impl Rate<'_> {
    /// Reads the energy terms into `tariff`.
    pub(super) fn energy(&self, tariff: &mut Tariff) -> Option<()> {
        let rule = self.export_rule();
        let tiers = self.energy_tiers();
        let (rule, tiers) = (rule?, tiers?);
        let period_of_step = self.schedule("energyweekdayschedule", "energyweekendschedule", tiers.len())?;
        let names = self.names("energytoulabels", tiers.len())?;
        let price = |of: fn(&Tier) -> f64| energy_price(&tiers, &names, &period_of_step, of);
        tariff.import.push(PriceComponent { name: "energy".into(), price: price(|tier| tier.price) });
        let sells = tiers.iter().flatten().any(|tier| tier.sell != 0.0);
        match rule {
            ExportRule::NetMetering => {
                if sells {
                    tariff.notes.push("tariff: sell rates are not read beside net metering".into());
                }
                self.net_metering(tariff, &period_of_step);
            }
            ExportRule::NetBilling | ExportRule::BuyAllSellAll if sells => {
                tariff.export.push(PriceComponent { name: "sell".into(), price: price(|tier| tier.sell) });
                tariff.export_above_import = tiers.iter().flatten().any(|tier| tier.sell > tier.price);
                if tariff.export_above_import {
                    tariff.notes.push("tariff: a period sells above its price, as its file says".into());
                }
            }
            ExportRule::NetBilling | ExportRule::BuyAllSellAll => {}
        }
        if rule == ExportRule::BuyAllSellAll {
            tariff.metering.form = MeteringForm::BuyAllSellAll;
        }
        let Some(fuel) = self.node.get("fueladjustmentsmonthly").filter(|fuel| !fuel.is_void()) else {
            return Some(());
        };
        let fuel: Vec<_> = fuel.list(Some(12))?.iter().map(|price| price.number(-100.0, 100.0)).collect();
        let fuel: Vec<f64> = fuel.into_iter().collect::<Option<_>>()?;
        let price = Price::Periods(PeriodPrices {
            periods: vec!["all hours".into()],
            period_of_step: vec![0; self.clock.steps()].into(),
            price_per_kwh: calendar_months(self.clock).map(|month| vec![fuel[month as usize - 1]]).collect(),
        });
        tariff.import.push(PriceComponent { name: "fuel adjustment".into(), price });
        Some(())
    }

    /// kWh credits within periods, settled after December without payment: what the format leaves open.
    fn net_metering(&self, tariff: &mut Tariff, period_of_step: &[u16]) {
        let last = self.clock.steps() - 1;
        let is_cut = self.clock.local(last).date().tomorrow().is_ok_and(|next| next.day() != 1);
        let months: Vec<u32> = calendar_months(self.clock).collect();
        let count = months.len();
        let settles = |(i, month): (usize, &u32)| *month == 12 && !(is_cut && i + 1 == count);
        let has_periods = period_of_step.iter().any(|period| *period != period_of_step[0]);
        tariff.metering = Metering {
            form: MeteringForm::NetMetering,
            bucket_of_step: has_periods.then(|| period_of_step.into()),
            true_up: months.iter().enumerate().map(settles).collect(),
            year_end: YearEnd::Lapsed,
            ..Metering::default()
        };
        tariff.notes.push(
            "tariff: net metering sets energy off within each period, and credits lapse after December; the file says \
             nothing of either"
                .into(),
        );
    }

    fn export_rule(&self) -> Option<ExportRule> {
        let said = |key: &str| self.node.get(key).filter(|node| !node.is_void());
        let older = said("usenetmetering").is_some();
        let Some(rules) = said("dgrules") else {
            return Some(if older { ExportRule::NetMetering } else { ExportRule::NetBilling });
        };
        let rule = match rules.text()?.as_str() {
            "Net Metering" => ExportRule::NetMetering,
            "Net Billing Instantaneous" | "Net Billing Hourly" => ExportRule::NetBilling,
            "Buy All Sell All" => ExportRule::BuyAllSellAll,
            _ => {
                rules.refuse(|path| {
                    Problem::new(path, "these rules of export are not built yet")
                        .allowed("Net Metering, Net Billing Instantaneous, Net Billing Hourly, Buy All Sell All")
                });
                return None;
            }
        };
        if older && rule != ExportRule::NetMetering {
            rules.refuse(|path| {
                Problem::new(path, "stands beside usenetmetering = true").hint("keep the one that holds")
            });
            return None;
        }
        Some(rule)
    }

    /// The tiers of each period. Every period has as many: the last one is repeated beyond its own.
    fn energy_tiers(&self) -> Option<Vec<Vec<Tier>>> {
        let mut periods = Vec::new();
        let mut sound = true;
        for period in self.node.require("energyratestructure")?.list(None)? {
            let list = period.list(None)?;
            let tiers: Vec<_> =
                list.iter().enumerate().map(|(i, tier)| energy_tier(tier, i + 1 == list.len())).collect();
            match tiers.into_iter().collect::<Option<Vec<Tier>>>() {
                Some(tiers) if tiers.windows(2).all(|pair| pair[0].up_to_kwh < pair[1].up_to_kwh) => {
                    periods.push(tiers)
                }
                Some(_) => {
                    period.refuse(|path| Problem::new(path, "must have tiers whose max rises").value("falling max"));
                    sound = false;
                }
                None => sound = false,
            }
        }
        let most = periods.iter().map(Vec::len).max().unwrap_or(0);
        for tiers in &mut periods {
            let last = *tiers.last()?;
            tiers.resize(most, last);
        }
        sound.then_some(periods)
    }
}

/// A price without blocks where no period has any.
fn energy_price(tiers: &[Vec<Tier>], names: &[String], period_of_step: &[u16], of: fn(&Tier) -> f64) -> Price {
    let blocks = tiers.first().map_or(0, Vec::len);
    let row = |block: usize| tiers.iter().map(|period| of(&period[block])).collect::<Vec<f64>>();
    let is_flat = tiers.iter().all(|period| period.iter().all(|tier| of(tier) == of(&period[0])));
    if is_flat {
        return Price::Periods(PeriodPrices {
            periods: names.to_vec(),
            period_of_step: period_of_step.into(),
            price_per_kwh: vec![row(0)],
        });
    }
    Price::Blocks(BlockPrices {
        periods: names.to_vec(),
        period_of_step: period_of_step.into(),
        up_to_kwh: tiers
            .iter()
            .map(|period| period[..blocks - 1].iter().map(|tier| tier.up_to_kwh).collect())
            .collect(),
        price_per_kwh: (0..blocks).map(|block| vec![row(block)]).collect(),
        counted: BlockCount::Month,
        counter_of_period: vec![0; names.len()],
    })
}

fn energy_tier(node: &Node<'_>, is_last: bool) -> Option<Tier> {
    node.refuse_others(&[&["max", "rate", "adj", "sell", "unit"]]);
    let number = |key: &str| node.get(key).map_or(Some(0.0), |node| node.number(-1e6, 1e6));
    if let Some(unit) = node.get("unit")
        && unit.text()? != "kWh"
    {
        unit.refuse(|path| Problem::new(path, "this unit is not built yet").allowed("kWh, counted over the month"));
        return None;
    }
    // The last tier is open, whatever it names: rates write 1e38, or a use that nobody has.
    let up_to_kwh = match node.get("max") {
        _ if is_last => OPEN_KWH,
        Some(max) => max.number(1e-3, 1e300)?,
        None => {
            node.require("max");
            return None;
        }
    };
    let (rate, adjustment, sell) = (number("rate"), number("adj"), number("sell"));
    Some(Tier { price: rate? + adjustment?, sell: sell?, up_to_kwh })
}
