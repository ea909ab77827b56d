//! Takes secrets out of a server's words before anybody can print them (wire rule 17).

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::dialect::Held;
use crate::http::Request;
use crate::secret::{RefreshToken, Secret, Secrets, UserKey};
use crate::wire::{form, json};

/// The most characters of a server's text that an error carries.
const LONGEST: usize = 256;

/// Everything that the words of a reply are searched for.
pub(crate) struct Scrub<'a> {
    secrets: &'a Secrets,
    held: &'a Held,
    request: &'a Request,
}

impl<'a> Scrub<'a> {
    pub(crate) fn new(secrets: &'a Secrets, held: &'a Held, request: &'a Request) -> Self {
        Self { secrets, held, request }
    }

    /// The text in one line and cut to size; `None` if nothing is left or it repeats a secret in any spelling.
    ///
    /// The search comes first: half a secret at the cut is half a secret printed.
    pub(crate) fn clean(&self, said: &str) -> Option<String> {
        let plain = one_line(said);
        if plain.is_empty() || self.repeats_a_secret(said) || self.repeats_a_secret(&plain) {
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
        let plain = self.secrets.values().map(Secret::expose).chain(held.into_iter().flatten());
        plain
            .filter(|secret| !secret.is_empty())
            .any(|secret| spellings(secret).iter().any(|s| said.contains(s.as_str())))
            || crate::dialect::header_secrets(self.request).any(|secret| said.contains(&*secret))
    }
}

/// A secret as it is, and as the wire formats and their readers spell it.
fn spellings(secret: &str) -> Vec<Zeroizing<String>> {
    let form = form::write([("", secret)]);
    let json = json::write([("", json::Member::Text(secret))]);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let percent = text(&form.expose()[1..]);
    [
        secret.to_owned(),
        one_line(secret),
        percent.replace("%20", "+"),
        percent.to_ascii_lowercase(),
        percent,
        text(&json.expose()[4..json.expose().len() - 2]),
        BASE64_STANDARD.encode(secret),
        BASE64_STANDARD_NO_PAD.encode(secret),
        BASE64_URL_SAFE_NO_PAD.encode(secret),
    ]
    .into_iter()
    .filter(|spelling| !spelling.is_empty())
    .map(Zeroizing::new)
    .collect()
}

/// Control characters, and what else a terminal obeys, become blanks; runs of blanks become one.
fn one_line(text: &str) -> String {
    let blank = |c: char| {
        c.is_control()
            || c.is_whitespace()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.split(blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
