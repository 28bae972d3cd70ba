//! Voltage and frequency timers by table (ANSI 27, 59, 81), as rules for connected plants give them.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::Problems;

/// What a stage watches, and the limit beyond which it times.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum TripLimit {
    /// Voltage above this, per unit of nominal (59).
    VoltageAbove(f64),
    /// Voltage below this, per unit of nominal (27).
    VoltageBelow(f64),
    /// Frequency above this, Hz (81O).
    FrequencyAbove(f64),
    /// Frequency below this, Hz (81U).
    FrequencyBelow(f64),
}

/// A stage of a table: trips when its limit was passed for a time without a break.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TripStage {
    /// What reports call it, such as `UV1`.
    pub name: String,
    /// The limit.
    pub limit: TripLimit,
    /// Time to clear, s, at least 0.
    pub clearing_s: f64,
}

/// When a plant may connect again.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EnterService {
    /// Least voltage, per unit.
    pub voltage_least_pu: f64,
    /// Greatest voltage, per unit.
    pub voltage_greatest_pu: f64,
    /// Least frequency, Hz.
    pub frequency_least_hz: f64,
    /// Greatest frequency, Hz.
    pub frequency_greatest_hz: f64,
    /// Time within these limits without a break, s.
    pub delay_s: f64,
}

/// A table of stages, with its source.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TripTable {
    /// What reports call it.
    pub name: String,
    /// Where its figures are from.
    pub source: String,
    /// The stages.
    pub stages: Vec<TripStage>,
    /// When it may connect again.
    pub enter_service: EnterService,
}

/// What a table's timers remember.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TripState {
    /// Time that each stage's limit has been passed, s.
    pub passed_s: Vec<f64>,
    /// Time that the voltage and frequency have been fit to connect again, s.
    pub fit_s: f64,
    /// Whether it is connected.
    pub is_connected: bool,
}

impl TripLimit {
    /// Whether the limit is passed.
    #[must_use]
    pub fn is_passed(self, voltage_pu: f64, frequency_hz: f64) -> bool {
        match self {
            Self::VoltageAbove(limit) => voltage_pu > limit,
            Self::VoltageBelow(limit) => voltage_pu < limit,
            Self::FrequencyAbove(limit) => frequency_hz > limit,
            Self::FrequencyBelow(limit) => frequency_hz < limit,
        }
    }
}

impl TripTable {
    /// The names of the tables that are built in.
    pub const NAMED: [&'static str; 3] = ["ieee_1547_category_1", "ieee_1547_category_2", "ieee_1547_category_3"];

    /// A built-in table by its name: the default settings of IEEE Std 1547-2018 for abnormal operating performance
    /// categories I, II and III, of a 60 Hz system, as EPRI's OpenDER has them (BSD-3-Clause).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let category = Self::NAMED.iter().position(|known| *known == name)?;
        let [over, under, deep] = [
            [(1.10, 2.0), (0.70, 2.0), (0.45, 0.16)],
            [(1.10, 2.0), (0.70, 10.0), (0.45, 0.16)],
            [(1.10, 13.0), (0.88, 21.0), (0.50, 2.0)],
        ][category];
        let stage = |name: &str, limit, clearing_s| TripStage { name: name.into(), limit, clearing_s };
        Some(Self {
            name: name.into(),
            source: "IEEE Std 1547-2018, default settings".into(),
            stages: vec![
                stage("OV2", TripLimit::VoltageAbove(1.20), 0.16),
                stage("OV1", TripLimit::VoltageAbove(over.0), over.1),
                stage("UV1", TripLimit::VoltageBelow(under.0), under.1),
                stage("UV2", TripLimit::VoltageBelow(deep.0), deep.1),
                stage("OF2", TripLimit::FrequencyAbove(62.0), 0.16),
                stage("OF1", TripLimit::FrequencyAbove(61.2), 300.0),
                stage("UF1", TripLimit::FrequencyBelow(58.5), 300.0),
                stage("UF2", TripLimit::FrequencyBelow(56.5), 0.16),
            ],
            enter_service: EnterService {
                voltage_least_pu: 0.917,
                voltage_greatest_pu: 1.05,
                frequency_least_hz: 59.5,
                frequency_greatest_hz: 60.1,
                delay_s: 300.0,
            },
        })
    }

    /// Its timers at rest, connected.
    #[must_use]
    pub fn at_rest(&self) -> TripState {
        TripState { passed_s: vec![0.0; self.stages.len()], fit_s: 0.0, is_connected: true }
    }

    /// The stage that trips first if voltage and frequency stay as they are, and in what time, s.
    #[must_use]
    pub fn next_trip(&self, state: &TripState, voltage_pu: f64, frequency_hz: f64) -> Option<(&TripStage, f64)> {
        let passed = self.stages.iter().zip(&state.passed_s);
        let passed = passed.filter(|(stage, _)| stage.limit.is_passed(voltage_pu, frequency_hz));
        passed.map(|(stage, s)| (stage, (stage.clearing_s - s).max(0.0))).min_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    /// Advances the timers by a stretch of constant voltage and frequency; the stage that trips in it and the instant, s
    /// from its start. A plant that is not connected times its way back instead.
    pub fn advance(
        &self,
        state: &mut TripState,
        voltage_pu: f64,
        frequency_hz: f64,
        duration_s: f64,
    ) -> Option<(&TripStage, f64)> {
        if !state.is_connected {
            let enter = &self.enter_service;
            let is_fit = (enter.voltage_least_pu..=enter.voltage_greatest_pu).contains(&voltage_pu)
                && (enter.frequency_least_hz..=enter.frequency_greatest_hz).contains(&frequency_hz);
            state.fit_s = if is_fit { state.fit_s + duration_s } else { 0.0 };
            if state.fit_s >= enter.delay_s {
                *state = self.at_rest();
            }
            return None;
        }
        let trip = self.next_trip(state, voltage_pu, frequency_hz).filter(|(_, left_s)| *left_s <= duration_s);
        for (stage, passed_s) in self.stages.iter().zip(&mut state.passed_s) {
            *passed_s = if stage.limit.is_passed(voltage_pu, frequency_hz) { *passed_s + duration_s } else { 0.0 };
        }
        if trip.is_some() {
            (state.is_connected, state.fit_s) = (false, 0.0);
        }
        trip
    }

    /// Problems of the table as the `field` of a list.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        for (i, stage) in self.stages.iter().enumerate() {
            let (value, least, most) = match stage.limit {
                TripLimit::VoltageAbove(limit) | TripLimit::VoltageBelow(limit) => (limit, 0.0, 2.0),
                TripLimit::FrequencyAbove(limit) | TripLimit::FrequencyBelow(limit) => (limit, 1.0, 1000.0),
            };
            problems.require_range(format!("{field}.stages[{i}].limit"), value, least, most);
            problems.require_range(format!("{field}.stages[{i}].clearing_s"), stage.clearing_s, 0.0, 1e6);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The defaults of the standard: a sag to 0.6 p.u. trips category I in 2 s, II in 10 s and III in 21 s; to 0.3 p.u. in
    /// 0.16, 0.16 and 2 s; half of the time and a recovery trips none.
    #[test]
    fn categories_of_ieee_1547_trip_at_their_times() {
        for (name, sag_s, deep_s) in
            TripTable::NAMED.iter().zip([2.0, 10.0, 21.0]).zip([0.16, 0.16, 2.0]).map(|((n, a), b)| (n, a, b))
        {
            let table = TripTable::named(name).unwrap();
            let mut problems = Problems::none();
            table.check("t", &mut problems);
            assert!(problems.is_empty());
            assert_eq!(table.next_trip(&table.at_rest(), 0.6, 60.0).unwrap().1, sag_s, "{name}");
            let deep = table.next_trip(&table.at_rest(), 0.3, 60.0).unwrap();
            assert_eq!((deep.0.name.as_str(), deep.1), ("UV2", deep_s), "{name}");
            assert!(table.next_trip(&table.at_rest(), 1.0, 60.0).is_none());
            assert_eq!(table.next_trip(&table.at_rest(), 1.0, 56.0).unwrap().1, 0.16);
            let mut state = table.at_rest();
            assert!(table.advance(&mut state, 0.6, 60.0, sag_s / 2.0).is_none());
            assert!(table.advance(&mut state, 1.0, 60.0, 0.01).is_none());
            assert!(table.advance(&mut state, 0.6, 60.0, 0.75 * sag_s).is_none());
            let (stage, instant_s) = table.advance(&mut state, 0.6, 60.0, sag_s).unwrap();
            assert!(stage.name == "UV1" && (instant_s - 0.25 * sag_s).abs() < 1e-12);
            // 300 s fit to connect, without a break.
            for (voltage_pu, duration_s, connected) in [(1.0, 299.0, false), (0.9, 1.0, false), (1.0, 300.0, true)] {
                assert!(table.advance(&mut state, voltage_pu, 60.0, duration_s).is_none());
                assert_eq!(state.is_connected, connected);
            }
        }
    }
}
