//! Designs in the background: one at a time, watched, cancelled, ended by themselves.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use microgrid::design::sizing::Progress;
use microgrid::html::Page;
use microgrid::io::DesignFolder;
use microgrid::{Design, DesignOptions, Problem, Problems};
use tokio::sync::watch;

/// What designs a folder, told of progress and whether to go on.
pub type Designer =
    Arc<dyn Fn(&DesignFolder, &mut dyn FnMut(Progress) -> bool) -> Result<Design, Problems> + Send + Sync>;

/// The designer of the command line, with the swings of its report.
#[must_use]
pub fn design() -> Designer {
    Arc::new(|folder, watch| {
        microgrid::design_folder_with(folder, DesignOptions { swings: true, ..DesignOptions::default() }, &mut *watch)
    })
}

/// Where a design is.
pub(crate) enum State {
    /// At work.
    Running(Option<Progress>),
    /// Done, by itself or by cancelling once something was proven.
    Done(Box<Finished>),
    /// Refused, or failed.
    Refused(Problems),
}

/// A design with its page.
pub(crate) struct Finished {
    pub(crate) folder: DesignFolder,
    pub(crate) design: Design,
    pub(crate) page: Page,
    pub(crate) took: Duration,
}

/// A design of the folder.
pub(crate) struct Job {
    pub(crate) id: u64,
    /// The stamp of the texts that it is of.
    pub(crate) stamp: String,
    started: Instant,
    cancelled: AtomicBool,
    state: watch::Sender<State>,
}

impl Job {
    pub(crate) fn state(&self) -> watch::Ref<'_, State> {
        self.state.borrow()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(*self.state(), State::Running(_))
    }

    pub(crate) fn running_for(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// The last design.
pub(crate) struct Jobs {
    designer: Designer,
    longest: Duration,
    slot: Mutex<Option<Arc<Job>>>,
}

impl Jobs {
    pub(crate) fn new(designer: Designer, longest: Duration) -> Self {
        Self { designer, longest, slot: Mutex::new(None) }
    }

    /// The last design, whatever its state.
    pub(crate) fn last(&self) -> Option<Arc<Job>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The last design, if it has this id.
    pub(crate) fn by_id(&self, id: u64) -> Option<Arc<Job>> {
        self.last().filter(|job| job.id == id)
    }

    /// Starts a design of what `read` reads; `command` is printed as what makes it again.
    ///
    /// # Errors
    /// One that runs; a thread that the system does not give.
    pub(crate) fn start(
        &self,
        read: impl FnOnce() -> Result<DesignFolder, Problems> + Send + 'static,
        stamp: String,
        command: String,
    ) -> Result<(), Problems> {
        let mut slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.as_ref().is_some_and(|job| job.is_running()) {
            let problem = Problem::new("", "a design runs already");
            return Err(problem.hint("wait for it, or cancel it").into());
        }
        let job = Arc::new(Job {
            id: slot.as_ref().map_or(1, |last| last.id + 1),
            stamp,
            started: Instant::now(),
            cancelled: AtomicBool::new(false),
            state: watch::Sender::new(State::Running(None)),
        });
        let (of_thread, designer, longest) = (Arc::clone(&job), Arc::clone(&self.designer), self.longest);
        let work = move || {
            let done = catch_unwind(AssertUnwindSafe(|| run(&of_thread, read, &designer, longest, &command)));
            let fault = || Problem::new("", "this design failed by a fault of the program; the page goes on").into();
            of_thread.state.send_replace(match done {
                Ok(Ok(finished)) => State::Done(Box::new(finished)),
                Ok(Err(problems)) => State::Refused(problems),
                Err(_) => State::Refused(fault()),
            });
        };
        let thread = std::thread::Builder::new().name("design".into()).spawn(work);
        thread.map_err(|error| Problem::new("", "no thread for a design").value(error))?;
        *slot = Some(job);
        Ok(())
    }
}

fn run(
    job: &Job,
    read: impl FnOnce() -> Result<DesignFolder, Problems>,
    designer: &Designer,
    longest: Duration,
    command: &str,
) -> Result<Finished, Problems> {
    let folder = read()?;
    let mut watch = |progress: Progress| {
        job.state.send_replace(State::Running(Some(progress)));
        !job.cancelled.load(Ordering::Relaxed) && job.started.elapsed() < longest
    };
    let design = designer(&folder, &mut watch)?;
    let page = microgrid::design_page(&folder, &design, command)?;
    Ok(Finished { folder, design, page, took: job.started.elapsed() })
}
