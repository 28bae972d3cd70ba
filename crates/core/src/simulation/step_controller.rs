//! A controller: the step of the march alone, from live inputs, for a gateway or a microcontroller at the site.
//!
//! It is the year's loop turned inside out: the same phases ([`act`]) on tables that hold one step, written over each
//! time. So its decisions are those of a run of the same rule over the same inputs, to the bit, on any processor.
//!
//! A step may be split, at whole seconds: each part is a step of its own, with every device's numbers made anew for its
//! length, and least times counted in seconds. Parts with the same set-points end where the whole step ends.
//!
//! After set-up it allocates nothing, formats nothing, and keeps no clock. It has no plan, tariff, bill or meters: those
//! belong to whoever guides it. Not for strategies that plan (`optimal`, `rolling_horizon`); the guidance that
//! [`StepRule::learn`] makes for a plan is how foresight gets to it.

use alloc::vec::Vec;

use super::block::{Inputs, LoadRow, PlantRow, Scratch, SiteLanes, State};
use super::gensets_alone::GensetsAlone;
use super::lane::{Lane, Row, max, min};
use super::march::act;
use super::meter::Meters;
use super::phases::{Now, Plant, Room, Site, Storage, Watch, shown};
use super::recorder::StepRecord;
use super::roster::Roster;
use super::step_inputs::{InputFault, StepInputs};
use crate::demand::Tier;
use crate::dispatch::idle::Idle;
use crate::dispatch::lane_strategy::LaneStrategy;
use crate::dispatch::self_consumption::SelfConsumption;
use crate::dispatch::{Equipment, Guidance, PriceWindow, StepPolicy, StepRule};
use crate::generation::{Genset, GensetState, GensetStep, Gensets, SpinningReserve};
use crate::storage::{Battery, BatteryLanes, BatteryStep};
use crate::{Problem, Problems, Scenario};

/// What stands at a controller's site.
#[derive(Debug, Clone, PartialEq)]
pub struct ControllerSite {
    /// Length of a step, s, from 1 to 3600: set-points hold for as long.
    pub step_s: u32,
    /// Each plant, and whether its power may be left.
    pub curtailable: Vec<bool>,
    /// The tier of each load.
    pub tiers: Vec<Tier>,
    /// Batteries; they begin with their `initial_soc` until measured.
    pub storage: Vec<Battery>,
    /// Gensets; they begin at rest.
    pub gensets: Vec<Genset>,
    /// Reserve that rules for gensets keep on line.
    pub spinning_reserve: SpinningReserve,
    /// Price of a kg CO₂, by which rules for gensets compare fuel and import; at least 0.
    pub carbon_price_per_kg: f64,
}

impl ControllerSite {
    /// The devices of a scenario, with its step; but for water heaters and hydrogen plants, which keep their own controls.
    /// Batteries are plain and as they are now: how they age, warm up and taper is measured, not worked out.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        Self {
            step_s: scenario.calendar.step_s,
            curtailable: scenario.generation.iter().map(|plant| plant.curtailable).collect(),
            tiers: scenario.loads.iter().map(|load| load.tier).collect(),
            storage: (scenario.storage.iter())
                .map(|battery| Battery { ageing: None, detail: None, ..battery.clone() })
                .collect(),
            gensets: scenario.gensets.clone(),
            spinning_reserve: scenario.spinning_reserve,
            carbon_price_per_kg: scenario.carbon.price_per_kg,
        }
    }

    /// Checks every number.
    ///
    /// # Errors
    /// All problems at once.
    pub fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::none();
        if !(1..=3600).contains(&self.step_s) {
            problems.push(Problem::new("step_s", "is out of range").value(self.step_s).allowed("1 to 3600"));
        }
        for (i, battery) in self.storage.iter().enumerate() {
            battery.check(&mut problems, format_args!("storage[{i}]"));
            if battery.ageing.is_some() || battery.detail.is_some() {
                let beyond = Problem::new(format_args!("storage[{i}]"), "ages or is more than plain");
                problems.push(beyond.hint("leave ageing and detail out: a controller measures its batteries"));
            }
        }
        for (i, genset) in self.gensets.iter().enumerate() {
            genset.check(&mut problems, format_args!("gensets[{i}]"));
        }
        self.spinning_reserve.check(&mut problems, "spinning_reserve");
        problems.require_range("carbon_price_per_kg", self.carbon_price_per_kg, 0.0, 1e6);
        problems.or_else(|| ())
    }
}

/// A rule that steps from live inputs; see the module.
///
/// # Examples
/// ```
/// use microgrid_core::demand::Tier;
/// use microgrid_core::dispatch::StepRule;
/// use microgrid_core::simulation::{ControllerSite, StepController, StepInputs};
/// use microgrid_core::storage::Battery;
///
/// let site = ControllerSite {
///     step_s: 60,
///     curtailable: vec![true],
///     tiers: vec![Tier::Normal],
///     storage: vec![Battery::lithium_iron_phosphate(20.0, 10.0)],
///     gensets: vec![],
///     spinning_reserve: Default::default(),
///     carbon_price_per_kg: 0.0,
/// };
/// let mut controller = StepController::new(&site, StepRule::SelfConsumption)?;
/// let mut inputs = StepInputs::of(&site);
/// (inputs.generation_kw[0], inputs.load_kw[0]) = (9.0, 4.0);
/// controller.measure_battery(0, 12.5).unwrap(); // What the battery's own gauge says.
/// let done = controller.step(&inputs).unwrap();
/// assert_eq!(done.batteries[0].charge_kw, 5.0);
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
pub struct StepController {
    policy: StepPolicy,
    devices: Devices,
    step: u32,
}

/// The devices and the step at hand: a block of one lane and one step.
struct Devices {
    inputs: Inputs<1>,
    lanes: SiteLanes<1>,
    state: State<1>,
    scratch: Scratch<1>,
    roster: Roster<1>,
    /// Empty: rules without foresight read none.
    meters: Meters<1>,
    /// What the batteries' numbers are made from.
    storage: Vec<Battery>,
    /// The site's step and that at hand, s.
    site_step_s: u32,
    step_s: u32,
}

impl StepController {
    /// Makes a rule ready at a site, each device as it begins.
    ///
    /// # Errors
    /// Every number of site and rule that is out of range, at once.
    pub fn new(site: &ControllerSite, rule: StepRule) -> Result<Self, Problems> {
        let mut problems = site.check().err().unwrap_or_default();
        rule.check(&mut problems);
        problems.or_else(|| Self::of_checked(site, rule))
    }

    /// As [`StepController::new`], of a site that was checked before it was put on the chip. The texts of problems and
    /// what writes their numbers are half of a small program; without them it fits a small flash.
    #[must_use]
    pub fn of_checked(site: &ControllerSite, rule: StepRule) -> Self {
        let step_h = f64::from(site.step_s) / 3600.0;
        let ControllerSite { storage, gensets, .. } = site;
        let equipment = Equipment { storage, gensets, carbon_price_per_kg: site.carbon_price_per_kg };
        let policy = rule.ready(equipment, step_h, site.spinning_reserve);
        let batteries: Vec<BatteryStep> = storage.iter().map(|battery| BatteryStep::new(battery, step_h)).collect();
        let steps: Vec<GensetStep> = gensets.iter().map(|genset| GensetStep::new(genset, site.step_s)).collect();
        let is_idle = matches!(policy, StepPolicy::Idle);
        let devices = Devices {
            inputs: inputs(site),
            lanes: SiteLanes::of(step_h, [(storage, &batteries)], true, is_idle),
            state: State::of([storage]),
            scratch: Scratch::of(storage.len(), gensets.len(), 0),
            roster: Roster::of_gensets(Gensets::of([&*steps])),
            meters: Meters::of_no_tariff(1),
            storage: storage.clone(),
            site_step_s: site.step_s,
            step_s: site.step_s,
        };
        Self { policy, devices, step: 0 }
    }

    /// Decides a step and returns what is done in it: the rule's requests within the limits of each device, and what the
    /// order of recourse makes of them where the tie cannot carry the rest. State then is as after the step, if each
    /// device does as told; what did not is to be measured before the next one.
    ///
    /// `stored_kwh` of the batteries is at the step's end, `step` counts from 0.
    ///
    /// # Errors
    /// An input that no meter can mean, or the wrong guidance. Nothing has changed then.
    pub fn step(&mut self, inputs: &StepInputs) -> Result<StepRecord<'_>, InputFault> {
        let Self { policy, devices, step } = self;
        inputs.check(devices.inputs.plants.len(), devices.inputs.loads.len())?;
        if matches!(policy, StepPolicy::TimeOfUse { .. }) && inputs.step_s != devices.site_step_s {
            return Err(InputFault::Length);
        }
        policy.tell(inputs)?;
        devices.set_length(inputs.step_s);
        devices.take(inputs);
        let done = match policy {
            StepPolicy::Idle => devices.act(&mut Idle),
            StepPolicy::SelfConsumption => devices.act(&mut SelfConsumption),
            StepPolicy::TimeOfUse { strategy, .. } => devices.act(strategy),
            StepPolicy::PeakShaving(strategy) => devices.act(strategy),
            StepPolicy::Gensets(strategy) => devices.act(strategy),
        };
        let record = StepRecord { step: *step, ..done };
        *step = step.wrapping_add(1);
        Ok(record)
    }

    /// Stored energy that a battery's own gauge says, kWh, in place of what was worked out. Beyond the window it counts
    /// as its edge: nothing may go further that way.
    ///
    /// # Errors
    /// Not a number, or no such battery. Nothing has changed then.
    pub fn measure_battery(&mut self, battery: usize, stored_kwh: f64) -> Result<(), InputFault> {
        let Devices { state, lanes, .. } = &mut self.devices;
        match (state.stored.get_mut(battery), lanes.batteries.get(battery)) {
            (Some(stored), Some(lanes)) if stored_kwh.is_finite() => {
                let window = lanes.at(0);
                stored[0] = max(min(stored_kwh, window.max_kwh), window.min_kwh);
                Ok(())
            }
            _ => Err(InputFault::Measurement),
        }
    }

    /// Whether a genset really ran in the last step, and its power in kW, where it did not do as told: one that failed to
    /// start rests from now on for its least time, one that was started by hand runs for its.
    ///
    /// # Errors
    /// Not a number at least 0, or no such genset. Nothing has changed then.
    pub fn measure_genset(&mut self, genset: usize, running: bool, power_kw: f64) -> Result<(), InputFault> {
        let step_s = f64::from(self.devices.step_s);
        let state = self.devices.roster.gensets.lanes.get_mut(genset).map(|genset| &mut genset.state[0]);
        match state {
            Some(state) if power_kw.is_finite() && power_kw >= 0.0 => {
                let seconds = if state.running == running { state.seconds } else { step_s };
                *state = GensetState { running, power_kw: if running { power_kw } else { 0.0 }, seconds };
                Ok(())
            }
            _ => Err(InputFault::Measurement),
        }
    }

    /// Stored energy of a battery, kWh, as last worked out or measured; `None` where there is no such battery.
    #[must_use]
    pub fn stored_kwh(&self, battery: usize) -> Option<f64> {
        self.devices.state.stored.get(battery).map(|stored| stored[0])
    }
}

impl StepPolicy {
    /// Takes what the rule is told; refuses what it is not.
    fn tell(&mut self, inputs: &StepInputs) -> Result<(), InputFault> {
        match (self, inputs.guidance) {
            (Self::TimeOfUse { strategy, peaks_of_day }, Guidance::Window(window)) => {
                if let PriceWindow::Charge { peak, .. } | PriceWindow::Discharge { peak, .. } = window
                    && peak >= *peaks_of_day
                {
                    return Err(InputFault::Guidance);
                }
                strategy.tell(window);
            }
            (Self::PeakShaving(strategy), Guidance::TargetKw(kw)) => strategy.target_by_month[0] = Lane([kw]),
            (Self::Gensets(rule), Guidance::None) => {
                let present = rule.present();
                present.import_price_per_kwh = inputs.import_price_per_kwh.into();
                present.carbon_kg_per_kwh = inputs.carbon_kg_per_kwh.into();
            }
            (Self::Idle | Self::SelfConsumption, Guidance::None) => {}
            _ => return Err(InputFault::Guidance),
        }
        Ok(())
    }
}

impl Devices {
    /// Makes each device's numbers anew for a step of another length.
    fn set_length(&mut self, step_s: u32) {
        if step_s == self.step_s {
            return;
        }
        self.step_s = step_s;
        let Self { lanes, roster, storage, .. } = self;
        lanes.step_h = f64::from(step_s) / 3600.0;
        for (lanes_of, battery) in lanes.batteries.iter_mut().zip(storage) {
            *lanes_of = BatteryLanes::pack([&BatteryStep::new(battery, lanes.step_h)]);
        }
        for genset in &mut roster.gensets.lanes {
            genset.steps[0].set_length(step_s);
        }
    }

    fn take(&mut self, inputs: &StepInputs) {
        let constant = |kw: f64| Row::Constant(Lane([kw]));
        for (row, kw) in self.inputs.plants.iter_mut().zip(&inputs.generation_kw) {
            row.power = constant(*kw);
        }
        for (row, kw) in self.inputs.loads.iter_mut().zip(&inputs.load_kw) {
            row.power = constant(*kw);
        }
        let tie = |limit_kw: f64| constant(if inputs.grid_is_up { limit_kw } else { 0.0 });
        self.inputs.import_limit = tie(inputs.import_limit_kw);
        self.inputs.export_limit = tie(inputs.export_limit_kw);
        self.inputs.grid_up = Some(constant(f64::from(u8::from(inputs.grid_is_up))));
    }

    /// One step of the march.
    #[inline(never)]
    fn act(&mut self, strategy: &mut dyn LaneStrategy<1>) -> StepRecord<'_> {
        let Self { inputs, lanes, state, scratch, roster, meters, .. } = self;
        let site = Site { inputs, lanes };
        let now = Now::observe(inputs, 0, 0);
        let Scratch { limits, power, recourse, wishes, batteries, gensets, devices } = scratch;
        let State { stored, battery_meters } = state;
        let storage =
            Storage { batteries: &lanes.batteries, rules: &lanes.rules, stored, limits, meters: battery_meters };
        let mut at_bus = GensetsAlone(roster);
        let mut plant = Plant { storage, power, devices: &mut at_bus, recourse };
        let room = Room { batteries: &mut *batteries, gensets: &mut *gensets, devices: &mut *devices };
        let mut watch = Watch { recorder: &mut |_: usize, _: &StepRecord<'_>| {}, wishes: &mut *wishes, room };
        let traits = strategy.traits();
        let flows = act(site, &now, &mut plant, meters, (strategy, traits, &mut watch));
        shown(site, (&now, &flows), &plant, (&wishes[0], 0), Room { batteries, gensets, devices })
    }
}

/// The inputs before the first step.
fn inputs(site: &ControllerSite) -> Inputs<1> {
    let zero = || Row::Constant(Lane::ZERO);
    let one = Lane([1.0]);
    let plants = site.curtailable.iter().map(|&curtailable| PlantRow { power: zero(), scale: one, curtailable });
    let loads = site.tiers.iter().map(|&tier| LoadRow { power: zero(), scale: one, tier });
    Inputs {
        plants: plants.collect(),
        loads: loads.collect(),
        import_limit: zero(),
        export_limit: zero(),
        grid_up: None,
        carbon: None,
        import_stepwise: Vec::new(),
        export_stepwise: Vec::new(),
    }
}
