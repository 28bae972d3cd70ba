//! A program without std, allocator aside: a site, its plan, two runs, and its exit status as the answer.
//!
//! If anything below it used std, there would be two panic handlers, and it would not link.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec;

use microgrid_core::demand::Load;
use microgrid_core::dispatch::{Controller, Dispatch};
use microgrid_core::generation::SeriesPlant;
use microgrid_core::storage::Battery;
use microgrid_core::utility::Tariff;
use microgrid_core::{Calendar, Outcome, Plan, Problems, Scenario, simulate};

#[global_allocator]
static ALLOCATOR: libc_alloc::LibcAlloc = libc_alloc::LibcAlloc;

/// Without std there is nothing to unwind to; a panic spins until the test ends it.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

/// The landing pads of the compiled `alloc` name these two; std would bring them. Nothing here unwinds.
#[unsafe(no_mangle)]
pub extern "C" fn rust_eh_personality() {}

/// See [`rust_eh_personality`].
#[unsafe(no_mangle)]
pub extern "C" fn _Unwind_Resume() {}

fn run() -> Result<[Outcome; 2], Problems> {
    let mut site = Scenario::new("no std", Calendar::days(3600, 7));
    site.generation = vec![SeriesPlant::new("pv", (0..168).map(|t| f64::from(t % 24)).collect::<vec::Vec<_>>())];
    site.loads = vec![Load::new("load", 10.0)];
    site.storage = vec![Battery { self_discharge_per_h: 1e-4, ..Battery::lithium_iron_phosphate(60.0, 20.0) }];
    site.tariff = Tariff::flat(0.8, 0.3).into();
    let plan = Plan::compile(&site)?;
    let run = |dispatch| Ok::<Outcome, Problems>(simulate(&plan, Controller::built_in(&dispatch, &plan)?));
    Ok([run(Dispatch::Idle)?, run(Dispatch::SelfConsumption)?])
}

/// 0 where the books close and storage saves money, 1 where they do not, 2 where the site is refused.
#[unsafe(no_mangle)]
pub extern "C" fn main(_count: i32, _arguments: *const *const u8) -> i32 {
    match run() {
        Ok(outcomes) => {
            let closes = |outcome: &Outcome| outcome.energy.residual_kwh <= 1e-9 * outcome.energy.throughput_kwh();
            let [idle, stored] = &outcomes;
            i32::from(!(closes(idle) && closes(stored) && stored.money.bill_total < idle.money.bill_total))
        }
        Err(_) => 2,
    }
}
