//! The page in a real browser: filled, designed, compared with the command line; no error on its console, no request that leaves
//! loopback, whole at 360 and at 1280 px.
//!
//! Chromium is spoken to by its debugging pipe (descriptors 3 and 4, which a shell binds to two named pipes), JSON ended by a zero
//! byte; no driver is needed.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// Ends what it started, also where the test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn fresh(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

struct Browser {
    to: File,
    from: BufReader<File>,
    session: Option<String>,
    last: u64,
    /// All that was told and not asked for.
    told: Vec<Value>,
    _running: Running,
}

impl Browser {
    /// A browser with one empty page; `None` where there is no Chromium.
    fn start() -> Option<Self> {
        let name = ["chromium", "chromium-browser", "google-chrome"]
            .into_iter()
            .find(|name| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success()))?;
        let folder = fresh("browser");
        fs::create_dir_all(&folder).unwrap();
        let [to, from] = ["to", "from"].map(|pipe| folder.join(pipe));
        assert!(Command::new("mkfifo").args([&to, &from]).status().unwrap().success());
        let script = "exec \"$0\" --headless --no-sandbox --disable-gpu --disable-background-networking --no-first-run \
                      --remote-debugging-pipe --user-data-dir=\"$3\" about:blank 3<\"$1\" 4>\"$2\"";
        let child = Command::new("bash")
            .args(["-c", script, name])
            .args([&to, &from, &folder.join("profile")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let to = fs::OpenOptions::new().write(true).open(to).unwrap();
        let from = BufReader::new(File::open(from).unwrap());
        let mut browser = Self { to, from, session: None, last: 0, told: Vec::new(), _running: Running(child) };
        let page = browser.ask("Target.createTarget", json!({ "url": "about:blank" }));
        let attached = browser.ask("Target.attachToTarget", json!({ "targetId": page["targetId"], "flatten": true }));
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Network", "Log"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    fn hear(&mut self) -> Value {
        let mut bytes = Vec::new();
        assert!(self.from.read_until(0, &mut bytes).unwrap() > 1, "the browser ended");
        bytes.pop();
        serde_json::from_slice(&bytes).unwrap()
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.last += 1;
        let id = self.last;
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let mut heard = self.hear();
            if heard["id"] == json!(id) {
                assert!(heard.get("error").is_none(), "{method}: {heard}");
                return heard["result"].take();
            }
            self.told.push(heard);
        }
    }

    /// Waits for a page that is loaded after `act`.
    fn load(&mut self, act: impl FnOnce(&mut Self)) {
        let before = self.told.len();
        act(self);
        let is_loaded = |told: &Value| told["method"] == "Page.loadEventFired";
        while !self.told[before..].iter().any(is_loaded) {
            let heard = self.hear();
            self.told.push(heard);
        }
    }

    fn open(&mut self, address: &str) {
        self.load(|browser| {
            browser.ask("Page.navigate", json!({ "url": address }));
        });
    }

    /// What an expression of the page's own is.
    fn see(&mut self, expression: &str) -> Value {
        let mut seen = self.ask("Runtime.evaluate", json!({ "expression": expression, "returnByValue": true }));
        assert!(seen.get("exceptionDetails").is_none(), "{expression}: {seen}");
        seen["result"]["value"].take()
    }

    fn width(&mut self, px: u32) {
        let metrics = json!({ "width": px, "height": 900, "deviceScaleFactor": 1, "mobile": px < 500 });
        self.ask("Emulation.setDeviceMetricsOverride", metrics);
        // What is wider than the window must scroll within its own frame.
        let [inner, scroll] = ["window.innerWidth", "document.documentElement.scrollWidth"].map(|seen| self.see(seen));
        assert!(scroll.as_f64() <= inner.as_f64(), "at {px} px the page is {scroll} wide, the window {inner}");
    }

    /// Writes a picture or a print beside the test's other files, to be looked at.
    fn keep(&mut self, name: &str, method: &str) {
        let kept = self.ask(method, json!({}));
        fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), from_base64(kept["data"].as_str().unwrap()))
            .unwrap();
    }
}

fn from_base64(text: &str) -> Vec<u8> {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let letters: Vec<u8> = text.bytes().filter(|letter| *letter != b'=').collect();
    let four = |letters: &[u8]| {
        let bits = letters.iter().fold(0_u32, |bits, letter| bits << 6 | u32::from(value(*letter)));
        let bits = bits << (6 * (4 - letters.len()));
        bits.to_be_bytes()[1..letters.len()].to_vec()
    };
    letters.chunks(4).flat_map(four).collect()
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_microgrid"))
}

/// A page of the real program, and where it is.
fn served(folder: &Path) -> (Running, String) {
    let arguments = ["--listen", "127.0.0.1:0"];
    let mut child = program().arg("serve").arg(folder).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (Running(child), line.trim_end().to_owned())
}

#[test]
#[ignore = "needs Chromium; .ci/run runs it"]
fn a_site_is_filled_in_and_designed_to_the_numbers_of_the_command_line() {
    let Some(mut browser) = Browser::start() else {
        println!("skipped: no Chromium here");
        return;
    };
    let folder = fresh("browser-site");
    let (_page, address) = served(&folder);
    browser.open(&address);
    browser.width(360);
    browser.keep("page-site-360.png", "Page.captureScreenshot");
    browser.width(1280);
    browser.keep("page-site-1280.png", "Page.captureScreenshot");
    browser.see(
        "{ const form = document.querySelector('form').elements; form.place.value = 'changzhou'; form.annual_kwh.value = '300000'; \
         form.archetype.value = 'business'; form.tariff.value = 'jiangsu-energy'; }",
    );
    let click = "document.querySelector('button.main').click()";
    browser.load(|browser| {
        browser.see(click);
    });
    // The result's page loads itself anew at the end.
    for _ in 0..60 {
        if browser.see("document.querySelector('[data-net-present-cost]') !== null") == true {
            break;
        }
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    let shown = browser.see("document.querySelector('[data-net-present-cost]').dataset.netPresentCost");
    let written = browser.see("document.querySelector('.figures dd').textContent");
    let command = browser.see("document.querySelector('.made code').textContent");
    // The command that the page prints, and nothing else.
    let words: Vec<String> = command.as_str().unwrap().split(' ').skip(1).map(str::to_owned).collect();
    let told = program().args(&words).arg("--json").output().unwrap();
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    let cost = told["money"]["net_present_cost"].as_f64().unwrap();
    assert_eq!(shown.as_str().unwrap().parse::<f64>().unwrap().to_bits(), cost.to_bits());
    let rounded: String = written.as_str().unwrap().split(" CNY").next().unwrap().replace(',', "");
    assert_eq!(rounded, format!("{cost:.0}"));
    for (px, name) in [(360, "page-result-360.png"), (1280, "page-result-1280.png")] {
        browser.width(px);
        browser.keep(name, "Page.captureScreenshot");
    }
    browser.keep("page-result.pdf", "Page.printToPDF");
    let [first, second] =
        [0, 1].map(|i| browser.see(&format!("document.querySelectorAll('.figures dd')[{i}].textContent")));
    assert_ne!(first, second);
    for (path, name) in [("equipment", "page-equipment"), ("goals", "page-goals"), ("download", "page-download")] {
        browser.open(&format!("{address}{path}"));
        for px in [360, 1280] {
            browser.width(px);
            browser.keep(&format!("{name}-{px}.png"), "Page.captureScreenshot");
        }
    }
    // In Chinese the number is the same.
    browser.open(&format!("{address}language/zh"));
    browser.open(&format!("{address}result"));
    assert_eq!(browser.see("document.documentElement.lang"), "zh");
    assert_eq!(browser.see("document.querySelector('[data-net-present-cost]').dataset.netPresentCost"), shown);
    browser.width(360);
    browser.keep("page-chinese-360.png", "Page.captureScreenshot");
    check_what_was_told(&browser, &address);
}

/// No error on the console or in the log, no exception, and no request to anywhere else.
fn check_what_was_told(browser: &Browser, address: &str) {
    let mut requests = 0;
    for told in &browser.told {
        let parameters = &told["params"];
        match told["method"].as_str().unwrap_or("") {
            "Network.requestWillBeSent" => {
                let asked = parameters["request"]["url"].as_str().unwrap();
                assert!(asked.starts_with(address) || asked.starts_with("about:"), "{asked}");
                requests += 1;
            }
            "Runtime.exceptionThrown" => panic!("{parameters}"),
            "Runtime.consoleAPICalled" => assert_ne!(parameters["type"], "error", "{parameters}"),
            "Log.entryAdded" => assert_ne!(parameters["entry"]["level"], "error", "{parameters}"),
            _ => {}
        }
    }
    assert!(requests > 15, "{requests}");
}

#[test]
fn bytes_come_back_from_base64() {
    assert_eq!(from_base64("TWljcm9ncmlk"), b"Microgrid");
    assert_eq!(from_base64("TQ=="), b"M");
    assert_eq!(from_base64("TWk="), b"Mi");
}
