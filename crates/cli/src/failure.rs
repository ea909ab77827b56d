//! What can go wrong, its exit code, and how it is printed.

use core::time::Duration;
use std::process::ExitCode;

use clap::ValueEnum;
use hallpass_core::error::Denied;
use hallpass_core::{Error, Misuse, Retry};
use serde::Serialize;

use crate::output;

/// How errors are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ErrorStyle {
    /// `hallpass: ` and a line that says what happened and what to do
    #[default]
    Text,
    /// One object: `kind`, `status`, `code`, `message`, `retry`, `retry_after`; before it, on lines of their own,
    /// objects with a `warning`
    Json,
}

/// Who is at fault. Scripts rely on the names and on the exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The command line, the profile or a secret's source; nothing was sent.
    Usage,
    /// Credentials or a token were refused.
    Denied,
    /// The API answered 403.
    Forbidden,
    /// No answer, or one that may pass.
    Unreachable,
    /// An answer that makes no sense.
    Malformed,
    /// What a login holds could not be read or kept.
    Store,
    /// Anything else, such as a full disk.
    Other,
}

impl Kind {
    fn exit_code(self) -> u8 {
        match self {
            Self::Other => 1,
            Self::Usage => 2,
            Self::Denied => 3,
            Self::Forbidden => 4,
            Self::Unreachable => 5,
            Self::Malformed => 6,
            Self::Store => 7,
        }
    }
}

/// Why a command did not do what it was asked. Its fields are the object of `--errors json`.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    kind: Kind,
    status: Option<u16>,
    code: Option<String>,
    message: String,
    retry: bool,
    retry_after: Option<u64>,
    /// Instead of the kind's own.
    #[serde(skip)]
    exit_code: Option<u8>,
}

impl Failure {
    /// A failure that nothing came in from outside for.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            status: None,
            code: None,
            message: message.into(),
            retry: false,
            retry_after: None,
            exit_code: None,
        }
    }

    /// The command line, the profile or a secret's source is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Nobody's fault that a script could react to.
    pub(crate) fn other(message: impl Into<String>) -> Self {
        Self::new(Kind::Other, message)
    }

    /// The same, with what the server said.
    pub(crate) fn said(mut self, status: http::StatusCode, code: Option<String>) -> Self {
        (self.status, self.code) = (Some(status.as_u16()), code);
        self
    }

    /// The same, with more to do about it.
    pub(crate) fn with(mut self, more: &str) -> Self {
        self.message.push_str(more);
        self
    }

    /// The same, which may pass.
    pub(crate) fn may_pass(mut self, wait: Option<Duration>) -> Self {
        self.retry = true;
        self.retry_after = wait.filter(|wait| !wait.is_zero()).map(whole_seconds);
        self
    }

    /// The same, with another exit code than its kind's.
    pub(crate) fn exits(mut self, code: u8) -> Self {
        self.exit_code = Some(code);
        self
    }

    /// Who is at fault.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// What happened, and what to do.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The same for failures of one kind, whatever times they name, and whatever ids a server puts into its text.
    pub(crate) fn sameness(&self) -> String {
        match self.status {
            Some(status) => format!("{:?} {status} {}", self.kind, self.code.as_deref().unwrap_or_default()),
            None => self.message.replace(|c: char| c.is_ascii_digit(), ""),
        }
    }

    /// Prints it, and says how to exit.
    pub(crate) fn report(&self, style: ErrorStyle) -> ExitCode {
        match style {
            ErrorStyle::Text => output::error(&format!("hallpass: {}", self.message)),
            ErrorStyle::Json => output::line(&serde_json::to_string(self).unwrap_or_default()),
        }
        ExitCode::from(self.exit_code.unwrap_or_else(|| self.kind.exit_code()))
    }
}

/// Rounded up: who comes back too early is turned away again.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Misuse(_) => Kind::Usage,
            Error::Denied(_) => Kind::Denied,
            Error::Unreachable(_) => Kind::Unreachable,
            Error::Malformed(_) => Kind::Malformed,
            Error::Store(_) => Kind::Store,
            _ => Kind::Other,
        };
        let mut failure = Self::new(kind, error.to_string());
        if let Error::Denied(Denied::Latched { .. }) = &error {
            failure = failure.with("; `hallpass doctor` says how to open it, if something else was mended");
        }
        failure.status = error.status().map(|status| status.as_u16());
        failure.code = error.code().map(str::to_owned);
        match error.retry() {
            Retry::Never => failure,
            Retry::After(wait) => failure.may_pass(Some(wait)),
        }
    }
}

impl From<Misuse> for Failure {
    fn from(misuse: Misuse) -> Self {
        Error::from(misuse).into()
    }
}

impl From<hallpass_profile::ProfileError> for Failure {
    fn from(error: hallpass_profile::ProfileError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Self {
        let text = error.to_string();
        Self::usage(text.strip_prefix("error: ").unwrap_or(&text).trim_end())
    }
}

#[cfg(test)]
mod tests {
    use hallpass_core::error::{StoreFailure, StoreTask};

    use super::*;

    #[test]
    fn each_kind_has_the_exit_code_that_the_help_promises() {
        let codes = [Kind::Other, Kind::Usage, Kind::Denied, Kind::Forbidden, Kind::Unreachable, Kind::Malformed];
        let codes: Vec<_> = codes.into_iter().chain([Kind::Store]).map(Kind::exit_code).collect();
        assert_eq!(codes, [1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn the_json_object_has_exactly_the_members_that_were_promised() {
        let failure = Failure::new(Kind::Unreachable, "x")
            .said(http::StatusCode::TOO_MANY_REQUESTS, Some("slow_down".into()))
            .may_pass(Some(Duration::from_millis(1_500)));
        let text = serde_json::to_string(&failure).expect("plain members");
        let promised =
            r#"{"kind":"unreachable","status":429,"code":"slow_down","message":"x","retry":true,"retry_after":2}"#;
        assert_eq!(text, promised);
        let text = serde_json::to_string(&Failure::usage("y").may_pass(Some(Duration::ZERO))).expect("plain members");
        assert!(text.ends_with(r#""retry":true,"retry_after":null}"#), "{text}");
    }

    #[test]
    fn a_store_that_fails_is_exit_code_7() {
        let store = StoreFailure::new(StoreTask::Locking, "busy");
        let failure = Failure::from(Error::from(store));
        assert_eq!((failure.kind, failure.retry), (Kind::Store, true));
    }
}
