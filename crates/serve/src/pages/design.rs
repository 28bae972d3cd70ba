//! A design that runs: begun, watched, cancelled.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::stream;
use microgrid::io::DesignFolder;
use serde_json::json;

use super::{framed, language, not_found, off, told};
use crate::App;
use crate::jobs::{Job, State as Work};

/// `POST /design`: begins a design of the folder as it is.
pub(crate) async fn start(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let language = language(&headers);
    let started = off(move || {
        let stamp = app.folder.texts()?.unwrap_or_default().stamp();
        let (path, command) = (app.folder.path().to_owned(), app.folder.command());
        app.jobs.start(move || DesignFolder::read(path), stamp, command)
    });
    match started.await {
        Ok(()) => Redirect::to("/result").into_response(),
        Err(problems) => {
            let content = told(language, &problems);
            framed(StatusCode::CONFLICT, language, "/result", &language.of("Result"), &content)
        }
    }
}

/// `POST /jobs/{id}/cancel`: what is proven by then is the result.
pub(crate) async fn cancel(State(app): State<Arc<App>>, Path(id): Path<u64>) -> Response {
    match app.jobs.by_id(id) {
        Some(job) => {
            job.cancel();
            Redirect::to("/result").into_response()
        }
        None => not_found().await,
    }
}

/// Shortest time between two words on how far a design is.
const PAUSE: Duration = Duration::from_millis(100);

/// `GET /jobs/{id}/events`: how far it is, until it is over.
pub(crate) async fn events(State(app): State<Arc<App>>, Path(id): Path<u64>) -> Response {
    let Some(job) = app.jobs.by_id(id) else { return not_found().await };
    let Ok(permit) = Arc::clone(&app.streams).try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "Too many windows watch this design.").into_response();
    };
    let first = Some((job.watch(), job, permit, true));
    let told = stream::unfold(first, |state| async move {
        let (mut states, job, permit, is_first) = state?;
        if !is_first {
            tokio::time::sleep(PAUSE).await;
            states.changed().await.ok()?;
        }
        let is_over = !matches!(*states.borrow_and_update(), Work::Running(_));
        let event = Event::default().event(if is_over { "over" } else { "progress" }).data(how_far(&job));
        Some((Ok::<_, Infallible>(event), (!is_over).then_some((states, job, permit, false))))
    });
    Sse::new(told).keep_alive(KeepAlive::default()).into_response()
}

/// How far a design is, as JSON; what is not known is null.
fn how_far(job: &Job) -> String {
    let state = job.state();
    let progress = if let Work::Running(progress) = &*state { *progress } else { None };
    let gap = progress.map(|progress| progress.gap()).filter(|gap| gap.is_finite());
    json!({
        "evaluations": progress.map(|progress| progress.evaluations),
        "gap": gap,
        "seconds": job.running_for().as_secs_f64(),
    })
    .to_string()
}
