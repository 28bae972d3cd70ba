//! A plain client: one request a connection.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use microgrid_serve::{Options, Server};

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// A page that answers in a thread of its own until the test program ends.
pub(crate) fn served(options: Options) -> SocketAddr {
    let server = Server::bind(options).unwrap().unwrap_or_else(|problems| panic!("{problems}"));
    let address = server.address();
    std::thread::spawn(move || server.run());
    address
}

/// A folder of the test's own that is not there yet.
pub(crate) fn fresh(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("page-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

/// A copy of the seed that is designed.
pub(crate) fn workshop(name: &str) -> PathBuf {
    let folder = fresh(name);
    std::fs::create_dir_all(&folder).unwrap();
    let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds/design-workshop");
    for name in ["scenario.toml", "design.toml", "load.csv", "jiangsu-2025-energy.toml"] {
        std::fs::copy(seed.join(name), folder.join(name)).unwrap();
    }
    folder
}

/// Such a copy, and the address of its page.
pub(crate) fn site(name: &str) -> (PathBuf, SocketAddr) {
    let folder = workshop(name);
    let address = served(Options::new(&folder));
    (folder, address)
}

/// The scenario and the design of a folder as they are written.
pub(crate) fn texts(folder: &Path) -> [String; 2] {
    ["scenario.toml", "design.toml"].map(|name| std::fs::read_to_string(folder.join(name)).unwrap())
}

/// Sends a request as it is written.
pub(crate) fn send(address: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    // A server may answer and close before a large body is through.
    let _ = stream.write_all(request);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or_else(|| panic!("no answer"));
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
    Answer { status, head, body: bytes[end + 4..].to_vec() }
}

pub(crate) fn get(address: SocketAddr, path: &str) -> Answer {
    get_with(address, path, "")
}

/// A request with further lines of its head, each with its line end.
pub(crate) fn get_with(address: SocketAddr, path: &str, lines: &str) -> Answer {
    send(address, format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{lines}Connection: close\r\n\r\n").as_bytes())
}

/// A form as a browser sends it from this page.
pub(crate) fn post(address: SocketAddr, path: &str, pairs: &[(&str, &str)]) -> Answer {
    post_from(address, path, pairs, &format!("Origin: http://{address}\r\n"))
}

pub(crate) fn post_from(address: SocketAddr, path: &str, pairs: &[(&str, &str)], lines: &str) -> Answer {
    let body: Vec<String> = pairs.iter().map(|(name, text)| format!("{}={}", encoded(name), encoded(text))).collect();
    let body = body.join("&");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\n{lines}Connection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    send(address, &[head.as_bytes(), body.as_bytes()].concat())
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).into() } else { format!("%{byte:02X}") })
        .collect()
}

/// The stamp that the form of a page is sent with.
pub(crate) fn stamp(address: SocketAddr, path: &str) -> String {
    let page = get(address, path).text();
    let rest = page.split_once("name=\"stamp\" value=\"").unwrap_or_else(|| panic!("no stamp in {page}")).1;
    rest.split('"').next().unwrap().into()
}

/// The result page once the design is over.
pub(crate) fn result(address: SocketAddr) -> String {
    for _ in 0..1200 {
        let page = get(address, "/result").text();
        if !page.contains("data-job=") {
            return page;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the design does not end");
}
