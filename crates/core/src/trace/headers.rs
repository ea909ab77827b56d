//! Of a reply's headers, those that decide something.

use http::{HeaderName, header};

use crate::http::{Origin, Reply};
use crate::scrub::Scrub;
use crate::wire::{challenge, date};

/// Each in a form that can carry nothing else.
pub(super) fn deciding(reply: &Reply, scrub: &Scrub<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut add = |name: HeaderName, value: Option<String>| out.extend(value.map(|value| (name.to_string(), value)));
    let plain_date = |text: &&str| date::http_date(text).is_some() && text.len() <= 40;
    let number = |text: &&str| text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    add(header::DATE, reply.header(header::DATE).filter(plain_date).map(str::to_owned));
    let wait = reply.header(header::RETRY_AFTER).filter(|text| number(text) || plain_date(text));
    add(header::RETRY_AFTER, wait.map(str::to_owned));
    add(
        header::CONTENT_TYPE,
        reply.header(header::CONTENT_TYPE).map(|text| one_of(text, &TYPES, "application/x-other")),
    );
    add(header::CONTENT_ENCODING, reply.header(header::CONTENT_ENCODING).map(|text| one_of(text, &CODINGS, "x-other")));
    let origin = |text: &str| match Origin::parse(text) {
        Ok(origin) => scrub.clean(&origin.to_string()).unwrap_or_else(|| "https://redacted.invalid".into()),
        Err(_) => "/redacted".into(),
    };
    add(header::LOCATION, reply.header(header::LOCATION).map(origin));
    for challenge in challenge::of(&reply.headers) {
        let scheme = one_of(&challenge.scheme, &["basic", "bearer"], "other");
        let said = |name: &str| {
            let clean = scrub.clean(challenge.param(name)?)?;
            Some(format!("{name}=\"{}\"", clean.replace(['\\', '"'], "'")))
        };
        let params: Vec<_> = ["error", "error_description"].into_iter().filter_map(said).collect();
        add(header::WWW_AUTHENTICATE, Some(format!("{scheme} {}", params.join(", "))));
    }
    out
}

const TYPES: [&str; 5] =
    ["application/json", "application/problem+json", "text/html", "text/plain", "application/x-www-form-urlencoded"];
const CODINGS: [&str; 5] = ["identity", "gzip", "br", "deflate", "zstd"];

fn one_of(text: &str, known: &[&str], other: &str) -> String {
    let essence = text.split(';').next().unwrap_or_default().trim();
    known.iter().find(|known| known.eq_ignore_ascii_case(essence)).map_or(other, |known| known).to_owned()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, StatusCode};
    use time::UtcDateTime;

    use super::*;
    use crate::dialect::Held;
    use crate::http::{Body, Endpoint, Request};
    use crate::secret::Secrets;
    use crate::time::Now;

    #[test]
    fn of_the_headers_only_what_decides_something_is_told() {
        let request = Request::post(Endpoint::parse("https://auth.example/token").expect("a URL"), "", Vec::new());
        let (secrets, held) = (Secrets::one("password", "canary-7"), Held::default());
        let received = Now { mono: core::time::Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH };
        let date = "Tue, 14 Nov 2023 21:13:20 GMT";
        for (name, value, told) in [
            ("date", date, Some(date)),
            ("date", "canary", None),
            ("retry-after", "120", Some("120")),
            ("retry-after", date, Some(date)),
            ("retry-after", "canary", None),
            ("retry-after", "12345678901", None),
            ("content-type", "Application/JSON; charset=x", Some("application/json")),
            ("content-type", "text/canary", Some("application/x-other")),
            ("content-encoding", "br", Some("br")),
            ("location", "https://elsewhere.example/canary", Some("https://elsewhere.example")),
            ("location", "https://canary-7.example/", Some("https://redacted.invalid")),
            ("location", "/canary", Some("/redacted")),
            ("www-authenticate", r#"Canary error="x", realm="y""#, Some(r#"other error="x""#)),
            ("x-canary", "canary", None),
        ] {
            let headers =
                HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::try_from(value).expect("a value"))]);
            let reply = Reply { status: StatusCode::OK, headers, body: Body::default(), cut: false, received };
            let found = deciding(&reply, &Scrub::new(&secrets, &held, &request));
            let told: Vec<_> = told.map(|told| (name.to_owned(), told.to_owned())).into_iter().collect();
            assert_eq!(found, told, "{name}: {value}");
        }
    }
}
