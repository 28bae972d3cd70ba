//! OpenEI's Utility Rate Database (URDB) as JSON: one rate, bare or in `items`. What is read of it stands in [`super`].

use std::cell::RefCell;

use jiff::Timestamp;
use jiff::civil::Weekday;
use microgrid_core::utility::{FixedCharge, PeriodPrices, Price, PriceComponent, Tariff};
use microgrid_core::{Problem, Problems};
use serde_json::Value;

use super::file::{Customer, TariffFile};
use super::json::Node;
use super::schedule::step_minutes;
use crate::time::Clock;

/// What the rate is for and where it is from: no part of a bill.
const ABOUT: [&str; 33] = [
    "label",
    "uri",
    "utility",
    "eiaid",
    "eia",
    "approved",
    "is_default",
    "supercedes",
    "supersedes",
    "sector",
    "description",
    "source",
    "sourceparent",
    "basicinformationcomments",
    "country",
    "peakkwcapacitymin",
    "peakkwcapacitymax",
    "peakkwcapacityhistory",
    "peakkwhusagemin",
    "peakkwhusagemax",
    "peakkwhusagehistory",
    "voltageminimum",
    "voltagemaximum",
    "voltagecategory",
    "phasewiring",
    "demandunits",
    "latest_update",
    "revisions",
    "rateno",
    "zipcode",
    // Charges of meters beyond the first.
    "fixedchargeeaaddl",
    // Units of terms that are refused where they say something.
    "coincidentrateunit",
    "energyrateunit",
];

/// Free text that may hold charges; a note says that it is not read.
const ATTRIBUTES: [&str; 5] = ["energyattrs", "demandattrs", "fixedattrs", "energycomments", "demandcomments"];

/// Terms that are refused by name where they say something.
const UNBUILT: [&str; 8] = [
    "coincidentratestructure",
    "coincidentrateschedule",
    "coincidentschedule",
    "demandreactivepowercharge",
    "reactivepowercharge",
    "demandratchetpercentage",
    "demandrachetpercentage",
    "usenetmetering",
];

const READ: [&str; 31] = [
    "name",
    "servicetype",
    "startdate",
    "enddate",
    "energyratestructure",
    "energyweekdayschedule",
    "energyweekendschedule",
    "energytoulabels",
    "fueladjustmentsmonthly",
    "flatdemandstructure",
    "flatdemandmonths",
    "flatdemandunit",
    "demandratestructure",
    "demandweekdayschedule",
    "demandweekendschedule",
    "demandtoulabels",
    "demandrateunit",
    "demandwindow",
    "lookbackPercent",
    "lookbackpercent",
    "lookbackRange",
    "lookbackrange",
    "lookbackMonths",
    "lookbackmonths",
    "fixedchargefirstmeter",
    "fixedchargeunits",
    "fixedmonthlycharge",
    "mincharge",
    "minchargeunits",
    "annualmincharge",
    "minmonthlycharge",
];

/// Reads the rate.
pub(super) fn read(document: &Value, file: &str, clock: &Clock, customer: &Customer) -> Result<TariffFile, Problems> {
    let problems = RefCell::new(Problems::none());
    let root = Node::root(document, file, &problems);
    let read = match root.get("items") {
        Some(items) => items.list(Some(1)).and_then(|items| Rate { node: &items[0], clock }.read(customer)),
        None => Rate { node: &root, clock }.read(customer),
    };
    let problems = problems.into_inner();
    match read {
        Some(read) if problems.is_empty() => Ok(read),
        _ => Err(problems),
    }
}

/// Refuses a customer whose prices are not USD.
pub(super) fn require_usd(node: &Node, customer: &Customer) {
    if let Some(currency) = customer.currency.filter(|currency| *currency != "USD") {
        node.refuse(|_| {
            Problem::new("currency", "is not the scenario's currency: prices in this format are USD")
                .value("USD")
                .allowed(currency)
        });
    }
}

/// One rate on the run's clock.
pub(super) struct Rate<'a> {
    pub(super) node: &'a Node<'a>,
    pub(super) clock: &'a Clock,
}

/// A price and a sell price of one period.
#[derive(Debug, Clone, Copy)]
struct Tier {
    price: f64,
    sell: f64,
}

impl Rate<'_> {
    fn read(&self, customer: &Customer) -> Option<TariffFile> {
        let node = self.node;
        node.refuse_others(&[&READ, &ABOUT, &ATTRIBUTES, &UNBUILT, &["dgrules"]]);
        for key in UNBUILT {
            if let Some(term) = node.get(key).filter(|term| !term.is_void()) {
                term.refuse(|path| Problem::new(path, "is not built yet"));
            }
        }
        self.refuse_net_metering();
        require_usd(node, customer);
        let name = node.require("name").and_then(|name| name.text());
        let mut tariff = Tariff { notes: self.notes(), ..Tariff::default() };
        let energy = self.energy(&mut tariff);
        let demand = self.demand(&mut tariff);
        let fixed = self.fixed(&mut tariff);
        let minimum = self.minimum();
        energy.and(demand).and(fixed)?;
        tariff.minimum = minimum?;
        let source = node.get("source").and_then(|source| source.text());
        Some(TariffFile { name: name?, currency: "USD".into(), source, tariff, chosen: None })
    }

    fn refuse_net_metering(&self) {
        let Some(rules) = self.node.get("dgrules").filter(|rules| !rules.is_void()) else { return };
        let Some(text) = rules.text() else { return };
        if !["Net Billing Instantaneous", "Net Billing Hourly"].contains(&text.as_str()) {
            rules.refuse(|path| {
                Problem::new(path, "these rules of export are not built yet")
                    .allowed("Net Billing Instantaneous, Net Billing Hourly, or none for a site that does not export")
            });
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let date = |key: &str| {
            let seconds = self.node.get(key)?.number(-1e11, 1e11)? as i64;
            let date = Timestamp::from_second(seconds).ok()?.to_zoned(jiff::tz::TimeZone::UTC).date();
            Some((seconds, date))
        };
        let end = self.clock.unix_s(self.clock.steps());
        if let Some((_, date)) = date("startdate").filter(|(seconds, _)| *seconds > self.clock.start_unix_s()) {
            notes.push(format!("tariff: in force from {date}, the run begins before"));
        }
        if let Some((_, date)) = date("enddate").filter(|(seconds, _)| *seconds < end) {
            notes.push(format!("tariff: in force to {date}, the run ends after"));
        }
        for key in ATTRIBUTES {
            if self.node.get(key).is_some_and(|text| !text.is_void()) {
                notes.push(format!("tariff: {key} is not read; it may hold charges"));
            }
        }
        let service = self.node.get("servicetype").and_then(|service| service.text());
        if let Some(service) = service.filter(|service| service != "Bundled") {
            notes.push(format!("tariff: service is `{service}`, so the bill may be a part of what is paid"));
        }
        notes
    }

    fn energy(&self, tariff: &mut Tariff) -> Option<()> {
        let tiers = self.tiers("energyratestructure")?;
        let period_of_step = self.schedule("energyweekdayschedule", "energyweekendschedule", tiers.len())?;
        let names = self.names("energytoulabels", tiers.len())?;
        let price = |of: fn(&Tier) -> f64| {
            Price::Periods(PeriodPrices {
                periods: names.clone(),
                period_of_step: period_of_step.clone().into(),
                price_per_kwh: vec![tiers.iter().map(of).collect()],
            })
        };
        tariff.import.push(PriceComponent { name: "energy".into(), price: price(|tier| tier.price) });
        if tiers.iter().any(|tier| tier.sell != 0.0) {
            tariff.export.push(PriceComponent { name: "sell".into(), price: price(|tier| tier.sell) });
            tariff.export_above_import = tiers.iter().any(|tier| tier.sell > tier.price);
            if tariff.export_above_import {
                tariff.notes.push("tariff: a period sells above its price, as its file says".into());
            }
        }
        let Some(fuel) = self.node.get("fueladjustmentsmonthly").filter(|fuel| !fuel.is_void()) else {
            return Some(());
        };
        let fuel: Vec<_> = fuel.list(Some(12))?.iter().map(|price| price.number(-100.0, 100.0)).collect();
        let fuel: Vec<f64> = fuel.into_iter().collect::<Option<_>>()?;
        let price = Price::Periods(PeriodPrices {
            periods: vec!["all hours".into()],
            period_of_step: vec![0; self.clock.steps()].into(),
            price_per_kwh: self.months().map(|month| vec![fuel[month]]).collect(),
        });
        tariff.import.push(PriceComponent { name: "fuel adjustment".into(), price });
        Some(())
    }

    fn fixed(&self, tariff: &mut Tariff) -> Option<()> {
        let said = |key: &str| self.node.get(key).filter(|node| !node.is_void());
        for (key, unit_key) in [("fixedchargefirstmeter", "fixedchargeunits"), ("fixedmonthlycharge", "")] {
            let Some(charge) = said(key) else { continue };
            let charge = charge.number(0.0, 1e9)?;
            let unit = said(unit_key).map_or(Some("$/month".to_owned()), |unit| unit.text())?;
            let price_per_month = match unit.as_str() {
                "$/month" => vec![charge],
                "$/day" => self.month_days().map(|days| charge * days).collect(),
                "$/year" => vec![charge / 12.0],
                _ => {
                    self.require_unit(unit_key, &["$/month", "$/day", "$/year"]);
                    return None;
                }
            };
            tariff.fixed.push(FixedCharge { name: "fixed".into(), price_per_month });
        }
        Some(())
    }

    /// Refuses a unit that is not among `built`; an absent one is the first.
    pub(super) fn require_unit(&self, key: &str, built: &[&str]) {
        let Some(node) = self.node.get(key).filter(|node| !node.is_void()) else { return };
        if node.text().is_some_and(|unit| !built.contains(&unit.as_str())) {
            node.refuse(|path| Problem::new(path, "this unit is not built yet").allowed(built.join(", ")));
        }
    }

    /// The price of each period of a structure, which must have one tier each.
    fn tiers(&self, key: &str) -> Option<Vec<Tier>> {
        let mut tiers = Vec::new();
        let mut sound = true;
        for period in self.node.require(key)?.list(None)? {
            let list = period.list(None)?;
            if list.len() > 1 {
                period.refuse(|path| {
                    Problem::new(path, "tiers are not built yet")
                        .value(format!("{} tiers", list.len()))
                        .hint("leave the tier that the site's use is in, without `max`")
                });
                sound = false;
                continue;
            }
            let tier = &list[0];
            tier.refuse_others(&[&["max", "rate", "adj", "sell", "unit"]]);
            let number = |key: &str| tier.get(key).map_or(Some(0.0), |node| node.number(-1e6, 1e6));
            let unit = tier.get("unit").and_then(|unit| unit.text());
            if unit.is_some_and(|unit| !["kWh", "kW"].contains(&unit.as_str())) {
                tier.get("unit")?.refuse(|path| Problem::new(path, "this unit is not built yet").allowed("kWh"));
                sound = false;
            }
            match (number("rate"), number("adj"), number("sell")) {
                (Some(rate), Some(adjustment), Some(sell)) => tiers.push(Tier { price: rate + adjustment, sell }),
                _ => sound = false,
            }
        }
        sound.then_some(tiers)
    }

    /// The period of each step from two tables of 12 months × 24 hours.
    pub(super) fn schedule(&self, weekday_key: &str, weekend_key: &str, periods: usize) -> Option<Vec<u16>> {
        let table = |key: &str| -> Option<Vec<Vec<usize>>> {
            let months = self.node.require(key)?.list(Some(12))?;
            let rows = months.iter().map(|month| {
                let hours: Vec<_> = month.list(Some(24))?.iter().map(|hour| hour.index(periods)).collect();
                hours.into_iter().collect::<Option<Vec<usize>>>()
            });
            let rows: Vec<_> = rows.collect();
            rows.into_iter().collect()
        };
        let (weekday, weekend) = (table(weekday_key), table(weekend_key));
        let (weekday, weekend) = (weekday?, weekend?);
        let mut period_of_step = Vec::with_capacity(self.clock.steps());
        for (date, steps) in self.clock.days() {
            let is_weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
            let row = &(if is_weekend { &weekend } else { &weekday })[date.month() as usize - 1];
            for step in steps {
                let minutes = step_minutes(self.clock, step);
                let (first, last) = (minutes.start / 60, (minutes.end - 1) / 60);
                if row[first] != row[last] {
                    self.node.require(weekday_key)?.refuse(|path| {
                        Problem::new(path, "has a border of two periods inside a step")
                            .value(self.clock.label(step))
                            .hint(format!("the step is {} s long", self.clock.step_s()))
                    });
                    return None;
                }
                period_of_step.push(row[first] as u16);
            }
        }
        Some(period_of_step)
    }

    pub(super) fn names(&self, key: &str, count: usize) -> Option<Vec<String>> {
        let Some(labels) = self.node.get(key) else {
            return Some((0..count).map(|period| format!("period {period}")).collect());
        };
        let labels: Vec<_> = labels.list(Some(count))?.iter().map(|label| label.text()).collect();
        labels.into_iter().collect()
    }

    /// The calendar month of each billing month, 0 for January.
    pub(super) fn months(&self) -> impl Iterator<Item = usize> + '_ {
        self.first_dates().map(|date| date.month() as usize - 1)
    }

    /// Days of each billing month, the whole month also where the run covers a part.
    fn month_days(&self) -> impl Iterator<Item = f64> + '_ {
        self.first_dates().map(|date| f64::from(date.days_in_month()))
    }

    fn first_dates(&self) -> impl Iterator<Item = jiff::civil::Date> + '_ {
        let first_steps: Vec<usize> = self.clock.calendar().month_steps().map(|steps| steps.start).collect();
        first_steps.into_iter().map(|step| self.clock.local(step).date())
    }
}
