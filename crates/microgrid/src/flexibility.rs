//! What the charging sessions of a scenario folder could do together, exactly, and what it is worth.

use std::ops::Range;

use microgrid_core::demand::{FleetFlexibility, FleetPlan, FlexibleSession, SlotCost, Task, serve};
use microgrid_core::{Plan, Problem, Problems};
use microgrid_report::{CarCourse, FleetBids, FleetReport, FleetRow};

use crate::Loaded;

/// Rows of the table, at most.
const ROWS: usize = 26;

/// Points of a bid curve on each side of the plan.
const BIDS: usize = 4;

/// What is asked of a site's sessions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlexibilityQuestion {
    /// The first day, such as `2019-05-06`; the first on which a car arrives by default.
    pub from: Option<String>,
    /// Sessions that arrive on so many days count; 1 where it is 0.
    pub days: usize,
    /// A window of the first day for the bid curve, such as `17:00-19:00`, on whole slots.
    pub window: Option<String>,
    /// What cars may give back; they only charge by default.
    pub give_back: Option<GiveBack>,
}

/// Energy that each car may give back on the way, without losses. What is found is then the most that such cars can do: real
/// ones lose some of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GiveBack {
    /// Greatest power, kW, 0 to 1000.
    pub discharge_max_kw: f64,
    /// Least energy below what it arrives with, kWh, 0 to 1000. Its pack has room for what it takes, and no more.
    pub reserve_kwh: f64,
}

/// The sessions of `site` that arrive on the days asked for, over the slots until the last of them leaves or the run ends: their
/// joint limits, their least cost at the site's energy prices beside its other load and generation, the share of each car in it,
/// and the bid curve of a window. Storage, demand charges and the strategy are no part of it.
///
/// # Errors
/// All problems of the scenario; days without sessions; a window that is none; costs that are not convex, where export pays
/// more than import costs; limits of the tie that are too low for the sessions.
pub fn flexibility(site: &Loaded, question: &FlexibilityQuestion) -> Result<(FleetReport, Vec<CarCourse>), Problems> {
    let plan = Plan::compile(&site.scenario)?;
    let days = days_asked(site, question)?;
    let cars = Cars::that_arrive(site, days.clone());
    if cars.tasks.is_empty() {
        let problem = Problem::new("from", "has no session that arrives");
        return Err(problem.value(&site.clock.label(days.start)[..10]).hint("name another day, or more days").into());
    }
    let step_s = site.scenario.calendar.step_s;
    let last_s = cars.tasks.iter().map(|task| task.until_s).max().unwrap_or(0);
    let end = ((last_s + i64::from(step_s) - 1) / i64::from(step_s)).clamp(0, plan.steps() as i64) as usize;
    let slots = days.start..end.max(days.start + 1);
    let window = question.window.as_deref().map(|text| window(site, &days, text)).transpose()?;
    let shifted: Vec<Task> =
        cars.tasks.iter().map(|task| task.later_by(-(slots.start as i64) * i64::from(step_s))).collect();
    let fleet = cars.fleet(&shifted, slots.len() as u32, step_s, question.give_back)?;

    let served = serve(&shifted, slots.len(), step_s);
    let net_load_kw: Vec<f64> = slots
        .clone()
        .zip(&served.power_kw)
        .map(|(step, kw)| plan.load_kw(step) - plan.generation_kw(step) - kw)
        .collect();
    let prices = |of: &[f64]| of[slots.clone()].to_vec();
    let [import, export] = [prices(plan.import_price_per_kwh()), prices(plan.export_price_per_kwh())];
    let cost = |(at, step): (usize, usize)| {
        let limits = [plan.import_limit_kw(step), plan.export_limit_kw(step)];
        SlotCost::at_site(net_load_kw[at], import[at], export[at], limits)
    };
    let costs: Vec<SlotCost> = slots.clone().enumerate().map(cost).collect();
    let cost_of = |power_kw: &[f64]| power_kw.iter().zip(&costs).map(|(kw, cost)| cost.of(*kw, fleet.slot_h())).sum();
    let uncontrolled = FleetPlan { cost: cost_of(&served.power_kw), power_kw: served.power_kw };
    let least_cost = fleet.least_convex_cost(&costs)?;
    let shared = fleet.disaggregate(&least_cost.power_kw).expect("a plan of the fleet can be shared among its cars");
    let course = |(i, (load, number)): (usize, &(String, usize))| CarCourse {
        load: load.clone(),
        number: *number,
        first_slot: fleet.sessions()[i].from_slot as usize,
        power_kw: shared.session_kw(i).to_vec(),
    };
    let courses = cars.names.iter().enumerate().map(course).collect();
    let bids = match window {
        Some(window) => {
            let window = window.start - slots.start..window.end - slots.start;
            Some(bids(&fleet, &least_cost, &costs, window)?)
        }
        None => None,
    };
    let report = FleetReport {
        site: site.scenario.name.clone(),
        currency: site.scenario.currency.clone(),
        sessions: fleet.sessions().len(),
        slot_h: fleet.slot_h(),
        time: slots.clone().map(|step| site.clock.label(step)).collect(),
        import_price_per_kwh: import,
        export_price_per_kwh: export,
        net_load_kw,
        too_short_kwh: served.too_short_kwh,
        envelope: fleet.envelope(),
        uncontrolled,
        least_cost,
        rows: rows(&fleet),
        bids,
        notes: notes(question, served.too_short_kwh, served.after_kwh),
    };
    Ok((report, courses))
}

fn notes(question: &FlexibilityQuestion, too_short_kwh: f64, after_kwh: f64) -> Vec<String> {
    let mut notes =
        vec!["costs are those of energy at the site's prices; demand charges and storage are no part of them".into()];
    if too_short_kwh > 0.0 {
        notes.push(format!("{too_short_kwh:.1} kWh are not asked for: stays are too short for them"));
    }
    if after_kwh > 1e-9 {
        notes.push(format!("{after_kwh:.1} kWh are not asked for: the run ends before they would be drawn"));
    }
    if question.give_back.is_some() {
        notes.push("cars give back without losses: an upper value of what they can do".into());
    }
    notes
}

/// The sessions of some days.
struct Cars {
    tasks: Vec<Task>,
    /// The load and the number in it of each.
    names: Vec<(String, usize)>,
}

impl Cars {
    fn that_arrive(site: &Loaded, days: Range<usize>) -> Self {
        let step_s = i64::from(site.scenario.calendar.step_s);
        let end_s = site.scenario.calendar.steps() as i64 * step_s;
        let within = days.start as i64 * step_s..days.end as i64 * step_s;
        let mut cars = Self { tasks: Vec::new(), names: Vec::new() };
        for load in &site.scenario.loads {
            let arrives = |task: &Task| within.contains(&task.from_s) && task.from_s < end_s;
            for (number, task) in load.tasks.iter().enumerate().filter(|(_, task)| arrives(task)) {
                let (energy_kwh, power_max_kw) = (load.scale * task.energy_kwh, load.scale * task.power_max_kw);
                cars.tasks.push(Task { energy_kwh, power_max_kw, ..*task });
                cars.names.push((load.name.clone(), number));
            }
        }
        cars
    }

    fn fleet(
        &self,
        tasks: &[Task],
        slots: u32,
        step_s: u32,
        give_back: Option<GiveBack>,
    ) -> Result<FleetFlexibility, Problems> {
        if let Some(GiveBack { discharge_max_kw, reserve_kwh }) = give_back {
            let mut problems = Problems::none();
            problems.require_range("discharge_max_kw", discharge_max_kw, 0.0, 1e3);
            problems.require_range("reserve_kwh", reserve_kwh, 0.0, 1e3);
            problems.or_else(|| ())?;
        }
        let session = |task: &Task| {
            // Every task arrives within the slots, so each is there.
            let session = FlexibleSession::of_task(task, slots, step_s)?;
            Some(match give_back {
                Some(give) => session.giving_back(give.discharge_max_kw, give.reserve_kwh, session.energy_most_kwh),
                None => session,
            })
        };
        FleetFlexibility::new(tasks.iter().filter_map(session).collect(), slots, step_s)
    }
}

/// The steps of the days on which sessions are to arrive.
fn days_asked(site: &Loaded, question: &FlexibilityQuestion) -> Result<Range<usize>, Problems> {
    let days: Vec<(String, Range<usize>)> = site.clock.days().map(|(date, steps)| (date.to_string(), steps)).collect();
    let first = match &question.from {
        Some(from) => days.iter().position(|(date, _)| date == from).ok_or_else(|| {
            let run = format!("{} to {}", days[0].0, days[days.len() - 1].0);
            Problem::new("from", "is no day of the run").value(from).allowed(run)
        })?,
        None => {
            let step_s = i64::from(site.scenario.calendar.step_s);
            let arrivals = site.scenario.loads.iter().flat_map(|load| load.tasks.iter()).map(|task| task.from_s);
            let Some(earliest) = arrivals.filter(|from_s| *from_s >= 0).min() else {
                let problem = Problem::new("demand.sessions", "has no session that arrives in the run");
                return Err(problem
                    .hint("flexibility is that of [[demand.sessions]] and [[demand.deferrable]]")
                    .into());
            };
            let step = (earliest / step_s) as usize;
            days.iter().position(|(_, steps)| steps.contains(&step)).unwrap_or(0)
        }
    };
    let last = (first + question.days.max(1)).min(days.len()) - 1;
    Ok(days[first].1.start..days[last].1.end)
}

/// The steps of `07:00-09:00` on the first day.
fn window(site: &Loaded, days: &Range<usize>, text: &str) -> Result<Range<usize>, Problems> {
    let refused = |message: &str| {
        let problem = Problem::new("window", message).value(text);
        problem.allowed("two times of the first day on borders of steps, such as 17:00-19:00")
    };
    let time = |part: &str| {
        let digits = part.len() == 5
            && part.bytes().enumerate().all(|(i, b)| (i == 2) == (b == b':') && (i == 2 || b.is_ascii_digit()));
        digits.then(|| part.to_owned())
    };
    let ends = text.split_once('-').and_then(|(from, until)| Some((time(from.trim())?, time(until.trim())?)));
    let (from, until) = ends.ok_or_else(|| refused("is no window of time"))?;
    let date = site.clock.label(days.start)[..10].to_owned();
    let is_of_day = |step: &usize| site.clock.label(*step).starts_with(&date);
    let of_day: Vec<(usize, String)> =
        days.clone().take_while(is_of_day).map(|step| (step, site.clock.label(step)[11..16].to_owned())).collect();
    let at = |time: &str| of_day.iter().find(|(_, label)| label == time).map(|(step, _)| *step);
    let day_end = of_day.last().map_or(days.start, |(step, _)| step + 1);
    let end = if until == "24:00" { Some(day_end) } else { at(&until) };
    match (at(&from), end) {
        (Some(start), Some(end)) if start < end => Ok(start..end),
        _ => Err(refused("is no window of the first day").into()),
    }
}

fn bids(
    fleet: &FleetFlexibility,
    plan: &FleetPlan,
    costs: &[SlotCost],
    window: Range<usize>,
) -> Result<FleetBids, Problems> {
    if window.end > fleet.slots() {
        let problem = Problem::new("window", "reaches beyond the last session's departure");
        return Err(problem.hint("name an earlier window, or more days").into());
    }
    let range = fleet.bid_range(plan, costs, window.clone())?;
    let share = |i: i64| if i < 0 { range.down_kw } else { range.up_kw } * i as f64 / BIDS as f64;
    let mut changes: Vec<f64> = (-(BIDS as i64)..=BIDS as i64).map(share).collect();
    changes.dedup();
    let curve = fleet.bid_curve(plan, costs, window.clone(), &changes)?.into_iter().flatten().collect();
    Ok(FleetBids { window, range, curve })
}

/// The slots in rows of whole hours, with the exact limits of each row.
fn rows(fleet: &FleetFlexibility) -> Vec<FleetRow> {
    let slots = fleet.slots();
    let per_hour = (1.0 / fleet.slot_h()).round().max(1.0) as usize;
    let lengths = [1, 2, 3, 4, 6, 12].iter().map(|hours| hours * per_hour);
    let length = lengths.chain((1..).map(|days| 24 * days * per_hour)).find(|length| slots.div_ceil(*length) <= ROWS);
    let length = length.unwrap_or(slots);
    let row = |start: usize| {
        let row = start..(start + length).min(slots);
        let within: Vec<bool> = (0..slots).map(|slot| row.contains(&slot)).collect();
        let hours = row.len() as f64 * fleet.slot_h();
        let (most_kw, least_kw) = (fleet.most_kwh(&within) / hours, fleet.least_kwh(&within) / hours);
        FleetRow { slots: row, most_kw, least_kw }
    };
    (0..slots).step_by(length).map(row).collect()
}
