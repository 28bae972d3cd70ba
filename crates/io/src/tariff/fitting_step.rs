//! The longest step that fits the borders of hours: what a refusal of a border inside a step advises.

use std::ops::Range;

use crate::time::Clock;

/// The minutes within `minutes` at which what holds changes; the first minute is none of them.
pub(super) fn borders_within<T: PartialEq>(
    minutes: Range<usize>,
    at: impl Fn(usize) -> T,
) -> impl Iterator<Item = usize> {
    minutes.skip(1).filter(move |minute| at(*minute) != at(minute - 1))
}

/// The longest step, in seconds, that divides the run's and ends at every border; `borders` are the minutes of the day
/// at which what holds changes inside a step.
///
/// Steps of equal length that divide the run's begin wherever those begin, so it is the greatest common divisor of the
/// step and of every border's distance from its step's start.
pub(super) fn fitting_step_s(clock: &Clock, borders: impl Fn(usize) -> Vec<usize>) -> u32 {
    let mut fitting_s = clock.step_s();
    for step in 0..clock.steps() {
        let local = clock.local(step);
        let start_s = local.hour() as u32 * 3600 + local.minute() as u32 * 60 + local.second() as u32;
        for minute in borders(step) {
            fitting_s = greatest_common_divisor(fitting_s, minute as u32 * 60 - start_s);
        }
    }
    fitting_s
}

/// The advice beside a border inside a step.
pub(super) fn fitting_hint(step_s: u32, fitting_s: u32) -> String {
    format!("the step is {step_s} s long; {fitting_s} s is the longest that ends at every border of the run")
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
