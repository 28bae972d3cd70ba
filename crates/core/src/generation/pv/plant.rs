//! A solar plant: one or more arrays behind one inverter.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::PvArray;
use super::inverter::{Inverter, InverterCurve};
use crate::{Problem, Problems};

/// Arrays that share an inverter, each at its own greatest power.
///
/// A plain [`PvArray`] makes a plant of its own, with everything else at its default:
///
/// ```
/// use microgrid_core::generation::pv::{PvArray, PvPlant};
/// let (east, west) = (PvArray { azimuth_deg: 90.0, ..PvArray::roof_mount(50.0) }, PvArray::roof_mount(50.0));
/// let west = PvArray { azimuth_deg: 270.0, ..west };
/// let both = PvPlant { arrays: vec![east, west], dc_per_ac: 1.4, ..PvPlant::default() };
/// assert!((both.ac_kw() - 100.0 / 1.4).abs() < 1e-9);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct PvPlant {
    /// The arrays, at least one.
    pub arrays: Vec<PvArray>,
    /// Module power over inverter power, 0.5 to 5; default 1.15. The inverter clips at `dc_kw() / dc_per_ac`.
    pub dc_per_ac: f64,
    /// The inverter.
    pub inverter: Inverter,
    /// Power that the modules lose each year, percent of their first, 0 to 5; default 0. It steps at each full year from
    /// the axis' start, as SAM has it; beside the static loss `age_percent`.
    pub degradation_percent_per_year: f64,
}

impl Default for PvPlant {
    fn default() -> Self {
        Self::from(PvArray::default())
    }
}

impl From<PvArray> for PvPlant {
    fn from(array: PvArray) -> Self {
        Self { arrays: vec![array], dc_per_ac: 1.15, inverter: Inverter::default(), degradation_percent_per_year: 0.0 }
    }
}

impl From<&PvPlant> for PvPlant {
    fn from(plant: &PvPlant) -> Self {
        plant.clone()
    }
}

impl PvPlant {
    /// A plant by the models of PVWatts V8: [`PvArray::with_pvwatts_v8_modules`] and
    /// [`pvwatts_v8_kw`](super::inverter::pvwatts_v8_kw).
    #[must_use]
    pub fn pvwatts_v8(array: PvArray) -> Self {
        Self {
            inverter: Inverter { curve: InverterCurve::pvwatts_v8(), ..Inverter::default() },
            ..Self::from(array.with_pvwatts_v8_modules())
        }
    }

    /// Module power of all arrays, kW.
    #[must_use]
    pub fn dc_kw(&self) -> f64 {
        self.arrays.iter().map(|array| array.dc_kw).sum()
    }

    /// The inverter's rated output, kW.
    #[must_use]
    pub fn ac_kw(&self) -> f64 {
        self.dc_kw() / self.dc_per_ac
    }

    /// Power out of the inverter over power in, at its rating.
    #[must_use]
    pub fn inverter_efficiency(&self) -> f64 {
        1.0 / self.inverter.curve.full_dc_kw(1.0)
    }

    /// The same plant with 1 kW of modules: all of the chain is in proportion to them.
    #[must_use]
    pub fn per_kw(&self) -> Self {
        let dc_kw = self.dc_kw();
        let one = |array: &PvArray| PvArray {
            dc_kw: if self.arrays.len() == 1 { 1.0 } else { array.dc_kw / dc_kw },
            ..*array
        };
        Self { arrays: self.arrays.iter().map(one).collect(), ..self.clone() }
    }

    /// Adds a problem for each impossible value; `field` is the path of this plant, such as `generation.pv[0]`, which
    /// stands for its array where it has one only.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        match &self.arrays[..] {
            [] => problems.push(Problem::new(format!("{field}.arrays"), "is empty").allowed("an array or more")),
            [array] => array.check(field, problems),
            arrays => {
                arrays.iter().enumerate().for_each(|(i, array)| array.check(&format!("{field}.arrays[{i}]"), problems));
            }
        }
        problems.require_range(format_args!("{field}.dc_per_ac"), self.dc_per_ac, 0.5, 5.0);
        let yearly = self.degradation_percent_per_year;
        problems.require_range(format_args!("{field}.degradation_percent_per_year"), yearly, 0.0, 5.0);
        self.inverter.check(&format!("{field}.inverter"), problems);
    }
}
