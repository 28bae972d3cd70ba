//! What a controller is told at each step, and what may be wrong with it.

use alloc::vec::Vec;
use core::fmt;

use super::step_controller::ControllerSite;
use crate::Plan;
use crate::dispatch::{Guidance, PriceWindow};

/// Greatest power in kW, price or target that is believed.
const MOST: f64 = 1e9;

/// What a controller is told at a step. Powers are means expected over the step, kW; made once, then written over.
#[derive(Debug, Clone, PartialEq)]
pub struct StepInputs {
    /// How long the set-points will hold, s, from 1 to 86 400: the site's step, or a part of it where something happens
    /// inside of one. `time_of_use` counts in the site's steps and takes no other.
    pub step_s: u32,
    /// Power available from each plant, at least 0.
    pub generation_kw: Vec<f64>,
    /// Power asked by each load, at least 0.
    pub load_kw: Vec<f64>,
    /// Most import through the tie, its transformer counted, at least 0; infinite where not limited.
    pub import_limit_kw: f64,
    /// Most export, as the import.
    pub export_limit_kw: f64,
    /// Whether the utility grid is there; without it the limits count as 0.
    pub grid_is_up: bool,
    /// Price of import in this step; rules for gensets compare it with fuel.
    pub import_price_per_kwh: f64,
    /// Carbon of a kWh imported, kg CO₂, at least 0; rules for gensets price it.
    pub carbon_kg_per_kwh: f64,
    /// For rules that know of the future what they are told.
    pub guidance: Guidance,
}

impl StepInputs {
    /// Room for a site: nothing generated, nothing asked, an unlimited grid that is there and free.
    #[must_use]
    pub fn of(site: &ControllerSite) -> Self {
        Self {
            step_s: site.step_s,
            generation_kw: alloc::vec![0.0; site.curtailable.len()],
            load_kw: alloc::vec![0.0; site.tiers.len()],
            import_limit_kw: f64::INFINITY,
            export_limit_kw: f64::INFINITY,
            grid_is_up: true,
            import_price_per_kwh: 0.0,
            carbon_kg_per_kwh: 0.0,
            guidance: Guidance::None,
        }
    }

    /// Reads what `plan` brings at `step`, guidance aside: to rehearse a controller on a year. Allocates nothing.
    ///
    /// # Panics
    /// Beyond the plan's last step.
    pub fn read(&mut self, plan: &Plan, step: usize) {
        let scenario = &plan.scenario;
        for (kw, plant) in self.generation_kw.iter_mut().zip(&scenario.generation) {
            *kw = plant.scale * plant.power_kw.at(step);
        }
        for (kw, load) in self.load_kw.iter_mut().zip(&scenario.loads) {
            *kw = load.scale * load.power_kw.at(step);
        }
        self.import_limit_kw = plan.import_limit_kw.at(step);
        self.export_limit_kw = plan.export_limit_kw.at(step);
        self.grid_is_up = plan.grid_is_up(step);
        self.import_price_per_kwh = plan.tariff.import.price_per_kwh[step];
        self.carbon_kg_per_kwh = scenario.carbon.intensity_kg_per_kwh.at(step);
    }

    /// Refuses what no meter can mean, before any state has changed.
    pub(super) fn check(&self, plants: usize, loads: usize) -> Result<(), InputFault> {
        if !(1..=86_400).contains(&self.step_s) {
            return Err(InputFault::Length);
        }
        let is_power = |kw: &f64| (0.0..=MOST).contains(kw);
        let is_limit = |kw: f64| kw == f64::INFINITY || is_power(&kw);
        if self.generation_kw.len() != plants || self.load_kw.len() != loads {
            return Err(InputFault::Count);
        }
        if let Some(plant) = self.generation_kw.iter().position(|kw| !is_power(kw)) {
            return Err(InputFault::Generation { plant });
        }
        if let Some(load) = self.load_kw.iter().position(|kw| !is_power(kw)) {
            return Err(InputFault::Load { load });
        }
        if !is_limit(self.import_limit_kw) {
            return Err(InputFault::ImportLimit);
        }
        if !is_limit(self.export_limit_kw) {
            return Err(InputFault::ExportLimit);
        }
        if !(-MOST..=MOST).contains(&self.import_price_per_kwh) {
            return Err(InputFault::ImportPrice);
        }
        if !is_power(&self.carbon_kg_per_kwh) {
            return Err(InputFault::Carbon);
        }
        match self.guidance {
            Guidance::TargetKw(kw) if !is_power(&kw) => Err(InputFault::Guidance),
            Guidance::Window(PriceWindow::Charge { steps_left: 0, .. }) => Err(InputFault::Guidance),
            _ => Ok(()),
        }
    }
}

/// Why a step was refused. Nothing has changed then: the caller keeps the last set-points, or rests, and asks again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputFault {
    /// The step's length is not from 1 to 86 400 s, or not the site's where the rule counts steps.
    Length,
    /// As many powers as plants and loads are needed.
    Count,
    /// A plant's power is not a number from 0 to 10⁹ kW.
    Generation {
        /// Its index.
        plant: usize,
    },
    /// A load's power is not a number from 0 to 10⁹ kW.
    Load {
        /// Its index.
        load: usize,
    },
    /// The import limit is neither infinite nor from 0 to 10⁹ kW.
    ImportLimit,
    /// The export limit is neither infinite nor from 0 to 10⁹ kW.
    ExportLimit,
    /// The price is not a number from −10⁹ to 10⁹.
    ImportPrice,
    /// The carbon is not a number from 0 to 10⁹ kg.
    Carbon,
    /// The rule is told something else, a peak of the day that it does not tell apart, or a number out of range.
    Guidance,
    /// A measurement of a battery or genset that is not a number, or of one that is not there.
    Measurement,
}

impl fmt::Display for InputFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length => f.write_str("`step_s` is not from 1 to 86400, or not the site's under time_of_use"),
            Self::Count => f.write_str("`generation_kw` and `load_kw` hold one power for each plant and load"),
            Self::Generation { plant } => write!(f, "`generation_kw[{plant}]` is not from 0 to 1e9 kW"),
            Self::Load { load } => write!(f, "`load_kw[{load}]` is not from 0 to 1e9 kW"),
            Self::ImportLimit => f.write_str("`import_limit_kw` is neither infinite nor from 0 to 1e9 kW"),
            Self::ExportLimit => f.write_str("`export_limit_kw` is neither infinite nor from 0 to 1e9 kW"),
            Self::ImportPrice => f.write_str("`import_price_per_kwh` is not from -1e9 to 1e9"),
            Self::Carbon => f.write_str("`carbon_kg_per_kwh` is not from 0 to 1e9"),
            Self::Guidance => f.write_str("`guidance` is not what the rule is told, or out of its range"),
            Self::Measurement => f.write_str("the measurement is not a number, or of a device that is not there"),
        }
    }
}

impl core::error::Error for InputFault {}
