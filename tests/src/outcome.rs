//! What came of a case: the result as plain values, and the requests that were seen.

use std::time::Duration;

use hallpass_core::error::{Denied, Error, Oddity};
use hallpass_core::{AccessToken, Grant, Now, Retry};
use hallpass_testkit::canary;

use crate::login::Login;
use crate::settings::Kind;

/// What a mount tells of one run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The result.
    pub verdict: Verdict,
    /// The refresh token that is held afterwards.
    pub refresh: Option<String>,
    /// The requests, in the order in which the server saw them.
    pub seen: Vec<Seen>,
    /// Everything that a program could print of the result: `Display`, `Debug`, and those of every source.
    pub printed: String,
    /// By how much its times may fall short, since a real clock went on meanwhile. None is ever longer than expected.
    pub late: Duration,
}

/// A result, as far as the suite compares it.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// An access token.
    Token {
        /// The token.
        access: String,
        /// How long it still lives; `None` is unknown.
        life: Option<Duration>,
    },
    /// A registration's `user_key`.
    Registered(String),
    /// The server said no.
    Denied {
        /// The reply's status.
        status: Option<u16>,
        /// The error code.
        code: Option<String>,
        /// The server's text.
        text: Option<String>,
    },
    /// The server cannot answer now.
    Passing {
        /// The reply's status.
        status: u16,
        /// How long to wait; `None` if trying again cannot help.
        wait: Option<Duration>,
        /// The error code.
        code: Option<String>,
        /// The server's text.
        text: Option<String>,
    },
    /// The reply is no answer.
    Malformed {
        /// The reply's status.
        status: u16,
        /// What is wrong with it.
        oddity: Oddity,
    },
    /// There was no reply.
    Unreachable {
        /// Whether a byte of the request may have left.
        sent: bool,
        /// Whether trying again can help.
        again: bool,
    },
    /// The caller's mistake.
    Misuse,
    /// The API's answer, as the program got it.
    Api(u16),
    /// Nothing that a vector can expect.
    Other(String),
}

/// One request, as the server saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Outcome {
    /// A verdict and nothing else.
    pub fn of(verdict: Verdict) -> Self {
        Self { verdict, refresh: None, seen: Vec::new(), printed: String::new(), late: Duration::ZERO }
    }

    /// The outcome of a failed login.
    pub fn failed(error: &Error, refresh: Option<String>, seen: Vec<Seen>) -> Self {
        Self { refresh, seen, printed: canary::printed(error), ..Self::of(Verdict::of_error(error)) }
    }

    /// The outcome of a login that gained a grant.
    pub fn granted(grant: &Grant, now: Now, refresh: Option<String>, seen: Vec<Seen>) -> Self {
        let access = AccessToken::expose(grant.access_token()).to_owned();
        let verdict = Verdict::Token { access, life: grant.expires_in(now) };
        Self { refresh, seen, printed: format!("{grant:?}"), ..Self::of(verdict) }
    }
}

impl Verdict {
    /// What an error means.
    pub fn of_error(error: &Error) -> Self {
        match error {
            Error::Misuse(_) => Self::Misuse,
            Error::Malformed(it) => Self::Malformed { status: it.status.as_u16(), oddity: it.oddity.clone() },
            Error::Denied(Denied::Refused(it)) => {
                Self::Denied { status: Some(it.status.as_u16()), code: it.code.clone(), text: it.text.clone() }
            }
            Error::Denied(_) => Self::Denied { status: None, code: None, text: None },
            Error::Unreachable(it) => match it.status {
                Some(status) => Self::Passing {
                    status: status.as_u16(),
                    wait: match it.retry {
                        Retry::After(wait) => Some(wait),
                        Retry::Never => None,
                    },
                    code: it.code.clone(),
                    text: it.text.clone(),
                },
                None => Self::Unreachable { sent: it.maybe_sent, again: it.retry.can_help() },
            },
            other => Self::Other(other.to_string()),
        }
    }
}

impl Seen {
    /// A header's value, the first of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value.as_str()))
    }

    /// The body's parameters, if it is a form.
    pub fn form(&self) -> Option<Vec<(String, String)>> {
        let is_form = self.header("content-type")?.starts_with("application/x-www-form-urlencoded");
        is_form.then(|| form_urlencoded::parse(&self.body).into_owned().collect())
    }

    /// The body, if it is JSON.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// What the request is for.
    pub fn kind(&self, login: &Login) -> Kind {
        let folder = |target: &str| target.split('?').next().unwrap_or_default().trim_end_matches('/').to_owned();
        let path = folder(&self.target);
        let ours = path
            .strip_prefix(&folder(login.settings.path()))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let refreshes = self.form().is_some_and(|form| form.iter().any(|(name, _)| name == "refresh_token"))
            || self.json().is_some_and(|body| body.get("refresh_token").is_some());
        match () {
            () if self.method == "GET" || !ours => Kind::Api,
            () if path.ends_with("/register") => Kind::Register,
            () if refreshes => Kind::Refresh,
            () => Kind::Authenticate,
        }
    }
}
