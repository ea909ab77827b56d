//! Reads requests off a byte stream by hand, since a script may answer with what no HTTP library would.

use std::io::{self, ErrorKind, Read};

use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::record::Recorded;

/// Bytes that arrived and were not consumed yet.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    buffer: Vec<u8>,
}

impl Requests {
    /// The next whole request, or an error if the client went away before it was whole.
    pub(crate) fn next(&mut self, stream: &mut impl Read, connection: usize) -> io::Result<Recorded> {
        let line = self.line(stream)?;
        let mut words = line.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Err(invalid("request line")) };
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| invalid("method"))?;
        let target = target.to_owned();
        let headers = self.headers(stream)?;
        let body = self.body(stream, &headers)?;
        Ok(Recorded { method, target, headers, body, connection, reply: None })
    }

    /// What came after the last request.
    pub(crate) fn into_rest(self) -> Vec<u8> {
        self.buffer
    }

    fn headers(&mut self, stream: &mut impl Read) -> io::Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        loop {
            let line = self.line(stream)?;
            if line.is_empty() {
                return Ok(headers);
            }
            let (name, value) = line.split_once(':').ok_or_else(|| invalid("header line"))?;
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid("header name"))?;
            let value = HeaderValue::from_bytes(value.trim().as_bytes()).map_err(|_| invalid("header value"))?;
            headers.append(name, value);
        }
    }

    fn body(&mut self, stream: &mut impl Read, headers: &HeaderMap) -> io::Result<Vec<u8>> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if text("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return self.chunks(stream);
        }
        match text("content-length") {
            Some(length) => self.exactly(stream, length.parse().map_err(|_| invalid("content-length"))?),
            None => Ok(Vec::new()),
        }
    }

    fn chunks(&mut self, stream: &mut impl Read) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line(stream)?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| invalid("chunk size"))?;
            if size == 0 {
                self.headers(stream)?;
                return Ok(body);
            }
            body.extend(self.exactly(stream, size)?);
            self.line(stream)?;
        }
    }

    /// Header bytes outside ASCII are kept as they are where they are UTF-8, which is all that a client here sends.
    fn line(&mut self, stream: &mut impl Read) -> io::Result<String> {
        let mut seen = 0;
        let end = loop {
            if let Some(found) = self.buffer[seen..].iter().position(|byte| *byte == b'\n') {
                break seen + found;
            }
            seen = self.buffer.len();
            self.fill(stream)?;
        };
        let line: Vec<u8> = self.buffer.drain(..=end).collect();
        let line = String::from_utf8(line).map_err(|_| invalid("text"))?;
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    fn exactly(&mut self, stream: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < length {
            self.fill(stream)?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    fn fill(&mut self, stream: &mut impl Read) -> io::Result<()> {
        let mut bytes = [0; 16 * 1024];
        match stream.read(&mut bytes)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            count => {
                self.buffer.extend_from_slice(&bytes[..count]);
                Ok(())
            }
        }
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("the client sent no valid {what}"))
}

#[cfg(test)]
mod tests {
    use super::Requests;
    use std::io::Read;

    /// Gives one byte at a time, as a slow network does.
    struct Slowly<'a>(&'a [u8]);

    impl Read for Slowly<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            self.0.read(&mut into[..1])
        }
    }

    #[test]
    fn requests_are_told_apart_however_they_arrive() {
        let bytes =
            b"POST /a?b=c HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcPUT /d HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\
            \r\n2;x=y\r\nde\r\n1\r\nf\r\n0\r\nTrailer: x\r\n\r\nGET / HTTP/1.1\r\nX: 1\r\n\r\nrest";
        for slowly in [true, false] {
            let mut stream: Box<dyn Read> = if slowly { Box::new(Slowly(bytes)) } else { Box::new(&bytes[..]) };
            let mut requests = Requests::default();
            let heard: Vec<(String, String)> = (0..3)
                .map(|_| requests.next(&mut stream, 0).expect("a whole request"))
                .map(|request| (request.target.clone(), request.text()))
                .collect();
            let expected = [("/a?b=c", "abc"), ("/d", "def"), ("/", "")].map(|(a, b)| (a.to_owned(), b.to_owned()));
            assert_eq!(heard, expected);
        }
    }

    #[test]
    fn what_is_no_request_or_half_of_one_is_an_error() {
        for bytes in ["", "GET", "GET / HTTP/1.1\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nx\r\n\r\n"] {
            assert!(Requests::default().next(&mut bytes.as_bytes(), 0).is_err(), "{bytes}");
        }
        let short = b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc";
        assert!(Requests::default().next(&mut &short[..], 0).is_err());
    }
}
