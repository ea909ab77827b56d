//! What the tests of the core share: replies in one line, and a login run to its end with everything that it asked for.
#![allow(dead_code, reason = "each test binary uses its own part")]

use core::time::Duration;

use hallpass_core::dialect::{BasicForm, Dialect, Goal, Held, PasswordForm, Spends, UserKeyLogin};
use hallpass_core::error::{Denied, Malformed, Oddity, Refused, StoreFailure, StoreTask, Unreachable};
use hallpass_core::step::{Login, Outcome, Step};
use hallpass_core::{
    Body, EgressRules, Endpoint, Error, Grant, Now, RefreshToken, Reply, Request, Secrets, SendError, UserKey,
    UtcDateTime, secret,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// 2023-11-14 22:13:20 UTC, where every test begins.
pub(crate) const START: i64 = 1_700_000_000;
/// What saving and sending take, so that no two moments of a run are the same.
pub(crate) const SAVING: Duration = Duration::from_secs(10);
pub(crate) const SENDING: Duration = Duration::from_secs(100);

pub(crate) const TOKEN: &str = r#"{"access_token":"T1","token_type":"Bearer","expires_in":3600}"#;
pub(crate) const ROTATED: &str = r#"{"access_token":"T1","expires_in":3600,"refresh_token":"R2"}"#;

pub(crate) fn start() -> Now {
    Now { mono: Duration::from_secs(500), wall: UtcDateTime::from_unix_timestamp(START).expect("a moment") }
}

pub(crate) fn url(text: &str) -> Endpoint {
    Endpoint::parse(text).expect("a URL")
}

pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Reply {
    let headers = headers.iter().map(|(name, value)| {
        let name = HeaderName::try_from(*name).expect("a header name");
        (name, HeaderValue::try_from(*value).expect("a header value"))
    });
    Reply {
        status: StatusCode::from_u16(status).expect("a status"),
        headers: headers.collect::<HeaderMap>(),
        body: Body::new(body.as_ref().to_vec()),
        cut: false,
        received: start(),
    }
}

pub(crate) fn basic_form() -> BasicForm {
    BasicForm::new(url("https://auth.example/token"), "client")
}

pub(crate) fn password_form() -> PasswordForm {
    PasswordForm::new(url("https://auth.example/authorization"), "me@example.com")
}

pub(crate) fn user_key() -> UserKeyLogin {
    UserKeyLogin::new(&url("https://sensors.example"), "alice").expect("three endpoints")
}

/// A user key and a refresh token, where the texts are not empty.
pub(crate) fn held(user_key: &str, refresh_token: &str) -> Held {
    Held {
        user_key: Some(user_key).filter(|key| !key.is_empty()).map(UserKey::new),
        refresh_token: Some(refresh_token).filter(|token| !token.is_empty()).map(RefreshToken::new),
    }
}

/// A login and the world that it runs in: a clock that each effect moves on, a store, somebody who knows the secrets.
pub(crate) struct World<'d> {
    dialect: &'d dyn Dialect,
    goal: Goal,
    held: Held,
    mark: Option<Spends>,
    secrets: Secrets,
    default_life: Option<Duration>,
    /// Which of the saves fail, counted from 0.
    failing: Vec<usize>,
}

/// How a run went.
pub(crate) struct Run {
    /// Every effect in a word or two: `ask password`, `save R1 marked RefreshToken`, `send refresh`.
    pub(crate) trace: Vec<String>,
    pub(crate) requests: Vec<Request>,
    pub(crate) end: Result<Outcome, Error>,
}

impl<'d> World<'d> {
    pub(crate) fn new(dialect: &'d dyn Dialect) -> Self {
        let secrets = Secrets::one(secret::CLIENT_SECRET, "client-s3cret")
            .with(secret::PASSWORD, "pass-s3cret")
            .with(secret::USER_SECRET, "user-s3cret");
        let held = Held::default();
        Self { dialect, goal: Goal::Token, held, mark: None, secrets, default_life: None, failing: Vec::new() }
    }

    pub(crate) fn registering(self) -> Self {
        Self { goal: Goal::Register, ..self }
    }

    pub(crate) fn holding(self, held: Held) -> Self {
        Self { held, ..self }
    }

    pub(crate) fn marked(self, mark: Spends) -> Self {
        Self { mark: Some(mark), ..self }
    }

    pub(crate) fn knowing(self, secrets: Secrets) -> Self {
        Self { secrets, ..self }
    }

    pub(crate) fn default_life(self, life: Duration) -> Self {
        Self { default_life: Some(life), ..self }
    }

    pub(crate) fn failing_save(mut self, which: usize) -> Self {
        self.failing.push(which);
        self
    }

    /// Answers every request with the same reply.
    pub(crate) fn answered(self, status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Run {
        self.run(|_| Ok(reply(status, headers, &body)))
    }

    /// Answers the requests one after the other.
    pub(crate) fn answers(self, replies: impl IntoIterator<Item = Result<Reply, SendError>>) -> Run {
        let mut replies = replies.into_iter();
        self.run(|_| replies.next().expect("no more requests than replies"))
    }

    pub(crate) fn run(self, mut server: impl FnMut(&Request) -> Result<Reply, SendError>) -> Run {
        let rules = EgressRules::default();
        let login = Login { default_life: self.default_life, ..Login::new(self.dialect, &rules) };
        let (mut trace, mut requests, mut saves, mut now) = (Vec::new(), Vec::new(), 0, start());
        let mut step = login.start(now, self.goal, self.held, self.mark);
        let end = loop {
            step = match step {
                Step::Ask(ask) => {
                    trace.push(format!("ask {}", ask.names().join(" ")));
                    ask.answer(now, self.secrets.clone())
                }
                Step::Save(save) => {
                    trace.push(saved(save.held(), save.spending()));
                    now = now.after(SAVING);
                    saves += 1;
                    if self.failing.contains(&(saves - 1)) {
                        save.failed(now, StoreFailure::new(StoreTask::Saving, "no space"))
                    } else {
                        save.saved(now)
                    }
                }
                Step::Send(send) => {
                    trace.push(format!("send {}", send.exchange().kind.name()));
                    requests.push(send.request().clone());
                    now = now.after(SENDING);
                    let answer = server(send.request());
                    send.replied(answer)
                }
                Step::Done(outcome) => break Ok(outcome),
                Step::Failed(error) => break Err(error),
            };
            assert!(trace.len() < 20, "a login that never ends: {trace:?}");
        };
        Run { trace, requests, end }
    }
}

fn saved(held: &Held, mark: Option<Spends>) -> String {
    let mut words = vec!["save".to_owned()];
    words.extend(held.user_key.as_ref().map(|key| key.expose().to_owned()));
    words.extend(held.refresh_token.as_ref().map(|token| token.expose().to_owned()));
    words.extend(mark.map(|mark| format!("marked {mark:?}")));
    words.join(" ")
}

impl Run {
    #[track_caller]
    pub(crate) fn grant(&self) -> &Grant {
        match &self.end {
            Ok(Outcome::Grant(grant)) => grant,
            other => panic!("no grant but {other:?}"),
        }
    }

    /// The grant's life in seconds, counted from before the last send.
    #[track_caller]
    pub(crate) fn life(&self) -> Option<i64> {
        let saves = self.trace.iter().take_while(|word| !word.starts_with("send")).filter(|w| w.starts_with("save"));
        let sent = START + i64::try_from(SAVING.as_secs()).expect("small") * i64::try_from(saves.count()).expect("few");
        self.grant().expires_at().map(|end| end.unix_timestamp() - sent)
    }

    #[track_caller]
    pub(crate) fn error(&self) -> &Error {
        self.end.as_ref().expect_err("a failure")
    }

    #[track_caller]
    pub(crate) fn refused(&self) -> &Refused {
        match self.error() {
            Error::Denied(Denied::Refused(refused)) => refused,
            other => panic!("not refused but {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn oddity(&self) -> &Oddity {
        match self.error() {
            Error::Malformed(malformed) => {
                let Malformed { oddity, .. } = &**malformed;
                oddity
            }
            other => panic!("not malformed but {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn unreachable(&self) -> &Unreachable {
        match self.error() {
            Error::Unreachable(unreachable) => unreachable,
            other => panic!("not unreachable but {other:?}"),
        }
    }
}
