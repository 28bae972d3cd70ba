//! How a command ends, and how it writes its result.

use std::io::{self, Write};

use microgrid::{Problem, Problems};

use crate::refusal;

/// How a command ended; each has an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The result is printed.
    Done,
    /// The result is printed, and a run in it found a fault.
    Fault,
    /// There is no result: the input, or the place for the output, was refused.
    Refused,
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

/// Prints problems that belong to no scenario folder to standard error.
pub(crate) fn refuse(problems: &Problems) -> Ending {
    eprint!("refused\n{}", refusal::text(problems, None, refusal::Style::of_stderr()));
    Ending::Refused
}

/// The problem of a place that takes no output.
pub(crate) fn cannot_write(place: &str, error: &io::Error) -> Problems {
    Problem::new(place, "cannot be written").value(error).into()
}
