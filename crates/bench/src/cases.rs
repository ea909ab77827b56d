//! An exchange of each dialect, with its reply at hand.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use core::hint::black_box;
use core::time::Duration;
use hallpass_core::dialect::{Auth0Json, BasicForm, Dialect, Goal, Held, PasswordForm, UserKeyLogin};
use hallpass_core::step::{Login, Outcome, Step};
use hallpass_core::{Body, EgressRules, Endpoint, Now, RefreshToken, Reply, Secrets, UserKey, UtcDateTime, secret};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::Result;

/// What a driver knows of the time; no case depends on it.
const NOW: Now = Now { mono: Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH };

/// The client of every case.
pub const CLIENT_ID: &str = "bench-client";

/// Its secret.
pub const CLIENT_SECRET: &str = "s3cret-of-the-bench-client";

/// One exchange: a login that is one request and one reply away from its end.
pub struct Case {
    name: &'static str,
    dialect: Box<dyn Dialect>,
    goal: Goal,
    held: Held,
    secrets: Secrets,
    rules: EgressRules,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// How a case is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// The request is built and the reply is read, by the dialect alone.
    Exchange,
    /// A whole login, step by step, as a driver runs it.
    Login,
    /// Only the copy of the reply that [`Run::Exchange`] is handed: to be taken off its cost.
    ExchangeInputs,
    /// Only the copies of the reply, the secrets and what is held that [`Run::Login`] is handed.
    LoginInputs,
}

impl Run {
    /// By the name that the programs take.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "exchange" => Some(Self::Exchange),
            "login" => Some(Self::Login),
            "exchange-inputs" => Some(Self::ExchangeInputs),
            "login-inputs" => Some(Self::LoginInputs),
            _ => None,
        }
    }
}

impl Case {
    /// Every case. Tokens have 800 bytes and are opaque, but for the one that is named as a JWT.
    pub fn all() -> Result<Vec<Self>> {
        let url = Endpoint::parse("https://auth.example.com/oauth/token")?;
        let client = Secrets::one(secret::CLIENT_SECRET, CLIENT_SECRET);
        let basic = BasicForm::new(url.clone(), CLIENT_ID).scope("read write");
        let auth0 = Auth0Json::new(url.clone(), CLIENT_ID, "bench-api");
        let password = PasswordForm::new(url, "alice");
        let user = UserKeyLogin::new(&Endpoint::parse("https://sensors.example.com/v1/")?, "alice")?;
        let user_secret = Secrets::one(secret::USER_SECRET, "s3cret-of-alice");
        let (registered, refreshable) = (
            Held { user_key: Some(UserKey::new("k".repeat(40))), refresh_token: None },
            Held { user_key: None, refresh_token: Some(RefreshToken::new(refresh_token())) },
        );
        let key = format!(r#"{{"user_key":"{}"}}"#, "k".repeat(40));
        Ok(vec![
            Self::new("basic-form", basic.clone(), client.clone()),
            Self::new("basic-form, JWT", basic.clone(), client.clone()).answered(granted(&jwt())),
            Self::new("basic-form, refresh", basic, client.clone()).holding(refreshable.clone()),
            Self::new("auth0-json", auth0, client),
            Self::new("password-form", password, Secrets::one(secret::PASSWORD, "correct horse 9")),
            Self { goal: Goal::Register, ..Self::new("user-key, register", user.clone(), user_secret.clone()) }
                .answered(key),
            Self::new("user-key, authenticate", user.clone(), user_secret).holding(registered),
            Self::new("user-key, refresh", user, Secrets::new()).holding(refreshable),
        ])
    }

    fn new(name: &'static str, dialect: impl Dialect + 'static, secrets: Secrets) -> Self {
        let (held, rules) = (Held::default(), EgressRules::default());
        let body = granted(&opaque()).into_bytes();
        Self { name, dialect: Box::new(dialect), goal: Goal::Token, held, secrets, rules, headers: headers(), body }
    }

    fn holding(self, held: Held) -> Self {
        Self { held, ..self }
    }

    fn answered(self, body: String) -> Self {
        Self { body: body.into_bytes(), ..self }
    }

    /// Which it is.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Runs it once; an error is a mistake in the case.
    pub fn run(&self, run: Run) -> Result<()> {
        match run {
            Run::Exchange => self.exchange(),
            Run::Login => self.login(),
            Run::ExchangeInputs => {
                black_box((self.headers.clone(), self.body.clone()));
                Ok(())
            }
            Run::LoginInputs => self.login_inputs(),
        }
    }

    fn exchange(&self) -> Result<()> {
        let exchange = self.dialect.next(&self.held, self.goal)?;
        let request = self.dialect.request(exchange, &self.held, &self.secrets, NOW)?;
        black_box(&request);
        let gain = self.dialect.read(exchange, &self.reply()).map_err(|_| "the reply was refused")?;
        black_box(&gain);
        Ok(())
    }

    fn login(&self) -> Result<()> {
        let login = Login::new(&*self.dialect, &self.rules);
        let mut step = login.start(NOW, self.goal, self.held.clone(), None);
        let outcome: Outcome = loop {
            step = match step {
                Step::Ask(ask) => ask.answer(NOW, self.secrets.clone()),
                Step::Save(save) => save.saved(NOW),
                Step::Send(send) => {
                    black_box(send.request());
                    send.replied(Ok(self.reply()))
                }
                Step::Done(outcome) => break outcome,
                Step::Failed(error) => return Err(error.into()),
            }
        };
        black_box(&outcome);
        Ok(())
    }

    fn login_inputs(&self) -> Result<()> {
        let exchange = self.dialect.next(&self.held, self.goal)?;
        let secrets = (!self.dialect.needs(exchange).is_empty()).then(|| self.secrets.clone());
        black_box((self.headers.clone(), self.body.clone(), self.held.clone(), secrets));
        Ok(())
    }

    fn reply(&self) -> Reply {
        let (headers, body) = (self.headers.clone(), Body::new(self.body.clone()));
        Reply { status: StatusCode::OK, headers, body, cut: false, received: NOW }
    }
}

/// A token of 800 bytes that says nothing.
pub fn opaque() -> String {
    "mF_9.B5f-4.1JqM1".repeat(50).replace('.', "~")
}

/// A refresh token of 200 bytes.
pub fn refresh_token() -> String {
    "r".repeat(200)
}

/// A token of about 800 bytes that states its life.
fn jwt() -> String {
    let scopes = "read write ".repeat(31);
    let claims = format!(
        r#"{{"iss":"https://auth.example.com/","sub":"{CLIENT_ID}@clients","aud":"bench-api","iat":1640995200,"exp":1640998800,"azp":"{CLIENT_ID}","gty":"client-credentials","scope":"{scopes}"}}"#
    );
    let header = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT","kid":"bench"}"#);
    format!("{header}.{}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims), "s".repeat(43))
}

/// The body of a reply with this token.
pub fn granted(token: &str) -> String {
    format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":3600,"scope":"read write"}}"#)
}

/// The headers of a reply.
pub fn headers() -> HeaderMap {
    HeaderMap::from_iter([
        (header::DATE, HeaderValue::from_static("Sat, 01 Jan 2022 00:00:00 GMT")),
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
        (header::CONTENT_LENGTH, HeaderValue::from_static("876")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_runs_and_tokens_have_800_bytes() {
        for case in Case::all().expect("cases") {
            for run in [Run::Exchange, Run::Login, Run::ExchangeInputs, Run::LoginInputs] {
                case.run(run).unwrap_or_else(|error| panic!("{}: {error}", case.name()));
            }
        }
        assert_eq!(opaque().len(), 800);
        assert!(jwt().len().abs_diff(800) < 20, "{}", jwt().len());
    }
}
