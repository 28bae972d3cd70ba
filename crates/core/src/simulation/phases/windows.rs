//! Demand windows: means of the import over windows that follow each other or slide.

use crate::simulation::lane::{Lane, add, max};
use crate::simulation::meter::{Meters, WindowMeter};
use crate::utility::{DemandMeter, SlidingMeter};

/// Adds the step's import to the open window of each demand charge that counts windows or some steps only.
#[cold]
#[inline(never)]
pub(super) fn meter_windows<const L: usize>(
    demand: &[DemandMeter],
    import: &Lane<L>,
    step: usize,
    month: usize,
    windows: &mut [WindowMeter<L>],
) {
    let counting = demand.iter().filter(|meter| !matches!(meter, DemandMeter::StepPeak));
    for (meter, window) in counting.zip(windows) {
        match meter {
            DemandMeter::StepPeak => {}
            DemandMeter::Windows { window_steps, counted_steps } => {
                if counted_steps.as_ref().is_none_or(|counted| counted[step]) {
                    add(&mut window.open, import);
                    window.open_counted += 1;
                }
                window.open_steps += 1;
                if window.open_steps == *window_steps {
                    close_window(window, month);
                }
            }
            DemandMeter::Sliding(sliding) => slide_window(sliding, import, step, month, window),
        }
    }
}

/// Closes a window: its mean is that of the steps that count.
fn close_window<const L: usize>(window: &mut WindowMeter<L>, month: usize) {
    let share = 1.0 / f64::from(window.open_counted.max(1));
    for l in 0..L {
        window.peak[month][l] = max(window.open[l] * share, window.peak[month][l]);
    }
    window.open = Lane::<L>::ZERO;
    (window.open_steps, window.open_counted) = (0, 0);
}

/// Adds a step to windows that slide. The sum is made anew from the ring each time, so that it is the same in one go or
/// resumed.
fn slide_window<const L: usize>(
    sliding: &SlidingMeter,
    import: &Lane<L>,
    step: usize,
    month: usize,
    window: &mut WindowMeter<L>,
) {
    let length = sliding.window_steps as usize;
    let counts = |step: usize| sliding.counted_steps.as_ref().is_none_or(|counted| counted[step]);
    window.ring[step % length] = if counts(step) { *import } else { Lane::<L>::ZERO };
    let done = step + 1 - sliding.month_first_step[month] as usize;
    if done < length || !(done - length).is_multiple_of(sliding.slide_steps as usize) {
        return;
    }
    let first = step + 1 - length;
    let counted = (first..=step).filter(|step| counts(*step)).count();
    let mut sum = Lane::<L>::ZERO;
    for at in first..=step {
        add(&mut sum, &window.ring[at % length]);
    }
    let share = 1.0 / counted.max(1) as f64;
    for l in 0..L {
        window.peak[month][l] = max(sum[l] * share, window.peak[month][l]);
    }
}

/// Closes what is open at a day's end: windows that follow each other never pass midnight.
#[inline(always)]
pub(in crate::simulation) fn close_day<const L: usize>(meters: &mut Meters<L>, month: usize) {
    for window in meters.windows.iter_mut().filter(|window| window.open_steps > 0) {
        close_window(window, month);
    }
}
