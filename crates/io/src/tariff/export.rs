//! What the utility pays for export, by class.

use microgrid_core::Problem;
use microgrid_core::utility::{PeriodPrices, Price, PriceComponent};

use super::field::{Table, unknown};
use super::price::PriceMaker;

/// How export is paid.
#[derive(Debug, Clone, Copy)]
enum ExportClass {
    /// Not paid.
    None,
    /// At a price of its own.
    FeedIn,
    /// In money at a share of the import price of the same step.
    NetBilling,
}

impl PriceMaker<'_> {
    /// Reads `[export]`; no table means that export is not paid.
    pub(super) fn export(&self, root: &Table, import: &[PriceComponent]) -> Vec<PriceComponent> {
        let Some(table) = root.get("export").and_then(|value| value.table()) else { return Vec::new() };
        let name = table.get("name").map_or_else(|| Some("export".to_owned()), |value| value.text());
        let class = table.require("class").and_then(|value| {
            if value.text().is_some_and(|text| text == "net_metering") {
                value.refuse(|path| {
                    Problem::new(path, "net_metering is not built yet")
                        .hint("net_billing credits each exported kWh at the import price of its own step")
                });
                return None;
            }
            value.choice(&[
                ("none", ExportClass::None),
                ("feed_in", ExportClass::FeedIn),
                ("net_billing", ExportClass::NetBilling),
            ])
        });
        let components = match class {
            Some(ExportClass::None) => Some(Vec::new()),
            Some(ExportClass::FeedIn) => {
                self.read(&table, None).zip(name).map(|(price, name)| vec![PriceComponent { name, price }])
            }
            Some(ExportClass::NetBilling) => net_billing(&table, import),
            None => return Vec::new(),
        };
        table.finish();
        components.unwrap_or_default()
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
