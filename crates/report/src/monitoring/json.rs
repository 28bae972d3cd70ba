//! A watched run as JSON. Nothing is rounded.

use serde_json::{Value, json};

use super::WatchedRun;

impl WatchedRun {
    /// `events[]`, `reliability`, `meters[]`, `transformer`, `survival`; what was not watched is null.
    #[must_use]
    pub fn json(&self) -> Value {
        let events = self.watched.events.iter().map(|event| {
            let [start, end] = self.times(event);
            json!({
                "event": self.name(event), "start": start, "end": end, "duration_h": self.hours(event),
                "unserved_kwh": event.unserved_kwh, "extreme": event.extreme, "extreme_unit": self.unit(event.kind),
            })
        });
        let meters = self.watched.meters.iter().map(|series| {
            let meter = &self.settings.meters[series.meter];
            json!({
                "meter": meter.name, "quantity": meter.quantity.name(), "window_s": meter.window_s, "values": series.values,
            })
        });
        let all = &self.watched.reliability;
        let reliability = json!({
            "energy_not_served_kwh": all.energy_not_served_kwh(), "saifi": all.saifi(), "saidi_h": all.saidi_h(),
            "caidi_h": all.caidi_h(), "maifi": all.maifi(), "asai": all.availability(),
            "outage_count": all.outage_count, "outage_h": all.outage_h, "duration_h": all.duration_h, "loads": all.loads,
        });
        let survival = self.survival.as_ref().map(|survival| {
            json!({
                "tier": survival.tier.name(), "longest_h": survival.longest_h, "mean_h": survival.mean_h(),
                "starts": survival.starts, "survived_h": survival.survived_h,
            })
        });
        json!({
            "events": events.collect::<Vec<_>>(), "reliability": reliability, "meters": meters.collect::<Vec<_>>(),
            "transformer": self.watched.transformer, "survival": survival,
        })
    }
}
