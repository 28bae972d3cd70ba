//! The bill by month: what each month's charges are made of.

use std::ops::Range;

use microgrid_core::simulation::Outcome;
use microgrid_core::utility::BillKind;
use microgrid_core::{Problem, Problems};
use plotters::style::RGBColor;

use super::side_by_side::MOST;
use crate::invoice::kind_name;
use crate::plot::figure::{Axis, Figure, Mark, Panel, Shade};
use crate::plot::palette;

/// The bills of runs of one scenario by month as an SVG picture: a panel for each run, all to one scale, in it a bar for
/// each billing month that is stacked of the kinds of charges, with what the utility pays below zero, and a black line at
/// the month's total.
///
/// # Errors
/// No run, or more than four; no bill; runs of different scenarios.
pub fn bill_svg(outcomes: &[Outcome]) -> Result<String, Problems> {
    let first = outcomes.first().filter(|outcome| !outcome.bill.lines.is_empty() && outcomes.len() <= MOST);
    let Some(first) = first else {
        return Err(Problem::new("plot", format!("needs one to {MOST} runs with a bill")).value(outcomes.len()).into());
    };
    if let Some(other) = outcomes.iter().find(|o| o.scenario != first.scenario || o.months.len() != first.months.len())
    {
        let problem = Problem::new("plot", "shows bills of one scenario side by side");
        return Err(problem.value(format!("{} and {}", first.scenario, other.scenario)).into());
    }
    let bars: Vec<Bars> = outcomes.iter().map(Bars::of).collect();
    let low = bars.iter().fold(0.0, |low: f64, bars| low.min(bars.range.start));
    let high = bars.iter().fold(0.0, |high: f64, bars| high.max(bars.range.end));
    let (factor, money) = match high.max(-low) {
        most if most >= 1e7 => (1e-6, "million "),
        most if most >= 1e5 => (1e-3, "thousand "),
        _ => (1.0, ""),
    };
    let whose = |outcome: &Outcome| if outcomes.len() == 1 { String::new() } else { format!("{}: ", outcome.strategy) };
    let height = if outcomes.len() == 1 { 380 } else { 240 };
    let panels = outcomes.iter().zip(&bars).map(|(outcome, bars)| {
        let title = format!("{}{money}{}", whose(outcome), outcome.money.currency);
        Panel::new(title, height, low * factor..high * factor, bars.marks(factor))
    });
    let months = first.months.len();
    // More labels than these would run into each other.
    let every = months.div_ceil(14).max(1);
    let labels = first.months.iter().enumerate().step_by(every);
    let names: Vec<&str> = outcomes.iter().map(|outcome| outcome.strategy.as_str()).collect();
    let figure = Figure {
        title: format!("{}, {}: bill by month", first.scenario, names.join(", ")),
        axis: Axis {
            range: 0.0..months as f64,
            grid: Vec::new(),
            labels: labels.map(|(i, month)| (i as f64 + 0.5, month.month.clone())).collect(),
            title: "billing month".into(),
        },
        shade: Shade::default(),
        panels: panels.collect(),
    };
    figure.svg()
}

/// Rectangles: their ranges in x and y.
type Boxes = Vec<(Range<f64>, Range<f64>)>;

/// The bars of a run, in its currency.
struct Bars {
    /// By kind, in the order in which the bill has them first.
    kinds: Vec<(BillKind, Boxes)>,
    totals: Vec<f64>,
    /// From the lowest to the highest end of a bar.
    range: Range<f64>,
}

impl Bars {
    fn of(outcome: &Outcome) -> Self {
        let mut kinds: Vec<(BillKind, Boxes)> = Vec::new();
        for line in &outcome.bill.lines {
            if !kinds.iter().any(|(kind, _)| *kind == line.kind) {
                kinds.push((line.kind, Vec::new()));
            }
        }
        let (mut lowest, mut highest) = (0.0_f64, 0.0_f64);
        for month in 0..outcome.months.len() {
            let (mut below, mut above) = (0.0, 0.0);
            for (kind, boxes) in &mut kinds {
                let of_kind = outcome.bill.lines.iter().filter(|line| line.month == month && line.kind == *kind);
                let amount: f64 = of_kind.map(|line| line.amount).sum();
                let end = if amount < 0.0 { &mut below } else { &mut above };
                let from = *end;
                *end += amount;
                boxes.push((month as f64 + 0.15..month as f64 + 0.85, from.min(*end)..from.max(*end)));
            }
            (lowest, highest) = (lowest.min(below), highest.max(above));
        }
        kinds.retain(|(_, boxes)| boxes.iter().any(|(_, y)| y.end > y.start));
        let totals = (0..outcome.months.len()).map(|month| outcome.bill.total_of_month(month)).collect();
        Self { kinds, totals, range: lowest..highest }
    }

    fn marks(&self, factor: f64) -> Vec<Mark> {
        let scaled =
            |boxes: &Boxes| boxes.iter().map(|(x, y)| (x.clone(), y.start * factor..y.end * factor)).collect::<Boxes>();
        let kinds = self.kinds.iter();
        let mut marks: Vec<Mark> = kinds
            .map(|(kind, boxes)| Mark::boxes(&kind_name(*kind).replace('_', " "), color(*kind), scaled(boxes)))
            .collect();
        let total = |(month, total): (usize, &f64)| {
            let (x, y) = (month as f64, total * factor);
            vec![(x + 0.1, y), (x + 0.9, y)]
        };
        let totals = self.totals.iter().enumerate().map(total).collect();
        marks.push(Mark::lines("total of the month", palette::BLACK, totals));
        marks
    }
}

const fn color(kind: BillKind) -> RGBColor {
    match kind {
        BillKind::Energy => palette::BLUE,
        BillKind::Demand => palette::VERMILLION,
        BillKind::Capacity => palette::PURPLE,
        BillKind::Fixed => palette::GREY,
        BillKind::PowerFactor => palette::YELLOW,
        BillKind::Minimum => palette::ORANGE,
        BillKind::Export => palette::SKY_BLUE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn bars_add_up_to_the_month_above_and_below_zero() {
        for outcome in fixture::industrial_park() {
            let bars = Bars::of(&outcome);
            for month in 0..2 {
                let amount = |(kind, boxes): &(BillKind, Boxes)| {
                    let (_, y) = &boxes[month];
                    if *kind == BillKind::Export { y.start - y.end } else { y.end - y.start }
                };
                let sum: f64 = bars.kinds.iter().map(amount).sum();
                assert!((sum - outcome.bill.total_of_month(month)).abs() < 1e-6, "{sum}");
                // Each bar begins where the one below it ends.
                let above = bars.kinds.iter().filter(|(kind, _)| *kind != BillKind::Export);
                let ends: Vec<_> = above.map(|(_, boxes)| boxes[month].1.clone()).collect();
                assert!(ends[0].start == 0.0 && ends.windows(2).all(|pair| pair[0].end == pair[1].start), "{ends:?}");
            }
        }
    }

    #[test]
    fn the_picture_names_charges_months_and_strategies() {
        let outcomes = fixture::industrial_park();
        let svg = bill_svg(&outcomes[1..3]).unwrap();
        for text in ["bill by month", "2025-06", "demand", "export", "time_of_use: thousand CNY", "total of the month"]
        {
            assert!(svg.contains(text), "{text}");
        }
        assert!(bill_svg(&[]).is_err());
        let mut other = outcomes[0].clone();
        other.scenario = "elsewhere".into();
        assert!(bill_svg(&[outcomes[0].clone(), other]).is_err());
    }
}
