//! Whether a text repeats a secret, in whatever spelling, whole or in part.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::wire::escapes::unescape;
use crate::wire::is_blank;

/// So long that what is left of a secret is still that secret and no common word.
pub(super) const TELLING: usize = 8;

/// How many characters in a row give a secret away, as an echo that the server cut has them.
pub(super) const RUN: usize = 16;

/// How many layers of escapes are taken off: a form in a JSON string in a JSON string has three.
const LAYERS: usize = 4;

/// Whether the text has one of these secrets, or a part that gives one away.
pub(crate) fn finds<'s>(text: &str, secrets: impl Iterator<Item = Cow<'s, str>>) -> bool {
    let texts: Vec<_> = readings(text).iter().map(|reading| Folded::new(reading)).collect();
    let secrets: Vec<_> = secrets.flat_map(|secret| spellings(&secret)).collect();
    let parts = Parts::of(&secrets);
    texts.iter().any(|text| secrets.iter().any(|secret| text.contains(secret)) || parts.are_in(text))
}

/// What a secret is searched for as. Its own escapes are taken off as well, since the text's are.
fn spellings(secret: &str) -> Vec<Folded> {
    let coded = [BASE64_STANDARD_NO_PAD.encode(secret), BASE64_URL_SAFE_NO_PAD.encode(secret)].map(Zeroizing::new);
    let within = (0..3).flat_map(|before| within_base64(secret, before));
    let within: Vec<_> = within.filter(|digits| digits.len() >= TELLING).collect();
    readings(secret).iter().chain(&coded).chain(&within).map(|text| Folded::new(text)).collect()
}

/// What base64 makes of a secret that stands after `before` bytes (modulo 3) of a longer text: without the digits that it
/// shares with its neighbours.
fn within_base64(secret: &str, before: usize) -> [Zeroizing<String>; 2] {
    let text = Zeroizing::new([&[0; 2][..before], secret.as_bytes()].concat());
    let digits = (before * 8).div_ceil(6)..text.len() * 8 / 6;
    [BASE64_STANDARD_NO_PAD.encode(&text), BASE64_URL_SAFE_NO_PAD.encode(&text)].map(|coded| {
        let coded = Zeroizing::new(coded);
        Zeroizing::new(coded.get(digits.clone()).unwrap_or_default().to_owned())
    })
}

/// The text as it stands, and with one layer of escapes after the other taken off.
fn readings(text: &str) -> Vec<Zeroizing<String>> {
    let mut readings = vec![Zeroizing::new(text.to_owned())];
    while readings.len() <= LAYERS {
        let last = &readings[readings.len() - 1];
        let next = Zeroizing::new(unescape(last));
        if next == *last {
            break;
        }
        readings.push(next);
    }
    readings
}

/// A text without what servers add, drop or change.
struct Folded {
    /// Without blanks, control characters, padding, a form's `+` for a blank, and the case of letters.
    text: Zeroizing<String>,
    /// ASCII letters and digits only: what a wrong charset or a host name leaves of it.
    bare: Zeroizing<String>,
}

impl Folded {
    fn new(text: &str) -> Self {
        let folded = |keep: fn(char) -> bool| {
            Zeroizing::new(text.chars().filter(|c| keep(*c)).map(|c| c.to_ascii_lowercase()).collect())
        };
        Self { text: folded(|c| !is_blank(c) && c != '+' && c != '='), bare: folded(|c| c.is_ascii_alphanumeric()) }
    }

    fn contains(&self, secret: &Self) -> bool {
        if secret.bare.len() >= TELLING {
            return self.bare.contains(secret.bare.as_str());
        }
        !secret.text.is_empty() && self.text.contains(secret.text.as_str())
    }
}

/// Every run of [`RUN`] characters of the secrets, in order, so that a text is searched for all of them in one go.
struct Parts<'a> {
    bare: Vec<&'a str>,
    /// Of the secrets that are hardly ASCII.
    text: Vec<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(secrets: &'a [Folded]) -> Self {
        let (bare, text): (Vec<_>, Vec<_>) = secrets.iter().partition(|secret| secret.bare.len() >= RUN);
        let mut bare: Vec<_> = bare.into_iter().flat_map(|secret| runs(&secret.bare)).collect();
        let mut text: Vec<_> = text.into_iter().flat_map(|secret| runs(&secret.text)).collect();
        bare.sort_unstable();
        text.sort_unstable();
        Self { bare, text }
    }

    fn are_in(&self, said: &Folded) -> bool {
        let found = |known: &[&str], text| !known.is_empty() && runs(text).any(|run| known.binary_search(&run).is_ok());
        found(&self.bare, &said.bare) || found(&self.text, &said.text)
    }
}

fn runs(text: &str) -> impl Iterator<Item = &str> {
    let begins = text.char_indices().map(|(at, _)| at);
    let ends = begins.clone().chain([text.len()]).skip(RUN);
    begins.zip(ends).map(|(begin, end)| &text[begin..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `\0secret` is `AHNlY3JldA`, of which the first two digits and the last one are not the secret's alone.
    #[test]
    fn of_base64_only_the_digits_that_are_the_secrets_own_are_searched_for() {
        for (before, digits) in ["c2VjcmV0", "NlY3Jld", "zZWNyZX"].into_iter().enumerate() {
            assert_eq!(*within_base64("secret", before)[0], digits);
        }
    }
}
