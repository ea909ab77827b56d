//! The states of a dialect: what is held, and whether it is marked. Every edge was walked by a one-shot step.

use hallpass_core::dialect::{
    Auth0Json, BasicForm, Dialect, ExchangeKind, Goal, Held, PasswordForm, Spends, UserKeyLogin,
};
use hallpass_core::error::Denied;
use hallpass_core::step::{Login, Step};
use hallpass_core::{Body, EgressRules, Endpoint, Error, Now, Reply, Secrets, SendError, UtcDateTime, secret};
use http::{HeaderMap, StatusCode};

use super::Graph;

/// The graph of each built-in dialect, under the name that profiles use.
///
/// # Panics
///
/// Never: its URLs are plain.
pub fn dialects() -> Vec<(&'static str, Graph)> {
    let url = Endpoint::parse("https://auth.example/").expect("a plain URL");
    let user_key = UserKeyLogin::new(&url, "alice").expect("three plain URLs");
    let all: [(&str, Box<dyn Dialect>); 4] = [
        (Auth0Json::NAME, Box::new(Auth0Json::new(url.clone(), "client", "api"))),
        (BasicForm::NAME, Box::new(BasicForm::new(url.clone(), "client"))),
        (UserKeyLogin::NAME, Box::new(user_key)),
        (PasswordForm::NAME, Box::new(PasswordForm::new(url, "me"))),
    ];
    all.into_iter().map(|(name, dialect)| (name, walk(&*dialect))).collect()
}

/// What a store would have kept.
#[derive(Clone, PartialEq)]
struct State {
    held: Held,
    mark: Option<Spends>,
}

/// What becomes of a request: a word for it, and the reply.
type Answer = (&'static str, fn() -> Result<Reply, SendError>);

const ANSWERS: &[Answer] = &[
    ("a token", || Ok(reply(200, r#"{"access_token":"T","expires_in":3600}"#))),
    ("a token and a refresh token", || Ok(reply(200, r#"{"access_token":"T","expires_in":3600,"refresh_token":"R"}"#))),
    ("a user key", || Ok(reply(200, r#"{"user_key":"K"}"#))),
    ("refused", || Ok(reply(400, r#"{"error":"invalid_grant"}"#))),
    ("told to wait (429)", || Ok(reply(429, ""))),
    ("a gateway's error (502)", || Ok(reply(502, ""))),
    ("not sent", || Err(SendError::NotSent("connection refused".into()))),
    ("answer lost", || Err(SendError::MaybeSent("no reply in time".into()))),
];

/// From nothing held, every answer to every exchange, until no new state is met.
fn walk(dialect: &dyn Dialect) -> Graph {
    let mut graph = Graph::default();
    let mut states = vec![State { held: Held::default(), mark: None }];
    let mut next = 0;
    while let Some(state) = states.get(next).cloned() {
        for goal in [Goal::Register, Goal::Token] {
            for answer in ANSWERS {
                for met in exchange(dialect, goal, &state, answer, &mut graph) {
                    if !states.contains(&met) {
                        states.push(met);
                    }
                }
            }
        }
        next += 1;
    }
    graph
}

/// One exchange from a state, and its answer; the states that it leads to.
fn exchange(dialect: &dyn Dialect, goal: Goal, from: &State, (word, reply): &Answer, graph: &mut Graph) -> Vec<State> {
    let rules = EgressRules::default();
    let now = Now { mono: core::time::Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH };
    let secrets = Secrets::one(secret::CLIENT_SECRET, "s").with(secret::PASSWORD, "s").with(secret::USER_SECRET, "s");
    let mut met = vec![from.clone()];
    let mut sent: Option<ExchangeKind> = None;
    let mut step = Login::new(dialect, &rules).start(now, goal, from.held.clone(), from.mark);
    loop {
        let here = met[met.len() - 1].told();
        step = match step {
            Step::Ask(ask) if sent.is_none() => ask.answer(now, secrets.clone()),
            Step::Save(save) => {
                let state = State { held: save.held().clone(), mark: save.spending() };
                let label = sent.map_or("is marked".into(), |kind| format!("{}: {word}", kind.name()));
                graph.edge(&here, &state.told(), &label);
                met.push(state);
                if sent.is_some() {
                    return met;
                }
                save.saved(now)
            }
            Step::Send(sending) if sent.is_none() && brings(sending.exchange().kind, word) => {
                sent = Some(sending.exchange().kind);
                sending.replied(reply())
            }
            Step::Failed(Error::Denied(Denied::LostRegistration | Denied::LostRefresh { .. })) if sent.is_none() => {
                graph.edge(&here, &here, "found so: reported, never repeated");
                return met;
            }
            Step::Done(_) | Step::Failed(_) | Step::Send(_) | Step::Ask(_) => {
                if let Some(kind) = sent {
                    graph.edge(&here, &here, &format!("{}: {word}", kind.name()));
                }
                return met;
            }
        };
    }
}

/// Whether an exchange can be answered so.
fn brings(kind: ExchangeKind, word: &str) -> bool {
    match kind {
        ExchangeKind::Register => !word.contains("token"),
        ExchangeKind::Authenticate | ExchangeKind::Refresh => !word.contains("user key"),
    }
}

fn reply(status: u16, body: &str) -> Reply {
    Reply {
        status: StatusCode::from_u16(status).expect("a status"),
        headers: HeaderMap::new(),
        body: Body::new(body.as_bytes().to_vec()),
        cut: false,
        received: Now { mono: core::time::Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH },
    }
}

impl State {
    fn told(&self) -> String {
        let held = match (&self.held.user_key, &self.held.refresh_token) {
            (None, None) => "nothing held",
            (Some(_), None) => "a user key",
            (None, Some(_)) => "a refresh token",
            (Some(_), Some(_)) => "a user key and a refresh token",
        };
        format!("{held}{}", if self.mark.is_some() { ", marked" } else { "" })
    }
}
