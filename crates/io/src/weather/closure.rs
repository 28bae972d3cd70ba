//! Whether global, direct and diffuse irradiance of a weather file agree.

use microgrid_core::Problems;
use microgrid_core::generation::Weather;
use microgrid_core::generation::pv::position::suns;

/// Least global irradiance, measured or summed, of an hour that is looked at, W/m².
const LEAST_W_PER_M2: f64 = 50.0;
/// Cosines of 75° and 88°.
const COS_75: f64 = 0.258_819_045_102_520_7;
const COS_88: f64 = 0.034_899_496_702_500_97;

/// How well global irradiance equals direct times the cosine of the zenith plus diffuse.
///
/// # Model
/// The closure test of radiation networks (Long and Shi, *An automated quality assessment and control algorithm for
/// surface radiation measurements*, Open Atmos. Sci. J. 2, 2008): in hours of more than 50 W/m² the two differ by at
/// most 8 % of the greater where the sun stands less than 75° from the zenith, and by at most 15 % to 88°. Typical years
/// fail in at most 1 of 100 such hours; wrong units and zeroed columns fail in nearly all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Closure {
    /// Hours looked at.
    pub hours: usize,
    /// Those in which the two differ by more.
    pub failed_hours: usize,
    /// Median of global over direct · cos z + diffuse, of the hours where the latter is above 0; 1 where there are none.
    pub median_ratio: f64,
}

impl Closure {
    /// The share of hours that fail above which a file is doubtful.
    pub const DOUBTFUL_SHARE: f64 = 0.05;

    /// Compares the three columns.
    ///
    /// # Errors
    /// Impossible location or axis.
    pub fn of(weather: &Weather) -> Result<Self, Problems> {
        let suns = suns(&weather.location, &weather.axis())?;
        let mut closure = Self { hours: 0, failed_hours: 0, median_ratio: 1.0 };
        let mut ratios = Vec::new();
        for (i, sun) in suns.iter().enumerate() {
            let Some((sun, share)) = sun.as_ref().filter(|(sun, _)| sun.up > COS_88) else { continue };
            let global = weather.ghi_w_per_m2[i];
            let sum = weather.dni_w_per_m2[i] * sun.up * share + weather.dhi_w_per_m2[i];
            let greater = global.max(sum);
            if greater <= LEAST_W_PER_M2 {
                continue;
            }
            closure.hours += 1;
            let allowed = if sun.up > COS_75 { 0.08 } else { 0.15 };
            closure.failed_hours += usize::from((global - sum).abs() > allowed * greater);
            if sum > 0.0 {
                ratios.push(global / sum);
            }
        }
        ratios.sort_by(f64::total_cmp);
        if let Some(median) = ratios.get(ratios.len() / 2) {
            closure.median_ratio = *median;
        }
        Ok(closure)
    }

    /// Whether more than one hour in twenty fails.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.failed_hours as f64 > Self::DOUBTFUL_SHARE * self.hours as f64
    }

    /// What is the matter, where the file is doubtful.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        if !self.is_doubtful() {
            return None;
        }
        let ratio = self.median_ratio;
        let guess = match ratio {
            _ if ratio == 0.0 => "as if the global column were empty",
            _ if (0.0008..0.0012).contains(&ratio) => "as if global were in kWh",
            _ if (800.0..1200.0).contains(&ratio) => "as if direct and diffuse were in kWh",
            _ if ratio > 5.0 => "as if the direct column were empty",
            _ if (ratio - 1.0).abs() < 0.05 => "as if they were of different times",
            _ => "as if they were of different sources or scales",
        };
        Some(format!(
            "global is not direct · cos z + diffuse in {} of {} sunny hours (median ratio {ratio:.3}), {guess}",
            self.failed_hours, self.hours
        ))
    }
}
