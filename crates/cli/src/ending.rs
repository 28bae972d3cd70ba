//! How a command ends, and how it writes its result.

use std::io::{self, Write};
use std::path::Path;

use microgrid::{Audit, Outcome, Problem, Problems};

use crate::{plain, refusal};

/// How a command ended; each has an exit code, and there are no others, whatever the streams do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The result is printed.
    Done,
    /// The result is printed, and a run in it found a fault or its books do not close.
    Fault,
    /// There is no result: the input, or the place for the output, was refused.
    Refused,
    /// A sweep was stopped; what is done of it is kept.
    Stopped,
}

impl Ending {
    /// The exit code.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Fault => 1,
            Self::Refused => 2,
            Self::Stopped => 3,
        }
    }
}

/// Writes to standard error, as it is. Where that takes nothing there is nobody to tell, and the exit code still says how it
/// ended; the macros of the standard library would panic, which is why none is used.
pub(crate) fn tell(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Prints a result to standard output, where names cannot drive the terminal.
pub(crate) fn print(text: &str) -> Ending {
    print_styled(&plain::lines(text))
}

/// Prints a result to standard output as it is, with the colours it has.
pub(crate) fn print_styled(text: &str) -> Ending {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ending::Done,
        // The reader has seen enough, as with `| head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ending::Done,
        Err(error) => refuse(&cannot_write("standard output", &error)),
    }
}

/// Prints the result of runs to standard output; it is a fault where a strategy failed or the books do not close.
pub(crate) fn print_runs<'a>(text: &str, outcomes: impl IntoIterator<Item = &'a Outcome>) -> Ending {
    let sound = |outcome: &Outcome| outcome.status.is_completed() && Audit::of(outcome).closes();
    let all_sound = outcomes.into_iter().all(sound);
    match print(text) {
        Ending::Done if !all_sound => Ending::Fault,
        ending => ending,
    }
}

/// Prints what is wrong with a scenario folder, or a file in it, to standard error.
pub(crate) fn refuse_site(problems: &Problems, path: &Path) -> Ending {
    tell(&refusal::refused_site(problems, path, refusal::Style::of_stderr()));
    Ending::Refused
}

/// Prints problems that belong to no scenario folder to standard error.
pub(crate) fn refuse(problems: &Problems) -> Ending {
    tell(&format!("refused\n{}", refusal::text(problems, None, refusal::Style::of_stderr())));
    Ending::Refused
}

/// The problem of a place that takes no output.
pub(crate) fn cannot_write(place: &str, error: &io::Error) -> Problems {
    Problem::new(place, "cannot be written").value(error).into()
}

#[cfg(test)]
mod tests {
    use microgrid::dispatch::{Device, RequestFault};
    use microgrid::{Calendar, Dispatch, Load, Scenario, Status};

    use super::*;

    #[test]
    fn a_fault_or_open_books_are_told_by_the_exit_code() {
        let mut site = Scenario::new("site", Calendar::days(3600, 1));
        site.loads.push(Load::new("load", 1.0));
        let sound = microgrid::run(&site, &[Dispatch::Idle], None).unwrap().remove(0);
        assert_eq!(print_runs("", [&sound]), Ending::Done);
        let mut faulty = sound.clone();
        faulty.status = Status::Fault { step: 3, request: RequestFault::NotFinite(Device::Battery(0)) };
        assert_eq!(print_runs("", [&sound, &faulty]), Ending::Fault);
        let mut open = sound.clone();
        open.energy.residual_kwh = 1.0;
        assert_eq!(print_runs("", [&sound, &open]), Ending::Fault);
    }
}
