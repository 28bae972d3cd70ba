//! What can be taken away: by ids of a list, never by names of files.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use microgrid::html::{Language, Page};
use microgrid::{Problem, Problems};

use super::{failed, framed, language, not_found, off};
use crate::App;
use crate::jobs::{Finished, State as Work};
use crate::zipped::zipped;

/// A download: its id, its name for the browser, its type, what it is.
struct Download {
    id: &'static str,
    name: &'static str,
    kind: &'static str,
    what: &'static str,
}

const fn of(id: &'static str, name: &'static str, kind: &'static str, what: &'static str) -> Download {
    Download { id, name, kind, what }
}

const DOWNLOADS: [Download; 12] = [
    of("folder", "designed.zip", "application/zip", "the scenario folder with the sizes found, to run"),
    of("report", "report.html", "text/html; charset=utf-8", "the report, one file that opens with the network off"),
    of("json", "design.json", "application/json", "all numbers, none rounded, with the proof"),
    of("sizes", "sizes.csv", "text/csv; charset=utf-8", "sizes with their bands"),
    of("money", "money.csv", "text/csv; charset=utf-8", "money"),
    of("cash_flow", "cash_flow.csv", "text/csv; charset=utf-8", "cash flow by year"),
    of("front", "front.csv", "text/csv; charset=utf-8", "front of cost and carbon"),
    of("sensitivity", "sensitivity.csv", "text/csv; charset=utf-8", "what prices do"),
    of("swings", "swings.csv", "text/csv; charset=utf-8", "what assumptions do"),
    of("variants", "variants.csv", "text/csv; charset=utf-8", "variants side by side"),
    of("contracts", "contracts.csv", "text/csv; charset=utf-8", "who may own it"),
    of("survival", "survival.csv", "text/csv; charset=utf-8", "survival of critical load by hours"),
];

/// `GET /download`.
pub(crate) async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let language = language(&headers);
    framed(StatusCode::OK, language, "/download", &language.of("Download"), &listed(&app, language))
}

fn listed(app: &App, language: Language) -> Markup {
    let w = |text: &str| language.of(text).into_owned();
    let is_done = app.jobs.last().is_some_and(|job| matches!(*job.state(), Work::Done(_)));
    html! {
        main {
            @if is_done {
                ul.downloads { @for file in &DOWNLOADS {
                    li { a href=(format!("/download/{}", file.id)) { (file.name) } " " span { (w(file.what)) } }
                } }
            } @else { p { (w("Nothing was designed yet.")) } }
            p { (w("The same on a command line:")) }
            pre { (app.folder.command()) " --out designed --report report.html --csv csv --swings" }
        }
    }
}

/// `GET /download/{id}`.
pub(crate) async fn file(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let language = language(&headers);
    let Some(file) = DOWNLOADS.iter().find(|file| file.id == id) else { return not_found().await };
    let made = off(move || {
        let missing = || Problem::new("download", "is of a design, and there is none yet");
        let job = app.jobs.last().ok_or_else(missing)?;
        let state = job.state();
        let Work::Done(finished) = &*state else { return Err(missing().into()) };
        bytes(&app, finished, file, language)
    });
    match made.await {
        Ok(bytes) => {
            let mut answer = bytes.into_response();
            let headers = answer.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.kind));
            let name = format!("attachment; filename=\"{}\"", file.name);
            if let Ok(name) = HeaderValue::from_str(&name) {
                headers.insert(header::CONTENT_DISPOSITION, name);
            }
            answer
        }
        Err(problems) => failed(language, "/download", &problems),
    }
}

fn bytes(app: &App, finished: &Finished, file: &Download, language: Language) -> Result<Vec<u8>, Problems> {
    match file.id {
        "folder" => zipped(app.folder.path(), &finished.folder, &finished.design.values()),
        "report" => Ok(Page { language, ..finished.page.clone() }.html().into_bytes()),
        "json" => Ok(microgrid::design_json(&finished.design).into_bytes()),
        _ => {
            let mut found = Vec::new();
            let written = microgrid::write_design_csv(&finished.design, |name, text| {
                if name == file.name {
                    found = text.to_vec();
                }
                Ok(())
            });
            written.map_err(|error| Problem::new("download", "cannot be made").value(error))?;
            Ok(found)
        }
    }
}
