//! `WWW-Authenticate` challenges (RFC 9110 section 11.6.1, RFC 6750 section 3).

use http::{HeaderMap, header};

use super::is_token;

/// One challenge: a scheme and its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Challenge {
    /// The scheme as it was written; compared without case.
    pub scheme: String,
    /// The parameters, names in lower case.
    pub params: Vec<(String, String)>,
}

impl Challenge {
    /// A parameter's value.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find_map(|(known, value)| (known == name).then_some(value.as_str()))
    }
}

/// Every challenge of one header's value, in order. What cannot be read is left out, never refused.
///
/// ```
/// use hallpass_core::wire::challenge;
///
/// let found = challenge::parse(r#"Bearer realm="a, b", error="invalid_token", Basic realm=x"#);
/// assert_eq!(found[0].param("error"), Some("invalid_token"));
/// assert_eq!(found[1].scheme, "Basic");
/// ```
pub fn parse(text: &str) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    for item in items(text) {
        let (head, value) =
            item.split_once('=').map_or((item.as_str(), None), |(head, value)| (head.trim(), Some(value)));
        // `scheme name=value` opens a challenge; `name=value` goes on with the last one.
        let (scheme, name) = match (head.split_once([' ', '\t']), value) {
            (Some((scheme, name)), Some(_)) => (Some(scheme), Some(name.trim())),
            (Some((scheme, _)), None) => (Some(scheme), None),
            (None, Some(_)) => (None, Some(head)),
            (None, None) => (Some(head), None),
        };
        if let Some(scheme) = scheme.filter(|scheme| is_token(scheme)) {
            found.push(Challenge { scheme: scheme.to_owned(), ..Challenge::default() });
        }
        if let (Some(challenge), Some(name), Some(value)) =
            (found.last_mut(), name.filter(|name| is_token(name)), value)
        {
            challenge.params.push((name.to_ascii_lowercase(), unquote(value.trim())));
        }
    }
    found
}

/// The challenges of all `WWW-Authenticate` headers.
pub fn of(headers: &HeaderMap) -> Vec<Challenge> {
    headers.get_all(header::WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).flat_map(parse).collect()
}

/// Splits at commas outside quotes.
fn items(text: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        match c {
            ',' if !quoted => {
                items.push(String::new());
                continue;
            }
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        items.last_mut().expect("there is always one item").push(c);
    }
    items.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else {
        return value.to_owned();
    };
    let (mut out, mut escaped) = (String::with_capacity(inner.len()), false);
    for c in inner.chars() {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => break,
            c => {
                out.push(c);
                escaped = false;
            }
        }
    }
    out
}
