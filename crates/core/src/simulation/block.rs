//! L plans packed side by side for the march.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::lane::{Lane, Row};
use super::meter::{BatteryMeters, Meters};
use super::plan::Plan;
use super::plan_handle::PlanHandle;
use super::recourse::Recourse;
use super::roster::Roster;
use crate::demand::Tier;
use crate::dispatch::Controller;
use crate::dispatch::idle::Idle;
use crate::dispatch::lane_strategy::{BatteryLimits, LaneStrategy};
use crate::dispatch::optimal::OptimalLanes;
use crate::dispatch::own::Own;
use crate::dispatch::peak_shaving::PeakShaving;
use crate::dispatch::rolling_horizon::RollingLanes;
use crate::dispatch::self_consumption::SelfConsumption;
use crate::dispatch::time_of_use::TimeOfUse;
use crate::dispatch::{Policy, Wish};
use crate::storage::{Battery, BatteryLanes, BatteryStep};

/// L runs side by side: the same physics, the same bits as L runs alone.
pub struct Block<'p, const L: usize> {
    pub(crate) plans: [PlanHandle<'p>; L],
    /// Of each lane's strategy: name, foresight, what it follows.
    pub(crate) names: [(String, String, Option<String>); L],
    pub(crate) inputs: Inputs<L>,
    pub(crate) site: SiteLanes<L>,
    pub(crate) state: State<L>,
    pub(crate) meters: Meters<L>,
    pub(crate) scratch: Scratch<L>,
    pub(crate) roster: Roster<L>,
    pub(crate) strategy: BlockStrategy<L>,
    /// The first step not yet run.
    pub(crate) next_step: usize,
}

/// The series that the march reads.
pub(crate) struct Inputs<const L: usize> {
    pub(crate) plants: Vec<PlantRow<L>>,
    pub(crate) loads: Vec<LoadRow<L>>,
    pub(crate) import_limit: Row<L>,
    pub(crate) export_limit: Row<L>,
    pub(crate) grid_up: Option<Row<L>>,
    pub(crate) carbon: Option<Row<L>>,
    pub(crate) import_stepwise: Vec<Row<L>>,
    pub(crate) export_stepwise: Vec<Row<L>>,
}

pub(crate) struct PlantRow<const L: usize> {
    pub(crate) power: Row<L>,
    pub(crate) scale: Lane<L>,
    pub(crate) curtailable: bool,
}

pub(crate) struct LoadRow<const L: usize> {
    pub(crate) power: Row<L>,
    pub(crate) scale: Lane<L>,
    pub(crate) tier: Tier,
}

/// The site's parameters that do not change in the run.
pub(crate) struct SiteLanes<const L: usize> {
    pub(crate) step_h: f64,
    pub(crate) batteries: Vec<BatteryLanes<L>>,
    pub(crate) rules: Vec<BatteryRules<L>>,
    /// Whether any battery of any lane leaks, or is barred from grid charging, or from export.
    pub(crate) any_leaks: bool,
    pub(crate) any_barred_charge: bool,
    pub(crate) any_barred_export: bool,
    /// Whether the tie has a finite limit at some step of some lane.
    pub(crate) tie_is_limited: bool,
    /// 1 where the lane has a battery that can form the grid and is not locked out.
    pub(crate) has_former: Lane<L>,
}

/// What a battery may and may not do: 1 for yes, 0 for no.
pub(crate) struct BatteryRules<const L: usize> {
    pub(crate) charge_from_grid: Lane<L>,
    pub(crate) export_to_grid: Lane<L>,
    pub(crate) grid_forming: Lane<L>,
}

/// What the march carries from step to step.
pub(crate) struct State<const L: usize> {
    /// Stored energy of each battery, kWh.
    pub(crate) stored: Vec<Lane<L>>,
    /// Open sums of each battery.
    pub(crate) battery_meters: Vec<BatteryMeters<L>>,
}

/// Room for one step's numbers, so that the march allocates nothing.
pub(crate) struct Scratch<const L: usize> {
    pub(crate) limits: Vec<BatteryLimits<L>>,
    /// Requests, then settled powers, positive into the bus.
    pub(crate) power: Vec<Lane<L>>,
    pub(crate) recourse: Recourse<L>,
    /// What each lane's rule wanted, where a recorder looks on.
    pub(crate) wishes: Vec<Wish>,
    pub(crate) batteries: Vec<super::BatteryRecord>,
    pub(crate) gensets: Vec<super::GensetRecord>,
    pub(crate) devices: Vec<f64>,
}

/// The strategy, matched once per march.
pub(crate) enum BlockStrategy<const L: usize> {
    Idle(Idle),
    SelfConsumption(SelfConsumption),
    TimeOfUse(TimeOfUse<L>),
    PeakShaving(PeakShaving<L>),
    Optimal(OptimalLanes<L>),
    RollingHorizon(RollingLanes<L>),
    Own(Own),
}

impl<const L: usize> BlockStrategy<L> {
    pub(crate) fn as_dyn(&mut self) -> &mut dyn LaneStrategy<L> {
        match self {
            Self::Idle(strategy) => strategy,
            Self::SelfConsumption(strategy) => strategy,
            Self::TimeOfUse(strategy) => strategy,
            Self::PeakShaving(strategy) => strategy,
            Self::Optimal(strategy) => strategy,
            Self::RollingHorizon(strategy) => strategy,
            Self::Own(strategy) => strategy,
        }
    }
}

impl<'p, const L: usize> Block<'p, L> {
    /// Packs L plans of the same shape with a controller each, at the beginning of their runs. Plans are borrowed
    /// (`&plan`) or shared (`Arc<Plan>`): a block of shared plans borrows nothing.
    ///
    /// # Panics
    /// Where plans or controllers differ in shape; group them by [`Plan::same_shape`] and [`Controller::same_shape`].
    #[must_use]
    pub fn pack<P: Into<PlanHandle<'p>>>(plans: [P; L], controllers: [Controller; L]) -> Self {
        let handles = plans.map(Into::into);
        let plans: [&Plan; L] = core::array::from_fn(|l| &*handles[l]);
        assert!(plans.iter().all(|plan| plan.same_shape(plans[0])), "lanes of one block have plans of one shape");
        assert!(
            controllers.iter().all(|c| c.same_shape(&controllers[0])),
            "lanes of one block have strategies of one shape"
        );
        let names = core::array::from_fn(|l| {
            let controller = &controllers[l];
            (controller.name().into(), controller.foresight().into(), controller.follows().map(String::from))
        });
        let mut roster = Roster::pack(plans);
        for (lane, controller) in controllers.iter().enumerate() {
            roster.follow_plans(lane, controller, plans[lane]);
        }
        let mut scratch =
            Scratch::of(plans[0].batteries.len(), plans[0].gensets.len(), plans[0].device_columns().len());
        if let Some(feeder) = &plans[0].feeder {
            scratch.recourse.reduced.reserve_exact(feeder.loads_and_plants());
        }
        Self {
            names,
            inputs: Inputs::pack(plans),
            site: SiteLanes::pack(plans, matches!(controllers[0].policy, Policy::Idle)),
            state: State::of(plans.map(|plan| &*plan.scenario.storage)),
            meters: Meters::new(plans[0]),
            scratch,
            roster,
            strategy: BlockStrategy::pack(plans, controllers),
            next_step: 0,
            plans: handles,
        }
    }

    /// Days that are run to their end.
    pub(crate) fn days_done(&self) -> usize {
        let first_steps = &self.plans[0].scenario.calendar.day_first_step;
        first_steps.partition_point(|first| *first as usize <= self.next_step) - 1
    }

    /// Days not yet run to their end.
    #[must_use]
    pub fn days_left(&self) -> usize {
        self.plans[0].days() - self.days_done()
    }

    /// The first step not yet run.
    #[must_use]
    pub fn next_step(&self) -> usize {
        self.next_step
    }

    /// Steps not yet run.
    #[must_use]
    pub fn steps_left(&self) -> usize {
        self.plans[0].steps - self.next_step
    }

    /// Whether the last step run is the last of its day, or none is run yet: only then is there a snapshot.
    #[must_use]
    pub fn is_at_days_end(&self) -> bool {
        self.plans[0].scenario.calendar.day_first_step.binary_search(&(self.next_step as u32)).is_ok()
    }

    /// Goes on from another step with so much energy in each battery, kWh, where it is given; for trial runs of a part.
    pub(crate) fn begin_at(&mut self, step: usize, stored_kwh: impl Iterator<Item = Option<f64>>) {
        self.next_step = step;
        for (stored, given) in self.state.stored.iter_mut().zip(stored_kwh) {
            if let Some(given) = given {
                *stored = Lane([given; L]);
            }
        }
    }

    /// Goes on from another day, with meters as they are; for trial runs of a part.
    pub(crate) fn jump_to_day(&mut self, day: usize) {
        self.next_step = self.plans[0].scenario.calendar.day_first_step[day] as usize;
        self.roster.ageing.forget_day();
        self.roster.detail.forget_day();
    }
}

impl<const L: usize> Inputs<L> {
    /// 1 where the utility grid is there at `step`.
    #[inline(always)]
    pub(crate) fn grid_up(&self, step: usize) -> Lane<L> {
        self.grid_up.as_ref().map_or(Lane([1.0; L]), |row| row.at(step))
    }

    fn pack(plans: [&Plan; L]) -> Self {
        let first = plans[0];
        let scenario = &first.scenario;
        let plants = (0..scenario.generation.len()).map(|i| PlantRow {
            power: Row::pack(plans.map(|plan| &plan.scenario.generation[i].power_kw)),
            scale: Lane::of(plans, |plan| plan.scenario.generation[i].scale),
            curtailable: scenario.generation[i].curtailable,
        });
        let loads = (0..scenario.loads.len()).map(|i| LoadRow {
            power: Row::pack(plans.map(|plan| &plan.scenario.loads[i].power_kw)),
            scale: Lane::of(plans, |plan| plan.scenario.loads[i].scale),
            tier: scenario.loads[i].tier,
        });
        let carbon_is_series = matches!(scenario.carbon.intensity_kg_per_kwh, crate::Series::Steps(_));
        let import = &first.tariff.import.stepwise;
        let export = &first.tariff.export.stepwise;
        Self {
            plants: plants.collect(),
            loads: loads.collect(),
            import_limit: Row::pack(plans.map(|plan| &plan.import_limit_kw)),
            export_limit: Row::pack(plans.map(|plan| &plan.export_limit_kw)),
            grid_up: first.grid_up.as_ref().map(|_| {
                Row::of_steps(plans.map(|plan| plan.grid_up.as_ref().expect("lanes share whether there are outages")))
            }),
            carbon: carbon_is_series.then(|| Row::pack(plans.map(|plan| &plan.scenario.carbon.intensity_kg_per_kwh))),
            import_stepwise: (0..import.len())
                .map(|i| Row::of_steps(plans.map(|plan| &plan.tariff.import.stepwise[i].1)))
                .collect(),
            export_stepwise: (0..export.len())
                .map(|i| Row::of_steps(plans.map(|plan| &plan.tariff.export.stepwise[i].1)))
                .collect(),
        }
    }
}

impl<const L: usize> SiteLanes<L> {
    fn pack(plans: [&Plan; L], storage_locked: bool) -> Self {
        let storage = plans.map(|plan| (&*plan.scenario.storage, &*plan.batteries));
        let tie_is_limited = plans.iter().any(|plan| plan.tie_is_limited());
        Self::of(plans[0].step_h, storage, tie_is_limited, storage_locked)
    }

    /// From each lane's batteries and their numbers for a step of `step_h`.
    pub(crate) fn of(
        step_h: f64,
        storage: [(&[Battery], &[BatteryStep]); L],
        tie_is_limited: bool,
        storage_locked: bool,
    ) -> Self {
        let count = storage[0].0.len();
        let flag = |yes: bool| f64::from(u8::from(yes));
        let batteries: Vec<BatteryLanes<L>> =
            (0..count).map(|i| BatteryLanes::pack(storage.map(|(_, steps)| &steps[i]))).collect();
        let rules: Vec<BatteryRules<L>> = (0..count)
            .map(|i| BatteryRules {
                charge_from_grid: Lane::of(storage, |(batteries, _)| flag(batteries[i].charge_from_grid)),
                export_to_grid: Lane::of(storage, |(batteries, _)| flag(batteries[i].export_to_grid)),
                grid_forming: Lane::of(storage, |(batteries, _)| flag(batteries[i].grid_forming)),
            })
            .collect();
        let any = |row: fn(&BatteryRules<L>) -> &Lane<L>| rules.iter().any(|r| row(r).contains(&0.0));
        Self {
            step_h,
            any_leaks: batteries.iter().any(BatteryLanes::leaks),
            any_barred_charge: any(|r| &r.charge_from_grid),
            any_barred_export: any(|r| &r.export_to_grid),
            tie_is_limited,
            has_former: Lane::of(storage, |(batteries, _)| {
                flag(!storage_locked && batteries.iter().any(Battery::can_form_grid))
            }),
            batteries,
            rules,
        }
    }
}

impl<const L: usize> State<L> {
    /// Each battery as it begins.
    pub(crate) fn of(storage: [&[Battery]; L]) -> Self {
        let count = storage[0].len();
        let start = |i: usize| Lane::of(storage, |batteries| batteries[i].initial_soc * batteries[i].capacity_kwh);
        Self { stored: (0..count).map(start).collect(), battery_meters: alloc::vec![BatteryMeters::ZERO; count] }
    }
}

impl<const L: usize> Scratch<L> {
    /// Room for so many of each, and for so many numbers of other devices.
    pub(crate) fn of(batteries: usize, gensets: usize, devices: usize) -> Self {
        let zero = Lane::<L>::ZERO;
        Self {
            limits: alloc::vec![BatteryLimits { charge: zero, discharge: zero }; batteries],
            power: alloc::vec![zero; batteries],
            recourse: Recourse::new(batteries),
            wishes: alloc::vec![Wish::NONE; L],
            batteries: alloc::vec![super::BatteryRecord::default(); batteries],
            gensets: alloc::vec![super::GensetRecord::default(); gensets],
            devices: alloc::vec![0.0; devices],
        }
    }
}

impl<const L: usize> BlockStrategy<L> {
    fn pack(plans: [&Plan; L], controllers: [Controller; L]) -> Self {
        match &controllers[0].policy {
            Policy::Idle => Self::Idle(Idle),
            Policy::SelfConsumption => Self::SelfConsumption(SelfConsumption),
            Policy::TimeOfUse(windows) => Self::TimeOfUse(TimeOfUse::pack(windows.clone())),
            Policy::PeakShaving(_) => {
                let targets = controllers.map(|controller| match controller.policy {
                    Policy::PeakShaving(targets) => targets,
                    _ => unreachable!("lanes of one block have strategies of one shape"),
                });
                Self::PeakShaving(PeakShaving::pack(core::array::from_fn(|l| &*targets[l])))
            }
            Policy::Optimal(_) => {
                Self::Optimal(OptimalLanes::pack(controllers.map(|controller| match controller.policy {
                    Policy::Optimal(optimal) => optimal,
                    _ => unreachable!("lanes of one block have strategies of one shape"),
                })))
            }
            Policy::RollingHorizon(_) => {
                Self::RollingHorizon(RollingLanes::pack(controllers.map(|controller| match controller.policy {
                    Policy::RollingHorizon(prepared) => prepared,
                    _ => unreachable!("lanes of one block have strategies of one shape"),
                })))
            }
            Policy::Own(_) | Policy::Gensets(..) => {
                let strategies: [(Box<dyn crate::dispatch::Strategy>, Option<f64>); L] =
                    controllers.map(|controller| match controller.policy {
                        Policy::Own(strategy) => (strategy, None),
                        Policy::Gensets(strategy, setting) => (strategy, setting),
                        _ => unreachable!("lanes of one block have strategies of one shape"),
                    });
                Self::Own(Own::pack(plans, strategies))
            }
        }
    }
}
