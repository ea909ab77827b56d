//! A call whose answer was lost, or is a server's failure. One that must not be done twice may have been done (RFC 9110
//! section 9.2.2): nobody is told to try it again.

use hallpass_core::error::Purpose;
use hallpass_core::{Error, Retry};
use http::Method;

/// What to do about such a call; `None` where it can be done again.
pub(crate) fn advice(method: &Method) -> Option<String> {
    (!method.is_idempotent()).then(|| format!("the {method} may have been done: look before you send it again"))
}

/// The error of a call, with that advice if it is one.
pub(crate) fn explain(method: &Method, error: Error) -> Error {
    match (error, advice(method)) {
        (Error::Unreachable(mut lost), Some(advice)) if lost.place.doing == Purpose::Call && lost.maybe_sent => {
            lost.retry = Retry::Never;
            lost.cause = format!("{}; {advice}", lost.cause);
            lost.into()
        }
        (error, _) => error,
    }
}
