//! The site: three answers make it; once it is there, what it is, and its files as text.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use microgrid::html::{Language, amount};
use microgrid::io::starter::{
    Archetype, EquipmentPrices, KNOWN_PLACES, KNOWN_TARIFFS, KnownTariff, Place, Prices, Readings, Starter,
};
use microgrid::{Loaded, Problem, Problems};

use super::{framed, language, off, page, told, told_under};
use crate::App;
use crate::folder::Texts;
use crate::form::Form;

/// `GET /`: the site.
pub(crate) async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let language = language(&headers);
    page(StatusCode::OK, language, "/", move || shown(&app, language)).await
}

fn shown(app: &App, language: Language) -> Result<(String, Markup), Problems> {
    let Some(texts) = app.folder.texts()? else {
        return Ok((language.of("A new site").into_owned(), asked(app, language, &Form::default(), None)));
    };
    let (title, facts) = match microgrid::load(app.folder.path()) {
        Ok(loaded) => (loaded.scenario.name.clone(), facts(language, &loaded)),
        Err(problems) => {
            (language.of("Site").into_owned(), told_under("The scenario cannot be read:", language, &problems))
        }
    };
    Ok((title, html! { main { (facts) (as_text(language, &texts, &texts.stamp(), None)) } }))
}

/// What the scenario is, in short.
fn facts(language: Language, loaded: &Loaded) -> Markup {
    let scenario = &loaded.scenario;
    let w = |text: &str| language.of(text).into_owned();
    let hours = scenario.calendar.step_h();
    let yearly = |kw: &dyn Fn(usize) -> f64| (0..scenario.calendar.steps()).map(kw).sum::<f64>() * hours / 1000.0;
    let mwh = |value: f64| format!("{} MWh", amount(value, 1));
    html! {
        section {
            h2 { (w("Site")) }
            div.table { table {
                tr { td { (w("folder's run")) } td { (loaded.clock.label(0)) ", " (scenario.calendar.steps()) " × " (60.0 * hours) " min" } }
                tr { td { (w("currency")) } td { (scenario.currency) } }
                @for load in &scenario.loads {
                    tr { td { (w("load")) ": " (load.name) } td { (mwh(load.scale * yearly(&|step| load.power_kw.at(step)))) } }
                }
                @for plant in &scenario.generation {
                    tr { td { (w("generation")) ": " (plant.name) } td {
                        (mwh(plant.scale * yearly(&|step| plant.power_kw.at(step)))) " (" (w("as written in the scenario")) ")"
                    } }
                }
                @for battery in &scenario.storage {
                    tr { td { (w("battery")) ": " (battery.name) } td { (amount(battery.capacity_kwh, 1)) " kWh (" (w("as written in the scenario")) ")" } }
                }
            } }
            @if !loaded.notes.is_empty() { ul { @for note in &loaded.notes { li { (note) } } } }
            form.inline method="post" action="/design" { button.main { (w("Design it")) } }
        }
    }
}

/// The files as text, to be changed by whoever knows their fields.
fn as_text(language: Language, texts: &Texts, stamp: &str, problems: Option<&Problems>) -> Markup {
    let w = |text: &str| language.of(text).into_owned();
    html! {
        section {
            @if let Some(problems) = problems { (told(language, problems)) }
            details open[problems.is_some() || texts.design.is_none()] {
                summary { (w("The files as text")) }
                p { (w("Every field that there is can be written here; what cannot be read is refused and not saved.")) }
                form method="post" action="/text" {
                    input type="hidden" name="stamp" value=(stamp);
                    label.text { span { "scenario.toml" } textarea name="scenario" rows="24" spellcheck="false" { (texts.scenario) } }
                    label.text { span { "design.toml" } textarea name="design" rows="24" spellcheck="false" { (texts.design.as_deref().unwrap_or(FIRST_DESIGN)) } }
                    button { (w("Save")) }
                }
            }
        }
    }
}

/// What a folder without a design begins with.
const FIRST_DESIGN: &str = "[economics]\nreal_rate = 0.06\nyears = 20\n\n[[size]]\nfield = \"generation.pv[0].dc_kw\"\nmost = 100\n\
                            capital_cost_per_unit = 0\nlifetime_years = 25\n";

/// `POST /text`: the files as somebody wrote them.
pub(crate) async fn save_text(State(app): State<Arc<App>>, headers: HeaderMap, form: Form) -> Response {
    let language = language(&headers);
    let sent = form.clone();
    let saved =
        off(move || app.folder.write(Some(sent.whole("scenario")), sent.whole("design"), sent.whole("stamp"))).await;
    match saved {
        Ok(()) => Redirect::to("/").into_response(),
        Err(problems) => {
            let texts = Texts { scenario: form.whole("scenario").into(), design: Some(form.whole("design").into()) };
            // The stamp stays that of what was shown, so that what somebody else wrote is not lost.
            let content = as_text(language, &texts, form.text("stamp").unwrap_or(""), Some(&problems));
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            framed(status, language, "/", &language.of("Site"), &html! { main { (content) } })
        }
    }
}

/// The form of three answers, and all that one may say beside them.
fn asked(app: &App, language: Language, form: &Form, problems: Option<&Problems>) -> Markup {
    let w = |text: &str| language.of(text).into_owned();
    let held = |name: &str, usual: &str| form.text(name).unwrap_or(usual).to_owned();
    let text = |name: &str, label: &str, usual: &str, unit: &str| {
        html! {
            label.field {
                span { (w(label)) }
                input name=(name) value=(held(name, usual)) autocomplete="off";
                @if !unit.is_empty() { small { (w(unit)) } }
            }
        }
    };
    let file = |name: &str, label: &str, help: &str| {
        html! {
            label.text {
                span { (w(label)) }
                input type="file" data-into=(name);
                textarea name=(name) rows="3" spellcheck="false" { (form.shown(name)) }
                small { (w(help)) }
            }
        }
    };
    html! {
        main {
            @if let Some(problems) = problems { (told(language, problems)) }
            p { (w("Three answers make a first design; each can be changed after it.")) }
            form method="post" action="/" {
                label.field {
                    span { (w("Place and weather")) }
                    select name="place" {
                        @for place in &KNOWN_PLACES { option selected[held("place", "changzhou") == place.name] { (place.name) } }
                        option value="file" selected[held("place", "") == "file"] { (w("a weather file, below")) }
                    }
                }
                (text("annual_kwh", "Use of electricity in a year", "300000", "kWh"))
                label.field {
                    span { (w("Whose use it is like")) }
                    select name="archetype" {
                        @for kind in Archetype::ALL {
                            option value=(kind.name()) selected[held("archetype", "business") == kind.name()] { (w(kind.name())) }
                        }
                        option value="readings" selected[held("archetype", "") == "readings"] { (w("readings of a meter, below")) }
                    }
                }
                label.field {
                    span { (w("Tariff")) }
                    select name="tariff" {
                        @for tariff in &KNOWN_TARIFFS {
                            option value=(tariff.name) selected[held("tariff", "jiangsu-single-part") == tariff.name] { (w(tariff.summary)) }
                        }
                        option value="flat" selected[held("tariff", "") == "flat"] { (w("one price at all hours, below")) }
                        option value="file" selected[held("tariff", "") == "file"] { (w("a tariff file, below")) }
                    }
                }
                button.main { (w("Make the site and design it")) }
                details open[problems.is_some()] {
                    summary { (w("More: own prices, weather, readings, tariff")) }
                    (text("import_price", "Price of import, where it is one", "", "per kWh"))
                    (text("export_price", "Paid for export, where the price is one", "0", "per kWh"))
                    (text("currency", "Currency, where it is not that of the place", "", "such as EUR"))
                    (text("pv_per_kw", "Price of solar generation, installed", "", "per kW"))
                    (text("battery_per_kwh", "Price of a battery's energy", "", "per kWh"))
                    (text("battery_per_kw", "Price of a battery's power", "", "per kW"))
                    (file("weather", "Weather file", "EPW, PVGIS, SAM or TMY3, a year of hours"))
                    (text("zone", "Zone of the weather file's place", "", "such as Europe/Berlin; where the file does not tell it"))
                    (file("readings", "Readings of a meter as CSV", "a line of heads, then a line for each interval of a year: time, value"))
                    label.field {
                        span { (w("The readings are")) }
                        select name="unit" {
                            option value="kW" { "kW" }
                            option value="kWh" selected[held("unit", "") == "kWh"] { (w("kWh of each interval")) }
                        }
                    }
                    (file("tariff_text", "Tariff file", "our TOML, OpenEI URDB or ACN-Sim JSON"))
                }
            }
            p.note { (w("It will be written into the folder")) " " code { (app.folder.path().display()) } }
        }
    }
}

/// `POST /`: the answers become a folder, and its design begins.
pub(crate) async fn make(State(app): State<Arc<App>>, headers: HeaderMap, form: Form) -> Response {
    let language = language(&headers);
    let (of_work, sent) = (Arc::clone(&app), form.clone());
    let made = off(move || {
        let (starter, prices) = answers(&of_work, &sent)?;
        of_work.folder.make(&starter, prices)
    });
    match made.await {
        Ok(()) => super::design::start(State(app), headers).await,
        Err(problems) => {
            let content = asked(&app, language, &form, Some(&problems));
            let title = language.of("A new site");
            framed(StatusCode::UNPROCESSABLE_ENTITY, language, "/", &title, &content)
        }
    }
}

/// What the form says.
fn answers(app: &App, form: &Form) -> Result<(Starter, Option<EquipmentPrices>), Problems> {
    let mut problems = Problems::none();
    let place = place(form).map_err(|found| problems.extend(found)).ok();
    let archetype = form.text("archetype").unwrap_or("business");
    let readings = (archetype == "readings").then(|| Readings {
        csv: form.whole("readings").trim_start().into(),
        column: None,
        unit: if form.text("unit") == Some("kWh") { "kWh" } else { "kW" },
    });
    let kind = Archetype::by_name(archetype).unwrap_or(Archetype::Business);
    if readings.is_none() && Archetype::by_name(archetype).is_none() {
        problems.push(Problem::new("archetype", "is none of them").value(archetype));
    }
    let annual_kwh = form.number("annual_kwh", &mut problems);
    if annual_kwh.is_none() && readings.is_none() {
        problems.push(Problem::new("annual_kwh", "is missing"));
    }
    let prices = tariff(form, &mut problems);
    let own = own_prices(form, &mut problems);
    let of_tariff = form.text("tariff").and_then(KnownTariff::by_name).map(|tariff| tariff.currency);
    let of_place = place.as_ref().and_then(Place::currency);
    let currency = form.text("currency").or(of_tariff).or(of_place);
    if currency.is_none() {
        problems.push(Problem::new("currency", "is missing").hint("three letters, such as EUR"));
    }
    let is_code = |code: &str| code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase());
    if let Some(code) = currency.filter(|code| !is_code(code)) {
        problems.push(Problem::new("currency", "is no code").value(code).allowed("three capital letters, such as EUR"));
    }
    problems.or_else(|| ())?;
    let (Some(place), Some(prices), Some(currency)) = (place, prices, currency) else {
        return Err(super::lost("an answer is missing"));
    };
    let annual_kwh = annual_kwh.unwrap_or(0.0);
    let name = app.folder.name();
    Ok((Starter { name, place, archetype: kind, annual_kwh, readings, currency: currency.into(), prices }, own))
}

/// The place: one of the list, or that of a weather file.
fn place(form: &Form) -> Result<Place, Problems> {
    let name = form.text("place").unwrap_or("");
    if let Some(place) = KNOWN_PLACES.iter().find(|place| place.name == name) {
        return Ok(Place::Known(place));
    }
    let text = form.whole("weather");
    if name != "file" || text.trim().is_empty() {
        let problem = Problem::new("place", "is none of the list, and there is no weather file").value(name);
        return Err(problem.hint("choose the weather file again where the page was shown anew").into());
    }
    Place::of_weather("weather-file", text, form.text("zone"))
}

/// The tariff: one of the list, one price, or a file.
fn tariff(form: &Form, problems: &mut Problems) -> Option<Prices> {
    match form.text("tariff").unwrap_or("") {
        "flat" => {
            let import = form.number("import_price", problems);
            if import.is_none() {
                problems.push(Problem::new("import_price", "is missing").hint("the price of a kWh"));
            }
            let export_per_kwh = form.number("export_price", problems).unwrap_or(0.0);
            Some(Prices::Flat { import_per_kwh: import?, export_per_kwh })
        }
        "file" => {
            let text = form.whole("tariff_text");
            let file = if text.trim_start().starts_with('{') { "tariff.json" } else { "tariff.toml" };
            Some(Prices::Text { file: file.into(), text: text.into() })
        }
        name => {
            let found = KnownTariff::by_name(name);
            if found.is_none() {
                problems.push(Problem::new("tariff", "is none of the list").value(name));
            }
            found.map(Prices::from)
        }
    }
}

/// Prices of equipment, all three or none.
fn own_prices(form: &Form, problems: &mut Problems) -> Option<EquipmentPrices> {
    let names = ["pv_per_kw", "battery_per_kwh", "battery_per_kw"];
    let numbers = names.map(|name| form.number(name, problems));
    match numbers {
        [None, None, None] => None,
        [Some(pv_per_kw), Some(battery_per_kwh), Some(battery_per_kw)] => {
            Some(EquipmentPrices { pv_per_kw, battery_per_kwh, battery_per_kw, source: "as given on the page" })
        }
        _ => {
            problems.push(Problem::new(names.join(", "), "are given in part").allowed("all three, or none"));
            None
        }
    }
}
