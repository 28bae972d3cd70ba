//! The site, what each of its hours brings, and a hash of what is done in one: the same text for the chip and the host.
//!
//! Two batteries that differ and leak, two gensets with least times and a ramp, plants that may be curtailed and must be
//! taken, loads of each tier, a tie that is tight and at times gone.

extern crate alloc;

use self::alloc::vec;

use microgrid_core::demand::Tier;
use microgrid_core::dispatch::{Guidance, PriceWindow, StepRule};
use microgrid_core::generation::{Genset, SpinningReserve};
use microgrid_core::simulation::{ControllerSite, StepInputs, StepRecord};
use microgrid_core::storage::Battery;

pub(crate) const STEPS: u32 = 8760;

/// The import that `peak_shaving` is told to hold, kW.
pub(crate) const TARGET_KW: f64 = 45.0;

/// Every rule that a controller can run, by its name.
pub(crate) const RULES: [(&str, StepRule); 8] = [
    ("idle", StepRule::Idle),
    ("self_consumption", StepRule::SelfConsumption),
    ("time_of_use", StepRule::TimeOfUse { peaks_of_day: 1 }),
    ("peak_shaving", StepRule::PeakShaving),
    ("load_following", StepRule::LoadFollowing),
    ("cycle_charging", StepRule::CycleCharging { setpoint_soc: 0.7 }),
    ("combined", StepRule::Combined),
    ("priority_list", StepRule::PriorityList),
];

pub(crate) fn site() -> ControllerSite {
    let lithium = Battery::lithium_iron_phosphate(120.0, 40.0);
    let lead =
        Battery { charge_efficiency: 0.85, self_discharge_per_h: 2e-4, ..Battery::lithium_iron_phosphate(50.0, 9.0) };
    let diesel = Genset { min_up_h: 2.0, min_down_h: 3.0, ramp_kw_per_h: 25.0, ..Genset::diesel(60.0, 0.7) };
    ControllerSite {
        step_s: 3600,
        curtailable: vec![true, false],
        tiers: Tier::ALL.to_vec(),
        storage: vec![Battery { self_discharge_per_h: 1e-5, grid_forming: true, reserve_soc: 0.2, ..lithium }, lead],
        gensets: vec![diesel, Genset { min_load: 0.4, start_cost: 3.0, ..Genset::diesel(30.0, 0.6) }],
        spinning_reserve: SpinningReserve { load_share: 0.1, generation_share: 0.2 },
        carbon_price_per_kg: 0.05,
    }
}

/// What hour `step` of the year brings; nothing but sums, products and whole numbers, so that it is the same everywhere.
pub(crate) fn read(step: u32, inputs: &mut StepInputs) {
    let (hour, day) = (step % 24, step / 24);
    let noise = f64::from(scrambled(step) >> 16) / 65536.0;
    let height = f64::from(hour as i32 - 12) / 6.0;
    let sun = if (6..=18).contains(&hour) { 1.0 - height * height } else { 0.0 };
    let cloud = 0.3 + 0.7 * f64::from(scrambled(day) >> 16) / 65536.0;
    inputs.generation_kw[0] = 90.0 * sun * cloud;
    inputs.generation_kw[1] = 12.0 * noise;
    let at_work = if day % 7 < 5 && (7..19).contains(&hour) { 1.0 } else { 0.35 };
    inputs.load_kw.copy_from_slice(&[10.0, at_work * (30.0 + 25.0 * noise), if hour > 17 { 18.0 } else { 4.0 }]);
    inputs.import_limit_kw = if hour == 18 { 30.0 } else { 60.0 };
    inputs.export_limit_kw = 25.0;
    // Two days of each month without the grid.
    inputs.grid_is_up = day % 30 < 28;
    inputs.import_price_per_kwh = price_per_kwh(hour);
    inputs.carbon_kg_per_kwh = 0.3 + 0.4 * noise;
}

/// What `time_of_use` is told: charge in the six cheap hours, discharge in the dear ones and after.
pub(crate) fn guidance(rule: StepRule, step: u32) -> Guidance {
    let hour = step % 24;
    match rule {
        StepRule::PeakShaving => Guidance::TargetKw(TARGET_KW),
        StepRule::TimeOfUse { .. } => Guidance::Window(match hour {
            0..6 => PriceWindow::Charge { steps_left: 6 - hour, peak: 0 },
            17.. => PriceWindow::Discharge { first: hour == 17, last: hour == 23, peak: 0 },
            _ => PriceWindow::Hold,
        }),
        _ => Guidance::None,
    }
}

pub(crate) fn price_per_kwh(hour: u32) -> f64 {
    match hour {
        0..6 => 0.08,
        17..21 => 0.32,
        _ => 0.16,
    }
}

/// A step added to a hash of all before it: FNV-1a over the bits of its numbers.
pub(crate) fn hashed(hash: u64, step: &StepRecord<'_>) -> u64 {
    let StepRecord { curtailed_kw, dumped_kw, import_kw, export_kw, unserved_kw, batteries, gensets, .. } = *step;
    let flows = [curtailed_kw, dumped_kw, import_kw, export_kw].into_iter().chain(unserved_kw);
    let storage = batteries.iter().flat_map(|b| [b.charge_kw, b.discharge_kw, b.stored_kwh]);
    let engines = gensets.iter().flat_map(|g| [f64::from(u8::from(g.running)), g.power_kw, g.fuel_per_h]);
    let numbers = flows.chain(storage).chain(engines);
    numbers.fold(hash, |hash, number| (hash ^ number.to_bits()).wrapping_mul(0x0000_0100_0000_01b3))
}

/// Where [`hashed`] begins.
pub(crate) const NO_STEP: u64 = 0xcbf2_9ce4_8422_2325;

fn scrambled(number: u32) -> u32 {
    number.wrapping_mul(0x9e37_79b9) ^ number.wrapping_mul(0x85eb_ca6b).rotate_left(13)
}
