//! Controllers on a Cortex-M4F: each rule steps through a year of live inputs, and a line for each goes to the debugger:
//!
//! `rule, hash of all that was done, bits of the energy stored at the end, ticks of the timer, bytes of heap, and pieces of
//! heap asked for after set-up`, numbers in hexadecimal, by hand: no `fmt` in the program.
//!
//! The first line is the timer's: ticks for a million instructions.
#![no_std]
#![no_main]

mod heap;
mod site;

use cortex_m::peripheral::{SYST, syst::SystClkSource};
use cortex_m_rt::entry;
use cortex_m_semihosting::debug::{self, EXIT_FAILURE, EXIT_SUCCESS};
use cortex_m_semihosting::hio::{HostStream, hstdout};
use microgrid_core::dispatch::StepRule;
use microgrid_core::simulation::{StepController, StepInputs};

#[global_allocator]
static HEAP: heap::Heap = heap::Heap::new();

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        debug::exit(EXIT_FAILURE);
    }
}

/// What a rule did in a year, and what that took.
struct Year {
    hash: u64,
    stored_bits: u64,
    ticks: u64,
    heap_bytes: u64,
    pieces_after: u64,
}

fn run(rule: StepRule, timer: &mut SYST) -> Option<Year> {
    let before = HEAP.count();
    let mut year = {
        let site = site::site();
        let mut inputs = StepInputs::of(&site);
        let mut controller = StepController::of_checked(&site, rule);
        let ready = HEAP.count();
        let (mut hash, mut ticks) = (site::NO_STEP, 0);
        for step in 0..site::STEPS {
            site::read(step, &mut inputs);
            inputs.guidance = site::guidance(rule, step);
            timer.clear_current();
            let done = controller.step(&inputs).ok()?;
            ticks += u64::from(0x00ff_ffff - SYST::get_current());
            hash = site::hashed(hash, &done);
        }
        let stored_bits = controller.stored_kwh(0)?.to_bits();
        let pieces_after = (HEAP.count().1 - ready.1) as u64;
        Year { hash, stored_bits, ticks, heap_bytes: (ready.0 - before.0) as u64, pieces_after }
    };
    HEAP.forget_after(before.0);
    year.ticks /= u64::from(site::STEPS);
    Some(year)
}

fn say(host: &mut HostStream, word: &str, numbers: &[u64]) -> Option<()> {
    host.write_all(word.as_bytes()).ok()?;
    for number in numbers {
        let digit = |i: u32| b"0123456789abcdef"[(number >> (60 - 4 * i)) as usize & 15];
        let digits: [u8; 16] = core::array::from_fn(|i| digit(i as u32));
        host.write_all(b" ").ok()?;
        host.write_all(&digits).ok()?;
    }
    host.write_all(b"\n").ok()
}

fn report() -> Option<()> {
    let mut timer = cortex_m::Peripherals::take()?.SYST;
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(0x00ff_ffff);
    timer.enable_counter();
    let mut host = hstdout().ok()?;
    timer.clear_current();
    cortex_m::asm::delay(1_000_000);
    say(&mut host, "timer", &[u64::from(0x00ff_ffff - SYST::get_current())])?;
    for (name, rule) in site::RULES {
        let year = run(rule, &mut timer)?;
        say(&mut host, name, &[year.hash, year.stored_bits, year.ticks, year.heap_bytes, year.pieces_after])?;
    }
    Some(())
}

#[entry]
fn main() -> ! {
    loop {
        debug::exit(if report().is_some() { EXIT_SUCCESS } else { EXIT_FAILURE });
    }
}
