//! OpenEI's Utility Rate Database (URDB) as JSON: one rate, bare or in `items`. What is read of it stands in [`super`].

use std::cell::RefCell;

use jiff::Timestamp;
use jiff::civil::Weekday;
use microgrid_core::utility::{DailyCharge, FixedCharge, Tariff};
use microgrid_core::{Problem, Problems};
use serde_json::Value;

use super::file::{Customer, TariffFile};
use super::fitting_step::{borders_within, fitting_hint, fitting_step_s};
use super::schedule::step_minutes;
use crate::json::Node;
use crate::time::Clock;

/// What the rate is for and where it is from: no part of a bill.
const ABOUT: [&str; 32] = [
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
    // The unit of a term whose tiers say their own.
    "energyrateunit",
];

/// Free text that may hold charges; a note says that it is not read.
const ATTRIBUTES: [&str; 5] = ["energyattrs", "demandattrs", "fixedattrs", "energycomments", "demandcomments"];

/// Terms that are refused by name where they say something.
const UNBUILT: [&str; 4] =
    ["demandreactivepowercharge", "reactivepowercharge", "demandratchetpercentage", "demandrachetpercentage"];

const READ: [&str; 34] = [
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
    "coincidentratestructure",
    "coincidentrateschedule",
    "coincidentrateunit",
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

impl Rate<'_> {
    fn read(&self, customer: &Customer) -> Option<TariffFile> {
        let node = self.node;
        node.refuse_others(&[&READ, &ABOUT, &ATTRIBUTES, &UNBUILT, &["dgrules", "usenetmetering"]]);
        for key in UNBUILT {
            if let Some(term) = node.get(key).filter(|term| !term.is_void()) {
                term.refuse(|path| Problem::new(path, "is not built yet"));
            }
        }
        require_usd(node, customer);
        let name = node.require("name").and_then(|name| name.text());
        let mut tariff = Tariff { notes: self.notes(), ..Tariff::default() };
        let energy = self.energy(&mut tariff);
        let demand = self.demand(&mut tariff);
        let coincident = self.coincident(&mut tariff, customer.coincident_steps);
        let fixed = self.fixed(&mut tariff);
        let minimum = self.minimum();
        energy.and(demand).and(coincident).and(fixed)?;
        tariff.minimum = minimum?;
        let source = node.get("source").and_then(|source| source.text());
        Some(TariffFile { name: name?, currency: "USD".into(), source, tariff, chosen: None })
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

    fn fixed(&self, tariff: &mut Tariff) -> Option<()> {
        if let Some((charge, unit)) =
            self.said_once("fixedchargefirstmeter", "fixedchargeunits", "fixedmonthlycharge")?
        {
            let name = "fixed".to_owned();
            match unit.as_str() {
                "$/month" => tariff.fixed.push(FixedCharge { name, price_per_month: vec![charge] }),
                "$/day" => tariff.daily.push(DailyCharge { name, price_per_day: charge }),
                "$/year" => tariff.fixed.push(FixedCharge { name, price_per_month: vec![charge / 12.0] }),
                _ => {
                    self.require_unit("fixedchargeunits", &["$/month", "$/day", "$/year"]);
                    return None;
                }
            }
        }
        Some(())
    }

    /// A charge and its unit under the first key, or under the second one for a month; both at once are refused, because
    /// they are one charge written twice or two that the format cannot tell apart. `Some(None)` where neither says
    /// something.
    fn said_once(&self, key: &str, unit_key: &str, monthly_key: &str) -> Option<Option<(f64, String)>> {
        let said = |key: &str| self.node.get(key).filter(|node| !node.is_void());
        let unit = said(unit_key).map_or(Some("$/month".to_owned()), |unit| unit.text());
        match (said(key), said(monthly_key)) {
            (Some(_), Some(monthly)) => {
                monthly.refuse(|path| {
                    Problem::new(path, format!("stands beside {key}")).hint("keep the one that the utility charges")
                });
                None
            }
            (Some(charge), None) => Some(Some((charge.number(0.0, 1e9)?, unit?))),
            (None, Some(charge)) => Some(Some((charge.number(0.0, 1e9)?, "$/month".to_owned()))),
            (None, None) => Some(None),
        }
    }

    /// Refuses a unit that is not among `built`; an absent one is the first.
    pub(super) fn require_unit(&self, key: &str, built: &[&str]) {
        let Some(node) = self.node.get(key).filter(|node| !node.is_void()) else { return };
        if node.text().is_some_and(|unit| !built.contains(&unit.as_str())) {
            node.refuse(|path| Problem::new(path, "this unit is not built yet").allowed(built.join(", ")));
        }
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
                    // Hours begin at full hours, so what keeps a step from ending there is the zone's offset.
                    let fitting_s = fitting_step_s(self.clock, |step| {
                        borders_within(step_minutes(self.clock, step), |minute| minute / 60).collect()
                    });
                    self.node.require(weekday_key)?.refuse(|path| {
                        Problem::new(path, "has a border of two periods inside a step")
                            .value(self.clock.label(step))
                            .hint(fitting_hint(self.clock.step_s(), fitting_s))
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

    fn first_dates(&self) -> impl Iterator<Item = jiff::civil::Date> + '_ {
        let first_steps: Vec<usize> = self.clock.calendar().month_steps().map(|steps| steps.start).collect();
        first_steps.into_iter().map(|step| self.clock.local(step).date())
    }
}
