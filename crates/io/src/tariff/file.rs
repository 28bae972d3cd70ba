//! Our own tariff file, from its text to core's [`Tariff`].

use std::cell::RefCell;
use std::path::Path;

use microgrid_core::utility::{PriceComponent, Tariff};
use microgrid_core::{Problem, Problems};
use toml::de::DeTable;

use super::charge::power_factor;
use super::field::{Source, Table, Value, unknown};
use super::minimum::{minimum, proration};
use super::price::PriceMaker;
use super::schedule::Schedule;
use super::series::SeriesReader;
use crate::time::Clock;

/// What the site brings to the utility's tariff.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Customer<'a> {
    /// Folder in which the tariff's price series are found; without it a series is refused.
    pub folder: Option<&'a Path>,
    /// Currency of the scenario; a tariff in another is refused.
    pub currency: Option<&'a str>,
    /// Which charge of a two-part tariff the site has chosen; wins over the file's `choose`.
    pub choose: Option<TwoPart>,
    /// Capacity billed in kVA, such as the transformer's rating; wins over the file's `capacity_kva`.
    pub capacity_kva: Option<f64>,
    /// Demand agreed with the utility in kW; wins over the file's `contract_kw`.
    pub contract_kw: Option<f64>,
    /// First steps of the hours in which the utility's own peak fell, for OpenEI's rates, whose file cannot say them;
    /// `None` where nobody says.
    pub coincident_steps: Option<&'a [usize]>,
}

/// The charge that a customer on a two-part tariff chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TwoPart {
    /// Per kVA of installed capacity.
    Capacity,
    /// Per kW of the month's peak.
    Demand,
}

impl TwoPart {
    /// The name in files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Capacity => "capacity",
            Self::Demand => "demand",
        }
    }

    /// The choice that is not this one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Capacity => Self::Demand,
            Self::Demand => Self::Capacity,
        }
    }
}

/// A tariff and what its file says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct TariffFile {
    /// Name of the tariff.
    pub name: String,
    /// Currency of its prices.
    pub currency: String,
    /// Where it is from.
    pub source: Option<String>,
    /// The tariff on the run's steps. Its notes say what is unverified and whether the run leaves its dates.
    pub tariff: Tariff,
    /// Which charge of a two-part tariff is in it; `None` where the file offers no choice.
    pub chosen: Option<TwoPart>,
}

/// Terms of real tariffs that are refused by name.
const UNBUILT: [(&str, &str); 4] = [
    ("tiers", "write [[import.block]] under the component"),
    ("net_metering", "write class = \"net_metering\" under [export]"),
    ("critical_peak", "list the days under [days] and give them [[hours]] of their own"),
    ("tax", "give prices with tax"),
];

pub(super) fn read(text: &str, file: &str, clock: &Clock, customer: &Customer) -> Result<TariffFile, Problems> {
    let source = Source::new(text, file);
    let (document, faults) = DeTable::parse_recoverable(text);
    if !faults.is_empty() {
        for fault in faults {
            let span = fault.span().map(|span| (span.start, span.end));
            source.push(
                source.place(
                    Problem::new("", format!("is not valid TOML: {}", fault.message().replace('\n', ", "))),
                    span,
                ),
            );
        }
        return Err(source.into_problems());
    }
    let root = Table::root(&source, document.get_ref());
    let tariff = read_root(&root, &source, clock, customer);
    drop(root);
    match tariff {
        Some(tariff) if source.is_clean() => Ok(tariff),
        _ => Err(source.into_problems()),
    }
}

fn read_root(root: &Table, source: &Source, clock: &Clock, customer: &Customer) -> Option<TariffFile> {
    let name = root.require("name").and_then(|value| value.text());
    let currency = root.require("currency").and_then(|value| currency(&value, customer));
    let zone = root.get("zone");
    if let Some((value, zone)) = zone.and_then(|value| value.text().map(|zone| (value, zone)))
        && zone != clock.zone().name()
    {
        value.refuse(|path| {
            Problem::new(path, "is not the site's zone")
                .allowed(clock.zone().name())
                .hint("hours of another zone would be laid on this one's clock")
        });
    }
    let mut notes = notes(root, clock);
    let origin = root.get("source").and_then(|value| value.text());
    let export_above_import = root.get("export_above_import").and_then(|value| value.truth()).unwrap_or(false);
    let digits = root.get("price_digits").and_then(|value| value.integer(0, 9));
    root.refuse_unbuilt(&UNBUILT);

    let schedule = Schedule::read(root, source);
    let axis = schedule.as_ref().and_then(|schedule| schedule.axis(clock));
    let (Some(schedule), Some(axis)) = (schedule, axis) else {
        // Prices cannot be judged without hours; the names of the other tables still can.
        for key in [
            "import",
            "float",
            "export",
            "demand",
            "capacity",
            "two_part",
            "fixed",
            "power_factor",
            "minimum_per_month",
            "minimum_per_year",
            "minimum",
            "minimum_credit",
            "proration",
        ] {
            let _ = root.get(key);
        }
        root.finish();
        return None;
    };
    let series = SeriesReader { folder: customer.folder, clock, currency: currency.as_deref().unwrap_or_default() };
    let maker = PriceMaker { clock, schedule: &schedule, axis: &axis, series, digits, notes: RefCell::default() };
    let import = maker.import(root);
    let (export, metering) = maker.export(root, &import);
    let charges = maker.charges(root, customer);
    let power_factor = power_factor(root);
    let minimum = minimum(root, clock);
    let proration = proration(root);
    root.finish();
    notes.extend(maker.notes.take().into_iter().map(|note| format!("tariff: {note}")));
    let tariff = Tariff {
        import,
        export,
        metering,
        demand: charges.demand,
        capacity: charges.capacity,
        fixed: charges.fixed,
        daily: charges.daily,
        power_factor,
        minimum: minimum.flatten(),
        proration: proration.unwrap_or_default(),
        export_above_import,
        notes,
    };
    if source.is_clean() {
        check_export(&tariff, root, clock);
    }
    Some(TariffFile { name: name?, currency: currency?, source: origin, tariff, chosen: charges.chosen })
}

impl PriceMaker<'_> {
    /// Reads `[[import]]` with the floats of `[float]`.
    fn import(&self, root: &Table) -> Vec<PriceComponent> {
        let floats = root.get("float").and_then(|value| value.table());
        let floats: Vec<(String, Value)> = floats.map_or_else(Vec::new, |table| table.entries());
        let mut components: Vec<PriceComponent> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for table in root.tables("import") {
            let name = table.require("name");
            let text = name.as_ref().and_then(|value| value.text());
            if let (Some(value), Some(text)) = (&name, &text) {
                if names.contains(text) {
                    value.refuse(|path| Problem::new(path, "names a component twice"));
                }
                names.push(text.clone());
            }
            let float = floats.iter().find(|(of, _)| Some(of) == text.as_ref()).map(|(_, value)| value);
            let price = self.read(&table, float);
            table.finish();
            if let (Some(name), Some(price)) = (text, price) {
                components.push(PriceComponent { name, price });
            }
        }
        for (of, value) in &floats {
            if !names.contains(of) {
                let known: Vec<&str> = names.iter().map(String::as_str).collect();
                value.refuse(|path| unknown(path, "floats on a component that [[import]] does not have", of, &known));
            }
        }
        if names.is_empty() {
            root.refuse(|_| {
                Problem::new("import", "is missing").hint("[[import]] name = \"energy\", price_per_kwh = 0.5")
            });
        }
        components
    }
}

fn currency(value: &Value, customer: &Customer) -> Option<String> {
    let text = value.text()?;
    if text.len() != 3 || !text.bytes().all(|letter| letter.is_ascii_uppercase()) {
        value.refuse(|path| Problem::new(path, "is not a currency").allowed("three letters such as CNY, EUR or USD"));
        return None;
    }
    if let Some(site) = customer.currency.filter(|site| *site != text) {
        value.refuse(|path| Problem::new(path, "is not the scenario's currency").allowed(site));
        return None;
    }
    Some(text)
}

/// Reads `effective_from`, `effective_to`, `unverified` and `notes`.
fn notes(root: &Table, clock: &Clock) -> Vec<String> {
    let mut notes = Vec::new();
    let (first, last) = (clock.local(0).date(), clock.local(clock.steps() - 1).date());
    let [from, to] = ["effective_from", "effective_to"]
        .map(|key| root.get(key).and_then(|value| value.date().map(|date| (value, date))));
    if let (Some((_, from)), Some((value, to))) = (&from, &to)
        && from > to
    {
        value.refuse(|path| Problem::new(path, "is before effective_from").allowed(format!("{from} or later")));
    }
    if let Some((_, from)) = from.filter(|(_, from)| *from > first) {
        notes.push(format!("tariff: in force from {from}, the run begins on {first}"));
    }
    if let Some((_, to)) = to.filter(|(_, to)| *to < last) {
        notes.push(format!("tariff: in force to {to}, the run ends on {last}"));
    }
    for (key, mark) in [("unverified", "tariff: unverified: "), ("notes", "tariff: ")] {
        if let Some(value) = root.get(key) {
            notes.extend(value.one_or_many().iter().filter_map(Value::text).map(|text| format!("{mark}{text}")));
        }
    }
    notes
}

/// Refuses a tariff whose export pays more than import costs at some step without saying so.
fn check_export(tariff: &Tariff, root: &Table, clock: &Clock) {
    // Without a price for export nothing is paid for it, below whatever import price.
    if tariff.export_above_import || tariff.export.is_empty() {
        return;
    }
    let calendar = clock.calendar();
    let sum = |components: &[PriceComponent], month: usize, step: usize| -> f64 {
        components.iter().map(|component| component.price.at(month, step)).sum()
    };
    for (month, steps) in calendar.month_steps().enumerate() {
        for step in steps {
            let (import, export) = (sum(&tariff.import, month, step), sum(&tariff.export, month, step));
            if export > import + 1e-9 {
                let problem = |_: &str| {
                    Problem::new("export", "pays more than import costs")
                        .value(format!("{export:.4} against {import:.4} per kWh at {}", clock.label(step)))
                        .hint("if it is so, write export_above_import = true")
                };
                if let Some(value) = root.get("export") {
                    value.refuse(problem);
                }
                return;
            }
        }
    }
}
