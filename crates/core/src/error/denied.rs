//! Refusals.

use core::fmt;

use http::StatusCode;
use time::UtcDateTime;

use super::{Error, Place, said};
use crate::wire::date::rfc_3339;

/// The peer said no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Denied {
    /// A refusal in so many words.
    /// What to do: [a refusal](crate::error#a-refusal).
    #[error(transparent)]
    Refused(#[from] Box<Refused>),
    /// A registration was sent once and its answer was lost: the user may exist on the server.
    /// What to do: [registration](crate::error#registration).
    #[error(
        "a registration of this user was sent before and its answer was lost, so it is not repeated: the user may exist already; give its user_key if you have it, else ask whoever runs the server"
    )]
    LostRegistration,
    /// A refresh was sent once, its answer was lost, and nothing may follow it: the token may be spent.
    /// What to do: [a lost refresh](crate::error#a-lost-refresh).
    #[error(
        "{} so it may be spent and is not sent again: import a new refresh token",
        lost(since.as_ref(), by.as_deref(), cause.as_deref())
    )]
    LostRefresh {
        /// When it was sent, if that is known.
        since: Option<UtcDateTime>,
        /// By which instance.
        by: Option<String>,
        /// What came in place of an answer, where it was this process that sent it now.
        cause: Option<Box<Error>>,
    },
    /// The same credentials were refused before, and are left alone for a while.
    /// What to do: [a login left alone](crate::error#a-login-left-alone-after-a-refusal).
    #[error(
        "these credentials were refused at {}{} and have not changed: they are not sent again before {}",
        rfc_3339(*since),
        why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default(),
        rfc_3339(*until)
    )]
    Latched {
        /// When they were refused.
        since: UtcDateTime,
        /// With which status and error code, if that is known: `401 invalid_client`.
        why: Option<String>,
        /// Until when they are left alone.
        until: UtcDateTime,
    },
    /// The API refuses every new token of this login.
    /// What to do: [rejected by the API](crate::error#rejected-by-the-api).
    #[error(
        "the API refused this token, and the one before it, though both were new: no other is asked for before {}; check the login's audience and scope, and the API's URL",
        rfc_3339(*until)
    )]
    Rejected {
        /// Until when rejections ask for no other token.
        until: UtcDateTime,
    },
}

impl Denied {
    /// The status of the reply, where there was one.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(refused) => Some(refused.status),
            Self::LostRefresh { cause, .. } => cause.as_ref().and_then(|cause| cause.status()),
            Self::LostRegistration | Self::Latched { .. } | Self::Rejected { .. } => None,
        }
    }
}

fn lost(since: Option<&UtcDateTime>, by: Option<&str>, cause: Option<&Error>) -> String {
    if let Some(cause) = cause {
        return format!("{cause}. The refresh token was sent,");
    }
    let before = if since.is_none() && by.is_none() { " before" } else { "" };
    let since = since.map(|since| format!(" at {}", rfc_3339(*since))).unwrap_or_default();
    let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
    format!("the refresh token was sent{before}{since}{by} and its answer was lost,")
}

/// A refusal, as the server put it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// Where.
    pub place: Place,
    /// The reply's status.
    pub status: StatusCode,
    /// The error code, verbatim.
    pub code: Option<String>,
    /// The server's text: at most 256 characters, no control characters, no secret.
    pub text: Option<String>,
    /// What to try next.
    pub advice: String,
}

impl std::error::Error for Refused {}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was refused: {}", self.place, self.status.as_u16())?;
        said(f, self.code.as_deref(), self.text.as_deref())?;
        write!(f, ". {}", self.advice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_as_rfc_3339_has_them() {
        let at = |nanoseconds| UtcDateTime::from_unix_timestamp_nanos(nanoseconds).expect("in range");
        let (since, until) = (at(784_111_777_123_456_789), at(784_111_837_123_456_789));
        for (error, told) in [
            (
                Denied::Latched { since, why: None, until },
                &["at 1994-11-06T08:49:37Z and", "before 1994-11-06T08:50:37Z"][..],
            ),
            (
                Denied::Latched { since, why: Some("401 invalid_client".into()), until },
                &["at 1994-11-06T08:49:37Z (401 invalid_client) and"],
            ),
            (Denied::Rejected { until }, &["before 1994-11-06T08:50:37Z;"]),
            (Denied::LostRefresh { since: Some(since), by: None, cause: None }, &["sent at 1994-11-06T08:49:37Z and"]),
            (Denied::LostRefresh { since: None, by: Some("another".into()), cause: None }, &["sent by another and"]),
            (Denied::LostRefresh { since: None, by: None, cause: None }, &["sent before and"]),
        ] {
            let error = error.to_string();
            assert!(told.iter().all(|part| error.contains(part)), "{error}");
        }
    }
}
