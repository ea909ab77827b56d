//! What a profile of a dialect calls the settings that mend a cause. Pure.

use hallpass_core::dialect::UserKeyLogin;
use hallpass_core::dialect::declared::Declared;

/// The settings of the dialect of that name.
#[derive(Clone, Copy)]
pub(super) struct Settings<'a>(pub(super) &'a str);

impl Settings<'_> {
    fn is_declared(self) -> bool {
        self.0 == Declared::NAME
    }

    /// Where logins go.
    pub(super) fn url(self) -> &'static str {
        match self.0 {
            UserKeyLogin::NAME => "base_url",
            Declared::NAME => "url or base_url",
            _ => "token_url",
        }
    }

    /// Escapes a Basic header in one of these ways.
    pub(super) fn encoding(self, ways: &[&str]) -> String {
        let ways: Vec<_> = ways.iter().map(|way| format!("\"{way}\"")).collect();
        let key = if self.is_declared() { "`encoding` in `basic`" } else { "basic_encoding" };
        let is = if ways.len() == 1 { "=" } else { "to" };
        format!("set {key} {is} {}", ways.join(" or "))
    }

    /// Sends id and secret in the form.
    pub(super) fn in_the_form(self) -> &'static str {
        if self.is_declared() { "give id and secret in `send`, without `basic`" } else { "set client_auth = \"body\"" }
    }

    /// Sends id and secret in a Basic header.
    pub(super) fn in_a_header(self) -> &'static str {
        if self.is_declared() { "give id and secret in `basic`, not in `send`" } else { "set client_auth = \"basic\"" }
    }

    /// Sends a form in place of JSON.
    pub(super) fn form(self) -> &'static str {
        if self.is_declared() {
            "set body = \"form\""
        } else {
            "use a dialect that sends a form: basic-form with client_auth = \"body\", or password-form"
        }
    }

    /// Sends JSON in place of a form.
    pub(super) fn json(self) -> &'static str {
        if self.is_declared() {
            "set body = \"json\""
        } else {
            "use a dialect that sends JSON: auth0-json, user-key or declared"
        }
    }
}
