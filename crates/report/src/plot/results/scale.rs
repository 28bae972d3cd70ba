//! Units and ticks of an axis of results.

use plotters::style::RGBColor;

use crate::number::grouped;
use crate::plot::figure::Axis;
use crate::plot::palette;
use crate::results::{Paired, Survey, number_columns};

/// Colours of the levels in their order.
const LEVELS: [RGBColor; 6] =
    [palette::BLUE, palette::ORANGE, palette::GREEN, palette::VERMILLION, palette::PURPLE, palette::SKY_BLUE];

/// The colour of a level.
pub(super) fn color(level: usize) -> RGBColor {
    LEVELS[level % LEVELS.len()]
}

/// The colour as it looks through frosted glass: for what lies behind a line.
pub(super) fn pale(color: RGBColor) -> RGBColor {
    let mix = |part: u8| 255 - (255 - part) / 4;
    RGBColor(mix(color.0), mix(color.1), mix(color.2))
}

/// A column's numbers as they stand on an axis.
pub(super) struct Scale {
    /// Factor from the column's unit to the axis's.
    pub(super) factor: f64,
    /// Name and unit.
    pub(super) title: String,
}

impl Scale {
    /// The scale of the surveyed column, in thousands or millions where its numbers are that great.
    pub(super) fn of(survey: &Survey) -> Self {
        Self::up_to(survey, survey.range[0].abs().max(survey.range[1].abs()))
    }

    /// The scale of differences of the surveyed column, which are mostly much smaller than its numbers.
    pub(super) fn of_differences(survey: &Survey, paired: &Paired) -> Self {
        let ends = paired.quantiles.iter().flatten().map(|value| value.abs()).fold(0.0, f64::max);
        let scale = Self::up_to(survey, ends);
        Self { title: format!("{} less that of {}", scale.title, paired.comparison.baseline), ..scale }
    }

    /// The scale of the surveyed column for numbers up to `greatest`.
    fn up_to(survey: &Survey, greatest: f64) -> Self {
        let column = &number_columns()[survey.number];
        let unit = column.unit.replace("currency", &survey.currency);
        let (factor, unit) = match (column.unit, greatest) {
            ("currency", g) if g >= 1e7 => (1e-6, format!("million {unit}")),
            ("currency", g) if g >= 1e5 => (1e-3, format!("thousand {unit}")),
            ("kWh", g) if g >= 1e7 => (1e-6, "GWh".into()),
            ("kWh", g) if g >= 1e5 => (1e-3, "MWh".into()),
            ("kg", g) if g >= 1e5 => (1e-3, "t".into()),
            _ => (1.0, unit),
        };
        let name = ["_kwh", "_kw", "_kg", "_percent", "_h"].iter().find_map(|end| column.name.strip_suffix(end));
        let name = name.unwrap_or(column.name).replace('_', " ");
        Self { factor, title: if unit.is_empty() { name } else { format!("{name}, {unit}") } }
    }

    /// The surveyed range on the axis, never empty.
    pub(super) fn range(&self, survey: &Survey) -> std::ops::Range<f64> {
        let [low, high] = survey.range.map(|end| end * self.factor);
        if high > low { low..high } else { low - 0.5..high + 0.5 }
    }
}

/// A horizontal axis over `range` with about eight round ticks.
pub(super) fn axis(range: std::ops::Range<f64>, title: String) -> Axis {
    let ticks = ticks(&range);
    let step = ticks.windows(2).next().map_or(1.0, |pair| pair[1] - pair[0]);
    let decimals = (0..6).find(|d| step * 10_f64.powi(*d) >= 0.999).unwrap_or(6) as usize;
    Axis {
        labels: ticks.iter().map(|x| (*x, grouped(if x.abs() < 1e-9 * step { 0.0 } else { *x }, decimals))).collect(),
        grid: ticks,
        title,
        range,
    }
}

/// Multiples of 1, 2 or 5 times a power of ten within the range.
fn ticks(range: &std::ops::Range<f64>) -> Vec<f64> {
    let rough = (range.end - range.start) / 8.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].iter().map(|m| m * power).find(|step| *step >= rough).unwrap_or(rough);
    let (first, last) = ((range.start / step).ceil() as i64, (range.end / step).floor() as i64);
    (first..=last).map(|i| i as f64 * step).collect()
}

/// `1,000 scenarios`, with what the column is.
pub(super) fn title(survey: &Survey, what: &str) -> String {
    format!("{what}: {} scenarios", grouped(survey.scenarios as f64, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        let axis = axis(0.0..100.0, String::new());
        let labels: Vec<&str> = axis.labels.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(labels, ["0", "20", "40", "60", "80", "100"]);
        let fine = super::axis(-0.013..0.021, String::new());
        assert!(fine.labels.iter().any(|(x, label)| *x == 0.0 && label == "0"));
        assert!(fine.grid.iter().all(|x| (-0.013..=0.021).contains(x)) && fine.grid.len() >= 4, "{:?}", fine.grid);
    }
}
