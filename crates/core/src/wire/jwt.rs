//! A look at a JWT's claims (RFC 7519), never verified: that is the API's job.

use core::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use time::UtcDateTime;

use super::count;
use super::json::Object;
use super::life::LONGEST_LIFE;
use crate::wiped::Wiped;

/// Whether a token has the three parts of one.
pub(crate) fn is_one(token: &str) -> bool {
    count(token, |byte| byte == b'.') == 2
}

/// The life that an access token states of itself: `exp - iat`, or `exp` minus the server's clock where it has no
/// `iat`. `None` for opaque tokens and for claims that would leave nothing: an hour's difference between two clocks
/// must not make a fresh token unusable.
pub fn life(token: &str, server_clock: UtcDateTime) -> Option<Duration> {
    let claims = token.split('.').nth(1).filter(|_| is_one(token))?;
    let bytes = Wiped::from(BASE64_URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?);
    let claims = Object::parse(core::str::from_utf8(&bytes).ok()?).ok()?;
    let number = |name| claims.number(name).ok().flatten();
    let issued = number("iat").unwrap_or(seconds_of(server_clock));
    let life = number("exp")? - issued;
    if life.is_nan() || life < 1.0 {
        return None;
    }
    Some(Duration::try_from_secs_f64(life.floor()).map_or(LONGEST_LIFE, |life| life.min(LONGEST_LIFE)))
}

#[expect(clippy::cast_precision_loss, reason = "a second more or less in the year 9999 is no matter")]
fn seconds_of(clock: UtcDateTime) -> f64 {
    clock.unix_timestamp() as f64
}
