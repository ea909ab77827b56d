//! The authorization server of a world, and what the world knows of every token it gave.

use core::hash::Hash;
use std::collections::BTreeMap;

use hallpass_core::dialect::{BasicForm, Dialect, Held, PasswordForm, UserKeyLogin};
use hallpass_core::lifecycle::{Record, Revision};
use hallpass_core::{Body, Endpoint, Now, RefreshToken, Reply, Request, Secrets, UserKey, secret};
use http::{HeaderMap, HeaderValue, StatusCode};
use std::sync::Arc;

use super::chance::name;
use super::clock::{At, duration, true_wall};
use super::plan::{Kind, Plan};
use super::queue::Odd;
use crate::dialects::Imported;
use crate::mix::mix;
use crate::provider::{Client, DialectConfig, Provider, ProviderConfig, RefreshIssue, Registered, User};

pub(super) const ORIGIN: &str = "https://auth.example";

/// Who logs in.
pub(super) const USER: &str = "user";

/// No text that anybody may print has any of these in it.
pub(super) const CANARIES: [&str; 4] = ["CANARY", "at-", "rt-", "uk-"];

pub(super) struct Server {
    pub(super) provider: Provider,
    /// Which version of the secret it takes.
    pub(super) secret: u64,
    /// Until when the API refuses every token.
    pub(super) refuses_until: At,
    pub(super) access: BTreeMap<u64, Access>,
    pub(super) refresh: BTreeMap<u64, Refresh>,
    /// The access tokens it gave, in order.
    pub(super) given: Vec<String>,
    /// The refresh token that it gave last.
    pub(super) last_refresh: Option<String>,
    /// The user keys that registrations were given.
    keys: Vec<String>,
    /// Everything that it was asked, in one number.
    asked: u64,
}

/// What became of an access token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Access {
    pub(super) issued: At,
    pub(super) saved: bool,
    pub(super) superseded: bool,
    /// How long its saves were held up between the machine and the store, whose clock counts from the save.
    pub(super) lag: At,
}

/// What became of a refresh token.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Refresh {
    /// How often a client sent it, and how often that is known to have spent nothing.
    pub(super) sent: u32,
    pub(super) freed: u32,
    /// It was in the store once.
    pub(super) saved: bool,
    /// The server refused it, or somebody revoked it.
    pub(super) dead: bool,
    /// The store has forgotten what became of it.
    pub(super) excused: bool,
}

impl Server {
    pub(super) fn new(plan: &Plan, seed: u64) -> Self {
        let settings = DialectConfig {
            life: duration(plan.life),
            refresh_token: RefreshIssue::Always,
            rotation: plan.rotation,
            ..DialectConfig::default()
        };
        let registered = Registered { user_id: USER.into(), user_secret: secret_text(0), user_key: "uk-CANARY".into() };
        let config = ProviderConfig {
            seed,
            clients: vec![Client::new("client", secret_text(0))],
            users: vec![User { username: "user".into(), password: secret_text(0) }],
            registered: if plan.registers { Vec::new() } else { vec![registered] },
            user_key: DialectConfig { refresh_token: RefreshIssue::First, ..settings.clone() },
            basic_form: settings.clone(),
            password_form: settings,
            remember: 256,
            ..ProviderConfig::default()
        };
        Self {
            provider: Provider::new(config),
            secret: 0,
            refuses_until: 0,
            access: BTreeMap::new(),
            refresh: BTreeMap::new(),
            given: Vec::new(),
            last_refresh: None,
            keys: Vec::new(),
            asked: 0,
        }
    }

    /// The record of a refresh token that somebody brought along.
    pub(super) fn imported(&mut self) -> Option<Record> {
        let body = format!("username=user&password={}", secret_text(0)).into_bytes();
        let login = http::Request::post("/authorization")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .ok()?;
        self.handle(0, &login);
        let token = self.last_refresh.clone()?;
        self.refresh.entry(name(&token)).or_default().saved = true;
        let held = Held { refresh_token: Some(RefreshToken::new(token)), user_key: None };
        Some(Record { revision: Revision(1), held, grant: None, spending: None, closed: None })
    }

    /// The server takes another secret from now on.
    pub(super) fn change_secret(&mut self) {
        self.secret += 1;
        let text = secret_text(self.secret);
        let config = self.provider.config_mut();
        config.clients = vec![Client::new("client", text.clone())];
        config.users = vec![User { username: "user".into(), password: text }];
    }

    /// Acts on a request, and notes what it gave.
    pub(super) fn handle(&mut self, at: At, request: &http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
        let response = self.provider.handle(true_wall(at), request);
        self.asked = mix(self.asked ^ name(&String::from_utf8_lossy(request.body())));
        let sent = carried_refresh(request.body());
        if let Some(token) = sent
            && !response.status().is_success()
        {
            // Not the client's own refusal, which says nothing of the token.
            let text = String::from_utf8_lossy(response.body());
            if text.contains("invalid_grant") || text.contains("token_not_valid") {
                self.refresh.entry(token).or_default().dead = true;
            }
        }
        if response.status().is_success() {
            let text = core::str::from_utf8(response.body()).unwrap_or_default();
            if let Some(token) = member(text, "access_token") {
                self.access.insert(name(token), Access { issued: at, saved: false, superseded: false, lag: 0 });
                self.given.push(token.to_owned());
            }
            if let Some(token) = member(text, "refresh_token") {
                self.refresh.entry(name(token)).or_default();
                self.last_refresh = Some(token.to_owned());
            }
            self.keys.extend(member(text, "user_key").map(str::to_owned));
        }
        response
    }

    /// What can be known of it, but for its times.
    pub(super) fn told(&self) -> impl Hash {
        let access = self.access.iter().map(|(token, known)| (*token, known.saved, known.superseded));
        let refresh =
            self.refresh.iter().map(|(token, known)| (*token, known.sent, known.freed, known.saved, known.dead));
        (self.asked, access.collect::<Vec<_>>(), refresh.collect::<Vec<_>>())
    }

    /// The user keys that registrations were given.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(String::as_str)
    }

    /// Somebody saved first, or has gone on since.
    pub(super) fn supersede(&mut self, token: u64) {
        if let Some(access) = self.access.get_mut(&token) {
            access.superseded = true;
        }
    }

    /// Whether the API takes a token.
    pub(super) fn takes(&mut self, at: At, authorization: &HeaderValue) -> bool {
        if at < self.refuses_until {
            return false;
        }
        let mut call = http::Request::new(Vec::new());
        *call.uri_mut() = http::Uri::from_static("/v3/ping/protected");
        call.headers_mut().insert(http::header::AUTHORIZATION, authorization.clone());
        self.provider.handle(true_wall(at), &call).status().is_success()
    }
}

/// The value of a member that is a plain string.
pub(super) fn member<'a>(text: &'a str, named: &str) -> Option<&'a str> {
    let at = text.find(named)?;
    let rest = text[at + named.len()..].strip_prefix("\":\"")?;
    rest.split('"').next()
}

/// The secret of every login, by version.
pub(super) fn secret_text(version: u64) -> String {
    format!("CANARY-secret-{version}")
}

pub(super) fn secrets(version: u64) -> Secrets {
    let text = secret_text(version);
    Secrets::one(secret::CLIENT_SECRET, text.as_str())
        .with(secret::PASSWORD, text.as_str())
        .with(secret::USER_SECRET, text.as_str())
}

/// A request as the provider takes it.
pub(super) fn carried(request: &Request) -> http::Request<Vec<u8>> {
    let mut carried = http::Request::new(request.body.expose().to_vec());
    *carried.method_mut() = request.method.clone();
    *carried.uri_mut() = request.endpoint.uri().clone();
    *carried.headers_mut() = request.headers.clone();
    carried
}

/// A reply as the machine takes it.
pub(super) fn delivered(response: http::Response<Vec<u8>>, received: Now) -> Reply {
    let (parts, body) = response.into_parts();
    Reply { status: parts.status, headers: parts.headers, body: Body::new(body), cut: false, received }
}

/// RFC 8628 section 3.5.
const TOO_OFTEN: &[u8] = br#"{"error":"slow_down"}"#;

/// Whether it says with a 400 what others say with a 429.
pub(super) fn is_too_often(reply: &Reply) -> bool {
    reply.body.expose() == TOO_OFTEN
}

/// A reply that is not the server's own; `body` is what it would have said, and what was `asked` is repeated where an
/// error would repeat it.
pub(super) fn odd(odd: Odd, body: &[u8], asked: &[u8]) -> http::Response<Vec<u8>> {
    let (status, headers, body) = match odd {
        Odd::Status(status) => (status, HeaderMap::new(), [b"no luck with ", asked].concat()),
        Odd::RetryAfter(seconds) => {
            (429, HeaderMap::from_iter([(http::header::RETRY_AFTER, HeaderValue::from(seconds))]), Vec::new())
        }
        Odd::TooOften => (400, HeaderMap::new(), TOO_OFTEN.to_vec()),
        Odd::Html => (200, HeaderMap::new(), b"<!DOCTYPE html><title>Log in, rt-CANARY</title>".to_vec()),
        Odd::Cut => (200, HeaderMap::new(), body[..body.len() * 2 / 3].to_vec()),
    };
    let mut response = http::Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = headers;
    response
}

/// The dialect of a world's login.
pub(super) fn dialect(plan: &Plan) -> Arc<dyn Dialect> {
    let url = |path: &str| Endpoint::parse(&format!("{ORIGIN}{path}")).expect("a plain URL");
    match plan.kind {
        Kind::BasicForm => Arc::new(BasicForm::new(url("/oauth/v2/token"), "client").on_lost_refresh(plan.ambiguity)),
        Kind::PasswordForm => {
            Arc::new(PasswordForm::new(url("/authorization"), "user").on_lost_refresh(plan.ambiguity))
        }
        Kind::UserKey => Arc::new(user_key().on_lost_refresh(plan.ambiguity)),
        Kind::Imported => Arc::new(Imported::new(url("/authorization")).on_lost_refresh(plan.ambiguity)),
    }
}

/// The login that begins with a registration.
pub(super) fn user_key() -> UserKeyLogin {
    let base = Endpoint::parse(&format!("{ORIGIN}/")).expect("a plain URL");
    UserKeyLogin::new(&base, USER).expect("three plain URLs")
}

/// The user key in a reply.
pub(super) fn user_key_in(reply: &Reply) -> Option<UserKey> {
    let text = core::str::from_utf8(reply.body.expose()).ok()?;
    text.trim_end().ends_with('}').then(|| member(text, "user_key").map(UserKey::new))?
}

/// What the user of a world's login brings along.
pub(super) fn brought(plan: &Plan) -> Option<UserKey> {
    (plan.kind == Kind::UserKey).then(|| UserKey::new("uk-CANARY"))
}

/// The refresh token that a request carries, if any.
pub(super) fn carries(request: &Request) -> Option<u64> {
    carried_refresh(request.body.expose())
}

fn carried_refresh(body: &[u8]) -> Option<u64> {
    let text = core::str::from_utf8(body).ok()?;
    // Neither a form nor JSON escapes what the provider mints.
    let at = text.find("rt-")?;
    text.get(at..at + 35).map(name)
}
