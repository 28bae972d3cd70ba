//! What is sized, within which bounds, at which prices: the tables `[[size]]` of `design.toml`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use microgrid::html::{Language, amount};
use microgrid::io::DesignFolder;
use microgrid::io::catalogue::{EquipmentTable, built_in};
use microgrid::{Problem, Problems};
use toml_edit::{Array, Item, Table, TableLike, value};

use super::{choice, input, language, off, page, told};
use crate::App;
use crate::edit::{self, Field, Kind, put, sizes};
use crate::form::Form;

const FIELDS: [Field; 5] = [
    Field { key: "most", label: "at most", kind: Kind::Number("") },
    Field { key: "capital_cost_per_unit", label: "price of a unit", kind: Kind::Number("") },
    Field { key: "upkeep_cost_per_unit_year", label: "upkeep a year", kind: Kind::Number("") },
    Field { key: "lifetime_years", label: "life", kind: Kind::Number("years") },
    Field { key: "existing", label: "existing", kind: Kind::Number("") },
];

const MORE: [Field; 9] = [
    Field { key: "least", label: "at least", kind: Kind::Number("") },
    Field { key: "step", label: "bought in steps of", kind: Kind::Number("") },
    Field { key: "equipment", label: "entry of the catalogue", kind: Kind::Choice(&[]) },
    Field { key: "price", label: "which price of the entry", kind: Kind::Choice(&["least", "usual", "most"]) },
    Field { key: "counted", label: "whole units of the entry", kind: Kind::Flag },
    Field { key: "replacement_cost_per_unit", label: "price when replaced", kind: Kind::Number("") },
    Field { key: "grant_share", label: "paid by a grant", kind: Kind::Number("share") },
    Field { key: "tax_credit_share", label: "tax credit", kind: Kind::Number("share") },
    Field { key: "fading_per_year", label: "fading a year", kind: Kind::Number("share") },
];

/// `GET /equipment`.
pub(crate) async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let language = language(&headers);
    page(StatusCode::OK, language, "/equipment", move || shown(&app, language, None)).await
}

/// The texts of a folder that has a design.
pub(super) fn with_design(app: &App) -> Result<(String, String), Problems> {
    let texts = app.folder.texts()?.unwrap_or_default();
    let stamp = texts.stamp();
    let missing = || Problem::new("design.toml", "is not there yet").hint("make the site first").into();
    texts.design.map(|design| (design, stamp)).ok_or_else(missing)
}

/// The form: with what was sent in place of what is written where that was refused.
fn shown(app: &App, language: Language, refused: Option<(&Form, &Problems)>) -> Result<(String, Markup), Problems> {
    let (sent, problems) = refused.unzip();
    let (design, stamp) = with_design(app)?;
    let folder = app.folder.read();
    let mut document = edit::document(&design)?;
    let tables: Vec<Table> = sizes(&mut document)?.iter().cloned().collect();
    let w = |text: &str| language.of(text).into_owned();
    let stamp = sent.and_then(|form| form.text("stamp")).map_or(stamp, str::to_owned);
    let currency = folder.as_ref().map_or("", |folder| &folder.loaded.scenario.currency).to_owned();
    let entries = built_in();
    let content = html! {
        main {
            @if let Some(problems) = problems { (told(language, problems)) }
            @else if let Err(problems) = &folder { (told(language, problems)) }
            p { (w("What may be bought, how much of it at most, and what a unit costs. Money is in")) " " (currency) "." }
            form method="post" action="/equipment" {
                input type="hidden" name="stamp" value=(stamp);
                @for (i, table) in tables.iter().enumerate() {
                    (size(language, folder.as_ref().ok(), (i, table), &entries, sent))
                }
                @if let Ok(folder) = &folder { (added(language, folder)) }
                button.main { (w("Save")) }
            }
            (catalogue(language, &entries, &currency))
        }
    };
    Ok((w("Equipment"), content))
}

/// A size: its place and its table.
fn size(
    language: Language,
    folder: Option<&DesignFolder>,
    (i, table): (usize, &Table),
    entries: &[EquipmentTable],
    sent: Option<&Form>,
) -> Markup {
    let fields = match table.get("field").and_then(Item::as_value) {
        Some(toml_edit::Value::String(field)) => field.value().clone(),
        Some(toml_edit::Value::Array(fields)) => {
            fields.iter().filter_map(|field| field.as_str()).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    };
    let is_counted = table.get("counted").and_then(Item::as_bool) == Some(true);
    let unit = match fields.as_str() {
        _ if is_counted => "units",
        name if name.ends_with("_kwh") => "kWh",
        name if name.ends_with("_kw") => "kW",
        _ => "",
    };
    let per_unit = match unit {
        "kWh" => "per kWh",
        "kW" => "per kW",
        _ => "",
    };
    let one = |field: &Field| {
        let field = &match field.key {
            "most" | "least" | "existing" | "step" => Field { kind: Kind::Number(unit), ..*field },
            "capital_cost_per_unit" | "replacement_cost_per_unit" => Field { kind: Kind::Number(per_unit), ..*field },
            _ => *field,
        };
        let name = format!("size.{i}.{}", field.key);
        let table: &dyn TableLike = table;
        let holds = edit::held(sent, &name, Some(table), field);
        let priced = folder.and_then(|folder| folder.priced.get(i));
        let placeholder = match (field.key, priced) {
            ("capital_cost_per_unit", Some(priced)) => priced.capital_cost_per_unit.to_string(),
            ("lifetime_years", Some(priced)) => priced.lifetime_years.to_string(),
            _ => String::new(),
        };
        if field.key == "equipment" {
            let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
            return html! { label.field { span { (language.of(field.label)) } (choice(&name, &ids, &holds, "")) } };
        }
        input(language, field, &name, &holds, &placeholder)
    };
    html! {
        fieldset {
            legend {
                @if let Some(folder) = folder.filter(|folder| i < folder.sizes.len()) { (language.of(&folder.label(i))) " " }
                code { (fields) }
            }
            div.fields { @for field in &FIELDS { (one(field)) } }
            details {
                summary { (language.of("more")) }
                div.fields { @for field in &MORE { (one(field)) } }
                label.box { input type="checkbox" name=(format!("size.{i}.out")) value="true"; span { (language.of("do not size this any more")) } }
            }
        }
    }
}

/// What can be sized beside what is: a field, or both powers of a battery as one number.
fn addable(folder: &DesignFolder) -> Vec<Vec<String>> {
    let taken: Vec<&String> = folder.file.size.iter().flat_map(|size| &size.field).collect();
    let free = folder.sizeable_fields().iter().filter(|field| !taken.contains(field)).cloned();
    let (powers, mut others): (Vec<_>, Vec<_>) =
        free.map(|field| vec![field]).partition(|field| field[0].ends_with("charge_max_kw"));
    if !powers.is_empty() {
        others.push(powers.into_iter().flatten().collect());
    }
    others
}

fn added(language: Language, folder: &DesignFolder) -> Markup {
    let fields = addable(folder);
    let w = |text: &str| language.of(text).into_owned();
    html! {
        @if !fields.is_empty() {
            details {
                summary { (w("Size one more field of the scenario")) }
                div.fields {
                    label.field {
                        span { (w("field")) }
                        select name="new" {
                            option value="" { }
                            @for (i, field) in fields.iter().enumerate() { option value=(i) { (field.join(", ")) } }
                        }
                    }
                    @for field in &FIELDS { (input(language, field, &format!("new.{}", field.key), "", "")) }
                }
            }
        }
    }
}

/// Entries of the catalogue in the site's currency, with date and source.
fn catalogue(language: Language, entries: &[EquipmentTable], currency: &str) -> Markup {
    let w = |text: &str| language.of(text).into_owned();
    let entries: Vec<_> = entries.iter().filter(|entry| entry.price.currency == currency).collect();
    html! {
        @if !entries.is_empty() {
            details {
                summary { (w("The catalogue in this currency")) }
                div.table { table {
                    thead { tr { th { (w("entry")) } th { (w("price")) } th { (w("as of")) } th { (w("source")) } } }
                    tbody { @for entry in &entries { tr {
                        td { (entry.id) }
                        td { (amount(entry.price.least, 0)) "–" (amount(entry.price.most, 0)) " " (entry.price.currency) "/" (entry.price.unit) }
                        td { (entry.price.as_of) }
                        td { (entry.source) }
                    } } }
                } }
            }
        }
    }
}

/// `POST /equipment`.
pub(crate) async fn save(State(app): State<Arc<App>>, headers: HeaderMap, form: Form) -> Response {
    let language = language(&headers);
    let (of_work, sent) = (Arc::clone(&app), form.clone());
    match off(move || saved(&of_work, &sent)).await {
        Ok(()) => Redirect::to("/goals").into_response(),
        Err(problems) => {
            let again = move || shown(&app, language, Some((&form, &problems)));
            page(StatusCode::UNPROCESSABLE_ENTITY, language, "/equipment", again).await
        }
    }
}

fn saved(app: &App, form: &Form) -> Result<(), Problems> {
    let (design, _) = with_design(app)?;
    let mut document = edit::document(&design)?;
    let mut problems = Problems::none();
    let tables = sizes(&mut document)?;
    for (i, table) in tables.iter_mut().enumerate() {
        for fields in [&FIELDS[..], &MORE] {
            put(table, fields, &format!("size.{i}."), form, &mut problems);
        }
    }
    if let Some(place) = form.text("new") {
        let fields = addable(&app.folder.read()?);
        match place.parse::<usize>().ok().and_then(|place| fields.get(place)) {
            Some(fields) => {
                let mut table = Table::new();
                table.insert("field", value(fields.iter().map(String::as_str).collect::<Array>()));
                put(&mut table, &FIELDS, "new.", form, &mut problems);
                tables.push(table);
            }
            None => problems.push(Problem::new("new", "is no field that can be sized").value(place)),
        }
    }
    problems.or_else(|| ())?;
    // From the end, so that places before stay.
    for i in (0..tables.len()).rev().filter(|i| form.has(&format!("size.{i}.out"))) {
        tables.remove(i);
    }
    app.folder.write(None, &document.to_string(), form.text("stamp").unwrap_or(""))
}
