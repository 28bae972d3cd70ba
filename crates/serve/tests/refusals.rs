//! Promise: what does not come for this page or from it is refused; names of files are no input; hostile text is escaped; designs are
//! bounded, cancelled, and their panics contained.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use microgrid::design::sizing::Progress;
use microgrid_serve::{Options, Server, SiteFolder};

use super::client::{fresh, get, get_with, post, post_from, result, send, served, site, stamp, texts, workshop};

#[test]
fn only_its_own_address_and_its_own_pages_are_answered() {
    let (_, address) = site("own");
    assert!(address.ip().is_loopback());
    for host in ["evil.example", "evil.example:80", "127.0.0.1", ""] {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert!(matches!(send(address, request.as_bytes()).status, 400 | 403), "{host}");
    }
    let by_name = format!("GET / HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n", address.port());
    assert_eq!(send(address, by_name.as_bytes()).status, 200);
    for origin in ["", "Origin: null\r\n", "Origin: http://evil.example\r\n", "Origin: https://localhost\r\n"] {
        assert_eq!(post_from(address, "/design", &[], origin).status, 403, "{origin}");
    }
    // The origin must be that by which it was asked, not merely one of its names.
    let other = format!("Origin: http://localhost:{}\r\n", address.port());
    assert_eq!(post_from(address, "/design", &[], &other).status, 403);
    assert!(get(address, "/result").text().contains("Nothing was designed yet"));
}

#[test]
fn every_answer_has_the_policy_and_pages_hold_no_script() {
    let (_, address) = site("policy");
    for path in ["/", "/equipment", "/goals", "/result", "/download", "/style.css", "/script.js", "/nothing"] {
        let answer = get(address, path);
        let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("{path}"));
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("access-control-allow-origin"), None);
        let text = answer.text();
        assert!(
            !text.contains(" style=") && !text.contains(" onclick=") && !text.contains("http://"),
            "{path}: {text}"
        );
        assert_eq!(text.matches("<script").count(), text.matches("<script src=\"/script.js\" defer></script>").count());
    }
    let assets: usize = ["/style.css", "/script.js"].map(|path| get(address, path).body.len()).iter().sum();
    assert!(assets < 300_000, "{assets}");
}

#[test]
fn no_name_of_a_file_comes_from_a_client() {
    let (folder, address) = site("names");
    for path in [
        "/download/../../etc/passwd",
        "/download/%2e%2e%2fscenario.toml",
        "/download/scenario.toml",
        "/language/../../etc/passwd",
        "/jobs/1/events",
        "/jobs/x/events",
        "/../Cargo.toml",
    ] {
        let answer = get(address, path);
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
        assert!(!answer.text().contains("root:") && !answer.text().contains("[site]"), "{path}");
    }
    // A scenario's own names stay within its folder: neither what is there nor whether it is there is told.
    let (shown, texts) = (stamp(address, "/"), texts(&folder));
    for name in ["/etc/passwd", "../page-names/../../../../../../etc/passwd"] {
        let scenario = texts[0].replace("load.csv", name);
        let pairs = [("stamp", shown.as_str()), ("scenario", &scenario), ("design", &texts[1])];
        let refused = post(address, "/text", &pairs);
        assert!(refused.status == 422 && !refused.text().contains("root:"), "{}", refused.text());
        assert!(refused.text().contains("leaves the scenario folder"), "{}", refused.text());
    }
    assert_eq!(fs::read_to_string(folder.join("scenario.toml")).unwrap(), texts[0]);
    // Answers name places and tariffs of lists.
    let address = served(Options::new(fresh("lists")));
    for (name, value) in [("place", "../../etc"), ("tariff", "/etc/passwd"), ("archetype", "../x")] {
        let mut answers =
            vec![("place", "changzhou"), ("annual_kwh", "1000"), ("archetype", "farm"), ("tariff", "jiangsu-energy")];
        answers.iter_mut().filter(|(key, _)| *key == name).for_each(|pair| pair.1 = value);
        let refused = post(address, "/", &answers);
        assert!(refused.status == 422 && refused.text().contains("is none of"), "{}", refused.text());
    }
}

#[test]
fn hostile_scenarios_are_refused_or_escaped() {
    let (folder, address) = site("hostile");
    let (script, texts) = ("<script>alert(1)</script>", texts(&folder));
    // A name that is a script, in the scenario and in a size's field.
    let named = texts[0].replace("name = \"workshop\"", &format!("name = \"{script}\""));
    fs::write(folder.join("scenario.toml"), &named).unwrap();
    assert_eq!(post(address, "/design", &[]).status, 303);
    for page in [result(address), get(address, "/").text(), get(address, "/download/report").text()] {
        assert!(!page.contains(script) && page.contains("&lt;script&gt;alert(1)"), "{page}");
    }
    fs::write(folder.join("design.toml"), texts[1].replace("generation.pv[0].dc_kw", script)).unwrap();
    let page = get(address, "/equipment").text();
    assert!(!page.contains(script) && page.contains("&lt;script&gt;"), "{page}");
    fs::write(folder.join("design.toml"), &texts[1]).unwrap();
    // More steps than any machine holds; bytes that are no text; nothing at all.
    for hostile in [
        texts[0].replace("days = 365", "days = 1000000000").replace("step_minutes = 60", "step_s = 1"),
        "\u{0}\u{1}[[[[".into(),
        String::new(),
    ] {
        fs::write(folder.join("scenario.toml"), &hostile).unwrap();
        let began = Instant::now();
        assert_eq!(post(address, "/design", &[]).status, 303);
        let page = result(address);
        assert!(page.contains("role=\"alert\""), "{page}");
        assert!(began.elapsed() < Duration::from_secs(60));
        assert_eq!(get(address, "/").status, 200);
    }
    // A body beyond its limit.
    let huge = "x".repeat((1 << 20) + 1);
    assert_eq!(post(address, "/goals", &[("economics.years", &huge)]).status, 413);
}

/// A designer that waits until it is told to stop, then designs to whatever is proven.
fn patient() -> microgrid_serve::Designer {
    Arc::new(|folder, watch| {
        let began = Instant::now();
        while watch(Progress { evaluations: 1, upper: 2.0, lower: 1.0 }) {
            assert!(began.elapsed() < Duration::from_secs(60), "nobody stops this design");
            std::thread::sleep(Duration::from_millis(10));
        }
        microgrid::design_folder(folder, Some(0.5), |_| true)
    })
}

#[test]
fn one_design_runs_at_a_time_and_can_be_cancelled() {
    let address = served(Options { designer: patient(), ..Options::new(workshop("cancel")) });
    assert_eq!(post(address, "/design", &[]).status, 303);
    let second = post(address, "/design", &[]);
    assert!(second.status == 409 && second.text().contains("a design runs already"), "{}", second.text());
    assert_eq!(post(address, "/jobs/7/cancel", &[]).status, 404);
    assert_eq!(get_with(address, "/jobs/1/cancel", "").status, 405);
    assert!(get(address, "/result").text().contains("data-job=\"1\""));
    assert_eq!(post(address, "/jobs/1/cancel", &[]).status, 303);
    assert!(result(address).contains("data-net-present-cost"));
    assert_eq!(post(address, "/design", &[]).status, 303);
}

#[test]
fn a_design_ends_by_itself_after_its_time() {
    let options = Options::new(workshop("time"));
    let address = served(Options { designer: patient(), design_most: Duration::from_millis(50), ..options });
    assert_eq!(post(address, "/design", &[]).status, 303);
    assert!(result(address).contains("data-net-present-cost"));
}

#[test]
fn a_panic_is_an_error_of_its_design_alone() {
    let designer: microgrid_serve::Designer = Arc::new(|_, _| panic!("a fault"));
    let address = served(Options { designer, ..Options::new(workshop("panic")) });
    for _ in 0..2 {
        assert_eq!(post(address, "/design", &[]).status, 303);
        assert!(result(address).contains("failed by a fault of the program"));
    }
    assert_eq!(get(address, "/goals").status, 200);
}

#[test]
fn a_folder_of_other_things_is_not_served() {
    let folder = fresh("other");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("letter.txt"), "Dear").unwrap();
    assert!(SiteFolder::of(folder.clone()).is_err());
    let refused = Server::bind(Options::new(folder)).unwrap().err().unwrap().to_string();
    assert!(refused.contains("holds no scenario.toml"), "{refused}");
}
