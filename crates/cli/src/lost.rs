//! A call whose answer was lost. One that must not be done twice may have been done (RFC 9110 section 9.2.2): nobody is
//! told to try it again.

use std::io;

use hallpass_client::failure::{Cause, send_error};
use hallpass_core::{Error, Retry, SendError};
use http::Method;

/// What to do about such a call; `None` where it can be done again.
pub(crate) fn advice(method: &Method) -> Option<String> {
    (!method.is_idempotent()).then(|| format!("the {method} may have been done: look before you send it again"))
}

/// The error of a call, with that advice if it is one.
pub(crate) fn explain(method: &Method, error: Error) -> Error {
    match (error, advice(method)) {
        (Error::Unreachable(mut lost), Some(advice))
            if lost.place.doing == "call" && lost.retry.can_help() && !never_sent(&lost.cause) =>
        {
            lost.retry = Retry::Never;
            lost.cause = format!("{}; {advice}", lost.cause);
            lost.into()
        }
        (error, _) => error,
    }
}

/// Whether there was no connection that anything could be sent over. The error has no more of that than its words.
fn never_sent(cause: &str) -> bool {
    let refused = io::ErrorKind::ConnectionRefused.into();
    let causes = [Cause::Io(&refused), Cause::Name, Cause::LookupTimeout, Cause::Connect, Cause::ConnectTimeout];
    let mut words = causes.iter().map(|cause| match send_error(cause, false, None) {
        SendError::NotSent(words) | SendError::MaybeSent(words) | SendError::Untrusted(words) => words,
    });
    words.any(|words| cause.ends_with(&words))
}
