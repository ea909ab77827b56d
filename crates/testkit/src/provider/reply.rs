//! How the provider says things: JSON bodies, the errors of each dialect, and the headers that every reply carries.

use core::fmt::Write;

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};
use time::UtcDateTime;

/// A reply before it is dated. Both outcomes of a handler have this type, so that `?` can end it early.
#[derive(Debug)]
pub(super) struct Reply {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Vec<u8>,
}

pub(super) type Answer = Result<Reply, Reply>;

impl Reply {
    pub(super) fn new(status: StatusCode, content_type: HeaderValue, body: Vec<u8>) -> Self {
        Self { status, headers: vec![(header::CONTENT_TYPE, content_type)], body }
    }

    pub(super) fn json(status: StatusCode, body: &Value) -> Self {
        let body = serde_json::to_vec(body).expect("a value is JSON");
        Self::new(status, HeaderValue::from_static("application/json"), body)
    }

    pub(super) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// RFC 6749 5.1: what may hold a token must not be stored on the way.
    pub(super) fn unstored(self) -> Self {
        self.with(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
            .with(header::PRAGMA, HeaderValue::from_static("no-cache"))
    }

    pub(super) fn into_response(self) -> Response<Vec<u8>> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        response
    }
}

/// An error as RFC 6749 5.2 has it, and Auth0 too.
pub(super) fn oauth_error(status: StatusCode, error: &str, description: &str) -> Reply {
    Reply::json(status, &json!({ "error": error, "error_description": description }))
}

/// An error as the user key dialect has it.
pub(super) fn detail(status: StatusCode, code: &str, detail: &str) -> Reply {
    Reply::json(status, &json!({ "detail": detail, "code": code }))
}

pub(super) fn not_found() -> Reply {
    Reply::json(StatusCode::NOT_FOUND, &json!({ "error": "not_found" }))
}

pub(super) fn method_not_allowed(allow: &'static str) -> Reply {
    Reply::json(StatusCode::METHOD_NOT_ALLOWED, &json!({ "error": "method_not_allowed" }))
        .with(header::ALLOW, HeaderValue::from_static(allow))
}

/// Adds the `Date`, unless a scripted reply brought its own.
pub(super) fn date(now: UtcDateTime, response: &mut Response<Vec<u8>>) {
    let value = HeaderValue::try_from(imf_fixdate(now)).expect("a date is visible ASCII");
    response.headers_mut().entry(header::DATE).or_insert(value);
}

/// RFC 9110 5.6.7. Written by hand, since the usual crate panics before 1970, and a simulator may start anywhere.
fn imf_fixdate(now: UtcDateTime) -> String {
    const DAYS: [&str; 7] = ["Mon, ", "Tue, ", "Wed, ", "Thu, ", "Fri, ", "Sat, ", "Sun, "];
    const MONTHS: [&str; 12] =
        [" Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ", " Jul ", " Aug ", " Sep ", " Oct ", " Nov ", " Dec "];
    let mut text = String::with_capacity("Mon, 01 Jan 1970 00:00:00 GMT".len());
    let two = |text: &mut String, n: u8| text.extend([b'0' + n / 10, b'0' + n % 10].map(char::from));
    let (hour, minute, second) = now.as_hms();
    text.push_str(DAYS[usize::from(now.weekday().number_days_from_monday())]);
    two(&mut text, now.day());
    text.push_str(MONTHS[usize::from(u8::from(now.month())) - 1]);
    let _ = write!(text, "{:04} ", now.year());
    two(&mut text, hour);
    for part in [minute, second] {
        text.push(':');
        two(&mut text, part);
    }
    text + " GMT"
}

#[cfg(test)]
mod tests {
    use super::imf_fixdate;
    use time::UtcDateTime;

    #[test]
    fn a_date_is_an_imf_fixdate() {
        let at = |seconds| imf_fixdate(UtcDateTime::from_unix_timestamp(seconds).expect("in range"));
        assert_eq!(at(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT", "the example of RFC 9110 5.6.7");
        assert_eq!(at(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(at(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
    }
}
