//! The server's side of a case: one reply, as a value for the core and as bytes for a socket.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use hallpass_core::{Body, Now, Reply};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

/// How a reply travels. Everything but [`Plain`](Self::Plain) exists on a socket only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wire {
    /// With a `Content-Length`, in one piece.
    #[default]
    Plain,
    /// In chunks of seven bytes.
    Chunked,
    /// In chunks, with extensions and a trailer.
    ChunkedTrailer,
    /// In chunks, without the last one.
    ChunkedCut,
    /// Half of what `Content-Length` promises, then the end.
    Truncated,
    /// Without any length, until the end of the connection.
    UntilClose,
    /// As HTTP/1.0, without any length.
    Http10,
    /// After a 103 with a `Link`.
    EarlyHints,
    /// After a 100 that nobody asked for.
    Continue,
    /// Compressed although nobody asked for it.
    Gzip,
    /// 30 kB that unpack to 30 MB, the body in front.
    GzipBomb,
    /// A byte each half second: longer than any total time that a mount should allow.
    Drip,
    /// In bytes with short pauses, well within the time.
    Trickle,
    /// With more bytes behind the body than `Content-Length` says.
    Overlong,
    /// The request is read, then the connection reset.
    Reset,
    /// Reset in the middle of the body.
    ResetInBody,
    /// The request is read, then the connection closed.
    Close,
    /// The request is read, and nothing follows.
    Silent,
    /// The body's bytes alone, which are no HTTP.
    Garbage,
    /// Nobody listens.
    Refused,
}

/// What a scripted socket does once it has read a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Whether anybody listens at all.
    pub listens: bool,
    /// What is written.
    pub bytes: Vec<u8>,
    /// Written byte by byte with such a pause before each; else at once.
    pub pace: Option<Duration>,
    /// What follows.
    pub end: End,
}

/// How a scripted connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It is closed.
    Close,
    /// It is reset.
    Reset,
    /// It stays open and silent until the client goes.
    Hang,
}

/// One reply, its placeholders filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canned {
    /// The status.
    pub status: u16,
    /// The headers, without those of framing.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, not encoded.
    pub body: Vec<u8>,
    /// How it travels.
    pub wire: Wire,
}

impl Canned {
    /// A good reply as JSON.
    pub fn json(body: &str) -> Self {
        let headers = vec![("content-type".into(), b"application/json".to_vec())];
        Self { status: 200, headers, body: body.into(), wire: Wire::Plain }
    }

    /// The reply as a driver hands it to the core: at most `cap` bytes of the body.
    pub fn reply(&self, received: Now, cap: usize) -> Result<Reply, String> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::try_from(name.as_str()).map_err(|error| error.to_string())?;
            headers.append(name, HeaderValue::from_bytes(value).map_err(|error| error.to_string())?);
        }
        let status = StatusCode::from_u16(self.status).map_err(|error| error.to_string())?;
        let cut = self.body.len() > cap;
        let body = Body::new(self.body[..self.body.len().min(cap)].to_vec());
        Ok(Reply { status, headers, body, cut, received })
    }

    /// The reply as a socket writes it.
    pub fn script(&self) -> Script {
        let mut script = Script { listens: true, bytes: self.bytes(), pace: None, end: End::Close };
        match self.wire {
            Wire::Drip => script.pace = Some(Duration::from_millis(500)),
            Wire::Trickle => script.pace = Some(Duration::from_millis(1)),
            Wire::Reset | Wire::ResetInBody => script.end = End::Reset,
            Wire::Silent => script.end = End::Hang,
            Wire::Refused => script.listens = false,
            _ => {}
        }
        script
    }

    fn bytes(&self) -> Vec<u8> {
        let body = &self.body;
        let sized = |extra: &[(&str, &str)], body: &[u8]| {
            let length = body.len().to_string();
            let length = (self.status != 204 && self.status != 304).then_some(("content-length", length.as_str()));
            [self.head("HTTP/1.1", extra.iter().copied().chain(length)), body.to_vec()].concat()
        };
        let unsized_head = |version| self.head(version, [].into_iter());
        let chunked = || self.head("HTTP/1.1", [("transfer-encoding", "chunked")].into_iter());
        match self.wire {
            Wire::Plain | Wire::Drip | Wire::Trickle => sized(&[], body),
            Wire::Overlong => [sized(&[], body), b"HTTP/1.1 200 OK\r\n\r\nmore".to_vec()].concat(),
            Wire::Chunked => [chunked(), chunks(body, ""), b"0\r\n\r\n".to_vec()].concat(),
            Wire::ChunkedCut => [chunked(), chunks(body, "")].concat(),
            Wire::ChunkedTrailer => {
                [chunked(), chunks(body, ";name=\"a;b\""), b"0\r\nx-checksum: 7\r\n\r\n".to_vec()].concat()
            }
            Wire::Truncated | Wire::ResetInBody => {
                let whole = sized(&[], body);
                whole[..whole.len() - body.len().div_ceil(2)].to_vec()
            }
            Wire::UntilClose => [unsized_head("HTTP/1.1"), body.clone()].concat(),
            Wire::Http10 => [unsized_head("HTTP/1.0"), body.clone()].concat(),
            Wire::EarlyHints => {
                [b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n".to_vec(), sized(&[], body)].concat()
            }
            Wire::Continue => [b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), sized(&[], body)].concat(),
            Wire::Gzip => sized(&[("content-encoding", "gzip")], &gzip(&[body])),
            Wire::GzipBomb => sized(&[("content-encoding", "gzip")], &gzip(&[body, &vec![b' '; 30_000_000]])),
            Wire::Garbage => body.clone(),
            Wire::Reset | Wire::Close | Wire::Silent | Wire::Refused => Vec::new(),
        }
    }

    fn head<'a>(&self, version: &str, framing: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
        let reason = StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        let mut head = format!("{version} {} {}\r\n", self.status, reason.unwrap_or("Unnamed")).into_bytes();
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        let framing = framing.chain([("connection", "close")]).map(|(name, value)| (name, value.as_bytes()));
        for (name, value) in own.chain(framing) {
            head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        head.extend(b"\r\n");
        head
    }
}

fn chunks(body: &[u8], extension: &str) -> Vec<u8> {
    let chunk = |piece: &[u8]| [format!("{:x}{extension}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
    body.chunks(7).flat_map(chunk).collect()
}

fn gzip(pieces: &[&[u8]]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    for piece in pieces {
        encoder.write_all(piece).expect("memory takes any bytes");
    }
    encoder.finish().expect("memory takes any bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(wire: Wire) -> String {
        String::from_utf8_lossy(&Canned { wire, ..Canned::json("0123456789") }.script().bytes).into_owned()
    }

    #[test]
    fn framing_is_as_it_is_named() {
        let plain =
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\nconnection: close\r\n\r\n";
        assert_eq!(bytes(Wire::Plain), format!("{plain}0123456789"));
        assert_eq!(bytes(Wire::Truncated), format!("{plain}01234"));
        assert!(
            bytes(Wire::Chunked).ends_with("chunked\r\nconnection: close\r\n\r\n7\r\n0123456\r\n3\r\n789\r\n0\r\n\r\n")
        );
        assert!(bytes(Wire::Http10).starts_with("HTTP/1.0 200 OK\r\n") && !bytes(Wire::Http10).contains("length"));
        assert!(bytes(Wire::EarlyHints).starts_with("HTTP/1.1 103 "));
        assert_eq!(bytes(Wire::Reset), "");
        assert!(!Canned { status: 204, body: Vec::new(), ..Canned::json("") }.script().bytes.ends_with(b"0\r\n\r\n"));
    }

    #[test]
    fn a_bomb_is_small_on_the_wire() {
        let bomb = Canned { wire: Wire::GzipBomb, ..Canned::json("{") }.script();
        assert!(bomb.bytes.len() < 60_000, "{}", bomb.bytes.len());
    }
}
