//! How far a sweep is, on standard error: a bar in a terminal, a line now and then elsewhere.

use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use microgrid::sweep::Progress;

use crate::ending::tell;

/// Time between two looks at the bar, and between two lines.
const BAR: Duration = Duration::from_millis(100);
const LINE: Duration = Duration::from_secs(10);

/// Shows how far a sweep is.
pub(crate) struct Reporter {
    start: Instant,
    bar: Option<ProgressBar>,
    shown: Mutex<Option<(Instant, Progress)>>,
}

impl Reporter {
    pub(crate) fn new() -> Self {
        let style = ProgressStyle::with_template("{bar:40} {percent:>3} % {msg}").expect("the template is well formed");
        let bar = stderr().is_terminal().then(|| ProgressBar::new(0).with_style(style));
        Self { start: Instant::now(), bar, shown: Mutex::new(None) }
    }

    /// Shows the progress, where the last showing is long enough ago.
    pub(crate) fn show(&self, progress: Progress) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = if self.bar.is_some() { BAR } else { LINE };
        let is_end = progress.done == progress.total && shown.is_none_or(|(_, last)| last.done < progress.done);
        let is_early = shown.map_or(self.start, |(at, _)| at).elapsed() < pause;
        if is_early && !is_end {
            return;
        }
        *shown = Some((Instant::now(), progress));
        let text = text(progress, self.start.elapsed().as_secs_f64());
        match &self.bar {
            Some(bar) => {
                bar.set_length(progress.total);
                bar.set_position(progress.done);
                bar.set_message(text);
            }
            None => tell(&format!("{text}\n")),
        }
    }

    /// Leaves the terminal as it was.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// `2048 of 100000 scenarios, 40960 a second, 2 s left, 3 faults`.
fn text(progress: Progress, seconds: f64) -> String {
    let Progress { done, resumed, total, faults } = progress;
    let mut text = format!("{done} of {total} scenarios");
    let rate = (done - resumed) as f64 / seconds;
    if rate > 0.0 && rate.is_finite() {
        let decimals = if rate < 10.0 { 1 } else { 0 };
        text += &format!(", {rate:.decimals$} a second, {} left", duration((total - done) as f64 / rate));
    }
    if faults > 0 {
        text += &format!(", {faults} fault{}", if faults == 1 { "" } else { "s" });
    }
    text
}

/// Seconds, minutes or hours, whichever is shortest.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_rate_time_left_and_faults() {
        let progress = |done, resumed, faults| Progress { done, resumed, total: 10_000, faults };
        assert_eq!(text(progress(2000, 0, 0), 2.0), "2000 of 10000 scenarios, 1000 a second, 8 s left");
        // What was there before says nothing about the rate.
        assert_eq!(text(progress(2000, 1990, 1), 2.0), "2000 of 10000 scenarios, 5.0 a second, 27 min left, 1 fault");
        assert_eq!(text(progress(2000, 2000, 3), 2.0), "2000 of 10000 scenarios, 3 faults");
        assert_eq!(text(progress(0, 0, 0), 0.0), "0 of 10000 scenarios");
        assert_eq!(duration(8000.0), "2.2 h");
    }
}
