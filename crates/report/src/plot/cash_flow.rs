//! The cash flow of a project: what each year brings and costs, and the sum up to it.

use std::ops::Range;

use microgrid_core::{Problem, Problems};

use crate::plot::figure::{Axis, Figure, Mark, Panel, Shade};
use crate::plot::palette;

/// Money of a year of a project against its base; expenses are negative.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct YearOfMoney {
    /// Bought, replaced, or worth at the end.
    pub capital: f64,
    /// Saved in operation.
    pub savings: f64,
    /// Upkeep.
    pub upkeep: f64,
}

impl YearOfMoney {
    fn parts(self) -> [f64; 3] {
        [self.capital, self.savings, self.upkeep]
    }

    /// All of it.
    #[must_use]
    pub fn total(self) -> f64 {
        self.parts().iter().sum()
    }
}

/// The cash flow as an SVG picture: bars of each year, year 0 first, and lines of the sum up to it, plain and discounted at
/// `rate` a year.
///
/// # Errors
/// No year; an amount that is not a number.
pub fn cash_flow_svg(title: &str, currency: &str, rate: f64, years: &[YearOfMoney]) -> Result<String, Problems> {
    if years.is_empty() || !years.iter().all(|year| year.total().is_finite()) {
        return Err(Problem::new("plot", "has no cash flow to draw").into());
    }
    let sums = |rate: f64| -> Vec<f64> {
        let discounted = years.iter().scan((0.0, 1.0), |(sum, factor), year| {
            *sum += *factor * year.total();
            *factor /= 1.0 + rate;
            Some(*sum)
        });
        discounted.collect()
    };
    let (plain, discounted) = (sums(0.0), sums(rate));
    let greatest = plain.iter().chain(&discounted).fold(0.0, |most: f64, sum| most.max(sum.abs()));
    let (factor, unit) = match greatest {
        most if most >= 1e7 => (1e-6, "million "),
        most if most >= 1e5 => (1e-3, "thousand "),
        _ => (1.0, ""),
    };
    let names = [("capital", palette::BLUE), ("savings", palette::GREEN), ("upkeep", palette::GREY)];
    let mut boxes: [Vec<(Range<f64>, Range<f64>)>; 3] = Default::default();
    for (i, year) in years.iter().enumerate() {
        let (mut below, mut above) = (0.0, 0.0);
        for (part, boxes) in year.parts().into_iter().zip(&mut boxes) {
            let end = if part < 0.0 { &mut below } else { &mut above };
            let from = *end;
            *end += part * factor;
            boxes.push((i as f64 + 0.15..i as f64 + 0.85, from.min(*end)..from.max(*end)));
        }
    }
    let bars = names.into_iter().zip(boxes).map(|((name, color), boxes)| Mark::boxes(name, color, boxes));
    let line = |values: &[f64]| values.iter().enumerate().map(|(i, y)| (i as f64 + 0.5, y * factor)).collect();
    let lines = vec![
        Mark::line("sum", palette::BLACK, line(&plain)),
        Mark::line("sum, discounted", palette::VERMILLION, line(&discounted)),
    ];
    let every = years.len().div_ceil(26).max(1);
    let labels = (0..years.len()).step_by(every).map(|year| (year as f64 + 0.5, year.to_string())).collect();
    let figure = Figure {
        title: title.into(),
        axis: Axis { range: 0.0..years.len() as f64, grid: Vec::new(), labels, title: "year of the project".into() },
        shade: Shade::default(),
        panels: vec![
            Panel::new(format!("a year, {unit}{currency}"), 220, 0.0..0.0, bars.collect()),
            Panel::new(format!("up to it, {unit}{currency}"), 220, 0.0..0.0, lines),
        ],
    };
    figure.svg()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_sums_are_drawn_with_their_unit() {
        let mut years = vec![YearOfMoney { capital: -500_000.0, ..YearOfMoney::default() }];
        years.extend([YearOfMoney { savings: 90_000.0, upkeep: -8_000.0, ..YearOfMoney::default() }; 20]);
        let svg = cash_flow_svg("workshop: cash flow", "CNY", 0.06, &years).unwrap();
        for text in ["workshop: cash flow", "a year, thousand CNY", "up to it", "discounted", "year of the project"] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains("NaN"));
        assert!(cash_flow_svg("", "CNY", 0.06, &[]).is_err());
        years[3].savings = f64::NAN;
        assert!(cash_flow_svg("", "CNY", 0.06, &years).is_err());
    }
}
