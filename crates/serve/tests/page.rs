//! Promise: three answers make a site and a first design, whose numbers are those of the library and of every download; what the page
//! changes stands in the folder's files.

use std::fs;

use microgrid::io::DesignFolder;
use microgrid_serve::Options;

use super::client::{fresh, get, get_with, post, result, served, site, stamp, texts};

/// The number of an attribute.
fn attribute(page: &str, name: &str) -> f64 {
    let rest = page.split_once(&format!("{name}=\"")).unwrap_or_else(|| panic!("no {name} in {page}")).1;
    rest.split('"').next().unwrap().parse().unwrap()
}

#[test]
fn three_answers_make_a_first_design() {
    let folder = fresh("three");
    let address = served(Options::new(&folder));
    let asked = get(address, "/").text();
    assert!(asked.contains("Three answers make a first design"), "{asked}");
    let answers =
        [("place", "changzhou"), ("annual_kwh", "300 000"), ("archetype", "business"), ("tariff", "jiangsu-energy")];
    let made = post(address, "/", &answers);
    assert_eq!((made.status, made.header("location")), (303, Some("/result")), "{}", made.text());
    let page = result(address);
    let own = microgrid::design_folder(&DesignFolder::read(&folder).unwrap(), None, |_| true).unwrap();
    assert_eq!(attribute(&page, "data-net-present-cost").to_bits(), own.money.net_present_cost.to_bits());
    assert!(own.money.gap() < 1e-5 && own.sizes[0].value > 50.0, "{:?}", own.money);
    // What is printed is that number, as the report prints it.
    assert!(page.contains(&format!("{} CNY", microgrid::html::amount(own.money.net_present_cost, 0))), "{page}");
    // The command names the folder; the downloads are those of the same design.
    assert!(page.contains("microgrid design "), "{page}");
    let json: serde_json::Value = serde_json::from_slice(&get(address, "/download/json").body).unwrap();
    assert_eq!(json["money"]["net_present_cost"].as_f64(), Some(own.money.net_present_cost));
    let report = get(address, "/download/report");
    assert!(report.text().contains("Content-Security-Policy") && !report.text().contains("<script"));
    let zip = get(address, "/download/folder").body;
    assert_eq!((&zip[..2], zip == get(address, "/download/folder").body), (&b"PK"[..], true));
    assert!(get(address, "/download/sizes").text().starts_with("fields,value,"));
    for id in ["money", "cash_flow", "front", "sensitivity", "swings"] {
        assert!(get(address, &format!("/download/{id}")).text().contains(','), "{id}");
    }
    // A second site is not written over the first.
    assert_eq!(post(address, "/", &answers).status, 422);
}

/// A folder that is there cannot be put in place whole, as it may be the one that the program runs in.
#[test]
fn an_empty_folder_is_filled() {
    let folder = fresh("empty");
    fs::create_dir_all(&folder).unwrap();
    let address = served(Options::new(&folder));
    let answers =
        [("place", "changzhou"), ("annual_kwh", "300 000"), ("archetype", "business"), ("tariff", "jiangsu-energy")];
    assert_eq!(post(address, "/", &answers).status, 303);
    assert!(DesignFolder::read(&folder).is_ok());
    let beside = fs::read_dir(folder.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(beside.filter(|name| name.to_string_lossy().starts_with(".page-empty")).count(), 0);
}

#[test]
fn what_is_changed_stands_in_the_files_with_their_comments() {
    let (folder, address) = site("changed");
    let shown = stamp(address, "/equipment");
    let pairs = [("stamp", shown.as_str()), ("size.0.most", "150"), ("size.1.lifetime_years", "15")];
    assert_eq!(post(address, "/equipment", &pairs).status, 303);
    let design = fs::read_to_string(folder.join("design.toml")).unwrap();
    assert!(design.contains("most = 150                     # what the roof holds, assumed"), "{design}");
    assert!(design.contains("lifetime_years = 15\n"), "{design}");
    // Somebody else's change since the page was shown is not lost.
    let late = post(address, "/equipment", &pairs);
    assert!(late.status == 422 && late.text().contains("changed by somebody else"), "{}", late.text());
    // What cannot be read is refused by its field, shown as it was typed, and not written.
    let shown = stamp(address, "/goals");
    let wrong = post(address, "/goals", &[("stamp", &shown), ("economics.years", "0"), ("goal.gap", "12,5")]).text();
    assert!(wrong.contains("goal.gap: is no number; found 12,5") && wrong.contains("value=\"12,5\""), "{wrong}");
    let wrong = post(address, "/goals", &[("stamp", &shown), ("economics.years", "0")]).text();
    assert!(wrong.contains("economics.years: is not a whole number from 1 to 60"), "{wrong}");
    assert_eq!(fs::read_to_string(folder.join("design.toml")).unwrap(), design);
    // A goal begins the design, and its result says when the folder has gone on.
    assert_eq!(post(address, "/goals", &[("stamp", &shown), ("goal.carbon_prices_per_kg", "0, 0.5")]).status, 303);
    let page = result(address);
    assert!(page.contains("Front of cost and carbon") && !page.contains("was changed since"), "{page}");
    fs::write(folder.join("design.toml"), design).unwrap();
    assert!(get(address, "/result").text().contains("was changed since"));
}

#[test]
fn files_can_be_written_as_text_and_sizes_added_and_left_out() {
    let (folder, address) = site("text");
    let (shown, texts) = (stamp(address, "/"), texts(&folder));
    let scenario = texts[0].replace("name = \"workshop\"", "name = \"workshop <b>\"");
    let pairs = [("stamp", shown.as_str()), ("scenario", &scenario), ("design", &texts[1])];
    assert_eq!(post(address, "/text", &pairs).status, 303);
    assert_eq!(fs::read_to_string(folder.join("scenario.toml")).unwrap(), scenario);
    let page = get(address, "/").text();
    assert!(page.contains("workshop &lt;b&gt;") && !page.contains("<b>"), "{page}");
    // A size left out can be added again, by its place in a list.
    let shown = stamp(address, "/equipment");
    assert_eq!(post(address, "/equipment", &[("stamp", &shown), ("size.0.out", "true")]).status, 303);
    assert_eq!(DesignFolder::read(&folder).unwrap().file.size.len(), 2);
    let shown = stamp(address, "/equipment");
    let new = [
        ("stamp", shown.as_str()),
        ("new", "0"),
        ("new.most", "90"),
        ("new.capital_cost_per_unit", "2600"),
        ("new.lifetime_years", "25"),
    ];
    assert_eq!(post(address, "/equipment", &new).status, 303);
    let sizes = DesignFolder::read(&folder).unwrap().file.size;
    assert_eq!((sizes.len(), sizes[2].field[0].as_str(), sizes[2].most), (3, "generation.pv[0].dc_kw", 90.0));
}

#[test]
fn progress_is_told_and_both_languages_are_spoken() {
    let (_, address) = site("told");
    assert_eq!(post(address, "/design", &[]).status, 303);
    let events = get(address, "/jobs/1/events");
    assert_eq!(events.header("content-type"), Some("text/event-stream"));
    assert!(events.text().contains("event: over") && events.text().contains("\"evaluations\""), "{}", events.text());
    let english = get(address, "/result").text();
    let chinese = get_with(address, "/result", "Cookie: language=zh\r\n").text();
    assert!(english.contains("lang=\"en\"") && english.contains("net present cost"));
    assert!(chinese.contains("lang=\"zh\"") && chinese.contains("净现值成本") && !chinese.contains("<dt>saves</dt>"));
    assert_eq!(attribute(&english, "data-net-present-cost"), attribute(&chinese, "data-net-present-cost"));
    let preferred = get_with(address, "/goals", "Accept-Language: zh-CN,en;q=0.5\r\n").text();
    assert!(preferred.contains("项目年数"), "{preferred}");
    let set = get_with(address, "/language/zh", &format!("Referer: http://{address}/goals\r\n"));
    assert_eq!((set.status, set.header("location")), (303, Some("/goals")));
    assert!(set.header("set-cookie").is_some_and(|cookie| cookie.starts_with("language=zh;")));
}
