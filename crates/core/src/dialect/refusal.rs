//! A reply that gained nothing, before anybody may print it.

use core::fmt;
use core::time::Duration;
use std::borrow::Cow;

use http::{HeaderValue, StatusCode};

use crate::error::{Denied, Error, Malformed, Oddity, Place, Refused, Retry, Unreachable};
use crate::http::Request;
use crate::plant::{self, Bug};
use crate::scrub::Scrub;

/// Why a reply gained nothing.
///
/// It holds the server's words as they came, so it prints none of them. Only the step that knows the request's
/// secrets turns it into an [`Error`], and takes out what repeats one (wire rule 17).
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    sort: Sort,
    code: Option<String>,
    text: Option<String>,
    /// What the body was, if it was no JSON object.
    page: Option<Page>,
}

/// A body that may be of something in front of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// A page for people.
    Html,
    /// Bare text, or nothing.
    Bare,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Sort {
    /// The server said no.
    Denied,
    /// The server cannot answer now (408, 425, 429, 5xx).
    Passing(Option<Duration>),
    /// It is no answer in this protocol.
    Malformed(Oddity),
}

impl Refusal {
    /// The server said no, perhaps with an error code and a text.
    pub fn denied(status: StatusCode, code: Option<String>, text: Option<String>) -> Self {
        Self { status, sort: Sort::Denied, code, text, page: None }
    }

    /// The server cannot answer now, and may have said for how long.
    pub fn passing(status: StatusCode, wait: Option<Duration>, code: Option<String>, text: Option<String>) -> Self {
        Self { status, sort: Sort::Passing(wait), code, text, page: None }
    }

    /// The reply is no answer in this protocol.
    pub fn malformed(status: StatusCode, oddity: Oddity) -> Self {
        Self { status, sort: Sort::Malformed(oddity), code: None, text: None, page: None }
    }

    /// Whether the server refused what it was given, so that the same again is useless. A 407 is a proxy's word: the
    /// server never saw the request.
    pub fn is_denied(&self) -> bool {
        self.sort == Sort::Denied && self.status != StatusCode::PROXY_AUTHENTICATION_REQUIRED
    }

    /// Whether the server may have acted on the request although its reply is of no use: a refresh token that was
    /// sent may be spent. A 500 may follow a commit, and a gateway's 502, 503 or 504 says nothing about the server behind
    /// it; 408, 425, 429, and a 503 that names a time, mean that the request was not processed (RFC 9110 sections 15.5.9
    /// and 15.6.4, RFC 8470, RFC 6585). A 307 or 308 wants the same request elsewhere (RFC 9110 sections 15.4.8 and
    /// 15.4.9); what another redirect follows, nobody knows.
    pub fn is_ambiguous(&self) -> bool {
        match &self.sort {
            Sort::Denied => false,
            Sort::Passing(wait) => {
                let busy = self.status == StatusCode::SERVICE_UNAVAILABLE && wait.is_some();
                self.status.is_server_error() && !busy
            }
            Sort::Malformed(Oddity::Redirect(_)) => {
                !matches!(self.status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT)
            }
            Sort::Malformed(_) => true,
        }
    }

    /// The same with a body that was no JSON object, if it was none.
    pub(crate) fn on_a_page(self, page: Option<Page>) -> Self {
        Self { page, ..self }
    }

    /// The error code, as the server wrote it.
    pub(crate) fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Whether a refused refresh may be about something else than the refresh token: the page of a gateway, a wrong URL, a
    /// client that is not known, a parameter that is missing or wrong, too many requests. Only what speaks of the token means
    /// it: `invalid_grant` (RFC 6749 section 5.2), or a server's own words to that effect.
    pub(crate) fn may_spare_the_token(&self) -> bool {
        let may_be_of_the_token = match self.status.as_u16() {
            200..=299 | 400 | 401 => true,
            403 => self.code.is_some(),
            _ => false,
        };
        let of_another = self.is_of_the_request() || is_of_another(&self.said_by_code());
        let means_it = may_be_of_the_token && self.speaks_of_the_token() && !of_another;
        self.said_by_code() != "invalid grant" && (self.page.is_some() || !means_it)
    }

    /// Whether it may mean the token all the same: some servers say so with a bare status, or in words of their own.
    pub(crate) fn may_mean_the_token(&self) -> bool {
        let (code, text) = (self.said_by_code(), self.said_by_text());
        let tells_of_a_limit = is_of_a_limit(&code) || is_of_a_limit(&text) && !ends_a_token(&code);
        let of_nobody_else = matches!(self.status.as_u16(), 200..=299 | 400 | 401)
            && self.page != Some(Page::Html)
            && !is_of_the_client(&code);
        self.is_of_the_request() || !tells_of_a_limit && (of_nobody_else || names_a_refresh_token(&text))
    }

    /// In its code, or in its text where no code says what it is about.
    fn speaks_of_the_token(&self) -> bool {
        let (code, text) = (self.said_by_code(), self.said_by_text());
        ends_a_token(&code) || (code.is_empty() || names_a_refresh_token(&text)) && ends_a_token(&text)
    }

    fn said_by_code(&self) -> String {
        in_words(self.code.as_deref())
    }

    fn said_by_text(&self) -> String {
        in_words(self.text.as_deref())
    }

    /// Whether it is about the request or the server, whatever token was sent, by a code that not every server takes so.
    fn is_of_the_request(&self) -> bool {
        self.code.as_deref().is_some_and(|code| OF_THE_REQUEST.iter().any(|known| known.eq_ignore_ascii_case(code)))
    }

    /// The printable error: server text without secrets, cut to size, with the place and what to do.
    pub(crate) fn into_error(self, place: Place, advice: Option<String>, scrub: &Scrub<'_>) -> Error {
        let clean = |said: Option<String>| match said {
            said if plant::has(Bug::PrintsSecrets) => said,
            said => said.and_then(|said| scrub.clean(&said)),
        };
        let (status, code, text) = (self.status, clean(self.code), clean(self.text));
        match self.sort {
            Sort::Denied => {
                let advice = advice.unwrap_or_else(|| general_advice(status).into());
                Denied::Refused(Box::new(Refused { place, status, code, text, advice })).into()
            }
            Sort::Passing(wait) => Box::new(Unreachable {
                place,
                cause: format!("the server cannot answer now: {}", status.as_u16()),
                maybe_sent: true,
                status: Some(status),
                code,
                text,
                retry: Retry::After(wait.unwrap_or_default()),
            })
            .into(),
            Sort::Malformed(oddity) => {
                Box::new(Malformed { place, status, oddity: clean_oddity(oddity, scrub) }).into()
            }
        }
    }
}

/// What is wrong with the request, or with the server, whatever token is sent (RFC 6749 sections 4.1.2.1 and 5.2, RFC 8707
/// section 2).
const OF_THE_REQUEST: [&str; 5] =
    ["invalid_request", "invalid_scope", "invalid_target", "server_error", "unsupported_grant_type"];

/// As people would write it.
fn in_words(said: Option<&str>) -> String {
    said.unwrap_or_default().to_ascii_lowercase().replace('_', " ")
}

fn has_any(said: &str, words: &[&str]) -> bool {
    words.iter().any(|word| said.contains(word))
}

/// Whether it says that a token has ended, or is none.
fn ends_a_token(said: &str) -> bool {
    let ended = ["invalid", "expired", "revoked", "not valid", "not found", "inactive", "unknown", "already used"];
    let a_tokens_end = has_any(said, &["token", "grant", "session"]) && has_any(said, &ended);
    // Zoho's word for a refresh token that has ended.
    let said_so = a_tokens_end || names_a_refresh_token(said) || said == "invalid code";
    said_so && !is_of_another(said) && !has_any(said, &["grant type", "token type", "csrf", "xsrf"])
}

fn names_a_refresh_token(said: &str) -> bool {
    has_any(said, &["refresh token", "refreshtoken"])
}

fn is_of_another(said: &str) -> bool {
    is_of_the_client(said) || is_of_a_limit(said)
}

fn is_of_the_client(said: &str) -> bool {
    has_any(said, &["client", "secret"])
}

/// Whether the server wants to be asked less often.
fn is_of_a_limit(said: &str) -> bool {
    has_any(said, &["limit", "throttl", "too many", "slow down"])
}

/// The server's words in an oddity go through the same sieve.
fn clean_oddity(oddity: Oddity, scrub: &Scrub<'_>) -> Oddity {
    let clean = |said: String| scrub.clean(&said).unwrap_or_else(|| "withheld".into());
    match oddity {
        Oddity::TokenType(said) => Oddity::TokenType(clean(said)),
        Oddity::Encoded(said) => Oddity::Encoded(clean(said)),
        Oddity::Redirect(said) => Oddity::Redirect(said.and_then(|said| scrub.clean(&said))),
        other => other,
    }
}

fn general_advice(status: StatusCode) -> &'static str {
    match status.as_u16() {
        404 | 405 | 410 => "Check the URL: nothing answers token requests there",
        406 | 415 => "Check the dialect: this server wants another kind of body",
        407 => "A proxy wants credentials: check the proxy setting",
        _ => "Check the credentials and the rest of the login's settings; the same again will be refused again",
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sort = match self.sort {
            Sort::Denied => "denied",
            Sort::Passing(_) => "passing",
            Sort::Malformed(_) => "malformed",
        };
        write!(f, "Refusal({} {sort})", self.status.as_u16())
    }
}

/// What a request carries that no error may repeat, beside the login's own secrets.
pub(crate) fn header_secrets(request: &Request) -> impl Iterator<Item = Cow<'_, str>> {
    request.headers.values().filter(|value| value.is_sensitive()).filter_map(credential)
}

/// A header's credential, without the scheme in front of it.
fn credential(value: &HeaderValue) -> Option<Cow<'_, str>> {
    let text = String::from_utf8_lossy(value.as_bytes());
    let text = text.trim();
    let credential = text.split_once(' ').map_or(text, |(_, credential)| credential);
    (!text.is_empty()).then(|| credential.to_owned().into())
}
