//! The pages, and what they share: the frame, the steps, problems, fields.

pub(crate) mod design;
pub(crate) mod download;
pub(crate) mod equipment;
pub(crate) mod goals;
pub(crate) mod result;
pub(crate) mod site;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{DOCTYPE, Markup, html};
use microgrid::html::Language;
use microgrid::{Problem, Problems};

use crate::edit::{Field, Kind};

/// The language of a request: its cookie, else what the browser prefers, else English.
pub(crate) fn language(headers: &HeaderMap) -> Language {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let cookies = text(header::COOKIE).split(';').filter_map(|cookie| cookie.trim().strip_prefix("language="));
    let preferred = text(header::ACCEPT_LANGUAGE).split(',');
    cookies.chain(preferred).find_map(Language::by_code).unwrap_or_default()
}

/// `GET /language/{code}`: remembers the language, and goes back.
pub(crate) async fn choose_language(Path(code): Path<String>, headers: HeaderMap) -> Response {
    let Some(language) = Language::by_code(&code) else { return not_found().await };
    // Only within this page: the path of where it came from.
    let from = headers.get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or("");
    let path = from.splitn(4, '/').nth(3).unwrap_or("");
    let known = STEPS.iter().map(|(at, _)| *at).find(|at| *at == format!("/{path}")).unwrap_or("/");
    let cookie = format!("language={}; Path=/; SameSite=Strict; Max-Age=31536000", language.code());
    let mut answer = Redirect::to(known).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    answer
}

pub(crate) async fn style() -> Response {
    let css = format!("{}{}", microgrid::html::STYLE, include_str!("../assets/page.css"));
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], css).into_response()
}

pub(crate) async fn script() -> Response {
    let script = include_str!("../assets/page.js");
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], script).into_response()
}

pub(crate) async fn icon() -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml")], include_str!("../assets/icon.svg")).into_response()
}

pub(crate) async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "There is no such page.").into_response()
}

/// The steps from a site to what to build.
const STEPS: [(&str, &str); 5] =
    [("/", "Site"), ("/equipment", "Equipment"), ("/goals", "Goals"), ("/result", "Result"), ("/download", "Download")];

/// A whole page: `step` is its place among the steps.
pub(crate) fn framed(status: StatusCode, language: Language, step: &str, title: &str, content: &Markup) -> Response {
    let w = |text: &str| language.of(text).into_owned();
    let page = html! {
        (DOCTYPE)
        html lang=(language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " - microgrid" }
                link rel="icon" href="/icon.svg";
                link rel="stylesheet" href="/style.css";
                script src="/script.js" defer {}
            }
            body {
                header {
                    h1 { (title) }
                    p.languages {
                        @for other in Language::ALL {
                            @if other == language { span { (other.own_name()) } }
                            @else { a href=(format!("/language/{}", other.code())) lang=(other.code()) { (other.own_name()) } }
                        }
                    }
                }
                nav.steps aria-label=(w("steps")) {
                    ol {
                        @for (at, name) in STEPS {
                            li { a href=(at) aria-current=[(at == step).then_some("step")] { (w(name)) } }
                        }
                    }
                }
                (content)
            }
        }
    };
    (status, Html(page.into_string())).into_response()
}

/// The page whose title and content `shown` makes, off the thread that answers.
pub(crate) async fn page(
    status: StatusCode,
    language: Language,
    step: &str,
    shown: impl FnOnce() -> Result<(String, Markup), Problems> + Send + 'static,
) -> Response {
    match off(shown).await {
        Ok((title, content)) => framed(status, language, step, &title, &content),
        Err(problems) => failed(language, step, &problems),
    }
}

/// What is wrong with what was sent.
pub(crate) fn told(language: Language, problems: &Problems) -> Markup {
    told_under("This was refused, and nothing was changed:", language, problems)
}

/// What is wrong, each with its field, value, allowed range and hint.
pub(crate) fn told_under(heading: &str, language: Language, problems: &Problems) -> Markup {
    const SHOWN_MOST: usize = 30;
    html! {
        div.problems role="alert" {
            p { (language.of(heading)) }
            ul { @for problem in problems.iter().take(SHOWN_MOST) { li { (problem) } } }
        }
    }
}

/// An answer that could not be made.
pub(crate) fn failed(language: Language, step: &str, problems: &Problems) -> Response {
    framed(StatusCode::UNPROCESSABLE_ENTITY, language, step, &language.of("Refused"), &told(language, problems))
}

/// The problem of work that did not come back.
pub(crate) fn lost(error: impl std::fmt::Display) -> Problems {
    Problem::new("", "this answer failed by a fault of the program; the page goes on").value(error).into()
}

/// Work that reads or writes files, off the thread that answers.
pub(crate) async fn off<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problems> + Send + 'static,
) -> Result<T, Problems> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(lost(error)))
}

/// An input of a field, with what it holds; `placeholder` is what holds where nothing is written.
pub(crate) fn input(language: Language, field: &Field, name: &str, holds: &str, placeholder: &str) -> Markup {
    let unit = match field.kind {
        Kind::Number(unit) | Kind::Whole(unit) | Kind::Numbers(unit) => unit,
        Kind::Choice(_) | Kind::Flag => "",
    };
    html! {
        label.field {
            span { (language.of(field.label)) }
            @match field.kind {
                Kind::Choice(names) => { (choice(name, names, holds, placeholder)) }
                Kind::Flag => { input type="checkbox" name=(name) value="true" checked[holds == "true"]; }
                _ => { input name=(name) value=(holds) placeholder=(placeholder) inputmode="decimal" autocomplete="off"; }
            }
            @if !unit.is_empty() { small { (language.of(unit)) } }
        }
    }
}

/// One of some names, or none; `placeholder` is what none means.
pub(crate) fn choice(name: &str, names: &[&str], holds: &str, placeholder: &str) -> Markup {
    html! {
        select name=(name) {
            option value="" { (placeholder) }
            // What was written by hand stays, such as a file of one's own.
            @if !holds.is_empty() && !names.contains(&holds) { option value=(holds) selected { (holds) } }
            @for one in names { option value=(one) selected[*one == holds] { (one) } }
        }
    }
}
