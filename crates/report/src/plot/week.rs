//! A week of dispatch: who feeds the load, what storage does, its state, and the prices.

use std::ops::Range;

use microgrid_core::{Problem, Problems};

use crate::Trace;
use crate::plot::figure::{Axis, Figure, Mark, Panel};
use crate::plot::palette;

/// The week `week` of the run, counted from 1, as an SVG picture; a week is seven days from the run's first day on, the
/// last one may be shorter.
///
/// Panels: the sources that feed the site, stacked, against its load, with export below zero; charge (below zero) and
/// discharge of all batteries together; state of charge of each battery as a share of its nominal capacity; prices.
///
/// # Errors
/// A week that the run does not have, or a trace whose columns miss steps.
pub fn week_svg(trace: &Trace, week: usize) -> Result<String, Problems> {
    trace.check()?;
    let weeks = trace.days().div_ceil(7);
    if week == 0 || week > weeks {
        return Err(Problem::new("week", "is not in the run").value(week).allowed(format!("1 to {weeks}")).into());
    }
    let days = 7 * (week - 1)..(7 * week).min(trace.days());
    let steps = trace.day_first_step[days.start] as usize..trace.day_first_step[days.end] as usize;
    let window = Window { trace, edges: edges(trace, steps.clone()), steps };
    let (first, last) = (day_name(trace, days.start), day_name(trace, days.end - 1));
    let mut panels = vec![window.sources()];
    if !trace.batteries.is_empty() {
        panels.push(window.storage());
        panels.push(window.state_of_charge());
    }
    panels.push(window.prices());
    let figure = Figure {
        title: format!("{}, {}: week {week}, {first} to {last}", trace.scenario, trace.strategy),
        axis: axis(trace, days, &window.edges),
        panels,
    };
    figure.svg()
}

/// Hours from the week's start at the borders of its steps.
fn edges(trace: &Trace, steps: Range<usize>) -> Vec<f64> {
    (0..=steps.len()).map(|i| i as f64 * f64::from(trace.step_s) / 3600.0).collect()
}

/// What stands before the time of day in the label of the day's first step.
fn day_name(trace: &Trace, day: usize) -> &str {
    let label = &trace.time[trace.day_first_step[day] as usize];
    label.split(['T', ' ']).next().unwrap_or(label)
}

fn axis(trace: &Trace, days: Range<usize>, edges: &[f64]) -> Axis {
    let start = trace.day_first_step[days.start] as usize;
    let edge = |day: usize| edges[trace.day_first_step[day] as usize - start];
    Axis {
        range: 0.0..edges[edges.len() - 1],
        grid: (days.start..=days.end).map(edge).collect(),
        labels: days.clone().map(|d| ((edge(d) + edge(d + 1)) / 2.0, day_name(trace, d).to_owned())).collect(),
        title: "local time; lines at midnight".into(),
    }
}

/// The steps of a trace that are drawn.
struct Window<'a> {
    trace: &'a Trace,
    steps: Range<usize>,
    edges: Vec<f64>,
}

impl Window<'_> {
    /// A column's drawn part times `factor`.
    fn part(&self, column: &[f64], factor: f64) -> Vec<f64> {
        column[self.steps.clone()].iter().map(|value| value * factor).collect()
    }

    /// kW, or MW where the load or the sources go beyond 10 MW; with the factor from kW.
    fn unit(&self) -> (&'static str, f64) {
        let columns = [&self.trace.load_kw, &self.trace.generation_kw, &self.trace.import_kw];
        let greatest =
            columns.into_iter().flat_map(|c| &c[self.steps.clone()]).fold(0.0, |a, b| if *b > a { *b } else { a });
        if greatest >= 10_000.0 { ("MW", 1e-3) } else { ("kW", 1.0) }
    }

    fn total(&self, of: fn(&crate::BatteryTrace) -> &Vec<f64>, factor: f64) -> Vec<f64> {
        let mut total = vec![0.0; self.steps.len()];
        for battery in &self.trace.batteries {
            add(&mut total, &self.part(of(battery), factor));
        }
        total
    }

    fn sources(&self) -> Panel {
        let (unit, factor) = self.unit();
        let trace = self.trace;
        let curtailed = self.part(&trace.curtailed_kw, factor);
        let taken: Vec<f64> =
            self.part(&trace.generation_kw, factor).iter().zip(&curtailed).map(|(g, c)| g - c).collect();
        let mut marks = Vec::new();
        let mut top = vec![0.0; self.steps.len()];
        for (name, color, values) in [
            ("generation taken", palette::GENERATION, taken),
            ("discharge", palette::DISCHARGE, self.total(|b| &b.discharge_kw, factor)),
            ("import", palette::IMPORT, self.part(&trace.import_kw, factor)),
            ("curtailed", palette::CURTAILED, curtailed),
        ] {
            let low = top.clone();
            add(&mut top, &values);
            if any(&values) {
                marks.push(Mark::step_area(name, color, &self.edges, &low, &top));
            }
        }
        let mut bottom = vec![0.0; self.steps.len()];
        for (name, color, values) in [
            ("export", palette::EXPORT, self.part(&trace.export_kw, -factor)),
            ("unserved load", palette::UNSERVED, self.part(&trace.unserved_kw, -factor)),
        ] {
            let high = bottom.clone();
            add(&mut bottom, &values);
            if any(&values) {
                marks.push(Mark::step_area(name, color, &self.edges, &bottom, &high));
            }
        }
        let load = self.part(&trace.load_kw, factor);
        marks.push(Mark::step_line("load", palette::LOAD, &self.edges, &load));
        Panel { title: format!("power, {unit}"), height: 300, range: 0.0..0.0, marks }
    }

    fn storage(&self) -> Panel {
        let (unit, factor) = self.unit();
        let zero = vec![0.0; self.steps.len()];
        let discharge = self.total(|b| &b.discharge_kw, factor);
        let charge = self.total(|b| &b.charge_kw, -factor);
        let marks = vec![
            Mark::step_area("discharge", palette::DISCHARGE, &self.edges, &zero, &discharge),
            Mark::step_area("charge (below zero)", palette::CHARGE, &self.edges, &charge, &zero),
        ];
        Panel { title: format!("storage, {unit}"), height: 150, range: 0.0..0.0, marks }
    }

    /// A line through the states: at each step's end, and at the week's start where the step before is known.
    fn state_of_charge(&self) -> Panel {
        let marks = self.trace.batteries.iter().enumerate().map(|(i, battery)| {
            let percent = |kwh: f64| if battery.capacity_kwh > 0.0 { 100.0 * kwh / battery.capacity_kwh } else { 0.0 };
            let before = self.steps.start.checked_sub(1).map(|step| (0.0, percent(battery.stored_kwh[step])));
            let ends = self.steps.clone().zip(&self.edges[1..]);
            let points = before.into_iter().chain(ends.map(|(step, x)| (*x, percent(battery.stored_kwh[step]))));
            Mark::line(&battery.name, palette::BATTERIES[i % palette::BATTERIES.len()], points.collect())
        });
        Panel { title: "state of charge, %".into(), height: 130, range: 0.0..100.0, marks: marks.collect() }
    }

    fn prices(&self) -> Panel {
        let (import, export) = (&self.trace.import_price_per_kwh, &self.trace.export_price_per_kwh);
        let marks = vec![
            Mark::step_line("export price", palette::EXPORT, &self.edges, &self.part(export, 1.0)),
            Mark::step_line("import price", palette::IMPORT, &self.edges, &self.part(import, 1.0)),
        ];
        Panel { title: format!("price, {}/kWh", self.trace.currency), height: 130, range: 0.0..0.0, marks }
    }
}

fn add(total: &mut [f64], values: &[f64]) {
    for (total, value) in total.iter_mut().zip(values) {
        *total += value;
    }
}

fn any(values: &[f64]) -> bool {
    values.iter().any(|value| *value != 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_week_has_its_panels_days_and_legends() {
        let svg = week_svg(&fixture::trace(900, 28), 3).unwrap();
        for text in [
            "industrial-park, self_consumption: week 3, 2025-01-15 to 2025-01-21",
            "power, kW",
            "storage, kW",
            "state of charge, %",
            "CNY/kWh",
            "generation taken",
            "2025-01-18",
        ] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains("2025-01-22"));
        assert!(svg.starts_with("<svg width=\"1200\""), "{}", &svg[..80]);
        assert!(!svg.contains("NaN"));
    }

    #[test]
    fn the_last_week_may_be_short_and_others_are_refused() {
        let trace = fixture::trace(3600, 9);
        assert!(week_svg(&trace, 2).unwrap().contains("week 2, 2025-01-08 to 2025-01-09"));
        for week in [0, 3] {
            let problems = week_svg(&trace, week).unwrap_err();
            assert_eq!(problems.to_string(), format!("week: is not in the run; found {week}; allowed: 1 to 2"));
        }
    }

    #[test]
    fn a_site_without_storage_has_no_storage_panels() {
        let mut trace = fixture::trace(3600, 7);
        trace.batteries.clear();
        trace.scenario = "a<b & c".into();
        let svg = week_svg(&trace, 1).unwrap();
        assert!(!svg.contains("state of charge"));
        assert!(svg.contains("a&lt;b &amp; c"));
    }

    #[test]
    fn a_site_of_zeros_can_be_drawn() {
        let mut trace = fixture::trace(3600, 7);
        for column in [&mut trace.load_kw, &mut trace.generation_kw, &mut trace.import_kw, &mut trace.export_kw] {
            column.fill(0.0);
        }
        trace.import_price_per_kwh.fill(-0.2);
        trace.batteries[0].capacity_kwh = 0.0;
        assert!(!week_svg(&trace, 1).unwrap().contains("NaN"));
    }
}
