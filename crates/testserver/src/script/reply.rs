//! Whole replies, well-formed or wrong in one way.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;

/// A reply as bytes on the wire: HTTP/1.1 with a `Content-Length`, unless a method says otherwise.
///
/// ```
/// use hallpass_testserver::script::Reply;
///
/// let reply = Reply::new(404).header("x-a", "b").body("no");
/// assert_eq!(reply.to_bytes(), b"HTTP/1.1 404 Not Found\r\nx-a: b\r\ncontent-length: 2\r\n\r\nno");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a reply is written by an `Act`"]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    framing: Framing,
    early_hints: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length { missing: usize },
    Chunked { each: usize },
    UntilClose,
    Http10,
}

impl Reply {
    /// An empty reply.
    pub fn new(status: u16) -> Self {
        let framing = Framing::Length { missing: 0 };
        Self { status, headers: Vec::new(), body: Vec::new(), framing, early_hints: false }
    }

    /// A reply with a JSON body, which is not checked.
    pub fn json(status: u16, body: &str) -> Self {
        Self::new(status).header("content-type", "application/json").body(body)
    }

    /// A redirect to a location.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::new(status).header("location", location)
    }

    /// Adds a header, as it stands: a second `content-length` or a line break is the test's choice.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body.
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// Adds this many megabytes of blanks to the body, which JSON allows.
    pub fn padded(mut self, megabytes: usize) -> Self {
        self.body.resize(self.body.len() + megabytes * 1_000_000, b' ');
        self
    }

    /// Compresses the body as it is by now, and says so. Padding compresses to a thousandth.
    #[allow(clippy::missing_panics_doc, reason = "it cannot: see the invariant")]
    pub fn gzip(mut self) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&self.body).expect("a Vec takes every byte");
        self.body = encoder.finish().expect("a Vec takes every byte");
        self.header("content-encoding", "gzip")
    }

    /// Sends the body in chunks of this many bytes; the last may be shorter, and 0 counts as 1.
    pub fn chunked(self, each: usize) -> Self {
        Self { framing: Framing::Chunked { each: each.max(1) }, ..self }
    }

    /// Gives no length: the body ends where the connection does, so the script has to end or close there.
    pub fn until_close(self) -> Self {
        Self { framing: Framing::UntilClose, ..self }
    }

    /// Answers as HTTP/1.0, without a length: the body ends where the connection does.
    pub fn http10(self) -> Self {
        Self { framing: Framing::Http10, ..self }
    }

    /// Promises this many bytes more than there are.
    pub fn truncated(self, missing: usize) -> Self {
        Self { framing: Framing::Length { missing }, ..self }
    }

    /// Sends a 103 (RFC 8297) before the reply.
    pub fn after_early_hints(self) -> Self {
        Self { early_hints: true, ..self }
    }

    /// The bytes that go out.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.early_hints {
            bytes.extend_from_slice(b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n");
        }
        bytes.extend_from_slice(self.head().as_bytes());
        match self.framing {
            Framing::Chunked { each } => {
                for chunk in self.body.chunks(each) {
                    bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    bytes.extend_from_slice(chunk);
                    bytes.extend_from_slice(b"\r\n");
                }
                bytes.extend_from_slice(b"0\r\n\r\n");
            }
            _ => bytes.extend_from_slice(&self.body),
        }
        bytes
    }

    fn head(&self) -> String {
        let version = if self.framing == Framing::Http10 { "1.0" } else { "1.1" };
        let known = StatusCode::from_u16(self.status).ok();
        let reason = known.and_then(|status| status.canonical_reason()).unwrap_or("Odd");
        let mut head = format!("HTTP/{version} {} {reason}\r\n", self.status);
        for (name, value) in &self.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        match self.framing {
            // RFC 9110 8.6: these have no body, so no length either.
            Framing::Length { missing: 0 } if matches!(self.status, 100..=199 | 204 | 304) && self.body.is_empty() => {}
            Framing::Length { missing } => {
                head.extend(["content-length: ", &(self.body.len() + missing).to_string(), "\r\n"]);
            }
            Framing::Chunked { .. } => head += "transfer-encoding: chunked\r\n",
            Framing::UntilClose => head += "connection: close\r\n",
            Framing::Http10 => {}
        }
        head + "\r\n"
    }
}

#[cfg(test)]
mod tests {
    use super::Reply;
    use flate2::read::GzDecoder;
    use std::io::Read;

    fn text(reply: &Reply) -> String {
        String::from_utf8(reply.to_bytes()).expect("text")
    }

    #[test]
    fn each_framing_is_as_http_has_it() {
        let ok = Reply::new(200).body("hello");
        let plain = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
        assert_eq!(text(&ok), plain);
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n2\r\nll\r\n1\r\no\r\n0\r\n\r\n";
        assert_eq!(text(&ok.clone().chunked(2)), chunked);
        assert_eq!(text(&ok.clone().until_close()), "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello");
        assert_eq!(text(&ok.clone().http10()), "HTTP/1.0 200 OK\r\n\r\nhello");
        assert_eq!(text(&ok.clone().truncated(7)), "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\nhello");
        let hints = text(&ok.after_early_hints());
        assert!(hints.starts_with("HTTP/1.1 103 ") && hints.ends_with(plain));
    }

    #[test]
    fn a_redirect_names_its_location() {
        let reply = text(&Reply::redirect(307, "https://elsewhere.test/"));
        assert!(reply.starts_with("HTTP/1.1 307 Temporary Redirect\r\nlocation: https://elsewhere.test/\r\n"));
    }

    #[test]
    fn padding_compresses_well_and_comes_out_whole() {
        let reply = Reply::json(200, "{}").padded(2).gzip();
        assert!(reply.body.len() < 10_000);
        let mut body = String::new();
        GzDecoder::new(reply.body.as_slice()).read_to_string(&mut body).expect("gzip");
        assert_eq!((body.len(), body.trim()), (2_000_002, "{}"));
    }

    #[test]
    fn a_reply_that_has_no_body_has_no_length() {
        assert_eq!(text(&Reply::new(204)), "HTTP/1.1 204 No Content\r\n\r\n");
    }
}
