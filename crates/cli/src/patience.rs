//! A word on standard error where a command takes long.

use std::io::{IsTerminal, stderr};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::ending::tell;

/// Time until the first word, and between two words. Lines that are kept, in a file or by another program, are fewer.
const IN_TERMINAL: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(10)];
const ELSEWHERE: [Duration; 2] = [Duration::from_secs(20), Duration::from_secs(60)];

/// While it lives, says from time to time that work goes on.
pub(crate) struct Patience {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Patience {
    /// Begins; `hint` is what would make the command faster.
    pub(crate) fn with(hint: &'static str) -> Self {
        let [first, next] = if stderr().is_terminal() { IN_TERMINAL } else { ELSEWHERE };
        Self::at(first, next, move |seconds| tell(&format!("still at work after {seconds:.0} s{hint}\n")))
    }

    fn at(first: Duration, next: Duration, say: impl Fn(f64) + Send + 'static) -> Self {
        let (end, ended) = channel::<()>();
        let work = move || {
            let start = Instant::now();
            let mut pause = first;
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(pause) {
                say(start.elapsed().as_secs_f64());
                pause = next;
            }
        };
        // A machine that grants no more threads hears nothing.
        let thread = thread::Builder::new().spawn(work).ok();
        Self { end: Some(end), thread }
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        self.end.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn it_speaks_while_work_goes_on_and_not_after() {
        let (said, heard) = channel();
        let patience =
            Patience::at(Duration::from_millis(1), Duration::from_millis(1), move |_| said.send(()).unwrap());
        heard.recv().unwrap();
        heard.recv().unwrap();
        drop(patience);
        while heard.try_recv().is_ok() {}
        assert!(heard.recv().is_err(), "its thread has ended");
        let never = Patience::at(Duration::from_secs(3600), Duration::from_secs(3600), |_| unreachable!());
        drop(never);
    }
}
