//! Placeholders for what came from outside: the same secret gets the same one, wherever it stands.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::kept::{MarkLine, RecordLine};
use super::wire::AnswerLine;
use super::{INSTANCE, body, headers, placeholder};
use crate::dialect::{Dialect, Exchange, Gain, Held};
use crate::http::{Reply, Request};
use crate::lifecycle::{Loaded, Record, credential_digest};
use crate::scrub::{self, Scrub};
use crate::secret::{RefreshToken, Secret, Secrets, UserKey};
use crate::wire::json::Object;
use crate::wire::jwt;

/// What stands for words that repeat a secret.
const WITHHELD: &str = "withheld";

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

    pub(super) fn loaded(&mut self, loaded: &Loaded, names: &[String]) -> RecordLine {
        let mut record = RecordLine::of(&self.record(&loaded.record, names), loaded.age);
        if let Some(MarkLine(.., by)) = &mut record.spending {
            *by = self.instance(by);
        }
        // Whoever shares the store may have written it.
        record.refused = record.refused.filter(|why| !self.repeats_a_secret(why));
        record
    }

    /// A store's own words.
    pub(super) fn store_said(&self, why: &str) -> String {
        if self.repeats_a_secret(why) { WITHHELD.into() } else { why.to_owned() }
    }

    /// A transport's own words, which may repeat any of the request.
    pub(super) fn transport_said(&self, request: &Request, why: &str) -> String {
        let (secrets, held) = (self.secrets(), Held::default());
        Scrub::new(&secrets, &held, request).clean(why).unwrap_or_else(|| WITHHELD.into())
    }

    fn repeats_a_secret(&self, text: &str) -> bool {
        scrub::finds(text, self.known.iter().map(|(known, _)| Cow::Borrowed(known.as_str())))
    }

    /// All that is known to be secret.
    fn secrets(&self) -> Secrets {
        let all = self.known.iter().zip(0..);
        all.fold(Secrets::new(), |all, ((known, _), n)| all.with(format!("{n}"), known.as_str()))
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
            let token =
                crate::AccessToken::new(&placeholder).map(|token| token.with_send_as(grant.access_token.send_as()));
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
    ) -> AnswerLine {
        let read = dialect.read(exchange, reply);
        let says_no = matches!(&read, Err(refusal) if refusal.is_denied() || refusal.code().is_some());
        let refuses = says_no || !reply.status.is_success();
        match read {
            Ok(Gain::UserKey(key)) => drop(self.user_key(&key)),
            Ok(Gain::Granted(granted)) => {
                self.token("access-token", granted.access_token.expose());
                if let Some(token) = &granted.refresh_token {
                    self.token("refresh-token", token.expose());
                }
            }
            Err(_) => {}
        }
        let (secrets, held) = (self.secrets(), Held::default());
        let scrub = Scrub::new(&secrets, &held, request).and_tokens_of(reply);
        let text = String::from_utf8_lossy(reply.body.expose());
        let received = reply.received.into();
        let body = body::redacted(&text, self, &scrub, refuses);
        AnswerLine::Reply {
            status: reply.status.as_u16(),
            headers: headers::deciding(reply, &scrub),
            body,
            cut: reply.cut,
            received,
        }
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

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};
    use time::UtcDateTime;

    use super::*;
    use crate::dialect::PasswordForm;
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

    /// What was granted may stand anywhere in a reply that no grant was found in.
    #[test]
    fn only_a_refusal_is_told_in_its_words() {
        let dialect = PasswordForm::new(Endpoint::parse("https://auth.example/token").expect("a URL"), "me");
        let request = Request::post(Endpoint::parse("https://auth.example/token").expect("a URL"), "", Vec::new());
        for (status, body, told) in [
            (200, "access_token=gho_canary&scope=read&token_type=bearer", false),
            (200, r#"{"message":"gho_canary","token_type":"bearer"}"#, false),
            (200, r#"{"error":"no_canary"}"#, true),
            (400, r#"{"message":"no canary"}"#, true),
            (503, "the canary is away", true),
            (401, r#"{"accessJwt":"canary-0123456789","message":"no canary-0123456789"}"#, false),
        ] {
            let (status, body) = (StatusCode::from_u16(status).expect("a status"), Body::new(body.into()));
            let reply = Reply { status, headers: HeaderMap::new(), body, cut: false, received: now() };
            let answer = Redactor::new("host").reply(&dialect, Exchange::authenticate(), &request, &reply);
            assert_eq!(format!("{answer:?}").contains("canary"), told, "{reply:?} {answer:?}");
        }
    }

    #[test]
    fn the_words_of_a_store_and_of_a_transport_repeat_no_secret() {
        let url = "https://auth.example/token?api_key=canary%2F8-of-the-url";
        let request = Request::post(Endpoint::parse(url).expect("a URL"), "", Vec::new());
        let mut redactor = Redactor::new("host");
        redactor.secret("password", &Secret::new("canary/7"));
        for (why, told) in [("no route", true), ("sending canary/7 failed", false), ("GET /?v=canary%2F7", false)] {
            assert_eq!(redactor.store_said(why) == why, told, "{why}");
        }
        for (why, told) in [("no route", true), (url, false), ("POST /?p=canary%2F7 reset", false)] {
            assert_eq!(redactor.transport_said(&request, why) == why, told, "{why}");
        }
    }
}
