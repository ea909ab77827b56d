//! HTTP dates and `Retry-After` (RFC 9110 sections 5.6.7 and 10.2.3); RFC 3339 for people.

use core::time::Duration;

use time::UtcDateTime;

use crate::http::Reply;
use crate::plant::{self, Bug};
use crate::time::wall_between;

/// The longest wait a server can ask for; anything above is read as this.
pub const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// Reads any of the three HTTP date formats.
///
/// ```
/// let date = hallpass_core::wire::date::http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
/// assert_eq!(date.unix_timestamp(), 784_111_777);
/// ```
pub fn http_date(text: &str) -> Option<UtcDateTime> {
    httpdate::parse_http_date(text.trim()).ok().map(UtcDateTime::from)
}

/// Writes a moment as RFC 3339 has it, in whole seconds.
///
/// ```
/// use hallpass_core::{UtcDateTime, wire::date};
///
/// assert_eq!(date::rfc_3339(UtcDateTime::UNIX_EPOCH), "1970-01-01T00:00:00Z");
/// ```
pub fn rfc_3339(at: UtcDateTime) -> String {
    let (hour, minute, second) = at.as_hms();
    let (year, month, day) = at.to_calendar_date();
    format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", u8::from(month))
}

/// The time of the server's own clock: its `Date`, or the time of receipt where it has none.
pub fn reply_date(reply: &Reply) -> UtcDateTime {
    reply.header(http::header::DATE).and_then(http_date).unwrap_or(reply.received.wall)
}

/// How long the reply asks to wait, in seconds or as a date on the server's clock; `None` if it does not ask, or asks
/// nonsense. Capped at [`LONGEST_WAIT`].
pub fn retry_after(reply: &Reply) -> Option<Duration> {
    let header = reply.header(http::header::RETRY_AFTER).filter(|_| !plant::has(Bug::IgnoresRetryAfter));
    let text = header?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        wall_between(reply_date(reply), http_date(text)?)
    };
    Some(wait.min(LONGEST_WAIT))
}
