//! Tariffs: from a utility's terms in a file to core's [`Tariff`] on the run's steps.
//!
//! [`read_tariff`] takes three formats and knows them by what they say: our own TOML, the JSON of OpenEI's Utility Rate
//! Database, and the tariff JSON of ACN-Sim. A term that cannot be billed is refused by name; nothing is left out in
//! silence. Invariant: in a tariff that was read, every step of the run has exactly one price.
//!
//! # Our own format
//!
#![doc = concat!("```toml\n", include_str!("example.toml"), "```")]
//! `[[capacity]]` charges per kVA beside or without a two-part
//! tariff. A price may come from a series, `price_per_kwh = { file = "spot.csv", column = "price", unit = "EUR/MWh" }`.
//!
//! **Part months.** `proration` says what a month that the run covers in part bears of its charges: `standing` (the
//! default: fixed, capacity and least charges by the covered time over the month's, demand charges whole), `calendar` (all by
//! that time, demand too), `thirtieths` (all by covered days over 30) or `none` (all whole). Both choices of a two-part
//! tariff follow it. A note names such months.
//!
//! **The least charge.** `minimum_per_month`, or `minimum_per_year`; `minimum = "year"` compares the months of a civil year
//! by their sums, and `minimum_credit` says what an export credit does: see [`microgrid_core::utility::MinimumCharge`].
//!
//! **Demand.** `price_per_kw` and `monthly_price_per_kw` charge the peak of each month, `annual_price_per_kw` that of each
//! civil year, once, in the last of its months that the run has. `tiers` price the billed kW above a threshold,
//! `coincident` counts only the hours in which the utility's own peak fell, `slide_min` makes windows slide, and `months` of
//! a ratchet says which months' peaks are looked back on. `peak_so_far_kw` is the peak of the run's first month (or year)
//! before the run, `earlier_peaks_kw` those of the months before; a scenario gives both under `[[utility.metered]]`.
//! A window's mean is that of its steps that count.
//!
//! # Blocks of energy
//!
//! ```toml
//! [[import]]
//! name = "energy"
//! counted = "year"            # or "month", as where it is left out
//! year_begins_month = 1       # of a year: the month that begins it; January where it is left out
//! earlier_kwh = 1200          # of a year: counted in it before the run
//! each_period = false         # true counts each period of [[hours]] for itself
//! [[import.block]]
//! up_to_kwh = 2520            # a number, or by season or period as a price is
//! price_per_kwh = 0.5283      # as a component's price, but no series
//! [[import.block]]            # the last block has no border
//! price_per_kwh = 0.5783
//! ```
//! Counted together, each period has its share of every block. Of a month covered in part, its share of the borders holds.
//!
//! # Export
//!
//! `[export]` names a `class`, and what it leaves open has the values shown:
//!
//! | class | what is billed | further keys |
//! |---|---|---|
//! | `none` | export is not paid | |
//! | `feed_in` | each step's export at `price_per_kwh` (or blocks) | `carry_over = false` |
//! | `net_billing` | each step's export at `share = 1.0` of the import price of the step | `of`, `carry_over = false` |
//! | `net_metering` | import less export over the month; what is left is a credit in kWh for later months | `credit = "kWh"`, `across_periods = false`, `year_end_price_per_kwh` |
//! | `net_metering`, `credit = "money"` | import less export over the month; what is left is paid as in `net_billing`, or at `price_per_kwh`, as a credit for later months | `across_periods = false` |
//! | `buy_all_sell_all` | two meters: all that the site draws is bought, all generation taken is sold at `price_per_kwh` | |
//!
//! Credits, and those of `carry_over = true`, have further keys: `non_bypassable = ["levy"]` names import components billed on
//! all import; `pays = "energy"` or `"charges"`: what a credit in money may pay; `true_up_month = 12`, with whose end
//! `year_end` says that credits are `"paid"`, `"lapsed"` or `"rolled"` on. Left out, money is paid, and kWh lapse unless
//! `year_end_price_per_kwh` says what is paid for them.
//!
//! # Days
//!
//! Of several `[[hours]]` that mean a day those with the closest label hold: a special set, `holiday`, a weekday,
//! `workday` and `rest_day` (a holiday is a rest day where no rule names `holiday`), `all`. A period's border inside a
//! step is refused.
//!
//! # OpenEI's Utility Rate Database (JSON)
//!
//! One rate, bare or in `items`.
//!
//! Read: `energyratestructure` with `energyweekdayschedule` and `energyweekendschedule` (12 × 24), its `sell` rates,
//! `fueladjustmentsmonthly`; `flatdemandstructure` with `flatdemandmonths`; `demandratestructure` with its schedules
//! (time-of-use demand), both in tiers; `demandwindow`; `lookbackPercent`, `lookbackRange` and `lookbackMonths` on flat
//! demand or on time-of-use demand, refused where a rate has both; fixed charges; `mincharge` and `annualmincharge`, which
//! are compared after the credit for export; `dgrules`, and the older `usenetmetering`. Tiers of energy in kWh a month,
//! counted over all periods together, each with its share; other units and reactive terms are refused by name.
//! `coincidentratestructure` with `coincidentrateschedule` charges the mean of the hour in which the utility's own peak
//! fell. The file says what such an hour costs by the time that it falls in, not when it fell: a scenario names the hours,
//! `utility.coincident = ["2024-07-15T17:00"]`, and without them such a rate is refused.
//!
//! What the format leaves open is settled so: prices are USD; Saturday and Sunday are the weekend, and a holiday is
//! the weekday it falls on; a demand window that is not given is 15 minutes; a `lookbackPercent` up to 1 is a share,
//! above 1 a percentage; a `lookbackRange` of 0 looks back on twelve months; a demand tier's `max` is the kW up to which it
//! reaches; the last tier is open, whatever its `max`; "Net Metering" nets within each period and its credits in kWh lapse
//! after December (a note says so). Attributes and comments are not read, and
//! a note says so where there are any.
//!
//! # ACN-Sim (JSON of the `acnportal` package)
//!
//! A list of `schedule` entries, each with `effective_start` and `effective_end` (month-day, both included, may pass the
//! year's end), a `dow_mask` (`ALL`, `WEEKDAYS`, `WEEKENDS`), `times` in hours (halves such as 8.5 allowed) with a price
//! in `tariffs` from each of them on, and a `demand_charge` per kW.
//!
//! What the format leaves open is settled so: prices are USD per kWh; days are told apart by their weekday, holidays
//! not; the demand charge counts 15-minute means of all hours. Where two entries mean the same day, `WEEKDAYS` and
//! `WEEKENDS` go before `ALL`, and among equals an `id` that ends in `Weekday` or `Weekend`; both leave a note. ACN-Sim
//! itself truncates half hours, starts a season one day late and ignores `effective_end`: its bills differ by that.

mod acn;
mod blocks;
mod charge;
mod days;
mod demand;
mod demand_block;
mod export;
mod field;
mod file;
mod fitting_step;
mod hours;
mod minimum;
mod price;
mod schedule;
mod schema;
mod season;
mod series;
mod term;
mod urdb;
mod urdb_coincident;
mod urdb_demand;
mod urdb_energy;
mod urdb_minimum;

use microgrid_core::utility::Tariff;
use microgrid_core::{Problem, Problems};

use crate::time::Clock;
pub use file::{Customer, TariffFile, TwoPart};
pub use schema::schema;

/// Reads a tariff for a customer who brings nothing but a clock; see [`read_tariff_file`].
///
/// # Errors
/// Every problem of the file at once.
pub fn read_tariff(text: &str, file: &str, clock: &Clock) -> Result<Tariff, Problems> {
    read_tariff_file(text, file, clock, &Customer::default()).map(|read| read.tariff)
}

/// Reads a tariff with what its file says about it. `file` is the name in messages; a text that begins with `{` is
/// JSON, any other our own format.
///
/// # Errors
/// Every problem of the file at once, each with its field, and with its line where the format is ours.
///
/// # Examples
/// ```
/// use microgrid_io::tariff::read_tariff;
/// use microgrid_io::time::Clock;
///
/// let clock = Clock::of_days("Asia/Shanghai", "2025-07-01", 3600, 31)?;
/// let text = r#"
///     name = "day and night"
///     currency = "CNY"
///     [[hours]]
///     periods.day = "08:00-21:00"
///     periods.night = "21:00-08:00"
///     [[import]]
///     name = "energy"
///     price_per_kwh = { day = 0.5583, night = 0.3583 }
/// "#;
/// let tariff = read_tariff(text, "day_night.toml", &clock)?;
/// assert_eq!(tariff.import[0].price.at(0, 7), 0.3583);
/// assert_eq!(tariff.import[0].price.at(0, 8), 0.5583);
///
/// let problems = read_tariff(&text.replace("08:00-21:00", "08:00-20:00"), "day_night.toml", &clock).unwrap_err();
/// assert!(problems.to_string().contains("leaves 20:00 to 21:00 without a period"));
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
pub fn read_tariff_file(text: &str, file: &str, clock: &Clock, customer: &Customer) -> Result<TariffFile, Problems> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text); // Editors that write a byte order mark mean nothing by it.
    if !text.trim_start().starts_with('{') {
        refuse_coincident(customer)?;
        return file::read(text, file, clock, customer);
    }
    let document: serde_json::Value = serde_json::from_str(text)
        .map_err(|fault| Problem::new("", format!("is not JSON: {fault}")).at(file, Some(fault.line().max(1))))?;
    if document.get("schedule").is_some() {
        refuse_coincident(customer)?;
        return acn::read(&document, file, clock, customer);
    }
    if document.get("items").is_some() || document.get("energyratestructure").is_some() {
        return urdb::read(&document, file, clock, customer);
    }
    Err(Problem::new("", "is JSON, but no tariff that is known")
        .allowed("OpenEI URDB (`energyratestructure`) or ACN-Sim (`schedule`)")
        .at(file, None)
        .into())
}

/// Hours of the utility's own peak, for a format that has no use for them.
fn refuse_coincident(customer: &Customer) -> Result<(), Problems> {
    if customer.coincident_steps.is_none() {
        return Ok(());
    }
    Err(Problem::new("utility.coincident", "is for OpenEI's rates, whose file cannot say these hours")
        .hint("in the own format a [[demand]] has `coincident` in the tariff's file")
        .into())
}
