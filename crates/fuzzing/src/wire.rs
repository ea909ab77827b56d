//! Any text to every reader and writer of the wire.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hallpass_core::wire::basic::{self, BasicEncoding};
use hallpass_core::wire::json::{self, Member, Object};
use hallpass_core::wire::life::LONGEST_LIFE;
use hallpass_core::wire::pointer::Pointer;
use hallpass_core::wire::{challenge, date, form, jwt, life};
use hallpass_core::{AccessToken, Endpoint, Origin, SendAs, UtcDateTime};

/// Each reader is total and keeps its bounds; what each writer writes, a reader of another project reads back.
pub fn wire(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines: Vec<&str> = text.split('\n').collect();
    let pairs = || lines.chunks(2).map(|pair| (pair[0], pair.get(1).copied().unwrap_or_default()));
    forms(pairs());
    objects(pairs());
    for (id, secret) in pairs().take(2) {
        credentials(id, secret);
    }
    readers(&text);
    for line in lines.iter().take(4) {
        urls(line);
        numbers(line);
        let _ = (AccessToken::new(line), date::http_date(line), challenge::parse(line), SendAs::new("x-key", line));
        if let Ok(pointer) = Pointer::parse(line) {
            assert_eq!(Pointer::parse(&pointer.to_string()).as_ref(), Ok(&pointer), "{line:?}");
        }
    }
}

fn forms<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) {
    let body = form::write(pairs.clone());
    let read: Vec<_> = form_urlencoded::parse(body.expose()).into_owned().collect();
    let written: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    // A pair of nothing is written as `=`, which reads back as itself.
    assert_eq!(read, written);
    assert!(body.expose().iter().all(|byte| byte.is_ascii_graphic() && *byte != b'+'));
}

fn objects<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) {
    let body = json::write(pairs.clone().map(|(name, text)| (name, Member::Text(text))));
    let text = core::str::from_utf8(body.expose()).expect("JSON is UTF-8");
    let Ok(object) = Object::parse(text) else {
        assert!(pairs.count() > 1000, "what is written is read, unless it has too many members: {text}");
        return;
    };
    let texts = object.members().map(|(_, raw)| json::as_text(raw).expect("a string"));
    let read: Vec<_> = object.members().map(|(name, _)| name.to_owned()).zip(texts).collect();
    assert!(read.len() == pairs.clone().count(), "{text}");
    for ((name, read), (wanted, value)) in read.iter().zip(pairs) {
        assert_eq!((name.as_str(), &**read), (wanted, value));
    }
    serde_json::from_str::<serde_json::Map<_, _>>(text).expect("JSON");
}

fn credentials(id: &str, secret: &str) {
    for &encoding in BasicEncoding::ALL {
        let plain = !id.chars().chain(secret.chars()).any(|c| c.is_ascii_control());
        let fits = (plain || encoding == BasicEncoding::Form) && !(encoding == BasicEncoding::Raw && id.contains(':'));
        let made = basic::authorization(id, &secret.into(), encoding);
        assert_eq!(made.is_ok(), fits, "{id:?} {secret:?} {encoding:?}");
        let Ok(made) = made else { continue };
        assert!(made.is_sensitive());
        let digits = made.to_str().expect("ASCII").strip_prefix("Basic ").expect("the scheme");
        let pair = String::from_utf8(BASE64_STANDARD.decode(digits).expect("base64")).expect("UTF-8");
        let (first, second) = pair.split_once(':').expect("a colon");
        let read = |text: &str| if encoding == BasicEncoding::Raw { text.to_owned() } else { unescaped(text) };
        assert_eq!((read(first).as_str(), read(second).as_str()), (id, secret), "{encoding:?}");
    }
}

/// Percent-decoding, where `+` is a plus, and what separates pairs in a form is nothing special.
fn unescaped(text: &str) -> String {
    let shielded = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(shielded.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

fn readers(text: &str) {
    let bare = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if let Ok(object) = Object::parse(text) {
        assert!(bare.starts_with('{') && bare.ends_with('}'), "{text:?}");
        for (name, raw) in object.members() {
            let _ = (object.text(name), object.number(name), json::as_text(raw));
        }
        // Where every number and every string can be held, another reader sees the same members.
        if let Ok(other) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(bare) {
            assert!(object.members().all(|(name, _)| other.contains_key(name)), "{text:?}");
            for name in other.keys() {
                let Ok(found) = object.text(name) else { continue };
                assert_eq!(found.as_deref(), other[name].as_str(), "{name:?} of {text:?}");
            }
        }
    }
    for known in challenge::parse(text) {
        assert!(!known.scheme.is_empty() && known.scheme.is_ascii(), "{known:?}");
    }
    let clock = UtcDateTime::from_unix_timestamp(1_700_000_000).expect("a moment of this century");
    let claimed = jwt::life(text, clock);
    assert!(claimed.is_none_or(|life| !life.is_zero() && life <= LONGEST_LIFE), "{claimed:?}");
}

fn numbers(line: &str) {
    let read = life::seconds(line);
    assert!(read.is_none_or(|life| life <= LONGEST_LIFE), "{read:?}");
    let trimmed = line.trim();
    if trimmed.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) {
        assert_eq!(read.is_some(), trimmed.parse::<f64>().is_ok(), "{line:?}");
    } else {
        assert_eq!(read, None, "{line:?}");
    }
}

fn urls(line: &str) {
    if let Ok(origin) = Origin::parse(line) {
        let printed = origin.to_string();
        assert_eq!(Origin::parse(&printed).as_ref(), Ok(&origin), "{line:?}");
        if let Ok(uri) = line.parse::<http::Uri>() {
            let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
            let same_address = host.parse::<core::net::IpAddr>().is_ok_and(|ip| ip.to_string() == origin.host());
            assert!(host == origin.host() || same_address, "{host} is read as {}", origin.host());
            assert_eq!(Origin::of(&uri), Ok(origin));
        }
    }
    let base = Endpoint::parse("https://auth.example/v1/").expect("a URL");
    if let Ok(joined) = base.join(line) {
        assert_eq!(joined.origin(), base.origin(), "{line:?}");
    }
    if let Ok(endpoint) = Endpoint::parse(line) {
        assert_eq!(Endpoint::parse(&endpoint.to_url()).as_ref(), Ok(&endpoint), "{line:?}");
        if let Some((head, query)) = line.split_once('?').filter(|(_, query)| query.len() > 8) {
            // What stands before it may spell it too.
            let head = Endpoint::parse(head).map(|head| head.to_string()).unwrap_or_default();
            let told = endpoint.to_string().contains(query) && !format!("{head}?").contains(query);
            assert!(!told, "a query may be a key: {endpoint}");
        }
    }
}
