//! Whether the light of a weather file follows the sun, and by how many minutes it does not.

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

/// By how many minutes the light of a file comes before the sun (negative: after it), as its own three irradiances tell.
///
/// # Model
/// Direct irradiance B was worked out with a sun: global G equals B · cos z(t + τ) + diffuse D only where τ is the time
/// between the file's stamps and that sun. τ is sought by least squares over hours of G > 50 W/m² and B > 0 of every
/// fifth day, from an hour before to an hour after [`noon_shift_min`]: squares are quadratic in τ near their least, so a
/// parabola through the best of ten-minute steps and its neighbours gives the minute. Files whose columns were made with
/// one sun leave less than 3 W/m² (typical years of NREL 0.8 to 1.5); measured columns leave more, and tell the shift to
/// ten minutes where ten minutes either way make the root mean square a quarter greater, else not at all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TimeShift {
    /// To the minute.
    Sharp {
        /// Minutes before the sun.
        minutes: f64,
    },
    /// To ten minutes.
    WithinTen {
        /// Minutes before the sun.
        minutes: f64,
    },
    /// The columns do not tell.
    NotIdentifiable,
}

impl TimeShift {
    /// Minutes before the sun, where they are told.
    #[must_use]
    pub const fn minutes(self) -> Option<f64> {
        match self {
            Self::Sharp { minutes } | Self::WithinTen { minutes } => Some(minutes),
            Self::NotIdentifiable => None,
        }
    }

    /// The shift in words, such as `3 min after the sun (least squares)`.
    #[must_use]
    pub fn words(self) -> String {
        let (minutes, exact) = match self {
            Self::Sharp { minutes } => (minutes, ""),
            Self::WithinTen { minutes } => (minutes, ", ±10 min"),
            Self::NotIdentifiable => return "its time shift is not identifiable".into(),
        };
        match minutes.round() {
            0.0 => format!("light in time with the sun (least squares{exact})"),
            whole if whole > 0.0 => format!("light {whole} min before the sun (least squares{exact})"),
            whole => format!("light {} min after the sun (least squares{exact})", -whole),
        }
    }
}

/// Root mean square below which the shift is told to the minute, W/m².
const SHARP_W_PER_M2: f64 = 3.0;
/// Step of the search, minutes.
const SEARCH_STEP_MIN: i64 = 10;

/// The shift of `weather`, sought around `noon_shift_min`; see [`TimeShift`].
///
/// # Errors
/// Impossible location or axis.
pub fn time_shift(weather: &Weather, noon_shift_min: f64) -> Result<TimeShift, Problems> {
    let axis = weather.axis();
    let margin_s = (RANGE_H + 2) * 3600;
    let ephemeris = Ephemeris::new(axis.start_unix_s - margin_s, axis.end_unix_s() + margin_s)?;
    let observer = Observer::at(&weather.location);
    let (step_s, per_day) = (f64::from(axis.step_s), (86_400 / axis.step_s).max(1) as usize);
    let sunny: Vec<usize> = (0..axis.steps)
        .filter(|i| (i / per_day) % DAY_STRIDE == 0)
        .filter(|i| weather.ghi_w_per_m2[*i] > 50.0 && weather.dni_w_per_m2[*i] > 0.0)
        .collect();
    if sunny.len() < 100 {
        return Ok(TimeShift::NotIdentifiable);
    }
    let mean_square = |shift_min: f64| {
        let square = |i: &usize| {
            let start_s = (axis.start_unix_s + *i as i64 * i64::from(axis.step_s)) as f64 + shift_min * 60.0;
            let up = observer.sun_of_interval(&ephemeris, start_s, step_s).map_or(0.0, |(sun, share)| sun.up * share);
            let rest = weather.ghi_w_per_m2[*i] - weather.dhi_w_per_m2[*i] - weather.dni_w_per_m2[*i] * up.max(0.0);
            rest * rest
        };
        sunny.iter().map(square).sum::<f64>() / sunny.len() as f64
    };
    let centre = (noon_shift_min / SEARCH_STEP_MIN as f64).round() as i64;
    let shifts: Vec<f64> = (-6..=6).map(|k| ((centre + k) * SEARCH_STEP_MIN) as f64).collect();
    let squares: Vec<f64> = shifts.iter().map(|shift| mean_square(*shift)).collect();
    let best = (1..shifts.len() - 1).min_by(|a, b| squares[*a].total_cmp(&squares[*b])).unwrap_or(1);
    let (before, least, after) = (squares[best - 1], squares[best], squares[best + 1]);
    let bend = before - 2.0 * least + after;
    if bend <= 0.0 {
        return Ok(TimeShift::NotIdentifiable);
    }
    let minutes = shifts[best] + (0.5 * (before - after) / bend).clamp(-1.0, 1.0) * SEARCH_STEP_MIN as f64;
    let least = libm::sqrt(mean_square(minutes));
    // Ten minutes either way, by the parabola.
    let aside = libm::sqrt(least * least + 0.5 * bend);
    Ok(match () {
        () if least < SHARP_W_PER_M2 => TimeShift::Sharp { minutes },
        () if aside > 1.25 * least => TimeShift::WithinTen { minutes },
        () => TimeShift::NotIdentifiable,
    })
}
