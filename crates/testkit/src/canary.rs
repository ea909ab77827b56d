//! Secrets planted to be looked for wherever anything is printed.
//!
//! ```
//! use hallpass_testkit::canary::Canaries;
//!
//! let canaries = Canaries::new(["canary+7/\"x"]);
//! for text in [r#"{"said":"canary+7/\"x"}"#, "GET /?key=canary%2B7%2f%22x", "Basic aWQ6Y2FuYXJ5KzcvIng="] {
//!     assert!(canaries.seen_in(text).is_some(), "{text}");
//! }
//! assert_eq!(canaries.seen_in("nothing of it"), None);
//! ```

use std::fmt::{self, Write};
use std::iter::successors;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

/// Secrets to be looked for, with every spelling of each: plain, in base64 of either alphabet (also in the middle of a
/// longer text), percent-encoded, JSON-escaped, and as `Debug` escapes it. Case counts for nothing.
pub struct Canaries(Vec<(String, Vec<String>)>);

impl Canaries {
    /// These secrets.
    pub fn new<'c>(canaries: impl IntoIterator<Item = &'c str>) -> Self {
        Self(canaries.into_iter().map(|canary| (canary.to_owned(), spellings(canary))).collect())
    }

    /// The first that stands in the text.
    pub fn seen_in(&self, text: &str) -> Option<&str> {
        let text = text.to_ascii_lowercase();
        let seen = |(_, spellings): &&(String, Vec<String>)| spellings.iter().any(|spelling| text.contains(spelling));
        self.0.iter().find(seen).map(|(canary, _)| canary.as_str())
    }

    /// Panics, with the canary and where it was printed, if one of them was.
    #[track_caller]
    #[allow(clippy::missing_panics_doc, reason = "the panic is what it is for")]
    pub fn assert_unseen(&self, place: &str, text: &str) {
        if let Some(canary) = self.seen_in(text) {
            panic!("{place} shows {canary:?}:\n{text}");
        }
    }
}

impl fmt::Debug for Canaries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Canaries({})", self.0.len())
    }
}

/// Everything that an error prints, and what each of its sources does.
///
/// ```
/// use hallpass_testkit::canary::printed;
///
/// let inner = std::io::Error::other("a canary");
/// assert!(printed(&std::io::Error::other(inner)).contains("a canary"));
/// ```
pub fn printed(error: &dyn std::error::Error) -> String {
    let chain = successors(Some(error), |error| error.source());
    chain.fold(String::new(), |text, error| format!("{text}{error} {error:?} {error:#?}\n"))
}

/// Every spelling that is looked for, in lower case, each once.
fn spellings(canary: &str) -> Vec<String> {
    let json = serde_json::Value::from(canary).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let form: String = form_urlencoded::byte_serialize(canary.as_bytes()).collect();
    let percent = form.replace('+', "%20");
    let mut all = vec![
        canary.to_owned(),
        json.replace('/', "\\/"),
        json,
        canary.escape_debug().to_string(),
        fully_percent(canary),
        form,
        percent,
    ];
    all.extend((0..3).flat_map(|before| in_base64(canary, before)));
    for spelling in &mut all {
        spelling.make_ascii_lowercase();
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// Every byte but letters and digits percent-encoded: what is kept differs from encoder to encoder.
fn fully_percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = match byte {
            _ if byte.is_ascii_alphanumeric() => write!(out, "{}", char::from(byte)),
            _ => write!(out, "%{byte:02x}"),
        };
        out
    })
}

/// What base64 makes of it wherever it stands after `before` bytes (modulo 3), without the digits that its neighbours share.
fn in_base64(canary: &str, before: usize) -> [String; 2] {
    let padded = [&b"xx"[..before], canary.as_bytes()].concat();
    let (first, last) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
    [BASE64_STANDARD_NO_PAD.encode(&padded), BASE64_URL_SAFE_NO_PAD.encode(&padded)]
        .map(|digits| digits[first..last].to_owned())
}
