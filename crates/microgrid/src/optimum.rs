//! The optimum of a plan: by the exact plan where it reaches, by linear programme elsewhere.

use std::sync::Arc;

use microgrid_core::demand::{StationSchedule, SwapStation};
use microgrid_core::dispatch::{Bound, BoundKind, CheapestRule, Controller, Dispatch, OptimalPlan, WiderBound};
use microgrid_core::simulation::{PlanCache, RunEnd};
use microgrid_core::utility::{DemandCharge, Ratchet};
use microgrid_core::{Outcome, Plan, Problem, Problems, Series, simulate};
use microgrid_optimizer::{Decisions, LpBound, LpPlan, Settings, Unsolved};

/// Most steps, times batteries, of a site of which a linear programme proves a bound that nobody asked a plan for: a year of
/// quarter hours, some seconds.
const BOUND_MOST: usize = 40_000;

/// The same for the strategy `optimal`, where the exact plan gives a plan too: a year of five minutes, 11 s and 0.9 GB. Time and
/// memory grow faster than the size: a year of minutes took 84 s and 4.5 GB.
const PLAN_MOST: usize = 120_000;

/// A plan's optimum, solved once for the strategy `optimal` and for the bound.
pub(crate) struct Optimum {
    exact: Result<Arc<OptimalPlan>, Problems>,
    /// Where the exact plan does not reach.
    programme: Option<Result<LpPlan, Unsolved>>,
    /// Where there is no exact plan, which tries the rules itself.
    rule: Option<CheapestRule>,
    /// Where the site has charging stations, with their cars planned.
    managed: Option<Box<Managed>>,
    bound: Bound,
    follows: Follows,
}

/// The optimum beside a plan of the cars at charging stations.
struct Managed {
    schedules: Arc<[Arc<StationSchedule>]>,
    swap_plans: Arc<[Option<Series>]>,
    /// Of the site whose stations follow it.
    optimum: Optimum,
    /// The programme's plan, where it costs less, as with batteries that differ.
    programme: Option<LpPlan>,
    objective: Option<f64>,
    /// Of the programme that planned them, where it is one of the site as it is.
    proven: Option<LpBound>,
}

/// What `optimal` follows: the cheapest known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Follows {
    /// The exact plan, or a rule that it found cheaper.
    Exact,
    Programme,
    Rule,
    Managed,
}

impl Optimum {
    pub(crate) fn of(plan: &Plan) -> Self {
        Self::beside(plan, OptimalPlan::solve(plan).map(Arc::new))
    }

    /// As [`Optimum::of`], with the exact plan or why there is none.
    fn beside(plan: &Plan, exact: Result<Arc<OptimalPlan>, Problems>) -> Self {
        let managed = if size(plan) <= PLAN_MOST { Managed::of(plan) } else { None };
        Self::beside_managed(plan, exact, managed)
    }

    fn beside_managed(plan: &Plan, exact: Result<Arc<OptimalPlan>, Problems>, managed: Option<Managed>) -> Self {
        let bound = Bound::with(plan, exact.as_ref());
        let reaches = bound.objective.is_some() && !leaves_charges_out(plan);
        // Where nothing else plans, the programme does, however long it takes.
        let programme =
            (!reaches && (exact.is_err() || size(plan) <= PLAN_MOST)).then(|| microgrid_optimizer::plan(plan));
        let rule = if exact.is_err() { CheapestRule::of(plan) } else { None };
        let managed = managed.map(Box::new);
        let mut found = Self { exact, programme, rule, managed, bound, follows: Follows::Exact };
        found.follow_the_cheapest(plan);
        found.take_up_programmes_bound(plan);
        found.take_up_stations_bound(plan);
        if !reaches && found.programme.is_none() {
            found.take_up_windows(plan);
        }
        found
    }

    /// Takes the programme's plan where it costs less than the exact plan or the best rule.
    fn follow_the_cheapest(&mut self, plan: &Plan) {
        let planned = self.programme.as_ref().and_then(|planned| planned.as_ref().ok());
        let planned = planned.map(LpPlan::outcome).filter(|run| run.status.is_completed());
        let ends_well = |run: &&Outcome| plan.scenario().run_end == RunEnd::Value || !run.ends_below_start();
        let of_programme = planned.filter(ends_well).map(|run| (run.money.objective, Follows::Programme));
        let of_rule = self.rule.as_ref().map(|rule| (rule.objective(), Follows::Rule));
        let of_managed = self.managed.as_ref().and_then(|managed| managed.objective);
        let of_managed = of_managed.map(|objective| (objective, Follows::Managed));
        for (objective, follows) in of_programme.into_iter().chain(of_rule).chain(of_managed) {
            if self.bound.optimal_objective.is_none_or(|known| objective < known) {
                (self.bound.optimal_objective, self.follows) = (Some(objective), follows);
            }
        }
    }

    /// Takes the programme's bound where it is higher.
    fn take_up_programmes_bound(&mut self, plan: &Plan) {
        let Some(programme) = &self.programme else { return };
        // The programme plans with the batteries at the start; what none of them can beat are new ones.
        let new = plan.with_new_batteries();
        let proven = match (&new, programme) {
            (Some(_), _) if !plan.new_batteries_bound() => return,
            (Some(new), _) => microgrid_optimizer::bound(new),
            (None, Ok(planned)) => planned.certificate().checked.bound.clone(),
            // Duals of a poor solve prove something too.
            (None, Err(_)) => microgrid_optimizer::bound(plan),
        };
        if proven.objective.is_finite() && self.bound.objective.is_none_or(|exact| exact < proven.objective) {
            (self.bound.objective, self.bound.kind, self.bound.reasons) = parts(&proven);
            if new.is_some() {
                self.bound.kind = BoundKind::Relaxation;
                self.bound.reasons.push(Bound::AS_NEW.into());
            }
        }
    }

    /// Takes the bound of the programme that decides about charging stations too, where it is higher: it is no lower than one
    /// without them.
    fn take_up_stations_bound(&mut self, plan: &Plan) {
        let Some(proven) = self.managed.as_ref().and_then(|managed| managed.proven.as_ref()) else { return };
        if proven.objective.is_finite() && self.bound.objective.is_none_or(|known| known < proven.objective) {
            (self.bound.objective, self.bound.kind, self.bound.reasons) = parts(proven);
            if plan.with_new_batteries().is_some() {
                self.bound.kind = BoundKind::Relaxation;
                self.bound.reasons.push(Bound::AS_NEW.into());
            }
            self.bound.decisions = decided(plan);
        }
    }

    /// Takes the bound of weighted windows where it is higher.
    fn take_up_windows(&mut self, plan: &Plan) {
        let Some(windows) = Bound::of_windows(plan) else { return };
        if windows.objective > self.bound.objective {
            (self.bound.objective, self.bound.kind, self.bound.reasons) =
                (windows.objective, windows.kind, windows.reasons);
        }
    }

    /// The strategy `optimal`.
    pub(crate) fn controller(&self) -> Result<Controller, Problems> {
        if let (Follows::Managed, Some(managed)) = (self.follows, &self.managed) {
            let controller = match &managed.programme {
                Some(planned) => planned.controller().as_optimal("linear_programme"),
                None => managed.optimum.controller()?.with_station_schedules(managed.schedules.clone()),
            };
            return Ok(controller.with_swap_plans(managed.swap_plans.clone()));
        }
        match (self.follows, &self.programme, &self.rule, &self.exact) {
            (Follows::Programme, Some(Ok(planned)), ..) => Ok(planned.controller().as_optimal("linear_programme")),
            (Follows::Rule, _, Some(rule), _) => Ok(rule.controller()),
            (.., Ok(exact)) => Ok(Controller::optimal(exact)),
            (_, Some(Err(unsolved)), ..) => Err(Problem::new("dispatch.strategy", unsolved.to_string()).into()),
            (.., Err(problems)) => Err(problems.clone()),
        }
    }

    /// The higher of what the exact plan and the linear programme prove.
    #[cfg(all(feature = "report", feature = "runner"))]
    pub(crate) fn bound(&self) -> &Bound {
        &self.bound
    }
}

impl Managed {
    /// Plans what the cars at charging stations draw, by linear programme, and storage beside it; `None` where the site has no
    /// stations. What else is flexible follows its own rule.
    fn of(plan: &Plan) -> Option<Self> {
        let stations = &plan.scenario().stations;
        let swap_stations = &plan.scenario().swap_stations;
        let any_swaps = swap_stations.iter().any(SwapStation::is_planned);
        if stations.iter().all(|station| station.sessions.is_empty()) && !any_swaps {
            return None;
        }
        let settings = Settings { decisions: Decisions::StorageAndStations, tolerance: 1e-7, ..Settings::default() };
        let alone = plan.with_planned_uses_alone();
        let planned = microgrid_optimizer::plan_stations(alone.as_ref().unwrap_or(plan), &settings);
        let schedules = planned.station_schedules().clone();
        // Of the swap stations the programme knows those alone that it decides.
        let mut planned_swaps = planned.swap_plans().iter();
        let of_station = |station: &SwapStation| station.is_planned().then(|| planned_swaps.next().cloned()).flatten();
        let swap_plans: Arc<[Option<Series>]> = swap_stations.iter().map(of_station).map(Option::flatten).collect();
        let following = plan.with_use_plans(&schedules, &swap_plans).ok()?;
        let exact = OptimalPlan::solve(&following).map(Arc::new);
        let optimum = Optimum::beside_managed(&following, exact, None);
        // Where undelivered energy has no cost the least objective is that of serving nobody, which no plan is for.
        let is_priced = stations.iter().all(|station| station.undelivered_cost_per_kwh > 0.0);
        // The programme takes batteries as they are at the start, which aged ones do not beat where less is never dearer.
        let new = plan.with_new_batteries();
        let proven = (is_priced && (new.is_none() || plan.new_batteries_bound())).then(|| match (&alone, &new) {
            (None, None) => planned.certificate().checked.bound.clone(),
            (_, new) => microgrid_optimizer::bound_with(new.as_ref().unwrap_or(plan), &settings),
        });
        let directly = simulate(plan, planned.controller().with_swap_plans(swap_plans.clone()));
        let ends_well = plan.scenario().run_end == RunEnd::Value || !directly.ends_below_start();
        let directly = (directly.status.is_completed() && ends_well).then_some(directly.money.objective);
        let followed = optimum.bound.optimal_objective;
        let programme = directly.filter(|cost| followed.is_none_or(|followed| *cost < followed)).and(Some(planned));
        let objective = if programme.is_some() { directly } else { followed };
        Some(Self { schedules, swap_plans, optimum, programme, objective, proven })
    }
}

/// Whether a strategy fits a plan. `optimal` fits every one: where the exact plan does not reach it is planned by linear
/// programme.
///
/// # Errors
/// As [`Dispatch::fits`], for all strategies but `optimal`.
pub fn fits(dispatch: &Dispatch, plan: &Plan) -> Result<(), Problems> {
    if *dispatch == Dispatch::Optimal { Ok(()) } else { dispatch.fits(plan) }
}

/// Makes a built-in strategy ready for a plan. `optimal` follows the cheapest known: the exact plan, or where that does not
/// reach, such as with batteries that differ or demand windows longer than a step, the plan of a linear programme, or a
/// rule that costs less than either; [`Controller::follows`] says which. Where the site has charging stations, what their cars
/// draw is planned too, by linear programme, whichever schedulers the stations have.
///
/// # Errors
/// Settings out of range; a site that the strategy does not fit; a linear programme that is not solved.
pub fn controller(dispatch: &Dispatch, plan: &Plan) -> Result<Controller, Problems> {
    controller_with(dispatch, plan, &mut PlanCache::default())
}

/// As [`controller`], taking what is shared from `cache`.
///
/// # Errors
/// As [`controller`].
pub(crate) fn controller_with(dispatch: &Dispatch, plan: &Plan, cache: &mut PlanCache) -> Result<Controller, Problems> {
    if *dispatch != Dispatch::Optimal {
        return Controller::built_in_with(dispatch, plan, cache);
    }
    match OptimalPlan::solve(plan).map(Arc::new) {
        Ok(exact) if exact.lower().is_some() && !leaves_charges_out(plan) && plan.planned_uses() == 0 => {
            Ok(Controller::optimal(&exact))
        }
        exact => Optimum::beside(plan, exact).controller(),
    }
}

/// The least objective that any strategy can reach on a plan, as far as it is proven: by the exact plan, which takes
/// milliseconds, or, on sites it does not reach, such as of batteries that differ, by linear programme, which takes about
/// a second a year of hours. Sites of more steps than a year of quarter hours are given no programme: theirs is the exact
/// plan's under prices that stand for demand windows ([`Bound::of_windows`]), or none, and [`Bound::reasons`] says so.
#[must_use]
pub fn bound(plan: &Plan) -> Bound {
    if size(plan) <= BOUND_MOST {
        return Optimum::of(plan).bound;
    }
    // Also of `optimal` nothing is planned here: under windows that would take dozens of sweeps more.
    if let Some(windows) = Bound::of_windows(plan) {
        return windows;
    }
    let mut bound = Bound::of(plan);
    if bound.objective.is_none() || leaves_charges_out(plan) {
        let (steps, most) = (plan.steps(), BOUND_MOST);
        bound.reasons.push(format!(
            "no linear programme of {steps} steps: beyond {most} it is solved for the strategy optimal only"
        ));
    }
    bound
}

/// Steps times batteries, with which the time of a linear programme grows.
fn size(plan: &Plan) -> usize {
    plan.steps() * plan.scenario().storage.len().max(1)
}

/// The least objective that could be reached if charging sessions and shiftable loads were drawn at the best times within
/// their windows, by linear programme; `None` where the site has none, or nothing is proven. No run moves them: it is
/// what managing them could be worth at most.
#[must_use]
pub fn wider_bound(plan: &Plan) -> Option<WiderBound> {
    let scenario = plan.scenario();
    if scenario.loads.iter().all(|load| load.tasks.is_empty()) {
        return None;
    }
    // The bound is proven whatever the solver's accuracy; more of it costs time on some hundred thousand columns.
    let settings = Settings { decisions: Decisions::StorageAndTasks, tolerance: 1e-7, ..Settings::default() };
    let (objective, kind, reasons) = parts(&microgrid_optimizer::bound_with(plan, &settings));
    let decisions = if scenario.gensets.is_empty() {
        "storage, sessions and shiftable loads"
    } else {
        "storage, gensets, sessions and shiftable loads"
    };
    objective.map(|objective| WiderBound { objective, kind, decisions, reasons })
}

fn parts(proven: &LpBound) -> (Option<f64>, BoundKind, Vec<String>) {
    let reasons: Vec<String> = proven.relaxations.iter().map(ToString::to_string).collect();
    let kind = if reasons.is_empty() { BoundKind::LpDual } else { BoundKind::Relaxation };
    (Some(proven.objective).filter(|objective| objective.is_finite()), kind, reasons)
}

/// What the programme decides at a site with stations.
fn decided(plan: &Plan) -> &'static str {
    let scenario = plan.scenario();
    let swaps = scenario.swap_stations.iter().any(SwapStation::is_planned);
    match (scenario.gensets.is_empty(), scenario.stations.is_empty(), swaps) {
        (true, _, false) => "storage and charging stations",
        (true, true, true) => "storage and swap stations",
        (true, false, true) => "storage, charging and swap stations",
        (false, _, false) => "storage, gensets and charging stations",
        (false, true, true) => "storage, gensets and swap stations",
        (false, false, true) => "storage, gensets, charging and swap stations",
    }
}

/// Whether the linear programme has charges as they are that the exact plan leaves out or prices by a tangent: demand over
/// windows longer than a step and beside gensets, ratchets on the run's own months, and blocks of energy that rise.
fn leaves_charges_out(plan: &Plan) -> bool {
    let scenario = plan.scenario();
    let priced = |price: &f64| *price > 0.0;
    let mut charges = scenario.tariff.demand.iter().filter(|charge| charge.price_per_kw.iter().any(priced));
    let looks_back = |ratchet: &Ratchet| ratchet.percent > 0.0 && scenario.calendar.months.len() > 1;
    let leaves_out = |charge: &DemandCharge| {
        charge.window_s > scenario.calendar.step_s
            || !scenario.gensets.is_empty()
            || charge.ratchet.as_ref().is_some_and(looks_back)
    };
    charges.any(leaves_out) || microgrid_optimizer::takes_blocks(plan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::Month;
    use crate::utility::{BlockCount, BlockPrices};
    use crate::{Battery, Calendar, Load, Price, PriceComponent, Scenario, Tariff, run};

    /// A full battery without losses.
    fn lossless(capacity_kwh: f64) -> Battery {
        Battery {
            charge_efficiency: 1.0,
            discharge_efficiency: 1.0,
            soc_min: 0.0,
            soc_max: 1.0,
            initial_soc: 1.0,
            reserve_soc: 0.0,
            ..Battery::lithium_iron_phosphate(capacity_kwh, 100.0)
        }
    }

    /// Three days of hours, and two batteries that differ.
    fn unlike() -> Scenario {
        let mut site = Scenario::new("site", Calendar::days(3600, 3));
        site.loads.push(Load::new("load", (0..72).map(|hour| f64::from(hour % 24)).collect::<Vec<_>>()));
        site.tariff = Tariff::flat(0.8, 0.3).into();
        let worn = Battery { charge_efficiency: 0.8, ..Battery::lithium_iron_phosphate(30.0, 5.0) };
        site.storage = vec![Battery::lithium_iron_phosphate(20.0, 10.0), worn];
        site.stored_value_per_kwh = Some(0.0);
        site
    }

    #[test]
    fn batteries_that_differ_are_planned_and_bounded_by_linear_programme() {
        let site = unlike();
        let strategies = [Dispatch::Idle, Dispatch::SelfConsumption, Dispatch::TimeOfUse, Dispatch::Optimal];
        let outcomes = run(&site, &strategies, None).unwrap();
        for outcome in &outcomes {
            let (bound, gap) = (outcome.bound.as_ref().unwrap(), outcome.gap.as_ref().unwrap());
            assert_eq!((bound.kind, bound.kind.name(), bound.reasons.len()), (BoundKind::LpDual, "lp_dual", 0));
            // What the stores hold at the start is all there is to gain: nothing else varies.
            let gained = 0.8 * 0.95 * (0.4 * 20.0 + 0.4 * 30.0);
            let least = outcome.energy.load_kwh * 0.8 - gained;
            assert!((bound.objective.unwrap() - least).abs() < 1e-6 * least, "{bound:?} {least}");
            assert!(gap.gap >= -1e-9, "{gap:?}");
            let parts: f64 = gap.parts.iter().map(|part| part.amount).sum();
            assert!((parts - gap.gap).abs() < 1e-9, "{gap:?}");
        }
        let optimal = outcomes.last().unwrap();
        assert_eq!((optimal.strategy.as_str(), optimal.foresight.as_str()), ("optimal", "perfect"));
        assert!(optimal.gap.as_ref().unwrap().gap < 1e-6 * optimal.money.objective, "{:?}", optimal.gap);
        assert!(optimal.notes.iter().any(|note| note.contains("follows")), "{:?}", optimal.notes);
        let controller = controller(&Dispatch::Optimal, &Plan::compile(&site).unwrap()).unwrap();
        // The programme, or a rule that costs as little.
        assert!(controller.name() == "optimal" && controller.follows().is_some(), "{:?}", controller.follows());
    }

    /// Batteries that differ in size only are one storage, but under negative prices they could burn energy against each
    /// other, which the exact plan of their sum cannot: it proves nothing, and the programme, which lets each do both at
    /// once, takes over. Were the sum's hull given as the bound, the strategy that burns would be below it.
    #[test]
    fn several_batteries_under_negative_prices_are_handed_to_the_linear_programme() {
        let mut site = Scenario::new("site", Calendar::days(3600, 1));
        site.loads.push(Load::new("load", 1.0));
        let half = Battery {
            charge_efficiency: 0.5,
            discharge_efficiency: 0.5,
            initial_soc: 0.5,
            ..Battery::lithium_iron_phosphate(40.0, 10.0)
        };
        site.storage = vec![half.clone(), half.clone()];
        // Export costs as much as import pays: only burning energy gains.
        let price = || {
            let price = Price::Steps(vec![-0.5; 24].into());
            vec![PriceComponent { name: "spot".into(), price }]
        };
        site.tariff = Tariff { import: price(), export: price(), ..Tariff::default() }.into();
        site.stored_value_per_kwh = Some(0.0);
        let plan = Plan::compile(&site).unwrap();
        assert_eq!(OptimalPlan::solve(&plan).unwrap().lower(), None);
        let found = bound(&plan);
        assert_eq!(
            (found.kind, found.reasons.as_slice()),
            (BoundKind::Relaxation, &["charge_with_discharge".into()][..])
        );
        // Hour by hour one charges what the other gives, and they change places: 20 kW of import less what comes back.
        let burn = |view: &crate::Site, ask: &mut crate::Request| {
            let (giver, taker) = if view.step().is_multiple_of(2) { (0, 1) } else { (1, 0) };
            ask.battery(taker).charge(view.batteries()[taker].charge_limit_kw());
            ask.battery(giver).discharge(0.25 * view.batteries()[giver].discharge_limit_kw());
        };
        let burnt = crate::simulate(&plan, Controller::own("burn", "none", Box::new(burn)));
        let one = Battery { capacity_kwh: 80.0, charge_max_kw: 20.0, discharge_max_kw: 20.0, ..half };
        let sum = Plan::compile(&Scenario { storage: vec![one], ..site.clone() }).unwrap();
        let of_sum = OptimalPlan::solve(&sum).unwrap().lower().unwrap();
        assert!(found.objective.unwrap() <= burnt.money.objective, "{found:?} {}", burnt.money.objective);
        assert!(found.objective.unwrap() < of_sum, "the programme may burn: {found:?} {of_sum}");
        let outcomes = run(&site, &[Dispatch::Idle, Dispatch::Optimal], None).unwrap();
        assert!(outcomes.iter().all(|outcome| outcome.gap.as_ref().is_some_and(|gap| gap.gap >= 0.0)));
    }

    /// Two cars behind a limit, and dear hours before cheap ones: whatever their scheduler, `optimal` plans them, to the bound.
    #[test]
    fn cars_at_stations_are_planned_to_the_bound() {
        use crate::demand::{ChargingSession, PowerLimit, Station, Supply};
        let mut site = Scenario::new("site", Calendar::days(3600, 2));
        site.loads.push(Load::new("load", 3.0));
        site.storage.push(lossless(8.0));
        site.stored_value_per_kwh = Some(0.2);
        let price = Price::Steps((0..48).map(|hour| if hour % 24 < 12 { 0.9 } else { 0.2 }).collect());
        let import = vec![PriceComponent { name: "energy".into(), price }];
        site.tariff = Tariff { import, ..Tariff::default() }.into();
        let supply = Supply::Power { power_max_kw: 10.0, power_min_kw: 0.0, efficiency: 0.9 };
        let mut station = Station { undelivered_cost_per_kwh: 5.0, ..Station::of_bays(2, supply) };
        station.limits = vec![PowerLimit { name: "feeder".into(), power_max_kw: 12.0, within: None }];
        station.bays.iter_mut().for_each(|bay| bay.limit = Some(0));
        station.sessions = [ChargingSession::new(6 * 3600, 20 * 3600, 36.0); 2].into();
        site.stations = vec![station];
        let strategies = [Dispatch::Idle, Dispatch::SelfConsumption, Dispatch::TimeOfUse, Dispatch::Optimal];
        let outcomes = run(&site, &strategies, None).unwrap();
        let optimal = &outcomes[3];
        let (bound, gap) = (optimal.bound.as_ref().unwrap(), optimal.gap.as_ref().unwrap());
        assert_eq!((bound.kind, bound.decisions), (BoundKind::LpDual, "storage and charging stations"));
        assert!(gap.gap.abs() < 1e-5 * optimal.money.objective, "{gap:?}");
        // 80 kWh at the cheap price, and the battery's 8 kWh twice at the dear one: 8 of them were there.
        let expected = 3.0 * 24.0 * (0.9 + 0.2) + 80.0 * 0.2 - 16.0 * 0.9 + 8.0 * 0.2 + 8.0 * 0.2;
        assert!((optimal.money.objective - expected).abs() < 1e-5, "{} {expected}", optimal.money.objective);
        for other in &outcomes[..3] {
            assert!(other.money.objective > optimal.money.objective + 40.0, "{}", other.strategy);
        }
        // Unpriced, everybody is served all the same, and nothing is proven about it.
        site.stations[0].undelivered_cost_per_kwh = 0.0;
        let optimal = run(&site, &[Dispatch::Optimal], None).unwrap().remove(0);
        assert!((optimal.money.objective - expected).abs() < 1e-5, "{}", optimal.money.objective);
        assert_eq!(optimal.bound.unwrap().decisions, "storage");
    }

    /// A charge on the mean of four quarter hours, at quarter-hourly steps: the exact plan leaves it out, and the
    /// programme has it. Its peak is known by hand: 8 kWh come from the battery in the hour of 40 kW.
    #[test]
    fn demand_windows_longer_than_the_step_are_in_the_bound() {
        let mut site = Scenario::new("site", Calendar::days(900, 1));
        // 10 kW, but for an hour of 20, 60, 20, 60 kW.
        let load = |quarter: usize| match quarter {
            48 | 50 => 20.0,
            49 | 51 => 60.0,
            _ => 10.0,
        };
        site.loads.push(Load::new("load", (0..96).map(load).collect::<Vec<_>>()));
        site.storage = vec![lossless(8.0)];
        site.tariff = Tariff { demand: vec![DemandCharge::new("peak", 5.0, 3600)], ..Tariff::flat(0.5, 0.0) }.into();
        site.stored_value_per_kwh = Some(0.5);
        let plan = Plan::compile(&site).unwrap();
        let exact = Bound::of(&plan);
        assert!(exact.reasons.iter().any(|reason| reason.contains("windows longer than a step")), "{exact:?}");
        let energy: f64 = (0..96).map(load).sum::<f64>() * 0.25 * 0.5;
        assert!((exact.objective.unwrap() - energy).abs() < 1e-9, "{exact:?} {energy}");
        let found = bound(&plan);
        assert_eq!((found.kind, found.reasons.len()), (BoundKind::LpDual, 0), "{found:?}");
        let expected = energy + 5.0 * (40.0 - 8.0);
        assert!((found.objective.unwrap() - expected).abs() < 1e-6, "{found:?} {expected}");
        let optimal = run(&site, &[Dispatch::Optimal], None).unwrap().remove(0);
        assert!((optimal.money.objective - expected).abs() < 1e-6, "{}", optimal.money.objective);
    }

    /// A night of 40 kWh at 10 kW: at once it costs the first hours' price, at best the cheapest four hours'.
    #[test]
    fn the_wider_bound_moves_what_can_wait() {
        let mut site = Scenario::new("site", Calendar::days(3600, 1));
        let task = crate::demand::Task { from_s: 0, until_s: 8 * 3600, energy_kwh: 40.0, power_max_kw: 10.0 };
        let served = crate::demand::serve(&[task], 24, 3600);
        site.loads.push(Load { tasks: [task].into(), ..Load::new("boiler", served.power_kw) });
        let price = Price::Steps((0..24).map(|hour| if hour < 4 { 0.9 } else { 0.3 }).collect());
        site.tariff =
            Tariff { import: vec![PriceComponent { name: "energy".into(), price }], ..Tariff::default() }.into();
        let plan = Plan::compile(&site).unwrap();
        assert!((bound(&plan).objective.unwrap() - 36.0).abs() < 1e-9);
        let wider = wider_bound(&plan).unwrap();
        assert!((wider.objective - 12.0).abs() < 1e-5 && wider.objective <= 12.0, "{wider:?}");
        assert_eq!((wider.kind, wider.decisions), (BoundKind::LpDual, "storage, sessions and shiftable loads"));
        site.loads[0].tasks = Vec::new().into();
        assert_eq!(wider_bound(&Plan::compile(&site).unwrap()), None);
    }

    /// What the exact plan leaves out the bound has, and the plan: by hand the least cost is `expected`.
    fn assert_by_programme(site: &Scenario, expected: f64) {
        let plan = Plan::compile(site).unwrap();
        let exact = Bound::of(&plan);
        assert!(!exact.reasons.is_empty() && exact.objective.unwrap() < expected - 1.0, "{exact:?} {expected}");
        let found = bound(&plan);
        assert_eq!((found.kind, found.reasons.len()), (BoundKind::LpDual, 0), "{found:?}");
        assert!((found.objective.unwrap() - expected).abs() < 1e-6 * expected, "{found:?} {expected}");
        let optimal = run(site, &[Dispatch::Optimal], None).unwrap().remove(0);
        assert!((optimal.money.objective - expected).abs() < 1e-6 * expected, "{}", optimal.money.objective);
    }

    /// A peak of 20 kW that the battery cuts to 15 is billed in the next month too, whose own is 10 kW.
    #[test]
    fn a_ratchet_on_the_runs_own_months_is_in_the_bound() {
        let month = |day: u32| Month { label: format!("{day}"), first_day: day, share: 1.0 };
        let calendar = Calendar { months: vec![month(0), month(1)], ..Calendar::days(3600, 2) };
        let mut site = Scenario::new("site", calendar);
        let load = |hour: usize| if hour == 12 { 20.0 } else { 10.0 };
        site.loads.push(Load::new("load", (0..48).map(load).collect::<Vec<_>>()));
        site.storage = vec![lossless(5.0)];
        let ratchet =
            Ratchet { look_back_months: 1, percent: 100.0, earlier_peaks_kw: Vec::new(), counted_months: None };
        let charge = DemandCharge { ratchet: Some(ratchet), ..DemandCharge::new("peak", 10.0, 3600) };
        site.tariff = Tariff { demand: vec![charge], ..Tariff::flat(0.5, 0.0) }.into();
        site.stored_value_per_kwh = Some(0.5);
        assert_by_programme(&site, 490.0 * 0.5 + 10.0 * (15.0 + 15.0));
    }

    /// Of 30 kWh stored the last 20 save the cheap block's price, not the dear one's that the site pays without them.
    #[test]
    fn blocks_that_rise_are_in_the_bound() {
        let mut site = Scenario::new("site", Calendar::days(3600, 1));
        site.loads.push(Load::new("load", 110.0 / 24.0));
        site.storage = vec![lossless(30.0)];
        let blocks = BlockPrices {
            periods: vec!["all".into()],
            period_of_step: vec![0; 24].into(),
            up_to_kwh: vec![vec![100.0]],
            price_per_kwh: vec![vec![vec![0.1]], vec![vec![0.5]]],
            counted: BlockCount::Month,
            counter_of_period: vec![0],
        };
        let import = vec![PriceComponent { name: "energy".into(), price: Price::Blocks(blocks) }];
        site.tariff = Tariff { import, ..Tariff::default() }.into();
        site.stored_value_per_kwh = Some(0.0);
        assert_by_programme(&site, 80.0 * 0.1);
    }
}
