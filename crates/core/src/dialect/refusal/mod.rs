//! A reply that gained nothing, before anybody may print it.

mod blame;

use core::fmt;
use core::time::Duration;

use http::StatusCode;

pub(crate) use blame::Blame;

use crate::error::{Denied, Error, Malformed, Oddity, Place, Refused, Retry, Unreachable};
use crate::plant::{self, Bug};
use crate::scrub::Scrub;
use crate::secret::RefreshToken;

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
    /// What a reply of no use brings all the same.
    refresh_token: Option<RefreshToken>,
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
        Self { status, sort: Sort::Denied, code, text, page: None, refresh_token: None }
    }

    /// The server cannot answer now, and may have said for how long.
    pub fn passing(status: StatusCode, wait: Option<Duration>, code: Option<String>, text: Option<String>) -> Self {
        Self { status, sort: Sort::Passing(wait), code, text, page: None, refresh_token: None }
    }

    /// The reply is no answer in this protocol.
    pub fn malformed(status: StatusCode, oddity: Oddity) -> Self {
        Self { status, sort: Sort::Malformed(oddity), code: None, text: None, page: None, refresh_token: None }
    }

    /// The same of a reply that brings the refresh token which follows the one that was sent: where nothing else leads to a
    /// token, it is kept.
    #[must_use = "it returns the refusal"]
    pub fn with_refresh_token(self, refresh_token: Option<RefreshToken>) -> Self {
        Self { refresh_token, ..self }
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

    /// What follows the refresh token that was sent, if the reply brings it.
    pub(crate) fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    /// The error code, as the server wrote it.
    pub(crate) fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Whether it is the client that was refused (RFC 6749 section 5.2), so that nothing else was looked at. Keycloak has the
    /// code of a grant that is not allowed for a wrong secret, and says in its text which of the two it is.
    pub(crate) fn is_of_the_client(&self) -> bool {
        let code = |known: &str| self.code().is_some_and(|code| code.eq_ignore_ascii_case(known));
        let says_so = || self.text.as_deref().is_some_and(|text| text.to_ascii_lowercase().contains("invalid client"));
        code("invalid_client") || code("unauthorized_client") && says_so()
    }

    /// What a refused refresh is about.
    pub(crate) fn blames(&self) -> Blame {
        blame::of(self)
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
                let advice = advice.unwrap_or_else(|| general_advice(status, self.page).into());
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

fn general_advice(status: StatusCode, page: Option<Page>) -> &'static str {
    match status.as_u16() {
        401 | 403 if page == Some(Page::Html) => {
            "A login page, a firewall or a proxy may have answered: check the URL, and whether this machine may reach it"
        }
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
