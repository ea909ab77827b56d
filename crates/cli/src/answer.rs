//! What an API's answer means to whoever runs the command.

use hallpass_client::clock::Clock;
use hallpass_core::dialect::Refusal;
use hallpass_core::wire::{challenge, date};
use hallpass_core::{AccessToken, Body, Endpoint, Reply};
use http::{HeaderMap, Method, StatusCode, header, response};

use crate::failure::{Failure, Kind};
use crate::lost;

/// An API call and its answer, without the body.
pub(crate) struct Answer<'a> {
    pub(crate) method: &'a Method,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) head: &'a response::Parts,
    /// What authorized the call, each time that it was sent: words of the server that repeat it are not printed (wire rule 17).
    pub(crate) sent: &'a [AccessToken],
}

impl Answer<'_> {
    /// `GET https://api.example/x answered 404 Not Found`
    pub(crate) fn line(&self) -> String {
        let status = self.head.status;
        let reason = status.canonical_reason().map(|reason| format!(" {reason}")).unwrap_or_default();
        format!("{} {} answered {}{reason}", self.method, self.endpoint, status.as_u16())
    }

    /// The error code of the answer's Bearer challenge (RFC 6750 section 3).
    pub(crate) fn code(&self) -> Option<String> {
        self.param("error")
    }

    /// The scope that the answer's Bearer challenge asks for.
    fn wanted_scope(&self) -> Option<String> {
        self.param("scope")
    }

    fn param(&self, name: &str) -> Option<String> {
        let challenges = challenge::of(&self.head.headers);
        let bearer = challenges.iter().find(|challenge| challenge.scheme.eq_ignore_ascii_case("bearer"))?;
        bearer.param(name).filter(|said| self.may_show(said)).map(str::to_owned)
    }

    /// Whether the server's words fit a terminal, and repeat no token.
    fn may_show(&self, said: &str) -> bool {
        is_plain(said) && !self.sent.iter().any(|token| token.is_in(said))
    }

    /// The failure that the answer is, with advice; `None` for 2xx and 3xx.
    pub(crate) fn failure(&self, advice: &str) -> Option<Failure> {
        let status = self.head.status;
        let kind = match status.as_u16() {
            200..=399 => return None,
            401 => Kind::Denied,
            403 => Kind::Forbidden,
            _ if may_pass(status) => Kind::Unreachable,
            _ => Kind::Malformed,
        };
        let code = self.code();
        let said = code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
        let mut message = format!("{}{said}", self.line());
        if !advice.is_empty() {
            message.extend([". ", advice]);
        }
        let failure = Failure::new(kind, message).said(status, code);
        Some(match self.perhaps_done() {
            Some(advice) => failure.with(&format!("; {advice}")),
            None if kind == Kind::Unreachable => failure.may_pass(self.wait()),
            None => failure,
        })
    }

    /// Where a redirect leads, without the query, which may hold what is nobody's business.
    pub(crate) fn leads_to(&self) -> Option<String> {
        let location = self.head.headers.get(header::LOCATION)?.to_str().ok()?;
        let shown = location.split(['?', '#']).next().unwrap_or_default();
        // A user and a password may stand before the host.
        let plain = self.may_show(shown) && !shown.contains('@');
        self.head.status.is_redirection().then(|| if plain { shown.to_owned() } else { "another place".into() })
    }

    /// What to do about the answer, as far as its status tells. `kept` is the profile's name if the token was not new.
    pub(crate) fn advice(&self, kept: Option<&str>) -> String {
        match self.head.status {
            StatusCode::UNAUTHORIZED => {
                "The API does not accept the token: `hallpass check` helps to find out why".into()
            }
            StatusCode::FORBIDDEN => self.why_forbidden(kept),
            _ if self.perhaps_done().is_some() => String::new(),
            status if may_pass(status) => match self.wait() {
                Some(wait) => format!("Try again in {} s", wait.as_secs().max(1)),
                None => "Trying again may help".into(),
            },
            _ => String::new(),
        }
    }

    /// 403 is about permission, but for the servers that say it of an expired token.
    fn why_forbidden(&self, kept: Option<&str>) -> String {
        match (self.wanted_scope(), self.code()) {
            (Some(scope), _) => format!("The token is good but may not do this: it needs the scope `{scope}`"),
            (None, Some(_)) => {
                "The token is good but may not do this: ask for the permission, or for another scope".into()
            }
            (None, None) => {
                let stale = kept.map(|name| {
                    format!(
                        ". Some servers also answer an expired or revoked token with a bare 403: \
                         `hallpass token {name} --force` gets a new one"
                    )
                });
                let lacks = "The login lacks the permission: check scope and audience, or ask whoever runs the API";
                format!("{lacks}{}", stale.unwrap_or_default())
            }
        }
    }

    /// What to do about a call that must not be done twice, of a server that may have failed after it had done it, or of a
    /// gateway, which does not know. Who says when to come back has not begun.
    fn perhaps_done(&self) -> Option<String> {
        let status = self.head.status;
        // Not known here, not in this version, not before a login to the network (RFC 9110 section 15.6, RFC 6585).
        let undone = [
            StatusCode::NOT_IMPLEMENTED,
            StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            StatusCode::NETWORK_AUTHENTICATION_REQUIRED,
        ];
        let ambiguous = Refusal::passing(status, self.wait(), None, None).is_ambiguous();
        lost::advice(self.method).filter(|_| ambiguous && !undone.contains(&status))
    }

    fn wait(&self) -> Option<core::time::Duration> {
        let received = Clock::start().now();
        let (status, headers) = (self.head.status, self.head.headers.clone());
        date::retry_after(&Reply { status, headers, body: Body::default(), cut: false, received })
    }
}

/// Whether an answer with these headers is a page for people, as a login page or a proxy sends it.
pub(crate) fn is_html(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    ["text/html", "application/xhtml+xml"].iter().any(|html| kind.eq_ignore_ascii_case(html))
}

/// Whether the same call may be answered later: it came too late, too early or too often, or the server failed.
fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429 | 500..)
}

/// Fit for a terminal: what a server says may be anything.
fn is_plain(text: &str) -> bool {
    text.len() <= 256 && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
}
