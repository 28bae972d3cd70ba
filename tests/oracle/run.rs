//! A slow, plain, second implementation of a run, written from the design and the documentation of `Scenario`.
//!
//! One site at a time, no lanes, no compiled prices, every step kept in a list; totals and bill are summed from the
//! list at the end. It shares no function with the simulator: of the simulator it uses the plain input structs only.

use microgrid::dispatch::Dispatch;
use microgrid::{Scenario, Series};

use super::battery::Cell;
use super::genset::Engine;
use super::hydrogen::{PlantEntry, Works};
use super::water_heater::{HeaterEntry, Tank};
use super::{balance, rules};

/// What happened in one step. Powers in kW, energies in kWh.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) load_kw: f64,
    pub(crate) generation_kw: f64,
    pub(crate) import_kw: f64,
    pub(crate) export_kw: f64,
    pub(crate) curtailed_kw: f64,
    pub(crate) dumped_kw: f64,
    /// Critical, normal, sheddable.
    pub(crate) unserved_kw: [f64; 3],
    pub(crate) batteries: Vec<BatteryEntry>,
    pub(crate) gensets: Vec<GensetEntry>,
    pub(crate) heaters: Vec<HeaterEntry>,
    pub(crate) plants: Vec<PlantEntry>,
    /// What each plant was to do.
    pub(crate) acts: Vec<super::hydrogen::Act>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct GensetEntry {
    pub(crate) running: bool,
    pub(crate) power_kw: f64,
    pub(crate) fuel_per_h: f64,
    pub(crate) started: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct BatteryEntry {
    pub(crate) charge_kw: f64,
    pub(crate) discharge_kw: f64,
    pub(crate) stored_kwh: f64,
    pub(crate) conversion_loss_kwh: f64,
    pub(crate) leak_kwh: f64,
}

/// What a step brings, before anyone decides.
pub(crate) struct Moment<'s> {
    pub(crate) site: &'s Scenario,
    pub(crate) step: usize,
    pub(crate) grid_is_up: bool,
    pub(crate) load_kw: f64,
    pub(crate) generation_kw: f64,
    /// Room of each battery for charge and discharge in this step, kW.
    pub(crate) limits: Vec<(f64, f64)>,
    pub(crate) gensets: Vec<Engine>,
    pub(crate) tanks: Vec<Tank>,
    pub(crate) works: Vec<Works>,
}

impl Moment<'_> {
    /// Load, and what heaters and hydrogen plants take unasked, less generation.
    pub(crate) fn deficit_kw(&self) -> f64 {
        let plants_kw: f64 = self.works.iter().map(Works::unasked_kw).sum();
        self.load_kw + plants_kw + self.tanks.iter().map(|tank| tank.unasked_kw).sum::<f64>() - self.generation_kw
    }
}

pub(crate) fn value(series: &Series, step: usize) -> f64 {
    match series {
        Series::Constant(value) => *value,
        Series::Steps(values) => values[step],
    }
}

pub(crate) fn hours(site: &Scenario) -> f64 {
    f64::from(site.calendar.step_s) / 3600.0
}

pub(crate) fn steps(site: &Scenario) -> usize {
    *site.calendar.day_first_step.last().unwrap() as usize
}

/// The billing month of a step: the last one that begins at or before its day.
pub(crate) fn month_of(site: &Scenario, step: usize) -> usize {
    let day = (0..).take_while(|day| site.calendar.day_first_step[*day] as usize <= step).last().unwrap();
    (0..site.calendar.months.len()).rfind(|month| site.calendar.months[*month].first_day as usize <= day).unwrap()
}

/// What is asked for in a step: of batteries, positive into the bus, of gensets, a power or to be off, and generation to
/// be left, kW.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) battery_kw: Vec<f64>,
    pub(crate) genset_kw: Vec<Option<f64>>,
    pub(crate) curtailed_kw: f64,
    /// What heaters are asked for; nothing leaves them to their own rule.
    pub(crate) heater_kw: Vec<Option<f64>>,
}

/// Runs the site from start to end under a built-in rule.
pub(crate) fn run(site: &Scenario, dispatch: &Dispatch) -> Vec<Entry> {
    let mut rule = rules::Rule::new(site, dispatch);
    run_under(site, *dispatch == Dispatch::Idle, |now, cells| {
        let (battery_kw, genset_kw) = rule.decide(now, cells);
        Asked { battery_kw, genset_kw, curtailed_kw: 0.0, heater_kw: vec![None; site.water_heaters.len()] }
    })
}

/// Runs the site from start to end, asked by anyone.
pub(crate) fn run_under(
    site: &Scenario,
    locked: bool,
    mut decide: impl FnMut(&Moment<'_>, &[Cell]) -> Asked,
) -> Vec<Entry> {
    let mut cells: Vec<Cell> = site.storage.iter().map(|battery| Cell::new(battery, hours(site))).collect();
    let mut engines: Vec<Engine> = site.gensets.iter().map(|genset| Engine::new(genset, hours(site))).collect();
    let mut tanks = Tank::all(site);
    let mut works = Works::all(site);
    (0..steps(site))
        .map(|step| {
            let grid_is_up = !site.outages.iter().any(|outage| outage.contains(&(step as u32)));
            let limits = cells.iter().map(|cell| if locked { (0.0, 0.0) } else { cell.limits_kw(grid_is_up) });
            let load_kw = site.loads.iter().map(|load| load.scale * value(&load.power_kw, step)).sum();
            let generation_kw = site.generation.iter().map(|plant| plant.scale * value(&plant.power_kw, step)).sum();
            let mut surplus_kw: f64 = generation_kw - load_kw;
            works.iter_mut().for_each(|works| works.look(step, grid_is_up));
            surplus_kw -= works.iter().map(Works::unasked_kw).sum::<f64>();
            tanks.iter_mut().for_each(|tank| tank.look(step, &mut surplus_kw));
            let now = Moment {
                site,
                step,
                grid_is_up,
                load_kw,
                generation_kw,
                limits: limits.collect(),
                gensets: engines.clone(),
                tanks: tanks.clone(),
                works: works.clone(),
            };
            let mut entry = balance::settle(&now, decide(&now, &cells), locked);
            for (cell, battery) in cells.iter_mut().zip(&mut entry.batteries) {
                cell.advance(battery);
            }
            for (engine, genset) in engines.iter_mut().zip(&mut entry.gensets) {
                engine.advance(genset);
            }
            for (tank, heater) in tanks.iter_mut().zip(&mut entry.heaters) {
                tank.advance(step, heater);
            }
            for ((works, act), plant) in works.iter_mut().zip(&entry.acts).zip(&mut entry.plants) {
                works.advance(*act, plant);
            }
            entry
        })
        .collect()
}
