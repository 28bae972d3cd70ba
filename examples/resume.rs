//! What you learn: how to stop a run at a day's end, keep it as a snapshot, and go on with the same bits.
//!
//! `cargo run --example resume`

use microgrid::{Block, Controller, Dispatch, Plan, Snapshot};

fn main() -> Result<(), microgrid::Problems> {
    let park = microgrid::load("seeds/industrial-park")?.scenario;
    let plan = Plan::compile(&park)?;
    let controller = || Controller::built_in(&Dispatch::TimeOfUse, &plan);

    let mut whole = Block::pack([&plan], [controller()?]);
    whole.march(usize::MAX, &mut ());

    // A hundred days, then the process may end: the snapshot is plain data, here written as JSON.
    let mut first = Block::pack([&plan], [controller()?]);
    first.march(100, &mut ());
    let text = serde_json::to_string(&first.snapshot(0)).expect("a snapshot is plain data");
    println!("the snapshot after 100 days has {} bytes", text.len());

    // Later, or on another machine: the same scenario and strategy, and the snapshot.
    let snapshot: Snapshot = serde_json::from_str(&text).expect("the text was just written");
    let mut rest = Block::pack([&plan], [controller()?]);
    rest.resume([&snapshot])?;
    rest.march(usize::MAX, &mut ());
    assert_eq!(rest.outcome(0), whole.outcome(0), "the same bits as in one go");

    // A snapshot of another site is refused, by name.
    let mut other = park.clone();
    other.storage[0].capacity_kwh *= 2.0;
    let other = Plan::compile(&other)?;
    let mut wrong = Block::pack([&other], [Controller::built_in(&Dispatch::TimeOfUse, &other)?]);
    println!("refused: {}", wrong.resume([&snapshot]).expect_err("it is of another scenario"));
    Ok(())
}
