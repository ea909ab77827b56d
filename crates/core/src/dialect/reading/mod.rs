//! How a reply is judged, the same for every dialect (RFC 6749 sections 5.1 and 5.2, and what servers were seen to do).

mod no;
mod places;
mod said;

use core::time::Duration;

pub use places::{LifeFormat, Places};
pub(crate) use said::is_said;

use super::{Gain, Granted, Refusal};
use crate::access_token::SendAs;
use crate::error::Oddity;
use crate::http::Reply;
use crate::wire::pointer::Pointer;

/// Where RFC 6749 and the built-in dialects have what.
pub(super) const STANDARD: Places = Places {
    access_token: Pointer::member("access_token"),
    refresh_token: Some(Pointer::member("refresh_token")),
    user_key: Pointer::member("user_key"),
    token_type: Some(Pointer::member("token_type")),
    life: Some((Pointer::member("expires_in"), LifeFormat::Seconds)),
    error: None,
    error_text: None,
};

/// Reads a token reply. `default_life` is the dialect's own, for servers that never say.
///
/// ```
/// use core::time::Duration;
/// use hallpass_core::dialect::{Gain, reading};
/// use hallpass_core::{Body, Now, Reply, UtcDateTime};
///
/// let reply = Reply {
///     status: http::StatusCode::OK,
///     headers: http::HeaderMap::new(),
///     body: Body::new(br#"{"access_token":"abc","expires_in":"3600"}"#.to_vec()),
///     cut: false,
///     received: Now { mono: Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH },
/// };
/// let Ok(Gain::Granted(granted)) = reading::token(&reply, None) else { panic!("a token") };
/// assert_eq!(granted.life, Some(Duration::from_secs(3600)));
/// ```
pub fn token(reply: &Reply, default_life: Option<Duration>) -> Result<Gain, Refusal> {
    STANDARD.token(reply, &SendAs::default(), default_life)
}

/// The same for a token that need not be an access token: then its type is `N_A` (RFC 8693 section 2.2.1).
pub(crate) fn any_token(reply: &Reply) -> Result<Gain, Refusal> {
    let not_applicable = Refusal::malformed(reply.status, Oddity::TokenType("N_A".into()));
    token(reply, None).or_else(|refusal| match refusal {
        refusal if refusal == not_applicable => {
            Places { token_type: None, ..STANDARD }.token(reply, &SendAs::default(), None)
        }
        refusal => Err(refusal),
    })
}

/// Reads a reply whose success has nothing to say.
pub(crate) fn done(reply: &Reply) -> Result<(), Refusal> {
    STANDARD.done(reply)
}

/// Reads a registration's reply.
pub fn user_key(reply: &Reply) -> Result<Gain, Refusal> {
    STANDARD.user_key(reply)
}
