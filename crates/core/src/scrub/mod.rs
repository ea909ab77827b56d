//! Takes secrets out of a server's words before anybody can print them (wire rule 17).

mod search;

use std::borrow::Cow;

use http::HeaderValue;
use zeroize::Zeroizing;

use crate::dialect::Held;
use crate::http::{Reply, Request};
use crate::secret::{RefreshToken, Secret, Secrets, UserKey};
use crate::wire::json::{Object, as_text};
use crate::wire::one_line;
pub(crate) use search::finds;

/// The most characters of a server's text that an error carries.
const LONGEST: usize = 256;

/// More tokens than any reply brings. Each is searched for in each text, so their number is bounded.
const MOST_TOKENS: usize = 16;

/// Far more than the tokens of any reply have together; every part of them is searched for.
const MOST_OF_TOKENS: usize = 64 * 1024;

/// Everything that the words of a reply are searched for.
pub(crate) struct Scrub<'a> {
    secrets: &'a Secrets,
    held: &'a Held,
    request: &'a Request,
    /// Tokens that stand in neither.
    others: Vec<Zeroizing<String>>,
}

impl<'a> Scrub<'a> {
    pub(crate) fn new(secrets: &'a Secrets, held: &'a Held, request: &'a Request) -> Self {
        Self { secrets, held, request, others: Vec::new() }
    }

    /// The same, and a token that was held before.
    pub(crate) fn and(mut self, dropped: Option<&str>) -> Self {
        self.others.extend(dropped.map(|token| Zeroizing::new(token.to_owned())));
        self
    }

    /// The same, and the tokens of the reply: a refusal may bring some all the same.
    pub(crate) fn and_tokens_of(mut self, reply: &Reply) -> Self {
        if let Ok(object) = Object::parse(&String::from_utf8_lossy(reply.body.expose())) {
            collect_tokens(&object, &mut self.others);
            for inner in object.members().filter_map(|(_, raw)| Object::parse(raw).ok()) {
                collect_tokens(&inner, &mut self.others);
            }
        }
        self
    }

    /// The text in one line and cut to size; `None` if nothing is left or it repeats a secret in any spelling.
    ///
    /// The search comes first: half a secret at the cut is half a secret printed.
    pub(crate) fn clean(&self, said: &str) -> Option<String> {
        let plain = one_line(said);
        let too_many =
            self.others.len() > MOST_TOKENS || self.others.iter().map(|it| it.len()).sum::<usize>() > MOST_OF_TOKENS;
        if plain.is_empty() || too_many || self.repeats_a_secret(said) {
            return None;
        }
        match plain.char_indices().nth(LONGEST) {
            Some((end, _)) => Some(format!("{}…", &plain[..end])),
            None => Some(plain),
        }
    }

    fn repeats_a_secret(&self, said: &str) -> bool {
        let held = [
            self.held.user_key.as_ref().map(UserKey::expose),
            self.held.refresh_token.as_ref().map(RefreshToken::expose),
        ];
        let own = self.secrets.values().map(Secret::expose).chain(held.into_iter().flatten()).map(Cow::Borrowed);
        let others = self.others.iter().map(|token| Cow::Borrowed(token.as_str()));
        let all = own.chain(header_secrets(self.request)).chain(query_secrets(self.request)).chain(others);
        search::finds(said, all)
    }
}

/// What a request's headers carry that no error may repeat, beside the login's own secrets.
fn header_secrets(request: &Request) -> impl Iterator<Item = Cow<'_, str>> {
    request.headers.values().filter(|value| value.is_sensitive()).filter_map(credential)
}

/// A header's credential, without the scheme in front of it.
fn credential(value: &HeaderValue) -> Option<Cow<'_, str>> {
    let text = String::from_utf8_lossy(value.as_bytes());
    let text = text.trim();
    let credential = text.split_once(' ').map_or(text, |(_, credential)| credential);
    (!text.is_empty()).then(|| credential.to_owned().into())
}

/// The values of the URL's query: an API key may be one. What is shorter is a version or a flag, which half of all texts
/// contain.
fn query_secrets(request: &Request) -> impl Iterator<Item = Cow<'_, str>> {
    let pairs = request.endpoint.uri().query().into_iter().flat_map(|query| query.split('&'));
    let values = pairs.map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
    values.filter(|value| value.len() >= search::TELLING).map(Cow::Borrowed)
}

/// The tokens among an object's members, in every place where one stands, under whatever name.
fn collect_tokens(object: &Object<'_>, found: &mut Vec<Zeroizing<String>>) {
    const TOKENS: [&str; 4] = ["access_token", "refresh_token", "id_token", "user_key"];
    const PARTS: [&str; 5] = ["token", "jwt", "session", "secret", "user_key"];
    for (name, raw) in object.members() {
        let known = TOKENS.contains(&name);
        if !known && !PARTS.iter().any(|part| name.to_ascii_lowercase().contains(part)) {
            continue;
        }
        let texts = match as_text(raw) {
            Some(token) => vec![token.into_owned()],
            None => serde_json::from_str(raw).unwrap_or_default(),
        };
        // What is shorter may be the kind of a token, and words are what is wrong with a field of that name.
        let of_one = |text: &String| known || text.len() >= search::RUN && !text.contains(char::is_whitespace);
        found.extend(texts.into_iter().map(Zeroizing::new).filter(|text| of_one(text)));
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD_NO_PAD;

    use super::search::RUN;
    use super::*;
    use crate::{Endpoint, secret};

    const SECRET: &str = "Cän\"ary/7 %2B\\x+";

    const LONG: &str = "0123-4567-89ab-cdef-ghij-klmn-opqr";

    fn request() -> Request {
        let url = Endpoint::parse("https://auth.example/token?v=2&key=Query%2Fkey&bare.flag").expect("a URL");
        Request::post(url, "text/plain", b"".to_vec())
    }

    fn cleaned(said: &str) -> Option<String> {
        let request = request()
            .header(http::header::AUTHORIZATION, http::HeaderValue::from_static("Basic aWQ6UEFTUw=="))
            .header(http::HeaderName::from_static("x-key"), http::HeaderValue::from_static("blank-at-the-end "));
        let secrets = Secrets::one(secret::PASSWORD, SECRET)
            .with(secret::CLIENT_SECRET, LONG)
            .with(secret::USER_SECRET, "тридцать-три-несчастья");
        let held = Held::default();
        Scrub::new(&secrets, &held, &request).clean(said)
    }

    #[test]
    fn a_secret_is_found_in_any_spelling() {
        let spelled = [
            SECRET,
            "C\u{e4}n\"ary/7\t%2B\\x+",
            "c\u{e4}N\"ARY/7 %2b\\X+",
            "C%C3%A4n%22ary%2F7%20%252B%5Cx%2B",
            "c%c3%a4n%22ary%2f7+%252b%5cx%2b",
            r#"Cän\"ary/7 %2B\\x+"#,
            r"C\u00e4n\u0022ary\/7 %2B\\x+",
            r#"{\"password\":\"C\\u00e4n\\\"ary/7 %2B\\\\x+\"}"#,
            "C&#228;n&quot;ary&#x2F;7 %2B\\x+",
            // As the Basic header has it under `minimal`.
            "Cän\"ary/7 %252B\\x%2B",
            "Q8OkbiJhcnkvNyAlMkJceCs=",
            "Q8OkbiJhcnkvNyAlMkJceCs",
            // In Latin-1, read as UTF-8.
            "C\u{fffd}n\"ary/7 %2B\\x+",
            "C\u{200b}än\"ary/7 %2B\\x+",
            // In the base64 of a longer text, after two bytes, three and four.
            "cT1Dw6RuImFyeS83ICUyQlx4KyZ2PTE=",
            "cHc9Q8OkbiJhcnkvNyAlMkJceCsmdj0x",
            "a2V5PUPDpG4iYXJ5LzcgJTJCXHgrJnY9MQ==",
            "aWQ6UEFTUw==",
            "aWQ6UEFTUw%3D%3D",
            "Blank-at-the-end",
            "https://cn-ary72bx.example",
            "query/key",
            "Query%2FKEY",
            "BARE flag",
        ];
        for text in spelled {
            assert_eq!(cleaned(&format!("'{text}' is wrong")), None, "{text}");
        }
    }

    /// As `id:secret` stands in a Basic header: too short for a part of it to give it away.
    #[test]
    fn a_short_secret_is_found_in_the_base64_of_a_longer_text() {
        let (request, held, secrets) = (request(), Held::default(), Secrets::one(secret::PASSWORD, "pa5s-w0rd"));
        for before in ["", "a:", "ab:", "abc:", "abcd:"] {
            let said = BASE64_STANDARD_NO_PAD.encode(format!("{before}pa5s-w0rd;"));
            assert_eq!(Scrub::new(&secrets, &held, &request).clean(&said), None, "{said}");
        }
    }

    #[test]
    fn a_part_that_gives_a_secret_away_is_found_in_any_spelling() {
        let base64 = BASE64_STANDARD_NO_PAD.encode(LONG);
        for text in [&LONG[..20], &LONG[14..], "4567 89AB%2Dcdef%2dghij", &base64[2..20], "цать-три-несчастья"]
        {
            assert_eq!(cleaned(&format!("'{text}' is wrong")), None, "{text}");
        }
        for text in [&LONG[..18], &LONG[17..], "тридцать-три-не"] {
            assert!(cleaned(&format!("'{text}' is wrong")).is_some(), "{text}");
        }
    }

    #[test]
    fn short_secrets_are_searched_for_too() {
        let (request, held) = (request(), Held::default());
        for length in 0..8 {
            let secrets = Secrets::one(secret::PASSWORD, "q".repeat(length));
            let said = Scrub::new(&secrets, &held, &request).clean("no such client, qqqqqqqq");
            assert_eq!(said.is_some(), length == 0, "{length}");
        }
    }

    /// With a search that is not linear this would take minutes.
    #[test]
    fn long_texts_are_searched_for_long_secrets() {
        let request = request();
        let (secrets, held) = (Secrets::one(secret::PASSWORD, "a".repeat(64 * 1024) + "b"), Held::default());
        let scrub = Scrub::new(&secrets, &held, &request);
        let text = ("a".repeat(RUN - 1) + "c").repeat(256 * 1024 / RUN);
        assert!(scrub.clean(&text).is_some());
        assert_eq!(scrub.clean(&format!("{text}{}b", "a".repeat(RUN - 1))), None);
    }

    #[test]
    fn where_too_much_is_to_be_searched_for_nothing_is_shown() {
        let request = request();
        let (secrets, held) = (Secrets::new(), Held::default());
        let token = |length| RefreshToken::new("t".repeat(length));
        let cleaned = |length| Scrub::new(&secrets, &held, &request).and(Some(token(length).expose())).clean("no");
        assert_eq!(cleaned(MOST_OF_TOKENS).as_deref(), Some("no"));
        assert_eq!(cleaned(MOST_OF_TOKENS + 1), None);
    }

    #[test]
    fn other_words_are_kept_in_one_line_and_cut() {
        assert_eq!(cleaned("no\r\n\u{1b}[31m \u{202e}such\u{61c} client").as_deref(), Some("no [31m such client"));
        assert_eq!(cleaned(" \u{feff}\t"), None);
        assert_eq!(cleaned("100%, C&A, a\\b, \\u12, %zz").as_deref(), Some("100%, C&A, a\\b, \\u12, %zz"));
        let long = "ö".repeat(300);
        assert_eq!(cleaned(&long), Some(format!("{}…", "ö".repeat(256))));
        assert_eq!(cleaned(&format!("{long} {SECRET}")), None, "beyond the cut too");
    }
}
