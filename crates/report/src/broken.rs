//! The first limit that a plan breaks, for machines.

use microgrid_core::dispatch::Break;
use serde::Serialize;

/// The break as a JSON document, indented, ending in a line feed: `{ "broken": { … } }`. `time` is the step's start.
#[must_use]
pub fn broken_json(found: &Break, time: &str) -> String {
    #[derive(Serialize)]
    struct Broken<'a> {
        step: u32,
        time: &'a str,
        device: &'a str,
        name: &'a str,
        quantity: &'static str,
        limit: &'static str,
        asked_kw: f64,
        allowed_kw: f64,
        excess_kw: f64,
    }
    #[derive(Serialize)]
    struct Document<'a> {
        broken: Broken<'a>,
    }
    let broken = Broken {
        step: found.step,
        time,
        device: &found.device,
        name: &found.name,
        quantity: found.quantity,
        limit: found.limit.name(),
        asked_kw: found.asked_kw,
        allowed_kw: found.allowed_kw,
        excess_kw: found.excess_kw(),
    };
    crate::json_text::pretty(&Document { broken })
}
