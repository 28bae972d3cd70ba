//! Vehicles that come to swap their pack: recorded, or drawn from rates by the hour.
//!
//! # Model of the draw
//! Arrivals are a Poisson process whose rate is that of the hour on the site's clock, by thinning (Lewis and Shedler 1979):
//! candidates at the greatest rate, each kept with the share that its hour has of it. A candidate's three numbers – the way
//! to it, whether it is kept, its state of charge – are ChaCha8's in this order. States of charge are uniform in their range.

use microgrid_core::demand::SwapArrival;
use microgrid_core::{Problem, Problems};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::series::{Found, Layout, Sheet};
use crate::time::Clock;

/// Vehicles as they are drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct SwapDraw {
    /// Vehicles per hour in each hour of the day, midnight first, each at least 0.
    pub vehicles_by_hour: [f64; 24],
    /// Least and most state of charge of the packs that they bring.
    pub soc: [f64; 2],
    /// One seed, one set of vehicles.
    pub seed: u64,
}

impl SwapDraw {
    /// The vehicles of the run of `clock`, in the order of their arrival.
    ///
    /// # Examples
    /// ```
    /// use microgrid_io::sessions::SwapDraw;
    /// use microgrid_io::time::Clock;
    ///
    /// let draw = SwapDraw { vehicles_by_hour: [6.0; 24], soc: [0.1, 0.3], seed: 1 };
    /// let vehicles = draw.vehicles(&Clock::of_days("Asia/Shanghai", "2025-01-01", 900, 100)?);
    /// // 14 400 expected; four standard deviations are 480.
    /// assert!((vehicles.len() as f64 - 14_400.0).abs() < 480.0);
    /// # Ok::<(), microgrid_core::Problems>(())
    /// ```
    #[must_use]
    pub fn vehicles(&self, clock: &Clock) -> Vec<SwapArrival> {
        let most_per_h = self.vehicles_by_hour.iter().copied().fold(0.0, f64::max);
        let end_s = clock.steps() as f64 * f64::from(clock.step_s());
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let mut vehicles = Vec::new();
        if most_per_h <= 0.0 {
            return vehicles;
        }
        let mut at_s = 0.0;
        loop {
            let [way, kept, charge] = std::array::from_fn(|_| (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64);
            at_s -= 3600.0 / most_per_h * libm::log(1.0 - way);
            if at_s >= end_s {
                return vehicles;
            }
            let step = (at_s / f64::from(clock.step_s())) as usize;
            let hour = usize::from(clock.local(step.min(clock.steps() - 1)).hour().unsigned_abs());
            if kept * most_per_h < self.vehicles_by_hour[hour] {
                vehicles.push(SwapArrival { at_s, soc: self.soc[0] + (self.soc[1] - self.soc[0]) * charge });
            }
        }
    }
}

/// Reads recorded vehicles from the text of a CSV file with columns `arrival` (a time with its offset from UTC, or on the site's
/// clock) and `soc` (0 to 1), in the order of their arrival; problems are those of `field`. Vehicles outside the run are left
/// out; their number comes second.
///
/// # Errors
/// Columns that are missing, times that cannot be read, states of charge out of range. Of one kind of fault the first is told
/// and the others are counted.
pub fn read_swaps(field: &str, file: &str, text: &str, clock: &Clock) -> Result<(Vec<SwapArrival>, usize), Problems> {
    let sheet = Sheet::parse(field, file, Layout::separated_by(None), text)?;
    let mut problems = Problems::none();
    let mut column = |name: &str| {
        let at = sheet.names().iter().position(|other| other == name);
        if at.is_none() {
            let problem = Problem::new(field, format!("names a file without a column {name}"));
            problems.push(problem.value(sheet.names().join(", ")).at(file, Some(1)));
        }
        at
    };
    let (arrival_at, soc_at) = (column("arrival"), column("soc"));
    let (Some(arrival_at), Some(soc_at)) = (arrival_at, soc_at) else { return Err(problems) };
    let (mut times, mut socs) = (Found::new(), Found::new());
    let (mut vehicles, mut outside) = (Vec::new(), 0);
    let end_s = clock.steps() as i64 * i64::from(clock.step_s());
    for (line, record) in sheet.records().iter() {
        let time = clock.zone().logged_instant(&record[arrival_at]);
        let time = time.map_err(|fault| times.add(line, || fault.problem(field, &record[arrival_at]))).ok();
        let soc = record[soc_at].trim().parse::<f64>().ok().filter(|soc| (0.0..=1.0).contains(soc));
        if soc.is_none() {
            socs.add(line, || {
                let problem = Problem::new(field, "has a state of charge that is no number in range");
                problem.value(format!("\"{}\"", record[soc_at].chars().take(40).collect::<String>())).allowed("0 to 1")
            });
        }
        let (Some(time), Some(soc)) = (time, soc) else { continue };
        let at_s = time - clock.start_unix_s();
        if (0..end_s).contains(&at_s) {
            vehicles.push(SwapArrival { at_s: at_s as f64, soc });
        } else {
            outside += 1;
        }
    }
    for found in [times, socs] {
        found.into_problem(file).into_iter().for_each(|problem| problems.push(problem));
    }
    vehicles.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    problems.or_else(|| (vehicles, outside))
}
