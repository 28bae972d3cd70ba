//! What the log holds.

use core::ops::Range;

use crate::demand::Tier;

/// What kind of event it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum EventKind {
    /// The utility's grid is away.
    Outage,
    /// In an outage, the site serves some of its load by itself.
    Islanded,
    /// In an outage, it serves none of a load that asks.
    Dark,
    /// In an outage, its storage is at its floor.
    StorageEmpty,
    /// Load of a tier is not served, in part or whole.
    Shed(Tier),
    /// The tie takes as much as it may.
    TieAtLimit,
    /// The transformer at the tie is loaded above its rating.
    TransformerOverload,
    /// A bus of the feeder is below its least voltage.
    VoltageLow,
    /// A bus of the feeder is above its greatest voltage.
    VoltageHigh,
    /// A line or transformer of the feeder is loaded above its greatest loading.
    FeederOverload,
    /// Generation, storage, flexible use or load is reduced to hold the feeder's limits.
    FeederHeld,
    /// An alarm, by its place among the alarms.
    Alarm(usize),
}

impl EventKind {
    /// Its name in files; an alarm has its own.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Outage => "outage",
            Self::Islanded => "islanded",
            Self::Dark => "dark",
            Self::StorageEmpty => "storage_empty",
            Self::Shed(Tier::Critical) => "shed_critical",
            Self::Shed(Tier::Normal) => "shed_normal",
            Self::Shed(Tier::Sheddable) => "shed_sheddable",
            Self::TieAtLimit => "tie_at_limit",
            Self::TransformerOverload => "transformer_overload",
            Self::VoltageLow => "voltage_low",
            Self::VoltageHigh => "voltage_high",
            Self::FeederOverload => "feeder_overload",
            Self::FeederHeld => "feeder_held",
            Self::Alarm(_) => "alarm",
        }
    }
}

/// An event from its first step to its end.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Event {
    /// Its kind.
    pub kind: EventKind,
    /// Its steps, the end not among them.
    pub steps: Range<u32>,
    /// Energy not served in it, kWh.
    pub unserved_kwh: f64,
    /// The farthest value in it: load not served for outages, islands and sheds, kW; import for the tie, kW; loading for
    /// the transformer and voltage for the feeder, per unit; its loading, percent; stored energy, kWh; an alarm's quantity in its unit.
    pub extreme: f64,
}

/// An event that may be going on.
#[derive(Debug, Clone, Default)]
pub(super) struct Track {
    first: Option<u32>,
    unserved_kwh: f64,
    extreme: f64,
}

impl Track {
    /// Sees a step: whether the event is there, what is not served, and a value whose extreme is kept by `farther`. The event
    /// that ended before this step, where one did.
    pub(super) fn see(
        &mut self,
        kind: EventKind,
        step: u32,
        is_on: bool,
        unserved_kwh: f64,
        value: f64,
        farther: fn(f64, f64) -> f64,
    ) -> Option<Event> {
        match (is_on, self.first) {
            (true, None) => *self = Self { first: Some(step), unserved_kwh, extreme: value },
            (true, Some(_)) => {
                self.unserved_kwh += unserved_kwh;
                self.extreme = farther(self.extreme, value);
            }
            (false, _) => return self.end(kind, step),
        }
        None
    }

    /// Ends what is going on.
    pub(super) fn end(&mut self, kind: EventKind, step: u32) -> Option<Event> {
        let first = self.first.take()?;
        Some(Event { kind, steps: first..step, unserved_kwh: self.unserved_kwh, extreme: self.extreme })
    }
}
