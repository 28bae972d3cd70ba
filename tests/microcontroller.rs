//! Promise: the same bits on a microcontroller. A program for a Cortex-M4F (`tests/microcontroller`) steps a controller
//! through a year of live inputs under each rule, in QEMU; a hash of all that was done, and the energy left, are those of
//! the year's loop on the host.
//!
//! The host's half runs everywhere. The chip's half needs the target's `core` and QEMU, so it is asked for:
//! `cargo test microcontroller -- --ignored --nocapture`; `.ci/run` does where it finds both.

use std::path::{Path, PathBuf};
use std::process::Command;

use microgrid::dispatch::{Controller, Dispatch, Guidance, StepRule};
use microgrid::simulation::{ControllerSite, StepInputs};
use microgrid::utility::{PeriodPrices, Price, PriceComponent, Tariff};
use microgrid::{Block, Calendar, Load, Plan, Scenario, Series, SeriesPlant, StepRecord};

#[path = "microcontroller/src/site.rs"]
mod site;

const TARGET: &str = "thumbv7em-none-eabihf";

/// What may be spent.
const FLASH_BYTES: usize = 64 * 1024;
const HEAP_BYTES: u64 = 10 * 1024;

/// The year that brings what [`site::read`] brings.
fn plan() -> Plan {
    let ControllerSite { step_s, curtailable, tiers, storage, gensets, spinning_reserve, carbon_price_per_kg } =
        site::site();
    let mut inputs = StepInputs::of(&site::site());
    let mut brought = Vec::new();
    for step in 0..site::STEPS {
        site::read(step, &mut inputs);
        brought.push(inputs.clone());
    }
    let series = |of: &dyn Fn(&StepInputs) -> f64| Series::from(brought.iter().map(of).collect::<Vec<f64>>());
    let mut scenario = Scenario::new("chip", Calendar::days(step_s, site::STEPS / 24));
    let plants = curtailable.iter().enumerate();
    scenario.generation = plants
        .map(|(i, &curtailable)| SeriesPlant {
            curtailable,
            ..SeriesPlant::new("plant", series(&|b| b.generation_kw[i]))
        })
        .collect();
    scenario.loads = (tiers.iter().enumerate())
        .map(|(i, &tier)| Load { tier, ..Load::new("load", series(&|b| b.load_kw[i])) })
        .collect();
    (scenario.storage, scenario.gensets, scenario.spinning_reserve) = (storage, gensets, spinning_reserve);
    scenario.connection.import_limit_kw = series(&|b| b.import_limit_kw);
    scenario.connection.export_limit_kw = series(&|b| b.export_limit_kw);
    let is_up = |day: usize| brought[24 * day].grid_is_up;
    let gone = (0..site::STEPS / 24).filter(|day| !is_up(*day as usize));
    scenario.outages = gone.map(|day| 24 * day..24 * (day + 1)).collect();
    scenario.carbon.intensity_kg_per_kwh = series(&|b| b.carbon_kg_per_kwh);
    scenario.carbon.price_per_kg = carbon_price_per_kg;
    let by_hour = PeriodPrices {
        periods: (0..24).map(|hour| format!("hour {hour}")).collect(),
        period_of_step: (0..site::STEPS).map(|step| (step % 24) as u16).collect(),
        price_per_kwh: vec![(0..24).map(site::price_per_kwh).collect()],
    };
    let import = vec![PriceComponent { name: "energy".into(), price: Price::Periods(by_hour) }];
    scenario.tariff = Tariff { import, ..Tariff::default() }.into();
    Plan::compile(&scenario).unwrap()
}

fn dispatch(rule: StepRule) -> Dispatch {
    match rule {
        StepRule::Idle => Dispatch::Idle,
        StepRule::SelfConsumption => Dispatch::SelfConsumption,
        StepRule::TimeOfUse { .. } => Dispatch::TimeOfUse,
        StepRule::PeakShaving => Dispatch::PeakShaving { target_kw: Some(site::TARGET_KW) },
        StepRule::LoadFollowing => Dispatch::LoadFollowing,
        StepRule::CycleCharging { setpoint_soc } => Dispatch::CycleCharging { setpoint_soc },
        StepRule::Combined => Dispatch::Combined,
        StepRule::PriorityList => Dispatch::PriorityList,
        _ => unreachable!("a rule of the list"),
    }
}

/// Of a rule on the host: the hash of its year, and the bits of the energy left in the first battery.
fn host(plan: &Plan, rule: StepRule) -> [u64; 2] {
    let mut block = Block::pack([plan], [Controller::built_in(&dispatch(rule), plan).unwrap()]);
    let mut hash = site::NO_STEP;
    block.march(usize::MAX, &mut |_: usize, step: &StepRecord<'_>| hash = site::hashed(hash, step));
    let outcome = block.outcome(0);
    let (energy, starts) = (&outcome.energy, outcome.gensets.iter().map(|genset| genset.starts).sum::<u32>());
    assert!(energy.curtailed_kwh > 0.0 && energy.import_kwh > 0.0 && energy.export_kwh > 0.0, "{energy:?}");
    assert!(starts > 20, "{starts} starts under {rule:?}");
    [hash, outcome.batteries[0].end_kwh.to_bits()]
}

#[test]
fn what_the_chip_is_told_is_what_a_year_learns() {
    let plan = plan();
    let mut hashes = Vec::new();
    for (name, rule) in site::RULES {
        let (learnt, guidance) = StepRule::learn(&dispatch(rule), &plan).unwrap();
        assert_eq!(learnt, rule, "{name}");
        let told: Vec<Guidance> = (0..site::STEPS).map(|step| site::guidance(rule, step)).collect();
        assert!(told == guidance, "{name}");
        hashes.push(host(&plan, rule)[0]);
    }
    hashes.sort_unstable();
    hashes.dedup();
    assert!(hashes.len() >= site::RULES.len() - 1, "rules differ, but the two that follow the load may not");
}

/// The program for the chip, built in a folder of its own, as the outer cargo holds the lock of the workspace's.
fn built() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("microcontroller");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--target", TARGET, "--manifest-path"])
        .arg(root.join("tests/microcontroller/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .status()
        .unwrap();
    assert!(status.success(), "is the target there? `rustup target add {TARGET}`");
    target.join(TARGET).join("release/microcontroller")
}

/// Bytes of a 32-bit ELF file that are loaded: what it takes of the flash.
fn loaded_bytes(elf: &[u8]) -> usize {
    let word = |at: usize| u32::from_le_bytes(elf[at..at + 4].try_into().unwrap()) as usize;
    let half = |at: usize| usize::from(u16::from_le_bytes(elf[at..at + 2].try_into().unwrap()));
    let (first, size, count) = (word(28), half(42), half(44));
    const LOAD: usize = 1;
    (0..count).map(|i| first + i * size).filter(|at| word(*at) == LOAD).map(|at| word(at + 16)).sum()
}

#[test]
#[ignore = "needs the target thumbv7em-none-eabihf and QEMU; see the module"]
fn a_year_on_the_chip_is_the_year_on_the_host() {
    let program = built();
    let flash = loaded_bytes(&std::fs::read(&program).unwrap());
    let ran = Command::new("qemu-system-arm")
        .args(["-M", "mps2-an386", "-cpu", "cortex-m4", "-nographic", "-icount", "shift=0"])
        .args(["-semihosting-config", "enable=on,target=native", "-kernel"])
        .arg(&program)
        .stdin(std::process::Stdio::null())
        .output()
        .expect("QEMU for ARM is there");
    let text = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success(), "the program gave up after:\n{text}");
    let line = |name: &str| -> Vec<u64> {
        let line = text.lines().find(|line| line.split(' ').next() == Some(name));
        let words = line.unwrap_or_else(|| panic!("no line of {name} in:\n{text}")).split(' ').skip(1);
        words.map(|word| u64::from_str_radix(word, 16).unwrap()).collect()
    };
    let per_tick = 1e6 / line("timer")[0] as f64;
    let plan = plan();
    println!("{flash} bytes of flash for all rules; a year of {} steps, chip and host:", site::STEPS);
    for (name, rule) in site::RULES {
        let [hash, stored, ticks, heap, pieces] = line(name)[..] else { panic!("five numbers of {name}") };
        let expected = host(&plan, rule);
        println!(
            "{name:>16}: {hash:016x} {:016x}, stored {stored:016x} {:016x}, {:.0} instructions a step, heap {heap} bytes",
            expected[0],
            expected[1],
            ticks as f64 * per_tick,
        );
        assert_eq!([hash, stored], expected, "{name}");
        assert_eq!(pieces, 0, "{name} asks for heap after set-up");
        assert!(heap <= HEAP_BYTES, "{name}: {heap} bytes of heap");
    }
    assert!(flash <= FLASH_BYTES, "{flash} bytes of flash");
}
