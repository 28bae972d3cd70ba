//! A plan by linear programme: solve, check, follow.

use std::sync::Arc;

use microgrid_core::demand::StationSchedule;
use microgrid_core::dispatch::Controller;
use microgrid_core::generation::Genset;
use microgrid_core::simulation::simulate;
use microgrid_core::{Outcome, Plan, Scenario, Series};

use crate::certificate::{Certificate, Checked, LpBound};
use crate::dual_bound::dual_bound;
use crate::error::Unsolved;
use crate::follow_levels::FollowLevels;
use crate::formulation::{Commitment, SiteProgramme, Store, Tie};
use crate::settings::{EndRule, Settings};
use crate::solve::{Solution, solve};
use crate::station_plans::{station_schedules, swap_plans};

/// A plan of every battery's stored energy over the run, checked.
#[derive(Debug, Clone)]
pub struct LpPlan {
    course: Course,
    stations: Arc<[Arc<StationSchedule>]>,
    swap_plans: Arc<[Option<Series>]>,
    moved: Option<Box<Plan>>,
    certificate: Certificate,
    outcome: Outcome,
}

/// What the strategy follows.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    stored_kwh: Arc<[Vec<f64>]>,
    stores: Arc<[Store]>,
    genset_kw: Arc<[Vec<f64>]>,
    run_from_kw: Arc<[f64]>,
    least_net_kw: Arc<[f64]>,
}

/// Share of a step's generation up to which what is left of it is the solver's rounding.
const NOTHING_LEFT: f64 = 1e-6;

impl Course {
    pub(crate) fn new(plan: &Plan, site: &SiteProgramme, values: &[f64]) -> Self {
        let scenario = plan.scenario();
        let stores: Arc<[Store]> = scenario.storage.iter().map(|b| Store::new(b, plan.step_h())).collect();
        let of_battery = |(levels, store): (&Vec<usize>, &Store)| {
            let stored = |level: &usize| store.floor_kwh + values[*level].clamp(0.0, store.span_kwh);
            levels.iter().map(stored).collect()
        };
        let power_of = |steps: &Vec<Commitment>| steps.iter().map(|step| values[step.power]).collect();
        // The solver's zeros are small numbers.
        let run_from = |genset: &Genset| (0.5 * genset.min_kw()).max(1e-4 * genset.rating_kw);
        let value = |variable: Option<usize>| variable.map_or(0.0, |variable| values[variable].max(0.0));
        let least_net = |(step, tie): (usize, &Tie)| {
            let leaves = tie.leaving_gains || value(tie.curtailed) > NOTHING_LEFT * (1.0 + plan.generation_kw(step));
            let asks = plan.grid_is_up(step) && tie.curtailed.is_some() && leaves;
            if asks { value(tie.import) - value(tie.export) } else { f64::NEG_INFINITY }
        };
        Self {
            stored_kwh: site.levels.iter().zip(&*stores).map(of_battery).collect(),
            genset_kw: site.gensets.iter().map(power_of).collect(),
            run_from_kw: scenario.gensets.iter().map(run_from).collect(),
            least_net_kw: site.ties.iter().enumerate().map(least_net).collect(),
            stores,
        }
    }

    pub(crate) fn controller(&self, name: &str) -> Controller {
        let Self { stored_kwh, stores, genset_kw, run_from_kw, least_net_kw } = self.clone();
        let follow = FollowLevels { stored_kwh, stores, genset_kw, run_from_kw, least_net_kw };
        Controller::own(name, "perfect", Box::new(follow))
    }
}

impl LpPlan {
    /// Stored energy that the plan wants at the end of each step, kWh, by battery in the order of the scenario.
    #[must_use]
    pub fn stored_kwh(&self) -> &[Vec<f64>] {
        &self.course.stored_kwh
    }

    /// What is proven of the plan.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// What the plan did when the simulator ran it.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The site with its charging sessions and shiftable loads drawn as planned, each load as plain power; `None` where
    /// they were no decisions ([`crate::Decisions`]).
    #[must_use]
    pub fn moved(&self) -> Option<&Plan> {
        self.moved.as_deref()
    }

    /// What each car of each charging station of the scenario is to draw; empty where that was no decision.
    #[must_use]
    pub fn station_schedules(&self) -> &Arc<[Arc<StationSchedule>]> {
        &self.stations
    }

    /// Charging power of each swap station of the scenario, kW by step; `None` of those that were no decision, and empty where none was.
    #[must_use]
    pub fn swap_plans(&self) -> &Arc<[Option<Series>]> {
        &self.swap_plans
    }

    /// The strategy `lp_plan` that follows the plan, to be run on the plan it was made for, or on [`LpPlan::moved`].
    #[must_use]
    pub fn controller(&self) -> Controller {
        let controller = self.course.controller("lp_plan");
        controller.with_station_schedules(self.stations.clone()).with_swap_plans(self.swap_plans.clone())
    }
}

/// Plans a site's storage over the whole run by linear programme, with perfect foresight.
///
/// # Errors
/// The programme was not solved to the tolerance: a plan of another status is never given.
///
/// # Examples
/// ```
/// use microgrid_core::demand::Load;
/// use microgrid_core::storage::Battery;
/// use microgrid_core::utility::{Price, PriceComponent, Tariff};
/// use microgrid_core::{Calendar, Plan, Scenario, simulate};
///
/// let mut site = Scenario::new("two batteries", Calendar::days(3600, 1));
/// site.loads = vec![Load::new("machines", 10.0)];
/// site.storage = vec![Battery::lithium_iron_phosphate(20.0, 5.0), Battery::lithium_iron_phosphate(60.0, 8.0)];
/// let prices: Vec<f64> = (0..24).map(|hour| if hour < 8 { 0.3 } else { 0.9 }).collect();
/// let price = Price::Steps(prices.into());
/// site.tariff = Tariff { import: vec![PriceComponent { name: "energy".into(), price }], ..Tariff::default() }.into();
///
/// let plan = Plan::compile(&site)?;
/// let best = microgrid_optimizer::plan(&plan)?;
/// let certificate = best.certificate();
/// assert!(certificate.gap >= 0.0 && certificate.gap < 1e-6 * certificate.upper);
/// assert_eq!(simulate(&plan, best.controller()).money.objective, certificate.upper);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn plan(plan: &Plan) -> Result<LpPlan, Unsolved> {
    plan_with(plan, &Settings::default())
}

/// Whether the site's tariff has blocks of energy that the programme takes as they are, where the exact plan prices them by a
/// tangent: their prices rise, alike in all periods counted together, and all import is bought by them.
#[must_use]
pub fn takes_blocks(plan: &Plan) -> bool {
    crate::formulation::convex_blocks(&plan.scenario().tariff).contains(&true)
}

/// As [`plan`], with settings of one's own.
///
/// # Errors
/// As [`plan`]; under [`EndRule::NotBelowStart`] also where self-discharge leaves no way to it.
pub fn plan_with(plan: &Plan, settings: &Settings) -> Result<LpPlan, Unsolved> {
    let site = SiteProgramme::build(plan, settings);
    let solution = solve(&site.programme, settings);
    if !solution.status.is_solved() {
        return Err(Unsolved { status: solution.status, iterations: solution.iterations });
    }
    Ok(followed(plan, settings, &site, &solution))
}

/// As [`plan_with`] for the cars at charging stations, of whatever the solver found: what it lacks in accuracy a run along the plan
/// shows, and its certificate. Meant for sites so large that the last digits take long.
#[must_use]
pub fn plan_stations(plan: &Plan, settings: &Settings) -> LpPlan {
    let site = SiteProgramme::build(plan, settings);
    let solution = solve(&site.programme, settings);
    followed(plan, settings, &site, &solution)
}

/// The solution as a plan, and what comes of it.
fn followed(plan: &Plan, settings: &Settings, site: &SiteProgramme, solution: &Solution) -> LpPlan {
    let course = Course::new(plan, site, &solution.values);
    let moved = Moved::of(plan, site, &solution.values);
    let stations = station_schedules(plan, site, &solution.values);
    let swap_plans = swap_plans(plan, site, &solution.values);
    let controller = course.controller("lp_plan");
    let controller = controller.with_station_schedules(stations.clone()).with_swap_plans(swap_plans.clone());
    let outcome = simulate(moved.plan.as_deref().unwrap_or(plan), controller);
    // A plan of swap stations is of a programme that serves all; the bound's one may lose vehicles.
    let bound = if site.swap_stations.is_empty() { lower_bound(site, solution) } else { bound_with(plan, settings) };
    let certificate = certify((bound, solution.objective), settings.end, &outcome, &course.stored_kwh, &moved);
    LpPlan { course, stations, swap_plans, moved: moved.plan, certificate, outcome }
}

/// A proven lower bound of the objective of every run of `plan`, whatever its strategy.
///
/// It holds whatever the solver did: see [`LpBound::status`].
#[must_use]
pub fn bound(plan: &Plan) -> LpBound {
    bound_with(plan, &Settings::default())
}

/// As [`bound`], with settings of one's own. With an end rule other than [`EndRule::Credit`] it bounds the objective
/// without credit for stored energy.
#[must_use]
pub fn bound_with(plan: &Plan, settings: &Settings) -> LpBound {
    let site = SiteProgramme::build_for_bound(plan, settings);
    let solution = solve(&site.programme, settings);
    lower_bound(&site, &solution)
}

/// The site with its tasks drawn as a solution says, and how well they are served.
struct Moved {
    /// `None` where no tasks are moved, or where the moved loads are no plan (which valid tasks cannot bring about).
    plan: Option<Box<Plan>>,
    /// Value of the energy that tasks do not get, money.
    unserved_cost: f64,
    /// Greatest distance of a group's energy, drawn and not got, from what it wants, kWh.
    error_kwh: f64,
}

impl Moved {
    fn of(plan: &Plan, site: &SiteProgramme, values: &[f64]) -> Self {
        let scenario = plan.scenario();
        let mut moved = Self { plan: None, unserved_cost: 0.0, error_kwh: 0.0 };
        if site.tasks.is_empty() {
            return moved;
        }
        let held = |variable: usize| values[variable].clamp(0.0, site.programme.upper[variable]);
        let mut loads: Vec<_> = scenario.loads.iter().map(|load| load.tasks.is_empty().then(|| load.clone())).collect();
        let mut powers: Vec<Vec<f64>> = site.unmoved_kw(plan);
        let lost_value = plan.value_of_lost_load_per_kwh();
        for group in &site.tasks {
            let drawn: f64 = group.draws.iter().map(|(_, variable)| held(*variable)).sum::<f64>() * plan.step_h();
            let asked = group.unserved.map_or(0.0, held);
            moved.error_kwh = moved.error_kwh.max((drawn + asked - group.energy_kwh).abs());
            let value = lost_value[scenario.loads[group.load].tier as usize];
            moved.unserved_cost += value * (group.energy_kwh - drawn).max(0.0);
            for (step, variable) in &group.draws {
                powers[group.load][*step] += held(*variable);
            }
        }
        for (index, (slot, power)) in loads.iter_mut().zip(powers).enumerate() {
            slot.get_or_insert_with(|| {
                let load = &scenario.loads[index];
                microgrid_core::demand::Load { power_kw: power.into(), scale: 1.0, tasks: Arc::new([]), ..load.clone() }
            });
        }
        let scenario = Scenario { loads: loads.into_iter().flatten().collect(), ..scenario.clone() };
        moved.plan = Plan::compile(&scenario).ok().map(Box::new);
        moved
    }
}

fn lower_bound(site: &SiteProgramme, solution: &Solution) -> LpBound {
    let found = dual_bound(&site.programme, &solution.duals);
    LpBound {
        objective: found.lower,
        rounding: found.rounding,
        relaxations: site.relaxations.clone(),
        status: solution.status,
        iterations: solution.iterations,
    }
}

fn certify(
    (bound, solver_objective): (LpBound, f64),
    end: EndRule,
    outcome: &Outcome,
    stored_kwh: &[Vec<f64>],
    moved: &Moved,
) -> Certificate {
    let credited = match end {
        EndRule::Credit => 0.0,
        EndRule::Free | EndRule::NotBelowStart => outcome.money.stored_credit,
    };
    let short = |battery: &microgrid_core::simulation::BatteryTotals| {
        battery.start_kwh - battery.end_kwh > Checked::END_TOLERANCE_SHARE * battery.start_kwh.max(1.0)
    };
    let breaks_end = end == EndRule::NotBelowStart && outcome.batteries.iter().any(short);
    let upper = if breaks_end || !outcome.status.is_completed() {
        f64::INFINITY
    } else {
        outcome.money.objective + credited + moved.unserved_cost
    };
    let ends = outcome.batteries.iter().zip(stored_kwh).filter_map(|(b, levels)| Some(b.end_kwh - levels.last()?));
    let checked = Checked {
        solver_objective,
        replay_residual_kwh: outcome.energy.residual_kwh,
        end_error_kwh: ends.map(f64::abs).fold(0.0, f64::max),
        task_error_kwh: moved.error_kwh,
        bound,
    };
    Certificate { lower: checked.bound.objective, upper, gap: upper - checked.bound.objective, checked }
}
