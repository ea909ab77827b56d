//! Each way to log in, shown without its secrets: it asks for the same.

use core::time::Duration;

use hallpass_core::dialect::{Goal, Held};
use hallpass_core::http::Request;
use hallpass_core::{Now, RefreshToken, Secrets, UserKey, UtcDateTime};
use serde_json::Value as Json;

use super::*;
use crate::keys::{Dialect, known, of_steps};
use crate::{Profile, Profiles};

const EACH_WAY: &str = include_str!("each_way.toml");

/// What any of them may have beside.
const ANYWAY: &str = "api_url = 'https://canary.test/'\norigins = ['https://canary.test']\ncheck_path = 'canary'\n\
                      headers = { x-key = 'canary' }\nca_file = 'canary'\nclient_certificate = 'canary'\n\
                      client_key = 'canary'\nroots = 'platform'\nproxy = 'http://canary:8080'\ntimeout = '9s'\n\
                      call_timeout = 60\nconnect_timeout = 1\ndefault_life = 60.5\nallow_http = ['auth.test']\nrefresh_rotates = false\n\
                      store = 'file:canary'\n";

#[test]
fn every_profile_may_be_shown_and_asks_for_the_same() {
    let text = profiles();
    for name in Profiles::parse(&text, "p.toml").expect("profiles").names() {
        let told = redacted(&text, name).expect("it is there");
        assert!(!told.contains("canary"), "{told}");
        let (real, masked) = (asked(&profile(&text, name)), asked(&profile(&told, REDACTED)));
        assert!(!real.is_empty(), "{name}");
        assert_eq!(real, masked, "{name}");
        assert_eq!(redacted(&told, REDACTED).expect("it is there"), told, "once more changes nothing");
    }
}

/// A new key has to be tried above.
#[test]
fn every_key_stands_in_a_profile_of_each_dialect_that_knows_it() {
    let text = profiles();
    let root = DeTable::parse(&text).expect("TOML");
    let all = root.get_ref()["profiles"].get_ref().as_table().expect("a table");
    let all: Vec<_> = all.values().filter_map(|profile| profile.get_ref().as_table()).collect();
    for (name, dialect) in Dialect::NAMES {
        let own: Vec<_> = all.iter().filter(|profile| profile["dialect"].get_ref().as_str() == Some(name)).collect();
        for key in known(Some(*dialect)) {
            assert!(own.iter().any(|profile| profile.contains_key(key)), "{key} of {name}");
        }
    }
    let steps = all.iter().flat_map(|profile| profile.values()).filter_map(|value| value.get_ref().as_table());
    let steps: Vec<_> = steps.collect();
    for key in of_steps() {
        assert!(steps.iter().any(|step| step.contains_key(key)), "{key} of a step");
    }
}

fn profiles() -> String {
    EACH_WAY.replace("\ndialect = ", &format!("\n{ANYWAY}dialect = "))
}

fn profile(text: &str, name: &str) -> Profile {
    let profile = Profiles::parse(text, "p.toml").and_then(|profiles| profiles.get(name));
    profile.unwrap_or_else(|why| panic!("{name}: {why}\n{text}"))
}

/// What a login sends, without the values that placeholders change.
fn asked(profile: &Profile) -> Vec<String> {
    let config = profile.unbound().expect("it opens nothing");
    let dialect = config.dialect();
    let now = Now { mono: Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH };
    let (user_key, refresh_token) = (Some(UserKey::new("k")), Some(RefreshToken::new("r")));
    let registered = Held { user_key, refresh_token: None };
    let helds = [Held::default(), Held { refresh_token, ..registered.clone() }, registered];
    let cases = helds.iter().flat_map(|held| [(held, Goal::Register), (held, Goal::Token)]);
    let told = |(held, goal): (&Held, Goal)| {
        let exchange = dialect.next(held, goal).ok()?;
        let names = dialect.needs(exchange);
        let secrets = names.iter().fold(Secrets::new(), |all, name| all.with(*name, "s"));
        let request = dialect.request(exchange, held, &secrets, now).expect("all is given");
        Some(format!("{exchange:?} {names:?} {}", outline(&request)))
    };
    cases.filter_map(told).collect()
}

fn outline(request: &Request) -> String {
    let url = request.endpoint.uri();
    let names = |pairs: &str| pairs.split('&').map(told).collect::<Vec<_>>();
    let body = String::from_utf8_lossy(request.body.expose());
    let body = match serde_json::from_str::<Json>(&body) {
        Ok(json) => json.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect(),
        Err(_) => names(&body),
    };
    let headers: Vec<_> = request.headers.keys().collect();
    format!("{} {} {:?} {headers:?} {body:?}", request.method, url.path(), url.query().map(names))
}

/// The name of a parameter, and its value if that says how to log in.
fn told(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((name, value)) if name.ends_with("_type") => format!("{name}={value}"),
        Some((name, _)) => name.to_owned(),
        None => parameter.replace("canary", "redacted"),
    }
}
