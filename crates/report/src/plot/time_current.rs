//! The time–current curves of the devices that see a fault, logarithmic in both.

use std::ops::Range;

use microgrid_core::distribution::short_circuit::{FaultCase, FaultKind, FaultStudy, Operation};
use microgrid_core::{Problem, Problems};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::figure::{
    AXIS_HEIGHT, AXIS_WIDTH, DrawError, GAP_HEIGHT, GRID, INK, Legend, RIGHT_MARGIN, SCALE, TEXT_SIZE, TITLE_HEIGHT,
    WIDTH, shown, text,
};
use super::palette::{BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY_BLUE, VERMILLION, YELLOW};
use crate::number::grouped;

const CURVES: [RGBColor; 7] = [BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY_BLUE, YELLOW];
const HEIGHT: u32 = 620 * SCALE;
/// Least and greatest time that is drawn, s.
const TIMES_S: Range<f64> = 0.01..10_000.0;

/// A curve in the picture.
struct Curve {
    name: String,
    color: RGBColor,
    width: u32,
    points: Vec<(f64, f64)>,
}

/// The curves of the devices that see a fault at `bus`, from trip to interruption in full, with what conductors on the way
/// bear, and the greatest and least fault at the bus. Currents are those at the bus's voltage, others brought to it by the
/// ratio of nominal voltages.
///
/// # Errors
/// A bus whose faults no device sees: there is nothing to draw.
pub fn time_current_svg(study: &FaultStudy, operation: Operation, bus: usize) -> Result<String, Problems> {
    let network = study.network();
    let greatest = study.course(operation, bus, FaultKind::ThreePhase, FaultCase::Greatest);
    let least = study.fault(operation, bus, FaultKind::TwoPhase, FaultCase::Least);
    let seeing = greatest.seen.iter().filter(|seen| seen.current_a.is_some_and(|current_a| current_a > 0.0));
    let devices: Vec<usize> = seeing.map(|seen| seen.device).collect();
    if devices.is_empty() {
        let problem = Problem::new("--at", format!("no device sees a fault at \"{}\"", network.buses[bus].name));
        return Err(problem.hint("name a bus behind a device").into());
    }
    let kv = network.buses[bus].nominal_kv;
    let to_bus = |at: usize| network.buses[at].nominal_kv / kv;
    let pick_up = devices.iter().map(|i| {
        let device = &study.scheme().devices[*i];
        device.pick_up_a() * to_bus(device.place.bus(network))
    });
    let low_a = pick_up.chain([least.initial_a]).filter(|a| *a > 0.0).fold(greatest.fault.initial_a, f64::min) / 2.0;
    let currents = decade(low_a).0..decade(2.0 * greatest.fault.initial_a).1;
    let mut curves: Vec<Curve> = devices
        .iter()
        .zip(CURVES.iter().cycle())
        .map(|(i, color)| {
            let device = &study.scheme().devices[*i];
            let factor = to_bus(device.place.bus(network));
            let points = sampled(&currents, |current_a| device.interrupt_s(current_a / factor));
            Curve { name: device.name.clone(), color: *color, width: 2, points }
        })
        .collect();
    for (line, _, borne) in &greatest.heat {
        let factor = to_bus(network.lines[*line].from_bus);
        let points = sampled(&currents, |current_a| borne / (current_a / factor).powi(2));
        curves.push(Curve { name: format!("{} bears", network.lines[*line].name), color: GREY, width: 1, points });
    }
    for (name, current_a) in [("greatest", greatest.fault.initial_a), ("least", least.initial_a)] {
        if current_a > 0.0 {
            let name = format!("{name} fault {} A", grouped(current_a, 0));
            let points = vec![(current_a, TIMES_S.start), (current_a, TIMES_S.end)];
            curves.push(Curve { name, color: BLACK, width: 1, points });
        }
    }
    let title = format!("{}: devices that see a fault at {}", network.name, network.buses[bus].name);
    picture(&title, &format!("current at {kv} kV, A"), &currents, &curves)
}

/// The curve's points within the picture.
fn sampled(currents: &Range<f64>, time_s: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    const SAMPLES: u32 = 1000;
    let span = (currents.end / currents.start).ln();
    let point = |i: u32| {
        let current_a = currents.start * (span * f64::from(i) / f64::from(SAMPLES)).exp();
        (current_a, time_s(current_a))
    };
    let held = |(current_a, time_s): (f64, f64)| (current_a, time_s.clamp(TIMES_S.start, TIMES_S.end));
    // Out of the picture a curve goes on at its border, where it cannot mislead: it leaves at the pick-up.
    let points: Vec<(f64, f64)> = (0..=SAMPLES).map(point).filter(|(_, time_s)| time_s.is_finite()).collect();
    let first = points.iter().position(|(_, time_s)| *time_s <= TIMES_S.end).unwrap_or(points.len());
    points[first..].iter().copied().map(held).collect()
}

/// The decades' ends around a value: 10, 20, 50, 100, …
fn decade(value: f64) -> (f64, f64) {
    let below = 10f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * below);
    let low = steps.iter().copied().filter(|step| *step <= value).fold(below, f64::max);
    let high = steps.iter().copied().find(|step| *step >= value).unwrap_or(10.0 * below);
    (low, high)
}

fn picture(title: &str, axis: &str, currents: &Range<f64>, curves: &[Curve]) -> Result<String, Problems> {
    let entries = curves.iter().map(|curve| (curve.name.as_str(), curve.color, 3 * SCALE as i32 / 2));
    let legend = Legend::of(entries);
    let top = TITLE_HEIGHT + legend.height();
    let height = top + HEIGHT + AXIS_HEIGHT + GAP_HEIGHT;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        draw(&root, (title, axis, top), currents, curves, &legend)
            .map_err(|error| Problem::new("plot", error.to_string()))?;
    }
    Ok(shown(&svg, height, title))
}

fn draw<DB: DrawingBackend>(
    root: &DrawingArea<DB, plotters::coord::Shift>,
    (title, axis, top): (&str, &str, u32),
    currents: &Range<f64>,
    curves: &[Curve],
    legend: &Legend<'_>,
) -> Result<(), DrawError<DB>> {
    root.fill(&WHITE)?;
    let heading = text(TEXT_SIZE * 6 / 5, HPos::Left, VPos::Center);
    root.draw_text(title, &heading, (AXIS_WIDTH as i32, TITLE_HEIGHT as i32 / 2))?;
    legend.draw(root, TITLE_HEIGHT)?;
    let area = root.clone().margin(top, GAP_HEIGHT, 0, RIGHT_MARGIN);
    let mut chart = ChartBuilder::on(&area)
        .set_label_area_size(LabelAreaPosition::Left, AXIS_WIDTH)
        .set_label_area_size(LabelAreaPosition::Bottom, AXIS_HEIGHT)
        .build_cartesian_2d(currents.clone().log_scale(), TIMES_S.log_scale())?;
    chart
        .configure_mesh()
        .x_desc(axis)
        .y_desc("time to interruption, s")
        .x_labels(12)
        .y_labels(12)
        .x_label_formatter(&|current_a| grouped(*current_a, 0))
        .y_label_formatter(&|time_s| time_s.to_string())
        .label_style(text(TEXT_SIZE, HPos::Center, VPos::Center))
        .axis_desc_style(text(TEXT_SIZE, HPos::Center, VPos::Center))
        .axis_style(INK)
        .bold_line_style(GRID.stroke_width(SCALE))
        .light_line_style(GRID.mix(0.5))
        .draw()?;
    for curve in curves {
        chart.draw_series([PathElement::new(curve.points.clone(), curve.color.stroke_width(curve.width * SCALE))])?;
    }
    root.present()
}
