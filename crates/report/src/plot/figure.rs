//! A figure: panels under each other over one horizontal axis, each with its unit and a legend above it.

use std::ops::Range;

use microgrid_core::{Problem, Problems};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::number::grouped;

/// What is drawn, in data units.
pub(super) struct Figure {
    /// Line above all panels.
    pub title: String,
    /// The horizontal axis, shared by all panels.
    pub axis: Axis,
    /// The panels from top to bottom.
    pub panels: Vec<Panel>,
}

/// The horizontal axis.
pub(super) struct Axis {
    /// Values at the left and right edge.
    pub range: Range<f64>,
    /// Where vertical lines stand.
    pub grid: Vec<f64>,
    /// Texts under the lowest panel, centred at their values.
    pub labels: Vec<(f64, String)>,
    /// What the axis is, with its unit.
    pub title: String,
}

/// One chart.
pub(super) struct Panel {
    /// What the vertical axis is, with its unit.
    pub title: String,
    /// Height of the chart in pixels, legend aside.
    pub height: u32,
    /// Least range of the vertical axis; widened to what is drawn.
    pub range: Range<f64>,
    /// What is drawn, first at the bottom.
    pub marks: Vec<Mark>,
}

/// One quantity in a panel.
pub(super) struct Mark {
    /// Its name in the legend; empty where it is not to stand there.
    pub name: String,
    /// Its colour.
    pub color: RGBColor,
    /// Its form.
    pub shape: Shape,
}

/// The form of a quantity.
pub(super) enum Shape {
    /// The area between two outlines of points (x, low, high).
    Area(Vec<(f64, f64, f64)>),
    /// A line through points.
    Line(Vec<(f64, f64)>),
}

impl Mark {
    /// The area between `low` and `high`, each the same over its interval `edges[i]..edges[i + 1]`.
    pub(super) fn step_area(name: &str, color: RGBColor, edges: &[f64], low: &[f64], high: &[f64]) -> Self {
        let mut points = Vec::with_capacity(2 * high.len());
        for (i, (low, high)) in low.iter().zip(high).enumerate() {
            points.push((edges[i], *low, *high));
            points.push((edges[i + 1], *low, *high));
        }
        Self { name: name.into(), color, shape: Shape::Area(points) }
    }

    /// A line that stays at `values[i]` over `edges[i]..edges[i + 1]`.
    pub(super) fn step_line(name: &str, color: RGBColor, edges: &[f64], values: &[f64]) -> Self {
        let points = values.iter().enumerate().flat_map(|(i, v)| [(edges[i], *v), (edges[i + 1], *v)]).collect();
        Self { name: name.into(), color, shape: Shape::Line(points) }
    }

    /// A line through `points`.
    pub(super) fn line(name: &str, color: RGBColor, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), color, shape: Shape::Line(points) }
    }

    /// The area between two outlines of points (x, low, high).
    pub(super) fn area(name: &str, color: RGBColor, points: Vec<(f64, f64, f64)>) -> Self {
        Self { name: name.into(), color, shape: Shape::Area(points) }
    }

    pub(super) fn heights(&self) -> Vec<f64> {
        match &self.shape {
            Shape::Area(points) => points.iter().flat_map(|(_, low, high)| [*low, *high]).collect(),
            Shape::Line(points) => points.iter().map(|(_, y)| *y).collect(),
        }
    }
}

/// The backend rounds to whole pixels; drawn at twice the size and shown at half, steps narrower than a pixel keep
/// their shape.
const SCALE: u32 = 2;
const WIDTH: u32 = 1200 * SCALE;
const TITLE_HEIGHT: u32 = 44 * SCALE;
const LEGEND_HEIGHT: u32 = 28 * SCALE;
const GAP_HEIGHT: u32 = 14 * SCALE;
const AXIS_HEIGHT: u32 = 46 * SCALE;
const AXIS_WIDTH: u32 = 92 * SCALE;
const RIGHT_MARGIN: u32 = 44 * SCALE;
const TEXT_SIZE: u32 = 15 * SCALE;
const GRID: RGBColor = RGBColor(0xD9, 0xD9, 0xD9);
const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);

impl Figure {
    /// The figure as an SVG document.
    pub(super) fn svg(&self) -> Result<String, Problems> {
        let panels: u32 = self.panels.iter().map(|panel| panel.height * SCALE + LEGEND_HEIGHT + GAP_HEIGHT).sum();
        let height = TITLE_HEIGHT + panels + AXIS_HEIGHT;
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
            self.draw(&root).map_err(|error| Problem::new("plot", error.to_string()))?;
        }
        let drawn = format!("width=\"{WIDTH}\" height=\"{height}\"");
        let shown = format!("width=\"{}\" height=\"{}\"", WIDTH / SCALE, height / SCALE);
        Ok(svg.replacen(&drawn, &shown, 1))
    }

    fn draw<DB: DrawingBackend>(&self, root: &DrawingArea<DB, plotters::coord::Shift>) -> Result<(), DrawError<DB>> {
        root.fill(&WHITE)?;
        let title = text(TEXT_SIZE * 6 / 5, HPos::Left, VPos::Center);
        root.draw_text(&self.title, &title, (AXIS_WIDTH as i32, TITLE_HEIGHT as i32 / 2))?;
        let mut top = TITLE_HEIGHT;
        for (i, panel) in self.panels.iter().enumerate() {
            let last = i + 1 == self.panels.len();
            let height = LEGEND_HEIGHT + panel.height * SCALE + GAP_HEIGHT + if last { AXIS_HEIGHT } else { 0 };
            self.draw_panel(root, panel, top, last)?;
            top += height;
        }
        let axis_title = text(TEXT_SIZE, HPos::Center, VPos::Bottom);
        let middle = (AXIS_WIDTH + WIDTH - RIGHT_MARGIN) as i32 / 2;
        root.draw_text(&self.axis.title, &axis_title, (middle, top as i32 - 6 * SCALE as i32))?;
        root.present()
    }

    fn draw_panel<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, plotters::coord::Shift>,
        panel: &Panel,
        top: u32,
        last: bool,
    ) -> Result<(), DrawError<DB>> {
        draw_legend(root, panel, top)?;
        let bottom = top + LEGEND_HEIGHT + panel.height * SCALE;
        let area = root.clone().margin(top + LEGEND_HEIGHT, root.dim_in_pixel().1 - bottom, 0, RIGHT_MARGIN);
        let range = panel.drawn_range();
        let decimals = tick_decimals(range.end - range.start);
        let mut chart = ChartBuilder::on(&area)
            .set_label_area_size(LabelAreaPosition::Left, AXIS_WIDTH)
            .build_cartesian_2d(self.axis.range.clone(), range.clone())?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .disable_x_axis()
            .y_labels((panel.height / 24).max(3) as usize)
            .y_label_formatter(&|y| grouped(*y, decimals))
            .label_style(text(TEXT_SIZE, HPos::Right, VPos::Center))
            .axis_style(INK)
            .bold_line_style(GRID.stroke_width(SCALE))
            .light_line_style(TRANSPARENT)
            .draw()?;
        let beside = text(TEXT_SIZE, HPos::Center, VPos::Center).transform(FontTransform::Rotate270);
        let middle = (top + LEGEND_HEIGHT + panel.height * SCALE / 2) as i32;
        root.draw_text(&panel.title, &beside, (TEXT_SIZE as i32, middle))?;
        let vertical = |x: f64| PathElement::new(vec![(x, range.start), (x, range.end)], GRID.stroke_width(SCALE));
        chart.draw_series(self.axis.grid.iter().map(|x| vertical(*x)))?;
        for mark in &panel.marks {
            match &mark.shape {
                Shape::Area(points) => {
                    let upper = points.iter().map(|(x, _, high)| (*x, *high));
                    let lower = points.iter().rev().map(|(x, low, _)| (*x, *low));
                    let outline: Vec<(f64, f64)> = upper.chain(lower).collect();
                    chart.draw_series([Polygon::new(outline, mark.color.filled())])?;
                }
                Shape::Line(points) => {
                    chart.draw_series([PathElement::new(points.clone(), mark.color.stroke_width(2 * SCALE))])?;
                }
            }
        }
        if range.start < 0.0 {
            let zero = vec![(self.axis.range.start, 0.0), (self.axis.range.end, 0.0)];
            chart.draw_series([PathElement::new(zero, INK.stroke_width(SCALE))])?;
        }
        if last {
            let style = text(TEXT_SIZE, HPos::Center, VPos::Top);
            for (x, label) in &self.axis.labels {
                let (x_px, y_px) = chart.backend_coord(&(*x, range.start));
                root.draw_text(label, &style, (x_px, y_px + 6 * SCALE as i32))?;
            }
        }
        Ok(())
    }
}

type DrawError<DB> = DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>;

fn text(size: u32, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    TextStyle::from(("sans-serif", size).into_font()).color(&INK).pos(Pos::new(horizontal, vertical))
}

/// The names of a panel's quantities beside a patch of their colour, in a line above it.
fn draw_legend<DB: DrawingBackend>(
    root: &DrawingArea<DB, plotters::coord::Shift>,
    panel: &Panel,
    top: u32,
) -> Result<(), DrawError<DB>> {
    let middle = (top + LEGEND_HEIGHT / 2) as i32;
    let (patch, gap) = (22 * SCALE as i32, 6 * SCALE as i32);
    let mut left = AXIS_WIDTH as i32;
    for mark in panel.marks.iter().filter(|mark| !mark.name.is_empty()) {
        let half = match mark.shape {
            Shape::Area(_) => 6 * SCALE as i32,
            Shape::Line(_) => 3 * SCALE as i32 / 2,
        };
        let corners = [(left, middle - half), (left + patch, middle + half)];
        root.draw(&Rectangle::new(corners, mark.color.filled()))?;
        left += patch + gap;
        root.draw_text(&mark.name, &text(TEXT_SIZE, HPos::Left, VPos::Center), (left, middle))?;
        // There is no font here to measure with; 0.55 em a letter is on the wide side of sans-serif faces.
        left += (mark.name.chars().count() as u32 * TEXT_SIZE * 11 / 20) as i32 + 3 * gap;
    }
    Ok(())
}

impl Panel {
    /// The stated range widened to what is drawn, with a little room; never empty.
    fn drawn_range(&self) -> Range<f64> {
        let (mut least, mut most) = (self.range.start, self.range.end);
        for y in self.marks.iter().flat_map(Mark::heights).filter(|y| y.is_finite()) {
            least = if y < least { y } else { least };
            most = if y > most { y } else { most };
        }
        let room = 0.04 * (most - least);
        let least = if least < self.range.start { least - room } else { least };
        let most = if most > self.range.end { most + room } else { most };
        if most > least { least..most } else { least..least + 1.0 }
    }
}

/// Digits after the point that tell the ticks of an axis of that span apart.
fn tick_decimals(span: f64) -> usize {
    match span {
        s if s > 10.0 => 0,
        s if s > 1.5 => 1,
        s if s > 0.15 => 2,
        _ => 3,
    }
}
