//! `Retry-After` beside those of the vectors: digits and dates count, nothing else does, and a day is the most.

use super::{Row, table};
use crate::case::Case;

const WAITS: [(&str, &str); 44] = [
    ("1", "passing wait=1"),
    ("5", "passing wait=5"),
    ("59", "passing wait=59"),
    ("60", "passing wait=60"),
    ("61", "passing wait=61"),
    ("0000000000000000000000000000000000000009", "passing wait=9"),
    ("300", "passing wait=300"),
    ("86399", "passing wait=86399"),
    ("86400", "passing wait=86400"),
    ("86401", "passing wait=capped"),
    ("4294967296", "passing wait=capped"),
    ("18446744073709551615", "passing wait=capped"),
    ("18446744073709551616", "passing wait=capped"),
    ("{{date+60}}", "passing wait=60"),
    ("{{rfc850+60}}", "passing wait=60"),
    ("{{asctime+60}}", "passing wait=60"),
    ("{{date+86300}}", "passing wait=86300"),
    ("{{date+999999}}", "passing wait=capped"),
    ("{{date-1}}", "passing wait=none"),
    ("{{rfc850-3600}}", "passing wait=none"),
    ("{{asctime-3600}}", "passing wait=none"),
    ("Sun, 06 Nov 1994 08:49:37 GMT", "passing wait=none"),
    ("06 Nov 2094 08:49:37 GMT", "passing wait=none"),
    ("Nov 2094", "passing wait=none"),
    ("2094-11-06", "passing wait=none"),
    ("--5", "passing wait=none"),
    ("1 2", "passing wait=none"),
    ("1,2", "passing wait=none"),
    ("1;2", "passing wait=none"),
    ("1_000", "passing wait=none"),
    ("1.0", "passing wait=none"),
    (".5", "passing wait=none"),
    ("5.", "passing wait=none"),
    ("1e0", "passing wait=none"),
    ("0b1", "passing wait=none"),
    ("5 s", "passing wait=none"),
    ("5 seconds", "passing wait=none"),
    ("1h", "passing wait=none"),
    ("PT5S", "passing wait=none"),
    ("\"5\"", "passing wait=none"),
    ("NaN", "passing wait=none"),
    ("infinity", "passing wait=none"),
    ("null", "passing wait=none"),
    ("{{hex EFBC95}}", "passing wait=none"),
];

pub(super) fn cases() -> Vec<Case> {
    let rows = WAITS.iter().zip([429, 503].into_iter().cycle()).map(|((value, expect), status)| Row {
        name: format!("{status} {value}"),
        status,
        headers: vec![("retry-after", *value)],
        body: String::new(),
        expect,
    });
    table("bad-retry-after", rows)
}
