//! Durations as profiles write them.

use core::time::Duration;

use toml::de::DeValue;

use crate::ProfileError;
use crate::reader::{number, wanted};

const WANTED: &str = "a number of seconds, or a string such as \"30s\", \"10m\" or \"1h\"";

/// More than this is a slip of the pen, and less than it overflows no clock.
const MOST: Duration = Duration::from_hours(366 * 24);

/// Reads a duration as a command line has it: seconds, or digits and one of `ms`, `s`, `m`, `h`, `d`; above zero, and no more
/// than 366 days.
///
/// ```
/// use core::time::Duration;
///
/// assert_eq!(hallpass_profile::parse_duration("10m"), Ok(Duration::from_mins(10)));
/// assert_eq!(hallpass_profile::parse_duration("90"), Ok(Duration::from_secs(90)));
/// assert!(hallpass_profile::parse_duration("soon").is_err());
/// ```
pub fn parse_duration(text: &str) -> Result<Duration, ProfileError> {
    let duration = text.parse().map(Duration::from_secs).ok().or_else(|| parse(text));
    bounded(duration).map_err(|why| ProfileError::Value { why })
}

/// A number of seconds, or digits and one of `ms`, `s`, `m`, `h`, `d`; above zero, and no more than 366 days.
pub(crate) fn read(value: &DeValue<'_>) -> Result<Duration, String> {
    let duration = match value {
        DeValue::String(text) => parse(text),
        DeValue::Integer(_) | DeValue::Float(_) => {
            number(value).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        }
        other => return Err(wanted(WANTED, other)),
    };
    bounded(duration)
}

fn bounded(duration: Option<Duration>) -> Result<Duration, String> {
    match duration {
        Some(duration) if !duration.is_zero() && duration <= MOST => Ok(duration),
        _ => Err(format!("must be {WANTED} (also \"500ms\" and \"2d\"), above zero and at most 366 days")),
    }
}

fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at(digits);
    let count: u64 = count.parse().ok()?;
    let seconds = |each: u64| count.checked_mul(each).map(Duration::from_secs);
    match unit.trim_start() {
        "ms" => Some(Duration::from_millis(count)),
        "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(60 * 60),
        "d" => seconds(24 * 60 * 60),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(toml: &str) -> Result<Duration, String> {
        read(DeValue::parse(toml).expect("a TOML value").get_ref())
    }

    #[test]
    fn seconds_and_units_are_read() {
        let seconds = Duration::from_secs;
        let table = [
            ("30", seconds(30)),
            ("1_000", seconds(1000)),
            ("0x10", seconds(16)),
            ("0.5", Duration::from_millis(500)),
            ("'30s'", seconds(30)),
            ("'250ms'", Duration::from_millis(250)),
            ("'10 m'", seconds(600)),
            ("'1h'", seconds(3600)),
            ("'2d'", seconds(172_800)),
        ];
        for (toml, duration) in table {
            assert_eq!(of(toml), Ok(duration), "{toml}");
        }
    }

    #[test]
    fn anything_else_says_what_is_wanted() {
        let huge = "99999999999999999999";
        for toml in ["0", "-1", "inf", "nan", "1e300", huge, "'30'", "''", "'s'", "'1y'", "'-1s'", "'1.5h'", "'0s'"] {
            assert!(of(toml).is_err_and(|why| why.contains("\"10m\"")), "{toml}");
        }
        for toml in [format!("'{huge}h'"), "'9999999999999999999d'".into(), "true".into(), "[]".into(), "400e5".into()]
        {
            assert!(of(&toml).is_err_and(|why| why.contains("\"10m\"")), "{toml}");
        }
    }
}
