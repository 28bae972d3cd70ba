//! The page: from a site to what to build, in a browser.
//!
//! `microgrid serve FOLDER` shows a scenario folder and its design: Site → Equipment → Goals → Result → Download. The folder is all
//! the state there is: what the page changes stands in `scenario.toml` and `design.toml`, comments kept, and the command line reads
//! the same files to the same numbers. The result is the report of `microgrid design --report`, of the same renderer.
//!
//! It knows the facade only, as the command line does.
//!
//! # Safety
//! It listens on loopback unless told otherwise, and answers only where `Host` is its own address (at all addresses of this machine:
//! any as numbers) or a name that it was given, so that no name that was bound anew reaches it; what changes anything must come from its own pages (`Origin`). A content-security policy lets pages load nothing
//! from elsewhere. A client names no file: tariffs, fields and downloads are ids of lists. Bodies are limited, one design runs at a
//! time, can be cancelled and ends by itself, and a panic of one answer or design is an error of that one alone.

mod edit;
mod folder;
mod form;
mod guard;
mod jobs;
mod pages;
mod zipped;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use microgrid::Problems;

pub use folder::SiteFolder;
pub use jobs::{Designer, design};

/// What a page is served with.
#[derive(Clone)]
pub struct Options {
    /// The scenario folder; made by the first page where it is not there.
    pub folder: PathBuf,
    /// Where to listen. Beyond loopback whoever reaches it can change the folder: there is no login.
    pub listen: SocketAddr,
    /// Names by which it is reached beside its address, such as that of this machine in its network.
    pub hosts: Vec<String>,
    /// Longest time of a design; then it ends with what is proven.
    pub design_most: Duration,
    /// What designs a folder; another one is for tests.
    pub designer: Designer,
}

impl Options {
    /// A folder's page on loopback, at a port that the system chooses.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            hosts: Vec::new(),
            design_most: Duration::from_secs(600),
            designer: design(),
        }
    }
}

/// What all answers share.
pub(crate) struct App {
    pub(crate) folder: SiteFolder,
    pub(crate) jobs: jobs::Jobs,
    /// The values of `Host` that are this page's own.
    pub(crate) hosts: guard::Hosts,
    /// Streams of progress that may be open at once.
    pub(crate) streams: Arc<tokio::sync::Semaphore>,
}

/// A page that listens and does not answer yet.
pub struct Server {
    listener: std::net::TcpListener,
    address: SocketAddr,
    app: Arc<App>,
}

impl Server {
    /// Takes the address and looks at the folder.
    ///
    /// # Errors
    /// A folder that holds other things than a scenario.
    ///
    /// The inner error: an address that cannot be had.
    pub fn bind(options: Options) -> io::Result<Result<Self, Problems>> {
        let folder = match SiteFolder::of(options.folder) {
            Ok(folder) => folder,
            Err(problems) => return Ok(Err(problems)),
        };
        let listener = std::net::TcpListener::bind(options.listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let app = App {
            folder,
            jobs: jobs::Jobs::new(options.designer, options.design_most),
            hosts: guard::Hosts::of(address, &options.hosts),
            streams: Arc::new(tokio::sync::Semaphore::new(STREAMS_MOST)),
        };
        Ok(Ok(Self { listener, address, app: Arc::new(app) }))
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until the program ends.
    ///
    /// # Errors
    /// A runtime or a socket that the system does not give.
    pub fn run(self) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            axum::serve(listener, router(self.app)).await
        })
    }
}

/// Most streams of progress at once: a browser opens one for each of its windows.
const STREAMS_MOST: usize = 16;

/// Largest body: a weather file or a year of quarter-hourly readings as a form has them.
const FILES_MOST_BYTES: usize = 24 << 20;

/// Largest body of the other forms.
const FORM_MOST_BYTES: usize = 1 << 20;

fn router(app: Arc<App>) -> Router {
    use pages::{design, download, equipment, goals, result, site};
    let guarded = axum::middleware::from_fn_with_state(Arc::clone(&app), guard::guard);
    Router::new()
        .route("/", get(site::show).post(site::make).layer(DefaultBodyLimit::max(FILES_MOST_BYTES)))
        .route("/text", post(site::save_text).layer(DefaultBodyLimit::max(FILES_MOST_BYTES)))
        .route("/equipment", get(equipment::show).post(equipment::save))
        .route("/goals", get(goals::show).post(goals::save))
        .route("/design", post(design::start))
        .route("/result", get(result::show))
        .route("/jobs/{id}/events", get(design::events))
        .route("/jobs/{id}/cancel", post(design::cancel))
        .route("/download", get(download::show))
        .route("/download/{id}", get(download::file))
        .route("/language/{code}", get(pages::choose_language))
        .route("/style.css", get(pages::style))
        .route("/script.js", get(pages::script))
        .route("/icon.svg", get(pages::icon))
        .fallback(pages::not_found)
        .layer(DefaultBodyLimit::max(FORM_MOST_BYTES))
        .layer(guarded)
        .with_state(app)
}
