//! Client authentication at the form endpoints (RFC 6749 2.3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::body::{Form, invalid_request};
use super::config::{BasicDecoding, Client, ProviderConfig};
use super::reply::{Reply, oauth_error};

/// A client that is who it says, or a public one that nobody can check.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: String,
    pub(super) confidential: bool,
}

/// Who is asking. `None` if the request names no client at all.
pub(super) fn authenticate(config: &ProviderConfig, headers: &HeaderMap, form: &Form) -> Result<Option<Known>, Reply> {
    let (id, secret) = match basic(config.basic_decoding, headers)? {
        Some((id, secret)) => {
            if form.get("client_secret").is_some() || form.get("client_id").is_some_and(|other| other != id) {
                return Err(invalid_request("the client authenticated in more than one way"));
            }
            (id, Some(secret))
        }
        None => match form.get("client_id") {
            Some(id) => (id.to_owned(), form.get("client_secret").map(str::to_owned)),
            None if form.get("client_secret").is_some() => return Err(invalid_request("a client_secret alone")),
            None => return Ok(None),
        },
    };
    let proved = |client: &&Client| client.secret == secret && (secret.is_some() || client.public_key.is_none());
    match config.clients.iter().find(|client| client.id == id).filter(proved) {
        Some(client) => Ok(Some(Known { id, confidential: client.secret.is_some() })),
        None => Err(invalid_client()),
    }
}

pub(super) fn invalid_client() -> Reply {
    oauth_error(StatusCode::UNAUTHORIZED, "invalid_client", "client authentication failed")
        .with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"hallpass\""))
}

fn basic(decoding: BasicDecoding, headers: &HeaderMap) -> Result<Option<(String, String)>, Reply> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(invalid_request("more than one Authorization header"));
    }
    let Some((scheme, credentials)) = value.to_str().ok().and_then(|text| text.split_once(' ')) else {
        return Err(invalid_request("a malformed Authorization header"));
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let decoded = STANDARD.decode(credentials.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match decoded.as_deref().and_then(|text| text.split_once(':')) {
        Some((id, secret)) => Ok(Some((unescape(decoding, id), unescape(decoding, secret)))),
        None => Err(invalid_request("malformed Basic credentials")),
    }
}

fn unescape(decoding: BasicDecoding, text: &str) -> String {
    let plus_is_blank = match decoding {
        BasicDecoding::Raw => return text.to_owned(),
        BasicDecoding::Form => true,
        BasicDecoding::Percent => false,
    };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let (byte, tail) = match (first, after) {
            (b'%', [high, low, tail @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (hex_digit(*high) << 4 | hex_digit(*low), tail)
            }
            (b'+', _) if plus_is_blank => (b' ', after),
            _ => (*first, after),
        };
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit - b'A' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::{BasicDecoding, unescape};

    #[test]
    fn each_decoding_reads_blanks_and_escapes_its_own_way() {
        let text = "a+b%20c%2Bd%c3%A9%3a";
        assert_eq!(unescape(BasicDecoding::Form, text), "a b c+dé:");
        assert_eq!(unescape(BasicDecoding::Percent, text), "a+b c+dé:");
        assert_eq!(unescape(BasicDecoding::Raw, text), text);
    }

    #[test]
    fn a_percent_sign_that_escapes_nothing_stays() {
        for text in ["100%", "%", "%zz", "50%2"] {
            assert_eq!(unescape(BasicDecoding::Form, text), text);
        }
    }
}
