//! What an outage does to a site, and what its own power is worth then: events, reliability, hours of survival.
//!
//! A village lives through the outages that its seed draws. The same year without its battery and genset says what they
//! are for; the survival says how long it would live from any hour on, not only from those that were drawn.

use microgrid::distribution::monitoring::EventKind;
use microgrid::{Dispatch, WatchedRun};

fn main() -> Result<(), microgrid::Problems> {
    let site = microgrid::load(concat!(env!("CARGO_MANIFEST_DIR"), "/seeds/island-resilience"))?;
    let settings = site.monitoring.clone().expect("the seed says what is watched");
    let watch =
        |scenario| microgrid::watch(scenario, &Dispatch::SelfConsumption, &settings, |step| site.clock.label(step));

    let mut bare = site.scenario.clone();
    bare.storage.clear();
    bare.gensets.clear();
    let (with, without): (WatchedRun, WatchedRun) = (watch(&site.scenario)?, watch(&bare)?);
    println!("{}", microgrid::watched_table(std::slice::from_ref(&with)));

    let indices = |run: &WatchedRun| (run.watched.reliability.saifi(), run.watched.reliability.saidi_h());
    let (with_indices, without_indices) = (indices(&with), indices(&without));
    println!(
        "a customer's year: {with_indices:.2?} (interruptions, hours) with own power, {without_indices:.2?} without"
    );
    let dark = |run: &WatchedRun| run.watched.events.iter().filter(|event| event.kind == EventKind::Dark).count();
    println!("dark outages: {} with, {} without", dark(&with), dark(&without));

    // Nothing forms the grid without the battery: every outage is dark, and the indices are the grid's own.
    let grid = &without.watched.reliability;
    assert_eq!(dark(&without), grid.outage_count as usize);
    assert!((grid.saidi_h() - grid.sustained_outage_h).abs() < 1e-9);
    assert!(with_indices.1 < 0.5 * without_indices.1 && dark(&with) == 0);
    assert!(with.survival.expect("the seed asks for it").share(4.0) > 0.9);
    Ok(())
}
