//! What is looked for: rates and years, and limits beside the least cost.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::{Markup, html};
use microgrid::html::Language;
use microgrid::{Problem, Problems};
use toml_edit::{Item, Table, TableLike};

use super::equipment::with_design;
use super::{input, language, off, page, told};
use crate::App;
use crate::edit::{self, Field, Kind, put, table};
use crate::form::Form;

const ECONOMICS: [Field; 8] = [
    Field { key: "real_rate", label: "discount rate beyond inflation", kind: Kind::Number("share a year") },
    Field { key: "nominal_rate", label: "or: discount rate with inflation", kind: Kind::Number("share a year") },
    Field { key: "inflation", label: "inflation, with it", kind: Kind::Number("share a year") },
    Field { key: "years", label: "years of the project", kind: Kind::Whole("years") },
    Field {
        key: "salvage",
        label: "worth of equipment at the end",
        kind: Kind::Choice(&["linear", "consistent", "none"]),
    },
    Field { key: "price_growth", label: "growth of all prices beyond inflation", kind: Kind::Number("share a year") },
    Field {
        key: "base_strategy",
        label: "strategy of the base",
        kind: Kind::Choice(&["optimal", "idle", "self_consumption", "time_of_use"]),
    },
    Field { key: "yield_deviation", label: "deviation of a year's generation", kind: Kind::Number("share") },
];

/// The tables within `[economics]` of who pays what.
const OWNER: [(&str, &str, &[Field]); 3] = [
    (
        "tax",
        "Tax",
        &[
            Field { key: "rate", label: "tax on income", kind: Kind::Number("share") },
            Field {
                key: "depreciation",
                label: "schedule of deductions",
                kind: Kind::Choice(&["straight_line", "macrs_5", "macrs_7"]),
            },
            Field { key: "depreciation_years", label: "deducted over", kind: Kind::Whole("years") },
            Field { key: "residual_share", label: "never deducted", kind: Kind::Number("share") },
        ],
    ),
    (
        "loan",
        "Loan",
        &[
            Field { key: "share", label: "share of what is bought", kind: Kind::Number("share") },
            Field { key: "rate", label: "interest", kind: Kind::Number("share a year") },
            Field { key: "years", label: "years of payments", kind: Kind::Whole("years") },
        ],
    ),
    (
        "vat",
        "Value-added tax",
        &[
            Field { key: "rate", label: "rate within prices of equipment", kind: Kind::Number("share") },
            Field { key: "recovered_after_years", label: "comes back after", kind: Kind::Whole("years") },
        ],
    ),
];

const GOALS: [Field; 10] = [
    Field { key: "budget", label: "budget of year 0", kind: Kind::Number("") },
    Field { key: "carbon_most_kg_per_year", label: "carbon at most", kind: Kind::Number("kg a year") },
    Field {
        key: "renewable_share_least",
        label: "least share of the load that is not bought",
        kind: Kind::Number("share"),
    },
    Field { key: "ride_through_h", label: "critical load without the grid, from any start", kind: Kind::Number("h") },
    Field { key: "survival_share_least", label: "or: from this share of starts", kind: Kind::Number("share") },
    Field {
        key: "checks",
        label: "rule that the outcome is checked against",
        kind: Kind::Choice(&["zero-carbon-park-2025"]),
    },
    Field {
        key: "strategy",
        label: "strategy that will really run the site",
        kind: Kind::Choice(&[
            "self_consumption",
            "time_of_use",
            "peak_shaving",
            "load_following",
            "cycle_charging",
            "combined",
        ]),
    },
    Field { key: "gap", label: "proven distance at which the search ends", kind: Kind::Number("share") },
    Field { key: "band", label: "how much dearer sizes of the band may be", kind: Kind::Number("share") },
    Field { key: "carbon_prices_per_kg", label: "carbon prices of the front", kind: Kind::Numbers("per kg") },
];

/// `GET /goals`.
pub(crate) async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let language = language(&headers);
    page(StatusCode::OK, language, "/goals", move || shown(&app, language, None)).await
}

/// The form: with what was sent in place of what is written where that was refused.
fn shown(app: &App, language: Language, refused: Option<(&Form, &Problems)>) -> Result<(String, Markup), Problems> {
    let (sent, problems) = refused.unzip();
    let (design, stamp) = with_design(app)?;
    let document = edit::document(&design)?;
    let stamp = sent.and_then(|form| form.text("stamp")).map_or(stamp, str::to_owned);
    let w = |text: &str| language.of(text).into_owned();
    let one = |name: &str, field: &Field| {
        let found = name.split('.').try_fold(document.as_item(), |item, key| item.get(key));
        let table: Option<&dyn TableLike> = found.and_then(Item::as_table_like);
        let name = format!("{name}.{}", field.key);
        input(language, field, &name, &edit::held(sent, &name, table, field), "")
    };
    let content = html! {
        main {
            @if let Some(problems) = problems { (told(language, problems)) }
            p { (w("The least net present cost is always looked for; what is written here limits it.")) }
            form method="post" action="/goals" {
                input type="hidden" name="stamp" value=(stamp);
                fieldset { legend { (w("Money")) } div.fields { @for field in &ECONOMICS { (one("economics", field)) } } }
                details {
                    summary { (w("Tax, loan, value-added tax")) }
                    @for (key, heading, fields) in &OWNER {
                        fieldset { legend { (w(heading)) } div.fields {
                            @for field in *fields { (one(&format!("economics.{key}"), field)) }
                        } }
                    }
                }
                fieldset { legend { (w("Goals")) } div.fields { @for field in &GOALS { (one("goal", field)) } } }
                button.main { (w("Save and design")) }
            }
        }
    };
    Ok((w("Goals"), content))
}

/// `POST /goals`: saves, and begins the design.
pub(crate) async fn save(State(app): State<Arc<App>>, headers: HeaderMap, form: Form) -> Response {
    let language = language(&headers);
    let (of_work, sent) = (Arc::clone(&app), form.clone());
    match off(move || saved(&of_work, &sent)).await {
        Ok(()) => super::design::start(State(app), headers).await,
        Err(problems) => {
            let again = move || shown(&app, language, Some((&form, &problems)));
            page(StatusCode::UNPROCESSABLE_ENTITY, language, "/goals", again).await
        }
    }
}

fn saved(app: &App, form: &Form) -> Result<(), Problems> {
    let (design, _) = with_design(app)?;
    let mut document = edit::document(&design)?;
    let mut problems = Problems::none();
    put(table(&mut document, "economics")?, &ECONOMICS, "economics.", form, &mut problems);
    let economics = table(&mut document, "economics")?;
    for (key, _, fields) in &OWNER {
        let within = economics.entry(key).or_insert(Item::Table(Table::new()));
        let Some(within) = within.as_table_like_mut() else {
            problems.push(Problem::new(format!("economics.{key}"), "is no table"));
            continue;
        };
        put(within, fields, &format!("economics.{key}."), form, &mut problems);
        if within.is_empty() {
            economics.remove(key);
        }
    }
    put(table(&mut document, "goal")?, &GOALS, "goal.", form, &mut problems);
    problems.or_else(|| ())?;
    app.folder.write(None, &document.to_string(), form.text("stamp").unwrap_or(""))
}
