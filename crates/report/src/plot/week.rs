//! A week of dispatch: what feeds the site and where it goes, the state of charge, and the prices.

use std::ops::Range;

use microgrid_core::{Problem, Problems};

use crate::Trace;
use crate::plot::figure::{Axis, Figure, Mark, Panel, Shade};
use crate::plot::side_by_side::{check, heading};
use crate::plot::{palette, stack, stock};

/// The week `week` of the runs, counted from 1, as an SVG picture; a week is seven days from the run's first day on, the
/// last one may be shorter. Several runs are strategies of one scenario side by side.
///
/// Panels: for each run the sources that feed the site, stacked, against its load, and where the rest goes below zero;
/// state of charge of each battery as a share of its nominal capacity; the packs of each swap station; prices, where there are any. Hours without the
/// grid are shaded.
///
/// # Errors
/// No run, or runs of different scenarios; a week that they do not have; a trace whose columns miss steps.
pub fn week_svg(traces: &[Trace], week: usize) -> Result<String, Problems> {
    let first = check(traces)?;
    let weeks = first.days().div_ceil(7);
    if week == 0 || week > weeks {
        return Err(Problem::new("week", "is not in the run").value(week).allowed(format!("1 to {weeks}")).into());
    }
    let days = 7 * (week - 1)..(7 * week).min(first.days());
    let steps = first.day_first_step[days.start] as usize..first.day_first_step[days.end] as usize;
    let window = Window { traces, edges: edges(first, steps.len()), steps };
    let mut panels: Vec<Panel> = window.powers();
    panels.extend(window.states_of_charge());
    for trace in traces {
        panels.extend(stock::panels(trace, &window.whose(trace), &window.steps, &window.edges));
    }
    panels.extend(window.prices());
    let (from, until) = (day_name(first, days.start), day_name(first, days.end - 1));
    let figure = Figure {
        title: format!("{}: week {week}, {from} to {until}", heading(traces)),
        axis: axis(first, days, &window.edges),
        shade: window.outages(),
        panels,
    };
    figure.svg()
}

/// Hours from the week's start at the borders of its steps.
fn edges(trace: &Trace, steps: usize) -> Vec<f64> {
    (0..=steps).map(|i| i as f64 * f64::from(trace.step_s) / 3600.0).collect()
}

/// What stands before the time of day in the label of the day's first step.
fn day_name(trace: &Trace, day: usize) -> &str {
    let label = &trace.time[trace.day_first_step[day] as usize];
    label.split(['T', ' ']).next().unwrap_or(label)
}

fn axis(trace: &Trace, days: Range<usize>, edges: &[f64]) -> Axis {
    let start = trace.day_first_step[days.start] as usize;
    let edge = |day: usize| edges[trace.day_first_step[day] as usize - start];
    let label = |day: usize| {
        let date = day_name(trace, day);
        weekday(date).map_or_else(|| date.to_owned(), |weekday| format!("{weekday} {date}"))
    };
    Axis {
        range: 0.0..edges[edges.len() - 1],
        grid: (days.start..=days.end).map(edge).collect(),
        labels: days.clone().map(|day| ((edge(day) + edge(day + 1)) / 2.0, label(day))).collect(),
        title: "local time; lines at midnight".into(),
    }
}

/// The weekday of a date such as `2025-07-14`; `None` where the text is no such date.
///
/// # Model
/// Sakamoto's method: in the Gregorian calendar, years begun in March, each month shifts the weekday by its own number.
fn weekday(date: &str) -> Option<&'static str> {
    const SHIFTS: [u32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let mut parts = date.splitn(3, '-').map(str::parse::<u32>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let shift = SHIFTS.get(month.checked_sub(1)? as usize)?;
    let year = if month < 3 { year.checked_sub(1)? } else { year };
    let number = (u64::from(year) + u64::from(year / 4) + u64::from(year / 400) - u64::from(year / 100)
        + u64::from(*shift)
        + u64::from(day))
        % 7;
    Some(["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][number as usize])
}

/// The steps of runs that are drawn.
struct Window<'a> {
    traces: &'a [Trace],
    steps: Range<usize>,
    edges: Vec<f64>,
}

impl Window<'_> {
    /// What to put before a panel's or a line's name: the strategy, where there are several.
    fn whose(&self, trace: &Trace) -> String {
        if self.traces.len() == 1 { String::new() } else { format!("{}: ", trace.strategy) }
    }

    /// A panel of powers for each run, all of one height and unit.
    fn powers(&self) -> Vec<Panel> {
        let stacks: Vec<_> = self
            .traces
            .iter()
            .map(|trace| (stack::sources(trace, self.steps.clone()), stack::sinks(trace, self.steps.clone())))
            .collect();
        let height = |layers: &[stack::Layer]| {
            stack::total(self.steps.len(), layers.iter().map(|layer| layer.values.clone()))
                .into_iter()
                .fold(0.0, f64::max)
        };
        let top = stacks.iter().map(|(sources, _)| height(sources)).fold(0.0, f64::max);
        let bottom = stacks.iter().map(|(_, sinks)| height(sinks)).fold(0.0, f64::max);
        let (unit, factor) = stack::unit(top.max(bottom));
        let panel = |(trace, (sources, sinks)): (&Trace, &(Vec<stack::Layer>, Vec<stack::Layer>))| {
            let mut marks = self.stacked(sources, factor);
            marks.extend(self.stacked(sinks, -factor));
            let load: Vec<f64> = trace.load_kw[self.steps.clone()].iter().map(|kw| kw * factor).collect();
            marks.push(Mark::step_line("load", palette::LOAD, &self.edges, &load));
            let height = if self.traces.len() == 1 { 380 } else { 280 };
            let title = format!("{}power, {unit}", self.whose(trace));
            Panel::new(title, height, -bottom * factor..top * factor, marks)
        };
        self.traces.iter().zip(&stacks).map(panel).collect()
    }

    /// The layers one on top of the other from 0 on, times `factor`.
    fn stacked(&self, layers: &[stack::Layer], factor: f64) -> Vec<Mark> {
        let mut end = vec![0.0; self.steps.len()];
        let mut mark = |layer: &stack::Layer| {
            let begin = end.clone();
            end.iter_mut().zip(&layer.values).for_each(|(end, kw)| *end += kw * factor);
            Mark::step_area(&layer.name, layer.color, &self.edges, &begin, &end)
        };
        layers.iter().map(&mut mark).collect()
    }

    /// A line through the states: at each step's end, and at the week's start where the step before is known.
    fn states_of_charge(&self) -> Option<Panel> {
        let mut marks = Vec::new();
        for (i, trace) in self.traces.iter().enumerate() {
            for (j, battery) in trace.batteries.iter().enumerate() {
                let percent =
                    |kwh: f64| if battery.capacity_kwh > 0.0 { 100.0 * kwh / battery.capacity_kwh } else { 0.0 };
                let before = self.steps.start.checked_sub(1).map(|step| (0.0, percent(battery.stored_kwh[step])));
                let ends = self.steps.clone().zip(&self.edges[1..]);
                let points = before.into_iter().chain(ends.map(|(step, x)| (*x, percent(battery.stored_kwh[step]))));
                let color = match self.traces.len() {
                    1 => palette::BATTERIES[j % palette::BATTERIES.len()],
                    _ => palette::SIDE_BY_SIDE[(i * trace.batteries.len() + j) % palette::SIDE_BY_SIDE.len()],
                };
                marks.push(Mark::line(&format!("{}{}", self.whose(trace), battery.name), color, points.collect()));
            }
        }
        let panel = Panel::new("state of charge, %", 130, 0.0..100.0, marks);
        (!panel.marks.is_empty()).then_some(panel)
    }

    /// The prices, which are the same for every strategy; `None` where all of them are 0, as without a grid.
    fn prices(&self) -> Option<Panel> {
        let trace = self.traces.first()?;
        let [export, import] =
            [&trace.export_price_per_kwh, &trace.import_price_per_kwh].map(|prices| &prices[self.steps.clone()]);
        let marks = vec![
            Mark::step_line("export price", palette::EXPORT, &self.edges, export),
            Mark::step_line("import price", palette::IMPORT, &self.edges, import),
        ];
        let panel = Panel::new(format!("price, {}/kWh", trace.currency), 130, 0.0..0.0, marks);
        import.iter().chain(export).any(|price| *price != 0.0).then_some(panel)
    }

    fn outages(&self) -> Shade {
        let hours = |step: u32| self.edges[(step as usize).clamp(self.steps.start, self.steps.end) - self.steps.start];
        let of_week = self.traces.iter().take(1).flat_map(|trace| &trace.outages);
        let ranges = of_week.map(|outage| hours(outage.start)..hours(outage.end));
        Shade { name: "no grid".into(), ranges: ranges.filter(|range| range.end > range.start).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_week_is_drawn_with_its_title_quantities_and_weekdays() {
        let svg = week_svg(&[fixture::trace(900, 14)], 2).unwrap();
        for text in [
            "week 2, 2025-01-08 to 2025-01-14",
            "power, kW",
            "state of charge, %",
            "price, CNY/kWh",
            "import price",
            "charge",
            "Wed 2025-01-08",
            "Tue 2025-01-14",
        ] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(
            svg.contains("<title>industrial-park, self_consumption: week 2") && svg.contains("role=\"img\""),
            "{svg}"
        );
        assert!(!svg.contains("unserved") && !svg.contains("no grid") && !svg.contains("NaN"));
        // Steps do not overlap: the load's line has two points for each of them.
        let longest =
            svg.split("points=\"").skip(1).map(|s| s.split('"').next().unwrap_or("").split(' ').count()).max();
        assert!(longest.unwrap() >= 2 * 7 * 96, "{longest:?}");
    }

    #[test]
    fn a_week_without_storage_prices_or_grid_has_no_empty_panel() {
        let mut trace = fixture::trace(3600, 3);
        trace.batteries.clear();
        trace.outages = vec![20..30, 70..72];
        trace.import_price_per_kwh.fill(0.0);
        trace.export_price_per_kwh.fill(0.0);
        let svg = week_svg(&[trace.clone()], 1).unwrap();
        assert!(!svg.contains("state of charge") && !svg.contains("price") && svg.contains("no grid"), "{svg}");
        for week in [0, 2] {
            let problems = week_svg(&[trace.clone()], week).unwrap_err();
            assert_eq!(problems.iter().next().unwrap().allowed.as_deref(), Some("1 to 1"));
        }
    }

    #[test]
    fn strategies_share_a_picture_of_one_scenario_only() {
        let [own, mut other] = [fixture::trace(3600, 7), fixture::trace(3600, 7)];
        other.strategy = "idle".into();
        let svg = week_svg(&[own.clone(), other.clone()], 1).unwrap();
        for text in ["self_consumption and idle: week 1", "idle: power, kW", "self_consumption: power, kW", "idle: lfp"]
        {
            assert!(svg.contains(text), "{text}");
        }
        assert_eq!(svg.matches("price, CNY/kWh").count(), 1);
        other.scenario = "elsewhere".into();
        assert!(week_svg(&[own.clone(), other], 1).unwrap_err().to_string().contains("elsewhere"));
        assert!(week_svg(&[own, fixture::trace(3600, 6)], 1).is_err());
        assert!(week_svg(&[], 1).is_err());
    }

    /// Days whose weekday anybody can look up; 1900 is no leap year, 2000 is one.
    #[test]
    fn weekdays_are_those_of_the_calendar() {
        for (date, expected) in [
            ("2016-07-11", Some("Mon")),
            ("2000-02-29", Some("Tue")),
            ("1900-03-01", Some("Thu")),
            ("2024-12-31", Some("Tue")),
            ("2025-01-01", Some("Wed")),
            ("day 3", None),
            ("2025-13-01", None),
        ] {
            assert_eq!(weekday(date), expected, "{date}");
        }
    }
}
