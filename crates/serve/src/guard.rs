//! What every request must meet, and what every answer carries.

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use crate::App;

/// Everything from the page's own address, no script or style within the text, no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The values of `Host` by which this page may be asked.
///
/// A page of somebody else reaches an address of this machine by a name that it binds anew to it (DNS rebinding), and then sends that
/// name. So names are refused but for those that were given; an address as numbers cannot be bound anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hosts {
    own: Vec<String>,
    /// It listens at all addresses of this machine: any of them is its own.
    port_of_any: Option<u16>,
}

impl Hosts {
    /// Those of an address, with names by which whoever serves it says that it is reached.
    pub(crate) fn of(address: SocketAddr, names: &[String]) -> Self {
        let (ip, port) = (address.ip(), address.port());
        let with_port = |name: &str| {
            let plain = (port == 80).then(|| name.to_owned());
            plain.into_iter().chain([format!("{name}:{port}")]).collect::<Vec<_>>()
        };
        let mut own = vec![address.to_string()];
        if ip.is_loopback() || ip.is_unspecified() {
            own.extend(["localhost", "127.0.0.1", "[::1]"].into_iter().flat_map(with_port));
        }
        own.extend(names.iter().flat_map(|name| with_port(name)));
        Self { own, port_of_any: ip.is_unspecified().then_some(port) }
    }

    fn has(&self, host: &str) -> bool {
        let is_numbers = |port: u16| match host.parse::<SocketAddr>() {
            Ok(address) => address.port() == port,
            // Browsers leave the usual port out.
            Err(_) => port == 80 && host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok(),
        };
        self.own.iter().any(|own| own.eq_ignore_ascii_case(host)) || self.port_of_any.is_some_and(is_numbers)
    }
}

/// Refuses what does not come for this page or from it, contains a panic, and adds the policy.
pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut answer = match refusal(&app, request.method(), request.headers()) {
        Some(why) => (StatusCode::FORBIDDEN, why).into_response(),
        None => AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|_| {
            let text = "This answer failed by a fault of the program; the page goes on.";
            (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
        }),
    };
    let headers = answer.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: with it browsers send `Origin: null` with forms.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// Why a request is refused.
fn refusal(app: &App, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).filter(|host| app.hosts.has(host));
    let Some(host) = host else { return Some("This page answers at its own address only (Host).") };
    if matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let is_own = text(header::ORIGIN).is_some_and(|origin| origin.eq_ignore_ascii_case(&format!("http://{host}")));
    (!is_own).then_some("What changes something must come from this page itself (Origin).")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Caught: at all addresses none is answered, or any name is.
    #[test]
    fn numbers_of_this_machine_and_names_that_were_given_are_its_own() {
        let hosts = |address: &str, names: &[&str]| {
            Hosts::of(address.parse().unwrap(), &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        let loopback = hosts("127.0.0.1:8642", &[]);
        assert!(loopback.has("localhost:8642") && loopback.has("127.0.0.1:8642") && loopback.has("[::1]:8642"));
        for other in ["192.168.1.5:8642", "evil.example:8642", "localhost", "localhost:80", "127.0.0.1", ""] {
            assert!(!loopback.has(other), "{other}");
        }
        for any in ["0.0.0.0:8642", "[::]:8642"] {
            let all = hosts(any, &["site.lan"]);
            for own in ["192.168.1.5:8642", "[fe80::1]:8642", "localhost:8642", "SITE.lan:8642"] {
                assert!(all.has(own), "{any} {own}");
            }
            for other in
                ["evil.example:8642", "192.168.1.5:80", "192.168.1.5", "site.lan", "site.lan.evil.example:8642"]
            {
                assert!(!all.has(other), "{any} {other}");
            }
        }
        assert!(hosts("0.0.0.0:80", &[]).has("10.0.0.2") && hosts("0.0.0.0:80", &["a"]).has("a"));
        // One address of several is its own alone.
        assert!(!hosts("192.168.1.5:8642", &[]).has("192.168.1.6:8642"));
    }
}
