//! What is written reads back, by readers that were written by others.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hallpass_core::Origin;
use hallpass_core::wire::basic::{BasicEncoding, authorization};
use hallpass_core::wire::json::{Member, Object};
use hallpass_core::wire::{form, json};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(crate::cases(256))]

    #[test]
    fn a_form_reads_back(pairs in vec(any::<(String, String)>(), 0..8)) {
        let body = form::write(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let read: Vec<_> = form_urlencoded::parse(body.expose()).into_owned().collect();
        prop_assert_eq!(&read, &pairs);
        prop_assert!(body.expose().iter().all(|byte| byte.is_ascii_graphic() && *byte != b'+'));
    }

    #[test]
    fn a_json_object_reads_back(members in vec(any::<(String, String)>(), 0..8)) {
        let body = json::write(members.iter().map(|(name, text)| (name.as_str(), Member::Text(text))));
        let text = core::str::from_utf8(body.expose()).expect("JSON is UTF-8");
        // By our own reader, member by member, and by serde_json, where the last of two names wins.
        let object = Object::parse(text).expect("what we write we read");
        let read: Vec<_> = object.members().map(|(name, raw)| (name.to_owned(), json::as_text(raw).expect("a string").into_owned())).collect();
        prop_assert_eq!(&read, &members);
        let by_serde: std::collections::BTreeMap<String, String> = serde_json::from_str(text).expect("JSON");
        prop_assert_eq!(by_serde, members.into_iter().collect());
    }

    #[test]
    fn a_basic_credential_reads_back(id: String, secret: String) {
        for &encoding in BasicEncoding::ALL {
            let plain = !format!("{id}{secret}").contains(|c: char| c.is_ascii_control());
            let fits = (plain || encoding == BasicEncoding::Form) && !(encoding == BasicEncoding::Raw && id.contains(':'));
            let made = authorization(&id, &secret.as_str().into(), encoding);
            prop_assert_eq!(made.is_ok(), fits);
            let Ok(made) = made else { continue };
            let pair = BASE64_STANDARD.decode(made.to_str().expect("ASCII").strip_prefix("Basic ").expect("the scheme"));
            let pair = String::from_utf8(pair.expect("base64")).expect("UTF-8");
            let (first, second) = pair.split_once(':').expect("a colon");
            let unescaped = |text: &str| match encoding {
                BasicEncoding::Raw => text.to_owned(),
                _ => unescape(text),
            };
            prop_assert_eq!((unescaped(first), unescaped(second)), (id.clone(), secret.clone()));
        }
    }

    #[test]
    fn an_origin_reads_back(text in "(https?|HTTP)://([a-zA-Z0-9._-]{1,20}|[0-9.]{7,15}|\\[[0-9a-f:]{2,20}\\])(:[0-9]{1,5})?(/.{0,9})?") {
        if let Ok(origin) = Origin::parse(&text) {
            let printed = origin.to_string();
            prop_assert_eq!(Origin::parse(&printed).expect("what is printed is read"), origin.clone());
            prop_assert_eq!(Origin::of(&printed.parse().expect("an http::Uri")).expect("the same"), origin);
        }
    }

    /// Nobody may read the host that we send to as another one.
    #[test]
    fn an_origin_means_the_same_to_http(text in "https?://[ -~]{1,30}") {
        if let (Ok(origin), Ok(uri)) = (Origin::parse(&text), text.parse::<http::Uri>()) {
            let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
            let same_address = host.parse::<core::net::IpAddr>().is_ok_and(|ip| ip.to_string() == origin.host());
            prop_assert!(host == origin.host() || same_address, "{} {}", host, origin.host());
            prop_assert_eq!(Origin::of(&uri), Ok(origin));
        }
    }
}

/// Percent-decoding as a server does it after it has split the pair: `+` is a plus there.
fn unescape(text: &str) -> String {
    let plus = text.replace('+', "%2B");
    let read = form_urlencoded::parse(plus.as_bytes()).next();
    // The oracle reads forms: what separates pairs there is shielded first.
    if plus.contains(['&', '=']) {
        return plus
            .split('&')
            .map(|part| part.split('=').map(unescape).collect::<Vec<_>>().join("="))
            .collect::<Vec<_>>()
            .join("&");
    }
    read.map(|(name, _)| name.into_owned()).unwrap_or_default()
}
