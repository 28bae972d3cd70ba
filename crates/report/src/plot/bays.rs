//! A day of a charging station: who stands at which bay when, and when they charge.

use microgrid_core::{Problem, Problems};
use plotters::style::RGBColor;

use crate::plot::figure::{Axis, Figure, Mark, Panel, Shade};
use crate::plot::palette;

/// A day of a charging station, in hours from its midnight.
#[derive(Debug, Clone, PartialEq)]
pub struct BayDay {
    /// What the picture is called.
    pub title: String,
    /// Number of bays, the rows of the picture.
    pub bays: usize,
    /// Length of the day, h.
    pub hours: f64,
    /// Cars at bays.
    pub stays: Vec<BayStay>,
    /// Steps in which they charge.
    pub draws: Vec<BayDraw>,
}

/// A car at a bay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BayStay {
    /// Index of the bay.
    pub bay: usize,
    /// When it is plugged in; may lie before the day.
    pub from_h: f64,
    /// When it leaves; may lie after it.
    pub until_h: f64,
    /// Whether it leaves with what it wanted, but for 0.1 kWh at most.
    pub is_met: bool,
}

/// A step in which the car at a bay charges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BayDraw {
    /// Index of the bay.
    pub bay: usize,
    /// Its begin.
    pub from_h: f64,
    /// Its end.
    pub until_h: f64,
    /// Mean power by the bay's rating, 0 to 1.
    pub share: f64,
}

/// Grounds of stays: met, and short.
const MET: RGBColor = RGBColor(0xDD, 0xE8, 0xF0);
const SHORT: RGBColor = RGBColor(0xF7, 0xD9, 0xC4);

/// The day as an SVG picture, a row for each bay: pale while a car stands there, warm where it leaves short, and blue where it
/// charges, as high as its mean power is by the bay's rating.
///
/// # Errors
/// A station without bays, or a day without hours.
pub fn bays_svg(day: &BayDay) -> Result<String, Problems> {
    if day.bays == 0 || day.hours.is_nan() || day.hours <= 0.0 {
        return Err(Problem::new("bays", "are none, or the day has no hours").into());
    }
    let row = |bay: usize| bay as f64 + 0.58..bay as f64 + 1.42;
    let within = |from_h: f64, until_h: f64| from_h.max(0.0)..until_h.min(day.hours);
    let stays = |is_met: bool| {
        let of_kind = day.stays.iter().filter(|stay| stay.is_met == is_met);
        of_kind.map(|stay| (within(stay.from_h, stay.until_h), row(stay.bay))).collect::<Vec<_>>()
    };
    let draws = day.draws.iter().filter(|draw| draw.share > 0.0).map(|draw| {
        let low = row(draw.bay).start;
        (within(draw.from_h, draw.until_h), low..low + 0.84 * draw.share.min(1.0))
    });
    let marks = [
        Mark::boxes("plugged in", MET, stays(true)),
        Mark::boxes("plugged in, leaves short", SHORT, stays(false)),
        Mark::boxes("charging, height: power by the bay's rating", palette::BLUE, draws.collect()),
    ];
    let marks = marks.into_iter().filter(|mark| !mark.heights().is_empty()).collect();
    let ticks: Vec<f64> = (0..).map(|i| 3.0 * f64::from(i)).take_while(|hour| *hour <= day.hours).collect();
    let figure = Figure {
        title: day.title.clone(),
        axis: Axis {
            range: 0.0..day.hours,
            labels: ticks.iter().map(|hour| (*hour, format!("{hour:.0}"))).collect(),
            grid: ticks,
            title: "hours from midnight".into(),
        },
        shade: Shade::default(),
        panels: vec![Panel::new("bay", (14 * day.bays as u32).clamp(120, 900), 0.5..day.bays as f64 + 0.5, marks)],
    };
    figure.svg()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_shows_stays_and_what_they_draw() {
        let day = BayDay {
            title: "garage: 2025-07-01".into(),
            bays: 2,
            hours: 24.0,
            stays: vec![
                BayStay { bay: 0, from_h: -2.0, until_h: 7.0, is_met: true },
                BayStay { bay: 1, from_h: 8.0, until_h: 30.0, is_met: false },
            ],
            draws: vec![BayDraw { bay: 1, from_h: 8.0, until_h: 8.25, share: 0.5 }],
        };
        let svg = bays_svg(&day).unwrap();
        for text in ["garage: 2025-07-01", "plugged in", "leaves short", "charging, height", "hours from midnight"] {
            assert!(svg.contains(text), "{text} in\n{svg}");
        }
        assert!(!svg.contains("NaN"));
        // Without anybody who leaves short there is no such legend; without bays there is no picture.
        let all_met = BayDay { stays: vec![day.stays[0]], ..day.clone() };
        assert!(!bays_svg(&all_met).unwrap().contains("leaves short"));
        assert!(bays_svg(&BayDay { bays: 0, ..day }).is_err());
    }
}
