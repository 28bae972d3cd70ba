//! `[utility]`: what the grid connection sells, charges, bans and emits.

use std::ops::Range;

use microgrid_core::utility::{Carbon, Price, PriceComponent, Tariff};
use microgrid_core::{Calendar, Problem, Problems, Series};
use microgrid_sweep::{Distribution, OutageProcess, Stream};
use schemars::JsonSchema;

use super::loading::Reading;
use crate::document::Section;
use crate::series::{Quantity, SeriesInput};
use crate::tariff::TwoPart;
use crate::time::TimeFault;

/// What the grid connection sells, charges, bans and emits.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct UtilityTable {
    /// File of the tariff, relative to the scenario folder; instead of prices here.
    pub tariff: Option<String>,
    /// Which charge of a two-part tariff the site has chosen, where the tariff's file leaves or overrides the choice.
    #[schemars(with = "Option<String>", extend("enum" = ["capacity", "demand"]))]
    pub two_part: Option<TwoPart>,
    /// Demand agreed with the utility in kW, where the tariff asks for one; wins over the tariff file's.
    pub contract_kw: Option<f64>,
    /// Peaks metered before the run, for demand charges of the tariff's file.
    #[schemars(with = "Option<Vec<MeteredTable>>")]
    pub metered: Vec<MeteredTable>,
    /// Starts of the hours in which the utility's own peak fell, such as `2024-07-15T17:00`: for an OpenEI rate with a
    /// coincident peak, whose file cannot say them. Those outside the run do not count.
    #[schemars(with = "Option<Vec<String>>")]
    pub coincident: Vec<String>,
    /// Price of a kWh taken from the grid: one for the run, or a series of real-time prices; instead of `tariff`.
    pub import_price_per_kwh: Option<SeriesInput>,
    /// Price paid for a kWh given to the grid; 0 by default. Only beside `import_price_per_kwh`.
    pub export_price_per_kwh: Option<SeriesInput>,
    /// Says that export may pay more than import costs, which is refused otherwise. Only beside
    /// `import_price_per_kwh`.
    pub export_above_import: Option<bool>,
    /// Carbon of the energy taken from the grid.
    pub carbon: Option<CarbonTable>,
    /// Outages of the grid, ascending and apart.
    #[schemars(with = "Option<Vec<OutageTable>>")]
    pub outage: Vec<OutageTable>,
    /// Outages of the grid drawn at random, beside those written.
    pub random_outages: Option<RandomOutagesTable>,
}

/// Peaks that a demand charge's meter had before the run; instead of those in the tariff's file.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MeteredTable {
    /// Name of the demand charge, as the bill prints it.
    pub charge: String,
    /// Greatest of the run's first billing month before the run starts (of its year, where the charge is per year), kW;
    /// 0 by default.
    pub so_far_kw: Option<f64>,
    /// Peaks of the months before that, oldest first, kW: for a charge with a ratchet.
    #[schemars(with = "Option<Vec<f64>>")]
    pub earlier_kw: Vec<f64>,
}

/// Carbon of the energy taken from the grid.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CarbonTable {
    /// Location-based intensity in kg CO₂ per kWh, 0 to 5.
    pub intensity_kg_per_kwh: SeriesInput,
    /// Price per kg CO₂, at least 0, part of the objective and never of the bill; 0 by default.
    pub price_per_kg: Option<f64>,
}

/// An outage of the grid.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OutageTable {
    /// Its start in the site's time, on a border of steps.
    pub start: String,
    /// Its end (exclusive) in the site's time, on a border of steps.
    pub end: String,
}

/// Outages drawn at random: the same for the same seed. Times between and lengths are exponential, as a sweep's.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RandomOutagesTable {
    /// Seed; 0 by default.
    pub seed: Option<u32>,
    /// Mean number of outages in 8760 h with grid, 0 to 8760.
    pub rate_per_year: f64,
    /// Mean length, h.
    pub mean_h: f64,
}

impl RandomOutagesTable {
    fn read(section: &mut Section<'_>) -> Self {
        Self {
            seed: section.whole("seed"),
            rate_per_year: section.required_number("rate_per_year"),
            mean_h: section.required_number("mean_h"),
        }
    }

    fn add(&self, calendar: &Calendar, outages: &mut Vec<Range<u32>>, reading: &mut Reading<'_>) {
        let mut problems = Problems::none();
        problems.require_range("utility.random_outages.rate_per_year", self.rate_per_year, 0.0, 8760.0);
        problems.require_range("utility.random_outages.mean_h", self.mean_h, 1e-3, 8760.0);
        if !problems.is_empty() {
            return reading.extend(problems);
        }
        let duration_h = Distribution::Exponential { mean: self.mean_h };
        let process = OutageProcess { rate_per_year: self.rate_per_year, duration_h };
        let stream = Stream::new(self.seed.unwrap_or(0).into(), "outages");
        outages.extend(process.draw(&mut stream.of_sample(0), calendar));
        let drawn = outages.len();
        let hours = outages.iter().map(|outage| f64::from(outage.end - outage.start)).sum::<f64>() * calendar.step_h();
        reading.note(format!("utility: {drawn} outages, {hours} h in all, some drawn at random"));
        outages.sort_by_key(|outage| outage.start);
        outages.dedup_by(|next, last| {
            let meets = next.start <= last.end;
            last.end = if meets { last.end.max(next.end) } else { last.end };
            meets
        });
    }
}

impl UtilityTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            tariff: section.text("tariff"),
            two_part: section.choice("two_part", &[("capacity", TwoPart::Capacity), ("demand", TwoPart::Demand)]),
            contract_kw: section.number_within("contract_kw", 1e-3, 1e9),
            metered: section.tables("metered", |section| MeteredTable {
                charge: section.required_text("charge", "the name of a demand charge of the tariff"),
                so_far_kw: section.number_within("so_far_kw", 0.0, 1e9),
                earlier_kw: section.numbers("earlier_kw"),
            }),
            coincident: section.moments("coincident").into_iter().map(|moment| moment.text).collect(),
            import_price_per_kwh: SeriesInput::read(section, "import_price_per_kwh"),
            export_price_per_kwh: SeriesInput::read(section, "export_price_per_kwh"),
            export_above_import: section.flag("export_above_import"),
            carbon: section.table("carbon", |section| CarbonTable {
                intensity_kg_per_kwh: SeriesInput::read_required(section, "intensity_kg_per_kwh"),
                price_per_kg: section.number("price_per_kg"),
            }),
            outage: section.tables("outage", |section| OutageTable {
                start: section.required_moment("start", "a local time"),
                end: section.required_moment("end", "a local time"),
            }),
            random_outages: section.table("random_outages", RandomOutagesTable::read),
        };
        section.require_one(&["tariff", "import_price_per_kwh"]);
        section.refuse_without("two_part", "tariff");
        section.refuse_without("contract_kw", "tariff");
        section.refuse_without("metered", "tariff");
        section.refuse_without("coincident", "tariff");
        for key in ["export_price_per_kwh", "export_above_import"] {
            section.refuse_without(key, "import_price_per_kwh");
        }
        table
    }

    /// Gives each demand charge the peaks that its meter had before the run.
    ///
    /// # Errors
    /// A charge that the tariff does not have, earlier peaks for one without a ratchet, peaks out of range.
    pub(super) fn give_metered(&self, tariff: &mut Tariff) -> Result<(), Problems> {
        let mut problems = Problems::none();
        for (i, metered) in self.metered.iter().enumerate() {
            let field = format!("utility.metered[{i}]");
            let known: Vec<String> = tariff.demand.iter().map(|charge| format!("\"{}\"", charge.name)).collect();
            let Some(charge) = tariff.demand.iter_mut().find(|charge| charge.name == metered.charge) else {
                let problem = Problem::new(format!("{field}.charge"), "is not a demand charge of the tariff");
                let allowed = if known.is_empty() { "none: it has no demand charge".into() } else { known.join(", ") };
                problems.push(problem.value(format!("\"{}\"", metered.charge)).allowed(allowed));
                continue;
            };
            charge.peak_so_far_kw = metered.so_far_kw.unwrap_or(charge.peak_so_far_kw);
            for peak in &metered.earlier_kw {
                problems.require_range(format_args!("{field}.earlier_kw"), *peak, 0.0, 1e9);
            }
            match &mut charge.ratchet {
                Some(ratchet) if !metered.earlier_kw.is_empty() => {
                    ratchet.earlier_peaks_kw.clone_from(&metered.earlier_kw);
                }
                None if !metered.earlier_kw.is_empty() => problems.push(
                    Problem::new(format!("{field}.earlier_kw"), "is for a charge with a ratchet, and this has none")
                        .value(format!("\"{}\"", metered.charge)),
                ),
                _ => {}
            }
        }
        problems.or_else(|| ())
    }

    /// First steps of the hours of the utility's own peak; `None` where none are named.
    pub(super) fn coincident_steps(&self, reading: &mut Reading<'_>) -> Option<Vec<usize>> {
        let (mut steps, mut outside) = (Vec::new(), 0);
        for (i, text) in self.coincident.iter().enumerate() {
            let field = format!("utility.coincident[{i}]");
            match reading.clock.step_at(text) {
                Ok(step) => steps.push(step),
                Err(TimeFault::OutsideRun { .. }) => outside += 1,
                Err(fault) => reading.extend(fault.problem(&field, text).into()),
            }
        }
        if outside > 0 {
            reading
                .note(format!("utility.coincident: {outside} of {} hours are outside the run", self.coincident.len()));
        }
        (!self.coincident.is_empty()).then_some(steps)
    }

    /// The tariff of the prices that stand in the table itself.
    pub(super) fn inline_tariff(&self, reading: &mut Reading<'_>) -> Tariff {
        let mut component = |name: &str, key: &str, input: &SeriesInput| {
            let currency = reading.currency.to_owned();
            let quantity = Quantity::Price { currency: &currency };
            let price = match reading.series(&format!("utility.{key}"), input, quantity) {
                Series::Constant(price) => Price::Constant(price),
                Series::Steps(prices) => Price::Steps(prices),
            };
            PriceComponent { name: name.into(), price }
        };
        let import = self.import_price_per_kwh.iter().map(|input| component("energy", "import_price_per_kwh", input));
        let import: Vec<_> = import.collect();
        let export = self.export_price_per_kwh.iter().map(|input| component("export", "export_price_per_kwh", input));
        let export = export.collect();
        let export_above_import = self.export_above_import.unwrap_or(false);
        let tariff = Tariff { import, export, export_above_import, ..Tariff::default() };
        if !export_above_import
            && !reading.is_faulty("utility")
            && let Err(problems) = refuse_export_above_import(&tariff, reading)
        {
            reading.extend(problems);
        }
        tariff
    }

    pub(super) fn carbon(&self, reading: &mut Reading<'_>) -> Carbon {
        let Some(table) = &self.carbon else { return Carbon::default() };
        let field = "utility.carbon.intensity_kg_per_kwh";
        Carbon {
            intensity_kg_per_kwh: reading.series(field, &table.intensity_kg_per_kwh, Quantity::Intensity),
            price_per_kg: table.price_per_kg.unwrap_or(0.0),
        }
    }

    /// The outages as steps.
    pub(super) fn outages(&self, reading: &mut Reading<'_>) -> Vec<Range<u32>> {
        let step = |field: String, text: &str| {
            if reading.is_faulty(&field) {
                return None;
            }
            let step = reading.clock.step_at(text).map_err(|fault| reading.extend(fault.problem(field, text).into()));
            step.ok().map(|step| step as u32)
        };
        let mut outages = Vec::new();
        for (i, outage) in self.outage.iter().enumerate() {
            let start = step(format!("utility.outage[{i}].start"), &outage.start);
            let end = step(format!("utility.outage[{i}].end"), &outage.end);
            outages.extend(start.zip(end).map(|(start, end)| start..end));
        }
        if let Some(random) = &self.random_outages
            && !reading.is_faulty("utility.random_outages")
        {
            random.add(&reading.clock.calendar(), &mut outages, reading);
        }
        outages
    }
}

fn refuse_export_above_import(tariff: &Tariff, reading: &Reading<'_>) -> Result<(), Problems> {
    let price = |components: &[PriceComponent], step| components.first().map_or(0.0, |part| part.price.at(0, step));
    let above = (0..reading.clock.steps()).find(|step| price(&tariff.export, *step) > price(&tariff.import, *step));
    let Some(step) = above else { return Ok(()) };
    // A negative import price beside no export price is a fact of spot markets, not a mistake.
    if tariff.export.is_empty() {
        return Ok(());
    }
    Err(Problem::new("utility.export_price_per_kwh", "is above the import price without saying so")
        .value(format!(
            "{} against {} at {}",
            price(&tariff.export, step),
            price(&tariff.import, step),
            reading.clock.label(step)
        ))
        .hint("write export_above_import = true if it is meant")
        .into())
}
