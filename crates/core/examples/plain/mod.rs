//! HTTP/1.1 as far as the examples with plain sockets need it: one request, one reply, one connection.

use hallpass_core::lifecycle::{Sending, Slot};
use hallpass_core::{Body, Now, Reply, SendError};

/// What to write.
pub(crate) fn request(slot: &Slot<Sending>) -> Vec<u8> {
    let (request, origin) = (slot.request(), slot.egress().origin());
    let (method, path) = (&request.method, request.endpoint.uri().path());
    let length = request.body.expose().len();
    let mut out = format!("{method} {path} HTTP/1.1\r\nhost: {}:{}\r\n", origin.host(), origin.port()).into_bytes();
    for (name, value) in &request.headers {
        out.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    out.extend(format!("connection: close\r\ncontent-length: {length}\r\n\r\n").as_bytes());
    out.extend(request.body.expose());
    out
}

/// What was read until the connection ended.
pub(crate) fn reply(bytes: &[u8], received: Now) -> Result<Reply, SendError> {
    parse(bytes, received).ok_or_else(|| SendError::MaybeSent("the reply is no HTTP".into()))
}

fn parse(bytes: &[u8], received: Now) -> Option<Reply> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    let headers = headers.filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?))).collect();
    Some(Reply { status, headers, body: Body::new(bytes[end + 4..].to_vec()), cut: false, received })
}
