//! The result: the report of `microgrid design --report`, or how far the design is.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::{Markup, PreEscaped, html};
use microgrid::Problems;
use microgrid::html::{Language, Page};

use super::{language, page, told};
use crate::App;
use crate::jobs::{Finished, Job, State as Work};

/// `GET /result`.
pub(crate) async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let language = language(&headers);
    page(StatusCode::OK, language, "/result", move || shown(&app, language)).await
}

fn shown(app: &App, language: Language) -> Result<(String, Markup), Problems> {
    let w = |text: &str| language.of(text).into_owned();
    let again = |label: &str| html! { form.inline method="post" action="/design" { button.main { (w(label)) } } };
    let Some(job) = app.jobs.last() else {
        let content = html! { main { p { (w("Nothing was designed yet.")) } (again("Design it")) } };
        return Ok((w("Result"), content));
    };
    let is_old = app.folder.texts()?.unwrap_or_default().stamp() != job.stamp;
    let state = job.state();
    Ok(match &*state {
        Work::Running(_) => (w("Designing"), running(language, &job)),
        Work::Refused(problems) => {
            (w("Refused"), html! { main { (told(language, problems)) (again("Design again")) } })
        }
        Work::Done(finished) => {
            let title = language.of(&finished.page.title).into_owned();
            let content = html! {
                div.made {
                    @if is_old { p.problems { (w("The folder was changed since: this is the design of what it was.")) } (again("Design again")) }
                    p { (w("The same numbers on a command line:")) " " code { (app.folder.command()) } }
                    p.note { (language.of(&format!("designed in {:.2} s", finished.took.as_secs_f64()))) }
                }
                (report(finished, language))
            };
            (title, content)
        }
    })
}

/// How far it is; the script shows more, and loads the page anew at the end. Without a script the browser does.
fn running(language: Language, job: &Job) -> Markup {
    let w = |text: &str| language.of(text).into_owned();
    html! {
        main {
            noscript { meta http-equiv="refresh" content="2"; }
            p role="status" aria-live="polite" data-job=(job.id) {
                (w("Designing")) " … "
                span data-of="evaluations" { "0" } " " (w("plans of the year, proven to a gap of")) " "
                span data-of="gap" { "-" } ", "
                span data-of="seconds" { "0" } " s"
            }
            form.inline method="post" action=(format!("/jobs/{}/cancel", job.id)) { button { (w("End it with what is proven so far")) } }
        }
    }
}

fn report(finished: &Finished, language: Language) -> Markup {
    let page = Page { language, ..finished.page.clone() };
    html! {
        p.lead { (language.of(&page.lead)) }
        div data-net-present-cost=(finished.design.money.net_present_cost) data-gap=(finished.design.money.gap()) {
            // That renderer has escaped it.
            (PreEscaped(page.content()))
        }
    }
}
