//! Each byte in front of, in, and behind a token: what RFC 6749 A.12 admits is kept, and nothing else is taken.

use super::{Row, table};
use crate::case::Case;

pub(super) fn cases() -> Vec<Case> {
    let bytes = (0..=u8::MAX).flat_map(|byte| [("front", byte), ("middle", byte), ("end", byte)]);
    let rows: Vec<_> = bytes.map(|(place, byte)| (place, byte, body(place, byte), expected(place, byte))).collect();
    let rows = rows.iter().map(|(place, byte, body, expect)| Row {
        name: format!("{place}-{byte:02x}"),
        status: 200,
        headers: vec![("content-type", "application/json")],
        body: body.clone(),
        expect,
    });
    table("bad-token-byte", rows)
}

/// ASCII as JSON escapes it, so that the byte is the token's and not the text's; the others as they are.
fn body(place: &str, byte: u8) -> String {
    let byte = if byte.is_ascii() { format!("\\u{byte:04x}") } else { format!("{{{{hex {byte:02X}}}}}") };
    format!(r#"{{"access_token":"{}","expires_in":3600}}"#, around(place, &byte))
}

fn expected(place: &str, byte: u8) -> String {
    match byte {
        b'"' | b'\\' => format!("token life=3600 access=\"{}\"", around(place, &format!("\\{}", char::from(byte)))),
        0x21..=0x7e => format!("token life=3600 access=\"{}\"", around(place, &char::from(byte).to_string())),
        _ => "malformed bad-characters:access_token".into(),
    }
}

fn around(place: &str, byte: &str) -> String {
    match place {
        "front" => format!("{byte}tok"),
        "middle" => format!("t{byte}k"),
        _ => format!("tok{byte}"),
    }
}
