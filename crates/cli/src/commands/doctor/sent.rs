//! What a login sent, and how its client and its grant prove themselves. Pure.

use hallpass_core::Request;
use hallpass_core::dialect::PasswordForm;

use super::login::Skew;
use super::report::Cause;
use super::settings::Settings;
use super::variants::{self, FORM, is};

/// A request, and what is known about it.
pub(super) struct Sent<'a> {
    pub(super) dialect: &'a str,
    pub(super) request: &'a Request,
    /// What looks wrong about its secrets.
    pub(super) flaws: &'a [Cause],
    /// The Basic encodings that would have sent something else.
    pub(super) encodings: &'a [&'static str],
    /// Whether the connection shows a client certificate.
    pub(super) certified: bool,
    /// How far the server's clock is ahead.
    pub(super) ahead: Skew,
}

/// How the client proves itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Basic,
    /// A secret in the form.
    Body,
    Assertion,
    Certificate,
    /// By nothing, in a form.
    Open,
    /// As the dialect says, in JSON.
    Json,
}

/// What the token is asked for with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// The client's own proof.
    Client,
    /// A username and a password.
    User,
    /// An assertion (RFC 7523 section 2.1).
    Assertion,
    /// Another token (RFC 8693).
    Token,
}

impl Sent<'_> {
    /// What a cause is mended by.
    pub(super) fn settings(&self) -> Settings<'_> {
        Settings(self.dialect)
    }

    pub(super) fn is_json(&self) -> bool {
        is(self.request, "application/json")
    }

    pub(super) fn is_form(&self) -> bool {
        is(self.request, FORM)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        param(self.request, name).is_some()
    }

    pub(super) fn proof(&self) -> Proof {
        if self.is_json() {
            Proof::Json
        } else if variants::is_basic(self.request) {
            Proof::Basic
        } else if self.has("client_assertion") {
            Proof::Assertion
        } else if self.has("client_secret") {
            Proof::Body
        } else if self.certified {
            Proof::Certificate
        } else {
            Proof::Open
        }
    }

    pub(super) fn asks(&self) -> Asks {
        if self.dialect == PasswordForm::NAME {
            Asks::User
        } else if self.has("assertion") {
            Asks::Assertion
        } else if self.has("subject_token") {
            Asks::Token
        } else {
            Asks::Client
        }
    }
}

/// What the form, or the JSON object, has by that name.
pub(super) fn param(request: &Request, name: &str) -> Option<String> {
    let body = request.body.expose();
    if is(request, FORM) {
        return form_urlencoded::parse(body).find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    }
    let object: serde_json::Value = serde_json::from_slice(body).ok()?;
    object.get(name)?.as_str().map(str::to_owned)
}
