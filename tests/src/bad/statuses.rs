//! Status by content type: what comes of a reply is in its status and its body, whatever it says that it is.

use super::{Row, table};
use crate::case::Case;

const TOKEN: &str = "{{token}}";
const REFUSED: &str = r#"{"error":"invalid_client"}"#;

const STATUSES: [(u16, &str, &str); 16] = [
    (200, TOKEN, "token life=3600"),
    (201, TOKEN, "token life=3600"),
    (203, TOKEN, "token life=3600"),
    (301, TOKEN, "malformed redirect to=none"),
    (302, TOKEN, "malformed redirect to=none"),
    (307, TOKEN, "malformed redirect to=none"),
    (400, REFUSED, "denied code=invalid_client"),
    (401, REFUSED, "denied code=invalid_client"),
    (403, REFUSED, "denied code=invalid_client"),
    (404, REFUSED, "denied code=invalid_client"),
    (408, "", "passing wait=none code=none text=none"),
    (429, "", "passing wait=none code=none text=none"),
    (500, "", "passing wait=none code=none text=none"),
    (502, "", "passing wait=none code=none text=none"),
    (503, REFUSED, "passing wait=none code=invalid_client"),
    (600, TOKEN, "malformed status"),
];

const TYPES: [(&str, &str); 10] = [
    ("json", "application/json"),
    ("json-latin-1", "application/json; charset=iso-8859-1"),
    ("html", "text/html"),
    ("plain", "text/plain; charset=utf-8"),
    ("form", "application/x-www-form-urlencoded"),
    ("xml", "application/xml"),
    ("octets", "application/octet-stream"),
    ("multipart", "multipart/form-data; boundary=x"),
    ("broken", "/;=\"application"),
    ("empty", ""),
];

pub(super) fn cases() -> Vec<Case> {
    let rows = STATUSES.iter().flat_map(|(status, body, expect)| {
        TYPES.iter().map(move |(name, content_type)| Row {
            name: format!("{status}-{name}"),
            status: *status,
            headers: vec![("content-type", *content_type)],
            body: (*body).into(),
            expect,
        })
    });
    table("bad-status-type", rows)
}
