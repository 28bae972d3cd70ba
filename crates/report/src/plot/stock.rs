//! The stock of swap stations: what their packs do, stacked, so that the height is always the number of packs.

use std::ops::Range;

use crate::Trace;
use crate::plot::figure::{Mark, Panel};
use crate::plot::palette;

/// What packs can be, as the trace has it, from the bottom up.
const KINDS: [(&str, &str, plotters::style::RGBColor); 4] = [
    ("packs_full_end", "full", palette::GREEN),
    ("packs_in_swap_end", "in swap", palette::BLUE),
    ("packs_charging_end", "charging", palette::PURPLE),
    ("packs_waiting_end", "waiting for a charger", palette::GREY),
];

/// A panel for each swap station of a run over `steps`, with the vehicles that wait as a line; `whose` stands before the names.
pub(super) fn panels(trace: &Trace, whose: &str, steps: &Range<usize>, edges: &[f64]) -> Vec<Panel> {
    let of = |quantity: &str, station: &str| {
        let found = trace.devices.iter().find(|device| device.quantity == quantity && device.name == station);
        found.map(|device| &device.values[steps.clone()])
    };
    let stations = trace.devices.iter().filter(|device| device.quantity == KINDS[0].0);
    let panel = |station: &str| {
        let mut end = vec![0.0; steps.len()];
        let mut marks = Vec::new();
        for (quantity, name, color) in KINDS {
            let Some(packs) = of(quantity, station) else { continue };
            let begin = end.clone();
            end.iter_mut().zip(packs).for_each(|(end, packs)| *end += packs);
            marks.push(Mark::step_area(name, color, edges, &begin, &end));
        }
        if let Some(vehicles) = of("vehicles_waiting_end", station) {
            marks.push(Mark::step_line("vehicles that wait", palette::BLACK, edges, vehicles));
        }
        Panel::new(format!("{whose}{station}, packs"), 160, 0.0..1.0, marks)
    };
    stations.map(|station| panel(&station.name)).collect()
}

#[cfg(test)]
mod tests {
    use crate::plot::week_svg;
    use crate::{DeviceTrace, fixture};

    #[test]
    fn a_station_has_a_panel_of_its_packs() {
        let mut trace = fixture::trace(3600, 7);
        let steps = trace.steps();
        assert!(!week_svg(&[trace.clone()], 1).unwrap().contains("packs"));
        for (quantity, packs) in [("packs_full_end", 3.0), ("packs_charging_end", 2.0), ("vehicles_waiting_end", 0.0)] {
            trace.devices.push(DeviceTrace {
                quantity: quantity.into(),
                name: "hub".into(),
                values: vec![packs; steps],
            });
        }
        let svg = week_svg(&[trace], 1).unwrap();
        for text in ["hub, packs", "full", "charging", "vehicles that wait"] {
            assert!(svg.contains(text), "{text}");
        }
    }
}
