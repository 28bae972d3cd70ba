//! A figure: panels under each other over one horizontal axis, each with its unit and a legend above it.
//!
//! The picture says what it is to those who hear it too: its title is the SVG document's own.

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
    /// Ranges of the horizontal axis with another ground, in all panels.
    pub shade: Shade,
    /// The panels from top to bottom.
    pub panels: Vec<Panel>,
}

/// Ranges of the horizontal axis that stand apart, such as hours without the grid.
#[derive(Default)]
pub(super) struct Shade {
    /// What they are, in the legend of the first panel.
    pub name: String,
    /// The ranges; none where nothing is shaded.
    pub ranges: Vec<Range<f64>>,
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
    /// Its own horizontal axis, where it does not share the figure's.
    pub axis: Option<Axis>,
}

impl Panel {
    /// A panel over the figure's axis.
    pub(super) fn new(title: impl Into<String>, height: u32, range: Range<f64>, marks: Vec<Mark>) -> Self {
        Self { title: title.into(), height, range, marks, axis: None }
    }
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
    /// Lines, each through its points.
    Lines(Vec<Vec<(f64, f64)>>),
    /// Rectangles: their ranges in x and y.
    Boxes(Vec<(Range<f64>, Range<f64>)>),
}

impl Mark {
    /// The area between `low` and `high`, each the same over its interval `edges[i]..edges[i + 1]`.
    pub(super) fn step_area(name: &str, color: RGBColor, edges: &[f64], low: &[f64], high: &[f64]) -> Self {
        let mut points = Vec::with_capacity(2 * high.len());
        for (i, (low, high)) in low.iter().zip(high).enumerate() {
            points.push((edges[i], *low, *high));
            points.push((edges[i + 1], *low, *high));
        }
        Self::area(name, color, points)
    }

    /// A line that stays at `values[i]` over `edges[i]..edges[i + 1]`.
    pub(super) fn step_line(name: &str, color: RGBColor, edges: &[f64], values: &[f64]) -> Self {
        let points = values.iter().enumerate().flat_map(|(i, v)| [(edges[i], *v), (edges[i + 1], *v)]).collect();
        Self::line(name, color, points)
    }

    /// A line through `points`.
    pub(super) fn line(name: &str, color: RGBColor, points: Vec<(f64, f64)>) -> Self {
        Self::lines(name, color, vec![points])
    }

    /// Lines of one quantity that do not touch each other.
    pub(super) fn lines(name: &str, color: RGBColor, lines: Vec<Vec<(f64, f64)>>) -> Self {
        Self { name: name.into(), color, shape: Shape::Lines(lines) }
    }

    /// The area between two outlines of points (x, low, high).
    pub(super) fn area(name: &str, color: RGBColor, points: Vec<(f64, f64, f64)>) -> Self {
        Self { name: name.into(), color, shape: Shape::Area(points) }
    }

    /// Rectangles.
    pub(super) fn boxes(name: &str, color: RGBColor, boxes: Vec<(Range<f64>, Range<f64>)>) -> Self {
        Self { name: name.into(), color, shape: Shape::Boxes(boxes) }
    }

    /// An interval at `x` as a line with ends of `width`.
    pub(super) fn whisker(x: f64, width: f64, low: f64, high: f64) -> Vec<(f64, f64)> {
        let half = width / 2.0;
        vec![(x - half, low), (x + half, low), (x, low), (x, high), (x - half, high), (x + half, high)]
    }

    pub(super) fn heights(&self) -> Vec<f64> {
        match &self.shape {
            Shape::Area(points) => points.iter().flat_map(|(_, low, high)| [*low, *high]).collect(),
            Shape::Lines(lines) => lines.iter().flatten().map(|(_, y)| *y).collect(),
            Shape::Boxes(boxes) => boxes.iter().flat_map(|(_, y)| [y.start, y.end]).collect(),
        }
    }
}

/// The backend rounds to whole pixels; drawn at twice the size and shown at half, steps narrower than a pixel keep
/// their shape.
pub(super) const SCALE: u32 = 2;
pub(super) const WIDTH: u32 = 1200 * SCALE;
pub(super) const TITLE_HEIGHT: u32 = 44 * SCALE;
const LEGEND_HEIGHT: u32 = 28 * SCALE;
pub(super) const GAP_HEIGHT: u32 = 14 * SCALE;
pub(super) const AXIS_HEIGHT: u32 = 46 * SCALE;
pub(super) const AXIS_WIDTH: u32 = 92 * SCALE;
pub(super) const RIGHT_MARGIN: u32 = 44 * SCALE;
pub(super) const TEXT_SIZE: u32 = 15 * SCALE;
pub(super) const GRID: RGBColor = RGBColor(0xD9, 0xD9, 0xD9);
pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);

const SHADE: RGBColor = RGBColor(0xF6, 0xDC, 0xD0);

impl Figure {
    /// The figure as an SVG document.
    pub(super) fn svg(&self) -> Result<String, Problems> {
        let height = TITLE_HEIGHT + (0..self.panels.len()).map(|i| self.height_of(i)).sum::<u32>();
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
            self.draw(&root).map_err(|error| Problem::new("plot", error.to_string()))?;
        }
        Ok(shown(&svg, height, &self.title))
    }

    /// Pixels that panel `i` takes with its legend and what stands below it.
    fn height_of(&self, i: usize) -> u32 {
        let panel = &self.panels[i];
        let below = if self.is_labelled(i) { AXIS_HEIGHT } else { 0 };
        panel.legend(self.shade_entry(i)).height() + panel.height * SCALE + GAP_HEIGHT + below
    }

    /// Whether the axis is labelled under panel `i`: where it is its own, and under the last that shares the figure's.
    fn is_labelled(&self, i: usize) -> bool {
        self.panels[i].axis.is_some() || self.panels[i + 1..].iter().all(|panel| panel.axis.is_some())
    }

    /// What the legend of panel `i` says of the shaded ranges.
    fn shade_entry(&self, i: usize) -> Option<&str> {
        (i == 0 && !self.shade.ranges.is_empty()).then_some(self.shade.name.as_str())
    }

    fn draw<DB: DrawingBackend>(&self, root: &DrawingArea<DB, plotters::coord::Shift>) -> Result<(), DrawError<DB>> {
        root.fill(&WHITE)?;
        let title = text(TEXT_SIZE * 6 / 5, HPos::Left, VPos::Center);
        root.draw_text(&self.title, &title, (AXIS_WIDTH as i32, TITLE_HEIGHT as i32 / 2))?;
        let mut top = TITLE_HEIGHT;
        for (i, panel) in self.panels.iter().enumerate() {
            let legend = panel.legend(self.shade_entry(i));
            legend.draw(root, top)?;
            self.draw_panel(root, panel, top + legend.height(), self.is_labelled(i))?;
            top += self.height_of(i);
        }
        root.present()
    }

    fn draw_panel<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, plotters::coord::Shift>,
        panel: &Panel,
        top: u32,
        is_labelled: bool,
    ) -> Result<(), DrawError<DB>> {
        let bottom = top + panel.height * SCALE;
        let axis = panel.axis.as_ref().unwrap_or(&self.axis);
        let area = root.clone().margin(top, root.dim_in_pixel().1 - bottom, 0, RIGHT_MARGIN);
        let range = panel.drawn_range();
        let decimals = tick_decimals(range.end - range.start);
        let mut chart = ChartBuilder::on(&area)
            .set_label_area_size(LabelAreaPosition::Left, AXIS_WIDTH)
            .build_cartesian_2d(axis.range.clone(), range.clone())?;
        let shaded = self.shade.ranges.iter();
        let shaded = shaded.map(|x| Rectangle::new([(x.start, range.start), (x.end, range.end)], SHADE.filled()));
        chart.draw_series(shaded)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .disable_x_axis()
            .y_labels((panel.height / 24).max(3) as usize)
            .y_label_formatter(&|y| grouped(without_noise(*y, range.end - range.start), decimals))
            .label_style(text(TEXT_SIZE, HPos::Right, VPos::Center))
            .axis_style(INK)
            .bold_line_style(GRID.stroke_width(SCALE))
            .light_line_style(TRANSPARENT)
            .draw()?;
        let beside = text(TEXT_SIZE, HPos::Center, VPos::Center).transform(FontTransform::Rotate270);
        root.draw_text(&panel.title, &beside, (TEXT_SIZE as i32, ((top + bottom) / 2) as i32))?;
        let vertical = |x: f64| PathElement::new(vec![(x, range.start), (x, range.end)], GRID.stroke_width(SCALE));
        chart.draw_series(axis.grid.iter().map(|x| vertical(*x)))?;
        for mark in &panel.marks {
            let ink = mark.color;
            match &mark.shape {
                Shape::Area(points) => {
                    let upper = points.iter().map(|(x, _, high)| (*x, *high));
                    let lower = points.iter().rev().map(|(x, low, _)| (*x, *low));
                    let outline: Vec<(f64, f64)> = upper.chain(lower).collect();
                    chart.draw_series([Polygon::new(outline, ink.filled())])?;
                }
                Shape::Lines(lines) => {
                    let lines =
                        lines.iter().map(|points| PathElement::new(points.clone(), ink.stroke_width(2 * SCALE)));
                    chart.draw_series(lines)?;
                }
                Shape::Boxes(boxes) => {
                    let corners = |(x, y): &(Range<f64>, Range<f64>)| [(x.start, y.start), (x.end, y.end)];
                    chart.draw_series(boxes.iter().map(|b| Rectangle::new(corners(b), ink.filled())))?;
                }
            }
        }
        if range.start < 0.0 {
            let zero = vec![(axis.range.start, 0.0), (axis.range.end, 0.0)];
            chart.draw_series([PathElement::new(zero, INK.stroke_width(SCALE))])?;
        }
        if is_labelled {
            let title = text(TEXT_SIZE, HPos::Center, VPos::Bottom);
            let middle = (AXIS_WIDTH + WIDTH - RIGHT_MARGIN) as i32 / 2;
            root.draw_text(&axis.title, &title, (middle, (bottom + GAP_HEIGHT + AXIS_HEIGHT - 6 * SCALE) as i32))?;
            let style = text(TEXT_SIZE, HPos::Center, VPos::Top);
            for (x, label) in &axis.labels {
                let (x_px, y_px) = chart.backend_coord(&(*x, range.start));
                root.draw_text(label, &style, (x_px, y_px + 6 * SCALE as i32))?;
            }
        }
        Ok(())
    }
}

pub(super) type DrawError<DB> = DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>;

pub(super) fn text(size: u32, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    TextStyle::from(("sans-serif", size).into_font()).color(&INK).pos(Pos::new(horizontal, vertical))
}

/// A document drawn at [`SCALE`] times its size as it is shown, with its title.
pub(super) fn shown(svg: &str, height: u32, title: &str) -> String {
    let drawn = format!("<svg width=\"{WIDTH}\" height=\"{height}\"");
    let shown = format!("<svg role=\"img\" width=\"{}\" height=\"{}\"", WIDTH / SCALE, height / SCALE);
    let svg = svg.replacen(&drawn, &shown, 1);
    // Its title comes first, as screen readers and browsers want it.
    match svg.find(">\n") {
        Some(head) => format!("{}\n<title>{}</title>{}", &svg[..=head], escaped(title), &svg[head + 1..]),
        None => svg,
    }
}

/// `text` as content of an XML element.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A tick that is 0 but for rounding as 0.
fn without_noise(tick: f64, span: f64) -> f64 {
    if tick.abs() < 1e-9 * span { 0.0 } else { tick }
}

/// The names of a panel's quantities beside a patch of their colour, in as many lines above it as they need.
pub(super) struct Legend<'a> {
    entries: Vec<Entry<'a>>,
    lines: u32,
}

struct Entry<'a> {
    name: &'a str,
    color: RGBColor,
    /// Half the patch's height.
    half: i32,
    /// Its place: pixels from the left, and its line.
    left: i32,
    line: u32,
}

const PATCH: i32 = 22 * SCALE as i32;
const PATCH_GAP: i32 = 6 * SCALE as i32;

impl<'a> Legend<'a> {
    /// Sets the entries one after another, in a new line where one would leave the picture.
    pub(super) fn of(named: impl Iterator<Item = (&'a str, RGBColor, i32)>) -> Self {
        let mut legend = Self { entries: Vec::new(), lines: 1 };
        let mut left = AXIS_WIDTH as i32;
        for (name, color, half) in named {
            // There is no font here to measure with; 0.55 em a letter is on the wide side of sans-serif faces.
            let width = PATCH + PATCH_GAP + (name.chars().count() as u32 * TEXT_SIZE * 11 / 20) as i32;
            if left + width > WIDTH as i32 && left > AXIS_WIDTH as i32 {
                (left, legend.lines) = (AXIS_WIDTH as i32, legend.lines + 1);
            }
            legend.entries.push(Entry { name, color, half, left, line: legend.lines - 1 });
            left += width + 3 * PATCH_GAP;
        }
        legend
    }

    pub(super) fn height(&self) -> u32 {
        LEGEND_HEIGHT * self.lines
    }

    pub(super) fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, plotters::coord::Shift>,
        top: u32,
    ) -> Result<(), DrawError<DB>> {
        for Entry { name, color, half, left, line } in &self.entries {
            let middle = (top + LEGEND_HEIGHT * line + LEGEND_HEIGHT / 2) as i32;
            let corners = [(*left, middle - half), (left + PATCH, middle + half)];
            root.draw(&Rectangle::new(corners, color.filled()))?;
            root.draw(&Rectangle::new(corners, GRID.stroke_width(SCALE)))?;
            let style = text(TEXT_SIZE, HPos::Left, VPos::Center);
            root.draw_text(name, &style, (left + PATCH + PATCH_GAP, middle))?;
        }
        Ok(())
    }
}

impl Panel {
    fn legend<'a>(&'a self, shade: Option<&'a str>) -> Legend<'a> {
        let half = |mark: &Mark| match mark.shape {
            Shape::Area(_) | Shape::Boxes(_) => 6 * SCALE as i32,
            Shape::Lines(_) => 3 * SCALE as i32 / 2,
        };
        let marks = self.marks.iter().filter(|mark| !mark.name.is_empty());
        let marks = marks.map(|mark| (mark.name.as_str(), mark.color, half(mark)));
        Legend::of(marks.chain(shade.map(|name| (name, SHADE, 6 * SCALE as i32))))
    }

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
