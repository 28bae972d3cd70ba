//! What assumptions do to a cost: a bar each, from the cost at its low end to that at its high end, the widest on top.

use std::fmt::Write as _;

use microgrid_core::{Problem, Problems};

use crate::html::escaped;
use crate::number::grouped;

/// An assumption and the cost at both its ends.
#[derive(Debug, Clone, PartialEq)]
pub struct CostSwing {
    /// What is changed, and from where to where.
    pub name: String,
    /// The cost at the low end.
    pub at_low: f64,
    /// The cost at the high end.
    pub at_high: f64,
}

const WIDTH: f64 = 800.0;
const SIDE: f64 = 70.0;
const ROW: f64 = 42.0;
const HEAD: f64 = 58.0;

/// The swings of a cost as an SVG picture, around the cost itself; `cost` and the swings are in `currency`.
///
/// # Errors
/// No swing; an amount that is not a number.
pub fn tornado_svg(title: &str, currency: &str, cost: f64, swings: &[CostSwing]) -> Result<String, Problems> {
    let ends = || swings.iter().flat_map(|swing| [swing.at_low, swing.at_high]);
    if swings.is_empty() || !ends().chain([cost]).all(f64::is_finite) {
        return Err(Problem::new("plot", "has no swings to draw").into());
    }
    let (low, high) = ends().fold((cost, cost), |(low, high), end| (low.min(end), high.max(end)));
    let scale = (WIDTH - 2.0 * SIDE) / (high - low).max(1e-9);
    let x = |cost: f64| SIDE + (cost - low) * scale;
    let height = HEAD + ROW * swings.len() as f64 + 12.0;
    let (name, middle) = (escaped(title), x(cost));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         role=\"img\" font-family=\"sans-serif\" font-size=\"13\">\n<title>{name}</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#FFFFFF\"/>\n\
         <text x=\"{half}\" y=\"20\" text-anchor=\"middle\" font-size=\"16\">{name}</text>\n\
         <text x=\"{middle:.1}\" y=\"44\" text-anchor=\"middle\">{} {}</text>\n\
         <line x1=\"{middle:.1}\" x2=\"{middle:.1}\" y1=\"50\" y2=\"{:.1}\" stroke=\"#000000\"/>\n",
        grouped(cost, 0),
        escaped(currency),
        height - 8.0,
        half = WIDTH / 2.0,
    );
    let mut sorted: Vec<&CostSwing> = swings.iter().collect();
    sorted.sort_by(|a, b| (b.at_high - b.at_low).abs().total_cmp(&(a.at_high - a.at_low).abs()));
    for (i, swing) in sorted.into_iter().enumerate() {
        let y = HEAD + ROW * i as f64;
        // A white rim, for the line of the cost runs through it.
        let _ = writeln!(
            svg,
            "<text x=\"{SIDE}\" y=\"{:.1}\" paint-order=\"stroke\" stroke=\"#FFFFFF\" stroke-width=\"4\">{}</text>",
            y + 12.0,
            escaped(&swing.name)
        );
        for (end, color) in [(swing.at_low, "#56B4E9"), (swing.at_high, "#D55E00")] {
            let (left, right) = (x(end.min(cost)), x(end.max(cost)));
            let (at, anchor) = if end < cost { (left - 4.0, "end") } else { (right + 4.0, "start") };
            let _ = writeln!(
                svg,
                "<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"16\" fill=\"{color}\"/>\n\
                 <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\" font-size=\"12\">{}</text>",
                y + 17.0,
                right - left,
                y + 30.0,
                grouped(end, 0),
            );
        }
    }
    Ok(svg + "</svg>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Caught: a bar drawn to the wrong side, a name that becomes an element.
    #[test]
    fn the_widest_is_on_top_and_each_bar_begins_at_the_cost() {
        let swing = |name: &str, at_low, at_high| CostSwing { name: name.into(), at_low, at_high };
        let swings = [swing("rate <b>", 95.0, 104.0), swing("load", 80.0, 120.0)];
        let svg = tornado_svg("site", "CNY", 100.0, &swings).unwrap();
        assert!(svg.find("load").unwrap() < svg.find("rate &lt;b&gt;").unwrap() && !svg.contains("<b>"), "{svg}");
        // From 80 at 70 px to 120 at 730: the cost is in the middle.
        assert!(svg.contains("<rect x=\"70.0\" y=\"75.0\" width=\"330.0\" height=\"16\" fill=\"#56B4E9\"/>"), "{svg}");
        assert!(svg.contains("<rect x=\"400.0\" y=\"75.0\" width=\"330.0\" height=\"16\" fill=\"#D55E00\"/>"), "{svg}");
        assert!(tornado_svg("", "CNY", 1.0, &[]).is_err() && tornado_svg("", "", f64::NAN, &swings).is_err());
    }
}
