//! How effects are answered, by number.

use hallpass_core::lifecycle::{Loaded, Record, SaveError};
use hallpass_core::{Body, Now, Reply, SendError};

/// The answer to a send, and whether a refresh token that it carried may be sent again.
pub(super) struct Sent {
    pub(super) result: Result<Reply, SendError>,
    pub(super) frees: bool,
}

pub(super) fn sent(way: u8, now: Now, given: &mut Vec<String>, expires_in: u64) -> Sent {
    let mut token = || {
        given.push(format!("T{}", given.len()));
        given.len() - 1
    };
    let asks_to_wait = way > 128;
    let (status, body, frees) = match way % 16 {
        0..=4 => {
            let number = token();
            let body =
                format!(r#"{{"access_token":"T{number}","expires_in":{expires_in},"refresh_token":"R{number}."}}"#);
            (200, body, false)
        }
        5 => (200, format!(r#"{{"access_token":"T{}","expires_in":{expires_in}}}"#, token()), true),
        6 => (200, "<html>CANARY-said".into(), false),
        7 => (400, r#"{"error":"invalid_grant","error_description":"not CANARY-pass-w0rd"}"#.into(), false),
        // The client was refused, and its refresh token not looked at.
        8 => (401, r#"{"error":"invalid_client"}"#.into(), true),
        9 => (500, String::new(), false),
        10 => (503, String::new(), asks_to_wait),
        11 => (429, String::new(), true),
        12 if asks_to_wait => (404, "<html>CANARY-said".into(), true),
        12 => (302, String::new(), false),
        13 | 14 => return Sent { result: Err(SendError::NotSent("refused".into())), frees: true },
        _ => return Sent { result: Err(SendError::MaybeSent("reset".into())), frees: false },
    };
    let mut headers = http::HeaderMap::new();
    if asks_to_wait {
        headers.insert(http::header::RETRY_AFTER, http::HeaderValue::from(u64::from(way)));
    }
    let status = http::StatusCode::from_u16(status).expect("a status");
    let reply = Reply { status, headers, body: Body::new(body.into_bytes()), cut: false, received: now };
    Sent { result: Ok(reply), frees }
}

/// The answer to a save of what was expected there, and whether it was applied.
pub(super) fn saved(way: u8, found: impl FnOnce() -> Option<Box<Loaded>>) -> (Result<(), SaveError>, bool) {
    match way % 16 {
        8 => (Err(SaveError::NotApplied("no".into())), false),
        9 => (Err(SaveError::Unknown("no".into())), true),
        10 => (Err(SaveError::Unknown("no".into())), false),
        11 => match found() {
            Some(found) => (Err(SaveError::LeaseGone(found)), false),
            None => (Err(SaveError::NotApplied("no".into())), false),
        },
        _ => (Ok(()), true),
    }
}

pub(super) fn loaded(record: Record) -> Loaded {
    Loaded { record, age: None }
}
