//! How long a token lives: `expires_in`, in every spelling that servers were seen to use.

use core::time::Duration;

/// The longest life that is believed: ten years.
pub const LONGEST_LIFE: Duration = Duration::from_hours(10 * 365 * 24);

/// Reads a JSON number or the text of a JSON string as a life in seconds.
///
/// Fractions are rounded down, negative numbers are zero ("use once"), huge ones become [`LONGEST_LIFE`]. `None` is
/// what is no number: an unknown life, which spoils no token.
///
/// ```
/// use core::time::Duration;
/// use hallpass_core::wire::life::{LONGEST_LIFE, seconds};
///
/// assert_eq!(seconds("3600"), Some(Duration::from_secs(3600)));
/// assert_eq!(seconds("3.6e3"), Some(Duration::from_secs(3600)));
/// assert_eq!(seconds("-1"), Some(Duration::ZERO));
/// assert_eq!(seconds("1e400"), Some(LONGEST_LIFE));
/// assert_eq!(seconds("soon"), None);
/// ```
pub fn seconds(text: &str) -> Option<Duration> {
    number(text).map(whole_seconds)
}

/// A JSON number, or a text that is one.
pub(crate) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    // `f64` also reads `inf` and `nan`, which are no numbers of anybody's seconds.
    if !text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) {
        return None;
    }
    text.parse().ok()
}

/// Seconds as a life, rounded down and within bounds.
pub(crate) fn whole_seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number.max(0.0).floor()).map_or(LONGEST_LIFE, |life| life.min(LONGEST_LIFE))
}
