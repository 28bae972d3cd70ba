//! What the utility pays for export, by class.

use microgrid_core::Problem;
use microgrid_core::utility::{
    BlockPrices, CreditPays, Metering, MeteringForm, PeriodPrices, Price, PriceComponent, YearEnd,
};

use super::blocks::calendar_months;
use super::field::{Table, Value, unknown};
use super::price::PriceMaker;

/// How export is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExportClass {
    /// Not paid.
    None,
    /// At a price of its own.
    FeedIn,
    /// In money at a share of the import price of the same step.
    NetBilling,
    /// Set off against import.
    NetMetering,
    /// All generation at a price of its own.
    BuyAllSellAll,
}

impl PriceMaker<'_> {
    /// Reads `[export]`: what is paid, and what it is set against; no table means that export is not paid.
    pub(super) fn export(&self, root: &Table, import: &[PriceComponent]) -> (Vec<PriceComponent>, Metering) {
        let none = || (Vec::new(), Metering::default());
        let Some(table) = root.get("export").and_then(|value| value.table()) else { return none() };
        let name = table.get("name").map_or_else(|| Some("export".to_owned()), |value| value.text());
        let class = table.require("class").and_then(|value| {
            value.choice(&[
                ("none", ExportClass::None),
                ("feed_in", ExportClass::FeedIn),
                ("net_billing", ExportClass::NetBilling),
                ("net_metering", ExportClass::NetMetering),
                ("buy_all_sell_all", ExportClass::BuyAllSellAll),
            ])
        });
        let Some(class) = class else { return none() };
        let own_price = || Some(vec![PriceComponent { name: name.clone()?, price: self.read(&table, None)? }]);
        let money = class == ExportClass::NetMetering && self.credit_is_money(&table);
        let has_price = ["price_per_kwh", "monthly_price_per_kwh", "block"].iter().any(|key| table.has(key));
        let components = match class {
            ExportClass::None => Some(Vec::new()),
            ExportClass::FeedIn | ExportClass::BuyAllSellAll => own_price(),
            ExportClass::NetMetering if money && has_price => own_price(),
            ExportClass::NetBilling => net_billing(&table, import),
            ExportClass::NetMetering if money => net_billing(&table, import),
            ExportClass::NetMetering => Some(Vec::new()),
        };
        let metering = match class {
            ExportClass::None => Some(Metering::default()),
            ExportClass::BuyAllSellAll => Some(Metering { form: MeteringForm::BuyAllSellAll, ..Metering::default() }),
            ExportClass::FeedIn | ExportClass::NetBilling => self.carried(&table, import),
            ExportClass::NetMetering => self.net_metering(&table, import, money),
        };
        table.finish();
        (components.unwrap_or_default(), metering.unwrap_or_default())
    }

    /// Reads `credit`: whether what a month leaves is a credit in money.
    fn credit_is_money(&self, table: &Table) -> bool {
        const CREDITS: [(&str, bool); 2] = [("kWh", false), ("money", true)];
        table.get("credit").is_some_and(|value| value.choice(&CREDITS) == Some(true))
    }

    /// Reads the terms of net billing whose credits are carried to later months, where `carry_over` says so.
    fn carried(&self, table: &Table, import: &[PriceComponent]) -> Option<Metering> {
        let carries = table.get("carry_over").map_or(Some(false), |value| value.truth())?;
        if !carries {
            return Some(Metering::default());
        }
        self.credits(table, import, MeteringForm::NetBillingCarried)
    }

    fn net_metering(&self, table: &Table, import: &[PriceComponent], money: bool) -> Option<Metering> {
        let across = table.get("across_periods").map_or(Some(false), |value| value.truth())?;
        let form = if money { MeteringForm::NetMeteringMoney } else { MeteringForm::NetMetering };
        let metering = self.credits(table, import, form)?;
        let has_periods = self.schedule.periods.len() > 1;
        let bucket_of_step = (!across && has_periods).then(|| self.axis.period.iter().copied().collect());
        Some(Metering { bucket_of_step, ..metering })
    }

    /// Reads what becomes of credits: `non_bypassable`, `pays`, `true_up_month`, `year_end`, `year_end_price_per_kwh`.
    fn credits(&self, table: &Table, import: &[PriceComponent], form: MeteringForm) -> Option<Metering> {
        const PAYS: [(&str, CreditPays); 2] = [("energy", CreditPays::Energy), ("charges", CreditPays::Charges)];
        const ENDS: [(&str, YearEnd); 3] =
            [("lapsed", YearEnd::Lapsed), ("paid", YearEnd::Paid), ("rolled", YearEnd::Rolled)];
        let in_energy = form == MeteringForm::NetMetering;
        let (month, end, components) = (table.get("true_up_month"), table.get("year_end"), table.get("non_bypassable"));
        let pays = if in_energy { None } else { table.get("pays") };
        let price = if in_energy { table.get("year_end_price_per_kwh") } else { None };
        let mut non_bypassable = Vec::new();
        let known: Vec<&str> = import.iter().map(|component| component.name.as_str()).collect();
        for part in components.iter().flat_map(Value::one_or_many) {
            let name = part.text()?;
            if !known.contains(&name.as_str()) {
                part.refuse(|path| unknown(path, "is not a component of [[import]]", &name, &known));
                return None;
            }
            non_bypassable.push(name);
        }
        let pays = pays.map_or(Some(CreditPays::default()), |value| value.choice(&PAYS))?;
        let month = month.map_or(Some(12), |value| value.integer(1, 12))?;
        let usual = if in_energy && price.is_none() { YearEnd::Lapsed } else { YearEnd::Paid };
        let year_end = end.map_or(Some(usual), |value| value.choice(&ENDS))?;
        let year_end_price_per_kwh = match (&price, year_end) {
            (Some(value), YearEnd::Paid) => value.number(0.0, super::price::PRICE_MAX)?,
            (Some(value), _) => {
                value.refuse(|path| Problem::new(path, "pays what does not end as paid").hint("year_end = \"paid\""));
                return None;
            }
            (None, YearEnd::Paid) if in_energy => {
                table.require("year_end_price_per_kwh");
                return None;
            }
            (None, _) => 0.0,
        };
        // A month that the run leaves before its end is not settled.
        let is_cut = |end: usize| {
            end == self.clock.steps() && self.clock.local(end - 1).date().tomorrow().is_ok_and(|next| next.day() != 1)
        };
        let ends: Vec<usize> = self.clock.calendar().month_steps().map(|steps| steps.end).collect();
        let true_up = calendar_months(self.clock).zip(ends).map(|(of, end)| of == month && !is_cut(end)).collect();
        Some(Metering { form, non_bypassable, pays, true_up, year_end, year_end_price_per_kwh, ..Metering::default() })
    }
}

/// Reads `of` (import components, all where absent) and `share` (1 where absent).
fn net_billing(table: &Table, import: &[PriceComponent]) -> Option<Vec<PriceComponent>> {
    let share = table.get("share").map_or(Some(1.0), |value| value.number(0.0, 10.0));
    let known: Vec<&str> = import.iter().map(|component| component.name.as_str()).collect();
    let mut chosen = known.clone();
    if let Some(value) = table.get("of") {
        chosen.clear();
        for part in value.one_or_many() {
            let name = part.text()?;
            match known.iter().find(|known| **known == name) {
                Some(name) => chosen.push(name),
                None => part.refuse(|path| unknown(path, "is not a component of [[import]]", &name, &known)),
            }
        }
    }
    let share = share?;
    let scaled = |component: &PriceComponent| PriceComponent {
        name: format!("credit for {}", component.name),
        price: scale(&component.price, share),
    };
    Some(import.iter().filter(|component| chosen.contains(&component.name.as_str())).map(scaled).collect())
}

fn scale(price: &Price, share: f64) -> Price {
    match price {
        Price::Constant(price) => Price::Constant(price * share),
        Price::Steps(prices) => Price::Steps(prices.iter().map(|price| price * share).collect()),
        Price::Blocks(table) => Price::Blocks(BlockPrices {
            price_per_kwh: table
                .price_per_kwh
                .iter()
                .map(|rows| rows.iter().map(|row| row.iter().map(|price| price * share).collect()).collect())
                .collect(),
            ..table.clone()
        }),
        Price::Periods(table) => Price::Periods(PeriodPrices {
            price_per_kwh: table
                .price_per_kwh
                .iter()
                .map(|row| row.iter().map(|price| price * share).collect())
                .collect(),
            ..table.clone()
        }),
    }
}
