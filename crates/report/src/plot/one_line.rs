//! The one-line diagram of a network at a flow: buses by voltage, branches by loading.
//!
//! Buses are bars in columns, the sources' to the left; each branch of the walk from a source is a line from its bus to the
//! next. What closes a loop, or is switched off, is drawn between its buses as it lies.

use microgrid_core::distribution::{Flow, Network, SwitchedElement};
use microgrid_core::{Problem, Problems};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::figure::{DrawError, GRID, INK, SCALE, TEXT_SIZE, TITLE_HEIGHT, WIDTH, shown, text};
use super::palette::{BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY_BLUE, VERMILLION};
use crate::number::grouped;

/// What joins two buses.
struct Edge {
    ends: [usize; 2],
    name: String,
    /// Percent of the rating; `None` for a switch.
    loading_percent: Option<f64>,
    is_transformer: bool,
    is_open: bool,
}

/// A voltage's colour, and what it says in the key; the first that the voltage is below.
const BANDS: [(f64, RGBColor, &str); 6] = [
    (0.01, GREY, "dark"),
    (0.90, VERMILLION, "below 0.90"),
    (0.95, ORANGE, "0.90 to 0.95"),
    (1.05, GREEN, "0.95 to 1.05"),
    (1.10, SKY_BLUE, "1.05 to 1.10"),
    (f64::INFINITY, PURPLE, "1.10 p.u. and above"),
];

/// A loading's colour; the first that the loading is below.
const LOADINGS: [(f64, RGBColor, &str); 3] = [
    (80.0, BLACK, "loaded below 80 %"),
    (100.0 + 1e-9, BLUE, "80 to 100 %"),
    (f64::INFINITY, VERMILLION, "above its rating"),
];

fn band(bands: &[(f64, RGBColor, &str)], value: f64) -> RGBColor {
    bands.iter().find(|(below, ..)| value < *below).map_or(GREY, |(_, color, _)| *color)
}

const ROW: i32 = 46 * SCALE as i32;
const KEY_HEIGHT: i32 = 30 * SCALE as i32;
const MARGIN: i32 = 36 * SCALE as i32;
/// Room right of the last column for its labels.
const LAST: i32 = 190 * SCALE as i32;
const SMALL: u32 = TEXT_SIZE * 4 / 5;

/// The diagram of `network` at `flow` as an SVG document.
///
/// # Errors
/// A network with so many rows that the picture would be no picture, or what the drawing library refuses.
pub fn one_line_svg(network: &Network, flow: &Flow) -> Result<String, Problems> {
    const ROWS_MOST: usize = 400;
    let edges = edges(network, flow);
    let places = Places::of(network, &edges);
    if places.rows > ROWS_MOST {
        let problem =
            Problem::new("--diagram", "has too many branches to be read").value(format!("{} rows", places.rows));
        return Err(problem.allowed(format!("at most {ROWS_MOST}")).into());
    }
    let height = TITLE_HEIGHT as i32 + KEY_HEIGHT + places.rows as i32 * ROW + MARGIN;
    let title = format!("{}: voltages and loadings", network.name);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height as u32)).into_drawing_area();
        draw(&root, &title, (network, flow), &edges, &places)
            .map_err(|error| Problem::new("plot", error.to_string()))?;
    }
    Ok(shown(&svg, height as u32, &title))
}

fn edges(network: &Network, flow: &Flow) -> Vec<Edge> {
    let is_open =
        |element: SwitchedElement| network.switches.iter().any(|switch| switch.element == element && !switch.is_closed);
    let lines = network.lines.iter().zip(&flow.lines).enumerate().map(|(i, (line, through))| Edge {
        ends: [line.from_bus, line.to_bus],
        name: line.name.clone(),
        loading_percent: Some(through.loading_percent),
        is_transformer: false,
        is_open: !line.in_service || is_open(SwitchedElement::Line(i)),
    });
    let units = network.transformers.iter().zip(&flow.transformers).enumerate().map(|(i, (unit, through))| Edge {
        ends: [unit.high_bus, unit.low_bus],
        name: unit.name.clone(),
        loading_percent: Some(through.loading_percent),
        is_transformer: true,
        is_open: !unit.in_service || is_open(SwitchedElement::Transformer(i)),
    });
    let switches = network.switches.iter().filter_map(|switch| {
        let SwitchedElement::Bus(other) = switch.element else { return None };
        Some(Edge {
            ends: [switch.bus, other],
            name: switch.name.clone(),
            loading_percent: None,
            is_transformer: false,
            is_open: !switch.is_closed,
        })
    });
    lines.chain(units).chain(switches).collect()
}

/// Where buses stand: their column and the rows that their bars cover, and which edges the walk went along.
struct Places {
    column: Vec<usize>,
    row: Vec<f64>,
    span: Vec<(f64, f64)>,
    /// The edge over which each bus was met.
    met_over: Vec<Option<usize>>,
    columns: usize,
    rows: usize,
}

impl Places {
    fn of(network: &Network, edges: &[Edge]) -> Self {
        let count = network.buses.len();
        let mut places = Self {
            column: vec![0; count],
            row: vec![0.0; count],
            span: vec![(0.0, 0.0); count],
            met_over: vec![None; count],
            columns: 1,
            rows: 0,
        };
        let mut is_seen = vec![false; count];
        let roots: Vec<usize> = network.sources.iter().map(|source| source.bus).chain(0..count).collect();
        let mut order = Vec::new();
        // What is closed first, then what an open switch leaves dark.
        for takes_open in [false, true] {
            let mut next = 0;
            for &root in if takes_open { &roots[..] } else { &roots[..network.sources.len()] } {
                if !is_seen[root] {
                    is_seen[root] = true;
                    order.push(root);
                }
                while next < order.len() {
                    let bus = order[next];
                    next += 1;
                    for (e, edge) in edges.iter().enumerate().filter(|(_, edge)| takes_open || !edge.is_open) {
                        let [a, b] = edge.ends;
                        let other = if a == bus {
                            b
                        } else if b == bus {
                            a
                        } else {
                            continue;
                        };
                        if !is_seen[other] {
                            is_seen[other] = true;
                            places.column[other] = places.column[bus] + 1;
                            places.met_over[other] = Some(e);
                            order.push(other);
                        }
                    }
                }
            }
        }
        places.columns = 1 + places.column.iter().copied().max().unwrap_or(0);
        places.set_rows(edges, &order);
        places
    }

    /// A leaf takes the next row, a bus with others behind it stands in their middle.
    fn set_rows(&mut self, edges: &[Edge], order: &[usize]) {
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); self.column.len()];
        let mut roots = Vec::new();
        for &bus in order {
            match self.met_over[bus] {
                Some(e) => children[edges[e].ends.iter().sum::<usize>() - bus].push(bus),
                None => roots.push(bus),
            }
        }
        // Without recursion, for feeders may be long: each bus once on the way in and once on the way out.
        let mut stack: Vec<(usize, bool)> = roots.iter().rev().map(|root| (*root, false)).collect();
        while let Some((bus, is_out)) = stack.pop() {
            if children[bus].is_empty() {
                self.row[bus] = self.rows as f64;
                self.span[bus] = (self.row[bus], self.row[bus]);
                self.rows += 1;
            } else if is_out {
                let rows = || children[bus].iter().map(|child| self.row[*child]);
                self.span[bus] = (rows().fold(f64::INFINITY, f64::min), rows().fold(0.0, f64::max));
                self.row[bus] = self.span[bus].0;
            } else {
                stack.push((bus, true));
                stack.extend(children[bus].iter().rev().map(|child| (*child, false)));
            }
        }
    }

    fn x(&self, bus: usize) -> i32 {
        let step = (WIDTH as i32 - MARGIN - LAST) / (self.columns.max(2) as i32 - 1);
        MARGIN + step.min(260 * SCALE as i32) * self.column[bus] as i32
    }

    fn y(row: f64) -> i32 {
        TITLE_HEIGHT as i32 + KEY_HEIGHT + MARGIN / 2 + (row * f64::from(ROW)) as i32
    }
}

fn draw<DB: DrawingBackend>(
    root: &DrawingArea<DB, plotters::coord::Shift>,
    title: &str,
    (network, flow): (&Network, &Flow),
    edges: &[Edge],
    places: &Places,
) -> Result<(), DrawError<DB>> {
    root.fill(&WHITE)?;
    root.draw_text(title, &text(TEXT_SIZE * 6 / 5, HPos::Left, VPos::Center), (MARGIN, TITLE_HEIGHT as i32 / 2))?;
    draw_key(root)?;
    for (e, edge) in edges.iter().enumerate() {
        let on_walk = edge.ends.iter().copied().find(|bus| places.met_over[*bus] == Some(e));
        draw_edge(root, edge, places, on_walk)?;
    }
    let label = text(SMALL, HPos::Left, VPos::Bottom);
    let below = text(SMALL, HPos::Left, VPos::Top);
    for (i, (bus, at)) in network.buses.iter().zip(&flow.buses).enumerate() {
        let (x, (first, last)) = (places.x(i), places.span[i]);
        let (top, bottom) = (Places::y(first) - 9 * SCALE as i32, Places::y(last) + 9 * SCALE as i32);
        let color = band(&BANDS, at.voltage_pu);
        root.draw(&Rectangle::new([(x - 3 * SCALE as i32, top), (x + 3 * SCALE as i32, bottom)], color.filled()))?;
        let shown = if at.voltage_pu == 0.0 { "dark".into() } else { format!("{:.3}", at.voltage_pu) };
        root.draw_text(&format!("{} {shown}", bus.name), &label, (x + 6 * SCALE as i32, Places::y(places.row[i]) - 2))?;
        let asked: f64 = network.loads.iter().filter(|load| load.bus == i).map(|load| load.power_kw).sum();
        if asked != 0.0 {
            let shown = format!("{} kW", grouped(asked, 1));
            root.draw_text(&shown, &below, (x + 6 * SCALE as i32, Places::y(places.row[i]) + 2 * SCALE as i32))?;
        }
        if network.sources.iter().any(|source| source.bus == i) {
            let middle = (x - 18 * SCALE as i32, Places::y(places.row[i]));
            root.draw(&Circle::new(middle, 9 * SCALE as i32, INK.stroke_width(2 * SCALE)))?;
            root.draw_text("~", &text(TEXT_SIZE, HPos::Center, VPos::Center), middle)?;
        }
    }
    root.present()
}

/// An edge: along the walk as a level line to the bus that it met, else as it lies.
fn draw_edge<DB: DrawingBackend>(
    root: &DrawingArea<DB, plotters::coord::Shift>,
    edge: &Edge,
    places: &Places,
    on_walk: Option<usize>,
) -> Result<(), DrawError<DB>> {
    let color = if edge.is_open { GREY } else { band(&LOADINGS, edge.loading_percent.unwrap_or(0.0)) };
    let [a, b] = edge.ends;
    let ends = match on_walk {
        Some(met) => {
            let from = a + b - met;
            let y = Places::y(places.row[met]);
            [(places.x(from), y), (places.x(met), y)]
        }
        None => [a, b].map(|bus| (places.x(bus), Places::y(places.row[bus]))),
    };
    let width = if on_walk.is_some() { 2 * SCALE } else { SCALE };
    root.draw(&PathElement::new(ends.to_vec(), color.stroke_width(width)))?;
    let middle = ((ends[0].0 + ends[1].0) / 2, (ends[0].1 + ends[1].1) / 2);
    let small = 6 * SCALE as i32;
    if edge.is_transformer {
        for shift in [-small / 2, small / 2] {
            let ring = Circle::new((middle.0 + shift, middle.1), small, color.stroke_width(2 * SCALE));
            root.draw(&ring)?;
        }
    }
    if edge.is_open || edge.loading_percent.is_none() {
        let half = small * 2 / 3;
        let corners = [(middle.0 - half, middle.1 - half), (middle.0 + half, middle.1 + half)];
        root.draw(&Rectangle::new(corners, if edge.is_open { WHITE.filled() } else { color.filled() }))?;
        root.draw(&Rectangle::new(corners, color.stroke_width(SCALE)))?;
    }
    if let (Some(percent), false, Some(_)) = (edge.loading_percent, edge.is_open, on_walk) {
        let style = text(SMALL, HPos::Center, VPos::Top).color(&color);
        let shown = format!("{} {} %", edge.name, grouped(percent, 0));
        root.draw_text(&shown, &style, (middle.0, middle.1 + small + 2))?;
    }
    Ok(())
}

fn draw_key<DB: DrawingBackend>(root: &DrawingArea<DB, plotters::coord::Shift>) -> Result<(), DrawError<DB>> {
    let y = TITLE_HEIGHT as i32 + KEY_HEIGHT / 2;
    let label = text(SMALL, HPos::Left, VPos::Center);
    let mut x = MARGIN;
    let half = 5 * SCALE as i32;
    for (i, (_, color, name)) in BANDS.iter().chain(&LOADINGS).enumerate() {
        // Bars are buses, strokes are branches.
        let (width, height) = if i < BANDS.len() { (3 * SCALE as i32, 2 * half) } else { (2 * half, SCALE as i32) };
        root.draw(&Rectangle::new([(x, y - height / 2), (x + 2 * width, y + height / 2)], color.filled()))?;
        x += 2 * width + half;
        root.draw_text(name, &label, (x, y))?;
        x += (name.chars().count() as u32 * SMALL * 11 / 20) as i32 + 3 * half;
    }
    let line = TITLE_HEIGHT as i32 + KEY_HEIGHT;
    root.draw(&PathElement::new(vec![(MARGIN, line), (WIDTH as i32 - MARGIN, line)], GRID.stroke_width(SCALE)))
}
