//! Placeholders for what came from outside: the same secret gets the same one, wherever it stands.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{HeaderName, header};
use zeroize::Zeroizing;

use super::kept::KeptRecord;
use super::wire::Answer;
use super::{INSTANCE, body, placeholder};
use crate::dialect::{Dialect, Exchange, Gain, Held};
use crate::http::{Origin, Reply, Request};
use crate::lifecycle::{Loaded, Record, credential_digest};
use crate::scrub::Scrub;
use crate::secret::{RefreshToken, Secret, Secrets, UserKey};
use crate::wire::json::Object;
use crate::wire::{challenge, date, jwt};

/// What is known to be secret, and what stands for it.
pub(super) struct Redactor<'a> {
    known: Vec<(Zeroizing<String>, String)>,
    /// Names of other instances, in the order of their appearance.
    others: Vec<String>,
    name: &'a str,
    /// Those that the machine was told.
    secrets: Secrets,
}

impl<'a> Redactor<'a> {
    pub(super) fn new(name: &'a str) -> Self {
        Self { known: Vec::new(), others: Vec::new(), name, secrets: Secrets::new() }
    }

    /// What the machine was told for this name, once or each time anew.
    pub(super) fn secret(&mut self, name: &str, secret: &Secret) {
        self.known.push((Zeroizing::new(secret.expose().to_owned()), placeholder(name)));
    }

    /// All that the machine was told for its credential.
    pub(super) fn told(&mut self, secrets: Secrets) {
        self.secrets = secrets;
    }

    /// The placeholder of a secret of this kind.
    pub(super) fn token(&mut self, kind: &str, text: &str) -> String {
        if let Some(known) = self.known_as(text) {
            return known.to_owned();
        }
        let number = self.known.iter().filter(|(_, placeholder)| placeholder.contains(kind)).count() + 1;
        let placeholder = like_jwt(kind, number, text).unwrap_or_else(|| format!("{kind}-{number}"));
        self.known.push((Zeroizing::new(text.to_owned()), placeholder.clone()));
        placeholder
    }

    pub(super) fn user_key(&mut self, key: &UserKey) -> String {
        self.token("user-key", key.expose())
    }

    /// The placeholder of a text that is known to be secret.
    pub(super) fn known_as(&self, text: &str) -> Option<&str> {
        self.known.iter().find(|(known, _)| **known == *text).map(|(_, placeholder)| placeholder.as_str())
    }

    pub(super) fn loaded(&mut self, loaded: &Loaded, names: &[String]) -> KeptRecord {
        let mut record = KeptRecord::of(&self.record(&loaded.record, names), loaded.age);
        if let Some((.., by)) = &mut record.spending {
            *by = self.instance(by);
        }
        // Whoever shares the store may have written it.
        let is_known = |why: &String| self.known.iter().any(|(known, _)| why.contains(known.as_str()));
        record.refused = record.refused.filter(|why| !is_known(why));
        record
    }

    /// The same record with placeholders.
    fn record(&mut self, record: &Record, names: &[String]) -> Record {
        let mut out = record.clone();
        out.held = Held {
            user_key: record.held.user_key.as_ref().map(|key| UserKey::new(self.user_key(key))),
            refresh_token: record
                .held
                .refresh_token
                .as_ref()
                .map(|token| RefreshToken::new(self.token("refresh-token", token.expose()))),
        };
        if let Some(grant) = &mut out.grant {
            let placeholder = self.token("access-token", grant.access_token.expose());
            let token = crate::AccessToken::new(&placeholder).map(|token| token.sent_as(grant.access_token.way()));
            grant.access_token = token.expect("a placeholder is visible ASCII");
        }
        if let Some(closed) = &mut out.closed {
            // The placeholders latch exactly if the secrets do.
            let (ours, token) = (placeholders(names), out.held.refresh_token.as_ref());
            let both = token.map(|token| ours.with_refresh_token(token));
            let with = record.held.refresh_token.as_ref().map(|token| self.secrets.with_refresh_token(token));
            let is_of = |secrets: &Secrets| closed.digest == credential_digest(closed.salt, secrets);
            closed.digest = match both {
                Some(both) if with.as_ref().is_some_and(is_of) => credential_digest(closed.salt, &both),
                _ if is_of(&self.secrets) => credential_digest(closed.salt, &ours),
                _ => !credential_digest(closed.salt, &ours),
            };
        }
        out
    }

    fn instance(&mut self, name: &str) -> String {
        if name == self.name {
            return INSTANCE.into();
        }
        let known = self.others.iter().position(|other| other == name);
        let number = known.unwrap_or_else(|| {
            self.others.push(name.to_owned());
            self.others.len() - 1
        });
        format!("instance-{}", number + 1)
    }

    /// A reply without what it gave.
    pub(super) fn reply(
        &mut self,
        dialect: &dyn Dialect,
        exchange: Exchange,
        request: &Request,
        reply: &Reply,
    ) -> Answer {
        match dialect.read(exchange, reply) {
            Ok(Gain::UserKey(key)) => drop(self.user_key(&key)),
            Ok(Gain::Granted(granted)) => {
                self.token("access-token", granted.access_token.expose());
                if let Some(token) = &granted.refresh_token {
                    self.token("refresh-token", token.expose());
                }
            }
            Err(_) => {}
        }
        let all = self.known.iter().zip(0..);
        let secrets = all.fold(Secrets::new(), |all, ((known, _), n)| all.with(format!("{n}"), known.as_str()));
        let held = Held::default();
        let scrub = Scrub::new(&secrets, &held, request).and_tokens_of(reply);
        let text = String::from_utf8_lossy(reply.body.expose());
        let received = reply.received.into();
        let body = body::redacted(&text, self, &scrub);
        Answer::Reply { status: reply.status.as_u16(), headers: headers(reply, &scrub), body, cut: reply.cut, received }
    }
}

/// What the machine of the trace is told for its secrets.
fn placeholders(names: &[String]) -> Secrets {
    names.iter().fold(Secrets::new(), |all, name| all.with(name.as_str(), placeholder(name)))
}

/// A token of three parts stays one, with the claims that its life is read from.
fn like_jwt(kind: &str, number: usize, text: &str) -> Option<String> {
    let claims = text.split('.').nth(1).filter(|_| jwt::is_one(text))?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).map(Zeroizing::new).unwrap_or_default();
    let object = core::str::from_utf8(&bytes).ok().and_then(|claims| Object::parse(claims).ok());
    let claim = |name: &str| Some(format!("\"{name}\":{}", object.as_ref()?.number(name).ok()??));
    let claims: Vec<_> = ["exp", "iat"].into_iter().filter_map(claim).collect();
    Some(format!("{kind}-{number}.{}.redacted", BASE64_URL_SAFE_NO_PAD.encode(format!("{{{}}}", claims.join(",")))))
}

/// Those that decide something, each in a form that can carry nothing else.
fn headers(reply: &Reply, scrub: &Scrub<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut add = |name: HeaderName, value: Option<String>| out.extend(value.map(|value| (name.to_string(), value)));
    let plain_date = |text: &&str| date::http_date(text).is_some() && text.len() <= 40;
    let number = |text: &&str| text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    add(header::DATE, reply.header(header::DATE).filter(plain_date).map(str::to_owned));
    let wait = reply.header(header::RETRY_AFTER).filter(|text| number(text) || plain_date(text));
    add(header::RETRY_AFTER, wait.map(str::to_owned));
    add(
        header::CONTENT_TYPE,
        reply.header(header::CONTENT_TYPE).map(|text| one_of(text, &TYPES, "application/x-other")),
    );
    add(header::CONTENT_ENCODING, reply.header(header::CONTENT_ENCODING).map(|text| one_of(text, &CODINGS, "x-other")));
    let origin = |text: &str| match Origin::parse(text) {
        Ok(origin) => scrub.clean(&origin.to_string()).unwrap_or_else(|| "https://redacted.invalid".into()),
        Err(_) => "/redacted".into(),
    };
    add(header::LOCATION, reply.header(header::LOCATION).map(origin));
    for challenge in challenge::of(&reply.headers) {
        let scheme = one_of(&challenge.scheme, &["basic", "bearer"], "other");
        let said = |name: &str| {
            let clean = scrub.clean(challenge.param(name)?)?;
            Some(format!("{name}=\"{}\"", clean.replace(['\\', '"'], "'")))
        };
        let params: Vec<_> = ["error", "error_description"].into_iter().filter_map(said).collect();
        add(header::WWW_AUTHENTICATE, Some(format!("{scheme} {}", params.join(", "))));
    }
    out
}

const TYPES: [&str; 5] =
    ["application/json", "application/problem+json", "text/html", "text/plain", "application/x-www-form-urlencoded"];
const CODINGS: [&str; 5] = ["identity", "gzip", "br", "deflate", "zstd"];

fn one_of(text: &str, known: &[&str], other: &str) -> String {
    let essence = text.split(';').next().unwrap_or_default().trim();
    known.iter().find(|known| known.eq_ignore_ascii_case(essence)).map_or(other, |known| known).to_owned()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, StatusCode};
    use time::UtcDateTime;

    use super::*;
    use crate::error::StoreFailure;
    use crate::http::{Body, Endpoint};
    use crate::lifecycle::{Closed, Policy, Revision};
    use crate::time::Now;

    fn now() -> Now {
        Now { mono: core::time::Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH }
    }

    #[test]
    fn the_same_gets_the_same_placeholder_wherever_it_stands() {
        let mut redactor = Redactor::new("host");
        let claims = BASE64_URL_SAFE_NO_PAD.encode(r#"{"sub":"me","exp":60}"#);
        let left = BASE64_URL_SAFE_NO_PAD.encode(r#"{"exp":60}"#);
        for (text, placeholder) in [
            ("T1".to_owned(), "access-token-1".to_owned()),
            (format!("e30.{claims}.c2ln"), format!("access-token-2.{left}.redacted")),
            ("T1".to_owned(), "access-token-1".to_owned()),
        ] {
            assert_eq!(redactor.token("access-token", &text), placeholder);
        }
        let keys = ["K1", "K2", "K1"].map(|key| redactor.user_key(&UserKey::new(key)));
        assert_eq!(keys, ["user-key-1", "user-key-2", "user-key-1"]);
        let names = ["host", "h2", "h3", "h2"].map(|name| redactor.instance(name));
        assert_eq!(names, [INSTANCE, "instance-1", "instance-2", "instance-1"]);
    }

    #[test]
    fn placeholders_are_latched_exactly_if_the_secrets_are() {
        let (secrets, token) = (Secrets::one("password", "pw"), RefreshToken::new("R1"));
        let names = ["password".to_owned()];
        let mut redactor = Redactor::new("host");
        redactor.told(secrets.clone());
        let ours = placeholders(&names);
        let both = ours.with_refresh_token(&RefreshToken::new("refresh-token-1"));
        for (refused, by_ours, by_both) in [
            (secrets.clone(), true, false),
            (secrets.with_refresh_token(&token), false, true),
            (Secrets::one("password", "another"), false, false),
        ] {
            let held = Held { user_key: None, refresh_token: Some(token.clone()) };
            let error = StoreFailure::busy().into();
            let closed = Some(Closed::new(now(), &Policy::default(), &refused, &error, 0, 7));
            let record = redactor.record(&Record { closed, ..Record::new(Revision(1), held) }, &names);
            let closed = record.closed.expect("it is closed");
            assert_eq!((closed.is_of(&ours), closed.is_of(&both)), (by_ours, by_both));
        }
    }

    #[test]
    fn a_latch_that_repeats_a_token_tells_nothing() {
        for (why, told) in [("401 invalid_client", true), ("401 T-canary-1", false)] {
            let error = StoreFailure::busy().into();
            let closed = Closed::new(now(), &Policy::default(), &Secrets::new(), &error, 0, 7);
            let held = Held { user_key: None, refresh_token: Some(RefreshToken::new("T-canary-1")) };
            let closed = Some(Closed { why: Some(why.into()), ..closed });
            let record = Record { closed, ..Record::new(Revision(1), held) };
            let kept = Redactor::new("host").loaded(&Loaded { record, age: None }, &[]);
            assert_eq!(kept.refused.is_some(), told, "{why}");
        }
    }

    #[test]
    fn of_the_headers_only_what_decides_something_is_told() {
        let request = Request::post(Endpoint::parse("https://auth.example/token").expect("a URL"), "", Vec::new());
        let (secrets, held) = (Secrets::one("password", "canary-7"), Held::default());
        let date = "Tue, 14 Nov 2023 21:13:20 GMT";
        for (name, value, told) in [
            ("date", date, Some(date)),
            ("date", "canary", None),
            ("retry-after", "120", Some("120")),
            ("retry-after", date, Some(date)),
            ("retry-after", "canary", None),
            ("retry-after", "12345678901", None),
            ("content-type", "Application/JSON; charset=x", Some("application/json")),
            ("content-type", "text/canary", Some("application/x-other")),
            ("content-encoding", "br", Some("br")),
            ("location", "https://elsewhere.example/canary", Some("https://elsewhere.example")),
            ("location", "https://canary-7.example/", Some("https://redacted.invalid")),
            ("location", "/canary", Some("/redacted")),
            ("www-authenticate", r#"Canary error="x", realm="y""#, Some(r#"other error="x""#)),
            ("x-canary", "canary", None),
        ] {
            let headers =
                HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::try_from(value).expect("a value"))]);
            let reply = Reply { status: StatusCode::OK, headers, body: Body::default(), cut: false, received: now() };
            let found = super::headers(&reply, &Scrub::new(&secrets, &held, &request));
            let told: Vec<_> = told.map(|told| (name.to_owned(), told.to_owned())).into_iter().collect();
            assert_eq!(found, told, "{name}: {value}");
        }
    }
}
