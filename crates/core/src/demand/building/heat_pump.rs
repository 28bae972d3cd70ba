//! What a heat pump gives for its power, by the temperature outdoors.

use alloc::format;
use alloc::vec::Vec;

use crate::simulation::Fingerprint;
use crate::{Problem, Problems};

/// A heat pump between a building and the air outdoors: what it gives at full load, and its coefficient of performance (COP), at
/// some temperatures outdoors, as data sheets have them. Between two of them both are on a straight line, beyond the outermost
/// they stay. At part load the COP is that of full load: an inverter machine, without the losses of starting.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HeatPump {
    /// What it heats; empty: it does not heat.
    pub heating: Vec<HeatPumpPoint>,
    /// What it cools; empty: it does not cool.
    pub cooling: Vec<HeatPumpPoint>,
}

/// A heat pump at full load at a temperature outdoors.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HeatPumpPoint {
    /// Temperature outdoors, −60 to 60; ascending from point to point.
    pub outdoor_c: f64,
    /// Heat given to the building, or taken from it, kW, at least 0.
    pub heat_kw: f64,
    /// Heat per electricity, 1 to 20.
    pub cop: f64,
}

impl HeatPump {
    /// A residential air-to-air machine by the default curves of DOE-2 (*Reference Manual*, Part 1, version 1.2, table IV.11: RESYS), which
    /// GridLAB-D's houses have too, from what it is rated at: heating at 8.33 °C (47 °F), cooling at 35 °C (95 °F) outdoors and
    /// a wet bulb of 19.4 °C (67 °F) indoors. A rating of 0 leaves that side out.
    ///
    /// # Model
    /// With T outdoors in °F: heating capacity × (0.34148808 + 0.00894102·T + 0.00010787·T²), heating COP ÷ (2.03914613 − 0.03906753·T +
    /// 0.00045617·T² − 0.00000203·T³) up to 80 °F; cooling capacity × (1.48924533 − 0.00514995·T), cooling COP ÷ (−0.01363961 +
    /// 0.01066989·T) from 40 °F on. Taken at every 5 K from −25 to 25 °C and from 5 to 45 °C; a COP stays at 1 or above.
    #[must_use]
    pub fn doe2(heating_kw: f64, heating_cop: f64, cooling_kw: f64, cooling_cop: f64) -> Self {
        let at = |c: i32| (f64::from(c), 1.8 * f64::from(c) + 32.0);
        let heating = |c: i32| {
            let (outdoor_c, f) = at(c);
            let capacity = 0.341_488_08 + f * (0.008_941_02 + f * 0.000_107_87);
            let input = 2.039_146_13 + f * (-0.039_067_53 + f * (0.000_456_17 - f * 0.000_002_03));
            HeatPumpPoint { outdoor_c, heat_kw: heating_kw * capacity, cop: (heating_cop / input).max(1.0) }
        };
        let cooling = |c: i32| {
            let (outdoor_c, f) = at(c);
            let (capacity, input) = (1.489_245_33 - 0.005_149_95 * f, -0.013_639_61 + 0.010_669_89 * f);
            HeatPumpPoint { outdoor_c, heat_kw: cooling_kw * capacity, cop: (cooling_cop / input).max(1.0) }
        };
        let is_there = |kw: f64| kw != 0.0;
        Self {
            heating: (-5..=5).map(|five| heating(5 * five)).filter(|_| is_there(heating_kw)).collect(),
            cooling: (1..=9).map(|five| cooling(5 * five)).filter(|_| is_there(cooling_kw)).collect(),
        }
    }

    pub(super) fn check(&self, problems: &mut Problems, field: core::fmt::Arguments<'_>) {
        for (name, points) in [("heating_point", &self.heating), ("cooling_point", &self.cooling)] {
            for (i, point) in points.iter().enumerate() {
                let HeatPumpPoint { outdoor_c, heat_kw, cop } = *point;
                problems.require_range(format_args!("{field}.{name}[{i}].outdoor_c"), outdoor_c, -60.0, 60.0);
                problems.require_range(format_args!("{field}.{name}[{i}].heat_kw"), heat_kw, 0.0, 1e6);
                problems.require_range(format_args!("{field}.{name}[{i}].cop"), cop, 1.0, 20.0);
            }
            if let Some(i) = points.windows(2).position(|pair| pair[0].outdoor_c >= pair[1].outdoor_c) {
                let problem =
                    Problem::new(format!("{field}.{name}[{}].outdoor_c", i + 1), "is not above the one before");
                problems.push(problem.value(points[i + 1].outdoor_c));
            }
        }
    }

    pub(super) fn hash(&self, hash: &mut Fingerprint) {
        let Self { heating, cooling } = self;
        for points in [heating, cooling] {
            hash.word(points.len() as u64);
            for HeatPumpPoint { outdoor_c, heat_kw, cop } in points {
                hash.numbers(&[*outdoor_c, *heat_kw, *cop]);
            }
        }
    }
}

/// What the points say at a temperature: most heat, kW, and COP; nothing of no points.
pub(super) fn at(points: &[HeatPumpPoint], outdoor_c: f64) -> (f64, f64) {
    let above = points.partition_point(|point| point.outdoor_c < outdoor_c);
    match (above.checked_sub(1).map(|below| &points[below]), points.get(above)) {
        (Some(a), Some(b)) => {
            let share = (outdoor_c - a.outdoor_c) / (b.outdoor_c - a.outdoor_c);
            (a.heat_kw + share * (b.heat_kw - a.heat_kw), a.cop + share * (b.cop - a.cop))
        }
        (Some(only), None) | (None, Some(only)) => (only.heat_kw, only.cop),
        (None, None) => (0.0, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At the ratings the curves are 1 by their making: the straight line between the points about 8.33 °C is within 1 %.
    #[test]
    fn a_machine_gives_what_it_is_rated_at() {
        let pump = HeatPump::doe2(8.0, 3.5, 9.0, 3.0);
        let (heat_kw, cop) = at(&pump.heating, 25.0 / 3.0);
        assert!((heat_kw / 8.0 - 1.0).abs() < 0.01 && (cop / 3.5 - 1.0).abs() < 0.01, "{heat_kw} {cop}");
        let (heat_kw, cop) = at(&pump.cooling, 35.0);
        assert!((heat_kw / 9.0 - 1.0).abs() < 1e-4 && (cop / 3.0 - 1.0).abs() < 1e-4, "{heat_kw} {cop}");
        assert_eq!(at(&pump.heating, -40.0), at(&pump.heating, -25.0));
        assert!(at(&pump.heating, -15.0).1 < at(&pump.heating, 5.0).1 && at(&pump.heating, -25.0).1 >= 1.0);
    }
}
