//! How a command ends, and how it writes its result.

use std::io::{self, Write};

use microgrid::{Audit, Outcome, Problem, Problems};

use crate::refusal;

/// How a command ended; each has an exit code.
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

/// Prints a result to standard output.
pub(crate) fn print(text: &str) -> Ending {
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

/// Prints problems that belong to no scenario folder to standard error.
pub(crate) fn refuse(problems: &Problems) -> Ending {
    eprint!("refused\n{}", refusal::text(problems, None, refusal::Style::of_stderr()));
    Ending::Refused
}

/// The problem of a place that takes no output.
pub(crate) fn cannot_write(place: &str, error: &io::Error) -> Problems {
    Problem::new(place, "cannot be written").value(error).into()
}

#[cfg(test)]
mod tests {
    use microgrid::{Calendar, Dispatch, Load, Scenario, Status};

    use super::*;

    #[test]
    fn a_fault_or_open_books_are_told_by_the_exit_code() {
        let mut site = Scenario::new("site", Calendar::days(3600, 1));
        site.loads.push(Load::new("load", 1.0));
        let sound = microgrid::run(&site, &[Dispatch::Idle], None).unwrap().remove(0);
        assert_eq!(print_runs("", [&sound]), Ending::Done);
        let mut faulty = sound.clone();
        faulty.status = Status::Fault { step: 3 };
        assert_eq!(print_runs("", [&sound, &faulty]), Ending::Fault);
        let mut open = sound.clone();
        open.energy.residual_kwh = 1.0;
        assert_eq!(print_runs("", [&sound, &open]), Ending::Fault);
    }
}
