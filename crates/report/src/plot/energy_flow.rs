//! Where a run's energy comes from and goes to: a Sankey diagram over the site's bus.

use microgrid_core::Outcome;
use plotters::style::RGBColor;

use crate::number::grouped;
use crate::plot::palette;

const WIDTH: f64 = 1200.0;
const TOP: f64 = 56.0;
/// Height of all energy together, and between two flows.
const HEIGHT: f64 = 340.0;
const GAP: f64 = 14.0;
/// Where flows begin, reach the bus, leave it, and end.
const EDGES: [f64; 4] = [300.0, 560.0, 640.0, 900.0];

/// A flow: its name, its colour, and its energy.
type Flow = (&'static str, RGBColor, f64);

/// The energy of a run as an SVG picture: sources on the left, the bus in the middle, uses on the right, each as high as its
/// share; what is stored and taken out again passes the bus twice. What is 0 is left out.
#[must_use]
pub fn energy_flow_svg(outcome: &Outcome) -> String {
    let energy = &outcome.energy;
    let served = energy.load_kwh - energy.unserved_kwh;
    let sources = [
        ("generation", palette::GENERATION, energy.generation_available_kwh),
        ("gensets", palette::GREY, energy.genset_kwh),
        ("devices", palette::DEVICE_GIVEN, energy.device_given_kwh),
        ("import", palette::IMPORT, energy.import_kwh),
        ("storage discharge", palette::DISCHARGE, energy.discharge_kwh),
    ];
    let uses = [
        ("load served", palette::LOAD, served),
        ("devices", palette::DEVICE_USE, energy.device_use_kwh),
        ("storage charge", palette::CHARGE, energy.charge_kwh),
        ("export", palette::EXPORT, energy.export_kwh),
        ("curtailed", palette::CURTAILED, energy.curtailed_kwh),
        ("dumped", palette::DUMPED, energy.dumped_kwh),
    ];
    let of = |flows: &[Flow]| flows.iter().copied().filter(|flow| flow.2 > 0.0).collect::<Vec<Flow>>();
    let (sources, uses) = (of(&sources), of(&uses));
    let all = sources.iter().map(|flow| flow.2).sum::<f64>().max(uses.iter().map(|flow| flow.2).sum());
    let count = sources.len().max(uses.len()).max(1);
    let height = TOP + HEIGHT + GAP * count as f64 + 30.0;
    let title = format!("{}, {}: energy of the run, MWh", outcome.scenario, outcome.strategy);
    let mut svg = format!(
        "<svg role=\"img\" width=\"{WIDTH}\" height=\"{height:.0}\" viewBox=\"0 0 {WIDTH} {height:.0}\" \
         xmlns=\"http://www.w3.org/2000/svg\" font-family=\"sans-serif\" font-size=\"16\" fill=\"#222\">\n\
         <title>{0}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<text x=\"92\" y=\"28\" font-size=\"18\">{0}</text>\n",
        title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    );
    if all > 0.0 {
        let scale = HEIGHT / all;
        svg += &side(&sources, scale, true);
        svg += &side(&uses, scale, false);
        let bus = TOP + GAP * 0.5 * count as f64;
        svg += &format!(
            "<rect x=\"{}\" y=\"{bus:.1}\" width=\"{}\" height=\"{HEIGHT:.1}\" fill=\"#333\"/>\n<text x=\"600\" y=\"{:.1}\" text-anchor=\"middle\">bus</text>\n",
            EDGES[1],
            EDGES[2] - EDGES[1],
            bus - 8.0
        );
    }
    svg + "</svg>\n"
}

/// The flows of one side, from the top.
fn side(flows: &[Flow], scale: f64, is_source: bool) -> String {
    let count = flows.len().max(1) as f64;
    let mut outer = TOP;
    let mut inner = TOP + GAP * 0.5 * count;
    let mut svg = String::new();
    for (name, color, kwh) in flows {
        let thick = kwh * scale;
        let (from, to) = if is_source { (outer, inner) } else { (inner, outer) };
        let [left, right] = if is_source { [EDGES[0], EDGES[1]] } else { [EDGES[2], EDGES[3]] };
        let middle = 0.5 * (left + right);
        let RGBColor(red, green, blue) = color;
        svg += &format!(
            "<path d=\"M{left} {from:.1}C{middle} {from:.1} {middle} {to:.1} {right} {to:.1}V{:.1}C{middle} {:.1} {middle} {:.1} {left} {:.1}Z\" \
             fill=\"#{red:02x}{green:02x}{blue:02x}\" fill-opacity=\"0.75\"/>\n",
            to + thick,
            to + thick,
            from + thick,
            from + thick
        );
        let label = format!("{name} {}", grouped(kwh / 1000.0, 1));
        let (x, anchor) = if is_source { (EDGES[0] - 12.0, "end") } else { (EDGES[3] + 12.0, "start") };
        svg += &format!(
            "<text x=\"{x}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{label}</text>\n",
            outer + 0.5 * thick + 5.0
        );
        // Thin flows keep room for their names.
        outer += (thick + GAP).max(20.0);
        inner += thick;
    }
    svg
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn each_flow_is_named_with_its_energy_and_those_of_nothing_are_left_out() {
        for outcome in fixture::industrial_park() {
            let svg = energy_flow_svg(&outcome);
            assert_eq!(svg.contains("storage charge"), outcome.energy.charge_kwh > 0.0);
            assert!(svg.contains(&format!("import {}", grouped(outcome.energy.import_kwh / 1000.0, 1))), "{svg}");
            assert!(!svg.contains("devices") && !svg.contains("NaN") && svg.ends_with("</svg>\n"));
        }
    }

    /// Caught: a source or a use that is missing: both sides of the bus are of one height.
    #[test]
    fn both_sides_are_of_one_height() {
        let outcome = &fixture::industrial_park()[1];
        let energy = &outcome.energy;
        let sources = energy.generation_available_kwh
            + energy.genset_kwh
            + energy.device_given_kwh
            + energy.import_kwh
            + energy.discharge_kwh;
        let uses = energy.load_kwh - energy.unserved_kwh
            + energy.device_use_kwh
            + energy.charge_kwh
            + energy.export_kwh
            + energy.curtailed_kwh
            + energy.dumped_kwh;
        assert!((sources - uses).abs() < 1e-6 * sources, "{sources} {uses}");
    }
}
