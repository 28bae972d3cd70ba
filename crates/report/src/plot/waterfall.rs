//! Where a solar plant's light goes, link by link.

use microgrid_core::{Problem, Problems};

use crate::SolarYield;
use crate::plot::figure::{Axis, Figure, Mark, Panel, Shade};
use crate::plot::palette;

/// The energy of a solar plant as an SVG picture: the light on its modules' plane, a step down for each loss and up for
/// each gain, and the alternating current that is left. Links of less than a thousandth are left out of the picture.
///
/// # Errors
/// A plant without light.
pub fn waterfall_svg(plant: &SolarYield) -> Result<String, Problems> {
    let waterfall = &plant.waterfall;
    if waterfall.open_kwh <= 0.0 {
        return Err(Problem::new("plot", "has no light to follow").value(plant.name.clone()).into());
    }
    let (factor, unit) = if waterfall.open_kwh >= 1e5 { (1e-3, "MWh") } else { (1.0, "kWh") };
    let mut names = vec!["light".to_owned()];
    let (mut lost, mut gained) = (Vec::new(), Vec::new());
    let mut left = waterfall.open_kwh;
    for loss in &waterfall.losses {
        let next = left - loss.lost_kwh;
        if loss.lost_kwh.abs() >= 1e-3 * waterfall.open_kwh {
            let at = bar(names.len());
            let ends = left.min(next) * factor..left.max(next) * factor;
            if loss.lost_kwh > 0.0 { &mut lost } else { &mut gained }.push((at, ends));
            names.push(short(loss.name));
        }
        left = next;
    }
    let ends = [(0, waterfall.open_kwh), (names.len(), waterfall.ac_kwh)];
    names.push("AC".into());
    let whole = ends.map(|(place, kwh)| (bar(place), 0.0..kwh * factor)).to_vec();
    let mut marks = vec![Mark::boxes("energy", palette::GENERATION, whole)];
    for (name, color, boxes) in [("lost", palette::VERMILLION, lost), ("gained", palette::GREEN, gained)] {
        if !boxes.is_empty() {
            marks.push(Mark::boxes(name, color, boxes));
        }
    }
    let figure = Figure {
        title: format!("{}: where the light goes", plant.name),
        axis: Axis {
            range: 0.0..names.len() as f64,
            grid: Vec::new(),
            labels: names.into_iter().enumerate().map(|(i, name)| (i as f64 + 0.5, name)).collect(),
            title: "link, in order".into(),
        },
        shade: Shade::default(),
        panels: vec![Panel::new(unit, 380, 0.0..waterfall.open_kwh * factor, marks)],
    };
    figure.svg()
}

fn bar(place: usize) -> std::ops::Range<f64> {
    place as f64 + 0.12..place as f64 + 0.88
}

/// A name that fits under its bar.
fn short(name: &str) -> String {
    match name {
        "light_induced_degradation" => "LID".into(),
        "temperature" => "warmth".into(),
        "connections" => "connect.".into(),
        "availability" => "availab.".into(),
        "degradation" => "ageing".into(),
        name => name.replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solar_yield::tests::roof;

    #[test]
    fn it_steps_down_from_the_light_to_the_current() {
        let svg = waterfall_svg(&roof()).unwrap();
        for text in ["roof: where the light goes", "reflection", "warmth", "LID", "AC", "MWh", "lost", "gained"] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains("NaN") && !svg.contains("rows"));
        let mut dark = roof();
        dark.waterfall.open_kwh = 0.0;
        assert!(waterfall_svg(&dark).is_err());
    }
}
