//! Runs of a site as one HTML file.

use microgrid_core::dispatch::Dispatch;
use microgrid_core::{Outcome, Problems};
use microgrid_io::Loaded;
use microgrid_report::html::{Block, KeyFigure, Page, Section, Table, amount};
use microgrid_report::{Audit, Trace, bill_svg, duration_curves_svg, energy_flow_svg, week_svg};

/// Most strategies that a picture sets side by side.
const SIDE_BY_SIDE_MOST: usize = 4;

/// Runs of one site as a report that opens with the network off: what each strategy costs and how far it is from the proven
/// bound, bills by month, weeks, duration curves, flows of energy, notes.
///
/// # Errors
/// A strategy that does not run; a picture that cannot be drawn.
pub fn run_html(site: &Loaded, strategies: &[Dispatch], outcomes: &[Outcome]) -> Result<String, Problems> {
    let trace = |strategy: &Dispatch| crate::trace(&site.scenario, strategy, |step| site.clock.label(step));
    let shown = strategies.len().min(SIDE_BY_SIDE_MOST);
    let traces = strategies[..shown].iter().map(trace).collect::<Result<Vec<Trace>, Problems>>()?;
    let mut sections = vec![Section::new("Summary", summary(outcomes))];
    sections.extend(pictures(&traces, &outcomes[..shown.min(outcomes.len())])?);
    sections.push(Section::new("Months", outcomes.iter().map(|outcome| Block::Table(months(outcome))).collect()));
    sections.push(Section::new("Books", vec![Block::Table(books(outcomes))]));
    let notes: Vec<String> = outcomes.iter().flat_map(|outcome| outcome.notes.iter().cloned()).collect();
    let mut said: Vec<String> = Vec::new();
    notes.into_iter().for_each(|note| said.extend((!said.contains(&note)).then_some(note)));
    if !said.is_empty() {
        sections.push(Section::new("Notes", vec![Block::List(said)]));
    }
    sections.push(Section::new("Words", vec![Block::Terms(words(&RUN_WORDS))]));
    let first = outcomes.first();
    let page = Page {
        title: format!("{}: run report", site.scenario.name),
        lead: first.map_or(String::new(), |run| {
            format!("{} steps of {} s; money in {}", run.steps, run.step_s, run.money.currency)
        }),
        sections,
        foot: format!("microgrid {}", env!("CARGO_PKG_VERSION")),
        ..Page::default()
    };
    Ok(page.html())
}

/// Words of a report with their meaning.
pub(crate) fn words(words: &[(&str, &str)]) -> Vec<(String, String)> {
    words.iter().map(|(word, meaning)| ((*word).to_owned(), (*meaning).to_owned())).collect()
}

const RUN_WORDS: [(&str, &str); 6] = [
    ("bill", "What the utility charges, less what it pays for export."),
    (
        "objective",
        "What strategies are judged by: bill, fuel, starts, wear of storage, lost load, carbon at its price, less the value of energy left in store.",
    ),
    ("bound", "A proven lower value of the objective of any strategy on the same site."),
    ("gap", "Objective less bound, relative to the bound: no strategy can save more than that."),
    ("self-sufficiency", "1 - import / load served."),
    ("residual", "By how much the books of energy do not close, summed over all steps: rounding only."),
];

fn percent(value: Option<f64>) -> String {
    value.map_or("-".into(), |value| format!("{value:.1} %"))
}

fn summary(outcomes: &[Outcome]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let best = outcomes.iter().min_by(|a, b| a.money.objective.total_cmp(&b.money.objective));
    if let Some(run) = best {
        let currency = &run.money.currency;
        let figures = vec![
            KeyFigure::new("least objective", format!("{} {currency}", amount(run.money.objective, 0)), &run.strategy),
            KeyFigure::new("its bill", format!("{} {currency}", amount(run.money.bill_total, 0)), "of the run"),
            KeyFigure::new(
                "proven distance",
                run.gap.as_ref().and_then(|gap| gap.percent).map_or("not proven".into(), |part| format!("{part:.2} %")),
                "no strategy saves more",
            ),
            KeyFigure::new("carbon", format!("{} kg", amount(run.carbon_kg, 0)), "of import and fuel"),
        ];
        blocks.push(Block::Figures(figures));
    }
    let mut table = Table::new(
        "What each strategy does",
        [
            "strategy",
            "objective",
            "bill",
            "import, kWh",
            "export, kWh",
            "peak import, kW",
            "self-sufficiency",
            "carbon, kg",
        ],
    );
    for run in outcomes {
        let energy = [run.energy.import_kwh, run.energy.export_kwh].map(|kwh| amount(kwh, 0));
        let [import, export] = energy;
        table.row([
            run.strategy.clone(),
            amount(run.money.objective, 2),
            amount(run.money.bill_total, 2),
            import,
            export,
            amount(run.indicators.peak_import_kw, 1),
            percent(run.indicators.self_sufficiency_percent),
            amount(run.carbon_kg, 0),
        ]);
    }
    blocks.push(Block::Table(table));
    blocks
}

/// The pictures of runs side by side: bills, a week of winter's and of summer's half, durations, flows of energy.
pub(crate) fn pictures(traces: &[Trace], outcomes: &[Outcome]) -> Result<Vec<Section>, Problems> {
    let Some(first) = traces.first() else { return Ok(Vec::new()) };
    let picture = |svg: String, caption: &str| Block::Picture { svg, caption: caption.into() };
    let bill = picture(bill_svg(outcomes)?, "The bill of each billing month, by kind of charge; export is below zero.");
    let weeks = (first.days().div_ceil(7)).max(1);
    let mut shown = vec![1 + weeks / 26, 1 + weeks / 2];
    shown.dedup();
    let mut of_weeks = Vec::new();
    for week in shown {
        let caption = "What feeds the site above zero, where the rest goes below; state of charge; prices.";
        of_weeks.push(picture(week_svg(traces, week.min(weeks))?, caption));
    }
    let durations = picture(duration_curves_svg(traces)?, "For how many hours each power is reached or exceeded.");
    let flows = outcomes.iter().map(|outcome| {
        picture(
            energy_flow_svg(outcome),
            "All energy of the run; what is stored and taken out again passes the bus twice.",
        )
    });
    Ok(vec![
        Section::new("Bill by month", vec![bill]),
        Section::new("Weeks", of_weeks),
        Section::new("Duration curves", vec![durations]),
        Section::new("Energy", flows.collect()),
    ])
}

fn months(outcome: &Outcome) -> Table {
    let mut table = Table::new(outcome.strategy.as_str(), ["month", "bill"]);
    for (i, month) in outcome.months.iter().enumerate() {
        table.row([month.month.clone(), amount(outcome.bill.total_of_month(i), 2)]);
    }
    table.row(["total".into(), amount(outcome.money.bill_total, 2)]);
    table.sums = 1;
    table
}

fn books(outcomes: &[Outcome]) -> Table {
    let mut table = Table::new("Whether the books close", ["strategy", "residual, kWh", "closes"]);
    table.texts = 1;
    for run in outcomes {
        let closes = if Audit::of(run).closes() { "yes" } else { "no" };
        table.row([run.strategy.clone(), format!("{:.1e}", run.energy.residual_kwh), closes.into()]);
    }
    table
}
