//! Whether the light of a weather file follows the sun.

use microgrid_core::Problems;
use microgrid_core::generation::Weather;
use microgrid_core::generation::pv::position::{Ephemeris, Observer};

/// Shifts that are tried: twelve hours either way.
const RANGE_H: i64 = 12;
/// One day in this many is looked at: a year's seventy days tell the same as all, in a fifth of the time.
const DAY_STRIDE: usize = 5;

/// By how many minutes the light of `weather` comes before the sun (negative: after it); 0 for a dark file.
///
/// A file whose hour 1 was read as 01:00–02:00 gives −60, and so does one stamped in daylight saving time; one of
/// another zone gives the zones' difference. Afternoon clouds, coasts and valleys move the figure by up to twenty
/// minutes.
///
/// # Model
/// The shift τ that maximises the cosine similarity `Σ G(t) h(t + τ) / √Σ h(t + τ)²` of global irradiance G and the
/// mean height h of the sun (its sine times the share of the interval it is up), over every fifth day; whole hours
/// are tried, and a parabola through the best of them and its neighbours gives the minute.
///
/// # Errors
/// Impossible location or axis.
pub fn noon_shift_min(weather: &Weather) -> Result<f64, Problems> {
    let axis = weather.axis();
    let mut problems = Problems::none();
    weather.location.check("location", &mut problems);
    axis.check("axis", &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let range_s = RANGE_H * 3600;
    let ephemeris = Ephemeris::new(axis.start_unix_s - range_s, axis.end_unix_s() + range_s)?;
    let observer = Observer::at(&weather.location);
    let (step_s, per_day) = (f64::from(axis.step_s), (86_400 / axis.step_s).max(1) as usize);
    let fit = |shift_h: i64| {
        let (mut product, mut square) = (0.0, 0.0);
        for (i, ghi) in weather.ghi_w_per_m2.iter().enumerate().filter(|(i, _)| (i / per_day) % DAY_STRIDE == 0) {
            let start_s = (axis.start_unix_s + shift_h * 3600 + i as i64 * i64::from(axis.step_s)) as f64;
            if let Some((sun, share)) = observer.sun_of_interval(&ephemeris, start_s, step_s) {
                let height = share * sun.up.max(0.0);
                product += ghi * height;
                square += height * height;
            }
        }
        if square > 0.0 { product / square.sqrt() } else { 0.0 }
    };
    let fits: Vec<f64> = (-RANGE_H..=RANGE_H).map(fit).collect();
    // The ends are the same hour of the neighbouring day: the best is sought within them.
    let best = (1..fits.len() - 1).max_by(|a, b| fits[*a].total_cmp(&fits[*b])).unwrap_or(RANGE_H as usize);
    let (before, top, after) = (fits[best - 1], fits[best], fits[best + 1]);
    let bend = before - 2.0 * top + after;
    if top <= 0.0 || bend >= 0.0 {
        return Ok(0.0);
    }
    let peak = (0.5 * (before - after) / bend).clamp(-1.0, 1.0);
    Ok((best as f64 + peak - RANGE_H as f64) * 60.0)
}
