//! Content codings that nobody asked for: named and refused, never unpacked, however small they are; and words in their
//! place that say nothing of the body, which is read.

use super::{Row, table};
use crate::case::Case;

const GZIP: &str = "{{hex 1F8B0800000000000003}}";
/// A megabyte of them is a gigabyte of blanks, to those who unpack it.
const BOMB: &str = "{{hex 1F8B0800000000000003}}{{repeat 20000 xxxxxxxxxx}}";

const CODINGS: [(&str, u16, &str, &str); 20] = [
    ("gzip", 200, GZIP, "malformed encoded"),
    ("gzip", 200, BOMB, "malformed encoded"),
    ("GZip", 200, GZIP, "malformed encoded"),
    ("x-gzip", 200, BOMB, "malformed encoded"),
    ("deflate", 200, "{{hex 789C030000000001}}", "malformed encoded"),
    ("br", 200, BOMB, "malformed encoded"),
    ("zstd", 200, "{{hex 28B52FFD}}", "malformed encoded"),
    ("gzip, gzip", 200, BOMB, "malformed encoded"),
    ("identity, gzip", 200, GZIP, "malformed encoded"),
    ("unheard-of", 200, GZIP, "malformed encoded"),
    ("gzip", 201, BOMB, "malformed encoded"),
    ("gzip", 401, BOMB, "denied code=none text=none"),
    ("br", 400, GZIP, "denied code=none text=none"),
    ("gzip", 503, BOMB, "passing wait=none code=none text=none"),
    ("gzip", 302, BOMB, "malformed redirect to=none"),
    ("Identity", 200, "{{token}}", "token life=3600"),
    ("UTF-8", 200, "{{token}}", "token life=3600"),
    ("none", 200, "{{token}}", "token life=3600"),
    ("deflate", 200, "{{token}}", "token life=3600"),
    ("utf-8", 400, r#"{"error":"invalid_client"}"#, "denied code=invalid_client text=none"),
];

pub(super) fn cases() -> Vec<Case> {
    let rows = CODINGS.iter().enumerate().map(|(number, (coding, status, body, expect))| Row {
        name: format!("{number:02}-{status}-{coding}"),
        status: *status,
        headers: vec![("content-encoding", *coding)],
        body: (*body).into(),
        expect,
    });
    table("bad-coding", rows)
}
